//! Discovery: one scan at a time for a controller, whoever began it, and everybody hears what it
//! finds.

use std::time::Duration;

use super::{
    Deed, Due, Kernel, PeerId, Peers, Place, Request, Status, Taken, Version, device_record, eir,
};
use crate::{
    mgmt::protocol::{Record, Setting, Uuid, Value},
    sim::{error::Bearer, radio::Peer},
};

/// How long a scan takes, by itself (`DISCOV_LE_TIMEOUT`, and an inquiry of 8 times 1.28 s;
/// recorded).
const SCAN: Duration = Duration::from_millis(10_240);
/// The sets of address types that there are scans for.
const BREDR: u8 = 0x01;
const LE: u8 = 0x06;
const BOTH: u8 = 0x07;
/// No threshold, and no strength.
const ANY_STRENGTH: i8 = 127;
/// Flags of Device Found (`MGMT_DEV_FOUND_*`).
const LEGACY_PAIRING: u8 = 0x02;
const NOT_CONNECTABLE: u8 = 0x04;

/// A scan that is under way.
#[derive(Clone, Debug)]
pub(super) struct Scan {
    number: u64,
    types: u8,
    /// Whether bluetoothd has it scan, and tells what it hears.
    of_bluetoothd: bool,
    threshold: i8,
    services: Vec<Uuid>,
}

impl Kernel {
    pub(super) fn start_discovery(&mut self, place: Place, request: &Request) -> Taken {
        self.check_on(place)?;
        let starts = ["Start Discovery", "Start Limited Discovery", "Start Service Discovery"];
        self.check_idle(place, &starts)?;
        let controller = &self.controllers[place];
        if controller.scan.is_some() {
            return Err(Status::BUSY);
        }
        let has = |setting| if controller.has(setting) { Ok(()) } else { Err(Status::REJECTED) };
        match request.octet("address-type") {
            BREDR => has(Setting::Bredr)?,
            LE => has(Setting::Le)?,
            BOTH => has(Setting::Le).and(has(Setting::Bredr))?,
            _ => return Err(Status::INVALID_PARAMETERS),
        }
        let after = controller.spec.discover.draw(&mut self.chance);
        self.later_after(place, request, after)
    }

    /// The controller scans. Of LE the event comes before the answer, of BR/EDR alone after it
    /// (recorded); 6.1 always answers first.
    pub(super) fn discovery_started(
        &mut self,
        place: Place,
        request: &Request,
        air: &mut dyn Peers,
    ) -> Taken {
        if self.controllers[place].scan.is_some() {
            return Err(Status::BUSY);
        }
        let types = request.octet("address-type");
        let uuid = |value: &Value| match value {
            Value::Uuid(uuid) => Some(*uuid),
            _ => None,
        };
        let services = request.arguments.values("uuid").iter().filter_map(uuid).collect();
        let threshold = request.arguments.signed("rssi-threshold").unwrap_or(ANY_STRENGTH);
        let scan = Scan { number: 0, types, of_bluetoothd: false, threshold, services };
        let reply = Record::new().with("address-type", types);
        if types == BREDR || self.version == Version::V5_66 {
            self.complete(request, &reply);
            self.scan_begins(place, scan);
        } else {
            self.scan_begins(place, scan);
            self.complete(request, &reply);
        }
        self.listen(place, air);
        Ok(())
    }

    fn scan_begins(&mut self, place: Place, scan: Scan) {
        let controller = &mut self.controllers[place];
        controller.scans += 1;
        let number = controller.scans;
        let types = scan.types;
        controller.scan = Some(Scan { number, ..scan });
        self.timers.arm(SCAN, Due::ScanEnds(place, number));
        self.tell_scan(place, types, true);
    }

    fn tell_scan(&mut self, place: Place, types: u8, on: bool) {
        let record = Record::new().with("address-type", types).with("discovering", on);
        self.tell(place, "Discovering", &record, None);
    }

    /// Every device is heard when its time comes.
    fn listen(&mut self, place: Place, air: &mut dyn Peers) {
        let number = self.controllers[place].scans;
        for id in air.ends() {
            let is_heard = |peer: &&mut Peer| {
                peer.adapter == place.number() && Bearer::heard_on(peer.spec.transport) == id.bearer
            };
            let Some(peer) = air.peer(id).filter(is_heard) else {
                continue;
            };
            let after = peer.appears_after();
            self.timers.arm(after, Due::Heard(place, id, number));
        }
    }

    /// A device's turn to be heard in a client's scan.
    pub(super) fn heard(&mut self, place: Place, id: PeerId, number: u64, air: &mut dyn Peers) {
        let is_on = self.controllers[place].scan.as_ref().is_some_and(|scan| scan.number == number);
        let Some(peer) = air.peer(id).filter(|_| is_on) else {
            return;
        };
        let again = peer.heard_every().max(Duration::from_millis(1));
        self.timers.arm(again, Due::Heard(place, id, number));
        // A connected device does not advertise.
        let Some(peer) = air.peer(id).filter(|peer| peer.is_present()) else {
            return;
        };
        if self.controllers[place].link(id).is_none() {
            let strength = peer.strength();
            self.found(place, id, strength, air);
        }
    }

    /// A scan has heard a device, this strongly; those hear of it who listen, if it is what the
    /// scan is for.
    pub(super) fn found(&mut self, place: Place, id: PeerId, strength: i16, air: &mut dyn Peers) {
        let (Some(scan), Some(peer)) = (&self.controllers[place].scan, air.peer(id)) else {
            return;
        };
        let kind = eir::address_type(peer, id.bearer);
        let rssi = i8::try_from(strength).unwrap_or(ANY_STRENGTH);
        let is_strong =
            scan.threshold == ANY_STRENGTH || (rssi >= scan.threshold && rssi != ANY_STRENGTH);
        let has = |service: &Uuid| {
            peer.spec.services.iter().filter_map(eir::protocol).any(|uuid| uuid == *service)
        };
        let is_asked = scan.services.is_empty() || scan.services.iter().any(has);
        let is_scanned = kind.bit().is_some_and(|bit| scan.types & bit != 0);
        if !is_strong || !is_asked || !is_scanned || self.clients.are_none() {
            return;
        }
        let spec = &peer.spec;
        let legacy = if spec.pin.is_some() { LEGACY_PAIRING } else { 0 };
        let flags = legacy | if spec.connectable { 0 } else { NOT_CONNECTABLE };
        let record = device_record(peer.address, kind)
            .with("rssi", rssi)
            .with("flags", flags)
            .with("eir-data", eir::shown(peer));
        self.tell(place, "Device Found", &record, None);
    }

    pub(super) fn stop_discovery(&mut self, place: Place, request: &Request) -> Taken {
        let scan = self.controllers[place].scan.as_ref().ok_or(Status::REJECTED)?;
        if scan.types != request.octet("address-type") {
            return Err(Status::INVALID_PARAMETERS);
        }
        if self.is_pending(place, &["Stop Discovery"]) {
            return Err(Status::REJECTED);
        }
        self.later(place, request)
    }

    /// The controller scans no more. Of LE the answer comes before the event, of BR/EDR alone after
    /// it (recorded).
    pub(super) fn discovery_stopped(&mut self, place: Place, request: &Request) -> Taken {
        let types = request.octet("address-type");
        let reply = Record::new().with("address-type", types);
        let scan = self.controllers[place].scan.clone();
        let was_bluetoothds = scan.is_some_and(|scan| scan.of_bluetoothd);
        if types == BREDR && self.version > Version::V5_66 {
            self.scan_stops(place);
            self.complete(request, &reply);
        } else {
            self.complete(request, &reply);
            self.scan_stops(place);
        }
        if was_bluetoothds {
            self.deeds.push(Deed::ScanStopped(place.number()));
        }
        Ok(())
    }

    /// The scan that is under way ends.
    pub(super) fn scan_stops(&mut self, place: Place) {
        if let Some(scan) = self.controllers[place].scan.take() {
            self.tell_scan(place, scan.types, false);
        }
    }

    /// A scan has lasted as long as one does.
    pub(super) fn scan_ends(&mut self, place: Place, number: u64) {
        if self.controllers[place].scan.as_ref().is_some_and(|scan| scan.number == number) {
            self.scan_stops(place);
        }
    }

    /// bluetoothd has it scan for these address types, or no longer; a scan of somebody else's
    /// stays what it is.
    pub(super) fn bluetoothd_scans(&mut self, place: Place, types: Option<u8>) {
        let scan = &self.controllers[place].scan;
        match types {
            Some(types) if scan.is_none() && self.controllers[place].is_on() => {
                let scan = Scan {
                    number: 0,
                    types,
                    of_bluetoothd: true,
                    threshold: ANY_STRENGTH,
                    services: Vec::new(),
                };
                self.scan_begins(place, scan);
            }
            None if scan.as_ref().is_some_and(|scan| scan.of_bluetoothd) => self.scan_stops(place),
            _ => {}
        }
    }

    /// A scan of bluetoothd's has heard a device.
    pub(super) fn bluetoothd_heard(
        &mut self,
        place: Place,
        id: PeerId,
        strength: i16,
        air: &mut dyn Peers,
    ) {
        if self.controllers[place].scan.as_ref().is_some_and(|scan| scan.of_bluetoothd) {
            self.found(place, id, strength, air);
        }
    }

    /// bluetoothd has stopped; its scans last for as long as they do, and find what there is.
    pub(super) fn scan_goes_on(&mut self, air: &mut dyn Peers) {
        for place in self.controllers.places() {
            if let Some(scan) =
                self.controllers[place].scan.as_mut().filter(|scan| scan.of_bluetoothd)
            {
                scan.of_bluetoothd = false;
                self.listen(place, air);
            }
        }
    }

    pub(super) fn confirm_name(&mut self, place: Place, request: &Request) -> Taken {
        request.switch("name-known")?;
        if self.controllers[place].scan.is_none() {
            return Err(Status::FAILED);
        }
        self.complete_device(request, Status::SUCCESS);
        Ok(())
    }
}
