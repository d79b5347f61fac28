use proptest::prelude::*;

use super::*;
use crate::mgmt::capture::sample::{acl, any_packet, l2cap, packet};

const DEVICE: [u8; 6] = [0x42, 0, 0, 1, 0xaa, 0];

fn event(octets: &[&[u8]]) -> Monitored {
    packet(7, Kind::Event, &octets.concat())
}

/// A connection with the device on handle 0x40, and a SCO link with it on 0x41.
fn connected() -> Vec<Monitored> {
    vec![
        event(&[&[0x3e, 31, 0x0a, 0, 0x40, 0, 0, 1], &DEVICE, &[0; 19]]),
        event(&[&[0x2c, 17, 0, 0x41, 0], &DEVICE, &[2]]),
    ]
}

/// What these packets tell, as a person reads it, with the address.
fn told(packets: &[Monitored]) -> Vec<String> {
    let mut reasons = Reasons::default();
    let told: Vec<Reason> = packets.iter().flat_map(|packet| reasons.read(packet)).collect();
    told.iter()
        .map(|reason| match reason.address {
            Some(address) => format!("{address} {reason}"),
            None => reason.to_string(),
        })
        .collect()
}

#[test]
fn events_of_a_connection_tell_why() {
    for (octets, expected) in [
        (&[0x05, 4, 0, 0x40, 0, 0x08][..], "link lost: HCI 0x08 Connection Timeout"),
        (
            &[0x05, 4, 0, 0x40, 0, 0x13],
            "disconnected by the device: HCI 0x13 Remote User Terminated Connection",
        ),
        (
            &[0x05, 4, 0, 0x40, 0, 0x16],
            "disconnected by this host: HCI 0x16 Connection Terminated by Local Host",
        ),
        (
            &[0x05, 4, 0, 0x40, 0, 0x3e],
            "connection failed: HCI 0x3e Connection Failed to be Established",
        ),
        (&[0x05, 4, 0, 0x40, 0, 0xee], "link lost: HCI 0xee"),
        (&[0x05, 4, 0x0c, 0x40, 0, 0], "disconnection failed: HCI 0x0c Command Disallowed"),
        (
            &[0x05, 4, 0, 0x41, 0, 0x13],
            "audio link ended by the device: HCI 0x13 Remote User Terminated Connection",
        ),
        (&[0x06, 3, 0x06, 0x40, 0], "authentication failed: HCI 0x06 PIN or Key Missing"),
        (&[0x08, 4, 0x06, 0x40, 0, 0], "encryption failed: HCI 0x06 PIN or Key Missing"),
        (
            &[0x59, 5, 0x25, 0x40, 0, 0, 0],
            "encryption failed: HCI 0x25 Encryption Mode Not Acceptable",
        ),
        (
            &[0x30, 3, 0x3d, 0x40, 0],
            "encryption failed: HCI 0x3d Connection Terminated due to MIC Failure",
        ),
        (
            &[0x36, 7, 0x05, 0x42, 0, 0, 1, 0xaa, 0],
            "pairing failed: HCI 0x05 Authentication Failure",
        ),
    ] {
        let mut packets = connected();
        packets.push(event(&[octets]));
        assert_eq!(told(&packets), [format!("00:AA:01:00:00:42 {expected}")]);
    }
}

#[test]
fn what_went_well_tells_nothing() {
    let mut packets = connected();
    packets.extend([
        event(&[&[0x06, 3, 0, 0x40, 0]]),
        event(&[&[0x08, 4, 0, 0x40, 0, 1]]),
        event(&[&[0x36, 7, 0], &DEVICE]),
        event(&[&[0x0f, 4, 0, 1, 0x05, 0x04]]),
        event(&[&[0x0e, 4, 1, 0x0b, 0x04, 0]]),
        acl(Kind::AclRx, 0x40, true, &l2cap(1, &[0x03, 1, 8, 0, 0x40, 0, 0x40, 0, 1, 0, 2, 0])),
        acl(Kind::AclRx, 0x40, true, &l2cap(4, &[0x01, 0x08, 1, 0, 0x0a])),
        acl(Kind::AclRx, 0x40, true, &l2cap(6, &[0x01, 3, 0, 1, 16, 0, 0])),
    ]);
    assert_eq!(told(&packets), [""; 0]);
}

#[test]
fn a_connection_that_does_not_come_about_tells_why() {
    for octets in [
        [&[0x03, 11, 0x04, 0, 0][..], &DEVICE, &[1, 0]].concat(),
        [&[0x3e, 19, 0x01, 0x04, 0, 0, 0, 0][..], &DEVICE, &[0; 7]].concat(),
        [&[0x3e, 31, 0x0a, 0x04, 0, 0, 0, 0][..], &DEVICE, &[0; 19]].concat(),
        [&[0x3e, 34, 0x29, 0x04, 0, 0, 0, 0][..], &DEVICE, &[0; 22]].concat(),
    ] {
        let expected = "00:AA:01:00:00:42 connection failed: HCI 0x04 Page Timeout";
        assert_eq!(told(&[event(&[&octets])]), [expected]);
    }
    let audio = event(&[&[0x2c, 17, 0x0d, 0, 0], &DEVICE, &[2, 0, 0, 0, 0, 0, 0, 0]]);
    let expected = "00:AA:01:00:00:42 audio link failed: \
                    HCI 0x0d Connection Rejected due to Limited Resources";
    assert_eq!(told(&[audio]), [expected]);
}

#[test]
fn an_le_connection_that_was_given_up_is_with_whom_it_was_asked_for() {
    let asked = [&[0x43, 0x20, 0x2a, 0, 0, 1][..], &DEVICE, &[1]].concat();
    let given_up = [0x3e, 31, 0x0a, 0x02, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
    assert_eq!(
        told(&[packet(1, Kind::Command, &asked), event(&[&given_up])]),
        ["00:AA:01:00:00:42 connection failed: HCI 0x02 Unknown Connection Identifier"]
    );
    assert_eq!(
        told(&[event(&[&given_up])]),
        ["connection failed: HCI 0x02 Unknown Connection Identifier"]
    );
}

#[test]
fn a_command_that_is_refused_tells_about_whom() {
    let command = |octets: &[&[u8]]| packet(1, Kind::Command, &octets.concat());
    let mut packets = connected();
    packets.extend([
        command(&[&[0x05, 0x04, 13], &DEVICE]),
        event(&[&[0x0f, 4, 0x0b, 1, 0x05, 0x04]]),
        command(&[&[0x19, 0x20, 28, 0x40, 0], &[0; 26]]),
        event(&[&[0x0f, 4, 0x1a, 1, 0x19, 0x20]]),
        command(&[&[0x0b, 0x04, 22], &DEVICE, &[0; 16]]),
        event(&[&[0x0e, 10, 1, 0x0b, 0x04, 0x12], &DEVICE]),
        // Nobody waits for these.
        event(&[&[0x0f, 4, 0x0c, 1, 0x08, 0x04]]),
        event(&[&[0x0e, 4, 1, 0x03, 0x0c, 0x0c]]),
    ]);
    assert_eq!(
        told(&packets),
        [
            "00:AA:01:00:00:42 connection failed: HCI 0x0b Connection Already Exists, \
             in answer to Create Connection",
            "00:AA:01:00:00:42 encryption failed: HCI 0x1a Unsupported Remote Feature, \
             in answer to LE Enable Encryption",
            "00:AA:01:00:00:42 authentication failed: HCI 0x12 Invalid HCI Command Parameters, \
             in answer to Link Key Request Reply",
        ]
    );
}

#[test]
fn the_hosts_tell_each_other_why() {
    for (kind, channel, content, expected) in [
        (
            Kind::AclRx,
            6,
            &[0x05, 0x04][..],
            &["pairing failed: the device sent SMP 0x04 Confirm Value Failed"][..],
        ),
        (
            Kind::AclTx,
            7,
            &[0x05, 0x0e],
            &["pairing failed: this host sent SMP 0x0e Cross-transport Key Derivation/Generation \
               Not Allowed"],
        ),
        (Kind::AclRx, 6, &[0x05, 0x77], &["pairing failed: the device sent SMP 0x77"]),
        (
            Kind::AclRx,
            4,
            &[0x01, 0x0a, 3, 0, 0x0f],
            &["attribute refused: the device sent ATT 0x0f Insufficient Encryption"],
        ),
        (
            Kind::AclRx,
            5,
            &[0x15, 1, 10, 0, 0, 0, 0, 0, 0, 0, 0, 0, 5, 0],
            &["channel refused: the device sent L2CAP 0x0005 Insufficient Authentication"],
        ),
        (
            Kind::AclRx,
            5,
            &[0x18, 1, 8, 0, 0, 0, 0, 0, 0, 0, 0x0c, 0],
            &["channel refused: the device sent L2CAP 0x000c Invalid Parameters"],
        ),
        (
            // Two responses in one packet, with a third between them that refuses nothing.
            Kind::AclTx,
            1,
            &[
                0x03, 1, 8, 0, 0, 0, 0x40, 0, 2, 0, 0, 0, 0x0b, 2, 4, 0, 2, 0, 0, 0, 0x03, 3, 8, 0,
                0, 0, 0x41, 0, 3, 0, 0, 0,
            ],
            &[
                "channel refused: this host sent L2CAP 0x0002 PSM Not Supported",
                "channel refused: this host sent L2CAP 0x0003 Security Block",
            ],
        ),
    ] {
        let pdu = l2cap(channel, content);
        let expected: Vec<_> =
            expected.iter().map(|reason| format!("00:AA:01:00:00:42 {reason}")).collect();
        let mut whole = connected();
        whole.push(acl(kind, 0x40, true, &pdu));
        assert_eq!(told(&whole), expected);
        let mut cut = connected();
        cut.push(acl(kind, 0x40, true, &pdu[..3]));
        cut.push(acl(kind, 0x40, false, &pdu[3..]));
        assert_eq!(told(&cut), expected);
    }
}

#[test]
fn a_handle_is_forgotten_with_its_link_and_with_its_controller() {
    let failed = event(&[&[0x06, 3, 0x06, 0x40, 0]]);
    for end in [event(&[&[0x05, 4, 0, 0x40, 0, 0x13]]), packet(1, Kind::CloseIndex, &[])] {
        let mut packets = connected();
        packets.extend([end, failed.clone()]);
        let told = told(&packets);
        assert_eq!(
            told.last().map(String::as_str),
            Some("authentication failed: HCI 0x06 PIN or Key Missing")
        );
    }
    let mut packets = connected();
    packets.push(Monitored { index: 1, ..failed });
    assert_eq!(
        told(&packets),
        ["authentication failed: HCI 0x06 PIN or Key Missing"],
        "another controller has handles of its own"
    );
}

proptest! {
    #[test]
    fn any_packets_are_read_without_harm(packets in proptest::collection::vec(any_packet(), 0..60)) {
        let mut reasons = Reasons::default();
        for packet in &packets {
            for reason in reasons.read(packet) {
                prop_assert_eq!((reason.at, reason.index), (packet.at, packet.index));
                prop_assert!(!reason.to_string().is_empty());
            }
        }
        prop_assert!(reasons.links.values().count() <= LINKS);
    }
}
