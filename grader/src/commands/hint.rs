//! `grader hint ex03`: one more hint each time.

use std::path::Path;

use crate::course::{Course, Exercise};
use crate::exit_code::UsageError;
use crate::hints::{self, HintsSeen};
use crate::progress::Progress;
use crate::selection::find;

/// The hints of `exercise` that were seen, and the next; without a name, of the first exercise that is not passed.
pub fn run(root: &Path, course: &Course, exercise: Option<&str>) -> Result<String, UsageError> {
    let progress = Progress::load(root);
    let exercise = match exercise {
        Some(name) => find(course, name)?,
        None => first_pending(root, course, &progress),
    };
    let failing = progress.standing(root, exercise).and_then(|standing| standing.failing);
    let mut remembered = HintsSeen::load(root);
    let mut seen = remembered.of(exercise);
    seen.extend(hints::next(&exercise.hints, &seen, failing.as_deref()));

    let told = hints::told(&exercise.hints, &seen).join("\n\n");
    let mut text = format!("{} {}\n\n{told}\n\n", exercise.id, exercise.title);
    text.push_str(&match seen.len() == exercise.hints.len() {
        true => format!("That was the last one. The file to write in: {}\n", exercise.source()),
        false => "For the next one, ask again.\n".to_owned(),
    });
    // A hint that cannot be remembered is still a hint.
    if let Err(reason) = remembered.remember(exercise, &seen) {
        text.push_str(&format!("(Next time it will be this one again: {reason}.)\n"));
    }
    Ok(text)
}

/// The first exercise that is not known to be passed, or else the first.
fn first_pending<'c>(root: &Path, course: &'c Course, progress: &Progress) -> &'c Exercise {
    let pending = course.exercises.iter().find(|exercise| !progress.is_passed(root, exercise));
    pending.unwrap_or(&course.exercises[0])
}

#[cfg(test)]
mod tests {
    use std::fs;

    use insta::assert_snapshot;

    use super::*;
    use crate::course;
    use crate::outcome::{CheckStatus, ExerciseOutcome, ExerciseStatus};
    use crate::progress::{content_of, remember};
    use crate::report::sample;
    use crate::scoring;

    /// A course whose last hint of ex03 is for the check of the partials.
    fn course() -> Course {
        let mut course = course::sample();
        course.exercises[2].hints[2].checks = vec!["the partials at (1, π) are (π, 0)".into()];
        course
    }

    /// Writes an exercise that has come out as `status`, with that check alone.
    fn score(root: &Path, exercise: &Exercise, status: ExerciseStatus, check: CheckStatus) {
        let folder = root.join("exercises").join(&exercise.folder);
        fs::create_dir_all(folder.join("src")).unwrap();
        fs::write(folder.join("src/lib.rs"), status.as_str()).unwrap();
        let check = sample::check("the partials at (1, π) are (π, 0)", check, "", "");
        let score = if status == ExerciseStatus::Passed { 10 } else { 0 };
        let outcome = ExerciseOutcome { score, checks: vec![check], ..scoring::outcome(exercise, status) };
        remember(root, &[(content_of(root, exercise).unwrap(), &outcome)]).unwrap();
    }

    #[test]
    fn hints_go_from_the_first_to_the_last_and_the_earlier_ones_stay() {
        let root = tempfile::tempdir().unwrap();
        let hints = [(); 4].map(|()| run(root.path(), &course(), Some("ex03")).unwrap());
        assert_eq!(hints[2], hints[3], "there are no more");
        assert_snapshot!(hints[..3].join("\n"));
    }

    #[test]
    fn the_hint_for_the_check_that_failed_is_the_first() {
        let root = tempfile::tempdir().unwrap();
        let course = course();
        score(root.path(), &course.exercises[2], ExerciseStatus::Failed, CheckStatus::Failed);
        let text = run(root.path(), &course, Some("ex03")).unwrap();
        assert!(
            text.contains("Hint 1 of 3, for “the partials at (1, π) are (π, 0)”\nCall `f` first."),
            "{text}"
        );
        // Of what is there now nothing is known.
        fs::write(root.path().join(course.exercises[2].source()), "edited").unwrap();
        let text = run(root.path(), &course, Some("ex03")).unwrap();
        assert!(text.contains("Hint 2 of 3\nLook closer."), "{text}");
    }

    #[test]
    fn where_nothing_is_written_yet_no_check_has_failed() {
        let root = tempfile::tempdir().unwrap();
        let course = course();
        score(root.path(), &course.exercises[2], ExerciseStatus::Todo, CheckStatus::Todo);
        let text = run(root.path(), &course, Some("ex03")).unwrap();
        assert!(text.contains("Hint 1 of 3\nLook closer."), "{text}");
    }

    #[test]
    fn without_a_name_it_is_the_first_exercise_that_is_not_passed() {
        let root = tempfile::tempdir().unwrap();
        let course = course();
        let title = || run(root.path(), &course, None).unwrap().lines().next().unwrap().to_owned();
        assert_eq!(title(), "ex01 Tensor surgery");
        for exercise in &course.exercises {
            assert!(title().starts_with(exercise.id.as_str()));
            score(root.path(), exercise, ExerciseStatus::Passed, CheckStatus::Passed);
        }
        assert_eq!(title(), "ex01 Tensor surgery", "all are passed");
    }

    #[test]
    fn a_hint_that_cannot_be_remembered_is_still_shown() {
        let root = tempfile::tempdir().unwrap();
        fs::write(root.path().join(".grader"), "in the way").unwrap();
        let text = run(root.path(), &course::sample(), Some("ex03")).unwrap();
        assert!(
            text.contains("Hint 1 of 3") && text.contains("Next time it will be this one again"),
            "{text}"
        );
    }

    #[test]
    fn an_unknown_exercise_has_no_hints() {
        let root = tempfile::tempdir().unwrap();
        assert!(run(root.path(), &course::sample(), Some("ex99")).is_err());
    }
}
