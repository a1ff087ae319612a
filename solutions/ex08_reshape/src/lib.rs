//! Reshape and view: shapes by arithmetic, and libtorch asked whether a view exists.

use tch::{TchError, Tensor};

/// The shape that `spec` means for `numel` elements.
pub fn infer_shape(numel: usize, spec: &[i64]) -> Result<Vec<i64>, TchError> {
    let refused = |why| Err(TchError::Shape(format!("{numel} elements in shape {spec:?}: {why}")));
    let numel = numel as i64;
    if spec.iter().any(|&size| size < -1) {
        return refused("a size is negative");
    }
    let known: i64 = spec.iter().filter(|&&size| size != -1).product();
    match spec.iter().filter(|&&size| size == -1).count() {
        0 if known == numel => Ok(spec.to_vec()),
        0 => refused("another number of elements"),
        1 if known == 0 => refused("any size would do for -1"),
        1 if numel % known != 0 => refused("no size fits for -1"),
        1 => Ok(spec.iter().map(|&size| if size == -1 { numel / known } else { size }).collect()),
        _ => refused("only one size can be inferred"),
    }
}

/// `a` in another shape, on the same memory.
pub fn try_view(a: &Tensor, shape: &[i64]) -> Option<Tensor> {
    // view knows the rule of the strides, and that is all that it refuses beside a shape that does not fit.
    a.f_view(shape).ok()
}

/// Whether `a.flatten(0, -1)` has to copy.
pub fn flatten_copies(a: &Tensor) -> bool {
    try_view(a, &[-1]).is_none()
}

/// `a` with dimension `dim` split into `sizes`.
pub fn unflatten(a: &Tensor, dim: i64, sizes: &[i64]) -> Result<Tensor, TchError> {
    let mut shape = a.size();
    let rank = shape.len() as i64;
    if !(-rank..rank).contains(&dim) {
        return Err(TchError::Shape(format!("{shape:?} has no dimension {dim}")));
    }
    if sizes.is_empty() {
        return Err(TchError::Shape("a dimension is split into at least one".into()));
    }
    let dim = dim.rem_euclid(rank) as usize;
    let sizes = infer_shape(shape[dim] as usize, sizes)?;
    shape.splice(dim..=dim, sizes);
    // Splitting is always possible without a copy.
    a.f_view(shape.as_slice())
}
