//! Advertisement monitors of clients, as `bluetoothd --experimental` has them (`src/adv_monitor.c`;
//! `doc/org.bluez.AdvertisementMonitorManager.rst`), over a controller that compares nothing itself: the kernel listens
//! all the time, and bluetoothd compares.
//!
//! The monitors of a root are read once, when it is registered; those that a client adds to it later are not seen.

mod objects;
mod sight;

use std::{collections::BTreeMap, num::NonZeroU32, time::Duration};

use tokio::time::Instant;
use zbus::{ObjectPath, OwnedObjectPath, message::Message};

use super::{AdapterId, Daemon, DeviceId, Due, adapter::PowerState};
use crate::{
    mgmt::protocol::Eir,
    sim::{
        bus::{Answer, Answered, Call, Client, OBJECT_MANAGER, Refusal, arguments},
        error::Bearer,
        kernel,
    },
};
use objects::Wanted;
use sight::{News, Sight};

const MONITOR: &str = "org.bluez.AdvertisementMonitor1";
/// How long the kernel takes over a monitor.
const KERNEL: Duration = Duration::from_millis(2);

/// Names a monitor, also when it has gone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct MonitorId(u64);

/// What clients watch.
#[derive(Default)]
pub(super) struct Monitors {
    apps: Vec<App>,
    /// How many monitors there have been.
    made: u64,
    /// Counts the times that an adapter has begun to listen for monitors, so that what was armed before is known for old.
    listens: BTreeMap<AdapterId, u64>,
}

/// A root of a client's.
struct App {
    adapter: AdapterId,
    client: Client,
    path: String,
    /// Its registration, while that is not answered, and the serial of the call for its objects.
    registration: Option<(Call, NonZeroU32)>,
    monitors: Vec<Monitor>,
}

struct Monitor {
    id: MonitorId,
    path: String,
    wanted: Wanted,
    /// Whether the kernel has it.
    active: bool,
    devices: BTreeMap<DeviceId, Sight>,
}

impl Monitors {
    fn position(&self, adapter: AdapterId, client: &Client, path: &str) -> Option<usize> {
        self.apps
            .iter()
            .position(|app| app.adapter == adapter && app.client == *client && app.path == path)
    }

    fn on(&self, adapter: AdapterId) -> impl Iterator<Item = &Monitor> {
        self.apps.iter().filter(move |app| app.adapter == adapter).flat_map(|app| &app.monitors)
    }

    fn is_listening(&self, adapter: AdapterId) -> bool {
        self.on(adapter).any(|monitor| monitor.active)
    }

    /// A monitor, and whose it is.
    fn get(&mut self, id: MonitorId) -> Option<(&Client, &mut Monitor)> {
        self.apps.iter_mut().find_map(|app| {
            let found = app.monitors.iter_mut().find(|monitor| monitor.id == id)?;
            Some((&app.client, found))
        })
    }
}

impl Daemon {
    /// The method of `org.bluez.AdvertisementMonitorManager1` that a call names.
    pub(super) fn monitor_method(&mut self, adapter: AdapterId, call: &Call) -> Answered {
        let path: OwnedObjectPath = arguments(call)?;
        let path = path.as_str().to_owned();
        let known = self.monitors.position(adapter, call.client(), &path);
        if call.member() == "UnregisterMonitor" {
            let at = known.ok_or_else(Refusal::does_not_exist)?;
            self.remove_monitors(at, true);
            return Ok(Answer::Empty);
        }
        if known.is_some() {
            return Err(Refusal::already_exists());
        }
        let method = (OBJECT_MANAGER.name, "GetManagedObjects");
        let Some(serial) = self.bus.request(call.client(), &path, method, &()) else {
            return Err(Refusal::failed("Failed to create Adv Monitor app"));
        };
        self.monitors.apps.push(App {
            adapter,
            client: call.client().clone(),
            path,
            registration: Some((call.clone(), serial)),
            monitors: Vec::new(),
        });
        Ok(Answer::Later)
    }

    /// A client has told what monitors it has. Gives whether this was its answer.
    pub(super) fn monitors_told(&mut self, message: &Message) -> bool {
        let Some(serial) = message.header().reply_serial() else { return false };
        let is_it =
            |app: &&mut App| app.registration.as_ref().is_some_and(|(_, asked)| *asked == serial);
        let monitors = &mut self.monitors;
        let Some(app) = monitors.apps.iter_mut().find(is_it) else { return false };
        let Some((call, _)) = app.registration.take() else { return true };
        let (adapter, client, root) = (app.adapter, app.client.clone(), app.path.clone());
        let mut unfit = Vec::new();
        for (path, read) in objects::read(message, MONITOR) {
            let Some(wanted) = read else {
                unfit.push(path);
                continue;
            };
            monitors.made += 1;
            let id = MonitorId(monitors.made);
            let devices = BTreeMap::new();
            app.monitors.push(Monitor { id, path, wanted, active: false, devices });
        }
        for path in unfit {
            self.bus.notify(&client, &path, (MONITOR, "Release"), &());
        }
        self.bus.reply(&call, &());
        self.timers.arm(KERNEL, Due::MonitorsAdded(adapter, client, root));
        true
    }

    /// The kernel has the monitors of a root, or takes none because the adapter is off.
    pub(super) fn monitors_added(&mut self, adapter: AdapterId, client: &Client, root: &str) {
        let Some(at) = self.monitors.position(adapter, client, root) else { return };
        let is_on = self.adapters[adapter].power.is_on();
        let was_listening = self.monitors.is_listening(adapter);
        let Some(app) = self.monitors.apps.get_mut(at) else { return };
        for monitor in &mut app.monitors {
            monitor.active = is_on;
            let member = if is_on { "Activate" } else { "Release" };
            self.bus.notify(client, &monitor.path, (MONITOR, member), &());
        }
        app.monitors.retain(|monitor| monitor.active);
        if !was_listening && self.monitors.is_listening(adapter) {
            self.listen_for_monitors(adapter);
        }
    }

    fn listen_for_monitors(&mut self, adapter: AdapterId) {
        let turn = self.monitors.listens.entry(adapter).or_default();
        *turn += 1;
        let turn = *turn;
        for id in self.devices.ids::<DeviceId>().collect::<Vec<_>>() {
            if self.devices[id].adapter == adapter && self.devices[id].peer.spec.transport.has_le()
            {
                let after = self.devices[id].peer.appears_after();
                self.timers.arm(after, Due::Watched(id, turn));
            }
        }
    }

    /// A device's turn to be heard by who watches. A connected one does not advertise.
    pub(super) fn watched(&mut self, id: DeviceId, turn: u64) {
        let adapter = self.devices[id].adapter;
        let is_old = self.monitors.listens.get(&adapter) != Some(&turn);
        if is_old || !self.monitors.is_listening(adapter) {
            return;
        }
        let again = self.devices[id].peer.heard_every().max(Duration::from_millis(1));
        self.timers.arm(again, Due::Watched(id, turn));
        // One that is on its way to off listens no more.
        let is_on = self.adapters[adapter].power == PowerState::On;
        if is_on && self.devices[id].peer.is_present() && !self.devices[id].is_up_on(Bearer::Le) {
            self.compare(id);
        }
    }

    fn compare(&mut self, id: DeviceId) {
        let advertised: Eir = kernel::shown(&self.devices[id].peer);
        let (adapter, version) = (self.devices[id].adapter, self.version);
        let fits = |monitor: &&Monitor| {
            let mut patterns = monitor.wanted.patterns.iter();
            monitor.active && patterns.any(|pattern| pattern.is_in(&advertised, version))
        };
        let matched: Vec<MonitorId> =
            self.monitors.on(adapter).filter(fits).map(|monitor| monitor.id).collect();
        if matched.is_empty() {
            return;
        }
        let strength = self.devices[id].peer.strength();
        self.tell_heard(id, strength);
        for monitor in matched {
            self.sees(monitor, id, strength);
        }
    }

    /// A monitor whose patterns fit has a device before it.
    fn sees(&mut self, monitor: MonitorId, id: DeviceId, heard: i16) {
        let Some((_, found)) = self.monitors.get(monitor) else { return };
        let Some(strength) = found.wanted.strength else {
            return self.tell_monitor(monitor, id, "DeviceFound");
        };
        let sight = found.devices.entry(id).or_default();
        let news = sight.hears(heard, &strength, Instant::now());
        let (earlier, is_found) = (sight.lost.take(), sight.found);
        if let Some(timer) = earlier {
            self.timers.disarm(timer);
        }
        if let Some(news) = news {
            let member = if news == News::Found { "DeviceFound" } else { "DeviceLost" };
            self.tell_monitor(monitor, id, member);
        }
        if is_found {
            let timer = self.timers.arm(strength.low_timeout, Due::OutOfRange(monitor, id));
            self.set_lost_timer(monitor, id, timer);
        }
    }

    fn set_lost_timer(&mut self, monitor: MonitorId, id: DeviceId, timer: super::TimerId) {
        let found = self.monitors.get(monitor);
        if let Some(sight) = found.and_then(|(_, monitor)| monitor.devices.get_mut(&id)) {
            sight.lost = Some(timer);
        }
    }

    /// A device that was found has not been heard for too long.
    pub(super) fn out_of_range(&mut self, monitor: MonitorId, id: DeviceId) {
        let Some((_, found)) = self.monitors.get(monitor) else { return };
        let Some(sight) = found.devices.get_mut(&id) else { return };
        sight.lost = None;
        sight.found = false;
        self.tell_monitor(monitor, id, "DeviceLost");
    }

    fn tell_monitor(&mut self, monitor: MonitorId, id: DeviceId, member: &str) {
        let Some((client, monitor)) = self.monitors.get(monitor) else { return };
        let (client, path) = (client.clone(), monitor.path.clone());
        let device = ObjectPath::from_str_unchecked(&self.devices[id].path).into_owned();
        self.bus.notify(&client, &path, (MONITOR, member), &device);
    }

    /// bluetoothd knows a device no more; monitors are not told.
    pub(super) fn monitors_forget(&mut self, id: DeviceId) {
        let monitors = self.monitors.apps.iter_mut().flat_map(|app| &mut app.monitors);
        let sights = monitors.filter_map(|monitor| monitor.devices.remove(&id));
        for timer in sights.filter_map(|sight| sight.lost) {
            self.timers.disarm(timer);
        }
    }

    /// An adapter is about to be switched off: what was found and could still be lost is lost
    /// (`btd_adv_monitor_power_down`, which leaves it found).
    pub(super) fn monitors_power_down(&mut self, adapter: AdapterId) {
        let mut lost = Vec::new();
        let apps = self.monitors.apps.iter_mut().filter(|app| app.adapter == adapter);
        for monitor in apps.flat_map(|app| &mut app.monitors) {
            for (id, sight) in &mut monitor.devices {
                lost.extend(sight.lost.take().map(|timer| (monitor.id, *id, timer)));
            }
        }
        for (monitor, id, timer) in lost {
            self.timers.disarm(timer);
            self.tell_monitor(monitor, id, "DeviceLost");
        }
    }

    /// A client has left the bus, and its monitors with it.
    pub(super) fn end_monitors_of(&mut self, client: &Client) {
        while let Some(at) = self.monitors.apps.iter().position(|app| app.client == *client) {
            self.remove_monitors(at, false);
        }
    }

    /// An adapter has been pulled out: whoever watches with it does so no longer.
    pub(super) fn end_monitors_on(&mut self, adapter: AdapterId) {
        while let Some(at) = self.monitors.apps.iter().position(|app| app.adapter == adapter) {
            self.remove_monitors(at, true);
        }
    }

    fn remove_monitors(&mut self, at: usize, tells: bool) {
        let gone = self.monitors.apps.remove(at);
        for monitor in gone.monitors {
            if tells {
                self.bus.notify(&gone.client, &monitor.path, (MONITOR, "Release"), &());
            }
            for timer in monitor.devices.into_values().filter_map(|sight| sight.lost) {
                self.timers.disarm(timer);
            }
        }
        if let Some((call, _)) = gone.registration {
            self.bus.refuse(&call, &Refusal::failed("Adv Monitor app destroyed"));
        }
    }
}
