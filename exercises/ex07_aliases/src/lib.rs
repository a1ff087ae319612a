//! # Aliases: two tensors, one memory
//!
//! A tensor is a small description (shape, strides, dtype, where it begins) of numbers that lie in
//! a **storage**. Several tensors can describe the same storage: they are **aliases**, and a write
//! through one shows in all of them. That makes views free, and it makes bugs: who keeps an alias of
//! what is written to later has kept nothing. Before you write, copy what you still need.
//!
//! | | PyTorch | tch |
//! |---|---|---|
//! | another name for a tensor | `y = x` | `x.shallow_clone()` |
//! | a view: an alias with another shape | `x.view(…)`, `x[1]`, `x.t()` | `x.view(…)`, `x.get(1)`, `x.tr()` |
//! | a copy: its own storage | `x.clone()` | `x.copy()` |
//! | the address of the first element | `x.data_ptr()` | `x.data_ptr()` |
//! | the bytes of one element | `x.element_size()` | `x.kind().elt_size_in_bytes()` |
//! | a tensor in memory of somebody else | `torch.from_numpy(a)` | `Tensor::from_blob`, here `blob::lend` |
//!
//! **An example.** `b` is the second row of `a`, so it begins 3 elements, 12 bytes, after `a`.
//!
//! ```
//! use tch::Tensor;
//!
//! let a = Tensor::from_slice(&[1.0_f32, 2.0, 3.0, 4.0, 5.0, 6.0]).reshape([2, 3]);
//! let (b, c) = (a.get(1), a.get(1).copy());
//! let _ = b.get(2).fill_(-6.0);
//! assert_eq!(a.double_value(&[1, 2]), -6.0); // seen through a,
//! assert_eq!(c.double_value(&[2]), 6.0); // and not in the copy
//! assert_eq!(b.data_ptr() as usize - a.data_ptr() as usize, 12);
//! ```
//!
//! **Do two tensors share memory?** By ex06, the last of the elements in memory lies Σ (sizeᵢ − 1)·strideᵢ
//! elements after the first; strides are never negative in PyTorch. So a tensor of n bytes an element
//! lies in the addresses
//!
//! ```text
//! from  data_ptr   to, but without,  data_ptr + (Σ (sizeᵢ − 1)·strideᵢ + 1)·n
//! ```
//!
//! and two that share an element have ranges that meet. The converse does not hold: the even and the odd
//! elements of a vector lie between each other and have none in common. Ranges answer *may* they
//! share, quickly (`numpy.may_share_memory`); *do* they is a hard problem of number theory.
//!
//! **Memory that is not libtorch's.** Numbers that are in a Rust slice already need no copy to become a
//! tensor. `blob::lend` lends them for the time of a closure, as a float32 tensor of shape
//! `[slice.len()]`, and returns what the closure returns:
//!
//! ```
//! let mut buffer = vec![1.0, 2.0, 3.0];
//! let sum = blob::lend(&mut buffer, |tensor| {
//!     *tensor *= 10.0;
//!     tensor.sum(None::<tch::Kind>).double_value(&[])
//! });
//! assert_eq!((buffer, sum), (vec![10.0, 20.0, 30.0], 60.0));
//! ```
//!
//! It is a crate of this workspace: `use` nothing, write `blob::lend`. Two rules hold, as libtorch does not
//! know how long the slice is borrowed: the tensor, its aliases and its views end with the closure, so the
//! closure *returns* none, and *puts* none anywhere else. `Sync` is what Rust calls a type that several
//! threads may use at a time by reference; a `Tensor` is none, so where the closure and its result have to be
//! `Sync`, as here and in `with_view`, the compiler refuses one that smuggles a tensor out. More is in its
//! documentation: `cargo doc -p blob --no-deps --open`, or `grader/blob/src/lib.rs`.
//!
//! ## What to know
//!
//! - `contiguous`, `reshape`, `to_kind` and `to_device` return an alias where nothing has to change, and
//!   a copy elsewhere: never rely on them for either.
//! - tch's own `clone` is not `torch.clone`: use `copy()`.
//! - `Tensor::from_slice` copies: what is written to the tensor never gets back into the slice.
//! - Products of sizes overflow: `checked_mul` says so, `*` panics in a debug build and wraps otherwise.

use tch::{TchError, Tensor};

/// Another tensor in the storage of `a`, with its shape, strides and dtype: what is written to one shows
/// in the other.
pub fn alias(a: &Tensor) -> Tensor {
    todo!()
}

/// The numbers of `a`, of its shape and dtype, in storage of their own, a place for every element: what is
/// written to one never shows in the other.
pub fn deep_copy(a: &Tensor) -> Tensor {
    todo!()
}

/// Whether the ranges of addresses in which the elements of `a` and of `b` lie meet. They may be of any
/// shape, layout and dtype. A tensor without elements shares nothing, nor do tensors on two devices.
pub fn may_share(a: &Tensor, b: &Tensor) -> bool {
    todo!()
}

/// Calls `f` with a tensor of this shape, row-major, float32, in the memory of `buf`, and returns what `f`
/// returns. Nothing is copied, neither before nor after.
///
/// Shape `[]` takes one number, and a shape with a 0 none.
///
/// # Errors
/// `TchError::Shape`, without a call of `f`, if a size is negative (`-1` is not inferred), or if a tensor of
/// this shape has not exactly `buf.len()` elements, be they more than any integer can count.
pub fn with_view<T, F>(buf: &mut [f32], shape: &[i64], f: F) -> Result<T, TchError>
where
    T: Sync,
    F: FnOnce(&mut Tensor) -> T + Sync,
{
    todo!()
}
