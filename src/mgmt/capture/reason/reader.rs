//! Reads reasons in a sequence of packets.
//!
//! Sources: Core Specification Vol 4 Part E 7.7 (the events), Vol 3 Part A 4 (L2CAP), Vol 3 Part H 3.5
//! (SMP), Vol 3 Part F 3.4 (ATT).

use super::attempts::{Attempts, Peer};
use super::names::{self, Names, name};
use super::{Layer, Reason, Side, What};
use crate::address::Address;
use crate::mgmt::capture::acl::{CONTENT, Streams};
use crate::mgmt::capture::field::{le16, rest};
use crate::mgmt::capture::link::{self, Carries, Connected, Disconnected};
use crate::mgmt::capture::packet::{Kind, Monitored};
use crate::mgmt::capture::recent::Recent;

/// How many links are remembered.
const LINKS: usize = 128;

/// Reads why something failed, packet by packet. To name the devices it must see their connections begin;
/// the [preamble](crate::mgmt::capture::Preamble) of a capture tells it of those that were there before.
#[derive(Debug)]
pub struct Reasons {
    links: Recent<(u16, u16), Link>,
    attempts: Attempts,
    streams: Streams,
}

#[derive(Debug, Clone, Copy)]
struct Link {
    address: Option<Address>,
    carries: Carries,
}

impl Default for Reasons {
    fn default() -> Self {
        Self { links: Recent::new(LINKS), attempts: Attempts::new(), streams: Streams::new() }
    }
}

impl Reasons {
    /// What the next packet tells; most tell nothing, and few more than one thing.
    pub fn read(&mut self, packet: &Monitored) -> Vec<Reason> {
        match packet.kind() {
            Some(Kind::Command) => self.attempts.observe(packet.index, &packet.octets),
            Some(Kind::Event) => return self.event(packet).into_iter().collect(),
            Some(Kind::AclTx | Kind::AclRx) => return self.data(packet),
            Some(Kind::NewIndex | Kind::DelIndex | Kind::CloseIndex) => {
                self.links.retain(|(index, _)| *index != packet.index);
            }
            _ => {}
        }
        Vec::new()
    }

    fn event(&mut self, packet: &Monitored) -> Option<Reason> {
        let octets = &packet.octets;
        if let Some(connected) = link::connected(octets) {
            return self.connected(packet, connected);
        }
        if let Some(disconnected) = link::disconnected(octets) {
            return self.disconnected(packet, disconnected);
        }
        let parameters = rest(octets, 2);
        let status = *parameters.first()?;
        let handle = le16(parameters, 1).map(link::handle).map(Peer::Handle);
        let (what, peer) = match *octets.first()? {
            // Authentication Complete
            0x06 => (What::AuthenticationFailed, handle),
            // Encryption Change [v1] and [v2], Encryption Key Refresh Complete
            0x08 | 0x59 | 0x30 => (What::EncryptionFailed, handle),
            // Simple Pairing Complete
            0x36 => (What::PairingFailed, link::address_at(parameters, 1).map(Peer::Address)),
            // Command Complete
            0x0e => return self.answer(packet, le16(parameters, 1)?, *parameters.get(3)?),
            // Command Status
            0x0f => return self.answer(packet, le16(parameters, 2)?, status),
            _ => return None,
        };
        refused(packet, what, status, self.address(packet.index, peer))
    }

    fn connected(&mut self, packet: &Monitored, connected: Connected) -> Option<Reason> {
        let Connected { status, handle, address, carries } = connected;
        if status == 0 {
            self.links.put((packet.index, handle), Link { address, carries });
            return None;
        }
        match carries {
            Carries::Audio => {
                // A CIS has its handle before it is there, and nothing tells its address.
                refused(packet, What::AudioFailed, status, address)
            }
            Carries::Data => {
                let address = address.or_else(|| self.attempts.initiated(packet.index));
                refused(packet, What::ConnectionFailed, status, address)
            }
        }
    }

    fn disconnected(&mut self, packet: &Monitored, disconnected: Disconnected) -> Option<Reason> {
        let Disconnected { status, handle, reason } = disconnected;
        let key = (packet.index, handle);
        let link = self.links.get(&key).copied();
        let address = link.and_then(|link| link.address);
        if status != 0 {
            return refused(packet, What::DisconnectionFailed, status, address);
        }
        self.links.retain(|other| *other != key);
        let side = match reason {
            0x13..=0x15 => Some(Side::Device),
            0x16 => Some(Side::Host),
            _ => None,
        };
        let what = match (link.map(|link| link.carries), side, reason) {
            (Some(Carries::Audio), ..) => What::AudioEnded,
            (_, Some(_), _) => What::Disconnected,
            // The connection was begun by this side, but the other never spoke.
            (_, None, 0x3e) => What::ConnectionFailed,
            (_, None, _) => What::LinkLost,
        };
        Some(Reason { side, ..hci(packet, what, reason, address) })
    }

    /// The answer to a command.
    fn answer(&self, packet: &Monitored, opcode: u16, status: u8) -> Option<Reason> {
        let (command, peer) = self.attempts.of(packet.index, opcode)?;
        let address = self.address(packet.index, peer);
        let reason = refused(packet, command.what, status, address)?;
        Some(Reason { answer_to: Some(command.name), ..reason })
    }

    fn address(&self, index: u16, peer: Option<Peer>) -> Option<Address> {
        match peer? {
            Peer::Address(address) => Some(address),
            Peer::Handle(handle) => self.links.get(&(index, handle))?.address,
        }
    }

    /// What the two hosts tell each other.
    fn data(&mut self, packet: &Monitored) -> Vec<Reason> {
        let Some(part) = self.streams.follow(packet).filter(|part| part.whole) else {
            return Vec::new();
        };
        let side = part.direction.into();
        let address = self.links.get(&(packet.index, part.handle)).and_then(|link| link.address);
        let content = rest(part.pdu, CONTENT);
        let told = |(what, layer, names, code): Told| Reason {
            address,
            layer,
            name: name(names, code),
            side: Some(side),
            code,
            ..hci(packet, what, 0, None)
        };
        match part.channel() {
            // Signalling on BR/EDR and on LE.
            Some(0x0001 | 0x0005) => signalling(content).map(told).collect(),
            Some(0x0004) => attribute(content).map(told).into_iter().collect(),
            Some(0x0006 | 0x0007) => security(content).map(told).into_iter().collect(),
            _ => Vec::new(),
        }
    }
}

/// What a status of the controller tells, if it is not good.
fn refused(packet: &Monitored, what: What, status: u8, address: Option<Address>) -> Option<Reason> {
    (status != 0).then(|| hci(packet, what, status, address))
}

/// A reason that the controller gives.
fn hci(packet: &Monitored, what: What, code: u8, address: Option<Address>) -> Reason {
    Reason {
        at: packet.at,
        index: packet.index,
        address,
        what,
        layer: Layer::Hci,
        code: code.into(),
        name: name(names::HCI, code.into()),
        side: None,
        answer_to: None,
    }
}

/// What a PDU tells: what failed, whose code it is, what such codes are called, and the code.
type Told = (What, Layer, Names, u16);

/// The refusals among the commands of a signalling packet, which on BR/EDR can hold several.
fn signalling(mut commands: &[u8]) -> impl Iterator<Item = Told> {
    std::iter::from_fn(move || {
        let (code, length) = (*commands.first()?, le16(commands, 2)?);
        let data = rest(commands, 4);
        commands = rest(data, length.into());
        Some((code, data.get(..length.into())?))
    })
    .filter_map(|(code, data)| {
        let (names, result) = match code {
            // Connection Response: 1 is pending.
            0x03 => (names::L2CAP, le16(data, 4).filter(|result| *result > 1)?),
            // LE Credit Based Connection Response
            0x15 => (names::L2CAP_LE, le16(data, 8).filter(|result| *result != 0)?),
            // Credit Based Connection Response: 0x000d to 0x000f are pending.
            0x18 => {
                let refuses = |result: &u16| !matches!(result, 0 | 0x000d..=0x000f);
                (names::L2CAP_ENHANCED, le16(data, 6).filter(refuses)?)
            }
            _ => return None,
        };
        Some((What::ChannelRefused, Layer::L2cap, names, result))
    })
}

/// Pairing Failed.
fn security(command: &[u8]) -> Option<Told> {
    match *command {
        [0x05, reason, ..] => Some((What::PairingFailed, Layer::Smp, names::SMP, reason.into())),
        _ => None,
    }
}

/// An Error Response that asks for more security; any other is an everyday answer.
fn attribute(pdu: &[u8]) -> Option<Told> {
    match *pdu {
        [0x01, _, _, _, error @ (0x05 | 0x08 | 0x0c | 0x0f), ..] => {
            Some((What::AttributeRefused, Layer::Att, names::ATT, error.into()))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests;
