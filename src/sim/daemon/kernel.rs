//! bluetoothd and the kernel: what the kernel did for it, and what it hears that the kernel did
//! without it (`src/adapter.c`, the callbacks of its management socket). What is shown of the
//! latter was recorded, on 5.66, 5.82 and 5.87.

use std::time::Duration;

use tokio::time::Instant;

use super::{
    AdapterId, Daemon, Device, DeviceId, Due, Reason, Remains, Setting, adapter::PowerState,
    agent::Question, device::Verdict, interfaces::ADAPTER,
};
use crate::sim::{
    error::Bearer,
    kernel::{Deed, Happening, Mode, UserRequest},
    radio::{Peer, PeerId, Peers},
};

impl Peers for Daemon {
    fn count(&self) -> usize {
        self.devices.len()
    }

    fn peer(&mut self, PeerId { place, .. }: PeerId) -> Option<&mut Peer> {
        self.devices.get_mut(place).map(|device: &mut Device| &mut device.peer)
    }
}

impl Peers for Remains {
    fn count(&self) -> usize {
        self.peers.len()
    }

    fn peer(&mut self, PeerId { place, .. }: PeerId) -> Option<&mut Peer> {
        self.peers.get_mut(place)
    }
}

impl DeviceId {
    /// The device on a bearer, as the kernel names it.
    pub(super) fn on(self, bearer: Bearer) -> PeerId {
        PeerId { place: self.0, bearer }
    }
}

impl Daemon {
    /// The kernel has done something for bluetoothd.
    pub(super) fn done(&mut self, happening: Happening) {
        self.happened.push(happening);
    }

    /// What the kernel has done for it in the last event, in order.
    pub(in crate::sim) fn happened(&mut self) -> Vec<Happening> {
        std::mem::take(&mut self.happened)
    }

    /// What a bluetoothd that starts has the kernel set.
    pub(in crate::sim) fn set_up(&mut self) {
        for id in self.adapters.ids::<AdapterId>().collect::<Vec<_>>() {
            self.set_up_adapter(id);
        }
    }

    /// What bluetoothd has the kernel set on an adapter that is new to it.
    pub(super) fn set_up_adapter(&mut self, id: AdapterId) {
        let adapter = &self.adapters[id];
        let (on, pairable) = (adapter.power.is_on(), adapter.pairable());
        let (connectable, discoverable) = (adapter.connectable(), adapter.discoverable());
        self.done(Happening::Powered(id.0, on));
        self.done(Happening::Set(id.0, Mode::Bondable, pairable));
        self.done(Happening::Set(id.0, Mode::Connectable, connectable));
        self.done(Happening::Set(id.0, Mode::Discoverable, discoverable));
        self.tell_alias(id);
    }

    /// When links end, counted from now, if bluetoothd does nothing any more.
    pub(in crate::sim) fn link_ends(&self) -> Vec<(Duration, PeerId, Reason)> {
        let now = Instant::now();
        let armed = self.timers.waiting().filter_map(|(at, due)| match due {
            Due::LinkLost(id, bearer, reason) => {
                Some(vec![(at.saturating_duration_since(now), id.on(*bearer), *reason)])
            }
            Due::Dropped(id, bearer) => {
                let after = at.saturating_duration_since(now);
                let dropped =
                    self.devices[*id].bearers_up().filter(|up| bearer.is_none_or(|it| it == *up));
                Some(dropped.map(|up| (after, id.on(up), Reason::LocalHost)).collect())
            }
            _ => None,
        });
        let mut ends: Vec<_> = armed.flatten().collect();
        for id in self.devices.ids::<DeviceId>() {
            let absent = self.ends_by_absence(id);
            ends.extend(absent.into_iter().map(|(on, after)| (after, id.on(on), Reason::Timeout)));
        }
        ends
    }

    /// The kernel has done something without bluetoothd.
    pub(in crate::sim) fn hear(&mut self, deed: &Deed) {
        match *deed {
            Deed::Powered(place, on) => self.hear_power(place, on),
            Deed::Set(place, mode, on) => self.hear_setting(place, mode, on),
            Deed::Named(place, ref name) => {
                for id in self.adapters_in(|other| other == place) {
                    self.renamed(id, name);
                }
            }
            Deed::Class(place, class) => {
                for id in self.adapters_in(|other| other == place) {
                    self.show_adapter(id, "Class", class.into());
                }
            }
            Deed::ScanStopped(place) => {
                for id in self.adapters_in(|other| other == place) {
                    self.scan_stopped(id);
                }
            }
            Deed::Connected(PeerId { place, bearer })
            | Deed::Disconnected(PeerId { place, bearer }, _)
            | Deed::Asked(PeerId { place, bearer }, _)
            | Deed::Answered(PeerId { place, bearer }, _)
            | Deed::Paired(PeerId { place, bearer })
            | Deed::NotPaired(PeerId { place, bearer })
            | Deed::Unpaired(PeerId { place, bearer })
            | Deed::Blocked(PeerId { place, bearer }, _) => {
                if place < self.devices.len() {
                    self.hear_of_device(DeviceId(place), bearer, deed);
                }
            }
        }
    }

    fn hear_of_device(&mut self, id: DeviceId, bearer: Bearer, deed: &Deed) {
        match *deed {
            Deed::Connected(_) => self.connected_by_other(id, bearer),
            Deed::Disconnected(_, reason) => self.link_ended(id, bearer, reason),
            Deed::Asked(_, request) => self.asked_by_other(id, bearer, request),
            Deed::Answered(_, ref verdict) => self.answered_by_other(id, verdict),
            Deed::Paired(_) => self.paired_by_other(id, bearer),
            Deed::NotPaired(_) if self.devices[id].is_up_on(bearer) => {
                self.resolve_services(id, bearer);
            }
            Deed::Unpaired(_) => self.unpaired_by_other(id, bearer),
            Deed::Blocked(_, blocked) => self.blocked_by_other(id, blocked),
            _ => {}
        }
    }

    /// PowerState is told, and told as it was: bluetoothd changes it only when it switches itself.
    fn hear_power(&mut self, place: usize, on: bool) {
        for id in self.adapters_in(|other| other == place) {
            let adapter = &mut self.adapters[id];
            if adapter.power.is_on() == on || adapter.power == PowerState::Blocked {
                continue;
            }
            if on {
                adapter.power = PowerState::On;
                self.show_adapter(id, "Powered", true.into());
                continue;
            }
            self.drop_all_links(id, Reason::LocalHost);
            self.adapters[id].power = PowerState::Off;
            self.show_off(id);
            let path = self.adapters[id].path.clone();
            self.bus.tree.touch(&path, &ADAPTER, "PowerState");
        }
    }

    fn hear_setting(&mut self, place: usize, mode: Mode, on: bool) {
        let setting = match mode {
            Mode::Discoverable => Setting::Discoverable,
            Mode::Connectable => Setting::Connectable,
            Mode::Bondable => Setting::Pairable,
        };
        for id in self.adapters_in(|other| other == place) {
            self.set_by_other(id, setting, on);
        }
    }

    /// A link that somebody else made. bluetoothd makes a device of whoever is at its other end.
    fn connected_by_other(&mut self, id: DeviceId, bearer: Bearer) {
        if self.devices[id].is_up_on(bearer) {
            return;
        }
        if self.devices[id].record.is_none() {
            self.make_record(id, None);
        }
        self.link_made_by_other(id, bearer);
    }

    /// A pairing of somebody else's asks a user: the default agent answers for bluetoothd, and
    /// without one it is a no.
    fn asked_by_other(&mut self, id: DeviceId, bearer: Bearer, request: UserRequest) {
        // The agent's answer is for that bearer.
        self.turn_to(id, bearer);
        let question = match request {
            UserRequest::Consent => Question::Authorization,
            UserRequest::Comparison(number) => Question::Confirmation(number),
            UserRequest::Passkey => Question::Passkey,
            UserRequest::PinCode => Question::PinCode,
            UserRequest::Display(number) => Question::Display(number),
        };
        match self.agents.first() {
            Some(agent) => self.ask(agent, id, &question),
            None if matches!(request, UserRequest::Display(_)) => {}
            None => self.done(Happening::Answered(id.on(bearer), Verdict::Refused)),
        }
    }

    /// Somebody else has answered what bluetoothd's pairing asks.
    fn answered_by_other(&mut self, id: DeviceId, verdict: &Verdict) {
        if self.is_pairing(id) {
            self.end_question(id);
            self.agent_answered(id, verdict);
        }
    }
}
