//! Diagnostics of gradient descent: of every iterate two numbers are kept, and the rest follows
//! from them.

use tch::{TchError, Tensor};

#[derive(Debug, Clone, PartialEq)]
pub struct Trace {
    pub loss: Vec<f64>,
    pub gap: Option<Vec<f64>>,
    pub grad_norm: Vec<f64>,
    pub plateau: Vec<f64>,
}

pub fn plateau(losses: &[f64]) -> Vec<f64> {
    losses.windows(2).map(|pair| (pair[1] - pair[0]).abs()).collect()
}

pub fn first_at_most(record: &[f64], eps: f64) -> Option<usize> {
    record.iter().position(|&number| number <= eps)
}

pub fn run(
    f: &dyn Fn(&Tensor) -> Tensor,
    w0: &Tensor,
    lr: f64,
    steps: usize,
    l_star: Option<f64>,
) -> Result<(Tensor, Trace), TchError> {
    if !(lr > 0.0 && lr.is_finite()) {
        return Err(TchError::Convert(format!(
            "the learning rate has to be positive and finite, it is {lr}"
        )));
    }
    if let Some(l_star) = l_star.filter(|l_star| !l_star.is_finite()) {
        return Err(TchError::Convert(format!("the optimal value has to be finite, it is {l_star}")));
    }
    if !w0.is_floating_point() {
        return Err(TchError::Kind(format!(
            "only floating-point tensors have gradients, this is {:?}",
            w0.kind()
        )));
    }
    let mut w = w0.detach().copy();
    let (mut loss, mut grad_norm) = (Vec::new(), Vec::new());
    for step in 0..=steps {
        let (value, gradient) = value_and_gradient(f, &w)?;
        loss.push(value);
        grad_norm.push(gradient.norm().double_value(&[]));
        // The last iterate is recorded like the others, but takes no step.
        if step < steps {
            w -= gradient * lr;
        }
    }
    let gap = l_star.map(|l_star| loss.iter().map(|loss| loss - l_star).collect());
    let plateau = plateau(&loss);
    Ok((w, Trace { loss, gap, grad_norm, plateau }))
}

/// f(w) and ∇f(w), from one evaluation. Numbers and an untracked tensor: no graph outlives this.
fn value_and_gradient(f: &dyn Fn(&Tensor) -> Tensor, w: &Tensor) -> Result<(f64, Tensor), TchError> {
    // detach, so that w itself stays untracked: the graph begins anew at every step.
    let leaf = w.detach().set_requires_grad(true);
    let value = f(&leaf);
    if value.numel() != 1 {
        return Err(TchError::Shape(format!("the loss has to be one number, it is {:?}", value.size())));
    }
    if value.requires_grad() {
        value.backward();
    }
    let gradient = leaf.grad();
    let gradient = if gradient.defined() { gradient } else { leaf.zeros_like() };
    Ok((value.reshape([]).double_value(&[]), gradient))
}
