//! The scenes that are played where no scene file is named: the bench that a plan asks for, with a
//! well-behaved device for each device of the plan, and, without a plan, a headset and a speaker.

use std::collections::BTreeMap;
use std::path::Path;

use super::Scene;
use super::scene::{Adapter, Address, AddressType, Device, Service, Transport, Uuid};
use crate::plan::{self, DeviceMatch, Plan};

/// The bench of who has no plan.
const BENCH: &str = include_str!("../../fixtures/scenes/headset.toml");

/// Where the GATT database is written down that a well-behaved device has, and the lab's devices have.
const LAB: &str = include_str!("../../fixtures/scenes/lab.toml");

/// The service class of a loudspeaker or headset (Assigned Numbers, 3.3, AudioSink).
const A2DP_SINK: &str = "110b";

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
        let adapters = adapters(plan);
        let database = database();
        let device = |(index, (name, wanted)): (usize, (&String, &DeviceMatch))| Device {
            adapter: wanted.adapter.as_deref().and_then(|asked| called(&adapters, asked)),
            ..device(index, name, wanted, &database)
        };
        Self {
            device: plan.devices.iter().enumerate().map(device).collect(),
            adapter: adapters,
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

/// The plan's own adapter, and those that its devices name.
fn adapters(plan: &Plan) -> Vec<Adapter> {
    let own = plan.adapter.select.as_deref();
    let named = plan.devices.values().filter_map(|device| device.adapter.as_deref());
    let mut asked: Vec<Option<&str>> = vec![own];
    for name in named {
        if !asked.contains(&Some(name)) {
            asked.push(Some(name));
        }
    }
    let taken: Vec<&str> = asked.iter().flatten().copied().collect();
    let mut free = (0..).map(|n| format!("hci{n}")).filter(|name| !taken.contains(&name.as_str()));
    let all = asked.iter().map(|asked| match asked.and_then(Address::parse) {
        Some(address) => {
            Adapter { name: free.next(), address: Some(address), ..Adapter::default() }
        }
        None => {
            Adapter { name: asked.map(str::to_owned).or_else(|| free.next()), ..Adapter::default() }
        }
    });
    all.collect()
}

/// The name of the adapter that a plan calls so.
fn called(scene: &[Adapter], asked: &str) -> Option<String> {
    let address = Address::parse(asked);
    let is_it = |adapter: &&Adapter| {
        adapter.name.as_deref() == Some(asked) || (address.is_some() && adapter.address == address)
    };
    scene.iter().find(is_it)?.name.clone()
}

/// The GATT database of a well-behaved device.
fn database() -> Vec<Service> {
    // A test reads it too.
    let lab = Scene::parse(LAB).unwrap_or_default();
    lab.device.into_iter().next().map(|device| device.service).unwrap_or_default()
}

fn device(index: usize, name: &str, wanted: &DeviceMatch, database: &[Service]) -> Device {
    let made = u32::try_from(index).unwrap_or(u32::MAX);
    let given = wanted.address.as_ref().and_then(|address| Address::parse(address.as_str()));
    let advertised = match (&wanted.name, &wanted.name_prefix) {
        (Some(name), _) => name.clone(),
        (None, Some(prefix)) => format!("{prefix}{name}"),
        (None, None) => name.to_owned(),
    };
    let service = wanted.service.as_ref().map(|uuid| uuid.as_str());
    let data =
        wanted.manufacturer.map(|company| (company, vec![u8::try_from(index).unwrap_or(u8::MAX)]));
    let (transport, address_type) = match wanted.transport {
        plan::Transport::Bredr => (Transport::BrEdr, AddressType::Public),
        plan::Transport::Auto | plan::Transport::Le => (Transport::Le, AddressType::Random),
    };
    // What is on BR/EDR alone in most benches plays what it is sent.
    let service = service.or((transport == Transport::BrEdr).then_some(A2DP_SINK));
    Device {
        name: Some(advertised),
        address: Some(given.unwrap_or(Address::new([0xC0, 0xDE, 0, 0, 0, 1]).sibling(made))),
        address_type,
        transport,
        services: service.and_then(Uuid::parse).into_iter().collect(),
        service: if transport.has_le() { database.to_vec() } else { Vec::new() },
        manufacturer_data: data.into_iter().collect::<BTreeMap<_, _>>(),
        ..Device::default()
    }
}
