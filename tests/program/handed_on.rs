//! A run that goes on: what its cases hand on to those after them, and what it has left on the bench.

use crate::bench::{Bench, Ran};
use crate::resume::{ON, RUN, cut};

/// The README's night in small: a case pairs and keeps the bond, another needs it.
const NIGHT: &str = r#"
[[case]]
id = "P"
title = "pairs, and keeps the bond"
keep = { bonds = true }
steps = [
  { do = "discover", device = "dut" },
  { do = "trust", device = "dut" },
  { do = "pair", device = "dut", measure = "pair" },
  { do = "disconnect", device = "dut" },
]
[[case]]
id = "S"
title = "reconnects"
requires = { cases = ["P"] }
repeat = 12
keep = { bonds = true }
steps = [
  { do = "connect", device = "dut", measure = "connect" },
  { do = "pause", for = "50ms" },
  { do = "disconnect", device = "dut" },
]
"#;

const QUICK: &str = "connect = \"20ms\"\ndisconnect = \"20ms\"\nappears-after = \"20ms\"\npair = \"20ms\"\nservices-resolved = \"20ms\"\n";

/// As a bluetoothd has the device that a killed run has paired.
const LEFT: &str = "paired = true\nbonded = true\ntrusted = true\n";

fn bench() -> Bench {
    Bench::with_plan(NIGHT).scene(QUICK)
}

/// How the iterations of each case ended, in order; those that were interrupted are left out.
fn iterations(ran: &Ran, case: &str) -> Vec<(u64, String)> {
    let all = ran.iterations().into_iter();
    let of_case = all.filter(|r| r["case"] == case && r["cause"]["kind"] != "interrupted");
    of_case
        .map(|r| {
            let verdict = r["verdict"].as_str().unwrap_or("pass");
            (r["iteration"].as_u64().unwrap(), verdict.to_owned())
        })
        .collect()
}

fn passes(n: u64) -> Vec<(u64, String)> {
    (1..=n).map(|n| (n, "pass".to_owned())).collect()
}

/// What was put back after the run went on, in order.
fn put_back(ran: &Ran) -> Vec<String> {
    let journal = ran.journal().into_iter();
    let after = journal.skip_while(|record| record["event"] != "resumed");
    let restored = after.filter(|record| record["event"] == "restored");
    restored
        .map(|record| {
            assert_eq!(record.get("error"), None, "{record}");
            record["what"].as_str().unwrap().to_owned()
        })
        .collect()
}

const DEVICE: &str = "device /org/bluez/hci0/dev_C0_DE_00_00_00_01";

#[test]
fn a_bond_that_was_handed_on_is_made_anew() {
    for (signal, code) in [("-INT", Some(130)), ("-KILL", None)] {
        let bench = bench();
        assert_eq!(cut(&bench, &RUN, 6, signal).code, code);
        let ran = bench.bttest(&ON).exits(0);
        assert_eq!(iterations(&ran, "P"), passes(2), "{signal}");
        assert_eq!(iterations(&ran, "S"), passes(12), "{signal}");
        let anew = ran.events("run-anew");
        assert_eq!(anew.len(), 1);
        assert_eq!((&anew[0]["case"], &anew[0]["iteration"]), (&"P".into(), &2.into()));
        assert_eq!(put_back(&ran), [DEVICE], "{signal}");
        let junit = ran.junit();
        assert!(junit.contains("<property name=\"iterations.anew\" value=\"1\""), "{junit}");
        assert!(junit.contains("1 iteration run anew"), "{junit}");
        ran.says("1 iteration run anew");
    }
}

/// A run may be cut off in what it runs anew, too, and as often as you like.
#[test]
fn what_is_run_anew_can_be_cut_off_too() {
    let bench = bench();
    cut(&bench, &RUN, 4, "-KILL");
    cut(&bench, &ON, 0, "-INT").exits(130);
    cut(&bench, &ON, 3, "-INT").exits(130);
    cut(&bench, &ON, 3, "-KILL");
    let ran = bench.bttest(&ON).exits(0);
    assert_eq!(iterations(&ran, "S"), passes(12));
    let of_p = iterations(&ran, "P");
    assert!((3..=5).contains(&of_p.len()) && of_p.iter().all(|(_, v)| v == "pass"), "{of_p:?}");
    assert_eq!(ran.events("case-finished").last().unwrap()["case"], "S");
}

#[test]
fn where_it_does_not_pass_anew_what_needs_it_does_not_run() {
    let bench = bench();
    cut(&bench, &RUN, 5, "-INT").exits(130);
    let bench = bench.scene(&format!("{QUICK}pairing = \"refuse\"\n"));
    let ran = bench.bttest(&ON).exits(1);
    assert_eq!(iterations(&ran, "P").last().unwrap(), &(2, "fail".to_owned()));
    assert!(iterations(&ran, "S").len() < 12);
    let verdicts = ran.each("case-finished", "verdict");
    assert_eq!(verdicts[verdicts.len() - 2..], ["fail", "skip"]);
    assert_eq!(ran.events("case-finished").last().unwrap()["cause"]["kind"], "requires");
}

/// Nothing is run anew for nobody.
#[test]
fn where_nothing_is_left_to_run_nothing_is_run_anew() {
    let plan = NIGHT.replace("requires = { cases = [\"P\"] }\nrepeat = 12\n", "repeat = 12\n");
    let plan = plan.replacen("keep = { bonds = true }\n", "", 1);
    let plan = plan.replace(
        "  { do = \"connect\",",
        "  { do = \"discover\", device = \"dut\" },\n  { do = \"connect\",",
    );
    let bench = Bench::with_plan(&plan).scene(QUICK);
    cut(&bench, &RUN, 5, "-INT").exits(130);
    let ran = bench.bttest(&ON).exits(0);
    // P keeps nothing, and S hands on to nobody.
    assert!(ran.events("run-anew").is_empty());
    assert_eq!((iterations(&ran, "P"), iterations(&ran, "S")), (passes(1), passes(12)));
}

/// Cases that take turns: the one that hands on has had its turn in the round that was cut off.
#[test]
fn in_a_round_what_is_handed_on_within_it_is_made_anew() {
    let plan = "[soak]\nrepeat = 4\n".to_owned()
        + crate::bench::HEAD
        + &NIGHT.replace("repeat = 12\n", "").replace("50ms", "400ms").replace(
            "steps = [\n  { do = \"discover\"",
            "setup = [{ do = \"forget\", device = \"dut\" }]\nsteps = [\n  { do = \"discover\"",
        );
    let bench = Bench::new().file("plan.toml", plan).scene(QUICK);
    cut(&bench, &RUN, 3, "-KILL");
    let ran = bench.bttest(&ON).exits(0);
    assert_eq!(iterations(&ran, "S"), passes(4));
    assert_eq!(iterations(&ran, "P"), passes(5));
    assert_eq!(ran.events("run-anew")[0]["iteration"], 3);
}

#[test]
fn a_bond_that_a_killed_run_has_left_is_put_back() {
    let bench = bench();
    cut(&bench, &RUN, 6, "-KILL");
    // A real bluetoothd outlives the run: the device is paired, and pairing it again would fail.
    let bench = bench.scene(&format!("{QUICK}{LEFT}"));
    let ran = bench.bttest(&ON).exits(0);
    assert_eq!(iterations(&ran, "S"), passes(12));
    // Before it went on, and at its end.
    assert_eq!(put_back(&ran), [DEVICE, DEVICE]);
    assert_eq!(ran.events("vanished").len(), 2);
}

/// The same of an attempt that was cut off, in a case that keeps nothing, and of the adapter.
#[test]
fn what_an_attempt_has_left_is_put_back_before_it_is_run_again() {
    let case = r#"
[[case]]
id = "S"
title = "pairs"
repeat = 4
steps = [
  { do = "adapter", alias = "Mine" },
  { do = "discover", device = "dut" },
  { do = "pair", device = "dut" },
  { do = "pause", for = "600ms" },
]
"#;
    let bench = Bench::with_plan(case).scene(QUICK);
    // In the pause of the second.
    let mut child = crate::resume::start(&bench, &RUN);
    let live = || std::fs::read_to_string(bench.path("run/journal.live.jsonl"));
    crate::resume::until(|| {
        live().is_ok_and(|text| text.contains("\"iteration\":2,") && text.contains("\"pause\""))
    });
    child.kill().unwrap();
    child.wait().unwrap();
    let bench = bench.scene(&format!("{QUICK}{LEFT}[[adapter]]\nalias = \"Mine\"\n"));
    let ran = bench.bttest(&ON).exits(0);
    assert_eq!(iterations(&ran, "S"), passes(4));
    assert_eq!(put_back(&ran)[..2], [DEVICE, "adapter Alias"]);
    let aliases = ran.events("changed").into_iter().filter(|r| r["property"] == "Alias");
    assert_eq!(aliases.map(|r| r["value"].clone()).next_back().unwrap(), "bench");
}

/// What the plan as a whole keeps is not put back by an interruption: it is still there, and stays.
#[test]
fn what_the_whole_run_keeps_is_left_alone() {
    let plan = format!("keep = {{ bonds = true }}\n{}{NIGHT}", crate::bench::HEAD);
    let bench = Bench::new().file("plan.toml", plan).scene(QUICK);
    cut(&bench, &RUN, 6, "-KILL");
    let ran = bench.bttest(&ON).exits(0);
    assert_eq!(iterations(&ran, "S"), passes(12));
    assert!(put_back(&ran).is_empty());
}

/// The journal says once what is to be put back, and not in each iteration.
#[test]
fn what_is_to_be_put_back_is_told_once() {
    let plan = NIGHT.replace("repeat = 12", "repeat = 300").replace("50ms", "10s");
    let ran = Bench::with_plan(&plan).scene(QUICK).run(&[]).exits(0);
    let touched = ran.events("touched");
    let of_run: Vec<_> = touched.iter().filter(|r| r.get("attempt").is_none()).collect();
    assert_eq!(of_run.len(), 1, "{of_run:?}");
    assert_eq!(of_run[0]["interface"], "org.bluez.Device1");
    assert_eq!(of_run[0].get("properties"), None, "BlueZ did not know it");
    assert!(touched.len() < 300, "{} of them", touched.len());
    assert!(ran.events("iteration-summed").len() > 100);
}
