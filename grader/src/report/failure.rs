//! An exercise in full: every check, and all there is to read about those that did not pass.

use super::text::{excerpt, indented, printable};
use super::{BOLD, DIM, Look, Style};
use crate::outcome::{CheckOutcome, CheckStatus, ExerciseOutcome, ExerciseStatus};

/// Lines of a message or of rustc's words: the beginning says most.
pub const MESSAGE: (usize, usize) = (60, 10);
/// Lines of what the code printed: a loop shows at the beginning, what came just before a failure at
/// the end.
pub const OUTPUT: (usize, usize) = (15, 15);

/// What there is to say of an exercise that no check has spoken about.
pub const SILENCE: &str = "It is not passed, because none of its checks reported a verdict.";

pub fn render(exercise: &ExerciseOutcome, style: Style) -> String {
    let mut text = headline(exercise, style);
    for check in &exercise.checks {
        text.push_str(&indented(&render_check(check, style), "  "));
    }
    for diagnostic in &exercise.diagnostics {
        text.push('\n');
        text.push_str(&indented(&excerpt(diagnostic, MESSAGE.0, MESSAGE.1), "  "));
    }
    if let Some(reason) = silence(exercise) {
        text.push_str(&indented(reason, "  "));
    }
    text
}

/// Why there is nothing else to read about an exercise without a check.
pub fn silence(exercise: &ExerciseOutcome) -> Option<&'static str> {
    match exercise.status {
        ExerciseStatus::Missing => Some("Its folder is not there."),
        _ if !exercise.checks.is_empty() || !exercise.diagnostics.is_empty() => None,
        ExerciseStatus::CompileError => Some("It does not compile."),
        _ => Some(SILENCE),
    }
}

/// An exercise at a glance: its checks in a line each, then all there is to read about the first that failed.
pub fn render_first(exercise: &ExerciseOutcome, style: Style) -> String {
    let mut text = headline(exercise, style);
    for check in &exercise.checks {
        let line = format!("{} {}", check.status.mark(), printable(&check.name));
        text.push_str(&indented(&style.paint(check.status.colour(), &line), "  "));
    }
    let failed = |check: &&CheckOutcome| !matches!(check.status, CheckStatus::Passed | CheckStatus::Todo);
    if let Some(check) = exercise.checks.iter().find(failed) {
        text.push('\n');
        text.push_str(&render_check(check, style));
    }
    if let Some(reason) = silence(exercise) {
        text.push_str(&indented(reason, "  "));
    }
    text
}

fn headline(exercise: &ExerciseOutcome, style: Style) -> String {
    let ExerciseOutcome { id, title, status, score, max_score, .. } = exercise;
    format!(
        "{} {}, {score}/{max_score}\n",
        style.paint(BOLD, &format!("{id} {title}:")),
        style.paint(status.colour(), status.as_str())
    )
}

fn render_check(check: &CheckOutcome, style: Style) -> String {
    let CheckOutcome { name, status, message, output, .. } = check;
    let look = status.colour();
    let first = format!("{} {}", status.mark(), printable(name));
    match status {
        CheckStatus::Passed => return style.paint(look, &first),
        CheckStatus::Todo => return style.paint(look, &format!("{first} (todo)")),
        _ => {}
    }
    let worth = format!(" ({}, {}/{})", status.as_str(), check.score, check.max_score);
    let mut text = style.paint(look, &(first + &worth)) + "\n";
    text.push_str(&indented(&excerpt(message, MESSAGE.0, MESSAGE.1), "    "));
    if !output.trim().is_empty() {
        text.push_str(&indented(&style.paint(DIM, "your code printed:"), "    "));
        text.push_str(&indented(&excerpt(output, OUTPUT.0, OUTPUT.1), "    │ "));
    }
    text
}
