//! # In place: writing into the memory that is there
//!
//! `a + b` allocates a new tensor for the sum. `a.add_(b)`, with the underscore, writes the sum
//! over the numbers of a: no allocation, and whatever shares the storage of a shows the sum. An
//! optimizer works like this. The weights of a large model fill most of the memory, so they are
//! updated where they are, step after step:
//!
//! ```text
//! acc ← acc + x          acc has any shape, and x one that broadcasts to it
//! w   ← w − η·∇f(w)      w and ∇f(w) have the same shape
//! ```
//!
//! Storage that is there sets limits, which a new tensor does not have:
//!
//! - **shape**: x may be repeated to fit acc, acc cannot grow to fit x;
//! - **dtype**: the result is converted to the dtype of acc. A coarser float, or a smaller integer,
//!   will do; but a float does not go into integers, nor an integer into a bool;
//! - **one number, one entry**: where one number in memory is many entries (stride 0 after
//!   `expand`), there is no room for different results;
//! - **autograd**: a tracked leaf is written to inside `tch::no_grad` only (ex16), and what a
//!   backward pass still needs must not be overwritten at all.
//!
//! An example of the last one: the derivative of exp is exp itself, so backward needs y as it was.
//!
//! ```
//! let x = Tensor::from_slice(&[0.0, 1.0]).set_requires_grad(true);
//! let mut y = x.exp(); //          y.internal_version() is 0
//! y += 1.0; //                     it is 1: every write in place counts
//! y.sum(None::<Kind>).backward(); // refused: y "is at version 1; expected version 0 instead"
//! ```
//!
//! **Layout.** A transpose moves no number, it only swaps strides (ex06): neighbours in a row of it
//! lie far apart in memory. An operation that wants rows one after the other then copies first, and
//! does so in every call. If such a tensor is used often, make one row-major copy of it yourself,
//! with `contiguous`. It copies only if it has to: a contiguous tensor is returned as it is, in the
//! same storage.
//!
//! | PyTorch | tch |
//! |---|---|
//! | `a.add_(b)`, `a += b` | `a.f_add_(&b)`, or `a += &b`, which panics where it is refused |
//! | `a.sub_(b)`, `a -= b` | `a.f_sub_(&b)`, `a -= &b` |
//! | `with torch.no_grad(): …` | `tch::no_grad(\|\| …)` |
//! | `torch.can_cast(from, to)` | `Tensor::can_cast(from, to)` |
//! | `optimizer.step()`, `optimizer.zero_grad()` | `sgd_update` below; `w.zero_grad()` |
//! | `a.is_contiguous()`, `a.contiguous()` | the same |
//! | `a.data_ptr()`, `a.stride()` | the same |
//!
//! `*a = &*a + &b` is not in place: it makes a new tensor and puts it where a was. Whoever else
//! holds the old one sees nothing of it.

use tch::{TchError, Tensor};

/// Adds `x` to `acc`, in the storage of `acc`, which keeps its shape, strides and dtype.
///
/// The sum has to end up there. To compute it in a new tensor first, and then to copy it, is
/// allowed, but takes twice the memory, which is what an operation in place saves.
///
/// `x` has the shape of `acc` or broadcasts to it, and may have another dtype, if the dtype of
/// `acc` can hold it. Nothing is recorded: `acc` may be a tracked leaf and then stays one, and a
/// tracked `x` does not make `acc` tracked.
///
/// # Errors
/// In these cases `acc` is not written to:
/// - `TchError::Shape` if `x` does not broadcast to the shape of `acc`, or if one number in memory
///   is several entries of `acc` (stride 0).
/// - `TchError::Kind` if numbers of the dtype of `x` cannot be cast to that of `acc`: floats to
///   integers, either of them to bool.
pub fn add_into(acc: &mut Tensor, x: &Tensor) -> Result<(), TchError> {
    todo!()
}

/// One step of gradient descent, w ← w − `lr`·`w.grad()`, in the storage of `w`; then the gradient
/// is set to zero.
///
/// `w` is a leaf that a backward pass has left its gradient in. It stays a tracked leaf.
///
/// # Errors
/// `TchError::Convert` if `w` has no gradient, or `lr` is not positive and finite. `w` and its
/// gradient are then as before.
pub fn sgd_update(w: &mut Tensor, lr: f64) -> Result<(), TchError> {
    todo!()
}

/// The values of `t` (any shape and dtype) as a contiguous tensor: in the storage of `t` if `t` is
/// contiguous already, else in new storage, row-major. It is tracked if `t` is, and gradients flow
/// through it to `t`.
pub fn compact(t: &Tensor) -> Tensor {
    todo!()
}
