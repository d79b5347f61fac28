//! Coordinated sets: what a plan says of a pair of earbuds, and where BlueZ has no sets.

use crate::bench::Bench;

const PAIR: &str = "experimental = true\nbluez = \"5.87\"\n\
                    [[device]]\nname = \"Left\"\nservices = [\"1846\"]\nset = { size = 2, rank = 1 }\n\
                    [[device]]\nname = \"Right\"\nservices = [\"1846\"]\nset = { size = 2, rank = 2 }\n";
const PAIRED: &str = "{ do = \"discover\", devices = [\"left\", \"right\"] }, { do = \"pair\", device = \"left\" },\n\
                      { do = \"wait\", device = \"right\", property = \"Sets\", present = true },\n";

/// A plan on a pair of earbuds.
fn bench(scene: &str, steps: &str) -> Bench {
    let head = "[device.left]\nname = \"Left\"\n[device.right]\nname = \"Right\"\n\
                [[case]]\nid = \"A\"\ntitle = \"t\"\nsteps = [\n";
    Bench::new().file("plan.toml", format!("{head}{steps}\n]\n")).file("scene.toml", scene)
}

#[test]
fn the_plan_to_copy_passes_where_bluetoothd_has_sets_and_is_skipped_elsewhere() {
    let plan = std::fs::read_to_string("testplans/device-set.toml").unwrap();
    let scene = std::fs::read_to_string("fixtures/scenes/device-set.toml").unwrap();
    let ran =
        |scene: String| Bench::new().file("plan.toml", &plan).file("scene.toml", scene).run(&[]);
    let verdicts = |release: &str| {
        ran(format!("bluez = \"{release}\"\n{scene}")).each("case-finished", "verdict")
    };
    assert_eq!(verdicts("5.82"), ["pass"; 3]);
    assert_eq!(verdicts("5.87"), ["pass"; 3]);
    assert_eq!(verdicts("5.66"), ["skip"; 3]);
    let plain = ran(scene.replace("experimental = true", ""));
    assert_eq!(plain.says("--experimental").each("case-finished", "verdict"), ["skip"; 3]);
}

#[test]
fn what_is_not_as_expected_is_told_with_what_is() {
    let steps = "{ do = \"device-set-expect\", device = \"left\", size = 3, within = \"1s\" }";
    let ran = bench(PAIR, &format!("{PAIRED}{steps}")).run(&[]).exits(1);
    ran.says("expected  size 3")
        .says("seen      size 2; members left, right; rank 1; all paired true");
    let steps = "{ do = \"device-set-expect\", device = \"left\", auto-connect = false }";
    let ran = bench(PAIR, &format!("{PAIRED}{steps}")).run(&[]).exits(1);
    ran.says("expected  auto-connect false").says("seen      auto-connect true");
}

#[test]
fn a_device_that_is_in_no_set_says_why() {
    let steps = "{ do = \"discover\", devices = [\"left\", \"right\"] },\n\
                 { do = \"connect\", device = \"left\" },\n\
                 { do = \"device-set-expect\", device = \"right\", within = \"1s\" }";
    bench(PAIR, steps).run(&[]).exits(1).says("no-set").says("its services are not resolved");
    let scene = PAIR.replace("[\"1846\"]", "[\"180f\"]");
    bench(&scene, steps).run(&[]).exits(1).says("no service 1846");
}

#[test]
fn a_bluetoothd_without_sets_says_nothing_of_the_device() {
    let scene = PAIR.replace("experimental = true", "");
    let steps = "{ do = \"discover\", device = \"left\" },\n\
                 { do = \"device-set-connect\", device = \"left\", within = \"1s\" }";
    let ran = bench(&scene, steps).run(&[]).exits(4);
    ran.says("this BlueZ shows no sets of devices").says("bluetoothd --experimental");
}

#[test]
fn auto_connect_is_put_back_where_the_set_is_still_there() {
    let scene = PAIR.replace("rank = 1 }", "rank = 1 }\npaired = true");
    let steps = "{ do = \"device-set-auto-connect\", device = \"left\", on = false },\n\
                 { do = \"device-set-expect\", device = \"left\", auto-connect = false }";
    let ran = bench(&scene, steps).run(&[]).exits(0);
    let restored = ran.each("restored", "what");
    assert!(restored.iter().any(|what| what.starts_with("auto-connect of /org/bluez/hci0/set_")));
    let touched = ran.events("touched");
    let set = touched.iter().find(|touched| touched["interface"] == "org.bluez.DeviceSet1");
    assert_eq!(set.map(|set| &set["properties"]["AutoConnect"]), Some(&true.into()));
}

#[test]
fn a_set_is_connected_and_disconnected_as_a_whole() {
    let steps = "{ do = \"device-set-disconnect\", device = \"right\" },\n\
                 { do = \"device-set-expect\", device = \"left\", connected = false },\n\
                 { do = \"device-set-connect\", device = \"right\" },\n\
                 { do = \"device-set-connect\", device = \"left\" },\n\
                 { do = \"device-set-expect\", device = \"left\", connected = true, complete = true, within = \"0s\" }";
    bench(PAIR, &format!("{PAIRED}{steps}")).run(&[]).exits(0);
}
