//! Scenes that are read, and scenes that are refused with the key and the place.

use std::time::Duration;

use proptest::prelude::*;

use super::*;

fn refused(text: &str) -> (Option<(usize, usize)>, String) {
    let error = Scene::parse(text).expect_err(text);
    (error.line_and_column(), error.message().to_owned())
}

#[test]
fn an_empty_scene_is_a_bench_with_one_adapter() {
    let scene = Scene::parse("").expect("a scene");
    assert_eq!(scene, Scene::default());
    assert_eq!(scene.adapter_name(0), "hci0");
    assert_eq!(scene.bluez, Version::V5_82);
}

#[test]
fn a_scene_says_what_is_in_range() {
    let text = r#"
bluez = "5.66"
[[adapter]]
address = "00:1a:7d:da:71:13"
[[device]]
name = "Headset"
transport = "bredr"
class = 0x240404
services = ["110b", "0x111e"]
connect = { mean = "700ms", sd = "100ms" }
manufacturer-data = { 0x004c = "02 15", 89 = "ff" }
[[device.fault]]
on = "connect"
every = 5
error = "page-timeout"
[crowd]
devices = 12
"#;
    let scene = Scene::parse(text).expect("a scene");
    let [device] = &scene.device[..] else { panic!("{scene:?}") };
    assert_eq!(scene.bluez, Version::V5_66);
    assert_eq!(scene.adapter_address(0).to_string(), "00:1A:7D:DA:71:13");
    assert_eq!(device.services, [Uuid::assigned(0x110b), Uuid::assigned(0x111e)]);
    assert_eq!(
        device.connect,
        Latency::of(Shape::Normal {
            mean: Duration::from_millis(700),
            sd: Duration::from_millis(100)
        })
    );
    assert_eq!(device.manufacturer_data.get(&0x4c), Some(&vec![0x02, 0x15]));
    assert_eq!(device.fault.len(), 1);
    assert_eq!(scene.crowd.devices, 12);
}

#[test]
fn a_player_and_buttons_need_their_services() {
    for (device, wrong) in [
        ("player = { tracks = [{ title = 'One' }] }", "110c"),
        ("player = { tracks = [] }", "from 1 to 1000"),
        ("player = { tracks = [{ title = 'One' }], repeat = 'on' }", "one of off"),
        ("presses = [{ key = 'play' }]", "110e"),
    ] {
        let (_, message) = refused(&format!("[[device]]\ntransport = 'bredr'\n{device}\n"));
        assert!(message.contains(wrong), "{device}: {message}");
    }
}

#[test]
fn a_mistake_has_its_place_and_its_key() {
    for (text, place, words) in [
        ("[[device]]\nnme = \"x\"", (2, 1), "nme"),
        ("[[device]]\naddress = \"zz\"", (2, 11), "device address"),
        ("[[device]]\nconnect = \"soon\"", (2, 11), "no time"),
        ("[[device]]\nconnect = { min = \"2s\" }", (2, 11), "`min` and `max`"),
        ("[[device]]\nservices = [\"18\"]", (2, 12), "UUID"),
        ("[[device]]\nadapter = \"hci7\"", (2, 1), "`adapter`: no adapter"),
        ("[[device]]\n[[device]]\nname = \"a\\u0000b\"", (3, 1), "U+0000"),
        ("[[device]]\nconnecting-for = '1m'", (2, 1), "connecting = true"),
        ("[[incident]]\nat = '1h'\nwhat = 'unplug'\nadapter = 'hci7'", (4, 1), "no adapter"),
        ("[[incident]]\nat = '1h'\nwhat = 'unplugged'", (3, 8), "`unplug`"),
        ("[[incident]]\nat = '1h'\nwat = 'unplug'", (3, 1), "wat"),
        ("[[adapter]]\nblocked = true", (2, 1), "powered = false"),
        ("[[adapter]]\nname = \"hci1\"\n[[adapter]]", (3, 1), "another adapter"),
        ("[crowd]\ndevices = 2000000", (2, 1), "the most"),
        ("bluez = \"4.0\"", (1, 9), "5.82"),
        (
            "[[device]]\n[[device.fault]]\non = 'connect'\nerror = 'sdp-search'",
            (2, 10),
            "no error of a device on this transport",
        ),
        ("[[device]\n", (1, 10), ""),
    ] {
        let (at, message) = refused(text);
        assert!(message.contains(words), "{text}: {message}");
        assert_eq!(at, Some(place), "{text}: {message}");
    }
}

#[test]
fn two_devices_cannot_share_an_address() {
    let (at, message) = refused(
        "[[device]]\naddress = '00:00:00:00:00:01'\n[[device]]\naddress = '00:00:00:00:00:01'\n",
    );
    assert_eq!(
        (at, message.as_str()),
        (Some((4, 1)), "`address`: another device has this address")
    );
}

#[test]
fn a_file_without_end_is_refused() {
    let (at, message) = refused(&"#".repeat(LONGEST_FILE + 1));
    assert_eq!(at, None);
    assert!(message.contains("bytes"), "{message}");
}

proptest! {
    #[test]
    fn any_text_is_a_scene_or_an_error(text in "\\PC{0,200}") {
        let _ = Scene::parse(&text);
    }

    #[test]
    fn any_keys_and_values_are_a_scene_or_an_error(
        lines in prop::collection::vec(
            (
                "(\\[\\[adapter\\]\\]|\\[\\[device\\]\\]|\\[\\[device.fault\\]\\]|\\[crowd\\])",
                "(name|address|connect|nth|every|on|error|services|devices|passkey|adapter|rssi)",
                "(1|-1|1e400|nan|true|\"hci0\"|\"1s\"|\\{ min = \"1s\" \\}|\\[\\]|\"\\\\u0000\"|\"connect\")",
            ),
            0..12,
        )
    ) {
        let text: String = lines
            .iter()
            .map(|(table, key, value)| format!("{table}\n{key} = {value}\n"))
            .collect();
        let _ = Scene::parse(&text);
    }
}
