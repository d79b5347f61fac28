//! The making of a link: a while of waiting, then it is up, or the device did not answer.

use std::time::Duration;

use super::DeviceId;
use crate::bluez::ErrorKind;
use crate::sim::{
    bus::Refusal,
    daemon::{Daemon, Due, Reason},
    error::{self, Bearer},
    kernel::{Happening, Unanswered},
    scene::{Effect, Failure, Operation},
    timers::TimerId,
};

/// How long bluetoothd waits for an LE device that does not advertise, to connect and to pair with
/// it: recorded.
const LE_TIMEOUT: Duration = Duration::from_millis(41_900);
const LE_PAIRING_TIMEOUT: Duration = Duration::from_millis(120_400);
/// How long a page takes that nobody answers (the controllers' usual page timeout, 0x2000 slots).
const PAGE_TIMEOUT: Duration = Duration::from_millis(5120);
/// How soon the kernel turns down a blocked device: recorded.
const BLOCKED: Duration = Duration::from_millis(150);

impl Daemon {
    /// Starts to make a link. A fault's effect decides what comes of it.
    pub(in crate::sim::daemon) fn attempt(&mut self, id: DeviceId, effect: Option<Effect>) {
        let takes = self.devices[id].peer.takes(Operation::Connect);
        let (after, due) = match effect {
            Some(Effect::Error(Failure::Kind(ErrorKind::PageTimeout))) => {
                (self.patience(id), Due::NotLinked(id, None))
            }
            Some(Effect::Error(failure)) => (takes, Due::NotLinked(id, Some(failure))),
            Some(Effect::DropsAfter(time)) => (takes, Due::Linked(id, Some(time))),
            _ if self.is_blocked(id) => (BLOCKED, Due::NotLinked(id, None)),
            _ if self.is_deaf_to(id) => self.in_vain_or_late(id, takes),
            _ if self.devices[id].peer.misses() => (self.patience(id), Due::NotLinked(id, None)),
            _ => (takes, Due::Linked(id, None)),
        };
        let timer = self.timers.arm(after, due);
        // On 5.66 a device is paired while it is being connected.
        let earlier = self.record(id).and_then(|record| record.attempt.replace(timer));
        if let Some(earlier) = earlier {
            self.timers.disarm(earlier);
        }
    }

    /// Whether there is neither a link with a device nor one under way.
    pub(in crate::sim::daemon) fn is_unconnected(&self, id: DeviceId) -> bool {
        let device = &self.devices[id];
        let is_known = device.record.as_ref().is_some_and(|record| record.attempt.is_none());
        is_known && !device.is_connected()
    }

    /// A device that cannot be reached: it fails when the patience ends, unless the device is back
    /// before; the controller goes on looking for it. Pairing is known only to fail: recorded.
    fn in_vain_or_late(&self, id: DeviceId, takes: Duration) -> (Duration, Due) {
        let (device, patience) = (&self.devices[id], self.patience(id));
        let can_come = device.peer.spec.connectable && !self.is_pairing(id);
        match device.peer.returns_in().filter(|_| can_come) {
            Some(back) if back + takes < patience => (back + takes, Due::Linked(id, None)),
            _ => (patience, Due::NotLinked(id, None)),
        }
    }

    /// Whether a device cannot be reached.
    fn is_deaf_to(&self, id: DeviceId) -> bool {
        let peer = &self.devices[id].peer;
        !peer.is_present() || !peer.spec.connectable
    }

    /// Whether a client of bluetoothd's pairs with a device.
    pub(in crate::sim::daemon) fn is_pairing(&self, id: DeviceId) -> bool {
        let record = self.devices[id].record.as_ref();
        record.is_some_and(|record| record.bonding.is_some())
    }

    /// Whether the bench itself keeps a device away.
    fn is_blocked(&self, id: DeviceId) -> bool {
        self.devices[id].record.as_ref().is_some_and(|record| record.stored.blocked)
    }

    /// How long bluetoothd waits for a device.
    fn patience(&self, id: DeviceId) -> Duration {
        match self.devices[id].bearer() {
            Bearer::Le if self.is_pairing(id) => LE_PAIRING_TIMEOUT,
            Bearer::Le => LE_TIMEOUT,
            Bearer::BrEdr => PAGE_TIMEOUT,
        }
    }

    /// The device has answered, or left while it was waited for.
    pub(in crate::sim) fn linked(&mut self, id: DeviceId, drops_after: Option<Duration>) {
        if self.is_deaf_to(id) {
            let timer = self.timers.arm(self.patience(id), Due::NotLinked(id, None));
            if let Some(record) = self.record(id) {
                record.attempt = Some(timer);
            }
            return;
        }
        self.end_attempt(id);
        let bearer = self.devices[id].bearer();
        self.link_came_up(id, bearer);
        if let Some(time) = drops_after {
            self.lose_link_after(id, bearer, time, Reason::Timeout);
        }
        if self.is_half_bonded(id) {
            return self.encryption_fails(id);
        }
        self.connected(id, bearer);
    }

    /// The device has not answered, or a fault says so.
    pub(in crate::sim) fn not_linked(&mut self, id: DeviceId, failure: Option<&Failure>) {
        self.end_attempt(id);
        self.tell_unanswered(id, failure);
        let on_pair = match self.devices[id].bearer() {
            Bearer::Le => ErrorKind::AuthenticationTimeout,
            Bearer::BrEdr => ErrorKind::PageTimeout,
        };
        let on_pair = error::pairing(on_pair);
        let unanswered = Failure::Kind(ErrorKind::PageTimeout);
        let failure = failure.unwrap_or(&unanswered);
        let on_connect = self.refusal(failure, Operation::Connect, Some(id));
        let is_of_bearer = self.bearer_not_connected(id, self.devices[id].bearer(), &on_connect);
        if !is_of_bearer && self.falls_back_to_le(id, failure) {
            return;
        }
        if let Some(call) = self.record(id).and_then(|record| record.connect.take()) {
            self.bus.refuse(&call, &on_connect);
        }
        self.bonding_failed(id, &on_pair);
    }

    /// The kernel tells of links that do not come about; of those that it does not even try to make, it does not.
    fn tell_unanswered(&mut self, id: DeviceId, failure: Option<&Failure>) {
        let why = match (failure, self.devices[id].bearer()) {
            _ if self.is_blocked(id) => return,
            (None | Some(Failure::Kind(ErrorKind::PageTimeout)), Bearer::Le) => Unanswered::GivenUp,
            (None | Some(Failure::Kind(ErrorKind::PageTimeout)), Bearer::BrEdr) => {
                Unanswered::PageTimeout
            }
            (Some(_), _) => Unanswered::Failed,
        };
        let bearer = self.devices[id].bearer();
        self.done(Happening::NotConnected(id.on(bearer), why));
    }

    /// A dual-mode device that does not answer a page is connected on LE instead (`device_profile_connected`,
    /// `browse_request_complete`). Whether it is.
    fn falls_back_to_le(&mut self, id: DeviceId, failure: &Failure) -> bool {
        let device = &self.devices[id];
        let can =
            device.is_dual() && device.bearer() == Bearer::BrEdr && !device.is_up_on(Bearer::Le);
        let is_silent = *failure == Failure::Kind(ErrorKind::PageTimeout);
        let Some(record) = self.record(id).filter(|_| can && is_silent) else { return false };
        if record.connect.is_none() || record.wanted.is_some() || record.bonding.is_some() {
            return false;
        }
        if record.stored.services[Bearer::BrEdr].is_none() {
            // The `Connect` was that of the services' discovery, and has no answer (read, `browse_request_complete`).
            record.connect = None;
        }
        self.turn_to(id, Bearer::Le);
        self.attempt(id, None);
        true
    }

    /// The adapter is off: what was under way with a device fails.
    pub(in crate::sim) fn forsake(&mut self, id: DeviceId) {
        if let Some(timer) = self.end_attempt(id) {
            self.timers.disarm(timer);
        }
        let refusal = self.connection_refusal(id, ErrorKind::AbortedByLocal);
        self.bearer_not_connected(id, self.devices[id].bearer(), &refusal);
        if let Some(call) = self.record(id).and_then(|record| record.connect.take()) {
            self.bus.refuse(&call, &refusal);
        }
        self.bonding_failed(id, &error::pairing(ErrorKind::AuthenticationFailed));
    }

    pub(super) fn end_attempt(&mut self, id: DeviceId) -> Option<TimerId> {
        self.record(id).and_then(|record| record.attempt.take())
    }

    /// Why a connection to this device fails, in this bluetoothd's words.
    pub(in crate::sim::daemon) fn connection_refusal(
        &self,
        id: DeviceId,
        kind: ErrorKind,
    ) -> Refusal {
        error::connecting(kind, self.devices[id].bearer(), self.version)
    }
}
