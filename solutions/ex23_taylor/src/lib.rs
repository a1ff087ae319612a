//! The first-order Taylor model of a loss, from one evaluation and one backward pass.

use tch::{Kind, TchError, Tensor};

pub fn half_sq_norm(w: &Tensor) -> Tensor {
    w.square().sum(None::<Kind>) * 0.5
}

pub fn taylor1(f: &dyn Fn(&Tensor) -> Tensor, w: &Tensor, delta: &Tensor) -> Result<f64, TchError> {
    check_floating_point(w)?;
    check_like("delta", delta, w)?;
    let (value, gradient) = value_and_gradient(f, w)?;
    Ok(value + inner_product(&gradient, delta))
}

pub fn taylor_errors(
    f: &dyn Fn(&Tensor) -> Tensor,
    w: &Tensor,
    u: &Tensor,
    ts: &[f64],
) -> Result<Vec<f64>, TchError> {
    if w.kind() != Kind::Double {
        return Err(TchError::Kind(format!("w has to be Double, it is {:?}", w.kind())));
    }
    check_like("u", u, w)?;
    let (value, gradient) = value_and_gradient(f, w)?;
    // Along u the model is the straight line value + t·slope: one gradient serves every t.
    let slope = inner_product(&gradient, u);
    let (w, u) = (w.detach(), u.detach());
    ts.iter().map(|&t| Ok(number(&f(&(&w + &u * t)))? - (value + t * slope))).collect()
}

/// f(w) and ∇f(w), which is zero where the one does not depend on the other.
fn value_and_gradient(f: &dyn Fn(&Tensor) -> Tensor, w: &Tensor) -> Result<(f64, Tensor), TchError> {
    let leaf = w.detach().set_requires_grad(true);
    let loss = f(&leaf);
    let value = number(&loss)?;
    // Without a graph, run_backward takes the process down.
    let gradient = match loss.requires_grad() {
        true => Tensor::run_backward(&[&loss], &[&leaf], false, false).remove(0),
        false => Tensor::new(),
    };
    Ok((value, if gradient.defined() { gradient } else { w.zeros_like() }))
}

/// Σ aⱼ·bⱼ for tensors of any one shape, where `dot` takes vectors alone.
fn inner_product(a: &Tensor, b: &Tensor) -> f64 {
    (a.detach() * b.detach()).sum(Kind::Double).double_value(&[])
}

fn number(value: &Tensor) -> Result<f64, TchError> {
    match value.numel() {
        1 => Ok(value.reshape([]).double_value(&[])),
        _ => Err(TchError::Shape(format!("f has to give one number, it gave {:?}", value.size()))),
    }
}

fn check_floating_point(w: &Tensor) -> Result<(), TchError> {
    if w.is_floating_point() {
        Ok(())
    } else {
        Err(TchError::Kind(format!("only floating-point tensors have gradients, this is {:?}", w.kind())))
    }
}

fn check_like(name: &str, tensor: &Tensor, w: &Tensor) -> Result<(), TchError> {
    if tensor.kind() != w.kind() {
        return Err(TchError::Kind(format!("{name} is {:?}, w {:?}", tensor.kind(), w.kind())));
    }
    // [3] and [3, 1] would broadcast without a word.
    if tensor.size() != w.size() {
        return Err(TchError::Shape(format!("{name} is {:?}, w {:?}", tensor.size(), w.size())));
    }
    Ok(())
}
