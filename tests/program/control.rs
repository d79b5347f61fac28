//! Commands of the bench: run only where somebody allowed it, bounded, and told.

use crate::bench::Bench;

/// A plan whose device has these commands, and a case with these steps.
fn plan(control: &str, steps: &str) -> Bench {
    let plan = format!(
        "[device.dut]\nname = \"Thing\"\n[device.dut.control]\n{control}\n\
         [[case]]\nid = \"A\"\ntitle = \"t\"\nrepeat = 2\nsteps = [\n{steps}\n]\n"
    );
    Bench::new().file("plan.toml", plan)
}

const POWER_OFF: &str = r#"{ do = "control", device = "dut", command = "power-off" },"#;

#[test]
fn nothing_is_started_until_somebody_allows_commands() {
    let bench = plan("power-off = \"touch ran\"", POWER_OFF);
    let ran = bench.run(&[]).exits(2).says("--allow-exec").says("plan.toml:10:1");
    assert!(ran.stderr.contains("control dut power-off"), "{}", ran.stderr);
    assert!(!bench.path("ran").exists() && !bench.path("run").exists());
    bench.run(&["--allow-exec"]).exits(0);
    assert!(bench.path("ran").exists());
    // A plan that only has commands, and uses none, needs no leave.
    plan("power-off = \"touch ran\"", "{ do = \"inspect\" },").run(&[]).exits(0);
}

#[test]
fn a_command_and_its_output_are_in_the_journal() {
    let steps = format!("{{ do = \"discover\", device = \"dut\" }},\n{POWER_OFF}");
    let command = r#"power-off = "echo $BTTEST_DEVICE $BTTEST_COMMAND $BTTEST_ADDRESS""#;
    let ran = plan(command, &steps).scene("").run(&["--allow-exec"]).exits(0);
    assert_eq!(ran.each("commanded", "output"), ["dut power-off C0:DE:00:00:00:01\n"; 2]);
    let first = &ran.events("commanded")[0];
    assert_eq!((&first["status"], &first["iteration"]), (&0.into(), &1.into()));
}

#[test]
fn a_command_that_fails_is_the_benchs_failure() {
    for (command, message) in [
        ("power-off = \"echo no relay >&2; exit 3\"", "ended with status 3"),
        ("power-off = [\"/no/such/relay\"]", "cannot run \\\"/no/such/relay\\\""),
        ("power-off = { run = \"sleep 60\", timeout = \"200ms\" }", "did not end within 200ms"),
    ] {
        let ran = plan(command, POWER_OFF).run(&["--allow-exec"]).exits(4);
        assert_eq!(ran.each("iteration-finished", "verdict"), ["inconclusive"; 2]);
        let cause = ran.events("case-finished")[0]["cause"].clone();
        assert_eq!(cause["kind"], "control-failed");
        let told = cause.to_string();
        assert!(told.contains(message), "{message} is not in {told}");
    }
}

#[test]
fn a_command_that_is_not_defined_is_an_error_that_names_the_nearest() {
    let steps = r#"{ do = "control", device = "dut", command = "power-of" },"#;
    plan("power-off = \"true\"\nreset = \"true\"", steps)
        .bttest(&["check", "plan.toml"])
        .exits(2)
        .says("did you mean `power-off`?")
        .says("`power-off` and `reset`");
    let none = "[device.dut]\nname = \"x\"\n[[case]]\nid = \"A\"\nsteps = [\n{ do = \"control\", device = \"dut\", command = \"reset\" }]\n";
    Bench::new()
        .file("plan.toml", none)
        .bttest(&["check", "plan.toml"])
        .exits(2)
        .says("[device.dut.control]");
    plan("Power_Off = \"true\"\nreset = { runn = \"x\" }", "{ do = \"inspect\" },")
        .bttest(&["check", "plan.toml"])
        .exits(2)
        .says("`Power_Off` cannot name a command")
        .says("runn");
}

/// The hint is to be copied: it must run what the plan runs.
#[test]
fn the_command_of_a_hint_can_be_copied_into_a_shell() {
    let command = r#"power-off = "echo start; printf '%s\\n' \"it's\"; exit 3""#;
    let ran = plan(command, POWER_OFF).run(&["--allow-exec"]).exits(4);
    let hint = ran.events("case-finished")[0]["cause"]["hint"].as_str().unwrap().to_owned();
    let typed = hint.strip_prefix("run it by hand: ").unwrap().split("; it may take").next();
    let by_hand = std::process::Command::new("sh").args(["-c", typed.unwrap()]).output().unwrap();
    assert_eq!(by_hand.status.code(), Some(3), "{hint}");
    assert_eq!(String::from_utf8_lossy(&by_hand.stdout), "start\nit's\n", "{hint}");
}

#[test]
fn secrets_and_escapes_in_output_reach_nobody() {
    let plan = r#"
[vars]
pin = { value = "hush-4711", secret = true }
[device.dut]
name = "Thing"
[device.dut.control]
press-button = "printf '\\033[31m%s\\n' ${pin}; printf %s x:${pin} | base64; exit 1"
[[case]]
id = "A"
steps = [{ do = "control", device = "dut", command = "press-button" }]
"#;
    let bench = Bench::new().file("plan.toml", plan);
    let ran = bench.run(&["--allow-exec", "-v"]).exits(4);
    let journal = std::fs::read_to_string(bench.path("run/journal.jsonl")).unwrap();
    for text in [&ran.stdout, &ran.stderr, &ran.junit(), &journal] {
        assert!(
            !text.contains("hush-4711")
                && !text.contains("aHVzaC00NzEx")
                && !text.contains("1c2gtNDcx")
                && !text.contains("odXNoLTQ3MT")
                && !text.contains('\u{1b}'),
            "{text}"
        );
    }
    assert!(journal.contains("[secret]"), "{journal}");
}
