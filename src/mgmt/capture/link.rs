//! Links: the events that say that one began or ended, and with whom.
//!
//! Everything else in a capture names a link by its handle only.

use super::field::{le16, rest};
use crate::address::Address;

/// The address that stands at `at`.
pub(super) fn address_at(octets: &[u8], at: usize) -> Option<Address> {
    octets.get(at..)?.first_chunk().copied().map(Address::from_wire)
}

/// This address, unless it is all zeros, which stands for none.
pub(super) fn known(address: Address) -> Option<Address> {
    (address.to_wire() != [0; 6]).then_some(address)
}

/// What a link carries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Carries {
    /// Data: it is the connection itself.
    Data,
    /// Audio, or another isochronous stream, beside the connection.
    Audio,
}

/// A link began, or could not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Connected {
    pub(super) status: u8,
    /// Without meaning where the status is an error.
    pub(super) handle: u16,
    /// With whom; the event of an isochronous stream does not tell.
    pub(super) address: Option<Address>,
    pub(super) carries: Carries,
}

/// A link ended, or could not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Disconnected {
    pub(super) status: u8,
    pub(super) handle: u16,
    pub(super) reason: u8,
}

/// The handle in a field of 16 bits, of which it has 12.
pub(super) fn handle(field: u16) -> u16 {
    field & 0x0fff
}

/// What an HCI event says of a link that began (Core Specification Vol 4 Part E 7.7.3 Connection Complete,
/// 7.7.35 Synchronous Connection Complete, 7.7.65.1 LE Connection Complete, 7.7.65.10 LE Enhanced
/// Connection Complete, 7.7.65.25 LE CIS Established).
pub(super) fn connected(event: &[u8]) -> Option<Connected> {
    let (code, parameters) = (*event.first()?, rest(event, 2));
    let (status, handle_at, peer_at, carries) = match (code, *parameters.first()?) {
        // A link type of 1 is ACL.
        (0x03, _) if parameters.get(9) == Some(&1) => (0, 1, Some(3), Carries::Data),
        (0x03 | 0x2c, _) => (0, 1, Some(3), Carries::Audio),
        // The versions of the LE event begin alike.
        (0x3e, 0x01 | 0x0a | 0x29) => (1, 2, Some(6), Carries::Data),
        (0x3e, 0x19) => (1, 2, None, Carries::Audio),
        _ => return None,
    };
    Some(Connected {
        status: *parameters.get(status)?,
        handle: handle(le16(parameters, handle_at)?),
        address: match peer_at {
            Some(at) => known(address_at(parameters, at)?),
            None => None,
        },
        carries,
    })
}

/// What an HCI event says of a link that ended (Core Specification Vol 4 Part E 7.7.5 Disconnection
/// Complete).
pub(super) fn disconnected(event: &[u8]) -> Option<Disconnected> {
    let parameters = rest(event, 2);
    let [status, _, _, reason, ..] = *parameters else { return None };
    (event.first() == Some(&0x05)).then_some(())?;
    Some(Disconnected { status, handle: handle(le16(parameters, 1)?), reason })
}

#[cfg(test)]
mod tests {
    use super::*;

    const ADDRESS: [u8; 6] = [0x42, 0, 0, 1, 0xaa, 0];

    #[test]
    fn each_event_that_begins_a_link_tells_its_handle() {
        let data = Connected {
            status: 0,
            handle: 0x40,
            address: Some(Address::from_wire(ADDRESS)),
            carries: Carries::Data,
        };
        let audio = Connected { carries: Carries::Audio, ..data };
        for (head, tail, expected) in [
            (&[0x03, 11, 0, 0x40, 0][..], &[1, 0][..], data),
            (&[0x03, 11, 0, 0x40, 0], &[0, 0], audio),
            (&[0x2c, 17, 0, 0x40, 0], &[2], audio),
            (&[0x3e, 19, 0x01, 0, 0x40, 0, 0, 1], &[], data),
            (&[0x3e, 31, 0x0a, 0, 0x40, 0, 0, 1], &[], data),
            (&[0x3e, 34, 0x29, 0, 0x40, 0, 0, 1], &[], data),
            (&[0x3e, 29, 0x19, 0, 0x40, 0], &[], Connected { address: None, ..audio }),
        ] {
            let event = [head, &ADDRESS, tail].concat();
            assert_eq!(connected(&event), Some(expected), "{event:02x?}");
        }
        assert_eq!(connected(&[0x3e, 1, 0x02]), None);
        assert_eq!(connected(&[0x03, 3, 0, 0x40, 0]), None, "torn");
        assert_eq!(Address::from_wire(ADDRESS).to_string(), "00:AA:01:00:00:42");
    }

    #[test]
    fn an_event_that_ends_a_link_tells_why() {
        let expected = Disconnected { status: 0, handle: 0x40, reason: 0x08 };
        assert_eq!(disconnected(&[0x05, 4, 0, 0x40, 0xf0, 8]), Some(expected));
        assert_eq!(disconnected(&[0x05, 3, 0, 0x40, 0]), None, "torn");
        assert_eq!(disconnected(&[0x06, 3, 0, 0x40, 0, 0]), None);
    }
}
