//! The numbers of both runs in a table, case by case.

use super::{LONGEST, shape};
use crate::report::compare::answer::{label, values, word};
use crate::report::compare::{CaseComparison, Change, Finding};
use crate::report::html::{Markup, verdict};
use crate::report::quantity::{several, time};
use crate::stats::{Quantile, Rate, Standing};

/// How many bytes each table may have.
const ROOM: usize = 150_000;

/// How many cases without a difference are shown.
const CALM: usize = 24;

const CORRECTED: &str = "the probability of such a difference by chance alone, corrected for everything that was compared";

const HEADS: [(&str, &str, &str); 6] = [
    ("", "", ""),
    ("n", "Older", ""),
    ("n", "Newer", ""),
    ("n", "Difference", "with 95 % confidence"),
    ("n", "p", CORRECTED),
    ("n", "Tries that would tell", "of each run, if the difference is true"),
];

/// What decides: rates and latencies.
pub(super) fn numbers(out: &mut Markup, cases: &[&CaseComparison]) {
    let mut calm = 0;
    let shown = cases.iter().filter(|case| {
        calm += usize::from(case.is_calm());
        !case.is_calm() || calm <= CALM
    });
    let shown: Vec<(&CaseComparison, Vec<&Finding>)> =
        shown.map(|case| (*case, case.told().filter(|f| f.decides()).collect())).collect();
    let more = calm.saturating_sub(CALM) as u64;
    table(out, "What was compared", &shown);
    if more > 0 {
        let text = format!("{} without a difference.", several(more, "more case"));
        out.leaf("p", &[("class", "note")], &text);
    }
}

/// What explains: causes that are new, gone, more or fewer.
pub(super) fn causes(out: &mut Markup, cases: &[&CaseComparison]) {
    let of = |case: &&'_ CaseComparison| -> bool { case.findings.iter().any(|f| !f.decides()) };
    let shown: Vec<(&CaseComparison, Vec<&Finding>)> = (cases.iter().filter(|case| of(case)))
        .map(|case| (*case, case.findings.iter().filter(|f| !f.decides()).collect()))
        .collect();
    if !shown.is_empty() {
        out.leaf("h3", &[], "Why attempts did not pass, then and now");
        table(out, "Cause", &shown);
    }
}

/// A table with a group of rows for each case.
fn table(out: &mut Markup, first: &str, cases: &[(&CaseComparison, Vec<&Finding>)]) {
    if cases.is_empty() {
        return;
    }
    let mut left_out = 0;
    out.element("div", &[("class", "wide"), ("tabindex", "0")], |wide| {
        wide.element("table", &[("class", "compared")], |table| {
            table.element("thead", &[], |head| {
                head.element("tr", &[], |tr| {
                    tr.leaf("th", &[("scope", "col")], first);
                    for (class, text, meaning) in HEADS {
                        let attributes = [("scope", "col"), ("class", class), ("title", meaning)];
                        tr.leaf("th", &attributes, text);
                    }
                });
            });
            left_out = table.fitting(ROOM, cases, |table, (case, findings)| {
                table.line().element("tbody", &[], |body| {
                    heading(body, case);
                    findings.iter().for_each(|finding| row(body, finding));
                });
            });
        });
    });
    out.left_out(left_out, "case");
}

/// `SOAK-01 Reconnect all night ✗ Failed, was Passed`
fn heading(body: &mut Markup, case: &CaseComparison) {
    body.element("tr", &[], |tr| {
        tr.element("th", &[("scope", "rowgroup"), ("colspan", "7")], |th| {
            th.element("span", &[("class", "id")], |id| {
                id.foreign(&case.id, LONGEST);
            });
            th.text(" ").foreign(&case.title, LONGEST).text(" ");
            became(th, case);
            if !case.findings.is_empty() && case.told().next().is_none() {
                let needs = case.needed().map_or_else(String::new, |n| format!(", needs {n}"));
                th.leaf("span", &[("class", "sub")], &format!("too few tries to tell{needs}"));
            }
            if !case.missing.is_empty() {
                th.text(" ").element("span", &[("class", "sub")], |span| {
                    span.text("no longer measured: ").foreign(&case.missing.join(", "), LONGEST);
                });
            }
        });
    });
}

fn became(th: &mut Markup, case: &CaseComparison) {
    let was = |th: &mut Markup, text: &str| {
        th.leaf("span", &[("class", "was")], text);
    };
    match (case.old, case.new) {
        (Some(old), Some(new)) => {
            verdict::show(th, new);
            if old != new {
                was(th, &format!(", was {}", verdict::word(old).to_lowercase()));
            }
        }
        (None, Some(new)) => {
            verdict::show(th, new);
            was(th, ", not in the older run");
        }
        (old, None) => {
            let old = old.map_or_else(String::new, |old| verdict::word(old).to_lowercase());
            was(th, &format!("not in the newer run, was {old}"));
        }
    }
}

fn row(body: &mut Markup, finding: &Finding) {
    let of = values(finding);
    let (was, is) = below(finding);
    body.line().element("tr", &[], |tr| {
        tr.element("th", &[("scope", "row")], |th| {
            th.foreign(&label(finding), LONGEST);
        });
        tr.element("td", &[], |td| verdict::labelled(td, shape(finding), &stands(finding)));
        number(tr, &of.was, &was);
        number(tr, &of.is, &is);
        let interval = match finding.change {
            Change::Slow(_) => String::new(),
            _ => minus(&of.interval),
        };
        number(tr, &minus(&of.change), &interval);
        let evidence = finding.change.evidence();
        number(tr, &chance(finding), "");
        number(tr, &evidence.needed.map_or_else(String::new, |tries| tries.to_string()), "");
    });
}

/// A number, and below it how far it can be trusted or what it is of.
fn number(tr: &mut Markup, text: &str, below: &str) {
    tr.element("td", &[("class", "n")], |td| {
        td.text(text);
        if !below.is_empty() {
            td.text(" ").leaf("span", &[("class", "sub")], below);
        }
    });
}

/// What stands below the numbers of both runs: of how many tries a rate is, where a percentile lies.
fn below(finding: &Finding) -> (String, String) {
    let tries = |rate: Rate| format!("{} of {}", rate.hits, rate.tries);
    let bound = |us: Option<u64>| us.map_or_else(|| "?".to_owned(), time);
    let interval = |q: &Quantile| format!("{} to {}", bound(q.low), bound(q.high));
    match &finding.change {
        Change::Rate(change) => (tries(change.old), tries(change.new)),
        Change::Median(_) => Default::default(),
        Change::Slow(change) => (interval(&change.old), interval(&change.new)),
    }
}

/// How it stands, with a capital.
fn stands(finding: &Finding) -> String {
    let word = word(finding).to_lowercase();
    let mut letters = word.chars();
    letters.next().map_or_else(String::new, |first| {
        first.to_uppercase().collect::<String>() + letters.as_str()
    })
}

/// The probability of such a difference by chance; nothing where there are too few tries for any.
fn chance(finding: &Finding) -> String {
    match (finding.standing(), finding.change.evidence().corrected) {
        (Standing::TooFew, _) => "–".to_owned(),
        (_, p) if p < 0.0001 => "< 0.0001".to_owned(),
        (_, p) if p >= 0.9999 => "1".to_owned(),
        (_, p) => format!("{p:.4}"),
    }
}

/// The sign as a page shows it.
fn minus(number: &str) -> String {
    number.replace('-', "−")
}
