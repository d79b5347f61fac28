//! What a case needs before it can say anything.

use super::{Ended, Engine};
use crate::event::{Cause, Verdict};
use crate::plan::Case;
use crate::steps::InterfaceName;

impl Engine<'_> {
    /// The first need of the case that is not met, as the reason for which it is skipped. What it needs of
    /// the cases that it takes turns with is settled in each round.
    pub(super) async fn unmet_requirement(&self, case: &Case, together: &[&str]) -> Option<Ended> {
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
        } else if let Some(reason) = self.unmet_interfaces(case) {
            reason
        } else if let Some(reason) = self.unmet_audio(case) {
            reason
        } else if let Some(reason) = self.unmet_settings(case).await {
            reason
        } else {
            let earlier = |id: &&String| !together.contains(&id.as_str());
            return self.not_passed(case.requires.cases.iter().filter(earlier));
        };
        Some(skipped("requires", reason))
    }

    /// The first interface that the case needs of the adapter, and BlueZ does not show.
    fn unmet_interfaces(&self, case: &Case) -> Option<String> {
        let path = self.bench.adapter().path();
        let missing = self.bench.session().mirror().read(|tree| {
            let is_missing = |name: &&InterfaceName| tree.interface(path, name.as_str()).is_none();
            case.requires.interfaces.iter().find(is_missing).cloned()
        })?;
        Some(format!(
            "needs {missing}, which BlueZ does not show of the adapter (some interfaces need `bluetoothd --experimental`)"
        ))
    }

    /// The first thing that the case needs this host to be in a stream, and BlueZ does not support.
    fn unmet_audio(&self, case: &Case) -> Option<String> {
        let mut roles = case.requires.audio.iter();
        let missing = roles.find(|role| !self.bench.supports_audio(**role))?;
        Some(format!(
            "needs audio as {}, which BlueZ does not support here (LE audio needs `bluetoothd --experimental --kernel='*'`)",
            missing.word()
        ))
    }

    /// What the case needs of the kernel's settings, and the controller cannot have.
    async fn unmet_settings(&self, case: &Case) -> Option<String> {
        let needed = &case.requires.kernel_settings;
        if needed.is_empty() {
            return None;
        }
        match self.bench.settings_missing(needed).await {
            Ok(missing) => {
                let missing: Vec<&str> = missing.iter().map(|setting| setting.as_str()).collect();
                let missing = missing.join(", ");
                (!missing.is_empty()).then(|| format!("the controller cannot have {missing}"))
            }
            Err(failure) => Some(format!("the kernel cannot be asked: {}", failure.cause.message)),
        }
    }

    /// The first case that this one needs and that has not passed; in a round, its latest iteration.
    pub(super) fn unmet_case(&self, case: &Case) -> Option<Ended> {
        self.not_passed(case.requires.cases.iter())
    }

    fn not_passed<'c>(&self, mut needed: impl Iterator<Item = &'c String>) -> Option<Ended> {
        let id = needed.find(|id| !self.passed.contains(*id))?;
        Some(skipped("requires", format!("needs {id} to have passed")))
    }
}

/// The end of a case that is not run.
pub(super) fn skipped(kind: &str, reason: String) -> Ended {
    let cause = Cause { kind: kind.to_owned(), message: reason, ..Cause::default() };
    Ended { verdict: Verdict::Skip, cause: Some(cause) }
}
