//! Figures from a learner's own functions: what an exercise draws with a [`Sketch`].
//!
//! A learner's function is called only through [`Sketch::call`] and what is built on it, so that a `todo!()`, a
//! panic or a wrong shape becomes a note below the figure, and the rest of it is drawn all the same. What comes back
//! is put beside a reference of the exercise's own by [`sides`] and [`boxes`]: where they agree there is one
//! picture, where they do not there are two.

use protocol::figure::FigureAnswer;
pub use protocol::figure::{Axis, Cell, Colour, Figure, Mark, Panel, Role, Shape};
use tch::{TchError, Tensor};

use crate::display;
use crate::failure::{Failure, FailureKind};
use crate::observe::observe;

/// A figure in the making.
#[derive(Default)]
pub struct Sketch {
    figure: Figure,
    /// Calls of the learner's functions, and those that met a `todo!()`.
    calls: usize,
    todos: usize,
}

impl Sketch {
    /// How many panels stand side by side.
    pub fn columns(&mut self, columns: usize) {
        self.figure.columns = columns;
    }

    pub fn panel(&mut self, panel: Panel) {
        self.figure.panels.push(panel);
    }

    /// Says that this figure has measurements in it, which differ from run to run.
    pub fn measured(&mut self) {
        self.figure.measured = true;
    }

    /// Says below the figure what is not in it.
    pub fn note(&mut self, note: impl Into<String>) {
        let note = note.into();
        if !self.figure.notes.contains(&note) {
            self.figure.notes.push(note);
        }
    }

    /// What a learner's function returns; `None`, and a note, where it panics or is a `todo!()`.
    pub fn call<T>(&mut self, function: &str, body: impl FnOnce() -> T) -> Option<T> {
        self.calls += 1;
        observe(body).map_err(|failure| self.explain(function, &failure)).ok()
    }

    /// The same of a function that may return an error, which it should not here.
    pub fn succeeds<T>(&mut self, function: &str, body: impl FnOnce() -> Result<T, TchError>) -> Option<T> {
        match self.call(function, body)? {
            Ok(value) => Some(value),
            Err(error) => {
                let error = error.to_string();
                self.note(format!("{function} returned an error: {}", first_line(&error)));
                None
            }
        }
    }

    /// The same of a function that returns a tensor of a known shape: its numbers, row-major.
    pub fn numbers(
        &mut self,
        function: &str,
        shape: &[i64],
        body: impl FnOnce() -> Result<Tensor, TchError>,
    ) -> Option<Vec<f64>> {
        let tensor = self.succeeds(function, body)?;
        let size = tensor.size();
        if size != shape {
            self.note(format!("{function} returned the shape {size:?}, expected {shape:?}"));
            return None;
        }
        let values = numbers(&tensor);
        if values.is_none() {
            self.note(format!("{function} returned a tensor whose numbers cannot be read"));
        }
        values
    }

    fn explain(&mut self, function: &str, failure: &Failure) {
        if failure.0.kind == FailureKind::Todo {
            self.todos += 1;
            self.note(format!("{function} is still to do"));
        } else {
            self.note(format!("{function} {}", first_line(&failure.0.headline)));
        }
    }

    pub(crate) fn into_answer(self) -> FigureAnswer {
        if self.calls > 0 && self.todos == self.calls {
            return FigureAnswer::Todo;
        }
        FigureAnswer::Drawn(self.figure)
    }
}

/// What to draw of numbers that should be `expected`: themselves where each is within `tolerance` of what it should
/// be, else what was expected and, where there is something, what came.
pub fn sides(yours: Option<Vec<f64>>, expected: Vec<f64>, tolerance: f64) -> Vec<(Role, Vec<f64>)> {
    match yours {
        Some(yours) if agree(&yours, &expected, tolerance) => vec![(Role::Neutral, yours)],
        Some(yours) => vec![(Role::Expected, expected), (Role::Yours, yours)],
        None => vec![(Role::Expected, expected)],
    }
}

/// Boxes with the numbers of a grid, row by row, where `expected` should be: what came is shown, and beside it what
/// should have come where that is another number. What did not come at all is a ghost of what was expected.
pub fn boxes(yours: Option<&[f64]>, expected: &[f64], tolerance: f64, fill: Colour) -> Vec<Cell> {
    let one = |(index, expected): (usize, &f64)| match yours.map(|yours| yours[index]) {
        Some(value) if agree(&[value], &[*expected], tolerance) => Cell::filled(short(value), fill),
        Some(value) => {
            Cell { wrong: true, ..Cell::filled(format!("{}\nnot {}", short(value), short(*expected)), fill) }
        }
        None => Cell { ghost: true, ..Cell::new(short(*expected)) },
    };
    expected.iter().enumerate().map(one).collect()
}

/// Relative to numbers above 1, absolute below. NaN agrees with NaN, an infinity with itself.
fn agree(yours: &[f64], expected: &[f64], tolerance: f64) -> bool {
    let near = |a: f64, b: f64| {
        a == b || (a.is_nan() && b.is_nan()) || (a - b).abs() <= tolerance * b.abs().max(1.0)
    };
    yours.len() == expected.len() && yours.iter().zip(expected).all(|(a, b)| near(*a, *b))
}

/// What a tensor holds, row-major; `None` where libtorch does not give it out.
pub fn numbers(tensor: &Tensor) -> Option<Vec<f64>> {
    display::values(tensor)
}

/// Points of the plane from their numbers, x and y in turn.
pub fn pairs(numbers: &[f64]) -> impl Iterator<Item = [f64; 2]> {
    numbers.chunks_exact(2).map(|pair| [pair[0], pair[1]])
}

/// A number for a label: as few digits as show it.
pub fn short(value: f64) -> String {
    if value.is_nan() {
        return "NaN".to_owned();
    }
    if value.is_infinite() {
        return if value > 0.0 { "∞" } else { "−∞" }.to_owned();
    }
    let text = if value != 0.0 && !(1e-3..1e6).contains(&value.abs()) {
        format!("{value:.1e}")
    } else {
        let text = format!("{value:.3}");
        text.trim_end_matches('0').trim_end_matches('.').to_owned()
    };
    // −0 is 0 to a reader.
    if text == "-0" { "0".to_owned() } else { text.replace('-', "−") }
}

/// Errors of libtorch go on with a C++ stack; a note has one line, and not a long one.
fn first_line(text: &str) -> String {
    let line = text.lines().next().unwrap_or_default();
    match line.char_indices().nth(160) {
        Some((end, _)) => format!("{}…", &line[..end]),
        None => line.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use tch::{Device, Kind};

    use super::*;

    #[test]
    fn what_goes_wrong_in_a_learners_function_becomes_a_note() {
        let ones = |shape: &[i64]| Ok(Tensor::ones(shape, (Kind::Float, Device::Cpu)));
        let mut sketch = Sketch::default();
        assert_eq!(sketch.numbers("f", &[2], || ones(&[2])), Some(vec![1.0, 1.0]));
        assert_eq!(sketch.numbers("f", &[2], || ones(&[3])), None);
        assert_eq!(sketch.call("g", || -> f64 { panic!("oh") }), None);
        assert_eq!(sketch.call("h", || -> f64 { todo!() }), None);
        assert_eq!(sketch.succeeds("k", || Err::<f64, _>(TchError::Shape("odd".into()))), None);
        let FigureAnswer::Drawn(Figure { notes, .. }) = sketch.into_answer() else { panic!() };
        assert_eq!(notes[0], "f returned the shape [3], expected [2]");
        assert!(notes[1].starts_with("g panicked at ") && notes[1].ends_with(": oh"), "{}", notes[1]);
        assert_eq!(notes[2], "h is still to do");
        assert!(notes[3].starts_with("k returned an error: ") && notes[3].ends_with("odd"), "{}", notes[3]);
    }

    #[test]
    fn a_figure_is_to_do_where_all_that_it_needs_is() {
        let mut sketch = Sketch::default();
        sketch.call("f", || -> f64 { todo!() });
        sketch.call("g", || -> f64 { todo!() });
        assert_eq!(sketch.into_answer(), FigureAnswer::Todo);
    }

    #[test]
    fn numbers_are_drawn_once_where_they_are_as_expected() {
        let expected = vec![1.0, f64::INFINITY];
        assert_eq!(sides(Some(expected.clone()), expected.clone(), 0.0), [(Role::Neutral, expected.clone())]);
        assert_eq!(sides(None, expected.clone(), 0.0), [(Role::Expected, expected.clone())]);
        let both = sides(Some(vec![1.5, 2.0]), expected.clone(), 1e-6);
        assert_eq!(both, [(Role::Expected, expected), (Role::Yours, vec![1.5, 2.0])]);
    }

    #[test]
    fn a_wrong_number_of_a_grid_is_shown_beside_the_right_one() {
        let texts = |yours| {
            let cells = boxes(yours, &[1.0, 2.0], 1e-9, Colour::Blue);
            cells.into_iter().map(|cell| (cell.text, cell.wrong, cell.ghost)).collect::<Vec<_>>()
        };
        let text = |text: &str, wrong, ghost| (text.to_owned(), wrong, ghost);
        assert_eq!(texts(Some(&[1.0, 3.0])), [text("1", false, false), text("3\nnot 2", true, false)]);
        assert_eq!(texts(None), [text("1", false, true), text("2", false, true)]);
    }

    #[test]
    fn numbers_in_labels_are_short() {
        for (value, text) in [
            (0.0, "0"),
            (-0.5, "−0.5"),
            (12.0, "12"),
            (1.0 / 3.0, "0.333"),
            (1e-9, "1.0e−9"),
            (-1e-4, "−1.0e−4"),
        ] {
            assert_eq!(short(value), text);
        }
    }
}
