//! Tensor surgery: a copy, a view of its diagonal, one write.

use tch::{Device, Kind, TchError, Tensor};

/// The `n × n` matrix with 0 on its main diagonal and 1 everywhere else, float32.
///
/// # Errors
/// `TchError::Shape` if `n` is negative.
pub fn diagonal_to_zero(n: i64) -> Result<Tensor, TchError> {
    if n < 0 {
        return Err(TchError::Shape(format!("a matrix cannot have {n} rows")));
    }
    zero_diagonal(&Tensor::f_ones([n, n], (Kind::Float, Device::Cpu))?)
}

/// A copy of the matrix `a` with 0 on its main diagonal.
///
/// # Errors
/// `TchError::Shape` if `a` is not 2-D.
pub fn zero_diagonal(a: &Tensor) -> Result<Tensor, TchError> {
    if a.dim() != 2 {
        return Err(TchError::Shape(format!("expected a matrix, got shape {:?}", a.size())));
    }
    let result = a.copy();
    // `diagonal` is a view, so this writes into `result`; and a write replaces a NaN, which a product keeps.
    let _ = result.diagonal(0, 0, 1).fill_(0.0);
    Ok(result)
}
