//! Checks of ex04: one step of gradient descent, and a run of them with its losses.

mod figures;

use std::cell::{Cell, RefCell};

use harness::inputs::{matrices, values};
use harness::prelude::*;

harness::exercise!(ex04, suite);

type Fun<'a> = &'a dyn Fn(&Tensor) -> Tensor;

// The signatures of the contract: another one is a compile error here.
const GD_STEP: fn(&Tensor, &Tensor, f64) -> R<Tensor> = ex04::gd_step;
type Descent = fn(Fun, &Tensor, f64, usize) -> R<(Tensor, Vec<f64>)>;
const GRADIENT_DESCENT: Descent = ex04::gradient_descent;

const UPHILL: &str = "this step goes along the gradient, uphill: descent subtracts lr·g.";
const ACCUMULATED: &str = "the gradients of earlier steps are still in w.grad(): backward adds to what is there. Clear \
                           it after every step (zero_grad), or make a new leaf for every step.";
const NOT_MOVED: &str = "w never moved. Was f evaluated inside no_grad, or was the gradient cleared before it was used? \
                         w.grad() is a handle: after zero_grad it shows zeros.";
const FROZEN: &str = "every step uses the gradient at w0: it has to be computed anew at each iterate.";
const EXAMPLE_ONLY: &str = "this takes w for the gradient, which is true of f(w) = ½‖w‖² alone.";
const ONE_FEWER: &str = "this is the iterate one step earlier.";
const NO_GRAPH: &str = "a loss that does not depend on w has gradient 0. It may have no graph at all (requires_grad() \
                        is false), or one that never reaches w (w.grad() is then undefined: ask defined()).";
const NO_LEAF: &str = "w is not a leaf: it was computed by a recorded operation (copy() of a tracked w0, or a step outside \
                       no_grad), so backward leaves no gradient in it, and w.grad() is undefined, of size [0]. Begin each \
                       round with w.detach().copy().set_requires_grad(true).";
const OWN_STORAGE: &str = "detach, shallow_clone, and where nothing changes contiguous, reshape, to_kind share storage: \
                           copy() has its own.";

fn suite(suite: &mut Suite) {
    suite.check("gd_step gives w − lr·g", 1, step);
    suite.check("every step goes against the gradient of f at the current w", 3, descent);
    suite.check("losses are f(w₀), …, f(w_steps), each of its own iterate", 1, losses);
    suite.check("a run that diverges goes on to its end", 1, divergence);
    suite.check("what is returned is not tracked", 1, untracked);
    suite.check("w, g and w0 are left as they were", 1, inputs_left_alone);
    suite.check("w stays where it is if f does not depend on it", 1, independent_of_w);
    suite.check("an unusable lr, dtype or shape is refused", 1, refusals);
    figures::declare(suite);
}

/// A function with its gradient in plain arithmetic, element by element.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Objective {
    HalfSquaredNorm,
    Bowl,
    Waves,
}

use Objective::{Bowl, HalfSquaredNorm, Waves};

impl Objective {
    fn any() -> impl Strategy<Value = Self> {
        select(vec![HalfSquaredNorm, Bowl, Waves])
    }

    fn formula(self) -> &'static str {
        match self {
            HalfSquaredNorm => "½‖w‖²",
            Bowl => "Σ ½aᵢ(wᵢ − ¼)² where a = ½, 1, 1½, ½, 1, …",
            Waves => "Σ cos(wᵢ)",
        }
    }

    /// Curvature of the bowl in the direction of element `index`.
    fn curvature(index: usize) -> f64 {
        (1 + index % 3) as f64 / 2.0
    }

    /// What is given to the learner.
    fn of_tensor(self, w: &Tensor) -> Tensor {
        match self {
            HalfSquaredNorm => w.square().sum(None::<Kind>) * 0.5,
            Bowl => {
                let a: Vec<f64> = (0..w.numel()).map(Objective::curvature).collect();
                (like(w, &a) * (w - 0.25).square()).sum(None::<Kind>) * 0.5
            }
            Waves => w.cos().sum(None::<Kind>),
        }
    }

    fn value(self, w: &[f64]) -> f64 {
        let each = w.iter().enumerate().map(|(index, w)| match self {
            HalfSquaredNorm => 0.5 * w * w,
            Bowl => 0.5 * Objective::curvature(index) * (w - 0.25) * (w - 0.25),
            Waves => w.cos(),
        });
        // The sum of no numbers is −0 in Rust.
        0.0 + each.sum::<f64>()
    }

    fn gradient(self, w: &[f64]) -> Vec<f64> {
        let each = w.iter().enumerate().map(|(index, w)| match self {
            HalfSquaredNorm => *w,
            Bowl => Objective::curvature(index) * (w - 0.25),
            Waves => -w.sin(),
        });
        each.collect()
    }

    /// The iterate after `steps` steps from `w`.
    fn descend(self, w: &[f64], lr: f64, steps: usize) -> Vec<f64> {
        if self == HalfSquaredNorm {
            return w.iter().map(|w| (1.0 - lr).powi(steps as i32) * w).collect();
        }
        (0..steps).fold(w.to_vec(), |w, _| moved(&w, &self.gradient(&w), lr))
    }

    /// The same, where gradients are never cleared.
    fn descend_accumulating(self, w: &[f64], lr: f64, steps: usize) -> Vec<f64> {
        let start = (w.to_vec(), vec![0.0; w.len()]);
        let (w, _) = (0..steps).fold(start, |(w, sum), _| {
            let sum: Vec<f64> = sum.iter().zip(self.gradient(&w)).map(|(sum, g)| sum + g).collect();
            (moved(&w, &sum, lr), sum)
        });
        w
    }
}

fn moved(w: &[f64], g: &[f64], lr: f64) -> Vec<f64> {
    w.iter().zip(g).map(|(w, g)| w - lr * g).collect()
}

/// `numbers` with the shape, dtype and device of `tensor`.
fn like(tensor: &Tensor, numbers: &[f64]) -> Tensor {
    Tensor::from_slice(numbers).reshape(tensor.size()).to_kind(tensor.kind()).to_device(tensor.device())
}

const KINDS: [Kind; 2] = [Kind::Double, Kind::Float];

fn call_of(formula: &str, w0: &Tensor, lr: f64, steps: usize) -> Call {
    let call = Call::new("gradient_descent").formula("f", formula).tensor("w0", w0);
    call.value("lr", lr).value("steps", steps)
}

/// What gradient_descent gives where it must not refuse.
fn descended(call: &Call, f: Fun, w0: &Tensor, lr: f64, steps: usize) -> Result<(Tensor, Vec<f64>), Failure> {
    let computed = Cell::new(false);
    let watched = |w: &Tensor| {
        computed.set(computed.get() || !w.is_leaf());
        f(w)
    };
    call.succeeds(|| GRADIENT_DESCENT(&watched, w0, lr, steps)).map_err(|failure| {
        if !computed.get() {
            return failure;
        }
        // An undefined gradient is refused by libtorch, by tch, or by gd_step.
        ["Expected a proper Tensor", "UnknownKind", "returned an error"]
            .into_iter()
            .fold(failure, |failure, words| failure.because_where(words, NO_LEAF))
    })
}

fn step(context: &Context) -> Outcome {
    // Sums and products of quarters and these rates are exact, in bfloat16 also: 8 bits hold them.
    let rates = select(vec![0.25, 0.5, 1.0, 2.0]);
    let kinds = [Kind::Float, Kind::Double, Kind::Half, Kind::BFloat16];
    let inputs = (matrices(0..=3, 0..=3, &kinds), matrices(3..=3, 3..=3, &kinds), rates);
    context.for_all(inputs, |(w, g, lr)| {
        let as_many = g.values[..w.values.len()].to_vec();
        let g = TensorSpec { shape: w.shape.clone(), kind: w.kind, values: as_many, layout: g.layout };
        let (w, g) = (w.tensor(context.device()), g.tensor(context.device()));
        let (w_values, g_values) = (values(&w), values(&g));
        let call = Call::new("gd_step").tensor("w", &w).tensor("g", &g).value("lr", lr);
        let expected = like(&w, &moved(&w_values, &g_values, lr));
        let got = call.succeeds(|| GD_STEP(&w, &g, lr))?;
        call.expect(&got, &expected)
            .within(Tolerance::EXACT)
            .slip(UPHILL, || like(&w, &moved(&w_values, &g_values, -lr)))
            .slip("this subtracts g itself: the step is lr·g.", || {
                like(&w, &moved(&w_values, &g_values, 1.0))
            })
            .check()
    })?;
    let vector = |values: &[f64]| Tensor::from_slice(values).to_device(context.device());
    // Any positive finite number is a learning rate.
    for lr in [(-80.0_f64).exp2(), 0.1, 80.0_f64.exp2()] {
        let (w, g) = (vector(&[0.0, lr]), vector(&[1.5, -2.0]));
        let call = Call::new("gd_step").tensor("w", &w).tensor("g", &g).value("lr", lr);
        let expected = vector(&[-1.5 * lr, 3.0 * lr]);
        let single = f64::from(lr as f32);
        let got = call.succeeds(|| GD_STEP(&w, &g, lr))?;
        call.expect(&got, &expected)
            .within(TWELVE_DIGITS)
            .slip(
                "lr went through float32, which has 24 bits for its digits: 0.1 is another number there.",
                || vector(&[-1.5 * single, lr + 2.0 * single]),
            )
            .check()?;
    }
    // Two steps along the same g are one of twice the length.
    for lr in [0.25, 1.0] {
        let (w, g) = (vector(&[1.5, -4.0, 0.25]), vector(&[-2.0, 0.5, 7.0]));
        let call = Call::new("gd_step").tensor("w", &w).tensor("g", &g).value("lr", 2.0 * lr);
        let long = call.succeeds(|| GD_STEP(&w, &g, 2.0 * lr))?;
        let (w, g) = (vector(&[1.5, -4.0, 0.25]), vector(&[-2.0, 0.5, 7.0]));
        let call = Call::new("gd_step").tensor("w", &w).tensor("g", &g).value("lr", lr);
        let first = call.succeeds(|| GD_STEP(&w, &g, lr))?;
        let call = Call::new("gd_step").tensor("w", &first).tensor("g", &g).value("lr", lr);
        let second = call.succeeds(|| GD_STEP(&first, &g, lr))?;
        call.expect(&second, &long)
            .named("the result, which should be that of one step of twice the length before,")
            .within(Tolerance::EXACT)
            .check()?;
    }
    Ok(())
}

/// Near enough for rounding in float64 and no other: for what is right, in whatever order it is computed.
const TWELVE_DIGITS: Tolerance = Tolerance { relative: 1e-12, absolute: 0.0 };

/// Rounding errors of float32 grow with the steps as distances do: up to (1 + lr) times in each on Σ cos(wᵢ).
fn after_steps(kind: Kind) -> Tolerance {
    match kind {
        Kind::Float => Tolerance { relative: 1e-5, absolute: 1e-3 },
        kind => Tolerance::of(kind),
    }
}

fn descent(context: &Context) -> Outcome {
    visible_example(context)?;
    half_precision(context)?;
    let rates = select(vec![0.5, 0.1, 1.0, 2.0, 2.5]);
    let inputs = (Objective::any(), matrices(0..=3, 0..=3, &KINDS), rates, 0_usize..=3);
    context.for_all(inputs, |(objective, spec, lr, steps)| {
        let w0 = spec.tensor(context.device());
        let start = values(&w0);
        let call = call_of(objective.formula(), &w0, lr, steps);
        let expected = like(&w0, &objective.descend(&start, lr, steps));

        let unlike_w0 = RefCell::new(None);
        let f = |w: &Tensor| {
            if w.size() != expected.size() || w.kind() != expected.kind() {
                unlike_w0.replace(Some((w.size(), w.kind())));
            }
            objective.of_tensor(w)
        };
        let (got, _) = descended(&call, &f, &w0, lr, steps)?;
        if let Some((size, kind)) = unlike_w0.take() {
            let headline = if kind == expected.kind() {
                format!("f was given a w of shape {size:?}, w0 has {:?}", expected.size())
            } else {
                format!("f was given a w of dtype {kind:?}, w0 has {:?}", expected.kind())
            };
            return Err(call.fails(headline));
        }
        call.expect(&got, &expected)
            .named("the last iterate")
            .within(after_steps(spec.kind))
            .slip(EXAMPLE_ONLY, || like(&expected, &HalfSquaredNorm.descend(&start, lr, steps)))
            .check()
    })?;
    laws(context)
}

/// ½‖w‖² where the wrong iterates that learners get all differ, so that each tells its cause.
fn visible_example(context: &Context) -> Outcome {
    let start = [4.0, -2.0, 1.0, 8.0];
    let w0 = Tensor::from_slice(&start).reshape([2, 2]).to_device(context.device());
    let (f, lr, steps) = (HalfSquaredNorm, 0.5, 3);
    let call = call_of(f.formula(), &w0, lr, steps);
    let shaped = like(&w0, &start);
    let (got, _) = descended(&call, &|w| f.of_tensor(w), &w0, lr, steps)?;
    let slips: [(&str, &dyn Fn() -> Tensor); 5] = [
        (ACCUMULATED, &|| like(&shaped, &f.descend_accumulating(&start, lr, steps))),
        (UPHILL, &|| like(&shaped, &f.descend(&start, -lr, steps))),
        (NOT_MOVED, &|| like(&shaped, &start)),
        (FROZEN, &|| like(&shaped, &moved(&start, &f.gradient(&start), lr * steps as f64))),
        (ONE_FEWER, &|| like(&shaped, &f.descend(&start, lr, steps - 1))),
    ];
    context.matches_fixture("half_squared_norm", &call, &got, &slips)
}

/// Every number of this run is exact in 8 bits, those of bfloat16.
fn half_precision(context: &Context) -> Outcome {
    for kind in [Kind::Half, Kind::BFloat16] {
        let w0 = Tensor::from_slice(&[4.0, -2.0, 1.0]).to_kind(kind).to_device(context.device());
        let given = RefCell::new(Vec::new());
        let f = |w: &Tensor| {
            given.borrow_mut().push(w.kind());
            HalfSquaredNorm.of_tensor(w)
        };
        let call = call_of(HalfSquaredNorm.formula(), &w0, 0.5, 2);
        let expected = like(&w0, &[1.0, -0.5, 0.25]);
        let (got, _) = descended(&call, &f, &w0, 0.5, 2)?;
        if let Some(other) = given.take().into_iter().find(|&given| given != kind) {
            return Err(call.fails(format!("f was given a w of dtype {other:?}, w0 has {kind:?}")));
        }
        call.expect(&got, &expected).named("the last iterate").within(Tolerance::EXACT).check()?;
    }
    Ok(())
}

fn laws(context: &Context) -> Outcome {
    let (lr, c) = (0.5, 1.75);
    for objective in [HalfSquaredNorm, Bowl, Waves] {
        for (first, second) in [(0, 2), (2, 0), (1, 1), (2, 1)] {
            let start = || Tensor::from_slice(&[1.5, -0.25, 3.0]).to_device(context.device());
            let f = |w: &Tensor| objective.of_tensor(w);
            let w0 = start();
            let call = call_of(objective.formula(), &w0, lr, first + second);
            let whole = descended(&call, &f, &w0, lr, first + second)?.0.detach();

            // A run can be interrupted and taken up again where it was.
            let w0 = start();
            let call = call_of(objective.formula(), &w0, lr, first);
            let halfway = descended(&call, &f, &w0, lr, first)?.0.detach();
            let call = call_of(objective.formula(), &halfway, lr, second);
            let resumed = descended(&call, &f, &halfway, lr, second)?.0;
            call.expect(&resumed, &whole)
                .named(&format!(
                    "the last iterate, which should be that of a run of {} steps,",
                    first + second
                ))
                .check()?;

            // Moving the function and the start moves every iterate.
            let f = |w: &Tensor| objective.of_tensor(&(w - c));
            let w0 = start() + c;
            let call = call_of(&format!("{}, of w − {c}", objective.formula()), &w0, lr, first + second);
            let shifted = descended(&call, &f, &w0, lr, first + second)?.0;
            call.expect(&shifted, &(&whole + c))
                .named(&format!("the last iterate, which should be that from w0 − {c}, moved by {c},"))
                .check()?;
        }
    }
    Ok(())
}

fn losses(context: &Context) -> Outcome {
    let matrix = |shape: &[i64], kind, layout| {
        let values = [4.0, -2.0, 1.0, 8.0, 0.5, -3.0];
        let numel = shape.iter().product::<i64>() as usize;
        TensorSpec { shape: shape.to_vec(), kind, values: values[..numel].to_vec(), layout }
    };
    // Here the records that learners get all differ, so that each tells its cause.
    let plain = matrix(&[2, 2], Kind::Double, Layout::Contiguous);
    are_losses_of_iterates(context, HalfSquaredNorm, &plain, 0.5, 3)?;

    // Of every run all shorter ones are made, too: a few runs of each length and layout say as much as many.
    for objective in [HalfSquaredNorm, Bowl, Waves] {
        for (steps, layout) in Layout::ALL.into_iter().enumerate() {
            let spec = matrix(&[2, 3], KINDS[steps % 2], layout);
            are_losses_of_iterates(context, objective, &spec, 0.1, steps)?;
        }
        let empty = matrix(&[0, 3], Kind::Float, Layout::Contiguous);
        are_losses_of_iterates(context, objective, &empty, 1.0, 2)?;
    }

    // One element is one number, whatever its shape.
    for shape in [&[1][..], &[1, 1]] {
        let w0 = Tensor::from_slice(&[4.0, -2.0]).to_device(context.device());
        let call = call_of(&format!("½‖w‖², shape {shape:?}"), &w0, 0.5, 2);
        let (_, got) = descended(&call, &|w| HalfSquaredNorm.of_tensor(w).reshape(shape), &w0, 0.5, 2)
            .map_err(|failure| {
                failure.because("a loss of shape [1] has exactly one element, too: look at numel().")
            })?;
        call.expect(&Tensor::from_slice(&got), &Tensor::from_slice(&[10.0, 2.5, 0.625]))
            .named("losses")
            .check()?;
    }

    // A function may hand back what it was given: this loss is the iterate itself.
    let w0 = Tensor::from(4.0).to_device(context.device());
    let call = call_of("w, a single number", &w0, 0.5, 2);
    let (_, got) = descended(&call, &|w| w.shallow_clone(), &w0, 0.5, 2)?;
    call.expect(&Tensor::from_slice(&got), &Tensor::from_slice(&[4.0, 3.5, 3.0]))
        .named("losses")
        .check()
        .map_err(|failure| {
            failure.because(
                "a loss that is a view of w changes where w is written to: read its number before the step.",
            )
        })
}

/// Compares the losses with f at the iterates of shorter runs, taken as they come: whether those are right,
/// another check asks.
fn are_losses_of_iterates(
    context: &Context,
    objective: Objective,
    spec: &TensorSpec,
    lr: f64,
    steps: usize,
) -> Outcome {
    let f = |w: &Tensor| objective.of_tensor(w);
    let mut expected = vec![objective.value(&values(&spec.tensor(context.device())))];
    for fewer in 1..=steps {
        let w0 = spec.tensor(context.device());
        let call = call_of(objective.formula(), &w0, lr, fewer);
        let (iterate, _) = descended(&call, &f, &w0, lr, fewer)?;
        expected.push(objective.value(&values(&iterate)));
    }
    let w0 = spec.tensor(context.device());
    let call = call_of(objective.formula(), &w0, lr, steps);
    let (_, got) = descended(&call, &f, &w0, lr, steps)?;
    call.expect(&Tensor::from_slice(&got), &Tensor::from_slice(&expected))
        .named("losses")
        // f is computed in the dtype of w0. A sum that is nearly 0 keeps the rounding errors of its terms.
        .within(match spec.kind {
            Kind::Double => Tolerance { absolute: 1e-13, ..TWELVE_DIGITS },
            kind => Tolerance::of(kind),
        })
        .slip("the losses went through float32, which has 24 bits for their digits: they are f64.", || {
            Tensor::from_slice(&expected.iter().map(|&loss| f64::from(loss as f32)).collect::<Vec<_>>())
        })
        .slip("the loss of the last iterate is missing: a run of k steps has k + 1 iterates.", || {
            Tensor::from_slice(&expected[..steps])
        })
        .slip(
            "f(w0) is missing: a loss is recorded before its step, and the last one after the loop.",
            || Tensor::from_slice(&expected[1..]),
        )
        .slip(
            "every loss but the last is one step late: f(wₖ) is recorded before the step from wₖ.",
            || Tensor::from_slice(&[&expected[1..], &expected[steps..]].concat()),
        )
        .check()
}

fn divergence(context: &Context) -> Outcome {
    for kind in KINDS {
        // One step too long: past the minimum and further away from it than before.
        let w0 = Tensor::from_slice(&[4.0, -2.0]).to_kind(kind).to_device(context.device());
        let call = call_of(HalfSquaredNorm.formula(), &w0, 2.5, 1);
        let (got, _) = descended(&call, &|w| HalfSquaredNorm.of_tensor(w), &w0, 2.5, 1)?;
        call.expect(&got, &like(&w0, &[-6.0, 3.0]))
            .named("the last iterate")
            .slip(
                "w did not move. A step that raises the loss is taken, too: the last iterate is asked for, not the best.",
                || like(&w0, &[4.0, -2.0]),
            )
            .check()?;

        // ∇¼Σw⁴ = w³: distances are cubed, and after a few steps beyond every floating-point number.
        let w0 = Tensor::from_slice(&[4.0, -3.0]).to_kind(kind).to_device(context.device());
        let call = call_of("¼·Σ wᵢ⁴", &w0, 2.5, 12);
        let given = RefCell::new(Vec::new());
        let quartic = |w: &Tensor| {
            let loss = w.square().square().sum(None::<Kind>) * 0.25;
            given.borrow_mut().push(loss.double_value(&[]));
            loss
        };
        // A run that ends where the losses are still numbers does so for some other reason.
        let hidden = |failure: Failure| {
            if given.borrow().last().is_none_or(|loss: &f64| loss.is_finite()) {
                return failure;
            }
            failure.because(
                "a run that diverges is recorded to its end, infinite and NaN losses as they are: it is seen by them.",
            )
        };
        let (got, losses) = descended(&call, &quartic, &w0, 2.5, 12).map_err(hidden)?;
        // Whether there are 12 or 13, the check of the losses asks.
        call.holds(losses.len() >= 12, &format!("returned {} losses, expected 13", losses.len()))
            .map_err(hidden)?;
        let finite = losses.last().is_some_and(|loss| loss.is_finite());
        call.holds(!finite, "the last loss is finite, expected inf or NaN").map_err(hidden)?;
        let given = given.borrow();
        let of_f = |loss: f64| given.iter().any(|&value| value == loss || value.is_nan() && loss.is_nan());
        let other = losses.iter().find(|&&loss| !of_f(loss));
        call.holds(other.is_none(), &format!("losses hold {:e}, which f never gave", other.unwrap_or(&0.0)))
            .map_err(hidden)?;
        let finite = values(&got).iter().any(|w| w.is_finite());
        call.holds(!finite, "the last iterate is finite, expected inf or NaN")?;
    }
    Ok(())
}

fn untracked(context: &Context) -> Outcome {
    let recorded = "what is computed from a tracked tensor is recorded, the step, too: take it inside no_grad, or from \
                    detach()ed tensors, and return none that tracks.";
    for tracked in [false, true] {
        let vector = |values: &[f64]| {
            Tensor::from_slice(values).to_device(context.device()).set_requires_grad(tracked)
        };
        let (w, g) = (vector(&[4.0, -2.0]), vector(&[1.0, 0.5]) * 2.0);
        let tracking = if tracked { "w and g are tracked" } else { "w and g are not tracked" };
        let call = Call::new("gd_step").tensor("w", &w).tensor("g", &g).value("lr", 0.5);
        let got = call.succeeds(|| GD_STEP(&w, &g, 0.5))?;
        call.holds(!got.requires_grad(), &format!("the result is tracked ({tracking})"))
            .map_err(|failure| failure.because(recorded))?;
        for steps in [0, 1, 3] {
            let w0 = vector(&[4.0, -2.0]);
            let tracking = if tracked { "w0 is tracked" } else { "w0 is not tracked" };
            let call = call_of(Bowl.formula(), &w0, 0.5, steps);
            let (got, _) = descended(&call, &|w| Bowl.of_tensor(w), &w0, 0.5, steps)?;
            call.holds(!got.requires_grad(), &format!("the last iterate is tracked ({tracking})"))
                .map_err(|failure| failure.because(recorded))?;
        }
    }
    Ok(())
}

fn inputs_left_alone(context: &Context) -> Outcome {
    let f = |w: &Tensor| Bowl.of_tensor(w);
    let inputs = (matrices(1..=3, 1..=3, &KINDS), any::<bool>(), 1_usize..=2);
    context.for_all(inputs, |(spec, tracked, steps)| {
        let tensor = || spec.tensor(context.device()).set_requires_grad(tracked);
        let (w, g) = (tensor(), tensor());
        let call = Call::new("gd_step").tensor("w", &w).tensor("g", &g).value("lr", 0.5);
        let got = call.succeeds(|| GD_STEP(&w, &g, 0.5))?;
        call.leaves_inputs_alone()?;
        owns_storage(&call, "the result", &got, &w)?;

        let w0 = tensor();
        let call = call_of(Bowl.formula(), &w0, 0.5, steps);
        let (got, _) = descended(&call, &f, &w0, 0.5, steps)?;
        call.leaves_inputs_alone()?;
        owns_storage(&call, "the last iterate", &got, &w0)?;
        call.holds(!w0.grad().defined(), "left a gradient in w0")
            .map_err(|failure| failure.because("f was differentiated by w0 itself: use a leaf of your own."))
    })?;
    // Where the gradient is 0 there is nowhere to go, and still a new tensor is asked for.
    let (w, g) = (Tensor::from_slice(&[4.0, -2.0]), Tensor::from_slice(&[0.0, 0.0]));
    let (w, g) = (w.to_device(context.device()), g.to_device(context.device()));
    let call = Call::new("gd_step").tensor("w", &w).tensor("g", &g).value("lr", 0.5);
    let got = call.succeeds(|| GD_STEP(&w, &g, 0.5))?;
    owns_storage(&call, "the result", &got, &w)?;
    // No step to take, so there is nothing to hand back but w0, or a copy.
    let w0 = Tensor::from_slice(&[4.0, -2.0]).to_device(context.device());
    let call = call_of(Bowl.formula(), &w0, 0.5, 0);
    let (got, _) = descended(&call, &f, &w0, 0.5, 0)?;
    owns_storage(&call, "the last iterate", &got, &w0)
}

fn owns_storage(call: &Call, what: &str, got: &Tensor, input: &Tensor) -> Outcome {
    let own = got.data_ptr() != input.data_ptr();
    call.holds(own, &format!("{what} shares storage with the input"))
        .map_err(|failure| failure.because(OWN_STORAGE))
}

fn independent_of_w(context: &Context) -> Outcome {
    let tracked = Tensor::from(4.0).set_requires_grad(true);
    let functions: [(&str, Fun, f64); 4] = [
        ("7", &|_| Tensor::from(7.0), 7.0),
        ("the number of elements, int64", &|w| Tensor::from(w.numel() as i64), 2.0),
        ("½‖w.detach()‖²", &|w| HalfSquaredNorm.of_tensor(&w.detach()), 10.0),
        ("p², of a tracked p elsewhere", &|_| tracked.square(), 16.0),
    ];
    for kind in KINDS {
        for (formula, f, loss) in functions {
            let w0 = Tensor::from_slice(&[4.0, -2.0]).to_kind(kind).to_device(context.device());
            let call = call_of(formula, &w0, 0.5, 3);
            let (got, losses) =
                descended(&call, f, &w0, 0.5, 3).map_err(|failure| failure.because(NO_GRAPH))?;
            call.expect(&got, &like(&got, &[4.0, -2.0]))
                .named("the last iterate")
                .within(Tolerance::EXACT)
                .check()?;
            // Whether there are 3 or 4, the check of the losses asks.
            let as_many = losses.len() >= 3 && losses.iter().all(|&each| each == loss);
            call.holds(as_many, &format!("losses are {losses:?}, expected {:?}", [loss; 4])).map_err(
                |failure| {
                    failure.because(
                        "a run that does not move goes on to its end, too: each of its steps has its loss.",
                    )
                },
            )?;
        }
    }
    Ok(())
}

fn refusals(context: &Context) -> Outcome {
    let tensor = |shape: &[i64], kind| {
        let numel: i64 = shape.iter().product();
        let values: Vec<f64> = (0..numel).map(|index| 2.0 * index as f64 - 1.0).collect();
        Tensor::from_slice(&values).reshape(shape).to_kind(kind).to_device(context.device())
    };
    let float = |shape| tensor(shape, Kind::Float);
    let refuses_step = |w: &Tensor, g: &Tensor, lr: f64, refusal| {
        let call = Call::new("gd_step").tensor("w", w).tensor("g", g).value("lr", lr);
        call.refuses(refusal, || GD_STEP(w, g, lr))
    };
    let refuses_run = |formula: &str, f: Fun, w0: &Tensor, lr: f64, steps, refusal| {
        call_of(formula, w0, lr, steps).refuses(refusal, || GRADIENT_DESCENT(f, w0, lr, steps))
    };

    for lr in [0.0, -0.5, f64::NAN, f64::INFINITY] {
        let nan = "NaN compares false with every number: lr <= 0.0 does not catch it, !(lr > 0.0) does.";
        let because = |failure: Failure| if lr.is_nan() { failure.because(nan) } else { failure };
        refuses_step(&float(&[2]), &float(&[2]), lr, Refusal::Convert).map_err(because)?;
        for steps in [0, 2] {
            refuses_run(
                "½‖w‖²",
                &|w| HalfSquaredNorm.of_tensor(w),
                &float(&[2]),
                lr,
                steps,
                Refusal::Convert,
            )
            .map_err(because)?;
        }
    }

    let broadcast = "w and g are broadcast against each other, [3] − [3, 1] has shape [3, 3]: compare their size() first.";
    for (w, g) in [(float(&[3]), float(&[3, 1])), (float(&[2, 3]), float(&[3])), (float(&[2]), float(&[3]))] {
        refuses_step(&w, &g, 0.5, Refusal::Shape).map_err(|failure| failure.because(broadcast))?;
    }
    let vector = "only a single number has a gradient: look at the loss's numel() before the backward pass. \
                  run_backward differentiates the sum of the elements without a word.";
    for steps in [0, 2] {
        let w0 = float(&[2]);
        let functions: [(&str, Fun); 3] = [
            ("w², not summed", &|w| w.square()),
            ("[1, 2], constant", &|_| Tensor::from_slice(&[1.0, 2.0])),
            ("an empty part of w, shape [0]", &|w| w.narrow(0, 0, 0)),
        ];
        for (formula, f) in functions {
            refuses_run(formula, f, &w0, 0.5, steps, Refusal::Shape)
                .map_err(|failure| failure.because(vector))?;
        }
    }

    let integers = tensor(&[2], Kind::Int64);
    refuses_step(&integers, &integers, 0.5, Refusal::Kind)?;
    refuses_step(&float(&[2]), &tensor(&[2], Kind::Double), 0.5, Refusal::Kind)?;
    for steps in [0, 2] {
        refuses_run("½‖w‖²", &|w| HalfSquaredNorm.of_tensor(w), &integers, 0.5, steps, Refusal::Kind)?;
    }
    Ok(())
}
