//! `grader hint ex03`: one more hint each time.

use std::path::Path;

use crate::course::Course;
use crate::exit_code::UsageError;
use crate::hints::HintsSeen;
use crate::selection::find;

pub fn run(root: &Path, course: &Course, exercise: &str) -> Result<String, UsageError> {
    let exercise = find(course, exercise)?;
    let count = exercise.hints.len();
    let mut seen = HintsSeen::load(root);
    let number = seen.next(&exercise.id, count);

    let mut text = format!("{} {}, hint {number} of {count}\n\n", exercise.id, exercise.title);
    text.push_str(&exercise.hints[number - 1]);
    text.push_str("\n\n");
    text.push_str(&match count - number {
        0 => format!("That was the last one. The file to write in: {}\n", exercise.source()),
        _ => "For the next one, ask again.\n".to_owned(),
    });
    // A hint that cannot be remembered is still a hint.
    if let Err(reason) = seen.remember(&exercise.id, number) {
        text.push_str(&format!("(Next time it will be this one again: {reason}.)\n"));
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use insta::assert_snapshot;

    use super::*;
    use crate::course::sample;

    #[test]
    fn hints_go_from_the_first_to_the_last() {
        let root = tempfile::tempdir().unwrap();
        let hints = [(); 4].map(|()| run(root.path(), &sample(), "ex03").unwrap());
        assert_eq!(hints[2], hints[3], "the last one is repeated");
        assert_snapshot!(hints[..3].join("\n"));
    }

    #[test]
    fn a_hint_that_cannot_be_remembered_is_still_shown() {
        let root = tempfile::tempdir().unwrap();
        fs::write(root.path().join(".grader"), "in the way").unwrap();
        let text = run(root.path(), &sample(), "ex03").unwrap();
        assert!(
            text.contains("hint 1 of 3") && text.contains("Next time it will be this one again"),
            "{text}"
        );
    }

    #[test]
    fn an_unknown_exercise_has_no_hints() {
        let root = tempfile::tempdir().unwrap();
        assert!(run(root.path(), &sample(), "ex99").is_err());
    }
}
