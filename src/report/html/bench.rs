//! What happened to the bench and to the run itself: losses, recoveries, what could not be put back, and
//! what the journal lacks.

use super::{Clock, Markup, Section};
use crate::report::numbers;
use crate::report::quantity::{several, time};
use crate::report::summary::{Case, Happened, Recoveries, Summary, lasted};

/// How many bytes each list may have.
const ROOM: usize = 60_000;

/// The longest sentence, in characters.
const LONGEST: usize = 300;

/// The section; none where nothing happened.
pub(super) fn section(summary: &Summary, clock: &Clock) -> Option<Section> {
    let mut body = Markup::default();
    run(&mut body, summary, clock);
    changes(&mut body, summary, clock);
    recoveries(&mut body, &summary.recoveries, clock);
    not_restored(&mut body, summary);
    journal(&mut body, summary);
    (!body.is_empty()).then(|| Section {
        id: "bench",
        title: "What happened to the bench".to_owned(),
        body,
    })
}

fn run(out: &mut Markup, summary: &Summary, clock: &Clock) {
    if let Some(signal) = &summary.interrupted {
        out.element("p", &[], |p| {
            p.text("The run was interrupted by ").foreign(signal, 40).text(".");
        });
    }
    list(out, "Resumed", &summary.resumed, |li, (t, at)| {
        clock.show(li, *t);
        li.text(" went on at ").foreign(at, 40);
    });
    let anew = |case: &Case| Some((case.id.clone(), numbers::anew(case)?));
    let anew: Vec<_> = summary.cases.iter().filter_map(anew).collect();
    list(out, "Run anew", &anew, |li, (id, text)| {
        li.foreign(id, 80).text(": ").text(text).text(".");
    });
    if summary.under_way {
        let text = "The run is still under way. What is told here is what was recorded until now.";
        out.leaf("p", &[], text);
    } else if summary.end.is_none() {
        let text = "The run was cut off: its journal has no end. What is told here is what was recorded \
                    until then.";
        out.leaf("p", &[], text);
    }
}

fn changes(out: &mut Markup, summary: &Summary, clock: &Clock) {
    let changes = summary.bench_changes.iter();
    let changes: Vec<(&Happened, Option<u64>)> =
        changes.zip(lasted(&summary.bench_changes)).collect();
    list(out, "Changes", &changes, |li, (happened, lasted)| {
        clock.show(li, happened.t);
        li.text(" ").text(&happened.in_words());
        if let Some(us) = lasted {
            li.text(&format!(", for {}", time(*us)));
        }
    });
}

fn recoveries(out: &mut Markup, recoveries: &Recoveries, clock: &Clock) {
    if recoveries.total() == 0 {
        return;
    }
    let by_rung = recoveries.by_rung.iter().map(|(rung, n)| format!("{rung} {n}×"));
    out.leaf("h3", &[], "Recoveries").element("p", &[], |p| {
        p.foreign(&by_rung.collect::<Vec<_>>().join(", "), 1000);
    });
    list(out, "", &recoveries.first, |li, (t, recovery)| {
        clock.show(li, *t);
        let device = recovery.device.as_ref().map_or_else(String::new, |d| format!(" for {d}"));
        let became = match &recovery.error {
            None => format!("took {}", time(recovery.took_us)),
            Some(error) => format!("could not be done: {error}"),
        };
        let text = format!("{}{device} because of {}, {became}", recovery.rung, recovery.because);
        li.text(" ").foreign(&text, LONGEST);
    });
    let more = recoveries.records.saturating_sub(recoveries.first.len() as u64);
    if more > 0 {
        out.leaf("p", &[("class", "note")], &format!("{} later.", several(more, "further line")));
    }
}

fn not_restored(out: &mut Markup, summary: &Summary) {
    list(out, "Could not be put back", &summary.not_restored, |li, (what, error)| {
        li.foreign(what, LONGEST).text(": ").foreign(error, LONGEST);
    });
}

/// What was not as it should be in the journal.
fn journal(out: &mut Markup, summary: &Summary) {
    let notes = summary.notes;
    let torn = notes.torn.then(|| "its last line is torn, as a loss of power leaves it".to_owned());
    let counted = [
        (notes.damaged, "line", "cannot be read"),
        (notes.missing, "record", "missing"),
        (notes.unknown, "record", "of a kind that this version does not know"),
        (notes.out_of_order, "record", "out of order"),
    ];
    let counted = counted.into_iter().filter(|(n, ..)| *n > 0);
    let told = counted.map(|(n, thing, what)| format!("{} {what}", several(n, thing)));
    let unwritten = summary.unwritten.clone();
    let all: Vec<String> = unwritten.into_iter().chain(torn).chain(told).collect();
    list(out, "The journal", &all, |li, text| {
        li.foreign(text, LONGEST);
    });
}

/// A list with a heading, where there is something to be listed.
fn list<T>(out: &mut Markup, heading: &str, items: &[T], item: impl Fn(&mut Markup, &T)) {
    if items.is_empty() {
        return;
    }
    if !heading.is_empty() {
        out.leaf("h3", &[], heading);
    }
    let mut left_out = 0;
    out.element("ul", &[("class", "log")], |ul| {
        left_out = ul.fitting(ROOM, items, |ul, one| {
            ul.line().element("li", &[], |li| item(li, one));
        });
    });
    out.left_out(left_out, "line");
}
