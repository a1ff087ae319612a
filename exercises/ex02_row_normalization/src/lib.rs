//! # Row normalization: a sum per row, divided back into the row
//!
//! Divide every row of a matrix by its own sum and each row sums to 1: counts become shares, and weights that
//! are not negative become a probability distribution. For `m` of shape `[n, d]`
//!
//! ```text
//! sᵢ   = Σⱼ mᵢⱼ          s    has shape [n, 1]
//! outᵢⱼ = mᵢⱼ / sᵢ        out  has shape [n, d]
//! ```
//!
//! The division is a *broadcast*. Shapes are aligned at the right, a missing dimension counts as 1, and a
//! dimension of size 1 is repeated to fit, without copying:
//!
//! ```text
//! [n, d] / [n, 1]   row i is divided by sᵢ
//! [n, d] / [n]      is [n, d] / [1, n]: column j is divided by sⱼ if n = d; if not, an error for n, d > 1
//! ```
//!
//! A sum over dimension 1 removes that dimension and leaves `[n]`. On a square matrix the second line then
//! gives a wrong answer and no error. `keepdim` keeps the summed dimension with size 1.
//!
//! | | PyTorch | tch |
//! |---|---|---|
//! | sum over dimension 1, `[n]` | `m.sum(1)` | `m.sum_dim_intlist(1, false, None)` |
//! | the same, `[n, 1]` | `m.sum(1, keepdim=True)` | `m.sum_dim_intlist(1, true, None)` |
//! | a dimension of size 1 put in | `s.unsqueeze(1)` | `s.unsqueeze(1)` |
//! | which entries are 0; which are numbers and not ∞ | `s == 0`; `s.isfinite()` | `s.eq(0.0)`; `s.isfinite()`: masks |
//! | where a mask is false | `~mask` | `mask.logical_not()` |
//! | some entry is true; every one is | `mask.any()`; `mask.all()` | the same: tensors, `bool::try_from` reads them |
//! | is the dtype a floating one? | `m.is_floating_point()` | `m.is_floating_point()` |
//! | another dtype | `m.to(torch.float32)` | `m.to_kind(tch::Kind::Float)` |
//!
//! The other direction, as an example: every *column* less its largest entry.
//!
//! ```
//! let m = Tensor::from_slice(&[1.0, 8.0, 5.0, 2.0]).reshape([2, 2]);
//! let largest = m.amax(0, true); // [[5, 8]], shape [1, 2]
//! let shifted = &m - &largest; //   [[-4, 0], [0, -6]]
//! ```
//!
//! Some rows cannot be normalized: no factor makes a row sum to 1 if its sum is 0, NaN or infinite. A small
//! number added to the sum hides that and makes every other row slightly wrong; a row of tiny entries, very
//! wrong.

use tch::{TchError, Tensor};

/// The matrix `m` (`[n, d]`) with every row divided by its own sum, so that each row of the result sums to 1.
///
/// Entries may be negative, and rows may be as small or as large as they like, as long as their sum, in the
/// dtype of the result, is finite. The result has the shape of `m`; `[0, d]` gives `[0, d]`. A floating dtype is
/// kept, an integer or boolean one becomes float32. `m` itself stays as it is.
///
/// # Errors
/// `TchError::Shape` if `m` is not 2-D. `TchError::Convert` if the sum of some row is 0, NaN or infinite; the
/// sum of a row without entries is 0, and one beyond float64 is infinite.
pub fn normalize_rows(m: &Tensor) -> Result<Tensor, TchError> {
    todo!()
}
