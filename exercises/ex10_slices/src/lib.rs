//! # Slices: a part of a tensor, without moving a number
//!
//! A slice is named by where it starts, where it stops and how far each step goes. Starts are included, stops
//! are not: rows `1..3` are rows 1 and 2, and `stop − start` is how many they are. For `A` of shape `[m, n]`,
//! rows `i₁..i₂` and columns `j₁..j₂` give
//!
//! ```text
//! B has shape [i₂ − i₁, j₂ − j₁],    B(k, l) = A(i₁ + k, j₁ + l)
//! ```
//!
//! A negative index counts from the end: of `n` rows, `-1` is the last, `-k` is row `n − k`.
//!
//! B needs no numbers of its own. To start elsewhere is an offset into the same memory, and to take every
//! third row is a stride three times as large. So a slice is a **view**: what is written into it appears in A,
//! and a gradient that reaches it goes on to those elements of A, 0 to all others. To go backwards would take
//! a negative stride, which libtorch does not have: `flip` copies.
//!
//! | | PyTorch | tch |
//! |---|---|---|
//! | one row, rank 1 | `A[2, :]` | `a.select(0, 2)` |
//! | one column | `A[:, -1]` | `a.select(1, -1)` |
//! | rows 1 and 2, rank 2 | `A[1:3, :]` | `a.narrow(0, 1, 2)`: dimension, start and **length** |
//! | every third column | `A[:, ::3]` | `a.slice(1, None, None, 3)`: dimension, start, stop, step |
//! | backwards, a copy | `torch.flip(A, [0])` | `a.flip([0])` |
//! | the same by ranges | `A[1:3, 0:2]` | `a.i((1..3, 0..2))`, with `use tch::IndexOp` |
//!
//! NumPy's `A[::-1]` is an error in PyTorch. The middle of a vector, written to and differentiated:
//!
//! ```
//! let x = Tensor::from_slice(&[5.0, 6.0, 7.0, 8.0]);
//! let _ = x.narrow(0, 1, 2).fill_(0.0); // x is [5, 0, 0, 8]
//!
//! let x = Tensor::from_slice(&[5.0, 6.0, 7.0, 8.0]).set_requires_grad(true);
//! x.narrow(0, 1, 2).sum(Kind::Double).backward(); // x.grad() is [0, 1, 1, 0]
//! ```
//!
//! ## What to know
//!
//! - Ranges that do not fit are an accident waiting for you. Python and `slice` **clamp** them: rows `2..9` of
//!   4 are two rows, rows `3..1` none. `narrow` refuses them.
//! - A range in Rust does not count from the end: `a.i(..-1)` is empty, without an error.
//! - `narrow` keeps the dimension, with size 1 for a single row; `select` takes it out.

use tch::{TchError, Tensor};

/// The rows `rows.0 .. rows.1` and the columns `cols.0 .. cols.1` of the matrix `a` (`[m, n]`): a view.
///
/// The second bound is not included. A negative bound counts from the end: -k stands for m − k among the rows,
/// n − k among the columns. Equal bounds are allowed, also `(m, m)`: they give no rows.
///
/// # Errors
/// `TchError::Shape` if `a` is not 2-D, if a bound lies outside of 0 ..= size (after counting from the end), or
/// if the second lies before the first: nothing is clamped.
pub fn submatrix(a: &Tensor, rows: (i64, i64), cols: (i64, i64)) -> Result<Tensor, TchError> {
    todo!()
}

/// The slices 0, `step`, 2·`step`, … of `t` along the dimension `dim`: a view. `t` has any rank from 1, and a
/// negative `dim` counts from the end.
///
/// # Errors
/// `TchError::Shape` if `t` has no dimension `dim`; `TchError::Convert` if `step` is less than 1.
pub fn every(t: &Tensor, dim: i64, step: i64) -> Result<Tensor, TchError> {
    todo!()
}

/// `t` with the order of its slices along the dimension `dim` reversed: a new tensor, computed from `t`, so that
/// gradients flow back to it. `t` has any rank from 1, and a negative `dim` counts from the end.
///
/// # Errors
/// `TchError::Shape` if `t` has no dimension `dim`.
pub fn reversed(t: &Tensor, dim: i64) -> Result<Tensor, TchError> {
    todo!()
}

/// The last row of the matrix `a` (`[m, n]`): a vector `[n]`, a view.
///
/// # Errors
/// `TchError::Shape` if `a` is not 2-D or has no row.
pub fn last_row(a: &Tensor) -> Result<Tensor, TchError> {
    todo!()
}
