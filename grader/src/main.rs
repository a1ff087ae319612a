//! The grader: scores the exercises of this course.
// Throwaway: only for trying these modules together.

mod cli;
mod commands;
mod course;
mod exit_code;
mod hints;
mod outcome;
mod report;
mod selection;

use std::io::{IsTerminal, Write};
use std::path::Path;

use clap::Parser;
use cli::Command;
use commands::reset::Consent;
use exit_code::Exit;

fn main() -> std::process::ExitCode {
    match run() {
        Ok(exit) => exit.into(),
        Err(error) => {
            anstream::eprintln!("error: {error:#}");
            Exit::of(&error).into()
        }
    }
}

fn run() -> anyhow::Result<Exit> {
    let command = cli::Cli::parse().into_command();
    let root = Path::new(".");
    let course = course::load(root)?;
    let style = report::Style::of_stdout();
    let text = match command {
        Command::List => commands::list::run(&course, style),
        Command::Hint { exercise } => commands::hint::run(root, &course, &exercise)?,
        Command::Reset { exercise, yes } => {
            let mut stdout = std::io::stdout();
            let mut stdin = std::io::stdin().lock();
            let consent = if yes {
                Consent::Given
            } else if stdin.is_terminal() {
                Consent::Ask { question: &mut stdout, answer: &mut stdin }
            } else {
                Consent::Nobody
            };
            commands::reset::run(root, &course, &exercise, consent)?
        }
        Command::Score(args) => {
            let exercises = selection::select(&course, &args.exercises)?;
            let run = outcome::RunOutcome::new(course.seed, args.device.to_string(), "x".into(), vec![]);
            println!("{exercises:?} {}", run.reaches(args.min_score.unwrap_or(0.0)));
            let options = report::Options { style, details: true, next_step: true };
            report::render(&run, args.format, options)?
        }
        other => format!("{other:?}"),
    };
    std::io::stdout().write_all(text.as_bytes())?;
    Ok(if text.is_empty() { Exit::Refused } else { Exit::Done })
}
