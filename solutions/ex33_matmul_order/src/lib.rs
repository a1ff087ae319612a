//! The order of matrix products: count both, take the cheaper.

use tch::{Kind, TchError, Tensor};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cost {
    pub multiply_adds: u128,
    pub intermediate: u128,
}

pub fn costs(m: u64, n: u64, p: u64, q: u64) -> (Cost, Cost) {
    // Widened before they are multiplied: afterwards it would be too late.
    let [m, n, p, q] = [m, n, p, q].map(u128::from);
    let left = Cost { multiply_adds: m * n * p + m * p * q, intermediate: m * p };
    let right = Cost { multiply_adds: n * p * q + m * n * q, intermediate: n * q };
    (left, right)
}

pub fn chain3(a: &Tensor, b: &Tensor, c: &Tensor) -> Result<Tensor, TchError> {
    let (m, n) = a.size2()?;
    let (of_b, p) = b.size2()?;
    let (of_c, q) = c.size2()?;
    if n != of_b || p != of_c {
        return Err(TchError::Shape(format!("{:?}, {:?}, {:?} do not fit", a.size(), b.size(), c.size())));
    }
    if a.kind() != b.kind() || b.kind() != c.kind() {
        return Err(TchError::Kind(format!("a, b, c are {:?}, {:?}, {:?}", a.kind(), b.kind(), c.kind())));
    }
    // A size is never negative.
    let [m, n, p, q] = [m, n, p, q].map(i64::unsigned_abs);
    let (left, right) = costs(m, n, p, q);
    if left.multiply_adds <= right.multiply_adds {
        a.f_matmul(b)?.f_matmul(c)
    } else {
        a.f_matmul(&b.f_matmul(c)?)
    }
}

pub fn intensity(m: u64, k: u64, n: u64, kind: Kind) -> f64 {
    // As f64, because integers of this size overflow.
    let [m, k, n] = [m, k, n].map(|size| size as f64);
    let flops = 2.0 * m * k * n;
    let bytes = kind.elt_size_in_bytes() as f64 * (m * k + k * n + m * n);
    // Without FLOPs there may be no bytes either, and 0/0 is NaN.
    if flops == 0.0 { 0.0 } else { flops / bytes }
}
