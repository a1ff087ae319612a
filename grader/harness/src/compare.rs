//! Two tensors compared: size, dtype and device first, then every value.

use tch::{Device, Kind, Tensor};

use crate::display;
use crate::tolerance::Tolerance;

/// The first way in which a tensor is not what was expected.
#[derive(Debug, Clone, PartialEq)]
pub enum Difference {
    /// A tensor without storage, as `grad()` of an input that was not reached gives.
    Undefined,
    Size {
        got: Vec<i64>,
        expected: Vec<i64>,
    },
    Kind {
        got: Kind,
        expected: Kind,
    },
    Device {
        got: Device,
        expected: Device,
    },
    /// libtorch does not give the values out (a sparse tensor, for one).
    Unreadable,
    Values {
        /// Index of the first element that differs, row-major.
        at: Vec<usize>,
        got: f64,
        expected: f64,
        differing: usize,
        elements: usize,
    },
}

/// The first difference of `got` from `expected`; `None` where it is what was expected.
///
/// Unlike `allclose` this neither broadcasts nor fails across dtypes: `[1]` is not `[2, 2]`, and float32 is
/// not float64. NaN equals NaN.
pub fn compare(got: &Tensor, expected: &Tensor, tolerance: Tolerance) -> Option<Difference> {
    if !got.defined() {
        return Some(Difference::Undefined);
    }
    if got.size() != expected.size() {
        return Some(Difference::Size { got: got.size(), expected: expected.size() });
    }
    let Ok(kind) = got.f_kind() else { return Some(Difference::Unreadable) };
    if kind != expected.kind() {
        return Some(Difference::Kind { got: kind, expected: expected.kind() });
    }
    if got.device() != expected.device() {
        return Some(Difference::Device { got: got.device(), expected: expected.device() });
    }
    let (Some(got), Some(expected_values)) = (display::values(got), display::values(expected)) else {
        return Some(Difference::Unreadable);
    };
    let mut differing = (0..got.len()).filter(|&flat| !tolerance.accepts(got[flat], expected_values[flat]));
    let first = differing.next()?;
    let shape: Vec<usize> = expected.size().iter().map(|&size| size as usize).collect();
    Some(Difference::Values {
        at: display::position(first, &shape, shape.len()),
        got: got[first],
        expected: expected_values[first],
        differing: 1 + differing.count(),
        elements: got.len(),
    })
}

impl Difference {
    /// What is wrong, in one line. `what` is the subject: "the result", "losses".
    pub(crate) fn headline(&self, what: &str, kind: Kind) -> String {
        match self {
            Difference::Undefined => format!("{what} is an undefined tensor: it holds nothing"),
            Difference::Size { got, expected } => format!("{what} has shape {got:?}, expected {expected:?}"),
            Difference::Kind { got, expected } => {
                format!("{what} is {}, expected {}", display::dtype(*got), display::dtype(*expected))
            }
            Difference::Device { got, expected } => format!("{what} is on {got:?}, expected on {expected:?}"),
            Difference::Unreadable => format!("{what} is a tensor whose values libtorch does not give out"),
            Difference::Values { at, got, expected, .. } => {
                let place = if at.is_empty() { String::new() } else { format!(" at {at:?}") };
                let (got, expected) = (display::number(*got, kind), display::number(*expected, kind));
                format!("{what} is wrong{place}: expected {expected}, got {got}")
            }
        }
    }

    /// Both sides, and how far they are apart.
    pub(crate) fn evidence(&self, got: &Tensor, expected: &Tensor, tolerance: Tolerance) -> String {
        let focus = match self {
            Difference::Values { at, .. } => Some(at.as_slice()),
            _ => None,
        };
        let sides = display::side_by_side(
            (&format!("expected, {}", crate::inputs::describe(expected)), &display::lines(expected, focus)),
            (&got_title(got), &display::lines(got, focus)),
        );
        let Difference::Values { got: one, expected: other, differing, elements, .. } = self else {
            return sides;
        };
        let mut facts = Vec::new();
        if *elements > 1 {
            facts.push(format!("{differing} of {elements} elements differ"));
        }
        let off = (one - other).abs();
        // Of integers and booleans, which are compared exactly, both sides already say how far they are apart.
        if tolerance != Tolerance::EXACT && off.is_finite() {
            let allowed = tolerance.absolute.max(tolerance.relative * other.abs());
            let which = if *elements > 1 { "the marked one is off by" } else { "off by" };
            facts.push(format!("{which} {}, where {} is allowed", short(off), short(allowed)));
        }
        if facts.is_empty() { sides } else { format!("{sides}\n\n  {}", facts.join(", ")) }
    }

    /// What a difference of this form most often comes from, whatever the exercise.
    pub(crate) fn usual_cause(&self) -> Option<String> {
        match self {
            Difference::Size { got, expected } => {
                let squeezed = |shape: &[i64]| shape.iter().copied().filter(|&size| size != 1).collect::<Vec<_>>();
                let reversed: Vec<i64> = expected.iter().rev().copied().collect();
                if *got == reversed {
                    Some("the dimensions are in the wrong order: rows and columns are swapped.".to_owned())
                } else if squeezed(got) == squeezed(expected) {
                    Some("a dimension of size 1 was dropped or added: look at keepdim, squeeze, unsqueeze.".to_owned())
                } else {
                    None
                }
            }
            Difference::Kind { .. } => {
                Some("the dtype changed on the way: look at the kind that new tensors are made with, and at to_kind.".to_owned())
            }
            Difference::Values { got, expected, .. } if got.is_nan() && !expected.is_nan() => Some(
                "a NaN came in: 0/0, ∞−∞ and 0·NaN are NaN, and NaN spreads through every sum and product.".to_owned(),
            ),
            _ => None,
        }
    }
}

/// A distance, to two digits or to the whole number.
fn short(distance: f64) -> String {
    match distance {
        0.0 => "0".to_owned(),
        0.01..10.0 => format!("{distance:.2}"),
        10.0..1e6 => format!("{distance:.0}"),
        _ => format!("{distance:.1e}"),
    }
}

fn got_title(got: &Tensor) -> String {
    if got.defined() { format!("got, {}", crate::inputs::describe(got)) } else { "got".to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn exact(got: &Tensor, expected: &Tensor) -> Option<Difference> {
        compare(got, expected, Tolerance::EXACT)
    }

    #[test]
    fn size_dtype_and_device_are_compared_before_values() {
        let one = Tensor::from_slice(&[1.0_f32]);
        let ones = Tensor::ones([2, 2], (Kind::Float, Device::Cpu));
        assert_eq!(exact(&one, &ones), Some(Difference::Size { got: vec![1], expected: vec![2, 2] }));
        let double = one.to_kind(Kind::Double);
        assert_eq!(exact(&double, &one), Some(Difference::Kind { got: Kind::Double, expected: Kind::Float }));
        assert_eq!(exact(&Tensor::new(), &one), Some(Difference::Undefined));
        assert_eq!(exact(&one, &one), None);
        let empty = Tensor::zeros([0, 3], (Kind::Float, Device::Cpu));
        assert_eq!(exact(&empty, &empty), None);
    }

    #[test]
    fn the_first_element_that_differs_is_named_and_all_are_counted() {
        let expected = Tensor::from_slice(&[1.0, 2.0, 3.0, 4.0]).reshape([2, 2]);
        let got = Tensor::from_slice(&[1.0, 2.0, f64::NAN, 5.0]).reshape([2, 2]);
        let Some(Difference::Values { at, differing, elements, .. }) = exact(&got, &expected) else {
            panic!("no difference of values")
        };
        assert_eq!((at, differing, elements), (vec![1, 0], 2, 4));
    }

    #[test]
    fn a_sparse_result_is_a_difference_and_not_a_crash() {
        let dense = Tensor::from_slice(&[1.0_f32, 0.0]);
        let sparse = dense.to_sparse(None::<tch::Layout>, None::<&[i64]>, None);
        let difference = exact(&sparse, &dense);
        assert!(matches!(difference, Some(Difference::Unreadable) | None), "{difference:?}");
    }
}
