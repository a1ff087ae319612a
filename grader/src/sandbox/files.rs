//! Files (Landlock).

use std::path::PathBuf;

use landlock::{
    ABI, Access, AccessFs, BitFlags, CompatLevel, Compatible, Ruleset, RulesetAttr, RulesetCreatedAttr,
    path_beneath_rules,
};

/// The first version of Landlock (Linux 6.2) that knows every way to change what is in a file.
const WHOLE: ABI = ABI::V3;

/// What libtorch reads of a machine when it first uses it, and how much memory the process has, which checks read.
const OF_THE_MACHINE: [&str; 6] = [
    "/proc/cpuinfo",
    "/proc/meminfo",
    "/proc/self/status",
    "/sys/devices/system",
    "/dev/null",
    "/dev/urandom",
];

/// Reading, of files and of what is in folders.
fn reading() -> BitFlags<AccessFs> {
    AccessFs::ReadFile | AccessFs::ReadDir
}

/// Leaves reading of `readable` and of what libtorch needs, and nothing else.
pub fn confine(readable: &[PathBuf]) -> anyhow::Result<()> {
    Ruleset::default()
        .handle_access(AccessFs::from_all(ABI::V5))?
        .create()?
        .add_rules(path_beneath_rules(readable, reading()))?
        .add_rules(path_beneath_rules(OF_THE_MACHINE, reading()))?
        .restrict_self()?;
    Ok(())
}

/// Leaves reading and running of `readable`, and all writing.
pub fn confine_reading(readable: &[PathBuf]) -> anyhow::Result<()> {
    let reading = reading() | AccessFs::Execute;
    Ruleset::default()
        .handle_access(reading | AccessFs::Refer)?
        .create()?
        .add_rules(path_beneath_rules(readable, reading))?
        // Moving a file to another folder is refused under any rules, unless it is allowed.
        .add_rules(path_beneath_rules(["/"], AccessFs::Refer))?
        .restrict_self()?;
    Ok(())
}

/// Whether this kernel enforces all of it.
pub fn are_confined() -> bool {
    let ruleset = Ruleset::default()
        .set_compatibility(CompatLevel::HardRequirement)
        .handle_access(AccessFs::from_all(WHOLE));
    ruleset.and_then(Ruleset::create).is_ok()
}
