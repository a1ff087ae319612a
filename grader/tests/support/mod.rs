//! Submissions to score with the real grader: the course's solutions, with one function changed.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;
use tempfile::TempDir;

/// The root folder of this very course.
pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the grader is a folder of the course")
}

/// The real grader, run in this very course.
pub fn grader() -> Command {
    let mut grader = Command::new(env!("CARGO_BIN_EXE_grader"));
    grader.current_dir(root());
    grader
}

/// Somebody's copy of some exercises.
pub struct Submission {
    folder: TempDir,
    ids: Vec<String>,
}

impl Submission {
    /// The first four exercises, solved: enough to see whether one disturbs another.
    pub fn solved() -> Self {
        Self::solved_only(&["ex01", "ex02", "ex03", "ex04"])
    }

    /// Only the named exercises, solved.
    pub fn solved_only(ids: &[&str]) -> Self {
        Self::of(ids, |folder| root().join("solutions").join(folder).join("src/lib.rs"))
    }

    /// Every exercise of the course as it is handed out.
    pub fn untouched() -> Self {
        Self::of(&["ex"], |folder| root().join("fixtures").join(&folder[..4]).join("stub.rs"))
    }

    /// The exercises whose ids begin with one of `prefixes`, each with the source that `source` names.
    fn of(prefixes: &[&str], source: impl Fn(&str) -> PathBuf) -> Self {
        let mut submission = Submission { folder: tempfile::tempdir().unwrap(), ids: Vec::new() };
        for solution in fs::read_dir(root().join("solutions")).unwrap() {
            let name = solution.unwrap().file_name().into_string().unwrap();
            if prefixes.iter().any(|prefix| name.starts_with(prefix)) {
                let folder = submission.path().join("exercises").join(&name).join("src");
                fs::create_dir_all(&folder).unwrap();
                fs::copy(source(&name), folder.join("lib.rs")).unwrap();
                submission.ids.push(name[..4].to_owned());
            }
        }
        submission
    }

    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    /// `src/lib.rs` of an exercise.
    pub fn source(&self, id: &str) -> PathBuf {
        let exercises = fs::read_dir(self.path().join("exercises")).unwrap();
        let folder = exercises
            .map(|folder| folder.unwrap().path())
            .find(|folder| folder.file_name().unwrap().to_string_lossy().starts_with(id));
        folder.unwrap_or_else(|| panic!("there is no {id}")).join("src/lib.rs")
    }

    /// Puts `code` right after `after` in the source of an exercise.
    pub fn insert(self, id: &str, after: &str, code: &str) -> Self {
        let source = fs::read_to_string(self.source(id)).unwrap();
        assert_eq!(source.matches(after).count(), 1, "{after} is not there once");
        fs::write(self.source(id), source.replace(after, &format!("{after}\n{code}"))).unwrap();
        self
    }

    /// `code` runs whenever `diagonal_to_zero(10)` of ex01 is called: in its first check, and in no other.
    pub fn where_ten_is_asked(code: &str) -> Self {
        Self::solved().insert("ex01", TEN, &format!("if n == 10 {{ {code} }}"))
    }

    /// Scores the exercises that are in it.
    pub fn score(&self, arguments: &[&str]) -> Score {
        let output = grader()
            .args(["--format", "json", "--submission"])
            .arg(self.path())
            .args(&self.ids)
            .args(arguments)
            .output()
            .unwrap();
        Score::of(output)
    }
}

const TEN: &str = "pub fn diagonal_to_zero(n: i64) -> Result<Tensor, TchError> {";

/// The check of ex01 that calls `diagonal_to_zero(10)`.
pub const CHECK_OF_TEN: &str = "diagonal_to_zero(n) is 0 on the diagonal and 1 elsewhere";

/// Every score that a test reads is also held to the schema that the course publishes.
fn holds_to_the_schema(json: &Value) {
    let schema = fs::read_to_string(root().join("grader/schema/score.schema.json")).unwrap();
    let schema = serde_json::from_str(&schema).unwrap();
    let validator = jsonschema::draft202012::new(&schema).unwrap();
    let errors: Vec<String> = validator.iter_errors(json).map(|error| error.to_string()).collect();
    assert!(errors.is_empty(), "{errors:#?}");
}

/// A score, as the grader's JSON tells it.
pub struct Score {
    pub json: Value,
}

impl Score {
    pub fn of(output: Output) -> Self {
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(0), "{said}");
        let json = serde_json::from_slice(&output.stdout).unwrap();
        holds_to_the_schema(&json);
        Score { json }
    }

    pub fn exercise(&self, id: &str) -> &Value {
        let exercises = self.json["exercises"].as_array().unwrap();
        exercises.iter().find(|exercise| exercise["id"] == id).unwrap()
    }

    pub fn check(&self, id: &str, name: &str) -> &Value {
        let checks = self.exercise(id)["checks"].as_array().unwrap();
        checks
            .iter()
            .find(|check| check["name"] == name)
            .unwrap_or_else(|| panic!("{id} has no check “{name}”"))
    }

    /// Names of all checks that did not pass, and of all exercises without checks: `ex01: name`.
    pub fn unpassed(&self) -> Vec<String> {
        let mut names = Vec::new();
        for exercise in self.json["exercises"].as_array().unwrap() {
            let id = exercise["id"].as_str().unwrap();
            let checks = exercise["checks"].as_array().unwrap();
            if checks.is_empty() {
                names.push(id.to_owned());
            }
            let unpassed = checks.iter().filter(|check| check["status"] != "passed");
            names.extend(unpassed.map(|check| format!("{id}: {}", check["name"].as_str().unwrap())));
        }
        names
    }
}
