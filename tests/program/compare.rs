//! `bttest compare`: two nights on the simulator, and what is said of them.

use std::fs;

use serde_json::Value;

use crate::bench::{Bench, Ran};

const SOAK: &str = r#"
[[case]]
id = "SOAK-01"
title = "Reconnect all night"
repeat = 200
retries = 1
steps = [
  { do = "discover", device = "dut" },
  { do = "connect", device = "dut", measure = "reconnect" },
  { do = "disconnect", device = "dut" },
]
"#;

/// How long a connection takes, and how often it fails.
fn scene(mean: &str, probability: &str) -> String {
    format!(
        "{}connect = {{ mean = \"{mean}\", sd = \"40ms\" }}\n[[device.fault]]\non = \"connect\"\n\
         probability = {probability}\nerror = \"aborted-by-remote\"\n",
        crate::bench::SCENE
    )
}

/// A night on a scene; what nobody can know beforehand, its time and the host, is made the same everywhere.
pub fn night(bench: &Bench, out: &str, scene: &str, seed: &str, started: &str) {
    let sim = format!("--sim={scene}");
    let ran = bench.bttest(&["run", "plan.toml", &sim, "--out", out, "--seed", seed, "-q"]);
    assert!(matches!(ran.code, Some(0 | 1 | 4)), "{}{}", ran.stdout, ran.stderr);
    let journal = bench.path(&format!("{out}/journal.jsonl"));
    let text = fs::read_to_string(&journal).unwrap();
    let (first, rest) = text.split_once('\n').unwrap();
    let mut first: Value = serde_json::from_str(first).unwrap();
    first["started"] = started.into();
    first["host"] = "bench-3".into();
    first["kernel"] = "6.12.48".into();
    fs::write(journal, format!("{first}\n{rest}")).unwrap();
}

pub fn nights() -> Bench {
    Bench::new()
        .file("plan.toml", format!("name = \"Nightly soak\"\n{}{SOAK}", crate::bench::HEAD))
        .file("good.toml", scene("300ms", "0.01"))
        .file("slow.toml", scene("360ms", "0.01"))
        .file("frail.toml", scene("300ms", "0.2"))
}

fn json(ran: &Ran) -> Value {
    serde_json::from_str(&ran.stdout).unwrap()
}

/// The standing of a number of a measure.
fn standing(comparison: &Value, of: &str, number: &str) -> String {
    let findings = comparison["cases"][0]["findings"].as_array().unwrap();
    let found = findings.iter().find(|f| f["of"] == of && f["number"] == number).unwrap();
    found["standing"].as_str().unwrap().to_owned()
}

#[test]
fn equal_nights_with_different_seeds_are_no_regression() {
    let bench = nights();
    for seed in ["1", "2", "3"] {
        night(&bench, seed, "good.toml", seed, "2026-11-20T22:00:00Z");
    }
    for pair in [["1", "2"], ["2", "3"], ["3", "1"]] {
        let ran = bench.bttest(&["compare", pair[0], pair[1], "--json", "-"]).exits(0);
        assert_eq!(json(&ran)["regression"], false);
        assert_eq!(standing(&json(&ran), "measure", "p50"), "same");
    }
    let same = bench.bttest(&["compare", "1", "1"]).exits(0);
    assert!(same.stdout.starts_with("No regression"), "{}", same.stdout);
}

#[test]
fn a_slower_night_is_a_regression() {
    let bench = nights();
    night(&bench, "old", "good.toml", "1", "2026-11-19T22:00:00Z");
    night(&bench, "new", "slow.toml", "2", "2026-11-20T22:00:00Z");
    let ran = bench.bttest(&["compare", "old", "new/journal.jsonl", "--json", "out/c.json"]);
    let ran = ran.exits(1);
    insta::assert_snapshot!(ran.stdout);
    let written = fs::read_to_string(bench.path("out/c.json")).unwrap();
    let comparison: Value = serde_json::from_str(&written).unwrap();
    assert_eq!(comparison["regression"], true);
    assert_eq!(standing(&comparison, "measure", "p50"), "worse");
    assert_eq!(standing(&comparison, "measure", "rate"), "same");
    let back = bench.bttest(&["compare", "new", "old"]).exits(0);
    assert!(back.stdout.starts_with("No regression; better: "), "{}", back.stdout);
}

#[test]
fn a_less_reliable_night_is_a_regression_with_its_cause() {
    let bench = nights();
    night(&bench, "old", "good.toml", "1", "2026-11-19T22:00:00Z");
    night(&bench, "new", "frail.toml", "2", "2026-11-20T22:00:00Z");
    let ran = bench.bttest(&["compare", "old", "new", "--json", "-"]).exits(1);
    let comparison = json(&ran);
    assert_eq!(standing(&comparison, "measure", "rate"), "worse");
    assert_eq!(standing(&comparison, "flaky", "rate"), "worse");
    assert_eq!(standing(&comparison, "measure", "p50"), "same");
    assert_eq!(standing(&comparison, "cause", "rate"), "worse");
    let different = comparison["different"].as_array().unwrap();
    let named: Vec<_> = different.iter().map(|fact| fact["what"].as_str().unwrap()).collect();
    assert_eq!(named, ["scene", "seed"]);
}

#[test]
fn what_is_missing_fails_and_what_has_nothing_in_common_is_no_comparison() {
    let bench = nights();
    let plan = fs::read_to_string(bench.path("plan.toml")).unwrap();
    let more = "[[case]]\nid = \"B\"\nsteps = [{ do = \"forget\", device = \"dut\" }]\n";
    let bench = bench.file("plan.toml", format!("{plan}{more}"));
    night(&bench, "old", "good.toml", "1", "2026-11-19T22:00:00Z");
    let bench = bench.file("plan.toml", plan.replace(", measure = \"reconnect\"", ""));
    night(&bench, "new", "good.toml", "2", "2026-11-20T22:00:00Z");
    let ran = bench.bttest(&["compare", "old", "new"]).exits(1);
    let missing = "Missing in the newer run: reconnect of SOAK-01; case B. ";
    assert!(ran.stdout.starts_with(missing), "{}", ran.stdout);
    bench.bttest(&["compare", "new", "old"]).exits(0);
    let bench = bench.file("plan.toml", plan.replace("SOAK-01", "SOAK-02"));
    night(&bench, "other", "good.toml", "2", "2026-11-20T22:00:00Z");
    let ran = bench.bttest(&["compare", "old", "other"]).exits(2);
    ran.says("no case in common").says("the older has SOAK-01, B, the newer SOAK-02");
}

#[test]
fn what_is_no_run_is_told() {
    let bench = nights();
    night(&bench, "run", "good.toml", "1", "2026-11-20T22:00:00Z");
    bench.bttest(&["compare", "run", "none"]).exits(2).says("there is no journal at none");
    bench.bttest(&["compare", "plan.toml", "run"]).exits(2).says("is not a journal");
    bench.bttest(&["compare", "run"]).exits(2);
    let ran = bench.bttest(&["compare", "run", "run", "--json", "plan.toml/x"]).exits(2);
    assert!(ran.stderr.contains("cannot write plan.toml/x"), "{}", ran.stderr);
}

#[test]
fn the_page_of_the_newer_run_says_how_it_compares() {
    let bench = nights();
    night(&bench, "old", "good.toml", "1", "2026-11-19T22:00:00Z");
    night(&bench, "new", "slow.toml", "2", "2026-11-20T22:00:00Z");
    let ran = bench.bttest(&["compare", "old", "new", "--html", "out/c.html"]).exits(1);
    let sentence = ran.stdout.lines().next().unwrap();
    let page = fs::read_to_string(bench.path("out/c.html")).unwrap();
    assert!(page.matches(sentence).count() == 2, "{sentence}: in the tile and in the section");
    assert!(page.contains("<h1><bdi>Nightly soak</bdi></h1>") && page.contains("id=\"course\""));
    let mut reader = quick_xml::Reader::from_str(&page);
    while reader.read_event().expect("well-formed") != quick_xml::events::Event::Eof {}

    bench.bttest(&["history", "add", "old", "--db", "nights.db"]).exits(0);
    let good = ["compare", "new", "--with-last-good", "--db", "nights.db", "--html", "good.html"];
    bench.bttest(&good).exits(1);
    assert_eq!(fs::read_to_string(bench.path("good.html")).unwrap(), page);

    let ran = bench.bttest(&["compare", "old", "new", "--html", "plan.toml/x"]).exits(2);
    assert!(ran.stderr.contains("cannot write plan.toml/x") && ran.stdout.is_empty());
}
