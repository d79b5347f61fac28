//! The GATT database of a device, as a scene writes it: `[[device.service]]`, with characteristics and
//! descriptors. The words for what a client may do are those that BlueZ has for a server's (`Flags` in
//! `doc/org.bluez.GattCharacteristic.rst` and `doc/org.bluez.GattDescriptor.rst`).

mod check;
mod flag;

use std::time::Duration;

use serde::{Deserialize, Deserializer, de::Error as _};

use super::{advertised, latency::Latency, uuid::Uuid};
pub(super) use check::check;
pub use flag::{Flag, Permissions, Security};

/// The longest value of an attribute, in bytes (Core Spec Vol 3, Part F, 3.2.9).
pub const LONGEST_VALUE: usize = 512;
/// The most values that a characteristic notifies in turn.
const MOST_VALUES: usize = 1000;
/// No two notifications come closer: a scene without time between them would never end.
const SHORTEST_PAUSE: Duration = Duration::from_millis(1);

/// A database that several devices have: `[database.NAME]`.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Database {
    /// Its services, in the order of their handles.
    #[serde(default)]
    pub service: Vec<Service>,
}

/// One service: `[[device.service]]`.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Service {
    /// What it is.
    pub uuid: Uuid,
    /// Whether it is a primary service.
    #[serde(default = "yes")]
    pub primary: bool,
    /// The services of this device that it includes.
    #[serde(default)]
    pub includes: Vec<Uuid>,
    /// The handle of its declaration. Default: the next one.
    #[serde(default)]
    pub handle: Option<u16>,
    /// Its characteristics, in the order of their handles.
    #[serde(default)]
    pub characteristic: Vec<Characteristic>,
}

/// One characteristic: `[[device.service.characteristic]]`.
#[derive(Clone, Debug, PartialEq)]
pub struct Characteristic {
    /// What it is.
    pub uuid: Uuid,
    /// What a client may do with it.
    pub permissions: Permissions,
    /// Its value.
    pub value: Vec<u8>,
    /// The longest value that can be written, in bytes.
    pub longest: usize,
    /// What comes of a value that is written.
    pub on_write: OnWrite,
    /// How long it is from one notification or indication to the next, while somebody listens. Default: there
    /// is none but by `on-write`.
    pub notify_every: Option<Latency>,
    /// The values that it has then, in turn. Default: the one that it has.
    pub notify_values: Vec<Vec<u8>>,
    /// Its descriptors; that of the client's configuration, and of extended properties, it has by itself.
    pub descriptor: Vec<Descriptor>,
}

/// What comes of a value that is written to a characteristic.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum OnWrite {
    /// It is the value from then on.
    #[default]
    Store,
    /// The same, and whoever listens is told: an echo.
    Notify,
    /// Nothing: the device takes it as a command.
    Ignore,
}

/// One descriptor: `[[device.service.characteristic.descriptor]]`.
#[derive(Clone, Debug, PartialEq)]
pub struct Descriptor {
    /// What it is.
    pub uuid: Uuid,
    /// What a client may do with it.
    pub permissions: Permissions,
    /// Its value.
    pub value: Vec<u8>,
}

/// A characteristic as it stands in the file, before it is known to make sense.
#[derive(Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct WrittenCharacteristic {
    uuid: Uuid,
    flags: Vec<Flag>,
    value: Option<String>,
    text: Option<String>,
    max_length: Option<usize>,
    #[serde(default)]
    on_write: OnWrite,
    notify_every: Option<Latency>,
    #[serde(default)]
    notify_values: Vec<String>,
    #[serde(default)]
    descriptor: Vec<Descriptor>,
}

/// A descriptor as it stands in the file.
#[derive(Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct WrittenDescriptor {
    uuid: Uuid,
    #[serde(default)]
    flags: Option<Vec<Flag>>,
    value: Option<String>,
    text: Option<String>,
}

fn yes() -> bool {
    true
}

/// A value, in hexadecimal digits or as text; none is empty.
pub(super) fn value(digits: Option<&str>, text: Option<&str>) -> Result<Vec<u8>, String> {
    let value = match (digits, text) {
        (Some(_), Some(_)) => return Err("give one of `value` and `text`".into()),
        (Some(digits), None) => advertised::bytes(digits)?,
        (None, text) => text.unwrap_or_default().as_bytes().to_vec(),
    };
    match value.len() {
        0..=LONGEST_VALUE => Ok(value),
        long => Err(format!("a value has {LONGEST_VALUE} bytes at the most, not {long}")),
    }
}

impl WrittenCharacteristic {
    fn read(self) -> Result<Characteristic, String> {
        let permissions = Permissions::of(&self.flags);
        let notify_values: Vec<_> = self
            .notify_values
            .iter()
            .map(|digits| value(Some(digits), None))
            .collect::<Result<_, _>>()?;
        if notify_values.len() > MOST_VALUES {
            return Err(format!("`notify-values`: {MOST_VALUES} values are the most"));
        }
        let tells = self.notify_every.is_some() || self.on_write == OnWrite::Notify;
        if tells && !permissions.has_notifications() {
            return Err(format!(
                "the characteristic {} notifies nobody: add `notify` or `indicate` to its flags",
                self.uuid
            ));
        }
        if self.notify_every.is_some_and(|pause| pause.longest() < SHORTEST_PAUSE) {
            return Err("`notify-every`: it cannot be shorter than 1ms".into());
        }
        if !notify_values.is_empty() && self.notify_every.is_none() {
            return Err("`notify-values` belongs to `notify-every`".into());
        }
        let longest = self.max_length.unwrap_or(LONGEST_VALUE);
        let value = value(self.value.as_deref(), self.text.as_deref())?;
        if longest > LONGEST_VALUE || value.len() > longest {
            return Err(format!(
                "`max-length`: it is between the length of the value and {LONGEST_VALUE}"
            ));
        }
        Ok(Characteristic {
            uuid: self.uuid,
            permissions,
            value,
            longest,
            on_write: self.on_write,
            notify_every: self.notify_every,
            notify_values,
            descriptor: self.descriptor,
        })
    }
}

impl WrittenDescriptor {
    fn read(self) -> Result<Descriptor, String> {
        let flags = self.flags.unwrap_or_else(|| vec![Flag::Read]);
        if let Some(flag) = flags.iter().find(|flag| !flag.is_of_descriptor()) {
            return Err(format!("`{flag}` is no flag of a descriptor"));
        }
        if self.uuid == Uuid::assigned(0x2902) || self.uuid == Uuid::assigned(0x2900) {
            return Err(format!(
                "the characteristic has the descriptor {} by itself, if its flags ask for it",
                self.uuid
            ));
        }
        Ok(Descriptor {
            uuid: self.uuid,
            permissions: Permissions::of(&flags),
            value: value(self.value.as_deref(), self.text.as_deref())?,
        })
    }
}

impl<'de> Deserialize<'de> for Characteristic {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        WrittenCharacteristic::deserialize(deserializer)?.read().map_err(D::Error::custom)
    }
}

impl<'de> Deserialize<'de> for Descriptor {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        WrittenDescriptor::deserialize(deserializer)?.read().map_err(D::Error::custom)
    }
}

#[cfg(test)]
mod tests;
