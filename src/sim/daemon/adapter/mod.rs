//! An adapter as bluetoothd keeps it (`src/adapter.c`), and the object it shows
//! (`doc/org.bluez.Adapter.rst`).

mod appearance;
mod discovery;
mod filter;
mod hardware;
mod power;
mod settings;

use std::time::Duration;

use super::{Daemon, DeviceId, Due, interfaces::ADAPTER};
use crate::sim::{
    bus::{Answer, Answered, Call, Refusal, arguments},
    radio::Controller,
    scene::{self, Effect, Operation},
    timers::TimerId,
};

pub(super) use discovery::Discovery;
pub(super) use power::PowerState;
use power::Switching;
pub(super) use settings::Setting;

/// How long the kernel takes over a small request.
const KERNEL: Duration = Duration::from_millis(2);

/// Names an adapter: its place in the scene.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::sim) struct AdapterId(pub(super) usize);

/// What bluetoothd knows of an adapter.
pub(in crate::sim) struct Adapter {
    pub(super) path: String,
    pub(super) spec: scene::Adapter,
    pub(super) power: PowerState,
    pub(super) discovery: Discovery,
    system_name: String,
    alias: Option<String>,
    /// Settings whose change is under way.
    pending: Vec<Setting>,
    discoverable: bool,
    connectable: bool,
    pairable: bool,
    discoverable_timeout: u32,
    pairable_timeout: u32,
    discoverable_ends: Option<TimerId>,
    pairable_ends: Option<TimerId>,
    address: scene::Address,
    /// The switching on or off that is under way.
    switching: Option<Switching>,
    /// Whether its class shows only when it is on, as that of a new adapter does.
    class_is_due: bool,
    /// Whether bluetoothd shows what is experimental.
    experimental: bool,
    pub(super) controller: Controller,
}

impl Adapter {
    /// Whether bluetoothd has LE Audio on it.
    pub(super) fn has_isochronous(&self) -> bool {
        self.experimental && self.spec.isochronous
    }

    pub(super) fn new(scene: &scene::Scene, index: usize, controller: Controller) -> Option<Self> {
        let spec = scene.adapter.get(index)?.clone();
        let name = scene.adapter_name(index);
        let seconds = |time: Duration| u32::try_from(time.as_secs()).unwrap_or(u32::MAX);
        Some(Adapter {
            path: format!("/org/bluez/{name}"),
            power: PowerState::at_start(&spec, &controller),
            discovery: Discovery::default(),
            alias: spec.alias.clone(),
            system_name: scene.own_name(index),
            pending: Vec::new(),
            discoverable: spec.discoverable && spec.powered && !controller.is_blocked(),
            connectable: spec.discoverable,
            pairable: spec.pairable,
            discoverable_timeout: seconds(spec.discoverable_timeout),
            pairable_timeout: seconds(spec.pairable_timeout),
            discoverable_ends: None,
            pairable_ends: None,
            address: scene.adapter_address(index),
            switching: None,
            class_is_due: false,
            experimental: scene.experimental,
            controller,
            spec,
        })
    }

    fn takes(&mut self, latency: scene::Latency) -> Duration {
        self.controller.takes(latency)
    }

    fn shown_alias(&self) -> String {
        self.alias.as_ref().unwrap_or(&self.system_name).clone()
    }
}

impl Daemon {
    /// The method of `org.bluez.Adapter1` that a call names.
    pub(super) fn adapter_method(&mut self, id: AdapterId, call: &Call) -> Answered {
        match call.member().as_str() {
            "StartDiscovery" => self.start_discovery(id, call),
            "StopDiscovery" => self.stop_discovery(id, call),
            "SetDiscoveryFilter" => self.set_discovery_filter(id, call),
            "GetDiscoveryFilters" => self.discovery_filters(call),
            "RemoveDevice" => self.remove_device(id, call),
            _ => Err(Refusal::failed("Not implemented")),
        }
    }

    /// Strikes with the adapter's faults. `Some` is the answer that the fault gives.
    pub(super) fn adapter_fault(&mut self, id: AdapterId, on: Operation) -> Option<Answered> {
        match self.adapters[id].controller.strike(on)? {
            Effect::Error(failure) => Some(Err(self.refusal(&failure, on, None))),
            Effect::NeverAnswers => Some(Ok(Answer::Later)),
            Effect::Mishap(mishap, lasting) => self.bring(mishap, lasting, id),
            // What belongs to a device does nothing to an adapter; the scene's check refuses it.
            Effect::Vanish(_) | Effect::Reboot { .. } | Effect::DropsAfter(_) => None,
        }
    }

    fn remove_device(&mut self, id: AdapterId, call: &Call) -> Answered {
        let path: zbus::OwnedObjectPath = arguments(call)?;
        let device =
            self.device_at(path.as_str()).filter(|device| self.devices[*device].adapter == id);
        let device = device.ok_or_else(Refusal::does_not_exist)?;
        if !self.adapters[id].power.is_on() {
            return Err(Refusal::not_ready());
        }
        if let Some(answer) = self.adapter_fault(id, Operation::Remove) {
            return answer;
        }
        self.remove(device, call)
    }

    /// The devices of an adapter that bluetoothd knows.
    pub(super) fn known_devices(&self, id: AdapterId) -> Vec<DeviceId> {
        self.devices
            .ids()
            .filter(|device| self.devices[*device].adapter == id)
            .filter(|device| self.devices[*device].record.is_some())
            .collect()
    }

    /// Lets something happen to an adapter a little later, as the kernel answers.
    fn kernel(&mut self, due: Due) {
        self.timers.arm(KERNEL, due);
    }
}
