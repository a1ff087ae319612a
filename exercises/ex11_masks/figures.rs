//! A figure of ex11: selections by a list of rows and by a mask.

use harness::figure::{Cell, Colour, Panel, Shape, Sketch, boxes, numbers};

use super::*;

pub fn declare(suite: &mut Suite) {
    suite.figure(
        "selections",
        "What lists and masks select",
        "A = 0, 1, …, 19 of shape [4, 5]: the rows that take_rows gives for [2, 0, 2], the elements above 10 that \
         keep_greater gives (blue), and what replace_greater makes of it.",
        selections,
    );
}

const COLUMNS: usize = 5;

fn selections(context: &Context, sketch: &mut Sketch) {
    sketch.columns(3);
    let a = || Tensor::arange(20, (Kind::Double, context.device())).reshape([4, 5]);
    let draw = |sketch: &mut Sketch, title: &str, cells: Vec<Cell>| {
        let mut panel = Panel::diagram(title, 5.2, 3.4);
        panel.add(Colour::Ink, "", Shape::cells([0.1, 0.1], [1.0, 0.8], COLUMNS, cells));
        sketch.panel(panel);
    };

    let yours = sketch.numbers("take_rows", &[3, 5], || TAKE_ROWS(&a(), &[2, 0, 2]));
    let expected: Vec<f64> =
        [2, 0, 2].iter().flat_map(|row| (0..5).map(move |column| f64::from(5 * row + column))).collect();
    draw(sketch, "take_rows(A, [2, 0, 2])", boxes(yours.as_deref(), &expected, 0.0, Colour::Blue));

    let kept = sketch.call("keep_greater", || KEEP_GREATER(&a(), 10.0));
    let kept = kept.map(|kept| numbers(&kept).unwrap_or_default());
    let cell = |value: i32| {
        let (expected, text) = (value > 10, value.to_string());
        match &kept {
            Some(kept) => {
                let is_kept = kept.contains(&f64::from(value));
                let fill = is_kept.then_some(Colour::Blue);
                Cell { fill, wrong: is_kept != expected, ..Cell::new(text) }
            }
            None => Cell { ghost: expected, ..Cell::new(text) },
        }
    };
    draw(sketch, "keep_greater(A, 10)", (0..20).map(cell).collect());

    let replaced = sketch.call("replace_greater", || REPLACE_GREATER(&a(), 10.0, -1.0));
    let replaced = replaced.filter(|replaced| replaced.size() == [4, 5]).and_then(|tensor| numbers(&tensor));
    let expected: Vec<f64> =
        (0..20).map(f64::from).map(|value| if value > 10.0 { -1.0 } else { value }).collect();
    let mut cells = boxes(replaced.as_deref(), &expected, 0.0, Colour::Blue);
    for cell in cells.iter_mut().take(11) {
        cell.fill = None;
    }
    draw(sketch, "replace_greater(A, 10, −1)", cells);
}
