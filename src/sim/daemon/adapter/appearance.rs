//! What an adapter shows on the bus when bluetoothd starts: its own properties, and the managers
//! that a client may look for.

use std::collections::BTreeMap;

use super::{ADAPTER, Adapter};
use crate::sim::{
    bus::{Tree, Value},
    daemon::{
        interfaces::{
            ADVERTISING_MANAGER, BATTERY_PROVIDER_MANAGER, GATT_MANAGER, MEDIA, MONITOR_MANAGER,
            NETWORK_SERVER, SIM_ACCESS,
        },
        value::dictionary,
    },
    scene::{Uuid, Version},
};

/// The services that bluetoothd itself offers: recorded.
const OWN_SERVICES: [u16; 7] = [0x1801, 0x1800, SIM, 0x1200, 0x110c, 0x110e, 0x180a];
/// The order of eight and more: recorded.
const LARGE_TABLE: [u16; 9] = [0x110e, 0x110a, 0x1200, SIM, 0x110b, 0x110c, 0x1800, 0x1801, 0x180a];
/// The same for a sink without a source.
const SINK_TABLE: [u16; 8] = [SIM, 0x110e, 0x1200, 0x110b, 0x110c, 0x1800, 0x1801, 0x180a];
/// SIM access, which of Debian's releases only 5.82 is built with.
const SIM: u16 = 0x112d;
/// Sink and source of a unicast of LE Audio, source and sink of a broadcast.
const LE_AUDIO: [u16; 4] = [0x2bc9, 0x2bcb, 0x1852, 0x1851];
/// Source and sink of A2DP.
const AUDIO: [u16; 2] = [0x110a, 0x110b];

impl Adapter {
    /// Shows the adapter on the bus.
    pub(in crate::sim::daemon) fn show(&self, tree: &mut Tree, by: Version) {
        let path = &self.path;
        tree.add(path, &ADAPTER, self.properties(by));
        if by > Version::V5_66 || self.experimental {
            tree.add(path, &BATTERY_PROVIDER_MANAGER, vec![]);
        }
        tree.add(path, &GATT_MANAGER, vec![]);
        let isochronous = self.has_isochronous().then_some(LE_AUDIO).into_iter().flatten();
        let supported: Vec<u16> = AUDIO.into_iter().chain(isochronous).collect();
        let media = vec![
            ("SupportedUUIDs", uuids(&supported)),
            ("SupportedFeatures", strings(&["tx-timestamping"])),
        ];
        tree.add(path, &MEDIA, media);
        tree.add(path, &NETWORK_SERVER, vec![]);
        if by == Version::V5_82 {
            tree.add(path, &SIM_ACCESS, vec![("Connected", false.into())]);
        }
        tree.add(path, &ADVERTISING_MANAGER, advertising());
        if self.experimental {
            // The emulated controllers compare no patterns themselves.
            let none: [&str; 0] = [];
            let watching = vec![
                ("SupportedMonitorTypes", strings(&["or_patterns"])),
                ("SupportedFeatures", strings(&none)),
            ];
            tree.add(path, &MONITOR_MANAGER, watching);
        }
    }

    /// The services that bluetoothd offers, with more that clients do. What has room for seven of them and holds an
    /// eighth has another order: recorded.
    pub(in crate::sim::daemon) fn services(&self, by: Version, more: &[Uuid]) -> Vec<Uuid> {
        let mut own = OWN_SERVICES.to_vec();
        own.retain(|service| *service != SIM || by == Version::V5_82);
        let own = own.into_iter().map(Uuid::assigned);
        let services: Vec<Uuid> = more.iter().cloned().chain(own).collect();
        if services.len() < 8 {
            return services;
        }
        let is_sink = !services.contains(&Uuid::assigned(AUDIO[0]));
        let in_order: &[u16] = if is_sink { &SINK_TABLE } else { &LARGE_TABLE };
        let in_order = in_order.iter().map(|service| Uuid::assigned(*service));
        in_order.filter(|service| services.contains(service)).collect()
    }

    fn properties(&self, by: Version) -> Vec<(&'static str, Value)> {
        let class = if self.power.is_on() { self.spec.class } else { 0 };
        vec![
            ("Address", self.address.to_string().into()),
            ("AddressType", "public".into()),
            ("Name", self.system_name.clone().into()),
            ("Alias", self.shown_alias().into()),
            ("Class", class.into()),
            ("Connectable", self.connectable.into()),
            ("Powered", self.power.is_on().into()),
            ("PowerState", self.power.word().into()),
            ("Discoverable", self.discoverable.into()),
            ("DiscoverableTimeout", self.discoverable_timeout.into()),
            ("Pairable", self.pairable.into()),
            ("PairableTimeout", self.pairable_timeout.into()),
            ("Discovering", false.into()),
            ("UUIDs", strings(&self.services(by, &[]))),
            ("Modalias", by.modalias().into()),
            ("Roles", strings(&["central", "peripheral"])),
            ("Manufacturer", self.spec.manufacturer.into()),
            ("Version", self.spec.version.into()),
        ]
    }
}

/// What the emulated controllers can advertise: recorded.
fn advertising() -> Vec<(&'static str, Value)> {
    let capabilities = BTreeMap::from([
        ("MinTxPower", Value::from(-34_i16)),
        ("MaxTxPower", Value::from(7_i16)),
        ("MaxAdvLen", Value::from(251_u8)),
        ("MaxScnRspLen", Value::from(251_u8)),
    ]);
    let includes = strings(&["tx-power", "appearance", "local-name"]);
    vec![
        ("ActiveInstances", 0_u8.into()),
        ("SupportedInstances", 3_u8.into()),
        ("SupportedIncludes", includes),
        ("SupportedSecondaryChannels", strings(&["1M", "2M", "Coded"])),
        ("SupportedFeatures", strings(&["CanSetTxPower", "HardwareOffload"])),
        ("SupportedCapabilities", dictionary(capabilities)),
    ]
}

fn uuids(numbers: &[u16]) -> Value {
    let uuids = numbers.iter().map(|number| Uuid::assigned(*number).to_string());
    Value::from(uuids.collect::<Vec<_>>())
}

fn strings<S: ToString>(strings: &[S]) -> Value {
    Value::from(strings.iter().map(ToString::to_string).collect::<Vec<_>>())
}
