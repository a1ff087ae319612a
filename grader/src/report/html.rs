//! The score as one page for a browser: it needs no network, no script and no other file.
//!
//! The page is `templates/report.html`, its looks are `templates/report.css`. askama escapes all that goes into it;
//! what could do more than be seen is made visible in the whole page at once.

use std::collections::BTreeMap;

use askama::Template;
use pulldown_cmark::{CowStr, Event, HeadingLevel, Options as Markdown, Parser, Tag, TagEnd};

use super::failure::{MESSAGE, OUTPUT, advice, silence};
use super::text::{excerpt, printable};
use super::{Look, Options, Style, conditions, next_step, parts, percent};
use crate::course::source_of;
use crate::figures;
use crate::lesson::Lesson;
use crate::outcome::{CheckOutcome, CheckStatus, ExerciseOutcome, ExerciseStatus, RunOutcome};

/// Letters of messages, output and compiler errors in a page: some hundred failures in full.
const TEXTS: usize = 200_000;

/// Bytes of figures in a page: about twice what a course has.
const FIGURES: usize = 400_000;

/// What a page is about.
pub struct Page<'a> {
    pub run: &'a RunOutcome,
    /// By the ids of their exercises.
    pub lessons: &'a BTreeMap<String, Lesson>,
    /// Whose code was scored.
    pub subject: &'a str,
    /// Say what to do next.
    pub next_step: bool,
}

pub fn render(page: &Page) -> anyhow::Result<String> {
    let Page { run, lessons, subject, next_step } = *page;
    let share = fair_share(run.exercises.iter().map(length), TEXTS);
    let mut room = FIGURES;
    let template = ReportTemplate {
        run,
        subject,
        percent: percent(run.score, run.max_score),
        conditions: conditions(run),
        counts: counts(run),
        next: if next_step { Next::of(run) } else { None },
        parts: parts(run)
            .map(|part| {
                let (score, max_score) = part.score();
                let section = |exercise| Section::of(exercise, lessons, share, &mut room);
                PartSection {
                    title: part.title,
                    score,
                    max_score,
                    exercises: part.exercises.iter().map(section).collect(),
                }
            })
            .collect(),
        first_unpassed: run.first_unpassed().map(|exercise| exercise.id.as_str()).unwrap_or_default(),
    };
    Ok(printable(&template.render()?))
}

#[derive(Template)]
#[template(path = "report.html", whitespace = "minimize")]
struct ReportTemplate<'a> {
    run: &'a RunOutcome,
    subject: &'a str,
    percent: String,
    conditions: String,
    counts: Vec<(ExerciseStatus, usize)>,
    next: Option<Next<'a>>,
    parts: Vec<PartSection<'a>>,
    first_unpassed: &'a str,
}

struct PartSection<'a> {
    title: &'a str,
    score: u32,
    max_score: u32,
    exercises: Vec<Section<'a>>,
}

/// An exercise on the page.
struct Section<'a> {
    exercise: &'a ExerciseOutcome,
    passed: usize,
    /// Its title, and its text as HTML of our own making.
    lesson: Option<(&'a str, String)>,
    /// As SVG of our own making.
    figures: Vec<String>,
    checks: Vec<Check<'a>>,
    diagnostics: Vec<String>,
    advice: Option<String>,
    silence: Option<&'static str>,
    /// Not everything there is to read is shown.
    cut: bool,
}

/// A check on the page, and what is shown of its texts.
struct Check<'a> {
    check: &'a CheckOutcome,
    /// The message as it is laid out, without its last words.
    message: String,
    /// The likely cause, which is prose.
    cause: Option<String>,
    output: String,
}

impl<'a> Section<'a> {
    /// `share` are the letters of text that it may have, `room` the bytes of figures that the page still may.
    fn of(
        exercise: &'a ExerciseOutcome,
        lessons: &'a BTreeMap<String, Lesson>,
        share: usize,
        room: &mut usize,
    ) -> Self {
        let mut left = share;
        let mut cut = false;
        let mut shown = |text: String| match text.char_indices().nth(left) {
            Some((end, _)) => {
                (left, cut) = (0, true);
                text[..end].to_owned()
            }
            None => {
                left -= text.chars().count();
                text
            }
        };
        let checks = exercise
            .checks
            .iter()
            .map(|check| {
                let (message, cause) = apart(shown(message(check)));
                Check { check, message, cause, output: shown(output(check)) }
            })
            .collect();
        let diagnostics = diagnostics(exercise).map(&mut shown).collect();
        let mut figures: Vec<String> = exercise.figures.iter().map(figures::inline).collect();
        let all = figures.len();
        figures.retain(|figure| match room.checked_sub(figure.len()) {
            Some(left) => {
                *room = left;
                true
            }
            None => false,
        });
        cut |= figures.len() < all;
        let lesson = lessons.get(&exercise.id);
        Section {
            exercise,
            passed: exercise.checks.iter().filter(|check| check.status == CheckStatus::Passed).count(),
            lesson: lesson.map(|lesson| (lesson.title.as_str(), html(&lesson.text))),
            figures,
            checks,
            diagnostics,
            advice: advice(exercise),
            silence: silence(exercise),
            cut,
        }
    }
}

/// A message, and the likely cause that it ends with: a paragraph whose lines need not stay as they are.
fn apart(message: String) -> (String, Option<String>) {
    const BEGINNING: &str = "\n\nLikely cause: ";
    let Some((before, rest)) = message.split_once(BEGINNING) else { return (message, None) };
    let (cause, after) = rest.split_once("\n\n").unwrap_or((rest, ""));
    let laid_out = [before, after].join("\n\n").trim_end().to_owned();
    (laid_out, Some(cause.to_owned()))
}

/// What is wrong, where there is more to say than the status does.
fn message(check: &CheckOutcome) -> String {
    match check.status {
        CheckStatus::Passed | CheckStatus::Todo => String::new(),
        _ => excerpt(&check.message, MESSAGE.0, MESSAGE.1),
    }
}

fn output(check: &CheckOutcome) -> String {
    match check.status {
        CheckStatus::Passed | CheckStatus::Todo => String::new(),
        _ => excerpt(&check.output, OUTPUT.0, OUTPUT.1),
    }
}

fn diagnostics(exercise: &ExerciseOutcome) -> impl Iterator<Item = String> {
    exercise.diagnostics.iter().map(|diagnostic| excerpt(diagnostic, MESSAGE.0, MESSAGE.1))
}

/// Letters there are to read about an exercise.
fn length(exercise: &ExerciseOutcome) -> usize {
    let checks = exercise.checks.iter().flat_map(|check| [message(check), output(check)]);
    checks.chain(diagnostics(exercise)).map(|text| text.chars().count()).sum()
}

/// How much each may have for all to have at most `total`: who needs less leaves the rest to the others, so that a
/// flood in one exercise takes nothing from another.
fn fair_share(needs: impl Iterator<Item = usize>, total: usize) -> usize {
    let mut needs: Vec<usize> = needs.collect();
    needs.sort_unstable();
    let mut left = total;
    for (index, need) in needs.iter().enumerate() {
        let share = left / (needs.len() - index);
        if *need > share {
            return share;
        }
        left -= need;
    }
    total
}

/// How many exercises have each status, in the order in which the statuses are declared.
fn counts(run: &RunOutcome) -> Vec<(ExerciseStatus, usize)> {
    ExerciseStatus::ALL
        .into_iter()
        .map(|status| (status, run.exercises.iter().filter(|exercise| exercise.status == status).count()))
        .filter(|(_, count)| *count > 0)
        .collect()
}

/// What to do next.
enum Next<'a> {
    Exercise {
        exercise: &'a ExerciseOutcome,
        source: String,
        first_thing_wrong: String,
        commands: Vec<(String, &'static str)>,
    },
    Nothing(String),
}

impl<'a> Next<'a> {
    fn of(run: &'a RunOutcome) -> Option<Self> {
        match run.first_unpassed() {
            // The page has all the details.
            Some(exercise) => Some(Next::Exercise {
                exercise,
                source: source_of(&exercise.folder),
                first_thing_wrong: match exercise.status {
                    ExerciseStatus::CompileError => next_step::compile_errors(exercise) + ".",
                    _ => next_step::first_thing_wrong(
                        exercise,
                        Options { style: Style::PLAIN, details: true, next_step: None },
                        "",
                    )
                    .trim_end()
                    .to_owned(),
                },
                commands: next_step::commands(&exercise.id, true),
            }),
            None if run.exercises.is_empty() => None,
            None => Some(Next::Nothing(next_step::congratulation(run))),
        }
    }
}

/// A lesson's Markdown as HTML, a part of an exercise: its headings come below the exercise's, tables and code can be
/// wider than the page and scroll by themselves, and HTML in it is shown as it was written.
fn html(markdown: &str) -> String {
    let events = Parser::new_ext(markdown, Markdown::ENABLE_TABLES).flat_map(|event| {
        let tag = |html: &'static str| Event::Html(CowStr::Borrowed(html));
        let (before, event, after) = match event {
            Event::Html(html) | Event::InlineHtml(html) => (None, Event::Text(html), None),
            Event::Start(Tag::CodeBlock(_)) => (None, tag("<pre tabindex=\"0\"><code>"), None),
            Event::End(TagEnd::CodeBlock) => (None, tag("</code></pre>\n"), None),
            Event::Start(Tag::Table(_)) => (Some(tag("<div class=\"wide\" tabindex=\"0\">")), event, None),
            Event::End(TagEnd::Table) => (None, event, Some(tag("</div>\n"))),
            Event::Start(Tag::Heading { level, id, classes, attrs }) => {
                let start = Tag::Heading { level: below_exercise(level), id, classes, attrs };
                (None, Event::Start(start), None)
            }
            Event::End(TagEnd::Heading(level)) => {
                (None, Event::End(TagEnd::Heading(below_exercise(level))), None)
            }
            event => (None, event, None),
        };
        before.into_iter().chain([event]).chain(after)
    });
    let mut html = String::new();
    pulldown_cmark::html::push_html(&mut html, events);
    html
}

/// A lesson's own title is a heading of level 4, its sections of level 5.
fn below_exercise(level: HeadingLevel) -> HeadingLevel {
    HeadingLevel::try_from((level as usize + 3).min(6)).expect("it is between 4 and 6")
}

#[cfg(test)]
mod tests {
    use insta::assert_snapshot;

    use super::*;
    use crate::report::{sample, text};

    fn lesson() -> Lesson {
        let source = include_str!("../../../fixtures/ex03/stub.rs");
        assert!(source.len() > 3_000, "{}", source.len());
        Lesson::of(source)
    }

    fn page(run: &RunOutcome, lesson: &Lesson) -> String {
        let lessons = run.exercises.iter().map(|exercise| (exercise.id.clone(), lesson.clone())).collect();
        render(&Page { run, lessons: &lessons, subject: "Your exercises", next_step: true }).unwrap()
    }

    /// The page of `run` with a lesson in a line, and without its looks.
    fn short_page(run: &RunOutcome) -> String {
        let lesson = Lesson { title: "A title".into(), text: "A *lesson* with `a < b`.".into() };
        let page = page(run, &lesson);
        let (before, rest) = page.split_once("<style>").unwrap();
        before.to_owned() + rest.split_once("</style>\n").unwrap().1
    }

    #[test]
    fn the_likely_cause_is_told_apart_from_what_is_laid_out() {
        let apart = |message: &str| apart(message.to_owned());
        assert_eq!(apart("f(x): wrong\n\nx = 1"), ("f(x): wrong\n\nx = 1".into(), None));
        assert_eq!(
            apart("f(x): wrong\n\nx = 1\n\nLikely cause: a slip.\n\n(seed 42)"),
            ("f(x): wrong\n\nx = 1\n\n(seed 42)".into(), Some("a slip.".into()))
        );
        assert_eq!(
            apart("f(x): wrong\n\nLikely cause: a slip."),
            ("f(x): wrong".into(), Some("a slip.".into()))
        );
    }

    #[test]
    fn every_status_is_on_the_page() {
        assert_snapshot!(short_page(&sample::every_status()));
    }

    #[test]
    fn a_page_says_so_where_nothing_is_left_to_do() {
        let page = short_page(&sample::all_passed());
        assert!(page.contains("Passed: 1 exercise with all of 3 checks. Well done!"), "{page}");
    }

    #[test]
    fn what_was_not_scored_for_the_learner_has_no_next_step() {
        let run = sample::every_status();
        let lessons = BTreeMap::new();
        let page = |next_step| {
            render(&Page { run: &run, lessons: &lessons, subject: "Alice's", next_step }).unwrap()
        };
        assert!(page(true).contains("cargo test -p ex02"));
        let page = page(false);
        assert!(!page.contains("cargo"), "{page}");
        assert!(page.contains("<h1>Alice&#39;s</h1>"), "{page}");
    }

    #[test]
    fn nothing_that_was_scored_is_more_than_text() {
        let evil = "\"'><script>alert(1)</script><!--</style></title></pre>]]><img src=x onerror=alert(1)>\u{1b}[2J\u{202e}\0";
        let mut run = sample::every_status();
        (run.device, run.libtorch) = (evil.into(), evil.into());
        for exercise in &mut run.exercises {
            for text in [&mut exercise.id, &mut exercise.title, &mut exercise.part, &mut exercise.folder] {
                text.push_str(evil);
            }
            exercise.diagnostics.push(evil.into());
            for check in &mut exercise.checks {
                for text in [&mut check.name, &mut check.message, &mut check.output] {
                    text.push_str(evil);
                }
            }
        }
        let tags = |page: &str| {
            let mut tags: Vec<String> = page
                .split('<')
                .skip(1)
                .map(|tag| {
                    tag.split(|letter: char| !letter.is_ascii_alphanumeric()).next().unwrap().to_owned()
                })
                .collect();
            tags.sort();
            tags.dedup();
            tags
        };
        let lessons = BTreeMap::new();
        let hostile = render(&Page { run: &run, lessons: &lessons, subject: evil, next_step: true }).unwrap();
        let harmless =
            render(&Page { run: &sample::every_status(), lessons: &lessons, subject: "", next_step: true });
        assert_eq!(tags(&hostile), tags(&harmless.unwrap()));
        assert!(hostile.contains("&#60;script&#62;alert(1)&#60;/script&#62;"), "{hostile}");
        assert_eq!(hostile.chars().find(|&letter| text::is_hidden(letter)), None);
    }

    #[test]
    fn a_page_asks_for_nothing_from_elsewhere() {
        let page = page(&sample::every_status(), &lesson());
        for way in ["://", "<link", "<script", " src=\"", "url(", "@import", "srcset"] {
            assert!(!page.contains(way), "{way}");
        }
        assert!(page.contains("default-src 'none'"));
    }

    /// 36 exercises of eight checks, each of which has the given message.
    fn course(message: &str) -> RunOutcome {
        let failed = &sample::every_status().exercises[1];
        let check = CheckOutcome { message: message.to_owned(), ..failed.checks[1].clone() };
        let exercise = |number| ExerciseOutcome {
            id: format!("ex{number:02}"),
            checks: vec![check.clone(); 8],
            ..failed.clone()
        };
        RunOutcome::new(1, "cpu".into(), "2.13.0".into(), (1..=36).map(exercise).collect())
    }

    #[test]
    fn a_page_about_a_whole_course_has_a_few_hundred_kilobytes_at_most() {
        for message in
            ["wrong", &"a line of a message, as long as they are\n".repeat(12), &"π ≈ 3.14159".repeat(10_000)]
        {
            let page = page(&course(message), &lesson());
            assert!(page.len() < 500_000, "{} bytes", page.len());
        }
    }

    #[test]
    fn a_flood_in_one_exercise_takes_nothing_from_another() {
        let mut run = course("wrong");
        for check in &mut run.exercises[0].checks {
            check.message = "flood\n".repeat(60).replace("flood", &"flood".repeat(59));
            check.output = check.message.clone();
        }
        run.exercises[35].checks[7].message = "the last word\n".repeat(60);
        let page = page(&run, &lesson());
        assert_eq!(page.matches("the last word").count(), 60);
        assert_eq!(page.matches("than fits here").count(), 1);
        assert!(page.contains("A report on ex01 alone shows it."), "{page}");
    }

    #[test]
    fn who_needs_less_leaves_the_rest_to_the_others() {
        for (needs, total, share) in [
            (vec![], 100, 100),
            (vec![30, 30, 30], 100, 100),
            (vec![1_000], 100, 100),
            (vec![1_000, 10], 100, 90),
            (vec![1_000, 10, 1_000], 100, 45),
        ] {
            assert_eq!(fair_share(needs.clone().into_iter(), total), share, "{needs:?}");
        }
    }

    #[test]
    fn a_lesson_becomes_html_and_html_in_it_does_not() {
        assert_snapshot!(html(
            "## Rule\n\nA **rule** for `Option<T>` & <b>all</b>.\n\n<script>alert(1)</script>\n\n\
             ```\nlet a = None::<Kind>;\n```\n\n| | tch |\n|---|---|\n| a | `a & b` |\n"
        ));
    }
}
