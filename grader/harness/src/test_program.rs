//! An exercise's checks as an ordinary test program: `cargo test -p ex03`, an editor's test button, nextest.

use std::path::Path;
use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, Ordering};

use libtest_mimic::{Arguments, Failed, Trial};
use protocol::{Settings, Verdict};
use tch::Device;

use crate::session::run_check;
use crate::suite::Suite;

/// Runs the checks that `declare` declares, as libtest would.
pub fn run(exercise: &'static str, fixtures: &str, declare: fn(&mut Suite)) -> ExitCode {
    shield_from_environment();
    exit_is_a_failure();
    let mut arguments = Arguments::from_args();
    // libtorch's random state belongs to the process, so one check runs at a time.
    arguments.test_threads = Some(1);
    let settings = Settings::standard(Path::new(fixtures).to_owned());
    let trials = Suite::declared_by(declare)
        .infos()
        .into_iter()
        .enumerate()
        .map(|(index, info)| {
            let settings = settings.clone();
            Trial::test(info.name, move || trial(exercise, index, &settings, declare))
        })
        .collect();
    libtest_mimic::run(&arguments, trials).exit_code()
}

fn trial(exercise: &str, index: usize, settings: &Settings, declare: fn(&mut Suite)) -> Result<(), Failed> {
    let suite = Suite::declared_by(declare);
    RUNNING.store(true, Ordering::SeqCst);
    let verdict = run_check(&suite, index, exercise, settings, Device::Cpu);
    RUNNING.store(false, Ordering::SeqCst);
    match verdict {
        Verdict::Passed => Ok(()),
        Verdict::Failed { message } | Verdict::Todo { message } | Verdict::Panicked { message } => {
            Err(message.into())
        }
    }
}

/// Whether a check is running, so that the program must not end.
static RUNNING: AtomicBool = AtomicBool::new(false);

/// A function under test that calls `process::exit(0)` would otherwise make cargo and nextest report success.
fn exit_is_a_failure() {
    extern "C" fn at_exit() {
        if RUNNING.load(Ordering::SeqCst) {
            eprintln!(
                "\nthe function under test ended the whole program (process::exit): no verdict, so it failed"
            );
            // SAFETY: _exit ends the process at once; nothing of ours runs afterwards.
            unsafe { libc::_exit(101) };
        }
    }
    // SAFETY: the handler is a function of this program and unwinds nowhere.
    unsafe { libc::atexit(at_exit) };
}

/// insta reads orders to pass, to print and to rewrite fixtures from the environment; a verdict obeys none.
fn shield_from_environment() {
    let ours = |name: &str| name.starts_with("INSTA_") || name.starts_with("PROPTEST_");
    let names: Vec<_> = std::env::vars_os().map(|(name, _)| name).collect();
    // SAFETY: this is the first thing `main` does, and no other thread has been started.
    unsafe {
        for name in names.iter().filter(|name| name.to_str().is_some_and(ours)) {
            std::env::remove_var(name);
        }
        for (name, value) in protocol::QUIET_INSTA {
            std::env::set_var(name, value);
        }
    }
}
