//! # The first-order Taylor model
//!
//! Look closely enough at a smooth surface and it is flat. That flat piece is all that a gradient
//! step knows of a loss L: its value at w and its slope in every direction. Written out, it is the
//! **first-order Taylor model** of L at w,
//!
//! > L(w + Δ) ≈ L(w) + ⟨∇L(w), Δ⟩, where ⟨g, Δ⟩ = Σⱼ gⱼ·Δⱼ
//!
//! w, ∇L(w) and Δ have one shape; L(w) and the inner product are single numbers. As a function of Δ
//! the model is affine, and no other affine one is as close near w: that is what a gradient *is*.
//!
//! How far is it off? Along a fixed direction u, by about ½t²·⟨u, H·u⟩ at w + t·u, where H is the
//! matrix of second derivatives. So **half the step leaves a quarter of the error**. An affine L
//! has no error at all. Where L curves upwards the model lies below L, and the error L − model is
//! positive; where it curves downwards, negative. Far from w the model says nothing: hence small
//! learning rates.
//!
//! The loss to know by heart is L(w) = ½‖w‖² = ½·Σⱼ wⱼ². Its gradient is w itself: that is what the
//! ½ is for.
//!
//! ## An example
//!
//! L(x) = x³ at x = 2: L = 8 and L′ = 12, so the model at 2 + t is 8 + 12t.
//!
//! | t | L(2 + t) | model | error |
//! |---|---|---|---|
//! | 0.1 | 9.261 | 9.2 | 0.061 |
//! | 0.05 | 8.615125 | 8.6 | 0.015125 |
//! | 0.025 | 8.303765625 | 8.3 | 0.003765625 |
//!
//! | PyTorch | tch |
//! |---|---|
//! | `torch.dot(g, delta)` (vectors alone) | `g.dot(&delta)` |
//! | `(g * delta).sum()` (any shape) | `(g * delta).sum(None::<Kind>)` |
//! | `loss.item()` | `loss.double_value(&[])` |
//! | `torch.func.jvp(f, (w,), (delta,))`: L(w) and ⟨∇L(w), Δ⟩ | what you write here |
//!
//! ## What to know
//!
//! - One evaluation of L on a leaf gives both parts of the model: the value, and through its graph
//!   the gradient (ex19). For many points of one line the model needs no second gradient.
//! - `double_value` takes a number out of the graph. A function that hands a loss on to somebody
//!   who differentiates it has to return the tensor.
//! - `sqrt` has an infinite slope at 0: ∞·0 in the backward pass is NaN, even if a square follows.
//! - The error is the small difference of two large numbers. In float32, with its 7 digits,
//!   rounding soon hides it: it is measured in float64, as in ex22.

use tch::{TchError, Tensor};

/// ½‖w‖², half the sum of the squares of all elements of `w`, which is floating-point.
///
/// The result has shape [] and the dtype of `w`, and is part of the graph: where `w` is tracked,
/// its gradient by `w` is `w`, at 0 too. For a `w` without elements it is 0.
pub fn half_sq_norm(w: &Tensor) -> Tensor {
    todo!()
}

/// The first-order Taylor model of `f` at `w`, taken at `w` + `delta`: f(w) + ⟨∇f(w), delta⟩.
///
/// `f` gives one number (of shape [], [1], …) and is evaluated once, on a tensor of the shape and
/// dtype of `w`. Where f(w) does not depend on `w`, the gradient is 0. `w` and `delta` may be
/// tracked: they stay as they are, and no gradient is left in them.
///
/// # Errors
/// - `TchError::Kind` where `w` is not floating-point, or `delta` has another dtype.
/// - `TchError::Shape` where `delta` does not have exactly the shape of `w`, or f(w) not one
///   element.
pub fn taylor1(f: &dyn Fn(&Tensor) -> Tensor, w: &Tensor, delta: &Tensor) -> Result<f64, TchError> {
    todo!()
}

/// How far the model of `f` at `w` is off along `u`: for each t of `ts`, in this order, the error
/// f(w + t·u) − (f(w) + t·⟨∇f(w), u⟩), with its sign.
///
/// `u` is taken with the length it has, and a t may be 0 or negative. `f` is evaluated once at `w`
/// and once for each t. The rest is as for [`taylor1`].
///
/// # Errors
/// - `TchError::Kind` where `w` or `u` is not float64.
/// - `TchError::Shape` where `u` does not have exactly the shape of `w`, or a value of `f` not one
///   element.
pub fn taylor_errors(
    f: &dyn Fn(&Tensor) -> Tensor,
    w: &Tensor,
    u: &Tensor,
    ts: &[f64],
) -> Result<Vec<f64>, TchError> {
    todo!()
}
