//! Pairing with what a person at the bench would see and type: answers from the plan, from files and from
//! commands, the association model, and pairings that must fail.

use crate::bench::{Bench, Ran};

/// A plan that finds the device and pairs with it so, whose device has these commands.
fn pairs(pair: &str, control: &str) -> Bench {
    Bench::new().file(
        "plan.toml",
        format!(
            "[vars]\npasskey = {{ env = \"PASSKEY\", value = \"481516\", secret = true }}\n\
             [device.dut]\nname = \"Thing\"\n[device.dut.control]\n{control}\n\
             [[case]]\nid = \"A\"\nsteps = [\n\
             {{ do = \"discover\", device = \"dut\" }},\n\
             {{ do = \"pair\", device = \"dut\", {pair} }},\n]\n"
        ),
    )
}

/// What the agent was asked and what it answered.
fn asked(ran: &Ran) -> Vec<String> {
    let told = ran.each("agent-asked", "method").into_iter().zip(ran.each("agent-asked", "answer"));
    told.map(|(method, answer)| format!("{method} {answer}").trim().to_owned()).collect()
}

/// Fails if a number is anywhere in what a run has left or said.
#[track_caller]
fn hides(ran: &Ran, number: &str) {
    for text in
        [format!("{:?}", ran.journal()), ran.junit(), ran.stdout.clone(), ran.stderr.clone()]
    {
        assert!(!text.contains(number), "{number} is in\n{text}");
    }
}

const SHOWS: &str = "io-capability = \"DisplayOnly\"\npasskey = 481516\n";

#[test]
fn a_passkey_comes_from_the_plan_a_variable_a_file_or_a_command() {
    for (passkey, control) in [
        ("481516", ""),
        ("\"${passkey}\"", ""),
        ("{ file = \"passkey.txt\" }", ""),
        ("{ command = \"read\" }", "read = \"echo the device shows; cat passkey.txt\""),
    ] {
        let pair = format!("agent = \"KeyboardOnly\", passkey = {passkey}");
        let bench = pairs(&pair, control).scene(SHOWS).file("passkey.txt", "481516\n");
        let ran = bench.run(&["--allow-exec", "-v"]).exits(0);
        assert_eq!(asked(&ran), ["RequestPasskey typed"], "{passkey}");
        hides(&ran, "481516");
    }
}

#[test]
fn a_pin_is_typed_where_an_old_device_wants_one() {
    let old = "[[device]]\nname = \"Thing\"\ntransport = \"bredr\"\npin = \"4815\"\n";
    for (pin, code) in [("\"4815\"", 0), ("{ file = \"pin\" }", 0), ("\"1623\"", 1)] {
        let bench = pairs(&format!("agent = \"KeyboardDisplay\", pin = {pin}"), "");
        let ran = bench.file("scene.toml", old).file("pin", "4815").run(&[]).exits(code);
        assert_eq!(asked(&ran)[0], "RequestPinCode typed");
    }
}

#[test]
fn what_cannot_be_read_is_the_benchs_failure_and_no_answer() {
    for (passkey, says) in [
        ("{ file = \"none\" }", "no passkey in none"),
        ("{ file = \".\" }", "it is no ordinary file"),
        ("{ file = \"wrong\" }", "what the bench gave for a passkey is none"),
        ("{ command = \"read\" }", "ended with status 7"),
    ] {
        let pair = format!("agent = \"KeyboardOnly\", passkey = {passkey}");
        let bench = pairs(&pair, "read = \"echo 1623; exit 7\"").scene(SHOWS);
        let ran = bench.file("wrong", "16 23 42").run(&["--allow-exec"]).exits(4);
        assert_eq!(asked(&ran)[0], "RequestPasskey no answer in the plan", "{passkey}");
        let cause = ran.events("case-finished")[0]["cause"].to_string();
        assert!(cause.contains(says), "{says} is not in {cause}");
        hides(&ran, "16 23");
    }
}

#[test]
fn commands_of_a_pairing_are_run_only_where_somebody_allowed_it() {
    for pair in [
        "passkey = { command = \"ask\" }",
        "pin = { command = \"ask\" }",
        "when-asked = \"ask\"",
        "initiator = \"device\", start = \"ask\"",
    ] {
        pairs(pair, "ask = \"touch ran\"").run(&[]).exits(2).says("--allow-exec");
    }
    pairs("passkey = { command = \"aks\" }", "ask = \"true\"")
        .bttest(&["check", "plan.toml"])
        .exits(2)
        .says("did you mean `ask`?");
}

#[test]
fn what_bluez_shows_reaches_the_devices_user_and_nobody_else() {
    let types = "io-capability = \"KeyboardOnly\"\npasskey = 481516\n";
    let bench = pairs(
        "agent = \"DisplayOnly\", when-asked = \"type\"",
        "type = \"echo type $BTTEST_PASSKEY; echo $BTTEST_PASSKEY >typed\"",
    );
    let ran = bench.scene(types).run(&["--allow-exec", "-v"]).exits(0);
    assert_eq!(asked(&ran), ["DisplayPasskey shown"]);
    assert_eq!(std::fs::read_to_string(ran.path("typed")).unwrap(), "481516\n");
    assert_eq!(ran.each("commanded", "output"), ["type [secret]\n"]);
    hides(&ran, "481516");
}

#[test]
fn another_model_than_the_plan_says_is_told_with_both() {
    let bench = pairs("agent = \"DisplayYesNo\", device-io-capability = \"KeyboardDisplay\"", "");
    let ran = bench.scene("io-capability = \"DisplayOnly\"\n").run(&[]).exits(1);
    let cause = ran.events("case-finished")[0]["cause"].clone();
    assert_eq!(cause["kind"], "unmet");
    assert_eq!(cause["expected"], "numeric comparison (RequestConfirmation)");
    assert_eq!(cause["seen"], "just works, nothing to compare or type");
}

#[test]
fn the_whole_table_passes_and_a_legacy_device_is_not_taken_for_a_newer_one() {
    let plan = include_str!("../../testplans/pairing.toml");
    let scene = include_str!("../../fixtures/scenes/pairing.toml");
    let bench = Bench::new().file("plan.toml", plan).file("scene.toml", scene);
    let ran = bench.run(&["--allow-exec"]).exits(0);
    let models = |ran: &Ran| {
        let ids = ran.each("case-finished", "case");
        ids.iter().filter(|id| id.starts_with("MODEL-01")).count()
    };
    assert_eq!(models(&ran), 25);
    hides(&ran, "123456");
    let legacy = scene.replace("flags = 6\n", "flags = 6\nsecure-connections = false\n");
    let of_legacy = || Bench::new().file("plan.toml", plan).file("scene.toml", &legacy);
    let case = ["--allow-exec", "--case", "MODEL-*"];
    let ran = of_legacy().run(&[&case[..], &["--set", "secure-connections=false"]].concat());
    assert_eq!(models(&ran.exits(0)), 25);
    // Where numbers would be compared, and one where both can do both.
    let ran = of_legacy().run(&case).exits(1);
    let failed = ran.each("case-finished", "verdict").iter().filter(|v| *v == "fail").count();
    assert_eq!(failed, 4);
}

#[test]
fn a_pairing_that_nobody_ends_is_ended_by_the_plan_or_the_device() {
    let compares = "io-capability = \"DisplayYesNo\"\n";
    for (more, took) in [("cancel-after = \"3s\"", 3), ("cancel-after = \"40s\"", 30)] {
        let pair = format!(
            "agent = \"DisplayYesNo\", confirm = \"silent\", {more}, expect-error = \"authentication-canceled\", measure = \"pair\""
        );
        let ran = pairs(&pair, "").scene(compares).run(&[]).exits(0);
        assert_eq!(asked(&ran), ["RequestConfirmation no answer", "Cancel"]);
        let us = ran.events("measured")[0]["us"].as_u64().unwrap();
        assert!((took..took + 2).contains(&(us / 1_000_000)), "{more}: {us}");
    }
}

/// On the clock of the wall, because the simulator's own stands still while a command works.
#[test]
fn a_device_that_leaves_while_a_command_works_ends_both() {
    let leaves =
        "io-capability = \"DisplayOnly\"\n[[device.fault]]\non = \"pair\"\ndrops-after = \"1s\"\n";
    let pair = "agent = \"KeyboardOnly\", passkey = { command = \"ask\" }, expect-error = \"authentication-canceled\"";
    let start = std::time::Instant::now();
    let bench = pairs(pair, "ask = \"sleep 25; echo 7\"").scene(leaves);
    let ran = bench.run(&["--allow-exec", "--sim-clock", "real"]).exits(0);
    assert!(start.elapsed().as_secs() < 20, "{:?}", start.elapsed());
    assert_eq!(asked(&ran), ["Cancel", "RequestPasskey withdrawn"]);
    assert_eq!(ran.events("commanded")[0]["error"], "it was cut off");
}

#[test]
fn wrong_answers_are_found_before_anything_runs_and_are_not_told() {
    for (pair, says) in [
        ("passkey = 4815162", "at most six digits"),
        ("passkey = \"48151x\"", "at most six digits"),
        ("pin = \"48151623424815162342\"", "1 to 16 bytes"),
        ("confirm = \"never\"", "\"silent\""),
        ("agent = \"Keyboard\"", "KeyboardOnly"),
        ("start = \"ask\"", "initiator"),
        ("initiator = \"device\", cancel-after = \"3s\"", "cancel-after"),
        ("secure-connections = false", "device-io-capability"),
        ("without-agent = true, device-io-capability = \"DisplayOnly\"", "without an agent"),
    ] {
        pairs(pair, "ask = \"true\"").bttest(&["check", "plan.toml"]).exits(2).says(says);
    }
}

/// A plan that waits until the device pairs.
fn waits(steps: &str, pair: &str) -> Bench {
    Bench::new().file(
        "plan.toml",
        format!(
            "[device.dut]\nname = \"Thing\"\n[[case]]\nid = \"A\"\nsteps = [\n{steps}\n\
             {{ do = \"pair\", device = \"dut\", initiator = \"device\", {pair} }},\n\
             {{ do = \"expect\", device = \"dut\", property = \"Bonded\", equals = true }},\n]\n"
        ),
    )
}

const FOUND: &str = "{ do = \"adapter\", discoverable = true, pairable = true },";

#[test]
fn a_device_that_begins_is_waited_for_and_its_bond_is_put_back() {
    let begins = "[[device]]\nname = \"Thing\"\ntransport = \"bredr\"\nstarts-pairing-after = \"3s\"\nio-capability = \"DisplayYesNo\"\n";
    let pair =
        "agent = \"DisplayYesNo\", device-io-capability = \"DisplayYesNo\", measure = \"pair\"";
    let ran = waits(FOUND, pair).file("scene.toml", begins).run(&[]).exits(0);
    assert_eq!(asked(&ran), ["RequestConfirmation yes"]);
    let us = ran.events("measured")[0]["us"].as_u64().unwrap();
    assert!((2_000_000..6_000_000).contains(&us), "{us}");
    assert!(
        ran.each("restored", "what").iter().any(|what| what.starts_with("device ")),
        "{:?}",
        ran.each("restored", "what")
    );
}

#[test]
fn a_device_that_begins_is_refused_or_left_without_an_answer() {
    let begins = "[[device]]\nname = \"Thing\"\ntransport = \"bredr\"\nstarts-pairing-after = \"1s\"\nio-capability = \"DisplayYesNo\"\n";
    for (confirm, error) in
        [("false", "authentication-rejected"), ("\"silent\"", "authentication-canceled")]
    {
        let pair =
            format!("agent = \"DisplayYesNo\", confirm = {confirm}, expect-error = \"{error}\"");
        let bench = waits(FOUND, &pair).file("scene.toml", begins);
        let ran = bench.run(&[]).exits(1);
        // The pairing failed as the plan wants it; that the device is not paired is what fails.
        let steps = ran.each("step-finished", "verdict");
        assert_eq!(steps, ["pass", "pass", "fail"], "{confirm}");
    }
}

#[test]
fn a_device_that_is_paired_already_is_not_waited_for() {
    let pair = "expect-error = \"already-exists\"";
    waits("", pair).scene("paired = true\nbonded = true\n").run(&[]).exits(0);
}
