//! An axis: where a number lies on it, and which of its numbers are written at its side.

use std::ops::Range;

use plotters::coord::ranged1d::{KeyPointHint, KeyPointWeight, NoDefaultFormatting, Ranged, ValueFormatter};
use protocol::figure::Axis;

/// Ticks on an axis, about.
const TICKS: f64 = 6.0;

/// Further away than this nothing can be seen, and pixels are still numbers.
const FAR: f64 = 1e5;

/// An axis, linear or logarithmic: plotters has a type for each, and an axis of a figure may be either.
#[derive(Debug, Clone)]
pub struct Scale {
    logarithmic: bool,
    low: f64,
    high: f64,
    ticks: Vec<f64>,
}

impl Scale {
    pub fn of(axis: &Axis) -> Self {
        let [low, high] = axis.range;
        let ticks = if axis.logarithmic { decades(low, high) } else { round_numbers(low, high) };
        Scale { logarithmic: axis.logarithmic, low, high, ticks }
    }

    /// How far along the axis a number lies, from 0 to 1; `None` where it lies nowhere.
    pub fn along(&self, value: f64) -> Option<f64> {
        let measure = |value: f64| if self.logarithmic { value.log10() } else { value };
        let along = (measure(value) - measure(self.low)) / (measure(self.high) - measure(self.low));
        along.is_finite().then(|| along.clamp(-FAR, FAR))
    }

    /// The texts at its ticks.
    pub fn labels(&self) -> impl Iterator<Item = String> {
        self.ticks.iter().map(|tick| self.format_ext(tick))
    }
}

impl Ranged for Scale {
    type FormatOption = NoDefaultFormatting;
    type ValueType = f64;

    fn map(&self, value: &f64, (start, end): (i32, i32)) -> i32 {
        let along = self.along(*value).unwrap_or(-FAR);
        (f64::from(start) + along * f64::from(end - start)).round() as i32
    }

    fn key_points<Hint: KeyPointHint>(&self, hint: Hint) -> Vec<f64> {
        // Each is drawn once: as a line that has a number.
        match hint.weight() {
            KeyPointWeight::Bold => self.ticks.clone(),
            KeyPointWeight::Any => Vec::new(),
        }
    }

    fn range(&self) -> Range<f64> {
        self.low..self.high
    }
}

impl ValueFormatter<f64> for Scale {
    fn format_ext(&self, value: &f64) -> String {
        if self.logarithmic {
            return power_of_ten(value.log10().round() as i32);
        }
        let step = self.ticks.windows(2).map(|pair| pair[1] - pair[0]).next().unwrap_or(1.0);
        let decimals = (-step.log10().floor()).max(0.0) as usize;
        // −0 is 0 to a reader.
        let text = format!("{:.decimals$}", value + 0.0);
        text.replace('-', "−")
    }
}

/// 1, 10 and 100 as they are, others as powers.
fn power_of_ten(exponent: i32) -> String {
    let superscript = |letter: char| match letter {
        '-' => '⁻',
        '1' => '¹',
        '2' => '²',
        '3' => '³',
        digit => char::from_u32('⁰' as u32 + digit as u32 - '0' as u32).expect("superscripts go to 9"),
    };
    match exponent {
        0..=2 => 10_u32.pow(exponent as u32).to_string(),
        _ => "10".chars().chain(exponent.to_string().chars().map(superscript)).collect(),
    }
}

/// Multiples of 1, 2 or 5 times a power of ten.
fn round_numbers(low: f64, high: f64) -> Vec<f64> {
    let span = high - low;
    let power = 10_f64.powf((span / TICKS).log10().floor());
    let step = [1.0, 2.0, 5.0, 10.0].map(|times| times * power).into_iter().find(|step| span / step <= TICKS);
    let step = step.unwrap_or(span);
    let last = (high / step + 1e-9).floor() as i64;
    ((low / step - 1e-9).ceil() as i64..=last).map(|times| times as f64 * step).collect()
}

/// Powers of ten, of many only some.
fn decades(low: f64, high: f64) -> Vec<f64> {
    let (first, last) = ((low.log10() - 1e-9).ceil() as i32, (high.log10() + 1e-9).floor() as i32);
    let step = [1, 2, 3, 5, 10, 20, 50, 100]
        .into_iter()
        .find(|step| f64::from(last - first) / f64::from(*step) <= TICKS);
    let step = step.unwrap_or(100);
    (first..=last).filter(|exponent| exponent % step == 0).map(|exponent| 10_f64.powi(exponent)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(axis: Axis) -> String {
        Scale::of(&axis).labels().collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn ticks_are_round_numbers() {
        for (axis, expected) in [
            (Axis::linear("", -2.0, 2.0), "−2 −1 0 1 2"),
            (Axis::linear("", 0.0, 40.0), "0 10 20 30 40"),
            (Axis::linear("", 0.0, 0.35), "0.0 0.1 0.2 0.3"),
            (Axis::linear("", -1.5, 1.5), "−1.5 −1.0 −0.5 0.0 0.5 1.0 1.5"),
            (Axis::logarithmic("", 0.01, 1e4), "10⁻² 10⁻¹ 1 10 100 10³ 10⁴"),
            (Axis::logarithmic("", 1e-12, 10.0), "10⁻¹² 10⁻⁹ 10⁻⁶ 10⁻³ 1"),
        ] {
            assert_eq!(labels(axis), expected);
        }
    }

    #[test]
    fn a_number_that_lies_nowhere_is_not_placed() {
        let scale = Scale::of(&Axis::logarithmic("", 1.0, 100.0));
        assert_eq!(scale.along(10.0), Some(0.5));
        for nowhere in [0.0, -1.0, f64::NAN, f64::INFINITY] {
            assert_eq!(scale.along(nowhere), None, "{nowhere}");
        }
        assert_eq!(Scale::of(&Axis::linear("", 0.0, 1.0)).along(1e300), Some(FAR));
    }
}
