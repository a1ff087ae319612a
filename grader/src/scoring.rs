//! From packages to outcomes: builds them, runs each as soon as its plugin is there.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use anyhow::bail;

use crate::cancel::{Cancel, Cancelled};
use crate::cargo::{Build, Built};
use crate::course::{COURSE_FILE, CourseError, Exercise};
use crate::outcome::{ExerciseOutcome, ExerciseStatus, FigureOutcome};
use crate::runner::{ChecksOutcome, Plugin, Rules, RunError, Runner, Worker};
use crate::sandbox::compiler::Confinement;
use crate::scratch::Member;

/// A package to be scored as an exercise.
pub struct Candidate<'a> {
    pub exercise: &'a Exercise,
    pub package: String,
    /// Its folder, from the workspace's root.
    pub folder: PathBuf,
}

impl<'a> From<&Member<'a>> for Candidate<'a> {
    fn from(member: &Member<'a>) -> Self {
        Candidate {
            exercise: member.exercise,
            package: member.package.clone(),
            folder: member.folder.clone(),
        }
    }
}

/// What came of a candidate.
#[derive(Debug, Clone, PartialEq)]
pub enum Scored {
    Ran(ChecksOutcome, Vec<FigureOutcome>),
    /// It does not compile: rustc's own rendered errors.
    Broken(Vec<String>),
}

/// Where candidates are built, and what runs them.
pub struct Bench<'a> {
    pub workspace: &'a Path,
    /// What compilers may do, and where to, if the sources are not the user's own.
    pub confinement: Option<&'a Confinement>,
    pub patience: std::time::Duration,
    pub worker: &'a Worker,
    pub rules: &'a Rules,
    /// With rustc's colours in what does not compile.
    pub coloured: bool,
    /// Draw figures, too.
    pub figures: bool,
}

impl Bench<'_> {
    /// Builds and runs `candidates`; their results in the same order. What cargo says while it builds goes to
    /// `progress`, line by line.
    ///
    /// # Errors
    /// The build, the worker or the course is broken, or it was [`Cancelled`]. What is wrong in a candidate is a
    /// result.
    pub fn score(
        &self,
        candidates: &[Candidate],
        cancel: &Cancel,
        progress: impl FnMut(&str),
    ) -> anyhow::Result<Vec<Scored>> {
        if candidates.is_empty() {
            return Ok(Vec::new());
        }
        let packages: Vec<(&str, &Path)> = candidates
            .iter()
            .map(|candidate| (candidate.package.as_str(), candidate.folder.as_path()))
            .collect();
        let by_package: BTreeMap<&str, &Candidate> =
            candidates.iter().map(|candidate| (candidate.package.as_str(), candidate)).collect();
        let build = Build {
            workspace: self.workspace,
            packages: &packages,
            confinement: self.confinement,
            patience: self.patience,
            coloured: self.coloured,
        };
        let runner = Runner::new(self.worker, self.rules, cancel)?;
        let results = Mutex::new(BTreeMap::new());
        let enter = |package: &str, result: Result<Scored, RunError>| {
            results.lock().expect("nothing panics while it is held").insert(package.to_owned(), result);
        };
        std::thread::scope(|scope| {
            build.run(
                cancel,
                |package, built| match built {
                    Built::Broken(errors) => enter(package, Ok(Scored::Broken(errors))),
                    Built::Plugin(path) => {
                        let exercise = by_package[package].exercise.id.to_string();
                        let (package, runner, enter) = (package.to_owned(), &runner, &enter);
                        scope.spawn(move || {
                            let plugin = Plugin { exercise, path };
                            let figures = || if self.figures { runner.draw(&plugin) } else { Ok(Vec::new()) };
                            enter(
                                &package,
                                runner.run(&plugin).and_then(|ran| Ok(Scored::Ran(ran, figures()?))),
                            );
                        });
                    }
                },
                progress,
            )
        })?;
        if cancel.is_set() {
            bail!(Cancelled);
        }
        let mut results = results.into_inner().expect("no thread of a run panics");
        let mut result = |package: &str| results.remove(package).expect("a build tells of every package");
        candidates
            .iter()
            .map(|candidate| held_to_the_course(candidate.exercise, result(&candidate.package)?))
            .collect()
    }
}

/// What comes of an exercise without the file that is worked in. It cannot be built, and cargo would build no other
/// beside it. `next` says how to get the file back.
pub fn without_source(root: &Path, exercise: &Exercise, next: &str) -> Option<Scored> {
    let source = exercise.source();
    let is_there = root.join(&source).is_file();
    (!is_there).then(|| Scored::Broken(vec![format!("error: {source} is not there\nnext: {next}\n")]))
}

/// Refuses checks whose points are not those that the course promises.
fn held_to_the_course(exercise: &Exercise, scored: Scored) -> anyhow::Result<Scored> {
    if let Scored::Ran(ran, _) = &scored {
        let points: u32 = ran.checks.iter().map(|check| check.max_score).sum();
        if points != exercise.points {
            bail!(CourseError {
                file: COURSE_FILE.to_owned(),
                line: exercise.line,
                problem: format!(
                    "{} has {} points here, but its checks give {points} in all: make them agree",
                    exercise.id, exercise.points
                ),
            });
        }
    }
    Ok(scored)
}

/// An exercise's outcome: with the results of its checks, without any where it did not get that far.
pub fn outcome(exercise: &Exercise, status: ExerciseStatus) -> ExerciseOutcome {
    ExerciseOutcome {
        id: exercise.id.to_string(),
        title: exercise.title.clone(),
        part: exercise.part.clone(),
        folder: exercise.folder.clone(),
        status,
        score: 0,
        max_score: exercise.points,
        duration_ms: 0,
        diagnostics: Vec::new(),
        checks: Vec::new(),
        figures: Vec::new(),
    }
}

impl Scored {
    pub fn into_outcome(self, exercise: &Exercise) -> ExerciseOutcome {
        match self {
            Scored::Broken(diagnostics) => {
                ExerciseOutcome { diagnostics, ..outcome(exercise, ExerciseStatus::CompileError) }
            }
            Scored::Ran(ChecksOutcome { checks, duration_ms, .. }, figures) => {
                let status = ExerciseStatus::of(&checks);
                let score = checks.iter().map(|check| check.score).sum();
                ExerciseOutcome { score, duration_ms, checks, figures, ..outcome(exercise, status) }
            }
        }
    }

    /// The device the checks ran on.
    pub fn device(&self) -> Option<&str> {
        match self {
            Scored::Ran(ran, _) => ran.device.as_deref(),
            Scored::Broken(_) => None,
        }
    }
}
