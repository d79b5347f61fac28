//! The kernel as its management clients see it (doc/mgmt-protocol.rst): the controllers and what is
//! set on them, which outlives bluetoothd.
//!
//! What each command answers, with which status and in which order with the events, was recorded
//! with kernel 6.12 (BlueZ 5.82, the project's lab), or is read in the kernel's
//! `net/bluetooth/mgmt.c` where a comment says so. bluetoothd is one client among others and is not
//! played as one: what it does comes as [`Happening`]s, what others do goes to it as [`Deed`]s.

mod advertising;
mod allowed;
mod calling_off;
mod clients;
mod configuration;
mod controller;
mod discovery;
mod dispatch;
mod eir;
mod features;
mod hardware;
mod identity;
mod information;
mod keys;
mod learn;
mod links;
mod list;
mod monitors;
mod news;
mod out_of_band;
mod pairing;
mod places;
mod power;
mod replies;
mod request;
mod settings;

use std::time::Duration;

use fastrand::Rng;
use tokio::time::Instant;

pub(super) use clients::ClientId;
pub(super) use eir::shown;
pub(super) use news::{Deed, Happening, Keys, Mode, Unanswered, UserRequest};

use super::{
    daemon::Reason,
    dice::Dice,
    radio::{PeerId, Peers},
    scene::{Scene, Version},
    timers::Timers,
};
use crate::mgmt::protocol::{Index, Packet, Record, Status, command_of};
use clients::Clients;
use controller::Controller;
use places::{Controllers, Place};
use request::{Request, Taken, device_record};

/// The kernel's Bluetooth.
pub(super) struct Kernel {
    version: Version,
    controllers: Controllers,
    clients: Clients,
    timers: Timers<Due>,
    deeds: Vec<Deed>,
    chance: Rng,
    /// How many commands there have been.
    taken: u64,
    /// Counts how often bluetoothd stopped, or went on: what was armed for one stop is then known
    /// for old.
    stops: u64,
}

/// What is to happen when its time comes.
enum Due {
    /// The controller has done what a command asks for.
    Carried(Place, Request),
    /// The time for being found is over.
    Hidden(Place),
    /// The scan of this number is over.
    ScanEnds(Place, u64),
    /// A device's turn to be heard in the scan of this number.
    Heard(Place, PeerId, u64),
    /// The next step of a client's pairing.
    Pairs(Place, pairing::Step),
    /// A link ends, in any case or while bluetoothd is stopped for the time of this number.
    LinkEnds(PeerId, Reason, Option<u64>),
}

impl Kernel {
    pub(super) fn new(scene: &Scene, dice: Dice) -> Self {
        let controllers =
            (0..scene.adapter.len()).filter_map(|place| Controller::new(scene, place));
        Kernel {
            version: scene.bluez,
            controllers: Controllers::new(controllers.collect()),
            clients: Clients::default(),
            timers: Timers::new(),
            deeds: Vec::new(),
            chance: dice.generator("kernel", ""),
            taken: 0,
            stops: 0,
        }
    }

    /// A client comes.
    pub(super) fn come(&mut self, client: ClientId) {
        self.clients.come(client);
    }

    /// A client has gone. What it asked for goes on; nobody hears its answer.
    pub(super) fn leave(&mut self, client: ClientId) {
        self.clients.leave(client);
    }

    /// Takes in a packet. One whose length is not what it says, the kernel does not take at all.
    pub(super) fn receive(&mut self, client: ClientId, octets: &[u8], air: &mut dyn Peers) {
        let Ok(packet) = Packet::parse(octets) else {
            return;
        };
        if octets.len() != Packet::HEADER + packet.parameters.len() {
            return;
        }
        if let Err(status) = self.dispatch(client, &packet, air) {
            self.clients.status(client, packet.code, packet.index, status);
        }
    }

    fn dispatch(&mut self, client: ClientId, packet: &Packet, air: &mut dyn Peers) -> Taken {
        let known = command_of(packet.code).filter(|command| self.knows(command.code));
        let command = known.ok_or(Status::UNKNOWN_COMMAND)?;
        let place = self.controllers.find(packet.index);
        if packet.index != Index::NONE && place.is_none() {
            return Err(Status::INVALID_INDEX);
        }
        dispatch::check_target(command.target, place.is_some())?;
        self.taken += 1;
        let (request, fits) =
            Request::read(self.taken, client, command, packet.index, &packet.parameters);
        let taken = match place {
            _ if !fits => self.check_torn(place, &request),
            Some(place) => self.take(place, &request, air),
            None => self.take_for_nobody(&request),
        };
        if let Err(status) = taken {
            self.refuse(&request, status);
        }
        Ok(())
    }

    /// Turns down a command whose length does not fit. Of one, the kernel looks at the number of
    /// its UUIDs only when it has looked at all else (recorded).
    fn check_torn(&mut self, place: Option<Place>, request: &Request) -> Taken {
        let torn = (request.command.name, request.arguments.get("rssi-threshold"), place);
        if let ("Start Service Discovery", Some(_), Some(place)) = torn {
            self.check_on(place)?;
            return Err(Status::INVALID_PARAMETERS);
        }
        self.clients.status(
            request.client,
            request.command.code,
            request.index,
            Status::INVALID_PARAMETERS,
        );
        Ok(())
    }

    /// When the next thing happens by itself.
    pub(super) fn next(&self) -> Option<Instant> {
        self.timers.next()
    }

    /// Lets one thing happen whose time has come.
    pub(super) fn happen(&mut self, now: Instant, air: &mut dyn Peers) {
        match self.timers.due(now) {
            None => {}
            Some(Due::Carried(place, request)) => self.carried(place, &request, air),
            Some(Due::Hidden(place)) => self.hidden(place),
            Some(Due::ScanEnds(place, scan)) => self.scan_ends(place, scan),
            Some(Due::Heard(place, peer, scan)) => self.heard(place, peer, scan, air),
            Some(Due::Pairs(place, step)) => self.pairs(place, step, air),
            Some(Due::LinkEnds(peer, reason, stop)) => self.link_ends(peer, reason, stop, air),
        }
    }

    /// What is to be sent to clients, in order.
    pub(super) fn outgoing(&mut self) -> Vec<(ClientId, Vec<u8>)> {
        self.clients.outgoing()
    }

    /// What bluetoothd is to hear, in order.
    pub(super) fn deeds(&mut self) -> Vec<Deed> {
        std::mem::take(&mut self.deeds)
    }

    /// How many things it keeps that come and go.
    #[cfg(test)]
    pub(super) fn kept(&self) -> usize {
        let of_controllers = self.controllers.places().map(|place| {
            let controller = &self.controllers[place];
            controller.pending.len() + controller.links.len() + controller.listed.len()
        });
        self.timers.waiting().count() + self.deeds.len() + of_controllers.sum::<usize>()
    }

    /// How long the controller takes over a small command.
    fn soon(&mut self) -> Duration {
        Duration::from_micros(self.chance.u64(1000..=3000))
    }

    /// Has the controller carry out what a command asks for; it is answered when that is done.
    fn later(&mut self, place: Place, request: &Request) -> Taken {
        let after = self.soon();
        self.later_after(place, request, after)
    }

    fn later_after(&mut self, place: Place, request: &Request, after: Duration) -> Taken {
        let timer = self.timers.arm(after, Due::Carried(place, request.clone()));
        self.controllers[place].pending.push((timer, request.clone()));
        Ok(())
    }

    /// Whether a command of one of these names is being carried out.
    fn is_pending(&self, place: Place, names: &[&str]) -> bool {
        let pending = &self.controllers[place].pending;
        pending.iter().any(|(_, request)| names.contains(&request.command.name))
    }

    fn carried(&mut self, place: Place, request: &Request, air: &mut dyn Peers) {
        let pending = &mut self.controllers[place].pending;
        pending.retain(|(_, other)| other.serial != request.serial);
        if let Err(status) = self.carry_out(place, request, air) {
            self.refuse(request, status);
        }
    }

    /// Whatever the controller carries out comes to nothing, and who asked for it hears so.
    fn end_pending(&mut self, place: Place, status: Status) {
        for (timer, request) in std::mem::take(&mut self.controllers[place].pending) {
            self.timers.disarm(timer);
            self.refuse(&request, status);
        }
    }

    /// Answers a command with what it gives back.
    fn complete(&mut self, request: &Request, reply: &Record) {
        self.complete_with(request, Status::SUCCESS, reply);
    }

    /// Answers a command with a status, and what it gives back even so.
    fn complete_with(&mut self, request: &Request, status: Status, reply: &Record) {
        self.clients.complete(request.client, request.command, request.index, status, reply);
    }

    /// Answers a command that is about a device.
    fn complete_device(&mut self, request: &Request, status: Status) {
        self.complete_with(request, status, &request.echo());
    }

    /// Answers a command with an error in the form that the command has for it.
    fn refuse(&mut self, request: &Request, status: Status) {
        let is_device = |name| request.arguments.get(name).is_some();
        match dispatch::echoes(request.command.name) {
            dispatch::Echo::Device if is_device("address") => self.complete_device(request, status),
            dispatch::Echo::Scan => {
                let types = request.octet("address-type");
                let reply = Record::new().with("address-type", types);
                self.complete_with(request, status, &reply);
            }
            _ => self.clients.status(request.client, request.command.code, request.index, status),
        }
    }

    /// Tells an event about a controller to everybody but one.
    fn tell(&mut self, place: Place, name: &str, record: &Record, except: Option<ClientId>) {
        let index = self.controllers[place].index;
        self.clients.tell(name, index, record, except);
    }
}
