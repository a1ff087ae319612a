//! What a child gives up before it runs a learner's code.
//!
//! A learner's crate is compiled with `unsafe_code` forbidden, so what it can do is what safe Rust can do:
//! open files, start programs, open connections. Landlock takes those away: nothing can be written, hardly
//! anything be read (not `/proc`, through which a process can write to its own memory and descriptors), no
//! program started, no TCP port used, no process outside be sent a signal. Kernels that know less enforce as
//! much as they know.

use std::path::PathBuf;

/// Confines this process, for good, to reading `readable`.
///
/// # Errors
/// The kernel knows Landlock and refuses the rules.
#[cfg(target_os = "linux")]
pub fn confine(readable: &[PathBuf]) -> anyhow::Result<()> {
    use landlock::{
        ABI, Access, AccessFs, AccessNet, Ruleset, RulesetAttr, RulesetCreatedAttr, Scope, path_beneath_rules,
    };
    use rustix::process::{DumpableBehavior, set_dumpable_behavior};

    /// What libtorch reads of the machine when it first uses it.
    const MACHINE: [&str; 5] =
        ["/proc/cpuinfo", "/proc/meminfo", "/sys/devices/system", "/dev/null", "/dev/urandom"];

    // Nobody of the same user can trace this process, or write to its memory through /proc.
    set_dumpable_behavior(DumpableBehavior::NotDumpable)?;
    // The newest ABI with signals and TCP; older kernels get the part that they know.
    let abi = ABI::V6;
    let paths = readable.iter().map(PathBuf::as_path).chain(MACHINE.iter().map(std::path::Path::new));
    Ruleset::default()
        .handle_access(AccessFs::from_all(abi))?
        .handle_access(AccessNet::from_all(abi))?
        .scope(Scope::from_all(abi))?
        .create()?
        .add_rules(path_beneath_rules(paths, AccessFs::ReadFile | AccessFs::ReadDir))?
        .restrict_self()?;
    Ok(())
}

/// Elsewhere than on Linux nothing more is taken away.
///
/// # Errors
/// None.
#[cfg(not(target_os = "linux"))]
pub fn confine(_readable: &[PathBuf]) -> anyhow::Result<()> {
    Ok(())
}
