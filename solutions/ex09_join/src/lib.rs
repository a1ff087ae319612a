//! Join: `cat` along a dimension, and a dimension of size 1 put in or taken out; each looked at first.

use tch::{TchError, Tensor};

/// The rows of `a` and below them the rows of `b`.
///
/// # Errors
/// `TchError::Shape` if they are not matrices with as many columns; `TchError::Kind` if their dtypes differ.
pub fn vcat(a: &Tensor, b: &Tensor) -> Result<Tensor, TchError> {
    joined(a, b, 0)
}

/// The columns of `a` and to their right the columns of `b`.
///
/// # Errors
/// `TchError::Shape` if they are not matrices with as many rows; `TchError::Kind` if their dtypes differ.
pub fn hcat(a: &Tensor, b: &Tensor) -> Result<Tensor, TchError> {
    joined(a, b, 1)
}

/// The matrix `a` with the vector `v` as one more row at the end.
///
/// # Errors
/// `TchError::Shape` if `a` is not `[n, d]` or `v` not `[d]`; `TchError::Kind` if their dtypes differ.
pub fn append_row(a: &Tensor, v: &Tensor) -> Result<Tensor, TchError> {
    if v.dim() != 1 {
        return Err(TchError::Shape(format!("expected a vector, got shape {:?}", v.size())));
    }
    vcat(a, &v.unsqueeze(0)) // [d] → [1, d]
}

/// A view of `t` without its dimension `dim`.
///
/// # Errors
/// `TchError::Shape` if there is no such dimension, or if its size is not 1.
pub fn drop_axis(t: &Tensor, dim: i64) -> Result<Tensor, TchError> {
    let (shape, rank) = (t.size(), t.dim() as i64);
    if !(-rank..rank).contains(&dim) {
        return Err(TchError::Shape(format!("shape {shape:?} has no dimension {dim}")));
    }
    // `squeeze_dim` does nothing where the size is not 1, so nobody would hear of the mistake.
    if shape[dim.rem_euclid(rank) as usize] != 1 {
        return Err(TchError::Shape(format!("dimension {dim} of shape {shape:?} has not size 1")));
    }
    Ok(t.squeeze_dim(dim))
}

fn joined(a: &Tensor, b: &Tensor, dim: usize) -> Result<Tensor, TchError> {
    let (a_shape, b_shape) = (a.size(), b.size());
    // Without the look at the rank, `cat` would join vectors, and pass over one of shape [0].
    if a.dim() != 2 || b.dim() != 2 || a_shape[1 - dim] != b_shape[1 - dim] {
        return Err(TchError::Shape(format!("{a_shape:?} and {b_shape:?} do not join along {dim}")));
    }
    if a.kind() != b.kind() {
        return Err(TchError::Kind(format!("{:?} and {:?} are different dtypes", a.kind(), b.kind())));
    }
    Ok(Tensor::cat(&[a, b], dim as i64))
}
