//! Recovery: what the plan wants done about a case that goes on failing.
//!
//! It takes place between iterations and belongs to none: what it changes on the bench, such as a bond
//! that is made anew, lasts until the run ends, and is put back then.

use std::collections::BTreeMap;

use tokio::time::{Instant, timeout};

use super::step::Patience;
use super::turns::scope;
use super::{Ended, Engine};
use crate::event::{Event, Recovery, Verdict};
use crate::plan::{self, Case, DeviceName, Rung, Span};
use crate::recorder::micros;
use crate::steps::{Failure, Outcome};

/// What the steps of `repair` are called in the journal.
const REPAIR: &str = "repair";

/// How much recovery there was.
#[derive(Debug, Default)]
pub(super) struct Recovering {
    /// How many iterations in a row have not passed, by the id of the case.
    failed: BTreeMap<String, u64>,
    /// How often a rung was used. One use may be for several devices, and with `forget` goes `repair`.
    used: u64,
    /// Something of the use that is under way was told.
    told: bool,
    /// One more was needed than the plan allows.
    exhausted: bool,
}

impl Recovering {
    /// In a run that goes on, after so many uses.
    pub(super) fn after(used: u64) -> Self {
        Self { used, ..Self::default() }
    }

    /// Why the run cannot go on, where recovery has come to its limit.
    pub(super) fn ends_run(&self) -> Option<Failure> {
        self.exhausted.then(|| {
            let message =
                format!("the bench was recovered {} times, and needs it again", self.used);
            let hint = "see what the recoveries have in common, or raise `limit` in [recovery]";
            Failure::bench("recovery-limit", message, hint)
        })
    }
}

impl Engine<'_> {
    /// Does what the plan's `[recovery]` says after an iteration that ended so.
    pub(super) async fn recover(&mut self, case: &Case, ended: &Ended) {
        let Some(policy) = &self.plan.recovery else { return };
        let failed = self.recovering.failed.entry(case.id.clone()).or_default();
        match ended.verdict {
            Verdict::Pass => *failed = 0,
            Verdict::Skip => return,
            Verdict::Fail | Verdict::Inconclusive => *failed += 1,
        }
        let Some(rung) = policy.rung(*failed).filter(|_| self.ends_early().is_none()) else {
            return;
        };
        if self.recovering.used >= policy.limit {
            self.recovering.exhausted = true;
            return;
        }
        self.recovering.used += 1;
        self.recovering.told = false;
        self.recorder.enter(scope(case));
        let because = ended.cause.as_ref().map(|cause| cause.kind.clone()).unwrap_or_default();
        self.climb(policy, rung, case, &because).await;
    }

    async fn climb(&mut self, policy: &plan::Recovery, rung: Rung, case: &Case, because: &str) {
        let bench = self.bench;
        let word = rung.as_str();
        let devices = self.devices_for(rung, case);
        if devices.is_empty() && matches!(rung, Rung::Reset | Rung::Forget) {
            let nobody = format!("no device of the case's steps can be recovered by `{rung}`");
            let failure =
                Failure::bench("no-device", nobody, "name the device in a step of the case");
            self.recovered(word, None, because, Instant::now(), Err(failure));
        }
        match rung {
            Rung::Wait => {
                let start = Instant::now();
                let outcome = self.unless_stopped(bench.there_within(policy.wait)).await;
                self.recovered(word, None, because, start, outcome);
            }
            Rung::PowerCycle => {
                let start = Instant::now();
                let outcome = self.limited(policy, bench.power_cycle()).await;
                self.recovered(word, None, because, start, outcome);
            }
            Rung::RestartBluez => {
                let Some(command) = &policy.restart_bluez else { return };
                let start = Instant::now();
                let restart = async {
                    bench.run_command(command, word, None).await?;
                    bench.there_within(policy.wait).await
                };
                let outcome = self.limited(policy, restart).await;
                self.recovered(word, None, because, start, outcome);
            }
            Rung::Reset => {
                for device in devices {
                    let start = Instant::now();
                    let outcome = self.limited(policy, bench.control(&device, plan::RESET)).await;
                    self.recovered(word, Some(&device), because, start, outcome);
                }
            }
            Rung::Forget => {
                for device in devices {
                    let start = Instant::now();
                    let outcome = self.limited(policy, bench.forget(&device)).await;
                    self.recovered(word, Some(&device), because, start, outcome);
                }
                self.repair(policy, because).await;
            }
        }
    }

    /// The devices of the case that a rung is for.
    fn devices_for(&self, rung: Rung, case: &Case) -> Vec<DeviceName> {
        let named = case.devices().into_iter().map(|name| DeviceName(name.to_owned()));
        let has_reset = |device: &DeviceName| self.bench.has_command(device, plan::RESET);
        named.filter(|device| rung != Rung::Reset || has_reset(device)).collect()
    }

    async fn repair(&mut self, policy: &plan::Recovery, because: &str) {
        if policy.repair.is_empty() {
            return;
        }
        let start = Instant::now();
        let inside = self.recorder.scope();
        let steps = self.steps(&policy.repair, REPAIR, Patience::Interruptible);
        let outcome = timeout(policy.within, steps).await.unwrap_or_else(|_| Err(late(policy)));
        self.recorder.enter(inside);
        self.recovered(REPAIR, None, because, start, outcome);
    }

    /// Does something within the limit of a rung.
    async fn limited(
        &mut self,
        policy: &plan::Recovery,
        work: impl Future<Output = Outcome>,
    ) -> Outcome {
        let limited =
            async { timeout(policy.within, work).await.unwrap_or_else(|_| Err(late(policy))) };
        self.unless_stopped(limited).await
    }

    async fn unless_stopped(&mut self, work: impl Future<Output = Outcome>) -> Outcome {
        let stop = self.stop.clone();
        let either = async {
            tokio::select! {
                biased;
                signal = stop.requested() => {
                    let message = format!("the run was interrupted by {signal}");
                    Err(Failure::bench("interrupted", message, "run it again"))
                }
                outcome = work => outcome,
            }
        };
        self.observe(either).await
    }

    fn recovered(
        &mut self,
        rung: &str,
        device: Option<&DeviceName>,
        because: &str,
        start: Instant,
        outcome: Outcome,
    ) {
        let further = std::mem::replace(&mut self.recovering.told, true);
        self.recorder.record(Event::Recovered(Recovery {
            rung: rung.to_owned(),
            further,
            device: device.map(|device| device.0.clone()),
            because: because.to_owned(),
            took_us: micros(start.elapsed()),
            error: outcome.err().map(|failure| failure.cause.message),
        }));
    }
}

fn late(policy: &plan::Recovery) -> Failure {
    let message = format!("it was not done within {}", Span(policy.within));
    Failure::bench("time-limit", message, "raise `within` in [recovery]")
}
