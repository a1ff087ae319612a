//! Which hints a learner has seen: one more is shown each time.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use crate::course::ExerciseId;
use crate::whole_file;

/// How many hints of each exercise were shown, kept in `.grader/hints.json` under the root.
#[derive(Debug)]
pub struct HintsSeen {
    file: PathBuf,
    shown: BTreeMap<String, usize>,
}

impl HintsSeen {
    /// A file that is missing or damaged means that no hint was seen: nothing is lost but a place.
    pub fn load(root: &Path) -> Self {
        let file = root.join(".grader").join("hints.json");
        let shown =
            fs::read(&file).ok().and_then(|json| serde_json::from_slice(&json).ok()).unwrap_or_default();
        HintsSeen { file, shown }
    }

    /// How many hints of this exercise were shown.
    pub fn seen(&self, exercise: &ExerciseId) -> usize {
        self.shown.get(exercise.as_str()).copied().unwrap_or(0)
    }

    /// The number, from 1, of the hint to show next of an exercise with `count` of them: after the
    /// last one, the last one again.
    pub fn next(&self, exercise: &ExerciseId, count: usize) -> usize {
        self.seen(exercise).saturating_add(1).min(count)
    }

    /// Remembers that hint `number` was shown.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn remember(&mut self, exercise: &ExerciseId, number: usize) -> anyhow::Result<()> {
        self.shown.insert(exercise.as_str().to_owned(), number);
        if let Some(folder) = self.file.parent() {
            fs::create_dir_all(folder)?;
        }
        Ok(whole_file::write(&self.file, serde_json::to_vec_pretty(&self.shown)?)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ex03() -> ExerciseId {
        ExerciseId::parse("ex03").unwrap()
    }

    #[test]
    fn one_more_hint_is_next_each_time_and_after_the_last_the_last_again() {
        let root = tempfile::tempdir().unwrap();
        let numbers = [(); 4].map(|()| {
            let mut seen = HintsSeen::load(root.path());
            let number = seen.next(&ex03(), 3);
            seen.remember(&ex03(), number).unwrap();
            number
        });
        assert_eq!(numbers, [1, 2, 3, 3]);
        let other = ExerciseId::parse("ex04").unwrap();
        assert_eq!(HintsSeen::load(root.path()).next(&other, 3), 1);
    }

    #[test]
    fn a_damaged_file_means_that_no_hint_was_seen() {
        let root = tempfile::tempdir().unwrap();
        fs::create_dir(root.path().join(".grader")).unwrap();
        for damaged in ["", "{\"ex03\": 2", "[]", "{\"ex03\": -1}", "{\"ex03\": \"two\"}"] {
            fs::write(root.path().join(".grader/hints.json"), damaged).unwrap();
            let mut seen = HintsSeen::load(root.path());
            assert_eq!(seen.next(&ex03(), 3), 1, "{damaged}");
            seen.remember(&ex03(), 1).unwrap();
            assert_eq!(HintsSeen::load(root.path()).next(&ex03(), 3), 2, "{damaged}");
        }
    }

    #[test]
    fn a_number_from_a_course_with_more_hints_is_the_last_one() {
        let root = tempfile::tempdir().unwrap();
        let mut seen = HintsSeen::load(root.path());
        seen.remember(&ex03(), usize::MAX).unwrap();
        assert_eq!(HintsSeen::load(root.path()).next(&ex03(), 3), 3);
    }
}
