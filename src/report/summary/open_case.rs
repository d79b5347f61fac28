//! What is under way while records are folded: the iteration, the attempt, the steps of a case.

use super::resume::is_cut_short;
use super::{Case, FailedStep, Failure, Outcome, Slow, Trace, slow, state::State, trace::Recent};
use crate::event::{Cause, Finished, Record, StepIdentity, Verdict};

/// How deep steps may be nested; what is deeper is not remembered as under way.
const DEEPEST: usize = 64;

/// The part of a case that has begun and not ended.
#[derive(Debug, Clone, Default)]
pub(super) struct Underway {
    pub(super) iteration: u64,
    pub(super) attempt: u32,
    /// The iteration is one more than the case was to have.
    pub(super) anew: bool,
    /// When the attempt began, in microseconds since the start of the run.
    attempt_started: u64,
    /// The steps that have begun and not ended, outermost first.
    steps: Vec<OpenStep>,
    /// The first step of the attempt that failed.
    failed: Option<Failed>,
    /// The step that ended last, in words.
    pub(super) ended: Option<String>,
    /// The failed attempts of the iteration.
    pub(super) attempts: Vec<Failure>,
    pub(super) recent: Recent,
    pub(super) state: State,
}

/// A step that failed, and how things stood then: the teardown after it changes them.
#[derive(Debug, Clone)]
struct Failed {
    step: FailedStep,
    cause: Option<Cause>,
    state: Vec<String>,
    before: Vec<Trace>,
}

#[derive(Debug, Clone)]
struct OpenStep {
    path: String,
    identity: StepIdentity,
    started: u64,
}

impl Underway {
    /// Forgets everything but how things stand, and what happened last.
    pub(super) fn turn_to_another_case(&mut self) {
        let (state, recent) = (std::mem::take(&mut self.state), std::mem::take(&mut self.recent));
        *self = Self { state, recent, ..Self::default() };
    }

    pub(super) fn start_iteration(&mut self, record: &Record) {
        self.iteration = record.scope.iteration.unwrap_or(self.iteration.saturating_add(1));
        self.anew = false;
        self.attempts.clear();
        self.start_attempt(record);
        self.recent.start_iteration();
        self.attempt = 0;
    }

    pub(super) fn start_attempt(&mut self, record: &Record) {
        self.attempt = record.scope.attempt.unwrap_or(self.attempt.saturating_add(1));
        self.attempt_started = record.t;
        self.recent.start_attempt();
        self.steps.clear();
        self.failed = None;
    }

    pub(super) fn start_step(&mut self, record: &Record, identity: &StepIdentity) {
        if self.steps.is_empty() && record.scope.case.is_none() {
            // The plan's own setup and teardown have no attempts: each step stands for itself.
            self.failed = None;
            self.attempt_started = record.t;
            self.recent.start_attempt();
        }
        if self.steps.len() < DEEPEST {
            self.steps.push(OpenStep {
                path: record.scope.step.clone().unwrap_or_default(),
                identity: identity.clone(),
                started: record.t,
            });
        }
    }

    /// Takes the step from those under way; remembers it if it is the first that failed.
    pub(super) fn end_step(&mut self, record: &Record, finished: &Finished) {
        let path = record.scope.step.as_deref().unwrap_or_default();
        let Some(at) = self.steps.iter().rposition(|step| step.path == path) else {
            return;
        };
        // With those within it; steps that run at the same time stay.
        let step = self.steps.remove(at);
        self.steps.retain(|other| !other.path.starts_with(&format!("{path}.")));
        if self.failed.is_none() && is_failure(finished.verdict) {
            let cause = finished.cause.clone();
            self.failed = Some(self.at(step.clone().ended(record.t), cause));
        }
        self.ended = Some(step.identity.text);
    }

    /// Ends the attempt; if it did not pass, it waits for its iteration to end.
    pub(super) fn end_attempt(&mut self, record: &Record, finished: &Finished) {
        if is_failure(finished.verdict) {
            let failure = self.failure(record.t, finished);
            self.attempts.push(failure);
        }
        self.failed = None;
        self.steps.clear();
    }

    /// The attempt as a failure: its own cause, or that of its step; the step that failed first, or
    /// the one that was under way when the time was up.
    pub(super) fn failure(&self, now: u64, finished: &Finished) -> Failure {
        let under_way = || self.steps.last().map(|step| self.at(step.clone().ended(now), None));
        let failed = self.failed.clone().or_else(under_way);
        let (step, of_step, state, before) = match failed {
            Some(Failed { step, cause, state, before }) => (Some(step), cause, state, before),
            None => (None, None, self.state.about(""), self.recent.about(None)),
        };
        let cause = finished.cause.clone().or(of_step);
        Failure {
            iteration: self.iteration,
            attempt: self.attempt,
            verdict: finished.verdict,
            cause: cause.unwrap_or_else(unexplained),
            before,
            state,
            step,
            at: now,
            took_us: match finished.took_us {
                0 => now.saturating_sub(self.attempt_started),
                us => us,
            },
            outcome: None,
            capture: None,
        }
    }

    /// The HCI capture of the attempt that ended last was kept.
    pub(super) fn captured(&mut self, file: &str) {
        if let Some(failure) = self.attempts.last_mut() {
            failure.capture = Some(file.to_owned());
        }
    }

    fn at(&self, step: FailedStep, cause: Option<Cause>) -> Failed {
        let state = self.state.about(&step.identity.text);
        let before = self.recent.about(Some(&step));
        Failed { step, cause, state, before }
    }

    /// Ends the iteration: settles its failed attempts and counts them for the case.
    pub(super) fn end_iteration(&mut self, case: &mut Case, record: &Record, finished: &Finished) {
        let cut_short = is_cut_short(finished.cause.as_ref());
        case.count(record.t, finished.took_us, finished.verdict, cut_short);
        if finished.verdict == Verdict::Pass {
            slow::add(&mut case.slowest, finished.took_us, || Slow {
                iteration: self.iteration,
                took_us: finished.took_us,
                at: record.t,
                trace: self.recent.of_iteration(),
            });
        }
        let mut failures = std::mem::take(&mut self.attempts);
        if is_failure(finished.verdict) {
            // The attempts that are known, less the last if it is the one that decided.
            if failures.last().is_none_or(|last| last.attempt < self.attempt) {
                failures.push(self.failure(record.t, finished));
            }
        } else if !failures.is_empty() && finished.verdict == Verdict::Pass {
            case.flaky += 1;
        }
        let last = failures.len().saturating_sub(1);
        for (at, mut failure) in failures.into_iter().enumerate() {
            let outcome = match is_failure(finished.verdict) {
                false => Outcome::Flaky,
                true if at == last => Outcome::Decided,
                true => Outcome::Retried,
            };
            failure.outcome = Some(outcome);
            // Somebody ended the run: nothing failed by that.
            let counts = !is_cut_short(Some(&failure.cause));
            if counts && case.causes.add(&failure, outcome == Outcome::Flaky) {
                case.make_room();
            }
            case.keep(failure);
        }
    }

    /// Whether a step began that has not ended.
    pub(super) fn is_within_a_step(&self) -> bool {
        !self.steps.is_empty()
    }
}

impl OpenStep {
    fn ended(self, now: u64) -> FailedStep {
        FailedStep { path: self.path, identity: self.identity, started: self.started, ended: now }
    }
}

/// Whether the verdict says that something went wrong.
pub(super) fn is_failure(verdict: Verdict) -> bool {
    matches!(verdict, Verdict::Fail | Verdict::Inconclusive)
}

/// What stands where the journal gives no cause.
fn unexplained() -> Cause {
    Cause {
        kind: "unexplained".to_owned(),
        message: "the journal does not say why".to_owned(),
        ..Cause::default()
    }
}
