//! # Convexity
//!
//! Take two points on the graph of f and draw the straight line between them, a **chord**. f is
//! **convex** if no chord ever runs below the graph: for all a and b of one shape, and every number
//! θ in [0, 1],
//!
//! > f(θ·a + (1 − θ)·b) ≤ θ·f(a) + (1 − θ)·f(b)    (Jensen's inequality)
//!
//! θ is the weight of a: at θ = 1 one is at a, at θ = 0 at b. The right side minus the left is the
//! **Jensen gap**, how far the chord runs above f. A single negative gap proves that f is not
//! convex. Gaps of at least 0, however many, only say that no violation was found there.
//!
//! Why one wants to know: a convex f lies above each of its tangents,
//!
//! > f(y) ≥ f(x) + ⟨∇f(x), y − x⟩, where ⟨g, d⟩ = Σᵢ gᵢ·dᵢ is one number
//!
//! The left side minus the right is the **Bregman divergence** D(y, x). At a *stationary* point x,
//! where ∇f(x) = 0, it is f(y) − f(x). So for a convex f no y lies lower than a stationary x: x is
//! a **global minimiser**, and to solve the problem is to find a small gradient. For any other f a
//! small gradient says much less: maxima, saddles and minima that are only local are stationary,
//! too, and there D(y, x) < 0 for every y that lies lower.
//!
//! ## An example
//!
//! f(w) = w³ with a = −2, b = 1 and θ = ½: the chord is at ½·(−8) + ½·1 = −3.5, f at the middle is
//! (−½)³ = −0.125, the gap −3.375. So f is not convex. Between 0 and 2 the gap is ½·0 + ½·8 − 1 =
//! 3, which shows nothing. At x = 0 the gradient is 0 and D(y, 0) = y³: stationary, but at y = −1 f
//! lies lower.
//!
//! | PyTorch | tch |
//! |---|---|
//! | `torch.lerp(b, a, theta)`, which is b + θ·(a − b) | `b.lerp(a, theta)` |
//! | `torch.sum(g * d)` | `(g * d).sum(None::<Kind>)` |
//! | `value.item()`, of any shape with one element | `value.reshape([]).double_value(&[])` |
//! | `torch.autograd.grad(value, leaf)` | `Tensor::run_backward(&[&value], &[&leaf], false, false)` |
//!
//! ## What to know
//!
//! - On paper the gap of a straight line is 0, in floats it may be −10⁻¹⁶. So one asks with a
//!   tolerance: only a gap **less than −tol** is a violation.
//! - Outside its domain f is NaN (√ of −1), and so is the gap. Every comparison with NaN is false,
//!   and a gap of NaN proves nothing.
//! - A value without a graph must not reach `run_backward`, and a leaf that is not reached has an
//!   undefined gradient: ex03.

use tch::{TchError, Tensor};

/// Where Jensen's inequality fails: at θ·points\[a\] + (1 − θ)·points\[b\], f lies above the chord.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Violation {
    pub a: usize,
    pub b: usize,
    pub theta: f64,
}

/// The Jensen gap θ·f(a) + (1 − θ)·f(b) − f(θ·a + (1 − θ)·b).
///
/// `f` gives one number (of shape [], [1], …) and is given tensors of the shape and dtype of `a`.
/// `a` and `b` may be tracked: they stay as they are.
///
/// # Errors
/// - `TchError::Convert` where `theta` is not in [0, 1].
/// - `TchError::Kind` where `a` and `b` have different dtypes, or are not floating-point.
/// - `TchError::Shape` where `a` and `b` have different shapes, or a value of `f` not exactly one
///   element.
pub fn jensen_gap(
    f: &dyn Fn(&Tensor) -> Tensor,
    a: &Tensor,
    b: &Tensor,
    theta: f64,
) -> Result<f64, TchError> {
    todo!()
}

/// The first violation of Jensen's inequality among `points`: a gap that is less than −`tol`. None
/// if there is none.
///
/// Every ordered pair of two different indices is looked at, with every θ: with a = 0 first, then a
/// = 1, …; for each a with b = 0 first, then b = 1, …; for each pair with `thetas` in their order.
/// A gap of NaN is no violation.
///
/// # Errors
/// `TchError::Convert` where `tol` is negative or NaN, and the errors of [`jensen_gap`] for every θ
/// and every point, also for those that the search does not come to. Whether `f` gives one
/// number is seen only where its value is needed.
pub fn find_violation(
    f: &dyn Fn(&Tensor) -> Tensor,
    points: &[Tensor],
    thetas: &[f64],
    tol: f64,
) -> Result<Option<Violation>, TchError> {
    todo!()
}

/// The Bregman divergence D(y, x) = f(y) − f(x) − ⟨∇f(x), y − x⟩: how far f lies above its tangent
/// at `x`.
///
/// `f` is as for [`jensen_gap`], and differentiated by autograd. Where its value does not depend on
/// `x`, the gradient is 0. `y` and `x` may be tracked: they stay as they are, and no gradient is
/// left in them.
///
/// # Errors
/// - `TchError::Kind` where `y` and `x` have different dtypes, or are not floating-point.
/// - `TchError::Shape` where `y` and `x` have different shapes, or a value of `f` not exactly one
///   element.
pub fn bregman_divergence(f: &dyn Fn(&Tensor) -> Tensor, y: &Tensor, x: &Tensor) -> Result<f64, TchError> {
    todo!()
}
