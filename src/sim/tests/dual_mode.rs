//! Dual-mode devices: LE and BR/EDR under one address, as bluetoothd 5.87 shows them (recorded with `--experimental`;
//! what is read in `src/device.c` and `src/bearer.c` says so).

use std::collections::BTreeMap;

use tokio::time::Instant;
use zbus::{ObjectPath, OwnedVariant, Variant};

use super::{Answer, Bench, kernel_bench::Manager};

const SCENE: &str = r#"
bluez = "5.87"
experimental = true

[[device]]
name = "Headset"
address = "00:AA:01:02:00:02"
transport = "dual"
services = ["180f"]
hidden-services = ["110b"]
battery = 50
"#;
const HEADSET: &str = "hci0/dev_00_AA_01_02_00_02";
const LE: &str = "org.bluez.Bearer.LE1";
const BREDR: &str = "org.bluez.Bearer.BREDR1";
const ALREADY: &str = "error org.bluez.Error.AlreadyConnected: Already Connected";
const NOT: &str = "error org.bluez.Error.NotConnected: Not Connected";
const BUSY: &str = "error org.bluez.Error.InProgress: In Progress";

/// A client whose device has been heard.
async fn heard(more: &str) -> Bench {
    let bench = Bench::new(&format!("{SCENE}{more}")).await;
    bench.discover().await;
    bench
}

/// And paired, which is on BR/EDR, whose link goes by itself.
async fn paired(more: &str) -> Bench {
    let bench = heard(more).await;
    bench.agent("NoInputNoOutput", Answer::Yes).await;
    assert_eq!(bench.say(HEADSET, "Device1.Pair").await, "reply");
    bench.wait(10_000).await;
    assert!(!bench.is(HEADSET, "Connected").await);
    bench.forget();
    bench
}

async fn of_bearer(bench: &Bench, bearer: &str, property: &str) -> OwnedVariant {
    let body = (bearer, property);
    let reply = bench.call(HEADSET, "org.freedesktop.DBus.Properties.Get", &body).await;
    reply.expect("a property").body().deserialize().expect("a variant")
}

/// Whether LE, BR/EDR and the device are connected.
async fn connected(bench: &Bench) -> [bool; 3] {
    let of = async |bearer| of_bearer(bench, bearer, "Connected").await == OwnedVariant::from(true);
    [of(LE).await, of(BREDR).await, bench.is(HEADSET, "Connected").await]
}

async fn on(bench: &Bench, bearer: &str, method: &str) -> String {
    bench.say(HEADSET, &format!("{bearer}.{method}")).await
}

fn ended(face: &str) -> [String; 2] {
    let reason = "\"org.bluez.Reason.Local\" \"Connection terminated by local host\"";
    [format!("{HEADSET} {face} Connected=false"), format!("{HEADSET} Disconnected {reason}")]
}

#[tokio::test(start_paused = true)]
async fn each_bearer_is_connected_and_disconnected_by_itself() {
    let bench = paired("").await;
    assert_eq!(on(&bench, LE, "Disconnect").await, NOT);
    assert_eq!(on(&bench, BREDR, "Connect").await, "reply");
    assert_eq!(on(&bench, LE, "Connect").await, BUSY, "its profiles are not connected yet");
    bench.wait(1000).await;
    assert_eq!(connected(&bench).await, [false, true, true]);
    assert_eq!(on(&bench, BREDR, "Connect").await, ALREADY);
    bench.forget();
    assert_eq!(on(&bench, LE, "Connect").await, "reply");
    bench.wait(1000).await;
    let notes = bench.notes();
    assert_eq!(
        notes[1],
        format!("{HEADSET} Bearer.LE1 Connected=true"),
        "and nothing of the device"
    );
    assert!(notes[2].contains("0000110b-") && notes[2].contains("0000180f-"), "{}", notes[2]);
    assert_eq!(notes[3], format!("+ {HEADSET} Battery1"));
    assert_eq!(connected(&bench).await, [true, true, true]);
    bench.forget();
    let start = Instant::now();
    assert_eq!(on(&bench, BREDR, "Disconnect").await, "reply");
    assert_eq!(start.elapsed().as_millis(), 2000);
    let [gone, why] = ended("Bearer.BREDR1");
    let resolved = format!("{HEADSET} Device1 ServicesResolved=false");
    assert_eq!(
        bench.notes(),
        [resolved, "reply".into(), gone, why],
        "recorded, though LE is still up"
    );
    assert_eq!(connected(&bench).await, [true, false, true]);
    bench.forget();
    assert_eq!(on(&bench, LE, "Disconnect").await, "reply");
    let ([gone, why], [last, of_device]) = (ended("Bearer.LE1"), ended("Device1"));
    let battery = format!("- {HEADSET} Battery1");
    assert_eq!(bench.notes(), [battery, "reply".into(), gone, why, of_device, last]);
}

#[tokio::test(start_paused = true)]
async fn the_kernel_has_a_link_for_each_bearer_and_a_disconnect_ends_both() {
    let bench = paired("").await;
    let manager = Manager::beside(&bench);
    on(&bench, BREDR, "Connect").await;
    bench.wait(1000).await;
    on(&bench, LE, "Connect").await;
    bench.wait(1000).await;
    let up = |kind: &str| {
        format!("mgmt device-connected 00:AA:01:02:00:02 {kind} initiated-connection \"Headset\"")
    };
    let is_up = |note: &String| note.starts_with("mgmt device-connected");
    let told: Vec<_> = bench.notes().into_iter().filter(is_up).collect();
    assert_eq!(told, [up("bredr"), up("le-public")]);
    assert_eq!(manager.read("get-connections").await.records("connections").len(), 2);
    let start = Instant::now();
    assert_eq!(bench.say(HEADSET, "Device1.Disconnect").await, "reply");
    assert_eq!(start.elapsed().as_millis(), 2000);
    let down = |kind: &str| format!("mgmt device-disconnected 00:AA:01:02:00:02 {kind} local-host");
    let ([bredr, why], [le, _]) = (ended("Bearer.BREDR1"), ended("Bearer.LE1"));
    let [last, _] = ended("Device1");
    let told = [
        down("bredr"),
        down("le-public"),
        format!("{HEADSET} Device1 ServicesResolved=false"),
        bredr,
        why.clone(),
        le,
        why.clone(),
        why,
        last,
        "reply".into(),
    ];
    let notes = bench.notes();
    assert_eq!(notes[notes.len() - told.len()..], told);
    assert_eq!(manager.read("get-connections").await.records("connections").len(), 0);
}

#[tokio::test(start_paused = true)]
async fn connect_takes_the_bearer_that_is_due() {
    let bench = heard("").await;
    assert_eq!(bench.say(HEADSET, "Device1.Connect").await, "reply");
    bench.wait(1000).await;
    assert_eq!(connected(&bench).await, [false, true, true], "of two heard together, BR/EDR");
    assert_eq!(bench.say(HEADSET, "Device1.Connect").await, "reply");
    bench.wait(1000).await;
    assert_eq!(connected(&bench).await, [true, true, true], "the other one");
    assert_eq!(bench.say(HEADSET, "Device1.Connect").await, "reply");
    assert_eq!(bench.say(HEADSET, "Device1.Disconnect").await, "reply");
    assert_eq!(bench.say(HEADSET, "Device1.Connect").await, "reply");
    assert_eq!(connected(&bench).await, [true, false, true], "the one that was used last");
    bench.wait(1000).await;
    assert_eq!(bench.say(HEADSET, "Device1.Connect").await, "reply");
    assert_eq!(connected(&bench).await, [true, true, true]);
}

#[tokio::test(start_paused = true)]
async fn a_device_that_does_not_answer_a_page_is_connected_on_le() {
    let silent = "[[device.fault]]\non = 'connect'\nerror = 'page-timeout'\nnth = [2]\n";
    let bench = heard(silent).await;
    assert_eq!(bench.say(HEADSET, "Device1.Connect").await, "reply");
    bench.wait(1000).await;
    assert_eq!(bench.say(HEADSET, "Device1.Disconnect").await, "reply");
    let start = Instant::now();
    assert_eq!(bench.say(HEADSET, "Device1.Connect").await, "reply");
    assert_eq!(start.elapsed().as_millis(), 5120 + 250);
    assert_eq!(connected(&bench).await, [true, false, true]);
}

#[tokio::test(start_paused = true)]
async fn the_end_of_one_bearers_page_is_told_to_who_asked_for_that_bearer() {
    let silent = "[[device.fault]]\non = 'connect'\nerror = 'page-timeout'\n";
    let bench = paired(silent).await;
    let error = "error org.bluez.Error.Failed: br-connection-page-timeout";
    assert_eq!(on(&bench, BREDR, "Connect").await, error);
    assert_eq!(
        bench.notes(),
        [error.to_owned(), format!("{HEADSET} Bearer.BREDR1 Connected=false")]
    );
    let error = "error org.bluez.Error.Failed: le-connection-abort-by-local";
    assert_eq!(on(&bench, LE, "Connect").await, error);
    assert_eq!(connected(&bench).await, [false, false, false]);
}

async fn prefer(bench: &Bench, word: &'static str) -> String {
    bench.set(HEADSET, "PreferredBearer", Variant::new(word)).await
}

#[tokio::test(start_paused = true)]
async fn le_that_is_preferred_is_connected_whenever_it_is_heard() {
    let bench = paired("vanish-after = '60s'\nreturn-after = '10s'\n").await;
    let error = "error org.bluez.Error.InvalidArguments: Invalid arguments in method call";
    assert_eq!(prefer(&bench, "both").await, error);
    assert_eq!(prefer(&bench, "le").await, "reply");
    bench.wait(1000).await;
    assert_eq!(connected(&bench).await, [true, false, true]);
    assert_eq!(on(&bench, LE, "Disconnect").await, "reply");
    bench.wait(1000).await;
    assert_eq!(connected(&bench).await, [true, false, true], "at once again");
    bench.wait_until(65_000).await;
    assert_eq!(connected(&bench).await, [false, false, false]);
    bench.wait_until(72_000).await;
    assert_eq!(connected(&bench).await, [true, false, true], "it is back");
    assert_eq!(prefer(&bench, "bredr").await, "reply");
    assert_eq!(on(&bench, LE, "Disconnect").await, "reply");
    bench.wait(5000).await;
    assert_eq!(connected(&bench).await, [false, false, false], "it is not connected by itself");
    assert_eq!(prefer(&bench, "le").await, "reply");
    bench.wait(1000).await;
    assert_eq!(bench.say(HEADSET, "Device1.Disconnect").await, "reply");
    bench.wait(5000).await;
    assert_eq!(connected(&bench).await, [false, false, false], "a client has said so");
}

#[tokio::test(start_paused = true)]
async fn services_of_a_link_that_the_kernel_made_are_told_even_when_it_is_about_to_end() {
    let bench = paired("").await;
    assert_eq!(prefer(&bench, "le").await, "reply");
    bench.wait(400).await;
    assert_eq!(connected(&bench).await, [true, false, true]);
    bench.forget();
    assert_eq!(bench.say(HEADSET, "Device1.Disconnect").await, "reply");
    let resolved = format!("{HEADSET} Device1 ServicesResolved=true UUIDs=");
    assert!(bench.notes()[0].starts_with(&resolved), "recorded");
}

#[tokio::test(start_paused = true)]
async fn a_device_that_leaves_is_lost_on_each_bearer_in_its_time() {
    let bench = paired("vanish-after = '30s'\n").await;
    on(&bench, BREDR, "Connect").await;
    bench.wait(1000).await;
    on(&bench, LE, "Connect").await;
    bench.wait_until(30_300).await;
    assert_eq!(connected(&bench).await, [true, true, true]);
    bench.wait_until(31_000).await;
    assert_eq!(connected(&bench).await, [false, true, true]);
    bench.wait_until(51_000).await;
    assert_eq!(connected(&bench).await, [false, false, false]);
}

/// A client whose device is connected on both bearers.
async fn on_both() -> Bench {
    let bench = paired("").await;
    on(&bench, BREDR, "Connect").await;
    bench.wait(1000).await;
    on(&bench, LE, "Connect").await;
    bench.wait(1000).await;
    assert_eq!(connected(&bench).await, [true, true, true]);
    bench.forget();
    bench
}

#[tokio::test(start_paused = true)]
async fn power_that_goes_a_block_and_a_removal_end_both_links() {
    let bench = on_both().await;
    assert_eq!(bench.set("hci0", "Powered", Variant::new(false)).await, "reply");
    assert_eq!(connected(&bench).await, [false, false, false]);
    let bench = on_both().await;
    assert_eq!(bench.set(HEADSET, "Blocked", Variant::new(true)).await, "reply");
    assert_eq!(connected(&bench).await, [false, false, false]);
    let bench = on_both().await;
    let path = ObjectPath::from_static_str_unchecked("/org/bluez/hci0/dev_00_AA_01_02_00_02");
    bench.call("hci0", "Adapter1.RemoveDevice", &path).await.expect("removed");
    assert!(bench.devices().await.is_empty());
    let manager = Manager::of(&bench.simulator);
    assert_eq!(manager.read("get-connections").await.records("connections").len(), 0);
}

#[tokio::test(start_paused = true)]
async fn who_ends_the_link_on_one_bearer_in_the_kernel_leaves_the_other() {
    let bench = on_both().await;
    let manager = Manager::of(&bench.simulator);
    let le = ("00:AA:01:02:00:02", "le-public");
    assert_eq!(manager.about("disconnect", le).await, "success");
    bench.settle().await;
    assert_eq!(connected(&bench).await, [false, true, true]);
    bench.wait(2000).await;
    assert_eq!(connected(&bench).await, [true, true, true], "it was used last, after BR/EDR");
    let bredr = ("00:AA:01:02:00:02", "bredr");
    assert_eq!(manager.about("disconnect", bredr).await, "success");
    bench.settle().await;
    assert_eq!(connected(&bench).await, [true, false, true]);
}

#[tokio::test(start_paused = true)]
async fn attributes_are_of_le_and_an_attribute_that_needs_a_bond_makes_one_there() {
    let service = "[[device.service]]\nuuid = 'fff0'\n[[device.service.characteristic]]\nuuid = 'fff1'\n\
                   flags = ['encrypt-read']\nvalue = '01'\n";
    let bench = paired(service).await;
    on(&bench, BREDR, "Connect").await;
    bench.wait(1000).await;
    let is_attribute = |path: &&String| path.contains("/service");
    assert_eq!(bench.objects().await.iter().filter(is_attribute).count(), 0);
    on(&bench, LE, "Connect").await;
    bench.wait(1000).await;
    let objects = bench.objects().await;
    let last = objects.iter().rfind(is_attribute).expect("a characteristic");
    let nothing = BTreeMap::<&str, Variant<'_>>::new();
    let bonded = async || of_bearer(&bench, LE, "Bonded").await == OwnedVariant::from(true);
    assert!(!bonded().await);
    let read = bench.call(last, "GattCharacteristic1.ReadValue", &nothing).await;
    let value: Vec<u8> = read.expect("a value").body().deserialize().expect("bytes");
    assert_eq!(value, [1]);
    assert!(bonded().await);
}

#[tokio::test(start_paused = true)]
async fn each_bearer_has_a_bond_of_its_own() {
    let bench = heard("").await;
    bench.agent("NoInputNoOutput", Answer::Yes).await;
    let bonded =
        async |bearer| of_bearer(&bench, bearer, "Bonded").await == OwnedVariant::from(true);
    assert_eq!(bench.say(HEADSET, "Device1.Pair").await, "reply");
    assert_eq!([bonded(LE).await, bonded(BREDR).await], [false, true]);
    bench.forget();
    assert_eq!(bench.say(HEADSET, "Device1.Pair").await, "reply");
    assert_eq!([bonded(LE).await, bonded(BREDR).await], [true, true]);
    let of_device = |note: &String| note.contains("Device1") && note.contains("Paired");
    assert!(!bench.notes().iter().any(of_device), "it was paired before");
    let error = "error org.bluez.Error.AlreadyExists: Already Exists";
    assert_eq!(bench.say(HEADSET, "Device1.Pair").await, error);
}

#[tokio::test(start_paused = true)]
async fn earlier_releases_and_those_without_the_flag_have_no_bearers() {
    for (from, to, has_face, has_preference) in [
        ("experimental = true", "", true, false),
        ("bluez = \"5.87\"", "bluez = \"5.82\"", false, true),
        ("bluez = \"5.87\"", "bluez = \"5.66\"", false, false),
    ] {
        let bench = Bench::new(&SCENE.replace(from, to)).await;
        bench.discover().await;
        let outcome = on(&bench, LE, "Connect").await;
        assert!(outcome.contains("UnknownMethod"), "{outcome}");
        let body = (LE, "Connected");
        let face = bench.call(HEADSET, "org.freedesktop.DBus.Properties.Get", &body).await;
        let (_, message) = face.expect_err("no property");
        assert_eq!(!message.contains("No such interface"), has_face, "{message}");
        assert_eq!(bench.get(HEADSET, "PreferredBearer").await.is_ok(), has_preference);
        assert_eq!(bench.say(HEADSET, "Device1.Connect").await, "reply");
        bench.wait(1000).await;
        assert_eq!(bench.say(HEADSET, "Device1.Connect").await, "reply");
        assert_eq!(bench.say(HEADSET, "Device1.Disconnect").await, "reply");
        assert!(!bench.is(HEADSET, "Connected").await);
    }
}
