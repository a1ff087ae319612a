//! What the grader says to input that cannot be: a course file with a mistake, a name it does not know, a
//! submission that is none. All of it comes before any set-up: there is neither a libtorch nor a tool here.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use insta::assert_snapshot;
use tempfile::TempDir;

const COURSE: &str = "\
limits:
  timeout_seconds: 5
  memory_mb: 1024
  output_kb: 64
  build_seconds: 120
parts:
  - title: First steps
    about: Why it matters.
    exercises:
      - id: ex01
        folder: ex01_add
        title: Add
        points: 10
        hints: [a, b, c]
      - id: ex02
        folder: ex02_row_sums
        title: Row sums
        points: 5
        hints: [d, e, f]
";

/// The root folder of a course with this course file and two exercises.
fn course(file: &str) -> TempDir {
    let root = tempfile::tempdir().unwrap();
    for folder in ["fixtures", "exercises/ex01_add", "exercises/ex02_row_sums"] {
        fs::create_dir_all(root.path().join(folder)).unwrap();
    }
    fs::write(root.path().join("fixtures/course.yaml"), file).unwrap();
    root
}

fn grader(root: &Path, arguments: &[&str]) -> Output {
    let output = Command::new(env!("CARGO_BIN_EXE_grader"))
        .args(arguments)
        .current_dir(root)
        .env_clear()
        .env("PATH", root)
        .output()
        .unwrap();
    assert!(!root.join(".libtorch.setup").exists(), "a set-up was begun");
    output
}

/// What the grader says when it ends with this exit code, and reports nothing.
fn refusal(root: &Path, arguments: &[&str], code: i32) -> String {
    let output = grader(root, arguments);
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(code), "{arguments:?}: {said}");
    assert_eq!(String::from_utf8(output.stdout).unwrap(), "", "{arguments:?}");
    assert!(!said.contains("panicked"), "{said}");
    said
}

#[test]
fn a_mistake_in_the_course_file_is_told_with_its_line() {
    let root = course(COURSE);
    assert_eq!(grader(root.path(), &["list"]).status.code(), Some(0), "without a mistake");

    let said = [
        ("id: ex02\n        ", ""),
        ("id: ex02\n        folder: ex02", "id: ex01\n        folder: ex01"),
        ("points: 5", "points: 5\n        colour: red"),
        ("points: 5", "points: -5"),
    ]
    .map(|(from, to)| {
        let broken = COURSE.replacen(from, to, 1);
        assert_ne!(broken, COURSE, "{from}");
        refusal(course(&broken).path(), &["list"], 3)
    });
    assert_snapshot!(said.concat(), @r"
    error: fixtures/course.yaml:15: parts[0].exercises[1]: missing field `id`
    error: fixtures/course.yaml:15: the id `ex01` is already used on line 10; each needs its own
    error: fixtures/course.yaml:19: parts[0].exercises[1]: unknown field `colour`, expected one of `id`, `folder`, `title`, `points`, `prerequisites`, `skills`, `hints`
    error: fixtures/course.yaml:18: parts[0].exercises[1].points: invalid type: integer `-5`, expected a whole number from 1 to 1000000
    ");
}

#[test]
fn a_folder_without_an_entry_is_told_by_its_name() {
    let root = course(COURSE);
    fs::create_dir(root.path().join("exercises/ex03_new")).unwrap();
    assert_snapshot!(refusal(root.path(), &["list"], 3), @"error: exercises/ex03_new: this folder has no entry in fixtures/course.yaml; add one with `folder: ex03_new`, or move the folder out of exercises/");
}

#[test]
fn an_entry_without_a_folder_is_told_with_its_line() {
    let root = course(COURSE);
    fs::remove_dir(root.path().join("exercises/ex02_row_sums")).unwrap();
    assert_snapshot!(refusal(root.path(), &["list"], 3), @"error: fixtures/course.yaml:15: ex02 has no folder exercises/ex02_row_sums; restore it with `git checkout -- exercises/ex02_row_sums`, or take this entry out");
}

#[test]
fn an_unknown_exercise_is_told_with_the_nearest() {
    let root = course(COURSE);
    let said = ["row_sum", "ex03", "../../etc"].map(|name| refusal(root.path(), &[name], 2));
    assert_snapshot!(said.concat(), @r"
    error: there is no exercise `row_sum`; did you mean ex02 (row_sums)?
    `cargo run -p grader -- list` shows them all
    error: there is no exercise `ex03`; did you mean ex01 (add) or ex02 (row_sums)?
    `cargo run -p grader -- list` shows them all
    error: there is no exercise `../../etc`
    `cargo run -p grader -- list` shows them all
    ");
}

#[test]
fn a_submission_that_is_none_is_told_before_any_set_up() {
    let root = course(COURSE);
    fs::write(root.path().join("theirs.zip"), "PK").unwrap();
    fs::create_dir(root.path().join("empty")).unwrap();
    let said =
        ["theirs.zip", "nowhere", "empty"].map(|folder| refusal(root.path(), &["--submission", folder], 2));
    assert_snapshot!(said.concat(), @r"
    error: --submission theirs.zip: this is a file; give the folder that holds ex01_…/src or exercises/ex01_…/src (unpack it first, if it is an archive)
    error: --submission nowhere: No such file or directory (os error 2); give the folder that holds ex01_…/src or exercises/ex01_…/src
    error: --submission empty: there is no exercise of this course in it; expected ex01_add/src/lib.rs or exercises/ex01_add/src/lib.rs below it
    ");
}
