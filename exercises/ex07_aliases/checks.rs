//! Checks of ex07. Who shares memory is found by writing to one tensor and reading all; where elements lie, by
//! going through every index. The laws: an alias changes wherever it was written, a copy nowhere else;
//! may_share is symmetric, and true of whatever has an element in common; what a closure writes to its view is
//! in the buffer, at the place that row-major order gives.

use std::ops::Range;
use std::sync::atomic::{AtomicBool, Ordering};

use harness::inputs::{elements, tensors, values};
use harness::prelude::*;

harness::exercise!(ex07, suite);

// The signatures of the contract: another one is a compile error here.
type Copying = fn(&Tensor) -> Tensor;
const ALIAS: Copying = ex07::alias;
const DEEP_COPY: Copying = ex07::deep_copy;
const MAY_SHARE: fn(&Tensor, &Tensor) -> bool = ex07::may_share;

fn with_view<T, F>(buf: &mut [f32], shape: &[i64], f: F) -> R<T>
where
    T: Sync,
    F: FnOnce(&mut Tensor) -> T + Sync,
{
    ex07::with_view(buf, shape, f)
}

fn suite(suite: &mut Suite) {
    suite.check("a write through an alias shows in the original, and the other way round", 1, aliases);
    suite.check("a deep copy taken before a write stays as it was, whichever side is written", 2, copies);
    suite.check("may_share is true of views whose addresses meet, whatever their layout", 1, ranges_meet);
    suite.check("may_share is false of neighbours in memory, and of empty tensors", 1, ranges_apart);
    suite.check("with_view lends the memory of buf itself, row-major in the given shape", 2, views);
    suite.check("with_view: shape [] takes one number, a shape with a 0 takes none", 1, ones_and_zeros);
    suite.check("the tensors that are asked about are left as they were", 1, inputs_left_alone);
    suite.check("a shape that has not exactly buf.len() elements is refused", 1, refusals);
}

/// A number that no input holds, and that every dtype does.
const WRITTEN: f64 = 99.0;

/// Tensors of rank 0 to 3, empty ones too, in every layout and in dtypes of different sizes.
fn originals() -> BoxedStrategy<TensorSpec> {
    let kinds = [Kind::Float, Kind::Double, Kind::Half, Kind::Int64, Kind::Uint8];
    let of_rank = |rank, smallest| {
        tensors(&vec![smallest..=3; rank], &kinds, elements::integers(1..=60).no_shrink().boxed())
    };
    prop_oneof![1 => of_rank(0, 1), 2 => of_rank(1, 1), 3 => of_rank(2, 1), 1 => of_rank(3, 1), 1 => of_rank(2, 0)]
        .boxed()
}

/// Every index of a shape, in row-major order.
fn indices(shape: &[i64]) -> Vec<Vec<i64>> {
    shape.iter().fold(vec![vec![]], |indices, &size| {
        let longer = |index: Vec<i64>| (0..size).map(move |last| [index.clone(), vec![last]].concat());
        indices.into_iter().flat_map(longer).collect()
    })
}

/// For each element, in row-major order, how many elements after the first it lies.
fn offsets(tensor: &Tensor) -> Vec<i64> {
    let strides = tensor.stride();
    let offset = |index: &Vec<i64>| index.iter().zip(&strides).map(|(i, stride)| i * stride).sum();
    indices(&tensor.size()).iter().map(offset).collect()
}

/// Writes to the element at the row-major position `flat`, and says which numbers `tensor` then holds, by its strides.
fn write(tensor: &Tensor, flat: usize) -> Vec<f64> {
    let (offsets, before) = (offsets(tensor), values(tensor));
    let index = &indices(&tensor.size())[flat];
    let element = index.iter().fold(tensor.shallow_clone(), |rest, &i| rest.select(0, i));
    let _ = element.detach().fill_(WRITTEN);
    before.iter().zip(&offsets).map(|(&old, &at)| if at == offsets[flat] { WRITTEN } else { old }).collect()
}

/// `numbers` with the shape, dtype and device of `tensor`.
fn like(tensor: &Tensor, numbers: &[f64]) -> Tensor {
    let (shape, kind, values) = (tensor.size(), tensor.kind(), numbers.to_vec());
    TensorSpec { shape, kind, values, layout: Layout::Contiguous }.tensor(tensor.device())
}

fn aliases(context: &Context) -> Outcome {
    context.for_all((originals(), any::<bool>(), 0..27_usize), |(spec, written_is_alias, position)| {
        let a = spec.tensor(context.device());
        let before = values(&a);
        let call = Call::new("alias").tensor("a", &a);
        let got = call.returns(|| ALIAS(&a))?;
        call.expect(&got, &like(&a, &before)).check()?;
        if before.is_empty() {
            return Ok(());
        }
        let same_strides = got.stride() == a.stride();
        call.holds(
            same_strides,
            &format!("the result has strides {:?}, a has {:?}", got.stride(), a.stride()),
        )
        .map_err(|failure| failure.because(if got.data_ptr() == a.data_ptr() { VIEWED } else { COPIED }))?;
        let (written, other) = if written_is_alias { (&got, &a) } else { (&a, &got) };
        let expected = like(&a, &write(written, position % before.len()));
        let named = if written_is_alias {
            "a, after a write to its alias,"
        } else {
            "the alias, after a write to a,"
        };
        call.expect(other, &expected)
            .named(named)
            .within(Tolerance::EXACT)
            .slip(COPIED, || like(&a, &before))
            .check()
    })?;

    // The lecture's example.
    let lecture = || Tensor::from_slice(&[1.0_f32, 2.0, 3.0]).to_device(context.device());
    let x = lecture();
    let call = Call::new("alias").tensor("a", &x);
    let _ = call.returns(|| ALIAS(&x))?.select(0, 0).fill_(999.0);
    context.matches_fixture("lecture_alias_written", &call, &x, &[(COPIED, &lecture)])
}

const COPIED: &str = "the result has storage of its own. copy() always has, and contiguous, reshape, to_kind have where \
                      something has to change: shallow_clone() is the same tensor again.";
const VIEWED: &str = "the memory is the same, but a view in the same shape is free to choose the stride of a dimension of size \
                      1: shallow_clone() is the same tensor again, with its strides.";
const NOT_COPIED: &str = "the two share storage. shallow_clone, detach and views always do, and contiguous, reshape, \
                          to_kind do where nothing has to change: copy() never does.";

fn copies(context: &Context) -> Outcome {
    context.for_all((originals(), any::<bool>(), 0..27_usize), |(spec, written_is_copy, position)| {
        let a = spec.tensor(context.device());
        let before = values(&a);
        let call = Call::new("deep_copy").tensor("a", &a);
        let got = call.returns(|| DEEP_COPY(&a))?;
        call.expect(&got, &like(&a, &before)).within(Tolerance::EXACT).check()?;
        if before.is_empty() {
            return Ok(());
        }
        let flat = position % before.len();
        let (written, other) = if written_is_copy { (&got, &a) } else { (&a, &got) };
        let of_written = like(&a, &write(written, flat));
        let named =
            if written_is_copy { "a, after a write to its copy," } else { "the copy, after a write to a," };
        call.expect(other, &like(&a, &before))
            .named(named)
            .within(Tolerance::EXACT)
            .slip(NOT_COPIED, || of_written.shallow_clone())
            .check()?;
        let mut own_places = offsets(&got);
        own_places.sort_unstable();
        own_places.dedup();
        call.holds(
            own_places.len() == before.len(),
            "several elements of the result are one number in memory",
        )
        .map_err(|failure| failure.because("the stride 0 of an expanded tensor was copied, too."))
    })?;

    // Whatever is drawn: an arithmetic operation that changes no number may change the dtype.
    for kind in [Kind::Bool, Kind::Int8, Kind::Int16, Kind::Int, Kind::BFloat16] {
        let x = like(&Tensor::zeros([3], (kind, context.device())), &[1.0, 0.0, 1.0]);
        let expected = like(&x, &values(&x));
        let call = Call::new("deep_copy").tensor("a", &x);
        let got = call.returns(|| DEEP_COPY(&x)).map_err(|failure| failure.because(ARITHMETIC))?;
        call.expect(&got, &expected).within(Tolerance::EXACT).check().map_err(|failure| {
            if got.defined() && got.kind() != kind { failure.because(ARITHMETIC) } else { failure }
        })?;
    }

    // Numbers that float64 does not have.
    let x = Tensor::from_slice(&[(1_i64 << 53) + 1, -(1 << 53) - 1]).to_device(context.device());
    let call = Call::new("deep_copy").tensor("a", &x);
    let same = call.returns(|| DEEP_COPY(&x))? == x;
    call.holds(same, "the last digit of an element is lost").map_err(|failure| {
        failure.because("float64 has 53 bits for the digits of a number, int64 has 63.")
    })?;

    let x = Tensor::from_slice(&[1.0_f32, 2.0, 3.0]).to_device(context.device());
    let call = Call::new("deep_copy").tensor("a", &x);
    let z = call.returns(|| DEEP_COPY(&x))?;
    let _ = x.select(0, 0).fill_(999.0);
    let shared = || x.copy();
    context.matches_fixture("lecture_copy_kept", &call, &z, &[(NOT_COPIED, &shared)])
}

const ARITHMETIC: &str = "a + 0, a * 1 and -(-a) compute, and so take part in type promotion: of Bool they make int64, or \
                          are refused. copy() moves the bytes as they are, whatever the dtype.";

/// The address of every element.
fn addresses(tensor: &Tensor) -> Vec<i64> {
    let (start, size) = (tensor.data_ptr() as i64, element_size(tensor));
    offsets(tensor).into_iter().map(|offset| start + offset * size).collect()
}

/// The bytes in which the elements of a tensor lie, by going through all of them; empty if there are none.
fn bytes(tensor: &Tensor) -> Range<i64> {
    let addresses = addresses(tensor);
    match (addresses.iter().min(), addresses.iter().max()) {
        (Some(&first), Some(&last)) => first..last + element_size(tensor),
        _ => 0..0,
    }
}

fn element_size(tensor: &Tensor) -> i64 {
    tensor.kind().elt_size_in_bytes() as i64
}

fn meet(a: &Range<i64>, b: &Range<i64>) -> bool {
    a.start.max(b.start) < a.end.min(b.end)
}

/// Whether two tensors have some byte in common.
fn in_common(a: &Tensor, b: &Tensor) -> bool {
    let each = |tensor: &Tensor| {
        let size = element_size(tensor);
        addresses(tensor).into_iter().map(move |address| address..address + size)
    };
    each(a).any(|of_a| each(b).any(|of_b| meet(&of_a, &of_b)))
}

/// Checks may_share of `a` and `b`, and of `b` and `a`. Both are views of one memory that begins at `origin`.
fn check_pair(a: &Tensor, b: &Tensor, origin: i64) -> Outcome {
    for (a, b) in [(a, b), (b, a)] {
        let shown = |tensor: &Tensor| {
            let (kind, shape, strides) = (tensor.kind(), tensor.size(), tensor.stride());
            let begin = tensor.data_ptr() as i64 - origin;
            let size = element_size(tensor);
            if tensor.numel() == 0 {
                return format!("{kind:?} {shape:?}, strides {strides:?}, without elements");
            }
            format!("{kind:?} ({size} bytes) {shape:?}, strides {strides:?}, from byte {begin} of the memory")
        };
        let call = Call::new("may_share").formula("a", &shown(a)).formula("b", &shown(b));
        let got = call.returns(|| MAY_SHARE(a, b))?;
        let (of_a, of_b) = (bytes(a), bytes(b));
        let expected = meet(&of_a, &of_b);
        if got == expected {
            continue;
        }
        let place = |of: &Range<i64>| match of.is_empty() {
            true => "nowhere".to_owned(),
            false => format!("in the bytes {}..{}", of.start - origin, of.end - origin),
        };
        let failure = call.fails(format!("returned {got}, but a lies {}, b {}", place(&of_a), place(&of_b)));
        return Err(match likely_slips(a, b, got) {
            Some(cause) => failure.because(cause),
            None => failure,
        });
    }
    Ok(())
}

/// The usual slips that have this wrong answer.
fn likely_slips(a: &Tensor, b: &Tensor, got: bool) -> Option<String> {
    if a.numel() == 0 || b.numel() == 0 {
        let cause = "where a size is 0 there is no last element: look at numel() before you look for it.";
        return Some(cause.to_owned());
    }
    let start = |tensor: &Tensor| tensor.data_ptr() as i64;
    let extent = |tensor: &Tensor| offsets(tensor).into_iter().max().unwrap_or(0) + 1;
    let of_length = |length: &dyn Fn(&Tensor) -> i64| {
        meet(&(start(a)..start(a) + length(a)), &(start(b)..start(b) + length(b)))
    };
    let slips = [
        ("the first addresses are compared: a view may begin later.", start(a) == start(b)),
        (
            "strides count elements, addresses count bytes: multiply by the size of an element, each tensor by its own.",
            of_length(&extent),
        ),
        (
            "numel() says how many elements there are, not how far apart: the last lies Σ (sizeᵢ − 1)·strideᵢ after \
             the first.",
            of_length(&|tensor| tensor.numel() as i64 * element_size(tensor)),
        ),
        (
            "the end of a range is the first byte that does not belong to it: ranges that touch do not meet.",
            bytes(a).start <= bytes(b).end && bytes(b).start <= bytes(a).end,
        ),
    ];
    let made: Vec<_> =
        slips.into_iter().filter(|(_, answer)| *answer == got).map(|(cause, _)| cause).collect();
    (!made.is_empty()).then(|| made.join(" Or: "))
}

/// Dtypes of 1 to 16 bytes: more than anybody would list.
const KINDS: [Kind; 12] = [
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
    Kind::ComplexFloat,
    Kind::ComplexDouble,
];

/// Something that lies in the memory of a matrix.
#[derive(Debug, Clone, Copy)]
enum View {
    All,
    Transpose,
    LastRow,
    FirstColumn,
    LastColumn,
    EverySecondRow,
    Diagonal,
    RowRepeated,
    LastElement,
    AsBytes,
}

impl View {
    const ALL: [View; 10] = [
        View::All,
        View::Transpose,
        View::LastRow,
        View::FirstColumn,
        View::LastColumn,
        View::EverySecondRow,
        View::Diagonal,
        View::RowRepeated,
        View::LastElement,
        View::AsBytes,
    ];

    fn of(self, a: &Tensor) -> Tensor {
        match self {
            View::All => a.shallow_clone(),
            View::Transpose => a.tr(),
            View::LastRow => a.select(0, -1),
            View::FirstColumn => a.select(1, 0),
            View::LastColumn => a.select(1, -1),
            View::EverySecondRow => a.slice(0, None, None, 2),
            View::Diagonal => a.diagonal(0, 0, 1),
            View::RowRepeated => a.narrow(0, 0, 1).expand([3, -1], false),
            View::LastElement => a.select(0, -1).select(0, -1),
            // Another dtype needs neighbours to make its elements of.
            View::AsBytes if a.stride()[1] == 1 => a.view_dtype(Kind::Uint8),
            View::AsBytes => a.shallow_clone(),
        }
    }
}

fn ranges_meet(context: &Context) -> Outcome {
    let kinds = [Kind::Float, Kind::Double, Kind::Int64, Kind::Half, Kind::Uint8];
    let view = || select(View::ALL.to_vec());
    context.for_all((inputs::matrices(1..=4, 1..=4, &kinds), view(), view()), |(spec, one, other)| {
        let memory = spec.tensor(context.device());
        let (a, b) = (one.of(&memory), other.of(&memory));
        // Otherwise the whole, which has an element in common with every part of it.
        let b = if in_common(&a, &b) { b } else { memory.shallow_clone() };
        check_pair(&a, &b, memory.data_ptr() as i64)
    })?;
    for kind in KINDS {
        let memory = Tensor::zeros([3], (kind, context.device()));
        check_pair(&memory.slice(0, None, None, 2), &memory.narrow(0, 2, 1), memory.data_ptr() as i64)?;
    }
    let memory = Tensor::arange(12, (Kind::Float, context.device())) * 1.5 + 0.25;
    let (matrix, origin) = (memory.view([3, 4]), memory.data_ptr() as i64);
    let inside = "a range can lie inside another and contain neither of its ends: then only the outer one contains ends of \
                  the inner.";
    check_pair(&matrix.select(0, 1), &matrix, origin).map_err(|failure| failure.because(inside))?;
    // No element in common, and yet addresses that meet.
    let between = "these tensors lie between each other. Whether they have an element in common is another, harder question.";
    check_pair(&matrix.select(1, 1), &matrix.select(1, 2), origin)
        .and_then(|()| check_pair(&memory.slice(0, None, None, 2), &memory.slice(0, 1, None, 2), origin))
        .map_err(|failure| failure.because(between))
}

/// Some tensor that uses the memory of a float64 vector from the first to the last, or nearly so.
#[derive(Debug, Clone, Copy)]
enum Part {
    Plain,
    Transpose,
    EverySecond,
    Repeated,
    As(Kind),
}

impl Part {
    const ALL: [Part; 7] = [
        Part::Plain,
        Part::Transpose,
        Part::EverySecond,
        Part::Repeated,
        Part::As(Kind::Uint8),
        Part::As(Kind::Half),
        Part::As(Kind::Float),
    ];

    fn of(self, vector: &Tensor) -> Tensor {
        match self {
            Part::Plain => vector.shallow_clone(),
            Part::Transpose if vector.numel().is_multiple_of(2) => vector.view([2, -1]).tr(),
            Part::Transpose => vector.unsqueeze(0).tr(),
            Part::EverySecond => vector.slice(0, None, None, 2),
            Part::Repeated => vector.expand([3, -1], false),
            Part::As(kind) => vector.view_dtype(kind),
        }
    }
}

fn ranges_apart(context: &Context) -> Outcome {
    let part = || select(Part::ALL.to_vec());
    let doubles = |size| Tensor::arange(size, (Kind::Double, context.device())) * 1.5 + 0.25;
    context.for_all((1..=5_i64, 1..=5_i64, part(), part()), |(before, after, one, other)| {
        let memory = doubles(before + after);
        let (a, b) = (one.of(&memory.narrow(0, 0, before)), other.of(&memory.narrow(0, before, after)));
        check_pair(&a, &b, memory.data_ptr() as i64)
    })?;

    for kind in KINDS {
        let memory = Tensor::zeros([4], (kind, context.device()));
        check_pair(&memory.narrow(0, 0, 2), &memory.narrow(0, 2, 2), memory.data_ptr() as i64)?;
    }
    let memory = doubles(12);
    let matrix = memory.view([3, 4]);
    let empty = [
        memory.narrow(0, 5, 0),
        matrix.narrow(1, 2, 0),
        matrix.narrow(0, 1, 0),
        matrix.narrow(1, 1, 0).tr(),
        memory.new_zeros([0], (Kind::Float, context.device())),
    ];
    for a in &empty {
        for b in [&memory, &matrix.tr(), a] {
            check_pair(a, b, memory.data_ptr() as i64)?;
        }
    }
    let call = Call::new("may_share").tensor("a", &memory).formula("b", "a.copy()");
    let got = call.returns(|| MAY_SHARE(&memory, &memory.copy()))?;
    call.holds(!got, "returned true, but a copy has storage of its own")
}

/// What a closure saw of the tensor that it was lent.
struct Seen {
    shape: Vec<i64>,
    kind: Kind,
    values: Vec<f64>,
    address: usize,
}

impl Seen {
    fn of(view: &Tensor) -> Self {
        Seen {
            shape: view.size(),
            kind: view.kind(),
            values: values(view),
            address: view.data_ptr() as usize,
        }
    }
}

fn call_view(buf: &[f32], shape: &[i64], f: &str) -> Call {
    Call::new("with_view").value("buf", buf).value("shape", shape).formula("f", f)
}

fn numbers(buf: &[f32]) -> Vec<f64> {
    buf.iter().map(|&number| number.into()).collect()
}

fn views(context: &Context) -> Outcome {
    let shapes = ([1..=3_i64, 1..=3, 1..=3], 1..=3_usize).prop_map(|(sizes, rank)| sizes[..rank].to_vec());
    context.for_all((shapes, 0..27_usize), |(shape, position)| {
        let numel = shape.iter().product::<i64>() as usize;
        let index = indices(&shape).swap_remove(position % numel);
        let mut buf: Vec<f32> = (0..numel).map(|flat| 8.5 - 1.5 * flat as f32).collect();
        let (before, address) = (numbers(&buf), buf.as_ptr() as usize);
        let mut after: Vec<f64> = before.iter().map(|number| number * -2.0).collect();
        after[position % numel] = WRITTEN;

        let call = call_view(&buf, &shape, &format!("view *= -2, then view{index:?} = {WRITTEN}"));
        let seen = call.succeeds(|| {
            with_view(&mut buf, &shape, |view| {
                let seen = Seen::of(view);
                *view *= -2.0;
                let _ = index.iter().fold(view.shallow_clone(), |rest, &i| rest.select(0, i)).fill_(WRITTEN);
                seen
            })
        })?;
        let differs = |what, got: &dyn std::fmt::Debug, expected: &dyn std::fmt::Debug| {
            format!("f was given a tensor {what} {got:?}, expected {expected:?}")
        };
        call.holds(seen.shape == shape, &differs("of shape", &seen.shape, &shape))?;
        call.holds(seen.kind == Kind::Float, &differs("of dtype", &seen.kind, &Kind::Float))?;
        let read = "that reads, in row-major order,";
        call.holds(seen.values == before, &differs(read, &seen.values, &before))?;
        let got = Tensor::from_slice(&numbers(&buf));
        call.expect(&got, &Tensor::from_slice(&after))
            .named("buf, after the call,")
            .within(Tolerance::EXACT)
            .slip(LOST, || Tensor::from_slice(&before))
            .check()?;
        call.holds(seen.address == address, "f was given a tensor that lies elsewhere than buf").map_err(
            |failure| {
                failure.because(
                    "the numbers were copied, and back again afterwards. They need not be: blob::lend gives a tensor in \
                     the memory of buf, and view gives it another shape.",
                )
            },
        )
    })?;

    // The lecture's array, written to through the tensor.
    let lecture = [1.0, 2.0, 3.0, 4.0];
    let mut buf = lecture;
    let call = call_view(&buf, &[2, 2], "view[0, 0] = 999");
    call.succeeds(|| {
        with_view(&mut buf, &[2, 2], |view| {
            let _ = view.flatten(0, -1).narrow(0, 0, 1).fill_(999.0);
        })
    })?;
    let slips: [(&str, &dyn Fn() -> Tensor); 1] = [(LOST, &|| Tensor::from_slice(&lecture).reshape([2, 2]))];
    let got = Tensor::from_slice(&buf).reshape([2, 2]);
    context.matches_fixture("lecture_from_numpy", &call, &got, &slips)
}

const LOST: &str = "buf has not changed: f wrote to a copy. Tensor::from_slice and copy() have storage of their own, \
                    blob::lend and view have not.";

fn ones_and_zeros(_: &Context) -> Outcome {
    for shape in [&[][..], &[1], &[1, 1, 1]] {
        let mut buf = [2.5];
        let call = call_view(&buf, shape, "view -= 4");
        let seen = call
            .succeeds(|| {
                with_view(&mut buf, shape, |view| {
                    let seen = Seen::of(view);
                    *view -= 4.0;
                    seen
                })
            })
            .map_err(|failure| {
                failure.because("the product of no sizes at all is 1: shape [] is one number.")
            })?;
        call.holds(
            seen.shape == shape,
            &format!("f was given a tensor of shape {:?}, expected {shape:?}", seen.shape),
        )?;
        call.holds(
            seen.values == [2.5],
            &format!("f was given a tensor that holds {:?}, expected [2.5]", seen.values),
        )?;
        call.holds(buf == [-1.5], &format!("buf is {buf:?} after the call, expected [-1.5]"))?;
    }
    for shape in [&[0][..], &[0, 3], &[2, 0, 4]] {
        let call = call_view(&[], shape, "view.size()");
        let seen = call.succeeds(|| with_view(&mut [], shape, |view| view.size())).map_err(|failure| {
            failure.because("a size of 0 is a size: the tensor has no elements, as buf has none.")
        })?;
        call.holds(seen == shape, &format!("f was given a tensor of shape {:?}, expected {shape:?}", seen))?;
    }
    Ok(())
}

fn inputs_left_alone(context: &Context) -> Outcome {
    let copying: [(&str, Copying); 2] = [("alias", ALIAS), ("deep_copy", DEEP_COPY)];
    for layout in Layout::ALL {
        for tracked in [false, true] {
            let values = vec![1.5, -2.0, 4.0, 0.25, 3.0, -6.5];
            let spec = TensorSpec { shape: vec![2, 3], kind: Kind::Float, values, layout };
            for (function, body) in copying {
                let a = spec.tensor(context.device()).set_requires_grad(tracked);
                let call = Call::new(function).tensor("a", &a);
                let _ = call.returns(|| body(&a))?;
                call.leaves_inputs_alone()?;
            }
            let a = spec.tensor(context.device()).set_requires_grad(tracked);
            let b = a.detach().select(0, 1);
            let call = Call::new("may_share").tensor("a", &a).tensor("b", &b);
            let _ = call.returns(|| MAY_SHARE(&a, &b))?;
            call.leaves_inputs_alone()?;
        }
    }
    Ok(())
}

fn refusals(_: &Context) -> Outcome {
    let count = "count the elements of the shape, and compare with buf.len() before anything is lent.";
    let negative =
        "−2·−3 is 6, and view takes a −1 for a size that it should infer: look at every size by itself.";
    let overflow = "the product of these sizes is more than a number of 64 bits holds. `*` then panics, or wraps round to \
                    some small number: checked_mul gives None.";
    let cases: [(usize, &[i64], &str); 15] = [
        (5, &[2, 3], count),
        (7, &[2, 3], count),
        (6, &[3], count),
        (2, &[], count),
        (0, &[], count),
        (3, &[0, 3], count),
        (0, &[3], count),
        (6, &[-2, -3], negative),
        (6, &[-1], negative),
        (6, &[2, -1], negative),
        (6, &[-6], negative),
        (0, &[0, -1], negative),
        (0, &[1 << 32, 1 << 32], overflow),
        (4, &[(1 << 62) + 1, 4], overflow),
        (1, &[i64::MAX, i64::MAX], overflow),
    ];
    for (len, shape, cause) in cases {
        let mut buf: Vec<f32> = (0..len).map(|flat| 1.5 - 2.0 * flat as f32).collect();
        let called = AtomicBool::new(false);
        let call = call_view(&buf, shape, "remembers that it was called");
        call.refuses(Refusal::Shape, || with_view(&mut buf, shape, |_| called.store(true, Ordering::SeqCst)))
            .map_err(|failure| failure.because(cause))?;
        call.holds(!called.load(Ordering::SeqCst), "f was called before the shape was refused")?;
    }
    Ok(())
}
