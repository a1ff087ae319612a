//! Masks: rows by their numbers, elements by a comparison, and the matrix that a choice is.

use tch::{Kind, TchError, Tensor};

/// The rows of the matrix `a` that `rows` names, in that order.
///
/// # Errors
/// `TchError::Shape` if `a` is not 2-D or does not have one of the rows.
pub fn take_rows(a: &Tensor, rows: &[i64]) -> Result<Tensor, TchError> {
    if a.dim() != 2 {
        return Err(TchError::Shape(format!("expected a matrix, got shape {:?}", a.size())));
    }
    let m = a.size()[0];
    if let Some(row) = rows.iter().find(|row| !(-m..m).contains(row)) {
        return Err(TchError::Shape(format!("there is no row {row} among {m}")));
    }
    // `index_select` counts from the front alone.
    let rows: Vec<i64> = rows.iter().map(|&row| if row < 0 { row + m } else { row }).collect();
    Ok(a.index_select(0, &Tensor::from_slice(&rows).to_device(a.device())))
}

/// The elements of `t` that are greater than `threshold`, in row-major order.
pub fn keep_greater(t: &Tensor, threshold: f64) -> Tensor {
    t.masked_select(&t.gt(threshold))
}

/// A copy of `t` with `value` in place of each element that is greater than `threshold`.
pub fn replace_greater(t: &Tensor, threshold: f64, value: f64) -> Tensor {
    // Without `_` at the end, so into a copy; and in the dtype of `t`, unlike `where`.
    t.masked_fill(&t.gt(threshold), value)
}

/// The selection matrix of `mask`.
///
/// # Errors
/// `TchError::Shape` if `mask` is not 1-D; `TchError::Kind` if it is not Bool.
pub fn selection_matrix(mask: &Tensor) -> Result<Tensor, TchError> {
    if mask.dim() != 1 {
        return Err(TchError::Shape(format!("expected a vector, got shape {:?}", mask.size())));
    }
    if mask.kind() != Kind::Bool {
        return Err(TchError::Kind(format!("expected Bool, got {:?}", mask.kind())));
    }
    // P is P I: the rows of the identity where the mask is true.
    let identity = Tensor::eye(mask.size()[0], (Kind::Double, mask.device()));
    Ok(identity.index(&[Some(mask)]))
}
