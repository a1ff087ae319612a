//! The two things a worker does that the compiler cannot check: fork, and loading native code.

use std::io;
use std::path::Path;

use anyhow::Context;
use libloading::os::unix::{Library, RTLD_GLOBAL, RTLD_NOW};
use protocol::{ENTRY_SYMBOL, PluginEntry};
use rustix::process::Pid;

/// Which of the two processes this is after [`fork`].
pub enum Fork {
    Parent(Pid),
    Child,
}

/// Forks this process.
///
/// # Errors
/// The kernel's refusal: too many processes, or no memory.
pub fn fork() -> io::Result<Fork> {
    // SAFETY: only the worker and its supervisors fork, and they have one thread (loading libtorch starts
    // none), so no lock can be held by a thread that the child does not have.
    match unsafe { libc::fork() } {
        -1 => Err(io::Error::last_os_error()),
        0 => Ok(Fork::Child),
        pid => Ok(Fork::Parent(Pid::from_raw(pid).expect("the parent is told a pid above 0"))),
    }
}

/// Ends this process at once, without running exit handlers that belong to the process it was forked from.
pub fn exit_now(code: i32) -> ! {
    // SAFETY: _exit returns to nobody and touches no memory.
    unsafe { libc::_exit(code) }
}

/// Loads a library, visible to all that are loaded later, and never unloads it.
///
/// # Errors
/// The loader's own words.
pub fn load_for_good(library: &Path) -> anyhow::Result<()> {
    // SAFETY: the library is libtorch, as this machine's user installed it; its initialisers may run.
    let loaded = unsafe { Library::open(Some(library), RTLD_NOW | RTLD_GLOBAL) }
        .with_context(|| format!("cannot load {}", library.display()))?;
    std::mem::forget(loaded);
    Ok(())
}

/// A plugin of checks that is loaded for as long as this process lives.
pub struct Plugin {
    entry: PluginEntry,
}

impl Plugin {
    /// Loads a plugin.
    ///
    /// # Errors
    /// The loader's own words: a missing file, a libtorch of another version.
    pub fn load(path: &Path) -> anyhow::Result<Self> {
        // SAFETY: the plugin was built from the course's own checks and the learner's crate. The latter is
        // compiled with `unsafe_code` forbidden, so it can have neither initialisers nor exported symbols.
        let library = unsafe { Library::open(Some(path), RTLD_NOW) }
            .with_context(|| format!("cannot load {}", path.display()))?;
        // SAFETY: a symbol of this name has this type; its name carries the version of the protocol.
        let entry = *unsafe { library.get::<PluginEntry>(ENTRY_SYMBOL.as_bytes()) }
            .with_context(|| format!("{} is not a plugin of this grader", path.display()))?;
        std::mem::forget(library);
        Ok(Plugin { entry })
    }

    /// Runs a whole session over the descriptor `socket`, which the plugin then owns.
    pub fn run(&self, socket: std::os::fd::OwnedFd, job: &str) {
        use std::os::fd::IntoRawFd;
        // SAFETY: `job` is readable for its length, and the descriptor is handed over for good.
        unsafe { (self.entry)(socket.into_raw_fd(), job.as_ptr(), job.len()) }
    }
}
