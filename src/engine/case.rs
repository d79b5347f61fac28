//! One case: its iterations, and for each its attempts.

use tokio::time::Instant;

use super::{Ended, Engine};
use crate::event::{CaseIdentity, Event, Scope, Verdict};
use crate::plan::Case;

impl Engine<'_> {
    /// Runs a case, unless there is a reason not to, and says how it ended.
    pub(super) async fn case(&mut self, case: &Case, not_run: Option<Ended>) -> Ended {
        let start = Instant::now();
        self.recorder.enter(scope(case));
        self.recorder.record(Event::CaseStarted(identity(case, self.options.iterations(case))));
        let ended = match not_run.or_else(|| self.unmet_requirement(case)) {
            Some(reason) => reason,
            None => {
                self.measures.clear();
                let ended = self.iterations(case).await;
                self.recorder.enter(scope(case));
                ended.and(self.thresholds(case))
            }
        };
        self.recorder.enter(scope(case));
        self.recorder.record(Event::CaseFinished(ended.finished(start)));
        self.recorder.enter(Scope::default());
        ended
    }

    async fn iterations(&mut self, case: &Case) -> Ended {
        let mut whole = Ended::PASS;
        for iteration in 1..=self.options.iterations(case) {
            let ended = self.iteration(case, iteration).await;
            let failed = ended.verdict == Verdict::Fail;
            whole = whole.and(ended);
            if self.ends_early().is_some() || (failed && self.options.fail_fast) {
                break;
            }
        }
        whole
    }

    /// Tries until an attempt does not fail, or none is left. The last attempt decides.
    async fn iteration(&mut self, case: &Case, iteration: u64) -> Ended {
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
}

/// What belongs to the case as a whole.
pub(super) fn scope(case: &Case) -> Scope {
    Scope { case: Some(case.id.clone()), ..Scope::default() }
}

pub(super) fn identity(case: &Case, iterations: u64) -> CaseIdentity {
    CaseIdentity {
        iterations: Some(iterations),
        until_t: None,
        title: case.title.clone(),
        tags: case.tags.clone(),
        maps_to: case.maps_to.clone(),
        place: case.place.clone(),
    }
}
