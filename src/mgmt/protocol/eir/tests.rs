//! Rows of structures written by hand.

use serde_json::json;

use super::*;

fn round(namespace: Namespace, json: &serde_json::Value) -> Vec<u8> {
    Eir::from_json(namespace, json).unwrap().raw().to_vec()
}

#[test]
fn a_row_is_read() {
    let eir = Eir::default()
        .with(kind::FLAGS, &[0x06])
        .with(0x03, &[0x0F, 0x18, 0x0D, 0x18])
        .with(kind::COMPLETE_NAME, b"Beat")
        .with(kind::TX_POWER, &[0xFC])
        .with(kind::APPEARANCE, &[0x41, 0x03])
        .with(kind::CLASS_OF_DEVICE, &[0x04, 0x04, 0x24])
        .with(kind::MANUFACTURER, &[0x4C, 0x00, 1, 2])
        .with(0x16, &[0x0F, 0x18, 99]);
    assert_eq!(eir.flags().unwrap().to_string(), "general-discoverable bredr-not-supported");
    assert_eq!(eir.services(), [Uuid::assigned(0x180F), Uuid::assigned(0x180D)]);
    assert_eq!(eir.name().unwrap(), "Beat");
    assert_eq!(
        (eir.tx_power(), eir.appearance(), eir.class()),
        (Some(-4), Some(0x0341), Some(0x24_0404))
    );
    assert_eq!(eir.manufacturer_data().collect::<Vec<_>>(), [(0x4C, &[1, 2][..])]);
    assert_eq!(eir.service_data().collect::<Vec<_>>(), [(Uuid::assigned(0x180F), &[99][..])]);
    let told = eir.to_json();
    insta::assert_snapshot!(serde_json::to_string_pretty(&told).unwrap());
    assert_eq!(round(Namespace::Eir, &told), eir.raw());
}

#[test]
fn zeros_end_it() {
    let eir = Eir::new(&[2, 1, 6, 0, 0, 0, 0]);
    assert_eq!(eir.parts().last(), Some(Part::End(&[0, 0, 0, 0])));
    assert_eq!(eir.structures().count(), 1);
    assert_eq!(
        eir.to_json(),
        json!([{ "type": "flags", "value": ["general-discoverable", "bredr-not-supported"] }])
    );
    let odd = Eir::new(&[0, 2, 1]);
    assert_eq!(odd.to_json(), json!([{ "type": "end", "octets": "000201" }]));
    assert_eq!(round(Namespace::Eir, &odd.to_json()), odd.raw());
}

#[test]
fn what_is_not_known_is_kept() {
    let eir = Eir::new(&[3, 0x99, 1, 2, 9, 0x09, b'B', 0xFF]);
    let told = json!([{ "type": 0x99, "value": "0102" }, { "type": "torn", "octets": "090942ff" }]);
    assert_eq!(eir.to_json(), told);
    assert_eq!(round(Namespace::Eir, &told), eir.raw());
    assert_eq!(eir.name(), None);
}

#[test]
fn what_does_not_fit_its_type_is_kept() {
    let eir = Eir::default().with(kind::FLAGS, &[]).with(0x03, &[1, 2, 3]).with(0x09, b"a\xffb");
    let told = json!([
        { "type": "flags", "value": "" },
        { "type": "complete-services-16", "value": "010203" },
        { "type": "complete-local-name", "value": "a\u{fffd}b", "octets": "61ff62" },
    ]);
    assert_eq!(eir.to_json(), told);
    assert_eq!(round(Namespace::Eir, &told), eir.raw());
    assert_eq!(eir.flags(), None);
    assert_eq!(eir.services(), [Uuid::assigned(0x0201)]);
}

#[test]
fn secrets_are_struck() {
    let eir = Eir::default()
        .with(kind::FLAGS, &[6])
        .with(0x22, &[0x5A; 16])
        .with(0x10, &[1; 8])
        .with(0x10, &[0x5A; 16]);
    let torn = Eir::new(&[eir.raw(), &[17, 0x23, 0x5A]].concat());
    assert!(torn.has_secrets());
    assert!(!format!("{torn:?}").contains("5a"), "{torn:?}");
    let struck = torn.struck();
    assert!(!struck.has_secrets() && !struck.raw().contains(&0x5A));
    let told = struck.to_json();
    assert_eq!(
        told[1],
        json!({ "type": "le-secure-connections-confirmation", "value": "[secret]" })
    );
    assert_eq!(told[2], json!({ "type": "device-id", "value": "0101010101010101" }));
    assert_eq!(told[3]["value"], json!("[secret]"));
    assert_eq!(told[4], json!({ "type": "torn", "value": "[secret]" }));
}

#[test]
fn capabilities_have_types_of_their_own() {
    let raw = [2, 1, 3, 3, 2, 16, 0, 2, 3, 16, 3, 4, 0xEC, 20];
    let told = json!([
        { "type": "flags", "value": ["remote-public-key-validation-bredr", "remote-public-key-validation-le"] },
        { "type": "max-encryption-key-size-bredr", "value": 16 },
        { "type": "max-encryption-key-size-le", "value": "10" },
        { "type": "supported-tx-power-le", "value": [-20, 20] },
    ]);
    assert_eq!(Eir::within(Namespace::Capabilities, &raw).to_json(), told);
    assert_eq!(round(Namespace::Capabilities, &told), raw);
}
