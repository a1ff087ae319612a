//! Where the course is.

use std::path::{Path, PathBuf};

use crate::course::COURSE_FILE;

/// The root folder of the course: the nearest around the working directory, else the one this program was
/// built in.
pub fn find() -> anyhow::Result<PathBuf> {
    let working_directory = std::env::current_dir()?;
    let built_in =
        Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the grader is a folder of the course");
    let around = working_directory.ancestors().find(|folder| folder.join(COURSE_FILE).is_file());
    Ok(around.unwrap_or(built_in).to_owned())
}
