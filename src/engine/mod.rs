//! The engine: runs the cases of a plan on a bench, and puts out events.
//!
//! From outside in: a run has blocks, a block cases that take turns, a case iterations, an iteration
//! attempts, an attempt steps. Each level is a file, and each reads as what it does. Nothing here knows of
//! TOML, XML or the bus.

mod anew;
mod attempt;
mod block;
mod blocks;
mod clock;
mod clocks;
mod earlier;
mod evaluation;
mod iteration;
mod limit;
mod parallel;
mod recovery;
mod requires;
mod run;
mod step;
mod stop;
mod threshold;
mod turns;

pub use blocks::{Block, blocks};
pub use clock::Clock;
pub use earlier::Earlier;
pub use run::{Options, cannot_run, run};
pub use stop::{Signal, Stop};

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet};

use tokio::sync::mpsc;
use tokio::time::Instant;

use self::clocks::Clocks;
use self::recovery::Recovering;
use crate::bluez::Change;
use crate::event::{Cause, Finished, Verdict};
use crate::plan::Plan;
use crate::recorder::{Recorder, micros};
use crate::stats::Statistics;
use crate::steps::{Bench, Failure};

/// What the levels share while a run goes on.
struct Engine<'a> {
    plan: &'a Plan,
    options: &'a Options,
    bench: &'a Bench,
    recorder: &'a Recorder,
    /// What BlueZ's tree does meanwhile. Read while anything is awaited, so that it is recorded in its
    /// place.
    changes: RefCell<mpsc::UnboundedReceiver<Change>>,
    /// The branches of steps that run at the same time now.
    beside: parallel::AllBeside,
    stop: Stop,
    /// When the whole run must be over.
    deadline: Option<Instant>,
    /// What the case whose turn it is has measured, by the name of the measure.
    measures: RefCell<BTreeMap<String, Statistics>>,
    /// The measures of that case whose success rate a threshold judges.
    judged: BTreeSet<String>,
    /// The attempt failed in what such a measure has counted.
    left_to_threshold: Cell<bool>,
    /// Ids of the cases that have passed, or whose latest iteration has, for those that require them.
    passed: BTreeSet<String>,
    /// The machine's clocks; none where time is the simulator's.
    clocks: Option<Clocks>,
    recovering: Recovering,
}

impl Engine<'_> {
    /// Awaits something, and records meanwhile what happens to the bench. Within a branch of parallel steps that is
    /// done round all of them.
    async fn observe<T>(&self, work: impl Future<Output = T>) -> T {
        if self.beside.is_any() {
            return work.await;
        }
        self.observe_all(work).await
    }

    async fn observe_all<T>(&self, work: impl Future<Output = T>) -> T {
        tokio::pin!(work);
        let result = loop {
            tokio::select! {
                biased;
                Some(change) = self.next_change() => self.saw(change),
                told = self.bench.kernel_told() => self.recorder.record(told),
                told = self.bench.hci_told() => self.recorder.record(told),
                result = &mut work => break result,
            }
        };
        while let Some(change) = self.change_by_now() {
            self.saw(change);
        }
        result
    }

    /// The receiver is borrowed for each look and never across a wait.
    async fn next_change(&self) -> Option<Change> {
        std::future::poll_fn(|context| self.changes.borrow_mut().poll_recv(context)).await
    }

    fn change_by_now(&self) -> Option<Change> {
        self.changes.borrow_mut().try_recv().ok()
    }

    /// Records a change; where several steps are at work, in the scope of the one that it is about.
    fn saw(&self, change: Change) {
        let around = self.recorder.scope();
        if let Some(scope) = self.scope_beside(&change) {
            self.recorder.enter(scope);
        }
        self.bench.observe(change);
        self.recorder.enter(around);
    }

    /// Whether the run is to end early, and why.
    fn ends_early(&self) -> Option<Failure> {
        if let Some(signal) = self.stop.signal() {
            return Some(Failure::bench(
                "interrupted",
                format!("the run was interrupted by {signal}"),
                "run it again",
            ));
        }
        if let Some(exhausted) = self.recovering.ends_run() {
            return Some(exhausted);
        }
        let over = self.deadline.is_some_and(|deadline| Instant::now() >= deadline);
        over.then(|| {
            Failure::bench(
                "time-limit",
                "the time limit of the run was reached",
                "raise the plan's `timeout`",
            )
        })
    }
}

/// A verdict with its reason.
#[derive(Debug, Clone, PartialEq)]
struct Ended {
    verdict: Verdict,
    cause: Option<Cause>,
}

impl Ended {
    const PASS: Self = Self { verdict: Verdict::Pass, cause: None };

    /// The heavier of two; the earlier one where they weigh the same.
    fn and(self, later: Self) -> Self {
        if later.verdict > self.verdict { later } else { self }
    }

    /// With what is known afterwards of the bench at that time.
    fn explained_by(self, bench: &Bench, at: Instant) -> Self {
        match self.cause {
            None => self,
            Some(cause) => {
                let failure =
                    Failure { verdict: self.verdict, cause: Box::new(cause), error: None };
                bench.explained_afterwards(failure, at).into()
            }
        }
    }

    fn finished(&self, since: Instant) -> Finished {
        Finished {
            verdict: self.verdict,
            took_us: micros(since.elapsed()),
            cause: self.cause.clone(),
            left_to_threshold: false,
        }
    }
}

impl From<Failure> for Ended {
    fn from(failure: Failure) -> Self {
        Self { verdict: failure.verdict, cause: Some(*failure.cause) }
    }
}

impl From<Result<(), Failure>> for Ended {
    fn from(outcome: Result<(), Failure>) -> Self {
        outcome.map_or_else(Self::from, |()| Self::PASS)
    }
}
