//! Files that are whole at every moment: as they were before, or as they are meant to be.
//!
//! What is written goes to another file in the same folder, which then takes the place of the old one. So neither a
//! full disk nor a grader that is killed leaves half a file behind.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// A file that could not be written; what was there before is there still.
#[derive(Debug, thiserror::Error)]
#[error("cannot write {}: {reason}; {}", .file.display(), next_step(.reason))]
pub struct WriteError {
    file: PathBuf,
    reason: io::Error,
}

/// Writes a file that somebody asked for.
///
/// # Errors
/// It cannot be written; the old one is still there.
pub fn write(file: &Path, contents: impl AsRef<[u8]>) -> Result<(), WriteError> {
    replace(file, contents.as_ref()).map_err(|reason| WriteError { file: file.to_owned(), reason })
}

fn replace(file: &Path, contents: &[u8]) -> io::Result<()> {
    // A link is kept, and the file replaced that it leads to.
    let file = fs::canonicalize(file).unwrap_or_else(|_| file.to_owned());
    let there = fs::metadata(&file).ok();
    if there.as_ref().is_some_and(|there| !there.is_file()) {
        // A pipe, /dev/stdout: nothing that another file could take the place of. A folder refuses by itself.
        return fs::OpenOptions::new().write(true).open(&file)?.write_all(contents);
    }
    let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    // Not as tempfile opens it, for itself alone: this one is to be read by whoever may read such files here.
    let open = |path: &Path| File::options().write(true).create_new(true).open(path);
    let mut unfinished = tempfile::Builder::new().prefix(".unfinished-").make_in(folder, open)?;
    if let Some(there) = there {
        unfinished.as_file().set_permissions(there.permissions())?;
    }
    unfinished.as_file_mut().write_all(contents)?;
    unfinished.persist(&file).map_err(|error| error.error)?;
    Ok(())
}

/// What to do about it.
fn next_step(reason: &io::Error) -> &'static str {
    match reason.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
            "the disk is full: make room there, then this again"
        }
        io::ErrorKind::FileTooLarge => "files may not be that large here (`ulimit -f`): raise the limit",
        io::ErrorKind::NotFound => "its folder is not there: make it first",
        io::ErrorKind::IsADirectory => "this is a folder: give the name of a file",
        _ => "choose a place that you may write to",
    }
}

#[cfg(test)]
mod tests {
    use std::fs::Permissions;
    use std::os::unix::fs::{PermissionsExt, symlink};

    use super::*;

    fn names(folder: &Path) -> Vec<String> {
        let mut names: Vec<_> = fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }

    #[test]
    fn a_file_is_replaced_and_nothing_else_is_left() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("score");
        for text in ["first", "second"] {
            write(&file, text).unwrap();
            assert_eq!(fs::read_to_string(&file).unwrap(), text);
            assert_eq!(names(folder.path()), ["score"]);
        }
    }

    #[test]
    fn others_may_read_what_others_could_read_before() {
        let folder = tempfile::tempdir().unwrap();
        let (file, plain) = (folder.path().join("score"), folder.path().join("plain"));
        fs::write(&plain, "").unwrap();
        let mode = |file: &Path| fs::metadata(file).unwrap().permissions().mode() & 0o777;
        write(&file, "first").unwrap();
        assert_eq!(mode(&file), mode(&plain), "as any new file");
        fs::set_permissions(&file, Permissions::from_mode(0o640)).unwrap();
        write(&file, "second").unwrap();
        assert_eq!(mode(&file), 0o640);
    }

    #[test]
    fn a_link_stays_a_link_and_a_pipe_a_pipe() {
        let folder = tempfile::tempdir().unwrap();
        let (file, link) = (folder.path().join("score"), folder.path().join("link"));
        fs::write(&file, "before").unwrap();
        symlink("score", &link).unwrap();
        write(&link, "after").unwrap();
        assert_eq!(fs::read_to_string(&file).unwrap(), "after");
        assert!(link.symlink_metadata().unwrap().is_symlink());

        let (mut reader, writer) = io::pipe().unwrap();
        use std::os::fd::AsRawFd;
        write(Path::new(&format!("/dev/fd/{}", writer.as_raw_fd())), "through a pipe").unwrap();
        drop(writer);
        assert_eq!(io::read_to_string(&mut reader).unwrap(), "through a pipe");
    }

    #[test]
    fn an_error_names_the_file_and_what_to_do() {
        let folder = tempfile::tempdir().unwrap();
        let said = |file: &Path| write(file, "text").unwrap_err().to_string();
        let missing = folder.path().join("missing/score");
        assert_eq!(
            said(&missing),
            format!(
                "cannot write {}: No such file or directory (os error 2); its folder is not there: make it first",
                missing.display()
            )
        );
        assert!(said(folder.path()).ends_with("this is a folder: give the name of a file"));
        assert_eq!(
            said(Path::new("/dev/full")),
            "cannot write /dev/full: No space left on device (os error 28); the disk is full: make room there, \
             then this again"
        );
    }
}
