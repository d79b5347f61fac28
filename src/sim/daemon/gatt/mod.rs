//! bluetoothd as a GATT client, as it is seen on the bus (`src/gatt-client.c`; `doc/org.bluez.GattService.rst` and
//! its neighbours): the objects of a device's database, and what clients do with them.
//!
//! The Attribute Protocol has one request under way at a time; what is asked for meanwhile waits its turn.

mod acquire;
mod attribute;
mod errors;
mod notify;
mod objects;
mod read;
mod request;
mod security;
mod write;

use std::collections::{BTreeMap, HashMap};

use tokio::time::Instant;
use zbus::{OwnedVariant, Variant};

use super::{Daemon, DeviceId};
use crate::sim::{
    bus::{Answered, Call, Client, Refusal},
    timers::TimerId,
};
use attribute::Attribute;
use request::Request;
pub(super) use request::RequestId;

/// What bluetoothd holds of a device's database.
#[derive(Default)]
pub(in crate::sim) struct Gatt {
    /// The paths of the services that have objects, by handle.
    services: BTreeMap<u16, String>,
    /// The characteristics and descriptors that have objects, by the handle in their objects' names.
    attributes: BTreeMap<u16, Attribute>,
    /// What the device has not answered yet, or whose answer nobody takes in.
    requests: BTreeMap<RequestId, Request>,
    /// Whether nothing is sent: the link is being made more secure, or was to be, or the device is silent.
    is_stalled: bool,
    /// When the device has answered everything so far.
    busy_until: Option<Instant>,
    /// The notifications to come, by the handle of the characteristic.
    notifications: BTreeMap<u16, TimerId>,
}

impl Gatt {
    /// Everything that is to happen.
    pub(super) fn timers(&self) -> impl Iterator<Item = TimerId> {
        let requests = self.requests.values().filter_map(|request| request.timer);
        requests.chain(self.notifications.values().copied())
    }
}

/// The options of a call.
#[derive(Default)]
struct Options {
    offset: u16,
    /// How to write, in whichever case.
    kind: Option<String>,
}

impl Options {
    /// Reads the options; those of other names are ignored (`parse_options`).
    fn read(written: HashMap<String, OwnedVariant>) -> Result<Self, Refusal> {
        let mut options = Options::default();
        for (name, value) in written {
            match (name.to_ascii_lowercase().as_str(), Variant::from(value)) {
                ("offset", Variant::U16(offset)) => options.offset = offset,
                ("type", Variant::Str(kind)) => {
                    options.kind = Some(kind.as_str().to_ascii_lowercase());
                }
                ("offset" | "type", _) => return Err(Refusal::invalid_arguments()),
                _ => {}
            }
        }
        Ok(options)
    }
}

impl Daemon {
    /// A method of `org.bluez.GattCharacteristic1` or `org.bluez.GattDescriptor1`.
    pub(super) fn gatt_method(&mut self, call: &Call) -> Answered {
        let path = call.path();
        let (id, handle) = self.attribute_at(&path).ok_or_else(Refusal::does_not_exist)?;
        match call.member().as_str() {
            "ReadValue" => self.read_value(id, handle, call),
            "WriteValue" => self.write_value(id, handle, call),
            "StartNotify" => self.start_notify(id, handle, call),
            "StopNotify" => self.stop_notify(id, handle, call),
            "AcquireWrite" => self.acquire_write(id, handle, call),
            "AcquireNotify" => self.acquire_notify(id, handle, call),
            _ => Err(Refusal::failed("Not implemented")),
        }
    }

    /// The device and the attribute of an object, if it is one.
    fn attribute_at(&self, path: &str) -> Option<(DeviceId, u16)> {
        let (device, _) = path.split_once("/service")?;
        let id = self.device_at(device)?;
        let gatt = &self.devices[id].record.as_ref()?.gatt;
        let found = gatt.attributes.iter().find(|(_, attribute)| attribute.path == path);
        found.map(|(handle, _)| (id, *handle))
    }

    fn gatt(&mut self, id: DeviceId) -> Option<&mut Gatt> {
        self.record(id).map(|record| &mut record.gatt)
    }

    fn attribute(&mut self, id: DeviceId, handle: u16) -> Result<&mut Attribute, Refusal> {
        let attribute = self.gatt(id).and_then(|gatt| gatt.attributes.get_mut(&handle));
        attribute.ok_or_else(Refusal::does_not_exist)
    }

    /// A client has left the bus: nobody listens for it any more.
    pub(super) fn end_notifications_of(&mut self, client: &Client) {
        for id in self.devices.ids::<DeviceId>().collect::<Vec<_>>() {
            let Some(gatt) = self.gatt(id) else { continue };
            let mut left = Vec::new();
            for (handle, attribute) in &mut gatt.attributes {
                let before = attribute.sessions.len();
                attribute.sessions.retain(|session| session.client != *client);
                if attribute.sessions.len() != before {
                    left.push(*handle);
                }
            }
            for handle in left {
                self.update_notifying(id, handle);
            }
        }
    }
}
