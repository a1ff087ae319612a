//! Figures of ex04: descents with learning rates that crawl, oscillate and diverge.

use harness::figure::{Axis, Colour, Panel, Role, Shape, Sketch, numbers, pairs, short, sides};

use super::*;

pub fn declare(suite: &mut Suite) {
    suite.figure(
        "descent",
        "Gradient descent with three learning rates",
        "f(x, y) = ½(x² + 10y²) from (−3, 1): the paths that gradient_descent takes over the level sets of f, and the \
         losses that it records. The curvatures are 1 and 10, so a run converges for η < 2/10, and diverges above.",
        descents,
    );
}

const STEPS: usize = 30;
const START: [f64; 2] = [-3.0, 1.0];
const CURVATURE: [f64; 2] = [1.0, 10.0];

const RATES: [(f64, Colour); 3] = [(0.05, Colour::Blue), (0.19, Colour::Green), (0.21, Colour::Vermilion)];

fn value([x, y]: [f64; 2]) -> f64 {
    0.5 * (CURVATURE[0] * x * x + CURVATURE[1] * y * y)
}

/// The iterate after `step` steps, in closed form.
fn iterate(lr: f64, step: usize) -> [f64; 2] {
    [0, 1].map(|axis| (1.0 - lr * CURVATURE[axis]).powi(step as i32) * START[axis])
}

fn descents(context: &Context, sketch: &mut Sketch) {
    sketch.columns(2);
    let bowl = |w: &Tensor| {
        let curvature = Tensor::from_slice(&CURVATURE).to_device(w.device());
        (w.square() * curvature).sum(None::<Kind>) * 0.5
    };
    let mut losses = Panel::new(
        "losses",
        Axis::linear("step k", 0.0, STEPS as f64),
        Axis::logarithmic("f(wₖ)", 1e-3, 1e3),
    );
    let axis = |step: f64, low: f64, count: usize| (0..count).map(move |index| low + step * index as f64);
    let field: Vec<f64> =
        axis(0.0875, -1.75, 41).flat_map(|y| axis(0.175, -3.5, 41).map(move |x| value([x, y]))).collect();
    for (lr, colour) in RATES {
        let name = format!("η = {}", short(lr));
        let mut path = Panel::new(&name, Axis::linear("x", -3.5, 3.5), Axis::linear("y", -1.75, 1.75));
        let levels = [0.25, 1.0, 2.5, 4.5, 7.0, 9.5, 12.5, 16.0];
        let (x, y) = ([-3.5, 3.5], [-1.75, 1.75]);
        path.add(Colour::Sky, "", Shape::contours(x, y, 41, field.iter().copied(), &levels));

        // One run gives the losses. f is asked at each iterate, which shows the path.
        let visited = RefCell::new(Vec::new());
        let f = |w: &Tensor| {
            if w.numel() == 2 && visited.borrow().len() <= STEPS {
                visited.borrow_mut().extend(numbers(&w.detach()));
            }
            bowl(w)
        };
        let w0 = Tensor::from_slice(&START).to_device(context.device());
        let run = sketch.succeeds("gradient_descent", || GRADIENT_DESCENT(&f, &w0, lr, STEPS));
        let visited = run.is_some().then(|| visited.take().concat());
        let expected: Vec<[f64; 2]> = (0..=STEPS).map(|step| iterate(lr, step)).collect();
        for (role, path_of) in sides(visited, expected.concat(), 1e-9) {
            let points: Vec<[f64; 2]> = pairs(&path_of).collect();
            path.add_as(role, colour, "", Shape::line(points.clone()));
            if role != Role::Yours {
                path.add_as(role, colour, "", Shape::points(points));
            }
        }
        path.add(Colour::Ink, "w₀", Shape::text([START[0] - 0.05, START[1] + 0.3]));
        sketch.panel(path);

        let yours = run.map(|(_, losses)| losses);
        for (role, record) in sides(yours, expected.into_iter().map(value).collect(), 1e-9) {
            let points = record.iter().take(2 * STEPS).enumerate().map(|(step, loss)| [step as f64, *loss]);
            losses.add_as(role, colour, &name, Shape::line(points));
        }
    }
    sketch.panel(losses);
}
