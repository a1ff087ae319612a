//! A plugin's side of a session with the grader.

use std::io::{self, BufReader, Write};
use std::os::fd::{FromRawFd, OwnedFd};
use std::os::unix::net::UnixStream;

use protocol::figure::FigureAnswer;
use protocol::{Event, Job, Request, Settings, Signed, Verdict};
use tch::{Cuda, Device};

use crate::figure::Sketch;
use crate::observe::observe;
use crate::suite::{Context, Suite};

/// Runs a whole session: what the entry of a plugin calls.
///
/// # Safety
/// `job` points to `job_len` readable bytes, and `socket` is an open descriptor that nobody else uses.
pub unsafe fn run_raw(socket: i32, job: *const u8, job_len: usize, declare: fn(&mut Suite)) {
    // SAFETY: the caller promises that the bytes are readable; they are copied before it goes on.
    let job = unsafe { std::slice::from_raw_parts(job, job_len) }.to_vec();
    // SAFETY: the caller promises that the descriptor is open and ours alone.
    let socket = UnixStream::from(unsafe { OwnedFd::from_raw_fd(socket) });
    // The grader sees a session that ends early, and says so: there is nobody else to tell.
    let _ = session(socket, &job, declare);
}

fn session(mut socket: UnixStream, job: &[u8], declare: fn(&mut Suite)) -> io::Result<()> {
    let Job { token, exercise, settings } = serde_json::from_slice(job)?;
    let mut requests = BufReader::new(socket.try_clone()?);
    let mut say = |event| protocol::send(&mut socket, &Signed { token: token.clone(), event });

    let Some(device) = device(&settings.device) else {
        return say(Event::NoDevice { device: settings.device });
    };
    // Small tensors gain nothing from more, and sums then have one order on every machine.
    tch::set_num_threads(1);
    let suite = Suite::declared_by(declare);
    say(Event::Ready { device: device_name(device), checks: suite.infos(), figures: suite.figure_infos() })?;
    while let Some(request) = protocol::receive(&mut requests)? {
        let event = match request {
            Request::Run { check } => {
                let verdict = run_check(&suite, check, &exercise, &settings, device);
                Event::Finished { check, verdict }
            }
            Request::Figure { figure } => {
                let answer = draw_figure(&suite, figure, &exercise, &settings, device);
                Event::Figure { figure, answer }
            }
        };
        flush();
        say(event)?;
    }
    Ok(())
}

/// Runs one check, from the same state whatever ran before it.
pub(crate) fn run_check(
    suite: &Suite,
    index: usize,
    exercise: &str,
    settings: &Settings,
    device: Device,
) -> Verdict {
    let Some((name, body)) = suite.get(index) else {
        return Verdict::Failed { message: format!("there is no check number {index}") };
    };
    let context = begin(exercise, name, settings, device);
    match observe(|| body(&context)).and_then(|outcome| outcome) {
        Ok(()) => Verdict::Passed,
        Err(failure) => failure.into_verdict(),
    }
}

/// What a check or a figure of this name is run with. libtorch's random state is that of the seed.
fn begin(exercise: &str, name: &str, settings: &Settings, device: Device) -> Context {
    tch::manual_seed(settings.seed as i64);
    Context { exercise: exercise.to_owned(), check: name.to_owned(), settings: settings.clone(), device }
}

/// Draws one figure, from the same state whatever ran before it.
fn draw_figure(
    suite: &Suite,
    index: usize,
    exercise: &str,
    settings: &Settings,
    device: Device,
) -> FigureAnswer {
    let Some((name, body)) = suite.get_figure(index) else {
        return FigureAnswer::Failed { message: format!("there is no figure number {index}") };
    };
    let context = begin(exercise, name, settings, device);
    let mut sketch = Sketch::default();
    match observe(|| body(&context, &mut sketch)) {
        Ok(()) => sketch.into_answer(),
        Err(failure) => FigureAnswer::Failed { message: failure.render() },
    }
}

/// The device of that name, if this machine has it.
pub(crate) fn device(name: &str) -> Option<Device> {
    match name {
        "cpu" => Some(Device::Cpu),
        "mps" => tch::utils::has_mps().then_some(Device::Mps),
        "auto" => Some(match Device::cuda_if_available() {
            Device::Cpu if tch::utils::has_mps() => Device::Mps,
            device => device,
        }),
        _ => {
            let index: usize = name.strip_prefix("cuda:")?.parse().ok()?;
            (Cuda::is_available() && (index as i64) < Cuda::device_count()).then_some(Device::Cuda(index))
        }
    }
}

fn device_name(device: Device) -> String {
    match device {
        Device::Cuda(index) => format!("cuda:{index}"),
        Device::Mps => "mps".to_owned(),
        _ => "cpu".to_owned(),
    }
}

/// Puts out what the learner's code printed and a buffer still holds, so that it is charged to this check.
fn flush() {
    let _ = io::stdout().flush();
    // SAFETY: fflush(NULL) flushes every open stream of C; it takes no pointer of ours.
    unsafe { libc::fflush(std::ptr::null_mut()) };
}
