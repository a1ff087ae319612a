//! # Steepest descent
//!
//! Which way is down, and how far down does a step go? The Taylor model of ex23 answers both:
//!
//! > L(w + Δ) ≈ L(w) + ⟨g, Δ⟩, where g = ∇L(w)
//!
//! So of a direction d, a vector with ‖d‖ = 1, all that counts is ⟨g, d⟩ = ‖g‖·cos ∠(g, d):
//!
//! | direction d | ⟨g, d⟩ | L, to first order |
//! |---|---|---|
//! | g/‖g‖ | ‖g‖ | rises the fastest |
//! | less than 90° from g | > 0 | rises |
//! | 90° from g | 0 | stays |
//! | −g/‖g‖ | −‖g‖ | falls the fastest |
//!
//! That no unit vector falls below −‖g‖ is the **Cauchy–Schwarz** inequality, |⟨g, d⟩| ≤ ‖g‖·‖d‖,
//! and −g/‖g‖ is the direction of **steepest descent**.
//!
//! The row "stays" is a picture, too. Where L keeps its value lies a **level set**, a contour line
//! of the map, and a step along it does not change L: **the gradient is at right angles to the
//! level set**. In the plane the tangent of the contour is g, turned by 90°. A step of length t
//! along the tangent changes L by O(t²) only, one along −g by about t·‖g‖.
//!
//! Training does not scale the gradient to length 1. It steps by Δ = −η·g, with a learning rate η,
//! and so makes short steps where L is flat. To first order L then falls by **η·‖g‖²**, which is
//! η·⟨g, g⟩.
//!
//! ## An example
//!
//! L(x, y) = x² − 4y at (1.5, 0): g = (3, −4) and ‖g‖ = 5. Steepest descent goes along (−0.6, 0.8),
//! the contour along (0.8, 0.6), and a step with η = 0.1 should lower L by 0.1·25 = 2.5. It goes to
//! (1.2, 0.4), where L is 1.44 − 1.6 = −0.16, down from 2.25: by 2.41.
//!
//! | PyTorch | tch |
//! |---|---|
//! | `torch.linalg.vector_norm(g)` | `g.norm()`, of all elements |
//! | `torch.nn.functional.normalize(g, dim=0)` | `&g / g.norm()` |
//! | `v.item()` | `v.double_value(&[])` |
//! | `torch.autograd.grad(y.sum(), points)` | `Tensor::run_backward(&[y.sum(None::<Kind>)], &[&points], false, false)` |
//!
//! ## What to know
//!
//! - A gradient of 0 has no direction: 0/0 is NaN. `normalize` divides by at least 10⁻¹² to hide
//!   this, and gives a vector that is too short wherever g is tiny. Ask, and divide by ‖g‖ itself.
//! - For a whole **field** of arrows, one for each of n points, f takes all points at once, [n, d]
//!   → [n]. Value i depends on row i alone. So the gradient of the *sum* of the values has in row i
//!   what point i would have alone: one backward pass for all (ex19, with v = (1, …, 1)).
//! - float16 ends at 65504, so the square of 300 is infinite there. Sums of squares are made in
//!   float64: ex14.

use tch::{TchError, Tensor};

/// The direction of steepest descent where the gradient is `g`: −g/‖g‖, with the Euclidean norm of
/// all elements.
///
/// `g` has any shape; the result has its shape and dtype, length 1 however short or long `g` is (as
/// long as ‖g‖² is neither 0 nor infinite in its dtype), and is not tracked.
///
/// # Errors
/// - `TchError::Kind` where `g` is not floating-point.
/// - `TchError::Convert` where `g` has no direction: where it is zero (or without elements), or has
///   an element that is infinite or NaN.
pub fn steepest(g: &Tensor) -> Result<Tensor, TchError> {
    todo!()
}

/// The direction of the level set through a point of the plane where the gradient is `g`, of shape
/// [2]: the unit vector 90° counterclockwise from `g`, which turns (1, 0) into (0, 1).
///
/// The result has the dtype of `g` and is not tracked.
///
/// # Errors
/// - `TchError::Shape` where the shape of `g` is not [2].
/// - `TchError::Kind` and `TchError::Convert` as for [`steepest`].
pub fn tangent_2d(g: &Tensor) -> Result<Tensor, TchError> {
    todo!()
}

/// What the step −`lr`·`g` should take off the loss, to first order: `lr`·‖g‖².
///
/// `g` is floating-point, of any shape; the sum is made in float64. For a `g` that is zero it is 0.
pub fn predicted_decrease(g: &Tensor, lr: f64) -> f64 {
    todo!()
}

/// The gradients of `f` at n points, the rows of `points` [n, d]: row i is the gradient at row i.
///
/// `f` maps a tensor of the shape and dtype of `points` to [n] values, one for each row and of this
/// row alone, and is evaluated once. The result has the shape and dtype of `points` and is not
/// tracked; `points` may be tracked, and gets no gradient. n may be 0. A value that does not depend
/// on its point has gradient 0.
///
/// # Errors
/// - `TchError::Kind` where `points` is not floating-point.
/// - `TchError::Shape` where `points` is not 2-D, or the value of `f` does not have the shape [n].
pub fn gradient_field(f: &dyn Fn(&Tensor) -> Tensor, points: &Tensor) -> Result<Tensor, TchError> {
    todo!()
}
