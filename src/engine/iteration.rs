//! One iteration of a case: its attempts.

use tokio::time::Instant;

use super::turns::scope;
use super::{Ended, Engine};
use crate::event::{Event, Finished, Scope, Verdict};
use crate::plan::{Case, ITERATION};

/// Why an iteration is run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// The case was to have it.
    Regular,
    /// The run goes on, and what the case hands on is needed once more; see [`super::anew`].
    Anew,
}

impl Engine<'_> {
    /// Tries until an attempt does not fail, or none is left. The last attempt decides.
    pub(super) async fn iteration(&mut self, case: &Case, iteration: u64, kind: Kind) -> Ended {
        let scope = Scope { iteration: Some(iteration), ..scope(case) };
        let start = Instant::now();
        self.recorder.enter(scope.clone());
        self.recorder.record(Event::IterationStarted);
        if kind == Kind::Anew {
            self.recorder.record(Event::RunAnew);
        }
        let mut attempt = 1;
        let ended = loop {
            let tried = Instant::now();
            self.left_to_threshold.set(false);
            self.recorder.enter(Scope { attempt: Some(attempt), ..scope.clone() });
            self.recorder.record(Event::AttemptStarted);
            self.bench.capture_begins();
            let ended = self.attempt(case).await;
            self.recorder.record(Event::AttemptFinished(ended.finished(tried)));
            if ended.verdict > Verdict::Skip {
                self.keep_capture(&case.id, iteration, attempt);
            }
            let again = matches!(ended.verdict, Verdict::Fail | Verdict::Inconclusive)
                && attempt <= case.retries
                && self.ends_early().is_none();
            if !again {
                break ended;
            }
            attempt += 1;
        };
        self.recorder.enter(scope);
        if case.thresholds.iter().any(|threshold| threshold.of == ITERATION) {
            self.count(ITERATION, start, ended.verdict);
        }
        let left_to_threshold = self.left_to_threshold.get() && ended.verdict == Verdict::Fail;
        let finished = Finished { left_to_threshold, ..ended.finished(start) };
        self.recorder.record(Event::IterationFinished(finished));
        self.recover(case, &ended).await;
        self.left_to_threshold.set(left_to_threshold);
        ended
    }

    /// Keeps the HCI capture of an attempt that did not pass.
    fn keep_capture(&self, case: &str, iteration: u64, attempt: u32) {
        let again = if attempt > 1 { format!(".{attempt}") } else { String::new() };
        match self.bench.keep_capture(&format!("{case}-{iteration}{again}")) {
            Some(Ok(event)) => self.recorder.record(event),
            Some(Err(error)) => (self.options.warn)(&error),
            None => {}
        }
        if let Some(trouble) = self.bench.capture_trouble() {
            (self.options.warn)(&format!(
                "the HCI capture of the run cannot be written: {trouble}"
            ));
        }
    }

    /// An iteration that is not run.
    pub(super) fn skip_iteration(&self, case: &Case, iteration: u64, reason: Ended) -> Ended {
        let now = Instant::now();
        self.recorder.enter(Scope { iteration: Some(iteration), ..scope(case) });
        self.recorder.record(Event::IterationStarted);
        self.recorder.record(Event::IterationFinished(reason.finished(now)));
        reason
    }
}
