//! AVRCP: the player of a phone, and the player of the bench for a headset with buttons.

use serde_json::Value;

use crate::bench::{Bench, Ran};

const PHONE: &str = "services = [\"110a\", \"110c\"]\npaired = true\n";
const PLAYER: &str = "player = { repeat = \"off\", tracks = [{ title = \"First Light\" }, { title = \"Second Wind\" }] }\n";
const HEADSET: &str = "services = [\"110b\", \"110e\"]\npaired = true\n";
const AS_SINK: &str =
    "{ do = \"audio-endpoint\", role = \"sink\" }, { do = \"connect\", device = \"dut\" },";
const AS_SOURCE: &str =
    "{ do = \"audio-endpoint\", role = \"source\" }, { do = \"connect\", device = \"dut\" },";

/// A plan on a device of the scene.
fn bench(device: &str, steps: &str) -> Bench {
    Bench::on_bredr("", device, steps)
}

fn cause(ran: &Ran) -> Value {
    ran.events("case-finished")[0]["cause"].clone()
}

/// The values that a property of the device, or of its player, has had.
fn values(ran: &Ran, case: &str, property: &str) -> Vec<Value> {
    let changes = ran.events("changed").into_iter();
    let of_it = changes.filter(|change| change["property"] == property && change["case"] == case);
    of_it.map(|change| change["value"].clone()).collect()
}

#[test]
fn the_plan_to_copy_passes_on_a_phone_and_a_headset() {
    let plan = std::fs::read_to_string("testplans/player.toml").unwrap();
    let scene = std::fs::read_to_string("fixtures/scenes/speaker-and-phone.toml").unwrap();
    for release in ["5.66", "5.82", "5.87"] {
        let scene = format!("bluez = \"{release}\"\n{scene}");
        let bench = Bench::new().file("plan.toml", &plan).file("scene.toml", scene);
        let ran = bench.run(&["--allow-exec"]).exits(0);
        assert_eq!(ran.each("case-finished", "verdict"), ["pass"; 5]);
        assert_eq!(values(&ran, "PLAYER-01", "Status"), ["paused", "playing", "paused"]);
        assert_eq!(values(&ran, "PLAYER-03", "Repeat"), ["off", "alltracks", "off"]);
        assert_eq!(ran.each("player-asked", "method"), ["Play", "Next", "Pause"]);
        let stood = ran.each("player-asked", "answer");
        assert_eq!(stood, ["playing, One", "playing, Two", "paused, Two"]);
    }
}

#[test]
fn where_there_is_no_player_it_is_said_why() {
    let expect = r#"{ do = "player-expect", device = "dut", within = "1s" }"#;
    let play = r#"{ do = "player", device = "dut", command = "play", within = "1s" }"#;
    for (device, steps, why, hint) in [
        (PHONE, expect.to_owned(), "not connected", r#"do = "connect""#),
        (HEADSET, format!("{AS_SOURCE}{play}"), "no service of a player", "serve-player"),
        (PHONE, format!("{AS_SINK}{play}"), "told of no player", "open a player"),
    ] {
        let ran = bench(device, &steps).run(&[]).exits(1);
        let cause = cause(&ran);
        assert_eq!(cause["kind"], "no-player", "{cause}");
        let says = |key: &str, part| cause[key].as_str().is_some_and(|text| text.contains(part));
        assert!(says("message", why) && says("hint", hint), "{cause}");
    }
}

#[test]
fn what_is_not_as_wanted_is_told_beside_what_is() {
    let stubborn = PLAYER.replace("{ repeat", "{ ignores-keys = true, repeat");
    for (player, steps, kind, expected, seen) in [
        (
            PLAYER,
            r#"{ do = "player-expect", device = "dut", track = { title = { matches = "^Third" } }, within = "1s" }"#,
            "unmet",
            "Title like /^Third/",
            "First Light",
        ),
        (
            &stubborn,
            r#"{ do = "player", device = "dut", command = "play", status = "playing", within = "1s" }"#,
            "unmet",
            "Status playing",
            "paused",
        ),
        (
            PLAYER,
            r#"{ do = "player-set", device = "dut", shuffle = "off", within = "1s" }"#,
            "no-setting",
            "",
            "",
        ),
    ] {
        let device = format!("{PHONE}{player}");
        let ran = bench(&device, &format!("{AS_SINK}{steps}")).run(&[]).exits(1);
        let cause = cause(&ran);
        assert_eq!(cause["kind"], kind, "{cause}");
        assert_eq!(cause["expected"].as_str().unwrap_or_default(), expected);
        assert!(cause["seen"].as_str().unwrap_or_default().contains(seen), "{cause}");
    }
}

#[test]
fn keys_by_number_and_a_seek_until_the_next_command() {
    let key = |command: &str, more: &str| {
        format!("{{ do = \"player\", device = \"dut\", command = \"{command}\"{more} }},")
    };
    let steps = [
        key("press", ", key = 0x44, status = \"playing\""),
        key("hold", ", key = 0x48, status = \"reverse-seek\""),
        key("release", ", status = \"playing\""),
        key("fast-forward", ", via = \"control\", status = \"forward-seek\""),
        key("stop", ", status = \"stopped\""),
    ]
    .concat();
    bench(&format!("{PHONE}{PLAYER}"), &format!("{AS_SINK}{steps}")).run(&[]).exits(0);
    // A headset without a player listens for no keys.
    let volume = key("volume-up", ", via = \"control\", expect-error = \"not-supported\"");
    bench(HEADSET, &format!("{AS_SOURCE}{volume}")).run(&[]).exits(0);
}

#[test]
fn a_button_that_nobody_presses_fails_the_step() {
    let offer = r#"{ do = "serve-player" },"#;
    let expect = r#"{ do = "serve-player-expect", command = "play", within = "1s" }"#;
    let ran = bench(HEADSET, &format!("{offer}{AS_SOURCE}{expect}")).run(&[]).exits(1);
    let none = cause(&ran);
    assert_eq!(none["seen"], "nothing; paused, Test track", "{none}");
    assert!(none["hint"].as_str().is_some_and(|hint| hint.contains("MediaControl1")), "{none}");
    let ran = bench(HEADSET, expect).run(&[]).exits(4);
    assert_eq!(cause(&ran)["kind"], "not-served");
}

#[test]
fn the_bench_s_player_ends_with_its_case() {
    let device = format!("{HEADSET}presses = [{{ key = \"stop\", after = \"4s\" }}]\n");
    let wait = r#"{ do = "pause", for = "1s" }"#;
    let offer = r#"{ do = "serve-player", status = "playing" },"#;
    let steps = format!("{AS_SOURCE}{offer}{wait}");
    let second =
        "\n]\n[[case]]\nid = \"B\"\ntitle = \"t\"\nsteps = [{ do = \"pause\", for = \"5s\" }";
    let ran = bench(&device, &format!("{steps}{second}")).run(&[]).exits(0);
    assert!(ran.events("player-asked").is_empty());
}
