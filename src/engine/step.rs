//! One step: its time limit, its measure, the error that it may be meant to give.

use std::time::Duration;

use tokio::time::{Instant, timeout};

use super::Engine;
use crate::event::{Event, StepIdentity, Verdict};
use crate::plan::{Step, What};
use crate::recorder::micros;
use crate::steps::{Action, CONTROL_FAILED, Failure, Outcome};

/// Whether a request to stop, or the run's time limit, cuts a step off.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Patience {
    /// It does.
    Interruptible,
    /// It does not: teardown is done to its end, each step within its own limit.
    Unmoved,
}

impl Engine<'_> {
    /// Runs steps in order until one does not pass. `place` is where they stand, such as `steps`.
    pub(super) async fn steps(&self, steps: &[Step], place: &str, patience: Patience) -> Outcome {
        for (index, step) in steps.iter().enumerate() {
            let place = format!("{place}/{}", index + 1);
            Box::pin(self.step(step, &place, patience)).await?;
        }
        Ok(())
    }

    pub(super) async fn step(&self, step: &Step, place: &str, patience: Patience) -> Outcome {
        match &step.what {
            What::Do(action) => self.action(step, &**action, place, patience).await,
            What::Repeat { times, steps } => {
                for round in 1..=*times {
                    let start = Instant::now();
                    let outcome = self.steps(steps, &format!("{place}.{round}"), patience).await;
                    self.measured(step, start, &outcome);
                    outcome?;
                }
                Ok(())
            }
            What::Span(steps) => {
                let start = Instant::now();
                let outcome = self.steps(steps, place, patience).await;
                self.measured(step, start, &outcome);
                outcome
            }
            What::Parallel(branches) => {
                let start = Instant::now();
                let outcome = self.parallel(branches, place, patience).await;
                self.measured(step, start, &outcome);
                outcome
            }
        }
    }

    async fn action(
        &self,
        step: &Step,
        action: &dyn Action,
        place: &str,
        patience: Patience,
    ) -> Outcome {
        let mut scope = self.recorder.scope();
        scope.step = Some(place.to_owned());
        self.recorder.enter(scope.clone());
        let text = action.describe();
        let identity = StepIdentity {
            verb: step.verb.to_owned(),
            text: text.clone(),
            place: step.place.clone(),
        };
        self.recorder.record(Event::StepStarted(identity));
        let start = Instant::now();
        let since = crate::mgmt::capture::live::now();
        let limit = step.timeout.unwrap_or_else(|| action.limit());
        let outcome = self.within(limit, action, patience).await;
        let outcome = match as_expected(step, outcome) {
            Ok(()) => Ok(()),
            Err(failure) => {
                let mut failure = match action.runs_command() {
                    true => of_command(failure),
                    false => self.observe(self.bench.explained(failure)).await,
                };
                failure.cause.step = Some(text);
                failure.cause.hci = self.bench.hci_since(since);
                Err(failure)
            }
        };
        self.measured(step, start, &outcome);
        let ended = super::Ended::from(outcome.clone());
        self.recorder.record(Event::StepFinished(ended.finished(start)));
        scope.step = None;
        self.recorder.enter(scope);
        outcome
    }

    async fn within(&self, limit: Duration, action: &dyn Action, patience: Patience) -> Outcome {
        if patience == Patience::Interruptible
            && let Some(early) = self.ends_early()
        {
            return Err(early);
        }
        let bench = self.bench;
        bench.take_last_seen();
        let stop = self.stop.clone();
        let deadline = self.deadline.filter(|_| patience == Patience::Interruptible);
        let work = async {
            tokio::select! {
                biased;
                outcome = timeout(limit, action.run(bench)) => Some(outcome),
                _ = stop.requested(), if patience == Patience::Interruptible => None,
                () = until(deadline) => None,
                () = bench.watch_life() => None,
            }
        };
        match self.observe(work).await {
            Some(Ok(outcome)) => outcome,
            Some(Err(_)) => Err(late(limit).seen(bench.take_last_seen())),
            None => Err(self.ends_early().unwrap_or_else(|| late(limit))),
        }
    }

    fn measured(&self, step: &Step, start: Instant, outcome: &Outcome) {
        if let Some(name) = &step.measure {
            self.count(
                name,
                start,
                outcome.as_ref().map_or_else(|f| f.verdict, |()| Verdict::Pass),
            );
        }
    }

    /// Adds a try to a measure. One in which the bench failed says nothing about the device, and is none.
    pub(super) fn count(&self, measure: &str, start: Instant, verdict: Verdict) {
        let ok = match verdict {
            Verdict::Pass => true,
            Verdict::Fail => false,
            Verdict::Inconclusive | Verdict::Skip => return,
        };
        let us = micros(start.elapsed());
        self.measures.borrow_mut().entry(measure.to_owned()).or_default().record(us, ok);
        self.recorder.record(Event::Measured { name: measure.to_owned(), us, ok });
        if !ok && self.judged.contains(measure) {
            self.left_to_threshold.set(true);
        }
    }
}

async fn until(deadline: Option<Instant>) {
    match deadline {
        Some(deadline) => tokio::time::sleep_until(deadline).await,
        None => std::future::pending().await,
    }
}

fn late(limit: Duration) -> Failure {
    let limit = crate::plan::Span(limit);
    Failure::fail(
        "time-limit",
        format!("the step did not end within {limit}"),
        "give the step a longer `timeout` if the device may take that long",
    )
}

/// A command of the bench that did not end in time is the bench's failure.
fn of_command(mut failure: Failure) -> Failure {
    if failure.verdict == Verdict::Fail {
        failure.verdict = Verdict::Inconclusive;
        failure.cause.kind = CONTROL_FAILED.to_owned();
    }
    failure
}

/// Turns the outcome round where the plan wants an error.
fn as_expected(step: &Step, outcome: Outcome) -> Outcome {
    let Some(wanted) = &step.expect_error else { return outcome };
    match outcome {
        Ok(()) => Err(Failure::unmet(
            "the step passed where it was to fail",
            format!("the error {wanted}"),
            "no error",
        )),
        Err(failure) if failure.error.is_some_and(|kind| wanted.include(kind)) => Ok(()),
        // The bench failed, or time ran out: what the plan expects was never put to the test.
        Err(failure) if failure.verdict != Verdict::Fail => Err(failure),
        Err(mut failure) => {
            failure.cause.expected = Some(format!("the error {wanted}"));
            failure.cause.seen.get_or_insert_with(|| failure.cause.kind.clone());
            Err(failure)
        }
    }
}
