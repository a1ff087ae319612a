//! The skills that the course promises: what `fixtures/skills.yaml` says, held to the exercises.

use std::path::Path;

use serde::Deserialize;

use crate::course::{self, Course, CourseError, Exercise};

/// The file of skills, as seen from the root of the course.
pub const SKILLS_FILE: &str = "fixtures/skills.yaml";

/// Skills that belong together.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, expecting = "an area: its title as `area`, and `skills`")]
pub struct Area {
    #[serde(rename = "area")]
    pub title: String,
    pub skills: Vec<Skill>,
}

/// Something that a learner can do afterwards.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, expecting = "a skill: `number`, `skill` and `sources`")]
pub struct Skill {
    /// What exercises name it by.
    pub number: u32,
    #[serde(rename = "skill")]
    pub name: String,
    /// Where it comes from: sections of the documents that the course teaches.
    pub sources: Vec<String>,
}

impl Skill {
    /// The exercises that teach it, each with the name of the check that proves it.
    pub fn proofs<'a>(&self, course: &'a Course) -> impl Iterator<Item = (&'a Exercise, &'a str)> {
        let number = self.number;
        course
            .exercises
            .iter()
            .filter_map(move |exercise| Some((exercise, exercise.skills.get(&number)?.as_str())))
    }
}

/// Reads the skills of the course at `root`.
pub fn load(root: &Path, course: &Course) -> Result<Vec<Area>, CourseError> {
    let areas = parse(&course::read(root, SKILLS_FILE)?, SKILLS_FILE)?;
    check_numbers(course, &areas)?;
    Ok(areas)
}

/// Reads the text of a file of skills; `file` is what errors call it.
fn parse(bytes: &[u8], file: &str) -> Result<Vec<Area>, CourseError> {
    let (areas, _) = course::parse_yaml::<Vec<Area>>(bytes, file)?;
    let in_order: Vec<u32> = numbers(&areas).collect();
    match in_order.windows(2).find(|pair| pair[0] >= pair[1]) {
        None => Ok(areas),
        Some(pair) => Err(CourseError {
            file: file.to_owned(),
            line: None,
            problem: format!("skill {} comes after skill {}; number them upwards", pair[1], pair[0]),
        }),
    }
}

fn numbers(areas: &[Area]) -> impl Iterator<Item = u32> {
    areas.iter().flat_map(|area| &area.skills).map(|skill| skill.number)
}

/// Refuses an exercise that teaches a skill which is not there.
fn check_numbers(course: &Course, areas: &[Area]) -> Result<(), CourseError> {
    for exercise in &course.exercises {
        let unknown = exercise.skills.keys().find(|&&number| numbers(areas).all(|known| known != number));
        if let Some(number) = unknown {
            return Err(CourseError {
                file: course::COURSE_FILE.to_owned(),
                line: exercise.line,
                problem: format!(
                    "{} teaches skill {number}, which {SKILLS_FILE} does not have; add it there",
                    exercise.id
                ),
            });
        }
    }
    Ok(())
}

/// Skills that tests of other modules are tried on.
#[cfg(test)]
pub fn sample() -> Vec<Area> {
    let skill = |number, name: &str, sources: &[&str]| Skill {
        number,
        name: name.into(),
        sources: sources.iter().map(|source| source.to_string()).collect(),
    };
    vec![
        Area { title: "Tensors".into(), skills: vec![skill(1, "make tensors of numbers", &["A P1-L2"])] },
        Area {
            title: "Autograd".into(),
            skills: vec![
                skill(2, "find out in which direction a function grows fastest", &["A P4-L2", "B 2.7"]),
                skill(10, "go the other way", &["B 5"]),
            ],
        },
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &str = "fixtures/skills.yaml";

    #[test]
    fn every_skill_of_this_course_is_proved_by_a_check() {
        let areas = parse(include_bytes!("../../fixtures/skills.yaml"), FILE).unwrap();
        let course = course::parse(include_bytes!("../../fixtures/course.yaml"), "course.yaml").unwrap();
        check_numbers(&course, &areas).unwrap();
        assert_eq!(numbers(&areas).collect::<Vec<_>>(), (1..=104).collect::<Vec<_>>());
        let skills = areas.iter().flat_map(|area| &area.skills);
        let untaught: Vec<&Skill> = skills.filter(|skill| skill.proofs(&course).next().is_none()).collect();
        assert_eq!(untaught, [] as [&Skill; 0]);
    }

    #[test]
    fn every_exercise_of_this_course_teaches_a_skill() {
        let course = course::parse(include_bytes!("../../fixtures/course.yaml"), "course.yaml").unwrap();
        let idle: Vec<&str> = course
            .exercises
            .iter()
            .filter(|exercise| exercise.skills.is_empty())
            .map(|exercise| exercise.id.as_str())
            .collect();
        assert_eq!(idle, [] as [&str; 0]);
    }

    #[test]
    fn a_skill_that_is_not_in_the_file_is_told_with_the_line_of_its_exercise() {
        let course = course::sample();
        assert_eq!(check_numbers(&course, &sample()), Ok(()));
        let error = check_numbers(&course, &sample()[..1]).unwrap_err();
        assert_eq!(
            error.to_string(),
            "fixtures/course.yaml:1: ex03 teaches skill 2, which fixtures/skills.yaml does not have; add it there"
        );
    }

    #[test]
    fn a_mistake_in_the_file_is_an_error_that_says_where() {
        let good = "- area: A\n  skills:\n    - {number: 1, skill: a, sources: []}\n    - {number: 2, skill: b, sources: []}\n";
        assert_eq!(parse(good.as_bytes(), FILE).unwrap()[0].skills.len(), 2);
        for (from, to, expected) in [
            (
                "number: 2",
                "number: 1",
                "fixtures/skills.yaml: skill 1 comes after skill 1; number them upwards",
            ),
            ("skill: b, ", "", "fixtures/skills.yaml:4: .[0].skills[1]: missing field `skill`"),
            (
                "number: 2",
                "number: two",
                "fixtures/skills.yaml:4: .[0].skills[1].number: invalid type: string \"two\", expected u32",
            ),
        ] {
            let error = parse(good.replace(from, to).as_bytes(), FILE).unwrap_err();
            assert_eq!(error.to_string(), expected);
        }
    }
}
