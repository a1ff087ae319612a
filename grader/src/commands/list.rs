//! `grader list`: the exercises of the course under their parts.

use crate::course::Course;
use crate::report::{BOLD, DIM, Style};

pub fn run(course: &Course, style: Style) -> String {
    let width = course.exercises.iter().map(|exercise| exercise.title.chars().count()).max().unwrap_or(0);
    let mut text = String::new();
    for part in &course.parts {
        let about = style.paint(DIM, &part.about);
        text.push_str(&format!("{}\n{about}\n\n", style.paint(BOLD, &part.title)));
        for exercise in course.exercises.iter().filter(|exercise| exercise.part == part.title) {
            let points = format!("{} points", exercise.points);
            text.push_str(&format!("  {}  {:width$}  {points:>10}\n", exercise.id, exercise.title));
        }
        text.push('\n');
    }
    text + "Begin with `cargo run -p grader`: it scores them all and says what to do next.\n"
}

#[cfg(test)]
mod tests {
    use insta::assert_snapshot;

    use super::*;
    use crate::course::sample;

    #[test]
    fn the_course_is_listed_part_by_part() {
        assert_snapshot!(run(&sample(), Style::PLAIN));
    }
}
