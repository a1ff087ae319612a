//! How far a number may be off, by dtype.

use approx::relative_eq;
use tch::Kind;

/// A relative and an absolute tolerance; a number within either of them is close enough.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Tolerance {
    pub relative: f64,
    pub absolute: f64,
}

impl Tolerance {
    /// Not a bit off.
    pub const EXACT: Tolerance = Tolerance { relative: 0.0, absolute: 0.0 };

    /// The defaults of `torch.testing.assert_close`; exact for integers and booleans.
    ///
    /// Source: <https://docs.pytorch.org/docs/stable/testing.html#torch.testing.assert_close>
    pub fn of(kind: Kind) -> Self {
        let (relative, absolute) = match kind {
            Kind::Half => (1e-3, 1e-5),
            Kind::BFloat16 => (1.6e-2, 1e-5),
            Kind::Float | Kind::ComplexFloat => (1.3e-6, 1e-5),
            Kind::Double | Kind::ComplexDouble => (1e-7, 1e-7),
            _ => (0.0, 0.0),
        };
        Tolerance { relative, absolute }
    }

    /// The same number off, whatever its size.
    pub fn absolute(absolute: f64) -> Self {
        Tolerance { relative: 0.0, absolute }
    }

    /// Whether `got` is close enough to `expected`. NaN is close to NaN alone, ±∞ to itself alone.
    pub fn accepts(&self, got: f64, expected: f64) -> bool {
        if got.is_nan() || expected.is_nan() {
            return got.is_nan() && expected.is_nan();
        }
        relative_eq!(got, expected, epsilon = self.absolute, max_relative = self.relative)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_accepted_inside_either_tolerance_and_refused_outside_both() {
        let f32 = Tolerance::of(Kind::Float);
        for (got, expected, accepted) in [
            (1.0, 1.0, true),
            (1.0 + 1e-6, 1.0, true),
            (1.0 + 2e-5, 1.0, false),
            (1e6 + 1.0, 1e6, true),
            (1e6 + 2.0, 1e6, false),
            (0.9e-5, 0.0, true),
            (1.1e-5, 0.0, false),
            (f64::NAN, f64::NAN, true),
            (f64::NAN, 0.0, false),
            (0.0, f64::NAN, false),
            (f64::INFINITY, f64::INFINITY, true),
            (f64::INFINITY, f64::NEG_INFINITY, false),
            (f64::MAX, f64::INFINITY, false),
            (-0.0, 0.0, true),
        ] {
            assert_eq!(f32.accepts(got, expected), accepted, "{got} for {expected}");
        }
    }

    #[test]
    fn integers_are_compared_exactly() {
        assert!(Tolerance::of(Kind::Int64).accepts(3.0, 3.0));
        assert!(!Tolerance::of(Kind::Int64).accepts(1_000_001.0, 1_000_000.0));
    }

    #[test]
    fn a_coarser_dtype_gets_a_wider_tolerance() {
        let widths =
            [Kind::BFloat16, Kind::Half, Kind::Float, Kind::Double].map(|kind| Tolerance::of(kind).relative);
        assert!(widths.is_sorted_by(|wider, narrower| wider > narrower), "{widths:?}");
    }
}
