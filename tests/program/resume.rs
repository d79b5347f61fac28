//! A soak that was cut off or interrupted goes on where it was.

use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::bench::{Bench, Ran};

/// A case that connects twelve times, and one after it.
const SOAK: &str = r#"
[[case]]
id = "S"
title = "connects"
repeat = 12
steps = [
  { do = "discover", device = "dut" },
  { do = "connect", device = "dut", measure = "connect" },
  { do = "pause", for = "50ms" },
]
[[case.threshold]]
of = "connect"
count = ">= 12"
[[case]]
id = "T"
title = "comes after"
steps = [{ do = "inspect" }]
"#;

pub const RUN: [&str; 9] = [
    "run",
    "plan.toml",
    "--sim=scene.toml",
    "--sim-clock",
    "real",
    "--out",
    "run",
    "--junit",
    "junit.xml",
];

pub const ON: [&str; 9] = [
    "run",
    "plan.toml",
    "--sim=scene.toml",
    "--sim-clock",
    "real",
    "--resume",
    "run",
    "--junit",
    "junit.xml",
];

fn bench() -> Bench {
    Bench::with_plan(SOAK)
        .scene("connect = \"20ms\"\ndisconnect = \"20ms\"\nappears-after = \"20ms\"\n")
}

/// Starts the program.
pub fn start(bench: &Bench, arguments: &[&str]) -> Child {
    let mut command = bench.command(arguments);
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
}

/// Waits until something is so.
#[track_caller]
pub fn until(is_so: impl Fn() -> bool) {
    let start = Instant::now();
    while !is_so() {
        assert!(start.elapsed() < Duration::from_secs(60), "the soak does not get on");
        std::thread::sleep(Duration::from_millis(10));
    }
}

/// Starts the program and ends it by a signal when it has had so many more iterations.
pub fn cut(bench: &Bench, arguments: &[&str], more: usize, signal: &str) -> Ran {
    let before = (done(bench), begun(bench));
    let child = start(bench, arguments);
    until(|| done(bench) >= before.0 + more && begun(bench) > before.1);
    kill(&child, signal);
    bench.ran(child.wait_with_output().unwrap())
}

/// How often a run began or went on, as far as the journal has it.
fn begun(bench: &Bench) -> usize {
    let text = std::fs::read_to_string(bench.path("run/journal.jsonl")).unwrap_or_default();
    text.lines().filter(|line| line.contains("\"bench-ready\"")).count()
}

fn kill(child: &Child, signal: &str) {
    let id = child.id().to_string();
    let status = std::process::Command::new("kill").args([signal, &id]).status().unwrap();
    assert!(status.success());
}

/// How many iterations are in the journal.
fn done(bench: &Bench) -> usize {
    let text = std::fs::read_to_string(bench.path("run/journal.jsonl")).unwrap_or_default();
    let ends =
        |line: &&str| line.contains("iteration-finished") || line.contains("iteration-summed");
    text.lines().filter(ends).count()
}

/// The numbers of the iterations of the soak, as far as they were not interrupted.
fn iterations(ran: &Ran) -> Vec<u64> {
    let of_soak =
        |record: &Value| record["case"] == "S" && record["cause"]["kind"] != "interrupted";
    let all = ran.iterations().into_iter().filter(of_soak);
    all.map(|record| record["iteration"].as_u64().unwrap()).collect()
}

/// Fails unless the run came to what it would have come to at once.
#[track_caller]
fn is_whole(ran: &Ran) {
    assert_eq!(iterations(ran), (1..=12).collect::<Vec<u64>>());
    let junit = ran.junit();
    assert!(junit.contains("12 of 12 iterations passed"), "{junit}");
    assert!(junit.contains("connect: 12 of 12 succeeded"), "{junit}");
    assert!(junit.contains("tests=\"2\"") && !junit.contains("<error"), "{junit}");
    // Numbers without gaps, and a time that does not go back.
    let journal = ran.journal();
    let t: Vec<u64> = journal.iter().map(|record| record["t"].as_u64().unwrap()).collect();
    assert!(t.is_sorted(), "{t:?}");
    let report = ran.stdout.contains("missing") || ran.stdout.contains("out of order");
    assert!(!report, "{}", ran.stdout);
    assert_eq!(ran.events("run-finished").last().unwrap()["exit_code"], 0);
}

#[test]
fn a_run_that_was_killed_goes_on() {
    let bench = bench();
    cut(&bench, &RUN, 4, "-KILL");
    let ran = bench.bttest(&ON).exits(0).says("GOES ON");
    is_whole(&ran);
    assert_eq!(ran.events("resumed").len(), 1);
    assert_eq!(ran.events("run-started").len(), 1);
}

#[test]
fn a_run_that_was_interrupted_goes_on_and_what_was_skipped_is_run() {
    let bench = bench();
    let ran = cut(&bench, &RUN, 4, "-INT").exits(130);
    assert_eq!(ran.each("case-finished", "verdict").last().unwrap(), "skip");
    let ran = bench.bttest(&ON).exits(0);
    is_whole(&ran);
}

#[test]
fn a_run_goes_on_as_often_as_it_must() {
    let bench = bench();
    cut(&bench, &RUN, 3, "-KILL");
    cut(&bench, &ON, 3, "-TERM").exits(143);
    cut(&bench, &ON, 3, "-KILL");
    let ran = bench.bttest(&ON).exits(0);
    is_whole(&ran);
    assert_eq!(ran.events("resumed").len(), 3);
}

#[test]
fn a_run_goes_on_only_as_what_it_was() {
    let bench = bench();
    cut(&bench, &RUN, 2, "-KILL");
    let before = done(&bench);
    let with = |arguments: &[&str]| bench.bttest(&[&ON[..], arguments].concat()).exits(2);
    with(&["--repeat", "20"]).says("give the same --repeat");
    with(&["--case", "S"]).says("give the same --case");
    with(&["--seed", "7"]).says("seed 1").says("seed 7");
    let renamed = std::fs::read_to_string(bench.path("plan.toml")).unwrap();
    let bench = bench.file("plan.toml", format!("name = \"Other\"\n{renamed}"));
    bench.bttest(&ON).exits(2).says("is a run of the plan \"plan\", and this is \"Other\"");
    let bench = bench.file("plan.toml", format!("# changed\n{renamed}"));
    bench.bttest(&ON).exits(2).says("the plan is not what it was").says("hash");
    assert_eq!(done(&bench), before);
    let bench = bench.file("plan.toml", renamed);
    bench.bttest(&ON).exits(0);
    bench.bttest(&ON).exits(2).says("came to its end");
    let mut none = ON;
    none[6] = "nowhere";
    bench.bttest(&none).exits(2).says("no journal");
}

#[test]
fn failures_before_and_after_count_together() {
    let fault = "connect = \"20ms\"\ndisconnect = \"20ms\"\nappears-after = \"20ms\"\n[[device.fault]]\non = \"connect\"\nnth = 2\nerror = \"aborted-by-remote\"\n";
    let bench = Bench::with_plan(SOAK).scene(fault);
    cut(&bench, &RUN, 4, "-INT").exits(130);
    // A new simulator, with the same faults: the second connection after that fails again.
    let ran = bench.bttest(&ON).exits(1);
    assert_eq!(iterations(&ran), (1..=12).collect::<Vec<u64>>());
    let junit = ran.junit();
    assert!(junit.contains("10 of 12 iterations passed, 2 failed"), "{junit}");
    assert!(junit.contains("connect: 10 of 12 succeeded"), "{junit}");
    assert_eq!(ran.each("case-finished", "verdict").last().unwrap(), "pass");
}

/// Time that was used before counts, and the time in between does not.
#[test]
fn what_is_left_of_a_time_is_left() {
    let soak = "[soak]\nfor = \"2s\"\n[[case]]\nid = \"S\"\nsteps = [{ do = \"pause\", for = \"100ms\" }]\n[[case]]\nid = \"U\"\nsteps = [{ do = \"pause\", for = \"100ms\" }]\n";
    let bench = Bench::new().file("plan.toml", soak).file("scene.toml", "");
    cut(&bench, &RUN, 8, "-KILL");
    std::thread::sleep(Duration::from_secs(2));
    let ran = bench.bttest(&ON).exits(0);
    let all = ran.iterations();
    assert!((15..=21).contains(&all.len()), "{} iterations of 100 ms in 2 s", all.len());
    // Still in turns, each number once.
    let turns: Vec<_> =
        all.iter().map(|r| (r["iteration"].as_u64().unwrap(), r["case"].to_string())).collect();
    let mut sorted = turns.clone();
    sorted.sort();
    sorted.dedup();
    assert_eq!(turns, sorted);
}

/// Failures that a threshold judges are no verdict of the part before either.
#[test]
fn a_rate_is_judged_over_the_whole() {
    let soak = SOAK.replace("count = \">= 12\"", "success-rate = \">= 80%\"");
    let fault = "connect = \"20ms\"\ndisconnect = \"20ms\"\nappears-after = \"20ms\"\n[[device.fault]]\non = \"connect\"\nnth = 2\nerror = \"aborted-by-remote\"\n";
    let bench = Bench::with_plan(&soak).scene(fault);
    cut(&bench, &RUN, 4, "-KILL");
    // A new simulator, with the same fault: 10 of 12 are above 80 %.
    let ran = bench.bttest(&ON).exits(0);
    assert_eq!(iterations(&ran), (1..=12).collect::<Vec<u64>>());
    assert_eq!(ran.each("threshold", "measured"), ["83.333% (10 of 12)"]);
}

#[test]
fn the_limit_of_recovery_is_that_of_the_whole_run() {
    let recovery = "[recovery]\nrungs = [\"wait\"]\nlimit = 5\n";
    let plan = format!("{recovery}{}{SOAK}", crate::bench::HEAD);
    let fault = "connect = \"20ms\"\nappears-after = \"20ms\"\n[[device.fault]]\non = \"connect\"\nevery = 1\nerror = \"aborted-by-remote\"\n";
    let bench = Bench::new().file("plan.toml", plan).scene(fault);
    cut(&bench, &RUN, 3, "-INT").exits(130);
    let ran = bench.bttest(&ON).exits(1);
    assert_eq!(ran.events("recovered").len(), 5);
    assert_eq!(iterations(&ran).len(), 6, "the sixth failure ends the run");
    ran.says("recovered: wait 5 times");
}

/// While a run is on, its reports say so, and not that it was cut off.
#[test]
fn a_run_that_is_under_way_is_told_as_that() {
    let bench = bench();
    let report = ["report", "run", "--junit", "so-far.xml", "--html", "so-far.html"];
    let texts = || {
        let ran = bench.bttest(&report).exits(0);
        let read = |name| std::fs::read_to_string(bench.path(name)).unwrap();
        [ran.stdout, read("so-far.xml"), read("so-far.html")]
    };
    let mut child = start(&bench, &RUN);
    until(|| done(&bench) >= 3);
    for text in texts() {
        assert!(text.contains("under way") && !text.contains("cut off"), "{text}");
    }
    child.kill().unwrap();
    child.wait().unwrap();
    for text in texts() {
        assert!(!text.contains("under way") && text.contains("cut off"), "{text}");
    }
}

/// Who ends a run has found no fault with the device.
#[test]
fn an_interruption_is_no_cause_of_failure() {
    let bench = bench();
    let ran = cut(&bench, &RUN, 4, "-INT").exits(130);
    bench.bttest(&["report", "run", "--html", "run.html"]).exits(0);
    let html = std::fs::read_to_string(bench.path("run.html")).unwrap();
    let junit = ran.junit();
    assert!(!junit.contains("1 time interrupted") && !junit.contains("name=\"cause"), "{junit}");
    assert!(!ran.stdout.contains("1 time interrupted"), "{}", ran.stdout);
    assert!(!html.contains("failure of 1 kind"), "{html}");
    // That it was interrupted is still told.
    assert!(junit.contains("interrupted by SIGINT") && html.contains("SIGINT"));
}
