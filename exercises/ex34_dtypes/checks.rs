//! Checks of ex34. The reference is rounding in plain arithmetic, [`nearest`]: every number of a
//! floating dtype is a whole number of ulps, and the sum of two of them is exact in f64 before it
//! is rounded (in float64 it is rounded there). The laws: rounding twice is rounding once, rounding
//! keeps the order and the sign, ones stall, promotion is commutative.
//!
//! Everything is compared exactly: how a sum was rounded is what the checks are about.

mod figures;

use std::cmp::Ordering;

use harness::inputs::{elements, values, vectors};
use harness::prelude::*;
use tch::Device;

harness::exercise!(ex34, suite);

// The signatures of the contract: another one is a compile error here.
const NBYTES: fn(&[i64], Kind) -> R<u64> = ex34::nbytes;
const ROUND_TRIP: fn(f64, Kind) -> R<f64> = ex34::round_trip;
const SUM_WITH: fn(&Tensor, Kind) -> R<Tensor> = ex34::sum_with;
const PROMOTE: fn(Kind, Kind) -> Kind = ex34::promote;

fn suite(suite: &mut Suite) {
    suite.check("a tensor takes as many bytes as its dtype takes for each element", 1, bytes);
    suite.check("round_trip gives the nearest number that the dtype holds", 2, rounding);
    suite.check("every sum is rounded to 16 bits, from the first element on: ones stall", 2, stalls);
    suite.check("the lecture's sums of 1000 numbers come out to the last digit", 1, lecture);
    suite.check("each element is converted to acc before it is added", 1, conversion);
    suite.check("promote gives the dtype of a sum of two tensors", 1, promotion);
    suite.check("sum_with does not change the vector", 1, inputs_left_alone);
    suite.check("impossible shapes, and accumulators that are not floating, are refused", 1, refusals);
    figures::declare(suite);
}

/// Every real dtype with its bytes.
const BYTES: [(Kind, u64); 10] = [
    (Kind::Bool, 1),
    (Kind::Uint8, 1),
    (Kind::Int8, 1),
    (Kind::Int16, 2),
    (Kind::Int, 4),
    (Kind::Int64, 8),
    (Kind::Half, 2),
    (Kind::BFloat16, 2),
    (Kind::Float, 4),
    (Kind::Double, 8),
];

/// The binary digits of a floating dtype, and the exponents of its smallest and largest numbers.
fn format_of(kind: Kind) -> (i32, i32, i32) {
    match kind {
        Kind::Half => (11, -14, 15),
        Kind::BFloat16 => (8, -126, 127),
        Kind::Float => (24, -126, 127),
        _ => (53, -1022, 1023),
    }
}

/// The number of ulps that `round` makes of `x`, as a number; ±∞ above the largest.
fn rounded(x: f64, kind: Kind, round: fn(f64) -> f64) -> f64 {
    let (digits, smallest, largest) = format_of(kind);
    if kind == Kind::Double || x == 0.0 || !x.is_finite() {
        return x;
    }
    let exponent = ((x.to_bits() >> 52) & 0x7ff) as i32 - 1023;
    let ulp = 2_f64.powi(exponent.max(smallest) - digits + 1);
    let number = round(x / ulp) * ulp;
    let overflows = number.abs() >= 2_f64.powi(largest) * 2.0;
    if overflows { f64::INFINITY.copysign(x) } else { number }
}

fn nearest(x: f64, kind: Kind) -> f64 {
    rounded(x, kind, f64::round_ties_even)
}

/// The largest finite number of a dtype.
fn largest(kind: Kind) -> f64 {
    let (digits, _, exponent) = format_of(kind);
    2_f64.powi(exponent) * (2.0 - 2_f64.powi(1 - digits))
}

fn bytes(context: &Context) -> Outcome {
    let kinds = select(BYTES.to_vec());
    context.for_all((shapes(), kinds), |(shape, (kind, size))| {
        let numel: u64 = shape.iter().map(|&size| size as u64).product();
        let call = Call::new("nbytes").value("shape", &shape).value("kind", kind);
        let got = call.succeeds(|| NBYTES(&shape, kind))?;
        let of_no_dimension = shape.iter().map(|&size| size.max(1) as u64).product::<u64>() * size;
        let slips = [
            ("this is the number of elements: each of them takes bytes of its own.", numel),
            ("these are bits; a byte has 8 of them.", numel * size * 8),
            ("a bool takes a whole byte: a bit of its own has no address.", numel.div_ceil(8)),
            ("a bool takes a whole byte: a bit of its own has no address.", numel / 8),
            ("a dimension of size 0 leaves no element at all.", of_no_dimension),
        ];
        call.equals(&got, &(numel * size), &slips)
    })?;
    for (kind, size) in BYTES {
        // What libtorch takes: from one row of three to the next.
        let t = Tensor::zeros([2, 3], (kind, Device::Cpu));
        let row = t.get(1).data_ptr() as u64 - t.get(0).data_ptr() as u64;
        for (shape, expected) in
            [(&[3][..], row), (&[], size), (&[1 << 20, 1 << 20], size << 40), (&[1 << 40, 1 << 40, 0], 0)]
        {
            let call = Call::new("nbytes").value("shape", shape).value("kind", kind);
            let got = call.succeeds(|| NBYTES(shape, kind))?;
            call.equals(&got, &expected, &[])?;
        }
    }
    // More than an i64 counts, but not more than a u64.
    let shape = [1 << 62, 3];
    let call = Call::new("nbytes").value("shape", shape).value("kind", Kind::Int8);
    let got = call.succeeds(|| NBYTES(&shape, Kind::Int8))?;
    call.equals(&got, &(3 << 62), &[])
}

fn shapes() -> impl Strategy<Value = Vec<i64>> {
    ([0..=5_i64, 1..=7, 1..=3, 1..=4], 0..=4_usize).prop_map(|(sizes, rank)| sizes[..rank].to_vec())
}

const NOT_ROUNDED: &str = "x came back as it was: it has to be in the dtype in between. Make a tensor \
                           of it and convert it.";
const CUT_OFF: &str = "the digits that do not fit were cut off. The nearest number is meant, from \
                       above or below.";
const AWAY_FROM_ZERO: &str = "x is halfway between two numbers: the one with the even last digit is \
                              taken, not the one farther from 0.";
const SATURATED: &str = "this is the largest number of the dtype. What is rounded beyond it becomes \
                         infinite.";
const THROUGH_FLOAT: &str = "x went through float32 on the way: Tensor::from(x) of an f64 is float64, \
                             `as f32` loses half of the digits.";

fn check_round_trip(x: f64, kind: Kind) -> Result<f64, Failure> {
    let call = Call::new("round_trip").value("x", x).value("kind", kind);
    let got = call.succeeds(|| ROUND_TRIP(x, kind))?;
    let expected = nearest(x, kind);
    // Bits, so that what is right costs no tensor: there are some hundred of these.
    if got.to_bits() == expected.to_bits() {
        return Ok(got);
    }
    // Where the nearest is infinite, to be cut off looks like to be saturated.
    let cut_off =
        || Tensor::from(if expected.is_infinite() { f64::NAN } else { rounded(x, kind, f64::trunc) });
    let saturated = || Tensor::from(x.clamp(-largest(kind), largest(kind)));
    call.expect(&Tensor::from(got), &Tensor::from(expected))
        .within(Tolerance::EXACT)
        .slip(NOT_ROUNDED, || Tensor::from(x))
        .slip(CUT_OFF, cut_off)
        .slip(AWAY_FROM_ZERO, || Tensor::from(rounded(x, kind, f64::round)))
        .slip(SATURATED, saturated)
        .slip(THROUGH_FLOAT, || Tensor::from(nearest(x, Kind::Float)))
        .check()?;
    Ok(got)
}

fn rounding(context: &Context) -> Outcome {
    // A number of the dtype and some quarters of an ulp. In 16 bits float32 holds it, too, so that
    // it makes no difference that libtorch goes from f64 to 16 bits through float32.
    let kinds = select(vec![Kind::Half, Kind::BFloat16, Kind::Float]);
    context.for_all(
        (kinds, any::<u32>(), 0..=3_u8, -25..=4_i32),
        |(kind, significand, quarters, exponent)| {
            let leading = 1_u32 << (format_of(kind).0 - 1);
            let ulps = |quarters: u8| f64::from(leading + significand % leading) + f64::from(quarters) / 4.0;
            let x = ulps(quarters) * 2_f64.powi(exponent);
            let got = check_round_trip(x, kind)?;

            // The laws: what is there already stays, rounding keeps the order, and it treats both
            // signs alike.
            let again = check_round_trip(got, kind)?;
            let above = check_round_trip(ulps(quarters + 1) * 2_f64.powi(exponent), kind)?;
            let negative = check_round_trip(-x, kind)?;
            let call = Call::new("round_trip").value("x", x).value("kind", kind);
            call.holds(again == got, &format!("gave {got}, but {again} when asked for that"))?;
            call.holds(got <= above, &format!("gave {got}, but {above} for an x a quarter of an ulp above"))?;
            call.holds(negative == -got, &format!("gave {got}, but {negative} for −x"))
        },
    )?;
    let special = [
        // Float16: 65504 is the largest, and 65520 is halfway to what would come next.
        (65519.0, Kind::Half),
        (65520.0, Kind::Half),
        (-65520.0, Kind::Half),
        (1e300, Kind::Float),
        (f64::NEG_INFINITY, Kind::Half),
        (f64::NAN, Kind::BFloat16),
        (0.0, Kind::Half),
        // Its smallest is 2⁻²⁴.
        (2_f64.powi(-24), Kind::Half),
        (2_f64.powi(-25), Kind::Half),
        (2_f64.powi(-25) * 1.5, Kind::Half),
        // Bfloat16 reaches as far as float32.
        (65520.0, Kind::BFloat16),
        (1e-30_f32.into(), Kind::BFloat16),
        // And ends a little before it: 3.39·10³⁸ is its largest number.
        (3.39e38, Kind::BFloat16),
        (3.4e38, Kind::BFloat16),
        (3.4e38, Kind::Float),
        // Below 2⁻¹²⁶ the numbers are no closer together.
        (1e-40, Kind::Float),
        (1e-40, Kind::BFloat16),
        (0.1, Kind::Float),
        (0.1, Kind::Double),
        (1e300, Kind::Double),
        (1.0 + f64::EPSILON, Kind::Double),
    ];
    special.into_iter().try_for_each(|(x, kind)| check_round_trip(x, kind).map(drop))
}

/// Σ in an accumulator of dtype `acc`, in plain arithmetic.
fn accumulated(elements: &[f64], acc: Kind) -> f64 {
    elements.iter().fold(0.0, |total, &element| {
        let total = total + nearest(element, acc);
        // In float32 and in 16 bits the f64 sum is exact, or so much finer that rounding it again
        // changes nothing.
        nearest(total, acc)
    })
}

fn scalar(number: f64, kind: Kind, device: Device) -> Tensor {
    Tensor::from(number).to_kind(kind).to_device(device)
}

const ROUNDED_AT_THE_END: &str = "this was added in a wider dtype, or in another order, and rounded at \
                                  the end, as sum and cumsum do inside. Keep the total in a tensor of \
                                  dtype acc and add to it in a loop.";
const BACKWARDS: &str = "this is the sum from the last element to the first.";
const CONVERTED_AFTERWARDS: &str = "the elements were added as they are, and only the total was \
                                    rounded to acc: convert each element first.";

/// Calls sum_with, and compares with the sum in plain arithmetic and with what learners do instead.
fn check_sum(v: &Tensor, acc: Kind) -> Result<Tensor, Failure> {
    let (numbers, before) = (values(v), v.copy());
    let expected = scalar(accumulated(&numbers, acc), acc, v.device());
    let call = call_sum(v, acc);
    let got = call.succeeds(|| SUM_WITH(v, acc))?;
    let backwards: Vec<f64> = numbers.iter().rev().copied().collect();
    let unconverted = || numbers.iter().fold(0.0, |total, element| nearest(total + element, acc));
    call.expect(&got, &expected)
        .within(Tolerance::EXACT)
        .slip(ROUNDED_AT_THE_END, || before.sum(acc))
        .slip(ROUNDED_AT_THE_END, || before.sum(Kind::Double).to_kind(acc))
        .slip(ROUNDED_AT_THE_END, || scalar(accumulated(&numbers, Kind::Float), acc, v.device()))
        .slip(BACKWARDS, || scalar(accumulated(&backwards, acc), acc, v.device()))
        .slip(CONVERTED_AFTERWARDS, || scalar(unconverted(), acc, v.device()))
        .check()?;
    Ok(got)
}

fn call_sum(v: &Tensor, acc: Kind) -> Call {
    Call::new("sum_with").tensor("v", v).value("acc", acc)
}

fn stalls(context: &Context) -> Outcome {
    for (kind, n) in [(Kind::BFloat16, 300), (Kind::Half, 2060)] {
        let _ = check_sum(&Tensor::ones([n], (kind, context.device())), kind)?;
    }
    // So few terms, and so large, that the order decides: 2048 + 1 + 1 is 2048 in float16, 1 + 1 +
    // 2048 is 2050.
    let kinds = [Kind::Half, Kind::BFloat16];
    let strategy = inputs::tensors(&[1..=6], &kinds, elements::integers(-3000..=3000));
    context.for_all(strategy, |spec| {
        // An expanded vector is left to the check of conversion: who adds in place to an element of
        // it has a wrong sum, too, but that is the slip of another check.
        let spec = if spec.layout == Layout::Expanded { spec.in_layout(Layout::Contiguous) } else { spec };
        let got = check_sum(&spec.tensor(context.device()), spec.kind)?;

        // A law: twice the numbers, each rounding at twice the place, twice the sum.
        let doubled = spec.tensor(context.device()) * 2.0;
        let call = call_sum(&doubled, spec.kind);
        let twice = call.succeeds(|| SUM_WITH(&doubled, spec.kind))?;
        call.expect(&twice, &(got * 2.0))
            .named("the result, which should be twice that for half the numbers,")
            .within(Tolerance::EXACT)
            .check()
    })
}

fn lecture(context: &Context) -> Outcome {
    let numbers = || Tensor::full([1000], 0.010_000_1, (Kind::Float, context.device()));
    let mut sums = Vec::new();
    for (kind, acc) in [(Kind::Float, Kind::Float), (Kind::Half, Kind::Half), (Kind::Half, Kind::Float)] {
        sums.push(check_sum(&numbers().to_kind(kind), acc)?.double_value(&[]));
    }
    let call = Call::new("sum_with")
        .value("v", "1000 times 0.0100001, in float32, float16, float16")
        .value("acc", [Kind::Float, Kind::Half, Kind::Float]);
    context.matches_fixture("lecture_sums", &call, &Tensor::from_slice(&sums), &[])?;

    // In float64, too, a thousand roundings show: 99.9999999999986.
    check_sum(&Tensor::full([1000], 0.1, (Kind::Double, context.device())), Kind::Double).map(drop)
}

fn conversion(context: &Context) -> Outcome {
    // Two elements at most: in which order they are added makes no difference.
    let pairs = [
        (Kind::Float, Kind::Half),
        (Kind::Double, Kind::Float),
        (Kind::Int64, Kind::Half),
        (Kind::BFloat16, Kind::Half),
        (Kind::Half, Kind::Float),
    ];
    let thirds = || (-9000_i32..=9000).prop_map(|thirds| f64::from(thirds) / 3.0).boxed();
    context.for_all((inputs::tensors(&[0..=2], &[Kind::Double], thirds()), select(pairs.to_vec())), {
        |(spec, (kind, acc))| {
            let v = TensorSpec { kind, ..spec }.tensor(context.device());
            let _ = check_sum(&v, acc)?;

            // A law: the two halves of a vector and its opposite cancel, whatever was lost in
            // conversion.
            let one = v.slice(0, None, 1, 1);
            let opposite = Tensor::cat(&[&one, &-&one], 0);
            check_sum(&opposite, acc).map(drop)
        }
    })?;
    for kind in [Kind::Bool, Kind::Uint8, Kind::Int64] {
        let v = Tensor::from_slice(&[1.0, 0.0, 1.0]).to_kind(kind).to_device(context.device());
        for acc in [Kind::Half, Kind::Double] {
            let _ = check_sum(&v, acc)?;
            let _ = check_sum(&v.narrow(0, 0, 0), acc)?;
        }
    }
    Ok(())
}

/// Where a dtype stands: of two dtypes at different places the higher is the result, of two at the
/// same place the next above.
fn place(kind: Kind) -> usize {
    PLACES.iter().position(|kinds| kinds.contains(&kind)).expect("one of the ten")
}

const PLACES: [&[Kind]; 8] = [
    &[Kind::Bool],
    &[Kind::Uint8, Kind::Int8],
    &[Kind::Int16],
    &[Kind::Int],
    &[Kind::Int64],
    &[Kind::Half, Kind::BFloat16],
    &[Kind::Float],
    &[Kind::Double],
];

fn promotion(_: &Context) -> Outcome {
    for (a, _) in BYTES {
        for (b, _) in BYTES {
            let expected = match place(a).cmp(&place(b)) {
                Ordering::Less => b,
                Ordering::Greater => a,
                Ordering::Equal if a == b => a,
                Ordering::Equal => PLACES[place(a) + 1][0],
            };
            let call = Call::new("promote").value("a", a).value("b", b);
            let got = call.returns(|| PROMOTE(a, b))?;
            let outcome = call.equals(&got, &expected, &[]);
            outcome.map_err(|failure| match slip_of_promotion(a, b, got) {
                Some(cause) => failure.because(cause),
                None => failure,
            })?;
        }
    }
    Ok(())
}

/// What `got` instead of the right dtype comes from, where that can be seen.
fn slip_of_promotion(a: Kind, b: Kind, got: Kind) -> Option<&'static str> {
    let category = |kind| match place(kind) {
        0 => "bool",
        1..=4 => "integer",
        _ => "float",
    };
    if got != a && got != b {
        None
    } else if category(a) != category(b) {
        Some("what counts first is the kind of number, bool < integer < float, and not the number of bytes.")
    } else if place(a) == place(b) {
        Some("neither of the two holds every number of the other: the result is the next wider dtype.")
    } else {
        Some(
            "among integers and among floats the wider dtype is the result. Only a number of Rust, or a tensor of \
             shape [], does not widen a tensor that has dimensions: combine two of shape [1].",
        )
    }
}

fn inputs_left_alone(context: &Context) -> Outcome {
    let few = || vectors(1..=4, &[Kind::Half, Kind::Float]);
    context.for_all((few(), any::<bool>()), |(spec, same)| {
        let v = spec.tensor(context.device());
        let acc = if same { spec.kind } else { Kind::Double };
        let call = call_sum(&v, acc);
        let _ = call.succeeds(|| SUM_WITH(&v, acc))?;
        call.leaves_inputs_alone()
    })
}

fn refusals(context: &Context) -> Outcome {
    let too_large = "what a u64 cannot count is no size of a tensor: checked_mul says so. (Where a size is 0 there is \
                     nothing to count, however large the others are.)";
    let negative =
        "a size is never negative: u64::try_from says so where `as u64` makes a huge number of it.";
    let shapes: [(&[i64], &str); 8] = [
        (&[-1], negative),
        (&[0, -1], negative),
        (&[-1, 0], negative),
        (&[2, -3], negative),
        (&[-2, -3], negative),
        (&[1 << 40, 1 << 40], too_large),
        (&[1 << 62, 4], too_large),
        (
            &[1 << 61],
            "a u64 counts these elements, but not their bytes, 2⁶¹·8: the last product has to be checked, too.",
        ),
    ];
    for (shape, cause) in shapes {
        let call = Call::new("nbytes").value("shape", shape).value("kind", Kind::Double);
        let outcome = call.refuses(Refusal::Shape, || NBYTES(shape, Kind::Double));
        outcome.map_err(|failure| failure.because(cause))?;
    }
    let v = Tensor::from_slice(&[0.5, 2.0]).to_device(context.device());
    for kind in [Kind::Int64, Kind::Uint8, Kind::Bool, Kind::ComplexFloat, Kind::Float8e5m2] {
        let call = Call::new("round_trip").value("x", 2.5).value("kind", kind);
        call.refuses(Refusal::Kind, || ROUND_TRIP(2.5, kind))?;
        call_sum(&v, kind).refuses(Refusal::Kind, || SUM_WITH(&v, kind))?;
    }
    for shape in [&[][..], &[2, 1], &[1, 1, 2]] {
        let v = Tensor::ones(shape, (Kind::Float, context.device()));
        call_sum(&v, Kind::Float).refuses(Refusal::Shape, || SUM_WITH(&v, Kind::Float))?;
    }
    Ok(())
}
