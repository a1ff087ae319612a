//! # Finite differences
//!
//! Autograd is as right as the graph that it was given. A `detach` in the wrong place, a backward pass written by
//! hand: the code runs, and the gradient is wrong. A second opinion comes straight from the definition. Move one
//! element of w by ±h, leave the others, and see how much f changes for each unit moved:
//!
//! > ∂f/∂wᵢ ≈ (f(w + h·eᵢ) − f(w − h·eᵢ)) / 2h
//!
//! This is the **central difference**: one entry of the gradient for two evaluations of f, so 2n evaluations for all
//! n of them, and no graph at all. The *forward* difference (f(w + h·eᵢ) − f(w)) / h is cheaper and much worse: its
//! error shrinks like h, that of the central one like h². (In f(w ± h) = f ± h·f′ + ½h²·f″ ± …, the terms with even
//! powers of h cancel.)
//!
//! One direction u costs two evaluations, whatever n is. The **directional derivative** is
//!
//! > (f(w + h·u) − f(w − h·u)) / 2h ≈ ⟨∇f(w), u⟩
//!
//! It grows with the length of u: for 2u it is twice as large.
//!
//! ## An example
//!
//! f(x) = x⁴ at x = 1, of which the derivative is 4:
//!
//! | h | forward | central |
//! |---|---|---|
//! | 0.2 | 5.368 | 4.16 |
//! | 0.1 | 4.641 | 4.04 |
//! | 0.05 | 4.310 | 4.01 |
//!
//! Halving h halves the one error and quarters the other. But not for ever: f(w + h) − f(w − h) cancels digits, and
//! the rounding of f, about 10⁻¹⁶ in float64, is divided by h. With h = 10⁻⁵ both errors are about 10⁻¹⁰ or less. float32 keeps
//! 7 digits, so of such a difference hardly two are left: gradients are checked in float64.
//!
//! | PyTorch | tch |
//! |---|---|
//! | `torch.autograd.gradcheck(f, w, eps=1e-6, atol=1e-5, rtol=1e-3)` | `grad_check`, which you write here |
//! | `w.clone()` | `w.copy()` |
//! | `w.view(-1)[i] += h` | `let mut element = w.view(-1).get(i); element += h;` (w contiguous) |
//!
//! ## What to know
//!
//! - A write to an element of w is a write to the caller's w: into a copy, then. Undo it before the next element.
//! - `copy()` keeps the strides of a transposed w. `reshape` to a vector then copies once more, and what is written
//!   into that copy never reaches the tensor that it was made of. (Strides: ex06.)
//! - Every comparison with NaN is false. So "is some error greater than tol?" lets NaN through, while "is every error
//!   at most tol?" does not.

use tch::{TchError, Tensor};

/// The gradient of `f` at `w` by central differences with step `h`, one element after the other.
///
/// `f` gives one number (of shape [], [1], …), and is given untracked float64 tensors of the shape of `w`; only its
/// values are used. The result is float64, has the shape of `w`, and is not tracked. `w` is left as it is.
///
/// # Errors
/// - `TchError::Kind` where `w` is not float64.
/// - `TchError::Convert` where `h` is not a positive finite number.
/// - `TchError::Shape` where a value of `f` does not have exactly one element.
pub fn central_diff(f: &dyn Fn(&Tensor) -> Tensor, w: &Tensor, h: f64) -> Result<Tensor, TchError> {
    todo!()
}

/// Whether `claimed` can be the gradient of `f` at `w`: whether |claimedᵢ − dᵢ| ≤ tol·(1 + |dᵢ|) for every element,
/// with d from [`central_diff`] with step 10⁻⁵.
///
/// A NaN in `claimed` or in d gives false. A `w` without elements gives true.
///
/// # Errors
/// - `TchError::Kind` where `w` or `claimed` is not float64.
/// - `TchError::Shape` where `claimed` does not have exactly the shape of `w`, or a value of `f` not one element.
/// - `TchError::Convert` where `tol` is negative or NaN.
pub fn grad_check(
    f: &dyn Fn(&Tensor) -> Tensor,
    w: &Tensor,
    claimed: &Tensor,
    tol: f64,
) -> Result<bool, TchError> {
    todo!()
}

/// The derivative of `f` at `w` along `u`, ⟨∇f(w), u⟩, by one central difference with step `h`.
///
/// `u` is taken with the length it has. `f` is evaluated twice, and as for [`central_diff`] only its values are used.
///
/// # Errors
/// - `TchError::Kind` where `w` or `u` is not float64.
/// - `TchError::Shape` where `u` does not have exactly the shape of `w`, or a value of `f` not one element.
/// - `TchError::Convert` where `h` is not a positive finite number.
pub fn directional(f: &dyn Fn(&Tensor) -> Tensor, w: &Tensor, u: &Tensor, h: f64) -> Result<f64, TchError> {
    todo!()
}
