//! Where a learner stands: the latest verdicts on what is in the exercises now.
//!
//! A cache, never the source of a verdict: an entry counts only for the very content that was scored. So it is
//! never stale, and what was known of a content is known again when the content comes back.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::content::Content;
use crate::course::Exercise;
use crate::outcome::{ExerciseOutcome, ExerciseStatus};
use crate::whole_file;

const FILE: &str = ".grader/progress.json";

/// How many contents of one exercise are remembered: enough to go back and forth.
const REMEMBERED: usize = 16;

/// What is in the exercise's folder now: the learner's sources and the checks. `None` where there are no sources.
pub fn content_of(root: &Path, exercise: &Exercise) -> Option<Content> {
    let folder = root.join("exercises").join(&exercise.folder);
    let sources = Content::of(&folder.join("src")).ok()?;
    Some(Content::of(&folder.join("checks.rs")).map_or(sources, |checks| sources.and(checks)))
}

/// What is known of one content of an exercise.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Standing {
    content: Content,
    pub status: ExerciseStatus,
    pub score: u32,
    pub max_score: u32,
    /// Name of the check to work at.
    #[serde(default)]
    pub failing: Option<String>,
}

impl Standing {
    /// Whether it could be this exercise's: a damaged file may hold any numbers, and the course may have others now.
    fn is_of(&self, exercise: &Exercise) -> bool {
        let full = self.score == self.max_score;
        self.max_score == exercise.points
            && self.score <= self.max_score
            && full == (self.status == ExerciseStatus::Passed)
    }
}

/// What is known of each exercise, kept in `.grader/progress.json` under the root.
#[derive(Debug, Default)]
pub struct Progress {
    known: BTreeMap<String, Vec<Standing>>,
}

impl Progress {
    /// A file that is missing or damaged means that nothing is known: everything can be scored again.
    pub fn load(root: &Path) -> Self {
        let known = fs::read(root.join(FILE)).ok().and_then(|json| serde_json::from_slice(&json).ok());
        Progress { known: known.unwrap_or_default() }
    }

    /// What is known of what is in the exercise's folder now.
    pub fn standing(&self, root: &Path, exercise: &Exercise) -> Option<Standing> {
        let known = self.known.get(exercise.id.as_str())?;
        let content = content_of(root, exercise)?;
        let standing = known.iter().find(|standing| standing.content == content)?;
        standing.is_of(exercise).then(|| standing.clone())
    }

    /// Whether what is in the exercise's folder now is known to pass.
    pub fn is_passed(&self, root: &Path, exercise: &Exercise) -> bool {
        self.standing(root, exercise).is_some_and(|standing| standing.status == ExerciseStatus::Passed)
    }

    fn enter(&mut self, content: Content, outcome: &ExerciseOutcome) {
        let ExerciseOutcome { id, status, score, max_score, .. } = outcome;
        let failing = outcome.failing().map(|check| check.name.clone());
        let known = self.known.entry(id.clone()).or_default();
        known.retain(|standing| standing.content != content);
        known.insert(0, Standing { content, status: *status, score: *score, max_score: *max_score, failing });
        known.truncate(REMEMBERED);
    }
}

/// Remembers what came of exercises, each with the content that was scored.
///
/// # Errors
/// The file cannot be written.
pub fn remember(root: &Path, scored: &[(Content, &ExerciseOutcome)]) -> anyhow::Result<()> {
    let file = root.join(FILE);
    let folder = file.parent().map(PathBuf::from).unwrap_or_default();
    fs::create_dir_all(&folder)?;
    // Two graders at once must not forget what the other has entered.
    let lock = File::create(file.with_extension("lock"))?;
    lock.lock()?;
    let mut progress = Progress::load(root);
    for (content, outcome) in scored {
        progress.enter(*content, outcome);
    }
    Ok(whole_file::write(&file, serde_json::to_vec(&progress.known)?)?)
}

#[cfg(test)]
mod properties;

#[cfg(test)]
mod tests {
    use tempfile::TempDir;

    use super::*;
    use crate::course::sample;
    use crate::outcome::CheckOutcome;
    use crate::scoring;

    const SOURCE: &str = "exercises/ex03_gradient/src/lib.rs";

    fn root() -> TempDir {
        let root = tempfile::tempdir().unwrap();
        write(&root, SOURCE, "todo");
        write(&root, "exercises/ex03_gradient/checks.rs", "checks");
        root
    }

    fn write(root: &TempDir, file: &str, text: &str) {
        let file = root.path().join(file);
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(file, text).unwrap();
    }

    fn ex03() -> Exercise {
        sample().exercises[2].clone()
    }

    fn score(root: &TempDir, status: ExerciseStatus) {
        let exercise = ex03();
        let outcome = ExerciseOutcome {
            score: if status == ExerciseStatus::Passed { 10 } else { 0 },
            checks: Vec::<CheckOutcome>::new(),
            ..scoring::outcome(&exercise, status)
        };
        let content = content_of(root.path(), &exercise).unwrap();
        remember(root.path(), &[(content, &outcome)]).unwrap();
    }

    fn standing(root: &TempDir) -> Option<ExerciseStatus> {
        Progress::load(root.path()).standing(root.path(), &ex03()).map(|standing| standing.status)
    }

    #[test]
    fn a_verdict_counts_only_for_the_content_that_was_scored() {
        let root = root();
        assert_eq!(standing(&root), None);
        score(&root, ExerciseStatus::Todo);
        assert_eq!(standing(&root), Some(ExerciseStatus::Todo));

        write(&root, SOURCE, "solved");
        assert_eq!(standing(&root), None, "nobody has scored this");
        score(&root, ExerciseStatus::Passed);
        assert_eq!(standing(&root), Some(ExerciseStatus::Passed));

        write(&root, SOURCE, "todo");
        assert_eq!(standing(&root), Some(ExerciseStatus::Todo), "as after a reset");
        fs::remove_file(root.path().join(SOURCE)).unwrap();
        assert_eq!(standing(&root), None, "deleted");
        write(&root, SOURCE, "solved");
        assert_eq!(standing(&root), Some(ExerciseStatus::Passed), "brought back");
    }

    #[test]
    fn other_files_other_names_and_other_checks_are_another_content() {
        let root = root();
        score(&root, ExerciseStatus::Passed);
        for file in ["exercises/ex03_gradient/src/more.rs", "exercises/ex03_gradient/src/more/mod.rs"] {
            write(&root, file, "");
            assert_eq!(standing(&root), None, "{file}");
            fs::remove_file(root.path().join(file)).unwrap();
            let _ = fs::remove_dir(root.path().join("exercises/ex03_gradient/src/more"));
        }
        assert_eq!(standing(&root), Some(ExerciseStatus::Passed));
        write(&root, "exercises/ex03_gradient/checks.rs", "stricter checks");
        assert_eq!(standing(&root), None);
    }

    #[test]
    fn the_latest_verdict_on_a_content_replaces_the_one_before() {
        let root = root();
        score(&root, ExerciseStatus::Failed);
        score(&root, ExerciseStatus::Passed);
        assert_eq!(standing(&root), Some(ExerciseStatus::Passed));
        let progress = Progress::load(root.path());
        assert_eq!(progress.known["ex03"].len(), 1);
    }

    #[test]
    fn contents_of_long_ago_are_forgotten() {
        let root = root();
        for edit in 0..=REMEMBERED {
            write(&root, SOURCE, &format!("edit {edit}"));
            score(&root, ExerciseStatus::Failed);
        }
        assert_eq!(Progress::load(root.path()).known["ex03"].len(), REMEMBERED);
        write(&root, SOURCE, "edit 1");
        assert_eq!(standing(&root), Some(ExerciseStatus::Failed));
        write(&root, SOURCE, "edit 0");
        assert_eq!(standing(&root), None);
    }

    #[test]
    fn a_damaged_file_means_that_nothing_is_known() {
        let root = root();
        for damaged in ["", "{\"ex03\": [", "[]", "{\"ex03\": [{\"content\": \"x\"}]}"] {
            write(&root, FILE, damaged);
            assert_eq!(standing(&root), None, "{damaged}");
            score(&root, ExerciseStatus::Passed);
            assert_eq!(standing(&root), Some(ExerciseStatus::Passed), "{damaged}");
        }
    }
}
