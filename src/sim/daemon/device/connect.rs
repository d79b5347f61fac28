//! `Connect` and `ConnectProfile`: on LE the link is all, on BR/EDR it is the profiles that count
//! (`dev_connect`, `connect_profiles`, `att_connect_cb` in `src/device.c`).

use std::time::Duration;

use super::{DeviceId, Record};
use crate::bluez::ErrorKind;
use crate::sim::{
    bus::{Answer, Answered, Call, Refusal, arguments},
    daemon::{Daemon, Due, Reason},
    error::Bearer,
    scene::{Effect, Failure, Operation, Uuid, Version},
};

/// How long bluetoothd pages a device that knows no BR/EDR: recorded.
const PAGES: Duration = Duration::from_millis(41_600);
/// How long a BR/EDR link lasts that no profile holds: recorded.
const IDLE: Duration = Duration::from_millis(4000);

/// How long a link lasts whose audio was closed: recorded.
const UNUSED: Duration = Duration::from_millis(2000);

/// The services that need somebody with audio endpoints on this side.
const AUDIO: [u16; 7] = [0x1108, 0x110a, 0x110b, 0x110d, 0x1112, 0x111e, 0x111f];
/// The services that bluetoothd itself has a counterpart for.
const BUILT_IN: [u16; 4] = [0x110c, 0x110e, INPUT, 0x1812];
/// Those of a network, which a `Connect` of the whole device leaves alone.
const NETWORKS: [u16; 3] = [0x1115, 0x1116, 0x1117];
const INPUT: u16 = 0x1124;

impl Daemon {
    pub(super) fn connect(&mut self, id: DeviceId, call: &Call) -> Answered {
        let version = self.version;
        if self.is_pairing(id) && (version > Version::V5_66 || self.devices[id].is_dual()) {
            return Err(Refusal::in_progress());
        }
        match self.bearer_to_connect(id) {
            Bearer::Le => self.connect_le(id, call),
            Bearer::BrEdr => self.connect_bredr(id, call, None),
        }
    }

    fn connect_le(&mut self, id: DeviceId, call: &Call) -> Answered {
        let version = self.version;
        let Some(record) = self.record(id) else {
            return Err(Refusal::does_not_exist());
        };
        if record.connect.is_some() && version > Version::V5_66 {
            return Err(Refusal::in_progress());
        }
        if record.links[Bearer::Le].is_some() {
            // Also while the link is about to be dropped: recorded.
            return Ok(Answer::Empty);
        }
        self.set_temporary(id, false);
        self.lets_connect(id);
        self.can_connect_le(id)?;
        if let Some(record) = self.record(id) {
            record.connect = Some(call.clone());
        }
        self.begin_to_connect(id, Operation::Connect)
    }

    /// Connects LE for a client that asks for that bearer; it waits for the link alone.
    pub(super) fn connect_le_bearer(&mut self, id: DeviceId) -> Answered {
        self.set_temporary(id, false);
        self.can_connect_le(id)?;
        self.begin_to_connect(id, Operation::Connect)
    }

    /// Turns to LE, if nothing else is being connected.
    fn can_connect_le(&mut self, id: DeviceId) -> Result<(), Refusal> {
        let record = self.record(id);
        let is_busy = |record: &mut Record| record.attempt.is_some() || record.connect.is_some();
        if record.is_some_and(is_busy) {
            return Err(Refusal::failed("Operation already in progress"));
        }
        if !self.adapter_of(id).power.is_on() {
            return Err(Refusal::failed("Input/output error"));
        }
        self.turn_to(id, Bearer::Le);
        Ok(())
    }

    pub(super) fn connect_bredr(
        &mut self,
        id: DeviceId,
        call: &Call,
        wanted: Option<&Uuid>,
    ) -> Answered {
        let is_pairing = self.is_pairing(id) && self.devices[id].is_dual();
        let Some(record) = self.record(id) else {
            return Err(Refusal::does_not_exist());
        };
        if record.connect.is_some() || record.attempt.is_some() || is_pairing {
            return Err(Refusal::in_progress_with("br-connection-busy"));
        }
        let is_known = record.stored.services[Bearer::BrEdr].is_some();
        let link = record.links[Bearer::BrEdr].as_ref();
        let is_up = link.is_some();
        let has_profile = link.is_some_and(|link| link.has_profile);
        if !self.adapter_of(id).power.is_on() {
            return Err(Refusal::not_ready_with("br-connection-adapter-not-powered"));
        }
        self.set_temporary(id, false);
        self.turn_to(id, Bearer::BrEdr);
        if is_known && !self.has_connectable_service(id, wanted) {
            // What is known to lead nowhere is not even tried: recorded.
            return Err(self.connection_refusal(id, ErrorKind::ProfileUnavailable));
        }
        let is_done = match wanted {
            Some(uuid) if self.is_by_itself(id, uuid) => self.is_single_connected(id, uuid),
            _ => has_profile,
        };
        if is_done {
            return Ok(Answer::Empty);
        }
        if let Some(record) = self.record(id) {
            record.wanted = wanted.cloned();
            record.connect = Some(call.clone());
        }
        if !is_up {
            let on = wanted.map_or(Operation::Connect, |_| Operation::ConnectProfile);
            return self.begin_to_connect(id, on);
        }
        self.connected_bredr(id);
        Ok(Answer::Later)
    }

    fn begin_to_connect(&mut self, id: DeviceId, on: Operation) -> Answered {
        match self.device_fault(id, on) {
            Ok(effect) => self.attempt(id, effect),
            Err(answer) => return answer,
        }
        Ok(Answer::Later)
    }

    /// A link is up: whoever waits for it is served.
    pub(super) fn connected(&mut self, id: DeviceId, bearer: Bearer) {
        let is_bonding = self.record(id).is_some_and(|record| record.bonding.is_some());
        if bearer == Bearer::BrEdr {
            self.connected_bredr(id);
        } else if let Some(call) = self.record(id).and_then(|record| record.connect.take()) {
            self.bus.reply(&call, &());
        }
        if is_bonding {
            // Services are resolved when the keys are there: recorded.
            self.go_on_pairing(id);
        } else if bearer == Bearer::Le {
            self.resolve_services(id, bearer);
            self.wants_security(id);
            // Recorded: with a database that is known it is read at once, before that has been looked at anew.
            if self.devices[id].knows_database() {
                self.reads_set(id);
            }
        }
    }

    /// A BR/EDR link is up: profiles that are known are connected, others are asked for first.
    fn connected_bredr(&mut self, id: DeviceId) {
        let Some(record) = self.record(id) else {
            return;
        };
        if record.connect.is_none() {
            return;
        }
        match record.stored.services[Bearer::BrEdr] {
            Some(_) => self.connect_profiles(id),
            None => self.resolve_services(id, Bearer::BrEdr),
        }
    }

    /// The services of a BR/EDR device are known: one is connected for who waits, or none can be.
    pub(super) fn connect_profiles(&mut self, id: DeviceId) {
        let waits = self.record(id).is_some_and(|record| record.connect.is_some());
        let wanted = self.record(id).and_then(|record| record.wanted.clone());
        if waits && self.has_connectable_service(id, wanted.as_ref()) {
            let after = self.devices[id].peer.takes(Operation::ConnectProfile) / 4;
            let timer = self.timers.arm(after, Due::ProfileConnected(id));
            if let Some(link) = self.link_mut(id, Bearer::BrEdr) {
                link.connecting = Some(timer);
            }
            return;
        }
        let refusal = self.connection_refusal(id, ErrorKind::ProfileUnavailable);
        self.profiles_fail(id, &refusal);
    }

    /// No profile of a device could be connected.
    pub(in crate::sim::daemon) fn profiles_fail(&mut self, id: DeviceId, refusal: &Refusal) {
        if let Some(call) = self.record(id).and_then(|record| record.connect.take()) {
            self.bus.refuse(&call, refusal);
        }
        if self.devices[id].link_on(Bearer::BrEdr).is_some_and(|link| !link.has_profile) {
            self.lose_link_after(id, Bearer::BrEdr, IDLE, Reason::LocalHost);
        }
    }

    /// The first of a device's profiles is connected, or audio is once its endpoint has answered.
    pub(in crate::sim) fn profile_connected(&mut self, id: DeviceId) {
        if let Some(link) = self.link_mut(id, Bearer::BrEdr) {
            link.connecting = None;
            self.connect_next(id);
        }
    }

    /// Connects the profile that is asked for, or the first of those that a `Connect` connects.
    fn connect_next(&mut self, id: DeviceId) {
        let wanted = self.record(id).and_then(|record| record.wanted.clone());
        let is_input = |uuid: &Uuid| *uuid == Uuid::assigned(INPUT);
        let of_whole = || self.devices[id].peer.spec.services.iter().any(is_input);
        let connects_input = wanted.as_ref().map_or_else(of_whole, is_input);
        if let Some(link) = self.link_mut(id, Bearer::BrEdr) {
            link.has_input |= connects_input;
        }
        let goes_on = match &wanted {
            Some(uuid) => self.connects_profile(id, uuid) || self.connects_network(id, uuid),
            None => self.connects_next_profile(id),
        };
        if goes_on || (!wanted.as_ref().is_some_and(is_input) && self.configures_audio(id)) {
            return;
        }
        self.profiles_are_connected(id);
    }

    /// Whether a client waits for a `Connect` of the whole device.
    pub(in crate::sim::daemon) fn waits_for_whole(&mut self, id: DeviceId) -> bool {
        self.record(id).is_some_and(|record| record.connect.is_some() && record.wanted.is_none())
    }

    /// Whether a service is connected by itself, whatever else of the device is connected.
    fn is_by_itself(&self, id: DeviceId, uuid: &Uuid) -> bool {
        let is_in = |row: &[u16]| row.iter().any(|number| Uuid::assigned(*number) == *uuid);
        is_in(&NETWORKS) || is_in(&[INPUT]) || self.has_profile_for(id, uuid, false)
    }

    fn is_single_connected(&self, id: DeviceId, uuid: &Uuid) -> bool {
        let link = self.devices[id].link_on(Bearer::BrEdr);
        let has_input = link.is_some_and(|link| link.has_input);
        match NETWORKS.iter().any(|number| Uuid::assigned(*number) == *uuid) {
            true => self.network_of(id).is_some(),
            false if *uuid == Uuid::assigned(INPUT) => has_input,
            false => self.is_connected_on(id, uuid),
        }
    }

    /// One of a device's profiles is connected, and holds its link.
    pub(in crate::sim::daemon) fn holds(&mut self, id: DeviceId) {
        let link = self.link_mut(id, Bearer::BrEdr);
        let kept = link.and_then(|link| {
            link.has_profile = true;
            link.losing.take()
        });
        if let Some(timer) = kept {
            self.timers.disarm(timer);
        }
    }

    /// One of a device's profiles is not connected any more. Where it was the last, the link goes after a while.
    pub(in crate::sim::daemon) fn lets_go(&mut self, id: DeviceId) {
        let is_used = self.has_links(id) || self.network_of(id).is_some() || self.has_stream(id);
        let is_dropping = self.devices[id].is_dropping_on(Bearer::BrEdr);
        let link = self.link_mut(id, Bearer::BrEdr);
        if let Some(link) = link.filter(|link| !is_used && !link.has_input && !is_dropping) {
            link.has_profile = false;
            self.lose_link_after(id, Bearer::BrEdr, UNUSED, Reason::LocalHost);
        }
    }

    /// The profiles of a device that can be connected are.
    pub(in crate::sim::daemon) fn profiles_are_connected(&mut self, id: DeviceId) {
        let Some(record) = self.record(id) else {
            return;
        };
        let Some(link) = record.links[Bearer::BrEdr].as_mut() else {
            return;
        };
        link.has_profile = true;
        link.connecting = None;
        let kept = link.losing.take();
        let call = record.connect.take();
        if let Some(timer) = kept {
            self.timers.disarm(timer);
        }
        if let Some(call) = call {
            self.bus.reply(&call, &());
        }
        self.resolve_services(id, Bearer::BrEdr);
        self.connects_control(id);
    }

    /// Whether a device has a service, or the wanted one, that this side has a counterpart for.
    fn has_connectable_service(&self, id: DeviceId, wanted: Option<&Uuid>) -> bool {
        let spec = &self.devices[id].peer.spec;
        let mut services = spec.services.iter().chain(&spec.hidden_services);
        services.any(|uuid| {
            wanted.is_none_or(|wanted| wanted == uuid)
                && self.has_counterpart(id, uuid, wanted.is_none())
        })
    }

    /// Whether somebody on this side speaks what a device's service speaks, and for the whole device: whether `Connect`
    /// connects it.
    fn has_counterpart(&self, id: DeviceId, uuid: &Uuid, whole: bool) -> bool {
        let is_in = |row: &[u16]| row.iter().any(|number| Uuid::assigned(*number) == *uuid);
        is_in(&BUILT_IN)
            || (is_in(&NETWORKS) && !whole)
            || self.has_profile_for(id, uuid, whole)
            || (self.adapter_of(id).spec.audio && is_in(&AUDIO))
            || self.has_endpoint_for(id, uuid)
    }

    /// Whether bluetoothd itself has a counterpart for a service of the device.
    pub(in crate::sim::daemon) fn has_other_profile(&self, id: DeviceId) -> bool {
        let spec = &self.devices[id].peer.spec;
        let mut services = spec.services.iter().chain(&spec.hidden_services);
        services.any(|uuid| BUILT_IN.iter().any(|number| Uuid::assigned(*number) == *uuid))
    }

    /// The stream with a device has ended, and with it its only profile, if it was that.
    pub(in crate::sim::daemon) fn audio_is_over(&mut self, id: DeviceId) {
        if self.has_other_profile(id) {
            return;
        }
        if let Some(link) = self.link_mut(id, Bearer::BrEdr) {
            link.has_profile = false;
            self.lose_link_after(id, Bearer::BrEdr, UNUSED, Reason::LocalHost);
        }
    }

    pub(super) fn connect_profile(&mut self, id: DeviceId, call: &Call) -> Answered {
        let word: String = arguments(call)?;
        let uuid = Uuid::parse(&word).ok_or_else(|| {
            Refusal::new("org.bluez.Error.InvalidArguments", "br-connection-invalid-argument")
        })?;
        if !self.devices[id].peer.spec.transport.has_bredr() {
            return self.page_le_device(id, call);
        }
        self.connect_bredr(id, call, Some(&uuid))
    }

    /// Profiles are BR/EDR's: bluetoothd pages an LE device all the same, in vain. Recorded.
    fn page_le_device(&mut self, id: DeviceId, call: &Call) -> Answered {
        let Some(record) = self.record(id) else {
            return Err(Refusal::does_not_exist());
        };
        if record.connect.is_some() || record.attempt.is_some() {
            return Err(Refusal::in_progress_with("br-connection-busy"));
        }
        record.connect = Some(call.clone());
        self.set_temporary(id, false);
        let refusal = Refusal::failed("br-connection-timeout");
        let failure = Failure::Raw { name: refusal.name.into(), message: refusal.message.into() };
        let timer = self.timers.arm(PAGES, Due::NotLinked(id, Some(failure)));
        if let Some(record) = self.record(id) {
            record.attempt = Some(timer);
        }
        Ok(Answer::Later)
    }

    pub(super) fn disconnect_profile(&mut self, id: DeviceId, call: &Call) -> Answered {
        let word: String = arguments(call)?;
        let uuid = Uuid::parse(&word).ok_or_else(Refusal::invalid_arguments)?;
        let spec = &self.devices[id].peer.spec;
        let is_known = spec.services.contains(&uuid) || spec.hidden_services.contains(&uuid);
        if !is_known || !self.has_counterpart(id, &uuid, false) {
            return Err(Refusal::invalid_arguments());
        }
        match self.device_fault(id, Operation::DisconnectProfile) {
            Ok(Some(Effect::Error(failure))) => {
                return Err(self.refusal(&failure, Operation::DisconnectProfile, Some(id)));
            }
            Ok(_) => {}
            Err(answer) => return answer,
        }
        if self.is_by_itself(id, &uuid) {
            return self.disconnect_single(id, &uuid, call);
        }
        if let Some(link) = self.link_mut(id, Bearer::BrEdr) {
            link.has_profile = false;
        }
        if !self.closes_audio(id) {
            return Ok(Answer::Empty);
        }
        // What the device showed of its endpoint goes after the reply: recorded.
        self.bus.reply(call, &());
        self.hide_remote_endpoint(id);
        self.audio_is_over(id);
        Ok(Answer::Later)
    }

    fn disconnect_single(&mut self, id: DeviceId, uuid: &Uuid, call: &Call) -> Answered {
        if let Some(answered) = self.disconnects_profile(id, uuid, call) {
            return answered;
        }
        if !self.is_single_connected(id, uuid) {
            return Err(Refusal::failed("Operation already in progress"));
        }
        if self.end_network(id, uuid) {
            // bluetoothd never answers it: recorded.
            return Ok(Answer::Later);
        }
        self.bus.reply(call, &());
        if let Some(link) = self.link_mut(id, Bearer::BrEdr) {
            link.has_input = false;
        }
        self.lets_go(id);
        Ok(Answer::Later)
    }
}
