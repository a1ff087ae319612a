//! What is remembered of a score, whatever is in this copy's exercises.

use crate::support::{Score, grader};

#[test]
fn a_score_is_remembered_and_listed_without_a_build() {
    let score = Score::of(grader().args(["ex03", "--format", "json"]).output().unwrap());
    let ex03 = score.exercise("ex03");
    let listed = grader().arg("list").env("PATH", "").output().unwrap();
    let listed = String::from_utf8(listed.stdout).unwrap();
    let line = listed.lines().find(|line| line.contains(" ex03 ")).unwrap();
    assert!(line.contains(&format!("{}/{} points", ex03["score"], ex03["max_score"])), "{line}");
}
