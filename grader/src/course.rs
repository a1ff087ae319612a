//! The course: what `fixtures/course.yaml` says, held to what is in the folders.

use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;
use std::{fs, io};

use serde::Deserialize;
use serde_saphyr::{MessageFormatter, Spanned, UserMessageFormatter};

/// The course file, as seen from the root of the course.
pub const COURSE_FILE: &str = "fixtures/course.yaml";

/// Fewer hints cannot go from a nudge to nearly the answer.
const MIN_HINTS: usize = 3;

/// Larger than any sensible number of this file, and small enough that no sum of them overflows.
const MAX_NUMBER: u32 = 1_000_000;

/// The course, in the order in which it is taught.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Course {
    /// Seed of all generated inputs, unless the command line names another.
    pub seed: u64,
    /// Generated inputs per property, unless the command line names another number.
    pub cases: u32,
    pub limits: Limits,
    pub parts: Vec<Part>,
    /// All exercises of all parts. Never empty.
    pub exercises: Vec<Exercise>,
}

/// What a learner's code may use up. Every number is at least 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// For one check.
    pub timeout_seconds: u32,
    pub memory_mb: u32,
    /// What is kept of the output of one check.
    pub output_kb: u32,
    /// For building all wanted exercises together.
    pub build_seconds: u32,
}

/// A part of the course. Titles are unique.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    pub title: String,
    /// Why it matters, in a sentence.
    pub about: String,
}

/// An exercise as the course file describes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exercise {
    pub id: ExerciseId,
    /// Its folder under `exercises/` and `solutions/`: `ex03_gradient`.
    pub folder: String,
    pub title: String,
    /// Title of the part it belongs to.
    pub part: String,
    pub points: u32,
    /// From a nudge to nearly the answer; at least three.
    pub hints: Vec<String>,
    /// Line of its entry in the course file.
    pub line: u64,
}

impl Exercise {
    /// The folder's name without the id: `gradient`.
    pub fn slug(&self) -> &str {
        &self.folder[self.id.as_str().len() + 1..]
    }

    /// Where the learner writes: `exercises/ex03_gradient/src/lib.rs`.
    pub fn source(&self) -> String {
        source_of(&self.folder)
    }
}

/// The file in which a learner writes the exercise of this folder.
pub fn source_of(folder: &str) -> String {
    format!("exercises/{folder}/src/lib.rs")
}

/// `ex` and two digits: also the name of the exercise's package and of its folder of fixtures.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct ExerciseId(String);

impl ExerciseId {
    /// `None` where `text` is not of the form `ex03`.
    pub fn parse(text: &str) -> Option<Self> {
        let digits = text.strip_prefix("ex")?;
        let valid = digits.len() == 2 && digits.bytes().all(|byte| byte.is_ascii_digit());
        valid.then(|| ExerciseId(text.to_owned()))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// 3 of `ex03`.
    pub fn number(&self) -> u32 {
        self.0["ex".len()..].parse().expect("an id ends in two digits")
    }
}

impl fmt::Display for ExerciseId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

/// What is wrong with the course, where, and what to do about it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{file}{}: {problem}", line.map(|line| format!(":{line}")).unwrap_or_default())]
pub struct CourseError {
    pub file: String,
    pub line: Option<u64>,
    pub problem: String,
}

/// Reads the course of the root folder `root` and holds it to the folders there.
pub fn load(root: &Path) -> Result<Course, CourseError> {
    let error = |file: &str, problem| CourseError { file: file.to_owned(), line: None, problem };
    let bytes = fs::read(root.join(COURSE_FILE)).map_err(|reason| {
        error(
            COURSE_FILE,
            match reason.kind() {
                io::ErrorKind::NotFound => format!(
                    "there is no such file in {}; the course is read from it: restore it with \
                     `git checkout -- {COURSE_FILE}`, or run the grader inside a copy of the course",
                    root.display()
                ),
                _ => format!("cannot be read: {reason}"),
            },
        )
    })?;
    let course = parse(&bytes, COURSE_FILE)?;
    for parent in ["exercises", "solutions"] {
        match folders_in(&root.join(parent)) {
            Ok(folders) => check_folders(&course, COURSE_FILE, parent, &folders)?,
            // A course may be handed out without its solutions.
            Err(reason) if reason.kind() == io::ErrorKind::NotFound && parent == "solutions" => {}
            Err(reason) => return Err(error(parent, format!("cannot be read: {reason}"))),
        }
    }
    Ok(course)
}

/// Names of the folders in `parent`, hidden ones left out, sorted.
fn folders_in(parent: &Path) -> io::Result<Vec<String>> {
    let mut folders = Vec::new();
    for entry in fs::read_dir(parent)? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        // `metadata` of the path, not of the entry: a link to a folder is a folder.
        if !name.starts_with('.') && fs::metadata(entry.path()).is_ok_and(|found| found.is_dir()) {
            folders.push(name);
        }
    }
    folders.sort();
    Ok(folders)
}

/// Holds the course to the `folders` there are in `parent`: each has its entry, each entry its folder.
pub fn check_folders(
    course: &Course,
    file: &str,
    parent: &str,
    folders: &[String],
) -> Result<(), CourseError> {
    for Exercise { id, folder, line, .. } in &course.exercises {
        if !folders.contains(folder) {
            return Err(CourseError {
                file: file.to_owned(),
                line: Some(*line),
                problem: format!(
                    "{id} has no folder {parent}/{folder}; restore it with \
                     `git checkout -- {parent}/{folder}`, or take this entry out"
                ),
            });
        }
    }
    for folder in folders {
        if course.exercises.iter().all(|exercise| exercise.folder != *folder) {
            return Err(CourseError {
                file: format!("{parent}/{folder}"),
                line: None,
                problem: format!(
                    "this folder has no entry in {file}; add one with `folder: {folder}`, \
                     or move the folder out of {parent}/"
                ),
            });
        }
    }
    Ok(())
}

/// Reads the text of a course file; `file` is what errors call it.
pub fn parse(bytes: &[u8], file: &str) -> Result<Course, CourseError> {
    let source = Source { file };
    let text = std::str::from_utf8(bytes).map_err(|invalid| {
        let before = &bytes[..invalid.valid_up_to()];
        let line = 1 + before.iter().filter(|&&byte| byte == b'\n').count() as u64;
        source.error(line, "this line is not UTF-8; save the file as UTF-8")
    })?;
    let written =
        serde_saphyr::from_str_with_options::<Written>(text, serde_saphyr::options! { with_snippet: false })
            .map_err(|error| CourseError {
                file: file.to_owned(),
                line: error.location().map(|location| location.line()),
                problem: UserMessageFormatter.format_message(&error).into_owned(),
            })?;
    source.course(written)
}

/// The course file, before its values are judged.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    seed: Spanned<String>,
    cases: Spanned<String>,
    limits: WrittenLimits,
    parts: Spanned<Vec<Spanned<WrittenPart>>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenLimits {
    timeout_seconds: Spanned<String>,
    memory_mb: Spanned<String>,
    output_kb: Spanned<String>,
    build_seconds: Spanned<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenPart {
    title: Spanned<String>,
    about: String,
    exercises: Vec<Spanned<WrittenExercise>>,
}

/// Every key is optional here, so that the error on a missing one names the entry's first line.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenExercise {
    id: Option<Spanned<String>>,
    folder: Option<Spanned<String>>,
    title: Option<String>,
    points: Option<Spanned<String>>,
    hints: Option<Spanned<Vec<String>>>,
}

/// The course file as errors speak of it.
#[derive(Clone, Copy)]
struct Source<'a> {
    file: &'a str,
}

impl Source<'_> {
    fn error(self, line: u64, problem: impl Into<String>) -> CourseError {
        CourseError { file: self.file.to_owned(), line: Some(line), problem: problem.into() }
    }

    fn course(self, written: Written) -> Result<Course, CourseError> {
        let Written { seed, cases, limits, parts: written_parts } = written;
        let mut parts = Vec::new();
        let mut exercises = Vec::new();
        let mut title_lines = BTreeMap::new();
        let mut id_lines = BTreeMap::new();
        if written_parts.value.is_empty() {
            return Err(self.error(line(&written_parts), "the course has no parts; add one with an exercise"));
        }
        for part in written_parts.value {
            let part_line = line(&part);
            let WrittenPart { title, about, exercises: entries } = part.value;
            if let Some(first) = title_lines.insert(title.value.clone(), line(&title)) {
                let problem = format!(
                    "the title `{}` is that of line {first} already; give each part its own",
                    title.value
                );
                return Err(self.error(line(&title), problem));
            }
            if entries.is_empty() {
                let problem =
                    format!("the part `{}` has no exercises; add one, or take the part out", title.value);
                return Err(self.error(part_line, problem));
            }
            for entry in entries {
                let exercise = self.exercise(entry, &title.value)?;
                if let Some(first) = id_lines.insert(exercise.id.clone(), exercise.line) {
                    let problem = format!(
                        "the id {} is that of the exercise on line {first} already; give one of them another",
                        exercise.id
                    );
                    return Err(self.error(exercise.line, problem));
                }
                exercises.push(exercise);
            }
            parts.push(Part { title: title.value, about: about.trim_end().to_owned() });
        }
        Ok(Course {
            seed: seed.value.parse().map_err(|_| {
                let problem =
                    format!("`seed` is `{}`; write a whole number from 0 to {}", seed.value, u64::MAX);
                self.error(line(&seed), problem)
            })?,
            cases: self.number("cases", &cases)?,
            limits: Limits {
                timeout_seconds: self.number("timeout_seconds", &limits.timeout_seconds)?,
                memory_mb: self.number("memory_mb", &limits.memory_mb)?,
                output_kb: self.number("output_kb", &limits.output_kb)?,
                build_seconds: self.number("build_seconds", &limits.build_seconds)?,
            },
            parts,
            exercises,
        })
    }

    fn exercise(self, entry: Spanned<WrittenExercise>, part: &str) -> Result<Exercise, CourseError> {
        let entry_line = line(&entry);
        let missing = |key: &str| self.error(entry_line, format!("this exercise has no `{key}`; add one"));
        let WrittenExercise { id, folder, title, points, hints } = entry.value;

        let written_id = id.ok_or_else(|| missing("id"))?;
        let id = ExerciseId::parse(&written_id.value).ok_or_else(|| {
            let problem =
                format!("`{}` cannot be an id; write `ex` and two digits, like `ex07`", written_id.value);
            self.error(line(&written_id), problem)
        })?;

        let folder = folder.ok_or_else(|| missing("folder"))?;
        // It is joined to paths: letters of any other kind could lead out of the course.
        let is_plain = |slug: &str| {
            !slug.is_empty() && slug.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'_'))
        };
        if !folder.value.strip_prefix(&format!("{id}_")).is_some_and(is_plain) {
            let problem = format!(
                "`{}` cannot be the folder of {id}; write `{id}_` and then small letters, digits or `_`",
                folder.value
            );
            return Err(self.error(line(&folder), problem));
        }

        let points = points.ok_or_else(|| missing("points"))?;
        let hints = hints.ok_or_else(|| missing("hints"))?;
        if hints.value.len() < MIN_HINTS {
            let problem = format!(
                "{id} has {} of at least {MIN_HINTS} hints; go from a nudge to nearly the answer",
                hints.value.len()
            );
            return Err(self.error(line(&hints), problem));
        }
        Ok(Exercise {
            title: title.ok_or_else(|| missing("title"))?,
            part: part.to_owned(),
            points: self.number("points", &points)?,
            hints: hints.value.iter().map(|hint| hint.trim_end().to_owned()).collect(),
            folder: folder.value,
            line: line(&written_id),
            id,
        })
    }

    fn number(self, key: &str, written: &Spanned<String>) -> Result<u32, CourseError> {
        match written.value.parse() {
            Ok(number @ 1..=MAX_NUMBER) => Ok(number),
            _ => {
                let problem =
                    format!("`{key}` is `{}`; write a whole number from 1 to {MAX_NUMBER}", written.value);
                Err(self.error(line(written), problem))
            }
        }
    }
}

fn line<T>(written: &Spanned<T>) -> u64 {
    written.referenced.line()
}

/// A course that tests of other modules are tried on: it stays as it is when the real one grows.
#[cfg(test)]
pub fn sample() -> Course {
    let entries = [
        ("ex01", "ex01_tensor_surgery", "Tensor surgery", "Part I: First steps"),
        ("ex02", "ex02_row_normalization", "Row normalization", "Part I: First steps"),
        ("ex03", "ex03_gradient", "Gradient", "Part II: Autograd"),
        ("ex04", "ex04_gradient_descent", "Gradient descent", "Part II: Autograd"),
    ];
    let exercises = entries.map(|(id, folder, title, part)| Exercise {
        id: ExerciseId(id.into()),
        folder: folder.into(),
        title: title.into(),
        part: part.into(),
        points: 10,
        hints: vec!["Look closer.".into(), "Look at `f`,\nand at `g`.".into(), "Call `f` first.".into()],
        line: 1,
    });
    Course {
        seed: 1,
        cases: 48,
        limits: Limits { timeout_seconds: 5, memory_mb: 1024, output_kb: 64, build_seconds: 600 },
        parts: vec![
            Part { title: "Part I: First steps".into(), about: "Tensors hold numbers.".into() },
            Part { title: "Part II: Autograd".into(), about: "Gradients lead downhill.".into() },
        ],
        exercises: exercises.to_vec(),
    }
}

#[cfg(test)]
mod tests {
    use insta::assert_snapshot;

    use super::*;

    const FILE: &str = "fixtures/course.yaml";

    /// A course of two exercises in one part, small enough to break in one place at a time.
    const SMALL: &str = "\
seed: 1
cases: 48
limits:
  timeout_seconds: 5
  memory_mb: 1024
  output_kb: 64
  build_seconds: 600
parts:
  - title: First steps
    about: Why it matters.
    exercises:
      - id: ex01
        folder: ex01_add
        title: Add
        points: 10
        hints: [a, b, c]
      - id: ex02
        folder: ex02_row_sums
        title: Row sums
        points: 5
        hints: [d, e, f]
";

    fn small() -> Course {
        parse(SMALL.as_bytes(), FILE).unwrap()
    }

    fn folders(names: &[&str]) -> Vec<String> {
        names.iter().map(|name| name.to_string()).collect()
    }

    #[test]
    fn a_course_is_read_in_its_order() {
        let course = small();
        assert_eq!((course.seed, course.cases), (1, 48));
        assert_eq!(course.limits.memory_mb, 1024);
        assert_eq!(course.parts, [Part { title: "First steps".into(), about: "Why it matters.".into() }]);
        let ids: Vec<&str> = course.exercises.iter().map(|exercise| exercise.id.as_str()).collect();
        assert_eq!(ids, ["ex01", "ex02"]);
        assert_eq!(
            course.exercises[1],
            Exercise {
                id: ExerciseId("ex02".into()),
                folder: "ex02_row_sums".into(),
                title: "Row sums".into(),
                part: "First steps".into(),
                points: 5,
                hints: vec!["d".into(), "e".into(), "f".into()],
                line: 17,
            }
        );
        assert_eq!(course.exercises[1].slug(), "row_sums");
        assert_eq!(course.exercises[1].id.number(), 2);
        assert_eq!(course.exercises[1].source(), "exercises/ex02_row_sums/src/lib.rs");
    }

    #[test]
    fn every_mistake_in_the_course_file_is_one_error_with_its_line() {
        let broken: &[(&str, &str, &str)] = &[
            ("no id", "- id: ex02\n        folder", "- folder"),
            ("an id twice", "id: ex02\n        folder: ex02_row_sums", "id: ex01\n        folder: ex01_rows"),
            ("an id of another form", "id: ex02", "id: ex2"),
            ("an id that is a list", "id: ex02", "id: [ex02]"),
            ("a key twice", "points: 5", "points: 5\n        points: 6"),
            ("an unknown key", "points: 5", "point: 5"),
            ("an unknown key above", "cases: 48", "cases: 48\nretries: 2"),
            ("no points", "        points: 5\n", ""),
            ("negative points", "points: 5", "points: -5"),
            ("zero points", "points: 5", "points: 0"),
            ("half a point", "points: 5", "points: 2.5"),
            ("too many points", "points: 5", "points: 99999999999"),
            ("points in words", "points: 5", "points: five"),
            ("no points given", "points: 5", "points:"),
            ("no hints", "        hints: [d, e, f]\n", ""),
            ("empty hints", "hints: [d, e, f]", "hints: []"),
            ("two hints", "hints: [d, e, f]", "hints: [d, e]"),
            ("one hint that is not a list", "hints: [d, e, f]", "hints: d"),
            ("a colon in a title", "title: Row sums", "title: Row: sums"),
            ("a folder of another exercise", "folder: ex02_row_sums", "folder: ex01_row_sums"),
            ("a folder with only the id", "folder: ex02_row_sums", "folder: ex02_"),
            ("a folder that leads out", "folder: ex02_row_sums", "folder: ex02_/../../etc"),
            (
                "no limits",
                "limits:\n  timeout_seconds: 5\n  memory_mb: 1024\n  output_kb: 64\n  build_seconds: 600\n",
                "",
            ),
            ("a limit of zero", "memory_mb: 1024", "memory_mb: 0"),
            ("a negative seed", "seed: 1", "seed: -1"),
            ("a tab", "  output_kb", "\toutput_kb"),
            ("a bracket left open", "hints: [d, e, f]", "hints: [d, e, f"),
            ("a second document", "seed: 1", "seed: 1\n---"),
            ("an alias of itself", "hints: [d, e, f]", "hints: &h [d, e, *h]"),
        ];
        let mut messages = String::new();
        for (what, from, to) in broken {
            let text = SMALL.replace(from, to);
            assert_ne!(text, SMALL, "{what}");
            let error = parse(text.as_bytes(), FILE).expect_err(what);
            messages.push_str(&format!("{what}\n  {error}\n"));
        }
        let (head, _) = SMALL.split_once("parts:").unwrap();
        for (what, text) in [
            ("no parts", format!("{head}parts: []\n")),
            (
                "a part without exercises",
                format!("{head}parts:\n  - {{title: A, about: B, exercises: []}}\n"),
            ),
            ("a title of a part twice", {
                let parts = SMALL.split_once("parts:\n").unwrap().1;
                format!("{SMALL}{}", parts.replace("ex01", "ex03").replace("ex02", "ex04"))
            }),
            ("an empty file", String::new()),
            ("only a comment", "# to do\n".to_owned()),
            ("prose", "This is the course.\n".to_owned()),
        ] {
            let error = parse(text.as_bytes(), FILE).expect_err(what);
            messages.push_str(&format!("{what}\n  {error}\n"));
        }
        let error = parse(b"seed: 1\ncases: 4\xff8\n", FILE).unwrap_err();
        messages.push_str(&format!("not UTF-8\n  {error}\n"));
        assert_snapshot!(messages);
    }

    #[test]
    fn every_folder_has_its_entry_and_every_entry_its_folder() {
        let course = small();
        let check = |names: &[&str]| check_folders(&course, FILE, "exercises", &folders(names));
        assert_eq!(check(&["ex01_add", "ex02_row_sums"]), Ok(()));
        assert_snapshot!(
            check(&["ex01_add"]).unwrap_err(),
            @"fixtures/course.yaml:17: ex02 has no folder exercises/ex02_row_sums; restore it with `git checkout -- exercises/ex02_row_sums`, or take this entry out"
        );
        assert_snapshot!(
            check(&["ex01_add", "ex02_row_sums", "ex03_new"]).unwrap_err(),
            @"exercises/ex03_new: this folder has no entry in fixtures/course.yaml; add one with `folder: ex03_new`, or move the folder out of exercises/"
        );
    }

    #[test]
    fn a_course_is_loaded_with_its_folders() {
        let root = tempfile::tempdir().unwrap();
        let path = |name: &str| root.path().join(name);
        let missing = load(root.path()).unwrap_err();
        assert_eq!((missing.file.as_str(), missing.line), (FILE, None));
        assert!(missing.problem.starts_with("there is no such file in "), "{missing}");

        for folder in ["fixtures", "exercises/ex01_add", "exercises/ex02_row_sums", "exercises/.idea"] {
            fs::create_dir_all(path(folder)).unwrap();
        }
        fs::write(path("exercises/notes.txt"), "a file is no exercise").unwrap();
        fs::write(path(FILE), SMALL).unwrap();
        assert_eq!(load(root.path()), Ok(small()), "without solutions");

        fs::create_dir_all(path("solutions/ex01_add")).unwrap();
        let error = load(root.path()).unwrap_err().to_string();
        assert!(error.starts_with("fixtures/course.yaml:17: ex02 has no folder solutions/"), "{error}");
    }

    #[test]
    fn the_course_of_this_repository_is_sound() {
        let course = parse(include_bytes!("../../fixtures/course.yaml"), FILE).unwrap();
        for (index, exercise) in course.exercises.iter().enumerate() {
            assert_eq!(exercise.id.number() as usize, index + 1, "ids count up in the order of the course");
        }
    }
}
