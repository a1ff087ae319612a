//! A figure of ex10: which elements of a matrix the slices select.

use harness::figure::{Cell, Colour, Panel, Shape, Sketch, numbers};

use super::*;

pub fn declare(suite: &mut Suite) {
    suite.figure(
        "selections",
        "What slices select",
        "The elements 0, 1, …, 19 of a matrix of shape [4, 5], and in blue those that submatrix, every and last_row \
         give.",
        selections,
    );
}

const ROWS: usize = 4;
const COLUMNS: usize = 5;

fn selections(context: &Context, sketch: &mut Sketch) {
    sketch.columns(3);
    let a = Tensor::arange(20, (Kind::Double, context.device())).reshape([4, 5]);
    type Selected<'a> = (&'a str, &'a str, &'a dyn Fn() -> R<Tensor>, fn(usize, usize) -> bool);
    let all: [Selected; 6] = [
        ("one element", "submatrix", &|| SUBMATRIX(&a, (1, 2), (2, 3)), |i, j| (i, j) == (1, 2)),
        ("row 2", "submatrix", &|| SUBMATRIX(&a, (2, 3), (0, 5)), |i, _| i == 2),
        ("column 3", "submatrix", &|| SUBMATRIX(&a, (0, 4), (3, 4)), |_, j| j == 3),
        ("rows 1 .. 3, columns 2 .. 5", "submatrix", &|| SUBMATRIX(&a, (1, 3), (2, 5)), |i, j| {
            (1..3).contains(&i) && (2..5).contains(&j)
        }),
        ("every second row and column", "every", &|| EVERY(&EVERY(&a, 0, 2)?, 1, 2), |i, j| {
            i % 2 == 0 && j % 2 == 0
        }),
        ("the last row", "last_row", &|| LAST_ROW(&a), |i, _| i == 3),
    ];
    for (title, function, select, is_expected) in all {
        let selected = sketch.succeeds(function, select).map(|t| numbers(&t).unwrap_or_default());
        let cell = |index: usize| {
            let expected = is_expected(index / COLUMNS, index % COLUMNS);
            let text = index.to_string();
            match &selected {
                Some(selected) => {
                    let is_selected = selected.contains(&(index as f64));
                    let fill = is_selected.then_some(Colour::Blue);
                    Cell { fill, wrong: is_selected != expected, ..Cell::new(text) }
                }
                None => Cell { ghost: expected, ..Cell::new(text) },
            }
        };
        let mut panel = Panel::diagram(title, 5.2, 3.4);
        let cells = (0..ROWS * COLUMNS).map(cell).collect();
        panel.add(Colour::Ink, "", Shape::cells([0.1, 0.1], [1.0, 0.8], COLUMNS, cells));
        sketch.panel(panel);
    }
}
