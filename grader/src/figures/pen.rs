//! What is drawn with: lines, discs and text at pixels of the browser, which may lie between those of plotters.

use plotters::backend::DrawingBackend;
use plotters::coord::Shift;
use plotters::drawing::{DrawingArea, DrawingAreaErrorKind};
use plotters::element::{Circle, DashedPathElement, PathElement, Polygon, Rectangle, Text};
use plotters::style::{Color, RGBColor, TextStyle};

use crate::figures::clip::Rect;
use crate::figures::style::{fine, see_through, stroke};

pub type Area<B> = DrawingArea<B, Shift>;
pub type Drawn<B> = Result<(), DrawingAreaErrorKind<<B as DrawingBackend>::ErrorType>>;

pub type Pixel = (f64, f64);

pub struct Pen<'a, B: DrawingBackend> {
    pub area: &'a Area<B>,
}

impl<B: DrawingBackend> Pen<'_, B> {
    pub fn path(&self, points: &[Pixel], colour: RGBColor, width: f64, alpha: f64) -> Drawn<B> {
        let style = see_through(colour, alpha).stroke_width(fine(width) as u32);
        // A corner is as long as it is sharp: where a path turns back it is two paths.
        let turns_back = |at: usize| {
            let [from, corner, to] = [points[at - 1], points[at], points[at + 1]];
            (corner.0 - from.0) * (to.0 - corner.0) + (corner.1 - from.1) * (to.1 - corner.1) < 0.0
        };
        let mut start = 0;
        for end in 1..points.len() {
            if end + 1 == points.len() || turns_back(end) {
                let part: Vec<_> = points[start..=end].iter().copied().map(whole).collect();
                self.area.draw(&PathElement::new(part, style))?;
                start = end;
            }
        }
        Ok(())
    }

    pub fn dashed(&self, points: &[Pixel], colour: RGBColor, width: f64) -> Drawn<B> {
        let points: Vec<_> = points.iter().copied().map(whole).collect();
        // Each dash is an element of an SVG: not too many.
        self.area.draw(&DashedPathElement::new(points, fine(6.5), fine(4.5), stroke(colour, width)))
    }

    pub fn polygon(&self, points: &[Pixel], colour: RGBColor) -> Drawn<B> {
        let points: Vec<_> = points.iter().copied().map(whole).collect();
        self.area.draw(&Polygon::new(points, colour.filled()))
    }

    pub fn disc(&self, at: Pixel, radius: f64, colour: RGBColor) -> Drawn<B> {
        self.area.draw(&Circle::new(whole(at), fine(radius), colour.filled()))
    }

    pub fn ring(&self, at: Pixel, radius: f64, colour: RGBColor) -> Drawn<B> {
        self.area.draw(&Circle::new(whole(at), fine(radius), stroke(colour, 1.6)))
    }

    pub fn cross(&self, (x, y): Pixel, radius: f64, colour: RGBColor) -> Drawn<B> {
        self.path(&[(x - radius, y - radius), (x + radius, y + radius)], colour, 1.8, 1.0)?;
        self.path(&[(x - radius, y + radius), (x + radius, y - radius)], colour, 1.8, 1.0)
    }

    pub fn filled(&self, rect: Rect, colour: RGBColor, alpha: f64) -> Drawn<B> {
        let corners = [whole((rect.left, rect.top)), whole((rect.right, rect.bottom))];
        self.area.draw(&Rectangle::new(corners, see_through(colour, alpha).filled()))
    }

    pub fn frame(&self, rect: Rect, colour: RGBColor, width: f64) -> Drawn<B> {
        self.path(&outline(rect), colour, width, 1.0)
    }

    pub fn dashed_frame(&self, rect: Rect, colour: RGBColor) -> Drawn<B> {
        self.dashed(&outline(rect), colour, 1.0)
    }

    pub fn text(&self, text: &str, at: Pixel, style: TextStyle<'static>) -> Drawn<B> {
        self.area.draw(&Text::new(text, whole(at), style))
    }
}

fn outline(Rect { left, top, right, bottom }: Rect) -> [Pixel; 5] {
    [(left, top), (right, top), (right, bottom), (left, bottom), (left, top)]
}

fn whole((x, y): Pixel) -> (i32, i32) {
    (fine(x), fine(y))
}
