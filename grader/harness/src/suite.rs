//! The checks of one exercise, and its figures.

use protocol::figure::FigureInfo;
use protocol::{CheckInfo, Settings};
use tch::Device;

use crate::failure::Outcome;
use crate::figure::Sketch;

/// The checks of one exercise, in the order in which they are run and shown.
#[derive(Default)]
pub struct Suite {
    checks: Vec<Check>,
    figures: Vec<Drawing>,
}

type Body = dyn Fn(&Context) -> Outcome;
type DrawingBody = dyn Fn(&Context, &mut Sketch);

struct Check {
    info: CheckInfo,
    body: Box<Body>,
}

struct Drawing {
    info: FigureInfo,
    body: Box<DrawingBody>,
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

    /// Declares a figure that is drawn from what the learner's functions give. It has no points.
    ///
    /// `name` becomes part of a file's name. `caption` says what there is to see, also to those who have not
    /// written the functions yet.
    ///
    /// # Panics
    /// Where the name is taken, or no part of a file's name.
    pub fn figure(
        &mut self,
        name: &str,
        title: &str,
        caption: &str,
        body: impl Fn(&Context, &mut Sketch) + 'static,
    ) {
        let plain = |letter: char| letter.is_ascii_lowercase() || letter.is_ascii_digit() || letter == '-';
        assert!(!name.is_empty() && name.chars().all(plain), "“{name}” is no name of a figure");
        assert!(self.figures.iter().all(|figure| figure.info.name != name), "two figures are named “{name}”");
        let info = FigureInfo { name: name.to_owned(), title: title.to_owned(), caption: caption.to_owned() };
        self.figures.push(Drawing { info, body: Box::new(body) });
    }

    pub(crate) fn declared_by(declare: fn(&mut Suite)) -> Self {
        let mut suite = Suite::default();
        declare(&mut suite);
        suite
    }

    pub(crate) fn infos(&self) -> Vec<CheckInfo> {
        self.checks.iter().map(|check| check.info.clone()).collect()
    }

    pub(crate) fn figure_infos(&self) -> Vec<FigureInfo> {
        self.figures.iter().map(|figure| figure.info.clone()).collect()
    }

    /// The name and the body of the figure at `index`.
    pub(crate) fn get_figure(&self, index: usize) -> Option<(&str, &DrawingBody)> {
        self.figures.get(index).map(|figure| (figure.info.name.as_str(), figure.body.as_ref()))
    }

    /// The name and the body of the check at `index`.
    pub(crate) fn get(&self, index: usize) -> Option<(&str, &Body)> {
        self.checks.get(index).map(|check| (check.info.name.as_str(), check.body.as_ref()))
    }
}

/// What a check is run with, and a figure drawn.
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
