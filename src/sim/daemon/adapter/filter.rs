//! What a client wants to hear of in a discovery (`SetDiscoveryFilter` in
//! `doc/org.bluez.Adapter.rst`): how bluetoothd reads it, and which devices pass.

use std::collections::BTreeMap;

use crate::sim::{
    bus::Value,
    radio::Peer,
    scene::{Transport, Uuid, Version},
};

/// The keys that bluetoothd knows, in the order in which it tells them.
pub(super) fn keys(by: Version) -> &'static [&'static str] {
    const KEYS: [&str; 8] = [
        "UUIDs",
        "RSSI",
        "Pathloss",
        "Transport",
        "DuplicateData",
        "Discoverable",
        "Pattern",
        "AutoConnect",
    ];
    match by {
        Version::V5_66 | Version::V5_82 => KEYS.split_last().map_or(&[], |(_, older)| older),
        Version::V5_87 => &KEYS,
    }
}

/// The highest pathloss that can be asked for, in dB (`PATHLOSS_MAX` in `src/adapter.c`).
const MOST_PATHLOSS: u16 = 137;

/// One client's filter.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in crate::sim) struct Filter {
    uuids: Vec<Uuid>,
    rssi: Option<i16>,
    pathloss: Option<u16>,
    transport: Option<Transport>,
    duplicate_data: bool,
    pub(super) discoverable: bool,
    pattern: Option<String>,
}

impl Filter {
    /// Reads a filter: `Ok(None)` for an empty one, which means none; an error where bluetoothd
    /// answers InvalidArguments.
    pub(super) fn read(entries: BTreeMap<String, Value>, by: Version) -> Result<Option<Self>, ()> {
        if entries.is_empty() {
            return Ok(None);
        }
        let mut filter = Filter::default();
        for (key, value) in entries {
            if !keys(by).contains(&key.as_str()) {
                return Err(());
            }
            filter.take(&key, value)?;
        }
        if filter.rssi.is_some() && filter.pathloss.is_some() {
            return Err(());
        }
        Ok(Some(filter))
    }

    fn take(&mut self, key: &str, value: Value) -> Result<(), ()> {
        match (key, value) {
            ("UUIDs", Value::Array(uuids)) => {
                let uuids = Vec::<String>::try_from(uuids).map_err(drop)?;
                let read = uuids.iter().map(|uuid| Uuid::parse(uuid).ok_or(()));
                self.uuids = read.collect::<Result<_, _>>()?;
            }
            ("RSSI", Value::I16(rssi)) if (-127..=20).contains(&rssi) => self.rssi = Some(rssi),
            ("Pathloss", Value::U16(pathloss)) if pathloss <= MOST_PATHLOSS => {
                self.pathloss = Some(pathloss);
            }
            ("Transport", Value::Str(word)) => {
                self.transport = match word.as_str() {
                    "bredr" => Some(Transport::BrEdr),
                    "le" => Some(Transport::Le),
                    "auto" => None,
                    _ => return Err(()),
                }
            }
            ("DuplicateData", Value::Bool(duplicates)) => self.duplicate_data = duplicates,
            ("Discoverable", Value::Bool(discoverable)) => self.discoverable = discoverable,
            ("Pattern", Value::Str(pattern)) => self.pattern = Some(pattern.as_str().to_owned()),
            // The simulator's devices do not connect by themselves yet.
            ("AutoConnect", Value::Bool(_)) => {}
            _ => return Err(()),
        }
        Ok(())
    }

    /// Whether it asks for nothing that the kernel would have to filter by.
    fn is_regular(&self) -> bool {
        let Filter { discoverable: _, ref uuids, rssi, pathloss, transport, .. } = *self;
        let nowhere_near = rssi.is_none() && pathloss.is_none() && transport.is_none();
        uuids.is_empty() && nowhere_near && !self.duplicate_data && self.pattern.is_none()
    }

    fn fits_services(&self, peer: &Peer) -> bool {
        self.uuids.is_empty() || self.uuids.iter().any(|uuid| peer.spec.services.contains(uuid))
    }

    fn fits_pattern(&self, peer: &Peer) -> Option<bool> {
        let pattern = self.pattern.as_deref()?;
        let address = peer.address.to_string();
        let starts_address =
            address.get(..pattern.len()).is_some_and(|start| start.eq_ignore_ascii_case(pattern));
        let name = peer.spec.name.as_deref();
        Some(starts_address || name.is_some_and(|name| name.starts_with(pattern)))
    }
}

/// Whether a device that is heard this strongly passes the filters of all discoveries together:
/// bluetoothd merges them, so that a client also hears what only another one asked for.
pub(super) fn pass(filters: &[Option<&Filter>], peer: &Peer, strength: i16) -> bool {
    let mut patterns = filters.iter().flatten().filter_map(|filter| filter.fits_pattern(peer));
    if let Some(first) = patterns.next()
        && !first
        && !patterns.any(|fits| fits)
    {
        return false;
    }
    let is_regular = |filter: &Option<&Filter>| filter.is_none_or(Filter::is_regular);
    if filters.iter().any(is_regular) {
        return true;
    }
    let asked = || filters.iter().flatten();
    // Recorded: a filter by pathloss lets every device pass (the `||` of `is_filter_match`).
    asked().any(|filter| fits_transport(filter.transport, peer.spec.transport))
        && fits_strength(filters, strength)
        && asked().any(|filter| filter.fits_services(peer))
}

/// Whether bluetoothd tells how strongly a device is heard each time, and not only where it has changed much:
/// recorded, where the kernel filters.
pub(super) fn tells_each_strength(filters: &[Option<&Filter>]) -> bool {
    let is_regular = |filter: &Option<&Filter>| filter.is_none_or(Filter::is_regular);
    !filters.iter().all(is_regular)
}

/// The address types that the kernel scans for, for all discoveries together: BR/EDR is bit 0, LE
/// with public and with random addresses bits 1 and 2 (doc/mgmt-protocol.rst, Start Discovery).
pub(super) fn scanned(filters: &[Option<&Filter>]) -> u8 {
    let all = [Transport::BrEdr, Transport::Le].into_iter();
    let asked = all.filter(|has| {
        let fits = |filter: &Filter| fits_transport(filter.transport, *has);
        filters.iter().any(|filter| filter.is_none_or(fits))
    });
    asked.map(|transport| if transport == Transport::Le { 0x06 } else { 0x01 }).sum()
}

fn fits_transport(asked: Option<Transport>, has: Transport) -> bool {
    match asked {
        None | Some(Transport::Dual) => true,
        Some(Transport::Le) => has.has_le(),
        Some(Transport::BrEdr) => has.has_bredr(),
    }
}

/// The kernel knows one threshold: the lowest, and none if a client gave none.
fn fits_strength(filters: &[Option<&Filter>], strength: i16) -> bool {
    let mut thresholds = filters.iter().flatten().map(|filter| filter.rssi);
    let lowest = thresholds.try_fold(i16::MAX, |lowest, rssi| Some(lowest.min(rssi?)));
    lowest.is_none_or(|lowest| strength >= lowest)
}
