//! The sandbox: what a process that runs or compiles somebody's code gives up beforehand, for good.
//!
//! A learner's crate is compiled with `unsafe_code` forbidden, so what it can do is what safe Rust can do: open
//! files, start programs and threads, open connections, use memory and time. Each [`Rule`] takes one of these away.
//! `grader/README.md` says against whom, and what is left.

pub mod compiler;
#[cfg(target_os = "linux")]
mod files;
mod limits;
#[cfg(target_os = "linux")]
mod system_calls;
#[cfg(test)]
mod tests;

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

/// One thing that a process gives up.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Rule {
    /// It reads nothing but these files and folders and what libtorch reads of the machine. It makes, changes and
    /// removes no file, and runs none.
    Files(Vec<PathBuf>),
    /// It reads and runs nothing but these files and folders; what it may write stays as it is.
    Reading(Vec<PathBuf>),
    /// It has no sockets.
    Network,
    /// It starts no process, and sends no signal to another.
    Processes,
    /// It has nothing of the kernel's that gets around the other rules, or that is for administrators.
    Kernel,
    /// It maps no more than so many bytes on top of what it has mapped.
    Memory(u64),
    /// It has so many seconds of processor time.
    ProcessorTime(u64),
    /// No file that it writes is longer than so many bytes; and it leaves no core dump.
    FileSize(u64),
}

impl Rule {
    /// Binds this process, and all that it starts, to this rule.
    ///
    /// # Errors
    /// The kernel knows the rule and refuses it. Where it does not know it, nothing happens: [`missing`] says so.
    pub fn impose(&self) -> anyhow::Result<()> {
        match self {
            Rule::Memory(bytes) => limits::memory(*bytes),
            Rule::ProcessorTime(seconds) => limits::processor_time(*seconds),
            Rule::FileSize(bytes) => limits::file_size(*bytes),
            #[cfg(target_os = "linux")]
            Rule::Files(readable) => files::confine(readable),
            #[cfg(target_os = "linux")]
            Rule::Reading(readable) => files::confine_reading(readable),
            #[cfg(target_os = "linux")]
            Rule::Network => system_calls::refuse_network(),
            #[cfg(target_os = "linux")]
            Rule::Processes => system_calls::refuse_processes(),
            #[cfg(target_os = "linux")]
            Rule::Kernel => system_calls::refuse_kernel(),
            #[cfg(not(target_os = "linux"))]
            Rule::Files(_) | Rule::Reading(_) | Rule::Network | Rule::Processes | Rule::Kernel => Ok(()),
        }
    }
}

/// What of the sandbox this machine can enforce.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sandbox {
    files: bool,
    system_calls: bool,
}

impl Sandbox {
    /// As found out now.
    #[cfg(target_os = "linux")]
    pub fn of_this_machine() -> Self {
        Sandbox { files: files::are_confined(), system_calls: system_calls::can_be_refused() }
    }

    /// As found out now.
    #[cfg(not(target_os = "linux"))]
    pub fn of_this_machine() -> Self {
        Sandbox { files: false, system_calls: false }
    }

    /// For a child that runs checks: the rules about `readable` files, connections and programs.
    pub fn rules(self, readable: Vec<PathBuf>) -> Vec<Rule> {
        // A kernel that knows a part of Landlock enforces that part.
        let mut rules = vec![Rule::Files(readable), Rule::FileSize(0)];
        if self.system_calls {
            rules.extend([Rule::Network, Rule::Processes, Rule::Kernel]);
        }
        rules
    }

    /// What cannot be enforced, each in a sentence; empty where the sandbox is whole.
    pub fn missing(self) -> Vec<String> {
        let files =
            "files can be read and written as you can: that takes Landlock, which Linux has since 6.2";
        let system_calls = "connections can be made, programs be started, other processes be signalled: that takes \
                            seccomp, which Linux has, but not every container lets a program use";
        let missing = [(self.files, files), (self.system_calls, system_calls)];
        missing.into_iter().filter(|(enforced, _)| !enforced).map(|(_, what)| what.to_owned()).collect()
    }
}
