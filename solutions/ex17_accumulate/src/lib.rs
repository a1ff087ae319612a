//! Accumulation: what adds up, what is cleared, what is kept, and what is never recorded.

use tch::{TchError, Tensor};

pub fn accumulated(f: &dyn Fn(&Tensor) -> Tensor, x: f64, n: usize) -> f64 {
    let x = Tensor::from(x).set_requires_grad(true);
    for _ in 0..n {
        f(&x).backward();
    }
    // Without a pass there is no gradient to read.
    if n == 0 { 0.0 } else { x.grad().double_value(&[]) }
}

pub fn zeroed(f: &dyn Fn(&Tensor) -> Tensor, x: f64, n: usize) -> Vec<f64> {
    let mut x = Tensor::from(x).set_requires_grad(true);
    let pass = |_| {
        x.zero_grad();
        f(&x).backward();
        x.grad().double_value(&[])
    };
    (0..n).map(pass).collect()
}

pub fn infer(f: &dyn Fn(&Tensor) -> Tensor, x: &Tensor) -> Tensor {
    // A guard, as no_grad(…) would leave gradient mode off if f panics.
    let _guard = tch::no_grad_guard();
    f(x)
}

pub fn two_grads(f: &dyn Fn(&Tensor) -> Tensor, w: &Tensor) -> Result<(Tensor, Tensor), TchError> {
    if !w.is_floating_point() {
        return Err(TchError::Kind(format!("only floating-point tensors are tracked, not {:?}", w.kind())));
    }
    let leaf = w.detach().set_requires_grad(true);
    let value = f(&leaf);
    if value.numel() != 1 {
        return Err(TchError::Shape(format!("f has to give one number, its shape is {:?}", value.size())));
    }
    let pass = |keep_graph| {
        // Without a graph run_backward would end the process.
        if !value.requires_grad() {
            return leaf.detach().zeros_like();
        }
        let gradient = Tensor::run_backward(&[&value], &[&leaf], keep_graph, false).remove(0);
        if gradient.defined() { gradient } else { leaf.detach().zeros_like() }
    };
    Ok((pass(true), pass(false)))
}
