//! # Reshape and view: the same elements in another shape
//!
//! Reshaping keeps the elements and their row-major order and draws the borders anew: `[2, 6]` and `[3, 4]` hold
//! twelve numbers each. The number of elements must not change, which is why one size can be left to libtorch:
//! −1 stands for "whatever fits".
//!
//! ```text
//! 0 1 2 3 4 5                 0 1 2 3
//! 6 7 8 9 10 11      ⇄        4 5 6 7      ⇄      [0 1 2 3 4 5 6 7 8 9 10 11]
//!                             8 9 10 11
//! [2, 6]                      [3, 4] or [3, −1]              [12] or [−1]
//! ```
//!
//! **View or copy.** A view is free: new strides over the same memory (ex06). Whether there are such strides
//! depends on the layout. Two neighbouring dimensions can become one if one step in the left one is as long as
//! a whole run along the right one:
//!
//! ```text
//! stride_d = stride_(d+1) · size_(d+1)
//! ```
//!
//! Splitting a dimension is always possible, and so is putting a size of 1 in anywhere. A contiguous tensor can
//! be viewed in every shape, but a tensor need not be contiguous. Three columns of a `[2, 4]` matrix, a slice
//! with shape `[2, 3]` and strides `[4, 1]`:
//!
//! ```
//! let slice = Tensor::arange(8, (Kind::Int64, Device::Cpu)).reshape([2, 4]).narrow(1, 0, 3);
//! slice.view([2, 1, 3]);            // a view, strides [4, 3, 1]
//! assert!(slice.f_view([6]).is_err()); // 4 ≠ 1 · 3: after 2 comes 4, and no one step leads to both
//! slice.reshape([6]);               // [0, 1, 2, 4, 5, 6], a copy
//! ```
//!
//! | PyTorch | tch | |
//! |---|---|---|
//! | `a.view(2, -1)` | `a.view([2, -1])`, `a.f_view(…)` | a view; panics, or is an `Err`, where there is none |
//! | `a.reshape(2, -1)` | `a.reshape([2, -1])` | a view where there is one, else a copy |
//! | `a.flatten()` | `a.flatten(0, -1)` | all dimensions in one: a view or a copy, as reshape |
//! | `a.unflatten(1, (3, 4))` | `a.unflatten(1, [3, 4])` | one dimension split: always a view |
//! | `a.data_ptr()` | `a.data_ptr()` | where the first element is: a copy has another |
//!
//! So whoever writes into `a.reshape(…)` writes into `a` or not, as its layout will have it. Where that matters,
//! say `view`, or `copy`.

use tch::{TchError, Tensor};

/// The shape that `spec` means for `numel` elements: `spec` with its −1, if there is one, replaced by the size
/// that fits. No product of its sizes is too large for an `i64`.
///
/// # Errors
/// `TchError::Shape` if there is no such shape or more than one: a second −1, any other negative size, sizes
/// whose product is not `numel` or does not divide it, and a −1 beside a 0 (any size would fit).
pub fn infer_shape(numel: usize, spec: &[i64]) -> Result<Vec<i64>, TchError> {
    todo!()
}

/// `a` in another shape, on the same memory; `None` where that takes a copy, or where the shape does not fit.
/// `shape` may have one −1, as in `infer_shape`.
pub fn try_view(a: &Tensor, shape: &[i64]) -> Option<Tensor> {
    todo!()
}

/// Whether `a.flatten(0, -1)` has to copy. Where `a` has no elements there is nothing to copy.
pub fn flatten_copies(a: &Tensor) -> bool {
    todo!()
}

/// `a` with dimension `dim` split into `sizes`, as a view of `a`: the inverse of flattening these dimensions.
///
/// A negative `dim` counts from the end: −1 is the last one. `sizes` may have one −1, as in `infer_shape`.
///
/// # Errors
/// `TchError::Shape` if `a` has no dimension `dim`, if `sizes` is empty, or if it does not fit the size of that
/// dimension.
pub fn unflatten(a: &Tensor, dim: i64, sizes: &[i64]) -> Result<Tensor, TchError> {
    todo!()
}
