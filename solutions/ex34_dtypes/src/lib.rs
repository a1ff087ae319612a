//! Dtypes: libtorch rounds and promotes; a loop over the elements shows the accumulator.

use tch::{Device, Kind, TchError, Tensor};

pub fn nbytes(shape: &[i64], kind: Kind) -> Result<u64, TchError> {
    let refused = || TchError::Shape(format!("a tensor of shape {shape:?} and dtype {kind:?} is impossible"));
    let bytes = shape.iter().try_fold(kind.elt_size_in_bytes() as u128, |bytes, &size| {
        u128::try_from(size).map(|size| bytes.saturating_mul(size))
    });
    // At the end: a later size may be 0, and then there are no bytes, however many there were.
    bytes.ok().and_then(|bytes| u64::try_from(bytes).ok()).ok_or_else(refused)
}

pub fn round_trip(x: f64, kind: Kind) -> Result<f64, TchError> {
    check_floating(kind)?;
    Ok(Tensor::from(x).to_kind(kind).double_value(&[]))
}

pub fn sum_with(v: &Tensor, acc: Kind) -> Result<Tensor, TchError> {
    check_floating(acc)?;
    if v.dim() != 1 {
        return Err(TchError::Shape(format!("expected a vector, got shape {:?}", v.size())));
    }
    let zero = Tensor::zeros([], (acc, v.device()));
    // Both sides have the dtype acc, so the result has it: every sum is rounded.
    Ok(v.to_kind(acc).unbind(0).iter().fold(zero, |total, element| total + element))
}

pub fn promote(a: Kind, b: Kind) -> Kind {
    // Of one dimension: a tensor of shape [] would not widen the other.
    let one = |kind| Tensor::zeros([1], (kind, Device::Cpu));
    (one(a) + one(b)).kind()
}

fn check_floating(kind: Kind) -> Result<(), TchError> {
    match kind {
        Kind::Half | Kind::BFloat16 | Kind::Float | Kind::Double => Ok(()),
        _ => Err(TchError::Kind(format!("expected a floating dtype, got {kind:?}"))),
    }
}
