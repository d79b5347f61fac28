//! A disk that is full in the middle of a run. The limit on the size of files stands for it: a write
//! beyond it fails as one to a full disk does.

use std::process::Command;

use crate::bench::{Bench, Ran};

const PLAN: &str = r#"
[[case]]
id = "SOAK-01"
repeat = 400
steps = [
  { do = "discover", device = "dut", measure = "found" },
]

[[case]]
id = "LAST"
steps = [{ do = "forget", device = "dut" }]
"#;

/// Runs the plan where no file may be longer than so many blocks of 512 bytes.
fn run_within(bench: &Bench, blocks: u32) -> Ran {
    let program = env!("CARGO_BIN_EXE_bttest");
    let run = format!(
        "ulimit -f {blocks} && trap '' XFSZ && exec {program} run plan.toml --sim --out run --junit junit.xml"
    );
    let mut command = Command::new("sh");
    command.args(["-c", &run]).current_dir(bench.path(""));
    bench.ran(command.output().unwrap())
}

#[test]
fn a_journal_that_could_not_be_finished_costs_no_verdict_but_is_no_pass() {
    let bench = Bench::with_plan(PLAN);
    let ran = run_within(&bench, 40)
        .exits(4)
        .says("JOURNAL            cannot be written: File too large")
        .says("the run goes on, and what is not written waits in memory")
        .says("the journal is not whole: its end could not be written");
    let junit = ran.junit();
    for expected in [
        r#"tests="2" failures="0" errors="0""#,
        r#"name="iterations.passed" value="400""#,
        r#"name="measure.found.count" value="400""#,
    ] {
        assert!(junit.contains(expected), "{expected} is not in\n{junit}");
    }
    let length = std::fs::metadata(bench.path("run/journal.jsonl")).unwrap().len();
    assert_eq!(length, 40 * 512, "it is filled to the last byte");
    bench.bttest(&["report", "run"]).exits(0).says("the run was cut off");
}

#[test]
fn a_journal_that_fits_is_what_the_reports_are_made_from() {
    let bench = Bench::with_plan(PLAN);
    let ran = run_within(&bench, 4000).exits(0);
    assert!(!ran.stdout.contains("JOURNAL"), "{}", ran.stdout);
    let junit = ran.junit();
    bench.bttest(&["report", "run", "--junit", "junit.xml"]).exits(0);
    assert_eq!(ran.junit(), junit);
    assert!(!bench.path("run/journal.live.jsonl").exists());
}
