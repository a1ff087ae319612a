//! Checks of ex18. Storage is compared by address and by writes that show or do not; tracking by the flag and by
//! the gradients that arrive. The laws: Σ t·log_view(t) has gradient t, Σ tracked_copy(t)² has 2t; after k
//! updates towards the same w an average is w + (a₀ − w)·decayᵏ.

use harness::inputs::{elements, tensors, values};
use harness::prelude::*;

harness::exercise!(ex18, suite);

// The signatures of the contract: another one is a compile error here.
type Copying = fn(&Tensor) -> Tensor;
const LOG_VIEW: Copying = ex18::log_view;
const SNAPSHOT: Copying = ex18::snapshot;
const TRACKED_COPY: Copying = ex18::tracked_copy;
const EMA_UPDATE: fn(&mut Tensor, &Tensor, f64) -> R<()> = ex18::ema_update;

const KINDS: [Kind; 2] = [Kind::Float, Kind::Double];

fn suite(suite: &mut Suite) {
    suite.check("log_view shares the storage, and stops gradients", 2, views);
    suite.check("a snapshot is untracked, and stays as it is while training goes on", 2, snapshots);
    suite.check("tracked_copy has storage of its own, and gradients flow through it", 2, copies);
    suite.check("ema_update gives decay·avg + (1 − decay)·w", 1, averages);
    suite.check("ema_update writes into avg, and records nothing", 1, in_place);
    suite.check("t and w are left as they were", 1, inputs_left_alone);
    suite.check("an unusable decay, shape or dtype is refused, and avg then unchanged", 1, refusals);
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

fn untracked(call: &Call, got: &Tensor) -> Outcome {
    call.holds(!got.requires_grad(), "the result is tracked, expected an untracked tensor").map_err(
        |failure| {
            failure.because(
                "shallow_clone() is the same tensor, and copy() is recorded: detach() leaves the graph.",
            )
        },
    )
}

/// An empty tensor has no storage to share.
fn own_storage(call: &Call, got: &Tensor, input: &Tensor) -> Outcome {
    let own = input.numel() == 0 || got.data_ptr() != input.data_ptr();
    call.holds(own, "the result shares storage with t").map_err(|failure| {
        failure.because(
            "detach, shallow_clone, and where nothing changes contiguous, reshape, to_kind share storage: copy() has \
             its own.",
        )
    })
}

fn views(context: &Context) -> Outcome {
    // The lecture's example: a write to the view is a write to w.
    let t = Tensor::from_slice(&[1.0_f32, 2.0, 3.0]).to_device(context.device()).set_requires_grad(true);
    let call = Call::new("log_view").tensor("t", &t);
    let view = call.returns(|| LOG_VIEW(&t))?;
    untracked(&call, &view)?;
    let _ = view.narrow(0, 0, 1).fill_(999.0);
    let copied = "the view was written to, and t does not show it: copy() has storage of its own, detach() alone shares.";
    let slips: [(&str, &dyn Fn() -> Tensor); 1] =
        [(copied, &|| Tensor::from_slice(&[1.0_f32, 2.0, 3.0]).to_device(context.device()))];
    context.matches_fixture("lecture_after_write", &call, &t.detach(), &slips)?;

    context.for_all((matrices(), any::<bool>()), |(spec, tracked)| {
        let t = spec.tensor(context.device()).set_requires_grad(tracked);
        let call = Call::new("log_view").tensor("t", &t);
        let expected = like(&t, values(&t));
        let got = call.returns(|| LOG_VIEW(&t))?;
        call.expect(&got, &expected).within(Tolerance::EXACT).check()?;
        untracked(&call, &got)?;
        let shared = t.numel() == 0 || (got.data_ptr() == t.data_ptr() && got.stride() == t.stride());
        call.holds(shared, "the result is not a view of t as it lies in memory").map_err(|failure| {
            failure.because("copy(), and contiguous() of a transposed tensor, make new memory.")
        })?;
        if tracked {
            (&t * &got).sum(None::<Kind>).backward();
            call.expect(&t.grad(), &expected)
                .named("the gradient of Σ t·log_view(t) at t, which should be t,")
                .within(Tolerance::EXACT)
                .check()?;
        }
        Ok(())
    })?;
    keeps_everything("log_view", LOG_VIEW, context)
}

/// Nothing is computed: the dtype, the last digit of a large integer, NaN and ∞ stay as they are.
fn keeps_everything(function: &str, body: Copying, context: &Context) -> Outcome {
    let computed = "a product with 1.0 makes float32 of integers, and a sum with 0 · t makes NaN of ∞. A copy computes \
                    nothing.";
    let vectors = [
        Tensor::from_slice(&[(1_i64 << 53) + 1, -3]),
        Tensor::from_slice(&[f64::NAN, f64::INFINITY]),
        Tensor::from_slice(&[0.25, -3.0]).to_kind(Kind::Half),
    ];
    for t in vectors {
        let t = t.to_device(context.device());
        let call = Call::new(function).tensor("t", &t);
        let expected = t.copy();
        let got = call.returns(|| body(&t))?;
        call.expect(&got, &expected)
            .within(Tolerance::EXACT)
            .check()
            .map_err(|failure| failure.because(computed))?;
        // Compared by libtorch: plain numbers have 53 bits.
        let same = t.is_floating_point() || got == expected;
        call.holds(same, "the last digit of an element is lost").map_err(|failure| {
            failure.because("float64 has 53 bits for the digits of a number, int64 has 63.")
        })?;
    }
    Ok(())
}

fn snapshots(context: &Context) -> Outcome {
    context.for_all((matrices(), any::<bool>()), |(spec, tracked)| {
        // Training writes, and cannot where one number in memory is many entries.
        let written = spec.layout != Layout::Expanded;
        let mut t = spec.tensor(context.device()).set_requires_grad(tracked);
        let call = Call::new("snapshot").tensor("t", &t);
        let expected = like(&t, values(&t));
        let got = call.returns(|| SNAPSHOT(&t))?;
        call.expect(&got, &expected).within(Tolerance::EXACT).check()?;
        untracked(&call, &got)?;
        own_storage(&call, &got, &t)?;
        if written {
            let _ = tch::no_grad(|| t.g_sub_(&(t.detach() * 0.5 - 3.0)));
            call.expect(&got, &expected)
                .named("the snapshot, after a later step of t,")
                .within(Tolerance::EXACT)
                .check()?;
        }
        Ok(())
    })?;
    keeps_everything("snapshot", SNAPSHOT, context)
}

fn copies(context: &Context) -> Outcome {
    context.for_all((matrices(), any::<bool>()), |(spec, tracked)| {
        let t = spec.tensor(context.device()).set_requires_grad(tracked);
        let call = Call::new("tracked_copy").tensor("t", &t);
        let expected = like(&t, values(&t));
        let got = call.returns(|| TRACKED_COPY(&t))?;
        call.expect(&got, &expected).within(Tolerance::EXACT).check()?;
        own_storage(&call, &got, &t)?;
        if !tracked {
            return call.holds(!got.requires_grad(), "the result is tracked, t is not");
        }
        let cut = "detach() cuts the copy off from t, and set_requires_grad(true) then only makes a new leaf of it: copy() \
                   alone stays in the graph.";
        call.holds(got.requires_grad(), "the result is untracked, t is tracked")
            .map_err(|failure| failure.because(cut))?;
        got.square().sum(None::<Kind>).backward();
        call.holds(t.grad().defined(), "no gradient flows through the result to t")
            .map_err(|failure| failure.because(cut))?;
        call.expect(&t.grad(), &(expected * 2.0))
            .named("the gradient of Σ tracked_copy(t)² at t, which should be 2t,")
            .within(Tolerance::EXACT)
            .check()
    })?;
    keeps_everything("tracked_copy", TRACKED_COPY, context)
}

fn call_of_ema(avg: &Tensor, w: &Tensor, decay: f64) -> Call {
    Call::new("ema_update").tensor("avg", avg).tensor("w", w).value("decay", decay)
}

fn averages(context: &Context) -> Outcome {
    let vector = |numbers: &[f64]| Tensor::from_slice(numbers).to_device(context.device());
    let (mut avg, w) = (vector(&[8.0, -4.0, 1.0]), vector(&[0.0, 4.0, 2.0]));
    let call = call_of_ema(&avg, &w, 0.75);
    call.succeeds(|| EMA_UPDATE(&mut avg, &w, 0.75))?;
    let slips: [(&str, &dyn Fn() -> Tensor); 3] = [
        (SWAPPED, &|| vector(&[2.0, 2.0, 1.75])),
        ("avg has not moved: lerp, * and + make new tensors, lerp_, *= and += write.", &|| {
            vector(&[8.0, -4.0, 1.0])
        }),
        ("w was added whole: its weight is 1 − decay.", &|| vector(&[6.0, 1.0, 2.75])),
    ];
    context.matches_fixture("ema_three_quarters", &call, &avg.detach(), &slips)?;

    let decays = select(vec![0.9, 0.5, 0.25, 0.0, 1.0]);
    context.for_all(
        (matrices(), decays, 1_usize..=4),
        |(spec, decay, updates): (TensorSpec, f64, usize)| {
            let w = || spec.tensor(context.device());
            let start: Vec<f64> = (0..spec.values.len()).map(|flat| 6.5 - 3.0 * flat as f64).collect();
            let mut avg = like(&w(), start.clone());
            let closed_form =
                start.iter().zip(values(&w())).map(|(a, w)| w + (a - w) * decay.powi(updates as i32));
            let expected = like(&avg, closed_form.collect());
            let call = call_of_ema(&avg, &w(), decay).value("updates", updates);
            for _ in 0..updates {
                // A fresh w for every update: what is written to it, another check asks.
                let w = w();
                call.succeeds(|| EMA_UPDATE(&mut avg, &w, decay))?;
            }
            // The usual tolerance of float64 would accept most of what went through float32.
            let tolerance = match spec.kind {
                Kind::Double => Tolerance { relative: 1e-12, absolute: 1e-12 },
                kind => Tolerance::of(kind),
            };
            call.expect(&avg.detach(), &expected)
                .named("avg, by w + (a₀ − w)·decayᵏ after k updates,")
                .within(tolerance)
                .check()
        },
    )?;

    // 16 bits are floating-point, too. All is exact.
    for kind in [Kind::Half, Kind::BFloat16] {
        let (mut avg, w) = (vector(&[8.0, -4.0]).to_kind(kind), vector(&[0.0, 4.0]).to_kind(kind));
        let call = call_of_ema(&avg, &w, 0.75);
        call.succeeds(|| EMA_UPDATE(&mut avg, &w, 0.75))?;
        call.expect(&avg.detach(), &vector(&[6.0, -2.0]).to_kind(kind)).named("avg").check()?;
    }
    Ok(())
}

const SWAPPED: &str = "the weights are swapped: decay is the part of avg that stays. (lerp_ takes the part of the way to w, \
                       1 − decay.)";

fn in_place(context: &Context) -> Outcome {
    for layout in [Layout::Contiguous, Layout::Transposed, Layout::OffsetSlice] {
        for tracked in [false, true] {
            let tensor = |numbers: [f64; 4], layout| {
                let values = numbers.to_vec();
                TensorSpec { shape: vec![2, 2], kind: Kind::Double, values, layout }.tensor(context.device())
            };
            let mut avg = tensor([8.0, -4.0, 1.0, 0.5], layout);
            let w = tensor([0.0, 4.0, 2.0, -6.0], Layout::Contiguous).set_requires_grad(tracked);
            let call = call_of_ema(&avg, &w, 0.75);
            let (address, strides, before) = (avg.data_ptr(), avg.stride(), avg.copy());
            let expected = tensor([6.0, -2.0, 1.25, -1.125], Layout::Contiguous);
            call.succeeds(|| EMA_UPDATE(&mut avg, &w, 0.75))?;
            let recorded = "the update was recorded, as w is tracked, and avg now drags the graph of all updates along: use \
                            w.detach(), or tch::no_grad.";
            call.holds(!avg.requires_grad(), "avg is tracked after the update")
                .map_err(|failure| failure.because(recorded))?;
            let same = avg.data_ptr() == address && avg.stride() == strides;
            call.holds(same, "avg has other storage after the update").map_err(|failure| {
                failure.because(
                    "*avg = … puts a new tensor in the place of avg: operations whose name ends in _, and *= and +=, \
                     write into it.",
                )
            })?;
            let elsewhere = "avg has not moved: contiguous() and reshape() of a tensor that is not row-major are copies, and \
                             what is written into them does not show in avg.";
            call.expect(&avg, &expected)
                .named("avg, however it lies in memory,")
                .slip(elsewhere, || before.copy())
                .check()?;
        }
    }
    Ok(())
}

fn inputs_left_alone(context: &Context) -> Outcome {
    let functions: [(&str, Copying); 3] =
        [("log_view", LOG_VIEW), ("snapshot", SNAPSHOT), ("tracked_copy", TRACKED_COPY)];
    for layout in Layout::ALL {
        for tracked in [false, true] {
            let values = vec![1.5, -2.0, 4.0, 0.25, 3.0, -6.5];
            let spec = TensorSpec { shape: vec![2, 3], kind: Kind::Float, values, layout };
            for (function, body) in functions {
                let t = spec.tensor(context.device()).set_requires_grad(tracked);
                let call = Call::new(function).tensor("t", &t);
                let _ = call.returns(|| body(&t))?;
                call.leaves_inputs_alone()?;
            }
            let w = spec.tensor(context.device()).set_requires_grad(tracked);
            let mut avg = like(&w, vec![8.0, -4.0, 1.0, 0.5, 2.0, 7.0]);
            let call =
                Call::new("ema_update").formula("avg", "a [2, 3]").tensor("w", &w).value("decay", 0.75);
            call.succeeds(|| EMA_UPDATE(&mut avg, &w, 0.75))?;
            call.leaves_inputs_alone()?;
        }
    }
    Ok(())
}

fn refusals(context: &Context) -> Outcome {
    let tensor = |shape: &[i64], kind| {
        let values = (0..shape.iter().product()).map(|flat: i64| 1.5 - 2.0 * flat as f64).collect();
        TensorSpec { shape: shape.to_vec(), kind, values, layout: Layout::Contiguous }
            .tensor(context.device())
    };
    let refused = |avg: &Tensor, w: &Tensor, decay: f64, refusal, cause: &str| {
        let before = avg.copy();
        let call = call_of_ema(avg, w, decay);
        let mut avg = avg.shallow_clone();
        call.refuses(refusal, || EMA_UPDATE(&mut avg, w, decay)).map_err(|failure| failure.because(cause))?;
        call.expect(&avg.detach(), &before)
            .named("avg, after the update was refused,")
            .within(Tolerance::EXACT)
            .check()
            .map_err(|failure| failure.because("look at everything before the first write."))
    };
    let nan = "NaN compares false with every number: ask for what is wanted, (0.0..=1.0).contains(&decay).";
    for (decay, cause) in [
        (-0.25, "with a negative decay avg jumps over w."),
        (1.25, "with a decay above 1 avg runs away from w."),
        (f64::INFINITY, "infinity is above 1."),
        (f64::NAN, nan),
    ] {
        refused(
            &tensor(&[2], Kind::Float),
            &(tensor(&[2], Kind::Float) + 3.0),
            decay,
            Refusal::Convert,
            cause,
        )?;
    }
    let broadcasts = "this w broadcasts to the shape of avg without an error: compare their size() first.";
    let shapes: [(&[i64], &[i64]); 7] = [
        (&[2, 3], &[3]),
        (&[2, 3], &[2, 1]),
        (&[3], &[]),
        (&[3], &[2]),
        (&[1], &[3]),
        // As many elements, and other shapes.
        (&[1, 3], &[3]),
        (&[2, 3], &[3, 2]),
    ];
    for (avg, w) in shapes {
        let (avg, w) = (tensor(avg, Kind::Float), tensor(w, Kind::Float) + 3.0);
        refused(&avg, &w, 0.75, Refusal::Shape, broadcasts)?;
    }
    let kinds = "the dtypes differ, and += would convert w to that of avg without a word.";
    for (of_avg, of_w) in
        [(Kind::Float, Kind::Double), (Kind::Double, Kind::Float), (Kind::Half, Kind::BFloat16)]
    {
        refused(&tensor(&[2], of_avg), &(tensor(&[2], of_w) + 3.0), 0.75, Refusal::Kind, kinds)?;
    }
    Ok(())
}
