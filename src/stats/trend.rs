//! Whether a measure became slower or faster over a run, and by how much.

use super::Series;

/// The fewest stretches of time that a trend is told from.
const FEWEST: usize = 8;

/// The change of the median over a run.
///
/// The slope is that of Theil and Sen (P. K. Sen, Journal of the American Statistical Association 63,
/// 1968): the median of the slopes between all pairs of points, which a few outliers do not move. Whether
/// it is more than chance is told by the test of Mann and Kendall (M. G. Kendall, "Rank Correlation
/// Methods", 1975), two-sided, by the normal approximation with its correction for ties.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Trend {
    /// Microseconds in each hour; below zero: it became faster.
    pub per_hour: f64,
    /// The probability of a trend at least as strong where there is none.
    pub p: f64,
}

impl Trend {
    /// The trend of the medians of a series; none where there are too few stretches with successes.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "times of a run are below 2^53 microseconds")]
    pub fn of(series: &Series) -> Option<Self> {
        let middle = series.width() as f64 / 2.0;
        let median = |(from, bucket): (u64, &super::Bucket)| {
            let hours = (from as f64 + middle) / 3.6e9;
            Some((hours, bucket.latency.percentile(50)? as f64))
        };
        let points: Vec<(f64, f64)> = series.buckets().filter_map(median).collect();
        (points.len() >= FEWEST).then(|| Self::through(&points)).flatten()
    }

    /// The trend through points in the order of their times, each a time in hours and a value in
    /// microseconds; none where there are not two times.
    #[must_use]
    pub fn through(points: &[(f64, f64)]) -> Option<Self> {
        let pairs = || {
            points.iter().enumerate().flat_map(|(at, early)| {
                points.iter().skip(at + 1).map(move |late| (late.0 - early.0, late.1 - early.1))
            })
        };
        let apart = || pairs().filter(|(time, _)| *time > 0.0);
        let mut slopes: Vec<f64> = apart().map(|(time, change)| change / time).collect();
        slopes.sort_by(f64::total_cmp);
        let score: f64 = apart().map(|(_, change)| sign(change)).sum();
        let per_hour = median(&slopes);
        (!slopes.is_empty()).then(|| Self { per_hour, p: chance(score, points) })
    }

    /// Whether it is more than chance, at 1 %.
    #[must_use]
    pub fn is_real(&self) -> bool {
        self.p < 0.01
    }
}

fn sign(value: f64) -> f64 {
    if value == 0.0 { 0.0 } else { value.signum() }
}

fn median(sorted: &[f64]) -> f64 {
    let at = |index: usize| sorted.get(index).copied().unwrap_or_default();
    let half = sorted.len() / 2;
    if sorted.len() % 2 == 1 {
        at(half)
    } else {
        f64::midpoint(at(half.saturating_sub(1)), at(half))
    }
}

/// The two-sided probability of Kendall's score.
#[expect(clippy::cast_precision_loss, reason = "there are a few hundred points")]
fn chance(score: f64, points: &[(f64, f64)]) -> f64 {
    let weight = |n: usize| {
        let n = n as f64;
        n * (n - 1.0) * (2.0 * n + 5.0)
    };
    let mut values: Vec<f64> = points.iter().map(|point| point.1).collect();
    values.sort_by(f64::total_cmp);
    let ties: f64 = values.chunk_by(|a, b| a == b).map(|tied| weight(tied.len())).sum();
    let variance = (weight(points.len()) - ties) / 18.0;
    if variance <= 0.0 {
        return 1.0;
    }
    let z = (score.abs() - 1.0).max(0.0) / variance.sqrt();
    2.0 * super::normal::upper_tail(z)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "small numbers")]
    fn series(minutes: u64, latency: impl Fn(u64) -> f64) -> Series {
        let mut series = Series::default();
        for minute in 0..minutes {
            series.record(minute * 60_000_000, (latency(minute) * 1000.0) as u64, true);
        }
        series
    }

    /// Some values that do not repeat and do not rise.
    fn noise(minute: u64) -> f64 {
        let mixed = minute.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 40;
        f64::from(u32::try_from(mixed % 1000).unwrap()) / 10.0
    }

    #[test]
    fn a_rise_is_found_with_its_slope() {
        let trend = Trend::of(&series(480, |m| 300.0 + m as f64 + noise(m))).unwrap();
        assert!(trend.is_real(), "{trend:?}");
        assert!((trend.per_hour - 60_000.0).abs() < 6_000.0, "{trend:?}");
    }

    #[test]
    fn noise_is_no_trend() {
        let trend = Trend::of(&series(480, |m| 300.0 + noise(m))).unwrap();
        assert!(!trend.is_real(), "{trend:?}");
        let still = Trend::of(&series(480, |_| 300.0)).unwrap();
        assert_eq!((still.per_hour, still.p), (0.0, 1.0));
    }

    #[test]
    fn the_test_agrees_with_a_published_example() {
        // R. O. Gilbert, "Statistical Methods for Environmental Pollution Monitoring" (1987), section
        // 16.4: the score's variance for 10 untied values is 125.
        let points: Vec<_> = (0..10).map(|n| (f64::from(n), f64::from(n))).collect();
        let p = Trend::through(&points).unwrap().p;
        let z = 44.0 / 125.0_f64.sqrt();
        assert!((p - 2.0 * super::super::normal::upper_tail(z)).abs() < 1e-12, "{p}");
        assert!(p < 1e-4);
    }

    #[test]
    fn too_few_points_say_nothing() {
        assert_eq!(Trend::of(&series(3, |_| 1.0)), None);
        assert_eq!(Trend::through(&[(1.0, 3.0), (1.0, 9.0)]), None, "at the same time");
        assert_eq!(Trend::through(&[]), None);
    }
}
