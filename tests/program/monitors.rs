//! Advertisement monitors: what BlueZ finds and loses for the bench, and where it has none.

use crate::bench::Bench;

const BEACON: &str = "experimental = true\n[[device]]\nname = \"Beacon\"\naddress = \"C0:DE:00:00:04:01\"\n\
                      address-type = \"random\"\nflags = 6\nmanufacturer-data = { 0x0059 = \"0102\" }\n";

/// A plan on a beacon.
fn bench(scene: &str, steps: &str) -> Bench {
    let head = "[device.dut]\nname = \"Beacon\"\n[[case]]\nid = \"A\"\ntitle = \"t\"\nsteps = [\n";
    Bench::new().file("plan.toml", format!("{head}{steps}\n]\n")).file("scene.toml", scene)
}

fn on_beacon(steps: &str) -> Bench {
    bench(BEACON, steps)
}

#[test]
fn the_plan_to_copy_passes_where_bluetoothd_is_experimental_and_is_skipped_elsewhere() {
    let plan = std::fs::read_to_string("testplans/monitors.toml").unwrap();
    let scene = std::fs::read_to_string("fixtures/scenes/monitors.toml").unwrap();
    let arguments = ["--set", "off=true", "--set", "on=true", "--allow-exec"];
    for release in ["5.66", "5.82", "5.87"] {
        let scene = format!("bluez = \"{release}\"\n{scene}");
        let bench = Bench::new().file("plan.toml", &plan).file("scene.toml", scene);
        let ran = bench.run(&arguments).exits(0);
        assert_eq!(ran.each("case-finished", "verdict"), ["pass"; 4]);
        let told = ran.events("monitored").into_iter().filter(|told| told["case"] == "MON-04");
        let told: Vec<String> =
            told.map(|told| told["method"].as_str().unwrap_or_default().to_owned()).collect();
        assert_eq!(told, ["Activate", "DeviceFound", "DeviceLost", "DeviceFound", "Release"]);
    }
    let scene = scene.replace("experimental = true", "");
    let bench = Bench::new().file("plan.toml", &plan).file("scene.toml", scene);
    let ran =
        bench.run(&arguments).says("needs AdvertisementMonitorManager1").says("--experimental");
    assert_eq!(ran.each("case-finished", "verdict"), ["skip"; 4]);
}

#[test]
fn what_a_case_watches_ends_with_it() {
    let ran = on_beacon(r#"{ do = "monitor", data = { "0x01" = "06" } }"#).run(&[]).exits(0);
    assert!(ran.each("restored", "what").contains(&"advertisement monitor monitor".to_owned()));
}

#[test]
fn a_bluetoothd_without_monitors_says_nothing_of_the_device() {
    let scene = BEACON.replace("experimental = true", "");
    let ran = bench(&scene, r#"{ do = "monitor", data = { "0x01" = "06" } }"#).run(&[]).exits(4);
    ran.says("takes no advertisement monitors").says("bluetoothd --experimental");
}

#[test]
fn a_monitor_that_bluez_lets_go_says_so() {
    let steps =
        "{ do = \"power\", on = false }, { do = \"monitor\", data = { \"0x01\" = \"06\" } }";
    on_beacon(steps).run(&[]).exits(4).says("let the monitor go").says("is the adapter on?");
}

#[test]
fn what_is_not_found_tells_what_bluez_does_not_compare() {
    let steps = "{ do = \"monitor\", name = \"Bea\" }, { do = \"monitor-expect\", device = \"dut\", within = \"3s\" }";
    on_beacon(steps).run(&[]).exits(1).says("expected  found").says("compares no names");
    let steps = r#"{ do = "monitor", name = "Bea" }, { do = "monitor-expect", device = "dut" }"#;
    bench(&format!("bluez = \"5.66\"\n{BEACON}"), steps).run(&[]).exits(0);
}

#[test]
fn what_must_not_be_found_and_is_fails_at_once() {
    let steps = "{ do = \"monitor\", data = { \"0x01\" = \"06\" } },\n\
                 { do = \"monitor-expect\", device = \"dut\", found = false, within = \"1h\" }";
    on_beacon(steps).run(&[]).exits(1).says("expected  not found").says("seen      found");
}

#[test]
fn a_device_that_is_too_weak_is_not_found() {
    let steps = "{ do = \"monitor\", data = { \"0x01\" = \"06\" }, rssi-high = -60, rssi-high-timeout = \"1s\" },\n\
                 { do = \"monitor-expect\", device = \"dut\", found = false, within = \"10s\" }";
    on_beacon(steps).run(&[]).exits(0);
    let steps = steps.replace("-60", "-61").replace("found = false, ", "");
    on_beacon(&steps).run(&[]).exits(0);
}

#[test]
fn without_a_monitor_there_is_nothing_to_expect() {
    let steps = r#"{ do = "monitor-expect", device = "dut" }"#;
    on_beacon(steps).run(&[]).exits(4).says("no monitor monitor is at work");
}

#[test]
fn wrong_input_has_its_place() {
    for (step, says) in [
        (r#"do = "monitor""#, "nothing is watched for"),
        (r#"do = "monitor", data = { "0x01" = "06" }, rssi-low-timeout = "1h""#, "up to 300s"),
        (r#"do = "monitor-expect", device = "dut", found = true, lost = true"#, "take one out"),
    ] {
        let step = format!("{{ {step} }}");
        on_beacon(&step).bttest(&["check", "plan.toml"]).exits(2).says(says).says("plan.toml:7:");
    }
    let plan = "[[case]]\nid = \"A\"\nrequires = { interfaces = [\"AdvertismentMonitorManager1\"] }\n\
                steps = [{ do = \"pause\", for = \"1s\" }]\n";
    let bench = Bench::new().file("plan.toml", plan);
    bench
        .bttest(&["check", "plan.toml"])
        .exits(2)
        .says("did you mean `AdvertisementMonitorManager1`?");
}
