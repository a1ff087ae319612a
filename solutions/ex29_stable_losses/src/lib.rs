//! Losses from logits by way of logsumexp, with the largest exponent taken out before anything can overflow.

use tch::{Kind, TchError, Tensor};

pub fn logsumexp(z: &Tensor) -> Result<Tensor, TchError> {
    check_logits(z)?;
    // Any constant may be taken out, so its derivative cancels, and autograd need not know of it. Where the
    // largest is ±∞ it has to be a finite one: ∞ − ∞ is NaN.
    let shift = z.detach().amax(1, true).nan_to_num(0.0, 0.0, 0.0);
    let sum = (z - &shift).exp().sum_dim_intlist(1, true, None);
    Ok((sum.log() + shift).squeeze_dim(1))
}

pub fn bce_logits(z: &Tensor, y: &Tensor) -> Result<Tensor, TchError> {
    check_floating_point(z)?;
    if y.kind() != z.kind() {
        return Err(TchError::Kind(format!("z is {:?}, y {:?}", z.kind(), y.kind())));
    }
    // Without this, [n] and [n, 1] would broadcast to [n, n].
    if y.size() != z.size() || z.numel() == 0 {
        return Err(TchError::Shape(format!("z is {:?}, y {:?}", z.size(), y.size())));
    }
    // NaN is in no range: ask for what is wanted, not for what is not.
    if !all(&y.ge(0.0).logical_and(&y.le(1.0))) {
        return Err(TchError::Convert("every target has to be in [0, 1]".into()));
    }
    // ln(1 + eᶻ) = ln(eᶻ + e⁰). logaddexp has the right slope everywhere, ½ at z = 0 as well.
    Ok((z.logaddexp(&z.zeros_like()) - z * y).mean(None::<Kind>))
}

pub fn cross_entropy(z: &Tensor, y: &Tensor) -> Result<Tensor, TchError> {
    check_logits(z)?;
    if y.kind() != Kind::Int64 {
        return Err(TchError::Kind(format!("labels have to be Int64, these are {:?}", y.kind())));
    }
    let (n, k) = z.size2()?;
    if n == 0 || y.size() != [n] {
        return Err(TchError::Shape(format!("z is {:?}, y {:?}", z.size(), y.size())));
    }
    if !all(&y.ge(0).logical_and(&y.lt(k))) {
        return Err(TchError::Convert(format!("every label has to be one of 0, …, {}", k - 1)));
    }
    let of_label = z.gather(1, &y.unsqueeze(1), false).squeeze_dim(1);
    Ok((logsumexp(z)? - of_label).mean(None::<Kind>))
}

fn check_floating_point(z: &Tensor) -> Result<(), TchError> {
    if z.is_floating_point() {
        Ok(())
    } else {
        Err(TchError::Kind(format!("logits have to be floating-point, these are {:?}", z.kind())))
    }
}

fn check_logits(z: &Tensor) -> Result<(), TchError> {
    check_floating_point(z)?;
    match z.size()[..] {
        [_, k] if k > 0 => Ok(()),
        _ => Err(TchError::Shape(format!("logits have to be [n, k] with k > 0, these are {:?}", z.size()))),
    }
}

fn all(mask: &Tensor) -> bool {
    mask.all().int64_value(&[]) == 1
}
