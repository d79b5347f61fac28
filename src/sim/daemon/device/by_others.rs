//! What management clients do with a device, as bluetoothd takes it in (recorded).

use super::{DeviceId, Reason};
use crate::sim::{daemon::Daemon, error::Bearer};

impl Daemon {
    /// A link has come up that somebody else made; whoever waits for one here is served with it.
    pub(in crate::sim::daemon) fn link_made_by_other(&mut self, id: DeviceId, bearer: Bearer) {
        self.turn_to(id, bearer);
        if let Some(timer) = self.end_attempt(id) {
            self.timers.disarm(timer);
        }
        self.link_came_up(id, bearer);
        let is_awaited = self
            .record(id)
            .is_some_and(|record| record.connect.is_some() || record.bonding.is_some());
        if is_awaited {
            self.connected(id, bearer);
        }
    }

    /// Somebody else has paired with a device, and its keys are to be stored.
    pub(in crate::sim::daemon) fn paired_by_other(&mut self, id: DeviceId, bearer: Bearer) {
        self.set_temporary(id, false);
        let Some(record) = self.record(id) else {
            return;
        };
        record.stored.paired[bearer] = true;
        record.stored.bonded[bearer] = true;
        let is_known = record.stored.services[bearer].is_some();
        record.paired_shows_later = Some(bearer).filter(|_| !is_known);
        self.show_device(id, "Bonded", Some(true.into()));
        self.show_bearer(id, bearer, "Bonded", true);
        self.show_bearer(id, bearer, "Paired", true);
        if is_known {
            self.show_device(id, "Paired", Some(true.into()));
        }
        self.resolve_services(id, bearer);
    }

    /// Somebody else has thrown a device's keys away: recorded, bluetoothd then does not keep the
    /// device either (`device_set_unpaired`).
    pub(in crate::sim::daemon) fn unpaired_by_other(&mut self, id: DeviceId, bearer: Bearer) {
        let Some(record) = self.record(id) else {
            return;
        };
        if !record.stored.paired[bearer] {
            return;
        }
        record.stored.paired[bearer] = false;
        record.stored.bonded[bearer] = false;
        record.paired_shows_later.take_if(|pending| *pending == bearer);
        let is_paired = record.stored.paired.any();
        self.show_bearer(id, bearer, "Paired", false);
        if is_paired {
            // The other bearer stays as it is.
            if self.devices[id].is_up_on(bearer) {
                let _ = self.request_disconnect(id, None);
            }
            return;
        }
        self.devices[id].peer.bonded = false;
        self.show_device(id, "Paired", Some(false.into()));
        self.set_temporary(id, true);
        match self.devices[id].is_connected() {
            true => {
                let _ = self.request_disconnect(id, None);
            }
            false => {
                self.bus.flush();
                self.forget(id);
            }
        }
    }

    /// Somebody else has had the kernel keep a device away, or let it in again.
    pub(in crate::sim::daemon) fn blocked_by_other(&mut self, id: DeviceId, blocked: bool) {
        let Some(record) = self.record(id) else { return };
        record.stored.blocked = blocked;
        if blocked {
            self.links_ended(id, Reason::LocalHost);
            self.set_temporary(id, false);
        }
        self.show_device(id, "Blocked", Some(blocked.into()));
    }
}
