//! How fast is it? Whole commands, as a learner runs them, against one program that only loads libtorch.
//!
//! `cargo bench -p grader` prints the median of each and its ratio, run by run, to the loader's time: machines
//! differ, ratios hardly do. Everything happens in a copy of the course under `target/benchmark/`, which is built
//! beforehand (the first time this takes as long as a fresh clone's first score), with the debug build of the
//! grader that `cargo run -p grader` uses.

use std::cell::Cell;
use std::fs;
use std::io::{BufRead, BufReader, Lines};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};

const RUNS: usize = 15;

const FIRST_FOUR: [&str; 4] = ["ex01", "ex02", "ex03", "ex04"];

/// Time-out of the run with an endless loop.
const TIMEOUT: Duration = Duration::from_secs(2);

fn main() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the grader is a folder of the course");
    let course = Course::copy(root);
    course.cargo(&["build", "--quiet", "-p", "grader"]);
    course.cargo(&["build", "--quiet", "-p", "harness", "--example", "load_libtorch"]);
    let loader = course.target.join("debug/examples/load_libtorch");

    // Each exercise as its solution, so that what is edited is what a learner edits.
    for folder in course.exercises() {
        fs::copy(course.solution(&folder), course.source(&folder)).expect("the copy can be written");
    }
    course.grade(&[]);
    let edited = course.exercises().remove(2);
    let solution = fs::read_to_string(course.solution(&edited)).expect("a solution is text");
    let looping = course.exercises().remove(3);
    let endless = endless(&fs::read_to_string(course.solution(&looping)).expect("a solution is text"));

    let load = || time(&mut Command::new(&loader));
    let score = || course.grade(&FIRST_FOUR);
    let score_all = || course.grade(&[]);
    let edits = Cell::new(0);
    let save = || {
        edits.set(edits.get() + 1);
        let text = format!("{solution}\n// Edit {0}.\nconst _: u32 = {0};\n", edits.get());
        fs::write(course.source(&edited), text).expect("the copy can be written");
    };
    let edit = || {
        save();
        course.grade(&[&edited[..4]])
    };
    println!("{:<58} {:>9} {:>9}", "", "median", "ratio");
    row("a program that only loads libtorch", RUNS, load, load);
    row("score ex01 to ex04, solved and built", RUNS, score, load);
    row(
        &format!("score all {} exercises, solved and built", course.exercises().len()),
        RUNS,
        score_all,
        load,
    );
    row("edit one exercise, score it", RUNS, edit, load);

    let mut watch = Watch::start(&course, &edited[..4]);
    let watched = || {
        let started = Instant::now();
        save();
        watch.waits_for_a_verdict();
        started.elapsed()
    };
    row("save one exercise that is watched, read the verdict", RUNS, watched, load);
    drop(watch);

    fs::write(course.source(&looping), endless).expect("the copy can be written");
    let timeout = TIMEOUT.as_secs().to_string();
    let arguments = [&FIRST_FOUR[..], &["--timeout", &timeout]].concat();
    course.grade(&arguments);
    let with_loop = || course.grade(&arguments).saturating_sub(TIMEOUT);
    row(&format!("ex01 to ex04, ex04 looping, less its time-out of {timeout} s"), 5, with_loop, load);

    println!("\npeak memory of the grader itself: {} MiB", course.peak_memory_mib());
}

/// Times `what` and `reference` in turn, and prints the median and the median of the ratios.
fn row(name: &str, runs: usize, mut what: impl FnMut() -> Duration, mut reference: impl FnMut() -> Duration) {
    let mut times = Vec::new();
    let mut ratios = Vec::new();
    for _ in 0..runs {
        let (time, against) = (what().as_secs_f64(), reference().as_secs_f64());
        times.push(time);
        ratios.push(time / against);
    }
    println!("{name:<58} {:>7.3} s {:>8.2}×", median(&mut times), median(&mut ratios));
}

fn median(values: &mut [f64]) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

fn time(command: &mut Command) -> Duration {
    let started = Instant::now();
    let status = command.stdout(Stdio::null()).stderr(Stdio::null()).status().expect("it can be started");
    assert!(status.success(), "{command:?} failed");
    started.elapsed()
}

/// `grader watch` without a terminal: it prints a verdict for every save.
struct Watch {
    child: Child,
    verdicts: Lines<BufReader<ChildStdout>>,
    exercise: String,
}

impl Watch {
    fn start(course: &Course, exercise: &str) -> Self {
        let mut command = course.command(course.target.join("debug/grader"));
        command.args(["watch", exercise]).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut child = command.spawn().expect("it can be started");
        let verdicts = BufReader::new(child.stdout.take().expect("it is piped")).lines();
        let mut watch = Watch { child, verdicts, exercise: exercise.to_owned() };
        watch.waits_for_a_verdict();
        watch
    }

    fn waits_for_a_verdict(&mut self) {
        let headline = |line: &String| line.starts_with(&self.exercise);
        let verdict = self.verdicts.by_ref().map_while(Result::ok).find(headline);
        assert!(verdict.is_some_and(|line| line.contains("passed")), "a solution passes");
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A solution whose functions loop for ever before they do anything.
fn endless(solution: &str) -> String {
    let mut text = String::new();
    for line in solution.lines() {
        text.push_str(line);
        if line.starts_with("pub fn") && line.ends_with('{') {
            text.push_str("\n    while std::hint::black_box(true) {}");
        }
        text.push('\n');
    }
    assert!(text.contains("black_box"), "no function of this solution begins on one line");
    text
}

/// A copy of the course that the benchmark may edit.
struct Course {
    folder: PathBuf,
    target: PathBuf,
    libtorch: PathBuf,
}

impl Course {
    fn copy(root: &Path) -> Self {
        let benchmark = Path::new(env!("CARGO_BIN_EXE_grader"));
        // …/target/release/grader
        let benchmarks =
            benchmark.ancestors().nth(2).expect("a built program is in a target folder").join("benchmark");
        let (folder, target) = (benchmarks.join("course"), benchmarks.join("target"));
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(&folder).expect("the target folder can be written");
        for name in ["Cargo.toml", "Cargo.lock", ".cargo", "exercises", "solutions", "fixtures", "grader"] {
            copy(&root.join(name), &folder.join(name));
        }
        let libtorch =
            std::env::var_os("LIBTORCH").map_or_else(|| root.join(".libtorch/torch"), PathBuf::from);
        Course { folder, target, libtorch }
    }

    fn command(&self, program: impl AsRef<std::ffi::OsStr>) -> Command {
        let mut command = Command::new(program);
        command
            .current_dir(&self.folder)
            .env("CARGO_TARGET_DIR", &self.target)
            .env("LIBTORCH", &self.libtorch);
        command
    }

    fn cargo(&self, arguments: &[&str]) {
        let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        let status = self.command(cargo).args(arguments).status().expect("cargo can be started");
        assert!(status.success(), "cargo {arguments:?} failed");
    }

    fn grade(&self, arguments: &[&str]) -> Duration {
        time(self.command(self.target.join("debug/grader")).args(arguments))
    }

    fn peak_memory_mib(&self) -> u64 {
        let mut grader = self
            .command(self.target.join("debug/grader"))
            .args(FIRST_FOUR)
            .stdout(Stdio::null())
            .spawn()
            .expect("it can be started");
        let mut peak = 0;
        while grader.try_wait().expect("it is our child").is_none() {
            let status = fs::read_to_string(format!("/proc/{}/status", grader.id())).unwrap_or_default();
            let peak_now = status
                .lines()
                .find_map(|line| line.strip_prefix("VmHWM:")?.split_whitespace().next()?.parse().ok());
            peak = peak.max(peak_now.unwrap_or(0));
            std::thread::sleep(Duration::from_millis(2));
        }
        peak >> 10
    }

    fn exercises(&self) -> Vec<String> {
        let folders = fs::read_dir(self.folder.join("exercises")).expect("a course has exercises");
        let mut names: Vec<String> =
            folders.flatten().map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
        names.sort();
        names
    }

    fn source(&self, folder: &str) -> PathBuf {
        self.folder.join("exercises").join(folder).join("src/lib.rs")
    }

    fn solution(&self, folder: &str) -> PathBuf {
        self.folder.join("solutions").join(folder).join("src/lib.rs")
    }
}

fn copy(from: &Path, to: &Path) {
    if from.is_dir() {
        fs::create_dir_all(to).expect("the target folder can be written");
        for entry in fs::read_dir(from).expect("the course can be read").flatten() {
            copy(&entry.path(), &to.join(entry.file_name()));
        }
    } else {
        fs::copy(from, to).expect("the target folder can be written");
    }
}
