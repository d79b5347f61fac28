//! What holds for every line of the table, whatever the values.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

use super::arbitrary::{eir, is_whole, layout_and_record, layouts, record};
use crate::mgmt::protocol::octets::hex;
use crate::mgmt::protocol::table::{COMMANDS, EVENTS};
use crate::mgmt::protocol::{
    Eir, Field, Index, Kind, Message, Packet, Record, Secret, Status, Value, arguments, decode,
    encode,
};

/// Encodes and decodes; the order of a record is that of the table.
fn there_and_back(fields: &'static [Field], record: &Record) -> Record {
    decode::record(fields, &encode::octets(fields, record).unwrap())
}

/// All keys in a record, in hexadecimal.
fn keys(record: &Record) -> Vec<String> {
    let mut keys = Vec::new();
    for (_, value) in record.iter() {
        match value {
            Value::Secret(Secret::Octets(octets)) => keys.push(hex(octets)),
            Value::Records(records) => keys.extend(records.iter().flat_map(keys_of)),
            _ => {}
        }
    }
    keys
}

fn keys_of(record: &Record) -> Vec<String> {
    keys(record)
}

proptest! {
    #[test]
    fn what_is_encoded_is_decoded((fields, record) in layout_and_record(false)) {
        prop_assert_eq!(there_and_back(fields, &record), record);
    }

    #[test]
    fn what_is_told_as_json_is_read((fields, record) in layout_and_record(true)) {
        let told = record.to_json();
        let read = arguments::read(fields, told.as_object().unwrap());
        prop_assert_eq!(read.unwrap(), record, "{}", told);
    }

    #[test]
    fn whatever_comes_is_decoded_and_kept(
        (name, fields) in select(layouts()), octets in vec(any::<u8>(), 0..400),
    ) {
        let record = decode::record(fields, &octets);
        prop_assert!(octets.ends_with(record.rest()));
        // What was read whole is written again as it was, unless it has blocks that are filled up.
        let whole = is_whole(fields, &record);
        let filled = |field: &Field| match field.kind {
            Kind::Pin | Kind::Padded(_) => true,
            Kind::Records(_, fields) => fields.iter().any(|field| matches!(field.kind, Kind::Padded(_))),
            _ => false,
        };
        if whole && !fields.iter().any(filled) {
            prop_assert_eq!(encode::octets(fields, &record).unwrap(), octets, "{}", name);
        }
    }

    #[test]
    fn a_longer_packet_keeps_its_end((fields, record) in layout_and_record(false), end in vec(any::<u8>(), 1..9)) {
        let to_end = |field: &Field| field.optional || matches!(
            field.kind,
            Kind::Data(crate::mgmt::protocol::Extent::ToEnd) | Kind::Records(crate::mgmt::protocol::Extent::ToEnd, _)
        );
        prop_assume!(!fields.iter().any(to_end));
        let mut octets = encode::octets(fields, &record).unwrap();
        octets.extend(&end);
        let longer = decode::record(fields, &octets);
        prop_assert_eq!(longer.rest(), &end);
        prop_assert!(longer.iter().eq(record.iter()));
        prop_assert_eq!(encode::octets(fields, &longer).unwrap(), octets);
    }

    #[test]
    fn a_shorter_packet_keeps_what_there_is((fields, record) in layout_and_record(false), cut in any::<prop::sample::Index>()) {
        let octets = encode::octets(fields, &record).unwrap();
        prop_assume!(!octets.is_empty());
        let octets = &octets[..cut.index(octets.len())];
        let shorter = decode::record(fields, octets);
        prop_assert!(octets.ends_with(shorter.rest()));
        let same = shorter.iter().zip(record.iter()).take_while(|(a, b)| a == b).count();
        let lists = fields.iter().filter(|field| matches!(field.kind, Kind::Data(_) | Kind::Records(..))).count();
        let counts = fields.iter().filter(|field| !field.is_argument()).count();
        prop_assert!(same + counts + lists >= shorter.iter().count(), "{shorter:?} of {record:?}");
    }

    #[test]
    fn what_is_struck_is_nowhere((fields, record) in layout_and_record(false), cut in any::<prop::sample::Index>()) {
        let octets = encode::octets(fields, &record).unwrap();
        let torn = decode::record(fields, &octets[..cut.index(octets.len() + 1)]).struck();
        let whole = record.struck();
        let told = format!("{} {whole:?} {record:?} {} {torn:?}", whole.to_json(), torn.to_json());
        for key in keys(&record) {
            // Six octets of one do not occur by chance.
            for part in key.as_bytes().windows(12).step_by(2) {
                let part = std::str::from_utf8(part).unwrap();
                prop_assert!(part.bytes().all(|c| c == b'0') || !told.contains(part), "{part} in {told}");
            }
        }
        prop_assert!(!whole.has_secrets() && !torn.has_secrets());
    }

    #[test]
    fn no_message_is_too_strange(octets in vec(any::<u8>(), 0..300), code in 0_u16..0x36) {
        let _ = Message::decode(&octets);
        let packet = Packet { code, index: Index(0), parameters: octets };
        let message = Message::decode(&packet.to_bytes()).unwrap();
        let kept = match &message {
            Message::Complete { reply, .. } => reply.rest().len(),
            Message::Event { record, .. } => record.rest().len(),
            Message::Unknown { octets, .. } => octets.len(),
            Message::Status { .. } => 0,
        };
        prop_assert!(kept <= packet.parameters.len());
    }

    #[test]
    fn every_octet_of_eir_is_kept(raw in prop_oneof![vec(any::<u8>(), 0..300), eir(false)]) {
        let eir = Eir::new(&raw);
        let parts: Vec<u8> = eir.parts().flat_map(|part| part.raw()).collect();
        prop_assert_eq!(&parts, &raw);
        prop_assert_eq!(eir.raw(), &raw);
        let struck = eir.struck();
        prop_assert!(!struck.has_secrets());
        prop_assert_eq!(struck.raw().len(), raw.len());
        let _ = (eir.to_json(), struck.to_json(), eir.name(), eir.flags(), eir.services());
        let _ = (eir.tx_power(), eir.appearance(), eir.class());
        let _ = (eir.manufacturer_data().count(), eir.service_data().count());
    }
}

/// One example of each line, as a message: nothing of the table is left to chance.
#[test]
fn every_line_travels_as_a_message() {
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let mut example = |fields: &'static [Field]| {
        let tree = proptest::strategy::Strategy::new_tree(&record(fields, false), &mut runner);
        proptest::strategy::ValueTree::current(&tree.unwrap())
    };
    for command in COMMANDS {
        let reply = example(command.reply);
        let mut parameters = command.code.to_le_bytes().to_vec();
        parameters.push(0);
        parameters.extend(command.encode_reply_record(&reply).unwrap());
        let octets = Packet { code: 0x0001, index: Index(1), parameters }.to_bytes();
        let (opcode, index, status) = (command.code, Index(1), Status::SUCCESS);
        let expected = Message::Complete { opcode, index, status, reply };
        assert_eq!(Message::decode(&octets), Ok(expected), "{}", command.name);
        let arguments = example(command.parameters);
        assert_eq!(command.decode(&command.encode_record(&arguments).unwrap()), arguments);
    }
    for kind in EVENTS.iter().skip(2) {
        let record = example(kind.parameters);
        let parameters = kind.encode_record(&record).unwrap();
        let octets = Packet { code: kind.code, index: Index(0), parameters }.to_bytes();
        let expected = Message::Event { kind, index: Index(0), record };
        assert_eq!(Message::decode(&octets), Ok(expected), "{}", kind.name);
    }
}
