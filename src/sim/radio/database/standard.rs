//! The services that a device has without a scene's saying so: Generic Access and Generic Attribute, and, of a
//! device without a database, those that it advertises (Core Spec Vol 3, Part C, 12, and Part G, 7).

use sha2::{Digest, Sha256};

use crate::sim::scene::{
    Characteristic, Device, LONGEST_VALUE, OnWrite, Permissions, Security, Service, Transport, Uuid,
};

const GENERIC_ACCESS: u16 = 0x1800;
const GENERIC_ATTRIBUTE: u16 = 0x1801;
const BATTERY: u16 = 0x180F;
const DEVICE_NAME: u16 = 0x2A00;
const APPEARANCE: u16 = 0x2A01;
const SERVICE_CHANGED: u16 = 0x2A05;
const BATTERY_LEVEL: u16 = 0x2A19;
const CLIENT_FEATURES: u16 = 0x2B29;
/// Database Hash (Assigned Numbers, 3.8).
const DATABASE_HASH: u16 = 0x2B2A;

/// The bits of a characteristic's properties (Core Spec Vol 3, Part G, 3.3.1.1).
const READ: u8 = 0x02;
const WRITE: u8 = 0x08;
const NOTIFY: u8 = 0x10;
const INDICATE: u8 = 0x20;

/// All services of a device, in the order of their handles.
pub(super) fn services(device: &Device) -> Vec<Service> {
    let own = match device.service.is_empty() {
        true => advertised(device),
        false => device.service.clone(),
    };
    let says = |number| own.iter().any(|service| service.uuid == Uuid::assigned(number));
    let mut all = Vec::new();
    if !says(GENERIC_ACCESS) {
        all.push(generic_access(device));
    }
    if !says(GENERIC_ATTRIBUTE) {
        all.push(generic_attribute(&own));
    }
    all.extend(own);
    all
}

/// The services of a device that says no more of them than their names: each is empty, but a battery whose level
/// the scene tells has that.
fn advertised(device: &Device) -> Vec<Service> {
    let generic = [GENERIC_ACCESS, GENERIC_ATTRIBUTE].map(Uuid::assigned);
    let hidden = device.hidden_services.iter().filter(|_| device.transport == Transport::Le);
    let mut uuids: Vec<_> = device.services.iter().chain(hidden).collect();
    uuids.retain(|uuid| !generic.contains(uuid));
    uuids.sort();
    uuids.dedup();
    let battery = Uuid::assigned(BATTERY);
    let service = |uuid: &Uuid| match device.battery.filter(|_| *uuid == battery) {
        Some(level) => {
            service(BATTERY, vec![characteristic(BATTERY_LEVEL, READ | NOTIFY, vec![level])])
        }
        None => Service { uuid: uuid.clone(), ..service(0, Vec::new()) },
    };
    uuids.into_iter().map(service).collect()
}

fn generic_access(device: &Device) -> Service {
    let name = device.name.clone().unwrap_or_default().into_bytes();
    let appearance = device.appearance.unwrap_or_default().to_le_bytes().to_vec();
    let own =
        vec![characteristic(DEVICE_NAME, READ, name), characteristic(APPEARANCE, READ, appearance)];
    service(GENERIC_ACCESS, own)
}

fn generic_attribute(others: &[Service]) -> Service {
    let own = vec![
        characteristic(SERVICE_CHANGED, INDICATE, Vec::new()),
        characteristic(CLIENT_FEATURES, READ | WRITE, vec![0]),
        characteristic(DATABASE_HASH, READ, hash(others)),
    ];
    service(GENERIC_ATTRIBUTE, own)
}

/// Sixteen bytes that are others when the database is another. Those of a real one are an AES-CMAC (Core Spec
/// Vol 3, Part G, 7.3.1), which nobody here computes again.
fn hash(services: &[Service]) -> Vec<u8> {
    let mut bytes = Sha256::digest(format!("{services:?}")).to_vec();
    bytes.truncate(16);
    bytes
}

fn service(number: u16, characteristic: Vec<Characteristic>) -> Service {
    let (uuid, includes) = (Uuid::assigned(number), Vec::new());
    Service { uuid, primary: true, includes, handle: None, characteristic }
}

fn characteristic(number: u16, properties: u8, value: Vec<u8>) -> Characteristic {
    let open = |bits: u8| (properties & bits != 0).then_some(Security::None);
    Characteristic {
        uuid: Uuid::assigned(number),
        permissions: Permissions {
            read: open(READ),
            write: open(WRITE),
            subscribe: open(NOTIFY | INDICATE),
            properties,
            ..Permissions::default()
        },
        value,
        longest: LONGEST_VALUE,
        on_write: OnWrite::Store,
        notify_every: None,
        notify_values: Vec::new(),
        descriptor: Vec::new(),
    }
}
