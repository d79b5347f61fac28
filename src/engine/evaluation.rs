//! Compares what was measured with what a plan asks for.

use std::time::Duration;

use crate::event::ThresholdResult;
use crate::plan::{Bound, Quantity, Rate, Threshold};
use crate::stats::Statistics;

/// Each statistic that the threshold names, compared with what was measured.
///
/// Where nothing was measured, nothing holds: a threshold is a claim, and there is no evidence for it.
pub(super) fn evaluate(threshold: &Threshold, measured: &Statistics) -> Vec<ThresholdResult> {
    let latency = measured.latency();
    let durations = [
        ("min", &threshold.min, latency.min()),
        ("p50", &threshold.p50, latency.percentile(50)),
        ("p90", &threshold.p90, latency.percentile(90)),
        ("p95", &threshold.p95, latency.percentile(95)),
        ("p99", &threshold.p99, latency.percentile(99)),
        ("max", &threshold.max, latency.max()),
        ("mean", &threshold.mean, latency.mean()),
    ];
    let rate = measured.success_rate().map(Rate);
    let count = (measured.tries() > 0).then(|| measured.succeeded());
    let of = &threshold.of;
    let mut results = Vec::new();
    results.extend(compare(of, "success-rate", &threshold.success_rate, rate, |rate, _| {
        in_percent(rate, measured)
    }));
    results.extend(compare(of, "count", &threshold.count, count, |n, _| n.to_string()));
    for (name, bound, us) in durations {
        let duration = us.map(Duration::from_micros);
        results.extend(compare(of, name, bound, duration, in_unit_of));
    }
    results
}

/// One statistic against its bound; none where the plan sets no bound on it.
fn compare<Q: Quantity>(
    of: &str,
    statistic: &str,
    bound: &Option<Bound<Q>>,
    measured: Option<Q>,
    show: impl Fn(Q, &str) -> String,
) -> Option<ThresholdResult> {
    let bound = bound.as_ref()?;
    Some(ThresholdResult {
        of: of.to_owned(),
        statistic: statistic.to_owned(),
        wanted: bound.text.clone(),
        measured: measured.map(|measured| show(measured, &bound.text)),
        held: measured.is_some_and(|measured| bound.holds(measured)),
    })
}

/// A rate with the numbers that it comes from, so that 99.497 % is not taken for 99.5 %.
fn in_percent(Rate(rate): Rate, measured: &Statistics) -> String {
    let percent = short(format!("{:.3}", rate * 100.0));
    format!("{percent}% ({} of {})", measured.succeeded(), measured.tries())
}

/// A duration in the unit that the bound is written in, to the microsecond; seconds for a bound in
/// minutes or more.
fn in_unit_of(duration: Duration, bound: &str) -> String {
    let seconds = duration.as_secs_f64();
    if bound.ends_with("ms") {
        format!("{}ms", short(format!("{:.3}", seconds * 1e3)))
    } else if bound.ends_with("us") || bound.ends_with("µs") {
        format!("{}us", duration.as_micros())
    } else {
        format!("{}s", short(format!("{seconds:.6}")))
    }
}

/// A decimal number without the noughts at its end.
fn short(number: String) -> String {
    number.trim_end_matches('0').trim_end_matches('.').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn threshold(text: &str) -> Threshold {
        toml::from_str(&format!("of = \"reconnect\"\n{text}")).unwrap()
    }

    fn reconnects(succeeded: u64, failed: u64, us: u64) -> Statistics {
        let mut statistics = Statistics::default();
        (0..succeeded).for_each(|_| statistics.record(us, true));
        (0..failed).for_each(|_| statistics.record(us, false));
        statistics
    }

    #[test]
    fn every_statistic_that_is_named_is_compared() {
        let all = threshold(
            r#"
            success-rate = ">= 99.5%"
            count = ">= 199"
            min = "> 1s"
            p50 = "<= 1500ms"
            p90 = "<= 1.4s"
            p95 = "== 1500ms"
            p99 = "< 1500000us"
            max = "<= 1m"
            mean = ">= 1500ms"
            "#,
        );
        let results = evaluate(&all, &reconnects(199, 1, 1_500_000));
        let told: Vec<String> = results
            .iter()
            .map(|r| {
                let held = if r.held { "holds" } else { "broken" };
                let measured = r.measured.as_deref().unwrap_or("-");
                format!("{} {}: {measured}: {held}", r.statistic, r.wanted)
            })
            .collect();
        insta::assert_snapshot!(told.join("\n"), @r"
        success-rate >= 99.5%: 99.5% (199 of 200): holds
        count >= 199: 199: holds
        min > 1s: 1.5s: holds
        p50 <= 1500ms: 1500ms: holds
        p90 <= 1.4s: 1.5s: broken
        p95 == 1500ms: 1500ms: holds
        p99 < 1500000us: 1500000us: broken
        max <= 1m: 1.5s: holds
        mean >= 1500ms: 1500ms: holds
        ");
    }

    #[test]
    fn nothing_measured_holds_nothing() {
        let any = threshold("success-rate = \">= 0%\"\ncount = \">= 0\"\nmax = \"<= 1h\"");
        for result in evaluate(&any, &Statistics::default()) {
            assert_eq!((result.measured, result.held), (None, false));
        }
        // Tries that all failed have a rate and a count, but no latency.
        let held: Vec<bool> = evaluate(&any, &reconnects(0, 3, 1)).iter().map(|r| r.held).collect();
        assert_eq!(held, [true, true, false]);
    }

    #[test]
    fn a_rate_just_below_its_bound_does_not_look_like_it() {
        let result =
            &evaluate(&threshold("success-rate = \">= 99.5%\""), &reconnects(9949, 51, 1))[0];
        assert_eq!(result.measured.as_deref(), Some("99.49% (9949 of 10000)"));
        assert!(!result.held);
    }

    #[test]
    fn a_share_in_percent_meets_the_bound_of_the_same_percent() {
        for thousandths in 0..=1000_u64 {
            #[expect(clippy::cast_precision_loss, reason = "at most 1000")]
            let text = format!(">= {}%", thousandths as f64 / 10.0);
            let bound = Bound::<Rate>::parse(&text).unwrap();
            let share = reconnects(thousandths, 1000 - thousandths, 1).success_rate().unwrap();
            assert!(bound.holds(Rate(share)), "{text}: {share}");
        }
    }
}
