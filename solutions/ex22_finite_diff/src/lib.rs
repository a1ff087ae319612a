//! Central differences: every partial derivative is the derivative along a unit vector.

use tch::{Kind, TchError, Tensor};

/// Near the cube root of the precision of float64, where truncation and rounding cost about the same.
const STEP: f64 = 1e-5;

pub fn central_diff(f: &dyn Fn(&Tensor) -> Tensor, w: &Tensor, h: f64) -> Result<Tensor, TchError> {
    check_float64("w", w)?;
    check_step(h)?;
    let n = w.numel() as i64;
    let mut derivatives = Vec::with_capacity(w.numel());
    for i in 0..n {
        // A new unit vector for each element: nothing to undo, and no stride of w matters.
        let unit = Tensor::zeros([n], (Kind::Double, w.device()));
        let _ = unit.get(i).fill_(1.0);
        derivatives.push(directional(f, w, &unit.reshape(w.size()), h)?);
    }
    Ok(Tensor::from_slice(&derivatives).reshape(w.size()).to_device(w.device()))
}

pub fn grad_check(
    f: &dyn Fn(&Tensor) -> Tensor,
    w: &Tensor,
    claimed: &Tensor,
    tol: f64,
) -> Result<bool, TchError> {
    check_like("claimed", claimed, w)?;
    if tol.is_nan() || tol < 0.0 {
        return Err(TchError::Convert(format!("the tolerance has to be at least 0, it is {tol}")));
    }
    let numeric = central_diff(f, w, STEP)?;
    let allowed = (numeric.abs() + 1.0) * tol;
    // All of them within, rather than none beyond: a NaN is neither.
    let within = (claimed.detach() - numeric).abs().le_tensor(&allowed);
    Ok(within.all().int64_value(&[]) != 0)
}

pub fn directional(f: &dyn Fn(&Tensor) -> Tensor, w: &Tensor, u: &Tensor, h: f64) -> Result<f64, TchError> {
    check_float64("w", w)?;
    check_like("u", u, w)?;
    check_step(h)?;
    let (w, step) = (w.detach(), u.detach() * h);
    Ok((number(&f(&(&w + &step)))? - number(&f(&(&w - &step)))?) / (2.0 * h))
}

fn number(value: &Tensor) -> Result<f64, TchError> {
    match value.numel() {
        1 => Ok(value.reshape([]).double_value(&[])),
        _ => Err(TchError::Shape(format!("f has to give one number, it gave {:?}", value.size()))),
    }
}

fn check_float64(name: &str, tensor: &Tensor) -> Result<(), TchError> {
    match tensor.kind() {
        Kind::Double => Ok(()),
        kind => Err(TchError::Kind(format!("{name} has to be Double, it is {kind:?}"))),
    }
}

fn check_like(name: &str, tensor: &Tensor, w: &Tensor) -> Result<(), TchError> {
    check_float64(name, tensor)?;
    if tensor.size() == w.size() {
        Ok(())
    } else {
        Err(TchError::Shape(format!("{name} is {:?}, w {:?}", tensor.size(), w.size())))
    }
}

fn check_step(h: f64) -> Result<(), TchError> {
    if h > 0.0 && h.is_finite() {
        Ok(())
    } else {
        Err(TchError::Convert(format!("the step has to be positive and finite, it is {h}")))
    }
}
