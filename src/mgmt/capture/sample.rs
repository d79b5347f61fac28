//! Packets for the tests.

use proptest::prelude::*;

use super::packet::{Kind, Monitored};

/// A packet of hci0 that came at `at`.
pub(super) fn packet(at: u64, kind: Kind, octets: &[u8]) -> Monitored {
    Monitored { at, opcode: kind.opcode(), index: 0, octets: octets.to_vec() }
}

/// ACL data: `start` for the first of a PDU, on this handle.
pub(super) fn acl(kind: Kind, handle: u16, start: bool, payload: &[u8]) -> Monitored {
    let flags = if start { 0x2000 } else { 0x1000 };
    let mut octets = (handle | flags).to_le_bytes().to_vec();
    octets.extend((payload.len() as u16).to_le_bytes());
    octets.extend(payload);
    packet(0, kind, &octets)
}

/// An L2CAP PDU on this channel.
pub(super) fn l2cap(channel: u16, payload: &[u8]) -> Vec<u8> {
    let mut pdu = (payload.len() as u16).to_le_bytes().to_vec();
    pdu.extend(channel.to_le_bytes());
    pdu.extend(payload);
    pdu
}

/// Any packet; of a kind that there is and of few controllers, more often than not.
pub(super) fn any_packet() -> impl Strategy<Value = Monitored> {
    let opcode = prop_oneof![8 => 0..20_u16, 1 => any::<u16>()];
    let index = prop_oneof![8 => 0..3_u16, 1 => any::<u16>()];
    let octets = prop_oneof![
        8 => proptest::collection::vec(any::<u8>(), 0..80),
        // Numbers that stand for something in packets are small.
        8 => proptest::collection::vec(0..0x20_u8, 0..80),
        1 => proptest::collection::vec(any::<u8>(), 1480..1500),
    ];
    (0..4_000_000_000_000_000_u64, opcode, index, octets)
        .prop_map(|(at, opcode, index, octets)| Monitored { at, opcode, index, octets })
}
