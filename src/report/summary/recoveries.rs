//! What the plan's `[recovery]` did: how often each rung, and the first uses in full.

use std::collections::BTreeMap;

use super::REMARKS;
use crate::event::Recovery;

/// Uses of recovery.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Recoveries {
    /// How often each rung was used.
    pub by_rung: BTreeMap<String, u64>,
    /// The first hundred, each with its time in microseconds since the start of the run.
    pub first: Vec<(u64, Recovery)>,
}

impl Recoveries {
    pub(super) fn add(&mut self, t: u64, recovery: &Recovery) {
        // A journal from elsewhere may name any number of rungs.
        if self.by_rung.len() < REMARKS || self.by_rung.contains_key(&recovery.rung) {
            *self.by_rung.entry(recovery.rung.clone()).or_default() += 1;
        }
        if self.first.len() < REMARKS {
            self.first.push((t, recovery.clone()));
        }
    }

    /// How many there were.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.by_rung.values().sum()
    }
}
