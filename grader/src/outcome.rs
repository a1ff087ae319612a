//! What came out of a run. Reporters see nothing else.

use protocol::figure::{FigureAnswer, FigureInfo};
use serde::{Deserialize, Serialize};

/// A whole run.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct RunOutcome {
    pub version: u32,
    pub seed: u64,
    pub device: String,
    /// Version of libtorch, `2.13.0`.
    pub libtorch: String,
    /// What learners' code was not confined by, each in a sentence; empty where the sandbox was whole.
    pub missing_protection: Vec<String>,
    pub score: u32,
    pub max_score: u32,
    pub exercises: Vec<ExerciseOutcome>,
}

/// One exercise of a run, in the order of the course.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ExerciseOutcome {
    pub id: String,
    pub title: String,
    /// Title of the part of the course it belongs to.
    #[serde(skip)]
    pub part: String,
    /// The folder, `ex03_gradient`.
    #[serde(skip)]
    pub folder: String,
    pub status: ExerciseStatus,
    pub score: u32,
    pub max_score: u32,
    pub duration_ms: u64,
    /// rustc's own rendered errors, where it does not compile.
    pub diagnostics: Vec<String>,
    pub checks: Vec<CheckOutcome>,
    /// Where they were asked for.
    #[serde(skip)]
    pub figures: Vec<FigureOutcome>,
}

/// One figure of an exercise.
#[derive(Debug, Clone, PartialEq)]
pub struct FigureOutcome {
    pub info: FigureInfo,
    pub answer: FigureAnswer,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ExerciseStatus {
    Passed,
    Partial,
    Failed,
    Todo,
    CompileError,
    Missing,
}

/// One check of an exercise.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CheckOutcome {
    pub name: String,
    pub status: CheckStatus,
    pub score: u32,
    pub max_score: u32,
    pub duration_ms: u64,
    /// What is wrong; empty where it passed.
    pub message: String,
    /// What the learner's code printed, capped.
    pub output: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum CheckStatus {
    Passed,
    Failed,
    Todo,
    Panicked,
    /// The process ended before the check had spoken: a signal, an abort, an exit.
    Crashed,
    TimedOut,
    /// It could not be run, because of the machine and not of the learner's code.
    NotRun,
}

impl CheckStatus {
    pub fn as_str(self) -> &'static str {
        match self {
            CheckStatus::Passed => "passed",
            CheckStatus::Failed => "failed",
            CheckStatus::Todo => "todo",
            CheckStatus::Panicked => "panicked",
            CheckStatus::Crashed => "crashed",
            CheckStatus::TimedOut => "timed out",
            CheckStatus::NotRun => "not run",
        }
    }
}

impl ExerciseStatus {
    /// Every status, in the order in which they are declared.
    pub const ALL: [Self; 6] = [
        ExerciseStatus::Passed,
        ExerciseStatus::Partial,
        ExerciseStatus::Failed,
        ExerciseStatus::Todo,
        ExerciseStatus::CompileError,
        ExerciseStatus::Missing,
    ];

    pub fn as_str(self) -> &'static str {
        match self {
            ExerciseStatus::Passed => "passed",
            ExerciseStatus::Partial => "partial",
            ExerciseStatus::Failed => "failed",
            ExerciseStatus::Todo => "todo",
            ExerciseStatus::CompileError => "compile error",
            ExerciseStatus::Missing => "missing",
        }
    }

    /// The status that the verdicts on an exercise's checks amount to.
    ///
    /// An exercise without a check is failed: a verdict exists only if a check reported it.
    pub fn of(checks: &[CheckOutcome]) -> Self {
        let all = |status| !checks.is_empty() && checks.iter().all(|check| check.status == status);
        if all(CheckStatus::Passed) {
            ExerciseStatus::Passed
        } else if all(CheckStatus::Todo) {
            ExerciseStatus::Todo
        } else if checks.iter().any(|check| check.status == CheckStatus::Passed) {
            ExerciseStatus::Partial
        } else {
            ExerciseStatus::Failed
        }
    }
}

impl ExerciseOutcome {
    /// The first check that did not pass.
    pub fn first_unpassed(&self) -> Option<&CheckOutcome> {
        self.checks.iter().find(|check| check.status != CheckStatus::Passed)
    }

    /// The first check that was tried and did not pass.
    pub fn first_failed(&self) -> Option<&CheckOutcome> {
        self.checks.iter().find(|check| !matches!(check.status, CheckStatus::Passed | CheckStatus::Todo))
    }

    /// The check to work at: the first that failed, or else, where something is written, the first that is to do.
    pub fn failing(&self) -> Option<&CheckOutcome> {
        self.first_failed().or(self.first_unpassed().filter(|_| self.status != ExerciseStatus::Todo))
    }
}

impl RunOutcome {
    pub fn new(seed: u64, device: String, libtorch: String, exercises: Vec<ExerciseOutcome>) -> Self {
        RunOutcome {
            version: 1,
            seed,
            device,
            libtorch,
            missing_protection: Vec::new(),
            score: exercises.iter().map(|exercise| exercise.score).sum(),
            max_score: exercises.iter().map(|exercise| exercise.max_score).sum(),
            exercises,
        }
    }

    pub fn with_missing_protection(self, missing_protection: Vec<String>) -> Self {
        RunOutcome { missing_protection, ..self }
    }

    /// Whether the score is at least `percent` of what can be had, without rounding.
    pub fn reaches(&self, percent: f64) -> bool {
        f64::from(self.score) * 100.0 >= percent * f64::from(self.max_score)
    }

    /// The first exercise, in the order of the course, that is not passed.
    pub fn first_unpassed(&self) -> Option<&ExerciseOutcome> {
        self.exercises.iter().find(|exercise| exercise.status != ExerciseStatus::Passed)
    }
}
