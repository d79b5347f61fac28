//! The comparison as JSON, for programs. The shape is an interface: keys are added, never changed.
//!
//! ```json
//! {
//!   "format": 1,
//!   "regression": true,
//!   "answer": "Worse: SOAK-01 reconnect takes 58.0 ms longer (median 358 ms, was 300 ms).",
//!   "old": { "started": "…", "host": "…", "plan": "…", "verdict": "pass", "iterations": 1000 },
//!   "new": { … },
//!   "different": [{ "what": "BlueZ", "old": "5.66", "new": "5.82" }],
//!   "cases": [{
//!     "id": "SOAK-01", "title": "…", "old": "pass", "new": "fail", "status": "regressed",
//!     "findings": [{
//!       "of": "measure", "name": "reconnect", "number": "p50", "standing": "worse",
//!       "old": 300000, "new": 358000, "change": 58000, "interval": [56000, 60000],
//!       "p": 1e-9, "corrected-p": 1e-8, "needed": null
//!     }]
//!   }]
//! }
//! ```
//!
//! | key | values |
//! |---|---|
//! | `status` | `same`, `regressed`, `progressed`, `changed`, `new`, `vanished` |
//! | `of` | `iterations`, `flaky`, `measure` (with `name`), `cause` (with `kind` and `step`) |
//! | `number` | `rate`: shares from 0 to 1, with `old-hits`, `old-tries`, `new-hits`, `new-tries`; `p50`: microseconds, with `delta`, Cliff's; `p95`: microseconds, with `old-interval`, `new-interval`, and `slower`, the shares of tries above `limit` |
//! | `standing` | `worse`, `better`, `slight` (real, and too little to matter), `same`, `too-few` |
//! | `interval` | where the true change lies with 95 % confidence |
//! | `needed` | how many tries each run would need to show a difference as great as this; or null |

use serde_json::{Map, Value, json};

use super::{CaseComparison, Change, Comparison, Finding, Side, Status, Subject, answer};
use crate::stats::{Quantile, RateChange, Standing};

/// The comparison as JSON.
#[must_use]
pub fn json(comparison: &Comparison) -> Value {
    let different = comparison.apart.iter();
    let different = different.map(|f| json!({ "what": f.what, "old": f.old, "new": f.new }));
    json!({
        "format": 1,
        "regression": comparison.is_regression(),
        "incomplete": comparison.is_incomplete(),
        "answer": answer(comparison),
        "old": side(&comparison.old),
        "new": side(&comparison.new),
        "different": different.collect::<Vec<_>>(),
        "cases": comparison.cases.iter().map(case).collect::<Vec<_>>(),
    })
}

fn side(side: &Side) -> Value {
    json!({
        "started": side.key.started,
        "host": side.key.host,
        "plan": side.key.plan,
        "verdict": side.verdict,
        "iterations": side.iterations,
    })
}

fn case(case: &CaseComparison) -> Value {
    let status = match case.status() {
        Status::Same => "same",
        Status::Regressed => "regressed",
        Status::Progressed => "progressed",
        Status::Changed => "changed",
        Status::New => "new",
        Status::Vanished => "vanished",
    };
    json!({
        "id": case.id,
        "title": case.title,
        "old": case.old,
        "new": case.new,
        "status": status,
        "missing": case.missing,
        "findings": case.findings.iter().map(finding).collect::<Vec<_>>(),
    })
}

fn finding(finding: &Finding) -> Value {
    let mut object = match &finding.subject {
        Subject::Iterations => json!({ "of": "iterations" }),
        Subject::Flaky => json!({ "of": "flaky" }),
        Subject::Measure(name) => json!({ "of": "measure", "name": name }),
        Subject::Cause { kind, step } => json!({ "of": "cause", "kind": kind, "step": step }),
    };
    let evidence = finding.change.evidence();
    let more = [
        json!({ "standing": standing(finding.standing()) }),
        change(&finding.change),
        json!({ "p": evidence.p, "corrected-p": evidence.corrected, "needed": evidence.needed }),
    ];
    if let Value::Object(object) = &mut object {
        object.extend(more.into_iter().flat_map(fields));
    }
    object
}

fn fields(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(fields) => fields,
        _ => Map::new(),
    }
}

/// The word for a standing.
pub(in crate::report) fn standing(standing: Standing) -> &'static str {
    match standing {
        Standing::Worse => "worse",
        Standing::Better => "better",
        Standing::Slight => "slight",
        Standing::Same => "same",
        Standing::TooFew => "too-few",
    }
}

fn change(change: &Change) -> Value {
    match change {
        Change::Rate(rate) => json!({
            "number": "rate",
            "old": rate.old.share(),
            "new": rate.new.share(),
            "change": rate.change,
            "interval": rate.interval,
            "old-hits": rate.old.hits,
            "old-tries": rate.old.tries,
            "new-hits": rate.new.hits,
            "new-tries": rate.new.tries,
        }),
        Change::Median(median) => json!({
            "number": "p50",
            "old": median.old,
            "new": median.new,
            "change": median.shift.by,
            "interval": [median.shift.low, median.shift.high],
            "delta": median.delta,
        }),
        Change::Slow(tail) => json!({
            "number": "p95",
            "old": tail.old.value,
            "new": tail.new.value,
            "old-interval": bounds(tail.old),
            "new-interval": bounds(tail.new),
            "limit": tail.limit,
            "slower": slower(&tail.slow),
        }),
    }
}

fn bounds(quantile: Quantile) -> [Option<u64>; 2] {
    [quantile.low, quantile.high]
}

fn slower(rate: &RateChange) -> Value {
    json!({ "old": rate.old.share(), "new": rate.new.share(), "interval": rate.interval })
}
