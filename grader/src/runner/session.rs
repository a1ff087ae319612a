//! A session with one child: ask for a check, wait for its verdict, keep what it prints.

use std::io::{self, Read};
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::time::{Duration, Instant};

use protocol::figure::{FigureAnswer, FigureInfo};
use protocol::{CheckInfo, Event, Job, Request, Settings, Signed, Verdict};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::process::{Pid, Signal, kill_process_group};

use crate::cancel::{Cancel, GLANCE};
use crate::processes::{Work, threads_of, work_of};
use crate::runner::{Plugin, Rules, RunError, Worker};
use crate::worker::message::{End, Note, Order};

/// How long a plugin may take to be loaded and to say what checks it has.
const TO_GET_READY: Duration = Duration::from_secs(60);

/// How long a child that was killed, or has closed its session, may take to be gone.
const TO_BE_GONE: Duration = Duration::from_secs(5);

/// How many threads a child may have. libtorch is told to use one.
pub const MOST_THREADS: usize = 256;

/// How often output is read while more of it keeps coming.
const FLOOD_TICK: Duration = Duration::from_millis(2);

/// A session with one child. Dropping it kills the child with all that it started.
pub struct Session {
    token: String,
    cancel: Cancel,
    requests: UnixStream,
    events: Lines,
    output: Output,
    status: Lines,
    /// Number of the worker process that it is with.
    worker: u64,
    group: Option<Pid>,
    threads: Option<usize>,
    /// When the child's threads were last counted.
    counted: Instant,
    end: Option<End>,
}

/// What a plugin says of itself.
pub struct Ready {
    pub device: String,
    pub checks: Vec<CheckInfo>,
    pub figures: Vec<FigureInfo>,
}

/// What came of waiting for what was asked for: a verdict, or a figure.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer<T> {
    Said(T),
    /// The child ended without having said it; how, if that is known.
    Ended(Option<End>),
    NotYet,
}

impl<T> Answer<T> {
    /// Nobody is left who could say how the child ended: the supervisor or the worker is gone, by what has nothing to
    /// do with the check (the machine's memory ran out, somebody killed it).
    pub fn is_lost(&self) -> bool {
        matches!(self, Answer::Ended(None))
    }
}

impl Answer<Verdict> {
    /// Whether the child must not be asked again: it is gone, or may be in a state that spoils other checks.
    pub fn spends_the_session(&self) -> bool {
        !matches!(self, Answer::Said(Verdict::Passed | Verdict::Todo { .. }))
    }
}

impl Session {
    /// Has the worker start a child with this plugin, which reads `snapshots`, and waits until it is ready.
    ///
    /// # Errors
    /// It does not get ready: the plugin cannot be loaded, or there is no such device.
    pub fn open(
        worker: &Worker,
        plugin: &Plugin,
        rules: &Rules,
        snapshots: &Path,
        cancel: &Cancel,
    ) -> Result<(Self, Ready), RunError> {
        let no_session = |why: String| RunError::NoSession { exercise: plugin.exercise.clone(), why };
        let mut session = Session::start(worker, plugin, rules, snapshots, cancel).map_err(no_session)?;
        let deadline = Instant::now() + TO_GET_READY;
        match session.event(deadline) {
            Some(Event::Ready { device, checks, figures }) => {
                // Without it nothing could be killed. The supervisor says it at once, so it is here or near.
                while session.group.is_none() && !session.status.closed && Instant::now() < deadline {
                    session.sleep_until_something_happens(deadline - Instant::now());
                    session.read_status();
                }
                session.threads = session.group.and_then(threads_of);
                Ok((session, Ready { device, checks, figures }))
            }
            Some(Event::NoDevice { device }) => Err(RunError::NoDevice(device)),
            _ if cancel.is_set() => Err(no_session("cancelled".to_owned())),
            _ => {
                let why = match session.gone() {
                    Some(_) => session.take_output(),
                    None if session.group.is_none() => worker.bury(session.worker),
                    None => "it does not get ready".to_owned(),
                };
                Err(no_session(why.trim().to_owned()))
            }
        }
    }

    fn start(
        worker: &Worker,
        plugin: &Plugin,
        rules: &Rules,
        snapshots: &Path,
        cancel: &Cancel,
    ) -> Result<Self, String> {
        let said = |error: io::Error| error.to_string();
        let (ours, theirs) = UnixStream::pair().map_err(said)?;
        let (output, output_write) = io::pipe().map_err(said)?;
        let (status, status_write) = io::pipe().map_err(said)?;
        let token = token();
        let settings = Settings { fixtures: snapshots.to_owned(), ..rules.settings.clone() };
        let job = Job { token: token.clone(), exercise: plugin.exercise.clone(), settings };
        let order = Order {
            plugin: plugin.path.clone(),
            job: serde_json::to_string(&job).expect("a job is plain data"),
            rules: rules.for_a_child(snapshots.join(&plugin.exercise)),
        };
        let theirs = OwnedFd::from(theirs);
        let worker =
            worker.send(&order, [&theirs, &OwnedFd::from(output_write), &OwnedFd::from(status_write)])?;
        for descriptor in [output.as_fd(), status.as_fd(), ours.as_fd()] {
            rustix::io::ioctl_fionbio(descriptor, true).map_err(|error| error.to_string())?;
        }
        Ok(Session {
            token,
            cancel: cancel.clone(),
            requests: ours.try_clone().map_err(said)?,
            events: Lines::new(ours),
            output: Output::new(OwnedFd::from(output), rules.output_bytes),
            status: Lines::new(std::fs::File::from(OwnedFd::from(status))),
            worker,
            group: None,
            threads: None,
            counted: Instant::now(),
            end: None,
        })
    }

    /// Asks for the check at `index`. That a child is gone shows when its answer is waited for.
    pub fn ask(&mut self, index: usize) {
        self.forget_what_was_not_asked_for();
        let _ = protocol::send(&mut self.requests, &Request::Run { check: index });
    }

    /// Waits for the verdict on the check at `index`, which was asked for; no longer than until it is cancelled.
    pub fn wait(&mut self, index: usize, patience: Duration) -> Answer<Verdict> {
        self.wait_for(patience, |event| match event {
            Event::Finished { check, verdict } if check == index => Some(verdict),
            _ => None,
        })
    }

    /// Asks for the figure at `index`.
    pub fn ask_figure(&mut self, index: usize) {
        self.forget_what_was_not_asked_for();
        let _ = protocol::send(&mut self.requests, &Request::Figure { figure: index });
    }

    /// Waits for the figure at `index`, as for a verdict.
    pub fn wait_figure(&mut self, index: usize, patience: Duration) -> Answer<FigureAnswer> {
        self.wait_for(patience, |event| match event {
            Event::Figure { figure, answer } if figure == index => Some(answer),
            _ => None,
        })
    }

    /// Waits for the event that `wanted` makes something of.
    fn wait_for<T>(&mut self, patience: Duration, wanted: impl Fn(Event) -> Option<T>) -> Answer<T> {
        let deadline = Instant::now() + patience;
        loop {
            match self.event(deadline) {
                Some(event) => {
                    if let Some(answer) = wanted(event) {
                        return Answer::Said(answer);
                    }
                }
                None if self.cancel.is_set() => return Answer::NotYet,
                None if self.end.is_none() && Instant::now() >= deadline && !self.events.closed => {
                    return Answer::NotYet;
                }
                None => return Answer::Ended(self.gone()),
            }
        }
    }

    fn forget_what_was_not_asked_for(&mut self) {
        self.events.fill();
        while self.events.next_line().is_some() {}
    }

    /// Lets others have the processor first: this child is a straggler.
    pub fn give_way(&self) {
        if let Some(group) = self.group {
            lower_priority(group);
        }
    }

    /// What the child has done so far.
    pub fn work(&self) -> Option<Work> {
        self.group.and_then(work_of)
    }

    /// Whether the learner's code left threads behind, which could spoil the next check.
    pub fn has_extra_threads(&self) -> bool {
        match (self.threads, self.group.and_then(threads_of)) {
            (Some(before), Some(now)) => now > before,
            _ => false,
        }
    }

    /// What was printed since this was last called, up to the limit.
    pub fn take_output(&mut self) -> String {
        self.output.drain();
        self.output.take()
    }

    /// The next event that carries the token; `None` at the deadline, where the child has closed, and where it is
    /// cancelled.
    fn event(&mut self, deadline: Instant) -> Option<Event> {
        loop {
            self.read_status();
            while let Some(line) = self.events.next_line() {
                match serde_json::from_str::<Signed>(&line) {
                    Ok(signed) if signed.token == self.token => return Some(signed.event),
                    // Not from the checks: no verdict.
                    _ => {}
                }
            }
            let closed = self.events.closed || self.status.closed;
            let left = deadline.saturating_duration_since(Instant::now());
            if closed || left.is_zero() || self.cancel.is_set() {
                return None;
            }
            self.sleep_until_something_happens(left.min(GLANCE));
            if self.has_too_many_threads() {
                self.kill();
                self.end = Some(End::TooManyThreads);
                return None;
            }
        }
    }

    /// A bomb is let grow for no longer than a glance.
    fn has_too_many_threads(&mut self) -> bool {
        if self.counted.elapsed() < GLANCE {
            return false;
        }
        self.counted = Instant::now();
        self.group.and_then(threads_of).is_some_and(|threads| threads > MOST_THREADS)
    }

    /// How the child ended. Kills it if it has not.
    fn gone(&mut self) -> Option<End> {
        let deadline = Instant::now() + TO_BE_GONE;
        // A child whose session is closed may still be on its way out: its own end is what counts.
        let grace = Instant::now() + Duration::from_millis(500);
        let mut killed = false;
        while self.end.is_none() && !self.status.closed && Instant::now() < deadline {
            if !killed && Instant::now() >= grace {
                killed = true;
                self.kill();
            }
            self.read_status();
            self.output.drain();
            if self.end.is_none() && !self.status.closed {
                wait_for(&[self.status.source.as_fd()], Duration::from_millis(50));
                self.status.fill();
            }
        }
        self.end
    }

    fn read_status(&mut self) {
        while let Some(line) = self.status.next_line() {
            match serde_json::from_str(&line) {
                // 1 and what is not above 0 are no child: to signal such a group is to signal others, or all.
                Ok(Note::Started { pid: pid @ 2.. }) if self.group.is_none() => {
                    self.group = Pid::from_raw(pid)
                }
                Ok(Note::Ended(end)) if self.end.is_none() => self.end = Some(end),
                _ => {}
            }
        }
    }

    fn sleep_until_something_happens(&mut self, patience: Duration) {
        let mut descriptors = vec![self.events.source.as_fd(), self.status.source.as_fd()];
        // A flood comes line by line: waking up for each would slow it, and this program, down.
        let patience = if self.output.flowing { patience.min(FLOOD_TICK) } else { patience };
        if !self.output.flowing && !self.output.closed {
            descriptors.push(self.output.source.as_fd());
        }
        wait_for(&descriptors, patience);
        self.events.fill();
        self.status.fill();
        self.output.drain();
    }

    fn kill(&self) {
        if let (Some(group), None) = (self.group, self.end) {
            let _ = kill_process_group(group, Signal::KILL);
        }
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        let _ = self.requests.shutdown(std::net::Shutdown::Both);
        self.kill();
    }
}

/// How a child ended, for a learner.
pub fn describe(end: Option<End>, output: &str, memory_bytes: u64) -> String {
    let out_of_memory = output.contains("memory allocation of") || output.contains("not enough memory");
    let limit = memory_bytes >> 20;
    match end {
        _ if out_of_memory => {
            format!("out of memory: it asked for more than the {limit} MB that a check may use")
        }
        Some(End::Exited(code)) => format!(
            "the function ended the whole process (exit code {code}) before the check had a verdict: \
             a function returns, it does not call process::exit"
        ),
        Some(End::Signalled(signal)) => {
            let why = match signal {
                libc::SIGABRT if output.contains("overflowed its stack") => {
                    "the stack overflowed: a recursion does not end, or goes too deep"
                }
                libc::SIGABRT => {
                    "the process was aborted (SIGABRT): std::process::abort, or a panic that could not unwind"
                }
                libc::SIGSEGV if output.contains("overflowed its stack") => {
                    "the stack overflowed: a recursion does not end, or goes too deep"
                }
                libc::SIGSEGV => {
                    "segmentation fault (SIGSEGV): in libtorch, run_backward on a tensor without a graph and the use \
                     of an undefined tensor do that; elsewhere, a recursion that goes too deep for its thread's stack"
                }
                libc::SIGBUS => "bus error (SIGBUS)",
                libc::SIGILL => "illegal instruction (SIGILL)",
                libc::SIGFPE => "arithmetic fault (SIGFPE)",
                libc::SIGXCPU => {
                    "the process used up the processor time that all checks together may take (SIGXCPU)"
                }
                libc::SIGXFSZ => {
                    "the process wrote to a file (SIGXFSZ): a function under test writes to none"
                }
                libc::SIGKILL => {
                    "the process was killed (SIGKILL), perhaps because the machine ran out of memory"
                }
                _ => {
                    return format!(
                        "the process was ended by signal {signal} before the check had a verdict"
                    );
                }
            };
            why.to_owned()
        }
        Some(End::TooManyThreads) => format!(
            "it had more than {MOST_THREADS} threads and was stopped: a function that starts threads starts a few, and \
             waits for them"
        ),
        None => "the process ended before the check had a verdict".to_owned(),
    }
}

/// 128 random bits: what tells events of the checks from everything else.
fn token() -> String {
    use std::hash::{BuildHasher, Hasher};
    // RandomState is keyed by the operating system's random numbers, each instance anew.
    let word = || std::collections::hash_map::RandomState::new().build_hasher().finish();
    format!("{:016x}{:016x}", word(), word())
}

fn lower_priority(group: Pid) {
    let _ = rustix::process::setpriority_pgrp(Some(group), 10);
}

fn wait_for(descriptors: &[std::os::fd::BorrowedFd<'_>], patience: Duration) {
    let mut polled: Vec<PollFd> =
        descriptors.iter().map(|descriptor| PollFd::from_borrowed_fd(*descriptor, PollFlags::IN)).collect();
    let patience =
        Timespec { tv_sec: patience.as_secs() as i64, tv_nsec: i64::from(patience.subsec_nanos()) };
    let _ = poll(&mut polled, Some(&patience));
}

/// Lines that arrive piecemeal on a descriptor that does not block.
struct Lines {
    source: Box<dyn Source>,
    buffer: Vec<u8>,
    /// How much of the buffer was handed out.
    taken: usize,
    /// How much of it has no end of line that was not handed out.
    looked_through: usize,
    closed: bool,
}

trait Source: Read + AsFd + Send {}
impl<T: Read + AsFd + Send> Source for T {}

impl Lines {
    /// No message is longer: what has no end of line by then is somebody's flood.
    const LONGEST: usize = 4 << 20;

    fn new(source: impl Source + 'static) -> Self {
        Lines { source: Box::new(source), buffer: Vec::new(), taken: 0, looked_through: 0, closed: false }
    }

    fn fill(&mut self) {
        let mut chunk = [0; 16 << 10];
        while !self.closed {
            match self.source.read(&mut chunk) {
                Ok(0) => self.closed = true,
                Ok(count) => self.buffer.extend_from_slice(&chunk[..count]),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return,
                Err(_) => self.closed = true,
            }
            // Nobody takes lines meanwhile: many of them are a flood as well.
            if self.buffer.len() - self.taken > Self::LONGEST {
                self.closed = true;
            }
        }
    }

    fn next_line(&mut self) -> Option<String> {
        let unread = &self.buffer[self.looked_through..];
        let Some(length) = unread.iter().position(|&byte| byte == b'\n') else {
            // Once for all lines that came together, so that a flood of short ones does not take for ever.
            self.buffer.drain(..self.taken);
            self.taken = 0;
            self.looked_through = self.buffer.len();
            return None;
        };
        let end = self.looked_through + length + 1;
        let line = String::from_utf8_lossy(&self.buffer[self.taken..end]).into_owned();
        self.taken = end;
        self.looked_through = end;
        Some(line)
    }
}

/// What a child prints: the beginning and the end of it, within a limit.
struct Output {
    source: std::fs::File,
    head: Vec<u8>,
    tail: std::collections::VecDeque<u8>,
    dropped: u64,
    half: usize,
    /// There was something to read the last time.
    flowing: bool,
    closed: bool,
}

impl Output {
    fn new(source: OwnedFd, limit: usize) -> Self {
        Output {
            source: source.into(),
            head: Vec::new(),
            tail: std::collections::VecDeque::new(),
            dropped: 0,
            half: limit / 2,
            flowing: false,
            closed: false,
        }
    }

    /// Reads what is there. A flood is read in slices, so that it does not hold up verdicts and deadlines.
    fn drain(&mut self) {
        let mut chunk = [0; 64 << 10];
        self.flowing = false;
        for _ in 0..64 {
            if self.closed {
                return;
            }
            match self.source.read(&mut chunk) {
                Ok(0) => self.closed = true,
                Ok(count) => {
                    self.flowing = true;
                    self.keep(&chunk[..count]);
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return,
                Err(_) => self.closed = true,
            }
        }
    }

    fn keep(&mut self, bytes: &[u8]) {
        let room = self.half.saturating_sub(self.head.len()).min(bytes.len());
        let (head, tail) = bytes.split_at(room);
        self.head.extend_from_slice(head);
        self.tail.extend(tail);
        let over = self.tail.len().saturating_sub(self.half);
        self.tail.drain(..over);
        self.dropped += over as u64;
    }

    fn take(&mut self) -> String {
        let mut text = String::from_utf8_lossy(&std::mem::take(&mut self.head)).into_owned();
        if self.dropped > 0 {
            text.push_str(&format!("\n… {} more bytes were printed here …\n", self.dropped));
        }
        let tail: Vec<u8> = std::mem::take(&mut self.tail).into();
        text.push_str(&String::from_utf8_lossy(&tail));
        self.dropped = 0;
        text
    }
}

#[cfg(test)]
mod properties;

#[cfg(test)]
pub(super) mod tests {
    use std::io::Write;

    use super::*;

    fn output(limit: usize) -> (Output, io::PipeWriter) {
        let (reader, writer) = io::pipe().unwrap();
        (Output::new(reader.into(), limit), writer)
    }

    /// A session with whoever writes to these: as the child, and as its supervisor.
    pub fn session() -> (Session, UnixStream, io::PipeWriter) {
        let (ours, theirs) = UnixStream::pair().unwrap();
        rustix::io::ioctl_fionbio(&ours, true).unwrap();
        let (status, status_writer) = io::pipe().unwrap();
        rustix::io::ioctl_fionbio(&status, true).unwrap();
        let session = Session {
            token: "secret".into(),
            cancel: Cancel::default(),
            requests: ours.try_clone().unwrap(),
            events: Lines::new(ours),
            output: output(8).0,
            status: Lines::new(std::fs::File::from(OwnedFd::from(status))),
            worker: 0,
            group: None,
            threads: None,
            counted: Instant::now(),
            end: None,
        };
        (session, theirs, status_writer)
    }

    #[test]
    fn of_a_flood_the_beginning_and_the_end_are_kept() {
        let (mut kept, _writer) = output(8);
        kept.keep(b"abcdef");
        kept.keep(b"ghijkl");
        assert_eq!(kept.take(), "abcd\n… 4 more bytes were printed here …\nijkl");
        kept.keep(b"next");
        assert_eq!(kept.take(), "next");
    }

    #[test]
    fn an_event_without_the_token_is_no_event() {
        let forged = r#"{"token":"guess","event":{"finished":{"check":0,"verdict":"passed"}}}"#;
        let (mut session, mut theirs, status_writer) = session();
        writeln!(theirs, "{forged}").unwrap();
        writeln!(theirs, "not even json").unwrap();
        writeln!(theirs, "{}", forged.replace("guess", "secret")).unwrap();
        assert_eq!(session.wait(0, Duration::from_secs(60)), Answer::Said(Verdict::Passed));
        writeln!(theirs, "{forged}").unwrap();
        drop((theirs, status_writer));
        assert_eq!(session.wait(0, Duration::from_secs(60)), Answer::Ended(None));
    }

    #[test]
    fn tokens_differ() {
        assert_ne!(token(), token());
    }
}
