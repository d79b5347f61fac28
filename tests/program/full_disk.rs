//! A disk that is full in the middle of a run. The limit on the size of files stands for it: a write
//! beyond it fails as one to a full disk does.

use std::process::Command;

use crate::bench::{Bench, Ran};

const PLAN: &str = r#"
[[case]]
id = "SOAK-01"
repeat = 4000
steps = [
  { do = "discover", device = "dut", measure = "found" },
]

[[case]]
id = "LAST"
steps = [{ do = "forget", device = "dut" }]
"#;

/// Runs the plan where no file may be longer than so many blocks of 512 bytes.
fn run_within(bench: &Bench, blocks: u32, more: &str) -> Ran {
    let program = env!("CARGO_BIN_EXE_bttest");
    let run = format!(
        "ulimit -f {blocks} && trap '' XFSZ && exec {program} run plan.toml --sim --out run --junit junit.xml {more}"
    );
    let mut command = Command::new("sh");
    command.args(["-c", &run]).current_dir(bench.path(""));
    bench.ran(command.output().unwrap())
}

#[test]
fn a_journal_that_could_not_be_finished_costs_no_verdict_but_is_no_pass() {
    let bench = Bench::with_plan(PLAN);
    let ran = run_within(&bench, 400, "--html night.html --history h.sqlite")
        .exits(4)
        .says("JOURNAL            cannot be written: File too large")
        .says("the run goes on, and what is not written waits in memory")
        .says("the journal is not whole: its end could not be written")
        .says("\nINCONCLUSIVE ");
    let junit = ran.junit();
    for expected in [
        r#"tests="3" failures="0" errors="1""#,
        r#"message="the journal is not whole: its end could not be written"#,
        r#"name="iterations.passed" value="4000""#,
        r#"name="measure.found.count" value="4000""#,
    ] {
        assert!(junit.contains(expected), "{expected} is not in\n{junit}");
    }
    let page = std::fs::read_to_string(bench.path("night.html")).unwrap();
    assert!(page.contains("exit code 4") && page.contains("the journal is not whole"), "{page}");
    assert!(!page.contains("exit code 0"));
    let history = bench.bttest(&["history", "--db", "h.sqlite", "--json", "-"]).exits(0);
    assert!(history.stdout.contains("\"verdict\": \"inconclusive\""), "{}", history.stdout);
    let length = std::fs::metadata(bench.path("run/journal.jsonl")).unwrap().len();
    assert_eq!(length, 400 * 512, "it is filled to the last byte");
    bench.bttest(&["report", "run"]).exits(0).says("the run was cut off");
}

#[test]
fn a_report_that_cannot_be_written_at_the_end_is_no_wrong_argument() {
    let plan = "[[case]]\nid = \"A\"\nsteps = [{ do = \"discover\", device = \"dut\" }]\n";
    let bench = Bench::with_plan(plan);
    run_within(&bench, 16, "--html night.html").exits(4).says("cannot write the html report");
    let bench = Bench::with_plan(plan);
    let ran = run_within(&bench, 16, "--history h.sqlite");
    ran.exits(2).says("history");
    let failing = plan.replace("\"dut\" }", "\"dut\", within = \"1ms\" }");
    let bench = Bench::with_plan(&failing);
    run_within(&bench, 16, "--html night.html").exits(1).says("cannot write the html report");
}

#[test]
fn a_journal_that_fits_is_what_the_reports_are_made_from() {
    let bench = Bench::with_plan(PLAN);
    let ran = run_within(&bench, 8000, "").exits(0);
    assert!(!ran.stdout.contains("JOURNAL"), "{}", ran.stdout);
    let junit = ran.junit();
    bench.bttest(&["report", "run", "--junit", "junit.xml"]).exits(0);
    assert_eq!(ran.junit(), junit);
    assert!(!bench.path("run/journal.live.jsonl").exists());
}
