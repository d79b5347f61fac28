//! Audio: an endpoint of bttest's own, what is configured with it, and what goes over the stream.

use serde_json::Value;

use crate::bench::{Bench, Ran};

const SPEAKER: &str = "services = [\"110b\"]\npaired = true\n";
const PHONE: &str = "services = [\"110a\"]\npaired = true\n";
const CONNECTED: &str =
    "{ do = \"audio-endpoint\", role = \"source\" }, { do = \"connect\", device = \"dut\" },";

/// A plan on a device of the scene.
fn bench(device: &str, steps: &str) -> Bench {
    Bench::on_bredr("", device, steps)
}

fn cause(ran: &Ran) -> Value {
    ran.events("case-finished")[0]["cause"].clone()
}

#[test]
fn the_plan_to_copy_passes_on_a_speaker_and_a_phone() {
    let plan = std::fs::read_to_string("testplans/audio.toml").unwrap();
    let scene = std::fs::read_to_string("fixtures/scenes/speaker-and-phone.toml").unwrap();
    for release in ["5.66", "5.82", "5.87"] {
        let scene = format!("bluez = \"{release}\"\n{scene}");
        let bench = Bench::new().file("plan.toml", &plan).file("scene.toml", scene);
        let ran = bench.run(&[]).exits(0);
        assert_eq!(ran.each("case-finished", "verdict"), ["pass"; 5]);
        let asked = ran.each("endpoint-asked", "method");
        let first = ["SelectConfiguration", "SetConfiguration", "ClearConfiguration", "Release"];
        assert_eq!(asked[..4], first);
        let states = ran
            .events("changed")
            .into_iter()
            .filter(|change| change["property"] == "State" && change["case"] == "AUDIO-02");
        let states: Vec<Value> = states.map(|change| change["value"].clone()).collect();
        assert_eq!(states, ["active", "idle", "active", "idle"]);
    }
}

#[test]
fn without_an_endpoint_there_is_nothing_to_look_at() {
    let hinted = r#"do = "audio-endpoint""#;
    let expect = r#"{ do = "audio-expect", device = "dut", within = "1s" }"#;
    let avrcp = SPEAKER.replace("\"110b\"", "\"110b\", \"110e\"");
    for (device, steps, hint) in [
        (SPEAKER, expect.to_owned(), r#"do = "connect""#),
        (&avrcp, format!("{{ do = \"connect\", device = \"dut\" }}, {expect}"), hinted),
    ] {
        let ran = bench(device, &steps).run(&[]).exits(1);
        let cause = cause(&ran);
        assert_eq!(cause["kind"], "no-transport", "{cause}");
        assert!(cause["hint"].as_str().is_some_and(|text| text.contains(hint)), "{cause}");
    }
    let connect = r#"{ do = "connect", device = "dut" }"#;
    let ran = bench(SPEAKER, connect).run(&[]).exits(1).says("audio-endpoint");
    assert_eq!(cause(&ran)["kind"], "profile-unavailable");
}

#[test]
fn what_is_not_as_wanted_is_told_beside_what_is() {
    let wrong = r#"{ do = "audio-expect", device = "dut", sampling-frequency = 48000, state = "active", within = "1s" }"#;
    let ran = bench(SPEAKER, &format!("{CONNECTED}{wrong}")).run(&[]).exits(1);
    let cause = cause(&ran);
    assert_eq!(cause["expected"], "State active, 48000 Hz");
    let seen = cause["seen"].as_str().unwrap();
    assert!(seen.starts_with("44100 Hz, joint-stereo") && seen.ends_with("State idle"), "{seen}");
}

#[test]
fn a_stream_that_breaks_or_never_starts_fails_the_step() {
    let stream = |more: &str| format!("{{ do = \"audio-stream\", device = \"dut\"{more} }}");
    let gone = format!("{SPEAKER}vanish-after = \"2s\"\n");
    for (device, more, kind) in [
        (gone.as_str(), ", for = \"20s\"", "stream-blocked"),
        (SPEAKER, ", volume = 5", "no-volume"),
        (&format!("{SPEAKER}audio = {{ starts = \"2s\" }}\n"), ", start-within = \"1s\"", "unmet"),
    ] {
        let ran = bench(device, &format!("{CONNECTED}{}", stream(more))).run(&[]).exits(1);
        assert_eq!(cause(&ran)["kind"], kind, "{}", cause(&ran));
    }
    let cut = r#"[{ do = "pause", for = "1s" }, { do = "disconnect", device = "dut" }]"#;
    let both = format!("{{ do = \"parallel\", branches = [[{}], {cut}] }}", stream(""));
    let ran = bench(SPEAKER, &format!("{CONNECTED}{both}")).run(&[]).exits(1);
    assert_eq!(cause(&ran)["kind"], "stream-ended", "{}", cause(&ran));
    let sink =
        "{ do = \"audio-endpoint\", role = \"sink\" }, { do = \"connect\", device = \"dut\" },";
    for (device, more, says) in [
        (PHONE.to_owned(), ", within = \"2s\"", "does not play"),
        (
            format!("{PHONE}audio = {{ plays-after = \"1s\" }}\n"),
            ", packets = 1000",
            "sent too little",
        ),
    ] {
        let ran = bench(&device, &format!("{sink}{}", stream(more))).run(&[]).exits(1);
        let message = cause(&ran)["message"].as_str().unwrap_or_default().to_owned();
        assert!(message.contains(says), "{message}");
    }
}

#[test]
fn two_streams_to_one_device_are_one_too_many() {
    let stream = r#"[{ do = "audio-stream", device = "dut", for = "5s" }]"#;
    let late = r#"[{ do = "pause", for = "1s" }, { do = "audio-stream", device = "dut", expect-error = "not-authorized" }]"#;
    let both = format!("{{ do = \"parallel\", branches = [{stream}, {late}] }}");
    bench(SPEAKER, &format!("{CONNECTED}{both}")).run(&[]).exits(0);
}

#[test]
fn an_endpoint_is_taken_away_with_its_case_and_a_stream_that_is_cut_off_is_released() {
    let cut = r#"{ do = "audio-stream", device = "dut", for = "1m", timeout = "1s" },"#;
    let ran = bench(SPEAKER, &format!("{CONNECTED}{cut}")).run(&[]).exits(1);
    let states = ran.events("changed").into_iter().filter(|change| change["property"] == "State");
    let states: Vec<Value> = states.map(|change| change["value"].clone()).collect();
    assert_eq!(states, ["active", "idle"]);
    assert_eq!(ran.each("endpoint-asked", "method").last().unwrap(), "Release");
}

#[test]
fn what_sbc_has_not_is_an_error_of_the_plan() {
    for (wrong, says) in [
        (r#"do = "audio-endpoint", role = "source", sampling-frequencies = [22050]"#, "44100"),
        (r#"do = "audio-endpoint", role = "sink", bitpool = { min = 60, max = 50 }"#, "bitpool"),
        (r#"do = "audio-endpoint", role = "speaker""#, "source"),
        (r#"do = "audio-endpoint", role = "source", codec = "aac""#, "sbc"),
        (r#"do = "audio-stream", device = "dut", tone = "440""#, "440Hz"),
        (r#"do = "audio-stream", device = "dut", tone = "20kHz""#, "7900 Hz"),
        (r#"do = "audio-stream", device = "dut", volume = 200"#, "0 to 127"),
        (r#"do = "audio-expect", device = "dut", state = "playing""#, "active"),
    ] {
        let bench = bench(SPEAKER, &format!("{{ {wrong} }}"));
        bench.bttest(&["check", "plan.toml"]).exits(2).says(says).says("plan.toml:7:");
    }
}
