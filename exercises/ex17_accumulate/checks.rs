//! Checks of ex17. An f that weighs every evaluation differently tells which passes a gradient is the sum of.
//! The references are derivatives by hand, in plain arithmetic. The laws: what n passes leave is the sum of
//! what each gives; the two gradients through one graph are equal to the last bit.

use std::cell::{Cell, RefCell};
use std::panic::{AssertUnwindSafe, catch_unwind};

use harness::inputs::{elements, tensors, values};
use harness::prelude::*;

harness::exercise!(ex17, suite);

type Fun<'a> = &'a dyn Fn(&Tensor) -> Tensor;

// The signatures of the contract: another one is a compile error here.
const ACCUMULATED: fn(Fun, f64, usize) -> f64 = ex17::accumulated;
const ZEROED: fn(Fun, f64, usize) -> Vec<f64> = ex17::zeroed;
const INFER: fn(Fun, &Tensor) -> Tensor = ex17::infer;
const TWO_GRADS: fn(Fun, &Tensor) -> R<(Tensor, Tensor)> = ex17::two_grads;

const KINDS: [Kind; 2] = [Kind::Float, Kind::Double];

/// float64 gives 15 digits; its usual tolerance would accept the 7 of float32.
const TWELVE_DIGITS: Tolerance = Tolerance { relative: 1e-12, absolute: 1e-12 };

fn suite(suite: &mut Suite) {
    suite.check("without clearing, the gradients of n passes add up", 2, adds_up);
    suite.check("with clearing, every pass gives its own gradient", 2, cleared);
    suite.check("infer evaluates f once and records nothing", 1, nothing_recorded);
    suite.check("infer leaves gradient mode as it was, even if f panics", 1, mode_restored);
    suite.check("two_grads goes twice through the graph of one evaluation", 1, kept_graph);
    suite.check("the gradient of an f that does not depend on w is 0", 1, independent_of_w);
    suite.check("w and x are left alone, and the two gradients share no storage", 1, apart);
    suite.check("two_grads refuses integers, and an f that gives no single number", 1, refusals);
}

/// The weight of evaluation `k`, counted from 0: no two of the first few are equal, nor are sums of them.
fn weight(k: usize) -> f64 {
    [1.0, -0.5, 4.0, 0.25, 8.0][k % 5]
}

/// What evaluation `k` of `x` gives: weight(k)·(x³ − x).
const BATCHES: &str = "cₖ·(x³ − x) in pass k, where c = 1, −½, 4, ¼, 8";

/// How often f was evaluated, and the shape of what it was given last.
#[derive(Default)]
struct Seen {
    evaluations: Cell<usize>,
    shape: RefCell<Vec<i64>>,
}

fn batches(seen: &Seen) -> impl Fn(&Tensor) -> Tensor {
    move |x| {
        let k = seen.evaluations.replace(seen.evaluations.get() + 1);
        seen.shape.replace(x.size());
        (x.pow_tensor_scalar(3) - x) * weight(k)
    }
}

impl Seen {
    fn check(&self, call: &Call, n: usize) -> Outcome {
        evaluated(call, self.evaluations.get(), n)?;
        let shape = self.shape.borrow();
        call.holds(shape.is_empty(), &format!("f was given a tensor of shape {shape:?}, expected []"))
            .map_err(|failure| {
                failure.because("Tensor::from(x) is a single number, from_slice a list of one.")
            })
    }
}

fn gradient_of_batch(k: usize, x: f64) -> f64 {
    weight(k) * (3.0 * x * x - 1.0)
}

/// Thirds: neither float32 nor float64 holds most of them exactly.
fn points() -> impl Strategy<Value = f64> {
    (-9_i32..=9).prop_map(|thirds| f64::from(thirds) / 3.0)
}

fn call_of(function: &str, formula: &str, x: f64, n: usize) -> Call {
    Call::new(function).formula("f", formula).value("x", x).value("n", n)
}

fn one(number: f64) -> Tensor {
    Tensor::from(number)
}

fn adds_up(context: &Context) -> Outcome {
    let square = |x: &Tensor| x.square();
    let call = call_of("accumulated", "x²", 2.0, 3);
    let got = call.returns(|| ACCUMULATED(&square, 2.0, 3))?;
    let slips: [(&str, &dyn Fn() -> Tensor); 1] = [(LAST_ALONE, &|| one(4.0))];
    context.matches_fixture("primer_accumulated", &call, &one(got), &slips)?;

    context.for_all((points(), 0_usize..=5), |(x, n)| {
        let call = call_of("accumulated", BATCHES, x, n);
        let seen = Seen::default();
        let f = batches(&seen);
        let got = call.returns(|| ACCUMULATED(&f, x, n)).map_err(|failure| match n {
            0 => failure.because("before the first pass there is no gradient: grad() is not defined()."),
            _ => failure,
        })?;
        let gradient = |k| gradient_of_batch(k, x);
        call.expect(&one(got), &one((0..n).map(gradient).sum::<f64>() + 0.0))
            .named("the gradient")
            .within(TWELVE_DIGITS)
            .slip(LAST_ALONE, || one(gradient(n - 1)))
            .slip("this is n times the first gradient: every pass has an evaluation of f of its own.", || {
                one(n as f64 * gradient(0))
            })
            .slip("this is 2xn, which is right for f = x² alone.", || one(2.0 * x * n as f64))
            .check()?;
        seen.check(&call, n)
    })
}

const LAST_ALONE: &str =
    "this is the gradient of the last pass alone: the leaf was cleared, or made anew, in between.";

fn evaluated(call: &Call, evaluations: usize, n: usize) -> Outcome {
    call.holds(evaluations == n, &format!("evaluated f {evaluations} times, expected {n}"))
}

fn cleared(context: &Context) -> Outcome {
    let square = |x: &Tensor| x.square();
    let call = call_of("zeroed", "x²", 2.0, 3);
    let got = call.returns(|| ZEROED(&square, 2.0, 3))?;
    let slips: [(&str, &dyn Fn() -> Tensor); 1] = [(NOT_CLEARED, &|| Tensor::from_slice(&[4.0, 8.0, 12.0]))];
    context.matches_fixture("primer_zeroed", &call, &Tensor::from_slice(&got), &slips)?;

    context.for_all((points(), 0_usize..=5), |(x, n)| {
        let call = call_of("zeroed", BATCHES, x, n);
        let seen = Seen::default();
        let f = batches(&seen);
        let got = call.returns(|| ZEROED(&f, x, n))?;
        let expected: Vec<f64> = (0..n).map(|k| gradient_of_batch(k, x)).collect();
        let so_far = |k| (0..=k).map(|k| gradient_of_batch(k, x)).sum::<f64>();
        call.expect(&Tensor::from_slice(&got), &Tensor::from_slice(&expected))
            .named("the list of gradients")
            .within(TWELVE_DIGITS)
            .slip(NOT_CLEARED, || Tensor::from_slice(&(0..n).map(so_far).collect::<Vec<_>>()))
            .slip(HANDLE, || Tensor::from_slice(&vec![expected[n - 1]; n]))
            .slip(HANDLE, || Tensor::from_slice(&vec![so_far(n - 1); n]))
            .slip(HANDLE, || Tensor::from_slice(&vec![0.0; n]))
            .check()?;
        seen.check(&call, n)
    })?;

    // Each by itself: a gradient that is large, or infinite, leaves nothing behind for the next.
    for (formula, first) in [("1e17·x in pass 0, then x", 1e17), ("∞·x in pass 0, then x", f64::INFINITY)]
    {
        let passes = Cell::new(0);
        let f = |x: &Tensor| if passes.replace(passes.get() + 1) == 0 { x * first } else { x * 1.0 };
        let call = call_of("zeroed", formula, 2.0, 3);
        let got = call.returns(|| ZEROED(&f, 2.0, 3))?;
        call.expect(&Tensor::from_slice(&got), &Tensor::from_slice(&[first, 1.0, 1.0]))
            .named("the list of gradients")
            .within(TWELVE_DIGITS)
            .check()
            .map_err(|failure| {
                failure.because(
                    "differences of running sums lose what is small beside the sum, and 0 · ∞ is NaN: clear the gradient \
                     (zero_grad), or make a new leaf.",
                )
            })?;
    }

    // The law: the sum of all is what they would have come to, never cleared.
    for x in [-1.5, 0.25, 2.0] {
        let f = |x: &Tensor| x.sin() * x;
        let call = call_of("zeroed", "x·sin x", x, 4);
        let each = call.returns(|| ZEROED(&f, x, 4))?;
        let by_hand = 4.0 * (x.cos() * x + x.sin());
        call.expect(&one(each.iter().sum()), &one(by_hand))
            .named("the sum of the gradients, which should be 4·(x·cos x + sin x),")
            .within(TWELVE_DIGITS)
            .check()?;
    }
    Ok(())
}

const NOT_CLEARED: &str = "these are running sums: backward adds to the gradient that is there. Clear it (zero_grad) before \
                           the next pass, or make a new leaf.";
const HANDLE: &str = "grad() is a handle and no copy: what comes later shows through it. Take the number out \
                      (double_value) after each pass, before anything is cleared.";

fn nothing_recorded(context: &Context) -> Outcome {
    context.for_all((matrices(), any::<bool>()), |(spec, tracked)| {
        let x = spec.tensor(context.device()).set_requires_grad(tracked);
        let p = (x.detach().ones_like() * 0.5).set_requires_grad(true);
        let call = Call::new("infer").formula("f", "p·x² − x, where p is tracked, pᵢ = ½").tensor("x", &x);
        let expected = like(&x, values(&x).into_iter().map(|x| 0.5 * x * x - x).collect());
        let (evaluations, recording) = (Cell::new(0), Cell::new(false));
        let f = |x: &Tensor| {
            evaluations.set(evaluations.get() + 1);
            recording.set((&p * 1.0).requires_grad());
            &p * x.square() - x
        };
        let got = call.returns(|| INFER(&f, &x))?;
        call.expect(&got, &expected).check()?;
        evaluated(&call, evaluations.get(), 1)?;
        call.holds(!recording.get(), "f was evaluated with gradient mode on").map_err(|failure| {
            failure.because(
                "what f computes is then recorded, and detach() comes too late. Switch gradient mode off before: a \
                 guard has to live while f is evaluated, and `let _ = …` drops it at once.",
            )
        })?;
        call.holds(!got.requires_grad(), "the result is tracked")
    })
}

fn mode_restored(context: &Context) -> Outcome {
    let x = Tensor::from_slice(&[1.5, -2.0]).to_device(context.device());
    let leaf = Tensor::from(1.0).set_requires_grad(true);
    let mode = || (&leaf * 1.0).requires_grad();

    let call = Call::new("infer").formula("f", "x²").tensor("x", &x);
    let on = call.returns(|| {
        let _ = INFER(&|x| x.square(), &x);
        mode()
    })?;
    call.holds(on, "left gradient mode off")?;

    let call = Call::new("infer").formula("f", "x², called with gradient mode off").tensor("x", &x);
    let on = call.returns(|| {
        tch::no_grad(|| {
            let _ = INFER(&|x| x.square(), &x);
            mode()
        })
    })?;
    call.holds(!on, "switched gradient mode on, which was off before")?;

    let call = Call::new("infer").formula("f", "a panic").tensor("x", &x);
    let (panicked, on) = call.returns(|| {
        let body = || INFER(&|_| panic!("this is the panic of f"), &x);
        (catch_unwind(AssertUnwindSafe(body)).is_err(), mode())
    })?;
    call.holds(panicked, "returned, although f panics")?;
    call.holds(on, "left gradient mode off, after f panicked").map_err(|failure| {
        failure.because(
            "tch::no_grad(…) switches back after its closure has returned, and a panic does not return. A \
             no_grad_guard switches back when it goes out of scope, in every case.",
        )
    })
}

/// Matrices, empty ones too, with different entries. A failing one shrinks to one with entries if it can.
fn matrices() -> BoxedStrategy<TensorSpec> {
    let at_least = |size| tensors(&[size..=3, size..=3], &KINDS, elements::quarters().no_shrink().boxed());
    prop_oneof![3 => at_least(1), 1 => at_least(0)].boxed()
}

/// `numbers` with the shape, dtype and device of `tensor`.
fn like(tensor: &Tensor, numbers: Vec<f64>) -> Tensor {
    let (shape, kind, layout) = (tensor.size(), tensor.kind(), Layout::Contiguous);
    TensorSpec { shape, kind, values: numbers, layout }.tensor(tensor.device())
}

fn call_of_two(formula: &str, w: &Tensor) -> Call {
    Call::new("two_grads").formula("f", formula).tensor("w", w)
}

fn kept_graph(context: &Context) -> Outcome {
    let inputs = (matrices(), any::<bool>(), select(vec![1.0, -2.0, 0.5]));
    context.for_all(inputs, |(spec, tracked, a)| {
        let w = spec.tensor(context.device()).set_requires_grad(tracked);
        let call = call_of_two(&format!("{a}·Σ(wᵢ³ − cos wᵢ)"), &w);
        let gradient = |w: f64| a * (3.0 * w * w + w.sin());
        let expected = like(&w, values(&w).into_iter().map(gradient).collect());

        let (evaluations, given) = (Cell::new(0), RefCell::new(None));
        let f = |w: &Tensor| {
            evaluations.set(evaluations.get() + 1);
            given.replace(Some((w.size(), w.kind())));
            (w.pow_tensor_scalar(3) - w.cos()).sum(None::<Kind>) * a
        };
        let (first, second) = call.succeeds(|| TWO_GRADS(&f, &w))?;
        if let Some((size, kind)) = given.take() {
            let as_w = size == expected.size() && kind == expected.kind();
            call.holds(as_w, &format!("f was given a {kind:?} of shape {size:?}, expected one like w"))?;
        }
        let twice = || &expected * 2.0;
        for (name, got) in [("the first gradient", &first), ("the second gradient", &second)] {
            let tolerance = if spec.kind == Kind::Double { TWELVE_DIGITS } else { Tolerance::of(spec.kind) };
            call.expect(got, &expected)
                .named(name)
                .within(tolerance)
                .slip("this gradient is counted twice: backward adds to what the leaf already has.", twice)
                .check()?;
            call.holds(!got.requires_grad(), &format!("{name} is tracked")).map_err(|failure| {
                failure.because(
                    "create_graph, the last argument of run_backward, records the backward pass itself; only \
                     keep_graph is needed.",
                )
            })?;
        }
        call.expect(&second, &first)
            .named("the second gradient, which should be the first,")
            .within(Tolerance::EXACT)
            .check()?;
        evaluated(&call, evaluations.get(), 1).map_err(|failure| {
            failure.because(
                "one graph serves both passes if the first one keeps it: keep_graph, the third argument of \
                 run_backward.",
            )
        })
    })?;

    // One element is a single number in every shape, and 16 bits are floating-point, too. All is exact.
    for kind in [Kind::Float, Kind::Half, Kind::BFloat16] {
        let w = Tensor::from_slice(&[1.5, -2.0, 4.0]).to_kind(kind).to_device(context.device());
        let call = call_of_two("Σ wᵢ², of shape [1, 1]", &w);
        let expected = like(&w, vec![3.0, -4.0, 8.0]);
        let f = |w: &Tensor| w.square().sum(None::<Kind>).reshape([1, 1]);
        let (first, second) = call.succeeds(|| TWO_GRADS(&f, &w))?;
        for (name, got) in [("the first gradient", &first), ("the second gradient", &second)] {
            call.expect(got, &expected).named(name).check()?;
        }
    }
    Ok(())
}

fn independent_of_w(context: &Context) -> Outcome {
    let tracked = Tensor::from(4.0).set_requires_grad(true);
    let functions: [(&str, Fun); 3] = [
        ("7", &|_| Tensor::from(7.0)),
        ("Σ wᵢ², of w.detach()", &|w| w.detach().square().sum(None::<Kind>)),
        ("p², of a tracked p elsewhere", &|_| tracked.square()),
    ];
    for (kind, tracked) in [(Kind::Float, false), (Kind::Double, true)] {
        for (formula, f) in functions {
            let w = Tensor::from_slice(&[1.5, -2.0, 4.0]).to_kind(kind).to_device(context.device());
            let w = w.set_requires_grad(tracked);
            let call = call_of_two(formula, &w);
            let zero = like(&w, vec![0.0; 3]);
            let (first, second) = call.succeeds(|| TWO_GRADS(f, &w)).map_err(|failure| {
                failure.because(
                    "a value that depends on no tracked tensor has no graph (requires_grad() is false); one whose \
                     graph does not reach w has a gradient that is not defined(). Either way the gradient is 0.",
                )
            })?;
            for (name, got) in [("the first gradient", &first), ("the second gradient", &second)] {
                call.expect(got, &zero).named(name).within(Tolerance::EXACT).check()?;
                call.holds(!got.requires_grad(), &format!("{name} is tracked"))?;
            }
            own_storage(&call, &first, &second)?;
        }
    }
    Ok(())
}

fn apart(context: &Context) -> Outcome {
    for layout in Layout::ALL {
        for tracked in [false, true] {
            let numbers = vec![1.5, -2.0, 4.0, 0.25, 3.0, -6.5];
            let spec = TensorSpec { shape: vec![2, 3], kind: Kind::Float, values: numbers, layout };
            let x = spec.tensor(context.device()).set_requires_grad(tracked);
            let call = Call::new("infer").formula("f", "x²").tensor("x", &x);
            let _ = call.returns(|| INFER(&|x| x.square(), &x))?;
            call.leaves_inputs_alone()?;

            let w = spec.tensor(context.device()).set_requires_grad(tracked);
            let call = call_of_two("Σ wᵢ³", &w);
            let f = |w: &Tensor| w.pow_tensor_scalar(3).sum(None::<Kind>);
            let (first, second) = call.succeeds(|| TWO_GRADS(&f, &w))?;
            call.leaves_inputs_alone()?;
            let left = w.grad().defined();
            call.holds(!left, "left a gradient in w").map_err(|failure| {
                failure.because("f was differentiated by w itself: use a leaf of your own.")
            })?;
            own_storage(&call, &first, &second)?;
        }
    }
    Ok(())
}

fn own_storage(call: &Call, first: &Tensor, second: &Tensor) -> Outcome {
    call.holds(first.data_ptr() != second.data_ptr(), "the two gradients are one, in the same storage").map_err(
        |failure| {
            failure.because(
                "grad() and shallow_clone() are handles on the same numbers: what is written into one shows in the \
                 other. run_backward gives a new gradient with each pass, and zeros_like new zeros.",
            )
        },
    )
}

fn refusals(context: &Context) -> Outcome {
    let tensor = |kind| Tensor::from_slice(&[3.0, 1.0]).to_kind(kind).to_device(context.device());
    for kind in [Kind::Int64, Kind::Bool] {
        let w = tensor(kind);
        let call = call_of_two("Σ wᵢ", &w);
        call.refuses(Refusal::Kind, || TWO_GRADS(&|w| w.sum(None::<Kind>), &w))?;
    }
    let functions: [(&str, Fun); 3] = [
        ("w², not summed", &|w| w.square()),
        ("[1, 2], constant", &|_| Tensor::from_slice(&[1.0, 2.0])),
        ("an empty part of w, shape [0]", &|w| w.narrow(0, 0, 0)),
    ];
    for (formula, f) in functions {
        let w = tensor(Kind::Float);
        let call = call_of_two(formula, &w);
        call.refuses(Refusal::Shape, || TWO_GRADS(f, &w)).map_err(|failure| {
            failure.because(
                "only a single number has a gradient: look at its numel(). run_backward differentiates the sum of \
                 the elements without a word.",
            )
        })?;
        // An early return, too, leaves w as it was.
        call.leaves_inputs_alone()?;
    }
    Ok(())
}
