//! # Dtypes: bytes, rounding, and where a sum is kept
//!
//! A dtype says how many bytes an element takes and which numbers it can be. A floating number has
//! a fixed number of binary **digits** and a movable point, so the numbers that exist lie apart:
//! closely around 0, twice as far at every power of two. Every result is **rounded to the nearest**
//! of them; halfway between two it is the one whose last digit is even. What is too large becomes
//! ∞.
//!
//! | PyTorch | tch `Kind::` | bytes | digits | whole numbers up to | largest |
//! |---|---|---|---|---|---|
//! | `float16` | `Half` | 2 | 11 | 2048 | 65504 |
//! | `bfloat16` | `BFloat16` | 2 | 8 | 256 | 3.4·10³⁸ |
//! | `float32` | `Float` | 4 | 24 | 16 777 216 | 3.4·10³⁸ |
//! | `float64` | `Double` | 8 | 53 | 9·10¹⁵ | 1.8·10³⁰⁸ |
//! | `bool`, `uint8`, `int8` | `Bool`, `Uint8`, `Int8` | 1 | | | |
//! | `int16`, `int32`, `int64` | `Int16`, `Int`, `Int64` | 2, 4, 8 | | | |
//!
//! **A sum needs more digits than its terms.** Keep three decimal digits and add 0.4 to 100: 100.4
//! is rounded to 100, and however often you do it, the sum stays where it is: it *stalls*. In
//! floating dtypes it is the same. The dtype of the **accumulator**, the variable that the sum is
//! kept in, decides:
//!
//! ```text
//! total ← 0                      in the dtype acc
//! total ← round(total + v_i)     for i = 0, …, n − 1
//! ```
//!
//! libtorch's `sum` and `cumsum` do not show this: inside they keep the sum in a wider dtype or add
//! in another order, and round at the end. So does mixed-precision training: numbers stored in 16
//! bits, accumulators in float32. A loop of your own, `total = total + x`, has the accumulator that
//! you give it.
//!
//! **Promotion.** Where two dtypes meet in an operation, the kind of number decides first, bool <
//! integer < float: int64 and half give half. Within one kind the wider dtype wins. Where neither
//! of the two holds the other (`uint8` and `int8`, `float16` and `bfloat16`), the result is the
//! next wider. A number of Rust, or a tensor of shape `[]`, does not widen a tensor that has
//! dimensions within floats or within integers: a half tensor times 0.1 stays half.
//!
//! | | PyTorch | tch |
//! |---|---|---|
//! | bytes of an element | `t.element_size()` | `kind.elt_size_in_bytes()` |
//! | convert | `t.to(torch.float16)` | `t.to_kind(Kind::Half)`: shares storage if it is half already |
//! | dtype of a result | `torch.promote_types(a, b)` | no such function: combine two tensors, ask `kind()` |
//!
//! An example: how far float16 is off at 1/3. Half beside double gives double.
//!
//! ```
//! let third = Tensor::from(1.0 / 3.0); // float64, shape []
//! let off = &third - third.to_kind(Kind::Half);
//! assert_eq!(off.kind(), Kind::Double);
//! println!("{:e}", off.double_value(&[])); // 8.1e-5
//! ```

use tch::{Kind, TchError, Tensor};

/// How many bytes the elements of a tensor of this `shape` and `kind` take. 0 for an empty one,
/// however large its other sizes are; `[]` is the shape of a single number.
///
/// # Errors
/// `TchError::Shape` if a size is negative, or if a `u64` cannot count the bytes.
pub fn nbytes(shape: &[i64], kind: Kind) -> Result<u64, TchError> {
    todo!()
}

/// `x` stored in the floating dtype `kind` and read again: the number nearest to `x` that `kind`
/// holds, ±∞ where `x` is too large for it. NaN stays NaN. In `Kind::Double` nothing is lost.
///
/// (libtorch stores in 16 bits by way of float32, so of two numbers that are all but equally near
/// it may give the other one. That is right here, too.)
///
/// # Errors
/// `TchError::Kind` if `kind` is not one of `Half`, `BFloat16`, `Float`, `Double`.
pub fn round_trip(x: f64, kind: Kind) -> Result<f64, TchError> {
    todo!()
}

/// v₀ + v₁ + … of a vector `v`, from the first element to the last, in an accumulator of dtype
/// `acc`.
///
/// The total begins at 0. Each element is converted to `acc` and then added, and each new total is
/// rounded to `acc`. The result has shape `[]` and the dtype `acc`, and is on the device of `v`;
/// for an empty `v` it is 0. `v` has any real dtype and is not changed.
///
/// `unbind(0)` takes a vector apart into tensors of shape `[]`. Neither `sum` nor `cumsum` adds
/// like this.
///
/// # Errors
/// `TchError::Shape` if `v` is not 1-D. `TchError::Kind` if `acc` is not one of `Half`, `BFloat16`,
/// `Float`, `Double`.
pub fn sum_with(v: &Tensor, acc: Kind) -> Result<Tensor, TchError> {
    todo!()
}

/// The dtype of `s + t` for tensors `s` of dtype `a` and `t` of dtype `b`, both of shape `[n]`.
///
/// `a` and `b` are among `Bool`, `Uint8`, `Int8`, `Int16`, `Int`, `Int64`, `Half`, `BFloat16`,
/// `Float`, `Double`.
pub fn promote(a: Kind, b: Kind) -> Kind {
    todo!()
}
