//! Two backward passes, one through the other, and the signs of the eigenvalues.

use tch::{Kind, TchError, Tensor};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Point {
    NotStationary,
    StrictMin,
    StrictMax,
    Saddle,
    Inconclusive,
}

pub fn eps_stationary(g: &Tensor, eps: f64) -> bool {
    // False where either side is NaN.
    g.detach().to_kind(Kind::Double).norm().double_value(&[]) <= eps
}

pub fn hessian(f: &dyn Fn(&Tensor) -> Tensor, w: &Tensor) -> Result<Tensor, TchError> {
    Ok(derivatives(f, w)?.1)
}

pub fn classify(f: &dyn Fn(&Tensor) -> Tensor, w: &Tensor, eps: f64) -> Result<Point, TchError> {
    if eps.is_nan() || eps < 0.0 {
        return Err(TchError::Convert(format!("eps has to be at least 0, it is {eps}")));
    }
    if w.numel() == 0 {
        return Err(TchError::Shape("a w without elements has no eigenvalues".to_owned()));
    }
    let (gradient, hessian) = derivatives(f, w)?;
    if !eps_stationary(&gradient, eps) {
        return Ok(Point::NotStationary);
    }
    if hessian.isfinite().all().int64_value(&[]) == 0 {
        return Ok(Point::Inconclusive);
    }
    let eigenvalues = hessian.to_kind(Kind::Double).f_linalg_eigvalsh("L")?;
    let eigenvalues: Vec<f64> = Vec::try_from(eigenvalues)?;
    let rises = |value: &f64| *value > eps;
    let falls = |value: &f64| *value < -eps;
    Ok(if eigenvalues.iter().all(rises) {
        Point::StrictMin
    } else if eigenvalues.iter().all(falls) {
        Point::StrictMax
    } else if eigenvalues.iter().any(rises) && eigenvalues.iter().any(falls) {
        Point::Saddle
    } else {
        Point::Inconclusive
    })
}

/// The gradient and the Hessian at `w`.
fn derivatives(f: &dyn Fn(&Tensor) -> Tensor, w: &Tensor) -> Result<(Tensor, Tensor), TchError> {
    if !w.is_floating_point() {
        return Err(TchError::Kind(format!(
            "only floating-point tensors have gradients, this is {:?}",
            w.kind()
        )));
    }
    if w.dim() != 1 {
        return Err(TchError::Shape(format!("w has to be a vector, it is {:?}", w.size())));
    }
    let leaf = w.detach().set_requires_grad(true);
    let value = f(&leaf);
    if value.numel() != 1 {
        return Err(TchError::Shape(format!("f has to give one number, it gave {:?}", value.size())));
    }
    // Recorded, so that each of its elements can be differentiated once more.
    let gradient = derivative(&value, &leaf, true);
    let n = w.size()[0];
    let hessian = Tensor::zeros([n, n], (w.kind(), w.device()));
    for i in 0..n {
        hessian.get(i).copy_(&derivative(&gradient.get(i), &leaf, false));
    }
    Ok((gradient.detach(), hessian))
}

/// The gradient of `value`, one number, by `leaf`: zero where the one does not depend on the other.
/// The graph is kept, and with `create_graph` that of the gradient is made.
fn derivative(value: &Tensor, leaf: &Tensor, create_graph: bool) -> Tensor {
    if value.requires_grad() {
        let gradient = Tensor::run_backward(&[value], &[leaf], true, create_graph).remove(0);
        if gradient.defined() {
            return gradient;
        }
    }
    leaf.detach().zeros_like()
}
