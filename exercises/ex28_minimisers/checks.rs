//! Checks of ex28: the lowest of finitely many points, in a feasible set and in a ball.
//!
//! The points are quarters, so that distances and objectives are exact, in float32 also, and
//! results are compared exactly. The reference is a plain loop over numbers. The laws are that a
//! smaller feasible set never has a lower optimal value, that a·f + b with a > 0 has the minimiser
//! of f, that a local minimiser stays one with a smaller radius, and that with r = ∞ it is a global
//! one.

use std::cell::RefCell;

use harness::inputs::{elements, matrices, tensors, values};
use harness::prelude::*;

harness::exercise!(ex28, suite);

type Fun<'a> = &'a dyn Fn(&Tensor) -> Tensor;
type Set<'a> = &'a dyn Fn(&Tensor) -> bool;

// The signatures of the contract: another one is a compile error here.
const IN_BALL: fn(&Tensor, &Tensor, f64) -> R<bool> = ex28::in_ball;
const BEST_FEASIBLE: fn(Fun, &[Tensor], Set) -> R<Option<ex28::Best>> = ex28::best_feasible;
const IS_LOCAL_MIN: fn(Fun, &Tensor, f64, &[Tensor]) -> R<bool> = ex28::is_local_min;

/// The learner's type, as one of the checks': whoever defines a type says what is equal.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Best {
    index: usize,
    value: f64,
}

impl Plain for Best {}

fn best_feasible(f: Fun, points: &[Tensor], feasible: Set) -> R<Option<Best>> {
    let best = BEST_FEASIBLE(f, points, feasible)?;
    Ok(best.map(|ex28::Best { index, value }| Best { index, value }))
}

const KINDS: [Kind; 2] = [Kind::Double, Kind::Float];

const OUTSIDE_C: &str = "this point is lower, but it is not feasible.";
const INDEX_IN_C: &str = "this index counts feasible points only. It is asked for among all points: enumerate \
                          before you filter.";
const HIGHEST: &str = "this is the feasible point with the highest value.";
const FIRST_OF_C: &str = "this is the first feasible point, whatever its value.";
const LAST_OF_EQUALS: &str = "of points with the same lowest value the first is asked for: only a value that is \
                              lower displaces it.";
const BOUNDARY: &str =
    "the point lies on the boundary, ‖w − center‖ = r, and the boundary belongs to the ball.";

const EXACTLY: &str =
    "1 is lower than 1 + 10⁻¹²: values are compared as they are, in f64 and without a tolerance.";

fn suite(suite: &mut Suite) {
    suite.check("the ball is ‖w − center‖ ≤ r, the Euclidean norm, with the boundary", 2, balls);
    suite.check("the best point is feasible, and no feasible point is lower", 3, best_point);
    suite.check("of equals the first is best, a NaN never is, and there may be none", 1, equals_and_nan);
    suite.check("f is evaluated once at each feasible point, and nowhere else", 1, evaluations);
    suite.check("a local minimiser is a lowest point of its own ball", 1, local_minimisers);
    suite.check("w, center and points are left as they were", 1, inputs_left_alone);
    suite.check("radii below 0 and points that do not fit are refused", 1, refusals);
}

fn call_in_ball(w: &Tensor, center: &Tensor, r: f64) -> Call {
    Call::new("in_ball").tensor("w", w).tensor("center", center).value("r", r)
}

/// `points` is the matrix of which the points are the rows.
fn call_best(formula: &str, points: &Tensor, feasible: &str) -> Call {
    let call = Call::new("best_feasible").formula("f", formula).tensor("points", points);
    call.formula("feasible", feasible)
}

fn call_local(formula: &str, w: &Tensor, r: f64, points: &Tensor) -> Call {
    let call = Call::new("is_local_min").formula("f", formula).tensor("w", w).value("r", r);
    call.tensor("points", points)
}

/// The rows of a matrix: its layout is theirs.
fn rows(matrix: &Tensor) -> Vec<Tensor> {
    (0..matrix.size()[0]).map(|index| matrix.get(index)).collect()
}

fn answers(call: &Call, got: bool, expected: bool, cause: &str) -> Outcome {
    call.holds(got == expected, &format!("returned {got}, expected {expected}"))
        .map_err(|failure| if cause.is_empty() { failure } else { failure.because(cause) })
}

/// ‖w − c‖², exact for quarters.
fn squared_distance(w: &[f64], c: &[f64]) -> f64 {
    w.iter().zip(c).map(|(w, c)| (w - c) * (w - c)).sum()
}

fn balls(context: &Context) -> Outcome {
    let on_device = |tensor: Tensor| tensor.to_device(context.device());
    let of_kind = |numbers: &[f64], kind| on_device(Tensor::from_slice(numbers).to_kind(kind));
    let vector = |numbers: &[f64]| of_kind(numbers, Kind::Double);
    /// w, center, r, whether w is in the ball, and what is wrong where the answer is.
    type Example<'a> = (&'a [f64], &'a [f64], f64, bool, &'a str);
    // w − center = (3, 4) in most: 25 squared, length 5, entries that add up to 7, the largest 4.
    let examples: [Example; 10] = [
        (&[10.0, 10.0], &[9.5, 10.0], 1.0, true, "this is the distance from 0: the ball is about center."),
        (
            &[4.0, 6.0],
            &[1.0, 2.0],
            8.0,
            true,
            "the squared distance was compared with r: take the square root.",
        ),
        (&[4.0, 6.0], &[1.0, 2.0], 6.0, true, "the Euclidean norm is √(Σ xᵢ²), not the sum of the |xᵢ|."),
        (&[4.0, 6.0], &[1.0, 2.0], 4.5, false, "the Euclidean norm is √(Σ xᵢ²), not the largest |xᵢ|."),
        (&[4.0, 6.0], &[1.0, 2.0], 5.0, true, BOUNDARY),
        (
            &[300.0, 400.0],
            &[0.0, 0.0],
            500.0,
            true,
            "300² is ∞ in float16, which ends at 65504: norm() keeps its sum in float32.",
        ),
        (
            &[f64::NAN, 2.0],
            &[1.0, 2.0],
            5.0,
            false,
            "this distance is NaN, and NaN ≤ r is false, as NaN > r is.",
        ),
        (&[1.0, -2.5], &[1.0, -2.5], 0.0, true, "a ball of radius 0 holds its center."),
        (&[1.0, -2.5], &[1.0, -2.5], -0.0, true, "−0 is not below 0, though is_sign_negative() says yes."),
        (&[1.0, -2.5], &[1.0, 700.0], f64::INFINITY, true, "a ball of infinite radius holds every point."),
    ];
    // The lengths of these are exact in float16 and bfloat16, too.
    for kind in [Kind::Double, Kind::Float, Kind::Half, Kind::BFloat16] {
        for (w, center, r, expected, cause) in examples {
            let (w, center) = (of_kind(w, kind), of_kind(center, kind));
            let call = call_in_ball(&w, &center, r);
            let got = call.succeeds(|| IN_BALL(&w, &center, r))?;
            answers(&call, got, expected, cause)?;
        }
    }

    // A little beyond the ball is not in it. (In a coarser dtype that would be a matter of rounding.)
    let (w, center, r) = (vector(&[4.0, 6.0]), vector(&[1.0, 2.0]), 5.0 - 1e-9);
    let call = call_in_ball(&w, &center, r);
    let got = call.succeeds(|| IN_BALL(&w, &center, r))?;
    answers(&call, got, false, "‖w − center‖ is 5, and r a little less: ≤ has no tolerance.")?;

    // A number is a point, too: of rank 0.
    let (w, center) = (vector(&[3.0]).get(0), vector(&[-1.0]).get(0));
    for (r, expected) in [(4.5, true), (3.5, false)] {
        let call = call_in_ball(&w, &center, r);
        let got = call.succeeds(|| IN_BALL(&w, &center, r))?;
        answers(&call, got, expected, "")?;
    }

    // No distance is within rounding of these: on which side the boundary lies, the examples ask.
    let radii = select(vec![5.03, 0.01, 0.76, 10.03, 16.27]);
    context.for_all(
        (matrices(0..=3, 0..=3, &KINDS), matrices(3..=3, 3..=3, &KINDS), radii),
        |(w, c, r)| {
            let as_many = c.values[..w.values.len()].to_vec();
            let c = TensorSpec { values: as_many, layout: c.layout, ..w.clone() };
            // As far from the one to the other as back.
            for (w, center) in [(&w, &c), (&c, &w)] {
                let (w, center) = (w.tensor(context.device()), center.tensor(context.device()));
                let expected = squared_distance(&values(&w), &values(&center)) <= r * r;
                let call = call_in_ball(&w, &center, r);
                let got = call.succeeds(|| IN_BALL(&w, &center, r))?;
                answers(&call, got, expected, "")?;
            }
            Ok(())
        },
    )?;

    // The one lower point lies on the boundary of the ball.
    let (w, points) = (vector(&[0.5, 0.0]), on_device(Tensor::from_slice2(&[[3.5, -4.0], [1.0, 2.0]])));
    let call = call_local("w₂, the second entry", &w, 5.0, &points);
    let got = call.succeeds(|| IS_LOCAL_MIN(&|w| w.get(1), &w, 5.0, &rows(&points)))?;
    answers(&call, got, false, BOUNDARY)
}

/// A function in plain arithmetic, exact for quarters.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Objective {
    Bowl,
    Saddle,
    Slope,
    Summit,
    Flat,
}

impl Objective {
    const ALL: [Objective; 5] =
        [Objective::Bowl, Objective::Saddle, Objective::Slope, Objective::Summit, Objective::Flat];

    fn formula(self) -> &'static str {
        match self {
            Objective::Bowl => "Σ (wᵢ − ½)²",
            Objective::Saddle => "w₁² − w₂² + w₃² − …",
            Objective::Slope => "w₁ + 2w₂ + 3w₃ + …",
            Objective::Summit => "−‖w‖², of shape [1, 1]",
            Objective::Flat => "1.5",
        }
    }

    /// What is given to the learner.
    fn of_tensor(self, w: &Tensor) -> Tensor {
        let options = (w.kind(), w.device());
        let positions = || Tensor::arange_start(1, 1 + w.numel() as i64, options);
        match self {
            Objective::Bowl => (w - 0.5).square().sum(None::<Kind>),
            Objective::Saddle => {
                let signs = positions().fmod(2.0) * 2.0 - 1.0;
                (signs * w.square()).sum(None::<Kind>)
            }
            Objective::Slope => (positions() * w).sum(None::<Kind>),
            // What wᵀw is of a w that is one column: one element, in a matrix.
            Objective::Summit => -w.square().sum(None::<Kind>).reshape([1, 1]),
            Objective::Flat => Tensor::full([1], 1.5, options),
        }
    }

    fn value(self, w: &[f64]) -> f64 {
        let each = w.iter().enumerate().map(|(index, w)| match self {
            Objective::Bowl => (w - 0.5) * (w - 0.5),
            Objective::Saddle if index % 2 == 0 => w * w,
            Objective::Slope => (index + 1) as f64 * w,
            Objective::Saddle | Objective::Summit => -w * w,
            Objective::Flat => 0.0,
        });
        // The sum of no numbers is −0 in Rust.
        0.0 + each.sum::<f64>() + if self == Objective::Flat { 1.5 } else { 0.0 }
    }
}

/// Which points are feasible.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Feasible {
    Everything,
    SumAtMost(f64),
    SumWithin(f64, f64),
}

impl Feasible {
    fn formula(self) -> String {
        match self {
            Feasible::Everything => "every w".to_owned(),
            Feasible::SumAtMost(most) => format!("w with Σ wᵢ ≤ {most}"),
            Feasible::SumWithin(least, most) => format!("w with {least} ≤ Σ wᵢ ≤ {most}"),
        }
    }

    fn holds(self, sum: f64) -> bool {
        match self {
            Feasible::Everything => true,
            Feasible::SumAtMost(most) => sum <= most,
            Feasible::SumWithin(least, most) => (least..=most).contains(&sum),
        }
    }

    /// What is given to the learner.
    fn has_tensor(self, w: &Tensor) -> bool {
        self.holds(w.sum(Kind::Double).double_value(&[]))
    }

    fn has(self, w: &[f64]) -> bool {
        self.holds(0.0 + w.iter().sum::<f64>())
    }
}

/// Each row of `matrix`, in plain numbers.
fn plain_rows(matrix: &Tensor) -> Vec<Vec<f64>> {
    let (count, size) = (matrix.size()[0] as usize, matrix.size()[1] as usize);
    let flat = values(matrix);
    (0..count).map(|row| flat[row * size..(row + 1) * size].to_vec()).collect()
}

/// The first of the lowest among those points that `counts`.
fn lowest(
    points: &[Vec<f64>],
    value: &dyn Fn(&[f64]) -> f64,
    counts: &dyn Fn(&[f64]) -> bool,
) -> Option<Best> {
    let mut best = None::<Best>;
    for (index, point) in points.iter().enumerate() {
        let value = value(point);
        let lower = match best {
            None => !value.is_nan(),
            Some(best) => value < best.value,
        };
        if counts(point) && lower {
            best = Some(Best { index, value });
        }
    }
    best
}

fn best_point(context: &Context) -> Outcome {
    visible_example(context)?;
    let sets = (select(vec![0, 1, 2]), select(vec![2.0, -3.5, 8.0]));
    let inputs = (matrices(1..=5, 0..=3, &KINDS), select(Objective::ALL.to_vec()), sets);
    context.for_all(inputs, |(spec, objective, (form, most))| {
        let set = match form {
            0 => Feasible::Everything,
            1 => Feasible::SumAtMost(most),
            _ => Feasible::SumWithin(most - 6.0, most),
        };
        let matrix = spec.tensor(context.device());
        let plain = plain_rows(&matrix);
        // Where none is feasible, another check asks.
        let Some(expected) = lowest(&plain, &|w| objective.value(w), &|w| set.has(w)) else { return Ok(()) };
        let call = call_best(objective.formula(), &matrix, &set.formula());
        let f = |w: &Tensor| objective.of_tensor(w);
        let got = call.succeeds(|| best_feasible(&f, &rows(&matrix), &|w| set.has_tensor(w)))?;
        is_best(&call, got, expected, &plain, objective, set)
    })?;
    for objective in Objective::ALL {
        for layout in Layout::ALL {
            laws(context, objective, layout)?;
        }
    }
    Ok(())
}

fn laws(context: &Context, objective: Objective, layout: Layout) -> Outcome {
    let values = vec![1.5, -0.25, -3.0, 2.0, 0.5, 0.75, 4.0, -2.5];
    let matrix =
        TensorSpec { shape: vec![4, 2], kind: Kind::Double, values, layout }.tensor(context.device());
    let (f, formula) = (|w: &Tensor| objective.of_tensor(w), objective.formula());
    let call = call_best(formula, &matrix, "every w");
    let of_all = call.succeeds(|| best_feasible(&f, &rows(&matrix), &|_| true))?;

    // In a part of C no value is lower.
    let part = Feasible::SumAtMost(1.25);
    let call = call_best(formula, &matrix, &part.formula());
    let of_part = call.succeeds(|| best_feasible(&f, &rows(&matrix), &|w| part.has_tensor(w)))?;
    let lower = of_all.zip(of_part).is_some_and(|(of_all, of_part)| of_part.value < of_all.value);
    call.holds(!lower, &format!("returned {of_part:?}, lower than {of_all:?} of all points"))?;

    // The minimiser stays the same if the objective is stretched and moved.
    let stretched = |w: &Tensor| objective.of_tensor(w) * 4.0 - 2.5;
    let call = call_best(&format!("4·({formula}) − 2.5"), &matrix, "every w");
    let got = call.succeeds(|| best_feasible(&stretched, &rows(&matrix), &|_| true))?;
    let expected = of_all.map(|best| Best { value: 4.0 * best.value - 2.5, ..best });
    call.equals(&got, &expected, &[])
}

/// The problem of the lecture, min ½‖w‖² over C, where the wrong answers that learners get all
/// differ.
fn visible_example(context: &Context) -> Outcome {
    let points = [[0.25, 0.5], [1.0, -2.0], [3.0, 4.0], [-1.5, 0.5], [1.5, 1.0], [0.5, 6.0]];
    let matrix = Tensor::from_slice2(&points).to_device(context.device());
    let call = call_best("½‖w‖²", &matrix, "w with w₁ ≥ 1");
    let f = |w: &Tensor| w.square().sum(None::<Kind>) * 0.5;
    let got = call.succeeds(|| best_feasible(&f, &rows(&matrix), &|w| w.double_value(&[0]) >= 1.0))?;
    let Some(got) = got else {
        return Err(call.fails("returned None, expected index 4, where f is 1.625").because(
            "of the points with w₁ ≥ 1 one is the lowest. That a point outside of C is lower still does not matter.",
        ));
    };
    let best = |index: usize, value: f64| Tensor::from_slice(&[index as f64, value]);
    let slips: [(&str, &dyn Fn() -> Tensor); 5] = [
        (OUTSIDE_C, &|| best(0, 0.15625)),
        (INDEX_IN_C, &|| best(2, 1.625)),
        (HIGHEST, &|| best(2, 12.5)),
        (FIRST_OF_C, &|| best(1, 2.5)),
        ("index and value belong to different points.", &|| best(4, 0.15625)),
    ];
    context.matches_fixture("index_and_value", &call, &best(got.index, got.value), &slips)
}

/// Any of the lowest points will do: which of them it has to be, another check asks.
fn is_best(
    call: &Call,
    got: Option<Best>,
    expected: Best,
    points: &[Vec<f64>],
    objective: Objective,
    set: Feasible,
) -> Outcome {
    let lowest_too = got.is_some_and(|got| {
        let at = points.get(got.index).filter(|point| set.has(point)).map(|point| objective.value(point));
        got.value == expected.value && at == Some(expected.value)
    });
    if lowest_too {
        return Ok(());
    }
    let value = |w: &[f64]| objective.value(w);
    let in_set: Vec<Vec<f64>> = points.iter().filter(|point| set.has(point)).cloned().collect();
    let highest = lowest(points, &|w| -value(w), &|w| set.has(w));
    let highest = highest.map(|best| Best { value: -best.value, ..best });
    let slips = [
        (OUTSIDE_C, lowest(points, &value, &|_| true)),
        (INDEX_IN_C, lowest(&in_set, &value, &|_| true)),
        (HIGHEST, highest),
    ];
    call.equals(&got, &Some(expected), &slips)
}

fn equals_and_nan(context: &Context) -> Outcome {
    let few = tensors(&[0..=4, 1..=2], &KINDS, elements::integers(-1..=1));
    context.for_all((few, select(Objective::ALL.to_vec())), |(spec, objective)| {
        let matrix = spec.tensor(context.device());
        let plain = plain_rows(&matrix);
        let value = |w: &[f64]| objective.value(w);
        let expected = lowest(&plain, &value, &|_| true);
        let last = expected.and_then(|best| {
            let index = plain.iter().rposition(|point| value(point) == best.value)?;
            Some(Best { index, ..best })
        });
        let call = call_best(objective.formula(), &matrix, "every w");
        let f = |w: &Tensor| objective.of_tensor(w);
        let got = call.succeeds(|| best_feasible(&f, &rows(&matrix), &|_| true))?;
        call.equals(&got, &expected, &[(LAST_OF_EQUALS, last)])
    })?;

    // In float32 these two are equal.
    let matrix = Tensor::from_slice(&[16_777_217.0, 16_777_216.0]).unsqueeze(1).to_device(context.device());
    let call = call_best("w₁", &matrix, "every w");
    let got = call.succeeds(|| best_feasible(&|w| w.get(0), &rows(&matrix), &|_| true))?;
    let rounded = Some(Best { index: 0, value: 16_777_216.0 });
    let cause = "the values were rounded to float32 on the way: take them out as f64.";
    call.equals(&got, &Some(Best { index: 1, value: 16_777_216.0 }), &[(cause, rounded)])?;

    // Lower by little is lower.
    let little = 1.0 + 1e-12;
    let matrix = Tensor::from_slice(&[little, 1.0]).unsqueeze(1).to_device(context.device());
    let call = call_best("w₁", &matrix, "every w");
    let got = call.succeeds(|| best_feasible(&|w| w.get(0), &rows(&matrix), &|_| true))?;
    let first = Some(Best { index: 0, value: little });
    call.equals(&got, &Some(Best { index: 1, value: 1.0 }), &[(EXACTLY, first)])?;

    let matrix = Tensor::from_slice(&[1.0, -2.5]).unsqueeze(1).to_device(context.device());
    let call = call_best("1.5", &matrix, "no w");
    let none = "no point is feasible, so none is best. That is no error: None says it.";
    let got = call
        .succeeds(|| best_feasible(&|w| Objective::Flat.of_tensor(w), &rows(&matrix), &|_| false))
        .map_err(|failure| failure.because(none))?;
    call.equals(&got, &None, &[]).map_err(|failure| failure.because(none))?;

    // √ is NaN below 0, and 1/w is infinite at 0.
    type Named<'a> = (&'a str, Fun<'a>);
    let root: Named = ("√w₁", &|w| w.get(0).sqrt());
    let inverse: Named = ("1/w₁", &|w| w.get(0).reciprocal());
    let log: Named = ("log w₁", &|w| w.get(0).log());
    let inf = f64::INFINITY;
    let best = |index, value| Some(Best { index, value });
    let itself: Named = ("w₁", &|w| w.get(0));
    let examples: [(Named, &[f64], Option<Best>); 8] = [
        (itself, &[0.0, -0.0], best(0, 0.0)),
        (root, &[-1.0, 4.0, 1.0], best(2, 1.0)),
        (root, &[4.0, -1.0, 1.0, 9.0], best(2, 1.0)),
        (root, &[1.0, 4.0, -1.0], best(0, 1.0)),
        (root, &[-1.0, -4.0], None),
        (inverse, &[0.0], best(0, inf)),
        (inverse, &[0.0, 0.0], best(0, inf)),
        (log, &[1.0, 0.0, -1.0], best(1, -inf)),
    ];
    for ((formula, f), firsts, expected) in examples {
        let matrix = Tensor::from_slice(firsts).unsqueeze(1).to_device(context.device());
        let call = call_best(formula, &matrix, "every w");
        let got = call.succeeds(|| best_feasible(f, &rows(&matrix), &|_| true));
        let cause = if expected.is_some_and(|best| best.value == inf) {
            "∞ is a value like others: a search that begins with ∞ as the lowest so far never finds it."
        } else if formula == itself.0 {
            "0 and −0 are equal, and the first of equals is asked for: total_cmp tells them apart."
        } else {
            "a NaN is no value: pass it over. Every comparison with it is false, whichever way it is asked."
        };
        call.equals(&got.map_err(|failure| failure.because(cause))?, &expected, &[])
            .map_err(|failure| failure.because(cause))?;
    }

    let column = |numbers: &[f64]| Tensor::from_slice(numbers).unsqueeze(1).to_device(context.device());
    for (w, neighbours, expected, cause) in [
        (1.0, [-0.25, 2.25], true, "the NaN is no lower value."),
        (-1.0, [1.0, -0.5], false, "f(w) is NaN, so that f(w) ≤ f(p) holds for no p."),
        (-1.0, [9.0, 16.0], false, "where f(w) is NaN, w is no minimiser, also without a neighbour."),
        (-1.0, [-2.0, -0.5], false, "where f(w) is NaN, w is no minimiser, also of nothing but NaN."),
    ] {
        let (w, matrix) = (column(&[w]).get(0), column(&neighbours));
        let call = call_local(root.0, &w, 4.0, &matrix);
        let got = call.succeeds(|| IS_LOCAL_MIN(root.1, &w, 4.0, &rows(&matrix)))?;
        answers(&call, got, expected, cause)?;
    }
    Ok(())
}

fn evaluations(context: &Context) -> Outcome {
    let matrix =
        Tensor::from_slice(&[4.0, -2.0, 1.0, -8.0, 9.0, 2.25]).unsqueeze(1).to_device(context.device());
    let asked = RefCell::new(Vec::new());
    let f = |w: &Tensor| {
        asked.borrow_mut().push(values(w)[0]);
        w.get(0).square()
    };
    let call = call_best("w₁²", &matrix, "w with w₁ > 0");
    let result = call.succeeds(|| best_feasible(&f, &rows(&matrix), &|w| w.double_value(&[0]) > 0.0));
    let asked_at = asked.take();
    if let Some(outside) = asked_at.iter().find(|&&at| at <= 0.0) {
        return Err(call.fails(format!("evaluated f at {outside:?}, which is not feasible")).because(
            "f need not be defined there, and may be costly: ask feasible first, then f of what is left.",
        ));
    }
    result?;
    for at in [4.0, 1.0, 9.0, 2.25] {
        let times = asked_at.iter().filter(|&&asked| asked == at).count();
        call.holds(times == 1, &format!("evaluated f {times} times at {at:?}, expected once")).map_err(
            |failure| failure.because("min_by asks for both values in each comparison: keep the values."),
        )?;
    }

    let w = matrix.get(2).copy();
    let call = call_local("w₁²", &w, 3.0, &matrix);
    let result = call.succeeds(|| IS_LOCAL_MIN(&f, &w, 3.0, &rows(&matrix)));
    if let Some(outside) = asked.take().iter().find(|&&at| (at - 1.0).abs() > 3.0) {
        return Err(call
            .fails(format!("evaluated f at {outside:?}, which is outside the ball"))
            .because("the ball is the feasible set here: ask in_ball first, and f of what is left."));
    }
    result.map(|_| ())
}

fn local_minimisers(context: &Context) -> Outcome {
    let column = |numbers: &[f64]| Tensor::from_slice(numbers).unsqueeze(1).to_device(context.device());
    let grid = [-1.75, -1.0, -0.25, 0.0, 0.5, 1.0, 1.75];
    let valleys: (&str, Fun) = ("(w² − 1)² + w/4", &|w| ((w.square() - 1.0).square() + w * 0.25).get(0));
    let kink: (&str, Fun) = ("|w − ½|", &|w| (w - 0.5).abs().get(0));
    let cubic: (&str, Fun) = ("w³", &|w| w.pow_tensor_scalar(3).get(0));
    let flat: (&str, Fun) = ("1.5", &|w| w.get(0) * 0.0 + 1.5);
    let higher_far = "a lower point outside the ball does not matter to a local minimiser.";
    let lower_near = "there is a lower point in the ball.";
    let gradient =
        "what counts are values, not the gradient: it is 0 where w³ rises, and |w| has none at its kink.";
    let about_w = "the ball is about w, not about 0 or the lowest point.";
    let examples = [
        (flat, 0.25, 9.0, true, "f(w) ≤ f(p) holds for equal values: w itself may be among the points."),
        (valleys, 1.0, 1.25, true, higher_far),
        (valleys, 1.0, 2.25, false, lower_near),
        (valleys, -1.0, 9.0, true, "this is the lowest of all points."),
        (valleys, 0.0, 0.75, false, lower_near),
        (kink, 0.5, 2.0, true, gradient),
        (cubic, 0.0, 0.75, false, gradient),
        (valleys, 1.0, 0.125, true, about_w),
        (cubic, 1.75, 0.5, true, about_w),
        (cubic, 1.75, f64::INFINITY, false, lower_near),
    ];
    for ((formula, f), at, r, expected, cause) in examples {
        let (w, matrix) = (column(&[at]).get(0), column(&grid));
        let call = call_local(formula, &w, r, &matrix);
        let got = call.succeeds(|| IS_LOCAL_MIN(f, &w, r, &rows(&matrix)))?;
        answers(&call, got, expected, cause)?;
    }

    // f is w itself, whose values are compared exactly.
    for (at, neighbour, expected, cause) in [
        (0.0, -0.0, true, "0 ≤ −0, for they are equal: total_cmp tells them apart."),
        (1.0 + 1e-12, 1.0, false, EXACTLY),
    ] {
        let (w, matrix) = (column(&[at]).get(0), column(&[neighbour]));
        let call = call_local("w₁", &w, 1.0, &matrix);
        let got = call.succeeds(|| IS_LOCAL_MIN(&|w| w.get(0), &w, 1.0, &rows(&matrix)))?;
        answers(&call, got, expected, cause)?;
    }

    // Odd eighths: no distance of quarters is exactly one of them.
    let radii = [0.125, 1.125, 2.625, f64::INFINITY];
    let near = || elements::integers(-6..=6).prop_map(|quarters| quarters / 4.0).boxed();
    let inputs = (tensors(&[0..=5, 2..=2], &KINDS, near()), tensors(&[2..=2], &KINDS, near()), 0_usize..4);
    context.for_all((inputs, select(Objective::ALL.to_vec())), |((spec, w, at), objective)| {
        let matrix = spec.tensor(context.device());
        let w = TensorSpec { kind: spec.kind, ..w }.tensor(context.device());
        let (center, plain, r) = (values(&w), plain_rows(&matrix), radii[at]);
        let inside = |p: &[f64]| squared_distance(p, &center) <= r * r;
        let value = objective.value(&center);
        let best = lowest(&plain, &|p| objective.value(p), &inside);
        let expected = best.is_none_or(|best| value <= best.value);
        let call = call_local(objective.formula(), &w, r, &matrix);
        let f = |w: &Tensor| objective.of_tensor(w);
        let got = call.succeeds(|| IS_LOCAL_MIN(&f, &w, r, &rows(&matrix)))?;
        let cause = match best {
            Some(best) if !expected => {
                format!(
                    "points[{}] is in the ball, and f is {} there, but {value} at w.",
                    best.index, best.value
                )
            }
            _ => "no point in the ball is lower.".to_owned(),
        };
        answers(&call, got, expected, &cause)?;
        if got && at > 0 {
            // In a smaller ball there are fewer points.
            let r = radii[at - 1];
            let call = call_local(objective.formula(), &w, r, &matrix);
            let smaller = call.succeeds(|| IS_LOCAL_MIN(&f, &w, r, &rows(&matrix)))?;
            answers(&call, smaller, true, "with a larger radius the answer was true.")?;
        }
        Ok(())
    })
}

fn inputs_left_alone(context: &Context) -> Outcome {
    for (layout, tracked) in Layout::ALL.into_iter().flat_map(|layout| [(layout, false), (layout, true)]) {
        let values = vec![1.5, -0.25, -3.0, 2.0, 0.5, 0.75];
        let spec = TensorSpec { shape: vec![3, 2], kind: Kind::Double, values, layout };
        let tensor = || spec.tensor(context.device()).set_requires_grad(tracked);
        let (w, center) = (tensor(), tensor());
        let call = call_in_ball(&w, &center, 0.5);
        call.succeeds(|| IN_BALL(&w, &center, 0.5))?;
        call.leaves_inputs_alone()?;

        let (f, matrix) = (|w: &Tensor| Objective::Bowl.of_tensor(w), tensor());
        let call = call_best(Objective::Bowl.formula(), &matrix, "every w");
        call.succeeds(|| best_feasible(&f, &rows(&matrix), &|_| true))?;
        call.leaves_inputs_alone()?;

        let w = tensor().detach().get(0).copy().set_requires_grad(tracked);
        let call = call_local(Objective::Bowl.formula(), &w, 8.0, &matrix);
        call.succeeds(|| IS_LOCAL_MIN(&f, &w, 8.0, &rows(&matrix)))?;
        call.leaves_inputs_alone()?;
    }
    Ok(())
}

fn refusals(context: &Context) -> Outcome {
    let tensor = |shape: &[i64], kind| {
        let numel: i64 = shape.iter().product();
        let values: Vec<f64> = (0..numel).map(|index| 2.0 * index as f64 - 1.0).collect();
        Tensor::from_slice(&values).reshape(shape).to_kind(kind).to_device(context.device())
    };
    let float = |shape: &[i64]| tensor(shape, Kind::Float);
    let f: Fun = &|w| Objective::Bowl.of_tensor(w);
    let refuses_both = |w: &Tensor, point: &Tensor, r: f64, refusal, cause: &str| {
        call_in_ball(w, point, r)
            .refuses(refusal, || IN_BALL(w, point, r))
            .map_err(|failure| failure.because(cause))?;
        let points = point.unsqueeze(0);
        call_local(Objective::Bowl.formula(), w, r, &points)
            .refuses(refusal, || IS_LOCAL_MIN(f, w, r, &rows(&points)))
            .map_err(|failure| failure.because(cause))
    };
    let w = || float(&[3]);
    refuses_both(&w(), &w(), -0.5, Refusal::Convert, "no distance is below 0: such a ball would be empty.")?;
    let nan = "NaN compares false with every number: r < 0.0 does not catch it.";
    refuses_both(&w(), &w(), f64::NAN, Refusal::Convert, nan)?;
    let broadcast = "[3] with [1] or with [3, 1] is broadcast without a word: compare size() first.";
    for other in [float(&[1]), float(&[3, 1]), float(&[2]), float(&[])] {
        refuses_both(&w(), &other, 9.0, Refusal::Shape, broadcast)?;
    }
    let mixed =
        "a distance is between points of one floating dtype: compare kind(), ask is_floating_point().";
    refuses_both(&w(), &tensor(&[3], Kind::Double), 9.0, Refusal::Kind, mixed)?;
    refuses_both(&tensor(&[3], Kind::Int64), &tensor(&[3], Kind::Int64), 9.0, Refusal::Kind, mixed)?;
    // The last of the points does not fit, and the first is lower: that settles nothing.
    let (w_of_3, lower) = (w(), Tensor::full([3], 0.5, (Kind::Float, context.device())));
    for (refusal, last) in [(Refusal::Shape, float(&[3, 1])), (Refusal::Kind, tensor(&[3], Kind::Double))] {
        Call::new("is_local_min")
            .formula("f", Objective::Bowl.formula())
            .tensor("w", &w_of_3)
            .value("r", 9.0)
            .tensor("points[0]", &lower)
            .tensor("points[1]", &last)
            .refuses(refusal, || {
                IS_LOCAL_MIN(f, &w_of_3, 9.0, &[lower.shallow_clone(), last.shallow_clone()])
            })?;
    }
    // The radius is wrong even where no point is asked about.
    let none = Tensor::zeros([0, 3], (Kind::Float, context.device()));
    call_local(Objective::Bowl.formula(), &w(), -0.5, &none)
        .refuses(Refusal::Convert, || IS_LOCAL_MIN(f, &w(), -0.5, &[]))?;

    let several = "a minimum is one of single numbers: look at the numel() of the value of f.";
    let functions: [(&str, Fun); 3] = [
        ("w², not summed", &|w| w.square()),
        ("an empty part of w, shape [0]", &|w| w.narrow(0, 0, 0)),
        // One of (−1, 1, 3), three of (5, 7, 9).
        ("the entries of w beyond 0 and 4", &|w| w.masked_select(&(w - 2.0).abs().gt(2.0))),
    ];
    for (formula, f) in functions {
        let points = float(&[2, 3]);
        call_best(formula, &points, "every w")
            .refuses(Refusal::Shape, || best_feasible(f, &rows(&points), &|_| true))
            .map_err(|failure| failure.because(several))?;
        let w = w();
        call_local(formula, &w, 20.0, &points)
            .refuses(Refusal::Shape, || IS_LOCAL_MIN(f, &w, 20.0, &rows(&points)))
            .map_err(|failure| failure.because(several))?;
    }
    Ok(())
}
