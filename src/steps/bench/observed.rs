//! What BlueZ tells, as the journal has it: which changes are about the adapters or the devices of the plan, and what of
//! the bench's own state each of them changes.

use serde_json::Value;

use super::super::matching;
use super::Bench;
use crate::bluez::{Adapter, Change, Device, Player, Properties, Transport};
use crate::event::{BenchChange, Event, Object};
use crate::plan::DeviceName;

impl Bench {
    /// The devices of the plan that a change is about: the one at its path, or all on the adapter there.
    pub fn devices_of(&self, change: &Change) -> Vec<String> {
        let path = match change {
            Change::Added { path, .. }
            | Change::Removed { path, .. }
            | Change::Property { path, .. }
            | Change::Disconnected { path, .. }
            | Change::Asked { path, .. }
            | Change::EndpointAsked { path, .. }
            | Change::Monitored { path, .. }
            | Change::ProfileAsked { path, .. } => path,
            _ => return Vec::new(),
        };
        if self.is_adapter(path) {
            let is_on =
                |name: &&String| self.adapter_of(&DeviceName((*name).clone())).path() == path;
            return self.devices.keys().filter(is_on).cloned().collect();
        }
        let recognised = self.recognised.borrow();
        let is_here = |known: &str| {
            path.strip_prefix(known).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        let here = recognised.iter().filter(|(_, known)| is_here(known));
        let mut names: Vec<String> = here.map(|(name, _)| name.clone()).collect();
        drop(recognised);
        if let (true, Change::Added { interface, properties, .. }) = (names.is_empty(), change) {
            names.extend(self.appeared(path, interface, properties).map(|object| object.name));
        }
        names
    }

    /// Records a change of BlueZ's tree if it is about the adapter or a device of the plan.
    pub fn observe(&self, change: Change) {
        for adapter in self.adapters() {
            if let Some(change) = self.health.observe(&change, adapter) {
                self.recorder.record(bench(change));
            }
        }
        if change == Change::Gone {
            self.offered.forgotten();
        }
        if let Change::Removed { path, interface } = &change
            && interface == Device::INTERFACE
        {
            self.monitors().device_gone(path);
        }
        for adapter in self.adapters().filter(|adapter| ends_discovery(&change, adapter)) {
            self.scans(adapter, false);
            self.loading.set(true);
        }
        // What the agent agrees to may leave a bond, also with a device that no step pairs with.
        if let Change::Asked { path, .. } = &change {
            let device = Device::at(&self.session, path);
            if device.properties().is_some() {
                self.touch(&device);
            }
        }
        if let Some(event) = self.event_of(change) {
            self.recorder.record(event);
        }
    }

    fn event_of(&self, change: Change) -> Option<Event> {
        Some(match change {
            Change::BusGone => bench(BenchChange::BusGone),
            Change::BusBack => bench(BenchChange::BusBack),
            Change::Gone => bench(BenchChange::BluezGone),
            Change::Back => bench(BenchChange::BluezBack),
            Change::Added { path, interface, .. } if self.is_adapter(&path) => {
                return (interface == Adapter::INTERFACE)
                    .then_some(bench(BenchChange::AdapterBack));
            }
            Change::Removed { path, interface } if self.is_adapter(&path) => {
                return (interface == Adapter::INTERFACE)
                    .then_some(bench(BenchChange::AdapterGone));
            }
            Change::Added { path, interface, properties } => {
                let object = self.appeared(&path, &interface, &properties)?;
                Event::Appeared { object, properties }
            }
            Change::Removed { path, interface } => {
                let object = self.object(&path).filter(|_| interface == Device::INTERFACE)?;
                Event::Vanished { object }
            }
            Change::Property { path, interface, property, value } => {
                let object = match interface == Transport::INTERFACE
                    || (interface == Player::INTERFACE && property != "Position")
                {
                    true => self.object_above(&path)?,
                    false => self.object(&path)?,
                };
                Event::Changed { object, interface, property, value }
            }
            Change::Disconnected { path, interface, reason, message } => {
                let object = self.object(&path)?;
                Event::Disconnected { object, interface, reason, message }
            }
            Change::Asked { method, path, answer } => {
                let object = self.object(&path).unwrap_or_default();
                Event::AgentAsked { method, object, answer }
            }
            Change::ProfileAsked { method, path, answer } => {
                let object = self.object(&path).unwrap_or_default();
                Event::ProfileAsked { method, object, answer }
            }
            Change::PlayerAsked { method, answer } => Event::PlayerAsked { method, answer },
            Change::EndpointAsked { method, path, answer } => {
                let object = self.object_above(&path).unwrap_or_default();
                Event::EndpointAsked { method, object, answer }
            }
            Change::Monitored { monitor, method, path } => {
                let object = match path.as_str() {
                    "" => Object::default(),
                    // Strangers advertise without end.
                    path => {
                        let device = Device::at(&self.session, path).properties();
                        self.appeared(path, Device::INTERFACE, &device.unwrap_or_default())?
                    }
                };
                Event::Monitored { monitor, method, object }
            }
        })
    }

    fn is_adapter(&self, path: &str) -> bool {
        self.adapters().any(|adapter| adapter.path() == path)
    }

    /// The adapter or the device of the plan at a path.
    pub(super) fn object(&self, path: &str) -> Option<Object> {
        let object = |name: &str| Object { name: name.to_owned(), path: path.to_owned() };
        if let Some(adapter) = self.adapters().find(|adapter| adapter.path() == path) {
            return Some(object(adapter.name()));
        }
        let recognised = self.recognised.borrow();
        recognised.iter().find(|(_, known)| *known == path).map(|(name, _)| object(name))
    }

    /// The device of the plan that an object at a path is part of, under its name.
    fn object_above(&self, path: &str) -> Option<Object> {
        let recognised = self.recognised.borrow();
        let is_above =
            |known: &str| path.strip_prefix(known).is_some_and(|rest| rest.starts_with('/'));
        let (name, _) = recognised.iter().find(|(_, known)| is_above(known))?;
        Some(Object { name: name.clone(), path: path.to_owned() })
    }

    /// The device of the plan that an object which has just appeared may be.
    fn appeared(&self, path: &str, interface: &str, properties: &Properties) -> Option<Object> {
        if interface != Device::INTERFACE {
            return None;
        }
        self.object(path).or_else(|| {
            let (name, _) = self.devices.iter().find(|(name, criteria)| {
                let adapter = self.adapter_of(&DeviceName((*name).clone()));
                let is_here = self.adapter_at(path).is_some_and(|a| a.path() == adapter.path());
                is_here && matching::matches(criteria, properties)
            })?;
            Some(Object { name: name.clone(), path: path.to_owned() })
        })
    }
}

/// Whether BlueZ forgets with it that this run is looking for devices on an adapter.
fn ends_discovery(change: &Change, adapter: &Adapter) -> bool {
    match change {
        Change::Gone => true,
        Change::Removed { path, interface } => {
            path == adapter.path() && interface == Adapter::INTERFACE
        }
        Change::Property { path, property, value, .. } => {
            path == adapter.path() && property == "Powered" && *value == Some(Value::Bool(false))
        }
        _ => false,
    }
}

/// A change of the bench that has no size.
fn bench(change: BenchChange) -> Event {
    Event::Bench { change, by_us: None }
}
