//! A device's GATT database, as BlueZ presents it (`doc/org.bluez.GattService.rst`, `…GattCharacteristic.rst`,
//! `…GattDescriptor.rst`): services with their characteristics, and those with their descriptors.

use std::collections::HashMap;

use serde_json::Value;
use zbus::message::Message;
use zbus::{OwnedFd, Variant};

use super::{Error, ErrorKind, Properties, Result, Session, Tree};

/// Interface of services.
pub const SERVICE: &str = "org.bluez.GattService1";
/// Interface of characteristics.
pub const CHARACTERISTIC: &str = "org.bluez.GattCharacteristic1";
/// Interface of descriptors.
pub const DESCRIPTOR: &str = "org.bluez.GattDescriptor1";

/// The services of a device, in the order of their handles.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Database {
    pub services: Vec<Service>,
}

/// A service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Service {
    pub path: String,
    /// In its 128-bit form, in small letters.
    pub uuid: String,
    pub is_primary: bool,
    pub characteristics: Vec<Characteristic>,
}

/// A characteristic.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Characteristic {
    pub path: String,
    pub uuid: String,
    /// Its properties in BlueZ's words, such as `write-without-response`.
    pub flags: Vec<String>,
    /// Of the link, in bytes (BlueZ 5.62 on).
    pub mtu: Option<u16>,
    pub descriptors: Vec<Descriptor>,
}

/// A descriptor. BlueZ shows none that configures notifications: that is the affair of `StartNotify`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Descriptor {
    pub path: String,
    pub uuid: String,
}

impl Database {
    /// The database of the device at a path. Handles are in the names of the objects, which sort by them.
    #[must_use]
    pub fn of(tree: &Tree, device: &str) -> Self {
        let services = tree.below(device, SERVICE).map(|(path, properties)| Service {
            path: path.to_owned(),
            uuid: text(properties, "UUID"),
            is_primary: properties.get("Primary") != Some(&Value::Bool(false)),
            characteristics: characteristics(tree, path),
        });
        Self { services: services.collect() }
    }
}

fn characteristics(tree: &Tree, service: &str) -> Vec<Characteristic> {
    let all = tree.below(service, CHARACTERISTIC).map(|(path, properties)| Characteristic {
        path: path.to_owned(),
        uuid: text(properties, "UUID"),
        flags: flags(properties),
        mtu: properties.get("MTU").and_then(Value::as_u64).and_then(|mtu| mtu.try_into().ok()),
        descriptors: descriptors(tree, path),
    });
    all.collect()
}

fn descriptors(tree: &Tree, characteristic: &str) -> Vec<Descriptor> {
    let all = tree.below(characteristic, DESCRIPTOR);
    all.map(|(path, properties)| Descriptor {
        path: path.to_owned(),
        uuid: text(properties, "UUID"),
    })
    .collect()
}

fn text(properties: &Properties, name: &str) -> String {
    let text = properties.get(name).and_then(Value::as_str).unwrap_or_default();
    text.to_ascii_lowercase()
}

fn flags(properties: &Properties) -> Vec<String> {
    let flags = properties.get("Flags").and_then(Value::as_array);
    let words = flags.into_iter().flatten().filter_map(Value::as_str);
    words.map(str::to_owned).collect()
}

/// How a value is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WriteKind {
    /// The device answers.
    Request,
    /// It does not.
    Command,
    /// In parts, each of which the device sends back before all of them count.
    Reliable,
}

impl WriteKind {
    /// BlueZ's word for it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Request => "request",
            Self::Command => "command",
            Self::Reliable => "reliable",
        }
    }
}

/// A characteristic or a descriptor, to be used.
#[derive(Debug, Clone)]
pub struct Attribute {
    session: Session,
    path: String,
    interface: &'static str,
}

impl Attribute {
    /// A characteristic.
    #[must_use]
    pub fn characteristic(session: &Session, path: &str) -> Self {
        Self { session: session.clone(), path: path.to_owned(), interface: CHARACTERISTIC }
    }

    /// A descriptor.
    #[must_use]
    pub fn descriptor(session: &Session, path: &str) -> Self {
        Self { session: session.clone(), path: path.to_owned(), interface: DESCRIPTOR }
    }

    /// Path of the object.
    #[must_use]
    pub fn path(&self) -> &str {
        &self.path
    }

    /// Reads the value, from an offset on.
    ///
    /// # Errors
    /// What the device or BlueZ answered.
    pub async fn read(&self, offset: u16) -> Result<Vec<u8>> {
        let reply = self.call("ReadValue", &options(offset)).await?;
        let value = reply.body().deserialize::<Vec<u8>>();
        let value = value.map_err(|error| self.unreadable(&error))?;
        // bluetoothd tells as a change also what was read.
        self.session.mirror().hear(&self.path, |heard| heard.was_read(&value));
        Ok(value)
    }

    /// Writes a value, from an offset on. Without a kind BlueZ chooses, by the characteristic's properties.
    ///
    /// # Errors
    /// What the device or BlueZ answered.
    pub async fn write(&self, value: &[u8], offset: u16, kind: Option<WriteKind>) -> Result<()> {
        let mut options = options(offset);
        options.extend(kind.map(|kind| ("type", Variant::new(kind.as_str()))));
        self.call("WriteValue", &(value, options)).await.map(drop)
    }

    /// Subscribes to notifications, or to indications where it has no others. What they tell is in the mirror's
    /// [`super::Heard`] from then on.
    ///
    /// # Errors
    /// What the device or BlueZ answered.
    pub async fn subscribe(&self) -> Result<()> {
        // The first one may come before the answer.
        self.session.mirror().listen(&self.path);
        let subscribed = self.call("StartNotify", &()).await;
        if subscribed.is_err() {
            self.session.mirror().listen_no_more(&self.path);
        }
        subscribed.map(drop)
    }

    /// Ends the subscription.
    ///
    /// # Errors
    /// What BlueZ answered; `failed` where there is none.
    pub async fn unsubscribe(&self) -> Result<()> {
        self.session.mirror().listen_no_more(&self.path);
        self.call("StopNotify", &()).await.map(drop)
    }

    /// A socket on which each packet is written without response, and how long one may be: the MTU less 3 bytes.
    ///
    /// # Errors
    /// What BlueZ answered; `acquired` where somebody else has it.
    pub async fn acquire_write(&self) -> Result<(OwnedFd, u16)> {
        let reply = self.call("AcquireWrite", &options(0)).await?;
        reply.body().deserialize().map_err(|error| self.unreadable(&error))
    }

    /// A socket on which each notification is a packet, and the MTU.
    ///
    /// # Errors
    /// What BlueZ answered; `in-progress` where somebody is subscribed.
    pub async fn acquire_notify(&self) -> Result<(OwnedFd, u16)> {
        let reply = self.call("AcquireNotify", &options(0)).await?;
        reply.body().deserialize().map_err(|error| self.unreadable(&error))
    }

    async fn call<B>(&self, method: &str, body: &B) -> Result<Message>
    where
        B: serde::Serialize + zbus::DynamicType,
    {
        let answer = self.session.call(&self.path, self.interface, method, body).await;
        answer.map_err(|error| match error.kind {
            // The device says so, or BlueZ of a service that it uses itself; the bus says it by another name.
            ErrorKind::NotAuthorized if error.name.starts_with("org.bluez.") => {
                Error { kind: ErrorKind::InsufficientAuthorization, ..error }
            }
            _ => error,
        })
    }

    /// An answer that is not what its signature says.
    fn unreadable(&self, error: &zbus::Error) -> Error {
        Error::wire(error, format!("the answer of {}", self.path))
    }
}

fn options(offset: u16) -> HashMap<&'static str, Variant<'static>> {
    match offset {
        0 => HashMap::new(),
        offset => HashMap::from([("offset", Variant::new(offset))]),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::{Interfaces, Mirror};
    use super::*;

    fn add(mirror: &Mirror, path: &str, interface: &str, properties: Value) {
        let properties = serde_json::from_value(properties).unwrap();
        mirror.add(path, Interfaces::from([(interface.to_owned(), properties)]));
    }

    #[test]
    fn a_database_is_read_from_the_objects_below_the_device() {
        let (mirror, _told) = Mirror::new();
        let device = "/org/bluez/hci0/dev_1";
        add(&mirror, device, "org.bluez.Device1", json!({}));
        add(&mirror, "/org/bluez/hci0/dev_1/service000a", SERVICE, json!({ "UUID": "180F" }));
        let characteristic = json!({ "UUID": "2a19", "Flags": ["read", 7], "MTU": 517 });
        let path = "/org/bluez/hci0/dev_1/service000a/char000b";
        add(&mirror, path, CHARACTERISTIC, characteristic);
        add(&mirror, &format!("{path}/desc000d"), DESCRIPTOR, json!({ "UUID": "2901" }));
        add(&mirror, "/org/bluez/hci0/dev_12/service0001", SERVICE, json!({ "UUID": "1800" }));
        let database = mirror.read(|tree| Database::of(tree, device));
        let [service] = database.services.as_slice() else { panic!("{database:?}") };
        assert_eq!((service.uuid.as_str(), service.is_primary), ("180f", true));
        let [characteristic] = service.characteristics.as_slice() else { panic!("{service:?}") };
        assert_eq!(
            (characteristic.flags.as_slice(), characteristic.mtu),
            (&["read".to_owned()][..], Some(517))
        );
        assert_eq!(characteristic.descriptors[0].uuid, "2901");
    }
}
