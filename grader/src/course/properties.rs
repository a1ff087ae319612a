//! Whatever is in the course file, it is a course or an error.

use proptest::prelude::*;
use serde_yaml::Value;

use super::*;
use crate::properties::{bytes, edited, edits, holds};

const REAL: &[u8] = include_bytes!("../../../fixtures/course.yaml");

/// It is a course in which all holds that others rely on, or an error that names the file, and a line of it if any.
fn is_a_course_or_an_error(text: &[u8]) {
    let course = match parse(text, COURSE_FILE) {
        Ok(course) => course,
        Err(error) => {
            assert!(error.to_string().starts_with(COURSE_FILE), "{error}");
            assert!(!error.problem.is_empty());
            let lines = text.split(|&byte| byte == b'\n').count();
            assert!(error.line.is_none_or(|line| (1..=lines + 1).contains(&line)), "{error}");
            return;
        }
    };
    let Limits { timeout_seconds, memory_mb, output_kb, build_seconds } = course.limits;
    assert!(
        [timeout_seconds, memory_mb, output_kb, build_seconds]
            .iter()
            .all(|limit| (1..=MAX_NUMBER).contains(limit))
    );
    assert!(!course.exercises.is_empty());
    let points: u64 = course.exercises.iter().map(|exercise| u64::from(exercise.points)).sum();
    assert!(u32::try_from(points).is_ok());
    let mut titles: Vec<_> = course.parts.iter().map(|part| part.title.as_str()).collect();
    titles.dedup();
    titles.sort_unstable();
    titles.dedup();
    assert_eq!(titles.len(), course.parts.len());
    for (place, exercise) in course.exercises.iter().enumerate() {
        let earlier = &course.exercises[..place];
        assert!(earlier.iter().all(|other| other.id != exercise.id));
        assert!(earlier.iter().all(|other| other.folder != exercise.folder));
        assert!(exercise.prerequisites.iter().all(|id| earlier.iter().any(|other| other.id == *id)));
        assert!((1..=MAX_NUMBER).contains(&exercise.points));
        assert!(exercise.hints.len() >= MIN_HINTS);
        assert!(exercise.hints.iter().all(|hint| !hint.text.trim().is_empty()));
        assert!(exercise.folder.starts_with(exercise.id.as_str()) && !exercise.slug().is_empty());
        assert!(!exercise.folder.contains(['/', '.', '\0']));
        assert!(titles.binary_search(&exercise.part.as_str()).is_ok());
        assert!(exercise.id.number() < 100);
    }
}

fn values() -> impl Strategy<Value = Value> {
    let words = prop::sample::select(vec![
        "limits",
        "parts",
        "title",
        "about",
        "exercises",
        "id",
        "folder",
        "points",
        "hints",
        "skills",
        "ex01",
        "ex01_a",
        "timeout_seconds",
        "memory_mb",
        "output_kb",
        "build_seconds",
        "prerequisites",
        "for",
        "text",
    ]);
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        any::<String>().prop_map(Value::from),
        words.clone().prop_map(Value::from),
    ];
    leaf.prop_recursive(6, 64, 6, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::vec((words.clone().prop_map(Value::from), inner), 0..6)
                .prop_map(|entries| Value::Mapping(entries.into_iter().collect())),
        ]
    })
}

#[test]
fn any_bytes_are_a_course_or_an_error() {
    holds(500, bytes(400), |text| is_a_course_or_an_error(&text));
}

#[test]
fn any_yaml_is_a_course_or_an_error() {
    holds(500, values(), |value| is_a_course_or_an_error(serde_yaml::to_string(&value).unwrap().as_bytes()));
}

#[test]
fn the_real_course_with_any_mistakes_is_a_course_or_an_error() {
    const WORDS: &[&str] = &[
        "ex01",
        "- id: ex01\n",
        "&a ",
        "*a",
        "<<: *a\n",
        "!!int ",
        "|",
        ">-",
        "[",
        "{",
        "\t",
        "\0",
        "\u{feff}",
        "---\n",
        "...\n",
        "99999999999999999999",
        ".inf",
        "-1",
        "~",
        "'",
        "\"",
        ": ",
        "../",
        "title:\n",
        "\r\n",
        "\u{2028}",
        "%TAG ! x\n",
    ];
    holds(60, edits(WORDS), |edits| is_a_course_or_an_error(&edited(REAL, &edits)));
}

#[test]
fn yaml_that_is_nested_or_repeated_without_end_is_an_error() {
    let nested = format!("limits: {}", "[".repeat(2_000));
    let aliases = (1..40).map(|n| format!("a{n}: &a{n} [*a{}, *a{}]\n", n - 1, n - 1)).collect::<String>();
    for text in [nested, format!("a0: &a0 [x]\n{aliases}limits: *a39\n")] {
        assert!(parse(text.as_bytes(), COURSE_FILE).is_err());
        is_a_course_or_an_error(text.as_bytes());
    }
}
