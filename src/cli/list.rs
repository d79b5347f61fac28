//! `bttest list`: the cases of plans.

use serde_json::json;

use super::plan_input::Plans;
use super::{Exit, print};
use crate::plan::{Case, Plan, Span};
use crate::report::escape::terminal;

/// List the cases of plans, with their tags
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    #[command(flatten)]
    plans: Plans,
    /// As JSON, for programs
    #[arg(long)]
    json: bool,
}

pub(super) fn main(arguments: &Arguments) -> Exit {
    let plans = &arguments.plans;
    let mut listed = Vec::new();
    for path in &plans.plans {
        let Some(loaded) = plans.variables.load(path, plans.colour) else { return Exit::Usage };
        listed.push(loaded.plan);
    }
    if arguments.json {
        let all: Vec<_> = listed.iter().map(as_json).collect();
        print(&format!("{:#}\n", serde_json::Value::from(all)));
    } else {
        listed.iter().for_each(|plan| print(&as_text(plan)));
    }
    Exit::Passed
}

/// A line for the plan, and one for each case: id, title and tags in columns.
fn as_text(plan: &Plan) -> String {
    let width = plan.cases.iter().map(|case| case.id.chars().count()).max().unwrap_or_default();
    let case = |case: &Case| {
        let tags: String = case.tags.iter().map(|tag| format!(" #{tag}")).collect();
        let soak = if case.soak.is_soak() { format!(" ({})", case.soak) } else { String::new() };
        let (id, title, tags) = (terminal(&case.id), terminal(&case.title), terminal(&tags));
        format!("  {id:width$}  {title}{soak}{tags}\n")
    };
    let rounds = plan.soak.map(|soak| format!(", in rounds: {soak}")).unwrap_or_default();
    let cases: String = plan.cases.iter().map(case).collect();
    format!("{} ({}){rounds}\n{cases}", terminal(&plan.name), terminal(&plan.file))
}

fn as_json(plan: &Plan) -> serde_json::Value {
    let case = |case: &Case| {
        json!({
            "id": case.id,
            "title": case.title,
            "tags": case.tags,
            "maps-to": case.maps_to,
            "repeat": case.soak.iterations(),
            "for": case.soak.lasting.map(|duration| Span(duration).to_string()),
            "until": case.soak.until.map(|time| time.to_string()),
            "until-fail": case.soak.until_fail,
            "retries": case.retries,
            "file": case.place.file,
            "line": case.place.line,
        })
    };
    json!({
        "name": plan.name,
        "file": plan.file,
        "soak": plan.soak.map(|soak| soak.to_string()),
        "devices": plan.devices.keys().collect::<Vec<_>>(),
        "cases": plan.cases.iter().map(case).collect::<Vec<_>>(),
    })
}
