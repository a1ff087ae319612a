//! A workspace with no more packages than are built: the course's own, at their own places.
//!
//! Before it compiles anything, cargo reads each manifest of a workspace and considers each package in its
//! `Cargo.lock`; most of those are dependencies of the grader, which no exercise needs. Without them cargo finds out
//! what is to be done in half the time. The workspace is made of links, and cargo tells packages apart by their places
//! *within* their workspaces, so what is built here and what is built in the course's root are the same artifacts.

use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};

use anyhow::Context;
use toml::{Table, Value};

/// Where these workspaces are, from the root of the course.
const FOLDER: &str = ".grader/workspaces";

/// What is linked to from there. `target` is where cargo builds unless it is told otherwise.
const LINKED: [&str; 4] = ["exercises", "grader", "solutions", "target"];

/// The workspace that has only `members` (folders, from `root`; `*` as cargo knows it) and what they depend on. The
/// course's own one, if that cannot be made: it builds the same.
pub fn with_only(root: &Path, members: &[String]) -> PathBuf {
    make(root, members).unwrap_or_else(|_| root.to_owned())
}

fn make(root: &Path, members: &[String]) -> anyhow::Result<PathBuf> {
    let manifest = manifest(&fs::read_to_string(root.join("Cargo.toml"))?, members)?;
    let lock = fs::read(root.join("Cargo.lock"))?;
    let mut hasher = DefaultHasher::new();
    (&manifest, &lock).hash(&mut hasher);
    let workspaces = root.join(FOLDER);
    let workspace = workspaces.join(format!("{:016x}", hasher.finish()));
    if workspace.is_dir() {
        return Ok(workspace);
    }
    fs::create_dir_all(&workspaces)?;
    let unfinished = tempfile::tempdir_in(&workspaces)?;
    for name in LINKED {
        std::os::unix::fs::symlink(Path::new("../../..").join(name), unfinished.path().join(name))?;
    }
    fs::write(unfinished.path().join("Cargo.toml"), manifest)?;
    fs::write(unfinished.path().join("Cargo.lock"), lock)?;
    // Another grader may have been first: that one's is the same.
    if fs::rename(unfinished.path(), &workspace).is_ok() {
        let _ = unfinished.keep();
    }
    workspace.is_dir().then_some(workspace).context("it is not there")
}

/// The course's own workspace manifest, with other members.
fn manifest(of_course: &str, members: &[String]) -> anyhow::Result<String> {
    let mut manifest: Table = of_course.parse()?;
    let workspace = manifest.get_mut("workspace").and_then(Value::as_table_mut).context("no [workspace]")?;
    let dependencies = workspace.get("dependencies").and_then(Value::as_table).context("no dependencies")?;
    let own = dependencies.values().filter_map(|dependency| dependency.get("path"));
    let all = own.cloned().chain(members.iter().cloned().map(Value::String)).collect();
    workspace.insert("members".into(), Value::Array(all));
    workspace.remove("default-members");
    Ok(toml::to_string(&manifest)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn course() -> tempfile::TempDir {
        let course = tempfile::tempdir().unwrap();
        let manifest = r#"
            [workspace]
            members = ["grader", "grader/harness", "exercises/*"]
            default-members = ["grader"]

            [workspace.dependencies]
            harness = { path = "grader/harness" }
            serde = "1"

            [profile.dev]
            debug = "line-tables-only"
        "#;
        fs::write(course.path().join("Cargo.toml"), manifest).unwrap();
        fs::write(course.path().join("Cargo.lock"), "version = 4\n").unwrap();
        fs::create_dir_all(course.path().join("exercises/ex01_a")).unwrap();
        course
    }

    fn only_the_first(course: &Path) -> PathBuf {
        with_only(course, &["exercises/ex01_a".to_owned()])
    }

    #[test]
    fn it_has_the_members_that_are_asked_for_and_what_they_depend_on() {
        let course = course();
        let manifest = fs::read_to_string(only_the_first(course.path()).join("Cargo.toml")).unwrap();
        let manifest: Table = manifest.parse().unwrap();
        let members = manifest["workspace"]["members"].as_array().unwrap();
        assert_eq!(*members, ["grader/harness", "exercises/ex01_a"].map(Value::from));
        assert!(manifest["workspace"].get("default-members").is_none());
        assert_eq!(manifest["profile"]["dev"]["debug"].as_str(), Some("line-tables-only"));
    }

    #[test]
    fn its_members_are_the_courses_own_folders() {
        let course = course();
        let there = only_the_first(course.path()).join("exercises/ex01_a");
        assert_eq!(
            fs::canonicalize(there).unwrap(),
            fs::canonicalize(course.path()).unwrap().join("exercises/ex01_a")
        );
    }

    #[test]
    fn it_is_made_once_and_anew_when_the_course_changes() {
        let course = course();
        let before = only_the_first(course.path());
        assert_ne!(before, course.path());
        assert_eq!(only_the_first(course.path()), before);
        fs::write(course.path().join("Cargo.lock"), "version = 4\n# another\n").unwrap();
        assert_ne!(only_the_first(course.path()), before);
    }

    #[test]
    fn where_it_cannot_be_made_the_courses_own_serves() {
        let course = course();
        fs::write(course.path().join(".grader"), "a file where a folder should be").unwrap();
        assert_eq!(only_the_first(course.path()), course.path());
    }
}
