//! Checks of ex09. The reference joins rows of plain numbers; the laws are that joining is associative, that
//! the parts can be taken out again, and that rows of matrices are columns of their transposes.

use std::ops::RangeInclusive;

use harness::inputs::{elements, tensors, values};
use harness::prelude::*;

harness::exercise!(ex09, suite);

/// Signatures are part of the contract: another one does not compile.
const VCAT: fn(&Tensor, &Tensor) -> R<Tensor> = ex09::vcat;
const HCAT: fn(&Tensor, &Tensor) -> R<Tensor> = ex09::hcat;
const APPEND_ROW: fn(&Tensor, &Tensor) -> R<Tensor> = ex09::append_row;
const DROP_AXIS: fn(&Tensor, i64) -> R<Tensor> = ex09::drop_axis;

fn suite(suite: &mut Suite) {
    suite.check("vcat puts the rows of b below those of a", 2, rows_below_rows);
    suite.check("hcat puts the columns of b beside those of a", 2, columns_beside_columns);
    suite.check("append_row adds v as the last row, also where there was none", 1, one_more_row);
    suite.check("drop_axis takes out the dimension that is named, and no other", 1, one_axis_less);
    suite.check("the dtype and every digit are kept", 1, dtype_is_kept);
    suite.check("a joined tensor is a copy, drop_axis returns a view", 1, copies_and_a_view);
    suite.check("inputs are left alone", 1, inputs_are_left_alone);
    suite.check("ranks, sizes, dtypes and axes that do not fit are refused", 1, bad_input_is_refused);
}

/// One of the two functions that join matrices.
struct Join {
    name: &'static str,
    function: fn(&Tensor, &Tensor) -> R<Tensor>,
    dim: usize,
}

const ROWS: Join = Join { name: "vcat", function: VCAT, dim: 0 };
const COLUMNS: Join = Join { name: "hcat", function: HCAT, dim: 1 };

const OTHER_DIMENSION: &str = "they were joined along the other dimension: 0 counts the rows, 1 the columns.";
const ORDER: &str = "the parts are in the wrong order: a comes first.";
const STACKED: &str = "stack joins along a new dimension; cat along one that is there already.";
const REFILLED: &str = "the shape is right and the elements are out of place: cat along 0 and then reshape puts \
                        the whole of a before the whole of b in row-major order. Join along dimension 1.";

impl Join {
    fn check(&self, a: &Tensor, b: &Tensor, context: &Context) -> Outcome {
        let expected = joined(a, b, self.dim, context);
        let (before_a, before_b) = (a.copy(), b.copy());
        let call = Call::new(self.name).tensor("a", a).tensor("b", b);
        let got = call.succeeds(|| (self.function)(a, b))?;
        call.expect(&got, &expected)
            .slip(OTHER_DIMENSION, || joined(&before_a, &before_b, 1 - self.dim, context))
            .slip(ORDER, || joined(&before_b, &before_a, self.dim, context))
            .slip(STACKED, || Tensor::stack(&[&before_a, &before_b], 0))
            .slip(REFILLED, || joined(&before_a, &before_b, 0, context).reshape(expected.size()))
            .check()
    }

    /// What holds between calls. Each is given tensors of its own, so that none sees what another one wrote.
    fn check_laws(&self, context: &Context) -> Outcome {
        let dim = self.dim as i64;
        let size = |tensor: &Tensor| tensor.size()[self.dim];
        for (index, lengths) in [[2, 1, 3], [1, 3, 2], [0, 2, 1], [2, 0, 0]].into_iter().enumerate() {
            let part = |part: usize| {
                let shape = if self.dim == 0 { [lengths[part], 3] } else { [3, lengths[part]] };
                let layout = Layout::ALL[(index + part) % 4];
                numbered(&shape, Kind::Float, layout, 10.0 * part as f64).tensor(context.device())
            };
            let (a, b) = (part(0), part(1));
            let call = Call::new(self.name).tensor("a", &a).tensor("b", &b);
            let ab = call.succeeds(|| (self.function)(&a, &b))?;
            let b = part(1);
            if ab.dim() == 2 && size(&ab) == lengths[0] + lengths[1] {
                call.expect(&ab.narrow(dim, lengths[0], lengths[1]), &b)
                    .named("the part of the result that should be b")
                    .check()?;
            }
            let c = part(2);
            let call = Call::new(self.name).tensor("(a, b)", &ab).tensor("c", &c);
            let left = call.succeeds(|| (self.function)(&ab, &c))?;

            let (b, c) = (part(1), part(2));
            let call = Call::new(self.name).tensor("b", &b).tensor("c", &c);
            let bc = call.succeeds(|| (self.function)(&b, &c))?;
            let a = part(0);
            let call = Call::new(self.name).tensor("a", &a).tensor("(b, c)", &bc);
            let right = call.succeeds(|| (self.function)(&a, &bc))?;
            call.expect(&right, &left)
                .named("the result, which should be that of joining (a, b) with c,")
                .check()?;
        }
        Ok(())
    }
}

fn rows_below_rows(context: &Context) -> Outcome {
    let (a, b) = lecture_matrices(context);
    let call = Call::new("vcat").tensor("a", &a).tensor("b", &b);
    let expected = [joined(&a, &b, 1, context), joined(&b, &a, 0, context)];
    let stacked = Tensor::stack(&[&a, &b], 0);
    let got = call.succeeds(|| VCAT(&a, &b))?;
    let slips: [(&str, &dyn Fn() -> Tensor); 3] = [
        (OTHER_DIMENSION, &|| expected[0].copy()),
        (ORDER, &|| expected[1].copy()),
        (STACKED, &|| stacked.copy()),
    ];
    context.matches_fixture("rows_below_rows", &call, &got, &slips)?;

    context.for_all(pairs(), |(a, b)| {
        ROWS.check(&a.tensor(context.device()), &b.tensor(context.device()), context)
    })?;
    ROWS.check_laws(context)
}

fn columns_beside_columns(context: &Context) -> Outcome {
    let (a, b) = lecture_matrices(context);
    let call = Call::new("hcat").tensor("a", &a).tensor("b", &b);
    let below = joined(&a, &b, 0, context);
    let got = call.succeeds(|| HCAT(&a, &b))?;
    let slips: [(&str, &dyn Fn() -> Tensor); 2] =
        [(OTHER_DIMENSION, &|| below.copy()), (REFILLED, &|| below.reshape([2, 6]))];
    context.matches_fixture("columns_beside_columns", &call, &got, &slips)?;

    context.for_all(pairs(), |(a, b)| {
        // Rows of matrices are columns of their transposes.
        let (a, b) = (a.tensor(context.device()).tr(), b.tensor(context.device()).tr());
        COLUMNS.check(&a, &b, context)
    })?;
    COLUMNS.check_laws(context)?;

    for layout in Layout::ALL {
        let [a, b] = [(2, 0.0), (1, 10.0)]
            .map(|(rows, first)| numbered(&[rows, 3], Kind::Float, layout, first).tensor(context.device()));
        let below = joined(&a, &b, 0, context);
        let (a, b) = (a.tr(), b.tr());
        let call = Call::new("hcat").tensor("aᵀ", &a).tensor("bᵀ", &b);
        let got = call.succeeds(|| HCAT(&a, &b))?;
        call.expect(&got, &below.tr()).named("the result, which should be vcat(a, b)ᵀ,").check()?;
    }
    Ok(())
}

fn one_more_row(context: &Context) -> Outcome {
    let a = contiguous(&[2, 3], Kind::Float, vec![0.0; 6], context);
    let v = contiguous(&[3], Kind::Float, vec![1.0, 2.0, 3.0], context);
    let call = Call::new("append_row").tensor("a", &a).tensor("v", &v);
    let first = joined(&v.unsqueeze(0), &a, 0, context);
    let got = call.succeeds(|| APPEND_ROW(&a, &v))?;
    context.matches_fixture("one_more_row", &call, &got, &[(V_FIRST, &|| first.copy())])?;

    // v is the row of a matrix of as many columns.
    let matrices = (matrices_of(0..=3, 3..=3), matrices_of(1..=1, 3..=3), 0_i64..=3);
    context.for_all(matrices, |(spec, v, columns)| {
        let spec = with_columns(&spec, columns);
        let v = TensorSpec { shape: vec![columns], ..with_columns(&v, columns) };
        let (a, v) = (spec.tensor(context.device()), v.tensor(context.device()));
        let expected = [values(&a), values(&v)].concat();
        let expected = contiguous(&[spec.shape[0] + 1, columns], spec.kind, expected, context);
        let (before_a, before_v) = (a.copy(), v.copy());
        let call = Call::new("append_row").tensor("a", &a).tensor("v", &v);
        let got = call.succeeds(|| APPEND_ROW(&a, &v))?;
        call.expect(&got, &expected)
            .slip(V_FIRST, || Tensor::cat(&[&before_v.unsqueeze(0), &before_a], 0))
            .slip("v was appended as a column: unsqueeze(0) makes it a row, unsqueeze(1) a column.", || {
                Tensor::cat(&[&before_a, &before_v.unsqueeze(1)], 1)
            })
            .slip("the last row was overwritten, not followed by another one.", || {
                let rows = before_a.size()[0];
                Tensor::cat(&[&before_a.narrow(0, 0, rows - 1), &before_v.unsqueeze(0)], 0)
            })
            .check()
    })
}

const V_FIRST: &str = "v became the first row: it belongs after the rows of a.";

const FROM_THE_END: &str = "a negative dim counts from the end, and -1 is the last dimension: it stands for dim + rank, where \
                            rank is t.dim().";

fn one_axis_less(context: &Context) -> Outcome {
    context.for_all(with_an_axis(), |(spec, axis, negative)| {
        let t = with_axis(&spec, axis).tensor(context.device());
        let rank = t.dim() as i64;
        let dim = if negative { axis as i64 - rank } else { axis as i64 };
        let expected = contiguous(&spec.shape, spec.kind, values(&t), context);
        let before = t.copy();
        let call = Call::new("drop_axis").tensor("t", &t).value("dim", dim);
        let got = call
            .succeeds(|| DROP_AXIS(&t, dim))
            .map_err(|failure| if negative { failure.because(FROM_THE_END) } else { failure })?;
        let mut expect = call
            .expect(&got, &expected)
            .slip(
                "squeeze() drops every dimension of size 1: squeeze_dim drops the one that is named.",
                || before.squeeze(),
            )
            .slip("no dimension was dropped.", || before.copy());
        if negative {
            expect = expect.slip(FROM_THE_END, || before.squeeze_dim((dim + rank + 1) % rank));
        }
        expect.check()
    })
}

fn dtype_is_kept(context: &Context) -> Outcome {
    // Of int64 and float64, numbers that float32 does not have.
    let value = |kind, flat: f64| match kind {
        Kind::Int64 => 16_777_217.0 + 2.0 * flat,
        Kind::Double => 0.1 - flat / 3.0,
        Kind::Bool => flat % 2.0,
        _ => 100.0 + 7.0 * flat,
    };
    let kinds = [Kind::Int64, Kind::Double, Kind::Uint8, Kind::Bool, Kind::Half];
    for (kind, layout) in kinds.into_iter().zip(Layout::ALL.into_iter().cycle()) {
        let tensor = |shape: &[i64], layout| {
            let values = (0..shape.iter().product()).map(|flat: i64| value(kind, flat as f64)).collect();
            TensorSpec { shape: shape.to_vec(), kind, values, layout }.tensor(context.device())
        };
        // In which order the elements come is the matter of other checks.
        let sorted = |tensor: &Tensor| tensor.flatten(0, -1).sort(0, false).0;
        let check = |call: Call, body: &dyn Fn() -> R<Tensor>, expected: &[f64]| {
            let got = call.succeeds(body)?;
            let expected = sorted(&contiguous(&[expected.len() as i64], kind, expected.to_vec(), context));
            call.expect(&sorted(&got), &expected)
                .named("the result, its elements sorted,")
                // Nothing is computed, so nothing is rounded.
                .within(Tolerance::EXACT)
                .slip("everything was converted to float32: joining needs no common dtype.", || {
                    expected.to_kind(Kind::Float)
                })
                .slip("the entries went through float32, which has 24 bits for their digits.", || {
                    expected.to_kind(Kind::Float).to_kind(kind)
                })
                .check()
        };
        for join in [ROWS, COLUMNS] {
            let (a, b) = (tensor(&[2, 2], layout), tensor(&[2, 2], Layout::Contiguous));
            let expected = [values(&a), values(&b)].concat();
            let call = Call::new(join.name).tensor("a", &a).tensor("b", &b);
            check(call, &|| (join.function)(&a, &b), &expected)?;
        }
        let (a, v) = (tensor(&[2, 3], layout), tensor(&[3], layout));
        let expected = [values(&a), values(&v)].concat();
        let call = Call::new("append_row").tensor("a", &a).tensor("v", &v);
        check(call, &|| APPEND_ROW(&a, &v), &expected)?;

        let t = tensor(&[2, 1, 3], layout);
        let expected = values(&t);
        check(Call::new("drop_axis").tensor("t", &t).value("dim", 1), &|| DROP_AXIS(&t, 1), &expected)?;
    }

    // And of int64, numbers that float64 does not have.
    let vector = |numbers: &[i64]| Tensor::from_slice(numbers).to_device(context.device());
    let (first, last) = ((1 << 53) + 1, (1 << 53) + 3);
    let last_digits = |call: &Call, got: &Tensor| {
        let kept = got.flatten(0, -1).sort(0, false).0 == vector(&[first, last]);
        call.holds(kept, "the last digit of an element is lost").map_err(|failure| {
            failure.because("float64 has 53 bits for the digits of a number, int64 has 63.")
        })
    };
    let matrix = |number| vector(&[number]).unsqueeze(0);
    for join in [ROWS, COLUMNS] {
        let (a, b) = (matrix(first), matrix(last));
        let call = Call::new(join.name).tensor("a", &a).tensor("b", &b);
        last_digits(&call, &call.succeeds(|| (join.function)(&a, &b))?)?;
    }
    let (a, v) = (matrix(first), vector(&[last]));
    let call = Call::new("append_row").tensor("a", &a).tensor("v", &v);
    last_digits(&call, &call.succeeds(|| APPEND_ROW(&a, &v))?)
}

fn copies_and_a_view(context: &Context) -> Outcome {
    let tensor =
        |shape: &[i64], layout, first| numbered(shape, Kind::Float, layout, first).tensor(context.device());
    let apart = |call: &Call, got: &Tensor, input: &Tensor, name: &str| {
        // Tensors without elements have no memory to share.
        let apart = got.numel() == 0 || input.numel() == 0 || got.data_ptr() != input.data_ptr();
        call.holds(apart, &format!("the result shares the memory of {name}")).map_err(|failure| {
            failure.because(
                "where the other part has no elements it is tempting to return this one as it is. unsqueeze and \
                 shallow_clone share memory: whoever writes into the result would change the input. cat copies.",
            )
        })
    };
    for layout in Layout::ALL {
        for (join, (first, second)) in [
            (ROWS, (&[2, 3], &[0, 3])),
            (ROWS, (&[0, 3], &[2, 3])),
            (COLUMNS, (&[2, 3], &[2, 0])),
            (COLUMNS, (&[2, 0], &[2, 3])),
        ] {
            let (a, b) = (tensor(first, layout, 0.0), tensor(second, layout, 10.0));
            let call = Call::new(join.name).tensor("a", &a).tensor("b", &b);
            let got = call.succeeds(|| (join.function)(&a, &b))?;
            apart(&call, &got, &a, "a")?;
            apart(&call, &got, &b, "b")?;
        }
        for rows in [0, 2] {
            let (a, v) = (tensor(&[rows, 3], layout, 0.0), tensor(&[3], layout, 10.0));
            let call = Call::new("append_row").tensor("a", &a).tensor("v", &v);
            let got = call.succeeds(|| APPEND_ROW(&a, &v))?;
            apart(&call, &got, &v, "v")?;
        }
        for (axis, shape) in [[1, 2, 3], [2, 1, 3], [2, 3, 1]].iter().enumerate() {
            let t = tensor(shape, layout, 0.0);
            let call = Call::new("drop_axis").tensor("t", &t).value("dim", axis);
            let got = call.succeeds(|| DROP_AXIS(&t, axis as i64))?;
            call.holds(
                got.data_ptr() == t.data_ptr(),
                "the result is a copy: it does not share the memory of t",
            )
            .map_err(|failure| {
                failure.because(
                    "no number has to move where a dimension of size 1 goes: squeeze_dim and select return \
                         views; copy, index_select, and contiguous of a strided tensor copy.",
                )
            })?;
        }
    }
    Ok(())
}

fn inputs_are_left_alone(context: &Context) -> Outcome {
    for (layout, kind) in Layout::ALL.into_iter().zip([Kind::Float, Kind::Int64].into_iter().cycle()) {
        let tensor = |shape: &[i64]| numbered(shape, kind, layout, 2.0).tensor(context.device());
        for join in [ROWS, COLUMNS] {
            let (a, b) = (tensor(&[2, 2]), tensor(&[2, 2]));
            let call = Call::new(join.name).tensor("a", &a).tensor("b", &b);
            let _ = call.succeeds(|| (join.function)(&a, &b))?;
            call.leaves_inputs_alone()?;
        }
        let (a, v) = (tensor(&[2, 3]), tensor(&[3]));
        let call = Call::new("append_row").tensor("a", &a).tensor("v", &v);
        let _ = call.succeeds(|| APPEND_ROW(&a, &v))?;
        call.leaves_inputs_alone()?;

        let t = tensor(&[2, 1, 3]);
        let (shape, call) = (t.size(), Call::new("drop_axis").tensor("t", &t).value("dim", 1));
        let _ = call.succeeds(|| DROP_AXIS(&t, 1))?;
        if t.size() != shape {
            return Err(call.fails(format!("changed the shape of its input t to {:?}", t.size())).because(
                "squeeze_ and squeeze_dim_ change the tensor itself, and a shallow_clone is the same tensor \
                 under another name: squeeze_dim returns a view with a shape of its own.",
            ));
        }
        call.leaves_inputs_alone()?;
    }
    Ok(())
}

fn bad_input_is_refused(context: &Context) -> Outcome {
    let tensor = |shape: &[i64], kind| {
        let numel: i64 = shape.iter().product();
        let values = (0..numel).map(|flat| 2.5 - flat as f64).collect();
        contiguous(shape, kind, values, context)
    };
    let float = |shape: &[i64]| tensor(shape, Kind::Float);
    let refused =
        |name: &str, function: fn(&Tensor, &Tensor) -> R<Tensor>, a: &Tensor, b: &Tensor, refusal| {
            let second = if name == "append_row" { "v" } else { "b" };
            Call::new(name).tensor("a", a).tensor(second, b).refuses(refusal, || function(a, b))
        };

    let empty =
        "cat passes over a tensor of shape [0], whatever shape the other one has: look at dim() first.";
    for (function, name) in [(VCAT, "vcat"), (HCAT, "hcat")] {
        for (a, b) in [(&[2, 3][..], &[0][..]), (&[0], &[2, 3])] {
            refused(name, function, &float(a), &float(b), Refusal::Shape)
                .map_err(|failure| failure.because(empty))?;
        }
        for (a, b) in [(&[3][..], &[3][..]), (&[], &[]), (&[2, 3], &[3]), (&[1, 2, 3], &[1, 2, 3])] {
            refused(name, function, &float(a), &float(b), Refusal::Shape)?;
        }
    }
    refused("vcat", VCAT, &float(&[2, 3]), &float(&[2, 1]), Refusal::Shape)?;
    refused("vcat", VCAT, &float(&[0, 3]), &float(&[2, 2]), Refusal::Shape)?;
    refused("hcat", HCAT, &float(&[2, 3]), &float(&[3, 3]), Refusal::Shape)?;
    refused("hcat", HCAT, &float(&[2, 0]), &float(&[1, 2]), Refusal::Shape)?;
    for (a, v) in [
        (&[2, 3][..], &[2][..]),
        (&[2, 3], &[1]),
        (&[2, 3], &[]),
        (&[2, 3], &[0]),
        (&[2, 3], &[1, 3]),
        (&[3, 3], &[3, 1]),
        (&[0, 3], &[2]),
        (&[3], &[3]),
        (&[1, 2, 3], &[3]),
    ] {
        refused("append_row", APPEND_ROW, &float(a), &float(v), Refusal::Shape)?;
    }

    let promoted = "cat converts to a common dtype without a word: int64 and float32 give float32.";
    for (one, other) in [
        (Kind::Float, Kind::Int64),
        (Kind::Int64, Kind::Double),
        (Kind::Float, Kind::Double),
        (Kind::Double, Kind::Float),
        (Kind::Int64, Kind::Uint8),
    ] {
        let refused = |name, function, second: &[i64]| {
            refused(name, function, &tensor(&[2, 2], one), &tensor(second, other), Refusal::Kind)
                .map_err(|failure| failure.because(promoted))
        };
        refused("vcat", VCAT, &[2, 2])?;
        refused("hcat", HCAT, &[2, 2])?;
        refused("append_row", APPEND_ROW, &[2])?;
    }
    let no_elements = "a tensor without elements has a dtype, too.";
    for (a, b) in [(Kind::Float, Kind::Int64), (Kind::Int64, Kind::Float)] {
        for (name, function, shape) in [("vcat", VCAT, [0, 2]), ("hcat", HCAT, [2, 0])] {
            refused(name, function, &tensor(&shape, a), &tensor(&[2, 2], b), Refusal::Kind)
                .and_then(|()| {
                    refused(name, function, &tensor(&[2, 2], a), &tensor(&shape, b), Refusal::Kind)
                })
                .map_err(|failure| failure.because(no_elements))?;
        }
        refused("append_row", APPEND_ROW, &tensor(&[0, 2], a), &tensor(&[2], b), Refusal::Kind)
            .map_err(|failure| failure.because(no_elements))?;
    }

    let not_one = "squeeze_dim does nothing to a dimension whose size is not 1: look at the size first.";
    for (shape, dim) in [
        (&[2, 1, 3][..], 0),
        (&[2, 1, 3], -1),
        (&[0, 2], 0),
        (&[2, 1, 3], 3),
        (&[2, 1, 3], -4),
        (&[1], 1),
        (&[1], -2),
        (&[], 0),
        (&[], -1),
    ] {
        let t = float(shape);
        let call = Call::new("drop_axis").tensor("t", &t).value("dim", dim);
        let outcome = call.refuses(Refusal::Shape, || DROP_AXIS(&t, dim));
        let there = (-(shape.len() as i64)..shape.len() as i64).contains(&dim);
        outcome.map_err(|failure| if there { failure.because(not_one) } else { failure })?;
    }
    Ok(())
}

/// The two matrices of the lecture.
fn lecture_matrices(context: &Context) -> (Tensor, Tensor) {
    let matrix = |values| contiguous(&[2, 3], Kind::Float, values, context);
    (matrix(vec![1.0, 2.0, 3.0, 4.0, 5.0, 6.0]), matrix(vec![10.0, 20.0, 30.0, 40.0, 50.0, 60.0]))
}

/// Two matrices of as many columns, each with a number of rows and a layout of its own.
fn pairs() -> impl Strategy<Value = (TensorSpec, TensorSpec)> {
    let columns = 0_i64..=3;
    (matrices_of(0..=3, 3..=3), matrices_of(0..=3, 3..=3), columns).prop_map(|(a, b, columns)| {
        let of_columns = |spec: TensorSpec| with_columns(&spec, columns);
        (of_columns(a), of_columns(b))
    })
}

/// The first `columns` of the columns that a matrix has.
fn with_columns(spec: &TensorSpec, columns: i64) -> TensorSpec {
    let (rows, all) = (spec.shape[0], spec.shape[1] as usize);
    let values = spec.values.chunks(all).flat_map(|row| row[..columns as usize].to_vec()).collect();
    TensorSpec { shape: vec![rows, columns], values, ..spec.clone() }
}

/// A tensor, and where it is given one more dimension, of size 1; whether that is counted from the end.
fn with_an_axis() -> impl Strategy<Value = (TensorSpec, usize, bool)> {
    let tensors = |sizes: &[_]| tensors(sizes, &[Kind::Float], elements::quarters().no_shrink().boxed());
    let specs = prop_oneof![
        tensors(&[]),
        tensors(&[0..=3]),
        tensors(&[1..=2, 0..=3]),
        tensors(&[1..=3, 1..=2, 1..=2])
    ];
    (specs, 0_usize..=3, any::<bool>())
        .prop_map(|(spec, axis, negative)| (spec.clone(), axis.min(spec.shape.len()), negative))
}

fn with_axis(spec: &TensorSpec, axis: usize) -> TensorSpec {
    let mut shape = spec.shape.clone();
    shape.insert(axis, 1);
    TensorSpec { shape, ..spec.clone() }
}

/// Matrices of quarters. A failing one shrinks in its shape alone: its entries stay different from each
/// other, so that a wrong result still shows which slip it comes from.
fn matrices_of(rows: RangeInclusive<i64>, columns: RangeInclusive<i64>) -> BoxedStrategy<TensorSpec> {
    tensors(&[rows, columns], &[Kind::Float], elements::quarters().no_shrink().boxed())
}

/// A tensor of different numbers, from `first` on.
fn numbered(shape: &[i64], kind: Kind, layout: Layout, first: f64) -> TensorSpec {
    let values = (0..shape.iter().product()).map(|flat: i64| first + flat as f64).collect();
    TensorSpec { shape: shape.to_vec(), kind, values, layout }
}

/// The reference: the rows of `a` and `b` one after the other, or each row of `a` followed by that of `b`.
fn joined(a: &Tensor, b: &Tensor, dim: usize, context: &Context) -> Tensor {
    let (a_columns, b_columns) = (a.size()[1], b.size()[1]);
    let (a_values, b_values) = (values(a), values(b));
    if dim == 0 {
        let shape = [a.size()[0] + b.size()[0], a_columns];
        return contiguous(&shape, a.kind(), [a_values, b_values].concat(), context);
    }
    let row = |values: &[f64], columns: i64, row: i64| {
        values[(row * columns) as usize..((row + 1) * columns) as usize].to_vec()
    };
    let rows = a.size()[0];
    let joined = (0..rows)
        .flat_map(|index| [row(&a_values, a_columns, index), row(&b_values, b_columns, index)].concat())
        .collect();
    contiguous(&[rows, a_columns + b_columns], a.kind(), joined, context)
}

fn contiguous(shape: &[i64], kind: Kind, values: Vec<f64>, context: &Context) -> Tensor {
    TensorSpec { shape: shape.to_vec(), kind, values, layout: Layout::Contiguous }.tensor(context.device())
}
