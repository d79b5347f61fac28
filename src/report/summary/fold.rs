//! Takes records one by one and keeps what they come to.

use std::collections::HashMap;

use super::open_case::{Underway, is_failure};
use super::pending::Pending;
use super::resume::{is_cut_short, reopen};
use super::{
    Case, DETAILED, End, Failure, Happened, INSPECTED, Notes, Outcome, REMARKS, Summary, outage,
};
use crate::event::{
    CaseIdentity, Cause, Event, Finished, IterationSum, Record, ThresholdResult, Verdict,
};

/// A summary in the making.
#[derive(Debug, Clone, Default)]
pub struct Fold {
    summary: Summary,
    /// Where each case stands in the summary, by its id.
    index: HashMap<String, usize>,
    underway: Underway,
    pending: Pending,
    /// The id of the case that is under way.
    open: Option<String>,
}

impl Fold {
    /// Takes the next record.
    pub fn add(&mut self, record: &Record) {
        self.summary.last_t = self.summary.last_t.max(record.t);
        self.underway.recent.add(record);
        self.underway.state.add(&record.event);
        self.summary.left.add(record);
        match &record.event {
            Event::RunStarted(run) => self.summary.run = Some((**run).clone()),
            Event::BenchReady(bench) => self.summary.bench = Some(bench.clone()),
            Event::CaseStarted(identity) => self.start_case(record, identity),
            Event::IterationStarted => self.start_iteration(record),
            Event::RunAnew => self.underway.anew = true,
            Event::AttemptStarted => {
                if let Some(case) = self.place(record) {
                    self.pending.attempt(case, &mut self.summary.cases);
                }
                self.underway.start_attempt(record);
            }
            Event::StepStarted(identity) => self.underway.start_step(record, identity),
            Event::StepFinished(finished) => self.end_step(record, finished),
            Event::AttemptFinished(finished) => self.underway.end_attempt(record, finished),
            Event::Captured { file } => self.underway.captured(file),
            Event::IterationFinished(finished) => self.end_iteration(record, finished),
            Event::IterationSummed(sum) => self.sum(record, sum),
            Event::CaseFinished(finished) => self.end_case(record, finished),
            Event::Interrupted { signal } => self.interrupt(signal),
            Event::Resumed { at, .. } => self.resume(record, at),
            Event::RunFinished { verdict, exit_code, took_us } => {
                self.summary.end =
                    Some(End { verdict: *verdict, exit_code: *exit_code, took_us: *took_us });
            }
            other => self.remark(record, other),
        }
    }

    /// What the records come to so far. Cases that are under way are not finished.
    #[must_use]
    pub fn so_far(&self) -> &Summary {
        &self.summary
    }

    /// The case that the record belongs to, as far as it is known.
    #[must_use]
    pub fn case_of(&self, record: &Record) -> Option<&Case> {
        self.summary.cases.get(self.place(record)?)
    }

    /// The step that ended last, in words.
    #[must_use]
    pub fn ended_step(&self) -> Option<&str> {
        self.underway.ended.as_deref()
    }

    /// The last attempt that failed, of an iteration that has not ended.
    #[must_use]
    pub fn failed_attempt(&self) -> Option<&Failure> {
        self.underway.attempts.last()
    }

    /// Whether somebody is still at the run, if it has no end.
    pub(super) fn under_way(&mut self, is_being_written: bool) {
        self.summary.under_way = is_being_written && self.summary.end.is_none();
    }

    /// Ends the fold. A case that is still under way was cut off, unless the whole run is.
    #[must_use]
    pub fn finish(mut self, notes: Notes) -> Summary {
        self.pending.settle(&mut self.summary.cases);
        self.summary.notes = notes;
        let last_t = self.summary.last_t;
        let cause = no_end(&self.summary);
        let finished = Finished {
            verdict: Verdict::Inconclusive,
            took_us: 0,
            cause: Some(cause.clone()),
            left_to_threshold: false,
        };
        for case in &mut self.summary.cases {
            if case.finished {
                continue;
            }
            case.took_us = last_t.saturating_sub(case.started);
            case.cause = Some(cause.clone());
            let is_open = self.open.as_deref() == Some(&case.id);
            if is_open && self.underway.is_within_a_step() && !self.summary.under_way {
                let mut failure = self.underway.failure(last_t, &finished);
                failure.outcome = Some(Outcome::Decided);
                case.keep(failure);
            }
        }
        self.summary
    }

    fn start_case(&mut self, record: &Record, identity: &CaseIdentity) {
        let id = record.scope.case.clone().unwrap_or_default();
        let cases = &mut self.summary.cases;
        let at = *self.index.entry(id.clone()).or_insert_with(|| {
            cases.push(Case::new(&id, identity.clone(), record.t));
            cases.len() - 1
        });
        // A run that goes on tells a case again that it had ended without running it.
        if let Some(case) = cases.get_mut(at).filter(|case| case.iterations.total() == 0) {
            (case.identity, case.started) = (identity.clone(), record.t);
        }
        self.underway.turn_to_another_case();
        self.open = Some(id);
    }

    /// Where the record's case stands in the summary.
    fn place(&self, record: &Record) -> Option<usize> {
        self.index.get(record.scope.case.as_ref()?).copied()
    }

    fn case(&mut self, record: &Record) -> Option<&mut Case> {
        let at = self.place(record)?;
        self.summary.cases.get_mut(at)
    }

    fn start_iteration(&mut self, record: &Record) {
        self.pending.start(&mut self.summary.cases);
        self.underway.start_iteration(record);
        // Cases may take turns.
        if self.open != record.scope.case {
            self.open.clone_from(&record.scope.case);
        }
    }

    fn end_step(&mut self, record: &Record, finished: &Finished) {
        self.underway.end_step(record, finished);
        let around = record.scope.case.is_none() && is_failure(finished.verdict);
        if around && self.summary.around.len() < DETAILED {
            let mut failure = self.underway.failure(record.t, finished);
            failure.outcome = Some(Outcome::Decided);
            // A loop fails with the step in it: that is one failure.
            let known = |other: &Failure| {
                let key = |f: &Failure| f.step.as_ref().map(|s| (s.path.clone(), s.started));
                key(other) == key(&failure)
            };
            if !self.summary.around.iter().any(known) {
                self.summary.around.push(failure);
            }
        }
    }

    fn end_iteration(&mut self, record: &Record, finished: &Finished) {
        let Some(at) = self.place(record) else { return };
        let cases = &mut self.summary.cases;
        let cut_short = is_cut_short(finished.cause.as_ref());
        self.pending.end(at, cases, cut_short);
        if let Some(case) = cases.get_mut(at) {
            self.underway.end_iteration(case, record, finished);
            if !cut_short {
                case.anew += u64::from(self.underway.anew);
                case.settle(finished);
            }
        }
    }

    /// An iteration that passed at its first attempt, in one record.
    fn sum(&mut self, record: &Record, sum: &IterationSum) {
        self.start_iteration(record);
        let Some(case) = self.place(record) else { return };
        let cases = &mut self.summary.cases;
        self.pending.attempt(case, cases);
        for (name, us, ago) in &sum.measured {
            let t = record.t.saturating_sub(*ago);
            self.pending.measured(case, cases, t, (name, *us, true));
        }
        let (verdict, took_us) = (Verdict::Pass, sum.took_us);
        self.end_iteration(
            record,
            &Finished { verdict, took_us, cause: None, left_to_threshold: false },
        );
    }

    fn interrupt(&mut self, signal: &str) {
        self.summary.interrupted = Some(signal.to_owned());
        for case in &mut self.summary.cases {
            case.interrupted = !case.finished;
        }
    }

    fn resume(&mut self, record: &Record, at: &str) {
        self.pending.undo(&mut self.summary.cases);
        reopen(&mut self.summary);
        self.underway = Underway::default();
        self.open = None;
        if self.summary.resumed.len() < REMARKS {
            self.summary.resumed.push((record.t, at.to_owned()));
        }
    }

    fn end_case(&mut self, record: &Record, finished: &Finished) {
        self.pending.settle(&mut self.summary.cases);
        if let Some(case) = self.case(record) {
            case.verdict = finished.verdict;
            case.took_us = finished.took_us;
            case.cause = finished.cause.clone();
            case.finished = true;
        }
        self.open = None;
    }

    /// Events that neither begin nor end anything.
    fn remark(&mut self, record: &Record, event: &Event) {
        let summary = &mut self.summary;
        summary.identities.add(event);
        match event {
            Event::Bench { change, by_us } => {
                let happened = Happened { t: record.t, change: *change, by_us: *by_us };
                outage::add(&mut summary.bench_changes, happened);
            }
            Event::Restored { what, error: Some(error) }
                if summary.not_restored.len() < REMARKS =>
            {
                summary.not_restored.push((what.clone(), error.clone()));
            }
            Event::Recovered(recovery) => summary.recoveries.add(record.t, recovery),
            Event::Measured { name, us, ok } => {
                if let Some(case) = self.place(record) {
                    let cases = &mut self.summary.cases;
                    self.pending.measured(case, cases, record.t, (name, *us, *ok));
                }
            }
            _ => {
                if let Some(case) = self.case(record) {
                    remark_in(case, event);
                }
            }
        }
    }
}

/// Events of a case that neither begin nor end anything.
fn remark_in(case: &mut Case, event: &Event) {
    match event {
        Event::Threshold(result) => {
            // Of a case that ran anew each is told again.
            let same = |known: &&mut ThresholdResult| {
                let key =
                    |of: &ThresholdResult| (of.of.clone(), of.statistic.clone(), of.wanted.clone());
                key(known) == key(result)
            };
            match case.thresholds.iter_mut().find(same) {
                Some(known) => *known = result.clone(),
                None => case.thresholds.push(result.clone()),
            }
        }
        Event::Inspected { object, properties }
            if case.inspected.len() < INSPECTED || case.inspected.contains_key(&object.name) =>
        {
            case.inspected.insert(object.name.clone(), properties.clone());
        }
        _ => {}
    }
}

/// Why a case has no end.
fn no_end(summary: &Summary) -> Cause {
    let (kind, message) = match (summary.under_way, summary.end) {
        (true, _) => ("under-way", "the run is still under way"),
        (false, Some(_)) => ("cut-off", "the run ended without a verdict on this case"),
        (false, None) => ("cut-off", "the run was cut off here"),
    };
    Cause { kind: kind.to_owned(), message: message.to_owned(), ..Cause::default() }
}
