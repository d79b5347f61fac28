//! One measure of a case: its statistics, and how it went over the run.

use crate::stats::{Series, Statistics};

/// What was measured under one name.
#[derive(Debug, Clone, PartialEq)]
pub struct Measure {
    pub name: String,
    pub statistics: Statistics,
    /// The same over time.
    pub course: Series,
}

impl Measure {
    pub(super) fn new(name: &str) -> Self {
        let (statistics, course) = (Statistics::default(), Series::default());
        Self { name: name.to_owned(), statistics, course }
    }

    /// Adds a try that ended at `t`, in microseconds since the start of the run, and took `us`.
    pub(super) fn record(&mut self, t: u64, us: u64, ok: bool) {
        self.statistics.record(us, ok);
        self.course.record(t, us, ok);
    }
}
