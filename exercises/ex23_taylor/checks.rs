//! Checks of ex23: ½‖w‖² and its gradient, the first-order Taylor model, and how far it is off.
//!
//! The references are values and gradients in plain arithmetic, of functions with known
//! derivatives. The laws are ∇½‖w‖² = w and ⟨∇L, w⟩ = 2L, that the model of an affine function is
//! exact, that of ½‖w‖² is ½t²‖u‖² off, and that half the step leaves a quarter of the error.

use std::cell::Cell;

use harness::inputs::{elements, tensors, values};
use harness::prelude::*;

harness::exercise!(ex23, suite);

type Fun<'a> = &'a dyn Fn(&Tensor) -> Tensor;

// The signatures of the contract: another one is a compile error here.
const HALF_SQ_NORM: fn(&Tensor) -> Tensor = ex23::half_sq_norm;
const TAYLOR1: fn(Fun, &Tensor, &Tensor) -> R<f64> = ex23::taylor1;
type Errors = fn(Fun, &Tensor, &Tensor, &[f64]) -> R<Vec<f64>>;
const TAYLOR_ERRORS: Errors = ex23::taylor_errors;

const KINDS: [Kind; 2] = [Kind::Double, Kind::Float];
/// The other two floating-point dtypes, for numbers that are exact in them.
const HALVES: [Kind; 2] = [Kind::Half, Kind::BFloat16];

const NO_HALF: &str = "this is ‖w‖²: the factor ½ is missing.";
const MEAN: &str = "this is divided by the number of elements: ‖w‖² is a sum, not a mean.";
const UNSQUARED: &str = "this is ½‖w‖: the norm has a square root, which ‖w‖² has not.";
const CUT: &str = "the graph ends before it reaches w. double_value takes a number out of it, detach() leaves it: \
                   return the tensor that the operations on w itself give.";
const ROOT: &str =
    "the slope of sqrt is infinite at 0, and ∞·0 is NaN in the backward pass. ‖w‖² needs no root.";

const SLOPE_ALONE: &str = "this is ⟨∇f(w), Δ⟩ alone: the model starts at f(w).";
const TRUE_VALUE: &str = "this is f(w + Δ) itself: the model sees f at w alone.";
const SUBTRACTED: &str =
    "this is f(w) − ⟨∇f(w), Δ⟩: the model is f(w) plus the inner product, and Δ has its own sign.";
const LENGTHS: &str = "this is f(w) + ‖∇f(w)‖·‖Δ‖, which is right only where Δ points along the gradient: ⟨g, Δ⟩ is \
                       the sum of the products of their elements.";
const GRADIENT_THERE: &str = "the gradient is taken at w + Δ: it is the one at w.";

const ROUNDED: &str = "a number was rounded to float32 on the way: take it out as an f64.";
const NO_LEAF: &str = "f gives w itself here, which is a leaf and depends on w: ask requires_grad() whether there is a \
                       graph, not is_leaf().";

const ZEROTH: &str = "this is f(w + t·u) − f(w): the slope t·⟨∇f(w), u⟩ is missing from the model.";
const T_FORGOTTEN: &str = "the model goes the whole u each time: its slope is t·⟨∇f(w), u⟩.";
const SWAPPED: &str = "this is the model minus the truth: the error is f(w + t·u) minus the model.";
const ABSOLUTE: &str = "this is the error without its sign: where f curves downwards it lies below its model, and the \
                        error is negative.";
const PER_SQUARE: &str = "this is the error divided by t².";
const NORMALISED: &str = "this goes along u/‖u‖: u is taken with the length it has.";

const NO_GRAPH: &str = "a value that does not depend on w has gradient 0. It may have no graph at all \
                        (requires_grad() is false: ask before the backward pass), or one that never reaches w (the \
                        gradient is then undefined: ask defined()).";
const ONCE_EACH: &str = "one evaluation on a leaf gives f(w) and, through its graph, ∇f(w). Both are the same for \
                         every t: compute them before the loop.";

fn suite(suite: &mut Suite) {
    suite.check("half_sq_norm gives ½‖w‖², of shape [] and the dtype of w", 1, half_squared_norm);
    suite.check("the gradient of half_sq_norm at w is w", 1, gradient_is_w);
    suite.check("taylor1 gives f(w) + ⟨∇f(w), Δ⟩", 2, model);
    suite.check("taylor_errors gives f(w + t·u) minus the model for each t", 2, errors);
    suite.check("f is evaluated once at w, and once for each t", 1, evaluations);
    suite.check("the model of an f that does not depend on w is flat", 1, independent_of_w);
    suite.check("w, delta and u are left as they were", 1, inputs_left_alone);
    suite.check("unusable shapes and dtypes are refused", 1, refusals);
}

/// `numbers` with the shape, dtype and device of `tensor`.
fn like(tensor: &Tensor, numbers: &[f64]) -> Tensor {
    Tensor::from_slice(numbers).reshape(tensor.size()).to_kind(tensor.kind()).to_device(tensor.device())
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    // The sum of no numbers is −0 in Rust.
    0.0 + a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>()
}

fn moved(w: &[f64], by: f64, u: &[f64]) -> Vec<f64> {
    w.iter().zip(u).map(|(w, u)| w + by * u).collect()
}

fn any_rank(kinds: &[Kind]) -> impl Strategy<Value = TensorSpec> {
    let quarters = elements::quarters;
    prop_oneof![
        tensors(&[], kinds, quarters()),
        tensors(&[0..=4], kinds, quarters()),
        tensors(&[0..=3, 0..=3], kinds, quarters()),
        tensors(&[1..=2, 1..=3, 1..=2], kinds, quarters()),
    ]
}

/// A tensor of the shape and dtype of `spec` with other numbers, in its own layout.
fn another(spec: &TensorSpec, numbers: &TensorSpec) -> TensorSpec {
    let as_many = numbers.values[..spec.values.len()].to_vec();
    TensorSpec { values: as_many, layout: numbers.layout, ..spec.clone() }
}

fn half_squared_norm(context: &Context) -> Outcome {
    // The lecture's numbers, where the wrong values that learners get all differ.
    let w = Tensor::from_slice(&[1.0_f32, -2.0, 3.0]).to_device(context.device());
    let number = |value: f64| Tensor::from(value as f32).to_device(context.device());
    let call = Call::new("half_sq_norm").tensor("w", &w);
    let got = call.returns(|| HALF_SQ_NORM(&w))?;
    let slips: [(&str, &dyn Fn() -> Tensor); 4] = [
        (NO_HALF, &|| number(14.0)),
        (MEAN, &|| number(7.0 / 3.0)),
        (MEAN, &|| number(14.0 / 3.0)),
        (UNSQUARED, &|| number(14.0_f64.sqrt() / 2.0)),
    ];
    context.matches_fixture("half_sq_norm", &call, &got, &slips)?;
    for kind in HALVES {
        let w = w.to_kind(kind);
        let call = Call::new("half_sq_norm").tensor("w", &w);
        let got = call.returns(|| HALF_SQ_NORM(&w))?;
        call.expect(&got, &number(7.0).to_kind(kind)).check()?;
    }

    context.for_all(any_rank(&KINDS), |spec| {
        let w = spec.tensor(context.device());
        let at = values(&w);
        let number = |value: f64| Tensor::from(value).to_kind(spec.kind).to_device(context.device());
        let expected = number(0.5 * dot(&at, &at));
        let call = Call::new("half_sq_norm").tensor("w", &w);
        let got = call.returns(|| HALF_SQ_NORM(&w))?;
        call.expect(&got, &expected)
            .slip(NO_HALF, || number(dot(&at, &at)))
            .slip(MEAN, || number(0.5 * dot(&at, &at) / at.len() as f64))
            .slip(UNSQUARED, || number(0.5 * dot(&at, &at).sqrt()))
            .check()
    })
}

fn gradient_is_w(context: &Context) -> Outcome {
    let is_gradient = |w: &Tensor| -> Outcome {
        let at = values(w);
        let call = Call::new("half_sq_norm").tensor("w", w);
        let value = call.returns(|| HALF_SQ_NORM(w))?;
        let linked = value.requires_grad() && value.numel() == 1;
        call.holds(linked, "the result is no tracked number, though w is tracked")
            .map_err(|failure| failure.because(CUT))?;
        value.backward();
        let gradient = w.grad();
        call.expect(&gradient, &like(w, &at))
            .named("the gradient of the result by w")
            .slip(NO_HALF, || like(w, &at) * 2.0)
            .slip(MEAN, || like(w, &at) / at.len() as f64)
            .slip(ROOT, || like(w, &vec![f64::NAN; at.len()]))
            .check()
            .map_err(|failure| if gradient.defined() { failure } else { failure.because(CUT) })?;
        // ⟨∇L, w⟩ = 2L. Whether L is right, another check asks.
        call.expect(&Tensor::from(dot(&values(&gradient), &at)), &Tensor::from(dot(&at, &at)))
            .named("⟨∇L, w⟩, which is ‖w‖² = 2L,")
            .within(Tolerance::of(w.kind()))
            .check()
    };
    context.for_all(any_rank(&KINDS), |spec| {
        // The gradient by no elements is empty, in a graph and out of it.
        if spec.values.is_empty() {
            return Ok(());
        }
        is_gradient(&spec.tensor(context.device()).set_requires_grad(true))
    })?;
    for shape in [&[3][..], &[2, 2]] {
        let zeros = Tensor::zeros(shape, (Kind::Double, context.device()));
        is_gradient(&zeros.set_requires_grad(true))?;
    }
    for kind in HALVES {
        let w = Tensor::from_slice(&[1.0, -2.0, 3.0]).to_kind(kind).to_device(context.device());
        is_gradient(&w.set_requires_grad(true))?;
    }

    // What w was computed from gets its gradient, too: here w = x², and ∂/∂x ½‖w‖² = w·2x = 2x³.
    let x = Tensor::from_slice(&[0.5, -2.0, 3.0]).to_device(context.device()).set_requires_grad(true);
    let w = x.square();
    let call = Call::new("half_sq_norm").formula("w", "x², for a tracked x = [0.5, -2., 3.]");
    let value = call.returns(|| HALF_SQ_NORM(&w))?;
    call.holds(value.requires_grad() && value.numel() == 1, "the result is no tracked number")
        .map_err(|failure| failure.because(CUT))?;
    value.backward();
    call.expect(&x.grad(), &like(&x, &[0.25, -16.0, 54.0]))
        .named("the gradient of the result by x")
        .check()
        .map_err(|failure| if x.grad().defined() { failure } else { failure.because(CUT) })
}

/// A function with its gradient in plain arithmetic.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Objective {
    HalfSquaredNorm,
    Affine,
    Waves,
    SquaredSum,
}

use Objective::{Affine, HalfSquaredNorm, SquaredSum, Waves};

impl Objective {
    fn any() -> impl Strategy<Value = Self> {
        select(vec![HalfSquaredNorm, Affine, Waves, SquaredSum])
    }

    fn formula(self) -> &'static str {
        match self {
            HalfSquaredNorm => "½‖w‖²",
            Affine => "3 + 1·a − 2·b + 3·c − …, a, b, c, … the elements of w in order",
            Waves => "Σ cos(wᵢ)",
            SquaredSum => "(Σ wᵢ)², shape [1]",
        }
    }

    /// Coefficients of the affine function.
    fn coefficients(numel: usize) -> Vec<f64> {
        (1..=numel).map(|index| if index % 2 == 1 { index as f64 } else { -(index as f64) }).collect()
    }

    /// What is given to the learner.
    fn of_tensor(self, w: &Tensor) -> Tensor {
        match self {
            HalfSquaredNorm => w.square().sum(None::<Kind>) * 0.5,
            Affine => (w * like(w, &Objective::coefficients(w.numel()))).sum(None::<Kind>) + 3.0,
            Waves => w.cos().sum(None::<Kind>),
            SquaredSum => w.sum(None::<Kind>).square().reshape([1]),
        }
    }

    fn value(self, w: &[f64]) -> f64 {
        match self {
            HalfSquaredNorm => 0.5 * dot(w, w),
            Affine => 3.0 + dot(&Objective::coefficients(w.len()), w),
            Waves => 0.0 + w.iter().map(|w| w.cos()).sum::<f64>(),
            SquaredSum => w.iter().sum::<f64>().powi(2),
        }
    }

    fn gradient(self, w: &[f64]) -> Vec<f64> {
        match self {
            HalfSquaredNorm => w.to_vec(),
            Affine => Objective::coefficients(w.len()),
            Waves => w.iter().map(|w| -w.sin()).collect(),
            SquaredSum => vec![2.0 * w.iter().sum::<f64>(); w.len()],
        }
    }

    fn slope(self, w: &[f64], u: &[f64]) -> f64 {
        dot(&self.gradient(w), u)
    }

    /// By the formula, except where all of it but ½t²·⟨u, H·u⟩ cancels.
    fn error(self, w: &[f64], u: &[f64], t: f64) -> f64 {
        match self {
            HalfSquaredNorm => 0.5 * t * t * dot(u, u),
            Affine => 0.0,
            SquaredSum => (t * u.iter().sum::<f64>()).powi(2),
            Waves => self.value(&moved(w, t, u)) - self.value(w) - t * self.slope(w, u),
        }
    }
}

/// (x, y) ↦ x²y + xy².
fn two_variables(w: &Tensor) -> Tensor {
    let (x, y) = (w.get(0), w.get(1));
    &x * &y * (&x + &y)
}

fn model_of(formula: &str, w: &Tensor, delta: &Tensor) -> Call {
    Call::new("taylor1").formula("f", formula).tensor("w", w).tensor("delta", delta)
}

fn errors_of(formula: &str, w: &Tensor, u: &Tensor, ts: &[f64]) -> Call {
    let call = Call::new("taylor_errors").formula("f", formula).tensor("w", w).tensor("u", u);
    call.value("ts", ts)
}

fn model(context: &Context) -> Outcome {
    // The primer's function, where the wrong numbers that learners get all differ.
    let vector = |numbers: &[f64]| Tensor::from_slice(numbers).to_device(context.device());
    let (w, delta) = (vector(&[1.0, 2.0]), vector(&[0.5, -1.0]));
    let call = model_of("x²y + xy² for w = (x, y)", &w, &delta);
    let got = call.succeeds(|| TAYLOR1(&two_variables, &w, &delta))?;
    let slips: [(&str, &dyn Fn() -> Tensor); 5] = [
        (SLOPE_ALONE, &|| Tensor::from(-1.0)),
        (TRUE_VALUE, &|| Tensor::from(3.75)),
        (SUBTRACTED, &|| Tensor::from(7.0)),
        (LENGTHS, &|| Tensor::from(6.0 + (89.0_f64 * 1.25).sqrt())),
        // The gradient at (1½, 1) is (4, 5¼).
        (GRADIENT_THERE, &|| Tensor::from(6.0 + 2.0 - 5.25)),
    ];
    context.matches_fixture("two_variables", &call, &Tensor::from(got), &slips)?;
    for kind in HALVES {
        let (w, delta) = (vector(&[1.0, 2.0]).to_kind(kind), vector(&[0.5, -1.0]).to_kind(kind));
        let call = model_of("x²y + xy² for w = (x, y)", &w, &delta);
        let got = call.succeeds(|| TAYLOR1(&two_variables, &w, &delta))?;
        call.expect(&Tensor::from(got), &Tensor::from(5.0)).check()?;
    }
    // f is given w in its own dtype, and may give its value in another one.
    for (kind, value_kind) in [(Kind::Float, Kind::Double), (Kind::Half, Kind::Float)] {
        let (w, delta) = (vector(&[1.0, 2.0]).to_kind(kind), vector(&[0.5, -1.0]).to_kind(kind));
        let call = model_of(&format!("x²y + xy² for w = (x, y), in {value_kind:?}"), &w, &delta);
        let given = Cell::new(kind);
        let f = |w: &Tensor| {
            given.set(w.kind());
            two_variables(w).to_kind(value_kind)
        };
        let got = call.succeeds(|| TAYLOR1(&f, &w, &delta))?;
        call.holds(given.get() == kind, &format!("f was given {:?}, expected {kind:?}", given.get()))?;
        call.expect(&Tensor::from(got), &Tensor::from(5.0)).check()?;
    }
    // The value of f is the leaf that f was given: the model of an affine function is exact.
    for shape in [&[][..], &[1]] {
        let (w, delta) = (vector(&[2.5]).reshape(shape), vector(&[-0.75]).reshape(shape));
        let call = model_of("w itself", &w, &delta);
        let got = call.succeeds(|| TAYLOR1(&Tensor::shallow_clone, &w, &delta))?;
        call.expect(&Tensor::from(got), &Tensor::from(1.75))
            .check()
            .map_err(|failure| failure.because(NO_LEAF))?;
    }
    // 50 010 000.5 + 0.25·10 001: more digits than a float32 has.
    let (w, delta) = (vector(&[10_001.0]), vector(&[0.25]));
    let call = model_of(HalfSquaredNorm.formula(), &w, &delta);
    let got = call.succeeds(|| TAYLOR1(&|w| HalfSquaredNorm.of_tensor(w), &w, &delta))?;
    call.expect(&Tensor::from(got), &Tensor::from(50_012_500.75))
        .within(Tolerance::EXACT)
        .check()
        .map_err(|failure| failure.because(ROUNDED))?;

    let inputs = (Objective::any(), any_rank(&KINDS), tensors(&[12..=12], &KINDS, elements::quarters()));
    context.for_all(inputs, |(objective, spec, numbers)| {
        let w = spec.tensor(context.device());
        let delta = another(&spec, &numbers).tensor(context.device());
        let (at, step) = (values(&w), values(&delta));
        let (value, slope) = (objective.value(&at), objective.slope(&at, &step));
        let end = moved(&at, 1.0, &step);
        let call = model_of(objective.formula(), &w, &delta);
        let got = call.succeeds(|| TAYLOR1(&|w| objective.of_tensor(w), &w, &delta))?;
        // Terms of up to a hundred, of which float32 keeps 7 digits, may add up to nearly nothing.
        let tolerance = match spec.kind {
            Kind::Float => Tolerance { relative: 1e-5, absolute: 1e-4 },
            kind => Tolerance::of(kind),
        };
        call.expect(&Tensor::from(got), &Tensor::from(value + slope))
            .within(tolerance)
            .slip(SLOPE_ALONE, || Tensor::from(slope))
            .slip(TRUE_VALUE, || Tensor::from(objective.value(&end)))
            .slip(SUBTRACTED, || Tensor::from(value - slope))
            .slip(LENGTHS, || {
                let gradient = objective.gradient(&at);
                Tensor::from(value + (dot(&gradient, &gradient) * dot(&step, &step)).sqrt())
            })
            .slip(GRADIENT_THERE, || Tensor::from(value + objective.slope(&end, &step)))
            .check()
    })
}

fn errors(context: &Context) -> Outcome {
    let vector = |numbers: &[f64]| Tensor::from_slice(numbers).to_device(context.device());
    let (w, u, ts) = (vector(&[1.0, -2.0]), vector(&[3.0, 4.0]), [1.0, 0.5, 0.25, -1.0, 0.0]);
    let call = errors_of(HalfSquaredNorm.formula(), &w, &u, &ts);
    let got = call.succeeds(|| TAYLOR_ERRORS(&|w| HalfSquaredNorm.of_tensor(w), &w, &u, &ts))?;
    let each = |error: &dyn Fn(f64) -> f64| Tensor::from_slice(&ts.map(error));
    let slips: [(&str, &dyn Fn() -> Tensor); 5] = [
        // ⟨w, u⟩ = −5.
        (ZEROTH, &|| each(&|t| 12.5 * t * t - 5.0 * t)),
        (T_FORGOTTEN, &|| each(&|t| 12.5 * t * t - 5.0 * t + 5.0)),
        (SWAPPED, &|| each(&|t| -12.5 * t * t)),
        (PER_SQUARE, &|| each(&|t| if t == 0.0 { f64::NAN } else { 12.5 })),
        (NORMALISED, &|| each(&|t| 0.5 * t * t)),
    ];
    context.matches_fixture("quadratic_errors", &call, &Tensor::from_slice(&got), &slips)?;

    // x³ curves upwards at 1½ and downwards at −1½: (½ + t)³ is ⅛ + ¾t, and 1½t² + t³ more.
    let (w, u, ts) = (vector(&[0.5]), vector(&[1.0]), [1.0, -2.0]);
    let call = errors_of("x³, shape [1]", &w, &u, &ts);
    let got = call.succeeds(|| TAYLOR_ERRORS(&|w| w.pow_tensor_scalar(3), &w, &u, &ts))?;
    call.expect(&Tensor::from_slice(&got), &Tensor::from_slice(&[2.5, -2.0]))
        .named("the list")
        .slip(ABSOLUTE, || Tensor::from_slice(&[2.5, 2.0]))
        .check()?;

    // Far from 0 the error is what is left of numbers with more digits than a float32 has.
    let (w, u, ts) = (vector(&[10_001.0]), vector(&[1.0]), [1.0, -0.5]);
    let call = errors_of(HalfSquaredNorm.formula(), &w, &u, &ts);
    let got = call.succeeds(|| TAYLOR_ERRORS(&|w| HalfSquaredNorm.of_tensor(w), &w, &u, &ts))?;
    call.expect(&Tensor::from_slice(&got), &Tensor::from_slice(&[0.5, 0.125]))
        .named("the list")
        .check()
        .map_err(|failure| failure.because(ROUNDED))?;

    let numbers = tensors(&[12..=12], &[Kind::Double], elements::quarters());
    let ts =
        select(vec![vec![], vec![1.0], vec![0.0, -0.5], vec![2.0, 0.5, -1.0], vec![-0.25, 1.0, 0.25, 0.0]]);
    let inputs = (Objective::any(), any_rank(&[Kind::Double]), numbers, ts);
    context.for_all(inputs, |(objective, spec, numbers, ts)| {
        let w = spec.tensor(context.device());
        let u = another(&spec, &numbers).tensor(context.device());
        let (at, direction) = (values(&w), values(&u));
        let slope = objective.slope(&at, &direction);
        let each = |error: &dyn Fn(f64, f64) -> f64| {
            let errors = ts.iter().map(|&t| error(t, objective.error(&at, &direction, t)));
            Tensor::from_slice(&errors.collect::<Vec<f64>>())
        };
        let call = errors_of(objective.formula(), &w, &u, &ts);
        let got = call.succeeds(|| TAYLOR_ERRORS(&|w| objective.of_tensor(w), &w, &u, &ts))?;
        call.expect(&Tensor::from_slice(&got), &each(&|_, error| error))
            .named("the list")
            .slip(ZEROTH, || each(&|t, error| error + t * slope))
            .slip(T_FORGOTTEN, || each(&|t, error| error + (t - 1.0) * slope))
            .slip(SWAPPED, || each(&|_, error| -error))
            .slip(ABSOLUTE, || each(&|_, error| error.abs()))
            .check()
    })?;

    // The law of the lesson, on a function that is not quadratic: the quarter is nearly reached.
    let (w, u, ts) = (vector(&[0.5, -1.0, 2.0]), vector(&[1.0, -0.5, 0.75]), [0.0625, 0.03125, 0.015625]);
    let call = errors_of("Σ exp(wᵢ)", &w, &u, &ts);
    let got = call.succeeds(|| TAYLOR_ERRORS(&|w| w.exp().sum(None::<Kind>), &w, &u, &ts))?;
    call.holds(got.len() == 3, &format!("returned {} errors, expected 3", got.len()))?;
    for (t, pair) in ts.iter().zip(got.windows(2)) {
        call.expect(&Tensor::from(pair[0] / pair[1]), &Tensor::from(4.0))
            .named(&format!("the error at {t} divided by that at half of it"))
            // Of the next term, with t³, this much is still to be seen.
            .within(Tolerance::absolute(0.1))
            .check()?;
    }
    Ok(())
}

fn evaluations(context: &Context) -> Outcome {
    let vector = |numbers: &[f64]| Tensor::from_slice(numbers).to_device(context.device());
    let evaluations = Cell::new(0);
    let unlike_w = Cell::new(false);
    let f = |w: &Tensor| {
        evaluations.set(evaluations.get() + 1);
        unlike_w.set(unlike_w.get() || w.size() != [2] || w.kind() != Kind::Double);
        two_variables(w)
    };
    let as_often = |call: &Call, expected: usize| -> Outcome {
        let (evaluations, unlike_w) = (evaluations.replace(0), unlike_w.replace(false));
        call.holds(!unlike_w, "f was given a tensor that is not float64 of shape [2], as w is")?;
        let headline = format!("evaluated f {evaluations} times, expected {expected}");
        call.holds(evaluations == expected, &headline).map_err(|failure| failure.because(ONCE_EACH))
    };
    let formula = "x²y + xy² for w = (x, y)";
    let (w, u) = (vector(&[1.0, 2.0]), vector(&[0.5, -1.0]));
    let call = model_of(formula, &w, &u);
    call.succeeds(|| TAYLOR1(&f, &w, &u))?;
    as_often(&call, 1)?;
    for ts in [&[][..], &[0.5], &[1.0, 0.5, -0.25, 0.0]] {
        let (w, u) = (vector(&[1.0, 2.0]), vector(&[0.5, -1.0]));
        let call = errors_of(formula, &w, &u, ts);
        call.succeeds(|| TAYLOR_ERRORS(&f, &w, &u, ts))?;
        as_often(&call, 1 + ts.len())?;
    }
    Ok(())
}

fn independent_of_w(context: &Context) -> Outcome {
    let tracked = Tensor::from(4.0).to_device(context.device()).set_requires_grad(true);
    let functions: [(&str, Fun, f64); 3] = [
        ("7", &|_| Tensor::from(7.0), 7.0),
        ("the number of elements, int64", &|w| Tensor::from(w.numel() as i64), 2.0),
        ("p², of a tracked p = 4 elsewhere", &|_| tracked.square(), 16.0),
    ];
    for (formula, f, value) in functions {
        let vector = |numbers: &[f64]| Tensor::from_slice(numbers).to_device(context.device());
        let (w, delta) = (vector(&[1.0, -2.0]), vector(&[3.0, 4.0]));
        let call = model_of(formula, &w, &delta);
        let got = call.succeeds(|| TAYLOR1(f, &w, &delta)).map_err(|failure| failure.because(NO_GRAPH))?;
        // That the model starts at f(w), another check asks: here only that it has no slope.
        let opposite = vector(&[-3.0, -4.0]);
        let other = model_of(formula, &w, &opposite)
            .succeeds(|| TAYLOR1(f, &w, &opposite))
            .map_err(|failure| failure.because(NO_GRAPH))?;
        call.holds(
            got == other,
            &format!("returned {got}, and {other} for −delta: expected {value} for both"),
        )
        .map_err(|failure| failure.because(NO_GRAPH))?;

        let ts = [1.0, -0.5];
        let call = errors_of(formula, &w, &delta, &ts);
        let got = call
            .succeeds(|| TAYLOR_ERRORS(f, &w, &delta, &ts))
            .map_err(|failure| failure.because(NO_GRAPH))?;
        call.expect(&Tensor::from_slice(&got), &Tensor::from_slice(&[0.0, 0.0]))
            .named("the list")
            .within(Tolerance::EXACT)
            .check()
            .map_err(|failure| failure.because(NO_GRAPH))?;
    }
    Ok(())
}

fn inputs_left_alone(context: &Context) -> Outcome {
    let f = |w: &Tensor| Waves.of_tensor(w);
    for layout in Layout::ALL {
        for (w_tracked, u_tracked) in [(false, false), (true, false), (false, true), (true, true)] {
            let tensor = |numbers: [f64; 4], tracked| {
                let (shape, kind) = (vec![2, 2], Kind::Double);
                let spec = TensorSpec { shape, kind, values: numbers.to_vec(), layout };
                spec.tensor(context.device()).set_requires_grad(tracked)
            };
            let w = tensor([1.5, -2.0, 0.5, 3.0], w_tracked);
            let call = Call::new("half_sq_norm").tensor("w", &w);
            let _ = call.returns(|| HALF_SQ_NORM(&w))?;
            call.leaves_inputs_alone()?;

            let inputs =
                || (tensor([1.5, -2.0, 0.5, 3.0], w_tracked), tensor([2.0, -0.5, 4.0, 1.0], u_tracked));
            let (w, delta) = inputs();
            let call = model_of(Waves.formula(), &w, &delta);
            call.succeeds(|| TAYLOR1(&f, &w, &delta))?;
            call.leaves_inputs_alone()?;
            no_gradient_left(&call, &[("w", &w), ("delta", &delta)])?;

            let (w, u) = inputs();
            let call = errors_of(Waves.formula(), &w, &u, &[0.5, -1.0]);
            call.succeeds(|| TAYLOR_ERRORS(&f, &w, &u, &[0.5, -1.0]))?;
            call.leaves_inputs_alone()?;
            no_gradient_left(&call, &[("w", &w), ("u", &u)])?;
        }
    }
    Ok(())
}

fn no_gradient_left(call: &Call, inputs: &[(&str, &Tensor)]) -> Outcome {
    for (name, input) in inputs {
        call.holds(!input.grad().defined(), &format!("left a gradient in {name}")).map_err(|failure| {
            failure.because("a backward pass reached the tensor of the caller: detach() it first.")
        })?;
    }
    Ok(())
}

fn refusals(context: &Context) -> Outcome {
    let tensor = |shape: &[i64], kind| {
        let numel: i64 = shape.iter().product();
        let numbers: Vec<f64> = (0..numel).map(|index| 2.0 * index as f64 - 1.0).collect();
        Tensor::from_slice(&numbers).reshape(shape).to_kind(kind).to_device(context.device())
    };
    let double = |shape: &[i64]| tensor(shape, Kind::Double);
    let half_squared: (&str, Fun) = (HalfSquaredNorm.formula(), &|w| HalfSquaredNorm.of_tensor(w));
    let refuses_model = |(formula, f): (&str, Fun), w: &Tensor, delta: &Tensor, refusal| {
        model_of(formula, w, delta).refuses(refusal, || TAYLOR1(f, w, delta))
    };
    let refuses_errors = |(formula, f): (&str, Fun), w: &Tensor, u: &Tensor, refusal| -> Outcome {
        for ts in [&[][..], &[0.5]] {
            errors_of(formula, w, u, ts).refuses(refusal, || TAYLOR_ERRORS(f, w, u, ts))?;
        }
        Ok(())
    };

    let broadcast = "[3] with [1] or with [3, 1] is broadcast without a word: compare size() first.";
    for other in [double(&[1]), double(&[3, 1]), double(&[]), double(&[2])] {
        let because = |failure: Failure| failure.because(broadcast);
        refuses_model(half_squared, &double(&[3]), &other, Refusal::Shape).map_err(because)?;
        refuses_errors(half_squared, &double(&[3]), &other, Refusal::Shape).map_err(because)?;
    }
    let vector = "only a single number has a gradient: look at the value's numel() before the backward pass. \
                  run_backward differentiates the sum of the elements without a word.";
    let functions: [(&str, Fun); 3] = [
        ("w², not summed", &|w| w.square()),
        ("an empty part of w, shape [0]", &|w| w.narrow(0, 0, 0)),
        ("[1, 2], constant", &|_| Tensor::from_slice(&[1.0, 2.0])),
    ];
    for f in functions {
        let because = |failure: Failure| failure.because(vector);
        refuses_model(f, &double(&[3]), &double(&[3]), Refusal::Shape).map_err(because)?;
        refuses_errors(f, &double(&[3]), &double(&[3]), Refusal::Shape).map_err(because)?;
    }
    // w is (−1, 1, 3), with one such element. 3·w has two, and −w has none.
    let (w, u) = (double(&[3]), double(&[3]));
    let above: Fun = &|w| w.masked_select(&w.gt(2.0));
    for ts in [[2.0], [-2.0]] {
        let call = errors_of("the elements of w above 2", &w, &u, &ts);
        call.refuses(Refusal::Shape, || TAYLOR_ERRORS(above, &w, &u, &ts)).map_err(|failure| {
            failure.because("every value of f has to be one number, and not only that at w.")
        })?;
    }

    let (double, float, integers) = (double(&[3]), tensor(&[3], Kind::Float), tensor(&[3], Kind::Int64));
    for (w, delta) in [(&integers, &integers), (&double, &float), (&float, &double), (&double, &integers)] {
        refuses_model(half_squared, w, delta, Refusal::Kind)?;
        refuses_errors(half_squared, w, delta, Refusal::Kind)?;
    }
    refuses_errors(half_squared, &float, &float, Refusal::Kind).map_err(|failure| {
        failure.because("of the difference of two nearly equal numbers float32 keeps hardly a digit: only float64 is taken.")
    })
}
