//! `grader reset ex03`: puts an exercise back as it came, and keeps what was there.
//!
//! An exercise as it came is `fixtures/ex03/stub.rs`, a copy that the course keeps: git would give
//! back what the learner has committed, and a course downloaded as an archive has no git.

use std::io::{self, BufRead, Write};
use std::path::{Path, PathBuf};
use std::{fs, slice};

use anyhow::{Context, bail};

use crate::course::{Course, Exercise};
use crate::exit_code::UsageError;
use crate::root::Here;
use crate::selection::find;
use crate::whole_file;

/// Whom to ask before anything is changed.
pub enum Consent<'a> {
    /// `--yes`
    Given,
    /// Somebody at a terminal, who reads `question` and answers in `answer`.
    Ask { question: &'a mut dyn Write, answer: &'a mut dyn BufRead },
    /// Nobody is there to be asked.
    Nobody,
}

pub fn run(
    root: &Path,
    course: &Course,
    exercise: &str,
    here: &Here,
    consent: Consent,
) -> anyhow::Result<String> {
    let exercise = find(course, exercise)?;
    let Exercise { id, folder, title, .. } = exercise;
    let stub = root.join(exercise.stub());
    let stub = fs::read(&stub).with_context(|| {
        format!("{}: cannot be read; restore it with `git checkout -- {0}`", exercise.stub())
    })?;
    let source = root.join("exercises").join(folder).join("src");
    if holds_only(&source, &stub) {
        return Ok(nothing_to_reset(exercise) + "\n");
    }

    if !agreed(exercise, consent)? {
        return Ok("Nothing was changed.\n".to_owned());
    }
    let backup = put_aside(root, exercise, &source)?;
    if let Err(error) = write_stub(&source, &stub) {
        // Better the learner's code than half a stub.
        if let Some(backup) = &backup {
            let _ = fs::remove_dir_all(&source);
            fs::rename(root.join(backup), &source).with_context(|| {
                format!("{}: your code is there; move it back to {}", backup.display(), source.display())
            })?;
        }
        return Err(error);
    }
    let place = |path: &Path| here.path(&path.display().to_string());
    let kept = backup.map(|backup| format!("Your code is in {}.\n", place(&backup))).unwrap_or_default();
    Ok(format!("{id} {title} is as it came: {}.\n{kept}", here.path(&exercise.source())))
}

/// Whether a reset would change nothing.
pub fn is_as_it_came(root: &Path, exercise: &Exercise) -> bool {
    let source = root.join("exercises").join(&exercise.folder).join("src");
    fs::read(root.join(exercise.stub())).is_ok_and(|stub| holds_only(&source, &stub))
}

pub fn nothing_to_reset(Exercise { id, title, .. }: &Exercise) -> String {
    format!("{id} {title} is as it came: there is nothing to reset.")
}

fn agreed(exercise: &Exercise, consent: Consent) -> anyhow::Result<bool> {
    let id = &exercise.id;
    match consent {
        Consent::Given => Ok(true),
        Consent::Nobody => {
            bail!(UsageError(format!(
                "reset takes your code out of exercises/{}/src and asks first, but there is no terminal \
                 to ask at; if you mean it: `cargo run -p grader -- reset {id} --yes`",
                exercise.folder
            )))
        }
        Consent::Ask { question, answer } => {
            write!(
                question,
                "Put {id} {} back as it came? Your code will be kept in {}. [y/N] ",
                exercise.title, BACKUPS
            )?;
            question.flush()?;
            let mut line = String::new();
            answer.read_line(&mut line)?;
            Ok(matches!(line.trim().to_lowercase().as_str(), "y" | "yes"))
        }
    }
}

const BACKUPS: &str = ".grader/backups";

/// Moves `source` to a new folder of its own, whole: also the files that the learner added. Gives back
/// where it is now, as seen from the root; `None` where there was nothing.
fn put_aside(root: &Path, exercise: &Exercise, source: &Path) -> anyhow::Result<Option<PathBuf>> {
    // Not `exists`, which follows links: a link that leads nowhere is in the way as well.
    if fs::symlink_metadata(source).is_err_and(|reason| reason.kind() == io::ErrorKind::NotFound) {
        return Ok(None);
    }
    fs::create_dir_all(root.join(BACKUPS)).with_context(|| format!("{BACKUPS}: cannot be made"))?;
    let mut number = 1;
    loop {
        let backup = Path::new(BACKUPS).join(format!("{}-{number}", exercise.id));
        match fs::create_dir(root.join(&backup)) {
            Ok(()) => {
                let backup = backup.join("src");
                fs::rename(source, root.join(&backup)).with_context(|| {
                    format!("{}: cannot be moved to {}", source.display(), backup.display())
                })?;
                return Ok(Some(backup));
            }
            Err(reason) if reason.kind() == io::ErrorKind::AlreadyExists => number += 1,
            Err(reason) => {
                return Err(reason).with_context(|| format!("{}: cannot be made", backup.display()));
            }
        }
    }
}

fn write_stub(source: &Path, stub: &[u8]) -> anyhow::Result<()> {
    let file = source.join("lib.rs");
    fs::create_dir_all(source)
        .with_context(|| format!("{}: cannot be written; nothing was changed", file.display()))?;
    whole_file::write(&file, stub).context("nothing was changed")
}

/// Whether `lib.rs` with this text is all that is in `source`.
fn holds_only(source: &Path, stub: &[u8]) -> bool {
    let names =
        || -> io::Result<Vec<_>> { fs::read_dir(source)?.map(|entry| Ok(entry?.file_name())).collect() };
    names().is_ok_and(|names| names == slice::from_ref(&"lib.rs"))
        && fs::read(source.join("lib.rs")).is_ok_and(|text| text == stub)
}

#[cfg(test)]
mod tests {
    use tempfile::TempDir;

    use super::*;
    use crate::course::{load, sample};
    use crate::exit_code::Exit;

    const STUB: &str = "//! Gradient.\npub fn f() { todo!() }\n";
    const WORK: &str = "pub fn f() {}\n";

    /// A course whose ex03 has the given text in its `lib.rs`.
    fn root(text: &str) -> TempDir {
        let root = tempfile::tempdir().unwrap();
        for folder in ["fixtures/ex03", "exercises/ex03_gradient/src"] {
            fs::create_dir_all(root.path().join(folder)).unwrap();
        }
        fs::write(root.path().join("fixtures/ex03/stub.rs"), STUB).unwrap();
        fs::write(root.path().join("exercises/ex03_gradient/src/lib.rs"), text).unwrap();
        root
    }

    fn read(root: &TempDir, file: &str) -> String {
        fs::read_to_string(root.path().join(file)).unwrap_or_else(|reason| format!("{file}: {reason}"))
    }

    fn reset(root: &TempDir, consent: Consent) -> anyhow::Result<String> {
        run(root.path(), &sample(), "gradient", &Here::AtRoot, consent)
    }

    #[test]
    fn the_stub_is_back_and_the_code_is_kept_every_time() {
        let root = root(WORK);
        for number in 1..=2 {
            fs::write(root.path().join("exercises/ex03_gradient/src/lib.rs"), WORK).unwrap();
            fs::create_dir(root.path().join("exercises/ex03_gradient/src/more")).unwrap();
            fs::write(root.path().join("exercises/ex03_gradient/src/more/mod.rs"), "// mine").unwrap();
            let text = reset(&root, Consent::Given).unwrap();
            assert_eq!(
                text,
                format!(
                    "ex03 Gradient is as it came: exercises/ex03_gradient/src/lib.rs.\n\
                     Your code is in .grader/backups/ex03-{number}/src.\n"
                )
            );
            assert_eq!(read(&root, "exercises/ex03_gradient/src/lib.rs"), STUB);
            assert!(!root.path().join("exercises/ex03_gradient/src/more").exists());
            assert_eq!(read(&root, &format!(".grader/backups/ex03-{number}/src/lib.rs")), WORK);
            assert_eq!(read(&root, &format!(".grader/backups/ex03-{number}/src/more/mod.rs")), "// mine");
        }
    }

    #[test]
    fn only_a_yes_resets() {
        for (typed, resets) in
            [("y\n", true), ("YES\n", true), ("\n", false), ("n\n", false), ("", false), ("yep\n", false)]
        {
            let root = root(WORK);
            let mut asked = Vec::new();
            let consent = Consent::Ask { question: &mut asked, answer: &mut typed.as_bytes() };
            let text = reset(&root, consent).unwrap();
            assert_eq!(
                String::from_utf8(asked).unwrap(),
                "Put ex03 Gradient back as it came? Your code will be kept in .grader/backups. [y/N] "
            );
            assert_eq!(text == "Nothing was changed.\n", !resets, "{typed:?}");
            let expected = if resets { STUB } else { WORK };
            assert_eq!(read(&root, "exercises/ex03_gradient/src/lib.rs"), expected, "{typed:?}");
        }
    }

    #[test]
    fn without_a_terminal_and_a_yes_nothing_is_changed() {
        let root = root(WORK);
        let error = reset(&root, Consent::Nobody).unwrap_err();
        assert_eq!(Exit::of(&error), Exit::Usage);
        assert!(error.to_string().ends_with("`cargo run -p grader -- reset ex03 --yes`"), "{error}");
        assert_eq!(read(&root, "exercises/ex03_gradient/src/lib.rs"), WORK);
    }

    #[test]
    fn an_untouched_exercise_is_left_alone_without_asking() {
        let root = root(STUB);
        let text = reset(&root, Consent::Nobody).unwrap();
        assert_eq!(text, "ex03 Gradient is as it came: there is nothing to reset.\n");
        assert!(!root.path().join(".grader").exists());
    }

    #[test]
    fn a_source_folder_that_was_deleted_comes_back() {
        let root = root(WORK);
        fs::remove_dir_all(root.path().join("exercises/ex03_gradient/src")).unwrap();
        reset(&root, Consent::Given).unwrap();
        assert_eq!(read(&root, "exercises/ex03_gradient/src/lib.rs"), STUB);
    }

    #[test]
    fn without_its_stub_nothing_is_changed() {
        let root = root(WORK);
        fs::remove_file(root.path().join("fixtures/ex03/stub.rs")).unwrap();
        let error = reset(&root, Consent::Given).unwrap_err();
        assert_eq!(Exit::of(&error), Exit::Environment);
        assert!(error.to_string().starts_with("fixtures/ex03/stub.rs: cannot be read"), "{error}");
        assert_eq!(read(&root, "exercises/ex03_gradient/src/lib.rs"), WORK);
    }

    /// Holds in the course's own repository only: elsewhere learners have written in their exercises.
    #[test]
    #[ignore = "for course authors: .ci/run runs it"]
    fn every_exercise_is_handed_out_as_its_stub() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
        for exercise in load(root).unwrap().exercises {
            let stub = fs::read(root.join(exercise.stub())).expect("every exercise has a stub");
            let source = root.join("exercises").join(&exercise.folder).join("src");
            assert!(holds_only(&source, &stub), "{} is not {}", exercise.source(), exercise.stub());
        }
    }
}
