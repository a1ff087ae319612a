//! What `grader watch` looks like.

use ansi_to_tui::IntoText;
use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::style::{Color, Modifier, Style};
use ratatui::text::{Line, Span, Text};
use ratatui::widgets::{Clear, List as Rows, ListItem, ListState, Paragraph, Wrap};

use super::state::{Entry, List, Question, State, Verdict, View};
use crate::outcome::{ExerciseOutcome, ExerciseStatus};
use crate::report;
use crate::report::failure::{self, Checks};

const BOLD: Style = Style::new().add_modifier(Modifier::BOLD);
const DIM: Style = Style::new().add_modifier(Modifier::DIM);
/// There is more than is shown.
const MORE: Style = Style::new().fg(Color::Yellow);

/// Lines of the notice at most: what is said of a report has the path of its page on the second.
const MOST_NOTICE: u16 = 4;

/// Draws all of it. Scrolling ends where the text does, which only the screen knows.
pub fn draw(state: &mut State, frame: &mut Frame) {
    let Rect { width, height, .. } = frame.area();
    let said = fitted(notice_text(state), width);
    // The longest there can be, so that nothing moves when the text below gets longer.
    let footer =
        Line::raw(keys_text(state, true)).width().div_ceil(usize::from(width.max(1))).clamp(1, 2) as u16;
    let head = head_lines(state, width);
    let [place_of_head, body, notice, keys] = Layout::vertical([
        // And one that is empty.
        Constraint::Length(head.len() as u16 + 1),
        Constraint::Min(0),
        Constraint::Length((said.len() as u16).clamp(1, MOST_NOTICE)),
        Constraint::Length(if height < 8 { 1 } else { footer }),
    ])
    .areas(frame.area());
    frame.render_widget(Paragraph::new(head), place_of_head);
    let is_longer = match &state.view {
        View::List(list) => {
            draw_list(state, list, frame, body);
            false
        }
        _ => draw_body(state, frame, body),
    };
    frame.render_widget(Paragraph::new(said), notice);
    frame.render_widget(
        Paragraph::new(keys_text(state, is_longer)).style(DIM).wrap(Wrap { trim: true }),
        keys,
    );
}

/// Draws the text that is read, as far as it fits; whether there is more of it.
fn draw_body(state: &mut State, frame: &mut Frame, area: Rect) -> bool {
    let room = usize::from(area.height);
    let as_read = |checks| fitted(body_text(state, area.width, checks), area.width);
    let mut lines = as_read(Checks::All);
    for fewer in [Checks::Unpassed, Checks::Counted] {
        if lines.len() > room {
            lines = as_read(fewer);
        }
    }
    let is_longer = lines.len() > room;
    state.scroll = state.scroll.min(lines.len().saturating_sub(room));
    let mut shown: Vec<Line> = lines.drain(..).skip(state.scroll).collect();
    if shown.len() > room && room > 0 {
        let below = shown.len() - (room - 1);
        shown.truncate(room - 1);
        shown.push(Line::styled(format!("↓ {below} more lines"), MORE));
    }
    // A verdict of before must not shine through.
    frame.render_widget(Clear, area);
    frame.render_widget(Paragraph::new(shown), area);
    is_longer
}

/// The lines of `text`, broken where they are wider: between words if it can be, and behind the same margin.
fn fitted(text: Text<'static>, width: u16) -> Vec<Line<'static>> {
    let width = usize::from(width.max(1));
    let style = text.style;
    text.lines.into_iter().flat_map(|line| broken(line.patch_style(style), width)).collect()
}

fn broken(line: Line<'static>, width: usize) -> Vec<Line<'static>> {
    if line.width() <= width {
        return vec![line];
    }
    let letters: Vec<Span> = line
        .styled_graphemes(Style::default())
        .map(|letter| Span::styled(letter.symbol.to_owned(), letter.style))
        .collect();
    let is_blank = |at: usize| letters.get(at).is_none_or(|letter| letter.content == " ");
    // Of captured output, for one: `    │ `.
    let margin = letters.iter().take_while(|letter| [" ", "│"].contains(&letter.content.as_ref())).count();
    let margin = if margin > width / 2 { &[] } else { &letters[..margin] };
    let mut lines = Vec::new();
    let mut begin = margin.len();
    while begin < letters.len() {
        let mut end = begin;
        let mut used = margin.len();
        while let Some(letter) = letters.get(end).filter(|letter| used + letter.width() <= width) {
            used += letter.width();
            end += 1;
        }
        end = end.max(begin + 1);
        if !is_blank(end) {
            let after_blank = (begin + 1..=end).rev().find(|&at| is_blank(at - 1));
            // A line of nothing but its indentation helps nobody.
            let after_words = after_blank.filter(|&at| (begin..at).any(|letter| !is_blank(letter)));
            end = after_words.unwrap_or(end);
        }
        lines.push(Line::from([margin, &letters[begin..end]].concat()));
        begin = if is_blank(end) { end + 1 } else { end };
    }
    lines
}

fn head_lines(state: &State, width: u16) -> Vec<Line<'static>> {
    let (passed, points) = state.progress();
    let all = state.entries.len();
    let most: u32 = state.entries.iter().map(|entry| entry.points).sum();
    let Entry { id, title, source, .. } = state.entry();
    let course = format!("{passed}/{all} passed, {points}/{most} points");
    let steps = usize::from(width).saturating_sub(course.chars().count() + 2).min(all);
    let full = (passed * steps).checked_div(all).unwrap_or(0);
    let name = format!("{id} {title}");
    let is_narrow = name.chars().count() + 2 + source.len() > usize::from(width);
    let name = Span::styled(name, BOLD);
    let mut lines = vec![Line::from(vec![
        Span::styled("█".repeat(full), Style::new().fg(Color::Green)),
        Span::styled("░".repeat(steps - full), DIM),
        Span::raw("  "),
        Span::raw(course),
    ])];
    match is_narrow {
        true => lines.extend([Line::from(name), Line::styled(source.clone(), DIM)]),
        false => lines.push(Line::from(vec![name, Span::styled(format!("  {source}"), DIM)])),
    }
    lines
}

/// What is read.
fn body_text(state: &State, width: u16, checks: Checks) -> Text<'static> {
    match &state.view {
        View::Text { title, text } => {
            let mut lines = vec![Line::styled(title.clone(), BOLD), Line::raw("")];
            lines.extend(text.lines().map(|line| Line::raw(line.to_owned())));
            Text::from(lines)
        }
        View::Ask(Question::Reset) => Text::from(format!(
            "Put {} back as it came? Your code is kept in .grader/backups.\n\ny: yes   any other key: no",
            state.entry().id
        )),
        View::Ask(Question::Solution) => Text::from(format!(
            "Show the course's solution of {}?\n\ny: yes   any other key: no",
            state.entry().id
        )),
        View::Verdict | View::List(_) => match &state.verdict {
            None => Text::from("The first verdict is on its way."),
            Some(verdict) => {
                let text = match verdict {
                    Verdict::Broken(words) => in_colours(words),
                    Verdict::Scored(outcome) => outcome_text(outcome, width, checks),
                };
                // Of what was saved before: the latest has no verdict yet.
                let is_old = state.run.as_ref().is_some_and(|run| run.entry == state.current);
                if is_old { dimmed(text) } else { text }
            }
        },
    }
}

/// `text` without its colours, which would outshine that it is dim.
fn dimmed(text: Text) -> Text<'static> {
    text.lines.iter().map(|line| Line::styled(line.to_string(), DIM)).collect()
}

fn outcome_text(outcome: &ExerciseOutcome, width: u16, checks: Checks) -> Text<'static> {
    let style = report::Style { colour: true, width: width.into(), breaks: true };
    let mut text = in_colours(&failure::render_first(outcome, style, checks));
    for diagnostic in &outcome.diagnostics {
        text.push_line(Line::raw(""));
        text.extend(in_colours(diagnostic));
    }
    match outcome.status {
        ExerciseStatus::Passed => {
            text.push_line(Line::raw(""));
            text.push_line(Line::styled(
                "Passed. Press n for the next one, s for the course's solution.",
                BOLD.fg(Color::Green),
            ));
        }
        ExerciseStatus::Todo => {
            text.push_line(Line::raw(""));
            text.push_line(Line::raw(
                "Nothing is written yet. Open the file, read the lesson at its top, put your code in place of \
                 todo!(), and save: the verdict comes by itself.",
            ));
        }
        _ => {}
    }
    text
}

/// `text` with its colours, and with nothing else that a terminal would obey.
fn in_colours(text: &str) -> Text<'static> {
    text.into_text().unwrap_or_else(|_| Text::from(report::text::printable(text)))
}

fn notice_text(state: &State) -> Text<'static> {
    match (&state.run, &state.notice) {
        (Some(run), _) => {
            let what = format!("scoring {} …", state.entries[run.entry].id);
            // Of `Compiling ex03 v0.1.0 (/the/whole/path)` the beginning says enough; that a build has ended, nothing.
            let progress = run.progress.split(" (").next().unwrap_or_default().trim();
            let says_little = progress.is_empty() || progress.starts_with("Finished");
            let line = if says_little { what } else { format!("{what} {progress}") };
            Text::styled(line, Style::new().fg(Color::Yellow))
        }
        (None, Some(notice)) => Text::styled(notice.clone(), BOLD),
        (None, None) => Text::styled("waiting for you to save", DIM),
    }
}

fn keys_text(state: &State, is_longer: bool) -> &'static str {
    match (&state.view, is_longer) {
        (View::List(_), _) => {
            "type: search  Tab: all, pending, passed, this part  ↑↓: choose  Enter: go there  Esc: back"
        }
        (View::Ask(_), _) => "y: yes  any other key: no",
        (View::Text { .. }, _) if state.entry().has_more_hints() => {
            "h: one more hint  Esc: back  ↑↓: scroll  q: quit"
        }
        (View::Text { .. }, _) => "Esc: back  ↑↓: scroll  q: quit",
        (View::Verdict, false) => {
            "n: next  p: previous  l: list  h: hint  r: run again  x: reset  s: solution  o: report  q: quit"
        }
        (View::Verdict, true) => {
            "↑↓: scroll  n: next  p: previous  l: list  h: hint  r: run again  x: reset  s: solution  o: report  q: quit"
        }
    }
}

fn draw_list(state: &State, list: &List, frame: &mut Frame, area: Rect) {
    let [title, mut rows] = Layout::vertical([Constraint::Length(1), Constraint::Min(0)]).areas(area);
    let searched =
        if list.search.is_empty() { String::new() } else { format!(", with “{}”", list.search) };
    frame.render_widget(Line::styled(format!("Exercises: {}{searched}", list.filter.name()), BOLD), title);
    let shown = state.listed(list);
    if shown.is_empty() {
        return frame.render_widget(Line::styled("none", DIM), rows);
    }
    let is_longer = shown.len() > usize::from(rows.height) && rows.height > 1;
    if is_longer {
        rows.height -= 1;
    }
    let items = shown.iter().map(|&place| ListItem::new(row(state, place)));
    let mut selected = ListState::default().with_selected(Some(list.selected));
    let rows_widget = Rows::new(items).highlight_style(Style::new().add_modifier(Modifier::REVERSED));
    frame.render_stateful_widget(rows_widget, rows, &mut selected);
    if is_longer {
        let above = selected.offset();
        let below = shown.len() - above - usize::from(rows.height);
        let more = [(above, '↑'), (below, '↓')].into_iter().filter(|&(count, _)| count > 0);
        let more: Vec<String> = more.map(|(count, arrow)| format!("{arrow} {count} more")).collect();
        let mark = Rect { y: rows.bottom(), height: 1, ..rows };
        frame.render_widget(Line::styled(more.join("  "), MORE), mark);
    }
}

fn row(state: &State, place: usize) -> Line<'static> {
    let entry = &state.entries[place];
    let here = if place == state.current { "  (here)" } else { "" };
    let (mark, colour, score) = match entry.standing {
        Some((status, score)) => {
            (report::Look::mark(status), colour(status), format!("{score}/{}", entry.points))
        }
        None => (' ', Color::Reset, String::new()),
    };
    Line::from(vec![
        Span::raw("  "),
        Span::styled(mark.to_string(), Style::new().fg(colour)),
        Span::raw(format!(" {} {:<28} {score:>6}{here}", entry.id, entry.title)),
    ])
}

fn colour(status: ExerciseStatus) -> Color {
    match status {
        ExerciseStatus::Passed => Color::Green,
        ExerciseStatus::Partial => Color::Yellow,
        ExerciseStatus::Todo => Color::Reset,
        ExerciseStatus::Failed | ExerciseStatus::CompileError | ExerciseStatus::Missing => Color::Red,
    }
}

#[cfg(test)]
mod tests {
    use insta::assert_snapshot;
    use ratatui::Terminal;
    use ratatui::backend::TestBackend;

    use super::*;
    use crate::outcome::{CheckOutcome, CheckStatus};
    use crate::watch::state::Event;
    use crate::watch::state::tests::{at, outcome, press};

    fn drawn(state: &mut State, width: u16, height: u16) -> String {
        let mut terminal = Terminal::new(TestBackend::new(width, height)).unwrap();
        terminal.draw(|frame| draw(state, frame)).unwrap();
        terminal.backend().to_string()
    }

    fn failed() -> Verdict {
        let Verdict::Scored(mut outcome) = outcome(1, ExerciseStatus::Partial) else { panic!() };
        let check = |name: &str, status, message: &str, output: &str| CheckOutcome {
            name: name.into(),
            status,
            score: 0,
            max_score: 2,
            duration_ms: 1,
            message: message.into(),
            output: output.into(),
        };
        outcome.checks = vec![
            check("each row sums to 1", CheckStatus::Passed, "", ""),
            check(
                "a floating dtype is kept",
                CheckStatus::Failed,
                "normalize_rows(m): the result is float32, expected float64\n\nm = [[1, 2]]",
                "sum: \u{1b}[2J3\n",
            ),
            check("not a matrix is refused", CheckStatus::Todo, "", ""),
        ];
        Verdict::Scored(outcome)
    }

    #[test]
    fn a_failure_shows_the_checks_the_message_the_output_and_the_progress() {
        let mut state = at(1);
        state.update(Event::Saved(1));
        state.update(Event::Scored(2, failed()));
        assert_snapshot!(drawn(&mut state, 80, 24));
    }

    #[test]
    fn sixty_columns_are_enough() {
        let mut state = at(1);
        state.update(Event::Saved(1));
        state.update(Event::Scored(2, failed()));
        assert_snapshot!(drawn(&mut state, 60, 24));
    }

    #[test]
    fn what_is_below_the_screen_is_counted_and_what_passed_is_only_counted() {
        let mut state = at(1);
        state.update(Event::Saved(1));
        let Verdict::Scored(mut outcome) = failed() else { panic!() };
        let passed = outcome.checks[0].clone();
        outcome.checks.splice(0..1, vec![passed; 5]);
        outcome.checks[5].message = "with\n  m = [1.]\n\n\
             \u{20} expected, float32 [2]                got, float32 [2]\n\
             \u{20} [0.33333334, 0.6666667, 0.6666667]   [0.25, 0.33333334, 0.5]\n\
             \u{20}  ^^^^^^^^^^                           ^^^^\n\n\
             Likely cause: the sums were taken over the columns."
            .into();
        state.update(Event::Scored(2, Verdict::Scored(outcome)));
        assert_snapshot!(drawn(&mut state, 60, 27));
        assert_snapshot!(drawn(&mut state, 60, 18));
        press(&mut state, "jjjjjjjjjjjjjjjjjjjj");
        let text = drawn(&mut state, 60, 18);
        assert!(text.contains("│ sum: ␛[2J3") && !text.contains("more lines"), "{text}");
    }

    #[test]
    fn a_line_that_is_too_wide_goes_on_behind_its_margin() {
        for (line, width, expected) in [
            ("    │ one two three", 13, vec!["    │ one two", "    │ three"]),
            ("    │ onetwothree", 12, vec!["    │ onetwo", "    │ three"]),
            ("  one two", 6, vec!["  one", "  two"]),
            ("one │ two", 6, vec!["one │", "two"]),
            ("      one two", 9, vec!["      one", "two"]),
        ] {
            let lines = fitted(Text::raw(line), width);
            let lines: Vec<_> = lines.iter().map(|line| line.to_string().trim_end().to_owned()).collect();
            assert_eq!(lines, expected, "{line:?}");
        }
    }

    #[test]
    fn a_verdict_on_what_was_saved_before_is_dim() {
        let mut state = at(1);
        state.update(Event::Saved(1));
        state.update(Event::Scored(2, failed()));
        state.update(Event::Saved(1));
        state.update(Event::Progress(3, "Finished `dev` profile [unoptimized] in 1.57s".into()));
        let mut terminal = Terminal::new(TestBackend::new(80, 24)).unwrap();
        terminal.draw(|frame| draw(&mut state, frame)).unwrap();
        let text = terminal.backend().to_string();
        assert!(text.contains("\"scoring ex02 …  "), "{text}");
        let buffer = terminal.backend().buffer();
        let row: Vec<_> = (0..80).map(|column| &buffer[(column, 5)]).collect();
        assert!(row.iter().any(|cell| cell.symbol() == "✗"));
        assert!(row.iter().all(|cell| cell.symbol() == " " || cell.modifier.contains(Modifier::DIM)));
    }

    #[test]
    fn a_notice_is_shown_whole() {
        let mut state = at(1);
        let path = "/home/somebody/courses/with/a/long/name/.grader/report.html";
        state.update(Event::Notice(format!(
            "(No browser could be opened.)\n10 of 40 points; the report is in\n{path}"
        )));
        let text = drawn(&mut state, 60, 24);
        assert!(text.contains("(No browser could be opened.)") && text.contains(path), "{text}");
    }

    #[test]
    fn a_hint_says_which_check_it_is_for_and_the_earlier_ones_are_below() {
        let mut state = at(1);
        state.entries[1].hints[1].checks = vec!["a floating dtype is kept".into()];
        press(&mut state, "h");
        state.update(Event::Saved(1));
        state.update(Event::Scored(2, failed()));
        press(&mut state, "h");
        assert_snapshot!(drawn(&mut state, 80, 14));
        press(&mut state, "h");
        let text = drawn(&mut state, 80, 24);
        assert!(!text.contains("one more hint"), "{text}");
    }

    #[test]
    fn a_list_that_is_longer_than_the_screen_says_so() {
        let mut state = at(2);
        press(&mut state, "l");
        let text = drawn(&mut state, 80, 9);
        assert!(text.contains("more"), "{text}");
    }

    #[test]
    fn a_terminal_that_is_far_too_small_is_no_reason_to_fail() {
        for (width, height) in [(1, 1), (10, 2), (3, 40)] {
            for keys in ["", "l", "h", "x"] {
                let mut state = at(1);
                press(&mut state, keys);
                drawn(&mut state, width, height);
            }
        }
    }

    #[test]
    fn a_run_shows_what_it_is_at() {
        let mut state = at(0);
        state.update(Event::Saved(0));
        state.update(Event::Progress(2, "Compiling ex01 v0.1.0 (/a/long/path)".into()));
        let text = drawn(&mut state, 80, 24);
        assert!(text.contains("scoring ex01 … Compiling ex01 v0.1.0 "), "{text}");
        assert!(!text.contains("/a/long/path"), "{text}");
    }

    #[test]
    fn a_passed_exercise_says_so_and_what_to_press() {
        let mut state = at(0);
        state.update(Event::Saved(0));
        state.update(Event::Scored(2, outcome(0, ExerciseStatus::Passed)));
        let text = drawn(&mut state, 80, 24);
        assert!(text.contains("Passed. Press n for the next one, s for the course's solution."), "{text}");
        assert!(text.contains("1/4 passed, 10/40 points"), "{text}");
    }

    #[test]
    fn the_list_shows_how_each_stands() {
        let mut state = at(2);
        press(&mut state, "l");
        assert_snapshot!(drawn(&mut state, 80, 14));
    }

    #[test]
    fn rustcs_own_colours_are_kept() {
        let text = in_colours("\u{1b}[1m\u{1b}[91merror\u{1b}[0m: no\u{1b}]0;title\u{7}\u{1b}[2J");
        let shown: String = text.lines.iter().map(ToString::to_string).collect();
        assert!(!shown.contains('\u{1b}'), "{shown:?}");
        assert_eq!(text.lines[0].spans[0].content, "error");
        assert!(text.lines[0].spans[0].style.fg.is_some());
    }

    #[test]
    fn scrolling_ends_where_the_text_does() {
        let mut state = at(0);
        for _ in 0..100 {
            press(&mut state, "j");
        }
        drawn(&mut state, 80, 24);
        assert_eq!(state.scroll, 0, "it fits");
        drawn(&mut state, 20, 10);
        for _ in 0..100 {
            press(&mut state, "j");
        }
        drawn(&mut state, 20, 10);
        assert!((1..100).contains(&state.scroll), "{}", state.scroll);
    }
}
