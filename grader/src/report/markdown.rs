//! The score for a comment on a pull request or for a learning platform.

use super::failure::{MESSAGE, OUTPUT, advice, silence};
use super::text::excerpt;
use super::{Look, conditions, parts, percent};
use crate::outcome::{CheckOutcome, CheckStatus, ExerciseOutcome, ExerciseStatus, RunOutcome};

/// Below the 65,536 characters that GitHub takes, with room for what is around.
const LIMIT: usize = 60_000;

pub fn render(run: &RunOutcome) -> String {
    let RunOutcome { score, max_score, .. } = run;
    let mut text = format!("## Score: {score}/{max_score} ({})\n\n", percent(*score, *max_score));
    text.push_str("| Exercise | Status | Checks | Score |\n|---|---|--:|--:|\n");
    let several_parts = parts(run).count() > 1;
    for part in parts(run) {
        if several_parts {
            let (score, max_score) = part.score();
            text.push_str(&format!("| **{}** | | | **{score}/{max_score}** |\n", inline(part.title)));
        }
        part.exercises.iter().for_each(|exercise| text.push_str(&row(exercise)));
    }

    let mut left_out = Vec::new();
    for exercise in run.exercises.iter().filter(|exercise| has_details(exercise)) {
        let details = details(exercise);
        if text.len() + details.len() > LIMIT {
            left_out.push(exercise.id.as_str());
        } else {
            text.push_str(&details);
        }
    }
    if !left_out.is_empty() {
        text.push_str(&format!(
            "\nToo long to be shown here: {}. `cargo run -p grader -- -v` shows all.\n",
            left_out.join(", ")
        ));
    }
    text.push_str(&format!("\n{}\n", inline(&conditions(run))));
    text
}

fn row(exercise: &ExerciseOutcome) -> String {
    let ExerciseOutcome { id, title, status, score, max_score, checks, .. } = exercise;
    let passed = checks.iter().filter(|check| check.status == CheckStatus::Passed).count();
    let checks = if checks.is_empty() { "–".to_owned() } else { format!("{passed}/{}", checks.len()) };
    format!(
        "| {id} {} | {} {} | {checks} | {score}/{max_score} |\n",
        inline(title),
        inline(&status.mark().to_string()),
        status.as_str()
    )
}

/// The table says all there is to say of what is passed or not begun.
fn has_details(exercise: &ExerciseOutcome) -> bool {
    !matches!(exercise.status, ExerciseStatus::Passed | ExerciseStatus::Todo)
}

fn details(exercise: &ExerciseOutcome) -> String {
    let ExerciseOutcome { id, title, status, score, max_score, .. } = exercise;
    let mut text = format!(
        "\n<details><summary>{id} {}: {}, {score}/{max_score}</summary>\n",
        html(title),
        status.as_str()
    );
    for check in exercise.checks.iter().filter(|check| check.status != CheckStatus::Passed) {
        let CheckOutcome { name, status, message, output, .. } = check;
        text.push_str(&format!("\n**{}** ({})\n", inline(name), status.as_str()));
        if *status == CheckStatus::Todo {
            continue;
        }
        text.push_str(&fenced(&excerpt(message, MESSAGE.0, MESSAGE.1)));
        if !output.trim().is_empty() {
            text.push_str("\nThe code printed:\n");
            text.push_str(&fenced(&excerpt(output, OUTPUT.0, OUTPUT.1)));
        }
    }
    if let Some(advice) = advice(exercise) {
        text.push_str(&format!("\n{advice}\n"));
    }
    for diagnostic in &exercise.diagnostics {
        text.push_str(&fenced(&excerpt(diagnostic, MESSAGE.0, MESSAGE.1)));
    }
    if let Some(reason) = silence(exercise) {
        text.push_str(&format!("\n{reason}\n"));
    }
    text.push_str("\n</details>\n");
    text
}

/// `text` in a fence longer than any in it, so that nothing in it can end the fence.
fn fenced(text: &str) -> String {
    if text.is_empty() {
        return String::new();
    }
    let longest = text.split(|letter| letter != '`').map(str::len).max().unwrap_or(0);
    let fence = "`".repeat(3.max(longest + 1));
    format!("\n{fence}text\n{text}\n{fence}\n")
}

/// `text` as itself within a line, whatever Markdown would make of its punctuation.
fn inline(text: &str) -> String {
    let mut escaped = String::new();
    for letter in super::text::printable(text).replace('\n', " ").chars() {
        if matches!(
            letter,
            '\\' | '`' | '*' | '_' | '[' | ']' | '<' | '>' | '|' | '~' | '#' | '&' | '@' | '$'
        ) {
            escaped.push('\\');
        }
        escaped.push(letter);
    }
    escaped
}

/// `text` as itself within a tag, where Markdown does not look.
fn html(text: &str) -> String {
    super::text::printable(text)
        .replace('\n', " ")
        .replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use insta::assert_snapshot;

    use super::*;
    use crate::report::sample;

    #[test]
    fn every_status_is_shown() {
        assert_snapshot!(render(&sample::every_status()));
    }

    #[test]
    fn no_text_ends_its_fence() {
        assert_eq!(fenced("a"), "\n```text\na\n```\n");
        assert_eq!(fenced("```\n</details>"), "\n````text\n```\n</details>\n````\n");
        assert_eq!(fenced("`````"), "\n``````text\n`````\n``````\n");
    }

    #[test]
    fn no_name_ends_its_cell_or_begins_a_tag() {
        assert_eq!(inline("a | b <b> `c` *d*\ne"), r"a \| b \<b\> \`c\` \*d\* e");
        assert_eq!(html("</summary> & \u{1b}[0m"), "&lt;/summary&gt; &amp; ␛[0m");
    }

    #[test]
    fn a_report_is_never_longer_than_a_comment_may_be() {
        let mut run = sample::every_status();
        let long = "π".repeat(299) + "\n";
        for check in run.exercises.iter_mut().flat_map(|exercise| &mut exercise.checks) {
            check.message = long.repeat(70);
            check.output = long.repeat(70);
        }
        let text = render(&run);
        assert!(text.len() <= LIMIT + 1_000, "{}", text.len());
        assert!(text.contains("Too long to be shown here: ex02, ex03"), "{text}");
    }
}
