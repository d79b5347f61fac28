//! What a run comes to: the one fold over its records that every report is made from.
//!
//! Its memory does not grow with the number of iterations: it counts, keeps histograms, groups causes,
//! and holds the details of the first failures only.

mod capture;
mod causes;
mod fold;
mod identity;
mod left;
mod measure;
mod open_case;
mod outage;
mod pending;
mod recoveries;
mod resume;
mod slow;
mod state;
#[cfg(test)]
mod tests;
mod times;
mod trace;

use std::collections::BTreeMap;
use std::io;
use std::path::PathBuf;

use serde_json::Value;

pub use capture::link_to_capture;
pub use causes::{CauseGroup, Causes};
pub use fold::Fold;
pub use identity::{Identities, Identity};
pub use left::Left;
pub use measure::Measure;
pub use outage::lasted;
pub(crate) use pending::WAITING;
pub use recoveries::Recoveries;
pub use slow::Slow;
pub(crate) use state::State;
pub use times::Times;
use trace::in_words;
pub use trace::{Trace, shown, told};

use super::journal::{Journal, Notes};
use crate::event::{
    BenchChange, BenchIdentity, CaseIdentity, Cause, Finished, RunStarted, StepIdentity,
    ThresholdResult, Verdict,
};
use crate::stats::Series;

/// How many failures of a case are kept with their details, and how many of those that are alike in step,
/// kind and outcome. The others are counted. Of each group of causes one is kept.
const DETAILED: usize = 64;
const ALIKE: usize = 10;

/// Of how many objects a case keeps the properties that were inspected.
const INSPECTED: usize = 64;

/// How many changes of the bench, and things that could not be put back, are kept.
const REMARKS: usize = 100;

/// A whole run.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Summary {
    /// What the run is of; none where the journal lost its beginning.
    pub run: Option<RunStarted>,
    /// What it ran on; none where the bench never answered.
    pub bench: Option<BenchIdentity>,
    /// In the order in which they started.
    pub cases: Vec<Case>,
    /// Failures of the plan's own setup and teardown.
    pub around: Vec<Failure>,
    /// How it ended; none: it was cut off, or is under way.
    pub end: Option<End>,
    /// It has no end yet, and another bttest is at it.
    pub under_way: bool,
    /// Time of the last record, in microseconds since the start.
    pub last_t: u64,
    /// When the run went on after it was cut off or interrupted, in microseconds since the start, and by
    /// the calendar (RFC 3339, UTC); the first hundred.
    pub resumed: Vec<(u64, String)>,
    /// The signal that somebody asked the run to stop with.
    pub interrupted: Option<String>,
    /// What happened to the bench; the first hundred.
    pub bench_changes: Vec<Happened>,
    /// What the devices are, as far as the run saw it.
    pub identities: Identities,
    /// What the plan's `[recovery]` did.
    pub recoveries: Recoveries,
    /// What could not be put back, and why; the first hundred.
    pub not_restored: Vec<(String, String)>,
    /// What is still to be put back.
    pub left: Left,
    /// What was not as it should be in the journal.
    pub notes: Notes,
    /// What of the journal could not be written, in a sentence; what is told here is then from memory.
    pub unwritten: Option<String>,
    /// Where the journal is, as an absolute path, if it is a file.
    pub journal: Option<PathBuf>,
    /// The way from the report that is being written to the folder of the run, as a relative URL that is empty
    /// or ends in `/`. The files that a run keeps beside its journal are linked by it.
    pub way: String,
}

/// Something that happened to the bench.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Happened {
    /// Microseconds since the start of the run.
    pub t: u64,
    pub change: BenchChange,
    /// How far, in microseconds (see [`crate::event::Event::Bench`]).
    pub by_us: Option<i64>,
}

impl Happened {
    /// What happened, in words.
    #[must_use]
    pub fn in_words(&self) -> String {
        in_words(self.change, self.by_us)
    }
}

/// How a run ended by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct End {
    pub verdict: Verdict,
    pub exit_code: u8,
    pub took_us: u64,
}

/// One case over all its iterations.
#[derive(Debug, Clone, PartialEq)]
pub struct Case {
    pub id: String,
    pub identity: CaseIdentity,
    /// Microseconds since the start of the run.
    pub started: u64,
    pub took_us: u64,
    pub verdict: Verdict,
    /// Why it did not pass.
    pub cause: Option<Cause>,
    /// False where the run was cut off in it; then its verdict is inconclusive.
    pub finished: bool,
    pub iterations: Tally,
    /// How many of them are more than it was to have: run anew when the run went on, because what it keeps for
    /// later cases was put back or may be lost.
    pub anew: u64,
    /// How many attempts there were, over all iterations.
    pub attempts: u64,
    /// How many iterations passed only after a failed attempt.
    pub flaky: u64,
    /// How many iterations in a row failed, at the most. One that is inconclusive or was skipped says nothing
    /// of the device: it neither counts nor ends a row.
    pub longest_run_of_failures: u64,
    /// Why attempts did not pass, flaky ones too, by step and kind.
    pub causes: Causes,
    /// Failed attempts in detail: the first few of each kind.
    pub failures: Vec<Failure>,
    /// By name, in the order in which they first occurred.
    pub measures: Vec<Measure>,
    /// The iterations that passed or failed over time: how many passed, and how long those took.
    pub course: Series,
    /// The slowest iterations that passed, slowest first.
    pub slowest: Vec<Slow>,
    pub thresholds: Vec<ThresholdResult>,
    /// Properties that `inspect` recorded, by object; the last ones of each.
    pub inspected: BTreeMap<String, BTreeMap<String, Value>>,
    /// How the last iteration ended.
    pub last: Option<Verdict>,
    /// How many failed since the last one that passed.
    failing: u64,
    /// What its iterations come to for its verdict, with the reason of the first that weighs as much: those
    /// that were interrupted are left out, and failures that are left to a threshold.
    pub so_far: Option<(Verdict, Option<Cause>)>,
    /// It was under way when somebody asked the run to stop.
    interrupted: bool,
}

/// How many ended how.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Tally {
    pub passed: u64,
    pub failed: u64,
    pub inconclusive: u64,
    pub skipped: u64,
}

/// An attempt that did not pass.
#[derive(Debug, Clone, PartialEq)]
pub struct Failure {
    /// Which repetition, from 1; 0 in the plan's own setup and teardown.
    pub iteration: u64,
    /// Which try at it, from 1.
    pub attempt: u32,
    pub verdict: Verdict,
    pub cause: Cause,
    /// The step that failed first; none where no step did, such as when the time was up between two.
    pub step: Option<FailedStep>,
    /// When the attempt ended, in microseconds since the start of the run.
    pub at: u64,
    pub took_us: u64,
    /// What happened to the step's device before, oldest first; what was before the attempt comes first.
    pub before: Vec<Trace>,
    /// How things stood when the step failed, as far as is known: `Connected = true` and the like of its
    /// device, and what of the bench was off or gone. In a fixed order.
    pub state: Vec<String>,
    /// What became of the iteration; none until it has ended.
    pub outcome: Option<Outcome>,
    /// The HCI capture of the attempt, where it was kept: a path within the folder of the run.
    pub capture: Option<String>,
}

impl Failure {
    /// What happened before: before the attempt, and in it.
    #[must_use]
    pub fn before_and_within(&self) -> (&[Trace], &[Trace]) {
        self.before.split_at(self.before.partition_point(|trace| trace.earlier))
    }

    /// Whether both failed in the same way at the same step of the plan.
    #[must_use]
    pub fn alike(&self, other: &Self) -> bool {
        let key = |failure: &Self| {
            let step = failure.step.as_ref();
            (step.map(FailedStep::in_plan), failure.cause.kind.clone())
        };
        key(self) == key(other)
    }
}

/// What became of the iteration that a failed attempt belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// A later attempt passed.
    Flaky,
    /// A later attempt decided the iteration, and it did not pass either.
    Retried,
    /// This attempt was the last, and decided it.
    Decided,
}

/// A step that failed.
#[derive(Debug, Clone, PartialEq)]
pub struct FailedStep {
    /// See [`crate::event::Scope::step`].
    pub path: String,
    pub identity: StepIdentity,
    /// Microseconds since the start of the run.
    pub started: u64,
    pub ended: u64,
}

impl FailedStep {
    /// The step of the plan, in whichever round of its loops: `steps/5.2/1` becomes `steps/5/1`. The branches of
    /// parallel steps, as in `steps/5.b/1`, are steps of the plan each by itself.
    #[must_use]
    pub fn in_plan(&self) -> String {
        fn part(part: &str) -> &str {
            let round = part.split_once('.').filter(|(_, round)| round.parse::<u64>().is_ok());
            round.map_or(part, |(step, _)| step)
        }
        let parts: Vec<&str> = self.path.split('/').map(part).collect();
        parts.join("/")
    }
}

impl Summary {
    /// Reads a journal to its end.
    ///
    /// # Errors
    /// The file could not be read on; what a journal says is never an error.
    pub fn of<R: io::BufRead>(journal: &mut Journal<R>) -> io::Result<Self> {
        let mut fold = Fold::default();
        for record in &mut *journal {
            fold.add(&record?);
        }
        fold.under_way(journal.is_being_written());
        Ok(fold.finish(journal.notes()))
    }

    /// The verdict of the run: of its end, and where it has none of its cases, and inconclusive at least.
    #[must_use]
    pub fn verdict(&self) -> Verdict {
        match self.end {
            Some(end) => end.verdict,
            None => (self.cases.iter().map(|case| case.verdict))
                .fold(Verdict::Inconclusive, Verdict::max),
        }
    }

    /// The journal could not be written whole, for this reason. What passed then has no evidence: the run is
    /// inconclusive at least, and the program ends with this code.
    pub fn without_evidence(&mut self, why: String, exit_code: u8) {
        self.unwritten = Some(why);
        if let Some(end) = &mut self.end {
            let verdict = end.verdict.max(Verdict::Inconclusive);
            *end = End { verdict, exit_code, ..*end };
        }
    }

    /// How long the run took, in microseconds; where it was cut off, until then.
    #[must_use]
    pub fn took_us(&self) -> u64 {
        self.end.map_or(self.last_t, |end| end.took_us)
    }

    /// How many cases ended how.
    #[must_use]
    pub fn tally(&self) -> Tally {
        let mut tally = Tally::default();
        self.cases.iter().for_each(|case| tally.add(case.verdict));
        tally
    }

    /// How many of the chosen cases were never started.
    #[must_use]
    pub fn not_started(&self) -> usize {
        let chosen = self.run.as_ref().map_or(0, |run| run.cases);
        chosen.saturating_sub(self.cases.len())
    }

    /// Name of the plan.
    #[must_use]
    pub fn plan(&self) -> &str {
        self.run.as_ref().map_or("unknown plan", |run| &run.plan)
    }
}

impl Tally {
    /// Counts one more.
    pub fn add(&mut self, verdict: Verdict) {
        *match verdict {
            Verdict::Pass => &mut self.passed,
            Verdict::Skip => &mut self.skipped,
            Verdict::Inconclusive => &mut self.inconclusive,
            Verdict::Fail => &mut self.failed,
        } += 1;
    }

    /// Those that say something of the device, of which a rate of success is: what the bench failed in, and
    /// what was not run, does not.
    #[must_use]
    pub fn judged(&self) -> u64 {
        self.passed + self.failed
    }

    /// All of them.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.passed + self.failed + self.inconclusive + self.skipped
    }
}

impl Case {
    fn new(id: &str, identity: CaseIdentity, started: u64) -> Self {
        Self {
            id: id.to_owned(),
            identity,
            started,
            took_us: 0,
            verdict: Verdict::Inconclusive,
            cause: None,
            finished: false,
            iterations: Tally::default(),
            anew: 0,
            attempts: 0,
            flaky: 0,
            longest_run_of_failures: 0,
            causes: Causes::default(),
            failures: Vec::new(),
            measures: Vec::new(),
            course: Series::default(),
            slowest: Vec::new(),
            thresholds: Vec::new(),
            inspected: BTreeMap::new(),
            last: None,
            failing: 0,
            so_far: None,
            interrupted: false,
        }
    }

    /// Counts an iteration that ended. One that was cut short failed in nothing.
    fn count(&mut self, t: u64, took_us: u64, verdict: Verdict, cut_short: bool) {
        self.iterations.add(verdict);
        if cut_short {
            return;
        }
        match verdict {
            Verdict::Pass => self.failing = 0,
            Verdict::Fail => self.failing += 1,
            Verdict::Skip | Verdict::Inconclusive => return,
        }
        self.course.record(t, took_us, verdict == Verdict::Pass);
        self.longest_run_of_failures = self.longest_run_of_failures.max(self.failing);
    }

    /// How many iterations it has had of those that it was to have.
    #[must_use]
    pub fn of_planned(&self) -> u64 {
        self.iterations.total().saturating_sub(self.anew)
    }

    /// Takes the end of an iteration into its verdict so far.
    fn settle(&mut self, finished: &Finished) {
        self.last = Some(finished.verdict);
        let ended = match finished.left_to_threshold {
            true => (Verdict::Pass, None),
            false => (finished.verdict, finished.cause.clone()),
        };
        // One that was skipped says nothing beside others.
        let stands = self.so_far.as_ref().is_some_and(|(verdict, _)| {
            ended.0 == Verdict::Skip || (*verdict != Verdict::Skip && *verdict >= ended.0)
        });
        if !stands {
            self.so_far = Some(ended);
        }
    }

    /// Adds a try to a measure.
    fn measure(&mut self, name: &str, t: u64, us: u64, ok: bool) {
        let known = self.measures.iter().position(|measure| measure.name == name);
        let at = known.unwrap_or_else(|| {
            self.measures.push(Measure::new(name));
            self.measures.len() - 1
        });
        if let Some(measure) = self.measures.get_mut(at) {
            measure.record(t, us, ok);
        }
    }

    /// Makes room for the first failure of a group: one goes of those that are most alike.
    fn make_room(&mut self) {
        if self.failures.len() < DETAILED {
            return;
        }
        let alike = |of: &Failure| self.failures.iter().filter(|other| other.alike(of)).count();
        let numbered = self.failures.iter().enumerate();
        let most = numbered.map(|(at, of)| (alike(of), at)).max();
        if let Some((2.., at)) = most {
            self.failures.remove(at);
        }
    }

    /// Keeps the details of a failure, if there are not enough of its kind.
    fn keep(&mut self, failure: Failure) {
        let alike = |other: &&Failure| other.alike(&failure) && other.outcome == failure.outcome;
        if self.failures.len() < DETAILED && self.failures.iter().filter(alike).count() < ALIKE {
            self.failures.push(failure);
        }
    }

    /// The failure that decided the case: of the first iteration that did not pass.
    #[must_use]
    pub fn decisive(&self) -> Option<&Failure> {
        (self.failures.iter()).find(|failure| failure.outcome == Some(Outcome::Decided))
    }
}
