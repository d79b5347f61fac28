//! What of a run is kept to compare it with others: what it ran on, its verdicts, its counts, the
//! distribution of each latency, and its causes. Plain data, from a summary or from the history.

use super::summary::{Case, Measure, Summary, Tally};
use crate::event::{RunStarted, Verdict};
use crate::stats::{Histogram, Rate, Sampled, Series, Statistics, clustering};

/// A run.
#[derive(Debug, Clone, PartialEq)]
pub struct Digest {
    pub key: Key,
    pub verdict: Verdict,
    /// Microseconds.
    pub took_us: u64,
    /// What the run is of and on, by name: the adapter, BlueZ, the kernel, the plan's hash, …
    pub facts: Vec<(String, String)>,
    /// In the order in which they started.
    pub cases: Vec<CaseDigest>,
}

/// What tells a run from every other.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Key {
    /// RFC 3339, UTC: in the order of time.
    pub started: String,
    pub host: String,
    /// Name of the plan.
    pub plan: String,
}

/// A case.
#[derive(Debug, Clone, PartialEq)]
pub struct CaseDigest {
    pub id: String,
    pub title: String,
    pub verdict: Verdict,
    pub iterations: Tally,
    pub attempts: u64,
    /// How many iterations passed only after a failed attempt.
    pub flaky: u64,
    /// How far iterations that did not pass come in bursts (see [`clustering()`]).
    pub clustering: f64,
    /// How long the iterations took that passed.
    pub took: Histogram<5>,
    pub causes: Vec<CauseDigest>,
    pub measures: Vec<MeasureDigest>,
}

/// Why attempts did not pass.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CauseDigest {
    /// See [`crate::event::Cause::kind`].
    pub kind: String,
    /// The step in a few words; empty where no step failed.
    pub step: String,
    /// How many attempts.
    pub count: u64,
}

/// A measure.
#[derive(Debug, Clone, PartialEq)]
pub struct MeasureDigest {
    pub name: String,
    pub tries: u64,
    /// How far failures come in bursts (see [`clustering()`]).
    pub clustering: f64,
    /// Durations of the tries that succeeded, in microseconds.
    pub latency: Histogram,
}

impl Digest {
    /// What is kept of a run; none where the journal lost its beginning, so that nobody knows what it
    /// is of.
    #[must_use]
    pub fn of(summary: &Summary) -> Option<Self> {
        let run = summary.run.as_ref()?;
        let key =
            Key { started: run.started.clone(), host: run.host.clone(), plan: run.plan.clone() };
        Some(Self {
            key,
            verdict: summary.verdict(),
            took_us: summary.took_us(),
            facts: facts(run, summary),
            cases: summary.cases.iter().map(CaseDigest::of).collect(),
        })
    }

    /// Whether later runs may be compared with it as a good one: nothing failed, no case and no threshold,
    /// and what it says of the device is whole. That the bench failed now and then does not matter, as long
    /// as no case has more iterations that it cost than iterations that count.
    ///
    /// [`crate::history::History::last_good_before`] asks the same of its tables.
    #[must_use]
    pub fn is_good(&self) -> bool {
        let some = self.cases.iter().any(|case| case.iterations.judged() > 0);
        let whole = |case: &CaseDigest| match case.verdict {
            Verdict::Pass | Verdict::Skip => true,
            Verdict::Inconclusive => case.iterations.judged() > case.iterations.inconclusive,
            Verdict::Fail => false,
        };
        self.verdict != Verdict::Fail && some && self.cases.iter().all(whole)
    }

    /// How many iterations there were, of all cases.
    #[must_use]
    pub fn iterations(&self) -> u64 {
        self.cases.iter().map(|case| case.iterations.total()).sum()
    }
}

impl Key {
    /// When the run started, in microseconds since 1970; 0 where the journal does not say so.
    #[must_use]
    pub fn at_us(&self) -> i64 {
        let started = self.started.parse::<jiff::Timestamp>();
        started.map_or(0, jiff::Timestamp::as_microsecond)
    }
}

impl CaseDigest {
    fn of(case: &Case) -> Self {
        let mut took = Histogram::default();
        case.course.buckets().for_each(|(_, bucket)| took.absorb(&bucket.latency));
        let mut causes: Vec<CauseDigest> = Vec::new();
        for group in &case.causes.groups {
            let same = |c: &&mut CauseDigest| c.kind == group.kind && c.step == group.text;
            match causes.iter_mut().find(same) {
                Some(cause) => cause.count += group.count,
                None => causes.push(CauseDigest {
                    kind: group.kind.clone(),
                    step: group.text.clone(),
                    count: group.count,
                }),
            }
        }
        Self {
            id: case.id.clone(),
            title: case.identity.title.clone(),
            verdict: case.verdict,
            iterations: case.iterations,
            attempts: case.attempts,
            flaky: case.flaky,
            clustering: bursts(&case.course),
            took,
            causes,
            measures: case.measures.iter().map(MeasureDigest::of).collect(),
        }
    }

    /// How many of the iterations passed that say something about the device.
    #[must_use]
    pub fn success(&self) -> Sampled {
        let Tally { passed, failed, .. } = self.iterations;
        Sampled { rate: Rate::of(passed, passed + failed), clustering: self.clustering }
    }
}

impl MeasureDigest {
    fn of(measure: &Measure) -> Self {
        let of: &Statistics = &measure.statistics;
        Self {
            name: measure.name.clone(),
            tries: of.tries(),
            clustering: bursts(&measure.course),
            latency: of.latency().clone(),
        }
    }

    /// How many of the tries succeeded.
    #[must_use]
    pub fn success(&self) -> Sampled {
        let rate = Rate::of(self.latency.count(), self.tries);
        Sampled { rate, clustering: self.clustering }
    }
}

/// How far failures come in bursts, by the stretches of time that a series keeps.
fn bursts(course: &Series) -> f64 {
    let failed = course.buckets().map(|(_, b)| (b.tries.saturating_sub(b.succeeded()), b.tries));
    clustering(failed)
}

/// What the run is of and on.
fn facts(run: &RunStarted, summary: &Summary) -> Vec<(String, String)> {
    let bench = summary.bench.as_ref();
    let all = [
        ("file", Some(run.file.clone())),
        ("plan hash", run.plan_hash.clone()),
        ("scene", run.simulator.clone()),
        ("seed", run.seed.map(|seed| seed.to_string())),
        ("host", Some(run.host.clone())),
        ("kernel", Some(run.kernel.clone())),
        ("BlueZ", bench.and_then(|bench| bench.bluez.clone())),
        ("adapter", bench.map(|bench| format!("{} {}", bench.adapter, bench.address))),
        ("modalias", bench.and_then(|bench| bench.modalias.clone())),
        ("manufacturer", bench.and_then(|bench| Some(bench.manufacturer?.to_string()))),
        ("bttest", Some(run.bttest.clone())),
    ];
    all.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))).collect()
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::report::sample;

    #[test]
    fn a_run_is_kept_as_its_numbers() {
        let summary = sample::summary_of(&sample::one_of_each().records);
        let digest = Digest::of(&summary).unwrap();
        assert_eq!((digest.verdict, digest.iterations()), (Verdict::Fail, 204));
        let soak = digest.cases.last().unwrap();
        assert_eq!(soak.success().rate, Rate::of(196, 200));
        assert_eq!(soak.took.count(), 196);
        let cause = &soak.causes[0];
        assert_eq!((cause.kind.as_str(), cause.count), ("page-timeout", 4));
        assert_eq!(soak.measures[0].success().rate, Rate::of(196, 200));
        let fact = |name| digest.facts.iter().find(|(fact, _)| fact == name).map(|(_, v)| &**v);
        assert_eq!((fact("BlueZ"), fact("seed"), fact("scene")), (Some("5.82"), Some("7"), None));
    }

    /// A run of one case that has so many iterations.
    pub(crate) fn of_one(verdict: Verdict, [passed, failed, inconclusive]: [u64; 3]) -> Digest {
        let mut run = Digest::of(&sample::summary_of(&sample::restless().records)).unwrap();
        run.verdict = verdict;
        run.cases[0].verdict = verdict;
        run.cases[0].iterations = Tally { passed, failed, inconclusive, skipped: 0 };
        run
    }

    #[test]
    fn a_good_run_is_one_in_which_the_device_did_not_fail() {
        use Verdict::{Fail, Inconclusive, Pass, Skip};
        for (verdict, iterations, good) in [
            (Pass, [12, 0, 0], true),
            (Pass, [10, 2, 0], true),
            (Fail, [10, 2, 0], false),
            (Inconclusive, [11, 0, 1], true),
            (Inconclusive, [0, 0, 12], false),
            (Inconclusive, [5, 1, 6], false),
            (Inconclusive, [0, 0, 0], false),
            (Skip, [0, 0, 0], false),
        ] {
            assert_eq!(of_one(verdict, iterations).is_good(), good, "{verdict:?} {iterations:?}");
        }
        let mut around = of_one(Inconclusive, [11, 0, 1]);
        around.verdict = Fail;
        assert!(!around.is_good(), "the plan's own setup or teardown failed");
    }

    #[test]
    fn a_run_without_a_beginning_is_none() {
        let run = sample::one_of_each();
        assert_eq!(Digest::of(&sample::summary_of(&run.records[1..])), None);
    }
}
