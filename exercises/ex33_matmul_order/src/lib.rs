//! # The order of matrix products: one result, two prices
//!
//! To multiply an `[m, k]` by a `[k, n]`, each of the m·n entries of the result takes k products
//! and their sum (ex15). The price is counted in **multiply-adds**:
//!
//! ```text
//! [m, k] · [k, n]  →  [m, n]          m·k·n multiply-adds
//! ```
//!
//! Of three matrices, (A·B)·C and A·(B·C) are the same matrix, but not the same work, because the
//! *intermediate*, A·B or B·C, has another shape. Two 1000 × 1000 matrices and a vector, as a
//! `[1000, 1]`:
//!
//! ```text
//! (A·B)·x   1000·1000·1000 + 1000·1000·1 = 1 001 000 000     intermediate: 1 000 000 entries
//! A·(B·x)   1000·1000·1 + 1000·1000·1    =     2 000 000     intermediate:     1 000 entries
//! ```
//!
//! This is why backpropagation goes backwards: a row times a Jacobian, times the next, is never
//! more than a row (ex19). PyTorch computes a product in the order in which it is written and does
//! not look for a better one. Often the smaller intermediate belongs to the cheaper order, but that
//! is no rule. For `[2, 1] · [1, 2] · [2, 5]` A·B has 4 entries and B·C has 5, yet (A·B)·C takes 24
//! multiply-adds and A·(B·C) takes 20: count both.
//!
//! **The same matrix, up to rounding.** Floating-point numbers are rounded in each step, so the two
//! orders differ in their last digits; and an intermediate may overflow in the one and not in the
//! other. With single numbers of float32, which ends at 3.4·10³⁸:
//!
//! ```text
//! (10⁻³⁰ · 10³⁰) · 10³⁰  =  1 · 10³⁰    =  10³⁰
//! 10⁻³⁰ · (10³⁰ · 10³⁰)  =  10⁻³⁰ · ∞  =  ∞
//! ```
//!
//! **Arithmetic intensity.** A processor computes, and it moves numbers between memory and its
//! registers; the slower of the two decides. What decides it is the ratio
//!
//! > intensity = FLOPs / bytes moved
//!
//! where a multiply-add is 2 FLOPs, floating-point operations. The sum of two float32 vectors of n
//! entries has n FLOPs and moves 3 vectors of 4n bytes, 2 read and 1 written: 1/12 FLOP per byte,
//! whatever n is, so it waits for memory. In a product of large matrices each number is used many
//! times. That is what GPUs are good at, and why a matrix times a vector gains so little from them.
//!
//! | PyTorch | tch |
//! |---|---|
//! | `a @ b`, `torch.mm(a, b)` | `a.matmul(&b)`, `a.mm(&b)` |
//! | `torch.linalg.multi_dot([a, b, …])`: any number of matrices, in the cheapest order | `Tensor::linalg_multi_dot(&[a, b, …])` |
//! | `t.element_size()` | `kind.elt_size_in_bytes()` |

use tch::{Kind, TchError, Tensor};

/// What it takes to multiply three matrices in one of the two orders.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cost {
    /// Multiply-adds of both products together.
    pub multiply_adds: u128,
    /// Entries of the intermediate matrix.
    pub intermediate: u128,
}

/// What (A·B)·C costs, and what A·(B·C) costs, for A of `[m, n]`, B of `[n, p]` and C of `[p, q]`.
///
/// Exact for all sizes up to 2⁴⁰, of which three make more than a u64 holds.
pub fn costs(m: u64, n: u64, p: u64, q: u64) -> (Cost, Cost) {
    todo!()
}

/// A·B·C of three matrices, computed in the order of fewer multiply-adds; as (A·B)·C where both
/// orders have as many. The intermediate and the result have the dtype of the three: any real one
/// but bool.
///
/// # Errors
/// `TchError::Shape` if one of them is not 2-D, or the inner sizes differ. `TchError::Kind` if
/// their dtypes do.
pub fn chain3(a: &Tensor, b: &Tensor, c: &Tensor) -> Result<Tensor, TchError> {
    todo!()
}

/// The arithmetic intensity of the product of an `[m, k]` and a `[k, n]` of dtype `kind`, in FLOPs
/// per byte: both matrices are read once and the result is written once. 0 where there is nothing
/// to multiply.
///
/// No sizes are too large: FLOPs and bytes may be more than a u64 holds.
pub fn intensity(m: u64, k: u64, n: u64, kind: Kind) -> f64 {
    todo!()
}
