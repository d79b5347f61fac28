//! What a case needs before it can say anything.

use super::{Ended, Engine};
use crate::event::{Cause, Verdict};
use crate::plan::Case;

impl Engine<'_> {
    /// The first need of the case that is not met, as the reason for which it is skipped.
    pub(super) fn unmet_requirement(&self, case: &Case) -> Option<Ended> {
        let needs = &case.requires;
        let bluez = self.bench.bluez_version();
        let adapters = self.bench.adapter_count();
        let reason = if needs.hardware && self.options.simulated {
            "needs hardware, and this is the simulator".to_owned()
        } else if let Some(oldest) =
            needs.bluez.filter(|oldest| bluez.is_some_and(|has| has < *oldest))
        {
            let has = bluez.map(|has| has.to_string()).unwrap_or_default();
            format!("needs BlueZ {oldest}, and this is {has}")
        } else if let Some(count) = needs.adapters.filter(|count| usize::from(*count) > adapters) {
            format!("needs {count} adapters, and there are {adapters}")
        } else if let Some(id) = needs.cases.iter().find(|id| !self.passed.contains(*id)) {
            format!("needs {id} to have passed")
        } else {
            return None;
        };
        Some(skipped("requires", reason))
    }
}

/// The end of a case that is not run.
pub(super) fn skipped(kind: &str, reason: String) -> Ended {
    let cause = Cause { kind: kind.to_owned(), message: reason, ..Cause::default() };
    Ended { verdict: Verdict::Skip, cause: Some(cause) }
}
