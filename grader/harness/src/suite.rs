//! The checks of one exercise.

use protocol::{CheckInfo, Settings};
use tch::Device;

use crate::failure::Outcome;

/// The checks of one exercise, in the order in which they are run and shown.
#[derive(Default)]
pub struct Suite {
    checks: Vec<Check>,
}

type Body = dyn Fn(&Context) -> Outcome;

struct Check {
    info: CheckInfo,
    body: Box<Body>,
}

impl Suite {
    /// Declares a check.
    ///
    /// `name` reads as a statement of the contract ("each row sums to 1"). The points of an exercise's
    /// checks add up to the points that the course file gives the exercise.
    ///
    /// # Panics
    /// Where the name is taken.
    pub fn check(&mut self, name: &str, points: u32, body: impl Fn(&Context) -> Outcome + 'static) {
        assert!(self.checks.iter().all(|check| check.info.name != name), "two checks are named “{name}”");
        let info = CheckInfo { name: name.to_owned(), points };
        self.checks.push(Check { info, body: Box::new(body) });
    }

    pub(crate) fn declared_by(declare: fn(&mut Suite)) -> Self {
        let mut suite = Suite::default();
        declare(&mut suite);
        suite
    }

    pub(crate) fn infos(&self) -> Vec<CheckInfo> {
        self.checks.iter().map(|check| check.info.clone()).collect()
    }

    /// The name and the body of the check at `index`.
    pub(crate) fn get(&self, index: usize) -> Option<(&str, &Body)> {
        self.checks.get(index).map(|check| (check.info.name.as_str(), check.body.as_ref()))
    }
}

/// What a check is run with.
pub struct Context {
    pub(crate) exercise: String,
    pub(crate) check: String,
    pub(crate) settings: Settings,
    pub(crate) device: Device,
}

impl Context {
    /// Where input tensors live.
    pub fn device(&self) -> Device {
        self.device
    }
}
