//! Who offers endpoints of LE Audio on `org.bluez.Media1`.

use std::collections::BTreeMap;

use zbus::OwnedVariant;

use super::super::{AdapterId, Daemon};
use crate::audio::lc3::Capabilities;
use crate::sim::{
    bus::{Answer, Answered, Call, Client, Refusal, Value},
    scene::Uuid,
};

pub(super) const ENDPOINT: &str = "org.bluez.MediaEndpoint1";
/// The most endpoints at once, as for A2DP.
const MOST: usize = 62;

/// Names an endpoint, also when it has gone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct EndpointId(u64);

/// What this side is in a stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Side {
    UnicastSource,
    UnicastSink,
    BroadcastSource,
    BroadcastSink,
}

impl Side {
    const ALL: [(Self, u16); 4] = [
        (Self::UnicastSink, 0x2bc9),
        (Self::UnicastSource, 0x2bcb),
        (Self::BroadcastSource, 0x1852),
        (Self::BroadcastSink, 0x1851),
    ];

    /// What it is known by.
    pub(super) fn uuid(self) -> Uuid {
        let number = Self::ALL.iter().find(|(side, _)| *side == self).map_or(0, |(_, uuid)| *uuid);
        Uuid::assigned(number)
    }

    /// The side that has a UUID.
    pub(super) fn of(uuid: &str) -> Option<Self> {
        let uuid = uuid.to_ascii_lowercase();
        Self::ALL.iter().map(|(side, _)| *side).find(|side| side.uuid().as_str() == uuid)
    }
}

/// An endpoint.
pub(super) struct Endpoint {
    pub(super) id: EndpointId,
    pub(super) adapter: AdapterId,
    pub(super) client: Client,
    pub(super) path: String,
    pub(super) side: Side,
}

impl Daemon {
    /// Registers an endpoint, if it is one of LE Audio.
    pub(in crate::sim::daemon) fn register_isochronous(
        &mut self,
        adapter: AdapterId,
        call: &Call,
        path: &str,
        properties: &BTreeMap<String, OwnedVariant>,
    ) -> Option<Answered> {
        let value = |name: &str| properties.get(name).cloned().map(Value::from);
        let Some(Value::Str(uuid)) = value("UUID") else { return None };
        let side = Side::of(uuid.as_str())?;
        let row = properties.get("Capabilities").cloned();
        let row = row.and_then(|row| Vec::<u8>::try_from(row).ok()).unwrap_or_default();
        let is_supported = self.adapters[adapter].has_isochronous();
        let is_right = matches!(value("Codec"), Some(Value::U8(_)));
        if !is_supported
            || !is_right
            || Capabilities::read(&row).is_none()
            || self.isochronous.endpoints.len() >= MOST
        {
            return Some(Err(Refusal::invalid_arguments()));
        }
        self.isochronous.made += 1;
        let id = EndpointId(self.isochronous.made);
        let (client, path) = (call.client().clone(), path.to_owned());
        self.isochronous.endpoints.push(Endpoint { id, adapter, client, path, side });
        if side == Side::BroadcastSource {
            self.show_broadcast(adapter);
            self.bus.flush();
        }
        self.bus.reply(call, &());
        Some(Ok(Answer::Later))
    }

    /// Takes an endpoint of LE Audio from a client. Whether it had it.
    pub(in crate::sim::daemon) fn unregister_isochronous(
        &mut self,
        adapter: AdapterId,
        client: &Client,
        path: &str,
    ) -> bool {
        let Some(id) = self.own_isochronous(adapter, client, path) else { return false };
        self.remove_isochronous(id, true);
        true
    }

    /// Whether a client has an endpoint of LE Audio at a path.
    pub(in crate::sim::daemon) fn has_isochronous(
        &self,
        adapter: AdapterId,
        client: &Client,
        path: &str,
    ) -> bool {
        self.own_isochronous(adapter, client, path).is_some()
    }

    fn own_isochronous(
        &self,
        adapter: AdapterId,
        client: &Client,
        path: &str,
    ) -> Option<EndpointId> {
        let is_it = |endpoint: &&Endpoint| {
            endpoint.adapter == adapter && endpoint.client == *client && endpoint.path == path
        };
        self.isochronous.endpoints.iter().find(is_it).map(|endpoint| endpoint.id)
    }

    /// A client has left the bus.
    pub(in crate::sim::daemon) fn end_isochronous_of(&mut self, client: &Client) {
        let own = self.isochronous.endpoints.iter().filter(|endpoint| endpoint.client == *client);
        for id in own.map(|endpoint| endpoint.id).collect::<Vec<_>>() {
            self.remove_isochronous(id, false);
        }
    }

    /// An adapter has been pulled out.
    pub(in crate::sim::daemon) fn end_isochronous_on(&mut self, adapter: AdapterId) {
        let here = self.isochronous.endpoints.iter().filter(|endpoint| endpoint.adapter == adapter);
        for id in here.map(|endpoint| endpoint.id).collect::<Vec<_>>() {
            self.remove_isochronous(id, true);
        }
    }

    /// An endpoint goes, with its streams; its client is told, or has left.
    fn remove_isochronous(&mut self, id: EndpointId, tells: bool) {
        let Some(endpoint) = self.isochronous_endpoint(id) else { return };
        let (client, path) = (endpoint.client.clone(), endpoint.path.clone());
        let (adapter, side) = (endpoint.adapter, endpoint.side);
        self.end_isochronous_streams(|stream| stream.endpoint == id, tells);
        self.isochronous.endpoints.retain(|endpoint| endpoint.id != id);
        if side == Side::BroadcastSource {
            self.hide_broadcast(adapter);
        }
        if tells {
            self.bus.notify(&client, &path, (ENDPOINT, "Release"), &());
        }
    }

    pub(super) fn isochronous_endpoint(&self, id: EndpointId) -> Option<&Endpoint> {
        self.isochronous.endpoints.iter().find(|endpoint| endpoint.id == id)
    }
}
