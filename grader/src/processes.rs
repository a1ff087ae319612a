//! Other processes: who descends from whom, and who is at work.

use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};

/// The children of a process; none where the system does not say (elsewhere than on Linux).
pub fn children_of(process: Pid) -> Vec<Pid> {
    let Ok(processes) = std::fs::read_dir("/proc") else { return Vec::new() };
    processes
        .flatten()
        .filter_map(|entry| entry.file_name().to_str()?.parse().ok())
        .filter(|&pid| parent_of(pid) == Some(process.as_raw_pid()))
        .filter_map(Pid::from_raw)
        .collect()
}

fn parent_of(pid: i32) -> Option<i32> {
    parent_in(&std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?)
}

/// The parent's pid in the text of `/proc/PID/stat`: `pid (name) state parent …`, where the name may hold
/// anything, also blanks and parentheses.
fn parent_in(stat: &str) -> Option<i32> {
    stat.rsplit_once(')')?.1.split_whitespace().nth(1)?.parse().ok()
}

/// What a process has done, and whether it would go on if it could.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Work {
    /// Processor time that it has had.
    pub done: Duration,
    /// A thread of it runs, or waits for a processor or a disk; none means that it waits for something else.
    pub pending: bool,
}

/// What a process has done so far; `None` where the system does not say (elsewhere than on Linux).
pub fn work_of(process: Pid) -> Option<Work> {
    let folder = format!("/proc/{}", process.as_raw_pid());
    let ticks = processor_ticks_in(&std::fs::read_to_string(format!("{folder}/stat")).ok()?)?;
    let threads = std::fs::read_dir(format!("{folder}/task")).ok()?;
    let pending = threads
        .flatten()
        .filter_map(|thread| std::fs::read_to_string(thread.path().join("stat")).ok())
        .any(|stat| matches!(state_in(&stat), Some("R" | "D")));
    let done = Duration::from_millis(ticks * 1000 / rustix::param::clock_ticks_per_second());
    Some(Work { done, pending })
}

/// User and system time, fields 14 and 15.
fn processor_ticks_in(stat: &str) -> Option<u64> {
    let mut fields = stat.rsplit_once(')')?.1.split_whitespace().skip(11);
    let mut next = || fields.next()?.parse::<u64>().ok();
    Some(next()? + next()?)
}

fn state_in(stat: &str) -> Option<&str> {
    stat.rsplit_once(')')?.1.split_whitespace().next()
}

/// Number of threads of a process; `None` where the system does not say.
pub fn threads_of(process: Pid) -> Option<usize> {
    Some(std::fs::read_dir(format!("/proc/{}/task", process.as_raw_pid())).ok()?.count())
}

/// Kills a process and all that descend from it, parents first so that none can start another.
pub fn kill_tree(process: Pid) {
    let children = children_of(process);
    let _ = kill_process(process, Signal::KILL);
    children.into_iter().for_each(kill_tree);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_parent_is_found_whatever_the_name_of_the_program() {
        assert_eq!(parent_in("17 (grader) S 4 17 17 0 -1"), Some(4));
        assert_eq!(parent_in("17 (a) 9 (b) R 5 1 1"), Some(5));
        assert_eq!(parent_in("nonsense"), None);
    }

    #[test]
    fn state_and_processor_time_are_read_from_their_fields() {
        let stat = "17 (a) b) R 4 17 17 0 -1 4194304 9 0 0 0 250 50 0 0 39 19 1 0 5 6 7";
        assert_eq!(state_in(stat), Some("R"));
        assert_eq!(processor_ticks_in(stat), Some(300));
        assert_eq!(processor_ticks_in("17 (a) R 4"), None);
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn a_process_is_among_the_children_of_its_parent() {
        let mut child =
            std::process::Command::new("cat").stdin(std::process::Stdio::piped()).spawn().unwrap();
        let pid = Pid::from_child(&child);
        assert!(children_of(rustix::process::getpid()).contains(&pid));
        kill_tree(pid);
        assert!(!child.wait().unwrap().success());
    }
}
