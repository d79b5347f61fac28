//! Real packets, spoilt: as many as PROPTEST_CASES says, for as long as one likes.
//!
//!     PROPTEST_CASES=1000000 cargo test --lib mgmt::protocol::fuzz -- --ignored

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index as At, select};

use super::table::{COMMANDS, EVENTS};
use super::tests::arbitrary::{eir, is_whole, record};
use super::{Command, Eir, Index, Message, Packet, Record, command_of, decode, encode};

/// A way to spoil octets.
#[derive(Debug, Clone)]
enum Spoil {
    Cut(At),
    Set(At, u8),
    Insert(At, Vec<u8>),
    Remove(At),
    Repeat(At),
}

fn spoil() -> impl Strategy<Value = Spoil> {
    let octet = prop_oneof![any::<u8>(), select(vec![0, 1, 0x7F, 0x80, 0xFF])];
    prop_oneof![
        1 => any::<At>().prop_map(Spoil::Cut),
        4 => (any::<At>(), octet).prop_map(|(at, octet)| Spoil::Set(at, octet)),
        1 => (any::<At>(), vec(any::<u8>(), 1..40)).prop_map(|(at, octets)| Spoil::Insert(at, octets)),
        1 => any::<At>().prop_map(Spoil::Remove),
        1 => any::<At>().prop_map(Spoil::Repeat),
    ]
}

fn spoilt(mut octets: Vec<u8>, ways: &[Spoil]) -> Vec<u8> {
    for way in ways {
        let size = octets.len().max(1);
        match way {
            Spoil::Cut(at) => octets.truncate(at.index(size)),
            Spoil::Set(at, value) => {
                if let Some(octet) = octets.get_mut(at.index(size)) {
                    *octet = *value;
                }
            }
            Spoil::Insert(at, more) => {
                let at = at.index(size).min(octets.len());
                octets.splice(at..at, more.iter().copied());
            }
            Spoil::Remove(at) if !octets.is_empty() => drop(octets.remove(at.index(size))),
            Spoil::Repeat(at) => octets.extend_from_within(at.index(size).min(octets.len())..),
            Spoil::Remove(_) => {}
        }
    }
    octets
}

fn some_command() -> impl Strategy<Value = &'static Command> {
    select(COMMANDS.iter().collect::<Vec<_>>())
}

/// The octets of an event, or of a reply with its status.
fn packet() -> impl Strategy<Value = (u16, Vec<u8>)> {
    let event = select(EVENTS.iter().collect::<Vec<_>>()).prop_flat_map(|kind| {
        let octets = record(kind.parameters, false).prop_map(|r| kind.encode_record(&r).unwrap());
        (Just(kind.code), octets)
    });
    let reply = (some_command(), any::<bool>()).prop_flat_map(|(command, failed)| {
        let octets = record(command.reply, false).prop_map(move |reply| {
            let [low, high] = command.code.to_le_bytes();
            let reply = command.encode_reply_record(&reply).unwrap();
            [&[low, high, u8::from(failed)], reply.as_slice()].concat()
        });
        (Just(1), octets)
    });
    prop_oneof![event, reply]
}

/// Everything that can be done with a record.
fn use_up(record: &Record) {
    let (told, struck) = (record.to_json(), record.struck());
    assert!(!struck.has_secrets(), "{told}");
    let _ = (format!("{record:?}"), struck.to_json(), record.device(), record.dbm("rssi"));
    for (name, value) in record.iter() {
        let _ = (record.text(name), record.octets(name), record.uint(name), value.number());
        record.records(name).iter().for_each(use_up);
    }
}

proptest! {
    #[test]
    #[ignore = "as long as one likes"]
    fn a_spoilt_packet_is_delivered((code, parameters) in packet(), ways in vec(spoil(), 0..6)) {
        let parameters = spoilt(parameters, &ways);
        let octets = Packet { code, index: Index(0), parameters }.to_bytes();
        let (fields, record) = match Message::decode(&octets).unwrap() {
            Message::Complete { opcode, reply, status, .. } if status.is_success() => {
                (command_of(opcode).map(|command| command.reply), reply)
            }
            Message::Complete { reply, .. } => (None, reply),
            Message::Event { kind, record, .. } => (Some(kind.parameters), record),
            Message::Status { .. } | Message::Unknown { .. } => (None, Record::new()),
        };
        if let Some(fields) = fields.filter(|fields| is_whole(fields, &record)) {
            let again = encode::octets(fields, &record).unwrap();
            prop_assert_eq!(&decode::record(fields, &again), &record);
        }
        use_up(&record);
    }

    #[test]
    #[ignore = "as long as one likes"]
    fn a_spoilt_header_is_torn_or_delivered((code, parameters) in packet(), ways in vec(spoil(), 0..6)) {
        let octets = Packet { code, index: Index(0), parameters }.to_bytes();
        let octets = spoilt(octets, &ways);
        match (Message::decode(&octets), Packet::parse(&octets)) {
            (Ok(_), Ok(packet)) => prop_assert!(octets.starts_with(&packet.to_bytes())),
            (Err(message), Err(packet)) => prop_assert_eq!(message, packet),
            (message, packet) => prop_assert!(false, "{message:?}, {packet:?}"),
        }
    }

    #[test]
    #[ignore = "as long as one likes"]
    fn spoilt_arguments_are_decoded(command in some_command(), ways in vec(spoil(), 0..6), octets in vec(any::<u8>(), 0..80)) {
        let record = command.decode(&spoilt(octets, &ways));
        use_up(&record);
        if is_whole(command.parameters, &record) {
            let again = command.encode_record(&record).unwrap();
            prop_assert_eq!(command.decode(&again), record);
        }
    }

    #[test]
    #[ignore = "as long as one likes"]
    fn spoilt_eir_is_kept(raw in eir(false), ways in vec(spoil(), 0..6)) {
        let raw = spoilt(raw, &ways);
        let eir = Eir::new(&raw);
        let parts: Vec<u8> = eir.parts().flat_map(|part| part.raw()).collect();
        prop_assert_eq!(parts, raw);
        use_up(&Record::new().with("eir-data", eir));
    }
}
