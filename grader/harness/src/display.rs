//! Tensors as text: small ones whole, large ones around the element that matters.

use tch::{Kind, Tensor};

/// At most this many rows and columns of a matrix are shown.
const SHOWN: usize = 8;

/// The name that PyTorch has for a dtype.
pub(crate) fn dtype(kind: Kind) -> &'static str {
    match kind {
        Kind::Uint8 => "uint8",
        Kind::Int8 => "int8",
        Kind::Int16 => "int16",
        Kind::Int => "int32",
        Kind::Int64 => "int64",
        Kind::Half => "float16",
        Kind::Float => "float32",
        Kind::Double => "float64",
        Kind::Bool => "bool",
        Kind::BFloat16 => "bfloat16",
        Kind::ComplexFloat => "complex64",
        Kind::ComplexDouble => "complex128",
        _ => "another dtype",
    }
}

/// The values of a tensor, row-major, as f64; `None` where libtorch does not give them out.
pub(crate) fn values(tensor: &Tensor) -> Option<Vec<f64>> {
    // As few calls of libtorch as can be: this is what checks do most. None of them panics.
    tch::no_grad(|| {
        let on_cpu = match tensor.device() {
            tch::Device::Cpu => tensor.shallow_clone(),
            _ => tensor.f_to_device(tch::Device::Cpu).ok()?,
        };
        let doubles = on_cpu.f_to_kind(Kind::Double).ok()?;
        let mut values = vec![0.0; doubles.numel()];
        let count = values.len();
        doubles.f_copy_data(&mut values, count).ok()?;
        Some(values)
    })
}

/// One number as a learner would write it, with as many digits as its dtype tells apart.
pub(crate) fn number(value: f64, kind: Kind) -> String {
    match kind {
        Kind::Bool => (value != 0.0).to_string(),
        Kind::Half | Kind::BFloat16 | Kind::Float | Kind::Double
            if value == value.trunc() && value.abs() < 1e7 =>
        {
            format!("{value:.0}.")
        }
        Kind::Half | Kind::BFloat16 | Kind::Float => {
            let value = value as f32;
            if value != 0.0 && !(1e-4..1e7).contains(&value.abs()) {
                format!("{value:e}")
            } else {
                value.to_string()
            }
        }
        _ if kind == Kind::Double && value != 0.0 && !(1e-4..1e9).contains(&value.abs()) => {
            format!("{value:e}")
        }
        _ => value.to_string(),
    }
}

/// The lines that show a tensor's values. Where it is large, the part around `focus` (a row-major index per
/// dimension) is shown; the element there is marked by a line of carets under it.
pub(crate) fn lines(tensor: &Tensor, focus: Option<&[usize]>) -> Vec<String> {
    if !tensor.defined() {
        return vec!["an undefined tensor".to_owned()];
    }
    let shape: Vec<usize> = tensor.size().iter().map(|&size| size as usize).collect();
    let Some(values) = values(tensor) else {
        return vec![format!("a tensor whose values libtorch does not give out: {tensor:?}")];
    };
    let cells: Vec<String> = values.iter().map(|&value| number(value, tensor.kind())).collect();
    if cells.is_empty() {
        return vec![format!("empty, shape {shape:?}")];
    }
    let columns = shape.last().copied().unwrap_or(1);
    let focus = focus
        .map(|index| index.iter().zip(&shape).fold(0, |flat, (&position, &size)| flat * size + position));
    grid(&cells, &shape, columns, focus)
}

fn grid(cells: &[String], shape: &[usize], columns: usize, focus: Option<usize>) -> Vec<String> {
    let rows = cells.len() / columns;
    let shown_rows = window(rows, focus.map(|flat| flat / columns));
    let shown_columns = window(columns, focus.map(|flat| flat % columns));
    let width = shown_rows
        .clone()
        .flat_map(|row| shown_columns.clone().map(move |column| row * columns + column))
        .map(|flat| cells[flat].len())
        .max()
        .unwrap_or(0);

    let mut lines = Vec::new();
    if shown_rows.start > 0 {
        lines.push(format!("… {} rows above", shown_rows.start));
    }
    for row in shown_rows.clone() {
        let (open, close) = match shape.len() {
            0 => (String::new(), ""),
            1 => ("[".to_owned(), "]"),
            2 if row == 0 => ("[[".to_owned(), if rows == 1 { "]]" } else { "]," }),
            2 => (" [".to_owned(), if row + 1 == rows { "]]" } else { "]," }),
            _ => (format!("{:?} [", position(row * columns, shape, shape.len() - 1)), "]"),
        };
        let before = if shown_columns.start > 0 { "… " } else { "" };
        let after = if shown_columns.end < columns { ", …" } else { "" };
        let shown: Vec<String> = shown_columns
            .clone()
            .map(|column| format!("{:>width$}", cells[row * columns + column]))
            .collect();
        lines.push(format!("{open}{before}{}{after}{close}", shown.join(", ")));
        if let Some(flat) = focus.filter(|flat| flat / columns == row && cells.len() > 1) {
            let place = flat % columns - shown_columns.start;
            let indent = open.chars().count() + before.chars().count() + place * (width + 2);
            let cell = cells[flat].len();
            lines.push(format!("{}{}", " ".repeat(indent + width - cell), "^".repeat(cell)));
        }
    }
    if shown_rows.end < rows {
        lines.push(format!("… {} rows below", rows - shown_rows.end));
    }
    lines
}

/// The part of `0..size` that is shown: all of it, or as much as fits around `focus`.
fn window(size: usize, focus: Option<usize>) -> std::ops::Range<usize> {
    if size <= SHOWN {
        return 0..size;
    }
    let start = focus.unwrap_or(0).saturating_sub(SHOWN / 2).min(size - SHOWN);
    start..start + SHOWN
}

/// The first `dims` indices of the element at `flat` of a row-major tensor of `shape`.
pub(crate) fn position(mut flat: usize, shape: &[usize], dims: usize) -> Vec<usize> {
    let mut index: Vec<usize> = shape
        .iter()
        .rev()
        .map(|&size| {
            let position = flat % size;
            flat /= size;
            position
        })
        .collect();
    index.reverse();
    index.truncate(dims);
    index
}

/// Two blocks of lines beside each other, or one under the other where they do not fit a terminal.
pub(crate) fn side_by_side(left: (&str, &[String]), right: (&str, &[String])) -> String {
    let width = |title: &str, lines: &[String]| {
        lines.iter().map(|line| line.chars().count()).chain([title.len()]).max().unwrap_or(0)
    };
    let (left_width, right_width) = (width(left.0, left.1), width(right.0, right.1));
    if left_width + right_width + 5 > 96 {
        let block = |(title, lines): (&str, &[String])| format!("{title}\n{}", indented(lines));
        return format!("{}\n{}", block(left), block(right));
    }
    let rows = left.1.len().max(right.1.len());
    let mut text = format!("  {:<left_width$}   {}", left.0, right.0);
    for row in 0..rows {
        let cell = |lines: &[String]| lines.get(row).cloned().unwrap_or_default();
        let line = cell(left.1);
        let padding = " ".repeat(left_width - line.chars().count());
        text.push_str(&format!("\n  {line}{padding}   {}", cell(right.1)));
    }
    text.lines().map(str::trim_end).collect::<Vec<_>>().join("\n")
}

fn indented(lines: &[String]) -> String {
    lines.iter().map(|line| format!("  {line}")).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_look_as_their_dtype_would_be_written() {
        for (value, kind, shown) in [
            (1.0, Kind::Float, "1."),
            (-0.0, Kind::Float, "-0."),
            (0.1_f32 as f64, Kind::Float, "0.1"),
            (0.1, Kind::Double, "0.1"),
            (1.0 / 3.0, Kind::Double, "0.3333333333333333"),
            (1e-9_f32 as f64, Kind::Float, "1e-9"),
            (3.0, Kind::Int64, "3"),
            (1.0, Kind::Bool, "true"),
            (f64::NAN, Kind::Float, "NaN"),
            (f64::NEG_INFINITY, Kind::Double, "-inf"),
        ] {
            assert_eq!(number(value, kind), shown);
        }
    }

    #[test]
    fn a_tensor_is_shown_row_by_row_with_the_element_in_question_marked() {
        let matrix = Tensor::from_slice(&[1.0, 20.5, 3.0, 4.0, 5.0, 6.0]).reshape([2, 3]);
        assert_eq!(
            lines(&matrix, Some(&[0, 1])).join("\n"),
            "[[  1., 20.5,   3.],\n        ^^^^\n [  4.,   5.,   6.]]"
        );
        assert_eq!(lines(&Tensor::from_slice(&[1_i64, 2]), None), ["[1, 2]"]);
        assert_eq!(lines(&Tensor::from(2.5), None), ["2.5"]);
        assert_eq!(lines(&Tensor::from_slice::<f32>(&[]).reshape([0, 3]), None), ["empty, shape [0, 3]"]);
        assert_eq!(lines(&Tensor::new(), None), ["an undefined tensor"]);
        let batch = Tensor::arange(4, (Kind::Int64, tch::Device::Cpu)).reshape([2, 1, 2]);
        assert_eq!(lines(&batch, None), ["[0, 0] [0, 1]", "[1, 0] [2, 3]"]);
    }

    #[test]
    fn of_a_large_tensor_the_part_around_the_element_is_shown() {
        let large = Tensor::arange(400, (Kind::Int64, tch::Device::Cpu)).reshape([20, 20]);
        let shown = lines(&large, Some(&[19, 0]));
        assert_eq!(shown.first().unwrap(), "… 12 rows above");
        assert!(shown.last().unwrap().trim_start().starts_with('^'));
        assert!(shown.iter().all(|line| line.chars().count() < 60), "{shown:#?}");
    }
}
