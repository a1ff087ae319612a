//! # Second-order conditions
//!
//! Where a function of several variables has its lowest point nearby, it is flat: the **first-order
//! condition** for a local minimiser w is ∇f(w) = 0. It is *necessary* and not sufficient: maxima
//! and saddles are *stationary*, too. In floats no gradient is exactly 0, so one asks for less: w
//! is **ε-stationary** where ‖∇f(w)‖ ≤ ε, with the Euclidean norm ‖g‖ = √(Σ gᵢ²).
//!
//! What kind of flat place it is, the **Hessian** says, the matrix of second derivatives H(i, j) =
//! ∂²f/∂wᵢ∂wⱼ, of shape [n, n] for a w of shape [n], symmetric. Near a stationary w
//!
//! > f(w + Δ) ≈ f(w) + ½·Δᵀ·H·Δ
//!
//! so that along a unit vector u the curvature is uᵀHu. Its smallest and its largest value are the
//! smallest and the largest **eigenvalue** of H. At a stationary point, the **second-order
//! conditions** are:
//!
//! | eigenvalues of H | then w is |
//! |---|---|
//! | all > 0 (positive definite) | a strict local minimiser |
//! | all < 0 (negative definite) | a strict local maximiser |
//! | some > 0, some < 0 | a saddle: up along one line, down along another |
//! | none of these: some are 0, the others of one sign | open: H does not tell |
//!
//! Open it is: w⁴, −w⁴ and w³ all have H = 0 at 0, which is a minimiser of the first, a maximiser
//! of the second and neither of the third.
//!
//! ## An example
//!
//! f(x, y) = x² + 4xy + y² at 0: ∇f = (2x + 4y, 4x + 2y) = 0 and H = [[2, 4], [4, 2]], with the
//! eigenvalues 6 and −2. A saddle, although f rises along both axes (2 and 2 on the diagonal):
//! along (1, −1) it falls, f(t, −t) = −2t².
//!
//! | PyTorch | tch |
//! |---|---|
//! | `torch.autograd.functional.hessian(f, w)`, `torch.func.hessian(f)(w)` | `hessian`, which you write here |
//! | `torch.autograd.grad(value, w, create_graph=True)` | `Tensor::run_backward(&[&value], &[&w], true, true)` |
//! | `torch.linalg.vector_norm(g)` | `g.norm()` |
//! | `torch.linalg.eigvalsh(H)` | `h.linalg_eigvalsh("L")` |
//!
//! ## What to know
//!
//! - H is the Jacobian of ∇f (ex20). With `create_graph`, the last argument of `run_backward`, the
//!   backward pass is recorded as well, and its result can be differentiated. Without it, the
//!   gradient is a constant.
//! - The gradient of a linear f is a constant in any case: it has no graph. A value without a graph
//!   takes the process down in `run_backward`, and a leaf that is not reached has an undefined
//!   gradient: ex03.
//! - `linalg_eigvalsh` is for symmetric float32 or float64 matrices. Of one with NaN or ±∞ it may
//!   give any numbers, NaN or an error: ask `isfinite()` first.
//! - In float16 the square of 300 is already ∞: take norms in float64.

use tch::{TchError, Tensor};

/// What is known of a point from the gradient and the Hessian there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Point {
    NotStationary,
    StrictMin,
    StrictMax,
    Saddle,
    Inconclusive,
}

/// Whether a gradient `g` is that of an ε-stationary point: whether ‖g‖ ≤ `eps`, with the Euclidean
/// norm of all elements.
///
/// `g` has any shape and any floating-point dtype; the norm is computed in float64, and 0 where
/// there is no element. Where `g` has a NaN or `eps` is one, the answer is false.
pub fn eps_stationary(g: &Tensor, eps: f64) -> bool {
    todo!()
}

/// The Hessian of `f` at `w`: the [n, n] matrix of ∂²f/∂wᵢ∂wⱼ, for a `w` of shape [n]. n may be 0.
///
/// `f` gives one number (of shape [], [1], …) and is given a tensor of the shape and dtype of `w`.
/// The result has the dtype of `w` and is not tracked; `w` is left as it is. Where a derivative
/// does not depend on `w`, its row is zero: the Hessian of a linear or constant `f` is 0.
///
/// # Errors
/// - `TchError::Shape` where `w` is not 1-D, or the value of `f` does not have exactly one element.
/// - `TchError::Kind` where `w` is not floating-point.
pub fn hessian(f: &dyn Fn(&Tensor) -> Tensor, w: &Tensor) -> Result<Tensor, TchError> {
    todo!()
}

/// What kind of point `w` is for `f`, as far as the gradient and the eigenvalues of the Hessian
/// tell.
///
/// `eps` is what counts as 0, for both of them. With ‖∇f(w)‖ > `eps`, or a NaN in it, the point is
/// `NotStationary`. Otherwise the eigenvalues λ decide, computed in float64: λ > `eps` counts as
/// positive, λ < −`eps` as negative, anything between or on these bounds as 0. All positive:
/// `StrictMin`. All negative: `StrictMax`. One or more of either sign: `Saddle`, whatever the
/// others are. Anything else, and a Hessian with NaN or ±∞: `Inconclusive`.
///
/// `f` is as for [`hessian`]; where it does not depend on `w`, the gradient is 0. `w` is left as it
/// is.
///
/// # Errors
/// - `TchError::Convert` where `eps` is negative or NaN.
/// - `TchError::Shape` where `w` is not 1-D or has no element, or the value of `f` not exactly one.
/// - `TchError::Kind` where `w` is not floating-point.
pub fn classify(f: &dyn Fn(&Tensor) -> Tensor, w: &Tensor, eps: f64) -> Result<Point, TchError> {
    todo!()
}
