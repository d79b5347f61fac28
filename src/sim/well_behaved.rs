//! The scenes that are played where no scene file is named: the bench that a plan asks for, with a
//! well-behaved device for each device of the plan, and, without a plan, a headset and a speaker.

use std::collections::BTreeMap;
use std::path::Path;

use super::Scene;
use super::scene::{Adapter, Address, AddressType, Device, Transport, Uuid};
use crate::plan::{self, DeviceMatch, Plan};

/// The bench of who has no plan.
const BENCH: &str = include_str!("../../fixtures/scenes/headset.toml");

impl Scene {
    /// An adapter with an LE headset and a BR/EDR speaker in range.
    #[must_use]
    pub fn bench() -> Self {
        // A test reads it too.
        Self::parse(BENCH).unwrap_or_default()
    }

    /// A scene in which the plan can pass: its adapter, and its devices as the plan recognises them.
    #[must_use]
    pub fn of_plan(plan: &Plan) -> Self {
        let device =
            |(index, (name, wanted)): (usize, (&String, &DeviceMatch))| device(index, name, wanted);
        Self {
            adapter: vec![adapter(plan.adapter.select.as_deref())],
            device: plan.devices.iter().enumerate().map(device).collect(),
            ..Self::default()
        }
    }

    /// Reads a scene file.
    ///
    /// # Errors
    /// The file cannot be read, or the first mistake in it, with its place.
    pub fn read(file: &Path) -> Result<Self, String> {
        let text = std::fs::read_to_string(file)
            .map_err(|error| format!("the scene {} cannot be read: {error}", file.display()))?;
        Self::parse(&text).map_err(|error| format!("the scene {}: {error}", file.display()))
    }
}

/// The adapter by the name or the address that the plan selects it by.
fn adapter(select: Option<&str>) -> Adapter {
    let address = select.and_then(Address::parse);
    let name = select.filter(|_| address.is_none()).map(str::to_owned);
    Adapter { name, address, ..Adapter::default() }
}

fn device(index: usize, name: &str, wanted: &DeviceMatch) -> Device {
    let made = u32::try_from(index).unwrap_or(u32::MAX);
    let given = wanted.address.as_ref().and_then(|address| Address::parse(address.as_str()));
    let advertised = match (&wanted.name, &wanted.name_prefix) {
        (Some(name), _) => name.clone(),
        (None, Some(prefix)) => format!("{prefix}{name}"),
        (None, None) => name.to_owned(),
    };
    let services = wanted.service.as_ref().and_then(|uuid| Uuid::parse(uuid.as_str()));
    let data =
        wanted.manufacturer.map(|company| (company, vec![u8::try_from(index).unwrap_or(u8::MAX)]));
    let (transport, address_type) = match wanted.transport {
        plan::Transport::Bredr => (Transport::BrEdr, AddressType::Public),
        plan::Transport::Auto | plan::Transport::Le => (Transport::Le, AddressType::Random),
    };
    Device {
        name: Some(advertised),
        address: Some(given.unwrap_or(Address::new([0xC0, 0xDE, 0, 0, 0, 1]).sibling(made))),
        address_type,
        transport,
        services: services.into_iter().collect(),
        manufacturer_data: data.into_iter().collect::<BTreeMap<_, _>>(),
        ..Device::default()
    }
}
