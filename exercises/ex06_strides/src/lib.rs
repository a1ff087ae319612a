//! # Strides: where the elements lie in memory
//!
//! Memory is one long row of numbers. That a tensor has rows and columns, or more dimensions, is arithmetic: for
//! each dimension it has a **stride**, the number of elements to skip in memory for one step along it. The
//! element at index (i₀, i₁, …) lies
//!
//! ```text
//! offset = i₀·stride₀ + i₁·stride₁ + …        elements after the first one
//! ```
//!
//! A new tensor is laid out **row-major**: the last index runs fastest. One step along the last dimension skips
//! one element; one step along any other has to pass by everything to the right of it, so its stride is the
//! product of the sizes to its right:
//!
//! ```text
//! stride_d = size_(d+1) · size_(d+2) · … · size_last        (for the last dimension: 1)
//! ```
//!
//! As an example, `a` of shape `[2, 3]`, and three tensors that are made of it without moving a number. Only
//! shape, strides and the place of the first element are new; such tensors are *views*.
//!
//! ```text
//! memory   [ a  b  c  d  e  f ]
//!
//!                    shape    strides
//! a                  [2, 3]   [3, 1]    a b c / d e f
//! a.tr()             [3, 2]   [1, 3]    a d / b e / c f
//! a.select(1, 0)     [2]      [3]       a d
//! a.narrow(1, 1, 2)  [2, 2]   [3, 1]    b c / e f, from memory[1] on
//! ```
//!
//! A tensor is **contiguous** where its elements, in row-major order of their indices, are neighbours in memory
//! from the first to the last: `a` is, the other three are not. A stride that is never used does not matter for
//! that: of a dimension of size 1 the only index is 0, and a tensor with a size of 0 has no elements at all.
//!
//! | PyTorch | tch |
//! |---|---|
//! | `a.shape`, `a.ndim`, `a.numel()` | `a.size()`, `a.dim()`, `a.numel()` |
//! | `a.dtype`, `a.device` | `a.kind()`, `a.device()` |
//! | `a.stride()` | `a.stride()` |
//! | `a.is_contiguous()` | `a.is_contiguous()` |
//! | `a.contiguous()` | `a.contiguous()`: a row-major copy, or `a` itself where it is one already |
//!
//! NumPy counts strides in bytes, PyTorch in elements. A size of 0 counts as 1 in the product: libtorch gives
//! `[2, 0, 4]` the strides `[4, 4, 1]`.

use tch::{Device, Kind, TchError, Tensor};

/// What a tensor is, beside its numbers.
#[derive(Debug, Clone, PartialEq)]
pub struct Info {
    /// The size along each dimension.
    pub shape: Vec<i64>,
    /// The number of dimensions.
    pub rank: usize,
    /// The number of elements.
    pub numel: usize,
    pub kind: Kind,
    pub device: Device,
    /// The steps in memory, in elements, that this tensor really has.
    pub strides: Vec<i64>,
    pub contiguous: bool,
}

/// What `a`, of any rank, dtype and layout, says of itself.
pub fn describe(a: &Tensor) -> Info {
    todo!()
}

/// The strides that a new tensor of this shape has: those of row-major order. Shape `[]` has none. A size of 0
/// counts as 1.
///
/// # Errors
/// `TchError::Shape` if a size is negative.
pub fn row_major_strides(shape: &[i64]) -> Result<Vec<i64>, TchError> {
    todo!()
}

/// How many elements after the first one the element at `index` lies in memory.
///
/// # Errors
/// `TchError::Shape` if there are not as many strides as indices.
pub fn offset(strides: &[i64], index: &[i64]) -> Result<i64, TchError> {
    todo!()
}

/// Whether a tensor of this shape and with these strides is contiguous. Strides that are never used, as the
/// lesson says, make no difference.
///
/// # Errors
/// `TchError::Shape` if there are not as many strides as sizes, or if a size is negative.
pub fn is_row_major(shape: &[i64], strides: &[i64]) -> Result<bool, TchError> {
    todo!()
}
