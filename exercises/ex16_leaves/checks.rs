//! Checks of ex16. The references are plain arithmetic, and for roles a walk through the operations by the
//! rules of the lesson. The laws: the gradient of ½‖w‖² is w wherever w is a leaf; the difference quotient of
//! a quadratic function is its derivative, whatever the step; scaling w by c > 0 does not change w/‖w‖.

use ex16::Role;
use harness::inputs::{elements, tensors, values};
use harness::prelude::*;

harness::exercise!(ex16, suite);

// The signatures of the contract: another one is a compile error here.
const POLY: fn(f64) -> (f64, f64) = ex16::poly;
type MakesLeaf = fn(&Tensor) -> R<Tensor>;
const ROLE: fn(&Tensor) -> Role = ex16::role;
const TRACK: MakesLeaf = ex16::track;
const UNIT_LEAF: MakesLeaf = ex16::unit_leaf;
const CLIP_NEGATIVES: fn(&mut Tensor) = ex16::clip_negatives;

const KINDS: [Kind; 2] = [Kind::Float, Kind::Double];
/// Those that can be tracked. Of quarters every one of them is exact.
const FLOATING: [Kind; 4] = [Kind::Float, Kind::Double, Kind::Half, Kind::BFloat16];

fn suite(suite: &mut Suite) {
    suite.check("poly gives x² + 3x + 1 and its derivative", 1, polynomial);
    suite.check("role tells constants, leaves and interior tensors apart", 2, roles);
    suite.check("track makes a leaf, which receives the gradient", 2, tracked);
    suite.check("unit_leaf scales to norm 1 before tracking begins", 2, unit_norm);
    suite.check("clip_negatives writes in place and leaves a leaf a leaf", 1, clipped);
    suite.check("track and unit_leaf share nothing with the tensor they are given", 1, apart);
    suite.check("integers and unusable norms are refused", 1, refusals);
}

fn pair((value, derivative): (f64, f64)) -> Tensor {
    Tensor::from_slice(&[value, derivative])
}

fn polynomial(context: &Context) -> Outcome {
    let call = Call::new("poly").value("x", 2.0);
    let got = call.returns(|| POLY(2.0))?;
    let slips: [(&str, &dyn Fn() -> Tensor); 2] = [
        ("the derivative comes second.", &|| pair((7.0, 11.0))),
        ("the derivative of the term 3x is 3: it is missing.", &|| pair((11.0, 4.0))),
    ];
    context.matches_fixture("poly_at_2", &call, &pair(got), &slips)?;

    // Sevenths, which float32 does not hold: 7 digits are not enough.
    let twelve_digits = Tolerance { relative: 1e-12, absolute: 1e-12 };
    context.for_all((-70_i32..=70).prop_map(|x| f64::from(x) / 7.0), |x| {
        let call = Call::new("poly").value("x", x);
        let got = call.returns(|| POLY(x))?;
        call.expect(&pair(got), &pair((x * x + 3.0 * x + 1.0, 2.0 * x + 3.0)))
            .named("(y, dy/dx)")
            .within(twelve_digits)
            .check()
    })?;
    for x in [-1.5, 0.0, 3.25] {
        let at = |x: f64| Call::new("poly").value("x", x).returns(|| POLY(x));
        let (left, middle, right) = (at(x - 0.5)?, at(x)?, at(x + 0.5)?);
        Call::new("poly")
            .value("x", x)
            .expect(&Tensor::from(middle.1), &Tensor::from(right.0 - left.0))
            .named("dy/dx, which should be y(x + ½) − y(x − ½),")
            .within(twelve_digits)
            .check()?;
    }
    Ok(())
}

/// What is done to a tensor, and what that makes of its role.
#[derive(Debug, Clone, Copy)]
enum Operation {
    SetRequiresGrad,
    Double,
    AddConstant,
    View,
    CopyData,
    Detach,
    DoubleInNoGrad,
}

use Operation::{AddConstant, CopyData, Detach, Double, DoubleInNoGrad, SetRequiresGrad, View};

impl Operation {
    fn text(self) -> &'static str {
        match self {
            SetRequiresGrad => "t.set_requires_grad(true)",
            Double => "t * 2",
            AddConstant => "t + a constant",
            View => "t.narrow(0, 0, 1)",
            CopyData => "t.copy()",
            Detach => "t.detach()",
            DoubleInNoGrad => "no_grad(|| t * 2)",
        }
    }

    fn of(self, t: &Tensor) -> Tensor {
        match self {
            SetRequiresGrad => t.set_requires_grad(true),
            Double => t * 2.0,
            AddConstant => t + t.ones_like(),
            View => t.narrow(0, 0, 1),
            CopyData => t.copy(),
            Detach => t.detach(),
            DoubleInNoGrad => tch::no_grad(|| t * 2.0),
        }
    }

    fn role(self, before: Role) -> Role {
        match (self, before) {
            (SetRequiresGrad, Role::Constant) => Role::Leaf,
            (SetRequiresGrad, tracked) => tracked,
            (Detach | DoubleInNoGrad, _) | (_, Role::Constant) => Role::Constant,
            _ => Role::Interior,
        }
    }
}

/// A learner's own type is compared by what it is, not by its `==`, which is the learner's, too.
fn name(role: Role) -> &'static str {
    match role {
        Role::Constant => "Constant",
        Role::Leaf => "Leaf",
        Role::Interior => "Interior",
    }
}

fn roles(context: &Context) -> Outcome {
    let all = [SetRequiresGrad, Double, Detach, DoubleInNoGrad, AddConstant, View, CopyData];
    let has_its_role = |operations: &[Operation]| {
        let start = Tensor::from_slice(&[1.5, -2.0]).to_device(context.device());
        let t = operations.iter().fold(start, |t, operation| operation.of(&t));
        let expected = operations.iter().fold(Role::Constant, |role, operation| operation.role(role));

        let steps: Vec<&str> = operations.iter().map(|operation| operation.text()).collect();
        let made = if steps.is_empty() {
            "[1.5, -2]".to_owned()
        } else {
            format!("[1.5, -2], then {}", steps.join(", then "))
        };
        let call = Call::new("role").formula("t", &made);
        let got = call.returns(|| ROLE(&t))?;
        call.equals(&name(got), &name(expected), &[]).map_err(|failure| {
            match (got, expected) {
                (Role::Leaf, Role::Constant) => failure.because(
                    "is_leaf() is true of constants, too: a leaf of the graph is also tracked, requires_grad().",
                ),
                (Role::Leaf, Role::Interior) => failure.because(
                    "requires_grad() is true of everything that is computed from a leaf: is_leaf() tells them apart.",
                ),
                _ => failure,
            }
        })
    };
    // Every history of up to two steps, of which each role has several.
    has_its_role(&[])?;
    for first in all {
        has_its_role(&[first])?;
        for second in all {
            has_its_role(&[first, second])?;
        }
    }
    let operations = select(all.to_vec());
    let four = [operations.clone(), operations.clone(), operations.clone(), operations];
    context.for_all((3_usize..=4, four), |(length, operations)| has_its_role(&operations[..length]))
}

/// Tensors of ranks 0 to 2 with different entries.
fn any_shape(smallest: i64, kinds: &[Kind]) -> BoxedStrategy<TensorSpec> {
    let sized = |sizes: &[i64]| {
        let sizes: Vec<_> = sizes.iter().map(|&largest| smallest..=largest).collect();
        tensors(&sizes, kinds, elements::quarters().no_shrink().boxed())
    };
    prop_oneof![1 => sized(&[]), 2 => sized(&[4]), 4 => sized(&[3, 4])].boxed()
}

/// Checks that `got` is a tracked leaf.
fn is_leaf(call: &Call, got: &Tensor) -> Outcome {
    call.holds(got.requires_grad(), "the result is a constant, expected a tracked leaf")
        .map_err(|failure| failure.because("nothing switched tracking on: set_requires_grad(true)."))?;
    call.holds(got.is_leaf(), "the result is interior, expected a leaf").map_err(|failure| {
        failure.because(
            "it was computed from a tracked tensor, and that is recorded; copy() is recorded, too. detach() first, \
             compute, and switch tracking on last.",
        )
    })
}

/// Checks the law ∇½‖w‖² = w at the leaf `w`.
fn receives_gradient(call: &Call, w: &Tensor) -> Outcome {
    let expected = w.detach().copy();
    (w.square().sum(None::<Kind>) * 0.5).backward();
    call.expect(&w.grad(), &expected).named("the gradient of ½‖w‖² at the result w").check()
}

fn tracked(context: &Context) -> Outcome {
    context.for_all((any_shape(0, &FLOATING), any::<bool>()), |(spec, already)| {
        let t = spec.tensor(context.device()).set_requires_grad(already);
        let call = Call::new("track").tensor("t", &t);
        let expected = contiguous(&t, values(&t));
        let got = call.succeeds(|| TRACK(&t))?;
        call.expect(&got, &expected).within(Tolerance::EXACT).check()?;
        is_leaf(&call, &got)?;
        receives_gradient(&call, &got)
    })
}

/// `numbers` with the shape, dtype and device of `tensor`.
fn contiguous(tensor: &Tensor, numbers: Vec<f64>) -> Tensor {
    let (shape, kind, layout) = (tensor.size(), tensor.kind(), Layout::Contiguous);
    TensorSpec { shape, kind, values: numbers, layout }.tensor(tensor.device())
}

fn norm(numbers: &[f64]) -> f64 {
    numbers.iter().map(|number| number * number).sum::<f64>().sqrt()
}

fn unit_norm(context: &Context) -> Outcome {
    // 3, 4, 12 and 13: the square root is exact, and so is every quotient up to one rounding.
    let w = Tensor::from_slice(&[3.0, -4.0, 0.0, 12.0]).reshape([2, 2]).to_device(context.device());
    let (before, call) = (w.copy(), Call::new("unit_leaf").tensor("w", &w));
    let got = call.succeeds(|| UNIT_LEAF(&w))?;
    let slips: [(&str, &dyn Fn() -> Tensor); 4] = [
        ("this divides by the sum of the squares: the norm is its square root.", &|| &before / 169.0),
        ("this divides by the sum of the absolute values; the norm is √Σwᵢ².", &|| &before / 19.0),
        ("this divides by the largest absolute value; the norm is √Σwᵢ².", &|| &before / 12.0),
        ("each row was scaled by its own norm: all entries of w share one.", &|| {
            &before / before.square().sum_dim_intlist(1, true, None).sqrt()
        }),
    ];
    context.matches_fixture("unit_leaf_13", &call, &got.detach(), &slips)?;
    // In 16 bits, where even the sum of the squares, 169, is exact.
    for kind in [Kind::Half, Kind::BFloat16] {
        let w = before.to_kind(kind);
        let call = Call::new("unit_leaf").tensor("w", &w);
        let expected = (&before / 13.0).to_kind(kind);
        let got = call.succeeds(|| UNIT_LEAF(&w))?;
        call.expect(&got, &expected).check()?;
    }

    let inputs = any_shape(1, &KINDS)
        .prop_filter("the norm is not 0", |spec| norm(&values(&spec.tensor(tch::Device::Cpu))) > 0.0);
    context.for_all((inputs, any::<bool>(), select(vec![0.5, 3.0, 64.0])), |(spec, already, c)| {
        let tensor = || spec.tensor(context.device());
        let w = tensor().set_requires_grad(already);
        let call = Call::new("unit_leaf").tensor("w", &w);
        let numbers = values(&w);
        let length = norm(&numbers);
        let expected = contiguous(&w, numbers.iter().map(|number| number / length).collect());
        let got = call.succeeds(|| UNIT_LEAF(&w))?;
        call.expect(&got, &expected).within(all_digits(spec.kind)).check()?;
        is_leaf(&call, &got)?;
        receives_gradient(&call, &got)?;

        let w = tensor() * c;
        let call = Call::new("unit_leaf").tensor("w", &w);
        let got = call.succeeds(|| UNIT_LEAF(&w))?;
        call.expect(&got, &expected)
            .named(&format!("the result, which should be that of w/{c},"))
            .within(all_digits(spec.kind))
            .check()
    })?;

    // Sevenths, which float32 does not hold; and a w that is small, but not 0, whose squares float32 does hold.
    for (numbers, kind) in [
        ([3.0 / 7.0, 4.0 / 7.0], Kind::Double),
        ([3e-16, 4e-16], Kind::Double),
        ([3e-16, 4e-16], Kind::Float),
    ] {
        let w = Tensor::from_slice(&numbers).to_kind(kind).to_device(context.device());
        let call = Call::new("unit_leaf").tensor("w", &w);
        let expected = contiguous(&w, vec![0.6, 0.8]);
        let got = call.succeeds(|| UNIT_LEAF(&w)).map_err(|failure| {
            failure.because("a small norm is no norm of 0: w/‖w‖ does not depend on how large w is.")
        })?;
        call.expect(&got, &expected)
            .within(all_digits(kind))
            .slip("this went through float32, of 7 digits: w is float64, which has 15.", || {
                expected.to_kind(Kind::Float).to_kind(kind)
            })
            .check()?;
    }
    Ok(())
}

/// How far a quotient may be off: the usual tolerance of float64 would accept the 7 digits of float32.
fn all_digits(kind: Kind) -> Tolerance {
    match kind {
        Kind::Double => Tolerance { relative: 1e-12, absolute: 1e-12 },
        kind => Tolerance::of(kind),
    }
}

fn clipped(context: &Context) -> Outcome {
    context.for_all((any_shape(0, &FLOATING), any::<bool>()), |(spec, tracked)| {
        // Nothing can be written entry by entry where one number in memory is many entries.
        let spec = if spec.layout == Layout::Expanded { spec.in_layout(Layout::Contiguous) } else { spec };
        let mut w = spec.tensor(context.device()).set_requires_grad(tracked);
        let expected = contiguous(&w, values(&w).into_iter().map(|number| number.max(0.0)).collect());
        let (address, before) = (w.data_ptr(), w.detach().copy());
        let call = Call::new("clip_negatives").tensor("w", &w);
        call.returns(|| CLIP_NEGATIVES(&mut w))?;
        call.expect(&w, &expected)
            .named("w after the call")
            .within(Tolerance::EXACT)
            .slip("w came back as it was: clamp_min makes a new tensor, clamp_min_ writes into w.", || {
                before.copy()
            })
            .check()?;
        let replaced = "w itself was replaced by a new tensor (*w = …): write into it, inside tch::no_grad.";
        let same = w.data_ptr() == address;
        call.holds(same, "w has other storage than before").map_err(|failure| failure.because(replaced))?;
        if !tracked {
            return call.holds(!w.requires_grad(), "w is tracked now, it was a constant");
        }
        call.holds(w.requires_grad(), "w is not tracked any more, it was a leaf").map_err(|failure| {
            failure.because("tracking was switched off to write and not on again, or the leaf was replaced.")
        })?;
        call.holds(w.is_leaf(), "w is interior now, it was a leaf")
            .map_err(|failure| failure.because(replaced))?;
        receives_gradient(&call, &w)
    })?;

    // What is no ordinary number: −∞ is negative, NaN is not.
    let numbers = [f64::NEG_INFINITY, -1.5, f64::NAN, f64::INFINITY];
    let mut w = Tensor::from_slice(&numbers).to_device(context.device());
    let call = Call::new("clip_negatives").tensor("w", &w);
    call.returns(|| CLIP_NEGATIVES(&mut w))?;
    let expected = contiguous(&w, vec![0.0, 0.0, f64::NAN, f64::INFINITY]);
    call.expect(&w, &expected)
        .named("w after the call")
        .slip("−∞ was multiplied by 0 or added to ∞, which is NaN: set negative entries to 0.", || {
            contiguous(&w, vec![f64::NAN, 0.0, f64::NAN, f64::INFINITY])
        })
        .slip("what is not larger than 0 was set to 0, and so was NaN: it is not negative, either.", || {
            contiguous(&w, vec![0.0, 0.0, 0.0, f64::INFINITY])
        })
        .check()
}

fn apart(context: &Context) -> Outcome {
    let functions: [(&str, &str, MakesLeaf); 2] = [("track", "t", TRACK), ("unit_leaf", "w", UNIT_LEAF)];
    // Of norm 1, so that a division by it changes nothing.
    let unit = [0.6, 0.0, -0.8, 0.0];
    for (function, name, body) in functions {
        for layout in Layout::ALL {
            for (numbers, tracked) in [([1.5, -2.0, 4.0, 0.25], false), (unit, false), (unit, true)] {
                let spec =
                    TensorSpec { shape: vec![2, 2], kind: Kind::Double, values: numbers.to_vec(), layout };
                let origin = spec.tensor(context.device()).set_requires_grad(tracked);
                // An interior tensor of the same values, so that what flows upstream is seen at `origin`.
                let input = if tracked { origin.alias() } else { origin.shallow_clone() };
                let call = Call::new(function).tensor(name, &input);
                let got = call.succeeds(|| body(&input))?;
                call.leaves_inputs_alone()?;
                call.holds(got.data_ptr() != input.data_ptr(), "the result shares storage with its input").map_err(
                    |failure| {
                        failure.because(
                            "detach, shallow_clone, and where nothing changes contiguous, reshape, to_kind share \
                             storage: copy() has its own.",
                        )
                    },
                )?;
                if got.requires_grad() {
                    got.sum(None::<Kind>).backward();
                    call.holds(
                        !origin.grad().defined(),
                        &format!("a gradient flowed through the result back to {name}"),
                    )
                    .map_err(|failure| failure.because("copy() is recorded: detach() comes first."))?;
                }
            }
        }
    }
    Ok(())
}

fn refusals(context: &Context) -> Outcome {
    let tensor =
        |numbers: &[f64], kind| Tensor::from_slice(numbers).to_kind(kind).to_device(context.device());
    for kind in [Kind::Int64, Kind::Uint8, Kind::Bool] {
        let t = tensor(&[1.0, 0.0, 3.0], kind);
        Call::new("track").tensor("t", &t).refuses(Refusal::Kind, || TRACK(&t))?;
        Call::new("unit_leaf").tensor("w", &t).refuses(Refusal::Kind, || UNIT_LEAF(&t))?;
    }
    for kind in KINDS {
        let unusable: [(&[f64], &str); 4] = [
            (&[0.0, 0.0], "0/0 is NaN: look at the norm before you divide by it."),
            (&[], "the norm of no entries is 0."),
            (
                &[1.5, f64::NAN],
                "NaN compares false with every number: norm <= 0.0 does not catch it, !(norm > 0.0) does.",
            ),
            (&[1.5, f64::INFINITY], "∞/∞ is NaN: the norm has to be finite, too."),
        ];
        for (numbers, cause) in unusable {
            let w = tensor(numbers, kind);
            let call = Call::new("unit_leaf").tensor("w", &w);
            call.refuses(Refusal::Convert, || UNIT_LEAF(&w)).map_err(|failure| failure.because(cause))?;
        }
    }
    Ok(())
}
