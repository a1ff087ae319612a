//! The score for CI systems: a test suite per exercise, a test case per check.

use std::time::Duration;

use quick_junit::{NonSuccessKind, Report, TestCase, TestCaseStatus, TestSuite};

use super::failure::silence;
use super::text::printable;
use crate::outcome::{CheckOutcome, CheckStatus, ExerciseOutcome, RunOutcome};

pub fn render(run: &RunOutcome) -> anyhow::Result<String> {
    let mut report = Report::new(super::conditions(run));
    report.add_test_suites(run.exercises.iter().map(suite));
    Ok(report.to_string()?)
}

fn suite(exercise: &ExerciseOutcome) -> TestSuite {
    let ExerciseOutcome { id, title, .. } = exercise;
    let mut suite = TestSuite::new(format!("{id} {title}"));
    suite.set_time(Duration::from_millis(exercise.duration_ms));
    suite.add_test_cases(exercise.checks.iter().map(|check| case(id, check)));
    // A suite without a case would pass.
    if exercise.checks.is_empty() {
        let mut status = TestCaseStatus::non_success(NonSuccessKind::Error);
        status.set_type(exercise.status.as_str());
        status.set_message(exercise.status.as_str());
        let mut description = exercise.diagnostics.join("\n");
        description.extend(silence(exercise));
        status.set_description(printable(&description));
        let mut case = TestCase::new("can be scored", status);
        case.set_classname(id);
        suite.add_test_case(case);
    }
    suite
}

fn case(id: &str, check: &CheckOutcome) -> TestCase {
    let message = printable(&check.message);
    let non_success = |kind| {
        let mut status = TestCaseStatus::non_success(kind);
        status.set_description(&message);
        status
    };
    let mut status = match check.status {
        CheckStatus::Passed => TestCaseStatus::success(),
        CheckStatus::Failed | CheckStatus::Todo => non_success(NonSuccessKind::Failure),
        CheckStatus::Panicked | CheckStatus::Crashed | CheckStatus::TimedOut => {
            non_success(NonSuccessKind::Error)
        }
        CheckStatus::NotRun => TestCaseStatus::skipped(),
    };
    status.set_type(check.status.as_str());
    status.set_message(message.lines().next().unwrap_or_default());
    let mut case = TestCase::new(&check.name, status);
    case.set_classname(id);
    case.set_time(Duration::from_millis(check.duration_ms));
    if !check.output.is_empty() {
        case.set_system_out(printable(&check.output));
    }
    case
}

#[cfg(test)]
mod tests {
    use insta::assert_snapshot;

    use crate::report::sample;

    #[test]
    fn every_status_has_its_element() {
        assert_snapshot!(super::render(&sample::every_status()).unwrap());
    }
}
