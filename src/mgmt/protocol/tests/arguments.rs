//! Arguments of commands: what is taken, and what is said of what is not.

use serde_json::{Value as Json, json};

use super::object;
use crate::mgmt::protocol::{Record, Settings, Value, command, event};

const DEVICE: &str = "01000000dec0";

fn encoded(name: &str, arguments: Json) -> String {
    let command = command(name).unwrap();
    crate::mgmt::protocol::octets::hex(&command.encode(&object(arguments)).unwrap())
}

fn error(name: &str, arguments: Json) -> (String, String) {
    let error = command(name).unwrap().encode(&object(arguments)).unwrap_err();
    (error.argument.clone(), error.to_string())
}

#[test]
fn arguments_are_written_in_many_ways() {
    for on in [json!(true), json!("on"), json!("On"), json!(1), json!("0x01"), json!("1")] {
        assert_eq!(encoded("set-powered", json!({ "powered": on })), "01");
    }
    assert_eq!(encoded("set-powered", json!({ "powered": 7 })), "07", "tests may want it");
    assert_eq!(encoded("set-secure-connections", json!({ "secure-connections": "only" })), "02");
    assert_eq!(encoded("set-io-capability", json!({ "io-capability": "NoInputNoOutput" })), "03");
    assert_eq!(encoded("set-appearance", json!({ "appearance": "0x00C0" })), "c000");
    assert_eq!(
        encoded("set-phy-configuration", json!({ "selected-phys": ["LE 1M TX", "bit-31"] })),
        "00020080"
    );
    assert_eq!(
        encoded("add-uuid", json!({ "uuid": "180f" })),
        "fb349b5f80000080001000000f18000000"
    );
    assert_eq!(
        encoded(
            "send-hci-command-and-wait-for-event",
            json!({ "opcode": 0x0C14, "parameter": "01:02 03" })
        ),
        "140c000003000102 03".replace(' ', "")
    );
}

#[test]
fn what_can_be_left_out_is_filled_in() {
    assert_eq!(encoded("set-discoverable", json!({ "discoverable": "general" })), "010000");
    assert_eq!(
        encoded(
            "unpair-device",
            json!({ "address": "C0:DE:00:00:00:01", "address-type": "le-public" })
        ),
        format!("{DEVICE}0101")
    );
    assert_eq!(
        encoded("set-privacy", json!({ "privacy": "off" })),
        format!("00{}", "00".repeat(16))
    );
    assert_eq!(
        encoded("start-service-discovery", json!({ "address-type": ["bredr"] })),
        "017f0000"
    );
    assert_eq!(encoded("load-link-keys", json!({ "keys": [] })), "000000");
}

#[test]
fn lengths_follow_from_the_data() {
    let advertising = json!({
        "instance": 1, "flags": ["connectable"],
        "adv-data": [{ "type": "flags", "value": ["general-discoverable"] }],
        "scan-rsp": "0309 4142",
    });
    assert_eq!(
        encoded("add-advertising", advertising),
        "0101000000000000000304020102 03094142".replace(' ', "")
    );
    let monitor = json!({ "patterns": [{ "ad-type": 0x16, "offset": 2, "value": "11 22" }] });
    assert_eq!(
        encoded("add-advertisement-patterns-monitor", monitor),
        format!("01160202 1122{}", "00".repeat(29)).replace(' ', "")
    );
    let parameters =
        json!({ "parameters": [{ "parameter-type": "le-connection-latency", "value": "0400" }] });
    assert_eq!(encoded("set-default-system-configuration", parameters), "1900020400");
}

#[test]
fn every_mistake_has_its_sentence() {
    let key = json!({ "address": "C0:DE:00:00:00:01", "address-type": "bredr", "key-type": 4 });
    let mut short = key.clone();
    short["value"] = json!("00ff");
    let long: Vec<u16> = vec![0; 300];
    let cases = [
        error("set-powered", json!({})),
        error("set-powered", json!({ "powerd": true })),
        error("set-powered", json!({ "powered": "onn" })),
        error("set-powered", json!({ "powered": "maybe" })),
        error("set-powered", json!({ "powered": [1] })),
        error("set-powered", json!({ "powered": 256 })),
        error("get-connections", json!({ "address": 1 })),
        error("disconnect", json!({ "adress": 1 })),
        error("disconnect", json!({ "elephant": 1 })),
        error("set-discoverable", json!({ "discoverable": "general", "timeout": 70_000 })),
        error("set-discoverable", json!({ "discoverable": "general", "timeout": -1 })),
        error("set-local-name", json!({ "name": "x".repeat(249) })),
        error("start-discovery", json!({ "address-type": ["le"] })),
        error("start-discovery", json!({ "address-type": "bit-8" })),
        error("set-static-address", json!({ "address": "C0:DE" })),
        error("remove-uuid", json!({ "uuid": "18" })),
        error("load-link-keys", json!({ "keys": [key] })),
        error("load-link-keys", json!({ "keys": [short] })),
        error("load-link-keys", json!({ "keys": [7] })),
        error("load-link-keys", json!({ "keys": [], "key-count": 0 })),
        error(
            "set-mesh-receiver",
            json!({ "enable": 1, "window": 1, "period": 1, "ad-types": long }),
        ),
        error("start-service-discovery", json!({ "address-type": 6, "rssi-threshold": 128 })),
        error("start-service-discovery", json!({ "address-type": 6, "uuid": ["180f", 7] })),
        error("add-advertising", json!({ "instance": 1, "adv-data": "0" })),
        error("add-advertising", json!({ "instance": 1, "adv-data": "00".repeat(256) })),
        error(
            "add-advertising",
            json!({ "instance": 1, "adv-data": [{ "type": "tx-powr-level", "value": 1 }] }),
        ),
        error(
            "add-advertising",
            json!({ "instance": 1, "adv-data": [{ "type": "appearance", "value": 70_000 }] }),
        ),
    ];
    let told: Vec<String> =
        cases.iter().map(|(argument, told)| format!("{argument}: {told}")).collect();
    insta::assert_snapshot!(told.join("\n"));
}

#[test]
fn no_mistake_tells_a_secret() {
    let device = json!({ "address": "C0:DE:00:00:00:01", "address-type": "le-public" });
    let with = |name: &str, secret: Json| {
        let mut arguments = device.clone();
        arguments[name] = secret;
        arguments
    };
    let secrets = [
        error("user-passkey-reply", with("passkey", json!("12345x"))),
        error("user-passkey-reply", with("passkey", json!(12_345_678_901_u64))),
        error("pin-code-reply", with("pin-code", json!(123_456))),
        error("pin-code-reply", with("pin-code", json!("1234512345123451234512345"))),
        error("add-remote-out-of-band-data", with("hash-192", json!("12345"))),
        error("load-link-keys", json!({ "keys": "123451234512345" })),
        error("load-link-keys", json!({ "keys": ["123451234512345"] })),
    ];
    for (argument, told) in secrets {
        assert!(!told.contains("2345"), "{argument}: {told}");
    }
}

#[test]
fn an_optional_argument_needs_those_before_it() {
    let hash = "00".repeat(16);
    let device = json!({ "address": "C0:DE:00:00:00:01", "address-type": "le-public", "randomizer-256": hash });
    let (argument, _) = error("add-remote-out-of-band-data", device);
    assert_eq!(argument, "hash-256");
}

#[test]
fn a_program_encodes_records() {
    let settings = event("new-settings").unwrap();
    let record = Record::new().with("current-settings", Settings(0x81));
    assert_eq!(settings.encode_record(&record), Ok(vec![0x81, 0, 0, 0]));
    let wrong = Record::new().with("current-settings", "on");
    assert_eq!(settings.encode_record(&wrong).unwrap_err().argument, "current-settings");
    let disconnected = event("device-disconnected").unwrap();
    let record = Record::new()
        .with("reason", 3_u8)
        .with("address-type", crate::mgmt::protocol::AddressType::BREDR)
        .with("address", crate::mgmt::protocol::Address::new([0xC0, 0xDE, 0, 0, 0, 1]));
    assert_eq!(disconnected.parameters[2].expected().split(',').next(), Some("unspecified"));
    assert_eq!(disconnected.encode_record(&record).unwrap(), [1, 0, 0, 0, 0xDE, 0xC0, 0, 3]);
    let too_many = Record::new().with("address", Value::Unsigned(1));
    assert_eq!(settings.encode_record(&too_many).unwrap_err().argument, "address");
}
