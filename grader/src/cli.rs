//! The command line: what can be typed, and what it means.

use std::fmt;
use std::num::{NonZeroU32, NonZeroUsize};
use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use clap::{Args, CommandFactory, Parser, Subcommand, ValueEnum};
use protocol::{DEFAULT_CASES, DEFAULT_SEED};

/// Scores the exercises of this course.
#[derive(Debug, Parser)]
#[command(
    name = "grader",
    // As it is typed: there is no `grader` on anybody's PATH.
    bin_name = "cargo run -p grader --",
    version,
    args_conflicts_with_subcommands = true,
    override_usage = USAGE,
    after_help = EXAMPLES,
    after_long_help = format!("{EXAMPLES}\n\n{EXIT_CODES}"),
)]
pub struct Cli {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    score: ScoreArgs,
}

/// The commands, as they are typed.
pub fn command_names() -> Vec<String> {
    let commands = Cli::command();
    commands
        .get_subcommands()
        .filter(|command| !command.is_hide_set())
        .map(|command| command.get_name().to_owned())
        .collect()
}

impl Cli {
    /// What to do: `score` where no command is named.
    pub fn into_command(self) -> Command {
        self.command.unwrap_or(Command::Score(self.score))
    }
}

#[derive(Debug, PartialEq, Subcommand)]
pub enum Command {
    /// Score exercises; what is done where no command is named
    Score(ScoreArgs),
    /// Score an exercise whenever it is saved
    Watch {
        /// Exercise, like ex03 [default: the first that is not passed]
        exercise: Option<String>,
        /// Look for changes again and again, where the system tells of none: network folders, WSL
        #[arg(long)]
        poll: bool,
    },
    /// Score exercises, and write a page to read in a browser: lessons, checks, every failure
    Report(ReportArgs),
    /// Draw what your functions do: level sets, descents, memory layouts
    Figures(FiguresArgs),
    /// List the exercises of the course
    List {
        /// The skills that the course teaches instead, with the exercise and the check of each
        #[arg(long)]
        skills: bool,
    },
    /// Show one more hint each time, those for the failing check first
    Hint {
        /// Exercise, like ex03; without one the first that is not passed
        exercise: Option<String>,
    },
    /// Put an exercise back as it came; your code is kept in .grader/backups/
    Reset {
        /// Exercise, like ex03
        exercise: String,
        /// Do not ask first
        #[arg(short, long)]
        yes: bool,
    },
    /// Get libtorch; scoring does it by itself when it is needed
    Setup {
        /// With CUDA: some GB more, and only useful with an NVIDIA GPU
        #[arg(long)]
        cuda: bool,
    },
    /// Say what is found on this machine, and what is wrong with it
    Doctor,
    /// For course authors: hold the checks to the wrong and the right answers under fixtures/
    Audit {
        /// Exercises, like ex03 [default: all]
        #[arg(value_name = "EXERCISE")]
        exercises: Vec<String>,

        /// Under how many seeds: the standard one, and others drawn at random
        #[arg(long, default_value = "1", value_name = "N")]
        seeds: NonZeroU32,
    },
    /// The process that has libtorch loaded. Started by the grader, for the grader.
    #[command(hide = true)]
    Worker {
        /// Load the libraries, say so, and end
        #[arg(long)]
        probe: bool,
        /// Libraries to load beforehand, in this order
        #[arg(required = true, value_name = "PATH")]
        libraries: Vec<PathBuf>,
    },
}

/// What to score and under which conditions.
#[derive(Debug, Default, PartialEq, Args)]
pub struct RunArgs {
    /// Exercises, like ex03, 3, gradient or a path [default: all]
    #[arg(value_name = "EXERCISE")]
    pub exercises: Vec<String>,

    /// Take the course's own solutions
    #[arg(long, conflicts_with = "submission")]
    pub solutions: bool,

    /// Take the src/ folders of somebody else's copy of the course; nothing is written to it
    #[arg(long, value_name = "DIR")]
    pub submission: Option<PathBuf>,

    /// Score nothing where the sandbox is not whole; `doctor` says what is missing
    #[arg(long)]
    pub require_sandbox: bool,

    #[arg(
        long,
        value_name = "SEED",
        help = format!("Seed of the generated inputs, a number or `random` [default: {DEFAULT_SEED}]"),
    )]
    pub seed: Option<Seed>,

    #[arg(
        long,
        value_name = "N",
        help = format!("Generated inputs per property [default: {DEFAULT_CASES}]"),
    )]
    pub cases: Option<NonZeroU32>,

    /// Where input tensors live: cpu, cuda, cuda:N, mps, or auto for the fastest there is
    #[arg(long, value_name = "DEVICE", default_value_t)]
    pub device: Device,

    /// Exercises run at the same time [default: chosen for this machine]
    #[arg(long, value_name = "N")]
    pub jobs: Option<NonZeroUsize>,

    /// Seconds that a check may take, fractions allowed [default: the course's own]
    #[arg(long, value_name = "SECONDS", value_parser = seconds)]
    pub timeout: Option<Duration>,
}

/// How to report a score.
#[derive(Debug, Default, PartialEq, Args)]
pub struct ScoreArgs {
    #[command(flatten)]
    pub run: RunArgs,

    /// How to report
    #[arg(long, value_enum, default_value_t)]
    pub format: Format,

    /// Write the report to FILE instead of printing it
    #[arg(long, value_name = "FILE")]
    pub output: Option<PathBuf>,

    /// Exit with 1 if the score is below PERCENT of what can be had
    #[arg(long, value_name = "PERCENT", value_parser = percent)]
    pub min_score: Option<f64>,

    /// Show every check and every failure in full, as naming exercises does
    #[arg(short, long)]
    pub verbose: bool,
}

/// Where to write a page about a score.
#[derive(Debug, Default, PartialEq, Args)]
pub struct ReportArgs {
    #[command(flatten)]
    pub run: RunArgs,

    /// Open the page in a browser
    #[arg(long)]
    pub open: bool,

    /// Write the page to FILE [default: .grader/report.html]
    #[arg(long, value_name = "FILE")]
    pub output: Option<PathBuf>,
}

/// How to draw what is scored.
#[derive(Debug, Default, PartialEq, Args)]
pub struct FiguresArgs {
    #[command(flatten)]
    pub run: RunArgs,

    /// What kind of files
    #[arg(long, value_enum, default_value_t)]
    pub format: Picture,

    /// Write them to the folder DIR [default: .grader/figures]
    #[arg(long, value_name = "DIR")]
    pub output: Option<PathBuf>,
}

/// What kind of file a figure becomes.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Picture {
    /// Sharp at any size, for browsers
    #[default]
    Svg,
    /// For everything else
    Png,
    /// The data that they are drawn from
    Json,
}

/// How a score is reported.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// For people at a terminal
    #[default]
    Table,
    /// For programs, as grader/schema/score.schema.json says
    Json,
    /// For CI systems
    Junit,
    /// For a comment on a pull request
    Markdown,
}

/// Where the generated inputs come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Seed {
    Fixed(u64),
    /// Another one in each run; the report says which.
    Random,
}

impl FromStr for Seed {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text == "random" {
            return Ok(Seed::Random);
        }
        let seed = text.parse().map_err(|_| format!("write a number from 0 to {}, or `random`", u64::MAX))?;
        Ok(Seed::Fixed(seed))
    }
}

/// Where input tensors live.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub enum Device {
    #[default]
    Cpu,
    Cuda(usize),
    Mps,
    /// The fastest there is.
    Auto,
}

impl FromStr for Device {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "cpu" => Ok(Device::Cpu),
            "cuda" => Ok(Device::Cuda(0)),
            "mps" => Ok(Device::Mps),
            "auto" => Ok(Device::Auto),
            _ => text
                .strip_prefix("cuda:")
                .and_then(|index| index.parse().ok())
                .map(Device::Cuda)
                .ok_or_else(|| "write cpu, cuda, cuda:N, mps or auto".to_owned()),
        }
    }
}

impl fmt::Display for Device {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Device::Cpu => f.write_str("cpu"),
            Device::Cuda(index) => write!(f, "cuda:{index}"),
            Device::Mps => f.write_str("mps"),
            Device::Auto => f.write_str("auto"),
        }
    }
}

fn seconds(text: &str) -> Result<Duration, String> {
    text.parse()
        .ok()
        .and_then(|seconds| Duration::try_from_secs_f64(seconds).ok())
        // Also of a number too small to be a nanosecond.
        .filter(|duration| !duration.is_zero())
        .ok_or_else(|| "write a number of seconds greater than 0, like 5 or 0.5".to_owned())
}

fn percent(text: &str) -> Result<f64, String> {
    text.parse()
        .ok()
        .filter(|percent| (0.0..=100.0).contains(percent))
        .ok_or_else(|| "write a number from 0 to 100".to_owned())
}

const USAGE: &str = "cargo run -p grader -- [OPTIONS] [EXERCISE]...\n       cargo run -p grader -- <COMMAND>";

const EXAMPLES: &str = "\
Examples:
  cargo run -p grader                        score everything
  cargo run -p grader -- ex03 ex04           only these, every failure in full
  cargo run -p grader -- hint ex03           one more hint
  cargo run -p grader -- --format json       for a program
  cargo run -p grader -- --submission DIR    somebody else's copy";

const EXIT_CODES: &str = "\
Exit codes:
  0  it scored, whatever the score
  1  the score is below --min-score; audit or doctor found something wrong
  2  the command line is wrong
  3  the environment is: no libtorch, no compiler, a course that does not build";

#[cfg(test)]
mod tests {
    use insta::assert_snapshot;

    use super::*;

    fn parse(line: &str) -> Result<Command, clap::Error> {
        let words = std::iter::once("grader").chain(line.split_whitespace());
        Cli::try_parse_from(words).map(Cli::into_command)
    }

    fn score(line: &str) -> ScoreArgs {
        match parse(line) {
            Ok(Command::Score(score)) => score,
            other => panic!("`grader {line}` does not score: {other:?}"),
        }
    }

    fn names(exercises: &[&str]) -> Vec<String> {
        exercises.iter().map(|exercise| exercise.to_string()).collect()
    }

    #[test]
    fn the_definition_of_the_command_line_is_sound() {
        Cli::command().debug_assert();
    }

    #[test]
    fn score_is_the_command_where_none_is_named() {
        assert_eq!(score(""), ScoreArgs::default());
        assert_eq!(score("score"), ScoreArgs::default());
        for line in ["ex03 4 --seed 7", "--seed 7 ex03 4", "score ex03 --seed=7 4"] {
            let run = RunArgs {
                exercises: names(&["ex03", "4"]),
                seed: Some(Seed::Fixed(7)),
                ..RunArgs::default()
            };
            let expected = ScoreArgs { run, ..ScoreArgs::default() };
            assert_eq!(score(line), expected, "{line}");
        }
    }

    #[test]
    fn every_option_of_score_is_read() {
        let expected = ScoreArgs {
            run: RunArgs {
                exercises: names(&["exercises/ex03_gradient/"]),
                solutions: false,
                submission: Some("theirs".into()),
                require_sandbox: true,
                seed: Some(Seed::Random),
                cases: NonZeroU32::new(100),
                device: Device::Cuda(1),
                jobs: NonZeroUsize::new(2),
                timeout: Some(Duration::from_millis(2500)),
            },
            format: Format::Junit,
            output: Some("report.xml".into()),
            min_score: Some(62.5),
            verbose: true,
        };
        let line = "exercises/ex03_gradient/ --format junit --output report.xml --submission theirs --require-sandbox \
                    --seed random --cases 100 --device cuda:1 --jobs 2 --timeout 2.5 --min-score 62.5 -v";
        assert_eq!(score(line), expected);
        assert!(score("--solutions").run.solutions);
    }

    #[test]
    fn a_device_is_written_as_it_is_shown() {
        for (written, device, shown) in [
            ("cpu", Device::Cpu, "cpu"),
            ("cuda", Device::Cuda(0), "cuda:0"),
            ("cuda:3", Device::Cuda(3), "cuda:3"),
            ("mps", Device::Mps, "mps"),
            ("auto", Device::Auto, "auto"),
        ] {
            assert_eq!(written.parse(), Ok(device));
            assert_eq!(device.to_string(), shown);
            assert_eq!(shown.parse(), Ok(device));
        }
    }

    #[test]
    fn the_other_commands_are_read() {
        let exercise = || "ex03".to_owned();
        let theirs = |exercises: &[&str]| RunArgs {
            exercises: names(exercises),
            submission: Some("theirs".into()),
            ..RunArgs::default()
        };
        for (line, command) in [
            ("list", Command::List { skills: false }),
            ("list --skills", Command::List { skills: true }),
            ("watch", Command::Watch { exercise: None, poll: false }),
            ("watch --poll ex03", Command::Watch { exercise: Some(exercise()), poll: true }),
            ("report", Command::Report(ReportArgs::default())),
            (
                "report ex03 4 --open --output page.html --submission theirs",
                Command::Report(ReportArgs {
                    run: theirs(&["ex03", "4"]),
                    open: true,
                    output: Some("page.html".into()),
                }),
            ),
            ("figures", Command::Figures(FiguresArgs::default())),
            (
                "figures ex24 --format png --output pictures --submission theirs",
                Command::Figures(FiguresArgs {
                    run: theirs(&["ex24"]),
                    format: Picture::Png,
                    output: Some("pictures".into()),
                }),
            ),
            ("hint ex03", Command::Hint { exercise: Some(exercise()) }),
            ("hint", Command::Hint { exercise: None }),
            ("reset ex03", Command::Reset { exercise: exercise(), yes: false }),
            ("reset --yes ex03", Command::Reset { exercise: exercise(), yes: true }),
            ("setup", Command::Setup { cuda: false }),
            ("setup --cuda", Command::Setup { cuda: true }),
            ("doctor", Command::Doctor),
            ("audit", Command::Audit { exercises: vec![], seeds: NonZeroU32::MIN }),
            (
                "audit ex03 ex04 --seeds 20",
                Command::Audit {
                    exercises: names(&["ex03", "ex04"]),
                    seeds: NonZeroU32::new(20).expect("it is not 0"),
                },
            ),
            (
                "worker --probe libc10.so libtorch.so",
                Command::Worker { probe: true, libraries: vec!["libc10.so".into(), "libtorch.so".into()] },
            ),
        ] {
            assert_eq!(parse(line).unwrap(), command, "{line}");
        }
    }

    #[test]
    fn what_cannot_be_is_refused_with_exit_code_2() {
        for line in [
            "--seed -1",
            "--seed 1.5",
            "--seed Random",
            "audit --seeds 0",
            "--cases 0",
            "--jobs 0",
            "--timeout 0",
            "--timeout -1",
            "--timeout nan",
            "--timeout inf",
            "--timeout 1e-12",
            "--timeout soon",
            "--min-score 101",
            "--min-score -1",
            "--min-score nan",
            "--device gpu",
            "--device cuda:",
            "--device cuda:-1",
            "--format yaml",
            "--solutions --submission theirs",
            "--unknown",
            "report --solutions --submission theirs",
            "report --format json",
            "figures --format gif",
            "figures --solutions --submission theirs",
            "hint ex03 ex04",
            "reset",
            "list ex03",
            "worker",
        ] {
            let error = parse(line).expect_err(line);
            assert_eq!(error.exit_code(), 2, "{line}");
        }
    }

    #[test]
    fn errors_say_what_to_write_instead() {
        let error = |line: &str| parse(line).unwrap_err().to_string();
        assert_snapshot!(["--timeout 0", "--device gpu", "--seed abc", "reset"].map(error).join("\n"));
    }

    #[test]
    fn every_usage_line_is_one_that_can_be_typed() {
        let mut command = Cli::command();
        command.build();
        for command in command.get_subcommands_mut().filter(|command| !command.is_hide_set()) {
            let usage = command.render_usage().to_string();
            assert!(usage.starts_with("Usage: cargo run -p grader -- "), "{usage}");
        }
    }

    #[test]
    fn help_fits_a_terminal() {
        let mut command = Cli::command().term_width(80);
        command.build();
        assert_snapshot!(command.render_long_help());
        let score = command.find_subcommand_mut("score").unwrap();
        assert_snapshot!(score.render_help());
    }
}
