//! A clean copy of the course in which somebody else's sources are built.
//!
//! Only sources come from elsewhere. Manifests, checks and the build script are the course's own, so that a
//! submission decides nothing but what its functions do.

use std::collections::BTreeSet;
use std::fs::{self, File, TryLockError};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use anyhow::{Context, ensure};
use toml::{Table, Value};

use crate::course::Exercise;
use crate::whole_file;

/// Where scratch workspaces are, from the root of the course.
const FOLDER: &str = ".grader/scratch";

const A_PLACE_TO_WRITE: &str =
    "what is submitted is built there: use a copy of the course that can be written to";

/// A scratch workspace, this process's alone until it is dropped.
pub struct Scratch {
    pub folder: PathBuf,
    number: usize,
    /// Held for its lock.
    lock: File,
    lock_file: PathBuf,
}

/// A package of a scratch workspace: one exercise with other sources.
pub struct Member<'a> {
    /// Unique in the workspace; see [`Scratch::package`].
    pub package: String,
    /// From the workspace's root.
    pub folder: PathBuf,
    pub exercise: &'a Exercise,
    /// Contents of `src/`, by path below it.
    pub sources: Vec<(PathBuf, Vec<u8>)>,
}

impl Scratch {
    /// Takes the first scratch folder that no other grader uses.
    ///
    /// # Errors
    /// It cannot be made.
    pub fn open(root: &Path) -> anyhow::Result<Self> {
        for number in 0.. {
            let folder = root.join(FOLDER).join(number.to_string());
            fs::create_dir_all(&folder)
                .with_context(|| format!("cannot make {}; {A_PLACE_TO_WRITE}", folder.display()))?;
            let lock_file = root.join(FOLDER).join(format!("{number}.lock"));
            let lock = File::create(&lock_file)
                .with_context(|| format!("cannot make {}; {A_PLACE_TO_WRITE}", lock_file.display()))?;
            match lock.try_lock() {
                Ok(()) => {
                    let scratch = Scratch { folder, number, lock, lock_file };
                    // Somebody may have taken the file away before it was locked.
                    if scratch.is_ours() {
                        return Ok(scratch);
                    }
                }
                Err(TryLockError::WouldBlock) => {}
                Err(TryLockError::Error(error)) => return Err(error.into()),
            }
        }
        unreachable!("there is always another number")
    }

    /// Refuses to go on where the folder was deleted while it was in use: another grader may have taken its place,
    /// and have built its own sources under the same names.
    ///
    /// # Errors
    /// That has happened.
    pub fn is_still_ours(&self) -> anyhow::Result<()> {
        ensure!(
            self.is_ours(),
            "{} was deleted while the grader was at work there: run this again",
            self.folder.display()
        );
        Ok(())
    }

    /// Whether the lock that is held is that of the file which others would lock.
    fn is_ours(&self) -> bool {
        let identity = |metadata: fs::Metadata| (metadata.dev(), metadata.ino());
        let held = self.lock.metadata().map(identity).ok();
        held.is_some() && held == fs::metadata(&self.lock_file).map(identity).ok()
    }

    /// A package's name in this workspace. All workspaces build into one target folder, where cargo tells
    /// packages apart by their names and their places *within* their workspaces: without the number, two
    /// graders at work at once would build over each other's plugins, and score each other's code.
    pub fn package(&self, name: &str) -> String {
        format!("scratch{}-{name}", self.number)
    }

    /// Makes the workspace hold exactly `members`. Files that are right already are not touched, so that
    /// cargo need not build them again.
    ///
    /// # Errors
    /// A file of the course cannot be read, or one of the workspace not be written.
    pub fn fill(&self, root: &Path, members: &[Member]) -> anyhow::Result<()> {
        let mut files = BTreeSet::new();
        let mut write = |path: PathBuf, contents: &[u8]| -> anyhow::Result<()> {
            let file = self.folder.join(&path);
            files.insert(file.clone());
            if fs::read(&file).is_ok_and(|there| there == contents) {
                return Ok(());
            }
            if let Some(parent) = file.parent() {
                fs::create_dir_all(parent)?;
            }
            Ok(whole_file::write(&file, contents)?)
        };
        write("Cargo.toml".into(), workspace_manifest(root, members)?.as_bytes())?;
        for member in members {
            let manifest = member_manifest(root, member)?;
            write(member.folder.join("Cargo.toml"), manifest.as_bytes())?;
            for (path, contents) in &member.sources {
                write(member.folder.join("src").join(path), contents)?;
            }
        }
        let lock = self.folder.join("Cargo.lock");
        // cargo adapts it to this workspace, so that it need not be the course's own. Half of one it would refuse.
        if !lock.exists() {
            whole_file::write(&lock, fs::read(root.join("Cargo.lock")).context("cannot read Cargo.lock")?)?;
        }
        files.insert(lock);
        remove_all_but(&self.folder, &files)
    }
}

/// Removes what an earlier use left behind.
fn remove_all_but(folder: &Path, files: &BTreeSet<PathBuf>) -> anyhow::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if files.contains(&path) {
            continue;
        }
        // A link to a folder is a file here: only what is below this folder is ever removed.
        if path.symlink_metadata()?.is_dir() {
            if files.iter().any(|file| file.starts_with(&path)) {
                remove_all_but(&path, files)?;
            } else {
                fs::remove_dir_all(&path)?;
            }
        } else {
            fs::remove_file(&path)?;
        }
    }
    Ok(())
}

/// The course's own workspace manifest, with other members.
fn workspace_manifest(root: &Path, members: &[Member]) -> anyhow::Result<String> {
    let mut manifest = read_table(&root.join("Cargo.toml"))?;
    let folders = members.iter().map(|member| text(&member.folder)).collect::<Vec<_>>();
    let workspace = table(&mut manifest, "workspace")?;
    workspace.insert("members".into(), Value::Array(folders));
    workspace.remove("default-members");
    let dependencies = table(workspace, "dependencies")?;
    for (_, dependency) in dependencies {
        if let Some(Value::String(path)) = dependency.get_mut("path") {
            *path = root.join(&*path).to_string_lossy().into_owned();
        }
    }
    // Nothing in it is edited and built again and again, nor debugged; and an audit builds a thousand of them, of
    // which half would be the debug information of the standard library.
    let profile = table(table(&mut manifest, "profile")?, "dev")?;
    profile.insert("incremental".into(), false.into());
    profile.insert("debug".into(), false.into());
    profile.insert("strip".into(), "debuginfo".into());
    Ok(toml::to_string(&manifest)?)
}

/// The exercise's own manifest, under another package name and from another place.
fn member_manifest(root: &Path, member: &Member) -> anyhow::Result<String> {
    let exercise = root.join("exercises").join(&member.exercise.folder);
    let mut manifest = read_table(&exercise.join("Cargo.toml"))?;
    let package = table(&mut manifest, "package")?;
    package.insert("name".into(), member.package.clone().into());
    // It is for test programs: a worker has loaded what a plugin links to.
    package.remove("build");
    table(&mut manifest, "lib")?.insert("name".into(), member.exercise.id.as_str().into());
    let example = manifest
        .get_mut("example")
        .and_then(|examples| examples.as_array_mut()?.first_mut()?.as_table_mut())
        .with_context(|| format!("{}: there is no [[example]]", exercise.join("Cargo.toml").display()))?;
    example.insert("name".into(), format!("{}_checks", member.package).into());
    example.insert("path".into(), text(&exercise.join("checks.rs")));
    Ok(toml::to_string(&manifest)?)
}

fn read_table(file: &Path) -> anyhow::Result<Table> {
    let text = fs::read_to_string(file).with_context(|| format!("cannot read {}", file.display()))?;
    text.parse().with_context(|| format!("{} is not TOML", file.display()))
}

fn table<'t>(within: &'t mut Table, key: &str) -> anyhow::Result<&'t mut Table> {
    within.get_mut(key).and_then(Value::as_table_mut).with_context(|| format!("a manifest has no [{key}]"))
}

fn text(path: &Path) -> Value {
    path.to_string_lossy().into_owned().into()
}
