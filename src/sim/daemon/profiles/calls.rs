//! A device that connects to a client's profile by itself: bluetoothd asks an agent whether it may, unless it is trusted
//! (`ext_confirm`; `btd_request_authorization` in `src/adapter.c`).

use std::num::NonZeroU32;

use zbus::{
    ObjectPath,
    message::{Message, Type},
};

use super::ProfileId;
use crate::sim::{
    daemon::{Daemon, DeviceId, Due},
    error::Bearer,
};

const AGENT: &str = "org.bluez.Agent1";

/// A device that waits to be let in.
pub(super) struct Incoming {
    device: DeviceId,
    profile: ProfileId,
    /// The call to the agent.
    serial: NonZeroU32,
}

impl Incoming {
    pub(super) fn is_of(&self, device: DeviceId) -> bool {
        self.device == device
    }
}

impl Daemon {
    /// A client serves a profile: the devices that connect by themselves do so in their time.
    pub(super) fn devices_call(&mut self, id: ProfileId) {
        let Some(profile) = self.profile(id).filter(|profile| profile.serves) else { return };
        let remote = profile.remote.clone();
        for device in self.devices.ids::<DeviceId>().collect::<Vec<_>>() {
            let after = self.peer_on(device, &remote).and_then(|peer| peer.calls.as_ref());
            if let Some(after) = after.map(|calls| calls.after) {
                self.timers.arm(after, Due::Calls(device, id));
            }
        }
    }

    /// A device connects to a client's profile, if that is still there.
    pub(in crate::sim::daemon) fn device_calls(&mut self, id: DeviceId, profile: ProfileId) {
        let Some(called) = self.profile(profile) else { return };
        let (asks_agent, uuid) = (called.asks_agent, called.own.to_string());
        let is_there = self.devices[id].peer.is_present() && self.adapter_of(id).power.is_on();
        let Some(record) = self.devices[id].record.as_ref().filter(|_| is_there) else { return };
        if !record.stored.bonded.any() || record.stored.blocked || record.bonding.is_some() {
            return;
        }
        let is_up = record.links[Bearer::BrEdr].is_some();
        let is_trusted = record.stored.trusted;
        if !is_up {
            self.link_came_up(id, Bearer::BrEdr);
        }
        if !asks_agent || is_trusted {
            return self.let_in(id, profile);
        }
        let Some((client, path)) = self.agents.first_place() else { return };
        let object = ObjectPath::from_str_unchecked(&self.devices[id].path).into_owned();
        let body = (object, uuid);
        let asked = self.bus.request(&client, &path, (AGENT, "AuthorizeService"), &body);
        if let Some(serial) = asked {
            self.profiles.incoming.push(Incoming { device: id, profile, serial });
        }
    }

    /// Takes in an agent's answer, if it is about a device that wants to be let in. Whether it was.
    pub(super) fn incoming_answered(&mut self, serial: NonZeroU32, message: &Message) -> bool {
        let is_it = |incoming: &Incoming| incoming.serial == serial;
        let Some(at) = self.profiles.incoming.iter().position(is_it) else { return false };
        let Incoming { device, profile, .. } = self.profiles.incoming.swap_remove(at);
        if message.message_type() == Type::MethodReturn {
            self.let_in(device, profile);
        }
        true
    }

    fn let_in(&mut self, id: DeviceId, profile: ProfileId) {
        self.hand_over(id, profile, true);
        self.holds(id);
    }
}
