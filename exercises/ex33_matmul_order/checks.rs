//! Checks of ex33. Costs are compared with loops that count, products with loops that multiply. In
//! which order chain3 multiplied is proved by overflow: of 10⁻³⁰, 10³⁰ and 10³⁰ only one order
//! comes to a number. The laws: transposing three matrices swaps the costs and transposes the
//! product; an intensity does not depend on the order of the sizes, and halves with twice the
//! bytes.

mod figures;

use ex33::Cost;
use harness::inputs::{elements, tensors, values};
use harness::prelude::*;

harness::exercise!(ex33, suite);

// The signatures of the contract: another one is a compile error here.
const COSTS: fn(u64, u64, u64, u64) -> (Cost, Cost) = ex33::costs;
const CHAIN3: fn(&Tensor, &Tensor, &Tensor) -> R<Tensor> = ex33::chain3;
const INTENSITY: fn(u64, u64, u64, Kind) -> f64 = ex33::intensity;

fn suite(suite: &mut Suite) {
    suite.check("costs counts the multiply-adds and the intermediate of both orders", 2, counted);
    suite.check("costs is exact where products exceed 64 bits", 1, exact);
    suite.check("chain3 gives A·B·C", 1, product_of_three);
    suite.check("chain3 multiplies in the cheaper order", 2, cheaper_order);
    suite.check("of two orders of the same cost chain3 takes (A·B)·C", 1, ties);
    suite.check("intensity is FLOPs per byte", 1, flops_per_byte);
    suite.check("a, b and c are left as they were", 1, inputs_left_alone);
    suite.check("what is no matrix, does not fit or differs in dtype is refused", 1, refusals);
    figures::declare(suite);
}

fn call_costs([m, n, p, q]: [u64; 4]) -> Call {
    Call::new("costs").value("m", m).value("n", n).value("p", p).value("q", q)
}

/// Both costs as rows: multiply-adds, intermediate.
fn table((left, right): (Cost, Cost)) -> Tensor {
    let numbers = [left.multiply_adds, left.intermediate, right.multiply_adds, right.intermediate];
    let numbers = numbers.map(|number| i64::try_from(number).unwrap_or(i64::MAX));
    Tensor::from_slice(&numbers).reshape([2, 2])
}

const ORDERS_SWAPPED: &str = "the two orders are swapped: (A·B)·C comes first.";
const MULTIPLIED: &str = "the costs of the two products of an order are added, not multiplied.";
const FIRST_PRODUCT_ALONE: &str =
    "this is the first product of each order alone: its result still has to meet the third matrix.";
const IN_FLOPS: &str =
    "this is twice as much: a multiply-add is two FLOPs, and what is asked for is multiply-adds.";
const SIZE_OF_RESULT: &str = "m·q is the size of the result, which both orders have: the intermediate is A·B, of \
                              [m, p], or B·C, of [n, q].";

fn counted(context: &Context) -> Outcome {
    let [m, n, p, q] = [512, 2048, 64, 512];
    let call = call_costs([m, n, p, q]);
    let got = table(call.returns(|| COSTS(m, n, p, q))?);
    let of = |numbers: [u64; 4]| Tensor::from_slice(&numbers.map(|n| n as i64)).reshape([2, 2]);
    let slips = |[m, n, p, q]: [u64; 4]| {
        let (left, right) = (m * n * p + m * p * q, n * p * q + m * n * q);
        [
            (ORDERS_SWAPPED, [right, n * q, left, m * p]),
            (MULTIPLIED, [m * n * p * m * p * q, m * p, n * p * q * m * n * q, n * q]),
            (FIRST_PRODUCT_ALONE, [m * n * p, m * p, n * p * q, n * q]),
            (IN_FLOPS, [2 * left, m * p, 2 * right, n * q]),
            (SIZE_OF_RESULT, [left, m * q, right, m * q]),
            ("the intermediates are swapped: that of (A·B)·C is A·B.", [left, n * q, right, m * p]),
        ]
    };
    let [swapped, multiplied, first, flops, result, intermediates] =
        slips([m, n, p, q]).map(|(cause, numbers)| (cause, move || of(numbers)));
    let known: [(&str, &dyn Fn() -> Tensor); 6] = [
        (swapped.0, &swapped.1),
        (multiplied.0, &multiplied.1),
        (first.0, &first.1),
        (flops.0, &flops.1),
        (result.0, &result.1),
        (intermediates.0, &intermediates.1),
    ];
    context.matches_fixture("lecture_costs", &call, &got, &known)?;

    // Sizes do not shrink: where they are equal or 0, slips give the same numbers.
    context.for_all([0_u64..=6, 0..=6, 0..=6, 0..=6].no_shrink(), |sizes| {
        let [m, n, p, q] = sizes;
        let call = call_costs(sizes);
        let got = table(call.returns(|| COSTS(m, n, p, q))?);
        let (of_ab, ab) = count(m, n, p);
        let (then_c, _) = count(m, p, q);
        let (of_bc, bc) = count(n, p, q);
        let (then_a, _) = count(m, n, q);
        let expected = of([of_ab + then_c, ab, of_bc + then_a, bc]);
        let known = slips(sizes);
        let mut expect =
            call.expect(&got, &expected).named("[multiply-adds, intermediate] of (A·B)·C and of A·(B·C)");
        for (cause, numbers) in known {
            expect = expect.slip(cause, move || of(numbers));
        }
        expect.check()?;

        // The law: (A·B·C)ᵀ is Cᵀ·Bᵀ·Aᵀ.
        let transposed = [q, p, n, m];
        let call = call_costs(transposed);
        let swapped = table(call.returns(|| COSTS(q, p, n, m))?).flip(0);
        call.expect(&swapped, &expected).named("the costs of Cᵀ·(Bᵀ·Aᵀ) and (Cᵀ·Bᵀ)·Aᵀ").check()
    })
}

/// How many multiply-adds a loop makes that multiplies a `[rows, inner]` by an `[inner, columns]`,
/// and how many entries it writes.
fn count(rows: u64, inner: u64, columns: u64) -> (u64, u64) {
    let (mut multiply_adds, mut entries) = (0, 0);
    for _ in 0..rows {
        for _ in 0..columns {
            entries += 1;
            for _ in 0..inner {
                multiply_adds += 1;
            }
        }
    }
    (multiply_adds, entries)
}

fn exact(context: &Context) -> Outcome {
    let too_late = "products of sizes like these exceed a u64, and an f64 rounds them: widen the sizes with u128::from \
                    before they are multiplied.";
    // (2ᵏ + 1)³ = 2³ᵏ + 3·2²ᵏ + 3·2ᵏ + 1 needs 3k bits: the last of them are what an f64 loses.
    context.for_all(21_u32..=39, |k| {
        let size = (1_u64 << k) + 1;
        let call = call_costs([size; 4]);
        let (left, right) =
            call.returns(|| COSTS(size, size, size, size)).map_err(|f| f.because(too_late))?;
        let two = |bits: u32| 1_u128 << bits;
        let cube = two(3 * k) + 3 * two(2 * k) + 3 * two(k) + 1;
        let square = two(2 * k) + 2 * two(k) + 1;
        for got in [left, right] {
            // Taken apart: a learner's own type says itself what is equal.
            call.equals(&(got.multiply_adds, got.intermediate), &(2 * cube, square), &[])
                .map_err(|failure| failure.because(too_late))?;
        }
        Ok(())
    })
}

fn call_chain(a: &Tensor, b: &Tensor, c: &Tensor) -> Call {
    Call::new("chain3").tensor("a", a).tensor("b", b).tensor("c", c)
}

/// What a product of matrices is, entry by entry, in f64.
fn product(a: &[f64], b: &[f64], [rows, inner, columns]: [usize; 3]) -> Vec<f64> {
    let mut product = vec![0.0; rows * columns];
    for i in 0..rows {
        for j in 0..columns {
            for k in 0..inner {
                product[i * columns + j] += a[i * inner + k] * b[k * columns + j];
            }
        }
    }
    product
}

/// A·B·C by loops.
fn product_by_loops(a: &Tensor, b: &Tensor, c: &Tensor) -> Tensor {
    let size = |tensor: &Tensor, dim: usize| tensor.size()[dim] as usize;
    let [m, n, p, q] = [size(a, 0), size(b, 0), size(c, 0), size(c, 1)];
    let of_ab = product(&values(a), &values(b), [m, n, p]);
    let numbers = product(&of_ab, &values(c), [m, p, q]);
    let (shape, kind, layout) = (vec![m as i64, q as i64], a.kind(), Layout::Contiguous);
    TensorSpec { shape, kind, values: numbers, layout }.tensor(a.device())
}

/// A matrix of `shape` with the entries `scale`·(1, 1.25, …), no row equal to another, in `layout`.
fn scaled(shape: [u64; 2], scale: f64, kind: Kind, layout: Layout, context: &Context) -> Tensor {
    let numel = shape[0] * shape[1];
    let values = (0..numel).map(|flat| scale * (1.0 + 0.25 * (flat * flat % 11) as f64)).collect();
    let shape = shape.map(|size| size as i64).to_vec();
    TensorSpec { shape, kind, values, layout }.tensor(context.device())
}

/// The dtypes that chain3 takes.
const EVERY_KIND: [Kind; 9] = [
    Kind::Uint8,
    Kind::Int8,
    Kind::Int16,
    Kind::Int,
    Kind::Int64,
    Kind::Half,
    Kind::BFloat16,
    Kind::Float,
    Kind::Double,
];

fn product_of_three(context: &Context) -> Outcome {
    // Sums of so few products of quarters are exact in these, in either order.
    let kinds = [Kind::Float, Kind::Double, Kind::Int64];
    let operand = || tensors(&[3..=3, 3..=3], &kinds, elements::quarters().no_shrink().boxed());
    let sizes = prop_oneof![4 => [1_usize..=3, 1..=3, 1..=3, 1..=3], 1 => [0_usize..=1, 0..=2, 0..=2, 0..=2]];
    context.for_all((sizes, [operand(), operand(), operand()]), |([m, n, p, q], specs)| {
        let part = |spec: &TensorSpec, rows: usize, columns: usize| {
            let (shape, values) = (vec![rows as i64, columns as i64], spec.values[..rows * columns].to_vec());
            let spec = TensorSpec { shape, values, kind: specs[0].kind, layout: spec.layout };
            spec.tensor(context.device())
        };
        let operands = || (part(&specs[0], m, n), part(&specs[1], n, p), part(&specs[2], p, q));
        let (a, b, c) = operands();
        let expected = product_by_loops(&a, &b, &c);
        let call = call_chain(&a, &b, &c);
        let got = call.succeeds(|| CHAIN3(&a, &b, &c))?;
        call.expect(&got, &expected)
            .within(Tolerance::EXACT)
            .slip("these are products of entries: * is not the product of matrices, matmul is.", || {
                let (a, b, c) = operands();
                a * b * c
            })
            .slip("C is missing: this is A·B.", || {
                let (a, b, _) = operands();
                a.matmul(&b)
            })
            .check()
    })?;

    // Whole numbers below 50, in either order: every real dtype holds them.
    for kind in EVERY_KIND {
        let matrix = |shape: [i64; 2], numbers: &[f64]| {
            let (shape, values) = (shape.to_vec(), numbers.to_vec());
            TensorSpec { shape, kind, values, layout: Layout::Transposed }.tensor(context.device())
        };
        let (a, b) = (matrix([2, 2], &[1.0, 3.0, 0.0, 2.0]), matrix([2, 3], &[2.0, 0.0, 1.0, 1.0, 3.0, 0.0]));
        let c = matrix([3, 1], &[1.0, 2.0, 3.0]);
        let expected = product_by_loops(&a, &b, &c);
        let call = call_chain(&a, &b, &c);
        let got = call.succeeds(|| CHAIN3(&a, &b, &c))?;
        call.expect(&got, &expected).within(Tolerance::EXACT).check()?;
    }

    // (2³¹ + 1)·(2³¹ − 1) = 2⁶² − 1 has more digits than a float64.
    let whole = |number: i64| Tensor::from_slice(&[number]).reshape([1, 1]).to_device(context.device());
    let (a, b, c) = (whole((1 << 31) + 1), whole((1 << 31) - 1), whole(1));
    let call = call_chain(&a, &b, &c);
    let got = call.succeeds(|| CHAIN3(&a, &b, &c))?;
    let exact = got.kind() == Kind::Int64 && got == whole((1 << 62) - 1);
    call.holds(exact, "the result is not [[2⁶² − 1]] of int64")
        .map_err(|failure| failure.because("a float has too few digits for it: multiply int64 as int64."))?;

    // The law: (A·B·C)ᵀ is Cᵀ·Bᵀ·Aᵀ. Each call has operands of its own.
    for layout in Layout::ALL {
        let operands = || {
            let matrix = |shape| scaled(shape, 1.0, Kind::Double, layout, context);
            (matrix([2, 3]), matrix([3, 4]), matrix([4, 1]))
        };
        let (a, b, c) = operands();
        let expected = call_chain(&a, &b, &c).succeeds(|| CHAIN3(&a, &b, &c))?.tr().copy();
        let (a, b, c) = operands();
        let (a, b, c) = (a.tr(), b.tr(), c.tr());
        let call = Call::new("chain3").tensor("cᵀ", &c).tensor("bᵀ", &b).tensor("aᵀ", &a);
        let got = call.succeeds(|| CHAIN3(&c, &b, &a))?;
        call.expect(&got, &expected).named("the result, which should be (A·B·C)ᵀ,").check()?;
    }

    // ∂ΣABC/∂B is Aᵀ·1·Cᵀ: at (i, j), the sum of column i of A times the sum of row j of C.
    for (m, n) in [(3, 1), (1, 3)] {
        let matrix = |shape| scaled(shape, 1.0, Kind::Double, Layout::Contiguous, context);
        let (a, b, c) = (matrix([m, n]), matrix([n, m]).set_requires_grad(true), matrix([m, n]));
        let expected = a.sum_dim_intlist(0, false, None).outer(&c.sum_dim_intlist(1, false, None));
        let call = call_chain(&a, &b, &c);
        let got = call.succeeds(|| CHAIN3(&a, &b, &c))?;
        call.holds(got.requires_grad(), "the result is untracked, b is tracked")?;
        got.sum(None::<Kind>).backward();
        let gradient = b.grad();
        call.holds(gradient.defined(), "no gradient flows through the result to b")?;
        call.expect(&gradient, &expected).named("the gradient of the sum of the result, at b,").check()?;
    }
    Ok(())
}

/// In 16 bits 1 + ε is 1. In these products it is an entry of the intermediate, of which ε is left where that is wider,
/// and where the other order is taken.
fn in_their_own_dtype(
    shapes: [[i64; 2]; 3],
    numbers: fn(f64) -> [Vec<f64>; 3],
    context: &Context,
) -> Outcome {
    for (kind, tiny) in [(Kind::Half, 2_f64.powi(-12)), (Kind::BFloat16, 2_f64.powi(-9))] {
        let mut numbers = numbers(tiny).into_iter();
        let [a, b, c] = shapes.map(|shape| {
            let values = numbers.next().expect("one list for each matrix");
            TensorSpec { shape: shape.to_vec(), kind, values, layout: Layout::Contiguous }
                .tensor(context.device())
        });
        let expected = Tensor::zeros([shapes[0][0], 1], (kind, context.device()));
        let call = call_chain(&a, &b, &c);
        let got = call.succeeds(|| CHAIN3(&a, &b, &c))?;
        call.expect(&got, &expected).within(Tolerance::EXACT).check().map_err(|failure| {
            failure.because(format!(
                "1 + {tiny} is 1 in this dtype: either the intermediate had a wider one, or the order is the other."
            ))
        })?;
    }
    Ok(())
}

/// Small and large numbers of a dtype: their product is 1, the square of the large one overflows.
fn small_and_large(kind: Kind) -> (f64, f64) {
    if kind == Kind::Float { (1e-30, 1e30) } else { (1e-200, 1e200) }
}

/// Multiplies three matrices whose product overflows in one of the two orders, and asks in which
/// one it was computed. Where `overflow` is asked for, the order that is expected is the one that
/// overflows.
fn proved_by_overflow(
    [m, n, p, q]: [u64; 4],
    from_the_left: bool,
    overflow: bool,
    (kind, layout): (Kind, Layout),
    context: &Context,
    cause: &str,
) -> Outcome {
    let (small, large) = small_and_large(kind);
    // The two large ones meet first if what they give is to overflow.
    let scales = if from_the_left == overflow { [large, large, small] } else { [small, large, large] };
    let operands = |scales: [f64; 3], kind| {
        let matrix = |shape, scale| scaled(shape, scale, kind, layout, context);
        (matrix([m, n], scales[0]), matrix([n, p], scales[1]), matrix([p, q], scales[2]))
    };
    let (a, b, c) = operands(scales, kind);
    let infinite = Tensor::full([m as i64, q as i64], f64::INFINITY, (kind, context.device()));
    // The scales come to `large`, and only the numbers without them are multiplied: nothing
    // overflows.
    let (plain_a, plain_b, plain_c) = operands([1.0; 3], Kind::Double);
    let finite = (product_by_loops(&plain_a, &plain_b, &plain_c) * large).to_kind(kind);
    let (expected, other) = if overflow { (infinite, finite) } else { (finite, infinite) };
    let call = call_chain(&a, &b, &c);
    let got = call.succeeds(|| CHAIN3(&a, &b, &c))?;
    call.expect(&got, &expected)
        // As the dtype has it, but relative: the numbers are as large as 10²⁰⁰, or infinite.
        .within(Tolerance { absolute: 0.0, ..Tolerance::of(kind) })
        .slip(cause, || other.shallow_clone())
        .check()
}

fn multiply_adds([m, n, p, q]: [u64; 4]) -> (u64, u64) {
    let (of_ab, of_bc) = (count(m, n, p).0, count(n, p, q).0);
    (of_ab + count(m, p, q).0, of_bc + count(m, n, q).0)
}

fn cheaper_order(context: &Context) -> Outcome {
    let inputs = (
        [1_u64..=5, 1..=5, 1..=5, 1..=5],
        any::<bool>(),
        select(vec![Kind::Float, Kind::Double]),
        select(Layout::ALL.to_vec()),
    );
    let proved = |sizes: [u64; 4], overflow, kind, layout| {
        let (left, right) = multiply_adds(sizes);
        // Of orders of the same cost another check asks.
        if left == right {
            return Ok(());
        }
        let from_the_left = left < right;
        let [m, n, p, q] = sizes;
        let orders = [("(A·B)·C", left), ("A·(B·C)", right)];
        let ((taken, dearer), (other, cheaper)) =
            if from_the_left { (orders[1], orders[0]) } else { (orders[0], orders[1]) };
        let no_rule = if from_the_left == (m * p < n * q) {
            ""
        } else {
            " (That the intermediate is smaller or larger does not decide it.)"
        };
        let cause = format!(
            "which numbers overflow shows that this is {taken}, of {dearer} multiply-adds: {other} takes {cheaper}.{no_rule}"
        );
        proved_by_overflow(sizes, from_the_left, overflow, (kind, layout), context, &cause)
    };
    // A vector at the right, a vector at the left, and where the smaller intermediate costs more.
    for sizes in [[4, 4, 4, 1], [1, 4, 4, 4], [2, 1, 2, 5], [1, 2, 5, 2]] {
        proved(sizes, false, Kind::Float, Layout::Contiguous)?;
    }
    context.for_all(inputs, |(sizes, overflow, kind, layout)| proved(sizes, overflow, kind, layout))?;

    // From the right: B·C is (1 + ε, 1), of which A takes the difference.
    let numbers = |tiny| [vec![1.0, -1.0, 1.0, -1.0], vec![1.0, tiny, 1.0, 0.0], vec![1.0, 1.0]];
    in_their_own_dtype([[2, 2], [2, 2], [2, 1]], numbers, context)
}

fn ties(context: &Context) -> Outcome {
    let cause = "the two orders cost the same, and this is A·(B·C): at a tie (A·B)·C is taken.";
    let one = |scale| scaled([1, 1], scale, Kind::Float, Layout::Contiguous, context);
    let (a, b, c) = (one(1e-30), one(1e30), one(1e30));
    let call = call_chain(&a, &b, &c);
    let got = call.succeeds(|| CHAIN3(&a, &b, &c))?;
    let infinite = || one(f64::INFINITY);
    context.matches_fixture("single_numbers", &call, &got, &[(cause, &infinite)])?;

    // Both cost the same where 1/n + 1/q = 1/m + 1/p: 1/3 + 1/3 is 1/2 + 1/6, and 1/2 + 1/12 is 1/3 + 1/4, but not
    // after rounding.
    for [m, p, n, q] in [[2, 6, 3, 3], [3, 3, 2, 6], [3, 4, 2, 12], [2, 12, 3, 4]] {
        proved_by_overflow([m, n, p, q], true, false, (Kind::Double, Layout::Contiguous), context, cause)?;
    }
    // At a tie A·B is (1 + ε, −1), of which C takes the sum.
    let numbers = |tiny| [vec![1.0, tiny], vec![1.0, -1.0, 1.0, 0.0], vec![1.0, 1.0]];
    in_their_own_dtype([[1, 2], [2, 2], [2, 1]], numbers, context)?;
    // And where q and n are m and p, in either order.
    let inputs = ([1_u64..=4, 1..=4], any::<bool>(), any::<bool>(), select(Layout::ALL.to_vec()));
    context.for_all(inputs, |([m, p], swapped, overflow, layout)| {
        let (n, q) = if swapped { (p, m) } else { (m, p) };
        proved_by_overflow([m, n, p, q], true, overflow, (Kind::Float, layout), context, cause)
    })
}

const HALF_THE_FLOPS: &str = "this is half as much: a multiply-add is two FLOPs.";
const RESULT_NOT_MOVED: &str = "the bytes of the result are missing: it is written to memory.";
const RESULT_ALONE: &str = "the bytes of the two matrices that are read are missing.";
const PER_ENTRY: &str = "this is FLOPs per entry: each entry has elt_size_in_bytes() bytes.";
const ALWAYS_FLOAT: &str = "an entry has not always 4 bytes: elt_size_in_bytes() of the kind says how many.";
const WHOLE: &str = "the quotient was rounded to a whole number: divide as f64.";
const UPSIDE_DOWN: &str = "this is bytes per FLOP.";

fn call_intensity([m, k, n]: [u64; 3], kind: Kind) -> Call {
    Call::new("intensity").value("m", m).value("k", k).value("n", n).value("kind", kind)
}

fn flops_per_byte(context: &Context) -> Outcome {
    let cases = [[6, 6, 6], [96, 96, 96], [1536, 1536, 1536], [1024, 1024, 1]];
    let call = Call::new("intensity").formula("m, k, n", &format!("{cases:?}")).value("kind", Kind::Float);
    let mut got = Vec::new();
    for [m, k, n] in cases {
        got.push(call.returns(|| INTENSITY(m, k, n, Kind::Float))?);
    }
    let list = |numbers: [f64; 4]| Tensor::from_slice(&numbers);
    let slips: [(&str, &dyn Fn() -> Tensor); 5] = [
        (HALF_THE_FLOPS, &|| list([0.5, 8.0, 128.0, 512.0 / 2052.0])),
        (RESULT_NOT_MOVED, &|| list([1.5, 24.0, 384.0, 512.0 / 1025.0])),
        (RESULT_ALONE, &|| list([3.0, 48.0, 768.0, 512.0])),
        (PER_ENTRY, &|| list([4.0, 64.0, 1024.0, 4.0 * 512.0 / 1026.0])),
        (WHOLE, &|| list([1.0, 16.0, 256.0, 0.0])),
    ];
    context.matches_fixture("intensities", &call, &Tensor::from_slice(&got), &slips)?;

    let kinds = vec![
        (Kind::Float, 4.0),
        (Kind::Double, 8.0),
        (Kind::Half, 2.0),
        (Kind::BFloat16, 2.0),
        (Kind::Int8, 1.0),
    ];
    let too_large = |failure: Failure| {
        failure.because("products of such sizes exceed any integer: convert the sizes to f64 first.")
    };
    let sizes = prop_oneof![3 => 1_u64..=64, 1 => (1_u64 << 20)..=(1 << 40)];
    let inputs = ([sizes.clone(), sizes.clone(), sizes], select(kinds));
    context.for_all(inputs, |([m, k, n], (kind, bytes))| {
        let call = call_intensity([m, k, n], kind);
        let got = call.returns(|| INTENSITY(m, k, n, kind)).map_err(too_large)?;
        // In another form, 2/(1/m + 1/k + 1/n) for each entry.
        let [of_m, of_k, of_n] = [m, k, n].map(|size| 1.0 / size as f64);
        let intensity = 2.0 / (bytes * (of_m + of_k + of_n));
        let number = |value: f64| Tensor::from(value);
        call.expect(&number(got), &number(intensity))
            .slip(HALF_THE_FLOPS, || number(intensity / 2.0))
            .slip(RESULT_NOT_MOVED, || number(2.0 / (bytes * (of_m + of_n))))
            .slip(RESULT_ALONE, || number(2.0 / (bytes * of_k)))
            .slip(PER_ENTRY, || number(intensity * bytes))
            .slip(ALWAYS_FLOAT, || number(intensity * bytes / 4.0))
            .slip(WHOLE, || number(intensity.floor()))
            .slip(UPSIDE_DOWN, || number(1.0 / intensity))
            .check()?;

        // The laws. The three sizes play the same part.
        let call = call_intensity([n, m, k], kind);
        let turned = call.returns(|| INTENSITY(n, m, k, kind))?;
        call.expect(&number(turned), &number(got))
            .named("the result, which should be that of m, k, n,")
            .check()?;
        let call = call_intensity([m, k, n], Kind::ComplexDouble);
        let sixteen = call.returns(|| INTENSITY(m, k, n, Kind::ComplexDouble))?;
        call.expect(&number(sixteen * 16.0), &number(got * bytes))
            .named("16 times the result, which should be FLOPs per entry,")
            .check()
    })?;

    // Of 64 × 64 matrices each entry takes 2·64/3 FLOPs.
    for (kind, bytes) in [
        (Kind::Bool, 1.0),
        (Kind::Uint8, 1.0),
        (Kind::Int8, 1.0),
        (Kind::Int16, 2.0),
        (Kind::Int, 4.0),
        (Kind::Int64, 8.0),
        (Kind::Half, 2.0),
        (Kind::BFloat16, 2.0),
        (Kind::Float, 4.0),
        (Kind::Double, 8.0),
        (Kind::ComplexFloat, 8.0),
    ] {
        let call = call_intensity([64; 3], kind);
        let got = call.returns(|| INTENSITY(64, 64, 64, kind))?;
        call.expect(&Tensor::from(got), &Tensor::from(128.0 / 3.0 / bytes))
            .check()
            .map_err(|failure| failure.because(ALWAYS_FLOAT))?;
    }

    // (2⁶⁴ − 1)³ has 192 bits.
    let call = call_intensity([u64::MAX; 3], Kind::Half);
    let got = call.returns(|| INTENSITY(u64::MAX, u64::MAX, u64::MAX, Kind::Half)).map_err(too_large)?;
    call.expect(&Tensor::from(got), &Tensor::from(2_f64.powi(64) / 3.0)).check()?;

    for sizes in [[0, 0, 0], [0, 3, 0], [2, 0, 3], [0, 0, 5], [4, 3, 0], [u64::MAX, u64::MAX, 0]] {
        let call = call_intensity(sizes, Kind::Float);
        let [m, k, n] = sizes;
        let got = call.returns(|| INTENSITY(m, k, n, Kind::Float))?;
        call.holds(got == 0.0, &format!("returned {got}, expected 0")).map_err(|failure| {
            failure.because("there are no FLOPs; and where there are no bytes either, 0/0 is NaN.")
        })?;
    }
    Ok(())
}

fn inputs_left_alone(context: &Context) -> Outcome {
    for layout in Layout::ALL {
        let sizes = [[2, 3, 3, 3], [3, 3, 3, 1], [3, 3, 3, 3], [2, 1, 2, 5]];
        for ([m, n, p, q], tracked) in sizes.into_iter().zip([true, false, false, true]) {
            let matrix = |shape| scaled(shape, 1.0, Kind::Float, layout, context);
            let (a, b, c) = (matrix([m, n]), matrix([n, p]).set_requires_grad(tracked), matrix([p, q]));
            let strides = [&a, &b, &c].map(Tensor::stride);
            let call = call_chain(&a, &b, &c);
            let _ = call.succeeds(|| CHAIN3(&a, &b, &c))?;
            call.leaves_inputs_alone()?;
            let same = [&a, &b, &c].map(Tensor::stride) == strides;
            call.holds(same, "changed the strides of an input").map_err(|failure| {
                failure.because("t_ and transpose_ turn the tensor itself: tr() gives a view.")
            })?;
        }
    }
    Ok(())
}

fn refusals(context: &Context) -> Outcome {
    let tensor = |shape: &[i64], kind| {
        let values = (0..shape.iter().product()).map(|flat: i64| 1.5 - 2.0 * flat as f64).collect();
        TensorSpec { shape: shape.to_vec(), kind, values, layout: Layout::Contiguous }
            .tensor(context.device())
    };
    let refused = |[a, b, c]: [&Tensor; 3], refusal, cause: &str| {
        call_chain(a, b, c).refuses(refusal, || CHAIN3(a, b, c)).map_err(|failure| failure.because(cause))
    };
    let inner = "the columns of a have to be as many as the rows of b, those of b as many as the rows of c: compare the \
                 sizes first, also where the product that does not fit comes second.";
    let rank = "matmul takes vectors and batches as well, but chain3 takes matrices: look at dim().";
    let misfits: [([&[i64]; 3], &str); 8] = [
        ([&[2, 3], &[4, 5], &[5, 6]], inner),
        ([&[2, 3], &[3, 4], &[5, 6]], inner),
        ([&[2, 3], &[2, 3], &[2, 3]], inner),
        ([&[1, 1], &[2, 2], &[2, 2]], inner),
        ([&[2], &[2, 3], &[3, 4]], rank),
        ([&[2, 3], &[3, 4], &[4]], rank),
        ([&[2, 2, 3], &[3, 4], &[4, 5]], rank),
        ([&[2, 3], &[], &[3, 4]], rank),
    ];
    for (shapes, cause) in misfits {
        let [a, b, c] = shapes.map(|shape| tensor(shape, Kind::Float));
        refused([&a, &b, &c], Refusal::Shape, cause)?;
    }
    let kinds = "matmul refuses mixed dtypes, with an error of its own: compare the kinds first.";
    let float = |shape: &[i64]| tensor(shape, Kind::Float);
    let double = |shape: &[i64]| tensor(shape, Kind::Double);
    refused([&float(&[2, 3]), &double(&[3, 4]), &float(&[4, 5])], Refusal::Kind, kinds)?;
    refused([&float(&[2, 3]), &float(&[3, 4]), &double(&[4, 5])], Refusal::Kind, kinds)?;
    refused([&double(&[2, 3]), &float(&[3, 4]), &float(&[4, 5])], Refusal::Kind, kinds)
}
