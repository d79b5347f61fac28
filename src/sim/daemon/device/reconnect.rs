//! A bonded device that connects by itself. For bluetoothd it is the same whether the device pages it (BR/EDR) or
//! advertises and is on the kernel's list of devices to connect (LE): a link is there that nobody asked for.

use super::{DeviceId, Reason};
use crate::sim::daemon::{Daemon, Due};

impl Daemon {
    /// A device is free to connect by itself: its link has ended, for this reason, or it has come in range.
    pub(super) fn comes_back(&mut self, id: DeviceId, ended_by: Option<Reason>) {
        let device = &mut self.devices[id];
        let Some(record) = device.record.as_ref().filter(|record| record.stored.bonded.any())
        else {
            return;
        };
        // `Disconnect` shuts out a device that is not trusted until it is connected from here.
        let is_shut_out = ended_by == Some(Reason::LocalHost) && !record.stored.trusted;
        let Some(after) = device.peer.reconnects_after().filter(|_| !is_shut_out) else {
            return;
        };
        self.timers.arm(after, Due::Reconnects(id));
    }

    /// A device connects by itself, if it still can and nobody else has been faster.
    pub(in crate::sim) fn reconnects(&mut self, id: DeviceId) {
        let device = &self.devices[id];
        let Some(record) = &device.record else { return };
        let is_wanted = record.stored.bonded.any() && !record.stored.blocked && device.peer.bonded;
        let is_busy = record.is_up() || record.attempt.is_some() || record.bonding.is_some();
        let is_on = self.adapter_of(id).power.is_on();
        if !is_wanted || is_busy || !is_on || !device.peer.is_present() {
            return;
        }
        let bonded_on = device.bearers().iter().find(|bearer| record.stored.bonded[**bearer]);
        let bearer = bonded_on.copied().unwrap_or_else(|| device.bearer());
        self.turn_to(id, bearer);
        self.link_came_up(id, bearer);
        // It has connected one of its profiles, which holds the link.
        if let Some(link) = self.link_mut(id, bearer) {
            link.has_profile = true;
        }
        self.resolve_services(id, bearer);
    }
}
