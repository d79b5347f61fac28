//! A block: its cases take turns, round by round, until its limit is reached.

use std::time::Duration;

use tokio::time::{Instant, sleep_until};

use super::blocks::Block;
use super::iteration::Kind;
use super::limit::Limit;
use super::turns::Turns;
use super::{Ended, Engine};
use crate::event::Verdict;

/// A round in which nothing passed, or that took no time at all, lasts this long at least where no count
/// ends the block: what fails at once would else fail a hundred times a second until the morning.
const SHORTEST: Duration = Duration::from_secs(1);

/// A block that is under way.
pub(super) struct Rounds<'p> {
    pub(super) turns: Vec<Turns<'p>>,
    pub(super) limit: Limit,
    /// How the plan's setup ended.
    pub(super) setup: &'p Ended,
    /// What the run comes to so far.
    pub(super) whole: Ended,
}

/// What comes after a turn or a round.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Next {
    /// The next one.
    On,
    /// Nothing: the limit is reached, or a failure ended the block.
    Over,
    /// Nothing: the run was interrupted, or its time limit reached.
    Cut,
}

impl Engine<'_> {
    /// Runs a block, and gives what the run comes to with it. Every case of it ends with a verdict, also
    /// where it is not run. `waits`: another block that is still to run comes after it.
    pub(super) async fn block(
        &mut self,
        block: &Block,
        setup: &Ended,
        before: Ended,
        waits: bool,
    ) -> Ended {
        let mut rounds = self.rounds(block, setup, before);
        let limit = rounds.limit;
        let open = rounds.turns.iter().filter(|turn| !turn.ended);
        let done = open.map(Turns::rounds).min();
        let is_over = |turn: &Turns<'_>| !turn.ended && turn.has_failed;
        let is_over = limit.ends_with(Verdict::Fail) && rounds.turns.iter().any(is_over);
        let done = done.filter(|done| !is_over && *done < limit.most());
        let mut next = self.anew(&mut rounds, done, waits).await;
        if let Some(done) = done.filter(|_| next == Next::On) {
            for round in done + 1..=limit.most() {
                next = self.round(&mut rounds, round).await;
                if next != Next::On {
                    break;
                }
            }
        }
        for at in 0..rounds.turns.len() {
            self.close(&mut rounds, at, next);
        }
        rounds.whole
    }

    /// A block that begins; in a run that goes on, from where it was.
    fn rounds<'p>(&mut self, block: &Block, setup: &'p Ended, before: Ended) -> Rounds<'p>
    where
        Self: 'p,
    {
        let earlier = &self.options.earlier;
        let turns: Vec<Turns<'p>> = block
            .of(self.plan)
            .map(|case| Turns::of(case, &block.soak, earlier.get(&case.id)))
            .collect();
        let began = turns.iter().filter_map(|turn| turn.began).min();
        let began = began.unwrap_or_else(|| self.recorder.now());
        let limit = Limit::from(block.soak, &self.options.clock, began);
        let mut whole = before;
        for turn in &turns {
            let last = earlier.get(&turn.case.id).and_then(|earlier| earlier.last);
            let verdict = turn.so_far.as_ref().filter(|_| turn.ended).map(|ended| ended.verdict);
            if let Some(verdict) = verdict.or(last) {
                self.remember(turn.case, verdict);
            }
            whole = whole.and(turn.so_far.clone().filter(|_| turn.ended).unwrap_or(Ended::PASS));
        }
        Rounds { turns, limit, setup, whole }
    }

    /// One iteration of each case that has not had this one.
    async fn round(&mut self, rounds: &mut Rounds<'_>, round: u64) -> Next {
        let start = Instant::now();
        let (mut ran, mut passed) = (false, false);
        for at in 0..rounds.turns.len() {
            if rounds.limit.is_over(&self.options.clock, self.recorder.now()) {
                return Next::Over;
            }
            if !self.is_to_run(rounds, at).await {
                continue;
            }
            if self.ends_early().is_some() {
                return Next::Cut;
            }
            let Some(turn) = rounds.turns.get_mut(at).filter(|turn| turn.rounds() < round) else {
                continue;
            };
            let verdict = self.turn(turn, Kind::Regular).await;
            (ran, passed) = (true, passed || verdict == Verdict::Pass);
            let fail_fast = verdict == Verdict::Fail && self.options.fail_fast;
            if rounds.limit.ends_with(verdict) || fail_fast {
                return Next::Over;
            }
        }
        if !ran {
            return Next::Over;
        }
        if rounds.limit.is_endless() && (!passed || start.elapsed().is_zero()) {
            self.rest(start + SHORTEST).await;
        }
        Next::On
    }

    /// Whether it can be this case's turn. Its first turn begins it, and ends it at once where there is a
    /// reason not to run it.
    async fn is_to_run(&mut self, rounds: &mut Rounds<'_>, at: usize) -> bool {
        let together: Vec<&str> = rounds
            .turns
            .iter()
            .filter(|turn| !turn.ended)
            .map(|turn| turn.case.id.as_str())
            .collect();
        let Some(turn) = rounds.turns.get(at).filter(|turn| !turn.ended) else { return false };
        if turn.begun {
            return true;
        }
        let reason = self.reason_not_to_run(rounds.setup, &rounds.whole);
        let case = turn.case;
        let reason = match reason {
            None => self.unmet_requirement(case, &together).await,
            reason => reason,
        };
        let Some(turn) = rounds.turns.get_mut(at) else { return false };
        self.begin(turn, &rounds.limit);
        let Some(reason) = reason else { return true };
        let ended = match turn.so_far.take() {
            None => reason,
            // Skipped is what never ran; this did, before the run was cut off.
            Some(ended) => ended.and(self.ends_early().map_or(reason, Ended::from)),
        };
        let ended = self.end(turn, ended);
        rounds.whole = std::mem::replace(&mut rounds.whole, Ended::PASS).and(ended);
        false
    }

    /// Ends a case when its block has ended.
    fn close(&mut self, rounds: &mut Rounds<'_>, at: usize, next: Next) {
        let not_run = self.reason_not_to_run(rounds.setup, &rounds.whole);
        let limit = &rounds.limit;
        let Some(turn) = rounds.turns.get_mut(at).filter(|turn| !turn.ended) else { return };
        if !turn.begun {
            self.begin(turn, limit);
        }
        let mut ended = match turn.so_far.take() {
            Some(ended) => ended.and(self.thresholds(turn)),
            None => not_run.unwrap_or_else(|| limit.left_nothing()),
        };
        if next == Next::Cut && turn.rounds() < limit.most() {
            ended = ended.and(self.ends_early().map_or(Ended::PASS, Ended::from));
        }
        let ended = self.end(turn, ended);
        rounds.whole = std::mem::replace(&mut rounds.whole, Ended::PASS).and(ended);
    }

    /// Waits, unless the run is to end.
    async fn rest(&mut self, until: Instant) {
        let stop = self.stop.clone();
        let until = self.deadline.map_or(until, |deadline| deadline.min(until));
        let rest = async {
            tokio::select! {
                biased;
                _ = stop.requested() => {}
                () = sleep_until(until) => {}
            }
        };
        self.observe(rest).await;
    }
}
