//! `org.bluez.Media1`: who offers endpoints, and what an adapter then shows (`doc/org.bluez.Media.rst`).

use std::collections::BTreeMap;

use zbus::{OwnedObjectPath, OwnedVariant};

use super::super::{AdapterId, Daemon, DeviceId, interfaces::ADAPTER};
use crate::sim::{
    bus::{Answer, Answered, Call, Client, Refusal, Value, arguments},
    scene::Uuid,
};

const ENDPOINT: &str = "org.bluez.MediaEndpoint1";
/// The most endpoints at once; an adapter has 62 stream endpoints at most (AVDTP 5.3).
const MOST: usize = 62;

/// Names an endpoint, also when it has gone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct EndpointId(u64);

/// What this side is in a stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    Source,
    Sink,
}

impl Role {
    const BOTH: [Self; 2] = [Self::Source, Self::Sink];

    /// The service of a side with this role.
    pub(super) fn own(self) -> Uuid {
        Uuid::assigned(if self == Self::Source { 0x110a } else { 0x110b })
    }

    /// The service of a device that it goes with.
    pub(super) fn remote(self) -> Uuid {
        Uuid::assigned(if self == Self::Source { 0x110b } else { 0x110a })
    }

    /// The bit of the class of device: capturing or rendering (Assigned Numbers, 2.8.1).
    fn class(self) -> u32 {
        if self == Self::Source { 0x08_0000 } else { 0x04_0000 }
    }
}

/// An endpoint.
pub(super) struct Endpoint {
    pub(super) id: EndpointId,
    adapter: AdapterId,
    pub(super) client: Client,
    pub(super) path: String,
    pub(super) role: Role,
    delay_reporting: bool,
}

impl Daemon {
    /// The method of `org.bluez.Media1` that a call names; none, where it is one that is not carried out.
    pub(in crate::sim::daemon) fn media_method(
        &mut self,
        id: AdapterId,
        call: &Call,
    ) -> Option<Answered> {
        match call.member().as_str() {
            "RegisterEndpoint" => Some(self.register_endpoint(id, call)),
            "UnregisterEndpoint" => Some(self.unregister_endpoint(id, call)),
            "RegisterPlayer" => Some(self.register_player(id, call)),
            "UnregisterPlayer" => Some(self.unregister_player(id, call)),
            _ => None,
        }
    }

    fn register_endpoint(&mut self, adapter: AdapterId, call: &Call) -> Answered {
        let (path, properties): (OwnedObjectPath, BTreeMap<String, OwnedVariant>) =
            arguments(call)?;
        let (client, path) = (call.client().clone(), path.as_str().to_owned());
        if self.own_endpoint(adapter, &client, &path).is_some()
            || self.has_isochronous(adapter, &client, &path)
        {
            return Err(Refusal::already_exists());
        }
        if let Some(answered) = self.register_isochronous(adapter, call, &path, &properties) {
            return answered;
        }
        let (role, delay_reporting) =
            properties_of(&properties).ok_or_else(Refusal::invalid_arguments)?;
        if self.media.endpoints.len() >= MOST {
            return Err(Refusal::invalid_arguments());
        }
        self.media.made += 1;
        let id = EndpointId(self.media.made);
        let endpoint = Endpoint { id, adapter, client, path, role, delay_reporting };
        self.media.endpoints.push(endpoint);
        self.bus.reply(call, &());
        self.show_audio(adapter);
        Ok(Answer::Later)
    }

    fn unregister_endpoint(&mut self, adapter: AdapterId, call: &Call) -> Answered {
        let path: OwnedObjectPath = arguments(call)?;
        if self.unregister_isochronous(adapter, call.client(), path.as_str()) {
            return Ok(Answer::Empty);
        }
        let id = self
            .own_endpoint(adapter, call.client(), path.as_str())
            .ok_or_else(Refusal::does_not_exist)?;
        self.end_streams_of(id, true);
        self.release(id);
        self.bus.reply(call, &());
        self.show_audio(adapter);
        Ok(Answer::Later)
    }

    /// Tells a client that its endpoint is not registered any more.
    fn release(&mut self, id: EndpointId) {
        let Some(at) = self.media.endpoints.iter().position(|endpoint| endpoint.id == id) else {
            return;
        };
        let Endpoint { client, path, .. } = self.media.endpoints.remove(at);
        self.bus.notify(&client, &path, (ENDPOINT, "Release"), &());
    }

    /// A client has left the bus, and its endpoints with it.
    pub(in crate::sim::daemon) fn end_endpoints_of(&mut self, client: &Client) {
        let own = self.media.endpoints.iter().filter(|endpoint| endpoint.client == *client);
        let own: Vec<_> = own.map(|endpoint| (endpoint.id, endpoint.adapter)).collect();
        for (id, adapter) in own {
            self.end_streams_of(id, false);
            self.media.endpoints.retain(|endpoint| endpoint.id != id);
            self.show_audio(adapter);
        }
        self.end_ownership_of(client);
        self.end_players_of(client);
    }

    /// An adapter has been pulled out: whoever has registered with it has done so in vain.
    pub(in crate::sim::daemon) fn end_endpoints_on(&mut self, adapter: AdapterId) {
        self.end_players_on(adapter);
        let here = self.media.endpoints.iter().filter(|endpoint| endpoint.adapter == adapter);
        for id in here.map(|endpoint| endpoint.id).collect::<Vec<_>>() {
            self.end_streams_of(id, true);
            self.release(id);
        }
    }

    /// What the class of an adapter has besides, for the sake of its endpoints and of clients' profiles.
    pub(in crate::sim::daemon) fn audio_class(&self, adapter: AdapterId) -> u32 {
        let bits = self.roles_on(adapter).into_iter().map(Role::class);
        bits.fold(self.profile_class(), |class, bit| class | bit)
    }

    fn roles_on(&self, adapter: AdapterId) -> Vec<Role> {
        let has = |role: &Role| {
            let mut endpoints = self.media.endpoints.iter();
            endpoints.any(|endpoint| endpoint.adapter == adapter && endpoint.role == *role)
        };
        Role::BOTH.into_iter().filter(has).collect()
    }

    /// The services of an adapter itself, with those that its endpoints add.
    pub(in crate::sim::daemon) fn services_with_audio(&self, adapter: AdapterId) -> Vec<String> {
        let roles: Vec<Uuid> = self.roles_on(adapter).into_iter().map(Role::own).collect();
        let services = self.adapters[adapter].services(self.version, &roles);
        services.iter().map(Uuid::to_string).collect()
    }

    /// Shows the services of an adapter, and its class while it is on.
    pub(in crate::sim::daemon) fn show_audio(&mut self, id: AdapterId) {
        let adapter = &self.adapters[id];
        if adapter.power.is_on() {
            let (path, class) = (adapter.path.clone(), adapter.spec.class | self.audio_class(id));
            self.bus.tree.set(&path, &ADAPTER, "Class", Some(class.into()));
        }
        self.show_services(id);
    }

    fn own_endpoint(&self, adapter: AdapterId, client: &Client, path: &str) -> Option<EndpointId> {
        let is_it = |endpoint: &&Endpoint| {
            endpoint.adapter == adapter && endpoint.client == *client && endpoint.path == path
        };
        self.media.endpoints.iter().find(is_it).map(|endpoint| endpoint.id)
    }

    /// The endpoint on this side that goes with one of a device's services.
    pub(super) fn endpoint_for(&self, id: DeviceId) -> Option<&Endpoint> {
        let spec = &self.devices[id].peer.spec;
        let fits = |endpoint: &&Endpoint| {
            let remote = endpoint.role.remote();
            let has = spec.services.contains(&remote) || spec.hidden_services.contains(&remote);
            has && endpoint.adapter == self.devices[id].adapter
        };
        self.media.endpoints.iter().find(fits)
    }

    /// Whether a service of a device has an endpoint on this side.
    pub(in crate::sim::daemon) fn has_endpoint_for(&self, id: DeviceId, uuid: &Uuid) -> bool {
        let adapter = self.devices[id].adapter;
        let mut endpoints = self.media.endpoints.iter();
        endpoints.any(|endpoint| endpoint.adapter == adapter && endpoint.role.remote() == *uuid)
    }

    pub(super) fn endpoint(&self, id: EndpointId) -> Option<&Endpoint> {
        self.media.endpoints.iter().find(|endpoint| endpoint.id == id)
    }
}

impl Endpoint {
    /// Whether it takes a device's reports of its delay.
    pub(super) fn takes_delay(&self) -> bool {
        self.delay_reporting
    }
}

/// Role and delay reporting of an endpoint; none, where its properties are wrong (`parse_properties`).
fn properties_of(properties: &BTreeMap<String, OwnedVariant>) -> Option<(Role, bool)> {
    let value = |name: &str| properties.get(name).cloned().map(Value::from);
    let Some(Value::Str(uuid)) = value("UUID") else { return None };
    let Some(Value::U8(_)) = value("Codec") else { return None };
    let delay_reporting = match value("DelayReporting") {
        None => false,
        Some(Value::Bool(on)) => on,
        Some(_) => return None,
    };
    let uuid = uuid.as_str().to_ascii_lowercase();
    let role = Role::BOTH.into_iter().find(|role| role.own().as_str() == uuid)?;
    Some((role, delay_reporting))
}
