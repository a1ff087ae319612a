//! Checks of ex22: derivatives from values of a function alone.
//!
//! The steps h here are large, ½ and ¼: a central difference is exact on quadratics for any h, and on w³ it is off by
//! exactly h². So what is asked is not whether a result is near the gradient, but whether it is the central
//! difference.

use std::cell::{Cell, RefCell};

use harness::inputs::{elements, tensors, values, vectors};
use harness::prelude::*;

harness::exercise!(ex22, suite);

type Fun<'a> = &'a dyn Fn(&Tensor) -> Tensor;

// The signatures of the contract: another one is a compile error here.
const CENTRAL_DIFF: fn(Fun, &Tensor, f64) -> R<Tensor> = ex22::central_diff;
const GRAD_CHECK: fn(Fun, &Tensor, &Tensor, f64) -> R<bool> = ex22::grad_check;
const DIRECTIONAL: fn(Fun, &Tensor, &Tensor, f64) -> R<f64> = ex22::directional;

const FORWARD: &str =
    "this is the forward difference, (f(w + h·eᵢ) − f(w)) / h: the central one goes h to both sides.";
const BACKWARD: &str =
    "this is the backward difference, (f(w) − f(w − h·eᵢ)) / h: the central one goes h to both sides.";
const ONE_H: &str = "this is twice the central difference: from w − h·eᵢ to w + h·eᵢ it is 2h.";
const ALL_AT_ONCE: &str = "h was added to all elements at once, which gives the sum of the gradient everywhere: move one \
                           element, leave the others.";
const NOT_UNDONE: &str = "elements that had their turn did not go back to where they were: every difference is taken \
                          around w.";
const OWN_GRADIENT: &str = "this is the exact derivative, and a central difference with this h is not: only values of f \
                            are to be used, at w ± h·eᵢ with the h that was given.";
const IN_DTYPE: &str = "the two values were subtracted in the dtype that f gives: uint8 has no −1, and float32 7 digits. Take \
                        both numbers out as f64 first.";
const NORMALISED: &str =
    "u was scaled to length 1: the derivative along u is ⟨∇f, u⟩, and grows with the length of u.";

fn suite(suite: &mut Suite) {
    suite.check("central_diff is exact on quadratics, one element at a time", 3, quadratics);
    suite.check("on w³ it is off by h², a quarter as much for half the step", 1, cubics);
    suite.check("w may have any shape and layout", 1, shapes);
    suite.check("directional is ⟨∇f, u⟩, for two evaluations", 1, along);
    suite.check("grad_check asks every element, and NaN does not pass", 2, checking);
    suite.check("w, u and claimed are left as they were, and nothing is tracked", 1, inputs_left_alone);
    suite.check("other dtypes, shapes, steps and tolerances are refused", 1, refusals);
}

/// `numbers` with the shape and device of `tensor`, float64.
fn like(tensor: &Tensor, numbers: &[f64]) -> Tensor {
    Tensor::from_slice(numbers).reshape(tensor.size()).to_device(tensor.device())
}

fn call_of(formula: &str, w: &Tensor, h: f64) -> Call {
    Call::new("central_diff").formula("f", formula).tensor("w", w).value("h", h)
}

/// Steps that are powers of two: w ± h is exact for quarters.
fn steps() -> impl Strategy<Value = f64> {
    select(vec![0.5, 0.25, 1.0])
}

const QUADRATIC: &str = "1·w₁² + 2·w₂² + 3·w₃² + … + w₁w₂ + w₂w₃ + … + 3";

/// What is given to the learner: [`quadratic`] of a vector.
fn quadratic_of(w: &Tensor) -> Tensor {
    let n = w.size()[0];
    let scale = Tensor::arange_start(1, n + 1, (Kind::Double, w.device()));
    let pairs = (n - 1).max(0);
    let products = w.narrow(0, 0, pairs) * w.narrow(0, n - pairs, pairs);
    (scale * w.square()).sum(None::<Kind>) + products.sum(None::<Kind>) + 3.0
}

fn quadratic(w: &[f64]) -> f64 {
    let squares: f64 = w.iter().enumerate().map(|(i, w)| (i + 1) as f64 * w * w).sum();
    let products: f64 = w.windows(2).map(|pair| pair[0] * pair[1]).sum();
    squares + products + 3.0
}

fn quadratic_gradient(w: &[f64]) -> Vec<f64> {
    let neighbour = |i: usize| w.get(i).copied().unwrap_or(0.0);
    (0..w.len())
        .map(|i| 2.0 * (i + 1) as f64 * w[i] + neighbour(i + 1) + if i == 0 { 0.0 } else { w[i - 1] })
        .collect()
}

/// (f(w + right·eᵢ) − f(w − left·eᵢ)) / span for each i, which is what the usual slips compute, too.
fn difference(w: &[f64], left: f64, right: f64, span: f64) -> Vec<f64> {
    let moved = |i: usize, by: f64| {
        let mut moved = w.to_vec();
        moved[i] += by;
        quadratic(&moved)
    };
    (0..w.len()).map(|i| (moved(i, right) - moved(i, -left)) / span).collect()
}

/// Central differences where each element stays at w − h after its turn.
fn not_undone(w: &[f64], h: f64) -> Vec<f64> {
    let mut at = w.to_vec();
    let mut differences = Vec::new();
    for (i, w) in w.iter().enumerate() {
        at[i] = w + h;
        let right = quadratic(&at);
        at[i] = w - h;
        differences.push((right - quadratic(&at)) / (2.0 * h));
    }
    differences
}

fn quadratics(context: &Context) -> Outcome {
    let w = Tensor::from_slice(&[2.0, 3.0]).to_device(context.device());
    let call = call_of("x²y + xy² for w = (x, y)", &w, 0.5);
    let f = |w: &Tensor| {
        let (x, y) = (w.get(0), w.get(1));
        x.square() * &y + &x * y.square()
    };
    let got = call.succeeds(|| CENTRAL_DIFF(&f, &w, 0.5))?;
    let vector = |numbers: &[f64]| like(&w, numbers);
    let slips: [(&str, &dyn Fn() -> Tensor); 5] = [
        (FORWARD, &|| vector(&[22.5, 17.0])),
        (BACKWARD, &|| vector(&[19.5, 15.0])),
        (ONE_H, &|| vector(&[42.0, 32.0])),
        // f(2.5, 3.5) − f(1.5, 2.5) = 52.5 − 15.
        (ALL_AT_ONCE, &|| vector(&[37.5, 37.5])),
        // The second element with x at 1.5: x² + 2xy.
        (NOT_UNDONE, &|| vector(&[21.0, 11.25])),
    ];
    context.matches_fixture("two_variables", &call, &got, &slips)?;

    context.for_all((vectors(0..=4, &[Kind::Double]), steps()), |(spec, h)| {
        let w = spec.in_layout(Layout::Contiguous).tensor(context.device());
        let at = values(&w);
        let expected = like(&w, &quadratic_gradient(&at));
        let call = call_of(QUADRATIC, &w, h);
        let got = call.succeeds(|| CENTRAL_DIFF(&quadratic_of, &w, h))?;
        call.expect(&got, &expected)
            .slip(FORWARD, || like(&w, &difference(&at, 0.0, h, h)))
            .slip(BACKWARD, || like(&w, &difference(&at, h, 0.0, h)))
            .slip(ONE_H, || like(&w, &difference(&at, h, h, h)))
            .slip(NOT_UNDONE, || like(&w, &not_undone(&at, h)))
            .check()
    })
}

fn cubics(context: &Context) -> Outcome {
    for at in [[1.0, -2.0, 0.5], [0.0, 0.25, 3.0]] {
        let mut errors = Vec::new();
        for h in [1.0, 0.5, 0.25] {
            let w = Tensor::from_slice(&at).to_device(context.device());
            let call = call_of("Σ wᵢ³", &w, h);
            let cubes = |w: &Tensor| w.pow_tensor_scalar(3).sum(None::<Kind>);
            let got = call.succeeds(|| CENTRAL_DIFF(&cubes, &w, h))?;
            // ((w + h)³ − (w − h)³) / 2h = 3w² + h².
            let expected = at.map(|w| 3.0 * w * w + h * h);
            call.expect(&got, &like(&w, &expected))
                .slip(OWN_GRADIENT, || like(&w, &at.map(|w| 3.0 * w * w)))
                .check()?;
            errors.push((call, values(&got)[0] - 3.0 * at[0] * at[0]));
        }
        for pair in errors.windows(2) {
            let (call, error) = &pair[1];
            call.expect(&Tensor::from(*error), &Tensor::from(pair[0].1 / 4.0))
                .named("the error, a quarter of that for twice the step,")
                .check()?;
        }
    }

    // A function whose value was taken out of the tensor has no graph, and at its kink no derivative.
    let w = Tensor::from_slice(&[0.0, -1.5, 0.25]).to_device(context.device());
    let call = call_of("Σ |wᵢ|, of numbers taken out of w", &w, 0.5);
    let f = |w: &Tensor| Tensor::from(values(w).iter().map(|w| w.abs()).sum::<f64>());
    let got = call.succeeds(|| CENTRAL_DIFF(&f, &w, 0.5)).map_err(|failure| failure.because(OWN_GRADIENT))?;
    call.expect(&got, &like(&w, &[0.0, -1.0, 0.5])).slip(OWN_GRADIENT, || like(&w, &[0.0; 3])).check()?;

    // A value may have another dtype than w. The differences of this one are 0, ½ and 1 on the way to 2h = 1.
    let w = Tensor::from_slice(&[0.0, -1.5, 0.25]).to_device(context.device());
    let call = call_of("½·(how many elements are above 0), float32", &w, 0.5);
    let f = |w: &Tensor| w.gt(0.0).sum(Kind::Float) * 0.5;
    let got = call.succeeds(|| CENTRAL_DIFF(&f, &w, 0.5))?;
    call.expect(&got, &like(&w, &[0.5, 0.0, 0.5])).check()?;
    let call = call_of(COUNTED, &w, 0.5);
    let got =
        call.succeeds(|| CENTRAL_DIFF(&counted, &w, 0.5)).map_err(|failure| failure.because(IN_DTYPE))?;
    call.expect(&got, &like(&w, &[-1.0, 0.0, -1.0])).check().map_err(|failure| failure.because(IN_DTYPE))?;

    // 50 015 001.125 − 50 005 000.125: more digits than a float32 has.
    let w = Tensor::from_slice(&[10_001.0]).to_device(context.device());
    let call = call_of("½w²", &w, 0.5);
    let got = call.succeeds(|| CENTRAL_DIFF(&half_square, &w, 0.5))?;
    call.expect(&got, &like(&w, &[10_001.0])).check().map_err(|failure| failure.because(IN_FLOAT32))
}

const COUNTED: &str = "how many elements are at most 0, uint8";

fn counted(w: &Tensor) -> Tensor {
    w.le(0.0).sum(Kind::Uint8)
}

fn half_square(w: &Tensor) -> Tensor {
    w.square() * 0.5
}

const IN_FLOAT32: &str = "a value of f was rounded to float32 on the way: take it out as an f64.";

fn shapes(context: &Context) -> Outcome {
    let double = [Kind::Double];
    let quarters = elements::quarters;
    let any_rank = prop_oneof![
        tensors(&[], &double, quarters()),
        tensors(&[0..=3], &double, quarters()),
        tensors(&[0..=3, 0..=3], &double, quarters()),
        tensors(&[1..=2, 1..=2, 1..=2], &double, quarters()),
    ];
    let tried = |(spec, h): (TensorSpec, f64)| {
        let w = spec.tensor(context.device());
        let shape = w.size();
        let scales: Vec<f64> = (0..w.numel()).map(|index| 1.0 + index as f64).collect();
        let gradient: Vec<f64> = values(&w).iter().zip(&scales).map(|(w, scale)| 2.0 * scale * w).collect();
        let expected = like(&w, &gradient);
        let scales = like(&w, &scales);
        let unlike_w = RefCell::new(None);
        let f = |w: &Tensor| {
            if w.size() != shape || w.kind() != Kind::Double {
                unlike_w.replace(Some((w.size(), w.kind())));
            }
            (&scales * w.square()).sum(None::<Kind>).reshape([1])
        };
        let call = call_of("1·a² + 2·b² + 3·c² + …, a, b, c, … the elements of w in order, shape [1]", &w, h);
        let got = call.succeeds(|| CENTRAL_DIFF(&f, &w, h))?;
        if let Some((size, kind)) = unlike_w.take() {
            return Err(
                call.fails(format!("f was given a w of {kind:?} {size:?}, expected Double {shape:?}"))
            );
        }
        let cause = "f was given w itself each time. reshape copies where the strides do not fit (ex06, ex08): what is \
                     written into the copy does not reach the tensor. An expanded w has one number for many elements.";
        call.expect(&got, &expected).slip(cause, || expected.zeros_like()).check()
    };
    context.for_all((any_rank, steps()), tried)?;
    // Where strides matter, whatever the random inputs were: a matrix without zeros, and not square.
    for layout in Layout::ALL {
        let values = vec![1.5, -2.0, 0.5, 3.0, 4.0, -1.0];
        tried((TensorSpec { shape: vec![2, 3], kind: Kind::Double, values, layout }, 0.5))?;
    }
    Ok(())
}

fn along(context: &Context) -> Outcome {
    let inputs = (vectors(1..=4, &[Kind::Double]), vectors(4..=4, &[Kind::Double]), steps());
    context.for_all(inputs, |(w, u, h)| {
        let u = TensorSpec { shape: w.shape.clone(), values: u.values[..w.values.len()].to_vec(), ..u };
        let (w, u) = (w.tensor(context.device()), u.tensor(context.device()));
        let (at, direction) = (values(&w), values(&u));
        let slope: f64 = quadratic_gradient(&at).iter().zip(&direction).map(|(g, u)| g * u).sum();
        let length = direction.iter().map(|u| u * u).sum::<f64>().sqrt();
        let end = |by: f64| -> f64 {
            let moved: Vec<f64> = at.iter().zip(&direction).map(|(w, u)| w + by * u).collect();
            quadratic(&moved)
        };
        let evaluations = Cell::new(0);
        let f = |w: &Tensor| {
            evaluations.set(evaluations.get() + 1);
            quadratic_of(w)
        };
        let call =
            Call::new("directional").formula("f", QUADRATIC).tensor("w", &w).tensor("u", &u).value("h", h);
        let got = call.succeeds(|| DIRECTIONAL(&f, &w, &u, h))?;
        call.expect(&Tensor::from(got), &Tensor::from(slope))
            .slip(NORMALISED, || Tensor::from(slope / length))
            .slip("from w − h·u to w + h·u it is 2h.", || Tensor::from(2.0 * slope))
            .slip("this is the forward difference: the central one goes h·u to both sides.", || {
                Tensor::from((end(h) - end(0.0)) / h)
            })
            .check()?;
        let evaluations = evaluations.get();
        let twice = call.holds(evaluations == 2, &format!("evaluated f {evaluations} times, expected twice"));
        twice.map_err(|failure| failure.because("along one direction two values are enough, at w ± h·u."))
    })?;

    // Along a unit vector it is the partial derivative, the same h² off on a cubic.
    let cubes = |w: &Tensor| w.pow_tensor_scalar(3).sum(None::<Kind>);
    let vector = |numbers: &[f64]| Tensor::from_slice(numbers).to_device(context.device());
    for (unit, expected) in [([1.0, 0.0], 3.25), ([0.0, 1.0], 12.25)] {
        let (w, u) = (vector(&[1.0, -2.0]), vector(&unit));
        let call =
            Call::new("directional").formula("f", "Σ wᵢ³").tensor("w", &w).tensor("u", &u).value("h", 0.5);
        let got = call.succeeds(|| DIRECTIONAL(&cubes, &w, &u, 0.5))?;
        call.expect(&Tensor::from(got), &Tensor::from(expected)).check()?;
    }

    /// The formula of f, f, w, u, the derivative along u, and what is wrong where it is another.
    type Example<'a> = (&'a str, Fun<'a>, &'a [f64], &'a [f64], f64, &'a str);
    // Values of f are numbers of another dtype, or have many digits; and along 0 nothing changes.
    let examples: [Example; 4] = [
        (COUNTED, &counted, &[0.0, -1.5, 0.25], &[1.0, 0.0, 1.0], -2.0, IN_DTYPE),
        ("½w²", &half_square, &[10_001.0], &[1.0], 10_001.0, IN_FLOAT32),
        ("Σ wᵢ³", &cubes, &[1.0, -2.0], &[0.0, 0.0], 0.0, NORMALISED),
        ("Σ wᵢ³", &cubes, &[], &[], 0.0, "a w without elements has directions without elements."),
    ];
    for (formula, f, w, u, expected, cause) in examples {
        let (w, u) = (vector(w), vector(u));
        let call =
            Call::new("directional").formula("f", formula).tensor("w", &w).tensor("u", &u).value("h", 0.5);
        let because = |failure: Failure| failure.because(cause);
        let got = call.succeeds(|| DIRECTIONAL(f, &w, &u, 0.5)).map_err(because)?;
        call.expect(&Tensor::from(got), &Tensor::from(expected)).check().map_err(because)?;
    }

    // A matrix is a vector with its elements in rows, and a number one with a single element.
    let scales = vector(&[1.0, 2.0, 3.0, 4.0]).reshape([2, 2]);
    for (shape, expected) in [(&[2, 2][..], 17.25), (&[], 5.0)] {
        let tensor = |numbers: &[f64]| {
            let numel = shape.iter().product::<i64>() as usize;
            let (shape, values) = (shape.to_vec(), numbers[..numel].to_vec());
            TensorSpec { shape, kind: Kind::Double, values, layout: Layout::Transposed }
                .tensor(context.device())
        };
        let (w, u) = (tensor(&[2.5, -1.0, 0.5, 2.0]), tensor(&[1.0, -2.0, 0.75, 0.125]));
        let f = |w: &Tensor| match w.dim() {
            0 => w.square(),
            _ => (&scales * w.square()).sum(None::<Kind>),
        };
        let formula = if shape.is_empty() {
            "w²"
        } else {
            "1·a² + 2·b² + 3·c² + 4·d² for w = [[a, b], [c, d]]"
        };
        let call =
            Call::new("directional").formula("f", formula).tensor("w", &w).tensor("u", &u).value("h", 0.5);
        let got = call.succeeds(|| DIRECTIONAL(&f, &w, &u, 0.5))?;
        call.expect(&Tensor::from(got), &Tensor::from(expected)).check()?;
    }
    Ok(())
}

/// What is done to the true gradient before it is claimed, in units of what is allowed.
#[derive(Debug, Clone, Copy)]
enum Claim {
    Off(f64),
    Nan,
}

fn checking(context: &Context) -> Outcome {
    // The true gradient of Σ k·sin(wₖ), of which central differences with step 10⁻⁵ are off by less than 10⁻⁹.
    let claims = select(vec![0.0, 0.5, -0.5, 3.0, -3.0]).prop_map(Claim::Off).boxed();
    let claims = prop_oneof![5 => claims, 1 => Just(Claim::Nan)];
    // Which shapes and layouts w may have, another check asks.
    let inputs = (
        vectors(1..=4, &[Kind::Double]),
        select(Layout::ALL.to_vec()),
        0_usize..6,
        claims,
        select(vec![1e-2, 1e-4]),
    );
    context.for_all(inputs, |(spec, layout, which, claim, tol)| {
        let w = spec.in_layout(Layout::Contiguous).tensor(context.device());
        let scales: Vec<f64> = (0..w.numel()).map(|index| 1.0 + index as f64).collect();
        let mut claimed: Vec<f64> = values(&w).iter().zip(&scales).map(|(w, scale)| scale * w.cos()).collect();
        let which = which % claimed.len();
        match claim {
            Claim::Off(by) => claimed[which] += by * tol * (1.0 + claimed[which].abs()),
            Claim::Nan => claimed[which] = f64::NAN,
        }
        let expected = matches!(claim, Claim::Off(by) if by.abs() < 1.0);
        // An expanded layout would repeat the claim for the first row.
        let layout = if layout == Layout::Expanded { Layout::Contiguous } else { layout };
        let claimed = TensorSpec { values: claimed, layout, ..spec }.tensor(context.device());
        let scales = like(&w, &scales);
        let f = |w: &Tensor| (&scales * w.sin()).sum(None::<Kind>);
        accepts(
            "1·sin(w₁) + 2·sin(w₂) + 3·sin(w₃) + …",
            &f,
            &w,
            &claimed,
            tol,
            expected,
            &match claim {
                Claim::Nan => "an element of claimed is NaN: every comparison with NaN is false, so ask for all errors to be \
                               at most what is allowed, not for none to be larger."
                    .to_owned(),
                Claim::Off(0.0) => "this is the exact gradient.".to_owned(),
                Claim::Off(by) => {
                    let side = if by > 0.0 { "large" } else { "small" };
                    let by = by.abs();
                    format!("one element is claimed too {side}, by {by} times what is allowed. Any other is exact.")
                },
            },
        )
    })?;

    let row = |numbers: &[f64]| Tensor::from_slice(numbers).unsqueeze(0).to_device(context.device());
    // √ is NaN to the left of 0.
    let roots = |w: &Tensor| w.sqrt().sum(None::<Kind>);
    let cause = "the central difference is NaN here: that is no proof of the claim.";
    accepts("Σ √wᵢ", &roots, &row(&[0.0, 4.0]), &row(&[0.0, 0.25]), 1e-3, false, cause)?;
    accepts("Σ √wᵢ", &roots, &row(&[1.0, 4.0]), &row(&[0.5, 0.25]), 1e-3, true, "the claim is right.")?;
    accepts("Σ √wᵢ", &roots, &row(&[]), &row(&[]), 1e-3, true, "there is no element that could be wrong.")?;

    // Where d is 0 without any rounding, all that is allowed is tol, and tol itself is allowed.
    let constant = |w: &Tensor| w.detach().zeros_like().sum(None::<Kind>) + 7.0;
    let cause =
        "|claimed − d| ≤ tol·(1 + |d|), with d = 0 here: that is |claimed| ≤ tol, and a tol of 0 asks for 0.";
    for (claimed, tol, expected) in [
        (0.0, 0.0, true),
        (1e-300, 0.0, false),
        (0.25, 0.25, true),
        (-0.25, 0.25, true),
        (0.375, 0.25, false),
    ] {
        accepts("7", &constant, &row(&[1.5]), &row(&[claimed]), tol, expected, cause)?;
    }
    // With d = 2 and tol = ½, up to 1½ off is allowed.
    let linear = |w: &Tensor| w.sum(None::<Kind>) * 2.0;
    let cause =
        "d is 2, so |claimed − d| may be tol·(1 + 2). What is claimed has no part in what is allowed.";
    for (claimed, expected) in [(3.75, false), (3.25, true), (0.25, false), (0.75, true)] {
        accepts("2·Σ wᵢ", &linear, &row(&[1.5]), &row(&[claimed]), 0.5, expected, cause)?;
    }
    let infinite = f64::INFINITY;
    let cause = "an infinite tol is no error: any number is within it, and NaN is not.";
    accepts("2·Σ wᵢ", &linear, &row(&[1.5]), &row(&[-1e9]), infinite, true, cause)?;
    accepts("2·Σ wᵢ", &linear, &row(&[1.5]), &row(&[f64::NAN]), infinite, false, cause)?;
    // At 0 the central difference of a cubic is h² itself, to the last digits.
    let cubes = |w: &Tensor| w.pow_tensor_scalar(3).sum(None::<Kind>);
    let cause = "the step is 10⁻⁵: d is (h³ + h³) / 2h = 10⁻¹⁰ here.";
    for (claimed, expected) in [(1e-10, true), (0.0, false)] {
        accepts("Σ wᵢ³", &cubes, &row(&[0.0]), &row(&[claimed]), 1e-14, expected, cause)?;
    }
    Ok(())
}

fn accepts(
    formula: &str,
    f: Fun,
    w: &Tensor,
    claimed: &Tensor,
    tol: f64,
    expected: bool,
    cause: &str,
) -> Outcome {
    let call = Call::new("grad_check").formula("f", formula).tensor("w", w);
    let call = call.tensor("claimed", claimed).value("tol", tol);
    let got = call.succeeds(|| GRAD_CHECK(f, w, claimed, tol))?;
    call.holds(got == expected, &format!("returned {got}, expected {expected}"))
        .map_err(|failure| failure.because(cause))
}

fn inputs_left_alone(context: &Context) -> Outcome {
    for layout in Layout::ALL {
        for tracked in [false, true] {
            let tensor = |numbers: [f64; 4]| {
                let spec =
                    TensorSpec { shape: vec![2, 2], kind: Kind::Double, values: numbers.to_vec(), layout };
                spec.tensor(context.device()).set_requires_grad(tracked)
            };
            // p is 1: what f gives is tracked, whatever it is given.
            let p = Tensor::from(1.0).to_device(context.device()).set_requires_grad(true);
            let given_tracked = Cell::new(false);
            let f = |w: &Tensor| {
                given_tracked.set(given_tracked.get() || w.requires_grad());
                w.square().sum(None::<Kind>) * &p
            };
            let detached = |call: &Call| {
                let untracked = call.holds(!given_tracked.get(), "f was given a tracked tensor");
                untracked.map_err(|failure| {
                    failure.because("no graph is needed here: what f is given is made of w.detach().")
                })
            };
            let w = tensor([1.5, -2.0, 0.5, 3.0]);
            let call = call_of("p·Σ wᵢ², p = 1 tracked", &w, 0.5);
            let got = call.succeeds(|| CENTRAL_DIFF(&f, &w, 0.5))?;
            call.leaves_inputs_alone()?;
            detached(&call)?;
            call.holds(got.defined() && !got.requires_grad(), "the result is tracked").map_err(|failure| {
                failure.because(
                    "what is computed from a tracked w, or from a value that f gives as part of a graph, is tracked as \
                     well: detach(), or take the numbers out.",
                )
            })?;
            call.holds(got.data_ptr() != w.data_ptr(), "the result shares storage with w")?;

            let (w, u) = (tensor([1.5, -2.0, 0.5, 3.0]), tensor([2.0, -0.5, 4.0, 1.0]));
            let call = Call::new("directional").formula("f", "p·Σ wᵢ², p = 1 tracked");
            let call = call.tensor("w", &w).tensor("u", &u).value("h", 0.5);
            call.succeeds(|| DIRECTIONAL(&f, &w, &u, 0.5))?;
            call.leaves_inputs_alone()?;
            detached(&call)?;

            let (w, claimed) = (tensor([1.5, -2.0, 0.5, 3.0]), tensor([3.0, -4.0, 1.0, 6.0]));
            let call = Call::new("grad_check").formula("f", "p·Σ wᵢ², p = 1 tracked").tensor("w", &w);
            let call = call.tensor("claimed", &claimed).value("tol", 1e-3);
            call.succeeds(|| GRAD_CHECK(&f, &w, &claimed, 1e-3))?;
            call.leaves_inputs_alone()?;
            detached(&call)?;
        }
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
    let sum_of_squares: (&str, Fun) = ("Σ wᵢ²", &|w| w.square().sum(None::<Kind>));
    let refuses_diff = |(formula, f): (&str, Fun), w: &Tensor, h, refusal| {
        call_of(formula, w, h).refuses(refusal, || CENTRAL_DIFF(f, w, h))
    };
    let refuses_along = |(formula, f): (&str, Fun), w: &Tensor, u: &Tensor, h, refusal| {
        let call = Call::new("directional").formula("f", formula).tensor("w", w).tensor("u", u).value("h", h);
        call.refuses(refusal, || DIRECTIONAL(f, w, u, h))
    };
    let refuses_claim = |(formula, f): (&str, Fun), w: &Tensor, claimed: &Tensor, tol, refusal| {
        let call = Call::new("grad_check").formula("f", formula).tensor("w", w);
        let call = call.tensor("claimed", claimed).value("tol", tol);
        call.refuses(refusal, || GRAD_CHECK(f, w, claimed, tol))
    };

    let digits = "float32 has 7 digits, and a difference of two values hardly any: only float64 is taken.";
    for kind in [Kind::Float, Kind::Int64] {
        let (w, other) = (double(&[3]), tensor(&[3], kind));
        let because = |failure: Failure| failure.because(digits);
        refuses_diff(sum_of_squares, &other, 0.5, Refusal::Kind).map_err(because)?;
        refuses_diff(sum_of_squares, &tensor(&[0], kind), 0.5, Refusal::Kind).map_err(because)?;
        refuses_along(sum_of_squares, &other, &w, 0.5, Refusal::Kind).map_err(because)?;
        refuses_along(sum_of_squares, &w, &other, 0.5, Refusal::Kind).map_err(because)?;
        refuses_claim(sum_of_squares, &other, &w, 1e-3, Refusal::Kind).map_err(because)?;
        refuses_claim(sum_of_squares, &w, &other, 1e-3, Refusal::Kind).map_err(because)?;
    }
    for h in [0.0, -0.5, f64::NAN, f64::INFINITY] {
        let nan = "NaN compares false with every number: h <= 0.0 does not catch it, h > 0.0 does not let it through.";
        let because = |failure: Failure| if h.is_nan() { failure.because(nan) } else { failure };
        refuses_diff(sum_of_squares, &double(&[3]), h, Refusal::Convert).map_err(because)?;
        // Without elements there is no difference on the way to which h would be looked at.
        refuses_diff(sum_of_squares, &double(&[0]), h, Refusal::Convert).map_err(because)?;
        refuses_along(sum_of_squares, &double(&[3]), &double(&[3]), h, Refusal::Convert).map_err(because)?;
    }
    for tol in [-1e-3, f64::NAN] {
        refuses_claim(sum_of_squares, &double(&[3]), &double(&[3]), tol, Refusal::Convert)?;
    }
    let broadcast = "[3] with [1] or with [3, 1] is broadcast without a word: compare size() first.";
    for other in [double(&[1]), double(&[3, 1]), double(&[]), double(&[2])] {
        let because = |failure: Failure| failure.because(broadcast);
        refuses_along(sum_of_squares, &double(&[3]), &other, 0.5, Refusal::Shape).map_err(because)?;
        refuses_claim(sum_of_squares, &double(&[3]), &other, 1e-3, Refusal::Shape).map_err(because)?;
    }
    let functions: [(&str, Fun); 4] = [
        ("w², not summed", &|w| w.square()),
        ("an empty part of w, shape [0]", &|w| w.narrow(0, 0, 0)),
        // w is (−1, 1, 3). Along u = w there is one such element at one end of the difference alone.
        ("the elements of w above 3", &|w| w.masked_select(&w.gt(3.0))),
        ("the elements of w above 1", &|w| w.masked_select(&w.gt(1.0))),
    ];
    for f in functions {
        refuses_diff(f, &double(&[3]), 0.5, Refusal::Shape)?;
        refuses_along(f, &double(&[3]), &double(&[3]), 0.5, Refusal::Shape)?;
        refuses_claim(f, &double(&[3]), &double(&[3]), 1e-3, Refusal::Shape)?;
    }
    Ok(())
}
