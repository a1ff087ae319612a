//! `grader mind PROGRAM`: runs a program that does not outlive the grader, however the grader ends.
//!
//! cargo goes on when the grader is killed, and so do the compilers that cargo has started: one of them may never end
//! by itself, for what it compiles is a learner's code. So between the grader and cargo there is a minder. Its
//! standard input is a pipe of which the grader has the other end, its [`Leash`]. When that end closes, by itself or
//! with the grader, the minder kills all that descends from it.

use std::ffi::{OsStr, OsString};
use std::io::{self, Read, Write};
use std::os::unix::process::ExitStatusExt;
use std::process::{Child, ChildStdin, Command, Stdio, exit};
use std::sync::atomic::{AtomicBool, Ordering};

use rustix::process::{Pid, WaitOptions, getpid, waitpid};

use crate::processes::{children_of, kill_tree};

/// What makes this program a minder, as its first argument.
const WORD: &str = "mind";

/// The grader's end. The program is killed when it is dropped.
pub struct Leash {
    _stdin: ChildStdin,
}

/// The beginning of a command that runs `program`; what is added goes to the program.
///
/// # Errors
/// This program does not know where it is.
pub fn command(program: &OsStr) -> io::Result<Command> {
    let mut command = Command::new(std::env::current_exe()?);
    command.arg(WORD).arg(program).stdin(Stdio::piped());
    Ok(command)
}

/// Has the minder begin: until then it can be given limits, which what it starts will have as well.
pub fn begin(minder: &mut Child) -> Leash {
    let mut stdin = minder.stdin.take().expect("it is piped");
    // One that is gone shows when it is waited for.
    let _ = stdin.write_all(b"\n");
    Leash { _stdin: stdin }
}

/// Becomes a minder, where this process was started as one: runs the program when it is told to begin; ends with it, or
/// has it end with the grader. Returns otherwise.
pub fn become_one() {
    let mut words = std::env::args_os().skip(1);
    if words.next().is_some_and(|word| word == WORD)
        && let Some(program) = words.next()
    {
        mind(&program, words)
    }
}

fn mind(program: &OsStr, arguments: impl Iterator<Item = OsString>) -> ! {
    adopt_orphans();
    if io::stdin().read(&mut [0]).is_ok_and(|count| count == 0) {
        exit(1);
    }
    let started = Command::new(program).args(arguments).stdin(Stdio::null()).spawn();
    let mut child = started.unwrap_or_else(|error| {
        crate::report::say(&format!(
            "cannot run {} ({error}): is Rust installed? See https://rustup.rs",
            program.display()
        ));
        exit(127)
    });
    static LET_GO: AtomicBool = AtomicBool::new(false);
    let program = Pid::from_child(&child);
    std::thread::spawn(move || {
        let _ = io::copy(&mut io::stdin(), &mut io::sink());
        LET_GO.store(true, Ordering::SeqCst);
        // Where the system does not tell of children, that is all that can be done.
        kill_tree(program);
        kill_descendants();
        exit(1)
    });
    let status = child.wait();
    while LET_GO.load(Ordering::SeqCst) {
        // What the program has started is still to be killed: the other thread ends this process.
        std::thread::park();
    }
    exit(status.map_or(1, |status| status.code().unwrap_or_else(|| 128 + status.signal().unwrap_or(0))))
}

/// Kills until nothing is left: the children of whoever is killed become children of this process.
fn kill_descendants() {
    loop {
        let children = children_of(getpid());
        if children.is_empty() {
            return;
        }
        children.into_iter().for_each(kill_tree);
        let _ = waitpid(None, WaitOptions::empty());
    }
}

#[cfg(target_os = "linux")]
fn adopt_orphans() {
    let _ = rustix::process::set_child_subreaper(Some(getpid()));
}

#[cfg(not(target_os = "linux"))]
fn adopt_orphans() {}
