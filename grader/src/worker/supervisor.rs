//! Between the worker and a child: sees how the child ends, and that nothing outlives it.

use std::fs::File;
use std::os::fd::OwnedFd;

use rustix::process::{Pid, Signal, WaitOptions, kill_process, kill_process_group, setpgid, waitpid};

use crate::processes::children_of;
use crate::worker::fork::{Fork, exit_now, fork};
use crate::worker::message::{End, Note};

/// Forks a child that runs `body`, tells `status` of its start and its end, and never returns.
pub fn run(status: OwnedFd, body: impl FnOnce() -> anyhow::Result<()>) -> ! {
    die_with_parent();
    adopt_orphans();
    let mut status = File::from(status);
    match fork() {
        Ok(Fork::Child) => {
            drop(status);
            die_with_parent();
            let code = match body() {
                Ok(()) => 0,
                Err(error) => {
                    eprintln!("{error:#}");
                    1
                }
            };
            exit_now(code)
        }
        Ok(Fork::Parent(child)) => {
            // Both sides set the group, so that it exists whoever comes first.
            let _ = setpgid(Some(child), Some(child));
            let _ = protocol::send(&mut status, &Note::Started { pid: child.as_raw_pid() });
            let end = wait_for(child);
            let _ = kill_process_group(child, Signal::KILL);
            kill_descendants();
            let _ = protocol::send(&mut status, &Note::Ended(end));
            exit_now(0)
        }
        Err(error) => {
            eprintln!("cannot fork: {error}");
            exit_now(1)
        }
    }
}

/// How the child ended.
fn wait_for(child: Pid) -> End {
    loop {
        match waitpid(Some(child), WaitOptions::empty()) {
            Ok(Some((_, status))) => {
                if let Some(code) = status.exit_status() {
                    return End::Exited(code);
                }
                if let Some(signal) = status.terminating_signal() {
                    return End::Signalled(signal);
                }
            }
            Ok(None) | Err(rustix::io::Errno::INTR) => {}
            // There is no such child: nothing is known of its end but that it has ended.
            Err(_) => return End::Exited(-1),
        }
    }
}

/// Kills what the child left behind: orphans are this process's own children, for it adopts them, and each
/// that is killed may leave orphans of its own.
fn kill_descendants() {
    loop {
        match waitpid(None, WaitOptions::NOHANG) {
            Ok(None) => {
                for orphan in children_of(rustix::process::getpid()) {
                    let _ = kill_process(orphan, Signal::KILL);
                }
                let _ = waitpid(None, WaitOptions::empty());
            }
            Ok(Some(_)) | Err(rustix::io::Errno::INTR) => {}
            // No child is left.
            Err(_) => return,
        }
    }
}

#[cfg(target_os = "linux")]
fn die_with_parent() {
    let _ = rustix::process::set_parent_process_death_signal(Some(Signal::KILL));
}

#[cfg(target_os = "linux")]
fn adopt_orphans() {
    let _ = rustix::process::set_child_subreaper(Some(rustix::process::getpid()));
}

/// Elsewhere than on Linux the process group is all that is killed.
#[cfg(not(target_os = "linux"))]
fn die_with_parent() {}

#[cfg(not(target_os = "linux"))]
fn adopt_orphans() {}
