//! # Gradient descent
//!
//! You stand on a hillside in fog and want to go down: feel the slope under your feet, take a step downhill,
//! feel again. Near w a function looks linear, f(w + Δ) ≈ f(w) + ∇f(w)·Δ, and of all steps Δ of one length
//! the one against the gradient makes this smallest. So, with the learning rate η > 0,
//!
//! > w₍ₖ₊₁₎ = wₖ − η·∇f(wₖ)
//!
//! w and ∇f(w) have the same shape and dtype; the loss f(w) is a single number. For small η a step lowers the
//! loss by about η·‖∇f(w)‖². For large η the linear picture is wrong and the loss grows, from step to step:
//! the run *diverges*. The record of the losses is where one sees that, so it is kept as it is.
//!
//! ## An example
//!
//! f(w) = (w − 3)², ∇f(w) = 2(w − 3), from w₀ = 7 with η = 0.25: each step halves the distance to 3.
//!
//! | k | 0 | 1 | 2 | 3 |
//! |---|---|---|---|---|
//! | wₖ | 7 | 5 | 4 | 3.5 |
//! | f(wₖ) | 16 | 4 | 1 | 0.25 |
//!
//! Three steps, four losses. With η = 1 it would go 7, −1, 7, −1, … for ever, with η > 1 away from 3.
//!
//! | PyTorch | tch |
//! |---|---|
//! | `w = w0.detach().clone().requires_grad_()` | `let mut w = w0.detach().copy().set_requires_grad(true);` |
//! | `loss.backward()`, then `w.grad` | `loss.backward()`, then `w.grad()` |
//! | `with torch.no_grad(): …` | `tch::no_grad(\|\| …)` |
//! | `w.grad.zero_()` | `w.zero_grad()` |
//! | `loss.item()` | `loss.double_value(&[])` |
//! | `w.shape`, `w.dtype` | `w.size()`, `w.kind()` |
//! | `w.is_floating_point()` | `w.is_floating_point()` |
//!
//! ## What to know
//!
//! - `backward` **adds** to `w.grad()`: clear it after every step, or make a new leaf for every step.
//! - `w.grad()` is a handle on the gradient and no copy: after `zero_grad` it shows zeros. Use it first.
//! - The step is no part of the model. Outside `no_grad` it is recorded, too: every wₖ drags the history of all
//!   steps before it along and is no leaf, so that `backward` leaves no gradient in it. f, on the other hand,
//!   has to be evaluated where recording is on.
//! - `detach()` and `shallow_clone()` share storage with the original: writing into one (`sub_`, `-=`) writes
//!   into the other. `copy()` has storage of its own. `set_requires_grad` on a shallow clone acts on the
//!   original, on a `detach()` it does not.
//! - A loss that depends on no tracked tensor has no graph, one that does not depend on w leaves `w.grad()`
//!   undefined: ex03.

use tch::{TchError, Tensor};

/// One step of gradient descent: `w` − `lr`·`g`, for a gradient `g` of the shape and dtype of `w`.
///
/// The result is a new tensor of that shape and dtype, untracked even where `w` or `g` is tracked.
///
/// # Errors
/// - `TchError::Shape` where `w` and `g` have different shapes.
/// - `TchError::Kind` where their dtypes differ, or are not floating-point.
/// - `TchError::Convert` where `lr` is not a positive finite number.
pub fn gd_step(w: &Tensor, g: &Tensor, lr: f64) -> Result<Tensor, TchError> {
    todo!()
}

/// `steps` steps of gradient descent on `f` from `w0`: the last iterate, and the losses f(w₀), …, f(w_steps).
///
/// `f` is given tensors of the shape and dtype of `w0`, and gives one number. The iterate is a new untracked
/// tensor, even after 0 steps; there are `steps` + 1 losses. `w0` keeps its values and its `requires_grad`. A
/// run that diverges goes on to its end, with every loss in the record, infinite or NaN ones, too. Where the
/// value of `f` does not depend on its input, the gradient is 0.
///
/// # Errors
/// - `TchError::Convert` where `lr` is not a positive finite number.
/// - `TchError::Kind` where `w0` is not floating-point.
/// - `TchError::Shape` where the value of `f` does not have exactly one element.
pub fn gradient_descent(
    f: &dyn Fn(&Tensor) -> Tensor,
    w0: &Tensor,
    lr: f64,
    steps: usize,
) -> Result<(Tensor, Vec<f64>), TchError> {
    todo!()
}
