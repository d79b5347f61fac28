//! A device as bluetoothd keeps it (`src/device.c`): nothing until it is heard or stored, then a
//! record with an object (`doc/org.bluez.Device.rst`), which is temporary until somebody cares.

mod air;
mod appearance;
mod attempt;
mod battery;
mod bearer;
mod begins;
mod by_others;
mod connect;
mod disconnect;
mod leftover;
mod link;
mod pair;
mod preference;
mod reconnect;
mod record;
mod settings;

use super::{Daemon, interfaces::DEVICE};
use crate::sim::{
    bus::{Answer, Answered, Call, Refusal, Value},
    error::Bearer,
    radio::Peer,
    scene::{Effect, Operation, Scene},
    timers::TimerId,
};

pub(in crate::sim) use link::Reason;
pub(super) use pair::Bonding;
pub(in crate::sim) use pair::Verdict;
pub(super) use record::Record;
pub(in crate::sim) use record::Stored;

use super::AdapterId;
use link::Link;

/// Names a device: its place in the scene.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::sim) struct DeviceId(pub(super) usize);

/// A device of the scene, and what bluetoothd knows of it.
pub(in crate::sim) struct Device {
    pub(super) peer: Peer,
    pub(super) adapter: AdapterId,
    pub(super) path: String,
    /// Nothing, while there is no object for it.
    pub(super) record: Option<Record>,
    /// When it next comes or goes by itself.
    watch: Option<TimerId>,
    /// What is stored of it, while its adapter is not there.
    pub(super) shelved: Option<Stored>,
}

impl Device {
    pub(super) fn of(peer: Peer, scene: &Scene) -> Self {
        let adapter = scene.adapter_name(peer.adapter);
        Device {
            adapter: AdapterId(peer.adapter),
            path: format!("/org/bluez/{adapter}/{}", peer.address.object_name()),
            record: None,
            watch: None,
            shelved: None,
            peer,
        }
    }

    pub(super) fn is_temporary(&self) -> bool {
        self.record.as_ref().is_some_and(|record| record.temporary)
    }

    /// Whether it is connected on any bearer.
    pub(super) fn is_connected(&self) -> bool {
        self.bearers_up().next().is_some()
    }

    pub(super) fn is_up_on(&self, bearer: Bearer) -> bool {
        self.link_on(bearer).is_some()
    }

    /// Whether bluetoothd knows its GATT services, from this link or from one before.
    pub(super) fn knows_database(&self) -> bool {
        let known = |record: &Record| record.stored.services[Bearer::Le].is_some();
        self.record.as_ref().is_some_and(known)
    }

    pub(super) fn link_on(&self, bearer: Bearer) -> Option<&Link> {
        self.record.as_ref().and_then(|record| record.links[bearer].as_ref())
    }

    /// The bearers on which it is connected.
    pub(super) fn bearers_up(&self) -> impl Iterator<Item = Bearer> + use<'_> {
        self.bearers().iter().copied().filter(|bearer| self.is_up_on(*bearer))
    }

    /// The bearers that it has.
    pub(super) fn bearers(&self) -> &'static [Bearer] {
        Bearer::all_of(self.peer.spec.transport)
    }

    pub(super) fn is_dual(&self) -> bool {
        self.bearers().len() > 1
    }

    /// Whether its link on a bearer is about to be dropped on request.
    pub(super) fn is_dropping_on(&self, bearer: Bearer) -> bool {
        let of_all = self.record.as_ref().is_some_and(|record| record.dropping.is_some());
        of_all || self.link_on(bearer).is_some_and(|link| link.dropping.is_some())
    }

    /// The bearer that is being connected, or on which it is being paired; of two, the last one that was.
    pub(super) fn bearer(&self) -> Bearer {
        let turned_to = self.record.as_ref().and_then(|record| record.turned_to);
        turned_to.unwrap_or_else(|| Bearer::of(self.peer.spec.transport))
    }
}

impl Daemon {
    /// The method of `org.bluez.Device1` that a call names.
    pub(super) fn device_method(&mut self, id: DeviceId, call: &Call) -> Answered {
        match call.member().as_str() {
            "Connect" => self.connect(id, call),
            "Disconnect" => self.disconnect(id, call),
            "ConnectProfile" => self.connect_profile(id, call),
            "DisconnectProfile" => self.disconnect_profile(id, call),
            "Pair" => self.pair(id, call),
            "CancelPairing" => self.cancel_pairing(id),
            _ => Err(Refusal::failed("Not implemented")),
        }
    }

    /// Shows a property of a device, or that it has gone.
    pub(super) fn show_device(&mut self, id: DeviceId, property: &str, value: Option<Value>) {
        let path = &self.devices[id].path;
        self.bus.tree.set(path, &DEVICE, property, value);
    }

    /// From now on a device is connected or paired on this bearer, unless that is under way on one.
    pub(super) fn turn_to(&mut self, id: DeviceId, bearer: Bearer) {
        let record = self.record(id);
        if let Some(record) = record.filter(|it| it.attempt.is_none() && it.bonding.is_none()) {
            record.turned_to = Some(bearer);
        }
    }

    /// The link of a device on a bearer, if it is up.
    pub(super) fn link_mut(&mut self, id: DeviceId, bearer: Bearer) -> Option<&mut Link> {
        self.record(id).and_then(|record| record.links[bearer].as_mut())
    }

    /// The record of a device, if bluetoothd knows it.
    pub(super) fn record(&mut self, id: DeviceId) -> Option<&mut Record> {
        self.devices[id].record.as_mut()
    }

    /// Strikes with a device's faults. What ends the call at once comes back as its answer, what
    /// works later as the effect.
    pub(super) fn device_fault(
        &mut self,
        id: DeviceId,
        on: Operation,
    ) -> Result<Option<Effect>, Answered> {
        match self.devices[id].peer.strike(on) {
            Some(Effect::NeverAnswers) => Err(Ok(Answer::Later)),
            Some(Effect::Reboot { lasting, forgets_bonds }) => {
                self.devices[id].peer.reboot(lasting, forgets_bonds);
                self.watch_presence(id);
                self.lose_link_of_absent(id);
                Ok(None)
            }
            Some(Effect::Mishap(mishap, lasting)) => {
                let adapter = self.devices[id].adapter;
                self.bring(mishap, lasting, adapter).map_or(Ok(None), Err)
            }
            Some(Effect::Vanish(lasting)) => {
                self.devices[id].peer.vanish(lasting);
                self.watch_presence(id);
                self.lose_link_of_absent(id);
                Ok(None)
            }
            effect => Ok(effect),
        }
    }
}
