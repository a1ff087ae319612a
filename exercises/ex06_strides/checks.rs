//! Checks of ex06. References are tensors of libtorch, of every layout, and what is really found in their
//! memory; the laws are that a stride is the next one times the next size, that row-major offsets count
//! 0, 1, 2, …, and that contiguous tensors are those whose offsets do.

mod figures;

use harness::inputs::{elements, tensors, values};
use harness::prelude::*;
use tch::Device;

use ex06::Info;

harness::exercise!(ex06, suite);

// Signatures are part of the contract: another one does not compile.
const DESCRIBE: fn(&Tensor) -> Info = ex06::describe;
const ROW_MAJOR_STRIDES: fn(&[i64]) -> R<Vec<i64>> = ex06::row_major_strides;
const OFFSET: fn(&[i64], &[i64]) -> R<i64> = ex06::offset;
const IS_ROW_MAJOR: fn(&[i64], &[i64]) -> R<bool> = ex06::is_row_major;

fn suite(suite: &mut Suite) {
    suite.check("a row-major stride is the product of the sizes to its right", 2, strides_of_a_shape);
    suite.check("a size of 0 counts as 1 for the strides to its left", 1, strides_of_an_empty_shape);
    suite.check("offset leads to the element, whatever the layout", 2, offset_of_an_element);
    suite.check("is_row_major is true if elements are neighbours in memory", 1, neighbours_in_memory);
    suite.check("is_row_major looks at no stride that is never used", 1, unused_strides);
    suite.check("describe gives shape, rank, numel, dtype and device", 1, shape_and_dtype);
    suite.check("describe gives the strides that the tensor has in memory", 1, strides_in_memory);
    suite.check("a negative size and lists of unequal length are refused", 1, bad_input_is_refused);
    figures::declare(suite);
}

fn list(numbers: &[i64]) -> Tensor {
    Tensor::from_slice(numbers)
}

/// Shapes of rank 0 to 4.
fn shapes(sizes: std::ops::RangeInclusive<i64>) -> impl Strategy<Value = Vec<i64>> {
    let four = [sizes.clone(), sizes.clone(), sizes.clone(), sizes];
    (four, 0_usize..=4).prop_map(|(sizes, rank)| sizes[..rank].to_vec())
}

/// Every index of a shape, in row-major order.
fn indices(shape: &[i64]) -> Vec<Vec<i64>> {
    shape.iter().fold(vec![vec![]], |indices, &size| {
        let longer = |index: Vec<i64>| (0..size).map(move |last| [index.clone(), vec![last]].concat());
        indices.into_iter().flat_map(longer).collect()
    })
}

fn strides_of_a_shape(context: &Context) -> Outcome {
    let batch = [2, 3, 4];
    let call = Call::new("row_major_strides").value("shape", batch);
    let got = call.succeeds(|| ROW_MAJOR_STRIDES(&batch))?;
    let wrong = |strides: [i64; 3]| move || list(&strides);
    context.matches_fixture(
        "batch_strides",
        &call,
        &list(&got),
        &[
            (COLUMN_MAJOR, &wrong([1, 2, 6])),
            (OWN_SIZE_COUNTED, &wrong([24, 12, 4])),
            (BYTES, &wrong([48, 16, 4])),
            (BYTES, &wrong([96, 32, 8])),
            (NEXT_SIZE_ALONE, &wrong([3, 4, 1])),
        ],
    )?;

    context.for_all(shapes(1..=4), |shape| {
        let of_libtorch = Tensor::empty(&shape, (Kind::Float, Device::Cpu)).stride();
        let call = Call::new("row_major_strides").value("shape", &shape);
        let got = call.succeeds(|| ROW_MAJOR_STRIDES(&shape))?;
        call.expect(&list(&got), &list(&of_libtorch)).check()?;
        // The law, from the right.
        let mut stride = 1;
        for (d, &size) in shape.iter().enumerate().rev() {
            call.holds(
                got[d] == stride,
                &format!("stride {d} is {}, but the next one times the next size is {stride}", got[d]),
            )?;
            stride *= size;
        }
        Ok(())
    })
}

const COLUMN_MAJOR: &str = "these are the strides of column-major order, in which the first index runs fastest: in \
                            row-major order it is the last one.";
const OWN_SIZE_COUNTED: &str = "the size of the dimension itself was multiplied in: a step along it passes by what is \
                                to its right alone. The last stride is 1.";
const BYTES: &str =
    "these are bytes, as NumPy has it: PyTorch's strides count elements, whatever their dtype.";
const NEXT_SIZE_ALONE: &str =
    "only the next size was taken: a step passes by all the sizes to the right, multiplied.";

fn strides_of_an_empty_shape(context: &Context) -> Outcome {
    context.for_all((shapes(0..=3), 0_usize..4), |(mut shape, at)| {
        if let Some(size) = shape.get_mut(at) {
            *size = 0;
        }
        // What the strides of such a shape are, another check asks.
        let counted: Vec<i64> = shape.iter().map(|&size| size.max(1)).collect();
        let expected = Call::new("row_major_strides")
            .value("shape", &counted)
            .succeeds(|| ROW_MAJOR_STRIDES(&counted))?;
        let call = Call::new("row_major_strides").value("shape", &shape);
        let got = call.succeeds(|| ROW_MAJOR_STRIDES(&shape))?;
        let product = |shape: &[i64]| shape.iter().product::<i64>();
        call.expect(&list(&got), &list(&expected))
            .named(&format!("the result, which should be that for {counted:?},"))
            .slip("a size of 0 makes the whole product 0: count it as 1, size.max(1).", || {
                list(&(0..shape.len()).map(|d| product(&shape[d + 1..])).collect::<Vec<_>>())
            })
            .check()
    })
}

/// Tensors of every layout and of rank 1 to 3, whose elements all differ where they are not one in memory.
fn laid_out(sizes: std::ops::RangeInclusive<i64>) -> BoxedStrategy<TensorSpec> {
    let of_rank = |rank| {
        let unused = elements::quarters().no_shrink().boxed();
        let tensors = tensors(&vec![sizes.clone(); rank], &[Kind::Float], unused);
        tensors.prop_map(|spec| {
            let values = (0..spec.values.len()).map(|position| 1.25 * position as f64 + 0.5).collect();
            TensorSpec { values, ..spec }
        })
    };
    prop_oneof![of_rank(1), of_rank(2), of_rank(3)].boxed()
}

fn offset_of_an_element(context: &Context) -> Outcome {
    context.for_all(laid_out(1..=3), |spec| {
        let a = spec.tensor(context.device());
        let (shape, strides) = (a.size(), a.stride());
        let extent: i64 = shape.iter().zip(&strides).map(|(size, stride)| (size - 1) * stride).sum();
        let memory = values(&a.as_strided([extent + 1], [1], None));
        let place_of =
            |element| memory.iter().position(|&number| number == element).expect("it is there") as i64;
        let places: Vec<i64> = values(&a).into_iter().map(place_of).collect();

        let (call, got) = offsets(&strides, &shape)?;
        let slipped = |slip: &dyn Fn(&[i64]) -> i64| {
            list(&indices(&shape).iter().map(|index| slip(index)).collect::<Vec<_>>()).reshape(&shape)
        };
        let sum = |strides: &[i64], index: &[i64], shift: i64| -> i64 {
            strides.iter().zip(index).map(|(stride, i)| stride * (i + shift)).sum()
        };
        call.expect(&got, &list(&places).reshape(&shape))
            .slip(HORNER, || {
                slipped(&|index| strides.iter().zip(index).fold(0, |offset, (stride, i)| offset * stride + i))
            })
            .slip(REVERSED, || {
                let reversed: Vec<i64> = strides.iter().rev().copied().collect();
                slipped(&|index| sum(&reversed, index, 0))
            })
            .slip(FROM_ONE, || slipped(&|index| sum(&strides, index, -1)))
            .slip(FROM_ONE, || slipped(&|index| sum(&strides, index, 1)))
            .check()
    })?;

    let transposed = [4, 3];
    let (call, got) = offsets(&[1, 4], &transposed)?;
    let row_major = || Tensor::arange(12, (Kind::Int64, Device::Cpu)).reshape(transposed);
    let unused = "these are the offsets of a row-major tensor: the strides given were not used.";
    context.matches_fixture("transpose_offsets", &call, &got, &[(unused, &row_major)])?;

    // The law: in row-major order every place is used once, in order.
    context.for_all(shapes(1..=3), |shape| {
        let strides = Tensor::empty(&shape, (Kind::Float, Device::Cpu)).stride();
        let (call, got) = offsets(&strides, &shape)?;
        let in_order = Tensor::arange(got.numel() as i64, (Kind::Int64, Device::Cpu)).reshape(&shape);
        call.expect(&got, &in_order).named("the result, which should count 0, 1, 2, …,").check()
    })
}

/// The offset of every index of `shape`, as a tensor of that shape.
fn offsets(strides: &[i64], shape: &[i64]) -> Result<(Call, Tensor), Failure> {
    let index = format!("every index of shape {shape:?}");
    let call = Call::new("offset").value("strides", strides).formula("index", &index);
    let offsets: Result<Vec<i64>, TchError> =
        call.returns(|| indices(shape).iter().map(|index| OFFSET(strides, index)).collect())?;
    let got = list(&call.succeeds(|| offsets)?).reshape(shape);
    Ok((call, got))
}

const HORNER: &str = "strides are no sizes: they are not multiplied with each other. Each index is multiplied by its own \
                      stride, and the products are added.";
const REVERSED: &str =
    "the strides were taken from the wrong end: the first index goes with the first stride.";
const FROM_ONE: &str = "indices count from 0: the first element is at offset 0.";

/// Checks is_row_major on the shape and the strides of a tensor, against libtorch and against its offsets.
fn check_row_major(a: &Tensor) -> Outcome {
    let (shape, strides) = (a.size(), a.stride());
    let call = Call::new("is_row_major").value("shape", &shape).value("strides", &strides);
    let got = call.succeeds(|| IS_ROW_MAJOR(&shape, &strides))?;
    let offsets: Vec<i64> = indices(&shape)
        .iter()
        .map(|index| strides.iter().zip(index).map(|(stride, position)| stride * position).sum())
        .collect();
    let neighbours = offsets.iter().enumerate().all(|(position, &offset)| offset == position as i64);
    let headline = format!("returned {got}, but the elements, in row-major order, lie at {offsets:?}");
    call.holds(got == neighbours, &headline)?;
    call.holds(got == a.is_contiguous(), &format!("returned {got}, and is_contiguous does not"))
}

fn neighbours_in_memory(context: &Context) -> Outcome {
    let memory = Tensor::arange(64, (Kind::Float, context.device()));
    // The second spans as many places as it has elements, but matrices overlap and leave a gap; in the third, all but
    // the middle stride are those of row-major order.
    for strides in [[6, 3, 1], [5, 4, 1], [6, 4, 1]] {
        check_row_major(&memory.as_strided([2, 2, 3], strides, None))?;
    }
    let strategy = (laid_out(2..=3), select(View::ALL.to_vec()));
    context.for_all(strategy, |(spec, view)| {
        let a = spec.tensor(context.device());
        check_row_major(&view.of(&a))?;
        check_row_major(&view.of(&a.contiguous()))
    })
}

/// A view that may be contiguous where the tensor is, or not.
#[derive(Debug, Clone, Copy)]
enum View {
    All,
    RowsAfterTheFirst,
    LastDimensionsSwapped,
    EverySecondRow,
    ColumnsWithoutLast,
}

impl View {
    const ALL: [View; 5] = [
        View::All,
        View::RowsAfterTheFirst,
        View::LastDimensionsSwapped,
        View::EverySecondRow,
        View::ColumnsWithoutLast,
    ];

    fn of(self, a: &Tensor) -> Tensor {
        let size = a.size();
        match self {
            View::All => a.shallow_clone(),
            View::RowsAfterTheFirst if size[0] > 2 => a.narrow(0, 1, size[0] - 1),
            View::LastDimensionsSwapped if size.len() > 1 => a.transpose(-1, -2),
            View::EverySecondRow if size[0] > 2 => a.slice(0, None, None, 2),
            View::ColumnsWithoutLast if size[size.len() - 1] > 2 => a.narrow(-1, 0, size[size.len() - 1] - 1),
            // What is left out must not leave a dimension of size 1: another check is about those.
            _ => a.shallow_clone(),
        }
    }
}

fn unused_strides(_: &Context) -> Outcome {
    let memory = Tensor::arange(64, (Kind::Float, Device::Cpu));
    let shapes_and_strides = [
        (&[1, 3][..], &[7, 1][..]),
        (&[3, 1], &[1, 5]),
        (&[2, 1, 3], &[3, 0, 1]),
        (&[1], &[9]),
        (&[1, 1], &[0, 4]),
        (&[1, 2, 3], &[1, 3, 1]),
        (&[0], &[3]),
        (&[0, 3], &[1, 1]),
        (&[3, 0], &[1, 2]),
        (&[2, 0, 4], &[1, 4, 4]),
        (&[], &[]),
        // Here those that are out of order are used.
        (&[1, 3, 2], &[6, 1, 3]),
        (&[3, 1, 2], &[4, 2, 1]),
    ];
    for (shape, strides) in shapes_and_strides {
        let a = memory.as_strided(shape, strides, None);
        let because_unused =
            |failure: Failure| if a.is_contiguous() { failure.because(UNUSED) } else { failure };
        check_row_major(&a).map_err(because_unused)?;
    }
    Ok(())
}

const UNUSED: &str = "of a dimension of size 1 the only index is 0, and a shape with a 0 has no elements: leave the strides \
                      of such dimensions out of the comparison.";

/// Tensors of rank 0 to 3 in every layout and dtype.
fn described() -> BoxedStrategy<TensorSpec> {
    let kinds = [Kind::Float, Kind::Double, Kind::Half, Kind::Int64, Kind::Uint8, Kind::Bool];
    let of_rank = |rank| tensors(&vec![0..=3; rank], &kinds, elements::integers(0..=1));
    prop_oneof![of_rank(0), of_rank(1), of_rank(2), of_rank(3)].boxed()
}

fn shape_and_dtype(context: &Context) -> Outcome {
    context.for_all(described(), |spec| {
        let a = spec.tensor(context.device());
        let call = Call::new("describe").tensor("a", &a);
        let got = call.returns(|| DESCRIBE(&a))?;
        let Info { shape, rank, numel, kind, device, .. } = got;
        let differs = |what, got: &dyn std::fmt::Debug, expected: &dyn std::fmt::Debug| {
            format!("{what} is {got:?}, expected {expected:?}")
        };
        call.holds(shape == spec.shape, &differs("shape", &shape, &spec.shape))?;
        call.holds(rank == spec.shape.len(), &differs("rank", &rank, &spec.shape.len())).map_err(
            |failure| {
                failure.because(
                    "rank is the number of dimensions, those of size 1 included: how long the shape is.",
                )
            },
        )?;
        let elements = spec.values.len();
        call.holds(numel == elements, &differs("numel", &numel, &elements)).map_err(|failure| {
            failure.because("numel is the product of all the sizes: 1 for shape [], 0 where a size is 0.")
        })?;
        call.holds(kind == spec.kind, &differs("kind", &kind, &spec.kind))?;
        call.holds(device == a.device(), &differs("device", &device, &a.device()))
    })
}

fn strides_in_memory(context: &Context) -> Outcome {
    context.for_all(described(), |spec| {
        let a = spec.tensor(context.device());
        let call = Call::new("describe").tensor("a", &a);
        let got = call.returns(|| DESCRIBE(&a))?;
        let of_a_copy = a.contiguous().stride();
        call.expect(&list(&got.strides), &list(&a.stride()))
            .named("the list of strides")
            .slip(
                "these are the strides of a new tensor of this shape. This one is a view of memory that is \
                 laid out for another: ask the tensor.",
                || list(&of_a_copy),
            )
            .check()?;
        let contiguous = a.is_contiguous();
        call.holds(
            got.contiguous == contiguous,
            &format!("contiguous is {}, expected {contiguous}", got.contiguous),
        )
    })
}

fn bad_input_is_refused(_: &Context) -> Outcome {
    let each = "look at every size by itself: the product of two negative sizes is positive, and that with a 0 is 0.";
    for shape in [&[-1][..], &[2, -3], &[-2, 3], &[2, -1, 4], &[-2, -3], &[0, -1], &[-1, 0]] {
        let call = Call::new("row_major_strides").value("shape", shape);
        call.refuses(Refusal::Shape, || ROW_MAJOR_STRIDES(shape)).map_err(|failure| failure.because(each))?;
        let strides = vec![1; shape.len()];
        let call = Call::new("is_row_major").value("shape", shape).value("strides", &strides);
        call.refuses(Refusal::Shape, || IS_ROW_MAJOR(shape, &strides))
            .map_err(|failure| failure.because(each))?;
    }
    let stops = "compare the lengths first: zip stops at the end of the shorter list without a word.";
    for (strides, index) in [(&[3, 1][..], &[1][..]), (&[1], &[0, 2]), (&[], &[1]), (&[12, 4, 1], &[1, 2])] {
        let call = Call::new("offset").value("strides", strides).value("index", index);
        call.refuses(Refusal::Shape, || OFFSET(strides, index)).map_err(|failure| failure.because(stops))?;
    }
    for (shape, strides) in
        [(&[2, 3][..], &[3][..]), (&[3], &[3, 1]), (&[], &[1]), (&[2], &[]), (&[0, 3], &[3])]
    {
        let call = Call::new("is_row_major").value("shape", shape).value("strides", strides);
        call.refuses(Refusal::Shape, || IS_ROW_MAJOR(shape, strides))
            .map_err(|failure| failure.because(stops))?;
    }
    Ok(())
}
