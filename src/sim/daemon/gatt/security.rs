//! How secure the link to a device is, and pairing when an attribute asks for more (`bt_att_chan_set_security` in
//! `src/shared/att.c`).

use super::RequestId;
use crate::sim::{
    daemon::{Daemon, DeviceId},
    error::Bearer,
    radio::AttError,
    scene::Security,
};

impl Daemon {
    /// How secure the link to a device is.
    pub(in crate::sim::daemon) fn security(&self, id: DeviceId) -> Security {
        let device = &self.devices[id];
        let Some(record) = device.record.as_ref().filter(|_| device.is_up_on(Bearer::Le)) else {
            return Security::None;
        };
        match (record.stored.paired[Bearer::Le], record.stored.authenticated) {
            (false, _) => Security::None,
            (true, false) => Security::Encrypted,
            (true, true) if device.peer.spec.secure_connections => Security::Secure,
            (true, true) => Security::Authenticated,
        }
    }

    /// Pairs with a device because an attribute needs it. Returns whether the request waits for that; each does
    /// once, and only on a link that is not secure at all. Meanwhile nothing is sent (recorded).
    pub(super) fn makes_secure_for(
        &mut self,
        id: DeviceId,
        request: RequestId,
        error: AttError,
    ) -> bool {
        // While BR/EDR is being connected, a dual-mode device is not paired.
        let is_free = self.record(id).is_some_and(|record| record.is_idle());
        let may = error.asks_for_security() && self.security(id) == Security::None && is_free;
        let Some(gatt) = self.gatt(id).filter(|_| may) else { return false };
        let Some(asked) = gatt.requests.get_mut(&request).filter(|asked| !asked.elevated) else {
            return false;
        };
        asked.elevated = true;
        gatt.is_stalled = true;
        let others = gatt.requests.values_mut().filter_map(|asked| asked.timer.take());
        for timer in others.collect::<Vec<_>>() {
            self.timers.disarm(timer);
        }
        if self.record(id).is_some_and(|record| record.bonding.is_none()) {
            self.begin_bonding(id, Bearer::Le, None, None);
            self.go_on_pairing(id);
        }
        true
    }

    /// A device has paired: what waited for that is asked again. When pairing fails it waits on, until the link
    /// is down: recorded on 5.66 and 5.82, with an agent that refuses and without any.
    pub(in crate::sim::daemon) fn link_is_secure(&mut self, id: DeviceId) {
        self.central_is_paired(id);
        if self.devices[id].knows_database() {
            self.reads_set(id);
        }
        let Some(gatt) = self.gatt(id) else { return };
        let is_silent = gatt.requests.values().any(|asked| asked.is_silent);
        if !std::mem::replace(&mut gatt.is_stalled, is_silent) {
            return;
        }
        gatt.busy_until = None;
        let waiting: Vec<_> = gatt.requests.keys().copied().collect();
        for request in waiting {
            self.await_answer(id, request);
        }
    }
}
