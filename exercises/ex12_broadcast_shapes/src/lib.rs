//! # Broadcast shapes: which shapes fit together, and how
//!
//! `photo + 0.1` works although one side is a number and the other thousands of them. *Broadcasting* repeats
//! the smaller operand until both have one shape, and copies nothing: it only reads the same memory again.
//!
//! Three rules say what shape comes out:
//!
//! 1. The shapes are aligned **at the right**.
//! 2. A dimension that is missing on the left counts as 1.
//! 3. Two sizes fit if they are **equal or one of them is 1**; the 1 gives way to the other.
//!
//! ```text
//!    8  1  6  1
//!       7  1  5     the missing one counts as 1
//!    ──────────
//!    8  7  6  5
//!
//!    3  4
//!       3           4 and 3: neither equal nor 1, an error
//! ```
//!
//! Rule 3 holds for 0 as for every other size: 0 and 1 give 0 (nothing, repeated), 0 and 3 do not fit. So the
//! result is not always the larger size.
//!
//! **How nothing is copied.** Element `(i, j)` of a tensor lies `s₀·i + s₁·j` elements after its first one; the
//! `s` are its *strides*. A dimension of size 1 that is repeated gets **stride 0**: one step along it stays
//! where it is. So does a dimension that is new on the left. Every other one keeps its stride.
//!
//! ```text
//!                       shape      strides
//! a column              [2, 1]     [1, 1]
//! expanded to [2, 5]    [2, 5]     [1, 0]     10 elements, 2 numbers in memory
//! ```
//!
//! This goes one way only: a 1 can be repeated to a 5, a 5 never becomes a 1.
//!
//! | | PyTorch | tch |
//! |---|---|---|
//! | the shape of the result | `torch.broadcast_shapes((8, 1), (5,))` | no such function: you write it |
//! | repeat without copying | `t.expand(2, 5)` | `t.expand([2, 5], false)` |
//! | shape and strides | `t.shape`, `t.stride()` | `t.size()`, `t.stride()` |
//!
//! Here you compute with shapes alone, no tensor is needed. A shape is a slice of sizes, outermost first, and
//! `[]` is the shape of a single number.

use tch::TchError;

/// The shape of the result where tensors of shapes `a` and `b` are combined entry by entry, as by `+`.
///
/// # Errors
/// `TchError::Shape` if `a` and `b` do not broadcast, or if a size is negative.
pub fn broadcast_shape(a: &[i64], b: &[i64]) -> Result<Vec<i64>, TchError> {
    todo!()
}

/// The strides with which a tensor of this `shape` and these `strides` is read as one of shape `to`, without
/// copying: one for each dimension of `to`, in elements.
///
/// A dimension that is repeated, or new on the left, has stride 0; every other one has the stride that it had.
/// Where a size in `to` is 1, the only index is 0: such a stride is never used, and may be any number.
///
/// # Errors
/// `TchError::Shape` if `shape` and `strides` differ in length, if a tensor of this `shape` cannot be expanded
/// to `to`, or if a size is negative.
pub fn broadcast_strides(shape: &[i64], strides: &[i64], to: &[i64]) -> Result<Vec<i64>, TchError> {
    todo!()
}
