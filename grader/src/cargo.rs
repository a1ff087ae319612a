//! Building plugins: one `cargo build` for all, and each compiler error charged to the exercise it is in.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::ffi::OsString;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::time::{Duration, Instant};

use anstream::adapter::strip_str;
use anyhow::{Context, bail};
use rustix::process::Pid;

use crate::built_from::{BuiltFrom, Stale};
use crate::cancel::{Cancel, Cancelled, GLANCE};
use crate::cargo_message::{self, Artifact, CargoMessage, CompilerError};
use crate::minder;
use crate::sandbox::compiler::Confinement;

/// How long cargo may be silent while it builds what the exercises depend on: the C++ part of tch is one
/// step, and takes minutes on a slow machine.
const SILENCE_BEFORE_EXERCISES: Duration = Duration::from_secs(30 * 60);

/// The second pass builds what the first found to be out of date. Another would only be needed where something else
/// builds there at the same time.
const MOST_PASSES: usize = 4;

/// How much is kept of the errors of one exercise.
const MOST_BYTES: usize = 1 << 20;

/// How many of cargo's last lines are shown where it fails for a reason of its own.
const LAST_LINES: usize = 40;

/// What is built, and how.
pub struct Build<'a> {
    /// Folder of the workspace: cargo runs there.
    pub workspace: &'a Path,
    /// The packages whose plugins are wanted, each with its folder from that of the workspace.
    pub packages: &'a [(&'a str, &'a Path)],
    /// What the compilers of the packages themselves may do, and where to, if they are not the user's own.
    pub confinement: Option<&'a Confinement>,
    /// How long cargo may be silent once it is at the exercises themselves.
    pub patience: Duration,
    /// With rustc's colours in its words.
    pub coloured: bool,
}

/// What became of one package.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Built {
    Plugin(PathBuf),
    /// It does not compile: rustc's own rendered errors.
    Broken(Vec<String>),
}

impl Build<'_> {
    /// The words after `cargo`, to build these packages.
    fn arguments(&self, packages: &[&str]) -> Vec<OsString> {
        let format = if self.coloured { "json-diagnostic-rendered-ansi" } else { "json" };
        let mut arguments: Vec<OsString> =
            ["build", "--examples", "--keep-going", "--message-format", format].map(OsString::from).to_vec();
        for package in packages {
            arguments.extend(["--package".into(), package.into()]);
        }
        if let Some(confinement) = self.confinement {
            arguments.extend(["--target-dir".into(), confinement.target_dir.clone().into()]);
        }
        arguments
    }

    /// Builds. Hands each package to `ready` as soon as it is known what became of it, and cargo's progress,
    /// line by line, to `progress`.
    ///
    /// # Errors
    /// cargo cannot be run, or fails for a reason that is no exercise's: a dependency, the harness, the course;
    /// or it was [`Cancelled`].
    pub fn run(
        &self,
        cancel: &Cancel,
        mut ready: impl FnMut(&str, Built),
        mut progress: impl FnMut(&str),
    ) -> anyhow::Result<()> {
        let sources = |&(package, folder): &(_, &Path)| (package, self.workspace.join(folder).join("src"));
        let built_from = BuiltFrom::begin(self.packages.iter().map(sources));
        let mut packages: Vec<&str> = self.packages.iter().map(|(package, _)| *package).collect();
        for _ in 0..MOST_PASSES {
            let stale = self.pass(&packages, &built_from, cancel, &mut ready, &mut progress)?;
            if stale.packages.is_empty() {
                return Ok(());
            }
            for artifact in &stale.artifacts {
                artifact
                    .remove()
                    .context("what is out of date cannot be taken out of cargo's target folder")?;
            }
            packages.retain(|package| stale.packages.contains(*package));
        }
        bail!(
            "cargo does not build {} anew although its sources are others: is something else building there? \
             If not, `cargo clean`, then this again",
            packages.join(", ")
        )
    }

    /// Builds these packages once; gives back what cargo took for built although it is out of date.
    fn pass(
        &self,
        packages: &[&str],
        built_from: &BuiltFrom,
        cancel: &Cancel,
        ready: &mut impl FnMut(&str, Built),
        progress: &mut impl FnMut(&str),
    ) -> anyhow::Result<OutOfDate> {
        let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        let mut command = minder::command(&cargo)?;
        // cargo takes these from where it runs; whoever set them meant where they were.
        for name in ["CARGO_TARGET_DIR", "CARGO_BUILD_TARGET_DIR"] {
            if let Some(folder) = std::env::var_os(name).filter(|folder| !folder.is_empty()) {
                command.env(name, std::path::absolute(folder)?);
            }
        }
        if let Some(confinement) = self.confinement {
            command.envs(confinement.environment()?);
        }
        let mut child = command
            .args(self.arguments(packages))
            .current_dir(self.workspace)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .with_context(|| format!("cannot build in {}", self.workspace.display()))?;
        limit_memory(Pid::from_child(&child));
        let mut leash = Some(minder::begin(&mut child));
        let (said, heard) = mpsc::channel();
        let stdout = BufReader::new(child.stdout.take().expect("it is piped"));
        let stderr = BufReader::new(child.stderr.take().expect("it is piped"));
        let messages = said.clone();
        std::thread::spawn(move || {
            cargo_message::read(stdout, |message| messages.send(Said::Message(message)).is_ok());
        });
        std::thread::spawn(move || {
            for line in stderr.lines().map_while(Result::ok) {
                if said.send(Said::Line(line)).is_err() {
                    return;
                }
            }
        });

        let check = |artifact: &Artifact| built_from.check(artifact);
        let mut account = Account::new(packages, &check);
        let mut last_lines = VecDeque::new();
        let mut hung = false;
        let mut heard_at = Instant::now();
        loop {
            let patience = if account.at_exercises { self.patience } else { SILENCE_BEFORE_EXERCISES };
            let said = heard.recv_timeout(GLANCE);
            if cancel.is_set() {
                drop(leash);
                child.wait()?;
                bail!(Cancelled);
            }
            match said {
                Err(RecvTimeoutError::Timeout) if heard_at.elapsed() < patience => continue,
                _ => heard_at = Instant::now(),
            }
            match said {
                Ok(Said::Message(message)) => {
                    if let Some((package, plugin)) = account.enter(message) {
                        ready(&package, Built::Plugin(plugin));
                    }
                }
                Ok(Said::Line(line)) => {
                    progress(&line);
                    account.line(&line);
                    last_lines.push_back(line);
                    if last_lines.len() > LAST_LINES {
                        last_lines.pop_front();
                    }
                }
                Err(RecvTimeoutError::Disconnected) => break,
                Err(RecvTimeoutError::Timeout) => {
                    hung = true;
                    leash = None;
                    break;
                }
            }
        }
        let status = child.wait()?;
        drop(leash);
        let last_lines: Vec<String> = last_lines.into();
        let stale = std::mem::take(&mut account.stale);
        account.wanted.retain(|package, _| !stale.packages.contains(package));
        for (package, errors) in account.broken(hung.then_some(self.patience), status, &last_lines)? {
            ready(&package, Built::Broken(errors));
        }
        Ok(stale)
    }
}

/// Bounds the memory of the compilers that cargo starts: `include_bytes!("/dev/zero")` is a learner's code, too.
/// The largest of them, that of the C++ part of tch, takes about 1.5 GiB.
#[cfg(target_os = "linux")]
fn limit_memory(cargo: Pid) {
    use rustix::process::{Resource, Rlimit, prlimit};
    let most = Some(8 << 30);
    // Where the user's own limit is lower already, it stays.
    let _ = prlimit(Some(cargo), Resource::As, Rlimit { current: most, maximum: most });
}

#[cfg(not(target_os = "linux"))]
fn limit_memory(_cargo: Pid) {}

enum Said {
    Message(CargoMessage),
    Line(String),
}

/// What cargo took for built although it is out of date, and the packages that it is in.
#[derive(Default)]
struct OutOfDate {
    artifacts: Vec<Stale>,
    packages: BTreeSet<String>,
}

/// What is known of each package while cargo builds.
struct Account<'a> {
    /// Says what of an artifact is out of date.
    check: &'a dyn Fn(&Artifact) -> Option<Stale>,
    stale: OutOfDate,
    wanted: BTreeMap<String, Known>,
    /// Errors in packages that nobody wants: dependencies, the harness.
    elsewhere: Vec<String>,
    /// Everything that the exercises depend on has been built.
    at_exercises: bool,
    /// The package that cargo's latest line of the kind said it could not compile.
    failing: Option<String>,
    /// The latest words, beside all messages, of a compiler that had no room to write.
    disk_full: Option<String>,
}

#[derive(Default)]
struct Known {
    has_plugin: bool,
    errors: Vec<String>,
    /// Bytes of all errors.
    bytes: usize,
    /// The words of a compiler that had no room to write.
    disk_full: Option<String>,
    /// How its compiler ended, where it did not end by itself.
    ended: Option<String>,
}

impl Known {
    fn enter(&mut self, error: CompilerError) {
        if is_of_a_full_disk(&error) {
            self.disk_full = Some(error.text);
        } else if self.bytes <= MOST_BYTES {
            self.bytes += error.text.len();
            self.errors.push(match self.bytes > MOST_BYTES {
                true => "error: there are more errors than can be shown".to_owned(),
                false => error.text,
            });
        }
    }
}

impl<'a> Account<'a> {
    fn new(packages: &[&str], check: &'a dyn Fn(&Artifact) -> Option<Stale>) -> Self {
        let wanted = packages.iter().map(|package| ((*package).to_owned(), Known::default())).collect();
        Account {
            check,
            stale: OutOfDate::default(),
            wanted,
            elsewhere: Vec::new(),
            at_exercises: false,
            failing: None,
            disk_full: None,
        }
    }

    /// Enters one message of cargo; the plugin, where it tells of one.
    fn enter(&mut self, message: CargoMessage) -> Option<(String, PathBuf)> {
        match message {
            CargoMessage::Artifact(artifact) => {
                let package = artifact.package();
                self.at_exercises |= package == "harness" && !artifact.is("custom-build");
                if let Some(stale) = (self.check)(&artifact) {
                    self.stale.artifacts.push(stale);
                    if self.wanted.contains_key(package) {
                        self.stale.packages.insert(package.to_owned());
                    } else {
                        // All the others are built upon it.
                        self.stale.packages.extend(self.wanted.keys().cloned());
                    }
                }
                let known = self.wanted.get_mut(package)?;
                if artifact.target.name != format!("{package}_checks")
                    || self.stale.packages.contains(package)
                {
                    return None;
                }
                let plugin = artifact.filenames.first()?.clone();
                known.has_plugin = true;
                Some((package.to_owned(), plugin))
            }
            CargoMessage::Error(error) => {
                // The count that rustc ends with says nothing that its errors have not said.
                let beginning: String = error.text.chars().take(100).collect();
                if !strip_str(&beginning).to_string().starts_with("error: aborting due to") {
                    match self.wanted.get_mut(error.package()) {
                        Some(known) => known.enter(error),
                        None => self.elsewhere.push(error.text),
                    }
                }
                None
            }
        }
    }

    /// Enters one line of what cargo says beside its messages: only there does it tell of a compiler that was killed.
    fn line(&mut self, line: &str) {
        if let Some((_, rest)) = line.split_once("error: could not compile `") {
            self.failing = rest.split_once('`').map(|(package, _)| package.to_owned());
        } else if line.contains("process didn't exit successfully: `")
            && let Some((_, how)) = line.rsplit_once(" (")
            && let Some(known) = self.failing.as_ref().and_then(|package| self.wanted.get_mut(package))
        {
            known.ended = Some(how.trim_end_matches(')').to_owned());
            known.disk_full = known.disk_full.take().or(self.disk_full.clone());
        } else if tells_of_a_full_disk(line) {
            self.disk_full = Some(line.to_owned());
        }
    }

    /// The packages that have no plugin, with the reason. `hung`: for how long cargo was silent until it
    /// was killed.
    ///
    /// # Errors
    /// The reason is not in the package itself.
    fn broken(
        self,
        hung: Option<Duration>,
        status: ExitStatus,
        last_lines: &[String],
    ) -> anyhow::Result<Vec<(String, Vec<String>)>> {
        let mut broken = Vec::new();
        for (package, Known { has_plugin, errors, disk_full, ended, .. }) in self.wanted {
            if let (false, Some(words)) = (has_plugin, disk_full) {
                bail!("the disk is full where cargo builds: make room there, then this again\n\n{words}");
            }
            if let (false, true, Some(how)) = (has_plugin, errors.is_empty(), &ended) {
                broken.push((package, vec![describe(how)]));
                continue;
            }
            match (has_plugin, errors.is_empty(), hung) {
                (true, _, _) => {}
                (false, false, _) => broken.push((package, errors)),
                (false, true, Some(patience)) if self.at_exercises => {
                    let seconds = patience.as_secs();
                    broken.push((package, vec![format!("error: rustc has not finished within {seconds} s")]));
                }
                (false, true, _) if !self.elsewhere.is_empty() => {
                    bail!("the course itself does not build:\n\n{}", self.elsewhere.join("\n"))
                }
                (false, true, _) => bail!(
                    "`cargo build` of the exercises failed ({status}); its last words:\n\n{}\n\n{}",
                    last_lines.join("\n"),
                    next_step(last_lines)
                ),
            }
        }
        Ok(broken)
    }
}

/// What to do where cargo fails for a reason of its own.
fn next_step(last_lines: &[String]) -> &'static str {
    let say = |words: &str| last_lines.iter().any(|line| line.contains(words));
    if say("(os error 28)") || say("(os error 122)") {
        "the disk is full where cargo builds: make room there, then this again"
    } else if say("(os error 30)") || say("(os error 13)") {
        "cargo may not write there: set CARGO_TARGET_DIR to a folder that you may write to"
    } else {
        "`cargo run -p grader -- doctor` looks at what it needs"
    }
}

/// Whether the compiler had no room to write: that is nobody's mistake. A learner's own words are about a place in a
/// source (`compile_error!`).
fn is_of_a_full_disk(error: &CompilerError) -> bool {
    error.placeless && tells_of_a_full_disk(&error.text)
}

fn tells_of_a_full_disk(text: &str) -> bool {
    // The last are a linker's, which writes to mapped memory.
    ["(os error 28)", "No space left on device", "(os error 122)", "terminated with signal 7 [Bus error]"]
        .iter()
        .any(|words| text.contains(words))
}

/// Why a compiler said nothing and has made nothing; `how` it ended is in cargo's words.
fn describe(how: &str) -> String {
    let why = if how.contains("SIGXCPU") {
        "it used up the processor time that an exercise may take to compile: a const, a type or a macro without end?"
    } else if how.contains("SIGXFSZ") {
        "what it was making grew too large: generated code?"
    } else if how.contains("SIGSEGV") {
        "its stack overflowed: something in the source refers to itself too deeply"
    } else if how.contains("SIGABRT") || how.contains("SIGKILL") {
        "it ran out of memory: a const, a type or a macro without end?"
    } else {
        "a mistake in rustc itself, which something in the source brings out"
    };
    format!("error: rustc did not finish compiling this ({how}): {why}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::process::ExitStatusExt;

    fn artifact(package: &str, target: &str, file: &str) -> CargoMessage {
        parse(&serde_json::json!({
            "reason": "compiler-artifact",
            "package_id": format!("path+file:///course/{package}_folder#{package}@0.1.0"),
            "manifest_path": "/course/Cargo.toml",
            "target": {"kind": ["example"], "crate_types": ["cdylib"], "name": target, "src_path": "/course/checks.rs",
                       "edition": "2024", "doc": false, "doctest": false, "test": true},
            "profile": {"opt_level": "0", "debuginfo": 1, "debug_assertions": true, "overflow_checks": true, "test": false},
            "features": [], "filenames": [file], "executable": null, "fresh": true
        }))
    }

    fn error(package: &str, rendered: &str) -> CargoMessage {
        parse(&serde_json::json!({
            "reason": "compiler-message",
            "package_id": format!("path+file:///course/{package}#0.1.0"),
            "manifest_path": "/course/Cargo.toml",
            "target": {"kind": ["lib"], "crate_types": ["lib"], "name": package, "src_path": "/course/src/lib.rs",
                       "edition": "2024", "doc": true, "doctest": false, "test": true},
            "message": {"rendered": rendered, "$message_type": "diagnostic", "children": [], "code": null,
                        "level": "error", "message": rendered, "spans": []}
        }))
    }

    fn parse(message: &serde_json::Value) -> CargoMessage {
        cargo_message::parse(message.to_string().as_bytes()).unwrap()
    }

    fn account(packages: &[&str]) -> Account<'static> {
        Account::new(packages, &|_| None)
    }

    fn failed() -> ExitStatus {
        ExitStatus::from_raw(101 << 8)
    }

    #[test]
    fn a_plugin_is_ready_as_soon_as_its_artifact_is_told() {
        let mut known = account(&["ex01", "ex02"]);
        assert_eq!(known.enter(artifact("ex01", "ex01", "/t/libex01.rlib")), None);
        let plugin = known.enter(artifact("ex01", "ex01_checks", "/t/libex01_checks.so"));
        assert_eq!(plugin, Some(("ex01".into(), "/t/libex01_checks.so".into())));
        assert_eq!(known.enter(artifact("serde", "serde", "/t/libserde.rlib")), None);
    }

    #[test]
    fn an_error_is_charged_to_the_exercise_it_is_in_and_to_no_other() {
        let mut known = account(&["ex01", "ex02"]);
        known.enter(artifact("ex02", "ex02_checks", "/t/libex02_checks.so"));
        known.enter(error("ex01", "error[E0308]: mismatched types"));
        known.enter(error("ex01", "error: aborting due to 1 previous error"));
        let broken = known.broken(None, failed(), &[]).unwrap();
        assert_eq!(broken, [("ex01".to_owned(), vec!["error[E0308]: mismatched types".to_owned()])]);
    }

    #[test]
    fn an_error_in_the_harness_is_the_courses_and_not_an_exercises() {
        let mut known = account(&["ex01"]);
        known.enter(error("harness", "error: no such method"));
        let said = known.broken(None, failed(), &[]).unwrap_err().to_string();
        assert!(
            said.contains("the course itself does not build") && said.contains("no such method"),
            "{said}"
        );
    }

    #[test]
    fn where_cargo_fails_without_a_message_its_last_words_are_shown() {
        let known = account(&["ex01"]);
        let said = known.broken(None, failed(), &["error: no space left".into()]).unwrap_err().to_string();
        assert!(said.contains("error: no space left"), "{said}");
    }

    #[test]
    fn the_next_step_is_that_of_what_cargo_stumbled_over() {
        let said = |words: &str| {
            account(&["ex01"]).broken(None, failed(), &[words.to_owned()]).unwrap_err().to_string()
        };
        assert!(said("Read-only file system (os error 30)").contains("set CARGO_TARGET_DIR"));
        assert!(said("Permission denied (os error 13)").contains("set CARGO_TARGET_DIR"));
        assert!(said("No space left on device (os error 28)").contains("make room"));
        assert!(said("network failure").contains("doctor"));
    }

    #[test]
    fn a_compiler_that_was_killed_is_charged_to_the_exercise_it_compiled() {
        let mut account = account(&["ex01", "ex02", "ex03"]);
        for line in [
            "   Compiling ex01 v0.1.0 (/course/exercises/ex01)",
            "error: could not compile `ex01` (lib)",
            "",
            "Caused by:",
            "  process didn't exit successfully: `/bin/rustc --crate-name ex01` (signal: 24, SIGXCPU: CPU time limit exceeded)",
            "error: could not compile `ex02` (lib) due to 1 previous error",
            "error: could not compile `ex03` (lib)",
            "  process didn't exit successfully: `/bin/rustc --crate-name ex03` (exit status: 101)",
        ] {
            account.line(line);
        }
        account.enter(error("ex02", "error[E0308]: mismatched types"));
        let broken = account.broken(None, failed(), &[]).unwrap();
        let words: Vec<&str> = broken.iter().map(|(_, errors)| errors[0].as_str()).collect();
        insta::assert_snapshot!(words.join("\n"), @r"
        error: rustc did not finish compiling this (signal: 24, SIGXCPU: CPU time limit exceeded): it used up the processor time that an exercise may take to compile: a const, a type or a macro without end?
        error[E0308]: mismatched types
        error: rustc did not finish compiling this (exit status: 101): a mistake in rustc itself, which something in the source brings out
        ");
    }

    #[test]
    fn an_exercise_whose_compilation_hangs_is_broken_and_the_others_are_not() {
        let mut known = account(&["ex01", "ex02"]);
        known.enter(artifact("harness", "harness", "/t/libharness.rlib"));
        known.enter(artifact("ex02", "ex02_checks", "/t/libex02_checks.so"));
        let broken = known.broken(Some(Duration::from_secs(120)), failed(), &[]).unwrap();
        assert_eq!(
            broken,
            [("ex01".to_owned(), vec!["error: rustc has not finished within 120 s".to_owned()])]
        );
    }

    /// An account in which the plugin of ex01 is out of date.
    fn account_of_stale_ex01(packages: &[&str]) -> Account<'static> {
        Account::new(packages, &|artifact| (artifact.package() == "ex01").then(Stale::default))
    }

    #[test]
    fn a_plugin_that_is_out_of_date_is_not_ready() {
        let mut known = account_of_stale_ex01(&["ex01", "ex02"]);
        assert_eq!(known.enter(artifact("ex01", "ex01", "/t/libex01.rlib")), None);
        assert_eq!(known.enter(artifact("ex01", "ex01_checks", "/t/libex01_checks.so")), None);
        assert!(known.enter(artifact("ex02", "ex02_checks", "/t/libex02_checks.so")).is_some());
        assert_eq!(known.stale.packages, ["ex01".to_owned()].into());
        let mut known = account_of_stale_ex01(&["ex02", "ex03"]);
        known.enter(artifact("ex01", "ex01", "/t/libex01.rlib"));
        assert_eq!(
            known.enter(artifact("ex02", "ex02_checks", "/t/libex02_checks.so")),
            None,
            "built upon it"
        );
        assert_eq!(known.stale.packages.len(), 2);
    }

    #[test]
    fn a_compiler_without_room_to_write_is_nobodys_mistake() {
        let words = "error: failed to write /t/ex01.rmeta: No space left on device (os error 28)";
        let mut known = account(&["ex01"]);
        known.enter(error("ex01", words));
        let said = known.broken(None, failed(), &[]).unwrap_err().to_string();
        assert!(said.starts_with("the disk is full") && said.contains(words), "{said}");

        let CargoMessage::Error(mut own) = error("ex01", words) else { panic!() };
        own.placeless = false;
        let mut known = account(&["ex01"]);
        known.enter(CargoMessage::Error(own));
        let broken = known.broken(None, failed(), &[]).unwrap();
        assert_eq!(broken, [("ex01".to_owned(), vec![words.to_owned()])], "compile_error! can say that, too");
    }

    #[test]
    fn a_compiler_that_ends_for_want_of_room_without_a_message_is_nobodys_mistake() {
        let lines = |last: &str| {
            let mut known = account(&["ex01"]);
            known.line("rustc-LLVM ERROR: IO failure on output stream: No space left on device");
            known.line("error: could not compile `ex01` (lib)");
            known.line("");
            known.line(last);
            known.broken(None, failed(), &[])
        };
        let ended = "  process didn't exit successfully: `/bin/rustc --crate-name ex01` (exit status: 101)";
        let said = lines(ended).unwrap_err().to_string();
        assert!(said.starts_with("the disk is full") && said.contains("rustc-LLVM ERROR"), "{said}");
        let mut own = account(&["ex01"]);
        own.line(ended);
        own.line("error: could not compile `ex01` (lib)");
        own.line(&ended.replace("ex01`", "'No space left on device'`"));
        assert!(own.broken(None, failed(), &[]).is_ok(), "the words of a command are not a compiler's");
    }

    #[test]
    fn of_errors_without_end_the_first_are_kept() {
        let mut known = account(&["ex01"]);
        let long = "x".repeat(MOST_BYTES / 10);
        for _ in 0..20 {
            known.enter(error("ex01", &long));
        }
        let broken = known.broken(None, failed(), &[]).unwrap();
        let errors = &broken[0].1;
        assert_eq!(errors.len(), 11);
        assert_eq!(errors[10], "error: there are more errors than can be shown");
    }
}
