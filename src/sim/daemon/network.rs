//! `org.bluez.Network1` and `org.bluez.Input1`: what a device shows that has a network or is an input device, as soon as
//! its services are known (`profiles/network/connection.c`, `profiles/input/device.c`; `doc/org.bluez.Network.rst`,
//! `doc/org.bluez.Input.rst`). The device of a scene always agrees, and no interface of the kernel comes of it.

use super::{
    Daemon, DeviceId,
    interfaces::{INPUT, NETWORK},
};
use crate::sim::{
    bus::{Answer, Answered, Call, Refusal, arguments},
    error::Bearer,
    scene::Uuid,
};

/// What a device can be in a network: user, access point, group network.
const ROLES: [(&str, u16); 3] = [("panu", 0x1115), ("nap", 0x1116), ("gn", 0x1117)];
const INPUT_DEVICE: u16 = 0x1124;

/// Who hears that a network has ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Told {
    All,
    Nobody,
}

impl Daemon {
    /// Shows network and input of a device whose services are known.
    pub(super) fn show_network_and_input(&mut self, id: DeviceId) {
        if !self.devices[id].peer.spec.transport.has_bredr() {
            return;
        }
        let path = self.devices[id].path.clone();
        let is_new = |daemon: &Self, name: &str| daemon.bus.tree.interface(&path, name).is_none();
        if ROLES.iter().any(|(_, uuid)| self.has_service(id, *uuid)) && is_new(self, NETWORK.name) {
            self.bus.tree.add(&path, &NETWORK, vec![("Connected", false.into())]);
        }
        if self.has_service(id, INPUT_DEVICE) && is_new(self, INPUT.name) {
            let mode = self.devices[id].peer.spec.reconnect_mode.word();
            self.bus.tree.add(&path, &INPUT, vec![("ReconnectMode", mode.into())]);
            self.show_device(id, "WakeAllowed", Some(self.wakes(id).into()));
        }
    }

    fn wakes(&self, id: DeviceId) -> bool {
        self.devices[id].record.as_ref().is_some_and(|record| record.stored.paired.any())
    }

    fn has_service(&self, id: DeviceId, uuid: u16) -> bool {
        let (spec, uuid) = (&self.devices[id].peer.spec, Uuid::assigned(uuid));
        spec.services.contains(&uuid) || spec.hidden_services.contains(&uuid)
    }

    /// The method of `org.bluez.Network1` that a call names.
    pub(super) fn network_method(&mut self, id: DeviceId, call: &Call) -> Answered {
        if call.member() == "Disconnect" {
            if !self.drop_network(id, Told::Nobody) {
                return Err(Refusal::new("org.bluez.Error.NotConnected", "Not Connected"));
            }
            self.bus.reply(call, &());
            self.lets_go(id);
            return Ok(Answer::Later);
        }
        let word: String = arguments(call)?;
        let word = word.to_ascii_lowercase();
        let role = ROLES.into_iter().find(|(name, uuid)| {
            *name == word || Uuid::parse(&word) == Some(Uuid::assigned(*uuid))
        });
        let role = role.filter(|(_, uuid)| self.has_service(id, *uuid));
        let Some((_, uuid)) = role else {
            return Err(Refusal::new("org.bluez.Error.NotSupported", "Operation is not supported"));
        };
        if self.network_of(id).is_some() {
            return Err(Refusal::failed("Operation already in progress"));
        }
        if !self.devices[id].peer.is_present() || !self.adapter_of(id).power.is_on() {
            return Err(Refusal::failed("Input/output error"));
        }
        if !self.devices[id].is_up_on(Bearer::BrEdr) {
            self.link_came_up(id, Bearer::BrEdr);
        }
        self.holds(id);
        let interface = self.next_network();
        self.bus.reply(call, &interface);
        self.show_network(id, &Uuid::assigned(uuid), &interface);
        Ok(Answer::Later)
    }

    /// Connects a service of a device if it is a network's. Whether it is.
    pub(super) fn connects_network(&mut self, id: DeviceId, uuid: &Uuid) -> bool {
        let is_one = ROLES.iter().any(|(_, known)| Uuid::assigned(*known) == *uuid);
        if is_one {
            let interface = self.next_network();
            self.show_network(id, uuid, &interface);
            self.profiles_are_connected(id);
        }
        is_one
    }

    /// The network interface of a device, while it is connected.
    pub(super) fn network_of(&self, id: DeviceId) -> Option<String> {
        self.networks.iter().find(|(device, _)| *device == id).map(|(_, name)| name.clone())
    }

    /// The first name that the kernel has free.
    fn next_network(&self) -> String {
        let is_taken = |name: &String| self.networks.iter().any(|(_, taken)| taken == name);
        let mut names = (0..).map(|number: u32| format!("bnep{number}"));
        names.find(|name| !is_taken(name)).unwrap_or_default()
    }

    fn show_network(&mut self, id: DeviceId, uuid: &Uuid, interface: &str) {
        self.networks.push((id, interface.to_owned()));
        let path = self.devices[id].path.clone();
        for (property, value) in [
            ("Connected", true.into()),
            ("Interface", interface.to_owned().into()),
            ("UUID", uuid.to_string().into()),
        ] {
            self.bus.tree.set(&path, &NETWORK, property, Some(value));
        }
    }

    /// Ends the network of a service, and with it a link that nothing else holds. Whether the service is a network's.
    pub(super) fn end_network(&mut self, id: DeviceId, uuid: &Uuid) -> bool {
        let is_one = ROLES.iter().any(|(_, known)| Uuid::assigned(*known) == *uuid);
        if is_one && self.drop_network(id, Told::Nobody) {
            self.lets_go(id);
        }
        is_one
    }

    /// The network with a device is down. bluetoothd tells of it only where it is not this host that ends it
    /// (`bnep_disconn_cb`, `cancel_connection`).
    pub(super) fn drop_network(&mut self, id: DeviceId, told: Told) -> bool {
        let before = self.networks.len();
        self.networks.retain(|(device, _)| *device != id);
        let path = self.devices[id].path.clone();
        if self.networks.len() == before || self.bus.tree.interface(&path, NETWORK.name).is_none() {
            return false;
        }
        let tree = &mut self.bus.tree;
        for (property, value) in
            [("Connected", Some(false.into())), ("Interface", None), ("UUID", None)]
        {
            match told {
                Told::All => tree.set(&path, &NETWORK, property, value),
                Told::Nobody => tree.set_in_silence(&path, &NETWORK, property, value),
            }
        }
        true
    }
}
