//! Checks of ex21, on random computations in which nodes are used many times over. Three references: derivatives
//! carried forward through the computation from every node in turn, libtorch's own backward pass, and closed
//! forms. The laws: a pass can be repeated, and the adjoints of u + v are the sums of those of u and of v.

use harness::inputs::elements;
use harness::prelude::*;

use ex21::{ForeignId, Id, Tape};

harness::exercise!(ex21, suite);

// The signatures of the contract: another one is a compile error here.
type Binary = fn(&mut Tape, Id, Id) -> Result<Id, ForeignId>;
const LEAF: fn(&mut Tape, f64) -> Id = Tape::leaf;
const ADD: Binary = Tape::add;
const MUL: Binary = Tape::mul;
const SIN: fn(&mut Tape, Id) -> Result<Id, ForeignId> = Tape::sin;
const VALUE: fn(&Tape, Id) -> Result<f64, ForeignId> = Tape::value;
const BACKWARD: fn(&Tape, Id) -> Result<Vec<f64>, ForeignId> = Tape::backward;
const INDEX: fn(Id) -> usize = Id::index;

fn suite(suite: &mut Suite) {
    suite.check("each adjoint is the derivative of the output by that node", 3, derivatives);
    suite.check("value gives the value of any node, and index its place", 1, values_of_nodes);
    suite.check("an operation may take the same node twice: x·x and x + x", 1, same_node_twice);
    suite.check("what the output does not depend on has adjoint 0 and takes no part", 1, independent_nodes);
    suite.check("one backward pass leaves nothing behind for the next", 1, repeated_passes);
    suite.check("60 doublings, with 2⁶⁰ ways to the output, give 2⁶⁰ at once", 1, doublings);
    suite.check("a chain of 50,000 nodes takes neither a deeper stack nor more time a node", 1, long_chain);
    suite.check("a node of another tape is refused, and nothing recorded", 1, foreign_nodes);
}

/// A node of a computation, with the indices of its inputs.
#[derive(Debug, Clone, Copy)]
enum Node {
    Leaf(f64),
    Add(usize, usize),
    Mul(usize, usize),
    Sin(usize),
}
use Node::{Add, Leaf, Mul, Sin};

fn inputs(node: Node) -> Vec<usize> {
    match node {
        Leaf(_) => vec![],
        Add(a, b) | Mul(a, b) => vec![a, b],
        Sin(a) => vec![a],
    }
}

/// The values of all nodes.
fn forward(nodes: &[Node]) -> Vec<f64> {
    let mut values = Vec::new();
    for node in nodes {
        values.push(match *node {
            Leaf(value) => value,
            Add(a, b) => values[a] + values[b],
            Mul(a, b) => values[a] * values[b],
            Sin(a) => f64::sin(values[a]),
        });
    }
    values
}

/// The derivatives of node `out` by all nodes, each carried forward from the one node to the output.
fn by_forward_mode(nodes: &[Node], out: usize) -> Vec<f64> {
    let values = forward(nodes);
    let derivative_by = |start: usize| {
        let mut tangents = vec![0.0; nodes.len()];
        tangents[start] = 1.0;
        for index in start + 1..=out {
            tangents[index] = match nodes[index] {
                Leaf(_) => 0.0,
                Add(a, b) => tangents[a] + tangents[b],
                Mul(a, b) => tangents[a] * values[b] + values[a] * tangents[b],
                Sin(a) => tangents[a] * values[a].cos(),
            };
        }
        if start <= out { tangents[out] } else { 0.0 }
    };
    (0..nodes.len()).map(derivative_by).collect()
}

/// The derivatives of the last node by all nodes, from libtorch.
fn by_libtorch(nodes: &[Node]) -> Vec<f64> {
    let mut tensors: Vec<Tensor> = Vec::new();
    for node in nodes {
        tensors.push(match *node {
            Leaf(value) => Tensor::from(value).set_requires_grad(true),
            Add(a, b) => &tensors[a] + &tensors[b],
            Mul(a, b) => &tensors[a] * &tensors[b],
            Sin(a) => tensors[a].sin(),
        });
    }
    let gradients = Tensor::run_backward(&tensors[tensors.len() - 1..], &tensors, false, false);
    let number = |gradient: &Tensor| if gradient.defined() { gradient.double_value(&[]) } else { 0.0 };
    gradients.iter().map(number).collect()
}

/// Backward passes with a slip in them.
#[derive(Clone, Copy, PartialEq)]
enum Slip {
    Overwritten,
    OwnFactor,
    CosineOfTheSine,
    CosineForgotten,
    FirstToLast,
    /// Right, for the last node.
    SeededAtTheLast,
}

/// The adjoints that a pass with that slip finds for the last node.
fn with_slip(nodes: &[Node], slip: Slip) -> Tensor {
    let (values, out) = (forward(nodes), nodes.len() - 1);
    let mut adjoints = vec![0.0; nodes.len()];
    adjoints[out] = 1.0;
    let order: Vec<usize> =
        if slip == Slip::FirstToLast { (0..=out).collect() } else { (0..=out).rev().collect() };
    for index in order {
        let adjoint = adjoints[index];
        let shares = match (nodes[index], slip) {
            (Leaf(_), _) => vec![],
            (Add(a, b), _) => vec![(a, adjoint), (b, adjoint)],
            (Mul(a, b), Slip::OwnFactor) => vec![(a, adjoint * values[a]), (b, adjoint * values[b])],
            (Mul(a, b), _) => vec![(a, adjoint * values[b]), (b, adjoint * values[a])],
            (Sin(a), Slip::CosineOfTheSine) => vec![(a, adjoint * values[index].cos())],
            (Sin(a), Slip::CosineForgotten) => vec![(a, adjoint)],
            (Sin(a), _) => vec![(a, adjoint * values[a].cos())],
        };
        for (input, share) in shares {
            adjoints[input] = if slip == Slip::Overwritten { share } else { adjoints[input] + share };
        }
    }
    list(&adjoints)
}

fn list(numbers: &[f64]) -> Tensor {
    Tensor::from_slice(numbers)
}

/// `v0 = 1.5, v1 = sin v0, v2 = v0·v1`.
fn shown(nodes: &[Node]) -> String {
    let node = |(index, node): (usize, &Node)| match *node {
        Leaf(value) => format!("v{index} = {value}"),
        Add(a, b) => format!("v{index} = v{a} + v{b}"),
        Mul(a, b) => format!("v{index} = v{a}·v{b}"),
        Sin(a) => format!("v{index} = sin v{a}"),
    };
    nodes.iter().enumerate().map(node).collect::<Vec<_>>().join(", ")
}

/// A tape that has recorded `nodes`, with the Id of each.
fn record(nodes: &[Node]) -> Result<(Tape, Vec<Id>), Failure> {
    let call = Call::new("a tape").formula("that records", &shown(nodes));
    accepted(&call, || {
        let (mut tape, mut ids) = (Tape::default(), Vec::with_capacity(nodes.len()));
        for node in nodes {
            ids.push(match *node {
                Leaf(value) => LEAF(&mut tape, value),
                Add(a, b) => ADD(&mut tape, ids[a], ids[b])?,
                Mul(a, b) => MUL(&mut tape, ids[a], ids[b])?,
                Sin(a) => SIN(&mut tape, ids[a])?,
            });
        }
        Ok((tape, ids))
    })
}

/// The value of a function that was only given nodes of its own tape.
fn accepted<T>(call: &Call, body: impl FnOnce() -> Result<T, ForeignId>) -> Result<T, Failure> {
    call.returns(body)?.map_err(|ForeignId| call.fails("returned Err(ForeignId) for a node of its own tape"))
}

fn call_backward(nodes: &[Node], out: usize) -> Call {
    Call::new("backward").formula("tape", &shown(nodes)).formula("out", &format!("v{out}"))
}

/// The adjoints that a fresh tape finds, one for each node.
fn backward(nodes: &[Node], out: usize) -> Result<(Call, Vec<f64>), Failure> {
    let (tape, ids) = record(nodes)?;
    let call = call_backward(nodes, out);
    let adjoints = accepted(&call, || BACKWARD(&tape, ids[out]))?;
    one_for_each_node(&call, &adjoints, nodes.len())?;
    // By their own index, should a tape count otherwise.
    let in_order = ids.iter().map(|&id| adjoints.get(INDEX(id)).copied().unwrap_or(f64::NAN));
    let in_order = in_order.collect();
    Ok((call, in_order))
}

fn one_for_each_node(call: &Call, adjoints: &[f64], nodes: usize) -> Outcome {
    call.holds(adjoints.len() == nodes, &format!("returned {} adjoints for {nodes} nodes", adjoints.len()))
}

/// Computations whose last node is an operation, no operation taking the same node twice. Leaves and operations
/// may be unused.
fn computations() -> impl Strategy<Value = Vec<Node>> {
    // Leaves do not shrink: near 0, where cos is 1, one slip looks like another.
    let leaf = (1_i32..=6, any::<bool>())
        .prop_map(|(quarters, minus)| f64::from(if minus { -quarters } else { quarters }) / 4.0);
    let leaf = leaf.no_shrink().boxed();
    let leaves = (vec![leaf; 3], 1..=3_usize);
    let operations = (vec![(0..3_u8, 0..2_usize, 0..16_usize); 9], 1..=9_usize);
    (leaves, operations).prop_map(|((leaves, inputs), (operations, later))| {
        let mut nodes: Vec<Node> = leaves.into_iter().take(inputs).map(Leaf).collect();
        for (operation, back, pick) in operations.into_iter().take(later) {
            // One of the latest two, so that computations become deep, with any other.
            let last = nodes.len() - 1;
            let a = last - back.min(last);
            let b = if last == 0 { a } else { (a + 1 + pick % last) % (last + 1) };
            nodes.push(match operation {
                0 if a != b => Add(a, b),
                1 if a != b => Mul(a, b),
                _ => Sin(a),
            });
            // Nothing grows so large that rounding shows.
            if forward(&nodes)[last + 1].abs() > 4.0 {
                nodes[last + 1] = Sin(a);
            }
        }
        nodes
    })
}

fn derivatives(context: &Context) -> Outcome {
    context.for_all(computations(), |nodes| {
        let out = nodes.len() - 1;
        let (call, got) = backward(&nodes, out)?;
        let got = list(&got);
        let wrong = |slip| {
            let nodes = &nodes;
            move || with_slip(nodes, slip)
        };
        call.expect(&got, &list(&by_forward_mode(&nodes, out)))
            .named("the list of adjoints")
            .slip(OVERWRITTEN, wrong(Slip::Overwritten))
            .slip("in a product each factor gets its share times the other factor.", wrong(Slip::OwnFactor))
            .slip(
                "the derivative of sin a is cos a, the cosine of the input and not of the value.",
                wrong(Slip::CosineOfTheSine),
            )
            .slip(
                "the derivative of sin a is cos a: the share has that factor.",
                wrong(Slip::CosineForgotten),
            )
            .slip(
                "a node gives before it has received: go through the tape from the output to the beginning.",
                wrong(Slip::FirstToLast),
            )
            .check()?;
        call.expect(&got, &list(&by_libtorch(&nodes))).named("the list of adjoints, by libtorch,").check()
    })?;

    // The primer's f(x, y) = x²y + sin(xy) at (1, π).
    let nodes = [Leaf(1.0), Leaf(std::f64::consts::PI), Mul(0, 1), Mul(2, 0), Sin(2), Add(3, 4)];
    let (call, got) = backward(&nodes, 5)?;
    context.matches_fixture("primer_exercise_3", &call, &list(&got), &[])
}

const OVERWRITTEN: &str = "a share has taken the place of an earlier one: a node that is used more than once gets the sum \
                           (+=) of its shares.";

fn values_of_nodes(context: &Context) -> Outcome {
    context.for_all(computations(), |nodes| {
        let (tape, ids) = record(&nodes)?;
        let call = Call::new("value").formula("tape", &shown(&nodes)).formula("id", "v0, v1, …");
        let got: Vec<f64> = accepted(&call, || ids.iter().map(|&id| VALUE(&tape, id)).collect())?;
        call.expect(&list(&got), &list(&forward(&nodes))).named("the list of values").check()?;
        let indices: Vec<usize> = ids.iter().map(|&id| INDEX(id)).collect();
        let in_order = indices.iter().copied().eq(0..nodes.len());
        call.holds(in_order, &format!("the nodes have the indices {indices:?}, expected 0, 1, 2, …"))
    })
}

fn same_node_twice(context: &Context) -> Outcome {
    context.for_all(elements::quarters(), |x| {
        // x² + x, doubled, and squared: g = (2x² + 2x)².
        let nodes = [Leaf(x), Mul(0, 0), Add(1, 0), Add(2, 2), Mul(3, 3)];
        let (call, got) = backward(&nodes, 4)?;
        let doubled = 2.0 * x * x + 2.0 * x;
        let expected = [2.0 * doubled * (4.0 * x + 2.0), 4.0 * doubled, 4.0 * doubled, 2.0 * doubled, 1.0];
        call.expect(&list(&got), &list(&expected))
            .named("the list of adjoints")
            .slip(OVERWRITTEN, || with_slip(&nodes, Slip::Overwritten))
            .slip("x·x gives x two shares, one for each factor, and x + x does as well.", || {
                list(&[doubled * (x + 1.0), doubled, doubled, doubled, 1.0])
            })
            .check()
    })
}

fn independent_nodes(context: &Context) -> Outcome {
    context.for_all((computations(), 0..16_usize), |(nodes, back)| {
        let out = nodes.len() - 1 - back % nodes.len();
        let mut needed = vec![false; nodes.len()];
        needed[out] = true;
        for index in (0..=out).rev() {
            if needed[index] {
                inputs(nodes[index]).into_iter().for_each(|input| needed[input] = true);
            }
        }
        let (call, got) = backward(&nodes, out)?;
        // What the adjoints of the others are, another check asks.
        let expected: Vec<f64> = (0..nodes.len())
            .map(|index| {
                if index == out {
                    1.0
                } else if needed[index] {
                    got[index]
                } else {
                    0.0
                }
            })
            .collect();
        call.expect(&list(&got), &list(&expected))
            .named("the list of adjoints")
            .slip("the pass began at the last node on the tape: it begins at out.", || {
                with_slip(&nodes, Slip::SeededAtTheLast)
            })
            .check()
    })?;

    // x times infinity has been computed, and is not used.
    let nodes = [Leaf(0.75), Leaf(f64::INFINITY), Mul(0, 1), Sin(2), Leaf(-2.0), Add(0, 4)];
    let (call, got) = backward(&nodes, 5)?;
    call.expect(&list(&got), &list(&[1.0, 0.0, 0.0, 0.0, 1.0, 1.0]))
        .named("the list of adjoints")
        .check()
        .map_err(|failure| {
            failure.because(
                "the infinite nodes have nothing to do with out. An adjoint of 0 times infinity is NaN: pass a node by if \
                 no share has reached it.",
            )
        })?;

    // What the output does depend on takes part, NaN or not.
    let nodes = [Leaf(0.75), Leaf(f64::NAN), Mul(0, 1)];
    let (call, got) = backward(&nodes, 2)?;
    call.expect(&list(&got), &list(&[f64::NAN, 0.75, 1.0])).named("the list of adjoints").check()
}

fn repeated_passes(context: &Context) -> Outcome {
    context.for_all((computations(), 0..16_usize), |(mut nodes, pick)| {
        let (u, v) = (nodes.len() - 1, pick % (nodes.len() - 1));
        nodes.push(Add(u, v));
        let (tape, ids) = record(&nodes)?;
        let (call_of_u, call_of_v) = (call_backward(&nodes, u), call_backward(&nodes, v));
        let of_u = accepted(&call_of_u, || BACKWARD(&tape, ids[u]))?;
        let of_v = accepted(&call_of_v, || BACKWARD(&tape, ids[v]))?;
        let call = call_backward(&nodes, u).value("call number", 3);
        let again = accepted(&call, || BACKWARD(&tape, ids[u]))?;
        call.expect(&list(&again), &list(&of_u))
            .named("the list of adjoints, which the first pass found already,")
            .within(Tolerance::EXACT)
            .check()
            .map_err(|failure| failure.because(KEPT))?;
        // The adjoints are linear in the output.
        let call = call_backward(&nodes, u + 1).value("call number", 4);
        let of_sum = accepted(&call, || BACKWARD(&tape, ids[u + 1]))?;
        let mut expected: Vec<f64> = of_u.iter().zip(&of_v).map(|(u, v)| u + v).collect();
        expected[u + 1] = 1.0;
        call.expect(&list(&of_sum), &list(&expected))
            .named(&format!("the list of adjoints, which is the sum of those of v{u} and v{v},"))
            .check()
    })?;

    // A tape goes on after a pass: x·y at (2, 3), and then times x.
    let mut nodes = vec![Leaf(2.0), Leaf(3.0), Mul(0, 1)];
    let (mut tape, ids) = record(&nodes)?;
    let call = call_backward(&nodes, 2);
    accepted(&call, || BACKWARD(&tape, ids[2]))?;
    nodes.push(Mul(2, 0));
    let call = Call::new("mul").formula("tape", &shown(&nodes[..3])).formula("a", "v2").formula("b", "v0");
    let last = accepted(&call, || MUL(&mut tape, ids[2], ids[0]))?;
    for (out, id, expected) in [(2, ids[2], [3.0, 2.0, 1.0, 0.0]), (3, last, [12.0, 4.0, 2.0, 1.0])] {
        let call = call_backward(&nodes, out).formula("before", "a pass, when v3 was not recorded yet");
        let got = accepted(&call, || BACKWARD(&tape, id))?;
        one_for_each_node(&call, &got, 4)
            .and_then(|()| call.expect(&list(&got), &list(&expected)).named("the list of adjoints").check())
            .map_err(|failure| failure.because(KEPT_SIZE))?;
    }
    Ok(())
}

const KEPT_SIZE: &str = "the tape has grown since an earlier pass: what a pass needs is made anew for each, as long as \
                         the tape is then.";

const KEPT: &str = "adjoints of an earlier pass are still there. PyTorch adds gradients up at its leaves; here every pass \
                    begins with zeros.";

fn doublings(_: &Context) -> Outcome {
    // t = v·1, v = v + t: the two inputs of a sum are different nodes.
    let mut nodes = vec![Leaf(0.75), Leaf(1.0)];
    let mut latest = 0;
    for _ in 0..60 {
        nodes.push(Mul(latest, 1));
        nodes.push(Add(latest, nodes.len() - 1));
        latest = nodes.len() - 1;
    }
    let (tape, ids) = record(&nodes)?;
    let call =
        Call::new("backward").formula("tape", "x, and 60 times t = v·1, v = v + t").formula("out", "v");
    let adjoints = accepted(&call, || BACKWARD(&tape, ids[latest]))?;
    one_for_each_node(&call, &adjoints, nodes.len())?;
    let expected = 2_f64.powi(60);
    call.expect(&Tensor::from(adjoints[0]), &Tensor::from(expected))
        .named("the adjoint of x, which is 2⁶⁰,")
        .within(Tolerance::EXACT)
        .check()
}

fn long_chain(_: &Context) -> Outcome {
    // Spelt out as in every other check, the computation would fill pages.
    let call = Call::new("backward")
        .formula("tape", "x, v = 0.5, and 50,000 times v = v + x")
        .formula("out", "the last v");
    let run = || {
        let mut tape = Tape::default();
        let (x, mut v) = (LEAF(&mut tape, 0.75), LEAF(&mut tape, 0.5));
        for _ in 0..CHAIN {
            v = ADD(&mut tape, v, x)?;
        }
        BACKWARD(&tape, v)
    };
    // The stack is small, as a loop needs next to none: nobody has to wait for a large one to be full.
    let adjoints = accepted(&call, || harness::on_stack_of(256 << 10, run))?;
    one_for_each_node(&call, &adjoints, 2 + CHAIN)?;
    // An integer far below 2⁵³, so exact in any order.
    call.expect(&Tensor::from(adjoints[0]), &Tensor::from(CHAIN as f64))
        .named("the adjoint of x")
        .within(Tolerance::EXACT)
        .check()
}

const CHAIN: usize = 50_000;

fn foreign_nodes(_: &Context) -> Outcome {
    let (mut tape, own) = record(&[Leaf(1.5), Leaf(-2.0), Mul(0, 1)])?;
    // Fewer nodes than on the tape, as many, and more: an index alone says nothing.
    for others in [1, 3, 5] {
        let (_other, ids) = record(&vec![Leaf(0.25); others])?;
        let foreign = ids[others - 1];
        let there = format!("v{} of another tape", others - 1);
        let call = |function: &str| {
            Call::new(function)
                .formula("tape", "v0 = 1.5, v1 = -2, v2 = v0·v1")
                .formula(if function == "backward" { "out" } else { "id" }, &there)
        };
        let operands = |function: &str, a: &str, b: &str| {
            let tape = "v0 = 1.5, v1 = -2, v2 = v0·v1";
            Call::new(function).formula("tape", tape).formula("a", a).formula("b", b)
        };
        refused(&operands("add", "v0", &there), || ADD(&mut tape, own[0], foreign))?;
        refused(&operands("add", &there, "v1"), || ADD(&mut tape, foreign, own[1]))?;
        refused(&operands("add", &there, &there), || ADD(&mut tape, foreign, foreign))?;
        refused(&operands("mul", "v0", &there), || MUL(&mut tape, own[0], foreign))?;
        refused(&operands("mul", &there, "v1"), || MUL(&mut tape, foreign, own[1]))?;
        refused(&operands("mul", &there, &there), || MUL(&mut tape, foreign, foreign))?;
        refused(&call("sin"), || SIN(&mut tape, foreign))?;
        refused(&call("value"), || VALUE(&tape, foreign))?;
        refused(&call("backward"), || BACKWARD(&tape, foreign))?;
    }
    let call =
        Call::new("leaf").formula("tape", "3 nodes, and operations that were refused").value("value", 1.0);
    let next = call.returns(|| LEAF(&mut tape, 1.0))?;
    call.holds(INDEX(next) == 3, &format!("the new node has index {}, expected 3", INDEX(next)))
        .map_err(|failure| failure.because("what is refused is not recorded: look at both inputs first."))
}

fn refused<T>(call: &Call, body: impl FnOnce() -> Result<T, ForeignId>) -> Outcome {
    let cause = "an index says where on a tape, not on which one: compare the number of the tape as well, and before \
                 the index is used.";
    match call.returns(body) {
        Ok(Err(ForeignId)) => Ok(()),
        Ok(Ok(_)) => Err(call.fails("returned a value, expected Err(ForeignId)").because(cause)),
        Err(failure) => Err(failure.because(cause)),
    }
}
