//! `bttest history`: nights on the simulator, kept in a file.

use std::fs;

use serde_json::Value;

use crate::bench::Bench;
use crate::compare::{night, nights};

/// Five nights, the last of them slower, added to a history.
fn five() -> Bench {
    let bench = nights();
    let scenes = ["good.toml", "good.toml", "frail.toml", "good.toml", "slow.toml"];
    for (day, scene) in (16..).zip(scenes) {
        let started = format!("2026-11-{day}T22:00:00Z");
        night(&bench, &format!("night-{day}"), scene, &day.to_string(), &started);
        bench.bttest(&["history", "add", &format!("night-{day}"), "--db", "h.sqlite"]).exits(0);
    }
    bench
}

#[test]
fn a_worse_last_night_is_found_among_five() {
    let bench = five();
    let ran = bench.bttest(&["history", "--db", "h.sqlite"]).exits(0);
    insta::assert_snapshot!(ran.stdout);
    let show = ["history", "--db", "h.sqlite", "--check", "--json", "-"];
    let ran = bench.bttest(&show).exits(1);
    let listed: Value = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!(listed["runs"].as_array().unwrap().len(), 5);
    assert_eq!(listed["comparison"]["regression"], true);
    let verdicts = listed["runs"].as_array().unwrap().iter().map(|run| run["good"].clone());
    let good: Vec<Value> = verdicts.collect();
    assert_eq!(good.last().unwrap(), "2026-11-19T22:00:00Z");

    let with = ["compare", "--with-last-good", "night-20", "--db", "h.sqlite"];
    let ran = bench.bttest(&with).exits(1).says("older  Nightly soak · 2026-11-19T22:00:00Z");
    assert!(ran.stdout.starts_with("Worse: SOAK-01 reconnect takes"), "{}", ran.stdout);
    bench.bttest(&["compare", "--with-last-good", "night-19", "--db", "h.sqlite"]).exits(0);
    bench.bttest(&["compare", "--with-last-good", "night-16", "--db", "h.sqlite"]).exits(2);
}

/// A bluetoothd that crashes once a night makes each night inconclusive, and none of them useless.
#[test]
fn a_night_in_which_the_bench_failed_is_good_enough_to_compare_with() {
    let crash = "\n[[incident]]\nat = \"40s\"\nwhat = \"crash\"\nfor = \"3s\"\n";
    let scene = |mean: &str| {
        format!("{}connect = {{ mean = \"{mean}\", sd = \"30ms\" }}\n{crash}", crate::bench::SCENE)
    };
    let bench = nights();
    let plan = fs::read_to_string(bench.path("plan.toml")).unwrap().replace("retries = 1\n", "");
    let bench = bench.file("plan.toml", plan);
    let bench = bench.file("usual.toml", scene("300ms")).file("slow.toml", scene("900ms"));
    for (day, scene, code) in
        [("18", "usual.toml", 0), ("19", "usual.toml", 0), ("20", "slow.toml", 1)]
    {
        let started = format!("2026-11-{day}T22:00:00Z");
        night(&bench, day, scene, day, &started);
        bench.bttest(&["history", "add", day, "--db", "h.sqlite"]).exits(0);
        let ran = bench.bttest(&["history", "--db", "h.sqlite", "--check"]).exits(code);
        assert!(ran.stdout.contains("INCONCLUSIVE"), "{}", ran.stdout);
        assert_eq!(ran.stdout.contains("There is no good earlier run"), day == "18");
    }
    bench.bttest(&["compare", "--with-last-good", "20", "--db", "h.sqlite"]).exits(1);
}

#[test]
fn a_run_adds_itself_once() {
    let bench = nights();
    let run = ["run", "plan.toml", "--sim=good.toml", "--out", "run", "-q", "--history"];
    bench.bttest(&run);
    let add = bench.bttest(&["history", "add", "run"]).exits(0);
    assert!(add.stdout.starts_with("replaced Nightly soak, "), "{}", add.stdout);
    bench.bttest(&["report", "run", "-q", "--history", "bttest-runs/history.sqlite"]).exits(0);
    let ran = bench.bttest(&["history", "--json", "-", "--check"]).exits(0);
    let listed: Value = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!(listed["runs"].as_array().unwrap().len(), 1);
    assert_eq!(listed["comparison"], Value::Null);
    bench.bttest(&["history", "--plan", "other"]).exits(2).says("runs of `Nightly soak`");
    bench.bttest(&["history", "--measure", "none"]).exits(0).says("no case and measure");
}

#[test]
fn without_a_history_that_can_be_written_nothing_begins() {
    let bench = nights().file("h.sqlite", "no database, but some text\n".repeat(50));
    let run = ["run", "plan.toml", "--sim", "--out", "run", "--history", "h.sqlite"];
    bench.bttest(&run).exits(2).says("is no history of bttest, or is damaged");
    assert!(!bench.path("run").exists());
    assert!(fs::read_to_string(bench.path("h.sqlite")).unwrap().starts_with("no database"));
    bench.bttest(&["history", "--db", "h.sqlite"]).exits(2).says("move it away");
    bench.bttest(&["history", "--db", "none"]).exits(2).says("there is no history at none");
    assert!(!bench.path("none").exists());
}
