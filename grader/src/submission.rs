//! Somebody else's copy of the course: which sources are taken from it, and which are refused.

use std::fs;
use std::path::{Path, PathBuf};

use crate::course::{Course, Exercise};
use crate::exit_code::UsageError;

/// No exercise needs more, and a compiler can be kept busy with much less.
const MOST_BYTES: u64 = 1 << 20;
const MOST_FILES: usize = 200;
const MOST_MET: usize = 1000;

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
    let give = "give the folder that holds ex01_…/src or exercises/ex01_…/src";
    let root = fs::canonicalize(folder)
        .map_err(|error| UsageError(format!("--submission {shown}: {error}; {give}")))?;
    if !root.is_dir() {
        return Err(UsageError(format!(
            "--submission {shown}: this is a file; {give} (unpack it first, if it is an archive)"
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
    let mut walk = Walk { root, sources: Vec::new(), bytes: 0, met: 0 };
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
    /// Files and folders met so far.
    met: usize,
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
            // Of folders alone there can be more than anybody can look at: links make many ways to each.
            self.met += 1;
            if self.met > MOST_MET {
                return Err(format!("error: {shown}: there are too many files and folders"));
            }
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

#[cfg(test)]
mod properties;

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;
    use std::process::Command;
    use std::time::SystemTime;

    use tempfile::TempDir;

    use super::*;
    use crate::course::sample;

    /// A submission with these files.
    fn submission(files: &[(&str, &[u8])]) -> TempDir {
        let folder = tempfile::tempdir().unwrap();
        for (name, contents) in files {
            let path = folder.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, contents).unwrap();
        }
        folder
    }

    /// All there is below `folder`, and when it was last written to.
    fn listing(folder: &Path) -> Vec<(PathBuf, u64, SystemTime)> {
        let mut found = Vec::new();
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let metadata = path.symlink_metadata().unwrap();
            if metadata.is_dir() {
                found.extend(listing(&path));
            }
            found.push((path, metadata.len(), metadata.modified().unwrap()));
        }
        found.sort();
        found
    }

    /// What the submission holds for ex01, and that reading it changes nothing.
    fn first(folder: &Path) -> Submitted {
        let before = listing(folder);
        let course = sample();
        let submitted = read(folder, &course).unwrap();
        assert_eq!(listing(folder), before);
        submitted.into_iter().next().unwrap().1
    }

    fn refusal(folder: &Path) -> String {
        match first(folder) {
            Submitted::Refused(why) => why,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn sources_are_taken_with_their_folders_and_the_rest_is_not() {
        let files: &[(&str, &[u8])] = &[
            ("ex01_tensor_surgery/src/lib.rs", b"mod inner;"),
            ("ex01_tensor_surgery/src/inner/mod.rs", b""),
            ("ex01_tensor_surgery/checks.rs", b"fn main() {}"),
            ("ex01_tensor_surgery/Cargo.toml", b"[package]"),
            ("exercises/ex02_renamed/src/lib.rs", b"fn second() {}"),
        ];
        let folder = submission(files);
        let course = sample();
        let submitted: Vec<_> =
            read(folder.path(), &course).unwrap().into_iter().map(|(_, submitted)| submitted).collect();
        let sources = |files: &[(&str, &[u8])]| {
            Submitted::Sources(files.iter().map(|(name, text)| (name.into(), text.to_vec())).collect())
        };
        assert_eq!(
            submitted,
            [
                sources(&[("inner/mod.rs", b""), ("lib.rs", b"mod inner;")]),
                sources(&[("lib.rs", b"fn second() {}")]),
                Submitted::Missing,
                Submitted::Missing,
            ]
        );
        first(folder.path());
    }

    #[test]
    fn an_empty_folder_of_sources_is_missing() {
        let folder = submission(&[("ex02_row_normalization/src/lib.rs", b"")]);
        fs::create_dir_all(folder.path().join("ex01_tensor_surgery/src")).unwrap();
        assert_eq!(first(folder.path()), Submitted::Missing);
    }

    #[test]
    fn two_folders_for_an_exercise_are_refused() {
        let folder = submission(&[
            ("ex01_tensor_surgery/src/lib.rs", b""),
            ("exercises/ex01_tensor_surgery/src/lib.rs", b""),
        ]);
        insta::assert_snapshot!(refusal(folder.path()), @"error: there are two folders for ex01: ex01_tensor_surgery and exercises/ex01_tensor_surgery; leave one");
    }

    #[test]
    fn a_link_is_followed_inside_the_submission_and_not_out_of_it() {
        let outside = submission(&[("secret.rs", b"fn secret() {}")]);
        let folder = submission(&[("shared/lib.rs", b"fn shared() {}")]);
        let source = folder.path().join("ex01_tensor_surgery/src");
        fs::create_dir_all(&source).unwrap();

        symlink("../../shared/lib.rs", source.join("lib.rs")).unwrap();
        assert_eq!(
            first(folder.path()),
            Submitted::Sources(vec![("lib.rs".into(), b"fn shared() {}".into())])
        );

        for (target, name) in [
            (outside.path().join("secret.rs"), "secret.rs"),
            (outside.path().to_owned(), "folder"),
            ("../../../nowhere".into(), "nowhere.rs"),
        ] {
            symlink(target, source.join(name)).unwrap();
            let said = refusal(folder.path());
            assert!(said.starts_with(&format!("error: ex01_tensor_surgery/src/{name}: this ")), "{said}");
            fs::remove_file(source.join(name)).unwrap();
        }

        symlink(".", source.join("circle")).unwrap();
        insta::assert_snapshot!(refusal(folder.path()), @"error: ex01_tensor_surgery/src/circle/circle/circle/circle/circle/circle/circle/circle/circle/circle/circle/circle/circle/circle/circle/circle/circle: folders are nested too deeply");
    }

    #[test]
    fn a_folder_of_sources_that_is_a_link_out_is_refused() {
        let outside = submission(&[("src/lib.rs", b"fn secret() {}")]);
        let folder = submission(&[]);
        symlink(outside.path(), folder.path().join("ex01_tensor_surgery")).unwrap();
        insta::assert_snapshot!(refusal(folder.path()), @"error: ex01_tensor_surgery/src: this is a link to a place outside the submission; put the file itself there");
    }

    #[test]
    fn a_source_that_is_not_utf_8_is_refused_with_its_line() {
        let folder = submission(&[
            ("ex01_tensor_surgery/src/lib.rs", b"fn f() {}\n// caf\xe9\n"),
            ("ex01_tensor_surgery/src/data.bin", b"\xff"),
        ]);
        insta::assert_snapshot!(refusal(folder.path()), @"error: ex01_tensor_surgery/src/lib.rs:2: this is not UTF-8; save the file as UTF-8");
    }

    #[test]
    fn sources_of_10_mb_are_refused() {
        let folder = submission(&[("ex01_tensor_surgery/src/lib.rs", &vec![b'/'; 10 << 20])]);
        insta::assert_snapshot!(refusal(folder.path()), @"error: ex01_tensor_surgery/src/lib.rs: the sources of an exercise may have 200 files and 1024 kB in all; these have more");
    }

    #[test]
    fn a_pipe_is_refused_and_not_waited_for() {
        let folder = submission(&[("ex01_tensor_surgery/src/lib.rs", b"")]);
        let pipe = folder.path().join("ex01_tensor_surgery/src/pipe.rs");
        assert!(Command::new("mkfifo").arg(pipe).status().unwrap().success());
        insta::assert_snapshot!(refusal(folder.path()), @"error: ex01_tensor_surgery/src/pipe.rs: this is neither a file nor a folder");
    }
}
