//! A figure of ex33: what both orders of A·B·C cost as the inner size grows.

use harness::figure::{Axis, Colour, Panel, Shape, Sketch, sides};

use super::*;

pub fn declare(suite: &mut Suite) {
    suite.figure(
        "costs",
        "What (A·B)·C and A·(B·C) cost",
        "What costs gives for A of [512, 2048], B of [2048, p] and C of [p, 512]. With a narrow B, (A·B)·C has the \
         smaller intermediate, [512, p] beside [2048, 512]; with p above 2048, A·(B·C) is cheaper.",
        both_orders,
    );
}

const M: u64 = 512;
const N: u64 = 2048;
const Q: u64 = 512;

fn both_orders(_: &Context, sketch: &mut Sketch) {
    sketch.columns(2);
    let sizes: Vec<u64> =
        (0..=24).map(|half| (16.0 * 2_f64.powf(f64::from(half) / 2.0)).round() as u64).collect();
    let axis = || Axis::logarithmic("p", 16.0, 65536.0);
    let mut work = Panel::new("multiply-adds", axis(), Axis::logarithmic("multiply-adds", 1e7, 1e12));
    let mut memory = Panel::new("intermediate", axis(), Axis::logarithmic("entries", 1e3, 1e9));
    let expected = |p: u64| {
        let [m, n, p, q] = [M, N, p, Q].map(|size| size as f64);
        [[m * n * p + m * p * q, m * p], [n * p * q + m * n * q, n * q]]
    };
    let yours = |sketch: &mut Sketch, p: u64| {
        let (left, right) = sketch.call("costs", || COSTS(M, N, p, Q))?;
        Some([left, right].map(|cost| [cost.multiply_adds as f64, cost.intermediate as f64]))
    };
    let yours: Option<Vec<_>> = sizes.iter().map(|p| yours(sketch, *p)).collect();
    for (order, name, colour) in [(0, "(A·B)·C", Colour::Blue), (1, "A·(B·C)", Colour::Orange)] {
        for (which, panel) in [&mut work, &mut memory].into_iter().enumerate() {
            let of = |costs: [[f64; 2]; 2]| costs[order][which];
            let yours = yours.clone().map(|costs| costs.into_iter().map(of).collect());
            let expected = sizes.iter().map(|p| of(expected(*p))).collect();
            for (role, record) in sides(yours, expected, 1e-9) {
                let points = sizes.iter().zip(record).map(|(p, cost)| [*p as f64, cost]);
                panel.add_as(role, colour, name, Shape::line(points));
            }
        }
    }
    for (panel, which) in [(&mut work, 0), (&mut memory, 1)] {
        let crossing = [N as f64, expected(N)[0][which]];
        panel.add(Colour::Ink, "", Shape::points([crossing]));
        panel.add(Colour::Ink, "p = 2048", Shape::text([crossing[0] * 2.2, crossing[1] / 4.0]));
    }
    sketch.panel(work);
    sketch.panel(memory);
}
