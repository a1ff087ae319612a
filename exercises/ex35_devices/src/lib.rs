//! # Devices: where a tensor lives, and how long work on it takes
//!
//! A CPU core does one thing after another, fast. A GPU has thousands of slow cores that do the
//! same thing to different numbers at once. It wins where there is much to compute for each number
//! that it reads: a product of two n×n matrices takes n³ multiply-adds on 2n² numbers. It loses
//! where numbers come one by one, or must first travel to it through the bus.
//!
//! A tensor lives on one **device**, and an operation runs where its operands are. So **all
//! operands are on the same device**, or libtorch refuses; of two GPUs, each is a device of its
//! own. (A CPU tensor of shape `[]` is let through: it counts as a number.) `to_device` makes a copy
//! on another device and is part of the graph, like any operation; to the device where a tensor is
//! already it copies nothing. Move once, before the loop.
//!
//! | | PyTorch | tch |
//! |---|---|---|
//! | is there one? | `torch.cuda.is_available()` | `tch::Cuda::is_available()`, `Cuda::device_count()` |
//! | of Apple's | `torch.backends.mps.is_available()` | `tch::utils::has_mps()` |
//! | move | `t.to("cuda:0")` | `t.to_device(Device::Cuda(0))`, `f_to_device` gives a Result |
//! | make it there | `torch.randn(3, device=d)` | `Tensor::randn([3], (Kind::Float, d))` |
//! | wait for a GPU | `torch.cuda.synchronize(0)` | `Cuda::synchronize(0)`: panics without a GPU |
//!
//! An example: whatever device x is on, y goes there.
//!
//! ```
//! let x = Tensor::randn([3], (Kind::Float, Device::cuda_if_available()));
//! let y = Tensor::ones([3], (Kind::Float, Device::Cpu));
//! let sum = &x + y.to_device(x.device()); // &x + &y fails where x is on a GPU
//! ```
//!
//! **A measurement** can be wrong in three ways.
//!
//! - The first call is unlike the others: memory is allocated, code is loaded. Call once before you
//!   measure: the **warm-up**.
//! - Work on a GPU is *asynchronous*: the call puts it into a queue and returns. **Synchronize**,
//!   that is, wait until the queue is empty, before you read the clock: before the start, because
//!   the warm-up may still be running, and before the end.
//! - Now and then something else gets the processor. The mean is spoilt by one such call, the
//!   **median** is not: half of the times are at most as long, half at least.
//!
//! ```text
//! call 0     wait   start₁ call 1 wait stop₁   start₂ call 2 wait stop₂   …
//! warm-up           ╰───── time₁ ─────────╯    ╰───── time₂ ─────────╯
//! ```
//!
//! None of this needs a GPU to be learnt: the checks hand `median_time` a clock and a device that
//! they simulate. With a GPU, `timed` shows what it is worth: time `a.matmul(&b)` for n = 100, 500,
//! 1000, 2000, first on the CPU, then moved. The small ones are often faster where they were.

use std::time::Duration;

use tch::{Device, TchError, Tensor};

/// The device to compute on, where `cuda` and `mps` say whether this machine has such a device: the
/// first CUDA device if there is one, else MPS, else the CPU.
pub fn pick(cuda: bool, mps: bool) -> Device {
    todo!()
}

/// Whether tensors on these devices can be operands of one operation: all on the same device.
///
/// True if there are none. Two CUDA devices are the same only if their numbers are.
pub fn same_device(devices: &[Device]) -> bool {
    todo!()
}

/// The `tensors` on `device`, in the same order, with the same values, shapes and dtypes.
///
/// A tensor that is on `device` already is not copied: the result shares its storage. What is
/// tracked stays tracked, and gradients flow back to it.
///
/// # Errors
/// Any `TchError`, libtorch's own will do, if there is something to move and this machine does not
/// have the device.
pub fn move_all(tensors: &[Tensor], device: Device) -> Result<Vec<Tensor>, TchError> {
    todo!()
}

/// How long a call of `work` takes: the median of `reps` calls, each timed on its own, after one
/// call that is not timed.
///
/// `now` reads a clock: what it gives is the time since some moment, always the same one.
/// `synchronize` waits until everything is done that `work` has queued. Of an even number of times
/// the median is the mean of the two in the middle.
///
/// # Errors
/// `TchError::Convert` if `reps` is 0; `work` is not called then.
pub fn median_time(
    now: &dyn Fn() -> Duration,
    synchronize: &dyn Fn(),
    reps: usize,
    work: &mut dyn FnMut(),
) -> Result<Duration, TchError> {
    todo!()
}

/// [`median_time`] by a real clock (`std::time::Instant`), of `work` that runs on `device`.
///
/// It synchronizes with a CUDA device. With others nothing is done: the CPU has finished when a call
/// returns, and for MPS tch has no function to wait, so `work` has to read a number of its result.
///
/// # Errors
/// `TchError::Convert` if `reps` is 0, or if `device` is a CUDA device that this machine does not
/// have; `work` is not called then.
pub fn timed(device: Device, reps: usize, work: &mut dyn FnMut()) -> Result<Duration, TchError> {
    todo!()
}
