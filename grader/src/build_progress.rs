//! What is seen while cargo builds: the first build takes a minute or more, every later one next to nothing.

use std::fs;
use std::io::IsTerminal;
use std::path::{Path, PathBuf};

use indicatif::{ProgressBar, ProgressStyle};

use crate::report;

const FIRST_BUILD: &str = "Building the Rust bindings of libtorch and the checks, this once: about two minutes on a \
                           fast machine, ten on a slow one.";

/// Shows cargo's progress on standard error.
pub struct BuildProgress {
    /// Lists the packages, once cargo is at work.
    lock: PathBuf,
    compiled: usize,
    /// How many there may be: in a first build, which is one of everything.
    all: Option<usize>,
    shown: Option<ProgressBar>,
}

impl BuildProgress {
    /// Of what is built in the workspace `folder`.
    pub fn in_workspace(folder: &Path) -> Self {
        BuildProgress { lock: folder.join("Cargo.lock"), compiled: 0, all: None, shown: None }
    }

    /// One line that cargo said.
    pub fn line(&mut self, line: &str) {
        let line = line.trim();
        if let Some(package) = line.strip_prefix("Compiling ") {
            let name = package.split(' ').next().unwrap_or(package);
            if self.compiled == 0 && !is_of_course(name) {
                self.all = fs::read_to_string(&self.lock).ok().map(|lock| packages_in(&lock));
            }
            self.compiled += 1;
            self.show(step(self.compiled, self.all, name));
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
                ProgressStyle::with_template("{spinner} {elapsed:>4} {wide_msg}")
                    .expect("the template is right"),
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

fn step(compiled: usize, all: Option<usize>, name: &str) -> String {
    match all.filter(|&all| compiled <= all) {
        Some(all) => format!("building {compiled} of about {all}: {name}"),
        None => format!("building {name}"),
    }
}

/// Whether a package is the course's own: of these some are built again and again.
fn is_of_course(name: &str) -> bool {
    let is_numbered = |prefix| {
        name.strip_prefix(prefix)
            .is_some_and(|number: &str| number.chars().all(|digit| digit.is_ascii_digit()))
    };
    is_numbered("ex") || is_numbered("sol") || ["harness", "protocol", "blob"].contains(&name)
}

/// How many packages a `Cargo.lock` lists that may be built here.
fn packages_in(lock: &str) -> usize {
    let names = lock.lines().filter_map(|line| line.strip_prefix("name = "));
    names.filter(|name| cfg!(windows) || !name.trim_matches('"').starts_with("windows")).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_first_build_says_how_far_it_is_and_a_later_one_what_is_built() {
        assert_eq!(step(47, Some(165), "serde_derive"), "building 47 of about 165: serde_derive");
        assert_eq!(step(1, None, "ex03"), "building ex03");
        assert_eq!(step(166, Some(165), "ex36"), "building ex36", "it was not so many, then");
    }

    #[test]
    fn what_the_course_builds_again_and_again_is_no_first_build() {
        for name in ["ex03", "sol36", "harness", "protocol"] {
            assert!(is_of_course(name), "{name}");
        }
        assert!(!is_of_course("proc-macro2") && !is_of_course("exr"));
    }

    #[test]
    fn packages_are_counted_that_can_be_built_here() {
        let lock = "[[package]]\nname = \"serde\"\nversion = \"1\"\n\n[[package]]\nname = \"windows-sys\"\n";
        assert_eq!(packages_in(lock), 1);
    }
}
