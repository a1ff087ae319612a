//! Checks of ex05. References are loops over plain numbers, and for random numbers those that PyTorch prints;
//! the laws are that a row stands for itself, that a draw is mean + std times a standard one, that moments are
//! within five standard errors, and that the table is symmetric with rows that are multiples of the first.
//!
//! Nothing here takes a tensor, and the contract puts all that is made on the CPU, whatever the device.

mod figures;

use std::fmt::Debug;

use harness::inputs::{elements, tensors, values};
use harness::prelude::*;
use tch::Device;
use tch::kind::Element;

harness::exercise!(ex05, suite);

// Signatures are part of the contract: another one does not compile.
type Rows<T> = fn(&[Vec<T>]) -> R<Tensor>;
const FROM_ROWS: Rows<f64> = ex05::from_rows;
const FROM_ROWS_F32: Rows<f32> = ex05::from_rows;
const FROM_ROWS_I64: Rows<i64> = ex05::from_rows;
const FROM_ROWS_U8: Rows<u8> = ex05::from_rows;
const FILLED: fn(&[i64], f64, Kind) -> R<Tensor> = ex05::filled;
type Seeded = fn(i64, &[i64], f64, f64) -> R<Tensor>;
const SEEDED_NORMAL: Seeded = ex05::seeded_normal;
const SEEDED_UNIFORM: Seeded = ex05::seeded_uniform;
const TIMES_TABLE: fn(i64) -> R<Tensor> = ex05::times_table;

fn suite(suite: &mut Suite) {
    suite.check("from_rows makes row i of the list row i of the matrix", 2, rows_are_rows);
    suite.check("from_rows has the dtype of the numbers in the list", 1, dtype_of_the_numbers);
    suite.check("filled has the shape, the value and the dtype asked for", 1, filled_everywhere);
    suite.check("seeded_normal draws mean + std·z, with PyTorch's own z", 2, normal);
    suite.check("seeded_uniform draws from [low, high), as PyTorch does", 1, uniform);
    suite.check("the same seed gives the same numbers, another seed others", 1, reproducible);
    suite.check("times_table(n) has (i + 1)·(j + 1) in every entry", 1, multiplication_table);
    suite.check("ragged rows, negative sizes and unusable values are refused", 1, bad_input_is_refused);
    figures::declare(suite);
}

fn contiguous(shape: &[i64], kind: Kind, values: Vec<f64>) -> Tensor {
    TensorSpec { shape: shape.to_vec(), kind, values, layout: Layout::Contiguous }.tensor(Device::Cpu)
}

fn rows_are_rows(context: &Context) -> Outcome {
    let lists = tensors(&[1..=4, 1..=4], &[Kind::Double], elements::quarters().no_shrink().boxed());
    context.for_all(lists, |spec| {
        let (m, n) = (spec.shape[0] as usize, spec.shape[1] as usize);
        let rows: Vec<Vec<f64>> = (0..m).map(|i| spec.values[i * n..][..n].to_vec()).collect();
        let call = Call::new("from_rows").value("rows", &rows);
        let expected = contiguous(&spec.shape, Kind::Double, spec.values.clone());
        let got = call.succeeds(|| FROM_ROWS(&rows))?;
        call.expect(&got, &expected)
            .slip("the lists became the columns of the matrix; they are its rows.", || expected.tr())
            .slip(
                "the numbers are in the right order, but the shape has its sizes in the wrong one: it is \
                 [number of rows, length of a row].",
                || contiguous(&[spec.shape[1], spec.shape[0]], Kind::Double, spec.values.clone()),
            )
            .slip("this is still the flat row of numbers: reshape it to [rows, columns].", || {
                contiguous(&[spec.values.len() as i64], Kind::Double, spec.values.clone())
            })
            .check()?;

        // The law: the last of the rows alone is the last row.
        let call = Call::new("from_rows").value("rows", &rows[m - 1..]);
        let alone = call.succeeds(|| FROM_ROWS(&rows[m - 1..]))?;
        call.expect(&alone, &got.narrow(0, m as i64 - 1, 1))
            .named("the result, which should be the last row of the matrix of all rows,")
            .check()
    })?;

    for (rows, shape) in [(vec![], [0, 0]), (vec![vec![]], [1, 0]), (vec![vec![]; 3], [3, 0])] {
        let call = Call::new("from_rows").value("rows", &rows);
        let got = call.succeeds(|| FROM_ROWS(&rows))?;
        call.expect(&got, &contiguous(&shape, Kind::Double, vec![])).check()?;
    }
    // A list of no numbers has a dtype, too.
    let rows = vec![vec![]; 2];
    let call = Call::new("from_rows").value("rows (of i64)", &rows);
    let got = call.succeeds(|| FROM_ROWS_I64(&rows))?;
    call.expect(&got, &contiguous(&[2, 0], Kind::Int64, vec![])).check()?;
    let call = Call::new("from_rows").value("rows (of i64)", [(); 0]);
    let got = call.succeeds(|| FROM_ROWS_I64(&[]))?;
    call.expect(&got, &contiguous(&[0, 0], Kind::Int64, vec![])).check()
}

fn dtype_of_the_numbers(context: &Context) -> Outcome {
    let rows = vec![vec![1, 2, 3], vec![4, 5, 6]];
    let call = Call::new("from_rows").value("rows", &rows);
    let got = call.succeeds(|| FROM_ROWS_I64(&rows))?;
    let as_float = |kind| contiguous(&[2, 3], kind, vec![1., 2., 3., 4., 5., 6.]);
    let slips: [(&str, &dyn Fn() -> Tensor); 2] =
        [(ALWAYS_ONE_DTYPE, &|| as_float(Kind::Double)), (ALWAYS_ONE_DTYPE, &|| as_float(Kind::Float))];
    context.matches_fixture("lecture_matrix", &call, &got, &slips)?;

    // What lies next to 2^53 no float64 holds, and so no comparison of values sees: its distance from there is compared.
    let far = 1_i64 << 53;
    let rows = [vec![far + 1, far + 2], vec![far + 3, far + 5]];
    let call = Call::new("from_rows").value("rows", &rows);
    let got = call.succeeds(|| FROM_ROWS_I64(&rows))?;
    call.expect(&(got - far), &contiguous(&[2, 2], Kind::Int64, vec![1.0, 2.0, 3.0, 5.0]))
        .named("the result less 2^53")
        .check()
        .map_err(|failure| {
            failure.because("the numbers went through float64, which has 53 bits for their digits.")
        })?;

    // 2^24 + 1 is no float32, and neither are thirds.
    keeps_dtype(FROM_ROWS_I64, &[vec![16_777_217], vec![-3]], Kind::Int64, &[16_777_217.0, -3.0])?;
    keeps_dtype(FROM_ROWS, &[vec![1.0 / 3.0], vec![-0.5]], Kind::Double, &[1.0 / 3.0, -0.5])?;
    keeps_dtype(FROM_ROWS_F32, &[vec![0.1], vec![-0.5]], Kind::Float, &[0.1_f32.into(), -0.5])?;
    keeps_dtype(FROM_ROWS_U8, &[vec![255], vec![3]], Kind::Uint8, &[255.0, 3.0])
}

const ALWAYS_ONE_DTYPE: &str = "the dtype does not follow the type of the numbers: from_slice takes it from T by \
                                itself; a to_kind, or a tensor that is made first and filled later, changes it.";

/// Checks the dtype and every digit of a matrix of two rows of one number each.
fn keeps_dtype<T: Element + Debug>(
    from_rows: Rows<T>,
    rows: &[Vec<T>],
    kind: Kind,
    expected: &[f64],
) -> Outcome {
    let call = Call::new("from_rows").value(&format!("rows (of {})", std::any::type_name::<T>()), rows);
    let expected = contiguous(&[2, 1], kind, expected.to_vec());
    let got = call.succeeds(|| from_rows(rows))?;
    call.expect(&got, &expected)
        .within(Tolerance::EXACT)
        .slip(ALWAYS_ONE_DTYPE, || expected.to_kind(Kind::Double))
        .slip(ALWAYS_ONE_DTYPE, || expected.to_kind(Kind::Float))
        .slip("the numbers went through float32, which has 24 bits for their digits.", || {
            expected.to_kind(Kind::Float).to_kind(kind)
        })
        .check()
}

/// Shapes of rank 0 to 3 with sizes of `sizes`.
fn shapes(sizes: std::ops::RangeInclusive<i64>) -> impl Strategy<Value = Vec<i64>> {
    ([sizes.clone(), sizes.clone(), sizes], 0_usize..=3).prop_map(|(sizes, rank)| sizes[..rank].to_vec())
}

fn numel(shape: &[i64]) -> usize {
    shape.iter().product::<i64>() as usize
}

fn filled_everywhere(context: &Context) -> Outcome {
    let entry = |kinds: &[Kind], values: BoxedStrategy<f64>| (select(kinds.to_vec()), values).boxed();
    let entries = prop_oneof![
        entry(&[Kind::Double, Kind::Float, Kind::Half, Kind::BFloat16], elements::reals(-10.0..=10.0)),
        // Not all of these are float32 numbers.
        entry(&[Kind::Int64, Kind::Int], elements::integers(16_777_217..=16_777_299)),
        entry(&[Kind::Int16, Kind::Int8], elements::integers(-128..=127)),
        entry(&[Kind::Uint8], elements::integers(0..=255)),
        entry(&[Kind::Bool], elements::integers(0..=1)),
        Just((Kind::Float, f64::NAN)),
        Just((Kind::Double, f64::NEG_INFINITY)),
    ];
    let is_filled = |(shape, (kind, value)): (Vec<i64>, (Kind, f64))| {
        let call = Call::new("filled").value("shape", &shape).value("value", value).value("kind", kind);
        let expected = contiguous(&shape, kind, vec![value; numel(&shape)]);
        let got = call.succeeds(|| FILLED(&shape, value, kind))?;
        call.expect(&got, &expected)
            // One conversion, to the dtype asked for.
            .within(Tolerance::EXACT)
            .slip("the value went through float32, which has 24 bits for its digits.", || {
                expected.to_kind(Kind::Float).to_kind(kind)
            })
            .slip("the dtype asked for was not used.", || expected.to_kind(Kind::Float))
            .slip("the dtype asked for was not used.", || expected.to_kind(Kind::Double))
            .check()?;
        call.holds(got.is_contiguous(), "the entries do not each have a place of their own in memory")
            .map_err(|failure| {
                failure.because(
                    "expand repeats one number with stride 0: whoever writes one entry writes all of them. \
                     Fill a tensor of the whole shape.",
                )
            })
    };
    // Whatever else is drawn: numbers that are none of float32, a single number, a fraction, and NaN.
    is_filled((vec![2, 3], (Kind::Double, 0.1)))?;
    is_filled((vec![2], (Kind::Int64, 16_777_217.0)))?;
    is_filled((vec![], (Kind::Half, -0.5)))?;
    is_filled((vec![3], (Kind::Float, f64::NAN)))?;
    // The ends of the integer dtypes; what lies beyond them, another check asks. Below 2^63 float64 counts in steps of
    // 1024, and −2^63 is an int64.
    for (kind, ends) in [
        (Kind::Uint8, [0.0, 255.0]),
        (Kind::Int8, [-128.0, 127.0]),
        (Kind::Int16, [-32_768.0, 32_767.0]),
        (Kind::Int, [-2_147_483_648.0, 2_147_483_647.0]),
        (Kind::Int64, [-TWO_TO_THE_63, TWO_TO_THE_63 - 1024.0]),
        (Kind::Bool, [0.0, 1.0]),
    ] {
        for value in ends {
            is_filled((vec![2], (kind, value)))
                .map_err(|failure| failure.because_where("returned an error", HELD))?;
        }
    }
    context.for_all((shapes(0..=3), entries), is_filled)
}

/// A seeded draw, called.
fn drawn(function: Seeded, name: &str, names: [&str; 2], of: &Draw) -> Result<(Call, Tensor), Failure> {
    let Draw { seed, shape, parameters: [first, second] } = of;
    let call = Call::new(name)
        .value("seed", seed)
        .value("shape", shape)
        .value(names[0], first)
        .value(names[1], second);
    let got = call.succeeds(|| function(*seed, shape, *first, *second))?;
    // Whatever the numbers are, laws are about as many of them as were asked for.
    let as_many = contiguous(shape, Kind::Float, vec![0.0; numel(shape)]);
    call.expect(&got, &as_many).within(Tolerance::absolute(f64::INFINITY)).check()?;
    Ok((call, got))
}

/// What a seeded draw is asked for.
struct Draw {
    seed: i64,
    shape: Vec<i64>,
    parameters: [f64; 2],
}

fn drawn_normal(seed: i64, shape: &[i64], mean: f64, std: f64) -> Result<(Call, Tensor), Failure> {
    let draw = Draw { seed, shape: shape.to_vec(), parameters: [mean, std] };
    drawn(SEEDED_NORMAL, "seeded_normal", ["mean", "std"], &draw)
}

fn drawn_uniform(seed: i64, shape: &[i64], low: f64, high: f64) -> Result<(Call, Tensor), Failure> {
    let draw = Draw { seed, shape: shape.to_vec(), parameters: [low, high] };
    drawn(SEEDED_UNIFORM, "seeded_uniform", ["low", "high"], &draw)
}

/// The numbers of `z` after `map`, as float32 of this shape.
fn mapped(z: &Tensor, shape: &[i64], map: impl Fn(f64) -> f64) -> Tensor {
    contiguous(shape, Kind::Float, values(z).into_iter().map(map).collect())
}

fn normal(context: &Context) -> Outcome {
    let (call, standard) = drawn_normal(0, &[2, 3], 0.0, 1.0)?;
    let uniform = || contiguous(&[2, 3], Kind::Float, UNIFORM_OF_SEED_0.to_vec());
    let not_normal = "these numbers are uniform on [0, 1), as rand draws them: randn draws normal ones.";
    context.matches_fixture("randn_seed_0", &call, &standard, &[(not_normal, &uniform)])?;

    let means = elements::quarters().no_shrink();
    let deviations = select(vec![0.0, 0.25, 2.0, 3.5]).no_shrink();
    // From 16 numbers on, one draw is made otherwise than many of one number, and than one in float64.
    let (call, got) = drawn_normal(0, &[3, 7], 0.0, 1.0)?;
    tch::manual_seed(0);
    let of_libtorch = Tensor::randn([3, 7], (Kind::Float, Device::Cpu));
    call.expect(&got, &of_libtorch).named("the result, which should be what randn draws,").check()?;

    context.for_all((shapes(0..=4), means, deviations), |(shape, mean, std)| {
        let (_, z) = drawn_normal(7, &shape, 0.0, 1.0)?;
        let (call, got) = drawn_normal(7, &shape, mean, std)?;
        call.expect(&got, &mapped(&z, &shape, |z| mean + std * z))
            .slip("std is the standard deviation, not the variance: its square root was taken.", || {
                mapped(&z, &shape, |z| mean + std.sqrt() * z)
            })
            .slip("std is the standard deviation already: it was squared.", || {
                mapped(&z, &shape, |z| mean + std * std * z)
            })
            .slip("mean and std are the wrong way round.", || mapped(&z, &shape, |z| std + mean * z))
            .slip("the mean was scaled, too: multiply by std first, then add the mean.", || {
                mapped(&z, &shape, |z| (mean + z) * std)
            })
            .slip("the standard draw came back: mean and std were not used.", || z.copy())
            .check()
    })?;

    let (mean, std, count) = (-3.0, 2.0, 4096);
    let (call, got) = drawn_normal(11, &[count], mean, std)?;
    let spread = variance(&got, mean);
    within_five_errors(&call, "the mean of 4096 draws", average(&got), mean, std / (count as f64).sqrt())?;
    let error = std * std * (2.0 / count as f64).sqrt();
    within_five_errors(&call, "the variance of 4096 draws", spread, std * std, error)
}

/// What `torch.rand(2, 3)` gives after `torch.manual_seed(0)`.
const UNIFORM_OF_SEED_0: [f64; 6] = [0.4962566, 0.7682218, 0.08847743, 0.13203049, 0.30742282, 0.6340787];

fn average(tensor: &Tensor) -> f64 {
    values(tensor).iter().sum::<f64>() / tensor.numel() as f64
}

fn variance(tensor: &Tensor, mean: f64) -> f64 {
    values(tensor).iter().map(|value| (value - mean).powi(2)).sum::<f64>() / tensor.numel() as f64
}

/// Five standard errors: a right answer is further off once in two million seeds.
fn within_five_errors(call: &Call, what: &str, got: f64, expected: f64, error: f64) -> Outcome {
    call.expect(&Tensor::from(got), &Tensor::from(expected))
        .named(what)
        .within(Tolerance::absolute(5.0 * error))
        .check()
}

fn uniform(context: &Context) -> Outcome {
    let (call, standard) = drawn_uniform(0, &[2, 3], 0.0, 1.0)?;
    context.matches_fixture("rand_seed_0", &call, &standard, &[])?;

    let lows = elements::quarters().no_shrink();
    let widths = select(vec![0.0, 0.25, 2.0, 3.5]).no_shrink();
    context.for_all((shapes(0..=4), lows, widths), |(shape, low, width)| {
        let high = low + width;
        let (_, u) = drawn_uniform(7, &shape, 0.0, 1.0)?;
        let (call, got) = drawn_uniform(7, &shape, low, high)?;
        call.expect(&got, &mapped(&u, &shape, |u| low + width * u))
            .slip("this goes up to low + high: the width of the interval is high − low.", || {
                mapped(&u, &shape, |u| low + high * u)
            })
            .slip("this goes from 0: high was used, low was not.", || mapped(&u, &shape, |u| high * u))
            .slip("this begins at high and goes down: low and high are the wrong way round.", || {
                mapped(&u, &shape, |u| high - width * u)
            })
            .slip("the draw from [0, 1) came back: low and high were not used.", || u.copy())
            .check()
    })?;

    let (low, high, count) = (-1.0, 3.0, 4096);
    let (call, got) = drawn_uniform(11, &[count], low, high)?;
    let inside = values(&got).iter().all(|&value| (low..high).contains(&value));
    call.holds(inside, "some draw is outside [low, high)")?;
    let error = (high - low) / (12.0 * count as f64).sqrt();
    within_five_errors(&call, "the mean of 4096 draws", average(&got), 1.0, error)
}

fn reproducible(_: &Context) -> Outcome {
    // A seed may be negative.
    for (seed, another) in [(0, 1), (1, 2), (42, 43), (123_456_789, 0), (5, -5)] {
        for draw in [drawn_normal, drawn_uniform] {
            let (_, first) = draw(seed, &[2, 3], 0.0, 1.0)?;
            // Somebody else draws from the generator of the process.
            let _ = Tensor::rand([5], (Kind::Float, Device::Cpu));
            let (call, again) = draw(seed, &[2, 3], 0.0, 1.0)?;
            call.expect(&again, &first)
                .named("the result of the second call")
                .within(Tolerance::EXACT)
                .check()
                .map_err(|failure| {
                    failure.because(
                        "the generator goes on from where the last draw left it: seed it before every draw.",
                    )
                })?;
            let (call, other) = draw(another, &[2, 3], 0.0, 1.0)?;
            call.holds(other != first, &format!("the result is the same as for seed {seed}"))
                .map_err(|failure| failure.because("the seed given has to reach manual_seed."))?;
        }
    }
    Ok(())
}

fn multiplication_table(context: &Context) -> Outcome {
    context.for_all(0_i64..=9, |n| {
        let table = |of: &dyn Fn(i64, i64) -> i64| {
            let entries = (0..n * n).map(|flat| of(flat / n, flat % n) as f64);
            contiguous(&[n, n], Kind::Int64, entries.collect())
        };
        let expected = table(&|i, j| (i + 1) * (j + 1));
        let call = Call::new("times_table").value("n", n);
        // `empty` will most likely be given memory that was freed just now: let it not hold an earlier table.
        drop([(); 8].map(|()| Tensor::full([n, n], -7777, (Kind::Int64, Device::Cpu))));
        let got = call.succeeds(|| TIMES_TABLE(n))?;
        call.expect(&got, &expected)
            .slip("rows and columns are counted from 1 in this table: (i + 1)·(j + 1), not i·j.", || {
                table(&|i, j| i * j)
            })
            .slip("this is the sum of the two factors.", || table(&|i, j| i + j + 2))
            .slip("the numbers 1, 2, 3, … go on from row to row; every row has multiples.", || {
                table(&|i, j| i * n + j + 1)
            })
            .slip("the table is float32: tensors have the dtype they are made with.", || {
                expected.to_kind(Kind::Float)
            })
            .slip("the table is float64: tensors have the dtype they are made with.", || {
                expected.to_kind(Kind::Double)
            })
            .check()
            .map_err(|failure| {
                let integers = got.defined() && got.kind() == Kind::Int64;
                // Neither a product of small numbers nor what a slip makes of it.
                let from_memory = |&entry: &f64| !(0.0..=1000.0).contains(&entry);
                if integers && values(&got).iter().any(from_memory) {
                    failure.because(
                        "some entry was never written: empty leaves in memory what was there before.",
                    )
                } else {
                    failure
                }
            })?;

        // The laws.
        call.expect(&got.tr(), &got).named("the transpose of the result, which is symmetric,").check()?;
        let first = got.narrow(0, 0, n.min(1));
        let factors = first.tr();
        call.expect(&got, &(factors * first)).named("the result, whose row i is i + 1 times row 0,").check()
    })
}

fn bad_input_is_refused(_: &Context) -> Outcome {
    let ragged = [
        vec![vec![1.5, 2.0], vec![3.0]],
        vec![vec![], vec![0.5]],
        vec![vec![2.5], vec![1.0], vec![]],
        // As many numbers as three rows of two have.
        vec![vec![1.0, 2.0], vec![3.0], vec![4.0, 5.0, 6.0]],
    ];
    for rows in ragged {
        let call = Call::new("from_rows").value("rows", &rows);
        call.refuses(Refusal::Shape, || FROM_ROWS(&rows)).map_err(|failure| {
            failure.because("every row has to be as long as the first: their total says nothing.")
        })?;
    }

    let refuses_to_fill = |shape: &[i64], value: f64, kind: Kind, refusal| {
        let call = Call::new("filled").value("shape", shape).value("value", value).value("kind", kind);
        call.refuses(refusal, || FILLED(shape, value, kind))
    };
    for shape in [&[-1][..], &[2, -3], &[0, -1]] {
        refuses_to_fill(shape, 1.5, Kind::Float, Refusal::Shape)?;
        for (name, function, names) in [
            ("seeded_normal", SEEDED_NORMAL, ["mean", "std"]),
            ("seeded_uniform", SEEDED_UNIFORM, ["low", "high"]),
        ] {
            let call = Call::new(name).value("seed", 3).value("shape", shape);
            let call = call.value(names[0], 1.5).value(names[1], 2.0);
            call.refuses(Refusal::Shape, || function(3, shape, 1.5, 2.0))?;
        }
    }
    let (nan, infinity) = (f64::NAN, f64::INFINITY);
    let cannot_hold = [
        (Kind::Int64, &[0.5, nan, infinity, 1e19, TWO_TO_THE_63, -1e19][..]),
        (Kind::Int, &[-2.25, nan, -infinity, 3e9, 2_147_483_648.0, -2_147_483_649.0]),
        (Kind::Int16, &[32_768.0, -32_769.0]),
        (Kind::Int8, &[128.0, -129.0]),
        (Kind::Uint8, &[256.0, -1.0, 0.5]),
        (Kind::Bool, &[0.5, 2.0, -1.0, nan]),
    ];
    for (kind, values) in cannot_hold {
        for &value in values {
            for shape in [&[2][..], &[]] {
                refuses_to_fill(shape, value, kind, Refusal::Convert)
                    .map_err(|failure| failure.because(NOT_HELD))?;
            }
        }
    }

    for n in [-1, -4] {
        Call::new("times_table").value("n", n).refuses(Refusal::Shape, || TIMES_TABLE(n))?;
    }

    for (mean, std) in [(0.5, -1.0), (0.5, nan), (0.5, infinity), (nan, 1.0), (-infinity, 1.0)] {
        let call = Call::new("seeded_normal").value("seed", 3).value("shape", [2]);
        let call = call.value("mean", mean).value("std", std);
        call.refuses(Refusal::Convert, || SEEDED_NORMAL(3, &[2], mean, std))
            .map_err(|failure| if std.is_nan() { failure.because(NAN_COMPARES_FALSE) } else { failure })?;
    }
    for (low, high) in [(1.0, 0.5), (nan, 1.0), (0.5, nan), (0.5, infinity), (-infinity, 0.5)] {
        let call = Call::new("seeded_uniform").value("seed", 3).value("shape", [2]);
        let call = call.value("low", low).value("high", high);
        let nan = low.is_nan() || high.is_nan();
        call.refuses(Refusal::Convert, || SEEDED_UNIFORM(3, &[2], low, high))
            .map_err(|failure| if nan { failure.because(NAN_COMPARES_FALSE) } else { failure })?;
    }
    Ok(())
}

/// The largest int64 is one less; the largest float64 below it, 1024 less.
const TWO_TO_THE_63: f64 = 9_223_372_036_854_775_808.0;

const NAN_COMPARES_FALSE: &str = "every comparison with NaN is false: x < 0.0 does not catch it, !(x >= 0.0) does, and so does is_finite().";
const HELD: &str = "this dtype has that number: of n bits with a sign, −2^(n − 1) is the smallest and 2^(n − 1) − 1 the \
                    largest, and without one they go from 0 to 2^n − 1.";
const NOT_HELD: &str = "this dtype has no such number. Converted to it the value becomes another one: compare what comes out \
                        of the conversion with what went in, but mind that i64::MAX as f64 is 2^63.";
