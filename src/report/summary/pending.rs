//! What an iteration that is under way has counted so far.
//!
//! It counts for its case only when the iteration has ended: a run that is cut off and goes on later runs
//! that iteration anew, and nothing may then count twice.

use super::Case;

/// How many measured tries wait for their iteration to end. An iteration with more of them is counted as
/// it goes, and its case as it was before is kept instead.
pub(crate) const WAITING: usize = 1024;

/// What waits.
#[derive(Debug, Clone, Default)]
pub(super) struct Pending {
    /// The place of the case among the summary's.
    case: usize,
    attempts: u64,
    measured: Vec<Sample>,
    /// The case as it was before the iteration, where some of the iteration counts already.
    before: Option<Box<Case>>,
}

/// One measured try.
#[derive(Debug, Clone)]
struct Sample {
    name: String,
    /// Microseconds since the start of the run.
    t: u64,
    us: u64,
    ok: bool,
}

impl Pending {
    /// An iteration begins. What still waits belongs to one whose end is missing, and counts now.
    pub(super) fn start(&mut self, cases: &mut [Case]) {
        self.settle(cases);
        self.before = None;
    }

    /// An attempt of this case begins.
    pub(super) fn attempt(&mut self, case: usize, cases: &mut [Case]) {
        self.turn_to(case, cases);
        self.attempts += 1;
    }

    /// Something was measured in this case.
    pub(super) fn measured(
        &mut self,
        case: usize,
        cases: &mut [Case],
        t: u64,
        (name, us, ok): (&str, u64, bool),
    ) {
        self.turn_to(case, cases);
        if self.measured.len() >= WAITING {
            self.keep_case(cases);
            self.settle(cases);
        }
        self.measured.push(Sample { name: name.to_owned(), t, us, ok });
    }

    /// Counts what waits for the case.
    pub(super) fn settle(&mut self, cases: &mut [Case]) {
        let measured = self.measured.drain(..);
        if let Some(case) = cases.get_mut(self.case) {
            case.attempts += std::mem::take(&mut self.attempts);
            measured.for_each(|s| case.measure(&s.name, s.t, s.us, s.ok));
        }
    }

    /// The iteration of this case ended. If it was cut short, it may yet be undone.
    pub(super) fn end(&mut self, case: usize, cases: &mut [Case], cut_short: bool) {
        self.turn_to(case, cases);
        match cut_short {
            true => self.keep_case(cases),
            false => self.before = None,
        }
        self.settle(cases);
    }

    /// Undoes the iteration that was cut off: it had no end, or was ended by an interruption.
    pub(super) fn undo(&mut self, cases: &mut [Case]) {
        let undone = std::mem::take(self);
        if let (Some(before), Some(case)) = (undone.before, cases.get_mut(undone.case)) {
            *case = *before;
        }
    }

    fn keep_case(&mut self, cases: &[Case]) {
        if self.before.is_none() {
            self.before = cases.get(self.case).cloned().map(Box::new);
        }
    }

    /// What waits for another case counts for that one first.
    fn turn_to(&mut self, case: usize, cases: &mut [Case]) {
        if self.case != case {
            self.start(cases);
            self.case = case;
        }
    }
}
