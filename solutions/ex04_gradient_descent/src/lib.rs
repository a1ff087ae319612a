//! Gradient descent with a new leaf for every step: nothing to clear, nothing of the caller's to write to.

use tch::{TchError, Tensor};

pub fn gd_step(w: &Tensor, g: &Tensor, lr: f64) -> Result<Tensor, TchError> {
    check_learning_rate(lr)?;
    check_floating_point(w)?;
    if w.kind() != g.kind() {
        return Err(TchError::Kind(format!("w is {:?}, its gradient {:?}", w.kind(), g.kind())));
    }
    // Without this, [3] − [3, 1] would broadcast to [3, 3].
    if w.size() != g.size() {
        return Err(TchError::Shape(format!("w is {:?}, its gradient {:?}", w.size(), g.size())));
    }
    Ok(w.detach() - g.detach() * lr)
}

pub fn gradient_descent(
    f: &dyn Fn(&Tensor) -> Tensor,
    w0: &Tensor,
    lr: f64,
    steps: usize,
) -> Result<(Tensor, Vec<f64>), TchError> {
    check_learning_rate(lr)?;
    check_floating_point(w0)?;
    let mut w = w0.detach().copy();
    let mut losses = Vec::with_capacity(steps + 1);
    for _ in 0..steps {
        // detach, so that w itself stays untracked: the graph begins anew at every step.
        let leaf = w.detach().set_requires_grad(true);
        let loss = evaluate(f, &leaf)?;
        losses.push(number(&loss));
        w = gd_step(&w, &gradient(&loss, &leaf), lr)?;
    }
    losses.push(number(&evaluate(f, &w)?));
    Ok((w, losses))
}

fn evaluate(f: &dyn Fn(&Tensor) -> Tensor, w: &Tensor) -> Result<Tensor, TchError> {
    let loss = f(w);
    match loss.numel() {
        1 => Ok(loss),
        _ => Err(TchError::Shape(format!("the loss has to be one number, its shape is {:?}", loss.size()))),
    }
}

fn number(loss: &Tensor) -> f64 {
    loss.reshape([]).double_value(&[])
}

/// The gradient of `loss` by `leaf`: zero where the one does not depend on the other.
fn gradient(loss: &Tensor, leaf: &Tensor) -> Tensor {
    if loss.requires_grad() {
        loss.backward();
    }
    let gradient = leaf.grad();
    if gradient.defined() { gradient } else { leaf.zeros_like() }
}

fn check_learning_rate(lr: f64) -> Result<(), TchError> {
    // NaN is neither above nor below 0: ask for what is wanted, not for what is not.
    if lr > 0.0 && lr.is_finite() {
        Ok(())
    } else {
        Err(TchError::Convert(format!("the learning rate has to be positive and finite, it is {lr}")))
    }
}

fn check_floating_point(w: &Tensor) -> Result<(), TchError> {
    if w.is_floating_point() {
        Ok(())
    } else {
        Err(TchError::Kind(format!("only floating-point tensors have gradients, this is {:?}", w.kind())))
    }
}
