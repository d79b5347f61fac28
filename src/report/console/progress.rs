//! How far the run is: two bars on a terminal, a line now and then elsewhere.

use std::time::Duration;

use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::display::{self, Display};
use super::fit::fit;
use super::palette::Palette;
use crate::event::{Event, Record};
use crate::report::numbers::{is_soak, under_way};
use crate::report::summary::Case;

/// A case is that many parts of the bar, so that iterations move it.
const PARTS: u64 = 1000;

/// Plain lines are a minute of the run's clock apart, and ten after the first ten.
const MINUTE: u64 = 60_000_000;

/// Shows progress.
pub(super) enum Progress {
    Bars(Bars),
    Lines { next: u64 },
    None,
}

/// The whole run above, what is under way below.
pub(super) struct Bars {
    all: MultiProgress,
    run: ProgressBar,
    step: ProgressBar,
    done: u64,
    width: usize,
}

impl Progress {
    pub(super) fn new(display: &Display, palette: &Palette) -> Self {
        match display.progress {
            display::Progress::Bar => Self::Bars(Bars::new(display, palette)),
            display::Progress::Plain => Self::Lines { next: MINUTE },
            display::Progress::None => Self::None,
        }
    }

    /// Takes a record, with the case it belongs to as far as it has come; gives a line to print, where
    /// it is time for one.
    pub(super) fn update(&mut self, record: &Record, case: Option<&Case>) -> Option<String> {
        match self {
            Self::Bars(bars) => {
                bars.update(record, case);
                None
            }
            Self::Lines { next } if record.t >= *next => {
                let case = case.filter(|case| is_soak(case))?;
                matches!(record.event, Event::IterationFinished(_)).then(|| {
                    let apart = if record.t < 10 * MINUTE { MINUTE } else { 10 * MINUTE };
                    *next = record.t + apart;
                    format!("{} {}", case.id, under_way(case))
                })
            }
            _ => None,
        }
    }

    /// Prints while the bars are out of the way.
    pub(super) fn suspend<T>(&self, print: impl FnOnce() -> T) -> T {
        match self {
            Self::Bars(bars) => bars.all.suspend(print),
            _ => print(),
        }
    }

    /// Takes the bars away.
    pub(super) fn clear(&mut self) {
        if let Self::Bars(bars) = self {
            bars.step.finish_and_clear();
            bars.run.finish_and_clear();
        }
        *self = Self::None;
    }
}

impl Bars {
    fn new(display: &Display, palette: &Palette) -> Self {
        let all = MultiProgress::with_draw_target(ProgressDrawTarget::stderr());
        let (bold, dim) = (palette.running, palette.faint);
        let run = format!("{bold}     Running{bold:#} {{bar:24}} {{msg}}");
        let step = format!("             {dim}{{msg}}  {{elapsed}}{dim:#}");
        let style = |template: &str| {
            let style = ProgressStyle::with_template(template);
            style.unwrap_or_else(|_| ProgressStyle::default_bar())
        };
        let bar = |style| all.add(ProgressBar::new(0).with_style(style));
        let run = bar(style(&run).progress_chars("━╸─"));
        let step = bar(style(&step));
        Self { all, run, step, done: 0, width: display.width }
    }

    fn update(&mut self, record: &Record, case: Option<&Case>) {
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
            Event::IterationStarted => self.show(case),
            Event::CaseFinished(_) => {
                self.done += 1;
                self.show(case);
            }
            _ => {}
        }
    }

    fn show(&self, case: Option<&Case>) {
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
        let soak = match is_soak(case) {
            true => format!("  {}", under_way(case)),
            false => String::new(),
        };
        let text = format!("{}/{cases}  {}{soak}", self.done, case.id);
        self.run.set_message(fit(&text, self.width.saturating_sub(40)));
    }
}
