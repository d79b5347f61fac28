//! `bttest check`: what is wrong with plans, before anything runs.

use super::plan_input::Plans;
use super::{Exit, print, show};
use crate::plan::Plan;

/// Check plans: everything that is wrong, with its place and what to write instead
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    #[command(flatten)]
    plans: Plans,
}

pub(super) fn main(arguments: &Arguments) -> Exit {
    let plans = &arguments.plans;
    let mut exit = Exit::Passed;
    for path in &plans.plans {
        match plans.variables.load(path, plans.colour) {
            Some(loaded) => {
                show(&loaded.warnings.render(plans.colour.on_stderr()));
                let cases = loaded.plan.cases.len();
                let plural = if cases == 1 { "" } else { "s" };
                let soak = soaks(&loaded.plan);
                print(&format!("{}: ok, {cases} case{plural}{soak}\n", path.display()));
            }
            None => exit = Exit::Usage,
        }
    }
    exit
}

/// How long the plan goes on, where it does not end by itself after one iteration of each case.
fn soaks(plan: &Plan) -> String {
    if let Some(soak) = plan.soak {
        return format!(" in rounds: {soak}");
    }
    let soaks: Vec<_> = plan.cases.iter().filter(|case| case.soak.is_soak()).collect();
    match soaks.as_slice() {
        [] => String::new(),
        [only] => format!(", {} {}", only.id, only.soak),
        many => format!(", {} of them more than once", many.len()),
    }
}
