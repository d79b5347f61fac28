//! Links: profiles and bearers by themselves, why a link ended, loss, return, and devices that come by themselves.

use serde_json::Value;

use crate::bench::Bench;

/// A plan on one device with a scene of it.
fn bench(device: &str, steps: &str) -> Bench {
    let head = "[device.dut]\nname = \"Thing\"\n[[case]]\nid = \"A\"\ntitle = \"t\"\nsteps = [\n";
    let discover = "{ do = \"discover\", device = \"dut\" },\n";
    let (scene, device) = device.split_once('|').unwrap_or(("", device));
    let address = "[[device]]\nname = \"Thing\"\naddress = \"C0:DE:00:00:00:01\"\n";
    Bench::new()
        .file("plan.toml", format!("{head}{discover}{steps}\n]\n"))
        .file("scene.toml", format!("{scene}\n{address}{device}"))
}

/// Kind and message of the first failure.
fn cause(ran: &crate::bench::Ran) -> (String, Value) {
    let cause = &ran.events("case-finished")[0]["cause"];
    (cause["kind"].as_str().unwrap_or_default().to_owned(), cause.clone())
}

#[test]
fn the_plan_to_copy_passes_on_well_behaved_devices() {
    let plan = std::fs::read_to_string("testplans/connection.toml").unwrap();
    let ran = Bench::new().file("plan.toml", plan).run(&["--allow-exec"]).exits(0);
    assert_eq!(ran.each("case-finished", "verdict"), ["pass", "skip", "pass", "skip", "skip"]);
}

#[test]
fn a_speaker_to_copy_reconnects_where_the_host_plays_audio() {
    let plan = std::fs::read_to_string("testplans/speaker.toml").unwrap();
    let ran = Bench::new().file("plan.toml", plan).run(&["--tag", "audio"]).exits(0);
    assert_eq!(ran.each("case-finished", "verdict"), ["pass"]);
}

const SPEAKER: &str = "transport = \"bredr\"\nclass = 0x240404\nservices = [\"110b\", \"111e\"]\n";

#[test]
fn one_profile_is_connected_by_itself() {
    let steps = r#"{ do = "pair", device = "dut" },
        { do = "connect", device = "dut", profile = "110b" },
        { do = "expect", device = "dut", property = "Connected", equals = true },
        { do = "disconnect", device = "dut", profile = "110b" },
        { do = "connect", device = "dut", profile = "1234", expect-error = "profile-unavailable" },
        { do = "disconnect", device = "dut", profile = "1234", expect-error = "invalid-arguments" }"#;
    bench(SPEAKER, steps).run(&[]).exits(0);
    for (wrong, says) in [
        (r#"profile = "110b", bearer = "le""#, "give `profile` or `bearer`"),
        (r#"profile = "110b", if-needed = true"#, "take `if-needed` out"),
        (r#"profile = "11""#, "not a service UUID"),
    ] {
        let step = format!("{{ do = \"connect\", device = \"dut\", {wrong} }}");
        bench("", &step).bttest(&["check", "plan.toml"]).exits(2).says(says).says("plan.toml:8:");
    }
}

#[test]
fn a_bluez_without_bearers_says_so() {
    for (step, kind) in [
        (r#"{ do = "connect", device = "dut", bearer = "le" }"#, "bearer-unknown"),
        (r#"{ do = "disconnect", device = "dut", bearer = "bredr" }"#, "bearer-unknown"),
        (r#"{ do = "prefer-bearer", device = "dut", bearer = "last-seen" }"#, "bearer-unknown"),
    ] {
        let ran = bench("bluez = \"5.66\"|", step).run(&[]).exits(4).says("--experimental");
        assert_eq!(cause(&ran).0, kind, "{step}");
    }
    // 5.87 without that flag presents bearers and does not connect them.
    let step = r#"{ do = "connect", device = "dut", bearer = "le" }"#;
    let ran = bench("bluez = \"5.87\"|", step).run(&[]).exits(4);
    assert_eq!(cause(&ran).0, "bearer-unknown");
    let step = r#"{ do = "connect", device = "dut", bearer = "bredr" }"#;
    let ran = bench("bluez = \"5.87\"|", step).run(&[]).exits(1);
    assert_eq!(cause(&ran).0, "no-such-bearer");
}

#[test]
fn why_a_link_ended_is_told_by_a_bluez_that_knows() {
    let steps = r#"{ do = "connect", device = "dut" },
        { do = "disconnect", device = "dut", reason = "local" },
        { do = "wait-disconnected", device = "dut", reason = "local", within = "1s" }"#;
    let ran = bench("bluez = \"5.87\"|", steps).run(&[]).exits(0);
    let told = ran.events("disconnected");
    assert_eq!(told.last().unwrap()["reason"], "Local", "{told:?}");
    assert_eq!(told.last().unwrap()["object"]["name"], "dut");

    let other = steps.replace(
        "device = \"dut\", reason = \"local\" }",
        "device = \"dut\", reason = \"remote\" }",
    );
    let ran = bench("bluez = \"5.87\"|", &other).run(&[]).exits(1);
    let (kind, cause) = cause(&ran);
    assert_eq!((kind.as_str(), &cause["seen"]), ("unmet", &"disconnected by local".into()));

    let ran =
        bench("bluez = \"5.82\"|", steps).run(&[]).exits(4).says("BlueZ tells it from 5.83 on");
    assert_eq!(self::cause(&ran).0, "reason-untold");
}

#[test]
fn a_link_is_lost_with_its_device_and_there_again_when_it_returns() {
    let scene = "bluez = \"5.87\"|vanish-after = \"20s\"\nreturn-after = \"5s\"\n";
    let steps = r#"{ do = "connect", device = "dut", services = true },
        { do = "wait-disconnected", device = "dut", reason = "timeout", within = "1m" },
        { do = "connect", device = "dut", measure = "return" }"#;
    let ran = bench(scene, steps).run(&[]).exits(0);
    let measured = &ran.events("measured")[0];
    assert!(measured["us"].as_u64().unwrap() > 4_000_000, "{measured}");
    let still = r#"{ do = "connect", device = "dut" },
        { do = "wait-disconnected", device = "dut", within = "2s" }"#;
    bench(scene, still).run(&[]).exits(1).says("dut is still connected after 2s");
}

#[test]
fn a_device_that_connects_by_itself_is_waited_for() {
    let scene = "vanish-after = \"30s\"\nreturn-after = \"10s\"\nreconnects-after = \"2s\"\n";
    let come = r#"{ do = "wait", device = "dut", property = "Connected", equals = true, within = "20s" },"#;
    let steps = format!(
        r#"{{ do = "pair", device = "dut" }},
        {{ do = "trust", device = "dut" }},
        {{ do = "connect", device = "dut", if-needed = true }},
        {{ do = "disconnect", device = "dut" }},
        {come}
        {{ do = "wait", device = "dut", property = "ServicesResolved", equals = true }},
        {{ do = "wait-disconnected", device = "dut", within = "1m" }},
        {come}"#
    );
    bench(scene, &steps).run(&[]).exits(0);
    // One that is not trusted stays out after it was disconnected here.
    let untrusted = steps.replace("{ do = \"trust\", device = \"dut\" },", "");
    let ran = bench(scene, &untrusted).run(&[]).exits(1);
    let failed = ran.events("step-finished").into_iter().find(|step| step["verdict"] == "fail");
    assert_eq!(failed.unwrap()["step"], "steps/5");
    // And one without a bond never comes.
    let unpaired = steps.replace("{ do = \"pair\", device = \"dut\" },", "");
    bench(scene, &unpaired).run(&[]).exits(1);
}
