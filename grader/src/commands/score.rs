//! `grader [score]`: the main job.

use std::hash::{BuildHasher, Hasher};
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, bail};
use protocol::Settings;

use crate::build_progress::BuildProgress;
use crate::cancel::Cancel;
use crate::cli::{Device, Format, RunArgs, ScoreArgs, Seed};
use crate::content::Content;
use crate::course::{Course, Exercise};
use crate::exit_code::Exit;
use crate::libtorch::{self, Environment, Libtorch};
use crate::outcome::{ExerciseOutcome, ExerciseStatus, RunOutcome};
use crate::progress::{self, Progress, content_of};
use crate::report::{self, NextStep, Options, Style};
use crate::root::Here;
use crate::runner::{Rules, Worker};
use crate::sandbox::Sandbox;
use crate::sandbox::compiler::Confinement;
use crate::scoring::{self, Bench, Candidate, Scored, outcome};
use crate::scratch::{Member, Scratch};
use crate::selection::select;
use crate::submission::{self, Submitted};
use crate::whole_file;
use crate::workspace;

/// Scores what `arguments` ask for, and reports.
///
/// # Errors
/// What was asked for cannot be, or the environment is broken; a score of 0 is no error.
pub fn run(root: &Path, course: &Course, arguments: &ScoreArgs) -> anyhow::Result<Exit> {
    let run = score(root, course, &arguments.run, false)?;
    report(root, course, &run, arguments)?;
    Ok(match arguments.min_score {
        Some(percent) if !run.reaches(percent) => Exit::Refused,
        _ => Exit::Done,
    })
}

/// Scores what `arguments` ask for, with `figures` if wanted, and remembers the verdicts.
///
/// # Errors
/// As of [`run`].
pub fn score(root: &Path, course: &Course, arguments: &RunArgs, figures: bool) -> anyhow::Result<RunOutcome> {
    let exercises = select(course, &arguments.exercises)?;
    // Before minutes of set-up: a folder that is wrong now is wrong then.
    let submitted =
        arguments.submission.as_deref().map(|folder| submission::read(folder, course)).transpose()?;
    let libtorch = libtorch::ensure(root, &Environment::capture())?;
    let mut rules = rules(root, course, arguments);
    if arguments.device == Device::Auto && cfg!(target_os = "linux") && !libtorch.cuda {
        // There is nothing to choose, and on the CPU children are confined.
        rules.settings.device = Device::Cpu.to_string();
        rules.sandbox = Some(Sandbox::of_this_machine());
    }
    let missing = rules.missing_protection();
    if arguments.require_sandbox && !missing.is_empty() {
        bail!(
            "--require-sandbox: the sandbox is not whole here, so nothing was scored:\n  {}\nnext: score on Linux 6.2 or \
             later, outside of containers that forbid seccomp; or, in a virtual machine of its own, without this option",
            missing.join("\n  ")
        );
    }
    let worker = Worker::start(libtorch.preload())?;

    let standard = arguments.cases.is_none() && arguments.timeout.is_none();
    let own = !arguments.solutions && submitted.is_none();
    let contents = (own && standard).then(|| contents(root, &exercises));
    let scored = match submitted {
        Some(submitted) => score_submission(root, course, &exercises, submitted, &worker, &rules, figures)?,
        None => score_in_place(root, course, &exercises, arguments.solutions, &worker, &rules, figures)?,
    };
    let run = assemble(scored, &rules, &libtorch);
    if let Some(contents) = contents {
        remember(root, &exercises, &contents, &run);
    }
    Ok(run)
}

/// The rules of a run: the course's, where the command line says nothing else.
pub fn rules(root: &Path, course: &Course, arguments: &RunArgs) -> Rules {
    let limits = &course.limits;
    let mut settings = Settings::standard(root.join("fixtures"));
    settings.device = arguments.device.to_string();
    if let Some(cases) = arguments.cases {
        settings.cases = cases.get();
    }
    match arguments.seed {
        Some(Seed::Fixed(seed)) => settings.seed = seed,
        // RandomState is keyed by the operating system's random numbers. Half a word is easier to type again.
        Some(Seed::Random) => {
            settings.seed = std::collections::hash_map::RandomState::new().build_hasher().finish() >> 32;
        }
        None => {}
    }
    let processors = std::thread::available_parallelism().map_or(1, NonZeroUsize::get);
    Rules {
        settings,
        timeout: arguments.timeout.unwrap_or(Duration::from_secs(limits.timeout_seconds.into())),
        memory_bytes: u64::from(limits.memory_mb) << 20,
        output_bytes: (limits.output_kb as usize) << 10,
        jobs: arguments.jobs.map_or(processors, NonZeroUsize::get),
        sandbox: (arguments.device == Device::Cpu).then(Sandbox::of_this_machine),
    }
}

/// How long cargo may be silent over the exercises: much longer than a compiler may work on one of them.
pub fn build_patience(course: &Course) -> Duration {
    4 * Duration::from_secs(course.limits.build_seconds.into())
}

/// What the compilers of somebody else's sources may do.
///
/// # Errors
/// There is no compiler, or no cargo.
pub fn confinement(root: &Path, course: &Course) -> anyhow::Result<Confinement> {
    Confinement::new(root, target_dir(root)?, course.limits.build_seconds.into())
}

/// Where the course's own builds go; scratch workspaces build there too, so that nothing is built twice.
///
/// # Errors
/// cargo cannot say.
fn target_dir(root: &Path) -> anyhow::Result<PathBuf> {
    let metadata = cargo_metadata::MetadataCommand::new()
        .current_dir(root)
        .no_deps()
        .exec()
        .context("`cargo metadata` does not know the course's target folder")?;
    Ok(metadata.target_directory.into_std_path_buf())
}

/// An exercise's outcome, and the device its checks ran on.
type ScoredExercise = (ExerciseOutcome, Option<String>);

fn with_device(exercise: &Exercise, scored: Scored) -> ScoredExercise {
    let device = scored.device().map(str::to_owned);
    (scored.into_outcome(exercise), device)
}

fn score_in_place(
    root: &Path,
    course: &Course,
    exercises: &[&Exercise],
    solutions: bool,
    worker: &Worker,
    rules: &Rules,
    figures: bool,
) -> anyhow::Result<Vec<ScoredExercise>> {
    let package = |exercise: &Exercise| match solutions {
        true => exercise.id.as_str().replace("ex", "sol"),
        false => exercise.id.to_string(),
    };
    let home = if solutions { "solutions" } else { "exercises" };
    let folder = |exercise: &Exercise| Path::new(home).join(&exercise.folder);
    let members = match exercises {
        [alone] => format!("{home}/{}", alone.folder),
        _ => format!("{home}/*"),
    };
    let workspace = workspace::with_only(root, &[members]);
    let without_source = |exercise: &Exercise| match solutions {
        true => None,
        false => {
            let reset = format!("`cargo run -p grader -- reset {}` puts it back as it came", exercise.id);
            scoring::without_source(root, exercise, &reset)
        }
    };
    let places: Vec<_> = exercises.iter().map(|&exercise| (exercise, without_source(exercise))).collect();
    let candidates: Vec<_> = places
        .iter()
        .filter(|(_, broken)| broken.is_none())
        .map(|&(exercise, _)| Candidate { exercise, package: package(exercise), folder: folder(exercise) })
        .collect();
    let bench = Bench {
        workspace: &workspace,
        confinement: None,
        patience: build_patience(course),
        worker,
        rules,
        coloured: false,
        figures,
    };
    let mut progress = BuildProgress::in_workspace(&workspace);
    let mut scored = bench.score(&candidates, &Cancel::default(), |line| progress.line(line))?.into_iter();
    let mut next = || scored.next().expect("one result for each candidate");
    Ok(places
        .into_iter()
        .map(|(exercise, broken)| with_device(exercise, broken.unwrap_or_else(&mut next)))
        .collect())
}

fn score_submission(
    root: &Path,
    course: &Course,
    exercises: &[&Exercise],
    submitted: Vec<(&Exercise, Submitted)>,
    worker: &Worker,
    rules: &Rules,
    figures: bool,
) -> anyhow::Result<Vec<ScoredExercise>> {
    let scratch = Scratch::open(root)?;
    let mut members = Vec::new();
    let mut places = Vec::new();
    for (exercise, submitted) in submitted {
        if !exercises.iter().any(|wanted| wanted.id == exercise.id) {
            continue;
        }
        let without_checks = match submitted {
            Submitted::Missing => Some(outcome(exercise, ExerciseStatus::Missing)),
            Submitted::Refused(why) => Some(Scored::Broken(vec![why]).into_outcome(exercise)),
            Submitted::Sources(sources) if !sources.iter().any(|(file, _)| file == Path::new("lib.rs")) => {
                let words = format!("error: {} is not there\n", exercise.source());
                Some(Scored::Broken(vec![words]).into_outcome(exercise))
            }
            Submitted::Sources(sources) => {
                let folder = Path::new("exercises").join(&exercise.folder);
                let package = scratch.package(exercise.id.as_str());
                members.push(Member { package, folder, exercise, sources });
                None
            }
        };
        places.push((exercise, without_checks));
    }
    scratch.fill(root, &members)?;
    let confinement = confinement(root, course)?;
    let bench = Bench {
        workspace: &scratch.folder,
        confinement: Some(&confinement),
        patience: build_patience(course),
        worker,
        rules,
        coloured: false,
        figures,
    };
    let candidates: Vec<_> = members.iter().map(Candidate::from).collect();
    let mut progress = BuildProgress::in_workspace(&scratch.folder);
    let scored = bench.score(&candidates, &Cancel::default(), |line| progress.line(line))?;
    scratch.is_still_ours()?;
    let mut scored = scored.into_iter();
    let mut next = || scored.next().expect("one result for each candidate");
    Ok(places
        .into_iter()
        .map(|(exercise, without_checks)| match without_checks {
            Some(outcome) => (outcome, None),
            None => with_device(exercise, next()),
        })
        .collect())
}

/// What is in the exercises' folders now.
fn contents(root: &Path, exercises: &[&Exercise]) -> Vec<Option<Content>> {
    exercises.iter().map(|exercise| content_of(root, exercise)).collect()
}

/// Remembers the verdicts on those exercises that nobody has edited since `before`.
fn remember(root: &Path, exercises: &[&Exercise], before: &[Option<Content>], run: &RunOutcome) {
    let scored: Vec<_> = before
        .iter()
        .zip(contents(root, exercises))
        .zip(&run.exercises)
        .filter(|((before, after), _)| **before == *after)
        .filter_map(|((before, _), outcome)| Some(((*before)?, outcome)))
        .collect();
    if let Err(reason) = progress::remember(root, &scored) {
        // The score is right without it.
        report::say(&format!("(`cargo run -p grader -- list` will not show this score: {reason}.)"));
    }
}

fn assemble(scored: Vec<ScoredExercise>, rules: &Rules, libtorch: &Libtorch) -> RunOutcome {
    let device = scored.iter().find_map(|(_, device)| device.clone());
    let exercises = scored.into_iter().map(|(outcome, _)| outcome).collect();
    let device = device.unwrap_or_else(|| rules.settings.device.clone());
    RunOutcome::new(rules.settings.seed, device, libtorch.release().to_owned(), exercises)
        .with_missing_protection(rules.missing_protection())
}

/// The exercise to go on with: after those that were scored, the next that is not known to be passed, or else the
/// first such.
fn next_exercise<'c>(root: &Path, course: &'c Course, run: &RunOutcome) -> Option<&'c Exercise> {
    let progress = Progress::load(root);
    let was_scored =
        |exercise: &Exercise| run.exercises.iter().any(|scored| scored.id == exercise.id.as_str());
    let after = course.exercises.iter().rposition(was_scored).map_or(0, |last| last + 1);
    let (before, after) = course.exercises.split_at(after);
    after.iter().chain(before).find(|exercise| !was_scored(exercise) && !progress.is_passed(root, exercise))
}

fn report(root: &Path, course: &Course, run: &RunOutcome, arguments: &ScoreArgs) -> anyhow::Result<()> {
    let in_place = !arguments.run.solutions && arguments.run.submission.is_none();
    let style = if arguments.output.is_some() || arguments.format != Format::Table {
        Style::PLAIN
    } else {
        Style::of_stdout()
    };
    let details = arguments.verbose || !arguments.run.exercises.is_empty();
    let here = Here::of_process(root);
    let next_step = in_place.then(|| NextStep { here: &here, then: next_exercise(root, course, run) });
    let text = report::render(run, arguments.format, Options { style, details, next_step })?;
    match &arguments.output {
        Some(file) => {
            whole_file::write(file, text)?;
            let file = file.display();
            report::say(&format!("{} of {} points; the report is in {file}", run.score, run.max_score));
        }
        None => report::print(&text)?,
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::course::sample;

    #[test]
    fn after_what_was_scored_comes_the_next_exercise_that_is_not_passed() {
        let root = tempfile::tempdir().unwrap();
        let course = sample();
        let [first, second, third, last] = course.exercises.as_slice() else { panic!("it has four") };
        let passed = |exercise: &Exercise| ExerciseOutcome {
            score: exercise.points,
            ..outcome(exercise, ExerciseStatus::Passed)
        };
        std::fs::create_dir_all(root.path().join("exercises").join(&second.folder).join("src")).unwrap();
        let content = content_of(root.path(), second).unwrap();
        progress::remember(root.path(), &[(content, &passed(second))]).unwrap();
        let next = |scored: &[&Exercise]| {
            let outcomes = scored.iter().map(|&exercise| passed(exercise)).collect();
            let run = RunOutcome::new(1, "cpu".into(), "2.13.0".into(), outcomes);
            next_exercise(root.path(), &course, &run).map(|exercise| exercise.id.clone())
        };
        assert_eq!(next(&[first]), Some(third.id.clone()), "the second is known to be passed");
        assert_eq!(next(&[third]), Some(last.id.clone()));
        assert_eq!(next(&[last]), Some(first.id.clone()));
        assert_eq!(next(&[first, second, third, last]), None);
    }
}
