//! The cases in a table: how each ended, how often it passed, and how far that can be trusted.

use super::{Markup, Section, rate, verdict};
use crate::event::Verdict;
use crate::report::numbers::is_soak;
use crate::report::quantity::{several, time};
use crate::report::summary::{Case, Summary};

/// How many bytes the table may have.
const ROOM: usize = 1_000_000;

/// The longest title and sentence, in characters.
const LONGEST: usize = 240;

/// The section; none where no case was started.
pub(super) fn section(summary: &Summary) -> Option<Section> {
    if summary.cases.is_empty() {
        return None;
    }
    let soak = summary.cases.iter().any(is_soak);
    let mut body = Markup::default();
    let mut left_out = 0;
    body.element("div", &[("class", "wide"), ("tabindex", "0")], |wide| {
        wide.element("table", &[], |table| {
            table.element("thead", &[], |head| {
                head.element("tr", &[], |tr| heads(tr, soak));
            });
            table.line().element("tbody", &[], |rows| {
                // What did not pass must not be what is left out.
                let by_weight =
                    [Verdict::Fail, Verdict::Inconclusive, Verdict::Pass, Verdict::Skip];
                let fits = fitting(summary, &by_weight);
                left_out = rows.fitting(ROOM, fits, |rows, case| row(rows, case, soak));
            });
        });
    });
    body.left_out(left_out, "case");
    let never = summary.not_started() as u64;
    if never > 0 {
        let note = format!("{} of the run never started.", several(never, "case"));
        body.leaf("p", &[("class", "note")], &note);
    }
    if soak {
        body.leaf(
            "p",
            &[("class", "note")],
            "Below each rate: where the true one lies, with 95 % confidence. Inconclusive iterations, in which the \
             bench failed, count for no rate.",
        );
    }
    Some(Section { id: "cases", title: "Cases".to_owned(), body })
}

/// The cases in the order of the run; where they are too many to be all shown, by weight.
fn fitting<'a>(summary: &'a Summary, by_weight: &[Verdict]) -> Vec<&'a Case> {
    let all = summary.cases.iter();
    if summary.cases.len() <= 1000 {
        return all.collect();
    }
    let of = |verdict: Verdict| summary.cases.iter().filter(move |case| case.verdict == verdict);
    by_weight.iter().flat_map(|verdict| of(*verdict)).collect()
}

fn heads(tr: &mut Markup, soak: bool) {
    let head = |tr: &mut Markup, class, text| {
        tr.leaf("th", &[("scope", "col"), ("class", class)], text);
    };
    head(tr, "", "Verdict");
    head(tr, "", "Case");
    if soak {
        head(tr, "n", "Passed");
        head(tr, "n", "Rate");
        head(tr, "n", "Inconclusive");
        head(tr, "n", "Flaky");
    }
    head(tr, "n", "Took");
}

fn row(out: &mut Markup, case: &Case, soak: bool) {
    out.line().element("tr", &[], |tr| {
        tr.element("td", &[], |td| verdict::show(td, case.verdict));
        tr.element("th", &[("scope", "row")], |th| name(th, case));
        if soak {
            let (tally, n) = (case.iterations, [("class", "n")]);
            tr.leaf("td", &n, &format!("{} of {}", tally.passed, tally.judged()));
            rate::cell(tr, tally.passed, tally.judged());
            tr.leaf("td", &n, &tally.inconclusive.to_string());
            tr.leaf("td", &n, &case.flaky.to_string());
        }
        tr.leaf("td", &[("class", "n")], &time(case.took_us));
    });
}

fn name(th: &mut Markup, case: &Case) {
    th.element("span", &[("class", "id")], |id| {
        id.foreign(&case.id, 80);
    });
    th.text(" ").foreign(&case.identity.title, LONGEST);
    let marks: Vec<&str> =
        case.identity.maps_to.iter().chain(&case.identity.tags).map(String::as_str).collect();
    if !marks.is_empty() {
        th.element("span", &[("class", "marks")], |span| {
            span.foreign(&marks.join(" · "), LONGEST);
        });
    }
    if let Some(cause) = case.cause.as_ref().filter(|_| case.verdict != Verdict::Pass) {
        th.element("span", &[("class", "cause")], |span| {
            span.foreign(&cause.message, LONGEST);
        });
    }
}
