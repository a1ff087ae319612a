//! plotters' bitmap with text of our own: its glyphs lose the space at their left, and lie a little too high.

use ab_glyph::{Font, FontRef, PxScale, ScaleFont, point};
use plotters::backend::BitMapBackend;
use plotters_backend::text_anchor::{HPos, VPos};
use plotters_backend::{
    BackendColor, BackendCoord, BackendStyle, BackendTextStyle, DrawingBackend, DrawingErrorKind, FontStyle,
};

use crate::figures::style::EM;

type Drawn<'a> = Result<(), DrawingErrorKind<<BitMapBackend<'a> as DrawingBackend>::ErrorType>>;

/// Height of an x in DejaVu Sans, in ems.
const X_HEIGHT: f32 = 0.547;

pub struct Canvas<'a> {
    bitmap: BitMapBackend<'a>,
    regular: FontRef<'static>,
    bold: FontRef<'static>,
}

impl<'a> Canvas<'a> {
    /// On a buffer of RGB pixels.
    pub fn on(buffer: &'a mut [u8], size: (u32, u32)) -> Self {
        let font = |bytes| FontRef::try_from_slice(bytes).expect("DejaVu Sans is a font");
        Canvas {
            bitmap: BitMapBackend::with_buffer(buffer, size),
            regular: font(dejavu::sans::regular()),
            bold: font(dejavu::sans::bold()),
        }
    }
}

impl<'a> DrawingBackend for Canvas<'a> {
    type ErrorType = <BitMapBackend<'a> as DrawingBackend>::ErrorType;

    fn get_size(&self) -> (u32, u32) {
        self.bitmap.get_size()
    }

    fn ensure_prepared(&mut self) -> Drawn<'a> {
        self.bitmap.ensure_prepared()
    }

    fn present(&mut self) -> Drawn<'a> {
        self.bitmap.present()
    }

    fn draw_pixel(&mut self, at: BackendCoord, colour: BackendColor) -> Drawn<'a> {
        self.bitmap.draw_pixel(at, colour)
    }

    fn draw_line<S: BackendStyle>(&mut self, from: BackendCoord, to: BackendCoord, style: &S) -> Drawn<'a> {
        self.bitmap.draw_line(from, to, style)
    }

    fn draw_rect<S: BackendStyle>(
        &mut self,
        upper_left: BackendCoord,
        lower_right: BackendCoord,
        style: &S,
        fill: bool,
    ) -> Drawn<'a> {
        self.bitmap.draw_rect(upper_left, lower_right, style, fill)
    }

    /// As an SVG has it: the anchors are those that plotters writes there.
    fn draw_text<S: BackendTextStyle>(&mut self, text: &str, style: &S, (x, y): BackendCoord) -> Drawn<'a> {
        let font = if matches!(style.style(), FontStyle::Bold) { &self.bold } else { &self.regular };
        let em = (style.size() / EM) as f32;
        let units = font.units_per_em().expect("a font has units");
        let font = font.clone().into_scaled(PxScale::from(em * font.height_unscaled() / units));

        let mut width = 0.0;
        let mut glyphs: Vec<_> = text
            .chars()
            .map(|letter| {
                let mut glyph = font.scaled_glyph(letter);
                glyph.position.x = width;
                width += font.h_advance(glyph.id);
                glyph
            })
            .collect();
        let left = match style.anchor().h_pos {
            HPos::Left => 0.0,
            HPos::Center => -width / 2.0,
            HPos::Right => -width,
        };
        let baseline = match style.anchor().v_pos {
            VPos::Top => 0.76 * em,
            VPos::Center => 0.5 * X_HEIGHT * em,
            VPos::Bottom => -0.5 * X_HEIGHT * em,
        };
        for glyph in &mut glyphs {
            glyph.position += point(left, baseline);
        }
        let (canvas_width, canvas_height) = self.get_size();
        for outline in glyphs.into_iter().filter_map(|glyph| font.outline_glyph(glyph)) {
            let corner = outline.px_bounds().min;
            outline.draw(|across, down, cover| {
                let at = (corner.x as i32 + across as i32, corner.y as i32 + down as i32);
                let (dx, dy) = style.transform().transform(at.0, at.1);
                let (x, y) = (x + dx, y + dy);
                if (0..canvas_width as i32).contains(&x) && (0..canvas_height as i32).contains(&y) {
                    let colour = style.color().mix(f64::from(cover.min(1.0)));
                    // A buffer takes every pixel that is inside of it.
                    let _ = self.bitmap.draw_pixel((x, y), colour);
                }
            });
        }
        Ok(())
    }
}
