//! # Stable losses
//!
//! A classifier gives a **logit** for each class: any real number, the larger the likelier. Softmax
//! makes probabilities of them, pⱼ = eᶻʲ / Σᵢ eᶻⁱ, and the loss is −ln of the one that the true
//! class was given. But in float32 e⁸⁹ is ∞, and σ(17) = 1 / (1 + e⁻¹⁷) is exactly 1, so that
//! ln(1 − σ(17)) is −∞: one large logit, and all that is trained from this loss is NaN.
//!
//! The cure is to take ln and exp together, and the largest exponent out first. With m = maxⱼ zⱼ
//!
//! > lse(z) = ln Σⱼ eᶻʲ = m + ln Σⱼ e^(zⱼ − m)
//!
//! Every exponent is now ≤ 0, and one of them 0: the sum lies between 1 and k.
//!
//! ```text
//! z [n, k]            lse(z) [n]      ln Σⱼ exp(zᵢⱼ), one number for each row
//! z [n, k], y [n]     cross entropy   mean over i of lse(zᵢ) − zᵢ,ᵧᵢ                     []
//! z, y of one shape   binary          mean of −[y·ln σ(z) + (1 − y)·ln(1 − σ(z))]      []
//!                                     which is the mean of ln(1 + eᶻ) − z·y
//! ```
//!
//! The binary one is that of two classes with the logits 0 and z: ln(1 + eᶻ) is lse(0, z), called
//! *softplus*, and y is the probability that class 1 is right.
//!
//! ## The same value is not the same gradient
//!
//! Autograd differentiates the formula that it is given. These gradients by z have to come out:
//!
//! | lse | cross entropy | binary |
//! |---|---|---|
//! | softmax(z) | (softmax(z) − one-hot(y)) / n | (σ(z) − y) / n, at z = 0 (½ − y) / n |
//!
//! - `max` and `abs` have a kink at 0, where autograd takes *some* slope. All logits of a model
//!   that starts at 0 are 0: that is where training begins.
//! - `where` computes both sides, and the backward pass multiplies the one not taken by 0. 0·∞ is
//!   NaN.
//! - ∞ − ∞ is NaN: look at what m is before you subtract it.
//!
//! ## An example
//!
//! The same cure for the length of (3·10³⁰, 4·10³⁰) in float32, which ends at 3.4·10³⁸:
//!
//! ```
//! let a = Tensor::from_slice(&[3e30_f32, 4e30]);
//! let overflown = a.square().sum(None::<Kind>).sqrt(); //         inf
//! let m = a.abs().amax(0, true); //                               [4e30]
//! let length = (&a / &m).square().sum(None::<Kind>).sqrt() * m; // [5e30]
//! ```
//!
//! libtorch has all three. Write them from exp and ln once, to know what they do for you:
//!
//! | PyTorch | tch |
//! |---|---|
//! | `torch.logsumexp(z, 1)` | `z.logsumexp(1, false)` |
//! | `torch.logaddexp(a, b)` | `a.logaddexp(&b)`: ln(eᵃ + eᵇ), entry by entry |
//! | `F.binary_cross_entropy_with_logits` | `z.binary_cross_entropy_with_logits` |
//! | `F.cross_entropy` | `z.cross_entropy_loss`: rows of label `ignore_index` do not count |
//! | `z.gather(1, y.unsqueeze(1))` | `z.gather(1, &y.unsqueeze(1), false)`: zᵢ,ᵧᵢ, `[n, 1]` |

use tch::{TchError, Tensor};

/// ln Σⱼ exp(zᵢⱼ) for each row i of the logits `z` (`[n, k]`): shape `[n]`, the dtype of `z`.
///
/// `[0, k]` gives `[0]`. Finite logits give a finite result, however large they are; a row with +∞
/// gives +∞, a row of nothing but −∞ gives −∞. If `z` is tracked, the result is, and its gradient
/// is the softmax of the row, at every finite z.
///
/// # Errors
/// - `TchError::Shape` where `z` is not 2-D, or k is 0.
/// - `TchError::Kind` where `z` is not floating-point.
pub fn logsumexp(z: &Tensor) -> Result<Tensor, TchError> {
    todo!()
}

/// The mean of −[y·ln σ(z) + (1 − y)·ln(1 − σ(z))] over all elements of the logits `z` and the
/// targets `y`.
///
/// `z` and `y` have one shape, whichever it is, and one dtype, that of the result, which has shape
/// `[]`. A target is any number from 0 to 1. Finite logits give a finite result, however large they
/// are, if the dtype holds the sum over all elements. If `z` is tracked, the result is, and its
/// gradient is (σ(z) − y) / n for n elements, at every finite z.
///
/// # Errors
/// - `TchError::Shape` where `z` and `y` have different shapes, or no elements.
/// - `TchError::Kind` where `z` is not floating-point, or `y` has another dtype.
/// - `TchError::Convert` where a target is not in [0, 1].
pub fn bce_logits(z: &Tensor, y: &Tensor) -> Result<Tensor, TchError> {
    todo!()
}

/// The mean of lse(zᵢ) − zᵢ,ᵧᵢ over the rows of the logits `z` (`[n, k]`) with the labels `y`
/// (`[n]`, int64).
///
/// The result has shape `[]` and the dtype of `z`. Finite logits give a finite result, however
/// large they are, if the dtype holds the sum over all rows; where the logit of another class than
/// yᵢ is −∞, that class is ruled out: its probability is 0. If `z` is tracked, the result is, and
/// its gradient is (softmax(zᵢ) − one-hot(yᵢ)) / n in row i, at every finite z.
///
/// # Errors
/// - `TchError::Shape` where `z` is not 2-D, `y` is not of shape `[n]`, or n or k is 0.
/// - `TchError::Kind` where `z` is not floating-point, or `y` is not int64.
/// - `TchError::Convert` where a label is not one of 0, …, k − 1.
pub fn cross_entropy(z: &Tensor, y: &Tensor) -> Result<Tensor, TchError> {
    todo!()
}
