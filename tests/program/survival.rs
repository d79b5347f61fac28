//! Surviving the night: what befalls a bench, and what a soak makes of it.
//!
//! Each is a soak on the simulator over one incident: the run goes on, the iterations that it hit are told
//! for what they are, none is lost, and the bench is put back.

use crate::bench::{Bench, Ran};

/// A device that is paired once and then connected again and again.
const SOAK: &str = r#"
setup = [{ do = "discover", device = "dut" }, { do = "pair", device = "dut" }]
RECOVERY
[device.dut]
name = "Thing"
[[case]]
id = "A"
repeat = 20
steps = [
  { do = "disconnect", device = "dut" },
  { do = "connect", device = "dut", measure = "reconnect", timeout = "20s" },
  { do = "pause", for = "3s" },
]
"#;

fn soak(recovery: &str, scene: &str) -> Bench {
    Bench::new().file("plan.toml", SOAK.replace("RECOVERY", recovery)).scene(scene)
}

/// Kind, how many iterations, of those that did not pass.
fn causes(ran: &Ran) -> Vec<(String, String, usize)> {
    let mut causes: Vec<(String, String, usize)> = Vec::new();
    for record in ran.events("iteration-finished") {
        let verdict = record["verdict"].as_str().unwrap_or_default().to_owned();
        let kind = record["cause"]["kind"].as_str().unwrap_or_default().to_owned();
        if verdict == "pass" {
            continue;
        }
        match causes.iter_mut().find(|(v, k, _)| (v, k) == (&verdict, &kind)) {
            Some((_, _, count)) => *count += 1,
            None => causes.push((verdict, kind, 1)),
        }
    }
    causes
}

/// How many iterations ended, whatever their end.
fn ended(ran: &Ran) -> usize {
    let passed = ran.events("iteration-summed").len();
    ran.events("iteration-finished").len() + passed
}

#[track_caller]
fn survives(ran: &Ran, wanted: &[(&str, &str)], bench: &[&str]) {
    let told = format!("{:?}\n{:?}\n{}", causes(ran), ran.each("bench", "change"), ran.stdout);
    assert_eq!(ended(ran), 20, "{told}");
    let causes = causes(ran);
    let kinds: Vec<_> = causes.iter().map(|(v, k, _)| (v.as_str(), k.as_str())).collect();
    assert_eq!(kinds, wanted, "{told}");
    assert!(causes.iter().all(|(_, _, count)| *count <= 5), "{told}");
    assert_eq!(ran.each("bench", "change"), bench, "{told}");
    // What the run changed is put back: the bond is forgotten, and nothing could not be done.
    let restored = ran.events("restored");
    let errors: Vec<_> = restored.iter().filter(|record| record.get("error").is_some()).collect();
    assert!(errors.iter().all(|record| record["what"] == "the bench"), "{restored:?}\n{told}");
    assert!(!ran.events("vanished").is_empty(), "{told}");
    assert_eq!(ran.events("run-finished").len(), 1);
}

#[test]
fn a_bluetoothd_that_is_killed_and_restarted() {
    let incident = "[[incident]]\nat = \"60s\"\nwhat = \"crash\"\nfor = \"15s\"\n";
    let ran = soak("", incident).run(&[]).exits(4);
    survives(
        &ran,
        &[("inconclusive", "bluez-gone")],
        &["bluez-gone", "adapter-back", "bluez-back"],
    );
}

#[test]
fn a_bluetoothd_that_hangs_and_comes_to_life() {
    let incident = "[[incident]]\nat = \"60s\"\nwhat = \"hang\"\nfor = \"1m\"\n";
    let ran = soak("", incident).run(&[]).exits(4);
    survives(&ran, &[("inconclusive", "bluez-hung")], &["bluez-hung", "bluez-answers"]);
}

#[test]
fn an_adapter_that_is_pulled_out_and_put_back() {
    let incident = "[[incident]]\nat = \"60s\"\nwhat = \"unplug\"\nfor = \"15s\"\n";
    let ran = soak("", incident).run(&[]).exits(4);
    let changes = ["adapter-off", "adapter-gone", "adapter-back"];
    survives(&ran, &[("inconclusive", "adapter-gone")], &changes);
    let junit = ran.junit();
    let changes: Vec<_> = junit.lines().filter(|line| line.contains("bench-change")).collect();
    assert_eq!(changes.len(), 2, "that it went off is a part of it: {changes:?}");
}

#[test]
fn rfkill() {
    let incident = "[[incident]]\nat = \"60s\"\nwhat = \"rfkill\"\nfor = \"15s\"\n";
    let ran = soak("", incident).run(&[]).exits(4);
    survives(&ran, &[("inconclusive", "rfkill")], &["rfkill", "adapter-on"]);
    let junit = ran.junit();
    assert!(junit.contains("s: rfkill switched the adapter off, for 15."), "{junit}");
}

#[test]
fn a_bus_that_goes_away_and_comes_back() {
    let incident = "[[incident]]\nat = \"60s\"\nwhat = \"bus-gone\"\nfor = \"15s\"\n";
    let ran = soak("", incident).run(&[]).exits(4);
    let changes = ["bus-gone", "bluez-gone", "bus-back", "adapter-back", "bluez-back"];
    survives(&ran, &[("inconclusive", "bus-gone")], &changes);
}

#[test]
fn a_call_that_never_returns_is_the_devices_failure() {
    let fault = "[[device.fault]]\non = \"connect\"\nnth = 5\nnever-answers = true\n";
    let ran = soak("", fault).run(&[]).exits(1);
    survives(&ran, &[("fail", "time-limit")], &[]);
    ran.says("bluetoothd itself answers");
}

#[test]
fn a_device_that_vanishes_in_the_middle_of_pairing() {
    let plan = SOAK.replace("RECOVERY", "").replace("setup =", "#").replace(
        "{ do = \"disconnect\", device = \"dut\" },",
        "{ do = \"discover\", device = \"dut\" }, { do = \"pair\", device = \"dut\" },",
    );
    let plan = plan.replace("{ do = \"connect\"", "{ do = \"connect\", if-needed = true");
    let fault = "[[device.fault]]\non = \"pair\"\nnth = 4\nvanish = true\nfor = \"20s\"\n";
    let ran = Bench::new().file("plan.toml", plan).scene(fault).run(&[]).exits(1);
    println!("{:?}", causes(&ran));
    assert_eq!(ended(&ran), 20);
    assert!(causes(&ran).iter().all(|(verdict, _, _)| verdict == "fail"), "{:?}", causes(&ran));
}

#[test]
fn a_hang_that_ends_within_a_step_is_known_all_the_same() {
    // It comes to life when the step's limit is reached: by then it answers.
    let incident = "[[incident]]\nat = \"60s\"\nwhat = \"hang\"\nfor = \"30s\"\n";
    let ran = soak("", incident).run(&[]).exits(4);
    survives(&ran, &[("inconclusive", "bluez-hung")], &["bluez-hung", "bluez-answers"]);
}

#[test]
fn what_an_earlier_client_left_is_mended_by_forgetting() {
    let plan = |recovery: &str| {
        format!(
            "{recovery}\n[device.dut]\nname = \"Thing\"\n[[case]]\nid = \"A\"\nrepeat = 20\nsteps = [\n\
             {{ do = \"connect\", device = \"dut\", services = true, timeout = \"60s\" }},\n\
             {{ do = \"disconnect\", device = \"dut\" }},\n]\n"
        )
    };
    let forget = r#"
[recovery]
after = 2
rungs = ["forget"]
repair = [{ do = "discover", device = "dut" }, { do = "pair", device = "dut" }]
"#;
    for (left, kind) in [
        ("paired = true\nbonded = true\nconnecting = true\n", "in-progress"),
        // On LE the link comes up, cannot be encrypted, and is down before any service is known.
        ("half-bonded = true\n", "time-limit"),
    ] {
        let without = Bench::new().file("plan.toml", plan("")).scene(left).run(&[]).exits(1);
        assert_eq!(ended(&without), 20);
        let ran = Bench::new().file("plan.toml", plan(forget)).scene(left).run(&[]).exits(1);
        let told = format!("{:?}\n{}", causes(&ran), ran.stdout);
        assert_eq!(ended(&ran), 20, "{told}");
        assert_eq!(causes(&ran), [("fail".to_owned(), kind.to_owned(), 2)], "{told}");
        assert_eq!(ran.each("recovered", "rung"), ["forget", "repair"], "{told}");
        assert_eq!(ran.each("recovered", "because"), [kind; 2], "{told}");
    }
}
