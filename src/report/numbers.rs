//! The numbers of a case in words: iterations, measures, thresholds, causes.

use super::quantity::{moment, several, share, share_of, time};
use super::summary::{Case, CauseGroup, Measure, Recoveries};
use crate::stats::{Series, Statistics, Trend, wilson};

/// The numbers in lines; none for a case of one iteration that measured nothing.
#[must_use]
pub fn lines(case: &Case) -> Vec<String> {
    let mut lines = Vec::new();
    if is_soak(case) {
        lines.push(iterations(case));
        lines.extend(anew(case));
        lines.extend(rates(case));
    }
    lines.extend(case.measures.iter().map(|m| {
        let more = remarkable(m).map_or_else(String::new, |more| format!("; {more}"));
        format!("{}: {}{more}", m.name, measure(&m.statistics))
    }));
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

/// `196 of 200 iterations passed, 4 failed, 2 inconclusive, 1 flaky`; with how many were planned, if fewer
/// ran. Of the iterations that passed or failed; the others are told beside them.
#[must_use]
pub fn iterations(case: &Case) -> String {
    let tally = case.iterations;
    let text = match tally.judged() {
        0 => format!("no iteration passed or failed{}", others(case)),
        judged => {
            let judged = several(judged, "iteration");
            format!("{} of {judged} passed{}", tally.passed, others(case))
        }
    };
    match case.identity.iterations {
        Some(planned) if planned > case.of_planned() => {
            text + &format!(" ({planned} were planned)")
        }
        _ => text,
    }
}

/// `1 iteration run anew, as …`: when the run went on; none where none was.
#[must_use]
pub fn anew(case: &Case) -> Option<String> {
    let why = "as what it keeps for later cases was put back or may be lost";
    (case.anew > 0).then(|| format!("{} run anew, {why}", several(case.anew, "iteration")))
}

/// `success rate 98 % (with 95 % confidence 94.97 % to 99.22 %), flaky 0.5 %, at most 2 failures in a row`
fn rates(case: &Case) -> Option<String> {
    let (passed, judged) = (case.iterations.passed, case.iterations.judged());
    let (low, high) = wilson(passed, judged).filter(|_| judged >= 10)?;
    let rate = share_of(passed, judged)?;
    let (low, high) = (share(low), share(high));
    let mut text = format!("success rate {rate} (with 95 % confidence {low} to {high})");
    if let Some(flaky) = share_of(case.flaky, judged).filter(|_| case.flaky > 0) {
        text += &format!(", flaky {flaky}");
    }
    for more in [in_a_row(case.longest_run_of_failures), trend(&case.course)].iter().flatten() {
        text += &format!(", {more}");
    }
    Some(text)
}

/// What is remarkable on how a measure went over the run: failures in a row, and whether it became slower.
#[must_use]
pub fn remarkable(measure: &Measure) -> Option<String> {
    let failures = in_a_row(measure.statistics.longest_run_of_failures());
    let both: Vec<String> = [failures, trend(&measure.course)].into_iter().flatten().collect();
    (!both.is_empty()).then(|| both.join(", "))
}

/// One failure is no row.
fn in_a_row(failures: u64) -> Option<String> {
    (failures > 1).then(|| format!("at most {failures} failures in a row"))
}

/// The trend of a course that is long enough to tell one for each hour, where it is more than chance.
#[must_use]
pub fn real_trend(course: &Series) -> Option<Trend> {
    const LONG_ENOUGH: u64 = 600_000_000;
    let length = course.width().saturating_mul(course.buckets().count() as u64);
    Trend::of(course).filter(|trend| length >= LONG_ENOUGH && trend.is_real())
}

/// `slower by 60.0 ms per hour (p 0.0004)`, where that is more than nothing.
fn trend(course: &Series) -> Option<String> {
    const LEAST: f64 = 100.0;
    let trend = real_trend(course).filter(|trend| trend.per_hour.abs() >= LEAST)?;
    let word = if trend.per_hour > 0.0 { "slower" } else { "faster" };
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "cut, not negative"
    )]
    let per_hour = trend.per_hour.abs().min(1e15) as u64;
    let p = match trend.p {
        p if p < 0.0001 => "p < 0.0001".to_owned(),
        p => format!("p {p:.4}"),
    };
    Some(format!("{word} by {} per hour ({p})", time(per_hour)))
}

/// `power-cycle 3 times, wait 1 time`: what `[recovery]` did; none where nothing.
#[must_use]
pub fn recoveries(of: &Recoveries) -> Option<String> {
    let rung = |(rung, n): (&String, &u64)| format!("{rung} {}", several(*n, "time"));
    let rungs: Vec<String> = of.by_rung.iter().map(rung).collect();
    (!rungs.is_empty()).then(|| rungs.join(", "))
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

/// `4 times page-timeout in connect headset (iterations 50 to 200, 3m 12.041s to 2h 05m 10.300s into the run,
/// 1 flaky): it did not answer`
#[must_use]
pub fn cause(group: &CauseGroup) -> String {
    let step = match group.text.as_str() {
        "" => String::new(),
        text => format!(" in {text}"),
    };
    let (first, last) = (group.first, group.last);
    let when = if group.count == 1 {
        format!("iteration {}, {} into the run", first.iteration, moment(first.at))
    } else {
        let (from, to) = (moment(first.at), moment(last.at));
        format!("iterations {} to {}, {from} to {to} into the run", first.iteration, last.iteration)
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
    use crate::event::Verdict;
    use crate::report::sample::{self, Run};

    #[test]
    fn a_soak_is_told_in_a_few_lines() {
        let summary = sample::summary_of(&sample::one_of_each().records);
        insta::assert_snapshot!(lines(summary.cases.last().unwrap()).join("\n"), @r"
        196 of 200 iterations passed, 4 failed
        success rate 98 % (with 95 % confidence 94.97 % to 99.22 %)
        reconnect: 196 of 200 succeeded (98 %; with 95 % confidence 94.97 % to 99.22 %), min 300 ms, p50 319 ms, p90 336 ms, p95 338 ms, p99 339 ms, max 339 ms, mean 320 ms
        threshold reconnect success-rate >= 99.5%: broken, 98% (196 of 200)
        threshold reconnect p95 <= 1500ms: held, 337ms
        4 times page-timeout in connect headset (iterations 50 to 200, 37.463s to 1m 25.528s into the run): headset did not answer
        ");
    }

    #[test]
    fn a_night_that_became_slower_and_failed_in_a_row_says_so() {
        let mut run = Run::of("Night", 1);
        run.case("N-01", "Reconnect", 480);
        for minute in 0..480_u64 {
            let cause = (200..203).contains(&minute).then(sample::page_timeout);
            let verdict = if cause.is_some() { Verdict::Fail } else { Verdict::Pass };
            run.after(59_000 - minute)
                .iteration()
                .after(300 + minute)
                .measured("reconnect", 300 + minute, cause.is_none())
                .end_iteration(verdict, cause);
        }
        run.end_case(Verdict::Fail, None);
        let summary = sample::summary_of(&run.records);
        insta::assert_snapshot!(lines(&summary.cases[0]).join("\n"), @r"
        477 of 480 iterations passed, 3 failed
        success rate 99.38 % (with 95 % confidence 98.18 % to 99.79 %), at most 3 failures in a row, slower by 60.7 ms per hour (p < 0.0001)
        reconnect: 477 of 480 succeeded (99.38 %; with 95 % confidence 98.18 % to 99.79 %), min 300 ms, p50 541 ms, p90 732 ms, p95 756 ms, p99 775 ms, max 779 ms, mean 540 ms; at most 3 failures in a row, slower by 60.7 ms per hour (p < 0.0001)
        3 times page-timeout (iterations 201 to 203, 3h 18m 39.304s to 3h 20m 37.904s into the run): headset did not answer
        ");
    }

    #[test]
    fn what_the_bench_failed_in_is_a_number_of_its_own() {
        let mut run = sample::restless();
        let summary = sample::summary_of(&run.records);
        let lines = lines(&summary.cases[0]);
        assert_eq!(lines[0], "7 of 9 iterations passed, 2 failed, 3 inconclusive");
        run.records.retain(|record| record.scope.iteration.is_none_or(|n| [4, 6, 7].contains(&n)));
        let summary = sample::summary_of(&run.records);
        let told = iterations(&summary.cases[0]);
        assert_eq!(told, "no iteration passed or failed, 3 inconclusive (12 were planned)");
        let mut long = Run::of("Night", 1);
        long.case("A", "a", 30);
        for n in 0..30 {
            let cause = (n % 3 == 0).then(sample::bluez_gone);
            let verdict = if cause.is_some() { Verdict::Inconclusive } else { Verdict::Pass };
            long.iteration().connecting(cause.clone()).end_iteration(verdict, cause);
        }
        let summary = sample::summary_of(&long.records);
        let rate = rates(&summary.cases[0]).unwrap();
        assert!(rate.starts_with("success rate 100 % ("), "{rate}");
        assert!(!rate.contains("in a row"), "{rate}");
    }

    #[test]
    fn what_recovery_did_is_told_by_rung() {
        let mut of = Recoveries::default();
        assert_eq!(recoveries(&of), None);
        of.by_rung = [("power-cycle".to_owned(), 3), ("wait".to_owned(), 1)].into();
        assert_eq!(recoveries(&of).unwrap(), "power-cycle 3 times, wait 1 time");
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
