//! An exercise in full: every check, and all there is to read about those that did not pass.

use anstream::adapter::strip_str;

use super::text::{excerpt, indented, laid_out, plural, printable};
use super::{BOLD, DIM, Look, Style};
use crate::course::source_of;
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
        text.push_str(&indented(&render_check(check, style, 2), "  "));
    }
    if let Some(advice) = advice(exercise) {
        text.push('\n');
        text.push_str(&laid_out(&advice, "  ", style.line()));
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

/// What to do about an error in `checks.rs`, which is not the file to look at: what the checks call is not there, or
/// not as they call it.
pub fn advice(exercise: &ExerciseOutcome) -> Option<String> {
    let diagnostics = || exercise.diagnostics.iter().map(|diagnostic| strip_str(diagnostic).to_string());
    let in_checks = |text: &String| {
        let place = text.lines().find_map(|line| line.trim_start().strip_prefix("--> "));
        place.is_some_and(|place| place.contains("checks.rs:"))
    };
    let first = diagnostics().find(in_checks)?;
    let ExerciseOutcome { id, folder, .. } = exercise;
    let (what, it) = match item_in(&first) {
        Some(item) => (format!("`{item}`"), "it"),
        None => ("the functions".to_owned(), "they"),
    };
    Some(format!(
        "checks.rs calls {what} by the name and signature {it} came with. Keep both in {} \
         (fixtures/{id}/stub.rs has them), and leave checks.rs as it is.",
        source_of(folder)
    ))
}

/// The item of the exercise that rustc's words are about.
fn item_in(error: &str) -> Option<&str> {
    let after = |words: &str| error.split_once(words).map(|(_, rest)| rest);
    let quoted = ["cannot find value `", "cannot find function `", "unresolved import `"]
        .into_iter()
        .find_map(after)
        .and_then(|rest| rest.split('`').next());
    let of_type = || after("found fn item `")?.split_once('{')?.1.split('}').next();
    quoted.or_else(of_type)?.rsplit("::").next().filter(|name| !name.is_empty())
}

/// How much is said of each check, where only the first that failed is shown in full.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Checks {
    /// A line for each.
    All,
    /// Those that passed are only counted.
    Unpassed,
    /// All are only counted.
    Counted,
}

/// An exercise at a glance: its checks, then all there is to read about the first that failed.
pub fn render_first(exercise: &ExerciseOutcome, style: Style, checks: Checks) -> String {
    let mut text = headline(exercise, style);
    let is_counted = |check: &CheckOutcome| match checks {
        Checks::All => false,
        Checks::Unpassed => check.status == CheckStatus::Passed,
        Checks::Counted => true,
    };
    let mut counts: Vec<(CheckStatus, usize)> = Vec::new();
    for check in exercise.checks.iter().filter(|check| is_counted(check)) {
        match counts.iter_mut().find(|(status, _)| *status == check.status) {
            Some((_, count)) => *count += 1,
            None => counts.push((check.status, 1)),
        }
    }
    if !counts.is_empty() {
        let count = |&(status, count): &(CheckStatus, usize)| {
            style.paint(status.colour(), &format!("{} {count} {}", status.mark(), status.as_str()))
        };
        let line: Vec<String> = counts.iter().map(count).collect();
        text.push_str(&indented(&line.join("  "), "  "));
    }
    for check in exercise.checks.iter().filter(|check| !is_counted(check)) {
        let line = format!("{} {}", check.status.mark(), printable(&check.name));
        text.push_str(&laid_out(&style.paint(check.status.colour(), &line), "  ", style.line()));
    }
    if let Some(check) = exercise.first_failed() {
        text.push('\n');
        text.push_str(&render_check(check, style, 0));
    }
    if let Some(advice) = advice(exercise) {
        text.push('\n');
        text.push_str(&laid_out(&advice, "", style.line()));
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

/// A check behind a margin that somebody else puts before it.
fn render_check(check: &CheckOutcome, style: Style, margin: usize) -> String {
    let CheckOutcome { name, status, message, output, score, max_score, .. } = check;
    let width = style.line().map(|width| width.saturating_sub(margin));
    let look = status.colour();
    let first = format!("{} {}", status.mark(), printable(name));
    let first = match status {
        CheckStatus::Passed => first,
        CheckStatus::Todo => first + " (todo)",
        _ => {
            format!(
                "{first} ({}, {score} of {max_score} {})",
                status.as_str(),
                plural(*max_score as usize, "point")
            )
        }
    };
    let mut text = laid_out(&style.paint(look, &first), "", width);
    if matches!(status, CheckStatus::Passed | CheckStatus::Todo) {
        return text;
    }
    text.push_str(&laid_out(&excerpt(message, MESSAGE.0, MESSAGE.1), "    ", width));
    if !output.trim().is_empty() {
        text.push_str(&indented(&style.paint(DIM, "your code printed:"), "    "));
        text.push_str(&indented(&excerpt(output, OUTPUT.0, OUTPUT.1), "    │ "));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::sample;

    fn advice_on(error: &str) -> Option<String> {
        let mut run = sample::every_status();
        let mut exercise = run.exercises.remove(4);
        exercise.diagnostics = vec![error.to_owned()];
        advice(&exercise)
    }

    #[test]
    fn an_error_in_the_checks_is_one_of_what_they_call() {
        let renamed = "error[E0425]: cannot find value `times_table` in crate `ex05`\n  --> exercises/ex05_create/checks.rs:15:63\n";
        insta::assert_snapshot!(advice_on(renamed).unwrap(), @"checks.rs calls `times_table` by the name and signature it came with. Keep both in exercises/ex05_create/src/lib.rs (fixtures/ex05/stub.rs has them), and leave checks.rs as it is.");
        let changed = "\u{1b}[1merror[E0308]\u{1b}[0m: mismatched types\n \u{1b}[94m--> \u{1b}[0mexercises/ex05_create/checks.rs:9:5\n   = note: expected fn pointer `fn(_) -> _`\n                 found fn item `fn(i64) -> i64 {ex05::times_table}`\n";
        assert_eq!(advice_on(changed), advice_on(renamed));
        let unknown =
            "error[E0061]: this function takes 1 argument\n --> exercises/ex05_create/checks.rs:9:5\n";
        assert!(advice_on(unknown).unwrap().starts_with("checks.rs calls the functions by the name and"));
    }

    #[test]
    fn an_error_in_the_learners_file_speaks_for_itself() {
        let error = "error[E0308]: mismatched types\n --> exercises/ex05_create/src/lib.rs:9:5\n ::: exercises/ex05_create/checks.rs:1:1\n";
        assert_eq!(advice_on(error), None);
    }
}
