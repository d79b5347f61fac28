//! Coordinated sets: when bluetoothd knows one, whom it connects for it, and when it is gone. Recorded in the lab on 5.87,
//! read in `src/set.c`.

use zbus::{OwnedVariant, Variant};

use super::{Answer, Bench, bench::verdict};

const PAIR: &str = "experimental = true\n[[adapter]]\naudio = false\n\
                    [[device]]\nname = 'Left'\naddress = 'C0:DE:00:00:06:01'\naddress-type = 'random'\n\
                    services = ['1846']\nset = { size = 2, rank = 1 }\n\
                    [[device]]\nname = 'Right'\naddress = 'C0:DE:00:00:06:02'\naddress-type = 'random'\n\
                    services = ['1846']\nset = { size = 2, rank = 2 }\n";
const LEFT: &str = "hci0/dev_C0_DE_00_00_06_01";
const RIGHT: &str = "hci0/dev_C0_DE_00_00_06_02";
const SET: &str = "hci0/set_fb34645b15340bc5f081d63e70ae1f76";
const INTERFACE: &str = "org.bluez.DeviceSet1";

/// A bench that has heard both and has an agent.
async fn bench(scene: &str) -> Bench {
    let bench = Bench::new(scene).await;
    bench.agent("NoInputNoOutput", Answer::Yes).await;
    bench.discover().await;
    bench
}

async fn of_set(bench: &Bench, property: &str) -> OwnedVariant {
    let get = "org.freedesktop.DBus.Properties.Get";
    let reply = bench.call(SET, get, &(INTERFACE, property)).await.expect("a set");
    reply.body().deserialize().expect("a variant")
}

async fn set_auto_connect(bench: &Bench, value: Variant<'_>) -> String {
    let set = "org.freedesktop.DBus.Properties.Set";
    verdict(bench.call(SET, set, &(INTERFACE, "AutoConnect", value)).await)
}

async fn members(bench: &Bench) -> String {
    format!("{:?}", of_set(bench, "Devices").await)
}

fn short(notes: Vec<String>) -> Vec<String> {
    let short = |note: String| {
        note.replace(LEFT, "LEFT")
            .replace(RIGHT, "RIGHT")
            .replace(SET, "SET")
            .replace("/org/bluez/", "")
    };
    notes.into_iter().map(short).collect()
}

#[tokio::test(start_paused = true)]
async fn a_set_is_there_once_a_member_is_paired_and_the_other_is_connected_and_paired_for_it() {
    let bench = bench(PAIR).await;
    assert_eq!(bench.say(LEFT, "Device1.Pair").await, "reply");
    bench.wait(2000).await;
    let notes = short(bench.notes());
    let at = |part: &str| {
        let found = notes.iter().position(|note| note.starts_with(part));
        found.unwrap_or_else(|| panic!("{part}: {notes:#?}"))
    };
    assert!(at("reply") < at("+ SET DeviceSet1"), "{notes:#?}");
    assert!(at("+ SET DeviceSet1") < at("LEFT Device1 Sets="), "{notes:#?}");
    assert!(at("LEFT Device1 Sets=") < at("RIGHT Device1 Connected=true"), "{notes:#?}");
    assert!(at("RIGHT Device1 Connected=true") < at("agent RequestAuthorization"), "{notes:#?}");
    assert!(at("agent RequestAuthorization") < at("RIGHT Device1 Sets="), "{notes:#?}");
    assert!(bench.is(RIGHT, "Paired").await);
    assert_eq!(of_set(&bench, "Size").await, OwnedVariant::from(2_u8));
    let members = members(&bench).await;
    assert!(members.contains(LEFT) && members.contains(RIGHT), "{members}");
}

#[tokio::test(start_paused = true)]
async fn one_that_is_connected_brings_the_other_unless_bluetoothd_is_told_otherwise() {
    let bench = bench(PAIR).await;
    bench.say(LEFT, "Device1.Pair").await;
    bench.wait(3000).await;
    for (auto, both) in [(true, true), (false, false)] {
        bench.forget();
        assert_eq!(set_auto_connect(&bench, auto.into()).await, "reply");
        assert_eq!(bench.notes(), ["reply"], "nobody is told");
        assert_eq!(of_set(&bench, "AutoConnect").await, OwnedVariant::from(auto));
        bench.say(LEFT, "Device1.Disconnect").await;
        bench.say(RIGHT, "Device1.Disconnect").await;
        bench.say(LEFT, "Device1.Connect").await;
        bench.wait(3000).await;
        assert_eq!(bench.is(RIGHT, "Connected").await, both);
    }
}

#[tokio::test(start_paused = true)]
async fn a_set_goes_with_its_last_member() {
    let bench = bench(PAIR).await;
    bench.say(LEFT, "Device1.Pair").await;
    bench.wait(3000).await;
    let remove = |path: &'static str| {
        let path = zbus::ObjectPath::from_string_unchecked(format!("/org/bluez/{path}"));
        let bench = &bench;
        async move { verdict(bench.call("hci0", "Adapter1.RemoveDevice", &path).await) }
    };
    assert_eq!(remove(LEFT).await, "reply");
    assert!(!members(&bench).await.contains(LEFT));
    bench.forget();
    assert_eq!(remove(RIGHT).await, "reply");
    bench.settle().await;
    assert!(short(bench.notes()).contains(&"- SET DeviceSet1".to_owned()));
    assert!(!bench.objects().await.iter().any(|path| path.contains("set_")));
}

#[tokio::test(start_paused = true)]
async fn its_methods_are_never_answered_and_only_auto_connect_is_writable() {
    let bench = bench(PAIR).await;
    bench.say(LEFT, "Device1.Pair").await;
    bench.wait(3000).await;
    for method in ["DeviceSet1.Connect", "DeviceSet1.Disconnect"] {
        let call = bench.call(SET, method, &());
        let hour = std::time::Duration::from_secs(3600);
        assert!(tokio::time::timeout(hour, call).await.is_err(), "{method}");
    }
    let wrong = set_auto_connect(&bench, "no".into()).await;
    assert!(wrong.contains("Invalid signature for 'AutoConnect'"), "{wrong}");
    let set = "org.freedesktop.DBus.Properties.Set";
    let size = verdict(bench.call(SET, set, &(INTERFACE, "Size", Variant::from(3_u8))).await);
    assert!(size.contains("Property 'Size' is not writable"), "{size}");
}

#[tokio::test(start_paused = true)]
async fn a_member_that_was_paired_before_is_one_from_the_start() {
    let scene = PAIR.replace("rank = 1 }\n", "rank = 1 }\npaired = true\n");
    let bench = Bench::new(&scene).await;
    assert!(members(&bench).await.contains(LEFT));
    assert!(bench.get(LEFT, "Sets").await.is_ok());
    assert!(!bench.is(LEFT, "Connected").await, "nobody is connected for it");
}

#[tokio::test(start_paused = true)]
async fn no_set_where_bluetoothd_is_not_experimental_or_knows_none() {
    for scene in [PAIR.replace("experimental = true", ""), format!("bluez = '5.66'\n{PAIR}")] {
        let bench = bench(&scene).await;
        assert_eq!(bench.say(LEFT, "Device1.Pair").await, "reply");
        bench.wait(3000).await;
        assert!(!bench.objects().await.iter().any(|path| path.contains("set_")));
        assert!(!bench.is(RIGHT, "Connected").await);
    }
}

#[tokio::test(start_paused = true)]
async fn devices_of_two_sets_have_nothing_to_do_with_each_other() {
    let other = "rank = 2, sirk = '000102030405060708090a0b0c0d0e0f' }";
    let bench = bench(&PAIR.replace("rank = 2 }", other)).await;
    bench.say(LEFT, "Device1.Pair").await;
    bench.wait(3000).await;
    assert!(!bench.is(RIGHT, "Connected").await);
    bench.say(RIGHT, "Device1.Pair").await;
    bench.wait(3000).await;
    let sets = bench.objects().await.into_iter().filter(|path| path.contains("set_"));
    let own = "hci0/set_0f0e0d0c0b0a09080706050403020100".to_owned();
    assert_eq!(sets.collect::<Vec<_>>(), [own, SET.to_owned()]);
}
