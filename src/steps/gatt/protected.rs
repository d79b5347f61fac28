//! An attribute that may want an encrypted link: what reading, writing and subscribing have in common.

use std::time::Duration;

use super::super::pair::OnDemand;
use super::super::{Bench, Outcome};
use super::target::{Found, Target};

/// Which attribute a step uses, and how it answers where BlueZ pairs for that.
#[derive(Debug)]
pub(super) struct Protected {
    pub(super) target: Target,
    pub(super) pair: Option<OnDemand>,
}

impl Protected {
    /// The step's own time limit: a device may take 30 s over a pairing (Vol 3, Part H, 3.4), and the people at both
    /// ends before it.
    pub(super) fn limit(&self) -> Duration {
        Duration::from_secs(if self.pair.is_some() { 65 } else { 30 })
    }

    /// Whether a command is run.
    pub(super) fn executes(&self) -> bool {
        self.pair.as_ref().is_some_and(OnDemand::executes)
    }

    /// What of it may appear in no output.
    pub(super) fn secrets(&self) -> Vec<String> {
        self.pair.as_ref().map(OnDemand::secrets).unwrap_or_default()
    }

    /// Uses the attribute, and answers what BlueZ asks meanwhile if the plan says how.
    pub(super) async fn used<T>(
        &self,
        bench: &Bench,
        found: &Found,
        work: impl Future<Output = Outcome<T>>,
    ) -> Outcome<T> {
        match &self.pair {
            None => work.await,
            Some(pair) => pair.during(bench, &self.target.device, &found.device, work).await,
        }
    }
}
