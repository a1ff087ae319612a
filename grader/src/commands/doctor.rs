//! `grader doctor`: says what the grader finds on this machine, and what is wrong. Changes nothing.

use std::fmt::Write;
use std::path::Path;
use std::process::{Command, Stdio};

use crate::libtorch::{self, Environment, Installer, Libtorch, VERSION, human_bytes};
use crate::sandbox::Sandbox;

/// A first build takes about this much in `target/`.
const ROOM_TO_BUILD: u64 = 1_500_000_000;

/// What was found; an `Err` says what is wrong and, on its second line, what to do next.
struct Findings {
    rustc: Result<String, String>,
    cargo: Result<String, String>,
    compiler: Result<String, String>,
    installer: Result<String, String>,
    libtorch: Result<Option<Found>, String>,
    free_space: Result<u64, String>,
    /// What the sandbox lacks here.
    missing_protection: Vec<String>,
}

struct Found {
    libtorch: Libtorch,
    loads: Result<(), String>,
}

/// Prints the report; whether all is well.
pub fn run(root: &Path) -> anyhow::Result<bool> {
    let (report, well) = render(&Findings::gather(root, &Environment::capture()));
    crate::report::print(&report)?;
    Ok(well)
}

impl Findings {
    fn gather(root: &Path, environment: &Environment) -> Self {
        let rust = |name: &str| {
            version_of(Path::new(name)).ok_or_else(|| {
                format!("`{name} --version` does not run\nnext: install Rust from https://rustup.rs")
            })
        };
        Self {
            rustc: rust("rustc"),
            cargo: rust("cargo"),
            compiler: libtorch::find_compiler(environment).map_err(words).map(|path| {
                let version = version_of(&path).unwrap_or_else(|| "of unknown version".into());
                format!("{} ({version})", path.display())
            }),
            installer: Installer::find(environment).map(|installer| installer.version).map_err(words),
            libtorch: libtorch::locate(root, environment)
                .map_err(words)
                .map(|libtorch| libtorch.map(|libtorch| Found { loads: loads(&libtorch), libtorch })),
            free_space: libtorch::free_space(root).map_err(words),
            missing_protection: Sandbox::of_this_machine().missing(),
        }
    }
}

fn words(error: libtorch::Error) -> String {
    error.to_string()
}

/// First line of `PROGRAM --version`.
fn version_of(program: &Path) -> Option<String> {
    let output = Command::new(program).arg("--version").stdin(Stdio::null()).output().ok()?;
    let first = String::from_utf8_lossy(&output.stdout).lines().next()?.trim().to_owned();
    (output.status.success() && !first.is_empty()).then_some(first)
}

/// Whether the libraries load. In a process apart: a library that does not suit the machine may crash it.
fn loads(libtorch: &Libtorch) -> Result<(), String> {
    let grader = std::env::current_exe().map_err(|error| error.to_string())?;
    let output = Command::new(grader)
        .args(["worker", "--probe"])
        .args(libtorch.preload())
        .stdin(Stdio::null())
        .output()
        .map_err(|error| error.to_string())?;
    if output.status.success() {
        return Ok(());
    }
    let words = String::from_utf8_lossy(&output.stderr);
    Err(words.lines().last().map_or_else(|| output.status.to_string(), str::to_owned))
}

/// The report, and whether all is well.
fn render(findings: &Findings) -> (String, bool) {
    let mut report = Report::default();
    report.finding("rustc", findings.rustc.as_deref().map_err(String::as_str));
    report.finding("cargo", findings.cargo.as_deref().map_err(String::as_str));
    report.finding("C++ compiler", findings.compiler.as_deref().map_err(String::as_str));

    match &findings.installer {
        Ok(version) => report.finding("installer", Ok(version)),
        // Needed for nothing but a set-up.
        Err(_) if matches!(findings.libtorch, Ok(Some(_))) => {
            report.line("installer", "none (not needed: libtorch is there)");
        }
        Err(problem) => report.finding("installer", Err(problem)),
    }

    match &findings.libtorch {
        Ok(Some(found)) => report.libtorch(found),
        Ok(None) => report.finding(
            "libtorch",
            Err(&format!("not set up yet (wanted: {VERSION})\nnext: `cargo run -p grader -- setup`")),
        ),
        Err(problem) => report.finding("libtorch", Err(problem)),
    }

    match &findings.free_space {
        Ok(free) if *free < ROOM_TO_BUILD => report.finding(
            "disk",
            Err(&format!(
                "{} free; a first build takes about {}\nnext: make room on the disk the course is on",
                human_bytes(*free),
                human_bytes(ROOM_TO_BUILD)
            )),
        ),
        Ok(free) => report.line("disk", &format!("{} free", human_bytes(*free))),
        Err(problem) => report.finding("disk", Err(problem)),
    }
    // Who runs only code of one's own needs none of it: no problem, but to be known.
    match findings.missing_protection.as_slice() {
        [] => report.line("sandbox", "whole"),
        missing => {
            report.line("sandbox", "not whole: score nobody else's code here");
            missing.iter().for_each(|what| report.line("", what));
        }
    }
    report.finish()
}

#[derive(Default)]
struct Report {
    text: String,
    problems: Vec<(&'static str, String)>,
}

impl Report {
    fn line(&mut self, name: &str, value: &str) {
        // A String takes whatever is written to it.
        let _ = writeln!(self.text, "  {name:<14}{value}");
    }

    fn finding(&mut self, name: &'static str, value: Result<&str, &str>) {
        match value {
            Ok(value) => self.line(name, value),
            Err(problem) => {
                self.line(name, "✗ see below");
                self.problems.push((name, problem.to_owned()));
            }
        }
    }

    fn libtorch(&mut self, found: &Found) {
        let libtorch = &found.libtorch;
        self.line(
            "libtorch",
            &format!("{}, {} (wanted: {VERSION})", libtorch.release(), libtorch.abilities()),
        );
        self.line("  from", &format!("{} ({})", libtorch.root.display(), libtorch.source));
        match &found.loads {
            Ok(()) => self.line("  loads", "yes"),
            Err(problem) => self.finding(
                "  loads",
                Err(&format!("{problem}\nnext: delete `.libtorch` and run `cargo run -p grader -- setup`; where libtorch is your own, reinstall it")),
            ),
        }
    }

    fn finish(mut self) -> (String, bool) {
        if self.problems.is_empty() {
            self.text.push_str("\nAll is well.\n");
        }
        for (name, problem) in &self.problems {
            let mut lines = problem.lines();
            let _ = write!(self.text, "\n✗ {}: {}\n", name.trim(), lines.next().unwrap_or_default());
            for line in lines {
                let _ = writeln!(self.text, "  {line}");
            }
        }
        (self.text, self.problems.is_empty())
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    /// A machine on which all is well, with a libtorch that was read from real files.
    fn well() -> Findings {
        let course = tempfile::tempdir().unwrap();
        let torch = course.path().join(".libtorch/torch");
        fs::create_dir_all(torch.join("lib")).unwrap();
        fs::create_dir_all(torch.join("include")).unwrap();
        fs::write(torch.join("lib").join(format!("libtorch_cpu{}", std::env::consts::DLL_SUFFIX)), "")
            .unwrap();
        fs::write(torch.join("build-version"), "2.13.0+cpu\n").unwrap();
        let mut libtorch = libtorch::locate(course.path(), &Environment::default()).unwrap().unwrap();
        libtorch.root = "/course/.libtorch/torch".into();
        Findings {
            rustc: Ok("rustc 1.95.0 (a1b2c3d4e 2026-04-14)".into()),
            cargo: Ok("cargo 1.95.0 (a1b2c3d4e 2026-03-21)".into()),
            compiler: Ok("/usr/bin/c++ (c++ (Debian 12.2.0-14) 12.2.0)".into()),
            installer: Ok("pip 23.2.1".into()),
            libtorch: Ok(Some(Found { libtorch, loads: Ok(()) })),
            free_space: Ok(83_200_000_000),
            missing_protection: Vec::new(),
        }
    }

    /// The report, after the verdict.
    fn report(findings: &Findings) -> String {
        let (text, well) = render(findings);
        format!("well: {well}\n\n{text}")
    }

    #[test]
    fn a_machine_on_which_all_is_well() {
        insta::assert_snapshot!(report(&well()), @r"
        well: true

          rustc         rustc 1.95.0 (a1b2c3d4e 2026-04-14)
          cargo         cargo 1.95.0 (a1b2c3d4e 2026-03-21)
          C++ compiler  /usr/bin/c++ (c++ (Debian 12.2.0-14) 12.2.0)
          installer     pip 23.2.1
          libtorch      2.13.0, CPU only (wanted: 2.13.0)
            from        /course/.libtorch/torch (made by the grader)
            loads       yes
          disk          83.2 GB free
          sandbox       whole

        All is well.
        ");
    }

    #[test]
    fn a_machine_on_which_nothing_is_set_up() {
        insta::assert_snapshot!(report(&Findings { libtorch: Ok(None), ..well() }), @r"
        well: false

          rustc         rustc 1.95.0 (a1b2c3d4e 2026-04-14)
          cargo         cargo 1.95.0 (a1b2c3d4e 2026-03-21)
          C++ compiler  /usr/bin/c++ (c++ (Debian 12.2.0-14) 12.2.0)
          installer     pip 23.2.1
          libtorch      ✗ see below
          disk          83.2 GB free
          sandbox       whole

        ✗ libtorch: not set up yet (wanted: 2.13.0)
          next: `cargo run -p grader -- setup`
        ");
    }

    #[test]
    fn a_libtorch_of_the_wrong_version() {
        let problem = libtorch::Error::OwnLibtorch {
            path: "/opt/libtorch".into(),
            problem: "which holds libtorch 2.4.0+cu121".into(),
        };
        insta::assert_snapshot!(report(&Findings { libtorch: Err(problem.to_string()), ..well() }), @r"
        well: false

          rustc         rustc 1.95.0 (a1b2c3d4e 2026-04-14)
          cargo         cargo 1.95.0 (a1b2c3d4e 2026-03-21)
          C++ compiler  /usr/bin/c++ (c++ (Debian 12.2.0-14) 12.2.0)
          installer     pip 23.2.1
          libtorch      ✗ see below
          disk          83.2 GB free
          sandbox       whole

        ✗ libtorch: LIBTORCH is set to `/opt/libtorch`, which holds libtorch 2.4.0+cu121; this course needs libtorch 2.13.0
          next: `unset LIBTORCH` to let the grader set libtorch up, or set it to the absolute path of a libtorch 2.13.0
        ");
    }

    #[test]
    fn a_libtorch_that_does_not_load() {
        let mut findings = well();
        if let Ok(Some(found)) = &mut findings.libtorch {
            found.loads =
                Err("libcudart.so.13: cannot open shared object file: No such file or directory".into());
        }
        insta::assert_snapshot!(report(&findings), @r"
        well: false

          rustc         rustc 1.95.0 (a1b2c3d4e 2026-04-14)
          cargo         cargo 1.95.0 (a1b2c3d4e 2026-03-21)
          C++ compiler  /usr/bin/c++ (c++ (Debian 12.2.0-14) 12.2.0)
          installer     pip 23.2.1
          libtorch      2.13.0, CPU only (wanted: 2.13.0)
            from        /course/.libtorch/torch (made by the grader)
            loads       ✗ see below
          disk          83.2 GB free
          sandbox       whole

        ✗ loads: libcudart.so.13: cannot open shared object file: No such file or directory
          next: delete `.libtorch` and run `cargo run -p grader -- setup`; where libtorch is your own, reinstall it
        ");
    }

    #[test]
    fn a_machine_without_a_compiler() {
        let problem = libtorch::Error::NoCompiler { name: "c++".into() }.to_string();
        insta::assert_snapshot!(report(&Findings { compiler: Err(problem), ..well() }), @r"
        well: false

          rustc         rustc 1.95.0 (a1b2c3d4e 2026-04-14)
          cargo         cargo 1.95.0 (a1b2c3d4e 2026-03-21)
          C++ compiler  ✗ see below
          installer     pip 23.2.1
          libtorch      2.13.0, CPU only (wanted: 2.13.0)
            from        /course/.libtorch/torch (made by the grader)
            loads       yes
          disk          83.2 GB free
          sandbox       whole

        ✗ C++ compiler: there is no C++ compiler `c++`, which building the Rust bindings of libtorch needs
          next: `sudo apt install g++` on Debian and Ubuntu, `xcode-select --install` on macOS; or set CXX to the compiler to use
        ");
    }

    #[test]
    fn a_machine_without_python() {
        let problem = libtorch::Error::NoPython.to_string();
        insta::assert_snapshot!(report(&Findings { installer: Err(problem), libtorch: Ok(None), ..well() }), @r"
        well: false

          rustc         rustc 1.95.0 (a1b2c3d4e 2026-04-14)
          cargo         cargo 1.95.0 (a1b2c3d4e 2026-03-21)
          C++ compiler  /usr/bin/c++ (c++ (Debian 12.2.0-14) 12.2.0)
          installer     ✗ see below
          libtorch      ✗ see below
          disk          83.2 GB free
          sandbox       whole

        ✗ installer: setting libtorch up needs Python 3 with pip, or uv; there is no `python3` and no `uv` on the PATH
          next: `sudo apt install python3-pip` on Debian and Ubuntu, `brew install python` on macOS, or uv from https://docs.astral.sh/uv; then this again

        ✗ libtorch: not set up yet (wanted: 2.13.0)
          next: `cargo run -p grader -- setup`
        ");
    }

    #[test]
    fn python_is_not_missed_where_libtorch_is_there() {
        let problem = libtorch::Error::NoPython.to_string();
        let (text, well) = render(&Findings { installer: Err(problem), ..well() });
        assert!(well, "{text}");
    }

    #[test]
    fn a_disk_that_is_nearly_full() {
        insta::assert_snapshot!(report(&Findings { free_space: Ok(200_000_000), ..well() }), @r"
        well: false

          rustc         rustc 1.95.0 (a1b2c3d4e 2026-04-14)
          cargo         cargo 1.95.0 (a1b2c3d4e 2026-03-21)
          C++ compiler  /usr/bin/c++ (c++ (Debian 12.2.0-14) 12.2.0)
          installer     pip 23.2.1
          libtorch      2.13.0, CPU only (wanted: 2.13.0)
            from        /course/.libtorch/torch (made by the grader)
            loads       yes
          disk          ✗ see below
          sandbox       whole

        ✗ disk: 200 MB free; a first build takes about 1.5 GB
          next: make room on the disk the course is on
        ");
    }

    #[test]
    fn a_machine_without_the_whole_sandbox_is_well_and_says_so() {
        let missing = vec!["files can be read".to_owned(), "connections can be made".to_owned()];
        let (text, well) = render(&Findings { missing_protection: missing, ..self::well() });
        assert!(well, "{text}");
        insta::assert_snapshot!(text.split_once("  sandbox").unwrap().1, @r"
               not whole: score nobody else's code here
                        files can be read
                        connections can be made

        All is well.
        ");
    }
}
