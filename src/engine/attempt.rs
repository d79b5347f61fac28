//! One attempt: setup, steps, teardown, and the bench put back.

use std::time::Duration;

use tokio::time::Instant;

use super::step::Patience;
use super::{Ended, Engine};
use crate::plan::{Case, Keep, Span, Step};
use crate::steps::Failure;

impl Engine<'_> {
    pub(super) async fn attempt(&mut self, case: &Case) -> Ended {
        let bench = self.bench;
        if let Err(failure) = self.observe(bench.there()).await {
            return failure.into();
        }
        bench.watch_over();
        self.look_at_clocks();
        bench.enter_scope();
        let mut ended =
            Ended::from(self.steps(&case.setup, "setup", Patience::Interruptible).await);
        if ended == Ended::PASS {
            ended = self.body(case).await;
        }
        let at = Instant::now();
        let ended = ended.and(self.put_back(&case.teardown, case.keep).await);
        self.look_at_clocks();
        ended.explained_by(bench, at)
    }

    /// The case's own steps, within its time limit.
    async fn body(&mut self, case: &Case) -> Ended {
        let run_deadline = self.deadline;
        let case_deadline = case.timeout.map(|limit| Instant::now() + limit);
        let nearer = [run_deadline, case_deadline].into_iter().flatten().min();
        self.deadline = nearer;
        let outcome = self.steps(&case.steps, "steps", Patience::Interruptible).await;
        self.deadline = run_deadline;
        let of_case = nearer.is_some() && nearer == case_deadline;
        match (outcome, case.timeout) {
            (Err(failure), Some(limit)) if of_case && failure.cause.kind == "time-limit" => {
                case_late(failure, limit).into()
            }
            (outcome, _) => outcome.into(),
        }
    }

    /// Teardown, every step of it, and then what the scope changed.
    pub(super) async fn put_back(&mut self, teardown: &[Step], keep: Keep) -> Ended {
        let mut ended = Ended::PASS;
        for (index, step) in teardown.iter().enumerate() {
            let place = format!("teardown/{}", index + 1);
            ended = ended.and(self.step(step, &place, Patience::Unmoved).await.into());
        }
        let bench = self.bench;
        self.observe(bench.leave_scope(keep)).await;
        ended
    }
}

/// The case's limit is a statement on the device, where the run's is not.
fn case_late(mut failure: Failure, limit: Duration) -> Failure {
    failure.verdict = crate::event::Verdict::Fail;
    failure.cause.message = format!("the case did not end within {}", Span(limit));
    failure.cause.hint = Some("raise the case's `timeout` if it may take that long".to_owned());
    failure
}
