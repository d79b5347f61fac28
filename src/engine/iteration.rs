//! One iteration of a case: its attempts.

use tokio::time::Instant;

use super::turns::scope;
use super::{Ended, Engine};
use crate::event::{Event, Scope, Verdict};
use crate::plan::Case;

impl Engine<'_> {
    /// Tries until an attempt does not fail, or none is left. The last attempt decides.
    pub(super) async fn iteration(&mut self, case: &Case, iteration: u64) -> Ended {
        let scope = Scope { iteration: Some(iteration), ..scope(case) };
        let start = Instant::now();
        self.recorder.enter(scope.clone());
        self.recorder.record(Event::IterationStarted);
        let mut attempt = 1;
        let ended = loop {
            let tried = Instant::now();
            self.recorder.enter(Scope { attempt: Some(attempt), ..scope.clone() });
            self.recorder.record(Event::AttemptStarted);
            let ended = self.attempt(case).await;
            self.recorder.record(Event::AttemptFinished(ended.finished(tried)));
            let again = matches!(ended.verdict, Verdict::Fail | Verdict::Inconclusive)
                && attempt <= case.retries
                && self.ends_early().is_none();
            if !again {
                break ended;
            }
            attempt += 1;
        };
        self.recorder.enter(scope);
        self.recorder.record(Event::IterationFinished(ended.finished(start)));
        ended
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
