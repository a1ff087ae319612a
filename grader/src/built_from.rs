//! What is built is built from what is there now.
//!
//! cargo goes by times: a file that has another content, but an older time than the last build, is as built to it.
//! That happens after `cp -p`, after unpacking an archive, when a backup is put back, and when the clock was wrong; and
//! it would be code of before that is scored. So beside what cargo builds of the course lies a record of the content
//! that it was built from. What cargo calls fresh although the record says otherwise is taken away, and cargo builds
//! it again.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use serde::{Deserialize, Serialize};

use crate::cargo_message::Artifact;
use crate::content::Content;
use crate::whole_file;

/// Where the records are, from the folder of a profile (`target/debug`).
const RECORDS: &str = ".built-from";

/// cargo holds a lock on it while it builds there.
const CARGO_LOCK: &str = ".cargo-lock";

/// A record: this artifact was built from this content.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Record {
    content: Content,
    bytes: u64,
    modified: SystemTime,
}

/// Something built that cargo may not know to be out of date.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Stale {
    /// The first is what its record is about.
    files: Vec<PathBuf>,
    /// What it is to be built from; `None` where that cannot be told.
    content: Option<Content>,
}

/// Sees that what a build tells of is built from what is there.
pub struct BuiltFrom {
    /// What was there before the build began, by package.
    before: BTreeMap<String, Option<Content>>,
}

impl BuiltFrom {
    /// Looks at the sources of packages: to be called before cargo does.
    pub fn begin<'a>(packages: impl Iterator<Item = (&'a str, PathBuf)>) -> Self {
        let before =
            packages.map(|(package, sources)| (package.to_owned(), Content::of(&sources).ok())).collect();
        BuiltFrom { before }
    }

    /// Holds an artifact of the course's own to its record, or makes its record; `None` where all is well.
    pub fn check(&self, artifact: &Artifact) -> Option<Stale> {
        let built = artifact.filenames.first()?;
        let file = record_of(built)?;
        let now = content_of(artifact)?;
        if artifact.fresh {
            return (!is_built_from(built, now)).then(|| Stale { files: files_of(artifact), content: now });
        }
        // What was edited meanwhile was built from nobody knows what.
        let unchanged = match self.before.get(artifact.package()) {
            Some(before) if artifact.is("lib") => *before == now,
            _ => true,
        };
        let record = now.filter(|_| unchanged).and_then(|content| Record::of(built, content).ok());
        // Without a record it will be built again; so nothing is wrong where none can be written.
        let _ = match record {
            Some(record) => write(&file, &record),
            None => fs::remove_file(&file),
        };
        None
    }
}

impl Record {
    fn of(built: &Path, content: Content) -> io::Result<Self> {
        let metadata = fs::metadata(built)?;
        Ok(Record { content, bytes: metadata.len(), modified: metadata.modified()? })
    }
}

impl Stale {
    /// Takes it away, at a moment when no cargo builds there; unless another grader has built it anew by then.
    ///
    /// # Errors
    /// It cannot be taken away.
    pub fn remove(&self) -> io::Result<()> {
        let Some(built) = self.files.first() else { return Ok(()) };
        let _lock = lock(built);
        if is_built_from(built, self.content) {
            return Ok(());
        }
        for file in &self.files {
            match fs::remove_file(file) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
                _ => {}
            }
        }
        Ok(())
    }
}

/// The record of what is there now says that it was built from this content.
fn is_built_from(built: &Path, content: Option<Content>) -> bool {
    let record = record_of(built).and_then(|file| fs::read(file).ok());
    let known = record.and_then(|record| serde_json::from_slice::<Record>(&record).ok());
    known.is_some() && known == content.and_then(|content| Record::of(built, content).ok())
}

fn lock(built: &Path) -> io::Result<File> {
    let profile = profile_of(built).ok_or(io::ErrorKind::NotFound)?;
    let lock = File::open(profile.join(CARGO_LOCK))?;
    lock.lock()?;
    Ok(lock)
}

fn write(file: &Path, record: &Record) -> io::Result<()> {
    if let Some(folder) = file.parent() {
        fs::create_dir_all(folder)?;
    }
    whole_file::write(file, serde_json::to_vec(record)?).map_err(io::Error::other)
}

/// What is there now that an artifact is to be built from: `Some(None)` where that cannot be told, `None` for what is
/// not the course's own code, or not loaded into a worker.
fn content_of(artifact: &Artifact) -> Option<Option<Content>> {
    let file = &artifact.target.src_path;
    if !artifact.is_of_a_folder() {
        None
    } else if artifact.is("lib") {
        Some(Content::of(file.parent()?).ok())
    } else if artifact.is("example") {
        let checks = Content::of(file).ok();
        let figures = Content::of(&file.with_file_name("figures.rs"));
        Some(checks.map(|checks| figures.map_or(checks, |figures| checks.and(figures))))
    } else {
        None
    }
}

/// `target/debug` of `target/debug/deps/libex03-….rlib`.
fn profile_of(built: &Path) -> Option<&Path> {
    built.parent()?.parent()
}

fn record_of(built: &Path) -> Option<PathBuf> {
    Some(profile_of(built)?.join(RECORDS).join(built.file_name()?))
}

/// The files of an artifact, under each of their names: cargo keeps a plugin under a second one, and would take it
/// from there.
fn files_of(artifact: &Artifact) -> Vec<PathBuf> {
    use std::os::unix::fs::MetadataExt;
    let mut files: Vec<PathBuf> = artifact.filenames.clone();
    if artifact.is("lib") {
        return files;
    }
    for file in files.clone() {
        let (Ok(same), Some(folder)) = (fs::metadata(&file), file.parent()) else { continue };
        let entries = fs::read_dir(folder).into_iter().flatten().flatten();
        files.extend(entries.map(|entry| entry.path()).filter(|other| {
            *other != file
                && fs::metadata(other)
                    .is_ok_and(|other| (other.dev(), other.ino()) == (same.dev(), same.ino()))
        }));
    }
    files
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_another_grader_has_built_anew_meanwhile_is_not_taken_away() {
        let folder = tempfile::tempdir().unwrap();
        let (source, deps) = (folder.path().join("src"), folder.path().join("target/debug/deps"));
        let built = deps.join("libharness-1.rlib");
        fs::create_dir(&source).unwrap();
        fs::create_dir_all(&deps).unwrap();
        fs::write(source.join("lib.rs"), "").unwrap();
        let artifact = |fresh: bool| -> Artifact {
            let target = json!({ "name": "harness", "kind": ["lib"], "src_path": source.join("lib.rs") });
            let package = "path+file:///grader/harness#0.1.0";
            let artifact =
                json!({ "package_id": package, "target": target, "filenames": [built], "fresh": fresh });
            serde_json::from_value(artifact).unwrap()
        };
        let graders = [(); 2].map(|()| BuiltFrom::begin([("harness", source.clone())].into_iter()));
        fs::write(&built, "by cargo").unwrap();
        let unrecorded = artifact(true);
        let [first, second] = graders.each_ref().map(|grader| grader.check(&unrecorded).unwrap());

        first.remove().unwrap();
        assert!(!built.exists());
        fs::write(&built, "anew").unwrap();
        assert_eq!(graders[0].check(&artifact(false)), None);
        second.remove().unwrap();
        assert!(built.exists());
        assert_eq!(graders[1].check(&artifact(true)), None);

        fs::write(source.join("lib.rs"), "// other").unwrap();
        graders[1].check(&artifact(true)).unwrap().remove().unwrap();
        assert!(!built.exists());
    }
}
