//! The terminal: taken over, and given back in whatever way the watch ends.

use std::sync::mpsc::Sender;

use ratatui::DefaultTerminal;
use ratatui::crossterm::event::{self, Event as Input, KeyCode, KeyEventKind, KeyModifiers};
use signal_hook::consts::{SIGCONT, SIGHUP, SIGINT, SIGTERM, SIGTSTP};
use signal_hook::iterator::Signals;
use signal_hook::low_level::emulate_default_handler;

use super::state::Event;

/// The terminal while it is ours. Dropping it gives it back; so does a panic (ratatui's own hook).
pub struct Terminal {
    pub screen: DefaultTerminal,
}

impl Terminal {
    pub fn take_over() -> std::io::Result<Self> {
        Ok(Terminal { screen: ratatui::try_init()? })
    }

    /// Gives the terminal back, stops this process as Ctrl-Z does, and takes it over again when it goes on.
    pub fn suspend(&mut self) -> std::io::Result<()> {
        self.screen.show_cursor()?;
        ratatui::restore();
        emulate_default_handler(SIGTSTP)?;
        // With empty buffers, so that all of it is drawn anew.
        self.screen = ratatui::try_init()?;
        Ok(())
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        // Nothing can be done about a terminal that is gone.
        let _ = self.screen.show_cursor();
        ratatui::restore();
    }
}

/// Tells of keys, for as long as anybody listens.
pub fn listen_to_keys(events: Sender<Event>) {
    std::thread::spawn(move || {
        while let Ok(input) = event::read() {
            let Some(event) = event_of(input) else { continue };
            if events.send(event).is_err() {
                return;
            }
        }
        // The terminal is gone.
        let _ = events.send(Event::Quit);
    });
}

fn event_of(input: Input) -> Option<Event> {
    match input {
        Input::Key(key) if key.kind == KeyEventKind::Release => None,
        Input::Key(key) if key.modifiers.contains(KeyModifiers::CONTROL) => match key.code {
            KeyCode::Char('c' | 'd') => Some(Event::Quit),
            KeyCode::Char('z') => Some(Event::Suspend),
            KeyCode::Char('l') => Some(Event::Redraw),
            _ => None,
        },
        Input::Key(key) => Some(Event::Key(key.code)),
        Input::Resize(..) => Some(Event::Redraw),
        _ => None,
    }
}

/// Tells of the signals that end, stop and continue a program: raw mode turns the keys for them into letters, but
/// others send them too.
pub fn listen_to_signals(events: Sender<Event>) -> std::io::Result<()> {
    let mut signals = Signals::new([SIGINT, SIGTERM, SIGHUP, SIGTSTP, SIGCONT])?;
    std::thread::spawn(move || {
        for signal in signals.forever() {
            let event = match signal {
                SIGTSTP => Event::Suspend,
                SIGCONT => Event::Redraw,
                _ => Event::Quit,
            };
            if events.send(event).is_err() {
                return;
            }
        }
    });
    Ok(())
}
