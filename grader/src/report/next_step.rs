//! What to do next: the first exercise that is not passed, and the first thing wrong in it.

use super::text::{excerpt, indented, plural, printable};
use super::{BOLD, GREEN, Look, Options};
use crate::course::source_of;
use crate::outcome::{CheckOutcome, CheckStatus, ExerciseOutcome, ExerciseStatus, RunOutcome};

/// Lines of a message that say enough to begin with.
const FIRST_LINES: usize = 20;

/// The last paragraph of a report; `None` where nothing was scored.
pub fn render(run: &RunOutcome, options: Options) -> Option<String> {
    match run.first_unpassed() {
        Some(exercise) => Some(next(exercise, options)),
        None if run.exercises.is_empty() => None,
        None => Some(options.style.paint(GREEN, &congratulation(run)) + "\n"),
    }
}

pub fn congratulation(run: &RunOutcome) -> String {
    let exercises = run.exercises.len();
    let checks: usize = run.exercises.iter().map(|exercise| exercise.checks.len()).sum();
    format!(
        "Passed: {exercises} {} with all of {checks} {}. Well done!",
        plural(exercises, "exercise"),
        plural(checks, "check"),
    )
}

fn next(exercise: &ExerciseOutcome, options: Options) -> String {
    let ExerciseOutcome { id, title, folder, .. } = exercise;
    let style = options.style;
    let mut text =
        format!("{} {}\n\n", style.paint(BOLD, &format!("Next: {id} {title},")), source_of(folder));
    text.push_str(&indented(&first_thing_wrong(exercise, options), "  "));
    text.push('\n');

    for (command, what_for) in commands(id, options.details) {
        text.push_str(&format!("  {command:<36}{what_for}\n"));
    }
    text
}

/// What to type now, and what for.
pub fn commands(id: &str, details: bool) -> Vec<(String, &'static str)> {
    let mut commands = Vec::new();
    if !details {
        commands.push((format!("cargo run -p grader -- {id}"), "every failure in full"));
    }
    commands.push((format!("cargo run -p grader -- watch {id}"), "a verdict whenever you save"));
    commands.push((format!("cargo test -p {id}"), "the same checks as tests"));
    commands.push((format!("cargo run -p grader -- hint {id}"), "a hint"));
    commands
}

/// What is wrong in a few lines, or in one where the reader sees it all in the details.
pub fn first_thing_wrong(exercise: &ExerciseOutcome, options: Options) -> String {
    let lines = |count| if options.details { 0 } else { count };
    match exercise.status {
        ExerciseStatus::Todo => {
            "Nothing is written yet. Open this file and read the lesson at its top; then put your\n\
                                 code in place of each todo!(), and save."
                .to_owned()
        }
        ExerciseStatus::Missing => "Its folder is not there.".to_owned(),
        ExerciseStatus::CompileError => {
            let error = exercise.diagnostics.first().map(String::as_str).unwrap_or_default();
            let more = exercise.diagnostics.len().saturating_sub(1);
            let mut text = "It does not compile".to_owned();
            if more > 0 {
                text.push_str(&format!("; the first of {} {}", more + 1, plural(more + 1, "message")));
            }
            match excerpt(error, lines(FIRST_LINES), 0) {
                _ if options.details => text + ".",
                error => format!("{text}:\n\n{error}"),
            }
        }
        ExerciseStatus::Passed | ExerciseStatus::Partial | ExerciseStatus::Failed => {
            match exercise.first_unpassed() {
                Some(check) => first_check(check, options),
                None => super::failure::SILENCE.to_owned(),
            }
        }
    }
}

fn first_check(check: &CheckOutcome, options: Options) -> String {
    let CheckOutcome { name, status, message, .. } = check;
    let look = status.colour();
    let mut text =
        options.style.paint(look, &format!("{} {} ({})", status.mark(), printable(name), status.as_str()));
    if !options.details && *status != CheckStatus::Todo {
        text.push('\n');
        text.push_str(&indented(&excerpt(message, FIRST_LINES, 0), "  "));
    }
    text
}
