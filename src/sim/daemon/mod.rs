//! bluetoothd: its objects, and everything that happens to them, one event at a time. An event is a
//! message or a time that has come; each is worked off without waiting, so that nothing here is
//! ever half done when the next one arrives.

mod adapter;
mod agent;
mod association;
mod device;
mod dispatch;
mod interfaces;
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
    bus::{Bus, Call, Client, OBJECT_MANAGER, Refusal},
    dice::Dice,
    error::{self, Bearer},
    radio::Peer,
    scene::{Address, Failure, Operation, Scene, Version},
    timers::Timers,
};
use adapter::{Adapter, AdapterId, Setting};
use agent::Agents;
pub(super) use device::Stored;
use device::{Device, DeviceId, Reason, Record};
use slots::Slots;

/// What is to happen when its time comes.
enum Due {
    Powered(AdapterId, bool, Call),
    Set(AdapterId, Setting, bool, Option<Call>),
    AliasSet(AdapterId),
    Hidden(AdapterId),
    DiscoveryStarted(AdapterId, Client),
    DiscoveryStopped(AdapterId, Client),
    /// In the scan of this number.
    Heard(DeviceId, u64),
    Presence(DeviceId),
    Forgotten(DeviceId),
    /// And lost again after a while.
    Linked(DeviceId, Option<Duration>),
    NotLinked(DeviceId, Option<Failure>),
    ServicesResolved(DeviceId),
    ProfileConnected(DeviceId),
    Dropped(DeviceId),
    LinkLost(DeviceId, Reason),
    KeysAgreed(DeviceId),
    Paired(DeviceId),
    PairingFails(DeviceId, Failure),
    Refused(DeviceId),
    AgentSilent(NonZeroU32),
}

/// What bluetoothd leaves behind: the devices themselves, and its storage.
pub(super) struct Remains {
    pub(super) peers: Vec<Peer>,
    pub(super) stored: BTreeMap<(usize, Address), Stored>,
}

/// A bluetoothd.
pub(super) struct Daemon {
    version: Version,
    bus: Bus,
    timers: Timers<Due>,
    adapters: Slots<Adapter>,
    devices: Slots<Device>,
    /// The devices by their objects' paths.
    paths: HashMap<String, DeviceId>,
    agents: Agents,
    /// It has died, and comes back after this time, if at all.
    crashed: Option<Option<Duration>>,
}

impl Daemon {
    /// Starts a bluetoothd that is called `name` on the bus, over what the last one left behind.
    pub(super) fn start(scene: &Scene, dice: Dice, name: String, remains: Remains) -> Self {
        let Remains { peers, mut stored } = remains;
        let adapters = (0..scene.adapter.len()).filter_map(|i| Adapter::new(scene, i, dice));
        let adapters = Slots::new(adapters.collect());
        let known: Vec<_> =
            peers.iter().map(|peer| stored.remove(&(peer.adapter, peer.address))).collect();
        let devices = peers.into_iter().filter(|peer| peer.adapter < scene.adapter.len());
        let devices = Slots::new(devices.map(|peer| Device::of(peer, scene)).collect());
        let paths = devices.ids().map(|id: DeviceId| (devices[id].path.clone(), id)).collect();
        let mut daemon = Daemon {
            version: scene.bluez,
            bus: Bus::new(name, scene.bluez),
            timers: Timers::new(),
            adapters,
            devices,
            paths,
            agents: Agents::default(),
            crashed: None,
        };
        daemon.show_itself(scene);
        for (id, stored) in
            daemon.devices.ids::<DeviceId>().collect::<Vec<_>>().into_iter().zip(known)
        {
            if stored.is_some() {
                daemon.make_record(id, stored);
            }
            daemon.watch_presence(id);
        }
        daemon
    }

    fn show_itself(&mut self, scene: &Scene) {
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
            let address = scene.adapter_address(id.0);
            self.adapters[id].show(&mut self.bus.tree, address, self.version);
        }
    }

    /// Takes in a message from a client.
    pub(super) fn receive(&mut self, message: Message) {
        match message.message_type() {
            Type::MethodCall => self.call(&Call::new(message)),
            Type::MethodReturn | Type::Error => self.answered(&message),
            Type::Signal => {}
        }
    }

    /// A client has left the bus: what belongs to it ends.
    pub(super) fn client_left(&mut self, client: &Client) {
        self.end_discovery_of(client);
        self.end_pairings_of(client);
        self.end_agent_of(client);
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
            Due::Powered(id, on, call) => self.powered(id, on, &call),
            Due::Set(id, setting, on, call) => self.mode_set(id, setting, on, call.as_ref()),
            Due::AliasSet(id) => self.alias_set(id),
            Due::Hidden(id) => self.hidden(id),
            Due::DiscoveryStarted(id, client) => self.discovery_started(id, &client),
            Due::DiscoveryStopped(id, client) => self.discovery_stopped(id, &client),
            Due::Heard(id, scan) => self.heard(id, scan),
            Due::Presence(id) => self.presence_changed(id),
            Due::Forgotten(id) => self.forgotten(id),
            Due::Linked(id, drops_after) => self.linked(id, drops_after),
            Due::NotLinked(id, failure) => self.not_linked(id, failure.as_ref()),
            Due::ServicesResolved(id) => self.services_resolved(id),
            Due::ProfileConnected(id) => self.profile_connected(id),
            Due::Dropped(id) => self.link_ended(id, Reason::LocalHost),
            Due::LinkLost(id, reason) => self.link_ended(id, reason),
            Due::KeysAgreed(id) => self.keys_agreed(id),
            Due::Paired(id) => self.paired(id),
            Due::PairingFails(id, failure) => self.pairing_fails(id, &failure),
            Due::Refused(id) => self.refused_by_agent(id),
            Due::AgentSilent(serial) => self.agent_silent(serial),
        }
        true
    }

    /// The messages of the last event, in order.
    pub(super) fn outgoing(&mut self) -> Vec<Message> {
        self.bus.take()
    }

    fn crash(&mut self, lasting: Option<Duration>) {
        self.crashed = Some(lasting);
    }

    /// Whether it has died in the last event, and for how long it stays dead.
    pub(super) fn crashed(&self) -> Option<Option<Duration>> {
        self.crashed
    }

    /// What is left of it.
    pub(super) fn into_remains(self) -> Remains {
        let mut remains = Remains { peers: Vec::new(), stored: BTreeMap::new() };
        for device in self.devices.into_row() {
            let key = (device.peer.adapter, device.peer.address);
            let stored = device.record.as_ref().and_then(Record::to_store);
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

    /// The adapter of a device.
    fn adapter_of(&self, device: DeviceId) -> &Adapter {
        &self.adapters[self.devices[device].adapter]
    }
}
