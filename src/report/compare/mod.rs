//! What became worse or better from one run to another, and whether that is more than chance.
//!
//! Pure data, from two digests. What is said of it, and how, is in a file for each form.

mod answer;
mod findings;
mod html;
mod json;
#[cfg(test)]
mod tests;
mod text;

pub use answer::answer;
pub(super) use answer::number;
pub use findings::{Change, Finding, Subject};
pub use html::html;
pub use json::json;
pub(super) use json::standing;
#[cfg(test)]
pub(super) use tests::night;
pub use text::{body, text};

use super::digest::{CaseDigest, Digest, Key};
use crate::event::Verdict;
use crate::stats::{Standing, settle};

/// Two runs, compared.
#[derive(Debug, Clone, PartialEq)]
pub struct Comparison {
    pub old: Side,
    pub new: Side,
    /// What else is different and could be the reason.
    pub apart: Vec<Apart>,
    /// The cases of the new run in its order, then those that are gone.
    pub cases: Vec<CaseComparison>,
}

/// One of the two runs.
#[derive(Debug, Clone, PartialEq)]
pub struct Side {
    pub key: Key,
    pub verdict: Verdict,
    /// Of all cases.
    pub iterations: u64,
}

/// A fact that is not the same of both runs, such as the version of BlueZ.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Apart {
    pub what: String,
    /// None where the run does not tell.
    pub old: Option<String>,
    pub new: Option<String>,
}

/// A case in both runs, or in one of them.
#[derive(Debug, Clone, PartialEq)]
pub struct CaseComparison {
    pub id: String,
    pub title: String,
    /// None where the old run has no such case.
    pub old: Option<Verdict>,
    /// None where the new run has no such case.
    pub new: Option<Verdict>,
    pub findings: Vec<Finding>,
    /// Measures of the old run that the new one does not have.
    pub missing: Vec<String>,
}

/// What became of a verdict.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// It is the same.
    Same,
    /// It passed before, and fails now.
    Regressed,
    /// It failed before, and passes now.
    Progressed,
    /// It is another, such as inconclusive instead of passed.
    Changed,
    /// The old run had no such case.
    New,
    /// The new run has no such case.
    Vanished,
}

impl Comparison {
    /// Compares an older run with a newer one.
    #[must_use]
    pub fn of(old: &Digest, new: &Digest) -> Self {
        let before = |id: &str| old.cases.iter().find(|case| case.id == id);
        let still = |id: &str| new.cases.iter().any(|case| case.id == id);
        let mut cases: Vec<CaseComparison> =
            new.cases.iter().map(|case| CaseComparison::of(before(&case.id), case)).collect();
        let gone = old.cases.iter().filter(|case| !still(&case.id));
        cases.extend(gone.map(CaseComparison::gone));
        let findings = cases.iter_mut().flat_map(|case| &mut case.findings);
        let mut evidence: Vec<_> = findings.map(|finding| finding.change.evidence_mut()).collect();
        settle(&mut evidence);
        Self { old: Side::of(old), new: Side::of(new), apart: apart(old, new), cases }
    }

    /// Whether something that counts is really worse, or a case that passed fails.
    #[must_use]
    pub fn is_regression(&self) -> bool {
        self.cases.iter().any(CaseComparison::is_regression)
    }

    /// Whether the new run lacks a case of the old one, or in a case that ran a measure of it: then nobody
    /// knows whether that is worse.
    #[must_use]
    pub fn is_incomplete(&self) -> bool {
        self.cases.iter().any(CaseComparison::is_incomplete)
    }

    /// Whether the runs have a case in common.
    #[must_use]
    pub fn is_of_the_same(&self) -> bool {
        self.cases.iter().any(|case| case.old.is_some() && case.new.is_some())
    }

    /// What the new run lacks, in words: `case PAIR-02`, `reconnect of SOAK-01`.
    #[must_use]
    pub fn missing(&self) -> Vec<String> {
        let of = |case: &CaseComparison| match case.new {
            None => vec![format!("case {}", case.id)],
            Some(_) => case.missing.iter().map(|name| format!("{name} of {}", case.id)).collect(),
        };
        self.cases.iter().flat_map(of).collect()
    }

    /// Everything that was compared, with its case.
    pub fn findings(&self) -> impl Iterator<Item = (&CaseComparison, &Finding)> {
        self.cases.iter().flat_map(|case| case.findings.iter().map(move |finding| (case, finding)))
    }

    /// How many of the findings that decide stand so.
    #[must_use]
    pub fn count(&self, standing: Standing) -> u64 {
        let all = self.findings().filter(|(_, f)| f.decides() && f.standing() == standing);
        all.count() as u64
    }
}

impl Side {
    fn of(run: &Digest) -> Self {
        Self { key: run.key.clone(), verdict: run.verdict, iterations: run.iterations() }
    }
}

impl CaseComparison {
    fn of(old: Option<&CaseDigest>, new: &CaseDigest) -> Self {
        Self {
            id: new.id.clone(),
            title: new.title.clone(),
            old: old.map(|old| old.verdict),
            new: Some(new.verdict),
            findings: old.map(|old| findings::of(old, new)).unwrap_or_default(),
            missing: old.map(|old| missing(old, new)).unwrap_or_default(),
        }
    }

    fn gone(old: &CaseDigest) -> Self {
        Self {
            id: old.id.clone(),
            title: old.title.clone(),
            old: Some(old.verdict),
            new: None,
            findings: Vec::new(),
            missing: Vec::new(),
        }
    }

    /// What became of its verdict.
    #[must_use]
    pub fn status(&self) -> Status {
        match (self.old, self.new) {
            (None, _) => Status::New,
            (_, None) => Status::Vanished,
            (Some(old), Some(new)) if old == new => Status::Same,
            (Some(Verdict::Pass), Some(Verdict::Fail)) => Status::Regressed,
            (Some(Verdict::Fail), Some(Verdict::Pass)) => Status::Progressed,
            _ => Status::Changed,
        }
    }

    /// Whether nothing of it is to be seen.
    pub(super) fn is_calm(&self) -> bool {
        let calm = |f: &Finding| matches!(f.standing(), Standing::Same | Standing::TooFew);
        self.status() == Status::Same && self.missing.is_empty() && self.findings.iter().all(calm)
    }

    /// Of so many tries it would take to tell something, where nothing can be told.
    pub(super) fn needed(&self) -> Option<u64> {
        let decides = self.findings.iter().filter(|finding| finding.decides());
        decides.filter_map(|finding| finding.change.evidence().needed).max()
    }

    /// Whether the new run does not have it, or ran it without a measure that the old one has. A case that was
    /// skipped, or that the bench failed in, is told by its verdict.
    fn is_incomplete(&self) -> bool {
        match self.new {
            None => true,
            Some(Verdict::Pass | Verdict::Fail) => !self.missing.is_empty(),
            Some(Verdict::Skip | Verdict::Inconclusive) => false,
        }
    }

    /// The findings that are told: none where nothing can be said of any.
    pub(super) fn told(&self) -> impl Iterator<Item = &Finding> {
        let nothing = self.findings.iter().all(|f| f.standing() == Standing::TooFew);
        self.findings.iter().filter(move |_| !nothing)
    }

    /// Whether something that counts is really worse, or it passed and now fails.
    #[must_use]
    pub fn is_regression(&self) -> bool {
        let worse = |f: &Finding| f.decides() && f.standing() == Standing::Worse;
        self.status() == Status::Regressed || self.findings.iter().any(worse)
    }
}

/// The measures that the old run has and the new one has not.
fn missing(old: &CaseDigest, new: &CaseDigest) -> Vec<String> {
    let tried = |case: &CaseDigest, name: &str| {
        case.measures.iter().any(|measure| measure.name == name && measure.tries > 0)
    };
    let names = old.measures.iter().map(|measure| &measure.name);
    names.filter(|name| tried(old, name) && !tried(new, name)).cloned().collect()
}

/// The facts that are not the same of both runs, in the order of the new one.
fn apart(old: &Digest, new: &Digest) -> Vec<Apart> {
    let of = |run: &Digest, what: &str| {
        run.facts.iter().find(|(name, _)| name == what).map(|(_, value)| value.clone())
    };
    let mut names: Vec<&String> = new.facts.iter().map(|(name, _)| name).collect();
    let more = old.facts.iter().map(|(name, _)| name).filter(|name| of(new, name).is_none());
    names.extend(more);
    names.dedup();
    let mut all: Vec<Apart> = names
        .into_iter()
        .map(|what| Apart { what: what.clone(), old: of(old, what), new: of(new, what) })
        .collect();
    if old.key.plan != new.key.plan {
        let (old, new) = (Some(old.key.plan.clone()), Some(new.key.plan.clone()));
        all.insert(0, Apart { what: "plan".to_owned(), old, new });
    }
    all.retain(|fact| fact.old != fact.new);
    all
}
