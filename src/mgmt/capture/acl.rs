//! Follows L2CAP PDUs through the ACL packets that they are cut into.
//!
//! A PDU begins with its length and its channel; either may already stand in the second packet. The
//! controller's packets can be as short as 27 octets, so that this is no rare case.
//!
//! Source: Core Specification Vol 4 Part E 5.4.2 (ACL data packets), Vol 3 Part A 3.1 (the header).

use super::field::{le16, rest};
use super::link;
use super::packet::{Kind, Monitored};
use super::recent::Recent;

/// Where in an ACL packet its payload begins.
pub(super) const PAYLOAD: usize = 4;
/// Where in a PDU its payload begins.
pub(super) const CONTENT: usize = 4;

/// How much of a PDU is kept, in octets: what is looked for in them is far shorter.
const KEPT: usize = 1024;
/// How many streams are followed at once: two for each link.
const STREAMS: usize = 64;

/// Which way something went.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Direction {
    /// From this host to the device.
    Sent,
    /// From the device to this host.
    Received,
}

/// What an ACL packet holds of a PDU.
#[derive(Debug)]
pub(super) struct Part<'a> {
    pub(super) handle: u16,
    pub(super) direction: Direction,
    /// Where in the PDU the payload of this packet begins. Unknown where the packets before are.
    pub(super) from: Option<usize>,
    /// The PDU from its beginning up to the end of this packet, or as much as is kept of that.
    pub(super) pdu: &'a [u8],
    /// With this packet, and not before, all of the PDU is there.
    pub(super) whole: bool,
}

impl Part<'_> {
    /// The channel, where it is known by now.
    pub(super) fn channel(&self) -> Option<u16> {
        le16(self.pdu, 2)
    }
}

/// The PDUs that are under way.
#[derive(Debug)]
pub(super) struct Streams {
    streams: Recent<(u16, u16, Direction), Pdu>,
}

#[derive(Debug, Default)]
struct Pdu {
    /// Its beginning.
    octets: Vec<u8>,
    /// How many octets of it went by.
    passed: usize,
}

impl Pdu {
    fn is_whole(&self) -> bool {
        le16(&self.octets, 0).is_some_and(|length| self.passed >= CONTENT + usize::from(length))
    }

    fn take(&mut self, octets: &[u8]) {
        let room = KEPT.saturating_sub(self.octets.len());
        self.octets.extend(octets.iter().take(room));
        self.passed = self.passed.saturating_add(octets.len());
    }
}

impl Streams {
    pub(super) fn new() -> Self {
        Self { streams: Recent::new(STREAMS) }
    }

    /// What this packet holds of a PDU; nothing, where it is no ACL data.
    pub(super) fn follow(&mut self, packet: &Monitored) -> Option<Part<'_>> {
        let direction = match packet.kind()? {
            Kind::AclTx => Direction::Sent,
            Kind::AclRx => Direction::Received,
            _ => return None,
        };
        let field = le16(&packet.octets, 0)?;
        let handle = link::handle(field);
        let payload = rest(&packet.octets, PAYLOAD);
        let key = (packet.index, handle, direction);
        let continues = field >> 12 & 0b11 == 0b01;
        if !continues {
            self.streams.put(key, Pdu::default());
        }
        // What goes on beyond the end of a PDU is none of it.
        let Some(pdu) = self.streams.get_mut(&key).filter(|pdu| !pdu.is_whole()) else {
            return Some(Part { handle, direction, from: None, pdu: &[], whole: false });
        };
        let from = pdu.passed;
        pdu.take(payload);
        Some(Part { handle, direction, from: Some(from), whole: pdu.is_whole(), pdu: &pdu.octets })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::mgmt::capture::sample::{acl, l2cap};

    proptest! {
        #[test]
        fn a_pdu_is_put_together_wherever_it_is_cut(
            content in proptest::collection::vec(any::<u8>(), 0..60),
            mut cuts in proptest::collection::vec(1..64_usize, 0..5),
        ) {
            let pdu = l2cap(0x0006, &content);
            cuts.retain(|cut| *cut < pdu.len());
            cuts.sort_unstable();
            cuts.dedup();
            cuts.push(pdu.len());
            let mut streams = Streams::new();
            let mut from = 0;
            for to in cuts {
                // What goes the other way, or on another link, is another PDU.
                streams.follow(&acl(Kind::AclTx, 0x40, false, &[1, 2, 3]));
                streams.follow(&acl(Kind::AclRx, 0x41, true, &[1, 2, 3]));
                let packet = acl(Kind::AclRx, 0x40, from == 0, &pdu[from..to]);
                let part = streams.follow(&packet).unwrap();
                prop_assert_eq!(part.from, Some(from));
                prop_assert_eq!(part.pdu, &pdu[..to]);
                prop_assert_eq!(part.whole, to == pdu.len());
                from = to;
            }
            let behind = acl(Kind::AclRx, 0x40, false, &[1]);
            prop_assert_eq!(streams.follow(&behind).unwrap().from, None);
        }
    }

    #[test]
    fn a_continuation_without_its_beginning_is_somewhere() {
        let packet = acl(Kind::AclRx, 0x40, false, &[1, 2]);
        let mut streams = Streams::new();
        let part = streams.follow(&packet).unwrap();
        assert_eq!((part.from, part.whole, part.channel()), (None, false, None));
    }

    #[test]
    fn memory_is_bounded() {
        let mut streams = Streams::new();
        for handle in 0..1000 {
            streams.follow(&acl(Kind::AclRx, handle, true, &[0xff; 2000]));
            streams.follow(&acl(Kind::AclRx, handle, false, &[0xff; 2000]));
        }
        assert_eq!(streams.streams.values().count(), STREAMS);
        assert!(streams.streams.values().all(|pdu| pdu.octets.len() == KEPT));
    }
}
