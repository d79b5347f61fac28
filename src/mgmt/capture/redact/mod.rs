//! Strikes keys and PINs out of packets, so that a capture can be kept, sent and attached to a report.
//!
//! What is secret is a line of [`SECRETS`] each. Struck octets become zeros; the packet keeps its length,
//! so that every reader still understands it. Where it cannot be known what a packet holds, because it is of
//! a kind that is not known or continues something whose beginning went by unseen, it is struck.
//!
//! What is not known to be a key is not struck: what applications send each other over a link, among it keys
//! that a profile hands out in attributes, and the commands of a controller's maker.

mod table;

pub use table::{Place, SECRETS, Secret, WHOLE};

use std::ops::Range;

use super::acl::{CONTENT, PAYLOAD, Streams};
use super::field::le16;
use super::packet::{Kind, Monitored};

/// The channels of the Security Manager: on LE, and on BR/EDR (Core Specification Vol 3 Part A 2.1).
const SMP_CHANNELS: [u16; 2] = [0x0006, 0x0007];

/// Strikes secrets out of a sequence of packets, of which it must see all, in their order.
#[derive(Debug)]
pub struct Redactor {
    streams: Streams,
}

impl Default for Redactor {
    fn default() -> Self {
        Self { streams: Streams::new() }
    }
}

impl Redactor {
    /// Strikes the secrets out of the next packet, and says whether there was a place for any.
    pub fn strike(&mut self, packet: &mut Monitored) -> bool {
        let struck = match packet.kind() {
            Some(Kind::AclTx | Kind::AclRx) => self.in_data(packet),
            Some(Kind::UserLogging) => in_text(&packet.octets),
            Some(kind) => in_message(kind, &packet.octets),
            None => everything(0..packet.octets.len()),
        };
        for range in &struck {
            let end = range.end.min(packet.octets.len());
            if let Some(octets) = packet.octets.get_mut(range.start..end) {
                octets.fill(0);
            }
        }
        !struck.is_empty()
    }

    /// What is secret in ACL data.
    fn in_data(&mut self, packet: &Monitored) -> Vec<Range<usize>> {
        let Some(part) = self.streams.follow(packet) else { return Vec::new() };
        let end = packet.octets.len();
        let Some(from) = part.from else {
            return everything(PAYLOAD..end);
        };
        if !part.channel().is_some_and(|channel| SMP_CHANNELS.contains(&channel)) {
            return Vec::new();
        }
        let Some(code) = part.pdu.get(CONTENT) else { return Vec::new() };
        let pdu_end = from + end.saturating_sub(PAYLOAD);
        // From places in the PDU to places in this packet.
        let here = |place: usize| place.saturating_sub(from).saturating_add(PAYLOAD);
        secrets_of(Place::Smp(*code), CONTENT + 1, pdu_end)
            .filter(|range| range.end > from)
            .map(|range| here(range.start)..here(range.end))
            .collect()
    }
}

/// What is secret where it is not known what there is.
fn everything(range: Range<usize>) -> Vec<Range<usize>> {
    Some(range).into_iter().collect()
}

/// What is secret in a packet that is a whole message.
fn in_message(kind: Kind, octets: &[u8]) -> Vec<Range<usize>> {
    places(kind, octets)
        .into_iter()
        .flatten()
        .flat_map(|(place, from)| secrets_of(place, from, octets.len()))
        .collect()
}

/// Which places of the table a packet is, and where the parameters of each begin.
fn places(kind: Kind, octets: &[u8]) -> [Option<(Place, usize)>; 2] {
    let byte = |at| octets.get(at).copied();
    let word = |at| le16(octets, at);
    match kind {
        Kind::Command => [word(0).map(|opcode| (Place::Command(opcode), 3)), None],
        Kind::Event => {
            let inner = match byte(0) {
                Some(0x0e) => word(3).map(|opcode| (Place::Returned(opcode), 5)),
                Some(0x3e) => byte(2).map(|code| (Place::LeEvent(code), 3)),
                _ => None,
            };
            [byte(0).map(|code| (Place::Event(code), 2)), inner]
        }
        // Both begin with the cookie of the socket.
        Kind::CtrlCommand => [word(4).map(|opcode| (Place::MgmtCommand(opcode), 6)), None],
        Kind::CtrlEvent => {
            let inner = match word(4) {
                Some(0x0001) => word(6).map(|opcode| (Place::MgmtReturned(opcode), 9)),
                _ => None,
            };
            [word(4).map(|code| (Place::MgmtEvent(code), 6)), inner]
        }
        Kind::VendorDiag => [Some((Place::VendorDiag, 0)), None],
        _ => [None, None],
    }
}

/// What is secret there, in a message whose parameters begin at `from` and that ends at `end`.
fn secrets_of(place: Place, from: usize, end: usize) -> impl Iterator<Item = Range<usize>> {
    SECRETS
        .iter()
        .filter(move |secret| secret.place == place)
        .flat_map(move |secret| secret.ranges(from, end))
}

/// What is secret in a text that a program logged: everything from the first word on that announces it.
fn in_text(octets: &[u8]) -> Vec<Range<usize>> {
    let text = octets.to_ascii_lowercase();
    let found = SECRETS.iter().filter_map(|secret| match secret.place {
        Place::Log(word) => text.windows(word.len()).position(|at| at == word.as_bytes()),
        _ => None,
    });
    found.min().map(|at| at..octets.len()).into_iter().collect()
}

#[cfg(test)]
mod tests;
