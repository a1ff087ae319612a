//! A figure of ex06: where the elements of a matrix lie in memory.

use harness::figure::{Cell, Colour, Panel, Shape, Sketch};

use super::*;

pub fn declare(suite: &mut Suite) {
    suite.figure(
        "memory-order",
        "Row-major and column-major",
        "A matrix of shape [3, 4], and its elements as they lie in memory: each at the place that offset gives. \
         Row-major strides are those of row_major_strides; with them rows are neighbours, with strides [1, 3] columns \
         are.",
        memory_order,
    );
}

const ROWS: i64 = 3;
const COLUMNS: i64 = 4;
const PLACES: usize = 12;
const COLOURS: [Colour; 3] = [Colour::Sky, Colour::Orange, Colour::Green];

/// The elements at a place in memory, as row and column: one, if all is well.
type Place = Vec<(i64, i64)>;
type Memory = Vec<Place>;

fn memory_order(_: &Context, sketch: &mut Sketch) {
    let row_major = sketch.succeeds("row_major_strides", || ROW_MAJOR_STRIDES(&[ROWS, COLUMNS]));
    for (name, yours, expected) in
        [("row-major", row_major, [COLUMNS, 1]), ("column-major", Some(vec![1, ROWS]), [1, ROWS])]
    {
        let right = memory(|i, j| Some(i * expected[0] + j * expected[1])).expect("all offsets are known");
        let strides = yours.clone().unwrap_or(expected.to_vec());
        let got =
            yours.and_then(|strides| memory(|i, j| sketch.succeeds("offset", || OFFSET(&strides, &[i, j]))));
        let elements = got.iter().flatten().map(Vec::len).sum::<usize>();
        if got.is_some() && elements < PLACES {
            sketch.note(format!("{name}: {} elements lie outside of the {PLACES} places", PLACES - elements));
        }
        let same = got.as_ref() == Some(&right) && strides == expected;
        let mut panel = Panel::diagram("", 20.0, if same { 4.6 } else { 7.4 });
        let headline = match same {
            true => format!("{name}, strides {strides:?}"),
            false => format!("{name}, strides {strides:?}, expected {expected:?}"),
        };
        panel.add(Colour::Ink, &headline, Shape::heading([10.0, 0.5]));
        let matrix = (0..ROWS).flat_map(|i| (0..COLUMNS).map(move |j| element(i, j))).collect();
        panel.add(Colour::Ink, "", Shape::cells([0.2, 1.4], [1.5, 1.0], COLUMNS as usize, matrix));
        panel.add(Colour::Muted, "→", Shape::text([6.9, 2.6]));
        let mut top = 1.9;
        if let Some(got) = &got {
            strip(&mut panel, top, if same { "in memory" } else { "yours" }, got, &right);
            top += 2.8;
        }
        if !same {
            strip(&mut panel, top, "expected", &right, &right);
        }
        sketch.panel(panel);
    }
}

/// The elements by their places, as far as they are among them.
fn memory(mut offset: impl FnMut(i64, i64) -> Option<i64>) -> Option<Memory> {
    let mut memory = vec![Vec::new(); PLACES];
    for i in 0..ROWS {
        for j in 0..COLUMNS {
            let place = usize::try_from(offset(i, j)?).ok();
            if let Some(elements) = place.and_then(|place| memory.get_mut(place)) {
                elements.push((i, j));
            }
        }
    }
    Some(memory)
}

fn element(i: i64, j: i64) -> Cell {
    const DIGITS: [char; 4] = ['₀', '₁', '₂', '₃'];
    Cell::filled(format!("a{}{}", DIGITS[i as usize], DIGITS[j as usize]), COLOURS[i as usize])
}

fn strip(panel: &mut Panel, top: f64, name: &str, memory: &Memory, right: &Memory) {
    panel.add(Colour::Ink, name, Shape::text([13.7, top - 0.35]));
    let cell = |(elements, right): (&Place, &Place)| {
        let texts: Vec<String> = elements.iter().map(|(i, j)| element(*i, *j).text).collect();
        let fill = elements.first().map(|(i, _)| COLOURS[*i as usize]);
        Cell { text: texts.join("\n"), fill, ghost: elements.is_empty(), wrong: elements != right }
    };
    let cells = memory.iter().zip(right).map(cell).collect();
    panel.add(Colour::Ink, "", Shape::cells([7.7, top], [1.0, 1.2], PLACES, cells));
    for place in 0..PLACES {
        panel.add(Colour::Muted, &place.to_string(), Shape::text([8.2 + place as f64, top + 1.6]));
    }
}
