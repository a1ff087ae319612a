//! The course walked as a learner walks it: every exercise as it is handed out, then one after the other solved.
//!
//! A test program of its own: while it runs nobody else takes its scratch workspace, so that every step builds
//! only what has changed.

#[allow(dead_code)] // Other tests use the rest of it.
mod support;

use std::fs;

use serde_json::Value;

use support::{Score, Submission, root};

/// What a score says of an exercise, but for how long it took.
fn standing(score: &Score, id: &str) -> Value {
    let mut exercise = score.exercise(id).clone();
    forget_time(&mut exercise);
    exercise
}

fn forget_time(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            fields.remove("duration_ms");
            fields.values_mut().for_each(forget_time);
        }
        Value::Array(values) => values.iter_mut().for_each(forget_time),
        _ => {}
    }
}

#[test]
fn each_solved_exercise_adds_its_own_points_and_changes_nothing_else() {
    let submission = Submission::untouched();
    let mut before = submission.score(&[]);
    let exercises = before.json["exercises"].as_array().unwrap().clone();
    let ids: Vec<&str> = exercises.iter().map(|exercise| exercise["id"].as_str().unwrap()).collect();
    assert_eq!(before.json["score"], 0);
    for exercise in &exercises {
        assert_eq!(exercise["status"], "todo", "{exercise:#}");
        for check in exercise["checks"].as_array().unwrap() {
            assert_eq!(check["status"], "todo", "{exercise:#}");
        }
    }

    for id in &ids {
        let source = submission.source(id);
        let folder = source.ancestors().nth(2).unwrap().file_name().unwrap();
        fs::copy(root().join("solutions").join(folder).join("src/lib.rs"), &source).unwrap();
        let after = submission.score(&[]);

        let points = after.exercise(id)["max_score"].as_u64().unwrap();
        assert_eq!(after.exercise(id)["status"], "passed", "{:#}", after.exercise(id));
        assert_eq!(
            after.json["score"].as_u64(),
            Some(before.json["score"].as_u64().unwrap() + points),
            "{id}"
        );
        for other in ids.iter().filter(|other| *other != id) {
            assert_eq!(standing(&after, other), standing(&before, other), "{id} was solved");
        }
        before = after;
    }
    assert_eq!(before.json["score"], before.json["max_score"]);
}
