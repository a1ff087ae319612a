//! In place: the sum goes where the first summand was, and a copy is made only where the layout asks for one.

use tch::{TchError, Tensor};

pub fn add_into(acc: &mut Tensor, x: &Tensor) -> Result<(), TchError> {
    if !Tensor::can_cast(x.kind(), acc.kind()) {
        return Err(TchError::Kind(format!("{:?} does not go into {:?}", x.kind(), acc.kind())));
    }
    // Whatever else libtorch refuses, before it writes, is about where the entries lie.
    let sum = tch::no_grad(|| acc.f_add_(x));
    sum.map(drop).map_err(|_| {
        let (shape, strides) = (acc.size(), acc.stride());
        TchError::Shape(format!("{:?} does not fit into {shape:?} with strides {strides:?}", x.size()))
    })
}

pub fn sgd_update(w: &mut Tensor, lr: f64) -> Result<(), TchError> {
    // NaN is neither above nor below 0: ask for what is wanted, not for what is not.
    if !(lr > 0.0 && lr.is_finite()) {
        return Err(TchError::Convert(format!(
            "the learning rate has to be positive and finite, it is {lr}"
        )));
    }
    let gradient = w.grad();
    if !gradient.defined() {
        return Err(TchError::Convert("w has no gradient: no backward pass has reached it".to_owned()));
    }
    add_into(w, &(gradient * -lr))?;
    w.zero_grad();
    Ok(())
}

pub fn compact(t: &Tensor) -> Tensor {
    t.contiguous()
}
