//! Matrix products: shapes taken apart into batch, row, inner and column; products by broadcasting and by einsum.

use tch::{TchError, Tensor};

pub fn matmul_shape(a: &[i64], b: &[i64]) -> Result<Vec<i64>, TchError> {
    let refused = || Err(TchError::Shape(format!("there is no product of {a:?} and {b:?}")));
    // What is left of each, without the inner size: a vector leaves nothing.
    let (batch_a, row, inner_a) = match a {
        [] => return refused(),
        [inner] => (&[][..], None, inner),
        [batch @ .., row, inner] => (batch, Some(row), inner),
    };
    let (batch_b, inner_b, column) = match b {
        [] => return refused(),
        [inner] => (&[][..], inner, None),
        [batch @ .., inner, column] => (batch, inner, Some(column)),
    };
    if inner_a != inner_b {
        return refused();
    }
    let mut shape = broadcast_shape(batch_a, batch_b)?;
    shape.extend(row);
    shape.extend(column);
    Ok(shape)
}

/// As in ex12.
fn broadcast_shape(a: &[i64], b: &[i64]) -> Result<Vec<i64>, TchError> {
    let (longer, shorter) = if a.len() < b.len() { (b, a) } else { (a, b) };
    let mut shape = longer.to_vec();
    for (size, &other) in shape.iter_mut().rev().zip(shorter.iter().rev()) {
        *size = match (*size, other) {
            (1, other) => other,
            (size, other) if other == size || other == 1 => size,
            _ => return Err(TchError::Shape(format!("the batches {a:?} and {b:?} do not broadcast"))),
        };
    }
    Ok(shape)
}

pub fn matvec(a: &Tensor, x: &Tensor) -> Result<Tensor, TchError> {
    if a.dim() != 2 || x.size() != a.size()[1..] {
        return Err(TchError::Shape(format!("there is no product of {:?} and {:?}", a.size(), x.size())));
    }
    check_kinds(&[a, x])?;
    // x meets every row of a. Without its dtype a sum of integers would be int64.
    Ok((a * x).sum_dim_intlist(1, false, a.kind()))
}

pub fn bilinear(x: &Tensor, a: &Tensor, y: &Tensor) -> Result<Tensor, TchError> {
    // size2 refuses what is not 2-D.
    let ((many, d), (rows, columns), (as_many, e)) = (x.size2()?, a.size2()?, y.size2()?);
    // einsum would broadcast a 1.
    if many != as_many || d != rows || e != columns {
        let (x, a, y) = (x.size(), a.size(), y.size());
        return Err(TchError::Shape(format!("expected [b, d], [d, e], [b, e], got {x:?}, {a:?}, {y:?}")));
    }
    check_kinds(&[x, a, y])?;
    Ok(Tensor::einsum("bd,de,be->b", &[x, a, y], None::<&[i64]>))
}

fn check_kinds(tensors: &[&Tensor]) -> Result<(), TchError> {
    let kinds: Vec<_> = tensors.iter().map(|tensor| tensor.kind()).collect();
    if kinds.iter().all(|kind| *kind == kinds[0]) {
        Ok(())
    } else {
        Err(TchError::Kind(format!("the dtypes differ: {kinds:?}")))
    }
}
