//! Runs the checks of built exercises in the worker, and makes outcomes of what comes back.
//!
//! Every exercise gets a child of its own. The grader asks it for one check at a time and waits for the
//! verdict until the check's deadline. A child that has crashed, hung, panicked or left threads behind is
//! not asked again: the remaining checks get a new one, so that each has the verdict it would have alone.
//!
//! A check that takes long (`PATIENCE`) does not hold up the others: its child becomes a *straggler*, which
//! is watched on until its deadline while another child goes on with the next check. So any number of endless
//! loops costs one time-out, not one each.
//!
//! Figures are asked for in the same way, one child for each.

mod permits;
mod session;
mod snapshots;
mod worker;

use std::collections::{BTreeSet, VecDeque};
use std::path::PathBuf;
use std::sync::Mutex;
use std::thread::Scope;
use std::time::{Duration, Instant};

use protocol::figure::FigureAnswer;
use protocol::{CheckInfo, Settings, Verdict};

use crate::cancel::Cancel;
use crate::outcome::{CheckOutcome, CheckStatus, FigureOutcome};
use crate::processes::Work;
use crate::runner::permits::Permits;
use crate::runner::session::{Answer, Ready, Session};
use crate::runner::snapshots::Snapshots;
pub use crate::runner::worker::Worker;
use crate::sandbox::{Rule, Sandbox};

/// How long a check may take before the others stop waiting for it.
const PATIENCE: Duration = Duration::from_millis(100);

/// The same once an exercise has a straggler: where one check hangs, the next ones do as a rule.
const PATIENCE_AFTER_THE_FIRST: Duration = Duration::from_millis(20);

/// How many stragglers there may be at once. More would slow each other down to false time-outs.
const STRAGGLERS: usize = 8;

/// A check whose process the machine hardly lets run is given more time, up to this many time-outs.
const MOST_TIMEOUTS: u32 = 10;

/// What all checks of a run have in common.
pub struct Rules {
    pub settings: Settings,
    /// Time that one check may take.
    pub timeout: Duration,
    /// What a child may allocate, in bytes.
    pub memory_bytes: u64,
    /// How much of a check's printed output is kept, in bytes.
    pub output_bytes: usize,
    /// How many exercises run at once.
    pub jobs: usize,
    /// What children are confined by. `None`: by nothing, as a GPU's driver needs devices and files of its own.
    pub sandbox: Option<Sandbox>,
}

impl Rules {
    /// What a child gives up before it runs checks; they read `fixtures`.
    fn for_a_child(&self, fixtures: PathBuf) -> Vec<Rule> {
        // A net below the time-outs, for when the grader itself is stopped: ten checks of sixteen threads each.
        let processor_seconds = 160 * self.timeout.as_secs_f64().ceil() as u64;
        let mut rules = vec![Rule::Memory(self.memory_bytes), Rule::ProcessorTime(processor_seconds)];
        rules.extend(self.sandbox.iter().flat_map(|sandbox| sandbox.rules(vec![fixtures.clone()])));
        rules
    }

    /// What children are not confined by, each in a sentence.
    pub fn missing_protection(&self) -> Vec<String> {
        match self.sandbox {
            Some(sandbox) => sandbox.missing(),
            None => vec![format!(
                "nothing is confined with --device {}: a GPU's driver needs devices and files of its own",
                self.settings.device
            )],
        }
    }
}

/// A built exercise.
pub struct Plugin {
    /// `ex03`.
    pub exercise: String,
    pub path: PathBuf,
}

/// What came of one exercise's checks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChecksOutcome {
    pub checks: Vec<CheckOutcome>,
    /// The device the checks ran on.
    pub device: Option<String>,
    pub duration_ms: u64,
}

/// Why checks could not be run at all: the machine's fault or the course's, not the learner's.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    #[error("this machine has no device {0}: take --device cpu, or --device auto for what there is")]
    NoDevice(String),
    #[error("the checks of {exercise} cannot be run: {why}")]
    NoSession { exercise: String, why: String },
}

/// Runs plugins: any thread may hand one in at any time.
pub struct Runner<'a> {
    worker: &'a Worker,
    rules: &'a Rules,
    cancel: &'a Cancel,
    snapshots: Snapshots,
    permits: Permits,
}

impl<'a> Runner<'a> {
    /// # Errors
    /// There is no room for temporary files.
    pub fn new(worker: &'a Worker, rules: &'a Rules, cancel: &'a Cancel) -> anyhow::Result<Self> {
        let snapshots = Snapshots::of(&rules.settings.fixtures)?;
        Ok(Runner { worker, rules, cancel, snapshots, permits: Permits::new(rules.jobs, STRAGGLERS) })
    }

    /// Runs all checks of one exercise and waits for them. Where it is cancelled, what comes back means nothing.
    ///
    /// # Errors
    /// The checks could not be run.
    pub fn run(&self, plugin: &Plugin) -> Result<ChecksOutcome, RunError> {
        let started = Instant::now();
        self.snapshots.lay_out(&plugin.exercise).map_err(|error| RunError::NoSession {
            exercise: plugin.exercise.clone(),
            why: format!("its snapshots cannot be copied to {}: {error}", self.snapshots.folder().display()),
        })?;
        let book = Book::default();
        std::thread::scope(|scope| self.run_rest(scope, plugin, &book, None));
        let Page { checks, outcomes, device, error, .. } =
            book.page.into_inner().expect("no thread of a run panics");
        if let Some(error) = error {
            return Err(error);
        }
        let missing = "the grader lost this check: please report it";
        let checks = checks
            .iter()
            .zip(outcomes)
            .map(|(info, outcome)| outcome.unwrap_or_else(|| outcome_of(info, CheckStatus::NotRun, missing)))
            .collect();
        Ok(ChecksOutcome { checks, device, duration_ms: started.elapsed().as_millis() as u64 })
    }

    /// Runs the checks at the places of `rest`, or all, in as many children as it takes.
    fn run_rest<'scope, 'env: 'scope>(
        &'env self,
        scope: &'scope Scope<'scope, 'env>,
        plugin: &'env Plugin,
        book: &'env Book,
        mut rest: Option<VecDeque<usize>>,
    ) {
        let mut permit = self.permits.take();
        let mut lost = BTreeSet::new();
        while rest.as_ref().is_none_or(|rest| !rest.is_empty()) && !self.cancel.is_set() {
            let mut session = match self.open(plugin, book) {
                Ok(session) => session,
                Err(error) => return book.give_up(error),
            };
            let queue = rest.get_or_insert_with(|| (0..book.len()).collect());
            while let Some(index) = queue.pop_front() {
                let asked = Instant::now();
                session.ask(index);
                let mut answer = session.wait(index, book.patience().min(self.rules.timeout));
                if matches!(answer, Answer::NotYet) {
                    if !queue.is_empty() && permit.become_straggler() {
                        session.give_way();
                        book.has_a_straggler();
                        let others = std::mem::take(queue);
                        scope.spawn(move || self.run_rest(scope, plugin, book, Some(others)));
                    }
                    answer = self
                        .wait_fairly(&mut session, asked, |session, patience| session.wait(index, patience));
                }
                if answer.is_lost() && lost.insert(index) {
                    queue.push_front(index);
                    break;
                }
                let spent = answer.spends_the_session();
                let output = session.take_output();
                book.write(index, answer, asked.elapsed(), output, self.rules);
                if spent || self.cancel.is_set() || session.has_extra_threads() {
                    break;
                }
            }
        }
    }

    /// Draws all figures of one exercise, each in a child of its own. Where it is cancelled, what comes back means
    /// nothing.
    ///
    /// # Errors
    /// The figures could not be asked for.
    pub fn draw(&self, plugin: &Plugin) -> Result<Vec<FigureOutcome>, RunError> {
        let _permit = self.permits.take();
        let (session, ready) = self.open_session(plugin)?;
        let mut session = Some(session);
        let mut outcomes = Vec::new();
        for (index, info) in ready.figures.into_iter().enumerate() {
            let mut session = match session.take() {
                Some(session) => session,
                None => self.open_session(plugin)?.0,
            };
            let asked = Instant::now();
            session.ask_figure(index);
            let answer = self
                .wait_fairly(&mut session, asked, |session, patience| session.wait_figure(index, patience));
            let answer = match answer {
                Answer::Said(answer) => answer,
                Answer::NotYet => FigureAnswer::Failed { message: too_slow("figure", self.rules) },
                Answer::Ended(end) => {
                    let output = session.take_output();
                    let message = session::describe(end, &output, self.rules.memory_bytes);
                    FigureAnswer::Failed { message }
                }
            };
            outcomes.push(FigureOutcome { info, answer });
        }
        Ok(outcomes)
    }

    /// Waits with `wait` for what was `asked` for then until the time-out, and longer where the machine does not let
    /// the child run.
    fn wait_fairly<T>(
        &self,
        session: &mut Session,
        asked: Instant,
        wait: impl Fn(&mut Session, Duration) -> Answer<T>,
    ) -> Answer<T> {
        let timeout = self.rules.timeout;
        let before = session.work();
        let mut answer = wait(session, timeout.saturating_sub(asked.elapsed()));
        while matches!(answer, Answer::NotYet)
            && !self.cancel.is_set()
            && asked.elapsed() < timeout * MOST_TIMEOUTS
            && is_starved(before, session.work(), timeout)
        {
            answer = wait(session, timeout / 10);
        }
        answer
    }

    fn open_session(&self, plugin: &Plugin) -> Result<(Session, Ready), RunError> {
        // A worker that has died (the machine's memory ran out, say) is replaced. That it is gone may show twice: to
        // the session it died with, and to the first order after that.
        let open = || Session::open(self.worker, plugin, self.rules, self.snapshots.folder(), self.cancel);
        open().or_else(|_| open()).or_else(|_| open())
    }

    /// Opens a session, and enters what it says of itself.
    fn open(&self, plugin: &Plugin, book: &Book) -> Result<Session, RunError> {
        let (session, ready) = self.open_session(plugin)?;
        let mut page = book.page.lock().expect("no thread of a run panics");
        if page.checks.is_empty() {
            page.outcomes = ready.checks.iter().map(|_| None).collect();
            page.checks = ready.checks;
            page.device = Some(ready.device);
        }
        Ok(session)
    }
}

/// Where the threads of one exercise enter what they see.
#[derive(Default)]
struct Book {
    page: Mutex<Page>,
}

#[derive(Default)]
struct Page {
    checks: Vec<CheckInfo>,
    outcomes: Vec<Option<CheckOutcome>>,
    device: Option<String>,
    has_a_straggler: bool,
    error: Option<RunError>,
}

impl Book {
    fn len(&self) -> usize {
        self.page.lock().expect("no thread of a run panics").checks.len()
    }

    fn patience(&self) -> Duration {
        let page = self.page.lock().expect("no thread of a run panics");
        if page.has_a_straggler { PATIENCE_AFTER_THE_FIRST } else { PATIENCE }
    }

    fn has_a_straggler(&self) {
        self.page.lock().expect("no thread of a run panics").has_a_straggler = true;
    }

    fn give_up(&self, error: RunError) {
        self.page.lock().expect("no thread of a run panics").error = Some(error);
    }

    fn write(&self, index: usize, answer: Answer<Verdict>, took: Duration, output: String, rules: &Rules) {
        let (status, message) = judge(answer, &output, rules);
        let mut page = self.page.lock().expect("no thread of a run panics");
        let outcome = outcome_of(&page.checks[index], status, &message);
        page.outcomes[index] = Some(CheckOutcome { duration_ms: took.as_millis() as u64, output, ..outcome });
    }
}

/// Whether a check has had too little of the machine for its silence to mean anything: it would run, but has had
/// less than a tenth of its time-out as processor time. (Eight endless loops on two processors have a quarter each.)
fn is_starved(before: Option<Work>, now: Option<Work>, timeout: Duration) -> bool {
    match (before, now) {
        (Some(before), Some(now)) => now.pending && now.done.saturating_sub(before.done) < timeout / 10,
        _ => false,
    }
}

fn outcome_of(info: &CheckInfo, status: CheckStatus, message: &str) -> CheckOutcome {
    CheckOutcome {
        name: info.name.clone(),
        status,
        score: if status == CheckStatus::Passed { info.points } else { 0 },
        max_score: info.points,
        duration_ms: 0,
        message: message.to_owned(),
        output: String::new(),
    }
}

/// What an answer, or the lack of one, says of a check. Silence is failure.
fn judge(answer: Answer<Verdict>, output: &str, rules: &Rules) -> (CheckStatus, String) {
    match answer {
        Answer::Said(Verdict::Passed) => (CheckStatus::Passed, String::new()),
        Answer::Said(Verdict::Failed { message }) => (CheckStatus::Failed, message),
        Answer::Said(Verdict::Todo { message }) => (CheckStatus::Todo, message),
        Answer::Said(Verdict::Panicked { message }) => (CheckStatus::Panicked, message),
        Answer::NotYet => (CheckStatus::TimedOut, too_slow("verdict", rules)),
        Answer::Ended(end) => (CheckStatus::Crashed, session::describe(end, output, rules.memory_bytes)),
    }
}

fn too_slow(awaited: &str, rules: &Rules) -> String {
    format!(
        "no {awaited} within {} s: the function loops for ever, waits for something, or is far too slow",
        rules.timeout.as_secs_f64()
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::worker::message::End;
    use std::path::Path;

    fn rules() -> Rules {
        Rules {
            settings: Settings::standard(Path::new("fixtures").to_owned()),
            timeout: Duration::from_millis(2500),
            memory_bytes: 1 << 30,
            output_bytes: 1024,
            jobs: 2,
            sandbox: None,
        }
    }

    #[test]
    fn silence_is_never_a_pass() {
        let ends = [End::Exited(0), End::Exited(1), End::Signalled(6), End::Signalled(9), End::Signalled(11)];
        let answers =
            ends.map(Some).map(Answer::Ended).into_iter().chain([Answer::Ended(None), Answer::NotYet]);
        for answer in answers {
            let (status, message) = judge(answer, "check 0: passed\n", &rules());
            assert!(matches!(status, CheckStatus::Crashed | CheckStatus::TimedOut), "{message}");
            assert!(!message.is_empty());
        }
    }

    #[test]
    fn a_check_that_the_machine_does_not_let_run_is_not_called_too_slow() {
        let work = |milliseconds, pending| Some(Work { done: Duration::from_millis(milliseconds), pending });
        let starved = |now| is_starved(work(300, true), now, Duration::from_secs(5));
        assert!(starved(work(700, true)), "0.4 s of 5 s is not enough to judge by");
        assert!(!starved(work(900, true)), "it had its chance");
        assert!(!starved(work(310, false)), "it sleeps, or waits for what never comes");
        assert!(!starved(None), "it is gone");
        assert!(!is_starved(None, None, Duration::from_secs(5)));
    }

    #[test]
    fn only_a_passed_check_has_points() {
        let info = CheckInfo { name: "a".into(), points: 3 };
        for status in [CheckStatus::Failed, CheckStatus::Todo, CheckStatus::Crashed, CheckStatus::NotRun] {
            assert_eq!(outcome_of(&info, status, "").score, 0);
        }
        assert_eq!(outcome_of(&info, CheckStatus::Passed, "").score, 3);
    }
}
