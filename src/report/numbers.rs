//! The numbers of a case in words: iterations, measures, thresholds, causes.

use super::quantity::{several, share, time};
use super::summary::{Case, CauseGroup};
use crate::stats::Statistics;

/// The numbers in lines; none for a case of one iteration that measured nothing.
#[must_use]
pub fn lines(case: &Case) -> Vec<String> {
    let mut lines = Vec::new();
    if is_soak(case) {
        lines.push(iterations(case));
    }
    lines.extend(case.measures.iter().map(|m| format!("{}: {}", m.name, measure(&m.statistics))));
    lines.extend(case.thresholds.iter().map(|t| {
        let held = if t.held { "held" } else { "broken" };
        let measured = t.measured.as_deref().unwrap_or("nothing measured");
        format!("threshold {} {} {}: {held}, {measured}", t.of, t.statistic, t.wanted)
    }));
    if is_soak(case) {
        lines.extend(case.causes.groups.iter().map(cause));
        if case.causes.others > 0 {
            lines.push(format!("{} of further kinds", several(case.causes.others, "failure")));
        }
    }
    lines
}

/// Whether the case ran, or was to run, more than once: also where only time or a failure ends it.
#[must_use]
pub fn is_soak(case: &Case) -> bool {
    case.iterations.total() > 1 || case.identity.iterations.is_none_or(|n| n > 1)
}

/// `196 of 200 iterations passed, 4 failed, 1 flaky`; with how many were planned, if fewer ran.
#[must_use]
pub fn iterations(case: &Case) -> String {
    let tally = case.iterations;
    let ran = several(tally.total(), "iteration");
    let text = format!("{} of {ran} passed{}", tally.passed, others(case));
    match case.identity.iterations {
        Some(planned) if planned > tally.total() => text + &format!(" ({planned} were planned)"),
        _ => text,
    }
}

/// What there is besides iterations that passed: `, 4 failed, 1 flaky`.
#[must_use]
pub fn others(case: &Case) -> String {
    let tally = case.iterations;
    [
        (tally.failed, "failed"),
        (tally.inconclusive, "inconclusive"),
        (tally.skipped, "skipped"),
        (case.flaky, "flaky"),
    ]
    .iter()
    .filter(|(n, _)| *n > 0)
    .map(|(n, word)| format!(", {n} {word}"))
    .collect()
}

/// `312 ms` for a single try; `196 of 200 succeeded (98 %; …), min …, p50 …` for more.
fn measure(statistics: &Statistics) -> String {
    let latency = statistics.latency();
    if let (1, Some(only)) = (statistics.tries(), latency.max()) {
        return time(only);
    }
    let mut text = succeeded(statistics);
    for (name, us) in [
        ("min", latency.min()),
        ("p50", latency.percentile(50)),
        ("p90", latency.percentile(90)),
        ("p95", latency.percentile(95)),
        ("p99", latency.percentile(99)),
        ("max", latency.max()),
        ("mean", latency.mean()),
    ] {
        if let Some(us) = us {
            text += &format!(", {name} {}", time(us));
        }
    }
    text
}

/// The tries and the rate; from ten tries on also how far it can be trusted.
fn succeeded(statistics: &Statistics) -> String {
    let (succeeded, tries) = (statistics.succeeded(), statistics.tries());
    let text = format!("{succeeded} of {tries} succeeded");
    match (statistics.success_rate(), statistics.success_interval()) {
        (Some(rate), Some((low, high))) if tries >= 10 => format!(
            "{text} ({}; with 95 % confidence {} to {})",
            share(rate),
            share(low),
            share(high)
        ),
        _ => text,
    }
}

/// `4 times page-timeout in connect headset (iterations 50 to 200, 1 flaky): it did not answer`
fn cause(group: &CauseGroup) -> String {
    let step = match group.text.as_str() {
        "" => String::new(),
        text => format!(" in {text}"),
    };
    let when = if group.count == 1 {
        format!("iteration {}", group.first.iteration)
    } else {
        format!("iterations {} to {}", group.first.iteration, group.last.iteration)
    };
    let flaky = match group.flaky {
        0 => String::new(),
        n => format!(", {n} flaky"),
    };
    let times = several(group.count, "time");
    let state = match group.state.as_slice() {
        [] => String::new(),
        state => format!("; {}", state.join(", ")),
    };
    format!("{times} {}{step} ({when}{flaky}{state}): {}", group.kind, group.message)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::sample;

    #[test]
    fn a_soak_is_told_in_a_few_lines() {
        let summary = sample::summary_of(&sample::one_of_each().records);
        insta::assert_snapshot!(lines(summary.cases.last().unwrap()).join("\n"), @r"
        196 of 200 iterations passed, 4 failed
        reconnect: 196 of 200 succeeded (98 %; with 95 % confidence 94.97 % to 99.22 %), min 300 ms, p50 319 ms, p90 336 ms, p95 338 ms, p99 339 ms, max 339 ms, mean 320 ms
        threshold reconnect success-rate >= 99.5%: broken, 98% (196 of 200)
        threshold reconnect p95 <= 1500ms: held, 337ms
        4 times page-timeout in connect headset (iterations 50 to 200): headset did not answer
        ");
    }

    #[test]
    fn one_iteration_needs_no_count() {
        let summary = sample::summary_of(&sample::one_of_each().records);
        assert_eq!(lines(&summary.cases[0]), ["reconnect: 312 ms"]);
        let flaky = lines(&summary.cases[1]).join("");
        assert!(flaky.starts_with("reconnect: 1 of 2 succeeded, min 312 ms"), "{flaky}");
        assert_eq!(lines(&summary.cases[3]), Vec::<String>::new());
        assert!(!is_soak(&summary.cases[0]));
    }
}
