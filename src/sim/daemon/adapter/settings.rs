//! The adapter's settings that a client may change: alias, discoverable, connectable, pairable and
//! their timeouts. The kernel keeps most of them, so that the reply comes before the change shows.

use std::time::Duration;

use super::{ADAPTER, AdapterId, KERNEL};
use crate::sim::{
    bus::{Answer, Answered, Call, Refusal, Value},
    daemon::{Daemon, Due},
    kernel::{Happening, Mode},
};

/// A setting that the kernel keeps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::sim) enum Setting {
    Discoverable,
    Connectable,
    Pairable,
}

impl Daemon {
    /// Changes a property of an adapter for a client; its type has been checked.
    pub(in crate::sim) fn set_adapter(
        &mut self,
        id: AdapterId,
        property: &str,
        value: Value,
        call: &Call,
    ) -> Answered {
        match (property, value) {
            ("Powered", Value::Bool(on)) => self.set_powered(id, on, call),
            ("Alias", Value::Str(alias)) => self.set_adapter_alias(id, alias.as_str()),
            ("Discoverable", Value::Bool(on)) => self.set_discoverable(id, on, call),
            ("Connectable", Value::Bool(on)) => self.set_mode(id, Setting::Connectable, on, call),
            ("Pairable", Value::Bool(on)) => self.set_mode(id, Setting::Pairable, on, call),
            ("DiscoverableTimeout", Value::U32(seconds)) => {
                self.bus.reply(call, &());
                self.adapters[id].discoverable_timeout = seconds;
                self.repeat_on_bus(id, "DiscoverableTimeout", seconds);
                self.end_discoverable_in_time(id);
                Ok(Answer::Later)
            }
            ("PairableTimeout", Value::U32(seconds)) => {
                self.bus.reply(call, &());
                self.adapters[id].pairable_timeout = seconds;
                self.repeat_on_bus(id, "PairableTimeout", seconds);
                self.end_pairable_in_time(id);
                Ok(Answer::Later)
            }
            _ => Err(Refusal::invalid_arguments()),
        }
    }

    /// Shows a property of an adapter.
    pub(in crate::sim) fn show_adapter(&mut self, id: AdapterId, property: &str, value: Value) {
        let path = self.adapters[id].path.clone();
        self.bus.tree.set(&path, &ADAPTER, property, Some(value));
    }

    /// Shows a property that bluetoothd reports even when it is what it was.
    fn repeat_on_bus(&mut self, id: AdapterId, property: &str, seconds: u32) {
        self.show_adapter(id, property, seconds.into());
        let path = self.adapters[id].path.clone();
        self.bus.tree.touch(&path, &ADAPTER, property);
    }

    fn set_adapter_alias(&mut self, id: AdapterId, alias: &str) -> Answered {
        let adapter = &mut self.adapters[id];
        let alias = (!alias.is_empty()).then(|| alias.to_owned());
        if adapter.alias != alias {
            adapter.alias = alias;
            self.kernel(Due::AliasSet(id));
        }
        Ok(Answer::Empty)
    }

    /// The kernel has taken an adapter's new name.
    pub(in crate::sim) fn alias_set(&mut self, id: AdapterId) {
        self.tell_alias(id);
        let alias = self.adapters[id].shown_alias();
        self.show_adapter(id, "Alias", alias.into());
    }

    /// The name of an adapter goes to the kernel.
    pub(in crate::sim::daemon) fn tell_alias(&mut self, id: AdapterId) {
        let alias = self.adapters[id].shown_alias();
        self.done(Happening::Named(id.0, alias));
    }

    /// Somebody else has given an adapter a name: recorded, it is its alias from then on.
    pub(in crate::sim::daemon) fn renamed(&mut self, id: AdapterId, name: &str) {
        self.adapters[id].alias = Some(name.to_owned());
        self.show_adapter(id, "Alias", name.to_owned().into());
    }

    /// Somebody else has changed a setting; bluetoothd's own limits in time are not those of others.
    pub(in crate::sim::daemon) fn set_by_other(
        &mut self,
        id: AdapterId,
        setting: Setting,
        on: bool,
    ) {
        let adapter = &mut self.adapters[id];
        let (kept, property) = match setting {
            Setting::Discoverable => (&mut adapter.discoverable, "Discoverable"),
            Setting::Connectable => (&mut adapter.connectable, "Connectable"),
            Setting::Pairable => (&mut adapter.pairable, "Pairable"),
        };
        *kept = on;
        let ends = adapter.discoverable_ends.take_if(|_| !on && setting == Setting::Discoverable);
        if let Some(timer) = ends {
            self.timers.disarm(timer);
        }
        self.show_adapter(id, property, on.into());
        if setting == Setting::Pairable {
            self.end_pairable_in_time(id);
        }
    }

    fn set_discoverable(&mut self, id: AdapterId, on: bool, call: &Call) -> Answered {
        let adapter = &self.adapters[id];
        if adapter.discoverable_timeout > 0 && !adapter.power.is_on() {
            return Err(Refusal::failed("Not Powered"));
        }
        if on && !adapter.discoverable && !adapter.connectable {
            // Nobody can find what nobody can connect to: that is switched on first.
            self.timers.arm(KERNEL / 2, Due::Set(id, Setting::Connectable, true, None));
        }
        self.set_mode(id, Setting::Discoverable, on, call)
    }

    fn set_mode(&mut self, id: AdapterId, setting: Setting, on: bool, call: &Call) -> Answered {
        let adapter = &mut self.adapters[id];
        if adapter.pending.contains(&setting) {
            return Err(Refusal::property_busy());
        }
        if adapter.setting(setting) == on {
            return Ok(Answer::Empty);
        }
        adapter.pending.push(setting);
        self.kernel(Due::Set(id, setting, on, Some(call.clone())));
        Ok(Answer::Later)
    }

    /// The kernel has changed a setting.
    pub(in crate::sim) fn mode_set(
        &mut self,
        id: AdapterId,
        setting: Setting,
        on: bool,
        call: Option<&Call>,
    ) {
        if let Some(call) = call {
            self.adapters[id].pending.retain(|pending| *pending != setting);
            self.bus.reply(call, &());
        }
        match setting {
            Setting::Discoverable if on => {
                self.done(Happening::Set(id.0, Mode::Discoverable, true));
                self.adapters[id].discoverable = true;
                self.show_adapter(id, "Discoverable", true.into());
                self.end_discoverable_in_time(id);
                self.seen_by_devices(id);
            }
            // bluetoothd asks for the end of both at once.
            Setting::Discoverable => self.hide(id),
            Setting::Connectable if !on => self.hide(id),
            Setting::Connectable => {
                self.done(Happening::Set(id.0, Mode::Connectable, true));
                self.adapters[id].connectable = true;
                self.show_adapter(id, "Connectable", true.into());
            }
            Setting::Pairable => {
                self.done(Happening::Set(id.0, Mode::Bondable, on));
                self.adapters[id].pairable = on;
                self.show_adapter(id, "Pairable", on.into());
                self.end_pairable_in_time(id);
            }
        }
    }

    fn hide(&mut self, id: AdapterId) {
        // Being found ends with it.
        self.done(Happening::Set(id.0, Mode::Connectable, false));
        self.adapters[id].discoverable = false;
        self.adapters[id].connectable = false;
        self.show_adapter(id, "Discoverable", false.into());
        self.show_adapter(id, "Connectable", false.into());
        self.end_discoverable_in_time(id);
    }

    /// Switching off ends a time-limited visibility, before anything else shows.
    pub(super) fn clear_discoverable(&mut self, id: AdapterId) {
        let adapter = &self.adapters[id];
        if adapter.discoverable && adapter.discoverable_timeout > 0 {
            self.timers.arm(KERNEL / 2, Due::Set(id, Setting::Connectable, false, None));
        }
    }

    /// The first agent makes every adapter pairable, the last one to go ends that.
    pub(in crate::sim) fn agents_came_or_went(&mut self, is_any: bool) {
        // bluetoothd keeps its adapters the last first.
        let ids: Vec<_> = self.adapters.ids().collect();
        for id in ids.into_iter().rev() {
            if self.adapters[id].pairable != is_any {
                self.kernel(Due::Set(id, Setting::Pairable, is_any, None));
            }
        }
    }

    fn end_discoverable_in_time(&mut self, id: AdapterId) {
        let adapter = &mut self.adapters[id];
        let seconds = adapter.discoverable_timeout;
        let counts = adapter.discoverable && seconds > 0;
        if let Some(timer) = adapter.discoverable_ends.take() {
            self.timers.disarm(timer);
        }
        let limit = if counts { seconds } else { 0 };
        self.done(Happening::DiscoverableFor(id.0, limit));
        if counts {
            let timer = self.timers.arm(Duration::from_secs(seconds.into()), Due::Hidden(id));
            self.adapters[id].discoverable_ends = Some(timer);
        }
    }

    /// The time for being found is over.
    pub(in crate::sim) fn hidden(&mut self, id: AdapterId) {
        self.done(Happening::Set(id.0, Mode::Discoverable, false));
        self.adapters[id].discoverable_ends = None;
        self.adapters[id].discoverable = false;
        self.show_adapter(id, "Discoverable", false.into());
    }

    fn end_pairable_in_time(&mut self, id: AdapterId) {
        let adapter = &mut self.adapters[id];
        let seconds = adapter.pairable_timeout;
        let counts = adapter.pairable && seconds > 0;
        if let Some(timer) = adapter.pairable_ends.take() {
            self.timers.disarm(timer);
        }
        if counts {
            let due = Due::Set(id, Setting::Pairable, false, None);
            let timer = self.timers.arm(Duration::from_secs(seconds.into()), due);
            self.adapters[id].pairable_ends = Some(timer);
        }
    }
}

impl super::Adapter {
    pub(in crate::sim::daemon) fn discoverable(&self) -> bool {
        self.discoverable
    }

    pub(in crate::sim::daemon) fn connectable(&self) -> bool {
        self.connectable
    }

    pub(in crate::sim::daemon) fn pairable(&self) -> bool {
        self.pairable
    }

    fn setting(&self, setting: Setting) -> bool {
        match setting {
            Setting::Discoverable => self.discoverable,
            Setting::Connectable => self.connectable,
            Setting::Pairable => self.pairable,
        }
    }
}
