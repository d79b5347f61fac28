//! The scene: which adapters and devices the simulator plays, and how they behave. Plain data, read
//! from a TOML file; every mistake is found here, with its place, so that the simulator meets none.

mod adapter;
mod advertised;
mod audio;
mod central;
mod check;
mod crowd;
mod device;
mod drift;
mod error;
mod fault;
mod gatt;
mod incident;
mod interference;
mod latency;
mod le_audio;
mod membership;
mod player;
mod profile;
mod uuid;
mod version;
mod window;

pub use crate::address::Address;
pub use adapter::Adapter;
pub use audio::Audio;
pub use central::{Central, Deed};
pub use crowd::Crowd;
pub use device::{AddressType, Device, Pairing, ReconnectMode, Transport};
pub use drift::{Change, Drift};
pub use error::SceneError;
pub use fault::{Effect, Failure, Fault, Operation, Trigger};
pub use gatt::{
    Characteristic, Database, Descriptor, Flag, LONGEST_VALUE, OnWrite, Permissions, Security,
    Service,
};
pub use incident::{Incident, Mishap};
pub use interference::Interference;
pub(super) use latency::whole;
pub use latency::{Latency, Outliers, Shape};
pub use le_audio::LeAudio;
pub use membership::Membership;
pub use player::{Key, Player, Press, SETTINGS, Status, Track};
pub use profile::{Answer, Calls, Profile};
pub use uuid::Uuid;
pub use version::Version;
pub use window::Window;

use std::collections::BTreeMap;

use serde::Deserialize;

/// A scene file's length, in bytes, beyond which it is refused.
const LONGEST_FILE: usize = 1 << 20;

/// What the simulator plays.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct Scene {
    /// Which bluetoothd it is.
    pub bluez: Version,
    /// Whether it runs with `--experimental`: then it takes advertisement monitors, and shows what came later without that.
    pub experimental: bool,
    /// The name of the machine, which its adapters show for a name.
    pub system_name: String,
    /// Its adapters. Default: one, hci0; `adapter = []` makes a machine without any.
    pub adapter: Vec<Adapter>,
    /// The devices in range.
    pub device: Vec<Device>,
    /// GATT databases that devices have by name.
    pub database: BTreeMap<String, Database>,
    /// The other devices in range.
    pub crowd: Crowd,
    /// What befalls the bench as a whole, and when.
    pub incident: Vec<Incident>,
    /// What disturbs the air, and when.
    pub interference: Vec<Interference>,
}

impl Default for Scene {
    fn default() -> Self {
        Scene {
            bluez: Version::default(),
            experimental: false,
            system_name: "bench".into(),
            adapter: vec![Adapter::default()],
            device: Vec::new(),
            database: BTreeMap::new(),
            crowd: Crowd::default(),
            incident: Vec::new(),
            interference: Vec::new(),
        }
    }
}

impl Scene {
    /// Reads a scene.
    ///
    /// # Errors
    ///
    /// The first mistake, with its place in the text: TOML that is none, an unknown key, a value
    /// that makes no sense, an adapter that is not there, two devices with one address.
    pub fn parse(text: &str) -> Result<Self, SceneError> {
        if text.len() > LONGEST_FILE {
            return Err(SceneError::without_place(format!(
                "the scene has {} bytes; {LONGEST_FILE} are the most",
                text.len()
            )));
        }
        let mut scene: Scene =
            toml::from_str(text).map_err(|error| SceneError::of_toml(text, &error))?;
        check::check(&scene).map_err(|mistake| SceneError::of_mistake(text, &mistake))?;
        scene.hand_out_databases();
        Ok(scene)
    }

    /// Gives each device the database that it names.
    fn hand_out_databases(&mut self) {
        for device in &mut self.device {
            let named = device.database.as_ref().and_then(|name| self.database.get(name));
            if let Some(database) = named {
                device.service.clone_from(&database.service);
            }
        }
    }

    /// The place of the adapter that hears a device.
    pub fn adapter_of(&self, device: &Device) -> Option<usize> {
        match &device.adapter {
            None => (!self.adapter.is_empty()).then_some(0),
            Some(name) => (0..self.adapter.len()).find(|index| self.adapter_name(*index) == *name),
        }
    }

    /// The name of the adapter at `index`: its own, or the kernel's next.
    pub fn adapter_name(&self, index: usize) -> String {
        self.adapter
            .get(index)
            .and_then(|adapter| adapter.name.clone())
            .unwrap_or_else(|| format!("hci{index}"))
    }

    /// The name that the adapter at `index` has from the machine: only the first has that bare
    /// (`plugins/hostname.c`).
    pub fn own_name(&self, index: usize) -> String {
        match index {
            0 => self.system_name.clone(),
            index => format!("{} #{}", self.system_name, index + 1),
        }
    }

    /// The address of the adapter at `index`: its own, or one made from the index.
    pub fn adapter_address(&self, index: usize) -> Address {
        let made = u8::try_from(index).unwrap_or(u8::MAX);
        self.adapter
            .get(index)
            .and_then(|adapter| adapter.address)
            .unwrap_or(Address::new([0x00, 0xAA, 0x01, made, 0x00, 0x42]))
    }

    /// The address of the device at `index`: its own, or one made from the index.
    pub fn device_address(&self, index: usize) -> Address {
        let made = u32::try_from(index).unwrap_or(u32::MAX);
        self.device
            .get(index)
            .and_then(|device| device.address)
            .unwrap_or(Address::new([0x00, 0xAA, 0x02, 0, 0, 1]).sibling(made))
    }
}

#[cfg(test)]
mod tests;
