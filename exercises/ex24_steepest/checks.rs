//! Checks of ex24: the directions that a gradient singles out, and what a step along it promises.
//!
//! The references are plain loops over f64 and closed forms. The laws are that no unit vector has a
//! smaller inner product with g than the steepest, that turning g turns the result, that a step
//! along the tangent changes L by O(t²) only, and that for ½‖w‖² the promise is ½·lr²·‖g‖² too
//! much.

mod figures;

use std::cell::Cell;

use harness::inputs::{elements, matrices, tensors, values, vectors};
use harness::prelude::*;

harness::exercise!(ex24, suite);

type Fun<'a> = &'a dyn Fn(&Tensor) -> Tensor;

// The signatures of the contract: another one is a compile error here.
const STEEPEST: fn(&Tensor) -> R<Tensor> = ex24::steepest;
const TANGENT_2D: fn(&Tensor) -> R<Tensor> = ex24::tangent_2d;
const PREDICTED_DECREASE: fn(&Tensor, f64) -> f64 = ex24::predicted_decrease;
const GRADIENT_FIELD: fn(Fun, &Tensor) -> R<Tensor> = ex24::gradient_field;

const KINDS: [Kind; 2] = [Kind::Double, Kind::Float];
/// The other two floating-point dtypes.
const HALVES: [Kind; 2] = [Kind::Half, Kind::BFloat16];

const UPHILL: &str = "this is g/‖g‖, the direction of steepest ascent: down is −g/‖g‖.";
const LENGTH_OF_G: &str = "this has the length of g: a direction has length 1, so divide by ‖g‖.";
const BY_SQUARE: &str = "this is divided by ‖g‖², the inner product of g with itself: ‖g‖ is its root.";
const BY_ROWS: &str = "each row is scaled to length 1 by itself: ‖g‖ is one number, from all elements.";
const OTHER_NORM: &str = "this has length 1 in another norm: ‖g‖ is the root of the sum of the squares.";
const EPSILON: &str = "a constant that is added to ‖g‖, or a smallest ‖g‖ that is taken, shortens the result where \
                       g is about as small. Only 0 has no direction: refuse it, and divide by ‖g‖ itself.";

const CLOCKWISE: &str = "this is g turned by −90°: with the x axis to the right and the y axis upwards, +90° is \
                         counterclockwise, and turns (1, 0) into (0, 1).";
const MIRRORED: &str =
    "the elements are swapped, which mirrors g at the diagonal: a turn by 90° changes one sign, too.";
const ALONG: &str = "this is parallel to g: along the level set is at right angles to it.";

const NOT_SQUARED: &str =
    "this is lr·‖g‖, the length of the step: along it L falls by ‖g‖ for each unit of length.";
const LR_SQUARED: &str = "this is lr²·‖g‖², the square of the length of the step.";
const HALVED: &str = "this is half of it: to first order L falls at the same rate, ‖g‖ for each unit of length, all along \
                      the step.";
const MEAN: &str = "this is divided by the number of elements: ‖g‖² is a sum.";
const NEGATIVE: &str = "this is the change of the loss, which is negative: the decrease is what it falls by.";
const IN_DTYPE: &str = "the squares are made in the dtype of g, which ends at 65504 (float16) or 3.4·10³⁸ (float32): \
                        to_kind(Kind::Double) comes first.";

const SUMMED: &str = "every row is the sum of the gradients of all points: each has to stay in its own row.";
const FIELD_MEAN: &str =
    "this is divided by the number of points: differentiate the sum of the values, not their mean.";
const NO_GRAPH: &str = "a value that does not depend on its point has gradient 0. It may have no graph at all \
                        (requires_grad() is false: ask before the backward pass), or one that never reaches the points \
                        (the gradient is then undefined: ask defined()).";

fn suite(suite: &mut Suite) {
    suite.check("steepest gives −g/‖g‖: of all unit vectors the one furthest down", 2, downhill);
    suite.check("the length of g makes no difference to steepest", 1, any_length);
    suite.check("tangent_2d gives the unit vector along the level set, 90° from g", 2, along_the_level_set);
    suite.check("predicted_decrease gives lr·‖g‖², summed in float64", 1, decrease);
    suite.check("gradient_field gives each point its own gradient, for one evaluation", 1, field);
    suite.check("the gradient is 0 where f does not depend on the point", 1, independent_of_points);
    suite.check("g and points are left as they were, and no result is tracked", 1, inputs_left_alone);
    suite.check("what has no direction, and unusable shapes and dtypes are refused", 1, refusals);
    figures::declare(suite);
}

/// `numbers` with the shape, dtype and device of `tensor`.
fn like(tensor: &Tensor, numbers: &[f64]) -> Tensor {
    Tensor::from_slice(numbers).reshape(tensor.size()).to_kind(tensor.kind()).to_device(tensor.device())
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    // The sum of no numbers is −0 in Rust.
    0.0 + a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>()
}

fn scaled(g: &[f64], by: f64) -> Vec<f64> {
    // Without 0 it would be −0 in places.
    g.iter().map(|g| by * g + 0.0).collect()
}

fn length(g: &[f64]) -> f64 {
    dot(g, g).sqrt()
}

/// Gradients of any rank that are not zero.
fn gradients() -> impl Strategy<Value = TensorSpec> {
    let not_zero = || prop_oneof![1 => elements::quarters(), 1 => elements::integers(1..=9)].boxed();
    let any_rank = prop_oneof![
        tensors(&[], &KINDS, not_zero()),
        tensors(&[1..=4], &KINDS, not_zero()),
        tensors(&[1..=3, 1..=3], &KINDS, not_zero()),
        tensors(&[1..=2, 1..=3, 1..=2], &KINDS, not_zero()),
    ];
    // The first slice is what an expanded layout repeats.
    any_rank.prop_map(|mut spec| {
        spec.values[0] = if spec.values[0] == 0.0 { 0.75 } else { spec.values[0] };
        spec
    })
}

fn downhill(context: &Context) -> Outcome {
    // Figure 3.1 of the lecture, where the wrong directions that learners get all differ.
    let vector = |numbers: &[f64]| Tensor::from_slice(numbers).to_device(context.device());
    is_steepest(&vector(&[2.0, 0.4]))?;
    // Figure 3.2: g at 45°.
    let g = vector(&[1.0, 1.0]);
    let call = Call::new("steepest").tensor("g", &g);
    let got = call.succeeds(|| STEEPEST(&g))?;
    context.matches_fixture("unit_circle", &call, &got, &[])?;

    context.for_all(gradients(), |spec| is_steepest(&spec.tensor(context.device())))?;
    for kind in HALVES {
        is_steepest(&vector(&[3.0, -4.0]).to_kind(kind))?;
    }

    // Laws come after, so that a wrong direction is shown beside the right one.
    let double = [Kind::Double];
    context.for_all((vectors(3..=3, &double), vectors(3..=3, &double)), |(g, other)| {
        let (g, other) = (g.tensor(context.device()), values(&other.tensor(context.device())));
        let (slopes, size) = (values(&g), length(&other));
        if length(&slopes) == 0.0 || size == 0.0 {
            return Ok(());
        }
        let call = Call::new("steepest").tensor("g", &g);
        let got = values(&call.succeeds(|| STEEPEST(&g))?);
        let unit = scaled(&other, 1.0 / size);
        let (down, elsewhere) = (dot(&slopes, &got), dot(&slopes, &unit));
        call.holds(
            down <= elsewhere + 1e-6,
            &format!("⟨g, result⟩ is {down}, and {elsewhere} for the unit vector {unit:?}"),
        )
    })?;
    // Turned by the angle whose cosine is 0.6.
    let turned = |[x, y]: [f64; 2]| [0.6 * x - 0.8 * y, 0.8 * x + 0.6 * y];
    for g in [[2.0, 0.4], [-1.5, 3.0]] {
        let of = |g: &[f64]| -> Result<(Call, Tensor), Failure> {
            let g = vector(g);
            let call = Call::new("steepest").tensor("g", &g);
            let got = call.succeeds(|| STEEPEST(&g))?;
            Ok((call, got))
        };
        let (_, straight) = of(&g)?;
        let straight = values(&straight);
        let (call, got) = of(&turned(g))?;
        call.expect(&got, &vector(&turned([straight[0], straight[1]])))
            .named("the result, by turning that of g before it was turned,")
            .check()?;
    }
    Ok(())
}

fn is_steepest(g: &Tensor) -> Outcome {
    let slopes = values(g);
    let size = length(&slopes);
    let call = Call::new("steepest").tensor("g", g);
    let got = call.succeeds(|| STEEPEST(g))?;
    let wrong = |by: f64| like(g, &scaled(&slopes, by));
    let columns = g.size().last().copied().unwrap_or(1) as usize;
    call.expect(&got, &wrong(-1.0 / size))
        .slip(UPHILL, || wrong(1.0 / size))
        .slip(LENGTH_OF_G, || wrong(-1.0))
        .slip(BY_SQUARE, || wrong(-1.0 / (size * size)))
        .slip(OTHER_NORM, || wrong(-1.0 / slopes.iter().map(|g| g.abs()).sum::<f64>()))
        .slip(OTHER_NORM, || wrong(-1.0 / slopes.iter().map(|g| g.abs()).fold(0.0, f64::max)))
        .slip(BY_ROWS, || {
            let rows = slopes.chunks(columns).flat_map(|row| scaled(row, -1.0 / length(row)));
            like(g, &rows.collect::<Vec<f64>>())
        })
        .check()
}

fn any_length(context: &Context) -> Outcome {
    for kind in KINDS {
        // Their squares are far from the ends of the dtype still, and for float64 beyond those of
        // float32. Long ones come first: there the slips that have nothing to do with small numbers
        // show what they are.
        let lengths: &[f64] = match kind {
            Kind::Double => &[1e9, 1e15, 1e40, 1e-9, 1e-15, 1e-40],
            _ => &[1e9, 1e15, 1e-9, 1e-15],
        };
        for &by in lengths {
            for numbers in [&[2.0, 0.4][..], &[-3.0, 0.25, 1.5]] {
                let because = |failure: Failure| if by < 1.0 { failure.because(EPSILON) } else { failure };
                let size = by * length(numbers);
                let g = Tensor::from_slice(&scaled(numbers, by)).to_kind(kind).to_device(context.device());
                let call = Call::new("steepest").tensor("g", &g);
                let got = values(&call.succeeds(|| STEEPEST(&g)).map_err(because)?);
                // A sign or a row, another check looks at: the length and the line are asked for
                // here.
                let along = dot(&got, numbers).abs() / length(numbers);
                for (what, number) in
                    [("the length of the result", length(&got)), ("|⟨g, result⟩|/‖g‖", along)]
                {
                    call.expect(&Tensor::from(number), &Tensor::from(1.0))
                        .named(what)
                        .within(Tolerance::of(kind))
                        .slip(LENGTH_OF_G, || Tensor::from(size))
                        .slip(BY_SQUARE, || Tensor::from(1.0 / size))
                        .check()
                        .map_err(because)?;
                }
            }
        }
    }
    Ok(())
}

fn along_the_level_set(context: &Context) -> Outcome {
    // Figure 3.1 of the lecture: L = x² + 0.2·y² at (1, 1), where the gradient is (2, 0.4).
    let vector = |numbers: &[f64]| Tensor::from_slice(numbers).to_device(context.device());
    let g = vector(&[2.0, 0.4]);
    let call = Call::new("tangent_2d").tensor("g", &g);
    let got = call.succeeds(|| TANGENT_2D(&g))?;
    let size = 4.16_f64.sqrt();
    let slips: [(&str, &dyn Fn() -> Tensor); 5] = [
        (CLOCKWISE, &|| vector(&[0.4 / size, -2.0 / size])),
        (MIRRORED, &|| vector(&[0.4 / size, 2.0 / size])),
        (LENGTH_OF_G, &|| vector(&[-0.4, 2.0])),
        (ALONG, &|| vector(&[2.0 / size, 0.4 / size])),
        (ALONG, &|| vector(&[-2.0 / size, -0.4 / size])),
    ];
    context.matches_fixture("level_set", &call, &got, &slips)?;

    context.for_all(vectors(2..=2, &KINDS), |spec| {
        let g = spec.tensor(context.device());
        let slopes = values(&g);
        let (x, y, size) = (slopes[0], slopes[1], length(&slopes));
        if size == 0.0 {
            return Ok(());
        }
        let turned = |numbers: [f64; 2], size: f64| like(&g, &scaled(&numbers, 1.0 / size));
        let call = Call::new("tangent_2d").tensor("g", &g);
        let got = call.succeeds(|| TANGENT_2D(&g))?;
        call.expect(&got, &turned([-y, x], size))
            .slip(CLOCKWISE, || turned([y, -x], size))
            .slip(MIRRORED, || turned([y, x], size))
            .slip(LENGTH_OF_G, || turned([-y, x], 1.0))
            .slip(ALONG, || turned([x, y], size))
            .slip(ALONG, || turned([-x, -y], size))
            .check()
    })?;

    for kind in HALVES {
        let g = vector(&[3.0, -4.0]).to_kind(kind);
        let call = Call::new("tangent_2d").tensor("g", &g);
        let got = call.succeeds(|| TANGENT_2D(&g))?;
        call.expect(&got, &vector(&[0.8, 0.6]).to_kind(kind)).check()?;
    }

    // Along the result L stays, to first order: ten times nearer, it is a hundred times as close.
    type Surface = (&'static str, fn(f64, f64) -> f64, fn(f64, f64) -> [f64; 2]);
    let surfaces: [Surface; 2] = [
        ("x² + 0.2·y²", |x, y| x * x + 0.2 * y * y, |x, y| [2.0 * x, 0.4 * y]),
        ("sin x + cos y", |x, y| x.sin() + y.cos(), |x, y| [x.cos(), -y.sin()]),
    ];
    for (formula, height, gradient) in surfaces {
        for (x, y) in [(1.0, 1.0), (-1.0, 0.5), (1.5, -0.5)] {
            let g = vector(&gradient(x, y));
            let call = Call::new("tangent_2d").tensor("g", &g);
            let got = values(&call.succeeds(|| TANGENT_2D(&g))?);
            for t in [0.1, 0.01, 0.001] {
                let change = height(x + t * got[0], y + t * got[1]) - height(x, y);
                // Half of the largest second derivative of both is 1.
                call.holds(
                    change.abs() <= 1.001 * t * t,
                    &format!("a step of {t} along the result changes {formula} at ({x}, {y}) by {change}"),
                )?;
            }
        }
    }
    Ok(())
}

fn decrease(context: &Context) -> Outcome {
    let promises = |g: &Tensor, lr: f64| -> Outcome {
        let slopes = values(g);
        let square = dot(&slopes, &slopes);
        let call = Call::new("predicted_decrease").tensor("g", g).value("lr", lr);
        let got = call.returns(|| PREDICTED_DECREASE(g, lr))?;
        let number = |value: f64| Tensor::from(value);
        call.expect(&number(got), &number(lr * square))
            .slip(NOT_SQUARED, || number(lr * square.sqrt()))
            .slip(LR_SQUARED, || number(lr * lr * square))
            .slip(HALVED, || number(0.5 * lr * square))
            .slip(MEAN, || number(lr * square / slopes.len() as f64))
            .slip(NEGATIVE, || number(-lr * square))
            .slip(IN_DTYPE, || number(f64::INFINITY))
            .check()
    };
    // ‖g‖ = 13, where the wrong numbers that learners get all differ.
    promises(&Tensor::from_slice(&[3.0, -4.0, 12.0]).to_device(context.device()), 0.1)?;
    // The gradient of figure 3.1.
    promises(&Tensor::from_slice(&[2.0, 0.4]).to_device(context.device()), 0.1)?;
    // In bfloat16, 257 is 256: of the sum of these squares it keeps the larger one.
    let numbers =
        [([300.0, -400.0], Kind::Half), ([3e25, -4e25], Kind::Float), ([16.0, 1.0], Kind::BFloat16)];
    for (numbers, kind) in numbers {
        promises(&Tensor::from_slice(&numbers).to_kind(kind).to_device(context.device()), 0.5)?;
    }

    let kinds = [Kind::Double, Kind::Float, Kind::Half, Kind::BFloat16];
    let quarters = elements::quarters;
    let any_rank = prop_oneof![
        tensors(&[], &kinds, quarters()),
        tensors(&[0..=4], &kinds, quarters()),
        tensors(&[0..=3, 0..=3], &kinds, quarters()),
    ];
    context.for_all((any_rank, select(vec![0.1, 0.5, 0.0, 2.0])), |(spec, lr)| {
        let g = spec.tensor(context.device());
        promises(&g, lr)?;
        // One step on ½‖w‖², where g = w, takes off ½‖w‖² − ½‖w − lr·w‖²: less than promised.
        let slopes = values(&g);
        let taken_off = 0.5 * dot(&slopes, &slopes) * (1.0 - (1.0 - lr) * (1.0 - lr));
        let call = Call::new("predicted_decrease").tensor("g", &g).value("lr", lr);
        let got = call.returns(|| PREDICTED_DECREASE(&g, lr))?;
        let too_much = 0.5 * lr * lr * dot(&slopes, &slopes);
        call.expect(&Tensor::from(got - taken_off), &Tensor::from(too_much))
            .named("the result less what a step on ½‖w‖² takes off, which is ½·lr²·‖g‖²,")
            .check()
    })?;
    Ok(())
}

fn field_of(formula: &str, points: &Tensor) -> Call {
    Call::new("gradient_field").formula("f", formula).tensor("points", points)
}

/// sin x + cos y of each row (x, y), the primer's surface.
fn sine_cosine(points: &Tensor) -> Tensor {
    points.select(1, 0).sin() + points.select(1, 1).cos()
}

fn field(context: &Context) -> Outcome {
    let evaluations = Cell::new(0);
    let seen = |heights: Tensor| {
        evaluations.set(evaluations.get() + 1);
        heights
    };
    let once = |call: &Call| -> Outcome {
        let evaluations = evaluations.replace(0);
        let headline = format!("evaluated f {evaluations} times, expected once");
        call.holds(evaluations == 1, &headline).map_err(|failure| {
            failure.because(
                "f takes all points at once. The gradient of the sum of its values has a row for each of them.",
            )
        })
    };

    // The primer's four points, where the wrong fields that learners get all differ.
    let at = [-1.0, 0.5, 0.5, 1.0, 1.5, -0.5, -0.5, -1.0_f64];
    let points = Tensor::from_slice(&at).reshape([4, 2]).to_device(context.device());
    let slopes: Vec<f64> = at.chunks(2).flat_map(|row| [row[0].cos(), -row[1].sin()]).collect();
    let column = |which: usize| slopes.iter().skip(which).step_by(2).sum::<f64>();
    let call = field_of("sin x + cos y of each row (x, y)", &points);
    let got = call.succeeds(|| GRADIENT_FIELD(&|points| seen(sine_cosine(points)), &points))?;
    let slips: [(&str, &dyn Fn() -> Tensor); 2] = [
        (SUMMED, &|| like(&points, &[column(0), column(1)].repeat(4))),
        (FIELD_MEAN, &|| like(&points, &scaled(&slopes, 0.25))),
    ];
    context.matches_fixture("sine_cosine", &call, &got, &slips)?;
    once(&call)?;

    context.for_all(matrices(0..=4, 0..=3, &KINDS), |spec| {
        let points = spec.tensor(context.device());
        let [n, d] = points.size()[..] else { return Ok(()) };
        let weights: Vec<f64> = (1..=d).map(|weight| weight as f64).collect();
        // Of Σⱼ j·sin xⱼ + (Σⱼ xⱼ)², row by row.
        let rows = values(&points);
        let gradient = |row: &[f64]| -> Vec<f64> {
            let sum: f64 = row.iter().sum();
            row.iter().zip(&weights).map(|(x, weight)| weight * x.cos() + 2.0 * sum).collect()
        };
        let expected: Vec<f64> = match d {
            0 => vec![],
            d => rows.chunks(d as usize).flat_map(gradient).collect(),
        };
        let (size, kind) = (points.size(), points.kind());
        let like_points = Cell::new(true);
        let f = |points: &Tensor| {
            like_points.set(points.size() == size && points.kind() == kind);
            let weights = Tensor::from_slice(&weights).to_kind(points.kind()).to_device(points.device());
            seen(
                (points.sin() * weights + 0.0).sum_dim_intlist(1, false, None::<Kind>)
                    + points.sum_dim_intlist(1, false, None::<Kind>).square(),
            )
        };
        let call = field_of("1·sin x + 2·sin y + … + (x + y + …)² of each row (x, y, …)", &points);
        // An input that failed earlier, before its evaluations were counted, left them here.
        evaluations.set(0);
        let got = call.succeeds(|| GRADIENT_FIELD(&f, &points))?;
        call.expect(&got, &like(&points, &expected))
            .slip(FIELD_MEAN, || like(&points, &scaled(&expected, 1.0 / n as f64)))
            .check()?;
        let unlike = format!("f was given a tensor that is not {kind:?} {size:?}, as points is");
        call.holds(like_points.get(), &unlike)?;
        once(&call)
    })?;

    // 2·points of these numbers is exact in every dtype.
    for kind in HALVES {
        let points = Tensor::from_slice(&[1.5, -2.0, 3.0, 0.5]).reshape([2, 2]).to_kind(kind);
        let points = points.to_device(context.device());
        let call = field_of("x² + y² of each row (x, y)", &points);
        let squares = |points: &Tensor| points.square().sum_dim_intlist(1, false, None::<Kind>);
        let got = call.succeeds(|| GRADIENT_FIELD(&squares, &points))?;
        call.expect(&got, &like(&points, &[3.0, -4.0, 6.0, 1.0])).within(Tolerance::EXACT).check()?;
    }
    Ok(())
}

fn independent_of_points(context: &Context) -> Outcome {
    let tracked = Tensor::from(4.0).to_device(context.device()).set_requires_grad(true);
    let functions: [(&str, Fun); 4] = [
        ("7 for each row", &|points| points.new_full([3], 7.0, (points.kind(), points.device()))),
        ("7 for each row, int64", &|points| points.new_full([3], 7, (Kind::Int64, points.device()))),
        ("sin x + cos y of the rows of points.detach()", &|points| sine_cosine(&points.detach())),
        ("p², of a tracked p elsewhere, for each row", &|_| tracked.square().expand([3], false)),
    ];
    for (formula, f) in functions {
        let numbers = [1.5, -2.0, 0.5, 3.0, -1.0, 0.25];
        let points = Tensor::from_slice(&numbers).reshape([3, 2]).to_device(context.device());
        let call = field_of(formula, &points);
        let got =
            call.succeeds(|| GRADIENT_FIELD(f, &points)).map_err(|failure| failure.because(NO_GRAPH))?;
        call.expect(&got, &like(&points, &[0.0; 6]))
            .within(Tolerance::EXACT)
            .check()
            .map_err(|failure| failure.because(NO_GRAPH))?;
    }
    Ok(())
}

fn inputs_left_alone(context: &Context) -> Outcome {
    for layout in Layout::ALL {
        for tracked in [false, true] {
            let tensor = |shape: &[i64], numbers: &[f64]| {
                let (shape, kind) = (shape.to_vec(), Kind::Double);
                let spec = TensorSpec { shape, kind, values: numbers.to_vec(), layout };
                spec.tensor(context.device()).set_requires_grad(tracked)
            };
            let untracked = |call: &Call, got: &Tensor| {
                call.holds(!got.requires_grad(), "the result is tracked").map_err(|failure| {
                    failure.because("the input is tracked, and so is what is computed from it: detach().")
                })
            };
            let g = tensor(&[2], &[1.5, -2.0]);
            let call = Call::new("steepest").tensor("g", &g);
            let got = call.succeeds(|| STEEPEST(&g))?;
            call.leaves_inputs_alone()?;
            untracked(&call, &got)?;

            let g = tensor(&[2], &[1.5, -2.0]);
            let call = Call::new("tangent_2d").tensor("g", &g);
            let got = call.succeeds(|| TANGENT_2D(&g))?;
            call.leaves_inputs_alone()?;
            untracked(&call, &got)?;

            let g = tensor(&[2], &[1.5, -2.0]);
            let call = Call::new("predicted_decrease").tensor("g", &g).value("lr", 0.5);
            call.returns(|| PREDICTED_DECREASE(&g, 0.5))?;
            call.leaves_inputs_alone()?;

            let points = tensor(&[3, 2], &[1.5, -2.0, 0.5, 3.0, -1.0, 0.25]);
            let call = field_of("sin x + cos y of each row (x, y)", &points);
            let got = call.succeeds(|| GRADIENT_FIELD(&sine_cosine, &points))?;
            call.leaves_inputs_alone()?;
            untracked(&call, &got)?;
            call.holds(!points.grad().defined(), "left a gradient in points").map_err(|failure| {
                failure.because("f was differentiated by the points of the caller: use a leaf of your own.")
            })?;
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
    let vector = |numbers: &[f64]| Tensor::from_slice(numbers).to_device(context.device());
    let refuses_steepest =
        |g: &Tensor, refusal| Call::new("steepest").tensor("g", g).refuses(refusal, || STEEPEST(g));
    let refuses_tangent =
        |g: &Tensor, refusal| Call::new("tangent_2d").tensor("g", g).refuses(refusal, || TANGENT_2D(g));
    let refuses_field = |(formula, f): (&str, Fun), points: &Tensor, refusal| {
        field_of(formula, points).refuses(refusal, || GRADIENT_FIELD(f, points))
    };

    let (nan, infinite) = (f64::NAN, f64::INFINITY);
    let no_direction = "0/0, ∞/∞ and whatever meets a NaN are NaN: ask whether ‖g‖ is > 0 and finite before dividing. \
                        NaN compares false with every number, so ‖g‖ == 0 does not catch it.";
    for numbers in [[0.0, 0.0], [-0.0, 0.0], [nan, 1.0], [1.0, infinite], [-infinite, infinite]] {
        let because = |failure: Failure| failure.because(no_direction);
        refuses_steepest(&vector(&numbers), Refusal::Convert).map_err(because)?;
        refuses_tangent(&vector(&numbers), Refusal::Convert).map_err(because)?;
    }
    refuses_steepest(&double(&[0, 3]), Refusal::Convert)?;
    refuses_steepest(&tensor(&[3], Kind::Int64), Refusal::Kind)?;
    refuses_tangent(&tensor(&[2], Kind::Int64), Refusal::Kind)?;
    for shape in [&[3][..], &[1, 2], &[2, 1], &[1], &[0], &[]] {
        refuses_tangent(&double(shape), Refusal::Shape)?;
    }

    let surface: (&str, Fun) = ("sin x of each row (x, …)", &|points| points.select(-1, 0).sin());
    refuses_field(surface, &tensor(&[3, 2], Kind::Int64), Refusal::Kind)?;
    for shape in [&[2][..], &[2, 3, 2], &[1]] {
        refuses_field(surface, &double(shape), Refusal::Shape)?;
    }
    let one_each = "f has to give one value for each row, shape [n]: look at its size() before the backward pass. The \
                    sum of whatever it gives can be differentiated, too, and is a gradient of something else.";
    let functions: [(&str, Fun); 4] = [
        ("x² + y² of each row, shape [3, 1]", &|points| {
            points.square().sum_dim_intlist(1, true, None::<Kind>)
        }),
        ("the sum of all squares, shape []", &|points| points.square().sum(None::<Kind>)),
        ("points², shape [3, 2]", &|points| points.square()),
        ("[7, 7], constant", &|_| Tensor::from_slice(&[7.0, 7.0])),
    ];
    for f in functions {
        refuses_field(f, &double(&[3, 2]), Refusal::Shape).map_err(|failure| failure.because(one_each))?;
    }
    // Of a single point, too: one number is not yet of shape [1].
    for f in &functions[..3] {
        refuses_field(*f, &double(&[1, 2]), Refusal::Shape).map_err(|failure| failure.because(one_each))?;
    }
    Ok(())
}
