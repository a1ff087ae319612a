//! The lessons of the course: what stands above the functions of each exercise as it is handed out.

use std::path::Path;

use crate::course::{self, CourseError, Exercise};

/// What an exercise teaches before it asks, in Markdown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lesson {
    pub title: String,
    pub text: String,
}

impl Lesson {
    /// The lesson as the course keeps it: a learner may have changed the one above their own code.
    ///
    /// # Errors
    /// The stub of the exercise is not there.
    pub fn load(root: &Path, exercise: &Exercise) -> Result<Self, CourseError> {
        let stub = course::read(root, &exercise.stub())?;
        Ok(Lesson::of(&String::from_utf8_lossy(&stub)))
    }

    /// The module documentation at the top of `source`; its first heading is the title.
    pub fn of(source: &str) -> Self {
        let documentation = source.lines().map_while(|line| line.strip_prefix("//!"));
        let mut lines = documentation.map(|line| line.strip_prefix(' ').unwrap_or(line)).peekable();
        let title = lines.next_if(|line| line.starts_with("# "));
        Lesson {
            title: title.map(|line| line[2..].to_owned()).unwrap_or_default(),
            text: lines.collect::<Vec<_>>().join("\n"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lesson_is_the_documentation_above_the_code_with_its_title() {
        let lesson = |source| {
            let Lesson { title, text } = Lesson::of(source);
            (title, text)
        };
        let source = "//! # Strides: where\n//!\n//! Text\n//!     code\n\nuse tch::Tensor;\n//! # no more\n";
        assert_eq!(lesson(source), ("Strides: where".into(), "\nText\n    code".into()));
        assert_eq!(lesson("//! Text\n//! # Later\n"), (String::new(), "Text\n# Later".into()));
        assert_eq!(lesson("use tch::Tensor;\n"), (String::new(), String::new()));
    }
}
