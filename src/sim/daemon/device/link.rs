//! A link to a device: up, its services resolved in their time, and down again for one of several
//! reasons (`device_add_connection`, `device_svc_resolved`, `device_remove_connection` in
//! `src/device.c`).

use std::time::Duration;

use super::{DEVICE, DeviceId, appearance, bearer};
use crate::bluez::ErrorKind;
use crate::sim::{
    bus::{Call, Interface},
    daemon::{Daemon, Due, network::Told},
    error::Bearer,
    kernel::Happening,
    scene::{Operation, Version},
    timers::TimerId,
};

/// A link that is up.
#[derive(Default)]
pub(in crate::sim::daemon) struct Link {
    /// When its services are resolved.
    pub(super) resolving: Option<TimerId>,
    pub(super) is_resolved: bool,
    /// Whether the kernel has made it by itself (LE).
    pub(super) is_unasked: bool,
    /// When it is lost.
    pub(super) losing: Option<TimerId>,
    /// When it is dropped on request, if it is asked for by itself, and who asked.
    pub(super) dropping: Option<TimerId>,
    pub(super) disconnects: Vec<Call>,
    /// When one of the device's profiles is connected (BR/EDR).
    pub(super) connecting: Option<TimerId>,
    /// Whether one of the device's profiles is connected (BR/EDR).
    pub(super) has_profile: bool,
    /// Whether it is connected as an input device (BR/EDR).
    pub(super) has_input: bool,
}

impl Link {
    pub(super) fn timers(&self) -> impl Iterator<Item = TimerId> + use<> {
        [self.resolving, self.losing, self.connecting, self.dropping].into_iter().flatten()
    }
}

/// Why a link ended (MGMT_EV_DEVICE_DISCONNECTED; `Disconnected` in `doc/org.bluez.Device.rst`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::sim) enum Reason {
    /// The device was not heard any more.
    Timeout,
    /// The bench ended it.
    LocalHost,
    /// The device ended it.
    Remote,
    /// The two sides have no key in common.
    Authentication,
    /// The controller went off under it.
    Unknown,
}

impl Reason {
    fn name_and_message(self) -> (&'static str, &'static str) {
        match self {
            Reason::Authentication => (
                "org.bluez.Reason.Authentication",
                "Connection terminated due to authentication failure",
            ),
            Reason::Unknown => ("org.bluez.Reason.Unknown", "Unspecified"),
            Reason::Timeout => ("org.bluez.Reason.Timeout", "Connection timeout"),
            Reason::LocalHost => ("org.bluez.Reason.Local", "Connection terminated by local host"),
            Reason::Remote => ("org.bluez.Reason.Remote", "Connection terminated by remote user"),
        }
    }
}

/// How long bluetoothd reads what a device can do over LE Audio, once its services are known: recorded.
const READS: Duration = Duration::from_millis(120);
/// How long before it says that the services are resolved it has read that, where it knows them already: recorded.
const AHEAD: Duration = Duration::from_millis(20);

impl Daemon {
    /// A link has come up.
    pub(in crate::sim::daemon) fn link_came_up(&mut self, id: DeviceId, bearer: Bearer) {
        self.seen_on(id, bearer);
        let Some(record) = self.record(id) else {
            return;
        };
        record.links[bearer] = Some(Link::default());
        let forget = record.forget.take();
        if let Some(timer) = forget {
            self.timers.disarm(timer);
        }
        self.devices[id].peer.count_connection();
        self.done(Happening::Connected(id.on(bearer)));
        self.used_last(id, bearer);
        self.bearer_connected(id, bearer);
        self.show_device(id, "Connected", Some(true.into()));
        self.show_bearer(id, bearer, "Connected", true);
        if bearer == Bearer::Le {
            self.attributes_connected(id);
        }
    }

    /// Starts to resolve the services of a link that is up, unless they are or are being resolved.
    pub(in crate::sim::daemon) fn resolve_services(&mut self, id: DeviceId, bearer: Bearer) {
        self.resolve_services_after(id, bearer, Duration::ZERO);
    }

    /// The same, once bluetoothd has waited for somebody else to ask for it.
    pub(super) fn resolve_services_after(&mut self, id: DeviceId, bearer: Bearer, waits: Duration) {
        let link = self.devices[id].link_on(bearer);
        let is_needed = link.is_some_and(|link| link.resolving.is_none() && !link.is_resolved);
        if !is_needed {
            return;
        }
        match self.device_fault(id, Operation::Resolve) {
            Ok(None) => {}
            _ => return,
        }
        let after = waits + self.devices[id].peer.takes(Operation::Resolve);
        let record = self.devices[id].record.as_ref();
        let are_known = record.is_some_and(|record| record.stored.services[bearer].is_some());
        if bearer == Bearer::Le && are_known {
            self.reads_capabilities(id, after.saturating_sub(AHEAD));
        }
        let timer = self.timers.arm(after, Due::ServicesResolved(id, bearer));
        if let Some(link) = self.link_mut(id, bearer) {
            link.resolving = Some(timer);
        }
    }

    /// The services of a device are known.
    pub(in crate::sim) fn services_resolved(&mut self, id: DeviceId, bearer: Bearer) {
        // Recorded: what bluetoothd looks for on a link that the kernel has made, no disconnection calls off.
        let is_unasked = self.devices[id].link_on(bearer).is_some_and(|link| link.is_unasked);
        if self.devices[id].is_dropping_on(bearer) && !is_unasked {
            return match bearer {
                Bearer::Le => self.resolved_for_nobody(id),
                // `device_request_disconnect` has called it off (`browse_request_cancel`).
                Bearer::BrEdr => {}
            };
        }
        let services = appearance::services(&self.devices[id].peer.spec, bearer, self.version);
        let Some(record) = self.record(id) else {
            return;
        };
        let Some(link) = record.links[bearer].as_mut() else {
            return;
        };
        link.resolving = None;
        link.is_resolved = true;
        let were_known = record.stored.services[bearer].replace(services).is_some();
        let services = record.stored.known_services().unwrap_or_default();
        let shows_paired = record.paired_shows_later.take();
        let paired_call = record.paired_call.take_if(|(on, _)| *on == bearer);
        match bearer {
            Bearer::Le => self.export_database(id),
            Bearer::BrEdr => {
                self.show_network_and_input(id);
                self.show_control(id);
            }
        }
        self.show_device(id, "UUIDs", Some(appearance::uuids(&services)));
        self.show_device(id, "ServicesResolved", Some(true.into()));
        if let Some(on) = shows_paired {
            self.show_device(id, "Paired", Some(true.into()));
            // Recorded: that it is paired is told of the bearer a second time.
            self.touch_bearer(id, on, "Paired");
        }
        if let Some((_, call)) = paired_call {
            self.bus.reply(&call, &());
        }
        if !were_known {
            // Recorded: the battery comes after new services, and before known ones.
            self.bus.flush();
        }
        match bearer {
            Bearer::Le => {
                self.show_battery(id);
                if !were_known {
                    self.reads_capabilities(id, READS);
                    self.reads_set(id);
                }
            }
            Bearer::BrEdr => self.connect_profiles(id),
        }
    }

    /// The services have come in when the link is about to be dropped on request. Recorded: bluetoothd then tells
    /// that they are resolved, and which they are when they are resolved the next time (`browse_request_cancel`).
    fn resolved_for_nobody(&mut self, id: DeviceId) {
        if let Some(link) = self.link_mut(id, Bearer::Le) {
            link.resolving = None;
            link.is_resolved = true;
        }
        self.show_device(id, "ServicesResolved", Some(true.into()));
    }

    /// Ends a link in a while, unless it has ended by then.
    pub(in crate::sim::daemon) fn lose_link_after(
        &mut self,
        id: DeviceId,
        bearer: Bearer,
        after: Duration,
        reason: Reason,
    ) {
        let timer = self.timers.arm(after, Due::LinkLost(id, bearer, reason));
        let earlier = match self.link_mut(id, bearer) {
            Some(link) => link.losing.replace(timer),
            None => Some(timer),
        };
        if let Some(earlier) = earlier {
            self.timers.disarm(earlier);
        }
    }

    /// The links that were asked to be dropped are: all, or that on one bearer.
    pub(in crate::sim::daemon) fn dropped(&mut self, id: DeviceId, bearer: Option<Bearer>) {
        match bearer {
            Some(bearer) => self.link_ended(id, bearer, Reason::LocalHost),
            None => self.links_ended(id, Reason::LocalHost),
        }
    }

    /// All links of a device have ended.
    pub(in crate::sim::daemon) fn links_ended(&mut self, id: DeviceId, reason: Reason) {
        for bearer in self.devices[id].bearers() {
            self.link_ended(id, *bearer, reason);
        }
    }

    /// A link has ended, for whatever reason. The end of one of two calls off the disconnection of both, and what is
    /// being connected (`device_remove_connection`).
    pub(in crate::sim) fn link_ended(&mut self, id: DeviceId, bearer: Bearer, reason: Reason) {
        let is_turned_to = self.devices[id].bearer() == bearer;
        let Some(record) = self.record(id) else {
            return;
        };
        let Some(link) = record.links[bearer].take() else {
            return;
        };
        let is_last = !record.is_up();
        let dropping = record.dropping.take();
        let connect = record.connect.take();
        let paired_call = record.paired_call.take_if(|(on, _)| *on == bearer);
        let shows_paired = record.paired_shows_later.take_if(|on| *on == bearer).is_some()
            && record.stored.bonded[bearer];
        let disconnects =
            if is_last { std::mem::take(&mut record.disconnects) } else { Vec::new() };
        for timer in link.timers().chain(dropping) {
            self.timers.disarm(timer);
        }
        self.done(Happening::Disconnected(id.on(bearer), reason));
        if is_last || bearer == Bearer::Le {
            self.end_unicast(id, true);
        }
        if is_last || bearer == Bearer::BrEdr {
            self.end_audio(id, true);
            self.end_links_with(id);
            self.drop_network(id, Told::All);
        }
        self.show_device(id, "ServicesResolved", Some(false.into()));
        if let Some(call) = connect {
            let refusal = self.connection_refusal(id, ErrorKind::Canceled);
            self.bus.refuse(&call, &refusal);
        }
        self.tell_the_end_on(id, bearer, reason, &link.disconnects);
        if is_last {
            self.tell_the_end(id, reason, &disconnects);
        }
        if is_last || bearer == Bearer::Le {
            self.hide_battery(id);
            self.attributes_disconnected(id);
            self.central_is_gone(id);
        }
        if shows_paired {
            self.show_device(id, "Paired", Some(true.into()));
        }
        if let Some((_, call)) = paired_call {
            // Keys without services: bluetoothd disregards that in the case of Pair.
            self.bus.reply(&call, &());
        }
        if is_turned_to {
            self.bonding_lost_its_link(id);
        }
        let is_removal = |call: &Call| call.member() == "RemoveDevice";
        if disconnects.iter().any(is_removal) {
            self.remove_bond(id);
            // That the link has ended is told before the object goes.
            self.bus.flush();
            return self.forget(id);
        }
        if is_last {
            self.keep_temporary(id);
            self.comes_back(id, Some(reason));
        }
        self.awaits_advertisement(id);
    }

    /// Shows of a bearer that its link has ended, and answers who asked for that.
    fn tell_the_end_on(
        &mut self,
        id: DeviceId,
        bearer: Bearer,
        reason: Reason,
        disconnects: &[Call],
    ) {
        for call in disconnects {
            self.bus.reply(call, &());
        }
        self.show_bearer(id, bearer, "Connected", false);
        self.tell_reason(id, bearer::interface(bearer), reason);
        self.end_unstored_pairing(id, bearer);
    }

    /// Shows that the last link has ended, and answers who asked for it, in this release's order.
    fn tell_the_end(&mut self, id: DeviceId, reason: Reason, disconnects: &[Call]) {
        let answers_first = self.version == Version::V5_66;
        let (first, last) = disconnects.split_at(if answers_first { disconnects.len() } else { 0 });
        for call in first {
            self.bus.reply(call, &());
        }
        self.tell_reason(id, &DEVICE, reason);
        self.show_device(id, "Connected", Some(false.into()));
        for call in last {
            self.bus.reply(call, &());
        }
    }

    fn tell_reason(&mut self, id: DeviceId, interface: &Interface, reason: Reason) {
        if self.version >= Version::V5_87 {
            let path = self.devices[id].path.clone();
            let body = reason.name_and_message();
            self.bus.signal(&path, interface.name, "Disconnected", &body);
        }
    }

    /// A pairing that was not to be stored ends with its link.
    fn end_unstored_pairing(&mut self, id: DeviceId, bearer: Bearer) {
        let Some(record) = self.record(id) else {
            return;
        };
        if record.stored.paired[bearer] && !record.stored.bonded[bearer] {
            record.stored.paired[bearer] = false;
            let is_paired = record.stored.paired.any();
            self.show_bearer(id, bearer, "Paired", false);
            self.show_device(id, "Paired", Some(is_paired.into()));
        }
    }
}
