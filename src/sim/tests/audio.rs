//! Endpoints, the streams that come of them, and who may have those: recorded on 5.66, 5.82 and 5.87.

use std::collections::BTreeMap;

use zbus::{ObjectPath, Variant};

use super::{Answer, Bench, bench::verdict};
use crate::audio::frames_in;

const SCENE: &str = "[[adapter]]\naudio = false\n[[device]]\nname = 'Speaker'\naddress = '00:AA:01:03:00:03'\n\
                     transport = 'bredr'\npaired = true\nservices = ['110b']\naudio = { volume = 64 }\n";
const SPEAKER: &str = "hci0/dev_00_AA_01_03_00_03";
const TRANSPORT: &str = "hci0/dev_00_AA_01_03_00_03/sep1/fd0";
const SOURCE: &str = "0000110a-0000-1000-8000-00805f9b34fb";
const SINK: &str = "0000110b-0000-1000-8000-00805f9b34fb";
const CHOSEN: [u8; 4] = [0x21, 0x15, 2, 53];
const NOT_AUTHORIZED: &str = "error org.bluez.Error.NotAuthorized: Operation Not Authorized";

async fn register(bench: &Bench, uuid: &str) -> String {
    let properties = BTreeMap::from([
        ("UUID", Variant::new(uuid)),
        ("Codec", Variant::new(0_u8)),
        ("Capabilities", Variant::new(vec![0xff_u8, 0xff, 2, 53])),
    ]);
    let body = (ObjectPath::from_static_str_unchecked("/agent"), properties);
    bench.answers(Answer::Configuration(CHOSEN));
    verdict(bench.call("hci0", "Media1.RegisterEndpoint", &body).await)
}

async fn unregister(bench: &Bench, path: &str) -> String {
    let path = ObjectPath::from_str_unchecked(path);
    verdict(bench.call("hci0", "Media1.UnregisterEndpoint", &path).await)
}

/// A client whose speaker is connected with its own endpoint.
async fn connected(scene: &str) -> Bench {
    let bench = Bench::new(scene).await;
    assert_eq!(register(&bench, SOURCE).await, "reply");
    assert_eq!(bench.say(SPEAKER, "Device1.Connect").await, "reply");
    bench.wait(1000).await;
    bench.forget();
    bench
}

fn short(notes: Vec<String>) -> Vec<String> {
    let short = |note: String| note.replace("hci0/dev_00_AA_01_03_00_03", "SPK");
    notes.into_iter().map(short).collect()
}

#[tokio::test(start_paused = true)]
async fn an_endpoint_shows_in_the_services_and_the_class_of_the_adapter() {
    let bench = Bench::new(SCENE).await;
    let nonsense = "error org.bluez.Error.InvalidArguments: Invalid arguments in method call";
    assert_eq!(register(&bench, "110a").await, nonsense);
    bench.forget();
    assert_eq!(register(&bench, SOURCE).await, "reply");
    bench.settle().await;
    let notes = bench.notes();
    assert_eq!(notes.len(), 2, "{notes:?}");
    assert!(notes[1].starts_with(&format!("hci0 Adapter1 Class={}", 0x48_0000)), "{notes:?}");
    assert!(notes[1].contains("110e-0000-1000-8000-00805f9b34fb\", \"0000110a-"), "{notes:?}");
    let twice = "error org.bluez.Error.AlreadyExists: Already Exists";
    assert_eq!(register(&bench, SINK).await, twice);
    let unknown = "error org.bluez.Error.DoesNotExist: Does Not Exist";
    assert_eq!(unregister(&bench, "/nothing").await, unknown);
    bench.forget();
    assert_eq!(unregister(&bench, "/agent").await, "reply");
    bench.settle().await;
    let notes = bench.notes();
    assert_eq!(notes[..2], ["agent Release ", "reply"]);
    assert!(notes[2].starts_with(&format!("hci0 Adapter1 Class={}", 0x40_0000)), "{notes:?}");
}

#[tokio::test(start_paused = true)]
async fn a_speaker_is_configured_when_it_is_connected_and_cleared_when_it_is_not() {
    let bench = Bench::new(SCENE).await;
    let unavailable = "error org.bluez.Error.Failed: br-connection-profile-unavailable";
    assert_eq!(bench.say(SPEAKER, "Device1.Connect").await, unavailable);
    register(&bench, SOURCE).await;
    bench.settle().await;
    bench.forget();
    assert_eq!(bench.say(SPEAKER, "Device1.Connect").await, "reply");
    bench.wait(1000).await;
    let notes = short(bench.notes());
    let expected = [
        "SPK Device1 Connected=true",
        "+ SPK/sep1 MediaEndpoint1",
        "agent SelectConfiguration ",
        "+ SPK/sep1/fd0 MediaTransport1",
        "agent SetConfiguration SPK/sep1/fd0",
        "reply",
        "SPK Device1 ServicesResolved=true",
    ];
    assert_eq!(notes.len(), expected.len(), "{notes:#?}");
    for (note, expected) in notes.iter().zip(expected) {
        assert!(note.starts_with(expected), "{note} and not {expected}");
    }
    assert_eq!(bench.say(SPEAKER, "Device1.Disconnect").await, "reply");
    bench.settle().await;
    assert_eq!(
        short(bench.notes()),
        [
            "agent ClearConfiguration SPK/sep1/fd0",
            "- SPK/sep1/fd0 MediaTransport1",
            "- SPK/sep1 MediaEndpoint1",
            "SPK Device1 Connected=false ServicesResolved=false",
            "reply",
        ]
    );
}

#[tokio::test(start_paused = true)]
async fn one_client_has_a_stream_and_no_other() {
    let bench = connected(SCENE).await;
    let other = bench.again().await;
    let not_available = "error org.bluez.Error.NotAvailable: Operation currently not available";
    assert_eq!(bench.say(TRANSPORT, "MediaTransport1.TryAcquire").await, not_available);
    assert_eq!(bench.say(TRANSPORT, "MediaTransport1.Release").await, NOT_AUTHORIZED);
    bench.forget();
    let reply = bench.call(TRANSPORT, "MediaTransport1.Acquire", &()).await.expect("a stream");
    bench.settle().await;
    let active = "SPK/sep1/fd0 MediaTransport1 State=\"active\"";
    assert_eq!(short(bench.notes()), ["reply", active]);
    let (fd, read_mtu, write_mtu): (zbus::OwnedFd, u16, u16) =
        reply.body().deserialize().expect("a socket");
    assert_eq!((read_mtu, write_mtu), (1021, 2048));
    let fd = std::os::fd::OwnedFd::from(fd);
    for _ in 0..2000 {
        assert_eq!(rustix::io::write(&fd, &[0; 600]), Ok(600));
        bench.wait(20).await;
    }
    for client in [&bench, &other] {
        assert_eq!(client.say(TRANSPORT, "MediaTransport1.Acquire").await, NOT_AUTHORIZED);
    }
    assert_eq!(other.say(TRANSPORT, "MediaTransport1.Release").await, NOT_AUTHORIZED);
    bench.forget();
    assert_eq!(bench.say(TRANSPORT, "MediaTransport1.Release").await, "reply");
    bench.settle().await;
    let idle = "SPK/sep1/fd0 MediaTransport1 State=\"idle\"";
    assert_eq!(short(bench.notes()), ["reply", idle]);
    assert!(rustix::io::write(&fd, &[0; 600]).is_err());
    // Whoever has left has nothing any more.
    other.call(TRANSPORT, "MediaTransport1.Acquire", &()).await.expect("a stream");
    bench.settle().await;
    drop(other);
    bench.forget();
    bench.wait(100).await;
    assert_eq!(bench.say(TRANSPORT, "MediaTransport1.Acquire").await, NOT_AUTHORIZED);
}

#[tokio::test(start_paused = true)]
async fn a_volume_is_followed_within_its_bounds() {
    let bench = connected(SCENE).await;
    let set = async |property: &str, value: u16| {
        let body = ("org.bluez.MediaTransport1", property, Variant::from(value));
        verdict(bench.call(TRANSPORT, "org.freedesktop.DBus.Properties.Set", &body).await)
    };
    assert_eq!(set("Volume", 40).await, "reply");
    bench.settle().await;
    assert_eq!(short(bench.notes()), ["reply", "SPK/sep1/fd0 MediaTransport1 Volume=40"]);
    let invalid = "error org.bluez.Error.InvalidArguments: Invalid volume value";
    assert_eq!(set("Volume", 128).await, invalid);
    let unknown = "error org.freedesktop.DBus.Error.UnknownProperty: No such property 'Delay'";
    assert_eq!(set("Delay", 10).await, unknown);
}

#[tokio::test(start_paused = true)]
async fn without_its_endpoint_the_speaker_is_let_go() {
    let bench = connected(SCENE).await;
    assert_eq!(unregister(&bench, "/agent").await, "reply");
    bench.wait(5000).await;
    let notes = short(bench.notes());
    assert_eq!(
        notes[..4],
        [
            "agent ClearConfiguration SPK/sep1/fd0",
            "- SPK/sep1/fd0 MediaTransport1",
            "agent Release ",
            "reply",
        ]
    );
    assert_eq!(
        notes[5..],
        ["- SPK/sep1 MediaEndpoint1", "SPK Device1 Connected=false ServicesResolved=false"]
    );
}

#[tokio::test(start_paused = true)]
async fn an_endpoint_that_says_no_leaves_nothing_behind() {
    let bench = Bench::new(SCENE).await;
    register(&bench, SOURCE).await;
    for answer in [
        Answer::Error("org.bluez.Error.InvalidArguments"),
        Answer::Silence,
        Answer::Configuration([0x28, 0x15, 2, 53]),
        Answer::Yes,
    ] {
        bench.answers(answer);
        let refused = "error org.bluez.Error.Failed: br-connection-create-socket";
        assert_eq!(bench.say(SPEAKER, "Device1.Connect").await, refused);
        assert!(bench.devices().await.iter().all(|path| !path.contains("sep")));
        bench.wait(6000).await;
    }
}

#[tokio::test(start_paused = true)]
async fn transports_are_numbered_as_the_release_does() {
    for (release, number) in [("5.66", 1), ("5.82", 1), ("5.87", 0)] {
        let bench = connected(&format!("bluez = '{release}'\n{SCENE}")).await;
        bench.say(SPEAKER, "Device1.Disconnect").await;
        bench.say(SPEAKER, "Device1.Connect").await;
        let end = format!("/fd{number}");
        assert!(bench.devices().await.iter().any(|path| path.ends_with(&end)), "{release}");
    }
}

#[tokio::test(start_paused = true)]
async fn what_a_phone_plays_can_be_taken() {
    let phone = SCENE.replace("110b", "110a").replace("volume = 64", "plays-after = '1s'");
    let bench = Bench::new(&phone).await;
    register(&bench, SINK).await;
    bench.say(SPEAKER, "Device1.Connect").await;
    bench.wait(2000).await;
    let notes = bench.notes();
    assert!(notes.last().is_some_and(|note| note.ends_with("State=\"pending\"")), "{notes:#?}");
    let reply = bench.call(TRANSPORT, "MediaTransport1.TryAcquire", &()).await.expect("a stream");
    let (fd, _, _): (zbus::OwnedFd, u16, u16) = reply.body().deserialize().expect("a socket");
    let fd = std::os::fd::OwnedFd::from(fd);
    bench.wait(1000).await;
    let mut packet = [0; 2048];
    let mut frames = 0;
    while let Ok(length @ 1..) = rustix::io::read(&fd, &mut packet) {
        frames += u32::from(frames_in(&packet[..length]).expect("an RTP packet"));
    }
    // 44100 samples in a second, 128 in a frame.
    assert!((320..360).contains(&frames), "{frames}");
}
