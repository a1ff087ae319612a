//! # Reductions: one number for many
//!
//! A **reduction** replaces a loop that accumulates: a sum, a mean, a maximum, over all entries or over chosen
//! dimensions. It is one call on the whole tensor, and runs at the speed of memory. A loop that takes entries
//! out one by one pays for a call with each of them, and takes a hundred times as long.
//!
//! A dimension that is reduced disappears, or stays with size 1 where `keepdim` says so, so that the result
//! broadcasts against what it came from:
//!
//! ```text
//! t [a, b, c]     mean over 1          [a, c]
//!                 mean over 0 and 2    [b]            keepdim: [1, b, 1]
//!                 mean over all        []
//! ```
//!
//! Name the dimensions in one call. Reduced one after the other without `keepdim`, they are renumbered in
//! between: after dimension 0 is gone, what was dimension 2 is dimension 1. Negative ones count from the end.
//!
//! **The accumulator has a dtype, too.** A number of 8 bits holds no 200², a float16 nothing above 65504, and a
//! float32 of 2²⁴ does not grow if 1 is added. Convert *before* you square and add: `sum(Kind::Double)` alone
//! adds in float64 what has already overflowed. A mean of integers does not exist in an integer dtype, so libtorch
//! refuses to take one.
//!
//! **An argmax** is an index, not a value. Without a dimension it counts row by row through the whole tensor,
//! however that lies in memory: in a matrix of d columns, index k is row k / d, column k mod d. Of equal
//! values the first counts. A NaN is taken for the largest of all.
//!
//! | | PyTorch | tch |
//! |---|---|---|
//! | sum of everything, in float64 | `t.sum(dtype=torch.float64)` | `t.sum(Kind::Double)`, shape `[]` |
//! | over dimensions 0 and 2 | `t.sum((0, 2), keepdim=True)` | `t.sum_dim_intlist([0, 2].as_slice(), true, None)` |
//! | mean over them | `t.mean((0, 2))` | `t.mean_dim([0, 2].as_slice(), false, None)` |
//! | index of the largest | `t.argmax()` | `t.argmax(None, false)`, int64 |
//! | as a Rust number | `x.item()` | `x.double_value(&[])`, `x.int64_value(&[])` |
//!
//! An example: the largest entry of every column, and all of them relative to it.
//!
//! ```
//! let t = Tensor::from_slice(&[1.0, 8.0, 4.0, 2.0]).reshape([2, 2]);
//! let largest = t.amax(0, true); //  [[4, 8]], shape [1, 2]
//! let relative = &t / &largest; //   [[0.25, 1], [1, 0.25]]
//! ```
//!
//! A sum of nothing is 0. A mean or a maximum of nothing is no number: libtorch gives NaN for the one and
//! refuses the other.

use tch::{TchError, Tensor};

/// Σ tᵢ² over all entries of `t`, of any shape and any real dtype, squared and added in float64. 0 if `t` is
/// empty.
pub fn sum_sq(t: &Tensor) -> f64 {
    todo!()
}

/// The mean of `t` over the dimensions `dims`, in any order; over all of them where `dims` is empty.
///
/// A negative dimension counts from the end. A reduced dimension has size 1 in the result if `keep` is true, and
/// is gone otherwise. A floating dtype is kept, an integer or boolean one becomes float32.
///
/// # Errors
/// `TchError::Shape` if `t` has no such dimension (one of shape `[]` has none at all), if one is named twice, or if
/// a reduced one has size 0.
pub fn mean_over(t: &Tensor, dims: &[i64], keep: bool) -> Result<Tensor, TchError> {
    todo!()
}

/// (row, column) of the largest entry of the matrix `a`, of any integer or floating dtype; of several equal ones
/// that of the first, row by row.
///
/// # Errors
/// `TchError::Shape` if `a` is not 2-D, or empty. `TchError::Convert` if an entry is NaN.
pub fn argmax_2d(a: &Tensor) -> Result<(i64, i64), TchError> {
    todo!()
}
