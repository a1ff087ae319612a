//! # Join: more rows, more columns, one axis less
//!
//! Data arrives in pieces: a batch and another batch, features from two sources, one more observation.
//! **Concatenation** puts tensors one after the other along a dimension that they have already. The sizes
//! along that dimension add up, all others have to agree:
//!
//! ```text
//! cat along 0, rows below rows           [m, d] and [n, d]  →  [m + n, d]
//! cat along 1, columns beside columns    [n, c] and [n, d]  →  [n, c + d]
//! ```
//!
//! A vector `[d]` is no row and no column: it has one dimension, a matrix has two. **Unsqueezing** gives it a
//! dimension of size 1, in the place that you say; **squeezing** takes one away. Neither touches the numbers.
//!
//! ```text
//! v               [3]
//! v.unsqueeze(0)  [1, 3]   a row
//! v.unsqueeze(1)  [3, 1]   a column
//! ```
//!
//! | | PyTorch | tch |
//! |---|---|---|
//! | concatenate along a dimension | `torch.cat([a, b], dim=0)` | `Tensor::cat(&[&a, &b], 0)` |
//! | join along a **new** dimension | `torch.stack([a, b], dim=0)` | `Tensor::stack(&[&a, &b], 0)` |
//! | put in a dimension of size 1 | `v.unsqueeze(0)` | `v.unsqueeze(0)` |
//! | take out dimension `dim` | `t.squeeze(dim)` | `t.squeeze_dim(dim)` |
//! | take out every dimension of size 1 | `t.squeeze()` | `t.squeeze()` |
//!
//! Two vectors made the rows of a matrix, and a column taken back out of it:
//!
//! ```
//! let u = Tensor::from_slice(&[1.0, 2.0, 3.0]);
//! let v = Tensor::from_slice(&[4.0, 5.0, 6.0]);
//! let m = Tensor::stack(&[&u, &v], 0); //       [[1, 2, 3], [4, 5, 6]]
//! let column = m.narrow(1, 2, 1); //             [[3], [6]], shape [2, 1]
//! let column = column.squeeze_dim(1); //         [3, 6],     shape [2]
//! ```
//!
//! ## What to know
//!
//! - `cat` copies every element into new memory. `unsqueeze` and `squeeze` copy none: their results are views.
//! - A negative dimension counts from the end: of `rank` dimensions, `-1` is the last and `-rank` the first.
//! - `squeeze()` also drops the batch dimension when a batch of one comes along. Name the dimension.
//! - Three things that libtorch lets pass, and that are nearly always mistakes: `squeeze_dim` of a dimension of
//!   another size than 1 does nothing; `cat` of two dtypes promotes one of them; and `cat` skips a tensor of
//!   shape `[0]`, whatever the other one is.

use tch::{TchError, Tensor};

/// The rows of `a` (`[m, d]`) and below them the rows of `b` (`[n, d]`): a new tensor `[m + n, d]`.
///
/// The dtype is that of `a` and `b`. Each of `m`, `n` and `d` may be 0.
///
/// # Errors
/// - `TchError::Shape` if `a` or `b` is not 2-D, or if they differ in their number of columns.
/// - `TchError::Kind` if their dtypes differ.
pub fn vcat(a: &Tensor, b: &Tensor) -> Result<Tensor, TchError> {
    todo!()
}

/// The columns of `a` (`[n, c]`) and to their right the columns of `b` (`[n, d]`): a new tensor `[n, c + d]`.
///
/// The dtype is that of `a` and `b`. Each of `n`, `c` and `d` may be 0.
///
/// # Errors
/// - `TchError::Shape` if `a` or `b` is not 2-D, or if they differ in their number of rows.
/// - `TchError::Kind` if their dtypes differ.
pub fn hcat(a: &Tensor, b: &Tensor) -> Result<Tensor, TchError> {
    todo!()
}

/// The matrix `a` (`[n, d]`) with the vector `v` (`[d]`) as one more row at the end: a new tensor `[n + 1, d]`.
///
/// `n` may be 0: the result is then a matrix of one row.
///
/// # Errors
/// - `TchError::Shape` if `a` is not 2-D, or `v` not exactly `[d]`.
/// - `TchError::Kind` if their dtypes differ.
pub fn append_row(a: &Tensor, v: &Tensor) -> Result<Tensor, TchError> {
    todo!()
}

/// A view of `t` (of any rank from 1) without its dimension `dim`, which has size 1. A negative `dim` counts
/// from the end. Other dimensions of size 1 stay.
///
/// # Errors
/// `TchError::Shape` if `t` has no dimension `dim`, or if the size of that dimension is not 1.
pub fn drop_axis(t: &Tensor, dim: i64) -> Result<Tensor, TchError> {
    todo!()
}
