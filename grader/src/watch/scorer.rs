//! Scores exercises one at a time beside the screen, with a worker that stays warm.

use std::path::{Path, PathBuf};
use std::sync::mpsc::{self, Sender};

use super::state::{Event, Verdict};
use crate::cancel::{Cancel, Cancelled};
use crate::commands::score::build_patience;
use crate::course::{Course, Exercise};
use crate::progress::{self, content_of};
use crate::runner::{Rules, Worker};
use crate::scoring::{self, Bench, Candidate};
use crate::workspace;

/// What the scorer needs to know.
pub struct Workplace {
    pub root: PathBuf,
    pub course: Course,
    pub rules: Rules,
    pub worker: Worker,
    /// With rustc's colours.
    pub coloured: bool,
}

/// A handle on the scorer's thread. Only the latest thing that was asked for is scored.
pub struct Scorer {
    orders: Sender<Order>,
    latest: Cancel,
}

struct Order {
    number: u64,
    entry: usize,
    cancel: Cancel,
}

impl Scorer {
    /// Tells `events` of progress and verdicts.
    pub fn start(on: Workplace, events: Sender<Event>) -> Self {
        let (orders, taken) = mpsc::channel::<Order>();
        std::thread::spawn(move || {
            for Order { number, entry, cancel } in taken {
                let exercise = &on.course.exercises[entry];
                let tell = |event| events.send(event).is_ok();
                let verdict = on.score(exercise, &cancel, |line| {
                    tell(Event::Progress(number, line.trim().to_owned()));
                });
                let event = match verdict {
                    Ok(verdict) => Event::Scored(number, verdict),
                    Err(error) if error.is::<Cancelled>() => continue,
                    Err(error) => Event::Scored(number, Verdict::Broken(format!("{error:#}"))),
                };
                if !tell(event) {
                    return;
                }
            }
        });
        Scorer { orders, latest: Cancel::default() }
    }

    /// Scores this entry of the course, and nothing that was asked for before.
    pub fn score(&mut self, number: u64, entry: usize) {
        self.latest.set();
        self.latest = Cancel::default();
        let order = Order { number, entry, cancel: self.latest.clone() };
        self.orders.send(order).expect("the scorer's thread ends after this handle");
    }
}

impl Workplace {
    fn score(
        &self,
        exercise: &Exercise,
        cancel: &Cancel,
        progress: impl FnMut(&str),
    ) -> anyhow::Result<Verdict> {
        let before = content_of(&self.root, exercise);
        let workspace = workspace::with_only(&self.root, &[format!("exercises/{}", exercise.folder)]);
        let bench = Bench {
            workspace: &workspace,
            confinement: None,
            patience: build_patience(&self.course),
            worker: &self.worker,
            rules: &self.rules,
            coloured: self.coloured,
            figures: false,
        };
        if let Some(broken) =
            scoring::without_source(&self.root, exercise, "press x to put it back as it came")
        {
            return Ok(Verdict::Scored(Box::new(broken.into_outcome(exercise))));
        }
        let folder = Path::new("exercises").join(&exercise.folder);
        let candidate = Candidate { exercise, package: exercise.id.to_string(), folder };
        let mut scored = bench.score(&[candidate], cancel, progress)?;
        let outcome = scored.remove(0).into_outcome(exercise);
        if let Some(content) = before.filter(|_| before == content_of(&self.root, exercise)) {
            // The verdict is right without it.
            let _ = progress::remember(&self.root, &[(content, &outcome)]);
        }
        Ok(Verdict::Scored(Box::new(outcome)))
    }
}
