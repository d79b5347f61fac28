//! What a device shows of itself, as the kernel hands it on: advertising data and scan response in
//! one row, or the extended inquiry response with the class at its end (recorded on 6.12).

use crate::mgmt::protocol::{AddressType, Eir, Uuid, eir::kind};
use crate::sim::{
    error::Bearer,
    radio::Peer,
    scene::{self, AddressType as SceneType, Transport},
};

/// The types of whole lists of services and of a service's data, by the octets of a UUID (Assigned
/// Numbers 2.3).
const SERVICES: [(usize, u8, u8); 3] = [(2, 0x03, 0x16), (4, 0x05, 0x20), (16, 0x07, 0x21)];

/// What a device shows.
pub(in crate::sim) fn shown(peer: &Peer) -> Eir {
    let spec = &peer.spec;
    let mut eir = Eir::default();
    if spec.transport.has_le() {
        let flags = spec.flags.unwrap_or(if spec.transport.has_bredr() { 0x02 } else { 0x06 });
        eir = eir.with(kind::FLAGS, &[flags]);
    }
    if let Some(name) = &spec.name {
        eir = eir.with(kind::COMPLETE_NAME, name.as_bytes());
    }
    eir = services(eir, spec);
    if let Some(power) = spec.tx_power {
        eir = eir.with(kind::TX_POWER, &power.to_le_bytes());
    }
    if let Some(appearance) = spec.appearance {
        eir = eir.with(kind::APPEARANCE, &appearance.to_le_bytes());
    }
    for (company, data) in &spec.manufacturer_data {
        eir = eir.with(kind::MANUFACTURER, &[&company.to_le_bytes(), data.as_slice()].concat());
    }
    for (service, data) in &spec.service_data {
        let uuid = shortest(service);
        if let Some((_, _, kind)) = SERVICES.iter().find(|(width, ..)| *width == uuid.len()) {
            eir = eir.with(*kind, &[uuid.as_slice(), data].concat());
        }
    }
    match spec.class {
        Some(class) if spec.transport == Transport::BrEdr => {
            let [low, middle, high, _] = class.to_le_bytes();
            eir.with(kind::CLASS_OF_DEVICE, &[low, middle, high])
        }
        _ => eir,
    }
}

fn services(mut eir: Eir, spec: &scene::Device) -> Eir {
    let all: Vec<_> = spec.services.iter().map(shortest).collect();
    for (width, kind, _) in SERVICES {
        let list: Vec<u8> =
            all.iter().filter(|uuid| uuid.len() == width).flatten().copied().collect();
        if !list.is_empty() {
            eir = eir.with(kind, &list);
        }
    }
    eir
}

/// A UUID as it travels, in as few octets as it can.
fn shortest(uuid: &scene::Uuid) -> Vec<u8> {
    let Some(uuid) = protocol(uuid) else {
        return Vec::new();
    };
    let wire = uuid.to_wire();
    let base = Uuid::assigned(0).to_wire();
    let (tail, number) = wire.split_at(12);
    match number {
        [a, b, 0, 0] if base.starts_with(tail) => vec![*a, *b],
        _ if base.starts_with(tail) => number.to_vec(),
        _ => wire.to_vec(),
    }
}

/// A scene's UUID as the protocol has it.
pub(super) fn protocol(uuid: &scene::Uuid) -> Option<Uuid> {
    Uuid::parse(uuid.as_str())
}

/// The address type of a device on a bearer.
pub(super) fn address_type(peer: &Peer, on: Bearer) -> AddressType {
    match (on, peer.spec.transport) {
        (Bearer::BrEdr, _) => AddressType::BREDR,
        (Bearer::Le, Transport::Le) if peer.spec.address_type == SceneType::Random => {
            AddressType::LE_RANDOM
        }
        (Bearer::Le, _) => AddressType::LE_PUBLIC,
    }
}
