//! `bttest check`: what is wrong with plans, before anything runs.

use super::plan_input::Plans;
use super::{Exit, print, show};

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
                print(&format!("{}: ok, {cases} case{plural}\n", path.display()));
            }
            None => exit = Exit::Usage,
        }
    }
    exit
}
