//! Makes `.libtorch/`: installs the wheels into a folder beside it, leaves out what tch never uses, and renames.
//!
//! Only the holder of the lock works there, and the kernel lets go of the lock when the holder dies. So whatever
//! lies in the workshop of a holder is rubbish of a dead one, and `.libtorch/` itself is either whole or not there.

use std::env::consts::{ARCH, OS};
use std::fs::{self, File, TryLockError};
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::process::{Child, ExitStatus};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use rustix::process::Pid;
use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::flag;
use tempfile::TempDir;

use super::failure::{self, Cause};
use super::location::{self, locate};
use super::progress::Progress;
use super::wheels::Wheels;
use super::{Environment, Error, Installer, Libtorch, Source, VERSION, Variant, version};
use crate::processes::kill_tree;
use crate::report::say;

const FOLDER: &str = ".libtorch";
/// Ignored by git like the folder itself.
const WORKSHOP: &str = ".libtorch.setup";
/// How often the progress is looked at.
const TICK: Duration = Duration::from_millis(250);

/// What is there already, or what is made now.
pub fn set_up(course_root: &Path, environment: &Environment, variant: Variant) -> Result<Libtorch, Error> {
    let there =
        || Ok::<_, Error>(locate(course_root, environment)?.filter(|libtorch| serves(libtorch, variant)));
    if let Some(libtorch) = there()? {
        return Ok(libtorch);
    }
    let workshop = Workshop::enter(course_root)?;
    // Another set-up may have made it while this one waited.
    if let Some(libtorch) = there()? {
        return Ok(libtorch);
    }
    make(course_root, environment, variant, &workshop)
}

/// Whether there is nothing to make. What the user chose is never replaced.
fn serves(libtorch: &Libtorch, variant: Variant) -> bool {
    libtorch.source != Source::Managed || libtorch.cuda == (variant == Variant::Cuda)
}

fn make(
    course_root: &Path,
    environment: &Environment,
    variant: Variant,
    workshop: &Workshop,
) -> Result<Libtorch, Error> {
    let wheels = wheels(variant)?;
    let free = free_space(course_root)?;
    if free < wheels.peak() {
        return Err(Error::NoSpace { folder: course_root.to_path_buf(), needed: wheels.peak(), free });
    }
    let installer = Installer::find(environment)?;
    let partial = workshop.partial()?;
    let folder = |name: &str| {
        let path = partial.path().join(name);
        fs::create_dir(&path).map_err(Error::io("create", &path))?;
        Ok::<_, Error>(path)
    };
    let (temporary, site, whole, old) =
        (folder("tmp")?, folder("site")?, folder("new")?, partial.path().join("old"));

    let title = format!("Setting up libtorch {VERSION} in {}", course_root.join(FOLDER).display());
    let mut progress = Progress::start(title, wheels.download);
    let log = workshop.log();
    let interrupt = Interrupt::listen().map_err(Error::io("listen for Ctrl-C in", course_root))?;
    let mut child = installer.start(&wheels, &site, &temporary, &log, environment)?;
    let status = watch(&mut child, &temporary, &interrupt, |bytes| {
        progress.update(installer.downloaded(&wheels, bytes));
    })
    .map_err(Error::io("wait for", &log))?;
    if interrupt.has_come() {
        return Err(Error::Interrupted);
    }
    if !status.success() {
        return Err(installer_failed(installer.name(), status, course_root, log));
    }

    trim(&site, &whole, variant)?;
    if let Err(problem) = location::check_managed(&whole) {
        return Err(Error::NotLibtorch { tool: installer.name(), problem, log });
    }
    if interrupt.has_come() {
        return Err(Error::Interrupted);
    }
    drop(interrupt);
    let final_folder = course_root.join(FOLDER);
    if final_folder.symlink_metadata().is_ok() {
        fs::rename(&final_folder, &old).map_err(Error::io("replace", &final_folder))?;
    }
    fs::rename(&whole, &final_folder).map_err(Error::io("create", &final_folder))?;
    progress.finish();
    location::check_managed(&final_folder).map_err(|problem| Error::NotLibtorch {
        tool: installer.name(),
        problem,
        log: workshop.log(),
    })
}

fn wheels(variant: Variant) -> Result<Wheels, Error> {
    // The wheels are built against the GNU C library.
    let known = if cfg!(target_env = "musl") { None } else { Wheels::for_platform(OS, ARCH, variant) };
    known.ok_or_else(|| {
        let libc = if cfg!(target_env = "musl") { " with musl" } else { "" };
        let platform = format!("{OS} on {ARCH}{libc}");
        if Wheels::for_platform(OS, ARCH, Variant::Cpu).is_some() && libc.is_empty() {
            Error::NoCudaHere { platform }
        } else {
            Error::UnsupportedPlatform { platform }
        }
    })
}

/// Bytes an ordinary user can still write there.
pub fn free_space(folder: &Path) -> Result<u64, Error> {
    let space = rustix::fs::statvfs(folder)
        .map_err(|error| Error::io("look at the disk of", folder)(error.into()))?;
    Ok(space.f_bavail * space.f_frsize)
}

/// Waits for the child, and tells how many bytes are in the folder while it runs. Ends it when it is interrupted, so
/// that what it has written can be cleared away.
fn watch(
    child: &mut Child,
    folder: &Path,
    interrupt: &Interrupt,
    mut tell: impl FnMut(u64),
) -> io::Result<ExitStatus> {
    loop {
        if interrupt.has_come() {
            kill_tree(Pid::from_child(child));
            return child.wait();
        }
        if let Some(status) = child.try_wait()? {
            return Ok(status);
        }
        tell(bytes_in(folder));
        thread::sleep(TICK);
    }
}

/// Ctrl-C, or being told to end, while there is something to clear away. Once it is dropped they end this process again.
struct Interrupt {
    has_come: Arc<AtomicBool>,
    is_over: Arc<AtomicBool>,
}

impl Interrupt {
    fn listen() -> io::Result<Self> {
        let interrupt = Interrupt { has_come: Arc::default(), is_over: Arc::default() };
        for signal in [SIGINT, SIGTERM] {
            flag::register_conditional_default(signal, Arc::clone(&interrupt.is_over))?;
            flag::register(signal, Arc::clone(&interrupt.has_come))?;
        }
        Ok(interrupt)
    }

    fn has_come(&self) -> bool {
        self.has_come.load(Ordering::SeqCst)
    }
}

impl Drop for Interrupt {
    fn drop(&mut self) {
        self.is_over.store(true, Ordering::SeqCst);
    }
}

/// What cannot be read has just been moved or deleted by the tool that works there.
fn bytes_in(folder: &Path) -> u64 {
    let Ok(entries) = fs::read_dir(folder) else { return 0 };
    entries
        .flatten()
        .map(|entry| match entry.metadata() {
            Ok(metadata) if metadata.is_dir() => bytes_in(&entry.path()),
            Ok(metadata) => metadata.size(),
            Err(_) => 0,
        })
        .sum()
}

fn installer_failed(tool: &'static str, status: ExitStatus, course_root: &Path, log: PathBuf) -> Error {
    let text = fs::read(&log).map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).unwrap_or_default();
    match failure::cause(&text) {
        Cause::DiskFull => Error::DiskFull { folder: course_root.to_path_buf(), log },
        Cause::HashMismatch => Error::HashMismatch { log },
        Cause::NoNetwork => Error::NoNetwork { log },
        Cause::NotInIndex => Error::NotInIndex { log },
        Cause::Other(words) => Error::InstallerFailed { tool, words: format!("{status}, {words}"), log },
    }
}

/// Moves what tch uses, and the licences of it, from what was installed to a folder of its own.
fn trim(site: &Path, whole: &Path, variant: Variant) -> Result<(), Error> {
    let keep = |path: &str| {
        let (from, to) = (site.join(path), whole.join(path));
        if let Some(parent) = to.parent() {
            fs::create_dir_all(parent).map_err(Error::io("create", parent))?;
        }
        match fs::rename(&from, &to) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(Error::io("move", &from)(error)),
            // Not every platform has all of them; whether it is enough is checked at the end.
            _ => Ok(()),
        }
    };
    for name in names_in(site)?.iter().filter(|name| name.ends_with(".dist-info")) {
        keep(name)?;
    }
    keep("torch/include")?;
    keep("torch/version.py")?;
    for name in names_in(&site.join("torch/lib"))?.iter().filter(|name| keeps_torch_library(name, variant)) {
        keep(&format!("torch/lib/{name}"))?;
    }
    for package in names_in(&site.join("nvidia"))? {
        let libraries = format!("nvidia/{package}/lib");
        for name in names_in(&site.join(&libraries))?.iter().filter(|name| keeps_cuda_library(name, variant))
        {
            keep(&format!("{libraries}/{name}"))?;
        }
    }

    let torch = whole.join("torch");
    let write = |path: PathBuf, text: &str| fs::write(&path, text).map_err(Error::io("write", &path));
    let linked = torch.join("lib/libtorch.so");
    if variant == Variant::Cpu && linked.is_file() {
        // It has no code, but needs the CUDA libraries. To the linker, this line is as good.
        fs::remove_file(&linked).map_err(Error::io("replace", &linked))?;
        write(linked, "INPUT(libtorch_cpu.so)\n")?;
    }
    // torch-sys checks the version by this file.
    let installed = version::read(&torch).unwrap_or_default();
    let built_for =
        if variant == Variant::Cpu { "+cpu" } else { installed.find('+').map_or("", |at| &installed[at..]) };
    write(torch.join("build-version"), &format!("{}{built_for}\n", version::release(&installed)))
}

/// Names in a folder; none where there is no such folder.
fn names_in(folder: &Path) -> Result<Vec<String>, Error> {
    match fs::read_dir(folder) {
        Ok(entries) => {
            Ok(entries.flatten().filter_map(|entry| entry.file_name().into_string().ok()).collect())
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
        Err(error) => Err(Error::io("read", folder)(error)),
    }
}

fn keeps_torch_library(name: &str, variant: Variant) -> bool {
    let python = ["libtorch_python.", "libshm"];
    let cuda = ["libtorch_cuda", "libc10_cuda.", "libtorch_nvshmem.", "libcaffe2_nvrtc."];
    let begins_with = |prefixes: &[&str]| prefixes.iter().any(|prefix| name.starts_with(prefix));
    !begins_with(&python) && (variant == Variant::Cuda || !begins_with(&cuda))
}

/// The CPU library alone needs these two to load, though it never uses them.
fn keeps_cuda_library(name: &str, variant: Variant) -> bool {
    let needed_to_load = name.starts_with("libcudart.so") || name.starts_with("libcupti.so");
    needed_to_load || (variant == Variant::Cuda && name.contains(".so"))
}

/// The folder set-ups work in, one at a time.
struct Workshop {
    folder: PathBuf,
    _lock: File,
}

impl Workshop {
    /// Waits for any other set-up to end, and clears away what one that was killed left behind.
    fn enter(course_root: &Path) -> Result<Self, Error> {
        let folder = course_root.join(WORKSHOP);
        fs::create_dir_all(&folder).map_err(Error::io("create", &folder))?;
        let path = folder.join("lock");
        let lock = File::create(&path).map_err(Error::io("create", &path))?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                say("Another set-up of libtorch is under way; waiting for it to end");
                lock.lock().map_err(Error::io("lock", &path))?;
            }
            Err(TryLockError::Error(error)) => return Err(Error::io("lock", &path)(error)),
        }
        for name in names_in(&folder)?.iter().filter(|name| name.starts_with("partial-")) {
            // A pip that outlives its killed grader may still write there. The next set-up clears that away.
            let _ = fs::remove_dir_all(folder.join(name));
        }
        Ok(Self { folder, _lock: lock })
    }

    /// A folder that is gone when it is let go of.
    fn partial(&self) -> Result<TempDir, Error> {
        tempfile::Builder::new()
            .prefix("partial-")
            .tempdir_in(&self.folder)
            .map_err(Error::io("create", &self.folder))
    }

    fn log(&self) -> PathBuf {
        self.folder.join("log")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cpu_variant_keeps_only_what_loads_without_cuda() {
        let kept = |variant| {
            ["libtorch_cpu.so", "libc10.so", "libgomp.so.1", "libtorch.so", "libarm_compute.so"]
                .into_iter()
                .chain([
                    "libtorch_cuda.so",
                    "libtorch_cuda_linalg.so",
                    "libc10_cuda.so",
                    "libtorch_nvshmem.so",
                ])
                .chain(["libcaffe2_nvrtc.so", "libtorch_python.so", "libshm.so"])
                .filter(|name| keeps_torch_library(name, variant))
                .count()
        };
        assert_eq!((kept(Variant::Cpu), kept(Variant::Cuda)), (5, 10));
        assert!(keeps_cuda_library("libcudart.so.13", Variant::Cpu));
        assert!(!keeps_cuda_library("libnvperf_host.so", Variant::Cpu));
        assert!(keeps_cuda_library("libcublas.so.13", Variant::Cuda));
        assert!(!keeps_cuda_library("libcudart_static.a", Variant::Cuda));
    }
}
