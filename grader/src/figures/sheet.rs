//! A figure's sheet: its title, its panels in rows, what it shows in words, and what of the learner's code is not in
//! it.

use plotters::backend::DrawingBackend;
use plotters::style::RGBColor;
use plotters::style::text_anchor::{HPos, VPos};
use protocol::figure::FigureAnswer;

use crate::figures::clip::Rect;
use crate::figures::panel::Placed;
use crate::figures::pen::{Area, Drawn, Pen};
use crate::figures::style::{GRID, INK, MUTED, TEXT, TITLE, WRONG, lines, text};
use crate::outcome::FigureOutcome;
use crate::report::text::excerpt;

const MARGIN: f64 = 16.0;
const BETWEEN: f64 = 18.0;

/// Widths of a panel that stands alone, and of those that stand in twos, threes and so on.
const PANEL: [f64; 4] = [540.0, 380.0, 330.0, 260.0];

/// Of what is said, no more lines than this.
const MOST_LINES: usize = 12;

pub struct Sheet<'a> {
    width: f64,
    height: f64,
    title: Block,
    panels: Vec<Placed<'a>>,
    /// Stands where the panels would.
    empty: Option<Rect>,
    words: Vec<Block>,
}

/// Lines of text, one below the other.
struct Block {
    lines: Vec<String>,
    top: f64,
    size: f64,
    bold: bool,
    colour: RGBColor,
}

impl Block {
    fn new(text: &str, top: f64, width: f64, size: f64, bold: bool, colour: RGBColor) -> Self {
        let text = excerpt(text, MOST_LINES, 0);
        let lines = text.lines().flat_map(|line| lines(line, size, bold, width)).collect();
        Block { lines, top, size, bold, colour }
    }

    fn bottom(&self) -> f64 {
        self.top + self.lines.len() as f64 * self.pitch()
    }

    fn pitch(&self) -> f64 {
        self.size * 1.4
    }
}

impl<'a> Sheet<'a> {
    pub fn of(outcome: &'a FigureOutcome) -> Self {
        let figure = match &outcome.answer {
            FigureAnswer::Drawn(figure) => Some(figure),
            FigureAnswer::Todo | FigureAnswer::Failed { .. } => None,
        };
        let columns = figure.map_or(1, |figure| figure.columns.clamp(1, PANEL.len()));
        let panel = PANEL[columns - 1];
        let inner = columns as f64 * (panel + BETWEEN) - BETWEEN;
        let title = Block::new(&outcome.info.title, MARGIN, inner, TITLE, true, INK);
        let mut top = title.bottom() + 8.0;

        let mut panels = Vec::new();
        if let Some(figure) = figure {
            for row in figure.panels.chunks(columns) {
                let place =
                    |(column, one)| Placed::new(one, MARGIN + column as f64 * (panel + BETWEEN), top, panel);
                let row: Vec<Placed> = row.iter().enumerate().map(place).collect();
                top = row.iter().map(Placed::bottom).fold(top, f64::max) + 8.0;
                panels.extend(row);
            }
        }
        let mut words = Vec::new();
        let mut say = |words_to_say: &str, colour, top: &mut f64| {
            let block = Block::new(words_to_say, *top, inner, TEXT, false, colour);
            *top = block.bottom() + 4.0;
            words.push(block);
        };
        let mut empty = None;
        match &outcome.answer {
            FigureAnswer::Drawn(_) => {}
            FigureAnswer::Todo => {
                empty = Some(Rect { left: MARGIN, top, right: MARGIN + inner, bottom: top + 90.0 });
                top += 106.0;
            }
            FigureAnswer::Failed { message } => {
                say(&format!("This figure could not be drawn: {message}"), WRONG, &mut top);
            }
        }
        say(&outcome.info.caption, MUTED, &mut top);
        for note in figure.iter().flat_map(|figure| &figure.notes) {
            say(&format!("✗ {note}"), WRONG, &mut top);
        }
        if figure.is_some_and(|figure| figure.measured) {
            say("Measured on this machine: other times elsewhere, and in another run.", MUTED, &mut top);
        }
        Sheet { width: inner + 2.0 * MARGIN, height: top + MARGIN - 4.0, title, panels, empty, words }
    }

    /// Width and height.
    pub fn size(&self) -> (u32, u32) {
        (self.width.ceil() as u32, self.height.ceil() as u32)
    }

    pub fn draw<B: DrawingBackend>(&self, area: &Area<B>) -> Drawn<B> {
        let pen = Pen { area };
        for block in self.words.iter().chain([&self.title]) {
            for (index, line) in block.lines.iter().enumerate() {
                let at = (MARGIN, block.top + (index as f64 + 0.5) * block.pitch());
                pen.text(line, at, text(block.size, block.bold, block.colour, HPos::Left, VPos::Center))?;
            }
        }
        if let Some(empty) = self.empty {
            pen.filled(empty, GRID, 0.5)?;
            let style = text(TEXT, false, INK, HPos::Center, VPos::Center);
            let words = "Still to do: this appears once its functions are written.";
            pen.text(words, empty.middle(), style)?;
        }
        for panel in &self.panels {
            panel.draw(&pen)?;
        }
        Ok(())
    }
}
