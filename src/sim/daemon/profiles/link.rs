//! A connection of a device on a client's profile: its socket is handed over with `NewConnection`, and asked back with
//! `RequestDisconnection` (`send_new_connection`, `send_disconn_req`; `doc/org.bluez.Profile.rst`).

use std::{collections::BTreeMap, num::NonZeroU32};

use zbus::{
    ObjectPath, OwnedFd,
    message::{Message, Type},
};

use super::{PROFILE, ProfileId};
use crate::bluez::ErrorKind;
use crate::sim::{
    bus::{Answer, Answered, Call, Refusal, Value},
    daemon::{Daemon, DeviceId},
    scene::Uuid,
    sockets::{Heard, Socket},
};

/// A connection.
pub(super) struct Link {
    pub(super) device: DeviceId,
    pub(super) profile: ProfileId,
    /// This side's end, which the device speaks through.
    pub(super) socket: Socket,
    state: State,
    /// Whether the device has made it.
    pub(super) has_called: bool,
    /// The beginning of a line that the device has not heard to its end.
    pub(super) heard: Vec<u8>,
}

/// How a connection stands.
enum State {
    /// The client is told of it, in a call of this serial.
    Asking(NonZeroU32),
    Up,
    /// The client is asked to end it, for a `DisconnectProfile` that waits.
    Ending(NonZeroU32, Option<Call>),
}

impl Daemon {
    /// Hands a connection on a profile over to its client. Whether that could be done.
    pub(super) fn hand_over(
        &mut self,
        device: DeviceId,
        profile: ProfileId,
        has_called: bool,
    ) -> bool {
        let Some(asked) = self.profile(profile) else { return false };
        let (client, path, remote) =
            (asked.client.clone(), asked.path.clone(), asked.remote.clone());
        self.requests += 1;
        let Ok((socket, theirs)) = self.sockets.open_stream(self.requests) else { return false };
        let mut properties: BTreeMap<&str, Value> = BTreeMap::new();
        if let Some(peer) = self.peer_on(device, &remote) {
            properties.extend(peer.version.map(|version| ("Version", version.into())));
            properties.extend(peer.features.map(|features| ("Features", features.into())));
        }
        let object = ObjectPath::from_str_unchecked(&self.devices[device].path).into_owned();
        let body = (object, OwnedFd::from(theirs), properties);
        let Some(serial) = self.bus.request(&client, &path, (PROFILE, "NewConnection"), &body)
        else {
            return false;
        };
        let state = State::Asking(serial);
        let heard = Vec::new();
        self.profiles.links.push(Link { device, profile, socket, state, has_called, heard });
        true
    }

    /// Hands over the next connection that a `Connect` of the whole device makes. Whether there is one.
    pub(in crate::sim::daemon) fn connects_next_profile(&mut self, id: DeviceId) -> bool {
        let spec = &self.devices[id].peer.spec;
        let services = spec.services.iter().chain(&spec.hidden_services);
        let due = services.filter_map(|uuid| self.profile_for(id, uuid, true));
        let next = due.map(|profile| profile.id).find(|profile| self.link(id, *profile).is_none());
        next.is_some_and(|profile| self.hand_over(id, profile, false))
    }

    /// Connects the profile that a client wants, if it is a client's. Whether it is.
    pub(in crate::sim::daemon) fn connects_profile(&mut self, id: DeviceId, uuid: &Uuid) -> bool {
        let Some(profile) = self.profile_for(id, uuid, false).map(|profile| profile.id) else {
            return false;
        };
        if !self.hand_over(id, profile, false) {
            self.fail_profile(id, ErrorKind::HostResource);
        }
        true
    }

    /// Whether a device is connected on a client's profile for this service.
    pub(in crate::sim::daemon) fn is_connected_on(&self, id: DeviceId, uuid: &Uuid) -> bool {
        let profile = self.profile_for(id, uuid, false).map(|profile| profile.id);
        profile.is_some_and(|profile| self.link(id, profile).is_some())
    }

    fn link(&self, device: DeviceId, profile: ProfileId) -> Option<usize> {
        let is_it = |link: &Link| link.device == device && link.profile == profile;
        self.profiles.links.iter().position(is_it)
    }

    fn fail_profile(&mut self, id: DeviceId, kind: ErrorKind) {
        let refusal = self.connection_refusal(id, kind);
        self.profiles_fail(id, &refusal);
    }

    /// Takes in a client's answer, if it is that of a profile. Whether it was.
    pub(in crate::sim::daemon) fn profile_answered(&mut self, message: &Message) -> bool {
        let Some(serial) = message.header().reply_serial() else { return false };
        if self.incoming_answered(serial, message) {
            return true;
        }
        let is_it = |link: &Link| match link.state {
            State::Asking(asked) | State::Ending(asked, _) => asked == serial,
            State::Up => false,
        };
        let Some(at) = self.profiles.links.iter().position(is_it) else { return false };
        let went_well = message.message_type() == Type::MethodReturn;
        let Some(link) = self.profiles.links.get_mut(at) else { return false };
        let device = link.device;
        match std::mem::replace(&mut link.state, State::Up) {
            State::Asking(_) if went_well => {
                self.device_speaks(at);
                self.handed_over(device);
            }
            State::Asking(_) => {
                self.profiles.links.remove(at);
                self.fail_profile(device, ErrorKind::Refused);
            }
            State::Ending(_, call) => {
                self.profiles.links.remove(at);
                if let Some(call) = call {
                    self.bus.reply(&call, &());
                }
                self.lets_go(device);
            }
            State::Up => {}
        }
        true
    }

    /// A client has a connection: whoever waits for it is served, or the next profile is connected.
    fn handed_over(&mut self, id: DeviceId) {
        let is_whole = self.waits_for_whole(id);
        if is_whole && self.connects_next_profile(id) {
            return;
        }
        if !is_whole || !self.configures_audio(id) {
            self.profiles_are_connected(id);
        }
    }

    /// `DisconnectProfile` of a service that a client's profile goes with; none, where there is none.
    pub(in crate::sim::daemon) fn disconnects_profile(
        &mut self,
        id: DeviceId,
        uuid: &Uuid,
        call: &Call,
    ) -> Option<Answered> {
        let profile = self.profile_for(id, uuid, false)?.id;
        let Some(at) = self.link(id, profile) else {
            return Some(Err(Refusal::failed("Operation already in progress")));
        };
        self.ask_back(at, Some(call.clone()));
        Some(Ok(Answer::Later))
    }

    /// A device is disconnected on request: clients are asked to end its connections.
    pub(in crate::sim::daemon) fn ask_profiles_back(&mut self, id: DeviceId) {
        for at in 0..self.profiles.links.len() {
            if self.profiles.links.get(at).is_some_and(|link| link.device == id) {
                self.ask_back(at, None);
            }
        }
    }

    fn ask_back(&mut self, at: usize, call: Option<Call>) {
        let Some(link) = self.profiles.links.get(at) else { return };
        let Some(profile) = self.profile(link.profile).filter(|profile| profile.connects) else {
            return;
        };
        if !matches!(link.state, State::Up) {
            return;
        }
        let (client, path) = (profile.client.clone(), profile.path.clone());
        let object = ObjectPath::from_str_unchecked(&self.devices[link.device].path).into_owned();
        let method = (PROFILE, "RequestDisconnection");
        let serial = self.bus.request(&client, &path, method, &object);
        let link = self.profiles.links.get_mut(at);
        if let (Some(serial), Some(link)) = (serial, link) {
            link.state = State::Ending(serial, call);
        }
    }

    /// The link of a device is down, and its connections with it.
    pub(in crate::sim::daemon) fn end_links_with(&mut self, id: DeviceId) {
        self.profiles.links.retain(|link| link.device != id);
        self.profiles.incoming.retain(|incoming| !incoming.is_of(id));
    }

    /// A profile goes, and its connections with it.
    pub(super) fn end_links_of(&mut self, profile: ProfileId) {
        let of_it = self.profiles.links.iter().filter(|link| link.profile == profile);
        let devices: Vec<DeviceId> = of_it.map(|link| link.device).collect();
        self.profiles.links.retain(|link| link.profile != profile);
        for device in devices {
            self.lets_go(device);
        }
    }

    /// Something has come over a client's socket, or it is closed. Whether it was one of a profile.
    pub(in crate::sim::daemon) fn heard_on_profile(&mut self, heard: &Heard) -> bool {
        let is_it = |link: &Link| link.socket.id == heard.socket;
        let Some(at) = self.profiles.links.iter().position(is_it) else { return false };
        if let Some(packet) = &heard.packet {
            self.device_hears(at, packet);
            return true;
        }
        let link = self.profiles.links.remove(at);
        if let State::Ending(_, Some(call)) = &link.state {
            self.bus.reply(call, &());
        }
        self.lets_go(link.device);
        true
    }

    /// Whether a device is connected on some client's profile.
    pub(in crate::sim::daemon) fn has_links(&self, id: DeviceId) -> bool {
        self.profiles.links.iter().any(|link| link.device == id)
    }
}
