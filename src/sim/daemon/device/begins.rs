//! A device that begins to pair: on LE one that asks for security once it is connected, on BR/EDR one that has
//! found the adapter, pages it and authenticates. bluetoothd then asks the default agent
//! (`adapter_bonding_attempt`, `device_confirm_passkey` in `src/device.c`).

use super::DeviceId;
use crate::sim::{
    daemon::{AdapterId, Daemon, Due},
    error::Bearer,
};

impl Daemon {
    /// An adapter can be found: devices on BR/EDR that want to pair will.
    pub(in crate::sim::daemon) fn seen_by_devices(&mut self, adapter: AdapterId) {
        for id in self.devices.ids::<DeviceId>().collect::<Vec<_>>() {
            let device = &self.devices[id];
            if device.adapter == adapter && Bearer::of(device.peer.spec.transport) == Bearer::BrEdr
            {
                self.wants_to_pair(id);
            }
        }
    }

    /// An LE device is connected: without a bond it may ask for security.
    pub(super) fn wants_security(&mut self, id: DeviceId) {
        if Bearer::of(self.devices[id].peer.spec.transport) == Bearer::Le {
            self.wants_to_pair(id);
        }
    }

    fn wants_to_pair(&mut self, id: DeviceId) {
        let peer = &self.devices[id].peer;
        if let Some(after) = peer.spec.starts_pairing_after.filter(|_| !peer.bonded) {
            self.timers.arm(after, Due::Begins(id));
        }
    }

    /// A device begins to pair, if it still can. Its link is made for that on BR/EDR, and must be there on LE.
    pub(in crate::sim) fn device_begins(&mut self, id: DeviceId) {
        let device = &self.devices[id];
        let adapter = self.adapter_of(id);
        let can = device.peer.is_present() && !device.peer.bonded;
        let lets = adapter.power.is_on() && adapter.pairable();
        let is_blocked = device.record.as_ref().is_some_and(|record| record.stored.blocked);
        let is_busy = device.record.as_ref().is_some_and(|record| {
            record.bonding.is_some() || record.paired_call.is_some() || record.attempt.is_some()
        });
        if !can || !lets || is_blocked || is_busy {
            return;
        }
        // A dual-mode device does so on BR/EDR.
        let bearer = Bearer::of(device.peer.spec.transport);
        let is_up = device.is_up_on(bearer);
        match bearer {
            Bearer::Le if !is_up => return,
            Bearer::BrEdr if !is_up && !adapter.connectable() => return,
            Bearer::BrEdr if !is_up => {
                if device.record.is_none() {
                    self.make_record(id, None);
                }
                self.link_came_up(id, bearer);
            }
            _ => {}
        }
        self.begin_bonding(id, bearer, None, None);
        self.go_on_pairing(id);
    }
}
