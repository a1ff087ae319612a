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

/// The colours that Okabe and Ito chose for all kinds of colour vision, some of them a little darker, so that lines of
/// them show on white and are still told apart.
/// Source: <https://jfly.uni-koeln.de/color/>
pub fn rgb(colour: Colour) -> RGBColor {
    match colour {
        Colour::Ink => INK,
        Colour::Muted => MUTED,
        Colour::Blue => RGBColor(0, 114, 178),
        Colour::Orange => RGBColor(209, 138, 0),
        Colour::Green => RGBColor(0, 142, 104),
        Colour::Vermilion => RGBColor(190, 78, 0),
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

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: [Colour; 8] = [
        Colour::Ink,
        Colour::Muted,
        Colour::Blue,
        Colour::Orange,
        Colour::Green,
        Colour::Vermilion,
        Colour::Purple,
        Colour::Sky,
    ];

    /// What a person sees of linear RGB: everything, or without one of the three kinds of cones.
    /// Source: Machado, Oliveira, Fernandes, *A Physiologically-based Model for Simulation of Color Vision Deficiency*,
    /// 2009, severity 1.0.
    const SIGHTS: [(&str, [[f64; 3]; 3]); 4] = [
        ("all cones", [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]]),
        (
            "protanopia",
            [
                [0.152286, 1.052583, -0.204868],
                [0.114503, 0.786281, 0.099216],
                [-0.003882, -0.048116, 1.051998],
            ],
        ),
        (
            "deuteranopia",
            [
                [0.367322, 0.860646, -0.227968],
                [0.280085, 0.672501, 0.047413],
                [-0.011820, 0.042940, 0.968881],
            ],
        ),
        (
            "tritanopia",
            [
                [1.255528, -0.076749, -0.178779],
                [-0.078411, 0.930809, 0.147602],
                [0.004733, 0.691367, 0.303900],
            ],
        ),
    ];

    fn linear(channel: u8) -> f64 {
        let value = f64::from(channel) / 255.0;
        if value <= 0.04045 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
    }

    fn times(matrix: &[[f64; 3]; 3], vector: [f64; 3]) -> [f64; 3] {
        matrix.map(|row| row.iter().zip(vector).map(|(a, b)| a * b).sum())
    }

    /// CIE L*a*b* of linear sRGB, white D65.
    fn lab(rgb: [f64; 3]) -> [f64; 3] {
        let to_xyz = [[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]];
        let [x, y, z] = times(&to_xyz, rgb);
        let [x, y, z] = [x / 0.95047, y, z / 1.08883].map(|value| {
            if value > 216.0 / 24389.0 { value.cbrt() } else { (24389.0 / 27.0 * value + 16.0) / 116.0 }
        });
        [116.0 * y - 16.0, 500.0 * (x - y), 200.0 * (y - z)]
    }

    #[test]
    fn two_colours_are_told_apart_with_any_kind_of_colour_vision() {
        for (sight, matrix) in &SIGHTS {
            let seen = ALL.map(|colour| {
                let RGBColor(red, green, blue) = rgb(colour);
                lab(times(matrix, [red, green, blue].map(linear)).map(|channel| channel.clamp(0.0, 1.0)))
            });
            for (one, other) in (0..ALL.len()).flat_map(|one| (0..one).map(move |other| (one, other))) {
                let difference = seen[one].iter().zip(seen[other]).map(|(a, b)| (a - b).powi(2)).sum::<f64>();
                // A difference of 2.3 is just noticed, side by side; of thin lines apart it takes more.
                assert!(
                    difference.sqrt() > 12.0,
                    "{sight}: {:?} and {:?} are {:.1} apart",
                    ALL[one],
                    ALL[other],
                    difference.sqrt()
                );
            }
        }
    }
}
