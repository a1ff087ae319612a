//! The course: what `fixtures/course.yaml` says, held to what is in the folders.

use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;
use std::{fs, io};

use serde::de::value::MapAccessDeserializer;
use serde::de::{DeserializeOwned, Error, MapAccess, Unexpected, Visitor};
use serde::{Deserialize, Deserializer};

/// The course file, as seen from the root of the course.
pub const COURSE_FILE: &str = "fixtures/course.yaml";

/// Fewer hints cannot go from a nudge to nearly the answer.
const MIN_HINTS: usize = 3;

/// Larger than any sensible number of this file, and small enough that no sum of them overflows.
const MAX_NUMBER: u32 = 1_000_000;

/// The course, in the order in which it is taught.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Course {
    pub limits: Limits,
    pub parts: Vec<Part>,
    /// All exercises of all parts. Never empty.
    pub exercises: Vec<Exercise>,
}

/// What a learner's code may use up. Every number is at least 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, expecting = "the limits, each with its number")]
pub struct Limits {
    /// For one check.
    #[serde(deserialize_with = "number")]
    pub timeout_seconds: u32,
    #[serde(deserialize_with = "number")]
    pub memory_mb: u32,
    /// What is kept of the output of one check.
    #[serde(deserialize_with = "number")]
    pub output_kb: u32,
    /// Processor time that the compiler may take for somebody else's exercise. cargo may be silent for four times as
    /// long; then it is killed, and what has not compiled is scored as a compile error.
    #[serde(deserialize_with = "number")]
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
    pub hints: Vec<Hint>,
    /// Exercises that it builds on. They come earlier in the course.
    pub prerequisites: Vec<ExerciseId>,
    /// The skills it teaches, by their numbers in the file of skills: for each the name of the check that
    /// proves it.
    pub skills: BTreeMap<u32, String>,
    /// Line of its `id` in the course file, where that is a line of its own.
    pub line: Option<usize>,
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

    /// The exercise as it came, a copy that the course keeps: `fixtures/ex03/stub.rs`.
    pub fn stub(&self) -> String {
        format!("fixtures/{}/stub.rs", self.id)
    }
}

/// The file in which a learner writes the exercise of this folder.
pub fn source_of(folder: &str) -> String {
    format!("exercises/{folder}/src/lib.rs")
}

/// Something to read for whoever is stuck.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hint {
    pub text: String,
    /// Names of the checks that it helps with; none where it is about the whole exercise.
    pub checks: Vec<String>,
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
    pub line: Option<usize>,
    pub problem: String,
}

/// Reads the course of the root folder `root` and holds it to the folders there.
pub fn load(root: &Path) -> Result<Course, CourseError> {
    let error = |file: &str, problem| CourseError { file: file.to_owned(), line: None, problem };
    let course = parse(&read(root, COURSE_FILE)?, COURSE_FILE)?;
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

/// Reads a file that the course is made of; `file` is seen from the root.
pub fn read(root: &Path, file: &str) -> Result<Vec<u8>, CourseError> {
    fs::read(root.join(file)).map_err(|reason| CourseError {
        file: file.to_owned(),
        line: None,
        problem: match reason.kind() {
            io::ErrorKind::NotFound => format!(
                "there is no such file in {}; the course is read from it: restore it with \
                 `git checkout -- {file}`, or run the grader inside a copy of the course",
                root.display()
            ),
            _ => format!("cannot be read: {reason}"),
        },
    })
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
                line: *line,
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
    let (written, text) = parse_yaml::<Written>(bytes, file)?;
    course_of(written, text).map_err(|(line, problem)| CourseError { file: file.to_owned(), line, problem })
}

/// Reads a YAML file of the course, and gives its text too.
pub fn parse_yaml<'a, T: DeserializeOwned>(bytes: &'a [u8], file: &str) -> Result<(T, &'a str), CourseError> {
    let at = |line, problem: String| CourseError { file: file.to_owned(), line, problem };
    let text = std::str::from_utf8(bytes).map_err(|invalid| {
        let before = &bytes[..invalid.valid_up_to()];
        let line = 1 + before.iter().filter(|&&byte| byte == b'\n').count();
        at(Some(line), "this line is not UTF-8; save the file as UTF-8".to_owned())
    })?;
    let value = serde_yaml::from_str(text).map_err(|error| {
        let (line, problem) = read_error(&error);
        at(line, problem)
    })?;
    Ok((value, text))
}

/// A problem that is not yet told which file it is in.
type Problem = (Option<usize>, String);

/// What serde_yaml has to say, with the line apart from the text.
fn read_error(error: &serde_yaml::Error) -> Problem {
    // What serde calls a unit is a key with nothing behind it.
    let text = error.to_string().replacen("invalid type: unit value", "nothing is written here", 1);
    match error.location() {
        Some(place) => {
            let shown = format!(" at line {} column {}", place.line(), place.column());
            (Some(place.line()), text.replacen(&shown, "", 1))
        }
        None => (None, text),
    }
}

/// The course file as it is written. Here is judged what one value can be judged by, because then the error
/// knows its line; the rest is up to `course_of`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, expecting = "the course: `limits` and `parts`")]
struct Written {
    limits: Limits,
    parts: Vec<WrittenPart>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, expecting = "a part: `title`, `about` and `exercises`")]
struct WrittenPart {
    #[serde(deserialize_with = "prose")]
    title: String,
    #[serde(deserialize_with = "prose")]
    about: String,
    exercises: Vec<WrittenExercise>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, expecting = "an exercise: `id`, `folder`, `title`, `points`, `hints` and so on")]
struct WrittenExercise {
    #[serde(deserialize_with = "id")]
    id: ExerciseId,
    #[serde(deserialize_with = "folder")]
    folder: String,
    #[serde(deserialize_with = "prose")]
    title: String,
    #[serde(deserialize_with = "number")]
    points: u32,
    #[serde(default, deserialize_with = "ids")]
    prerequisites: Vec<ExerciseId>,
    #[serde(default)]
    skills: BTreeMap<u32, String>,
    hints: Vec<Hint>,
}

impl<'de> Deserialize<'de> for Hint {
    fn deserialize<D: Deserializer<'de>>(value: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(deny_unknown_fields)]
        struct ForChecks {
            #[serde(deserialize_with = "prose")]
            text: String,
            r#for: Vec<String>,
        }

        struct Written;

        impl<'de> Visitor<'de> for Written {
            type Value = Hint;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a hint: a text, or `for` (a list of names of checks) and `text`")
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<Hint, E> {
                let whole = written_prose(text).map(|text| Hint { text, checks: vec![] });
                whole.ok_or_else(|| E::invalid_value(Unexpected::Str(text), &self))
            }

            fn visit_map<A: MapAccess<'de>>(self, written: A) -> Result<Hint, A::Error> {
                let written = ForChecks::deserialize(MapAccessDeserializer::new(written))?;
                match written.r#for.as_slice() {
                    [] => Err(A::Error::custom(
                        "`for` names no check; name one, or write the text alone for the whole exercise",
                    )),
                    _ => Ok(Hint { text: written.text, checks: written.r#for }),
                }
            }
        }

        value.deserialize_any(Written)
    }
}

fn number<'de, D: Deserializer<'de>>(value: D) -> Result<u32, D::Error> {
    struct Number;

    impl Visitor<'_> for Number {
        type Value = u32;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            write!(f, "a whole number from 1 to {MAX_NUMBER}")
        }

        fn visit_u64<E: Error>(self, number: u64) -> Result<u32, E> {
            match number.try_into() {
                Ok(number @ 1..=MAX_NUMBER) => Ok(number),
                _ => Err(E::invalid_value(Unexpected::Unsigned(number), &self)),
            }
        }
    }

    value.deserialize_u64(Number)
}

fn id<'de, D: Deserializer<'de>>(value: D) -> Result<ExerciseId, D::Error> {
    value.deserialize_str(Text { expected: "`ex` and two digits, like `ex07`", read: ExerciseId::parse })
}

fn ids<'de, D: Deserializer<'de>>(value: D) -> Result<Vec<ExerciseId>, D::Error> {
    #[derive(Deserialize)]
    struct Id(#[serde(deserialize_with = "id")] ExerciseId);

    Ok(Vec::<Id>::deserialize(value)?.into_iter().map(|Id(id)| id).collect())
}

/// A folder's name is joined to paths: other letters than these could lead out of the course.
fn folder<'de, D: Deserializer<'de>>(value: D) -> Result<String, D::Error> {
    fn plain(name: &str) -> Option<String> {
        let is_plain = name.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'_'));
        is_plain.then(|| name.to_owned())
    }

    value.deserialize_str(Text {
        expected: "the name of a folder, of small letters, digits and `_`, like `ex07_name`",
        read: plain,
    })
}

fn prose<'de, D: Deserializer<'de>>(value: D) -> Result<String, D::Error> {
    value.deserialize_str(Text { expected: "a text that is not empty", read: written_prose })
}

/// `None` where nothing is written.
fn written_prose(text: &str) -> Option<String> {
    Some(text.trim_end().to_owned()).filter(|text| !text.is_empty())
}

/// A text that `read` makes something of.
struct Text<T> {
    expected: &'static str,
    read: fn(&str) -> Option<T>,
}

impl<T> Visitor<'_> for Text<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.expected)
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<T, E> {
        (self.read)(text).ok_or_else(|| E::invalid_value(Unexpected::Str(text), &self))
    }
}

/// Holds the entries of a course to each other.
fn course_of(written: Written, text: &str) -> Result<Course, Problem> {
    let titles: Vec<&str> = written.parts.iter().map(|part| part.title.as_str()).collect();
    let ids: Vec<&str> =
        written.parts.iter().flat_map(|part| &part.exercises).map(|exercise| exercise.id.as_str()).collect();
    let title_lines = lines_of(text, "title", &titles);
    let id_lines = lines_of(text, "id", &ids);
    check_unique("title", &titles, &title_lines)?;
    check_unique("id", &ids, &id_lines)?;

    let mut id_lines = id_lines.into_iter();
    let mut parts = Vec::new();
    let mut exercises = Vec::new();
    for (part, title_line) in written.parts.into_iter().zip(title_lines) {
        if part.exercises.is_empty() {
            let problem =
                format!("the part `{}` has no exercises; add one, or take the part out", part.title);
            return Err((title_line, problem));
        }
        for (exercise, line) in part.exercises.into_iter().zip(&mut id_lines) {
            let exercise = exercise_of(exercise, &part.title, line)?;
            check_prerequisites(&exercise, &exercises)?;
            exercises.push(exercise);
        }
        parts.push(Part { title: part.title, about: part.about });
    }
    if exercises.is_empty() {
        let line = text.lines().position(|line| line.starts_with("parts:")).map(|index| index + 1);
        return Err((line, "the course has no parts; add one with an exercise".to_owned()));
    }
    Ok(Course { limits: written.limits, parts, exercises })
}

fn exercise_of(written: WrittenExercise, part: &str, line: Option<usize>) -> Result<Exercise, Problem> {
    let WrittenExercise { id, folder, title, points, prerequisites, skills, hints } = written;
    if folder.strip_prefix(&format!("{id}_")).is_none_or(str::is_empty) {
        let problem = format!("the folder of {id} is `{folder}`; give it a name that begins with `{id}_`");
        return Err((line, problem));
    }
    if hints.len() < MIN_HINTS {
        let problem = format!(
            "{id} has {} of at least {MIN_HINTS} hints; go from a nudge to nearly the answer",
            hints.len()
        );
        return Err((line, problem));
    }
    let part = part.to_owned();
    Ok(Exercise { id, folder, title, part, points, hints, prerequisites, skills, line })
}

/// Whoever takes the exercises in order has done what each of them builds on.
fn check_prerequisites(exercise: &Exercise, earlier: &[Exercise]) -> Result<(), Problem> {
    let missing = |id: &&ExerciseId| earlier.iter().all(|exercise| exercise.id != **id);
    match exercise.prerequisites.iter().find(missing) {
        None => Ok(()),
        Some(missing) => {
            let problem = format!("{} builds on {missing}, which does not come before it", exercise.id);
            Err((exercise.line, problem))
        }
    }
}

/// Refuses a value that comes twice; `lines` are those of the values.
fn check_unique(key: &str, values: &[&str], lines: &[Option<usize>]) -> Result<(), Problem> {
    for (index, value) in values.iter().enumerate() {
        if let Some(first) = values[..index].iter().position(|earlier| earlier == value) {
            let earlier = lines[first].map_or("earlier".to_owned(), |line| format!("on line {line}"));
            let problem = format!("the {key} `{value}` is already used {earlier}; each needs its own");
            return Err((lines[index], problem));
        }
    }
    Ok(())
}

/// The lines, counted from 1, on which `key` has these `values`, which come in this order.
///
/// serde_yaml tells no lines of what it could read. A hint may hold any text, a line like `id: ex02` too, but
/// is indented deeper than the keys of its entry: the least indented line is the entry's own.
fn lines_of(text: &str, key: &str, values: &[&str]) -> Vec<Option<usize>> {
    let mut written = Vec::new();
    for (index, line) in text.lines().enumerate() {
        let content = line.trim_start_matches([' ', '-']);
        let value = content.strip_prefix(key).and_then(|rest| rest.strip_prefix(':'));
        // As YAML, so that quotes and comments are no part of it.
        if let Some(value) = value.and_then(|value| serde_yaml::from_str::<String>(value).ok()) {
            written.push((line.len() - content.len(), index + 1, value));
        }
    }
    let mut last = 0;
    let line_of = |value: &&str| {
        let after = written.iter().filter(|(_, line, found)| *line > last && found == value);
        let (_, line, _) = after.min()?;
        last = *line;
        Some(last)
    };
    values.iter().map(line_of).collect()
}

#[cfg(test)]
mod properties;

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
        hints: ["Look closer.", "Look at `f`,\nand at `g`.", "Call `f` first."]
            .map(|text| Hint { text: text.into(), checks: vec![] })
            .to_vec(),
        prerequisites: match id {
            "ex04" => vec![ExerciseId("ex02".into()), ExerciseId("ex03".into())],
            _ => vec![],
        },
        skills: match id {
            "ex03" => [(2, "the partials at (1, π) are (π, 0)".to_owned())].into(),
            _ => [].into(),
        },
        line: Some(1),
    });
    Course {
        limits: Limits { timeout_seconds: 5, memory_mb: 1024, output_kb: 64, build_seconds: 120 },
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
limits:
  timeout_seconds: 5
  memory_mb: 1024
  output_kb: 64
  build_seconds: 120
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
        prerequisites: [ex01]
        skills:
          7: 'rows: they sum to 1'
        hints: [d, { for: ['rows: they sum to 1'], text: e }, f]
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
                hints: vec![
                    Hint { text: "d".into(), checks: vec![] },
                    Hint { text: "e".into(), checks: vec!["rows: they sum to 1".into()] },
                    Hint { text: "f".into(), checks: vec![] },
                ],
                prerequisites: vec![ExerciseId("ex01".into())],
                skills: [(7, "rows: they sum to 1".to_owned())].into(),
                line: Some(15),
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
            ("an unknown key above", "limits:", "seed: 42\nlimits:"),
            ("no points", "        points: 5\n", ""),
            ("negative points", "points: 5", "points: -5"),
            ("zero points", "points: 5", "points: 0"),
            ("half a point", "points: 5", "points: 2.5"),
            ("too many points", "points: 5", "points: 99999999999"),
            ("points in words", "points: 5", "points: five"),
            ("no points given", "points: 5", "points:"),
            ("no hints", "        hints: [a, b, c]\n", ""),
            ("empty hints", "hints: [a, b, c]", "hints: []"),
            ("two hints", "hints: [a, b, c]", "hints: [a, b]"),
            ("one hint that is not a list", "hints: [a, b, c]", "hints: d"),
            ("a hint that says nothing", "[a, b, c]", "[a, '', c]"),
            ("a hint that is a number", "[a, b, c]", "[a, 2, c]"),
            ("a hint for no check", "for: ['rows: they sum to 1']", "for: []"),
            ("a hint for a check that is no list", "for: ['rows: they sum to 1']", "for: rows"),
            ("a hint for a check without a text", ", text: e", ""),
            ("a hint for a check that says nothing", "text: e", "text: ''"),
            ("a hint with another key", "text: e", "hint: e"),
            ("a colon in a title", "title: Row sums", "title: Row: sums"),
            ("a folder of another exercise", "folder: ex02_row_sums", "folder: ex01_row_sums"),
            ("a folder with only the id", "folder: ex02_row_sums", "folder: ex02_"),
            ("a prerequisite that comes later", "prerequisites: [ex01]", "prerequisites: [ex01, ex02]"),
            ("a prerequisite of another form", "prerequisites: [ex01]", "prerequisites: [1]"),
            ("skills without their checks", "7: 'rows: they sum to 1'", "- 7"),
            ("a skill that is no number", "7: 'rows", "seven: 'rows"),
            ("a folder that leads out", "folder: ex02_row_sums", "folder: ex02_/../../etc"),
            (
                "no limits",
                "limits:\n  timeout_seconds: 5\n  memory_mb: 1024\n  output_kb: 64\n  build_seconds: 120\n",
                "",
            ),
            ("a limit of zero", "memory_mb: 1024", "memory_mb: 0"),
            ("a negative limit", "memory_mb: 1024", "memory_mb: -1"),
            ("a title that is not given", "title: Row sums", "title:"),
            ("a part that is no mapping", "title: First steps", "First steps"),
            ("a tab", "  output_kb", "\toutput_kb"),
            ("a bracket left open", "hints: [a, b, c]", "hints: [a, b, c"),
            ("a second document", "parts:", "---\nparts:"),
            ("an alias of itself", "hints: [a, b, c]", "hints: &h [a, b, *h]"),
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
                format!("{head}parts:\n  - title: A\n    about: B\n    exercises: []\n"),
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
        let error = parse(b"limits:\n  memory_mb: 4\xff8\n", FILE).unwrap_err();
        messages.push_str(&format!("not UTF-8\n  {error}\n"));
        assert_snapshot!(messages);
    }

    #[test]
    fn a_value_is_found_on_the_line_of_its_own_key() {
        let hint_about_ids = "\
- id: ex01
  hints:
    - |
      id: ex02
      - id: ex01
- id: ex02
";
        let in_two_parts = "\
- title: A
  exercises:
    - id: ex01
      title: B
- title: B
  exercises:
      - title: A
        id: ex02
";
        let check = |what, text, key, values: &[&str], lines: &[Option<usize>]| {
            assert_eq!(lines_of(text, key, values), lines, "{what}");
        };
        let ids = ["ex01", "ex02"];
        check("in order", "- id: ex01\n- id: ex02\n", "id", &ids, &[Some(1), Some(2)]);
        check("twice", "- id: ex01\n\n- id: ex01\n", "id", &["ex01", "ex01"], &[Some(1), Some(3)]);
        check("not the first key", "- points: 5\n  id: ex01\n", "id", &["ex01"], &[Some(2)]);
        check("quoted", "- id: \"ex01\"\n- id: 'ex02'\n", "id", &ids, &[Some(1), Some(2)]);
        check("with a comment", "- id: ex01 # first\n", "id", &["ex01"], &[Some(1)]);
        check("commented out", "# - id: ex01\n- id: ex01\n", "id", &["ex01"], &[Some(2)]);
        check("part of another key", "- idea: ex01\n  id: ex01\n", "id", &["ex01"], &[Some(2)]);
        check("in a hint", hint_about_ids, "id", &ids, &[Some(1), Some(6)]);
        check("another entry's key", in_two_parts, "title", &["A", "B"], &[Some(1), Some(5)]);
        check("in two parts", in_two_parts, "id", &ids, &[Some(3), Some(8)]);
        check("on no line of its own", "- {id: ex01}\n- id: ex02\n", "id", &ids, &[None, Some(2)]);
    }

    #[test]
    fn every_folder_has_its_entry_and_every_entry_its_folder() {
        let course = small();
        let check = |names: &[&str]| check_folders(&course, FILE, "exercises", &folders(names));
        assert_eq!(check(&["ex01_add", "ex02_row_sums"]), Ok(()));
        assert_snapshot!(
            check(&["ex01_add"]).unwrap_err(),
            @"fixtures/course.yaml:15: ex02 has no folder exercises/ex02_row_sums; restore it with `git checkout -- exercises/ex02_row_sums`, or take this entry out"
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
        assert!(error.starts_with("fixtures/course.yaml:15: ex02 has no folder solutions/"), "{error}");
    }

    #[test]
    fn the_course_of_this_repository_is_sound() {
        let course = parse(include_bytes!("../../fixtures/course.yaml"), FILE).unwrap();
        let ids: Vec<u32> = course.exercises.iter().map(|exercise| exercise.id.number()).collect();
        assert!(ids.is_sorted_by(|one, next| one < next), "ids go up in the order of the course: {ids:?}");
    }
}
