//! Building plugins: one `cargo build` for all, and each compiler error charged to the exercise it is in.

use std::collections::{BTreeMap, VecDeque};
use std::ffi::OsString;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Stdio};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::time::{Duration, Instant};

use anstream::adapter::strip_str;
use anyhow::{Context, bail};
use cargo_metadata::diagnostic::DiagnosticLevel;
use cargo_metadata::{Message, PackageId};
use rustix::process::Pid;

use crate::cancel::{Cancel, Cancelled, GLANCE};
use crate::processes::kill_tree;
use crate::sandbox::compiler::Confinement;

/// How long cargo may be silent while it builds what the exercises depend on: the C++ part of tch is one
/// step, and takes minutes on a slow machine.
const SILENCE_BEFORE_EXERCISES: Duration = Duration::from_secs(30 * 60);

/// How many of cargo's last lines are shown where it fails for a reason of its own.
const LAST_LINES: usize = 40;

/// What is built, and how.
pub struct Build<'a> {
    /// Folder of the workspace: cargo runs there.
    pub workspace: &'a Path,
    /// Where the artifacts go, if not where cargo puts them by itself.
    pub target_dir: Option<&'a Path>,
    /// The packages whose plugins are wanted.
    pub packages: &'a [&'a str],
    /// What the compilers of the packages themselves may do, if they are not the user's own.
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
    /// The words after `cargo`.
    fn arguments(&self) -> Vec<OsString> {
        let format = if self.coloured { "json-diagnostic-rendered-ansi" } else { "json" };
        let mut arguments: Vec<OsString> =
            ["build", "--examples", "--keep-going", "--message-format", format].map(OsString::from).to_vec();
        for package in self.packages {
            arguments.extend(["--package".into(), package.into()]);
        }
        if let Some(target_dir) = self.target_dir {
            arguments.extend(["--target-dir".into(), target_dir.into()]);
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
        let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        let mut command = Command::new(&cargo);
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
            .args(self.arguments())
            .current_dir(self.workspace)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .with_context(|| {
                format!("cannot run {}: is Rust installed? See https://rustup.rs", cargo.display())
            })?;
        limit_memory(Pid::from_child(&child));
        let (said, heard) = mpsc::channel();
        let stdout = BufReader::new(child.stdout.take().expect("it is piped"));
        let stderr = BufReader::new(child.stderr.take().expect("it is piped"));
        let messages = said.clone();
        std::thread::spawn(move || {
            for message in Message::parse_stream(stdout).map_while(Result::ok) {
                if messages.send(Said::Message(Box::new(message))).is_err() {
                    return;
                }
            }
        });
        std::thread::spawn(move || {
            for line in stderr.lines().map_while(Result::ok) {
                if said.send(Said::Line(line)).is_err() {
                    return;
                }
            }
        });

        let mut account = Account::new(self.packages);
        let mut last_lines = VecDeque::new();
        let mut hung = false;
        let mut heard_at = Instant::now();
        loop {
            let patience = if account.at_exercises { self.patience } else { SILENCE_BEFORE_EXERCISES };
            let said = heard.recv_timeout(GLANCE);
            if cancel.is_set() {
                kill_tree(Pid::from_child(&child));
                child.wait()?;
                bail!(Cancelled);
            }
            match said {
                Err(RecvTimeoutError::Timeout) if heard_at.elapsed() < patience => continue,
                _ => heard_at = Instant::now(),
            }
            match said {
                Ok(Said::Message(message)) => {
                    if let Some((package, plugin)) = account.enter(*message) {
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
                    kill_tree(Pid::from_child(&child));
                    break;
                }
            }
        }
        let status = child.wait()?;
        let last_lines: Vec<String> = last_lines.into();
        for (package, errors) in account.broken(hung.then_some(self.patience), status, &last_lines)? {
            ready(&package, Built::Broken(errors));
        }
        Ok(())
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
    Message(Box<Message>),
    Line(String),
}

/// What is known of each package while cargo builds.
struct Account {
    wanted: BTreeMap<String, Known>,
    /// Errors in packages that nobody wants: dependencies, the harness.
    elsewhere: Vec<String>,
    /// Everything that the exercises depend on has been built.
    at_exercises: bool,
    /// The package that cargo's latest line of the kind said it could not compile.
    failing: Option<String>,
}

#[derive(Default)]
struct Known {
    has_plugin: bool,
    errors: Vec<String>,
    /// How its compiler ended, where it did not end by itself.
    ended: Option<String>,
}

impl Account {
    fn new(packages: &[&str]) -> Self {
        let wanted = packages.iter().map(|package| ((*package).to_owned(), Known::default())).collect();
        Account { wanted, elsewhere: Vec::new(), at_exercises: false, failing: None }
    }

    /// Enters one message of cargo; the plugin, where it tells of one.
    fn enter(&mut self, message: Message) -> Option<(String, PathBuf)> {
        match message {
            Message::CompilerArtifact(artifact) => {
                let package = name_of(&artifact.package_id);
                self.at_exercises |= package == "harness" && !artifact.target.is_custom_build();
                let known = self.wanted.get_mut(package)?;
                if artifact.target.name != format!("{package}_checks") {
                    return None;
                }
                known.has_plugin = true;
                let plugin = artifact.filenames.first()?.clone().into_std_path_buf();
                Some((package.to_owned(), plugin))
            }
            Message::CompilerMessage(message) if message.message.level == DiagnosticLevel::Error => {
                let text = message.message.rendered.unwrap_or(message.message.message);
                // The count that rustc ends with says nothing that its errors have not said.
                if !strip_str(&text).to_string().starts_with("error: aborting due to") {
                    match self.wanted.get_mut(name_of(&message.package_id)) {
                        Some(known) => known.errors.push(text),
                        None => self.elsewhere.push(text),
                    }
                }
                None
            }
            _ => None,
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
        for (package, Known { has_plugin, errors, ended }) in self.wanted {
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
                    "`cargo build` of the exercises failed ({status}); its last words:\n\n{}\n\n\
                     `cargo run -p grader -- doctor` looks at what it needs",
                    last_lines.join("\n")
                ),
            }
        }
        Ok(broken)
    }
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

/// The package's name in its id: `path+file:///…/ex03_gradient#ex03@0.1.0`, or, where the folder has the
/// name already, `path+file:///…/ex03#0.1.0`.
fn name_of(id: &PackageId) -> &str {
    let (url, fragment) = id.repr.rsplit_once('#').unwrap_or((&id.repr, ""));
    match fragment.split_once('@') {
        Some((name, _version)) => name,
        None => url.rsplit('/').next().unwrap_or_default(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::process::ExitStatusExt;

    fn artifact(package: &str, target: &str, file: &str) -> Message {
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

    fn error(package: &str, rendered: &str) -> Message {
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

    fn parse(message: &serde_json::Value) -> Message {
        let text = message.to_string();
        Message::parse_stream(text.as_bytes()).next().unwrap().unwrap()
    }

    fn failed() -> ExitStatus {
        ExitStatus::from_raw(101 << 8)
    }

    #[test]
    fn a_plugin_is_ready_as_soon_as_its_artifact_is_told() {
        let mut account = Account::new(&["ex01", "ex02"]);
        assert_eq!(account.enter(artifact("ex01", "ex01", "/t/libex01.rlib")), None);
        let plugin = account.enter(artifact("ex01", "ex01_checks", "/t/libex01_checks.so"));
        assert_eq!(plugin, Some(("ex01".into(), "/t/libex01_checks.so".into())));
        assert_eq!(account.enter(artifact("serde", "serde", "/t/libserde.rlib")), None);
    }

    #[test]
    fn an_error_is_charged_to_the_exercise_it_is_in_and_to_no_other() {
        let mut account = Account::new(&["ex01", "ex02"]);
        account.enter(artifact("ex02", "ex02_checks", "/t/libex02_checks.so"));
        account.enter(error("ex01", "error[E0308]: mismatched types"));
        account.enter(error("ex01", "error: aborting due to 1 previous error"));
        let broken = account.broken(None, failed(), &[]).unwrap();
        assert_eq!(broken, [("ex01".to_owned(), vec!["error[E0308]: mismatched types".to_owned()])]);
    }

    #[test]
    fn an_error_in_the_harness_is_the_courses_and_not_an_exercises() {
        let mut account = Account::new(&["ex01"]);
        account.enter(error("harness", "error: no such method"));
        let said = account.broken(None, failed(), &[]).unwrap_err().to_string();
        assert!(
            said.contains("the course itself does not build") && said.contains("no such method"),
            "{said}"
        );
    }

    #[test]
    fn where_cargo_fails_without_a_message_its_last_words_are_shown() {
        let account = Account::new(&["ex01"]);
        let said = account.broken(None, failed(), &["error: no space left".into()]).unwrap_err().to_string();
        assert!(said.contains("error: no space left"), "{said}");
    }

    #[test]
    fn a_compiler_that_was_killed_is_charged_to_the_exercise_it_compiled() {
        let mut account = Account::new(&["ex01", "ex02", "ex03"]);
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
        let mut account = Account::new(&["ex01", "ex02"]);
        account.enter(artifact("harness", "harness", "/t/libharness.rlib"));
        account.enter(artifact("ex02", "ex02_checks", "/t/libex02_checks.so"));
        let broken = account.broken(Some(Duration::from_secs(120)), failed(), &[]).unwrap();
        assert_eq!(
            broken,
            [("ex01".to_owned(), vec!["error: rustc has not finished within 120 s".to_owned()])]
        );
    }
}
