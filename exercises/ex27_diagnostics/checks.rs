//! Checks of ex27: the record of a run of gradient descent.
//!
//! The reference is the run in plain arithmetic, for functions of which the gradient is known; on
//! ½‖w‖² it is the closed form, where gradient norms fall geometrically. The laws are that the
//! plateau metric ignores a constant and adds up to at least |L_T − L₀|, that no gap is negative
//! where L* is the optimal value, and that giving L* changes nothing else.

mod figures;

use std::cell::{Cell, RefCell};

use harness::inputs::{elements, matrices, values};
use harness::prelude::*;

harness::exercise!(ex27, suite);

type Fun<'a> = &'a dyn Fn(&Tensor) -> Tensor;

// The signatures of the contract: another one is a compile error here.
const PLATEAU: fn(&[f64]) -> Vec<f64> = ex27::plateau;
const FIRST_AT_MOST: fn(&[f64], f64) -> Option<usize> = ex27::first_at_most;
type Run = fn(Fun, &Tensor, f64, usize, Option<f64>) -> R<(Tensor, ex27::Trace)>;
const RUN: Run = ex27::run;

/// What a run gives. Taken apart here, so that a record with other fields is a compile error.
struct Recorded {
    last: Tensor,
    loss: Vec<f64>,
    gap: Option<Vec<f64>>,
    grad_norm: Vec<f64>,
    plateau: Vec<f64>,
}

impl From<(Tensor, ex27::Trace)> for Recorded {
    fn from((last, ex27::Trace { loss, gap, grad_norm, plateau }): (Tensor, ex27::Trace)) -> Self {
        Recorded { last, loss, gap, grad_norm, plateau }
    }
}

const SIGNED: &str = "these are the differences with their signs: the plateau metric asks how much L \
                      changes, not which way.";
const RELATIVE: &str = "these are the differences divided by the loss: the plateau metric is the plain \
                        difference.";
const ONE_TOO_MANY: &str = "there is one number for each step from a loss to the next, which is one fewer \
                            than there are losses.";
const SQUARED: &str = "this is ‖∇L‖²: the square root is missing.";
const ONE_NORM: &str = "this is the sum of the absolute values. ‖·‖ is the Euclidean norm, √(Σ gᵢ²).";
const LARGEST: &str = "this is the largest entry. ‖·‖ is the Euclidean norm, √(Σ gᵢ²).";
const STEP_LENGTH: &str = "this is the length of the step, lr·‖∇L‖: the gradient norm does not depend on lr.";
const OF_ITERATE: &str = "this is ‖wₖ‖, which is the gradient norm of L(w) = ½‖w‖² alone.";
const ACCUMULATED: &str = "the gradients of earlier steps are still in w.grad(): backward adds to what is \
                           there. Make a new leaf for every step, or clear it.";
const LAST_MISSING: &str = "the last iterate is missing: a run of k steps has k + 1 iterates. The last one \
                            takes no step, but is recorded like the others.";
const FIRST_MISSING: &str = "w₀ is missing: an iterate is recorded before its step.";
const NO_GRAPH: &str = "a loss that does not depend on w has gradient 0. It may have no graph at all \
                        (requires_grad() is false), or one that never reaches w (w.grad() is then \
                        undefined: ask defined()).";
const ROUNDED: &str = "the loss was rounded to float32 on the way: take it out as an f64.";
const ROUNDED_NORM: &str = "the norm was rounded to float32 on the way: take it out as an f64.";
const NO_LEAF: &str = "f gives w itself here, which is a leaf and depends on w: ask requires_grad() whether \
                       there is a graph, not is_leaf().";
const NOT_HIDDEN: &str = "a run goes to its end whatever its numbers are: that it diverges, or stands \
                          still, is what one looks for in the record.";

fn suite(suite: &mut Suite) {
    suite.check("plateau gives |Lₖ₊₁ − Lₖ|, one number fewer than losses", 2, successive_differences);
    suite.check("first_at_most gives the first index where the record is at most eps", 1, first_index);
    suite.check("a run records L, ‖∇L‖ and the plateau metric of w₀, …, w_T", 2, recorded);
    suite.check("the gap is L(wₖ) − L*, and L* has no influence on the run", 1, gaps);
    suite.check("a run is recorded to its end, whether it diverges or stands still", 1, to_the_end);
    suite.check("f is evaluated once at each iterate, and no iterate is kept", 1, nothing_kept);
    suite.check("w0 is left as it was, and what is returned is not tracked", 1, inputs_left_alone);
    suite.check("an unusable lr, L*, dtype or loss is refused", 1, refusals);
    figures::declare(suite);
}

/// A record as the tensor that comparisons and fixtures take.
fn list(numbers: &[f64]) -> Tensor {
    Tensor::from_slice(numbers)
}

/// Records of up to six numbers.
fn records(number: BoxedStrategy<f64>) -> impl Strategy<Value = Vec<f64>> {
    (vec![number; 6], 0_usize..=6).prop_map(|(mut record, length)| {
        record.truncate(length);
        record
    })
}

/// `numbers` with the shape, dtype and device of `tensor`.
fn like(tensor: &Tensor, numbers: &[f64]) -> Tensor {
    list(numbers).reshape(tensor.size()).to_kind(tensor.kind()).to_device(tensor.device())
}

fn successive_differences(context: &Context) -> Outcome {
    // What the lesson calls oscillating around a floor: down, up, down a little, and not at all.
    let losses = [17.0, 5.0, 6.5, 6.25, 6.25];
    let call = Call::new("plateau").value("losses", losses);
    let got = call.returns(|| PLATEAU(&losses))?;
    let slips: [(&str, &dyn Fn() -> Tensor); 5] = [
        (SIGNED, &|| list(&[-12.0, 1.5, -0.25, 0.0])),
        (SIGNED, &|| list(&[12.0, -1.5, 0.25, 0.0])),
        (RELATIVE, &|| list(&[12.0 / 17.0, 0.3, 0.25 / 6.5, 0.0])),
        (ONE_TOO_MANY, &|| list(&[12.0, 1.5, 0.25, 0.0, 0.0])),
        (ONE_TOO_MANY, &|| list(&[0.0, 12.0, 1.5, 0.25, 0.0])),
    ];
    context.matches_fixture("oscillation", &call, &list(&got), &slips)?;

    context.for_all((records(elements::quarters()), elements::quarters()), |(losses, c)| {
        let mut expected = Vec::new();
        for k in 1..losses.len() {
            let change = losses[k] - losses[k - 1];
            expected.push(if change < 0.0 { -change } else { change });
        }
        let call = Call::new("plateau").value("losses", &losses);
        let got = call.returns(|| PLATEAU(&losses))?;
        call.equals(&got, &expected, &[])?;

        let total: f64 = got.iter().sum();
        let apart = losses.last().zip(losses.first()).map_or(0.0, |(last, first)| (last - first).abs());
        call.holds(
            total >= apart,
            &format!("the numbers add up to {total}, but L_T and L₀ differ by {apart}"),
        )?;
        // Quarters: sums are exact.
        let shifted: Vec<f64> = losses.iter().map(|loss| loss + c).collect();
        let call = Call::new("plateau").value("losses", &shifted);
        let of_shifted = call.returns(|| PLATEAU(&shifted))?;
        call.holds(
            of_shifted == got,
            &format!("returned {of_shifted:?}, but {got:?} where all losses are {c} less"),
        )
    })?;

    let (nan, inf) = (f64::NAN, f64::INFINITY);
    let losses = [1.0, nan, 2.0, inf, inf, 3.0];
    let call = Call::new("plateau").value("losses", losses);
    let got = call.returns(|| PLATEAU(&losses))?;
    call.expect(&list(&got), &list(&[nan, nan, inf, nan, inf]))
        .slip("the numbers that are not finite were left out, and the others moved up.", || {
            list(&got.iter().copied().filter(|number| number.is_finite()).collect::<Vec<_>>())
        })
        .slip("NaN became 0, which says that nothing changes: f64::max(NaN, 0) is 0.", || {
            list(&[0.0, 0.0, inf, 0.0, inf])
        })
        .check()
}

fn first_index(context: &Context) -> Outcome {
    let nan = f64::NAN;
    // Here every slip gives another index.
    is_first_index(&[nan, 8.0, 1.0, 3.0, 0.5, 2.0, 1.0, 7.0], 1.0)?;
    // ∞ − ∞ is a NaN with a sign on x86, which total_cmp puts below all numbers.
    is_first_index(&[-nan, nan, 8.0, 1.0], 1.0)?;
    is_first_index(&[8.0, 1.0, nan], nan)?;
    is_first_index(&[8.0, 0.0, -0.0], -0.0)?;
    is_first_index(&[f64::INFINITY, f64::NEG_INFINITY], f64::NEG_INFINITY)?;
    let number = prop_oneof![8 => elements::integers(0..=8), 1 => Just(nan), 1 => Just(f64::INFINITY)];
    context
        .for_all((records(number.boxed()), 0_u8..=8), |(record, eps)| is_first_index(&record, f64::from(eps)))
}

fn is_first_index(record: &[f64], eps: f64) -> Outcome {
    let indices = |found: &dyn Fn(f64) -> bool| -> Vec<usize> {
        (0..record.len()).filter(|&index| found(record[index])).collect()
    };
    let at_most = indices(&|number| number <= eps);
    let expected = at_most.first().copied();
    let not_greater = indices(&|number| number.is_nan() || number <= eps);
    let searched = record.partition_point(|&number| number > eps);
    let slips = [
        ("“at most eps” includes eps itself.", indices(&|number| number < eps).first().copied()),
        ("this is the last such index, not the first.", at_most.last().copied()),
        (
            "NaN is not at most eps. “Not greater than eps” is true of it: every comparison with it is false.",
            not_greater.first().copied(),
        ),
        (
            "the record need not fall, so a binary search (partition_point) does not find the first.",
            Some(searched).filter(|&index| index < record.len()),
        ),
    ];
    let call = Call::new("first_at_most").value("record", record).value("eps", eps);
    let got = call.returns(|| FIRST_AT_MOST(record, eps))?;
    call.equals(&got, &expected, &slips)
}

/// A function with its gradient in plain arithmetic.
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
            Bowl => "2 + Σ ½aᵢ(wᵢ − ¼)² where a = ½, 1, 1½, ½, 1, …",
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
                (like(w, &a) * (w - 0.25).square()).sum(None::<Kind>) * 0.5 + 2.0
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
        let constant = if self == Bowl { 2.0 } else { 0.0 };
        constant + each.sum::<f64>()
    }

    fn gradient(self, w: &[f64]) -> Vec<f64> {
        let each = w.iter().enumerate().map(|(index, w)| match self {
            HalfSquaredNorm => *w,
            Bowl => Objective::curvature(index) * (w - 0.25),
            Waves => -w.sin(),
        });
        each.collect()
    }

    fn optimal_value(self, numel: usize) -> f64 {
        match self {
            HalfSquaredNorm => 0.0,
            Bowl => 2.0,
            Waves => -(numel as f64),
        }
    }

    /// The iterates w₀, …, w_steps.
    fn iterates(self, w0: &[f64], lr: f64, steps: usize) -> Vec<Vec<f64>> {
        let mut iterates = vec![w0.to_vec()];
        for step in 1..=steps {
            let next = match self {
                HalfSquaredNorm => w0.iter().map(|w| (1.0 - lr).powi(step as i32) * w).collect(),
                _ => moved(&iterates[step - 1], &self.gradient(&iterates[step - 1]), lr),
            };
            iterates.push(next);
        }
        iterates
    }

    /// The gradients that a run goes along where they are never cleared.
    fn accumulated(self, w0: &[f64], lr: f64, steps: usize) -> Vec<Vec<f64>> {
        let (mut w, mut sum) = (w0.to_vec(), vec![0.0; w0.len()]);
        let mut gradients = Vec::new();
        for _ in 0..=steps {
            sum = sum.iter().zip(self.gradient(&w)).map(|(sum, g)| sum + g).collect();
            w = moved(&w, &sum, lr);
            gradients.push(sum.clone());
        }
        gradients
    }
}

fn moved(w: &[f64], g: &[f64], lr: f64) -> Vec<f64> {
    w.iter().zip(g).map(|(w, g)| w - lr * g).collect()
}

fn norm(g: &[f64]) -> f64 {
    // The sum of no numbers is −0 in Rust.
    (0.0 + g.iter().map(|g| g * g).sum::<f64>()).sqrt()
}

const KINDS: [Kind; 2] = [Kind::Double, Kind::Float];

/// Rounding errors of float32 grow with the steps as distances do: up to (1 + lr) times in each on
/// Σ cos(wᵢ).
fn after_steps(kind: Kind) -> Tolerance {
    match kind {
        Kind::Float => Tolerance { relative: 1e-5, absolute: 1e-3 },
        kind => Tolerance::of(kind),
    }
}

fn call_of(formula: &str, w0: &Tensor, lr: f64, steps: usize, l_star: Option<f64>) -> Call {
    let call = Call::new("run").formula("f", formula).tensor("w0", w0);
    call.value("lr", lr).value("steps", steps).value("l_star", l_star)
}

fn recorded(context: &Context) -> Outcome {
    // First where the wrong records that learners get all differ, so that each tells its cause.
    let example = TensorSpec {
        shape: vec![2, 2],
        kind: Kind::Double,
        values: vec![3.25, -3.75, 1.0, 8.0],
        layout: Layout::Contiguous,
    };
    is_recorded(context, Bowl, &example, 0.5, 3)?;
    // Half of (4, −3) and half of that: exact in these dtypes, too.
    for kind in [Kind::Half, Kind::BFloat16] {
        let (shape, layout) = (vec![2], Layout::Contiguous);
        let spec = TensorSpec { shape, kind, values: vec![4.0, -3.0], layout };
        is_recorded(context, HalfSquaredNorm, &spec, 0.5, 2)?;
    }
    // A loss of more digits than a float32 has.
    let w0 = list(&[10_001.0]).to_device(context.device());
    let call = call_of(HalfSquaredNorm.formula(), &w0, 0.5, 0, None);
    let f = |w: &Tensor| HalfSquaredNorm.of_tensor(w);
    let got = Recorded::from(call.succeeds(|| RUN(&f, &w0, 0.5, 0, None))?);
    call.equals(&got.loss, &vec![50_010_000.5], &[(ROUNDED, vec![50_010_000.0])])?;
    // And a gradient norm: 2²⁴ + 1.
    let w0 = list(&[16_777_217.0]).to_device(context.device());
    let call = call_of(HalfSquaredNorm.formula(), &w0, 0.5, 0, None);
    let got = Recorded::from(call.succeeds(|| RUN(&f, &w0, 0.5, 0, None))?);
    call.equals(&got.grad_norm, &vec![16_777_217.0], &[(ROUNDED_NORM, vec![16_777_216.0])])?;
    // One number, and an f whose value is the leaf that f was given: it falls by lr in each step.
    for shape in [&[][..], &[1]] {
        let w0 = list(&[2.0]).reshape(shape).to_device(context.device());
        let call = call_of("w itself", &w0, 0.5, 2, None);
        let got = Recorded::from(call.succeeds(|| RUN(&Tensor::shallow_clone, &w0, 0.5, 2, None))?);
        let because = |failure: Failure| failure.because(NO_LEAF);
        call.equals(&got.grad_norm, &vec![1.0; 3], &[]).map_err(because)?;
        call.equals(&got.loss, &vec![2.0, 1.5, 1.0], &[])?;
        call.expect(&got.last, &like(&w0, &[1.0])).named("the last iterate").check()?;
    }
    let rates = select(vec![0.5, 0.1, 1.0, 2.0]);
    let inputs = (Objective::any(), matrices(0..=3, 0..=3, &KINDS), rates, 0_usize..=3);
    context.for_all(inputs, |(objective, spec, lr, steps)| is_recorded(context, objective, &spec, lr, steps))
}

fn is_recorded(context: &Context, objective: Objective, spec: &TensorSpec, lr: f64, steps: usize) -> Outcome {
    let w0 = spec.tensor(context.device());
    let start = values(&w0);
    let iterates = objective.iterates(&start, lr, steps);
    let gradients: Vec<Vec<f64>> = iterates.iter().map(|w| objective.gradient(w)).collect();
    let losses: Vec<f64> = iterates.iter().map(|w| objective.value(w)).collect();
    let of_each = |of: &dyn Fn(&[f64]) -> f64| gradients.iter().map(|g| of(g)).collect::<Vec<_>>();
    let norms = of_each(&norm);
    let last = like(&w0, &iterates[steps]);
    let tolerance = after_steps(spec.kind);

    let unlike_w0 = RefCell::new(None);
    let f = |w: &Tensor| {
        if w.size() != last.size() || w.kind() != last.kind() {
            unlike_w0.replace(Some((w.size(), w.kind())));
        }
        objective.of_tensor(w)
    };
    let call = call_of(objective.formula(), &w0, lr, steps, None);
    let got = Recorded::from(call.succeeds(|| RUN(&f, &w0, lr, steps, None))?);
    if let Some((size, kind)) = unlike_w0.take() {
        let (expected, of) = (last.size(), last.kind());
        return Err(call.fails(format!("f was given a w of {kind:?} {size:?}, expected {of:?} {expected:?}")));
    }
    call.expect(&list(&got.grad_norm), &list(&norms))
        .named("grad_norm")
        .within(tolerance)
        .slip(LAST_MISSING, || list(&norms[..steps]))
        .slip(FIRST_MISSING, || list(&norms[1..]))
        .slip(SQUARED, || list(&of_each(&|g| norm(g).powi(2))))
        .slip(ONE_NORM, || list(&of_each(&|g| g.iter().map(|g| g.abs()).sum())))
        .slip(LARGEST, || list(&of_each(&|g| g.iter().fold(0.0, |most, g| g.abs().max(most)))))
        .slip(STEP_LENGTH, || list(&of_each(&|g| lr * norm(g))))
        .slip(OF_ITERATE, || list(&iterates.iter().map(|w| norm(w)).collect::<Vec<_>>()))
        .slip(ACCUMULATED, || {
            list(&objective.accumulated(&start, lr, steps).iter().map(|g| norm(g)).collect::<Vec<_>>())
        })
        .check()?;
    call.expect(&list(&got.loss), &list(&losses))
        .named("loss")
        .within(tolerance)
        .slip(LAST_MISSING, || list(&losses[..steps]))
        .slip(FIRST_MISSING, || list(&losses[1..]))
        .check()?;
    call.expect(&got.last, &last).named("the last iterate").within(tolerance).check()?;

    // Of the losses that are recorded: differences of rounded numbers are less exact than the
    // numbers.
    let changes = |of: &dyn Fn(f64) -> f64| -> Vec<f64> {
        (0..steps).map(|k| of(got.loss[k + 1] - got.loss[k])).collect()
    };
    let expected = changes(&f64::abs);
    call.expect(&list(&got.plateau), &list(&expected))
        .named("plateau")
        .within(Tolerance::of(Kind::Float))
        .slip(SIGNED, || list(&changes(&|change| change)))
        .slip(SIGNED, || list(&changes(&|change| -change)))
        .slip(ONE_TOO_MANY, || list(&[&expected[..], &[0.0]].concat()))
        .slip(ONE_TOO_MANY, || list(&[&[0.0], &expected[..]].concat()))
        .check()
}

fn gaps(context: &Context) -> Outcome {
    let start = || Tensor::from_slice(&[3.0, -4.0]).to_device(context.device());
    // 12.5, 3.125, 0.78125, less 5: not the optimal value, as the gaps say.
    has_gaps(&start, HalfSquaredNorm, 0.5, 2, 5.0)?;
    for objective in [HalfSquaredNorm, Bowl, Waves] {
        for (steps, layout) in Layout::ALL.into_iter().enumerate() {
            for shape in [[2, 3], [0, 3]] {
                let values = [4.0, -2.0, 1.0, 8.0, 0.5, -3.0];
                let numel = shape.iter().product::<i64>() as usize;
                let (shape, values) = (shape.to_vec(), values[..numel].to_vec());
                let spec = TensorSpec { shape, kind: Kind::Double, values, layout };
                let start = || spec.tensor(context.device());
                let l_star = objective.optimal_value(numel);
                let gap = has_gaps(&start, objective, 0.5, steps, l_star)?;
                // A rounding error below 0 is not a negative gap.
                let call = call_of(objective.formula(), &start(), 0.5, steps, Some(l_star));
                call.holds(
                    gap.iter().all(|&gap| gap >= -1e-9),
                    &format!("a gap is negative: {gap:?}, and L* = {l_star} is optimal"),
                )?;
            }
        }
    }
    Ok(())
}

/// Compares the gaps with the losses of the same run, taken as they come: another check asks for
/// those.
fn has_gaps(
    start: &dyn Fn() -> Tensor,
    objective: Objective,
    lr: f64,
    steps: usize,
    l_star: f64,
) -> Result<Vec<f64>, Failure> {
    let f = |w: &Tensor| objective.of_tensor(w);
    let w0 = start();
    let call = call_of(objective.formula(), &w0, lr, steps, None);
    let without = Recorded::from(call.succeeds(|| RUN(&f, &w0, lr, steps, None))?);
    call.equals(&without.gap, &None, &[]).map_err(|failure| {
        failure.because("without L* there is no gap, and 0 would say that the run is at its optimum.")
    })?;

    let w0 = start();
    let call = call_of(objective.formula(), &w0, lr, steps, Some(l_star));
    let got = Recorded::from(call.succeeds(|| RUN(&f, &w0, lr, steps, Some(l_star)))?);
    // By bits: NaN does not equal itself.
    let bits = |record: &[f64]| record.iter().map(|number| number.to_bits()).collect::<Vec<_>>();
    let same = got.last.size() == without.last.size()
        && bits(&got.loss) == bits(&without.loss)
        && bits(&got.grad_norm) == bits(&without.grad_norm)
        && bits(&got.plateau) == bits(&without.plateau)
        && bits(&values(&got.last)) == bits(&values(&without.last));
    call.holds(same, "the run is another one than without l_star").map_err(|failure| {
        failure.because("L* is there to measure with: no step and no other number knows it.")
    })?;
    let Some(gap) = got.gap else {
        return Err(call.fails("gap is None, expected one number for each iterate"));
    };
    let expected: Vec<f64> = got.loss.iter().map(|loss| loss - l_star).collect();
    let of_each = |of: &dyn Fn(f64) -> f64| list(&expected.iter().map(|&gap| of(gap)).collect::<Vec<_>>());
    call.expect(&list(&gap), &list(&expected))
        .named("gap")
        .slip("this is L* − L(wₖ): the sign is the wrong one.", || of_each(&|gap| -gap))
        .slip("the sign is lost: a gap below 0 says that L* was not the optimal value.", || {
            of_each(&f64::abs)
        })
        .slip("gaps below 0 became 0: they say that L* was not the optimal value.", || {
            of_each(&|gap| gap.max(0.0))
        })
        .slip("these are the losses: L* was not subtracted.", || list(&got.loss))
        .slip("L* is the number that was given, not the lowest loss of this run.", || {
            let lowest = got.loss.iter().copied().fold(f64::INFINITY, f64::min);
            of_each(&|gap| gap + l_star - lowest)
        })
        .check()?;
    Ok(gap)
}

fn to_the_end(context: &Context) -> Outcome {
    // Whether there is one number more, another check asks.
    let long_enough = |call: &Call, steps: usize, got: &Recorded| {
        let shortest = got.loss.len().min(got.grad_norm.len());
        call.holds(shortest >= steps, &format!("recorded {shortest} iterates, expected {}", steps + 1))
            .map_err(|failure| failure.because(NOT_HIDDEN))
    };
    for kind in KINDS {
        // ∇¼Σw⁴ = w³: distances are cubed, and after a few steps beyond every floating-point
        // number.
        let w0 = like(&Tensor::zeros([2], (kind, context.device())), &[4.0, -3.0]);
        let quartic = |w: &Tensor| w.square().square().sum(None::<Kind>) * 0.25;
        for l_star in [None, Some(0.0)] {
            let call = call_of("¼·Σ wᵢ⁴", &w0, 2.5, 12, l_star);
            let got = call
                .succeeds(|| RUN(&quartic, &w0, 2.5, 12, l_star))
                .map_err(|failure| failure.because(NOT_HIDDEN))?;
            let got = Recorded::from(got);
            long_enough(&call, 12, &got)?;
            for (name, record) in [("loss", &got.loss), ("grad_norm", &got.grad_norm)] {
                let finite = record.last().is_some_and(|number| number.is_finite());
                call.holds(!finite, &format!("the last number of {name} is finite, expected inf or NaN"))
                    .map_err(|failure| failure.because(NOT_HIDDEN))?;
            }
            // The same of what follows from the losses: ∞ and NaN are neither left out nor replaced.
            let gap: Option<Vec<f64>> = l_star.map(|l_star| got.loss.iter().map(|l| l - l_star).collect());
            for (expected, gap) in gap.iter().zip(&got.gap) {
                call.expect(&list(gap), &list(expected)).named("gap").check()?;
            }
        }
    }

    let tracked = Tensor::from(4.0).set_requires_grad(true);
    let standing: [(&str, f64, Fun); 5] = [
        ("the number of elements, int64", 2.0, &|w| Tensor::from(w.numel() as i64)),
        ("‖w − (4, −3)‖², lowest at w0", 0.0, &|w| {
            (w - like(w, &[4.0, -3.0])).square().sum(None::<Kind>)
        }),
        ("7", 7.0, &|_| Tensor::from(7.0)),
        ("½‖w.detach()‖²", 12.5, &|w| HalfSquaredNorm.of_tensor(&w.detach())),
        ("p², of a tracked p elsewhere", 16.0, &|_| tracked.square()),
    ];
    for (formula, value, f) in standing {
        let w0 = Tensor::from_slice(&[4.0, -3.0]).to_device(context.device());
        let call = call_of(formula, &w0, 0.5, 4, None);
        let got = call.succeeds(|| RUN(f, &w0, 0.5, 4, None)).map_err(|failure| failure.because(NO_GRAPH))?;
        let got = Recorded::from(got);
        long_enough(&call, 4, &got)?;
        for (name, record, expected) in [("loss", &got.loss, value), ("grad_norm", &got.grad_norm, 0.0)] {
            call.holds(
                record.iter().all(|&number| number == expected),
                &format!("{name} is {record:?}, expected {expected:?} at each iterate"),
            )?;
        }
    }
    Ok(())
}

fn nothing_kept(context: &Context) -> Outcome {
    for steps in [0, 1, 3] {
        let w0 = Tensor::from_slice(&[4.0, -3.0]).to_device(context.device());
        let evaluations = Cell::new(0);
        let f = |w: &Tensor| {
            evaluations.set(evaluations.get() + 1);
            Bowl.of_tensor(w)
        };
        let call = call_of(Bowl.formula(), &w0, 0.5, steps, None);
        let _ = call.succeeds(|| RUN(&f, &w0, 0.5, steps, None))?;
        let (evaluations, iterates) = (evaluations.get(), steps + 1);
        call.holds(
            evaluations == iterates,
            &format!("evaluated f {evaluations} times, there are {iterates} iterates"),
        )
        .map_err(|failure| {
            failure.because(if evaluations > iterates {
                "the value whose graph goes backward is the loss that is recorded: take the number out of it."
            } else {
                "the last iterate takes no step, but L and its gradient are recorded there, too."
            })
        })?;
    }

    // An iterate that is not kept leaves its memory to a later one. If all of them are in different
    // places, all of them are still there; and if what the process holds grows like their number, so
    // are copies of them.
    let steps = 40;
    let w0 = Tensor::ones([1 << 15], (Kind::Double, context.device()));
    let (places, held) = (RefCell::new(Vec::new()), RefCell::new(Vec::new()));
    let f = |w: &Tensor| {
        places.borrow_mut().push(w.data_ptr() as usize);
        held.borrow_mut().extend(memory_held());
        HalfSquaredNorm.of_tensor(w)
    };
    let call = call_of(HalfSquaredNorm.formula(), &w0, 0.25, steps, None);
    let _ = call.succeeds(|| RUN(&f, &w0, 0.25, steps, None))?;
    let (mut places, held) = (places.into_inner(), held.into_inner());
    places.sort_unstable();
    let bytes = 8 * w0.numel();
    let all_in_place = places.windows(2).all(|pair| pair[1] - pair[0] >= bytes);
    // The first steps allocate what the later ones use again.
    let grown = held.get(5).zip(held.last()).map_or(0, |(early, late)| late.saturating_sub(*early));
    let all_kept = all_in_place || grown > (steps - 5) * bytes / 2;
    call.holds(!all_kept, &format!("keeps all {} iterates in memory to its end", places.len())).map_err(
        |failure| {
            failure.because(
                "a list of iterates, or of copies of them, is not needed, and w -= lr·g outside no_grad keeps them \
                 in its graph: record the numbers of an iterate when you are there, then let it go.",
            )
        },
    )
}

/// The memory of this process that no file stands for, in bytes; `None` where the system does not
/// tell.
fn memory_held() -> Option<usize> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let kilobytes = status.lines().find_map(|line| line.strip_prefix("RssAnon:"))?;
    kilobytes.trim().strip_suffix("kB")?.trim().parse::<usize>().ok().map(|kilobytes| 1024 * kilobytes)
}

fn inputs_left_alone(context: &Context) -> Outcome {
    let f = |w: &Tensor| Bowl.of_tensor(w);
    let cases = Layout::ALL
        .into_iter()
        .flat_map(|layout| [(layout, 0, false), (layout, 0, true), (layout, 2, false), (layout, 2, true)]);
    for (layout, steps, tracked) in cases {
        let values = vec![1.5, -0.5, -3.0, 2.0, 0.5, 0.75];
        let spec = TensorSpec { shape: vec![3, 2], kind: Kind::Double, values, layout };
        let w0 = spec.tensor(context.device()).set_requires_grad(tracked);
        let call = call_of(Bowl.formula(), &w0, 0.5, steps, None);
        let (last, _) = call.succeeds(|| RUN(&f, &w0, 0.5, steps, None))?;
        call.leaves_inputs_alone()?;
        call.holds(last.data_ptr() != w0.data_ptr(), "the last iterate shares storage with w0").map_err(|failure| {
            failure.because(
                "detach, shallow_clone, and where nothing changes contiguous, reshape, to_kind share storage: \
                 copy() has its own.",
            )
        })?;
        call.holds(!w0.grad().defined(), "left a gradient in w0").map_err(|failure| {
            failure.because("f was differentiated by w0 itself: use a leaf of your own.")
        })?;
        call.holds(!last.requires_grad(), "the last iterate is tracked").map_err(|failure| {
            failure.because(
                "what is computed from a tracked tensor is recorded, the step, too: take it inside no_grad, or \
                 from detach()ed tensors.",
            )
        })?;
    }
    Ok(())
}

fn refusals(context: &Context) -> Outcome {
    let w0 = |kind| like(&Tensor::zeros([2], (kind, context.device())), &[3.0, -4.0]);
    let refuses = |formula: &str, f: Fun, kind, lr: f64, steps, l_star, refusal| {
        let w0 = w0(kind);
        call_of(formula, &w0, lr, steps, l_star).refuses(refusal, || RUN(f, &w0, lr, steps, l_star))
    };
    let model = |w: &Tensor| HalfSquaredNorm.of_tensor(w);
    for lr in [0.0, -0.5, f64::NAN, f64::INFINITY] {
        for steps in [0, 2] {
            refuses("½‖w‖²", &model, Kind::Float, lr, steps, None, Refusal::Convert)?;
        }
    }
    let no_number = "a gap to NaN is NaN, and one to ±∞ is infinite: neither says anything.";
    for l_star in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
        for steps in [0, 2] {
            refuses("½‖w‖²", &model, Kind::Float, 0.5, steps, Some(l_star), Refusal::Convert)
                .map_err(|failure| failure.because(no_number))?;
        }
    }
    for steps in [0, 2] {
        refuses("½‖w‖²", &model, Kind::Int64, 0.5, steps, None, Refusal::Kind)?;
    }
    let several = "only a single number has a gradient: look at the loss's numel() before the backward pass. \
                   run_backward differentiates the sum of the elements without a word.";
    let functions: [(&str, Fun); 3] = [
        ("w², not summed", &|w| w.square()),
        ("[1, 2], constant", &|_| list(&[1.0, 2.0])),
        ("an empty part of w, shape [0]", &|w| w.narrow(0, 0, 0)),
    ];
    for (formula, f) in functions {
        for steps in [0, 2] {
            refuses(formula, f, Kind::Float, 0.5, steps, None, Refusal::Shape)
                .map_err(|failure| failure.because(several))?;
        }
    }
    // w0 is (3, −4), with one such element, and the gradient (1, 0). After one step there is none.
    let above = |w: &Tensor| w.masked_select(&w.gt(2.0));
    for steps in [1, 3] {
        refuses("the elements of w above 2", &above, Kind::Float, 2.0, steps, None, Refusal::Shape).map_err(
            |failure| failure.because("every value of f has to be one number, and not only that at w0."),
        )?;
    }
    Ok(())
}
