//! Discovery: section 5 of the recordings, filters, and clients that leave.

use std::{collections::BTreeMap, num::NonZeroU32};

use zbus::{ObjectPath, Variant, message::Message};

use super::{Bench, bench::verdict};

const SCENE: &str = r#"
[[device]]
name = "Headset"
address = "C0:DE:00:00:00:01"
address-type = "random"
services = ["180d", "180f"]
tx-power = 4
[[device]]
name = "Speaker"
address = "00:AA:01:03:00:03"
transport = "bredr"
class = 0x240404
services = ["110b"]
"#;
const HEADSET: &str = "hci0/dev_C0_DE_00_00_00_01";
const SPEAKER: &str = "hci0/dev_00_AA_01_03_00_03";

#[tokio::test(start_paused = true)]
async fn devices_come_are_withdrawn_and_vanish_as_recorded() {
    let bench = Bench::new(SCENE).await;
    let none = "error org.bluez.Error.Failed: No discovery started";
    assert_eq!(bench.say("hci0", "Adapter1.StopDiscovery").await, none);
    bench.forget();
    assert_eq!(bench.say("hci0", "Adapter1.StartDiscovery").await, "reply");
    let twice = "error org.bluez.Error.InProgress: Operation already in progress";
    assert_eq!(bench.say("hci0", "Adapter1.StartDiscovery").await, twice);
    bench.wait(10_000).await;
    assert_eq!(
        bench.notes(),
        [
            "reply".to_owned(),
            "hci0 Adapter1 Discovering=true".to_owned(),
            twice.to_owned(),
            format!("+ {HEADSET} Device1"),
            format!("+ {SPEAKER} Device1"),
        ]
    );
    assert_eq!(bench.say("hci0", "Adapter1.StopDiscovery").await, "reply");
    bench.settle().await;
    assert_eq!(
        bench.notes(),
        [
            "reply".to_owned(),
            format!("{SPEAKER} Device1 -RSSI"),
            format!("{HEADSET} Device1 -TxPower -RSSI"),
            "hci0 Adapter1 Discovering=false".to_owned(),
        ]
    );
    // The speaker was last heard at 5.4 s, the headset until the end.
    bench.wait(25_500).await;
    assert_eq!(bench.notes(), [format!("- {SPEAKER} Device1")]);
    bench.wait(7_000).await;
    assert_eq!(bench.notes(), [format!("- {HEADSET} Device1")]);
    assert_eq!(bench.devices().await, [""; 0]);
}

#[tokio::test(start_paused = true)]
async fn a_device_shows_what_was_recorded() {
    let bench = Bench::new(SCENE).await;
    bench.say("hci0", "Adapter1.StartDiscovery").await;
    bench.wait(6_000).await;
    let shows = async |path, property| {
        bench.get(path, property).await.map(|value| value.to_string()).unwrap_or_default()
    };
    assert_eq!(shows(HEADSET, "AddressType").await, "\"random\"");
    assert_eq!(shows(HEADSET, "RSSI").await, "int16 -60");
    assert_eq!(shows(HEADSET, "AdvertisingFlags").await, "[byte 0x06]");
    assert_eq!(shows(SPEAKER, "Icon").await, "\"audio-headset\"");
    assert_eq!(shows(SPEAKER, "UUIDs").await, "@as []");
    assert_eq!(shows(SPEAKER, "AdvertisingFlags").await, "");
    assert_eq!(shows(SPEAKER, "CablePairing").await, "");
}

#[tokio::test(start_paused = true)]
async fn filters_are_checked_and_obeyed() {
    let bench = Bench::new(SCENE).await;
    let filter = async |entries: &[(&str, Variant<'_>)]| {
        let entries: BTreeMap<&str, Variant<'_>> = entries.iter().cloned().collect();
        verdict(bench.call("hci0", "Adapter1.SetDiscoveryFilter", &entries).await)
    };
    let wrong = "error org.bluez.Error.InvalidArguments: Invalid arguments in method call";
    for entries in [
        &[("Nonsense", true.into())][..],
        &[("Transport", "nonsense".into())],
        &[("RSSI", "x".into())],
        &[("RSSI", 21_i16.into())],
        &[("UUIDs", Variant::from(vec!["nonsense"]))],
        &[("RSSI", (-80_i16).into()), ("Pathloss", 5_u16.into())],
    ] {
        assert_eq!(filter(entries).await, wrong, "{entries:?}");
    }
    let passing = async |entries: &[(&str, Variant<'_>)]| {
        assert_eq!(filter(entries).await, "reply", "{entries:?}");
        bench.discover().await;
        let found = bench.devices().await;
        bench.wait(40_000).await;
        found
    };
    assert_eq!(passing(&[("Transport", "le".into())]).await, [HEADSET]);
    assert_eq!(passing(&[("Transport", "bredr".into())]).await, [SPEAKER]);
    assert_eq!(passing(&[("UUIDs", Variant::from(vec!["180f"]))]).await, [HEADSET]);
    assert_eq!(passing(&[("RSSI", (-50_i16).into())]).await, Vec::<String>::new());
    // As recorded, whatever they lose.
    assert_eq!(passing(&[("Pathloss", 10_u16.into())]).await, [SPEAKER, HEADSET]);
    assert_eq!(passing(&[("Pattern", "Spea".into())]).await, [SPEAKER]);
    assert_eq!(passing(&[("Pattern", "c0:de".into())]).await, [HEADSET]);
    assert_eq!(passing(&[]).await, [SPEAKER, HEADSET]);
}

#[tokio::test(start_paused = true)]
async fn removing_a_device_shows_before_the_reply() {
    let bench = Bench::new(SCENE).await;
    bench.discover().await;
    let remove = async |path: &str| {
        let path = ObjectPath::try_from(format!("/org/bluez/{path}")).expect("a path");
        verdict(bench.call("hci0", "Adapter1.RemoveDevice", &path).await)
    };
    assert_eq!(remove(HEADSET).await, "reply");
    assert_eq!(bench.notes(), [format!("- {HEADSET} Device1"), "reply".to_owned()]);
    let gone = "error org.bluez.Error.DoesNotExist: Does Not Exist";
    assert_eq!(remove(HEADSET).await, gone);
    assert_eq!(remove("nonsense").await, gone);
}

/// A call with a sender, as it comes over a bus.
async fn call_as(bench: &Bench, sender: &str, member: &str) {
    let call = Message::method_call("/org/bluez/hci0", member)
        .interface("org.bluez.Adapter1")
        .sender(sender)
        .serial(NonZeroU32::MIN)
        .build(&());
    bench.connection.send(&call.expect("a call")).await.expect("a wire");
    bench.wait(50).await;
}

#[tokio::test(start_paused = true)]
async fn a_discovery_ends_with_the_last_client_that_leaves() {
    let bench = Bench::new("").await;
    call_as(&bench, ":1.7", "StartDiscovery").await;
    call_as(&bench, ":1.8", "StartDiscovery").await;
    call_as(&bench, ":1.7", "StopDiscovery").await;
    assert_eq!(bench.notes(), ["reply", "hci0 Adapter1 Discovering=true", "reply", "reply"]);
    let gone = |sender: &'static str| {
        let driver = "org.freedesktop.DBus";
        let gone = Message::signal("/org/freedesktop/DBus", driver, "NameOwnerChanged");
        gone.sender(sender).build(&(":1.8", ":1.8", "")).expect("a signal")
    };
    bench.connection.send(&gone(":1.9")).await.expect("a wire");
    bench.wait(50).await;
    assert_eq!(bench.notes(), Vec::<String>::new(), "only the bus says who is gone");
    bench.connection.send(&gone("org.freedesktop.DBus")).await.expect("a wire");
    bench.wait(50).await;
    assert_eq!(bench.notes(), ["hci0 Adapter1 Discovering=false"]);
}

#[tokio::test(start_paused = true)]
async fn a_crowd_is_heard_and_forgotten() {
    let bench = Bench::new("[crowd]\ndevices = 2000").await;
    bench.discover().await;
    assert_eq!(bench.devices().await.len(), 2000);
    bench.wait(31_000).await;
    assert_eq!(bench.devices().await.len(), 0);
}

#[tokio::test(start_paused = true)]
async fn a_resting_discovery_ends_before_its_reply() {
    let bench = Bench::new(SCENE).await;
    bench.say("hci0", "Adapter1.StartDiscovery").await;
    bench.wait(12_000).await;
    bench.forget();
    bench.say("hci0", "Adapter1.StopDiscovery").await;
    assert_eq!(bench.notes().last().map(String::as_str), Some("reply"));
    assert!(!bench.is("hci0", "Discovering").await);
}

#[tokio::test(start_paused = true)]
async fn a_filter_makes_discoverable_while_it_discovers() {
    let bench = Bench::new("").await;
    let filter = BTreeMap::from([("Discoverable", Variant::from(true))]);
    bench.call("hci0", "Adapter1.SetDiscoveryFilter", &filter).await.expect("a filter");
    bench.say("hci0", "Adapter1.StartDiscovery").await;
    assert!(bench.is("hci0", "Discoverable").await);
    bench.say("hci0", "Adapter1.StopDiscovery").await;
    bench.settle().await;
    assert!(!bench.is("hci0", "Discoverable").await);
}
