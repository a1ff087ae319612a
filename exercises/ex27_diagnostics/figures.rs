//! A figure of ex27: the four diagnostics of a run, for learning rates that crawl, fit and diverge.

use harness::figure::{Axis, Colour, Panel, Shape, Sketch, short, sides};

use super::*;

pub fn declare(suite: &mut Suite) {
    suite.figure(
        "diagnostics",
        "Diagnostics of gradient descent",
        "What run records on L(x, y) = ½(x² + 10y²) + 1 from (−3, 1), with L* = 1. The objective levels off at L*, so \
         that only the gap shows how fast a run converges. With η = 0.21, above 2/10, it diverges, and all four say so.",
        diagnostics,
    );
}

const STEPS: usize = 60;
const START: [f64; 2] = [-3.0, 1.0];
const CURVATURE: [f64; 2] = [1.0, 10.0];
const OPTIMUM: f64 = 1.0;

const RATES: [(f64, Colour); 3] = [(0.03, Colour::Blue), (0.15, Colour::Green), (0.21, Colour::Vermilion)];

fn diagnostics(context: &Context, sketch: &mut Sketch) {
    sketch.columns(2);
    let panel = |title: &str, label: &str, low: f64, high: f64| {
        Panel::new(title, Axis::linear("step k", 0.0, STEPS as f64), Axis::logarithmic(label, low, high))
    };
    let mut panels = [
        panel("objective", "L(wₖ)", 0.5, 1e3),
        panel("gap", "L(wₖ) − L*", 1e-8, 1e3),
        panel("gradient norm", "‖∇L(wₖ)‖", 1e-4, 1e3),
        panel("plateau", "|L(wₖ₊₁) − L(wₖ)|", 1e-8, 1e3),
    ];
    for (lr, colour) in RATES {
        let iterates = (0..=STEPS)
            .map(|step| [0, 1].map(|axis| (1.0 - lr * CURVATURE[axis]).powi(step as i32) * START[axis]));
        let slopes = iterates.clone().map(|[x, y]| [CURVATURE[0] * x, CURVATURE[1] * y]);
        let gap: Vec<f64> =
            iterates.zip(slopes.clone()).map(|([x, y], [gx, gy])| 0.5 * (x * gx + y * gy)).collect();
        let expected = [
            gap.iter().map(|gap| gap + OPTIMUM).collect(),
            gap.clone(),
            slopes.map(|[gx, gy]| gx.hypot(gy)).collect(),
            gap.windows(2).map(|pair| (pair[1] - pair[0]).abs()).collect::<Vec<f64>>(),
        ];

        let f = |w: &Tensor| {
            let curvature = Tensor::from_slice(&CURVATURE).to_device(w.device());
            (w.square() * curvature).sum(None::<Kind>) * 0.5 + OPTIMUM
        };
        let w0 = Tensor::from_slice(&START).to_device(context.device());
        let trace = sketch.succeeds("run", || RUN(&f, &w0, lr, STEPS, Some(OPTIMUM))).map(|(_, trace)| trace);
        let yours = match trace {
            Some(trace) => [Some(trace.loss), trace.gap, Some(trace.grad_norm), Some(trace.plateau)],
            None => [const { None }; 4],
        };
        for ((panel, yours), expected) in panels.iter_mut().zip(yours).zip(expected) {
            for (role, record) in sides(yours, expected, 1e-9) {
                // A record may be longer than it should be, but not without end.
                let points = record.iter().take(2 * STEPS).enumerate();
                let line = Shape::line(points.map(|(step, number)| [step as f64, *number]));
                panel.add_as(role, colour, &format!("η = {}", short(lr)), line);
            }
        }
    }
    for panel in panels {
        sketch.panel(panel);
    }
}
