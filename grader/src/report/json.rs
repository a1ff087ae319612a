//! The score for programs: `grader/schema/score.schema.json` says what is in it.

use super::text::is_hidden;
use crate::outcome::RunOutcome;

pub fn render(run: &RunOutcome) -> anyhow::Result<String> {
    let mut json = String::new();
    for letter in serde_json::to_string_pretty(run)?.chars() {
        // JSON lets some of them stand as they are, but a terminal may obey them. They can only be
        // inside of a string, and none is beyond the letters that one `\u` can write.
        if is_hidden(letter) {
            json.push_str(&format!("\\u{:04x}", u32::from(letter)));
        } else {
            json.push(letter);
        }
    }
    json.push('\n');
    Ok(json)
}

#[cfg(test)]
mod tests {
    use insta::assert_snapshot;
    use serde_json::{Value, json};

    use super::*;
    use crate::outcome::{CheckStatus, ExerciseStatus};
    use crate::report::sample;

    const SCHEMA: &str = include_str!("../../schema/score.schema.json");

    fn validator() -> jsonschema::Validator {
        let schema: Value = serde_json::from_str(SCHEMA).unwrap();
        jsonschema::meta::validate(&schema).expect("the schema is a schema");
        jsonschema::validator_for(&schema).unwrap()
    }

    fn value(run: &RunOutcome) -> Value {
        serde_json::from_str(&render(run).unwrap()).unwrap()
    }

    #[test]
    fn every_status_is_written_as_the_schema_says() {
        assert_snapshot!(render(&sample::every_status()).unwrap());
        for run in [sample::every_status(), sample::all_passed(), sample::nothing()] {
            let problems: Vec<String> =
                validator().iter_errors(&value(&run)).map(|problem| problem.to_string()).collect();
            assert_eq!(problems, Vec::<String>::new());
        }
    }

    #[test]
    fn the_sample_has_every_status() {
        let run = sample::every_status();
        for status in ExerciseStatus::ALL {
            assert!(run.exercises.iter().any(|exercise| exercise.status == status), "{status:?}");
        }
        for status in [
            CheckStatus::Passed,
            CheckStatus::Failed,
            CheckStatus::Todo,
            CheckStatus::Panicked,
            CheckStatus::Crashed,
            CheckStatus::TimedOut,
            CheckStatus::NotRun,
        ] {
            let mut checks = run.exercises.iter().flat_map(|exercise| &exercise.checks);
            assert!(checks.any(|check| check.status == status), "{status:?}");
        }
    }

    #[test]
    fn the_schema_lets_nothing_else_through() {
        let sound = value(&sample::every_status());
        let broken: &[(&str, Value)] = &[
            ("/version", json!(2)),
            ("/seed", json!("7")),
            ("/device", json!("gpu")),
            ("/score", json!(-1)),
            ("/score", json!(1.5)),
            ("/exercises/0/id", json!("ex3")),
            ("/exercises/0/status", json!("compile error")),
            ("/exercises/0/checks", json!(null)),
            ("/exercises/0/checks/0/status", json!("timed out")),
            ("/exercises/0/checks/0/points", json!(3)),
            ("/exercises/0/part", json!("Part I")),
            ("/learner", json!("me")),
        ];
        for (pointer, wrong) in broken {
            let mut run = sound.clone();
            let (parent, key) = pointer.rsplit_once('/').unwrap();
            run.pointer_mut(parent).unwrap()[key] = wrong.clone();
            assert!(!validator().is_valid(&run), "{pointer} = {wrong}");
        }
        for key in ["seed", "libtorch", "exercises"] {
            let mut run = sound.clone();
            run.as_object_mut().unwrap().remove(key);
            assert!(!validator().is_valid(&run), "no {key}");
        }
    }

    #[test]
    fn what_was_printed_comes_back_as_it_was() {
        let run = sample::every_status();
        let written = value(&run);
        for (index, exercise) in run.exercises.iter().enumerate() {
            for (place, check) in exercise.checks.iter().enumerate() {
                assert_eq!(written["exercises"][index]["checks"][place]["output"], json!(check.output));
            }
        }
    }
}
