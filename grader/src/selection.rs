//! Which exercises are meant by what was typed.

use std::path::Path;

use crate::cli;
use crate::course::{Course, Exercise};
use crate::exit_code::UsageError;

/// Names further away than this are not worth suggesting.
const LEAST_SIMILARITY: f64 = 0.6;
const MOST_SUGGESTIONS: usize = 3;

/// The exercises that `names` mean, in the order of the course and each once; all where there are no names.
pub fn select<'c>(course: &'c Course, names: &[String]) -> Result<Vec<&'c Exercise>, UsageError> {
    let mut wanted = Vec::new();
    for name in names {
        wanted.push(find(course, name)?);
    }
    Ok(course
        .exercises
        .iter()
        .filter(|exercise| names.is_empty() || wanted.iter().any(|other| other.id == exercise.id))
        .collect())
}

/// The exercise that `name` means: `ex03`, `ex3`, `3`, `gradient`, `ex03_gradient`, or a path to it or
/// into it.
pub fn find<'c>(course: &'c Course, name: &str) -> Result<&'c Exercise, UsageError> {
    let mut steps = name.split(['/', '\\']).rev().filter(|step| !step.is_empty());
    let last = steps.next().unwrap_or_default();
    let folder_around = |exercise: &&Exercise| steps.clone().any(|step| step == exercise.folder);
    let exercises = &course.exercises;
    exercises
        .iter()
        .find(|exercise| means(last, exercise))
        .or_else(|| exercises.iter().find(folder_around))
        .or_else(|| at_path(course, Path::new(name)))
        .ok_or_else(|| unknown(course, name, last))
}

/// The exercise that this file or folder is in, seen from the working directory: `.` or `src/lib.rs`.
fn at_path<'c>(course: &'c Course, path: &Path) -> Option<&'c Exercise> {
    let path = path.canonicalize().ok()?;
    let folders: Vec<_> = path.iter().collect();
    course
        .exercises
        .iter()
        .find(|exercise| folders.windows(2).any(|pair| pair == ["exercises", exercise.folder.as_str()]))
}

fn means(name: &str, exercise: &Exercise) -> bool {
    let name = normalised(name);
    let digits = name.strip_prefix("ex").unwrap_or(&name);
    name == exercise.folder || name == exercise.slug() || digits.parse() == Ok(exercise.id.number())
}

/// As folders are written: `Gradient Descent` and `gradient-descent` are `gradient_descent`.
fn normalised(name: &str) -> String {
    name.trim().to_lowercase().replace(['-', ' '], "_")
}

fn unknown(course: &Course, name: &str, last_step: &str) -> UsageError {
    let typed = normalised(last_step);
    let mut near: Vec<(f64, &Exercise)> = course
        .exercises
        .iter()
        .map(|exercise| (similarity(&typed, exercise), exercise))
        .filter(|(similarity, _)| *similarity >= LEAST_SIMILARITY)
        .collect();
    // Stable: of equally near names the one that comes first in the course is suggested first.
    near.sort_by(|(one, _), (other, _)| other.total_cmp(one));
    let exercises = near.iter().map(|(_, exercise)| format!("{} ({})", exercise.id, exercise.slug()));
    let near: Vec<String> =
        command_meant(&typed).into_iter().chain(exercises).take(MOST_SUGGESTIONS).collect();
    let suggestion = match near.as_slice() {
        [] => String::new(),
        [only] => format!("; did you mean {only}?"),
        [others @ .., last] => format!("; did you mean {} or {last}?", others.join(", ")),
    };
    UsageError(format!(
        "there is no exercise `{name}`{suggestion}\n`cargo run -p grader -- list` shows them all"
    ))
}

/// What somebody may have meant who took an exercise's place for a command's.
fn command_meant(typed: &str) -> Option<String> {
    match typed {
        "next" | "run" | "check" | "test" | "start" => {
            return Some("`cargo run -p grader`, which scores everything and says what is next".to_owned());
        }
        "solution" | "solutions" | "solve" => return Some("the files under solutions/".to_owned()),
        _ => {}
    }
    let names = cli::command_names();
    let near = |name: &String| strsim::normalized_damerau_levenshtein(typed, name);
    let name = names.iter().max_by(|one, other| near(one).total_cmp(&near(other)))?;
    (near(name) >= LEAST_SIMILARITY).then(|| format!("the command `{name}`"))
}

/// How near `typed` is to the nearest of the exercise's names, or to a word of its slug: from 0 to 1.
fn similarity(typed: &str, exercise: &Exercise) -> f64 {
    [exercise.id.as_str(), &exercise.folder, exercise.slug()]
        .into_iter()
        .chain(exercise.slug().split('_'))
        .map(|known| strsim::normalized_damerau_levenshtein(typed, known))
        .fold(0.0, f64::max)
}

#[cfg(test)]
mod tests {
    use insta::assert_snapshot;

    use super::*;
    use crate::course;

    fn selected(names: &[&str]) -> String {
        let course = course::sample();
        let names: Vec<String> = names.iter().map(|name| name.to_string()).collect();
        match select(&course, &names) {
            Ok(exercises) => {
                exercises.iter().map(|exercise| exercise.id.as_str()).collect::<Vec<_>>().join(" ")
            }
            Err(error) => error.to_string(),
        }
    }

    #[test]
    fn an_exercise_goes_by_many_names() {
        for name in [
            "ex03",
            "EX03",
            "ex3",
            "3",
            "03",
            "gradient",
            "Gradient",
            "ex03_gradient",
            "ex03-gradient",
            "exercises/ex03_gradient",
            "exercises/ex03_gradient/",
            "./exercises/ex03_gradient/src/lib.rs",
            r"exercises\ex03_gradient\",
        ] {
            assert_eq!(selected(&[name]), "ex03", "{name}");
        }
        assert_eq!(selected(&["gradient descent"]), "ex04");
    }

    #[test]
    fn only_the_folder_of_an_exercise_counts_on_the_way_to_a_file() {
        assert!(selected(&["home/3/notes"]).starts_with("there is no exercise `home/3/notes`"));
    }

    #[test]
    fn a_path_that_is_there_means_the_exercise_it_is_in() {
        let course = course::sample();
        let place = tempfile::tempdir().unwrap();
        let source = place.path().join("exercises/ex03_gradient/src");
        std::fs::create_dir_all(&source).unwrap();
        for path in [source.join(".."), source.join("../src/."), source] {
            assert_eq!(at_path(&course, &path).map(|exercise| exercise.id.as_str()), Some("ex03"));
        }
        assert_eq!(at_path(&course, place.path()), None);
    }

    #[test]
    fn the_order_is_that_of_the_course_and_nothing_comes_twice() {
        assert_eq!(selected(&["ex04", "gradient", "1", "ex03"]), "ex01 ex03 ex04");
    }

    #[test]
    fn no_name_means_every_exercise() {
        assert_eq!(selected(&[]), "ex01 ex02 ex03 ex04");
    }

    #[test]
    fn an_unknown_name_is_an_error_with_the_nearest_names() {
        let names = [
            "gradeint",
            "surgery",
            "ex05",
            "exercises/ex02_row_normalisation/",
            "quantum",
            "",
            "-7",
            "watchh",
            "next",
            "solution",
        ];
        assert_snapshot!(names.map(|name| selected(&["ex01", name])).join("\n\n"));
    }
}
