//! Why attempts did not pass, grouped, so that a night of failures reads as a few lines.

use super::{FailedStep, Failure, Times};
use crate::event::Verdict;

/// How many groups are kept for a case; causes beyond them are only counted.
const GROUPS: usize = 64;

/// The causes of a case, in the order in which they first occurred.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Causes {
    pub groups: Vec<CauseGroup>,
    /// How many failures fit none of the groups that are kept.
    pub others: u64,
}

/// Failures of one kind at one step; of the device's, in one state. With the bench it is mere chance how far its
/// picture of the device had come when it failed.
#[derive(Debug, Clone, PartialEq)]
pub struct CauseGroup {
    /// The step's path without the rounds of its loops; empty where no step failed.
    pub step: String,
    /// The step in a few words.
    pub text: String,
    /// See [`crate::event::Cause::kind`].
    pub kind: String,
    pub verdict: Verdict,
    /// See [`Failure::state`]: what all of them have in common.
    pub state: Vec<String>,
    /// The sentence of the first of them.
    pub message: String,
    /// How many attempts.
    pub count: u64,
    /// How many of those belong to an iteration that passed in the end.
    pub flaky: u64,
    pub first: Occurrence,
    pub last: Occurrence,
    /// When all of them occurred.
    pub when: Times,
}

/// When a cause occurred.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Occurrence {
    pub iteration: u64,
    /// Microseconds since the start of the run.
    pub at: u64,
}

impl CauseGroup {
    /// Whether the failure is one of these.
    #[must_use]
    pub fn has(&self, failure: &Failure) -> bool {
        let step = failure.step.as_ref().map_or_else(String::new, FailedStep::in_plan);
        let state = self.verdict == Verdict::Inconclusive || self.state == failure.state;
        self.kind == failure.cause.kind
            && self.verdict == failure.verdict
            && self.step == step
            && state
    }
}

impl Causes {
    /// Counts a failure whose iteration has ended; says whether it is the first of a group.
    pub(super) fn add(&mut self, failure: &Failure, flaky: bool) -> bool {
        let step = failure.step.as_ref();
        let path = step.map_or_else(String::new, FailedStep::in_plan);
        let now = Occurrence { iteration: failure.iteration, at: failure.at };
        let kind = &failure.cause.kind;
        if let Some(group) = self.groups.iter_mut().find(|group| group.has(failure)) {
            group.state.retain(|known| failure.state.contains(known));
            group.count += 1;
            group.flaky += u64::from(flaky);
            group.last = now;
            group.when.add(failure.at);
            return false;
        }
        if self.groups.len() < GROUPS {
            let mut when = Times::default();
            when.add(failure.at);
            self.groups.push(CauseGroup {
                step: path,
                text: step.map_or_else(String::new, |step| step.identity.text.clone()),
                kind: kind.clone(),
                verdict: failure.verdict,
                state: failure.state.clone(),
                message: failure.cause.message.clone(),
                count: 1,
                flaky: u64::from(flaky),
                first: now,
                last: now,
                when,
            });
            return true;
        }
        self.others += 1;
        false
    }

    /// How many failures there are in all groups.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.groups.iter().map(|group| group.count).sum::<u64>() + self.others
    }
}
