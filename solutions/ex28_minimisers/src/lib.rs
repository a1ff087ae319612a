//! Minimisers among finitely many points; a local one is the best in its own ball.

use tch::{TchError, Tensor};

#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Best {
    pub index: usize,
    pub value: f64,
}

pub fn in_ball(w: &Tensor, center: &Tensor, r: f64) -> Result<bool, TchError> {
    if r.is_nan() || r < 0.0 {
        return Err(TchError::Convert(format!("a radius is at least 0, it is {r}")));
    }
    if !w.is_floating_point() || w.kind() != center.kind() {
        return Err(TchError::Kind(format!("w is {:?}, the center {:?}", w.kind(), center.kind())));
    }
    // Without this, [3] − [3, 1] would broadcast to [3, 3].
    if w.size() != center.size() {
        return Err(TchError::Shape(format!("w is {:?}, the center {:?}", w.size(), center.size())));
    }
    Ok((w - center).norm().double_value(&[]) <= r)
}

pub fn best_feasible(
    f: &dyn Fn(&Tensor) -> Tensor,
    points: &[Tensor],
    feasible: &dyn Fn(&Tensor) -> bool,
) -> Result<Option<Best>, TchError> {
    let mut best: Option<Best> = None;
    for (index, point) in points.iter().enumerate().filter(|(_, point)| feasible(point)) {
        let value = number(&f(point))?;
        // No start at infinity, which could be the lowest value; and only what is lower displaces a
        // point.
        if !value.is_nan() && best.is_none_or(|best| value < best.value) {
            best = Some(Best { index, value });
        }
    }
    Ok(best)
}

pub fn is_local_min(
    f: &dyn Fn(&Tensor) -> Tensor,
    w: &Tensor,
    r: f64,
    points: &[Tensor],
) -> Result<bool, TchError> {
    // Whether w is in its own ball is clear; what is wrong with r or w shows even where there is no
    // point.
    in_ball(w, w, r)?;
    let inside = points.iter().map(|point| in_ball(point, w, r)).collect::<Result<Vec<bool>, _>>()?;
    let value = number(&f(w))?;
    let neighbours: Vec<Tensor> = points
        .iter()
        .zip(inside)
        .filter(|(_, inside)| *inside)
        .map(|(point, _)| point.shallow_clone())
        .collect();
    let lowest = best_feasible(f, &neighbours, &|_| true)?;
    Ok(!value.is_nan() && lowest.is_none_or(|lowest| value <= lowest.value))
}

fn number(value: &Tensor) -> Result<f64, TchError> {
    match value.numel() {
        1 => Ok(value.reshape([]).double_value(&[])),
        _ => Err(TchError::Shape(format!("f has to give one number, it gave {:?}", value.size()))),
    }
}
