//! The passkeys and PINs that stand in the steps of a plan, without being marked as secrets.

use super::{Case, Step, What};

/// One that is shorter may stand anywhere by chance, as 0000 does in every UUID: it is told nowhere where it is
/// known to be one, but it is not struck out of every text.
const SHORTEST: usize = 6;

/// All of them, each once.
pub(super) fn of(setup: &[Step], cases: &[Case], teardown: &[Step]) -> Vec<String> {
    let mut found = Vec::new();
    let of_cases = cases.iter().flat_map(|case| [&case.setup, &case.steps, &case.teardown]);
    for steps in [setup, teardown].into_iter().chain(of_cases.map(Vec::as_slice)) {
        collect(steps, &mut found);
    }
    found.retain(|secret| secret.len() >= SHORTEST);
    found.sort();
    found.dedup();
    found
}

fn collect(steps: &[Step], found: &mut Vec<String>) {
    for step in steps {
        match &step.what {
            What::Do(action) => found.extend(action.secrets()),
            what => what.inner().iter().for_each(|steps| collect(steps, found)),
        }
    }
}
