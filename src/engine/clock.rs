//! What the clock on the wall shows, for what a plan says in times of day.

use std::time::Duration;

use jiff::Timestamp;

/// The wall's clock, as it goes by in a run.
#[derive(Debug, Clone, Copy)]
pub struct Clock {
    started: Timestamp,
    /// Under the simulator's fast clock a night passes in seconds: the wall's clock then goes as the run's.
    fast: bool,
}

impl Clock {
    /// The clock of a run that started at this time.
    #[must_use]
    pub fn new(started: Timestamp, fast: bool) -> Self {
        Self { started, fast }
    }

    /// Whether it goes as the run's clock does.
    #[must_use]
    pub fn is_fast(&self) -> bool {
        self.fast
    }

    /// When the run started.
    #[must_use]
    pub fn started(&self) -> Timestamp {
        self.started
    }

    /// What it shows, `t` microseconds into the run. On a real bench the machine is asked: its clock may
    /// have been set meanwhile, and it may have slept.
    pub(super) fn shows(&self, t: u64) -> Timestamp {
        match self.fast {
            true => self.started.saturating_add(Duration::from_micros(t)).unwrap_or(Timestamp::MAX),
            false => Timestamp::now(),
        }
    }
}
