//! `grader audit`: are the checks good enough? Scores every answer that the course knows to be wrong or right.

use std::collections::BTreeMap;
use std::fs;
use std::num::NonZeroU32;
use std::path::{Path, PathBuf};

use anyhow::Context;
use tabled::builder::Builder;
use tabled::settings::{Alignment, Style as Lines, object::Columns};

use crate::build_progress::BuildProgress;
use crate::cancel::Cancel;
use crate::cli::{RunArgs, Seed};
use crate::commands::score::{build_patience, confinement, rules};
use crate::course::{COURSE_FILE, Course, Exercise, Hint};
use crate::exit_code::Exit;
use crate::libtorch::{self, Environment};
use crate::outcome::{CheckOutcome, CheckStatus};
use crate::report;
use crate::runner::Worker;
use crate::scoring::{Bench, Candidate, Scored};
use crate::scratch::{Member, Scratch};
use crate::selection::select;

/// What an answer is known to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Truth {
    Wrong,
    Right,
}

impl Truth {
    const ALL: [Truth; 2] = [Truth::Wrong, Truth::Right];

    /// The folder under `fixtures/exNN/answers/`.
    fn folder(self) -> &'static str {
        match self {
            Truth::Wrong => "wrong",
            Truth::Right => "right",
        }
    }
}

/// An answer to an exercise, and what the checks say of it.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Judged {
    name: String,
    truth: Truth,
    verdict: Verdict,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Verdict {
    /// For each check whether it refused the answer.
    Refusals(Vec<bool>),
    /// rustc's words.
    DoesNotCompile(String),
}

/// What makes the checks of an exercise too weak, or too strict.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Problem {
    NoAnswers(Truth),
    /// A wrong answer gets full marks.
    Accepted(String),
    /// A right answer is refused by these checks.
    Refused(String, Vec<usize>),
    DoesNotCompile(String, String),
    /// A check without which no wrong answer would get more than it does.
    Idle(usize),
    /// A skill with the name of a check that the exercise does not have.
    Unproved(u32, String),
    /// The course has a hint for a check that there is not.
    HintForNothing(String),
}

/// Scores all answers of the exercises of `names` and prints who refused whom.
///
/// # Errors
/// The environment or the course is broken; weak checks are not an error but [`Exit::Refused`].
pub fn run(root: &Path, course: &Course, names: &[String], seeds: NonZeroU32) -> anyhow::Result<Exit> {
    let exercises = select(course, names)?;
    let libtorch = libtorch::ensure(root, &Environment::capture())?;
    let worker = Worker::start(libtorch.preload())?;
    let scratch = Scratch::open(root)?;
    let confinement = confinement(root, course)?;

    let mut answers = Vec::new();
    for exercise in &exercises {
        for truth in Truth::ALL {
            answers.extend(find_answers(root, exercise, truth)?);
        }
    }
    let members: Vec<Member> =
        answers.iter().map(|answer| answer.member(&scratch)).collect::<Result<_, _>>()?;
    scratch.fill(root, &members)?;
    let candidates: Vec<_> = members.iter().map(Candidate::from).collect();

    let mut problems = 0;
    for number in 0..seeds.get() {
        let seed = (number > 0).then_some(Seed::Random);
        let rules = rules(root, course, &RunArgs { seed, ..RunArgs::default() });
        let bench = Bench {
            workspace: &scratch.folder,
            confinement: Some(&confinement),
            patience: build_patience(course),
            worker: &worker,
            rules: &rules,
            coloured: false,
            figures: false,
        };
        let mut progress = BuildProgress::in_workspace(&scratch.folder);
        let scored = bench.score(&candidates, &Cancel::default(), |line| progress.line(line))?;
        scratch.is_still_ours()?;
        let mut found_under_seed = 0;
        for &exercise in &exercises {
            let of_exercise =
                answers.iter().zip(&scored).filter(|(answer, _)| answer.exercise.id == exercise.id);
            let checks = of_exercise.clone().find_map(|(_, scored)| match scored {
                Scored::Ran(ran, _) => Some(ran.checks.as_slice()),
                Scored::Broken(_) => None,
            });
            let checks = names_of(checks.unwrap_or_default());
            let judged: Vec<Judged> = of_exercise.map(|(answer, scored)| answer.judge(scored)).collect();
            let mut found = weigh(&checks, &judged);
            found.extend(unproved(&checks, &exercise.skills));
            found.extend(hints_for_nothing(&checks, &exercise.hints));
            found_under_seed += found.len();
            // Who refuses whom is shown once. Under other seeds it is of interest where something is wrong.
            if number == 0 || !found.is_empty() {
                report::print(&render(exercise, &checks, &judged, &found))?;
            }
        }
        if seeds.get() > 1 {
            report::print(&format!("seed {}: {found_under_seed} problems\n", rules.settings.seed))?;
        }
        problems += found_under_seed;
    }
    Ok(if problems == 0 { Exit::Done } else { Exit::Refused })
}

struct Answer<'a> {
    exercise: &'a Exercise,
    truth: Truth,
    name: String,
    file: PathBuf,
}

/// The answers of one kind, by name. None where there is no folder for them.
fn find_answers<'a>(root: &Path, exercise: &'a Exercise, truth: Truth) -> anyhow::Result<Vec<Answer<'a>>> {
    let folder = root.join("fixtures").join(exercise.id.as_str()).join("answers").join(truth.folder());
    let Ok(entries) = fs::read_dir(&folder) else { return Ok(Vec::new()) };
    let mut files: Vec<PathBuf> =
        entries.map(|entry| Ok(entry?.path())).collect::<Result<_, std::io::Error>>()?;
    files.retain(|file| file.extension().is_some_and(|extension| extension == "rs"));
    files.sort();
    let name = |file: &Path| file.file_stem().unwrap_or_default().to_string_lossy().into_owned();
    Ok(files.into_iter().map(|file| Answer { exercise, truth, name: name(&file), file }).collect())
}

impl<'a> Answer<'a> {
    fn member(&self, scratch: &Scratch) -> anyhow::Result<Member<'a>> {
        let Answer { exercise, truth, name, file } = self;
        let source = fs::read(file).with_context(|| format!("cannot read {}", file.display()))?;
        Ok(Member {
            package: scratch.package(&format!("{}-{}-{name}", exercise.id, truth.folder())),
            folder: Path::new(exercise.id.as_str()).join(truth.folder()).join(name),
            exercise,
            sources: vec![("lib.rs".into(), source)],
        })
    }

    fn judge(&self, scored: &Scored) -> Judged {
        let verdict = match scored {
            Scored::Ran(ran, _) => Verdict::Refusals(
                ran.checks.iter().map(|check| check.status != CheckStatus::Passed).collect(),
            ),
            Scored::Broken(errors) => Verdict::DoesNotCompile(errors.join("\n")),
        };
        Judged { name: self.name.clone(), truth: self.truth, verdict }
    }
}

fn names_of(checks: &[CheckOutcome]) -> Vec<String> {
    checks.iter().map(|check| check.name.clone()).collect()
}

/// All that is wrong with the checks, judged by what they say of the answers.
fn weigh(checks: &[String], judged: &[Judged]) -> Vec<Problem> {
    let mut problems = Vec::new();
    for truth in Truth::ALL {
        if judged.iter().all(|answer| answer.truth != truth) {
            problems.push(Problem::NoAnswers(truth));
        }
    }
    let mut needed = vec![false; checks.len()];
    for Judged { name, truth, verdict } in judged {
        let refusals = match verdict {
            Verdict::DoesNotCompile(words) => {
                problems.push(Problem::DoesNotCompile(name.clone(), words.clone()));
                continue;
            }
            Verdict::Refusals(refusals) => refusals,
        };
        let refused_by: Vec<usize> = (0..refusals.len()).filter(|&check| refusals[check]).collect();
        match (truth, refused_by.as_slice()) {
            (Truth::Wrong, []) => problems.push(Problem::Accepted(name.clone())),
            (Truth::Wrong, [only]) => needed[*only] = true,
            (Truth::Right, [_, ..]) => problems.push(Problem::Refused(name.clone(), refused_by)),
            _ => {}
        }
    }
    problems.extend((0..checks.len()).filter(|&check| !needed[check]).map(Problem::Idle));
    problems
}

/// The skills that are said to be proved by checks which are not there.
fn unproved<'a>(
    checks: &'a [String],
    skills: &'a BTreeMap<u32, String>,
) -> impl Iterator<Item = Problem> + 'a {
    let missing = skills.iter().filter(|(_, check)| !checks.contains(check));
    missing.map(|(skill, check)| Problem::Unproved(*skill, check.clone()))
}

/// The hints that are said to be for checks which are not there.
fn hints_for_nothing<'a>(checks: &'a [String], hints: &'a [Hint]) -> impl Iterator<Item = Problem> + 'a {
    let named = hints.iter().flat_map(|hint| &hint.checks);
    named.filter(|check| !checks.contains(check)).map(|check| Problem::HintForNothing(check.clone()))
}

fn render(exercise: &Exercise, checks: &[String], judged: &[Judged], problems: &[Problem]) -> String {
    let mut text = format!("{} {}\n\n", exercise.id, exercise.title);
    for (number, check) in checks.iter().enumerate() {
        text.push_str(&format!("  {:>2}  {check}\n", number + 1));
    }
    let mut table = Builder::default();
    let numbers = (1..=checks.len()).map(|number| number.to_string());
    table.push_record(["answer".to_owned()].into_iter().chain(numbers));
    for Judged { name, truth, verdict } in judged {
        let marks = match verdict {
            Verdict::Refusals(refusals) => {
                refusals.iter().map(|&refused| if refused { "✗" } else { "·" }.to_owned()).collect()
            }
            Verdict::DoesNotCompile(_) => vec!["does not compile".to_owned()],
        };
        table.push_record([format!("{} {name}", truth.folder())].into_iter().chain(marks));
    }
    let mut table = table.build();
    table.with(Lines::sharp()).modify(Columns::new(1..), Alignment::center());
    text.push_str(&format!("\n{table}\n(✗: refused by that check)\n\n"));
    for problem in problems {
        text.push_str(&format!("PROBLEM  {}\n", problem.describe(exercise, checks)));
    }
    if problems.is_empty() {
        text.push_str("Every wrong answer is refused, every right one accepted, every check is needed.\n");
    }
    text.push('\n');
    text
}

impl Problem {
    fn describe(&self, exercise: &Exercise, checks: &[String]) -> String {
        let id = &exercise.id;
        let answers = format!("fixtures/{id}/answers");
        match self {
            Problem::NoAnswers(truth) => {
                format!(
                    "there is no {} answer: write some into {answers}/{}/",
                    truth.folder(),
                    truth.folder()
                )
            }
            Problem::Accepted(name) => format!(
                "{answers}/wrong/{name}.rs gets full marks: write a check that refuses it, or find out why it is right"
            ),
            Problem::Refused(name, by) => {
                let by: Vec<&str> = by.iter().map(|&check| checks[check].as_str()).collect();
                format!(
                    "{answers}/right/{name}.rs is refused by “{}”: the check asks for too much",
                    by.join("”, “")
                )
            }
            Problem::DoesNotCompile(name, words) => format!("{name}.rs does not compile:\n{words}"),
            Problem::Idle(check) => format!(
                "no wrong answer is refused by “{}” alone: write one that is, or take the check out",
                checks[*check]
            ),
            Problem::Unproved(skill, check) => format!(
                "{COURSE_FILE} has skill {skill} proved by “{check}”, but {id} has no such check: name one of those above"
            ),
            Problem::HintForNothing(check) => format!(
                "{COURSE_FILE} has a hint for “{check}”, but {id} has no such check: name one of those above"
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judged(name: &str, truth: Truth, refusals: &[bool]) -> Judged {
        Judged { name: name.into(), truth, verdict: Verdict::Refusals(refusals.to_vec()) }
    }

    fn weigh_two(judged: &[Judged]) -> Vec<Problem> {
        weigh(&["a".into(), "b".into()], judged)
    }

    #[test]
    fn good_checks_refuse_each_wrong_answer_accept_each_right_one_and_are_each_needed() {
        let answers = [
            judged("one", Truth::Wrong, &[true, false]),
            judged("two", Truth::Wrong, &[false, true]),
            judged("three", Truth::Wrong, &[true, true]),
            judged("four", Truth::Right, &[false, false]),
        ];
        assert_eq!(weigh_two(&answers), []);
    }

    #[test]
    fn every_kind_of_weakness_is_a_problem() {
        let needed = [judged("x", Truth::Wrong, &[true, false]), judged("y", Truth::Wrong, &[false, true])];
        let right = judged("z", Truth::Right, &[false, false]);
        let with = |more: Judged| weigh_two(&[&needed[..], &[right.clone(), more]].concat());

        assert_eq!(with(judged("w", Truth::Wrong, &[false, false])), [Problem::Accepted("w".into())]);
        assert_eq!(with(judged("r", Truth::Right, &[false, true])), [Problem::Refused("r".into(), vec![1])]);
        let broken = Judged {
            name: "c".into(),
            truth: Truth::Wrong,
            verdict: Verdict::DoesNotCompile("error".into()),
        };
        assert_eq!(with(broken), [Problem::DoesNotCompile("c".into(), "error".into())]);
        assert_eq!(weigh_two(&[needed[0].clone(), right.clone()]), [Problem::Idle(1)]);
        assert_eq!(
            weigh_two(&[]),
            [
                Problem::NoAnswers(Truth::Wrong),
                Problem::NoAnswers(Truth::Right),
                Problem::Idle(0),
                Problem::Idle(1)
            ]
        );
        assert_eq!(weigh_two(&needed), [Problem::NoAnswers(Truth::Right)]);
    }

    #[test]
    fn a_skill_is_proved_by_a_check_that_is_there() {
        let checks = ["a".to_owned(), "b".to_owned()];
        let skills = [(1, "b".to_owned()), (7, "c".to_owned())].into();
        assert_eq!(unproved(&checks, &skills).collect::<Vec<_>>(), [Problem::Unproved(7, "c".into())]);
    }

    #[test]
    fn a_hint_is_for_checks_that_are_there() {
        let checks = ["a", "b"].map(str::to_owned);
        let hint = |names: &[&str]| Hint {
            text: "Look closer.".into(),
            checks: names.iter().map(|&name| name.to_owned()).collect(),
        };
        let found = |hints: &[Hint]| hints_for_nothing(&checks, hints).collect::<Vec<_>>();
        assert_eq!(found(&[hint(&[]), hint(&["b", "a"])]), []);
        assert_eq!(found(&[hint(&["a", "B"])]), [Problem::HintForNothing("B".into())]);
    }
}
