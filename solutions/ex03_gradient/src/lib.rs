//! Gradients by autograd: track the inputs, evaluate once, walk back once.

use std::f64::consts::PI;

use tch::{TchError, Tensor};

/// x²·y + sin(x·y), recorded by libtorch where `x` or `y` is tracked.
fn f(x: &Tensor, y: &Tensor) -> Tensor {
    x.square() * y + (x * y).sin()
}

pub fn compute_gradient() -> (f64, f64) {
    gradient_at(1.0, PI)
}

pub fn gradient_at(x: f64, y: f64) -> (f64, f64) {
    gradient_of(&f, x, y).expect("f has a single value")
}

pub fn gradient_of(f: &dyn Fn(&Tensor, &Tensor) -> Tensor, x: f64, y: f64) -> Result<(f64, f64), TchError> {
    // New leaves at every call: there is no earlier gradient that `backward` could add to.
    let x = Tensor::from(x).set_requires_grad(true);
    let y = Tensor::from(y).set_requires_grad(true);
    let value = f(&x, &y);
    if value.numel() != 1 {
        return Err(TchError::Shape(format!("f has to be one number, its shape is {:?}", value.size())));
    }
    // Without a graph there is nothing to walk back through: a constant keeps both leaves' gradients undefined.
    if value.requires_grad() {
        value.backward();
    }
    Ok((derivative(&x), derivative(&y)))
}

/// What `backward` left in a leaf: nothing where the value does not depend on it.
fn derivative(leaf: &Tensor) -> f64 {
    let gradient = leaf.grad();
    if gradient.defined() { gradient.double_value(&[]) } else { 0.0 }
}
