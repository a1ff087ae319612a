//! Figures of ex24: a gradient and its level set, directions on the unit circle, a field of gradients.

use harness::figure::{Axis, Colour, Panel, Shape, Sketch, pairs, sides};

use super::*;

pub fn declare(suite: &mut Suite) {
    suite.figure(
        "level-set",
        "The gradient is at right angles to the level set",
        "Level sets of L(x, y) = x² + 0.2y². At w = (1, 1), gradient_field gives ∇L(w), and tangent_2d the direction along \
         the level set through w. The arrows are 0.4 and 0.6 times as long as these are.",
        level_set,
    );
    suite.figure(
        "unit-circle",
        "Steepest descent on the unit circle",
        "Of all directions Δ of length 1, −g/‖g‖, as steepest gives it, has the smallest inner product with the gradient \
         g. Along the orthogonal direction, from tangent_2d, L does not change to first order; along one that is \
         positively correlated with g it rises.",
        unit_circle,
    );
    suite.figure(
        "gradient-field",
        "Gradients point uphill: f(x, y) = sin x + cos y",
        "What gradient_field gives at four points, and at all points of a grid at once, over the level sets of f. \
         Arrows are 0.6 and 0.3 times as long as the gradients.",
        gradient_field,
    );
}

/// From `low` to `high`.
fn evenly(low: f64, high: f64, count: usize) -> impl Iterator<Item = f64> + Clone {
    (0..count).map(move |index| low + (high - low) * index as f64 / (count - 1) as f64)
}

/// The level sets of `f` on [−2, 2]², from its values on a grid of so many columns.
fn contours(columns: usize, f: impl Fn(f64, f64) -> f64, levels: &[f64]) -> Shape {
    let axis = evenly(-2.0, 2.0, columns);
    let values = axis.clone().flat_map(|y| axis.clone().map(move |x| (x, y))).map(|(x, y)| f(x, y));
    Shape::contours([-2.0, 2.0], [-2.0, 2.0], columns, values, levels)
}

fn plane(title: &str) -> Panel {
    Panel::plane(title, Axis::linear("x", -2.0, 2.0), Axis::linear("y", -2.0, 2.0))
}

fn level_set(context: &Context, sketch: &mut Sketch) {
    let (at, gradient) = ([1.0, 1.0], [2.0, 0.4]);
    let mut panel = plane("");
    let loss = |x: f64, y: f64| x * x + 0.2 * y * y;
    panel.add(Colour::Sky, "", contours(121, loss, &[0.05, 0.2, 0.45, 0.8, 1.7, 2.3, 3.0, 3.8, 4.6]));
    panel.add(Colour::Ink, "", contours(121, loss, &[loss(at[0], at[1])]));

    let w = Tensor::from_slice(&at).reshape([1, 2]).to_device(context.device());
    let f = |points: &Tensor| points.select(1, 0).square() + points.select(1, 1).square() * 0.2;
    let yours = sketch.numbers("gradient_field", &[1, 2], || GRADIENT_FIELD(&f, &w));
    for (role, g) in sides(yours, gradient.to_vec(), 1e-9) {
        let tip = [at[0] + 0.4 * g[0], at[1] + 0.4 * g[1]];
        panel.add_as(role, Colour::Vermilion, "∇L(w)", Shape::arrow(at, tip));
    }
    let g = Tensor::from_slice(&gradient).to_device(context.device());
    let yours = sketch.numbers("tangent_2d", &[2], || TANGENT_2D(&g));
    let expected = scaled(&[-gradient[1], gradient[0]], 1.0 / length(&gradient));
    for (role, t) in sides(yours, expected, 1e-9) {
        let tip = [at[0] + 0.6 * t[0], at[1] + 0.6 * t[1]];
        panel.add_as(role, Colour::Blue, "tangent", Shape::arrow(at, tip));
    }
    panel.add(Colour::Ink, "", Shape::points([at]));
    panel.add(Colour::Ink, "w", Shape::text([0.88, 0.86]));
    panel.add(Colour::Ink, "L = 1.2", Shape::text([-0.62, -1.55]));
    sketch.panel(panel);
}

fn unit_circle(context: &Context, sketch: &mut Sketch) {
    let origin = [0.0, 0.0];
    let half = 0.5_f64.sqrt();
    let axis = |label| Axis::linear(label, -1.5, 1.5);
    let mut panel = Panel::plane("", axis("Δ₁"), axis("Δ₂"));
    let circle = evenly(0.0, std::f64::consts::TAU, 181).map(|angle| [angle.cos(), angle.sin()]);
    panel.add(Colour::Muted, "", Shape::line_of_width(1.2, circle));
    panel.add(Colour::Vermilion, "g/‖g‖", Shape::arrow(origin, [half, half]));
    panel.add(Colour::Purple, "positive corr.", Shape::arrow(origin, [0.96, 0.28]));

    let g = Tensor::from_slice(&[1.0, 1.0]).to_device(context.device());
    let yours = sketch.numbers("tangent_2d", &[2], || TANGENT_2D(&g));
    for (role, t) in sides(yours, vec![-half, half], 1e-9) {
        panel.add_as(role, Colour::Green, "orthogonal", Shape::arrow(origin, [t[0], t[1]]));
    }
    let yours = sketch.numbers("steepest", &[2], || STEEPEST(&g));
    for (role, d) in sides(yours, vec![-half, -half], 1e-9) {
        panel.add_as(role, Colour::Blue, "−g/‖g‖", Shape::arrow(origin, [d[0], d[1]]));
    }
    panel.add(Colour::Ink, "minimise ⟨g, Δ⟩ subject to ‖Δ‖ = 1  ⇒  Δ = −g/‖g‖", Shape::text([0.0, -1.33]));
    sketch.panel(panel);
}

fn gradient_field(context: &Context, sketch: &mut Sketch) {
    sketch.columns(2);
    let levels: Vec<f64> = evenly(-1.2, 1.8, 13).collect();
    // The primer's points, and a grid.
    let four = [[-1.0, 0.5], [0.5, 1.0], [1.5, -0.5], [-0.5, -1.0]];
    let axis = evenly(-1.75, 1.75, 8);
    let grid = axis.clone().flat_map(|y| axis.clone().map(move |x| [x, y]));
    for (title, at, scale) in
        [("four points", four.to_vec(), 0.6), ("a grid of 64 points", grid.collect(), 0.3)]
    {
        let mut panel = plane(title);
        panel.add(Colour::Sky, "", contours(61, |x, y| x.sin() + y.cos(), &levels));
        let numbers = at.concat();
        let points = Tensor::from_slice(&numbers).reshape([-1, 2]).to_device(context.device());
        let yours =
            sketch.numbers("gradient_field", &points.size(), || GRADIENT_FIELD(&sine_cosine, &points));
        let expected = at.iter().flat_map(|[x, y]| [x.cos(), -y.sin()]).collect();
        let few = at.len() == four.len();
        for (role, field) in sides(yours, expected, 1e-9) {
            for (index, (from, [gx, gy])) in at.iter().zip(pairs(&field)).enumerate() {
                let along = |by: f64| Shape::arrow(*from, [from[0] + by * gx, from[1] + by * gy]);
                let label = |text| if few && index == 0 { text } else { "" };
                panel.add_as(role, Colour::Vermilion, label("∇f"), along(scale));
                if few {
                    panel.add_as(role, Colour::Blue, label("−∇f"), along(-scale));
                }
            }
        }
        if few {
            panel.add(Colour::Ink, "", Shape::points(four));
        }
        sketch.panel(panel);
    }
}
