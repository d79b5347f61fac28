//! The bus itself, as far as a client of bluetoothd meets it: its few methods, its word for calls to
//! nobody, and its news of who came and went.

use zbus::message::{Flags, Message};

use super::{Host, Life, name};
use crate::sim::bus::{Call, Client, Letter, Line, Owner};

/// The bus itself, as it signs its messages.
pub(super) const DRIVER: &str = "org.freedesktop.DBus";
const DRIVER_PATH: &str = "/org/freedesktop/DBus";
/// bluetoothd's name on the bus.
const BLUEZ: &str = "org.bluez";

impl Host {
    pub(super) fn owner_changed(&mut self, old: &str, new: &str) {
        let owner = Some(if new.is_empty() { Owner::Went } else { Owner::Came });
        let signal = Message::signal(DRIVER_PATH, DRIVER, "NameOwnerChanged").sender(DRIVER);
        // Three names that D-Bus allows: it can be built.
        let built = signal.build(&(BLUEZ, old, new));
        self.outgoing.extend(built.map(|message| Letter { owner, ..Letter::signal(message) }));
    }

    /// The few methods of the bus that a client of bluetoothd may call without one.
    pub(super) fn driver_method(&mut self, call: &Call) {
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
                return self.refuse(call, name, text);
            }
            (member, _) => {
                let text = format!("{DRIVER} does not understand message {member}");
                let name = "org.freedesktop.DBus.Error.UnknownMethod";
                return self.refuse(call, name, &text);
            }
        };
        self.outgoing.extend(built.map(|message| Letter::answer(call, message)));
    }

    /// The bus itself answers a call with an error.
    pub(super) fn refuse(&mut self, call: &Call, name: &str, text: &str) {
        let built = Message::error(&call.message().header(), name).sender(DRIVER).build(&text);
        self.outgoing.extend(built.map(|message| Letter::answer(call, message)));
    }

    /// What the bus says of a call to nobody: it depends on whether it was to start somebody.
    pub(super) fn refuse_for_nobody(&mut self, call: &Call) {
        let flags = call.message().primary_header().flags();
        let (name, text) = match flags.contains(Flags::NO_AUTO_START) {
            true => ("NameHasNoOwner", "Name \"org.bluez\" does not exist"),
            false => {
                ("ServiceUnknown", "The name org.bluez was not provided by any .service files")
            }
        };
        self.refuse(call, &format!("org.freedesktop.DBus.Error.{name}"), text);
    }
}

/// The client that a bus reports gone, if that is what a message says. Anybody can say it, but only the bus
/// can say it in its own name.
pub(super) fn departed(line: Line, message: &Message) -> Option<Client> {
    let header = message.header();
    let is_of_bus = header.sender()?.as_str() == DRIVER && header.interface()?.as_str() == DRIVER;
    if !is_of_bus
        || header.path()?.as_str() != DRIVER_PATH
        || header.member()?.as_str() != "NameOwnerChanged"
    {
        return None;
    }
    let (name, _, new): (String, String, String) = message.body().deserialize().ok()?;
    (name.starts_with(':') && new.is_empty()).then(|| Client::named(line, &name))
}
