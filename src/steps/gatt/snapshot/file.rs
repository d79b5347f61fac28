//! The file of a snapshot: TOML that a person can read and a version control can compare.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::super::id::{CharacteristicId, DescriptorId, ServiceId};
use crate::bluez::gatt::{self, Database};
use crate::whole_file::write_whole;

/// The largest file that is read, in bytes. A whole database is far below it.
const LARGEST: u64 = 1 << 20;

/// A database as it was recorded.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Snapshot {
    #[serde(default)]
    service: Vec<Service>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Service {
    uuid: String,
    #[serde(default = "yes")]
    primary: bool,
    #[serde(default)]
    characteristic: Vec<Characteristic>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Characteristic {
    uuid: String,
    properties: Vec<String>,
    #[serde(default)]
    descriptors: Vec<String>,
    value: Option<String>,
    /// Where it is in BlueZ's tree now.
    #[serde(skip)]
    path: String,
}

fn yes() -> bool {
    true
}

impl Snapshot {
    /// What a device has.
    pub(super) fn of(database: &Database) -> Self {
        Self { service: database.services.iter().map(Service::of).collect() }
    }

    /// The same of some services; none: of all.
    pub(super) fn only(mut self, services: &[ServiceId]) -> Self {
        let wanted = |one: &Service| services.iter().any(|id| id.is(&one.uuid));
        self.service.retain(|one| services.is_empty() || wanted(one));
        self
    }

    /// Whether both have the same services and characteristics, whatever their values.
    pub(super) fn has_shape_of(&self, other: &Self) -> bool {
        let shape = |snapshot: &Self| {
            let mut lines = snapshot.clone();
            let all = lines.service.iter_mut().flat_map(|one| &mut one.characteristic);
            all.for_each(|one| one.value = None);
            lines.lines()
        };
        shape(self) == shape(other)
    }

    /// The value of the characteristic at a path.
    pub(super) fn add_value(&mut self, path: &str, uuid: &str, value: String) {
        let mut all = self.service.iter_mut().flat_map(|one| &mut one.characteristic);
        if let Some(one) = all.find(|one| one.path == path && one.uuid == uuid) {
            one.value = Some(value);
        }
    }

    /// A line for each service and each characteristic, with all that is recorded of it.
    pub(super) fn lines(&self) -> Vec<String> {
        let mut lines = Vec::new();
        for service in &self.service {
            let id = ServiceId::told(&service.uuid);
            let kind = if service.primary { "" } else { ", secondary" };
            lines.push(format!("service {id}{kind}"));
            lines.extend(service.characteristic.iter().map(|one| format!("{id} > {}", one.line())));
        }
        lines
    }

    /// The file's text.
    fn text(&self, device: &str) -> String {
        let device = device.escape_default();
        let mut text = format!("# The GATT database of {device}, by `gatt-snapshot`.\n");
        for service in &self.service {
            text += "\n[[service]]\n";
            text += &entry("uuid", &service.uuid, &ServiceId::told(&service.uuid).to_string());
            if !service.primary {
                text += "primary = false\n";
            }
            for one in &service.characteristic {
                text += "\n[[service.characteristic]]\n";
                text += &entry("uuid", &one.uuid, &CharacteristicId::told(&one.uuid).to_string());
                text += &format!("properties = {}\n", list(&one.properties));
                if !one.descriptors.is_empty() {
                    text += &format!("descriptors = {}\n", list(&one.descriptors));
                }
                if let Some(value) = &one.value {
                    text += &format!("value = {}\n", quoted(value));
                }
            }
        }
        text
    }
}

impl Service {
    fn of(service: &gatt::Service) -> Self {
        Self {
            uuid: service.uuid.clone(),
            primary: service.is_primary,
            characteristic: service.characteristics.iter().map(Characteristic::of).collect(),
        }
    }
}

impl Characteristic {
    fn of(characteristic: &gatt::Characteristic) -> Self {
        let mut properties = characteristic.flags.clone();
        properties.sort();
        let mut descriptors: Vec<String> =
            characteristic.descriptors.iter().map(|one| one.uuid.clone()).collect();
        descriptors.sort();
        Self {
            uuid: characteristic.uuid.clone(),
            properties,
            descriptors,
            value: None,
            path: characteristic.path.clone(),
        }
    }

    fn line(&self) -> String {
        let mut line =
            format!("{}: {}", CharacteristicId::told(&self.uuid), self.properties.join(" "));
        for descriptor in &self.descriptors {
            line += &format!(", descriptor {}", DescriptorId::told(descriptor));
        }
        if let Some(value) = &self.value {
            line += &format!(", value {value}");
        }
        line
    }
}

/// A UUID, with its name behind it where it has one.
fn entry(key: &str, uuid: &str, name: &str) -> String {
    let comment = if name == uuid { String::new() } else { format!(" # {name}") };
    format!("{key} = {}{comment}\n", quoted(uuid))
}

fn list(words: &[String]) -> String {
    let words: Vec<String> = words.iter().map(|word| quoted(word)).collect();
    format!("[{}]", words.join(", "))
}

/// A text of TOML, whatever a device has told. It is one of JSON, but for DEL, which TOML wants escaped.
fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string().replace('\u{7f}', "\\u007F")
}

/// Reads a file; none where there is none.
///
/// # Errors
/// It cannot be read, or is no snapshot; why.
pub(super) fn read(path: &Path) -> Result<Option<Snapshot>, String> {
    let file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error.to_string()),
    };
    let mut text = String::new();
    file.take(LARGEST).read_to_string(&mut text).map_err(|error| error.to_string())?;
    toml::from_str(&text).map(Some).map_err(|error| error.to_string().trim().replace('\n', " "))
}

/// Writes a file, whole or not at all.
pub(super) fn write(path: &Path, device: &str, snapshot: &Snapshot) -> io::Result<()> {
    write_whole(path, |out| out.write_all(snapshot.text(device).as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn snapshot() -> Snapshot {
        let characteristic = Characteristic {
            uuid: "00002a19-0000-1000-8000-00805f9b34fb".to_owned(),
            properties: vec!["notify".to_owned(), "read".to_owned()],
            descriptors: vec!["00002902-0000-1000-8000-00805f9b34fb".to_owned()],
            value: Some("4d".to_owned()),
            path: String::new(),
        };
        let uuid = "0000180f-0000-1000-8000-00805f9b34fb".to_owned();
        Snapshot {
            service: vec![Service { uuid, primary: true, characteristic: vec![characteristic] }],
        }
    }

    #[test]
    fn what_was_written_is_read_back() {
        let text = snapshot().text("sensor\n\"");
        insta::assert_snapshot!(text, @r#"
        # The GATT database of sensor\n\", by `gatt-snapshot`.

        [[service]]
        uuid = "0000180f-0000-1000-8000-00805f9b34fb" # battery (180f)

        [[service.characteristic]]
        uuid = "00002a19-0000-1000-8000-00805f9b34fb" # battery-level (2a19)
        properties = ["notify", "read"]
        descriptors = ["00002902-0000-1000-8000-00805f9b34fb"]
        value = "4d"
        "#);
        assert_eq!(toml::from_str::<Snapshot>(&text).unwrap(), snapshot());
    }

    #[test]
    fn a_device_cannot_write_into_the_file_as_it_likes() {
        let mut hostile = snapshot();
        hostile.service[0].uuid = "x\"\n[[service]] # é\u{1b}".to_owned();
        hostile.service[0].characteristic[0].properties = vec!["\"]\nvalue = 1".to_owned()];
        let text = hostile.text("d");
        // A comment would go on in the next line.
        assert!(toml::from_str::<Snapshot>(&text).is_ok_and(|back| back == hostile), "{text}");
    }

    #[test]
    fn some_services_are_compared_and_others_are_not() {
        let battery: ServiceId = ServiceId::assigned(0x180f);
        assert_eq!(snapshot().only(&[battery]), snapshot());
        assert_eq!(snapshot().only(&[ServiceId::assigned(0x180a)]), Snapshot::default());
        let mut other = snapshot();
        other.service[0].characteristic[0].value = None;
        assert!(snapshot().has_shape_of(&other) && snapshot().lines() != other.lines());
    }
}
