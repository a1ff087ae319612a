//! Detach and clone: who shares storage, and who is in the graph.

use tch::{TchError, Tensor};

pub fn log_view(t: &Tensor) -> Tensor {
    t.detach()
}

pub fn snapshot(t: &Tensor) -> Tensor {
    t.detach().copy()
}

pub fn tracked_copy(t: &Tensor) -> Tensor {
    t.copy()
}

pub fn ema_update(avg: &mut Tensor, w: &Tensor, decay: f64) -> Result<(), TchError> {
    // Everything is looked at before the first write: an error leaves avg as it was.
    if !(0.0..=1.0).contains(&decay) {
        return Err(TchError::Convert(format!("the decay has to be in 0..=1, it is {decay}")));
    }
    if avg.size() != w.size() {
        return Err(TchError::Shape(format!("avg is {:?}, w is {:?}", avg.size(), w.size())));
    }
    if avg.kind() != w.kind() {
        return Err(TchError::Kind(format!("avg is {:?}, w is {:?}", avg.kind(), w.kind())));
    }
    // From avg, go the part 1 − decay of the way to w.
    let _ = avg.lerp_(&w.detach(), 1.0 - decay);
    Ok(())
}
