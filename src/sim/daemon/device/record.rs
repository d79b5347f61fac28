//! What bluetoothd holds of a device it knows, what of that it stores, and how a record comes and
//! goes.

use std::time::Duration;

use tokio::time::Instant;

use super::{Bonding, DEVICE, DeviceId, appearance, bearer, link::Link, preference::Preference};
use crate::association::Capability;
use crate::sim::{
    bus::Call,
    daemon::{Daemon, Due, Reason, gatt::Gatt, network::Told},
    error::Bearer,
    kernel::Happening,
    per_bearer::PerBearer,
    scene::{Device as Spec, Uuid, Version},
    timers::TimerId,
};

/// How long a device that nobody cares for is kept after it was last heard
/// (`TemporaryTimeout` in `src/main.conf`).
const TEMPORARY: Duration = Duration::from_secs(30);

/// What bluetoothd knows of a device.
#[derive(Default)]
pub(in crate::sim) struct Record {
    pub(super) temporary: bool,
    /// When the record goes, if it is temporary and not heard again.
    pub(super) forget: Option<TimerId>,
    /// The scan that last found it.
    pub(in crate::sim::daemon) found_in: u64,
    pub(in crate::sim::daemon) stored: Stored,
    pub(in crate::sim::daemon) links: PerBearer<Option<Link>>,
    /// The bearer that was last connected or paired on, of a device that was.
    pub(super) turned_to: Option<Bearer>,
    /// When it was last heard of on a bearer.
    pub(super) seen: PerBearer<Option<Instant>>,
    /// Whether the kernel connects it on LE when it hears it, and when it may.
    pub(super) auto_connect: bool,
    pub(super) auto_connecting: Option<TimerId>,
    /// Whether it would, had it not been disconnected by a client.
    pub(super) auto_connect_disabled: bool,
    /// The link that is being made.
    pub(super) attempt: Option<TimerId>,
    /// The `Connect` that waits for its answer.
    pub(super) connect: Option<Call>,
    /// The `Connect` of one bearer that waits for its link.
    pub(super) bearer_connects: PerBearer<Option<Call>>,
    /// The service that it asks for, if it is no `Connect` but a `ConnectProfile`.
    pub(super) wanted: Option<Uuid>,
    /// When all links are dropped on request, and who asked.
    pub(super) dropping: Option<TimerId>,
    pub(super) disconnects: Vec<Call>,
    pub(in crate::sim::daemon) bonding: Option<Bonding>,
    /// The `Pair` that has its keys and waits for the services.
    pub(super) paired_call: Option<(Bearer, Call)>,
    /// The bearer whose pairing shows as `Paired` only when the services are resolved.
    pub(super) paired_shows_later: Option<Bearer>,
    /// Its GATT database, as far as it is known.
    pub(in crate::sim::daemon) gatt: Gatt,
}

/// What outlives bluetoothd: the file `info` of its storage.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in crate::sim) struct Stored {
    pub(super) alias: Option<String>,
    pub(in crate::sim::daemon) paired: PerBearer<bool>,
    /// Whether a user saw to it that nobody sits in between.
    pub(in crate::sim::daemon) authenticated: bool,
    pub(in crate::sim::daemon) bonded: PerBearer<bool>,
    pub(in crate::sim::daemon) trusted: bool,
    pub(in crate::sim::daemon) blocked: bool,
    /// The services that were resolved once.
    pub(super) services: PerBearer<Option<Vec<Uuid>>>,
    /// Which bearer of two is connected first.
    pub(super) preference: Preference,
    /// Whether it has said which coordinated set it is a member of.
    pub(in crate::sim::daemon) in_set: bool,
}

impl Stored {
    /// What the scene says was stored before the run.
    pub(in crate::sim) fn of(spec: &Spec, version: Version) -> Self {
        let is_bonded = spec.is_bonded();
        let bearer = Bearer::of(spec.transport);
        let mut bonded = PerBearer::default();
        bonded[bearer] = is_bonded;
        let mut services = PerBearer::default();
        services[bearer] = is_bonded.then(|| appearance::services(spec, bearer, version));
        Stored {
            alias: spec.alias.clone(),
            paired: bonded,
            authenticated: is_bonded && spec.io_capability != Capability::NoInputNoOutput,
            bonded,
            trusted: spec.trusted,
            blocked: spec.blocked,
            services,
            preference: Preference::of(version),
            in_set: is_bonded && spec.set.is_some(),
        }
    }

    /// The services that were resolved on any bearer, if any were.
    pub(super) fn known_services(&self) -> Option<Vec<Uuid>> {
        let known = self.services.both();
        let mut all: Vec<Uuid> = known.into_iter().flatten().flatten().cloned().collect();
        // bluetoothd keeps them in order (`device_add_uuids`).
        all.sort();
        all.dedup();
        known.iter().any(|services| services.is_some()).then_some(all)
    }
}

impl Record {
    /// What goes to storage, if the record is one to keep.
    pub(in crate::sim) fn to_store(&self) -> Option<Stored> {
        (!self.temporary).then(|| self.stored.clone())
    }

    /// Whether no link is being made.
    pub(in crate::sim::daemon) fn is_idle(&self) -> bool {
        self.attempt.is_none()
    }

    /// Whether the device is connected on any bearer.
    pub(super) fn is_up(&self) -> bool {
        self.links.both().iter().any(|link| link.is_some())
    }
}

impl Daemon {
    /// Makes the record and the object of a device that was heard.
    pub(in crate::sim::daemon) fn make_record(&mut self, id: DeviceId, stored: Option<Stored>) {
        let temporary = stored.is_none();
        let preference = Preference::of(self.version);
        let stored = stored.unwrap_or_else(|| Stored { preference, ..Stored::default() });
        let device = &mut self.devices[id];
        let adapter = &self.adapters[device.adapter].path;
        let mut values = appearance::properties(&device.peer, adapter, &stored);
        if self.version < Version::V5_82 {
            // Recorded: 5.66 does not look for a profile in what an input device advertises.
            values.retain(|(name, _)| *name != "WakeAllowed");
        }
        self.bus.tree.add(&device.path, &DEVICE, values);
        if self.version >= Version::V5_87 {
            for bearer in device.bearers() {
                let values = bearer::properties(adapter, &stored, *bearer);
                self.bus.tree.add(&device.path, bearer::interface(*bearer), values);
            }
        }
        let knows_profiles = stored.services[Bearer::BrEdr].is_some();
        if knows_profiles {
            self.show_control(id);
        }
        let device = &mut self.devices[id];
        let keys = stored.bonded;
        let knows_set = stored.in_set;
        device.record = Some(Record { temporary, stored, ..Record::default() });
        if knows_profiles {
            self.show_network_and_input(id);
        }
        for bearer in self.devices[id].bearers().iter().filter(|bearer| keys[**bearer]) {
            self.done(Happening::KeysLoaded(id.on(*bearer)));
        }
        if !temporary {
            self.keep_on_list(id, true);
        }
        if knows_set {
            self.loads_set(id);
        }
    }

    /// Devices that are known may connect, and input devices are connected when they are heard: the
    /// kernel has a list of both (recorded; `device_set_temporary`, `device_set_auto_connect`).
    fn keep_on_list(&mut self, id: DeviceId, on: bool) {
        let device = &self.devices[id];
        let is_input = appearance::is_hid(&device.peer.spec);
        for bearer in device.bearers() {
            if *bearer == Bearer::BrEdr || is_input {
                self.done(Happening::Listed(id.on(*bearer), on));
            }
        }
    }

    /// Keeps a temporary record for another while.
    pub(super) fn keep_temporary(&mut self, id: DeviceId) {
        let Some(record) = self.record(id) else {
            return;
        };
        let is_due = record.temporary && !record.is_up();
        if let Some(timer) = record.forget.take() {
            self.timers.disarm(timer);
        }
        if is_due {
            let timer = self.timers.arm(TEMPORARY, Due::Forgotten(id));
            if let Some(record) = self.record(id) {
                record.forget = Some(timer);
            }
        }
    }

    /// Makes a record one to keep, or one that goes when the device is not heard.
    pub(super) fn set_temporary(&mut self, id: DeviceId, temporary: bool) {
        let Some(record) = self.record(id) else {
            return;
        };
        if record.temporary != temporary {
            record.temporary = temporary;
            self.keep_on_list(id, !temporary);
            self.keep_temporary(id);
        }
    }

    /// A device nobody cares for was not heard for too long.
    pub(in crate::sim) fn forgotten(&mut self, id: DeviceId) {
        if let Some(record) = self.record(id) {
            record.forget = None;
            self.forget(id);
        }
    }

    /// Removes a device's record and object, and with them whatever is under way.
    pub(in crate::sim) fn forget(&mut self, id: DeviceId) {
        self.abandon_bonding(id);
        let device = &mut self.devices[id];
        let Some(mut record) = device.record.take() else {
            return;
        };
        let were_up: Vec<Bearer> =
            device.bearers().iter().copied().filter(|it| record.links[*it].is_some()).collect();
        let timers = [record.forget, record.attempt, record.dropping, record.auto_connecting];
        let links = [record.links[Bearer::BrEdr].take(), record.links[Bearer::Le].take()];
        let of_link = links.iter().flatten().flat_map(Link::timers);
        for timer in timers.into_iter().flatten().chain(of_link).chain(record.gatt.timers()) {
            self.timers.disarm(timer);
        }
        let (path, adapter) = (device.path.clone(), device.adapter);
        self.remove_database(&record.gatt);
        self.end_unicast(id, true);
        self.end_audio(id, true);
        self.monitors_forget(id);
        self.end_links_with(id);
        self.drop_network(id, Told::Nobody);
        self.leaves_set(id);
        self.bus.tree.remove(&path);
        self.adapters[adapter].discovery.forget_device(id);
        if !were_up.is_empty() {
            self.central_is_gone(id);
        }
        for bearer in were_up {
            self.done(Happening::Disconnected(id.on(bearer), Reason::LocalHost));
        }
        // Calls that wait are never answered: recorded, `Connect` of a removed device.
    }
}
