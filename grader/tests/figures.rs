//! Figures by the real grader, of solutions, of wrong answers and of stubs.

#[path = "support/mod.rs"]
#[expect(dead_code, reason = "other tests use the rest of it")]
mod support;

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Output;

use serde_json::Value;
use support::{Submission, grader, root};

/// What was drawn, by the names of the files.
struct Drawn {
    files: BTreeMap<String, Vec<u8>>,
    said: String,
}

impl Drawn {
    fn with(arguments: &[&str], submission: Option<&Path>) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut grader = grader();
        grader.arg("figures").args(arguments).arg("--output").arg(folder.path());
        if let Some(submission) = submission {
            grader.arg("--submission").arg(submission);
        }
        let Output { status, stdout, stderr } = grader.output().unwrap();
        assert_eq!(status.code(), Some(0), "{}", String::from_utf8_lossy(&stderr));
        let files = fs::read_dir(folder.path()).unwrap().map(|entry| {
            let entry = entry.unwrap();
            (entry.file_name().into_string().unwrap(), fs::read(entry.path()).unwrap())
        });
        Drawn { files: files.collect(), said: String::from_utf8(stdout).unwrap() }
    }

    fn text(&self, name: &str) -> &str {
        std::str::from_utf8(&self.files[name]).unwrap()
    }

    /// The marks of a figure, panel by panel.
    fn panels(&self, name: &str) -> Vec<Vec<Value>> {
        let json: Value = serde_json::from_slice(&self.files[name]).unwrap();
        let panels = json["drawn"]["panels"].as_array().unwrap_or_else(|| panic!("{name}: {json}")).clone();
        panels.iter().map(|panel| panel["marks"].as_array().unwrap().clone()).collect()
    }
}

fn point(value: &Value) -> [f64; 2] {
    [0, 1].map(|axis| value[axis].as_f64().unwrap())
}

/// The arrow of that name, from its tail to its tip.
fn arrow(marks: &[Value], label: &str) -> [f64; 2] {
    let is_it = |mark: &&Value| mark["label"] == label && mark["shape"]["arrow"].is_object();
    let found: Vec<_> = marks.iter().filter(is_it).collect();
    assert_eq!(found.len(), 1, "{label}");
    let (from, to) = (point(&found[0]["shape"]["arrow"]["from"]), point(&found[0]["shape"]["arrow"]["to"]));
    [to[0] - from[0], to[1] - from[1]]
}

/// The line of that name.
fn line(marks: &[Value], label: &str) -> Vec<[f64; 2]> {
    let is_it = |mark: &&Value| mark["label"] == label && mark["shape"]["line"].is_object();
    let found: Vec<_> = marks.iter().filter(is_it).collect();
    assert_eq!(found.len(), 1, "{label}");
    found[0]["shape"]["line"]["points"].as_array().unwrap().iter().map(point).collect()
}

fn dot(a: [f64; 2], b: [f64; 2]) -> f64 {
    a[0] * b[0] + a[1] * b[1]
}

#[track_caller]
fn is_near(got: f64, expected: f64) {
    assert!((got - expected).abs() <= 1e-6 * expected.abs().max(1.0), "{got} is not {expected}");
}

#[test]
fn what_solutions_draw_is_what_the_mathematics_says() {
    let drawn = Drawn::with(&["ex04", "ex24", "ex33", "ex34", "--solutions", "--format", "json"], None);
    for name in drawn.files.keys() {
        for mark in drawn.panels(name).iter().flatten() {
            assert_eq!(mark["role"], "neutral", "{name}: {mark}");
        }
    }

    let level_set = &drawn.panels("ex24-level-set.json")[0];
    let (gradient, tangent) = (arrow(level_set, "∇L(w)"), arrow(level_set, "tangent"));
    is_near(dot(gradient, tangent), 0.0);
    is_near(gradient[0] / 0.4, 2.0);
    is_near(gradient[1] / 0.4, 0.4);
    is_near(dot(tangent, tangent).sqrt() / 0.6, 1.0);
    let levels = level_set.iter().filter_map(|mark| mark["shape"]["contours"]["levels"].as_array());
    assert!(levels.map(Vec::len).sum::<usize>() >= 8);

    let circle = &drawn.panels("ex24-unit-circle.json")[0];
    let [g, down, orthogonal, positive] =
        ["g/‖g‖", "−g/‖g‖", "orthogonal", "positive corr."].map(|label| arrow(circle, label));
    for direction in [g, down, orthogonal, positive] {
        is_near(dot(direction, direction), 1.0);
    }
    is_near(g[0], g[1]);
    is_near(dot(g, down), -1.0);
    is_near(dot(g, orthogonal), 0.0);
    assert!(dot(g, positive) > 0.0);

    let costs = &drawn.panels("ex33-costs.json");
    for (left, right) in line(&costs[0], "(A·B)·C").into_iter().zip(line(&costs[0], "A·(B·C)")) {
        let [p, left] = left;
        is_near(left, 512.0 * 2048.0 * p + 512.0 * p * 512.0);
        is_near(right[1], 2048.0 * p * 512.0 + 512.0 * 2048.0 * 512.0);
        assert_eq!(left < right[1], p < 2048.0, "the orders cost the same at p = 2048");
    }
    assert!(line(&costs[1], "(A·B)·C").into_iter().all(|[p, entries]| entries == 512.0 * p));
    assert!(line(&costs[1], "A·(B·C)").into_iter().all(|[_, entries]| entries == 2048.0 * 512.0));

    let sums = &drawn.panels("ex34-accumulation.json")[0];
    for (dtype, end) in [("float32", 3072.0), ("float16", 2048.0), ("bfloat16", 256.0)] {
        assert_eq!(line(sums, dtype).last().unwrap(), &[3072.0, end], "{dtype}");
    }

    let descents = drawn.panels("ex04-descent.json");
    let ends = |label| {
        let losses = line(descents.last().unwrap(), label);
        (losses[0][1], losses.last().unwrap()[1])
    };
    let (start, end) = ends("η = 0.19");
    assert!(end < 0.01 * start);
    let (start, end) = ends("η = 0.21");
    assert!(end > 100.0 * start, "it diverges");
}

#[test]
fn the_same_code_is_drawn_to_the_same_byte() {
    for format in ["svg", "png"] {
        let drawn = || Drawn::with(&["ex13", "ex24", "--solutions", "--format", format], None).files;
        let first = drawn();
        assert_eq!(first.len(), 5);
        assert_eq!(first, drawn(), "{format}");
    }
}

#[test]
fn a_wrong_answer_is_drawn_beside_what_was_expected() {
    let right = Drawn::with(&["ex24", "--solutions"], None);
    let submission = Submission::solved_only(&["ex24"]);
    let wrong = root().join("fixtures/ex24/answers/wrong/uphill.rs");
    fs::copy(wrong, submission.source("ex24")).unwrap();
    let wrong = Drawn::with(&["ex24"], Some(submission.path()));

    let circle = "ex24-unit-circle.svg";
    for (drawn, both) in [(&right, false), (&wrong, true)] {
        for side in ["−g/‖g‖ (yours)", "−g/‖g‖ (expected)"] {
            assert_eq!(drawn.text(circle).contains(side), both, "{side}");
        }
    }
    let level_set = "ex24-level-set.svg";
    assert_eq!(wrong.text(level_set), right.text(level_set), "what does not call steepest is as it was");
}

#[test]
fn a_stub_says_what_will_appear() {
    let submission = Submission::untouched();
    let drawn = Drawn::with(&["ex04", "ex24"], Some(submission.path()));
    assert!(
        drawn.said.starts_with("ex04, ex24: nothing to draw until the functions are written; the files in "),
        "{}",
        drawn.said
    );
    assert_eq!(drawn.files.len(), 4);
    for name in drawn.files.keys() {
        assert!(drawn.text(name).contains("Still to do"), "{name}");
    }
    assert!(drawn.text("ex24-level-set.svg").contains("gradient_field gives ∇L(w)"));
}

#[test]
fn code_that_ends_the_process_or_panics_costs_its_own_figures_alone() {
    let tangent = "pub fn tangent_2d(g: &Tensor) -> Result<Tensor, TchError> {";
    let steepest = "pub fn steepest(g: &Tensor) -> Result<Tensor, TchError> {";
    let submission = Submission::solved_only(&["ex24"])
        .insert("ex24", tangent, "if true { std::process::exit(0) }")
        .insert("ex24", steepest, "if true { panic!(\"<oh>\") }");
    let drawn = Drawn::with(&["ex24"], Some(submission.path()));
    for name in ["ex24-level-set.svg", "ex24-unit-circle.svg"] {
        assert!(drawn.text(name).contains("could not be drawn: the function ended"), "{}", drawn.text(name));
    }
    assert!(!drawn.text("ex24-gradient-field.svg").contains("could not be drawn"));

    let submission =
        Submission::solved_only(&["ex24"]).insert("ex24", steepest, "if true { panic!(\"<oh>\") }");
    let drawn = Drawn::with(&["ex24"], Some(submission.path()));
    let circle = drawn.text("ex24-unit-circle.svg");
    assert!(circle.contains("steepest panicked at ") && circle.contains(": &lt;oh&gt;"), "{circle}");
    assert!(circle.contains("−g/‖g‖ (expected)"), "the rest is drawn");
    assert!(drawn.said.contains("(not all of it)"), "{}", drawn.said);
}

#[test]
fn a_report_has_figures_and_a_score_has_the_same_points() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("report.html");
    let output = grader().args(["report", "ex24", "--solutions", "--output"]).arg(&file).output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(String::from_utf8(output.stdout).unwrap().starts_with("10 of 10 points"));
    let page = fs::read_to_string(file).unwrap();
    assert_eq!(page.matches("<figure").count(), 3);
    assert!(page.contains("<title>The gradient is at right angles to the level set</title>"));
    assert!(!page.contains("xmlns"), "a page has no addresses in it");
}
