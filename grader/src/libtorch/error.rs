//! What can go wrong between a fresh machine and a libtorch that works. Each says what to do next.

use std::io;
use std::path::{Path, PathBuf};

use super::{VERSION, human_bytes};

#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error(
        "LIBTORCH is set to `{}`, {problem}; this course needs libtorch {VERSION}\n\
         next: `unset LIBTORCH` to let the grader set libtorch up, or set it to the absolute path of a libtorch {VERSION}",
        .path.display()
    )]
    OwnLibtorch { path: PathBuf, problem: String },
    #[error(
        "LIBTORCH_USE_PYTORCH is set, but {problem}; this course needs PyTorch {VERSION}\n\
         next: `unset LIBTORCH_USE_PYTORCH` to let the grader set libtorch up, \
         or `{python} -m pip install torch=={VERSION}`"
    )]
    OwnPytorch { python: &'static str, problem: String },
    #[error("interrupted: nothing of it was kept\nnext: type the same command again to begin anew")]
    Interrupted,
    #[error(
        "there is no C++ compiler `{name}`, which building the Rust bindings of libtorch needs\n\
         next: `sudo apt install g++` on Debian and Ubuntu, `xcode-select --install` on macOS; \
         or set CXX to the compiler to use"
    )]
    NoCompiler { name: String },
    #[error(
        "there is no ready-made libtorch {VERSION} for {platform}\n\
         next: install or build libtorch {VERSION} yourself and set LIBTORCH to its folder"
    )]
    UnsupportedPlatform { platform: String },
    #[error(
        "libtorch {VERSION} with CUDA can be set up on 64-bit x86 Linux only, and this is {platform}\n\
         next: `cargo run -p grader -- setup` without --cuda, or set LIBTORCH to a libtorch {VERSION} of your own"
    )]
    NoCudaHere { platform: String },
    #[error(
        "setting libtorch up needs Python 3 with pip, or uv; there is no `python3` and no `uv` on the PATH\n\
         next: `sudo apt install python3-pip` on Debian and Ubuntu, `brew install python` on macOS, \
         or uv from https://docs.astral.sh/uv; then this again"
    )]
    NoPython,
    #[error(
        "setting libtorch up needs pip or uv; `{} -m pip --version` fails ({words}), and there is no `uv` on the PATH\n\
         next: `sudo apt install python3-pip` on Debian and Ubuntu, `{} -m ensurepip` elsewhere, \
         or uv from https://docs.astral.sh/uv; then this again",
        .python.display(), .python.display()
    )]
    NoPip { python: PathBuf, words: String },
    #[error(
        "setting libtorch up needs pip 20.3 or newer, or uv; `{}` has pip {found}\n\
         next: `{} -m pip install --upgrade pip`, then this again",
        .python.display(), .python.display()
    )]
    OldPip { python: PathBuf, found: String },
    #[error(
        "not enough disk space to set libtorch up in `{}`: {} needed, {} free\n\
         next: make room there, then this again",
        .folder.display(), human_bytes(*.needed), human_bytes(*.free)
    )]
    NoSpace { folder: PathBuf, needed: u64, free: u64 },
    #[error(
        "the disk filled up while libtorch was being set up in `{}`; nothing of it was kept (log: {})\n\
         next: make room there, then this again",
        .folder.display(), .log.display()
    )]
    DiskFull { folder: PathBuf, log: PathBuf },
    #[error(
        "libtorch could not be downloaded: the Python package index was not reached (log: {})\n\
         next: check the network (behind a proxy, set HTTPS_PROXY; with a mirror, PIP_INDEX_URL), then this again",
        .log.display()
    )]
    NoNetwork { log: PathBuf },
    #[error(
        "what was downloaded is not the libtorch this course pins: its hash differs, so it was thrown away (log: {})\n\
         next: try once more; if it stays so, the index or proxy in use serves other files: unset PIP_INDEX_URL and the like",
        .log.display()
    )]
    HashMismatch { log: PathBuf },
    #[error(
        "the package index in use has no libtorch {VERSION} for this machine (log: {})\n\
         next: unset PIP_INDEX_URL and the like to use https://pypi.org, or set LIBTORCH to a libtorch {VERSION} of your own",
        .log.display()
    )]
    NotInIndex { log: PathBuf },
    #[error(
        "{tool} failed to install libtorch: {words} (log: {})\n\
         next: what the log says; or set LIBTORCH to a libtorch {VERSION} of your own",
        .log.display()
    )]
    InstallerFailed { tool: &'static str, words: String, log: PathBuf },
    #[error(
        "{tool} reported success, but what it installed is not libtorch {VERSION}: {problem} (log: {})\n\
         next: try once more; or set LIBTORCH to a libtorch {VERSION} of your own",
        .log.display()
    )]
    NotLibtorch { tool: &'static str, problem: String, log: PathBuf },
    #[error("cannot {action} `{}`\nnext: check that the course folder is yours to write to and has room", .path.display())]
    Io { action: &'static str, path: PathBuf, source: io::Error },
}

impl Error {
    /// For `map_err`: what was being done to which file.
    pub(super) fn io(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_path_buf();
        move |source| Self::Io { action, path, source }
    }
}
