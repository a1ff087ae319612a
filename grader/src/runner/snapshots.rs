//! The snapshots that children read: copies in a folder whose name nobody can guess.
//!
//! insta reads a snapshot when a check compares with it, after the learner's function has run, in the same process. So
//! the process has to be able to read the file, and the function must not. The sandbox lets a child read what is below
//! this folder, and list none that it is in; and nobody tells the function its name. Where `fixtures/` is, anybody knows.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::{fs, io};

use anyhow::Context;
use tempfile::TempDir;

/// Random letters and digits of the folder's name: as many as make 128 bits.
const LETTERS: usize = 22;

pub struct Snapshots {
    fixtures: PathBuf,
    folder: TempDir,
    /// The exercises whose snapshots are there.
    laid_out: Mutex<BTreeSet<String>>,
}

impl Snapshots {
    /// None yet, of those below `fixtures`.
    ///
    /// # Errors
    /// There is no room for temporary files.
    pub fn of(fixtures: &Path) -> anyhow::Result<Self> {
        let folder = tempfile::Builder::new()
            .prefix("snapshots-")
            .rand_bytes(LETTERS)
            .tempdir()
            .with_context(|| format!("cannot make a folder in {}", std::env::temp_dir().display()))?;
        Ok(Snapshots { fixtures: fixtures.to_owned(), folder, laid_out: Mutex::default() })
    }

    /// In place of `fixtures/`.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Copies those of one exercise, once.
    ///
    /// # Errors
    /// A file cannot be read or written.
    pub fn lay_out(&self, exercise: &str) -> io::Result<()> {
        let mut laid_out = self.laid_out.lock().expect("nothing panics while it is held");
        if laid_out.contains(exercise) {
            return Ok(());
        }
        let copies = self.folder.path().join(exercise);
        fs::create_dir_all(&copies)?;
        for entry in fs::read_dir(self.fixtures.join(exercise)).into_iter().flatten() {
            let file = entry?.path();
            if file.extension().is_some_and(|extension| extension == "snap") {
                fs::copy(&file, copies.join(file.file_name().expect("it is an entry of a folder")))?;
            }
        }
        laid_out.insert(exercise.to_owned());
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_snapshots_of_an_exercise_are_laid_out_and_nothing_else_of_it() {
        let fixtures = tempfile::tempdir().unwrap();
        fs::create_dir_all(fixtures.path().join("ex01/answers/right")).unwrap();
        for file in ["ex01/a.snap", "ex01/stub.rs", "ex01/answers/right/b.rs"] {
            fs::write(fixtures.path().join(file), "x").unwrap();
        }
        let snapshots = Snapshots::of(fixtures.path()).unwrap();
        for _ in 0..2 {
            snapshots.lay_out("ex01").unwrap();
        }
        snapshots.lay_out("ex02").unwrap();
        let names = |folder: &str| -> Vec<_> {
            let entries = fs::read_dir(snapshots.folder().join(folder)).unwrap();
            entries.map(|entry| entry.unwrap().file_name()).collect()
        };
        assert_eq!(names("ex01"), ["a.snap"]);
        assert!(names("ex02").is_empty());
    }

    #[test]
    fn its_name_is_another_each_time_and_too_long_to_guess() {
        let name = || {
            let snapshots = Snapshots::of(Path::new("fixtures")).unwrap();
            snapshots.folder().file_name().unwrap().to_str().unwrap().to_owned()
        };
        let (one, other) = (name(), name());
        assert_ne!(one, other);
        assert_eq!(one.trim_start_matches("snapshots-").len(), LETTERS);
    }
}
