//! bluetoothd: its objects, and everything that happens to them, one event at a time. An event is a
//! message or a time that has come; each is worked off without waiting, so that nothing here is
//! ever half done when the next one arrives.

mod adapter;
mod advertising;
mod agent;
mod applications;
mod device;
mod dispatch;
mod gatt;
mod interfaces;
mod isochronous;
mod kernel;
mod media;
mod monitors;
mod network;
mod profiles;
mod sets;
mod slots;
mod value;

use std::{
    collections::{BTreeMap, HashMap},
    num::NonZeroU32,
    time::Duration,
};

use tokio::time::Instant;
use zbus::message::{Message, Type};

use super::{
    bus::{Answer, Answered, Bus, Call, Client, Letter, OBJECT_MANAGER, Refusal},
    error::{self, Bearer},
    kernel::Happening,
    radio::{Controller, Peer},
    scene::{Address, Failure, Mishap, Operation, Scene, Version},
    sockets::Sockets,
    timers::{TimerId, Timers},
};
use adapter::{Adapter, AdapterId, Setting};
use advertising::Advertisements;
use agent::Agents;
use applications::Applications;
use device::{Device, DeviceId, Record};
pub(super) use device::{Reason, Stored, Verdict};
use gatt::RequestId;
use isochronous::Isochronous;
use media::Media;
use monitors::{MonitorId, Monitors};
use profiles::{ProfileId, Profiles};
use sets::Set;
use slots::Slots;

/// How long a bluetoothd that starts takes from its adapters to the devices that it has stored.
const LOADING: Duration = Duration::from_millis(50);

/// What is to happen when its time comes.
enum Due {
    /// The devices that bluetoothd has stored for an adapter.
    Loaded(AdapterId),
    /// The kernel has switched an adapter on or off.
    Powered(AdapterId, bool),
    Set(AdapterId, Setting, bool, Option<Call>),
    AliasSet(AdapterId),
    Hidden(AdapterId),
    DiscoveryStarted(AdapterId, Client),
    DiscoveryStopped(AdapterId, Client),
    /// The next round of a discovery, by its number.
    ScanAgain(AdapterId, u64),
    /// In the scan of this number.
    Heard(DeviceId, u64),
    Presence(DeviceId),
    Forgotten(DeviceId),
    /// And lost again after a while.
    Linked(DeviceId, Option<Duration>),
    NotLinked(DeviceId, Option<Failure>),
    ServicesResolved(DeviceId, Bearer),
    /// What a device says of its coordinated set.
    SetRead(DeviceId),
    ProfileConnected(DeviceId),
    /// All links of a device, or that on one bearer.
    Dropped(DeviceId, Option<Bearer>),
    LinkLost(DeviceId, Bearer, Reason),
    Reconnects(DeviceId),
    /// A device that the kernel is to connect on LE may have been heard.
    AutoConnects(DeviceId),
    KeysAgreed(DeviceId),
    Paired(DeviceId),
    PairingFails(DeviceId, Failure),
    Refused(DeviceId),
    AgentSilent(NonZeroU32),
    /// The advertisement of a client, at a path, ends by itself.
    AdvertisementOver(Client, String),
    /// A device begins to pair.
    Begins(DeviceId),
    /// A device answers a request about an attribute.
    AttributeAnswered(DeviceId, RequestId),
    /// A device sends the value of the characteristic of this handle.
    Notifies(DeviceId, u16),
    /// A device that is a central does the next thing.
    CentralActs(DeviceId),
    /// A client's endpoint, by the call that it has not answered.
    EndpointSilent(NonZeroU32),
    /// What a device has shown of its own endpoint.
    EndpointHidden(DeviceId),
    /// A transport, by its path.
    StreamStarts(String),
    /// And the number of its start.
    StreamFlows(String, u64),
    /// A device begins to play.
    Plays(DeviceId),
    /// What a device can do for LE Audio.
    CapabilitiesRead(DeviceId),
    /// A device has taken the configurations of its streams of LE Audio.
    StreamsConfigured(DeviceId),
    /// The streams of the group of a transport, by its path.
    StreamsStart(String),
    /// A transport of LE Audio, by its path and the number of its start.
    IsochronousFlows(String, u64),
    /// The kernel has a client's monitors, of the root at a path.
    MonitorsAdded(AdapterId, Client, String),
    /// A device is heard by who watches, since the adapter began to listen for the so-many-th time.
    Watched(DeviceId, u64),
    /// A device that a monitor has found is heard no more.
    OutOfRange(MonitorId, DeviceId),
    /// A device connects to a client's profile.
    Calls(DeviceId, ProfileId),
    /// AVRCP with a device is connected.
    Controlled(DeviceId),
    /// A device's player tells of itself.
    PlayerTold(DeviceId),
    /// And does what it was asked, by the name of the method.
    PlayerActs(DeviceId, String),
    /// And has taken the value of a setting, for a call.
    PlayerSet(DeviceId, &'static str, String, Call),
    /// A device presses a button, by the number of the press.
    Presses(DeviceId, usize),
}

/// What bluetoothd leaves behind: the hardware, and its storage.
#[derive(Default)]
pub(super) struct Remains {
    pub(super) controllers: Vec<Controller>,
    pub(super) peers: Vec<Peer>,
    pub(super) stored: BTreeMap<(usize, Address), Stored>,
}

/// What a fault brings on the bench: for how long, and on which adapter's side it struck.
#[derive(Clone, Copy, Debug)]
pub(super) struct Brought {
    pub(super) mishap: Mishap,
    pub(super) lasting: Option<Duration>,
    pub(super) adapter: usize,
}

/// A bluetoothd.
pub(super) struct Daemon {
    version: Version,
    /// Whether it runs with `--experimental`.
    shows_experimental: bool,
    bus: Bus,
    timers: Timers<Due>,
    adapters: Slots<Adapter>,
    devices: Slots<Device>,
    /// The devices by their objects' paths.
    paths: HashMap<String, DeviceId>,
    agents: Agents,
    advertisements: Advertisements,
    applications: Applications,
    /// How many requests and sockets there have been.
    requests: u64,
    sockets: Sockets,
    media: Media,
    isochronous: Isochronous,
    monitors: Monitors,
    profiles: Profiles,
    sets: Vec<Set>,
    /// The networks that are up, by the names of their interfaces.
    networks: Vec<(DeviceId, String)>,
    /// What a fault of the last event has brought.
    brought: Option<Brought>,
    /// What the kernel did for it in the last event.
    happened: Vec<Happening>,
}

impl Daemon {
    /// Starts a bluetoothd anew that is called `name` on the bus. Its adapters are in its tree a moment before
    /// the devices that it has stored (recorded on 5.82).
    pub(super) fn restart(scene: &Scene, name: String, sockets: Sockets, remains: Remains) -> Self {
        Self::over(scene, name, sockets, remains, true)
    }

    /// A bluetoothd that is called `name` on the bus, over what the last one left behind.
    pub(super) fn start(scene: &Scene, name: String, sockets: Sockets, remains: Remains) -> Self {
        Self::over(scene, name, sockets, remains, false)
    }

    fn over(
        scene: &Scene,
        name: String,
        sockets: Sockets,
        remains: Remains,
        loads_later: bool,
    ) -> Self {
        let Remains { controllers, peers, mut stored } = remains;
        let adapters = controllers.into_iter().enumerate();
        let adapters = adapters.filter_map(|(i, controller)| Adapter::new(scene, i, controller));
        let adapters = Slots::new(adapters.collect());
        let known: Vec<_> =
            peers.iter().map(|peer| stored.remove(&(peer.adapter, peer.address))).collect();
        let devices = peers.into_iter().filter(|peer| peer.adapter < scene.adapter.len());
        let devices = Slots::new(devices.map(|peer| Device::of(peer, scene)).collect());
        let paths = devices.ids().map(|id: DeviceId| (devices[id].path.clone(), id)).collect();
        let mut daemon = Daemon {
            version: scene.bluez,
            shows_experimental: scene.experimental,
            bus: Bus::new(name, scene.bluez, scene.experimental),
            timers: Timers::new(),
            adapters,
            devices,
            paths,
            agents: Agents::default(),
            advertisements: Advertisements::default(),
            applications: Applications::default(),
            requests: 0,
            sockets,
            media: Media::default(),
            isochronous: Isochronous::default(),
            monitors: Monitors::default(),
            profiles: Profiles::default(),
            sets: Vec::new(),
            networks: Vec::new(),
            brought: None,
            happened: Vec::new(),
        };
        daemon.show_itself();
        for (id, stored) in
            daemon.devices.ids::<DeviceId>().collect::<Vec<_>>().into_iter().zip(known)
        {
            match daemon.adapter_of(id).controller.is_plugged() && !loads_later {
                true if stored.is_some() => daemon.make_record(id, stored),
                true => {}
                false => daemon.devices[id].shelved = stored,
            }
            daemon.watch_presence(id);
        }
        for id in daemon.adapters.ids::<AdapterId>().collect::<Vec<_>>() {
            if loads_later && daemon.adapters[id].controller.is_plugged() {
                daemon.timers.arm(LOADING, Due::Loaded(id));
            }
        }
        daemon
    }

    fn show_itself(&mut self) {
        let tree = &mut self.bus.tree;
        tree.add("/", &OBJECT_MANAGER, vec![]);
        tree.add("/org/bluez", &interfaces::AGENT_MANAGER, vec![]);
        tree.add("/org/bluez", &interfaces::PROFILE_MANAGER, vec![]);
        if self.version < Version::V5_87 {
            tree.add("/org/bluez", &interfaces::HEALTH_MANAGER, vec![]);
        }
        if self.version == Version::V5_82 {
            tree.add("/org/bluez/test", &interfaces::SIM_ACCESS_TEST, vec![]);
        }
        for id in self.adapters.ids::<AdapterId>() {
            if self.adapters[id].controller.is_plugged() {
                self.adapters[id].show(&mut self.bus.tree, self.version);
            }
        }
    }

    /// Takes in a client's answer to a call of bluetoothd's, or what it tells.
    pub(super) fn receive(&mut self, message: &Message) {
        let is_answer = matches!(message.message_type(), Type::MethodReturn | Type::Error);
        if self.application_answered(message)
            || (is_answer && self.isochronous_answered(message))
            || (is_answer && self.endpoint_answered(message))
            || (is_answer && self.profile_answered(message))
        {
            return;
        }
        if is_answer && !self.monitors_told(message) {
            self.answered(message);
        }
    }

    /// A client has left the bus: what belongs to it ends.
    pub(super) fn client_left(&mut self, client: &Client) {
        self.end_discovery_of(client);
        self.end_pairings_of(client);
        self.end_agent_of(client);
        self.end_advertisements_of(client);
        self.end_notifications_of(client);
        self.end_applications_of(client);
        self.end_isochronous_ownership_of(client);
        self.end_isochronous_of(client);
        self.end_endpoints_of(client);
        self.end_monitors_of(client);
        self.end_profiles_of(client);
    }

    /// When the next thing happens by itself.
    pub(super) fn next(&self) -> Option<Instant> {
        self.timers.next()
    }

    /// Lets one thing happen whose time has come. Returns whether there was one.
    pub(super) fn happen(&mut self, now: Instant) -> bool {
        let Some(due) = self.timers.due(now) else {
            return false;
        };
        match due {
            Due::Powered(id, on) => self.powered(id, on),
            Due::Set(id, setting, on, call) => self.mode_set(id, setting, on, call.as_ref()),
            Due::AliasSet(id) => self.alias_set(id),
            Due::Hidden(id) => self.hidden(id),
            Due::DiscoveryStarted(id, client) => self.discovery_started(id, &client),
            Due::DiscoveryStopped(id, client) => self.discovery_stopped(id, &client),
            Due::ScanAgain(id, round) => self.scan_again(id, round),
            Due::Heard(id, scan) => self.heard(id, scan),
            Due::Loaded(id) => self.load_devices(id),
            Due::Presence(id) => self.presence_changed(id),
            Due::Reconnects(id) => self.reconnects(id),
            Due::AutoConnects(id) => self.auto_connects(id),
            Due::Forgotten(id) => self.forgotten(id),
            Due::Linked(id, drops_after) => self.linked(id, drops_after),
            Due::NotLinked(id, failure) => self.not_linked(id, failure.as_ref()),
            Due::ServicesResolved(id, bearer) => self.services_resolved(id, bearer),
            Due::SetRead(id) => self.set_read(id),
            Due::ProfileConnected(id) => self.profile_connected(id),
            Due::Dropped(id, bearer) => self.dropped(id, bearer),
            Due::LinkLost(id, bearer, reason) => self.link_ended(id, bearer, reason),
            Due::KeysAgreed(id) => self.keys_agreed(id),
            Due::Paired(id) => self.paired(id),
            Due::PairingFails(id, failure) => self.pairing_fails(id, &failure),
            Due::Refused(id) => self.refused_by_agent(id),
            Due::AgentSilent(serial) => self.agent_silent(serial),
            Due::AdvertisementOver(client, path) => self.advertisement_over(&client, &path),
            Due::Begins(id) => self.device_begins(id),
            Due::AttributeAnswered(id, request) => self.attribute_answered(id, request),
            Due::Notifies(id, handle) => self.notifies(id, handle),
            Due::CentralActs(id) => self.central_acts(id),
            Due::EndpointSilent(serial) => {
                if !self.isochronous_silent(serial) {
                    self.endpoint_silent(serial);
                }
            }
            Due::CapabilitiesRead(id) => self.capabilities_read(id),
            Due::StreamsConfigured(id) => self.streams_configured(id),
            Due::StreamsStart(path) => self.streams_start(&path),
            Due::IsochronousFlows(path, started) => self.isochronous_flows(path, started),
            Due::EndpointHidden(id) => self.hide_remote_endpoint(id),
            Due::StreamStarts(path) => self.stream_starts(&path),
            Due::StreamFlows(path, started) => self.stream_flows(path, started),
            Due::Plays(id) => self.plays(id),
            Due::MonitorsAdded(id, client, root) => self.monitors_added(id, &client, &root),
            Due::Watched(id, turn) => self.watched(id, turn),
            Due::OutOfRange(monitor, id) => self.out_of_range(monitor, id),
            Due::Calls(id, profile) => self.device_calls(id, profile),
            Due::Controlled(id) => self.controlled(id),
            Due::PlayerTold(id) => self.player_told(id),
            Due::PlayerActs(id, what) => self.player_acts(id, &what),
            Due::PlayerSet(id, property, value, call) => {
                self.player_set(id, property, value, &call);
            }
            Due::Presses(id, number) => self.presses(id, number),
        }
        true
    }

    /// The messages of the last event, in order.
    pub(super) fn outgoing(&mut self) -> Vec<Letter> {
        self.bus.take()
    }

    /// A fault brings something on the bench. What ends the call at once comes back as its answer.
    fn bring(
        &mut self,
        mishap: Mishap,
        lasting: Option<Duration>,
        adapter: AdapterId,
    ) -> Option<Answered> {
        self.brought = Some(Brought { mishap, lasting, adapter: adapter.0 });
        (mishap == Mishap::Crash).then_some(Ok(Answer::Later))
    }

    /// What a fault has brought on the bench in the last event.
    pub(super) fn brought(&mut self) -> Option<Brought> {
        self.brought.take()
    }

    /// What is left of it.
    pub(super) fn into_remains(self) -> Remains {
        let adapters = self.adapters.into_row().into_iter();
        let controllers = adapters.map(|adapter| adapter.controller).collect();
        let mut remains = Remains { controllers, ..Remains::default() };
        for device in self.devices.into_row() {
            let key = (device.peer.adapter, device.peer.address);
            let stored = device.record.as_ref().and_then(Record::to_store).or(device.shelved);
            remains.stored.extend(stored.map(|stored| (key, stored)));
            remains.peers.push(device.peer);
        }
        remains
    }

    /// The error that a scene asks for, in this bluetoothd's words.
    fn refusal(&self, failure: &Failure, on: Operation, device: Option<DeviceId>) -> Refusal {
        let bearer = device.map_or(Bearer::Le, |device| self.devices[device].bearer());
        error::refusal(failure, on, bearer, self.version)
    }

    /// The adapters at those places of the scene.
    pub(super) fn adapters_in(&self, reach: impl Fn(usize) -> bool) -> Vec<AdapterId> {
        self.adapters.ids().filter(|AdapterId(place)| reach(*place)).collect()
    }

    /// The adapter of a device.
    fn adapter_of(&self, device: DeviceId) -> &Adapter {
        &self.adapters[self.devices[device].adapter]
    }
}
