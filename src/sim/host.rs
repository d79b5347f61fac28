//! What bluetoothd runs on: the radio that outlives it, and the bus that tells of its death and its
//! return (D-Bus specification, "Message Bus Messages").

use std::{collections::BTreeMap, num::NonZeroU32};

use tokio::time::Instant;
use zbus::message::{Flags, Message, Type};

use super::{
    bus::{Call, Client},
    daemon::{Daemon, Remains, Stored},
    dice::Dice,
    radio,
    scene::Scene,
};

/// The bus itself, as it signs its messages.
const DRIVER: &str = "org.freedesktop.DBus";
const DRIVER_PATH: &str = "/org/freedesktop/DBus";
/// bluetoothd's name on the bus.
const BLUEZ: &str = "org.bluez";

/// A bluetoothd that may die and come back.
pub(super) struct Host {
    scene: Scene,
    dice: Dice,
    life: Life,
    /// How often it has been started.
    lives: u64,
    /// Calls that bluetoothd has not answered.
    unanswered: BTreeMap<NonZeroU32, Call>,
    outgoing: Vec<Message>,
}

enum Life {
    Up(Box<Daemon>),
    /// Dead until then, or for good.
    Down(Box<Remains>, Option<Instant>),
}

impl Host {
    pub(super) fn new(scene: Scene, seed: u64) -> Self {
        let dice = Dice::new(seed);
        let peers = radio::peers(&scene, dice);
        let known = peers.iter().filter(|peer| peer.spec.is_stored());
        let stored =
            known.map(|peer| ((peer.adapter, peer.address), Stored::of(&peer.spec))).collect();
        let mut daemon = Daemon::start(&scene, dice, name(1), Remains { peers, stored });
        // Nobody was there to hear it come up.
        drop(daemon.outgoing());
        let life = Life::Up(Box::new(daemon));
        Host { scene, dice, life, lives: 1, unanswered: BTreeMap::new(), outgoing: Vec::new() }
    }

    /// Takes in a message from a client.
    pub(super) fn receive(&mut self, message: Message) {
        let header = message.header();
        let is_call = message.message_type() == Type::MethodCall;
        if is_call && header.interface().is_some_and(|name| name.as_str() == DRIVER) {
            return self.driver_method(&Call::new(message.clone()));
        }
        if let Some(client) = departed(&message) {
            return self.client_left(&client);
        }
        match &mut self.life {
            Life::Up(daemon) => {
                if is_call {
                    let serial = message.primary_header().serial_num();
                    self.unanswered.insert(serial, Call::new(message.clone()));
                }
                daemon.receive(message.clone());
                self.after_event();
            }
            Life::Down(..) if is_call => {
                let (name, text) = absence(&message);
                self.refuse(&message, name, text);
            }
            Life::Down(..) => {}
        }
    }

    fn client_left(&mut self, client: &Client) {
        self.unanswered.retain(|_, call| call.client() != client);
        if let Life::Up(daemon) = &mut self.life {
            daemon.client_left(client);
            self.after_event();
        }
    }

    /// When the next thing happens by itself.
    pub(super) fn next(&self) -> Option<Instant> {
        match &self.life {
            Life::Up(daemon) => daemon.next(),
            Life::Down(_, returns) => *returns,
        }
    }

    /// Lets everything happen whose time has come.
    pub(super) fn happen(&mut self) {
        let now = Instant::now();
        loop {
            match &mut self.life {
                Life::Up(daemon) => {
                    if !daemon.happen(now) {
                        return;
                    }
                    self.after_event();
                }
                Life::Down(_, Some(returns)) if *returns <= now => self.revive(),
                Life::Down(..) => return,
            }
        }
    }

    /// Takes the messages that are to be sent, in order.
    pub(super) fn outgoing(&mut self) -> Vec<Message> {
        std::mem::take(&mut self.outgoing)
    }

    fn after_event(&mut self) {
        let Life::Up(daemon) = &mut self.life else {
            return;
        };
        let messages = daemon.outgoing();
        if let Some(lasting) = daemon.crashed() {
            // What it meant to say in its last moment is lost.
            return self.die(lasting.map(|lasting| Instant::now() + lasting));
        }
        for message in &messages {
            if let Some(serial) = message.header().reply_serial() {
                self.unanswered.remove(&serial);
            }
        }
        self.outgoing.extend(messages);
    }

    fn die(&mut self, returns: Option<Instant>) {
        let nothing = Remains { peers: Vec::new(), stored: BTreeMap::new() };
        let down = Life::Down(Box::new(nothing), returns);
        if let Life::Up(daemon) = std::mem::replace(&mut self.life, down) {
            self.life = Life::Down(Box::new(daemon.into_remains()), returns);
        }
        for call in std::mem::take(&mut self.unanswered).into_values() {
            let text = "Message recipient disconnected from message bus without replying";
            self.refuse(call.message(), "org.freedesktop.DBus.Error.NoReply", text);
        }
        self.owner_changed(&name(self.lives), "");
    }

    fn revive(&mut self) {
        self.lives += 1;
        let nothing = Remains { peers: Vec::new(), stored: BTreeMap::new() };
        let down = Life::Down(Box::new(nothing), None);
        if let Life::Down(remains, _) = std::mem::replace(&mut self.life, down) {
            let daemon = Daemon::start(&self.scene, self.dice, name(self.lives), *remains);
            self.life = Life::Up(Box::new(daemon));
        }
        self.owner_changed("", &name(self.lives));
        self.after_event();
    }

    fn owner_changed(&mut self, old: &str, new: &str) {
        let signal = Message::signal(DRIVER_PATH, DRIVER, "NameOwnerChanged").sender(DRIVER);
        // Three names that D-Bus allows: it can be built.
        self.outgoing.extend(signal.build(&(BLUEZ, old, new)).ok());
    }

    /// The few methods of the bus that a client of bluetoothd may call without one.
    fn driver_method(&mut self, call: &Call) {
        let owner = matches!(self.life, Life::Up(_)).then(|| name(self.lives));
        let header = call.message().header();
        let reply = Message::method_return(&header).sender(DRIVER);
        let built = match (call.member().as_str(), owner) {
            ("AddMatch" | "RemoveMatch", _) => reply.build(&()),
            ("Hello", _) => reply.build(&":1.0"),
            ("NameHasOwner", owner) => reply.build(&owner.is_some()),
            ("GetNameOwner", Some(owner)) => reply.build(&owner),
            ("GetNameOwner", None) => {
                let text = "Could not get owner of name 'org.bluez': no such name";
                let name = "org.freedesktop.DBus.Error.NameHasNoOwner";
                return self.refuse(call.message(), name, text);
            }
            (member, _) => {
                let text = format!("{DRIVER} does not understand message {member}");
                let name = "org.freedesktop.DBus.Error.UnknownMethod";
                return self.refuse(call.message(), name, &text);
            }
        };
        self.outgoing.extend(built.ok());
    }

    /// The bus itself answers a call with an error.
    fn refuse(&mut self, call: &Message, name: &str, text: &str) {
        let built = Message::error(&call.header(), name).sender(DRIVER).build(&text);
        self.outgoing.extend(built.ok());
    }
}

/// What the bus says of a call to nobody: it depends on whether it was to start somebody.
fn absence(call: &Message) -> (&'static str, &'static str) {
    match call.primary_header().flags().contains(Flags::NO_AUTO_START) {
        true => ("org.freedesktop.DBus.Error.NameHasNoOwner", "Name \"org.bluez\" does not exist"),
        false => (
            "org.freedesktop.DBus.Error.ServiceUnknown",
            "The name org.bluez was not provided by any .service files",
        ),
    }
}

/// The client that a bus reports gone, if that is what a message says.
fn departed(message: &Message) -> Option<Client> {
    let header = message.header();
    let is_of_bus =
        header.interface()?.as_str() == DRIVER && header.path()?.as_str() == DRIVER_PATH;
    if !is_of_bus || header.member()?.as_str() != "NameOwnerChanged" {
        return None;
    }
    let (name, _, new): (String, String, String) = message.body().deserialize().ok()?;
    (name.starts_with(':') && new.is_empty()).then(|| Client::named(&name))
}

/// bluetoothd's unique name in its n-th life.
fn name(life: u64) -> String {
    format!(":1.{life}")
}
