//! What the grader and a plugin of checks say to each other.
//!
//! The grader opens a *session* with one child process of its worker. It hands the child a [`Job`];
//! the plugin answers [`Event::Ready`] with the list of its checks, and from then on every
//! [`Request::Run`] is answered by one [`Event::Finished`]. Both directions are lines of JSON over one
//! stream socket. A request names exactly one check, so the grader alone decides what runs, and a
//! verdict that was not asked for means nothing. A [`Request::Figure`] is answered by one [`Event::Figure`] in the
//! same way; no figure ever changes a verdict.
//!
//! Every event carries the job's [`Job::token`], which no learner's code is told.

pub mod figure;

use std::io::{self, BufRead, Write};
use std::path::PathBuf;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use figure::{FigureAnswer, FigureInfo};

/// The symbol every plugin exports, of type [`PluginEntry`]. Its number changes with this protocol.
pub const ENTRY_SYMBOL: &str = "exercise_checks_v2";

/// `entry(socket, job, job_len)`: runs a whole session over the descriptor `socket`; `job` points to
/// `job_len` bytes of JSON, a [`Job`].
pub type PluginEntry = unsafe extern "C" fn(socket: i32, job: *const u8, job_len: usize);

/// What a plugin has to know before it can run a check.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Job {
    /// Proof that an event comes from the checks.
    pub token: String,
    /// `ex03`: the folder under `fixtures/` and part of every seed.
    pub exercise: String,
    pub settings: Settings,
}

/// How checks are run: the same for every exercise of a run, and for both doors to the checks.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Settings {
    /// Seed of all generated inputs, together with the check's name.
    pub seed: u64,
    /// Generated inputs per property.
    pub cases: u32,
    /// `cpu`, `cuda:N`, `mps` or `auto`: where input tensors live.
    pub device: String,
    /// The folder that holds one folder of snapshots per exercise.
    pub fixtures: PathBuf,
}

impl Settings {
    /// What both doors to the checks use where nobody asks for anything else.
    pub fn standard(fixtures: PathBuf) -> Self {
        Settings { seed: DEFAULT_SEED, cases: DEFAULT_CASES, device: "cpu".to_owned(), fixtures }
    }
}

/// The seed where nobody asks for another.
pub const DEFAULT_SEED: u64 = 42;

/// Inputs per property where nobody asks for another number.
pub const DEFAULT_CASES: u32 = 48;

/// insta neither prints, nor writes, nor decides: the comparator's finding is the verdict.
pub const QUIET_INSTA: [(&str, &str); 2] = [("INSTA_UPDATE", "no"), ("INSTA_OUTPUT", "none")];

/// From the grader to the checks.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Request {
    /// Run the check at this place of [`Event::Ready`]'s list.
    Run { check: usize },
    /// Draw the figure at this place of [`Event::Ready`]'s list.
    Figure { figure: usize },
}

/// From the checks to the grader.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Event {
    /// The checks and figures there are, and the device they run on. Sent once, before anything is run.
    Ready { device: String, checks: Vec<CheckInfo>, figures: Vec<FigureInfo> },
    /// This machine has no such device; the session ends.
    NoDevice { device: String },
    /// The verdict on the check that was asked for.
    Finished { check: usize, verdict: Verdict },
    /// The figure that was asked for.
    Figure { figure: usize, answer: FigureAnswer },
}

/// A check as its exercise declares it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CheckInfo {
    /// A statement of the contract, unique within the exercise.
    pub name: String,
    pub points: u32,
}

/// What a check says of the learner's code. Only a check can say it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    Passed,
    /// The function ran and did not keep its contract.
    Failed {
        message: String,
    },
    /// The function is still `todo!()`.
    Todo {
        message: String,
    },
    /// The function panicked.
    Panicked {
        message: String,
    },
}

/// An event as it travels: with the proof that it comes from the checks.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Signed {
    pub token: String,
    pub event: Event,
}

/// Writes `message` as one line.
pub fn send<T: Serialize>(to: &mut impl Write, message: &T) -> io::Result<()> {
    let mut line = serde_json::to_vec(message)?;
    line.push(b'\n');
    to.write_all(&line)
}

/// Reads one line; `None` where the other side has closed.
pub fn receive<T: DeserializeOwned>(from: &mut impl BufRead) -> io::Result<Option<T>> {
    let mut line = String::new();
    if from.read_line(&mut line)? == 0 {
        return Ok(None);
    }
    Ok(Some(serde_json::from_str(&line)?))
}

#[cfg(test)]
mod properties;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_sent_is_received_line_by_line() {
        let mut wire = Vec::new();
        let failed = Signed {
            token: "t".into(),
            event: Event::Finished { check: 3, verdict: Verdict::Failed { message: "two\nlines".into() } },
        };
        send(&mut wire, &Request::Run { check: 7 }).unwrap();
        send(&mut wire, &failed).unwrap();
        assert_eq!(wire.iter().filter(|&&byte| byte == b'\n').count(), 2);

        let mut wire = wire.as_slice();
        assert_eq!(receive(&mut wire).unwrap(), Some(Request::Run { check: 7 }));
        assert_eq!(receive(&mut wire).unwrap(), Some(failed));
        assert_eq!(receive::<Signed>(&mut wire).unwrap(), None);
    }

    #[test]
    fn numbers_of_figures_that_json_does_not_have_arrive_as_nan() {
        use figure::{Figure, Panel, Real, Shape};

        let mut panel = Panel::diagram("", 1.0, 1.0);
        panel.add(Default::default(), "", Shape::line([[0.1, f64::NAN], [f64::INFINITY, 1e-300]]));
        let figure = Figure { panels: vec![panel], ..Figure::default() };
        let mut wire = Vec::new();
        send(&mut wire, &FigureAnswer::Drawn(figure)).unwrap();
        let Some(FigureAnswer::Drawn(figure)) = receive(&mut wire.as_slice()).unwrap() else { panic!() };
        let Shape::Line { points, .. } = &figure.panels[0].marks[0].shape else { panic!() };
        let [[Real(a), Real(b)], [Real(c), Real(d)]] = points[..] else { panic!() };
        assert_eq!((a, d), (0.1, 1e-300));
        assert!(b.is_nan() && c.is_nan());
    }
}
