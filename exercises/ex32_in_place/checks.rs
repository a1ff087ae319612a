//! Checks of ex32. Values are compared with loops over plain numbers. That a write is in place is
//! proved by the address and the strides of the storage, that nothing was written by its version.
//! The laws: adding x and then −x gives acc back; for ½‖w‖² each step multiplies w by 1 − lr;
//! compacting again changes nothing.

use std::ops::RangeInclusive;

use harness::inputs::{elements, tensors, values};
use harness::prelude::*;

harness::exercise!(ex32, suite);

// The signatures of the contract: another one is a compile error here.
const ADD_INTO: fn(&mut Tensor, &Tensor) -> R<()> = ex32::add_into;
const SGD_UPDATE: fn(&mut Tensor, f64) -> R<()> = ex32::sgd_update;
const COMPACT: fn(&Tensor) -> Tensor = ex32::compact;

/// Layouts in which each entry has a number of its own in memory, so that each can be written to.
const WRITABLE: [Layout; 3] = [Layout::Contiguous, Layout::Transposed, Layout::OffsetSlice];

fn suite(suite: &mut Suite) {
    suite.check("add_into adds x to acc, repeated where x is smaller", 1, sums);
    suite.check("add_into writes into the storage of acc, and records nothing", 2, sum_in_place);
    suite.check("sgd_update gives w − lr·∇f(w), and zeroes the gradient", 2, steps);
    suite.check("w stays the same leaf in the same storage", 1, same_leaf);
    suite.check("compact gives the values of t in row-major order", 1, row_major);
    suite.check("compact copies nothing that is contiguous already", 1, no_copy);
    suite.check("x and t are left as they were", 1, inputs_left_alone);
    suite.check("what acc cannot hold, and a step that cannot be taken, is refused", 1, refusals);
}

fn tensor(shape: &[i64], kind: Kind, values: &[f64], layout: Layout, context: &Context) -> Tensor {
    TensorSpec { shape: shape.to_vec(), kind, values: values.to_vec(), layout }.tensor(context.device())
}

/// `numbers` with the shape, dtype and device of `tensor`.
fn like(tensor: &Tensor, numbers: Vec<f64>) -> Tensor {
    let (shape, kind, layout) = (tensor.size(), tensor.kind(), Layout::Contiguous);
    TensorSpec { shape, kind, values: numbers, layout }.tensor(tensor.device())
}

fn call_add(acc: &Tensor, x: &Tensor) -> Call {
    Call::new("add_into").tensor("acc", acc).tensor("x", x)
}

/// Matrices that can be written to. A failing one shrinks in its shape alone: its entries stay
/// different.
fn writable(sizes: RangeInclusive<i64>, kinds: &[Kind]) -> impl Strategy<Value = TensorSpec> + use<> {
    let entries = elements::quarters().no_shrink().boxed();
    let matrices = tensors(&[sizes.clone(), sizes], kinds, entries);
    (matrices, select(WRITABLE.to_vec())).prop_map(|(spec, layout)| spec.in_layout(layout))
}

const NOT_MOVED: &str = "acc is as it was: + makes a new tensor, add_ and += write into the old one.";
const OVERWRITTEN: &str = "acc holds x alone: copy_ overwrites, add_ adds.";

fn sums(context: &Context) -> Outcome {
    let vector = |numbers: &[f64]| tensor(&[3], Kind::Float, numbers, Layout::Contiguous, context);
    let (mut acc, x) = (vector(&[1.0, 2.0, 3.0]), vector(&[10.0, 20.0, 30.0]));
    let call = Call::new("acc after add_into").tensor("acc", &acc).tensor("x", &x);
    call.succeeds(|| ADD_INTO(&mut acc, &x))?;
    let slips: [(&str, &dyn Fn() -> Tensor); 2] =
        [(NOT_MOVED, &|| vector(&[1.0, 2.0, 3.0])), (OVERWRITTEN, &|| vector(&[10.0, 20.0, 30.0]))];
    context.matches_fixture("lecture_sum", &call, &acc.detach(), &slips)?;

    // Quarters are exact in all of these, and their sums are.
    let kinds = [Kind::Float, Kind::Double, Kind::Half, Kind::Int64];
    // Of what x repeats: nothing, its one row, its one column, as a vector, as a number.
    let sizes_of_x: [fn(i64, i64) -> Vec<i64>; 5] =
        [|m, n| vec![m, n], |_, n| vec![1, n], |m, _| vec![m, 1], |_, n| vec![n], |_, _| vec![]];
    let inputs = (writable(0..=3, &kinds), writable(3..=3, &kinds), 0..5_usize, select(Layout::ALL.to_vec()));
    context.for_all(inputs, |(spec, of_x, repeated, layout)| {
        let (m, n) = (spec.shape[0], spec.shape[1]);
        let shape = sizes_of_x[repeated](m, n);
        let numel = shape.iter().product::<i64>() as usize;
        let x = || tensor(&shape, spec.kind, &of_x.values[..numel], layout, context);

        let (mut acc, given) = (spec.tensor(context.device()), x());
        let (before, of_x) = (values(&acc), values(&given));
        let (rows, columns) = match shape[..] {
            [rows, columns] => (rows, columns),
            [columns] => (1, columns),
            _ => (1, 1),
        };
        let places = (0..m).flat_map(|i| (0..n).map(move |j| (i % rows) * columns + j % columns));
        let repeated: Vec<f64> = places.map(|place| of_x[place as usize]).collect();
        let sum = before.iter().zip(&repeated).map(|(acc, x)| acc + x).collect();
        let expected = like(&acc, sum);

        let call = call_add(&acc, &given);
        call.succeeds(|| ADD_INTO(&mut acc, &given))?;
        call.expect(&acc.detach(), &expected)
            .named("acc")
            .within(Tolerance::EXACT)
            .slip(NOT_MOVED, || like(&expected, before.clone()))
            .slip(OVERWRITTEN, || like(&expected, repeated.clone()))
            .check()?;

        // The law. A fresh x: what is written to it, another check asks.
        let negative = -x();
        let call = call_add(&acc, &negative);
        call.succeeds(|| ADD_INTO(&mut acc, &negative))?;
        call.expect(&acc.detach(), &like(&expected, before.clone()))
            .named("acc, after x and then −x were added,")
            .within(Tolerance::EXACT)
            .check()
    })?;
    // acc has any shape: a number, and three dimensions.
    for (shape, of_x) in [(&[][..], &[][..]), (&[2, 1, 3], &[2, 1, 3]), (&[2, 1, 3], &[3]), (&[2, 1, 3], &[])]
    {
        let of = |shape: &[i64], numbers: [f64; 6]| {
            let numel = shape.iter().product::<i64>() as usize;
            tensor(shape, Kind::Float, &numbers[..numel], Layout::Contiguous, context)
        };
        let mut acc = of(shape, [8.0, -4.0, 1.0, 3.0, 7.0, 2.0]);
        let x = of(of_x, [1.0, 5.0, -2.0, 6.0, 3.0, 9.0]);
        let repeated = values(&x).into_iter().cycle();
        let expected = like(&acc, values(&acc).into_iter().zip(repeated).map(|(acc, x)| acc + x).collect());
        let call = call_add(&acc, &x);
        call.succeeds(|| ADD_INTO(&mut acc, &x))?;
        call.expect(&acc, &expected).named("acc").within(Tolerance::EXACT).check()?;
    }

    // 2⁶³ − 1 = (2⁶³ − 3) + 2 has more digits than a float64.
    let mut acc = tensor(&[2], Kind::Int64, &[0.0; 2], Layout::Contiguous, context) + (i64::MAX - 2);
    let x = tensor(&[2], Kind::Int64, &[2.0, 1.0], Layout::Contiguous, context);
    let call = call_add(&acc, &x);
    call.succeeds(|| ADD_INTO(&mut acc, &x))?;
    let exact = acc.int64_value(&[0]) == i64::MAX && acc.int64_value(&[1]) == i64::MAX - 1;
    call.holds(exact, "acc is not 2⁶³ − 1 and 2⁶³ − 2 after the call")
        .map_err(|failure| failure.because("a float has too few digits for these integers: add as int64."))?;

    one_row_of_an_expanded_tensor(context)
}

/// It has stride 0 along a dimension of size 1: each of its entries has a number of its own.
fn one_row_of_an_expanded_tensor(context: &Context) -> Outcome {
    let expanded = tensor(&[2, 3], Kind::Float, &[8.0, -4.0, 1.0, 8.0, -4.0, 1.0], Layout::Expanded, context);
    let mut acc = expanded.narrow(0, 1, 1);
    let x = tensor(&[1, 3], Kind::Float, &[1.0, 5.0, -2.0], Layout::Contiguous, context);
    let expected = like(&acc, vec![9.0, 1.0, -1.0]);
    let call = call_add(&acc, &x);
    call.succeeds(|| ADD_INTO(&mut acc, &x)).map_err(|failure| {
        failure.because(
            "acc has stride 0 along a dimension of size 1, where no step is ever taken: no number is two entries.",
        )
    })?;
    call.expect(&acc, &expected).named("acc").within(Tolerance::EXACT).check()
}

const REPLACED: &str = "*acc = … puts a new tensor in the place of acc, and set_data another storage under it: add_ and \
                        += write into the one that is there. contiguous() and to_kind() may copy as well.";
const RECORDED: &str = "the sum was recorded: write inside tch::no_grad, or to and from detach()ed tensors.";

fn sum_in_place(context: &Context) -> Outcome {
    // dtype of acc, of x, and which of them is tracked. All sums are exact in the dtype of acc.
    let cases = [
        (Kind::Float, Kind::Float, false, false),
        (Kind::Float, Kind::Float, false, true),
        (Kind::Float, Kind::Float, true, false),
        (Kind::Float, Kind::Double, true, true),
        (Kind::Half, Kind::Float, false, false),
        (Kind::Double, Kind::Int64, false, false),
        (Kind::Int, Kind::Int64, false, false),
        (Kind::BFloat16, Kind::Half, true, false),
        (Kind::Half, Kind::Bool, false, false),
        (Kind::Uint8, Kind::Bool, false, false),
        (Kind::Bool, Kind::Bool, false, false),
    ];
    for layout in WRITABLE {
        for (kind, kind_of_x, tracked, x_tracked) in cases {
            let numbers = [8.0, -4.0, 1.0, 3.0, 7.0, 2.0];
            let mut acc = tensor(&[2, 3], kind, &numbers, layout, context).set_requires_grad(tracked);
            let numbers = [1.0, 5.0, -2.0, 6.0, 3.0, 9.0];
            let x = tensor(&[2, 3], kind_of_x, &numbers, Layout::Contiguous, context)
                .set_requires_grad(x_tracked);
            // Of what the tensors hold: uint8 has no −4, and bool no 8.
            let sums: Vec<f64> = values(&acc).into_iter().zip(values(&x)).map(|(acc, x)| acc + x).collect();
            let expected = like(&acc, sums);
            let (address, strides) = (acc.data_ptr(), acc.stride());
            let call = call_add(&acc, &x);
            call.succeeds(|| ADD_INTO(&mut acc, &x))?;
            call.expect(&acc.detach(), &expected).named("acc").within(Tolerance::EXACT).check()?;

            let got = acc.kind();
            call.holds(got == kind, &format!("acc is {got:?} after the call, and was {kind:?}"))
                .map_err(|failure| failure.because(REPLACED))?;
            call.holds(acc.data_ptr() == address, "acc has other storage after the call")
                .map_err(|failure| failure.because(REPLACED))?;
            let got = acc.stride();
            call.holds(
                got == strides,
                &format!("acc has strides {got:?} after the call, and had {strides:?}"),
            )
            .map_err(|failure| failure.because(REPLACED))?;
            let flag = |tracked| if tracked { "tracked" } else { "untracked" };
            let now = acc.requires_grad();
            let headline = format!("acc is {} after the call, and was {}", flag(now), flag(tracked));
            call.holds(now == tracked, &headline).map_err(|failure| failure.because(RECORDED))?;
            call.holds(acc.is_leaf(), "acc is no leaf after the call")
                .map_err(|failure| failure.because(RECORDED))?;
        }
    }
    Ok(())
}

fn call_sgd(w: &Tensor, lr: f64) -> Call {
    Call::new("sgd_update").tensor("w", w).value("lr", lr)
}

/// Leaves the gradient of Σ ½aᵢwᵢ² + bᵢwᵢ, which is aᵢwᵢ + bᵢ, in `w`: adds it to what is there.
fn backward(w: &Tensor, a: &Tensor, b: &Tensor) {
    (w * (a * w * 0.5 + b)).sum(None::<Kind>).backward();
}

const UPHILL: &str = "this step goes along the gradient, uphill: descent subtracts lr·∇f(w).";
const ACCUMULATED: &str =
    "the gradients of earlier steps are still there, and backward adds to them: zero_grad() after the write.";
const ZEROED_TOO_EARLY: &str = "w has not moved. w.grad() is a handle on the gradient and no copy: after zero_grad() it \
                                shows zeros. Write first. (And w − … makes a new tensor, sub_ and -= write into w.)";

fn steps(context: &Context) -> Outcome {
    // The visible example, of two steps: ½‖w‖², so a = 1 and b = 0.
    let vector = |numbers: &[f64]| tensor(&[2], Kind::Double, numbers, Layout::Contiguous, context);
    let mut w = vector(&[1.0, -2.0]).set_requires_grad(true);
    let call = Call::new("w after one step and after two of sgd_update")
        .tensor("w", &w)
        .value("lr", 0.2)
        .formula("∇f(w)", "w");
    let mut iterates = Vec::new();
    for _ in 0..2 {
        step(&call, &mut w, &vector(&[1.0, 1.0]), &vector(&[0.0, 0.0]), 0.2)?;
        iterates.push(w.detach().copy());
    }
    let pair = |numbers: &[f64]| vector(numbers).unsqueeze(1) * vector(&[1.0, -2.0]);
    let slips: [(&str, &dyn Fn() -> Tensor); 3] = [
        (UPHILL, &|| pair(&[1.2, 1.44])),
        (ACCUMULATED, &|| pair(&[0.8, 0.44])),
        (ZEROED_TOO_EARLY, &|| pair(&[1.0, 1.0])),
    ];
    context.matches_fixture("two_steps", &call, &Tensor::stack(&iterates, 0), &slips)?;

    let rates = select(vec![0.25, 0.5, 0.1, 2.0]);
    let kinds = [Kind::Float, Kind::Double];
    context.for_all((writable(0..=3, &kinds), rates, 1_usize..=3), |(spec, lr, updates)| {
        let mut w = spec.tensor(context.device()).set_requires_grad(true);
        let start = values(&w);
        let a: Vec<f64> = (0..start.len()).map(|flat| 0.5 + 0.25 * (flat % 4) as f64).collect();
        let b: Vec<f64> = (0..start.len()).map(|flat| 1.5 - flat as f64).collect();
        let (of_a, of_b) = (like(&w, a.clone()), like(&w, b.clone()));
        // w after the updates, if each step is lr·(∇f(w) + what `kept` leaves of the gradients
        // before).
        let descend = |lr: f64, kept: f64| {
            let mut w = start.clone();
            let mut gradient = vec![0.0; w.len()];
            for _ in 0..updates {
                for i in 0..w.len() {
                    gradient[i] = kept * gradient[i] + a[i] * w[i] + b[i];
                    w[i] -= lr * gradient[i];
                }
            }
            like(&of_a, w)
        };
        let call = call_sgd(&w, lr).formula("∇f(w)", "a·w + b").value("updates", updates);
        for _ in 0..updates {
            step(&call, &mut w, &of_a, &of_b, lr)?;
        }
        call.expect(&w.detach(), &descend(lr, 0.0))
            .named("w")
            .slip(UPHILL, || descend(-lr, 0.0))
            .slip(ACCUMULATED, || descend(lr, 1.0))
            .slip(ZEROED_TOO_EARLY, || descend(0.0, 0.0))
            .check()?;
        let gradient = w.grad();
        // Whether w is the leaf that it was, and has a gradient, another check asks.
        let zeroed = !gradient.defined() || values(&gradient).iter().all(|&entry| entry == 0.0);
        call.holds(zeroed, "the gradient is not zero after the update")
            .map_err(|failure| failure.because(ACCUMULATED))
    })?;

    // No positive rate is too small or too large. ∇f(w) is w.
    for (lr, expected) in [(1e-310, [1.0, -2.0]), (1e4, [-9999.0, 19_998.0])] {
        let mut w = vector(&[1.0, -2.0]).set_requires_grad(true);
        let call = call_sgd(&w, lr).formula("∇f(w)", "w");
        step(&call, &mut w, &vector(&[1.0, 1.0]), &vector(&[0.0, 0.0]), lr)?;
        call.expect(&w.detach(), &vector(&expected)).named("w").check()?;
    }

    // 10³⁰·10³⁰ is ∞ in float32, and so is the gradient.
    let mut w = tensor(&[2], Kind::Float, &[1e30, -2.0], Layout::Contiguous, context).set_requires_grad(true);
    let (a, b) = (w.detach().abs(), w.zeros_like());
    let call = call_sgd(&w, 0.5).formula("∇f(w)", "[∞, −4]");
    step(&call, &mut w, &a, &b, 0.5)?;
    call.expect(&w.detach(), &like(&w, vec![f64::NEG_INFINITY, 0.0])).named("w").check()?;
    let gradient = w.grad();
    let zeroed = !gradient.defined() || values(&gradient).iter().all(|&entry| entry == 0.0);
    call.holds(zeroed, "the gradient is not zero after the update")
        .map_err(|failure| failure.because("0·∞ and ∞ − ∞ are NaN: zero_grad() writes zeros."))
}

/// A backward pass, and the update.
fn step(call: &Call, w: &mut Tensor, a: &Tensor, b: &Tensor, lr: f64) -> Outcome {
    call.holds(w.requires_grad() && w.is_leaf(), "w is no tracked leaf after an update")
        .map_err(|failure| failure.because(NEW_LEAF))?;
    backward(w, a, b);
    call.succeeds(|| SGD_UPDATE(w, lr))
}

const NEW_LEAF: &str = "*w = … puts a new tensor in the place of w, and set_data another storage under it: whoever else \
                        holds w, as a model does, sees no update. Inside tch::no_grad, -= and sub_ write into it.";

fn same_leaf(context: &Context) -> Outcome {
    for layout in WRITABLE {
        for kind in [Kind::Float, Kind::Double, Kind::Half, Kind::BFloat16] {
            let numbers = [8.0, -4.0, 1.0, 0.5, 2.0, 7.0];
            let mut w = tensor(&[2, 3], kind, &numbers, layout, context).set_requires_grad(true);
            let (a, b) = (w.detach().copy(), w.detach() + 1.0);
            let (address, strides) = (w.data_ptr(), w.stride());
            backward(&w, &a, &b);
            let call = call_sgd(&w, 0.5);
            call.succeeds(|| SGD_UPDATE(&mut w, 0.5))?;
            let leaf = w.requires_grad() && w.is_leaf();
            call.holds(leaf, "w is no tracked leaf after the update")
                .map_err(|failure| failure.because(NEW_LEAF))?;
            let same = w.data_ptr() == address && w.stride() == strides;
            call.holds(same, "w has other storage after the update")
                .map_err(|failure| failure.because(NEW_LEAF))?;
            call.holds(w.grad().defined(), "w.grad() is undefined after the update, expected zeros")
                .map_err(|failure| failure.because(NEW_LEAF))?;
        }
    }
    Ok(())
}

fn call_compact(t: &Tensor) -> Call {
    Call::new("compact").tensor("t", t)
}

const STRIDES_KEPT: &str = "copy() keeps the strides of a transposed tensor, and reshape to the same shape changes \
                            nothing. contiguous() puts the entries in order.";

fn row_major(context: &Context) -> Outcome {
    let t = tensor(&[12], Kind::Int64, &Vec::from_iter((0..12).map(f64::from)), Layout::Contiguous, context)
        .reshape([3, 4])
        .tr();
    let call = call_compact(&t);
    let in_memory = || t.tr().reshape([4, 3]);
    let as_it_lies = "these are the numbers in the order in which they lie in memory: the strides say where each entry is.";
    let got = call.returns(|| COMPACT(&t))?;
    context.matches_fixture("lecture_transpose", &call, &got, &[(as_it_lies, &in_memory)])?;

    let large = tensor(&[2, 2], Kind::Int64, &[0.0; 4], Layout::Transposed, context) + i64::MAX;
    let call = call_compact(&large);
    let got = call.returns(|| COMPACT(&large))?;
    call.holds(
        got.kind() == Kind::Int64 && got == large,
        "the result does not hold 2⁶³ − 1 any more: a float has too few digits for it",
    )?;

    let is_compact = |spec: &TensorSpec| {
        let t = spec.tensor(context.device());
        let expected = like(&t, values(&t));
        let call = call_compact(&t);
        let got = call.returns(|| COMPACT(&t))?;
        call.expect(&got, &expected)
            .within(Tolerance::EXACT)
            .slip(as_it_lies, || {
                let row_major = expected.stride();
                t.as_strided(t.size(), row_major, None)
            })
            .check()?;
        let headline = format!(
            "the result has strides {:?}, which are not row-major for shape {:?}",
            got.stride(),
            got.size()
        );
        call.holds(got.is_contiguous(), &headline).map_err(|failure| failure.because(STRIDES_KEPT))
    };
    let kinds = [
        Kind::Bool,
        Kind::Uint8,
        Kind::Int8,
        Kind::Int16,
        Kind::Int,
        Kind::Int64,
        Kind::Half,
        Kind::BFloat16,
        Kind::Float,
        Kind::Double,
    ];
    for kind in kinds {
        let (shape, values) = (vec![2, 3], vec![1.0, 0.0, 1.0, 1.0, 0.0, 0.0]);
        is_compact(&TensorSpec { shape, kind, values, layout: Layout::Transposed })?;
    }
    // From 0 to 100, which all of these dtypes but bool hold.
    let whole_numbers = || elements::integers(0..=100).no_shrink().boxed();
    let of_rank = |rank| tensors(&vec![0..=3; rank], &kinds, whole_numbers());
    context.for_all(prop_oneof![of_rank(1), of_rank(2), of_rank(3), of_rank(4)], |spec| is_compact(&spec))?;

    for layout in Layout::ALL {
        let numbers = [8.0, -4.0, 1.0, 0.5, 2.0, 7.0];
        let t = tensor(&[2, 3], Kind::Float, &numbers, layout, context).set_requires_grad(true);
        let weights =
            tensor(&[2, 3], Kind::Float, &[3.0, 1.0, -2.0, 5.0, 0.5, 4.0], Layout::Contiguous, context);
        let call = call_compact(&t);
        let got = call.returns(|| COMPACT(&t))?;
        let cut = "detach() cuts the result off from t: contiguous() is recorded like any other operation.";
        call.holds(got.requires_grad(), "the result is untracked, t is tracked")
            .map_err(|failure| failure.because(cut))?;
        (got * &weights).sum(None::<Kind>).backward();
        let gradient = t.grad();
        call.holds(gradient.defined(), "no gradient flows through the result to t")
            .map_err(|failure| failure.because(cut))?;
        call.expect(&gradient, &weights)
            .named("the gradient of Σ c·compact(t) at t, which should be c,")
            .within(Tolerance::EXACT)
            .check()?;
    }
    Ok(())
}

fn no_copy(context: &Context) -> Outcome {
    let numbers: Vec<f64> = (0..12).map(|flat| 1.25 * f64::from(flat * flat) + 0.5).collect();
    let a = || tensor(&[4, 3], Kind::Float, &numbers, Layout::Contiguous, context);
    let unused = "the strides differ from 1 or from those of a new tensor only along dimensions of size 1, where no step \
                  is ever taken: ask is_contiguous(), or let contiguous() ask.";
    let copied = "copy() always copies; contiguous() does where it has to, and only there.";
    for (what, t, cause) in [
        ("a matrix", a(), copied),
        ("its last rows", a().narrow(0, 1, 3), copied),
        ("one of its rows", a().select(0, 2), copied),
        ("one number", a().select(0, 2).select(0, 1), copied),
        ("its transpose's transpose", a().tr().tr(), copied),
        ("as three dimensions", a().reshape([2, 2, 3]), copied),
        ("as four dimensions", a().reshape([2, 2, 1, 3]), copied),
        ("a row of its own", a().narrow(0, 1, 1).as_strided([1, 3], [7, 1], Some(3)), unused),
        ("a column, transposed", a().reshape([12, 1]).tr(), unused),
        ("a batch of one", a().unsqueeze(0).transpose(0, 1), unused),
    ] {
        let call = call_compact(&t);
        let got = call.returns(|| COMPACT(&t))?;
        let same = got.data_ptr() == t.data_ptr();
        call.holds(
            same,
            &format!("the result is a copy, though t ({what}, strides {:?}) is contiguous", t.stride()),
        )
        .map_err(|failure| failure.because(cause))?;
    }
    // The law: what is compact stays where it is.
    let t = a().tr();
    let once = call_compact(&t).returns(|| COMPACT(&t))?;
    if once.is_contiguous() {
        let call = call_compact(&once);
        let twice = call.returns(|| COMPACT(&once))?;
        call.holds(twice.data_ptr() == once.data_ptr(), "the result of compact was copied again by compact")
            .map_err(|failure| failure.because(copied))?;
    }
    Ok(())
}

fn inputs_left_alone(context: &Context) -> Outcome {
    for layout in Layout::ALL {
        for tracked in [false, true] {
            let numbers = [1.5, -2.0, 4.0, 0.25, 3.0, -6.5];
            let input = || tensor(&[2, 3], Kind::Float, &numbers, layout, context).set_requires_grad(tracked);
            let other = [8.0, -4.0, 1.0, 0.5, 2.0, 7.0];
            let x = input();
            let mut acc = tensor(&[2, 3], Kind::Float, &other, Layout::Contiguous, context);
            let call = Call::new("add_into").formula("acc", "a [2, 3]").tensor("x", &x);
            call.succeeds(|| ADD_INTO(&mut acc, &x))?;
            call.leaves_inputs_alone()?;

            let t = input();
            let strides = t.stride();
            let call = call_compact(&t);
            let _ = call.returns(|| COMPACT(&t))?;
            call.leaves_inputs_alone()?;
            call.holds(t.stride() == strides, "changed the strides of its input t")?;
        }
    }
    // w is there to be changed; what must stay is gradient mode.
    let mut w = tensor(&[2], Kind::Float, &[8.0, -4.0], Layout::Contiguous, context).set_requires_grad(true);
    backward(&w, &w.detach(), &w.detach());
    let call = Call::new("sgd_update").formula("w", "a [2], with a gradient").value("lr", 0.5);
    call.succeeds(|| SGD_UPDATE(&mut w, 0.5))?;
    call.leaves_inputs_alone()
}

fn refusals(context: &Context) -> Outcome {
    let numbers = [1.0, 0.0, 3.0, -2.0, 5.0, 7.0];
    let given = |shape: &[i64], kind, layout| {
        let numel = shape.iter().product::<i64>() as usize;
        tensor(shape, kind, &numbers[..numel], layout, context)
    };
    let refused = |acc: Tensor, x: &Tensor, refusal, cause: &str| {
        let (mut acc, handle) = (acc.shallow_clone(), acc);
        let version = handle.internal_version();
        let call = call_add(&handle, x);
        call.refuses(refusal, || ADD_INTO(&mut acc, x)).map_err(|failure| failure.because(cause))?;
        call.holds(handle.internal_version() == version, "acc was written to, though x was refused")
            .map_err(|failure| failure.because("look at everything before the first write."))
    };
    let plain = |shape: &[i64]| given(shape, Kind::Float, Layout::Contiguous);
    let grows = "the sum would be larger than acc, whose storage stays as it is: x is repeated to fit acc, not acc to fit x.";
    refused(plain(&[3]), &plain(&[2, 3]), Refusal::Shape, grows)?;
    refused(plain(&[1]), &plain(&[3]), Refusal::Shape, grows)?;
    refused(plain(&[3]), &plain(&[2]), Refusal::Shape, "sizes 3 and 2 do not broadcast.")?;
    let as_many = "x has as many entries as acc, but another shape: it does not broadcast to that of acc.";
    for (shape, of_x) in
        [(&[3][..], &[1, 3][..]), (&[3], &[3, 1]), (&[2, 3], &[3, 2]), (&[2, 3], &[6]), (&[], &[1])]
    {
        refused(plain(shape), &plain(of_x), Refusal::Shape, as_many)?;
    }
    let shared = "one number in memory is a whole column of acc (stride 0), and cannot become several sums.";
    refused(given(&[2, 3], Kind::Float, Layout::Expanded), &plain(&[2, 3]), Refusal::Shape, shared)?;

    let kinds = "the sum is converted to the dtype of acc, which would cut off what x has after the point: \
                 Tensor::can_cast(from, to) says what is allowed.";
    for (kind, kind_of_x) in
        [(Kind::Int64, Kind::Float), (Kind::Bool, Kind::Int64), (Kind::Bool, Kind::Double)]
    {
        let acc = given(&[2], kind, Layout::Contiguous);
        refused(acc, &given(&[2], kind_of_x, Layout::Contiguous), Refusal::Kind, kinds)?;
    }

    let missing = "w.grad() is undefined before the first backward pass: ask defined().";
    for tracked in [false, true] {
        let mut w = plain(&[3]).set_requires_grad(tracked);
        let call = call_sgd(&w, 0.5).formula("w.grad()", "undefined");
        call.refuses(Refusal::Convert, || SGD_UPDATE(&mut w, 0.5))
            .map_err(|failure| failure.because(missing))?;
    }
    for lr in [0.0, -0.5, f64::NAN, f64::INFINITY] {
        let nan = "NaN compares false with every number: lr <= 0.0 does not catch it, !(lr > 0.0) does.";
        let mut w = plain(&[3]).set_requires_grad(true);
        backward(&w, &plain(&[3]), &plain(&[3]));
        let before = (w.internal_version(), w.grad().copy());
        let call = call_sgd(&w, lr);
        let refused = call.refuses(Refusal::Convert, || SGD_UPDATE(&mut w, lr));
        refused.map_err(|failure| if lr.is_nan() { failure.because(nan) } else { failure })?;
        let unchanged = w.internal_version() == before.0 && w.grad().defined() && w.grad() == before.1;
        call.holds(unchanged, "w or its gradient was changed, though the step was refused")?;
    }
    Ok(())
}
