//! Checks of ex29. For logits of a usual size the references are the definitions, in plain loops
//! over f64; for large ones, results that are known without an exponential. The laws: a constant
//! added to a row is added to its logsumexp and lost in its cross entropy; the largest ≤ lse ≤ the
//! largest + ln k; bce(z, y) = bce(−z, 1 − y); the cross entropy of two classes with logits 0 and z
//! is the binary one.

use harness::inputs::{elements, matrices, tensors, values};
use harness::prelude::*;
use tch::Reduction;

harness::exercise!(ex29, suite);

// The signatures of the contract: another one is a compile error here.
const LOGSUMEXP: fn(&Tensor) -> R<Tensor> = ex29::logsumexp;
const BCE_LOGITS: fn(&Tensor, &Tensor) -> R<Tensor> = ex29::bce_logits;
const CROSS_ENTROPY: fn(&Tensor, &Tensor) -> R<Tensor> = ex29::cross_entropy;

const KINDS: [Kind; 2] = [Kind::Float, Kind::Double];
/// Each operation in these rounds visibly: examples of their own, with a wider tolerance.
const COARSE: [Kind; 2] = [Kind::Half, Kind::BFloat16];

const EXP_OVERFLOWS: &str = "e^z was computed of z itself. It is ∞ from z = 89 on in float32, from 710 on in float64, and \
     where every e^z is 0, its ln is −∞: take the largest logit of the row out first.";
const ONE_SHIFT: &str = "one number, the largest of all rows, was taken out of every row: in a row far below it every \
     exponential is 0. Each row needs its own (keepdim).";
const SIGMOID_ROUNDS: &str = "σ(z) was rounded to 0 or 1 before its ln was taken: in float32 σ(17) is 1. Do not compute σ at \
     all: −ln σ(z) is ln(1 + e^−z).";
const CLAMPED: &str = "the logarithms were cut off at −100, or the probabilities at a small number. That hides ∞, and \
     the loss of a confident mistake with it: it grows like |z|.";
const SUM: &str = "this is the sum of the losses: their mean is asked for.";
const NOT_REDUCED: &str = "this is one loss for each element: their mean is asked for.";
const NOT_TRACKED: &str = "the result is computed from z with no graph: a loss that was taken out as a number, or \
     computed inside no_grad or from a detach(), cannot be trained with.";
const KINK: &str = "the formula has the right value and a kink at z = 0, where autograd takes some slope: of \
     max(z, 0) it is 1 by clamp_min and 0 by relu, of |z| it is 0. The slope of ln(1 + e^z) is ½: \
     look at logaddexp.";
const WHERE: &str = "where computes both sides, and the backward pass multiplies the side not taken by 0. If that \
     side overflows, this is 0·∞, NaN: what goes into exp must be small on both sides.";

fn suite(suite: &mut Suite) {
    suite.check("logsumexp is ln Σⱼ exp(zᵢⱼ), one number for each row", 2, rows_are_summed);
    suite.check("logits of any size give the right number, infinite ones a limit", 2, any_size);
    suite.check("bce_logits is the mean binary cross entropy, of targets between 0 and 1 too", 1, binary);
    suite.check("cross_entropy is the mean of lse(zᵢ) less the logit of the label", 1, several_classes);
    suite.check("gradients are right, at z = 0 and for large z as well", 2, gradients);
    suite.check("z and y are left as they were", 1, inputs_are_left_alone);
    suite.check("labels, targets, shapes and dtypes that do not fit are refused", 1, refusals);
}

/// ln Σ eᶻ by its definition, which float64 has the range for where |z| < 700.
fn lse(row: &[f64]) -> f64 {
    row.iter().map(|z| z.exp()).sum::<f64>().ln()
}

fn sigmoid(z: f64) -> f64 {
    if z < 0.0 { z.exp() / (1.0 + z.exp()) } else { 1.0 / (1.0 + (-z).exp()) }
}

/// The softmax of a row, of any size: its largest logit is taken out.
fn softmax(row: &[f64]) -> Vec<f64> {
    let largest = row.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let powers: Vec<f64> = row.iter().map(|z| (z - largest).exp()).collect();
    let sum: f64 = powers.iter().sum();
    powers.iter().map(|power| power / sum).collect()
}

/// −[y·ln σ(z) + (1 − y)·ln(1 − σ(z))], where 1 − σ(z) = σ(−z).
fn bce(z: f64, y: f64) -> f64 {
    -(y * sigmoid(z).ln() + (1.0 - y) * sigmoid(-z).ln())
}

fn mean(numbers: &[f64]) -> f64 {
    numbers.iter().sum::<f64>() / numbers.len() as f64
}

/// `numbers` of `shape` with the dtype and device of `tensor`.
fn like(tensor: &Tensor, shape: &[i64], numbers: &[f64]) -> Tensor {
    Tensor::from_slice(numbers).reshape(shape).to_kind(tensor.kind()).to_device(tensor.device())
}

fn scalar_like(tensor: &Tensor, number: f64) -> Tensor {
    like(tensor, &[], &[number])
}

fn tensor(kind: Kind, shape: &[i64], numbers: &[f64], context: &Context) -> Tensor {
    Tensor::from_slice(numbers).reshape(shape).to_kind(kind).to_device(context.device())
}

fn rows_are_summed(context: &Context) -> Outcome {
    // Three rows of three, where the sums along the wrong dimension have the right shape.
    let z = tensor(Kind::Double, &[3, 3], &[1.0, 2.0, 3.0, 0.0, 0.0, 0.0, -1.5, 4.0, 0.5], context);
    let before = z.copy();
    let call = Call::new("logsumexp").tensor("z", &z);
    let got = call.succeeds(|| LOGSUMEXP(&z))?;
    let columns = || before.logsumexp(0, false);
    let of_everything = || before.logsumexp([0, 1], false);
    let not_logged = || before.exp().sum_dim_intlist(1, false, None);
    let of_means = || before.logsumexp(1, false) - 3_f64.ln();
    let largest = || before.amax(1, false);
    let slips: [(&str, &dyn Fn() -> Tensor); 5] = [
        (COLUMNS, &columns),
        ("a single number: there is one for each row.", &of_everything),
        ("this is the sum of the exponentials: its logarithm is still to be taken.", &not_logged),
        ("this is the ln of the mean of the exponentials: of their sum it is ln k more.", &of_means),
        ("this is the largest of each row: ln Σ exp(zᵢⱼ − m) is still to be added.", &largest),
    ];
    context.matches_fixture("logsumexp", &call, &got, &slips)?;

    context.for_all(matrices(0..=4, 1..=4, &KINDS), |spec| {
        let z = spec.tensor(context.device());
        let (rows, columns) = (spec.shape[0], spec.shape[1] as usize);
        let (numbers, before) = (values(&z), z.copy());
        let expected: Vec<f64> = numbers.chunks(columns).map(lse).collect();
        let call = Call::new("logsumexp").tensor("z", &z);
        let got = call.succeeds(|| LOGSUMEXP(&z))?;
        call.expect(&got, &like(&z, &[rows], &expected))
            .slip(COLUMNS, || before.logsumexp(0, false))
            .slip("the row's largest logit was taken out and not put back: add it to the ln.", || {
                before.logsumexp(1, false) - before.amax(1, false)
            })
            .slip(
                "squeeze() takes out every dimension of size 1, and that of a single row, too: squeeze_dim(1).",
                || before.logsumexp(1, true).squeeze(),
            )
            .check()?;

        // A law: lse is above the row's largest logit by no more than ln k.
        let slack = 1e-5;
        for (row, lse) in numbers.chunks(columns).zip(values(&got)) {
            let largest = row.iter().copied().fold(f64::NEG_INFINITY, f64::max);
            let bounds = largest - slack..=largest + (columns as f64).ln() + slack;
            let headline = format!("{lse} is not between the row's largest and that + ln {columns}");
            call.holds(bounds.contains(&lse), &headline)?;
        }
        Ok(())
    })
}

const COLUMNS: &str =
    "the columns were summed: a sum over dimension 1 runs along a row, over 0 down a column.";

/// The tolerance of what is a difference of numbers of that size: it is rounded as they are, not as
/// the result. In float16 and bfloat16, some four roundings.
fn rounding(kind: Kind, size: f64) -> Tolerance {
    let digits = match kind {
        Kind::Double => 1e-14,
        Kind::Half => 2_f64.powi(-9),
        Kind::BFloat16 => 2_f64.powi(-6),
        _ => 4e-7,
    };
    Tolerance { absolute: Tolerance::of(kind).absolute + digits * size, ..Tolerance::of(kind) }
}

fn any_size(context: &Context) -> Outcome {
    for kind in KINDS {
        for shift in [500.0, -500.0, 1e4, -1e4] {
            let rows = [1.0, 2.0, 3.0, -0.5, 4.0, 0.25];
            let expected: Vec<f64> = rows.chunks(3).map(|row| lse(row) + shift).collect();
            let numbers = rows.map(|logit| logit + shift);
            is_lse(context, kind, &[2, 3], &numbers, &expected, shift)?;
            // The shift is lost in the difference. Labels 1 and 2.
            let entropy = mean(&[lse(&rows[..3]) - 2.0, lse(&rows[3..]) - 0.25]);
            is_cross_entropy(context, kind, &numbers, &[1, 2], entropy, shift)?;
        }
        // Rows that are far from each other, and logits that are within a row.
        let (up, down) = (lse(&[0.0, 1.0]) + 1e4, lse(&[0.0, 1.0]) - 1e4);
        is_lse(context, kind, &[2, 2], &[1e4, 1e4 + 1.0, -1e4 + 1.0, -1e4], &[up, down], 1e4)?;
        is_lse(context, kind, &[2, 3], &[-1e4, 1e4, 0.0, 3.0, -200.0, -1e4], &[1e4, 3.0], 1e4)?;
        is_cross_entropy(context, kind, &[1e4, 0.0, -1e4, 0.0, -1e4, 200.0], &[1, 2], 5e3, 1e4)?;

        // Limits. Of two equal logits beside one that is ruled out, ln 2 is the loss.
        let ruled_out = f64::NEG_INFINITY;
        let numbers = [ruled_out, 1.5, 1.5, ruled_out, ruled_out, ruled_out, 0.0, f64::INFINITY, 1e4];
        let expected = [1.5 + 2_f64.ln(), ruled_out, f64::INFINITY];
        is_lse(context, kind, &[3, 3], &numbers, &expected, 0.0)?;
        let numbers = [ruled_out, 0.5, 0.5, -3.0, -3.0, ruled_out];
        is_cross_entropy(context, kind, &numbers, &[1, 1], 2_f64.ln(), 0.0)?;

        // A confident hit costs nothing, a confident mistake |z|.
        for size in [20.0, 50.0, 200.0, 1e4] {
            for (z, y, expected) in
                [(size, 0.0, size), (-size, 1.0, size), (size, 1.0, 0.0), (-size, 0.0, 0.0)]
            {
                is_bce(context, kind, z, y, expected)?;
            }
        }
    }

    for kind in COARSE {
        // e¹² is ∞ in float16, where numbers end at 65504.
        let rows = [1.0, 2.0, 3.0, 12.0, -4.0, 11.5];
        let sums: Vec<f64> = rows.chunks(3).map(lse).collect();
        is_lse(context, kind, &[2, 3], &rows, &sums, 12.0)?;
        is_cross_entropy(context, kind, &rows, &[1, 2], mean(&[sums[0] - 2.0, sums[1] - 11.5]), 12.0)?;
        let ruled_out = f64::NEG_INFINITY;
        let large = [16_384.0, 16_384.0, 0.0, ruled_out, -3.0, ruled_out];
        is_lse(context, kind, &[2, 3], &large, &[16_384.0, -3.0], 0.0)?;
        is_cross_entropy(context, kind, &large[..3], &[2], 16_384.0, 0.0)?;
        for (z, y, expected) in [
            (12.0, 0.0, 12.0),
            (-12.0, 1.0, 12.0),
            (12.0, 1.0, 0.0),
            (16_384.0, 0.0, 16_384.0),
            (-16_384.0, 1.0, 16_384.0),
            (-16_384.0, 0.0, 0.0),
        ] {
            is_bce(context, kind, z, y, expected)?;
        }
    }
    Ok(())
}

fn is_lse(
    context: &Context,
    kind: Kind,
    shape: &[i64],
    logits: &[f64],
    expected: &[f64],
    size: f64,
) -> Outcome {
    let z = tensor(kind, shape, logits, context);
    let before = z.copy();
    let call = Call::new("logsumexp").tensor("z", &z);
    let got = call.succeeds(|| LOGSUMEXP(&z))?;
    call.expect(&got, &like(&z, &shape[..1], expected))
        .within(rounding(kind, size.abs()))
        .slip(INFINITE_SHIFT, || {
            let largest = before.amax(1, true);
            ((&before - &largest).exp().sum_dim_intlist(1, true, None).log() + largest).squeeze_dim(1)
        })
        .slip(EXP_OVERFLOWS, || before.exp().sum_dim_intlist(1, false, None).log())
        .slip(ONE_SHIFT, || {
            let largest = before.max();
            (&before - &largest).exp().sum_dim_intlist(1, false, None).log() + largest
        })
        .check()
}

const INFINITE_SHIFT: &str = "the largest logit of the row is infinite, and z − m is ∞ − ∞, NaN: where m is not finite, take \
     0 out instead.";

fn is_cross_entropy(
    context: &Context,
    kind: Kind,
    logits: &[f64],
    labels: &[i64],
    expected: f64,
    size: f64,
) -> Outcome {
    let shape = [labels.len() as i64, (logits.len() / labels.len()) as i64];
    let z = tensor(kind, &shape, logits, context);
    let y = Tensor::from_slice(labels).to_device(context.device());
    let (before, chosen) = (z.copy(), y.unsqueeze(1).copy());
    let call = Call::new("cross_entropy").tensor("z", &z).tensor("y", &y);
    let got = call.succeeds(|| CROSS_ENTROPY(&z, &y))?;
    call.expect(&got, &scalar_like(&z, expected))
        .within(rounding(kind, size.abs()))
        .slip(
            "0·∞ is NaN: of a row that holds −∞, multiplying by a one-hot row does not pick the label's \
             logit. gather does.",
            || {
                let one_hot = before.zeros_like().scatter_value(1, &chosen, 1.0);
                -(before.log_softmax(1, None) * one_hot).sum(None::<Kind>) / shape[0]
            },
        )
        .slip("softmax was rounded to 0 before its ln was taken: use lse(zᵢ) − zᵢ,ᵧᵢ.", || {
            -before.softmax(1, None).gather(1, &chosen, false).log().mean(None::<Kind>)
        })
        .slip(EXP_OVERFLOWS, || {
            let sums = before.exp().sum_dim_intlist(1, true, None).log();
            (sums - before.gather(1, &chosen, false)).mean(None::<Kind>)
        })
        .check()
}

fn is_bce(context: &Context, kind: Kind, z: f64, y: f64, expected: f64) -> Outcome {
    let (z, y) = (tensor(kind, &[1], &[z], context), tensor(kind, &[1], &[y], context));
    let (logit, target) = (z.copy(), y.copy());
    let call = Call::new("bce_logits").tensor("z", &z).tensor("y", &y);
    let got = call.succeeds(|| BCE_LOGITS(&z, &y))?;
    let of_sigmoid = |smallest: f64| {
        let (p, other) = (logit.sigmoid(), 1_f64 - logit.sigmoid());
        let ln = |p: Tensor| p.log().clamp_min(smallest);
        -(&target * ln(p) + (1_f64 - &target) * ln(other)).sum(None::<Kind>)
    };
    let expected = scalar_like(&z, expected);
    let coarse = COARSE.contains(&logit.kind());
    let tolerance = if coarse { rounding(logit.kind(), 1.0) } else { Tolerance::of(logit.kind()) };
    let mut expect = call
        .expect(&got, &expected)
        .within(tolerance)
        .slip(SIGMOID_ROUNDS, || of_sigmoid(f64::NEG_INFINITY))
        .slip(CLAMPED, || of_sigmoid(-100.0))
        .slip("e^z overflows: ln(1 + e^z) has to be computed from logits that are taken out of it.", || {
            (logit.exp().log1p() - &logit * &target).sum(None::<Kind>)
        });
    // In float32, 1 − 10⁻⁸ is 1, and nothing is cut off.
    let least = if kind == Kind::Double { 0.0 } else { 1e-7 };
    for smallest in [1e-12, 1e-10, 1e-9, 1e-8, 1e-7, 1e-6].into_iter().filter(|&small| small >= least) {
        let (logit, target) = (&logit, &target);
        expect = expect.slip(CLAMPED, move || {
            let p = logit.sigmoid().clamp(smallest, 1_f64 - smallest);
            -(target * p.log() + (1_f64 - target) * (1_f64 - p).log()).sum(None::<Kind>)
        });
    }
    expect.check()
}

/// Targets in quarters from 0 to 1, of the shape of `z`, in a layout of their own.
fn targets(z: &TensorSpec, quarters: &[u8], layout: Layout) -> TensorSpec {
    let values = quarters[..z.values.len()].iter().map(|&quarters| f64::from(quarters) / 4.0).collect();
    TensorSpec { values, layout, ..z.clone() }
}

fn binary(context: &Context) -> Outcome {
    let z = tensor(Kind::Double, &[2, 3], &[1.5, -2.0, 0.5, 0.0, 3.0, -1.0], context);
    let y = tensor(Kind::Double, &[2, 3], &[1.0, 0.0, 0.25, 1.0, 1.0, 0.0], context);
    let logit = z.copy();
    let target = y.copy();
    let call = Call::new("bce_logits").tensor("z", &z).tensor("y", &y);
    let got = call.succeeds(|| BCE_LOGITS(&z, &y))?;
    let losses = |z: &Tensor| z.logaddexp(&z.zeros_like()) - z * &target;
    let sum = || losses(&logit).sum(None::<Kind>);
    let each = || losses(&logit);
    let twice = || losses(&logit.sigmoid()).mean(None::<Kind>);
    let half = || -(&target * logit.log_sigmoid()).mean(None::<Kind>);
    let flipped = || losses(&-&logit).mean(None::<Kind>);
    let of_sign = || (&logit * (&target * 2.0 - 1.0)).log_sigmoid().mean(None::<Kind>) * -1.0;
    let slips: [(&str, &dyn Fn() -> Tensor); 6] = [
        (BY_SIGN, &of_sign),
        (SUM, &sum),
        (NOT_REDUCED, &each),
        ("σ was applied twice: a loss on logits takes z as it is.", &twice),
        ("only the targets' own part is there: (1 − y)·ln(1 − σ(z)) is missing.", &half),
        ("z has the wrong sign: σ(z) is the probability of y = 1.", &flipped),
    ];
    context.matches_fixture("bce_logits", &call, &got, &slips)?;

    let logits = prop_oneof![
        tensors(&[], &KINDS, elements::quarters()),
        tensors(&[1..=5], &KINDS, elements::quarters()),
        matrices(1..=3, 1..=3, &KINDS),
        tensors(&[1..=2, 1..=2, 1..=2], &KINDS, elements::quarters()),
    ];
    let quarters = vec![0..=4_u8; 9];
    context.for_all((logits, quarters, select(Layout::ALL.to_vec())), |(spec, quarters, layout)| {
        let y_spec = targets(&spec, &quarters, layout);
        let (z, y) = (spec.tensor(context.device()), y_spec.tensor(context.device()));
        let pairs: Vec<(f64, f64)> = values(&z).into_iter().zip(values(&y)).collect();
        let losses: Vec<f64> = pairs.iter().map(|&(z, y)| bce(z, y)).collect();
        let rounded: Vec<f64> = pairs.iter().map(|&(z, y)| bce(z, f64::from(y > 0.5))).collect();
        let by_sign: Vec<f64> = pairs.iter().map(|&(z, y)| bce((2.0 * y - 1.0) * z, 1.0)).collect();
        let call = Call::new("bce_logits").tensor("z", &z).tensor("y", &y);
        let got = call.succeeds(|| BCE_LOGITS(&z, &y))?;
        call.expect(&got, &scalar_like(&z, mean(&losses)))
            .slip(SUM, || scalar_like(&z, losses.iter().sum()))
            .slip(NOT_REDUCED, || like(&z, &spec.shape, &losses))
            .slip("the targets were rounded to 0 or 1: y = ¼ is between them.", || {
                scalar_like(&z, mean(&rounded))
            })
            .slip(BY_SIGN, || scalar_like(&z, mean(&by_sign)))
            .check()
    })?;

    for kind in COARSE {
        is_bce(context, kind, 1.5, 0.25, bce(1.5, 0.25))?;
    }

    // A law: it does not matter which of the two classes is called 1.
    for layout in Layout::ALL {
        let of = |values: &[f64]| {
            let (shape, values) = (vec![2, 3], values.to_vec());
            TensorSpec { shape, kind: Kind::Double, values, layout }.tensor(context.device())
        };
        let (z, y) = (of(&[1.5, -2.0, 0.5, 0.0, 3.0, -1.0]), of(&[1.0, 0.0, 0.25, 0.75, 1.0, 0.0]));
        let (flipped, rest) = (-z.copy(), 1_f64 - y.copy());
        let call = Call::new("bce_logits").tensor("z", &z).tensor("y", &y);
        let one = call.succeeds(|| BCE_LOGITS(&z, &y))?;
        let call = Call::new("bce_logits").tensor("-z", &flipped).tensor("1 - y", &rest);
        let other = call.succeeds(|| BCE_LOGITS(&flipped, &rest))?;
        call.expect(&other, &one).named("the result, which should be bce_logits(z, y),").check()?;
    }
    Ok(())
}

const BY_SIGN: &str =
    "ln(1 + e^−(2y − 1)z) is the loss where y is 0 or 1; of targets between them it is not.";

fn several_classes(context: &Context) -> Outcome {
    let logits = [1.0, 2.0, 3.0, 0.0, 0.5, -1.0, 2.0, -1.0, 0.5, -3.0, 1.5, 1.0];
    let z = tensor(Kind::Double, &[4, 3], &logits, context);
    let y = Tensor::from_slice(&[2_i64, 0, 1, 1]).to_device(context.device());
    let (before, labels) = (z.copy(), y.copy());
    let call = Call::new("cross_entropy").tensor("z", &z).tensor("y", &y);
    let got = call.succeeds(|| CROSS_ENTROPY(&z, &y))?;
    let entropy = |z: &Tensor| z.cross_entropy_loss::<Tensor>(&labels, None, Reduction::Mean, -100, 0.0);
    let sum = || entropy(&before) * 4.0;
    let over_classes = || entropy(&before) / 3.0;
    let twice = || entropy(&before.softmax(1, None));
    let unlogged = || -before.softmax(1, None).gather(1, &labels.unsqueeze(1), false).mean(None::<Kind>);
    let negative = || -entropy(&before);
    let in_float32 = || before.cross_entropy_for_logits(&labels);
    let slips: [(&str, &dyn Fn() -> Tensor); 6] = [
        (
            "tch's cross_entropy_for_logits converts to float32, whatever z is: cross_entropy_loss keeps \
             the dtype.",
            &in_float32,
        ),
        (SUM, &sum),
        ("the sum was divided by n·k: a row has one loss, so the mean is over n.", &over_classes),
        ("softmax was applied twice: a loss on logits takes z as it is.", &twice),
        ("this is −p, the probability of the label, not −ln p.", &unlogged),
        ("the sign is wrong: the loss is lse(zᵢ) − zᵢ,ᵧᵢ, which is never negative.", &negative),
    ];
    context.matches_fixture("cross_entropy", &call, &got, &slips)?;

    let labels = vec![0..12_i64; 4];
    let inputs = (matrices(1..=4, 1..=4, &KINDS), labels, select(Layout::ALL.to_vec()));
    context.for_all(inputs, |(spec, labels, layout)| {
        let (rows, classes) = (spec.shape[0] as usize, spec.shape[1] as usize);
        let labels: Vec<f64> = labels[..rows].iter().map(|label| (label % classes as i64) as f64).collect();
        let labels = TensorSpec { shape: vec![rows as i64], kind: Kind::Int64, values: labels, layout };
        let (z, y) = (spec.tensor(context.device()), labels.tensor(context.device()));
        let numbers = values(&z);
        let losses: Vec<f64> = numbers
            .chunks(classes)
            .zip(values(&y))
            .map(|(row, label)| lse(row) - row[label as usize])
            .collect();
        let call = Call::new("cross_entropy").tensor("z", &z).tensor("y", &y);
        let got = call.succeeds(|| CROSS_ENTROPY(&z, &y))?;
        call.expect(&got, &scalar_like(&z, mean(&losses)))
            .slip(SUM, || scalar_like(&z, losses.iter().sum()))
            .slip(NOT_REDUCED, || like(&z, &[rows as i64], &losses))
            .check()
    })?;

    // The laws: a constant added to every logit is lost, and rows may come in any order.
    for layout in Layout::ALL {
        let spec = TensorSpec { shape: vec![4, 3], kind: Kind::Double, values: logits.to_vec(), layout };
        let z = spec.tensor(context.device());
        let y = Tensor::from_slice(&[2_i64, 0, 1, 1]).to_device(context.device());
        let (moved, reversed) = (z.flip(0) + 2.5, y.flip(0));
        let call = Call::new("cross_entropy").tensor("z", &z).tensor("y", &y);
        let one = call.succeeds(|| CROSS_ENTROPY(&z, &y))?;
        let call = Call::new("cross_entropy")
            .tensor("z + 2.5, rows reversed", &moved)
            .tensor("y, reversed", &reversed);
        let other = call.succeeds(|| CROSS_ENTROPY(&moved, &reversed))?;
        call.expect(&other, &one).named("the result, which should be cross_entropy(z, y),").check()?;
    }

    // Another law: of two classes with the logits 0 and z, this is the binary cross entropy.
    let logits = [1.5, -2.0, 0.0, 4.25];
    let rows: Vec<f64> = logits.iter().flat_map(|&z| [0.0, z]).collect();
    let z = tensor(Kind::Double, &[4, 2], &rows, context);
    let y = Tensor::from_slice(&[1_i64, 1, 0, 0]).to_device(context.device());
    let losses: Vec<f64> = logits.iter().zip([1.0, 1.0, 0.0, 0.0]).map(|(&z, y)| bce(z, y)).collect();
    let call = Call::new("cross_entropy").tensor("z", &z).tensor("y", &y);
    let got = call.succeeds(|| CROSS_ENTROPY(&z, &y))?;
    call.expect(&got, &scalar_like(&z, mean(&losses)))
        .named("the result, which should be bce_logits of column 1,")
        .check()
}

/// The gradient by `leaf` of Σ vᵢ·lossᵢ.
fn gradient(call: &Call, loss: &Tensor, weights: &Tensor, leaf: &Tensor) -> Result<Tensor, Failure> {
    call.holds(loss.requires_grad(), "z is tracked and the result is not")
        .map_err(|failure| failure.because(NOT_TRACKED))?;
    call.returns(|| {
        let number = (loss * weights).sum(None::<Kind>);
        Tensor::run_backward(&[number], &[leaf], false, false).remove(0)
    })
}

fn gradients(context: &Context) -> Outcome {
    for kind in [KINDS, COARSE].concat() {
        // Where the training begins: every logit is 0.
        let slope_of_bce = |z: &[f64], y: &[f64]| {
            let (leaf, y) = (tracked(kind, &[2], z, context), tensor(kind, &[2], y, context));
            let slopes: Vec<f64> = z.iter().zip(values(&y)).map(|(&z, y)| (sigmoid(z) - y) / 2.0).collect();
            let kinked = |of_max: f64| {
                let slope = |z: f64| if z == 0.0 { of_max } else { sigmoid(z) };
                let slopes: Vec<f64> = z.iter().zip(values(&y)).map(|(&z, y)| (slope(z) - y) / 2.0).collect();
                like(&leaf, &[2], &slopes)
            };
            let call = Call::new("bce_logits").tensor("z", &leaf).tensor("y", &y);
            let loss = call.succeeds(|| BCE_LOGITS(&leaf, &y))?;
            let got = gradient(&call, &loss, &scalar_like(&leaf, 1.0), &leaf)?;
            call.expect(&got, &like(&leaf, &[2], &slopes))
                .named("the gradient by z, (σ(z) − y) / n,")
                .within(rounding_of_slope(kind))
                .slip(KINK, || kinked(1.0))
                .slip(KINK, || kinked(0.0))
                .slip(WHERE, || like(&leaf, &[2], &[f64::NAN; 2]))
                .slip("this is the gradient of the sum of the losses.", || like(&leaf, &[2], &slopes) * 2.0)
                .check()
        };
        slope_of_bce(&[0.0, 0.0], &[0.0, 1.0])?;
        slope_of_bce(&[0.5, 0.0], &[1.0, 0.25])?;
        for size in [3.0, 20.0, 200.0, 1e4] {
            slope_of_bce(&[size, -size], &[0.0, 1.0])?;
            slope_of_bce(&[size, -size], &[1.0, 0.0])?;
        }

        // In a coarse dtype, libtorch's exp(z − lse) of large logits is far from the softmax.
        let rows = [[0.0, 0.0, 0.0], [1.0, -0.5, 2.0], [200.0, -200.0, 199.0], [-1e4, 1e4, 1e4]];
        for row in rows.into_iter().take(if COARSE.contains(&kind) { 2 } else { 4 }) {
            // The other row is what the first one must not see.
            let numbers = [row, [3.0, 1.5, 3.0]].concat();
            let shares: Vec<f64> = numbers.chunks(3).flat_map(softmax).collect();
            let z = tracked(kind, &[2, 3], &numbers, context);
            let call = Call::new("logsumexp").tensor("z", &z);
            let lse = call.succeeds(|| LOGSUMEXP(&z))?;
            let got = gradient(&call, &lse, &like(&z, &[2], &[1.0, -2.0]), &z)?;
            let weighted: Vec<f64> =
                shares.iter().enumerate().map(|(i, p)| if i < 3 { *p } else { -2.0 * p }).collect();
            call.expect(&got, &like(&z, &[2, 3], &weighted))
                .named("the gradient by z of lse₀ − 2·lse₁, the softmax of each row times 1 and −2,")
                // libtorch takes softmax from its rounded logsumexp, as exp(z − lse).
                .within(if COARSE.contains(&kind) {
                    rounding(kind, 4.0)
                } else {
                    rounding(kind, row[1].abs())
                })
                .check()?;

            let z = tracked(kind, &[2, 3], &numbers, context);
            let y = Tensor::from_slice(&[1_i64, 2]).to_device(context.device());
            let call = Call::new("cross_entropy").tensor("z", &z).tensor("y", &y);
            let loss = call.succeeds(|| CROSS_ENTROPY(&z, &y))?;
            let got = gradient(&call, &loss, &scalar_like(&z, 1.0), &z)?;
            let slopes: Vec<f64> = shares
                .iter()
                .enumerate()
                .map(|(i, p)| if i == 1 || i == 5 { (p - 1.0) / 2.0 } else { p / 2.0 })
                .collect();
            call.expect(&got, &like(&z, &[2, 3], &slopes))
                .named("the gradient by z, (softmax(zᵢ) − one-hot(yᵢ)) / n,")
                .within(if COARSE.contains(&kind) { rounding(kind, 4.0) } else { Tolerance::of(kind) })
                .slip("the one-hot row is missing: the label's logit has no part in the graph.", || {
                    like(&z, &[2, 3], &shares) / 2.0
                })
                .check()?;
        }
    }
    Ok(())
}

/// The tolerance of a slope, which is at most 1.
fn rounding_of_slope(kind: Kind) -> Tolerance {
    if COARSE.contains(&kind) { rounding(kind, 1.0) } else { Tolerance::of(kind) }
}

fn tracked(kind: Kind, shape: &[i64], numbers: &[f64], context: &Context) -> Tensor {
    tensor(kind, shape, numbers, context).set_requires_grad(true)
}

fn inputs_are_left_alone(context: &Context) -> Outcome {
    for layout in Layout::ALL {
        for (kind, is_tracked) in [(Kind::Float, false), (Kind::Double, true)] {
            let of = |shape: &[i64], kind, numbers: &[f64]| {
                TensorSpec { shape: shape.to_vec(), kind, values: numbers.to_vec(), layout }
                    .tensor(context.device())
            };
            let logits =
                || of(&[2, 3], kind, &[1.0, -2.0, 4.0, 7.5, 3.0, -6.0]).set_requires_grad(is_tracked);
            let z = logits();
            let call = Call::new("logsumexp").tensor("z", &z);
            let _ = call.succeeds(|| LOGSUMEXP(&z))?;
            call.leaves_inputs_alone()?;

            let (z, y) = (logits(), of(&[2, 3], kind, &[1.0, 0.0, 0.25, 0.75, 0.5, 1.0]));
            let call = Call::new("bce_logits").tensor("z", &z).tensor("y", &y);
            let _ = call.succeeds(|| BCE_LOGITS(&z, &y))?;
            call.leaves_inputs_alone()?;

            let (z, y) = (logits(), of(&[2], Kind::Int64, &[2.0, 1.0]));
            let call = Call::new("cross_entropy").tensor("z", &z).tensor("y", &y);
            let _ = call.succeeds(|| CROSS_ENTROPY(&z, &y))?;
            call.leaves_inputs_alone()?;
        }
    }
    Ok(())
}

fn refusals(context: &Context) -> Outcome {
    // Numbers from 0 to 1, so that none is a target that does not fit.
    let of = |shape: &[i64], kind| {
        let numel: i64 = shape.iter().product();
        let numbers: Vec<f64> = (0..numel).map(|index| 1.0 / (1.0 + index as f64)).collect();
        tensor(kind, shape, &numbers, context)
    };
    let float = |shape: &[i64]| of(shape, Kind::Float);
    let labels = |labels: &[i64]| Tensor::from_slice(labels).to_device(context.device());
    let refuses_lse =
        |refusal, z: &Tensor| Call::new("logsumexp").tensor("z", z).refuses(refusal, || LOGSUMEXP(z));
    let refuses_bce = |refusal, z: &Tensor, y: &Tensor| {
        let call = Call::new("bce_logits").tensor("z", z).tensor("y", y);
        call.refuses(refusal, || BCE_LOGITS(z, y))
    };
    let refuses_entropy = |refusal, z: &Tensor, y: &Tensor| {
        let call = Call::new("cross_entropy").tensor("z", z).tensor("y", y);
        call.refuses(refusal, || CROSS_ENTROPY(z, y))
    };

    let no_classes = "the sum of no exponentials is 0, and a row without classes has no logit to choose.";
    for shape in [&[][..], &[3], &[2, 2, 2], &[2, 0], &[0, 0]] {
        refuses_lse(Refusal::Shape, &float(shape)).map_err(|failure| {
            if shape.last() == Some(&0) { failure.because(no_classes) } else { failure }
        })?;
    }
    for kind in [Kind::Int64, Kind::Bool] {
        refuses_lse(Refusal::Kind, &of(&[2, 3], kind))?;
    }

    let broadcast =
        "z and y are broadcast against each other, [3] with [3, 1] to [3, 3]: compare their size().";
    for (z, y) in [(&[3][..], &[3, 1][..]), (&[3, 1], &[3]), (&[3], &[1]), (&[2, 3], &[3]), (&[], &[1])] {
        refuses_bce(Refusal::Shape, &float(z), &float(y)).map_err(|failure| failure.because(broadcast))?;
    }
    let nothing = "a mean of no losses is 0/0, NaN.";
    for shape in [&[0][..], &[2, 0]] {
        refuses_bce(Refusal::Shape, &float(shape), &float(shape))
            .map_err(|failure| failure.because(nothing))?;
    }
    for kind in [Kind::Double, Kind::Half, Kind::Int64, Kind::Bool] {
        refuses_bce(Refusal::Kind, &float(&[2]), &of(&[2], kind)).map_err(|failure| {
            failure
                .because("y has to have the dtype of z, also where its numbers are 0 and 1: compare kind().")
        })?;
    }
    for kind in [Kind::Int64, Kind::Bool] {
        refuses_bce(Refusal::Kind, &of(&[2], kind), &of(&[2], kind))?;
    }
    for target in [-0.25, 1.5, -1e-6, 1.0 + 1e-6, f64::NAN, f64::INFINITY] {
        refuses_bce(Refusal::Convert, &float(&[3]), &tensor(Kind::Float, &[3], &[0.0, target, 1.0], context))
            .map_err(|failure| {
                if target.is_nan() {
                    failure.because(
                        "NaN is neither below 0 nor above 1: ask whether all targets are in range, not \
                         whether one is not.",
                    )
                } else {
                    failure
                }
            })?;
    }

    refuses_entropy(Refusal::Shape, &float(&[3]), &labels(&[0, 1, 2]))?;
    refuses_entropy(Refusal::Shape, &float(&[2, 3]), &labels(&[0, 1, 2]))?;
    refuses_entropy(Refusal::Shape, &float(&[3, 3]), &labels(&[1]))?;
    refuses_entropy(Refusal::Shape, &float(&[2, 3]), &labels(&[0, 1]).unsqueeze(1))?;
    refuses_entropy(Refusal::Shape, &float(&[1, 3]), &labels(&[0]).get(0))?;
    refuses_entropy(Refusal::Shape, &float(&[0, 3]), &labels(&[]))
        .map_err(|failure| failure.because(nothing))?;
    refuses_entropy(Refusal::Shape, &float(&[2, 0]), &labels(&[0, 0]))
        .map_err(|failure| failure.because(no_classes))?;
    for kind in [Kind::Float, Kind::Int, Kind::Uint8, Kind::Bool] {
        refuses_entropy(Refusal::Kind, &float(&[2, 3]), &labels(&[0, 1]).to_kind(kind)).map_err(
            |failure| {
                failure.because(
                    "labels are int64, no other integers: Bool and uint8 are masks where one indexes.",
                )
            },
        )?;
    }
    for kind in [Kind::Int64, Kind::Bool] {
        refuses_entropy(Refusal::Kind, &of(&[2, 3], kind), &labels(&[0, 1]))?;
    }
    for label in [-1, 3, -100] {
        refuses_entropy(Refusal::Convert, &float(&[2, 3]), &labels(&[1, label])).map_err(|failure| {
            if label == -100 {
                failure.because(
                    "−100 is the ignore_index of PyTorch's cross entropy: rows with this label are left out \
                     without a word.",
                )
            } else {
                failure
            }
        })?;
    }
    Ok(())
}
