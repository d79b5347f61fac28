//! Links to devices, whoever made them: up, with what the device shows of itself, and down again
//! for a reason.

use tokio::time::Instant;

use super::{
    Deed, Due, Kernel, PeerId, Peers, Place, Reason, Request, Status, Taken, device_record, eir,
};
use crate::mgmt::protocol::{Address, AddressType, Record, Value};
use std::time::Duration;

/// The link is this side's doing (`MGMT_DEV_FOUND_INITIATED_CONN`): recorded for LE and
/// BR/EDR.
const INITIATED: u8 = 0x08;
/// How long a link lives on that nobody uses any more: recorded, bluetoothd killed.
const UNUSED: Duration = Duration::from_secs(2);
/// The power that a link is sent with, in dBm, and the most that it can be.
const POWER: i8 = 4;

/// A link that is up.
#[derive(Clone, Debug)]
pub(super) struct Link {
    pub(super) peer: PeerId,
    pub(super) address: Address,
    pub(super) kind: AddressType,
    since: Instant,
    /// Whether the keys go when it ends, and that is told.
    pub(super) unpairs: bool,
}

impl Kernel {
    /// The place of a device's controller, if that is there.
    pub(super) fn place_of(&self, peer: PeerId, air: &mut dyn Peers) -> Option<Place> {
        let adapter = air.peer(peer)?.adapter;
        self.controllers.at(adapter).filter(|place| self.controllers[*place].is_plugged())
    }

    /// The device of an address that a controller can reach.
    pub(super) fn find_peer(
        &self,
        place: Place,
        (address, kind): (Address, AddressType),
        air: &mut dyn Peers,
    ) -> Option<PeerId> {
        air.ends().into_iter().find(|id| {
            air.peer(*id).is_some_and(|peer| {
                let is_it = eir::address_type(peer, id.bearer) == kind;
                peer.address == address && peer.adapter == place.number() && is_it
            })
        })
    }

    /// A link has come up.
    pub(super) fn link_up(&mut self, place: Place, peer: PeerId, air: &mut dyn Peers) {
        let Some(device) = air.peer(peer) else {
            return;
        };
        if self.controllers[place].link(peer).is_some() {
            return;
        }
        let (address, kind) = (device.address, eir::address_type(device, peer.bearer));
        let link = Link { peer, address, kind, since: Instant::now(), unpairs: false };
        self.controllers[place].links.push(link);
        let record = device_record(address, kind)
            .with("flags", INITIATED)
            .with("eir-data", eir::shown(device));
        self.tell(place, "Device Connected", &record, None);
    }

    /// A link has gone down; nothing, if there was none. Everybody hears of it.
    pub(super) fn link_down(&mut self, place: Place, peer: PeerId, reason: Reason) {
        let links = &mut self.controllers[place].links;
        let Some(at) = links.iter().position(|link| link.peer == peer) else {
            return;
        };
        let link = links.swap_remove(at);
        let controller = &mut self.controllers[place];
        controller.asked = controller.asked.filter(|(asked, _)| *asked != peer);
        self.pairing_lost_its_link(place, peer);
        let record = device_record(link.address, link.kind);
        let told = record.clone().with("reason", number(reason));
        self.tell(place, "Device Disconnected", &told, None);
        if link.unpairs {
            self.tell(place, "Device Unpaired", &record, None);
        }
    }

    pub(super) fn end_all_links(&mut self, place: Place, reason: Reason) {
        let peers: Vec<_> = self.controllers[place].links.iter().map(|link| link.peer).collect();
        for peer in peers {
            self.link_down(place, peer, reason);
        }
    }

    /// bluetoothd hangs. The links end all the same when their time has come.
    pub(in crate::sim) fn bluetoothd_hangs(
        &mut self,
        ends: Vec<(Duration, PeerId, Reason)>,
        air: &mut dyn Peers,
    ) {
        self.stops += 1;
        for (after, peer, reason) in ends {
            self.timers.arm(after, Due::LinkEnds(peer, reason, Some(self.stops)));
        }
        self.scan_goes_on(air);
    }

    /// bluetoothd is dead, and its links with it in a while.
    pub(in crate::sim) fn bluetoothd_died(&mut self, air: &mut dyn Peers) {
        let places = self.controllers.places();
        let links = places.flat_map(|place| self.controllers[place].links.clone());
        let ends = links.map(|link| (UNUSED, link.peer, Reason::LocalHost)).collect();
        self.bluetoothd_hangs(ends, air);
        for place in self.controllers.places() {
            self.controllers[place].asked = None;
        }
    }

    /// bluetoothd goes on.
    pub(in crate::sim) fn bluetoothd_goes_on(&mut self) {
        self.stops += 1;
    }

    /// Another bluetoothd has come, which knows nothing of what links there are left.
    pub(in crate::sim) fn bluetoothd_restarted(&mut self) {
        self.stops += 1;
        for place in self.controllers.places() {
            self.end_all_links(place, Reason::LocalHost);
        }
    }

    pub(super) fn link_ends(
        &mut self,
        peer: PeerId,
        reason: Reason,
        stop: Option<u64>,
        air: &mut dyn Peers,
    ) {
        if stop.is_none_or(|stop| stop == self.stops)
            && let Some(place) = self.place_of(peer, air)
        {
            self.link_down(place, peer, reason);
            self.deeds.push(Deed::Disconnected(peer, reason));
        }
    }

    pub(super) fn get_connections(&mut self, place: Place, request: &Request) -> Taken {
        self.check_on(place)?;
        let links = self.controllers[place].links.iter();
        let records: Vec<_> = links.map(|link| device_record(link.address, link.kind)).collect();
        self.complete(request, &Record::new().with("connections", Value::Records(records)));
        Ok(())
    }

    pub(super) fn disconnect(&mut self, place: Place, request: &Request) -> Taken {
        let (address, kind) = request.valid_device()?;
        self.check_on(place)?;
        // Recorded on 6.12; 6.1 looks before it asks the controller.
        if self.controllers[place].link_to(address, kind).is_none() {
            return Err(self.not_connected());
        }
        self.later(place, request)
    }

    /// What Disconnect says where there is nothing to disconnect (recorded on 6.1, 6.12 and 7.2).
    fn not_connected(&self) -> Status {
        match self.version {
            super::Version::V5_66 => Status::NOT_CONNECTED,
            _ => Status::DISCONNECTED,
        }
    }

    /// A client's Disconnect or Unpair Device has ended a link: everybody hears of that before the
    /// answer comes.
    pub(super) fn disconnected_on_request(
        &mut self,
        place: Place,
        request: &Request,
        air: &mut dyn Peers,
    ) -> Taken {
        let (address, kind) = request.device();
        let link = self.controllers[place].link_to(address, kind).map(|link| link.peer);
        if let Some(peer) = link {
            self.link_down(place, peer, Reason::LocalHost);
            self.deeds.push(Deed::Disconnected(peer, Reason::LocalHost));
        }
        match request.command.name {
            "Disconnect" => match link {
                Some(_) => self.complete_device(request, Status::SUCCESS),
                None => return Err(self.not_connected()),
            },
            _ => {
                self.unpaired_for(place, request, air);
                self.complete_device(request, Status::SUCCESS);
            }
        }
        Ok(())
    }

    pub(super) fn get_connection_information(
        &mut self,
        place: Place,
        request: &Request,
        air: &mut dyn Peers,
    ) -> Taken {
        let (address, kind) = request.device();
        let reply = |rssi: i8, power: i8, most: i8| {
            request.echo().with("rssi", rssi).with("tx-power", power).with("max-tx-power", most)
        };
        let controller = &self.controllers[place];
        // Whether an LE address is public or random does not matter here: recorded.
        let fits = |link: &&Link| link.address == address && link.kind.is_le() == kind.is_le();
        let link = controller.links.iter().find(fits).map(|link| link.peer);
        let status = match (kind.bit(), controller.is_on(), link) {
            (None, ..) => Status::INVALID_PARAMETERS,
            (_, false, _) => Status::NOT_POWERED,
            (.., None) => Status::NOT_CONNECTED,
            (.., Some(peer)) => {
                let rssi = air.peer(peer).map_or(127, |peer| peer.spec.rssi);
                self.complete(request, &reply(rssi, POWER, POWER));
                return Ok(());
            }
        };
        // Recorded: what an error leaves open is zero.
        self.complete_with(request, status, &reply(0, 0, 0));
        Ok(())
    }

    pub(super) fn get_clock_information(&mut self, place: Place, request: &Request) -> Taken {
        let (address, kind) = request.device();
        let controller = &self.controllers[place];
        let status = if kind != AddressType::BREDR {
            Status::INVALID_PARAMETERS
        } else if !controller.is_on() {
            Status::NOT_POWERED
        } else if controller.link_to(address, kind).is_none() {
            Status::NOT_CONNECTED
        } else {
            return self.later(place, request);
        };
        self.complete_with(request, status, &clock(request, 0));
        Ok(())
    }

    /// Clocks tick every 312.5 µs (Core Specification Vol 2 Part B 1.1); that of the piconet is the
    /// central's, which is ours.
    pub(super) fn clock_read(&mut self, place: Place, request: &Request) -> Taken {
        let (address, kind) = request.device();
        let Some(link) = self.controllers[place].link_to(address, kind) else {
            self.complete_with(request, Status::NOT_CONNECTED, &clock(request, 0));
            return Ok(());
        };
        let ticks = link.since.elapsed().as_micros() * 2 / 625;
        let ticks = u32::try_from(ticks % (1 << 28)).unwrap_or_default();
        self.complete(request, &clock(request, ticks));
        Ok(())
    }
}

fn clock(request: &Request, ticks: u32) -> Record {
    request.echo().with("local-clock", ticks).with("piconet-clock", ticks).with("accuracy", 0_u8)
}

/// The kernel's number for a reason (doc/mgmt-protocol.rst, Device Disconnected).
fn number(reason: Reason) -> u8 {
    match reason {
        Reason::Unknown => 0,
        Reason::Timeout => 1,
        Reason::LocalHost => 2,
        Reason::Remote => 3,
        Reason::Authentication => 4,
    }
}
