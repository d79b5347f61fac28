//! The slowest iterations that passed, each with what happened in it.

use super::{Clock, Markup, Section, trace};
use crate::report::numbers::is_soak;
use crate::report::quantity::time;
use crate::report::summary::{Case, Slow, Summary};

/// How many bytes they may have.
const ROOM: usize = 300_000;

/// The section; none where no case ran more than once.
pub(super) fn section(summary: &Summary, clock: &Clock) -> Option<Section> {
    let kept = |case: &&Case| is_soak(case) && !case.slowest.is_empty();
    let cases: Vec<&Case> = summary.cases.iter().filter(kept).collect();
    if cases.is_empty() {
        return None;
    }
    let several_cases = summary.cases.len() > 1;
    let mut body = Markup::default();
    let left_out = body.fitting(ROOM, cases, |body, case| {
        if several_cases {
            body.element("h3", &[], |h3| {
                h3.foreign(&format!("{} {}", case.id, case.identity.title), 200);
            });
        }
        let median = median(case).map_or_else(String::new, |us| {
            format!(" The median of all that passed is {}.", time(us))
        });
        let note = format!("Iterations that passed and took longest.{median}");
        body.leaf("p", &[("class", "note")], &note);
        case.slowest.iter().for_each(|slow| details(body, slow, clock));
    });
    body.left_out(left_out, "case");
    Some(Section { id: "slowest", title: "Slowest iterations".to_owned(), body })
}

fn details(out: &mut Markup, slow: &Slow, clock: &Clock) {
    let began = slow.at.saturating_sub(slow.took_us);
    let head = |out: &mut Markup| {
        out.leaf("strong", &[], &time(slow.took_us));
        out.text(&format!(", iteration {}, ended ", slow.iteration));
        clock.show(out, slow.at);
    };
    if slow.trace.is_empty() {
        out.line().element("p", &[("class", "untold")], head);
        return;
    }
    out.line().element("details", &[], |details| {
        details.element("summary", &[], head);
        trace::events(details, "What happened last in it, from its start on:", &slow.trace, began);
    });
}

/// The middle of the durations of those that passed.
fn median(case: &Case) -> Option<u64> {
    let mut all = crate::stats::Histogram::<5>::default();
    case.course.buckets().for_each(|(_, bucket)| all.absorb(&bucket.latency));
    all.percentile(50)
}
