//! Figures that the drawing is tried on.

use protocol::figure::{Axis, Cell, Colour, Figure, FigureAnswer, FigureInfo, Panel, Role, Shape};

use crate::outcome::FigureOutcome;

fn outcome(answer: FigureAnswer) -> FigureOutcome {
    let info = FigureInfo {
        name: "sample".into(),
        title: "A sample of <marks> & labels".into(),
        caption: "Everything that a figure can have, once.".into(),
    };
    FigureOutcome { info, answer }
}

pub fn to_do() -> FigureOutcome {
    outcome(FigureAnswer::Todo)
}

pub fn failed(message: &str) -> FigureOutcome {
    outcome(FigureAnswer::Failed { message: message.into() })
}

pub fn with_notes(notes: &[&str]) -> FigureOutcome {
    let notes = notes.iter().map(ToString::to_string).collect();
    outcome(FigureAnswer::Drawn(Figure { notes, ..Figure::default() }))
}

/// A plane with arrows, a logarithmic panel in which yours is not what was expected, and a diagram.
pub fn every_mark() -> FigureOutcome {
    let unit = |label| Axis::linear(label, -1.0, 1.0);
    let mut plane = Panel::plane("a plane", unit("x"), unit("y"));
    let square = [-1.0, 0.0, 1.0].iter().flat_map(|y| [-1.0, 0.0, 1.0].map(|x| x * x + y * y));
    plane.add(Colour::Sky, "", Shape::contours([-1.0, 1.0], [-1.0, 1.0], 3, square, &[0.5]));
    plane.add_as(Role::Expected, Colour::Green, "d", Shape::arrow([0.0, 0.0], [0.5, 0.5]));
    plane.add_as(Role::Yours, Colour::Green, "d", Shape::arrow([0.0, 0.0], [0.5, -0.5]));
    plane.add(Colour::Ink, "", Shape::arrow([0.0, 0.0], [f64::NAN, 0.0]));

    let mut curves = Panel::new("", Axis::linear("k", 0.0, 3.0), Axis::logarithmic("loss", 0.01, 10.0));
    let curve = |numbers: [f64; 4]| Shape::line(numbers.into_iter().enumerate().map(|(k, y)| [k as f64, y]));
    curves.add_as(Role::Expected, Colour::Blue, "η = 1", curve([8.0, 2.0, 0.5, 0.1]));
    curves.add_as(Role::Yours, Colour::Blue, "η = 1", curve([8.0, f64::NAN, 4.0, 1e300]));
    curves.add(Colour::Orange, "points", Shape::points([[1.0, 1.0], [2.0, 0.0]]));

    let mut diagram = Panel::diagram("", 4.0, 2.0);
    let cells = vec![
        Cell::filled("1", Colour::Sky),
        Cell { wrong: true, ..Cell::filled("3\nnot 2", Colour::Sky) },
        Cell { ghost: true, ..Cell::new("4") },
    ];
    diagram.add(Colour::Ink, "", Shape::cells([0.5, 0.5], [1.0, 1.0], 3, cells));
    diagram.add(Colour::Muted, "a diagram", Shape::text([2.0, 0.2]));
    outcome(FigureAnswer::Drawn(Figure {
        columns: 2,
        panels: vec![plane, curves, diagram],
        notes: vec!["f is still to do".into()],
        measured: false,
    }))
}
