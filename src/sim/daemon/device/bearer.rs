//! `org.bluez.Bearer.LE1` and `org.bluez.Bearer.BREDR1`: one bearer of a device by itself (`src/bearer.c`,
//! `doc/org.bluez.Bearer.LE.rst`). Methods and properties are only where bluetoothd runs with `--experimental`.

use super::{DeviceId, record::Stored};
use crate::sim::{
    bus::{Answer, Answered, Call, Interface, Refusal, Value},
    daemon::{
        Daemon, Due,
        interfaces::{BEARER_BREDR, BEARER_LE},
        network::Told,
        value::object_path,
    },
    error::Bearer,
    scene::{Effect, Operation},
};

/// The interface of a bearer.
pub(super) fn interface(bearer: Bearer) -> &'static Interface {
    match bearer {
        Bearer::Le => &BEARER_LE,
        Bearer::BrEdr => &BEARER_BREDR,
    }
}

/// The properties of a bearer of a device that is not connected.
pub(super) fn properties(
    adapter: &str,
    stored: &Stored,
    bearer: Bearer,
) -> Vec<(&'static str, Value)> {
    vec![
        ("Adapter", object_path(adapter)),
        ("Paired", stored.paired[bearer].into()),
        ("Bonded", stored.bonded[bearer].into()),
        ("Connected", false.into()),
    ]
}

impl Daemon {
    /// Shows a property of a bearer.
    pub(super) fn show_bearer(
        &mut self,
        id: DeviceId,
        bearer: Bearer,
        property: &str,
        value: bool,
    ) {
        let path = &self.devices[id].path;
        self.bus.tree.set(path, interface(bearer), property, Some(value.into()));
    }

    /// Tells a property of a bearer again.
    pub(super) fn touch_bearer(&mut self, id: DeviceId, bearer: Bearer, property: &str) {
        self.bus.tree.touch(&self.devices[id].path, interface(bearer), property);
    }

    /// The method of a bearer's interface that a call names.
    pub(in crate::sim::daemon) fn bearer_method(
        &mut self,
        id: DeviceId,
        bearer: Bearer,
        call: &Call,
    ) -> Answered {
        match call.member().as_str() {
            "Connect" => self.connect_bearer(id, bearer, call),
            _ => self.disconnect_bearer(id, bearer, call),
        }
    }

    fn connect_bearer(&mut self, id: DeviceId, bearer: Bearer, call: &Call) -> Answered {
        if self.devices[id].is_up_on(bearer) {
            return Err(Refusal::new("org.bluez.Error.AlreadyConnected", "Already Connected"));
        }
        let nobody = self.call_of_nobody(id, "Connect");
        let Some(record) = self.record(id) else { return Err(Refusal::does_not_exist()) };
        if record.bonding.is_some()
            || record.connect.is_some()
            || record.bearer_connects[bearer].is_some()
        {
            return Err(Refusal::in_progress());
        }
        record.bearer_connects[bearer] = Some(call.clone());
        let answered = match (bearer, &nobody) {
            (Bearer::Le, _) => self.connect_le_bearer(id),
            // It is answered when the link is there, and its profiles are connected for nobody after that.
            (Bearer::BrEdr, Some(nobody)) => self.connect_bredr(id, nobody, None),
            (Bearer::BrEdr, None) => Err(Refusal::failed("Input/output error")),
        };
        if let Some(record) = self.record(id).filter(|_| answered.is_err()) {
            // The next one finds it in progress all the same (read, `bearer_connect`).
            record.bearer_connects[bearer] = nobody;
        }
        answered
    }

    /// Whoever waits for the link of one bearer is served: it is there.
    pub(super) fn bearer_connected(&mut self, id: DeviceId, bearer: Bearer) {
        let call = self.record(id).and_then(|record| record.bearer_connects[bearer].take());
        if let Some(call) = call {
            self.bus.reply(&call, &());
        }
    }

    /// The link of one bearer did not come about. Whether somebody had asked for that bearer.
    pub(super) fn bearer_not_connected(
        &mut self,
        id: DeviceId,
        bearer: Bearer,
        why: &Refusal,
    ) -> bool {
        let call = self.record(id).and_then(|record| record.bearer_connects[bearer].take());
        if let Some(call) = &call {
            self.bus.refuse(call, why);
            // Recorded: that it is not connected is told all the same.
            self.touch_bearer(id, bearer, "Connected");
        }
        call.is_some()
    }

    /// Ends what is under way on a bearer, and drops its link in time.
    fn disconnect_bearer(&mut self, id: DeviceId, bearer: Bearer, call: &Call) -> Answered {
        if !self.devices[id].is_up_on(bearer) {
            return Err(Refusal::new("org.bluez.Error.NotConnected", "Not Connected"));
        }
        if self.record(id).is_some_and(|record| record.dropping.is_some()) {
            return Err(Refusal::in_progress());
        }
        match self.device_fault(id, Operation::Disconnect) {
            Ok(Some(Effect::Error(failure))) => {
                return Err(self.refusal(&failure, Operation::Disconnect, Some(id)));
            }
            Ok(_) => {}
            Err(answer) => return answer,
        }
        if let Some(link) = self.link_mut(id, bearer) {
            link.disconnects.push(call.clone());
        }
        self.cancel_bonding(id);
        match bearer {
            Bearer::Le => {
                self.hide_battery(id);
                self.end_unicast(id, true);
            }
            Bearer::BrEdr => {
                self.end_audio(id, true);
                self.ask_profiles_back(id);
                self.drop_network(id, Told::Nobody);
            }
        }
        if !self.devices[id].is_dropping_on(bearer) {
            let after = self.devices[id].peer.takes(Operation::Disconnect);
            let timer = self.timers.arm(after, Due::Dropped(id, Some(bearer)));
            if let Some(link) = self.link_mut(id, bearer) {
                link.dropping = Some(timer);
            }
        }
        Ok(Answer::Later)
    }
}
