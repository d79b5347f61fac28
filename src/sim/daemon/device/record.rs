//! What bluetoothd holds of a device it knows, what of that it stores, and how a record comes and
//! goes.

use std::time::Duration;

use super::{Bonding, DEVICE, DeviceId, appearance, link::Link};
use crate::association::Capability;
use crate::sim::{
    bus::Call,
    daemon::{Daemon, Due, Reason, gatt::Gatt, network::Told},
    error::Bearer,
    kernel::Happening,
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
    pub(in crate::sim::daemon) link: Option<Link>,
    /// The link that is being made.
    pub(super) attempt: Option<TimerId>,
    /// The `Connect` that waits for its answer.
    pub(super) connect: Option<Call>,
    /// The service that it asks for, if it is no `Connect` but a `ConnectProfile`.
    pub(super) wanted: Option<Uuid>,
    /// When the link is dropped on request, and who asked.
    pub(super) dropping: Option<TimerId>,
    pub(super) disconnects: Vec<Call>,
    pub(in crate::sim::daemon) bonding: Option<Bonding>,
    /// The `Pair` that has its keys and waits for the services.
    pub(super) paired_call: Option<Call>,
    /// Whether `Paired` shows only when the services are resolved.
    pub(super) paired_shows_later: bool,
    /// Its GATT database, as far as it is known.
    pub(in crate::sim::daemon) gatt: Gatt,
}

/// What outlives bluetoothd: the file `info` of its storage.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in crate::sim) struct Stored {
    pub(super) alias: Option<String>,
    pub(in crate::sim::daemon) paired: bool,
    /// Whether a user saw to it that nobody sits in between.
    pub(in crate::sim::daemon) authenticated: bool,
    pub(in crate::sim::daemon) bonded: bool,
    pub(in crate::sim::daemon) trusted: bool,
    pub(in crate::sim::daemon) blocked: bool,
    /// The services that were resolved once.
    pub(super) services: Option<Vec<Uuid>>,
}

impl Stored {
    /// What the scene says was stored before the run.
    pub(in crate::sim) fn of(spec: &Spec, version: Version) -> Self {
        let bonded = spec.is_bonded();
        Stored {
            alias: spec.alias.clone(),
            paired: bonded,
            authenticated: bonded && spec.io_capability != Capability::NoInputNoOutput,
            bonded,
            trusted: spec.trusted,
            blocked: spec.blocked,
            services: bonded.then(|| appearance::services(spec, version)),
        }
    }
}

impl Record {
    /// What goes to storage, if the record is one to keep.
    pub(in crate::sim) fn to_store(&self) -> Option<Stored> {
        (!self.temporary).then(|| self.stored.clone())
    }
}

impl Daemon {
    /// Makes the record and the object of a device that was heard.
    pub(in crate::sim::daemon) fn make_record(&mut self, id: DeviceId, stored: Option<Stored>) {
        let temporary = stored.is_none();
        let stored = stored.unwrap_or_default();
        let device = &mut self.devices[id];
        let adapter = &self.adapters[device.adapter].path;
        let mut values = appearance::properties(&device.peer, adapter, &stored);
        if self.version < Version::V5_82 {
            // Recorded: 5.66 does not look for a profile in what an input device advertises.
            values.retain(|(name, _)| *name != "WakeAllowed");
        }
        self.bus.tree.add(&device.path, &DEVICE, values);
        if self.version >= Version::V5_87 {
            self.bus.tree.add(&device.path, device.bearer_interface(), vec![]);
        }
        if stored.services.is_some() {
            self.show_control(id);
        }
        let device = &mut self.devices[id];
        let has_keys = stored.bonded;
        let knows_services = stored.services.is_some();
        device.record = Some(Record { temporary, stored, ..Record::default() });
        if knows_services {
            self.show_network_and_input(id);
        }
        if has_keys {
            self.done(Happening::KeysLoaded(id.peer()));
        }
        if !temporary {
            self.keep_on_list(id, true);
        }
    }

    /// Devices that are known may connect, and input devices are connected when they are heard: the
    /// kernel has a list of both (recorded; `device_set_temporary`, `device_set_auto_connect`).
    fn keep_on_list(&mut self, id: DeviceId, on: bool) {
        let device = &self.devices[id];
        if device.bearer() == Bearer::BrEdr || appearance::is_hid(&device.peer.spec) {
            self.done(Happening::Listed(id.peer(), on));
        }
    }

    /// Keeps a temporary record for another while.
    pub(super) fn keep_temporary(&mut self, id: DeviceId) {
        let Some(record) = self.record(id) else {
            return;
        };
        let is_due = record.temporary && record.link.is_none();
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
        let link = record.link.take();
        let was_up = link.is_some();
        let timers = [record.forget, record.attempt, record.dropping];
        let of_link = link.iter().flat_map(Link::timers);
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
        self.bus.tree.remove(&path);
        self.adapters[adapter].discovery.forget_device(id);
        if was_up {
            self.central_is_gone(id);
            self.done(Happening::Disconnected(id.peer(), Reason::LocalHost));
        }
        // Calls that wait are never answered: recorded, `Connect` of a removed device.
    }
}
