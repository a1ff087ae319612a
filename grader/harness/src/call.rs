//! One call of a learner's function: what it was called with, what came of it, what was expected.

use std::cell::Cell;
use std::fmt::Debug;

use tch::{Kind, TchError, Tensor};

use crate::compare::compare;
use crate::display;
use crate::failure::{Failure, FailureKind, Outcome};
use crate::inputs::describe_with;
use crate::observe::{observe, usual_cause};
use crate::plain::Plain;
use crate::tolerance::Tolerance;

/// One call of a learner's function.
///
/// Arguments are remembered as they are when they are named, before the call: a function that writes to its
/// input changes neither what is shown of it nor what is expected.
pub struct Call {
    function: String,
    arguments: Vec<Argument>,
    gradients_on_after: Cell<bool>,
}

struct Argument {
    name: String,
    given: Given,
}

enum Given {
    Value(String),
    Tensor { live: Tensor, before: Tensor, strides: Vec<i64>, version: i64, tracked: bool },
}

/// Why a function has to return an error.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// `TchError::Shape`: wrong rank or size.
    Shape,
    /// `TchError::Kind`: wrong dtype.
    Kind,
    /// `TchError::Convert`: a value that cannot be used.
    Convert,
}

impl Call {
    pub fn new(function: &str) -> Self {
        Call { function: function.to_owned(), arguments: Vec::new(), gradients_on_after: Cell::new(true) }
    }

    /// Names a tensor argument. Call this before the function is called.
    #[must_use]
    pub fn tensor(mut self, name: &str, tensor: &Tensor) -> Self {
        let given = Given::Tensor {
            live: tensor.shallow_clone(),
            before: tensor.detach_copy(),
            strides: tensor.stride(),
            version: tensor.internal_version(),
            tracked: tensor.requires_grad(),
        };
        self.arguments.push(Argument { name: name.to_owned(), given });
        self
    }

    /// Names any other argument.
    #[must_use]
    pub fn value(mut self, name: &str, value: impl Debug) -> Self {
        self.arguments.push(Argument { name: name.to_owned(), given: Given::Value(format!("{value:?}")) });
        self
    }

    /// Names a function argument by its formula.
    #[must_use]
    pub fn formula(mut self, name: &str, formula: &str) -> Self {
        self.arguments.push(Argument { name: name.to_owned(), given: Given::Value(formula.to_owned()) });
        self
    }

    /// The result of a function that cannot refuse its input.
    ///
    /// # Errors
    /// Its panic.
    pub fn returns<T>(&self, body: impl FnOnce() -> T) -> Result<T, Failure> {
        observe(|| {
            let result = body();
            self.gradients_on_after.set(gradients_are_on());
            result
        })
        .map_err(|failure| self.blame(failure))
    }

    /// The value of a function that must not refuse this input.
    ///
    /// # Errors
    /// Its panic, or that it returned an error.
    pub fn succeeds<T>(&self, body: impl FnOnce() -> Result<T, TchError>) -> Result<T, Failure> {
        self.returns(body)?.map_err(|error| {
            let failure =
                self.fails(format!("returned an error where a value was expected: {}", shown(&error)));
            match usual_cause(&error.to_string()) {
                Some(cause) => failure.because(cause),
                None => failure,
            }
        })
    }

    /// Checks that a function returns the error that its contract names.
    ///
    /// # Errors
    /// Its panic, that it returned a value, or another error.
    pub fn refuses<T>(&self, refusal: Refusal, body: impl FnOnce() -> Result<T, TchError>) -> Outcome {
        let expected = format!("Err(TchError::{refusal:?}(…))");
        match self.returns(body) {
            Ok(Ok(_)) => Err(self.fails(format!("returned a value, expected {expected}"))),
            Ok(Err(error)) if refusal.is(&error) => Ok(()),
            Ok(Err(error)) => Err(self.fails(format!("returned {}, expected {expected}", shown(&error)))),
            Err(failure) if failure.0.kind == FailureKind::Panicked => Err(failure.because(format!(
                "bad input has to be refused before it reaches libtorch: look at it first, and return {expected}."
            ))),
            Err(failure) => Err(failure),
        }
    }

    /// Checks that the call changed nothing it was given: no value, no version (a write that was undone
    /// again counts), no `requires_grad`, and that gradient mode is as it was.
    ///
    /// # Errors
    /// What was changed.
    pub fn leaves_inputs_alone(&self) -> Outcome {
        for Argument { name, given } in &self.arguments {
            let Given::Tensor { live, before, version, tracked, .. } = given else { continue };
            if compare(&live.detach(), before, Tolerance::EXACT).is_some() {
                let before_and_after = display::side_by_side(
                    ("before the call", &display::lines(before, None)),
                    ("after it", &display::lines(live, None)),
                );
                let failure = self.fails(format!("changed its input {name}"));
                let cause = "an operation whose name ends in _ and one like += write to the tensor itself. Views \
                             and shallow_clone share its storage; so do contiguous and to_kind where nothing has \
                             to change. Work on a copy().";
                return Err(failure.with_evidence(before_and_after).because(cause));
            }
            if live.internal_version() != *version {
                return Err(self
                    .fails(format!("wrote to its input {name}"))
                    .because("the values are the same again, but the tensor was written to in between, which breaks a graph that needs it: work on a copy()."));
            }
            if live.requires_grad() != *tracked {
                let now = if *tracked { "off" } else { "on" };
                return Err(self
                    .fails(format!("switched requires_grad of its input {name} {now}"))
                    .because("set_requires_grad acts on the tensor that shares its state, also through shallow_clone: use a detach() of it."));
            }
        }
        if !self.gradients_on_after.get() {
            return Err(self
                .fails("left gradient mode switched off")
                .because("a no_grad_guard was kept or forgotten: whatever runs next gets no gradients."));
        }
        Ok(())
    }

    /// Starts the comparison of a result with what is expected of it.
    pub fn expect<'a>(&'a self, got: &'a Tensor, expected: &'a Tensor) -> Expect<'a> {
        Expect {
            call: self,
            what: "the result".to_owned(),
            got,
            expected,
            tolerance: Tolerance::of(expected.kind()),
            slips: Vec::new(),
        }
    }

    /// Compares a result that is no tensor. `slips` are known wrong results with their causes, as for
    /// [`Expect::slip`].
    ///
    /// # Errors
    /// Both sides, and the likely cause.
    pub fn equals<T: Plain>(&self, got: &T, expected: &T, slips: &[(&str, T)]) -> Outcome {
        if got == expected {
            return Ok(());
        }
        let failure = self.fails(format!("returned {got:?}, expected {expected:?}"));
        let mut made = slips.iter().filter(|(_, wrong)| wrong == got).map(|(cause, _)| *cause);
        Err(match made.next() {
            Some(cause) if made.all(|other| other == cause) => failure.because(cause),
            _ => failure,
        })
    }

    /// Checks a property of the result that is true or false. `headline` says what is wrong where it is not.
    ///
    /// # Errors
    /// The headline.
    pub fn holds(&self, condition: bool, headline: &str) -> Outcome {
        if condition { Ok(()) } else { Err(self.fails(headline)) }
    }

    /// A failure of this call.
    pub fn fails(&self, headline: impl AsRef<str>) -> Failure {
        self.blame(Failure::new(headline.as_ref()))
    }

    fn blame(&self, mut failure: Failure) -> Failure {
        if failure.0.inputs.is_empty() {
            failure.0.headline = format!("{}: {}", self.signature(), failure.0.headline);
            failure.0.inputs = self.arguments.iter().map(Argument::shown).collect();
        }
        failure
    }

    fn signature(&self) -> String {
        let names: Vec<&str> = self.arguments.iter().map(|argument| argument.name.as_str()).collect();
        format!("{}({})", self.function, names.join(", "))
    }
}

impl Argument {
    fn shown(&self) -> String {
        let name = &self.name;
        match &self.given {
            Given::Value(value) => format!("{name} = {value}"),
            Given::Tensor { before, strides, tracked, .. } => {
                let described = describe_with(before, strides) + if *tracked { ", tracked" } else { "" };
                let lines = display::lines(before, None);
                let indent = " ".repeat(name.chars().count() + 3);
                format!("{name} = {}   ({described})", lines.join(&format!("\n{indent}")))
            }
        }
    }
}

impl Refusal {
    fn is(self, error: &TchError) -> bool {
        matches!(
            (self, error),
            (Refusal::Shape, TchError::Shape(_))
                | (Refusal::Kind, TchError::Kind(_))
                | (Refusal::Convert, TchError::Convert(_))
        )
    }
}

/// The first line of an error: libtorch appends a C++ stack to its own.
fn shown(error: &TchError) -> String {
    let (variant, text) = match error {
        TchError::Shape(text) => ("Shape", text.clone()),
        TchError::Kind(text) => ("Kind", text.clone()),
        TchError::Convert(text) => ("Convert", text.clone()),
        TchError::Torch(text) => ("Torch", text.clone()),
        other => ("…", other.to_string()),
    };
    format!("Err(TchError::{variant}({:?}))", text.lines().next().unwrap_or_default())
}

fn gradients_are_on() -> bool {
    thread_local! {
        /// Never dropped: at the end of a thread libtorch may be gone already.
        static LEAF: std::mem::ManuallyDrop<Tensor> = std::mem::ManuallyDrop::new(
            Tensor::ones([1], (Kind::Float, tch::Device::Cpu)).set_requires_grad(true),
        );
    }
    // What is computed of a leaf is recorded only while gradient mode is on.
    LEAF.with(|leaf| leaf.alias().requires_grad())
}

/// A comparison of a result with what is expected of it.
#[must_use = "a comparison that is not checked says nothing"]
pub struct Expect<'a> {
    call: &'a Call,
    what: String,
    got: &'a Tensor,
    expected: &'a Tensor,
    tolerance: Tolerance,
    slips: Vec<Slip<'a>>,
}

/// A wrong answer that learners give, and what is wrong in it.
struct Slip<'a> {
    cause: &'a str,
    wrong: Box<dyn Fn() -> Tensor + 'a>,
}

impl<'a> Expect<'a> {
    /// Names what is compared, where it is not simply the result.
    pub fn named(mut self, what: &str) -> Self {
        self.what = what.to_owned();
        self
    }

    /// Compares with another tolerance than the dtype's.
    pub fn within(mut self, tolerance: Tolerance) -> Self {
        self.tolerance = tolerance;
        self
    }

    /// A known slip: where the result is what `wrong` gives, `cause` is named as the likely cause. Where the
    /// results of slips with different causes coincide, as they do on small inputs, none is.
    pub fn slip(mut self, cause: &'a str, wrong: impl Fn() -> Tensor + 'a) -> Self {
        self.slips.push(Slip { cause, wrong: Box::new(wrong) });
        self
    }

    /// Compares.
    ///
    /// # Errors
    /// How the result differs, both sides, and the likely cause.
    pub fn check(self) -> Outcome {
        match compare(self.got, self.expected, self.tolerance) {
            None => Ok(()),
            Some(difference) => Err(self.failure(&difference)),
        }
    }

    fn failure(&self, difference: &crate::compare::Difference) -> Failure {
        let mut failure = self
            .call
            .fails(difference.headline(&self.what, self.expected.kind()))
            .with_evidence(difference.evidence(self.got, self.expected, self.tolerance));
        failure.0.cause = self.slip_made().map(str::to_owned).or_else(|| difference.usual_cause());
        failure
    }

    /// The cause of the slips whose result is the one that came, if it is one cause.
    fn slip_made(&self) -> Option<&'a str> {
        let mut made = self.slips.iter().filter(|slip| {
            observe(&slip.wrong).is_ok_and(|wrong| compare(self.got, &wrong, self.tolerance).is_none())
        });
        let cause = made.next()?.cause;
        made.all(|slip| slip.cause == cause).then_some(cause)
    }
}
