//! Hints: one more each time, those for the failing check first. Which of them a learner has seen.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use crate::content::Content;
use crate::course::{Exercise, Hint};
use crate::whole_file;

/// The place of the hint to show next, of `hints` whose places `seen` were shown: those for the check `failing` come
/// first, then those for the whole exercise, then the rest. `None` where all were shown.
pub fn next(hints: &[Hint], seen: &[usize], failing: Option<&str>) -> Option<usize> {
    let rank = |hint: &Hint| match hint.checks.iter().any(|check| Some(check.as_str()) == failing) {
        true => 0,
        false if hint.checks.is_empty() => 1,
        false => 2,
    };
    (0..hints.len()).filter(|place| !seen.contains(place)).min_by_key(|&place| (rank(&hints[place]), place))
}

/// The hints at the places `seen`, each below a line that says the how manieth it is and for which checks.
pub fn told(hints: &[Hint], seen: &[usize]) -> Vec<String> {
    let told = |(index, &place): (usize, &usize)| {
        let Hint { text, checks } = &hints[place];
        let checks: Vec<String> = checks.iter().map(|check| format!("“{check}”")).collect();
        let whom = if checks.is_empty() { String::new() } else { format!(", for {}", checks.join(" and ")) };
        format!("Hint {} of {}{whom}\n{text}", index + 1, hints.len())
    };
    seen.iter().enumerate().map(told).collect()
}

/// Which hints of each exercise were shown, in their order, kept in `.grader/hints.json` under the root. A hint is
/// known by its text: what was edited has not been seen.
#[derive(Debug)]
pub struct HintsSeen {
    file: PathBuf,
    shown: BTreeMap<String, Vec<Content>>,
}

impl HintsSeen {
    /// A file that is missing or damaged means that no hint was seen: nothing is lost but a place.
    pub fn load(root: &Path) -> Self {
        let file = root.join(".grader").join("hints.json");
        let shown =
            fs::read(&file).ok().and_then(|json| serde_json::from_slice(&json).ok()).unwrap_or_default();
        HintsSeen { file, shown }
    }

    /// The places of the exercise's hints that were shown, each once, in the order in which they were.
    pub fn of(&self, exercise: &Exercise) -> Vec<usize> {
        let contents: Vec<Content> = exercise.hints.iter().map(|hint| Content::of_text(&hint.text)).collect();
        let shown = self.shown.get(exercise.id.as_str()).into_iter().flatten();
        let mut seen = Vec::new();
        for place in shown.filter_map(|shown| contents.iter().position(|content| content == shown)) {
            if !seen.contains(&place) {
                seen.push(place);
            }
        }
        seen
    }

    /// Remembers that of the exercise's hints those at the places `seen` were shown.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn remember(&mut self, exercise: &Exercise, seen: &[usize]) -> anyhow::Result<()> {
        let shown = seen.iter().map(|&place| Content::of_text(&exercise.hints[place].text)).collect();
        self.shown.insert(exercise.id.to_string(), shown);
        if let Some(folder) = self.file.parent() {
            fs::create_dir_all(folder)?;
        }
        Ok(whole_file::write(&self.file, serde_json::to_vec_pretty(&self.shown)?)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::course::sample;

    fn hint(text: &str, checks: &[&str]) -> Hint {
        Hint { text: text.into(), checks: checks.iter().map(|&check| check.to_owned()).collect() }
    }

    #[test]
    fn those_for_the_failing_check_come_first_then_those_for_the_whole_then_the_rest() {
        let hints =
            [hint("0", &["a"]), hint("1", &[]), hint("2", &["b"]), hint("3", &["a", "b"]), hint("4", &[])];
        let order = |failing: Option<&str>| {
            let mut seen = Vec::new();
            while let Some(place) = next(&hints, &seen, failing) {
                seen.push(place);
            }
            seen
        };
        assert_eq!(order(None), [1, 4, 0, 2, 3]);
        assert_eq!(order(Some("a")), [0, 3, 1, 4, 2]);
        assert_eq!(order(Some("b")), [2, 3, 1, 4, 0]);
        assert_eq!(order(Some("another")), [1, 4, 0, 2, 3]);
    }

    #[test]
    fn what_was_seen_is_not_next_whatever_fails_meanwhile() {
        let hints = [hint("0", &["a"]), hint("1", &[]), hint("2", &["b"])];
        assert_eq!(next(&hints, &[1, 0], Some("a")), Some(2));
        assert_eq!(next(&hints, &[2], Some("b")), Some(1));
        assert_eq!(next(&hints, &[2, 0, 1], Some("b")), None);
        assert_eq!(next(&[], &[], None), None);
    }

    #[test]
    fn a_hint_is_told_with_its_number_and_the_checks_that_it_is_for() {
        let hints = [hint("whole", &[]), hint("one", &["a"]), hint("two", &["a", "b"])];
        assert_eq!(
            told(&hints, &[2, 0, 1]),
            ["Hint 1 of 3, for “a” and “b”\ntwo", "Hint 2 of 3\nwhole", "Hint 3 of 3, for “a”\none"]
        );
    }

    #[test]
    fn what_was_seen_is_remembered_by_its_text_and_not_by_its_place() {
        let root = tempfile::tempdir().unwrap();
        let course = sample();
        let [mut ex03, ex04] = [2, 3].map(|place| course.exercises[place].clone());
        HintsSeen::load(root.path()).remember(&ex03, &[2, 0]).unwrap();
        let seen = |exercise: &Exercise| HintsSeen::load(root.path()).of(exercise);
        assert_eq!((seen(&ex03), seen(&ex04)), (vec![2, 0], vec![]));
        ex03.hints.swap(0, 1);
        assert_eq!(seen(&ex03), [2, 1]);
        ex03.hints[2].text.push('!');
        assert_eq!(seen(&ex03), [1], "edited");
        ex03.hints.clear();
        assert_eq!(seen(&ex03), [] as [usize; 0]);
    }

    #[test]
    fn a_file_that_is_damaged_or_of_an_earlier_form_means_that_no_hint_was_seen() {
        let root = tempfile::tempdir().unwrap();
        fs::create_dir(root.path().join(".grader")).unwrap();
        let exercise = &sample().exercises[2];
        for damaged in ["", "{\"ex03\": [2", "[]", "{\"ex03\": 2}", "{\"ex03\": [-1]}", "{\"ex03\": [\"x\"]}"]
        {
            fs::write(root.path().join(".grader/hints.json"), damaged).unwrap();
            let mut seen = HintsSeen::load(root.path());
            assert_eq!(seen.of(exercise), [] as [usize; 0], "{damaged}");
            seen.remember(exercise, &[1]).unwrap();
            assert_eq!(HintsSeen::load(root.path()).of(exercise), [1], "{damaged}");
        }
    }
}
