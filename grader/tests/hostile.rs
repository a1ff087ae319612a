//! Hostile submissions, scored by the real grader: `fixtures/hostile/` holds one in each file, which says in its first lines
//! what it tries and what must come of it. What git cannot keep (links, pipes, odd names) is made here.

#[path = "support/mod.rs"]
#[expect(dead_code, reason = "other tests use the rest of it")]
mod support;

use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use libtest_mimic::{Arguments, Failed, Trial};
use serde::Deserialize;
use serde_json::Value;
use support::{grader, root};
use tempfile::TempDir;

/// The first lines of a hostile source, YAML behind `//!`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Header {
    /// In a sentence.
    #[expect(dead_code, reason = "for whoever reads it")]
    tries: String,
    /// What it does at most, where the sandbox fails.
    #[serde(default)]
    #[expect(dead_code, reason = "for whoever reads it")]
    bound: String,
    exercise: String,
    verdict: Verdict,
}

/// What must come of a hostile submission.
#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Verdict {
    /// What its code has earned.
    score: u64,
    /// Or less: it is a matter of luck.
    at_most: bool,
    /// Those that its checks which are not passed may have; or of the exercise, where none has run.
    statuses: Vec<String>,
    /// What the message of each such check says, or rustc.
    says: String,
    /// What the report does not have in it anywhere.
    hides: String,
    /// A file that must not be there afterwards.
    leaves_no: PathBuf,
    /// A program that must not run afterwards: a part of its command line.
    runs_no: String,
}

fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    let folder = root().join("fixtures/hostile");
    let mut files: Vec<PathBuf> = fs::read_dir(&folder)
        .expect("there is a corpus")
        .map(|entry| entry.expect("it can be listed").path())
        .collect();
    files.sort();
    let sources = files.into_iter().map(|file| {
        let name = file.file_stem().expect("it is a file").to_string_lossy().into_owned();
        Trial::test(name, move || score_source(&file))
    });
    let trees = TREES.iter().map(|&(name, plant, expected)| {
        Trial::test(name, move || {
            let submission = tempfile::tempdir()?;
            let source = submission.path().join("ex02_hostile/src");
            fs::create_dir_all(&source)?;
            fs::write(
                source.join("lib.rs"),
                fs::read(root().join("solutions/ex02_row_normalization/src/lib.rs"))?,
            )?;
            plant(&source)?;
            expected().hold(&score(&submission, "ex02", "60")?)
        })
    });
    libtest_mimic::run(&arguments, sources.chain(trees).collect()).exit_code()
}

fn score_source(file: &Path) -> Result<(), Failed> {
    let text = fs::read_to_string(file)?;
    let header: String =
        text.lines().map_while(|line| line.strip_prefix("//! ")).map(|line| format!("{line}\n")).collect();
    let header: Header = serde_yaml::from_str(&header)?;
    let submission = tempfile::tempdir()?;
    let source = submission.path().join(format!("{}_hostile/src", header.exercise));
    fs::create_dir_all(&source)?;
    fs::write(source.join("lib.rs"), text)?;
    // What must not time out does not on a busy machine either.
    let hangs = header.verdict.statuses.iter().any(|status| status == "timed_out");
    let timeout = if hangs { "2" } else { "60" };
    header.verdict.hold(&score(&submission, &header.exercise, timeout)?)
}

/// The grader's report on that exercise, as JSON.
fn score(submission: &TempDir, exercise: &str, timeout: &str) -> Result<Value, Failed> {
    let output = grader()
        .args(["--format", "json", "--timeout", timeout, exercise, "--submission"])
        .arg(submission.path())
        // Neither is anything of the submission's to know.
        .env("A_SECRET_OF_THE_INSTRUCTOR", "xyzzy-4711")
        .output()?;
    let said = String::from_utf8_lossy(&output.stderr);
    if output.status.code() != Some(0) {
        return Err(format!("{}: {said}", output.status).into());
    }
    Ok(serde_json::from_slice::<Value>(&output.stdout)?["exercises"][0].take())
}

impl Verdict {
    fn hold(&self, exercise: &Value) -> Result<(), Failed> {
        let fail = |why: String| Err(format!("{why}\n{exercise:#}").into());
        let score = exercise["score"].as_u64().ok_or("it has no score")?;
        if score > self.score || (score < self.score && !self.at_most) {
            return fail(format!("it scores {score}, but has earned {}", self.score));
        }
        let checks = exercise["checks"].as_array().map(Vec::as_slice).unwrap_or_default();
        let unpassed: Vec<&Value> = checks.iter().filter(|check| check["status"] != "passed").collect();
        let alone = [exercise];
        let judged = if checks.is_empty() { &alone[..] } else { &unpassed };
        for &one in judged {
            let status = one["status"].as_str().unwrap_or_default();
            if !self.statuses.iter().any(|expected| expected == status) {
                return fail(format!("it is {status}, expected {:?}", self.statuses));
            }
            let words = format!("{} {}", one["message"].as_str().unwrap_or_default(), one["diagnostics"]);
            if !words.contains(&self.says) {
                return fail(format!("“{}” is not said", self.says));
            }
        }
        let text = exercise.to_string();
        for hidden in [self.hides.as_str(), "xyzzy-4711"] {
            if !hidden.is_empty() && text.contains(hidden) {
                return fail(format!("“{hidden}” is in the report"));
            }
        }
        if self.leaves_no.as_os_str().len() > 1 && self.leaves_no.exists() {
            fs::remove_file(&self.leaves_no)?;
            return fail(format!("it has written {}", self.leaves_no.display()));
        }
        if !self.runs_no.is_empty() && is_running(&self.runs_no) {
            return fail(format!("`{}` is running", self.runs_no));
        }
        Ok(())
    }
}

fn is_running(words: &str) -> bool {
    let lines = fs::read_dir("/proc").into_iter().flatten().flatten();
    lines.filter_map(|process| fs::read(process.path().join("cmdline")).ok()).any(|line| {
        let line = String::from_utf8_lossy(&line).replace('\0', " ");
        line.contains(words)
    })
}

/// Where the sources are, to put something there.
type Plant = fn(&Path) -> std::io::Result<()>;

/// Name, what is done, what must come of it.
type Tree = (&'static str, Plant, fn() -> Verdict);

/// What is put beside a right `lib.rs`, and what must come of it.
const TREES: &[Tree] = &[
    (
        "tree_with_a_link_to_a_secret",
        |source| symlink("/etc/passwd", source.join("passwd.rs")),
        || refused("a link to a place outside"),
    ),
    (
        "tree_with_a_link_to_a_folder_outside",
        |source| symlink("/etc", source.join("etc")),
        || refused("a link to a place outside"),
    ),
    (
        "tree_whose_source_is_a_link_to_the_solution",
        |source| {
            fs::remove_file(source.join("lib.rs"))?;
            symlink(root().join("solutions/ex02_row_normalization/src/lib.rs"), source.join("lib.rs"))
        },
        || refused("a link to a place outside"),
    ),
    (
        "tree_with_a_link_to_itself",
        |source| symlink(".", source.join("again")),
        || refused("nested too deeply"),
    ),
    (
        "tree_with_an_endless_device",
        |source| symlink("/dev/zero", source.join("zero.rs")),
        || refused("a link to a place outside"),
    ),
    (
        "tree_with_a_pipe",
        |source| Command::new("mkfifo").arg(source.join("pipe.rs")).status().map(drop),
        || refused("neither a file nor a folder"),
    ),
    (
        "tree_with_10000_files",
        |source| (0..10_000).try_for_each(|number| fs::write(source.join(format!("m{number}.rs")), "")),
        || refused("200 files"),
    ),
    (
        "tree_with_10_mb",
        |source| fs::write(source.join("large.rs"), vec![b'/'; 10 << 20]),
        || refused("1024 kB"),
    ),
    (
        "tree_100_folders_deep",
        |source| fs::create_dir_all((0..100).fold(source.to_owned(), |folder, _| folder.join("d"))),
        || refused("nested too deeply"),
    ),
    // From here on everything beside lib.rs means nothing.
    ("tree_with_a_name_of_255_bytes", |source| fs::write(source.join("n".repeat(255)), ""), solved),
    (
        "tree_with_names_that_are_no_text",
        |source| fs::write(source.join(std::ffi::OsStr::from_bytes(b"a\xff\nb\x1b[2J.rs")), ""),
        solved,
    ),
    (
        "tree_with_manifests_and_configurations",
        |source| {
            let package = source.parent().expect("src is in a folder");
            let config = "[build]\nrustflags = [\"--cap-lints\", \"allow\"]\nrustc-wrapper = \"/bin/false\"\n[env]\nINSTA_FORCE_PASS = \"1\"\n";
            for folder in [source, package] {
                fs::create_dir_all(folder.join(".cargo"))?;
                fs::write(folder.join(".cargo/config.toml"), config)?;
                fs::write(folder.join("rust-toolchain.toml"), "[toolchain]\nchannel = \"nightly\"\n")?;
                fs::write(
                    folder.join("Cargo.toml"),
                    "[package]\nname = \"ex02\"\nversion = \"9.9.9\"\n[lints.rust]\nunsafe_code = \"allow\"\n",
                )?;
                fs::write(folder.join("build.rs"), "fn main() { std::process::exit(1) }")?;
                fs::write(folder.join("Cargo.lock"), "nonsense")?;
            }
            Ok(())
        },
        solved,
    ),
    (
        "tree_with_checks_and_fixtures_of_its_own",
        |source| {
            let package = source.parent().expect("src is in a folder");
            fs::write(package.join("checks.rs"), "compile_error!(\"these are not the checks\");")?;
            fs::create_dir_all(package.join("../fixtures/ex02"))?;
            fs::write(package.join("../fixtures/ex02/integer_counts.snap"), "nonsense")
        },
        solved,
    ),
    (
        "tree_with_other_targets",
        |source| {
            fs::create_dir_all(source.join("bin"))?;
            let broken = "compile_error!(\"this is not built\");";
            fs::write(source.join("main.rs"), broken)?;
            fs::write(source.join("bin/other.rs"), broken)
        },
        solved,
    ),
];

fn refused(says: &str) -> Verdict {
    Verdict { statuses: vec!["compile_error".into()], says: says.into(), ..Verdict::default() }
}

fn solved() -> Verdict {
    Verdict { score: 10, ..Verdict::default() }
}
