//! The child: the process that learners' code runs in.

use std::fs::File;
use std::os::fd::OwnedFd;

use rustix::process::setpgid;
use rustix::stdio::{dup2_stderr, dup2_stdin, dup2_stdout};

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
    for rule in &order.rules {
        rule.impose()?;
    }
    plugin.run(session, &order.job);
    Ok(())
}
