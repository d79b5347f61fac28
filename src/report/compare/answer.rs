//! The comparison in words: the answer in a sentence, and each number.

use super::{Change, Comparison, Finding, Status, Subject};
use crate::report::quantity::{several, share, time};
use crate::stats::Standing;

/// The answer in one sentence.
#[must_use]
pub fn answer(comparison: &Comparison) -> String {
    let worse = told(comparison, Standing::Worse);
    let better = told(comparison, Standing::Better);
    let compared = comparison.findings().filter(|(_, finding)| finding.decides()).count() as u64;
    let few = comparison.count(Standing::TooFew);
    let missing = comparison.missing();
    let (none, nothing) = match missing.as_slice() {
        [] => ("No regression", "Nothing"),
        _ => ("Nothing else is worse", "Nothing else"),
    };
    let more = match few {
        0 => String::new(),
        few => format!(" Too few tries to tell of {}.", several(few, "more number")),
    };
    let told = match (worse.as_slice(), better.as_slice()) {
        ([], []) if compared == 0 => {
            format!("{nothing} can be compared: the runs have no case in common that ran.")
        }
        ([], []) if few == compared => {
            format!("{nothing} can be told: too few tries for {}.", several(compared, "number"))
        }
        ([], []) => {
            let told = several(compared - few, "number");
            format!("{none}: {told} compared, no difference that is more than chance.{more}")
        }
        ([], better) => format!("{none}; better: {}.{more}", listed(better)),
        (worse, _) => format!("Worse: {}.", listed(worse)),
    };
    match (missing.as_slice(), worse.as_slice()) {
        ([], _) => told,
        (missing, []) => format!("Missing in the newer run: {}. {told}", listed(missing)),
        (missing, _) => format!("{told} Missing in the newer run: {}.", listed(missing)),
    }
}

/// What stands so, the verdicts first.
fn told(comparison: &Comparison, standing: Standing) -> Vec<String> {
    let status = match standing {
        Standing::Worse => (Status::Regressed, "fails and passed before"),
        _ => (Status::Progressed, "passes and failed before"),
    };
    let verdicts = comparison.cases.iter().filter(|case| case.status() == status.0);
    let numbers = comparison.findings().filter(|(_, f)| f.decides() && f.standing() == standing);
    verdicts
        .map(|case| format!("{} {}", case.id, status.1))
        .chain(numbers.map(|(case, finding)| format!("{} {}", case.id, sentence(finding))))
        .collect()
}

/// The first two, and how many more there are.
fn listed(all: &[String]) -> String {
    let first: Vec<&str> = all.iter().take(2).map(String::as_str).collect();
    match all.len().saturating_sub(2) {
        0 => first.join("; "),
        more => format!("{}; and {more} more", first.join("; ")),
    }
}

/// `reconnect takes 58.0 ms longer (median 358 ms, was 301 ms)`
fn sentence(finding: &Finding) -> String {
    let values = values(finding);
    let (was, is) = (&values.was, &values.is);
    let name = match &finding.subject {
        Subject::Iterations => "iteration",
        Subject::Flaky => return format!("is flaky {} ({is}, was {was})", often(finding)),
        Subject::Measure(name) => name,
        Subject::Cause { kind, .. } => kind,
    };
    match &finding.change {
        Change::Rate(_) => format!("{name} succeeds {} ({is}, was {was})", often(finding)),
        Change::Median(change) => {
            let longer = if change.shift.by < 0 { "less" } else { "longer" };
            let by = time(change.shift.by.unsigned_abs());
            format!("{name} takes {by} {longer} (median {is}, was {was})")
        }
        Change::Slow(change) => {
            let more = if change.slow.change < 0.0 { "fewer" } else { "more" };
            format!("{name} has {more} slow tries (p95 {is}, was {was})")
        }
    }
}

fn often(finding: &Finding) -> &'static str {
    match &finding.change {
        Change::Rate(change) if change.change < 0.0 => "less often",
        _ => "more often",
    }
}

/// What a number is called, without what it is of.
#[must_use]
pub(in crate::report) fn number(finding: &Finding) -> &'static str {
    match (&finding.change, &finding.subject) {
        (Change::Rate(_), Subject::Flaky) => "flaky",
        (Change::Rate(_), _) => "success",
        (Change::Median(_), _) => "p50",
        (Change::Slow(_), _) => "p95",
    }
}

/// What a number is called.
#[must_use]
pub(super) fn label(finding: &Finding) -> String {
    let what = number(finding);
    match &finding.subject {
        Subject::Iterations | Subject::Flaky => format!("iterations {what}"),
        Subject::Measure(name) => format!("{name} {what}"),
        Subject::Cause { kind, step } if step.is_empty() => kind.clone(),
        Subject::Cause { kind, step } => format!("{kind} in {step}"),
    }
}

/// A number in both runs, in words.
pub(super) struct Values {
    pub(super) was: String,
    pub(super) is: String,
    pub(super) change: String,
    /// Where the true change, or for a percentile its new value, lies with 95 % confidence.
    pub(super) interval: String,
}

pub(super) fn values(finding: &Finding) -> Values {
    match &finding.change {
        Change::Rate(change) => {
            let of = |rate: crate::stats::Rate| rate.share().map_or_else(String::new, share);
            let (low, high) = change.interval;
            Values {
                was: of(change.old),
                is: of(change.new),
                change: points(change.change) + " pp",
                interval: format!("{} to {}", points(low), points(high)),
            }
        }
        Change::Median(change) => {
            let (was, is) = apart(change.old, change.new);
            Values {
                was,
                is,
                change: signed(change.shift.by),
                interval: format!("{} to {}", signed(change.shift.low), signed(change.shift.high)),
            }
        }
        Change::Slow(change) => {
            let (was, is) = (change.old.value, change.new.value);
            let bound = |us: Option<u64>| us.map_or_else(|| "?".to_owned(), time);
            let by = i64::try_from(i128::from(is) - i128::from(was)).unwrap_or(i64::MAX);
            let (old, new) = apart(was, is);
            Values {
                was: old,
                is: new,
                change: signed(by),
                interval: format!("is {} to {}", bound(change.new.low), bound(change.new.high)),
            }
        }
    }
}

/// Two times that are told apart, if they are not the same: with all their digits where three would not do.
fn apart(was: u64, is: u64) -> (String, String) {
    let exact = |us: u64| format!("{}.{:03} ms", us / 1000, us % 1000);
    match (time(was), time(is)) {
        (one, other) if one == other && was != is => (exact(was), exact(is)),
        both => both,
    }
}

/// Microseconds with their sign.
fn signed(us: i64) -> String {
    match us {
        0 => "0".to_owned(),
        us if us < 0 => format!("-{}", time(us.unsigned_abs())),
        us => format!("+{}", time(us.unsigned_abs())),
    }
}

/// A difference of shares in percentage points (pp).
fn points(change: f64) -> String {
    match change * 100.0 {
        percent if percent.abs() < 0.005 => "0.00".to_owned(),
        percent => format!("{percent:+.2}"),
    }
}

/// How a finding stands, in a word.
pub(super) fn word(finding: &Finding) -> &'static str {
    let standing = finding.standing();
    if let (Subject::Cause { .. }, Change::Rate(change)) = (&finding.subject, &finding.change) {
        match (standing, change.old.hits, change.new.hits) {
            (Standing::Worse, 0, _) => return "new",
            (Standing::Better, _, 0) => return "gone",
            (Standing::Worse, ..) => return "more",
            (Standing::Better, ..) => return "fewer",
            _ => {}
        }
    }
    match standing {
        Standing::Worse => "WORSE",
        Standing::Better => "better",
        Standing::Slight => "slight",
        Standing::Same => "same",
        Standing::TooFew => "too few",
    }
}
