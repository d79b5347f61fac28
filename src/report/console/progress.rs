//! How far the run is: two bars on a terminal, a line now and then elsewhere.

use std::time::{Duration, Instant};

use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::display::{self, Display};
use super::fit::fit;
use super::palette::Palette;
use super::progress_line::{BAR, ProgressLine, RUNNING, fitted};
use super::soak_line::{Latest, SoakLine, Without};
use crate::event::{Event, Record};
use crate::report::numbers::is_soak;
use crate::report::quantity::time;
use crate::report::summary::{Case, Fold, Summary};

/// A case is that many parts of the bar, so that iterations move it.
const PARTS: u64 = 1000;

/// How long of the real time lines are apart, whatever the run's clock does.
const APART: Duration = Duration::from_secs(60);

/// How long of the real time the text of the bars stays at least.
const STAYS: Duration = Duration::from_millis(100);

/// Shows progress.
pub(super) struct Progress {
    latest: Latest,
    view: View,
}

enum View {
    Bars(Bars),
    Lines(Pace),
    None,
}

/// The whole run above, what is under way below.
pub(super) struct Bars {
    all: MultiProgress,
    run: ProgressBar,
    step: ProgressBar,
    done: u64,
    width: usize,
    palette: Palette,
    pace: Pace,
}

/// Says when it is time again.
struct Pace {
    apart: Duration,
    next: Instant,
}

impl Pace {
    fn new(apart: Duration) -> Self {
        Self { apart, next: Instant::now() + apart }
    }

    fn is_due(&mut self, now: Instant) -> bool {
        let due = now >= self.next;
        if due {
            self.next = now + self.apart;
        }
        due
    }
}

impl Progress {
    pub(super) fn new(display: &Display, palette: &Palette) -> Self {
        let view = match display.progress {
            display::Progress::Bar => View::Bars(Bars::new(display, palette)),
            display::Progress::Plain => View::Lines(Pace::new(APART)),
            display::Progress::None => View::None,
        };
        Self { latest: Latest::default(), view }
    }

    /// Takes a record that the fold has taken; gives a line to print, where it is time for one.
    pub(super) fn update(&mut self, record: &Record, fold: &Fold) -> Option<String> {
        let case = fold.case_of(record);
        self.latest.add(record, case);
        let run = fold.so_far();
        match &mut self.view {
            View::Bars(bars) => {
                bars.update(record, case, |case| SoakLine::of(case, run, &self.latest, record.t));
                None
            }
            View::Lines(pace) => {
                let case = case.filter(|case| is_soak(case) && !case.finished)?;
                let due = pace.is_due(Instant::now());
                due.then(|| whole(case, run, &self.latest, record.t))
            }
            View::None => None,
        }
    }

    /// How far the run is at `now`, in lines: for somebody who asks.
    pub(super) fn told(&self, run: &Summary, now: u64) -> Vec<String> {
        let done = run.cases.iter().filter(|case| case.finished).count();
        let all = run.run.as_ref().map_or(0, |run| run.cases);
        let mut lines = vec![format!("{} into the run, {done} of {all} cases done", time(now))];
        lines.extend(run.cases.iter().filter(|case| !case.finished).map(|case| {
            match is_soak(case) {
                true => whole(case, run, &self.latest, now),
                false => format!("{} {}", case.id, case.identity.title),
            }
        }));
        lines
    }

    /// Prints while the bars are out of the way.
    pub(super) fn suspend<T>(&self, print: impl FnOnce() -> T) -> T {
        match &self.view {
            View::Bars(bars) => bars.all.suspend(print),
            _ => print(),
        }
    }

    /// Takes the bars away.
    pub(super) fn clear(&mut self) {
        if let View::Bars(bars) = &self.view {
            bars.step.finish_and_clear();
            bars.run.finish_and_clear();
        }
        self.view = View::None;
    }
}

/// How far a soak is, with nothing left out.
fn whole(case: &Case, run: &Summary, latest: &Latest, now: u64) -> String {
    let line = SoakLine::of(case, run, latest, now);
    format!("{} {}", case.id, line.text(Without::Nothing))
}

impl Bars {
    fn new(display: &Display, palette: &Palette) -> Self {
        let all = MultiProgress::with_draw_target(ProgressDrawTarget::stderr());
        let palette = *palette;
        let step = format!("             {0}{{msg}}  {{elapsed}}{0:#}", palette.faint);
        let step = all.add(ProgressBar::new(0).with_style(style(&step)));
        let run = all.insert_before(&step, ProgressBar::new(0));
        let pace = Pace::new(STAYS);
        let bars = Self { all, run, step, done: 0, width: display.width, palette, pace };
        bars.look(&ProgressLine { running: true, bar: true, text: String::new() });
        bars
    }

    /// Shows the line with what stands before it.
    fn look(&self, line: &ProgressLine) {
        let bold = self.palette.running;
        let running = if line.running { format!("{bold}{RUNNING}{bold:#}") } else { String::new() };
        let bar = if line.bar { format!("{{bar:{BAR}}} ") } else { String::new() };
        let template = format!("{running}{bar}{{msg}}");
        self.run.set_style(style(&template).progress_chars("━╸─"));
        self.run.set_message(line.text.clone());
    }

    fn update(&mut self, record: &Record, case: Option<&Case>, soak: impl Fn(&Case) -> SoakLine) {
        match &record.event {
            Event::RunStarted(run) => {
                self.run.set_length(PARTS.saturating_mul(run.cases as u64));
                self.step.enable_steady_tick(Duration::from_millis(200));
            }
            Event::StepStarted(step) => {
                let attempt = match record.scope.attempt {
                    Some(attempt) if attempt > 1 => format!(" (attempt {attempt})"),
                    _ => String::new(),
                };
                let room = self.width.saturating_sub(24);
                self.step.set_message(fit(&format!("{}{attempt}", step.text), room));
                self.step.reset_elapsed();
            }
            Event::IterationStarted if self.pace.is_due(Instant::now()) => self.show(case, soak),
            Event::CaseStarted(_) => self.show(case, soak),
            Event::CaseFinished(_) => {
                self.done += 1;
                self.show(case, soak);
            }
            _ => {}
        }
    }

    fn show(&self, case: Option<&Case>, soak: impl Fn(&Case) -> SoakLine) {
        let Some(case) = case else { return };
        let within = match (case.finished, case.identity.iterations) {
            (false, Some(planned)) => {
                let done = case.iterations.total().min(planned);
                done.saturating_mul(PARTS).checked_div(planned).unwrap_or(0)
            }
            _ => 0,
        };
        self.run.set_position(self.done * PARTS + within);
        let cases = self.run.length().unwrap_or(0) / PARTS;
        let soak = is_soak(case).then(|| soak(case));
        let cases = format!("{}/{cases}", self.done);
        self.look(&fitted(&cases, &case.id, soak.as_ref(), self.width));
    }
}

fn style(template: &str) -> ProgressStyle {
    ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_due_a_minute_after_the_one_before() {
        let mut pace = Pace::new(APART);
        let begun = pace.next - APART;
        let told = (0..=300).filter(|s| pace.is_due(begun + Duration::from_secs(*s)));
        assert_eq!(told.collect::<Vec<_>>(), [60, 120, 180, 240, 300]);
    }
}
