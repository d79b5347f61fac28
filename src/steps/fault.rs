//! What goes wrong with the bench itself while a step is at work, and which failures that explains.
//!
//! A device that does not answer while its adapter is unplugged has done nothing wrong. What happens to
//! the bench is noted as it is told; a failure that comes with it, or after it in the same attempt, is
//! the bench's, whatever error the step saw of it.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;
use tokio::time::Instant;

use super::Failure;
use crate::bluez::{Adapter, Change};
use crate::event::{BenchChange, Verdict};

/// A fault of the bench. In the order of what explains what: with bluetoothd, the adapter is gone too.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fault {
    /// The adapter was switched off, and not by this run.
    AdapterOff,
    /// The adapter was switched off by rfkill.
    Rfkill,
    /// The adapter's object went away: it was unplugged, or its driver gave up.
    AdapterGone,
    /// bluetoothd is on the bus and does not answer.
    BluezHung,
    /// bluetoothd left the bus.
    BluezGone,
    /// The bus itself went away.
    BusGone,
    /// The machine slept.
    Suspended,
}

impl Fault {
    const ALL: [Self; 7] = [
        Self::AdapterOff,
        Self::Rfkill,
        Self::AdapterGone,
        Self::BluezHung,
        Self::BluezGone,
        Self::BusGone,
        Self::Suspended,
    ];

    /// The kind of a cause that is this fault.
    pub(super) fn kind(self) -> &'static str {
        match self {
            Self::AdapterOff => "adapter-off",
            Self::Rfkill => "rfkill",
            Self::AdapterGone => "adapter-gone",
            Self::BluezHung => "bluez-hung",
            Self::BluezGone => "bluez-gone",
            Self::BusGone => "bus-gone",
            Self::Suspended => "suspended",
        }
    }

    fn of_kind(kind: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|fault| fault.kind() == kind)
    }

    /// What happened.
    fn told(self) -> &'static str {
        match self {
            Self::AdapterOff => "the adapter was switched off, and not by this plan",
            Self::Rfkill => "rfkill switched the adapter off",
            Self::AdapterGone => "the adapter went away",
            Self::BluezHung => "bluetoothd does not answer",
            Self::BluezGone => "bluetoothd left the bus",
            Self::BusGone => "the D-Bus bus went away",
            Self::Suspended => "the machine slept",
        }
    }

    /// What to do next.
    pub(super) fn hint(self) -> &'static str {
        match self {
            Self::AdapterOff => "which program switched it off? see `journalctl -u bluetooth`",
            Self::Rfkill => "see `rfkill list`, then `rfkill unblock bluetooth`",
            Self::AdapterGone => {
                "was it unplugged, or did its driver give up? see `bluetoothctl list` and `dmesg`"
            }
            Self::BluezHung => {
                "`systemctl restart bluetooth` helps for now; the rung `restart-bluez` of [recovery] does it"
            }
            Self::BluezGone => "see `systemctl status bluetooth` and `journalctl -u bluetooth`",
            Self::BusGone => "see `systemctl status dbus` and `journalctl -u dbus`",
            Self::Suspended => {
                "keep the machine awake: `systemd-inhibit --what=sleep bttest run …`"
            }
        }
    }

    /// A failure that came with this fault, as the bench's. One that says the same already stays, and so
    /// does one that the device has no part in.
    fn explain(self, mut failure: Failure) -> Failure {
        let lesser = match failure.verdict {
            Verdict::Fail => true,
            _ => {
                let known = Self::of_kind(&failure.cause.kind);
                known.is_some_and(|known| known < self) || failure.cause.kind == "no-reply"
            }
        };
        if !lesser {
            return failure;
        }
        failure.verdict = Verdict::Inconclusive;
        let cause = &mut *failure.cause;
        cause.message = format!("{}; what failed with it: {}", self.told(), cause.message);
        cause.kind = self.kind().to_owned();
        cause.hint = Some(self.hint().to_owned());
        failure
    }
}

/// What is known of the bench's own state.
#[derive(Debug, Default)]
pub(super) struct Health {
    /// When each fault was first told, since the attempt began.
    faults: RefCell<BTreeMap<Fault, Instant>>,
    /// The plan has switched the adapter off.
    off_by_plan: Cell<bool>,
    /// The plan has it that nobody here switches the adapter on who was not told to.
    power_left_alone: Cell<bool>,
    /// This run switches the adapter off and on, for recovery.
    cycling: Cell<bool>,
    /// Paths of adapters that are off, where that was told.
    off: RefCell<BTreeSet<String>>,
    /// bluetoothd did not answer when it was last asked.
    hung: Cell<bool>,
}

/// As long as it is there, the adapter goes off and on because this run wants it so.
pub(super) struct Cycling<'a>(&'a Cell<bool>);

impl Drop for Cycling<'_> {
    fn drop(&mut self) {
        self.0.set(false);
    }
}

impl Health {
    pub(super) fn off_by_plan(&self) -> &Cell<bool> {
        &self.off_by_plan
    }

    pub(super) fn power_left_alone(&self) -> &Cell<bool> {
        &self.power_left_alone
    }

    pub(super) fn hung(&self) -> &Cell<bool> {
        &self.hung
    }

    /// The adapter is about to be switched off and on, until what is returned is dropped.
    pub(super) fn cycling(&self) -> Cycling<'_> {
        self.cycling.set(true);
        Cycling(&self.cycling)
    }

    pub(super) fn note(&self, fault: Fault) {
        self.faults.borrow_mut().entry(fault).or_insert_with(Instant::now);
    }

    /// Forgets what was noted: an attempt begins.
    pub(super) fn clear(&self) {
        self.faults.borrow_mut().clear();
    }

    /// What a failure is, with all that was noted until then.
    pub(super) fn explain(&self, failure: Failure, until: Instant) -> Failure {
        let faults = self.faults.borrow();
        let gravest = faults.iter().rev().find(|(_, noted)| **noted <= until);
        match gravest {
            Some((fault, _)) => fault.explain(failure),
            None => failure,
        }
    }

    /// Notes what a change says of the bench, and tells what of it no other event does: that the adapter is
    /// off, or on again.
    pub(super) fn observe(&self, change: &Change, adapter: &Adapter) -> Option<BenchChange> {
        let fault = match change {
            Change::Gone => {
                self.hung.set(false);
                Fault::BluezGone
            }
            Change::BusGone => Fault::BusGone,
            Change::Removed { path, interface }
                if path == adapter.path() && interface == Adapter::INTERFACE =>
            {
                Fault::AdapterGone
            }
            Change::Property { path, property, value, .. } if path == adapter.path() => {
                match (property.as_str(), value) {
                    ("Powered", Some(Value::Bool(true))) => {
                        let was_off = self.off.borrow_mut().remove(path);
                        return was_off.then_some(BenchChange::AdapterOn);
                    }
                    _ if self.off_by_plan.get() || self.cycling.get() => return None,
                    ("PowerState", Some(state)) if state == "off-blocked" => Fault::Rfkill,
                    ("Powered", Some(Value::Bool(false))) => Fault::of_power_off(adapter),
                    _ => return None,
                }
            }
            _ => return None,
        };
        self.note(fault);
        let change = match fault {
            Fault::Rfkill => BenchChange::Rfkill,
            Fault::AdapterOff => BenchChange::AdapterOff,
            // What is not there is neither on nor off.
            _ => {
                self.off.borrow_mut().clear();
                return None;
            }
        };
        self.off.borrow_mut().insert(adapter.path().to_owned()).then_some(change)
    }
}

impl Fault {
    /// Why an adapter is off that is to be on.
    pub(super) fn of_power_off(adapter: &Adapter) -> Self {
        let state = adapter.property("PowerState");
        if state == Some(Value::from("off-blocked")) { Self::Rfkill } else { Self::AdapterOff }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn failed() -> Failure {
        Failure::fail("page-timeout", "connect failed", "is it on?")
    }

    #[test]
    fn the_gravest_fault_explains_a_failure_and_its_cause_is_still_told() {
        let health = Health::default();
        health.note(Fault::AdapterGone);
        health.note(Fault::BusGone);
        health.note(Fault::BluezGone);
        let failure = health.explain(failed(), Instant::now());
        assert_eq!(failure.verdict, Verdict::Inconclusive);
        assert_eq!(failure.cause.kind, "bus-gone");
        assert!(failure.cause.message.contains("connect failed"), "{failure:?}");
    }

    #[test]
    fn what_came_later_explains_nothing() {
        let health = Health::default();
        let before = Instant::now();
        std::thread::sleep(Duration::from_millis(2));
        health.note(Fault::Suspended);
        assert_eq!(health.explain(failed(), before), failed());
        health.clear();
        assert_eq!(health.explain(failed(), Instant::now()), failed());
    }

    #[test]
    fn an_interruption_is_no_fault_of_the_bench() {
        let health = Health::default();
        health.note(Fault::BluezGone);
        let interrupted = Failure::bench("interrupted", "Ctrl-C", "run it again");
        assert_eq!(health.explain(interrupted.clone(), Instant::now()), interrupted);
    }
}
