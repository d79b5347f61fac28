//! How the streams of a device come to be: what it can do is read, clients' endpoints choose a configuration for each, and
//! are told of the transports (`bap_select_all` and `setup_config` in `profiles/audio/bap.c`, `pac_select` and `pac_config` in
//! `media.c`).

use std::collections::BTreeMap;
use std::num::NonZeroU32;
use std::time::Duration;

use zbus::{
    ObjectPath, OwnedVariant, Variant,
    message::{Message, Type},
};

use super::endpoints::{ENDPOINT, EndpointId, Side};
use super::{Choice, Listener, Stream};
use crate::audio::lc3::{CODEC, Configuration, Context};
use crate::sim::{
    bus::Value,
    daemon::{
        Daemon, DeviceId, Due,
        interfaces::{PUBLISHED_ENDPOINT, STREAM_TRANSPORT},
        value::object_path,
    },
    error::Bearer,
    scene::{LeAudio, Version},
    timers::TimerId,
};

/// How long a device takes to configure its streams: recorded.
const CONFIGURES: Duration = Duration::from_millis(130);
/// How long an endpoint may take (`REQUEST_TIMEOUT`).
const PATIENCE: Duration = Duration::from_secs(3);

/// A call to a client's endpoint that waits for its answer.
pub(super) struct Setup {
    device: DeviceId,
    endpoint: EndpointId,
    serial: NonZeroU32,
    timer: TimerId,
    /// What is asked: which configuration, or that a stream is taken.
    selects: bool,
}

/// A device for whose streams configurations are being chosen.
pub(super) struct Negotiation {
    device: DeviceId,
    /// How many have not been chosen.
    open: usize,
    chosen: Vec<Choice>,
}

impl Daemon {
    /// What a device can do is read, which takes a while.
    pub(in crate::sim::daemon) fn reads_capabilities(&mut self, id: DeviceId, after: Duration) {
        let adapter = self.devices[id].adapter;
        let has_some = self.devices[id].peer.spec.le_audio.is_some();
        if has_some && self.adapters[adapter].has_isochronous() {
            self.timers.arm(after, Due::CapabilitiesRead(id));
        }
    }

    /// What a device can do is known: each client is asked how its streams are to be.
    pub(in crate::sim::daemon) fn capabilities_read(&mut self, id: DeviceId) {
        let is_up = self.devices[id].is_up_on(Bearer::Le);
        let Some(audio) = self.devices[id].peer.spec.le_audio.clone() else { return };
        if !is_up || self.devices[id].is_dropping_on(Bearer::Le) || self.is_published(id) {
            return;
        }
        // Recorded: what it sends comes before what it takes.
        for side in [Side::UnicastSink, Side::UnicastSource] {
            if !audio.places(side == Side::UnicastSource).is_empty() {
                self.publish(id, side, &audio);
            }
        }
        let mut asked = Vec::new();
        for side in [Side::UnicastSink, Side::UnicastSource] {
            let Some(endpoint) = self.unicast_endpoint(id, side) else { continue };
            let places = audio.places(side == Side::UnicastSource);
            // Before 5.87 one stream was configured with each endpoint.
            let most = if self.version < Version::V5_87 { 1 } else { usize::MAX };
            asked.extend(places.iter().take(most).map(|place| (endpoint, side, place.0)));
        }
        if asked.is_empty() {
            return;
        }
        self.isochronous.negotiations.push(Negotiation {
            device: id,
            open: asked.len(),
            chosen: Vec::new(),
        });
        for (endpoint, side, place) in asked {
            let all = audio.locations(side == Side::UnicastSource);
            let body: BTreeMap<&str, Value> = BTreeMap::from([
                ("Endpoint", object_path(&self.published(id, side))),
                ("Capabilities", audio.lc3.row().into()),
                ("Metadata", Vec::<u8>::new().into()),
                ("Locations", all.0.into()),
                ("ChannelAllocation", place.into()),
            ]);
            if !self.ask_isochronous(id, endpoint, true, &body) {
                self.chosen_isochronous(id, None);
            }
        }
    }

    /// Whether bluetoothd shows what a device can do.
    fn is_published(&self, id: DeviceId) -> bool {
        [Side::UnicastSink, Side::UnicastSource]
            .into_iter()
            .any(|side| self.bus.tree.contains(&self.published(id, side)))
    }

    /// The path at which bluetoothd shows what a device can do, for the streams in which this side is that.
    fn published(&self, id: DeviceId, side: Side) -> String {
        let kind = if side == Side::UnicastSource { "sink" } else { "source" };
        format!("{}/pac_{kind}0", self.devices[id].path)
    }

    fn publish(&mut self, id: DeviceId, side: Side, audio: &LeAudio) {
        let plays = side == Side::UnicastSource;
        let other = if plays { Side::UnicastSink } else { Side::UnicastSource };
        let context = Context::Media.bit() | Context::Conversational.bit();
        let features: BTreeMap<&str, Value> = BTreeMap::new();
        let values = vec![
            ("UUID", other.uuid().to_string().into()),
            ("Codec", CODEC.into()),
            ("Capabilities", audio.lc3.row().into()),
            ("Metadata", Vec::<u8>::new().into()),
            ("Device", object_path(&self.devices[id].path)),
            ("Locations", audio.locations(plays).0.into()),
            ("SupportedContext", context.into()),
            ("Context", context.into()),
            ("SupportedFeatures", Variant::new(features)),
        ];
        let path = self.published(id, side);
        self.bus.tree.add(&path, &PUBLISHED_ENDPOINT, values);
        self.bus.flush();
    }

    fn unicast_endpoint(&self, id: DeviceId, side: Side) -> Option<EndpointId> {
        let adapter = self.devices[id].adapter;
        let mut endpoints = self.isochronous.endpoints.iter();
        let fits = endpoints.find(|one| one.adapter == adapter && one.side == side);
        fits.map(|endpoint| endpoint.id)
    }

    fn ask_isochronous<B>(
        &mut self,
        device: DeviceId,
        endpoint: EndpointId,
        selects: bool,
        body: &B,
    ) -> bool
    where
        B: serde::Serialize + zbus::DynamicType,
    {
        let Some(asked) = self.isochronous_endpoint(endpoint) else { return false };
        let (client, path) = (asked.client.clone(), asked.path.clone());
        let method = if selects { "SelectProperties" } else { "SetConfiguration" };
        let serial = self.bus.request(&client, &path, (ENDPOINT, method), body);
        let Some(serial) = serial else { return false };
        let timer = self.timers.arm(PATIENCE, Due::EndpointSilent(serial));
        self.isochronous.setups.push(Setup { device, endpoint, serial, timer, selects });
        true
    }

    /// Takes in a client's answer, if it is that of an endpoint of LE Audio. Whether it was.
    pub(in crate::sim::daemon) fn isochronous_answered(&mut self, message: &Message) -> bool {
        let serial = message.header().reply_serial();
        let Some(setup) = serial.and_then(|serial| self.take_isochronous(serial)) else {
            return false;
        };
        if setup.selects {
            let answer = message.body().deserialize().unwrap_or_default();
            let chosen = (message.message_type() == Type::MethodReturn)
                .then(|| choice(setup.endpoint, answer))
                .flatten();
            // A device refuses what it cannot do (ASCS 5.1).
            let chosen = chosen.filter(|one| self.can_play(setup.device, &one.configuration));
            self.chosen_isochronous(setup.device, chosen);
        }
        true
    }

    /// An endpoint has not answered in time. Whether it was one of LE Audio.
    pub(in crate::sim::daemon) fn isochronous_silent(&mut self, serial: NonZeroU32) -> bool {
        let Some(setup) = self.take_isochronous(serial) else { return false };
        if setup.selects {
            self.chosen_isochronous(setup.device, None);
        }
        true
    }

    fn take_isochronous(&mut self, serial: NonZeroU32) -> Option<Setup> {
        let at = self.isochronous.setups.iter().position(|setup| setup.serial == serial)?;
        let setup = self.isochronous.setups.swap_remove(at);
        self.timers.disarm(setup.timer);
        Some(setup)
    }

    fn can_play(&self, id: DeviceId, configuration: &Configuration) -> bool {
        let audio = self.devices[id].peer.spec.le_audio.as_ref();
        audio.is_some_and(|audio| audio.lc3.covers(configuration))
    }

    /// One stream more has a configuration, or will not be.
    fn chosen_isochronous(&mut self, id: DeviceId, chosen: Option<Choice>) {
        let all = &mut self.isochronous.negotiations;
        let Some(at) = all.iter().position(|negotiation| negotiation.device == id) else { return };
        let Some(negotiation) = all.get_mut(at) else { return };
        negotiation.chosen.extend(chosen);
        negotiation.open = negotiation.open.saturating_sub(1);
        if negotiation.open == 0 {
            self.timers.arm(CONFIGURES, Due::StreamsConfigured(id));
        }
    }

    /// A device has taken the configurations of its streams.
    pub(in crate::sim::daemon) fn streams_configured(&mut self, id: DeviceId) {
        let all = &mut self.isochronous.negotiations;
        let Some(at) = all.iter().position(|negotiation| negotiation.device == id) else { return };
        let mut chosen = all.swap_remove(at).chosen;
        if self.version >= Version::V5_87 {
            // What the device takes is configured before what it sends.
            chosen.sort_by_key(|choice| self.side_of(choice) != Some(Side::UnicastSource));
        }
        let mut cis = BTreeMap::new();
        for choice in chosen {
            self.configure_stream(id, choice, &mut cis);
        }
        self.link_streams(id);
    }

    fn side_of(&self, choice: &Choice) -> Option<Side> {
        self.isochronous_endpoint(choice.endpoint).map(|endpoint| endpoint.side)
    }

    /// Makes the transport of one stream, and tells its endpoint of it.
    fn configure_stream(&mut self, id: DeviceId, choice: Choice, cis: &mut BTreeMap<bool, u8>) {
        let Some(side) = self.side_of(&choice) else { return };
        let plays = side == Side::UnicastSource;
        // The first of each way share a channel.
        let number = cis.entry(plays).or_insert(0);
        let mut qos = choice.qos.clone();
        qos.insert("CIG".to_owned(), 0_u8.into());
        qos.insert("CIS".to_owned(), (*number).into());
        qos.remove("TargetLatency");
        *number = number.saturating_add(1);
        let audio = self.devices[id].peer.spec.le_audio.clone().unwrap_or_default();
        let published = self.published(id, side);
        let path = format!("{published}/fd{}", self.next_number());
        let mut values = vec![
            ("Device", object_path(&self.devices[id].path)),
            ("UUID", side.uuid().to_string().into()),
            ("Codec", CODEC.into()),
            ("Configuration", choice.configuration.row().into()),
            ("State", "idle".into()),
            ("QoS", Variant::new(qos)),
            ("Endpoint", object_path(&published)),
            ("Location", audio.locations(plays).0.into()),
            ("Metadata", choice.metadata.clone().into()),
        ];
        if self.version < Version::V5_87 {
            values.push(("Volume", 0_u16.into()));
        }
        self.bus.tree.add(&path, &STREAM_TRANSPORT, values.clone());
        let told: BTreeMap<&str, Value> = values.into_iter().collect();
        let body = (ObjectPath::from_str_unchecked(&path).into_owned(), told);
        self.isochronous.streams.push(Stream::idle(
            path,
            Listener::Device(id),
            choice.endpoint,
            side,
            choice.configuration,
        ));
        self.ask_isochronous(id, choice.endpoint, false, &body);
    }

    /// The first stream of each way are one channel.
    fn link_streams(&mut self, id: DeviceId) {
        let first = |side: Side| {
            let mut all = self.isochronous.streams.iter();
            let is_it =
                |stream: &&Stream| stream.with == Listener::Device(id) && stream.side == side;
            all.find(is_it).map(|stream| stream.path.clone())
        };
        let both = (first(Side::UnicastSource), first(Side::UnicastSink));
        let (Some(plays), Some(takes)) = both else { return };
        for (path, other) in [(&plays, &takes), (&takes, &plays)] {
            let links = vec![ObjectPath::from_str_unchecked(other).into_owned()];
            self.bus.tree.set(path, &STREAM_TRANSPORT, "Links", Some(Variant::new(links)));
            let mut all = self.isochronous.streams.iter_mut();
            if let Some(stream) = all.find(|stream| stream.path == *path) {
                stream.link = Some(other.clone());
            }
        }
    }

    /// The streams with a device end, and what was shown of it goes.
    pub(in crate::sim::daemon) fn end_unicast(&mut self, id: DeviceId, tells: bool) {
        self.isochronous.negotiations.retain(|negotiation| negotiation.device != id);
        let setups = self.isochronous.setups.iter().filter(|setup| setup.device == id);
        for serial in setups.map(|setup| setup.serial).collect::<Vec<_>>() {
            self.take_isochronous(serial);
        }
        for side in [Side::UnicastSource, Side::UnicastSink] {
            let path = self.published(id, side);
            if self.bus.tree.contains(&path) {
                // Each object goes by itself.
                self.bus.flush();
                self.bus.tree.remove(&path);
            }
        }
        self.bus.flush();
        for side in [Side::UnicastSink, Side::UnicastSource] {
            let is_it =
                |stream: &Stream| stream.with == Listener::Device(id) && stream.side == side;
            self.end_isochronous_streams(is_it, tells);
        }
    }
}

/// What an endpoint has answered; none, where that is no configuration.
pub(super) fn choice(
    endpoint: EndpointId,
    mut answer: BTreeMap<String, OwnedVariant>,
) -> Option<Choice> {
    let row = Vec::<u8>::try_from(answer.remove("Capabilities")?).ok()?;
    let metadata = answer.remove("Metadata").and_then(|row| Vec::<u8>::try_from(row).ok());
    let qos = BTreeMap::<String, OwnedVariant>::try_from(answer.remove("QoS")?).ok()?;
    Some(Choice {
        endpoint,
        configuration: Configuration::read(&row)?,
        metadata: metadata.unwrap_or_default(),
        qos: qos.into_iter().map(|(name, value)| (name, Value::from(value))).collect(),
    })
}
