//! Discovery: every client has its own, one scan serves them all, and a client that leaves takes
//! its discovery with it. When the last ends, how strongly devices were heard is withdrawn.

use std::{collections::BTreeMap, time::Duration};

use tokio::time::Instant;
use zbus::OwnedVariant;

use super::{AdapterId, Setting, filter, filter::Filter};
use crate::sim::{
    bus::{Answer, Answered, Call, Client, Refusal, Value, arguments},
    daemon::{Daemon, DeviceId, Due},
    kernel::Happening,
    scene::Operation,
};

/// How long the kernel scans, LE and BR/EDR together, before bluetoothd lets it rest.
const SCAN: Duration = Duration::from_millis(10_240);
/// How long it rests (`IDLE_DISCOV_TIMEOUT`).
const REST: Duration = Duration::from_secs(5);
/// A scan and the rest after it (recorded).
const ROUND: Duration = Duration::from_millis(15_300);

/// The discoveries of an adapter.
#[derive(Default)]
pub(in crate::sim) struct Discovery {
    sessions: Vec<Session>,
    /// Filters of clients that discover nothing now.
    presets: Vec<(Client, Filter)>,
    /// Since when the kernel scans.
    running: Option<Instant>,
    /// Counts the scans, so that what was armed for an earlier one is known for old.
    scan: u64,
    /// Counts the rounds of the scan, and its resumptions.
    round: u64,
    /// Whether somebody else has stopped the kernel's scan.
    stopped: bool,
    /// Whether a filter has made the adapter discoverable.
    made_discoverable: bool,
    /// What this scan has found, in order.
    found: Vec<DeviceId>,
}

struct Session {
    client: Client,
    filter: Option<Filter>,
    /// The call that is not answered yet, StartDiscovery or StopDiscovery.
    waiting: Option<Call>,
    /// Whether it is on its way to its end.
    ends: bool,
}

impl Discovery {
    /// No discovery, after all there were: what was armed for those stays old.
    pub(super) fn start_over(&mut self) {
        *self = Discovery { scan: self.scan, round: self.round, ..Discovery::default() };
    }

    pub(in crate::sim) fn is_running(&self) -> bool {
        self.running.is_some()
    }

    /// Whether it rests between two rounds: nothing is heard then.
    pub(in crate::sim) fn is_resting(&self) -> bool {
        let elapsed = self.running.map(|since| since.elapsed().as_millis());
        self.stopped
            || elapsed.is_some_and(|elapsed| elapsed % ROUND.as_millis() >= SCAN.as_millis())
    }

    pub(in crate::sim) fn scan(&self) -> u64 {
        self.scan
    }

    fn filters(&self) -> Vec<Option<&Filter>> {
        self.sessions.iter().map(|session| session.filter.as_ref()).collect()
    }

    fn session(&mut self, client: &Client) -> Option<&mut Session> {
        self.sessions.iter_mut().find(|session| session.client == *client)
    }

    /// Takes a client's session away, and keeps its filter for the next.
    fn end(&mut self, client: &Client) {
        self.sessions.retain_mut(|session| {
            let ends = session.client == *client;
            if ends && let Some(filter) = session.filter.take() {
                self.presets.push((client.clone(), filter));
            }
            !ends
        });
    }

    fn take_preset(&mut self, client: &Client) -> Option<Filter> {
        let at = self.presets.iter().position(|(owner, _)| owner == client)?;
        Some(self.presets.swap_remove(at).1)
    }

    pub(in crate::sim) fn forget_device(&mut self, device: DeviceId) {
        self.found.retain(|found| *found != device);
    }
}

impl Daemon {
    pub(super) fn start_discovery(&mut self, id: AdapterId, call: &Call) -> Answered {
        if !self.adapters[id].power.is_on() {
            return Err(Refusal::not_ready());
        }
        let discovery = &mut self.adapters[id].discovery;
        if discovery.session(call.client()).is_some() {
            return Err(Refusal::busy());
        }
        if let Some(answer) = self.adapter_fault(id, Operation::Discover) {
            return answer;
        }
        let discovery = &mut self.adapters[id].discovery;
        let filter = discovery.take_preset(call.client());
        let is_served = discovery.is_running() && discovery.filters().contains(&filter.as_ref());
        let waiting = (!is_served).then(|| call.clone());
        let client = call.client().clone();
        discovery.sessions.push(Session { client, filter, waiting, ends: false });
        self.obey_discoverable_filter(id);
        if is_served {
            return Ok(Answer::Empty);
        }
        let adapter = &mut self.adapters[id];
        let after = adapter.takes(adapter.spec.discover);
        self.timers.arm(after, Due::DiscoveryStarted(id, call.client().clone()));
        Ok(Answer::Later)
    }

    /// The kernel scans for a client.
    pub(in crate::sim) fn discovery_started(&mut self, id: AdapterId, client: &Client) {
        let discovery = &mut self.adapters[id].discovery;
        let Some(session) = discovery.session(client).filter(|session| !session.ends) else {
            return;
        };
        if let Some(call) = session.waiting.take() {
            self.bus.reply(&call, &());
        }
        let discovery = &mut self.adapters[id].discovery;
        if !discovery.is_running() {
            discovery.running = Some(Instant::now());
            discovery.scan += 1;
            self.begin_round(id);
            self.show_adapter(id, "Discovering", true.into());
            self.listen(id);
        }
    }

    /// The kernel scans, and bluetoothd has it scan again after a rest.
    fn begin_round(&mut self, id: AdapterId) {
        let discovery = &mut self.adapters[id].discovery;
        discovery.round += 1;
        let (round, types) = (discovery.round, filter::scanned(&discovery.filters()));
        self.done(Happening::Scans(id.0, Some(types)));
        self.timers.arm(ROUND, Due::ScanAgain(id, round));
    }

    pub(in crate::sim) fn scan_again(&mut self, id: AdapterId, round: u64) {
        let discovery = &mut self.adapters[id].discovery;
        if !discovery.is_running() || discovery.round != round {
            return;
        }
        if std::mem::take(&mut discovery.stopped) {
            discovery.running = Some(Instant::now());
        }
        self.begin_round(id);
    }

    /// Somebody else has stopped bluetoothd's scan: recorded, it shows nothing, and scans again after its usual rest.
    pub(in crate::sim::daemon) fn scan_stopped(&mut self, id: AdapterId) {
        let discovery = &mut self.adapters[id].discovery;
        if discovery.is_running() {
            discovery.stopped = true;
            discovery.round += 1;
            let round = discovery.round;
            self.timers.arm(REST, Due::ScanAgain(id, round));
        }
    }

    pub(super) fn stop_discovery(&mut self, id: AdapterId, call: &Call) -> Answered {
        if !self.adapters[id].power.is_on() {
            return Err(Refusal::not_ready());
        }
        let discovery = &mut self.adapters[id].discovery;
        let Some(session) = discovery.session(call.client()) else {
            return Err(Refusal::failed("No discovery started"));
        };
        if session.waiting.is_some() {
            return Err(Refusal::busy());
        }
        if let Some(answer) = self.adapter_fault(id, Operation::StopDiscovery) {
            return answer;
        }
        if self.adapters[id].discovery.sessions.len() > 1 {
            self.adapters[id].discovery.end(call.client());
            return Ok(Answer::Empty);
        }
        if self.adapters[id].discovery.is_resting() {
            // There is no scan to stop, so that this reply comes last: recorded.
            self.end_last_discovery(id, call.client());
            return Ok(Answer::Empty);
        }
        self.stop_scan(id, call.client(), Some(call.clone()));
        Ok(Answer::Later)
    }

    /// Who discovers may ask to be discoverable meanwhile.
    fn obey_discoverable_filter(&mut self, id: AdapterId) {
        let adapter = &mut self.adapters[id];
        let mut filters = adapter.discovery.sessions.iter().filter_map(|s| s.filter.as_ref());
        if !adapter.discoverable && filters.any(|filter| filter.discoverable) {
            adapter.discovery.made_discoverable = true;
            self.kernel(Due::Set(id, Setting::Connectable, true, None));
            self.kernel(Due::Set(id, Setting::Discoverable, true, None));
        }
    }

    fn end_discoverable_filter(&mut self, id: AdapterId) {
        if std::mem::take(&mut self.adapters[id].discovery.made_discoverable) {
            self.kernel(Due::Set(id, Setting::Connectable, false, None));
        }
    }

    fn stop_scan(&mut self, id: AdapterId, client: &Client, waiting: Option<Call>) {
        let adapter = &mut self.adapters[id];
        let after = adapter.takes(adapter.spec.discover);
        if let Some(session) = adapter.discovery.session(client) {
            session.waiting = waiting;
            session.ends = true;
        }
        self.timers.arm(after, Due::DiscoveryStopped(id, client.clone()));
    }

    /// The kernel scans no more for a client, which was the last.
    pub(in crate::sim) fn discovery_stopped(&mut self, id: AdapterId, client: &Client) {
        let discovery = &mut self.adapters[id].discovery;
        let Some(session) = discovery.session(client).filter(|session| session.ends) else {
            return;
        };
        if let Some(call) = session.waiting.take() {
            self.bus.reply(&call, &());
        }
        self.end_last_discovery(id, client);
    }

    fn end_last_discovery(&mut self, id: AdapterId, client: &Client) {
        self.adapters[id].discovery.end(client);
        if self.adapters[id].discovery.sessions.is_empty() {
            self.end_discoverable_filter(id);
            self.clean_up_discovery(id);
            self.show_adapter(id, "Discovering", false.into());
        }
    }

    /// Withdraws what belongs to a scan that has ended.
    fn clean_up_discovery(&mut self, id: AdapterId) {
        self.done(Happening::Scans(id.0, None));
        let discovery = &mut self.adapters[id].discovery;
        discovery.running = None;
        discovery.stopped = false;
        for device in std::mem::take(&mut discovery.found).into_iter().rev() {
            self.withdraw_strength(device);
        }
        for device in self.known_devices(id) {
            let known = &self.devices[device];
            if known.is_temporary() && !known.peer.spec.connectable && !known.is_connected() {
                self.forget(device);
            }
        }
    }

    /// Power is gone: so are all discoveries, and their filters. Waiting calls hear that the
    /// adapter is busy.
    pub(super) fn end_all_discoveries(&mut self, id: AdapterId) {
        let discovery = &mut self.adapters[id].discovery;
        discovery.presets.clear();
        let sessions = std::mem::take(&mut discovery.sessions);
        for call in sessions.into_iter().filter_map(|session| session.waiting) {
            self.bus.refuse(&call, &Refusal::busy());
        }
        self.clean_up_discovery(id);
    }

    /// A client has left the bus.
    pub(in crate::sim) fn end_discovery_of(&mut self, client: &Client) {
        for id in self.adapters.ids().collect::<Vec<_>>() {
            let discovery = &mut self.adapters[id].discovery;
            discovery.presets.retain(|(owner, _)| owner != client);
            let Some(session) = discovery.session(client) else {
                continue;
            };
            session.filter = None;
            match discovery.sessions.len() {
                1 => self.stop_scan(id, client, None),
                _ => discovery.end(client),
            }
        }
    }

    pub(super) fn set_discovery_filter(&mut self, id: AdapterId, call: &Call) -> Answered {
        if !self.adapters[id].power.is_on() {
            return Err(Refusal::not_ready());
        }
        let entries: BTreeMap<String, OwnedVariant> = arguments(call)?;
        let entries = entries.into_iter().map(|(key, value)| (key, Value::from(value)));
        let filter = Filter::read(entries.collect(), self.version)
            .map_err(|()| Refusal::invalid_arguments())?;
        let discovery = &mut self.adapters[id].discovery;
        if let Some(session) = discovery.session(call.client()) {
            session.filter = filter;
            self.obey_discoverable_filter(id);
            return Ok(Answer::Empty);
        }
        discovery.take_preset(call.client());
        discovery.presets.extend(filter.map(|filter| (call.client().clone(), filter)));
        Ok(Answer::Empty)
    }

    pub(super) fn discovery_filters(&mut self, call: &Call) -> Answered {
        call.answer(&filter::keys(self.version))
    }

    /// Whether what is heard of a device is of interest to anybody.
    pub(in crate::sim) fn is_wanted(&self, device: DeviceId, strength: i16) -> bool {
        let device = &self.devices[device];
        let discovery = &self.adapters[device.adapter].discovery;
        discovery.is_running() && filter::pass(&discovery.filters(), &device.peer, strength)
    }

    /// Whether each strength with which a device is heard is told.
    pub(in crate::sim) fn tells_each_strength(&self, adapter: AdapterId) -> bool {
        let discovery = &self.adapters[adapter].discovery;
        filter::tells_each_strength(&discovery.filters())
    }

    /// Notes that this scan has found a device.
    pub(in crate::sim) fn found(&mut self, device: DeviceId) {
        let discovery = &mut self.adapters[self.devices[device].adapter].discovery;
        let Some(record) = &mut self.devices[device].record else {
            return;
        };
        if record.found_in != discovery.scan {
            record.found_in = discovery.scan;
            discovery.found.push(device);
        }
    }

    /// Withdraws how strongly a device was heard.
    fn withdraw_strength(&mut self, device: DeviceId) {
        for property in ["RSSI", "TxPower"] {
            self.show_device(device, property, None);
        }
    }
}
