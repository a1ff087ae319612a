//! The second door to the checks: `cargo test -p ex03`, with libtest's own format and exit codes, and the
//! messages that the grader shows.

use std::fs;
use std::path::PathBuf;
use std::process::{Command, Output};

use crate::support::{Score, Submission, grader, root};
use tempfile::TempDir;

/// A package with an exercise's checks and other sources, in a workspace of its own.
struct Package {
    folder: TempDir,
    name: String,
}

impl Package {
    /// `name` is unique among the tests: all build into one target folder.
    fn new(name: &str, folder: &str, source: &str) -> Self {
        let package = Package { folder: tempfile::tempdir().unwrap(), name: format!("door-{name}") };
        let path = |place: &str| root().join(place).display().to_string();
        let manifest = fs::read_to_string(root().join("exercises").join(folder).join("Cargo.toml")).unwrap();
        let id = &folder[..4];
        let manifest = manifest
            .replace(&format!("name = \"{id}\""), &format!("name = \"{}\"", package.name))
            .replace(&format!("{id}_checks"), &format!("{}_checks", package.name))
            .replace("[lib]", &format!("[lib]\nname = \"{id}\""))
            .replace("checks.rs", &path(&format!("exercises/{folder}/checks.rs")))
            .replace("../../grader/harness/link.rs", &path("grader/harness/link.rs"));
        let workspace = fs::read_to_string(root().join("Cargo.toml")).unwrap();
        let workspace = workspace
            .lines()
            .filter(|line| !line.starts_with("default-members"))
            .map(|line| if line.starts_with("members") { "members = [\"package\"]" } else { line })
            .collect::<Vec<_>>()
            .join("\n")
            .replace("path = \"grader/", &format!("path = \"{}/", path("grader")));
        let write = |place: &str, text: &str| {
            let file = package.folder.path().join(place);
            fs::create_dir_all(file.parent().unwrap()).unwrap();
            fs::write(file, text).unwrap();
        };
        write("Cargo.toml", &workspace);
        write("package/Cargo.toml", &manifest);
        write("package/src/lib.rs", source);
        fs::copy(root().join("Cargo.lock"), package.folder.path().join("Cargo.lock")).unwrap();
        package
    }

    /// An answer under `fixtures/`, `wrong/no_keepdim`.
    fn answer(folder: &str, answer: &str) -> Self {
        let id = &folder[..4];
        let file = root().join("fixtures").join(id).join("answers").join(format!("{answer}.rs"));
        Package::new(
            &format!("{id}-{}", answer.replace('/', "-")),
            folder,
            &fs::read_to_string(file).unwrap(),
        )
    }

    /// `cargo WORDS -p PACKAGE -- ARGUMENTS`
    fn cargo(&self, words: &[&str], arguments: &[&str]) -> Output {
        let mut cargo = cargo();
        cargo.current_dir(self.folder.path()).env("CARGO_TARGET_DIR", target_dir());
        // There is no .cargo/config.toml around this folder.
        if std::env::var_os("LIBTORCH").is_none() {
            cargo.env("LIBTORCH", root().join(".libtorch/torch"));
        }
        cargo.args(words).args(["-p", &self.name, "--"]).args(arguments).output().unwrap()
    }
}

fn cargo() -> Command {
    set_up();
    let mut cargo = Command::new(env!("CARGO"));
    cargo.current_dir(root()).env("RUST_BACKTRACE", "0");
    cargo
}

/// `cargo test` may be the first thing that is typed on a machine: libtorch is set up before anything is linked.
fn set_up() {
    let output = grader().arg("setup").output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

fn target_dir() -> PathBuf {
    // …/target/debug/grader
    PathBuf::from(env!("CARGO_BIN_EXE_grader")).ancestors().nth(2).unwrap().to_owned()
}

fn said(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

#[test]
fn a_solved_exercise_passes_as_tests() {
    let output = cargo().args(["test", "-p", "sol03"]).output().unwrap();
    let text = said(&output);
    assert!(output.status.success(), "{text}");
    assert!(
        text.contains("running 7 tests") && text.contains("test result: ok. 7 passed; 0 failed;"),
        "{text}"
    );
}

#[test]
fn one_check_is_run_by_a_part_of_its_name() {
    let score = Submission::solved_only(&["ex03"]).score(&[]);
    let name = score.exercise("ex03")["checks"][2]["name"].as_str().unwrap().to_owned();
    let output = cargo().args(["test", "-p", "sol03", "--", &name]).output().unwrap();
    let text = said(&output);
    assert!(output.status.success(), "{text}");
    assert!(text.contains("1 passed; 0 failed; 0 ignored; 0 measured; 6 filtered out"), "{text}");
    assert!(text.contains(&format!("test {name} ... ok")), "{text}");
}

#[test]
fn nextest_runs_the_checks_too() {
    if !Command::new(env!("CARGO")).args(["nextest", "--version"]).output().unwrap().status.success() {
        eprintln!("skipped: cargo-nextest is not installed");
        return;
    }
    let output = cargo().args(["nextest", "run", "-p", "sol03"]).output().unwrap();
    let text = said(&output);
    assert!(output.status.success(), "{text}");
    assert!(text.contains("7 tests run: 7 passed"), "{text}");
}

#[test]
fn an_untouched_stub_fails_as_tests_and_says_that_it_is_still_to_do() {
    let stub = fs::read_to_string(root().join("fixtures/ex03/stub.rs")).unwrap();
    let output = Package::new("stub", "ex03_gradient", &stub).cargo(&["test"], &[]);
    let text = said(&output);
    assert_eq!(output.status.code(), Some(101), "{text}");
    assert!(text.contains("test result: FAILED. 0 passed; 7 failed;"), "{text}");
    assert_eq!(
        text.matches("still to do: the function, or one that it calls, is `todo!()`").count(),
        7,
        "{text}"
    );
}

#[test]
fn both_doors_give_the_same_verdicts_in_the_same_words() {
    let package = Package::answer("ex02_row_normalization", "wrong/no_keepdim");
    let output = package.cargo(&["test"], &[]);
    let text = said(&output);
    assert_eq!(output.status.code(), Some(101), "{text}");

    let submission = Submission::solved_only(&["ex02"]);
    fs::copy(root().join("fixtures/ex02/answers/wrong/no_keepdim.rs"), submission.source("ex02")).unwrap();
    let score = submission.score(&[]);
    for check in score.exercise("ex02")["checks"].as_array().unwrap() {
        let (name, message) = (check["name"].as_str().unwrap(), check["message"].as_str().unwrap());
        let verdict = if check["status"] == "passed" { "ok" } else { "FAILED" };
        let line = text.lines().find(|line| line.starts_with(&format!("test {name} ")));
        assert!(line.is_some_and(|line| line.ends_with(&format!("... {verdict}"))), "{name}\n{text}");
        assert!(text.contains(message), "{message}\nis not in\n{text}");
    }
}

#[test]
fn a_function_that_exits_with_0_does_not_pass_as_a_test() {
    let solution = fs::read_to_string(root().join("solutions/ex02_row_normalization/src/lib.rs")).unwrap();
    let name = "pub fn normalize_rows(m: &Tensor) -> Result<Tensor, TchError> {";
    assert!(solution.contains(name));
    let source = solution.replace(name, &format!("{name}\nif m.dim() == 2 {{ std::process::exit(0) }}"));
    let output = Package::new("exit", "ex02_row_normalization", &source).cargo(&["test"], &[]);
    let text = said(&output);
    assert_eq!(output.status.code(), Some(101), "{text}");
    assert!(text.contains("process::exit") && !text.contains("test result: ok"), "{text}");
}

#[test]
fn the_harness_and_what_exercises_link_to_pass_their_own_tests() {
    // What a grader has not recorded as built from what is there, it builds anew; graders of other tests run meanwhile,
    // and rustdoc reads what is built without cargo's lock on it. After this score nothing that it reads is unrecorded.
    Score::of(grader().args(["ex07", "--solutions", "--format", "json"]).output().unwrap());
    let output = cargo().args(["test", "-p", "harness", "-p", "blob"]).output().unwrap();
    assert!(output.status.success(), "{}", said(&output));
}

#[test]
fn the_environment_changes_nothing_for_tests_either() {
    let package = Package::answer("ex01_tensor_surgery", "wrong/hard_coded_ten");
    let plain = package.cargo(&["test"], &[]);
    assert_eq!(plain.status.code(), Some(101), "{}", said(&plain));
    let mut cargo = cargo();
    let changed = cargo
        .current_dir(package.folder.path())
        .envs([("INSTA_FORCE_PASS", "1"), ("INSTA_UPDATE", "always"), ("PROPTEST_CASES", "1")])
        .env("CARGO_TARGET_DIR", target_dir())
        .env(
            "LIBTORCH",
            std::env::var_os("LIBTORCH").unwrap_or_else(|| root().join(".libtorch/torch").into()),
        )
        .args(["test", "-p", &package.name])
        .output()
        .unwrap();
    let failures = |output: &Output| {
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        text.lines().filter(|line| line.starts_with("test ")).map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(
        failures(&changed)[..failures(&changed).len() - 1],
        failures(&plain)[..failures(&plain).len() - 1]
    );
    assert_eq!(changed.status.code(), Some(101));
}
