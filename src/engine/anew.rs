//! What a run that goes on must run anew: cases that hand something on.
//!
//! A case may keep a bond, or how it set the adapter, for the cases after it. When the run was interrupted,
//! its end put that back; when it was killed, the run that goes on does, or the simulator begins afresh. So
//! such a case has one more iteration before what is still to run, and its verdict is then over that, too.

use super::block::{Next, Rounds};
use super::iteration::Kind;
use super::{Ended, Engine};
use crate::event::Verdict;
use crate::plan::Case;

impl Engine<'_> {
    /// Whether the case has no verdict yet.
    pub(super) fn is_open(&self, case: &Case) -> bool {
        self.options.earlier.get(&case.id).is_none_or(|earlier| !earlier.ended)
    }

    /// Runs one iteration of each case of a block that hands something on and has had its turn. `done` is how
    /// many rounds the block has had; none: it has no further one. `waits`: another block is still to run.
    pub(super) async fn anew(
        &mut self,
        rounds: &mut Rounds<'_>,
        done: Option<u64>,
        waits: bool,
    ) -> Next {
        let limit = rounds.limit;
        let now = self.recorder.now();
        let done = done.filter(|_| !limit.is_over(&self.options.clock, now));
        for turn in &mut rounds.turns {
            let is_due = match done {
                // In its round, others come after it.
                Some(done) => turn.ended || turn.rounds() > done,
                None => waits,
            };
            if !is_due || !self.hands_on(turn.case) {
                continue;
            }
            if self.reason_not_to_run(rounds.setup, &rounds.whole).is_some() {
                break;
            }
            let had_ended = std::mem::take(&mut turn.ended);
            self.begin(turn, &limit);
            let verdict = self.turn(turn, Kind::Anew).await;
            if had_ended {
                let so_far = turn.so_far.take().unwrap_or(Ended::PASS);
                let ended = so_far.and(self.thresholds(turn));
                let ended = self.end(turn, ended);
                let whole = std::mem::replace(&mut rounds.whole, Ended::PASS);
                rounds.whole = whole.and(ended);
            }
            let fail_fast = verdict == Verdict::Fail && self.options.fail_fast;
            if limit.ends_with(verdict) || fail_fast {
                return Next::Over;
            }
        }
        Next::On
    }

    /// Whether what the case keeps for others is not there any more, as far as one can know. What the run as
    /// a whole keeps is, but on a simulator, which begins afresh.
    fn hands_on(&self, case: &Case) -> bool {
        let of_run = self.plan.keep;
        let lost = |keeps: bool, run_keeps: bool| keeps && (!run_keeps || self.options.simulated);
        let lost = lost(case.keep.bonds, of_run.bonds) || lost(case.keep.adapter, of_run.adapter);
        let earlier = self.options.earlier.get(&case.id);
        lost && earlier.is_some_and(|e| e.done > 0 && e.last.is_some_and(|v| v != Verdict::Skip))
    }
}
