//! A device in range of the bench, as a scene describes it: what it shows of itself, how long it
//! takes, and how it misbehaves.

use std::{collections::BTreeMap, time::Duration};

use serde::Deserialize;

use crate::association::Capability;

use super::{
    Address, audio::Audio, central::Central, drift::Drift, fault::Fault, gatt::Service, latency,
    latency::Latency, le_audio::LeAudio, membership::Membership, player::Player, player::Press,
    profile::Profile, uuid::Uuid,
};

/// What a device speaks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Transport {
    /// Bluetooth Low Energy.
    #[default]
    Le,
    /// Bluetooth Classic.
    BrEdr,
    /// Both, under one public address. It advertises on LE, and that it has BR/EDR; its database and `services` are on
    /// LE, what else it is, is on BR/EDR.
    Dual,
}

/// The kind of a device's address.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum AddressType {
    /// Assigned by the IEEE.
    #[default]
    Public,
    /// Static random (Core Spec Vol 6, Part B, 1.3.2.1).
    Random,
}

/// Who connects an input device again (HIDReconnectInitiate and HIDNormallyConnectable; HID 1.1.1, 5.3.4).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ReconnectMode {
    /// Nobody.
    None,
    /// The host.
    Host,
    /// The device.
    #[default]
    Device,
    /// Either.
    Any,
}

impl ReconnectMode {
    /// BlueZ's word for it.
    pub fn word(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Host => "host",
            Self::Device => "device",
            Self::Any => "any",
        }
    }
}

/// How a device answers a request to pair.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Pairing {
    /// It pairs.
    #[default]
    Accept,
    /// It refuses.
    Refuse,
    /// It stays silent.
    Ignore,
}

/// One device: `[[device]]`.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct Device {
    /// The name that it tells. Default: none, and BlueZ shows its address for one.
    pub name: Option<String>,
    /// Its address. Default: one of 00:AA:02:xx:xx:xx, by its place in the scene.
    pub address: Option<Address>,
    /// The kind of its address.
    pub address_type: AddressType,
    /// What it speaks.
    pub transport: Transport,
    /// The adapter that hears it. Default: the first.
    pub adapter: Option<String>,
    /// The name that the user of the bench gave it.
    pub alias: Option<String>,
    /// Its class of device.
    pub class: Option<u32>,
    /// Its appearance (Assigned Numbers, 2.6).
    pub appearance: Option<u16>,
    /// Its icon. Default: what BlueZ makes of class or appearance.
    pub icon: Option<String>,
    /// The services that it advertises; without a database, it has them too.
    pub services: Vec<Uuid>,
    /// The services that it has and does not advertise, if it is without a database; of a dual-mode device, those
    /// that it has on BR/EDR.
    pub hidden_services: Vec<Uuid>,
    /// What it advertises by company identifier, in hexadecimal digits: `{ 0x004c = "0215" }`.
    #[serde(deserialize_with = "super::advertised::manufacturer_data")]
    pub manufacturer_data: BTreeMap<u16, Vec<u8>>,
    /// What it advertises by service, in hexadecimal digits: `{ 180f = "64" }`.
    #[serde(deserialize_with = "super::advertised::service_data")]
    pub service_data: BTreeMap<Uuid, Vec<u8>>,
    /// The flags that it advertises (Core Spec Supplement, Part A, 1.3).
    pub flags: Option<u8>,
    /// The power that it says it sends with, in dBm.
    pub tx_power: Option<i8>,
    /// How strongly it is heard, in dBm.
    pub rssi: i8,
    /// How much that varies from one advertisement to the next, in dB either way.
    pub rssi_varies: u8,
    /// How full its battery is, in percent, if it is an LE device that tells.
    pub battery: Option<u8>,
    /// The name of its GATT database.
    pub database: Option<String>,
    /// Its GATT database, less the two services that every device has (LE). Default: one made of the services.
    pub service: Vec<Service>,
    /// The largest ATT MTU that it agrees to, in bytes (Core Spec Vol 3, Part F, 3.2.8).
    pub mtu: u16,
    /// What it is as a speaker, a headset or a phone, if it has the service of one (BR/EDR).
    pub audio: Audio,
    /// What it is as earbuds or a headset over LE Audio, if it is one (LE).
    pub le_audio: Option<LeAudio>,
    /// What it says on its classic profiles, to the clients that have them (BR/EDR).
    pub profile: Vec<Profile>,
    /// Who connects it again, if it is an input device (BR/EDR).
    pub reconnect_mode: ReconnectMode,
    /// Its player, if it has the service of one (AVRCP target).
    pub player: Option<Player>,
    /// The buttons that it presses once AVRCP is connected, if it has the service of them (AVRCP controller).
    #[serde(deserialize_with = "super::player::presses")]
    pub presses: Vec<Press>,
    /// The coordinated set that it is a member of, if it has the service of one (LE).
    pub set: Option<Membership>,
    /// Whether its vendor, product and version are known: BlueZ's Modalias.
    pub modalias: Option<String>,

    /// What it can show and take in when it pairs.
    pub io_capability: Capability,
    /// How it answers a request to pair.
    pub pairing: Pairing,
    /// Whether it knows LE Secure Connections.
    pub secure_connections: bool,
    /// The passkey that it shows, or expects. Default: drawn for each pairing.
    pub passkey: Option<u32>,
    /// Its PIN: it then knows no Secure Simple Pairing (BR/EDR alone).
    pub pin: Option<String>,
    /// How long it takes until it begins to pair by itself, while there is no bond: on LE counted from when it
    /// is connected, on BR/EDR from when the adapter can be found. Default: it waits until it is asked.
    #[serde(deserialize_with = "latency::deserialize_optional")]
    pub starts_pairing_after: Option<Duration>,
    /// Whether it lets itself be connected to.
    pub connectable: bool,

    /// Whether bluetoothd knows it from before the run.
    pub known: bool,
    /// Whether it is paired from before the run.
    pub paired: bool,
    /// Whether the pairing was stored.
    pub bonded: bool,
    /// Whether bluetoothd has a bond with it whose keys the device has lost.
    pub half_bonded: bool,
    /// Whether bluetoothd still waits to connect it for a client that has gone.
    pub connecting: bool,
    /// For how long bluetoothd does so; without, until it is removed or disconnected.
    #[serde(deserialize_with = "latency::deserialize_optional")]
    pub connecting_for: Option<Duration>,
    /// Whether the user of the bench trusts it.
    pub trusted: bool,
    /// Whether the user of the bench has blocked it.
    pub blocked: bool,

    /// From when it is in range, counted from the start.
    #[serde(deserialize_with = "latency::deserialize_optional")]
    pub in_range_after: Option<Duration>,
    /// How long a discovery takes to hear it. Default: as a discovery of both transports goes, LE
    /// at once, BR/EDR when its turn comes.
    pub appears_after: Option<Latency>,
    /// How long it is from one time that it is heard to the next. Default: a second on LE, the
    /// round of a discovery on BR/EDR.
    pub advertise_every: Option<Latency>,
    /// How long it takes to connect.
    pub connect: Latency,
    /// How long its services take to be resolved, once it is connected.
    pub services_resolved: Latency,
    /// How long it takes to pair, once it is connected.
    pub pair: Latency,
    /// How long a packet to its GATT server takes, with the answer.
    pub gatt: Latency,
    /// How long a disconnection takes; bluetoothd itself waits two seconds before it drops a link.
    pub disconnect: Latency,
    /// How connecting, resolving services and pairing become slower in the course of the night.
    pub drift: Drift,
    /// When it leaves the air, counted from when it came in range.
    #[serde(deserialize_with = "latency::deserialize_optional")]
    pub vanish_after: Option<Duration>,
    /// When it returns, counted from when it left.
    #[serde(deserialize_with = "latency::deserialize_optional")]
    pub return_after: Option<Duration>,
    /// How long it takes a bonded device to connect by itself, after a link has ended or it is back in range. One
    /// that is not trusted does not after the bench has disconnected it. Default: it never does.
    pub reconnects_after: Option<Latency>,
    /// The links that it makes itself, as a central, when the bench serves something (LE).
    pub central: Vec<Central>,
    /// How it misbehaves.
    pub fault: Vec<Fault>,
}

impl Default for Device {
    fn default() -> Self {
        Device {
            name: None,
            address: None,
            address_type: AddressType::default(),
            transport: Transport::default(),
            adapter: None,
            alias: None,
            class: None,
            appearance: None,
            icon: None,
            services: Vec::new(),
            hidden_services: Vec::new(),
            manufacturer_data: BTreeMap::new(),
            service_data: BTreeMap::new(),
            flags: None,
            tx_power: None,
            rssi: -60,
            rssi_varies: 0,
            battery: None,
            database: None,
            service: Vec::new(),
            mtu: 517,
            audio: Audio::default(),
            le_audio: None,
            profile: Vec::new(),
            reconnect_mode: ReconnectMode::default(),
            player: None,
            presses: Vec::new(),
            set: None,
            modalias: None,
            io_capability: Capability::default(),
            pairing: Pairing::default(),
            secure_connections: true,
            passkey: None,
            pin: None,
            starts_pairing_after: None,
            connectable: true,
            known: false,
            paired: false,
            bonded: false,
            half_bonded: false,
            connecting: false,
            connecting_for: None,
            trusted: false,
            blocked: false,
            in_range_after: None,
            appears_after: None,
            advertise_every: None,
            connect: Latency::millis(250),
            services_resolved: Latency::millis(200),
            pair: Latency::millis(500),
            gatt: Latency::millis(30),
            disconnect: Latency::millis(2000),
            drift: Drift::default(),
            vanish_after: None,
            return_after: None,
            reconnects_after: None,
            central: Vec::new(),
            fault: Vec::new(),
        }
    }
}

impl Device {
    /// Whether bluetoothd has a record of it when it starts.
    pub fn is_stored(&self) -> bool {
        let is_used = self.connecting || self.trusted || self.blocked;
        self.known || self.is_bonded() || is_used
    }

    /// Whether bluetoothd has a bond with it when it starts.
    pub fn is_bonded(&self) -> bool {
        self.paired || self.bonded || self.half_bonded
    }
}

impl Transport {
    /// Whether it includes LE.
    pub fn has_le(self) -> bool {
        self != Transport::BrEdr
    }

    /// Whether it includes BR/EDR.
    pub fn has_bredr(self) -> bool {
        self != Transport::Le
    }
}
