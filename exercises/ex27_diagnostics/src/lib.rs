//! # Diagnostics of a run
//!
//! How does one know how a run of gradient descent goes? Not by its iterates: w has d numbers,
//! nobody can read them, and keeping them all is (T + 1)·d numbers after T steps. What is kept are
//! a few numbers for each step, the **diagnostics**: about 4·T numbers, however large w is.
//!
//! | | k | what it says |
//! |---|---|---|
//! | objective value L(wₖ) | 0, …, T | how good wₖ is |
//! | objective gap L(wₖ) − L* | 0, …, T | what is still to gain, if the optimal value L* is known |
//! | gradient norm ‖∇L(wₖ)‖ | 0, …, T | how far wₖ is from being stationary |
//! | plateau metric \|L(wₖ₊₁) − L(wₖ)\| | 0, …, T − 1 | whether a step still changes anything |
//!
//! A run of T steps has T + 1 iterates, and T successive differences. ‖g‖ is the Euclidean norm,
//! √(Σ gᵢ²) over all entries of g, whatever its shape. wₖ is **ε-stationary** if ‖∇L(wₖ)‖ ≤ ε.
//!
//! ## An example
//!
//! L(w) = w² + 1, so ∇L(w) = 2w and L* = 1, from w₀ = 4 with learning rate ¾: wₖ₊₁ = −wₖ/2.
//!
//! | k | 0 | 1 | 2 | 3 |
//! |---|---|---|---|---|
//! | wₖ | 4 | −2 | 1 | −½ |
//! | L(wₖ) | 17 | 5 | 2 | 1.25 |
//! | gap | 16 | 4 | 1 | 0.25 |
//! | gradient norm | 8 | 4 | 2 | 1 |
//! | plateau metric | 12 | 3 | 0.75 | |
//!
//! None of them is enough alone. With learning rate 1 the same run goes 4, −4, 4, …: the plateau
//! metric is 0 at once, the gradient norm stays 8. It makes no progress, but it is not at a minimum
//! either. And where the gradient is 0 there is sure to be a minimum only if L is convex; otherwise
//! it may be a saddle or a summit.
//!
//! | PyTorch | tch |
//! |---|---|
//! | `w.grad.norm().item()` | `w.grad().norm().double_value(&[])` |
//! | `loss.item()` | `loss.double_value(&[])` |
//! | `losses.diff().abs()` | of a slice: `losses.windows(2)` gives the pairs |
//!
//! ## What to know
//!
//! - One forward and one backward pass give both L(wₖ) and ∇L(wₖ). Diagnostics cost no evaluation
//!   more, but for the last iterate: it takes no step, and needs its gradient for the record.
//! - A loss kept as a tensor keeps its graph, and with it the iterate. Keep the number.
//! - A bad number is the most important one of the record. Infinite and NaN values, and gaps below
//!   0 (then L* was not the optimal value), are recorded as they are, and the run goes on.
//! - NaN ≤ ε is false, and so is NaN > ε. Ask for what you look for.

use tch::{TchError, Tensor};

/// The diagnostics of a run of T steps, with the iterates w₀, …, w_T.
#[derive(Debug, Clone, PartialEq)]
pub struct Trace {
    /// L(w₀), …, L(w_T): T + 1 numbers.
    pub loss: Vec<f64>,
    /// L(w₀) − L*, …, L(w_T) − L*: T + 1 numbers. `None` where L* is not known.
    pub gap: Option<Vec<f64>>,
    /// ‖∇L(w₀)‖, …, ‖∇L(w_T)‖: T + 1 numbers.
    pub grad_norm: Vec<f64>,
    /// |L(w₁) − L(w₀)|, …, |L(w_T) − L(w_T₋₁)|: T numbers.
    pub plateau: Vec<f64>,
}

/// The plateau metric of a record of losses: how much each differs from the one before it.
///
/// There is one number fewer than losses, and none for no losses. A difference with or between
/// values that are not finite is what f64 makes of it: ∞ − 1 is ∞; ∞ − ∞, and whatever NaN is part
/// of, is NaN.
pub fn plateau(losses: &[f64]) -> Vec<f64> {
    todo!()
}

/// The index of the first number in `record` that is at most `eps`; `None` if there is none.
///
/// Of gradient norms: the step from which on the run was ε-stationary for the first time. The
/// record need not fall, and NaN is not at most anything.
pub fn first_at_most(record: &[f64], eps: f64) -> Option<usize> {
    todo!()
}

/// `steps` steps of gradient descent wₖ₊₁ = wₖ − `lr`·∇f(wₖ) from `w0`: the last iterate, and the
/// diagnostics. `l_star` is the optimal value of `f`, where it is known; it has no influence on the
/// run.
///
/// `f` gives one number. It is evaluated once at each of the `steps` + 1 iterates, on tensors of
/// the shape and dtype of `w0`; where it does not depend on them, the gradient is 0. No iterate is
/// kept longer than its step takes. The last one is a new untracked tensor, even after 0 steps.
/// `w0` keeps its values and its `requires_grad`. Every run goes to its end, and all its numbers
/// are recorded as they are.
///
/// # Errors
/// - `TchError::Convert` where `lr` is not positive and finite, or `l_star` is given and not
///   finite.
/// - `TchError::Kind` where `w0` is not floating-point.
/// - `TchError::Shape` where the value of `f` does not have exactly one element.
pub fn run(
    f: &dyn Fn(&Tensor) -> Tensor,
    w0: &Tensor,
    lr: f64,
    steps: usize,
    l_star: Option<f64>,
) -> Result<(Tensor, Trace), TchError> {
    todo!()
}
