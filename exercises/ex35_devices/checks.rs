//! Checks of ex35, which need no GPU. Which device is picked, and which ones go together, is a
//! question about values of `Device`. How time is measured is asked with a clock and a device that
//! are simulated, so that every answer is exact, however busy this machine is; `timed`, which has a
//! real clock, is held between bounds that are measured around the same calls.

mod figures;

use std::cell::{Cell, RefCell};
use std::time::{Duration, Instant};

use harness::inputs::{elements, tensors};
use harness::prelude::*;
use tch::Device;

harness::exercise!(ex35, suite);

// The signatures of the contract: another one is a compile error here.
type Work<'a> = &'a mut dyn FnMut();
type MedianTime = fn(&dyn Fn() -> Duration, &dyn Fn(), usize, Work) -> R<Duration>;
const PICK: fn(bool, bool) -> Device = ex35::pick;
const SAME_DEVICE: fn(&[Device]) -> bool = ex35::same_device;
const MOVE_ALL: fn(&[Tensor], Device) -> R<Vec<Tensor>> = ex35::move_all;
const MEDIAN_TIME: MedianTime = ex35::median_time;
const TIMED: fn(Device, usize, Work) -> R<Duration> = ex35::timed;

/// No machine has so many GPUs.
const ABSENT: Device = Device::Cuda(99);

fn suite(suite: &mut Suite) {
    suite.check("CUDA comes before MPS, MPS before the CPU", 1, best_device);
    suite.check("tensors go together if all of them are on one device", 1, one_device);
    suite.check("move_all gives every tensor with its values, dtype and graph", 1, moved);
    suite.check("what is on the device already is neither copied nor changed", 1, not_copied);
    suite.check("after one warm-up, the result is the median of reps calls", 2, median);
    suite.check("the clock is read only when the device has finished", 2, synchronized);
    suite.check("timed measures the calls with a real clock", 1, real_clock);
    suite.check("a device that is not there, and no calls at all, are refused", 1, refusals);
    figures::declare(suite);
}

fn best_device(_: &Context) -> Outcome {
    let cases = [
        (true, true, Device::Cuda(0)),
        (true, false, Device::Cuda(0)),
        (false, true, Device::Mps),
        (false, false, Device::Cpu),
    ];
    for (cuda, mps, expected) in cases {
        let call = Call::new("pick").value("cuda", cuda).value("mps", mps);
        let got = call.returns(|| PICK(cuda, mps))?;
        let slips = [
            ("where a machine has both, CUDA comes first.", if cuda && mps { Device::Mps } else { expected }),
            (
                "it is the arguments that say what this machine has: do not ask libtorch.",
                Device::cuda_if_available(),
            ),
        ];
        call.equals(&got, &expected, &slips)?;
    }
    Ok(())
}

const ONE_GPU: &str = "Cuda(0) and Cuda(1) are two devices: is_cuda() says no more than that both are \
                       GPUs.";

fn one_device(context: &Context) -> Outcome {
    let check = |devices: &[Device], expected: bool| {
        let call = Call::new("same_device").value("devices", devices);
        let got = call.returns(|| SAME_DEVICE(devices))?;
        call.equals(&got, &expected, &[]).map_err(|failure| {
            let gpus = devices.iter().all(|device| device.is_cuda());
            if gpus && !expected { failure.because(ONE_GPU) } else { failure }
        })
    };
    check(&[], true)?;
    check(&[Device::Cuda(1), Device::Cuda(1)], true)?;
    check(&[Device::Cuda(0), Device::Cuda(1)], false)?;
    // The one that is elsewhere is neither the first nor the last, or it is the last.
    check(&[Device::Cpu, Device::Cpu, Device::Cuda(0), Device::Cpu], false)?;
    check(&[Device::Cpu, Device::Cpu, Device::Mps], false)?;

    let device = || select(vec![Device::Cpu, Device::Cuda(0), Device::Cuda(1), Device::Mps]);
    // The same device some times, and perhaps another one among them, at any place.
    let strategy = (device(), 0..=4_usize, device(), any::<bool>(), 0..=4_usize);
    context.for_all(strategy, |(most, count, other, with_other, place)| {
        let mut devices = vec![most; count];
        if with_other {
            devices.insert(place.min(count), other);
        }
        let expected = !with_other || count == 0 || most == other;
        check(&devices, expected)?;

        // A law: in another order it is the same.
        devices.reverse();
        check(&devices, expected)
    })
}

/// The ways there are between the CPU and the device of the checks, which may be the CPU.
fn ways(context: &Context) -> [(Device, Device); 2] {
    [(Device::Cpu, context.device()), (context.device(), Device::Cpu)]
}

fn call_move(tensors: &[Tensor], device: Device) -> Call {
    let names = ["a", "b", "c"];
    let named = |call: Call, (name, tensor): (&&str, &Tensor)| call.tensor(name, tensor);
    names.iter().zip(tensors).fold(Call::new("move_all"), named).value("device", device)
}

fn moved(context: &Context) -> Outcome {
    let kinds = [Kind::Float, Kind::Int64, Kind::Half, Kind::Bool];
    let spec = || tensors(&[0..=3, 1..=3], &kinds, elements::quarters());
    context.for_all(([spec(), spec(), spec()], 0..=3_usize), |(specs, count)| {
        for (from, to) in ways(context) {
            let build = |device| specs[..count].iter().map(|spec| spec.tensor(device)).collect::<Vec<_>>();
            let (given, expected) = (build(from), build(to));
            let call = call_move(&given, to);
            let got = call.succeeds(|| MOVE_ALL(&given, to))?;
            call.holds(got.len() == count, &format!("gave {} tensors for {count}", got.len()))?;
            for (got, expected) in got.iter().zip(&expected) {
                call.expect(got, expected).within(Tolerance::EXACT).check()?;
            }
        }
        Ok(())
    })?;

    for (from, to) in ways(context) {
        let numbers = |values: &[f64]| Tensor::from_slice(values).to_device(from);
        let w = numbers(&[1.5, -2.0]).set_requires_grad(true);
        let given = [w.shallow_clone(), &w * 2.0, numbers(&[4.0, 0.5])];
        let call = call_move(&given, to);
        let got = call.succeeds(|| MOVE_ALL(&given, to))?;
        call.holds(got.len() == 3, &format!("gave {} tensors for 3", got.len()))?;
        let tracked: Vec<bool> = got.iter().map(Tensor::requires_grad).collect();
        call.holds(
            tracked == [true, true, false],
            &format!("gave requires_grad {tracked:?}, expected [true, true, false]"),
        )
        .map_err(|failure| {
            failure.because("detach and no_grad cut a tensor off its graph: move it as it is.")
        })?;
        // A law: to be moved has the derivative 1. So d(Σ 3a + Σ b)/dw = 3 + 2.
        (&got[0] * 3.0 + &got[1]).sum(None::<Kind>).backward();
        call.holds(w.grad().defined(), "no gradient flows from the result back to w, which was a")?;
        call.expect(&w.grad(), &numbers(&[5.0, 5.0])).named("the gradient of Σ 3a + Σ b by a").check()?;
    }
    Ok(())
}

fn not_copied(context: &Context) -> Outcome {
    let spec = || tensors(&[1..=3, 1..=3], &[Kind::Float, Kind::Int64], elements::quarters());
    context.for_all([spec(), spec()], |specs| {
        let device = context.device();
        let given = specs.map(|spec| spec.tensor(device));
        let call = call_move(&given, device);
        let got = call.succeeds(|| MOVE_ALL(&given, device))?;
        for (name, given) in ["a", "b"].iter().zip(&given) {
            // Wherever it is among the results: their order is another question.
            let shared = got.iter().any(|got| got.data_ptr() == given.data_ptr());
            call.holds(shared, &format!("{name} is on {device:?} already, but was copied")).map_err(
                |failure| {
                    failure.because(
                        "to_device copies only what is elsewhere. copy() always does, and costs as much.",
                    )
                },
            )?;
        }
        call.leaves_inputs_alone()
    })
}

/// A device that takes time, and the clock that shows it. Nothing really waits.
struct Simulated {
    /// How long each call of `work` computes, the warm-up first; further ones take as long as the
    /// last.
    costs: Vec<Duration>,
    /// Of an asynchronous device: how long it takes to put work into its queue.
    launch: Option<Duration>,
    clock: Cell<Duration>,
    queued: Cell<Duration>,
    calls: Cell<usize>,
}

impl Simulated {
    fn new(costs: &[Duration], launch: Option<Duration>) -> Self {
        let zero = || Cell::new(Duration::ZERO);
        // A clock does not begin at 0.
        let clock = Cell::new(Duration::from_secs(7));
        Simulated { costs: costs.to_vec(), launch, clock, queued: zero(), calls: Cell::new(0) }
    }

    fn work(&self) {
        let cost = self.costs[self.calls.get().min(self.costs.len() - 1)];
        self.calls.set(self.calls.get() + 1);
        match self.launch {
            None => self.clock.set(self.clock.get() + cost),
            Some(launch) => {
                self.clock.set(self.clock.get() + launch);
                // What was queued before goes on meanwhile.
                self.queued.set(self.queued.get().saturating_sub(launch) + cost);
            }
        }
    }

    fn synchronize(&self) {
        self.clock.set(self.clock.get() + self.queued.take());
    }

    /// median_time on this device.
    fn measured(&self, call: &Call, reps: usize) -> Result<Duration, Failure> {
        call.succeeds(|| MEDIAN_TIME(&|| self.clock.get(), &|| self.synchronize(), reps, &mut || self.work()))
    }
}

fn millis(numbers: &[u64]) -> Vec<Duration> {
    numbers.iter().copied().map(Duration::from_millis).collect()
}

/// The median of a list that is not empty.
fn median_of(times: &[Duration]) -> Duration {
    let mut sorted = times.to_vec();
    sorted.sort_unstable();
    (sorted[(sorted.len() - 1) / 2] + sorted[sorted.len() / 2]) / 2
}

/// `6ms in the first call, then 1ms, 8ms`
fn listed(costs: &[Duration]) -> String {
    let timed: Vec<String> = costs[1..].iter().map(|cost| format!("{cost:?}")).collect();
    format!("{:?} in the first call, then {}", costs[0], timed.join(", "))
}

fn call_median(costs: &[Duration]) -> Call {
    let work = format!("takes {}", listed(costs));
    Call::new("median_time").formula("work", &work).value("reps", costs.len() - 1)
}

fn check_median(costs: &[Duration]) -> Result<Duration, Failure> {
    let timed = &costs[1..];
    let reps = timed.len();
    let simulated = Simulated::new(costs, None);
    let call = call_median(costs);
    let got = simulated.measured(&call, reps)?;
    let calls = simulated.calls.get();
    call.holds(
        calls == reps + 1,
        &format!("called work {calls} times, expected {}: once to warm up, then reps times", reps + 1),
    )?;
    let mut sorted = timed.to_vec();
    sorted.sort_unstable();
    let total: Duration = timed.iter().sum();
    let one_middle = "of an even number of times, the median is the mean of the two in the middle.";
    let unsorted =
        "this is the time in the middle of the measurement: the median is the middle of the sorted times.";
    let slips = [
        ("this is the mean, which one slow call spoils: the median is asked for.", total / reps as u32),
        ("the warm-up was timed with the rest.", median_of(costs)),
        ("the last call was left out, and the warm-up timed in its place.", median_of(&costs[..reps])),
        ("this is the total of all calls.", total),
        ("this is the shortest of the times: the median is asked for.", sorted[0]),
        (one_middle, sorted[(reps - 1) / 2]),
        (one_middle, sorted[reps / 2]),
        (unsorted, timed[reps / 2]),
    ];
    call.equals(&got, &median_of(timed), &slips)?;
    Ok(got)
}

fn median(context: &Context) -> Outcome {
    // The warm-up is slow, two calls are disturbed.
    let costs = millis(&[300, 4, 60, 6, 60, 5]);
    let got = check_median(&costs)?.as_secs_f64() * 1e3;
    let call = call_median(&costs);
    context.matches_fixture("median_ms", &call, &Tensor::from(got), &[])?;

    // Different, so that a wrong result still shows which slip it comes from; they do not shrink.
    let distinct = (1..=12_usize, any::<[u16; 13]>()).prop_map(|(reps, numbers)| {
        let nanos = numbers.iter().zip(0_u64..).map(|(&number, i)| u64::from(number) * 32 + 2 * i);
        nanos.take(reps + 1).map(Duration::from_nanos).collect::<Vec<_>>()
    });
    context.for_all(distinct.no_shrink(), |costs| {
        let got = check_median(&costs)?;
        let call = call_median(&costs);
        let half = costs.len() / 2;
        let at_most = costs[1..].iter().filter(|&&time| time <= got).count();
        let at_least = costs[1..].iter().filter(|&&time| time >= got).count();
        call.holds(
            at_most.min(at_least) >= half,
            &format!(
                "gave {got:?}: {at_most} times are at most that, {at_least} at least, expected {half} each"
            ),
        )
    })
}

const NOT_SYNCHRONIZED: &str = "this is how long it takes to put work into the queue. The device is \
                                still computing: call synchronize before you read the clock again.";
const WARM_UP_RUNNING: &str = "the warm-up was still running when the clock was started: synchronize \
                               after it, too.";

const OVERLAPPING: &str = "queued one after the other, the calls overlap: wait for each of them, and \
                           time it on its own.";

fn synchronized(context: &Context) -> Outcome {
    let strategy = (1..=5_usize, 1..=40_u64, 1..=90_u64);
    context.for_all(strategy, |(reps, each, warm_up)| {
        // All calls take the same time: here the mean would do.
        let launch = Duration::from_micros(10);
        let (each, warm_up) = (Duration::from_millis(each), Duration::from_millis(warm_up));
        let mut costs = vec![each; reps + 1];
        costs[0] = warm_up;
        let simulated = Simulated::new(&costs, Some(launch));
        let call = Call::new("median_time")
            .formula(
                "work",
                &format!("is queued in {launch:?}; then the device computes for {}", listed(&costs)),
            )
            .value("reps", reps);
        let got = simulated.measured(&call, reps)?;
        let expected = launch + each;
        let slips = [
            (NOT_SYNCHRONIZED, launch),
            (WARM_UP_RUNNING, expected + warm_up),
            (WARM_UP_RUNNING, expected + warm_up - launch),
            (OVERLAPPING, (launch + each * reps as u32) / reps as u32),
        ];
        call.equals(&got, &expected, &slips)
    })
}

fn real_clock(context: &Context) -> Outcome {
    // The warm-up is slow, and one of the others.
    let sleeps = millis(&[6, 1, 8, 1]);
    let reps = sleeps.len() - 1;
    let calls = RefCell::new(Vec::new());
    let mut work = || {
        let start = Instant::now();
        let index = calls.borrow().len();
        std::thread::sleep(sleeps[index.min(reps)]);
        calls.borrow_mut().push((start, Instant::now()));
    };
    let call = Call::new("timed")
        .value("device", context.device())
        .value("reps", reps)
        .formula("work", &format!("sleeps {}", listed(&sleeps)));
    let got = call.succeeds(|| TIMED(context.device(), reps, &mut work))?;
    let end = Instant::now();
    let calls = calls.take();
    call.holds(
        calls.len() == reps + 1,
        &format!(
            "called work {} times, expected {}: once to warm up, then reps times",
            calls.len(),
            reps + 1
        ),
    )?;

    // Of MPS it is only said that nothing waits for it: what work runs on, work knows.
    let on_mps = Cell::new(0);
    let mut work = || on_mps.set(on_mps.get() + 1);
    let call_on_mps = Call::new("timed").value("device", Device::Mps).value("reps", 3);
    call_on_mps.succeeds(|| TIMED(Device::Mps, 3, &mut work))?;
    let times = on_mps.get();
    call_on_mps
        .holds(times == 4, &format!("called work {times} times, expected 4: once to warm up, then 3"))?;

    // Each time is at least what the call saw of it, and at most what lies between its neighbours;
    // so the medians are in that order, too, whatever else this machine does meanwhile.
    let least: Vec<Duration> = calls[1..].iter().map(|(start, stop)| *stop - *start).collect();
    let most: Vec<Duration> = (1..=reps)
        .map(|index| calls.get(index + 1).map_or(end, |(start, _)| *start) - calls[index - 1].1)
        .collect();
    let (least, most) = (median_of(&least), median_of(&most));
    call.holds(
        got >= least,
        &format!("returned {got:?}, but the median of what the calls took themselves is {least:?}"),
    )
    .map_err(|failure| {
        failure.because(
            "the clock has to run from before a call until after it: take one Instant, and its elapsed().",
        )
    })?;
    call.holds(got <= most, &format!("returned {got:?}, but the median of the calls is at most {most:?}"))
        .map_err(|failure| {
            failure.because("the warm-up is slow, and one more call: into the median goes neither of them.")
        })
}

fn refusals(context: &Context) -> Outcome {
    let given = [Tensor::from_slice(&[1.0, 2.0]).to_device(context.device())];
    let absent_mps = (!tch::utils::has_mps()).then_some(Device::Mps);
    for absent in [ABSENT].into_iter().chain(absent_mps) {
        let call = call_move(&given, absent);
        let got = call.returns(|| MOVE_ALL(&given, absent)).map_err(|failure| {
            failure.because("to_device panics where f_to_device returns the error: pass that on with `?`.")
        })?;
        if let Ok(got) = got {
            let devices: Vec<Device> = got.iter().map(Tensor::device).collect();
            return Err(call.fails(format!("returned tensors on {devices:?}, expected an Err")));
        }
    }

    // Where there is nothing to move, no device is missing.
    let call = call_move(&[], ABSENT);
    let got = call.succeeds(|| MOVE_ALL(&[], ABSENT))?;
    call.holds(got.is_empty(), &format!("gave {} tensors for 0", got.len()))?;

    let calls = Cell::new(0);
    let mut work = || calls.set(calls.get() + 1);
    let never = |call: &Call| {
        let calls = calls.get();
        call.holds(calls == 0, &format!("called work {calls} times before it refused, expected never"))
    };
    let call = Call::new("median_time").value("reps", 0);
    call.refuses(Refusal::Convert, || MEDIAN_TIME(&|| Duration::ZERO, &|| (), 0, &mut work))?;
    never(&call)?;
    // The first GPU of those that are not there.
    let next = Device::Cuda(tch::Cuda::device_count() as usize);
    for (device, reps) in [(context.device(), 0), (ABSENT, 3), (next, 3)] {
        let call = Call::new("timed").value("device", device).value("reps", reps);
        call.refuses(Refusal::Convert, || TIMED(device, reps, &mut work))?;
        never(&call)?;
    }
    Ok(())
}
