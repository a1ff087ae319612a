//! Creating tensors: from lists, of one value, at random, and through `empty`.

use tch::kind::Element;
use tch::{Device, Kind, TchError, Tensor};

/// The matrix whose row i is `rows[i]`, in the dtype of the numbers.
pub fn from_rows<T: Element>(rows: &[Vec<T>]) -> Result<Tensor, TchError> {
    let columns = rows.first().map_or(0, Vec::len);
    if let Some(row) = rows.iter().find(|row| row.len() != columns) {
        return Err(TchError::Shape(format!("a row of {} among rows of {columns}", row.len())));
    }
    // Row after row is what row-major memory looks like: joined, they only need a shape.
    Ok(Tensor::from_slice(&rows.concat()).reshape([rows.len() as i64, columns as i64]))
}

/// A tensor with `value` everywhere.
pub fn filled(shape: &[i64], value: f64, kind: Kind) -> Result<Tensor, TchError> {
    check_sizes(shape)?;
    let element = Tensor::from(value).to_kind(kind);
    // An integer dtype holds the value only if it comes back as it was: not as 0 for 0.5, not as 44 for 300. As an
    // f64, 2^63 − 1 would come back as the 2^63 that int64 does not hold; i128 tells them apart.
    let held = || value.fract() == 0.0 && i128::from(element.int64_value(&[])) == value as i128;
    if !element.is_floating_point() && !held() {
        return Err(TchError::Convert(format!("{kind:?} does not hold {value}")));
    }
    let mut result = Tensor::empty(shape, (kind, Device::Cpu));
    result.copy_(&element); // broadcast to every entry
    Ok(result)
}

/// Normal random numbers, the same for the same seed.
pub fn seeded_normal(seed: i64, shape: &[i64], mean: f64, std: f64) -> Result<Tensor, TchError> {
    check_sizes(shape)?;
    // A comparison with NaN is false: ask for what is wanted, not for what is not.
    if !(mean.is_finite() && std.is_finite() && std >= 0.0) {
        return Err(TchError::Convert(format!("no normal distribution has mean {mean} and deviation {std}")));
    }
    tch::manual_seed(seed);
    Ok(Tensor::randn(shape, (Kind::Float, Device::Cpu)) * std + mean)
}

/// Uniform random numbers, the same for the same seed.
pub fn seeded_uniform(seed: i64, shape: &[i64], low: f64, high: f64) -> Result<Tensor, TchError> {
    check_sizes(shape)?;
    if !(low.is_finite() && high.is_finite() && low <= high) {
        return Err(TchError::Convert(format!("[{low}, {high}) is not an interval")));
    }
    tch::manual_seed(seed);
    Ok(Tensor::rand(shape, (Kind::Float, Device::Cpu)) * (high - low) + low)
}

/// The multiplication table of 1, …, n.
pub fn times_table(n: i64) -> Result<Tensor, TchError> {
    check_sizes(&[n])?;
    let options = (Kind::Int64, Device::Cpu);
    let factors = Tensor::arange_start(1, n + 1, options);
    let table = Tensor::empty([n, n], options);
    for i in 0..n {
        // `get` is a view of the row, so this writes into the table.
        table.get(i).copy_(&(&factors * (i + 1)));
    }
    Ok(table)
}

fn check_sizes(shape: &[i64]) -> Result<(), TchError> {
    match shape.iter().find(|&&size| size < 0) {
        Some(size) => Err(TchError::Shape(format!("a dimension cannot have size {size}"))),
        None => Ok(()),
    }
}
