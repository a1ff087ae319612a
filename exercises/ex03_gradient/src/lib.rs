//! # Gradient
//!
//! The partial derivative ∂f/∂x says how fast the value of f changes when x moves and every other input
//! stays. The **gradient** has one for each input: ∇f(x, y) = (∂f/∂x, ∂f/∂y). A step along it raises f the
//! fastest, a step against it lowers f: that is what training a model is made of.
//!
//! **Autograd** saves you deriving it by hand. While f is computed, libtorch records every operation on a
//! tracked tensor: this record is the *graph*, and the tracked inputs are its *leaves*. The backward pass goes
//! through the record from the value to the leaves and applies the chain rule at each operation: one
//! evaluation of f and one pass back give all partial derivatives, exact up to rounding.
//!
//! ## An example
//!
//! g(u, v) = u·v² at (3, 2). By hand: ∂g/∂u = v² = 4 and ∂g/∂v = 2uv = 12.
//!
//! ```
//! use tch::Tensor;
//!
//! let u = Tensor::from(3.0_f64).set_requires_grad(true); // shape [], float64, a leaf
//! let v = Tensor::from(2.0_f64).set_requires_grad(true);
//! let value = &u * v.square(); // 12, and how it was computed
//! value.backward();
//! assert_eq!(u.grad().double_value(&[]), 4.0);
//! assert_eq!(v.grad().double_value(&[]), 12.0);
//! ```
//!
//! | PyTorch | tch |
//! |---|---|
//! | `torch.tensor(3.0, dtype=torch.float64, requires_grad=True)` | `Tensor::from(3.0_f64).set_requires_grad(true)` |
//! | `value.backward()`, then `u.grad` | `value.backward()`, then `u.grad()` |
//! | `torch.autograd.grad(value, (u, v))` | `Tensor::run_backward(&[&value], &[&u, &v], false, false)` |
//! | `u.grad is None` | `!u.grad().defined()` |
//! | `value.requires_grad` | `value.requires_grad()` |
//! | `value.numel()`, the number of elements | `value.numel()` |
//!
//! ## What to know
//!
//! - `backward` **adds** to the gradient that a leaf already has. A new leaf has none.
//! - A leaf that the value does not depend on gets no gradient: `grad()` is then an undefined tensor, and
//!   reading it panics. The partial derivative is 0.
//! - A value that depends on no tracked tensor has no graph: its `requires_grad()` is false. `backward` then
//!   fails, and `run_backward` takes the whole process down: ask first.
//! - Only a value of one element has a gradient. For more of them `backward` fails, but `run_backward`
//!   differentiates their sum without a word.
//! - float32 keeps about 7 digits, float64 about 16. `torch.tensor(3.0)` is float32, `Tensor::from(3.0)` is
//!   float64, as 3.0 is an f64 in Rust.

use tch::{TchError, Tensor};

/// The gradient (∂f/∂x, ∂f/∂y) of f(x, y) = x²·y + sin(x·y) at the point (1, π), computed in float64.
pub fn compute_gradient() -> (f64, f64) {
    todo!()
}

/// The gradient (∂f/∂x, ∂f/∂y) of the same f(x, y) = x²·y + sin(x·y) at the point (x, y), computed in float64.
pub fn gradient_at(x: f64, y: f64) -> (f64, f64) {
    todo!()
}

/// The gradient (∂f/∂x, ∂f/∂y) of any `f` at the point (x, y), by autograd.
///
/// `f` is evaluated once, on two float64 tensors of shape `[]`. The partial derivative by an input that the
/// value of `f` does not depend on is 0; so a constant `f` has the gradient (0, 0).
///
/// # Errors
/// `TchError::Shape` where the value of `f` does not have exactly one element, constant or not.
pub fn gradient_of(f: &dyn Fn(&Tensor, &Tensor) -> Tensor, x: f64, y: f64) -> Result<(f64, f64), TchError> {
    todo!()
}
