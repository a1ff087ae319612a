//! Where the course is.

use std::path::{Component, Path, PathBuf};

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

/// Where somebody is who reads the names of files.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Here {
    AtRoot,
    /// In this folder of the course.
    Below(PathBuf),
    /// Elsewhere; the course is in this folder.
    Outside(PathBuf),
}

impl Here {
    /// The working directory.
    pub fn of_process(root: &Path) -> Self {
        let working_directory = std::env::current_dir().unwrap_or_default();
        match working_directory.strip_prefix(root) {
            Ok(below) if below == Path::new("") => Here::AtRoot,
            Ok(below) => Here::Below(below.to_owned()),
            Err(_) => Here::Outside(root.to_owned()),
        }
    }

    /// `file`, a path from the root of the course, as it can be opened from here.
    pub fn path(&self, file: &str) -> String {
        match self {
            Here::AtRoot => file.to_owned(),
            Here::Outside(root) => root.join(file).display().to_string(),
            Here::Below(below) => {
                let file = Path::new(file);
                let shared =
                    below.components().zip(file.components()).take_while(|(one, other)| one == other).count();
                let up = (shared..below.components().count()).map(|_| Component::ParentDir);
                let path: PathBuf = up.chain(file.components().skip(shared)).collect();
                path.display().to_string()
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_named_as_it_can_be_opened_from_where_one_is() {
        let file = "exercises/ex03_gradient/src/lib.rs";
        let below = |folder: &str| Here::Below(folder.into());
        for (here, path) in [
            (Here::AtRoot, file),
            (below("exercises/ex03_gradient"), "src/lib.rs"),
            (below("exercises/ex03_gradient/src"), "lib.rs"),
            (below("exercises/ex05_create"), "../ex03_gradient/src/lib.rs"),
            (below("grader/src"), "../../exercises/ex03_gradient/src/lib.rs"),
            (Here::Outside("/course".into()), "/course/exercises/ex03_gradient/src/lib.rs"),
        ] {
            assert_eq!(here.path(file), path);
        }
    }
}
