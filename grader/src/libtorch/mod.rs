//! The libtorch this course runs on: the user's own, or the one the grader sets up under `.libtorch/`.

mod compiler;
mod environment;
mod error;
mod failure;
mod installer;
mod location;
mod progress;
mod setup;
mod version;
mod wheels;

use std::fmt;
use std::path::{Path, PathBuf};

pub use compiler::find as find_compiler;
pub use environment::Environment;
pub use error::Error;
pub use installer::Installer;
pub use location::locate;
pub use setup::{free_space, set_up};

/// The version the `tch` of this course is written for.
pub const VERSION: &str = "2.13.0";

/// A libtorch that can be built and run with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Libtorch {
    /// Has `lib/` and `include/`.
    pub root: PathBuf,
    /// What it says itself, `2.13.0+cpu`.
    pub version: String,
    pub source: Source,
    /// It has the CUDA libraries; whether there is a GPU is another matter.
    pub cuda: bool,
    lib: PathBuf,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    /// `LIBTORCH` of the user's own.
    Libtorch,
    /// `LIBTORCH_USE_PYTORCH`.
    Pytorch,
    /// `.libtorch/`, made by the grader.
    Managed,
}

/// What a set-up makes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Variant {
    Cpu,
    Cuda,
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str(match self {
            Source::Libtorch => "your own: LIBTORCH",
            Source::Pytorch => "your own: LIBTORCH_USE_PYTORCH",
            Source::Managed => "made by the grader",
        })
    }
}

impl Libtorch {
    /// `2.13.0`: what it was built for, `+cpu` or `+cu130`, is not what it can do here.
    pub fn release(&self) -> &str {
        version::release(&self.version)
    }

    /// What it can do.
    pub fn abilities(&self) -> &'static str {
        if self.cuda { "with CUDA" } else { "CPU only" }
    }

    /// The libraries a worker loads before anything else, by absolute path.
    pub fn preload(&self) -> Vec<PathBuf> {
        let name =
            |stem: &str| format!("{}{stem}{}", std::env::consts::DLL_PREFIX, std::env::consts::DLL_SUFFIX);
        ["torch_cpu", "torch_cuda"]
            .map(|stem| self.lib.join(name(stem)))
            .into_iter()
            .filter(|library| library.is_file())
            .collect()
    }
}

/// The libtorch there is, or the one a set-up makes, with visible progress.
pub fn ensure(course_root: &Path, environment: &Environment) -> Result<Libtorch, Error> {
    // Before the download, not after it.
    compiler::find(environment)?;
    match locate(course_root, environment)? {
        Some(libtorch) => Ok(libtorch),
        None => set_up(course_root, environment, Variant::Cpu),
    }
}

/// `540 MB`.
pub fn human_bytes(bytes: u64) -> String {
    if bytes >= 1_000_000_000 {
        format!("{:.1} GB", bytes as f64 / 1e9)
    } else {
        format!("{} MB", bytes / 1_000_000)
    }
}
