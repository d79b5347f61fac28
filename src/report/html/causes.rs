//! Why it failed: failures of one kind together, the most frequent first, each with what to do next and
//! with the first of them in full.

use super::{Clock, Markup, Section, rate, trace, verdict};
use crate::report::numbers::is_soak;
use crate::report::quantity::several;
use crate::report::summary::{Case, CauseGroup, Failure, Summary};

/// How many bytes the causes of all cases may have.
const ROOM: usize = 1_100_000;

/// The longest sentence, in characters.
const LONGEST: usize = 400;

/// The section; none where nothing failed.
pub(super) fn section(summary: &Summary, clock: &Clock) -> Option<Section> {
    let mut groups: Vec<(&Case, &CauseGroup)> = (summary.cases.iter())
        .flat_map(|case| case.causes.groups.iter().map(move |group| (case, group)))
        .collect();
    // The sort is stable: the first of those that are as frequent stays first.
    groups.sort_by_key(|(_, group)| std::cmp::Reverse(group.count));
    let loose = loose(summary);
    if groups.is_empty() && loose.is_empty() {
        return None;
    }
    let total: u64 = summary.cases.iter().map(|case| case.causes.total()).sum();
    let several_cases = summary.cases.len() > 1;
    let mut body = Markup::default();
    let mut others: u64 = summary.cases.iter().map(|case| case.causes.others).sum();
    let numbered = groups.iter().enumerate();
    let mut counts = groups.iter().map(|(_, group)| group.count).rev();
    let left_out = body.fitting(ROOM, numbered, |body, (number, (case, group))| {
        let of = several_cases.then_some(*case);
        body.line().element("article", &[("class", "group")], |article| {
            heading(article, of, group, total);
            facts(article, case, group, clock);
            failures(article, case, group, (clock, &summary.way), number == 0);
        });
    });
    for _ in 0..left_out {
        others += counts.next().unwrap_or(0);
    }
    if others > 0 {
        let note = format!("{} of further kinds, left out here.", several(others, "failure"));
        body.leaf("p", &[("class", "note")], &note);
    }
    if !loose.is_empty() {
        body.leaf("h3", &[], "Outside of the iterations");
        let details = |body: &mut Markup, failure: &Failure| {
            trace::details(body, failure, clock, &summary.way, false);
        };
        let left_out = body.fitting(ROOM / 4, loose, details);
        body.left_out(left_out, "failure");
    }
    Some(Section { id: "causes", title: "Why it failed".to_owned(), body })
}

fn heading(out: &mut Markup, case: Option<&Case>, group: &CauseGroup, total: u64) {
    out.element("p", &[("class", "count")], |p| {
        p.leaf("strong", &[], &format!("{}×", group.count));
        if total > group.count {
            p.text(" ").leaf("span", &[], &rate::of(group.count, total));
        }
    });
    out.element("h3", &[], |h3| {
        verdict::labelled(h3, group.verdict, "");
        h3.foreign(&group.kind, 80);
        if !group.text.is_empty() {
            h3.text(" in ").foreign(&group.text, 120);
        }
        if let Some(case) = case {
            h3.element("span", &[("class", "marks")], |span| {
                span.foreign(&case.id, 80);
            });
        }
    });
    out.element("p", &[], |p| {
        p.foreign(&group.message, LONGEST);
    });
}

/// When it occurred, what to do next, and what BlueZ said.
fn facts(out: &mut Markup, case: &Case, group: &CauseGroup, clock: &Clock) {
    let sample = of_group(case, group).next();
    out.element("dl", &[], |dl| {
        let hint = sample.and_then(|failure| failure.cause.hint.as_deref());
        if let Some(hint) = hint {
            dl.leaf("dt", &[], "What to do next").element("dd", &[], |dd| {
                dd.foreign(hint, LONGEST);
            });
        }
        dl.leaf("dt", &[], if group.count == 1 { "When" } else { "First" });
        dl.element("dd", &[], |dd| {
            occurrence(dd, case, (group.first.iteration, group.first.at), clock)
        });
        if group.count > 1 {
            dl.leaf("dt", &[], "Last");
            dl.element("dd", &[], |dd| {
                occurrence(dd, case, (group.last.iteration, group.last.at), clock)
            });
        }
        if group.flaky > 0 {
            let text = format!("{} of these passed on a later attempt", group.flaky);
            dl.leaf("dt", &[], "Flaky").leaf("dd", &[], &text);
        }
        if !group.state.is_empty() {
            dl.leaf("dt", &[], "State at the time").element("dd", &[], |dd| {
                dd.foreign(&group.state.join(", "), LONGEST);
            });
        }
        let raw = sample.and_then(|failure| failure.cause.raw.as_ref());
        if let Some((name, message)) = raw {
            dl.leaf("dt", &[], "BlueZ said").element("dd", &[], |dd| {
                dd.element("code", &[], |code| {
                    code.foreign(&format!("{name}: {message}"), LONGEST);
                });
            });
        }
    });
}

fn occurrence(out: &mut Markup, case: &Case, (iteration, at): (u64, u64), clock: &Clock) {
    clock.show(out, at);
    if is_soak(case) {
        out.text(&format!(", iteration {iteration}"));
    }
}

/// Those of the group that are known in full.
fn failures(
    out: &mut Markup,
    case: &Case,
    group: &CauseGroup,
    (clock, way): (&Clock, &str),
    open: bool,
) {
    let mut shown = 0;
    for (number, failure) in of_group(case, group).enumerate() {
        trace::details(out, failure, clock, way, open && number == 0);
        shown += 1;
    }
    let more = group.count.saturating_sub(shown);
    if more > 0 {
        let text = format!("and {more} more like these, in the journal.");
        out.leaf("p", &[("class", "note")], &text);
    }
}

fn of_group<'a>(case: &'a Case, group: &'a CauseGroup) -> impl Iterator<Item = &'a Failure> {
    case.failures.iter().filter(|failure| group.has(failure))
}

/// Failures that belong to no group: of the plan's own setup and teardown, and where a run was cut off.
fn loose(summary: &Summary) -> Vec<&Failure> {
    let of_cases = summary.cases.iter().flat_map(|case| {
        let grouped = |failure: &Failure| case.causes.groups.iter().any(|g| g.has(failure));
        case.failures.iter().filter(move |failure| !grouped(failure))
    });
    summary.around.iter().chain(of_cases).collect()
}
