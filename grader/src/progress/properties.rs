//! Whatever is in the file of progress, it claims nothing that was not scored.

use proptest::prelude::*;

use super::*;
use crate::course::sample;
use crate::properties::{bytes, edited, edits, holds};
use crate::scoring;

/// A root in which ex03 was scored as failed.
fn root() -> tempfile::TempDir {
    let root = tempfile::tempdir().unwrap();
    let exercise = &sample().exercises[2];
    let folder = root.path().join("exercises").join(&exercise.folder);
    fs::create_dir_all(folder.join("src")).unwrap();
    fs::write(folder.join("src/lib.rs"), "wrong").unwrap();
    fs::write(folder.join("checks.rs"), "checks").unwrap();
    let outcome = scoring::outcome(exercise, ExerciseStatus::Failed);
    remember(root.path(), &[(content_of(root.path(), exercise).unwrap(), &outcome)]).unwrap();
    root
}

#[test]
fn any_file_of_progress_is_read_and_written_over() {
    let root = root();
    let exercise = &sample().exercises[2];
    let content = content_of(root.path(), exercise).unwrap();
    let written = fs::read(root.path().join(FILE)).unwrap();
    const WORDS: &[&str] =
        &["9", "-", "4294967295", "passed", "\"passed\"", "[", "{", "}", "null", "\"ex03\":[],", "1e99"];
    let any_file = prop_oneof![bytes(200), edits(WORDS).prop_map(move |edits| edited(&written, &edits))];
    holds(300, any_file, |file| {
        fs::write(root.path().join(FILE), &file).unwrap();
        if let Some(standing) = Progress::load(root.path()).standing(root.path(), exercise) {
            assert_eq!(standing.content, content);
            assert_eq!(standing.max_score, exercise.points);
            assert!(standing.score <= exercise.points);
            assert_eq!(standing.status == ExerciseStatus::Passed, standing.score == exercise.points);
        }
        let outcome = scoring::outcome(exercise, ExerciseStatus::Failed);
        remember(root.path(), &[(content, &outcome)]).unwrap();
        let standing = Progress::load(root.path()).standing(root.path(), exercise).unwrap();
        assert_eq!((standing.status, standing.score), (ExerciseStatus::Failed, 0));
    });
}

#[test]
fn points_that_the_exercise_does_not_have_are_no_standing() {
    let root = root();
    let exercise = &sample().exercises[2];
    let file = root.path().join(FILE);
    let written = fs::read_to_string(&file).unwrap();
    assert!(Progress::load(root.path()).standing(root.path(), exercise).is_some());
    for (from, to) in [
        ("\"score\":0", "\"score\":4294967295"),
        ("\"score\":0", "\"score\":10"),
        ("\"max_score\":10", "\"max_score\":20"),
        ("\"failed\"", "\"passed\""),
    ] {
        let other = written.replace(from, to);
        assert_ne!(other, written, "{from}");
        fs::write(&file, other).unwrap();
        assert_eq!(Progress::load(root.path()).standing(root.path(), exercise), None, "{to}");
    }
}

#[test]
fn any_file_of_hints_is_read_and_written_over() {
    use crate::hints::HintsSeen;
    let root = tempfile::tempdir().unwrap();
    let exercise = &sample().exercises[2];
    let written = {
        HintsSeen::load(root.path()).remember(exercise, &[2, 0]).unwrap();
        fs::read(root.path().join(".grader/hints.json")).unwrap()
    };
    const WORDS: &[&str] = &["9", "-", "18446744073709551616", "[", "{", "}", "null", "\"ex03\":1,"];
    let any_file = prop_oneof![bytes(100), edits(WORDS).prop_map(move |edits| edited(&written, &edits))];
    holds(300, any_file, |file| {
        fs::write(root.path().join(".grader/hints.json"), &file).unwrap();
        let mut seen = HintsSeen::load(root.path());
        let places = seen.of(exercise);
        assert!(places.iter().all(|&place| place < exercise.hints.len()));
        assert!((1..places.len()).all(|index| !places[..index].contains(&places[index])));
        seen.remember(exercise, &[1]).unwrap();
        assert_eq!(HintsSeen::load(root.path()).of(exercise), [1]);
    });
}
