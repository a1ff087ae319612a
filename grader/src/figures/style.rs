//! How it all looks: colours, fonts, widths. Lengths are pixels as a browser counts them.

use std::sync::Once;

use plotters::style::text_anchor::{HPos, Pos, VPos};
use plotters::style::{
    Color, FontDesc, FontFamily, FontStyle, RGBAColor, RGBColor, ShapeStyle, TextStyle, register_font,
};
use protocol::figure::Colour;

/// Pixels of plotters, which are whole numbers, in one of the browser.
pub const SCALE: u32 = 4;

pub const TITLE: f64 = 15.0;
pub const HEADING: f64 = 12.5;
pub const TEXT: f64 = 11.5;
pub const SMALL: f64 = 10.5;

pub const INK: RGBColor = RGBColor(27, 32, 39);
pub const MUTED: RGBColor = RGBColor(88, 97, 109);
pub const GRID: RGBColor = RGBColor(226, 229, 234);
pub const WRONG: RGBColor = RGBColor(165, 54, 0);

/// The first that a browser has. The one that widths are measured with; Verdana is as wide.
pub const FONTS: &str = "DejaVu Sans, Verdana, sans-serif";

/// plotters' font sizes are this times those of CSS.
pub const EM: f64 = 1.24;

/// The colours that Okabe and Ito chose for all kinds of colour vision, the light ones a little darker, so that
/// lines of them show on white.
/// Source: <https://jfly.uni-koeln.de/color/>
pub fn rgb(colour: Colour) -> RGBColor {
    match colour {
        Colour::Ink => INK,
        Colour::Muted => MUTED,
        Colour::Blue => RGBColor(0, 114, 178),
        Colour::Orange => RGBColor(209, 138, 0),
        Colour::Green => RGBColor(0, 142, 104),
        Colour::Vermilion => RGBColor(213, 94, 0),
        Colour::Purple => RGBColor(187, 96, 148),
        Colour::Sky => RGBColor(64, 156, 214),
    }
}

/// The same as the ground of dark text.
pub fn tint(colour: Colour) -> RGBColor {
    let RGBColor(red, green, blue) = rgb(colour);
    let light = |channel: u8| 255 - ((255 - u16::from(channel)) * 3 / 10) as u8;
    RGBColor(light(red), light(green), light(blue))
}

/// A length in plotters' pixels.
pub fn fine(length: f64) -> i32 {
    (length * f64::from(SCALE)).round() as i32
}

pub fn stroke(colour: RGBColor, width: f64) -> ShapeStyle {
    colour.stroke_width(fine(width) as u32)
}

pub fn see_through(colour: RGBColor, alpha: f64) -> RGBAColor {
    colour.mix(alpha)
}

pub fn font(size: f64, bold: bool) -> FontDesc<'static> {
    static REGISTERED: Once = Once::new();
    REGISTERED.call_once(|| {
        for (style, bytes) in
            [(FontStyle::Normal, dejavu::sans::regular()), (FontStyle::Bold, dejavu::sans::bold())]
        {
            assert!(register_font(FONTS, style, bytes).is_ok(), "DejaVu Sans is a font");
        }
    });
    let style = if bold { FontStyle::Bold } else { FontStyle::Normal };
    FontDesc::new(FontFamily::Name(FONTS), size * f64::from(SCALE) * EM, style)
}

pub fn text(size: f64, bold: bool, colour: RGBColor, across: HPos, down: VPos) -> TextStyle<'static> {
    TextStyle { color: colour.to_backend_color(), ..TextStyle::from(font(size, bold)) }
        .pos(Pos::new(across, down))
}

/// How wide a line of text is.
pub fn width(text: &str, size: f64, bold: bool) -> f64 {
    let (width, _) = font(size, bold).box_size(text).expect("DejaVu Sans is registered");
    f64::from(width) / f64::from(SCALE)
}

/// Text in lines no wider than `limit`. A word that is wider alone is cut.
pub fn lines(text: &str, size: f64, bold: bool, limit: f64) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in text.split_whitespace() {
        let line = lines.last_mut().expect("there is always one");
        let longer = if line.is_empty() { word.to_owned() } else { format!("{line} {word}") };
        if width(&longer, size, bold) <= limit {
            *line = longer;
        } else if line.is_empty() {
            *line = shortened(word, size, bold, limit);
        } else {
            lines.push(shortened(word, size, bold, limit));
        }
    }
    lines
}

fn shortened(word: &str, size: f64, bold: bool, limit: f64) -> String {
    if width(word, size, bold) <= limit {
        return word.to_owned();
    }
    let mut letters: Vec<char> = word.chars().collect();
    while letters.len() > 1 && width(&String::from_iter(&letters), size, bold) > limit {
        letters.pop();
    }
    letters.pop();
    String::from_iter(letters) + "…"
}

/// Text as XML and HTML want it.
pub fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}
