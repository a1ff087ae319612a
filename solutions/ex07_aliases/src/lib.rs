//! Aliases: who shares memory with whom.

use std::ops::Range;

use tch::{TchError, Tensor};

/// The same tensor once more.
pub fn alias(a: &Tensor) -> Tensor {
    a.shallow_clone()
}

/// The numbers in storage of their own.
pub fn deep_copy(a: &Tensor) -> Tensor {
    a.copy()
}

/// Whether the addresses of two tensors meet.
pub fn may_share(a: &Tensor, b: &Tensor) -> bool {
    let (Some(of_a), Some(of_b)) = (addresses(a), addresses(b)) else { return false };
    a.device() == b.device() && of_a.start < of_b.end && of_b.start < of_a.end
}

/// Where the elements lie, in bytes; nowhere if there are none.
fn addresses(a: &Tensor) -> Option<Range<i64>> {
    if a.numel() == 0 {
        return None;
    }
    let last: i64 = a.size().iter().zip(a.stride()).map(|(size, stride)| (size - 1) * stride).sum();
    let start = a.data_ptr() as i64;
    Some(start..start + (last + 1) * a.kind().elt_size_in_bytes() as i64)
}

/// Calls `f` with a tensor in the memory of `buf`.
pub fn with_view<T, F>(buf: &mut [f32], shape: &[i64], f: F) -> Result<T, TchError>
where
    T: Sync,
    F: FnOnce(&mut Tensor) -> T + Sync,
{
    // view itself would take a -1, and -2·-3 is 6: every size is looked at before they are multiplied.
    let numel = shape.iter().try_fold(1_usize, |numel, &size| numel.checked_mul(size.try_into().ok()?));
    if numel != Some(buf.len()) {
        return Err(TchError::Shape(format!("{} numbers do not fill the shape {shape:?}", buf.len())));
    }
    Ok(blob::lend(buf, |flat| f(&mut flat.view(shape))))
}
