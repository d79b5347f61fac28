//! Order, loops, attempts, limits, verdicts.

use crate::bench::Bench;

const CONNECT: &str = r#"
[[case]]
id = "CON-01"
title = "Connect"
repeat = 3
retries = 1
steps = [
  { do = "discover", device = "dut" },
  { do = "connect", device = "dut", measure = "connect" },
]
"#;

#[test]
fn a_retry_that_passes_is_flaky_and_hides_nothing() {
    let fault = "[[device.fault]]\non = \"connect\"\nnth = 2\nerror = \"aborted-by-remote\"\n";
    let ran = Bench::with_plan(CONNECT).scene(fault).run(&[]).exits(0);
    assert_eq!(ran.each("iteration-finished", "verdict"), ["pass"; 3]);
    assert_eq!(ran.each("attempt-finished", "verdict"), ["pass", "fail", "pass", "pass"]);
    let junit = ran.junit();
    assert!(junit.contains("<flakyFailure"), "{junit}");
    assert!(!junit.contains("<failure"), "{junit}");
}

#[test]
fn an_iteration_that_fails_is_not_hidden_by_those_after_it() {
    let fault = "[[device.fault]]\non = \"connect\"\nnth = [2, 3]\nerror = \"aborted-by-remote\"\n";
    let ran = Bench::with_plan(CONNECT).scene(fault).run(&[]).exits(1);
    assert_eq!(ran.each("iteration-finished", "verdict"), ["pass", "fail", "pass"]);
    assert_eq!(ran.each("case-finished", "verdict"), ["fail"]);
    let failed = &ran.events("case-finished")[0];
    assert_eq!(failed["cause"]["kind"], "aborted-by-remote");
    let measured = ran.events("measured");
    assert_eq!(measured.iter().filter(|record| record["ok"] == true).count(), 2);
    assert_eq!(measured.len(), 4);
}

#[test]
fn fail_fast_ends_the_run_and_says_so_of_the_rest() {
    let cases = r#"
[[case]]
id = "A"
title = "fails"
steps = [{ do = "expect", property = "Powered", equals = false }]
[[case]]
id = "B"
title = "never runs"
steps = [{ do = "expect", property = "Powered", equals = true }]
"#;
    let bench = Bench::with_plan(cases);
    let ran = bench.run(&["--fail-fast"]).exits(1);
    assert_eq!(ran.each("case-finished", "verdict"), ["fail", "skip"]);
    let again = bench.bttest(&["run", "plan.toml", "--sim"]).exits(1);
    assert!(again.stdout.contains("1 failed"), "{}", again.stdout);
}

#[test]
fn an_expected_error_passes_and_its_absence_fails() {
    let case = r#"
[[case]]
id = "PAIR-01"
title = "Pairing twice"
setup = [{ do = "discover", device = "dut" }, { do = "pair", device = "dut" }]
steps = [
  { do = "pair", device = "dut", expect-error = ["already-exists", "busy"] },
  { do = "connect", device = "dut", expect-error = "page-timeout" },
]
"#;
    let ran = Bench::with_plan(case).run(&[]).exits(1);
    assert_eq!(ran.each("step-finished", "verdict"), ["pass", "pass", "pass", "fail"]);
    let last = ran.events("step-finished").pop().unwrap();
    assert_eq!(last["cause"]["expected"], "the error page-timeout");
}

#[test]
fn a_step_that_is_never_answered_ends_at_its_limit_with_what_was_seen() {
    let fault = "[[device.fault]]\non = \"connect\"\nevery = 1\nnever-answers = true\n";
    let case = r#"
[[case]]
id = "CON-01"
title = "Connect"
steps = [{ do = "discover", device = "dut" }, { do = "connect", device = "dut", timeout = "3s" }]
"#;
    let ran = Bench::with_plan(case).scene(fault).run(&[]).exits(1);
    let last = ran.events("step-finished").pop().unwrap();
    assert_eq!(last["cause"]["kind"], "time-limit");
    assert_eq!(last["took_us"], 3_000_000);
}

#[test]
fn the_limit_of_a_case_is_the_devices_and_that_of_a_run_is_not() {
    let case = |head: &str, inside: &str| {
        format!(
            "{head}\n[[case]]\nid = \"A\"\ntitle = \"waits\"\n{inside}\nsteps = [{{ do = \"pause\", for = \"10m\" }}]\n\
             [[case]]\nid = \"B\"\ntitle = \"waits\"\nsteps = [{{ do = \"pause\", for = \"1s\" }}]\n"
        )
    };
    let of_case = Bench::new().file("plan.toml", case("", "timeout = \"2s\"")).run(&[]).exits(1);
    assert_eq!(of_case.each("case-finished", "verdict"), ["fail", "pass"]);
    let of_run = Bench::new().file("plan.toml", case("timeout = \"2s\"", "")).run(&[]).exits(4);
    assert_eq!(of_run.each("case-finished", "verdict"), ["inconclusive", "inconclusive"]);
}

#[test]
fn teardown_is_done_whatever_happens() {
    let case = r#"
[[case]]
id = "A"
title = "fails in its setup"
setup = [{ do = "expect", property = "Powered", equals = false }]
steps = [{ do = "pause", for = "1s" }]
teardown = [
  { do = "expect", property = "Alias", equals = "nobody" },
  { do = "inspect", only = "adapter" },
]
"#;
    let ran = Bench::with_plan(case).run(&[]).exits(1);
    assert_eq!(ran.each("step-started", "step"), ["setup/1", "teardown/1", "teardown/2"]);
    assert_eq!(ran.events("inspected").len(), 1);
}

#[test]
fn what_a_case_requires_and_does_not_find_is_a_skip_with_the_reason() {
    let case = |id: &str, requires: &str| {
        format!(
            "[[case]]\nid = \"{id}\"\ntitle = \"t\"\nrequires = {requires}\nsteps = [{{ do = \"inspect\" }}]\n"
        )
    };
    let cases = [
        case("A", "{ hardware = true }"),
        case("B", "{ bluez = \"9.0\" }"),
        case("C", "{ adapters = 2 }"),
        case("D", "{ cases = [\"A\"] }"),
        case("E", "{ bluez = \"5.0\", adapters = 1 }"),
    ];
    let ran = Bench::with_plan(&cases.concat()).run(&[]).exits(0);
    assert_eq!(ran.each("case-finished", "verdict"), ["skip", "skip", "skip", "skip", "pass"]);
    ran.says("needs BlueZ 9.0, and this is 5.82").says("needs A to have passed");
}

#[test]
fn a_threshold_that_is_missed_fails_the_case() {
    let case = r#"
[[case]]
id = "CON-01"
title = "Connect"
steps = [{ do = "discover", device = "dut" }, { do = "connect", device = "dut", measure = "connect" }]
[[case.threshold]]
of = "connect"
p95 = "<= 10ms"
success-rate = ">= 99%"
"#;
    let ran = Bench::with_plan(case).run(&[]).exits(1);
    let held: Vec<_> =
        ran.events("threshold").iter().map(|record| record["held"].clone()).collect();
    assert_eq!(held, [true, false]);
    ran.says("p95 of connect is not <= 10ms");
}

#[test]
fn cases_are_chosen_by_id_tag_and_share() {
    let cases: String = (1..=6)
        .map(|n| {
            let tag = if n % 2 == 0 { "even" } else { "odd" };
            format!("[[case]]\nid = \"C-{n}\"\ntitle = \"t\"\ntags = [\"{tag}\"]\nsteps = [{{ do = \"inspect\" }}]\n")
        })
        .collect();
    let bench = Bench::with_plan(&cases);
    let chosen = |arguments: &[&str]| {
        let mut all = vec!["run", "plan.toml", "--sim", "--dry-run"];
        all.extend(arguments);
        let ran = bench.bttest(&all).exits(0);
        ran.stdout
            .lines()
            .filter_map(|line| line.strip_prefix("C-")?.get(..1).map(str::to_owned))
            .collect::<String>()
    };
    assert_eq!(chosen(&["--case", "C-[2]", "--case", "C-4"]), "4");
    assert_eq!(chosen(&["--tag", "even and not odd"]), "246");
    let shares = [chosen(&["--shard", "1/2"]), chosen(&["--shard", "2/2"])].concat();
    assert_eq!(shares.len(), 6);
    bench.bttest(&["run", "plan.toml", "--sim", "--case", "X*"]).exits(5);
    bench.bttest(&["run", "plan.toml", "--sim", "--tag", "evne"]).exits(2).says("even");
}

#[test]
fn the_same_seed_gives_the_same_journal() {
    let fault =
        "[[device.fault]]\non = \"connect\"\nprobability = 0.3\nerror = \"aborted-by-remote\"\n";
    let bench = Bench::with_plan(CONNECT).scene(fault);
    let journal = |seed: &str| {
        let _ = std::fs::remove_dir_all(bench.path("run"));
        let ran = bench.run(&["--seed", seed, "--repeat", "40"]);
        ran.journal().split_off(1)
    };
    let first = journal("7");
    assert_eq!(first, journal("7"));
    assert_ne!(first, journal("8"));
}

#[test]
fn a_bluetoothd_that_dies_is_the_benchs_failure_and_the_run_goes_on() {
    let fault = "[[device.fault]]\non = \"connect\"\nnth = 2\ncrash = true\nfor = \"3s\"\n";
    let case = r#"
[[case]]
id = "CON-01"
title = "Connect"
repeat = 3
steps = [
  { do = "discover", device = "dut" },
  { do = "pair", device = "dut" },
  { do = "disconnect", device = "dut" },
  { do = "connect", device = "dut" },
]
"#;
    let ran = Bench::with_plan(case).scene(fault).run(&[]).exits(4);
    assert_eq!(ran.each("iteration-finished", "verdict"), ["pass", "inconclusive", "pass"]);
    assert_eq!(ran.each("bench", "change"), ["bluez-gone", "adapter-back", "bluez-back"]);
    assert_eq!(ran.events("case-finished")[0]["cause"]["kind"], "bluez-gone");
}

#[test]
fn steps_together_are_one_measure_and_fail_with_any_of_them() {
    let case = r#"
[sequence.again]
steps = [{ do = "disconnect", device = "dut" }, { do = "connect", device = "dut" }]
[[case]]
id = "A"
title = "reconnects"
repeat = 3
setup = [{ do = "discover", device = "dut" }, { do = "connect", device = "dut" }]
steps = [
  { do = "sequence", name = "again", measure = "again" },
  { do = "span", measure = "waits", steps = [{ do = "pause", for = "1s" }, { do = "pause", for = "2s" }] },
]
"#;
    let fault = "[[device.fault]]\non = \"connect\"\nnth = 4\nerror = \"aborted-by-remote\"\n";
    let ran = Bench::with_plan(case).scene(fault).run(&[]).exits(1);
    let told: Vec<_> = ran
        .events("measured")
        .iter()
        .map(|record| format!("{} {}", record["name"].as_str().unwrap(), record["ok"]))
        .collect();
    assert_eq!(told, ["again true", "waits true", "again false", "again true", "waits true"]);
    let waits = ran.events("measured").pop().unwrap();
    assert_eq!(waits["us"], 3_000_000);
    assert!(ran.each("step-started", "step").contains(&"steps/1/2".to_owned()));
}
