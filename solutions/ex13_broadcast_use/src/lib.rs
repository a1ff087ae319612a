//! Broadcasting at work: each function looks at the shapes, then is one operation.

use tch::{Kind, TchError, Tensor};

pub fn center_columns(m: &Tensor) -> Result<Tensor, TchError> {
    check_rank("m", m, 2)?;
    if m.size()[0] == 0 {
        return Err(TchError::Shape("a column without entries has no mean".into()));
    }
    let m = if m.is_floating_point() { m.shallow_clone() } else { m.to_kind(Kind::Float) };
    Ok(&m - m.mean_dim(0, false, None)) // [n, d] − [d]
}

pub fn outer(u: &Tensor, v: &Tensor) -> Result<Tensor, TchError> {
    check_rank("u", u, 1)?;
    check_rank("v", v, 1)?;
    check_same_kind(u, v)?;
    Ok(u.unsqueeze(1) * v) // [m, 1] ∘ [n]
}

pub fn scale_columns(a: &Tensor, v: &Tensor) -> Result<Tensor, TchError> {
    check_rank("a", a, 2)?;
    // [1], [n, 1] and [1, d] would broadcast, too, two of them to something else.
    if v.size() != a.size()[1..] {
        return Err(TchError::Shape(format!("a is {:?}, v is {:?}", a.size(), v.size())));
    }
    check_same_kind(a, v)?;
    Ok(a * v) // [n, d] ∘ [d]
}

pub fn tile_rows_view(v: &Tensor, n: i64) -> Result<Tensor, TchError> {
    check_rank("v", v, 1)?;
    if n < 0 {
        return Err(TchError::Shape(format!("there cannot be {n} rows")));
    }
    Ok(v.expand([n, v.size()[0]], false))
}

fn check_rank(name: &str, tensor: &Tensor, rank: usize) -> Result<(), TchError> {
    if tensor.dim() == rank {
        Ok(())
    } else {
        Err(TchError::Shape(format!("{name} has to be {rank}-D, its shape is {:?}", tensor.size())))
    }
}

fn check_same_kind(a: &Tensor, b: &Tensor) -> Result<(), TchError> {
    if a.kind() == b.kind() {
        Ok(())
    } else {
        Err(TchError::Kind(format!("the dtypes differ: {:?} and {:?}", a.kind(), b.kind())))
    }
}
