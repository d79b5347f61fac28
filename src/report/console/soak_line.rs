//! How far a soak is, in one line.

use crate::event::{BenchChange, Event, Record, Verdict};
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

/// How far a soak is, part by part, in the order in which it is told.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct SoakLine {
    done: u64,
    planned: Option<u64>,
    rate: Option<String>,
    failed: u64,
    /// Iterations that were inconclusive, skipped or flaky: `12 inconclusive, 1 flaky`.
    others: String,
    /// What was measured, the latest time, and the median.
    latest: Option<(String, u64, Option<u64>)>,
    /// Faults of the bench.
    faults: u64,
    left: Option<Left>,
}

/// What is left of a soak.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Left {
    us: u64,
    /// By the pace so far, and not of the time that it is given.
    about: bool,
    /// The whole time that it is given.
    of: Option<u64>,
}

/// What a line leaves out where there is no room, in this order; each goes with all before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Without {
    Nothing,
    /// The bar.
    Bar,
    /// Of what time it is that is left, and the name of the measure.
    Names,
    /// Words that a number is understood without.
    Words,
    /// The word before the line.
    Running,
    /// How many cases are done.
    Cases,
    /// Iterations that neither passed nor failed, or were flaky.
    Others,
    /// The id of the case.
    Id,
    /// `passed`, and `median` becomes `p50`.
    Long,
    /// How many iterations failed: the rate says it.
    Failed,
    /// `about` becomes `~`.
    About,
    /// The word `iterations`.
    Iterations,
}

impl Without {
    pub(super) const ALL: [Self; 12] = [
        Self::Nothing,
        Self::Bar,
        Self::Names,
        Self::Words,
        Self::Running,
        Self::Cases,
        Self::Others,
        Self::Id,
        Self::Long,
        Self::Failed,
        Self::About,
        Self::Iterations,
    ];
}

impl SoakLine {
    pub(super) fn of(case: &Case, run: &Summary, latest: &Latest, now: u64) -> Self {
        let tally = case.iterations;
        let measured = latest.of(case).map(|us| match case.measures.first() {
            Some(first) => (first.name.clone(), us, first.statistics.latency().percentile(50)),
            None => ("iteration".to_owned(), us, median(case)),
        });
        Self {
            done: tally.total(),
            planned: case.identity.iterations,
            rate: share_of(tally.passed, tally.judged()),
            failed: tally.failed,
            others: neither(case),
            latest: measured,
            faults: faults(run),
            left: left(case, now),
        }
    }

    /// `121 of 200 iterations, 98.35 % passed, 2 failed, reconnect 312 ms, median 319 ms, 1 fault of the bench,
    /// about 6m 40s left`, without what is to be left out.
    pub(super) fn text(&self, without: Without) -> String {
        let short = |from: Without| without >= from;
        let mut parts = vec![match self.planned {
            Some(planned) if short(Without::Words) => format!("{} of {planned}", self.done),
            Some(planned) => format!("{} of {}", self.done, several(planned, "iteration")),
            None if short(Without::Iterations) => self.done.to_string(),
            None => several(self.done, "iteration"),
        }];
        let passed = if short(Without::Long) { "" } else { " passed" };
        parts.extend(self.rate.as_ref().map(|rate| format!("{rate}{passed}")));
        if self.failed > 0 && !short(Without::Failed) {
            parts.push(format!("{} failed", self.failed));
        }
        if !self.others.is_empty() && !short(Without::Others) {
            parts.push(self.others.clone());
        }
        if let Some((name, latest, median)) = &self.latest {
            let name = if short(Without::Names) { "" } else { &format!("{name} ") };
            parts.push(format!("{name}{}", time(*latest)));
            let word = if short(Without::Long) { "p50" } else { "median" };
            parts.extend(median.map(|us| format!("{word} {}", time(us))));
        }
        if self.faults > 0 {
            let whose = if short(Without::Words) { "" } else { " of the bench" };
            parts.push(several(self.faults, "fault") + whose);
        }
        parts.extend(self.left.map(|left| left.text(without)));
        parts.join(", ")
    }
}

impl Left {
    /// `58m 00s left of 1h 00m`, `about 6m 40s left`.
    fn text(self, without: Without) -> String {
        let about = match self.about {
            true if without >= Without::About => "~",
            true => "about ",
            false => "",
        };
        let of = self.of.filter(|_| without < Without::Names);
        let of = of.map_or_else(String::new, |us| format!(" of {}", time(us)));
        match self.us {
            0 => "time is up".to_owned(),
            1..1_000_000 => format!("< 1 s left{of}"),
            us => format!("{about}{} left{of}", time(us)),
        }
    }
}

/// What is left: of its time, or by its pace so far; nothing where all that was planned is done.
fn left(case: &Case, now: u64) -> Option<Left> {
    let done = case.iterations.total();
    let elapsed = now.saturating_sub(case.started);
    let by_pace = case.identity.iterations.filter(|planned| (1..*planned).contains(&done));
    let by_pace = by_pace.map(|planned| {
        let all = u128::from(elapsed) * u128::from(planned) / u128::from(done.max(1));
        u64::try_from(all).unwrap_or(u64::MAX).saturating_sub(elapsed)
    });
    let by_time = case.identity.until_t.map(|until| {
        let whole = until.saturating_sub(case.started).saturating_add(500_000) / 1_000_000;
        (until.saturating_sub(now), Some(whole * 1_000_000))
    });
    match (by_time, by_pace) {
        (Some((us, of)), None) => Some(Left { us, about: false, of }),
        (Some((us, of)), Some(pace)) if us <= pace => Some(Left { us, about: false, of }),
        (_, Some(us)) => Some(Left { us, about: true, of: None }),
        (None, None) => None,
    }
}

/// The iterations that neither passed nor failed, and those that passed late.
fn neither(case: &Case) -> String {
    let tally = case.iterations;
    let all =
        [(tally.inconclusive, "inconclusive"), (tally.skipped, "skipped"), (case.flaky, "flaky")];
    let some = all.iter().filter(|(n, _)| *n > 0);
    some.map(|(n, word)| format!("{n} {word}")).collect::<Vec<_>>().join(", ")
}

/// How often the bench failed.
fn faults(run: &Summary) -> u64 {
    use BenchChange::{AdapterGone, AdapterOff, BluezGone, BluezHung, BusGone, Rfkill};
    let is_fault = |change| {
        matches!(change, AdapterGone | AdapterOff | BluezGone | BluezHung | BusGone | Rfkill)
    };
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
        SoakLine::of(run.cases.last().unwrap(), run, &latest, run.last_t + later)
            .text(Without::Nothing)
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
            "20 of 200 iterations, 95 % passed, 1 failed, reconnect 319 ms, median 309 ms, about 15m 00s left"
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
            "20 iterations, 95 % passed, 1 failed, reconnect 319 ms, median 309 ms, 1 fault of the bench, \
             58m 00s left of 1h 00m"
        );
    }

    #[test]
    fn a_time_that_is_up_says_so_and_what_is_done_has_nothing_left() {
        let text = |us, about, of| Left { us, about, of }.text(Without::Nothing);
        assert_eq!(text(0, false, Some(9_000_000)), "time is up");
        assert_eq!(text(999_999, false, Some(9_000_000)), "< 1 s left of 9.00 s");
        assert_eq!(text(2_000_000, true, None), "about 2.00 s left");
        let told = line(&soak(20).records, 0);
        assert!(told.ends_with("median 309 ms"), "{told}");
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
        let expected = "100 % passed, iteration 2.00 s, median 2.00 s, about 18.0 s left";
        assert!(told.ends_with(expected), "{told}");
    }
}
