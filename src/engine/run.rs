//! A whole run: the plan's setup, its cases in order, its teardown.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use tokio::sync::mpsc;
use tokio::time::Instant;

use super::clocks::Clocks;
use super::recovery::Recovering;
use super::requires::skipped;
use super::step::Patience;
use super::turns::{identity, scope};
use super::{Block, Clock, Earlier, Ended, Engine, Stop, blocks};
use crate::bluez::Change;
use crate::event::{Event, Verdict};
use crate::plan::{Plan, Soak};
use crate::recorder::Recorder;
use crate::steps::{Bench, Left};

/// What the command line says of a run.
#[derive(Debug, Clone)]
pub struct Options {
    /// Which cases run, as indices into the plan's.
    pub cases: Vec<usize>,
    /// End the run at the first failure.
    pub fail_fast: bool,
    /// How long the run goes on, instead of what the plan says; see [`blocks`].
    pub soak: Soak,
    /// The bench is the simulator.
    pub simulated: bool,
    /// The wall's clock.
    pub clock: Clock,
    /// Tells the user at once what is no event of the run.
    pub warn: fn(&str),
    /// Of a run that goes on: what its cases came to before, by id.
    pub earlier: BTreeMap<String, Earlier>,
    /// How often its bench was recovered before.
    pub recovered: u64,
    /// What it has left on the bench.
    pub left: Left,
}

impl Options {
    /// What runs, in its order.
    #[must_use]
    pub fn blocks(&self, plan: &Plan) -> Vec<Block> {
        blocks(plan, &self.cases, &self.soak)
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
    let used = Duration::from_micros(recorder.now());
    let deadline = plan.timeout.map(|limit| Instant::now() + limit.saturating_sub(used));
    let mut engine = Engine {
        plan,
        options,
        bench,
        recorder,
        changes: changes.into(),
        beside: super::parallel::AllBeside::default(),
        stop,
        deadline,
        measures: std::cell::RefCell::default(),
        judged: BTreeSet::new(),
        left_to_threshold: std::cell::Cell::default(),
        passed: BTreeSet::new(),
        clocks: (!options.simulated).then(Clocks::of_the_machine),
        recovering: Recovering::after(options.recovered),
    };
    engine.observe(bench.put_back_left(&options.left, plan.keep)).await;
    let setup = Ended::from(engine.steps(&plan.setup, "setup", Patience::Interruptible).await);
    let whole = engine.cases(&setup).await;
    let teardown = engine.put_back(&plan.teardown, plan.keep).await;
    setup.and(whole).and(teardown).verdict
}

impl Engine<'_> {
    /// Every chosen case ends with a verdict, also where it is not run.
    async fn cases(&mut self, setup: &Ended) -> Ended {
        let mut whole = Ended::PASS;
        let blocks = self.options.blocks(self.plan);
        for (at, block) in blocks.iter().enumerate() {
            let later = blocks.get(at + 1..).unwrap_or_default();
            let waits = later.iter().flat_map(|block| block.of(self.plan)).any(|c| self.is_open(c));
            whole = self.block(block, setup, whole, waits).await;
        }
        whole
    }

    /// Why a case cannot begin.
    pub(super) fn reason_not_to_run(&self, setup: &Ended, so_far: &Ended) -> Option<Ended> {
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
    for block in options.blocks(plan) {
        for case in block.of(plan) {
            recorder.enter(scope(case));
            recorder.record(Event::CaseStarted(identity(case, block.soak.iterations(), None)));
            recorder.record(Event::CaseFinished(ended.finished(now)));
        }
    }
    recorder.enter(crate::event::Scope::default());
}
