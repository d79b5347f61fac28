//! How a measure went over a run, in memory that does not grow with it.
//!
//! Time is cut into buckets of equal width, of which there are at most [`MOST`]. When a run outgrows them,
//! neighbours are merged and the width doubles: an hour ends up in buckets of 32 s, a night in four minutes.

use super::Histogram;

/// The most buckets there are.
const MOST: usize = 120;

/// The width of the first buckets, in microseconds.
const NARROWEST: u64 = 1_000_000;

/// A measure over time.
#[derive(Debug, Clone, PartialEq)]
pub struct Series {
    /// Width of a bucket, in microseconds.
    width: u64,
    /// Number of the first bucket: it begins at `first * width`.
    first: u64,
    buckets: Vec<Bucket>,
}

/// What fell into one stretch of time.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Bucket {
    pub tries: u64,
    /// Durations of those that succeeded, in microseconds, to within 2 %.
    pub latency: Histogram<5>,
}

impl Bucket {
    /// How many tries succeeded.
    #[must_use]
    pub fn succeeded(&self) -> u64 {
        self.latency.count()
    }

    fn absorb(&mut self, later: &Self) {
        self.tries += later.tries;
        self.latency.absorb(&later.latency);
    }
}

impl Default for Series {
    fn default() -> Self {
        Self { width: NARROWEST, first: 0, buckets: Vec::new() }
    }
}

impl Series {
    /// Adds a try that ended at `t` and took `us`, both in microseconds. What is earlier than the first
    /// try counts with the first.
    pub fn record(&mut self, t: u64, us: u64, ok: bool) {
        if self.buckets.is_empty() {
            self.first = t / self.width;
        }
        while t / self.width >= self.first.saturating_add(MOST as u64) {
            self.widen();
        }
        let at = usize::try_from((t / self.width).saturating_sub(self.first)).unwrap_or(MOST);
        if self.buckets.len() <= at {
            self.buckets.resize_with(at + 1, Bucket::default);
        }
        if let Some(bucket) = self.buckets.get_mut(at) {
            bucket.tries += 1;
            if ok {
                bucket.latency.record(us);
            }
        }
    }

    /// Merges neighbours.
    fn widen(&mut self) {
        let odd = usize::from(self.first % 2 == 1);
        let narrow = std::mem::take(&mut self.buckets);
        for (at, bucket) in narrow.iter().enumerate() {
            let wide = (at + odd) / 2;
            if self.buckets.len() <= wide {
                self.buckets.push(Bucket::default());
            }
            if let Some(merged) = self.buckets.get_mut(wide) {
                merged.absorb(bucket);
            }
        }
        self.first /= 2;
        self.width = self.width.saturating_mul(2);
    }

    /// The buckets in order, also those in which nothing was tried, each with the time at which it
    /// begins, in microseconds since the start of the run.
    pub fn buckets(&self) -> impl Iterator<Item = (u64, &Bucket)> {
        let begin = self.first;
        (begin..).zip(&self.buckets).map(|(number, bucket)| (number * self.width, bucket))
    }

    /// Width of a bucket, in microseconds.
    #[must_use]
    pub fn width(&self) -> u64 {
        self.width
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_night_fits_and_nothing_is_lost() {
        let mut series = Series::default();
        let start = 7 * 3_600_000_000;
        for second in 0..8 * 3600_u64 {
            series.record(start + second * 1_000_000, 300_000 + second, second % 10 != 0);
        }
        let buckets: Vec<_> = series.buckets().collect();
        assert!(buckets.len() <= MOST && buckets.len() > MOST / 3, "{}", buckets.len());
        assert_eq!(buckets.iter().map(|(_, b)| b.tries).sum::<u64>(), 8 * 3600);
        assert_eq!(buckets.iter().map(|(_, b)| b.succeeded()).sum::<u64>(), 8 * 3240);
        assert!(buckets[0].0 <= start && buckets[0].0 + series.width() > start);
    }

    proptest! {
        #[test]
        fn every_try_is_in_the_bucket_of_its_time(
            mut times in proptest::collection::vec(0_u64..100_000_000_000, 1..300),
        ) {
            times.sort_unstable();
            let mut series = Series::default();
            times.iter().for_each(|t| series.record(*t, 1, true));
            prop_assert!(series.buckets().count() <= MOST);
            for (from, bucket) in series.buckets() {
                let within = times.iter().filter(|t| (from..from + series.width()).contains(t));
                prop_assert_eq!(within.count() as u64, bucket.tries);
            }
        }
    }
}
