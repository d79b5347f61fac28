//! Switching an adapter on and off: a request to the kernel that takes its time, is refused while
//! another is under way, and takes every link and every passing acquaintance with it.

use super::{ADAPTER, Adapter, AdapterId, Setting};
use crate::sim::{
    bus::{Answer, Answered, Call, Refusal},
    daemon::{Daemon, Due, Reason},
    scene,
    scene::Operation,
};

/// The power of an adapter (`PowerState` in `doc/org.bluez.Adapter.rst`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::sim) enum PowerState {
    On,
    Off,
    /// On its way to on.
    Enabling,
    /// On its way to off.
    Disabling,
    /// rfkill holds it off.
    Blocked,
}

impl PowerState {
    pub(super) fn at_start(spec: &scene::Adapter) -> Self {
        match spec {
            scene::Adapter { blocked: true, .. } => PowerState::Blocked,
            scene::Adapter { powered: true, .. } => PowerState::On,
            _ => PowerState::Off,
        }
    }

    /// Whether it works: on its way to off it still does.
    pub(in crate::sim) fn is_on(self) -> bool {
        matches!(self, PowerState::On | PowerState::Disabling)
    }

    pub(super) fn word(self) -> &'static str {
        match self {
            PowerState::On => "on",
            PowerState::Off => "off",
            PowerState::Enabling => "off-enabling",
            PowerState::Disabling => "on-disabling",
            PowerState::Blocked => "off-blocked",
        }
    }
}

impl Adapter {
    fn power_is_changing(&self) -> bool {
        self.pending.contains(&Setting::Powered)
    }
}

impl Daemon {
    pub(super) fn set_powered(&mut self, id: AdapterId, on: bool, call: &Call) -> Answered {
        let adapter = &mut self.adapters[id];
        if adapter.power_is_changing() {
            return Err(Refusal::property_busy());
        }
        if on == adapter.power.is_on() {
            return Ok(Answer::Empty);
        }
        if let Some(answer) = self.adapter_fault(id, Operation::Power) {
            return answer;
        }
        if !on {
            self.clear_discoverable(id);
            self.remove_temporary_devices(id);
        }
        let adapter = &mut self.adapters[id];
        adapter.pending.push(Setting::Powered);
        let after = adapter.takes(adapter.spec.power);
        if adapter.power != PowerState::Blocked {
            adapter.power = if on { PowerState::Enabling } else { PowerState::Disabling };
            self.show_power_state(id);
        }
        self.timers.arm(after, Due::Powered(id, on, call.clone()));
        Ok(Answer::Later)
    }

    /// The kernel has switched an adapter on or off, or refuses to.
    pub(in crate::sim) fn powered(&mut self, id: AdapterId, on: bool, call: &Call) {
        self.adapters[id].pending.retain(|setting| *setting != Setting::Powered);
        if self.adapters[id].power == PowerState::Blocked {
            let blocked = Refusal::new("org.bluez.Error.Blocked", "Blocked through rfkill");
            self.bus.refuse(call, &blocked);
            return;
        }
        if !on {
            // The kernel drops the links before it answers.
            for device in self.known_devices(id) {
                self.link_ended(device, Reason::LocalHost);
                self.forsake(device);
            }
        }
        self.bus.reply(call, &());
        self.adapters[id].power = if on { PowerState::On } else { PowerState::Off };
        self.show_power_state(id);
        self.show_adapter(id, "Powered", on.into());
        if !on {
            self.end_all_discoveries(id);
            let path = self.adapters[id].path.clone();
            self.bus.tree.touch(&path, &ADAPTER, "Discovering");
            self.show_adapter(id, "Discovering", false.into());
            // bluetoothd takes the class for gone, and the kernel does not tell it again.
            self.show_adapter(id, "Class", 0_u32.into());
        }
    }

    fn show_power_state(&mut self, id: AdapterId) {
        let word = self.adapters[id].power.word();
        self.show_adapter(id, "PowerState", word.into());
    }

    fn remove_temporary_devices(&mut self, id: AdapterId) {
        for device in self.known_devices(id) {
            if self.devices[device].is_temporary() {
                self.forget(device);
            }
        }
    }
}
