//! Directions of a gradient, what a step along it promises, and gradients at many points.

use tch::{Kind, TchError, Tensor};

pub fn steepest(g: &Tensor) -> Result<Tensor, TchError> {
    check_floating_point(g)?;
    let g = g.detach();
    let length = g.norm();
    // NaN is neither above 0 nor finite: one question for all that has no direction.
    let number = length.double_value(&[]);
    if number > 0.0 && number.is_finite() {
        Ok(-g / length)
    } else {
        Err(TchError::Convert(format!("a gradient of length {number} has no direction")))
    }
}

pub fn tangent_2d(g: &Tensor) -> Result<Tensor, TchError> {
    if g.size() != [2] {
        return Err(TchError::Shape(format!("a gradient in the plane is [2], this is {:?}", g.size())));
    }
    // Down is −g/‖g‖ = (x, y). Turned by −90° it is (y, −x), which is g/‖g‖ turned by +90°.
    let down = steepest(g)?;
    Ok(Tensor::stack(&[down.get(1), -down.get(0)], 0))
}

pub fn predicted_decrease(g: &Tensor, lr: f64) -> f64 {
    lr * g.detach().to_kind(Kind::Double).square().sum(None::<Kind>).double_value(&[])
}

pub fn gradient_field(f: &dyn Fn(&Tensor) -> Tensor, points: &Tensor) -> Result<Tensor, TchError> {
    check_floating_point(points)?;
    let [n, _] = points.size()[..] else {
        return Err(TchError::Shape(format!("points are the rows of a matrix, this is {:?}", points.size())));
    };
    let leaf = points.detach().set_requires_grad(true);
    let heights = f(&leaf);
    if heights.size() != [n] {
        return Err(TchError::Shape(format!("f has to give [{n}] values, it gave {:?}", heights.size())));
    }
    // Without a graph, run_backward takes the process down.
    if !heights.requires_grad() {
        return Ok(leaf.detach().zeros_like());
    }
    let sum = heights.sum(None::<Kind>);
    let gradient = Tensor::run_backward(&[&sum], &[&leaf], false, false).remove(0);
    Ok(if gradient.defined() { gradient } else { leaf.detach().zeros_like() })
}

fn check_floating_point(tensor: &Tensor) -> Result<(), TchError> {
    if tensor.is_floating_point() {
        Ok(())
    } else {
        Err(TchError::Kind(format!(
            "only floating-point tensors have gradients, this is {:?}",
            tensor.kind()
        )))
    }
}
