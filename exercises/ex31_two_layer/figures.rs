//! A figure of ex31: the network with the parameters that init draws.

use harness::figure::{Cell, Colour, Panel, Shape, Sketch, numbers};

use super::*;

pub fn declare(suite: &mut Suite) {
    suite.figure(
        "network",
        "A two-layer network",
        "The network that init(3, 4, 0) gives, with the shapes of its parameters. A line is a weight: blue where it is \
         positive, orange where it is negative, thin where it is small.",
        network,
    );
}

const INPUTS: usize = 3;
const HIDDEN: usize = 4;

fn network(_: &Context, sketch: &mut Sketch) {
    let mlp = sketch.succeeds("init", || INIT(INPUTS as i64, HIDDEN as i64, 0));
    let mut panel = Panel::diagram("", 20.0, 11.5);
    let middle = 5.0;
    let layers = [
        (1.6, INPUTS, "x", Colour::Sky),
        (10.0, HIDDEN, "relu(u)", Colour::Green),
        (18.4, 1, "logit", Colour::Orange),
    ];
    let unit = |layer: usize, index: usize| {
        let (x, count, ..) = layers[layer];
        [x, middle + 2.0 * (index as f64 - (count - 1) as f64 / 2.0)]
    };

    let expected = [vec![HIDDEN as i64, INPUTS as i64], vec![HIDDEN as i64], vec![1, HIDDEN as i64], vec![1]];
    let parameters = mlp.as_ref().map(|mlp| [&mlp.w1, &mlp.b1, &mlp.w2, &mlp.b2]);
    for (index, (name, expected)) in ["W₁", "b₁", "W₂", "b₂"].into_iter().zip(expected).enumerate() {
        let shape = parameters.map(|parameters| parameters[index].size());
        let (colour, text) = match shape {
            Some(shape) if shape == expected => (Colour::Ink, format!("{name} {shape:?}")),
            Some(shape) => (Colour::Vermilion, format!("{name} {shape:?}, expected {expected:?}")),
            None => (Colour::Muted, format!("{name} {expected:?}")),
        };
        let (layer, is_bias) = (index / 2, index % 2 == 1);
        let at = [5.8 + 8.4 * layer as f64, if is_bias { 10.8 } else { 9.9 }];
        panel.add(colour, &text, Shape::text(at));

        let weights =
            parameters.filter(|_| !is_bias).filter(|parameters| parameters[index].size() == expected);
        let weights = weights.and_then(|parameters| numbers(&parameters[index].detach()));
        let fan_in = layers[layer].1;
        for (place, weight) in weights.iter().flatten().enumerate() {
            let ([x, y], [to_x, to_y]) = (unit(layer, place % fan_in), unit(layer + 1, place / fan_in));
            let colour = if *weight < 0.0 { Colour::Orange } else { Colour::Blue };
            let line = [[x + 0.9, y], [to_x - 0.9, to_y]];
            let strength = (weight.abs() * (fan_in as f64).sqrt()).min(1.0);
            panel.add(colour, "", Shape::line_of_width(0.4 + 2.6 * strength, line));
        }
    }
    for (layer, (x, count, name, colour)) in layers.into_iter().enumerate() {
        for index in 0..count {
            let [x, y] = unit(layer, index);
            let text = match layer {
                0 => format!("x{}", ['₁', '₂', '₃'][index]),
                1 => format!("h{}", ['₁', '₂', '₃', '₄'][index]),
                _ => "z".to_owned(),
            };
            let cells = vec![Cell::filled(text, colour)];
            panel.add(Colour::Ink, "", Shape::cells([x - 0.9, y - 0.6], [1.8, 1.2], 1, cells));
        }
        panel.add(Colour::Ink, name, Shape::heading([x, 0.6]));
    }
    panel.add(Colour::Muted, "u = W₁·x + b₁", Shape::text([5.8, 0.6]));
    panel.add(Colour::Muted, "z = W₂·relu(u) + b₂", Shape::text([14.2, 0.6]));
    sketch.panel(panel);
}
