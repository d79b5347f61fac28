//! `[recovery]`: rungs, their limits, and that nothing of them counts.

use crate::bench::{Bench, Ran};

/// A plan of one case that connects a paired device, with a policy.
fn plan(recovery: &str, repeat: u32) -> Bench {
    let plan = format!(
        "[recovery]\n{recovery}\n[device.dut]\nname = \"Thing\"\n[device.dut.control]\nreset = \"echo reset\"\n\
         [[case]]\nid = \"A\"\nrepeat = {repeat}\nkeep = {{ bonds = true }}\nsteps = [\n\
         {{ do = \"connect\", device = \"dut\", measure = \"connect\" }},\n\
         {{ do = \"disconnect\", device = \"dut\" }},\n]\n"
    );
    Bench::new().file("plan.toml", plan)
}

const PAIRED: &str = "paired = true\nbonded = true\n";

fn failing(nth: &str) -> String {
    format!("{PAIRED}[[device.fault]]\non = \"connect\"\n{nth}\nerror = \"aborted-by-remote\"\n")
}

fn rungs(ran: &Ran) -> Vec<String> {
    ran.each("recovered", "rung")
}

#[test]
fn each_further_failure_takes_the_next_rung_and_a_pass_starts_over() {
    let policy = "after = 2\nrungs = [\"wait\", \"power-cycle\"]";
    let scene = failing("nth = [2, 3, 4, 5, 7, 8]");
    let ran = plan(policy, 10).scene(&scene).run(&[]).exits(1);
    assert_eq!(rungs(&ran), ["wait", "power-cycle", "power-cycle", "wait"]);
    assert_eq!(ran.each("recovered", "because"), ["aborted-by-remote"; 4]);
    let iterations: Vec<_> =
        ran.events("recovered").iter().map(|r| r.get("iteration").cloned()).collect();
    assert_eq!(iterations, [None, None, None, None], "recovery is part of an iteration");
    // The power was cycled, and is on at the end.
    let powered =
        ran.events("changed").into_iter().filter(|record| record["property"] == "Powered");
    let powered: Vec<_> = powered.map(|record| record["value"].clone()).collect();
    assert_eq!(powered, [false, true, false, true]);
    assert_eq!(ran.each("bench", "change"), Vec::<String>::new(), "it was no fault of the bench");
}

#[test]
fn nothing_of_recovery_is_measured_and_its_bond_lasts_until_the_run_ends() {
    let policy = r#"
rungs = ["forget"]
repair = [
  { do = "discover", device = "dut" },
  { do = "pair", device = "dut", measure = "connect" },
  { do = "connect", device = "dut", if-needed = true, measure = "connect" },
]
"#;
    let ran = plan(policy, 3).scene(&failing("nth = 1")).run(&[]).exits(1);
    assert_eq!(rungs(&ran), ["forget", "repair"]);
    assert!(ran.events("recovered").iter().all(|record| record.get("error").is_none()));
    let measured = ran.events("measured");
    assert!(measured.iter().all(|record| record.get("iteration").is_some()), "{measured:?}");
    let verdicts = ran.each("iteration-finished", "verdict");
    assert_eq!(verdicts.first().map(String::as_str), Some("fail"));
    assert_eq!(ran.events("iteration-summed").len() + verdicts.len(), 3);
    // Forgotten once, by recovery: the device was paired before the run, and is again.
    assert_eq!(ran.events("vanished").len(), 1);
}

#[test]
fn a_rung_that_does_not_help_is_told_and_the_run_goes_on_to_its_limit() {
    let policy = "rungs = [\"forget\"]\nlimit = 3\nrepair = [{ do = \"discover\", device = \"dut\", within = \"2s\" }]";
    let ran = plan(policy, 50).scene(&failing("every = 1")).run(&[]).exits(1);
    assert_eq!(rungs(&ran), ["forget", "repair", "forget", "repair", "forget", "repair"]);
    assert_eq!(ran.events("iteration-finished").len(), 4, "{}", ran.stdout);
}

/// `repair` belongs to `forget`, and a rung for two devices is one use: what the limit counts is what
/// everything tells.
#[test]
fn one_use_of_a_rung_counts_once_everywhere() {
    let plan = r#"
[recovery]
rungs = ["forget"]
limit = 3
repair = [{ do = "discover", device = "dut", within = "2s" }]
[device.dut]
name = "Thing"
[device.other]
name = "Other"
[[case]]
id = "A"
repeat = 50
steps = [
  { do = "connect", device = "dut" },
  { do = "connect", device = "other" },
]
[[case]]
id = "B"
steps = [{ do = "inspect" }]
"#;
    let bench = Bench::new().file("plan.toml", plan).scene("");
    let ran = bench.run(&["--html", "run.html"]).exits(1);
    let further: Vec<bool> =
        ran.events("recovered").iter().map(|r| r.get("further").is_some()).collect();
    assert_eq!(rungs(&ran)[..3], ["forget", "forget", "repair"]);
    assert_eq!(further, [false, true, true].repeat(3));
    let cause = &ran.events("case-finished")[1]["cause"]["message"];
    assert!(cause.as_str().unwrap().contains("recovered 3 times"), "{cause}");
    let junit = ran.junit();
    assert!(junit.contains("<property name=\"recovered.forget\" value=\"3\"/>"), "{junit}");
    assert!(!junit.contains("recovered.repair"), "{junit}");
    let html = std::fs::read_to_string(bench.path("run.html")).unwrap();
    assert!(html.contains("recovered 3 times") && html.contains("forget 3×"), "{html}");
    ran.says("recovered: forget 3 times");
}

#[test]
fn the_runs_end_by_the_limit_is_inconclusive_for_what_is_left() {
    let bench = plan("rungs = [\"wait\"]\nlimit = 1", 5).scene(&failing("every = 1"));
    let text = std::fs::read_to_string(bench.path("plan.toml")).unwrap();
    let more = "[[case]]\nid = \"B\"\nsteps = [{ do = \"inspect\" }]\n";
    let ran = bench.file("plan.toml", text + more).run(&[]).exits(1);
    assert_eq!(ran.each("case-finished", "verdict"), ["fail", "inconclusive"]);
    assert_eq!(ran.events("case-finished")[1]["cause"]["kind"], "recovery-limit");
    assert_eq!(rungs(&ran), ["wait"]);
}

#[test]
fn rungs_that_run_commands_need_leave_and_are_told() {
    let policy = "rungs = [\"reset\", \"restart-bluez\"]\nrestart-bluez = \"echo restarted\"";
    let bench = plan(policy, 3).scene(&failing("nth = [1, 2]"));
    bench.run(&[]).exits(2).says("recovery reset").says("--allow-exec");
    let ran = bench.run(&["--allow-exec"]).exits(1);
    assert_eq!(rungs(&ran), ["reset", "restart-bluez"]);
    assert_eq!(ran.each("recovered", "device"), ["dut", ""]);
    assert_eq!(ran.each("commanded", "output"), ["reset\n", "restarted\n"]);
}

#[test]
fn a_policy_that_cannot_work_is_refused() {
    for (policy, says) in [
        ("rungs = [\"restart-bluez\"]", "has no command"),
        ("rungs = []", "does nothing"),
        ("after = 2", "needs `rungs`"),
        ("rungs = [\"power-cycel\"]", "did you mean `power-cycle`?"),
        (
            "rungs = [\"wait\"]\nrepair = [{ do = \"inspect\" }]",
            "`repair` is for the rung `forget`",
        ),
        ("rungs = [\"wait\"]\nrestart-bluez = \"true\"", "is for the rung `restart-bluez`"),
        (
            "rungs = [\"forget\"]\nrepair = [{ do = \"pair\", device = \"dtu\" }]",
            "did you mean `dut`?",
        ),
        ("rungs = [\"wait\"]\nlimit = 0", "write 1 or more"),
    ] {
        plan(policy, 1).bttest(&["check", "plan.toml"]).exits(2).says(says);
    }
    let plan = "[recovery]\nrungs = [\"reset\"]\n[device.dut]\nname = \"x\"\n[[case]]\nid = \"A\"\nsteps = [{ do = \"forget\", device = \"dut\" }]\n";
    Bench::new()
        .file("plan.toml", plan)
        .bttest(&["check", "plan.toml"])
        .exits(2)
        .says("no device has the command that the rung `reset` runs");
}
