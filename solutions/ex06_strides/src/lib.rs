//! Strides: the arithmetic that finds an element in memory.

use tch::{Device, Kind, TchError, Tensor};

/// What a tensor is, beside its numbers.
#[derive(Debug, Clone, PartialEq)]
pub struct Info {
    pub shape: Vec<i64>,
    pub rank: usize,
    pub numel: usize,
    pub kind: Kind,
    pub device: Device,
    pub strides: Vec<i64>,
    pub contiguous: bool,
}

/// What `a` says of itself.
pub fn describe(a: &Tensor) -> Info {
    Info {
        shape: a.size(),
        rank: a.dim(),
        numel: a.numel(),
        kind: a.kind(),
        device: a.device(),
        strides: a.stride(),
        contiguous: a.is_contiguous(),
    }
}

/// The strides of row-major order.
pub fn row_major_strides(shape: &[i64]) -> Result<Vec<i64>, TchError> {
    let mut strides = vec![1; shape.len()];
    let mut stride = 1;
    // From the right: each stride is the product of the sizes that have been passed.
    for (d, &size) in shape.iter().enumerate().rev() {
        if size < 0 {
            return Err(TchError::Shape(format!("dimension {d} of {shape:?} is negative")));
        }
        strides[d] = stride;
        stride *= size.max(1);
    }
    Ok(strides)
}

/// How many elements after the first one the element at `index` lies in memory.
pub fn offset(strides: &[i64], index: &[i64]) -> Result<i64, TchError> {
    // zip stops at the end of the shorter one, without a word.
    same_rank(strides, index)?;
    Ok(strides.iter().zip(index).map(|(stride, i)| stride * i).sum())
}

/// Whether these strides are those of row-major order, wherever they are used.
pub fn is_row_major(shape: &[i64], strides: &[i64]) -> Result<bool, TchError> {
    same_rank(shape, strides)?;
    let row_major = row_major_strides(shape)?;
    let in_order = (0..shape.len()).all(|d| shape[d] == 1 || strides[d] == row_major[d]);
    Ok(in_order || shape.contains(&0))
}

fn same_rank(one: &[i64], other: &[i64]) -> Result<(), TchError> {
    if one.len() == other.len() {
        Ok(())
    } else {
        Err(TchError::Shape(format!("{one:?} and {other:?} speak of different ranks")))
    }
}
