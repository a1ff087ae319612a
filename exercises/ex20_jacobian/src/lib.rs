//! # Jacobian
//!
//! Near w, a function f with n inputs and m values looks linear: f(w + Δ) ≈ f(w) + J·Δ. The matrix of this linear
//! map is the **Jacobian**, J(i, j) = ∂fᵢ/∂wⱼ, of shape [m, n]: a row for each value, a column for each input. Row i
//! is the gradient of the value fᵢ.
//!
//! One backward pass gives one row (ex19: Jᵀv with v = eᵢ), so J costs one evaluation of f and m passes through the
//! same graph. Of an entrywise function, fᵢ depends on wᵢ alone, and J is diagonal: a matrix of n² numbers, nearly
//! all 0. That is one reason why training never makes J and lives on products with it.
//!
//! The other one is the **chain rule**. Where g maps x to u and h maps u to one number, J of the whole is the product
//! of the two, and for the gradient
//!
//! > ∇ₓ h(g(x)) = J_gᵀ·∇ᵤh, with J_g taken at x and ∇ᵤh at u = g(x)
//!
//! [n] = [n, m]·[m]. A backward pass is this formula, applied to one operation after the other, from the last one to
//! the first.
//!
//! ## An example
//!
//! g(x, y) = (x·y, x + y, 5x) at (3, 2) gives u = (6, 5, 15), and h(u) = u₁² + u₂ has ∇ᵤh = (2u₁, 1, 0) = (12, 1, 0):
//!
//! ```text
//!       [y x]   [2 3]
//! J_g = [1 1] = [1 1]      J_gᵀ·∇ᵤh = (2·12 + 1·1 + 5·0, 3·12 + 1·1 + 0·0) = (25, 37)
//!       [5 0]   [5 0]
//! ```
//!
//! | PyTorch | tch |
//! |---|---|
//! | `torch.autograd.functional.jacobian(f, w)`, `torch.func.jacrev(f)(w)` | what you write here |
//! | `torch.autograd.grad(y[i], w, retain_graph=True)` | `Tensor::run_backward(&[y.get(i)], &[&w], true, false)` |
//!
//! ## What to know
//!
//! - A backward pass frees the graph. To go through it once more, say so: the third argument of `run_backward`.
//! - `backward` adds to the gradient of the leaf: after it for row 1, `grad()` is the sum of rows 0 and 1.
//! - Some values may depend on w and others not; a value without a graph must not reach `run_backward`: ex03.
//! - `stack` of no tensors is refused. Where m = 0, J has the shape [0, n].

use tch::{TchError, Tensor};

/// The Jacobian of `f` at `w`, of shape [m, n] for a `w` of shape [n] and a value f(w) of shape [m].
///
/// `f` is evaluated on tensors of the shape and dtype of `w`. The result has the dtype of `w`, whatever that of f(w),
/// and is not tracked; `w` is left as it is. m and n may be 0. Where a value does not depend on `w`, its row is zero.
///
/// # Errors
/// - `TchError::Shape` where `w` or f(w) is not 1-D.
/// - `TchError::Kind` where `w` is not floating-point.
pub fn jacobian(f: &dyn Fn(&Tensor) -> Tensor, w: &Tensor) -> Result<Tensor, TchError> {
    todo!()
}

/// The gradient at `x` of h(g(x)), by the chain rule: J_gᵀ·∇h, of the shape and dtype of `x`, not tracked.
///
/// `g` maps a vector to a vector of its dtype, `h` this one to one number, of shape [], [1], …. Both are evaluated on
/// tensors of the shape and dtype of their argument. `x` is left as it is. Where h(g(x)) does not depend on `x`, the
/// gradient is zero.
///
/// # Errors
/// - `TchError::Shape` where `x` or g(x) is not 1-D, or the value of `h` does not have exactly one element.
/// - `TchError::Kind` where `x` is not floating-point.
pub fn chain_grad(
    h: &dyn Fn(&Tensor) -> Tensor,
    g: &dyn Fn(&Tensor) -> Tensor,
    x: &Tensor,
) -> Result<Tensor, TchError> {
    todo!()
}
