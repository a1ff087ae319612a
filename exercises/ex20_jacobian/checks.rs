//! Checks of ex20: the matrix of all partial derivatives, and the chain rule made of it.
//!
//! The reference is a J that is known: A for A·w, a diagonal for entrywise functions, and derivatives by hand. The
//! laws are that the Jacobian of A·(B·w) is A·B, and that the chain rule gives the gradient of the composition.

use std::cell::Cell;

use harness::inputs::{elements, matrices, tensors, values, vectors};
use harness::prelude::*;

harness::exercise!(ex20, suite);

type Fun<'a> = &'a dyn Fn(&Tensor) -> Tensor;

// The signatures of the contract: another one is a compile error here.
const JACOBIAN: fn(Fun, &Tensor) -> R<Tensor> = ex20::jacobian;
const CHAIN_GRAD: fn(Fun, Fun, &Tensor) -> R<Tensor> = ex20::chain_grad;

const KINDS: [Kind; 2] = [Kind::Double, Kind::Float];
/// Whatever is floating-point has gradients.
const ALL_KINDS: [Kind; 4] = [Kind::Double, Kind::Float, Kind::Half, Kind::BFloat16];

const TRANSPOSED: &str = "this is Jᵀ: J has a row for each value of f and a column for each element of w.";
const SUMMED: &str = "each row has the rows above it added: backward adds to the gradient that the leaf already has. \
                      Clear it (zero_grad) before the next row, or use run_backward.";
const NO_GRAPH: &str = "a value that does not depend on w has derivative 0. It may have no graph at all \
                        (requires_grad() is false: ask before the backward pass), or one that never reaches w (the \
                        gradient is then undefined: ask defined()).";
const NO_LEAF: &str = "what f gives is a leaf here, the one it was given, and its derivative by itself is 1: ask \
                       requires_grad() whether there is a graph, not is_leaf().";
const NOT_TRANSPOSED: &str = "this is J_g·∇h: the chain rule has the transpose, J_gᵀ·∇h.";
const WRONG_POINT: &str = "∇h was taken at x: it belongs to where h is evaluated, u = g(x).";
const ONES: &str = "this is J_gᵀ·(1, …, 1), the gradient of the sum of g(x): ∇h has no part in it.";

fn suite(suite: &mut Suite) {
    suite.check("J(i, j) is ∂fᵢ/∂wⱼ: the Jacobian of A·w is A", 3, linear_maps);
    suite.check("J is taken at w: for entrywise functions diag(f′(w))", 2, entrywise);
    suite.check("chain_grad is J_gᵀ·∇h, with ∇h at g(x)", 2, chain_rule);
    suite.check("what does not depend on w has zero rows, and no values no rows", 1, zero_rows);
    suite.check("w and x are left as they were, and nothing is tracked", 1, inputs_left_alone);
    suite.check("integers, several values for h, and what is not a vector are refused", 1, refusals);
}

/// `numbers` with the dtype and device of `tensor`, in `shape`.
fn like(tensor: &Tensor, numbers: &[f64], shape: &[i64]) -> Tensor {
    Tensor::from_slice(numbers).reshape(shape).to_kind(tensor.kind()).to_device(tensor.device())
}

fn call_of(formula: &str, w: &Tensor) -> Call {
    Call::new("jacobian").formula("f", formula).tensor("w", w)
}

fn chain_call(h: &str, g: &str, x: &Tensor) -> Call {
    Call::new("chain_grad").formula("h", h).formula("g", g).tensor("x", x)
}

fn linear_maps(context: &Context) -> Outcome {
    let vector = |numbers: &[f64]| Tensor::from_slice(numbers).to_device(context.device());
    // Square and not symmetric, where the wrong matrices all differ.
    let (a, w) = (vector(&[2.0, 1.0, 0.0, 5.0]).reshape([2, 2]), vector(&[3.0, 4.0]));
    let call = Call::new("jacobian").formula("f", "A·w").tensor("A", &a).tensor("w", &w);
    let got = call.succeeds(|| JACOBIAN(&|w| a.matmul(w), &w))?;
    call.expect(&got, &a)
        .slip(TRANSPOSED, || like(&w, &[2.0, 0.0, 1.0, 5.0], &[2, 2]))
        .slip(SUMMED, || like(&w, &[2.0, 1.0, 2.0, 6.0], &[2, 2]))
        .check()?;

    let inputs = (matrices(1..=4, 1..=4, &KINDS), vectors(4..=4, &[Kind::Double]));
    context.for_all(inputs, |(a, w)| {
        let w = TensorSpec {
            shape: vec![a.shape[1]],
            kind: a.kind,
            values: w.values[..a.shape[1] as usize].to_vec(),
            ..w
        };
        let (a, w) = (a.tensor(context.device()), w.tensor(context.device()));
        let expected = like(&w, &values(&a), &a.size());
        let call = Call::new("jacobian").formula("f", "A·w").tensor("A", &a).tensor("w", &w);
        let got = call.succeeds(|| JACOBIAN(&|w| a.matmul(w), &w))?;
        call.expect(&got, &expected).check()
    })?;

    // J of A·(B·w) is A·B, [2, 3]·[3, 2].
    let (a, b) = ([1.0, -2.0, 0.5, 3.0, 0.0, 4.0], [2.0, 1.0, -1.0, 0.5, 4.0, -3.0]);
    let (outer, inner) = (vector(&a).reshape([2, 3]), vector(&b).reshape([3, 2]));
    let entry = |i: usize, j: usize| (0..3).map(|k| a[3 * i + k] * b[2 * k + j]).sum::<f64>();
    let expected = [entry(0, 0), entry(0, 1), entry(1, 0), entry(1, 1)];
    let call = Call::new("jacobian").formula("f", "A·(B·w)").tensor("A", &outer).tensor("B", &inner);
    let call = call.tensor("w", &w);
    let got = call.succeeds(|| JACOBIAN(&|w| outer.matmul(&inner.matmul(w)), &w))?;
    call.expect(&got, &like(&w, &expected, &[2, 2])).named("the result, which is A·B,").check()
}

fn entrywise(context: &Context) -> Outcome {
    let w = Tensor::from_slice(&[1.0_f32, 2.0, 3.0]).to_device(context.device());
    let call = call_of("w·w, entry by entry", &w);
    let got = call.succeeds(|| JACOBIAN(&|w| w * w, &w))?;
    let slips: [(&str, &dyn Fn() -> Tensor); 2] = [
        (SUMMED, &|| like(&w, &[2.0, 0.0, 0.0, 2.0, 4.0, 0.0, 2.0, 4.0, 6.0], &[3, 3])),
        ("this assumes that f is linear: J depends on w.", &|| w.ones_like().diag(0)),
    ];
    context.matches_fixture("squares", &call, &got, &slips)?;
    let inputs = tensors(&[1..=4], &KINDS, elements::quarters());
    context.for_all(inputs, |spec| {
        let w = spec.tensor(context.device());
        let slopes: Vec<f64> = values(&w).iter().map(|w| w.cos()).collect();
        let n = slopes.len();
        let diagonal: Vec<f64> =
            (0..n * n).map(|k| if k / n == k % n { slopes[k % n] } else { 0.0 }).collect();
        let expected = like(&w, &diagonal, &[n as i64, n as i64]);
        let call = call_of("sin(w)", &w);
        let got = call.succeeds(|| JACOBIAN(&|w| w.sin(), &w))?;
        call.expect(&got, &expected).check()
    })?;

    // The value of f is the leaf that f was given.
    let w = Tensor::from_slice(&[0.5, -3.0]).to_device(context.device());
    let call = call_of("w itself", &w);
    let got = call.succeeds(|| JACOBIAN(&Tensor::shallow_clone, &w))?;
    call.expect(&got, &like(&w, &[1.0, 0.0, 0.0, 1.0], &[2, 2]))
        .check()
        .map_err(|failure| failure.because(NO_LEAF))?;

    // 2·w of these numbers is exact in every dtype, and f may give another dtype than that of w.
    for kind in ALL_KINDS {
        for value_kind in ALL_KINDS {
            let w = Tensor::from_slice(&[1.5, -2.0, 3.0]).to_kind(kind).to_device(context.device());
            let call = call_of(&format!("w² in {value_kind:?}"), &w);
            let got = call.succeeds(|| JACOBIAN(&|w| w.to_kind(value_kind).square(), &w))?;
            let expected = like(&w, &[3.0, 0.0, 0.0, 0.0, -4.0, 0.0, 0.0, 0.0, 6.0], &[3, 3]);
            call.expect(&got, &expected).within(Tolerance::EXACT).check()?;
        }
    }
    Ok(())
}

fn chain_rule(context: &Context) -> Outcome {
    // g(x, y) = (xy, x² + y), J_g = [[y, x], [2x, 1]]; h(u, v) = u² + 3v, ∇h = (2u, 3).
    let g = |x: &Tensor| Tensor::stack(&[x.get(0) * x.get(1), x.get(0).square() + x.get(1)], 0);
    for shape in [vec![], vec![1], vec![1, 1]] {
        let h = |u: &Tensor| (u.get(0).square() + u.get(1) * 3.0).reshape(&shape[..]);
        let point = (
            elements::quarters(),
            elements::quarters(),
            select(KINDS.to_vec()),
            select(Layout::ALL.to_vec()),
        );
        let tried = |(x, y, kind, layout): (f64, f64, Kind, Layout)| {
            let spec = TensorSpec { shape: vec![2], kind, values: vec![x, y], layout };
            let at = spec.tensor(context.device());
            let (x, y) = (values(&at)[0], values(&at)[1]);
            let whole = |numbers: [f64; 2]| like(&at, &numbers, &[2]);
            let through =
                |outer: [f64; 2]| whole([y * outer[0] + 2.0 * x * outer[1], x * outer[0] + outer[1]]);
            let outer = [2.0 * x * y, 3.0];
            let expected = through(outer);
            let call = chain_call("u² + 3v", "(xy, x² + y)", &at);
            let got = call.succeeds(|| CHAIN_GRAD(&h, &g, &at))?;
            call.expect(&got, &expected)
                .slip(NOT_TRANSPOSED, || whole([y * outer[0] + x * outer[1], 2.0 * x * outer[0] + outer[1]]))
                .slip(WRONG_POINT, || through([2.0 * x, 3.0]))
                .slip(ONES, || through([1.0, 1.0]))
                .check()
        };
        tried((1.5, -2.0, Kind::Double, Layout::Contiguous))?;
        if shape.is_empty() {
            context.for_all(point, tried)?;
        }
    }

    // From 3 elements to 1, by way of 2: J_g = [[1, 2, 3], [0, 5, −1]], ∇h = (2, ½).
    let vector = |numbers: &[f64]| Tensor::from_slice(numbers).to_device(context.device());
    let (x, a) = (vector(&[1.0, -1.0, 0.5]), vector(&[1.0, 2.0, 3.0, 0.0, 5.0, -1.0]).reshape([2, 3]));
    let c = vector(&[2.0, 0.5]);
    let call = chain_call("2u + ½v", "(x + 2y + 3z, 5y − z)", &x);
    let got = call.succeeds(|| CHAIN_GRAD(&|u| u.dot(&c), &|x| a.matmul(x), &x))?;
    call.expect(&got, &vector(&[2.0, 6.5, 5.5])).check()?;

    // The derivative of eᵘ is eᵘ: the backward passes need the values of g and h as they were.
    let x = vector(&[0.5, -1.0]);
    let slopes: Vec<f64> = values(&x).iter().map(|x| (x.exp() + x).exp()).collect();
    let call = chain_call("the sum of eᵘ", "eˣ", &x);
    let got = call.succeeds(|| CHAIN_GRAD(&|u| u.exp().sum(None::<Kind>), &|x| x.exp(), &x))?;
    call.expect(&got, &vector(&slopes)).check()?;

    // 4·x³ of these numbers is exact in every dtype, and h may give another dtype than that of x.
    for kind in ALL_KINDS {
        for value_kind in ALL_KINDS {
            let x = vector(&[1.5, -2.0, 3.0]).to_kind(kind);
            let call = chain_call(&format!("the sum of u² in {value_kind:?}"), "x²", &x);
            let unlike_x = Cell::new(None);
            let seen = |argument: &Tensor| {
                if argument.size() != [3] || argument.kind() != kind {
                    unlike_x.set(Some((argument.size(), argument.kind())));
                }
                argument.square()
            };
            let h = |u: &Tensor| seen(u).to_kind(value_kind).sum(None::<Kind>);
            let got = call.succeeds(|| CHAIN_GRAD(&h, &seen, &x))?;
            if let Some((size, given)) = unlike_x.take() {
                return Err(call.fails(format!("h or g was given {given:?} {size:?}, expected {kind:?} [3]")));
            }
            call.expect(&got, &like(&x, &[13.5, -32.0, 108.0], &[3])).within(Tolerance::EXACT).check()?;
        }
    }

    // Leaves are handed through: g(x) = x, and h(u) = u where u has one element.
    let x = vector(&[0.5, -1.0]);
    let call = chain_call("u² + 3v", "x itself", &x);
    let h = |u: &Tensor| u.get(0).square() + u.get(1) * 3.0;
    let got = call.succeeds(|| CHAIN_GRAD(&h, &Tensor::shallow_clone, &x))?;
    call.expect(&got, &vector(&[1.0, 3.0])).check().map_err(|failure| failure.because(NO_LEAF))?;
    let x = vector(&[1.5]);
    let call = chain_call("u itself", "x²", &x);
    let got = call.succeeds(|| CHAIN_GRAD(&Tensor::shallow_clone, &|x| x.square(), &x))?;
    call.expect(&got, &vector(&[3.0])).check().map_err(|failure| failure.because(NO_LEAF))
}

fn zero_rows(context: &Context) -> Outcome {
    let elsewhere = Tensor::from_slice(&[4.0, -1.0]).to_device(context.device()).set_requires_grad(true);
    for kind in KINDS {
        let w = || Tensor::from_slice(&[1.5, -2.0, 3.0]).to_kind(kind).to_device(context.device());
        let functions: [(&str, Fun, i64); 4] = [
            ("(7, 8)", &|w| like(&w.detach(), &[7.0, 8.0], &[2]), 2),
            ("sin(w.detach())", &|w| w.detach().sin(), 3),
            ("p², of a tracked p elsewhere", &|_| elsewhere.to_kind(kind).square(), 2),
            ("an empty part of w, shape [0]", &|w| w.narrow(0, 0, 0), 0),
        ];
        for (formula, f, m) in functions {
            let w = w();
            let call = call_of(formula, &w);
            let got = call.succeeds(|| JACOBIAN(f, &w)).map_err(|failure| failure.because(NO_GRAPH))?;
            let zero = like(&w, &vec![0.0; 3 * m as usize], &[m, 3]);
            call.expect(&got, &zero).within(Tolerance::EXACT).check()?;

            let call = chain_call("the sum of all", formula, &w);
            let got = call
                .succeeds(|| CHAIN_GRAD(&|u| u.sum(None::<Kind>), f, &w))
                .map_err(|failure| failure.because(NO_GRAPH))?;
            call.expect(&got, &like(&w, &[0.0; 3], &[3])).within(Tolerance::EXACT).check()?;
        }
        let w = w();
        let call = call_of("the places of the sorted elements, int64", &w);
        let got = call
            .succeeds(|| JACOBIAN(&|w| w.argsort(0, false), &w))
            .map_err(|failure| failure.because(NO_GRAPH))?;
        call.expect(&got, &like(&w, &[0.0; 9], &[3, 3])).within(Tolerance::EXACT).check()?;

        let constants: [(&str, Fun); 2] = [
            ("7", &|_| Tensor::from(7.0)),
            ("the number of elements, int64", &|u| Tensor::from(u.numel() as i64)),
        ];
        for (formula, h) in constants {
            let call = chain_call(formula, "w²", &w);
            let got = call
                .succeeds(|| CHAIN_GRAD(h, &|w| w.square(), &w))
                .map_err(|failure| failure.because(NO_GRAPH))?;
            call.expect(&got, &like(&w, &[0.0; 3], &[3])).within(Tolerance::EXACT).check()?;
        }

        let none = like(&w, &[], &[0]);
        let call = call_of("w², for a w without elements", &none);
        let got = call.succeeds(|| JACOBIAN(&|w| w.square(), &none))?;
        call.expect(&got, &like(&w, &[], &[0, 0])).check()?;
        let call = call_of("the sum of w², shape [1], for a w without elements", &none);
        let got = call.succeeds(|| JACOBIAN(&|w| w.square().sum(None::<Kind>).reshape([1]), &none))?;
        call.expect(&got, &like(&w, &[], &[1, 0])).check()?;
        let call = chain_call("the sum of all", "w², for a w without elements", &none);
        let got = call.succeeds(|| CHAIN_GRAD(&|u| u.sum(None::<Kind>), &|w| w.square(), &none))?;
        call.expect(&got, &none).check()?;
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
            let w = tensor();
            let call = call_of("w³", &w);
            let got = call.succeeds(|| JACOBIAN(&|w| w.pow_tensor_scalar(3), &w))?;
            untouched(&call, &got, &w)?;
            let x = tensor();
            let call = chain_call("the sum of u²", "x³", &x);
            let h = |u: &Tensor| u.square().sum(None::<Kind>);
            let got = call.succeeds(|| CHAIN_GRAD(&h, &|x| x.pow_tensor_scalar(3), &x))?;
            untouched(&call, &got, &x)?;
        }
    }
    Ok(())
}

fn untouched(call: &Call, got: &Tensor, input: &Tensor) -> Outcome {
    call.leaves_inputs_alone()?;
    call.holds(!input.grad().defined(), "left a gradient in its input").map_err(|failure| {
        failure.because(
            "f was differentiated by the tensor of the caller: use a leaf of your own, from detach().",
        )
    })?;
    call.holds(got.defined() && !got.requires_grad(), "the result is tracked").map_err(|failure| {
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
    let refuses = |formula: &str, f: Fun, w: &Tensor, refusal| {
        call_of(formula, w).refuses(refusal, || JACOBIAN(f, w))?;
        let call = chain_call("the sum of all", formula, w);
        call.refuses(refusal, || CHAIN_GRAD(&|u| u.sum(None::<Kind>), f, w))
    };
    refuses("w²", &|w| w.square(), &tensor(&[3], Kind::Int64), Refusal::Kind)?;
    for w in [float(&[]), float(&[1, 3]), float(&[2, 2])] {
        refuses("w² as a vector", &|w| w.square().reshape([-1]), &w, Refusal::Shape)?;
    }
    let not_vectors: [(&str, Fun); 3] = [
        ("the sum of w², shape []", &|w| w.square().sum(None::<Kind>)),
        ("w² as a row, shape [1, 3]", &|w| w.square().unsqueeze(0)),
        ("7, shape []", &|_| Tensor::from(7.0_f32)),
    ];
    for (formula, f) in not_vectors {
        refuses(formula, f, &float(&[3]), Refusal::Shape)?;
    }
    let several: [(&str, Fun); 2] =
        [("u²", &|u| u.square()), ("(1, 2)", &|_| Tensor::from_slice(&[1.0_f32, 2.0]))];
    for (formula, h) in several {
        let x = float(&[3]);
        let call = chain_call(formula, "x²", &x);
        call.refuses(Refusal::Shape, || CHAIN_GRAD(h, &|x| x.square(), &x)).map_err(|failure| {
            failure.because("only one number has a gradient: look at the numel() of the value of h first.")
        })?;
    }
    Ok(())
}
