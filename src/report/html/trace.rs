//! A failure in full: what was expected, what was seen, where the plan says so, and what happened before.

use super::{Clock, Markup};
use crate::report::excerpt::excerpt;
use crate::report::quantity::{offset, time};
use crate::report::summary::{Failure, Outcome, Trace, link_to_capture};

/// The longest text of a field, in characters.
const LONGEST: usize = 600;

/// Adds the failure as something that can be opened.
///
/// `way` leads from the page to the folder of the run.
pub(super) fn details(out: &mut Markup, failure: &Failure, clock: &Clock, way: &str, open: bool) {
    let attributes: &[(&str, &str)] = if open { &[("open", "")] } else { &[] };
    out.line().element("details", attributes, |details| {
        details.element("summary", &[], |summary| {
            summary.text(&which(failure)).text(", ");
            clock.show(summary, failure.at);
        });
        fields(details, failure);
        if let Some(file) = &failure.capture {
            capture(details, file, way);
        }
        if let Some(step) = &failure.step {
            let lines = excerpt(&step.identity.place, 120);
            details.element("pre", &[], |pre| {
                for line in lines {
                    pre.text(&line).line();
                }
            });
        }
        let from = failure.step.as_ref().map(|step| step.started);
        let from = from.unwrap_or(failure.at.saturating_sub(failure.took_us));
        let (earlier, within) = failure.before_and_within();
        let heading = "What happened before the attempt, from the start of the step on:";
        events(details, heading, earlier, from);
        let heading = match earlier {
            [] => "What happened before, from the start of the step on:",
            _ => "And in the attempt:",
        };
        events(details, heading, within, from);
    });
}

/// Which iteration, which attempt where there were several, and what became of it.
fn which(failure: &Failure) -> String {
    let attempt = match (failure.attempt, failure.outcome) {
        (0 | 1, None | Some(Outcome::Decided)) => String::new(),
        (attempt, _) => format!(", attempt {attempt}"),
    };
    let became = match failure.outcome {
        Some(Outcome::Flaky) => ", a later attempt passed",
        Some(Outcome::Retried) => ", tried again",
        Some(Outcome::Decided) | None => "",
    };
    match failure.iteration {
        0 => "Outside of the cases".to_owned(),
        n => format!("Iteration {n}{attempt}{became}"),
    }
}

/// Where the HCI capture of the attempt is.
fn capture(out: &mut Markup, file: &str, way: &str) {
    out.element("p", &[("class", "note")], |p| {
        p.text("HCI capture: ");
        let link = link_to_capture(way, file);
        match &link {
            Some(link) => p.leaf("a", &[("href", link.as_str())], file),
            None => p.foreign(file, LONGEST),
        };
        p.text(", for Wireshark and `btmon -r`.");
    });
}

fn fields(out: &mut Markup, failure: &Failure) {
    let cause = &failure.cause;
    let step = failure.step.as_ref().map(|step| {
        let took = time(step.ended.saturating_sub(step.started));
        format!("{} ({}, after {took})", step.identity.text, step.path)
    });
    let all = [
        ("Step", step),
        ("Why", Some(cause.message.clone())),
        ("Expected", cause.expected.clone()),
        ("Seen", cause.seen.clone()),
        ("On the air", cause.hci.clone()),
        ("State", (!failure.state.is_empty()).then(|| failure.state.join(", "))),
    ];
    out.element("dl", &[], |dl| {
        for (name, text) in all {
            if let Some(text) = text {
                dl.leaf("dt", &[], name).element("dd", &[], |dd| {
                    dd.foreign(&text, LONGEST);
                });
            }
        }
    });
}

/// Adds what happened, with times from `from` on.
pub(super) fn events(out: &mut Markup, heading: &str, events: &[Trace], from: u64) {
    if events.is_empty() {
        return;
    }
    out.leaf("p", &[("class", "note")], heading);
    out.element("div", &[("class", "wide")], |wide| {
        wide.element("table", &[("class", "events")], |table| {
            for event in events {
                table.line().element("tr", &[], |tr| {
                    tr.leaf("td", &[("class", "n")], &offset(event.t, from));
                    tr.element("td", &[], |td| {
                        td.foreign(&event.object, 40);
                    });
                    tr.element("td", &[], |td| {
                        td.foreign(&event.text, LONGEST);
                    });
                });
            }
        });
    });
}
