//! Memory, processor time, sizes of files (rlimits).

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

pub fn memory(bytes: u64) -> anyhow::Result<()> {
    // libtorch alone maps gigabytes, so the limit is on what comes on top of what is mapped now.
    match mapped_bytes() {
        Some(mapped) => set(Resource::As, mapped + bytes, mapped + bytes),
        None => Ok(()),
    }
}

pub fn processor_time(seconds: u64) -> anyhow::Result<()> {
    // The signal of the first limit says why; that of the second, which comes to whoever ignores it, does not.
    set(Resource::Cpu, seconds, seconds + 1)
}

pub fn file_size(bytes: u64) -> anyhow::Result<()> {
    set(Resource::Core, 0, 0)?;
    set(Resource::Fsize, bytes, bytes)
}

/// Bounds it, for good, with a signal at `most` and an end at `last`. Where it is bounded lower already, it stays.
fn set(resource: Resource, most: u64, last: u64) -> anyhow::Result<()> {
    let last = getrlimit(resource).maximum.map_or(last, |already| already.min(last));
    setrlimit(resource, Rlimit { current: Some(most.min(last)), maximum: Some(last) })?;
    Ok(())
}

/// Size of this process's address space; `None` where the system does not say.
fn mapped_bytes() -> Option<u64> {
    let statm = std::fs::read_to_string("/proc/self/statm").ok()?;
    let pages: u64 = statm.split_whitespace().next()?.parse().ok()?;
    Some(pages * rustix::param::page_size() as u64)
}
