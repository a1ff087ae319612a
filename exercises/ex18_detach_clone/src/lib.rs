//! # Detach and clone
//!
//! "A copy of w" can mean three things, because two questions are independent of each other. Does it share the
//! storage: does a later write to w show in it? And is it part of the graph: do gradients flow through it to w?
//!
//! | PyTorch | tch | shares storage | gradients flow to w | for |
//! |---|---|---|---|---|
//! | `w.detach()` | `w.detach()` | yes | no | a look at the numbers; *stop-gradient* |
//! | `w.clone()` | `w.copy()` | no | yes | a tensor to compute on |
//! | `w.detach().clone()` | `w.detach().copy()` | no | no | a record that stays as it is |
//! | `w` (another name) | `w.shallow_clone()` | yes | yes | the very same tensor |
//!
//! A record of the weights during training has to be the third. With the first, the next update changes all
//! the records; with the second, each of them keeps a whole graph in memory.
//!
//! **Stop-gradient.** What is detached counts as a constant. In the loss (w − target)² with a target that was
//! computed from w, the target has to be detached, or it is pulled towards w as well.
//!
//! **A moving average** of the weights (EMA, *exponential moving average*) smooths the noise of training:
//!
//! > avg ← decay·avg + (1 − decay)·w    0 ≤ decay ≤ 1, avg and w of one shape
//!
//! The average is a record: no gradient flows through it, and it is updated in place, with nothing recorded.
//!
//! ## An example
//!
//! The value of w·w.detach() is w², but its gradient is that of w times a constant: w instead of 2w.
//!
//! ```
//! use tch::Tensor;
//!
//! let w = Tensor::from(3.0).set_requires_grad(true);
//! let y = &w * w.detach();
//! y.backward();
//! assert_eq!(y.double_value(&[]), 9.0);
//! assert_eq!(w.grad().double_value(&[]), 3.0);
//! ```
//!
//! ## What to know
//!
//! - tch's own `clone` and `clone_out` are no `torch.clone`: use `copy()`.
//! - `copy()` of a tracked tensor is interior (ex16): its gradient goes on to the original.
//! - `contiguous`, `reshape` and `to_kind` share storage where there is nothing to change.
//! - What is written into an untracked tensor can make it tracked: `avg += &w` records w's part, unless it
//!   happens inside `tch::no_grad` or with `w.detach()`.
//! - `*avg = …` puts another tensor in the place of avg: whoever else holds the old one sees no update.

use tch::{TchError, Tensor};

/// The values of `t` to look at: an untracked tensor in the storage of `t`, with its shape and strides.
pub fn log_view(t: &Tensor) -> Tensor {
    todo!()
}

/// The values of `t` as they are now, in its dtype: an untracked tensor in storage of its own. `t` may be one of
/// integers, as a count of steps is.
pub fn snapshot(t: &Tensor) -> Tensor {
    todo!()
}

/// The values of `t` in its dtype and in storage of their own, still in the graph: gradients flow through the copy
/// to `t`.
///
/// The copy of an untracked `t`, as one of integers is, is untracked.
pub fn tracked_copy(t: &Tensor) -> Tensor {
    todo!()
}

/// Moves the average `avg` towards `w`: avg ← `decay`·avg + (1 − `decay`)·w.
///
/// `avg` is untracked and stays so, and is written in place, in its storage. `w` may be tracked, and is left
/// alone. Both are floating-point.
///
/// # Errors
/// In these cases `avg` is unchanged:
/// - `TchError::Convert` if `decay` is not in 0..=1, as NaN is not.
/// - `TchError::Shape` if `avg` and `w` have different shapes.
/// - `TchError::Kind` if their dtypes differ.
pub fn ema_update(avg: &mut Tensor, w: &Tensor, decay: f64) -> Result<(), TchError> {
    todo!()
}
