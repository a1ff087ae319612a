//! What `grader watch` looks like.

use ansi_to_tui::IntoText;
use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::style::{Color, Modifier, Style};
use ratatui::text::{Line, Span, Text};
use ratatui::widgets::{Clear, List as Rows, ListItem, ListState, Paragraph, Wrap};

use super::state::{Entry, List, Question, State, Verdict, View};
use crate::outcome::{ExerciseOutcome, ExerciseStatus};
use crate::report::{self, failure};

const BOLD: Style = Style::new().add_modifier(Modifier::BOLD);
const DIM: Style = Style::new().add_modifier(Modifier::DIM);

/// Draws all of it. Scrolling ends where the text does, which only the screen knows.
pub fn draw(state: &mut State, frame: &mut Frame) {
    let [head, body, notice, keys] = Layout::vertical([
        Constraint::Length(3),
        Constraint::Min(0),
        Constraint::Length(1),
        Constraint::Length(if frame.area().width < 100 { 2 } else { 1 }),
    ])
    .areas(frame.area());
    frame.render_widget(Paragraph::new(head_lines(state, head.width)), head);
    match &state.view {
        View::List(list) => draw_list(state, list, frame, body),
        _ => {
            let text = body_text(state);
            state.scroll =
                state.scroll.min(height(&text, body.width).saturating_sub(usize::from(body.height)));
            let scroll = (state.scroll.min(usize::from(u16::MAX)) as u16, 0);
            // A verdict of before must not shine through.
            frame.render_widget(Clear, body);
            frame.render_widget(Paragraph::new(text).wrap(Wrap { trim: false }).scroll(scroll), body);
        }
    }
    frame.render_widget(notice_line(state), notice);
    frame.render_widget(Paragraph::new(keys_text(state)).style(DIM).wrap(Wrap { trim: true }), keys);
}

fn head_lines(state: &State, width: u16) -> Vec<Line<'static>> {
    let (passed, points) = state.progress();
    let all = state.entries.len();
    let most: u32 = state.entries.iter().map(|entry| entry.points).sum();
    let Entry { id, title, source, .. } = state.entry();
    let course = format!("{passed}/{all} passed, {points}/{most} points");
    let steps = usize::from(width).saturating_sub(course.chars().count() + 2).min(all);
    let full = (passed * steps).checked_div(all).unwrap_or(0);
    vec![
        Line::from(vec![
            Span::styled("█".repeat(full), Style::new().fg(Color::Green)),
            Span::styled("░".repeat(steps - full), DIM),
            Span::raw("  "),
            Span::raw(course),
        ]),
        Line::from(vec![
            Span::styled(format!("{id} {title}"), BOLD),
            Span::styled(format!("  {source}"), DIM),
        ]),
    ]
}

/// How many lines `text` takes where it is wrapped, and a few more at most.
fn height(text: &Text, width: u16) -> usize {
    let width = usize::from(width.max(1));
    text.lines.iter().map(|line| line.width().div_ceil(width).max(1)).sum()
}

fn body_text(state: &State) -> Text<'static> {
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
                let text = verdict_text(verdict);
                // Of what was saved before: the latest has no verdict yet.
                let is_old = state.run.as_ref().is_some_and(|run| run.entry == state.current);
                if is_old { text.patch_style(DIM) } else { text }
            }
        },
    }
}

fn verdict_text(verdict: &Verdict) -> Text<'static> {
    match verdict {
        Verdict::Broken(words) => in_colours(words),
        Verdict::Scored(outcome) => outcome_text(outcome),
    }
}

fn outcome_text(outcome: &ExerciseOutcome) -> Text<'static> {
    let style = report::Style { colour: true, width: 0 };
    let mut text = in_colours(&failure::render_first(outcome, style));
    for diagnostic in &outcome.diagnostics {
        text.push_line(Line::raw(""));
        text.extend(in_colours(diagnostic));
    }
    match outcome.status {
        ExerciseStatus::Passed => {
            text.push_line(Line::raw(""));
            text.push_line(Line::styled("Passed. Press n for the next one.", BOLD.fg(Color::Green)));
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

fn notice_line(state: &State) -> Line<'static> {
    match (&state.run, &state.notice) {
        (Some(run), _) => {
            let what = format!("scoring {} …", state.entries[run.entry].id);
            // Of `Compiling ex03 v0.1.0 (/the/whole/path)` the beginning says enough.
            let progress = run.progress.split(" (").next().unwrap_or_default().trim();
            let line = if progress.is_empty() { what } else { format!("{what} {progress}") };
            Line::styled(line, Style::new().fg(Color::Yellow))
        }
        (None, Some(notice)) => Line::styled(notice.clone(), BOLD),
        (None, None) => Line::styled("waiting for you to save", DIM),
    }
}

fn keys_text(state: &State) -> &'static str {
    match &state.view {
        View::List(_) => {
            "type: search  Tab: all, pending, passed, this part  ↑↓: choose  Enter: go there  Esc: back"
        }
        View::Ask(_) => "y: yes  any other key: no",
        View::Text { .. } => "h: one more hint  Esc: back  ↑↓: scroll  q: quit",
        View::Verdict => {
            "n: next  p: previous  l: list  h: hint  r: run again  x: reset  s: solution  o: report  q: quit"
        }
    }
}

fn draw_list(state: &State, list: &List, frame: &mut Frame, area: Rect) {
    let [title, rows] = Layout::vertical([Constraint::Length(1), Constraint::Min(0)]).areas(area);
    let searched =
        if list.search.is_empty() { String::new() } else { format!(", with “{}”", list.search) };
    frame.render_widget(Line::styled(format!("Exercises: {}{searched}", list.filter.name()), BOLD), title);
    let shown = state.listed(list);
    if shown.is_empty() {
        return frame.render_widget(Line::styled("none", DIM), rows);
    }
    let items = shown.iter().map(|&place| ListItem::new(row(state, place)));
    let mut selected = ListState::default().with_selected(Some(list.selected));
    let rows_widget = Rows::new(items).highlight_style(Style::new().add_modifier(Modifier::REVERSED));
    frame.render_stateful_widget(rows_widget, rows, &mut selected);
}

fn row(state: &State, place: usize) -> Line<'static> {
    let entry = &state.entries[place];
    let here = if place == state.current { '›' } else { ' ' };
    let (mark, colour, score) = match entry.standing {
        Some((status, score)) => {
            (report::Look::mark(status), colour(status), format!("{score}/{}", entry.points))
        }
        None => (' ', Color::Reset, String::new()),
    };
    Line::from(vec![
        Span::raw(format!("{here} ")),
        Span::styled(mark.to_string(), Style::new().fg(colour)),
        Span::raw(format!(" {} {:<28} {score:>6}", entry.id, entry.title)),
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
        assert!(text.contains("Passed. Press n for the next one."), "{text}");
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
