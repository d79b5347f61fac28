//! What a run would do, without doing it: the cases and their steps.

use std::fmt::Write;

use crate::engine::Options;
use crate::plan::{Case, Plan, Soak, Step, What};
use crate::report::escape::terminal;

/// The chosen cases with their steps, indented as they nest.
pub(super) fn listing(plan: &Plan, options: &Options) -> String {
    let mut text = String::new();
    section(&mut text, "setup of the plan", &plan.setup);
    for block in options.blocks(plan) {
        let rounds = block.cases.len() > 1;
        if rounds {
            let _ = writeln!(text, "in rounds, {}", block.soak);
        }
        let depth = usize::from(rounds);
        for case in block.of(plan) {
            let times = (!rounds && block.soak.is_soak()).then_some(block.soak);
            head(&mut text, case, times, depth);
            for steps in [&case.setup, &case.steps, &case.teardown] {
                lines(&mut text, steps, depth + 1);
            }
        }
    }
    section(&mut text, "teardown of the plan", &plan.teardown);
    text
}

fn section(text: &mut String, name: &str, steps: &[Step]) {
    if !steps.is_empty() {
        // Writing to a string cannot fail.
        let _ = writeln!(text, "{name}");
        lines(text, steps, 1);
    }
}

fn head(text: &mut String, case: &Case, times: Option<Soak>, depth: usize) {
    let times = times.map(|soak| format!(" ({soak})")).unwrap_or_default();
    let indent = "  ".repeat(depth);
    let _ = writeln!(text, "{indent}{} {}{times}", terminal(&case.id), terminal(&case.title));
}

fn lines(text: &mut String, steps: &[Step], depth: usize) {
    let indent = "  ".repeat(depth);
    for step in steps {
        let measure = step.measure.as_ref().map(|name| format!(" (measured as {name})"));
        let measure = measure.unwrap_or_default();
        match &step.what {
            What::Do(action) => {
                let line = format!("{}{measure}", action.describe());
                let _ = writeln!(text, "{indent}{}", terminal(&line));
            }
            What::Repeat { times, steps } => {
                let _ = writeln!(text, "{indent}{times} times{}:", terminal(&measure));
                lines(text, steps, depth + 1);
            }
            What::Span(steps) => {
                let _ = writeln!(text, "{indent}together{}:", terminal(&measure));
                lines(text, steps, depth + 1);
            }
            What::Parallel(branches) => {
                for (at, steps) in branches.iter().enumerate() {
                    let beside = if at == 0 { "at the same time" } else { "and" };
                    let _ = writeln!(text, "{indent}{beside}{}:", terminal(&measure));
                    lines(text, steps, depth + 1);
                }
            }
        }
    }
}
