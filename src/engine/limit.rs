//! The end of a block's rounds: how many, and until when.

use jiff::Timestamp;

use super::Clock;
use super::Ended;
use super::requires::skipped;
use crate::event::Verdict;
use crate::plan::Soak;
use crate::recorder::micros;

/// A block's limit, once it has begun.
#[derive(Debug, Clone, Copy)]
pub(super) struct Limit {
    soak: Soak,
    /// When the block's time is up, in microseconds of the run.
    lasting: Option<u64>,
    /// The same by the wall's clock. It counts from the start of the run: a block that begins later than
    /// that has no time left.
    until: Option<Timestamp>,
}

impl Limit {
    /// The limit of a block that began at `t` microseconds of the run.
    pub(super) fn from(soak: Soak, clock: &Clock, t: u64) -> Self {
        Self {
            soak,
            lasting: soak.lasting.map(|duration| t.saturating_add(micros(duration))),
            until: soak.until.map(|time| time.next(clock.started())),
        }
    }

    /// How many rounds there are at most; none: only time or a failure ends them.
    pub(super) fn rounds(&self) -> Option<u64> {
        self.soak.iterations()
    }

    /// The same as a number to count to.
    pub(super) fn most(&self) -> u64 {
        self.rounds().unwrap_or(u64::MAX)
    }

    /// Whether only time or a failure ends it.
    pub(super) fn is_endless(&self) -> bool {
        self.rounds().is_none()
    }

    /// When its time is up, in microseconds of the run, as far as one can tell at `now`.
    pub(super) fn until_t(&self, clock: &Clock, now: u64) -> Option<u64> {
        let by_wall = self.until.map(|until| {
            let left = until.duration_since(clock.shows(now)).as_micros().max(0);
            now.saturating_add(u64::try_from(left).unwrap_or(u64::MAX))
        });
        [self.lasting, by_wall].into_iter().flatten().min()
    }

    /// Whether the time is up.
    pub(super) fn is_over(&self, clock: &Clock, now: u64) -> bool {
        self.lasting.is_some_and(|end| now >= end)
            || self.until.is_some_and(|end| clock.shows(now) >= end)
    }

    /// Whether an iteration that ended so is the last.
    pub(super) fn ends_with(&self, verdict: Verdict) -> bool {
        self.soak.until_fail && verdict == Verdict::Fail
    }

    /// The end of a case that the limit left no iteration for.
    pub(super) fn left_nothing(&self) -> Ended {
        skipped("no-time", format!("no time was left for it: its rounds go on {}", self.soak))
    }
}
