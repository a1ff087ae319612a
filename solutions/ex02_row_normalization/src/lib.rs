//! Row normalization: one sum with `keepdim`, one broadcast division.

use tch::{Kind, TchError, Tensor};

/// The matrix `m` with every row divided by its own sum.
///
/// # Errors
/// `TchError::Shape` if `m` is not 2-D; `TchError::Convert` if the sum of some row is 0, NaN or infinite.
pub fn normalize_rows(m: &Tensor) -> Result<Tensor, TchError> {
    if m.dim() != 2 {
        return Err(TchError::Shape(format!("expected a matrix, got shape {:?}", m.size())));
    }
    let m = if m.is_floating_point() { m.shallow_clone() } else { m.to_kind(Kind::Float) };
    let sums = m.sum_dim_intlist(1, true, None); // [n, 1]
    let unusable = sums.isfinite().logical_not().logical_or(&sums.eq(0.0));
    // `any` of no rows is false: an empty matrix is returned as it is.
    if bool::try_from(unusable.any())? {
        return Err(TchError::Convert("a row whose sum is 0 or not finite cannot be normalized".into()));
    }
    Ok(&m / sums)
}
