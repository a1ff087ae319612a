//! Checks of ex03: gradients by autograd, at a point and of any function.
//!
//! Nearly every comparison is to 12 digits: float64 all the way gives 15, while the usual tolerance of float64
//! (1e-7) would accept what float32 gives (6e-8 off).

use std::cell::{Cell, RefCell};
use std::f64::consts::PI;

use harness::compare;
use harness::prelude::*;

harness::exercise!(ex03, suite);

type Scalar<'a> = &'a dyn Fn(&Tensor, &Tensor) -> Tensor;
type Gradient = (f64, f64);

// The signatures of the contract: another one is a compile error here.
const COMPUTE_GRADIENT: fn() -> Gradient = ex03::compute_gradient;
const GRADIENT_AT: fn(f64, f64) -> Gradient = ex03::gradient_at;
const GRADIENT_OF: fn(Scalar, f64, f64) -> R<Gradient> = ex03::gradient_of;

const TWELVE_DIGITS: Tolerance = Tolerance { relative: 1e-12, absolute: 1e-12 };

/// What float32 and difference quotients reach.
const SEVEN_DIGITS: Tolerance = Tolerance { relative: 1e-4, absolute: 1e-5 };

const NEARLY: &str = "this is nearly right: somewhere a number is float32 (7 digits), rounded, or approximated by \
                      differences. Tensor::from(x) of an f64 is float64, and std::f64::consts::PI has all its digits.";
const SWAPPED: &str = "the two partial derivatives are swapped: ∂f/∂x comes first.";
const DOUBLED: &str = "this gradient is counted twice: backward adds to the gradient that a leaf already has. \
                       Make new leaves, or call backward once.";
const UNDEFINED: &str = "grad() of a leaf that the value does not depend on is an undefined tensor, and \
                         reading it panics: ask defined() first. The partial derivative is 0.";
const NO_GRAPH: &str = "the value depends on no tracked tensor, so there is no graph to go back through: ask \
                        requires_grad() of it before the backward pass. The gradient is (0, 0).";

fn suite(suite: &mut Suite) {
    suite.check("the gradient of x²y + sin(xy) at (1, π) is (π, 0) to 12 digits", 2, at_one_pi);
    suite.check("gradient_at gives both partial derivatives at any point", 2, at_any_point);
    suite.check("gradient_of differentiates whatever f it is given", 2, of_any_function);
    suite.check("gradient_of evaluates f once, on float64 tensors of shape []", 1, one_evaluation);
    suite.check("the partial derivative by an input that f ignores is 0", 1, ignored_input);
    suite.check("the gradient of a constant f is (0, 0)", 1, constant);
    suite.check("an f whose value is not a single number is refused", 1, refusals);
}

fn pair((x, y): Gradient) -> Tensor {
    Tensor::from_slice(&[x, y])
}

/// Compares two gradients and names the slip that turns one into the other.
fn same_gradient(call: &Call, got: Gradient, expected: Gradient) -> Outcome {
    let (x, y) = expected;
    call.expect(&pair(got), &pair(expected))
        .named("(∂f/∂x, ∂f/∂y)")
        .within(TWELVE_DIGITS)
        .slip(SWAPPED, || pair((y, x)))
        .slip(DOUBLED, || pair((2.0 * x, 2.0 * y)))
        .slip(DOUBLED, || pair((x, 2.0 * y)))
        .check()
        .map_err(|failure| match compare(&pair(got), &pair(expected), SEVEN_DIGITS) {
            None => failure.because(NEARLY),
            Some(_) => failure,
        })
}

fn at_one_pi(context: &Context) -> Outcome {
    let call = Call::new("compute_gradient");
    let got = call.returns(COMPUTE_GRADIENT)?;
    same_gradient(&call, got, (PI, 0.0))?;
    context.matches_fixture("gradient_at_1_pi", &call, &pair(got), &[])
}

/// Coordinates: thirds from −3 to 3, most of which neither float32 nor float64 holds exactly.
fn thirds() -> impl Strategy<Value = f64> {
    (-9_i32..=9).prop_map(|thirds| f64::from(thirds) / 3.0)
}

fn at_any_point(context: &Context) -> Outcome {
    let at = |(x, y): (f64, f64)| {
        let expected = (2.0 * x * y + y * (x * y).cos(), x * x + x * (x * y).cos());
        let call = Call::new("gradient_at").value("x", x).value("y", y);
        let got = call.returns(|| GRADIENT_AT(x, y))?;
        same_gradient(&call, got, expected)?;
        // For this f, x·∂f/∂x − y·∂f/∂y = x²y.
        call.expect(&Tensor::from(x * got.0 - y * got.1), &Tensor::from(x * x * y))
            .named("x·∂f/∂x − y·∂f/∂y")
            .within(TWELVE_DIGITS)
            .check()?;
        let again = call.returns(|| GRADIENT_AT(x, y))?;
        call.expect(&pair(again), &pair(got))
            .named("(∂f/∂x, ∂f/∂y), when asked again,")
            .within(Tolerance::EXACT)
            .check()
    };
    // On the axes, where what divides by x or y shows.
    for point in [(0.0, -1.5), (2.0, 0.0), (0.0, 0.0)] {
        at(point)?;
    }
    context.for_all((thirds(), thirds()), at)
}

/// a·x²y + b·y³ + c·sin x + d·y, of which the derivatives are easy by hand.
#[derive(Debug, Clone, Copy)]
struct Sample {
    a: f64,
    b: f64,
    c: f64,
    d: f64,
}

impl Sample {
    fn any() -> impl Strategy<Value = Self> {
        let coefficient = || (-3_i32..=3).prop_map(f64::from);
        (coefficient(), coefficient(), coefficient(), coefficient()).prop_map(|(a, b, c, d)| Sample {
            a,
            b,
            c,
            d,
        })
    }

    fn value(self, x: &Tensor, y: &Tensor) -> Tensor {
        x.square() * y * self.a + y.pow_tensor_scalar(3) * self.b + x.sin() * self.c + y * self.d
    }

    fn gradient(self, x: f64, y: f64) -> Gradient {
        (2.0 * self.a * x * y + self.c * x.cos(), self.a * x * x + 3.0 * self.b * y * y + self.d)
    }

    fn formula(self) -> String {
        let terms = [(self.a, "x²y"), (self.b, "y³"), (self.c, "sin(x)"), (self.d, "y")];
        let terms = terms.iter().filter(|(coefficient, _)| *coefficient != 0.0);
        let terms: Vec<String> =
            terms.map(|(coefficient, term)| format!("{coefficient}·{term}").replace('-', "−")).collect();
        if terms.is_empty() { "0·x".to_owned() } else { terms.join(" + ") }
    }
}

fn call_of(formula: &str, x: f64, y: f64) -> Call {
    Call::new("gradient_of").formula("f", formula).value("x", x).value("y", y)
}

fn of_any_function(context: &Context) -> Outcome {
    context.for_all((Sample::any(), thirds(), thirds()), |(sample, x, y)| {
        let call = call_of(&sample.formula(), x, y);
        let got = call.succeeds(|| GRADIENT_OF(&|x, y| sample.value(x, y), x, y))?;
        same_gradient(&call, got, sample.gradient(x, y))
    })?;
    // Laws come after, so that a wrong gradient is shown beside the right one and not beside another wrong one.
    context.for_all((thirds(), thirds(), thirds()), |(a, x, y)| {
        // The gradient is linear.
        let f = |x: &Tensor, y: &Tensor| x.exp() * y;
        let g = |x: &Tensor, y: &Tensor| (x * y).cos();
        let of_f = call_of("exp(x)·y", x, y).succeeds(|| GRADIENT_OF(&f, x, y))?;
        let of_g = call_of("cos(xy)", x, y).succeeds(|| GRADIENT_OF(&g, x, y))?;
        let call = call_of(&format!("{a}·exp(x)·y + cos(xy)"), x, y);
        let got = call.succeeds(|| GRADIENT_OF(&|x, y| f(x, y) * a + g(x, y), x, y))?;
        call.expect(&pair(got), &pair((a * of_f.0 + of_g.0, a * of_f.1 + of_g.1)))
            .named(&format!("(∂f/∂x, ∂f/∂y), by linearity {a}·∇(exp(x)·y) + ∇cos(xy),"))
            .within(TWELVE_DIGITS)
            .check()?;

        // Where f(x, y) = f(y, x), the partial derivatives at (y, x) are those at (x, y), swapped.
        let call = call_of("cos(xy)", y, x);
        let mirrored = call.succeeds(|| GRADIENT_OF(&g, y, x))?;
        call.expect(&pair(mirrored), &pair((of_g.1, of_g.0)))
            .named("(∂f/∂x, ∂f/∂y), by symmetry that at (y, x) swapped,")
            .within(TWELVE_DIGITS)
            .check()
    })
}

fn one_evaluation(_: &Context) -> Outcome {
    let evaluations = Cell::new(0);
    let given = RefCell::new(Vec::new());
    let f = |x: &Tensor, y: &Tensor| {
        evaluations.set(evaluations.get() + 1);
        given.borrow_mut().extend([(x.size(), x.kind()), (y.size(), y.kind())]);
        x.square() * y
    };
    let call = call_of("x²y", 1.5, -2.0);
    call.succeeds(|| GRADIENT_OF(&f, 1.5, -2.0))?;
    let evaluations = evaluations.get();
    call.holds(evaluations > 0, "never evaluated f")?;
    let once = call.holds(evaluations == 1, &format!("evaluated f {evaluations} times, expected once"));
    once.map_err(|failure| {
        failure.because(
            "one evaluation and one backward pass give the partial derivatives by every input, however many \
             there are.",
        )
    })?;
    for (name, (size, kind)) in ["x", "y"].into_iter().zip(given.take()) {
        call.holds(size.is_empty(), &format!("f was given an {name} of shape {size:?}, expected []"))
            .map_err(|failure| {
                failure.because("Tensor::from(x) makes a single number, from_slice(&[x]) a vector of one.")
            })?;
        call.holds(
            kind == Kind::Double,
            &format!("f was given an {name} of dtype {kind:?}, expected Double (float64)"),
        )
        .map_err(|failure| failure.because(NEARLY))?;
    }
    Ok(())
}

/// Where the functions of `unreached` are differentiated.
const POINT: Gradient = (2.5, -1.5);

/// Checks the gradient of a function that ignores x or y or both: that derivative is 0, and the other one is not lost.
fn unreached(formula: &str, f: Scalar, cause: &str, expected: Gradient) -> Outcome {
    let (x, y) = POINT;
    let call = call_of(formula, x, y);
    let got = call.succeeds(|| GRADIENT_OF(f, x, y)).map_err(|failure| failure.because(cause))?;
    for (name, derivative, expected) in [("x", got.0, expected.0), ("y", got.1, expected.1)] {
        let lost = "only the derivative by the input that f ignores is 0: look at each leaf by itself.";
        let outcome = call
            .expect(&Tensor::from(derivative), &Tensor::from(expected))
            .named(&format!("∂f/∂{name}"))
            .within(if expected == 0.0 { Tolerance::EXACT } else { SEVEN_DIGITS })
            .check();
        outcome.map_err(|failure| {
            if expected != 0.0 && derivative == 0.0 { failure.because(lost) } else { failure }
        })?;
    }
    Ok(())
}

fn ignored_input(_: &Context) -> Outcome {
    let (x, y) = POINT;
    unreached("x³ (y is ignored)", &|x, _| x.pow_tensor_scalar(3), UNDEFINED, (3.0 * x * x, 0.0))?;
    unreached("y² (x is ignored)", &|_, y| y.square(), UNDEFINED, (0.0, 2.0 * y))?;
    unreached("x itself", &|x, _| x.shallow_clone(), UNDEFINED, (1.0, 0.0))?;
    unreached("x·y.detach()", &|x, y| x * y.detach(), UNDEFINED, (y, 0.0))?;
    let tracked = Tensor::from(4.0).set_requires_grad(true);
    unreached("p², of a tracked p elsewhere", &|_, _| tracked.square(), UNDEFINED, (0.0, 0.0))
}

fn constant(_: &Context) -> Outcome {
    let both = (0.0, 0.0);
    unreached("7", &|_, _| Tensor::from(7.0), NO_GRAPH, both)?;
    unreached("the int64 7", &|_, _| Tensor::from(7_i64), NO_GRAPH, both)?;
    unreached("(x·y).detach()", &|x, y| (x * y).detach(), NO_GRAPH, both)?;
    unreached("x truncated to int64", &|x, _| x.to_kind(Kind::Int64), NO_GRAPH, both)
}

fn refusals(_: &Context) -> Outcome {
    let (x, y) = (2.5, -1.5);
    let refused: [(&str, Scalar); 5] = [
        ("[x², y²], shape [2]", &|x, y| Tensor::stack(&[x.square(), y.square()], 0)),
        ("[[x], [xy], [y]], shape [3, 1]", &|x, y| Tensor::stack(&[x, &(x * y), y], 0).reshape([3, 1])),
        ("an empty part of x, shape [0]", &|x, _| x.reshape([1]).narrow(0, 0, 0)),
        ("[1, 2, 3], constant, shape [3]", &|_, _| Tensor::from_slice(&[1.0, 2.0, 3.0])),
        ("empty, constant, shape [0]", &|_, _| Tensor::from_slice::<f64>(&[])),
    ];
    for (formula, f) in refused {
        let cause = "more (or fewer) than one element has no gradient: look at the value's numel() before the \
                     backward pass. run_backward differentiates the sum of the elements without a word.";
        call_of(formula, x, y)
            .refuses(Refusal::Shape, || GRADIENT_OF(f, x, y))
            .map_err(|failure| failure.because(cause))?;
    }
    // One element is one number, whatever its shape.
    let call = call_of("x·y, shape [1, 1]", x, y);
    let got = call.succeeds(|| GRADIENT_OF(&|x, y| (x * y).reshape([1, 1]), x, y))?;
    same_gradient(&call, got, (y, x))
}
