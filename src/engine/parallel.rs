//! Steps at the same time: branches, each of which runs its steps in order. The first that fails ends the others.
//!
//! All branches are one task. Each has a scope of its own, which is the recorder's while the branch is polled: so
//! whatever a step records belongs to it, and what happens to the bench meanwhile belongs to the branch whose
//! device it is about, or to all of them together.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::future::poll_fn;
use std::pin::Pin;
use std::task::Poll;

use tokio::time::Instant;

use super::Engine;
use super::step::Patience;
use crate::bluez::Change;
use crate::event::{Cause, Event, Finished, Scope, Verdict};
use crate::plan::Step;
use crate::recorder::micros;
use crate::steps::Outcome;

/// A branch that is under way, as whoever records a change needs to know it.
#[derive(Debug)]
struct Beside {
    /// The devices of the plan that are its own.
    devices: BTreeSet<String>,
    /// Its current scope.
    scope: Scope,
}

/// All branches that are under way, by a number that grows.
#[derive(Debug, Default)]
pub(super) struct AllBeside(RefCell<BTreeMap<u64, Beside>>);

impl AllBeside {
    /// Whether steps run at the same time now.
    pub(super) fn is_any(&self) -> bool {
        !self.0.borrow().is_empty()
    }

    /// A branch begins. It is among these until what is returned is dropped, also where it is cut off.
    fn register(&self, devices: BTreeSet<String>, scope: Scope) -> Registered<'_> {
        let mut all = self.0.borrow_mut();
        let number = all.keys().next_back().map_or(0, |last| last.saturating_add(1));
        all.insert(number, Beside { devices, scope });
        Registered { all: self, number }
    }
}

/// That a branch is under way.
struct Registered<'e> {
    all: &'e AllBeside,
    number: u64,
}

impl Registered<'_> {
    /// The branch has come to another scope.
    fn enter(&self, scope: &Scope) {
        if let Some(beside) = self.all.0.borrow_mut().get_mut(&self.number) {
            beside.scope.clone_from(scope);
        }
    }
}

impl Drop for Registered<'_> {
    fn drop(&mut self) {
        self.all.0.borrow_mut().remove(&self.number);
    }
}

/// A branch and its work.
struct Branch<'f> {
    /// How it is called: `a`, `b`, …
    name: String,
    work: Pin<Box<dyn Future<Output = Outcome> + 'f>>,
    outcome: Option<Outcome>,
    registered: Registered<'f>,
    /// Its scope, and since when its current step is at work.
    scope: Scope,
    since: Instant,
    /// What its step saw last.
    last_seen: Option<String>,
}

impl Engine<'_> {
    /// Runs branches at the same time until each has passed or one has not. `place` is that of the step, such as
    /// `steps/3`; those of the branches are `steps/3.a/1`, `steps/3.b/1` and so on.
    pub(super) async fn parallel(
        &self,
        branches: &[Vec<Step>],
        place: &str,
        patience: Patience,
    ) -> Outcome {
        let outer = self.recorder.scope();
        let block = Scope { step: Some(place.to_owned()), ..outer.clone() };
        let is_outermost = !self.beside.is_any();
        let mut lanes = Vec::new();
        for (at, (steps, devices)) in branches.iter().zip(own_devices(branches)).enumerate() {
            let name = name(at);
            let path = format!("{place}.{name}");
            lanes.push(Branch {
                name,
                work: Box::pin(async move { self.steps(steps, &path, patience).await }),
                outcome: None,
                registered: self.beside.register(devices, block.clone()),
                scope: block.clone(),
                since: Instant::now(),
                last_seen: None,
            });
        }
        self.recorder.enter(block);
        let work = poll_fn(|context| {
            for lane in lanes.iter_mut().filter(|lane| lane.outcome.is_none()) {
                self.poll(lane, context);
                if matches!(lane.outcome, Some(Err(_))) {
                    return Poll::Ready(());
                }
            }
            match lanes.iter().all(|lane| lane.outcome.is_some()) {
                true => Poll::Ready(()),
                false => Poll::Pending,
            }
        });
        if is_outermost {
            self.observe_all(work).await;
        } else {
            work.await;
        }
        let outcome = self.came_of(lanes);
        self.recorder.enter(outer);
        outcome
    }

    /// Lets a branch go on as far as it can now, in its own scope.
    fn poll(&self, lane: &mut Branch<'_>, context: &mut std::task::Context<'_>) {
        let around = self.recorder.scope();
        let before = lane.scope.step.clone();
        self.recorder.enter(lane.scope.clone());
        self.bench.swap_last_seen(&mut lane.last_seen);
        if let Poll::Ready(outcome) = lane.work.as_mut().poll(context) {
            lane.outcome = Some(outcome);
        }
        self.bench.swap_last_seen(&mut lane.last_seen);
        lane.scope = self.recorder.scope();
        if lane.scope.step != before {
            lane.since = Instant::now();
            lane.registered.enter(&lane.scope);
        }
        self.recorder.enter(around);
    }

    /// What the branches came to. Those that a failure beside them has cut off say so.
    fn came_of(&self, lanes: Vec<Branch<'_>>) -> Outcome {
        let failed = lanes.iter().find_map(|lane| match &lane.outcome {
            Some(Err(failure)) => Some((lane.name.clone(), failure.clone())),
            _ => None,
        });
        let Some((name, failure)) = failed else { return Ok(()) };
        for lane in lanes.into_iter().filter(|lane| lane.outcome.is_none()) {
            let Branch { work, scope, since, .. } = lane;
            // What it had begun on a device is ended when the bench is put back.
            drop(work);
            if scope.step.is_some() {
                self.recorder.enter(scope);
                self.recorder.record(Event::StepFinished(cut_off(&name, since)));
            }
        }
        Err(failure)
    }

    /// The scope of the branch that a change is about; none: it is about all of them, or there are none.
    pub(super) fn scope_beside(&self, change: &Change) -> Option<Scope> {
        if !self.beside.is_any() {
            return None;
        }
        let devices = self.bench.devices_of(change);
        let beside = self.beside.0.borrow();
        let is_its = |one: &&Beside| devices.iter().any(|device| one.devices.contains(device));
        // Of branches within branches, the inner one has come later.
        let one = beside.values().rev().find(is_its)?;
        one.scope.step.is_some().then(|| one.scope.clone())
    }
}

/// How the step of a branch ended that was cut off because of another branch.
fn cut_off(by: &str, since: Instant) -> Finished {
    let cause = Cause {
        kind: "cancelled".to_owned(),
        message: format!("branch {by}, which ran at the same time, failed"),
        ..Cause::default()
    };
    Finished {
        verdict: Verdict::Skip,
        took_us: micros(since.elapsed()),
        cause: Some(cause),
        left_to_threshold: false,
    }
}

/// The name of a branch by its place: `a`, `b`, …; a plan has no more than letters.
fn name(at: usize) -> String {
    let letter = u8::try_from(at).ok().and_then(|at| b'a'.checked_add(at));
    letter.map_or_else(|| at.to_string(), |letter| char::from(letter).to_string())
}

/// The devices that the steps of each branch name, less those that another branch names too.
fn own_devices(branches: &[Vec<Step>]) -> Vec<BTreeSet<String>> {
    let all: Vec<BTreeSet<String>> = branches.iter().map(|steps| devices(steps)).collect();
    let is_of_one = |device: &&String| all.iter().filter(|of| of.contains(*device)).count() == 1;
    all.iter().map(|of| of.iter().filter(is_of_one).cloned().collect()).collect()
}

/// The devices of the plan that steps name, with those in loops.
fn devices(steps: &[Step]) -> BTreeSet<String> {
    let mut all = BTreeSet::new();
    for step in steps {
        all.extend(step.devices.iter().cloned());
        step.what.inner().iter().for_each(|steps| all.extend(devices(steps)));
    }
    all
}
