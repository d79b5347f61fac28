//! A device on both bearers: the plan to copy, and what earlier releases of BlueZ make of it.

use crate::bench::Bench;

fn bench(change: (&str, &str)) -> Bench {
    let plan = std::fs::read_to_string("testplans/dual-mode.toml").unwrap();
    let scene = std::fs::read_to_string("fixtures/scenes/dual-mode.toml").unwrap();
    let scene = scene.replacen(change.0, change.1, 1);
    Bench::new().file("plan.toml", plan).file("scene.toml", scene)
}

#[test]
fn the_plan_to_copy_passes_where_bluez_connects_one_bearer() {
    let ran = bench(("", "")).run(&[]).exits(0);
    assert_eq!(ran.each("case-finished", "verdict"), ["pass"; 3]);
    let ended = ran.events("disconnected");
    for face in ["LE1", "BREDR1"] {
        let interface = format!("org.bluez.Bearer.{face}");
        assert!(ended.iter().any(|told| told["interface"] == *interface), "{face}");
    }
}

#[test]
fn earlier_releases_skip_it_and_a_bluetoothd_that_is_not_experimental_is_no_failure() {
    let ran = bench(("bluez = \"5.87\"", "bluez = \"5.82\"")).run(&[]);
    assert_eq!(ran.each("case-finished", "verdict"), ["skip"; 3]);
    let ran = bench(("experimental = true", "")).run(&[]).exits(4).says("--experimental");
    assert_eq!(ran.each("case-finished", "verdict"), ["inconclusive"; 3]);
}

#[test]
fn a_dual_mode_device_that_advertises_no_bredr_is_a_mistake_in_the_scene() {
    let change = ("transport = \"dual\"", "transport = \"dual\"\nflags = 6");
    bench(change).run(&[]).exits(2).says("bit 2 says that the device has no BR/EDR");
}
