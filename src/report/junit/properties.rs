//! The properties of suite and cases: what the run was on, and each statistic as a number.

use super::element::attribute;
use crate::report::numbers::{cause, is_soak, real_trend};
use crate::report::quantity::{moment, time};
use crate::report::summary::{Case, Measure, Summary, lasted, shown};
use crate::stats::{Series, Statistics};

/// Names and values, ready to be written.
pub(super) type Properties = Vec<(String, String)>;

/// What a device says that it is, and the words for it here.
const IDENTITY: &[(&str, &str)] = &[
    ("Manufacturer", "manufacturer"),
    ("Model", "model"),
    ("SerialNumber", "serial-number"),
    ("HardwareRevision", "hardware"),
    ("FirmwareRevision", "firmware"),
    ("SoftwareRevision", "software"),
];

/// What the whole run was on.
pub(super) fn of_run(summary: &Summary) -> Properties {
    let mut all = Properties::new();
    let mut add = |name: &str, value: Option<String>| {
        all.extend(value.map(|value| (name.to_owned(), attribute(&value))));
    };
    if let Some(bench) = &summary.bench {
        add("adapter", Some(bench.adapter.clone()));
        add("adapter.address", Some(bench.address.clone()));
        add("adapter.modalias", bench.modalias.clone());
        add("adapter.manufacturer", bench.manufacturer.map(|m| m.to_string()));
        add("bluez", bench.bluez.clone());
    }
    if let Some(run) = &summary.run {
        add("kernel", Some(run.kernel.clone()));
        add("host", Some(run.host.clone()));
        add("plan", Some(run.plan.clone()));
        add("plan.file", Some(run.file.clone()));
        add("plan.hash", run.plan_hash.clone());
        add("seed", run.seed.map(|seed| seed.to_string()));
        add("simulator", run.simulator.clone());
        add("bttest", Some(run.bttest.clone()));
    }
    for (name, device) in summary.identities.devices() {
        add(&format!("device.{}.address", attribute(name)), device.address());
        for (property, word) in IDENTITY {
            let value = device.properties.get(*property).cloned();
            add(&format!("device.{}.{word}", attribute(name)), value);
        }
    }
    add("journal", summary.journal.as_ref().map(|path| path.display().to_string()));
    add("interrupted", summary.interrupted.clone());
    let not_started = summary.not_started();
    add("cases-not-started", (not_started > 0).then(|| not_started.to_string()));
    let no_end = if summary.under_way { "under-way" } else { "cut-off" };
    add(no_end, summary.end.is_none().then(|| "true".to_owned()));
    for (_, at) in &summary.resumed {
        add("resumed", Some(at.clone()));
    }
    for (rung, n) in &summary.recoveries.by_rung {
        add(&format!("recovered.{}", attribute(rung)), Some(n.to_string()));
    }
    for (happened, lasted) in summary.bench_changes.iter().zip(lasted(&summary.bench_changes)) {
        let lasted = lasted.map_or_else(String::new, |us| format!(", for {}", time(us)));
        let (at, what) = (moment(happened.t), happened.in_words());
        add("bench-change", Some(format!("{at}: {what}{lasted}")));
    }
    for (what, error) in &summary.not_restored {
        add("not-restored", Some(format!("{what}: {error}")));
    }
    all.extend(of_journal(summary));
    all
}

/// What was not as it should be in the journal.
fn of_journal(summary: &Summary) -> Properties {
    let notes = summary.notes;
    [
        ("journal.damaged-lines", notes.damaged),
        ("journal.missing-records", notes.missing),
        ("journal.unknown-records", notes.unknown),
        ("journal.records-out-of-order", notes.out_of_order),
        ("journal.torn", u64::from(notes.torn)),
    ]
    .into_iter()
    .filter(|(_, n)| *n > 0)
    .map(|(name, n)| (name.to_owned(), n.to_string()))
    .collect()
}

/// What is known of a case besides its verdict.
pub(super) fn of_case(case: &Case) -> Properties {
    let mut all = Properties::new();
    let mut add = |name: String, value: String| all.push((attribute(&name), attribute(&value)));
    for sig in &case.identity.maps_to {
        add("maps-to".to_owned(), sig.clone());
    }
    for tag in &case.identity.tags {
        add("tag".to_owned(), tag.clone());
    }
    if is_soak(case) {
        let tally = case.iterations;
        add("iterations".to_owned(), tally.total().to_string());
        add("iterations.passed".to_owned(), tally.passed.to_string());
        add("iterations.failed".to_owned(), tally.failed.to_string());
        add("iterations.inconclusive".to_owned(), tally.inconclusive.to_string());
        add("iterations.flaky".to_owned(), case.flaky.to_string());
        if case.anew > 0 {
            add("iterations.anew".to_owned(), case.anew.to_string());
        }
        for (name, part) in [("success-rate", tally.passed), ("flaky-rate", case.flaky)] {
            if let Some(rate) = rate(part, tally.judged()) {
                add(format!("iterations.{name}"), rate);
            }
        }
        let in_a_row = case.longest_run_of_failures;
        add("iterations.longest-run-of-failures".to_owned(), in_a_row.to_string());
        for (name, value) in of_trend(&case.course) {
            add(format!("iterations.{name}"), value);
        }
        for group in &case.causes.groups {
            add("cause".to_owned(), cause(group));
        }
    }
    for Measure { name, statistics, course } in &case.measures {
        for (statistic, value) in of_measure(statistics).into_iter().chain(of_trend(course)) {
            add(format!("measure.{name}.{statistic}"), value);
        }
    }
    for threshold in &case.thresholds {
        let held = if threshold.held { "held" } else { "broken" };
        let name = format!("threshold.{}.{}", threshold.of, threshold.statistic);
        add(name, format!("{} {held}", threshold.wanted));
    }
    for (object, properties) in &case.inspected {
        for (property, value) in properties {
            add(format!("{object}.{property}"), shown(value));
        }
    }
    all
}

/// The rate from 0 to 1, where anything was tried.
#[expect(clippy::cast_precision_loss, reason = "a run has fewer than 2^53 iterations")]
fn rate(part: u64, whole: u64) -> Option<String> {
    (whole > 0).then(|| format!("{:.6}", part as f64 / whole as f64))
}

/// The trend, where it is more than chance: milliseconds in each hour, and the probability of chance.
fn of_trend(course: &Series) -> Vec<(&'static str, String)> {
    let Some(trend) = real_trend(course) else { return Vec::new() };
    let per_hour = format!("{:.3}", trend.per_hour / 1000.0);
    vec![("trend-ms-per-hour", per_hour), ("trend-p", format!("{:.6}", trend.p))]
}

/// Each statistic as a number: times in milliseconds, the rate from 0 to 1.
fn of_measure(statistics: &Statistics) -> Vec<(&'static str, String)> {
    let latency = statistics.latency();
    let mut all = vec![
        ("count", statistics.tries().to_string()),
        ("succeeded", statistics.succeeded().to_string()),
    ];
    if let Some(rate) = statistics.success_rate() {
        all.push(("success-rate", format!("{rate:.6}")));
    }
    if statistics.tries() > statistics.succeeded() {
        let in_a_row = statistics.longest_run_of_failures();
        all.push(("longest-run-of-failures", in_a_row.to_string()));
    }
    for (name, us) in [
        ("min-ms", latency.min()),
        ("p50-ms", latency.percentile(50)),
        ("p90-ms", latency.percentile(90)),
        ("p95-ms", latency.percentile(95)),
        ("p99-ms", latency.percentile(99)),
        ("max-ms", latency.max()),
        ("mean-ms", latency.mean()),
    ] {
        all.extend(us.map(|us| (name, format!("{}.{:03}", us / 1000, us % 1000))));
    }
    all
}
