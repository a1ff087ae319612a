//! Checks of ex11. The reference goes through plain numbers one by one. The laws: taking rows of rows is taking
//! rows; choosing twice is choosing once; and a selection matrix P has PPᵀ = I and PᵀP = diag(mask).

mod figures;

use harness::inputs::{elements, tensors, values};
use harness::prelude::*;

harness::exercise!(ex11, suite);

/// Signatures are part of the contract: another one does not compile.
const TAKE_ROWS: fn(&Tensor, &[i64]) -> R<Tensor> = ex11::take_rows;
const KEEP_GREATER: fn(&Tensor, f64) -> Tensor = ex11::keep_greater;
const REPLACE_GREATER: fn(&Tensor, f64, f64) -> Tensor = ex11::replace_greater;
const SELECTION_MATRIX: fn(&Tensor) -> R<Tensor> = ex11::selection_matrix;

fn suite(suite: &mut Suite) {
    suite.check("take_rows takes the named rows, in their order, repeated ones too", 2, rows_are_taken);
    suite.check("keep_greater gives what exceeds the threshold, in row-major order", 1, greater_are_kept);
    suite.check("replace_greater replaces what exceeds the threshold, and no more", 1, greater_are_replaced);
    suite.check("a selection matrix P gives P x = x[mask]", 2, matrix_selects);
    suite.check("NaN is not greater than any number, and ∞ spreads nowhere", 1, nan_and_infinity);
    suite.check("the dtype and every digit are kept, and P is float64", 1, dtypes);
    suite.check("results are copies, and inputs are left alone", 1, inputs_are_left_alone);
    suite.check(
        "rows that are not there, ranks and dtypes that do not fit are refused",
        1,
        bad_input_is_refused,
    );
    figures::declare(suite);
}

fn call_take(a: &Tensor, rows: &[i64]) -> Call {
    Call::new("take_rows").tensor("a", a).value("rows", rows)
}

fn call_keep(t: &Tensor, threshold: f64) -> Call {
    Call::new("keep_greater").tensor("t", t).value("threshold", threshold)
}

fn call_replace(t: &Tensor, threshold: f64, value: f64) -> Call {
    Call::new("replace_greater").tensor("t", t).value("threshold", threshold).value("value", value)
}

const ONCE_IN_ORDER: &str = "each row came once, in the order of a: a mask can only say whether a row is taken. Indices also say \
                             in which order, and how often.";
const COLUMNS: &str = "these are columns: dimension 0 counts the rows.";
const EQUAL_TOO: &str = "elements equal to the threshold were taken for greater: gt is >, ge is >=.";
const OTHER_WAY: &str = "it is the other way round: these are the elements that are not greater.";

fn rows_are_taken(context: &Context) -> Outcome {
    let a = example(context);
    let call = call_take(&a, &[0, 3]);
    let got = call.succeeds(|| TAKE_ROWS(&a, &[0, 3]))?;
    let a = example(context);
    context.matches_fixture("rows_0_and_3", &call, &got, &[(COLUMNS, &|| columns(&a, &[0, 3], context))])?;

    let rows = row_numbers();
    context.for_all((tensors_of(&[1..=4, 1..=3]), rows), |(spec, rows)| {
        let rows = rows_of(&rows, spec.shape[0]);
        let a = spec.tensor(context.device());
        let (expected, before) = (taken(&a, &rows, context), a.copy());
        let call = call_take(&a, &rows);
        let got = call.succeeds(|| TAKE_ROWS(&a, &rows)).map_err(|failure| {
            if rows.iter().any(|&row| row < 0) {
                failure
                    .because("index_select refuses negative indices: -1 stands for the number of rows − 1.")
            } else {
                failure
            }
        })?;
        call.expect(&got, &expected)
            .slip(ONCE_IN_ORDER, || {
                let m = before.size()[0];
                let mut once: Vec<i64> = rows.iter().map(|row| row.rem_euclid(m)).collect();
                once.sort_unstable();
                once.dedup();
                taken(&before, &once, context)
            })
            .slip(COLUMNS, || columns(&before, &rows, context))
            .check()
    })?;

    // Rows of nothing are counted, too; and of no rows none can be taken.
    for (shape, rows) in [([3, 0], &[2, 0][..]), ([0, 3], &[])] {
        let a = numbered(&shape, Kind::Float, Layout::Contiguous).tensor(context.device());
        let (expected, call) = (taken(&a, rows, context), call_take(&a, rows));
        call.expect(&call.succeeds(|| TAKE_ROWS(&a, rows))?, &expected).check()?;
    }

    // Rows 2 and 0 of rows 3, 1, 1 are rows 1 and 3.
    for layout in Layout::ALL {
        let a = numbered(&[4, 2], Kind::Float, layout).tensor(context.device());
        let direct = call_take(&a, &[1, 3]).succeeds(|| TAKE_ROWS(&a, &[1, 3]))?;
        let a = numbered(&[4, 2], Kind::Float, layout).tensor(context.device());
        let once = call_take(&a, &[3, 1, 1]).succeeds(|| TAKE_ROWS(&a, &[3, 1, 1]))?;
        let call = call_take(&once, &[2, 0]);
        let twice = call.succeeds(|| TAKE_ROWS(&once, &[2, 0]))?;
        call.expect(&twice, &direct)
            .named("the result for rows [3, 1, 1] of an a, which should be its rows [1, 3],")
            .check()?;
    }
    Ok(())
}

fn greater_are_kept(context: &Context) -> Outcome {
    let a = example(context);
    let call = call_keep(&a, 10.0);
    let got = call.returns(|| KEEP_GREATER(&a, 10.0))?;
    let a = example(context);
    let slips: [(&str, &dyn Fn() -> Tensor); 4] = [
        (EQUAL_TOO, &|| kept(&a, |value| value >= 10.0, context)),
        (OTHER_WAY, &|| kept(&a, |value| value <= 10.0, context)),
        (SHAPE_KEPT, &|| replaced(&a, |value| value <= 10.0, 0.0, context)),
        (INDICES, &|| a.gt(10.0).nonzero()),
    ];
    context.matches_fixture("greater_than_10", &call, &got, &slips)?;

    context.for_all((any_rank(), 0_usize..60), |(spec, chosen)| {
        let t = spec.tensor(context.device());
        let threshold = one_of(&t, chosen);
        let (expected, before) = (kept(&t, |value| value > threshold, context), t.copy());
        let call = call_keep(&t, threshold);
        let got = call.returns(|| KEEP_GREATER(&t, threshold))?;
        call.expect(&got, &expected)
            .slip(EQUAL_TOO, || kept(&before, |value| value >= threshold, context))
            .slip(OTHER_WAY, || kept(&before, |value| value <= threshold, context))
            .slip(SHAPE_KEPT, || replaced(&before, |value| value <= threshold, 0.0, context))
            .slip(INDICES, || before.gt(threshold).nonzero())
            .slip("these are in column order: row-major goes along the rows.", || {
                kept(&before.transpose(0, -1), |value| value > threshold, context)
            })
            .check()?;
        // All of these are greater, so choosing once more takes them all.
        let call = call_keep(&expected, threshold);
        let twice = call.returns(|| KEEP_GREATER(&expected, threshold))?;
        call.expect(&twice, &got).named("the result, which should be all of t,").check()
    })?;

    for threshold in BETWEEN {
        let t = whole_numbers(context);
        let (expected, before, call) =
            (kept(&t, |value| value > threshold, context), t.copy(), call_keep(&t, threshold));
        let got = call.returns(|| KEEP_GREATER(&t, threshold))?;
        call.expect(&got, &expected)
            .slip(CUT_OFF, || kept(&before, |value| value > threshold.trunc(), context))
            .check()?;
    }
    Ok(())
}

/// Thresholds that no whole number equals, on both sides of 0.
const BETWEEN: [f64; 3] = [-1.5, -0.5, 1.5];

const CUT_OFF: &str =
    "the threshold lost its fraction: t is int64, but the threshold need not be a whole number.";

fn whole_numbers(context: &Context) -> Tensor {
    contiguous(&[2, 3], Kind::Int64, vec![-2.0, 0.0, 2.0, 1.0, -1.0, 3.0], context)
}

const SHAPE_KEPT: &str = "this has the shape of t, with zeros: the elements that are not greater are to be left out, not set to 0.";
const INDICES: &str = "these are the indices of the elements: masked_select gives the elements.";

fn greater_are_replaced(context: &Context) -> Outcome {
    let a = example(context);
    let call = call_replace(&a, 10.0, -1.0);
    let got = call.returns(|| REPLACE_GREATER(&a, 10.0, -1.0))?;
    let a = example(context);
    let slips: [(&str, &dyn Fn() -> Tensor); 2] = [
        (EQUAL_TOO, &|| replaced(&a, |value| value >= 10.0, -1.0, context)),
        (EXCHANGED, &|| replaced(&a, |value| value <= 10.0, -1.0, context)),
    ];
    context.matches_fixture("greater_than_10_replaced", &call, &got, &slips)?;

    let value = select(vec![-33.5, 12.75, 0.0]);
    context.for_all((any_rank(), 0_usize..60, value), |(spec, chosen, value)| {
        let t = spec.tensor(context.device());
        let threshold = one_of(&t, chosen);
        let (expected, before) = (replaced(&t, |entry| entry > threshold, value, context), t.copy());
        let call = call_replace(&t, threshold, value);
        let got = call.returns(|| REPLACE_GREATER(&t, threshold, value))?;
        call.expect(&got, &expected)
            .slip(EQUAL_TOO, || replaced(&before, |entry| entry >= threshold, value, context))
            .slip(EXCHANGED, || replaced(&before, |entry| entry <= threshold, value, context))
            .slip("greater elements became the threshold, as clamp does: they are to become value.", || {
                replaced(&before, |entry| entry > threshold, threshold, context)
            })
            .slip("nothing was replaced: masked_fill returns a new tensor, which has to be returned.", || {
                before.copy()
            })
            .check()
    })?;

    for threshold in BETWEEN {
        let t = whole_numbers(context);
        let (expected, before) = (replaced(&t, |entry| entry > threshold, 7.0, context), t.copy());
        let call = call_replace(&t, threshold, 7.0);
        // Of another dtype it is judged by another check.
        let got = call.returns(|| REPLACE_GREATER(&t, threshold, 7.0))?.to_kind(Kind::Int64);
        call.expect(&got, &expected)
            .slip(CUT_OFF, || replaced(&before, |entry| entry > threshold.trunc(), 7.0, context))
            .check()?;
    }
    Ok(())
}

const EXCHANGED: &str =
    "the other elements were replaced: x.where_self(mask, y) is x where the mask is true, y elsewhere.";

fn matrix_selects(context: &Context) -> Outcome {
    // Of another dtype they are judged by another check.
    let as_double = |got: Tensor| got.to_kind(Kind::Double);
    let x = contiguous(&[5], Kind::Double, vec![-2.0, -1.0, 0.0, 1.0, 2.0], context);
    let mask = x.gt(0.0);
    let call = Call::new("selection_matrix").tensor("mask", &mask);
    let got = as_double(call.succeeds(|| SELECTION_MATRIX(&mask))?);
    let truth = [0.0, 0.0, 0.0, 1.0, 1.0];
    let slips: [(&str, &dyn Fn() -> Tensor); 3] = [
        (TRANSPOSED, &|| selecting(&truth, context).tr()),
        (DIAGONAL, &|| diagonal(&truth, context)),
        (FIRST_COLUMNS, &|| first_columns(&truth, context)),
    ];
    context.matches_fixture("selects_the_positive", &call, &got, &slips)?;

    let masks = tensors(&[0..=6], &[Kind::Bool], elements::integers(0..=1).no_shrink().boxed());
    context.for_all(masks, |spec| {
        let mask = spec.tensor(context.device());
        let truth = values(&mask);
        let call = Call::new("selection_matrix").tensor("mask", &mask);
        let p = as_double(call.succeeds(|| SELECTION_MATRIX(&mask))?);
        call.expect(&p, &selecting(&truth, context))
            .slip(TRANSPOSED, || selecting(&truth, context).tr())
            .slip(DIAGONAL, || diagonal(&truth, context))
            .slip(FIRST_COLUMNS, || first_columns(&truth, context))
            .check()?;

        let n = truth.len();
        let x: Vec<f64> = (0..n).map(|index| 7.5 - index as f64).collect();
        let chosen: Vec<f64> =
            x.iter().zip(&truth).filter(|(_, truth)| **truth != 0.0).map(|(x, _)| *x).collect();
        let k = chosen.len() as i64;
        let x = contiguous(&[n as i64], Kind::Double, x, context);
        let chosen = contiguous(&[k], Kind::Double, chosen, context);
        call.expect(&p.matmul(&x), &chosen).named("P x, which should be x[mask],").check()?;
        let ones = contiguous(&[k], Kind::Double, vec![1.0; k as usize], context);
        call.expect(&p.matmul(&p.tr()), &ones.diag(0)).named("PPᵀ, which should be the identity,").check()?;
        call.expect(&p.tr().matmul(&p), &diagonal(&truth, context))
            .named("PᵀP, which should be diag(mask),")
            .check()
    })
}

const TRANSPOSED: &str =
    "this is Pᵀ: P has a row for each chosen element and a column for each element of the mask.";
const DIAGONAL: &str = "this is diag(mask), which sets the other elements to 0 and leaves them in: P has rows for the chosen alone.";
const FIRST_COLUMNS: &str =
    "the 1s are in the first columns: the 1 of a row belongs in the column of the chosen element.";

fn nan_and_infinity(context: &Context) -> Outcome {
    let not_less_or_equal =
        "NaN was taken for greater: no comparison with NaN is true, so \"not <=\" is not \">\".";
    let product = "0 · NaN and 0 · ∞ are NaN: a product with a mask keeps what it should remove. Choose \
                   (masked_fill, where_self, masked_select).";
    let (nan, inf) = (f64::NAN, f64::INFINITY);
    for (layout, kind) in Layout::ALL.into_iter().zip([Kind::Float, Kind::Double].into_iter().cycle()) {
        let spec = TensorSpec {
            shape: vec![2, 4],
            kind,
            values: vec![nan, 3.0, inf, -2.5, -inf, 4.5, nan, -0.5],
            layout,
        };
        // A column beside a column, so that some rows are free of what others hold.
        let a = spec.tensor(context.device()).tr();
        let rows = [1, 3, 1];
        let (expected, before, call) = (taken(&a, &rows, context), a.copy(), call_take(&a, &rows));
        let got = call.succeeds(|| TAKE_ROWS(&a, &rows))?;
        call.expect(&got, &expected)
            .slip(product, || {
                let chosen =
                    Tensor::eye(4, (kind, context.device())).index(&[Some(Tensor::from_slice(&rows))]);
                chosen.matmul(&before)
            })
            .check()?;
        for threshold in [0.125, -1e3, nan] {
            let t = spec.tensor(context.device());
            let (expected, before) = (kept(&t, |entry| entry > threshold, context), values(&t));
            let call = call_keep(&t, threshold);
            let got = call.returns(|| KEEP_GREATER(&t, threshold))?;
            call.expect(&got, &expected)
                .slip(not_less_or_equal, || {
                    let taken = before
                        .iter()
                        .copied()
                        .filter(|entry| !at_most(*entry, threshold))
                        .collect::<Vec<_>>();
                    contiguous(&[taken.len() as i64], kind, taken, context)
                })
                .check()?;
        }
        for (threshold, value) in [(0.125, -1.5), (0.125, inf), (0.125, nan), (-1e3, -1.5), (nan, -1.5)] {
            let t = spec.tensor(context.device());
            let (expected, before) = (replaced(&t, |entry| entry > threshold, value, context), t.copy());
            let call = call_replace(&t, threshold, value);
            let got = call.returns(|| REPLACE_GREATER(&t, threshold, value))?;
            call.expect(&got, &expected)
                .slip(not_less_or_equal, || {
                    replaced(&before, |entry| !at_most(entry, threshold), value, context)
                })
                .slip(product, || {
                    let mask = before.gt(threshold).to_kind(kind);
                    &before * (1.0 - &mask) + mask * value
                })
                .check()?;
        }
    }
    Ok(())
}

/// `entry <= limit`, which is no more the opposite of `>` in Rust than it is in libtorch.
fn at_most(entry: f64, limit: f64) -> bool {
    entry <= limit
}

fn dtypes(context: &Context) -> Outcome {
    let promoted = "the result is float32: where_scalarother and arithmetic with a number that has a decimal point \
                    promote. masked_fill keeps the dtype.";
    // Of int64 and float64, numbers that float32 does not have; and each half of them above a threshold.
    let cases = [
        (Kind::Int64, 16_777_217.0, 16_777_000.0, 5.0),
        (Kind::Double, 0.1, 0.05, -1.0 / 3.0),
        (Kind::Uint8, 200.0, 100.0, 7.0),
        (Kind::Half, 0.75, 0.5, -2.5),
    ];
    for ((kind, large, threshold, value), layout) in cases.into_iter().zip(Layout::ALL) {
        let values = vec![large, 0.0, large, 0.0, large, 0.0];
        let tensor = || {
            TensorSpec { shape: vec![2, 3], kind, values: values.clone(), layout }.tensor(context.device())
        };
        let exactly = |call: &Call, got: &Tensor, expected: &Tensor| {
            call.expect(got, expected)
                // Nothing is computed, so nothing is rounded.
                .within(Tolerance::EXACT)
                .slip(promoted, || expected.to_kind(Kind::Float))
                .slip("the elements went through float32, which has 24 bits for their digits.", || {
                    expected.to_kind(Kind::Float).to_kind(kind)
                })
                .check()
        };
        let t = tensor();
        let (expected, call) = (taken(&t, &[1], context), call_take(&t, &[1]));
        exactly(&call, &call.succeeds(|| TAKE_ROWS(&t, &[1]))?, &expected)?;
        let t = tensor();
        let (expected, call) = (kept(&t, |entry| entry > threshold, context), call_keep(&t, threshold));
        exactly(&call, &call.returns(|| KEEP_GREATER(&t, threshold))?, &expected)?;
        let t = tensor();
        let expected = replaced(&t, |entry| entry > threshold, value, context);
        let call = call_replace(&t, threshold, value);
        exactly(&call, &call.returns(|| REPLACE_GREATER(&t, threshold, value))?, &expected)?;
    }

    // And of int64, numbers that float64 does not have.
    let column = |numbers: &[i64]| Tensor::from_slice(numbers).to_device(context.device()).unsqueeze(1);
    let last_digit = |call: &Call, got: &Tensor, expected: &Tensor| {
        call.expect(got, expected).check()?;
        call.holds(got == expected, "the last digit of an element is lost").map_err(|failure| {
            failure.because("float64 has 53 bits for the digits of a number, int64 has 63.")
        })
    };
    let (first, last) = ((1 << 53) + 1, (1 << 53) + 3);
    let tensor = || column(&[first, 0, last]);
    let t = tensor();
    let call = call_take(&t, &[2, 0]);
    last_digit(&call, &call.succeeds(|| TAKE_ROWS(&t, &[2, 0]))?, &column(&[last, first]))?;
    let t = tensor();
    let call = call_keep(&t, 1.0);
    last_digit(&call, &call.returns(|| KEEP_GREATER(&t, 1.0))?, &column(&[first, last]).squeeze_dim(1))?;
    let t = tensor();
    let call = call_replace(&t, 1e18, 5.0);
    last_digit(&call, &call.returns(|| REPLACE_GREATER(&t, 1e18, 5.0))?, &tensor())?;

    // Where nothing is taken, that has a dtype, too.
    let no_elements = |call: &Call, got: &Tensor, expected: &Tensor| {
        call.expect(got, expected).check().map_err(|failure| {
            failure.because("a tensor without elements has a dtype and a number of columns as any other: those of the input.")
        })
    };
    let t = column(&[1, 2]);
    let call = call_take(&t, &[]);
    no_elements(&call, &call.succeeds(|| TAKE_ROWS(&t, &[]))?, &t.narrow(0, 0, 0))?;
    let t = column(&[1, 2]);
    let call = call_keep(&t, 7.0);
    no_elements(&call, &call.returns(|| KEEP_GREATER(&t, 7.0))?, &t.narrow(0, 0, 0).squeeze_dim(1))?;

    for truth in [[0.0, 1.0], [0.0, 0.0]] {
        let mask = contiguous(&[2], Kind::Bool, truth.to_vec(), context);
        let call = Call::new("selection_matrix").tensor("mask", &mask);
        let kind = call.succeeds(|| SELECTION_MATRIX(&mask))?.kind();
        call.holds(kind == Kind::Double, &format!("P is {kind:?}, expected float64 (Kind::Double)"))?;
    }
    Ok(())
}

fn inputs_are_left_alone(context: &Context) -> Outcome {
    let copied = |call: &Call, got: &Tensor, input: &Tensor| {
        call.leaves_inputs_alone()?;
        call.holds(got.data_ptr() != input.data_ptr(), "the result shares the memory of its input").map_err(|failure| {
            failure.because(
                "where nothing has to be left out or replaced, a copy() is asked for all the same; narrow and \
                 flatten may be views.",
            )
        })
    };
    for (layout, kind) in Layout::ALL.into_iter().zip([Kind::Float, Kind::Int64].into_iter().cycle()) {
        let tensor = || numbered(&[3, 2], kind, layout).tensor(context.device());
        for rows in [&[0, 1, 2][..], &[0], &[0, 1], &[2, 0]] {
            let a = tensor();
            let call = call_take(&a, rows);
            let got = call.succeeds(|| TAKE_ROWS(&a, rows))?;
            copied(&call, &got, &a)?;
        }
        // All, some and none of the elements are greater.
        for threshold in [0.0, 18.0, 50.0] {
            let t = tensor();
            let call = call_keep(&t, threshold);
            let got = call.returns(|| KEEP_GREATER(&t, threshold))?;
            copied(&call, &got, &t)?;
            let t = tensor();
            let call = call_replace(&t, threshold, 4.0);
            let got = call.returns(|| REPLACE_GREATER(&t, threshold, 4.0))?;
            copied(&call, &got, &t)?;
        }
        let truth = TensorSpec { shape: vec![3], kind: Kind::Bool, values: vec![1.0, 0.0, 1.0], layout };
        let mask = truth.tensor(context.device());
        let call = Call::new("selection_matrix").tensor("mask", &mask);
        let _ = call.succeeds(|| SELECTION_MATRIX(&mask))?;
        call.leaves_inputs_alone()?;
    }
    Ok(())
}

fn bad_input_is_refused(context: &Context) -> Outcome {
    let tensor = |shape: &[i64], kind| numbered(shape, kind, Layout::Contiguous).tensor(context.device());
    for (shape, rows) in [
        (&[3, 2][..], &[3][..]),
        (&[3, 2], &[-4]),
        (&[3, 2], &[0, 1, 7]),
        (&[3, 0], &[3]),
        (&[0, 2], &[0]),
        (&[0, 2], &[-1]),
        (&[3], &[0]),
        (&[], &[]),
        (&[2, 2, 2], &[0]),
    ] {
        let a = tensor(shape, Kind::Float);
        call_take(&a, rows).refuses(Refusal::Shape, || TAKE_ROWS(&a, rows))?;
    }
    for shape in [&[][..], &[2, 2], &[1, 3]] {
        let mask = tensor(shape, Kind::Float).gt(19.0);
        let call = Call::new("selection_matrix").tensor("mask", &mask);
        call.refuses(Refusal::Shape, || SELECTION_MATRIX(&mask))?;
    }
    for kind in [Kind::Int64, Kind::Uint8, Kind::Float] {
        let mask = contiguous(&[3], kind, vec![1.0, 0.0, 1.0], context);
        let call = Call::new("selection_matrix").tensor("mask", &mask);
        call.refuses(Refusal::Kind, || SELECTION_MATRIX(&mask)).map_err(|failure| {
            failure
                .because("numbers are indices to libtorch, not truth values: only a Bool tensor is a mask.")
        })?;
    }
    Ok(())
}

/// The matrix of the primer: 0 to 19 in four rows.
fn example(context: &Context) -> Tensor {
    contiguous(&[4, 5], Kind::Float, (0..20).map(f64::from).collect(), context)
}

/// Up to five numbers that [`rows_of`] makes row numbers of.
fn row_numbers() -> impl Strategy<Value = (usize, [i64; 5])> {
    let number = || -60_i64..60;
    (0_usize..=5, [number(), number(), number(), number(), number()])
}

/// Row numbers of a matrix of `m` rows, about half of them counted from the end.
fn rows_of((count, numbers): &(usize, [i64; 5]), m: i64) -> Vec<i64> {
    numbers[..*count]
        .iter()
        .map(|number| number % m - if *number < 0 && number % m == 0 { m } else { 0 })
        .collect()
}

/// One of the elements of `t`, so that some element equals the threshold.
fn one_of(t: &Tensor, chosen: usize) -> f64 {
    let values = values(t);
    if values.is_empty() { 0.25 } else { values[chosen % values.len()] }
}

/// Tensors of quarters. A failing one shrinks in its shape alone: its entries stay different from each other,
/// so that a wrong result still shows which slip it comes from.
fn tensors_of(sizes: &[std::ops::RangeInclusive<i64>]) -> BoxedStrategy<TensorSpec> {
    tensors(sizes, &[Kind::Float], elements::quarters().no_shrink().boxed())
}

/// Tensors of ranks 1 to 3.
fn any_rank() -> BoxedStrategy<TensorSpec> {
    prop_oneof![tensors_of(&[0..=5]), tensors_of(&[1..=4, 0..=4]), tensors_of(&[1..=3, 1..=3, 1..=3])].boxed()
}

/// A tensor of the different numbers 20, 19, 18, …
fn numbered(shape: &[i64], kind: Kind, layout: Layout) -> TensorSpec {
    let values = (0..shape.iter().product()).map(|flat: i64| 20.0 - flat as f64).collect();
    TensorSpec { shape: shape.to_vec(), kind, values, layout }
}

/// The reference of take_rows.
fn taken(a: &Tensor, rows: &[i64], context: &Context) -> Tensor {
    let (m, n) = (a.size()[0], a.size()[1] as usize);
    let values = values(a);
    let row = |row: &i64| {
        let row = row.rem_euclid(m) as usize;
        values[row * n..(row + 1) * n].to_vec()
    };
    contiguous(&[rows.len() as i64, n as i64], a.kind(), rows.iter().flat_map(row).collect(), context)
}

/// The columns instead of the rows.
fn columns(a: &Tensor, numbers: &[i64], context: &Context) -> Tensor {
    taken(&a.tr(), numbers, context).tr()
}

/// The reference of keep_greater: the elements that `keep` is true of.
fn kept(t: &Tensor, keep: impl Fn(f64) -> bool, context: &Context) -> Tensor {
    let kept: Vec<f64> = values(t).into_iter().filter(|value| keep(*value)).collect();
    contiguous(&[kept.len() as i64], t.kind(), kept, context)
}

/// The reference of replace_greater: `value` for the elements that `replace` is true of.
fn replaced(t: &Tensor, replace: impl Fn(f64) -> bool, value: f64, context: &Context) -> Tensor {
    let replaced = values(t).into_iter().map(|entry| if replace(entry) { value } else { entry }).collect();
    contiguous(&t.size(), t.kind(), replaced, context)
}

/// The matrix with a row for each entry of `truth` that is not 0, and in it a 1 in the column that `column`
/// gives for the number of the row and the place of the entry.
fn ones_in(truth: &[f64], column: impl Fn(usize, usize) -> usize, context: &Context) -> Tensor {
    let chosen: Vec<usize> = (0..truth.len()).filter(|&index| truth[index] != 0.0).collect();
    let mut values = vec![0.0; chosen.len() * truth.len()];
    for (row, &index) in chosen.iter().enumerate() {
        values[row * truth.len() + column(row, index)] = 1.0;
    }
    contiguous(&[chosen.len() as i64, truth.len() as i64], Kind::Double, values, context)
}

/// The reference of selection_matrix.
fn selecting(truth: &[f64], context: &Context) -> Tensor {
    ones_in(truth, |_, index| index, context)
}

fn first_columns(truth: &[f64], context: &Context) -> Tensor {
    ones_in(truth, |row, _| row, context)
}

fn diagonal(truth: &[f64], context: &Context) -> Tensor {
    let n = truth.len();
    let values = (0..n * n).map(|flat| if flat / n == flat % n { truth[flat % n] } else { 0.0 }).collect();
    contiguous(&[n as i64, n as i64], Kind::Double, values, context)
}

fn contiguous(shape: &[i64], kind: Kind, values: Vec<f64>, context: &Context) -> Tensor {
    TensorSpec { shape: shape.to_vec(), kind, values, layout: Layout::Contiguous }.tensor(context.device())
}
