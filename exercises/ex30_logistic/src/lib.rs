//! # Logistic regression
//!
//! The whole of a training script, in its smallest form: data, model, loss, gradient, step. The
//! data is a matrix X with one example in each row and one feature in each column, and for each
//! example a label y, 0 or 1: no spam, spam. The model has one weight for each feature. It adds the
//! evidence up, and σ makes a probability of it:
//!
//! ```text
//! z = X·w             X [n, d], w [d], z [n]       logits: one number for each example
//! p = σ(z)            [n]                          P(y = 1), and p ≥ ½ where z ≥ 0
//! ℓ = mean BCE(z, y)  []                           ex29: from the logits, never from p
//! ∇ℓ = Xᵀ(p − y) / n  [d]                          the shape of w
//! ```
//!
//! p − y is how wrong each example is, and Xᵀ carries this to the weights: a feature that is large
//! where p is too small gets more weight. At w = 0 every p is ½: the loss is ln 2 ≈ 0.6931 whatever
//! the data is, a number to look for at the start of every run.
//!
//! The loss is convex in w, and its gradient changes by at most L = λₘₐₓ(XᵀX) / 4n for each unit
//! that w moves (¼ is the steepest slope of σ). So with a learning rate up to 1 / L no step raises
//! the loss, from any start.
//!
//! ## An example
//!
//! One example, x = (2), y = 1, learning rate 1:
//!
//! | k | w | z | p | ℓ | ∇ℓ = 2(p − 1) |
//! |---|---|---|---|---|---|
//! | 0 | 0 | 0 | ½ | 0.6931 | −1 |
//! | 1 | 1 | 2 | 0.8808 | 0.1269 | −0.2384 |
//! | 2 | 1.2384 | 2.4768 | 0.9225 | 0.0807 | −0.1550 |
//!
//! It never arrives. Data that some w separates has no best w: the loss goes to 0 as w grows for
//! ever.
//!
//! ## What to know
//!
//! - Labels of shape [n, 1] and logits of shape [n] broadcast to [n, n]: every example is compared
//!   with every label. The loss is a number, and it even goes down. Compare the shapes.
//! - The gradient belongs to w and not to X: track w alone, and a `detach()` of it, so that the
//!   caller's stays as it is.
//! - What is reported (a loss, a gradient) is not tracked; what is a step of the model (the logits)
//!   is, where w is.
//!
//! | PyTorch | tch |
//! |---|---|
//! | `X @ w` | `x.mv(w)`, or `x.matmul(w)` |
//! | `F.binary_cross_entropy_with_logits(z, y)` | `z.binary_cross_entropy_with_logits` (ex29) |
//! | `torch.autograd.grad(loss, w)` | `Tensor::run_backward(&[&loss], &[&w], false, false)` |
//! | `z.sigmoid()`, `X.T @ r` | `z.sigmoid()`, `x.tr().mv(&r)` |
//! | `z >= 0` | `z.ge(0.0)`, Bool |

use tch::{TchError, Tensor};

/// The logits X·w of the examples `x` (`[n, d]`) under the weights `w` (`[d]`): shape `[n]`, the
/// dtype of `x`.
///
/// n may be 0. Where `w` is tracked, the result is.
///
/// # Errors
/// - `TchError::Shape` where `x` is not 2-D, or `w` is not of shape `[d]`.
/// - `TchError::Kind` where `x` is not floating-point, or `w` has another dtype.
pub fn logits(x: &Tensor, w: &Tensor) -> Result<Tensor, TchError> {
    todo!()
}

/// The mean binary cross entropy of the logits of `x` under `w` with the labels `y` (`[n]`), and
/// its gradient by `w`.
///
/// Both are finite however large the logits are. The gradient has the shape and dtype of `w`, and
/// is not tracked; `w` may be, and stays as it is, without a gradient left in it. A label may be
/// any number from 0 to 1.
///
/// # Errors
/// As for [`logits`], and
/// - `TchError::Shape` where `y` is not of shape `[n]`, or n is 0.
/// - `TchError::Kind` where `y` has another dtype than `x`.
/// - `TchError::Convert` where a label is not in [0, 1].
pub fn loss_and_grad(x: &Tensor, y: &Tensor, w: &Tensor) -> Result<(f64, Tensor), TchError> {
    todo!()
}

/// `steps` steps of gradient descent on the loss from w₀ = 0: the last weights, and the losses at
/// w₀, …, w_steps.
///
/// wₖ₊₁ = wₖ − `lr`·∇ℓ(wₖ). The weights have shape `[d]` and the dtype of `x`, and are not tracked;
/// there are `steps` + 1 losses.
///
/// # Errors
/// As for [`loss_and_grad`], and `TchError::Convert` where `lr` is not a positive finite number.
/// Both with 0 steps, too.
pub fn fit(x: &Tensor, y: &Tensor, lr: f64, steps: usize) -> Result<(Tensor, Vec<f64>), TchError> {
    todo!()
}

/// The class of each example: shape `[n]`, Bool, true where the logit is at least 0.
///
/// # Errors
/// As for [`logits`].
pub fn predict(x: &Tensor, w: &Tensor) -> Result<Tensor, TchError> {
    todo!()
}
