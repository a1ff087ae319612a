//! Figures of ex13: the copies of broadcasting that are not there, and what broadcasting computes.

use harness::figure::{Cell, Colour, Panel, Shape, Sketch, boxes, numbers};

use super::*;

pub fn declare(suite: &mut Suite) {
    suite.figure(
        "virtual-copies",
        "Broadcasting as virtual replication",
        "A ∘ v, as scale_columns gives it, is what A ∘ V would be, where V has v in each row. tile_rows_view makes such \
         a V in the memory of v: a step from row to row has stride 0, so that all rows but one (dashed) are not there.",
        virtual_copies,
    );
    suite.figure(
        "grids",
        "Broadcasting, box by box",
        "What has size 1 along a dimension is repeated along it (dashed). Above, center_columns: M less the row of its \
         column means. Below, outer: a column times a row.",
        grids,
    );
}

/// Width and height of a box.
const BOX: [f64; 2] = [1.3, 1.0];

fn filled(values: &[f64], fill: Colour) -> Vec<Cell> {
    boxes(Some(values), values, 0.0, fill)
}

fn ghosts(cells: Vec<Cell>, real: impl Fn(usize) -> bool) -> Vec<Cell> {
    cells.into_iter().enumerate().map(|(index, cell)| Cell { ghost: !real(index), ..cell }).collect()
}

/// `left` `sign` `right` = `result`, side by side, each with its name above and its boxes below.
fn equation(panel: &mut Panel, top: f64, signs: [&str; 2], terms: [(&str, Vec<Cell>); 3]) {
    let width = 3.0 * BOX[0];
    for (index, (name, cells)) in terms.into_iter().enumerate() {
        let left = 0.3 + index as f64 * (width + 1.2);
        panel.add(Colour::Ink, name, Shape::heading([left + width / 2.0, top + 0.4]));
        panel.add(Colour::Ink, "", Shape::cells([left, top + 1.0], BOX, 3, cells));
        if let Some(sign) = signs.get(index) {
            panel.add(Colour::Ink, sign, Shape::heading([left + width + 0.6, top + 2.5]));
        }
    }
}

fn virtual_copies(context: &Context, sketch: &mut Sketch) {
    let (a, v) = ([1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0], [10.0, 100.0, 1000.0]);
    let of = |values: &[f64]| Tensor::from_slice(values).to_device(context.device());
    let (matrix, row) = (of(&a).reshape([3, 3]), of(&v));

    let view = sketch.succeeds("tile_rows_view", || TILE_ROWS_VIEW(&row, 3));
    if let Some(size) = view.as_ref().map(Tensor::size).filter(|size| *size != [3, 3]) {
        sketch.note(format!("tile_rows_view returned the shape {size:?}, expected [3, 3]"));
    }
    let view = view.filter(|view| view.size() == [3, 3]);
    let strides = view.as_ref().map(Tensor::stride);
    let tiled = view.as_ref().and_then(numbers);
    let rows = boxes(tiled.as_deref(), &v.repeat(3), 0.0, Colour::Orange);
    // Rows that a step of stride 0 leads to are the first one again.
    let is_view = strides.as_ref().is_none_or(|strides| strides[0] == 0);
    let rows = ghosts(rows, |index| tiled.is_some() && (index < 3 || !is_view));

    let yours = sketch.numbers("scale_columns", &[3, 3], || SCALE_COLUMNS(&matrix, &row));
    let expected: Vec<f64> = a.iter().zip(v.iter().cycle()).map(|(a, v)| a * v).collect();
    let product = boxes(yours.as_deref(), &expected, 0.0, Colour::Green);

    let mut panel = Panel::diagram("", 15.0, 5.1);
    equation(&mut panel, 0.0, ["∘", "="], [("A", filled(&a, Colour::Sky)), ("V", rows), ("A ∘ v", product)]);
    let (colour, text) = match &strides {
        Some(strides) if strides[..] == [0, 1] => {
            (Colour::Ink, "strides [0, 1]: v alone is in memory".to_owned())
        }
        Some(strides) if is_view => (Colour::Vermilion, format!("strides {strides:?}, expected [0, 1]")),
        Some(strides) => (Colour::Vermilion, format!("strides {strides:?}: copies, expected [0, 1]")),
        None => (Colour::Muted, "expected: strides [0, 1]".to_owned()),
    };
    panel.add(colour, &text, Shape::text([7.5, 4.7]));
    sketch.panel(panel);
}

fn grids(context: &Context, sketch: &mut Sketch) {
    let of = |values: &[f64]| Tensor::from_slice(values).to_device(context.device());
    let mut panel = Panel::diagram("", 15.0, 9.0);

    let m = [1.0, 20.0, 3.0, 2.0, 40.0, 3.0, 6.0, 60.0, 9.0];
    let means: Vec<f64> = (0..3).map(|column| (m[column] + m[column + 3] + m[column + 6]) / 3.0).collect();
    let expected: Vec<f64> = m.iter().zip(means.iter().cycle()).map(|(m, mean)| m - mean).collect();
    let yours = sketch.numbers("center_columns", &[3, 3], || CENTER_COLUMNS(&of(&m).reshape([3, 3])));
    let result = boxes(yours.as_deref(), &expected, 1e-9, Colour::Green);
    let repeated = ghosts(filled(&means.repeat(3), Colour::Orange), |index| index < 3);
    equation(
        &mut panel,
        0.0,
        ["−", "="],
        [("M", filled(&m, Colour::Sky)), ("means", repeated), ("center_columns(M)", result)],
    );

    let (u, v) = ([1.0, 2.0, 3.0], [10.0, 20.0, 50.0]);
    let expected: Vec<f64> = u.iter().flat_map(|u| v.iter().map(move |v| u * v)).collect();
    let yours = sketch.numbers("outer", &[3, 3], || OUTER(&of(&u), &of(&v)));
    let result = boxes(yours.as_deref(), &expected, 1e-9, Colour::Green);
    let column: Vec<f64> = u.iter().flat_map(|u| [*u; 3]).collect();
    let column = ghosts(filled(&column, Colour::Sky), |index| index % 3 == 0);
    let row = ghosts(filled(&v.repeat(3), Colour::Orange), |index| index < 3);
    equation(&mut panel, 4.8, ["·", "="], [("u [3, 1]", column), ("v [1, 3]", row), ("outer(u, v)", result)]);
    sketch.panel(panel);
}
