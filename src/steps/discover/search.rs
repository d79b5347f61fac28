//! What a discovery looks for, and whether a device that BlueZ shows is it. BlueZ merges the filters of all its
//! clients, so each is checked here again.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::bluez::{Adapter, Device, DiscoveryFilter, Properties, Tree};
use crate::plan::{DeviceMatch, DeviceName, ServiceUuid, Transport};
use crate::steps::matching;

/// What BlueZ shows for a strength that the controller did not tell (`HCI_RSSI_INVALID`).
const UNKNOWN_STRENGTH: i64 = 127;

/// What is said of how a device is heard, whichever it is: BlueZ's filter, and the same for what it reports.
#[derive(Debug, Clone, Default)]
pub(super) struct Hearing {
    /// The weakest signal, in dBm.
    pub(super) rssi: Option<i16>,
    /// The most that a signal may lose on its way, in dB.
    pub(super) pathloss: Option<u16>,
    /// How name or address begins.
    pub(super) pattern: Option<String>,
    /// One of these is advertised.
    pub(super) any_service: Vec<ServiceUuid>,
    pub(super) duplicate_data: Option<bool>,
    pub(super) discoverable: Option<bool>,
}

/// A device that is looked for.
#[derive(Debug)]
pub(super) struct Target {
    /// The plan's name for it; none: any device that matches.
    pub(super) name: Option<DeviceName>,
    /// Everything here must match.
    pub(super) criteria: Vec<DeviceMatch>,
    /// It must not show.
    pub(super) absent: bool,
}

/// What is looked for, and where.
#[derive(Debug)]
pub(super) struct Search<'h> {
    pub(super) adapter: &'h Adapter,
    pub(super) targets: Vec<Target>,
    hearing: &'h Hearing,
    /// Paths of devices that BlueZ knew before: only a signal strength shows that they are there now.
    known: BTreeSet<String>,
    /// How the paths of the adapter's devices begin.
    prefix: String,
    /// Up to where the mirror's news were looked at.
    seen: u64,
    /// Object paths of what was found, by the target's place.
    pub(super) found: BTreeMap<usize, String>,
}

impl<'h> Search<'h> {
    pub(super) fn new(adapter: &'h Adapter, targets: Vec<Target>, hearing: &'h Hearing) -> Self {
        Self {
            adapter,
            targets,
            hearing,
            known: adapter.devices().iter().map(|device| device.path().to_owned()).collect(),
            prefix: format!("{}/", adapter.path()),
            seen: 0,
            found: BTreeMap::new(),
        }
    }

    /// The filter that lets through whatever is looked for, and as little else as BlueZ can leave out.
    pub(super) fn filter(&self, transport: Option<Transport>) -> DiscoveryFilter {
        let hearing = self.hearing;
        let tables = || self.targets.iter().filter_map(|target| target.criteria.last());
        let mut bearers = tables().map(|table| table.transport);
        let first = bearers.next().unwrap_or_default();
        let all = if bearers.all(|other| other == first) { first } else { Transport::Auto };
        DiscoveryFilter {
            transport: transport.unwrap_or(all).to_string(),
            uuids: self.services().iter().map(|uuid| uuid.as_str().to_owned()).collect(),
            rssi: hearing.rssi,
            pathloss: hearing.pathloss,
            duplicate_data: hearing.duplicate_data,
            discoverable: hearing.discoverable,
            pattern: hearing.pattern.clone(),
        }
    }

    /// BlueZ reads several UUIDs as alternatives, so there is one for each target, or none at all.
    fn services(&self) -> Vec<ServiceUuid> {
        if !self.hearing.any_service.is_empty() {
            return self.hearing.any_service.clone();
        }
        let of_target =
            |target: &Target| target.criteria.iter().find_map(|one| one.service.clone());
        let all: Option<BTreeSet<ServiceUuid>> = self.targets.iter().map(of_target).collect();
        all.unwrap_or_default().into_iter().collect()
    }

    /// Takes in what is heard now. Whether that ends the search: all that is looked for was found and nothing is
    /// to be absent, or something shows that is to be.
    pub(super) fn look(&mut self, tree: &Tree) -> bool {
        let (news, seen) = tree.touched_since(self.seen);
        for path in news {
            let target = self.target_at(tree, path);
            self.found.extend(target.map(|at| (at, path.to_owned())));
        }
        self.seen = seen;
        self.shows_absent().is_some()
            || (self.found.len() == self.targets.len() && self.targets.iter().all(|t| !t.absent))
    }

    /// Which of those that are still looked for a device is, if it is heard now.
    fn target_at(&self, tree: &Tree, path: &str) -> Option<usize> {
        let properties = tree.interface(path, Device::INTERFACE)?;
        let is_fit = path.starts_with(&self.prefix)
            && self.is_heard(path, properties)
            && self.hearing.passes(properties)
            && !self.found.values().any(|found| found == path);
        let open =
            |(at, target): &(usize, &Target)| !self.found.contains_key(at) && target.is(properties);
        is_fit.then(|| self.targets.iter().enumerate().find(open).map(|(at, _)| at)).flatten()
    }

    fn is_heard(&self, path: &str, properties: &Properties) -> bool {
        properties.contains_key("RSSI") || !self.known.contains(path)
    }

    /// What is to be absent and shows, with the path of its object.
    pub(super) fn shows_absent(&self) -> Option<(&Target, &str)> {
        self.found.iter().find_map(|(at, path)| {
            let target = self.targets.get(*at).filter(|target| target.absent)?;
            Some((target, path.as_str()))
        })
    }

    /// What is looked for and was not found.
    pub(super) fn missing(&self) -> impl Iterator<Item = &Target> {
        let open = |(at, target): &(usize, &Target)| !target.absent && !self.found.contains_key(at);
        self.targets.iter().enumerate().filter(open).map(|(_, target)| target)
    }

    /// How many devices have come that BlueZ did not know.
    pub(super) fn new_devices(&self) -> usize {
        let devices = self.adapter.devices();
        devices.iter().filter(|device| !self.known.contains(device.path())).count()
    }
}

impl Target {
    pub(super) fn is(&self, properties: &Properties) -> bool {
        self.criteria.iter().all(|one| matching::matches(one, properties))
    }
}

impl Hearing {
    /// Whether a device passes this filter by itself.
    fn passes(&self, properties: &Properties) -> bool {
        let strength = strength(properties);
        let is_near =
            |weakest: i16| strength.is_some_and(|strength| strength >= i64::from(weakest));
        self.rssi.is_none_or(is_near)
            && self.pathloss.is_none_or(|most| {
                let sent = properties.get("TxPower").and_then(Value::as_i64);
                let lost = sent.zip(strength).map(|(sent, heard)| sent.saturating_sub(heard));
                lost.is_some_and(|lost| lost <= i64::from(most))
            })
            && self.pattern.as_deref().is_none_or(|pattern| begins(properties, pattern))
            && (self.any_service.is_empty()
                || self.any_service.iter().any(|uuid| matching::has_service(properties, uuid)))
    }
}

/// How strongly a device is heard, in dBm, as far as the controller tells.
fn strength(properties: &Properties) -> Option<i64> {
    let strength = properties.get("RSSI").and_then(Value::as_i64);
    strength.filter(|strength| *strength != UNKNOWN_STRENGTH)
}

/// Whether name or address begins so (`filter_pattern` in BlueZ's `src/adapter.c` reads it the same way).
fn begins(properties: &Properties, pattern: &str) -> bool {
    let text = |property: &str| properties.get(property).and_then(Value::as_str);
    let address = text("Address").and_then(|address| address.get(..pattern.len()));
    text("Name").is_some_and(|name| name.starts_with(pattern))
        || address.is_some_and(|start| start.eq_ignore_ascii_case(pattern))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn passes(hearing: &Hearing, properties: Value) -> bool {
        hearing.passes(&serde_json::from_value(properties).unwrap())
    }

    #[test]
    fn what_another_client_asked_for_does_not_pass() {
        let near = Hearing { rssi: Some(-70), ..Hearing::default() };
        assert!(passes(&near, json!({ "RSSI": -70 })));
        assert!(!passes(&near, json!({ "RSSI": -71 })));
        assert!(!passes(&near, json!({})));
        // The controller does not tell.
        assert!(!passes(&near, json!({ "RSSI": 127 })));

        let loses = Hearing { pathloss: Some(64), ..Hearing::default() };
        assert!(passes(&loses, json!({ "RSSI": -60, "TxPower": 4 })));
        assert!(!passes(&loses, json!({ "RSSI": -61, "TxPower": 4 })));
        assert!(!passes(&loses, json!({ "RSSI": -10 })));

        let named = Hearing { pattern: Some("C0:de".into()), ..Hearing::default() };
        assert!(passes(&named, json!({ "Address": "C0:DE:00:00:00:01" })));
        assert!(passes(&named, json!({ "Address": "00:00:00:00:00:01", "Name": "C0:de-7" })));
        assert!(!passes(&named, json!({ "Address": "00:00:00:00:00:01", "Name": "c0:de" })));

        let uuid = |text: &str| ServiceUuid::try_from(text.to_owned()).unwrap();
        let either =
            Hearing { any_service: vec![uuid("180d"), uuid("180f")], ..Hearing::default() };
        assert!(passes(&either, json!({ "UUIDs": ["0000180f-0000-1000-8000-00805f9b34fb"] })));
        assert!(!passes(&either, json!({ "UUIDs": ["0000180a-0000-1000-8000-00805f9b34fb"] })));
    }
}
