//! What is seen while cargo builds: the first build takes a minute or more, every later one next to nothing.

use std::io::IsTerminal;

use indicatif::{ProgressBar, ProgressStyle};

use crate::report;

const FIRST_BUILD: &str =
    "Building the Rust bindings of libtorch and the checks: a minute or two, this once.";

/// Shows cargo's progress on standard error.
#[derive(Default)]
pub struct BuildProgress {
    compiled: usize,
    shown: Option<ProgressBar>,
}

impl BuildProgress {
    /// One line that cargo said.
    pub fn line(&mut self, line: &str) {
        let line = line.trim();
        if let Some(package) = line.strip_prefix("Compiling ") {
            self.compiled += 1;
            let name = package.split(' ').next().unwrap_or(package);
            self.show(format!("building, step {}: {name}", self.compiled));
            if name == "torch-sys" {
                self.say(FIRST_BUILD);
            }
        } else if line.starts_with("Blocking waiting for file lock") {
            self.show("another cargo is building here; waiting for it".to_owned());
        } else if line.starts_with("Downloading") || line.starts_with("Updating") {
            self.show(line.to_owned());
        }
    }

    fn show(&mut self, message: String) {
        if !std::io::stderr().is_terminal() {
            return;
        }
        let shown = self.shown.get_or_insert_with(|| {
            let bar = ProgressBar::new_spinner();
            bar.set_style(
                ProgressStyle::with_template("{spinner} {wide_msg}").expect("the template is right"),
            );
            bar.enable_steady_tick(std::time::Duration::from_millis(100));
            bar
        });
        shown.set_message(message);
    }

    fn say(&self, line: &str) {
        match &self.shown {
            Some(bar) => bar.println(line),
            None => report::say(line),
        }
    }
}

impl Drop for BuildProgress {
    fn drop(&mut self) {
        if let Some(bar) = self.shown.take() {
            bar.finish_and_clear();
        }
    }
}
