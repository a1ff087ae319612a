//! # Masks: a part of a tensor chosen number by number
//!
//! A slice goes in steps; a choice need not. Two tensors can say what to take:
//!
//! - a list of **indices**: rows 3, 0 and 3 again, in that order (*fancy indexing*);
//! - a **mask**, one truth value for each element: take those where it is true. A comparison makes one.
//!
//! No stride reaches such elements, so what they give is a **copy**. And a mask does not say how they would
//! form a rectangle: out of a tensor of any shape come k elements in row-major order, of shape `[k]`.
//!
//! | | PyTorch | tch |
//! |---|---|---|
//! | rows by their numbers | `A[[3, 0]]` | `a.index_select(0, &Tensor::from_slice(&[3_i64, 0]))` |
//! | compare with a number, Bool | `A > 2` | `a.gt(2.0)`; also `ge`, `lt`, `le`, `eq`, `ne` |
//! | elements where it is true | `A[mask]` | `a.masked_select(&mask)` |
//! | rows where it is true | `A[mask]`, mask `[m]` | `a.index(&[Some(&mask)])` |
//! | one number written there, in a copy | `A.masked_fill(mask, x)` | `a.masked_fill(&mask, x)` |
//! | choose from two tensors | `torch.where(mask, A, B)` | `a.where_self(&mask, &b)` |
//! | where the mask is true | `mask.nonzero()` | `mask.nonzero()`, `[k, rank]` |
//!
//! The even numbers of a matrix, and the others replaced:
//!
//! ```
//! let a = Tensor::from_slice(&[5_i64, 2, 8, 3]).reshape([2, 2]);
//! let even = a.remainder(2).eq(0); //                       [[false, true], [true, false]]
//! let taken = a.masked_select(&even); //                    [2, 8]
//! let zeroed = a.masked_fill(&even.logical_not(), 0); //    [[0, 2], [8, 0]]
//! ```
//!
//! To choose is linear: for a mask `m` of n elements, k of them true, x\[m\] = P x. The *selection matrix* P,
//! `[k, n]`, has in each row a single 1, in the column of one chosen element:
//!
//! ```text
//! m = [true, false, true]     P = [ 1 0 0 ]     P x = [x₀, x₂]     PPᵀ = I,  PᵀP = diag(m)
//!                                 [ 0 0 1 ]
//! ```
//!
//! ## What to know
//!
//! - Every comparison with NaN is false: NaN > 2 as well as NaN <= 2. So "not <=" is not ">".
//! - Multiplying by a mask does not remove anything that is not finite: 0 · NaN and 0 · ∞ are NaN.
//! - `index_select` refuses negative indices, `index` counts them from the end.
//! - Writing through `masked_fill_` (with `_`) changes the tensor itself. `where` with a number may change the
//!   dtype: an int64 tensor and a number with a decimal point give float32. They are compared as float32,
//!   too: beyond 2²⁴ neighbouring integers are one number there, and `to_kind(Kind::Double)` tells them apart.

use tch::{TchError, Tensor};

/// The rows of the matrix `a` (`[m, n]`) that `rows` names, in that order: a new tensor `[rows.len(), n]`.
///
/// A row may be named more than once. A negative number counts from the end: -1 is the last row.
///
/// # Errors
/// `TchError::Shape` if `a` is not 2-D, or if it does not have one of the rows.
pub fn take_rows(a: &Tensor, rows: &[i64]) -> Result<Tensor, TchError> {
    todo!()
}

/// The elements of `t` (of any rank from 1) that are greater than `threshold`, in row-major order: a new tensor
/// `[k]` of the dtype of `t`. NaN is not greater than any number.
pub fn keep_greater(t: &Tensor, threshold: f64) -> Tensor {
    todo!()
}

/// A copy of `t` (of any rank from 1) with `value` in place of each element that is greater than `threshold`. The
/// dtype is that of `t`, and `value` is a number that it can hold. NaN is not greater than any number.
pub fn replace_greater(t: &Tensor, threshold: f64, value: f64) -> Tensor {
    todo!()
}

/// The selection matrix P of `mask` (`[n]`, Bool), float64 `[k, n]`, where k elements of `mask` are true: P x is
/// x\[mask\] for each vector x of n elements.
///
/// # Errors
/// - `TchError::Shape` if `mask` is not 1-D.
/// - `TchError::Kind` if its dtype is not Bool.
pub fn selection_matrix(mask: &Tensor) -> Result<Tensor, TchError> {
    todo!()
}
