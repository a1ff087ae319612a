//! Reductions: each function asks what libtorch would not refuse, and then reduces in one call.

use tch::{Kind, TchError, Tensor};

pub fn sum_sq(t: &Tensor) -> f64 {
    // Converted before anything is squared: afterwards it would be too late.
    t.to_kind(Kind::Double).square().sum(None::<Kind>).double_value(&[])
}

pub fn mean_over(t: &Tensor, dims: &[i64], keep: bool) -> Result<Tensor, TchError> {
    let (shape, rank) = (t.size(), t.dim() as i64);
    let mut reduced: Vec<i64> = match dims {
        [] => (0..rank).collect(),
        _ => dims.iter().map(|&dim| if dim < 0 { dim + rank } else { dim }).collect(),
    };
    if let Some(dim) = reduced.iter().find(|dim| !(0..rank).contains(dim)) {
        return Err(TchError::Shape(format!("{shape:?} has no dimension {dim}")));
    }
    reduced.sort_unstable();
    reduced.dedup();
    if reduced.len() < dims.len() {
        return Err(TchError::Shape(format!("{dims:?} names a dimension twice")));
    }
    if reduced.iter().any(|&dim| shape[dim as usize] == 0) {
        return Err(TchError::Shape(format!(
            "{shape:?} has no mean over {dims:?}: there is nothing to add up"
        )));
    }
    let t = if t.is_floating_point() { t.shallow_clone() } else { t.to_kind(Kind::Float) };
    Ok(t.mean_dim(reduced, keep, None))
}

pub fn argmax_2d(a: &Tensor) -> Result<(i64, i64), TchError> {
    if a.dim() != 2 || a.numel() == 0 {
        return Err(TchError::Shape(format!("expected a matrix with entries, got shape {:?}", a.size())));
    }
    // argmax takes NaN for the largest number.
    if bool::try_from(a.isnan().any())? {
        return Err(TchError::Convert("NaN is neither smaller nor larger than a number".into()));
    }
    let flat = a.argmax(None, false).int64_value(&[]);
    let columns = a.size()[1];
    Ok((flat / columns, flat % columns))
}
