//! Checks of ex30. The reference is logistic regression in plain loops over f64. The laws: at w = 0 the loss is
//! ln 2; every example twice changes nothing; (1 − y, −w) has the loss of (y, w) and the opposite gradient; no
//! step of length at most 1 / L raises the loss.

use harness::inputs::{matrices, values};
use harness::prelude::*;
use tch::Reduction;

harness::exercise!(ex30, suite);

// The signatures of the contract: another one is a compile error here.
const LOGITS: fn(&Tensor, &Tensor) -> R<Tensor> = ex30::logits;
const LOSS_AND_GRAD: fn(&Tensor, &Tensor, &Tensor) -> R<(f64, Tensor)> = ex30::loss_and_grad;
type Fit = fn(&Tensor, &Tensor, f64, usize) -> R<(Tensor, Vec<f64>)>;
const FIT: Fit = ex30::fit;
const PREDICT: fn(&Tensor, &Tensor) -> R<Tensor> = ex30::predict;

const KINDS: [Kind; 2] = [Kind::Float, Kind::Double];
/// Each operation in these rounds visibly: examples of their own, with a wider tolerance.
const COARSE: [Kind; 2] = [Kind::Half, Kind::BFloat16];

const SUM: &str = "this is the sum over the examples: their mean is asked for.";
const MEAN_OF_N_TIMES_N: &str =
    "every logit was compared with every label: one of the two has shape [n, 1], and they broadcast.";
const SIGMOID_ROUNDS: &str =
    "σ(z) was rounded to 0 or 1 before its ln was taken: take the loss from the logits (ex29).";
const ROUNDED: &str = "the loss was rounded to float32 on the way: take it out as an f64.";
const CUT_OFF: &str = "ln was cut off at −100, as the cross entropy on probabilities does: take the loss from the logits (ex29).";
const UPHILL: &str = "the steps go along the gradient, uphill: descent subtracts lr·∇ℓ.";
const DIVIDED_TWICE: &str = "∇ℓ is a mean already: it was divided by n once more.";
const ACCUMULATED: &str =
    "the gradients of earlier steps are still in w.grad(): backward adds to what is there.";
const FROZEN: &str = "every step uses the gradient at w = 0: it has to be computed anew at each iterate.";

fn suite(suite: &mut Suite) {
    suite.check("logits are X·w, one for each example", 1, products);
    suite.check("the loss is the mean binary cross entropy, for logits of any size", 1, losses_of_weights);
    suite.check("the gradient is Xᵀ(σ(Xw) − y) / n", 2, gradients);
    suite.check("fit starts at 0, and each step goes against the gradient at its own w", 2, steps_of_fit);
    suite.check("losses are those of w₀, …, w_steps, and do not rise if lr ≤ 1 / L", 1, losses_of_fit);
    suite.check("predict is true where the logit is at least 0", 1, classes);
    suite.check(
        "x, y and w are left as they were, and what is reported is not tracked",
        1,
        inputs_left_alone,
    );
    suite.check("shapes that do not fit, labels outside [0, 1] and an unusable lr are refused", 1, refusals);
}

/// Examples in rows of plain numbers, with their labels.
struct Data {
    x: Vec<f64>,
    y: Vec<f64>,
    d: usize,
}

impl Data {
    fn logits(&self, w: &[f64]) -> Vec<f64> {
        self.x.chunks(self.d).map(|row| row.iter().zip(w).map(|(x, w)| x * w).sum()).collect()
    }

    fn losses(&self, w: &[f64]) -> Vec<f64> {
        // ln(1 + eᶻ) − z·y, with the larger of 0 and z taken out.
        let loss = |(z, y): (&f64, &f64)| z.max(0.0) + (-z.abs()).exp().ln_1p() - z * y;
        self.logits(w).iter().zip(&self.y).map(loss).collect()
    }

    fn loss(&self, w: &[f64]) -> f64 {
        self.losses(w).iter().sum::<f64>() / self.y.len() as f64
    }

    fn gradient(&self, w: &[f64]) -> Vec<f64> {
        let mut gradient = vec![0.0; self.d];
        for ((row, z), y) in self.x.chunks(self.d).zip(self.logits(w)).zip(&self.y) {
            for (slope, x) in gradient.iter_mut().zip(row) {
                *slope += x * (sigmoid(z) - y) / self.y.len() as f64;
            }
        }
        gradient
    }

    fn moved(&self, w: &[f64], lr: f64) -> Vec<f64> {
        w.iter().zip(self.gradient(w)).map(|(w, slope)| w - lr * slope).collect()
    }

    /// w₀ = 0, w₁, …, w_steps.
    fn iterates(&self, lr: f64, steps: usize) -> Vec<Vec<f64>> {
        let mut iterates = vec![vec![0.0; self.d]];
        for k in 0..steps {
            iterates.push(self.moved(&iterates[k], lr));
        }
        iterates
    }

    /// w_steps, where gradients are never cleared.
    fn accumulated(&self, lr: f64, steps: usize) -> Vec<f64> {
        let (mut w, mut sum) = (vec![0.0; self.d], vec![0.0; self.d]);
        for _ in 0..steps {
            let gradient = self.gradient(&w);
            for ((w, sum), slope) in w.iter_mut().zip(&mut sum).zip(gradient) {
                *sum += slope;
                *w -= lr * *sum;
            }
        }
        w
    }
}

fn sigmoid(z: f64) -> f64 {
    if z < 0.0 { z.exp() / (1.0 + z.exp()) } else { 1.0 / (1.0 + (-z).exp()) }
}

/// Six examples of three features, no two alike; the third label is between the classes.
const X: [f64; 18] =
    [1.0, 0.5, -2.0, -1.5, 2.0, 0.25, 0.75, -1.0, 3.0, 2.5, 1.0, 1.0, -0.5, -3.0, 1.25, 0.25, 1.75, -1.0];
const Y: [f64; 6] = [1.0, 0.0, 0.25, 1.0, 0.0, 1.0];
const W: [f64; 3] = [0.5, -1.25, 2.0];

fn six_examples() -> Data {
    Data { x: X.to_vec(), y: Y.to_vec(), d: 3 }
}

fn tensor(kind: Kind, shape: &[i64], numbers: &[f64], context: &Context) -> Tensor {
    laid_out(kind, shape, numbers, Layout::Contiguous, context)
}

fn laid_out(kind: Kind, shape: &[i64], numbers: &[f64], layout: Layout, context: &Context) -> Tensor {
    TensorSpec { shape: shape.to_vec(), kind, values: numbers.to_vec(), layout }.tensor(context.device())
}

/// Examples, labels and weights of fitting sizes, in any layout.
#[derive(Debug, Clone)]
struct Problem {
    x: TensorSpec,
    y: TensorSpec,
    w: TensorSpec,
}

fn problems(
    rows: std::ops::RangeInclusive<i64>,
    columns: std::ops::RangeInclusive<i64>,
) -> impl Strategy<Value = Problem> {
    let (most_rows, most_columns) = (*rows.end() as usize, *columns.end() as usize);
    let layouts = || select(Layout::ALL.to_vec());
    let labels = vec![0..=4_u8; most_rows];
    let weights = vec![-8..=8_i8; most_columns];
    (matrices(rows, columns, &KINDS), labels, weights, layouts(), layouts()).prop_map(
        |(x, labels, weights, of_y, of_w)| {
            let (n, d) = (x.shape[0], x.shape[1]);
            let spec = |size: i64, values: Vec<f64>, layout| {
                let values = values[..size as usize].to_vec();
                TensorSpec { shape: vec![size], kind: x.kind, values, layout }
            };
            let y = spec(n, labels.iter().map(|&quarters| f64::from(quarters) / 4.0).collect(), of_y);
            let w = spec(d, weights.iter().map(|&quarters| f64::from(quarters) / 4.0).collect(), of_w);
            Problem { x, y, w }
        },
    )
}

/// The tolerance of what is computed, in the dtype, of numbers of that size: in float16 and bfloat16
/// some four roundings.
fn rounding(kind: Kind, size: f64) -> Tolerance {
    match kind {
        Kind::Half => Tolerance::absolute(2_f64.powi(-9) * size),
        Kind::BFloat16 => Tolerance::absolute(2_f64.powi(-6) * size),
        kind => Tolerance::of(kind),
    }
}

fn products(context: &Context) -> Outcome {
    for kind in COARSE {
        let (x, w) = (tensor(kind, &[6, 3], &X, context), tensor(kind, &[3], &W, context));
        let expected = tensor(kind, &[6], &six_examples().logits(&W), context);
        let call = Call::new("logits").tensor("x", &x).tensor("w", &w);
        let got = call.succeeds(|| LOGITS(&x, &w))?;
        call.expect(&got, &expected).within(rounding(kind, 8.0)).check()?;
    }
    context.for_all(problems(0..=4, 1..=4), |Problem { x, w, .. }| {
        let (x, w) = (x.tensor(context.device()), w.tensor(context.device()));
        let data = Data { x: values(&x), y: vec![], d: w.size()[0] as usize };
        let expected = data.logits(&values(&w));
        let expected = tensor(x.kind(), &x.size()[..1], &expected, context);
        let (before, weights) = (x.copy(), w.copy());
        let call = Call::new("logits").tensor("x", &x).tensor("w", &w);
        let got = call.succeeds(|| LOGITS(&x, &w))?;
        call.expect(&got, &expected)
            .slip(
                "squeeze() takes out every dimension of size 1, a batch of one example as well: mv gives [n].",
                || before.mv(&weights).squeeze(),
            )
            .slip("these are the products x·w before they are added up along each row.", || &before * &weights)
            .slip("this is Xᵀ·w: w has one weight for each column of x.", || before.tr().mv(&weights))
            .slip("σ was applied: logits are what goes into it.", || expected.sigmoid())
            .check()
    })?;

    // Logits are differentiated: Σ vᵢ·zᵢ by w is Xᵀv.
    let (x, w) = (tensor(Kind::Double, &[6, 3], &X, context), tensor(Kind::Double, &[3], &W, context));
    let w = w.set_requires_grad(true);
    let v = tensor(Kind::Double, &[6], &Y, context);
    let call = Call::new("logits").tensor("x", &x).tensor("w", &w);
    let got = call.succeeds(|| LOGITS(&x, &w))?;
    call.holds(got.requires_grad(), "w is tracked and the result is not").map_err(|failure| {
        failure.because("logits computed inside no_grad, or from a detach() of w, cannot be trained with.")
    })?;
    let gradient = call
        .returns(|| Tensor::run_backward(&[(&got * &v).sum(None::<Kind>)], &[&w], false, false).remove(0))?;
    let expected: Vec<f64> = (0..3).map(|j| (0..6).map(|i| X[3 * i + j] * Y[i]).sum::<f64>()).collect();
    call.expect(&gradient, &tensor(Kind::Double, &[3], &expected, context))
        .named("the gradient by w of Σ vᵢ·logitᵢ for v = (1, 0, ¼, 1, 0, 1), which is Xᵀv,")
        .check()
}

fn call_loss(x: &Tensor, y: &Tensor, w: &Tensor) -> Call {
    Call::new("loss_and_grad").tensor("x", x).tensor("y", y).tensor("w", w)
}

/// The lecture's example: eight examples of five features drawn at random, and labels and weights as well.
fn lecture(context: &Context) -> (Tensor, Tensor, Tensor) {
    tch::manual_seed(0);
    let cpu = (Kind::Float, tch::Device::Cpu);
    let x = Tensor::randn([8, 5], cpu);
    let y = Tensor::randint(2, [8], (Kind::Int64, tch::Device::Cpu)).to_kind(Kind::Float);
    let w = Tensor::randn([5], cpu);
    let here = |t: Tensor| t.to_device(context.device());
    (here(x), here(y), here(w))
}

fn losses_of_weights(context: &Context) -> Outcome {
    let (x, y, w) = lecture(context);
    let z = x.mv(&w);
    let targets = y.copy();
    let call = call_loss(&x, &y, &w);
    let (loss, _) = call.succeeds(|| LOSS_AND_GRAD(&x, &y, &w))?;
    let bce = |z: &Tensor, y: &Tensor, reduction| {
        z.binary_cross_entropy_with_logits::<Tensor>(y, None, None, reduction).to_kind(Kind::Float)
    };
    let sum = || bce(&z, &targets, Reduction::Sum);
    let n_times_n = || {
        let size = [8, 8];
        bce(&z.expand(size, false), &targets.unsqueeze(1).expand(size, false), Reduction::Mean)
    };
    let twice = || bce(&z.sigmoid(), &targets, Reduction::Mean);
    let squares = || (z.sigmoid() - &targets).square().mean(None::<Kind>);
    let slips: [(&str, &dyn Fn() -> Tensor); 4] = [
        (SUM, &sum),
        (MEAN_OF_N_TIMES_N, &n_times_n),
        ("σ was applied twice: a loss on logits takes z as it is.", &twice),
        ("this is the mean squared error of the probabilities, not their cross entropy.", &squares),
    ];
    // A loss in float32, of which the digits of an f64 are not all of its own.
    context.matches_fixture("loss", &call, &Tensor::from(loss as f32), &slips)?;

    for kind in KINDS {
        // Logits of 20, 60, 200 and 10⁴, each a confident hit and a confident mistake.
        for size in [20.0, 60.0, 200.0, 1e4] {
            let (x, w) = (tensor(kind, &[2, 1], &[1.0, -2.0], context), tensor(kind, &[1], &[size], context));
            is_loss(&x, &tensor(kind, &[2], &[1.0, 0.0], context), &w, 0.0)?;
            is_loss(&x, &tensor(kind, &[2], &[0.0, 1.0], context), &w, 1.5 * size)?;
        }
        for (layout, scale) in Layout::ALL.into_iter().zip([1.0, 0.0, 3.0, -0.5]) {
            let weights = W.map(|w| w * scale);
            let x = laid_out(kind, &[6, 3], &X, layout, context);
            let y = laid_out(kind, &[6], &Y, layout, context);
            let w = tensor(kind, &[3], &weights, context);
            let data = Data { x: values(&x), y: values(&y), d: 3 };
            is_loss(&x, &y, &w, data.loss(&weights))?;
        }
        // A law: which class is called 1 does not matter.
        let data = six_examples();
        let (x, y) = (tensor(kind, &[6, 3], &X, context), tensor(kind, &[6], &Y.map(|y| 1.0 - y), context));
        is_loss(&x, &y, &tensor(kind, &[3], &W.map(|w| -w), context), data.loss(&W))?;
    }
    for kind in COARSE {
        let (x, y) = (tensor(kind, &[6, 3], &X, context), tensor(kind, &[6], &Y, context));
        is_loss(&x, &y, &tensor(kind, &[3], &W, context), six_examples().loss(&W))?;
        // e¹² is ∞ in float16.
        for size in [12.0, 4096.0] {
            let (x, w) = (tensor(kind, &[2, 1], &[1.0, -2.0], context), tensor(kind, &[1], &[size], context));
            is_loss(&x, &tensor(kind, &[2], &[1.0, 0.0], context), &w, 0.0)?;
            is_loss(&x, &tensor(kind, &[2], &[0.0, 1.0], context), &w, 1.5 * size)?;
        }
    }
    Ok(())
}

fn is_loss(x: &Tensor, y: &Tensor, w: &Tensor, expected: f64) -> Outcome {
    let (z, targets) = (x.mv(w), y.copy());
    let number = |loss: Tensor| loss.to_kind(Kind::Double);
    let call = call_loss(x, y, w);
    let (loss, _) = call.succeeds(|| LOSS_AND_GRAD(x, y, w))?;
    let by_parts = |smallest: f64| {
        let (p, other) = (z.sigmoid(), 1_f64 - z.sigmoid());
        let ln = |p: Tensor| p.log().clamp_min(smallest);
        number(-(&targets * ln(p) + (1_f64 - &targets) * ln(other)).mean(None::<Kind>))
    };
    let tolerance = match x.kind() {
        // Ten digits, so that float32 on the way shows; e⁻²⁰ counts as 0.
        Kind::Double => Tolerance { relative: 1e-10, absolute: 4e-9 },
        // It is computed in the dtype of x.
        kind => rounding(kind, expected.max(1.0)),
    };
    call.expect(&Tensor::from(loss), &Tensor::from(expected))
        .named("the loss")
        .within(tolerance)
        .slip(ROUNDED, || Tensor::from(f64::from(expected as f32)))
        .slip(SUM, || Tensor::from(expected * targets.numel() as f64))
        .slip(SIGMOID_ROUNDS, || by_parts(f64::NEG_INFINITY))
        .slip(CUT_OFF, || by_parts(-100.0))
        .check()
}

fn gradients(context: &Context) -> Outcome {
    let (x, y, w) = lecture(context);
    let residual = x.mv(&w).sigmoid() - &y;
    let before = x.copy();
    let call = call_loss(&x, &y, &w);
    let (_, got) = call.succeeds(|| LOSS_AND_GRAD(&x, &y, &w))?;
    let sum = || before.tr().mv(&residual);
    let negative = || before.tr().mv(&residual) / -8.0;
    let slips: [(&str, &dyn Fn() -> Tensor); 2] =
        [(SUM, &sum), ("the sign is wrong: the residual is σ(z) − y, not y − σ(z).", &negative)];
    context.matches_fixture("gradient", &call, &got, &slips)?;

    context.for_all(problems(1..=4, 1..=4), |Problem { x, y, w }| {
        let device = context.device();
        let (x, y, w) = (x.tensor(device), y.tensor(device), w.tensor(device));
        let data = Data { x: values(&x), y: values(&y), d: w.size()[0] as usize };
        is_gradient(&x, &y, &w, &data.gradient(&values(&w)))
    })?;

    for kind in [KINDS, COARSE].concat() {
        let data = six_examples();
        let (x, y, w) = (
            tensor(kind, &[6, 3], &X, context),
            tensor(kind, &[6], &Y, context),
            tensor(kind, &[3], &W, context),
        );
        // At w = 0: Xᵀ(½ − y) / n.
        let at_0: Vec<f64> =
            (0..3).map(|j| (0..6).map(|i| X[3 * i + j] * (0.5 - Y[i])).sum::<f64>() / 6.0).collect();
        is_gradient(&x, &y, &tensor(kind, &[3], &[0.0; 3], context), &at_0)?;
        // The laws: every example twice changes nothing; the other names of the classes change the sign.
        let expected = data.gradient(&W);
        is_gradient(&Tensor::cat(&[&x, &x], 0), &Tensor::cat(&[&y, &y], 0), &w, &expected)?;
        let opposite: Vec<f64> = expected.iter().map(|slope| -slope).collect();
        is_gradient(&x, &(1_f64 - &y), &-&w, &opposite)?;
        // Confident mistakes have a slope of ±1 each, however large the logit.
        // e¹² is ∞ in float16 alone; in the others it is no large logit.
        let sizes = if COARSE.contains(&kind) { [12.0, 1e4] } else { [200.0, 1e4] };
        for size in sizes {
            let (x, w) = (tensor(kind, &[2, 1], &[1.0, -2.0], context), tensor(kind, &[1], &[size], context));
            is_gradient(&x, &tensor(kind, &[2], &[0.0, 1.0], context), &w, &[1.5])?;
            is_gradient(&x, &tensor(kind, &[2], &[1.0, 0.0], context), &w, &[0.0])?;
        }
    }
    Ok(())
}

fn is_gradient(x: &Tensor, y: &Tensor, w: &Tensor, expected: &[f64]) -> Outcome {
    let expected = Tensor::from_slice(expected).to_kind(w.kind()).to_device(w.device());
    let n = y.numel() as f64;
    let call = call_loss(x, y, w);
    let (_, got) = call.succeeds(|| LOSS_AND_GRAD(x, y, w))?;
    call.expect(&got, &expected)
        .named("the gradient")
        .within(rounding(w.kind(), 3.0))
        .slip(SUM, || &expected * n)
        .slip("the sign is wrong: the residual is σ(z) − y, not y − σ(z).", || -&expected)
        .slip("e^z / (1 + e^z) is ∞ / ∞ for a large z: sigmoid() takes the large one out.", || {
            &expected * f64::NAN
        })
        .check()
}

fn call_fit(x: &Tensor, y: &Tensor, lr: f64, steps: usize) -> Call {
    Call::new("fit").tensor("x", x).tensor("y", y).value("lr", lr).value("steps", steps)
}

fn steps_of_fit(context: &Context) -> Outcome {
    for kind in KINDS {
        for ((layout, lr), steps) in
            Layout::ALL.into_iter().zip([0.5, 0.25, 1.0, 2.0]).flat_map(|run| [0, 1, 3].map(|k| (run, k)))
        {
            let x = laid_out(kind, &[6, 3], &X, layout, context);
            let y = laid_out(kind, &[6], &Y, layout, context);
            let data = Data { x: values(&x), y: values(&y), d: 3 };
            let vector = |numbers: &[f64]| tensor(kind, &[3], numbers, context);
            let expected = vector(&data.iterates(lr, steps)[steps]);
            let call = call_fit(&x, &y, lr, steps);
            let (got, _) = call.succeeds(|| FIT(&x, &y, lr, steps))?;
            call.expect(&got, &expected)
                .named("the last iterate")
                .slip(UPHILL, || vector(&data.iterates(-lr, steps)[steps]))
                .slip(DIVIDED_TWICE, || vector(&data.iterates(lr / 6.0, steps)[steps]))
                .slip(SUM_OF_SLOPES, || vector(&data.iterates(lr * 6.0, steps)[steps]))
                .slip(ACCUMULATED, || vector(&data.accumulated(lr, steps)))
                .slip(FROZEN, || vector(&data.iterates(lr * steps as f64, 1)[1]))
                .slip("this is one step more.", || vector(&data.iterates(lr, steps + 1)[steps + 1]))
                .slip("this is one step fewer.", || vector(&data.iterates(lr, steps)[steps.max(1) - 1]))
                .check()
                .map_err(|failure| match steps {
                    0 => failure.because("after 0 steps the last iterate is w₀ = 0."),
                    _ => failure,
                })?;
        }
    }
    for kind in COARSE {
        let (x, y) = (tensor(kind, &[6, 3], &X, context), tensor(kind, &[6], &Y, context));
        let expected = tensor(kind, &[3], &six_examples().iterates(0.5, 2)[2], context);
        let call = call_fit(&x, &y, 0.5, 2);
        let (got, _) = call.succeeds(|| FIT(&x, &y, 0.5, 2))?;
        call.expect(&got, &expected).named("the last iterate").within(rounding(kind, 3.0)).check()?;
    }
    // Every positive rate can be used, also one without the full precision of an f64.
    let (x, y) = (tensor(Kind::Double, &[6, 3], &X, context), tensor(Kind::Double, &[6], &Y, context));
    let call = call_fit(&x, &y, 1e-310, 1);
    let (got, _) = call.succeeds(|| FIT(&x, &y, 1e-310, 1))?;
    call.expect(&got, &tensor(Kind::Double, &[3], &[0.0; 3], context)).named("the last iterate").check()
}

const SUM_OF_SLOPES: &str =
    "these are steps along the gradient of the sum of the losses: the mean is asked for.";

fn losses_of_fit(context: &Context) -> Outcome {
    // XᵀX of the six examples has its eigenvalues below its trace, so this is a rate of at most 1 / L.
    let trace: f64 = X.iter().map(|x| x * x).sum();
    let small = 4.0 * 6.0 / trace;
    for kind in KINDS {
        for (lr, steps) in [(small, 0), (small, 1), (0.25, 3), (small, 5)] {
            let (x, y) = (tensor(kind, &[6, 3], &X, context), tensor(kind, &[6], &Y, context));
            // The losses of what fit itself gives for fewer steps: whether those are right, another check asks.
            let mut expected = vec![];
            for fewer in 0..=steps {
                let (w, _) = call_fit(&x, &y, lr, fewer).succeeds(|| FIT(&x, &y, lr, fewer))?;
                call_fit(&x, &y, lr, fewer)
                    .holds(w.size() == [3], "the last iterate has another shape than [3]")?;
                expected.push(six_examples().loss(&values(&w)));
            }
            let call = call_fit(&x, &y, lr, steps);
            let (_, losses) = call.succeeds(|| FIT(&x, &y, lr, steps))?;
            let record = |losses: &[f64]| Tensor::from_slice(losses);
            call.expect(&record(&losses), &record(&expected))
                .named("the record of losses")
                // They are computed in the dtype of x.
                .within(Tolerance::of(kind))
                .slip("the loss of the last iterate is missing: a run of k steps has k + 1 iterates.", || {
                    record(&expected[..steps])
                })
                .slip("the loss of w₀ = 0, ln 2, is missing: a loss is recorded before its step.", || {
                    record(&expected[1..])
                })
                .slip("a loss is recorded before its step, and the last one after the loop.", || {
                    record(&[&expected[1..], &expected[steps..]].concat())
                })
                .slip(SUM, || record(&expected) * 6.0)
                .check()?;
            // A law, up to rounding.
            let slack = if kind == Kind::Double { 1e-12 } else { 1e-6 };
            let rises = losses.windows(2).any(|pair| pair[1] > pair[0] + slack);
            call.holds(lr > small || !rises, "a loss is larger than the one before it, and lr ≤ 1 / L")?;
        }
    }
    Ok(())
}

fn classes(context: &Context) -> Outcome {
    // On both sides of every limit that learners take.
    let x = tensor(Kind::Double, &[5, 1], &[0.0, 0.25, -1.0, 0.5, 2.0], context);
    is_class(&x, &tensor(Kind::Double, &[1], &[1.0], context))?;
    for kind in COARSE {
        is_class(&tensor(kind, &[3, 1], &[0.0, 0.25, -1.0], context), &tensor(kind, &[1], &[1.0], context))?;
    }
    // In float64, too, σ(−10⁻³⁰) is ½.
    let x = tensor(Kind::Double, &[2, 1], &[-1e-30, 1e-30], context);
    is_class(&x, &tensor(Kind::Double, &[1], &[1.0], context))
        .map_err(|failure| failure.because("σ(−10⁻³⁰) is rounded to ½: compare the logit itself with 0."))?;
    context.for_all(problems(0..=5, 1..=3), |Problem { x, w, .. }| {
        is_class(&x.tensor(context.device()), &w.tensor(context.device()))
    })
}

fn is_class(x: &Tensor, w: &Tensor) -> Outcome {
    // Sums of a few products of quarters are exact, and 0 is among them.
    let z = Data { x: values(x), y: vec![], d: w.size()[0] as usize }.logits(&values(w));
    let bools = |class: &dyn Fn(f64) -> bool| {
        let classes: Vec<bool> = z.iter().map(|&z| class(z)).collect();
        Tensor::from_slice(&classes).to_device(x.device())
    };
    let expected = bools(&|z| z >= 0.0);
    let call = Call::new("predict").tensor("x", x).tensor("w", w);
    let got = call.succeeds(|| PREDICT(x, w))?;
    call.expect(&got, &expected)
        .slip("a logit of 0, a probability of exactly ½, belongs to class 1: ≥, not >.", || {
            bools(&|z| z > 0.0)
        })
        .slip(HALF, || bools(&|z| z >= 0.5))
        .slip(HALF, || bools(&|z| z > 0.5))
        .slip("these are the classes exchanged.", || bools(&|z| z < 0.0))
        .slip(NUMBERS, || expected.to_kind(x.kind()))
        .slip(NUMBERS, || expected.to_kind(Kind::Int64))
        .slip(
            "round() takes ½ to 0, the nearest even number, and its result is no Bool: compare the logit.",
            || bools(&|z| z > 0.0).to_kind(x.kind()),
        )
        .slip("these are the probabilities: a class is asked for, true or false.", || {
            let p: Vec<f64> = z.iter().map(|&z| sigmoid(z)).collect();
            Tensor::from_slice(&p).to_kind(x.kind()).to_device(x.device())
        })
        .check()
}

const HALF: &str = "½ is the limit of probabilities; that of logits is 0.";
const NUMBERS: &str = "these are 0 and 1 as numbers: a comparison gives the Bool that is asked for.";

fn inputs_left_alone(context: &Context) -> Outcome {
    let reported = "a report is no part of the graph: run_backward with create_graph false gives a gradient that is \
                    not tracked, and a step belongs inside no_grad, or is made of detach()ed tensors.";
    for layout in Layout::ALL {
        for tracked in [false, true] {
            let of = |shape: &[i64], numbers: &[f64]| laid_out(Kind::Double, shape, numbers, layout, context);
            let (x, y, w) = (of(&[6, 3], &X), of(&[6], &Y), of(&[3], &W).set_requires_grad(tracked));
            let call = Call::new("logits").tensor("x", &x).tensor("w", &w);
            let _ = call.succeeds(|| LOGITS(&x, &w))?;
            call.leaves_inputs_alone()?;

            let call = call_loss(&x, &y, &w);
            let (_, gradient) = call.succeeds(|| LOSS_AND_GRAD(&x, &y, &w))?;
            call.leaves_inputs_alone()?;
            call.holds(!w.grad().defined(), "left a gradient in w").map_err(|failure| {
                failure.because("backward adds to the gradient of every tracked leaf: use a leaf of your own, w.detach().")
            })?;
            call.holds(!gradient.requires_grad(), "the gradient is tracked")
                .map_err(|failure| failure.because(reported))?;

            let call = Call::new("predict").tensor("x", &x).tensor("w", &w);
            let _ = call.succeeds(|| PREDICT(&x, &w))?;
            call.leaves_inputs_alone()?;

            for steps in [0, 2] {
                let call = call_fit(&x, &y, 0.5, steps);
                let (weights, _) = call.succeeds(|| FIT(&x, &y, 0.5, steps))?;
                call.leaves_inputs_alone()?;
                call.holds(!weights.requires_grad(), "the last iterate is tracked")
                    .map_err(|failure| failure.because(reported))?;
            }
        }
    }
    Ok(())
}

const NOTHING: &str = "the mean over no examples is 0/0, NaN.";

fn refusals(context: &Context) -> Outcome {
    // Numbers from 0 to 1, so that none is a label that does not fit.
    let of = |shape: &[i64], kind| {
        let numel: i64 = shape.iter().product();
        let numbers: Vec<f64> = (0..numel).map(|index| 1.0 / (1.0 + index as f64)).collect();
        tensor(kind, shape, &numbers, context)
    };
    let float = |shape: &[i64]| of(shape, Kind::Float);
    let refuses_products = |refusal, x: &Tensor, w: &Tensor| {
        let call = Call::new("logits").tensor("x", x).tensor("w", w);
        call.refuses(refusal, || LOGITS(x, w))?;
        let call = Call::new("predict").tensor("x", x).tensor("w", w);
        call.refuses(refusal, || PREDICT(x, w))
    };
    let refuses_loss = |refusal, x: &Tensor, y: &Tensor, w: &Tensor| {
        call_loss(x, y, w).refuses(refusal, || LOSS_AND_GRAD(x, y, w))
    };
    let refuses_fit = |refusal, x: &Tensor, y: &Tensor, lr: f64, steps| {
        call_fit(x, y, lr, steps).refuses(refusal, || FIT(x, y, lr, steps))
    };

    let shapes: [(&[i64], &[i64]); 5] =
        [(&[2, 3], &[2]), (&[2, 3], &[3, 1]), (&[3], &[3]), (&[2, 2, 3], &[3]), (&[2, 1], &[])];
    for (x, w) in shapes {
        refuses_products(Refusal::Shape, &float(x), &float(w))?;
        refuses_loss(Refusal::Shape, &float(x), &float(&[2]), &float(w))?;
    }
    refuses_products(Refusal::Kind, &of(&[2, 3], Kind::Int64), &of(&[3], Kind::Int64))?;
    refuses_products(Refusal::Kind, &float(&[2, 3]), &of(&[3], Kind::Double))?;

    let broadcast = "labels [n, 1] and logits [n] broadcast to [n, n], and a loss that means nothing comes out: compare \
                     the size() of both.";
    for y in [&[3, 1][..], &[1], &[2], &[1, 3], &[]] {
        refuses_loss(Refusal::Shape, &float(&[3, 2]), &float(y), &float(&[2]))
            .map_err(|failure| failure.because(broadcast))?;
        for steps in [0, 2] {
            refuses_fit(Refusal::Shape, &float(&[3, 2]), &float(y), 0.5, steps)
                .map_err(|failure| failure.because(broadcast))?;
        }
    }
    refuses_loss(Refusal::Shape, &float(&[0, 2]), &float(&[0]), &float(&[2]))
        .map_err(|failure| failure.because(NOTHING))?;
    for steps in [0, 2] {
        refuses_fit(Refusal::Shape, &float(&[0, 2]), &float(&[0]), 0.5, steps)
            .map_err(|failure| failure.because(NOTHING))?;
    }
    refuses_fit(Refusal::Shape, &float(&[3]), &float(&[3]), 0.5, 2)?;
    let kinds =
        "x, y and w have one dtype, also where the labels are 0 and 1: compare kind(), and convert nothing.";
    for kind in [Kind::Int64, Kind::Bool, Kind::Double] {
        let y = of(&[3], kind);
        refuses_loss(Refusal::Kind, &float(&[3, 2]), &y, &float(&[2]))
            .map_err(|failure| failure.because(kinds))?;
        for steps in [0, 2] {
            refuses_fit(Refusal::Kind, &float(&[3, 2]), &y, 0.5, steps)
                .map_err(|failure| failure.because(kinds))?;
        }
    }
    refuses_loss(Refusal::Kind, &float(&[3, 2]), &float(&[3]), &of(&[2], Kind::Double))
        .map_err(|failure| failure.because(kinds))?;
    let whole = |shape: &[i64]| of(shape, Kind::Int64);
    refuses_loss(Refusal::Kind, &whole(&[3, 2]), &whole(&[3]), &whole(&[2]))?;
    refuses_fit(Refusal::Kind, &whole(&[3, 2]), &whole(&[3]), 0.5, 2)?;

    let nan = "every comparison with NaN is false: ask for what is wanted, not for what is not.";
    let because =
        |number: f64, failure: Failure| if number.is_nan() { failure.because(nan) } else { failure };
    for label in [-1.0, 1.25, -1e-6, 1.0 + 1e-6, f64::NAN] {
        let y = tensor(Kind::Float, &[3], &[0.0, label, 1.0], context);
        refuses_loss(Refusal::Convert, &float(&[3, 2]), &y, &float(&[2]))
            .map_err(|failure| because(label, failure))?;
        refuses_fit(Refusal::Convert, &float(&[3, 2]), &y, 0.5, 0)?;
    }
    for lr in [0.0, -0.5, f64::NAN, f64::INFINITY] {
        for steps in [0, 2] {
            refuses_fit(Refusal::Convert, &float(&[3, 2]), &float(&[3]), lr, steps)
                .map_err(|failure| because(lr, failure))?;
        }
    }
    Ok(())
}
