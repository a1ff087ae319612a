//! Checks of ex25: chords, tangents, and what they say about convexity.
//!
//! The functions are polynomials, the points whole numbers and the θ quarters: everything that is
//! computed is exact, in float32 too, and no gap is near a tolerance by accident. The references
//! are closed forms and plain loops.

use std::cell::{Cell, RefCell};

use harness::inputs::{elements, tensors, values};
use harness::prelude::*;

harness::exercise!(ex25, suite);

type Fun<'a> = &'a dyn Fn(&Tensor) -> Tensor;

// The signatures of the contract: another one is a compile error here.
const JENSEN_GAP: fn(Fun, &Tensor, &Tensor, f64) -> R<f64> = ex25::jensen_gap;
type Search = fn(Fun, &[Tensor], &[f64], f64) -> R<Option<ex25::Violation>>;
const FIND_VIOLATION: Search = ex25::find_violation;
const BREGMAN_DIVERGENCE: fn(Fun, &Tensor, &Tensor) -> R<f64> = ex25::bregman_divergence;

/// The learner's type, as one of the checks': whoever defines a type says what is equal.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Violation {
    a: usize,
    b: usize,
    theta: f64,
}

impl Plain for Violation {}

fn find_violation(f: Fun, points: &[Tensor], thetas: &[f64], tol: f64) -> R<Option<Violation>> {
    let found = FIND_VIOLATION(f, points, thetas, tol)?;
    Ok(found.map(|ex25::Violation { a, b, theta }| Violation { a, b, theta }))
}

const KINDS: [Kind; 2] = [Kind::Double, Kind::Float];
/// Few numbers are exact in these: only examples made for it.
const COARSE: [Kind; 2] = [Kind::Half, Kind::BFloat16];

const SIGN: &str = "this is the gap with the other sign: the chord comes first, f between a and b \
                    is taken away from it.";
const OTHER_END: &str = "θ was taken as the weight of b: at θ = 1 one is at a, at θ = 0 at b.";
const OTHER_POINT: &str =
    "f was taken at (1 − θ)·a + θ·b, as a.lerp(b, θ) gives it: θ is the weight of a, here too.";
const NO_POINT_BETWEEN: &str = "this has f at the middle for every θ: f has to be taken at θ·a + (1 − θ)·b.";
const ABSOLUTE: &str = "a gap above tol is no violation: the chord may be as far above f as it likes.";
const ONCE_PER_PAIR: &str = "only pairs with a before b were looked at. θ is the weight of a, so \
                             with θ = ¼ the pair (b, a) is another point of the chord.";
const THETA_FIRST: &str = "θ was made the outermost loop: all θ of one pair come before the next pair.";
const WORST: &str = "this is the largest violation: the first one is asked for.";
const NAN: &str = "a gap of NaN is not less than −tol, as NaN compares false with everything: it \
                   proves nothing. Look for gap < −tol, not for the absence of gap >= −tol.";
const INSIDE: &str = "a gap of exactly −tol is within the tolerance: a violation is less than −tol.";
const INFINITE: &str = "a gap of −∞ is less than −tol: f is infinite between two points at which it is not.";
const WITH_ITSELF: &str = "a point was paired with itself. On paper that gap is 0, in floats it may be less.";
const ROUNDED: &str = "a value of f was rounded to float32 on the way: take it out as an f64.";
const NO_TANGENT: &str = "this is f(y) − f(x): the slope of the tangent, ⟨∇f(x), y − x⟩, is missing.";
const OTHER_TANGENT: &str = "this is the tangent at y: ∇f is taken at x.";
const SWAPPED: &str = "this is D(x, y), how far f lies above its tangent at y: the tangent is the one at x.";
const NEVER_NEGATIVE: &str = "D(y, x) was cut off at 0, or its sign was dropped. Below 0 it says \
                              that f is not convex, and at a stationary x that y lies lower.";
const NO_LEAF: &str = "f gives w itself here, which is a leaf and depends on w: ask requires_grad() \
                       whether there is a graph, not is_leaf().";
const NO_GRAPH: &str = "a value that does not depend on x has gradient 0. It may have no graph at \
                        all (requires_grad() is false: ask before the backward pass), or one that \
                        never reaches x (the gradient is then undefined: ask defined()).";

fn suite(suite: &mut Suite) {
    suite.check("the gap is how far the chord runs above f, for points of any shape", 2, gap_of_the_model);
    suite.check("θ is the weight of a: gap(a, b, θ) = gap(b, a, 1 − θ)", 1, weight_of_a);
    suite.check("find_violation gives the first violation: by a, then b, then θ", 2, first_violation);
    suite.check("a convex f has no violation: tol is for rounding, and NaN is none", 1, no_violation);
    suite.check("the divergence is how far f lies above its tangent at x", 1, above_the_tangent);
    suite.check("at a stationary x it is f(y) − f(x): below 0 only if f is not convex", 1, stationary);
    suite.check("the points are left as they were", 1, inputs_left_alone);
    suite.check("other dtypes, shapes, θ and tolerances are refused", 1, refusals);
}

fn gap_call(formula: &str, a: &Tensor, b: &Tensor, theta: f64) -> Call {
    Call::new("jensen_gap").formula("f", formula).tensor("a", a).tensor("b", b).value("theta", theta)
}

fn divergence_call(formula: &str, y: &Tensor, x: &Tensor) -> Call {
    Call::new("bregman_divergence").formula("f", formula).tensor("y", y).tensor("x", x)
}

fn search_call(formula: &str, points: &[Tensor], thetas: &[f64], tol: f64) -> Call {
    let call = Call::new("find_violation").formula("f", formula);
    let shown: Vec<Vec<f64>> = points.iter().map(values).collect();
    call.value("points", shown).value("thetas", thetas).value("tol", tol)
}

fn vector(context: &Context, numbers: &[f64]) -> Tensor {
    Tensor::from_slice(numbers).to_device(context.device())
}

fn half_square_norm(w: &Tensor) -> Tensor {
    w.square().sum(None::<Kind>) / 2.0
}

/// Two matrices of one shape and dtype, each in a layout of its own.
fn alike() -> impl Strategy<Value = (TensorSpec, TensorSpec)> {
    let whole = || elements::integers(-6..=6);
    (tensors(&[0..=2, 0..=3], &KINDS, whole()), tensors(&[2..=2, 3..=3], &KINDS, whole())).prop_map(
        |(a, other)| {
            let values = other.values[..a.values.len()].to_vec();
            let b = TensorSpec { values, layout: other.layout, ..a.clone() };
            (a, b)
        },
    )
}

fn quarter_steps() -> impl Strategy<Value = f64> {
    select(vec![0.25, 0.5, 0.75, 0.0, 1.0])
}

fn gap_of_the_model(context: &Context) -> Outcome {
    let ends = || (vector(context, &[3.0, 1.0]), vector(context, &[-1.0, 4.0]));
    let thetas = [0.0, 0.25, 0.5, 0.75, 1.0];
    let mut gaps = Vec::new();
    for theta in thetas {
        let (a, b) = ends();
        let call = gap_call("½‖w‖²", &a, &b, theta);
        gaps.push(call.succeeds(|| JENSEN_GAP(&half_square_norm, &a, &b, theta))?);
    }
    let (a, b) = ends();
    let call = Call::new("jensen_gap").formula("f", "½‖w‖²").tensor("a", &a).tensor("b", &b);
    let call = call.formula("theta", "0, ¼, ½, ¾ and 1, one after the other");
    let negated = || Tensor::from_slice(&gaps_of_the_model(25.0, &thetas)).neg();
    let middle = || Tensor::from_slice(&thetas.map(|theta| 5.0 * theta + 8.5 * (1.0 - theta) - 3.625));
    // On the chord at θ less ½‖w‖² at 1 − θ.
    let other = || {
        let at = |theta: f64| 5.0 * theta + 8.5 * (1.0 - theta);
        Tensor::from_slice(&thetas.map(|t| at(t) - at(1.0 - t) + 12.5 * t * (1.0 - t)))
    };
    let slips: [(&str, &dyn Fn() -> Tensor); 3] =
        [(SIGN, &negated), (NO_POINT_BETWEEN, &middle), (OTHER_POINT, &other)];
    context.matches_fixture("half_square_norm", &call, &Tensor::from_slice(&gaps), &slips)?;

    // Close together and far from 0: 50 005 000.125 at the middle is no float32.
    let (a, b) = (vector(context, &[10_001.0]), vector(context, &[10_000.0]));
    let call = gap_call("½‖w‖²", &a, &b, 0.5);
    let got = call.succeeds(|| JENSEN_GAP(&half_square_norm, &a, &b, 0.5))?;
    call.expect(&Tensor::from(got), &Tensor::from(0.125))
        .slip(ROUNDED, || Tensor::from(0.0))
        .slip(ROUNDED, || Tensor::from(-1.0))
        .check()?;
    for kind in COARSE {
        let [a, b] = [[2.0, -1.0], [-2.0, 3.0]].map(|point| vector(context, &point).to_kind(kind));
        let call = gap_call("½‖w‖²", &a, &b, 0.25);
        let got = call.succeeds(|| JENSEN_GAP(&half_square_norm, &a, &b, 0.25))?;
        call.expect(&Tensor::from(got), &Tensor::from(3.0)).check()?;
    }

    // Of other ranks, too: a single number, and a block. ‖a − b‖² is 16, and 20 for the block.
    for (shape, expected) in [(&[][..], 1.5), (&[1, 2, 1], 1.875)] {
        let [a, b] = ends_of(context, shape);
        let call = gap_call("½‖w‖²", &a, &b, 0.25);
        let got = call.succeeds(|| JENSEN_GAP(&half_square_norm, &a, &b, 0.25))?;
        call.expect(&Tensor::from(got), &Tensor::from(expected)).check()?;
    }

    context.for_all((alike(), quarter_steps()), |((a, b), theta)| {
        let (a, b) = (a.tensor(context.device()), b.tensor(context.device()));
        let distance: f64 = values(&a).iter().zip(values(&b)).map(|(a, b)| (a - b).powi(2)).sum();
        let expected = gaps_of_the_model(distance, &[theta])[0];
        let (shape, kind) = (a.size(), a.kind());
        let unlike_a = RefCell::new(None);
        let f = |w: &Tensor| {
            if w.size() != shape || w.kind() != kind {
                unlike_a.replace(Some((w.size(), w.kind())));
            }
            half_square_norm(w).reshape([1])
        };
        let call = gap_call("½‖w‖², shape [1]", &a, &b, theta);
        let got = call.succeeds(|| JENSEN_GAP(&f, &a, &b, theta))?;
        if let Some((size, given)) = unlike_a.take() {
            return Err(call.fails(format!("f was given a {given:?} {size:?}, expected {kind:?} {shape:?}")));
        }
        call.expect(&Tensor::from(got), &Tensor::from(expected))
            .slip(SIGN, || Tensor::from(-expected))
            .check()
    })
}

/// 2 and −2, and for a shape of two elements 1 and −1 after them.
fn ends_of(context: &Context, shape: &[i64]) -> [Tensor; 2] {
    let numel = shape.iter().product::<i64>() as usize;
    [[2.0, 1.0], [-2.0, -1.0]].map(|end| vector(context, &end[..numel]).reshape(shape))
}

/// ½θ(1 − θ)·‖a − b‖².
fn gaps_of_the_model(square_of_distance: f64, thetas: &[f64]) -> Vec<f64> {
    thetas.iter().map(|theta| 0.5 * theta * (1.0 - theta) * square_of_distance).collect()
}

const CUBES: &str = "1·w₁³ + 2·w₂³ + 3·w₃³ + …";

/// Σ k·wₖ to the `power`, for vectors.
fn powers(w: &Tensor, power: i64) -> Tensor {
    let scale = Tensor::arange_start(1, w.size()[0] + 1, (w.kind(), w.device()));
    (scale * w.pow_tensor_scalar(power)).sum(None::<Kind>)
}

fn plain_powers(w: &[f64], power: i32) -> f64 {
    w.iter().enumerate().map(|(k, w)| (k + 1) as f64 * w.powi(power)).sum()
}

fn plain_gap(f: impl Fn(&[f64]) -> f64, a: &[f64], b: &[f64], theta: f64) -> f64 {
    let between: Vec<f64> = a.iter().zip(b).map(|(a, b)| theta * a + (1.0 - theta) * b).collect();
    theta * f(a) + (1.0 - theta) * f(b) - f(&between)
}

/// Vectors of whole numbers: of `N` of them, all of one length.
fn vectors_alike<const N: usize>() -> impl Strategy<Value = [Vec<f64>; N]> {
    let sizes = [N as i64..=N as i64, 3..=3];
    let many = tensors(&sizes, &[Kind::Double], elements::integers(-6..=6));
    (many, 1..=3_usize)
        .prop_map(|(many, length)| std::array::from_fn(|row| many.values[3 * row..3 * row + length].to_vec()))
}

fn weight_of_a(context: &Context) -> Outcome {
    context.for_all((vectors_alike::<2>(), quarter_steps()), |([a, b], theta)| {
        // Of ½‖w‖², the gap is the same from both ends: this takes an f that is not as steep on
        // both sides.
        let cubes = |w: &[f64]| plain_powers(w, 3);
        let expected = plain_gap(cubes, &a, &b, theta);
        let swapped = plain_gap(cubes, &b, &a, theta);
        let (first, second) = (vector(context, &a), vector(context, &b));
        let f = |w: &Tensor| powers(w, 3);
        let call = gap_call(CUBES, &first, &second, theta);
        let got = call.succeeds(|| JENSEN_GAP(&f, &first, &second, theta))?;
        call.expect(&Tensor::from(got), &Tensor::from(expected))
            .slip(OTHER_END, || Tensor::from(swapped))
            .slip(SIGN, || Tensor::from(-expected))
            .check()?;
        let (first, second) = (vector(context, &a), vector(context, &b));
        let call = gap_call(CUBES, &second, &first, 1.0 - theta);
        let mirrored = call.succeeds(|| JENSEN_GAP(&f, &second, &first, 1.0 - theta))?;
        call.expect(&Tensor::from(mirrored), &Tensor::from(got))
            .named("the gap, which is that of (a, b, θ) swapped,")
            .check()
    })
}

/// Every violation in the order of the contract, with its gap.
fn violations(
    f: impl Fn(&[f64]) -> f64,
    points: &[Vec<f64>],
    thetas: &[f64],
    tol: f64,
) -> Vec<(Violation, f64)> {
    let mut found = Vec::new();
    for a in 0..points.len() {
        for b in 0..points.len() {
            for &theta in thetas {
                let gap = plain_gap(&f, &points[a], &points[b], theta);
                if gap < -tol {
                    found.push((Violation { a, b, theta }, gap));
                }
            }
        }
    }
    found
}

fn first_violation(context: &Context) -> Outcome {
    // 4x³ + 2y² bends down where x < 0. No θ is 0 or 1, and no gap is near −tol: another check asks
    // for these.
    let plain = |w: &[f64]| 4.0 * w[0].powi(3) + 2.0 * w[1] * w[1];
    let f = |w: &Tensor| w.get(0).pow_tensor_scalar(3) * 4.0 + w.get(1).square() * 2.0;
    let tried = |points: Vec<Vec<f64>>, thetas: Vec<f64>| {
        let tol = 0.53;
        let found = violations(plain, &points, &thetas, tol);
        let expected = found.first().map(|(violation, _)| *violation);
        let tensors: Vec<Tensor> = points.iter().map(|point| vector(context, point)).collect();
        let call = search_call("4x³ + 2y² for w = (x, y)", &tensors, &thetas, tol);
        let got = call.succeeds(|| find_violation(&f, &tensors, &thetas, tol))?;
        // What a slip gives is a slip only where it is not the right answer.
        let every = violations(plain, &points, &thetas, f64::NEG_INFINITY);
        let by_theta = |theta: &f64| found.iter().find(|(violation, _)| violation.theta == *theta);
        let slips = [
            (ABSOLUTE, every.iter().find(|(violation, gap)| violation.a != violation.b && gap.abs() > tol)),
            (ONCE_PER_PAIR, found.iter().find(|(violation, _)| violation.a < violation.b)),
            (THETA_FIRST, thetas.iter().find_map(by_theta)),
            (WORST, found.iter().min_by(|one, other| one.1.total_cmp(&other.1))),
        ];
        let slips = slips.map(|(cause, made)| (cause, made.map(|(violation, _)| *violation)));
        call.equals(&got, &expected, &slips)
    };
    // A search looks at f in the dtype of the points.
    for kind in [Kind::Float, Kind::Half] {
        let points = [vector(context, &[-3.0]).to_kind(kind), vector(context, &[3.0]).to_kind(kind)];
        let given = Cell::new(kind);
        let seen = |w: &Tensor| {
            if w.kind() != kind {
                given.set(w.kind());
            }
            -half_square_norm(w)
        };
        let call = search_call(&format!("−½‖w‖², for points of {kind:?}"), &points, &[0.5], 0.5);
        let got = call.succeeds(|| find_violation(&seen, &points, &[0.5], 0.5))?;
        call.equals(&got, &Some(Violation { a: 0, b: 1, theta: 0.5 }), &[])?;
        call.holds(given.get() == kind, &format!("f was given {:?}, expected {kind:?}", given.get()))?;
    }

    // Between −3 and 3, f lies above the chord where the weight of −3 is the larger one.
    let ends = || vec![vec![-3.0, 1.0], vec![3.0, 1.0]];
    tried(ends(), vec![0.25])?;
    tried(ends(), vec![0.25, 0.75])?;
    // The second pair has the larger violation.
    tried(vec![vec![-1.0, 1.0], vec![-2.0, 1.0], vec![-6.0, 1.0]], vec![0.5, 0.75])?;
    tried(ends(), vec![])?;
    tried(vec![vec![-3.0, 1.0]], vec![0.5])?;
    tried(vec![], vec![0.5])?;
    let thetas = select(vec![vec![0.75], vec![0.25], vec![0.5, 0.25], vec![0.75, 0.5]]);
    let points = prop_oneof![
        vectors_alike::<2>().prop_map(|points| points.to_vec()),
        vectors_alike::<3>().prop_map(|points| points.to_vec()),
    ];
    context.for_all((points, thetas), |(mut points, thetas)| {
        for point in &mut points {
            point.resize(2, 1.0);
        }
        tried(points, thetas)
    })
}

fn no_violation(context: &Context) -> Outcome {
    let convex: [(&str, Fun); 4] = [
        ("logsumexp(w)", &|w| w.logsumexp(0, false)),
        ("‖w‖", &|w| w.norm()),
        ("max(w)", &|w| w.max()),
        ("0.1·(w₁ + w₂ + w₃) + 0.7, whose chords lie on it", &|w| w.sum(None::<Kind>) * 0.1 + 0.7),
    ];
    let points = [[0.1, -0.3, 2.0], [1.7, 0.2, -0.9], [-3.1, 0.6, 0.7], [0.4, 5.2, -0.2]];
    for (formula, f) in convex {
        for (kind, tol) in [(Kind::Double, 1e-12), (Kind::Float, 1e-4)] {
            let points = points.map(|point| vector(context, &point).to_kind(kind));
            let thetas = [0.1, 0.7, 0.0, 1.0];
            let call = search_call(formula, &points, &thetas, tol);
            let got = call.succeeds(|| find_violation(f, &points, &thetas, tol))?;
            call.holds(got.is_none(), &format!("returned {got:?}, expected None: f is convex"))?;
        }
    }

    // −w² from 0 to 2 has the gap −4·θ(1 − θ): −1 in the middle.
    let points = [vector(context, &[0.0]), vector(context, &[2.0])];
    let middle = Violation { a: 0, b: 1, theta: 0.5 };
    for (tol, expected) in [(1.0, None), (0.75, Some(middle)), (1.25, None)] {
        let thetas = [0.0, 0.5, 1.0];
        let call = search_call("−w²", &points, &thetas, tol);
        let f = |w: &Tensor| -w.square().sum(None::<Kind>);
        let got = call.succeeds(|| find_violation(&f, &points, &thetas, tol))?;
        call.equals(&got, &expected, &[(INSIDE, Some(middle))])?;
    }

    // √ is NaN to the left of 0, and bends down to the right of it.
    let right_of_0 = Violation { a: 1, b: 2, theta: 0.5 };
    let roots = |w: &Tensor| w.sqrt().sum(None::<Kind>);
    for (numbers, expected) in [([-1.0, -2.0, 4.0], None), ([-1.0, 0.0, 4.0], Some(right_of_0))] {
        let points = numbers.map(|number| vector(context, &[number]));
        let call = search_call("√w", &points, &[0.5], 1e-9);
        let got = call.succeeds(|| find_violation(&roots, &points, &[0.5], 1e-9))?;
        call.equals(&got, &expected, &[(NAN, Some(middle))])?;
    }

    // 1/w² is infinite between −1 and 1.
    let points = [vector(context, &[-1.0]), vector(context, &[1.0])];
    let call = search_call("1/w²", &points, &[0.5], 0.25);
    let inverse = |w: &Tensor| w.square().reciprocal().sum(None::<Kind>);
    let got = call.succeeds(|| find_violation(&inverse, &points, &[0.5], 0.25))?;
    call.equals(&got, &Some(middle), &[(INFINITE, None)])?;
    // −∞ is not less than −∞.
    let call = search_call("1/w²", &points, &[0.5], f64::INFINITY);
    let got = call.succeeds(|| find_violation(&inverse, &points, &[0.5], f64::INFINITY))?;
    call.equals(&got, &None, &[])?;

    // However the gap is written out, it is rounded to less than 0 for some of these.
    let thetas: Vec<f64> = (1..100).map(|percent| f64::from(percent) / 100.0).collect();
    let alone = [vector(context, &[0.7])];
    let call = search_call("−w²", &alone, &thetas, 0.0);
    let got = call.succeeds(|| find_violation(&|w| -w.square().sum(None::<Kind>), &alone, &thetas, 0.0))?;
    call.equals(&got, &None, &[]).map_err(|failure| failure.because(WITH_ITSELF))
}

fn above_the_tangent(context: &Context) -> Outcome {
    let tried = |y: &[f64], x: &[f64], kind: Kind, layouts: [Layout; 2]| {
        let tensor = |numbers: &[f64], layout| {
            let spec =
                TensorSpec { shape: vec![numbers.len() as i64], kind, values: numbers.to_vec(), layout };
            spec.tensor(context.device())
        };
        let (to, from) = (tensor(y, layouts[0]), tensor(x, layouts[1]));
        let (y, x) = (values(&to), values(&from));
        // Convex, and not as steep on both sides: D(y, x) is not D(x, y).
        let divergence = |y: &[f64], x: &[f64]| plain_powers(y, 4) - plain_powers(x, 4) - rise(x, x, y);
        let expected = divergence(&y, &x);
        let difference = plain_powers(&y, 4) - plain_powers(&x, 4);
        let call = divergence_call("1·w₁⁴ + 2·w₂⁴ + 3·w₃⁴ + …", &to, &from);
        let got = call.succeeds(|| BREGMAN_DIVERGENCE(&|w| powers(w, 4).reshape([1, 1]), &to, &from))?;
        call.expect(&Tensor::from(got), &Tensor::from(expected))
            .slip(NO_TANGENT, || Tensor::from(difference))
            .slip(OTHER_TANGENT, || Tensor::from(difference - rise(&y, &x, &y)))
            .slip(SWAPPED, || Tensor::from(divergence(&x, &y)))
            .check()
    };
    tried(&[3.0], &[1.0], Kind::Double, [Layout::Contiguous; 2])?;
    for kind in COARSE {
        tried(&[3.0], &[1.0], kind, [Layout::Contiguous; 2])?;
    }
    for kind in [Kind::Float, Kind::Half] {
        let (y, x) = (vector(context, &[3.0]).to_kind(kind), vector(context, &[1.0]).to_kind(kind));
        let given = Cell::new(kind);
        let seen = |w: &Tensor| {
            if w.kind() != kind {
                given.set(w.kind());
            }
            half_square_norm(w)
        };
        let call = divergence_call("½‖w‖²", &y, &x);
        let got = call.succeeds(|| BREGMAN_DIVERGENCE(&seen, &y, &x))?;
        call.expect(&Tensor::from(got), &Tensor::from(2.0)).check()?;
        call.holds(given.get() == kind, &format!("f was given {:?}, expected {kind:?}", given.get()))?;
    }
    // D is ½‖y − x‖² here, and nothing where f is w itself.
    for (shape, expected) in [(&[][..], 8.0), (&[1, 2, 1], 10.0)] {
        let [y, x] = ends_of(context, shape);
        let call = divergence_call("½‖w‖²", &y, &x);
        let got = call.succeeds(|| BREGMAN_DIVERGENCE(&half_square_norm, &y, &x))?;
        call.expect(&Tensor::from(got), &Tensor::from(expected)).check()?;
    }
    for shape in [&[][..], &[1]] {
        let [y, x] = ends_of(context, shape);
        let call = divergence_call("w itself", &y, &x);
        let got = call.succeeds(|| BREGMAN_DIVERGENCE(&Tensor::shallow_clone, &y, &x))?;
        call.expect(&Tensor::from(got), &Tensor::from(0.0))
            .check()
            .map_err(|failure| failure.because(NO_LEAF))?;
    }
    // 1001⁴ has 40 bits: more than a float32.
    tried(&[1001.0], &[1000.0], Kind::Double, [Layout::Contiguous; 2])
        .map_err(|failure| failure.because(ROUNDED))?;
    let layouts = [select(Layout::ALL.to_vec()), select(Layout::ALL.to_vec())];
    context.for_all((vectors_alike::<2>(), select(KINDS.to_vec()), layouts), |([y, x], kind, layouts)| {
        tried(&y, &x, kind, layouts)
    })
}

/// ⟨∇f(at), y − x⟩ for f = Σ k·wₖ⁴.
fn rise(at: &[f64], x: &[f64], y: &[f64]) -> f64 {
    (0..at.len()).map(|k| 4.0 * (k + 1) as f64 * at[k].powi(3) * (y[k] - x[k])).sum()
}

fn stationary(context: &Context) -> Outcome {
    let compared = |formula: &str, f: Fun, y: &[f64], x: &[f64], expected: f64| {
        let (y, x) = (vector(context, y), vector(context, x));
        let call = divergence_call(formula, &y, &x);
        let got = call.succeeds(|| BREGMAN_DIVERGENCE(f, &y, &x))?;
        call.expect(&Tensor::from(got), &Tensor::from(expected))
            .named("the result, which is f(y) − f(x) as ∇f(x) = 0,")
            .slip(NEVER_NEGATIVE, || Tensor::from(expected.abs()))
            .slip(NEVER_NEGATIVE, || Tensor::from(expected.max(0.0)))
            .check()
    };
    // 3w⁴ + 4w³ − 12w² is stationary at −2, 0 and 1: the lowest point, a local maximum and a local
    // minimum.
    let wells = |w: &Tensor| {
        (w.pow_tensor_scalar(4) * 3.0 + w.pow_tensor_scalar(3) * 4.0 - w.square() * 12.0).sum(None::<Kind>)
    };
    let plain_wells =
        |w: &[f64]| w.iter().map(|w| 3.0 * w.powi(4) + 4.0 * w.powi(3) - 12.0 * w * w).sum::<f64>();
    let of_wells = |y: &[f64], x: &[f64]| {
        compared("Σ 3wᵢ⁴ + 4wᵢ³ − 12wᵢ²", &wells, y, x, plain_wells(y) - plain_wells(x))
    };
    // From the local minimum to the lowest point: −32 − (−5).
    of_wells(&[-2.0], &[1.0])?;
    of_wells(&[1.0, 0.0], &[-2.0, 1.0])?;
    context.for_all(vectors_alike::<2>(), |[y, places]| {
        let x: Vec<f64> = places.iter().map(|&place| [-2.0, 0.0, 1.0][place.abs() as usize % 3]).collect();
        of_wells(&y, &x)?;
        // Σ (wᵢ − cᵢ)⁴ is convex and stationary at c: nothing lies lower.
        let c = vector(context, &places);
        let f = |w: &Tensor| (w - &c).pow_tensor_scalar(4).sum(None::<Kind>);
        let expected: f64 = y.iter().zip(&places).map(|(y, c)| (y - c).powi(4)).sum();
        compared("Σ (wᵢ − xᵢ)⁴", &f, &y, &places, expected)
    })?;

    // A function that does not depend on x is stationary everywhere.
    let elsewhere = Tensor::from(4.0).to_device(context.device()).set_requires_grad(true);
    let flat: [(&str, Fun, f64); 3] = [
        ("7", &|_| Tensor::from(7.0), 0.0),
        ("w₁² of w.detach()", &|w| w.detach().get(0).square(), 5.0),
        ("p², of a tracked p elsewhere", &|_| elsewhere.square(), 0.0),
    ];
    for (formula, f, expected) in flat {
        compared(formula, f, &[-3.0, 1.0], &[2.0, 5.0], expected)
            .map_err(|failure| failure.because(NO_GRAPH))?;
    }
    Ok(())
}

fn inputs_left_alone(context: &Context) -> Outcome {
    for layout in Layout::ALL {
        for tracked in [false, true] {
            let point = |numbers: [f64; 4]| {
                let spec =
                    TensorSpec { shape: vec![2, 2], kind: Kind::Double, values: numbers.to_vec(), layout };
                spec.tensor(context.device()).set_requires_grad(tracked)
            };
            let points = || [point([1.5, -2.0, 0.5, 3.0]), point([2.0, -0.5, 4.0, 1.0])];
            let [a, b] = points();
            let call = gap_call("½‖w‖²", &a, &b, 0.25);
            call.succeeds(|| JENSEN_GAP(&half_square_norm, &a, &b, 0.25))?;
            untouched(&call, &[a, b])?;

            let [y, x] = points();
            let call = divergence_call("½‖w‖²", &y, &x);
            call.succeeds(|| BREGMAN_DIVERGENCE(&half_square_norm, &y, &x))?;
            untouched(&call, &[y, x])?;

            let points = points();
            let call = Call::new("find_violation").formula("f", "½‖w‖²");
            let call = call.tensor("points[0]", &points[0]).tensor("points[1]", &points[1]);
            let call = call.value("thetas", [0.25, 0.5]).value("tol", 0.0);
            call.succeeds(|| find_violation(&half_square_norm, &points, &[0.25, 0.5], 0.0))?;
            untouched(&call, &points)?;
        }
    }
    Ok(())
}

fn untouched(call: &Call, points: &[Tensor]) -> Outcome {
    call.leaves_inputs_alone()?;
    call.holds(!points.iter().any(|point| point.grad().defined()), "left a gradient in its input").map_err(
        |failure| {
            failure.because(
                "f was differentiated by the tensor of the caller: use a leaf of your own, from detach().",
            )
        },
    )
}

fn refusals(context: &Context) -> Outcome {
    let tensor = |shape: &[i64], kind| {
        let numel: i64 = shape.iter().product();
        let numbers: Vec<f64> = (0..numel).map(|index| 2.0 * index as f64 - 1.0).collect();
        Tensor::from_slice(&numbers).reshape(shape).to_kind(kind).to_device(context.device())
    };
    let double = |shape: &[i64]| tensor(shape, Kind::Double);
    let model = ("½‖w‖²", &half_square_norm as Fun);
    let refuses_gap = |(formula, f): (&str, Fun), a: &Tensor, b: &Tensor, theta, refusal| {
        gap_call(formula, a, b, theta).refuses(refusal, || JENSEN_GAP(f, a, b, theta))
    };
    let refuses_search = |(formula, f): (&str, Fun), points: &[Tensor], thetas: &[f64], tol, refusal| {
        let call = search_call(formula, points, thetas, tol);
        call.refuses(refusal, || find_violation(f, points, thetas, tol))
    };
    let refuses_divergence = |(formula, f): (&str, Fun), y: &Tensor, x: &Tensor, refusal| {
        divergence_call(formula, y, x).refuses(refusal, || BREGMAN_DIVERGENCE(f, y, x))
    };
    // For the search: of three points the last one is wrong, where −½‖w‖² is violated by the first
    // two.
    let violated: (&str, Fun) = ("−½‖w‖²", &|w| -half_square_norm(w));
    let with = |last: &Tensor| [double(&[3]), double(&[3]) * 3.0, last.shallow_clone()];

    for theta in [-0.25, 1.25, f64::NAN] {
        refuses_gap(model, &double(&[3]), &double(&[3]), theta, Refusal::Convert)?;
        let thetas = [0.5, theta];
        refuses_search(violated, &with(&double(&[3])), &thetas, 0.1, Refusal::Convert)?;
    }
    for tol in [-0.1, f64::NAN] {
        refuses_search(model, &with(&double(&[3])), &[0.5], tol, Refusal::Convert)?;
    }
    let broadcast = "[3] with [1] or with [3, 1] is broadcast without a word: compare size() first.";
    for other in [double(&[1]), double(&[3, 1]), double(&[])] {
        let because = |failure: Failure| failure.because(broadcast);
        refuses_gap(model, &double(&[3]), &other, 0.5, Refusal::Shape).map_err(because)?;
        refuses_divergence(model, &double(&[3]), &other, Refusal::Shape).map_err(because)?;
        refuses_search(violated, &with(&other), &[0.5], 0.1, Refusal::Shape).map_err(because)?;
    }
    let other = tensor(&[3], Kind::Float);
    refuses_gap(model, &double(&[3]), &other, 0.5, Refusal::Kind)?;
    refuses_divergence(model, &double(&[3]), &other, Refusal::Kind)?;
    refuses_search(violated, &with(&other), &[0.5], 0.1, Refusal::Kind)?;
    let whole = tensor(&[3], Kind::Int64);
    refuses_gap(model, &whole, &whole, 0.5, Refusal::Kind)?;
    refuses_divergence(model, &whole, &whole, Refusal::Kind)?;
    // A single point is looked at, too, and θ where there is no point.
    refuses_search(model, &[whole.shallow_clone()], &[0.5], 0.1, Refusal::Kind)?;
    refuses_search(model, &[whole.shallow_clone(), whole], &[0.5], 0.1, Refusal::Kind)?;
    refuses_search(model, &[], &[1.25], 0.1, Refusal::Convert)?;
    // And every point where there is no θ.
    refuses_search(model, &with(&other), &[], 0.1, Refusal::Kind)?;
    refuses_search(model, &with(&double(&[2])), &[], 0.1, Refusal::Shape)?;
    let functions: [(&str, Fun); 2] =
        [("w², not summed", &|w| w.square()), ("an empty part of w, shape [0]", &|w| w.narrow(0, 0, 0))];
    for f in functions {
        // At the ends the gap would be 0 for any f that gives a number.
        for theta in [0.5, 0.0, 1.0] {
            refuses_gap(f, &double(&[3]), &double(&[3]), theta, Refusal::Shape)?;
        }
        refuses_divergence(f, &double(&[3]), &double(&[3]), Refusal::Shape)?;
        refuses_search(f, &with(&double(&[3])), &[0.5], 0.1, Refusal::Shape)?;
    }
    Ok(())
}
