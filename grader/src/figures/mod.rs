//! Draws figures: the data that the checks of an exercise gave, as SVG and as PNG.
//!
//! `sheet` arranges title, panels and caption, `panel` draws one panel, `scale` is an axis with its ticks, `clip`
//! cuts lines at a panel's edges, `canvas` is a bitmap. plotters does the drawing, with DejaVu Sans, which is part of this program: so the
//! same data is the same file, to the byte, on every machine.

mod canvas;
mod clip;
mod panel;
mod pen;
mod scale;
mod sheet;
mod style;

use anyhow::Context;
use plotters::backend::SVGBackend;
use plotters::drawing::IntoDrawingArea;
use protocol::figure::FigureAnswer;

use crate::figures::canvas::Canvas;
use crate::figures::sheet::Sheet;
use crate::figures::style::{FONTS, SCALE, escaped};
use crate::outcome::FigureOutcome;
use crate::report::text::printable;

/// A figure as an SVG file.
pub fn svg(figure: &FigureOutcome) -> String {
    wrapped(figure, r#" xmlns="http://www.w3.org/2000/svg""#)
}

/// A figure as a part of an HTML page. (There, elements need no name space.)
pub fn inline(figure: &FigureOutcome) -> String {
    wrapped(figure, "")
}

/// What is said of a figure beside its title, where it is not simply drawn.
pub fn remark(figure: &FigureOutcome) -> &'static str {
    match &figure.answer {
        FigureAnswer::Todo => " (still to do)",
        FigureAnswer::Failed { .. } => " (could not be drawn)",
        FigureAnswer::Drawn(drawn) if drawn.measured => " (measured just now)",
        FigureAnswer::Drawn(drawn) if !drawn.notes.is_empty() => " (not all of it)",
        FigureAnswer::Drawn(_) => "",
    }
}

fn wrapped(figure: &FigureOutcome, name_space: &str) -> String {
    let sheet = Sheet::of(figure);
    let (width, height) = sheet.size();
    let mut drawn = String::new();
    {
        let area = SVGBackend::with_string(&mut drawn, (width * SCALE, height * SCALE)).into_drawing_area();
        sheet.draw(&area).expect("a String takes all");
        area.present().expect("a String takes all");
    }
    // plotters begins with an <svg> as large as its pixels. Ours is drawn in finer ones than those it is shown in.
    let (_, elements) = drawn.split_once('\n').expect("plotters ends each element with a line break");
    // What is the same in all elements is said once. (In text, quotes are escaped.)
    let fonts = format!(" font-family=\"{FONTS}\"");
    let elements = elements.replace(&fonts, "").replace(" opacity=\"1\"", "");
    let (fine_width, fine_height, radius) = (width * SCALE, height * SCALE, 10 * SCALE);
    let title = escaped(&figure.info.title);
    let description = escaped(&figure.info.caption);
    printable(&format!(
        "<svg{name_space} width=\"{width}\" height=\"{height}\" viewBox=\"0 0 {fine_width} {fine_height}\" \
         role=\"img\"{fonts}>\n<title>{title}</title>\n<desc>{description}</desc>\n\
         <rect width=\"100%\" height=\"100%\" rx=\"{radius}\" fill=\"#FFFFFF\"/>\n{elements}",
    ))
}

/// A figure as a PNG file, two pixels for each of an SVG.
///
/// # Errors
/// It is too large to be encoded.
pub fn png(figure: &FigureOutcome) -> anyhow::Result<Vec<u8>> {
    let sheet = Sheet::of(figure);
    let (width, height) = sheet.size();
    let (fine_width, fine_height) = ((width * SCALE) as usize, (height * SCALE) as usize);
    let mut fine = vec![255; fine_width * fine_height * 3];
    {
        let size = (fine_width as u32, fine_height as u32);
        let area = Canvas::on(&mut fine, size).into_drawing_area();
        sheet.draw(&area).map_err(|error| anyhow::anyhow!("{error}"))?;
        area.present().map_err(|error| anyhow::anyhow!("{error}"))?;
    }
    let pixels = halved(&fine, fine_width);
    let mut file = Vec::new();
    let mut encoder = png::Encoder::new(&mut file, (fine_width / 2) as u32, (fine_height / 2) as u32);
    encoder.set_color(png::ColorType::Rgb);
    let mut writer = encoder.write_header().context("the head of a PNG")?;
    writer.write_image_data(&pixels).context("the pixels of a PNG")?;
    writer.finish().context("the end of a PNG")?;
    Ok(file)
}

/// An RGB picture of half the size, each pixel the mean of four: plotters' edges are not smooth.
fn halved(fine: &[u8], width: usize) -> Vec<u8> {
    let mut halved = Vec::with_capacity(fine.len() / 4);
    for rows in fine.chunks_exact(2 * 3 * width) {
        let (upper, lower) = rows.split_at(3 * width);
        for (upper, lower) in upper.chunks_exact(6).zip(lower.chunks_exact(6)) {
            for channel in 0..3 {
                let sum = u16::from(upper[channel])
                    + u16::from(upper[channel + 3])
                    + u16::from(lower[channel])
                    + u16::from(lower[channel + 3]);
                halved.push((sum / 4) as u8);
            }
        }
    }
    halved
}

#[cfg(test)]
mod sample;

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use insta::assert_snapshot;

    use super::*;
    use crate::report::text;

    #[test]
    fn every_mark_is_drawn() {
        assert_snapshot!(svg(&sample::every_mark()));
    }

    #[test]
    fn a_figure_that_is_to_do_says_what_will_appear() {
        assert_snapshot!(svg(&sample::to_do()));
    }

    #[test]
    fn the_same_data_is_the_same_file() {
        let figure = sample::every_mark();
        assert_eq!(svg(&figure), svg(&figure));
        assert_eq!(png(&figure).unwrap(), png(&figure).unwrap());
    }

    /// The pixels of a PNG, and the bytes of each.
    fn decoded(file: &[u8]) -> (Vec<u8>, usize) {
        let mut reader = png::Decoder::new(std::io::Cursor::new(file)).read_info().unwrap();
        let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
        let frame = reader.next_frame(&mut pixels).unwrap();
        (pixels, frame.color_type.samples())
    }

    /// As the lecture tests its figures.
    #[test]
    fn a_picture_has_three_channels_is_not_blank_and_has_several_colours() {
        let (pixels, channels) = decoded(&png(&sample::every_mark()).unwrap());
        assert_eq!(channels, 3);
        let mean = pixels.iter().map(|byte| f64::from(*byte)).sum::<f64>() / pixels.len() as f64;
        let variance = pixels.iter().map(|byte| (f64::from(*byte) - mean).powi(2)).sum::<f64>();
        assert!(variance / pixels.len() as f64 / 255.0_f64.powi(2) > 1e-3);
        let coloured: Vec<_> =
            pixels.chunks(3).filter(|pixel| pixel.iter().any(|byte| *byte < 250)).collect();
        assert!(coloured.len() > 1000);
        assert!(coloured.into_iter().collect::<BTreeSet<_>>().len() >= 4);
    }

    #[test]
    fn what_a_learners_code_says_is_text_in_a_figure() {
        let evil = "\"'><script>alert(1)</script>]]>&\u{1b}[2J\u{202e}\0";
        for figure in [sample::failed(evil), sample::with_notes(&[evil])] {
            for drawn in [svg(&figure), inline(&figure)] {
                assert!(!drawn.contains("<script"), "{drawn}");
                assert!(drawn.contains("&lt;script&gt;"), "{drawn}");
                assert_eq!(drawn.chars().find(|&letter| text::is_hidden(letter)), None);
            }
        }
    }

    #[test]
    fn a_figure_in_a_page_asks_for_nothing_from_elsewhere() {
        let figure = inline(&sample::every_mark());
        for way in ["://", "href", "url(", "<style", "<script", "style="] {
            assert!(!figure.contains(way), "{way}");
        }
    }

    #[test]
    fn words_without_end_are_cut() {
        let flood = "flood ".repeat(10_000) + &"f".repeat(10_000);
        let figure = svg(&sample::failed(&flood));
        assert!(figure.len() < 10_000, "{}", figure.len());
    }
}
