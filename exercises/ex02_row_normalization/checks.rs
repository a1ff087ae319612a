//! Checks of ex02. The reference is a loop over plain numbers; the laws are that rows sum to 1, that the
//! result times the row sums is the input, that it is idempotent, that rows may be permuted, and that neither
//! the size nor the sign of a row matters.
//!
//! Entries are quarters or whole numbers and rows are short, so that a row's sum is exact in every dtype and
//! in any order of summation: only the division rounds.

use std::ops::RangeInclusive;

use harness::inputs::{elements, tensors, values};
use harness::prelude::*;

harness::exercise!(ex02, suite);

/// The signature is part of the contract: another one does not compile.
const NORMALIZE_ROWS: fn(&Tensor) -> R<Tensor> = ex02::normalize_rows;

fn suite(suite: &mut Suite) {
    suite.check("each row is divided by its own sum, signs included", 3, rows_are_divided_by_their_sum);
    suite.check("how large or small a row is makes no difference", 1, rows_may_have_any_scale);
    suite.check("integers and booleans become float32", 1, integers_become_float32);
    suite.check("a floating dtype is kept, and so is its precision", 1, floating_dtype_is_kept);
    suite.check("a single row, a single column or no row at all", 1, small_sides);
    suite.check("normalize_rows leaves its input alone", 1, input_is_left_alone);
    suite.check("a row without a usable sum and what is not a matrix are refused", 2, bad_input_is_refused);
}

fn rows_are_divided_by_their_sum(context: &Context) -> Outcome {
    let any_sign =
        |sizes: RangeInclusive<i64>| matrices_of(sizes.clone(), sizes, &[Kind::Float], elements::quarters());
    context.for_all(any_sign(2..=6), |spec| check_normalized(&spec, context))?;

    // The laws. Each call is given a matrix of its own, so that none sees what another one wrote.
    context.for_all(any_sign(2..=4), |spec| {
        let m = spec.tensor(context.device());
        let call = Call::new("normalize_rows").tensor("m", &m);
        let got = call.succeeds(|| NORMALIZE_ROWS(&m))?;
        let m = spec.tensor(context.device());
        let ones = contiguous(&[spec.shape[0]], Kind::Float, vec![1.0; spec.shape[0] as usize], context);
        // Entries of both signs can be a hundred times their sum, and so can their rounding errors.
        let cancelling = Tolerance { relative: 1e-4, absolute: 1e-4 };
        call.expect(&got.sum_dim_intlist(1, false, None), &ones)
            .named("the sum of each row of the result")
            .within(cancelling)
            .check()?;
        let back = &got * m.sum_dim_intlist(1, true, None);
        call.expect(&back, &m).named("the result times the row sums, which should be m,").check()?;

        let reversed = m.flip(0);
        let call = Call::new("normalize_rows").tensor("m with its rows reversed", &reversed);
        let result = call.succeeds(|| NORMALIZE_ROWS(&reversed))?;
        call.expect(&result, &got.flip(0))
            .named("the result, which should be that for m reversed,")
            .check()?;

        let negative = -&m;
        let call = Call::new("normalize_rows").tensor("-m", &negative);
        let result = call.succeeds(|| NORMALIZE_ROWS(&negative))?;
        call.expect(&result, &got).named("the result, which should be that for m,").check()?;

        let expected = got.copy();
        let call = Call::new("normalize_rows").tensor("normalize_rows(m)", &got);
        let twice = call.succeeds(|| NORMALIZE_ROWS(&got))?;
        call.expect(&twice, &expected).named("the result for rows that sum to 1").within(cancelling).check()
    })
}

/// Compares normalize_rows with the reference, and with what learners do instead.
fn check_normalized(spec: &TensorSpec, context: &Context) -> Outcome {
    let m = spec.tensor(context.device());
    let (expected, before) = (normalized(&m, context), m.copy());
    let call = Call::new("normalize_rows").tensor("m", &m);
    let got = call.succeeds(|| NORMALIZE_ROWS(&m))?;
    let row_sums = |keepdim| before.sum_dim_intlist(1, keepdim, None);
    call.expect(&got, &expected)
        .slip(
            "without keepdim the row sums have shape [n], not [n, 1]. Aligned at the right they meet \
             the columns: column j was divided by the sum of row j.",
            || &before / row_sums(false),
        )
        .slip(
            "the columns were normalized: a sum over dimension 1 runs along a row, over 0 down a \
             column.",
            || &before / before.sum_dim_intlist(0, true, None),
        )
        .slip("everything was divided by one number, the sum of the whole matrix.", || {
            &before / before.sum(None)
        })
        .slip(
            "the absolute values were summed (the L1 norm): negative entries count with their sign.",
            || &before / before.abs().sum_dim_intlist(1, true, None),
        )
        .slip(
            "the rows were given length 1 (the L2 norm, as torch.nn.functional.normalize does), not \
             sum 1.",
            || &before / before.square().sum_dim_intlist(1, true, None).sqrt(),
        )
        .slip("softmax makes rows sum to 1 too, but of the exponentials of the entries.", || {
            before.softmax(1, None)
        })
        .slip("the rows were divided by their mean, not by their sum.", || {
            &before / before.mean_dim(1, true, None)
        })
        .slip("these are the row sums; the rows are still to be divided by them.", || row_sums(true))
        .slip("the input came back unchanged: m / s is a new tensor, which has to be returned.", || {
            before.copy()
        })
        .check()
}

fn rows_may_have_any_scale(context: &Context) -> Outcome {
    // 2^-30 is about 1e-9, 2^-100 far below any ε that is taken for 0. A power of two changes no digit, so not even
    // rounding may differ.
    let scale = select(vec![-100, -30, -20, 20, 30, 100]).prop_map(|exponent| f64::from(exponent).exp2());
    let strategy = (matrices_of(2..=4, 2..=4, &[Kind::Float], shares()), scale);
    context.for_all(strategy, |(mut spec, scale)| {
        let plain = normalized(&spec.tensor(context.device()), context);
        // The first row, which is every row of an expanded matrix.
        let columns = spec.shape[1] as usize;
        spec.values[..columns].iter_mut().for_each(|value| *value *= scale);
        let m = spec.tensor(context.device());
        let call = Call::new("normalize_rows").tensor("m", &m);
        let before = &m.copy();
        let got = call.succeeds(|| NORMALIZE_ROWS(&m))?;
        let mut expect = call.expect(&got, &plain);
        for epsilon in [1e-12, 1e-10, 1e-9, 1e-8, 1e-7, 1e-6] {
            expect = expect.slip(
                "a small number was added to the sums. It hides a division by 0 and outweighs a row \
                 of small entries: refuse a sum of 0 instead.",
                move || before / (before.sum_dim_intlist(1, true, None) + epsilon),
            );
        }
        expect.check()
    })
}

fn integers_become_float32(context: &Context) -> Outcome {
    let counts = vec![1., 2., 3., 4., 10., 20., 30., 40., 5., 5., 5., 5.];
    let m = contiguous(&[3, 4], Kind::Int64, counts, context);
    let call = Call::new("normalize_rows").tensor("m", &m);
    let got = call.succeeds(|| NORMALIZE_ROWS(&m))?;
    let truncated = || contiguous(&[3, 4], Kind::Int64, vec![0.0; 12], context);
    context.matches_fixture("integer_counts", &call, &got, &[(SHARES_WERE_TRUNCATED, &truncated)])?;

    let strategy = prop_oneof![
        matrices_of(2..=4, 2..=4, &[Kind::Int64, Kind::Int, Kind::Int8], elements::integers(1..=30)),
        // These sums do not fit into the dtype of the entries.
        matrices_of(2..=4, 3..=4, &[Kind::Uint8], elements::integers(100..=255)),
        matrices_of(2..=4, 2..=4, &[Kind::Bool], elements::integers(0..=1)),
    ];
    // 2^62 + 2^62 is one more than the largest int64. float32 holds the sum, and each of the entries.
    let quarter = 62.0_f64.exp2();
    let m = contiguous(&[2, 2], Kind::Int64, vec![quarter, quarter, 1.0, 3.0], context);
    let expected = normalized(&m, context);
    let call = Call::new("normalize_rows").tensor("m", &m);
    let got = call.succeeds(|| NORMALIZE_ROWS(&m)).map_err(|failure| failure.because(INT64_SUMS_WRAP))?;
    call.expect(&got, &expected).check().map_err(|failure| failure.because(INT64_SUMS_WRAP))?;

    context.for_all(strategy, |spec| {
        let m = spec.tensor(context.device());
        let (expected, before) = (normalized(&m, context), m.copy());
        let call = Call::new("normalize_rows").tensor("m", &m);
        let got = call.succeeds(|| NORMALIZE_ROWS(&m))?;
        call.expect(&got, &expected)
            .slip("the row sums were kept in the dtype of the entries, and did not fit into it.", || {
                &before / before.sum_dim_intlist(1, true, spec.kind)
            })
            .slip(SHARES_WERE_TRUNCATED, || expected.to_kind(spec.kind))
            .slip("the result is float64; for integers the contract asks for float32.", || {
                expected.to_kind(Kind::Double)
            })
            .check()
    })
}

const INT64_SUMS_WRAP: &str = "sums of integers are int64, and beyond 2^63 − 1 they begin again at −2^63, without a word. The \
                               result is float32: convert before the sum, not after it.";
const SHARES_WERE_TRUNCATED: &str = "the quotients were cut off to whole numbers: an integer dtype holds no 0.25. Keep the dtype of the \
     input only where it is a floating one.";

fn floating_dtype_is_kept(context: &Context) -> Outcome {
    let kinds = [Kind::Double, Kind::Half, Kind::BFloat16];
    context.for_all(matrices_of(2..=4, 2..=4, &kinds, shares()), |spec| {
        let m = spec.tensor(context.device());
        let expected = normalized(&m, context);
        let call = Call::new("normalize_rows").tensor("m", &m);
        let got = call.succeeds(|| NORMALIZE_ROWS(&m))?;
        // For float64 much tighter than the default, which is wider than what a division in float32 is off.
        let tolerance = match spec.kind {
            Kind::Double => Tolerance { relative: 1e-14, absolute: 0.0 },
            kind => Tolerance::of(kind),
        };
        call.expect(&got, &expected)
            .within(tolerance)
            .slip("everything was converted to float32: only integers and booleans need that.", || {
                expected.to_kind(Kind::Float)
            })
            .slip("the result went through float32 and lost half of its digits.", || {
                expected.to_kind(Kind::Float).to_kind(spec.kind)
            })
            .check()
    })
}

fn small_sides(context: &Context) -> Outcome {
    let strategy = prop_oneof![
        matrices_of(0..=0, 0..=3, &[Kind::Float], shares()),
        matrices_of(1..=1, 1..=4, &[Kind::Float], shares()),
        matrices_of(2..=4, 1..=1, &[Kind::Float], shares()),
    ];
    context.for_all(strategy, |spec| check_normalized(&spec, context))?;

    // Where there is nothing to divide, there is a dtype all the same.
    for kind in [Kind::Int64, Kind::Bool, Kind::Double, Kind::Half] {
        let m = contiguous(&[0, 3], kind, vec![], context);
        let expected = normalized(&m, context);
        let call = Call::new("normalize_rows").tensor("m", &m);
        let got = call.succeeds(|| NORMALIZE_ROWS(&m))?;
        call.expect(&got, &expected)
            .slip(NO_ROWS, || m.shallow_clone())
            .slip(NO_ROWS, || expected.to_kind(Kind::Float))
            .check()?;
    }
    Ok(())
}

const NO_ROWS: &str = "a matrix without rows has a dtype, too: a floating one is kept, any other becomes float32. Such a \
                       matrix needs no case of its own.";

fn input_is_left_alone(context: &Context) -> Outcome {
    context.for_all(matrices_of(1..=4, 2..=4, &[Kind::Float, Kind::Int64], shares()), |spec| {
        let m = spec.tensor(context.device());
        // A tracked matrix stays tracked.
        for m in [&m, &m.copy().set_requires_grad(m.is_floating_point())] {
            let call = Call::new("normalize_rows").tensor("m", m);
            let _ = call.succeeds(|| NORMALIZE_ROWS(m))?;
            call.leaves_inputs_alone()?;
        }
        Ok(())
    })
}

fn bad_input_is_refused(context: &Context) -> Outcome {
    let refused = |refusal, m: &Tensor| {
        Call::new("normalize_rows").tensor("m", m).refuses(refusal, || NORMALIZE_ROWS(m))
    };
    for shape in [&[][..], &[3], &[1, 2, 3], &[2, 2, 2]] {
        let values = (0..shape.iter().product()).map(|flat: i64| 1.5 + flat as f64).collect();
        refused(Refusal::Shape, &contiguous(shape, Kind::Float, values, context))?;
    }
    // A row without entries sums to 0.
    refused(Refusal::Convert, &contiguous(&[2, 0], Kind::Float, vec![], context))?;
    // Each entry is a number, but 2.7e308 is beyond float64.
    refused(Refusal::Convert, &contiguous(&[2, 2], Kind::Double, vec![1.5e308, 1.2e308, 3.0, 1.0], context))?;

    let matrices = matrices_of(1..=4, 2..=4, &[Kind::Float, Kind::Double, Kind::Int64], shares());
    let unusable = select(vec![0.0, f64::NAN, f64::INFINITY, f64::NEG_INFINITY]);
    context.for_all((matrices, unusable, 0..4_usize), |(mut spec, sum, row)| {
        if !sum.is_finite() && spec.kind == Kind::Int64 {
            return Ok(());
        }
        // One row among good ones; the first is the only one there is where all are the same memory.
        let columns = spec.shape[1] as usize;
        let row = if spec.layout == Layout::Expanded { 0 } else { row % spec.shape[0] as usize };
        let (first, rest) = spec.values[row * columns..][..columns].split_at_mut(1);
        first[0] = if sum == 0.0 { -rest.iter().sum::<f64>() } else { sum };
        refused(Refusal::Convert, &spec.tensor(context.device())).map_err(|failure| {
            let sum = if sum == 0.0 { "0".to_owned() } else { sum.to_string() };
            failure.because(format!(
                "row {row} sums to {sum}; one such row is enough to refuse the \
                                     matrix."
            ))
        })
    })
}

/// Whole numbers from 1 to 9: their sums are exact, and never 0.
fn shares() -> BoxedStrategy<f64> {
    elements::integers(1..=9)
}

/// Matrices without a row that sums to 0. A failing one shrinks in its shape alone: its entries stay
/// different from each other, so that a wrong result still shows which slip it comes from.
fn matrices_of(
    rows: RangeInclusive<i64>,
    columns: RangeInclusive<i64>,
    kinds: &[Kind],
    elements: BoxedStrategy<f64>,
) -> BoxedStrategy<TensorSpec> {
    tensors(&[rows, columns], kinds, elements.no_shrink().boxed())
        .prop_map(|mut spec| {
            let columns = spec.shape[1].max(1) as usize;
            for row in spec.values.chunks_mut(columns).filter(|row| row.iter().sum::<f64>() == 0.0) {
                row[0] += 1.0;
            }
            spec
        })
        .boxed()
}

/// The reference: every entry over the sum of its row, in float64, then in the dtype of the contract.
fn normalized(m: &Tensor, context: &Context) -> Tensor {
    let (shape, values) = (m.size(), values(m));
    let columns = shape[1].max(1) as usize;
    let normalized = values
        .chunks(columns)
        .flat_map(|row| {
            let sum: f64 = row.iter().sum();
            row.iter().map(move |value| value / sum)
        })
        .collect();
    let kind = match m.kind() {
        kind @ (Kind::Half | Kind::BFloat16 | Kind::Float | Kind::Double) => kind,
        _ => Kind::Float,
    };
    contiguous(&shape, kind, normalized, context)
}

fn contiguous(shape: &[i64], kind: Kind, values: Vec<f64>, context: &Context) -> Tensor {
    TensorSpec { shape: shape.to_vec(), kind, values, layout: Layout::Contiguous }.tensor(context.device())
}
