//! What the run was of: bench, plan and devices, so that it can be told apart from every other run, and
//! done again.

use super::{Clock, Markup, Section, device, modalias};
use crate::report::summary::{Case, Summary, shown};

/// How many bytes devices and inspected properties may have, each.
const ROOM: usize = 150_000;

/// The longest value, in characters.
const LONGEST: usize = 300;

/// Names and values.
pub(super) type Facts = Vec<(String, String)>;

/// The section.
pub(super) fn section(summary: &Summary, clock: &Clock) -> Option<Section> {
    let (mut body, mut left_out) = (Markup::default(), 0);
    body.element("div", &[("class", "cards")], |cards| {
        card(cards, "Bench", &bench(summary));
        card(cards, "Run", &run(summary, clock));
        left_out = cards.fitting(ROOM, summary.identities.devices(), |cards, (name, identity)| {
            card(cards, &format!("Device {name}"), &device::facts(identity));
        });
    });
    body.left_out(left_out, "device");
    inspected(&mut body, summary);
    (summary.run.is_some() || summary.bench.is_some()).then(|| Section {
        id: "identity",
        title: "What this was run on".to_owned(),
        body,
    })
}

fn bench(summary: &Summary) -> Facts {
    let mut facts = Facts::new();
    let mut add = |name: &str, value: Option<String>| {
        facts.extend(value.map(|value| (name.to_owned(), value)));
    };
    if let Some(bench) = &summary.bench {
        add("Adapter", Some(bench.adapter.clone()));
        add("Address", Some(bench.address.clone()));
        add("Chip", bench.manufacturer.map(modalias::company));
        add("Modalias", bench.modalias.clone());
        add("BlueZ", bench.bluez.clone());
    }
    if let Some(run) = &summary.run {
        add("Kernel", Some(run.kernel.clone()));
        add("Host", Some(run.host.clone()));
        add("Simulator, scene", run.simulator.clone());
    }
    facts
}

fn run(summary: &Summary, clock: &Clock) -> Facts {
    let mut facts = Facts::new();
    let mut add = |name: &str, value: Option<String>| {
        facts.extend(value.map(|value| (name.to_owned(), value)));
    };
    add("Started", clock.date(0));
    add("Ended", summary.end.and_then(|end| clock.date(end.took_us)));
    if let Some(run) = &summary.run {
        add("Plan file", Some(run.file.clone()));
        add("Plan’s SHA-256", run.plan_hash.clone());
        add("Seed", run.seed.map(|seed| seed.to_string()));
        add("bttest", Some(run.bttest.clone()));
    }
    add("Journal", summary.journal.as_ref().map(|path| path.display().to_string()));
    facts
}

fn card(out: &mut Markup, title: &str, facts: &Facts) {
    if facts.is_empty() {
        return;
    }
    out.line().element("div", &[], |card| {
        card.element("h3", &[], |h3| {
            h3.foreign(title, 80);
        });
        card.element("dl", &[], |dl| {
            for (name, value) in facts {
                dl.element("dt", &[], |dt| {
                    dt.foreign(name, 60);
                });
                dl.element("dd", &[], |dd| {
                    dd.foreign(value, LONGEST);
                });
            }
        });
    });
}

/// What `inspect` steps recorded, to be opened.
fn inspected(out: &mut Markup, summary: &Summary) {
    let of_case = |case: &Case| -> Vec<(String, Facts)> {
        let facts = |properties: &std::collections::BTreeMap<String, serde_json::Value>| {
            properties.iter().map(|(name, value)| (name.clone(), shown(value))).collect()
        };
        let titled = |object: &String| format!("{object}, in {}", case.id);
        case.inspected.iter().map(|(object, all)| (titled(object), facts(all))).collect()
    };
    let all: Vec<(String, Facts)> = summary.cases.iter().flat_map(of_case).collect();
    if all.is_empty() {
        return;
    }
    out.element("details", &[], |details| {
        details.leaf("summary", &[], "Properties that were inspected");
        let mut left_out = 0;
        details.element("div", &[("class", "cards")], |cards| {
            left_out = cards.fitting(ROOM, &all, |cards, (title, facts)| card(cards, title, facts));
        });
        details.left_out(left_out, "object");
    });
}
