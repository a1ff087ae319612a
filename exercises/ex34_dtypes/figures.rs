//! A figure of ex34: sums of ones that stall.

use harness::figure::{Axis, Colour, Panel, Shape, Sketch, sides};

use super::*;

pub fn declare(suite: &mut Suite) {
    suite.figure(
        "accumulation",
        "Accumulation in float16, bfloat16 and float32",
        "What sum_with makes of n ones. Where 1 is at most half the distance between two numbers of the dtype, the \
         total stays where it is, at an even number: at 256 in bfloat16, at 2048 in float16. float32 goes on to 2²⁴.",
        ones,
    );
}

/// The number of ones from which on a total in this dtype no longer moves.
const STALLS: [(Kind, &str, Colour, f64); 3] = [
    (Kind::Float, "float32", Colour::Green, f64::INFINITY),
    (Kind::Half, "float16", Colour::Blue, 2048.0),
    (Kind::BFloat16, "bfloat16", Colour::Vermilion, 256.0),
];

fn ones(context: &Context, sketch: &mut Sketch) {
    // Adding one by one takes its time: few sums, and none longer than is needed to see the second stall.
    let counts = [0, 64, 128, 192, 256, 320, 512, 1024, 1536, 2048, 2304, 3072];
    let mut panel =
        Panel::new("", Axis::linear("n", 0.0, 3072.0), Axis::linear("1 + 1 + … + 1, n times", 0.0, 3200.0));
    for (kind, name, colour, stall) in STALLS {
        let mut yours = Some(Vec::new());
        for n in counts {
            let v = Tensor::ones([n], (Kind::Float, context.device()));
            match (sketch.numbers("sum_with", &[], || SUM_WITH(&v, kind)), &mut yours) {
                (Some(sum), Some(yours)) => yours.push(sum[0]),
                _ => {
                    yours = None;
                    break;
                }
            }
        }
        let expected = counts.iter().map(|n| (*n as f64).min(stall)).collect();
        for (role, sums) in sides(yours, expected, 0.0) {
            let points: Vec<_> = counts.iter().zip(sums).map(|(n, sum)| [*n as f64, sum]).collect();
            panel.add_as(role, colour, name, Shape::line(points.clone()));
            panel.add_as(role, colour, "", Shape::points(points));
        }
        if stall.is_finite() {
            panel.add(colour, &format!("{name} stalls at {stall}"), Shape::text([2600.0, stall - 120.0]));
        }
    }
    sketch.panel(panel);
}
