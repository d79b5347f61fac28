//! A case whose turn comes round after round: from its first iteration to its verdict.

use std::collections::{BTreeMap, BTreeSet};

use super::iteration::Kind;
use super::limit::Limit;
use super::{Earlier, Ended, Engine};
use crate::event::{CaseIdentity, Event, Finished, Scope, Verdict};
use crate::plan::{Case, Soak};
use crate::stats::Statistics;

/// How far a case is.
pub(super) struct Turns<'p> {
    pub(super) case: &'p Case,
    /// Its first turn has come.
    pub(super) begun: bool,
    /// When that was, in microseconds of the run; in a run that goes on, it may have been earlier.
    pub(super) began: Option<u64>,
    /// It has its verdict.
    pub(super) ended: bool,
    /// How many iterations it has had.
    pub(super) done: u64,
    /// How many of those were more than it was to have.
    pub(super) anew: u64,
    /// How the latest of them ended, where nothing has come after it.
    pub(super) anew_ended: Option<Verdict>,
    /// One of them failed.
    pub(super) has_failed: bool,
    /// What they come to; none: there was none.
    pub(super) so_far: Option<Ended>,
    /// The measures whose success rate a threshold judges: over several iterations it is that which says
    /// whether the case fails, and not the first failure.
    judged: BTreeSet<String>,
    /// What they have measured, by the name of the measure.
    pub(super) measures: BTreeMap<String, Statistics>,
}

impl<'p> Turns<'p> {
    /// A case, as far as it was before the run was cut off.
    pub(super) fn of(case: &'p Case, soak: &Soak, earlier: Option<&Earlier>) -> Self {
        let rates = case.thresholds.iter().filter(|t| soak.is_soak() && t.success_rate.is_some());
        let known = earlier.cloned().unwrap_or_default();
        Self {
            case,
            begun: false,
            began: earlier.map(|earlier| earlier.began),
            ended: known.ended,
            done: known.done,
            anew: known.anew,
            anew_ended: None,
            has_failed: known.failed,
            so_far: known.so_far.map(|(verdict, cause)| Ended { verdict, cause }),
            judged: rates.map(|threshold| threshold.of.clone()).collect(),
            measures: known.measures,
        }
    }

    /// In how many rounds it has had its turn.
    pub(super) fn rounds(&self) -> u64 {
        self.done.saturating_sub(self.anew)
    }

    /// Counts an iteration. One that was skipped says nothing beside others, and one whose failure is left
    /// to a threshold nothing before that.
    fn add(&mut self, ended: Ended) {
        self.done += 1;
        self.so_far = Some(match self.so_far.take() {
            Some(before) if ended.verdict == Verdict::Skip => before,
            Some(before) if before.verdict != Verdict::Skip => before.and(ended),
            _ => ended,
        });
    }
}

impl Engine<'_> {
    /// Begins a case.
    pub(super) fn begin(&mut self, turn: &mut Turns<'_>, limit: &Limit) {
        let now = self.recorder.now();
        turn.begun = true;
        turn.began.get_or_insert(now);
        let until_t = limit.until_t(&self.options.clock, now);
        self.recorder.enter(scope(turn.case));
        self.recorder.record(Event::CaseStarted(identity(turn.case, limit.rounds(), until_t)));
        self.recorder.enter(Scope::default());
    }

    /// Runs its next iteration, unless a case that it needs did not pass in this round.
    pub(super) async fn turn(&mut self, turn: &mut Turns<'_>, kind: Kind) -> Verdict {
        let iteration = turn.done + 1;
        let ended = match self.unmet_case(turn.case) {
            Some(reason) => {
                self.left_to_threshold.set(false);
                self.skip_iteration(turn.case, iteration, reason)
            }
            None => {
                self.measures.replace(std::mem::take(&mut turn.measures));
                self.judged = turn.judged.clone();
                let ended = self.iteration(turn.case, iteration, kind).await;
                turn.measures = self.measures.take();
                ended
            }
        };
        let verdict = ended.verdict;
        self.remember(turn.case, verdict);
        turn.anew += u64::from(kind == Kind::Anew);
        turn.anew_ended = (kind == Kind::Anew).then_some(verdict);
        turn.has_failed |= verdict == Verdict::Fail;
        turn.add(if self.left_to_threshold.get() { Ended::PASS } else { ended });
        verdict
    }

    /// Ends a case.
    pub(super) fn end(&mut self, turn: &mut Turns<'_>, ended: Ended) -> Ended {
        turn.ended = true;
        let latest = turn.anew_ended.unwrap_or(Verdict::Pass);
        self.remember(turn.case, ended.verdict.max(latest));
        let took_us = self.recorder.now().saturating_sub(turn.began.unwrap_or_default());
        self.recorder.enter(scope(turn.case));
        let Ended { verdict, cause } = ended.clone();
        self.recorder.record(Event::CaseFinished(Finished {
            verdict,
            took_us,
            cause,
            left_to_threshold: false,
        }));
        self.recorder.enter(Scope::default());
        ended
    }

    /// Whether the case passed, for those that need it: in a round, its latest iteration.
    pub(super) fn remember(&mut self, case: &Case, verdict: Verdict) {
        if verdict == Verdict::Pass {
            self.passed.insert(case.id.clone());
        } else {
            self.passed.remove(&case.id);
        }
    }
}

/// What belongs to the case as a whole.
pub(super) fn scope(case: &Case) -> Scope {
    Scope { case: Some(case.id.clone()), ..Scope::default() }
}

/// What a case is, as the journal has it.
pub(super) fn identity(case: &Case, iterations: Option<u64>, until_t: Option<u64>) -> CaseIdentity {
    CaseIdentity {
        iterations,
        until_t,
        title: case.title.clone(),
        tags: case.tags.clone(),
        maps_to: case.maps_to.clone(),
        place: case.place.clone(),
    }
}
