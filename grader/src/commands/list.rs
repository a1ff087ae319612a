//! `grader list`: the exercises of the course under their parts, or the skills that they teach.

use std::path::Path;

use tabled::Table;
use tabled::builder::Builder;
use tabled::settings::formatting::{AlignmentStrategy, TrimStrategy};
use tabled::settings::object::Columns;
use tabled::settings::peaker::PriorityMax;
use tabled::settings::style::Style as Borders;
use tabled::settings::{Alignment, Padding, Width};

use crate::course::{Course, Exercise};
use crate::progress::{Progress, Standing};
use crate::report::{BOLD, DIM, Look, Style};
use crate::skills::Area;

/// The course, part by part: what each exercise builds on, and what is known of the learner's.
pub fn exercises(root: &Path, course: &Course, style: Style) -> String {
    let progress = Progress::load(root);
    let width = course.exercises.iter().map(|exercise| exercise.title.chars().count()).max().unwrap_or(0);
    let mut text = String::new();
    for part in &course.parts {
        let about = style.paint(DIM, &part.about);
        text.push_str(&format!("{}\n{about}\n\n", style.paint(BOLD, &part.title)));
        for exercise in course.exercises.iter().filter(|exercise| exercise.part == part.title) {
            let (mark, points) = match progress.standing(root, exercise) {
                Some(Standing { status, score, max_score, .. }) => (
                    style.paint(status.colour(), &status.mark().to_string()),
                    format!("{score}/{max_score} points"),
                ),
                None => (" ".to_owned(), format!("{} points", exercise.points)),
            };
            let line = format!("{mark} {}  {:width$}  {points:>12}", exercise.id, exercise.title);
            let after = match prerequisites(exercise) {
                none if none.is_empty() => none,
                some => style.paint(DIM, &format!("  after {some}")),
            };
            text.push_str(&format!("{line}{after}\n"));
        }
        text.push('\n');
    }
    text + "\
✓ passed, ~ in part, ✗ failed, · todo, ! cannot be scored; without a mark: not scored as it is now
after ex02: do that one first

Begin with `cargo run -p grader`: it scores them all and says what to do next.
"
}

/// `ex02, ex03`
fn prerequisites(exercise: &Exercise) -> String {
    exercise.prerequisites.iter().map(|id| id.as_str()).collect::<Vec<_>>().join(", ")
}

/// The skills, area by area, and which checks of which exercises prove it.
pub fn skills(course: &Course, areas: &[Area], style: Style) -> String {
    let mut text = String::new();
    for area in areas {
        let mut rows = Builder::default();
        for skill in &area.skills {
            let proofs: Vec<String> =
                skill.proofs(course).map(|(exercise, check)| format!("{}: {check}", exercise.id)).collect();
            rows.push_record([
                skill.number.to_string(),
                skill.name.clone(),
                if proofs.is_empty() { "not taught".to_owned() } else { proofs.join("\n") },
            ]);
        }
        text.push_str(&format!("{}\n{}\n", style.paint(BOLD, &area.title), draw(rows.build(), style.width)));
    }
    text
}

fn draw(mut table: Table, width: usize) -> String {
    table
        .with(Borders::empty())
        .with(Padding::new(0, 2, 0, 0))
        .modify(Columns::first(), Alignment::right())
        // Wrapping leaves the blank that it breaks at.
        .with(TrimStrategy::Horizontal)
        .with(AlignmentStrategy::PerLine)
        .with(Width::wrap(width).keep_words(true).priority(PriorityMax::left()));
    table.to_string().lines().map(|line| line.trim_end().to_owned() + "\n").collect()
}

#[cfg(test)]
mod tests {
    use std::fs;

    use insta::assert_snapshot;

    use super::*;
    use crate::course::sample;
    use crate::outcome::{ExerciseOutcome, ExerciseStatus};
    use crate::progress;
    use crate::{scoring, skills};

    #[test]
    fn the_course_is_listed_part_by_part_with_what_is_known_of_each_exercise() {
        let root = tempfile::tempdir().unwrap();
        let course = sample();
        for (exercise, status) in
            course.exercises.iter().zip([ExerciseStatus::Passed, ExerciseStatus::Partial])
        {
            fs::create_dir_all(root.path().join("exercises").join(&exercise.folder).join("src")).unwrap();
            let score = if status == ExerciseStatus::Passed { 10 } else { 7 };
            let outcome = ExerciseOutcome { score, ..scoring::outcome(exercise, status) };
            let content = progress::content_of(root.path(), exercise).unwrap();
            progress::remember(root.path(), &[(content, &outcome)]).unwrap();
        }
        assert_snapshot!(exercises(root.path(), &course, Style::PLAIN));
    }

    #[test]
    fn skills_are_listed_with_the_checks_that_prove_them() {
        assert_snapshot!(skills(&sample(), &skills::sample(), Style::PLAIN));
    }
}
