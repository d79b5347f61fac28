//! Steps at the same time: on two adapters, with what happens told of the branch that it belongs to.

use serde_json::Value;

use crate::bench::{Bench, Ran};

const SCENE: &str = r#"
[[adapter]]
[[adapter]]
powered = false
[[device]]
name = "One"
address = "C0:DE:00:00:00:01"
address-type = "random"
[[device]]
name = "Two"
address = "C0:DE:00:00:00:02"
address-type = "random"
adapter = "hci1"
"#;

const HEAD: &str = r#"
[adapter]
select = "hci0"
[device.one]
name = "One"
[device.two]
name = "Two"
adapter = "hci1"
"#;

fn bench(steps: &str) -> Bench {
    let case = format!("[[case]]\nid = \"A\"\ntitle = \"t\"\nsteps = [\n{steps}\n]\n");
    Bench::new().file("scene.toml", SCENE).file("plan.toml", format!("{HEAD}{case}"))
}

const BOTH: &str = r#"{ do = "parallel", measure = "both", branches = [
    [{ do = "discover", device = "one" }, { do = "connect", device = "one", services = true }, { do = "pause", for = "3s" }],
    [{ do = "discover", device = "two" }, { do = "connect", device = "two", services = true },
     { do = "repeat", times = 2, steps = [{ do = "disconnect", device = "two" }, { do = "connect", device = "two" }] }],
  ] }"#;

fn of_step<'r>(records: &'r [Value], step: &str) -> Vec<&'r Value> {
    records.iter().filter(|record| record["step"].as_str() == Some(step)).collect()
}

fn text(record: &Value, pointer: &str) -> String {
    record.pointer(pointer).and_then(Value::as_str).unwrap_or_default().to_owned()
}

#[test]
fn branches_run_at_the_same_time_each_on_its_adapter() {
    let ran = bench(BOTH).run(&[]).exits(0);
    let steps = ran.each("step-finished", "step");
    let all = [
        "steps/1.a/1",
        "steps/1.a/2",
        "steps/1.a/3",
        "steps/1.b/1",
        "steps/1.b/2",
        "steps/1.b/3.1/1",
        "steps/1.b/3.1/2",
        "steps/1.b/3.2/1",
        "steps/1.b/3.2/2",
    ];
    let mut sorted = steps.clone();
    sorted.sort();
    assert_eq!(sorted, all);
    // One does not wait for the other: the sum of all is far more than the whole.
    assert_ne!(steps, sorted);
    let sum: u64 = ran.events("step-finished").iter().map(|s| s["took_us"].as_u64().unwrap()).sum();
    let whole = ran.events("measured")[0]["us"].as_u64().unwrap();
    assert!(whole < sum * 7 / 10, "{whole} of {sum}");
    // What changes belongs to the branch whose device, or whose adapter, it is about.
    let journal = ran.journal();
    let changes = journal.iter().filter(|record| record["event"] == "changed");
    let mut seen = 0;
    for change in changes.filter(|change| change["step"].is_string()) {
        let (name, step) = (text(change, "/object/name"), text(change, "/step"));
        let branch =
            if matches!(name.as_str(), "one" | "hci0") { "steps/1.a/" } else { "steps/1.b/" };
        assert!(step.starts_with(branch), "{change}");
        seen += 1;
    }
    assert!(seen > 8, "{seen}");
    let ready = &ran.events("bench-ready")[0];
    assert_eq!(ready["further"][0]["adapter"], "hci1");
    // The second adapter was off; it is again, and nobody has a device.
    let put_back = ran.each("restored", "what");
    assert!(put_back.iter().any(|what| what.ends_with("of hci1")), "{put_back:?}");
    assert!(ran.junit().contains("tests=\"1\""));
}

#[test]
fn the_first_failure_ends_the_other_branch_and_both_are_told() {
    let steps = r#"{ do = "parallel", branches = [
        [{ do = "discover", device = "one" }, { do = "pause", for = "10m" }, { do = "inspect" }],
        [{ do = "discover", device = "two" }, { do = "expect", device = "two", property = "Connected", equals = true }],
      ] },
      { do = "inspect" }"#;
    let ran = bench(steps).run(&["--html", "report.html"]).exits(1);
    let finished = ran.events("step-finished");
    let verdicts: Vec<(String, String)> =
        finished.iter().map(|step| (text(step, "/step"), text(step, "/verdict"))).collect();
    let told = |step: &str, verdict: &str| (step.to_owned(), verdict.to_owned());
    assert!(verdicts.contains(&told("steps/1.b/2", "fail")), "{verdicts:?}");
    assert!(verdicts.contains(&told("steps/1.a/2", "skip")), "{verdicts:?}");
    assert!(!verdicts.iter().any(|(step, _)| step == "steps/1.a/3" || step == "steps/2"));
    let cut = finished.iter().find(|step| text(step, "/step") == "steps/1.a/2").unwrap();
    assert_eq!(text(cut, "/cause/kind"), "cancelled");
    let whole = &ran.events("case-finished")[0];
    assert!(whole["took_us"].as_u64().unwrap() < 60_000_000, "{whole}");
    assert_eq!(text(whole, "/cause/step"), "expect two Connected = true");
    assert_eq!(scanning_left(&ran), 0);
}

/// How many adapters still look for devices at the end of the journal.
fn scanning_left(ran: &Ran) -> usize {
    let mut scanning = std::collections::BTreeSet::new();
    for change in ran.events("changed") {
        if change["property"] == "Discovering" {
            let path = text(&change, "/object/path");
            match change["value"] == true {
                true => scanning.insert(path),
                false => scanning.remove(&path),
            };
        }
    }
    scanning.len()
}

#[test]
fn what_one_branch_has_begun_is_ended_with_it() {
    let steps = r#"{ do = "parallel", branches = [
        [{ do = "discover", name = "Nobody", absent = true, within = "5m" }],
        [{ do = "discover", device = "two" }, { do = "expect", device = "two", property = "Connected", equals = true }],
      ] }"#;
    let ran = bench(steps).run(&[]).exits(1);
    assert_eq!(scanning_left(&ran), 0);
    // On one adapter, discoveries take turns.
    let steps = r#"{ do = "parallel", branches = [
        [{ do = "discover", device = "one" }, { do = "connect", device = "one" }],
        [{ do = "scan", for = "1s" }, { do = "scan", for = "1s" }],
      ] }"#;
    let ran = bench(steps).run(&[]).exits(0);
    assert_eq!(scanning_left(&ran), 0);
}

#[test]
fn a_plan_that_cannot_run_side_by_side_is_told() {
    for (steps, says) in [
        (r#"{ do = "parallel", branches = [[{ do = "inspect" }]] }"#, "2 to 8 lists of steps"),
        (r#"{ do = "parallel", branches = [[{ do = "inspect" }], []] }"#, "is empty"),
        (
            r#"{ do = "parallel", branches = [[{ do = "inspect" }], [{ do = "inspekt" }]] }"#,
            "inspekt",
        ),
        (r#"{ do = "parallel" }"#, "`branches`"),
        (r#"{ do = "parallel", steps = [{ do = "inspect" }] }"#, "`steps`"),
    ] {
        bench(steps).bttest(&["check", "plan.toml"]).exits(2).says(says);
    }
    let ran = bench(r#"{ do = "discover", devices = ["one", "two"] }"#).run(&[]).exits(4);
    assert_eq!(text(&ran.events("step-finished")[0], "/cause/kind"), "several-adapters");
    let plan = HEAD.replace("hci1", "hci7")
        + "[[case]]\nid = \"A\"\ntitle = \"t\"\nsteps = [{ do = \"inspect\" }]\n";
    let bench = Bench::new().file("scene.toml", SCENE).file("plan.toml", plan);
    bench.run(&[]).exits(3).says("there is no adapter `hci7`").says("[device.two]");
}

#[test]
fn a_branch_within_a_branch() {
    let steps = r#"{ do = "parallel", branches = [
        [{ do = "parallel", branches = [[{ do = "pause", for = "1s" }], [{ do = "pause", for = "2s" }]] }],
        [{ do = "discover", device = "two" }],
      ] }"#;
    let ran = bench(steps).run(&[]).exits(0);
    let mut steps = ran.each("step-finished", "step");
    steps.sort();
    assert_eq!(steps, ["steps/1.a/1.a/1", "steps/1.a/1.b/1", "steps/1.b/1"]);
    assert!(!of_step(&ran.journal(), "steps/1.b/1").is_empty());
}

#[test]
fn well_behaved_devices_stand_on_the_adapters_that_a_plan_names() {
    let plan = std::fs::read_to_string("testplans/two-adapters.toml").unwrap();
    let bench = Bench::new().file("plan.toml", plan);
    bench.run(&[]).exits(0);
    bench
        .bttest(&["run", "plan.toml", "--sim", "--set", "other-adapter=00:AA:01:00:00:77"])
        .exits(0);
}
