//! A copy of the course to edit, with what is built of it already.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::support::{grader, root};

/// A copy of the course under the target folder, every exercise as it is handed out.
pub struct Copy {
    pub root: PathBuf,
}

impl Copy {
    /// A new copy in the place of the last one of this name.
    pub fn new(name: &str) -> Self {
        let place = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        let copy = Copy { root: place.join("course") };
        let _ = fs::remove_dir_all(&copy.root);
        fs::create_dir_all(&copy.root).unwrap();
        for folder in ["Cargo.toml", "Cargo.lock", ".cargo", "exercises", "solutions", "fixtures", "grader"] {
            copy_all(&root().join(folder), &copy.root.join(folder), &|_| true);
        }
        for folder in fs::read_dir(copy.root.join("exercises")).unwrap() {
            let folder = folder.unwrap().path();
            let id = folder.file_name().unwrap().to_string_lossy()[..4].to_owned();
            let source = folder.join("src");
            fs::remove_dir_all(&source).unwrap();
            fs::create_dir(&source).unwrap();
            fs::copy(root().join("fixtures").join(id).join("stub.rs"), source.join("lib.rs")).unwrap();
        }
        // The course is built once: cargo knows what it has of other crates by their names, wherever it is.
        if !place.join("target").exists() {
            let ready = grader().args(["--solutions", "ex01", "--output"]).arg(place.join("score")).output();
            assert!(ready.unwrap().status.success());
            let built = Path::new(env!("CARGO_BIN_EXE_grader")).parent().unwrap();
            // Other tests build there: cargo holds this lock while what is there comes and goes.
            let lock = fs::File::open(built.join(".cargo-lock")).unwrap();
            lock.lock_shared().unwrap();
            for folder in ["build", "deps", ".fingerprint"] {
                copy_all(&built.join(folder), &place.join("target/debug").join(folder), &is_of_others);
            }
        }
        copy
    }

    /// The built grader, at work on the copy.
    pub fn grader(&self) -> Command {
        let mut grader = Command::new(env!("CARGO_BIN_EXE_grader"));
        grader.current_dir(&self.root);
        for (name, value) in self.environment() {
            grader.env(name, value);
        }
        grader
    }

    /// What lets the grader build the copy.
    pub fn environment(&self) -> Vec<(&'static str, PathBuf)> {
        let libtorch = std::env::var_os("LIBTORCH").map(PathBuf::from);
        vec![
            ("CARGO_TARGET_DIR", self.root.parent().unwrap().join("target")),
            ("LIBTORCH", libtorch.unwrap_or_else(|| root().join(".libtorch/torch"))),
        ]
    }

    /// `src/lib.rs` of the exercise in `folder`.
    pub fn source(&self, folder: &str) -> PathBuf {
        self.root.join("exercises").join(folder).join("src/lib.rs")
    }

    /// The course's solution of it.
    pub fn solution(&self, folder: &str) -> String {
        fs::read_to_string(self.root.join("solutions").join(folder).join("src/lib.rs")).unwrap()
    }
}

/// Whether a file of cargo's belongs to a crate that is the same in every course.
fn is_of_others(name: &str) -> bool {
    let name = name.strip_prefix("lib").unwrap_or(name);
    !["ex", "sol", "scratch", "grader", "harness", "protocol", "blob", "door"].iter().any(|ours| {
        name.strip_prefix(ours)
            .is_some_and(|rest| rest.starts_with(|next: char| next.is_ascii_digit() || "-_".contains(next)))
    })
}

/// Copies `from`, as far as `wanted` says yes to its names, with its times: cargo goes by them.
fn copy_all(from: &Path, to: &Path, wanted: &dyn Fn(&str) -> bool) {
    if from.is_dir() {
        fs::create_dir_all(to).unwrap();
        for entry in fs::read_dir(from).unwrap().flatten() {
            if wanted(&entry.file_name().to_string_lossy()) {
                copy_all(&entry.path(), &to.join(entry.file_name()), wanted);
            }
        }
    } else {
        fs::copy(from, to).unwrap();
        let modified = fs::metadata(from).and_then(|metadata| metadata.modified()).unwrap();
        // What a build script wrote may be read-only; its times do not matter.
        let _ = fs::File::options().write(true).open(to).and_then(|file| file.set_modified(modified));
    }
}
