//! Looking for devices: several at once, what they advertise, filters, and many others in range.

use crate::bench::Bench;

const DEVICES: &str = r#"
[[device]]
name = "Belt"
address = "C0:DE:00:00:00:01"
address-type = "random"
appearance = 0x0341
services = ["180d"]
manufacturer-data = { 0x0059 = "01 02 03" }
service-data = { 180f = "64" }
tx-power = 4
rssi = -60
[[device]]
name = "Keypad"
address = "C0:DE:00:00:00:02"
address-type = "random"
services = ["1812"]
appears-after = "2s"
rssi = -80
"#;

const PLAN: &str = r#"
[device.belt]
name = "Belt"
[device.keypad]
name = "Keypad"
[device.ghost]
name = "Ghost"
[[case]]
id = "A"
title = "t"
"#;

fn bench(steps: &str) -> Bench {
    let plan = format!("{PLAN}steps = [\n{steps}\n]\n");
    Bench::new().file("scene.toml", DEVICES).file("plan.toml", plan)
}

#[test]
fn the_plan_to_copy_passes_on_well_behaved_devices() {
    let plan = std::fs::read_to_string("testplans/discovery.toml").unwrap();
    let ran = Bench::new().file("plan.toml", plan).run(&[]).exits(0);
    assert_eq!(ran.each("case-finished", "verdict"), ["pass"; 5]);
}

#[test]
fn several_are_found_in_one_scan_and_those_that_must_not_show_do_not() {
    let ran = bench(
        r#"{ do = "discover", devices = ["belt", "keypad"], absent = ["ghost"], within = "5s" },
           { do = "discover", devices = ["ghost"], absent = true, within = "2s" }"#,
    );
    let ran = ran.run(&["--sim-clock", "fast"]).exits(0);
    let took = |record: &serde_json::Value| record["took_us"].as_u64().unwrap();
    let steps = ran.events("step-finished");
    // With somebody who must not show, all the time is taken.
    assert!((5_000_000..6_000_000).contains(&took(&steps[0])), "{steps:?}");

    let ran = bench(r#"{ do = "discover", devices = ["belt", "ghost"], within = "3s" }"#);
    let ran = ran.run(&[]).exits(1);
    let cause = &ran.events("step-finished")[0]["cause"];
    assert_eq!(cause["kind"], "not-found");
    assert_eq!(cause["message"], "ghost was not found");
    assert_eq!(cause["seen"], "belt, and 1 other new devices");

    let ran = bench(r#"{ do = "discover", device = "belt", absent = ["keypad"], within = "30s" }"#);
    let ran = ran.run(&[]).exits(1);
    let step = &ran.events("step-finished")[0];
    assert_eq!(step["cause"]["message"], "keypad is in range");
    // It fails when that shows, and not when the time is over.
    assert!(took(step) < 4_000_000, "{step}");
}

#[test]
fn what_is_advertised_is_told_part_by_part() {
    let right = r#"{ do = "expect-advertised", device = "belt", name = "Belt", appearance = 0x0341,
        services = ["180d"], manufacturer-data = { 0x0059 = "01 ?? *" }, service-data = { 180f = "64" },
        tx-power = 4, flags = ["le-general-discoverable", "br-edr-not-supported"] }"#
        .replace('\n', " ");
    bench(&right).run(&[]).exits(0);
    // Also within a discovery that is under way, which goes on.
    let within = format!(
        "{{ do = \"discover\", device = \"belt\", keep-scanning = true }},\n{right},\n{{ do = \"stop-discovery\" }}"
    );
    bench(&within).run(&[]).exits(0);

    let wrong =
        right.replace("tx-power = 4", "tx-power = 5, within = \"3s\"").replace("?? *", "02");
    let ran = bench(&wrong).run(&[]).exits(1);
    let cause = &ran.events("step-finished")[0]["cause"];
    assert_eq!(
        cause["message"],
        "belt does not advertise what is expected within 3s: tx-power, manufacturer-data of 0x0059"
    );
    assert_eq!(cause["expected"], "tx-power 5 dBm; manufacturer-data of 0x0059 01 02");
    assert_eq!(
        cause["seen"],
        "tx-power 4 dBm; manufacturer-data of 0x0059 01 02 03 (3 bytes and not 2)"
    );
}

#[test]
fn a_device_that_is_connected_does_not_advertise() {
    let steps = r#"{ do = "discover", device = "belt" }, { do = "connect", device = "belt" },
        { do = "expect-advertised", device = "belt", name = "Belt", within = "2s" }"#;
    bench(steps).run(&[]).exits(1).says("disconnect it first");
}

#[test]
fn what_bluez_lets_pass_is_checked_again() {
    for (keys, passes) in [
        ("rssi = -70", true),
        ("rssi = -59", false),
        // BlueZ itself lets pass whatever a signal loses.
        ("pathloss = 64", true),
        ("pathloss = 63", false),
        ("any-service = [\"1812\", \"180d\"]", true),
        ("any-service = [\"1812\"]", false),
        ("pattern = \"Be\"", true),
        ("pattern = \"c0:de:00:00:00:01\"", true),
        ("pattern = \"Key\"", false),
        ("duplicate-data = true, discoverable = true", true),
    ] {
        let step = format!("{{ do = \"discover\", device = \"belt\", within = \"2s\", {keys} }}");
        bench(&step).run(&[]).exits(if passes { 0 } else { 1 });
    }
    bench(r#"{ do = "discover", device = "belt", rssi = -70, pathloss = 60 }"#)
        .bttest(&["check", "plan.toml"])
        .exits(2)
        .says("plan.toml:12:1");
}

/// Two thousand others that are heard each second are nothing to the search for one.
#[test]
fn a_crowd_is_no_hindrance() {
    let plan = "[device.dut]\nname = \"Thing\"\n[[case]]\nid = \"A\"\ntitle = \"t\"\nsteps = [\
                { do = \"discover\", device = \"dut\", rssi = -90, within = \"15s\" }]\n";
    let crowd = "appears-after = \"6s\"\n[crowd]\ndevices = 2000\n";
    let ran = Bench::new().file("plan.toml", plan).scene(crowd).run(&[]).exits(0);
    let took = ran.events("step-finished")[0]["took_us"].as_u64().unwrap();
    assert!((6_000_000..7_000_000).contains(&took), "{took}");
}
