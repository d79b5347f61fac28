//! The run in one sentence.

use super::{kinds, losses, rate};
use crate::report::numbers::is_soak;
use crate::report::quantity::{several, time};
use crate::report::summary::{Case, Measure, Summary, Tally};

/// The answer to "how was the night?": how often it passed, how long it took, how it failed, and what the
/// bench did meanwhile.
#[must_use]
pub fn of(summary: &Summary) -> String {
    let mut parts = vec![passed(summary)];
    parts.extend(slow(summary));
    parts.extend(failures(summary));
    parts.extend(bench(summary));
    parts.extend(summary.unwritten.clone());
    let sentence = format!("{}.", parts.join("; "));
    match end(summary) {
        Some(end) => format!("{end} {sentence}"),
        None => sentence,
    }
}

/// How many iterations of all cases ended how, and how many were flaky.
#[must_use]
pub fn iterations(summary: &Summary) -> (Tally, u64) {
    let mut all = Tally::default();
    for case in &summary.cases {
        all.passed += case.iterations.passed;
        all.failed += case.iterations.failed;
        all.inconclusive += case.iterations.inconclusive;
        all.skipped += case.iterations.skipped;
    }
    (all, summary.cases.iter().map(|case| case.flaky).sum())
}

/// The measure that says most: of those that a threshold is about, else of all, the one with the most tries.
#[must_use]
pub fn main_measure(summary: &Summary) -> Option<&Measure> {
    let judged =
        |case: &Case, measure: &Measure| case.thresholds.iter().any(|t| t.of == measure.name);
    let all = summary.cases.iter().flat_map(|case| case.measures.iter().map(move |m| (case, m)));
    let with_latency = all.filter(|(_, measure)| measure.statistics.succeeded() > 0);
    let weight = |(case, m): &(&Case, &Measure)| (judged(case, m), m.statistics.tries());
    // The first of those that weigh the same.
    let heaviest = with_latency.rev().max_by_key(weight);
    heaviest.map(|(_, measure)| measure)
}

fn passed(summary: &Summary) -> String {
    let tally = summary.tally();
    let cases = format!("{} of {} passed", tally.passed, several(tally.total(), "case"));
    if !summary.cases.iter().any(is_soak) {
        return match tally.total() {
            0 => "No case was started".to_owned(),
            _ => cases,
        };
    }
    let (iterations, _) = iterations(summary);
    let (passed, judged) = (iterations.passed, iterations.judged());
    let told = match rate::interval(passed, judged) {
        Some(interval) => format!(
            "{passed} of {} passed ({}, 95 % confidence {interval})",
            several(judged, "iteration"),
            rate::of(passed, judged)
        ),
        None => "no iteration passed or failed".to_owned(),
    };
    let iterations = match iterations.inconclusive {
        0 => told,
        n => format!("{told}, {n} inconclusive"),
    };
    match summary.cases.len() {
        1 => iterations,
        _ => format!("{cases}, {iterations}"),
    }
}

fn slow(summary: &Summary) -> Option<String> {
    let measure = main_measure(summary)?;
    let latency = measure.statistics.latency();
    let (p50, p95) = (latency.percentile(50)?, latency.percentile(95)?);
    Some(match latency.count() {
        1 => format!("{} took {}", measure.name, time(p50)),
        _ => format!("{} took {} at the median, {} at p95", measure.name, time(p50), time(p95)),
    })
}

fn failures(summary: &Summary) -> Option<String> {
    let total: u64 = summary.cases.iter().map(|case| case.causes.total()).sum();
    let kinds = kinds::of(summary).len() as u64;
    let flaky: u64 = summary.cases.iter().map(|case| case.flaky).sum();
    let flaky = match flaky {
        0 => String::new(),
        n => format!(", {} passed only on a later attempt", several(n, "iteration")),
    };
    (total > 0)
        .then(|| format!("{} of {}{flaky}", several(total, "failure"), several(kinds, "kind")))
}

fn bench(summary: &Summary) -> Option<String> {
    let losses = losses::counted(summary);
    let went_on = match summary.end {
        Some(_) if summary.interrupted.is_none() => " and the run went on",
        _ => "",
    };
    (!losses.is_empty()).then(|| format!("{}{went_on}", losses.join(", ")))
}

/// How the run ended, where it did not end by itself.
fn end(summary: &Summary) -> Option<String> {
    let after = time(summary.took_us());
    match (&summary.end, &summary.interrupted) {
        (None, _) if summary.under_way => {
            Some(format!("The run is under way, for {after} so far."))
        }
        (None, _) => Some(format!("The run was cut off after {after}.")),
        (Some(_), Some(signal)) => Some(format!("The run was ended by {signal} after {after}.")),
        (Some(_), None) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::sample;

    #[test]
    fn a_night_is_told_in_a_sentence() {
        let summary = sample::summary_of(&sample::one_of_each().records);
        insta::assert_snapshot!(of(&summary), @"2 of 6 cases passed, 198 of 203 iterations passed (97.5 %, 95 % confidence 94.4–98.9 %), 1 inconclusive; reconnect took 319 ms at the median, 338 ms at p95; 7 failures of 2 kinds, 1 iteration passed only on a later attempt; bluetoothd left the bus once and the run went on.");
    }

    #[test]
    fn a_run_that_was_cut_off_says_so() {
        let summary = sample::summary_of(&sample::one_of_each().records[..5]);
        insta::assert_snapshot!(of(&summary), @"The run was cut off after 4.00 ms. 0 of 1 case passed.");
        let nothing = sample::summary_of(&[]);
        insta::assert_snapshot!(of(&nothing), @"The run was cut off after 0 µs. No case was started.");
    }
}
