//! What was measured, in tables: how often it succeeded, how long it took, whether that changed over the
//! run, and which thresholds held.

use super::{Markup, Section, rate, verdict};
use crate::event::{ThresholdResult, Verdict};
use crate::report::quantity::time;
use crate::report::summary::{Case, Measure, Summary};
use crate::stats::{Series, Trend};

/// How many bytes each table may have.
const ROOM: usize = 400_000;

/// The longest name, in characters.
const LONGEST: usize = 80;

/// The section; none where nothing was measured.
pub(super) fn section(summary: &Summary) -> Option<Section> {
    let cases = summary.cases.iter();
    let measures: Vec<(&Case, &Measure)> =
        cases.flat_map(|case| case.measures.iter().map(move |m| (case, m))).collect();
    let thresholds: Vec<(&Case, &ThresholdResult)> = (summary.cases.iter())
        .flat_map(|case| case.thresholds.iter().map(move |t| (case, t)))
        .collect();
    if measures.is_empty() && thresholds.is_empty() {
        return None;
    }
    let several_cases = summary.cases.len() > 1;
    let mut body = Markup::default();
    if !measures.is_empty() {
        let heads = [
            "n:Tries",
            "n:Succeeded",
            "n:Min",
            "n:p50",
            "n:p90",
            "n:p95",
            "n:p99",
            "n:Max",
            "n:Failed in a row",
            "n:Trend",
        ];
        let first = if several_cases { "Measure of a case" } else { "Measure" };
        table(&mut body, first, &heads, measures, |tr, (case, measure)| {
            of_measure(tr, several_cases.then_some(case), measure);
        });
    }
    if !thresholds.is_empty() {
        body.leaf("h3", &[], "Thresholds");
        let heads = [":Asked for", ":Measured", ":"];
        table(&mut body, "Of", &heads, thresholds, |tr, (case, threshold)| {
            of_threshold(tr, several_cases.then_some(case), threshold);
        });
    }
    Some(Section { id: "measures", title: "Measures".to_owned(), body })
}

/// A table; each head is a class and a text with a colon between.
fn table<T>(
    body: &mut Markup,
    first: &str,
    heads: &[&str],
    rows: Vec<T>,
    row: impl Fn(&mut Markup, T),
) {
    let mut left_out = 0;
    body.element("div", &[("class", "wide"), ("tabindex", "0")], |wide| {
        wide.element("table", &[], |table| {
            table.element("thead", &[], |head| {
                head.element("tr", &[], |tr| {
                    tr.leaf("th", &[("scope", "col")], first);
                    for head in heads {
                        let (class, text) = head.split_once(':').unwrap_or(("", head));
                        tr.leaf("th", &[("scope", "col"), ("class", class)], text);
                    }
                });
            });
            table.line().element("tbody", &[], |body| {
                left_out = body.fitting(ROOM, rows, |body, item| {
                    body.line().element("tr", &[], |tr| row(tr, item));
                });
            });
        });
    });
    body.left_out(left_out, "line");
}

fn of_measure(tr: &mut Markup, case: Option<&Case>, measure: &Measure) {
    let statistics = &measure.statistics;
    let (succeeded, tries) = (statistics.succeeded(), statistics.tries());
    let latency = statistics.latency();
    name(tr, case, &measure.name);
    let number = |tr: &mut Markup, text: &str| {
        tr.leaf("td", &[("class", "n")], text);
    };
    number(tr, &tries.to_string());
    rate::cell(tr, succeeded, tries);
    let percentiles = [50, 90, 95, 99].map(|percent| latency.percentile(percent));
    for us in [latency.min()].into_iter().chain(percentiles).chain([latency.max()]) {
        number(tr, &us.map_or_else(|| "–".to_owned(), time));
    }
    number(tr, &statistics.longest_run_of_failures().to_string());
    let trend = Trend::of(&measure.course);
    tr.element("td", &[("class", "n")], |td| match trend {
        Some(trend) => in_short(td, trend),
        None => drop(td.text("too short")),
    });
}

/// A trend as a cell of a table: `+244 ms/h`, and below it how likely it is by chance.
fn in_short(td: &mut Markup, trend: Trend) {
    let sign = if trend.per_hour < 0.0 { "−" } else { "+" };
    let change = format!("{sign}{}/h", time(size(trend)));
    td.text(if trend.is_real() { &change } else { "none" });
    let meaning = [("class", "sub"), ("title", "the probability of such a trend by chance alone")];
    td.text(" ").leaf("span", &meaning, &chance(trend));
}

/// A trend that is more than chance, in words: what it came to over the run.
#[must_use]
pub(super) fn drift(trend: Trend, course: &Series) -> String {
    let way = if trend.per_hour < 0.0 { "faster" } else { "slower" };
    let took = u128::from(course.width()) * course.buckets().count() as u128;
    let came_to = u128::from(size(trend)) * took / 3_600_000_000;
    format!("{} {way} at the end", time(u64::try_from(came_to).unwrap_or(u64::MAX)))
}

fn chance(trend: Trend) -> String {
    if trend.p < 0.001 { "p < 0.001".to_owned() } else { format!("p {:.3}", trend.p) }
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "rounded, below 2^53")]
fn size(trend: Trend) -> u64 {
    trend.per_hour.abs().round() as u64
}

fn of_threshold(tr: &mut Markup, case: Option<&Case>, threshold: &ThresholdResult) {
    name(tr, case, &threshold.of);
    tr.element("td", &[], |td| {
        td.foreign(&format!("{} {}", threshold.statistic, threshold.wanted), LONGEST);
    });
    tr.element("td", &[], |td| {
        td.foreign(threshold.measured.as_deref().unwrap_or("nothing was measured"), LONGEST);
    });
    let (shape, word) =
        if threshold.held { (Verdict::Pass, "Held") } else { (Verdict::Fail, "Broken") };
    tr.element("td", &[], |td| verdict::labelled(td, shape, word));
}

fn name(tr: &mut Markup, case: Option<&Case>, name: &str) {
    tr.element("th", &[("scope", "row")], |th| {
        if let Some(case) = case {
            th.element("span", &[("class", "id")], |id| {
                id.foreign(&case.id, LONGEST);
            });
            th.text(" ");
        }
        th.foreign(name, LONGEST);
    });
}
