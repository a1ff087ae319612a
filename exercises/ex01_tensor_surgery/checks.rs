//! Checks of ex01. The reference is a loop over plain numbers; the laws are that zeroing a diagonal is
//! idempotent and commutes with transposition and with the same permutation of rows and columns.

use std::ops::RangeInclusive;

use harness::inputs::{elements, tensors, values};
use harness::prelude::*;

harness::exercise!(ex01, suite);

/// Signatures are part of the contract: another one does not compile.
const DIAGONAL_TO_ZERO: fn(i64) -> R<Tensor> = ex01::diagonal_to_zero;
const ZERO_DIAGONAL: fn(&Tensor) -> R<Tensor> = ex01::zero_diagonal;

fn suite(suite: &mut Suite) {
    suite.check("diagonal_to_zero(n) is 0 on the diagonal and 1 elsewhere", 2, zero_on_the_diagonal_of_ones);
    suite.check("zero_diagonal puts 0 on the main diagonal and keeps the rest", 3, diagonal_is_zeroed);
    suite.check("a NaN or ∞ on the diagonal becomes 0 too", 1, nan_and_infinity_are_replaced);
    suite.check("zero_diagonal keeps the dtype and every digit", 1, dtype_is_kept);
    suite.check("zero_diagonal returns a copy and leaves its input alone", 1, input_is_left_alone);
    suite.check("a side may be 0 or 1 long", 1, small_sides);
    suite.check("a negative n and what is not a matrix are refused", 1, bad_input_is_refused);
}

fn zero_on_the_diagonal_of_ones(context: &Context) -> Outcome {
    let matrix = |n: i64| -> Result<(Call, Tensor), Failure> {
        let call = Call::new("diagonal_to_zero").value("n", n);
        let got = call.succeeds(|| DIAGONAL_TO_ZERO(n))?;
        Ok((call, got))
    };
    let ones_and_zeros = |n: i64, on: f64, off: f64| {
        let values = (0..n * n).map(|flat| if flat % (n + 1) == 0 { on } else { off }).collect();
        contiguous(&[n, n], Kind::Float, values, context)
    };

    let (call, ten) = matrix(10)?;
    let identity = || ones_and_zeros(10, 1.0, 0.0);
    let ones = || ones_and_zeros(10, 1.0, 1.0);
    context.matches_fixture(
        "ten_by_ten",
        &call,
        &ten,
        &[(WRONG_WAY_ROUND, &identity), (WRITE_IS_LOST, &ones)],
    )?;

    context.for_all(2_i64..=12, |n| {
        let (call, got) = matrix(n)?;
        call.expect(&got, &ones_and_zeros(n, 0.0, 1.0))
            .slip("the size does not follow n.", || ten.shallow_clone())
            .check()?;
        let sum = got.sum(Kind::Double).double_value(&[]);
        call.holds(sum == (n * n - n) as f64, "the entries do not sum to n² − n")
    })
}

fn diagonal_is_zeroed(context: &Context) -> Outcome {
    context.for_all(matrices_of(2..=6, 2..=6, &[Kind::Float]), |spec| check_zeroed(&spec, context))?;

    // The laws. Each call is given a matrix of its own, so that none sees what another one wrote.
    context.for_all(matrices_of(2..=4, 2..=4, &[Kind::Float]), |spec| {
        let a = spec.tensor(context.device());
        let once = zeroed_by(&Call::new("zero_diagonal").tensor("a", &a), &a)?;

        let transpose = spec.tensor(context.device()).tr();
        let call = Call::new("zero_diagonal").tensor("aᵀ", &transpose);
        let got = zeroed_by(&call, &transpose)?;
        call.expect(&got, &once.tr()).named("the result, which should be zero_diagonal(a)ᵀ,").check()?;

        let n = spec.shape[0].min(spec.shape[1]);
        let rotated = |matrix: &Tensor| matrix.narrow(0, 0, n).narrow(1, 0, n).roll([1, 1], [0, 1]);
        let b = rotated(&spec.tensor(context.device()));
        let call = Call::new("zero_diagonal").tensor("PaPᵀ", &b);
        let got = zeroed_by(&call, &b)?;
        call.expect(&got, &rotated(&once))
            .named("the result, which should be P·zero_diagonal(a)·Pᵀ,")
            .check()?;

        let expected = once.copy();
        let call = Call::new("zero_diagonal").tensor("zero_diagonal(a)", &once);
        let twice = zeroed_by(&call, &once)?;
        call.expect(&twice, &expected).named("the result for a diagonal of zeros").check()
    })
}

/// Compares zero_diagonal with the reference, and with what learners do instead.
fn check_zeroed(spec: &TensorSpec, context: &Context) -> Outcome {
    let a = spec.tensor(context.device());
    let (expected, before) = (zeroed(&a, context), a.copy());
    let call = Call::new("zero_diagonal").tensor("a", &a);
    let got = zeroed_by(&call, &a)?;
    let (rows, columns) = (spec.shape[0], spec.shape[1]);
    // `before` is laid out in memory as `a` is, unless `a` is expanded.
    let overwritten = |part: &dyn Fn(&Tensor) -> Tensor| {
        let result = before.copy();
        let _ = part(&result).fill_(0.0);
        result
    };
    call.expect(&got, &expected)
        .slip(WRITE_IS_LOST, || before.copy())
        .slip(WRONG_WAY_ROUND, || &before - &expected)
        .slip(
            if spec.layout == Layout::Expanded {
                "the zeros were written into a itself, which is here one row in memory that is shown as several (ex06 \
                 and ex13), so that a write to one shows in all of them: write into a copy()."
            } else {
                "lists of row and column numbers that are applied one after the other name every pair \
                 of them, not (0, 0), (1, 1), …: diagonal() gives the diagonal alone."
            },
            || {
                let side = rows.min(columns);
                let block_rows = if spec.layout == Layout::Expanded { rows } else { side };
                overwritten(&|result| result.narrow(0, 0, block_rows).narrow(1, 0, side))
            },
        )
        .slip(
            "the diagonal starts again below the square part: fill_diagonal_ does that to a tall \
             matrix where wrap is true.",
            || before.copy().fill_diagonal_(0.0, true),
        )
        .slip(
            "steps of n + 1 follow the diagonal in row-major memory only, and this a lies otherwise, \
             as copy() of it does: diagonal() takes the strides into account.",
            || overwritten(&|result| result.as_strided([rows.min(columns)], [columns + 1], None)),
        )
        .check()
}

/// What zero_diagonal gives for a matrix that it must not refuse.
fn zeroed_by(call: &Call, a: &Tensor) -> Result<Tensor, Failure> {
    let not_square = "a has m rows and n columns, while a matrix of zeros and ones made of one size alone is square. \
                      Nor would a product do, as 0 · NaN is NaN: write into the diagonal instead of multiplying.";
    let counted = "the diagonal has min(m, n) entries: a wide matrix has fewer rows than columns, a tall one fewer \
                   columns than rows.";
    call.succeeds(|| ZERO_DIAGONAL(a)).map_err(|failure| {
        failure
            .because_where("must match the size of tensor", not_square)
            .because_where("out of range", counted)
            .because_where("out of bounds", counted)
    })
}

const WRITE_IS_LOST: &str = "the zeros were written somewhere else: diag() and diagonal_copy() copy the diagonal, and fill() \
     without _ returns a new tensor. diagonal() is a view, and fill_() writes through it.";
const WRONG_WAY_ROUND: &str = "it is the wrong way round: the diagonal was kept and the rest set to 0.";

fn nan_and_infinity_are_replaced(context: &Context) -> Outcome {
    let nan_survives = "0 · NaN and 0 · ∞ are NaN, and so is NaN − NaN: no product and no difference removes them. \
         Write the 0 (fill_, masked_fill, where).";
    let (nan, inf) = (f64::NAN, f64::INFINITY);
    let a = contiguous(
        &[3, 4],
        Kind::Double,
        vec![nan, 2.5, -3.0, 0.5, 6.0, -inf, nan, 1.5, -inf, 4.0, inf, -7.0],
        context,
    );
    let call = Call::new("zero_diagonal").tensor("a", &a);
    let before = a.copy();
    let masked = &a * Tensor::eye_m(3, 4, (Kind::Double, context.device())).eq(0.0);
    let got = zeroed_by(&call, &a)?;
    context.matches_fixture(
        "nan_and_infinity",
        &call,
        &got,
        &[(nan_survives, &|| masked.copy()), (WRITE_IS_LOST, &|| before.copy())],
    )?;

    let special = prop_oneof![Just(f64::NAN), Just(f64::INFINITY), Just(f64::NEG_INFINITY)];
    let strategy = (matrices_of(1..=4, 3..=5, &[Kind::Float, Kind::Double]), special);
    context.for_all(strategy, |(mut spec, special)| {
        // The ends of the diagonal; in an expanded matrix the first row is every row.
        spec.values[0] = special;
        let columns = spec.shape[1] as usize;
        let last = columns.min(spec.shape[0] as usize) - 1;
        spec.values[last * columns + last] = special;
        let a = spec.tensor(context.device());
        let zeroed = zeroed(&a, context);
        let call = Call::new("zero_diagonal").tensor("a", &a);
        let got = zeroed_by(&call, &a)?;
        call.expect(&got, &zeroed).check()
    })
}

fn dtype_is_kept(context: &Context) -> Outcome {
    let matrices =
        |kind, elements: BoxedStrategy<f64>| tensors(&[1..=4, 3..=5], &[kind], elements.no_shrink().boxed());
    let strategy = prop_oneof![
        // Neither these integers nor most of these reals are float32 numbers.
        matrices(Kind::Int64, elements::integers(16_777_217..=16_777_299)),
        matrices(Kind::Double, elements::reals(-10.0..=10.0)),
        matrices(Kind::Uint8, elements::integers(0..=255)),
        matrices(Kind::Bool, elements::integers(0..=1)),
        matrices(Kind::Half, elements::quarters()),
    ];
    let is_kept = |spec: TensorSpec| {
        let a = spec.tensor(context.device());
        let zeroed = zeroed(&a, context);
        let call = Call::new("zero_diagonal").tensor("a", &a);
        let got = zeroed_by(&call, &a)?;
        call.expect(&got, &zeroed)
            // Nothing is computed, so nothing is rounded.
            .within(Tolerance::EXACT)
            .slip(
                "a float32 tensor came in. Zeros and masks take part in type promotion: make them \
                 with a.kind(), or overwrite a copy, which has the dtype already.",
                || zeroed.to_kind(Kind::Float),
            )
            .slip("the entries went through float32, which has 24 bits for their digits.", || {
                zeroed.to_kind(Kind::Float).to_kind(zeroed.kind())
            })
            .check()
    };
    // Whatever is drawn: the dtypes that are easily forgotten where they are listed, with their largest numbers.
    for (kind, largest) in [
        (Kind::Int, f64::from(i32::MAX)),
        (Kind::Int16, f64::from(i16::MAX)),
        (Kind::Int8, f64::from(i8::MAX)),
        (Kind::BFloat16, 127.0_f64.exp2()),
    ] {
        let values = vec![largest, -3.0, largest, 5.0, 7.0, -largest];
        is_kept(TensorSpec { shape: vec![2, 3], kind, values, layout: Layout::Contiguous })
            .map_err(|failure| failure.because_where("returned an error", ANY_DTYPE))?;
    }
    context.for_all(strategy, is_kept)?;

    // What lies next to 2^53 no float64 holds, and so no comparison of values sees: its distance from there is compared.
    let a = (Tensor::from_slice(&[3_i64, 1, -5, 7, 9, 11]).reshape([2, 3]) + LARGEST_OF_FLOAT64)
        .to_device(context.device());
    let expected =
        Tensor::from_slice(&[-LARGEST_OF_FLOAT64, 1, -5, 7, -LARGEST_OF_FLOAT64, 11]).reshape([2, 3]);
    let call = Call::new("zero_diagonal").tensor("a", &a);
    let got = zeroed_by(&call, &a)?;
    call.expect(&(got - LARGEST_OF_FLOAT64), &expected.to_device(context.device()))
        .named("the result less 2^53")
        .check()
        .map_err(|failure| {
            failure.because(
                "the entries went through float64, which has 53 bits for their digits; int64 has 63.",
            )
        })
}

const ANY_DTYPE: &str = "a may have any dtype, not only those that one thinks of first. copy() has the dtype of a already, \
                         and fill_ writes a 0 of that dtype: neither needs to know it.";

/// Up to here every whole number is one of float64.
const LARGEST_OF_FLOAT64: i64 = 1 << 53;

fn input_is_left_alone(context: &Context) -> Outcome {
    context.for_all(matrices_of(1..=4, 3..=5, &[Kind::Float, Kind::Int64]), |spec| {
        let a = spec.tensor(context.device());
        let floating = a.is_floating_point();
        // A diagonal of zeros leaves nothing to do, and still a copy is asked for; a tracked matrix stays tracked.
        for a in [&a, &zeroed(&a, context), &a.copy().set_requires_grad(floating)] {
            let call = Call::new("zero_diagonal").tensor("a", a);
            let got = zeroed_by(&call, a)?;
            call.leaves_inputs_alone()?;
            call.holds(
                got.data_ptr() != a.data_ptr(),
                "the result shares the memory of a: whoever writes into one changes the other",
            )?;
        }
        Ok(())
    })
}

fn small_sides(context: &Context) -> Outcome {
    let none = Call::new("diagonal_to_zero").value("n", 0);
    let got = none.succeeds(|| DIAGONAL_TO_ZERO(0))?;
    none.expect(&got, &contiguous(&[0, 0], Kind::Float, vec![], context)).check()?;

    let one = Call::new("diagonal_to_zero").value("n", 1);
    let got = one.succeeds(|| DIAGONAL_TO_ZERO(1))?;
    one.expect(&got, &contiguous(&[1, 1], Kind::Float, vec![0.0], context)).check()?;

    let strategy =
        prop_oneof![matrices_of(0..=1, 0..=3, &[Kind::Float]), matrices_of(2..=2, 0..=1, &[Kind::Float]),];
    context.for_all(strategy, |spec| check_zeroed(&spec, context))
}

fn bad_input_is_refused(context: &Context) -> Outcome {
    for n in [-1, -10] {
        let call = Call::new("diagonal_to_zero").value("n", n);
        call.refuses(Refusal::Shape, || DIAGONAL_TO_ZERO(n))?;
    }
    for shape in [&[][..], &[0], &[3], &[1, 3, 3], &[2, 2, 2]] {
        let values = (0..shape.iter().product()).map(|flat: i64| 1.5 + flat as f64).collect();
        let a = contiguous(shape, Kind::Float, values, context);
        Call::new("zero_diagonal").tensor("a", &a).refuses(Refusal::Shape, || ZERO_DIAGONAL(&a))?;
    }
    Ok(())
}

/// Matrices of quarters. A failing one shrinks in its shape alone: its entries stay different from each
/// other, so that a wrong result still shows which slip it comes from.
fn matrices_of(
    rows: RangeInclusive<i64>,
    columns: RangeInclusive<i64>,
    kinds: &[Kind],
) -> BoxedStrategy<TensorSpec> {
    tensors(&[rows, columns], kinds, elements::quarters().no_shrink().boxed())
}

/// The reference: `a` entry by entry, with 0 where row and column are the same.
fn zeroed(a: &Tensor, context: &Context) -> Tensor {
    let shape = a.size();
    let columns = shape[1] as usize;
    let off_diagonal = |(flat, value)| if flat / columns == flat % columns { 0.0 } else { value };
    let values = values(a).into_iter().enumerate().map(off_diagonal).collect();
    contiguous(&shape, a.kind(), values, context)
}

fn contiguous(shape: &[i64], kind: Kind, values: Vec<f64>, context: &Context) -> Tensor {
    TensorSpec { shape: shape.to_vec(), kind, values, layout: Layout::Contiguous }.tensor(context.device())
}
