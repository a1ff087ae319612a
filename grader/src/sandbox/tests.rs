//! Each rule, tried: what it takes away is there without it and not with it. Each try is a process of its own, because a
//! rule is for good.

use std::fs;
use std::io::Write;
use std::net::{TcpListener, TcpStream, UdpSocket};
use std::os::unix::fs::symlink;
use std::os::unix::net::{UnixDatagram, UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::{Rule, Sandbox};

/// What a try is given: a folder of its own with a file `there`.
type Try = fn(&Path) -> std::io::Result<()>;

/// All there are, by name: a process is told by a name what to try.
const TRIES: &[(&str, Try)] = &[
    ("read a file of the system", |_| fs::read("/etc/passwd").map(drop)),
    ("read its own environment", |_| fs::read("/proc/self/environ").map(drop)),
    ("list a folder", |folder| fs::read_dir(folder).map(drop)),
    ("read what it may read", |folder| fs::read(folder.join("readable/file")).map(drop)),
    ("make a file", |folder| fs::write(folder.join("new"), "")),
    ("change a file", |folder| {
        fs::OpenOptions::new().append(true).open(folder.join("there"))?.write_all(b"more")
    }),
    ("empty a file", |folder| fs::File::options().write(true).open(folder.join("there"))?.set_len(0)),
    ("remove a file", |folder| fs::remove_file(folder.join("there"))),
    ("rename a file", |folder| fs::rename(folder.join("there"), folder.join("elsewhere"))),
    ("move a file to another folder", |folder| {
        fs::create_dir(folder.join("new"))?;
        fs::rename(folder.join("there"), folder.join("new/there"))
    }),
    ("make a folder", |folder| fs::create_dir(folder.join("new"))),
    ("make a link", |folder| symlink("there", folder.join("link"))),
    ("run a program", |_| Command::new("true").status().map(drop)),
    ("start a thread", |_| {
        std::thread::Builder::new().spawn(|| ())?.join().map_err(|_| std::io::ErrorKind::Other.into())
    }),
    ("listen", |_| TcpListener::bind("127.0.0.1:0").map(drop)),
    ("connect", |folder| {
        let port: u16 = fs::read_to_string(folder.join("readable/file"))?.parse().unwrap();
        TcpStream::connect(("127.0.0.1", port)).map(drop)
    }),
    ("send a datagram", |_| UdpSocket::bind("127.0.0.1:0")?.send_to(b"", "127.0.0.1:9").map(drop)),
    ("listen on a socket in the file system", |folder| UnixListener::bind(folder.join("socket")).map(drop)),
    ("make a socket without an address", |_| UnixDatagram::unbound().map(drop)),
    ("use a pair of sockets", |_| UnixStream::pair()?.0.write_all(b"x")),
    ("set a limit", |_| {
        use rustix::process::{Resource, getrlimit, setrlimit};
        Ok(setrlimit(Resource::Nofile, getrlimit(Resource::Nofile))?)
    }),
    ("take a descriptor of a process", |_| {
        use rustix::process::{PidfdFlags, PidfdGetfdFlags, getpid, pidfd_getfd, pidfd_open};
        let itself = pidfd_open(getpid(), PidfdFlags::empty())?;
        Ok(pidfd_getfd(itself, 1, PidfdGetfdFlags::empty()).map(drop)?)
    }),
    ("use 256 MiB", |_| Vec::<u8>::new().try_reserve_exact(256 << 20).map_err(std::io::Error::other)),
    ("compute for two seconds", |_| {
        use rustix::time::{ClockId, clock_gettime};
        while clock_gettime(ClockId::ProcessCPUTime).tv_sec < 2 {}
        Ok(())
    }),
    ("write 2 MiB", |folder| fs::write(folder.join("new"), vec![1; 2 << 20])),
];

/// What a process that was started for a try does.
#[test]
#[ignore = "only the tests below start it"]
fn try_under_rules() {
    let told = |name| std::env::var(name).expect("only the tests below start it");
    let (name, folder) = (told("SANDBOX_TRY"), PathBuf::from(told("SANDBOX_FOLDER")));
    let (_, attempt) = TRIES.iter().find(|(known, _)| *known == name).expect("it is in the table");
    for rule in serde_json::from_str::<Vec<Rule>>(&told("SANDBOX_RULES")).unwrap() {
        rule.impose().unwrap();
    }
    match attempt(&folder) {
        Ok(()) => println!("DONE"),
        Err(error) => println!("REFUSED {error}"),
    }
}

/// Whether a process bound by `rules` can do what is called `name`.
fn can(name: &str, rules: &[Rule], folder: &Path) -> bool {
    let output = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "sandbox::tests::try_under_rules", "--ignored", "--nocapture", "--test-threads=1"])
        .env("SANDBOX_TRY", name)
        .env("SANDBOX_FOLDER", folder)
        .env("SANDBOX_RULES", serde_json::to_string(rules).unwrap())
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    let refused = said.contains("REFUSED") || !output.status.success();
    assert_ne!(said.contains("DONE"), refused, "{name}: {output:?}");
    !refused
}

/// A folder to try things in, and a listener for whoever connects.
fn folder() -> (tempfile::TempDir, TcpListener) {
    let folder = tempfile::tempdir().unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    fs::create_dir(folder.path().join("readable")).unwrap();
    let port = listener.local_addr().unwrap().port().to_string();
    fs::write(folder.path().join("readable/file"), port).unwrap();
    fs::write(folder.path().join("there"), "contents").unwrap();
    (folder, listener)
}

/// `rule` takes each of `taken` away, which is there without it, and leaves each of `left`.
#[track_caller]
fn takes_away(rule: impl Fn(&Path) -> Rule, taken: &[&str], left: &[&str]) {
    for name in taken {
        let (folder, _listener) = folder();
        assert!(!can(name, &[rule(folder.path())], folder.path()), "with the rule, one can {name}");
        assert!(can(name, &[], folder.path()), "without the rule, one cannot {name}: nothing is tried");
    }
    for name in left {
        let (folder, _listener) = folder();
        assert!(can(name, &[rule(folder.path())], folder.path()), "with the rule, one cannot {name}");
    }
}

fn readable(folder: &Path) -> Vec<PathBuf> {
    vec![folder.join("readable")]
}

#[test]
#[cfg(target_os = "linux")]
fn files_are_read_where_they_may_be_and_written_nowhere() {
    let taken = [
        "read a file of the system",
        "read its own environment",
        "list a folder",
        "make a file",
        "change a file",
        "empty a file",
        "remove a file",
        "rename a file",
        "make a folder",
        "make a link",
        "run a program",
        "listen on a socket in the file system",
    ];
    takes_away(|folder| Rule::Files(readable(folder)), &taken, &["read what it may read", "start a thread"]);
}

#[test]
#[cfg(target_os = "linux")]
fn a_compiler_reads_and_runs_what_it_may_and_writes_as_ever() {
    let taken = ["read a file of the system", "read its own environment", "list a folder", "run a program"];
    let left = ["read what it may read", "make a file", "remove a file", "move a file to another folder"];
    takes_away(|folder| Rule::Reading(readable(folder)), &taken, &left);
}

#[test]
#[cfg(target_os = "linux")]
fn there_are_no_sockets_but_those_that_reach_nobody() {
    let taken = [
        "listen",
        "connect",
        "send a datagram",
        "listen on a socket in the file system",
        "make a socket without an address",
    ];
    takes_away(|_| Rule::Network, &taken, &["use a pair of sockets", "read a file of the system"]);
}

#[test]
#[cfg(target_os = "linux")]
fn no_process_is_started_but_threads_are() {
    takes_away(|_| Rule::Processes, &["run a program"], &["start a thread", "make a file"]);
}

#[test]
#[cfg(target_os = "linux")]
fn no_process_that_was_started_before_is_signalled() {
    let mut child = Command::new("cat").stdin(Stdio::piped()).spawn().unwrap();
    let pid = rustix::process::Pid::from_child(&child);
    let refused = std::thread::spawn(move || {
        let signal = || rustix::process::kill_process(pid, rustix::process::Signal::WINCH);
        let before = signal();
        super::system_calls::refuse_processes().unwrap();
        (before, signal())
    });
    assert_eq!(refused.join().unwrap(), (Ok(()), Err(rustix::io::Errno::ACCESS)));
    drop(child.stdin.take());
    child.wait().unwrap();
}

#[test]
#[cfg(target_os = "linux")]
fn the_side_doors_of_the_kernel_are_closed() {
    takes_away(|_| Rule::Kernel, &["set a limit", "take a descriptor of a process"], &["run a program"]);
}

#[test]
#[cfg(target_os = "linux")]
fn memory_is_limited() {
    takes_away(|_| Rule::Memory(128 << 20), &["use 256 MiB"], &["start a thread"]);
}

#[test]
fn processor_time_is_limited() {
    takes_away(|_| Rule::ProcessorTime(1), &["compute for two seconds"], &["start a thread"]);
}

#[test]
fn the_size_of_files_is_limited() {
    takes_away(|_| Rule::FileSize(1 << 20), &["write 2 MiB"], &["make a file"]);
}

#[test]
fn a_limit_is_never_raised() {
    let (folder, _listener) = folder();
    assert!(!can("write 2 MiB", &[Rule::FileSize(1 << 20), Rule::FileSize(1 << 30)], folder.path()));
}

#[test]
fn what_cannot_be_enforced_is_said_and_not_asked_for() {
    let whole = Sandbox { files: true, system_calls: true };
    assert!(whole.missing().is_empty());
    assert!(whole.rules(vec![]).contains(&Rule::Network));
    let none = Sandbox { files: false, system_calls: false };
    assert_eq!(none.missing().len(), 2);
    assert!(!none.rules(vec![]).contains(&Rule::Network));
    assert!(none.missing()[0].starts_with("files"), "{:?}", none.missing());
}

#[test]
#[cfg(target_os = "linux")]
fn this_machine_has_the_whole_sandbox_or_says_what_it_lacks() {
    let (folder, _listener) = folder();
    let sandbox = Sandbox::of_this_machine();
    let rules = sandbox.rules(vec![]);
    let files = can("make a file", &rules, folder.path());
    assert_eq!(files, sandbox.missing().iter().any(|what| what.starts_with("files")));
    let sockets = can("listen", &rules, folder.path());
    assert_eq!(sockets, sandbox.missing().iter().any(|what| what.starts_with("connections")));
}
