//! `grader setup` from a fresh course to a libtorch, and all that can come between. No test needs the network: in
//! place of pip and uv there are scripts that do what a test says (`tools/`).

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::thread;
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process_group};
use tempfile::TempDir;

/// A fresh course, and stand-ins for the tools of the machine.
struct Machine {
    folder: TempDir,
}

impl Machine {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir_all(folder.path().join("course/fixtures")).unwrap();
        fs::write(folder.path().join("course/fixtures/course.yaml"), "").unwrap();
        Self { folder }
    }

    fn course(&self) -> PathBuf {
        self.folder.path().join("course")
    }

    fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// The grader on this machine, where `tool` (a folder of `tools/`) is all there is, and does what `fake` says.
    fn grader(&self, arguments: &[&str], tool: &str, fake: &str) -> Command {
        let tools = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/tools");
        let mut grader = Command::new(env!("CARGO_BIN_EXE_grader"));
        grader
            .args(arguments)
            .current_dir(self.course())
            .env_clear()
            .env("PATH", tools.join(tool))
            .env("CXX", "/bin/sh")
            .env("FAKE", fake)
            .env("FAKE_CALLS", self.file("calls"))
            .env("FAKE_STARTED", self.file("started"))
            .env("FAKE_GO", self.file("go"))
            .stdin(Stdio::null());
        grader
    }

    fn setup(&self, tool: &str, fake: &str) -> Command {
        self.grader(&["setup"], tool, fake)
    }

    /// What the grader said and did, without what differs from run to run.
    fn report(&self, output: Output) -> String {
        let text = |bytes| String::from_utf8(bytes).unwrap();
        let course = self.course().canonicalize().unwrap();
        let report = format!("{}{}{}", text(output.stdout), text(output.stderr), output.status);
        report
            .replace(course.to_str().unwrap(), "[COURSE]")
            .replace(self.course().to_str().unwrap(), "[COURSE]")
            .replace(env!("CARGO_MANIFEST_DIR"), "[GRADER]")
    }

    fn fails_to_set_up(&self, tool: &str, words: &str) -> String {
        let report = self.report(self.setup(tool, "fails").env("FAKE_WORDS", words).output().unwrap());
        assert_eq!(self.left_behind(), ["lock", "log"]);
        assert!(!self.course().join(".libtorch").exists());
        report
    }

    fn calls(&self) -> usize {
        fs::read_to_string(self.file("calls")).map_or(0, |calls| calls.lines().count())
    }

    fn version(&self) -> String {
        fs::read_to_string(self.course().join(".libtorch/torch/build-version")).unwrap()
    }

    /// What is in the folder set-ups work in.
    fn left_behind(&self) -> Vec<String> {
        files_under(&self.course().join(".libtorch.setup"))
    }
}

fn files_under(folder: &Path) -> Vec<String> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).unwrap().flatten() {
        let name = entry.file_name().into_string().unwrap();
        if entry.file_type().unwrap().is_dir() {
            files.extend(files_under(&entry.path()).into_iter().map(|file| format!("{name}/{file}")));
        } else {
            files.push(name);
        }
    }
    files.sort();
    files
}

/// Waits for a file another process makes.
fn wait_for(path: &Path) {
    for _ in 0..3000 {
        if path.exists() {
            return;
        }
        thread::sleep(Duration::from_millis(10));
    }
    panic!("{} never came", path.display());
}

fn succeeds(command: &mut Command) -> String {
    let output = command.output().unwrap();
    let errors = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.success(), "{errors}");
    errors
}

#[cfg(all(target_os = "linux", target_env = "gnu"))]
#[test]
fn a_set_up_keeps_what_tch_uses_and_nothing_else() {
    let machine = Machine::new();
    insta::assert_snapshot!(machine.report(machine.setup("pip", "installs").output().unwrap()), @r"
    libtorch 2.13.0, CPU only, is ready: [COURSE]/.libtorch/torch (made by the grader)
    Setting up libtorch 2.13.0 in [COURSE]/.libtorch (539 MB to download, once)
    Setting up libtorch 2.13.0 in [COURSE]/.libtorch: done in 0 s
    exit status: 0
    ");
    insta::assert_snapshot!(files_under(&machine.course().join(".libtorch")).join("\n"), @r"
    nvidia/cu13/lib/libcudart.so.13
    torch-2.13.0.dist-info/licenses/LICENSE
    torch/build-version
    torch/include/torch/torch.h
    torch/lib/libc10.so
    torch/lib/libtorch.so
    torch/lib/libtorch_cpu.dylib
    torch/lib/libtorch_cpu.so
    torch/version.py
    ");
    let linked = machine.course().join(".libtorch/torch/lib/libtorch.so");
    assert_eq!(fs::read_to_string(linked).unwrap(), "INPUT(libtorch_cpu.so)\n");
    assert_eq!(machine.left_behind(), ["lock", "log"]);
}

#[test]
fn a_second_set_up_has_nothing_to_do() {
    let machine = Machine::new();
    succeeds(&mut machine.setup("uv", "installs"));
    assert_eq!(succeeds(&mut machine.setup("uv", "installs")), "");
    assert_eq!(machine.calls(), 1);
}

#[test]
fn a_libtorch_of_an_older_course_is_replaced() {
    let machine = Machine::new();
    succeeds(&mut machine.setup("pip", "installs"));
    fs::write(machine.course().join(".libtorch/torch/build-version"), "2.12.0+cpu\n").unwrap();
    succeeds(&mut machine.setup("pip", "installs"));
    assert_eq!(machine.version(), "2.13.0+cpu\n");
    assert_eq!(machine.left_behind(), ["lock", "log"]);
}

#[cfg(all(target_os = "linux", target_arch = "x86_64", target_env = "gnu"))]
#[test]
fn one_variant_replaces_the_other() {
    let machine = Machine::new();
    let cuda = machine.course().join(".libtorch/torch/lib/libtorch_cuda.so");
    succeeds(&mut machine.setup("pip", "installs"));
    assert!(!cuda.exists());
    succeeds(&mut machine.grader(&["setup", "--cuda"], "pip", "installs"));
    assert!(cuda.exists());
    assert_eq!(machine.version(), "2.13.0+cu130\n");
    succeeds(&mut machine.setup("pip", "installs"));
    assert!(!cuda.exists());
}

#[test]
fn an_interrupted_set_up_leaves_nothing_a_second_one_trips_over() {
    let machine = Machine::new();
    let mut grader = machine.setup("pip", "hangs").process_group(0).stderr(Stdio::null()).spawn().unwrap();
    let group = Pid::from_child(&grader);
    wait_for(&machine.file("started"));
    // As kill -9 has it: the grader alone, not the tool it runs.
    grader.kill().unwrap();
    grader.wait().unwrap();
    assert!(!machine.course().join(".libtorch").exists());
    assert!(machine.left_behind().len() > 2, "the tool was to be killed half done");

    succeeds(&mut machine.setup("pip", "installs"));
    kill_process_group(group, Signal::KILL).unwrap();

    assert_eq!(machine.version(), "2.13.0+cpu\n");
    assert_eq!(machine.left_behind(), ["lock", "log"]);
}

#[test]
fn ctrl_c_clears_away_what_was_begun_and_says_what_to_do() {
    let machine = Machine::new();
    let [interrupted, told_to_end] = [Signal::INT, Signal::TERM].map(|signal| {
        let _ = fs::remove_file(machine.file("started"));
        let grader = machine.setup("pip", "hangs").process_group(0).stderr(Stdio::piped()).spawn().unwrap();
        let group = Pid::from_child(&grader);
        wait_for(&machine.file("started"));
        // As a terminal does it: the tool, too.
        kill_process_group(group, signal).unwrap();
        let output = grader.wait_with_output().unwrap();
        assert_eq!(machine.left_behind(), ["lock", "log"]);
        machine.report(output)
    });
    insta::assert_snapshot!(interrupted, @r"
    Setting up libtorch 2.13.0 in [COURSE]/.libtorch (539 MB to download, once)
    error: interrupted: nothing of it was kept
    next: type the same command again to begin anew
    exit status: 3
    ");
    assert_eq!(told_to_end, interrupted);
}

#[test]
fn the_second_of_two_at_once_waits_and_uses_what_the_first_made() {
    let machine = Machine::new();
    succeeds(Command::new("mkfifo").arg(machine.file("go")));
    let mut first =
        machine.setup("pip", "waits").stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    wait_for(&machine.file("started"));

    let mut second =
        machine.setup("pip", "installs").stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    let mut said = BufReader::new(second.stderr.take().unwrap()).lines();
    assert_eq!(
        said.next().unwrap().unwrap(),
        "Another set-up of libtorch is under way; waiting for it to end"
    );
    fs::OpenOptions::new().write(true).open(machine.file("go")).unwrap().write_all(b"go\n").unwrap();

    assert!(first.wait().unwrap().success());
    assert!(second.wait().unwrap().success());
    assert_eq!(machine.calls(), 1);
}

#[test]
fn a_machine_without_python_is_told_what_to_install() {
    let machine = Machine::new();
    let output = machine.setup("pip", "installs").env("PATH", "/nowhere").output().unwrap();
    insta::assert_snapshot!(machine.report(output), @r"
    error: setting libtorch up needs Python 3 with pip, or uv; there is no `python3` and no `uv` on the PATH
    next: `sudo apt install python3-pip` on Debian and Ubuntu, `brew install python` on macOS, or uv from https://docs.astral.sh/uv; then this again
    exit status: 3
    ");
}

#[test]
fn a_python_without_pip_is_told_what_to_install() {
    let machine = Machine::new();
    insta::assert_snapshot!(machine.report(machine.setup("pip", "has-no-pip").output().unwrap()), @r"
    error: setting libtorch up needs pip or uv; `[GRADER]/tests/tools/pip/python3 -m pip --version` fails (/usr/bin/python3: No module named pip), and there is no `uv` on the PATH
    next: `sudo apt install python3-pip` on Debian and Ubuntu, `[GRADER]/tests/tools/pip/python3 -m ensurepip` elsewhere, or uv from https://docs.astral.sh/uv; then this again
    exit status: 3
    ");
}

#[test]
fn a_pip_that_is_too_old_is_told_how_to_upgrade() {
    let machine = Machine::new();
    let output = machine.setup("pip", "installs").env("FAKE_PIP_VERSION", "20.0.2").output().unwrap();
    insta::assert_snapshot!(machine.report(output), @r"
    error: setting libtorch up needs pip 20.3 or newer, or uv; `[GRADER]/tests/tools/pip/python3` has pip 20.0.2
    next: `[GRADER]/tests/tools/pip/python3 -m pip install --upgrade pip`, then this again
    exit status: 3
    ");
}

#[test]
fn a_missing_network_is_said() {
    let machine = Machine::new();
    let report = machine.fails_to_set_up(
        "pip",
        "WARNING: Retrying (Retry(total=0)) after connection broken by 'NewConnectionError(…)': /simple/torch/\n\
         ERROR: Could not find a version that satisfies the requirement torch==2.13.0 (from versions: none)",
    );
    insta::assert_snapshot!(report, @r"
    Setting up libtorch 2.13.0 in [COURSE]/.libtorch (539 MB to download, once)
    error: libtorch could not be downloaded: the Python package index was not reached (log: [COURSE]/.libtorch.setup/log)
    next: check the network (behind a proxy, set HTTPS_PROXY; with a mirror, PIP_INDEX_URL), then this again
    exit status: 3
    ");
}

#[test]
fn a_disk_that_fills_up_is_said() {
    let machine = Machine::new();
    let report = machine
        .fails_to_set_up("uv", "error: failed to write to file: No space left on device (os error 28)");
    insta::assert_snapshot!(report, @r"
    Setting up libtorch 2.13.0 in [COURSE]/.libtorch (539 MB to download, once)
    error: the disk filled up while libtorch was being set up in `[COURSE]`; nothing of it was kept (log: [COURSE]/.libtorch.setup/log)
    next: make room there, then this again
    exit status: 3
    ");
}

#[test]
fn a_wheel_that_was_tampered_with_is_thrown_away() {
    let machine = Machine::new();
    let report = machine.fails_to_set_up("pip", "ERROR: THESE PACKAGES DO NOT MATCH THE HASHES FROM THE …");
    insta::assert_snapshot!(report, @r"
    Setting up libtorch 2.13.0 in [COURSE]/.libtorch (539 MB to download, once)
    error: what was downloaded is not the libtorch this course pins: its hash differs, so it was thrown away (log: [COURSE]/.libtorch.setup/log)
    next: try once more; if it stays so, the index or proxy in use serves other files: unset PIP_INDEX_URL and the like
    exit status: 3
    ");
}

#[test]
fn an_index_that_lacks_the_wheel_is_said() {
    let machine = Machine::new();
    let report = machine.fails_to_set_up("pip", "ERROR: No matching distribution found for torch==2.13.0");
    insta::assert_snapshot!(report, @r"
    Setting up libtorch 2.13.0 in [COURSE]/.libtorch (539 MB to download, once)
    error: the package index in use has no libtorch 2.13.0 for this machine (log: [COURSE]/.libtorch.setup/log)
    next: unset PIP_INDEX_URL and the like to use https://pypi.org, or set LIBTORCH to a libtorch 2.13.0 of your own
    exit status: 3
    ");
}

#[test]
fn any_other_failure_is_told_in_the_words_of_the_tool() {
    let machine = Machine::new();
    let report = machine.fails_to_set_up("uv", "Resolving\nerror: the moon is in the wrong phase\n");
    insta::assert_snapshot!(report, @r"
    Setting up libtorch 2.13.0 in [COURSE]/.libtorch (539 MB to download, once)
    error: uv failed to install libtorch: exit status: 1, error: the moon is in the wrong phase (log: [COURSE]/.libtorch.setup/log)
    next: what the log says; or set LIBTORCH to a libtorch 2.13.0 of your own
    exit status: 3
    ");
    let log = fs::read_to_string(machine.course().join(".libtorch.setup/log")).unwrap();
    assert_eq!(log, "Resolving\nerror: the moon is in the wrong phase\n\n");
}

#[test]
fn a_tool_that_installs_something_else_is_not_believed() {
    let machine = Machine::new();
    let output = machine.setup("pip", "installs").env("FAKE_VERSION", "2.4.0").output().unwrap();
    insta::assert_snapshot!(machine.report(output), @r"
    Setting up libtorch 2.13.0 in [COURSE]/.libtorch (539 MB to download, once)
    error: pip reported success, but what it installed is not libtorch 2.13.0: it is libtorch 2.4.0+cpu (log: [COURSE]/.libtorch.setup/log)
    next: try once more; or set LIBTORCH to a libtorch 2.13.0 of your own
    exit status: 3
    ");
    assert!(!machine.course().join(".libtorch").exists());
}

#[test]
fn a_missing_compiler_is_told_of() {
    let machine = Machine::new();
    let output = machine.setup("pip", "installs").env_remove("CXX").output().unwrap();
    let report = machine.report(output);
    assert!(report.contains("there is no C++ compiler `c++`"), "{report}");
}

#[test]
fn a_libtorch_of_the_users_own_is_left_alone() {
    let machine = Machine::new();
    succeeds(&mut machine.setup("pip", "installs"));
    let own = machine.file("own");
    fs::rename(machine.course().join(".libtorch/torch"), &own).unwrap();
    fs::remove_dir_all(machine.course().join(".libtorch")).unwrap();

    let output = machine.setup("pip", "installs").env("LIBTORCH", &own).output().unwrap();
    assert!(output.status.success());
    assert_eq!(machine.calls(), 1);
    assert!(!machine.course().join(".libtorch").exists());

    let output =
        machine.grader(&["setup", "--cuda"], "pip", "installs").env("LIBTORCH", &own).output().unwrap();
    let report = machine.report(output);
    assert!(report.contains("(your own: LIBTORCH) has no CUDA libraries"), "{report}");
}

#[test]
fn the_doctor_changes_nothing() {
    let machine = Machine::new();
    let output = machine.grader(&["doctor"], "pip", "installs").output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8(output.stdout).unwrap().contains("libtorch: not set up yet"));
    assert_eq!(files_under(&machine.course()), ["fixtures/course.yaml"]);
    assert_eq!(machine.calls(), 0);
}
