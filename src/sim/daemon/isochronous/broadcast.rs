//! What an adapter broadcasts: a client with an endpoint for it configures a stream on the adapter's own
//! (`set_configuration` in `profiles/audio/bap.c`); and what a device broadcasts, which bluetoothd follows where a client has an
//! endpoint for that.

use std::collections::BTreeMap;

use zbus::{ObjectPath, OwnedObjectPath, OwnedVariant, Variant};

use super::configure::choice;
use super::endpoints::{ENDPOINT, Endpoint, Side};
use super::{Listener, Stream};
use crate::audio::lc3::{CODEC, Configuration, Locations};
use crate::sim::{
    bus::{Answer, Answered, Call, Refusal, Value, arguments},
    daemon::{
        AdapterId, Daemon, DeviceId,
        interfaces::{PUBLISHED_ENDPOINT, STREAM_TRANSPORT},
        value::object_path,
    },
    scene::Uuid,
};

/// What a side that listens is known by, which bluetoothd shows for its own end as well.
const LISTENS: u16 = 0x1851;

impl Daemon {
    fn broadcast_path(&self, adapter: AdapterId) -> String {
        format!("{}/pac_bcast0", self.adapters[adapter].path)
    }

    pub(super) fn show_broadcast(&mut self, adapter: AdapterId) {
        let path = self.broadcast_path(adapter);
        if self.bus.tree.contains(&path) {
            return;
        }
        let features: BTreeMap<&str, Value> = BTreeMap::new();
        let values = vec![
            ("UUID", Uuid::assigned(LISTENS).to_string().into()),
            ("Codec", CODEC.into()),
            ("Device", object_path(&self.adapters[adapter].path)),
            ("Locations", 0_u32.into()),
            ("SupportedContext", 0_u16.into()),
            ("Context", 0_u16.into()),
            ("SupportedFeatures", Variant::new(features)),
        ];
        self.bus.tree.add(&path, &PUBLISHED_ENDPOINT, values);
    }

    pub(super) fn hide_broadcast(&mut self, adapter: AdapterId) {
        let path = self.broadcast_path(adapter);
        if self.bus.tree.contains(&path) {
            self.bus.flush();
            self.bus.tree.remove(&path);
        }
    }

    /// The method of an endpoint of LE Audio that a call names, if the call is for one.
    pub(in crate::sim::daemon) fn published_method(&mut self, call: &Call) -> Option<Answered> {
        let path = call.path();
        let adapter = self.adapters.ids().find(|id| self.broadcast_path(*id) == path)?;
        Some(match call.member().as_str() {
            "SetConfiguration" => self.configure_broadcast(adapter, call),
            _ => Err(Refusal::failed("Operation not supported")),
        })
    }

    fn configure_broadcast(&mut self, adapter: AdapterId, call: &Call) -> Answered {
        let (_, properties): (OwnedObjectPath, BTreeMap<String, OwnedVariant>) = arguments(call)?;
        let is_it = |one: &&Endpoint| one.adapter == adapter && one.side == Side::BroadcastSource;
        let endpoint = self.isochronous.endpoints.iter().find(is_it);
        let endpoint = endpoint.map(|one| (one.id, one.client.clone(), one.path.clone()));
        let (id, client, own) = endpoint.ok_or_else(Refusal::invalid_arguments)?;
        let choice = choice(id, properties).ok_or_else(Refusal::invalid_arguments)?;
        let published = self.broadcast_path(adapter);
        let path = format!("{published}/fd{}", self.next_number());
        let values = vec![
            ("Device", object_path(&self.adapters[adapter].path)),
            ("UUID", Side::BroadcastSource.uuid().to_string().into()),
            ("Codec", CODEC.into()),
            ("Configuration", choice.configuration.row().into()),
            ("State", "idle".into()),
            ("QoS", Variant::new(choice.qos)),
            ("Endpoint", object_path(&published)),
            ("Location", choice.configuration.locations.0.into()),
            ("Metadata", choice.metadata.into()),
        ];
        self.bus.tree.add(&path, &STREAM_TRANSPORT, values.clone());
        self.isochronous.streams.push(Stream::idle(
            path.clone(),
            Listener::Anybody(adapter),
            id,
            Side::BroadcastSource,
            choice.configuration,
        ));
        let told: BTreeMap<&str, Value> = values.into_iter().collect();
        let body = (ObjectPath::from_str_unchecked(&path), told);
        // Whatever it answers, it has asked for it itself.
        self.bus.notify(&client, &own, (ENDPOINT, "SetConfiguration"), &body);
        self.bus.reply(call, &());
        Ok(Answer::Later)
    }

    /// A device is heard that broadcasts: where a client has an endpoint for it, bluetoothd makes a transport for its stream.
    pub(in crate::sim::daemon) fn hears_broadcast(&mut self, id: DeviceId) {
        let adapter = self.devices[id].adapter;
        let audio = self.devices[id].peer.spec.le_audio.as_ref();
        let Some(preset) = audio.and_then(|audio| audio.broadcasts) else { return };
        let is_it = |one: &&Endpoint| one.adapter == adapter && one.side == Side::BroadcastSink;
        let endpoint = self.isochronous.endpoints.iter().find(is_it);
        let endpoint = endpoint.map(|one| (one.id, one.client.clone(), one.path.clone()));
        let Some((endpoint, client, own)) = endpoint else { return };
        let with = Listener::Device(id);
        if self.isochronous.streams.iter().any(|stream| stream.with == with) {
            return;
        }
        let device = self.devices[id].path.clone();
        let configuration = Configuration::of(preset, Locations::default());
        let stream = format!("{device}/sid0/bis1");
        let path = format!("{stream}/fd{}", self.next_number());
        let quality = preset.broadcast();
        let qos: BTreeMap<&str, Value> = BTreeMap::from([
            ("BIG", 0_u8.into()),
            ("BIS", 1_u8.into()),
            ("Encryption", 0_u8.into()),
            ("Interval", configuration.duration.micros().into()),
            ("Latency", quality.latency.into()),
            ("SDU", configuration.sdu().into()),
            ("Retransmissions", quality.retransmissions.into()),
        ]);
        let values = vec![
            ("Device", object_path(&device)),
            ("UUID", Side::BroadcastSink.uuid().to_string().into()),
            ("Codec", CODEC.into()),
            ("Configuration", configuration.row().into()),
            ("State", "idle".into()),
            ("QoS", Variant::new(qos)),
            ("Endpoint", object_path(&stream)),
            ("Location", configuration.locations.0.into()),
            ("Metadata", Vec::<u8>::new().into()),
        ];
        self.bus.flush();
        self.bus.tree.add(&path, &STREAM_TRANSPORT, values.clone());
        let side = Side::BroadcastSink;
        let stream = Stream::idle(path.clone(), with, endpoint, side, configuration);
        self.isochronous.streams.push(stream);
        let told: BTreeMap<&str, Value> = values.into_iter().collect();
        let body = (ObjectPath::from_str_unchecked(&path), told);
        self.bus.notify(&client, &own, (ENDPOINT, "SetConfiguration"), &body);
    }
}
