//! The comparison as a part of the page of the newer run: an answer among those at the top, and a section
//! before all others with the numbers, what else is different, and both runs in one picture.

mod pictures;
mod table;
#[cfg(test)]
mod tests;

use super::{Apart, CaseComparison, Comparison, Finding, Side, answer};
use crate::event::Verdict;
use crate::report::digest::Digest;
use crate::report::html::{Answer, Markup, Section, render, verdict};
use crate::report::summary::Summary;
use crate::stats::Standing;

/// The longest name and the longest value, in characters.
const LONGEST: usize = 120;

/// How many differences of the benches are listed.
const LISTED: usize = 40;

/// The page of the newer run `run` with the comparison in it; `old` and `new` are what was compared.
#[must_use]
pub fn html(comparison: &Comparison, old: &Digest, new: &Digest, run: &Summary) -> Markup {
    render(run, vec![short(comparison)], vec![section(comparison, old, new)])
}

/// The answer that is read from afar.
fn short(comparison: &Comparison) -> Answer {
    let told = comparison.findings().any(|(_, f)| f.decides() && f.standing() != Standing::TooFew);
    let better = comparison.count(Standing::Better) > 0
        || comparison.cases.iter().any(|case| case.status() == super::Status::Progressed);
    let incomplete = comparison.is_incomplete();
    let (short, verdict) = match (comparison.is_regression(), incomplete, better, told) {
        (true, ..) => ("Worse", Verdict::Fail),
        (_, true, ..) => ("Something is missing", Verdict::Inconclusive),
        (_, _, true, _) => ("Better", Verdict::Pass),
        (_, _, _, true) => ("The same", Verdict::Pass),
        _ => ("Cannot be told", Verdict::Inconclusive),
    };
    Answer {
        question: "Better or worse than before?".to_owned(),
        short: short.to_owned(),
        detail: answer(comparison),
        verdict,
    }
}

fn section(comparison: &Comparison, old: &Digest, new: &Digest) -> Section {
    let mut body = Markup::default();
    body.element("p", &[("class", "said")], |p| {
        p.foreign(&answer(comparison), 1000);
    });
    let cases = in_order(comparison);
    table::numbers(&mut body, &cases);
    table::causes(&mut body, &cases);
    runs(&mut body, comparison);
    pictures::add(&mut body, &cases, old, new);
    Section { id: "comparison", title: "Compared with an older run".to_owned(), body }
}

/// The cases in which there is something to see before the others, so that no bound cuts them.
fn in_order(comparison: &Comparison) -> Vec<&CaseComparison> {
    let (calm, other): (Vec<_>, Vec<_>) = comparison.cases.iter().partition(|case| case.is_calm());
    other.into_iter().chain(calm).collect()
}

/// What the two runs are, and what is different of plan and bench.
fn runs(out: &mut Markup, comparison: &Comparison) {
    out.leaf("h3", &[], "The two runs");
    out.element("div", &[("class", "wide"), ("tabindex", "0")], |wide| {
        wide.element("table", &[("class", "compared")], |table| {
            table.element("thead", &[], |head| {
                head.element("tr", &[], |tr| {
                    for text in ["", "Older", "Newer"] {
                        tr.leaf("th", &[("scope", "col")], text);
                    }
                });
            });
            table.element("tbody", &[], |body| of_both(body, comparison));
        });
    });
    let more = comparison.apart.len().saturating_sub(LISTED) as u64;
    out.left_out(more, "difference");
    if comparison.apart.is_empty() {
        let text = "Plan and bench are the same, as far as the runs tell.";
        out.leaf("p", &[("class", "note")], text);
    }
}

fn of_both(body: &mut Markup, comparison: &Comparison) {
    let sides = [&comparison.old, &comparison.new];
    let started = sides.map(started);
    fact(body, "started", [Some(&started[0]), Some(&started[1])]);
    let iterations = sides.map(|side| side.iterations.to_string());
    fact(body, "iterations", [Some(&iterations[0]), Some(&iterations[1])]);
    body.line().element("tr", &[], |tr| {
        tr.leaf("th", &[("scope", "row")], "verdict");
        sides.iter().for_each(|side: &&Side| {
            tr.element("td", &[], |td| verdict::show(td, side.verdict));
        });
    });
    for Apart { what, old, new } in comparison.apart.iter().take(LISTED) {
        fact(body, what, [old.as_deref(), new.as_deref()]);
    }
}

/// When a run started, as a page shows it.
fn started(side: &Side) -> String {
    match side.key.started.parse::<jiff::Timestamp>() {
        Ok(at) => at.strftime("%Y-%m-%d %H:%M:%S UTC").to_string(),
        Err(_) => side.key.started.clone(),
    }
}

fn fact(body: &mut Markup, what: &str, values: [Option<&str>; 2]) {
    body.line().element("tr", &[], |tr| {
        tr.element("th", &[("scope", "row")], |th| {
            th.foreign(what, LONGEST);
        });
        for value in values {
            tr.element("td", &[], |td| match value {
                Some(value) => drop(td.foreign(value, LONGEST)),
                None => drop(td.text("unknown")),
            });
        }
    });
}

/// The shape and the colour of a standing. A cause that became more frequent explains and does not decide.
fn shape(finding: &Finding) -> Verdict {
    match (finding.standing(), finding.decides()) {
        (Standing::Worse, true) => Verdict::Fail,
        (Standing::Worse, false) => Verdict::Inconclusive,
        (Standing::Better, _) => Verdict::Pass,
        (Standing::Slight | Standing::Same | Standing::TooFew, _) => Verdict::Skip,
    }
}
