//! The worker: a process that has libtorch loaded and forks a child for every session.
//!
//! Loading libtorch takes 0.2 s, forking a process that has it takes 0.005 s: that is the whole reason why
//! there is a worker. It never runs anybody's code itself. It is single-threaded, never touches a GPU, and
//! ends when the grader does.
//!
//! A session is three processes deep: the worker forks a *supervisor*, which forks the *child*. The child
//! loads the plugin and runs the learner's code, confined; the supervisor adopts whatever the child leaves
//! behind, kills it, and says how the child ended.
//!
//! Where fork is not safe once libraries are loaded (macOS), libtorch is loaded after the fork instead, by
//! every child: [`PRELOAD`].

mod child;
mod fork;
pub mod message;
mod supervisor;

use std::os::fd::AsFd;
use std::path::PathBuf;

use anyhow::Context;

use crate::worker::fork::Fork;
use crate::worker::message::{Descriptors, Order};

/// Whether the worker loads libtorch before it forks.
const PRELOAD: bool = cfg!(target_os = "linux");

/// Serves sessions until the grader closes the other end of standard input.
///
/// # Errors
/// A library that cannot be loaded; the grader shows it.
pub fn serve(libraries: &[PathBuf]) -> anyhow::Result<()> {
    if PRELOAD {
        load(libraries)?;
    }
    let control = std::io::stdin();
    while let Some((order, descriptors)) = message::receive(control.as_fd())? {
        match fork::fork().context("cannot fork")? {
            Fork::Parent(_) => drop(descriptors),
            Fork::Child => supervise(order, descriptors, libraries),
        }
        reap();
    }
    Ok(())
}

/// Loads the libraries and ends: whether they work at all.
///
/// # Errors
/// The loader's own words on the library that cannot be loaded.
pub fn probe(libraries: &[PathBuf]) -> anyhow::Result<()> {
    load(libraries)?;
    Ok(())
}

fn load(libraries: &[PathBuf]) -> anyhow::Result<()> {
    libraries.iter().try_for_each(|library| fork::load_for_good(library))
}

fn supervise(order: Order, descriptors: Descriptors, libraries: &[PathBuf]) -> ! {
    let Descriptors { session, output, status } = descriptors;
    supervisor::run(status, || {
        if !PRELOAD {
            load(libraries)?;
        }
        child::run(&order, session, output)
    })
}

/// Takes the supervisors that have ended off the process table.
fn reap() {
    while let Ok(Some(_)) = rustix::process::wait(rustix::process::WaitOptions::NOHANG) {}
}
