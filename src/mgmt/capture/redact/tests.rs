use proptest::prelude::*;

use super::*;
use crate::mgmt::capture::acl::CONTENT;
use crate::mgmt::capture::sample::{acl, any_packet, l2cap, packet};

/// A packet that is at this place, with parameters that are all 0xff; and where those begin.
fn at_place(place: Place, parameters: usize) -> (Monitored, usize) {
    let (kind, mut octets) = match place {
        Place::Command(opcode) => (Kind::Command, [&opcode.to_le_bytes()[..], &[0]].concat()),
        Place::Event(code) => (Kind::Event, vec![code, 0]),
        Place::LeEvent(code) => (Kind::Event, vec![0x3e, 0, code]),
        Place::Returned(opcode) => {
            (Kind::Event, [&[0x0e, 0, 1][..], &opcode.to_le_bytes()].concat())
        }
        Place::Smp(code) => {
            let content = [vec![code], vec![0xff; parameters]].concat();
            let from = PAYLOAD + CONTENT + 1;
            return (acl(Kind::AclRx, 0x40, true, &l2cap(0x0006, &content)), from);
        }
        Place::MgmtCommand(opcode) => {
            (Kind::CtrlCommand, [&[1, 0, 0, 0][..], &opcode.to_le_bytes()].concat())
        }
        Place::MgmtEvent(code) => {
            (Kind::CtrlEvent, [&[1, 0, 0, 0][..], &code.to_le_bytes()].concat())
        }
        Place::MgmtReturned(opcode) => {
            (Kind::CtrlEvent, [&[1, 0, 0, 0, 1, 0][..], &opcode.to_le_bytes(), &[0]].concat())
        }
        Place::VendorDiag => (Kind::VendorDiag, Vec::new()),
        Place::Log(word) => {
            let octets = [&[7, 0][..], word.as_bytes()].concat();
            return (packet(0, Kind::UserLogging, &octets), 2);
        }
    };
    let from = octets.len();
    octets.extend(vec![0xff; parameters]);
    (packet(0, kind, &octets), from)
}

/// Which octets were struck, of a packet that had no zeros there.
fn struck(mut packet: Monitored) -> Vec<usize> {
    let before = packet.octets.clone();
    Redactor::default().strike(&mut packet);
    assert_eq!(packet.octets.len(), before.len());
    (0..before.len()).filter(|at| packet.octets[*at] != before[*at]).collect()
}

#[test]
fn each_line_of_the_table_strikes_what_it_says_and_no_more() {
    for secret in SECRETS.iter().filter(|secret| !matches!(secret.place, Place::Log(_))) {
        for parameters in [0, 1, 5, 20, 100] {
            let (packet, from) = at_place(secret.place, parameters);
            let secret_at = |at: &usize| {
                let Some(at) = at.checked_sub(from + secret.offset) else { return false };
                secret.stride.map_or(at, |stride| at % stride) < secret.length
            };
            let expected: Vec<_> = (0..packet.octets.len()).filter(secret_at).collect();
            assert_eq!(struck(packet), expected, "{secret:?} {parameters}");
        }
    }
}

/// Whole packets, written down by hand from the sources, in which `s` marks the secret octets.
#[test]
fn the_table_fits_the_packets_of_the_specification() {
    let key = "ss".repeat(16);
    let cases = [
        // Link Key Request Reply
        (Kind::Command, format!("0b0416 665544332211 {key}")),
        // PIN Code Request Reply: a PIN of four digits
        (Kind::Command, "0d0417 665544332211 04".to_owned() + &key),
        // User Passkey Request Reply
        (Kind::Command, "2e040a 665544332211 ssssssss".to_owned()),
        // LE Enable Encryption: handle, random number, diversifier, key
        (Kind::Command, format!("19201c 4000 {} ssss {key}", "ss".repeat(8))),
        // LE Add Device To Resolving List: type, address, IRKs
        (Kind::Command, format!("272027 01 665544332211 {key} {key}")),
        // LE Create BIG: handles, count, interval, SDU, latency, RTN, PHY, packing, framing, encryption
        (Kind::Command, format!("68201f 01 01 01 102700 6400 0a00 02 02 01 01 01 {key}")),
        // LE BIG Create Sync: handle, sync handle, encryption, code, MSE, timeout, count, index
        (Kind::Command, format!("6b2018 01 4000 01 {key} 01 e803 01 01")),
        // Link Key Notification: address, key, type
        (Kind::Event, format!("1817 665544332211 {key} 04")),
        // User Confirmation Request
        (Kind::Event, "330a 665544332211 ssssssss".to_owned()),
        // LE Generate DHKey Complete
        (Kind::Event, format!("3e22 09 01 {key} {key}")),
        // Command Complete of Read Local OOB Data
        (Kind::Event, format!("0e24 01 570c 01 {key} {key}")),
        // Load Link Keys: debug keys, two of address, type, key, length of the PIN
        (
            Kind::CtrlCommand,
            format!(
                "01000000 1200 01 0200 665544332211 01 04 {key} 01 665544332212 01 04 {key} 01"
            ),
        ),
        // Load Long Term Keys: address, type, central, size, diversifier, random number, key
        (
            Kind::CtrlCommand,
            format!(
                "01000000 1300 0200 {0} {0}",
                format!("665544332211 01 01 01 10 ssss {} {key}", "ss".repeat(8))
            ),
        ),
        // Load Identity Resolving Keys
        (
            Kind::CtrlCommand,
            format!("01000000 3000 0200 665544332211 01 {key} 665544332212 01 {key}"),
        ),
        // Set Privacy
        (Kind::CtrlCommand, format!("01000000 2f00 01 {key}")),
        // New Link Key: store, address, type, key, length of the PIN
        (Kind::CtrlEvent, format!("01000000 0900 01 665544332211 01 04 {key} 01")),
        // New Identity Resolving Key: store, RPA, address, key
        (Kind::CtrlEvent, format!("01000000 1800 01 665544332244 665544332211 01 {key}")),
        // New Signature Resolving Key: store, address, type, key
        (Kind::CtrlEvent, format!("01000000 1900 01 665544332211 01 01 {key}")),
        // Passkey Notify: address, passkey, how many digits were entered
        (Kind::CtrlEvent, "01000000 1700 665544332211 01 ssssssss 01".to_owned()),
        // Command Complete of Read Local Out Of Band Extended Data
        (
            Kind::CtrlEvent,
            format!("01000000 0100 3b00 01 01 1200 1122{key}").replace("1122", "ssss"),
        ),
        // Encryption Information on LE, Identity Information on BR/EDR
        (Kind::AclTx, format!("4020 1500 1100 0600 06 {key}")),
        (Kind::AclRx, format!("4020 1500 1100 0700 08 {key}")),
        // Pairing Public Key is none, and neither is the same on another channel.
        (Kind::AclRx, format!("4020 1500 1100 0600 0c {}", "11".repeat(16))),
        (Kind::AclRx, format!("4020 1500 1100 0400 06 {}", "11".repeat(16))),
    ];
    for (kind, marked) in cases {
        let marked = marked.replace(' ', "").into_bytes();
        let octets: Vec<u8> = marked
            .chunks(2)
            .map(|pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap_or(0xee))
            .collect();
        let expected: Vec<usize> = marked
            .chunks(2)
            .enumerate()
            .filter(|(_, pair)| *pair == b"ss")
            .map(|(at, _)| at)
            .collect();
        assert_eq!(struck(packet(0, kind, &octets)), expected, "{kind} {octets:02x?}");
    }
}

#[test]
fn a_text_is_struck_from_the_word_on_that_announces_a_secret() {
    for (text, left) in [
        ("hci0 addr 00:11 passkey 482913", "hci0 addr 00:11 "),
        ("Calling Agent.DisplayPinCode: name=:1.5, pincode=0000", "Calling Agent.Display"),
        ("hci0 type 7 discovering 1", "hci0 type 7 discovering 1"),
    ] {
        let octets = [&[6, 11][..], b"bluetoothd\0", text.as_bytes(), &[0]].concat();
        let mut logged = packet(0, Kind::UserLogging, &octets);
        Redactor::default().strike(&mut logged);
        let told = String::from_utf8(logged.octets[13..].to_vec()).unwrap();
        assert_eq!(told.trim_end_matches('\0'), left);
        assert_eq!(logged.octets.len(), octets.len());
    }
}

#[test]
fn what_is_of_no_known_kind_is_struck() {
    let unknown = Monitored { opcode: 20, ..packet(0, Kind::Event, &[1, 2, 3]) };
    assert_eq!(struck(unknown), [0, 1, 2]);
}

#[test]
fn what_continues_something_unseen_is_struck() {
    let mut redactor = Redactor::default();
    let mut packet = acl(Kind::AclRx, 0x40, false, &[1, 2, 3]);
    assert!(redactor.strike(&mut packet));
    assert_eq!(packet.octets[4..], [0; 3]);
}

proptest! {
    #[test]
    fn a_key_is_struck_wherever_the_packets_are_cut(
        code in prop_oneof![Just(0x03_u8), Just(0x04), Just(0x06), Just(0x08), Just(0x0a), Just(0x0d)],
        channel in prop_oneof![Just(0x0006_u16), Just(0x0007)],
        mut cuts in proptest::collection::vec(1..22_usize, 0..6),
        between in proptest::collection::vec(any_packet(), 0..4),
    ) {
        let pdu = l2cap(channel, &[vec![code], vec![0xff; 16]].concat());
        cuts.retain(|cut| *cut < pdu.len());
        cuts.sort_unstable();
        cuts.dedup();
        cuts.push(pdu.len());
        let mut redactor = Redactor::default();
        let (mut from, mut left) = (0, Vec::<u8>::new());
        for to in cuts {
            let mut packet = acl(Kind::AclRx, 0x40, from == 0, &pdu[from..to]);
            redactor.strike(&mut packet);
            left.extend(&packet.octets[4..]);
            from = to;
            for mut other in between.clone() {
                other.index = 7;
                redactor.strike(&mut other);
            }
        }
        prop_assert_eq!(&left[..5], &pdu[..5]);
        prop_assert_eq!(&left[5..], &[0; 16]);
    }

    #[test]
    fn whatever_the_packets_the_length_stays_and_no_secret_does(
        packets in proptest::collection::vec(any_packet(), 0..40),
        places in proptest::collection::vec((any::<prop::sample::Index>(), 0..90_usize), 0..10),
    ) {
        let mut redactor = Redactor::default();
        let placed = places.into_iter().map(|(line, parameters)| {
            at_place(SECRETS[line.index(SECRETS.len())].place, parameters).0
        });
        for mut packet in packets.into_iter().chain(placed) {
            let before = packet.clone();
            redactor.strike(&mut packet);
            prop_assert_eq!(packet.octets.len(), before.octets.len());
            prop_assert_eq!(
                (packet.at, packet.opcode, packet.index),
                (before.at, before.opcode, before.index)
            );
            let Some(kind) = before.kind() else { continue };
            for (place, from) in places_of(kind, &before.octets) {
                for secret in SECRETS.iter().filter(|secret| secret.place == place) {
                    for range in secret.ranges(from, packet.octets.len()) {
                        prop_assert!(packet.octets[range].iter().all(|octet| *octet == 0));
                    }
                }
            }
            prop_assert!(
                packet.octets.iter().zip(&before.octets).all(|(now, then)| *now == 0 || now == then)
            );
        }
    }
}

/// The places of the table that a packet is, those in a PDU that is all in one packet among them.
fn places_of(kind: Kind, octets: &[u8]) -> Vec<(Place, usize)> {
    let mut found: Vec<_> = places(kind, octets).into_iter().flatten().collect();
    if let (Kind::AclTx | Kind::AclRx, [_, flags, _, _, _, _, 6 | 7, 0, code, ..]) = (kind, octets)
        && flags & 0x30 != 0x10
    {
        found.push((Place::Smp(*code), PAYLOAD + CONTENT + 1));
    }
    found
}
