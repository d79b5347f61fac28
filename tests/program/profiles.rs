//! Classic profiles of the bench's own: how a device is connected on them, and what goes over the connection.

use serde_json::Value;

use crate::bench::{Bench, Ran};

const THING: &str = "paired = true\nservices = [\"1101\", \"111f\", \"1116\", \"1124\"]\n";
const ECHO: &str = "[[device.profile]]\nuuid = \"1101\"\necho = true\n";
const CALLS: &str =
    "[[device.profile]]\nuuid = \"1101\"\ncalls = { after = \"1s\", says = \"hello\" }\n";
const SERIAL: &str = r#"{ do = "profile", uuid = "serial-port" }, { do = "connect", device = "dut", profile = "1101" },"#;

/// A secret that is sent.
const VARS: &str = "[vars]\nword = { secret = true, value = \"Sesame7\" }\n";

/// A plan on a device of the scene.
fn bench(device: &str, steps: &str) -> Bench {
    Bench::on_bredr(VARS, device, steps)
}

fn cause(ran: &Ran) -> Value {
    ran.events("case-finished")[0]["cause"].clone()
}

/// Runs steps that fail with this kind of cause.
fn fails(device: &str, steps: &str, kind: &str) -> Value {
    let ran = bench(device, steps).run(&[]);
    let cause = cause(&ran);
    assert_eq!(cause["kind"], kind, "{steps}: {cause}");
    cause
}

#[test]
fn the_plan_to_copy_passes() {
    let plan = std::fs::read_to_string("testplans/profiles.toml").unwrap();
    let scene = std::fs::read_to_string("fixtures/scenes/profiles.toml").unwrap();
    for release in ["5.66", "5.82", "5.87"] {
        let scene = format!("bluez = \"{release}\"\n{scene}");
        let bench = Bench::new().file("plan.toml", &plan).file("scene.toml", scene);
        let ran = bench.run(&["--allow-exec"]).exits(0);
        assert_eq!(ran.each("case-finished", "verdict"), ["pass"; 6]);
        let asked = ran.each("profile-asked", "method");
        assert_eq!(asked[..3], ["NewConnection", "RequestDisconnection", "NewConnection"]);
        assert_eq!(ran.each("agent-asked", "method"), ["AuthorizeService"]);
        let restored = ran.each("restored", "what");
        assert_eq!(restored.iter().filter(|what| *what == "profile of the bench").count(), 0);
    }
}

#[test]
fn what_goes_over_a_connection_is_told_in_bytes_and_as_text() {
    let device = format!("{THING}{ECHO}");
    let steps = format!(
        r#"{SERIAL}
        {{ do = "profile-send", device = "dut", text = "a\u001b\r" }},
        {{ do = "profile-receive", device = "dut", value = "61 *" }},
        {{ do = "profile-send", device = "dut", text = "tail\r\n" }},
        {{ do = "profile-receive", device = "dut", matches = "t[a-z]+\r" }},
        {{ do = "profile-receive", device = "dut" }},"#
    );
    let ran = bench(&device, &steps).run(&[]).exits(0);
    assert_eq!(
        ran.each("exchanged", "bytes"),
        ["611b0d", "611b0d", "7461696c0d0a", "7461696c0d", "0a"]
    );
    assert_eq!(ran.each("exchanged", "way"), ["sent", "received", "sent", "received", "received"]);
    let texts: Vec<Value> =
        ran.events("exchanged").iter().map(|record| record["text"].clone()).collect();
    assert_eq!(texts[..3], [Value::Null, Value::Null, Value::from("tail\\r\\n")]);
}

#[test]
fn a_secret_that_is_sent_is_told_nowhere() {
    let steps = format!(
        r#"{SERIAL} {{ do = "profile-send", device = "dut", text = "pw ${{word}}\r" }}, {{ do = "profile-receive", device = "dut", contains = "${{word}}" }},"#
    );
    let ran = bench(&format!("{THING}{ECHO}"), &steps).run(&["-v"]).exits(0);
    let told = ran.journal().iter().map(ToString::to_string).collect::<String>();
    for written in ["Sesame7", "536573616d6537"] {
        assert!(!told.contains(written), "{told}");
    }
}

#[test]
fn what_does_not_come_fails_with_what_did() {
    let device = format!("{THING}{ECHO}");
    let steps = |last: &str| {
        format!(
            r#"{SERIAL} {{ do = "profile-send", device = "dut", text = "\r\nERROR\r\n" }}, {{ do = "profile-receive", device = "dut", within = "2s", {last} }},"#
        )
    };
    let late = fails(&device, &steps(r#"contains = "OK""#), "unmet");
    assert_eq!(
        (late["expected"].as_str(), late["seen"].as_str()),
        (Some("\"OK\" somewhere"), Some("\"\\r\\nERROR\\r\\n\""))
    );
    let other = fails(&device, &steps(r#"text = "\r\nOK""#), "unmet");
    assert!(!other["message"].as_str().unwrap().contains("within"), "{other}");
}

#[test]
fn who_is_not_connected_or_has_no_profile_learns_what_to_write() {
    let hint = |cause: &Value| cause["hint"].as_str().unwrap().to_owned();
    let send = r#"{ do = "profile-send", device = "dut", text = "a" },"#;
    assert!(hint(&fails(THING, send, "no-profile")).contains(r#"do = "profile""#));
    let unit = format!(r#"{{ do = "profile", uuid = "hfp-hf" }}, {send}"#);
    assert!(hint(&fails(THING, &unit, "profile-not-connected")).contains(r#"profile = "111f""#));
    let two = format!(
        r#"{{ do = "profile", uuid = "hfp-hf" }}, {{ do = "profile", uuid = "1101" }}, {send}"#
    );
    assert!(hint(&fails(THING, &two, "ambiguous")).contains("uuid ="));
    let expect = r#"{ do = "profile", uuid = "1101" }, { do = "profile-expect", device = "dut", within = "1s" },"#;
    let unmet = fails(THING, expect, "unmet");
    assert_eq!(
        (unmet["expected"].as_str(), unmet["seen"].as_str()),
        (Some("connected on serial-port"), Some("not connected"))
    );
}

#[test]
fn a_connection_ends_with_the_device_and_what_came_before_can_be_taken() {
    let device = format!("{THING}vanish-after = \"30s\"\n{ECHO}");
    let steps = format!(
        r#"{SERIAL}
        {{ do = "profile-send", device = "dut", text = "last" }},
        {{ do = "profile-expect", device = "dut", connected = false, within = "90s" }},
        {{ do = "profile-receive", device = "dut", text = "last" }},
        {{ do = "profile-receive", device = "dut", within = "1s" }},"#
    );
    let ended = fails(&device, &steps, "unmet");
    assert!(ended["message"].as_str().unwrap().contains("has ended"), "{ended}");
}

#[test]
fn a_device_that_calls_is_let_in_by_whom_the_plan_says() {
    let device = format!("{THING}{CALLS}");
    let server = |more: &str, connected: bool| {
        format!(
            r#"{more} {{ do = "pause", for = "3s" }}, {{ do = "profile-expect", device = "dut", connected = {connected} }},"#
        )
    };
    for (more, connected, asked) in [
        (r#"{ do = "profile", uuid = "1101", authorize = true },"#, true, 1),
        (r#"{ do = "profile", uuid = "1101", authorize = false },"#, false, 1),
        (r#"{ do = "profile", uuid = "1101" },"#, false, 0),
        (r#"{ do = "profile", uuid = "1101", require-authorization = false },"#, true, 0),
        (r#"{ do = "trust", device = "dut" }, { do = "profile", uuid = "1101" },"#, true, 0),
        (r#"{ do = "profile", uuid = "1101", role = "client", authorize = true },"#, false, 0),
    ] {
        let ran = bench(&device, &server(more, connected)).run(&[]).exits(0);
        assert_eq!(ran.events("agent-asked").len(), asked, "{more}");
    }
}

#[test]
fn a_connect_of_the_whole_device_takes_the_profiles_that_are_for_it() {
    let connect = r#"{ do = "connect", device = "dut" },"#;
    let both = r#"{ do = "profile", uuid = "hfp-hf" }, { do = "profile", uuid = "serial-port" },"#;
    let steps = format!(
        r#"{both} {connect} {{ do = "profile-expect", device = "dut", uuid = "hfp-hf" }}, {{ do = "profile-expect", device = "dut", uuid = "serial-port", connected = false }},"#
    );
    bench(THING, &steps).run(&[]).exits(0);
    let serial = THING.replace("\"1101\", \"111f\", \"1116\", \"1124\"", "\"1101\"");
    let alone = format!(r#"{{ do = "profile", uuid = "serial-port" }}, {connect}"#);
    fails(&serial, &alone, "profile-unavailable");
    let asked =
        format!(r#"{{ do = "profile", uuid = "serial-port", auto-connect = true }}, {connect}"#);
    bench(&serial, &asked).run(&[]).exits(0);
}

#[test]
fn a_network_is_recorded_and_ends_with_the_case() {
    let steps = r#"{ do = "network", device = "dut", role = "nap", interface = "^bnep0$" }, { do = "expect", device = "dut", property = "Network1.Interface", equals = "bnep0" },"#;
    let ran = bench(THING, steps).run(&[]).exits(0);
    let inspected = ran.events("inspected");
    assert_eq!(inspected[0]["properties"]["Interface"], "bnep0");
    let named = r#"{ do = "network", device = "dut", role = "nap", interface = "^eth" },"#;
    assert_eq!(fails(THING, named, "unmet")["seen"], "bnep0");
    let group = r#"{ do = "network", device = "dut", role = "gn" },"#;
    fails(THING, group, "no-network");
    let none = THING.replace("\"1116\", ", "");
    fails(&none, r#"{ do = "network", device = "dut", role = "nap" },"#, "no-network");
}

#[test]
fn an_input_device_says_who_connects_it_again() {
    let device = format!("{THING}reconnect-mode = \"any\"\n");
    let steps = r#"{ do = "expect", device = "dut", property = "Input1.ReconnectMode", equals = "any" },
        { do = "connect", device = "dut", profile = "1124" }, { do = "disconnect", device = "dut", profile = "1124" },
        { do = "wait", device = "dut", property = "Connected", equals = false, within = "10s" },"#;
    bench(&device, steps).run(&[]).exits(0);
}

#[test]
fn wrong_input_has_its_place() {
    for (step, says) in [
        (r#"do = "profile", uuid = "serial-prot""#, "is it `serial-port`?"),
        (r#"do = "profile", uuid = "1101", channel = 31"#, "from 1 to 30"),
        (r#"do = "profile", uuid = "1101", psm = 2"#, "a PSM is odd"),
        (r#"do = "profile", uuid = "1101", version = "1""#, "\"1.8\""),
        (r#"do = "profile-send", device = "dut""#, "give `text` or `value`"),
        (r#"do = "profile-send", device = "dut", text = "a", value = "00""#, "`text` or `value`"),
        (r#"do = "profile-send", device = "dut", text = """#, "at least one byte"),
        (r#"do = "profile-receive", device = "dut", text = "a", contains = "b""#, "one thing"),
        (r#"do = "network", device = "dut", role = "napp""#, "did you mean `nap`?"),
    ] {
        let plan = bench(THING, &format!("{{ {step} }},"));
        plan.bttest(&["check", "plan.toml"]).exits(2).says(says).says("plan.toml:");
    }
}
