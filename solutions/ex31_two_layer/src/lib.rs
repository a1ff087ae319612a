//! Linear, ReLU, linear: everything is looked at before anything moves, and the parameters are moved in place.

use tch::{Device, Kind, Reduction, TchError, Tensor};

#[derive(Debug)]
pub struct Mlp {
    pub w1: Tensor,
    pub b1: Tensor,
    pub w2: Tensor,
    pub b2: Tensor,
}

pub fn init(d: i64, h: i64, seed: i64) -> Result<Mlp, TchError> {
    if d < 1 || h < 1 {
        return Err(TchError::Shape(format!("d and h have to be at least 1, they are {d} and {h}")));
    }
    tch::manual_seed(seed);
    // Tracked after it is drawn: uniform_ on a tracked leaf is refused.
    let drawn = |shape: &[i64], fan_in: i64| {
        let bound = 1.0 / (fan_in as f64).sqrt();
        Tensor::empty(shape, (Kind::Float, Device::Cpu)).uniform_(-bound, bound).set_requires_grad(true)
    };
    // Fields are evaluated in the order in which they are written: that of PyTorch.
    Ok(Mlp { w1: drawn(&[h, d], d), b1: drawn(&[h], d), w2: drawn(&[1, h], h), b2: drawn(&[1], h) })
}

pub fn forward(mlp: &Mlp, x: &Tensor) -> Result<Tensor, TchError> {
    let d = mlp.w1.size()[1];
    match x.size()[..] {
        [_, columns] if columns == d => {}
        _ => return Err(TchError::Shape(format!("x has to be [n, {d}], it is {:?}", x.size()))),
    }
    check_kind(mlp, x)?;
    let hidden = x.linear(&mlp.w1, Some(&mlp.b1)).relu();
    // Dimension 1 alone: a batch of one row keeps its dimension.
    Ok(hidden.linear(&mlp.w2, Some(&mlp.b2)).squeeze_dim(1))
}

pub fn step(mlp: &mut Mlp, x: &Tensor, y: &Tensor, lr: f64) -> Result<f64, TchError> {
    // NaN is neither above nor below 0: ask for what is wanted, not for what is not.
    if !(lr > 0.0 && lr.is_finite()) {
        return Err(TchError::Convert(format!(
            "the learning rate has to be positive and finite, it is {lr}"
        )));
    }
    check_kind(mlp, y)?;
    let z = forward(mlp, x)?;
    if y.size() != z.size() || z.numel() == 0 {
        return Err(TchError::Shape(format!("x has {} rows, y is {:?}", z.numel(), y.size())));
    }
    let loss = z.binary_cross_entropy_with_logits::<Tensor>(y, None, None, Reduction::Mean);

    let mut parameters = [&mut mlp.w1, &mut mlp.b1, &mut mlp.w2, &mut mlp.b2];
    parameters.iter_mut().for_each(|parameter| parameter.zero_grad());
    loss.backward();
    tch::no_grad(|| {
        for parameter in parameters {
            let _ = parameter.g_sub_(&(parameter.grad() * lr));
        }
    });
    Ok(loss.double_value(&[]))
}

fn check_kind(mlp: &Mlp, tensor: &Tensor) -> Result<(), TchError> {
    let (kind, expected) = (tensor.kind(), mlp.w1.kind());
    if kind == expected {
        Ok(())
    } else {
        Err(TchError::Kind(format!("the parameters are {expected:?}, this is {kind:?}")))
    }
}
