//! The bench is put back as it was found.

use crate::bench::Bench;

/// The last value that the journal tells of a property of the adapter.
fn last(ran: &crate::bench::Ran, property: &str) -> Option<serde_json::Value> {
    let changes = ran.events("changed").into_iter();
    changes
        .filter(|record| record["property"] == property)
        .map(|record| record["value"].clone())
        .next_back()
}

#[test]
fn a_bond_is_forgotten_after_the_case_and_kept_where_the_plan_says_so() {
    let cases = |keep: &str| {
        format!(
            "[[case]]\nid = \"A\"\ntitle = \"pairs\"\n{keep}\nsteps = [{{ do = \"discover\", device = \"dut\" }}, {{ do = \"pair\", device = \"dut\" }}]\n\
             [[case]]\nid = \"B\"\ntitle = \"is paired\"\nsteps = [{{ do = \"expect\", device = \"dut\", property = \"Paired\", equals = true }}]\n"
        )
    };
    let ran = Bench::with_plan(&cases("")).run(&[]).exits(1);
    assert_eq!(ran.each("case-finished", "verdict"), ["pass", "fail"]);
    let ran = Bench::with_plan(&cases("keep = { bonds = true }")).run(&[]).exits(0);
    // Kept for the next case, and forgotten when the run ends.
    assert_eq!(ran.events("restored").len(), 1, "{:?}", ran.events("restored"));
    assert_eq!(ran.events("vanished").len(), 1);
}

#[test]
fn power_alias_and_discoverable_come_back() {
    let case = r#"
[[case]]
id = "A"
title = "changes the adapter"
steps = [
  { do = "adapter", alias = "Mine", discoverable = true },
  { do = "power", on = false },
]
"#;
    let ran = Bench::with_plan(case).run(&[]).exits(0);
    assert_eq!(last(&ran, "Powered"), Some(true.into()));
    assert_eq!(last(&ran, "Alias"), Some("bench".into()));
    assert_eq!(last(&ran, "Discoverable"), Some(false.into()));
}

#[test]
fn an_adapter_that_was_off_is_off_again() {
    let case =
        "[[case]]\nid = \"A\"\ntitle = \"t\"\nsteps = [{ do = \"discover\", device = \"dut\" }]\n";
    let bench = Bench::with_plan(case).scene("[[adapter]]\npowered = false\n");
    let ran = bench.run(&[]).exits(0);
    assert_eq!(last(&ran, "Powered"), Some(false.into()));
}

#[test]
fn a_device_of_before_the_run_keeps_its_bond_and_loses_what_the_run_added() {
    let case = r#"
[[case]]
id = "A"
title = "connects what was paired"
steps = [{ do = "trust", device = "dut" }, { do = "connect", device = "dut" }]
"#;
    let ran = Bench::with_plan(case).scene("paired = true\nbonded = true\n").run(&[]).exits(0);
    assert_eq!(last(&ran, "Trusted"), Some(false.into()));
    assert_eq!(last(&ran, "Connected"), Some(false.into()));
    assert!(ran.events("vanished").is_empty());
}

#[test]
fn what_could_not_be_put_back_while_bluetoothd_was_away_is_put_back_at_the_end() {
    let fault = "[[device.fault]]\non = \"connect\"\nevery = 1\ncrash = true\nfor = \"15s\"\n";
    let case = r#"
[[case]]
id = "A"
title = "loses bluetoothd for longer than an attempt waits"
steps = [
  { do = "discover", device = "dut" },
  { do = "pair", device = "dut" },
  { do = "disconnect", device = "dut" },
  { do = "connect", device = "dut" },
]
"#;
    let ran = Bench::with_plan(case).scene(fault).run(&[]).exits(4);
    let restored = ran.each("restored", "what");
    assert_eq!(restored, ["device /org/bluez/hci0/dev_C0_DE_00_00_00_01"]);
    assert_eq!(ran.events("restored")[0].get("error"), None);
    // Nor does any report say that it was not.
    assert!(!ran.stdout.contains("not put back") && !ran.junit().contains("not-restored"));
}
