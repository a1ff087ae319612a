//! The exit codes of the command: part of what scripts may rely on.

use std::process::ExitCode;

/// How the command ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// It did what was asked. A score of 0 is a score.
    Done = 0,
    /// It did what was asked, and the answer is no: `--min-score` is not met, the audit found an
    /// answer judged wrongly, the doctor found something to mend.
    Refused = 1,
    /// The command line asks for something that cannot be. clap uses the same code.
    Usage = 2,
    /// No libtorch, no compiler, a course that cannot be read or built: the code to be scored has
    /// nothing to do with it.
    Environment = 3,
}

impl Exit {
    /// The code for an error that ends the command.
    pub fn of(error: &anyhow::Error) -> Self {
        if error.is::<UsageError>() { Exit::Usage } else { Exit::Environment }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        ExitCode::from(exit as u8)
    }
}

/// An error that another command line would mend.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct UsageError(pub String);

#[cfg(test)]
mod tests {
    use super::*;
    use anyhow::Context;

    #[test]
    fn a_usage_error_is_2_even_with_context_and_every_other_is_3() {
        let usage = || anyhow::Error::from(UsageError("no such exercise".into()));
        assert_eq!(Exit::of(&usage()), Exit::Usage);
        assert_eq!(Exit::of(&Err::<(), _>(usage()).context("reset").unwrap_err()), Exit::Usage);
        assert_eq!(Exit::of(&anyhow::anyhow!("no compiler")), Exit::Environment);
    }
}
