//! Over which bearer a dual-mode device is connected and paired: what a client prefers, what was used and heard last
//! (`select_conn_bearer`, `dev_connect` and `device_update_last_used` in `src/device.c`), and whether the kernel
//! connects it on LE as soon as it hears it (`device_set_auto_connect`).

use std::time::Duration;

use tokio::time::Instant;

use super::DeviceId;
use crate::sim::{
    bus::{Answer, Answered, Refusal},
    daemon::{Daemon, Due},
    error::Bearer,
    kernel::Happening,
    scene::{Operation, Version},
};

/// For how many seconds it counts on which bearer a device was heard (`SEEN_TRESHHOLD`).
const SEEN: u64 = 300;

/// What is preferred.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(in crate::sim) struct Preference {
    policy: Policy,
    /// The bearer that follows from it.
    bearer: Option<Bearer>,
}

/// A value of `PreferredBearer` (`doc/org.bluez.Device.rst`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Policy {
    #[default]
    LastUsed,
    Le,
    BrEdr,
    LastSeen,
}

impl Policy {
    const ALL: [Policy; 4] = [Policy::LastUsed, Policy::Le, Policy::BrEdr, Policy::LastSeen];

    fn word(self) -> &'static str {
        match self {
            Policy::LastUsed => "last-used",
            Policy::Le => "le",
            Policy::BrEdr => "bredr",
            Policy::LastSeen => "last-seen",
        }
    }
}

impl Preference {
    /// That of a device for which no client has chosen one: earlier releases do not look at what was used.
    pub(super) fn of(version: Version) -> Self {
        let policy = if version < Version::V5_87 { Policy::LastSeen } else { Policy::LastUsed };
        Preference { policy, bearer: None }
    }

    /// BlueZ's word for it.
    pub(super) fn word(self) -> &'static str {
        self.policy.word()
    }

    /// What a client wants, in BlueZ's word. The bearer that was used last stays the one that is preferred.
    fn turn(&mut self, word: &str) -> Option<Policy> {
        let policy = Policy::ALL.into_iter().find(|policy| policy.word() == word)?;
        self.policy = policy;
        match policy {
            Policy::LastUsed => {}
            Policy::Le => self.bearer = Some(Bearer::Le),
            Policy::BrEdr => self.bearer = Some(Bearer::BrEdr),
            Policy::LastSeen => self.bearer = None,
        }
        Some(policy)
    }
}

impl Daemon {
    /// The bearer on which a `Connect` of the whole device connects it.
    pub(super) fn bearer_to_connect(&self, id: DeviceId) -> Bearer {
        let device = &self.devices[id];
        if !device.is_dual() {
            return device.bearer();
        }
        let le = device.link_on(Bearer::Le);
        let Some(bredr) = device.link_on(Bearer::BrEdr) else {
            return if le.is_some() { Bearer::BrEdr } else { self.preferred_bearer(id) };
        };
        let is_used = bredr.has_profile || bredr.has_input || le.is_some_and(|le| le.is_resolved);
        let is_known = device
            .record
            .as_ref()
            .is_some_and(|record| record.stored.services[Bearer::BrEdr].is_some());
        if is_known && is_used { Bearer::Le } else { Bearer::BrEdr }
    }

    /// The bearer on which a device is paired: of two, the one on which it is not bonded.
    pub(super) fn bearer_to_pair(&self, id: DeviceId) -> Bearer {
        let device = &self.devices[id];
        let bonded = device.record.as_ref().map(|record| record.stored.bonded);
        match bonded.filter(|_| device.is_dual()) {
            None => device.bearer(),
            Some(bonded) if bonded[Bearer::BrEdr] => Bearer::Le,
            Some(bonded) if bonded[Bearer::Le] => Bearer::BrEdr,
            Some(_) => self.preferred_bearer(id),
        }
    }

    /// The bearer of a dual-mode device that is preferred, or the only bonded one, or was heard last; of one that
    /// advertises, both were.
    fn preferred_bearer(&self, id: DeviceId) -> Bearer {
        let Some(record) = &self.devices[id].record else { return Bearer::Le };
        let (preferred, bonded) = (record.stored.preference.bearer, record.stored.bonded);
        let (bredr, le) = (bonded[Bearer::BrEdr], bonded[Bearer::Le]);
        if preferred == Some(Bearer::BrEdr) || (bredr && !le) {
            return Bearer::BrEdr;
        }
        if preferred == Some(Bearer::Le) || (le && !bredr) {
            return Bearer::Le;
        }
        let seen = |bearer| {
            let ago = record.seen[bearer].map(|at| at.elapsed().as_secs());
            ago.filter(|ago| *ago <= SEEN)
        };
        match (seen(Bearer::BrEdr), seen(Bearer::Le)) {
            (Some(bredr), Some(le)) if bredr > le => Bearer::Le,
            (Some(_), _) => Bearer::BrEdr,
            (None, _) => Bearer::Le,
        }
    }

    /// A device was heard of on a bearer.
    pub(super) fn seen_on(&mut self, id: DeviceId, bearer: Bearer) {
        if let Some(record) = self.record(id) {
            record.seen[bearer] = Some(Instant::now());
        }
    }

    /// A device is connected on a bearer.
    pub(super) fn used_last(&mut self, id: DeviceId, bearer: Bearer) {
        if !self.devices[id].is_dual() {
            return;
        }
        let Some(record) = self.record(id) else { return };
        if record.stored.preference.policy != Policy::LastUsed {
            return;
        }
        match (record.stored.preference.bearer.replace(bearer), bearer) {
            (Some(Bearer::Le), Bearer::BrEdr) => self.set_auto_connect(id, false),
            (Some(Bearer::BrEdr), Bearer::Le) => self.set_auto_connect(id, true),
            _ => {}
        }
    }

    /// A client sets `PreferredBearer`.
    pub(super) fn prefer(&mut self, id: DeviceId, word: &str) -> Answered {
        let knows_used = self.version >= Version::V5_87 || word != Policy::LastUsed.word();
        let Some(record) = self.record(id).filter(|_| knows_used) else {
            return Err(Refusal::invalid_arguments());
        };
        if record.stored.preference.word() == word {
            return Ok(Answer::Empty);
        }
        let policy = record.stored.preference.turn(word).ok_or_else(Refusal::invalid_arguments)?;
        match policy {
            Policy::BrEdr => self.set_auto_connect(id, false),
            Policy::Le => self.set_auto_connect(id, true),
            Policy::LastUsed | Policy::LastSeen => {}
        }
        self.show_device(id, "PreferredBearer", Some(policy.word().into()));
        Ok(Answer::Empty)
    }

    /// `Disconnect` of a device that is not trusted keeps it from being connected by the kernel, until `Connect` on LE.
    pub(super) fn keeps_away(&mut self, id: DeviceId) {
        let Some(record) = self.record(id) else { return };
        if record.auto_connect && !record.stored.trusted {
            record.auto_connect_disabled = true;
            self.set_auto_connect(id, false);
        }
    }

    /// A client connects a device on LE again.
    pub(super) fn lets_connect(&mut self, id: DeviceId) {
        let disabled = self.record(id).map(|record| &mut record.auto_connect_disabled);
        if disabled.is_some_and(std::mem::take) {
            self.set_auto_connect(id, true);
        }
    }

    fn set_auto_connect(&mut self, id: DeviceId, on: bool) {
        let Some(record) = self.record(id) else { return };
        if std::mem::replace(&mut record.auto_connect, on) == on {
            return;
        }
        let waiting = record.auto_connecting.take();
        if let Some(timer) = waiting {
            self.timers.disarm(timer);
        }
        self.done(Happening::Listed(id.on(Bearer::Le), on));
        self.awaits_advertisement(id);
    }

    /// The kernel connects a device on LE when it hears it, if it is to.
    pub(in crate::sim::daemon) fn awaits_advertisement(&mut self, id: DeviceId) {
        let device = &mut self.devices[id];
        let is_up = device.is_up_on(Bearer::Le);
        let awaits =
            |record: &super::Record| record.auto_connect && record.auto_connecting.is_none();
        if is_up || !device.record.as_ref().is_some_and(awaits) {
            return;
        }
        let after = device.peer.appears_after() + device.peer.takes(Operation::Connect);
        self.awaits_for(id, after);
    }

    fn awaits_for(&mut self, id: DeviceId, after: Duration) {
        let timer = self.timers.arm(after, Due::AutoConnects(id));
        if let Some(record) = self.record(id) {
            record.auto_connecting = Some(timer);
        }
    }

    /// A device that the kernel is to connect has been heard, if it is there. Its return, and that of the adapter's
    /// power, begin anew.
    pub(in crate::sim::daemon) fn auto_connects(&mut self, id: DeviceId) {
        let is_on = self.adapter_of(id).power.is_on();
        let device = &mut self.devices[id];
        let is_up = device.is_up_on(Bearer::Le);
        let Some(record) = &mut device.record else { return };
        record.auto_connecting = None;
        let is_busy =
            record.attempt.is_some() || record.connect.is_some() || record.bonding.is_some();
        let is_there = device.peer.is_present() && device.peer.spec.connectable;
        if is_up || !is_on || !is_there || record.stored.blocked {
            return;
        }
        if is_busy {
            let after = device.peer.heard_every().max(Duration::from_millis(1));
            return self.awaits_for(id, after);
        }
        self.link_came_up(id, Bearer::Le);
        if let Some(link) = self.link_mut(id, Bearer::Le) {
            link.is_unasked = true;
        }
        self.resolve_services(id, Bearer::Le);
    }
}
