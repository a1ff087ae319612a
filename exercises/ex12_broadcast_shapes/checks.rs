//! Checks of ex12. The reference is libtorch itself, which the learner's part does not use: the size of a sum,
//! and the strides of `expand`. The laws are that broadcasting is commutative and associative, that `[]` is
//! neutral, and that through the strides one reads the elements that an expanded tensor has.

use std::ops::RangeInclusive;

use harness::inputs::{elements, tensors, values};
use harness::prelude::*;
use tch::Device;

harness::exercise!(ex12, suite);

// The signatures of the contract: another one is a compile error here.
const BROADCAST_SHAPE: fn(&[i64], &[i64]) -> R<Vec<i64>> = ex12::broadcast_shape;
type Strides = fn(&[i64], &[i64], &[i64]) -> R<Vec<i64>>;
const BROADCAST_STRIDES: Strides = ex12::broadcast_strides;

fn suite(suite: &mut Suite) {
    suite.check("equal sizes stay, and a 1 gives way to the other size", 2, ones_give_way);
    suite.check("shapes are aligned at the right, a missing dimension counts as 1", 2, aligned_at_the_right);
    suite.check("a size of 0 meets 0 or 1, and gives 0", 1, size_zero);
    suite.check("a repeated dimension gets stride 0, every other keeps its own", 2, repeated_dimensions);
    suite.check("a dimension that is new on the left gets stride 0", 1, new_dimensions);
    suite.check("shapes that do not fit are refused", 2, bad_input_is_refused);
}

const NOT_ALIGNED: &str =
    "the shapes were aligned at the left: the last dimensions belong together, and so on leftwards.";
const CUT_OFF: &str = "the dimensions that only the longer shape has are missing: zip stops at the end of the \
                       shorter one. A missing size counts as 1.";
const SMALLER: &str = "the smaller size was taken: the 1 is what gives way.";
const LARGER: &str = "the larger size was taken. 1 gives way to whatever it meets, to a 0 too.";
const NOT_REPEATED: &str = "a dimension of size 1 that is repeated must not move through memory: its stride is 0, \
                            whatever it was.";
const NEW_MOVES: &str =
    "a dimension that is new repeats the same elements, so a step along it does not move: its stride is 0.";
const NEW_ON_THE_RIGHT: &str =
    "the shapes are aligned at the right: the new dimensions come first, before the old ones.";
const ROW_MAJOR: &str = "these are the strides of a row-major tensor of this shape. Another layout has others, and \
                         they were given.";

/// Shapes of `rank` dimensions, of sizes in `sizes`.
fn shapes(rank: RangeInclusive<usize>, sizes: RangeInclusive<i64>) -> impl Strategy<Value = Vec<i64>> {
    (vec![sizes; *rank.end()], rank).prop_map(|(mut shape, rank)| {
        shape.truncate(rank);
        shape
    })
}

fn call_shape(a: &[i64], b: &[i64]) -> Call {
    Call::new("broadcast_shape").value("a", a).value("b", b)
}

/// Compares broadcast_shape with libtorch, and checks that it is commutative.
fn check_pair(a: &[i64], b: &[i64]) -> Outcome {
    let empty = |shape: &[i64]| Tensor::empty(shape, (Kind::Uint8, Device::Cpu));
    let expected = (empty(a) + empty(b)).size();
    for (a, b) in [(a, b), (b, a)] {
        let call = call_shape(a, b);
        let got = call.succeeds(|| BROADCAST_SHAPE(a, b))?;
        let slips = [
            (NOT_ALIGNED, aligned_left(a, b)),
            (CUT_OFF, expected[expected.len() - a.len().min(b.len())..].to_vec()),
            (SMALLER, entry_by_entry(a, b, i64::min)),
            (LARGER, entry_by_entry(a, b, i64::max)),
        ];
        call.equals(&got, &expected, &slips)?;
    }
    Ok(())
}

/// What aligning at the left gives, where that fits.
fn aligned_left(a: &[i64], b: &[i64]) -> Vec<i64> {
    let reversed = |shape: &[i64]| shape.iter().rev().copied().collect::<Vec<_>>();
    let (a, b) = (reversed(a), reversed(b));
    let give_way = |x, y| if x == 1 { y } else { x };
    if misfit(&a, &b).is_some() { vec![] } else { reversed(&entry_by_entry(&a, &b, give_way)) }
}

/// The last two sizes that meet and do not fit.
fn misfit(a: &[i64], b: &[i64]) -> Option<(i64, i64)> {
    let mut meeting = a.iter().rev().zip(b.iter().rev()).map(|(&x, &y)| (x, y));
    meeting.find(|&(x, y)| x != y && x != 1 && y != 1)
}

/// `pick` of every two sizes that meet, with what only the longer shape has before them.
fn entry_by_entry(a: &[i64], b: &[i64], pick: fn(i64, i64) -> i64) -> Vec<i64> {
    let (longer, shorter) = if a.len() < b.len() { (b, a) } else { (a, b) };
    let (alone, shared) = longer.split_at(longer.len() - shorter.len());
    alone.iter().copied().chain(shared.iter().zip(shorter).map(|(&x, &y)| pick(x, y))).collect()
}

/// A list of numbers as a fixture holds it.
fn list(numbers: &[i64]) -> Tensor {
    Tensor::from_slice(numbers)
}

fn ones_give_way(context: &Context) -> Outcome {
    let (a, b) = ([3, 1, 4], [1, 5, 4]);
    let call = call_shape(&a, &b);
    let got = call.succeeds(|| BROADCAST_SHAPE(&a, &b))?;
    call.holds(got.len() == 3, &format!("returned {} sizes, expected 3", got.len()))?;
    let smaller = || list(&[1, 1, 4]);
    context.matches_fixture("middle_dimension", &call, &list(&got), &[(SMALLER, &smaller)])?;
    // In each dimension both sizes, or the one, or the other is that of the shape.
    context.for_all((shapes(1..=3, 1..=4), [0..3_u8, 0..3, 0..3]), |(shape, ones)| {
        let with_ones = |which| {
            let sizes = shape.iter().zip(ones).map(|(&size, one)| if one == which { 1 } else { size });
            sizes.collect::<Vec<_>>()
        };
        check_pair(&with_ones(1), &with_ones(2))
    })
}

fn aligned_at_the_right(context: &Context) -> Outcome {
    // Without a 1 that meets another size: how many dimensions there are is the question here.
    context.for_all((shapes(0..=3, 1..=4), 0..=3_usize), |(shape, missing)| {
        check_pair(&shape, &shape[missing.min(shape.len())..])?;
        // The shape of a single number changes nothing.
        check_pair(&shape, &[])
    })?;
    // Associative: three shapes, each of which has a dimension that the others lack.
    let (a, b, c) = ([2, 3, 4], [3, 4], [4]);
    let combined = |x: &[i64], y: &[i64]| call_shape(x, y).succeeds(|| BROADCAST_SHAPE(x, y));
    let first = combined(&combined(&a, &b)?, &c)?;
    let last = combined(&b, &c)?;
    let call = call_shape(&a, &last);
    let got = call.succeeds(|| BROADCAST_SHAPE(&a, &last))?;
    call.holds(
        got == first,
        &format!("returned {got:?} for a and (b with c), but {first:?} for (a with b) and c"),
    )?;

    // Both at once: a dimension is missing, and a 1 gives way. Whether it does where none is missing, another check asks.
    let (a, b) = ([3, 1], [1, 5]);
    let gives_way = call_shape(&a, &b).returns(|| BROADCAST_SHAPE(&a, &b))?;
    if gives_way.is_ok_and(|shape| shape == [3, 5]) {
        for (a, b) in [(&[8, 1, 6, 1][..], &[7, 1, 5][..]), (&[2, 1], &[3]), (&[3, 4, 2], &[1, 2])] {
            check_pair(a, b)?;
        }
    }
    Ok(())
}

fn size_zero(context: &Context) -> Outcome {
    let meeting = select(vec![(0, 0), (0, 1), (1, 0)]);
    context.for_all((shapes(1..=3, 0..=3), 0..3_usize, meeting), |(shape, dim, meeting)| {
        let dim = dim % shape.len();
        let (mut a, mut b) = (shape.clone(), shape);
        (a[dim], b[dim]) = meeting;
        check_pair(&a, &b)
    })
}

/// Tensors of rank 3 in every layout, so of strides of every kind. They do not shrink: where sizes become equal,
/// so do strides, and a wrong one no longer shows which slip it comes from.
fn tensors_of_rank_3(sizes: RangeInclusive<i64>) -> impl Strategy<Value = TensorSpec> {
    tensors(&[sizes.clone(), sizes.clone(), sizes], &[Kind::Float], elements::quarters()).no_shrink()
}

/// Compares broadcast_strides with libtorch, and reads the elements through them.
fn check_expanded(spec: &TensorSpec, to: &[i64], context: &Context) -> Outcome {
    let t = spec.tensor(context.device());
    let (shape, strides) = (t.size(), t.stride());
    let expanded = t.expand(to, false);
    let call =
        Call::new("broadcast_strides").value("shape", &shape).value("strides", &strides).value("to", to);
    let mut got = call.succeeds(|| BROADCAST_STRIDES(&shape, &strides, to))?;
    let expected = expanded.stride();
    call.holds(
        got.len() == to.len(),
        &format!("returned {got:?}: {} strides for {} dimensions", got.len(), to.len()),
    )?;
    // A stride that is never used may be any number.
    for dim in (0..to.len()).filter(|&dim| to[dim] == 1) {
        got[dim] = expected[dim];
    }
    let new = to.len() - shape.len();
    let kept = [vec![0; new], strides.clone()].concat();
    let swapped = [strides.clone(), vec![0; new]].concat();
    let row_major = Tensor::empty(&shape, (Kind::Uint8, Device::Cpu)).expand(to, false).stride();
    let mut moving = expected.clone();
    for dim in (0..new).rev() {
        moving[dim] = to.get(dim + 1).map_or(1, |&size| size * moving[dim + 1]);
    }
    let slips =
        [(NOT_REPEATED, kept), (NEW_ON_THE_RIGHT, swapped), (NEW_MOVES, moving), (ROW_MAJOR, row_major)];
    call.equals(&got, &expected, &slips)?;

    // What lies there: equal strides, so this stays inside the memory of t.
    let (read, elements) = (values(&t.as_strided(to, &got, None)), values(&expanded));
    call.holds(read == elements, &format!("through {got:?} one reads {read:?}, expected {elements:?}"))
}

fn repeated_dimensions(context: &Context) -> Outcome {
    let (shape, strides, to) = ([3, 1, 4], [4, 4, 1], [3, 5, 4]);
    let call = Call::new("broadcast_strides").value("shape", shape).value("strides", strides).value("to", to);
    let got = call.succeeds(|| BROADCAST_STRIDES(&shape, &strides, &to))?;
    call.holds(got.len() == 3, &format!("returned {} strides, expected 3", got.len()))?;
    context.matches_fixture("middle_stride", &call, &list(&got), &[(NOT_REPEATED, &|| list(&strides))])?;

    let strategy = (tensors_of_rank_3(1..=3), [0_i64..=4, 0..=4, 0..=4]);
    context.for_all(strategy, |(spec, targets)| {
        let to: Vec<i64> =
            spec.shape.iter().zip(targets).map(|(&size, to)| if size == 1 { to } else { size }).collect();
        check_expanded(&spec, &to, context)
    })?;
    let empty =
        TensorSpec { shape: vec![0, 1], kind: Kind::Float, values: vec![], layout: Layout::Contiguous };
    check_expanded(&empty, &[0, 4], context)
}

fn new_dimensions(context: &Context) -> Outcome {
    let strategy = (tensors_of_rank_3(2..=4), shapes(1..=2, 2..=3));
    context.for_all(strategy, |(spec, new)| {
        check_expanded(&spec, &[new, spec.shape.clone()].concat(), context)
    })?;
    // A single number has no strides, and every dimension is new to it.
    let number =
        TensorSpec { shape: vec![], kind: Kind::Float, values: vec![2.5], layout: Layout::Contiguous };
    for to in [&[2, 3][..], &[]] {
        check_expanded(&number, to, context)?;
    }

    // Both at once: a dimension is new, and another one is repeated. Whether that has stride 0, another check asks.
    let call =
        Call::new("broadcast_strides").value("shape", [3, 1]).value("strides", [1, 1]).value("to", [3, 4]);
    let repeated = call.returns(|| BROADCAST_STRIDES(&[3, 1], &[1, 1], &[3, 4]))?;
    if repeated.is_ok_and(|strides| strides == [1, 0]) {
        let values = vec![1.5, -2.0, 4.0, 0.25, 3.0, -6.5];
        for layout in [Layout::Contiguous, Layout::Transposed, Layout::OffsetSlice] {
            let spec = TensorSpec { shape: vec![3, 1, 2], kind: Kind::Float, values: values.clone(), layout };
            check_expanded(&spec, &[2, 3, 4, 2], context)?;
            check_expanded(&spec, &[2, 4, 3, 5, 2], context)?;
        }
    }
    Ok(())
}

fn bad_input_is_refused(context: &Context) -> Outcome {
    context.for_all((shapes(1..=3, 0..=3), shapes(1..=3, 0..=3)), |(a, b)| {
        let Some((x, y)) = misfit(&a, &b) else { return Ok(()) };
        for (a, b) in [(&a, &b), (&b, &a)] {
            call_shape(a, b).refuses(Refusal::Shape, || BROADCAST_SHAPE(a, b)).map_err(|failure| {
                failure.because(format!(
                    "aligned at the right, {x} meets {y}: neither are they equal, nor is one 1."
                ))
            })?;
        }
        Ok(())
    })?;
    for (a, b) in [(&[-1][..], &[-1][..]), (&[-1], &[1]), (&[2, -3], &[]), (&[-2, 3], &[3])] {
        for (a, b) in [(a, b), (b, a)] {
            call_shape(a, b).refuses(Refusal::Shape, || BROADCAST_SHAPE(a, b))?;
        }
    }

    let shrinks = "only a size of 1 can be repeated. That two shapes broadcast together is not enough: here only \
                   `shape` may change, to become `to`.";
    let refused = |shape: &[i64], strides: &[i64], to: &[i64]| {
        Call::new("broadcast_strides")
            .value("shape", shape)
            .value("strides", strides)
            .value("to", to)
            .refuses(Refusal::Shape, || BROADCAST_STRIDES(shape, strides, to))
    };
    let impossible: [(&[i64], &[i64], &[i64]); 8] = [
        (&[3], &[1], &[1]),
        (&[3], &[1], &[4]),
        (&[2, 3], &[3, 1], &[3]),
        (&[1, 3], &[3, 1], &[3]),
        (&[3], &[1], &[]),
        (&[0], &[1], &[2]),
        // Behind a new dimension, too.
        (&[3], &[1], &[2, 4]),
        (&[3, 2], &[2, 1], &[5, 3, 1]),
    ];
    for (shape, strides, to) in impossible {
        refused(shape, strides, to).map_err(|failure| failure.because(shrinks))?;
    }
    refused(&[2, 3], &[1], &[2, 3])?;
    refused(&[3], &[3, 1], &[2, 3])?;
    refused(&[1], &[1], &[-2])?;
    refused(&[3], &[1], &[-1, 3])?;
    // PyTorch's expand leaves a size as it is where -1 stands for it.
    refused(&[3], &[1], &[-1])?;
    refused(&[-1], &[1], &[-1])
}
