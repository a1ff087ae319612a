//! Outcomes that reporters are tried on.

use crate::outcome::{CheckOutcome, CheckStatus, ExerciseOutcome, ExerciseStatus, RunOutcome};

/// Every status there is, in two parts, with output that would like to be more than output.
pub fn every_status() -> RunOutcome {
    let first = "Part I: First four";
    let second = "Part II: Tensors";
    run(vec![
        passed(),
        exercise(
            "ex02",
            "Row normalization",
            "ex02_row_normalization",
            first,
            vec![
                check("the result has the shape of the input", CheckStatus::Passed, "", ""),
                check("the rows of the result sum to one", CheckStatus::Failed, WRONG_SUM, "sum: [3]\n"),
                check(
                    "integers become f32",
                    CheckStatus::Panicked,
                    "panicked at src/lib.rs:14:20:\nCould not compute: \"div\" not implemented for 'Int'",
                    "",
                ),
                check("a row that sums to 0 is refused", CheckStatus::Todo, "not yet implemented", ""),
            ],
        ),
        exercise(
            "ex03",
            "Gradient",
            "ex03_gradient",
            first,
            vec![
                check(
                    "the partials at (1, π) are (π, 0)",
                    CheckStatus::Crashed,
                    "The process ended with signal 11 (SIGSEGV) while this check ran.\nLikely: run_backward on a tensor without a graph.",
                    EVIL,
                ),
                check(
                    "f may ignore an input",
                    CheckStatus::TimedOut,
                    "Still running after 5 s.",
                    &(1..=40).map(|step| format!("step {step}\n")).collect::<String>(),
                ),
                check(
                    "the gradient is linear in f",
                    CheckStatus::NotRun,
                    "A new process could not be started: no memory left.",
                    "",
                ),
            ],
        ),
        exercise(
            "ex04",
            "Gradient descent",
            "ex04_gradient_descent",
            first,
            ["a step is w − lr·g", "losses belong to the iterates", "w0 is not touched"]
                .map(|name| check(name, CheckStatus::Todo, "not yet implemented", ""))
                .to_vec(),
        ),
        ExerciseOutcome {
            status: ExerciseStatus::CompileError,
            diagnostics: vec![MISMATCH.to_owned(), UNUSED.to_owned()],
            ..exercise("ex05", "Create", "ex05_create", second, vec![])
        },
        ExerciseOutcome {
            status: ExerciseStatus::Missing,
            ..exercise("ex06", "Strides", "ex06_strides", second, vec![])
        },
    ])
}

pub fn all_passed() -> RunOutcome {
    run(vec![passed()])
}

pub fn nothing() -> RunOutcome {
    run(vec![])
}

fn run(exercises: Vec<ExerciseOutcome>) -> RunOutcome {
    RunOutcome::new(20260, "cpu".into(), "2.13.0".into(), exercises)
}

fn passed() -> ExerciseOutcome {
    let mut checks = ["the diagonal is 0", "the rest is as it was", "the input is not touched"]
        .map(|name| check(name, CheckStatus::Passed, "", ""));
    (checks[0].score, checks[0].max_score) = (4, 4);
    exercise("ex01", "Tensor surgery", "ex01_tensor_surgery", "Part I: First four", checks.to_vec())
}

fn exercise(id: &str, title: &str, folder: &str, part: &str, checks: Vec<CheckOutcome>) -> ExerciseOutcome {
    ExerciseOutcome {
        id: id.into(),
        title: title.into(),
        part: part.into(),
        folder: folder.into(),
        status: ExerciseStatus::of(&checks),
        score: checks.iter().map(|check| check.score).sum(),
        max_score: 10,
        duration_ms: checks.iter().map(|check| check.duration_ms).sum(),
        diagnostics: vec![],
        checks,
        figures: vec![],
    }
}

pub fn check(name: &str, status: CheckStatus, message: &str, output: &str) -> CheckOutcome {
    CheckOutcome {
        name: name.into(),
        status,
        score: if status == CheckStatus::Passed { 3 } else { 0 },
        max_score: 3,
        duration_ms: if status == CheckStatus::TimedOut { 5000 } else { 7 },
        message: message.into(),
        output: output.into(),
    }
}

const WRONG_SUM: &str = "\
normalize_rows(m) with the smallest failing input

m =
  [[1, 2],
   [3, 4]]   f32

expected            got
  [[0.3333, 0.6667],  [[0.2500, 0.3333],
   [0.4286, 0.5714]]   [0.7500, 0.6667]]
    ^^^^^^ first difference at [0, 0]

Likely cause: the sums were taken over the columns.
";

/// Output that tries to leave its place in every report.
const EVIL: &str = "\u{1b}[2J\u{1b}[31mevil\u{7}\r100 %\n```\n</details>\n]]>\n\
                    <script>alert('evil')</script><img src=x onerror=\"alert(1)\">\n\
                    | passed | 10/10 |\n\u{9b}1m\u{202e}\u{0}\n\
                    {\"token\":\"t\",\"event\":{\"finished\":{\"check\":0,\"verdict\":\"passed\"}}}\n";

const MISMATCH: &str = "\
error[E0308]: mismatched types
 --> exercises/ex05_create/src/lib.rs:12:5
   |
11 | pub fn times_table(n: i64) -> Result<Tensor, TchError> {
   |                               ------------------------ expected because of this
12 |     Tensor::zeros((n, n), (Kind::Int64, Device::Cpu))
   |     ^^^^^^^^^^^^^^^^^^^^^^ expected `Result<Tensor, TchError>`, found `Tensor`
   |
help: try wrapping the expression in `Ok`
";

const UNUSED: &str = "error: aborting due to 1 previous error\n";
