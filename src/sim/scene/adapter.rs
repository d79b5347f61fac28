//! A Bluetooth controller of the bench, as a scene describes it.

use std::time::Duration;

use serde::Deserialize;

use super::{Address, fault::Fault, latency, latency::Latency};

/// One adapter: `[[adapter]]`.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct Adapter {
    /// The kernel's name for it, the last element of its object path. Default: hci0, hci1, …
    pub name: Option<String>,
    /// Its address. Default: one of the emulated controllers' 00:AA:01:xx:00:42.
    pub address: Option<Address>,
    /// The name that its user gave it. Default: the system's name.
    pub alias: Option<String>,
    /// Whether it is on.
    pub powered: bool,
    /// Whether rfkill holds it off.
    pub blocked: bool,
    /// Whether it lets itself be found.
    pub discoverable: bool,
    /// For how long it lets itself be found; zero is without end.
    #[serde(deserialize_with = "latency::deserialize_duration")]
    pub discoverable_timeout: Duration,
    /// Whether it lets itself be paired with; bluetoothd switches it on with the first agent.
    pub pairable: bool,
    /// For how long it lets itself be paired with; zero is without end.
    #[serde(deserialize_with = "latency::deserialize_duration")]
    pub pairable_timeout: Duration,
    /// The class of device that it shows while it is on.
    pub class: u32,
    /// The company identifier of its manufacturer.
    pub manufacturer: u16,
    /// The number of the core specification that it follows (13 is 5.4).
    pub version: u8,
    /// Whether somebody, PipeWire for one, has registered audio endpoints with bluetoothd.
    pub audio: bool,
    /// Whether bluetoothd may use its isochronous channels, and so has LE Audio: it is `experimental`, and runs with
    /// `--kernel='*'`.
    pub isochronous: bool,
    /// How long switching it on or off takes.
    pub power: Latency,
    /// How long starting or stopping a discovery takes.
    pub discover: Latency,
    /// How it misbehaves.
    pub fault: Vec<Fault>,
}

impl Default for Adapter {
    fn default() -> Self {
        Adapter {
            name: None,
            address: None,
            alias: None,
            powered: true,
            blocked: false,
            discoverable: false,
            discoverable_timeout: Duration::from_secs(180),
            pairable: false,
            pairable_timeout: Duration::ZERO,
            class: 0x40_0000,
            manufacturer: 1521,
            version: 9,
            audio: true,
            isochronous: false,
            power: Latency::millis(150),
            discover: Latency::millis(10),
            fault: Vec::new(),
        }
    }
}
