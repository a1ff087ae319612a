//! Checks of ex15. The references: of shapes, libtorch itself, which the learner's part does not ask; of
//! products, loops over plain numbers. The laws: matvec is linear, (A·B)·x is A·(B·x), unit vectors pick
//! columns and single entries, and permuting a batch permutes what comes of it.

use std::ops::RangeInclusive;

use harness::inputs::{elements, tensors, values};
use harness::prelude::*;
use tch::Device;

harness::exercise!(ex15, suite);

// The signatures of the contract: another one is a compile error here.
const MATMUL_SHAPE: fn(&[i64], &[i64]) -> R<Vec<i64>> = ex15::matmul_shape;
const MATVEC: fn(&Tensor, &Tensor) -> R<Tensor> = ex15::matvec;
const BILINEAR: fn(&Tensor, &Tensor, &Tensor) -> R<Tensor> = ex15::bilinear;

fn suite(suite: &mut Suite) {
    suite.check("of two matrices the inner size is summed, even if it is 0", 1, shapes_of_matrices);
    suite.check(
        "a vector is a row on the left, a column on the right, and stays a vector",
        1,
        shapes_of_vectors,
    );
    suite.check("all dimensions before the last two are a batch, and broadcast", 2, shapes_of_batches);
    suite.check("matvec gives Σⱼ aᵢⱼ·xⱼ for each row", 1, rows_meet_the_vector);
    suite.check("bilinear gives xₙᵀ·A·yₙ for each n of the batch", 2, each_of_the_batch);
    suite.check("the dtype is kept, and so is its precision", 1, dtypes_are_kept);
    suite.check("no function changes what it is given", 1, inputs_are_left_alone);
    suite.check("what has no product is refused", 1, bad_input_is_refused);
}

fn call_shape(a: &[i64], b: &[i64]) -> Call {
    Call::new("matmul_shape").value("a", a).value("b", b)
}

/// Compares matmul_shape with libtorch, for shapes that have a product.
fn check_shape(a: &[i64], b: &[i64], slips: &[(&str, Vec<i64>)]) -> Outcome {
    let tensor = |shape: &[i64]| Tensor::zeros(shape, (Kind::Float, Device::Cpu));
    let expected = tensor(a).matmul(&tensor(b)).size();
    let call = call_shape(a, b);
    let got = call.succeeds(|| MATMUL_SHAPE(a, b))?;
    call.equals(&got, &expected, slips)
}

fn shapes_of_matrices(context: &Context) -> Outcome {
    // Sizes do not shrink: where they become equal, a wrong shape no longer shows which slip it comes from.
    context.for_all([0_i64..=4, 1..=4, 0..=4].no_shrink(), |[m, k, n]| {
        let slips = [
            ("the inner sizes are what disappears: the last of a, the last but one of b.", vec![m, k, k, n]),
            ("this keeps the inner size; the outer ones are what stays.", vec![k, k]),
            ("these are the outer sizes in the wrong order: rows come from a, columns from b.", vec![n, m]),
        ];
        check_shape(&[m, k], &[k, n], &slips)
    })?;
    let summed = "an inner size of 0 is no mistake: the sum of no numbers is 0.";
    check_shape(&[2, 0], &[0, 3], &[]).map_err(|failure| failure.because(summed))
}

fn shapes_of_vectors(context: &Context) -> Outcome {
    let kept = "the 1 with which the vector was made a matrix is still there: it is taken away again.";
    context.for_all([1_i64..=4, 1..=4], |[k, other]| {
        check_shape(&[k], &[k], &[(kept, vec![1, 1]), (kept, vec![1])])?;
        check_shape(&[other, k], &[k], &[(kept, vec![other, 1])])?;
        check_shape(&[k], &[k, other], &[(kept, vec![1, other])])
    })
}

fn shapes_of_batches(context: &Context) -> Outcome {
    // Which sizes of a batch are 1, and how many are missing on the left.
    let reduced = || ([any::<bool>(), any::<bool>()], 0..=2_usize);
    let strategy = ([2_i64..=4, 2..=4], reduced(), reduced(), [2_i64..=4, 2..=4, 2..=4]);
    context.for_all(strategy.no_shrink(), |(batch, of_a, of_b, [m, k, n])| {
        let with_ones = |(ones, missing): ([bool; 2], usize)| {
            let sizes = batch.iter().zip(ones).map(|(&size, one)| if one { 1 } else { size });
            sizes.skip(missing).collect::<Vec<_>>()
        };
        let (left, right) = (with_ones(of_a), with_ones(of_b));
        let a = [left.clone(), vec![m, k]].concat();
        let b = [right.clone(), vec![k, n]].concat();
        let outer = [m, n];
        let slips = [
            ("the batch of b is missing: both are matched, and broadcast.", [&left[..], &outer].concat()),
            ("the batch of a is missing: both are matched, and broadcast.", [&right[..], &outer].concat()),
            ("the batches are matched, not put one after the other.", [&left[..], &right, &outer].concat()),
        ];
        check_shape(&a, &b, &slips)?;

        // With a vector the batch of the other one is all there is.
        let dropped = "the batch of the other operand is missing: a vector has none, and takes none away.";
        check_shape(&a, &[k], &[(dropped, vec![m])])?;
        check_shape(&[k], &b, &[(dropped, vec![n])])
    })?;

    let empty = "a batch of 1 is repeated as often as the other one asks for, even 0 times: it is the 1 that gives way, \
                 not the smaller of the two.";
    let batches: [(&[i64], &[i64]); 5] = [
        (&[0, 2, 3], &[1, 3, 4]),
        (&[1, 2, 3], &[0, 3, 4]),
        (&[5, 1, 2, 3], &[0, 3, 4]),
        (&[2, 3], &[0, 3, 4]),
        (&[0, 2, 3], &[3]),
    ];
    for (a, b) in batches {
        check_shape(a, b, &[]).map_err(|failure| failure.because(empty))?;
    }
    Ok(())
}

fn rows_meet_the_vector(context: &Context) -> Outcome {
    let a = contiguous(&[2, 2], Kind::Float, vec![1.0, 2.0, 3.0, 4.0], context);
    let x = vector(Kind::Float, vec![10.0, 20.0], context);
    let call = Call::new("matvec").tensor("a", &a).tensor("x", &x);
    let got = call.succeeds(|| MATVEC(&a, &x))?;
    let transposed = vector(Kind::Float, vec![70.0, 100.0], context);
    let over_rows = vector(Kind::Float, vec![40.0, 120.0], context);
    let slips: [(&str, &dyn Fn() -> Tensor); 2] =
        [(TRANSPOSED, &|| transposed.copy()), (SUMMED_OVER_ROWS, &|| over_rows.copy())];
    context.matches_fixture("lecture", &call, &got, &slips)?;

    let sizes = prop_oneof![
        4 => tensors_of(&[2..=4, 2..=4]),
        1 => tensors_of(&[0..=1, 0..=3]),
        1 => tensors_of(&[2..=3, 0..=1]),
    ];
    context.for_all((sizes, tensors_of(&[4..=4])), |(spec, longer)| {
        let d = spec.shape[1];
        let (a, x) = (spec.tensor(context.device()), of_size(&longer, d).tensor(context.device()));
        let (expected, before) = (product(&a, &x, context), [a.copy(), x.copy()]);
        let call = Call::new("matvec").tensor("a", &a).tensor("x", &x);
        let got = call.succeeds(|| MATVEC(&a, &x))?;
        let [a, x] = &before;
        call.expect(&got, &expected)
            .slip(TRANSPOSED, || a.tr().matmul(x))
            .slip(SUMMED_OVER_ROWS, || (a * x).sum_dim_intlist(0, false, None))
            .slip("this is a ∘ x; its rows are still to be summed.", || a * x)
            .slip("the sum has shape [n]: the dimension that is summed disappears.", || expected.unsqueeze(1))
            .check()
    })?;

    // The laws: (A·B)·x is A·(B·x), and A·(2x + u) is 2·A·x + A·u, where the unit vector u picks a column.
    let (a, b) = (staircase(&[2, 3], context), staircase(&[3, 4], context).flip(0));
    let x = vector(Kind::Float, vec![0.5, -2.0, 3.0, 1.0], context);
    let (product, column) = (a.matmul(&b), b.select(1, 3).copy());
    let apply = |matrix: &Tensor, name: &str, x: &Tensor| {
        let call = Call::new("matvec").tensor("a", matrix).tensor(name, x);
        Ok::<_, Failure>((call.succeeds(|| MATVEC(matrix, x))?, call))
    };
    let (at_once, _) = apply(&product, "x", &x)?;
    let (of_b, _) = apply(&b, "x", &x)?;
    let mixed = &x * 2.0 + vector(Kind::Float, vec![0.0, 0.0, 0.0, 1.0], context);
    let expected = &of_b * 2.0 + column;
    let (got, call) = apply(&a, "B·x", &of_b)?;
    call.expect(&got, &at_once).named("A·(B·x), which should be (A·B)·x,").check()?;
    let (got, call) = apply(&b, "2·x + u", &mixed)?;
    call.expect(&got, &expected).named("the result, which should be 2·A·x plus the last column,").check()
}

const TRANSPOSED: &str =
    "this is Aᵀ·x: x belongs to the columns of a, and meets each row as it is, without unsqueeze.";
const SUMMED_OVER_ROWS: &str =
    "the sum runs down the columns: it has to run along each row, over dimension 1.";

fn each_of_the_batch(context: &Context) -> Outcome {
    let sizes = [2_i64..=3, 2..=3, 2..=3];
    let empty = [0_i64..=1, 0..=2, 0..=2];
    let operands = [tensors_of(&[3..=3, 3..=3]), tensors_of(&[3..=3, 3..=3]), tensors_of(&[3..=3, 3..=3])];
    context.for_all((prop_oneof![4 => sizes, 1 => empty], operands), |([b, d, e], specs)| {
        let part = |spec: &TensorSpec, rows: i64, columns: i64| TensorSpec {
            shape: vec![rows, columns],
            values: spec.values[..(rows * columns) as usize].to_vec(),
            ..spec.clone()
        };
        let specs = [part(&specs[0], b, d), part(&specs[1], d, e), part(&specs[2], b, e)];
        let operands = || specs.each_ref().map(|spec| spec.tensor(context.device()));
        let [x, a, y] = &operands();
        let expected = contracted(x, a, y, context);
        let call = Call::new("bilinear").tensor("x", x).tensor("a", a).tensor("y", y);
        let got = call.succeeds(|| BILINEAR(x, a, y))?;
        let [x, a, y] = &operands();
        call.expect(&got, &expected)
            .slip(
                "every xₙ met every yₘ: [b, b]. In einsum x, y and the result all have the letter b.",
                || x.matmul(a).matmul(&y.tr()),
            )
            .slip("the batch was summed as well: the result has to have its letter, b.", || {
                expected.sum(None)
            })
            .slip("this is X·A; it still has to meet y, entry by entry, and to be summed.", || x.matmul(a))
            .slip("the products with y are still to be summed, over e.", || x.matmul(a) * y)
            .slip("a was transposed: its rows belong to x.", || {
                (x.matmul(&a.tr()) * y).sum_dim_intlist(1, false, None)
            })
            .slip("a dimension of the batch is missing: squeeze drops it where b is 1.", || {
                expected.squeeze()
            })
            .check()
    })?;

    // The laws. Each n has its own x and y, wherever it stands.
    let (x, a, y) = (staircase(&[4, 2], context), staircase(&[2, 3], context), staircase(&[4, 3], context));
    let call = Call::new("bilinear").tensor("x", &x).tensor("a", &a).tensor("y", &y);
    let reversed = call.succeeds(|| BILINEAR(&x, &a, &y))?.flip(0);
    let (x, y) = (staircase(&[4, 2], context).flip(0), staircase(&[4, 3], context).flip(0));
    let call = Call::new("bilinear").tensor("x", &x).tensor("a", &a).tensor("y", &y);
    let got = call.succeeds(|| BILINEAR(&x, &a, &y))?;
    call.expect(&got, &reversed).named("the result, which should be reversed as x and y are,").check()?;

    // Pairs of unit vectors pick the entries of a.
    let a = staircase(&[2, 3], context);
    let unit = |size: i64| Tensor::eye(size, (Kind::Float, context.device()));
    let (x, y) = (unit(2).repeat_interleave_self_int(3, 0, None), unit(3).repeat([2, 1]));
    let call = Call::new("bilinear").tensor("x", &x).tensor("a", &a).tensor("y", &y);
    let (expected, got) = (a.flatten(0, -1), call.succeeds(|| BILINEAR(&x, &a, &y))?);
    call.expect(&got, &expected).named("the result, which should be the entries of a,").check()?;

    // What is no number concerns its own n alone.
    let (x, a, y) = (staircase(&[3, 2], context), staircase(&[2, 2], context), staircase(&[3, 2], context));
    let _ = x.get(0).fill_(f64::NAN);
    let _ = y.get(2).fill_(f64::INFINITY);
    let call = Call::new("bilinear").tensor("x", &x).tensor("a", &a).tensor("y", &y);
    let expected = contracted(&x, &a, &y, context);
    let got = call.succeeds(|| BILINEAR(&x, &a, &y))?;
    call.expect(&got, &expected).check().map_err(|failure| {
        failure.because(
            "a NaN or ∞ spread to another n: 0 · NaN is NaN, so to multiply pairs that do not belong together by 0 \
             does not remove them. Never form them.",
        )
    })
}

fn dtypes_are_kept(context: &Context) -> Outcome {
    // [[p, q], [q, p]] is its own transpose, and other checks ask which way round it is meant.
    let cases = [
        // Neither the first of these integers nor the reals are float32 numbers.
        (Kind::Int64, 16_777_217.0, 3.0),
        (Kind::Double, 0.1, 7.3),
        (Kind::Int, 14.0, -3.0),
        (Kind::Int16, 14.0, -3.0),
        (Kind::Int8, 2.0, -3.0),
        (Kind::Uint8, 2.0, 3.0),
        (Kind::Half, 2.5, -1.5),
        (Kind::BFloat16, 2.0, -1.5),
    ];
    for (kind, p, q) in cases {
        let a = contiguous(&[2, 2], kind, vec![p, q, q, p], context);
        let x = vector(kind, vec![2.0, 2.0], context);
        let call = Call::new("matvec").tensor("a", &a).tensor("x", &x);
        let expected = product(&a, &x, context);
        let got = call.succeeds(|| MATVEC(&a, &x))?;
        check_dtype(&call, &got, &expected)?;

        let (x, y) = (x.unsqueeze(0), vector(kind, vec![1.0, 3.0], context).unsqueeze(0));
        let call = Call::new("bilinear").tensor("x", &x).tensor("a", &a).tensor("y", &y);
        let expected = contracted(&x, &a, &y, context);
        let got = call.succeeds(|| BILINEAR(&x, &a, &y))?;
        check_dtype(&call, &got, &expected)?;
    }

    // And products that float64 does not have, of numbers that it has. libtorch compares them.
    let (large, odd) = ((1 << 30) + 1, (1 << 24) + 1);
    let integer = |number: i64| Tensor::from_slice(&[number]).to_device(context.device());
    let (a, x, expected) = (integer(large).unsqueeze(0), integer(odd), integer(large * odd));
    let last_digit = |call: &Call, got: &Tensor| {
        call.expect(got, &expected).within(Tolerance { relative: 1e-12, absolute: 0.0 }).check()?;
        call.holds(got == &expected, "the last digit of a product is lost").map_err(|failure| {
            failure.because(
                "float64 has 53 bits for the digits of a number, int64 has 63: compute in the dtype.",
            )
        })
    };
    let call = Call::new("matvec").tensor("a", &a).tensor("x", &x);
    last_digit(&call, &call.succeeds(|| MATVEC(&a, &x))?)?;
    let (x, y) = (x.unsqueeze(0), integer(1).unsqueeze(0));
    let call = Call::new("bilinear").tensor("x", &x).tensor("a", &a).tensor("y", &y);
    last_digit(&call, &call.succeeds(|| BILINEAR(&x, &a, &y))?)
}

fn check_dtype(call: &Call, got: &Tensor, expected: &Tensor) -> Outcome {
    let kind = expected.kind();
    let tolerance = match kind {
        // The default is wider than what a way through float32 is off.
        Kind::Double => Tolerance { relative: 1e-14, absolute: 0.0 },
        kind => Tolerance::of(kind),
    };
    call.expect(got, expected)
        .within(tolerance)
        .slip("a sum of integers is int64, whatever they were: give the sum the dtype of a.", || {
            expected.to_kind(Kind::Int64)
        })
        .slip("everything was converted to float32: the dtype has to be kept.", || {
            expected.to_kind(Kind::Float)
        })
        .slip("the numbers went through float32 and lost digits on the way.", || {
            expected.to_kind(Kind::Float).to_kind(kind)
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
        let x = tensor(&[3], &[-4.0, 0.5, 3.0]);
        let call = Call::new("matvec").tensor("a", &a).tensor("x", &x);
        let _ = call.succeeds(|| MATVEC(&a, &x))?;
        call.leaves_inputs_alone()?;

        let x = tensor(&[3, 3], &[2.0, 1.5, -3.0, 4.0, -0.5, 6.0, 5.0, 7.0, -1.0]);
        let y = tensor(&[3, 3], &[-4.0, 0.5, 3.0, 2.5, 6.0, -8.0, 1.0, 3.5, 9.0]);
        let call = Call::new("bilinear").tensor("x", &x).tensor("a", &a).tensor("y", &y);
        let _ = call.succeeds(|| BILINEAR(&x, &a, &y))?;
        call.leaves_inputs_alone()?;
    }
    Ok(())
}

fn bad_input_is_refused(context: &Context) -> Outcome {
    let number = "a single number is no matrix and has no inner size: that product is an ordinary one.";
    let inner = "the last size of a and the last but one of b (or the only one of a vector) have to be equal. They do \
                 not broadcast, so not even a 1 fits.";
    let batch = "the dimensions before the last two have to broadcast.";
    let shapes: [(&[i64], &[i64], &str); 13] = [
        (&[], &[3], number),
        (&[2, 3], &[], number),
        (&[], &[], number),
        (&[2, 3], &[2, 3], inner),
        (&[3], &[4], inner),
        (&[2, 3], &[2], inner),
        (&[2], &[3, 2], inner),
        (&[4, 1], &[3, 4], inner),
        (&[4, 3], &[1, 4], inner),
        (&[3], &[2, 4, 3], inner),
        (&[2, 3, 4], &[3, 4, 5], batch),
        (&[0, 2, 3], &[2, 3, 2], batch),
        (&[6, 2, 3, 4], &[3, 4, 5], batch),
    ];
    for (a, b, cause) in shapes {
        call_shape(a, b)
            .refuses(Refusal::Shape, || MATMUL_SHAPE(a, b))
            .map_err(|failure| failure.because(cause))?;
    }

    let float = |shape: &[i64]| staircase(shape, context);
    let broadcasts =
        "these shapes broadcast, and something comes out, but it is no matrix product: compare the sizes.";
    let matvec = |refusal, a: &Tensor, x: &Tensor| {
        Call::new("matvec")
            .tensor("a", a)
            .tensor("x", x)
            .refuses(refusal, || MATVEC(a, x))
            .map_err(|failure| failure.because(broadcasts))
    };
    for (a, x) in [(&[3, 3][..], &[1][..]), (&[3, 3], &[3, 1]), (&[3, 3], &[1, 3]), (&[2, 3], &[2])] {
        matvec(Refusal::Shape, &float(a), &float(x))?;
    }
    for (a, x) in [(&[3][..], &[3][..]), (&[2, 2, 3], &[3]), (&[2, 3], &[]), (&[4, 1], &[3])] {
        matvec(Refusal::Shape, &float(a), &float(x))?;
    }
    let kinds = "mixed dtypes are refused by matmul, while a product promotes them: compare the kinds.";
    for (one, other) in [(Kind::Float, Kind::Double), (Kind::Float, Kind::Int64), (Kind::Int, Kind::Int64)] {
        matvec(Refusal::Kind, &float(&[2, 3]).to_kind(one), &float(&[3]).to_kind(other))
            .map_err(|failure| failure.because(kinds))?;
    }

    let bilinear = |refusal, x: &Tensor, a: &Tensor, y: &Tensor| {
        Call::new("bilinear")
            .tensor("x", x)
            .tensor("a", a)
            .tensor("y", y)
            .refuses(refusal, || BILINEAR(x, a, y))
    };
    let misfits: [[&[i64]; 3]; 10] = [
        [&[1, 2], &[2, 3], &[4, 3]],
        [&[4, 2], &[2, 3], &[1, 3]],
        [&[4, 1], &[2, 3], &[4, 3]],
        [&[4, 2], &[1, 3], &[4, 3]],
        [&[4, 2], &[2, 1], &[4, 3]],
        [&[4, 2], &[2, 3], &[4, 1]],
        [&[4, 2], &[2, 3], &[4, 2]],
        [&[4, 2], &[3, 2], &[4, 3]],
        [&[4, 2], &[2, 3], &[3]],
        [&[2], &[2, 3], &[3]],
    ];
    for [x, a, y] in misfits {
        bilinear(Refusal::Shape, &float(x), &float(a), &float(y)).map_err(|failure| {
            failure.because("expected [b, d], [d, e] and [b, e]; einsum broadcasts a 1.")
        })?;
    }
    for other in 0..3 {
        let kind = |operand| if operand == other { Kind::Double } else { Kind::Float };
        let [x, a, y] = [(0, &[4, 2]), (1, &[2, 3]), (2, &[4, 3])]
            .map(|(operand, shape)| float(shape).to_kind(kind(operand)));
        bilinear(Refusal::Kind, &x, &a, &y).map_err(|failure| failure.because(kinds))?;
    }
    Ok(())
}

/// Tensors of quarters, of sizes within `sizes`. A failing one shrinks in its shape alone: its entries stay
/// different from each other, so that a wrong result still shows which slip it comes from.
fn tensors_of(sizes: &[RangeInclusive<i64>]) -> BoxedStrategy<TensorSpec> {
    tensors(sizes, &[Kind::Float], elements::quarters().no_shrink().boxed())
}

/// The first `size` entries of a vector.
fn of_size(vector: &TensorSpec, size: i64) -> TensorSpec {
    TensorSpec { shape: vec![size], values: vector.values[..size as usize].to_vec(), ..vector.clone() }
}

/// The reference of matvec.
fn product(a: &Tensor, x: &Tensor, context: &Context) -> Tensor {
    let (entries, x) = (values(a), values(x));
    let dot = |row: usize| {
        let row = &entries[row * x.len()..][..x.len()];
        // From +0: the sum of no numbers is −0 in Rust.
        row.iter().zip(&x).fold(0.0, |sum, (a, x)| sum + a * x)
    };
    vector(a.kind(), (0..a.size()[0] as usize).map(dot).collect(), context)
}

/// The reference of bilinear.
fn contracted(x: &Tensor, a: &Tensor, y: &Tensor, context: &Context) -> Tensor {
    let [many, d, e] = [x.size()[0], a.size()[0], a.size()[1]].map(|size| size as usize);
    let (kind, x, a, y) = (x.kind(), values(x), values(a), values(y));
    let mut numbers = vec![0.0; many];
    for (n, number) in numbers.iter_mut().enumerate() {
        for i in 0..d {
            for j in 0..e {
                *number += x[n * d + i] * a[i * e + j] * y[n * e + j];
            }
        }
    }
    vector(kind, numbers, context)
}

/// 1.5, 3, 5.5, 9, …: no two differences are the same.
fn staircase(shape: &[i64], context: &Context) -> Tensor {
    let numel: i64 = shape.iter().product();
    let values = (0..numel).map(|flat| (flat * flat + 2 * flat + 3) as f64 / 2.0).collect();
    contiguous(shape, Kind::Float, values, context)
}

fn vector(kind: Kind, values: Vec<f64>, context: &Context) -> Tensor {
    contiguous(&[values.len() as i64], kind, values, context)
}

fn contiguous(shape: &[i64], kind: Kind, values: Vec<f64>, context: &Context) -> Tensor {
    TensorSpec { shape: shape.to_vec(), kind, values, layout: Layout::Contiguous }.tensor(context.device())
}
