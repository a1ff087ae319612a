//! Why a check did not pass, in words from which the slip can be found.

use std::fmt::Write;

use protocol::Verdict;

/// What a check, or a property on one input, comes to.
pub type Outcome = Result<(), Failure>;

/// Why a check did not pass.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure(pub(crate) Box<Details>);

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Details {
    pub(crate) kind: FailureKind,
    /// What is wrong, in one line.
    pub(crate) headline: String,
    /// `m = [[1, 2]]`, one for each argument of the call.
    pub(crate) inputs: Vec<String>,
    /// Both sides, and where they first differ.
    pub(crate) evidence: Option<String>,
    /// The slip that has this very effect, where it is a known one.
    pub(crate) cause: Option<String>,
    /// Where the input comes from.
    pub(crate) origin: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum FailureKind {
    Failed,
    Todo,
    Panicked,
}

impl Failure {
    /// A contract that is not kept. `headline` says in one line what is wrong.
    pub fn new(headline: impl Into<String>) -> Self {
        Failure::of_kind(FailureKind::Failed, headline)
    }

    pub(crate) fn of_kind(kind: FailureKind, headline: impl Into<String>) -> Self {
        Failure(Box::new(Details {
            kind,
            headline: headline.into(),
            inputs: Vec::new(),
            evidence: None,
            cause: None,
            origin: None,
        }))
    }

    /// Names the slip that most likely led here.
    pub fn because(mut self, cause: impl Into<String>) -> Self {
        self.0.cause = Some(cause.into());
        self
    }

    /// Names the slip that most likely led here, if `words` are among those that say what is wrong: what libtorch
    /// refuses in the same words has one cause here and another one there.
    pub fn because_where(self, words: &str, cause: impl Into<String>) -> Self {
        if self.0.headline.contains(words) { self.because(cause) } else { self }
    }

    /// What shows that it is so.
    pub fn with_evidence(mut self, evidence: impl Into<String>) -> Self {
        self.0.evidence = Some(evidence.into());
        self
    }

    /// The text that a learner reads.
    pub(crate) fn render(&self) -> String {
        let mut text = self.0.headline.clone();
        if self.0.kind == FailureKind::Todo {
            return text;
        }
        if !self.0.inputs.is_empty() {
            text.push_str("\n\nwith");
            for input in &self.0.inputs {
                let _ = write!(text, "\n{}", indent(input));
            }
        }
        if let Some(evidence) = &self.0.evidence {
            let _ = write!(text, "\n\n{evidence}");
        }
        if let Some(cause) = &self.0.cause {
            let _ = write!(text, "\n\nLikely cause: {cause}");
        }
        if let Some(origin) = &self.0.origin {
            let _ = write!(text, "\n\n({origin})");
        }
        text
    }

    pub(crate) fn into_verdict(self) -> Verdict {
        let message = self.render();
        match self.0.kind {
            FailureKind::Failed => Verdict::Failed { message },
            FailureKind::Todo => Verdict::Todo { message },
            FailureKind::Panicked => Verdict::Panicked { message },
        }
    }
}

fn indent(text: &str) -> String {
    text.lines().map(|line| format!("  {line}").trim_end().to_owned()).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cause_that_belongs_to_certain_words_is_named_where_they_are_said() {
        let failure = Failure::new("index 2 out of range").because("unknown");
        assert_eq!(failure.clone().because_where("out of range", "counted").0.cause.unwrap(), "counted");
        assert_eq!(failure.because_where("match the size", "counted").0.cause.unwrap(), "unknown");
    }
}
