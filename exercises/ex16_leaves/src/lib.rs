//! # Leaves: where tracking begins
//!
//! Autograd records what is computed from tracked tensors. In that record, the graph, every tensor has one of
//! three roles:
//!
//! | role | what it is | `requires_grad()` | `is_leaf()` |
//! |---|---|---|---|
//! | constant | data, or computed from constants: nothing is recorded | false | true |
//! | leaf | tracking was switched on here: `backward` leaves its gradient here | true | true |
//! | interior | computed from a leaf: gradients pass through, on to the leaf | true | false |
//!
//! One flag is not enough: to PyTorch a constant is a leaf, too. And it matters *when* a tensor is computed:
//! inside `tch::no_grad`, and of a `detach()`, the result is a constant whatever it is computed from.
//!
//! **Prepare first, then track.** A parameter has to be a leaf: on an interior tensor `grad()` stays empty.
//! So scaling, clipping, converting come before `set_requires_grad(true)`. Afterwards they would be recorded,
//! and what you hold in the end would be interior.
//!
//! ## An example
//!
//! Weights that are halved, then tracked. The gradient of Σ wᵢ³ is 3w², at (3, −1) it is (27, 3).
//!
//! ```
//! use tch::{Kind, Tensor};
//!
//! let raw = Tensor::from_slice(&[6.0, -2.0]); // a constant
//! let w = (&raw / 2.0).set_requires_grad(true); // a leaf: the halving is not in the graph
//! let cubes = w.pow_tensor_scalar(3); // interior
//! cubes.sum(None::<Kind>).backward();
//! assert_eq!(w.grad(), Tensor::from_slice(&[27.0, 3.0]));
//! ```
//!
//! | PyTorch | tch |
//! |---|---|
//! | `t.requires_grad_()` | `t.set_requires_grad(true)` |
//! | `t.requires_grad`, `t.is_leaf` | `t.requires_grad()`, `t.is_leaf()` |
//! | `t.detach().clone()` | `t.detach().copy()` |
//! | `with torch.no_grad(): w.clamp_(min=0)` | `tch::no_grad(\|\| w.clamp_min_(0.0))` |
//!
//! ## What to know
//!
//! - Only floating-point tensors can be tracked.
//! - `set_requires_grad` acts on the tensor itself, and on every `shallow_clone` of it, which is the same
//!   tensor. A `detach()` has a flag of its own, but shares the storage; `copy()` of it shares nothing.
//! - `copy()` alone is an operation like any other: the copy of a tracked tensor is interior.
//! - A write to a tracked leaf (`clamp_min_`, `fill_`, …) is refused: earlier results may need the old values.
//!   Inside `no_grad` it is allowed, and the leaf stays the same leaf, with the same storage.

use tch::{TchError, Tensor};

/// What a tensor is to autograd.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// Not tracked.
    Constant,
    /// Tracked, and computed from nothing.
    Leaf,
    /// Computed from a tracked tensor, and recorded.
    Interior,
}

/// The value of y = x² + 3x + 1 and its derivative dy/dx, by autograd in float64.
pub fn poly(x: f64) -> (f64, f64) {
    todo!()
}

/// The role of `t`.
pub fn role(t: &Tensor) -> Role {
    todo!()
}

/// A new tracked leaf with the values, shape and dtype of `t`, in storage of its own.
///
/// `t` may be tracked itself: it keeps its `requires_grad`, and no gradient flows from the leaf back to it.
///
/// # Errors
/// `TchError::Kind` if `t` is not floating-point.
pub fn track(t: &Tensor) -> Result<Tensor, TchError> {
    todo!()
}

/// A new tracked leaf w/‖w‖: `w` scaled so that the sum of its squared entries is 1, in its shape and dtype.
///
/// The scaling is not recorded. `w` may be tracked itself: it keeps its `requires_grad`, and no gradient flows
/// back to it.
///
/// # Errors
/// - `TchError::Kind` if `w` is not floating-point.
/// - `TchError::Convert` if ‖w‖ is zero (as that of no entries is), infinite or NaN.
pub fn unit_leaf(w: &Tensor) -> Result<Tensor, TchError> {
    todo!()
}

/// Sets every negative entry of `w` to 0, in place: `w` keeps its storage, and a tracked leaf stays one.
///
/// `w` is floating-point and either a leaf or a constant.
pub fn clip_negatives(w: &mut Tensor) {
    todo!()
}
