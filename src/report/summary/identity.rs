//! What the devices of the plan, and whatever else was looked at, are: the properties that say so, as the
//! run saw them last.

use std::collections::BTreeMap;

use serde_json::Value;

use super::INSPECTED;
use super::trace::shown;
use crate::event::{Event, Object};
use crate::report::escape::cut;

/// The properties that say what a device is and not how it is at the moment.
const TELLING: &[&str] = &[
    "Name",
    "Alias",
    "Address",
    "AddressType",
    "Modalias",
    "Class",
    "Icon",
    "Appearance",
    "ManufacturerData",
];

/// The longest value that is kept, in characters.
const LONGEST: usize = 400;

/// How many properties of an object are kept.
const MOST: usize = 24;

/// What is known of each object, by the plan's name for it; the first 64.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Identities(BTreeMap<String, Identity>);

/// What is known of an object.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Identity {
    /// Object path on the bus.
    pub path: String,
    /// Values in words, by property.
    pub properties: BTreeMap<String, String>,
}

impl Identity {
    /// The device's address: as BlueZ told it, else as the path has it (`…/dev_C0_DE_00_00_00_01`).
    #[must_use]
    pub fn address(&self) -> Option<String> {
        self.properties.get("Address").cloned().or_else(|| {
            let (_, rest) = self.path.rsplit_once("/dev_")?;
            (rest.len() == 17).then(|| rest.replace('_', ":"))
        })
    }
}

impl Identities {
    /// Takes what an event tells of an object.
    pub(super) fn add(&mut self, event: &Event) {
        match event {
            Event::Appeared { object, properties } | Event::Inspected { object, properties } => {
                for (property, value) in properties {
                    self.learn(object, property, value);
                }
            }
            Event::Changed { object, property, value: Some(value), .. } => {
                self.learn(object, property, value);
            }
            Event::Identified { object, properties } => {
                for (property, value) in properties {
                    self.keep(object, property, value);
                }
            }
            _ => {}
        }
    }

    fn learn(&mut self, object: &Object, property: &str, value: &Value) {
        if is_telling(property) {
            self.keep(object, property, value);
        }
    }

    fn keep(&mut self, object: &Object, property: &str, value: &Value) {
        if !self.0.contains_key(&object.name) {
            if self.0.len() >= INSPECTED {
                return;
            }
            let identity = Identity { path: object.path.clone(), ..Identity::default() };
            self.0.insert(object.name.clone(), identity);
        }
        if let Some(identity) = self.0.get_mut(&object.name) {
            let known = &mut identity.properties;
            if known.len() < MOST || known.contains_key(property) {
                let value = cut(&shown(value), LONGEST).into_owned();
                known.insert(property.to_owned(), value);
            }
        }
    }

    /// The devices, by name: everything but adapters.
    pub fn devices(&self) -> impl Iterator<Item = (&str, &Identity)> {
        let all = self.0.iter().filter(|(_, identity)| identity.path.contains("/dev_"));
        all.map(|(name, identity)| (name.as_str(), identity))
    }
}

/// Whether the property says what a device is. An `inspect` may also have found the version of something.
fn is_telling(property: &str) -> bool {
    let versions = ["Firmware", "Revision", "Version"];
    TELLING.contains(&property) || versions.iter().any(|word| property.contains(word))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn object(name: &str) -> Object {
        Object { name: name.to_owned(), path: format!("/org/bluez/hci0/dev_{name}") }
    }

    fn appeared(name: &str, properties: Value) -> Event {
        let properties = serde_json::from_value(properties).unwrap();
        Event::Appeared { object: object(name), properties }
    }

    #[test]
    fn what_a_device_is_is_kept_and_how_it_is_is_not() {
        let mut all = Identities::default();
        all.add(&appeared("headset", json!({ "Alias": "C0-DE", "RSSI": -40, "Connected": true })));
        all.add(&Event::Changed {
            object: object("headset"),
            interface: "org.bluez.Device1".to_owned(),
            property: "Alias".to_owned(),
            value: Some(json!("Headset")),
        });
        let adapter = Object { name: "hci0".to_owned(), path: "/org/bluez/hci0".to_owned() };
        let properties = [("Alias".to_owned(), json!("bench"))].into();
        all.add(&Event::Inspected { object: adapter, properties });
        let devices: Vec<_> = all.devices().collect();
        assert_eq!(devices.len(), 1);
        let expected = [("Alias".to_owned(), "Headset".to_owned())].into();
        assert_eq!(devices[0].1.properties, expected);
    }

    #[test]
    fn a_crowd_of_long_names_is_bounded() {
        let mut all = Identities::default();
        for n in 0..1000 {
            all.add(&appeared(&n.to_string(), json!({ "Name": "x".repeat(10_000) })));
        }
        assert_eq!(all.devices().count(), INSPECTED);
        assert!(all.devices().all(|(_, i)| i.properties["Name"].chars().count() < LONGEST + 20));
    }
}
