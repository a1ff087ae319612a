//! Broadcast shapes: both shapes padded with 1 on the left, then one rule for each pair of sizes.

use tch::TchError;

pub fn broadcast_shape(a: &[i64], b: &[i64]) -> Result<Vec<i64>, TchError> {
    check_sizes(a)?;
    check_sizes(b)?;
    let rank = a.len().max(b.len());
    let pairs = padded(a, rank).into_iter().zip(padded(b, rank));
    pairs
        .map(|(x, y)| match (x, y) {
            _ if x == y => Ok(x),
            // Not the larger of the two: 1 gives way to 0 as well.
            (1, other) | (other, 1) => Ok(other),
            _ => Err(TchError::Shape(format!("{a:?} and {b:?} do not broadcast: {x} meets {y}"))),
        })
        .collect()
}

pub fn broadcast_strides(shape: &[i64], strides: &[i64], to: &[i64]) -> Result<Vec<i64>, TchError> {
    check_sizes(shape)?;
    check_sizes(to)?;
    if shape.len() != strides.len() {
        return Err(TchError::Shape(format!("{} sizes but {} strides", shape.len(), strides.len())));
    }
    let Some(new) = to.len().checked_sub(shape.len()) else {
        return Err(TchError::Shape(format!("{to:?} has fewer dimensions than {shape:?}")));
    };
    let mut result = vec![0; new];
    for ((&size, &stride), &target) in shape.iter().zip(strides).zip(&to[new..]) {
        result.push(match size {
            _ if size == target => stride,
            1 => 0,
            _ => return Err(TchError::Shape(format!("{shape:?} cannot be expanded to {to:?}"))),
        });
    }
    Ok(result)
}

/// `shape` with as many 1s on its left as make it `rank` long.
fn padded(shape: &[i64], rank: usize) -> Vec<i64> {
    let mut padded = vec![1; rank - shape.len()];
    padded.extend(shape);
    padded
}

fn check_sizes(shape: &[i64]) -> Result<(), TchError> {
    match shape.iter().find(|&&size| size < 0) {
        Some(size) => Err(TchError::Shape(format!("a dimension cannot have size {size}"))),
        None => Ok(()),
    }
}
