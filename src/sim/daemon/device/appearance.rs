//! What a device shows of itself on the bus, from what it advertises.

use std::collections::BTreeMap;

use super::record::Stored;
use crate::sim::{
    bus::Value,
    daemon::value::{dictionary, object_path},
    error::Bearer,
    radio::Peer,
    scene::{Device as Spec, Transport, Uuid, Version},
};

/// The Human Interface Device services, classic and LE: such a device may wake the machine.
const HID: [u16; 2] = [0x1124, 0x1812];

/// The properties that a device has when bluetoothd first hears or loads it. How strongly it is
/// heard is not among them.
pub(super) fn properties(
    peer: &Peer,
    adapter: &str,
    stored: &Stored,
) -> Vec<(&'static str, Value)> {
    let spec = &peer.spec;
    let is_dual = spec.transport == Transport::Dual;
    let mut values: Vec<(&'static str, Value)> = vec![
        ("Address", peer.address.to_string().into()),
        ("AddressType", peer.address_type().into()),
        ("Alias", alias(peer, stored).into()),
        ("Paired", stored.paired.any().into()),
        ("Bonded", stored.bonded.any().into()),
        ("Trusted", stored.trusted.into()),
        ("Blocked", stored.blocked.into()),
        ("LegacyPairing", spec.pin.is_some().into()),
        ("CablePairing", false.into()),
        ("Connected", false.into()),
        ("UUIDs", uuids(&stored.known_services().unwrap_or_else(|| heard(spec)))),
        ("Adapter", object_path(adapter)),
        ("ServicesResolved", false.into()),
    ];
    let flags = spec.flags.unwrap_or(if spec.transport.has_bredr() { 0x02 } else { 0x06 });
    let optional = [
        ("Name", spec.name.clone().map(Value::from)),
        ("Class", spec.class.map(Value::from)),
        ("Appearance", spec.appearance.map(Value::from)),
        ("Icon", icon(spec).map(Value::from)),
        ("Modalias", spec.modalias.clone().map(Value::from)),
        ("TxPower", spec.tx_power.map(|power| Value::from(i16::from(power)))),
        ("ManufacturerData", advertised(spec.manufacturer_data.iter().map(|(k, v)| (*k, v)))),
        ("ServiceData", advertised(spec.service_data.iter().map(|(k, v)| (k.to_string(), v)))),
        ("AdvertisingFlags", spec.transport.has_le().then(|| Value::from(vec![flags]))),
        ("AdvertisingData", spec.set.as_ref().map(|_| resolvable_set_identifier(peer))),
        ("WakeAllowed", is_hid(spec).then(|| Value::from(false))),
        ("PreferredBearer", is_dual.then(|| stored.preference.word().into())),
    ];
    values.extend(optional.into_iter().filter_map(|(name, value)| Some((name, value?))));
    values
}

/// What a member of a coordinated set advertises (RSI, type 0x2e): a random part and its hash with the set's key, here
/// made of the address, since nobody on this side of bluetoothd can tell.
fn resolvable_set_identifier(peer: &Peer) -> Value {
    let made: Vec<u8> = peer.address.to_string().bytes().rev().take(6).collect();
    dictionary(BTreeMap::from([(0x2e_u8, Value::from(made))]))
}

/// The name that the bench has for a device: its user's, its own, or its address with dashes.
pub(super) fn alias(peer: &Peer, stored: &Stored) -> String {
    let own = stored.alias.as_ref().or(peer.spec.name.as_ref());
    own.cloned().unwrap_or_else(|| peer.address.dashed())
}

/// The services that a device tells of in its advertisement. Recorded: BR/EDR's come later, when
/// they are asked for.
fn heard(spec: &Spec) -> Vec<Uuid> {
    if spec.transport.has_le() { spec.services.clone() } else { Vec::new() }
}

/// The services that a device has on a bearer, as a release of bluetoothd shows them: later ones also show what it
/// advertises and has not (recorded). On BR/EDR a dual-mode device has those that it does not advertise.
pub(super) fn services(spec: &Spec, bearer: Bearer, version: Version) -> Vec<Uuid> {
    let is_dual = spec.transport == Transport::Dual;
    if is_dual && bearer == Bearer::BrEdr {
        return in_order(spec.hidden_services.clone());
    }
    if !spec.service.is_empty() && version == Version::V5_66 {
        let own = spec.service.iter().map(|service| service.uuid.clone());
        return in_order(own.chain([0x1800, 0x1801].map(Uuid::assigned)).collect());
    }
    let hidden = spec.hidden_services.iter().filter(|_| !is_dual);
    let mut services: Vec<_> = spec.services.iter().chain(hidden).cloned().collect();
    if spec.transport.has_le() {
        services.extend([0x1800, 0x1801].map(Uuid::assigned));
    }
    services.extend(spec.service.iter().map(|service| service.uuid.clone()));
    in_order(services)
}

fn in_order(mut services: Vec<Uuid>) -> Vec<Uuid> {
    // bluetoothd keeps them in order (`device_add_uuids`).
    services.sort();
    services.dedup();
    services
}

pub(super) fn uuids(uuids: &[Uuid]) -> Value {
    Value::from(uuids.iter().map(ToString::to_string).collect::<Vec<_>>())
}

pub(super) fn is_hid(spec: &Spec) -> bool {
    HID.iter().any(|number| heard(spec).contains(&Uuid::assigned(*number)))
}

fn advertised<'d, K>(entries: impl Iterator<Item = (K, &'d Vec<u8>)>) -> Option<Value>
where
    K: Ord + zbus::Type + Into<Value>,
{
    let entries: BTreeMap<K, Value> =
        entries.map(|(key, bytes)| (key, Value::from(bytes.clone()))).collect();
    (!entries.is_empty()).then(|| dictionary(entries))
}

/// The icon that bluetoothd makes of a class or an appearance (`src/dbus-common.c`).
fn icon(spec: &Spec) -> Option<String> {
    let of_class = || spec.class.and_then(icon_of_class);
    let of_appearance = || spec.appearance.and_then(icon_of_appearance);
    let made = || of_class().or_else(of_appearance).map(str::to_owned);
    spec.icon.clone().or_else(made)
}

/// By major and minor device class (Assigned Numbers, 2.8).
fn icon_of_class(class: u32) -> Option<&'static str> {
    let minor = class >> 2 & 0x3f;
    match class >> 8 & 0x1f {
        0x01 => Some("computer"),
        0x02 => match minor {
            0x01 | 0x02 | 0x03 | 0x05 => Some("phone"),
            0x04 => Some("modem"),
            _ => None,
        },
        0x03 => Some("network-wireless"),
        0x04 => Some(match minor {
            0x01 | 0x02 => "audio-headset",
            0x06 => "audio-headphones",
            0x0b..=0x0d => "camera-video",
            _ => "audio-card",
        }),
        0x05 => match (minor >> 4, minor & 0x0f) {
            (0, 0x01 | 0x02) => Some("input-gaming"),
            (1, _) => Some("input-keyboard"),
            (2, 0x05) => Some("input-tablet"),
            (2, _) => Some("input-mouse"),
            _ => None,
        },
        0x06 if class & 0x80 != 0 => Some("printer"),
        0x06 if class & 0x20 != 0 => Some("camera-photo"),
        _ => None,
    }
}

/// By category and subcategory (Assigned Numbers, 2.6).
fn icon_of_appearance(appearance: u16) -> Option<&'static str> {
    match (appearance >> 6, appearance & 0x3f) {
        (0x00, _) => Some("unknown"),
        (0x01, _) => Some("phone"),
        (0x02, _) => Some("computer"),
        (0x05, _) => Some("video-display"),
        (0x0a, _) => Some("multimedia-player"),
        (0x0b, _) | (0x0f, 0x08) => Some("scanner"),
        (0x0f, 0x01) => Some("input-keyboard"),
        (0x0f, 0x02) => Some("input-mouse"),
        (0x0f, 0x03 | 0x04) => Some("input-gaming"),
        (0x0f, 0x05) => Some("input-tablet"),
        _ => None,
    }
}
