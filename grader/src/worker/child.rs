//! The child: the process that learners' code runs in.

use std::fs::File;
use std::os::fd::OwnedFd;

use rustix::process::{Resource, Rlimit, setpgid, setrlimit};
use rustix::stdio::{dup2_stderr, dup2_stdin, dup2_stdout};

use crate::worker::confinement;
use crate::worker::fork::Plugin;
use crate::worker::message::Order;

/// Runs a whole session: loads the plugin, gives up every right that checks do not need, hands over.
///
/// # Errors
/// What could not be set up, before any check has run.
pub fn run(order: &Order, session: OwnedFd, output: OwnedFd) -> anyhow::Result<()> {
    let _ = setpgid(None, None);
    dup2_stdin(File::open("/dev/null")?)?;
    dup2_stdout(&output)?;
    dup2_stderr(&output)?;
    drop(output);
    let plugin = Plugin::load(&order.plugin)?;
    limit(order.memory_bytes)?;
    if let Some(readable) = &order.readable {
        confinement::confine(readable)?;
    }
    plugin.run(session, &order.job);
    Ok(())
}

/// Bounds memory, and leaves no core dumps behind.
fn limit(memory_bytes: u64) -> anyhow::Result<()> {
    let set = |resource, bytes| setrlimit(resource, Rlimit { current: Some(bytes), maximum: Some(bytes) });
    set(Resource::Core, 0)?;
    // libtorch alone maps gigabytes, so the limit is on what comes on top of what is mapped now.
    if let Some(mapped) = mapped_bytes() {
        set(Resource::As, mapped + memory_bytes)?;
    }
    Ok(())
}

/// Size of this process's address space; `None` where the system does not say.
fn mapped_bytes() -> Option<u64> {
    let statm = std::fs::read_to_string("/proc/self/statm").ok()?;
    let pages: u64 = statm.split_whitespace().next()?.parse().ok()?;
    Some(pages * rustix::param::page_size() as u64)
}
