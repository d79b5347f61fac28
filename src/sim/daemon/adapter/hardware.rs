//! What happens to the controller itself: it is pulled out and put back, rfkill blocks it and lets it go.
//!
//! That a new adapter shows off and is then switched on is recorded (5.82, controllers that are added);
//! the rest is read in `index_removed`, `adapter_remove` and `adapter_stop` in `src/adapter.c` and in
//! `src/rfkill.c`: a controller that goes is first seen off, and one that is unblocked is switched on,
//! whatever it was before (`btd_adapter_restore_powered`).

use super::{AdapterId, PowerState, Setting};
use crate::sim::{
    bus::Refusal,
    daemon::{Daemon, DeviceId, Due, Reason, Record},
};

impl Daemon {
    /// An incident keeps a controller out of its socket, or does so no longer.
    pub(in crate::sim) fn pull(&mut self, id: AdapterId, out: bool) {
        if self.adapters[id].controller.pull(out) {
            match out {
                true => self.pulled(id),
                false => self.plugged(id),
            }
        }
    }

    /// rfkill blocks a controller, or does so no longer.
    pub(in crate::sim) fn block(&mut self, id: AdapterId, on: bool) {
        let adapter = &mut self.adapters[id];
        if adapter.controller.block(on) && adapter.controller.is_plugged() {
            match on {
                true => self.blocked(id),
                false => self.unblocked(id),
            }
        }
    }

    fn pulled(&mut self, id: AdapterId) {
        // The kernel's word for a command to a controller that has gone (MGMT_STATUS_INVALID_INDEX).
        self.end_switching(id, &Refusal::failed("Invalid Index"));
        self.lose_power(id, Reason::Unknown);
        self.bus.flush();
        for device in self.known_devices(id) {
            let kept = self.devices[device].record.as_ref().and_then(Record::to_store);
            self.forget(device);
            self.devices[device].shelved = kept;
        }
        // Its devices have gone before it goes itself.
        self.bus.flush();
        let adapter = &mut self.adapters[id];
        adapter.discovery.start_over();
        adapter.pending.clear();
        adapter.discoverable = false;
        adapter.connectable = false;
        adapter.pairable = adapter.spec.pairable;
        let timers = [adapter.discoverable_ends.take(), adapter.pairable_ends.take()];
        self.end_isochronous_on(id);
        self.end_endpoints_on(id);
        self.end_monitors_on(id);
        self.bus.tree.remove(&self.adapters[id].path);
        for timer in timers.into_iter().flatten() {
            self.timers.disarm(timer);
        }
    }

    fn plugged(&mut self, id: AdapterId) {
        let adapter = &mut self.adapters[id];
        adapter.power = PowerState::Off;
        if adapter.controller.is_blocked() {
            adapter.power = PowerState::Blocked;
        }
        adapter.class_is_due = true;
        adapter.show(&mut self.bus.tree, self.version);
        self.set_up_adapter(id);
        self.load_devices(id);
        if self.agents.are_any() && !self.adapters[id].pairable {
            self.kernel(Due::Set(id, Setting::Pairable, true, None));
        }
        if self.adapters[id].power == PowerState::Off {
            // AutoEnable in `src/main.conf`.
            self.switch(id, true, None);
        }
    }

    /// The devices that bluetoothd has stored for an adapter come into its tree.
    pub(in crate::sim::daemon) fn load_devices(&mut self, id: AdapterId) {
        for device in self.devices.ids::<DeviceId>().collect::<Vec<_>>() {
            if self.devices[device].adapter == id
                && let Some(stored) = self.devices[device].shelved.take()
            {
                self.make_record(device, Some(stored));
            }
        }
    }

    fn blocked(&mut self, id: AdapterId) {
        self.end_switching(id, &Refusal::blocked());
        // Recorded on 5.87, whose kernel drops the links before it goes off.
        self.lose_power(id, Reason::LocalHost);
        self.adapters[id].power = PowerState::Blocked;
        self.show_power_state(id);
    }

    fn unblocked(&mut self, id: AdapterId) {
        self.end_switching(id, &Refusal::blocked());
        self.adapters[id].power = PowerState::Off;
        self.switch(id, true, None);
    }

    /// A controller goes off without having been asked to.
    fn lose_power(&mut self, id: AdapterId, reason: Reason) {
        if self.adapters[id].power.is_on() {
            self.drop_all_links(id, reason);
            self.adapters[id].power = PowerState::Off;
            self.show_off(id);
        }
    }
}
