//! `grader figures`: pictures of what the functions of the exercises do.

use std::fs;
use std::path::Path;

use anyhow::Context;
use protocol::figure::FigureAnswer;

use super::score::score;
use crate::cli::{FiguresArgs, Picture};
use crate::course::Course;
use crate::figures;
use crate::outcome::{ExerciseOutcome, ExerciseStatus, FigureOutcome};
use crate::whole_file;

const FOLDER: &str = ".grader/figures";

/// Draws what `arguments` ask for, writes a file for each figure, and says which.
///
/// # Errors
/// The exercises cannot be run, or a file cannot be written.
pub fn run(root: &Path, course: &Course, arguments: &FiguresArgs) -> anyhow::Result<String> {
    let FiguresArgs { run, format, output } = arguments;
    let named = !run.exercises.is_empty();
    let run = score(root, course, run, true)?;
    let folder = output.clone().unwrap_or_else(|| root.join(FOLDER));
    fs::create_dir_all(&folder)
        .with_context(|| format!("cannot make the folder {}; `--output` takes another", folder.display()))?;
    let mut text = String::new();
    let mut to_write = Vec::new();
    for exercise in &run.exercises {
        let is_todo = |outcome: &FigureOutcome| matches!(outcome.answer, FigureAnswer::Todo);
        let nothing_yet = !exercise.figures.is_empty() && exercise.figures.iter().all(is_todo);
        if nothing_yet {
            to_write.push(exercise.id.as_str());
        }
        for outcome in &exercise.figures {
            let (extension, picture) = match format {
                Picture::Svg => ("svg", figures::svg(outcome).into_bytes()),
                Picture::Png => ("png", figures::png(outcome)?),
                Picture::Json => ("json", serde_json::to_vec(&outcome.answer)?),
            };
            let file = folder.join(format!("{}-{}.{extension}", exercise.id, outcome.info.name));
            whole_file::write(&file, picture)?;
            if !nothing_yet {
                text.push_str(&format!(
                    "{}: {}{}\n",
                    file.display(),
                    outcome.info.title,
                    figures::remark(outcome)
                ));
            }
        }
        text.push_str(&silence(exercise, named));
    }
    if !to_write.is_empty() {
        text.push_str(&format!(
            "{}: nothing to draw until the functions are written; the files in {} say what will appear\n",
            to_write.join(", "),
            folder.display()
        ));
    }
    Ok(text)
}

/// Why an exercise has no figures, where somebody may wonder.
fn silence(exercise: &ExerciseOutcome, named: bool) -> String {
    let why = match exercise.status {
        ExerciseStatus::CompileError => "does not compile, so there is nothing to draw",
        ExerciseStatus::Missing => "is missing",
        _ if named && exercise.figures.is_empty() => "has no figures",
        _ => return String::new(),
    };
    format!("{} {why}\n", exercise.id)
}
