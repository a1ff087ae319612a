//! Checks of ex13. The references are loops over plain numbers. The laws: centred columns sum to 0 and do not
//! depend on what was added to a column; outer(u, v)·w = u·(v·w), and swapping u and v transposes it; scaling
//! columns is a product with diag(v); tiling is an outer product with ones.

mod figures;

use std::ops::RangeInclusive;

use harness::inputs::{elements, tensors, values};
use harness::prelude::*;

harness::exercise!(ex13, suite);

// The signatures of the contract: another one is a compile error here.
const CENTER_COLUMNS: fn(&Tensor) -> R<Tensor> = ex13::center_columns;
const OUTER: fn(&Tensor, &Tensor) -> R<Tensor> = ex13::outer;
const SCALE_COLUMNS: fn(&Tensor, &Tensor) -> R<Tensor> = ex13::scale_columns;
const TILE_ROWS_VIEW: fn(&Tensor, i64) -> R<Tensor> = ex13::tile_rows_view;

fn suite(suite: &mut Suite) {
    suite.check("center_columns subtracts from each column its own mean", 2, columns_are_centered);
    suite.check("outer(u, v) has uᵢ·vⱼ in row i, column j", 2, outer_is_all_pairs);
    suite.check("scale_columns multiplies column j by vⱼ", 1, columns_are_scaled);
    suite.check("tile_rows_view repeats v without copying it", 1, rows_are_a_view);
    suite.check("floating dtypes are kept; only center_columns turns integers into float32", 1, dtypes);
    suite.check("no function changes what it is given", 1, inputs_are_left_alone);
    suite.check("what does not have exactly the right shape is refused", 2, bad_input_is_refused);
    figures::declare(suite);
}

fn columns_are_centered(context: &Context) -> Outcome {
    let is_centered = |spec: &TensorSpec| {
        let m = spec.tensor(context.device());
        let (expected, before) = (centered(&m, context), m.copy());
        let call = Call::new("center_columns").tensor("m", &m);
        let got = call.succeeds(|| CENTER_COLUMNS(&m))?;
        let mean = |dim: i64, keepdim| before.mean_dim(dim, keepdim, None);
        call.expect(&got, &expected)
            .slip(ROWS_CENTERED, || &before - mean(1, true))
            .slip(
                "a mean over dimension 1 runs along a row, and without keepdim it then meets the columns: \
                 column j lost the mean of row j.",
                || &before - mean(1, false),
            )
            .slip("one mean, that of the whole matrix, was subtracted everywhere.", || {
                &before - before.mean(None)
            })
            .slip("the sums of the columns were subtracted, not their means.", || {
                &before - before.sum_dim_intlist(0, false, None)
            })
            .slip("these are the means; they are still to be subtracted from m.", || mean(0, false))
            .slip("m came back unchanged: m - means is a new tensor, which has to be returned.", || {
                before.copy()
            })
            .check()?;

        // A law: what is added to a whole column goes into its mean.
        let row: Vec<f64> = (0..spec.shape[1]).map(|column| 8.0 * column as f64 - 6.5).collect();
        let moved = spec.tensor(context.device()) + vector(Kind::Float, row, context);
        let call = Call::new("center_columns").tensor("m + 1·bᵀ", &moved);
        let result = call.succeeds(|| CENTER_COLUMNS(&moved))?;
        // Entries up to 60, each with the rounding errors of its own and of the mean.
        let rounding = Tolerance::absolute(1e-4);
        call.expect(&result, &expected)
            .named("the result, which should be that for m,")
            .within(rounding)
            .check()?;
        let sums = result.sum_dim_intlist(0, false, None);
        call.expect(&sums, &sums.zeros_like())
            .named("the sum of each column of the result")
            .within(rounding)
            .check()
    };
    for shape in [[1, 3], [3, 1], [1, 1]] {
        is_centered(&matrix(shape))?;
    }
    context.for_all(matrices_of(1..=5, 1..=5, &[Kind::Float]), |spec| is_centered(&spec))?;

    // Rows without columns: there is nothing to take a mean of, and nothing that lacks one.
    let m = contiguous(&[3, 0], Kind::Float, vec![], context);
    let call = Call::new("center_columns").tensor("m", &m);
    let got = call.succeeds(|| CENTER_COLUMNS(&m))?;
    call.expect(&got, &contiguous(&[3, 0], Kind::Float, vec![], context)).check()
}

const ROWS_CENTERED: &str =
    "the rows were centred: a mean over dimension 1 runs along a row, over 0 down a column.";

fn outer_is_all_pairs(context: &Context) -> Outcome {
    let u = vector(Kind::Int64, vec![1.0, 2.0, 3.0, 4.0], context);
    let v = vector(Kind::Int64, vec![10.0, 20.0, 30.0], context);
    let call = Call::new("outer").tensor("u", &u).tensor("v", &v);
    let swapped = u.copy() * v.unsqueeze(1);
    let got = call.succeeds(|| OUTER(&u, &v))?;
    context.matches_fixture("primer", &call, &got, &[(SWAPPED, &|| swapped.copy())])?;

    let is_all_pairs = |left: &TensorSpec, right: &TensorSpec| {
        let (u, v) = (left.tensor(context.device()), right.tensor(context.device()));
        let call = Call::new("outer").tensor("u", &u).tensor("v", &v);
        let expected = all_pairs(&u, &v, context);
        let before = [u.copy(), v.copy()];
        let got = call.succeeds(|| OUTER(&u, &v))?;
        call.expect(&got, &expected)
            .within(Tolerance::EXACT)
            .slip(SWAPPED, || expected.tr())
            .slip(
                "[m] and [m] are multiplied entry by entry: one of them has to stand upright, [m, 1].",
                || &before[0] * &before[1],
            )
            .slip("this is the inner product, the sum of all uᵢ·vᵢ.", || before[0].dot(&before[1]))
            .check()?;

        let (u, v) = (left.tensor(context.device()), right.tensor(context.device()));
        let call = Call::new("outer").tensor("u", &v).tensor("v", &u);
        let result = call.succeeds(|| OUTER(&v, &u))?;
        call.expect(&result, &expected.tr())
            .named("the result, which should be outer(v, u)ᵀ,")
            .within(Tolerance::EXACT)
            .check()?;

        // w = v: u·(v·v). Sums of a few products of quarters are exact.
        let weight: f64 = values(&v).iter().map(|value| value * value).sum();
        call.expect(&got.matmul(&v), &(&u * weight)).named("outer(u, v)·v, which should be u·(v·v),").check()
    };
    // The shapes of the example, with other numbers.
    let vector_of = |size| TensorSpec { shape: vec![size], ..matrix([1, size]) };
    is_all_pairs(&vector_of(4), &vector_of(3))?;
    let vectors = |sizes| vectors_of(sizes, &[Kind::Float]);
    let sizes = prop_oneof![4 => (vectors(2..=5), vectors(2..=5)), 1 => (vectors(0..=1), vectors(0..=3))];
    context.for_all(sizes, |(left, right)| is_all_pairs(&left, &right))
}

const SWAPPED: &str = "this is outer(v, u). [m] times [n, 1] has a row for each entry of v: it is u that has to stand \
                       upright, [m, 1].";

fn columns_are_scaled(context: &Context) -> Outcome {
    let is_scaled = |spec: &TensorSpec, factors: &TensorSpec| {
        let a = spec.tensor(context.device());
        let v = of_size(factors, spec.shape[1]).tensor(context.device());
        let (expected, before) = (scaled(&a, &v, context), [a.copy(), v.copy()]);
        let call = Call::new("scale_columns").tensor("a", &a).tensor("v", &v);
        let got = call.succeeds(|| SCALE_COLUMNS(&a, &v))?;
        let [a, v] = &before;
        call.expect(&got, &expected)
            .within(Tolerance::EXACT)
            .slip(
                "the rows were scaled: v.unsqueeze(1) has shape [d, 1] and gives one number to each row. A [d] \
                 is aligned with the columns as it is.",
                || a * v.unsqueeze(1),
            )
            .slip("this is the product of a matrix and a vector: it sums what should stay apart.", || {
                a.matmul(v)
            })
            .slip("v was added to every row. ∘ is a product.", || a + v)
            .check()?;
        call.expect(&a.matmul(&v.diag(0)), &got).named("A·diag(v), which should be the result,").check()
    };
    let factors = TensorSpec { shape: vec![3], values: vec![4.0, -1.5, 0.25], ..matrix([1, 3]) };
    for shape in [[1, 3], [3, 1], [1, 1], [0, 3], [0, 1], [2, 0], [1, 0]] {
        is_scaled(&matrix(shape), &factors)?;
    }
    let any = (matrices_of(0..=5, 0..=5, &[Kind::Float]), vectors_of(5..=5, &[Kind::Float]));
    context.for_all(any, |(spec, factors)| is_scaled(&spec, &factors))
}

fn rows_are_a_view(context: &Context) -> Outcome {
    let is_a_view = |spec: &TensorSpec, n: i64| {
        let v = spec.tensor(context.device());
        let (d, numbers) = (spec.shape[0], values(&v));
        let call = Call::new("tile_rows_view").tensor("v", &v).value("n", n);
        let rows = contiguous(&[n, d], spec.kind, numbers.repeat(n as usize), context);
        let got = call.succeeds(|| TILE_ROWS_VIEW(&v, n))?;
        call.expect(&got, &rows)
            .within(Tolerance::EXACT)
            .slip("v was repeated as a column: expand puts new dimensions on the left.", || rows.tr())
            .check()?;
        let copied = "repeat, tile, cat, stack, contiguous, copy and every product make new memory; expand makes \
                      a view.";
        // Strides along a dimension of one element are never used, and nothing lies in an empty tensor.
        if n > 1 && d > 0 {
            let stride = got.stride()[0];
            call.holds(
                stride == 0,
                &format!("the rows lie {stride} elements apart, expected 0: one row in memory"),
            )
            .map_err(|failure| failure.because(copied))?;
        }
        if n > 0 && d > 0 {
            call.holds(got.data_ptr() == v.data_ptr(), "the result does not share the memory of v")
                .map_err(|failure| failure.because(copied))?;
        }
        if n > 0 && d > 1 {
            let (stride, of_v) = (got.stride()[1], v.stride()[0]);
            call.holds(stride == of_v, &format!("the stride along a row is {stride}, that of v is {of_v}"))?;
        }
        Ok(())
    };
    for size in 0..=2 {
        let spec = TensorSpec { shape: vec![size], ..matrix([1, size]) };
        is_a_view(&spec, 0)?;
        is_a_view(&spec, 1)?;
    }
    let kinds = [Kind::Float, Kind::Int64, Kind::Bool];
    context.for_all((vectors_of(0..=4, &kinds), 0_i64..=4), |(spec, n)| is_a_view(&spec, n))?;

    // A law: in other words, 1·vᵀ.
    let v = vector(Kind::Float, vec![1.5, -2.0, 0.25], context);
    let ones = vector(Kind::Float, vec![1.0; 4], context);
    let call = Call::new("tile_rows_view").tensor("v", &v).value("n", 4);
    let got = call.succeeds(|| TILE_ROWS_VIEW(&v, 4))?;
    call.expect(&got, &all_pairs(&ones, &v, context)).named("the result, which should be 1·vᵀ,").check()
}

fn dtypes(context: &Context) -> Outcome {
    // [[x, y], [y, x]], and vectors that fit: rows and columns are alike, and which of them is meant, other
    // checks ask.
    let square = |kind, x, y| contiguous(&[2, 2], kind, vec![x, y, y, x], context);
    let to_center = [
        (Kind::Int64, -60.0, 5.0),
        (Kind::Int, -60.0, 5.0),
        (Kind::Int16, -60.0, 5.0),
        (Kind::Int8, -100.0, 101.0),
        // Neither the sum of these nor the difference from their mean fits into the dtype.
        (Kind::Uint8, 250.0, 101.0),
        (Kind::Bool, 1.0, 0.0),
        (Kind::Double, 0.1, 7.3),
        // 65504 is the largest float16: the mean can be written in it, the sum cannot.
        (Kind::Half, 64_000.0, 32_000.0),
        (Kind::BFloat16, 12.0, -20.0),
    ];
    for (kind, x, y) in to_center {
        let m = square(kind, x, y);
        let expected = centered(&m, context);
        let cut_off = &m.to_kind(Kind::Float) - ((x + y) / 2.0).trunc();
        let call = Call::new("center_columns").tensor("m", &m);
        let got = call.succeeds(|| CENTER_COLUMNS(&m))?;
        check_dtype(&call, &got, &expected, &cut_off)?;
    }
    let kept = [
        // Neither these integers nor these reals are float32 numbers, nor are their products.
        (Kind::Int64, 16_777_217.0, 16_777_219.0),
        (Kind::Double, 0.1, 7.3),
        (Kind::Int, 14.0, -3.0),
        (Kind::Uint8, 14.0, 3.0),
        (Kind::Half, -9.75, 1.25),
        (Kind::BFloat16, -9.75, 1.25),
    ];
    for (kind, x, y) in kept {
        let (a, v) = (square(kind, x, y), vector(kind, vec![y, y], context));
        let expected = scaled(&a, &v, context);
        let call = Call::new("scale_columns").tensor("a", &a).tensor("v", &v);
        let got = call.succeeds(|| SCALE_COLUMNS(&a, &v))?;
        check_dtype(&call, &got, &expected, &expected)?;

        let u = vector(kind, vec![x, y], context);
        let expected = all_pairs(&u, &u, context);
        let call = Call::new("outer").tensor("u", &u).tensor("v", &u);
        let got = call.succeeds(|| OUTER(&u, &u))?;
        check_dtype(&call, &got, &expected, &expected)?;
    }

    // And products that float64 does not have, of numbers that it has. libtorch compares them.
    let (large, odd) = ((1 << 30) + 1, (1 << 24) + 1);
    let integers = |numbers: &[i64]| Tensor::from_slice(numbers).to_device(context.device());
    let (u, v) = (integers(&[large, 1]), integers(&[odd]));
    let expected = integers(&[large * odd, odd]).unsqueeze(1);
    let call = Call::new("outer").tensor("u", &u).tensor("v", &v);
    last_digit(&call, &call.succeeds(|| OUTER(&u, &v))?, &expected)?;
    let a = u.unsqueeze(1);
    let call = Call::new("scale_columns").tensor("a", &a).tensor("v", &v);
    last_digit(&call, &call.succeeds(|| SCALE_COLUMNS(&a, &v))?, &expected)
}

fn last_digit(call: &Call, got: &Tensor, expected: &Tensor) -> Outcome {
    call.expect(got, expected).within(Tolerance { relative: 1e-12, absolute: 0.0 }).check()?;
    call.holds(got == expected, "the last digit of a product is lost").map_err(|failure| {
        failure
            .because("float64 has 53 bits for the digits of a number, int64 has 63: multiply in the dtype.")
    })
}

fn check_dtype(call: &Call, got: &Tensor, expected: &Tensor, cut_off: &Tensor) -> Outcome {
    let kind = expected.kind();
    let tolerance = match kind {
        // The default is wider than what a way through float32 is off.
        Kind::Double => Tolerance { relative: 1e-14, absolute: 1e-13 },
        kind => Tolerance::of(kind),
    };
    call.expect(got, expected)
        .within(tolerance)
        .slip("the means were cut off to whole numbers: convert integers before the mean is taken.", || {
            cut_off.copy()
        })
        .slip(
            "the sum was taken in float16, of which 65504 is the largest: it is the mean that fits.",
            || expected.zeros_like() - f64::INFINITY,
        )
        .slip(
            "everything was converted to float32: only center_columns does that, and only to integers.",
            || expected.to_kind(Kind::Float),
        )
        .slip("the numbers went through float32 and lost digits on the way.", || {
            expected.to_kind(Kind::Float).to_kind(kind)
        })
        .slip("the result is float64; for integers the contract asks for float32.", || {
            expected.to_kind(Kind::Double)
        })
        .check()
}

fn inputs_are_left_alone(context: &Context) -> Outcome {
    for layout in Layout::ALL {
        let tensor = |shape: &[i64], values: &[f64]| {
            let spec =
                TensorSpec { shape: shape.to_vec(), kind: Kind::Float, values: values.to_vec(), layout };
            spec.tensor(context.device())
        };
        let a = tensor(&[3, 3], &[1.5, -2.0, 4.0, 0.25, 3.0, -6.5, 8.0, 0.5, 2.0]);
        let (u, v) = (tensor(&[2], &[1.5, -2.0]), tensor(&[3], &[-4.0, 0.5, 3.0]));

        let call = Call::new("center_columns").tensor("m", &a);
        let _ = call.succeeds(|| CENTER_COLUMNS(&a))?;
        call.leaves_inputs_alone()?;

        let call = Call::new("scale_columns").tensor("a", &a).tensor("v", &v);
        let _ = call.succeeds(|| SCALE_COLUMNS(&a, &v))?;
        call.leaves_inputs_alone()?;

        let call = Call::new("outer").tensor("u", &u).tensor("v", &v);
        let _ = call.succeeds(|| OUTER(&u, &v))?;
        call.leaves_inputs_alone()?;

        let call = Call::new("tile_rows_view").tensor("v", &v).value("n", 3);
        let _ = call.succeeds(|| TILE_ROWS_VIEW(&v, 3))?;
        call.leaves_inputs_alone()?;
    }
    Ok(())
}

fn bad_input_is_refused(context: &Context) -> Outcome {
    let of_kind = |shape: &[i64], kind| {
        let values = (0..shape.iter().product()).map(|flat: i64| 1.5 + flat as f64).collect();
        contiguous(shape, kind, values, context)
    };
    let float = |shape: &[i64]| of_kind(shape, Kind::Float);

    let no_mean = "the mean of no numbers is 0/0, NaN, and subtracting it from no rows hides that: look at the size \
                   first.";
    for (shape, cause) in
        [(&[][..], ""), (&[3], ""), (&[2, 2, 2], ""), (&[0, 3], no_mean), (&[0, 0], no_mean)]
    {
        let m = float(shape);
        let refused =
            Call::new("center_columns").tensor("m", &m).refuses(Refusal::Shape, || CENTER_COLUMNS(&m));
        refused.map_err(|failure| if cause.is_empty() { failure } else { failure.because(cause) })?;
    }

    let outer = |refusal, u: &Tensor, v: &Tensor| {
        Call::new("outer").tensor("u", u).tensor("v", v).refuses(refusal, || OUTER(u, v))
    };
    for (u, v) in [(&[][..], &[3][..]), (&[3], &[]), (&[3, 1], &[3]), (&[2], &[1, 2]), (&[2, 2], &[2])] {
        outer(Refusal::Shape, &float(u), &float(v))?;
    }
    // Also where both are floating, or both integers: a product promotes the one to the other.
    let different = [
        (Kind::Float, Kind::Int64),
        (Kind::Float, Kind::Double),
        (Kind::Half, Kind::BFloat16),
        (Kind::Int, Kind::Int64),
    ];
    for (one, other) in different {
        outer(Refusal::Kind, &of_kind(&[2], one), &of_kind(&[3], other))?;
    }

    let scale = |refusal, a: &Tensor, v: &Tensor| {
        Call::new("scale_columns").tensor("a", a).tensor("v", v).refuses(refusal, || SCALE_COLUMNS(a, v))
    };
    let broadcasts = "this v broadcasts to another meaning, without an error: a [3, 1] scales the rows, a [1] the whole \
                      matrix. Compare its size() with [d].";
    for v in [&[3, 1][..], &[1], &[], &[1, 3], &[3, 3], &[2]] {
        scale(Refusal::Shape, &float(&[3, 3]), &float(v)).map_err(|failure| failure.because(broadcasts))?;
    }
    for a in [&[3][..], &[2, 2, 3]] {
        scale(Refusal::Shape, &float(a), &float(&[3]))?;
    }
    for (one, other) in different {
        scale(Refusal::Kind, &of_kind(&[2, 3], one), &of_kind(&[3], other))?;
    }

    let tile = |v: &Tensor, n| {
        Call::new("tile_rows_view")
            .tensor("v", v)
            .value("n", n)
            .refuses(Refusal::Shape, || TILE_ROWS_VIEW(v, n))
    };
    for v in [&[][..], &[1, 3], &[3, 1]] {
        tile(&float(v), 3)?;
    }
    // To expand, −1 means "as it is".
    tile(&float(&[3]), -1)?;
    tile(&float(&[3]), -2)
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

/// The matrix of this shape with the entries 1.5, −0.25, −2, −3.75, …, row-major.
fn matrix(shape: [i64; 2]) -> TensorSpec {
    let values = (0..shape[0] * shape[1]).map(|index| 1.5 - 1.75 * index as f64).collect();
    TensorSpec { shape: shape.to_vec(), kind: Kind::Float, values, layout: Layout::Contiguous }
}

/// Vectors of quarters, as [`matrices_of`].
fn vectors_of(size: RangeInclusive<i64>, kinds: &[Kind]) -> BoxedStrategy<TensorSpec> {
    tensors(&[size], kinds, elements::quarters().no_shrink().boxed())
}

/// The first `size` entries of a vector.
fn of_size(vector: &TensorSpec, size: i64) -> TensorSpec {
    TensorSpec { shape: vec![size], values: vector.values[..size as usize].to_vec(), ..vector.clone() }
}

/// The reference of center_columns, in float64 and then in the dtype of the contract.
fn centered(m: &Tensor, context: &Context) -> Tensor {
    let (shape, values) = (m.size(), values(m));
    let (rows, columns) = (shape[0] as f64, shape[1] as usize);
    let mean = |column: usize| values.iter().skip(column).step_by(columns).sum::<f64>() / rows;
    let means: Vec<f64> = (0..columns).map(mean).collect();
    let centered = values.iter().enumerate().map(|(flat, value)| value - means[flat % columns]).collect();
    let kind = match m.kind() {
        kind @ (Kind::Half | Kind::BFloat16 | Kind::Float | Kind::Double) => kind,
        _ => Kind::Float,
    };
    contiguous(&shape, kind, centered, context)
}

/// The reference of outer.
fn all_pairs(u: &Tensor, v: &Tensor, context: &Context) -> Tensor {
    let (left, right) = (values(u), values(v));
    let products = left.iter().flat_map(|u| right.iter().map(move |v| u * v)).collect();
    contiguous(&[left.len() as i64, right.len() as i64], u.kind(), products, context)
}

/// The reference of scale_columns.
fn scaled(a: &Tensor, v: &Tensor, context: &Context) -> Tensor {
    let (shape, factors) = (a.size(), values(v));
    let products = values(a).iter().enumerate().map(|(flat, a)| a * factors[flat % factors.len()]).collect();
    contiguous(&shape, a.kind(), products, context)
}

fn vector(kind: Kind, values: Vec<f64>, context: &Context) -> Tensor {
    contiguous(&[values.len() as i64], kind, values, context)
}

fn contiguous(shape: &[i64], kind: Kind, values: Vec<f64>, context: &Context) -> Tensor {
    TensorSpec { shape: shape.to_vec(), kind, values, layout: Layout::Contiguous }.tensor(context.device())
}
