//! What goes wrong around the grader: it is killed, files are taken away, the disk is full, clocks jump, nothing can be
//! written. Whatever happens, a score is right or there is none, and the next run is right.
//!
//! Every test has a copy of the course to itself. Moments are waited for, never times: what never comes fails the test.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::{Mutex, MutexGuard};
use std::time::{Duration, Instant, SystemTime};

use serde_json::Value;

use crate::copy::Copy;
use crate::support::Score;

const EX03: &str = "ex03_gradient";

/// What is not there by then does not come.
const NEVER: Duration = Duration::from_secs(120);

const YEAR: Duration = Duration::from_secs(31_557_600);

/// There is one copy of the course: one test at a time.
static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());

/// A copy of the course in which ex03 is solved.
fn solved() -> (Copy, MutexGuard<'static, ()>) {
    let alone = ONE_AT_A_TIME.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
    let copy = Copy::new("faults");
    fs::write(copy.source(EX03), copy.solution(EX03)).unwrap();
    (copy, alone)
}

#[track_caller]
fn waits_for<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    let started = Instant::now();
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(started.elapsed() < NEVER, "{what} does not come");
        std::thread::sleep(Duration::from_millis(1));
    }
}

/// `grader ex03 --format json ARGUMENTS` in the copy.
fn grader(copy: &Copy, arguments: &[&str]) -> Command {
    let mut grader = copy.grader();
    grader.args(["ex03", "--format", "json"]).args(arguments).stdout(Stdio::piped()).stderr(Stdio::piped());
    grader
}

fn score(copy: &Copy, arguments: &[&str]) -> u64 {
    points(grader(copy, arguments).output().unwrap())
}

#[track_caller]
fn points(output: Output) -> u64 {
    Score::of(output).json["score"].as_u64().unwrap()
}

/// What it says when there is no score, with this exit code.
#[track_caller]
fn refusal(output: Output, code: i32) -> String {
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(code), "{said}");
    assert!(!said.contains("panicked"), "{said}");
    said
}

/// A process, told from a later one with the same number by when it began.
type Process = (i32, String);

/// Fields of `/proc/PID/stat` after the name: state, parent, …
fn fields(process: i32) -> Option<Vec<String>> {
    let stat = fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
    Some(stat.rsplit_once(')')?.1.split_whitespace().map(str::to_owned).collect())
}

fn processes() -> Vec<(i32, Vec<String>)> {
    let names = fs::read_dir("/proc").unwrap().flatten();
    let numbers = names.filter_map(|entry| entry.file_name().to_str()?.parse().ok());
    numbers.filter_map(|process| Some((process, fields(process)?))).collect()
}

/// All that descends from `process`.
fn descendants(process: i32) -> BTreeSet<Process> {
    let all = processes();
    let mut found = BTreeSet::new();
    let mut parents = vec![process.to_string()];
    while let Some(parent) = parents.pop() {
        for (child, fields) in all.iter().filter(|(_, fields)| fields[1] == parent) {
            parents.push(child.to_string());
            found.insert((*child, fields[19].clone()));
        }
    }
    found
}

/// Those of `processes` that still run.
fn still_running(processes: &BTreeSet<Process>) -> Vec<Process> {
    let runs = |(process, began): &&Process| {
        fields(*process).is_some_and(|fields| fields[19] == *began && fields[0] != "Z")
    };
    processes.iter().filter(runs).cloned().collect()
}

fn children(process: i32) -> Vec<i32> {
    let is_child = |(_, fields): &(i32, Vec<String>)| fields[1] == process.to_string() && fields[0] != "Z";
    processes().into_iter().filter(is_child).map(|(child, _)| child).collect()
}

/// The worker of a running grader, where it has one.
fn worker(grader: &Child) -> Option<i32> {
    let words = |process: &i32| fs::read(format!("/proc/{process}/cmdline")).unwrap_or_default();
    children(grader.id() as i32)
        .into_iter()
        .find(|child| words(child).split(|&byte| byte == 0).nth(1) == Some(b"worker"))
}

/// The supervisors that have a child at work.
fn supervisors(grader: &Child) -> Vec<i32> {
    let worker = worker(grader).into_iter();
    worker.flat_map(children).filter(|supervisor| !children(*supervisor).is_empty()).collect()
}

#[allow(unsafe_code)]
fn kill(process: i32) {
    // SAFETY: it sends a signal to a process that a grader of this test has started.
    unsafe { libc::kill(process, libc::SIGKILL) };
}

/// A gate in the solution of ex03: its function does not go on before it is opened.
struct Gate {
    file: PathBuf,
    source: String,
}

impl Gate {
    fn new(copy: &Copy) -> Self {
        let file = copy.root.join("fixtures/ex03/open");
        let name = "pub fn gradient_at(x: f64, y: f64) -> (f64, f64) {";
        let solution = copy.solution(EX03);
        assert!(solution.contains(name));
        // That a file is there can be seen by whoever may not read it.
        let waits =
            format!("{name}\nwhile !std::path::Path::new({file:?}).exists() {{ std::thread::yield_now(); }}");
        Gate { file, source: solution.replace(name, &waits) }
    }

    fn open(&self) {
        fs::write(&self.file, "").unwrap();
    }
}

/// Runs this in a shell that has mounts of its own; `None` where the system does not let it.
fn with_mounts(copy: &Copy, script: &str) -> Option<Output> {
    let unshare = |script: &str| {
        let mut command = copy.grader();
        let grader = command.get_program().to_owned();
        let environment: Vec<_> =
            command.get_envs().map(|(name, value)| (name.to_owned(), value.unwrap().to_owned())).collect();
        command = Command::new("unshare");
        command
            .args(["--mount", "sh", "-euc", script])
            .env("GRADER", grader)
            .envs(environment)
            .current_dir(&copy.root);
        command.output()
    };
    if unshare("mount -t tmpfs none /mnt").is_ok_and(|output| output.status.success()) {
        return Some(unshare(script).unwrap());
    }
    eprintln!("skipped: nothing can be mounted here");
    None
}

#[test]
fn killed_at_any_moment_it_leaves_no_process_and_no_half_file_and_the_next_run_is_right() {
    let (copy, _alone) = solved();
    let results = copy.root.join("results");
    fs::create_dir(&results).unwrap();
    let output = results.join("score.json");
    let arguments = ["--output", output.to_str().unwrap()];
    assert!(grader(&copy, &arguments).output().unwrap().status.success());
    let whole = |moment: usize| {
        let json: Value = serde_json::from_slice(&fs::read(&output).unwrap()).unwrap();
        assert_eq!(json["score"], 10, "killed at moment {moment}");
        let progress = fs::read(copy.root.join(".grader/progress.json")).unwrap();
        assert!(serde_json::from_slice::<Value>(&progress).is_ok(), "killed at moment {moment}");
    };
    whole(0);
    // A moment is whenever a process of it comes or goes, or a file of results.
    let mut killed = 0;
    for moment in [1, 2, 3, 4, 5, 6, 8, 10, 12, 14, 17, 20] {
        fs::write(copy.source(EX03), format!("{}\n// {moment}\n", copy.solution(EX03))).unwrap();
        let mut child = grader(&copy, &arguments).spawn().unwrap();
        let (mut seen, mut before, mut moments) = (BTreeSet::new(), None, 0);
        let ended = waits_for("the next moment", || {
            let now = descendants(child.id() as i32);
            let files = fs::read_dir(&results).unwrap().count()
                + fs::read_dir(copy.root.join(".grader")).unwrap().count();
            seen.extend(now.iter().cloned());
            let now = Some((now, files));
            if before != now {
                before = now;
                moments += 1;
            }
            match child.try_wait().unwrap() {
                Some(_) => Some(true),
                None => (moments == moment).then_some(false),
            }
        });
        child.kill().unwrap();
        child.wait().unwrap();
        waits_for("the end of all that it has started", || still_running(&seen).is_empty().then_some(()));
        whole(moment);
        assert_eq!(score(&copy, &[]), 10, "the run after one that was killed at moment {moment}");
        if ended {
            break;
        }
        killed += 1;
    }
    assert!(killed >= 6, "{killed} moments");
}

#[test]
fn killed_while_the_compiler_hangs_it_leaves_no_compiler_behind() {
    let (copy, _alone) = solved();
    let endless = "pub const ENDLESS: usize = { let mut n = 1_usize; while n != 0 { n = if n > 9 { 1 } else { n + 1 }; } n };";
    let source = format!("#![allow(long_running_const_eval)]\n{}\n{endless}\n", copy.solution(EX03));
    fs::write(copy.source(EX03), source.replace("//!", "//")).unwrap();
    let mut child = grader(&copy, &[]).spawn().unwrap();
    let compiler = waits_for("the compiler of ex03", || {
        descendants(child.id() as i32).into_iter().find(|(process, _)| {
            let words = fs::read(format!("/proc/{process}/cmdline")).unwrap_or_default();
            String::from_utf8_lossy(&words).contains("--crate-name\0ex03\0")
        })
    });
    let all = descendants(child.id() as i32);
    assert!(all.contains(&compiler));
    child.kill().unwrap();
    child.wait().unwrap();
    waits_for("the end of the compiler", || still_running(&all).is_empty().then_some(()));
}

#[test]
fn where_a_worker_or_a_supervisor_is_killed_the_checks_are_run_again() {
    let (copy, _alone) = solved();
    let gate = Gate::new(&copy);
    fs::write(copy.source(EX03), &gate.source).unwrap();
    for victims in [|grader: &Child| worker(grader).into_iter().collect(), supervisors] {
        let _ = fs::remove_file(&gate.file);
        let grader = grader(&copy, &["--timeout", "100"]).spawn().unwrap();
        let at_work = waits_for("a check", || Some(supervisors(&grader)).filter(|found| !found.is_empty()));
        victims(&grader).into_iter().for_each(kill);
        waits_for("the end of those", || {
            at_work.iter().all(|one| fields(*one).is_none_or(|fields| fields[0] == "Z")).then_some(())
        });
        gate.open();
        assert_eq!(points(grader.wait_with_output().unwrap()), 10);
    }
}

#[test]
fn where_supervisors_are_killed_again_and_again_nothing_passes_and_nothing_hangs() {
    let (copy, _alone) = solved();
    fs::write(copy.source(EX03), &Gate::new(&copy).source).unwrap();
    let mut grader = grader(&copy, &["--timeout", "100"]).spawn().unwrap();
    waits_for("its end", || {
        supervisors(&grader).into_iter().for_each(kill);
        grader.try_wait().unwrap()
    });
    let output = grader.wait_with_output().unwrap();
    match output.status.code() {
        Some(0) => {
            // Functions that do not wait may have had time to be right.
            let score = Score::of(output);
            let checks = score.exercise("ex03")["checks"].as_array().unwrap().clone();
            let killed: Vec<_> = checks.iter().filter(|check| check["status"] != "passed").collect();
            assert!(
                !killed.is_empty() && killed.iter().all(|check| check["status"] == "crashed"),
                "{checks:#?}"
            );
        }
        _ => assert!(refusal(output, 3).contains("the checks of ex03 cannot be run")),
    }
}

#[test]
fn an_output_file_that_cannot_be_written_is_an_error_that_names_it_and_the_old_one_is_kept() {
    let (copy, _alone) = solved();
    assert_eq!(score(&copy, &[]), 10);
    let said = refusal(grader(&copy, &["--output", "/dev/full"]).output().unwrap(), 3);
    assert!(
        said.contains("cannot write /dev/full: No space left on device") && said.contains("make room"),
        "{said}"
    );
    let said = refusal(grader(&copy, &[]).stdout(File::create("/dev/full").unwrap()).output().unwrap(), 3);
    assert!(said.contains("standard output") && said.contains("No space left on device"), "{said}");
    let nobody_hears =
        grader(&copy, &["--output", "/nowhere/score"]).stderr(File::create("/dev/full").unwrap()).output();
    assert_eq!(nobody_hears.unwrap().status.code(), Some(3));

    // `ulimit -f 1`: no file may be larger than a block.
    let file = copy.root.join("score.json");
    fs::write(&file, "old").unwrap();
    let mut limited = grader(&copy, &["--output", "score.json"]);
    let mut shell = Command::new("sh");
    shell.args(["-c", "ulimit -f 1; exec \"$0\" \"$@\""]).arg(limited.get_program()).args(limited.get_args());
    shell.envs(limited.get_envs().map(|(name, value)| (name, value.unwrap()))).current_dir(&copy.root);
    limited = shell;
    let said = refusal(limited.output().unwrap(), 3);
    assert!(said.contains("cannot write score.json: File too large") && said.contains("ulimit"), "{said}");
    assert_eq!(fs::read_to_string(&file).unwrap(), "old");
    assert_eq!(score(&copy, &[]), 10);
}

#[test]
fn a_full_disk_is_an_error_and_no_score() {
    let (copy, _alone) = solved();
    assert_eq!(score(&copy, &[]), 10);
    let full = "full() { mkdir -p \"$1\"; mount -t tmpfs -o size=16k none \"$1\"; cp /dev/zero \"$1/zero\" 2>&- || true; }\n";
    let run = |script: &str| with_mounts(&copy, &format!("{full}{script}"));

    // Where the results go: the old ones are kept.
    let script = "mkdir disk; mount -t tmpfs -o size=16k none disk; echo old >disk/score.json
        cp /dev/zero disk/zero 2>&- || true
        code=0; \"$GRADER\" ex03 --output disk/score.json || code=$?
        cat disk/score.json; ls -A disk; exit $code";
    let Some(output) = run(script) else { return };
    assert_eq!(String::from_utf8_lossy(&output.stdout), "old\nscore.json\nzero\n");
    let said = refusal(output, 3);
    assert!(
        said.contains("cannot write disk/score.json: No space left on device") && said.contains("make room"),
        "{said}"
    );

    // Where it keeps its own things: the score is right, and it says what it could not keep.
    let output = run("full .grader; exec \"$GRADER\" ex03 --format json").unwrap();
    assert!(String::from_utf8_lossy(&output.stderr).contains("No space left on device"));
    assert_eq!(points(output), 10);
    let output = run("full .grader; exec \"$GRADER\" --submission .").unwrap();
    let said = refusal(output, 3);
    assert!(said.contains(".grader") && said.contains("No space left on device"), "{said}");

    // Where cargo builds: that is nobody's compile error.
    for folder in ["examples", "incremental"] {
        fs::write(copy.source(EX03), format!("{}\n// {folder}\n", copy.solution(EX03))).unwrap();
        let script =
            format!("full \"$CARGO_TARGET_DIR/debug/{folder}\"; exec \"$GRADER\" ex03 --format json");
        let output = run(&script).unwrap();
        // A compiler may do without what it would have kept for the next time: then the score is right.
        if output.status.success() {
            assert_eq!(points(output), 10, "{folder}");
        } else {
            let said = refusal(output, 3);
            assert!(
                said.contains("No space left on device") || said.contains("os error 28"),
                "{folder}: {said}"
            );
        }
        assert_eq!(score(&copy, &[]), 10, "{folder}");
    }
}

#[test]
fn what_is_deleted_while_it_is_used_costs_no_right_score() {
    let (copy, _alone) = solved();
    let gate = Gate::new(&copy);
    fs::write(copy.source(EX03), &gate.source).unwrap();
    let target = copy.root.parent().unwrap().join("target");
    let aside = target.with_file_name("aside");
    let _ = fs::remove_dir_all(&aside);
    for deleted in [target.clone(), copy.root.join(".grader")] {
        let _ = fs::remove_file(&gate.file);
        let grader = grader(&copy, &["--timeout", "100"]).spawn().unwrap();
        waits_for("a check", || Some(supervisors(&grader)).filter(|found| !found.is_empty()));
        // Put aside, so that not everything has to be built again.
        fs::rename(&deleted, &aside).unwrap();
        gate.open();
        let output = grader.wait_with_output().unwrap();
        if output.status.code() != Some(0) {
            let said = refusal(output, 3);
            assert!(said.contains("the checks of ex03 cannot be run"), "{said}");
        } else {
            assert_eq!(points(output), 10);
        }
        match deleted == target {
            true => {
                let _ = fs::remove_dir_all(&target);
                fs::rename(&aside, &target).unwrap();
            }
            false => fs::remove_dir_all(&aside).unwrap(),
        }
        assert_eq!(score(&copy, &[]), 10);
    }
}

#[test]
fn a_submission_whose_scratch_folder_is_deleted_gets_no_other_submissions_score() {
    let (copy, _alone) = solved();
    let gate = Gate::new(&copy);
    let submission = |source: &str| {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir_all(folder.path().join(EX03).join("src")).unwrap();
        fs::write(folder.path().join(EX03).join("src/lib.rs"), source).unwrap();
        folder
    };
    let (waiting, wrong) = (
        submission(&gate.source),
        submission(&fs::read_to_string(copy.root.join("fixtures/ex03/stub.rs")).unwrap()),
    );
    let run = |folder: &Path| {
        let mut grader = grader(&copy, &["--timeout", "100", "--submission"]);
        grader.arg(folder);
        grader
    };
    let first = run(waiting.path()).spawn().unwrap();
    waits_for("a check", || Some(supervisors(&first)).filter(|found| !found.is_empty()));
    fs::remove_dir_all(copy.root.join(".grader")).unwrap();
    assert_eq!(points(run(wrong.path()).output().unwrap()), 0);
    gate.open();
    let said = refusal(first.wait_with_output().unwrap(), 3);
    assert!(said.contains("was deleted while the grader was at work there: run this again"), "{said}");
    assert_eq!(points(run(waiting.path()).output().unwrap()), 10);
}

#[test]
fn two_graders_and_a_watch_at_once_do_not_disturb_each_other() {
    let (copy, _alone) = solved();
    let stub = fs::read_to_string(copy.root.join("fixtures/ex03/stub.rs")).unwrap();
    let mut watch = copy.grader();
    watch.args(["watch", "ex03"]).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut watch = watch.spawn().unwrap();
    for (source, expected) in [(copy.solution(EX03), 10), (stub, 0), (copy.solution(EX03) + "// again\n", 10)]
    {
        fs::write(copy.source(EX03), source).unwrap();
        let graders = [(); 3].map(|()| grader(&copy, &[]).spawn().unwrap());
        for grader in graders {
            assert_eq!(points(grader.wait_with_output().unwrap()), expected);
        }
    }
    drop(watch.stdin.take());
    assert!(watch.wait_with_output().unwrap().status.success());
}

/// Gives a file, or all below a folder, this time.
fn set_time(place: &Path, time: SystemTime) {
    if place.is_dir() {
        fs::read_dir(place).unwrap().flatten().for_each(|entry| set_time(&entry.path(), time));
    } else if let Ok(file) = File::options().write(true).open(place) {
        file.set_modified(time).unwrap();
    }
}

#[test]
fn what_is_scored_is_what_is_there_whatever_its_time() {
    let (copy, _alone) = solved();
    let (y2001, y2040) = (SystemTime::UNIX_EPOCH + 31 * YEAR, SystemTime::UNIX_EPOCH + 70 * YEAR);
    let stub = fs::read_to_string(copy.root.join("fixtures/ex03/stub.rs")).unwrap();
    let solution = copy.solution(EX03);
    for (source, time, expected) in [
        (&solution, y2001, 10),
        (&stub, y2001, 0),
        (&solution, y2040, 10),
        (&stub, y2001, 0),
        (&solution, y2001, 10),
        (&solution, y2040, 10),
    ] {
        fs::write(copy.source(EX03), source).unwrap();
        set_time(&copy.source(EX03), time);
        assert_eq!(score(&copy, &[]), expected);
    }

    // What does not compile is no exception, and neither are the checks.
    fs::write(copy.source(EX03), "pub fn gradient_at() {}").unwrap();
    set_time(&copy.source(EX03), y2001);
    let broken = Score::of(grader(&copy, &[]).output().unwrap());
    assert_eq!(broken.exercise("ex03")["status"], "compile_error");
    fs::write(copy.source(EX03), &solution).unwrap();
    set_time(&copy.source(EX03), y2001);
    let score_before = Score::of(grader(&copy, &[]).output().unwrap());
    let name = score_before.exercise("ex03")["checks"][0]["name"].as_str().unwrap();
    let checks = copy.root.join("exercises").join(EX03).join("checks.rs");
    let other = fs::read_to_string(&checks).unwrap().replace(name, "another name");
    fs::write(&checks, other).unwrap();
    set_time(&checks, y2001);
    let score_after = Score::of(grader(&copy, &[]).output().unwrap());
    assert_eq!(score_after.exercise("ex03")["checks"][0]["name"], "another name");
    assert_eq!(score_after.json["score"], 10);
}

#[test]
fn what_was_built_by_a_clock_that_was_ahead_is_not_scored_in_place_of_a_later_submission() {
    let (copy, _alone) = solved();
    let folder = tempfile::tempdir().unwrap();
    let source = folder.path().join(EX03).join("src/lib.rs");
    fs::create_dir_all(source.parent().unwrap()).unwrap();
    let stub = fs::read_to_string(copy.root.join("fixtures/ex03/stub.rs")).unwrap();
    let submission = ["--submission", folder.path().to_str().unwrap()];
    for (source_text, expected) in [(&stub, 0), (&copy.solution(EX03), 10), (&stub, 0)] {
        fs::write(&source, source_text).unwrap();
        assert_eq!(score(&copy, &submission), expected);
        let built = copy.root.parent().unwrap().join("target/debug/.fingerprint");
        for entry in fs::read_dir(built).unwrap().flatten() {
            if entry.file_name().to_string_lossy().starts_with("scratch") {
                set_time(&entry.path(), SystemTime::UNIX_EPOCH + 70 * YEAR);
            }
        }
    }
}

#[test]
fn in_a_read_only_clone_it_scores_what_is_built_elsewhere_and_else_says_what_to_do() {
    let (copy, _alone) = solved();
    assert_eq!(score(&copy, &[]), 10);
    let read_only = "mount --bind . .; mount -o remount,bind,ro .; cd .\n";
    let run = |script: &str| {
        with_mounts(
            &copy,
            &format!(
                "cd ..; {}cd course; {script}",
                read_only.replace(" . .", " course course").replace("ro .", "ro course")
            ),
        )
    };
    let Some(output) = run("exec \"$GRADER\" ex03 --format json") else { return };
    assert!(String::from_utf8_lossy(&output.stderr).contains("Read-only file system"));
    assert_eq!(points(output), 10);
    for (script, words) in [
        ("unset CARGO_TARGET_DIR; exec \"$GRADER\" ex03", ["Read-only file system", "CARGO_TARGET_DIR"]),
        (
            "unset LIBTORCH; exec \"$GRADER\" ex03",
            ["Read-only file system", "check that the course folder is yours to write to"],
        ),
        (
            "exec \"$GRADER\" ex03 --submission .",
            ["Read-only file system", "a copy of the course that can be written to"],
        ),
        (
            "exec \"$GRADER\" ex03 --output score",
            ["Read-only file system", "choose a place that you may write to"],
        ),
        ("exec \"$GRADER\" report ex03", ["Read-only file system", "choose a place that you may write to"]),
    ] {
        let said = refusal(run(script).unwrap(), 3);
        assert!(words.iter().all(|word| said.contains(word)), "{script}: {said}");
    }
}
