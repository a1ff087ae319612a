//! What to do next: the first exercise that is not passed, and the first thing wrong in it.

use super::text::{excerpt, indented, laid_out, plural, printable};
use super::{BOLD, GREEN, Look, NextStep, Options};
use crate::course::{Exercise, source_of};
use crate::outcome::{CheckOutcome, CheckStatus, ExerciseOutcome, ExerciseStatus, RunOutcome};

/// Lines of a message that say enough to begin with.
const FIRST_LINES: usize = 20;

/// The last paragraph of a report; `None` where nothing was scored.
pub fn render(run: &RunOutcome, options: Options, next_step: NextStep) -> Option<String> {
    match run.first_unpassed() {
        Some(exercise) => Some(next(exercise, options, next_step)),
        None if run.exercises.is_empty() => None,
        None => Some(all_passed(run, options, next_step)),
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

/// Where another way to write what is passed can be read.
fn solutions(run: &RunOutcome, next_step: NextStep) -> String {
    match run.exercises.as_slice() {
        [ExerciseOutcome { id, folder, .. }] => {
            let file = next_step.here.path(&format!("solutions/{folder}/src/lib.rs"));
            format!("Another way to write {id}: {file}")
        }
        _ => format!("Other ways to write them: {}", next_step.here.path("solutions")),
    }
}

fn all_passed(run: &RunOutcome, options: Options, next_step: NextStep) -> String {
    let style = options.style;
    let mut text = style.paint(GREEN, &congratulation(run)) + "\n";
    text.push_str(&laid_out(&solutions(run, next_step), "", style.line()));
    if let Some(Exercise { id, title, folder, .. }) = next_step.then {
        text.push('\n');
        text.push_str(&heading(id.as_str(), title, folder, options, next_step));
    }
    text
}

fn heading(id: &str, title: &str, folder: &str, options: Options, next_step: NextStep) -> String {
    let style = options.style;
    let name = style.paint(BOLD, &format!("Next: {id} {title},"));
    laid_out(&format!("{name} {}", next_step.here.path(&source_of(folder))), "", style.line())
}

fn next(exercise: &ExerciseOutcome, options: Options, next_step: NextStep) -> String {
    let ExerciseOutcome { id, title, folder, .. } = exercise;
    let mut text = heading(id, title, folder, options, next_step) + "\n";
    text.push_str(&first_thing_wrong(exercise, options, "  "));
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

/// What is wrong in a few lines, or in one where the reader sees it all in the details; behind `margin`.
pub fn first_thing_wrong(exercise: &ExerciseOutcome, options: Options, margin: &str) -> String {
    let prose = |text: &str| laid_out(text, margin, options.style.line());
    match exercise.status {
        ExerciseStatus::Todo => prose(
            "Nothing is written yet. Open this file and read the lesson at its top; then put your code in place of \
             each todo!(), and save.",
        ),
        ExerciseStatus::Missing => prose("Its folder is not there."),
        ExerciseStatus::CompileError if options.details => {
            prose(&format!("{}, shown above.", compile_errors(exercise)))
        }
        ExerciseStatus::CompileError => {
            let error = exercise.diagnostics.first().map(String::as_str).unwrap_or_default();
            let mut text = match exercise.diagnostics.len() {
                0 | 1 => prose("It does not compile:"),
                count => prose(&format!("It does not compile; the first of {count} errors:")),
            };
            if let Some(advice) = super::failure::advice(exercise) {
                text.push('\n');
                text.push_str(&prose(&advice));
            }
            text + "\n" + &indented(&excerpt(error, FIRST_LINES, 0), margin)
        }
        ExerciseStatus::Passed | ExerciseStatus::Partial | ExerciseStatus::Failed => {
            match exercise.first_unpassed() {
                Some(check) => first_check(check, options, margin),
                None => prose(super::failure::SILENCE),
            }
        }
    }
}

/// `It does not compile: 2 errors`
pub fn compile_errors(exercise: &ExerciseOutcome) -> String {
    let count = exercise.diagnostics.len();
    format!("It does not compile: {count} {}", plural(count, "error"))
}

fn first_check(check: &CheckOutcome, options: Options, margin: &str) -> String {
    let CheckOutcome { name, status, message, .. } = check;
    let line = options.style.line();
    let first = format!("{} {} ({})", status.mark(), printable(name), status.as_str());
    let mut text = laid_out(&options.style.paint(status.colour(), &first), margin, line);
    if !options.details && *status != CheckStatus::Todo {
        text.push_str(&laid_out(&excerpt(message, FIRST_LINES, 0), &format!("{margin}  "), line));
    }
    text
}
