//! The grader's handle on its worker process.

use std::io::Read;
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::Mutex;

use crate::worker::message::{self, Order};

/// What of the environment reaches the worker: where libraries and GPUs are found, and nothing that could
/// change a verdict.
const KEPT: [&str; 5] =
    ["LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "CUDA_VISIBLE_DEVICES", "NVIDIA_VISIBLE_DEVICES", "SYSTEMROOT"];

/// What is said of a worker that left no words.
const DIED: &str = "the worker process died";

/// A worker process, started again if it should die.
pub struct Worker {
    libraries: Vec<PathBuf>,
    process: Mutex<Process>,
}

struct Process {
    /// How many there were before this one.
    number: u64,
    child: Child,
    control: UnixStream,
}

impl Worker {
    /// Starts a worker, which begins to load `libraries` at once.
    ///
    /// # Errors
    /// This program cannot be started a second time.
    pub fn start(libraries: Vec<PathBuf>) -> anyhow::Result<Self> {
        let process = Mutex::new(Process::start(&libraries, 0)?);
        Ok(Worker { libraries, process })
    }

    /// Hands an order over; gives back the number of the process that has it.
    ///
    /// # Errors
    /// The worker has died; another has been started in its place.
    pub fn send(&self, order: &Order, descriptors: [&OwnedFd; 3]) -> Result<u64, String> {
        let mut process = self.process.lock().expect("nothing panics while it is held");
        let sent = message::send(&process.control, order, descriptors.map(OwnedFd::as_fd));
        sent.map(|()| process.number).map_err(|_| process.replace(&self.libraries))
    }

    /// Why a session never started: the last words of the worker process with this `number`, which has died, and
    /// another in its place. Where another is there already, it is at work for others and is left alone.
    pub fn bury(&self, number: u64) -> String {
        let mut process = self.process.lock().expect("nothing panics while it is held");
        if process.number == number { process.replace(&self.libraries) } else { DIED.to_owned() }
    }
}

impl Process {
    fn start(libraries: &[PathBuf], number: u64) -> anyhow::Result<Self> {
        let (control, theirs) = UnixStream::pair()?;
        let kept = KEPT.iter().filter_map(|name| Some((name, std::env::var_os(name)?)));
        let child = Command::new(std::env::current_exe()?)
            .arg("worker")
            .args(libraries)
            .env_clear()
            .envs(kept)
            .envs(protocol::QUIET_INSTA)
            .env("LC_ALL", "C")
            // glibc reserves 64 MB of addresses for each thread that allocates; all of it counts as memory in use.
            .env("MALLOC_ARENA_MAX", "2")
            .stdin(OwnedFd::from(theirs))
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()?;
        Ok(Process { number, child, control })
    }

    /// Ends this worker and starts another; returns its last words.
    fn replace(&mut self, libraries: &[PathBuf]) -> String {
        let _ = self.child.kill();
        let mut words = String::new();
        if let Some(mut stderr) = self.child.stderr.take() {
            let _ = stderr.read_to_string(&mut words);
        }
        let _ = self.child.wait();
        match Process::start(libraries, self.number + 1) {
            Ok(process) => *self = process,
            Err(error) => words.push_str(&format!("{error:#}")),
        }
        let words = words.trim();
        if words.is_empty() { DIED.to_owned() } else { words.to_owned() }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // Closing the control socket ends it; what it still runs dies with it.
        let _ = self.control.shutdown(std::net::Shutdown::Both);
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
