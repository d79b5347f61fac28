//! Thresholds that can be drawn: a bound on a duration, or on the share of successes.

use crate::event::ThresholdResult;
use jiff::SignedDuration;

/// A bound, and what it is called.
#[derive(Debug, Clone, PartialEq)]
pub struct Limit {
    /// Microseconds, or a share from 0 to 1.
    pub value: f64,
    pub text: String,
    pub held: bool,
}

impl Limit {
    /// The bounds on durations of a measure.
    pub fn of_durations(thresholds: &[ThresholdResult], measure: &str) -> Vec<Self> {
        Self::of(thresholds, measure, |wanted| {
            let duration: SignedDuration = wanted.parse().ok()?;
            Some(duration.as_secs_f64() * 1e6)
        })
    }

    /// The bounds on the success rate of a measure.
    pub fn of_rates(thresholds: &[ThresholdResult], measure: &str) -> Vec<Self> {
        Self::of(thresholds, measure, |wanted| {
            let percent: f64 = wanted.strip_suffix('%')?.trim().parse().ok()?;
            Some(percent / 100.0)
        })
    }

    fn of(
        thresholds: &[ThresholdResult],
        measure: &str,
        read: impl Fn(&str) -> Option<f64>,
    ) -> Vec<Self> {
        let of_measure = thresholds.iter().filter(|threshold| threshold.of == measure);
        let limit = |threshold: &ThresholdResult| {
            let wanted = threshold.wanted.trim_start_matches(['<', '>', '=', ' ']);
            let value = read(wanted).filter(|value| value.is_finite() && *value >= 0.0)?;
            let sign = threshold.wanted.replace("<=", "≤").replace(">=", "≥").replace("==", "=");
            let text = format!("{} {sign}", threshold.statistic);
            Some(Self { value, text, held: threshold.held })
        };
        of_measure.filter_map(limit).take(4).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::sample;

    #[test]
    fn bounds_are_read_as_plans_write_them() {
        let summary = sample::summary_of(&sample::one_of_each().records);
        let thresholds = &summary.cases.last().unwrap().thresholds;
        let durations = Limit::of_durations(thresholds, "reconnect");
        assert_eq!((durations[0].value, &*durations[0].text), (1_500_000.0, "p95 ≤ 1500ms"));
        let rates = Limit::of_rates(thresholds, "reconnect");
        assert!((rates[0].value - 0.995).abs() < 1e-9 && !rates[0].held, "{rates:?}");
        assert_eq!(Limit::of_durations(thresholds, "pair"), []);
    }
}
