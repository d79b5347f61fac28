//! Switching an adapter on and off: a request to the kernel that takes its time, is refused while
//! another is under way, and takes every link and every passing acquaintance with it.

use super::{ADAPTER, AdapterId};
use crate::sim::{
    bus::{Answer, Answered, Call, Refusal},
    daemon::{Daemon, Due, Reason},
    kernel::Happening,
    radio::Controller,
    scene,
    scene::Operation,
    timers::TimerId,
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
    pub(super) fn at_start(spec: &scene::Adapter, controller: &Controller) -> Self {
        match spec.powered {
            _ if controller.is_blocked() => PowerState::Blocked,
            true => PowerState::On,
            false => PowerState::Off,
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

/// A switching on or off that the kernel has not carried out yet.
pub(super) struct Switching {
    ends: TimerId,
    /// Who asked for it, unless bluetoothd itself did.
    call: Option<Call>,
}

impl Daemon {
    pub(super) fn set_powered(&mut self, id: AdapterId, on: bool, call: &Call) -> Answered {
        let adapter = &mut self.adapters[id];
        if adapter.switching.is_some() {
            return Err(Refusal::property_busy());
        }
        if on == adapter.power.is_on() {
            return Ok(Answer::Empty);
        }
        if let Some(answer) = self.adapter_fault(id, Operation::Power) {
            return answer;
        }
        if !on {
            self.monitors_power_down(id);
            self.clear_discoverable(id);
            self.remove_temporary_devices(id);
        }
        self.switch(id, on, Some(call.clone()));
        Ok(Answer::Later)
    }

    /// Asks the kernel to switch an adapter on or off.
    pub(super) fn switch(&mut self, id: AdapterId, on: bool, call: Option<Call>) {
        let adapter = &mut self.adapters[id];
        let after = adapter.takes(adapter.spec.power);
        if adapter.power != PowerState::Blocked {
            adapter.power = if on { PowerState::Enabling } else { PowerState::Disabling };
            self.show_power_state(id);
        }
        let ends = self.timers.arm(after, Due::Powered(id, on));
        self.adapters[id].switching = Some(Switching { ends, call });
    }

    /// Whatever switching is under way comes to nothing, and who asked for it hears so.
    pub(super) fn end_switching(&mut self, id: AdapterId, refusal: &Refusal) {
        if let Some(Switching { ends, call }) = self.adapters[id].switching.take() {
            self.timers.disarm(ends);
            if let Some(call) = call {
                self.bus.refuse(&call, refusal);
            }
        }
    }

    /// The kernel has switched an adapter on or off, or refuses to.
    pub(in crate::sim) fn powered(&mut self, id: AdapterId, on: bool) {
        if self.adapters[id].power == PowerState::Blocked {
            return self.end_switching(id, &Refusal::blocked());
        }
        let switching = self.adapters[id].switching.take();
        if !on {
            self.drop_all_links(id, Reason::LocalHost);
        }
        self.done(Happening::Powered(id.0, on));
        if let Some(call) = switching.and_then(|switching| switching.call) {
            self.bus.reply(&call, &());
        }
        self.adapters[id].power = if on { PowerState::On } else { PowerState::Off };
        self.show_power_state(id);
        if !on {
            return self.show_off(id);
        }
        self.show_adapter(id, "Powered", true.into());
        for device in self.known_devices(id) {
            self.awaits_advertisement(device);
        }
        if std::mem::take(&mut self.adapters[id].class_is_due) {
            self.bus.flush();
            let class = self.adapters[id].spec.class | self.audio_class(id);
            self.show_adapter(id, "Class", class.into());
        }
    }

    /// The kernel drops the links of an adapter before it answers.
    pub(in crate::sim::daemon) fn drop_all_links(&mut self, id: AdapterId, reason: Reason) {
        for device in self.known_devices(id) {
            self.links_ended(device, reason);
            self.forsake(device);
        }
    }

    /// Shows an adapter that is off.
    pub(in crate::sim::daemon) fn show_off(&mut self, id: AdapterId) {
        self.show_adapter(id, "Powered", false.into());
        self.end_all_discoveries(id);
        let path = self.adapters[id].path.clone();
        self.bus.tree.touch(&path, &ADAPTER, "Discovering");
        self.show_adapter(id, "Discovering", false.into());
        // bluetoothd takes the class for gone, and the kernel does not tell it again.
        self.show_adapter(id, "Class", 0_u32.into());
    }

    pub(super) fn show_power_state(&mut self, id: AdapterId) {
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
