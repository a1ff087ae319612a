//! `grader watch`: save, see, understand. Scores an exercise whenever it is saved.
//!
//! One thread draws and decides ([`state`]), one scores ([`scorer`]), one tells of saves ([`sources`]), and one each
//! of keys and signals ([`terminal`]). They all speak to the first, over one channel. Where there is no terminal,
//! [`plain`] takes the place of the screen.

mod plain;
mod scorer;
mod screen;
mod sources;
mod state;
mod terminal;

use std::fs;
use std::io::{IsTerminal, stdin, stdout};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::mpsc::{self, Sender};

use crate::cli::RunArgs;
use crate::commands::reset::{self, Consent};
use crate::commands::score::rules;
use crate::course::{Course, Exercise};
use crate::hints::HintsSeen;
use crate::libtorch::{self, Environment};
use crate::progress::Progress;
use crate::root::Here;
use crate::runner::Worker;
use crate::selection::find;
use crate::watch::scorer::{Scorer, Workplace};
use crate::watch::sources::Sources;
use crate::watch::state::{Effect, Entry, Event, Question, State};
use crate::watch::terminal::Terminal;

/// Watches until it is told to end.
///
/// # Errors
/// There is no such exercise; or the environment is broken: what would end a score ends this, too.
pub fn run(root: &Path, course: Course, exercise: Option<&str>, poll: bool) -> anyhow::Result<()> {
    let named = match exercise {
        Some(name) => {
            let wanted = &find(&course, name)?.id;
            course.exercises.iter().position(|exercise| exercise.id == *wanted)
        }
        None => None,
    };
    let libtorch = libtorch::ensure(root, &Environment::capture())?;
    let rules = rules(root, &course, &RunArgs::default());
    let worker = Worker::start(libtorch.preload())?;

    let (events, happened) = mpsc::channel();
    let _sources = Sources::watch(root, course.exercises.clone(), poll, events.clone())?;
    let has_a_screen = stdin().is_terminal() && stdout().is_terminal();
    let entries = entries(root, &course);
    let workplace =
        Workplace { root: root.to_owned(), course: course.clone(), rules, worker, coloured: has_a_screen };
    let mut scorer = Scorer::start(workplace, events.clone());
    if !has_a_screen {
        let first = named.unwrap_or_else(|| state::first_pending(&entries));
        return plain::run(&entries, first, scorer, events, happened);
    }

    let mut screen = Terminal::take_over()?;
    terminal::listen_to_keys(events.clone());
    terminal::listen_to_signals(events.clone())?;
    let (mut state, mut effects) = State::new(entries, named);
    loop {
        for effect in effects {
            match effect {
                Effect::Score { number, entry } => scorer.score(number, entry),
                Effect::AskReset(entry) => {
                    let exercise = &course.exercises[entry];
                    events.send(match reset::is_as_it_came(root, exercise) {
                        true => Event::Notice(reset::nothing_to_reset(exercise)),
                        false => Event::Ask(Question::Reset),
                    })?;
                }
                Effect::Reset(entry) => {
                    let id = course.exercises[entry].id.as_str();
                    let said = reset::run(root, &course, id, &Here::of_process(root), Consent::Given);
                    let notice = said.unwrap_or_else(|error| format!("{error:#}"));
                    events.send(Event::WasReset(notice.trim().to_owned()))?;
                }
                Effect::ShowSolution(entry) => events.send(solution(root, &course, entry))?,
                Effect::RememberHints(entry) => {
                    let seen = &state.entries[entry].hints_seen;
                    // A hint that cannot be remembered is still a hint.
                    let _ = HintsSeen::load(root).remember(&course.exercises[entry], seen);
                }
                Effect::Report => write_report(root.to_owned(), events.clone()),
                Effect::Suspend => screen.suspend()?,
                Effect::Quit => return Ok(()),
            }
        }
        screen.screen.draw(|frame| screen::draw(&mut state, frame))?;
        let Ok(event) = happened.recv() else { return Ok(()) };
        effects = state.update(event);
        // What has happened meanwhile is drawn together: a build says a line for every crate.
        while let Ok(event) = happened.try_recv() {
            effects.extend(state.update(event));
        }
    }
}

fn entries(root: &Path, course: &Course) -> Vec<Entry> {
    let progress = Progress::load(root);
    let hints = HintsSeen::load(root);
    let entry = |exercise: &Exercise| Entry {
        hints_seen: hints.of(exercise),
        standing: progress.standing(root, exercise).map(|standing| (standing.status, standing.score)),
        ..Entry::new(exercise)
    };
    course.exercises.iter().map(entry).collect()
}

/// Has `grader report` score everything: in a process of its own, which says what it has to say to us alone.
fn write_report(root: PathBuf, events: Sender<Event>) {
    std::thread::spawn(move || {
        let report =
            || Command::new(std::env::current_exe()?).args(["report", "--open"]).current_dir(root).output();
        let said = match report() {
            Ok(output) => {
                let said = [output.stderr, output.stdout]
                    .map(|said| String::from_utf8_lossy(&said).trim().to_owned());
                said.join("\n").trim().to_owned()
            }
            Err(reason) => format!("the report cannot be written: {reason}"),
        };
        // The watch may have ended meanwhile.
        let _ = events.send(Event::Notice(said));
    });
}

fn solution(root: &Path, course: &Course, entry: usize) -> Event {
    let exercise = &course.exercises[entry];
    let file = format!("solutions/{}/src/lib.rs", exercise.folder);
    match fs::read_to_string(root.join(&file)) {
        Ok(text) => Event::Told { title: file, text },
        Err(reason) => Event::Notice(format!("{file}: {reason}")),
    }
}
