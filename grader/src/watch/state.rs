//! What `grader watch` knows and does, as a function of what happens: no terminal, no files, no clock.

use std::collections::VecDeque;

use ratatui::crossterm::event::KeyCode;

use crate::course::{Exercise, Hint};
use crate::hints;
use crate::outcome::{ExerciseOutcome, ExerciseStatus};

/// After so many failed tries the solution may be looked at.
pub const TRIES_BEFORE_SOLUTION: u32 = 3;

/// An exercise, and how the learner stands with it.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    /// `ex03`.
    pub id: String,
    pub title: String,
    pub part: String,
    /// The file to write in, seen from the root.
    pub source: String,
    pub points: u32,
    pub hints: Vec<Hint>,
    /// The places of the hints that were seen, in this session or earlier, in their order.
    pub hints_seen: Vec<usize>,
    /// What is known of what is in its folder now: status and score.
    pub standing: Option<(ExerciseStatus, u32)>,
    /// Verdicts on other than finished work since the watch began.
    pub failed_tries: u32,
}

impl Entry {
    /// An exercise that nothing is known of.
    pub fn new(exercise: &Exercise) -> Self {
        Entry {
            id: exercise.id.to_string(),
            title: exercise.title.clone(),
            part: exercise.part.clone(),
            source: exercise.source(),
            points: exercise.points,
            hints: exercise.hints.clone(),
            hints_seen: vec![],
            standing: None,
            failed_tries: 0,
        }
    }

    pub fn is_passed(&self) -> bool {
        matches!(self.standing, Some((ExerciseStatus::Passed, _)))
    }

    pub fn has_more_hints(&self) -> bool {
        self.hints_seen.len() < self.hints.len()
    }

    fn name(&self) -> String {
        format!("{} {}", self.id, self.title)
    }
}

/// What came of scoring an exercise.
#[derive(Debug, Clone, PartialEq)]
pub enum Verdict {
    Scored(Box<ExerciseOutcome>),
    /// Something else than the exercise is broken; in whose words.
    Broken(String),
}

/// What is being scored.
#[derive(Debug, Clone, PartialEq)]
pub struct Run {
    /// Tells the result of this run from those of runs that were cancelled.
    pub number: u64,
    pub entry: usize,
    /// What cargo said last.
    pub progress: String,
}

/// What the screen shows below its head.
#[derive(Debug, Clone, PartialEq)]
pub enum View {
    Verdict,
    /// A hint or a solution, over the verdict.
    Text {
        title: String,
        text: String,
    },
    List(List),
    /// A question that only `y` answers with yes.
    Ask(Question),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Question {
    Reset,
    Solution,
}

#[derive(Debug, Clone, PartialEq, Default)]
pub struct List {
    pub filter: Filter,
    pub search: String,
    /// Place among the entries that are shown.
    pub selected: usize,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Filter {
    #[default]
    All,
    Pending,
    Passed,
    /// The part of the exercise that is worked on.
    ThisPart,
}

impl Filter {
    pub fn name(self) -> &'static str {
        match self {
            Filter::All => "all",
            Filter::Pending => "pending",
            Filter::Passed => "passed",
            Filter::ThisPart => "this part",
        }
    }

    fn next(self) -> Self {
        match self {
            Filter::All => Filter::Pending,
            Filter::Pending => Filter::Passed,
            Filter::Passed => Filter::ThisPart,
            Filter::ThisPart => Filter::All,
        }
    }
}

/// What happens.
#[derive(Debug, Clone, PartialEq)]
pub enum Event {
    Key(KeyCode),
    /// What is in this entry's folder is not what it was.
    Saved(usize),
    /// A line of cargo, of the run with this number.
    Progress(u64, String),
    Scored(u64, Verdict),
    /// What came of reading a solution, to be read.
    Told {
        title: String,
        text: String,
    },
    Notice(String),
    /// What came of resetting the current exercise.
    WasReset(String),
    /// What only `y` answers with yes.
    Ask(Question),
    /// Draw again: another size of the terminal, or back from the background.
    Redraw,
    /// Ctrl-Z, or the signal.
    Suspend,
    Quit,
}

/// What is to be done about it.
#[derive(Debug, Clone, PartialEq)]
pub enum Effect {
    /// Score this entry; whatever else is being scored is not waited for any more.
    Score {
        number: u64,
        entry: usize,
    },
    /// Ask whether to reset this entry, if there is anything to reset.
    AskReset(usize),
    Reset(usize),
    ShowSolution(usize),
    /// Remember which hints of this entry were seen.
    RememberHints(usize),
    /// Score everything for a page, and open it.
    Report,
    Suspend,
    Quit,
}

#[derive(Debug, Clone, PartialEq)]
pub struct State {
    pub entries: Vec<Entry>,
    /// The one that is worked on.
    pub current: usize,
    /// On what is in the current exercise, or was before the latest save.
    pub verdict: Option<Verdict>,
    pub run: Option<Run>,
    pub view: View,
    /// Lines that are scrolled over.
    pub scroll: usize,
    pub notice: Option<String>,
    /// The save that a reset is must not take away what is said of it.
    was_reset: bool,
    /// Entries to be scored when nothing else is.
    queue: VecDeque<usize>,
    runs: u64,
    /// Until the first exercise that is not passed is found.
    looking_for_a_start: bool,
}

/// The first that is not known to be passed, or else the first.
pub fn first_pending(entries: &[Entry]) -> usize {
    entries.iter().position(|entry| !entry.is_passed()).unwrap_or(0)
}

impl State {
    /// Starts with the entry `named`, or the first that is not passed.
    pub fn new(entries: Vec<Entry>, named: Option<usize>) -> (Self, Vec<Effect>) {
        let mut state = State {
            current: named.unwrap_or_else(|| first_pending(&entries)),
            entries,
            verdict: None,
            run: None,
            view: View::Verdict,
            scroll: 0,
            notice: None,
            was_reset: false,
            queue: VecDeque::new(),
            runs: 0,
            looking_for_a_start: named.is_none(),
        };
        let effects = vec![state.score(state.current)];
        (state, effects)
    }

    pub fn entry(&self) -> &Entry {
        &self.entries[self.current]
    }

    /// Passed exercises and points, as far as they are known.
    pub fn progress(&self) -> (usize, u32) {
        let passed = self.entries.iter().filter(|entry| entry.is_passed()).count();
        (passed, self.entries.iter().filter_map(|entry| entry.standing).map(|(_, score)| score).sum())
    }

    /// Whether the solution of the current exercise may be looked at.
    pub fn may_see_solution(&self) -> bool {
        self.entry().is_passed() || self.entry().failed_tries >= TRIES_BEFORE_SOLUTION
    }

    /// The places of the entries that `list` shows.
    pub fn listed(&self, list: &List) -> Vec<usize> {
        let wanted = list.search.to_lowercase();
        let shown = |entry: &Entry| {
            let kept = match list.filter {
                Filter::All => true,
                Filter::Pending => !entry.is_passed(),
                Filter::Passed => entry.is_passed(),
                Filter::ThisPart => entry.part == self.entry().part,
            };
            kept && entry.name().to_lowercase().contains(&wanted)
        };
        (0..self.entries.len()).filter(|&place| shown(&self.entries[place])).collect()
    }

    pub fn update(&mut self, event: Event) -> Vec<Effect> {
        match event {
            Event::Key(key) => self.key(key),
            Event::Saved(entry) => self.saved(entry),
            Event::Progress(number, line) => {
                if let Some(run) = self.run.as_mut().filter(|run| run.number == number) {
                    run.progress = line;
                }
                vec![]
            }
            Event::Scored(number, verdict) => self.scored(number, verdict),
            Event::Told { title, text } => {
                self.show(View::Text { title, text });
                vec![]
            }
            Event::Notice(notice) => {
                self.notice = Some(notice);
                vec![]
            }
            Event::WasReset(notice) => {
                self.notice = Some(notice);
                self.was_reset = true;
                vec![]
            }
            Event::Ask(question) => {
                self.show(View::Ask(question));
                vec![]
            }
            Event::Redraw => vec![],
            Event::Suspend => vec![Effect::Suspend],
            Event::Quit => vec![Effect::Quit],
        }
    }

    fn saved(&mut self, entry: usize) -> Vec<Effect> {
        if entry == self.current {
            self.looking_for_a_start = false;
            self.show(View::Verdict);
            if !std::mem::take(&mut self.was_reset) {
                self.notice = None;
            }
            return vec![self.score(entry)];
        }
        if !self.queue.contains(&entry) {
            self.queue.push_back(entry);
        }
        self.go_on()
    }

    /// Scores `entry` now. Another that was being scored has its turn later, unless it is the same.
    fn score(&mut self, entry: usize) -> Effect {
        if let Some(interrupted) = self.run.take()
            && interrupted.entry != entry
            && interrupted.entry != self.current
            && !self.queue.contains(&interrupted.entry)
        {
            self.queue.push_front(interrupted.entry);
        }
        self.queue.retain(|&other| other != entry);
        self.runs += 1;
        self.run = Some(Run { number: self.runs, entry, progress: String::new() });
        Effect::Score { number: self.runs, entry }
    }

    /// What waits to be scored, if nothing is.
    fn go_on(&mut self) -> Vec<Effect> {
        match self.run {
            None => self.queue.pop_front().map(|entry| self.score(entry)).into_iter().collect(),
            Some(_) => vec![],
        }
    }

    fn scored(&mut self, number: u64, verdict: Verdict) -> Vec<Effect> {
        let Some(run) = self.run.take_if(|run| run.number == number) else { return vec![] };
        let entry = &mut self.entries[run.entry];
        let was_passed = entry.is_passed();
        if let Verdict::Scored(outcome) = &verdict {
            entry.standing = Some((outcome.status, outcome.score));
            if !matches!(outcome.status, ExerciseStatus::Passed | ExerciseStatus::Todo) {
                entry.failed_tries += 1;
            }
        }
        let is_passed = entry.is_passed();
        if run.entry != self.current {
            let name = entry.name();
            self.notice = match (&verdict, was_passed, is_passed) {
                (Verdict::Broken(_), ..) => Some(format!("{name} could not be scored")),
                (_, true, false) => Some(format!("{name} was passed, and is not any more")),
                (_, false, true) => Some(format!("{name} is passed")),
                (Verdict::Scored(outcome), ..) => Some(format!(
                    "{name}: {}, {}/{}",
                    outcome.status.as_str(),
                    outcome.score,
                    outcome.max_score
                )),
            };
            return self.go_on();
        }
        self.verdict = Some(verdict);
        if self.looking_for_a_start && is_passed {
            // It was passed in an earlier session, of which nothing is remembered.
            if let Some(next) = self.next_pending() {
                return self.go_to(next);
            }
        }
        self.looking_for_a_start = false;
        self.go_on()
    }

    /// The next entry after the current that is not passed, from the beginning again after the end.
    fn next_pending(&self) -> Option<usize> {
        let count = self.entries.len();
        (1..count).map(|step| (self.current + step) % count).find(|&place| !self.entries[place].is_passed())
    }

    fn go_to(&mut self, entry: usize) -> Vec<Effect> {
        self.current = entry;
        self.verdict = None;
        self.notice = None;
        self.show(View::Verdict);
        vec![self.score(entry)]
    }

    fn show(&mut self, view: View) {
        self.view = view;
        self.scroll = 0;
    }

    fn key(&mut self, key: KeyCode) -> Vec<Effect> {
        match &self.view {
            View::Verdict | View::Text { .. } => self.key_while_reading(key),
            View::List(list) => {
                let list = list.clone();
                self.key_in_list(key, list)
            }
            View::Ask(question) => {
                let question = *question;
                self.answered(question, key)
            }
        }
    }

    fn key_while_reading(&mut self, key: KeyCode) -> Vec<Effect> {
        match key {
            KeyCode::Char('n') => {
                let next = (self.current + 1) % self.entries.len();
                let next = self.next_pending().unwrap_or(next);
                self.looking_for_a_start = false;
                self.go_to(next)
            }
            KeyCode::Char('p') => {
                let count = self.entries.len();
                self.looking_for_a_start = false;
                self.go_to((self.current + count - 1) % count)
            }
            KeyCode::Char('l') => {
                self.show(View::List(List { selected: self.current, ..List::default() }));
                vec![]
            }
            KeyCode::Char('h') => self.hint(),
            KeyCode::Char('r') => {
                self.show(View::Verdict);
                vec![self.score(self.current)]
            }
            KeyCode::Char('x') => vec![Effect::AskReset(self.current)],
            KeyCode::Char('s') => {
                if self.may_see_solution() {
                    self.show(View::Ask(Question::Solution));
                } else {
                    let tries = TRIES_BEFORE_SOLUTION - self.entry().failed_tries;
                    let word = if tries == 1 { "try" } else { "tries" };
                    self.notice = Some(format!(
                        "the solution is shown once it is passed, or after {tries} more {word}"
                    ));
                }
                vec![]
            }
            KeyCode::Char('o') => {
                self.notice = Some("writing the report".to_owned());
                vec![Effect::Report]
            }
            KeyCode::Char('q') => vec![Effect::Quit],
            KeyCode::Esc | KeyCode::Enter => {
                self.show(View::Verdict);
                vec![]
            }
            KeyCode::Up | KeyCode::Char('k') => self.scroll_by(-1),
            KeyCode::Down | KeyCode::Char('j') => self.scroll_by(1),
            KeyCode::PageUp => self.scroll_by(-10),
            KeyCode::PageDown | KeyCode::Char(' ') => self.scroll_by(10),
            KeyCode::Home => self.scroll_by(isize::MIN),
            _ => vec![],
        }
    }

    fn scroll_by(&mut self, lines: isize) -> Vec<Effect> {
        self.scroll = self.scroll.saturating_add_signed(lines);
        vec![]
    }

    fn hint(&mut self) -> Vec<Effect> {
        let failing = match &self.verdict {
            Some(Verdict::Scored(outcome)) => outcome.failing().map(|check| check.name.as_str()),
            _ => None,
        };
        let entry = &mut self.entries[self.current];
        entry.hints_seen.extend(hints::next(&entry.hints, &entry.hints_seen, failing));
        // The one that was asked for is at the top.
        let mut told = hints::told(&entry.hints, &entry.hints_seen);
        told.reverse();
        self.show(View::Text { title: self.entry().name(), text: told.join("\n\n") });
        vec![Effect::RememberHints(self.current)]
    }

    fn answered(&mut self, question: Question, key: KeyCode) -> Vec<Effect> {
        self.show(View::Verdict);
        match (key, question) {
            (KeyCode::Char('y' | 'Y'), Question::Reset) => vec![Effect::Reset(self.current)],
            (KeyCode::Char('y' | 'Y'), Question::Solution) => vec![Effect::ShowSolution(self.current)],
            _ => vec![],
        }
    }

    fn key_in_list(&mut self, key: KeyCode, mut list: List) -> Vec<Effect> {
        let shown = self.listed(&list);
        let last = shown.len().saturating_sub(1);
        match key {
            KeyCode::Esc => {
                self.show(View::Verdict);
                return vec![];
            }
            KeyCode::Enter => {
                self.looking_for_a_start = false;
                return match shown.get(list.selected) {
                    Some(&entry) => self.go_to(entry),
                    None => vec![],
                };
            }
            KeyCode::Up => list.selected = list.selected.saturating_sub(1),
            KeyCode::Down => list.selected = (list.selected + 1).min(last),
            KeyCode::PageUp => list.selected = list.selected.saturating_sub(10),
            KeyCode::PageDown => list.selected = (list.selected + 10).min(last),
            KeyCode::Home => list.selected = 0,
            KeyCode::End => list.selected = last,
            KeyCode::Tab => list = List { filter: list.filter.next(), selected: 0, ..list },
            KeyCode::Backspace => {
                list.search.pop();
                list.selected = 0;
            }
            KeyCode::Char(letter) => {
                list.search.push(letter);
                list.selected = 0;
            }
            _ => {}
        }
        self.view = View::List(list);
        vec![]
    }
}

#[cfg(test)]
pub mod tests {
    use super::*;
    use crate::course::sample;
    use crate::outcome::{CheckOutcome, CheckStatus};
    use crate::report::sample::check;
    use crate::scoring;

    /// Entries of the sample course, the first `passed` of them passed.
    pub fn entries(passed: usize) -> Vec<Entry> {
        let entry = |(place, exercise)| Entry {
            standing: (place < passed).then_some((ExerciseStatus::Passed, 10)),
            ..Entry::new(exercise)
        };
        sample().exercises.iter().enumerate().map(entry).collect()
    }

    pub fn outcome(entry: usize, status: ExerciseStatus) -> Verdict {
        let exercise = &sample().exercises[entry];
        let score = match status {
            ExerciseStatus::Passed => 10,
            ExerciseStatus::Partial => 7,
            _ => 0,
        };
        Verdict::Scored(Box::new(ExerciseOutcome { score, ..scoring::outcome(exercise, status) }))
    }

    /// A watch at `current`, which was just found to be todo; the ones before it are passed.
    pub fn at(current: usize) -> State {
        let (mut state, effects) = State::new(entries(current), None);
        assert_eq!(effects, [Effect::Score { number: 1, entry: current }]);
        assert_eq!(state.update(Event::Scored(1, outcome(current, ExerciseStatus::Todo))), []);
        state
    }

    pub fn press(state: &mut State, keys: &str) -> Vec<Effect> {
        keys.chars().flat_map(|key| state.update(Event::Key(KeyCode::Char(key)))).collect()
    }

    fn score(number: u64, entry: usize) -> Effect {
        Effect::Score { number, entry }
    }

    #[test]
    fn it_starts_at_the_first_exercise_that_is_not_passed_or_at_the_one_named() {
        assert_eq!(State::new(entries(0), None).0.current, 0);
        assert_eq!(State::new(entries(2), None).0.current, 2);
        assert_eq!(State::new(entries(4), None).0.current, 0, "all are passed");
        assert_eq!(State::new(entries(2), Some(1)).0.current, 1);
    }

    #[test]
    fn what_was_passed_without_anybody_remembering_is_passed_over_at_the_start_and_only_then() {
        let (mut state, _) = State::new(entries(0), None);
        let effects = state.update(Event::Scored(1, outcome(0, ExerciseStatus::Passed)));
        assert_eq!((effects, state.current), (vec![score(2, 1)], 1));
        assert_eq!(state.update(Event::Scored(2, outcome(1, ExerciseStatus::Todo))), []);
        state.update(Event::Saved(1));
        assert_eq!(state.update(Event::Scored(3, outcome(1, ExerciseStatus::Passed))), []);
        assert_eq!(state.current, 1, "it waits for the learner");

        let (mut named, _) = State::new(entries(0), Some(0));
        assert_eq!(named.update(Event::Scored(1, outcome(0, ExerciseStatus::Passed))), []);
        assert_eq!(named.current, 0);
    }

    #[test]
    fn a_save_is_scored_at_once_and_the_verdict_on_an_earlier_save_is_not_taken() {
        let mut state = at(1);
        assert_eq!(state.update(Event::Saved(1)), [score(2, 1)]);
        assert_eq!(state.update(Event::Saved(1)), [score(3, 1)]);
        assert_eq!(state.update(Event::Scored(2, outcome(1, ExerciseStatus::Passed))), []);
        assert!(!state.entry().is_passed());
        state.update(Event::Scored(3, outcome(1, ExerciseStatus::Partial)));
        assert_eq!(state.entry().standing, Some((ExerciseStatus::Partial, 7)));
        assert_eq!(state.verdict, Some(outcome(1, ExerciseStatus::Partial)));
    }

    #[test]
    fn an_earlier_exercise_that_is_broken_again_is_reported_and_not_gone_to() {
        let mut state = at(1);
        assert_eq!(state.update(Event::Saved(0)), [score(2, 0)]);
        state.update(Event::Scored(2, outcome(0, ExerciseStatus::Failed)));
        assert_eq!(state.notice.as_deref(), Some("ex01 Tensor surgery was passed, and is not any more"));
        assert_eq!(state.current, 1);
        assert_eq!(state.verdict, Some(outcome(1, ExerciseStatus::Todo)), "the current one's");
    }

    #[test]
    fn many_saved_at_once_are_scored_one_after_the_other_and_the_current_one_first() {
        let mut state = at(1);
        assert_eq!(state.update(Event::Saved(0)), [score(2, 0)]);
        assert_eq!(state.update(Event::Saved(3)), []);
        assert_eq!(state.update(Event::Saved(2)), []);
        assert_eq!(state.update(Event::Saved(3)), [], "once is enough");
        assert_eq!(state.update(Event::Saved(1)), [score(3, 1)], "the one that is worked on");
        assert_eq!(state.update(Event::Scored(3, outcome(1, ExerciseStatus::Todo))), [score(4, 0)]);
        assert_eq!(state.update(Event::Scored(4, outcome(0, ExerciseStatus::Passed))), [score(5, 3)]);
        assert_eq!(state.update(Event::Scored(5, outcome(3, ExerciseStatus::Todo))), [score(6, 2)]);
        assert_eq!(state.update(Event::Scored(6, outcome(2, ExerciseStatus::Todo))), []);
    }

    #[test]
    fn next_is_the_next_that_is_not_passed_and_previous_the_one_before() {
        let mut state = at(1);
        assert_eq!(press(&mut state, "p"), [score(2, 0)]);
        assert_eq!(press(&mut state, "n"), [score(3, 1)]);
        assert_eq!(press(&mut state, "n"), [score(4, 2)]);
        assert_eq!(press(&mut state, "nn"), [score(5, 3), score(6, 1)], "round, past what is passed");
    }

    fn shown(state: &State) -> (&str, &str) {
        let View::Text { title, text } = &state.view else { panic!("{:?}", state.view) };
        (title, text)
    }

    #[test]
    fn one_more_hint_is_shown_above_the_earlier_ones_and_remembered_each_time() {
        let mut state = at(2);
        for (number, text) in [(1, "Look closer."), (2, "Look at `f`,"), (3, "Call `f` first.")] {
            assert!(state.entry().has_more_hints());
            assert_eq!(press(&mut state, "h"), [Effect::RememberHints(2)]);
            assert_eq!(state.entry().hints_seen, [0, 1, 2][..number]);
            let (title, told) = shown(&state);
            assert_eq!(title, "ex03 Gradient");
            assert!(told.starts_with(&format!("Hint {number} of 3\n{text}")), "{told}");
            assert!(told.ends_with("Hint 1 of 3\nLook closer."), "{told}");
        }
        assert!(!state.entry().has_more_hints());
        let last = state.view.clone();
        press(&mut state, "h");
        assert_eq!(state.view, last, "there are no more");
    }

    #[test]
    fn the_hint_for_the_check_that_fails_on_the_screen_is_the_first() {
        let verdict = |status, checks: Vec<CheckOutcome>| {
            let Verdict::Scored(mut outcome) = outcome(2, status) else { panic!() };
            outcome.checks = checks;
            Verdict::Scored(outcome)
        };
        use CheckStatus::{Failed, Passed, Todo};
        for (what, status, checks, first) in [
            ("nothing is written", ExerciseStatus::Todo, [Todo, Todo, Todo], "Look at"),
            ("the second failed", ExerciseStatus::Partial, [Passed, Failed, Failed], "Look closer."),
            (
                "the third failed, the second is to do",
                ExerciseStatus::Failed,
                [Todo, Todo, Failed],
                "Call `f`",
            ),
            ("the second is to do", ExerciseStatus::Partial, [Passed, Todo, Todo], "Look closer."),
            ("all passed", ExerciseStatus::Passed, [Passed, Passed, Passed], "Look at"),
        ] {
            let mut state = at(2);
            state.entries[2].hints[0].checks = vec!["second".into()];
            state.entries[2].hints[2].checks = vec!["third".into()];
            state.update(Event::Saved(2));
            let names = ["first", "second", "third"];
            let checks =
                names.into_iter().zip(checks).map(|(name, status)| check(name, status, "", "")).collect();
            state.update(Event::Scored(2, verdict(status, checks)));
            press(&mut state, "h");
            let text = shown(&state).1.split_once('\n').unwrap().1;
            assert!(text.starts_with(first), "{what}: {text}");
        }
    }

    #[test]
    fn the_solution_is_shown_once_passed_or_after_three_failed_tries_and_asks_first() {
        let mut state = at(0);
        assert_eq!(press(&mut state, "s"), []);
        assert!(
            state.notice.as_deref().is_some_and(|notice| notice.contains("3 more tries")),
            "{:?}",
            state.notice
        );
        for number in 2..=4 {
            assert!(!state.may_see_solution());
            state.update(Event::Saved(0));
            state.update(Event::Scored(number, outcome(0, ExerciseStatus::Failed)));
        }
        assert_eq!(press(&mut state, "s"), []);
        assert_eq!(state.view, View::Ask(Question::Solution));
        assert_eq!(press(&mut state, "n"), [], "no");
        assert_eq!(press(&mut state, "sy"), [Effect::ShowSolution(0)]);

        let mut passed = at(1);
        press(&mut passed, "p");
        assert_eq!(press(&mut passed, "sy"), [Effect::ShowSolution(0)]);
    }

    #[test]
    fn a_report_is_written_beside_the_watch() {
        let mut state = at(1);
        assert_eq!(press(&mut state, "o"), [Effect::Report]);
        state.update(Event::Notice("10 of 40 points; the report is in report.html".into()));
        assert!(state.notice.as_deref().is_some_and(|notice| notice.contains("report.html")));
        assert_eq!(state.view, View::Verdict);
    }

    #[test]
    fn a_reset_asks_and_only_y_is_yes() {
        for (key, effects) in [("y", vec![Effect::Reset(0)]), ("n", vec![]), ("x", vec![]), ("q", vec![])] {
            let mut state = at(0);
            assert_eq!(press(&mut state, "x"), [Effect::AskReset(0)]);
            assert_eq!(state.view, View::Verdict, "there may be nothing to reset");
            state.update(Event::Ask(Question::Reset));
            assert_eq!(press(&mut state, key), effects, "{key}");
        }
    }

    #[test]
    fn where_the_code_is_that_was_reset_is_said_until_the_next_save() {
        let mut state = at(0);
        state.update(Event::WasReset("Your code is in .grader/backups/ex01-1/src.".into()));
        state.update(Event::Saved(0));
        state.update(Event::Scored(2, outcome(0, ExerciseStatus::Todo)));
        assert!(state.notice.as_deref().is_some_and(|notice| notice.contains("backups")));
        state.update(Event::Saved(0));
        assert_eq!(state.notice, None);
    }

    #[test]
    fn the_list_filters_searches_and_jumps() {
        let mut state = at(1);
        let shown = |state: &State| match &state.view {
            View::List(list) => state.listed(list),
            other => panic!("{other:?}"),
        };
        press(&mut state, "l");
        assert_eq!(shown(&state), [0, 1, 2, 3]);
        for expected in [vec![1, 2, 3], vec![0], vec![0, 1], vec![0, 1, 2, 3]] {
            state.update(Event::Key(KeyCode::Tab));
            assert_eq!(shown(&state), expected);
        }
        press(&mut state, "GRAD");
        assert_eq!(shown(&state), [2, 3]);
        state.update(Event::Key(KeyCode::Down));
        state.update(Event::Key(KeyCode::Down));
        assert_eq!(state.update(Event::Key(KeyCode::Enter)), [score(2, 3)]);
        assert_eq!((state.current, &state.view), (3, &View::Verdict));

        press(&mut state, "lzzz");
        assert_eq!(shown(&state), [] as [usize; 0]);
        assert_eq!(state.update(Event::Key(KeyCode::Enter)), []);
        state.update(Event::Key(KeyCode::Backspace));
        state.update(Event::Key(KeyCode::Esc));
        assert_eq!(state.view, View::Verdict);
    }

    #[test]
    fn a_save_brings_the_verdict_back_to_the_screen() {
        let mut state = at(0);
        press(&mut state, "h");
        state.update(Event::Saved(0));
        assert_eq!(state.view, View::Verdict);
    }

    #[test]
    fn what_is_broken_elsewhere_is_said_and_costs_no_try() {
        let mut state = at(0);
        state.update(Event::Saved(0));
        state.update(Event::Scored(2, Verdict::Broken("no space left".into())));
        assert_eq!(state.verdict, Some(Verdict::Broken("no space left".into())));
        assert_eq!(state.entry().failed_tries, 0);
        assert_eq!(state.entry().standing, Some((ExerciseStatus::Todo, 0)));
    }

    #[test]
    fn it_ends_and_is_put_aside_when_told_to() {
        let mut state = at(0);
        assert_eq!(press(&mut state, "q"), [Effect::Quit]);
        assert_eq!(state.update(Event::Quit), [Effect::Quit]);
        assert_eq!(state.update(Event::Suspend), [Effect::Suspend]);
    }
}
