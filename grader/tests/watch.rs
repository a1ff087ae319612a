//! `grader watch` in a real terminal: keys are typed, files are saved, the screen is read.
//!
//! Waiting is for something to appear on the screen, never for a time; what never appears fails the test.

#[path = "support/copy.rs"]
mod copy;
#[allow(dead_code)] // Other tests use the rest of it.
mod support;

use std::fs;
use std::io::{Read, Write};
use std::path::Path;
use std::process::Stdio;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::{Duration, Instant};

use portable_pty::{Child, CommandBuilder, MasterPty, PtySize, native_pty_system};

use copy::Copy;

const EX02: &str = "ex02_row_normalization";
const EX03: &str = "ex03_gradient";

/// What does not appear by then does not come.
const NEVER: Duration = Duration::from_secs(120);

/// There is one copy of the course: one test at a time.
static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());

fn alone() -> MutexGuard<'static, ()> {
    ONE_AT_A_TIME.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
}

/// A watch in a terminal of its own.
struct Watch {
    child: Box<dyn Child + Send + Sync>,
    keys: Box<dyn Write + Send>,
    screen: Arc<Mutex<vt100::Parser>>,
    terminal: Box<dyn MasterPty + Send>,
}

impl Watch {
    fn start(copy: &Copy, arguments: &[&str]) -> Self {
        let size = PtySize { rows: 30, cols: 90, pixel_width: 0, pixel_height: 0 };
        let pair = native_pty_system().openpty(size).unwrap();
        let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_grader"));
        command.cwd(&copy.root);
        command.env("TERM", "xterm-256color");
        for (name, value) in copy.environment() {
            command.env(name, value);
        }
        command.arg("watch");
        command.args(arguments);
        let child = pair.slave.spawn_command(command).unwrap();
        drop(pair.slave);
        let screen = Arc::new(Mutex::new(vt100::Parser::new(size.rows, size.cols, 0)));
        let mut output = pair.master.try_clone_reader().unwrap();
        let shown = Arc::clone(&screen);
        std::thread::spawn(move || {
            let mut bytes = [0; 4096];
            while let Ok(count @ 1..) = output.read(&mut bytes) {
                shown.lock().unwrap().process(&bytes[..count]);
            }
        });
        Watch { child, keys: pair.master.take_writer().unwrap(), screen, terminal: pair.master }
    }

    fn text(&self) -> String {
        self.screen.lock().unwrap().screen().contents()
    }

    /// Waits until the screen shows all of `wanted`, and nothing is being scored.
    fn shows(&self, wanted: &[&str]) -> String {
        self.waits_for(&format!("{wanted:?}"), |text| {
            wanted.iter().all(|part| text.contains(part)) && !text.contains("scoring ")
        })
    }

    fn waits_for(&self, what: &str, is_there: impl Fn(&str) -> bool) -> String {
        let started = Instant::now();
        loop {
            let text = self.text();
            if is_there(&text) {
                return text;
            }
            assert!(started.elapsed() < NEVER, "{what} does not appear:\n{text}");
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    fn press(&mut self, keys: &str) {
        self.keys.write_all(keys.as_bytes()).unwrap();
        self.keys.flush().unwrap();
    }

    fn signal(&self, signal: i32) {
        // SAFETY: it sends a signal to a child of ours that has not been waited for.
        unsafe { libc::kill(self.child.process_id().unwrap() as i32, signal) };
    }

    /// Waits for its end; the terminal is as it was before.
    fn ends(mut self) {
        let status = self.child.wait().unwrap();
        assert!(status.success(), "{status:?}\n{}", self.text());
        self.waits_for_the_ordinary_screen();
    }

    fn waits_for_the_ordinary_screen(&self) {
        let started = Instant::now();
        loop {
            let parser = self.screen.lock().unwrap();
            if !parser.screen().alternate_screen() && !parser.screen().hide_cursor() {
                return;
            }
            drop(parser);
            assert!(started.elapsed() < NEVER, "the terminal is not given back");
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}

fn save(file: &Path, text: &str) {
    fs::write(file, text).unwrap();
}

/// As vim does it: another file, renamed.
fn save_by_rename(file: &Path, text: &str) {
    let other = file.with_extension("rs~");
    fs::write(&other, text).unwrap();
    fs::rename(other, file).unwrap();
}

fn wrong_ex02() -> String {
    let answers = support::root().join("fixtures/ex02/answers/wrong/no_keepdim.rs");
    fs::read_to_string(answers).unwrap()
}

#[test]
fn every_save_has_its_verdict_from_the_stub_to_the_next_exercise() {
    let _alone = alone();
    let copy = Copy::new("watch");
    let file = copy.source(EX02);
    let mut watch = Watch::start(&copy, &["ex02"]);
    watch.shows(&["ex02 Row normalization: todo, 0/10", "waiting for you to save"]);

    save(&file, &wrong_ex02());
    watch.shows(&["✗ each row is divided by its own sum", "Likely cause", "keepdim"]);

    save_by_rename(&file, &(wrong_ex02() + "fn broken( {"));
    watch.shows(&["compile error, 0/10", "unclosed delimiter"]);
    assert!(
        watch.screen.lock().unwrap().screen().contents_formatted().windows(3).any(|part| part == b"\x1b[3")
    );

    save_by_rename(&file, &copy.solution(EX02));
    watch.shows(&["passed, 10/10", "Passed. Press n for the next one"]);

    // It waits: the next exercise's errors come only when they are asked for.
    watch.press("n");
    watch.shows(&["ex03 Gradient: todo, 0/10"]);

    // An exercise that was passed is broken again.
    save(&file, &wrong_ex02());
    watch.shows(&["ex02 Row normalization was passed, and is not any more", "ex03 Gradient: todo"]);
    watch.press("q");
    watch.ends();
}

#[test]
fn a_save_cancels_the_run_before_it() {
    let _alone = alone();
    let copy = Copy::new("watch");
    let file = copy.source(EX03);
    let solution = copy.solution(EX03);
    let name = "pub fn gradient_at(x: f64, y: f64) -> (f64, f64) {";
    assert!(solution.contains(name));
    let endless = solution.replace(name, &format!("{name}\n    while std::hint::black_box(true) {{}}"));
    let mut watch = Watch::start(&copy, &["ex03"]);
    watch.shows(&["ex03 Gradient: todo"]);
    save(&file, &endless);
    watch.waits_for("the run", |text| text.contains("scoring ex03"));
    // The screen is alive meanwhile.
    watch.press("l");
    watch.waits_for("the list", |text| text.contains("Exercises: all"));
    watch.press("\x1b");
    save(&file, &solution);
    watch.shows(&["ex03 Gradient: passed, 10/10"]);
    save(&file, &endless);
    watch.shows(&["timed out"]);
    watch.press("q");
    watch.ends();
}

#[test]
fn floods_of_output_and_builds_that_fail_elsewhere_are_said_and_the_screen_stays_alive() {
    let _alone = alone();
    let copy = Copy::new("watch");
    let (file, manifest) = (copy.source(EX03), copy.root.join("Cargo.toml"));
    let mut watch = Watch::start(&copy, &["ex03"]);
    watch.shows(&["ex03 Gradient: todo"]);

    let solution = copy.solution(EX03);
    let name = "pub fn gradient_at(x: f64, y: f64) -> (f64, f64) {";
    let flood = format!("{name}\n    while std::hint::black_box(true) {{ println!(\"wide wide\"); }}");
    save(&file, &solution.replace(name, &flood));
    watch.waits_for("the run", |text| text.contains("scoring ex03"));
    watch.press("l");
    watch.waits_for("the list", |text| text.contains("Exercises: all"));
    watch.press("\x1b");
    watch.shows(&["timed out", "your code printed", "│ wide wide"]);

    let whole = fs::read_to_string(&manifest).unwrap();
    save(&manifest, &format!("{whole}\n[nonsense"));
    save(&file, &solution);
    watch.shows(&["Cargo.toml"]);
    save(&manifest, &whole);
    watch.press("r");
    watch.shows(&["ex03 Gradient: passed, 10/10"]);
    watch.press("q");
    watch.ends();
}

#[test]
fn the_hint_for_the_check_that_fails_comes_first_on_the_screen_and_on_the_command_line() {
    let _alone = alone();
    let copy = Copy::new("watch");
    let answer = |name: &str| {
        fs::read_to_string(copy.root.join(format!("fixtures/ex03/answers/wrong/{name}.rs"))).unwrap()
    };
    save(&copy.source(EX03), &answer("constant_is_an_error"));
    let mut watch = Watch::start(&copy, &["ex03"]);
    watch.shows(&["✗ the gradient of a constant f is (0, 0)"]);
    watch.press("h");
    watch.shows(&[
        "Hint 1 of 8, for “the partial derivative by an input that f ignores is 0”",
        "constant f is (0, 0)”",
    ]);
    save(&copy.source(EX03), &answer("error_of_libtorch"));
    watch.shows(&["✗ an f whose value is not a single number is refused"]);
    watch.press("q");
    watch.ends();
    // What the watch has found is remembered, and so is what it has shown.
    let output = copy.grader().args(["hint", "ex03"]).output().unwrap();
    let said = String::from_utf8(output.stdout).unwrap();
    assert!(said.contains("Hint 2 of 8, for “an f whose value is not a single number is refused”"), "{said}");
    assert!(said.contains("Hint 1 of 8, for "), "{said}");
}

#[test]
fn hints_reset_list_and_solution_are_a_key_away() {
    let _alone = alone();
    let copy = Copy::new("watch");
    let file = copy.source(EX03);
    let stub = fs::read_to_string(&file).unwrap();
    save(&file, &copy.solution(EX03));
    let mut watch = Watch::start(&copy, &["gradient"]);
    watch.shows(&["ex03 Gradient: passed"]);
    watch.press("h");
    watch.shows(&["Hint 1 of "]);
    watch.press("h");
    watch.shows(&["Hint 2 of "]);
    watch.press("\x1b");
    watch.shows(&["Passed. Press n"]);
    watch.press("s");
    watch.shows(&["Show the course's solution of ex03?"]);
    watch.press("y");
    watch.shows(&["solutions/ex03_gradient/src/lib.rs", "//!"]);
    watch.press("\x1b");
    watch.shows(&["Passed. Press n"]);
    watch.press("x");
    watch.shows(&["Put ex03 back as it came?"]);
    watch.press("y");
    watch.shows(&["ex03 Gradient: todo"]);
    assert_eq!(fs::read_to_string(&file).unwrap(), stub);
    watch.press("ldescent");
    watch.shows(&["with “descent”", "ex04 Gradient descent"]);
    watch.press("\r");
    watch.shows(&["ex04 Gradient descent: todo"]);
    watch.press("q");
    watch.ends();
}

#[test]
fn the_terminal_is_given_back_however_it_ends() {
    let _alone = alone();
    let copy = Copy::new("watch");
    for end in ["q", "\u{3}", "SIGTERM", "SIGHUP"] {
        let mut watch = Watch::start(&copy, &["ex03"]);
        watch.shows(&["ex03 Gradient: todo"]);
        assert!(watch.screen.lock().unwrap().screen().alternate_screen());
        match end {
            "SIGTERM" => watch.signal(libc::SIGTERM),
            "SIGHUP" => watch.signal(libc::SIGHUP),
            keys => watch.press(keys),
        }
        watch.ends();
    }
}

#[test]
fn it_is_put_aside_and_taken_up_again() {
    let _alone = alone();
    let copy = Copy::new("watch");
    let mut watch = Watch::start(&copy, &["ex03"]);
    watch.shows(&["ex03 Gradient: todo"]);
    watch.press("\u{1a}");
    watch.waits_for_the_ordinary_screen();
    let stat = format!("/proc/{}/stat", watch.child.process_id().unwrap());
    let is_stopped = || fs::read_to_string(&stat).unwrap().contains(") T ");
    watch.waits_for("a stopped process", |_| is_stopped());
    watch.signal(libc::SIGCONT);
    watch.shows(&["ex03 Gradient: todo"]);
    assert!(watch.screen.lock().unwrap().screen().alternate_screen());
    watch.press("q");
    watch.ends();
}

#[test]
fn another_size_of_the_terminal_is_another_drawing() {
    let _alone = alone();
    let copy = Copy::new("watch");
    let mut watch = Watch::start(&copy, &["ex03"]);
    watch.shows(&["ex03 Gradient: todo"]);
    let size = PtySize { rows: 20, cols: 60, pixel_width: 0, pixel_height: 0 };
    watch.screen.lock().unwrap().screen_mut().set_size(size.rows, size.cols);
    watch.terminal.resize(size).unwrap();
    watch.waits_for("the footer in 60 columns", |text| {
        text.lines().any(|line| line.trim_end().ends_with("r: run again  x:"))
    });
    watch.press("q");
    watch.ends();
}

#[test]
fn without_a_terminal_there_are_plain_lines_until_the_input_ends() {
    let _alone = alone();
    let copy = Copy::new("watch");
    for poll in [false, true] {
        save(&copy.source(EX02), &fs::read_to_string(support::root().join("fixtures/ex02/stub.rs")).unwrap());
        let mut grader = copy.grader();
        grader.args(["watch", "ex03"]).args(poll.then_some("--poll"));
        let mut child =
            grader.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let mut output = child.stdout.take().unwrap();
        let mut text = String::new();
        let mut until = |wanted: &str| {
            let mut bytes = [0; 4096];
            while !text.contains(wanted) {
                let count = output.read(&mut bytes).unwrap();
                assert!(count > 0, "{wanted} does not come:\n{text}");
                text.push_str(&String::from_utf8_lossy(&bytes[..count]));
            }
        };
        until("ex03 Gradient: todo, 0/10");
        save(&copy.source(EX02), &copy.solution(EX02));
        until("ex02 Row normalization: passed, 10/10");
        drop(child.stdin.take());
        assert!(child.wait().unwrap().success());
        assert!(!text.contains('\u{1b}'), "{text}");
    }
}

#[test]
fn what_is_scored_is_remembered() {
    let _alone = alone();
    let copy = Copy::new("watch");
    save(&copy.source(EX02), &copy.solution(EX02));
    let output = copy.grader().args(["watch", "ex02"]).stdin(Stdio::null()).output().unwrap();
    assert!(output.status.success());
    let listed = copy.grader().arg("list").output().unwrap();
    let listed = String::from_utf8(listed.stdout).unwrap();
    let line = listed.lines().find(|line| line.contains(" ex02 ")).unwrap();
    assert!(line.starts_with('✓') && line.contains("10/10 points"), "{line}");
}

#[test]
fn a_file_that_is_gone_breaks_its_exercise_alone_and_can_be_put_back() {
    let _alone = alone();
    let copy = Copy::new("watch");
    let file = copy.source(EX03);
    let stub = fs::read_to_string(&file).unwrap();
    fs::remove_file(&file).unwrap();
    save(&copy.source(EX02), &copy.solution(EX02));
    let output = copy.grader().args(["ex02", "ex03"]).output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    for wanted in [
        "ex02 Row normalization: passed, 10/10",
        "error: exercises/ex03_gradient/src/lib.rs is not there",
        "`cargo run -p grader -- reset ex03` puts it back",
    ] {
        assert!(text.contains(wanted), "{text}");
    }
    let mut watch = Watch::start(&copy, &["ex03"]);
    watch.shows(&["lib.rs is not there", "press x to put it back"]);
    watch.press("x");
    watch.shows(&["Put ex03 back as it came?"]);
    watch.press("y");
    watch.shows(&["ex03 Gradient: todo", ".grader/backups/ex03-"]);
    assert_eq!(fs::read_to_string(&file).unwrap(), stub);
    watch.press("x");
    watch.shows(&["there is nothing to reset"]);
    watch.press("q");
    watch.ends();
}
