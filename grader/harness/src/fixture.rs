//! Snapshot fixtures: results written down once, with where they come from.
//!
//! A fixture is an insta snapshot `fixtures/exNN/NAME.snap` that holds one tensor as YAML (`dtype`, `shape`,
//! nested `values`). insta finds it and asks [`Numbers`] whether it matches; that comparator reads both sides
//! with serde_yaml and compares numbers within the tolerance of the dtype, so that CPU and GPU agree.

use std::path::Path;
use std::sync::{Arc, Mutex};

use insta::Snapshot;
use insta::comparator::Comparator;
use serde::{Deserialize, Serialize};
use tch::{Kind, Tensor};

use crate::call::Call;
use crate::display;
use crate::failure::{Failure, Outcome};
use crate::observe::observe;
use crate::suite::Context;
use crate::tolerance::Tolerance;

/// A tensor as a fixture holds it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    dtype: String,
    shape: Vec<i64>,
    /// As deep as the shape is long.
    values: serde_yaml::Value,
}

impl Context {
    /// Checks `got`, the result of `call`, against the fixture `name` of this exercise.
    ///
    /// `slips` are known wrong results with their causes, as for [`crate::Expect::slip`].
    ///
    /// # Errors
    /// How they differ; also that there is no such fixture.
    pub fn matches_fixture(
        &self,
        name: &str,
        call: &Call,
        got: &Tensor,
        slips: &[(&str, &dyn Fn() -> Tensor)],
    ) -> Outcome {
        let folder = self.settings.fixtures.join(&self.exercise);
        let judgement = judge(&folder, name, &Document::of(got)?);
        let Some(Judgement { reference, matches }) = judgement else {
            let file = folder.join(format!("{name}.snap"));
            return Err(Failure::new(format!("the course has no fixture {}", file.display())));
        };
        if matches {
            return Ok(());
        }
        let expected = reference.tensor()?.to_device(got.device());
        let mut expect = call.expect(got, &expected);
        for (cause, wrong) in slips {
            expect = expect.slip(cause, wrong);
        }
        expect.check()?;
        Err(call.fails(format!("the result is not the one of the fixture {name}")))
    }
}

struct Judgement {
    reference: Document,
    matches: bool,
}

/// Has insta find the snapshot and compare. What our own comparator found is the judgement: that insta can be
/// told by its environment to pass or to rewrite whatever it sees has no part in it.
fn judge(folder: &Path, name: &str, got: &Document) -> Option<Judgement> {
    let seen = Arc::new(Mutex::new(None));
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path(folder);
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.set_comparator(Box::new(Numbers { seen: Arc::clone(&seen) }));
    let text = serde_yaml::to_string(got).expect("a document is plain data");
    let _ = observe(|| settings.bind(|| insta::assert_snapshot!(name, text)));
    seen.lock().expect("the comparator does not panic").take()
}

/// Compares the numbers of two fixtures and remembers what it found.
#[derive(Clone)]
struct Numbers {
    seen: Arc<Mutex<Option<Judgement>>>,
}

impl Comparator for Numbers {
    fn matches(&self, reference: &Snapshot, test: &Snapshot) -> bool {
        let (Some(reference), Some(test)) = (document(reference), document(test)) else { return false };
        let matches = reference.is_close_to(&test);
        *self.seen.lock().expect("nothing panics while it is held") = Some(Judgement { reference, matches });
        matches
    }

    fn dyn_clone(&self) -> Box<dyn Comparator> {
        Box::new(self.clone())
    }
}

fn document(snapshot: &Snapshot) -> Option<Document> {
    serde_yaml::from_str(&snapshot.as_text()?.to_string()).ok()
}

impl Document {
    fn of(tensor: &Tensor) -> Result<Self, Failure> {
        let unreadable = || Failure::new("the result is a tensor whose values libtorch does not give out");
        if !tensor.defined() {
            return Err(Failure::new("the result is an undefined tensor: it holds nothing"));
        }
        let values = display::values(tensor).ok_or_else(unreadable)?;
        let shape = tensor.size();
        Ok(Document {
            dtype: display::dtype(tensor.kind()).to_owned(),
            values: nested(&values, &shape),
            shape,
        })
    }

    fn tensor(&self) -> Result<Tensor, Failure> {
        let kind = KINDS
            .into_iter()
            .find(|&kind| display::dtype(kind) == self.dtype)
            .ok_or_else(|| Failure::new(format!("a fixture of the course has the dtype “{}”", self.dtype)))?;
        let values = flat(&self.values)
            .ok_or_else(|| Failure::new("a fixture of the course has a value that is no number"))?;
        Ok(Tensor::from_slice(&values).reshape(&self.shape).to_kind(kind))
    }

    fn is_close_to(&self, test: &Document) -> bool {
        let Ok(expected) = self.tensor() else { return false };
        let tolerance = Tolerance::of(expected.kind());
        let (Some(expected), Some(got)) = (flat(&self.values), flat(&test.values)) else { return false };
        self.dtype == test.dtype
            && self.shape == test.shape
            && expected.len() == got.len()
            && got.iter().zip(&expected).all(|(&got, &expected)| tolerance.accepts(got, expected))
    }
}

const KINDS: [Kind; 10] = [
    Kind::Uint8,
    Kind::Int8,
    Kind::Int16,
    Kind::Int,
    Kind::Int64,
    Kind::Half,
    Kind::BFloat16,
    Kind::Float,
    Kind::Double,
    Kind::Bool,
];

fn nested(values: &[f64], shape: &[i64]) -> serde_yaml::Value {
    match shape {
        [] => values[0].into(),
        [_] => values.iter().map(|&value| serde_yaml::Value::from(value)).collect(),
        [size, rest @ ..] => {
            let stride = rest.iter().product::<i64>() as usize;
            (0..*size as usize).map(|row| nested(&values[row * stride..(row + 1) * stride], rest)).collect()
        }
    }
}

/// All numbers in order; `None` where something is not a number. (NaN is one.)
fn flat(values: &serde_yaml::Value) -> Option<Vec<f64>> {
    match values {
        serde_yaml::Value::Sequence(items) => {
            let flat: Option<Vec<Vec<f64>>> = items.iter().map(flat).collect();
            Some(flat?.concat())
        }
        serde_yaml::Value::Bool(value) => Some(vec![f64::from(u8::from(*value))]),
        other => Some(vec![other.as_f64()?]),
    }
}

#[cfg(test)]
mod properties;
