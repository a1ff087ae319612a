//! What is in files and texts, in a word: of equal contents, equal.

use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io;
use std::path::Path;

use serde::{Deserialize, Serialize};

/// Links may lead round in circles.
const DEEPEST: usize = 16;

/// Many links may lead to each folder.
const MOST: usize = 10_000;

/// No sources are larger; what is looks like a source and is something else.
const LARGEST: u64 = 64 << 20;

/// What is in a text, in a file, or in a folder with all that is below it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Content(u64);

impl Content {
    /// What is there now.
    ///
    /// # Errors
    /// It cannot be read to its end: it is not there, or is a pipe, a device, a circle of links.
    pub fn of(place: &Path) -> io::Result<Self> {
        let mut hasher = DefaultHasher::new();
        read(place, DEEPEST, &mut MOST.clone(), &mut hasher)?;
        Ok(Content(hasher.finish()))
    }

    /// That of a text.
    pub fn of_text(text: &str) -> Self {
        let mut hasher = DefaultHasher::new();
        text.hash(&mut hasher);
        Content(hasher.finish())
    }

    /// Both, in this order.
    pub fn and(self, other: Self) -> Self {
        let mut hasher = DefaultHasher::new();
        (self, other).hash(&mut hasher);
        Content(hasher.finish())
    }
}

/// A file's contents; names and contents of all below a folder, in order of their names.
fn read(place: &Path, depth: usize, left: &mut usize, hasher: &mut DefaultHasher) -> io::Result<()> {
    *left = left.checked_sub(1).ok_or(io::ErrorKind::InvalidInput)?;
    let metadata = fs::metadata(place)?;
    if metadata.is_file() {
        if metadata.len() > LARGEST {
            return Err(io::ErrorKind::FileTooLarge.into());
        }
        fs::read(place)?.hash(hasher);
        return Ok(());
    }
    // To wait for what is said in a pipe, or to read a device to its end, would be for ever.
    if !metadata.is_dir() || depth == 0 {
        return Err(io::ErrorKind::InvalidInput.into());
    }
    let mut entries = fs::read_dir(place)?.collect::<Result<Vec<_>, _>>()?;
    entries.sort_by_key(fs::DirEntry::file_name);
    for entry in entries {
        entry.file_name().hash(hasher);
        entry.path().is_dir().hash(hasher);
        read(&entry.path(), depth - 1, left, hasher)?;
    }
    // Where a folder ends matters, too.
    0_u8.hash(hasher);
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;
    use std::process::Command;

    use super::*;

    #[test]
    fn names_folders_and_contents_count_and_times_do_not() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        fs::create_dir(path("src")).unwrap();
        fs::write(path("src/lib.rs"), "one").unwrap();
        let content = || Content::of(&path("src")).unwrap();
        let first = content();
        let lib = fs::File::options().write(true).open(path("src/lib.rs")).unwrap();
        lib.set_modified(std::time::UNIX_EPOCH).unwrap();
        assert_eq!(content(), first);
        fs::write(path("src/lib.rs"), "two").unwrap();
        assert_ne!(content(), first);
        fs::write(path("src/lib.rs"), "one").unwrap();
        assert_eq!(content(), first);
        fs::create_dir(path("src/more")).unwrap();
        assert_ne!(content(), first);
    }

    #[test]
    fn links_are_followed_but_not_for_ever() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        fs::create_dir_all(path("src")).unwrap();
        fs::create_dir_all(path("shared")).unwrap();
        fs::write(path("shared/more.rs"), "one").unwrap();
        symlink("../shared", path("src/shared")).unwrap();
        let first = Content::of(&path("src")).unwrap();
        fs::write(path("shared/more.rs"), "two").unwrap();
        assert_ne!(Content::of(&path("src")).unwrap(), first);
        symlink(".", path("src/circle")).unwrap();
        assert!(Content::of(&path("src")).is_err());
    }

    #[test]
    fn a_pipe_or_a_device_among_the_sources_is_not_waited_for() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("lib.rs");
        assert!(Command::new("mkfifo").arg(&path).status().unwrap().success());
        assert!(Content::of(folder.path()).is_err());
        fs::remove_file(&path).unwrap();
        symlink("/dev/zero", &path).unwrap();
        assert!(Content::of(folder.path()).is_err());
    }
}
