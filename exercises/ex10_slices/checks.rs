//! Checks of ex10. The reference says of each element of a result which element of the tensor it is. The laws
//! are that slices of slices are slices, that -k is n − k, and that reversing twice changes nothing.
//!
//! Whether the right elements are taken, one check asks for each function. What a write into a view changes,
//! and where a gradient goes, is asked of the elements that were taken, whichever they are.

mod figures;

use harness::inputs::{elements, tensors, values};
use harness::prelude::*;

harness::exercise!(ex10, suite);

/// First and stop.
type Range = (i64, i64);

/// Signatures are part of the contract: another one does not compile.
const SUBMATRIX: fn(&Tensor, Range, Range) -> R<Tensor> = ex10::submatrix;
const EVERY: fn(&Tensor, i64, i64) -> R<Tensor> = ex10::every;
const REVERSED: fn(&Tensor, i64) -> R<Tensor> = ex10::reversed;
const LAST_ROW: fn(&Tensor) -> R<Tensor> = ex10::last_row;

fn suite(suite: &mut Suite) {
    suite.check("B(k, l) of a submatrix is A(i₁ + k, j₁ + l), also where it is empty", 2, block);
    suite.check("negative numbers count from the end, and last_row is row -1", 2, from_the_end);
    suite.check("every takes slices 0, step, 2·step, … along dim", 1, steps);
    suite.check("reversed turns one dimension round", 1, reversal);
    suite.check("slices are views, reversed returns a copy", 1, views_and_a_copy);
    suite.check("gradients flow back to the elements that were taken", 1, gradients_flow);
    suite.check("inputs are left alone", 1, inputs_are_left_alone);
    suite.check("ranges, steps and dimensions that do not fit are refused", 1, bad_input_is_refused);
    figures::declare(suite);
}

/// A call of one of the functions.
#[derive(Debug, Clone, Copy)]
enum Slice {
    Submatrix { rows: Range, cols: Range },
    Every { dim: i64, step: i64 },
    Reversed { dim: i64 },
    LastRow,
}

use Slice::{Every, LastRow, Reversed, Submatrix};

impl Slice {
    fn call(self, t: &Tensor) -> Call {
        match self {
            Submatrix { rows, cols } => {
                Call::new("submatrix").tensor("a", t).value("rows", rows).value("cols", cols)
            }
            Every { dim, step } => Call::new("every").tensor("t", t).value("dim", dim).value("step", step),
            Reversed { dim } => Call::new("reversed").tensor("t", t).value("dim", dim),
            LastRow => Call::new("last_row").tensor("a", t),
        }
    }

    fn of(self, t: &Tensor) -> R<Tensor> {
        match self {
            Submatrix { rows, cols } => SUBMATRIX(t, rows, cols),
            Every { dim, step } => EVERY(t, dim, step),
            Reversed { dim } => REVERSED(t, dim),
            LastRow => LAST_ROW(t),
        }
    }

    /// The shape of the slice of a tensor of `shape`.
    fn shape(self, shape: &[i64]) -> Vec<i64> {
        let mut result = shape.to_vec();
        match self {
            Submatrix { rows, cols } => {
                let length = |(start, stop), size| from_front(stop, size) - from_front(start, size);
                result = vec![length(rows, shape[0]), length(cols, shape[1])];
            }
            Every { dim, step } => {
                let dim = from_front(dim, shape.len() as i64) as usize;
                result[dim] = (shape[dim] + step - 1) / step;
            }
            Reversed { .. } => {}
            LastRow => result = vec![shape[1]],
        }
        result
    }

    /// The index in a tensor of `shape` of what has `index` in the slice.
    fn source(self, index: &[i64], shape: &[i64]) -> Vec<i64> {
        let mut source = index.to_vec();
        match self {
            Submatrix { rows, cols } => {
                source[0] += from_front(rows.0, shape[0]);
                source[1] += from_front(cols.0, shape[1]);
            }
            Every { dim, step } => source[from_front(dim, shape.len() as i64) as usize] *= step,
            Reversed { dim } => {
                let dim = from_front(dim, shape.len() as i64) as usize;
                source[dim] = shape[dim] - 1 - source[dim];
            }
            LastRow => source = vec![shape[0] - 1, index[0]],
        }
        source
    }

    /// The row-major positions in a tensor of `shape` of all that is in the slice, in its order.
    fn positions(self, shape: &[i64]) -> Vec<usize> {
        let result = self.shape(shape);
        (0..result.iter().product())
            .map(|flat: i64| {
                let source = self.source(&index_at(flat, &result), shape);
                assert!(source.iter().zip(shape).all(|(index, size)| index < size), "a slice out of range");
                source.iter().zip(shape).fold(0, |flat, (index, size)| flat * size + index) as usize
            })
            .collect()
    }

    /// The reference: the slice of `t`, element by element.
    fn reference(self, t: &Tensor, context: &Context) -> Tensor {
        let (shape, values) = (t.size(), values(t));
        let taken = self.positions(&shape).into_iter().map(|position| values[position]).collect();
        contiguous(&self.shape(&shape), t.kind(), taken, context)
    }

    /// Compares the function with the reference, and with `slips`: what is done instead, and why.
    fn check(self, spec: &TensorSpec, slips: &[(&str, Slice)], context: &Context) -> Outcome {
        let t = spec.tensor(context.device());
        let (expected, before) = (self.reference(&t, context), t.copy());
        let call = self.call(&t);
        let got = call.succeeds(|| self.of(&t))?;
        let mut expect = call.expect(&got, &expected).within(Tolerance::EXACT);
        for &(cause, slip) in slips {
            let before = &before;
            expect = expect.slip(cause, move || slip.reference(before, context));
        }
        expect.check()
    }

    /// The same for the example of the primer, whose result is a fixture.
    fn check_example(self, fixture: &str, slips: &[(&str, Slice)], context: &Context) -> Outcome {
        let a = example(context);
        let results: Vec<_> =
            slips.iter().map(|(_, slip)| || slip.reference(&example(context), context)).collect();
        let causes = slips.iter().map(|(cause, _)| *cause);
        let slips: Vec<(&str, &dyn Fn() -> Tensor)> =
            causes.zip(&results).map(|(cause, result)| (cause, result as &dyn Fn() -> Tensor)).collect();
        let call = self.call(&a);
        let got = call.succeeds(|| self.of(&a))?;
        context.matches_fixture(fixture, &call, &got, &slips)
    }
}

/// What a number that may count from the end stands for.
fn from_front(number: i64, size: i64) -> i64 {
    if number < 0 { number + size } else { number }
}

/// The index of the element at the row-major position `flat`.
fn index_at(mut flat: i64, shape: &[i64]) -> Vec<i64> {
    let mut index = vec![0; shape.len()];
    for (dim, size) in shape.iter().enumerate().rev() {
        index[dim] = flat % size;
        flat /= size;
    }
    index
}

/// What is done instead of submatrix, and why.
fn slips_of_a_block(rows: Range, cols: Range, columns: i64) -> Vec<(&'static str, Slice)> {
    let both = |change: fn(Range) -> Range| Submatrix { rows: change(rows), cols: change(cols) };
    vec![
        (
            "the second bound was included: rows 1..3 are rows 1 and 2, stop − start of them.",
            both(|(start, stop)| (start, stop + 1)),
        ),
        (
            "the second bound was taken for a length, which is what narrow takes: the length is stop − start.",
            both(|(start, length)| (start, start + length)),
        ),
        (
            "rows and columns are exchanged: dimension 0 counts the rows, 1 the columns.",
            Submatrix { rows: cols, cols: rows },
        ),
        (
            "only the rows were cut: the columns have bounds of their own.",
            Submatrix { rows, cols: (0, columns) },
        ),
        ("the slice starts at 0, whatever its first bound is.", both(|(start, stop)| (0, stop - start))),
    ]
}

fn block(context: &Context) -> Outcome {
    // Far enough from the end that the wrong slices exist, and all differ, so that each tells its cause.
    let (rows, cols) = ((2, 4), (3, 5));
    let spec = numbered(&[7, 8], Layout::Contiguous);
    Submatrix { rows, cols }.check(&spec, &slips_of_a_block(rows, cols, 8), context)?;

    let (rows, cols) = ((1, 3), (2, 5));
    Submatrix { rows, cols }.check_example(
        "rows_1_3_columns_2_5",
        &slips_of_a_block(rows, cols, 5),
        context,
    )?;

    context.for_all((tensors_of(&[0..=4, 0..=4]), bounds(), bounds()), |(spec, rows, cols)| {
        let (rows, cols) = (range(rows, spec.shape[0]), range(cols, spec.shape[1]));
        Submatrix { rows, cols }.check(&spec, &slips_of_a_block(rows, cols, spec.shape[1]), context)
    })?;

    // A slice of a slice is a slice: its bounds count from those of the first.
    for layout in Layout::ALL {
        let a = || numbered(&[4, 5], layout).tensor(context.device());
        let once = call_on(&a(), Submatrix { rows: (2, 4), cols: (1, 4) })?;
        let outer = a();
        let twice = call_on(&outer, Submatrix { rows: (1, 4), cols: (0, 4) })?;
        let slice = Submatrix { rows: (1, 3), cols: (1, 4) };
        let call = slice.call(&twice);
        let twice = call.succeeds(|| slice.of(&twice))?;
        call.expect(&twice, &once)
            .named("the result for rows 1..4, columns 0..4 of an a, which should be its rows 2..4, columns 1..4,")
            .check()?;
    }
    Ok(())
}

const FROM_THE_END: &str = "a bound of -k stands for size − k, and Rust's ranges do not know that: convert the bounds before \
                            they are compared or used. The number of rows itself may be a bound, too.";

fn from_the_end(context: &Context) -> Outcome {
    LastRow.check_example("last_row", &slips_of_last_row(4, 5), context)?;
    context.for_all(tensors_of(&[1..=4, 0..=4]), |spec| {
        LastRow.check(&spec, &slips_of_last_row(spec.shape[0], spec.shape[1]), context)
    })?;

    let matrices = (tensors_of(&[1..=4, 1..=4]), bounds(), bounds(), 1_usize..=3);
    context.for_all(matrices, |(spec, rows, cols, signs)| {
        let (rows, cols) = (filled(rows, spec.shape[0]), filled(cols, spec.shape[1]));
        // The number of rows itself is the one bound that cannot be said from the end.
        let negative = |(start, stop): Range, size: i64| {
            let stop = if signs & 1 != 0 && stop < size { stop - size } else { stop };
            (if signs & 2 != 0 { start - size } else { start }, stop)
        };
        let both = |change: &dyn Fn(Range, i64) -> Range| Submatrix {
            rows: change(rows, spec.shape[0]),
            cols: change(cols, spec.shape[1]),
        };
        // Without a row, the wrong result of a wrong stop.
        let stop_at_start = |(start, stop): Range, size| {
            if negative((start, stop), size).1 < 0 { (start, start) } else { (start, stop) }
        };
        let one_less = |(start, stop): Range, size| {
            let (first, last) = negative((start, stop), size);
            (start - i64::from(first < 0), stop - i64::from(last < 0))
        };
        let slips = [
            (
                "a stop of -k was not counted from the end; Rust's ranges do not do that: it is size − k.",
                both(&stop_at_start),
            ),
            ("counted from one too far: -1 is the last one, size − 1.", both(&one_less)),
        ];
        let t = spec.tensor(context.device());
        let expected = call_on(&t, Submatrix { rows, cols })?.copy();
        let (t, slice) = (spec.tensor(context.device()), both(&negative));
        let call = slice.call(&t);
        let got = call.succeeds(|| slice.of(&t)).map_err(|failure| failure.because(FROM_THE_END))?;
        let wrong = spec.tensor(context.device());
        let mut expect = call
            .expect(&got, &expected)
            .named(&format!("the result, which should be that for rows {rows:?}, columns {cols:?},"));
        for (cause, slip) in slips {
            let wrong = &wrong;
            expect = expect.slip(cause, move || slip.reference(wrong, context));
        }
        expect.check()
    })?;

    // Ranges of nothing, where one bound or both count from the end.
    for (empty, at) in [((-2, -2), 1), ((1, -2), 1), ((-2, 1), 1), ((-3, -3), 0), ((0, -3), 0), ((-3, 0), 0)]
    {
        let t = numbered(&[3, 3], Layout::Contiguous).tensor(context.device());
        // Whether nothing may be asked for, another check asks.
        let from_front = Submatrix { rows: (at, at), cols: (0, 2) };
        let Ok(expected) = from_front.call(&t).returns(|| from_front.of(&t))? else { continue };
        let slice = Submatrix { rows: empty, cols: (0, 2) };
        let call = slice.call(&t);
        let got = call.succeeds(|| slice.of(&t)).map_err(|failure| failure.because(FROM_THE_END))?;
        call.expect(&got, &expected)
            .named(&format!("the result, which should be that for rows {:?},", (at, at)))
            .check()?;
    }

    for layout in Layout::ALL {
        for (shape, negative, dim) in [(&[2, 3, 4][..], -1, 2), (&[3, 4], -2, 0)] {
            let t = || numbered(shape, layout).tensor(context.device());
            for (from_end, from_front) in [
                (Every { dim: negative, step: 2 }, Every { dim, step: 2 }),
                (Reversed { dim: negative }, Reversed { dim }),
            ] {
                let expected = call_on(&t(), from_front)?.copy();
                let t = t();
                let call = from_end.call(&t);
                let got = call.succeeds(|| from_end.of(&t))?;
                call.expect(&got, &expected)
                    .named(&format!("the result, which should be that for dim = {dim},"))
                    .check()
                    .map_err(|failure| {
                        failure.because("a negative dim stands for dim + rank: -1 is the last dimension.")
                    })?;
            }
        }
    }
    Ok(())
}

fn slips_of_last_row(rows: i64, columns: i64) -> [(&'static str, Slice); 2] {
    let row = |rows| Submatrix { rows, cols: (0, columns) };
    [
        (
            "this is a matrix of one row, as narrow gives it: select takes the dimension out.",
            row((rows - 1, rows)),
        ),
        ("these are all rows but the last.", row((0, rows - 1))),
    ]
}

fn steps(context: &Context) -> Outcome {
    let slips = |dim: i64, step: i64, rank: i64| {
        [
            ("the slices were taken along another dimension.", Every { dim: (dim + 1) % rank, step }),
            ("every slice was taken.", Every { dim, step: 1 }),
            (
                "step is how far it is from one to the next, not how many are left out.",
                Every { dim, step: step + 1 },
            ),
        ]
    };
    Every { dim: 1, step: 2 }.check_example("every_second_column", &slips(1, 2, 2), context)?;

    let inputs = (any_rank(), 0_usize..3, 1_i64..=4);
    context.for_all(inputs, |(spec, dim, step)| {
        let rank = spec.shape.len();
        let dim = (dim % rank) as i64;
        Every { dim, step }.check(&spec, &slips(dim, step, rank as i64), context)
    })?;

    // Every third of every second is every sixth.
    for layout in Layout::ALL {
        let t = || numbered(&[9, 2], layout).tensor(context.device());
        let sixth = call_on(&t(), Every { dim: 0, step: 6 })?;
        let second = call_on(&t(), Every { dim: 0, step: 2 })?;
        let slice = Every { dim: 0, step: 3 };
        let call = slice.call(&second);
        let got = call.succeeds(|| slice.of(&second))?;
        call.expect(&got, &sixth)
            .named("every third of every second, which should be every sixth,")
            .check()?;
    }
    Ok(())
}

fn reversal(context: &Context) -> Outcome {
    let slips = |dim: i64, rank: i64| {
        [
            (
                "the other dimension was reversed: flip takes the numbers of the dimensions.",
                Reversed { dim: (dim + 1) % rank },
            ),
            ("the order is as it was.", Every { dim, step: 1 }),
        ]
    };
    Reversed { dim: 0 }.check_example("rows_reversed", &slips(0, 2), context)?;

    context.for_all((any_rank(), 0_usize..3), |(spec, dim)| {
        let rank = spec.shape.len();
        let dim = (dim % rank) as i64;
        Reversed { dim }.check(&spec, &slips(dim, rank as i64), context)
    })?;

    for layout in Layout::ALL {
        let t = numbered(&[3, 4], layout).tensor(context.device());
        let before = t.copy();
        for dim in [0, 1] {
            let once = call_on(&t, Reversed { dim })?;
            let call = Reversed { dim }.call(&once);
            let twice = call.succeeds(|| REVERSED(&once, dim))?;
            call.expect(&twice, &before).named("the result of reversing twice").check()?;
        }
    }
    nothing_is_computed(context)
}

/// Elements are moved, whatever they are: NaN and ∞ stay alone, and no digit of a large number is lost.
fn nothing_is_computed(context: &Context) -> Outcome {
    let values = vec![f64::NAN, 1.5, -2.0, f64::INFINITY, 0.25, 3.0];
    let spec = TensorSpec { shape: vec![2, 3], kind: Kind::Float, values, layout: Layout::Contiguous };
    let truth = spec.values.iter().map(|value| f64::from(*value > 0.5)).collect();
    let truth = TensorSpec { kind: Kind::Bool, values: truth, ..spec.clone() };
    for dim in [0, 1] {
        Reversed { dim }.check(&spec, &[], context).map_err(|failure| {
            failure.because("0 · NaN and 0 · ∞ are NaN: a product with a matrix of 0s and 1s spreads them.")
        })?;
        Reversed { dim }.check(&truth, &[], context)?;
    }

    // Compared by libtorch: plain numbers of 64 bits do not tell these apart.
    let large = |numbers: [i64; 3]| Tensor::from_slice(&numbers).to_device(context.device());
    let first = (1 << 53) + 1;
    let t = large([first, first + 1, first + 3]);
    let call = Reversed { dim: 0 }.call(&t);
    let got = call.succeeds(|| REVERSED(&t, 0))?;
    let expected = large([first + 3, first + 1, first]);
    call.expect(&got, &expected).within(Tolerance::EXACT).check()?;
    call.holds(got == expected, "the last digit of an element is lost").map_err(|failure| {
        failure.because("float32 has 24 bits for the digits of a number, float64 has 53, int64 has 63.")
    })
}

/// Slices of a matrix `[4, 5]`: parts of it, and all of it.
const VIEWS: [Slice; 6] = [
    Submatrix { rows: (1, 2), cols: (1, 3) },
    Submatrix { rows: (0, 4), cols: (0, 5) },
    Every { dim: 0, step: 2 },
    Every { dim: 1, step: 3 },
    Every { dim: 1, step: 1 },
    LastRow,
];

/// Slices of tensors of other ranks.
const OTHER_RANKS: [(&[i64], Slice); 2] =
    [(&[5], Every { dim: 0, step: 2 }), (&[2, 3, 4], Every { dim: 1, step: 2 })];

fn views_and_a_copy(context: &Context) -> Outcome {
    // An expanded matrix has no place of its own for each element that could be written to.
    for layout in [Layout::Contiguous, Layout::Transposed, Layout::OffsetSlice] {
        let of_a_matrix = VIEWS.map(|slice| (&[4, 5][..], slice));
        for (shape, slice) in of_a_matrix.into_iter().chain(OTHER_RANKS) {
            let spec = numbered(shape, layout);
            let a = spec.tensor(context.device());
            let call = slice.call(&a);
            let got = call.succeeds(|| slice.of(&a))?;
            let mut written = spec.values.clone();
            taken_from(&spec, &got, &call)?.into_iter().for_each(|position| written[position] = -1.0);
            let _ = tch::no_grad(|| got.shallow_clone().fill_(-1.0));
            call.expect(&a, &contiguous(&spec.shape, spec.kind, written, context))
                .named("after -1 was written into the result, the input")
                .slip(
                    "the result is a copy. narrow, slice and select return views; index_select, gather and what \
                     is built from numbers do not.",
                    || spec.tensor(context.device()),
                )
                .check()?;
        }
    }
    for shape in [[3, 4], [1, 1], [1, 4], [4, 1]] {
        for layout in Layout::ALL {
            for dim in [0, 1] {
                let t = numbered(&shape, layout).tensor(context.device());
                let call = Reversed { dim }.call(&t);
                let got = call.succeeds(|| REVERSED(&t, dim))?;
                call.holds(got.data_ptr() != t.data_ptr(), "the result shares the memory of t").map_err(
                    |failure| {
                        failure
                            .because("where there is nothing to reverse, a copy() is asked for all the same.")
                    },
                )?;
            }
        }
    }
    Ok(())
}

fn gradients_flow(context: &Context) -> Outcome {
    for slice in VIEWS.into_iter().chain([Reversed { dim: 0 }, Reversed { dim: 1 }]) {
        // In an expanded matrix no element is known by its value.
        for layout in [Layout::Contiguous, Layout::Transposed, Layout::OffsetSlice] {
            let spec = numbered(&[4, 5], layout);
            let a = spec.tensor(context.device()).set_requires_grad(true);
            let call = slice.call(&a);
            let got = call.succeeds(|| slice.of(&a))?;
            call.holds(
                got.requires_grad(),
                "a is tracked and the result is not: no gradient comes back to a",
            )
            .map_err(|failure| {
                failure.because(
                    "detach, no_grad and a way through numbers (Vec, double_value) cut the graph; views and \
                         flip keep it.",
                )
            })?;
            // Of Σ wₖ·sliceₖ, with a weight of its own for each element.
            let weights = numbered(&got.size(), Layout::Contiguous);
            let mut expected = vec![0.0; spec.values.len()];
            for (position, weight) in taken_from(&spec, &got, &call)?.into_iter().zip(&weights.values) {
                expected[position] = *weight;
            }
            (got * weights.tensor(context.device())).sum(Kind::Float).backward();
            call.expect(&a.grad(), &contiguous(&spec.shape, Kind::Float, expected, context))
                .named("the gradient by a of a weighted sum of the result")
                .check()?;
        }
    }
    Ok(())
}

fn inputs_are_left_alone(context: &Context) -> Outcome {
    for slice in VIEWS.into_iter().chain([Reversed { dim: 0 }, Reversed { dim: 1 }]) {
        for layout in Layout::ALL {
            for tracked in [false, true] {
                let a = numbered(&[4, 5], layout).tensor(context.device()).set_requires_grad(tracked);
                let call = slice.call(&a);
                let _ = call.succeeds(|| slice.of(&a))?;
                call.leaves_inputs_alone()?;
            }
        }
    }
    Ok(())
}

fn bad_input_is_refused(context: &Context) -> Outcome {
    let refused = |slice: Slice, shape: &[i64], refusal| {
        let t = numbered(shape, Layout::Contiguous).tensor(context.device());
        slice.call(&t).refuses(refusal, || slice.of(&t))
    };
    let all = (0, 0);
    for shape in [&[][..], &[3], &[2, 3, 4]] {
        refused(Submatrix { rows: all, cols: all }, shape, Refusal::Shape)?;
        refused(LastRow, shape, Refusal::Shape)?;
    }
    let clamped = "slice and i() cut a range off where the tensor ends; the contract asks to refuse it.";
    for range in
        [(0, 4), (-4, 2), (4, 4), (2, 1), (-1, -2), (-2, 0), (0, -4), (-9, -8), (1, i64::MAX), (i64::MIN, 1)]
    {
        for slice in [Submatrix { rows: range, cols: (0, 1) }, Submatrix { rows: (0, 1), cols: range }] {
            refused(slice, &[3, 3], Refusal::Shape).map_err(|failure| failure.because(clamped))?;
        }
    }
    refused(Submatrix { rows: (0, 1), cols: all }, &[0, 3], Refusal::Shape)?;
    refused(LastRow, &[0, 3], Refusal::Shape)?;

    for step in [0, -1, -2] {
        refused(Every { dim: 0, step }, &[3, 3], Refusal::Convert)?;
    }
    for (shape, dim) in [(&[3, 4][..], 2), (&[3, 4], -3), (&[3], 1), (&[], 0), (&[], -1)] {
        refused(Every { dim, step: 2 }, shape, Refusal::Shape)?;
        refused(Reversed { dim }, shape, Refusal::Shape)?;
    }
    Ok(())
}

/// The positions in `spec`, whose numbers are all different, of what `got` holds.
fn taken_from(spec: &TensorSpec, got: &Tensor, call: &Call) -> Result<Vec<usize>, Failure> {
    let position = |value| spec.values.iter().position(|&other| other == value);
    let positions: Vec<usize> = values(got).into_iter().filter_map(position).collect();
    let taken = !positions.is_empty() && positions.len() == got.numel();
    call.holds(taken, "the result holds other numbers than its input")?;
    Ok(positions)
}

/// The result of a call that is a step on the way.
fn call_on(t: &Tensor, slice: Slice) -> Result<Tensor, Failure> {
    slice.call(t).succeeds(|| slice.of(t))
}

/// The matrix of the primer: 0 to 19 in four rows.
fn example(context: &Context) -> Tensor {
    contiguous(&[4, 5], Kind::Int64, (0..20).map(f64::from).collect(), context)
}

/// Two numbers that [`range`] and [`filled`] make bounds of.
fn bounds() -> impl Strategy<Value = Range> {
    (0_i64..60, 0_i64..60)
}

/// Bounds of a range of `0..size`, perhaps of nothing.
fn range((start, length): Range, size: i64) -> Range {
    let start = start % (size + 1);
    (start, start + length % (size - start + 1))
}

/// Bounds of a range of `0..size` that has something in it.
fn filled((start, length): Range, size: i64) -> Range {
    let start = start % size;
    (start, start + 1 + length % (size - start))
}

/// Tensors of quarters or whole numbers. A failing one shrinks in its shape alone: its entries stay different
/// from each other, so that a wrong result still shows which slip it comes from.
fn tensors_of(sizes: &[std::ops::RangeInclusive<i64>]) -> BoxedStrategy<TensorSpec> {
    let floats = tensors(sizes, &[Kind::Float], elements::quarters().no_shrink().boxed());
    let integers = tensors(sizes, &[Kind::Int64], elements::integers(-99..=99).no_shrink().boxed());
    prop_oneof![floats, integers].boxed()
}

/// Tensors of ranks 1 to 3.
fn any_rank() -> BoxedStrategy<TensorSpec> {
    prop_oneof![tensors_of(&[0..=5]), tensors_of(&[0..=5, 1..=5]), tensors_of(&[1..=3, 1..=3, 0..=3])].boxed()
}

/// A tensor of numbers none of which is its position, or -1.
fn numbered(shape: &[i64], layout: Layout) -> TensorSpec {
    let values = (0..shape.iter().product()).map(|flat: i64| 30.5 - flat as f64).collect();
    TensorSpec { shape: shape.to_vec(), kind: Kind::Float, values, layout }
}

fn contiguous(shape: &[i64], kind: Kind, values: Vec<f64>, context: &Context) -> Tensor {
    TensorSpec { shape: shape.to_vec(), kind, values, layout: Layout::Contiguous }.tensor(context.device())
}
