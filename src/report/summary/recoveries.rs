//! What the plan's `[recovery]` did: how often each rung, and the first uses in full.

use std::collections::BTreeMap;

use super::REMARKS;
use crate::event::Recovery;

/// Uses of recovery.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Recoveries {
    /// How often each rung was used. One use may be for several devices, and with `forget` goes `repair`.
    pub by_rung: BTreeMap<String, u64>,
    /// The first hundred records of them, each with its time in microseconds since the start of the run.
    pub first: Vec<(u64, Recovery)>,
    /// How many records there are: each use is one at least.
    pub records: u64,
}

/// What belongs to `forget` in journals that do not say so.
const REPAIR: &str = "repair";

impl Recoveries {
    pub(super) fn add(&mut self, t: u64, recovery: &Recovery) {
        self.records += 1;
        let is_use = !recovery.further && recovery.rung != REPAIR;
        // A journal from elsewhere may name any number of rungs.
        if is_use && (self.by_rung.len() < REMARKS || self.by_rung.contains_key(&recovery.rung)) {
            *self.by_rung.entry(recovery.rung.clone()).or_default() += 1;
        }
        if self.first.len() < REMARKS {
            self.first.push((t, recovery.clone()));
        }
    }

    /// How many uses there were: what the plan's `limit` counts.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.by_rung.values().sum()
    }
}
