//! Memory, processor time, sizes of files (rlimits).

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

pub fn memory(bytes: u64) -> anyhow::Result<()> {
    // libtorch alone maps gigabytes, so the limit is on what comes on top of what is mapped now.
    match mapped_bytes() {
        Some(mapped) => set(Resource::As, mapped + bytes),
        None => Ok(()),
    }
}

pub fn processor_time(seconds: u64) -> anyhow::Result<()> {
    // The signal of the first limit says why; that of the second, which comes to whoever ignores it, does not.
    set(Resource::Cpu, seconds + 1)?;
    let current = Some(getrlimit(Resource::Cpu).maximum.map_or(seconds, |most| most.min(seconds)));
    setrlimit(Resource::Cpu, Rlimit { current, ..getrlimit(Resource::Cpu) })?;
    Ok(())
}

pub fn file_size(bytes: u64) -> anyhow::Result<()> {
    set(Resource::Core, 0)?;
    set(Resource::Fsize, bytes)
}

/// Bounds it, for good. Where it is bounded lower already, it stays.
fn set(resource: Resource, most: u64) -> anyhow::Result<()> {
    let most = getrlimit(resource).maximum.map_or(most, |already| already.min(most));
    setrlimit(resource, Rlimit { current: Some(most), maximum: Some(most) })?;
    Ok(())
}

/// Size of this process's address space; `None` where the system does not say.
fn mapped_bytes() -> Option<u64> {
    let statm = std::fs::read_to_string("/proc/self/statm").ok()?;
    let pages: u64 = statm.split_whitespace().next()?.parse().ok()?;
    Some(pages * rustix::param::page_size() as u64)
}
