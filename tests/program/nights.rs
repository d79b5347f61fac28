//! Nights on the scenes that the project has for them: the same seed is the same night, and what a scene
//! promises is what a run meets.

use std::path::Path;

use serde_json::Value;

use crate::bench::{Bench, Ran};

/// Connects every minute for eight hours, through whatever happens.
const NIGHT: &str = r#"
[device.dut]
name = "My_Bluetooth_Device"

[[case]]
id = "PAIR-01"
title = "Pair"
keep = { bonds = true }
steps = [{ do = "discover", device = "dut" }, { do = "pair", device = "dut" }]

[[case]]
id = "NIGHT-01"
title = "Reconnect through the night"
repeat = 500
steps = [
  { do = "disconnect", device = "dut" },
  { do = "connect", device = "dut", measure = "reconnect" },
  { do = "pause", for = "57s" },
]
"#;

fn night(plan: &str, scene: &str) -> Bench {
    let scene = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/scenes").join(scene);
    Bench::new().file("plan.toml", plan).file("scene.toml", std::fs::read(scene).expect("a scene"))
}

fn run(bench: &Bench, seed: &str) -> Ran {
    let _ = std::fs::remove_dir_all(bench.path("run"));
    bench.run(&["--seed", seed])
}

/// The journal, less what a run cannot repeat: when and where it was.
fn repeatable(ran: &Ran) -> Vec<Value> {
    let mut journal = ran.journal();
    if let Some(head) = journal.first_mut().and_then(Value::as_object_mut) {
        head.retain(|field, _| !["started", "host", "kernel"].contains(&field.as_str()));
    }
    journal
}

#[test]
fn the_same_seed_is_the_same_night_record_by_record() {
    let bench = night(NIGHT, "night.toml");
    let first = run(&bench, "7");
    let gone = first.each("bench", "change");
    let count = |change: &str| gone.iter().filter(|one| *one == change).count();
    assert_eq!((count("bluez-gone"), count("adapter-gone")), (3, 1), "{gone:?}");
    let (first, second) = (repeatable(&first), repeatable(&run(&bench, "7")));
    for (one, other) in first.iter().zip(&second) {
        assert_eq!(one, other);
    }
    assert_eq!(first.len(), second.len());
    assert_ne!(first[1..], repeatable(&run(&bench, "8"))[1..]);
}

#[test]
fn a_leaking_firmware_becomes_slower_and_dies_at_its_2000th_connection() {
    let plan = r#"
[device.dut]
name = "My_Bluetooth_Device"
[[case]]
id = "LEAK-01"
title = "Reconnect until it dies"
setup = [{ do = "discover", device = "dut" }]
steps = [{ do = "repeat", times = 2100, steps = [
  { do = "connect", device = "dut", measure = "connect" },
  { do = "disconnect", device = "dut" },
] }]
"#;
    let ran = run(&night(plan, "leaking-firmware.toml"), "7").exits(1);
    let tries = ran.events("measured");
    let took = |at: usize| tries[at]["us"].as_u64().expect("a time");
    assert_eq!(tries.len(), 2000);
    assert_eq!(tries.iter().filter(|one| one["ok"] == true).count(), 1999);
    assert!(took(1900) > took(100) + 250_000, "{} {}", took(100), took(1900));
}
