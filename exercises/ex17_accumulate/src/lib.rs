//! # Gradients accumulate
//!
//! `backward` does not set the gradient of a leaf, it **adds** to it. After passes with the losses L₁, …, Lₙ
//!
//! > w.grad() = ∇L₁(w) + … + ∇Lₙ(w)    of the shape of w
//!
//! That is useful where you want the sum: a batch that is too large for the memory goes through in parts, and
//! its gradient adds up. Everywhere else the old gradient has to be cleared before the next pass, or every
//! step also goes along all the gradients before it: a training loop that forgets this runs, and goes astray.
//!
//! **The graph is used up.** A pass frees what it has read of the graph, so a second one through it is refused.
//! Evaluate f anew, which records a new graph, or ask for the graph to be kept.
//!
//! **Inference needs no graph.** Where nobody will ask for a gradient, gradient mode is switched off: nothing is
//! recorded, no memory is held. What is switched off has to come on again, even if something panics meanwhile.
//!
//! ## An example
//!
//! y = x³ has dy/dx = 3x². At x = 2 one pass gives 12, and a second one makes that 24.
//!
//! ```
//! use tch::Tensor;
//!
//! let mut x = Tensor::from(2.0).set_requires_grad(true);
//! let cube = |x: &Tensor| x.pow_tensor_scalar(3);
//! cube(&x).backward();
//! cube(&x).backward(); // a graph of its own
//! assert_eq!(x.grad().double_value(&[]), 24.0);
//! x.zero_grad();
//! cube(&x).backward();
//! assert_eq!(x.grad().double_value(&[]), 12.0);
//! ```
//!
//! | PyTorch | tch |
//! |---|---|
//! | `x.grad = None`, `optimizer.zero_grad()` | `x.zero_grad()` |
//! | `torch.autograd.grad(y, x, retain_graph=True)` | `Tensor::run_backward(&[&y], &[&x], true, false)` |
//! | `with torch.no_grad(): …` | `tch::no_grad(\|\| …)`, or `let _guard = tch::no_grad_guard();` |
//!
//! ## What to know
//!
//! - `x.grad()` is a handle on the gradient, no copy: what later passes and `zero_grad` do shows through it.
//!   Before the first pass it is not `defined()`. A number that was taken out (`double_value`) stays.
//! - `run_backward` returns new gradients and adds to none. It also differentiates the sum of a vector, without
//!   a word, and where there is no graph (`requires_grad()` is false) it takes the process down: ask first.
//! - `tch::no_grad` switches back when its closure returns, **not** when it panics. A guard does so whenever
//!   its scope ends. Give it a name that begins with a letter or with `_`: `let _ = …` drops it at once.
//! - `f(x).detach()` records the whole graph first, and then cuts it off.

use tch::{TchError, Tensor};

/// The gradient that a float64 leaf at `x` holds after `n` backward passes, if it is never cleared: 0 for `n` = 0.
///
/// `f` is evaluated anew for each pass, and may differ from one to the next, as the loss of a batch does. It is
/// given a tensor of shape `[]` and gives one that depends on it.
pub fn accumulated(f: &dyn Fn(&Tensor) -> Tensor, x: f64, n: usize) -> f64 {
    todo!()
}

/// The gradients at `x` of each of `n` backward passes by itself, in their order and in float64.
///
/// `f` is evaluated anew for each pass, as in [`accumulated`].
pub fn zeroed(f: &dyn Fn(&Tensor) -> Tensor, x: f64, n: usize) -> Vec<f64> {
    todo!()
}

/// f(x), evaluated once, with gradient mode off: nothing is recorded, even where `x` or `f` is tracked.
///
/// Gradient mode is afterwards what it was before, even if `f` panics.
pub fn infer(f: &dyn Fn(&Tensor) -> Tensor, x: &Tensor) -> Tensor {
    todo!()
}

/// The gradient of `f` at `w`, twice, by two backward passes through the graph of one evaluation of `f`.
///
/// The two are equal, untracked, of the shape and dtype of `w`, and share no storage. They are zero where the
/// value of `f` does not depend on `w`. `w` keeps its values and its `requires_grad`.
///
/// # Errors
/// - `TchError::Kind` if `w` is not floating-point.
/// - `TchError::Shape` if the value of `f` does not have exactly one element.
pub fn two_grads(f: &dyn Fn(&Tensor) -> Tensor, w: &Tensor) -> Result<(Tensor, Tensor), TchError> {
    todo!()
}
