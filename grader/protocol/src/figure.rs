//! Figures as data: what the checks of an exercise found, for the grader to draw.
//!
//! A figure is a few panels, a panel is axes and marks. Every mark says by its [`Role`] whether it is what the
//! learner's code gave, what was expected of it, or neither. How any of it looks is for the grader to decide.

use serde::{Deserialize, Deserializer, Serialize};

/// A figure as its exercise declares it, before any learner's code has run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FigureInfo {
    /// Part of a file's name, unique within the exercise: `level-set`.
    pub name: String,
    pub title: String,
    /// What there is to see in it.
    pub caption: String,
}

/// What came of drawing a figure.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FigureAnswer {
    Drawn(Figure),
    /// All that it needs of the learner's code is still `todo!()`.
    Todo,
    /// The exercise could not make it.
    Failed {
        message: String,
    },
}

#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Figure {
    /// Panels side by side before the next row begins.
    pub columns: usize,
    pub panels: Vec<Panel>,
    /// What of the learner's code is not in it, and why.
    pub notes: Vec<String>,
    /// It has measurements of this machine in it, which differ from run to run.
    pub measured: bool,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Panel {
    pub title: String,
    pub x: Axis,
    pub y: Axis,
    /// One unit is as long in both directions.
    pub equal: bool,
    /// Axes are drawn; without them it is a diagram, in units of its own.
    pub axes: bool,
    pub marks: Vec<Mark>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Axis {
    pub label: String,
    pub logarithmic: bool,
    /// Both ends. In a diagram y may go downwards.
    pub range: [f64; 2],
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Mark {
    pub role: Role,
    pub colour: Colour,
    /// What it is called: in the legend, at an arrow's tip, or the text itself.
    pub label: String,
    pub shape: Shape,
}

/// Whose a mark is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Nobody's in particular, or everybody's: what was given is what was expected.
    #[default]
    Neutral,
    /// What the learner's code gave, where that is not what was expected.
    Yours,
    /// What was expected, where something else came.
    Expected,
}

/// Meanings of colours rather than colours: ink and grey, and hues that tell series apart.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Colour {
    #[default]
    Ink,
    Muted,
    Blue,
    Orange,
    Green,
    Vermilion,
    Purple,
    Sky,
}

/// A point of a panel. NaN and infinities leave a gap.
pub type Point = [Real; 2];

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Shape {
    /// Points joined by lines, of this width in pixels.
    Line {
        points: Vec<Point>,
        width: f64,
    },
    Points {
        points: Vec<Point>,
    },
    Arrow {
        from: Point,
        to: Point,
    },
    /// The label, centred here.
    Text {
        at: Point,
        bold: bool,
    },
    /// The level sets of a field.
    Contours {
        field: Field,
        levels: Vec<f64>,
    },
    /// A grid of boxes with text, row by row, with its upper left corner `at`.
    Cells {
        at: [f64; 2],
        size: [f64; 2],
        columns: usize,
        cells: Vec<Cell>,
    },
}

/// A field on a grid: `values` row by row, as many in a row as there are `columns`, from the first ends of the two
/// ranges to the second.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Field {
    pub x: [f64; 2],
    pub y: [f64; 2],
    pub columns: usize,
    pub values: Vec<Real>,
}

/// A box of a grid.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cell {
    pub text: String,
    pub fill: Option<Colour>,
    /// Is not really there: the virtual copies of broadcasting.
    pub ghost: bool,
    /// Not what was expected.
    pub wrong: bool,
}

/// A number that travels as JSON, which has no NaN and no infinities: all of them arrive as NaN.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Real(pub f64);

impl<'de> Deserialize<'de> for Real {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        Ok(Real(Option::deserialize(from)?.unwrap_or(f64::NAN)))
    }
}

impl Axis {
    pub fn linear(label: &str, low: f64, high: f64) -> Self {
        Axis { label: label.to_owned(), logarithmic: false, range: [low, high] }
    }

    pub fn logarithmic(label: &str, low: f64, high: f64) -> Self {
        Axis { label: label.to_owned(), logarithmic: true, range: [low, high] }
    }
}

impl Panel {
    pub fn new(title: &str, x: Axis, y: Axis) -> Self {
        Panel { title: title.to_owned(), x, y, equal: false, axes: true, marks: Vec::new() }
    }

    /// A plane in which one unit is as long in both directions.
    pub fn plane(title: &str, x: Axis, y: Axis) -> Self {
        Panel { equal: true, ..Panel::new(title, x, y) }
    }

    /// A diagram: no axes, `width` units wide and `height` units high, from the upper left corner (0, 0).
    pub fn diagram(title: &str, width: f64, height: f64) -> Self {
        let (x, y) = (Axis::linear("", 0.0, width), Axis::linear("", height, 0.0));
        Panel { axes: false, ..Panel::plane(title, x, y) }
    }

    pub fn add(&mut self, colour: Colour, label: &str, shape: Shape) {
        self.add_as(Role::Neutral, colour, label, shape);
    }

    pub fn add_as(&mut self, role: Role, colour: Colour, label: &str, shape: Shape) {
        self.marks.push(Mark { role, colour, label: label.to_owned(), shape });
    }
}

impl Shape {
    pub fn line(points: impl IntoIterator<Item = [f64; 2]>) -> Self {
        Shape::line_of_width(1.9, points)
    }

    pub fn line_of_width(width: f64, points: impl IntoIterator<Item = [f64; 2]>) -> Self {
        Shape::Line { points: points.into_iter().map(point).collect(), width }
    }

    pub fn points(points: impl IntoIterator<Item = [f64; 2]>) -> Self {
        Shape::Points { points: points.into_iter().map(point).collect() }
    }

    pub fn arrow(from: [f64; 2], to: [f64; 2]) -> Self {
        Shape::Arrow { from: point(from), to: point(to) }
    }

    pub fn contours(
        x: [f64; 2],
        y: [f64; 2],
        columns: usize,
        values: impl IntoIterator<Item = f64>,
        levels: &[f64],
    ) -> Self {
        let values = values.into_iter().map(Real).collect();
        Shape::Contours { field: Field { x, y, columns, values }, levels: levels.to_vec() }
    }

    pub fn cells(at: [f64; 2], size: [f64; 2], columns: usize, cells: Vec<Cell>) -> Self {
        Shape::Cells { at, size, columns, cells }
    }

    pub fn text(at: [f64; 2]) -> Self {
        Shape::Text { at: point(at), bold: false }
    }

    pub fn heading(at: [f64; 2]) -> Self {
        Shape::Text { at: point(at), bold: true }
    }
}

impl Cell {
    pub fn new(text: impl Into<String>) -> Self {
        Cell { text: text.into(), ..Cell::default() }
    }

    pub fn filled(text: impl Into<String>, fill: Colour) -> Self {
        Cell { fill: Some(fill), ..Cell::new(text) }
    }
}

fn point([x, y]: [f64; 2]) -> Point {
    [Real(x), Real(y)]
}
