//! The grader: scores the exercises of this course. Its architecture is in `grader/README.md`.

mod build_progress;
mod built_from;
mod cancel;
mod cargo;
mod cargo_message;
mod cli;
mod commands;
mod content;
mod course;
mod exit_code;
mod figures;
mod hints;
mod lesson;
mod libtorch;
mod minder;
mod outcome;
mod processes;
mod progress;
#[cfg(test)]
mod properties;
mod report;
mod root;
mod runner;
mod sandbox;
mod scoring;
mod scratch;
mod selection;
mod skills;
mod submission;
mod watch;
mod whole_file;
mod worker;
mod workspace;

use std::io::IsTerminal;
use std::process::ExitCode;
use std::sync::Arc;

use clap::Parser;

use crate::cli::{Cli, Command};
use crate::commands::reset::Consent;
use crate::exit_code::Exit;
use crate::report::Style;
use crate::root::Here;

fn main() -> ExitCode {
    minder::become_one();
    match sandbox::compiler::become_one().and_then(|()| run(Cli::parse().into_command())) {
        Ok(exit) => exit.into(),
        Err(error) => {
            report::say(&format!("error: {error:#}"));
            Exit::of(&error).into()
        }
    }
}

fn run(command: Command) -> anyhow::Result<Exit> {
    if let Command::Worker { probe, libraries } = command {
        if probe {
            worker::probe(&libraries)?
        } else {
            worker::serve(&libraries)?
        }
        return Ok(Exit::Done);
    }
    // Where files may not grow beyond a limit, writing is an error and not the end of this program. (Programs that it
    // starts do not inherit that.)
    signal_hook::flag::register(libc::SIGXFSZ, Arc::default())?;
    let root = root::find()?;
    let course = || course::load(&root);
    let text = match command {
        Command::Score(arguments) => return commands::score::run(&root, &course()?, &arguments),
        Command::Audit { exercises, seeds } => {
            return commands::audit::run(&root, &course()?, &exercises, seeds);
        }
        Command::Doctor => {
            let well = commands::doctor::run(&root)?;
            return Ok(if well { Exit::Done } else { Exit::Refused });
        }
        Command::Setup { cuda } => {
            commands::setup::run(&root, cuda)?;
            return Ok(Exit::Done);
        }
        Command::Report(arguments) => commands::report::run(&root, &course()?, &arguments)?,
        Command::Figures(arguments) => commands::figures::run(&root, &course()?, &arguments)?,
        Command::List { skills: false } => commands::list::exercises(&root, &course()?, Style::of_stdout()),
        Command::List { skills: true } => {
            let course = course()?;
            commands::list::skills(&course, &skills::load(&root, &course)?, Style::of_stdout())
        }
        Command::Hint { exercise } => commands::hint::run(&root, &course()?, exercise.as_deref())?,
        Command::Reset { exercise, yes } => {
            let (mut question, mut answer) = (std::io::stdout(), std::io::stdin().lock());
            let consent = if yes {
                Consent::Given
            } else if answer.is_terminal() {
                Consent::Ask { question: &mut question, answer: &mut answer }
            } else {
                Consent::Nobody
            };
            commands::reset::run(&root, &course()?, &exercise, &Here::of_process(&root), consent)?
        }
        Command::Watch { exercise, poll } => {
            watch::run(&root, course()?, exercise.as_deref(), poll)?;
            return Ok(Exit::Done);
        }
        Command::Worker { .. } => unreachable!("handled above"),
    };
    report::print(&text)?;
    Ok(Exit::Done)
}
