//! Leaves: what is prepared before tracking begins leaves no trace in the graph.

use tch::{TchError, Tensor};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    Constant,
    Leaf,
    Interior,
}

pub fn poly(x: f64) -> (f64, f64) {
    let x = Tensor::from(x).set_requires_grad(true);
    let y = x.square() + &x * 3.0 + 1.0;
    y.backward();
    (y.double_value(&[]), x.grad().double_value(&[]))
}

pub fn role(t: &Tensor) -> Role {
    match (t.requires_grad(), t.is_leaf()) {
        (false, _) => Role::Constant,
        (true, true) => Role::Leaf,
        (true, false) => Role::Interior,
    }
}

pub fn track(t: &Tensor) -> Result<Tensor, TchError> {
    check_floating_point(t)?;
    // detach first: the copy of a tracked tensor would be interior.
    Ok(t.detach().copy().set_requires_grad(true))
}

pub fn unit_leaf(w: &Tensor) -> Result<Tensor, TchError> {
    check_floating_point(w)?;
    let w = w.detach();
    let norm = w.norm();
    let length = norm.double_value(&[]);
    if !(length > 0.0 && length.is_finite()) {
        return Err(TchError::Convert(format!("the norm has to be positive and finite, it is {length}")));
    }
    Ok((w / norm).set_requires_grad(true))
}

pub fn clip_negatives(w: &mut Tensor) {
    let _ = tch::no_grad(|| w.clamp_min_(0.0));
}

fn check_floating_point(t: &Tensor) -> Result<(), TchError> {
    if t.is_floating_point() {
        Ok(())
    } else {
        Err(TchError::Kind(format!("only floating-point tensors can be tracked, this is {:?}", t.kind())))
    }
}
