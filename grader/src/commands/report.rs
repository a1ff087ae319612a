//! `grader report`: a page about a score, to be read in a browser.

use std::fs;
use std::path::Path;
use std::time::Duration;

use anyhow::Context;

use super::score::score;
use crate::cli::{ReportArgs, RunArgs};
use crate::course::Course;
use crate::lesson::Lesson;
use crate::report::html::{self, Page};
use crate::report::say;
use crate::root::Here;
use crate::selection::select;
use crate::whole_file;

const FILE: &str = ".grader/report.html";

/// How long a program that opens pages may take to say that it cannot.
const OPENING: Duration = Duration::from_secs(2);

/// Scores what `arguments` ask for, writes the page, and says where it is.
///
/// # Errors
/// It cannot be scored, or the page cannot be written. A browser that does not open is no error.
pub fn run(root: &Path, course: &Course, arguments: &ReportArgs) -> anyhow::Result<String> {
    let ReportArgs { run: RunArgs { exercises, solutions, submission, .. }, open, output } = arguments;
    let lessons = select(course, exercises)?
        .into_iter()
        .map(|exercise| Ok((exercise.id.to_string(), Lesson::load(root, exercise)?)))
        .collect::<anyhow::Result<_>>()?;
    let run = score(root, course, &arguments.run, true)?;
    let subject = match submission {
        Some(folder) => format!("Submission {}", folder.display()),
        None if *solutions => "Solutions of the course".to_owned(),
        None => "Your exercises".to_owned(),
    };
    let next_step = !solutions && submission.is_none();
    let page = html::render(&Page { run: &run, lessons: &lessons, subject: &subject, next_step })?;

    let file = output.clone().unwrap_or_else(|| root.join(FILE));
    if output.is_none() {
        fs::create_dir_all(file.parent().expect("it is below the root")).with_context(|| {
            format!("cannot make the folder of {}; `--output` takes another place", file.display())
        })?;
    }
    whole_file::write(&file, page)?;
    if *open && let Err(reason) = open::that_detached_with_timeout(&file, OPENING) {
        say(&format!("(No browser could be opened: {reason}. Open the page yourself.)"));
    }
    let here = if output.is_some() { file.display().to_string() } else { Here::of_process(root).path(FILE) };
    Ok(format!("{} of {} points; the report is in {here}\n", run.score, run.max_score))
}
