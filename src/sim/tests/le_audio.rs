//! Endpoints of LE Audio and the streams that come of them: recorded on 5.82 and 5.87.

use std::collections::BTreeMap;

use zbus::{ObjectPath, Variant};

use super::{Answer, Bench, bench::verdict};

const SCENE: &str = "experimental = true\n[[adapter]]\naudio = false\nisochronous = true\n[[device]]\nname = 'Earbuds'\n\
                     address = 'C0:DE:00:00:05:01'\naddress-type = 'random'\npaired = true\nservices = ['184e']\n\
                     le-audio = { sink = ['front-left', 'front-right'], source = ['front-left'] }\n";
const EARBUDS: &str = "hci0/dev_C0_DE_00_00_05_01";
const SOURCE: &str = "00002bcb-0000-1000-8000-00805f9b34fb";
const SINK: &str = "00002bc9-0000-1000-8000-00805f9b34fb";
/// 16 kHz, 10 ms, 40 octets.
const CHOSEN: &[u8] = &[2, 1, 3, 2, 2, 1, 3, 4, 40, 0];
const NOT_AUTHORIZED: &str = "error org.bluez.Error.NotAuthorized: Operation Not Authorized";

async fn register(bench: &Bench, path: &str, uuid: &str) -> String {
    let properties = BTreeMap::from([
        ("UUID", Variant::new(uuid)),
        ("Codec", Variant::new(6_u8)),
        ("Capabilities", Variant::new(vec![3_u8, 1, 4, 0, 2, 2, 2, 5, 4, 40, 0, 40, 0])),
    ]);
    bench.answers(Answer::Properties(CHOSEN));
    let body = (ObjectPath::from_str_unchecked(path), properties);
    verdict(bench.call("hci0", "Media1.RegisterEndpoint", &body).await)
}

async fn connected(release: &str) -> Bench {
    let bench = Bench::new(&format!("bluez = '{release}'\n{SCENE}")).await;
    assert_eq!(register(&bench, "/agent/source", SOURCE).await, "reply");
    assert_eq!(register(&bench, "/agent/sink", SINK).await, "reply");
    bench.forget();
    assert_eq!(bench.say(EARBUDS, "Device1.Connect").await, "reply");
    bench.wait(2000).await;
    bench
}

fn short(notes: Vec<String>) -> Vec<String> {
    let notes = notes.into_iter().map(|note| note.replace(EARBUDS, "EAR"));
    notes.filter(|note| note.contains("pac_") || note.contains("agent")).collect()
}

#[tokio::test(start_paused = true)]
async fn the_streams_are_chosen_first_and_then_configured() {
    let notes = short(connected("5.87").await.notes());
    let expected = [
        "+ EAR/pac_source0 MediaEndpoint1",
        "+ EAR/pac_sink0 MediaEndpoint1",
        "agent SelectProperties ",
        "agent SelectProperties ",
        "agent SelectProperties ",
        "+ EAR/pac_sink0/fd0 MediaTransport1",
        "agent SetConfiguration EAR/pac_sink0/fd0",
        "+ EAR/pac_sink0/fd1 MediaTransport1",
        "agent SetConfiguration EAR/pac_sink0/fd1",
        "+ EAR/pac_source0/fd2 MediaTransport1",
        "agent SetConfiguration EAR/pac_source0/fd2",
    ];
    let (made, links) = notes.split_at(expected.len());
    for (note, expected) in made.iter().zip(expected) {
        assert!(note.starts_with(expected), "{note} instead of {expected}");
    }
    assert!(links[0].contains("EAR/pac_sink0/fd0 MediaTransport1 Links=") && links.len() == 2);
}

#[tokio::test(start_paused = true)]
async fn before_5_87_one_stream_is_configured_with_each_endpoint() {
    let notes = short(connected("5.82").await.notes());
    let transports: Vec<&String> =
        notes.iter().filter(|note| note.contains("/fd") && note.starts_with('+')).collect();
    assert!(transports[0].starts_with("+ EAR/pac_source0/fd0"), "{transports:?}");
    assert!(transports[1].starts_with("+ EAR/pac_sink0/fd1") && transports.len() == 2);
}

#[tokio::test(start_paused = true)]
async fn the_streams_of_a_group_start_together_and_one_alone_is_never_answered() {
    let bench = connected("5.87").await;
    let transport = |name: &str| format!("{EARBUDS}/{name}");
    let acquire = |name: &str| {
        let path = transport(name);
        let bench = &bench;
        async move { verdict(bench.call(&path, "MediaTransport1.Acquire", &()).await) }
    };
    let minute = std::time::Duration::from_secs(60);
    let alone = tokio::time::timeout(minute, acquire("pac_sink0/fd0")).await;
    assert!(alone.is_err(), "{alone:?}");
    assert_eq!(
        acquire("pac_source0/fd2").await,
        NOT_AUTHORIZED,
        "it is linked to one that is acquired"
    );
    bench.forget();
    assert_eq!(acquire("pac_sink0/fd1").await, "reply");
    bench.settle().await;
    let active = short(bench.notes());
    let active = active.iter().filter(|note| note.contains("State=\"active\"")).count();
    assert_eq!(active, 3);
    let release = |name: &str| {
        let path = transport(name);
        let bench = &bench;
        async move { verdict(bench.call(&path, "MediaTransport1.Release", &()).await) }
    };
    assert_eq!(release("pac_source0/fd2").await, NOT_AUTHORIZED, "the other has been acquired");
    assert_eq!(release("pac_sink0/fd0").await, "reply");
    assert_eq!(release("pac_sink0/fd0").await, NOT_AUTHORIZED);
    assert_eq!(release("pac_sink0/fd1").await, "reply");
}

#[tokio::test(start_paused = true)]
async fn what_was_configured_goes_with_the_link() {
    let bench = connected("5.87").await;
    bench.forget();
    assert_eq!(bench.say(EARBUDS, "Device1.Disconnect").await, "reply");
    let notes = short(bench.notes());
    let expected = [
        "- EAR/pac_sink0 MediaEndpoint1",
        "- EAR/pac_source0 MediaEndpoint1",
        "agent ClearConfiguration EAR/pac_source0/fd2",
        "- EAR/pac_source0/fd2 MediaTransport1",
        "agent ClearConfiguration EAR/pac_sink0/fd0",
        "- EAR/pac_sink0/fd0 MediaTransport1",
        "agent ClearConfiguration EAR/pac_sink0/fd1",
        "- EAR/pac_sink0/fd1 MediaTransport1",
    ];
    assert_eq!(notes, expected);
}

#[tokio::test(start_paused = true)]
async fn without_isochronous_channels_no_endpoint_is_taken() {
    let refused = "error org.bluez.Error.InvalidArguments: Invalid arguments in method call";
    for without in ["experimental = true", "isochronous = true"] {
        let bench = Bench::new(&SCENE.replace(without, "")).await;
        assert_eq!(register(&bench, "/agent/source", SOURCE).await, refused);
    }
}
