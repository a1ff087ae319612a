//! One panel: its axes, its marks, and the legend below.

use plotters::backend::DrawingBackend;
use plotters::chart::ChartBuilder;
use plotters::style::text_anchor::{HPos, VPos};
use plotters::style::{RGBColor, TRANSPARENT};
use protocol::figure::{Cell, Colour, Field, Mark, Panel, Point, Real, Role, Shape};

use crate::figures::clip::{Rect, inside};
use crate::figures::pen::{Drawn, Pen, Pixel};
use crate::figures::scale::Scale;
use crate::figures::style::{
    self, GRID, HEADING, INK, MUTED, SMALL, TEXT, WRONG, fine, rgb, stroke, text, tint,
};

/// Height to width of a panel whose units differ.
const ASPECT: f64 = 0.66;
const TITLE_ROW: f64 = 24.0;
const LEGEND_ROW: f64 = 18.0;
/// A sample of a line in the legend.
const SAMPLE: f64 = 26.0;
const RIGHT: f64 = 14.0;
const HALF_A_LABEL: f64 = 7.5;
const TICK_LABELS: f64 = 20.0;
const AXIS_LABEL: f64 = 18.0;
const ABOVE_LEGEND: f64 = 6.0;

/// A panel and where it is drawn.
pub struct Placed<'a> {
    panel: &'a Panel,
    x: Scale,
    y: Scale,
    left: f64,
    top: f64,
    width: f64,
    plot: Rect,
    legend: Vec<Vec<Entry>>,
    bottom: f64,
}

/// A sample of what the marks of a series look like, and its name.
struct Entry {
    role: Role,
    colour: RGBColor,
    line: bool,
    points: bool,
    name: String,
    width: f64,
}

impl<'a> Placed<'a> {
    pub fn new(panel: &'a Panel, left: f64, top: f64, width: f64) -> Self {
        let (x, y) = (Scale::of(&panel.x), Scale::of(&panel.y));
        let row = |label: &str| if label.is_empty() { 0.0 } else { AXIS_LABEL };
        let (at_left, below, at_right) = if panel.axes {
            let widest = y.labels().map(|label| style::width(&label, SMALL, false)).fold(0.0, f64::max);
            (widest + 8.0 + row(&panel.y.label), TICK_LABELS + row(&panel.x.label), RIGHT)
        } else {
            (2.0, 2.0, 2.0)
        };
        let title = if panel.title.is_empty() { 6.0 } else { TITLE_ROW };
        let plot_width = width - at_left - at_right;
        let aspect = if panel.equal {
            let length = |range: [f64; 2]| (range[1] - range[0]).abs();
            length(panel.y.range) / length(panel.x.range)
        } else {
            ASPECT
        };
        let plot = Rect {
            left: left + at_left,
            top: top + title,
            right: left + width - at_right,
            bottom: top + title + plot_width * aspect,
        };
        let legend = legend(panel, width);
        let gap = if legend.is_empty() { 0.0 } else { ABOVE_LEGEND };
        let bottom = plot.bottom + below + gap + LEGEND_ROW * legend.len() as f64 + 6.0;
        Placed { panel, x, y, left, top, width, plot, legend, bottom }
    }

    pub fn bottom(&self) -> f64 {
        self.bottom
    }

    pub fn draw<B: DrawingBackend>(&self, pen: &Pen<B>) -> Drawn<B> {
        let title = text(HEADING, true, INK, HPos::Center, VPos::Center);
        pen.text(&self.panel.title, (self.left + self.width / 2.0, self.top + 10.0), title)?;
        if self.panel.axes {
            self.draw_axes(pen)?;
        }
        let mut labels = Vec::new();
        for mark in &self.panel.marks {
            self.draw_mark(mark, &mut labels, pen)?;
        }
        self.draw_legend(pen)
    }

    fn draw_axes<B: DrawingBackend>(&self, pen: &Pen<B>) -> Drawn<B> {
        let Placed { panel, plot, .. } = self;
        let row = |label: &str| if label.is_empty() { 0.0 } else { AXIS_LABEL };
        let below = TICK_LABELS + row(&panel.x.label);
        let corner = (fine(self.left), fine(plot.top));
        let size = (fine(plot.right - self.left), fine(plot.height() + below));
        let area = pen.area.clone().shrink(corner, size);
        let mut chart = ChartBuilder::on(&area)
            .x_label_area_size(fine(below))
            .y_label_area_size(fine(plot.left - self.left))
            .build_cartesian_2d(self.x.clone(), self.y.clone())?;
        chart
            .configure_mesh()
            .bold_line_style(stroke(GRID, 1.0))
            .light_line_style(TRANSPARENT)
            .axis_style(stroke(MUTED, 1.0))
            .set_all_tick_mark_size(fine(4.0))
            .label_style(text(SMALL, false, INK, HPos::Center, VPos::Center))
            .axis_desc_style(text(TEXT, false, INK, HPos::Center, VPos::Center))
            .x_desc(&panel.x.label)
            .y_desc(&panel.y.label)
            .draw()
    }

    /// Where a point lies.
    fn place(&self, [Real(x), Real(y)]: Point) -> Option<Pixel> {
        let Rect { left, top, .. } = self.plot;
        let (across, up) = (self.x.along(x)?, self.y.along(y)?);
        Some((left + across * self.plot.width(), top + (1.0 - up) * self.plot.height()))
    }

    /// `labels` are the places of those that are drawn already.
    fn draw_mark<B: DrawingBackend>(&self, mark: &Mark, labels: &mut Vec<Rect>, pen: &Pen<B>) -> Drawn<B> {
        let colour = rgb(mark.colour);
        match &mark.shape {
            Shape::Line { points, width } => self.draw_line(points, *width, mark, pen),
            Shape::Points { points } => {
                for at in points.iter().filter_map(|point| self.visible(*point)) {
                    draw_point(mark.role, at, colour, pen)?;
                }
                Ok(())
            }
            Shape::Arrow { from, to } => self.draw_arrow(*from, *to, mark, labels, pen),
            Shape::Text { at, bold } => {
                let size = if *bold { HEADING } else { TEXT };
                let Some(at) = self.place(*at) else { return Ok(()) };
                for (index, line) in mark.label.lines().enumerate() {
                    let at = (at.0, at.1 + index as f64 * (size + 4.0));
                    self.draw_label(line, at, (size, *bold, colour), labels, pen)?;
                }
                Ok(())
            }
            Shape::Contours { field, levels } => self.draw_contours(field, levels, colour, pen),
            Shape::Cells { at, size, columns, cells } => self.draw_cells(*at, *size, *columns, cells, pen),
        }
    }

    fn visible(&self, point: Point) -> Option<Pixel> {
        self.place(point).filter(|at| self.plot.contains(*at))
    }

    fn draw_line<B: DrawingBackend>(
        &self,
        points: &[Point],
        width: f64,
        mark: &Mark,
        pen: &Pen<B>,
    ) -> Drawn<B> {
        let colour = rgb(mark.colour);
        let pixels: Vec<Option<Pixel>> = points.iter().map(|point| self.place(*point)).collect();
        for part in inside(&pixels, self.plot) {
            draw_stroke(mark.role, &part, colour, width, pen)?;
        }
        if mark.role == Role::Yours {
            for at in points.iter().step_by(points.len() / 20 + 1).filter_map(|point| self.visible(*point)) {
                draw_point(Role::Yours, at, colour, pen)?;
            }
        }
        Ok(())
    }

    fn draw_arrow<B: DrawingBackend>(
        &self,
        from: Point,
        to: Point,
        mark: &Mark,
        labels: &mut Vec<Rect>,
        pen: &Pen<B>,
    ) -> Drawn<B> {
        let (Some(from), Some(to)) = (self.place(from), self.place(to)) else { return Ok(()) };
        let colour = rgb(mark.colour);
        let (dx, dy) = (to.0 - from.0, to.1 - from.1);
        let length = dx.hypot(dy);
        let ends: Vec<_> = inside(&[Some(from), Some(to)], self.plot).concat();
        let [start, end] = ends[..] else { return Ok(()) };
        if length < 1.0 {
            return pen.disc(from, 2.5, colour);
        }
        let (ux, uy) = (dx / length, dy / length);
        // A head has to be part of its arrow, also of a short one.
        let head = 9.0_f64.min(0.6 * length);
        let arrives = end == to;
        let neck = if arrives { (to.0 - 0.8 * head * ux, to.1 - 0.8 * head * uy) } else { end };
        draw_stroke(mark.role, &[start, neck], colour, 1.9, pen)?;
        if arrives {
            let side = |by: f64| (to.0 - head * ux - by * uy, to.1 - head * uy + by * ux);
            pen.polygon(&[to, side(0.42 * head), side(-0.42 * head)], colour)?;
        }
        if mark.label.is_empty() {
            return Ok(());
        }
        let label = match mark.role {
            Role::Neutral => mark.label.clone(),
            Role::Yours => format!("{} (yours)", mark.label),
            Role::Expected => format!("{} (expected)", mark.label),
        };
        // Beyond the tip, as far as the text reaches in that direction.
        let half = style::width(&label, TEXT, false) / 2.0;
        let away = 8.0 + half * ux.abs() + 4.0 * uy.abs();
        let at = (end.0 + away * ux, end.1 + away * uy);
        self.draw_label(&label, at, (TEXT, false, colour), labels, pen)
    }

    /// A line of text inside of the panel, which can be read over lines, and beside other labels.
    fn draw_label<B: DrawingBackend>(
        &self,
        label: &str,
        at: Pixel,
        (size, bold, colour): (f64, bool, RGBColor),
        labels: &mut Vec<Rect>,
        pen: &Pen<B>,
    ) -> Drawn<B> {
        let half = style::width(label, size, bold) / 2.0 + 2.0;
        let (left, right) = (self.left + half, self.left + self.width - half);
        let around = |(x, y): Pixel| {
            let x = if left < right { x.clamp(left, right) } else { (left + right) / 2.0 };
            let y = y.clamp(self.plot.top + HALF_A_LABEL, self.plot.bottom - HALF_A_LABEL);
            Rect { left: x - half, top: y - HALF_A_LABEL, right: x + half, bottom: y + HALF_A_LABEL }
        };
        let mut place = around(at);
        if let Some(other) = labels.iter().copied().find(|other| place.overlaps(other)) {
            let (x, y) = place.middle();
            let beside = [(other.right + half, y), (other.left - half, y)];
            let above_or_below = [(x, other.bottom + HALF_A_LABEL), (x, other.top - HALF_A_LABEL)];
            let is_free = |place: &Rect| !labels.iter().any(|label| place.overlaps(label));
            let free = beside.into_iter().chain(above_or_below).map(around).filter(is_free);
            let away = |place: &Rect| (place.middle().0 - x).hypot(place.middle().1 - y);
            place = free.min_by(|one, other| away(one).total_cmp(&away(other))).unwrap_or(place);
        }
        labels.push(place);
        if self.panel.axes {
            pen.filled(place, RGBColor(255, 255, 255), 0.75)?;
        }
        pen.text(label, place.middle(), text(size, bold, colour, HPos::Center, VPos::Center))
    }

    fn draw_contours<B: DrawingBackend>(
        &self,
        Field { x, y, columns, values }: &Field,
        levels: &[f64],
        colour: RGBColor,
        pen: &Pen<B>,
    ) -> Drawn<B> {
        let columns = *columns;
        let rows = values.len().checked_div(columns).unwrap_or(0);
        if columns < 2 || rows < 2 || rows * columns != values.len() {
            return Ok(());
        }
        let step = |range: &[f64; 2], count: usize| (range[1] - range[0]) / (count - 1) as f64;
        let (x_step, y_step) = (step(x, columns), step(y, rows));
        let values: Vec<f64> = values.iter().map(|Real(value)| *value).collect();
        // To this crate a value lies in the middle of its grid cell.
        let lines = contour::ContourBuilder::new(columns, rows, true)
            .x_origin(x[0] - x_step / 2.0)
            .y_origin(y[0] - y_step / 2.0)
            .x_step(x_step)
            .y_step(y_step)
            .lines(&values, levels)
            .unwrap_or_default();
        for (index, line) in lines.iter().enumerate() {
            let alpha = 0.35 + 0.55 * index as f64 / lines.len() as f64;
            for ring in &line.geometry().0 {
                let pixels: Vec<Option<Pixel>> =
                    ring.coords().map(|at| self.place([Real(at.x), Real(at.y)])).collect();
                for part in inside(&pixels, self.plot) {
                    pen.path(&part, colour, 1.1, alpha)?;
                }
            }
        }
        Ok(())
    }

    fn draw_cells<B: DrawingBackend>(
        &self,
        at: [f64; 2],
        size: [f64; 2],
        columns: usize,
        cells: &[Cell],
        pen: &Pen<B>,
    ) -> Drawn<B> {
        let downwards = if self.panel.y.range[1] < self.panel.y.range[0] { 1.0 } else { -1.0 };
        let rect = |index: usize| {
            let (row, column) = ((index / columns.max(1)) as f64, (index % columns.max(1)) as f64);
            let corner = |right: f64, down: f64| {
                let x = at[0] + (column + right) * size[0];
                self.place([Real(x), Real(at[1] + downwards * (row + down) * size[1])])
            };
            let ((left, top), (right, bottom)) = (corner(0.0, 0.0)?, corner(1.0, 1.0)?);
            Some(Rect { left, top, right, bottom })
        };
        for (index, cell) in cells.iter().enumerate() {
            let Some(rect) = rect(index) else { continue };
            if let Some(fill) = cell.fill {
                pen.filled(
                    rect,
                    if fill == Colour::Ink { INK } else { tint(fill) },
                    if cell.ghost { 0.4 } else { 1.0 },
                )?;
            }
            if cell.ghost {
                pen.dashed_frame(rect, MUTED)?;
            } else {
                pen.frame(rect, MUTED, 1.0)?;
            }
            let colour = match (cell.fill, cell.ghost) {
                (Some(Colour::Ink), _) => RGBColor(255, 255, 255),
                (_, true) => MUTED,
                _ => INK,
            };
            let lines: Vec<&str> = cell.text.lines().collect();
            let widest = lines.iter().map(|line| style::width(line, TEXT, false)).fold(1.0, f64::max);
            let fits = (rect.width() - 6.0) / widest;
            let size = (TEXT * fits.min(1.0)).max(6.0);
            let middle = rect.middle();
            for (index, line) in lines.iter().enumerate() {
                let down = (index as f64 - (lines.len() - 1) as f64 / 2.0) * (size + 3.0);
                let style = text(size, false, colour, HPos::Center, VPos::Center);
                pen.text(line, (middle.0, middle.1 + down), style)?;
            }
        }
        // On top of the frames of their neighbours.
        for (index, _) in cells.iter().enumerate().filter(|(_, cell)| cell.wrong) {
            if let Some(rect) = rect(index) {
                pen.frame(rect, WRONG, 2.4)?;
            }
        }
        Ok(())
    }

    fn draw_legend<B: DrawingBackend>(&self, pen: &Pen<B>) -> Drawn<B> {
        let mut y = self.bottom - 6.0 - LEGEND_ROW * self.legend.len() as f64 + LEGEND_ROW / 2.0;
        for row in &self.legend {
            let mut x = self.left + (self.width - row.iter().map(|entry| entry.width).sum::<f64>()) / 2.0;
            for entry in row {
                if entry.line {
                    draw_stroke(entry.role, &[(x, y), (x + SAMPLE, y)], entry.colour, 1.9, pen)?;
                }
                if entry.points || entry.role == Role::Yours {
                    draw_point(entry.role, (x + SAMPLE / 2.0, y), entry.colour, pen)?;
                }
                let style = text(SMALL, false, INK, HPos::Left, VPos::Center);
                pen.text(&entry.name, (x + SAMPLE + 6.0, y), style)?;
                x += entry.width;
            }
            y += LEGEND_ROW;
        }
        Ok(())
    }
}

fn draw_stroke<B: DrawingBackend>(
    role: Role,
    points: &[Pixel],
    colour: RGBColor,
    width: f64,
    pen: &Pen<B>,
) -> Drawn<B> {
    match role {
        Role::Expected => pen.dashed(points, colour, width),
        Role::Neutral | Role::Yours => pen.path(points, colour, width, 1.0),
    }
}

fn draw_point<B: DrawingBackend>(role: Role, at: Pixel, colour: RGBColor, pen: &Pen<B>) -> Drawn<B> {
    match role {
        Role::Neutral => pen.disc(at, 3.2, colour),
        Role::Expected => pen.ring(at, 4.4, colour),
        Role::Yours => pen.cross(at, 3.4, colour),
    }
}

/// The series that have names, each once, and what tells yours from what was expected; in rows.
fn legend(panel: &Panel, width: f64) -> Vec<Vec<Entry>> {
    let mut entries: Vec<Entry> = Vec::new();
    let mut add = |role, colour, line, points, name: &str| {
        if entries.iter().all(|entry| entry.name != name) {
            let width = SAMPLE + 20.0 + style::width(name, SMALL, false);
            entries.push(Entry { role, colour, line, points, name: name.to_owned(), width });
        }
    };
    let series = |mark: &&Mark| matches!(mark.shape, Shape::Line { .. } | Shape::Points { .. });
    for mark in panel.marks.iter().filter(series).filter(|mark| !mark.label.is_empty()) {
        let points = matches!(mark.shape, Shape::Points { .. });
        add(Role::Neutral, rgb(mark.colour), !points, points, &mark.label);
    }
    for (role, name) in [(Role::Expected, "expected"), (Role::Yours, "yours")] {
        if let Some(mark) = panel.marks.iter().filter(series).find(|mark| mark.role == role) {
            let points = matches!(mark.shape, Shape::Points { .. });
            add(role, INK, !points, points, name);
        }
    }
    let mut rows: Vec<Vec<Entry>> = Vec::new();
    let mut used = 0.0;
    for entry in entries {
        if rows.is_empty() || used + entry.width > width {
            rows.push(Vec::new());
            used = 0.0;
        }
        used += entry.width;
        rows.last_mut().expect("one was pushed").push(entry);
    }
    rows
}
