//! The vector–Jacobian product as what the backward pass gives: the gradient of ⟨v, f(w)⟩.

use tch::{Kind, TchError, Tensor};

pub fn vjp(f: &dyn Fn(&Tensor) -> Tensor, w: &Tensor, v: &Tensor) -> Result<Tensor, TchError> {
    let leaf = leaf_at(w)?;
    let y = f(&leaf);
    // Without this, [3] · [3, 1] would broadcast to [3, 3].
    if v.size() != y.size() {
        return Err(TchError::Shape(format!("v is {:?}, the value of f {:?}", v.size(), y.size())));
    }
    if v.kind() != y.kind() {
        return Err(TchError::Kind(format!("v is {:?}, the value of f {:?}", v.kind(), y.kind())));
    }
    Ok(gradient(&(y * v.detach()).sum(None::<Kind>), &leaf))
}

pub fn grad_scalar(f: &dyn Fn(&Tensor) -> Tensor, w: &Tensor) -> Result<Tensor, TchError> {
    let leaf = leaf_at(w)?;
    let y = f(&leaf);
    match y.numel() {
        1 => Ok(gradient(&y, &leaf)),
        _ => Err(TchError::Shape(format!("only one number has a gradient, f gave {:?}", y.size()))),
    }
}

/// A leaf with the values of `w`: on a detached tensor the flag does not reach the caller's.
fn leaf_at(w: &Tensor) -> Result<Tensor, TchError> {
    if w.is_floating_point() {
        Ok(w.detach().set_requires_grad(true))
    } else {
        Err(TchError::Kind(format!("only floating-point tensors have gradients, w is {:?}", w.kind())))
    }
}

/// The gradient of `value`, one number, by `leaf`: zero where the one does not depend on the other.
fn gradient(value: &Tensor, leaf: &Tensor) -> Tensor {
    if value.requires_grad() {
        let gradient = Tensor::run_backward(&[value], &[leaf], false, false).remove(0);
        if gradient.defined() {
            return gradient;
        }
    }
    leaf.detach().zeros_like()
}
