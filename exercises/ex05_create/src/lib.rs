//! # Creating tensors
//!
//! A tensor is a block of numbers and a description of it: the **shape** (its size along each dimension), the
//! **dtype** of the numbers (`Kind` in tch) and the **device** they are on. The number of dimensions is the
//! **rank**, and the shape lists as many sizes:
//!
//! | rank | what | shape |
//! |---|---|---|
//! | 0 | a single number | `[]` |
//! | 1 | a vector of n | `[n]` |
//! | 2 | a matrix of m rows and n columns | `[m, n]` |
//! | 3 | a batch of b such matrices | `[b, m, n]` |
//!
//! In memory there is only a row of numbers: a matrix lies there row after row (*row-major*), a batch matrix
//! after matrix. A size may be 0; then there are no numbers, but the shape is still what it is.
//!
//! | | PyTorch | tch |
//! |---|---|---|
//! | from numbers | `torch.tensor([1.0, 2.0])` | `Tensor::from_slice(&[1.0, 2.0])`, then `reshape` |
//! | one number | `torch.tensor(3.14)` | `Tensor::from(3.14)` |
//! | one value everywhere | `torch.zeros`, `ones`, `full` | `Tensor::zeros`, `ones`, `full` |
//! | memory alone | `torch.empty(2, 3)` | `Tensor::empty([2, 3], (Kind::Float, tch::Device::Cpu))` |
//! | normal, mean 0, std 1 | `torch.randn(2, 3)` | `Tensor::randn([2, 3], …)` |
//! | uniform on [0, 1) | `torch.rand(2, 3)` | `Tensor::rand([2, 3], …)` |
//! | start the generator anew | `torch.manual_seed(0)` | `tch::manual_seed(0)` |
//!
//! **dtype.** `from_slice` takes it from the type of the numbers: of `i64` it makes int64, of `f32` float32, of
//! `f64` float64. (`torch.tensor([1.0])` is float32, as Python has but one type of fractions.) A floating dtype
//! rounds what it is given. An integer dtype should be given what it can hold: `full` with 0.5 makes zeros of
//! it without a word, and with NaN or 300 in a uint8 it panics, and so does `f_full`.
//!
//! **Random numbers** are computed from a state, and the seed sets it: after the same seed the same draws give
//! the same numbers, in tch those that PyTorch gives. There is one generator for the whole process. A normal
//! draw with another mean and standard deviation is x = mean + std·z, where z is one with mean 0 and
//! deviation 1; a uniform one is moved and stretched the same way.
//!
//! **`empty`** reserves memory and leaves in it what was there. It saves writing zeros that are overwritten
//! anyway, and so *every* entry has to be overwritten:
//!
//! ```
//! let powers = Tensor::empty([2, 3], (Kind::Float, tch::Device::Cpu)); // anything at all
//! let base = Tensor::from_slice(&[1.0_f32, 2.0, 5.0]);
//! powers.get(0).copy_(&base); //           get(i) is a view of row i: copy_ writes into `powers`
//! powers.get(1).copy_(&base.square()); //  [[1, 2, 5], [1, 4, 25]]
//! ```

use tch::kind::Element;
use tch::{Kind, TchError, Tensor};

/// The matrix whose row i is `rows[i]`: shape `[rows.len(), rows[0].len()]`, the dtype that of the numbers
/// (float64 for `f64`, int64 for `i64`, …). No rows at all give shape `[0, 0]`.
///
/// # Errors
/// `TchError::Shape` if the rows are not all of one length.
pub fn from_rows<T: Element>(rows: &[Vec<T>]) -> Result<Tensor, TchError> {
    todo!()
}

/// A tensor of this shape (any rank) and dtype on the CPU, every entry of it `value`: contiguous, and no
/// expanded view (no `expand`), so that each entry can be written alone. A floating dtype rounds the value as
/// usual, and is given none beyond its range.
///
/// # Errors
/// `TchError::Shape` if a size is negative. `TchError::Convert` if `kind` is an integer dtype or Bool and
/// `value` is not one of its numbers: a fraction, NaN, infinite, too large or too small. Those of Bool are 0
/// and 1.
pub fn filled(shape: &[i64], value: f64, kind: Kind) -> Result<Tensor, TchError> {
    todo!()
}

/// Normal random numbers, float32 on the CPU: `mean` + `std`·z, where z is what `randn` draws of this shape
/// directly after `manual_seed(seed)`. `std` is the standard deviation; with 0, every entry is `mean`.
///
/// # Errors
/// `TchError::Shape` if a size is negative. `TchError::Convert` if `std` is negative, or if `mean` or `std` is
/// NaN or infinite.
pub fn seeded_normal(seed: i64, shape: &[i64], mean: f64, std: f64) -> Result<Tensor, TchError> {
    todo!()
}

/// Random numbers that are uniform on [low, high), float32 on the CPU: what `rand` draws of this shape
/// directly after `manual_seed(seed)`, stretched from [0, 1) to [low, high). With `low` = `high`, every entry
/// is that number.
///
/// # Errors
/// `TchError::Shape` if a size is negative. `TchError::Convert` if `high` is below `low`, or if one of them is
/// NaN or infinite.
pub fn seeded_uniform(seed: i64, shape: &[i64], low: f64, high: f64) -> Result<Tensor, TchError> {
    todo!()
}

/// The multiplication table of 1, …, n: shape `[n, n]`, int64, with (i + 1)·(j + 1) at (i, j). Allocate it with
/// `empty`, then write every entry. `n = 0` gives `[0, 0]`.
///
/// # Errors
/// `TchError::Shape` if `n` is negative.
pub fn times_table(n: i64) -> Result<Tensor, TchError> {
    todo!()
}
