//! A figure of ex05: tensors of rank 0 to 3.

use harness::figure::{Colour, Panel, Shape, Sketch, boxes};

use super::*;

pub fn declare(suite: &mut Suite) {
    suite.figure(
        "ranks",
        "Ranks 0, 1, 2 and 3",
        "What filled gives for the shapes [], [5] and [3, 3, 4], and times_table for 4: a number, a row of numbers, a \
         table, and a stack of tables.",
        ranks,
    );
}

fn ranks(_: &Context, sketch: &mut Sketch) {
    sketch.columns(2);
    let value = 7.0;
    for (title, shape) in [
        ("rank 0, shape []", vec![]),
        ("rank 1, shape [5]", vec![5]),
        ("rank 3, shape [3, 3, 4]", vec![3, 3, 4]),
    ] {
        let numel = shape.iter().product::<i64>() as usize;
        let yours = sketch.numbers("filled", &shape, || FILLED(&shape, value, Kind::Float));
        let cells = boxes(yours.as_deref(), &vec![value; numel], 0.0, Colour::Sky);
        let mut panel = Panel::diagram(title, 8.0, if shape.len() < 3 { 1.5 } else { 5.0 });
        match shape[..] {
            [depth, rows, columns] => {
                // The table at the back first, so that the others cover it.
                for (index, table) in cells.chunks((rows * columns) as usize).enumerate() {
                    let shift = 0.7 * (depth - 1 - index as i64) as f64;
                    let at = [1.1 + shift, 1.6 - shift];
                    panel.add(
                        Colour::Ink,
                        "",
                        Shape::cells(at, [1.1, 1.1], columns as usize, table.to_vec()),
                    );
                }
            }
            _ => {
                let left = 4.0 - 0.55 * numel as f64;
                panel.add(Colour::Ink, "", Shape::cells([left, 0.2], [1.1, 1.1], numel, cells));
            }
        }
        if shape.len() == 3 {
            table(sketch);
        }
        sketch.panel(panel);
    }
}

fn table(sketch: &mut Sketch) {
    let expected: Vec<f64> =
        (1..=4).flat_map(|row| (1..=4).map(move |column| f64::from(row * column))).collect();
    let yours = sketch.numbers("times_table", &[4, 4], || TIMES_TABLE(4));
    let mut panel = Panel::diagram("rank 2, shape [4, 4]", 8.0, 5.0);
    let cells = boxes(yours.as_deref(), &expected, 0.0, Colour::Sky);
    panel.add(Colour::Ink, "", Shape::cells([1.8, 0.3], [1.1, 1.1], 4, cells));
    sketch.panel(panel);
}
