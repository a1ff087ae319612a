//! What the grader and its worker say to each other. (What the grader and a plugin say is `protocol`.)

use std::io::{self, IoSlice, IoSliceMut, Read};
use std::mem::MaybeUninit;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::path::PathBuf;

use rustix::net::{
    RecvAncillaryBuffer, RecvAncillaryMessage, RecvFlags, SendAncillaryBuffer, SendAncillaryMessage,
    SendFlags, recvmsg, sendmsg,
};
use serde::{Deserialize, Serialize};

use crate::sandbox::Rule;

/// Asks the worker for a session.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Order {
    pub plugin: PathBuf,
    /// A [`protocol::Job`] as JSON, handed on to the plugin.
    pub job: String,
    /// What the child gives up before it runs anybody's code.
    pub rules: Vec<Rule>,
}

/// The descriptors that travel with an [`Order`].
pub struct Descriptors {
    /// The plugin's end of the session.
    pub session: OwnedFd,
    /// Standard output and standard error of the child.
    pub output: OwnedFd,
    /// Where the supervisor writes its [`Note`]s.
    pub status: OwnedFd,
}

/// What a supervisor says of its child, one line of JSON each.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Note {
    /// The child runs, in a process group of its own.
    Started {
        pid: i32,
    },
    Ended(End),
}

/// How a child ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum End {
    Exited(i32),
    Signalled(i32),
    /// The grader killed it, because it had so many. (No supervisor says so.)
    TooManyThreads,
}

/// Sends an order with its descriptors.
///
/// # Errors
/// The worker is gone.
pub fn send(control: impl AsFd, order: &Order, descriptors: [BorrowedFd<'_>; 3]) -> io::Result<()> {
    let body = serde_json::to_vec(order)?;
    let length = u32::try_from(body.len()).map_err(io::Error::other)?.to_le_bytes();
    let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(3))];
    let mut ancillary = SendAncillaryBuffer::new(&mut space);
    ancillary.push(SendAncillaryMessage::ScmRights(&descriptors));
    // Rust programs ignore SIGPIPE: a worker that has died is an error here and nothing worse.
    sendmsg(&control, &[IoSlice::new(&length)], &mut ancillary, SendFlags::empty())?;
    let mut rest = body.as_slice();
    while !rest.is_empty() {
        let sent = rustix::net::send(&control, rest, SendFlags::empty())?;
        rest = &rest[sent..];
    }
    Ok(())
}

/// Descriptors that no program started by a learner's code may have, where the system can say so at once.
#[cfg(target_os = "linux")]
const RECEIVE: RecvFlags = RecvFlags::WAITALL.union(RecvFlags::CMSG_CLOEXEC);
#[cfg(not(target_os = "linux"))]
const RECEIVE: RecvFlags = RecvFlags::WAITALL;

/// Receives an order; `None` where the grader has closed.
///
/// # Errors
/// What arrived is not an order.
pub fn receive(control: BorrowedFd<'_>) -> io::Result<Option<(Order, Descriptors)>> {
    let mut length = [0_u8; 4];
    let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(3))];
    let mut ancillary = RecvAncillaryBuffer::new(&mut space);
    let received = recvmsg(control, &mut [IoSliceMut::new(&mut length)], &mut ancillary, RECEIVE)?;
    if received.bytes == 0 {
        return Ok(None);
    }
    let mut received = ancillary.drain().flat_map(|message| match message {
        RecvAncillaryMessage::ScmRights(descriptors) => descriptors.collect::<Vec<_>>(),
        _ => Vec::new(),
    });
    let mut next =
        || received.next().ok_or_else(|| io::Error::other("an order came without its descriptors"));
    let descriptors = Descriptors { session: next()?, output: next()?, status: next()? };

    let mut body = vec![0_u8; u32::from_le_bytes(length) as usize];
    std::fs::File::from(control.try_clone_to_owned()?).read_exact(&mut body)?;
    Ok(Some((serde_json::from_slice(&body)?, descriptors)))
}
