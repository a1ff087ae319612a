//! Somebody else's copy of the course: which sources are taken from it, and which are refused.

use std::fs;
use std::path::{Path, PathBuf};

use crate::course::{Course, Exercise};
use crate::exit_code::UsageError;

/// No exercise needs more, and a compiler can be kept busy with much less.
const MOST_BYTES: u64 = 1 << 20;
const MOST_FILES: usize = 200;

/// What a submission holds for one exercise.
#[derive(Debug, PartialEq, Eq)]
pub enum Submitted {
    /// No such folder, or nothing in its `src/`.
    Missing,
    /// It cannot be taken; why, with the file.
    Refused(String),
    /// Contents of its `src/`, by path below it.
    Sources(Vec<(PathBuf, Vec<u8>)>),
}

/// Reads a submission, exercise by exercise. Nothing is written to it.
///
/// # Errors
/// `folder` is not a folder, or holds no exercise of this course at all.
pub fn read<'c>(folder: &Path, course: &'c Course) -> Result<Vec<(&'c Exercise, Submitted)>, UsageError> {
    let shown = folder.display();
    let root =
        fs::canonicalize(folder).map_err(|error| UsageError(format!("--submission {shown}: {error}")))?;
    if !root.is_dir() {
        return Err(UsageError(format!(
            "--submission {shown}: this is a file; give the folder that holds ex01_…/src or exercises/ex01_…/src \
             (unpack it first, if it is an archive)"
        )));
    }
    let submitted: Vec<_> =
        course.exercises.iter().map(|exercise| (exercise, read_exercise(&root, exercise))).collect();
    if submitted.iter().all(|(_, submitted)| *submitted == Submitted::Missing) {
        let example = &course.exercises[0].folder;
        return Err(UsageError(format!(
            "--submission {shown}: there is no exercise of this course in it; expected {example}/src/lib.rs or \
             exercises/{example}/src/lib.rs below it"
        )));
    }
    Ok(submitted)
}

fn read_exercise(root: &Path, exercise: &Exercise) -> Submitted {
    let mut folders = Vec::new();
    for parent in [root.to_owned(), root.join("exercises")] {
        let Ok(entries) = fs::read_dir(&parent) else { continue };
        let prefix = format!("{}_", exercise.id);
        folders.extend(
            entries
                .flatten()
                .filter(|entry| entry.file_name().to_string_lossy().starts_with(&prefix))
                .map(|entry| entry.path()),
        );
    }
    folders.sort();
    let source = match folders.as_slice() {
        [] => return Submitted::Missing,
        [folder] => folder.join("src"),
        [one, other, ..] => {
            return Submitted::Refused(format!(
                "error: there are two folders for {}: {} and {}; leave one",
                exercise.id,
                below(root, one),
                below(root, other)
            ));
        }
    };
    let mut walk = Walk { root, sources: Vec::new(), bytes: 0 };
    match walk.folder(&source, Path::new("")) {
        Err(refusal) => Submitted::Refused(refusal),
        Ok(()) if walk.sources.is_empty() => Submitted::Missing,
        Ok(()) => Submitted::Sources(walk.sources),
    }
}

fn below(root: &Path, path: &Path) -> String {
    path.strip_prefix(root).unwrap_or(path).display().to_string()
}

struct Walk<'a> {
    root: &'a Path,
    sources: Vec<(PathBuf, Vec<u8>)>,
    bytes: u64,
}

impl Walk<'_> {
    /// Takes all below `folder`, which is `place` from `src/`.
    fn folder(&mut self, folder: &Path, place: &Path) -> Result<(), String> {
        let shown = below(self.root, folder);
        self.stays_inside(folder)?;
        let entries = match fs::read_dir(folder) {
            Ok(entries) => entries,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(()),
            Err(error) => return Err(format!("error: {shown}: {error}")),
        };
        let mut entries: Vec<_> = entries.flatten().collect();
        entries.sort_by_key(fs::DirEntry::file_name);
        for entry in entries {
            let (path, place) = (entry.path(), place.join(entry.file_name()));
            let shown = below(self.root, &path);
            self.stays_inside(&path)?;
            let metadata = fs::metadata(&path).map_err(|error| format!("error: {shown}: {error}"))?;
            if metadata.is_dir() {
                if place.components().count() > 16 {
                    return Err(format!("error: {shown}: folders are nested too deeply"));
                }
                self.folder(&path, &place)?;
            } else if metadata.is_file() {
                self.file(&path, place, metadata.len())?;
            } else {
                return Err(format!("error: {shown}: this is neither a file nor a folder"));
            }
        }
        Ok(())
    }

    fn file(&mut self, path: &Path, place: PathBuf, bytes: u64) -> Result<(), String> {
        let shown = below(self.root, path);
        self.bytes += bytes;
        if self.bytes > MOST_BYTES || self.sources.len() >= MOST_FILES {
            return Err(format!(
                "error: {shown}: the sources of an exercise may have {MOST_FILES} files and {} kB in all; these have more",
                MOST_BYTES >> 10
            ));
        }
        let contents = fs::read(path).map_err(|error| format!("error: {shown}: {error}"))?;
        if let Err(error) = std::str::from_utf8(&contents)
            && place.extension().is_some_and(|extension| extension == "rs")
        {
            let line = 1 + contents[..error.valid_up_to()].iter().filter(|&&byte| byte == b'\n').count();
            return Err(format!("error: {shown}:{line}: this is not UTF-8; save the file as UTF-8"));
        }
        self.sources.push((place, contents));
        Ok(())
    }

    /// Refuses a link that leads out of the submission, or nowhere.
    fn stays_inside(&self, path: &Path) -> Result<(), String> {
        let shown = below(self.root, path);
        match fs::canonicalize(path) {
            Ok(real) if real.starts_with(self.root) => Ok(()),
            Ok(_) => Err(format!(
                "error: {shown}: this is a link to a place outside the submission; put the file itself there"
            )),
            Err(error) if path.symlink_metadata().is_ok() => {
                Err(format!("error: {shown}: this link leads nowhere ({error})"))
            }
            Err(_) => Ok(()),
        }
    }
}
