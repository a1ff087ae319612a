//! The compiler, while it compiles somebody else's sources.
//!
//! `include_str!`, `#[path]` and `mod` have the compiler read files, `env!` reads its environment, and a const, a type or
//! a macro can keep it busy without end. So cargo runs the compiler of a submission through this program
//! (`RUSTC_WORKSPACE_WRAPPER`), which binds itself to rules and becomes the compiler.

use std::ffi::{OsStr, OsString};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::Context;
use serde::{Deserialize, Serialize};

use super::{Rule, Sandbox};

/// Where a compiler finds its [`Confinement`].
const VARIABLE: &str = "GRADER_CONFINES_THE_COMPILER";

/// The largest file that compiling an exercise makes, its plugin, takes about 12 MB.
const FILE_BYTES: u64 = 256 << 20;

/// A compiler of an exercise maps about 1 GB, most of it the files that it reads.
const MEMORY_BYTES: u64 = 4 << 30;

/// What of the environment reaches the compiler of somebody else's sources: what the loader, cargo's job server and
/// temporary files need, and nothing that is the user's own.
const KEPT: [&str; 7] = [
    "PATH",
    "LD_LIBRARY_PATH",
    "TMPDIR",
    "CARGO_MAKEFLAGS",
    "CARGO_CRATE_NAME",
    "CARGO_PKG_NAME",
    "CARGO_MANIFEST_DIR",
];

/// What a compiler may do that compiles somebody else's sources.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Confinement {
    /// Where what is compiled goes.
    pub target_dir: PathBuf,
    /// Where compilers and libraries are; what has been built, and the sources, come on top. `None` where reading cannot
    /// be confined.
    readable: Option<Vec<PathBuf>>,
    /// Processor time, in seconds, that the compiler of one crate may take.
    pub seconds: u64,
}

impl Confinement {
    /// For compilers that build into `target_dir`, as they are found from `root`.
    ///
    /// # Errors
    /// There is no Rust compiler.
    pub fn new(root: &Path, target_dir: PathBuf, seconds: u64) -> anyhow::Result<Self> {
        let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
        let said = Command::new(rustc)
            .args(["--print", "sysroot"])
            .current_dir(root)
            .output()
            .context("cannot run rustc: is Rust installed? See https://rustup.rs")?;
        let sysroot = String::from_utf8(said.stdout).context("`rustc --print sysroot` is not UTF-8")?;
        let libraries = [
            "/lib",
            "/lib32",
            "/lib64",
            "/usr/lib",
            "/usr/lib32",
            "/usr/lib64",
            "/etc/ld.so.cache",
            "/nix/store",
            "/gnu/store",
        ];
        let devices = ["/dev/null", "/dev/urandom"];
        let folders = [sysroot.trim()].into_iter().chain(libraries).chain(devices).map(PathBuf::from);
        let readable = Sandbox::of_this_machine().files.then(|| folders.collect());
        Ok(Confinement { target_dir, readable, seconds })
    }

    /// What `cargo` has to be told so that the members of its workspace are compiled under it.
    pub fn environment(&self) -> anyhow::Result<[(&'static str, OsString); 2]> {
        let itself = std::env::current_exe()?.into_os_string();
        Ok([("RUSTC_WORKSPACE_WRAPPER", itself), (VARIABLE, serde_json::to_string(self)?.into())])
    }

    /// The rules for the compiler with these `arguments`, which compiles what is in `package`.
    fn rules(&self, arguments: &[OsString], package: &Path) -> Vec<Rule> {
        let mut rules =
            vec![Rule::Memory(MEMORY_BYTES), Rule::ProcessorTime(self.seconds), Rule::FileSize(FILE_BYTES)];
        if let Some(readable) = self.readable.as_ref().filter(|_| compiles_sources(arguments)) {
            let own = [self.target_dir.clone(), package.join("src")];
            rules.push(Rule::Reading(readable.iter().cloned().chain(own).collect()));
        }
        rules
    }
}

/// Whether the compiler with these arguments compiles the submission's own sources. The checks, the other crate of its
/// package, are the course's: nothing of a submission can have files read there.
fn compiles_sources(arguments: &[OsString]) -> bool {
    arguments.windows(2).any(|pair| pair[0] == "--crate-type" && pair[1] == "lib")
}

/// Becomes the compiler that cargo asks for, where this process was started as one. Returns otherwise.
///
/// # Errors
/// It cannot be confined, or not be started.
pub fn become_one() -> anyhow::Result<()> {
    let Some(confinement) = std::env::var_os(VARIABLE) else { return Ok(()) };
    let confinement: Confinement =
        serde_json::from_str(confinement.to_str().unwrap_or_default()).context(VARIABLE)?;
    let mut words = std::env::args_os().skip(1);
    let compiler = words.next().context("cargo named no compiler")?;
    let arguments: Vec<OsString> = words.collect();
    let mut command = Command::new(compiler);
    command.args(&arguments).env_remove(VARIABLE);
    // Without a package, cargo asks for its version.
    if let Some(package) = std::env::var_os("CARGO_MANIFEST_DIR") {
        if compiles_sources(&arguments) {
            let kept = |name: &OsStr| KEPT.iter().any(|kept| name == *kept);
            command.env_clear().envs(std::env::vars_os().filter(|(name, _)| kept(name)));
            // A compiler that knows unstable features acts as one that does not.
            command.env("RUSTC_BOOTSTRAP", "-1");
        }
        for rule in confinement.rules(&arguments, Path::new(&package)) {
            rule.impose()?;
        }
    }
    Err(command.exec().into())
}
