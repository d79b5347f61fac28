//! The GATT server of a device: its attributes under their handles, with the values that they have now (Core
//! Spec Vol 3, Part G, 2.6). It outlives bluetoothd and every link.

mod access;
mod standard;

use crate::sim::scene::{Characteristic, Descriptor, Device, Permissions, Security, Service, Uuid};
pub(in crate::sim) use access::{AttError, Right};

/// What a device's server serves.
pub(in crate::sim) struct Database {
    pub(in crate::sim) services: Vec<ServedService>,
}

/// A service.
pub(in crate::sim) struct ServedService {
    /// Of its declaration.
    pub(in crate::sim) handle: u16,
    pub(in crate::sim) uuid: Uuid,
    pub(in crate::sim) primary: bool,
    /// The handles of the services that it includes.
    pub(in crate::sim) includes: Vec<u16>,
    pub(in crate::sim) characteristics: Vec<ServedCharacteristic>,
}

/// A characteristic.
pub(in crate::sim) struct ServedCharacteristic {
    /// Of its declaration. Its value comes next.
    pub(in crate::sim) handle: u16,
    pub(in crate::sim) spec: Characteristic,
    value: Vec<u8>,
    /// Which of the values that it notifies in turn is the next.
    turn: usize,
    pub(in crate::sim) descriptors: Vec<ServedDescriptor>,
}

/// A descriptor.
pub(in crate::sim) struct ServedDescriptor {
    pub(in crate::sim) handle: u16,
    pub(in crate::sim) uuid: Uuid,
    pub(in crate::sim) permissions: Permissions,
    value: Vec<u8>,
}

/// Client Characteristic Configuration (Assigned Numbers, 3.7).
pub(in crate::sim) const CONFIGURATION: u16 = 0x2902;
/// Characteristic Extended Properties.
const EXTENDED_PROPERTIES: u16 = 0x2900;
/// Battery Level.
const BATTERY_LEVEL: u16 = 0x2A19;

impl ServedCharacteristic {
    /// The handle of its value.
    pub(in crate::sim) fn value_handle(&self) -> u16 {
        self.handle.saturating_add(1)
    }

    /// Its value.
    pub(in crate::sim) fn value(&self) -> &[u8] {
        &self.value
    }
}

impl Database {
    /// The database of a device.
    pub(super) fn of(device: &Device) -> Self {
        let mut next = 1;
        let all = standard::services(device);
        let mut services: Vec<_> = all.iter().map(|service| lay_out(service, &mut next)).collect();
        let handles: Vec<_> =
            services.iter().map(|each| (each.uuid.clone(), each.handle)).collect();
        for (served, written) in services.iter_mut().zip(&all) {
            let included = |uuid: &Uuid| handles.iter().find(|(other, _)| other == uuid);
            let found = written.includes.iter().filter_map(included);
            served.includes = found.map(|(_, handle)| *handle).collect();
        }
        Database { services }
    }

    /// The level of its battery, in percent, if it has one, and the handle of it.
    pub(in crate::sim) fn battery(&self) -> Option<(u16, u8)> {
        let battery = Uuid::assigned(0x180F);
        let service = self.services.iter().find(|service| service.uuid == battery)?;
        let level = Uuid::assigned(BATTERY_LEVEL);
        let level = service.characteristics.iter().find(|each| each.spec.uuid == level)?;
        Some((level.handle, *level.value.first()?))
    }

    /// The characteristic whose declaration has a handle.
    pub(in crate::sim) fn characteristic(
        &mut self,
        handle: u16,
    ) -> Option<&mut ServedCharacteristic> {
        let mut all = self.services.iter_mut().flat_map(|service| &mut service.characteristics);
        all.find(|characteristic| characteristic.handle == handle)
    }

    /// A characteristic takes the next of the values that it sends in turn.
    pub(in crate::sim) fn take_next_value(&mut self, handle: u16) {
        let Some(characteristic) = self.characteristic(handle) else { return };
        let turns = &characteristic.spec.notify_values;
        if let Some(value) = turns.get(characteristic.turn) {
            characteristic.value.clone_from(value);
            characteristic.turn = (characteristic.turn + 1) % turns.len();
        }
    }

    /// The link is down: nobody listens any more.
    pub(in crate::sim) fn forget_clients(&mut self) {
        let all = self.services.iter().flat_map(|service| &service.characteristics);
        let handles: Vec<_> = all.map(|characteristic| characteristic.handle).collect();
        for handle in handles {
            self.configure(handle, false);
        }
    }

    /// A client listens to a characteristic, or does not any more.
    pub(in crate::sim) fn configure(&mut self, handle: u16, listens: bool) {
        let Some(characteristic) = self.characteristic(handle) else { return };
        let notifies = characteristic.spec.permissions.has_notify();
        let configuration = Uuid::assigned(CONFIGURATION);
        let mut own = characteristic.descriptors.iter_mut();
        if let Some(descriptor) = own.find(|descriptor| descriptor.uuid == configuration) {
            let bits = if notifies { 0x01 } else { 0x02 };
            descriptor.value = vec![if listens { bits } else { 0 }, 0];
        }
    }
}

/// Gives a service its handles.
fn lay_out(service: &Service, next: &mut u16) -> ServedService {
    *next = service.handle.unwrap_or(*next).max(*next);
    let handle = take(next, 1);
    take(next, u16::try_from(service.includes.len()).unwrap_or_default());
    let characteristics = service.characteristic.iter().map(|spec| {
        let handle = take(next, 2);
        let own = made_descriptors(&spec.permissions, &spec.descriptor);
        let descriptors = own.into_iter().map(|descriptor| ServedDescriptor {
            handle: take(next, 1),
            uuid: descriptor.uuid,
            permissions: descriptor.permissions,
            value: descriptor.value,
        });
        ServedCharacteristic {
            handle,
            descriptors: descriptors.collect(),
            value: spec.value.clone(),
            turn: 0,
            spec: spec.clone(),
        }
    });
    ServedService {
        handle,
        uuid: service.uuid.clone(),
        primary: service.primary,
        characteristics: characteristics.collect(),
        includes: Vec::new(),
    }
}

/// The first of the next handles, which are taken. The scene's check has seen to it that they suffice.
fn take(next: &mut u16, count: u16) -> u16 {
    let first = *next;
    *next = next.saturating_add(count);
    first
}

/// A characteristic's own descriptors, and those that its properties bring.
fn made_descriptors(permissions: &Permissions, written: &[Descriptor]) -> Vec<Descriptor> {
    let readable = Permissions { read: Some(Security::None), ..Permissions::default() };
    let made = |number, permissions, value| Descriptor {
        uuid: Uuid::assigned(number),
        permissions,
        value,
    };
    let mut all = Vec::new();
    if permissions.is_extended() {
        all.push(made(EXTENDED_PROPERTIES, readable, vec![permissions.extended, 0]));
    }
    all.extend_from_slice(written);
    if permissions.has_notifications() {
        let configurable = Permissions { write: permissions.subscribe, ..readable };
        all.push(made(CONFIGURATION, configurable, vec![0, 0]));
    }
    all
}
