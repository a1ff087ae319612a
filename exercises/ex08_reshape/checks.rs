//! Checks of ex08. The reference for views is a search: are there strides with which the places of the elements
//! in memory come in the right order? The laws are that reshaping keeps the row-major order, that a view has
//! the address of its tensor, and that unflatten undoes flatten.
//!
//! libtorch takes milliseconds to refuse something, as it looks up its own C++ stack: properties are about what it
//! accepts, and what a right answer may have it refuse is a few examples.

use std::ops::RangeInclusive;

use harness::inputs::{elements, tensors, values};
use harness::prelude::*;

harness::exercise!(ex08, suite);

// Signatures are part of the contract: another one does not compile.
const INFER_SHAPE: fn(usize, &[i64]) -> R<Vec<i64>> = ex08::infer_shape;
const TRY_VIEW: fn(&Tensor, &[i64]) -> Option<Tensor> = ex08::try_view;
const FLATTEN_COPIES: fn(&Tensor) -> bool = ex08::flatten_copies;
const UNFLATTEN: fn(&Tensor, i64, &[i64]) -> R<Tensor> = ex08::unflatten;

fn suite(suite: &mut Suite) {
    suite.check("infer_shape puts in for −1 the size that fits", 2, size_that_fits);
    suite.check("try_view finds a view wherever the strides allow one", 2, views_that_exist);
    suite.check("try_view never copies", 1, no_copy);
    suite.check("flatten_copies says whether flatten has to copy", 1, flatten_copies_or_not);
    suite.check("unflatten splits a dimension in row-major order", 1, dimension_is_split);
    suite.check("unflatten returns a view, whatever the layout", 1, split_is_a_view);
    suite.check("a itself keeps its values, its shape and its strides", 1, input_is_left_alone);
    suite.check("shapes that do not fit or are ambiguous are refused", 1, bad_input_is_refused);
}

/// Every shape of rank 1 to 3 with this many elements, and `[]` for one.
fn shapes_of(numel: i64) -> Vec<Vec<i64>> {
    if numel == 0 {
        return vec![vec![0], vec![0, 2], vec![3, 0], vec![2, 0, 2]];
    }
    let divisors = |number: i64| (1..=number).filter(move |divisor| number % divisor == 0);
    let mut shapes = vec![vec![numel]];
    for first in divisors(numel) {
        shapes.push(vec![first, numel / first]);
        shapes.extend(divisors(numel / first).map(|second| vec![first, second, numel / first / second]));
    }
    if numel == 1 {
        shapes.push(vec![]);
    }
    shapes
}

/// `shape` with −1 at `at`, if it has such a dimension and the rest of the sizes leaves no doubt.
fn with_inferred(shape: &[i64], at: usize) -> Vec<i64> {
    let mut spec = shape.to_vec();
    let others: i64 = shape.iter().enumerate().filter(|&(d, _)| d != at).map(|(_, size)| size).product();
    if let Some(size) = spec.get_mut(at).filter(|_| others != 0) {
        *size = -1;
    }
    spec
}

fn list(numbers: &[i64]) -> Tensor {
    Tensor::from_slice(numbers)
}

fn size_that_fits(context: &Context) -> Outcome {
    size_in_every_place(context)?;

    for (spec, shape) in [([-1, 3], [0, 3]), ([2, -1], [2, 0]), ([0, 3], [0, 3])] {
        let call = Call::new("infer_shape").value("numel", 0).value("spec", spec);
        let got = call.succeeds(|| INFER_SHAPE(0, &spec))?;
        call.expect(&list(&got), &list(&shape)).check()?;
    }
    Ok(())
}

fn size_in_every_place(context: &Context) -> Outcome {
    // Sizes stay as they are drawn: among ones, every slip has the same effect.
    let size = || (1_i64..=5).no_shrink();
    let sizes = [size(), size(), size(), size()];
    context.for_all((sizes, 0_usize..=4, 0_usize..=4), |(sizes, rank, at)| {
        let shape = &sizes[..rank];
        let numel = shape.iter().product::<i64>() as usize;
        let spec = with_inferred(shape, at);
        let call = Call::new("infer_shape").value("numel", numel).value("spec", &spec);
        let got = call.succeeds(|| INFER_SHAPE(numel, &spec))?;
        let replaced =
            |size: i64| list(&spec.iter().map(|&old| if old == -1 { size } else { old }).collect::<Vec<_>>());
        let others: i64 = spec.iter().filter(|&&size| size != -1).product();
        call.expect(&list(&got), &list(shape))
            .slip("the −1 came back as it was: it stands for the size that is missing.", || list(&spec))
            .slip(
                "the −1 itself was multiplied in with the other sizes: leave it out of the product.",
                || replaced(-(numel as i64 / others)),
            )
            .slip("this is what the other sizes leave if they are subtracted: sizes multiply.", || {
                replaced(numel as i64 - spec.iter().filter(|&&size| size != -1).sum::<i64>())
            })
            .slip("−1 stands for numel divided by the product of the other sizes.", || {
                replaced(numel as i64)
            })
            .check()
    })
}

/// A tensor of any layout, and a shape for as many elements.
#[derive(Debug, Clone)]
struct Reshaping {
    spec: TensorSpec,
    /// Whether the first two dimensions change places, which leaves some of them in order and some not.
    swapped: bool,
    /// Picks a shape.
    pick: usize,
    /// Where the shape has its −1, if it has such a dimension.
    inferred: usize,
}

impl Reshaping {
    fn any(sizes: RangeInclusive<i64>) -> impl Strategy<Value = Self> {
        (laid_out(sizes), any::<bool>(), 0_usize..1000, 0_usize..6)
            .prop_map(|(spec, swapped, pick, inferred)| Reshaping { spec, swapped, pick, inferred })
    }

    fn tensor(&self, context: &Context) -> Tensor {
        let a = self.spec.tensor(context.device());
        if self.swapped && a.dim() > 1 { a.transpose(0, 1) } else { a }
    }

    /// One of `shapes`, with −1 for one size or not.
    fn shape<'a>(&self, shapes: &'a [Vec<i64>]) -> (&'a [i64], Vec<i64>) {
        let shape = &shapes[self.pick % shapes.len()];
        (shape, with_inferred(shape, self.inferred))
    }
}

/// Tensors of every layout and of rank 0 to 3, whose elements all differ where they are not one in memory.
fn laid_out(sizes: RangeInclusive<i64>) -> BoxedStrategy<TensorSpec> {
    let of_rank = |rank| {
        let kinds = [Kind::Float, Kind::Int64];
        let tensors = tensors(&vec![sizes.clone(); rank], &kinds, elements::quarters().no_shrink().boxed());
        tensors.prop_map(|spec| {
            let values = (0..spec.values.len()).map(|position| 3.0 * position as f64 + 2.0).collect();
            TensorSpec { values, ..spec }
        })
    };
    prop_oneof![1 => of_rank(0), 3 => of_rank(1), 5 => of_rank(2), 5 => of_rank(3)].boxed()
}

/// Where the elements lie in memory, in row-major order, from the first one on.
fn places(a: &Tensor) -> Vec<i64> {
    let dimensions = a.size().into_iter().zip(a.stride());
    dimensions.fold(vec![0], |places, (size, stride)| {
        places.into_iter().flat_map(|place| (0..size).map(move |step| place + step * stride)).collect()
    })
}

/// The strides with which a tensor of `shape` has its elements at these places, if there are any.
fn view_strides(places: &[i64], shape: &[i64]) -> Option<Vec<i64>> {
    let run = |d: usize| shape[d + 1..].iter().product::<i64>() as usize;
    // What one step along a dimension has to be is seen at its first step; where it makes none, anything will do.
    let first_step =
        |d: usize| if shape[d] > 1 { places.get(run(d)).map_or(0, |place| place - places[0]) } else { 1 };
    let strides: Vec<i64> = (0..shape.len()).map(first_step).collect();
    let place_of = |position: usize| -> i64 {
        (0..shape.len()).map(|d| (position / run(d)) as i64 % shape[d] * strides[d]).sum()
    };
    places.iter().enumerate().all(|(position, &place)| place == place_of(position)).then_some(strides)
}

fn contiguous(shape: &[i64], kind: Kind, values: Vec<f64>, context: &Context) -> Tensor {
    TensorSpec { shape: shape.to_vec(), kind, values, layout: Layout::Contiguous }.tensor(context.device())
}

fn twelve(context: &Context) -> Tensor {
    contiguous(&[12], Kind::Int64, (0..12).map(f64::from).collect(), context)
}

fn call_of_view(a: &Tensor, spec: &[i64]) -> Call {
    Call::new("try_view").tensor("a", a).value("shape", spec)
}

/// A tensor, a shape of which it has a view, and the same shape with a −1 or not.
fn viewable(reshaping: &Reshaping, context: &Context) -> (Tensor, Vec<i64>, Vec<i64>) {
    let a = reshaping.tensor(context);
    let places = places(&a);
    let mut shapes = shapes_of(a.numel() as i64);
    shapes.retain(|shape| view_strides(&places, shape).is_some());
    let (shape, spec) = reshaping.shape(&shapes);
    (a, shape.to_vec(), spec)
}

fn views_that_exist(context: &Context) -> Outcome {
    let twelve = twelve(context);
    let call = call_of_view(&twelve, &[2, -1]);
    let got = call.returns(|| TRY_VIEW(&twelve, &[2, -1]))?;
    let got = got.ok_or_else(|| call.fails("returned None, but a contiguous tensor has every view"))?;
    context.matches_fixture("twelve_in_two_rows", &call, &got, &[])?;

    context.for_all(Reshaping::any(0..=4), |reshaping| {
        let (a, shape, spec) = viewable(&reshaping, context);
        let expected = contiguous(&shape, a.kind(), values(&a), context);

        let call = call_of_view(&a, &spec);
        let Some(got) = call.returns(|| TRY_VIEW(&a, &spec))? else {
            let strides = view_strides(&places(&a), &shape).expect("it is viewable");
            let a_view = format!("returned None, but there is a view: shape {shape:?}, strides {strides:?}");
            return Err(call.fails(a_view).because(
                "a view needs strides that fit, not a contiguous tensor: dimensions may be split, 1s put in, \
                 and neighbours joined where stride_d = stride_(d+1) · size_(d+1). f_view knows.",
            ));
        };
        call.expect(&got, &expected)
            .within(Tolerance::EXACT)
            .slip(
                "the elements come as they lie in memory, as if a were contiguous: its strides were not used.",
                || a.as_strided(&shape, expected.stride(), None).copy(),
            )
            .check()
    })
}

fn no_copy(context: &Context) -> Outcome {
    for (what, a, shape) in without_flat_view(context) {
        let call = call_of_view(&a, &shape);
        let got = call.returns(|| TRY_VIEW(&a, &shape)).map_err(|failure| failure.because(PANICS))?;
        let headline = format!("returned a tensor, but no strides show {what} in that order");
        call.holds(got.is_none(), &headline).map_err(|failure| failure.because(COPIED))?;
    }
    context.for_all(Reshaping::any(1..=3), |reshaping| {
        let (a, _, spec) = viewable(&reshaping, context);
        let call = call_of_view(&a, &spec);
        // Whether it should be found, another check asks.
        let Some(got) = call.returns(|| TRY_VIEW(&a, &spec))? else { return Ok(()) };
        let shared = got.defined() && got.data_ptr() == a.data_ptr();
        call.holds(shared, "the result lies elsewhere in memory than a: it is a copy")
            .map_err(|failure| failure.because(COPIED))
    })
}

const COPIED: &str = "reshape copies where there is no view, and contiguous copies what is not row-major. view never copies: \
                      it is an error where there is none.";

const PANICS: &str = "view panics where there is no view; f_view returns an Err, of which ok() makes None.";

/// Tensors with a shape of which they have no view; nor have they one of shape [−1]. In the first two, one pair of
/// neighbouring dimensions could become one dimension and the other could not: the last of the transpose, the first
/// of the columns. In the third, the two dimensions that could not have one of size 1 between them.
fn without_flat_view(context: &Context) -> [(&'static str, Tensor, [i64; 2]); 4] {
    let twelve = twelve(context);
    let transpose = twelve.view([3, 4]).tr().view([2, 2, 3]);
    let columns = twelve.view([2, 6]).narrow(1, 0, 4).view([2, 2, 2]);
    let one_between = twelve.view([2, 1, 6]).narrow(2, 0, 3);
    let repeated = twelve.narrow(0, 0, 2).expand([3, 2], false);
    [
        ("the elements of a transpose", transpose, [2, -1]),
        ("columns of a wider matrix", columns, [4, 2]),
        ("columns of wider matrices of one row", one_between, [3, 2]),
        ("a row that is repeated", repeated, [2, 3]),
    ]
}

fn flatten_copies_or_not(context: &Context) -> Outcome {
    let check = |a: &Tensor| {
        let places = places(a);
        let copies = view_strides(&places, &[places.len() as i64]).is_none();
        let call = Call::new("flatten_copies").tensor("a", a);
        let got = call.returns(|| FLATTEN_COPIES(a))?;
        let steps =
            if copies { "in steps of different length" } else { "in even steps, which one stride can do" };
        let headline = format!("returned {got}, but the elements lie at {places:?}: {steps}");
        call.holds(got == copies, &headline).map_err(|failure| {
            if copies || a.is_contiguous() { failure } else { failure.because(NOT_CONTIGUOUS) }
        })?;
        let moved = a.flatten(0, -1).data_ptr() != a.data_ptr();
        call.holds(got == moved, "the address of a.flatten(0, -1) says something else")
    };
    context.for_all(Reshaping::any(1..=3), |reshaping| {
        let a = reshaping.tensor(context);
        let even = view_strides(&places(&a), &[a.numel() as i64]).is_some();
        if even { check(&a) } else { Ok(()) }
    })?;
    without_flat_view(context).iter().try_for_each(|(_, a, _)| check(a))?;
    for shape in [vec![0], vec![0, 3], vec![2, 0, 4]] {
        let empty = contiguous(&shape, Kind::Float, vec![], context);
        check(&empty)?;
        check(&empty.transpose(0, -1))?;
    }
    Ok(())
}

const NOT_CONTIGUOUS: &str = "whether a is contiguous is another question: even steps of any length, 0 included, are a view. \
                              Ask whether there is a view of shape [−1].";

/// A tensor of rank 1 to 3, a dimension of it, and sizes to split it into.
fn splittings(sizes: RangeInclusive<i64>) -> impl Strategy<Value = (Reshaping, i64)> {
    let has_dimensions = |(reshaping, _): &(Reshaping, i64)| !reshaping.spec.shape.is_empty();
    (Reshaping::any(sizes), 0_i64..12).prop_filter("rank 0 has no dimension", has_dimensions)
}

/// What is asked for: the tensor, the dimension, counted from either end, and the sizes.
fn splitting(reshaping: &Reshaping, pick: i64, context: &Context) -> (Tensor, i64, Vec<i64>, Vec<i64>) {
    let a = reshaping.tensor(context);
    let rank = a.dim() as i64;
    let position = (pick % rank) as usize;
    let dim = if pick < 6 { position as i64 } else { position as i64 - rank };
    let shape = a.size();
    let shapes: Vec<Vec<i64>> =
        shapes_of(shape[position]).into_iter().filter(|shape| !shape.is_empty()).collect();
    let (sizes, spec) = reshaping.shape(&shapes);
    let split = [&shape[..position], sizes, &shape[position + 1..]].concat();
    (a, dim, spec, split)
}

fn call_of_unflatten(a: &Tensor, dim: i64, sizes: &[i64]) -> Call {
    Call::new("unflatten").tensor("a", a).value("dim", dim).value("sizes", sizes)
}

fn dimension_is_split(context: &Context) -> Outcome {
    let twelve = twelve(context);
    let call = call_of_unflatten(&twelve, 0, &[3, 4]);
    let got = call.succeeds(|| UNFLATTEN(&twelve, 0, &[3, 4]))?;
    let column_major = || twelve.view([4, 3]).tr();
    context.matches_fixture("twelve_unflattened", &call, &got, &[(COLUMNS_FIRST, &column_major)])?;

    context.for_all(splittings(1..=4), |(reshaping, pick)| {
        let (a, dim, sizes, split) = splitting(&reshaping, pick, context);
        let expected = contiguous(&split, a.kind(), values(&a), context);
        let call = call_of_unflatten(&a, dim, &sizes);
        let got = call.succeeds(|| UNFLATTEN(&a, dim, &sizes))?;
        let all_of_it = || contiguous(&split[split.len() - sizes.len()..], a.kind(), values(&a), context);
        call.expect(&got, &expected)
            .within(Tolerance::EXACT)
            .slip("the other dimensions are gone: one dimension is split, the rest stays.", all_of_it)
            .check()?;

        // The law: unflatten undoes flatten.
        let flat = a.flatten(0, -1);
        let shape = a.size();
        let call = call_of_unflatten(&flat, 0, &shape);
        let back = call.succeeds(|| UNFLATTEN(&flat, 0, &shape))?;
        call.expect(&back, &a).named("the result, which should be what was flattened,").check()
    })?;

    for (shape, dim, sizes, split) in
        [([0, 3], 0, [2, -1], [2, 0, 3]), ([2, 0], -1, [0, 3], [2, 0, 3]), ([0, 4], 1, [-1, 2], [0, 2, 2])]
    {
        let empty = contiguous(&shape, Kind::Float, vec![], context);
        let call = call_of_unflatten(&empty, dim, &sizes);
        let got = call.succeeds(|| UNFLATTEN(&empty, dim, &sizes))?;
        call.expect(&got, &contiguous(&split, Kind::Float, vec![], context)).check()?;
    }
    Ok(())
}

const COLUMNS_FIRST: &str = "the elements fill the new dimensions column by column: in row-major order the last one runs \
                             fastest.";

fn split_is_a_view(context: &Context) -> Outcome {
    context.for_all(splittings(1..=3), |(reshaping, pick)| {
        let (a, dim, sizes, _) = splitting(&reshaping, pick, context);
        let call = call_of_unflatten(&a, dim, &sizes);
        let got = call.succeeds(|| UNFLATTEN(&a, dim, &sizes))?;
        let shared = got.defined() && got.data_ptr() == a.data_ptr();
        call.holds(shared, "the result lies elsewhere in memory than a: it is a copy").map_err(|failure| {
            failure.because(
                "to split a dimension no element has to move, so a view always exists: contiguous and copy are \
                 not needed.",
            )
        })
    })
}

fn input_is_left_alone(context: &Context) -> Outcome {
    let cause = "a name that ends in _ changes the tensor itself, its shape and strides too, and a shallow_clone is the \
                 same tensor: view and as_strided make a new one.";
    context.for_all(splittings(1..=3), |(reshaping, pick)| {
        let (a, dim, sizes, split) = splitting(&reshaping, pick, context);
        let strides = a.stride();
        let same_strides = |call: &Call, a: &Tensor| {
            call.holds(a.stride() == strides, "changed the strides of a")
                .map_err(|failure| failure.because(cause))
        };
        let call = call_of_view(&a, &split);
        let _ = call.returns(|| TRY_VIEW(&a, &split))?;
        call.leaves_inputs_alone().map_err(|failure| failure.because(cause))?;
        same_strides(&call, &a)?;

        if view_strides(&places(&a), &[a.numel() as i64]).is_some() {
            let call = Call::new("flatten_copies").tensor("a", &a);
            let _ = call.returns(|| FLATTEN_COPIES(&a))?;
            call.leaves_inputs_alone().map_err(|failure| failure.because(cause))?;
        }

        let call = call_of_unflatten(&a, dim, &sizes);
        let _ = call.returns(|| UNFLATTEN(&a, dim, &sizes))?;
        call.leaves_inputs_alone().map_err(|failure| failure.because(cause))?;
        same_strides(&call, &a)
    })
}

fn bad_input_is_refused(context: &Context) -> Outcome {
    let two = "two sizes can be inferred in more than one way: only one −1 is allowed.";
    let negative = "−1 is the only negative size that means something, even where the product fits.";
    let ambiguous = "0 times anything is 0: beside a size of 0, −1 could be any number.";
    let no_fit =
        "the sizes have to multiply to exactly the number of elements; with −1, they have to divide it.";
    let refused = [
        (12, &[-1, -1][..], two),
        (12, &[-1, 3, -1], two),
        (12, &[-2, -6], negative),
        (12, &[-1, -3, -4], negative),
        (12, &[-12, -1], negative),
        (0, &[0, -1], ambiguous),
        (0, &[-1, 3, 0], ambiguous),
        (12, &[0, -1], ambiguous),
        (12, &[5, -1], no_fit),
        (12, &[24, -1], no_fit),
        (12, &[3, 5], no_fit),
        (12, &[], no_fit),
        (0, &[], no_fit),
        (0, &[3], no_fit),
        (1, &[0], no_fit),
    ];
    for (numel, spec, cause) in refused {
        let call = Call::new("infer_shape").value("numel", numel).value("spec", spec);
        call.refuses(Refusal::Shape, || INFER_SHAPE(numel, spec))
            .map_err(|failure| failure.because(cause))?;

        let a = contiguous(&[numel as i64], Kind::Float, vec![1.5; numel], context);
        let call = call_of_unflatten(&a, 0, spec);
        call.refuses(Refusal::Shape, || UNFLATTEN(&a, 0, spec)).map_err(|failure| failure.because(cause))?;
    }

    let matrix = contiguous(&[2, 6], Kind::Float, vec![1.5; 12], context);
    for (shape, cause) in [([5, 2], no_fit), ([-1, -1], two)] {
        let call = call_of_view(&matrix, &shape);
        let got = call.returns(|| TRY_VIEW(&matrix, &shape)).map_err(|failure| failure.because(PANICS))?;
        call.holds(got.is_none(), "returned a tensor, expected None")
            .map_err(|failure| failure.because(cause))?;
    }

    let single = contiguous(&[], Kind::Float, vec![1.5], context);
    for (a, dim) in [(&matrix, 2), (&matrix, -3), (&single, 0), (&single, -1)] {
        let call = call_of_unflatten(a, dim, &[1]);
        call.refuses(Refusal::Shape, || UNFLATTEN(a, dim, &[1]))?;
    }
    let column = contiguous(&[2, 1], Kind::Float, vec![1.5, 2.5], context);
    call_of_unflatten(&column, 1, &[]).refuses(Refusal::Shape, || UNFLATTEN(&column, 1, &[]))
}
