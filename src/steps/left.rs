//! What a run that was cut off has left on the bench: how things were is in its journal, and from there it
//! is put back when the run goes on.

use std::collections::BTreeMap;

use serde_json::Value;

use super::Bench;
use super::bearer::PREFERRED;
use super::put_back::{Before, Place, PutBack, Things};
use crate::bluez::{Adapter, Device, DeviceSet};
use crate::event::{Object, Touched};
use crate::plan::{DeviceName, Keep};

const POWERED: &str = "Powered";

/// What was still to be put back when a run was cut off.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Left {
    /// By the attempt that was under way.
    pub by_attempt: Vec<Touched>,
    /// By the run as a whole.
    pub by_run: Vec<Touched>,
}

impl Bench {
    /// Puts back what an earlier part of the run has left, so that the run goes on with a bench as the run
    /// found it. What the run keeps, or cannot put back now, is left to its end; so is the adapter's power,
    /// for the run needs it.
    pub async fn put_back_left(&self, left: &Left, keep: Keep) {
        let here = |touched: &&Touched| self.is_here(touched);
        let own = self.adapter().path();
        let mut of_attempt = things(left.by_attempt.iter().filter(here), own);
        let mut of_run = things(left.by_run.iter().filter(here), own);
        if of_attempt.is_empty() && of_run.is_empty() {
            return;
        }
        for touched in left.by_attempt.iter().chain(&left.by_run).filter(here) {
            self.recognise_again(&touched.object);
        }
        // The run's are older.
        let power = of_attempt.adapter.remove_entry(POWERED);
        let power = of_run.adapter.remove_entry(POWERED).or(power);
        let further = std::mem::take(&mut of_run.further);
        let still = PutBack::of(of_attempt).restore(self, Keep::default(), Place::Inner).await;
        let of_run = of_run.over(still);
        let mut still = PutBack::of(of_run).restore(self, keep, Place::Inner).await;
        still.adapter.extend(power);
        still.further.extend(further);
        self.begin_run_with(still);
    }

    /// A device that the plan names is the one that it was.
    fn recognise_again(&self, object: &Object) {
        let name = DeviceName(object.name.clone());
        if self.has_device(&name) {
            self.recognise(&name, &Device::at(self.session(), &object.path));
        }
    }

    /// Whether it is the adapter of this run, or a device of that.
    fn is_here(&self, touched: &Touched) -> bool {
        let path = touched.object.path.as_str();
        let Some(adapter) = self.adapter_at(path) else { return false };
        match touched.interface.as_str() {
            Adapter::INTERFACE => path == adapter.path(),
            Device::INTERFACE => {
                path.strip_prefix(adapter.path()).is_some_and(|rest| rest.starts_with("/dev_"))
            }
            DeviceSet::INTERFACE => {
                path.strip_prefix(adapter.path()).is_some_and(|rest| rest.starts_with("/set_"))
            }
            _ => false,
        }
    }
}

/// How things were, as the journal has it. `own` is the path of the plan's own adapter.
fn things<'t>(touched: impl Iterator<Item = &'t Touched>, own: &str) -> Things {
    let mut things = Things::default();
    for touched in touched {
        if touched.interface == Adapter::INTERFACE && touched.object.path == own {
            things.adapter.extend(touched.properties.clone());
        } else if touched.interface == DeviceSet::INTERFACE {
            let was = touched.properties.get(DeviceSet::AUTO_CONNECT).cloned();
            things.sets.extend(was.map(|was| (touched.object.path.clone(), was)));
        } else if touched.interface == Adapter::INTERFACE {
            let power = touched.properties.get(POWERED).cloned();
            things.further.extend(power.map(|on| (touched.object.path.clone(), on)));
        } else {
            things.devices.insert(touched.object.path.clone(), Before::from(&touched.properties));
        }
    }
    things
}

impl From<&BTreeMap<String, Value>> for Before {
    fn from(properties: &BTreeMap<String, Value>) -> Self {
        let is = |name: &str| properties.get(name) == Some(&Value::Bool(true));
        Self {
            known: !properties.is_empty(),
            paired: is("Paired"),
            connected: is("Connected"),
            trusted: is("Trusted"),
            blocked: is("Blocked"),
            preferred: properties.get(PREFERRED).and_then(|word| Some(word.as_str()?.to_owned())),
        }
    }
}

impl From<&Before> for BTreeMap<String, Value> {
    fn from(before: &Before) -> Self {
        if !before.known {
            return Self::new();
        }
        let properties = [
            ("Paired", before.paired),
            ("Connected", before.connected),
            ("Trusted", before.trusted),
            ("Blocked", before.blocked),
        ];
        let preferred = before.preferred.iter().map(|word| (PREFERRED, Value::from(word.as_str())));
        let properties = properties.map(|(name, value)| (name, Value::Bool(value))).into_iter();
        properties.chain(preferred).map(|(name, value)| (name.to_owned(), value)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_journal_says_of_a_device_is_how_it_was() {
        let known = Before {
            known: true,
            paired: true,
            connected: false,
            trusted: true,
            blocked: false,
            preferred: Some("last-used".to_owned()),
        };
        let unknown = Before {
            known: false,
            paired: false,
            connected: false,
            trusted: false,
            blocked: false,
            preferred: None,
        };
        for before in [known, unknown] {
            assert_eq!(Before::from(&BTreeMap::from(&before)), before);
        }
    }

    #[test]
    fn what_the_journal_says_of_a_set_is_how_it_was() {
        let path = "/org/bluez/hci0/set_00";
        let touched = Touched {
            object: Object { name: String::new(), path: path.to_owned() },
            interface: DeviceSet::INTERFACE.to_owned(),
            properties: BTreeMap::from([(DeviceSet::AUTO_CONNECT.to_owned(), Value::Bool(true))]),
        };
        assert_eq!(touched.what(), format!("auto-connect of {path}"));
        let things = things([&touched].into_iter(), "/org/bluez/hci0");
        assert_eq!(things.sets, BTreeMap::from([(path.to_owned(), Value::Bool(true))]));
    }
}
