//! Packets written by hand from the document, and what they say.

use serde_json::json;

use super::object;
use crate::mgmt::protocol::{
    Address, AddressType, Index, Message, Packet, Record, Setting, Status, Torn, command, event,
};

/// The octets of a line of hexadecimal digits.
fn octets(text: &str) -> Vec<u8> {
    crate::mgmt::protocol::octets::from_hex(text).unwrap()
}

fn message(code: u16, parameters: &str) -> Message {
    let packet = Packet { code, index: Index(0), parameters: octets(parameters) };
    Message::decode(&packet.to_bytes()).unwrap()
}

/// The record of an event.
fn told(name: &str, parameters: &str) -> Record {
    match message(event(name).unwrap().code, parameters) {
        Message::Event { kind, record, .. } if kind.word() == name => record,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_device_is_found() {
    let found = told(
        "device-found",
        "01 00 00 00 DE C0  02  C4  24 00 00 80  0F 00  02 01 06 03 03 0D 18 05 09 42 65 61 74 00 00",
    );
    let address = Address::parse("C0:DE:00:00:00:01").unwrap();
    assert_eq!(found.device(), Some((address, AddressType::LE_RANDOM)));
    assert_eq!(found.dbm("rssi"), Some(-60));
    let eir = found.eir("eir-data").unwrap();
    assert_eq!(eir.name().unwrap(), "Beat");
    assert_eq!(
        found.to_json(),
        json!({
            "address": "C0:DE:00:00:00:01", "address-type": "le-random", "rssi": -60,
            "flags": ["not-connectable", "scan-response", "bit-31"],
            "eir-data": [
                { "type": "flags", "value": ["general-discoverable", "bredr-not-supported"] },
                { "type": "complete-services-16", "value": ["0000180d-0000-1000-8000-00805f9b34fb"] },
                { "type": "complete-local-name", "value": "Beat" },
            ],
        })
    );
    assert_eq!(found.rest(), [] as [u8; 0]);
}

#[test]
fn an_address_type_is_a_value_and_not_a_set() {
    let device = |kind: &str| {
        told("device-removed", &format!("01 00 00 00 DE C0 {kind}")).to_json()["address-type"]
            .clone()
    };
    assert_eq!(device("00"), json!("bredr"));
    assert_eq!(device("01"), json!("le-public"));
    assert_eq!(device("02"), json!("le-random"));
    assert_eq!(device("07"), json!(7), "kept as it is");
    // It is a set where discovery is meant.
    let discovering = told("discovering", "07 01").to_json();
    assert_eq!(discovering["address-type"], json!(["bredr", "le-public", "le-random"]));
    let start = command("start-discovery").unwrap();
    let sets = [json!(["le-public", "le-random"]), json!(6), json!("0x06")];
    for set in sets {
        assert_eq!(start.encode(&object(json!({ "address-type": set }))), Ok(vec![6]));
    }
}

#[test]
fn settings_are_known_by_name() {
    let settings = told("new-settings", "C1 0A 00 80").settings("current-settings").unwrap();
    assert!(settings.has(Setting::Powered) && settings.has(Setting::SecureConnections));
    assert_eq!(settings.bits().to_string(), "powered ssp bredr le secure-connections bit-31");
}

#[test]
fn a_reply_is_told_by_its_command() {
    let Message::Complete { opcode, index, status, reply } = message(1, "01 00 00 01 17 00") else {
        panic!("a reply");
    };
    assert_eq!((opcode, index, status), (0x0001, Index(0), Status::SUCCESS));
    assert_eq!(reply.to_json(), json!({ "version": 1, "revision": 23 }));
    let lists = message(1, "02 00 00  02 00 01 00  03 00 04 00  05 00");
    let Message::Complete { reply, .. } = lists else { panic!("a reply") };
    assert_eq!(reply.to_json(), json!({ "command": [3, 4], "event": [5] }));
}

#[test]
fn a_failure_may_tell_what_failed() {
    let reply = |parameters| match message(1, parameters) {
        Message::Complete { status, reply, .. } => (status, reply.to_json()),
        other => panic!("{other:?}"),
    };
    let device = json!({ "address": "C0:DE:00:00:00:01", "address-type": "le-public" });
    assert_eq!(reply("19 00 05 01 00 00 00 DE C0 01"), (Status::AUTHENTICATION_FAILED, device));
    // Other than documented: octets.
    assert_eq!(reply("05 00 0B 01"), (Status::REJECTED, json!({ "rest": "01" })));
    assert_eq!(reply("0D 00 0B"), (Status::REJECTED, json!({})));
}

#[test]
fn a_status_answers_a_command() {
    let (opcode, index) = (0x0005, Index(0));
    let status = Status::BUSY;
    assert_eq!(message(2, "05 00 0A"), Message::Status { opcode, index, status });
    assert_eq!(message(2, "05 00 0A").command().unwrap().name, "Set Powered");
    // Too short and too long ones are delivered, too.
    let Message::Event { record, .. } = message(2, "05 00") else { panic!("an event") };
    assert_eq!(record.to_json(), json!({ "command-opcode": 5 }));
    let Message::Event { record, .. } = message(2, "05 00 0A 07") else { panic!("an event") };
    assert_eq!(record.rest(), [7]);
}

#[test]
fn what_is_not_known_is_delivered() {
    let unknown = Message::Unknown { code: 0x0999, index: Index(0), octets: vec![1, 2] };
    assert_eq!(message(0x0999, "01 02"), unknown);
    let Message::Complete { opcode: 0x0999, reply, .. } = message(1, "99 09 00 AB") else {
        panic!("a reply");
    };
    assert_eq!(reply.rest(), [0xAB]);
    assert_eq!(Message::decode(&[1, 0, 0]), Err(Torn { length: 3, announced: None }));
}

#[test]
fn a_short_event_gives_what_it_has() {
    let found = told("device-found", "01 00 00 00 DE C0 02 C4 00 00 00 00 10 00 02 01");
    assert_eq!(
        found.to_json(),
        json!({
            "address": "C0:DE:00:00:00:01", "address-type": "le-random", "rssi": -60, "flags": [],
            "eir-data-length": 16, "rest": "0201",
        })
    );
    assert_eq!(told("device-disconnected", "01 00").to_json(), json!({ "rest": "0100" }));
}

#[test]
fn where_document_and_kernel_differ_the_kernel_counts() {
    let parameter =
        told("new-connection-parameter", "01 00 00 00 DE C0 01  01  06 00 0C 00 00 00 C8 00");
    assert_eq!(parameter.address("address"), Address::parse("C0:DE:00:00:00:01"));
    assert_eq!(parameter.flag("store-hint"), Some(true));
    assert_eq!(parameter.uint("max-connection-interval"), Some(12));
    let resume = told("controller-resume", "02 01 00 00 00 DE C0 01");
    assert_eq!(resume.word("wake-reason"), Some("remote-wake"));
    let phys = told("phy-configuration-changed", "00 06 00 00");
    assert_eq!(phys.to_json(), json!({ "selected-phys": ["le-1m-tx", "le-1m-rx"] }));
}

#[test]
fn a_configuration_ends_with_the_packet() {
    let configuration =
        told("default-system-configuration-changed", "1B 00 02 D0 07  34 12 01 00  17 00 02 06");
    assert_eq!(
        configuration.to_json(),
        json!({
            "parameters": [
                { "parameter-type": "le-autoconnect-timeout", "value": "d007" },
                { "parameter-type": 0x1234, "value": "00" },
            ],
            "rest": "17000206",
        })
    );
}

#[test]
fn names_are_padded() {
    let name = command("set-local-name").unwrap();
    let octets = name.encode(&object(json!({ "name": "Grüße" }))).unwrap();
    assert_eq!(octets.len(), 260);
    assert_eq!(name.decode(&octets).text("name").unwrap(), "Grüße");
    let mut torn = octets.clone();
    torn[0] = 0xFF;
    let record = name.decode(&torn);
    assert_eq!(record.text("name").unwrap(), "\u{fffd}rüße");
    assert_eq!(name.encode_record(&record).unwrap(), torn);
}

#[test]
fn optional_parameters_may_be_absent() {
    let oob = command("read-local-out-of-band-data").unwrap();
    let (short, long) = (vec![7; 32], vec![7; 64]);
    assert_eq!(oob.decode_reply(&short).iter().count(), 2);
    assert_eq!(oob.decode_reply(&long).iter().count(), 4);
    let torn = oob.decode_reply(&long[..40]);
    assert_eq!((torn.iter().count(), torn.rest().len()), (2, 8));
    assert_eq!(torn.struck().to_json()["rest"], json!("[secret]"));
}

#[test]
fn secrets_are_struck_visibly() {
    let key = told("new-link-key", &format!("01 01 00 00 00 DE C0 00 04 {} 00", "5A".repeat(16)));
    assert!(key.has_secrets());
    assert_eq!(key.to_json()["value"], json!("5a".repeat(16)));
    assert_eq!(key.struck().to_json()["value"], json!("[secret]"));
    assert!(!format!("{key:?}").contains("5a"), "{key:?}");
    let passkey = told("passkey-notify", "01 00 00 00 DE C0 01 40 E2 01 00 00");
    assert_eq!(passkey.uint("passkey"), Some(123_456));
    assert_eq!(passkey.struck().to_json()["passkey"], json!("[secret]"));
    let pin = command("pin-code-reply").unwrap();
    let given = object(
        json!({ "address": "C0:DE:00:00:00:01", "address-type": "bredr", "pin-code": "0000" }),
    );
    let octets = pin.encode(&given).unwrap();
    assert_eq!(octets.len(), 24);
    assert_eq!(octets[7..12], *b"\x040000");
    assert_eq!(pin.decode(&octets).to_json(), json!(given));
    assert_eq!(pin.decode(&octets).struck().to_json()["pin-code"], json!("[secret]"));
}

#[test]
fn counts_that_cannot_be_are_no_trouble() {
    // 65,535 connections announced, one there.
    let Message::Complete { reply, .. } = message(1, "15 00 00 FF FF 01 00 00 00 DE C0 00") else {
        panic!("a reply");
    };
    assert_eq!(reply.to_json(), json!({ "connection-count": 0xFFFF, "rest": "01000000dec000" }));
    // A PIN longer than its block.
    let pin = command("pin-code-reply").unwrap();
    let mut octets = vec![0; 24];
    octets[7] = 17;
    assert_eq!(pin.decode(&octets).uint("pin-length"), Some(17));
}
