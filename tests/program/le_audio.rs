//! LE Audio: what is configured with bttest's own endpoints, what goes over the streams, and what is broadcast.

use serde_json::Value;

use crate::bench::{Bench, Ran};

const EARBUDS: &str = "[[device]]\nname = \"Earbuds\"\naddress = \"C0:DE:00:00:05:01\"\naddress-type = \"random\"\n\
                       services = [\"184e\"]\npaired = true\n";
const BOTH_EARS: &str = "le-audio = { sink = [\"front-left\", \"front-right\"] }\n";
const WITH_MICROPHONE: &str =
    "le-audio = { sink = [\"front-left\", \"front-right\"], source = [\"front-left\"] }\n";
const OFFER: &str = "{ do = \"unicast-endpoint\", role = \"source\" },";
const CONNECT: &str = "{ do = \"connect\", device = \"dut\", services = true },";

/// A plan on earbuds, with a bluetoothd that has LE Audio.
fn bench(device: &str, steps: &str) -> Bench {
    on(
        "bluez = \"5.87\"\nexperimental = true\n[[adapter]]\naudio = false\nisochronous = true\n",
        device,
        steps,
    )
}

fn on(scene: &str, device: &str, steps: &str) -> Bench {
    let head = "[device.dut]\nname = \"Earbuds\"\n[[case]]\nid = \"A\"\ntitle = \"t\"\nsteps = [\n";
    Bench::new()
        .file("plan.toml", format!("{head}{steps}\n]\n"))
        .file("scene.toml", format!("{scene}{EARBUDS}{device}"))
}

fn cause(ran: &Ran) -> Value {
    ran.events("case-finished")[0]["cause"].clone()
}

/// What was seen of each transport that a step has told of.
fn sent(ran: &Ran) -> Vec<String> {
    let seen = ran.events("inspected");
    let packets = seen.iter().map(|one| &one["properties"]).map(|seen| {
        let way = ["Sent", "Received"].into_iter().find_map(|way| Some((way, seen[way].as_str()?)));
        let (way, packets) = way.unwrap_or(("nothing", ""));
        let packets = packets.split(',').next().unwrap_or_default();
        format!("{way} {packets}")
    });
    packets.collect()
}

#[test]
fn the_plans_to_copy_pass_where_bluetoothd_has_le_audio_and_are_skipped_elsewhere() {
    // A broadcast is received from 5.87 on.
    for (name, cases, skipped) in [("le-audio", 4, 0), ("broadcast", 3, 1)] {
        let plan = std::fs::read_to_string(format!("testplans/{name}.toml")).unwrap();
        let scene = std::fs::read_to_string(format!("fixtures/scenes/{name}.toml")).unwrap();
        let scene = scene.replace("bluez = \"5.87\"\n", "");
        let bench = |scene: &str| Bench::new().file("plan.toml", &plan).file("scene.toml", scene);
        for (release, skipped) in [("5.82", skipped), ("5.87", 0)] {
            let ran = bench(&format!("bluez = \"{release}\"\n{scene}")).run(&[]).exits(0);
            let verdicts = ran.each("case-finished", "verdict");
            let passed = verdicts.iter().filter(|verdict| *verdict == "pass").count();
            assert_eq!((verdicts.len(), passed), (cases, cases - skipped));
        }
        let without = scene.replace("isochronous = true", "");
        let without = format!("bluez = \"5.87\"\n{without}");
        let ran = bench(&without).run(&[]).says("--experimental --kernel='*'");
        assert_eq!(ran.each("case-finished", "verdict"), vec!["skip"; cases]);
    }
}

#[test]
fn each_ear_has_a_stream_and_the_microphone_shares_one() {
    let offer = format!("{OFFER}{{ do = \"unicast-endpoint\", role = \"sink\" }},");
    let expect = "{ do = \"unicast-expect\", device = \"dut\", role = \"source\", streams = 2, preset = \"48_4_1\", \
                  locations = [\"front-left\", \"front-right\"], retransmissions = 5, presentation-delay = 40000 },\
                  { do = \"unicast-expect\", device = \"dut\", role = \"sink\", streams = 1, linked = true },";
    let stream = "{ do = \"unicast-stream\", device = \"dut\", for = \"1s\", packets = 90 },\
                  { do = \"unicast-expect\", device = \"dut\", state = \"idle\" }";
    let ran =
        bench(WITH_MICROPHONE, &format!("{offer}{CONNECT}{expect}{stream}")).run(&[]).exits(0);
    assert_eq!(sent(&ran), ["Sent 100 packets", "Received 99 packets", "Sent 100 packets"]);
    let asked = ran.each("endpoint-asked", "method");
    let (choose, set) = (["SelectProperties"; 3], ["SetConfiguration"; 3]);
    assert_eq!(
        (&asked[..3], &asked[3..6]),
        (&choose.map(String::from)[..], &set.map(String::from)[..])
    );
    assert_eq!(asked.last().unwrap(), "Release");
    let answers = ran.each("endpoint-asked", "answer");
    assert_eq!(answers[0], "48_4_1, front-left");
    assert_eq!(answers[3], "48000 Hz, 10 ms, 120 octets, front-left");
}

#[test]
fn only_what_the_plan_takes_is_chosen() {
    let offer = "{ do = \"unicast-endpoint\", role = \"source\", presets = [\"48_2_2\", \"16_2_1\"], context = \"game\" },";
    let expect = "{ do = \"unicast-expect\", device = \"dut\", preset = \"16_2_1\", context = \"game\", latency = 10 }";
    // Earbuds that can do 16 kHz and no more.
    let simple =
        "le-audio = { sink = [\"front-left\"], lc3 = \"03010400 020202 020301 05041e002800\" }\n";
    bench(simple, &format!("{offer}{CONNECT}{expect}")).run(&[]).exits(0);
    let other = offer.replace(", \"16_2_1\"", "");
    let ran = bench(simple, &format!("{other}{CONNECT}{expect}")).run(&[]).exits(1);
    assert_eq!(cause(&ran)["kind"], "no-transport", "{}", cause(&ran));
    let answer = &ran.each("endpoint-asked", "answer")[0];
    assert_eq!(answer, "refused: the device can do none of the presets");
}

#[test]
fn what_is_not_as_wanted_is_told_beside_what_is() {
    let wrong = "{ do = \"unicast-expect\", device = \"dut\", role = \"source\", streams = 3, state = \"active\", within = \"2s\" }";
    let ran = bench(BOTH_EARS, &format!("{OFFER}{CONNECT}{wrong}")).run(&[]).exits(1);
    let cause = cause(&ran);
    assert_eq!(cause["expected"], "unicast-source, streams 3, State active");
    let seen = cause["seen"].as_str().unwrap();
    let first = "unicast-source: 48000 Hz, 10 ms, 120 octets, front-left, for media, Latency 20 ms, Retransmissions 5, \
                 State idle; unicast-source: ";
    assert!(seen.starts_with(first), "{seen}");
}

#[test]
fn without_a_stream_it_is_said_what_is_missing() {
    let expect = "{ do = \"unicast-expect\", device = \"dut\", within = \"1s\" }";
    for (device, steps, hint) in [
        (BOTH_EARS, expect.to_owned(), "do = \"connect\""),
        (BOTH_EARS, format!("{CONNECT}{expect}"), "do = \"unicast-endpoint\""),
        ("", format!("{OFFER}{CONNECT}{expect}"), "Published Audio Capabilities (1850)"),
    ] {
        let ran = bench(device, &steps).run(&[]).exits(1);
        let cause = cause(&ran);
        assert_eq!(cause["kind"], "no-transport", "{cause}");
        assert!(cause["hint"].as_str().is_some_and(|text| text.contains(hint)), "{cause}");
    }
    let packets = "{ do = \"unicast-stream\", device = \"dut\", for = \"1s\", packets = 1 }";
    let ran = bench(BOTH_EARS, &format!("{OFFER}{CONNECT}{packets}")).run(&[]).exits(1);
    assert_eq!(cause(&ran)["kind"], "no-microphone");
}

#[test]
fn a_bluetoothd_without_le_audio_says_nothing_of_the_device() {
    let scene = "experimental = true\n[[adapter]]\naudio = false\n";
    for steps in [OFFER, "{ do = \"broadcast\", for = \"1s\" }"] {
        let ran = on(scene, BOTH_EARS, steps).run(&[]).exits(4);
        ran.says("takes no endpoints of LE Audio").says("--experimental --kernel='*'");
    }
}

#[test]
fn a_stream_that_breaks_or_never_starts_fails_the_step() {
    let stream = |more: &str| {
        format!("{OFFER}{CONNECT}{{ do = \"unicast-stream\", device = \"dut\"{more} }}")
    };
    let gone = format!("{BOTH_EARS}vanish-after = \"3s\"\n");
    let slow =
        |starts: &str| format!("le-audio = {{ sink = [\"front-left\"], starts = \"{starts}\" }}\n");
    for (device, more, kind) in [
        (gone, ", for = \"20s\"", "stream-ended"),
        (slow("2s"), ", start-within = \"1s\"", "unmet"),
        (slow("30s"), "", "stream-start"),
    ] {
        let ran = bench(&device, &stream(more)).run(&[]).exits(1);
        assert_eq!(cause(&ran)["kind"], kind, "{}", cause(&ran));
    }
    let cut = "[{ do = \"pause\", for = \"1s\" }, { do = \"disconnect\", device = \"dut\" }]";
    let both = format!(
        "{OFFER}{CONNECT}{{ do = \"parallel\", branches = [[{{ do = \"unicast-stream\", device = \"dut\" }}], {cut}] }}"
    );
    let ran = bench(BOTH_EARS, &both).run(&[]).exits(1);
    assert_eq!(cause(&ran)["kind"], "stream-ended", "{}", cause(&ran));
}

#[test]
fn a_stream_that_is_cut_off_is_released_with_its_case() {
    let cut = "{ do = \"unicast-stream\", device = \"dut\", for = \"1m\", timeout = \"1s\" },";
    let ran = bench(BOTH_EARS, &format!("{OFFER}{CONNECT}{cut}")).run(&[]).exits(1);
    let states = ran.events("changed").into_iter().filter(|change| change["property"] == "State");
    let states: Vec<Value> = states.map(|change| change["value"].clone()).collect();
    assert_eq!(states, ["active", "active", "idle", "idle"]);
    assert_eq!(ran.each("endpoint-asked", "method").last().unwrap(), "Release");
}

#[test]
fn what_a_device_broadcasts_is_found_taken_and_held_against_the_plan() {
    let transmits = "le-audio = { broadcasts = \"24_2_1\" }\n";
    let receive = |more: &str| {
        format!("{{ do = \"broadcast-receive\", device = \"dut\", for = \"1s\"{more} }}")
    };
    let ran = bench(transmits, &receive(", packets = 90, preset = \"24_2_1\"")).run(&[]).exits(0);
    assert!(sent(&ran)[0].starts_with("Received 10"), "{:?}", sent(&ran));
    for (device, more, kind, message) in [
        ("", ", within = \"3s\"", "no-broadcast", "no broadcast of dut was found within 3s"),
        (transmits, ", preset = \"16_2_1\"", "unmet", "what dut broadcasts is not as expected"),
        (transmits, ", packets = 1000", "unmet", "dut sent too little"),
    ] {
        let ran = bench(device, &receive(more)).run(&[]).exits(1);
        let cause = cause(&ran);
        assert_eq!((&cause["kind"], &cause["message"]), (&kind.into(), &message.into()));
    }
    let late = "le-audio = { broadcasts = \"24_2_1\", starts = \"20s\" }\n";
    let ran = bench(late, &receive(", start-within = \"2s\"")).run(&[]).exits(1);
    assert_eq!(cause(&ran)["message"], "the stream of dut does not start");
}

#[test]
fn a_broadcast_ends_with_its_step_and_its_code_stays_secret() {
    let steps = "{ do = \"broadcast\", code = \"Platform 3\", locations = [\"front-left\", \"front-right\"], for = \"1s\" },\
                 { do = \"broadcast\", preset = \"16_1_2\", for = \"750ms\" }";
    let ran = bench("", steps).run(&["-v"]).exits(0);
    assert_eq!(sent(&ran), ["Sent 100 packets", "Sent 100 packets"]);
    let asked = ran.each("endpoint-asked", "method");
    let once = ["SetConfiguration", "ClearConfiguration", "Release"];
    assert_eq!(asked, [once, once].concat());
    assert!(!format!("{:?}", ran.journal()).contains("Platform 3"));
}
