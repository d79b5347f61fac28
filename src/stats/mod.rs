//! Statistics of a measure, in memory that does not grow with the number of tries.
//!
//! Knows numbers only: what was tried, what succeeded, how long it took.

mod clustering;
mod compact;
mod difference;
mod fisher;
mod histogram;
mod holm;
pub mod normal;
mod quantile;
mod ranks;
mod rate;
mod series;
mod shift;
mod trend;

pub use clustering::clustering;
pub use difference::{Evidence, MiddleChange, RateChange, Sampled, Standing, TailChange, settle};
pub use fisher::{Fisher, LEVEL};
pub use histogram::Histogram;
pub use holm::holm;
pub use quantile::Quantile;
pub use ranks::Ranks;
pub use rate::{Rate, newcombe, wilson};
pub use series::{Bucket, Series};
pub use shift::Shift;
pub use trend::Trend;

/// What was measured under one name: every try, and the duration of each that succeeded.
///
/// The duration of a failure is no latency; it only counts against the success rate.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Statistics {
    tries: u64,
    latency: Histogram,
    /// Failures since the last success.
    failing: u64,
    longest_failing: u64,
}

impl Statistics {
    /// Adds a try that took `us` microseconds.
    pub fn record(&mut self, us: u64, ok: bool) {
        self.tries += 1;
        if ok {
            self.latency.record(us);
            self.failing = 0;
        } else {
            self.failing += 1;
            self.longest_failing = self.longest_failing.max(self.failing);
        }
    }

    /// How many tries there were.
    #[must_use]
    pub fn tries(&self) -> u64 {
        self.tries
    }

    /// How many tries succeeded.
    #[must_use]
    pub fn succeeded(&self) -> u64 {
        self.latency.count()
    }

    /// How many tries failed in a row, at the most.
    #[must_use]
    pub fn longest_run_of_failures(&self) -> u64 {
        self.longest_failing
    }

    /// The share of tries that succeeded, from 0 to 1; none where nothing was tried.
    #[must_use]
    pub fn success_rate(&self) -> Option<f64> {
        rate::share(self.succeeded(), self.tries)
    }

    /// Where the true success rate lies with 95 % confidence; see [`wilson`].
    #[must_use]
    pub fn success_interval(&self) -> Option<(f64, f64)> {
        wilson(self.succeeded(), self.tries)
    }

    /// The durations of the tries that succeeded, in microseconds.
    #[must_use]
    pub fn latency(&self) -> &Histogram {
        &self.latency
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_counts_but_has_no_latency() {
        let mut statistics = Statistics::default();
        statistics.record(1_000, true);
        statistics.record(9_000_000, false);
        assert_eq!((statistics.tries(), statistics.succeeded()), (2, 1));
        assert_eq!(statistics.success_rate(), Some(0.5));
        assert_eq!(statistics.latency().max(), Some(1_000));
    }

    #[test]
    fn the_longest_run_of_failures_is_kept() {
        let mut statistics = Statistics::default();
        for ok in [false, true, false, false, false, true, false] {
            statistics.record(1, ok);
        }
        assert_eq!(statistics.longest_run_of_failures(), 3);
    }

    #[test]
    fn nothing_tried_is_no_rate() {
        assert_eq!(Statistics::default().success_rate(), None);
        assert_eq!(Statistics::default().success_interval(), None);
    }
}
