//! Slices: bounds are turned into a start and a length, and libtorch makes the view.

use tch::{TchError, Tensor};

/// The rows `rows.0 .. rows.1` and the columns `cols.0 .. cols.1` of the matrix `a`: a view.
///
/// # Errors
/// `TchError::Shape` if `a` is not 2-D or a range does not fit.
pub fn submatrix(a: &Tensor, rows: (i64, i64), cols: (i64, i64)) -> Result<Tensor, TchError> {
    if a.dim() != 2 {
        return Err(TchError::Shape(format!("expected a matrix, got shape {:?}", a.size())));
    }
    let (m, n) = a.size2()?;
    let (top, height) = start_and_length(rows, m)?;
    let (left, width) = start_and_length(cols, n)?;
    Ok(a.narrow(0, top, height).narrow(1, left, width))
}

/// Every `step`-th slice of `t` along the dimension `dim`, from the first: a view.
///
/// # Errors
/// `TchError::Shape` if there is no such dimension; `TchError::Convert` if `step` is less than 1.
pub fn every(t: &Tensor, dim: i64, step: i64) -> Result<Tensor, TchError> {
    has_dimension(t, dim)?;
    if step < 1 {
        return Err(TchError::Convert(format!("a step of {step} does not go forward")));
    }
    Ok(t.slice(dim, None, None, step))
}

/// `t` with the order of its slices along the dimension `dim` reversed: a new tensor.
///
/// # Errors
/// `TchError::Shape` if there is no such dimension.
pub fn reversed(t: &Tensor, dim: i64) -> Result<Tensor, TchError> {
    has_dimension(t, dim)?;
    Ok(t.flip([dim]))
}

/// The last row of the matrix `a`: a view.
///
/// # Errors
/// `TchError::Shape` if `a` is not 2-D or has no row.
pub fn last_row(a: &Tensor) -> Result<Tensor, TchError> {
    if a.dim() != 2 || a.size()[0] == 0 {
        return Err(TchError::Shape(format!("shape {:?} has no last row", a.size())));
    }
    Ok(a.select(0, -1))
}

/// A half-open range of `0..size` as `narrow` takes it.
fn start_and_length((start, stop): (i64, i64), size: i64) -> Result<(i64, i64), TchError> {
    let from_front = |bound: i64| if bound < 0 { bound + size } else { bound };
    let (first, end) = (from_front(start), from_front(stop));
    if first < 0 || first > end || end > size {
        return Err(TchError::Shape(format!("{start}..{stop} is no range of 0..{size}")));
    }
    Ok((first, end - first))
}

fn has_dimension(t: &Tensor, dim: i64) -> Result<(), TchError> {
    let rank = t.dim() as i64;
    if (-rank..rank).contains(&dim) {
        return Ok(());
    }
    Err(TchError::Shape(format!("shape {:?} has no dimension {dim}", t.size())))
}
