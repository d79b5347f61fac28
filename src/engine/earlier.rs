//! What a run came to before it was cut off, as far as going on with it needs to know.

use std::collections::BTreeMap;

use crate::event::{Cause, Verdict};
use crate::stats::Statistics;

/// One case, before the run was cut off.
#[derive(Debug, Clone, Default)]
pub struct Earlier {
    /// When it began, in microseconds of the run.
    pub began: u64,
    /// How many iterations it had.
    pub done: u64,
    /// How many of those were more than it was to have.
    pub anew: u64,
    /// Whether one of them failed, also one that is left to a threshold.
    pub failed: bool,
    /// What they came to for the case, with the reason; none: there was none.
    pub so_far: Option<(Verdict, Option<Cause>)>,
    /// How the last of them ended.
    pub last: Option<Verdict>,
    /// It had its verdict, which stands.
    pub ended: bool,
    /// What it had measured, by the name of the measure.
    pub measures: BTreeMap<String, Statistics>,
}
