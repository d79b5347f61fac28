//! A link to a device: up, its services resolved in their time, and down again for one of several
//! reasons (`device_add_connection`, `device_svc_resolved`, `device_remove_connection` in
//! `src/device.c`).

use std::time::Duration;

use super::{DEVICE, DeviceId, appearance};
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
    /// When it is lost.
    pub(super) losing: Option<TimerId>,
    /// When one of the device's profiles is connected (BR/EDR).
    pub(super) connecting: Option<TimerId>,
    /// Whether one of the device's profiles is connected (BR/EDR).
    pub(super) has_profile: bool,
    /// Whether it is connected as an input device (BR/EDR).
    pub(super) has_input: bool,
}

impl Link {
    pub(super) fn timers(&self) -> impl Iterator<Item = TimerId> + use<> {
        [self.resolving, self.losing, self.connecting].into_iter().flatten()
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

impl Daemon {
    /// A link has come up.
    pub(in crate::sim::daemon) fn link_came_up(&mut self, id: DeviceId) {
        let Some(record) = self.record(id) else {
            return;
        };
        record.link = Some(Link::default());
        let forget = record.forget.take();
        if let Some(timer) = forget {
            self.timers.disarm(timer);
        }
        self.devices[id].peer.count_connection();
        self.done(Happening::Connected(id.peer()));
        self.show_device(id, "Connected", Some(true.into()));
        self.attributes_connected(id);
    }

    /// Starts to resolve the services of a link that is up, unless they are or are being resolved.
    pub(in crate::sim::daemon) fn resolve_services(&mut self, id: DeviceId) {
        self.resolve_services_after(id, Duration::ZERO);
    }

    /// The same, once bluetoothd has waited for somebody else to ask for it.
    pub(super) fn resolve_services_after(&mut self, id: DeviceId, waits: Duration) {
        let is_needed = self.devices[id].record.as_ref().is_some_and(|record| {
            let link = record.link.as_ref();
            link.is_some_and(|link| link.resolving.is_none() && !link.is_resolved)
        });
        if !is_needed {
            return;
        }
        match self.device_fault(id, Operation::Resolve) {
            Ok(None) => {}
            _ => return,
        }
        let after = waits + self.devices[id].peer.takes(Operation::Resolve);
        let timer = self.timers.arm(after, Due::ServicesResolved(id));
        if let Some(link) = self.record(id).and_then(|record| record.link.as_mut()) {
            link.resolving = Some(timer);
        }
    }

    /// The services of a device are known.
    pub(in crate::sim) fn services_resolved(&mut self, id: DeviceId) {
        if self.devices[id].is_dropping() {
            return match self.devices[id].bearer() {
                Bearer::Le => self.resolved_for_nobody(id),
                // `device_request_disconnect` has called it off (`browse_request_cancel`).
                Bearer::BrEdr => {}
            };
        }
        let services = appearance::services(&self.devices[id].peer.spec, self.version);
        let Some(record) = self.record(id) else {
            return;
        };
        let Some(link) = record.link.as_mut() else {
            return;
        };
        link.resolving = None;
        link.is_resolved = true;
        let were_known = record.stored.services.replace(services.clone()).is_some();
        let shows_paired = std::mem::take(&mut record.paired_shows_later);
        let paired_call = record.paired_call.take();
        self.export_database(id);
        self.show_network_and_input(id);
        self.show_control(id);
        self.show_device(id, "UUIDs", Some(appearance::uuids(&services)));
        self.show_device(id, "ServicesResolved", Some(true.into()));
        if shows_paired {
            self.show_device(id, "Paired", Some(true.into()));
        }
        if let Some(call) = paired_call {
            self.bus.reply(&call, &());
        }
        if !were_known {
            // Recorded: the battery comes after new services, and before known ones.
            self.bus.flush();
        }
        self.show_battery(id);
        self.reads_capabilities(id);
        self.connect_profiles(id);
    }

    /// The services have come in when the link is about to be dropped on request. Recorded: bluetoothd then tells
    /// that they are resolved, and which they are when they are resolved the next time (`browse_request_cancel`).
    fn resolved_for_nobody(&mut self, id: DeviceId) {
        if let Some(link) = self.record(id).and_then(|record| record.link.as_mut()) {
            link.resolving = None;
            link.is_resolved = true;
        }
        self.show_device(id, "ServicesResolved", Some(true.into()));
    }

    /// Ends a link in a while, unless it has ended by then.
    pub(in crate::sim::daemon) fn lose_link_after(
        &mut self,
        id: DeviceId,
        after: Duration,
        reason: Reason,
    ) {
        let timer = self.timers.arm(after, Due::LinkLost(id, reason));
        let link = self.record(id).and_then(|record| record.link.as_mut());
        let earlier = match link {
            Some(link) => link.losing.replace(timer),
            None => Some(timer),
        };
        if let Some(earlier) = earlier {
            self.timers.disarm(earlier);
        }
    }

    /// A link has ended, for whatever reason.
    pub(in crate::sim) fn link_ended(&mut self, id: DeviceId, reason: Reason) {
        let Some(record) = self.record(id) else {
            return;
        };
        let Some(link) = record.link.take() else {
            return;
        };
        let dropping = record.dropping.take();
        let connect = record.connect.take();
        let paired_call = record.paired_call.take();
        let shows_paired = std::mem::take(&mut record.paired_shows_later) && record.stored.bonded;
        let disconnects = std::mem::take(&mut record.disconnects);
        for timer in link.timers().chain(dropping) {
            self.timers.disarm(timer);
        }
        self.done(Happening::Disconnected(id.peer(), reason));
        self.end_unicast(id, true);
        self.end_audio(id, true);
        self.end_links_with(id);
        self.drop_network(id, Told::All);
        self.show_device(id, "ServicesResolved", Some(false.into()));
        if let Some(call) = connect {
            let refusal = self.connection_refusal(id, ErrorKind::Canceled);
            self.bus.refuse(&call, &refusal);
        }
        self.tell_the_end(id, reason, &disconnects);
        self.hide_battery(id);
        self.attributes_disconnected(id);
        self.central_is_gone(id);
        if shows_paired {
            self.show_device(id, "Paired", Some(true.into()));
        }
        if let Some(call) = paired_call {
            // Keys without services: bluetoothd disregards that in the case of Pair.
            self.bus.reply(&call, &());
        }
        self.bonding_lost_its_link(id);
        let is_removal = |call: &Call| call.member() == "RemoveDevice";
        if disconnects.iter().any(is_removal) {
            self.remove_bond(id);
            // That the link has ended is told before the object goes.
            self.bus.flush();
            self.forget(id);
        } else {
            self.keep_temporary(id);
            self.comes_back(id, Some(reason));
        }
    }

    /// Shows that a link has ended, and answers who asked for it, in this release's order.
    fn tell_the_end(&mut self, id: DeviceId, reason: Reason, disconnects: &[Call]) {
        let answers_first = self.version == Version::V5_66;
        let (first, last) = disconnects.split_at(if answers_first { disconnects.len() } else { 0 });
        for call in first {
            self.bus.reply(call, &());
        }
        self.tell_reason(id, self.devices[id].bearer_interface(), reason);
        self.end_unstored_pairing(id);
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
    fn end_unstored_pairing(&mut self, id: DeviceId) {
        let Some(record) = self.record(id) else {
            return;
        };
        if record.stored.paired && !record.stored.bonded {
            record.stored.paired = false;
            self.show_device(id, "Paired", Some(false.into()));
        }
    }
}
