//! What bluetoothd runs on: the hardware that outlives it, and the bus that tells of its death and its
//! return (D-Bus specification, "Message Bus Messages").

mod driver;
mod hang;
mod incidents;
mod management;

use std::{collections::BTreeMap, num::NonZeroU32};

use tokio::{sync::mpsc::Receiver, time::Instant};
use zbus::message::{Message, Type};

use super::{
    bus::{Call, Client, Letter, Line},
    daemon::{Daemon, Remains, Stored},
    dice::Dice,
    kernel::Kernel,
    radio,
    scene::{Mishap, Scene},
    sockets::{Heard, Sockets},
    timers::Timers,
};
use driver::{DRIVER, departed};
use hang::Waiting;
use incidents::{Planned, Turn};

/// How many calls the bus remembers that are never answered; of older ones nobody waits for any more.
const MOST_UNANSWERED: usize = 4096;

/// A bluetoothd that may die and come back, and what befalls it.
pub(super) struct Host {
    scene: Scene,
    life: Life,
    /// What goes on also without bluetoothd.
    kernel: Kernel,
    /// How often it has been started.
    lives: u64,
    planned: Vec<Planned>,
    turns: Timers<Turn>,
    /// How many incidents have it hang, and what has come since.
    hangs: u32,
    waiting: Vec<Waiting>,
    /// How many incidents keep the bus away.
    buses_gone: u32,
    /// Calls that bluetoothd has not answered.
    unanswered: BTreeMap<(Line, NonZeroU32), Call>,
    outgoing: Vec<Letter>,
    sockets: Sockets,
    /// What comes over the sockets, until somebody reads it.
    heard: Option<Receiver<Heard>>,
}

enum Life {
    Up(Box<Daemon>),
    /// Dead until then, or for good.
    Down(Box<Remains>, Option<Instant>),
}

impl Host {
    pub(super) fn new(scene: Scene, seed: u64) -> Self {
        let dice = Dice::new(seed);
        let controllers = radio::controllers(&scene, dice);
        let peers = radio::peers(&scene, dice);
        let known = peers.iter().filter(|peer| peer.spec.is_stored());
        let stored = known
            .map(|peer| ((peer.adapter, peer.address), Stored::of(&peer.spec, scene.bluez)))
            .collect();
        let remains = Remains { controllers, peers, stored };
        let (sockets, heard) = Sockets::new();
        let mut daemon = Daemon::start(&scene, name(1), sockets.clone(), remains);
        daemon.take_over();
        // Nobody was there to hear it come up.
        drop(daemon.outgoing());
        let mut kernel = Kernel::new(&scene, dice);
        for happening in daemon.happened() {
            kernel.learn(&happening, &mut daemon);
        }
        let mut host = Host {
            kernel,
            planned: Planned::all(&scene, dice),
            scene,
            life: Life::Up(Box::new(daemon)),
            lives: 1,
            turns: Timers::new(),
            hangs: 0,
            waiting: Vec::new(),
            buses_gone: 0,
            unanswered: BTreeMap::new(),
            outgoing: Vec::new(),
            sockets,
            heard: Some(heard),
        };
        host.plan_incidents();
        host
    }

    /// What comes over the sockets that clients have; to be had once.
    pub(super) fn heard(&mut self) -> Option<Receiver<Heard>> {
        self.heard.take()
    }

    /// Something has come over a socket.
    pub(super) fn hear_socket(&mut self, heard: &Heard) {
        if let Life::Up(daemon) = &mut self.life {
            daemon.heard_on_socket(heard);
            self.after_event();
        }
    }

    /// Whether there is a bus to connect to.
    pub(super) fn has_bus(&self) -> bool {
        self.buses_gone == 0
    }

    /// Takes in a message that came over a line.
    pub(super) fn receive(&mut self, line: Line, message: Message) {
        let is_call = message.message_type() == Type::MethodCall;
        if is_call {
            let names_bus =
                message.header().interface().is_some_and(|name| name.as_str() == DRIVER);
            let call = Call::new(line, message);
            // A real bus keeps such calls to itself.
            return if names_bus && !call.client().has_name() {
                self.driver_method(&call)
            } else {
                self.call_comes(call)
            };
        }
        if let Some(client) = departed(line, &message) {
            return self.left(&client);
        }
        match self.is_hung() {
            true => self.keep(Waiting::Answer(message)),
            false => self.answered(&message),
        }
    }

    /// A line has been closed, and with it the client is gone that was at its other end.
    pub(super) fn closed(&mut self, line: Line) {
        self.left(&Client::at(line));
    }

    fn call_comes(&mut self, call: Call) {
        if matches!(self.life, Life::Down(..)) {
            return self.refuse_for_nobody(&call);
        }
        // A real bus knows itself who has not been answered.
        if !call.client().has_name() {
            self.unanswered.insert((call.client().line(), call.serial()), call.clone());
        }
        if self.unanswered.len() > MOST_UNANSWERED {
            self.unanswered.pop_first();
        }
        match self.is_hung() {
            true => self.keep(Waiting::Call(call)),
            false => self.call(&call),
        }
    }

    fn call(&mut self, call: &Call) {
        if let Life::Up(daemon) = &mut self.life {
            daemon.call(call);
            self.after_event();
        }
    }

    fn answered(&mut self, message: &Message) {
        if let Life::Up(daemon) = &mut self.life {
            daemon.receive(message);
            self.after_event();
        }
    }

    fn left(&mut self, client: &Client) {
        self.unanswered.retain(|_, call| call.client() != client);
        match self.is_hung() {
            true => self.keep(Waiting::Left(client.clone())),
            false => self.client_left(client),
        }
    }

    fn client_left(&mut self, client: &Client) {
        if let Life::Up(daemon) = &mut self.life {
            daemon.client_left(client);
            self.after_event();
        }
    }

    /// When the next thing happens by itself.
    pub(super) fn next(&self) -> Option<Instant> {
        [self.next_of_life(), self.kernel.next(), self.turns.next()].into_iter().flatten().min()
    }

    fn next_of_life(&self) -> Option<Instant> {
        match &self.life {
            Life::Up(_) if self.is_hung() => None,
            Life::Up(daemon) => daemon.next(),
            Life::Down(_, returns) => *returns,
        }
    }

    /// Lets everything happen whose time has come, in order; bluetoothd goes before the kernel, and
    /// both before what befalls them.
    pub(super) fn happen(&mut self) {
        let now = Instant::now();
        while let Some(first) = self.next().filter(|next| *next <= now) {
            if self.next_of_life() == Some(first) {
                self.live(now);
            } else if self.kernel.next() == Some(first) {
                let air = self.life.air();
                self.kernel.happen(now, air);
                self.tell_bluetoothd();
            } else if let Some(turn) = self.turns.due(now) {
                self.turn(turn);
            }
        }
    }

    /// Lets the next thing happen whose time has come in bluetoothd's life.
    fn live(&mut self, now: Instant) {
        match &mut self.life {
            Life::Up(daemon) => {
                daemon.happen(now);
                self.after_event();
            }
            Life::Down(..) => self.revive(),
        }
    }

    /// Lets bluetoothd catch up with the radio.
    fn catch_up(&mut self) {
        let now = Instant::now();
        while !self.is_hung() && self.next_of_life().is_some_and(|next| next <= now) {
            self.live(now);
        }
    }

    /// Takes what is to be sent, in order.
    pub(super) fn outgoing(&mut self) -> Vec<Letter> {
        std::mem::take(&mut self.outgoing)
    }

    fn after_event(&mut self) {
        let Life::Up(daemon) = &mut self.life else {
            return;
        };
        for happening in daemon.happened() {
            self.kernel.learn(&happening, &mut **daemon);
        }
        let (letters, brought) = (daemon.outgoing(), daemon.brought());
        match brought.map(|brought| brought.mishap) {
            // What it meant to say in its last moment is lost.
            Some(Mishap::Crash | Mishap::BusGone) => {}
            Some(Mishap::Hang) => self.waiting.push(Waiting::Sent(letters)),
            _ => self.send(letters),
        }
        if let Some(brought) = brought {
            self.brought(brought);
        }
        self.tell_bluetoothd();
    }

    fn send(&mut self, letters: Vec<Letter>) {
        for letter in &letters {
            if let (Some(line), Some(serial)) = (letter.to, letter.answers) {
                self.unanswered.remove(&(line, serial));
            }
        }
        self.outgoing.extend(letters);
    }

    fn die(&mut self, returns: Option<Instant>) {
        let down = Life::Down(Box::default(), returns);
        if let Life::Up(daemon) = std::mem::replace(&mut self.life, down) {
            self.life = Life::Down(Box::new(daemon.into_remains()), returns);
        }
        self.hangs = 0;
        self.kernel.bluetoothd_died(self.life.air());
        let news = std::mem::take(&mut self.waiting);
        for call in std::mem::take(&mut self.unanswered).into_values() {
            let text = "Message recipient disconnected from message bus without replying";
            self.refuse(&call, "org.freedesktop.DBus.Error.NoReply", text);
        }
        self.owner_changed(&name(self.lives), "");
        // The hardware changes also when nobody looks.
        for waiting in news {
            if let Waiting::Hardware(mishap, reach, begins) = waiting {
                self.strike_hardware(mishap, reach, begins);
            }
        }
    }

    fn revive(&mut self) {
        if matches!(self.life, Life::Up(_)) {
            return;
        }
        self.lives += 1;
        self.kernel.bluetoothd_restarted();
        let down = Life::Down(Box::default(), None);
        if let Life::Down(remains, _) = std::mem::replace(&mut self.life, down) {
            let mut daemon =
                Daemon::restart(&self.scene, name(self.lives), self.sockets.clone(), *remains);
            daemon.set_up();
            self.life = Life::Up(Box::new(daemon));
        }
        self.owner_changed("", &name(self.lives));
        self.after_event();
    }
}

/// bluetoothd's unique name in its n-th life.
fn name(life: u64) -> String {
    format!(":1.{life}")
}
