//! A row of the Jacobian for each backward pass through one graph; for the chain rule a single pass is enough.

use tch::{Kind, TchError, Tensor};

pub fn jacobian(f: &dyn Fn(&Tensor) -> Tensor, w: &Tensor) -> Result<Tensor, TchError> {
    let leaf = leaf_at(w)?;
    let y = vector(f(&leaf))?;
    // Starting from zeros, the empty Jacobian needs no case of its own.
    let jacobian = Tensor::zeros([y.size()[0], w.size()[0]], (w.kind(), w.device()));
    for i in 0..y.size()[0] {
        jacobian.get(i).copy_(&gradient(&y.get(i), &leaf));
    }
    Ok(jacobian)
}

pub fn chain_grad(
    h: &dyn Fn(&Tensor) -> Tensor,
    g: &dyn Fn(&Tensor) -> Tensor,
    x: &Tensor,
) -> Result<Tensor, TchError> {
    // A leaf at g(x), so that h is differentiated by u and not yet by x.
    let x_leaf = leaf_at(x)?;
    let u = vector(g(&x_leaf))?;
    let u_leaf = u.detach().set_requires_grad(true);
    let value = h(&u_leaf);
    if value.numel() != 1 {
        return Err(TchError::Shape(format!("h has to give one number, it gave {:?}", value.size())));
    }
    // J_gᵀ·∇h, without J_g: the gradient of ⟨∇h, g(x)⟩ with ∇h held fixed.
    let outer = gradient(&value, &u_leaf);
    Ok(gradient(&(u * outer).sum(None::<Kind>), &x_leaf))
}

fn leaf_at(w: &Tensor) -> Result<Tensor, TchError> {
    if !w.is_floating_point() {
        return Err(TchError::Kind(format!(
            "only floating-point tensors have gradients, this is {:?}",
            w.kind()
        )));
    }
    Ok(vector(w.detach())?.set_requires_grad(true))
}

fn vector(tensor: Tensor) -> Result<Tensor, TchError> {
    match tensor.dim() {
        1 => Ok(tensor),
        _ => Err(TchError::Shape(format!("a vector is expected, this is {:?}", tensor.size()))),
    }
}

/// The gradient of `value`, one number, by `leaf`: zero where the one does not depend on the other.
fn gradient(value: &Tensor, leaf: &Tensor) -> Tensor {
    if value.requires_grad() {
        // The graph is kept: the next row needs it, too.
        let gradient = Tensor::run_backward(&[value], &[leaf], true, false).remove(0);
        if gradient.defined() {
            return gradient;
        }
    }
    leaf.detach().zeros_like()
}
