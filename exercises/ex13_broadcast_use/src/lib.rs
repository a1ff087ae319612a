//! # Broadcasting at work: means, outer products, scaled columns
//!
//! Most of what looks like a loop over rows or columns is one operation on a matrix and a vector, if the vector
//! has the shape that says along which dimension it is to be repeated (ex12 has the rule). A vector `[d]` is
//! aligned at the right, so it acts as a **row**, `[1, d]`; to act as a **column** it needs a second dimension.
//!
//! ```text
//! A [n, d]   v [d]       A ∘ v     entry (i, j) is Aᵢⱼ·vⱼ    one number for each column; this is A·diag(v)
//! A [n, d]   c [n, 1]    A ∘ c     entry (i, j) is Aᵢⱼ·cᵢ    one number for each row
//! u [m, 1]   v [n]       u ∘ v     entry (i, j) is uᵢ·vⱼ     every pair: the outer product u·vᵀ
//! ```
//!
//! ∘ is the entry by entry (*Hadamard*) product, `*` in code; a sum or a difference broadcasts in the same way:
//! A + b = A + **1**·bᵀ adds the row b to every row. Subtracting from each column its own mean is such a
//! difference: a mean over dimension 0, down the columns, has shape `[d]`, one number for each column.
//!
//! **The trap**: `[3]` and `[3, 1]` hold the same three numbers and are not the same. Their sum is a `[3, 3]`
//! of all pairs, and a `[3, 3]` times either of them is a `[3, 3]`: once the columns are scaled, once the rows.
//! No error tells you. So look at shapes before you combine: `v` has to be exactly `[d]`.
//!
//! **Nothing is copied.** The repeated rows exist as a *view* with stride 0: as many rows as you like, one in
//! memory. `expand` makes that view yourself. Whatever is written into `v` shows in every row of it.
//!
//! | | PyTorch | tch |
//! |---|---|---|
//! | mean over dimension 0, `[d]` | `m.mean(0)` | `m.mean_dim(0, false, None)` |
//! | a vector as a column, `[m, 1]` | `u[:, None]`, `u.unsqueeze(1)` | `u.unsqueeze(1)` |
//! | repeat, a view | `v.expand(n, d)` | `v.expand([n, d], false)` |
//! | repeat, a **copy** | `v.repeat(n, 1)` | `v.repeat([n, 1])` |
//! | do they share memory? | `a.data_ptr() == b.data_ptr()` | the same |
//!
//! An example, a table of differences: how far is each of three towns, by its kilometre, from each of two?
//!
//! ```
//! let three = Tensor::from_slice(&[0.0, 40.0, 100.0]);
//! let two = Tensor::from_slice(&[10.0, 50.0]);
//! let apart = (three.unsqueeze(1) - two).abs(); // [3, 1] − [2] is [3, 2]
//! // [[10, 50], [30, 10], [90, 50]]
//! ```

use tch::{TchError, Tensor};

/// The matrix `m` (`[n, d]`) less the mean of each column, so that every column of the result has mean 0.
///
/// A floating dtype is kept, an integer or boolean one becomes float32. `m` itself stays as it is.
///
/// # Errors
/// `TchError::Shape` if `m` is not 2-D, or has no rows: nothing has no mean.
pub fn center_columns(m: &Tensor) -> Result<Tensor, TchError> {
    todo!()
}

/// The outer product u·vᵀ of `u` (`[m]`) and `v` (`[n]`): the `[m, n]` of all uᵢ·vⱼ, in their dtype: any
/// real one but bool.
///
/// # Errors
/// `TchError::Shape` if `u` or `v` is not 1-D. `TchError::Kind` if their dtypes differ.
pub fn outer(u: &Tensor, v: &Tensor) -> Result<Tensor, TchError> {
    todo!()
}

/// A ∘ v: the matrix `a` (`[n, d]`) with column j multiplied by vⱼ, in their dtype: any real one but
/// bool.
///
/// # Errors
/// `TchError::Shape` if `a` is not 2-D, or the shape of `v` is not exactly `[d]`. `TchError::Kind` if their
/// dtypes differ.
pub fn scale_columns(a: &Tensor, v: &Tensor) -> Result<Tensor, TchError> {
    todo!()
}

/// `n` rows that are all `v` (`[d]`): an `[n, d]` in the memory of `v`, of any dtype. A step from row to row
/// has stride 0, one along a row the stride of `v`.
///
/// # Errors
/// `TchError::Shape` if `v` is not 1-D, or `n` is negative.
pub fn tile_rows_view(v: &Tensor, n: i64) -> Result<Tensor, TchError> {
    todo!()
}
