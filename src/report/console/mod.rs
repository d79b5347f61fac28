//! The console: what happens, as a person follows it.
//!
//! A sink that folds the records as every report does, and prints a line when a case ends, a block when
//! one fails, and the closing lines at the end. Progress is beside it, on standard error.

mod block;
mod closing;
mod display;
pub(in crate::report) mod fit;
pub(in crate::report) mod palette;
mod progress;
mod progress_line;
mod soak_line;
#[cfg(test)]
mod tests;
pub(in crate::report) mod verdict_line;

use std::cell::RefCell;
use std::io::{self, Write};
use std::path::Path;
use std::rc::Rc;

pub use display::{ColorChoice, Display, Environment, ProgressChoice, Verbosity};

use self::fit::fit;
use self::palette::{Palette, Styled};
use self::progress::Progress;
use self::verdict_line::{VERDICT, head, what, word};
use super::failure::{headline, in_brief};
use super::journal::Notes;
use super::numbers::is_soak;
use super::quantity::{several, time};
use super::summary::{Case, Failure, Fold, Outcome, Summary, told};
use crate::event::{BenchIdentity, Event, Finished, Record, RunStarted, Verdict};
use crate::recorder::Sink;

/// Columns of a line of progress: it goes where nobody has columns, or is worth two lines.
const WIDEST: usize = 240;

/// The console. Clones share it, so that one can be a sink and the other bring it to an end.
pub struct Console<W>(Rc<RefCell<State<W>>>);

struct State<W> {
    out: W,
    /// Nobody reads any more: nothing is written, and that is no error.
    broken: bool,
    display: Display,
    palette: Palette,
    fold: Fold,
    progress: Progress,
}

impl<W> Clone for Console<W> {
    fn clone(&self) -> Self {
        Self(Rc::clone(&self.0))
    }
}

impl<W: Write> Console<W> {
    /// A console that writes its lines to `out`.
    #[must_use]
    pub fn new(display: Display, out: W) -> Self {
        let palette = Palette::new(display.color);
        Self(Rc::new(RefCell::new(State {
            out,
            broken: false,
            display,
            palette,
            fold: Fold::default(),
            progress: Progress::new(&display, &palette),
        })))
    }

    /// The same for a run that goes on, of which this is known.
    #[must_use]
    pub fn going_on(self, so_far: Fold) -> Self {
        self.0.borrow_mut().fold = so_far;
        self
    }

    /// What the records that were seen come to.
    #[must_use]
    pub fn take_summary(&self) -> Summary {
        std::mem::take(&mut self.0.borrow_mut().fold).finish(Notes::default())
    }

    /// Tells on standard error how far the run is at `now`, in microseconds since its start.
    pub fn tell_progress(&self, now: u64) {
        let state = &*self.0.borrow();
        let lines = state.progress.told(state.fold.so_far(), now);
        let text: String =
            lines.iter().map(|line| format!("bttest: {}\n", fit(line, WIDEST))).collect();
        // Who asked may be gone again.
        let _ = state.progress.suspend(|| io::stderr().write_all(text.as_bytes()));
    }

    /// Prints lines that are about the run itself and not the bench, with a word for what they are about.
    ///
    /// # Errors
    /// They could not be written; that nobody reads them is no error.
    pub fn warn(&self, word: &str, text: &str) -> io::Result<()> {
        let state = &mut *self.0.borrow_mut();
        let room = state.display.width.saturating_sub(VERDICT + 12);
        let line = |(at, text)| {
            let word = if at == 0 { word } else { "" };
            head(state.palette.doubt, word, "") + &fit(text, room)
        };
        let lines: Vec<String> = text.lines().enumerate().map(line).collect();
        state.print(&lines)
    }

    /// Prints the closing lines. `files` are what was written, each by a word such as `junit`.
    ///
    /// # Errors
    /// They could not be written; that nobody reads them is no error.
    pub fn finish(&self, summary: &Summary, files: &[(&str, &Path)]) -> io::Result<()> {
        let state = &mut *self.0.borrow_mut();
        state.progress.clear();
        let lines = closing::closing(summary, files, &state.display, &state.palette);
        state.print(&lines)
    }
}

impl<W: Write> Sink for Console<W> {
    fn record(&mut self, record: &Record) -> io::Result<()> {
        self.0.borrow_mut().record(record)
    }
}

/// A run that ends without closing lines leaves no bars behind.
impl<W> Drop for State<W> {
    fn drop(&mut self) {
        self.progress.clear();
    }
}

impl<W: Write> State<W> {
    fn record(&mut self, record: &Record) -> io::Result<()> {
        self.fold.add(record);
        let lines = self.lines(record);
        self.print(&lines)?;
        let line = self.progress.update(record, &self.fold);
        let line = line.map(|text| {
            let room = self.display.width.max(WIDEST).saturating_sub(VERDICT + 12);
            head(self.palette.faint, "...", &time(record.t)) + &fit(&text, room)
        });
        self.print(&line.into_iter().collect::<Vec<_>>())
    }

    /// What the record has to be printed as.
    fn lines(&self, record: &Record) -> Vec<String> {
        let verbosity = self.display.verbosity;
        match &record.event {
            Event::IterationFinished(finished) => self.iteration(record, finished),
            Event::CaseFinished(_) => self.case(record),
            Event::StepFinished(f) if record.scope.case.is_none() => self.around(record, f),
            _ if verbosity == Verbosity::Quiet => Vec::new(),
            Event::RunStarted(run) => self.run(run),
            Event::Resumed { .. } => self.resumed(record),
            Event::BenchReady(bench) => self.bench(bench),
            Event::AttemptStarted => self.retry(record),
            Event::Inspected { object, properties } => {
                block::properties(object, properties, &self.palette, self.display.width)
            }
            Event::Bench { .. } | Event::Interrupted { .. } => self.remark(&record.event),
            Event::Identified { object, properties } if verbosity == Verbosity::Verbose => {
                block::properties(object, properties, &self.palette, self.display.width)
            }
            Event::Attribute { .. } | Event::Exchanged { .. }
                if verbosity == Verbosity::Verbose =>
            {
                self.value(&record.event)
            }
            Event::StepFinished(f) if verbosity == Verbosity::Verbose => self.step(record, f),
            _ => Vec::new(),
        }
    }

    fn run(&self, run: &RunStarted) -> Vec<String> {
        let simulated = match &run.simulator {
            Some(scene) => format!(" · simulated ({scene})"),
            None => String::new(),
        };
        let rest =
            fit(&format!("{} · bttest {}{simulated}", run.file, run.bttest), self.display.width);
        let plan = fit(&run.plan, self.display.width);
        vec![
            Styled(self.palette.strong, plan).to_string(),
            Styled(self.palette.faint, rest).to_string(),
        ]
    }

    /// The head of a run that goes on.
    fn resumed(&self, record: &Record) -> Vec<String> {
        let so_far = self.fold.so_far();
        let mut lines = so_far.run.as_ref().map(|run| self.run(run)).unwrap_or_default();
        let done: u64 = so_far.cases.iter().map(|case| case.iterations.total()).sum();
        let text = format!(
            "after {}, of {}",
            several(done, "iteration"),
            several(so_far.cases.len() as u64, "case")
        );
        lines.push(head(self.palette.doubt, "GOES ON", &time(record.t)) + &text);
        lines
    }

    fn bench(&self, bench: &BenchIdentity) -> Vec<String> {
        let run = self.fold.so_far().run.as_ref();
        let mut parts = vec![bench.adapter.clone(), bench.address.clone()];
        for other in &bench.further {
            parts.extend([other.adapter.clone(), other.address.clone()]);
        }
        parts.extend(bench.bluez.as_ref().map(|version| format!("BlueZ {version}")));
        parts.extend(run.map(|run| format!("Linux {}", run.kernel)));
        parts.extend(run.map(|run| run.host.clone()));
        let line = fit(&parts.join(" · "), self.display.width);
        vec![Styled(self.palette.faint, line).to_string(), String::new()]
    }

    /// The attempt before this one failed, and this is another.
    fn retry(&self, record: &Record) -> Vec<String> {
        let attempt = record.scope.attempt.unwrap_or(1);
        let Some(case) = self.fold.case_of(record).filter(|_| attempt > 1) else {
            return Vec::new();
        };
        let why = self.fold.failed_attempt().map_or_else(String::new, headline);
        let note = format!("attempt {attempt}, after {why}");
        let head = head(self.palette.doubt, "RETRY", "");
        vec![head + &what(case, &note, &self.palette, self.display.width)]
    }

    /// A failed iteration of several is told at once, with all that is known if it is the first that
    /// failed in its way; that of a case with one iteration is told with the case.
    fn iteration(&self, record: &Record, finished: &Finished) -> Vec<String> {
        let failed = matches!(finished.verdict, Verdict::Fail | Verdict::Inconclusive);
        let Some(case) = self.fold.case_of(record).filter(|case| failed && is_soak(case)) else {
            return Vec::new();
        };
        let iteration = record.scope.iteration.unwrap_or(0);
        let why = finished.cause.as_ref().map(in_brief).unwrap_or_default();
        let note = format!("iteration {iteration}: {why}");
        let head = head(
            self.palette.of(finished.verdict),
            word(finished.verdict),
            &time(finished.took_us),
        );
        let mut lines = vec![head + &what(case, &note, &self.palette, self.display.width)];
        let decided = |f: &&Failure| f.outcome == Some(Outcome::Decided);
        if let Some(last) = case.failures.iter().rfind(decided)
            && last.iteration == iteration
            && case.failures.iter().filter(decided).filter(|f| f.alike(last)).count() == 1
        {
            lines.extend(block::failure(last, &self.palette, self.display.width));
        }
        lines
    }

    fn case(&self, record: &Record) -> Vec<String> {
        let Some(case) = self.fold.case_of(record) else {
            return Vec::new();
        };
        let quiet = self.display.verbosity == Verbosity::Quiet;
        let settled = matches!(case.verdict, Verdict::Pass | Verdict::Skip);
        if quiet && settled {
            return Vec::new();
        }
        let width = self.display.width;
        let mut lines = vec![verdict_line::verdict_line(case, &self.palette, width)];
        if !settled {
            lines.extend(self.why(case));
        }
        lines
    }

    /// What is known of a case that did not pass, beyond what was told when its iterations failed.
    fn why(&self, case: &Case) -> Vec<String> {
        let (palette, width) = (&self.palette, self.display.width);
        let mut lines = Vec::new();
        let own = case.cause.as_ref();
        let decisive = case.decisive();
        if let Some(cause) = own
            && decisive.is_none_or(|failure| failure.cause.message != cause.message)
        {
            lines.extend(block::failure(&without_step(cause.clone()), palette, width));
        }
        if let Some(failure) = decisive.filter(|_| !is_soak(case)) {
            lines.extend(block::failure(failure, palette, width));
        }
        lines
    }

    /// A step of the plan's own setup or teardown that failed.
    fn around(&self, record: &Record, finished: &Finished) -> Vec<String> {
        let known = self.fold.so_far().around.last();
        let failed = matches!(finished.verdict, Verdict::Fail | Verdict::Inconclusive);
        let Some(failure) = known.filter(|_| failed) else {
            let verbose = self.display.verbosity == Verbosity::Verbose;
            return if verbose { self.step(record, finished) } else { Vec::new() };
        };
        let style = self.palette.of(finished.verdict);
        let path = failure.step.as_ref().map_or("", |step| &step.path);
        let line = head(style, word(finished.verdict), &time(finished.took_us));
        let mut lines = vec![line + &fit(path, self.display.width / 2)];
        lines.extend(block::failure(failure, &self.palette, self.display.width));
        lines
    }

    fn step(&self, record: &Record, finished: &Finished) -> Vec<String> {
        let path = record.scope.step.as_deref().unwrap_or_default();
        let text = self.fold.ended_step().unwrap_or(path);
        let style = match finished.verdict {
            Verdict::Pass => self.palette.faint,
            other => self.palette.of(other),
        };
        let word = match finished.verdict {
            Verdict::Pass => "ok",
            Verdict::Skip => "skipped",
            Verdict::Inconclusive => "inconclusive",
            Verdict::Fail => "failed",
        };
        let depth = 2 * path.split('/').count().saturating_sub(2);
        let room = self.display.width.saturating_sub(VERDICT + 12 + depth);
        let text = fit(text, room.max(20));
        vec![format!("{}{:depth$}{text}", head(style, word, &time(finished.took_us)), "")]
    }

    /// A value that was read, written or notified, under the step that it belongs to.
    fn value(&self, event: &Event) -> Vec<String> {
        let text = told(event).map_or_else(String::new, |(_, text)| text);
        let text = fit(&text, self.display.width.saturating_sub(VERDICT + 12));
        vec![head(self.palette.faint, "", "") + &text]
    }

    fn remark(&self, event: &Event) -> Vec<String> {
        let (word, text) = match event {
            Event::Interrupted { signal } => ("STOP", format!("{signal}: putting the bench back")),
            other => ("BENCH", told(other).map_or_else(String::new, |(_, text)| text)),
        };
        let text = fit(&text, self.display.width.saturating_sub(VERDICT + 12));
        vec![head(self.palette.doubt, word, "") + &text]
    }

    /// Writes whole lines. Where nobody reads any more, it stops, and the run goes on.
    fn print(&mut self, lines: &[String]) -> io::Result<()> {
        if lines.is_empty() || self.broken {
            return Ok(());
        }
        let mut text = lines.join("\n");
        text.push('\n');
        let out = &mut self.out;
        let written = self.progress.suspend(|| {
            out.write_all(text.as_bytes())?;
            out.flush()
        });
        match written {
            Err(error) if is_gone(&error) => {
                self.broken = true;
                Ok(())
            }
            written => written,
        }
    }
}

/// Whether nobody reads any more: the pipe's other end, or the terminal, was closed.
fn is_gone(error: &io::Error) -> bool {
    const EIO: i32 = 5;
    error.kind() == io::ErrorKind::BrokenPipe || error.raw_os_error() == Some(EIO)
}

/// A cause that stands for no step, as a failure.
fn without_step(cause: crate::event::Cause) -> Failure {
    Failure {
        iteration: 0,
        attempt: 0,
        verdict: Verdict::Fail,
        cause,
        step: None,
        at: 0,
        took_us: 0,
        before: Vec::new(),
        state: Vec::new(),
        outcome: None,
        capture: None,
    }
}
