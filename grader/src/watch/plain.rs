//! The watch without a terminal, in a pipe or a CI log: a verdict for every save, in plain lines, until the input
//! ends.

use std::collections::VecDeque;
use std::io::Read;
use std::sync::mpsc::{Receiver, Sender};

use super::scorer::Scorer;
use super::state::{Entry, Event, Verdict};
use crate::report::failure::{self, Checks};
use crate::report::{self, Style};

/// Scores the entry `first`, and whatever is saved. What is begun when the input ends is finished.
pub fn run(
    entries: &[Entry],
    first: usize,
    mut scorer: Scorer,
    events: Sender<Event>,
    happened: Receiver<Event>,
) -> anyhow::Result<()> {
    std::thread::spawn(move || {
        let mut input = std::io::stdin().lock();
        let mut ignored = [0; 1024];
        while input.read(&mut ignored).is_ok_and(|count| count > 0) {}
        let _ = events.send(Event::Quit);
    });
    report::print("Watching. Save an exercise, and its verdict comes here.\n\n")?;
    let mut waiting = VecDeque::from([first]);
    let mut running: Option<(u64, usize)> = None;
    let mut runs = 0;
    let mut ends = false;
    loop {
        if running.is_none() {
            match waiting.pop_front() {
                Some(entry) => {
                    runs += 1;
                    running = Some((runs, entry));
                    scorer.score(runs, entry);
                }
                None if ends => return Ok(()),
                None => {}
            }
        }
        match happened.recv()? {
            Event::Saved(entry) => {
                if running.is_some_and(|(_, other)| other == entry) {
                    running = None;
                }
                waiting.retain(|&other| other != entry);
                waiting.push_back(entry);
            }
            Event::Scored(number, verdict) if running.is_some_and(|(latest, _)| latest == number) => {
                let entry = running.take().map_or(first, |(_, entry)| entry);
                report::print(&said(&entries[entry], &verdict))?;
            }
            Event::Quit => ends = true,
            _ => {}
        }
    }
}

fn said(entry: &Entry, verdict: &Verdict) -> String {
    match verdict {
        Verdict::Broken(words) => format!("{} cannot be scored: {words}\n\n", entry.id),
        Verdict::Scored(outcome) => {
            let mut text = failure::render_first(outcome, Style::PLAIN, Checks::All);
            for diagnostic in &outcome.diagnostics {
                text.push_str(&format!("\n{}\n", report::text::printable(diagnostic.trim_end())));
            }
            text + "\n"
        }
    }
}
