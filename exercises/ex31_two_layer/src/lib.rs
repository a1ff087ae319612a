//! # Two layers
//!
//! A linear model puts one straight line between two classes. XOR is 1 at (0, 1) and (1, 0), and 0 at
//! (0, 0) and (1, 1): no line tells them apart. Neither do two linear layers, because the product of
//! two matrices is one matrix. A bend between them does: **linear, ReLU, linear**. For a row x of data
//!
//! ```text
//! u = W₁·x + b₁    [h] = [h, d]·[d] + [h]
//! a = relu(u)      [h]                      max(u, 0), entry by entry; its derivative at 0 is 0
//! z = W₂·a + b₂    [1] = [1, h]·[h] + [1]   the logit: σ(z) is the probability of class 1 (ex30)
//! ```
//!
//! and for all n rows at once `relu(X·W₁ᵀ + b₁)·W₂ᵀ + b₂`, of shape [n, 1]: a weight has one row for
//! each output, as in PyTorch's `nn.Linear(d, h)`. As logits it is handed on as [n].
//!
//! Training is the loop you know: logits, loss (the mean binary cross entropy of ex29), backward pass,
//! and a step of each of the four **parameters** against its own gradient, which has its shape.
//!
//! **Where to begin.** From zeros, all hidden units get the same gradient and stay equal for ever: h of
//! them do no more than one. Random numbers break the tie. `nn.Linear` draws its weight and then its
//! bias uniformly from [−1/√f, 1/√f), where f, the *fan-in*, is the number of inputs of the layer: d for
//! the first layer, h for the second.
//!
//! ## An example
//!
//! d = 1, h = 2, W₁ = [[1], [−1]], b₁ = [0, 0], W₂ = [[1, 1]], b₂ = [−1] is z = |x| − 1, which no linear
//! model is: x = −3 has u = (−3, 3), a = (0, 3), z = 2.
//!
//! | PyTorch | tch |
//! |---|---|
//! | `nn.Linear(d, h)` | `nn::linear`, but its default draws the bias first, and W from ±√(6/f) |
//! | `w.uniform_(-r, r)` | `w.uniform_(-r, r)`, in place |
//! | `F.linear(x, W, b)`, `F.relu(u)` | `x.linear(&w, Some(&b))`, `u.relu()` |
//! | `F.binary_cross_entropy_with_logits` | `z.binary_cross_entropy_with_logits::<Tensor>(…)` |
//! | `optimizer.zero_grad()` | `p.zero_grad()`, for every parameter p |
//! | `optimizer.step()` | `tch::no_grad(\|\| p.g_sub_(&(p.grad() * lr)))`, for every p |
//!
//! ## What to know
//!
//! - `squeeze()` drops every dimension of size 1, and with it the batch of one row. `squeeze_dim(1)`
//!   drops that dimension alone.
//! - `mlp.w1 = …` puts another tensor in the place of the parameter, and whoever holds the old one sees
//!   no training. What ends in `_` writes into it: while it is tracked, inside `tch::no_grad` only.
//! - `backward` adds to what is in `p.grad()` already: clear it before.
//! - [n] beside [n, 1] becomes [n, n] in some losses, without a word.

use tch::{TchError, Tensor};

/// Two linear layers with a ReLU between them. The parameters have one floating dtype, and are tracked
/// leaves.
#[derive(Debug)]
pub struct Mlp {
    /// [h, d]
    pub w1: Tensor,
    /// [h]
    pub b1: Tensor,
    /// [1, h]
    pub w2: Tensor,
    /// [1]
    pub b2: Tensor,
}

/// A network with `d` inputs and `h` hidden units, in float32, on the CPU, as PyTorch draws it.
///
/// The generator is seeded once, with `seed`. Then w1 and b1 are drawn uniformly from [−1/√d, 1/√d), and
/// w2 and b2 from [−1/√h, 1/√h), in this order: the numbers are those of PyTorch after
/// `torch.manual_seed(seed); nn.Linear(d, h); nn.Linear(h, 1)`.
///
/// # Errors
/// `TchError::Shape` if `d` or `h` is less than 1.
pub fn init(d: i64, h: i64, seed: i64) -> Result<Mlp, TchError> {
    todo!()
}

/// The logits of the rows of `x`, [n] for an `x` of shape [n, d]. n may be 1 or 0.
///
/// The result is part of the graph: gradients flow through it to the four parameters.
///
/// # Errors
/// - `TchError::Shape` if `x` is not 2-D, or has not d columns.
/// - `TchError::Kind` if the dtype of `x` is not that of the parameters.
pub fn forward(mlp: &Mlp, x: &Tensor) -> Result<Tensor, TchError> {
    todo!()
}

/// One step of gradient descent with learning rate `lr`, on the mean binary cross entropy of the logits
/// of `x`, [n, d], with the labels `y`, [n], which are between 0 and 1. Returns the loss before the step.
///
/// Every parameter moves in its own storage, and stays the tracked leaf that it is. Gradients that are
/// in the parameters from before do not count. `x` and `y` are left as they were.
///
/// # Errors
/// In these cases no parameter has moved:
/// - `TchError::Shape` as for [`forward`], if `y` is not [n], and if n = 0: nothing has no mean.
/// - `TchError::Kind` if the dtype of `x` or `y` is not that of the parameters.
/// - `TchError::Convert` if `lr` is not a positive finite number.
pub fn step(mlp: &mut Mlp, x: &Tensor, y: &Tensor, lr: f64) -> Result<f64, TchError> {
    todo!()
}
