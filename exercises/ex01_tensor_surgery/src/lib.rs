//! # Tensor surgery: writing into a part of a tensor
//!
//! Part of a tensor can be overwritten without a loop, and without building the rest anew: take a *view* of
//! that part and write into the view. A view has no numbers of its own. It is another way of walking through
//! the same memory, so what is written into it appears in the tensor.
//!
//! The main diagonal of an `m × n` matrix is such a part: the entries `(i, i)` with `i < min(m, n)`. Where a
//! matrix lies row after row, entry `(i, j)` is at `n·i + j`, so the diagonal starts at 0 and goes on in steps
//! of `n + 1`. A matrix can lie otherwise, too, and a view knows how:
//!
//! ```text
//! 2 × 3, n + 1 = 4      [ a₀₀  a₀₁  a₀₂  a₁₀  a₁₁  a₁₂ ]
//!                          ↑                   ↑
//! ```
//!
//! | | PyTorch | tch |
//! |---|---|---|
//! | diagonal, a view | `a.diagonal()` | `a.diagonal(0, 0, 1)`: offset 0, dimensions 0 and 1 |
//! | diagonal, a **copy** | `torch.diag(a)` | `a.diag(0)` |
//! | one column, a view | `a[:, j]` | `a.select(1, j)` |
//! | ones, float32 | `torch.ones(m, n)` | `Tensor::ones([m, n], (tch::Kind::Float, tch::Device::Cpu))` |
//! | number of dimensions; sizes | `a.ndim`; `a.shape` | `a.dim()`; `a.size()` |
//! | write one number everywhere | `v.fill_(x)` | `v.fill_(x)` |
//! | copy the data | `a.clone()` | `a.copy()` |
//! | share the data | | `a.shallow_clone()` |
//!
//! A name that ends in `_` writes into its tensor. A function that must leave its argument alone therefore
//! copies first. `contiguous()`, `reshape()` and `to_kind()` are no substitute: where nothing has to change
//! they return the same memory.
//!
//! The first column of a matrix, set to −1:
//!
//! ```
//! let a = Tensor::from_slice(&[1.0, 2.0, 3.0, 4.0]).reshape([2, 2]);
//! let b = a.copy();
//! let _ = b.select(1, 0).fill_(-1.0);
//! // b is [[-1, 2], [-1, 4]], and a is still [[1, 2], [3, 4]]
//! ```
//!
//! `fill_` returns the tensor that it has written to, and rustc warns of a tensor that nobody uses: `let _ =`
//! says that it is not needed.
//!
//! Multiplying by a matrix of zeros and ones is not the same as writing: `0 · NaN` and `0 · ∞` are NaN.
//!
//! **Bad input.** Where a contract says "`TchError::Shape` if …", return `Err(TchError::Shape(text))`, with a
//! text that helps the caller. Look before you call libtorch: most tch functions panic at what it refuses.

use tch::{TchError, Tensor};

/// The `n × n` matrix with 0 on its main diagonal and 1 everywhere else, float32. `n = 0` gives `[0, 0]`.
///
/// # Errors
/// `TchError::Shape` if `n` is negative.
pub fn diagonal_to_zero(n: i64) -> Result<Tensor, TchError> {
    todo!()
}

/// A copy of the matrix `a` (`[m, n]`, any dtype) with 0 on its main diagonal, whatever was there. Every
/// other entry, the shape and the dtype are those of `a`; `a` itself stays as it is.
///
/// # Errors
/// `TchError::Shape` if `a` is not 2-D.
pub fn zero_diagonal(a: &Tensor) -> Result<Tensor, TchError> {
    todo!()
}
