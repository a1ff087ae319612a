//! Devices: libtorch moves; a measurement with its clock and its device as arguments can be tested.

use std::time::{Duration, Instant};

use tch::{Cuda, Device, TchError, Tensor};

pub fn pick(cuda: bool, mps: bool) -> Device {
    match (cuda, mps) {
        (true, _) => Device::Cuda(0),
        (false, true) => Device::Mps,
        (false, false) => Device::Cpu,
    }
}

pub fn same_device(devices: &[Device]) -> bool {
    devices.iter().all(|device| *device == devices[0])
}

pub fn move_all(tensors: &[Tensor], device: Device) -> Result<Vec<Tensor>, TchError> {
    tensors.iter().map(|tensor| tensor.f_to_device(device)).collect()
}

pub fn median_time(
    now: &dyn Fn() -> Duration,
    synchronize: &dyn Fn(),
    reps: usize,
    work: &mut dyn FnMut(),
) -> Result<Duration, TchError> {
    if reps == 0 {
        return Err(TchError::Convert("no calls have no median".into()));
    }
    // Nothing of the warm-up may be left in the queue when the first clock starts.
    work();
    synchronize();
    let mut times = Vec::with_capacity(reps);
    for _ in 0..reps {
        let start = now();
        work();
        synchronize();
        times.push(now() - start);
    }
    times.sort_unstable();
    // Of an odd number of times these two are one.
    Ok((times[(reps - 1) / 2] + times[reps / 2]) / 2)
}

pub fn timed(device: Device, reps: usize, work: &mut dyn FnMut()) -> Result<Duration, TchError> {
    let began = Instant::now();
    let now = || began.elapsed();
    match device {
        Device::Cuda(index) if index as i64 >= Cuda::device_count() => {
            Err(TchError::Convert(format!("this machine has no {device:?}")))
        }
        Device::Cuda(index) => median_time(&now, &|| Cuda::synchronize(index as i64), reps, work),
        _ => median_time(&now, &|| (), reps, work),
    }
}
