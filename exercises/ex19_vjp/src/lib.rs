//! # Vector–Jacobian product
//!
//! A loss is one number, and its gradient has one number for each element of w. A function f with m values has
//! no gradient: each of its values has one of its own. Written below each other they are the **Jacobian** J, an
//! [m, n] matrix with J(i, j) = ∂fᵢ/∂wⱼ.
//!
//! The backward pass never makes this matrix. It starts at the output with one weight vᵢ for each value of f,
//! and arrives at w with
//!
//! > Jᵀv, the **vector–Jacobian product** (vjp): (Jᵀv)ⱼ = Σᵢ vᵢ·∂fᵢ/∂wⱼ
//!
//! v has the shape of f(w), Jᵀv the shape of w. This is the gradient of the single number ⟨v, f(w)⟩ = Σᵢ vᵢ·fᵢ(w),
//! where v is held fixed. So it costs what one gradient costs, however large m is. For a loss, m = 1 and v = 1,
//! and what arrives is the gradient itself.
//!
//! ## An example
//!
//! f(x, y) = (x·y, x + y, 5x) at (3, 2), so m = 3 and n = 2, with v = (1, 10, 100):
//!
//! ```text
//!     [y x]   [2 3]
//! J = [1 1] = [1 1]      Jᵀv = (2·1 + 1·10 + 5·100, 3·1 + 1·10 + 0·100) = (512, 13)
//!     [5 0]   [5 0]
//! ```
//!
//! With v = (0, 1, 0) the product is row 1 of J. With v = (1, 1, 1) it is the gradient of the sum of f(w).
//!
//! | PyTorch | tch |
//! |---|---|
//! | `y.backward(v)` | `(&y * &v).sum(None::<Kind>).backward()` |
//! | `torch.autograd.grad(y, w, v)` | `Tensor::run_backward(&[(&y * &v).sum(None::<Kind>)], &[&w], false, false)` |
//! | `torch.autograd.functional.vjp(f, w, v)` | what you write here |
//!
//! ## What to know
//!
//! - `backward` fails on a y of several elements. `run_backward` does not: it takes v = (1, …, 1) without a word.
//! - `y * v` broadcasts: a v of shape [3, 1] makes a [3, 3] out of a y of shape [3], and the sum of that is a
//!   number, too. Compare the shapes first.
//! - `backward` leaves a gradient in every tracked leaf of the graph, v among them. `run_backward` gives you
//!   those you ask for, and leaves none behind.
//! - An output without a graph takes the process down in `run_backward`; a leaf that is not reached has an
//!   undefined gradient: ex03.

use tch::{TchError, Tensor};

/// The vector–Jacobian product Jᵀv, where J is the Jacobian of `f` at `w`.
///
/// `f` is evaluated once, on a tensor of the shape and dtype of `w`; `v` has the shape and dtype of f(w). The
/// result has the shape and dtype of `w`, and is not tracked. `w` and `v` may be tracked: they stay as they are,
/// and no gradient is left in them. Where f(w) does not depend on `w`, the product is zero.
///
/// # Errors
/// - `TchError::Shape` where `v` does not have exactly the shape of f(w), constant or not.
/// - `TchError::Kind` where `w` is not floating-point, or `v` has another dtype than f(w).
pub fn vjp(f: &dyn Fn(&Tensor) -> Tensor, w: &Tensor, v: &Tensor) -> Result<Tensor, TchError> {
    todo!()
}

/// The gradient at `w` of an `f` whose value has one element: of shape [], [1], [1, 1], ….
///
/// As for [`vjp`]: one evaluation of `f`, a result of the shape and dtype of `w` that is not tracked, `w` left as
/// it is, and zero where the value does not depend on `w`.
///
/// # Errors
/// - `TchError::Shape` where the value of `f` does not have exactly one element, constant or not.
/// - `TchError::Kind` where `w` is not floating-point.
pub fn grad_scalar(f: &dyn Fn(&Tensor) -> Tensor, w: &Tensor) -> Result<Tensor, TchError> {
    todo!()
}
