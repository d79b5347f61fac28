//! What of a case is compared, and how it stands.

use crate::report::digest::{CaseDigest, CauseDigest, MeasureDigest};
use crate::stats::{Evidence, MiddleChange, Rate, RateChange, Sampled, Standing, TailChange};

/// One number of a case in both runs.
#[derive(Debug, Clone, PartialEq)]
pub struct Finding {
    pub subject: Subject,
    pub change: Change,
}

/// What a number is of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Subject {
    /// The iterations: how many passed, how long those took.
    Iterations,
    /// The iterations that passed only after a failed attempt.
    Flaky,
    /// A measure of this name.
    Measure(String),
    /// The attempts that did not pass because of this.
    Cause {
        kind: String,
        /// The step in a few words; empty where no step failed.
        step: String,
    },
}

/// Which number, and how it changed.
#[derive(Debug, Clone, PartialEq)]
pub enum Change {
    Rate(RateChange),
    Median(MiddleChange),
    /// The 95th percentile.
    Slow(TailChange),
}

impl Change {
    /// What the statistics say.
    #[must_use]
    pub fn evidence(&self) -> &Evidence {
        match self {
            Self::Rate(change) => &change.evidence,
            Self::Median(change) => &change.evidence,
            Self::Slow(change) => &change.slow.evidence,
        }
    }

    pub(super) fn evidence_mut(&mut self) -> &mut Evidence {
        match self {
            Self::Rate(change) => &mut change.evidence,
            Self::Median(change) => &mut change.evidence,
            Self::Slow(change) => &mut change.slow.evidence,
        }
    }
}

impl Finding {
    /// How it stands to what it was.
    #[must_use]
    pub fn standing(&self) -> Standing {
        match &self.change {
            Change::Rate(change) => change.standing(),
            Change::Median(change) => change.standing(),
            Change::Slow(change) => change.standing(),
        }
    }

    /// Whether it decides that a run is worse. A cause explains: where one takes the place of another,
    /// the device is no less reliable.
    #[must_use]
    pub fn decides(&self) -> bool {
        !matches!(self.subject, Subject::Cause { .. })
    }
}

/// Everything that is compared in a case that both runs have.
pub(super) fn of(old: &CaseDigest, new: &CaseDigest) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut add = |subject: Subject, change: Option<Change>| {
        findings.extend(change.map(|change| Finding { subject, change }));
    };
    let rate = |old, new, wanted| RateChange::between(old, new, wanted).map(Change::Rate);
    add(Subject::Iterations, rate(old.success(), new.success(), true));
    add(Subject::Flaky, flaky(old, new));
    for measure in &new.measures {
        let Some(before) = old.measures.iter().find(|m| m.name == measure.name) else { continue };
        let name = || Subject::Measure(measure.name.clone());
        for change in of_measure(before, measure) {
            add(name(), change);
        }
    }
    // The durations of iterations are kept too coarsely to tell their slow end.
    let took = MiddleChange::between(&old.took, &new.took);
    add(Subject::Iterations, took.map(Change::Median));
    findings.extend(causes(old, new));
    findings
}

fn of_measure(old: &MeasureDigest, new: &MeasureDigest) -> [Option<Change>; 3] {
    [
        RateChange::between(old.success(), new.success(), true).map(Change::Rate),
        MiddleChange::between(&old.latency, &new.latency).map(Change::Median),
        TailChange::between(&old.latency, &new.latency).map(Change::Slow),
    ]
}

/// The rate of flaky iterations; none where no iteration was tried more than once.
fn flaky(old: &CaseDigest, new: &CaseDigest) -> Option<Change> {
    let of = |case: &CaseDigest| Sampled {
        rate: Rate::of(case.flaky, case.iterations.passed + case.iterations.failed),
        clustering: 1.0,
    };
    let some = old.flaky + new.flaky > 0;
    RateChange::between(of(old), of(new), false).filter(|_| some).map(Change::Rate)
}

/// How many attempts each cause is of. Its failures come in bursts as all of the case do.
fn causes(old: &CaseDigest, new: &CaseDigest) -> Vec<Finding> {
    let of = |case: &CaseDigest, kind: &str, step: &str| {
        let same = |cause: &&CauseDigest| cause.kind == kind && cause.step == step;
        let count = case.causes.iter().find(same).map_or(0, |cause| cause.count);
        Sampled { rate: Rate::of(count, case.attempts), clustering: case.clustering }
    };
    let known =
        |kind: &str, step: &str| new.causes.iter().any(|c| c.kind == kind && c.step == step);
    let gone = old.causes.iter().filter(|cause| !known(&cause.kind, &cause.step));
    let finding = |cause: &CauseDigest| {
        let (kind, step) = (cause.kind.clone(), cause.step.clone());
        let change = RateChange::between(of(old, &kind, &step), of(new, &kind, &step), false)?;
        Some(Finding { subject: Subject::Cause { kind, step }, change: Change::Rate(change) })
    };
    new.causes.iter().chain(gone).filter_map(finding).collect()
}
