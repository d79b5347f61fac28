//! A whole run: the plan's setup, its cases in order, its teardown.

use std::collections::{BTreeMap, BTreeSet};

use tokio::sync::mpsc;
use tokio::time::Instant;

use super::requires::skipped;
use super::step::Patience;
use super::{Ended, Engine, Stop};
use crate::bluez::Change;
use crate::event::{Event, Verdict};
use crate::plan::{Case, Plan};
use crate::recorder::Recorder;
use crate::steps::Bench;

/// What the command line says of a run.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// Which cases run, as indices into the plan's.
    pub cases: Vec<usize>,
    /// End the run at the first failure.
    pub fail_fast: bool,
    /// Iterations of each case, instead of what the plan says.
    pub repeat: Option<u64>,
    /// The bench is the simulator.
    pub simulated: bool,
}

impl Options {
    /// How many iterations of a case run.
    #[must_use]
    pub fn iterations(&self, case: &Case) -> u64 {
        self.repeat.or(case.soak.repeat).unwrap_or(1)
    }
}

/// Runs the chosen cases of a plan and gives the heaviest verdict. Everything else is in the events.
///
/// The bench must have a scope already, in which it was prepared; it is left at the end.
pub async fn run(
    plan: &Plan,
    options: &Options,
    bench: &Bench,
    recorder: &Recorder,
    changes: mpsc::UnboundedReceiver<Change>,
    stop: Stop,
) -> Verdict {
    let deadline = plan.timeout.map(|limit| Instant::now() + limit);
    let mut engine = Engine {
        plan,
        options,
        bench,
        recorder,
        changes,
        stop,
        deadline,
        measures: BTreeMap::new(),
        passed: BTreeSet::new(),
    };
    let setup = Ended::from(engine.steps(&plan.setup, "setup", Patience::Interruptible).await);
    let whole = engine.cases(&setup).await;
    let teardown = engine.put_back(&plan.teardown, plan.keep).await;
    setup.and(whole).and(teardown).verdict
}

impl Engine<'_> {
    /// Every chosen case ends with a verdict, also where it is not run.
    async fn cases(&mut self, setup: &Ended) -> Ended {
        let mut whole = Ended::PASS;
        let plan = self.plan;
        for case in self.options.cases.iter().filter_map(|index| plan.cases.get(*index)) {
            let not_run = self.reason_not_to_run(setup, &whole);
            let ended = self.case(case, not_run).await;
            if ended.verdict == Verdict::Pass {
                self.passed.insert(case.id.clone());
            }
            whole = whole.and(ended);
        }
        whole
    }

    fn reason_not_to_run(&self, setup: &Ended, so_far: &Ended) -> Option<Ended> {
        if let Some(signal) = self.stop.signal() {
            return Some(skipped("interrupted", format!("the run was interrupted by {signal}")));
        }
        if setup.verdict > Verdict::Skip {
            let cause = setup.cause.clone().map(|mut cause| {
                cause.message = format!("the plan's setup did not pass: {}", cause.message);
                cause
            });
            return Some(Ended { verdict: Verdict::Inconclusive, cause });
        }
        if self.options.fail_fast && so_far.verdict == Verdict::Fail {
            return Some(skipped("fail-fast", "a case before it failed".to_owned()));
        }
        self.ends_early().map(Ended::from)
    }
}

/// Records that no case can run, because the bench cannot: each is inconclusive for the same reason.
pub fn cannot_run(
    plan: &Plan,
    options: &Options,
    recorder: &Recorder,
    failure: &crate::steps::Failure,
) {
    let ended = Ended::from(failure.clone());
    let now = Instant::now();
    for case in options.cases.iter().filter_map(|index| plan.cases.get(*index)) {
        recorder.enter(super::case::scope(case));
        recorder.record(Event::CaseStarted(super::case::identity(case, options.iterations(case))));
        recorder.record(Event::CaseFinished(ended.finished(now)));
    }
    recorder.enter(crate::event::Scope::default());
}
