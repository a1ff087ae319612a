//! Checks of ex19: what the backward pass computes of a function with several values.
//!
//! The reference is Jᵀv in plain loops, with a J that is known: A for A·w, 2·diag(A·w)·A for its square, and a
//! diagonal for entrywise functions. The laws are linearity in v, that unit vectors pick the rows of J, that
//! ⟨Jᵀv, u⟩ = ⟨v, Ju⟩, and the chain rule.

use std::cell::{Cell, RefCell};

use harness::inputs::{elements, matrices, tensors, values, vectors};
use harness::prelude::*;

harness::exercise!(ex19, suite);

type Fun<'a> = &'a dyn Fn(&Tensor) -> Tensor;

// The signatures of the contract: another one is a compile error here.
const VJP: fn(Fun, &Tensor, &Tensor) -> R<Tensor> = ex19::vjp;
const GRAD_SCALAR: fn(Fun, &Tensor) -> R<Tensor> = ex19::grad_scalar;

const KINDS: [Kind; 2] = [Kind::Double, Kind::Float];
/// Whatever is floating-point has gradients.
const ALL_KINDS: [Kind; 4] = [Kind::Double, Kind::Float, Kind::Half, Kind::BFloat16];

const V_IGNORED: &str = "this is Jᵀ·(1, …, 1), the gradient of the sum of f(w): v was not used. run_backward on an \
                         output of several elements takes ones for v: give it (y * v).sum(None::<Kind>) instead.";
const V_AFTERWARDS: &str = "this is v times the gradient of the sum of f(w), which is Jᵀv only where each value of f \
                            depends on one element of w. v weighs the values of f: multiply before the backward pass.";
const NOT_TRANSPOSED: &str = "this is J·v. The backward pass goes from the values of f to w and gives Jᵀ·v: \
                              v has one number for each value of f.";
const MEAN: &str = "this is Jᵀv divided by the number of values of f: ⟨v, f(w)⟩ is a sum, not a mean.";
const NO_GRAPH: &str = "a value that does not depend on w has derivative 0. It may have no graph at all \
                        (requires_grad() is false: ask before the backward pass), or one that never reaches w (the \
                        gradient is then undefined: ask defined()).";
const NO_LEAF: &str = "f gives w itself here, which is a leaf and depends on w: ask requires_grad() whether there is a \
                       graph, not is_leaf().";
const LEAF: &str = "copy() and other operations on a tracked tensor give no leaf, and only a leaf gets a gradient: \
                    begin with detach().";

fn suite(suite: &mut Suite) {
    suite.check("vjp gives Jᵀv, for square and rectangular J", 3, transposed_jacobian);
    suite.check("Jᵀv has the shape and dtype of w, whatever its rank and layout", 1, shape_and_dtype);
    suite.check("grad_scalar gives the gradient of any value of one element", 2, gradient);
    suite.check("f is evaluated once, on a tensor like w", 1, one_evaluation);
    suite.check("the derivative of what does not depend on w is 0", 1, independent_of_w);
    suite.check("w and v are left as they were, and the result is not tracked", 1, inputs_left_alone);
    suite.check(
        "a v that does not fit, several values for grad_scalar, and integers are refused",
        1,
        refusals,
    );
}

/// `numbers` with the shape, dtype and device of `tensor`.
fn like(tensor: &Tensor, numbers: &[f64]) -> Tensor {
    Tensor::from_slice(numbers).reshape(tensor.size()).to_kind(tensor.kind()).to_device(tensor.device())
}

fn call_of(formula: &str, w: &Tensor, v: &Tensor) -> Call {
    Call::new("vjp").formula("f", formula).tensor("w", w).tensor("v", v)
}

/// A·x of a row-major [m, n] matrix, in plain arithmetic.
fn product(a: &[f64], (m, n): (usize, usize), x: &[f64]) -> Vec<f64> {
    (0..m).map(|i| (0..n).map(|j| a[i * n + j] * x[j]).sum()).collect()
}

/// Aᵀ·v of the same.
fn transposed_product(a: &[f64], (m, n): (usize, usize), v: &[f64]) -> Vec<f64> {
    (0..n).map(|j| (0..m).map(|i| a[i * n + j] * v[i]).sum()).collect()
}

fn times(a: &[f64], b: &[f64]) -> Vec<f64> {
    a.iter().zip(b).map(|(a, b)| a * b).collect()
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    times(a, b).iter().sum()
}

fn transposed_jacobian(context: &Context) -> Outcome {
    visible_example(context)?;
    square_example(context)?;
    saved_value(context)?;
    identity(context)?;
    let five = || vectors(5..=5, &[Kind::Double]);
    let inputs = (matrices(0..=5, 0..=5, &[Kind::Double]), five(), five(), any::<bool>());
    context.for_all(inputs, |(a, w, v, squared)| {
        let device = context.device();
        let first = |spec: &TensorSpec, size: i64| {
            let values = spec.values[..size as usize].to_vec();
            TensorSpec { shape: vec![size], values, ..spec.clone() }.tensor(device)
        };
        let (w, v) = (first(&w, a.shape[1]), first(&v, a.shape[0]));
        let a = a.tensor(device);
        let (a_values, at, weights) = (values(&a), values(&w), values(&v));
        let shape = (a.size()[0] as usize, a.size()[1] as usize);
        // The derivative by each value of A·w of what is made of it.
        let outer = |w: &[f64]| match squared {
            true => product(&a_values, shape, w).iter().map(|value| 2.0 * value).collect(),
            false => vec![1.0; shape.0],
        };
        // Row i of J is row i of A, times the outer derivative.
        let jacobian: Vec<f64> = outer(&at)
            .iter()
            .enumerate()
            .flat_map(|(i, outer)| a_values[i * shape.1..(i + 1) * shape.1].iter().map(move |a| outer * a))
            .collect();
        let expected = transposed_product(&jacobian, shape, &weights);
        let of_ones = transposed_product(&jacobian, shape, &vec![1.0; shape.0]);

        let f = |w: &Tensor| {
            let product = a.matmul(w);
            if squared { product.square() } else { product }
        };
        let formula = if squared { "(A·w)², entry by entry" } else { "A·w" };
        let call = Call::new("vjp").formula("f", formula).tensor("A", &a).tensor("w", &w).tensor("v", &v);
        let got = call.succeeds(|| VJP(&f, &w, &v))?;
        let wrong = |numbers: Vec<f64>| like(&w, &numbers);
        call.expect(&got, &like(&w, &expected))
            .slip(V_IGNORED, || wrong(of_ones.clone()))
            .slip(MEAN, || wrong(expected.iter().map(|value| value / shape.0 as f64).collect()))
            .check()
    })?;
    laws(context)
}

/// The lecture's example, where the wrong products that learners get all differ.
fn visible_example(context: &Context) -> Outcome {
    let vector = |numbers: &[f32]| Tensor::from_slice(numbers).to_device(context.device());
    let (w, v) = (vector(&[1.0, 2.0, 3.0]), vector(&[10.0, 20.0, 30.0]));
    let call = call_of("w·w, entry by entry", &w, &v);
    let got = call.succeeds(|| VJP(&|w| w * w, &w, &v))?;
    let slips: [(&str, &dyn Fn() -> Tensor); 2] =
        [(V_IGNORED, &|| vector(&[2.0, 4.0, 6.0])), (MEAN, &|| vector(&[20.0 / 3.0, 80.0 / 3.0, 60.0]))];
    context.matches_fixture("squares", &call, &got, &slips)
}

/// A square J that is not symmetric: there a product with the wrong one of J and Jᵀ has the right shape.
fn square_example(context: &Context) -> Outcome {
    let vector = |numbers: &[f64]| Tensor::from_slice(numbers).to_device(context.device());
    let (a, w, v) =
        (vector(&[2.0, 1.0, 0.0, 5.0]).reshape([2, 2]), vector(&[3.0, 4.0]), vector(&[1.0, 10.0]));
    let call = Call::new("vjp").formula("f", "A·w").tensor("A", &a).tensor("w", &w).tensor("v", &v);
    let got = call.succeeds(|| VJP(&|w| a.matmul(w), &w, &v))?;
    call.expect(&got, &vector(&[2.0, 51.0]))
        .slip(NOT_TRANSPOSED, || vector(&[12.0, 50.0]))
        .slip(V_AFTERWARDS, || vector(&[2.0, 60.0]))
        .check()
}

/// The derivative of eʷ is eʷ, so the backward pass keeps the value of f and needs it as it was.
fn saved_value(context: &Context) -> Outcome {
    let vector = |numbers: &[f64]| Tensor::from_slice(numbers).to_device(context.device());
    let (w, v) = (vector(&[0.5, -1.0, 2.0]), vector(&[4.0, 0.25, -3.0]));
    let expected = times(&values(&w).iter().map(|w| w.exp()).collect::<Vec<_>>(), &values(&v));
    let call = call_of("eʷ", &w, &v);
    let got = call.succeeds(|| VJP(&|w| w.exp(), &w, &v)).map_err(|failure| {
        failure.because("the value of f belongs to its graph: multiply by v into a new tensor.")
    })?;
    call.expect(&got, &vector(&expected)).check()
}

/// The value of f is the leaf that f was given, and J is the identity.
fn identity(context: &Context) -> Outcome {
    let vector = |numbers: &[f64]| Tensor::from_slice(numbers).to_device(context.device());
    let (w, v) = (vector(&[0.5, -1.0, 2.0]), vector(&[4.0, 0.25, -3.0]));
    let call = call_of("w itself", &w, &v);
    let got = call.succeeds(|| VJP(&Tensor::shallow_clone, &w, &v))?;
    call.expect(&got, &vector(&[4.0, 0.25, -3.0])).check().map_err(|failure| failure.because(NO_LEAF))
}

/// (x, y, z) ↦ (x·y, sin y + z²), with the Jacobian [[y, x, 0], [0, cos y, 2z]].
fn curved(w: &Tensor) -> Tensor {
    let (x, y, z) = (w.get(0), w.get(1), w.get(2));
    Tensor::stack(&[&x * &y, y.sin() + z.square()], 0)
}

/// (s, t) ↦ (s², s·t, eᵗ, 3s).
fn fanned(u: &Tensor) -> Tensor {
    let (s, t) = (u.get(0), u.get(1));
    Tensor::stack(&[s.square(), &s * &t, t.exp(), s * 3.0], 0)
}

fn laws(context: &Context) -> Outcome {
    let curved_formula = "(x·y, sin y + z²) for w = (x, y, z)";
    let vector = |numbers: &[f64]| Tensor::from_slice(numbers).to_device(context.device());
    for at in [[1.5, -0.5, 2.0], [-1.25, 0.75, 0.5]] {
        let product = |v: &[f64]| -> Result<(Call, Tensor), Failure> {
            let (w, v) = (vector(&at), vector(v));
            let call = call_of(curved_formula, &w, &v);
            let got = call.succeeds(|| VJP(&curved, &w, &v))?;
            Ok((call, got))
        };
        let [x, y, z] = at;
        let rows = [[y, x, 0.0], [0.0, y.cos(), 2.0 * z]];
        for (unit, row) in [[1.0, 0.0], [0.0, 1.0]].iter().zip(&rows) {
            let (call, got) = product(unit)?;
            call.expect(&got, &vector(row)).named("the result, a row of J,").check()?;
        }

        // ⟨Jᵀv, u⟩ = ⟨v, Ju⟩, and linearity in v.
        let (v, u) = ([3.0, -0.5], [0.5, 2.0, -1.5]);
        let (call, got) = product(&v)?;
        let along: Vec<f64> = rows.iter().map(|row| dot(row, &u)).collect();
        call.expect(&Tensor::from(dot(&values(&got), &u)), &Tensor::from(dot(&v, &along)))
            .named("⟨Jᵀv, u⟩ for u = (½, 2, −1½), which is ⟨v, Ju⟩,")
            .check()?;
        let (call, twice) = product(&[2.0 * v[0] + 1.0, 2.0 * v[1]])?;
        let sum: Vec<f64> = values(&got).iter().zip(&rows[0]).map(|(got, row)| 2.0 * got + row).collect();
        call.expect(&twice, &vector(&sum))
            .named("the result, by linearity 2·Jᵀ(3, −½) + Jᵀ(1, 0),")
            .check()?;

        // The chain rule: (J_h·J_g)ᵀv = J_gᵀ(J_hᵀv).
        let (w, v) = (vector(&at), vector(&[0.5, -2.0, 1.0, 4.0]));
        let middle = curved(&w);
        let call = call_of("(s², s·t, eᵗ, 3s)", &middle, &v);
        let back = call.succeeds(|| VJP(&fanned, &middle, &v))?;
        let (_, by_parts) = product(&values(&back))?;
        let call = call_of("(s², s·t, eᵗ, 3s) for (s, t) = (x·y, sin y + z²), w = (x, y, z)", &w, &v);
        let whole = call.succeeds(|| VJP(&|w| fanned(&curved(w)), &w, &v))?;
        call.expect(&whole, &by_parts).named("the result, by the chain rule J_gᵀ(J_hᵀv),").check()?;
    }
    Ok(())
}

fn shape_and_dtype(context: &Context) -> Outcome {
    let quarters = elements::quarters;
    let any_rank = prop_oneof![
        tensors(&[], &KINDS, quarters()),
        tensors(&[0..=4], &KINDS, quarters()),
        tensors(&[0..=3, 0..=3], &KINDS, quarters()),
        tensors(&[1..=2, 1..=3, 1..=2], &KINDS, quarters()),
    ];
    context.for_all((any_rank, select(Layout::ALL.to_vec())), |(spec, layout)| {
        let w = spec.tensor(context.device());
        // Weights that differ from w, from each other, and from what an expanded w repeats.
        let weights: Vec<f64> = (0..spec.values.len()).map(|index| 0.75 * index as f64 - 1.25).collect();
        let v = TensorSpec { values: weights, ..spec.in_layout(layout) }.tensor(context.device());
        let slopes: Vec<f64> = values(&w).iter().map(|w| w.cos()).collect();
        let expected = like(&w, &times(&slopes, &values(&v)));
        let call = call_of("sin(w)", &w, &v);
        let got = call.succeeds(|| VJP(&|w| w.sin(), &w, &v))?;
        call.expect(&got, &expected).slip(V_IGNORED, || like(&w, &slopes)).check()
    })?;

    // 2·w·v of these numbers is exact in every dtype, and f may give another dtype than that of w.
    for kind in ALL_KINDS {
        for value_kind in ALL_KINDS {
            let vector =
                |numbers: &[f64], kind| Tensor::from_slice(numbers).to_kind(kind).to_device(context.device());
            let (w, v) = (vector(&[1.5, -2.0, 3.0], kind), vector(&[2.0, -0.5, 4.0], value_kind));
            let call = call_of(&format!("w² in {value_kind:?}"), &w, &v);
            let got = call.succeeds(|| VJP(&|w| w.to_kind(value_kind).square(), &w, &v))?;
            call.expect(&got, &vector(&[6.0, 2.0, 24.0], kind)).within(Tolerance::EXACT).check()?;
        }
    }
    Ok(())
}

fn gradient(context: &Context) -> Outcome {
    let forms: Vec<(&'static str, &'static [i64])> = vec![("[]", &[]), ("[1]", &[1]), ("[1, 1]", &[1, 1])];
    let inputs = (matrices(0..=3, 0..=3, &ALL_KINDS), select(forms.clone()));
    context.for_all(inputs, |(spec, (form, shape))| {
        let w = spec.tensor(context.device());
        // 1, 2, 3, …: every element has a slope of its own, and the value is not 1.
        let scale = |index: usize| 1.0 + index as f64;
        let slopes: Vec<f64> =
            values(&w).iter().enumerate().map(|(index, w)| 2.0 * scale(index) * w).collect();
        let value: f64 = times(&slopes, &values(&w)).iter().sum::<f64>() / 2.0 + 3.0;
        let expected = like(&w, &slopes);
        let scales: Vec<f64> = (0..slopes.len()).map(scale).collect();
        let f = |w: &Tensor| ((like(w, &scales) * w.square()).sum(None::<Kind>) + 3.0).reshape(shape);
        let call = Call::new("grad_scalar");
        let call = call.formula("f", &format!("1·w₁² + 2·w₂² + 3·w₃² + … + 3, shape {form}")).tensor("w", &w);
        let got = call.succeeds(|| GRAD_SCALAR(&f, &w))?;
        call.expect(&got, &expected)
            .slip("this is the gradient times the value of f: for one number v is 1.", || &expected * value)
            .check()
    })?;

    // A linear f has its coefficients for a gradient, wherever w is.
    let (w, c) = (Tensor::from_slice(&[0.5, 4.0, -2.0]), [7.0, -1.5, 0.25]);
    let w = w.to_device(context.device());
    let call = Call::new("grad_scalar").formula("f", "7x − 1½y + ¼z for w = (x, y, z)").tensor("w", &w);
    let got = call.succeeds(|| GRAD_SCALAR(&|w| w.dot(&like(w, &c)), &w))?;
    call.expect(&got, &like(&w, &c)).check()?;

    for (_, shape) in forms {
        let w = Tensor::from_slice(&[-2.5]).reshape(shape).to_device(context.device());
        let call = Call::new("grad_scalar").formula("f", "w itself").tensor("w", &w);
        let got = call.succeeds(|| GRAD_SCALAR(&Tensor::shallow_clone, &w))?;
        call.expect(&got, &like(&w, &[1.0])).check().map_err(|failure| failure.because(NO_LEAF))?;
    }

    // 2·w of these numbers is exact in every dtype, and f may give another dtype than that of w.
    for kind in ALL_KINDS {
        for value_kind in ALL_KINDS {
            let w = Tensor::from_slice(&[1.5, -2.0, 3.0]).to_kind(kind).to_device(context.device());
            let formula = format!("the sum of w² in {value_kind:?}");
            let call = Call::new("grad_scalar").formula("f", &formula).tensor("w", &w);
            let f = |w: &Tensor| w.to_kind(value_kind).square().sum(None::<Kind>);
            let got = call.succeeds(|| GRAD_SCALAR(&f, &w))?;
            call.expect(&got, &like(&w, &[3.0, -4.0, 6.0])).within(Tolerance::EXACT).check()?;
        }
    }
    Ok(())
}

fn one_evaluation(context: &Context) -> Outcome {
    for kind in KINDS {
        let tensor = |numbers: &[f64], shape: &[i64]| {
            Tensor::from_slice(numbers).reshape(shape).to_kind(kind).to_device(context.device())
        };
        let w = tensor(&[1.5, -2.0, 0.5, 3.0, 4.0, -1.0], &[3, 2]);
        let v = tensor(&[2.0, -0.5, 4.0, 1.0, -3.0, 0.25], &[3, 2]);
        let given = RefCell::new(Vec::new());
        let evaluations = Cell::new(0);
        let seen = |w: &Tensor| {
            evaluations.set(evaluations.get() + 1);
            given.borrow_mut().push((w.size(), w.kind()));
            w.square()
        };
        let call = call_of("w²", &w, &v);
        let _ = call.succeeds(|| VJP(&seen, &w, &v))?;
        is_once(&call, evaluations.replace(0))?;
        let call = Call::new("grad_scalar").formula("f", "the sum of squares").tensor("w", &w);
        let _ = call.succeeds(|| GRAD_SCALAR(&|w| seen(w).sum(None::<Kind>), &w))?;
        is_once(&call, evaluations.get())?;
        for (size, given) in given.take() {
            call.holds(size == w.size(), &format!("f was given a w of shape {size:?}, expected [3, 2]"))?;
            call.holds(given == kind, &format!("f was given a w of dtype {given:?}, expected {kind:?}"))?;
        }
    }
    Ok(())
}

fn is_once(call: &Call, evaluations: usize) -> Outcome {
    call.holds(evaluations == 1, &format!("evaluated f {evaluations} times, expected once")).map_err(
        |failure| {
            failure.because(
                "one evaluation on a tracked leaf gives the value, its shape and the graph: all that the one \
                 backward pass needs, however many values f has.",
            )
        },
    )
}

fn independent_of_w(context: &Context) -> Outcome {
    let elsewhere = Tensor::from_slice(&[4.0, -1.0, 0.5]).to_device(context.device()).set_requires_grad(true);
    let vectors: [(&str, Fun); 3] = [
        ("(7, 8, 9)", &|w| like(&w.new_empty([3], (w.kind(), w.device())), &[7.0, 8.0, 9.0])),
        ("sin(w.detach())", &|w| w.detach().sin()),
        ("p², of a tracked p elsewhere", &|w| elsewhere.to_kind(w.kind()).square()),
    ];
    for kind in KINDS {
        let tensor = |numbers: &[f64]| Tensor::from_slice(numbers).to_kind(kind).to_device(context.device());
        for (formula, f) in vectors {
            let (w, v) = (tensor(&[1.5, -2.0, 3.0]), tensor(&[2.0, -0.5, 4.0]));
            let call = call_of(formula, &w, &v);
            let got = call.succeeds(|| VJP(f, &w, &v)).map_err(|failure| failure.because(NO_GRAPH))?;
            is_zero(&call, &got, &w)?;

            let w = tensor(&[1.5, -2.0, 3.0]);
            let call =
                Call::new("grad_scalar").formula("f", &format!("the sum of {formula}")).tensor("w", &w);
            let got = call
                .succeeds(|| GRAD_SCALAR(&|w| f(w).sum(None::<Kind>), &w))
                .map_err(|failure| failure.because(NO_GRAPH))?;
            is_zero(&call, &got, &w)?;
        }

        // What is counted has no graph, and is no float either. v has the dtype of what f gives.
        let (w, v) = (tensor(&[1.5, -2.0, 3.0]), tensor(&[2.0, -1.0, 4.0]).to_kind(Kind::Int64));
        let call = call_of("the places of the sorted elements, int64", &w, &v);
        let got = call
            .succeeds(|| VJP(&|w| w.argsort(0, false), &w, &v))
            .map_err(|failure| failure.because(NO_GRAPH))?;
        is_zero(&call, &got, &w)?;
        let call = Call::new("grad_scalar").formula("f", "the place of the largest, int64").tensor("w", &w);
        let got = call
            .succeeds(|| GRAD_SCALAR(&|w| w.argmax(0, false), &w))
            .map_err(|failure| failure.because(NO_GRAPH))?;
        is_zero(&call, &got, &w)?;
    }
    Ok(())
}

fn is_zero(call: &Call, got: &Tensor, w: &Tensor) -> Outcome {
    let zero = like(w, &[0.0; 3]);
    call.expect(got, &zero).within(Tolerance::EXACT).check().map_err(|failure| failure.because(NO_GRAPH))
}

fn inputs_left_alone(context: &Context) -> Outcome {
    for layout in Layout::ALL {
        for (w_tracked, v_tracked) in [(false, false), (true, false), (false, true), (true, true)] {
            let tensor = |numbers: &[f64], tracked| {
                let (shape, kind) = (vec![2, 2], Kind::Double);
                let spec = TensorSpec { shape, kind, values: numbers.to_vec(), layout };
                spec.tensor(context.device()).set_requires_grad(tracked)
            };
            let (w, v) =
                (tensor(&[1.5, -2.0, 0.5, 3.0], w_tracked), tensor(&[2.0, -0.5, 4.0, 1.0], v_tracked));
            let call = call_of("w³", &w, &v);
            let because = |failure: Failure| if w_tracked { failure.because(LEAF) } else { failure };
            let got = call.succeeds(|| VJP(&|w| w.pow_tensor_scalar(3), &w, &v)).map_err(because)?;
            reached(&call, &got, w_tracked)?;
            untouched(&call, &got, &[("w", &w), ("v", &v)])?;

            let w = tensor(&[1.5, -2.0, 0.5, 3.0], w_tracked);
            let call = Call::new("grad_scalar").formula("f", "the sum of w³").tensor("w", &w);
            let cubes = |w: &Tensor| w.pow_tensor_scalar(3).sum(None::<Kind>);
            let got = call.succeeds(|| GRAD_SCALAR(&cubes, &w)).map_err(because)?;
            reached(&call, &got, w_tracked)?;
            untouched(&call, &got, &[("w", &w)])?;
        }
    }

    // A gradient that w and v have already is the caller's: it is neither cleared nor added to.
    let with_gradient = |numbers: &[f64]| {
        let leaf = Tensor::from_slice(numbers).to_device(context.device()).set_requires_grad(true);
        (&leaf * 5.0).sum(None::<Kind>).backward();
        leaf
    };
    let keeps = |call: &Call, input: &Tensor| {
        call.expect(&input.grad(), &like(input, &[5.0; 3]))
            .named("the gradient that an input had before the call")
            .within(Tolerance::EXACT)
            .check()
            .map_err(|failure| {
                failure.because(
                    "zero_grad() is for a leaf of your own: the gradients of w and v are the caller's.",
                )
            })
    };
    let (w, v) = (with_gradient(&[1.5, -2.0, 3.0]), with_gradient(&[2.0, -0.5, 4.0]));
    let call = call_of("w²", &w, &v);
    let _ = call.succeeds(|| VJP(&|w| w.square(), &w, &v))?;
    keeps(&call, &w)?;
    keeps(&call, &v)?;
    let call = Call::new("grad_scalar").formula("f", "the sum of w²").tensor("w", &w);
    let _ = call.succeeds(|| GRAD_SCALAR(&|w| w.square().sum(None::<Kind>), &w))?;
    keeps(&call, &w)
}

/// Checks that a tracked w gets a gradient at all. Which one, other checks ask.
fn reached(call: &Call, got: &Tensor, w_tracked: bool) -> Outcome {
    let because = |failure: Failure| if w_tracked { failure.because(LEAF) } else { failure };
    call.holds(got.defined(), "the result is an undefined tensor: it holds nothing").map_err(because)?;
    let lost = w_tracked && values(got).iter().all(|&slope| slope == 0.0);
    call.holds(!lost, "the derivative by a tracked w is 0").map_err(because)
}

fn untouched(call: &Call, got: &Tensor, inputs: &[(&str, &Tensor)]) -> Outcome {
    call.leaves_inputs_alone()?;
    for (name, input) in inputs {
        call.holds(!input.grad().defined(), &format!("left a gradient in {name}")).map_err(|failure| {
            failure.because(
                "backward adds to the gradient of every tracked leaf of the graph: use a leaf of your own for w, \
                 and v.detach() for v.",
            )
        })?;
    }
    call.holds(!got.requires_grad(), "the result is tracked").map_err(|failure| {
        failure.because("create_graph of run_backward records the backward pass itself: it is false here.")
    })
}

fn refusals(context: &Context) -> Outcome {
    let tensor = |shape: &[i64], kind| {
        let numel: i64 = shape.iter().product();
        let numbers: Vec<f64> = (0..numel).map(|index| 2.0 * index as f64 - 1.0).collect();
        Tensor::from_slice(&numbers).reshape(shape).to_kind(kind).to_device(context.device())
    };
    let float = |shape: &[i64]| tensor(shape, Kind::Float);
    let refuses_vjp = |formula: &str, f: Fun, w: &Tensor, v: &Tensor, refusal| {
        call_of(formula, w, v).refuses(refusal, || VJP(f, w, v))
    };
    let refuses_scalar = |formula: &str, f: Fun, w: &Tensor, refusal| {
        let call = Call::new("grad_scalar").formula("f", formula).tensor("w", w);
        call.refuses(refusal, || GRAD_SCALAR(f, w))
    };

    let broadcast =
        "y * v broadcasts: [3] · [1] has shape [3], and [3] · [3, 1] shape [3, 3]. Compare size() first.";
    let squares: (&str, Fun) = ("w²", &|w| w.square());
    let constant: (&str, Fun) =
        ("(1, 2, 3)", &|_| Tensor::from_slice(&[1.0_f32, 2.0, 3.0]).to_device(context.device()));
    for (formula, f) in [squares, constant] {
        for v in [float(&[1]), float(&[3, 1]), float(&[1, 3]), float(&[]), float(&[2])] {
            refuses_vjp(formula, f, &float(&[3]), &v, Refusal::Shape)
                .map_err(|failure| failure.because(broadcast))?;
        }
    }
    let several = "only one number has a gradient: look at numel() first. run_backward differentiates the sum of \
                   several without a word.";
    let functions: [(&str, Fun); 3] =
        [squares, constant, ("an empty part of w, shape [0]", &|w| w.narrow(0, 0, 0))];
    for (formula, f) in functions {
        refuses_scalar(formula, f, &float(&[3]), Refusal::Shape)
            .map_err(|failure| failure.because(several))?;
    }

    let integers = tensor(&[3], Kind::Int64);
    refuses_vjp("w²", squares.1, &integers, &integers, Refusal::Kind)?;
    for (formula, f) in [squares, constant] {
        refuses_vjp(formula, f, &float(&[3]), &tensor(&[3], Kind::Double), Refusal::Kind)?;
    }
    // What v has to fit is the value of f, whatever the dtype of w.
    let in_double: Fun = &|w| w.to_kind(Kind::Double).square();
    refuses_vjp("w² in Double", in_double, &float(&[3]), &float(&[3]), Refusal::Kind)?;
    refuses_scalar("the sum of w²", &|w| w.square().sum(None::<Kind>), &integers, Refusal::Kind)
}
