//! How far a soak is, in one line.

use crate::event::{BenchChange, Event, Record, Verdict};
use crate::report::numbers::others;
use crate::report::quantity::{several, share_of, time};
use crate::report::summary::{Case, Summary};
use crate::stats::Histogram;

/// The latency that came last, for each case that is under way.
#[derive(Debug, Default)]
pub(super) struct Latest(Vec<(String, u64)>);

impl Latest {
    /// Takes a record of a case: its first measure counts, and where it has none, its iterations.
    pub(super) fn add(&mut self, record: &Record, case: Option<&Case>) {
        let Some(case) = case else { return };
        let first = case.measures.first().map(|measure| &measure.name);
        let us = match &record.event {
            Event::Measured { name, us, ok: true } if first.is_none_or(|first| first == name) => {
                *us
            }
            Event::IterationFinished(f) if first.is_none() && f.verdict == Verdict::Pass => {
                f.took_us
            }
            Event::CaseFinished(_) => return self.0.retain(|(id, _)| *id != case.id),
            _ => return,
        };
        match self.0.iter_mut().find(|(id, _)| *id == case.id) {
            Some((_, latest)) => *latest = us,
            None => self.0.push((case.id.clone(), us)),
        }
    }

    fn of(&self, case: &Case) -> Option<u64> {
        self.0.iter().find(|(id, _)| *id == case.id).map(|(_, us)| *us)
    }
}

/// `121 of 200 iterations, about 6m 40s left, 98.35 % passed, 2 failed, reconnect 312 ms, median 319 ms`
pub(super) fn soak_line(case: &Case, run: &Summary, latest: &Latest, now: u64) -> String {
    let tally = case.iterations;
    let mut parts = vec![how_far(case, now)];
    parts.extend(left(case, now));
    let rate = share_of(tally.passed, tally.judged());
    parts.extend(rate.map(|rate| format!("{rate} passed")));
    parts.extend(others(case).strip_prefix(", ").map(str::to_owned));
    match faults(run) {
        0 => {}
        n => parts.push(several(n, "fault") + " of the bench"),
    }
    if let Some(latest) = latest.of(case) {
        let (name, median) = match case.measures.first() {
            Some(first) => (&*first.name, first.statistics.latency().percentile(50)),
            None => ("iteration", median(case)),
        };
        parts.push(format!("{name} {}", time(latest)));
        parts.extend(median.map(|us| format!("median {}", time(us))));
    }
    parts.join(", ")
}

/// `121 of 200 iterations`, `1h 12m of 8h 00m, 121 iterations`.
fn how_far(case: &Case, now: u64) -> String {
    let done = case.iterations.total();
    let iterations = match case.identity.iterations {
        Some(planned) => format!("{done} of {}", several(planned, "iteration")),
        None => several(done, "iteration"),
    };
    match case.identity.until_t {
        Some(until) => {
            let elapsed = time(now.saturating_sub(case.started));
            let whole = until.saturating_sub(case.started).saturating_add(500_000) / 1_000_000;
            format!("{elapsed} of {}, {iterations}", time(whole * 1_000_000))
        }
        None => iterations,
    }
}

/// What is left: of its time, or by its pace so far.
fn left(case: &Case, now: u64) -> Option<String> {
    let by_time = case.identity.until_t.map(|until| until.saturating_sub(now));
    let done = case.iterations.total();
    let elapsed = now.saturating_sub(case.started);
    let by_pace = case.identity.iterations.filter(|_| done > 0).map(|planned| {
        let all = u128::from(elapsed) * u128::from(planned) / u128::from(done);
        u64::try_from(all).unwrap_or(u64::MAX).saturating_sub(elapsed)
    });
    match (by_time, by_pace) {
        (Some(us), None) => Some(format!("{} left", time(us))),
        (Some(us), Some(pace)) if us <= pace => Some(format!("{} left", time(us))),
        (_, Some(us)) => Some(format!("about {} left", time(us))),
        (None, None) => None,
    }
}

/// How often the bench failed.
fn faults(run: &Summary) -> u64 {
    use BenchChange::{AdapterGone, BluezGone, BluezHung, BusGone};
    let is_fault = |change| matches!(change, AdapterGone | BluezGone | BluezHung | BusGone);
    run.bench_changes.iter().filter(|h| is_fault(h.change)).count() as u64
}

/// The median of the iterations that passed.
fn median(case: &Case) -> Option<u64> {
    let mut all = Histogram::default();
    case.course.buckets().for_each(|(_, bucket)| all.absorb(&bucket.latency));
    all.percentile(50)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::Record;
    use crate::report::sample::{Run, page_timeout};
    use crate::report::summary::Fold;

    /// The line of the last case after these records, `later` microseconds after the last of them.
    fn line(records: &[Record], later: u64) -> String {
        let (mut fold, mut latest) = (Fold::default(), Latest::default());
        for record in records {
            fold.add(record);
            latest.add(record, fold.case_of(record));
        }
        let run = fold.so_far();
        soak_line(run.cases.last().unwrap(), run, &latest, run.last_t + later)
    }

    fn soak(iterations: u64) -> Run {
        let mut run = Run::of("Night", 1);
        run.case("SOAK-01", "Reconnect all night", iterations);
        for n in 0..20 {
            run.iteration().after(5_000);
            run.measured("reconnect", 300 + n, true);
            let cause = (n == 7).then(page_timeout);
            let verdict = if cause.is_some() { Verdict::Fail } else { Verdict::Pass };
            run.end_iteration(verdict, cause);
        }
        run
    }

    #[test]
    fn a_count_is_told_with_what_is_left_by_its_pace() {
        assert_eq!(
            line(&soak(200).records, 0),
            "20 of 200 iterations, about 15m 00s left, 95 % passed, 1 failed, reconnect 319 ms, median 309 ms"
        );
    }

    #[test]
    fn a_time_is_told_with_what_is_left_of_it() {
        let mut run = soak(1);
        for record in &mut run.records {
            if let Event::CaseStarted(identity) = &mut record.event {
                (identity.iterations, identity.until_t) = (None, Some(record.t + 3_600_000_000));
            }
        }
        run.tell(Event::Bench { change: BenchChange::BluezGone, by_us: None });
        assert_eq!(
            line(&run.records, 20_000_000),
            "2m 00s of 1h 00m, 20 iterations, 58m 00s left, 95 % passed, 1 failed, 1 fault of the bench, \
             reconnect 319 ms, median 309 ms"
        );
    }

    #[test]
    fn what_the_bench_failed_in_does_not_count() {
        let told = line(&crate::report::sample::restless().records, 0);
        assert!(told.contains(", 77.78 % passed, 2 failed, 3 inconclusive"), "{told}");
    }

    #[test]
    fn without_a_measure_the_iterations_count() {
        let mut run = Run::of("Night", 1);
        run.case("SOAK-01", "Inspect all night", 10);
        run.iteration().after(2_000).end_iteration(Verdict::Pass, None);
        let told = line(&run.records, 0);
        assert!(told.ends_with("100 % passed, iteration 2.00 s, median 2.00 s"), "{told}");
    }
}
