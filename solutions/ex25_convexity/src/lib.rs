//! Convexity from values of f along a chord, and from its tangent.

use tch::{Kind, TchError, Tensor};

#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Violation {
    pub a: usize,
    pub b: usize,
    pub theta: f64,
}

pub fn jensen_gap(
    f: &dyn Fn(&Tensor) -> Tensor,
    a: &Tensor,
    b: &Tensor,
    theta: f64,
) -> Result<f64, TchError> {
    check_theta(theta)?;
    check_alike(a, b)?;
    let between = b.lerp(a, theta);
    Ok(theta * number(&f(a))? + (1.0 - theta) * number(&f(b))? - number(&f(&between))?)
}

pub fn find_violation(
    f: &dyn Fn(&Tensor) -> Tensor,
    points: &[Tensor],
    thetas: &[f64],
    tol: f64,
) -> Result<Option<Violation>, TchError> {
    if tol.is_nan() || tol < 0.0 {
        return Err(TchError::Convert(format!("the tolerance has to be at least 0, it is {tol}")));
    }
    for &theta in thetas {
        check_theta(theta)?;
    }
    for point in points {
        check_alike(&points[0], point)?;
    }
    for a in 0..points.len() {
        for b in (0..points.len()).filter(|&b| b != a) {
            for &theta in thetas {
                // False where the gap is NaN.
                if jensen_gap(f, &points[a], &points[b], theta)? < -tol {
                    return Ok(Some(Violation { a, b, theta }));
                }
            }
        }
    }
    Ok(None)
}

pub fn bregman_divergence(f: &dyn Fn(&Tensor) -> Tensor, y: &Tensor, x: &Tensor) -> Result<f64, TchError> {
    check_alike(y, x)?;
    let leaf = x.detach().set_requires_grad(true);
    let at_x = f(&leaf);
    let above = number(&f(y))? - number(&at_x)?;
    // Without a graph, or with one that does not reach x, the gradient is 0 and the tangent is
    // flat.
    if !at_x.requires_grad() {
        return Ok(above);
    }
    let gradient = Tensor::run_backward(&[&at_x], &[&leaf], false, false).remove(0);
    if !gradient.defined() {
        return Ok(above);
    }
    let rise = (gradient * (y - x).detach()).sum(Kind::Double);
    Ok(above - rise.double_value(&[]))
}

fn number(value: &Tensor) -> Result<f64, TchError> {
    match value.numel() {
        1 => Ok(value.reshape([]).double_value(&[])),
        _ => Err(TchError::Shape(format!("f has to give one number, it gave {:?}", value.size()))),
    }
}

fn check_theta(theta: f64) -> Result<(), TchError> {
    if (0.0..=1.0).contains(&theta) {
        Ok(())
    } else {
        Err(TchError::Convert(format!("theta has to be in [0, 1], it is {theta}")))
    }
}

fn check_alike(a: &Tensor, b: &Tensor) -> Result<(), TchError> {
    if !a.is_floating_point() || a.kind() != b.kind() {
        Err(TchError::Kind(format!(
            "points have to be of one float dtype, not {:?} and {:?}",
            a.kind(),
            b.kind()
        )))
    } else if a.size() != b.size() {
        Err(TchError::Shape(format!("points have to be of one shape, not {:?} and {:?}", a.size(), b.size())))
    } else {
        Ok(())
    }
}
