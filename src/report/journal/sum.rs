//! What of an iteration goes into the journal: all of its records, or their sum in one.
//!
//! A night has thousands of iterations that passed like the one before, and a journal that tells each step
//! of each is too long to be kept or read. The first ones of a case, the slowest, and all in which anything
//! but a pass happened are kept whole.

use super::format::LONGEST_BUFFERED;
use crate::event::{Event, IterationSum, Record, Scope, Verdict};
use crate::report::summary::{State, WAITING, told};

/// So many iterations of each case are kept whole in any case.
const FIRST: u64 = 20;

/// So many of the slowest are.
const SLOWEST: usize = 8;

/// After so many that were the slowest so far, only one that is slower by a tenth is kept: where each is
/// slower than the one before, each is the slowest so far.
const SLOW_KEPT: u64 = 200;

/// So many of the last events on the bus are in a sum.
const LAST: usize = 2;

/// An iteration that is under way.
#[derive(Debug)]
pub(super) struct Iteration {
    /// Its lines so far.
    pub(super) lines: Vec<u8>,
    sum: IterationSum,
    /// How things stood when it began.
    before: State,
    attempts: u32,
    /// Whether a sum would say all that reports need of it.
    plain: bool,
}

/// How slow the iterations of a case were that are kept for that.
#[derive(Debug, Default)]
pub(super) struct Slowest {
    /// The longest, slowest first.
    longest: Vec<u64>,
    kept: u64,
}

impl Iteration {
    /// Begins, using the memory of the one before.
    pub(super) fn begin(mut lines: Vec<u8>, before: State) -> Self {
        lines.clear();
        Self { lines, sum: IterationSum::default(), before, attempts: 0, plain: true }
    }

    /// Takes its next record, and the line that it is.
    pub(super) fn add(&mut self, record: &Record, line: &[u8]) {
        self.lines.extend_from_slice(line);
        self.sum.records += 1;
        if let Some((object, text)) = told(&record.event) {
            if self.sum.last.len() == LAST {
                self.sum.last.remove(0);
            }
            self.sum.last.push((object.to_owned(), text, record.t));
        }
        self.plain &= match &record.event {
            Event::AttemptStarted => {
                self.attempts += 1;
                self.attempts == 1
            }
            Event::Measured { name, us, ok } => {
                self.sum.measured.push((name.clone(), *us, record.t));
                *ok && self.sum.measured.len() <= WAITING
            }
            Event::AttemptFinished(finished) | Event::IterationFinished(finished) => {
                finished.verdict == Verdict::Pass
            }
            Event::Restored { error, .. } => error.is_none(),
            // What the run has to put back from here on must be told.
            Event::Touched(_) => record.scope.attempt.is_some(),
            Event::IterationStarted
            | Event::StepStarted(_)
            | Event::StepFinished(_)
            | Event::Appeared { .. }
            | Event::Vanished { .. }
            | Event::Changed { .. }
            | Event::Disconnected { .. }
            | Event::AgentAsked { .. }
            | Event::EndpointAsked { .. }
            | Event::Monitored { .. }
            | Event::ProfileAsked { .. }
            | Event::PlayerAsked { .. } => true,
            _ => false,
        };
    }

    /// Whether it is too long to be held until it ends.
    pub(super) fn is_long(&self) -> bool {
        self.lines.len() > LONGEST_BUFFERED || self.sum.measured.len() > WAITING
    }

    /// Its sum, where that is enough; `last` is its last record.
    pub(super) fn sum(
        &mut self,
        last: &Record,
        now: &State,
        slowest: &mut Slowest,
    ) -> Option<Record> {
        let Event::IterationFinished(finished) = &last.event else { return None };
        let slow = finished.verdict == Verdict::Pass && slowest.includes(finished.took_us);
        let number = last.scope.iteration?;
        if !self.plain || self.attempts != 1 || number <= FIRST || slow {
            return None;
        }
        let mut sum = std::mem::take(&mut self.sum);
        for (_, _, t) in &mut sum.measured {
            *t = last.t.saturating_sub(*t);
        }
        for (_, _, t) in &mut sum.last {
            *t = last.t.saturating_sub(*t);
        }
        sum.took_us = finished.took_us;
        sum.state = now.since(&self.before);
        let scope =
            Scope { case: last.scope.case.clone(), iteration: Some(number), ..Scope::default() };
        Some(Record { n: last.n, t: last.t, scope, event: Event::IterationSummed(sum) })
    }
}

impl Slowest {
    /// Takes the time of an iteration that passed, and says whether it is to be kept for being slow.
    fn includes(&mut self, took_us: u64) -> bool {
        let before = self.longest.first().copied().unwrap_or(0);
        let at = self.longest.partition_point(|longer| *longer >= took_us);
        if at >= SLOWEST {
            return false;
        }
        self.longest.truncate(SLOWEST - 1);
        self.longest.insert(at, took_us);
        self.kept += 1;
        self.kept <= SLOW_KEPT || took_us > before.saturating_add(before / 10)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kept(times: impl Iterator<Item = u64>) -> usize {
        let mut slowest = Slowest::default();
        times.filter(|us| slowest.includes(*us)).count()
    }

    #[test]
    fn a_night_that_becomes_slower_keeps_few() {
        assert!(kept(1_000_000..2_000_000) <= 210);
        assert!(kept((0..1_000_000).rev()) == SLOWEST);
    }

    #[test]
    fn a_much_slower_one_is_always_kept() {
        let drift = 1_000_000..1_100_000;
        assert_eq!(kept(drift.clone().chain([2_000_000])), kept(drift) + 1);
    }
}
