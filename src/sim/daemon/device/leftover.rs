//! What earlier clients and earlier bonds leave behind: a `Connect` that still pends, and a bond whose
//! keys only one side has.

use std::time::Duration;

use zbus::message::Message;

use super::{DeviceId, Reason};
use crate::bluez::ErrorKind;
use crate::sim::{
    bus::{Call, Line},
    daemon::{Daemon, Due},
    error::Bearer,
};

/// How long the device takes to say that it knows no key.
const NO_KEY: Duration = Duration::from_millis(80);
/// The line of a client that was there before the simulator; what is sent there, nobody hears.
const NOBODY: Line = Line(0);

impl Daemon {
    /// Begins with what the scene says earlier clients left.
    pub(in crate::sim) fn take_over(&mut self) {
        for id in self.devices.ids::<DeviceId>().collect::<Vec<_>>() {
            let spec = &self.devices[id].peer.spec;
            if spec.connecting {
                let lasting = spec.connecting_for;
                self.leave_connecting(id, lasting);
            }
        }
    }

    /// bluetoothd waits for a device on behalf of a client that is gone.
    fn leave_connecting(&mut self, id: DeviceId, lasting: Option<Duration>) {
        let Some(call) = self.call_of_nobody(id, "Connect") else { return };
        let timer = lasting.map(|after| self.timers.arm(after, Due::NotLinked(id, None)));
        if let Some(record) = self.record(id) {
            record.connect = Some(call);
            record.attempt = timer;
        }
    }

    /// A call of a device's method for whose answer nobody waits.
    pub(super) fn call_of_nobody(&self, id: DeviceId, member: &str) -> Option<Call> {
        let path = self.devices[id].path.as_str();
        let message = Message::method_call(path, member).build(&());
        message.ok().map(|message| Call::new(NOBODY, message))
    }

    /// Whether bluetoothd holds keys that the device has lost.
    pub(super) fn is_half_bonded(&self, id: DeviceId) -> bool {
        let device = &self.devices[id];
        let record = device.record.as_ref();
        device.peer.has_lost_keys
            && record.is_some_and(|record| record.stored.bonded[device.bearer()])
    }

    /// A link has come up that cannot be encrypted. On LE `Connect` succeeds, and the kernel ends the link
    /// before any service is resolved (recorded on 5.82); on BR/EDR the profile fails for want of a key
    /// (EBADE in `src/error.c`; read, not recorded).
    pub(super) fn encryption_fails(&mut self, id: DeviceId) {
        let refusal = self.connection_refusal(id, ErrorKind::KeyMissing);
        let bearer = self.devices[id].bearer();
        match self.record(id).and_then(|record| record.connect.take()) {
            Some(call) if bearer == Bearer::BrEdr => self.bus.refuse(&call, &refusal),
            Some(call) => self.bus.reply(&call, &()),
            None => {}
        }
        self.lose_link_after(id, bearer, NO_KEY, Reason::Authentication);
    }
}
