//! The score as a table: a row per exercise under its part, and a total.

use tabled::Table;
use tabled::builder::Builder;
use tabled::settings::object::{Cell, Columns, Rows};
use tabled::settings::peaker::PriorityMax;
use tabled::settings::span::ColumnSpan;
use tabled::settings::style::{HorizontalLine, Style as Borders};
use tabled::settings::{Alignment, Color, Padding, Width};

use super::{BOLD, DIM, Look, Style, parts, percent};
use crate::outcome::{CheckStatus, ExerciseOutcome, RunOutcome};

const HEAD: [&str; 5] = ["exercise", "status", "checks", "score", ""];
const STATUS: usize = 1;
const CHECKS: usize = 2;
const SCORE: usize = 3;

/// Steps of the bar beside a score.
const BAR: u32 = 10;

pub fn render(run: &RunOutcome, style: Style) -> String {
    let mut cells = Builder::default();
    let mut looks: Vec<(Cell, anstyle::Style)> = Vec::new();
    let mut headings = Vec::new();

    cells.push_record(HEAD);
    let several_parts = parts(run).count() > 1;
    for part in parts(run) {
        let row = cells.count_records();
        let subtotal = if several_parts { ratio(part.score()) } else { String::new() };
        cells.push_record([part.title, "", "", &subtotal, ""]);
        looks.extend([0, SCORE].map(|column| (Cell::new(row, column), BOLD)));
        headings.push(row);
        for exercise in part.exercises {
            looks.push((Cell::new(cells.count_records(), STATUS), exercise.status.colour()));
            cells.push_record(record(exercise));
        }
    }
    let total = cells.count_records();
    cells.push_record([
        "total",
        "",
        "",
        &ratio((run.score, run.max_score)),
        &percent(run.score, run.max_score),
    ]);
    looks.extend((0..=SCORE).map(|column| (Cell::new(0, column), DIM)));
    looks.extend((0..HEAD.len()).map(|column| (Cell::new(total, column), BOLD)));

    let mut table = cells.build();
    draw(&mut table, total, style.width);
    for row in headings {
        table.modify(Cell::new(row, 0), ColumnSpan::new(SCORE as isize));
    }
    if style.colour {
        for (cell, look) in looks {
            table.modify(cell, Color::new(look.render().to_string(), look.render_reset().to_string()));
        }
    }
    // The last column pads its cells as well, which nobody sees but a diff does.
    table.to_string().lines().map(|line| line.trim_end().to_owned() + "\n").collect()
}

fn draw(table: &mut Table, total: usize, width: usize) {
    let line = HorizontalLine::new('─').intersection('─');
    table
        .with(Borders::empty().vertical(' ').horizontals([(1, line), (total, line)]))
        .with(Padding::new(0, 1, 0, 0))
        .modify(Columns::new(CHECKS..=SCORE), Alignment::right())
        .modify(Rows::first(), Alignment::left())
        .with(Width::truncate(width).suffix("…").priority(PriorityMax::left()));
}

fn record(exercise: &ExerciseOutcome) -> [String; 5] {
    let ExerciseOutcome { id, title, status, score, max_score, checks, .. } = exercise;
    let passed = checks.iter().filter(|check| check.status == CheckStatus::Passed).count();
    [
        format!("{id} {title}"),
        format!("{} {}", status.mark(), status.as_str()),
        // Without a verdict nobody knows how many checks there are.
        if checks.is_empty() { "–".to_owned() } else { format!("{passed}/{}", checks.len()) },
        ratio((*score, *max_score)),
        bar(*score, *max_score),
    ]
}

fn ratio((score, max_score): (u32, u32)) -> String {
    format!("{score}/{max_score}")
}

/// Rounded down, so that it is full only where the score is.
fn bar(score: u32, max_score: u32) -> String {
    let full = (score * BAR).checked_div(max_score).unwrap_or(0) as usize;
    "█".repeat(full) + &"░".repeat(BAR as usize - full)
}
