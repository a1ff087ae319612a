//! What people and programs read about a run. Reporters see the outcome and nothing else.

pub mod failure;
pub mod html;
mod json;
mod junit;
mod markdown;
mod next_step;
#[cfg(test)]
pub mod sample;
mod table;
pub mod text;

use std::io::{self, IsTerminal, Write};

use anstream::{AutoStream, ColorChoice};
use anstyle::{AnsiColor, Effects};
use anyhow::Context;
use terminal_size::{Width, terminal_size};

use crate::cli::Format;
use crate::course::Exercise;
use crate::outcome::{CheckStatus, ExerciseStatus, RunOutcome};
use crate::root::Here;

/// Width of a report that is not read at a terminal.
const PAGE: usize = 80;

/// What the reader of a report wants.
#[derive(Debug, Clone, Copy)]
pub struct Options<'a> {
    pub style: Style,
    /// Every check and every failure in full.
    pub details: bool,
    /// Say what to do next: only where the exercises of this copy of the course were scored, since
    /// nobody goes on working on the solutions or on somebody else's submission.
    pub next_step: Option<NextStep<'a>>,
}

/// What the next step depends on beside the outcome.
#[derive(Debug, Clone, Copy)]
pub struct NextStep<'a> {
    /// Where the reader is.
    pub here: &'a Here,
    /// The exercise to go on with once all that was scored is passed.
    pub then: Option<&'a Exercise>,
}

/// What the place can show to which a report for people goes.
#[derive(Debug, Clone, Copy)]
pub struct Style {
    pub colour: bool,
    pub width: usize,
    /// It breaks lines that are wider, in the middle of a word: a terminal does, a pipe does not.
    pub breaks: bool,
}

impl Style {
    /// For a file, a pipe, or a test.
    pub const PLAIN: Style = Style { colour: false, width: PAGE, breaks: false };

    /// For what standard output is: no colours in a pipe, nor against `NO_COLOR`.
    pub fn of_stdout() -> Self {
        let stdout = io::stdout();
        let colour = AutoStream::choice(&stdout) != ColorChoice::Never;
        match terminal_size() {
            Some((Width(width), _)) if stdout.is_terminal() => {
                Style { colour, width: usize::from(width), breaks: true }
            }
            _ => Style { colour, width: PAGE, breaks: false },
        }
    }

    /// How wide a line may be; `None` where any width will do.
    pub fn line(self) -> Option<usize> {
        self.breaks.then_some(self.width)
    }

    /// `text` in the given look, where there are colours.
    pub fn paint(self, look: anstyle::Style, text: &str) -> String {
        if self.colour { format!("{look}{text}{look:#}") } else { text.to_owned() }
    }
}

/// Prints to standard output. That nobody reads on (`grader list | head`) is no error.
///
/// # Errors
/// It cannot be written, for any other reason.
pub fn print(text: &str) -> anyhow::Result<()> {
    let mut stdout = anstream::stdout();
    match stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush()) {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        written => written.context("cannot write to standard output; if it goes to a file, make room for it"),
    }
}

/// Tells people something beside the report. That nobody can hear it is no error.
pub fn say(text: &str) {
    let _ = writeln!(anstream::stderr(), "{text}");
}

/// The whole report, ending in a line break.
pub fn render(run: &RunOutcome, format: Format, options: Options) -> anyhow::Result<String> {
    match format {
        Format::Table => Ok(people(run, options)),
        Format::Json => json::render(run),
        Format::Junit => junit::render(run),
        Format::Markdown => Ok(markdown::render(run)),
    }
}

fn people(run: &RunOutcome, options: Options) -> String {
    let mut paragraphs = vec![table::render(run, options.style)];
    if options.details {
        paragraphs.extend(run.exercises.iter().map(|exercise| failure::render(exercise, options.style)));
    }
    if let Some(next_step) = options.next_step {
        paragraphs.extend(next_step::render(run, options, next_step));
    }
    let conditions = options.style.paint(DIM, &conditions(run));
    paragraphs.push(text::laid_out(&conditions, "", options.style.line()));
    paragraphs.join("\n")
}

/// Under which conditions the score came about: enough to have the same run again.
fn conditions(run: &RunOutcome) -> String {
    let sandbox = match run.missing_protection.as_slice() {
        [] => "",
        _ => " · the sandbox was not whole (`cargo run -p grader -- doctor` says what it lacks)",
    };
    format!("seed {} · {} · libtorch {}{sandbox}", run.seed, run.device, run.libtorch)
}

const PLAIN: anstyle::Style = anstyle::Style::new();
pub const BOLD: anstyle::Style = PLAIN.bold();
pub const DIM: anstyle::Style = PLAIN.effects(Effects::DIMMED);
const GREEN: anstyle::Style = AnsiColor::Green.on_default();
const YELLOW: anstyle::Style = AnsiColor::Yellow.on_default();
const RED: anstyle::Style = AnsiColor::Red.on_default();

/// How a status looks: a mark for the eye beside the word, and a colour beside both.
pub trait Look {
    fn mark(self) -> char;
    fn colour(self) -> anstyle::Style;
}

impl Look for ExerciseStatus {
    fn mark(self) -> char {
        match self {
            ExerciseStatus::Passed => '✓',
            ExerciseStatus::Partial => '~',
            ExerciseStatus::Failed => '✗',
            ExerciseStatus::Todo => '·',
            ExerciseStatus::CompileError | ExerciseStatus::Missing => '!',
        }
    }

    fn colour(self) -> anstyle::Style {
        match self {
            ExerciseStatus::Passed => GREEN,
            ExerciseStatus::Partial => YELLOW,
            ExerciseStatus::Todo => DIM,
            ExerciseStatus::Failed | ExerciseStatus::CompileError | ExerciseStatus::Missing => RED,
        }
    }
}

impl Look for CheckStatus {
    fn mark(self) -> char {
        match self {
            CheckStatus::Passed => '✓',
            CheckStatus::Todo => '·',
            CheckStatus::NotRun => '?',
            CheckStatus::Failed | CheckStatus::Panicked | CheckStatus::Crashed | CheckStatus::TimedOut => '✗',
        }
    }

    fn colour(self) -> anstyle::Style {
        match self {
            CheckStatus::Passed => GREEN,
            CheckStatus::Todo => DIM,
            CheckStatus::NotRun => YELLOW,
            CheckStatus::Failed | CheckStatus::Panicked | CheckStatus::Crashed | CheckStatus::TimedOut => RED,
        }
    }
}

/// A part of an outcome's exercises, as the course divides them.
struct Part<'a> {
    title: &'a str,
    exercises: &'a [crate::outcome::ExerciseOutcome],
}

impl Part<'_> {
    fn score(&self) -> (u32, u32) {
        let exercises = || self.exercises.iter();
        (
            exercises().map(|exercise| exercise.score).sum(),
            exercises().map(|exercise| exercise.max_score).sum(),
        )
    }
}

fn parts(run: &RunOutcome) -> impl Iterator<Item = Part<'_>> {
    run.exercises
        .chunk_by(|one, next| one.part == next.part)
        .map(|exercises| Part { title: &exercises[0].part, exercises })
}

/// `score` of `max_score` in percent, rounded down: nothing but the full score is 100 %.
fn percent(score: u32, max_score: u32) -> String {
    let tenths = (u64::from(score) * 1000).checked_div(u64::from(max_score)).unwrap_or(0);
    match tenths % 10 {
        0 => format!("{} %", tenths / 10),
        tenth => format!("{}.{tenth} %", tenths / 10),
    }
}

#[cfg(test)]
mod tests {
    use insta::assert_snapshot;

    use super::*;
    use crate::course;
    use crate::outcome::ExerciseOutcome;

    const WITH_COLOUR: Style = Style { colour: true, ..Style::PLAIN };
    const HERE: Here = Here::AtRoot;

    fn table(run: &RunOutcome, options: Options) -> String {
        render(run, Format::Table, options).unwrap()
    }

    fn options(details: bool) -> Options<'static> {
        Options { style: Style::PLAIN, details, next_step: Some(NextStep { here: &HERE, then: None }) }
    }

    #[test]
    fn percentages_are_never_rounded_up() {
        for (score, max_score, expected) in [
            (0, 40, "0 %"),
            (1, 40, "2.5 %"),
            (1, 3, "33.3 %"),
            (2, 3, "66.6 %"),
            (9_999, 10_000, "99.9 %"),
            (999_999, 1_000_000, "99.9 %"),
            (40, 40, "100 %"),
            (0, 0, "0 %"),
        ] {
            assert_eq!(percent(score, max_score), expected);
        }
    }

    #[test]
    fn a_report_shows_the_score_and_what_to_do_next() {
        assert_snapshot!(table(&sample::every_status(), options(false)));
    }

    #[test]
    fn details_show_every_check_of_every_exercise() {
        assert_snapshot!(table(&sample::every_status(), options(true)));
    }

    #[test]
    fn what_was_not_scored_for_the_learner_has_no_next_step() {
        let text = table(&sample::every_status(), Options { next_step: None, ..options(false) });
        assert!(!text.contains("cargo"), "{text}");
    }

    #[test]
    fn everything_passed_is_celebrated_in_a_line() {
        assert_snapshot!(table(&sample::all_passed(), options(false)));
    }

    #[test]
    fn after_what_is_passed_comes_the_next_exercise_and_another_way_to_write_it() {
        let course = course::sample();
        let next_step = Some(NextStep { here: &HERE, then: Some(&course.exercises[1]) });
        assert_snapshot!(table(&sample::all_passed(), Options { next_step, ..options(true) }));
    }

    #[test]
    fn at_a_terminal_no_line_of_prose_is_broken_within_a_word() {
        let style = Style { width: 60, breaks: true, ..Style::PLAIN };
        let text = table(&sample::every_status(), Options { style, ..options(true) });
        for line in text.lines().filter(|line| line.chars().count() > 60) {
            assert!(line.contains("│") || line.contains(" | ") || line.contains("  "), "{line}");
        }
    }

    #[test]
    fn colours_change_nothing_but_the_look() {
        for details in [false, true] {
            let coloured = table(&sample::every_status(), Options { style: WITH_COLOUR, ..options(details) });
            let plain = table(&sample::every_status(), options(details));
            assert!(coloured.contains("\u{1b}[32m"), "{coloured}");
            assert_eq!(anstream::adapter::strip_str(&coloured).to_string(), plain);
        }
    }

    #[test]
    fn nothing_but_text_reaches_a_terminal_without_colours() {
        for format in [Format::Table, Format::Json, Format::Junit, Format::Markdown] {
            let text = render(&sample::every_status(), format, options(true)).unwrap();
            assert!(text.contains("evil"), "{format:?}");
            let hidden = text.chars().find(|&letter| text::is_hidden(letter));
            assert_eq!(hidden, None, "{format:?}");
        }
    }

    #[test]
    fn no_line_of_ours_is_wider_than_the_page() {
        for width in [60, PAGE] {
            let mut run = sample::every_status();
            run.exercises[0].title =
                "A title that is much longer than any title of a course ought to be".into();
            let text = table(&run, Options { style: Style { width, ..Style::PLAIN }, ..options(false) });
            for line in text.lines().take_while(|line| !line.starts_with("Next")) {
                assert!(line.chars().count() <= width, "{line}");
            }
        }
    }

    #[test]
    fn an_exercise_whose_checks_never_spoke_is_not_passed_over() {
        let silent = ExerciseOutcome { checks: vec![], ..sample::all_passed().exercises[0].clone() };
        let status = ExerciseStatus::of(&silent.checks);
        let run = RunOutcome::new(
            1,
            "cpu".into(),
            "2.13.0".into(),
            vec![ExerciseOutcome { status, score: 0, ..silent }],
        );
        for format in [Format::Table, Format::Junit, Format::Markdown] {
            let text = render(&run, format, options(true)).unwrap();
            assert!(text.contains("none of its checks reported a verdict"), "{format:?}: {text}");
        }
    }

    #[test]
    fn every_report_says_that_the_sandbox_was_not_whole() {
        let whole = sample::all_passed();
        let missing = vec!["files can be read and written".to_owned()];
        let run = whole.clone().with_missing_protection(missing);
        for format in [Format::Table, Format::Junit, Format::Markdown] {
            let said =
                |run| render(run, format, options(false)).unwrap().contains("the sandbox was not whole");
            assert!(said(&run) && !said(&whole), "{format:?}");
        }
        assert!(
            render(&run, Format::Json, options(false)).unwrap().contains("files can be read and written")
        );
    }
}
