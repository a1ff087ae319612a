//! Gradient.
use tch::Tensor;
pub fn f(t: &Tensor) -> Tensor {
    t.shallow_clone()
}
