//! Below bluetoothd: `bttest mgmt`, the steps that speak with the kernel, and `--capture`, on the simulator.

use std::fs;

use serde_json::Value;

use crate::bench::{Bench, Ran};

/// `bttest mgmt` on the simulator.
fn mgmt(arguments: &[&str]) -> Ran {
    let all = [&["mgmt"], arguments, &["--sim"]].concat();
    Bench::new().bttest(&all)
}

#[test]
fn information_is_for_people_and_for_programs() {
    mgmt(&["info"]).exits(0).says("hci0  00:AA:01:00:00:42\n");
    let json = mgmt(&["info", "--json"]).exits(0);
    let info: Value = serde_json::from_str(&json.stdout).unwrap();
    assert_eq!(info["controller"], "hci0");
    assert!(info["current-settings"].as_array().unwrap().contains(&Value::from("powered")));
}

#[test]
fn a_command_is_sent_and_its_reply_shown() {
    let json = mgmt(&["set-bondable", "bondable=on", "--json"]).exits(0);
    let reply: Value = serde_json::from_str(&json.stdout).unwrap();
    assert!(reply["current-settings"].as_array().unwrap().contains(&Value::from("bondable")));
    let refused = mgmt(&["set-br-edr", "br-edr=off"]).exits(1);
    assert_eq!(refused.stdout, "");
    refused.says("the kernel answered Set BR/EDR with Rejected");
    let nobody = mgmt(&["read-controller-information", "-i", "hci7"]).exits(1);
    nobody.says("Invalid Index; `bttest mgmt info` lists");
}

#[test]
fn what_is_wrong_with_a_command_is_said_before_the_kernel_is_asked() {
    for (words, told) in [
        (&["set-powerd", "powered=on"][..], "did you mean `set-powered`?"),
        (&["set-powered"], "powered"),
        (&["set-powered", "power=on"], "powered"),
        (&["set-powered", "powered=loud"], "off or on"),
        (&["disconnect", "address=C0:DE", "address-type=le-random"], "an address such as"),
    ] {
        mgmt(words).exits(2).says(told);
    }
}

#[test]
fn commands_are_listed_with_what_they_take() {
    mgmt(&["commands"])
        .exits(0)
        .says("  0x0006  set-discoverable discoverable=… [timeout=…]\n")
        // The kernel of BlueZ 5.82 does not know it.
        .says("- 0x005c  load-connection-subrate")
        .says("  0x0012  device-found\n");
}

/// A bench with a plan of one case of these steps.
fn case(steps: &str) -> Bench {
    Bench::with_plan(&format!("[[case]]\nid = \"K-1\"\nsteps = [\n{steps}\n]\n")).scene("")
}

#[test]
fn the_plan_to_copy_passes_and_puts_the_controller_back() {
    let bench = Bench::new().file("plan.toml", fs::read("testplans/kernel.toml").unwrap());
    let ran = bench.run(&[]).exits(0);
    assert!(ran.each("restored", "what").contains(&"controller".to_owned()));
    let keys: Vec<Value> =
        ran.events("kernel").into_iter().filter(|e| e["what"] == "new-long-term-key").collect();
    assert!(!keys.is_empty() && keys.iter().all(|key| key["said"]["value"] == "[secret]"));
}

#[test]
fn an_event_that_does_not_come_tells_what_came_instead() {
    let steps = r#"
  { do = "discover", device = "dut" },
  { do = "connect", device = "dut" },
  { do = "mgmt", command = "Disconnect", device = "dut" },
  { do = "mgmt-wait", event = "device-disconnected", device = "dut", where = { reason = "timeout" }, within = "2s" },"#;
    case(steps)
        .run(&[])
        .exits(1)
        .says("the kernel did not tell Device Disconnected of dut within 2s (unmet)")
        .says("expected  reason = \"timeout\"")
        .says("seen      reason \"local-host\"")
        .says("kernel device-disconnected: reason local-host");
}

#[test]
fn a_refusal_is_a_failure_with_its_status_unless_it_is_meant() {
    let refused = r#"  { do = "mgmt", command = "Set BR/EDR", with = { br-edr = false } },"#;
    case(refused).run(&[]).exits(1).says("the kernel answered Set BR/EDR with Rejected (rejected)");
    let meant = refused.replace("} },", "}, status = \"rejected\" },");
    case(&meant).run(&[]).exits(0);
    let other = refused.replace("} },", "}, status = \"busy\" },");
    case(&other).run(&[]).exits(1);
}

#[test]
fn a_stuck_controller_is_reset_while_bluetoothd_hangs() {
    let hung = "[[incident]]\nwhat = \"hang\"\nat = \"2s\"\nfor = \"60s\"\n";
    let steps = r#"
  { do = "pause", for = "3s" },
  { do = "mgmt-expect", settings = { powered = true } },
  { do = "controller", reset = true },
  { do = "mgmt-expect", settings = { powered = true } },"#;
    let bench = case(steps).scene(hung);
    let ran = bench.run(&[]);
    let finished = ran.events("step-finished");
    assert_eq!(finished.iter().filter(|step| step["verdict"] == "pass").count(), 4, "{finished:?}");
}

#[test]
fn a_plan_that_asks_for_what_there_is_not_says_so_before_it_runs() {
    for (step, told) in [
        (r#"{ do = "mgmt", command = "Set Pwered" }"#, "did you mean `set-powered`?"),
        (r#"{ do = "mgmt", command = "Set Powered" }"#, "powered"),
        (r#"{ do = "mgmt", command = "Set Powered", with = { powered = 700 } }"#, "powered"),
        (
            r#"{ do = "mgmt", command = "Set Powered", with = { powered = true }, status = "bussy" }"#,
            "no status of the kernel",
        ),
        (
            r#"{ do = "mgmt", command = "Set Powered", with = { powered = true }, device = "dut" }"#,
            "is about no device",
        ),
        (
            r#"{ do = "mgmt-wait", event = "Device Disconnected", where = { reason = "lost" } }"#,
            "`reason` is never `lost`",
        ),
        (
            r#"{ do = "mgmt-wait", event = "Device Disconnected", where = { resaon = 1 } }"#,
            "did you mean `reason`?",
        ),
        (r#"{ do = "mgmt-expect", settings = { lee = true } }"#, "did you mean `le`?"),
        (
            r#"{ do = "mgmt-expect", command = "Get PHY Configuration" }"#,
            "`command` and `reply` go together",
        ),
        (r#"{ do = "controller" }"#, "nothing is to be set"),
        (r#"{ do = "controller", le = false, bredr = false }"#, "LE, BR/EDR or both"),
        (r#"{ do = "controller", phys = ["le-3m-tx"] }"#, "is no PHY"),
    ] {
        let bench = case(&format!("  {step},"));
        bench.bttest(&["check", "plan.toml"]).exits(2).says(told).says("plan.toml:");
    }
}

#[test]
fn what_the_controller_cannot_have_skips_a_case() {
    let plan = r#"
[[case]]
id = "K-1"
requires = { kernel-settings = ["high-speed", "le"] }
steps = [{ do = "mgmt-expect", settings = { powered = true } }]
"#;
    let ran = Bench::with_plan(plan).scene("").run(&[]);
    ran.says("the controller cannot have high-speed");
}

#[test]
fn the_simulator_has_no_hci_to_capture() {
    let bench = case(r#"  { do = "pause", for = "1s" },"#);
    bench.run(&["--capture"]).exits(2).says("--capture");
}
