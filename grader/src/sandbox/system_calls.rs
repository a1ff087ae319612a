//! Sockets, processes, the kernel's side doors (seccomp, and Landlock where it knows them).
//!
//! The filters name what is refused, not what is allowed: what safe code can ask of the kernel is what the standard
//! library and libtorch ask, and a list of all that libtorch ever needs would refuse right answers on the next version of
//! it, or of the C library.

use landlock::{ABI, Access, AccessNet, Ruleset, RulesetAttr, Scope};
use rustix::process::{DumpableBehavior, getpid, set_dumpable_behavior};
use seccompiler::{
    BpfProgram, SeccompAction, SeccompCmpArgLen, SeccompCmpOp, SeccompCondition, SeccompFilter, SeccompRule,
    apply_filter,
};

/// `(system call, when it is refused)`; no condition: always.
type Refused = (libc::c_long, Vec<SeccompRule>);

pub fn refuse_network() -> anyhow::Result<()> {
    // A socket that there never was needs no rule for what is done with it; but an inherited one does.
    let calls = [
        libc::SYS_socket,
        libc::SYS_connect,
        libc::SYS_bind,
        libc::SYS_listen,
        libc::SYS_accept,
        libc::SYS_accept4,
        libc::SYS_io_uring_setup,
    ];
    refuse(calls.map(always), libc::EACCES)?;
    Ruleset::default()
        .handle_access(AccessNet::from_all(ABI::V6))?
        .scope(Scope::AbstractUnixSocket)?
        .create()?
        .restrict_self()?;
    Ok(())
}

pub fn refuse_processes() -> anyhow::Result<()> {
    // Nobody of the same user can trace this process, or write to its memory through /proc.
    set_dumpable_behavior(DumpableBehavior::NotDumpable)?;
    // The C library then falls back to clone, whose flags a filter can read.
    refuse([always(libc::SYS_clone3)], libc::ENOSYS)?;
    let a_thread = libc::CLONE_THREAD as u64;
    let no_thread = condition(0, SeccompCmpArgLen::Qword, SeccompCmpOp::MaskedEq(a_thread), 0)?;
    // An abort is a signal of one's own.
    let own = u64::from(getpid().as_raw_pid().unsigned_abs());
    let to_another = || condition(0, SeccompCmpArgLen::Dword, SeccompCmpOp::Ne, own);
    let mut calls = vec![
        (libc::SYS_clone, vec![no_thread]),
        (libc::SYS_kill, vec![to_another()?]),
        (libc::SYS_tgkill, vec![to_another()?]),
    ];
    calls.extend(
        [
            libc::SYS_execve,
            libc::SYS_execveat,
            libc::SYS_tkill,
            libc::SYS_rt_sigqueueinfo,
            libc::SYS_rt_tgsigqueueinfo,
            libc::SYS_pidfd_open,
            libc::SYS_pidfd_send_signal,
        ]
        .map(always),
    );
    #[cfg(target_arch = "x86_64")]
    calls.extend([libc::SYS_fork, libc::SYS_vfork].map(always));
    refuse(calls, libc::EACCES)?;
    Ruleset::default().scope(Scope::Signal)?.create()?.restrict_self()?;
    Ok(())
}

pub fn refuse_kernel() -> anyhow::Result<()> {
    let another_limit = condition(2, SeccompCmpArgLen::Qword, SeccompCmpOp::Ne, 0)?;
    let mut calls = vec![(libc::SYS_prlimit64, vec![another_limit])];
    calls.extend(
        [
            // Other processes' memory and descriptors.
            libc::SYS_ptrace,
            libc::SYS_process_vm_readv,
            libc::SYS_process_vm_writev,
            libc::SYS_pidfd_getfd,
            libc::SYS_kcmp,
            // Work that others do: the filters do not see it.
            libc::SYS_io_uring_setup,
            libc::SYS_io_uring_enter,
            libc::SYS_io_uring_register,
            libc::SYS_userfaultfd,
            libc::SYS_bpf,
            libc::SYS_perf_event_open,
            // Limits, of this process and of all.
            libc::SYS_setrlimit,
            libc::SYS_personality,
            // What outlives a process.
            libc::SYS_shmget,
            libc::SYS_semget,
            libc::SYS_msgget,
            libc::SYS_mq_open,
            libc::SYS_add_key,
            libc::SYS_request_key,
            libc::SYS_keyctl,
            // The machine: namespaces, mounts, modules, clocks, power.
            libc::SYS_unshare,
            libc::SYS_setns,
            libc::SYS_mount,
            libc::SYS_umount2,
            libc::SYS_pivot_root,
            libc::SYS_chroot,
            libc::SYS_open_by_handle_at,
            libc::SYS_init_module,
            libc::SYS_finit_module,
            libc::SYS_delete_module,
            libc::SYS_kexec_load,
            libc::SYS_settimeofday,
            libc::SYS_clock_settime,
            libc::SYS_clock_adjtime,
            libc::SYS_adjtimex,
            libc::SYS_sethostname,
            libc::SYS_swapon,
            libc::SYS_swapoff,
            libc::SYS_reboot,
        ]
        .map(always),
    );
    refuse(calls, libc::EACCES)
}

/// Whether system calls can be refused at all: tried, on one that nobody needs, in a thread that then ends.
pub fn can_be_refused() -> bool {
    let tried = || refuse([always(libc::SYS_kcmp)], libc::EACCES).is_ok();
    std::thread::spawn(tried).join().unwrap_or(false)
}

fn always(call: libc::c_long) -> Refused {
    (call, Vec::new())
}

fn condition(
    argument: u8,
    length: SeccompCmpArgLen,
    comparison: SeccompCmpOp,
    value: u64,
) -> anyhow::Result<SeccompRule> {
    Ok(SeccompRule::new(vec![SeccompCondition::new(argument, length, comparison, value)?])?)
}

/// Has `calls` of this thread, and of all that it starts, fail with `error`.
fn refuse(calls: impl IntoIterator<Item = Refused>, error: i32) -> anyhow::Result<()> {
    let filter = SeccompFilter::new(
        calls.into_iter().collect(),
        SeccompAction::Allow,
        SeccompAction::Errno(error.unsigned_abs()),
        std::env::consts::ARCH.try_into()?,
    )?;
    apply_filter(&BpfProgram::try_from(filter)?)?;
    Ok(())
}
