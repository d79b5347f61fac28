//! What is heard of devices: in a discovery, and when they come and go.

use std::time::Duration;

use tokio::time::Instant;

use super::DeviceId;
use crate::sim::{
    daemon::{AdapterId, Daemon, Due, Reason, interfaces::DEVICE},
    error::Bearer,
    kernel::Happening,
    scene::{Effect, Operation},
};

/// A change of strength below this, in dB, is not reported (`RSSI_THRESHOLD` in `src/device.c`).
const THRESHOLD: u16 = 8;

/// How long a link lives on when the device is gone: the supervision timeouts, BlueZ's for LE and
/// the standard's for BR/EDR (Core Spec Vol 4, Part E, 6.21).
const SUPERVISION_LE: Duration = Duration::from_millis(420);
const SUPERVISION_BREDR: Duration = Duration::from_secs(20);

impl Daemon {
    /// A scan has begun: every device of the adapter is heard when its time comes.
    pub(in crate::sim) fn listen(&mut self, adapter: AdapterId) {
        let scan = self.adapters[adapter].discovery.scan();
        for id in self.devices.ids::<DeviceId>().collect::<Vec<_>>() {
            if self.devices[id].adapter != adapter {
                continue;
            }
            let peer = &mut self.devices[id].peer;
            let is_silent = matches!(
                peer.strike(Operation::Discover),
                Some(Effect::Vanish(_) | Effect::NeverAnswers | Effect::Error(_))
            );
            if !is_silent {
                let after = peer.appears_after();
                self.timers.arm(after, Due::Heard(id, scan));
            }
        }
    }

    /// A device's turn to be heard in a scan.
    pub(in crate::sim) fn heard(&mut self, id: DeviceId, scan: u64) {
        let adapter = self.devices[id].adapter;
        let discovery = &self.adapters[adapter].discovery;
        if !discovery.is_running() || discovery.scan() != scan {
            return;
        }
        let peer = &mut self.devices[id].peer;
        let again = peer.heard_every().max(Duration::from_millis(1));
        self.timers.arm(again, Due::Heard(id, scan));
        // A connected device does not advertise.
        let peer = &mut self.devices[id].peer;
        let bearer = Bearer::heard_on(peer.spec.transport);
        let is_resting = self.adapters[adapter].discovery.is_resting();
        if peer.is_present() && !is_resting && !self.devices[id].is_up_on(bearer) {
            let strength = self.devices[id].peer.strength();
            self.done(Happening::Heard(id.on(bearer), strength));
            self.advertisement(id, strength);
        }
    }

    fn advertisement(&mut self, id: DeviceId, strength: i16) {
        if self.is_wanted(id, strength) {
            self.tell_heard(id, strength);
            self.found(id);
            self.hears_broadcast(id);
        }
    }

    /// Somebody wants to know of a device that is heard.
    pub(in crate::sim::daemon) fn tell_heard(&mut self, id: DeviceId, strength: i16) {
        if self.devices[id].record.is_none() {
            self.make_record(id, None);
        }
        self.keep_temporary(id);
        // Who advertises that it has BR/EDR is heard on that, too (`btd_adapter_device_found`).
        for bearer in self.devices[id].bearers() {
            self.seen_on(id, *bearer);
        }
        let path = &self.devices[id].path;
        let known = self.bus.tree.get(path, "org.bluez.Device1", "RSSI").cloned();
        let is_news = match known.and_then(|value| i16::try_from(value).ok()) {
            Some(known) => known.abs_diff(strength) >= THRESHOLD,
            None => true,
        };
        let each = self.tells_each_strength(self.devices[id].adapter);
        if is_news || each {
            self.show_device(id, "RSSI", Some(strength.into()));
        }
        if each {
            self.bus.tree.touch(&self.devices[id].path, &DEVICE, "RSSI");
        }
        if let Some(power) = self.devices[id].peer.spec.tx_power {
            self.show_device(id, "TxPower", Some(i16::from(power).into()));
        }
    }

    /// Wakes when a device next comes or goes by itself.
    pub(in crate::sim) fn watch_presence(&mut self, id: DeviceId) {
        if let Some(earlier) = self.devices[id].watch.take() {
            self.timers.disarm(earlier);
        }
        if let Some(change) = self.devices[id].peer.next_change() {
            let after = change.saturating_duration_since(Instant::now());
            self.devices[id].watch = Some(self.timers.arm(after, Due::Presence(id)));
        }
    }

    /// A device has come or gone.
    pub(in crate::sim) fn presence_changed(&mut self, id: DeviceId) {
        self.watch_presence(id);
        self.lose_link_of_absent(id);
        if self.devices[id].peer.is_present() {
            self.comes_back(id, None);
            self.awaits_advertisement(id);
        }
    }

    /// The link to a device that is gone is lost when its supervision ends.
    pub(super) fn lose_link_of_absent(&mut self, id: DeviceId) {
        if self.devices[id].peer.is_present() {
            return;
        }
        for bearer in self.devices[id].bearers_up().collect::<Vec<_>>() {
            self.lose_link_after(id, bearer, supervision(bearer), Reason::Timeout);
        }
    }

    /// How long it is until links end because their device goes by itself.
    pub(in crate::sim::daemon) fn ends_by_absence(&self, id: DeviceId) -> Vec<(Bearer, Duration)> {
        let device = &self.devices[id];
        let goes = device.peer.next_change().filter(|_| device.peer.is_present());
        let Some(goes) = goes else { return Vec::new() };
        let after = goes.saturating_duration_since(Instant::now());
        device.bearers_up().map(|bearer| (bearer, after + supervision(bearer))).collect()
    }
}

fn supervision(bearer: Bearer) -> Duration {
    match bearer {
        Bearer::Le => SUPERVISION_LE,
        Bearer::BrEdr => SUPERVISION_BREDR,
    }
}
