//! The HCI commands that begin, secure or end a link, so that an answer which refuses one can be told with
//! whom it was about: the answer itself only names the command.
//!
//! Source: Core Specification Vol 4 Part E 7.1 and 7.8.

use super::What;
use crate::address::Address;
use crate::mgmt::capture::field::{le16, rest};
use crate::mgmt::capture::link;
use crate::mgmt::capture::recent::Recent;

/// A command.
#[derive(Debug)]
pub(super) struct Command {
    opcode: u16,
    pub(super) name: &'static str,
    /// What fails if it is refused.
    pub(super) what: What,
    /// Where its parameters say with whom it is about.
    with: With,
}

#[derive(Debug, Clone, Copy)]
enum With {
    /// The address stands there.
    Address(usize),
    /// The handle of the connection stands there.
    Handle(usize),
    /// They do not say so.
    Nobody,
}

/// Whom a command was about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Peer {
    Address(Address),
    Handle(u16),
}

const fn command(opcode: u16, name: &'static str, what: What, with: With) -> Command {
    Command { opcode, name, what, with }
}

use What::{AudioFailed, AuthenticationFailed, EncryptionFailed, PairingFailed};
use With::{Address as AddressAt, Handle as HandleAt, Nobody};

#[rustfmt::skip]
const COMMANDS: &[Command] = &[
    command(0x0405, "Create Connection", What::ConnectionFailed, AddressAt(0)),
    command(0x0406, "Disconnect", What::DisconnectionFailed, HandleAt(0)),
    command(0x0409, "Accept Connection Request", What::ConnectionFailed, AddressAt(0)),
    command(0x040b, "Link Key Request Reply", AuthenticationFailed, AddressAt(0)),
    command(0x040d, "PIN Code Request Reply", PairingFailed, AddressAt(0)),
    command(0x0411, "Authentication Requested", AuthenticationFailed, HandleAt(0)),
    command(0x0413, "Set Connection Encryption", EncryptionFailed, HandleAt(0)),
    command(0x0428, "Setup Synchronous Connection", AudioFailed, HandleAt(0)),
    command(0x0429, "Accept Synchronous Connection Request", AudioFailed, AddressAt(0)),
    command(0x042b, "IO Capability Request Reply", PairingFailed, AddressAt(0)),
    command(0x042c, "User Confirmation Request Reply", PairingFailed, AddressAt(0)),
    command(0x042e, "User Passkey Request Reply", PairingFailed, AddressAt(0)),
    command(0x0430, "Remote OOB Data Request Reply", PairingFailed, AddressAt(0)),
    command(0x043d, "Enhanced Setup Synchronous Connection", AudioFailed, HandleAt(0)),
    command(0x043e, "Enhanced Accept Synchronous Connection Request", AudioFailed, AddressAt(0)),
    command(0x0445, "Remote OOB Extended Data Request Reply", PairingFailed, AddressAt(0)),
    command(0x200d, "LE Create Connection", What::ConnectionFailed, AddressAt(6)),
    command(0x2019, "LE Enable Encryption", EncryptionFailed, HandleAt(0)),
    command(0x201a, "LE Long Term Key Request Reply", EncryptionFailed, HandleAt(0)),
    command(0x2025, "LE Read Local P-256 Public Key", PairingFailed, Nobody),
    command(0x2026, "LE Generate DHKey", PairingFailed, Nobody),
    command(0x2043, "LE Extended Create Connection", What::ConnectionFailed, AddressAt(3)),
    command(0x205e, "LE Generate DHKey [v2]", PairingFailed, Nobody),
    command(0x2064, "LE Create CIS", AudioFailed, HandleAt(3)),
    command(0x2066, "LE Accept CIS Request", AudioFailed, Nobody),
    command(0x2085, "LE Extended Create Connection [v2]", What::ConnectionFailed, AddressAt(5)),
];

/// How many commands are remembered.
const REMEMBERED: usize = 64;

/// What the host asked of its controllers last.
#[derive(Debug)]
pub(super) struct Attempts {
    /// By controller and opcode.
    peers: Recent<(u16, u16), Peer>,
    /// To whom an LE connection was asked for last, by controller.
    initiated: Recent<u16, Address>,
}

impl Attempts {
    pub(super) fn new() -> Self {
        Self { peers: Recent::new(REMEMBERED), initiated: Recent::new(REMEMBERED) }
    }

    /// Remembers whom a command is about.
    pub(super) fn observe(&mut self, index: u16, octets: &[u8]) {
        let Some(command) = le16(octets, 0).and_then(command_of) else { return };
        let key = (index, command.opcode);
        // Where it does not say so, what an earlier one said is not about this one.
        self.peers.retain(|other| *other != key);
        let Some(peer) = command.peer(rest(octets, 3)) else { return };
        self.peers.put(key, peer);
        if let (Peer::Address(address), 0x200d | 0x2043 | 0x2085) = (peer, command.opcode) {
            self.initiated.put(index, address);
        }
    }

    /// The command with this opcode, and whom the last of that kind was about.
    pub(super) fn of(&self, index: u16, opcode: u16) -> Option<(&'static Command, Option<Peer>)> {
        let command = command_of(opcode)?;
        Some((command, self.peers.get(&(index, opcode)).copied()))
    }

    /// To whom an LE connection was asked for last.
    pub(super) fn initiated(&self, index: u16) -> Option<Address> {
        self.initiated.get(&index).copied()
    }
}

fn command_of(opcode: u16) -> Option<&'static Command> {
    COMMANDS.iter().find(|command| command.opcode == opcode)
}

impl Command {
    fn peer(&self, parameters: &[u8]) -> Option<Peer> {
        match self.with {
            With::Address(at) => link::known(link::address_at(parameters, at)?).map(Peer::Address),
            With::Handle(at) => le16(parameters, at).map(link::handle).map(Peer::Handle),
            With::Nobody => None,
        }
    }
}
