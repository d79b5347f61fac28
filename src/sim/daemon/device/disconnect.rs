//! `Disconnect` and `RemoveDevice`: bluetoothd lets two seconds pass before it drops a link
//! (`device_request_disconnect` in `src/device.c`), and whoever asks meanwhile waits with the
//! first.

use super::DeviceId;
use crate::bluez::ErrorKind;
use crate::sim::{
    bus::{Answer, Answered, Call, Refusal},
    daemon::{Daemon, Due, network::Told},
    kernel::{Happening, Unanswered},
    scene::{Effect, Operation},
};

impl Daemon {
    pub(super) fn disconnect(&mut self, id: DeviceId, call: &Call) -> Answered {
        match self.device_fault(id, Operation::Disconnect) {
            Ok(Some(Effect::Error(failure))) => {
                return Err(self.refusal(&failure, Operation::Disconnect, Some(id)));
            }
            Ok(_) => {}
            Err(answer) => return answer,
        }
        self.keeps_away(id);
        self.request_disconnect(id, Some(call))
    }

    /// Removes a device for a client: at once, or when its link is down.
    pub(in crate::sim) fn remove(&mut self, id: DeviceId, call: &Call) -> Answered {
        self.set_temporary(id, true);
        if self.devices[id].is_connected() {
            return self.request_disconnect(id, Some(call));
        }
        self.remove_bond(id);
        self.forget(id);
        Ok(Answer::Empty)
    }

    /// bluetoothd throws its keys away; the device keeps its own, which are then worth nothing.
    pub(super) fn remove_bond(&mut self, id: DeviceId) {
        self.devices[id].peer.bonded = false;
        for bearer in self.devices[id].bearers() {
            self.done(Happening::Unpaired(id.on(*bearer)));
        }
    }

    /// Ends whatever is under way with a device and drops its link, in time.
    pub(super) fn request_disconnect(&mut self, id: DeviceId, call: Option<&Call>) -> Answered {
        let Some(record) = self.record(id) else {
            return Err(Refusal::does_not_exist());
        };
        let connect = record.connect.take();
        let attempt = record.attempt.take();
        let is_up = record.is_up();
        let is_dropping = record.dropping.is_some();
        if is_up {
            record.disconnects.extend(call.cloned());
        }
        if let Some(timer) = attempt {
            self.timers.disarm(timer);
            let bearer = self.devices[id].bearer();
            self.done(Happening::NotConnected(id.on(bearer), Unanswered::GivenUp));
        }
        if let Some(waiting) = connect {
            let refusal = self.connection_refusal(id, ErrorKind::Canceled);
            self.bus.refuse(&waiting, &refusal);
        }
        if !is_up {
            if let Some(call) = call {
                self.bus.reply(call, &());
            }
            self.cancel_bonding(id);
            return Ok(Answer::Later);
        }
        self.cancel_bonding(id);
        self.hide_battery(id);
        self.end_unicast(id, true);
        self.end_audio(id, true);
        self.ask_profiles_back(id);
        self.drop_network(id, Told::Nobody);
        if !is_dropping {
            let after = self.devices[id].peer.takes(Operation::Disconnect);
            let timer = self.timers.arm(after, Due::Dropped(id, None));
            if let Some(record) = self.record(id) {
                record.dropping = Some(timer);
            }
        }
        Ok(Answer::Later)
    }
}
