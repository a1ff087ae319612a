//! # Matrix products: which dimensions meet, which stay, which are a batch
//!
//! A matrix product is a broadcast product followed by a sum. In A·B each row of A meets each column of B; the
//! **inner** dimension, which both have, is multiplied entry by entry, summed, and gone. The outer ones stay:
//!
//! ```text
//! [m, k] · [k, n]  →  [m, n]          (A·B)ᵢⱼ = Σₖ Aᵢₖ·Bₖⱼ
//! ```
//!
//! `matmul` extends this to every rank, by two rules:
//!
//! - **A vector** (`[k]`) has one dimension where a matrix has two. On the left it counts as a row, `[1, k]`, on
//!   the right as a column, `[k, 1]`; the 1 is taken away again from the result. So a vector times a vector is a
//!   single number, shape `[]`.
//! - **A batch**: the last two dimensions are the matrix, all before them only count matrices. They are not
//!   multiplied but matched, and broadcast as in any other operation (ex12).
//!
//! ```text
//!     [3]    · [3, 4]     →        [4]
//! [2, 3]     · [3]        →     [2]
//! [7, 1, 2, 3] · [5, 3, 4]  →  [7, 5, 2, 4]      35 products of a 2×3 with a 3×4
//! ```
//!
//! The batch broadcasts, the matrices do not: an inner 1 meets an inner 3 nowhere. The sum over an inner
//! dimension of size 0 is 0, so `[2, 0] · [0, 3]` is a `[2, 3]` of zeros.
//!
//! **einsum** says all of this by naming the dimensions. A letter that both operands have is matched; a letter
//! that the result does not have is summed. `"ik,kj->ij"` is the matrix product, `"bik,bkj->bij"` a batch of
//! them, `"i,j->ij"` the outer product, `"ij->ji"` the transpose.
//!
//! | | PyTorch | tch |
//! |---|---|---|
//! | product of any ranks | `a @ b`, `torch.matmul(a, b)` | `a.matmul(&b)` |
//! | transpose | `a.T`, `a.mT` for a batch | `a.tr()`, `a.transpose(-2, -1)` |
//! | contraction by letters | `torch.einsum("i,j->ij", u, v)` | `Tensor::einsum("i,j->ij", &[u, v], None::<&[i64]>)` |
//! | product, then sum over the last dimension | `(a * b).sum(-1)` | `(a * b).sum_dim_intlist(-1, false, None)` |
//!
//! A sum of int32 is int64, here as in PyTorch, while a matrix product of int32 stays int32: the last argument of
//! `sum_dim_intlist` is the dtype that the sum is to have.
//!
//! An example: the length of each of five vectors, in any metric G, squared: xᵀ·G·x, one number for each.
//!
//! ```
//! let squared = Tensor::einsum("nd,de,ne->n", &[&x, &g, &x], None::<&[i64]>); // [5, d], [d, d], [5, d] → [5]
//! ```

use tch::{TchError, Tensor};

/// The shape of `torch.matmul` of tensors of shapes `a` and `b`.
///
/// # Errors
/// `TchError::Shape` if one of them is `[]`, the inner sizes differ, or the batch dimensions do not broadcast.
pub fn matmul_shape(a: &[i64], b: &[i64]) -> Result<Vec<i64>, TchError> {
    todo!()
}

/// A·x of a matrix `a` (`[n, d]`) and a vector `x` (`[d]`): an `[n]`, in their dtype. Any real dtype but bool.
///
/// Write it as what it is, a broadcast product and a sum. (`matmul`, `mv` and `einsum` give the same, and teach less.)
///
/// # Errors
/// `TchError::Shape` if `a` is not 2-D, or the shape of `x` is not exactly `[d]`. `TchError::Kind` if their
/// dtypes differ.
pub fn matvec(a: &Tensor, x: &Tensor) -> Result<Tensor, TchError> {
    todo!()
}

/// For each of the rows xₙ of `x` (`[b, d]`) and yₙ of `y` (`[b, e]`) the number xₙᵀ·A·yₙ, with one matrix `a`
/// (`[d, e]`) for all of them: a `[b]`, in their dtype. Any real dtype but bool.
///
/// # Errors
/// `TchError::Shape` if one of the three is not 2-D, or their sizes do not agree. `TchError::Kind` if their
/// dtypes differ.
pub fn bilinear(x: &Tensor, a: &Tensor, y: &Tensor) -> Result<Tensor, TchError> {
    todo!()
}
