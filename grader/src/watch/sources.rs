//! What learners save: tells which exercises hold something else than before.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::mpsc::Sender;
use std::time::Duration;

use anyhow::Context;
use notify_debouncer_mini::notify::{PollWatcher, RecommendedWatcher, RecursiveMode, Watcher};
use notify_debouncer_mini::{Config, DebounceEventResult, Debouncer, new_debouncer_opt};

use super::state::Event;
use crate::content::Content;
use crate::course::Exercise;
use crate::progress::content_of;

/// Editors save in several steps (truncate and write; write another file and rename it; format): what comes within
/// this time is one save.
const ONE_SAVE: Duration = Duration::from_millis(10);

/// How often folders are looked through that tell of no changes.
const POLL: Duration = Duration::from_millis(500);

/// Tells of saves until it is dropped.
pub struct Sources {
    _watcher: Box<dyn std::any::Any>,
}

impl Sources {
    /// Watches the folders of `exercises`; with `poll` by looking again and again.
    ///
    /// # Errors
    /// The system cannot watch so many folders.
    pub fn watch(
        root: &Path,
        exercises: Vec<Exercise>,
        poll: bool,
        events: Sender<Event>,
    ) -> anyhow::Result<Self> {
        let folder = root.join("exercises");
        let mut saved = Saved::new(root.to_owned(), exercises);
        let tell = move |result: DebounceEventResult| {
            let Ok(changes) = result else { return };
            for entry in saved.changed(changes.iter().map(|change| change.path.as_path())) {
                // Nobody listens any more: it ends.
                let _ = events.send(Event::Saved(entry));
            }
        };
        let watcher: Box<dyn std::any::Any> = if poll {
            Box::new(watched::<PollWatcher>(&folder, POLL, tell)?)
        } else {
            Box::new(watched::<RecommendedWatcher>(&folder, ONE_SAVE, tell)?)
        };
        Ok(Sources { _watcher: watcher })
    }
}

fn watched<W: Watcher + 'static>(
    folder: &Path,
    pace: Duration,
    tell: impl FnMut(DebounceEventResult) + Send + 'static,
) -> anyhow::Result<Debouncer<W>> {
    let often =
        notify_debouncer_mini::notify::Config::default().with_poll_interval(pace).with_compare_contents(true);
    let config = Config::default().with_timeout(ONE_SAVE).with_notify_config(often);
    let mut watcher = new_debouncer_opt::<_, W>(config, tell)?;
    watcher.watcher().watch(folder, RecursiveMode::Recursive).with_context(|| {
        format!("{} cannot be watched; `--poll` looks for changes in another way", folder.display())
    })?;
    Ok(watcher)
}

/// Which exercises hold something else than when it was last asked.
struct Saved {
    root: PathBuf,
    exercises: Vec<Exercise>,
    contents: Vec<Option<Content>>,
}

impl Saved {
    fn new(root: PathBuf, exercises: Vec<Exercise>) -> Self {
        let contents = exercises.iter().map(|exercise| content_of(&root, exercise)).collect();
        Saved { root, exercises, contents }
    }

    /// Of the exercises that `paths` are in, those whose content is another: editors touch files that they do not
    /// change, and watchers tell of readers, too.
    fn changed<'a>(&mut self, paths: impl Iterator<Item = &'a Path>) -> BTreeSet<usize> {
        let folders: BTreeSet<_> = paths
            .filter_map(|path| path.strip_prefix(self.root.join("exercises")).ok()?.components().next())
            .map(|folder| folder.as_os_str().to_owned())
            .collect();
        let mut changed = BTreeSet::new();
        for (place, exercise) in self.exercises.iter().enumerate() {
            if !folders.contains(exercise.folder.as_str().as_ref() as &std::ffi::OsStr) {
                continue;
            }
            let content = content_of(&self.root, exercise);
            if content != self.contents[place] {
                self.contents[place] = content;
                changed.insert(place);
            }
        }
        changed
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::course::sample;

    #[test]
    fn only_exercises_with_another_content_were_saved() {
        let root = tempfile::tempdir().unwrap();
        let exercises = sample().exercises;
        let file = |place: usize| root.path().join(exercises[place].source());
        for place in 0..exercises.len() {
            fs::create_dir_all(file(place).parent().unwrap()).unwrap();
            fs::write(file(place), "todo").unwrap();
        }
        let mut saved = Saved::new(root.path().to_owned(), exercises.clone());
        let mut changed = |places: &[usize]| {
            let paths: Vec<PathBuf> = places.iter().map(|&place| file(place)).collect();
            saved.changed(paths.iter().map(PathBuf::as_path)).into_iter().collect::<Vec<_>>()
        };
        assert_eq!(changed(&[0, 1]), [] as [usize; 0], "touched, or read");
        fs::write(file(1), "solved").unwrap();
        fs::write(file(3), "solved").unwrap();
        assert_eq!(changed(&[0, 1, 1]), [1], "each once");
        assert_eq!(changed(&[1, 3]), [3]);
        fs::remove_file(file(0)).unwrap();
        assert_eq!(changed(&[0]), [0], "deleted");
        assert_eq!(changed(&[0]), [] as [usize; 0]);
        assert_eq!(saved.changed([root.path().join("elsewhere").as_path()].into_iter()), [].into());
    }
}
