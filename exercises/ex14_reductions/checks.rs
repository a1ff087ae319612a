//! Checks of ex14. The references are loops over plain numbers. The laws: a sum of squares adds up over the
//! parts of a tensor and grows with the square of a factor; a mean over two dimensions is the mean of means;
//! what is left after the mean is subtracted has mean 0; transposing swaps row and column of the largest entry.

use std::ops::RangeInclusive;

use harness::inputs::{elements, tensors, values};
use harness::prelude::*;

harness::exercise!(ex14, suite);

// The signatures of the contract: another one is a compile error here.
const SUM_SQ: fn(&Tensor) -> f64 = ex14::sum_sq;
const MEAN_OVER: fn(&Tensor, &[i64], bool) -> R<Tensor> = ex14::mean_over;
const ARGMAX_2D: fn(&Tensor) -> R<(i64, i64)> = ex14::argmax_2d;

fn suite(suite: &mut Suite) {
    suite.check("sum_sq adds the squares of all entries, however they lie", 1, squares_are_added);
    suite.check("sum_sq squares and adds in float64, whatever the dtype", 1, accumulated_in_float64);
    suite.check("mean_over averages over the dimensions that are named, and no other", 2, means);
    suite.check("with keep a reduced dimension stays, with size 1", 1, dimensions_are_kept);
    suite.check("mean_over keeps a floating dtype and turns integers into float32", 1, dtypes);
    suite.check("argmax_2d is row and column of the first largest entry", 2, first_of_the_largest);
    suite.check("no function changes what it is given", 1, inputs_are_left_alone);
    suite.check("a mean or a maximum that does not exist is refused", 1, bad_input_is_refused);
}

fn squares_are_added(context: &Context) -> Outcome {
    let sizes = prop_oneof![
        tensors_of(&[0..=3, 1..=3, 1..=2]),
        tensors_of(&[2..=4, 2..=4]),
        tensors_of(&[0..=5]),
        tensors_of(&[]),
    ];
    context.for_all(sizes, |spec| {
        let t = spec.tensor(context.device());
        let numbers = values(&t);
        let expected: f64 = numbers.iter().fold(0.0, |sum, number| sum + number * number);
        let call = Call::new("sum_sq").tensor("t", &t);
        let got = call.returns(|| SUM_SQ(&t))?;
        call.expect(&Tensor::from(got), &Tensor::from(expected))
            .within(AS_GOOD_AS_FLOAT64)
            .slip("this is the square of the sum: square first, then add.", || {
                Tensor::from(numbers.iter().sum::<f64>().powi(2))
            })
            .slip("this is the norm, the square root of the sum of squares.", || {
                Tensor::from(expected.sqrt())
            })
            .slip("this is the mean of the squares, not their sum.", || {
                Tensor::from(expected / numbers.len().max(1) as f64)
            })
            .slip("this is the sum; nothing was squared.", || Tensor::from(numbers.iter().sum::<f64>()))
            .check()?;

        // The laws: t beside 2t has five times the sum of squares.
        let t = spec.tensor(context.device()).flatten(0, -1);
        let longer = Tensor::cat(&[&t, &(&t * 2.0)], 0);
        let call = Call::new("sum_sq").tensor("t beside 2t", &longer);
        let got = call.returns(|| SUM_SQ(&longer))?;
        call.expect(&Tensor::from(got), &Tensor::from(5.0 * expected))
            .named("the result, which should be 5·sum_sq(t),")
            .within(AS_GOOD_AS_FLOAT64)
            .check()
    })
}

/// Squares of quarters and their sums are exact, but not to those who square the norm: it is rounded.
const AS_GOOD_AS_FLOAT64: Tolerance = Tolerance { relative: 1e-14, absolute: 0.0 };

fn accumulated_in_float64(context: &Context) -> Outcome {
    let one_then_two = |kind, many: i64| {
        let ones = Tensor::ones([many], (kind, context.device()));
        Tensor::cat(&[&ones, &(ones.narrow(0, 0, 1) * 2.0)], 0).to_kind(kind)
    };
    let vector = |kind, values: &[f64]| contiguous(&[values.len() as i64], kind, values.to_vec(), context);
    let in_float32 = (1..=2_000).map(|number| f64::from(number) / 8.0).collect::<Vec<_>>();
    let cases = [
        // 65504 is the largest float16, and 200² does not fit into 8 bits.
        (one_then_two(Kind::Half, 70_000), 70_004.0),
        (one_then_two(Kind::BFloat16, 70_000), 70_004.0),
        (vector(Kind::Half, &[300.0, 2.0]), 90_004.0),
        (vector(Kind::Uint8, &[200.0, 3.0]), 40_009.0),
        (vector(Kind::Int8, &[-100.0, 27.0]), 10_729.0),
        (vector(Kind::Int16, &[300.0, 2.0]), 90_004.0),
        (vector(Kind::Int, &[1e6, 2.0]), 1e12 + 4.0),
        (vector(Kind::Int64, &[4e9, 0.0]), 1.6e19),
        (vector(Kind::Bool, &[1.0, 0.0, 1.0, 1.0]), 3.0),
        // 2^24, and from there on 1 is less than half of the distance to the next float32.
        (vector(Kind::Float, &[4096.0, 1.0, 1.0, 1.0]), 16_777_219.0),
        (vector(Kind::Float, &in_float32), in_float32.iter().map(|number| number * number).sum()),
        // Double is left to itself: 0.1² + 0.3², each rounded once.
        (vector(Kind::Double, &[0.1, 0.3]), 0.1 * 0.1 + 0.3 * 0.3),
    ];
    for (t, expected) in cases {
        let before = t.copy();
        let call = Call::new("sum_sq").tensor("t", &t);
        let got = call.returns(|| SUM_SQ(&t))?;
        let number = |sum: Tensor| sum.to_kind(Kind::Double);
        call.expect(&Tensor::from(got), &Tensor::from(expected))
            .within(AS_GOOD_AS_FLOAT64)
            .slip(IN_OWN_DTYPE, || number(before.square().sum(Kind::Double)))
            .slip(IN_OWN_DTYPE, || number(before.square().sum(None)))
            .slip(IN_OWN_DTYPE, || number(before.square().sum(before.kind())))
            .slip("float32 has 24 bits for its digits: what is less than the last of them is lost.", || {
                number(before.to_kind(Kind::Float).square().sum(None))
            })
            .check()?;
    }
    Ok(())
}

const IN_OWN_DTYPE: &str = "the squares were taken, or added, in the dtype of t, which cannot hold them. Convert before you \
                            square: sum(Kind::Double) alone comes too late.";

/// Dimensions of a tensor of rank 3, some of them counted from the end, in any order. Never none.
fn some_dimensions() -> impl Strategy<Value = Vec<i64>> {
    (1_u8..=7, any::<[bool; 3]>(), any::<bool>()).prop_map(|(chosen, negative, reversed)| {
        let chosen = (0..3).filter(|dim| chosen & (1 << dim) != 0);
        let mut dims: Vec<i64> =
            chosen.map(|dim| if negative[dim as usize] { dim - 3 } else { dim }).collect();
        if reversed {
            dims.reverse();
        }
        dims
    })
}

fn call_mean(t: &Tensor, dims: &[i64], keep: bool) -> Call {
    Call::new("mean_over").tensor("t", t).value("dims", dims).value("keep", keep)
}

fn means(context: &Context) -> Outcome {
    context.for_all((tensors_of(&[1..=3, 2..=3, 1..=4]), some_dimensions()), |(spec, dims)| {
        let t = spec.tensor(context.device());
        let (expected, before) = (averaged(&t, &dims, false, context), t.copy());
        let call = call_mean(&t, &dims, false);
        // Whatever fails with one dimension shrinks to one dimension.
        let renumbered =
            |failure: Failure| if dims.len() > 1 { failure.because(RENUMBERED) } else { failure };
        let got = call.succeeds(|| MEAN_OVER(&t, &dims, false)).map_err(renumbered)?;
        let others: Vec<i64> =
            (0..3).filter(|dim| !dims.contains(dim) && !dims.contains(&(dim - 3))).collect();
        call.expect(&got, &expected)
            .slip(OTHERS, || averaged(&before, &others, false, context))
            .slip("this is the sum: it is still to be divided by the number of entries.", || {
                before.sum_dim_intlist(dims.as_slice(), false, None)
            })
            .slip(RENUMBERED, || {
                dims.iter().fold(before.shallow_clone(), |t, &dim| t.mean_dim(dim, false, None))
            })
            .slip("only the first of the dimensions was reduced.", || before.mean_dim(dims[0], false, None))
            .slip("the mean of everything was taken.", || before.mean(None))
            .check()
    })?;

    // No dimension named: all of them.
    for shape in [&[2, 3][..], &[4], &[], &[2, 1, 2]] {
        let t = staircase(shape, Kind::Float, context);
        let (expected, before) = (averaged(&t, &[0, 1, 2][..shape.len()], false, context), t.copy());
        let call = call_mean(&t, &[], false);
        let got = call.succeeds(|| MEAN_OVER(&t, &[], false))?;
        call.expect(&got, &expected)
            .slip("nothing was reduced: where no dimension is named, all of them are meant.", || {
                before.copy()
            })
            .check()?;
    }

    // A dimension that stays may be empty: the mean of each of no columns.
    let t = staircase(&[2, 0], Kind::Float, context);
    let call = call_mean(&t, &[0], false);
    let got = call.succeeds(|| MEAN_OVER(&t, &[0], false))?;
    call.expect(&got, &staircase(&[0], Kind::Float, context)).check()?;

    // A law: the mean over two dimensions is the mean over one of the means over the other.
    let t = || staircase(&[2, 3, 4], Kind::Double, context);
    let call = call_mean(&t(), &[2], false);
    let inner = call.succeeds(|| MEAN_OVER(&t(), &[2], false))?;
    let call = call_mean(&inner, &[0], false);
    let outer = call.succeeds(|| MEAN_OVER(&inner, &[0], false))?;
    let call = call_mean(&t(), &[0, 2], false);
    let both = call.succeeds(|| MEAN_OVER(&t(), &[0, 2], false))?;
    call.expect(&both, &outer)
        .named("the result, which should be the mean over 0 of the means over 2,")
        .check()
}

const OTHERS: &str = "the dimensions that are named are reduced; this is the mean over the others.";
const RENUMBERED: &str = "reduced one after the other without keepdim, the later dimensions have other numbers by then: name \
                          all of them in one call.";

fn dimensions_are_kept(context: &Context) -> Outcome {
    let t = contiguous(&[2, 2], Kind::Float, vec![1.0, 2.0, 3.0, 4.0], context);
    let call = call_mean(&t, &[1], true);
    let got = call.succeeds(|| MEAN_OVER(&t, &[1], true))?;
    let dropped = || averaged(&t, &[1], false, context);
    let in_front = || dropped().unsqueeze(0);
    let others = || averaged(&t, &[0], true, context);
    context.matches_fixture(
        "row_means",
        &call,
        &got,
        &[(DROPPED, &dropped), (IN_FRONT, &in_front), (OTHERS, &others)],
    )?;

    context.for_all((tensors_of(&[1..=3, 2..=3, 2..=4]), some_dimensions()), |(spec, dims)| {
        let t = spec.tensor(context.device());
        let (expected, before) = (averaged(&t, &dims, true, context), t.copy());
        let call = call_mean(&t, &dims, true);
        let got = call.succeeds(|| MEAN_OVER(&t, &dims, true))?;
        call.expect(&got, &expected)
            .slip(DROPPED, || averaged(&before, &dims, false, context))
            .slip(IN_FRONT, || {
                dims.iter().fold(averaged(&before, &dims, false, context), |mean, _| mean.unsqueeze(0))
            })
            .check()?;

        // A law: so it broadcasts against t, and what is left over has mean 0.
        let rest = before - got;
        let call = call_mean(&rest, &dims, true);
        let got = call.succeeds(|| MEAN_OVER(&rest, &dims, true))?;
        call.expect(&got, &expected.zeros_like()).named("the mean of t less its mean").check()
    })?;

    // No dimension named: all of them, and all of them stay.
    for shape in [&[2, 3][..], &[4], &[], &[2, 1, 2]] {
        let t = staircase(shape, Kind::Float, context);
        let expected = averaged(&t, &[0, 1, 2][..shape.len()], true, context);
        let call = call_mean(&t, &[], true);
        let got = call.succeeds(|| MEAN_OVER(&t, &[], true))?;
        let dropped = || expected.squeeze();
        call.expect(&got, &expected).slip(DROPPED, dropped).check()?;
    }
    Ok(())
}

const IN_FRONT: &str = "the reduced dimensions were put back at the front, not where they had been.";
const DROPPED: &str = "the reduced dimensions are gone: with keep they stay, with size 1.";

fn dtypes(context: &Context) -> Outcome {
    // [[x, y], [y, x]]: rows and columns are alike, and which of them is meant, other checks ask.
    let cases = [
        (Kind::Int64, -60.0, 5.0),
        (Kind::Int, 7.0, 4.0),
        (Kind::Int16, 7.0, 4.0),
        (Kind::Int8, 120.0, 101.0),
        (Kind::Uint8, 250.0, 101.0),
        (Kind::Bool, 1.0, 0.0),
        (Kind::Double, 0.1, 7.3),
        // 65504 is the largest float16: the mean can be written in it, the sum cannot.
        (Kind::Half, 64_000.0, 32_000.0),
        (Kind::BFloat16, 12.0, -20.0),
    ];
    for (kind, x, y) in cases {
        let t = contiguous(&[2, 2], kind, vec![x, y, y, x], context);
        let everything = call_mean(&t, &[], false);
        let mean = everything.succeeds(|| MEAN_OVER(&t, &[], false))?;
        let expected = averaged(&t, &[0, 1], false, context);
        everything.expect(&mean, &expected).check()?;

        let expected = averaged(&t, &[0], false, context);
        let call = call_mean(&t, &[0], false);
        let got = call.succeeds(|| MEAN_OVER(&t, &[0], false))?;
        let tolerance = match kind {
            // The default is wider than what a way through float32 is off.
            Kind::Double => Tolerance { relative: 1e-14, absolute: 0.0 },
            _ => Tolerance::of(expected.kind()),
        };
        call.expect(&got, &expected)
            .within(tolerance)
            .slip(
                "the sum was taken in float16, of which 65504 is the largest: it is the mean that fits.",
                || t.sum_dim_intlist(0, false, None) / 2,
            )
            .slip("the mean was cut off to a whole number: convert integers to float32 first.", || {
                expected.trunc()
            })
            .slip("the mean was cut off to a whole number: no integer dtype can hold it.", || {
                expected.to_kind(kind)
            })
            .slip("everything was converted to float32: a floating dtype has to be kept.", || {
                expected.to_kind(Kind::Float)
            })
            .slip("the result went through float32 and lost half of its digits.", || {
                expected.to_kind(Kind::Float).to_kind(kind)
            })
            .slip("the result is float64; for integers the contract asks for float32.", || {
                expected.to_kind(Kind::Double)
            })
            .check()?;

        // A single number is its own mean, in the dtype of one.
        let number = contiguous(&[], kind, vec![x], context);
        let expected = averaged(&number, &[], false, context);
        let call = call_mean(&number, &[], false);
        let got = call.succeeds(|| MEAN_OVER(&number, &[], false))?;
        call.expect(&got, &expected).check()?;
    }
    Ok(())
}

fn first_of_the_largest(context: &Context) -> Outcome {
    // Three times 9, placed so that each slip finds another entry.
    let three_nines = TensorSpec {
        shape: vec![3, 4],
        kind: Kind::Float,
        values: vec![1.0, -2.0, 5.0, 9.0, 0.0, 9.0, 4.0, 3.0, 8.0, 7.0, 9.0, 6.0],
        layout: Layout::Contiguous,
    };
    check_argmax(&three_nines, context)?;
    let kinds = [Kind::Float, Kind::Int64, Kind::Half];
    let few_values = || elements::integers(-4..=3).no_shrink().boxed();
    context.for_all(tensors(&[1..=4, 1..=4], &kinds, few_values()), |spec| check_argmax(&spec, context))?;

    let infinite = f64::NEG_INFINITY;
    let cases = [
        (
            Kind::Double,
            vec![infinite, infinite],
            (0, 0),
            "−∞ is a number like any other: start from an entry of a.",
        ),
        (
            Kind::Double,
            vec![infinite, -1e300],
            (0, 1),
            "start from an entry of a, not from a number of yours.",
        ),
        (
            Kind::Double,
            vec![f64::INFINITY, infinite],
            (0, 0),
            "∞ − ∞ is NaN although no entry is: ask the entries with isnan(), not their sum.",
        ),
        (
            Kind::Double,
            vec![-0.0, 0.0],
            (0, 0),
            "−0 and 0 are equal. (total_cmp orders them, and NaNs, too.)",
        ),
        (Kind::Int64, vec![16_777_216.0, 16_777_217.0], (0, 1), "float32 does not tell these two apart."),
    ];
    for (kind, entries, expected, cause) in cases {
        let a = contiguous(&[1, 2], kind, entries, context);
        let call = Call::new("argmax_2d").tensor("a", &a);
        let got = call.succeeds(|| ARGMAX_2D(&a)).map_err(|failure| failure.because(cause))?;
        let outcome = call.expect(&pair(got), &pair(expected)).named("(row, column)").check();
        outcome.map_err(|failure| failure.because(cause))?;
    }

    // Numbers of int64 that float64 does not tell apart either.
    let a = Tensor::from_slice(&[1_i64 << 53, (1 << 53) + 1]).reshape([1, 2]).to_device(context.device());
    let call = Call::new("argmax_2d").tensor("a", &a);
    let got = call.succeeds(|| ARGMAX_2D(&a))?;
    call.expect(&pair(got), &pair((0, 1))).named("(row, column)").check().map_err(|failure| {
        failure.because(
            "float64 has 53 bits for the digits of a number, int64 has 63: compare in the dtype of a.",
        )
    })
}

/// Compares argmax_2d with the reference, and with what learners do instead.
fn check_argmax(spec: &TensorSpec, context: &Context) -> Outcome {
    let a = spec.tensor(context.device());
    let (rows, columns) = (spec.shape[0], spec.shape[1]);
    let numbers = values(&a);
    let largest = numbers.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let where_largest: Vec<i64> =
        (0..rows * columns).filter(|&flat| numbers[flat as usize] == largest).collect();
    let (first, last) = (where_largest[0], where_largest[where_largest.len() - 1]);
    let first_by_columns = where_largest.iter().map(|flat| (flat % columns, flat / columns)).min();
    let (column, row) = first_by_columns.expect("a matrix with entries has a largest one");

    let call = Call::new("argmax_2d").tensor("a", &a);
    let got = call.succeeds(|| ARGMAX_2D(&a))?;
    let expected = (first / columns, first % columns);
    call.expect(&pair(got), &pair(expected))
        .named("(row, column)")
        .slip("row and column are swapped.", || pair((expected.1, expected.0)))
        .slip("index k is in row k / d, column k mod d, and d is the number of columns, not of rows.", || {
            pair((first / rows, first % rows))
        })
        .slip("this is the last of the largest entries: the first one is asked for, row by row.", || {
            pair((last / columns, last % columns))
        })
        .slip("this is the first of the largest entries column by column: row by row is asked for.", || {
            pair((row, column))
        })
        .slip("no entry of a is larger than 0: start from one of them, not from 0.", || {
            pair(if largest <= 0.0 { (0, 0) } else { expected })
        })
        .check()?;

    // A law, where there is but one.
    if where_largest.len() == 1 {
        let transpose = spec.tensor(context.device()).tr();
        let call = Call::new("argmax_2d").tensor("aᵀ", &transpose);
        let got = call.succeeds(|| ARGMAX_2D(&transpose))?;
        call.expect(&pair(got), &pair((expected.1, expected.0)))
            .named("(row, column), which should be those of a, swapped,")
            .check()?;
    }
    Ok(())
}

fn pair((row, column): (i64, i64)) -> Tensor {
    Tensor::from_slice(&[row, column])
}

fn inputs_are_left_alone(context: &Context) -> Outcome {
    for layout in Layout::ALL {
        for kind in [Kind::Float, Kind::Double, Kind::Int64] {
            let entries = vec![1.0, -2.0, 4.0, 7.0, 3.0, -6.0];
            let t = TensorSpec { shape: vec![2, 3], kind, values: entries, layout }.tensor(context.device());
            let call = Call::new("sum_sq").tensor("t", &t);
            call.returns(|| SUM_SQ(&t))?;
            call.leaves_inputs_alone()?;
            let call = call_mean(&t, &[1], true);
            let _ = call.succeeds(|| MEAN_OVER(&t, &[1], true))?;
            call.leaves_inputs_alone()?;
            let call = Call::new("argmax_2d").tensor("a", &t);
            call.succeeds(|| ARGMAX_2D(&t))?;
            call.leaves_inputs_alone()?;
        }
    }
    Ok(())
}

fn bad_input_is_refused(context: &Context) -> Outcome {
    let nothing = "a mean of no numbers is 0/0, NaN: look at the sizes of the reduced dimensions first.";
    let twice =
        "a dimension named twice is a mistake of the caller's: −1 and rank − 1 are the same one, too.";
    let none = "the dimensions of a tensor of rank r are 0 to r − 1, or −r to −1 from the end.";
    let mean: [(&[i64], &[i64], &str); 12] = [
        (&[], &[0], none),
        (&[], &[-1], none),
        (&[2, 3], &[2], none),
        (&[2, 3], &[0, -3], none),
        (&[2, 3], &[1, 1], twice),
        (&[2, 3], &[0, -2], twice),
        (&[2, 3, 2], &[2, 0, -1], twice),
        (&[0, 3], &[0], nothing),
        (&[2, 0], &[-1], nothing),
        (&[2, 0], &[0, 1], nothing),
        (&[0, 0], &[1], nothing),
        (&[0], &[], nothing),
    ];
    for (shape, dims, cause) in mean {
        let t = staircase(shape, Kind::Float, context);
        call_mean(&t, dims, false)
            .refuses(Refusal::Shape, || MEAN_OVER(&t, dims, false))
            .map_err(|failure| failure.because(cause))?;
    }

    let argmax =
        |refusal, a: &Tensor| Call::new("argmax_2d").tensor("a", a).refuses(refusal, || ARGMAX_2D(a));
    for shape in [&[][..], &[3], &[2, 2, 2], &[0, 3], &[3, 0]] {
        argmax(Refusal::Shape, &staircase(shape, Kind::Float, context))?;
    }
    for at in 0..4 {
        let mut entries = vec![1.0, 5.0, -2.0, 3.0];
        entries[at] = f64::NAN;
        let a = contiguous(&[2, 2], Kind::Float, entries, context);
        argmax(Refusal::Convert, &a).map_err(|failure| {
            failure.because(
                "NaN compares with no number: ask for it with isnan() before you look for the largest.",
            )
        })?;
    }
    Ok(())
}

/// Tensors of quarters, of sizes within `sizes`. A failing one shrinks in its shape alone: its entries stay
/// different from each other, so that a wrong result still shows which slip it comes from.
fn tensors_of(sizes: &[RangeInclusive<i64>]) -> BoxedStrategy<TensorSpec> {
    tensors(sizes, &[Kind::Float], elements::quarters().no_shrink().boxed())
}

/// The reference of mean_over: each entry counts for the result at its own index, without the reduced
/// dimensions.
fn averaged(t: &Tensor, dims: &[i64], keep: bool, context: &Context) -> Tensor {
    let shape = t.size();
    let rank = shape.len();
    let is_reduced = |dim: usize| dims.iter().any(|&named| named.rem_euclid(rank as i64) == dim as i64);
    let reduced: Vec<i64> = (0..rank).map(|dim| if is_reduced(dim) { 1 } else { shape[dim] }).collect();
    let mut sums = vec![0.0; reduced.iter().product::<i64>() as usize];
    for (flat, value) in values(t).into_iter().enumerate() {
        let (mut rest, mut place, mut step) = (flat as i64, 0, 1);
        for dim in (0..rank).rev() {
            place += (rest % shape[dim]) % reduced[dim] * step;
            rest /= shape[dim];
            step *= reduced[dim];
        }
        sums[place as usize] += value;
    }
    let many = t.numel() as f64 / sums.len().max(1) as f64;
    let means = sums.into_iter().map(|sum| sum / many).collect();
    let kind = match t.kind() {
        kind @ (Kind::Half | Kind::BFloat16 | Kind::Float | Kind::Double) => kind,
        _ => Kind::Float,
    };
    let left = (0..rank).filter(|&dim| keep || !is_reduced(dim)).map(|dim| reduced[dim]);
    contiguous(&left.collect::<Vec<_>>(), kind, means, context)
}

/// 1.5, 3, 5.5, 9, …: no two differences are the same.
fn staircase(shape: &[i64], kind: Kind, context: &Context) -> Tensor {
    let numel: i64 = shape.iter().product();
    let values = (0..numel).map(|flat| (flat * flat + 2 * flat + 3) as f64 / 2.0).collect();
    contiguous(shape, kind, values, context)
}

fn contiguous(shape: &[i64], kind: Kind, values: Vec<f64>, context: &Context) -> Tensor {
    TensorSpec { shape: shape.to_vec(), kind, values, layout: Layout::Contiguous }.tensor(context.device())
}
