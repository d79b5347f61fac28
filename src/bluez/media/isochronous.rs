//! The tester's own endpoints of LE Audio: bluetoothd asks those of a unicast which configuration a stream of a device
//! is to have, once for each stream, and tells every one of the transports that it made
//! (`SelectProperties` and `SetConfiguration` in `doc/org.bluez.MediaEndpoint.rst`).

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use zbus::{OwnedObjectPath, OwnedVariant, Variant};

use super::endpoint::{Refusal, Selected, Shared, tell};
use crate::audio::lc3::{Capabilities, Configuration, Context, Locations, Preset, Quality};
use crate::bluez::mirror::Mirror;
use crate::bluez::session::lock;

/// How late a device plays what it got, in microseconds (`LC3_QOS_*` in BlueZ's `src/shared/lc3.h`; every device takes it).
const PRESENTATION_DELAY: u32 = 40_000;
/// LE 2M (Core Specification, Vol 4, Part E, 7.8.97).
const PHY: u8 = 2;
/// A balance of latency and reliability (ASCS 1.0, table 4.1).
const TARGET_LATENCY: u8 = 2;
/// Within this the choices for one connection follow each other; a device takes longer to be connected again.
const AT_ONCE: Duration = Duration::from_secs(1);
/// Both ears: where this host can be heard itself.
const BOTH: u32 = 3;

/// What an endpoint of LE Audio offers.
#[derive(Debug, Clone)]
pub struct Isochronous {
    /// The presets that it takes, the best first.
    pub presets: Vec<Preset>,
    /// What its streams are for.
    pub context: Context,
}

impl Isochronous {
    /// The properties of such an endpoint, besides its role.
    pub(super) fn properties(&self) -> BTreeMap<&'static str, Variant<'static>> {
        BTreeMap::from([
            ("Codec", Variant::new(crate::audio::lc3::CODEC)),
            ("Capabilities", Variant::new(Capabilities::of(&self.presets).row())),
            ("Locations", Variant::new(BOTH)),
            ("Context", Variant::new(Context::EVERY)),
            ("SupportedContext", Variant::new(Context::EVERY)),
        ])
    }
}

/// A configuration, and what the link does for it, as BlueZ takes both.
pub(super) fn chosen(
    configuration: Configuration,
    qos: BTreeMap<&'static str, Variant<'static>>,
    context: Context,
) -> BTreeMap<&'static str, Variant<'static>> {
    BTreeMap::from([
        ("Capabilities", Variant::new(configuration.row())),
        ("Metadata", Variant::new(context.metadata())),
        ("QoS", Variant::new(qos)),
    ])
}

/// What the link does for a configuration.
pub(super) fn quality(
    configuration: Configuration,
    quality: Quality,
) -> BTreeMap<&'static str, Variant<'static>> {
    BTreeMap::from([
        ("Interval", Variant::new(configuration.duration.micros())),
        ("Framing", Variant::new(0_u8)),
        ("PHY", Variant::new(PHY)),
        ("SDU", Variant::new(configuration.sdu())),
        ("Retransmissions", Variant::new(quality.retransmissions)),
        ("Latency", Variant::new(quality.latency)),
        ("PresentationDelay", Variant::new(PRESENTATION_DELAY)),
    ])
}

/// The object that BlueZ calls.
#[derive(Debug, Clone)]
pub(super) struct Object {
    pub(super) shared: Arc<Mutex<Shared>>,
    pub(super) mirror: Mirror,
    pub(super) path: String,
    pub(super) offer: Isochronous,
}

impl Object {
    fn told(&self, method: &str, path: &str, answer: String) {
        tell(&self.mirror, method, path, answer);
    }

    /// One stream more with this endpoint of a device, where the last was chosen in the same breath.
    fn selects(&self, path: &str) {
        let mut shared = lock(&self.shared);
        let now = Instant::now();
        let fresh = Selected { streams: 0, last: now };
        let selected = shared.selected.entry(path.to_owned()).or_insert(fresh);
        if now.duration_since(selected.last) > AT_ONCE {
            selected.streams = 0;
        }
        selected.streams += 1;
        selected.last = now;
    }

    fn refuse<T>(&self, method: &str, path: &str, why: &str) -> Result<T, Refusal> {
        self.told(method, path, format!("refused: {why}"));
        Err(Refusal::InvalidArguments(why.to_owned()))
    }
}

#[zbus::interface(name = "org.bluez.MediaEndpoint1")]
impl Object {
    fn select_properties(
        &self,
        asked: BTreeMap<String, OwnedVariant>,
    ) -> Result<BTreeMap<&'static str, Variant<'static>>, Refusal> {
        let method = "SelectProperties";
        let value = |name: &str| asked.get(name).cloned();
        let path = value("Endpoint").and_then(|path| OwnedObjectPath::try_from(path).ok());
        let path = path.as_ref().map_or("", |path| path.as_str());
        let row = value("Capabilities").and_then(|row| Vec::<u8>::try_from(row).ok());
        let Some(device) = row.as_deref().and_then(Capabilities::read) else {
            return self.refuse(method, path, "the device's capabilities are none of LC3");
        };
        let Some(preset) = self.offer.presets.iter().find(|preset| device.can(**preset)) else {
            return self.refuse(method, path, "the device can do none of the presets");
        };
        let place = value("ChannelAllocation").and_then(|place| u32::try_from(place).ok());
        let locations = Locations(place.unwrap_or(0));
        self.selects(path);
        self.told(method, path, format!("{}, {locations}", preset.name()));
        let configuration = Configuration::of(*preset, locations);
        let mut qos = quality(configuration, preset.unicast());
        qos.insert("TargetLatency", Variant::new(TARGET_LATENCY));
        Ok(chosen(configuration, qos, self.offer.context))
    }

    fn set_configuration(
        &self,
        transport: OwnedObjectPath,
        properties: BTreeMap<String, OwnedVariant>,
    ) -> Result<(), Refusal> {
        let method = "SetConfiguration";
        let row = properties.get("Configuration").cloned();
        let row = row.and_then(|row| Vec::<u8>::try_from(row).ok()).unwrap_or_default();
        let Some(configuration) = Configuration::read(&row) else {
            return self.refuse(method, transport.as_str(), "the configuration is none of LC3");
        };
        lock(&self.shared).transports.insert(transport.as_str().to_owned());
        self.told(method, transport.as_str(), configuration.to_string());
        // The transport is in the tree before BlueZ tells the endpoint of it.
        self.mirror.look_again();
        Ok(())
    }

    fn clear_configuration(&self, transport: OwnedObjectPath) {
        let mut shared = lock(&self.shared);
        shared.transports.remove(transport.as_str());
        let endpoint = transport.as_str().rsplit_once('/').map_or("", |(endpoint, _)| endpoint);
        shared.selected.remove(endpoint);
        drop(shared);
        self.told("ClearConfiguration", transport.as_str(), "noted".to_owned());
    }

    fn release(&self) {
        lock(&self.shared).registered.remove(&self.path);
        self.told("Release", "", "noted".to_owned());
    }
}
