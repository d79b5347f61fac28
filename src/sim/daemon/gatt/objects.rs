//! The objects of a device's database: made when its services are first resolved, kept while there is no link,
//! gone with the device (`create_services`, `btd_gatt_client_destroy` in `src/gatt-client.c`; recorded).

use zbus::ObjectPath;

use super::{Attribute, Gatt, request::Wanted};
use crate::sim::{
    bus::Value,
    daemon::{
        Daemon, DeviceId,
        interfaces::{GATT_CHARACTERISTIC, GATT_DESCRIPTOR, GATT_SERVICE},
    },
    radio::{CONFIGURATION, ServedCharacteristic, ServedDescriptor, ServedService},
    scene::{Uuid, Version},
};

/// The services that profiles of bluetoothd's own have claimed: Generic Access, Device Information, Battery,
/// Human Interface Device, Scan Parameters.
const CLAIMED: [u16; 5] = [0x1800, 0x180A, 0x180F, 0x1812, 0x1813];
/// Service Changed: bluetoothd has itself told of it.
const SERVICE_CHANGED: u16 = 0x2A05;
/// Database Hash: bluetoothd knows it before it knows the rest.
const DATABASE_HASH: u16 = 0x2B2A;

/// An object that is to be made.
struct Planned {
    handle: u16,
    attribute: Attribute,
    values: Vec<(&'static str, Value)>,
}

impl Daemon {
    /// The services of an LE device are known: those that have no objects get them.
    pub(in crate::sim::daemon) fn export_database(&mut self, id: DeviceId) {
        if !self.devices[id].peer.spec.transport.has_le() {
            return;
        }
        let is_known = self.gatt(id).is_none_or(|gatt| !gatt.services.is_empty());
        if !is_known {
            self.make_objects(id);
        }
        self.listen_to_changes(id);
        self.resume_notifications(id);
    }

    fn make_objects(&mut self, id: DeviceId) {
        let (device, mtu) = (self.devices[id].path.clone(), self.mtu(id));
        let profiles_own = self.version >= Version::V5_82;
        let services = &self.devices[id].peer.database().services;
        let path_of = |handle: u16| format!("{device}/service{handle:04x}");
        let mut all = Vec::new();
        for service in services {
            let path = path_of(service.handle);
            let includes = service.includes.iter().map(|handle| path_of(*handle)).collect();
            let claims = |number: &u16| Uuid::assigned(*number) == service.uuid;
            let is_claimed = profiles_own && CLAIMED.iter().any(claims);
            let values = service_values(service, &device, includes);
            let mut own = Vec::new();
            for served in &service.characteristics {
                let planned = plan_characteristic(served, &path, mtu);
                let below = planned.attribute.path.clone();
                own.push(planned);
                own.extend(served.descriptors.iter().map(|each| plan_descriptor(each, &below)));
            }
            for planned in &mut own {
                planned.attribute.is_claimed = is_claimed;
            }
            all.push((service.handle, path, values, own));
        }
        for (handle, path, values, own) in all {
            self.bus.tree.add(&path, &GATT_SERVICE, values);
            if let Some(gatt) = self.gatt(id) {
                gatt.services.insert(handle, path);
            }
            for Planned { handle, attribute, values } in own {
                self.bus.tree.add(&attribute.path, attribute.interface, values);
                if let Some(gatt) = self.gatt(id) {
                    gatt.attributes.insert(handle, attribute);
                }
            }
        }
    }

    /// bluetoothd itself is told when the device's services change.
    fn listen_to_changes(&mut self, id: DeviceId) {
        let changed = Uuid::assigned(SERVICE_CHANGED);
        let database = self.devices[id].peer.database();
        let mut all = database.services.iter().flat_map(|service| &service.characteristics);
        let found = all.find(|characteristic| characteristic.spec.uuid == changed);
        if let Some(handle) = found.map(|characteristic| characteristic.handle) {
            database.configure(handle, true);
        }
    }

    /// A device is connected again: those who listened listen again.
    fn resume_notifications(&mut self, id: DeviceId) {
        let Some(gatt) = self.gatt(id) else { return };
        let mut waiting = Vec::new();
        for (handle, attribute) in &gatt.attributes {
            let all = attribute.sessions.iter().filter(|session| !session.is_subscribed);
            waiting.extend(all.map(|session| (*handle, session.client.clone())));
        }
        for (handle, client) in waiting {
            let _ = self.ask_device(id, handle, Wanted::Subscribe(client), None);
        }
    }

    /// A link to a device has come up: how long a packet is can be read again, though nobody is told.
    pub(in crate::sim::daemon) fn attributes_connected(&mut self, id: DeviceId) {
        self.show_mtu(id, Some(self.mtu(id).into()));
    }

    /// A link to a device is down.
    pub(in crate::sim::daemon) fn attributes_disconnected(&mut self, id: DeviceId) {
        let Some(gatt) = self.gatt(id) else { return };
        gatt.is_stalled = false;
        for attribute in gatt.attributes.values_mut() {
            for session in &mut attribute.sessions {
                session.is_subscribed = false;
            }
        }
        let planned = std::mem::take(&mut gatt.notifications);
        for timer in planned.into_values() {
            self.timers.disarm(timer);
        }
        self.end_requests(id);
        self.close_sockets(id);
        self.show_mtu(id, None);
        self.devices[id].peer.database().forget_clients();
    }

    fn show_mtu(&mut self, id: DeviceId, mtu: Option<Value>) {
        let Some(record) = self.devices[id].record.as_ref() else { return };
        for attribute in record.gatt.attributes.values() {
            if attribute.interface.name == GATT_CHARACTERISTIC.name {
                let tree = &mut self.bus.tree;
                tree.set_in_silence(&attribute.path, &GATT_CHARACTERISTIC, "MTU", mtu.clone());
            }
        }
    }

    /// Removes the objects of a device that goes: of each service first what is in it, recorded.
    pub(in crate::sim::daemon) fn remove_database(&mut self, gatt: &Gatt) {
        for service in gatt.services.values() {
            let own: Vec<_> = gatt
                .attributes
                .values()
                .map(|attribute| attribute.path.as_str())
                .filter(|path| path.strip_prefix(service.as_str()).is_some_and(is_below))
                .collect();
            for (at, path) in own.iter().enumerate() {
                if path.contains("/desc") {
                    continue;
                }
                let below = own.iter().skip(at + 1).take_while(|next| next.contains("/desc"));
                for descriptor in below {
                    self.bus.tree.remove(descriptor);
                }
                self.bus.tree.remove(path);
            }
            self.bus.tree.remove(service);
        }
    }
}

fn is_below(rest: &str) -> bool {
    rest.starts_with('/')
}

fn object(path: &str) -> ObjectPath<'static> {
    ObjectPath::from_string_unchecked(path.to_owned())
}

fn service_values(
    service: &ServedService,
    device: &str,
    includes: Vec<String>,
) -> Vec<(&'static str, Value)> {
    let includes: Vec<_> = includes.iter().map(|path| object(path)).collect();
    vec![
        ("Handle", service.handle.into()),
        ("UUID", service.uuid.to_string().into()),
        ("Device", Value::ObjectPath(object(device))),
        ("Primary", service.primary.into()),
        ("Includes", includes.into()),
    ]
}

fn plan_characteristic(served: &ServedCharacteristic, service: &str, mtu: u16) -> Planned {
    let permissions = served.spec.permissions;
    let path = format!("{service}/char{:04x}", served.handle);
    let target = served.value_handle();
    let mut attribute = Attribute::new(path, &GATT_CHARACTERISTIC, target, permissions);
    if served.spec.uuid == Uuid::assigned(DATABASE_HASH) {
        attribute.value = served.value().to_vec();
    }
    let mut values = vec![
        ("Handle", served.handle.into()),
        ("UUID", served.spec.uuid.to_string().into()),
        ("Service", Value::ObjectPath(object(service))),
        ("Value", attribute.value.clone().into()),
        ("Flags", permissions.words().into()),
        ("MTU", mtu.into()),
    ];
    let optional = [
        ("Notifying", permissions.has_notifications()),
        ("WriteAcquired", permissions.has_write_without_response()),
        ("NotifyAcquired", permissions.has_notify()),
    ];
    let there = optional.into_iter().filter(|(_, is_there)| *is_there);
    values.extend(there.map(|(name, _)| (name, Value::from(false))));
    Planned { handle: served.handle, attribute, values }
}

fn plan_descriptor(served: &ServedDescriptor, characteristic: &str) -> Planned {
    let path = format!("{characteristic}/desc{:04x}", served.handle);
    let handle = served.handle;
    let mut attribute = Attribute::new(path, &GATT_DESCRIPTOR, handle, served.permissions);
    attribute.is_configuration = served.uuid == Uuid::assigned(CONFIGURATION);
    let values = vec![
        ("Handle", handle.into()),
        ("UUID", served.uuid.to_string().into()),
        ("Characteristic", Value::ObjectPath(object(characteristic))),
        ("Value", Vec::<u8>::new().into()),
    ];
    Planned { handle, attribute, values }
}
