//! A plan after parsing, variables, matrix and validation: plain data, with nothing left to look up.
//!
//! `check`, `list`, `run` and the simulator's scene for a plan all read this and nothing else.

use std::collections::BTreeMap;
use std::rc::Rc;
use std::time::Duration;

use crate::event::Place;
use crate::plan::{
    AdapterChoice, DeviceMatch, ExpectedErrors, Keep, Recovery, Requires, Rung, Soak, Threshold,
};
use crate::steps::Action;

/// A whole plan, ready to run.
#[derive(Debug)]
pub struct Plan {
    pub name: String,
    /// What the plan is for.
    pub description: Option<String>,
    /// Path of the plan file as it was given.
    pub file: String,
    /// SHA-256 of the plan, in hexadecimal: of its text, of what it includes, and of the values that its
    /// variables were given from outside, less the secrets.
    pub hash: String,
    pub adapter: AdapterChoice,
    /// How each device under test is recognised, by the name the plan gives it.
    pub devices: BTreeMap<String, DeviceMatch>,
    /// Time limit of the whole run; none: as long as it takes.
    pub timeout: Option<Duration>,
    /// How long the plan's cases are run in rounds, one iteration of each in turn; none: each case by
    /// itself, as it says.
    pub soak: Option<Soak>,
    /// What is done when a case goes on failing; none: nothing.
    pub recovery: Option<Recovery>,
    /// Runs once, before the first case.
    pub setup: Vec<Step>,
    /// Runs once, after the last case, whatever happened before.
    pub teardown: Vec<Step>,
    pub cases: Vec<Case>,
    /// What the run as a whole does not put back.
    pub keep: Keep,
    /// Values that must not appear in any output.
    pub secrets: Vec<String>,
}

/// Something in a plan that runs a command on this machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunsCommand {
    /// What it is, such as `control headset power-off`.
    pub what: String,
    pub place: Place,
}

impl Plan {
    /// What would run a command on this machine if these cases, as indices into the plan's, were run.
    #[must_use]
    pub fn commands(&self, cases: &[usize]) -> Vec<RunsCommand> {
        let mut found = Vec::new();
        for steps in self.lists_of_steps(cases) {
            commands(steps, &mut found);
        }
        if let Some(recovery) = &self.recovery {
            let runs = |rung: &&Rung| matches!(rung, Rung::Reset | Rung::RestartBluez);
            found.extend(recovery.rungs.iter().filter(runs).map(|rung| RunsCommand {
                what: format!("recovery {rung}"),
                place: recovery.place.clone(),
            }));
            commands(&recovery.repair, &mut found);
        }
        found
    }

    /// Whether anything speaks with the kernel past bluetoothd if these cases, as indices into the plan's,
    /// are run.
    #[must_use]
    pub fn asks_kernel(&self, cases: &[usize]) -> bool {
        let mut chosen = cases.iter().filter_map(|index| self.cases.get(*index));
        let repair = self.recovery.iter().map(|recovery| &recovery.repair);
        chosen.any(|case| !case.requires.kernel_settings.is_empty())
            || self.lists_of_steps(cases).chain(repair).any(|steps| asks_kernel(steps))
    }

    /// The steps of the plan itself and of these cases.
    fn lists_of_steps(&self, cases: &[usize]) -> impl Iterator<Item = &Vec<Step>> {
        let chosen = cases.iter().filter_map(|index| self.cases.get(*index));
        let of_cases = chosen.flat_map(|case| [&case.setup, &case.steps, &case.teardown]);
        [&self.setup, &self.teardown].into_iter().chain(of_cases)
    }
}

impl Case {
    /// The devices that its steps name, each once.
    #[must_use]
    pub fn devices(&self) -> Vec<&str> {
        let mut found = Vec::new();
        for steps in [&self.setup, &self.steps, &self.teardown] {
            devices(steps, &mut found);
        }
        found
    }
}

fn devices<'p>(steps: &'p [Step], found: &mut Vec<&'p str>) {
    for step in steps {
        for name in &step.devices {
            if !found.contains(&name.as_str()) {
                found.push(name);
            }
        }
        step.what.inner().iter().for_each(|steps| devices(steps, found));
    }
}

fn asks_kernel(steps: &[Step]) -> bool {
    steps.iter().any(|step| match &step.what {
        What::Do(action) => action.asks_kernel(),
        what => what.inner().iter().any(|steps| asks_kernel(steps)),
    })
}

fn commands(steps: &[Step], found: &mut Vec<RunsCommand>) {
    for step in steps {
        match &step.what {
            What::Do(action) if action.executes() => {
                found.push(RunsCommand { what: action.describe(), place: step.place.clone() });
            }
            what => what.inner().iter().for_each(|steps| commands(steps, found)),
        }
    }
}

/// One case; a case with a matrix stands here once for each combination.
#[derive(Debug)]
pub struct Case {
    /// Unique in the plan; for a matrix, `ID[a=1,b=2]`.
    pub id: String,
    pub title: String,
    pub tags: Vec<String>,
    /// Test cases of the Bluetooth SIG that this case is evidence for.
    pub maps_to: Vec<String>,
    pub requires: Requires,
    /// How often a failing iteration is tried again.
    pub retries: u32,
    /// Time limit of one attempt, its setup and teardown not counted.
    pub timeout: Option<Duration>,
    /// How long it goes on.
    pub soak: Soak,
    /// What is not put back after each attempt.
    pub keep: Keep,
    pub setup: Vec<Step>,
    pub steps: Vec<Step>,
    pub teardown: Vec<Step>,
    pub thresholds: Vec<Threshold>,
    pub place: Place,
}

/// One step with what any step can say.
#[derive(Debug, Clone)]
pub struct Step {
    pub verb: &'static str,
    /// Time limit; none: the verb's own.
    pub timeout: Option<Duration>,
    /// Name of the measure that this step's duration is added to.
    pub measure: Option<String>,
    /// The step passes only if it fails with one of these errors.
    pub expect_error: Option<ExpectedErrors>,
    /// The devices of the plan that it is about, as far as it names any.
    pub devices: Vec<String>,
    pub place: Place,
    pub what: What,
}

/// What a step does.
#[derive(Debug, Clone)]
pub enum What {
    /// One action on the bench.
    Do(Rc<dyn Action>),
    /// A loop round further steps.
    Repeat { times: u64, steps: Vec<Step> },
    /// Further steps as one measure.
    Span(Vec<Step>),
    /// Branches of further steps, at the same time.
    Parallel(Vec<Vec<Step>>),
}

impl What {
    /// The lists of steps within it.
    #[must_use]
    pub fn inner(&self) -> Vec<&[Step]> {
        match self {
            Self::Do(_) => Vec::new(),
            Self::Repeat { steps, .. } | Self::Span(steps) => vec![steps],
            Self::Parallel(branches) => branches.iter().map(Vec::as_slice).collect(),
        }
    }
}
