//! Checks of ex26: small gradients, Hessians, and what their eigenvalues tell.
//!
//! Hessians are known beforehand: A + Aᵀ for wᵀAw, derivatives by hand, and Q·Λ·Qᵀ with chosen
//! eigenvalues Λ. The laws are that the Hessian of f(B·w) is BᵀHB, and that −f turns minima into
//! maxima. Eigenvalues are far from ±eps, except where the question is on which side the bound
//! itself lies.

use std::f64::consts::PI;

use ex26::Point;
use harness::inputs::{elements, matrices, tensors, values, vectors};
use harness::prelude::*;

harness::exercise!(ex26, suite);

type Fun<'a> = &'a dyn Fn(&Tensor) -> Tensor;

// The signatures of the contract: another one is a compile error here.
const EPS_STATIONARY: fn(&Tensor, f64) -> bool = ex26::eps_stationary;
const HESSIAN: fn(Fun, &Tensor) -> R<Tensor> = ex26::hessian;
const CLASSIFY: fn(Fun, &Tensor, f64) -> R<Point> = ex26::classify;

const KINDS: [Kind; 2] = [Kind::Double, Kind::Float];
/// Few numbers are exact in these: only examples made for it.
const COARSE: [Kind; 2] = [Kind::Half, Kind::BFloat16];

const LARGEST: &str =
    "the largest element, or the root of the mean square, is less than the Euclidean norm √(Σ gᵢ²).";
const ADDED_UP: &str =
    "the sum of the absolute values, or of the squares, is more than the Euclidean norm √(Σ gᵢ²).";
const NO_ROOT: &str = "of a norm below 1 the square is smaller: take the root, ‖g‖ = √(Σ gᵢ²).";
const INCLUSIVE: &str = "a norm of exactly eps is small enough: ‖g‖ ≤ eps.";
const NAN_NORM: &str = "every comparison with NaN is false: ask whether the norm is at most eps, and not whether it fails to be \
                        larger.";
const OVERFLOW: &str = "300² and 400² are ∞ in float16: convert to float64 before anything is squared.";
const OVERFLOW_32: &str =
    "the squares of 3·10³⁰ and 4·10³⁰ are ∞ in float32: convert to float64 before anything is squared.";
const ROUNDED: &str =
    "the norm is 2049 (to three digits after the point), and was rounded to float16: take it in float64.";
const IN_FLOAT32: &str = "eigenvalues of such different sizes have an error in float32 that is larger than the small one: convert \
                          the Hessian to float64 first.";

const ONE_ORDER_ONLY: &str = "the gradient was taken for a constant: without create_graph (the last argument of run_backward) the \
                              backward pass is not recorded, and its result has no graph.";
const SUMMED: &str = "each row has the rows above it added: backward adds to the gradient that the leaf already has. \
                      Clear it (zero_grad) before the next row, or use run_backward.";
const DIAGONAL: &str = "this has the sums of the rows, or the diagonal, on the diagonal and nothing beside it: the gradient has to be \
                        differentiated element by element.";
const HALF: &str = "this is half of the Hessian: H holds the second derivatives themselves, the ½ is in the formula of \
                    the model.";
const ONE_TRIANGLE: &str =
    "one half of the matrix was left 0: H(i, j) = H(j, i), so it is the other half, mirrored.";
const NO_GRAPH: &str = "what does not depend on w has derivative 0. f may have no graph at all, and so may its gradient, as that \
                        of a linear f (requires_grad() is false: ask before each backward pass); or the graph never \
                        reaches w (the result is then undefined: ask defined()).";

const ON_THE_DIAGONAL: &str = "the signs of the diagonal are the curvatures along the axes, and between the axes it can be another one: \
                               the eigenvalues decide.";
const DETERMINANT: &str = "the determinant is the product of the eigenvalues, and its sign tells too little: three negative ones make it negative, too, two of them and a positive one positive.";
const OTHER_SIGN: &str =
    "minima and maxima are swapped: where all eigenvalues are positive, f rises in every direction.";
const FLAT_TOO: &str = "one positive and one negative eigenvalue make a saddle, whatever the others are: f rises along one line \
                        and falls along another.";
const FLAT: &str = "an eigenvalue that counts as 0 (|λ| ≤ eps) leaves open what f does along its line: w⁴ and −w⁴ have the same \
                    Hessian at 0.";
const NOT_FINITE: &str = "the Hessian has an element that is ±∞ or NaN and tells nothing, whatever linalg_eigvalsh makes of it: ask isfinite() first.";
const NOT_FLAT: &str = "the gradient there is longer than eps, or NaN: without the first-order condition, ‖∇f(w)‖ ≤ eps, the Hessian \
                        does not matter.";
const NO_LEAF: &str = "f gives w itself here, which is a leaf and depends on w: ask requires_grad() whether there is a graph, not \
                        is_leaf().";
const FLAT_ENOUGH: &str = "the gradient there is not 0, and not longer than eps, which is enough.";

fn suite(suite: &mut Suite) {
    suite.check("a gradient is small enough if its Euclidean norm is at most eps", 1, small_gradients);
    suite.check("H(i, j) is ∂²f/∂wᵢ∂wⱼ: the Hessian of wᵀAw is A + Aᵀ", 2, hessians);
    suite.check("the Hessian is 0 where f is linear or constant", 1, zero_hessians);
    suite.check("the signs of the eigenvalues make minima, maxima and saddles", 2, signs);
    suite.check("where an eigenvalue of 0 leaves it open, the point is Inconclusive", 1, open);
    suite.check("with a gradient longer than eps the point is NotStationary", 1, first_order);
    suite.check("w and g are left as they were, and nothing is tracked", 1, inputs_left_alone);
    suite.check("integers, matrices, several values and a bad eps are refused", 1, refusals);
}

/// `numbers` with the dtype and device of `tensor`, in `shape`.
fn like(tensor: &Tensor, numbers: &[f64], shape: &[i64]) -> Tensor {
    Tensor::from_slice(numbers).reshape(shape).to_kind(tensor.kind()).to_device(tensor.device())
}

fn vector(context: &Context, numbers: &[f64]) -> Tensor {
    Tensor::from_slice(numbers).to_device(context.device())
}

fn hessian_call(formula: &str, w: &Tensor) -> Call {
    Call::new("hessian").formula("f", formula).tensor("w", w)
}

fn classify_call(formula: &str, w: &Tensor, eps: f64) -> Call {
    Call::new("classify").formula("f", formula).tensor("w", w).value("eps", eps)
}

fn small_gradients(context: &Context) -> Outcome {
    let tried = |g: &Tensor, eps: f64, expected: bool, cause: Option<&str>| {
        let call = Call::new("eps_stationary").tensor("g", g).value("eps", eps);
        let got = call.returns(|| EPS_STATIONARY(g, eps))?;
        let outcome = call.holds(got == expected, &format!("returned {got}, expected {expected}"));
        match cause {
            Some(cause) => outcome.map_err(|failure| failure.because(cause)),
            None => outcome,
        }
    };
    // ‖(3, 4)‖ is 5, ‖(2, 3, 6)‖ is 7, exactly.
    let nan = f64::NAN;
    let examples: [(&[f64], f64, bool, &str); 11] = [
        (&[3.0, -4.0], 4.5, false, LARGEST),
        (&[3.0, -4.0], 6.0, true, ADDED_UP),
        (&[0.3, -0.4], 0.45, false, NO_ROOT),
        (&[3.0, -4.0], 5.0, true, INCLUSIVE),
        (&[2.0, -3.0, 6.0], 7.0, true, INCLUSIVE),
        (&[0.0, 0.0], 0.0, true, INCLUSIVE),
        (&[], 0.0, true, "the norm of no elements is 0."),
        (&[3.0, -4.0], -5.0, false, "no norm is negative."),
        (&[1.0, nan], 100.0, false, NAN_NORM),
        (&[nan], f64::INFINITY, false, NAN_NORM),
        (&[3.0, -4.0], nan, false, NAN_NORM),
    ];
    for (g, eps, expected, cause) in examples {
        tried(&vector(context, g), eps, expected, Some(cause))?;
    }
    let half = vector(context, &[300.0, 400.0]).to_kind(Kind::Half);
    tried(&half, 501.0, true, Some(OVERFLOW))?;
    let large = vector(context, &[3e30, -4e30]).to_kind(Kind::Float);
    tried(&large, 6e30, true, Some(OVERFLOW_32))?;
    // In float16, 2048 + 1 is 2048.
    let half = vector(context, &[2048.0, 64.0]).to_kind(Kind::Half);
    tried(&half, 2048.5, false, Some(ROUNDED))?;
    // ‖(256, 16)‖ is nearly 256½, and 256 in bfloat16.
    let brain = vector(context, &[256.0, 16.0]).to_kind(Kind::BFloat16);
    tried(&brain, 256.25, false, Some(ROUNDED))?;

    let kinds = [Kind::Double, Kind::Float, Kind::Half];
    let any_rank = prop_oneof![
        tensors(&[], &kinds, elements::quarters()),
        vectors(0..=4, &kinds),
        matrices(0..=3, 0..=3, &kinds),
    ];
    context.for_all((any_rank, select(vec![0.99, 1.01])), |(spec, share)| {
        let g = spec.tensor(context.device());
        let norm = values(&g).iter().map(|value| value * value).sum::<f64>().sqrt();
        tried(&g, share * norm, share > 1.0 || norm == 0.0, None)
    })
}

/// The Hessian of u³v + v·s², by hand.
fn by_hand([u, v, s]: [f64; 3]) -> [[f64; 3]; 3] {
    [[6.0 * u * v, 3.0 * u * u, 0.0], [3.0 * u * u, 0.0, 2.0 * s], [0.0, 2.0 * s, 2.0 * v]]
}

fn hessians(context: &Context) -> Outcome {
    let (a, w) = (vector(context, &[2.0, 1.0, 5.0, 3.0]).reshape([2, 2]), vector(context, &[1.0, -2.0]));
    let call = Call::new("hessian").formula("f", "wᵀAw").tensor("A", &a).tensor("w", &w);
    let got = call.succeeds(|| HESSIAN(&|w| w.dot(&a.mv(w)), &w))?;
    let matrix = |numbers: [f64; 4]| like(&w, &numbers, &[2, 2]);
    call.expect(&got, &matrix([4.0, 6.0, 6.0, 6.0]))
        .slip(ONE_ORDER_ONLY, || matrix([0.0; 4]))
        .slip(SUMMED, || matrix([4.0, 6.0, 10.0, 12.0]))
        .slip(DIAGONAL, || matrix([4.0, 0.0, 0.0, 6.0]))
        .slip(DIAGONAL, || matrix([10.0, 0.0, 0.0, 12.0]))
        .slip(HALF, || matrix([2.0, 3.0, 3.0, 3.0]))
        .slip(ONE_TRIANGLE, || matrix([4.0, 0.0, 6.0, 6.0]))
        .slip(ONE_TRIANGLE, || matrix([4.0, 6.0, 0.0, 6.0]))
        .check()?;

    let w = vector(context, &[1.0, PI]);
    let call = hessian_call("x²y + sin(xy) for w = (x, y) = (1, π)", &w);
    let f = |w: &Tensor| {
        let (x, y) = (w.get(0), w.get(1));
        x.square() * &y + (x * y).sin()
    };
    let got = call.succeeds(|| HESSIAN(&f, &w))?;
    context.matches_fixture("hessian_at_1_pi", &call, &got, &[])?;

    // f(B·w) has the Hessian BᵀHB, with H at B·w.
    let b = [[1.0, -2.0], [0.0, 3.0], [2.0, 1.0]];
    let inner = vector(context, &b.concat()).reshape([3, 2]);
    let outer = |u: &Tensor| u.get(0).pow_tensor_scalar(3) * u.get(1) + u.get(1) * u.get(2).square();
    for at in [[1.0, 2.0], [-3.0, 1.0], [0.5, -1.5]] {
        let h = by_hand(b.map(|row| row[0] * at[0] + row[1] * at[1]));
        let entry = |i: usize, j: usize| {
            (0..9).map(|kl| b[kl / 3][i] * h[kl / 3][kl % 3] * b[kl % 3][j]).sum::<f64>()
        };
        let w = vector(context, &at);
        let call = Call::new("hessian").formula("f", "f(u, v, s) = u³v + v·s² of B·w");
        let call = call.tensor("B", &inner).tensor("w", &w);
        let got = call.succeeds(|| HESSIAN(&|w| outer(&inner.mv(w)), &w))?;
        let expected = matrix([entry(0, 0), entry(0, 1), entry(1, 0), entry(1, 1)]);
        call.expect(&got, &expected).named("the result, which is BᵀHB,").check()?;
    }

    for kind in COARSE {
        let (a, w) = (a.to_kind(kind), vector(context, &[1.0, -2.0]).to_kind(kind));
        let call = Call::new("hessian").formula("f", "wᵀAw").tensor("A", &a).tensor("w", &w);
        let got = call.succeeds(|| HESSIAN(&|w| w.dot(&a.mv(w)), &w))?;
        call.expect(&got, &like(&w, &[4.0, 6.0, 6.0, 6.0], &[2, 2])).check()?;
    }

    let whole = || elements::integers(-6..=6);
    let inputs = (tensors(&[0..=3], &KINDS, whole()), tensors(&[3..=3, 3..=3], &[Kind::Double], whole()));
    context.for_all(inputs, |(spec, all)| {
        let w = spec.tensor(context.device());
        let n = w.numel();
        let a = |i: usize, j: usize| all.values[3 * i + j];
        let flat = |entry: &dyn Fn(usize, usize) -> f64| -> Vec<f64> {
            (0..n * n).map(|ij| entry(ij / n, ij % n)).collect()
        };
        let square = [n as i64, n as i64];
        let expected = like(&w, &flat(&|i, j| a(i, j) + a(j, i)), &square);
        let a = like(&w, &flat(&a), &square);
        let call = Call::new("hessian").formula("f", "wᵀAw, shape [1]").tensor("A", &a).tensor("w", &w);
        let got = call.succeeds(|| HESSIAN(&|w| w.dot(&a.mv(w)).reshape([1]), &w))?;
        call.expect(&got, &expected).check()
    })
}

fn zero_hessians(context: &Context) -> Outcome {
    let elsewhere = Tensor::from(4.0).to_device(context.device()).set_requires_grad(true);
    for kind in KINDS {
        let p = elsewhere.to_kind(kind);
        let functions: [(&str, Fun, f64); 8] = [
            ("2·w₁ + 2·w₂ + 2·w₃ + 1", &|w| w.sum(None::<Kind>) * 2.0 + 1.0, 0.0),
            ("w₂", &|w| w.get(1), 0.0),
            ("7", &|_| Tensor::from(7.0), 0.0),
            ("the place of the largest, int64", &|w| w.argmax(0, false), 0.0),
            ("the sum of w.detach()²", &|w| w.detach().square().sum(None::<Kind>), 0.0),
            ("p², of a tracked p elsewhere", &|_| p.square(), 0.0),
            ("p·w₁, of a tracked p elsewhere", &|w| &p * w.get(0), 0.0),
            ("w₁² + w₂", &|w| w.get(0).square() + w.get(1), 2.0),
        ];
        for (formula, f, first) in functions {
            let w = vector(context, &[1.5, -2.0, 3.0]).to_kind(kind);
            let call = hessian_call(formula, &w);
            let got = call.succeeds(|| HESSIAN(f, &w)).map_err(|failure| failure.because(NO_GRAPH))?;
            let expected = like(&w, &[first, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0], &[3, 3]);
            call.expect(&got, &expected)
                .within(Tolerance::EXACT)
                .slip(SUMMED, || like(&w, &[2.0, 0.0, 0.0, 2.0, 0.0, 0.0, 2.0, 0.0, 0.0], &[3, 3]))
                .check()?;
        }
    }
    Ok(())
}

/// The variant's name. Exhaustive: another set of variants is a compile error here.
fn name(point: Point) -> &'static str {
    match point {
        Point::NotStationary => "NotStationary",
        Point::StrictMin => "StrictMin",
        Point::StrictMax => "StrictMax",
        Point::Saddle => "Saddle",
        Point::Inconclusive => "Inconclusive",
    }
}

/// Checks what `classify` makes of a point. `slips` are wrong answers with their causes.
fn classifies(
    call: &Call,
    f: Fun,
    w: &Tensor,
    eps: f64,
    expected: Point,
    slips: &[(&str, Point)],
) -> Outcome {
    let got = call.succeeds(|| CLASSIFY(f, w, eps))?;
    let slips: Vec<(&str, &str)> = slips.iter().map(|(cause, point)| (*cause, name(*point))).collect();
    call.equals(&name(got), &name(expected), &slips)
}

/// The point where all of these numbers are positive, negative, or of both signs.
fn of_signs(numbers: &[f64]) -> Point {
    let (up, down) = (numbers.iter().any(|&number| number > 0.0), numbers.iter().any(|&number| number < 0.0));
    match (up, down) {
        (true, true) => Point::Saddle,
        (true, false) => Point::StrictMin,
        (false, true) => Point::StrictMax,
        (false, false) => Point::Inconclusive,
    }
}

fn flipped(point: Point) -> Point {
    match point {
        Point::StrictMin => Point::StrictMax,
        Point::StrictMax => Point::StrictMin,
        other => other,
    }
}

/// Q·Λ·Q for the reflection Q = I − 2·v·vᵀ/(vᵀv), row-major: symmetric, with the eigenvalues Λ.
fn with_eigenvalues(eigenvalues: &[f64], v: &[f64]) -> Vec<f64> {
    let n = eigenvalues.len();
    let square: f64 = v.iter().map(|v| v * v).sum();
    let q = |i: usize, j: usize| f64::from(u8::from(i == j)) - 2.0 * v[i] * v[j] / square;
    let entry = |i: usize, j: usize| (0..n).map(|k| q(i, k) * eigenvalues[k] * q(j, k)).sum();
    (0..n * n).map(|ij| entry(ij / n, ij % n)).collect()
}

fn signs(context: &Context) -> Outcome {
    let tried = |eigenvalues: &[f64], v: &[f64], c: &[f64], kind: Kind, layout: Layout, signs: &[f64]| {
        let n = eigenvalues.len();
        let spec = TensorSpec { shape: vec![n as i64], kind, values: c.to_vec(), layout };
        let w = spec.tensor(context.device());
        let entries = with_eigenvalues(eigenvalues, v);
        let (a, c) = (like(&w, &entries, &[n as i64, n as i64]), w.detach().copy());
        // What an eigenvalue of 0 leaves open, another check asks.
        let expected = of_signs(eigenvalues);
        let rounded = |numbers: &[f64]| -> Vec<f64> {
            numbers.iter().map(|number| (number * 1e4).round() / 1e4).collect()
        };
        let rows: Vec<Vec<f64>> = entries.chunks(n).map(rounded).collect();
        let diagonal: Vec<f64> = (0..n).map(|i| entries[i * n + i]).collect();
        for &sign in signs {
            let turned = |point: Point| if sign > 0.0 { point } else { flipped(point) };
            let expected = turned(expected);
            let determinant: f64 = eigenvalues.iter().map(|value| value * sign).product();
            let by_determinant = if determinant < 0.0 { Point::Saddle } else { Point::StrictMin };
            let mut slips =
                vec![(ON_THE_DIAGONAL, turned(of_signs(&diagonal))), (DETERMINANT, by_determinant)];
            if eigenvalues.contains(&0.0) {
                slips = vec![(FLAT_TOO, Point::Inconclusive)];
            } else if expected != Point::Saddle && n < 3 {
                slips = vec![(OTHER_SIGN, flipped(expected))];
            }
            slips.retain(|(_, point)| *point != expected);
            let f = |w: &Tensor| {
                let step = w - &c;
                step.dot(&a.mv(&step)) * (0.5 * sign)
            };
            let minus = if sign > 0.0 { "" } else { "−" };
            let formula = format!(
                "{minus}½·(w − c)ᵀA(w − c), which is stationary at c = w,\nwhere A = {rows:?}\n\
                 has the eigenvalues {eigenvalues:?}"
            );
            classifies(&classify_call(&formula, &w, 0.1), &f, &w, 0.1, expected, &slips)?;
        }
        Ok(())
    };
    let (plain, both) = ((Kind::Double, Layout::Contiguous), [1.0, -1.0]);
    // [[1, 2], [2, 1]], positive on the whole diagonal: v = (1, −1 − √2) turns the axes by 45°.
    tried(&[3.0, -1.0], &[1.0, -1.0 - 2.0_f64.sqrt()], &[1.0, -2.0], plain.0, plain.1, &both)?;
    tried(&[-2.0, -3.0], &[1.0, 0.0], &[0.5, 1.0], plain.0, plain.1, &both)?;
    tried(&[2.0, 0.0, -1.0], &[1.0, 2.0, -1.0], &[1.0, -2.0, 0.0], plain.0, plain.1, &both)?;

    // x² − y² where its gradient is 0, in dtypes of which linalg_eigvalsh has none.
    for kind in COARSE {
        let w = vector(context, &[0.0, 0.0]).to_kind(kind);
        let f = |w: &Tensor| w.get(0).square() - w.get(1).square();
        classifies(&classify_call("w₁² − w₂²", &w, 0.1), &f, &w, 0.1, Point::Saddle, &[])?;
    }
    // The eigenvalues are about 10⁷, 1 and 1: an error beside 10⁷ is no small one beside 1.
    let w = vector(context, &[0.0, 0.0, 0.0]).to_kind(Kind::Float);
    let u = [1.0, 2.0, 3.0];
    let entry = |ij: usize| 2_f64.powi(20) * u[ij / 3] * u[ij % 3] + f64::from(u8::from(ij / 3 == ij % 3));
    let a = like(&w, &(0..9).map(entry).collect::<Vec<_>>(), &[3, 3]);
    let f = |w: &Tensor| w.dot(&a.mv(w)) * 0.5;
    for (eps, expected) in [(0.9999, Point::StrictMin), (1.0001, Point::Inconclusive)] {
        let call = classify_call("½·wᵀAw, where A = 2²⁰·uuᵀ + I with u = (1, 2, 3)", &w, eps);
        let wrong = [Point::StrictMin, Point::Saddle, Point::Inconclusive].into_iter();
        let slips: Vec<_> =
            wrong.filter(|&point| point != expected).map(|point| (IN_FLOAT32, point)).collect();
        classifies(&call, &f, &w, eps, expected, &slips)?;
    }

    let eigenvalue = || select(vec![0.5, 2.0, 3.0, -0.5, -2.0, -3.0]);
    let inputs = (
        [eigenvalue(), eigenvalue(), eigenvalue()],
        1..=3_usize,
        any::<bool>(),
        select(both.to_vec()),
        [1..=3_i32, -3..=3_i32, -3..=3_i32],
        vectors(3..=3, &KINDS),
    );
    context.for_all(inputs, |(mut eigenvalues, n, one_sign, sign, v, c)| {
        // Left to chance, three of one sign would be rare.
        if one_sign {
            eigenvalues = eigenvalues.map(|value: f64| value.copysign(eigenvalues[0]));
        }
        tried(&eigenvalues[..n], &v.map(f64::from)[..n], &c.values[..n], c.kind, c.layout, &[sign])
    })
}

fn open(context: &Context) -> Outcome {
    let zero = vector(context, &[0.0, 0.0]);
    let x = |w: &Tensor| w.get(0);
    let y = |w: &Tensor| w.get(1);
    let fourth = |t: Tensor| t.pow_tensor_scalar(4);
    let functions: [(&str, Fun, &str); 9] = [
        ("x⁴ + y⁴", &|w| fourth(x(w)) + fourth(y(w)), FLAT),
        ("−x⁴ − y⁴", &|w| -fourth(x(w)) - fourth(y(w)), FLAT),
        ("x³ + y²", &|w| x(w).pow_tensor_scalar(3) + y(w).square(), FLAT),
        ("x² − y⁴", &|w| x(w).square() - fourth(y(w)), FLAT),
        ("(x − y)²", &|w| (x(w) - y(w)).square(), FLAT),
        ("−x², whatever y is", &|w| -x(w).square(), FLAT),
        ("7", &|_| Tensor::from(7.0), FLAT),
        ("√|x|³ + y²", &|w| x(w).abs().pow_tensor_scalar(1.5) + y(w).square(), NOT_FINITE),
        ("√x³ + y²", &|w| x(w).pow_tensor_scalar(1.5) + y(w).square(), NOT_FINITE),
    ];
    for (formula, f, cause) in functions {
        let call = classify_call(formula, &zero, 1e-6);
        let slips = [Point::StrictMin, Point::StrictMax, Point::Saddle].map(|point| (cause, point));
        classifies(&call, f, &zero, 1e-6, Point::Inconclusive, &slips)
            .map_err(|failure| if cause == NOT_FINITE { failure.because(cause) } else { failure })?;
    }
    let w = vector(context, &[0.0]);
    let call = classify_call("√w³", &w, 1e-6);
    let root = |w: &Tensor| w.pow_tensor_scalar(1.5).sum(None::<Kind>);
    classifies(&call, &root, &w, 1e-6, Point::Inconclusive, &[])
        .map_err(|failure| failure.because(NOT_FINITE))?;
    // One variable, whose only eigenvalue is λ: on which side the bound lies.
    let bounds = [
        (0.25, f64::INFINITY, Point::Inconclusive),
        (0.25, 0.25, Point::Inconclusive),
        (-0.25, 0.25, Point::Inconclusive),
        (0.125, 0.25, Point::Inconclusive),
        (0.5, 0.25, Point::StrictMin),
        (-0.5, 0.25, Point::StrictMax),
        (0.5, 0.0, Point::StrictMin),
        (0.0, 0.0, Point::Inconclusive),
    ];
    for (curvature, eps, expected) in bounds {
        let call = classify_call(&format!("½·({curvature})·w²"), &w, eps);
        let f = |w: &Tensor| w.square().sum(None::<Kind>) * (curvature / 2.0);
        let mut slips = [Point::StrictMin, Point::StrictMax].map(|point| (FLAT, point)).to_vec();
        slips.retain(|_| expected == Point::Inconclusive);
        classifies(&call, &f, &w, eps, expected, &slips)?;
    }
    Ok(())
}

fn first_order(context: &Context) -> Outcome {
    let sum = |w: Tensor| w.sum(None::<Kind>);
    let functions: [(&str, Fun, [f64; 2], Point); 6] = [
        ("½‖w‖²", &|w| sum(w.square()) / 2.0, [3.0, -4.0], Point::StrictMin),
        ("−½‖w‖²", &|w| sum(w.square()) / -2.0, [3.0, -4.0], Point::StrictMax),
        ("x² − y²", &|w| w.get(0).square() - w.get(1).square(), [0.0, 1.0], Point::Saddle),
        ("w₁ + w₂", &|w| sum(w.shallow_clone()), [3.0, -4.0], Point::Inconclusive),
        ("√w₁ + √w₂, NaN where w is negative", &|w| sum(w.sqrt()), [-1.0, 4.0], Point::Inconclusive),
        (
            "√(w₁² + w₂²), whose gradient at 0 is NaN",
            &|w| sum(w.square()).sqrt(),
            [0.0, 0.0],
            Point::Inconclusive,
        ),
    ];
    for (formula, f, at, by_hessian) in functions {
        let w = vector(context, &at);
        let call = classify_call(formula, &w, 0.25);
        classifies(&call, f, &w, 0.25, Point::NotStationary, &[(NOT_FLAT, by_hessian)])
            .map_err(|failure| failure.because(NOT_FLAT))?;
    }
    // The value of f is the leaf that f was given.
    let w = vector(context, &[0.5]);
    let call = classify_call("w itself", &w, 0.25);
    classifies(
        &call,
        &Tensor::shallow_clone,
        &w,
        0.25,
        Point::NotStationary,
        &[(NO_LEAF, Point::Inconclusive)],
    )?;
    // Exactly eps: 8·w is (⅜, −½), of length ⅝.
    let w = vector(context, &[3.0 / 64.0, -4.0 / 64.0]);
    let call = classify_call("4‖w‖²", &w, 0.625);
    let f = |w: &Tensor| sum(w.square()) * 4.0;
    classifies(&call, &f, &w, 0.625, Point::StrictMin, &[(FLAT_ENOUGH, Point::NotStationary)])?;
    // Near enough: the gradients are ±10·w, of length 0.1.
    for (formula, sign, expected) in [("5‖w‖²", 1.0, Point::StrictMin), ("−5‖w‖²", -1.0, Point::StrictMax)]
    {
        let w = vector(context, &[0.006, -0.008]);
        let call = classify_call(formula, &w, 0.25);
        let f = |w: &Tensor| sum(w.square()) * (5.0 * sign);
        classifies(&call, &f, &w, 0.25, expected, &[(FLAT_ENOUGH, Point::NotStationary)])?;
    }
    Ok(())
}

fn inputs_left_alone(context: &Context) -> Outcome {
    for layout in Layout::ALL {
        for tracked in [false, true] {
            let tensor = || {
                let spec = TensorSpec { shape: vec![2], kind: Kind::Double, values: vec![1.5, -2.0], layout };
                spec.tensor(context.device()).set_requires_grad(tracked)
            };
            let f = |w: &Tensor| w.pow_tensor_scalar(4).sum(None::<Kind>);
            let w = tensor();
            let call = hessian_call("Σ wᵢ⁴", &w);
            let got = call.succeeds(|| HESSIAN(&f, &w))?;
            untouched(&call, &w)?;
            call.holds(got.defined() && !got.requires_grad(), "the result is tracked").map_err(|failure| {
                failure.because("create_graph is for the first backward pass. What the second one gives is the result.")
            })?;

            let w = tensor();
            let call = classify_call("Σ wᵢ⁴", &w, 1000.0);
            call.succeeds(|| CLASSIFY(&f, &w, 1000.0))?;
            untouched(&call, &w)?;

            let g = tensor();
            let call = Call::new("eps_stationary").tensor("g", &g).value("eps", 1.0);
            call.returns(|| EPS_STATIONARY(&g, 1.0))?;
            untouched(&call, &g)?;
        }
    }
    Ok(())
}

fn untouched(call: &Call, input: &Tensor) -> Outcome {
    call.leaves_inputs_alone()?;
    call.holds(!input.grad().defined(), "left a gradient in its input").map_err(|failure| {
        failure.because(
            "f was differentiated by the tensor of the caller: use a leaf of your own, from detach().",
        )
    })
}

fn refusals(context: &Context) -> Outcome {
    let tensor = |shape: &[i64], kind| {
        let numel: i64 = shape.iter().product();
        let numbers: Vec<f64> = (0..numel).map(|index| 2.0 * index as f64 - 1.0).collect();
        Tensor::from_slice(&numbers).reshape(shape).to_kind(kind).to_device(context.device())
    };
    let double = |shape: &[i64]| tensor(shape, Kind::Double);
    let squares: (&str, Fun) = ("Σ wᵢ²", &|w| w.square().sum(None::<Kind>));
    let refuses = |(formula, f): (&str, Fun), w: &Tensor, refusal| {
        hessian_call(formula, w).refuses(refusal, || HESSIAN(f, w))?;
        classify_call(formula, w, 0.1).refuses(refusal, || CLASSIFY(f, w, 0.1))
    };
    refuses(squares, &tensor(&[3], Kind::Int64), Refusal::Kind)?;
    for w in [double(&[]), double(&[1, 3]), double(&[2, 2])] {
        refuses(squares, &w, Refusal::Shape)?;
    }
    let several: [(&str, Fun); 3] = [
        ("w²", &|w| w.square()),
        ("an empty part of w, shape [0]", &|w| w.narrow(0, 0, 0)),
        ("(1, 2)", &|_| Tensor::from_slice(&[1.0, 2.0])),
    ];
    for f in several {
        refuses(f, &double(&[3]), Refusal::Shape)?;
    }
    for eps in [-0.1, f64::NAN] {
        let w = double(&[3]);
        classify_call(squares.0, &w, eps).refuses(Refusal::Convert, || CLASSIFY(squares.1, &w, eps))?;
    }
    let none = double(&[0]);
    classify_call(squares.0, &none, 0.1).refuses(Refusal::Shape, || CLASSIFY(squares.1, &none, 0.1))
}
