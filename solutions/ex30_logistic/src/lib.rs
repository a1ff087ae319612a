//! Logistic regression: each function is made of the one before it, and autograd gives the gradient.

use tch::{Reduction, TchError, Tensor};

pub fn logits(x: &Tensor, w: &Tensor) -> Result<Tensor, TchError> {
    check_weights(x, w)?;
    Ok(x.mv(w))
}

pub fn loss_and_grad(x: &Tensor, y: &Tensor, w: &Tensor) -> Result<(f64, Tensor), TchError> {
    // Only a floating-point tensor can be tracked: w is looked at first.
    check_weights(x, w)?;
    // On a detached tensor the flag does not reach the caller's w.
    let leaf = w.detach().set_requires_grad(true);
    let z = x.mv(&leaf);
    check_labels(y, &z)?;
    let loss = z.binary_cross_entropy_with_logits::<Tensor>(y, None, None, Reduction::Mean);
    let gradient = Tensor::run_backward(&[&loss], &[&leaf], false, false).remove(0);
    Ok((loss.double_value(&[]), gradient))
}

pub fn fit(x: &Tensor, y: &Tensor, lr: f64, steps: usize) -> Result<(Tensor, Vec<f64>), TchError> {
    // NaN is neither above nor below 0: ask for what is wanted, not for what is not.
    if !(lr > 0.0 && lr.is_finite()) {
        return Err(TchError::Convert(format!(
            "the learning rate has to be positive and finite, it is {lr}"
        )));
    }
    if x.dim() != 2 {
        return Err(TchError::Shape(format!("x has to be [n, d], it is {:?}", x.size())));
    }
    let mut w = Tensor::zeros([x.size()[1]], (x.kind(), x.device()));
    let mut losses = Vec::with_capacity(steps + 1);
    for _ in 0..steps {
        let (loss, gradient) = loss_and_grad(x, y, &w)?;
        losses.push(loss);
        w -= gradient * lr;
    }
    losses.push(loss_and_grad(x, y, &w)?.0);
    Ok((w, losses))
}

pub fn predict(x: &Tensor, w: &Tensor) -> Result<Tensor, TchError> {
    // σ(z) ≥ ½ exactly where z ≥ 0: the probability itself is not needed.
    Ok(logits(x, w)?.ge(0.0))
}

fn check_weights(x: &Tensor, w: &Tensor) -> Result<(), TchError> {
    if !x.is_floating_point() || w.kind() != x.kind() {
        return Err(TchError::Kind(format!("x is {:?}, w {:?}", x.kind(), w.kind())));
    }
    // matmul would take an x of any rank and a w of [d, 1], too, and give logits of other shapes.
    match (&x.size()[..], &w.size()[..]) {
        ([_, d], [size]) if d == size => Ok(()),
        (x, w) => Err(TchError::Shape(format!("x is {x:?}, w {w:?}"))),
    }
}

fn check_labels(y: &Tensor, z: &Tensor) -> Result<(), TchError> {
    if y.kind() != z.kind() {
        return Err(TchError::Kind(format!("the logits are {:?}, y {:?}", z.kind(), y.kind())));
    }
    // Without this, [n] and [n, 1] would broadcast to [n, n].
    if y.size() != z.size() || y.numel() == 0 {
        return Err(TchError::Shape(format!("the logits are {:?}, y {:?}", z.size(), y.size())));
    }
    if y.ge(0.0).logical_and(&y.le(1.0)).all().int64_value(&[]) == 0 {
        return Err(TchError::Convert("every label has to be in [0, 1]".into()));
    }
    Ok(())
}
