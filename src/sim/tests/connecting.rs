//! Connecting and disconnecting: sections 8, 11 and 12 of the recordings, and what differs between
//! releases.

use tokio::time::Instant;
use zbus::ObjectPath;

use super::{Bench, bench::verdict};

const LE: &str = r#"
[[device]]
name = "Headset"
address = "C0:DE:00:00:00:01"
services = ["180f"]
"#;
const HEADSET: &str = "hci0/dev_C0_DE_00_00_00_01";
const SPEAKER: &str = "hci0/dev_00_AA_01_03_00_03";
const UUIDS: &str = "[\"00001800-0000-1000-8000-00805f9b34fb\", \
                     \"00001801-0000-1000-8000-00805f9b34fb\", \
                     \"0000180f-0000-1000-8000-00805f9b34fb\"]";

fn speaker(audio: bool) -> String {
    format!(
        "[[adapter]]\naudio = {audio}\n[[device]]\nname = 'Speaker'\ntransport = 'bredr'\n\
         address = '00:AA:01:03:00:03'\nclass = 0x240404\nservices = ['110b']\n"
    )
}

#[tokio::test(start_paused = true)]
async fn an_le_device_connects_then_resolves_then_takes_two_seconds_to_go() {
    let bench = Bench::new(LE).await;
    bench.discover().await;
    assert_eq!(bench.say(HEADSET, "Device1.Connect").await, "reply");
    bench.wait(1000).await;
    assert_eq!(
        bench.notes(),
        [
            format!("{HEADSET} Device1 Connected=true"),
            "reply".to_owned(),
            format!("{HEADSET} Device1 ServicesResolved=true UUIDs={UUIDS}"),
        ]
    );
    assert_eq!(bench.say(HEADSET, "Device1.Connect").await, "reply");
    assert_eq!(bench.notes(), ["reply"]);
    let start = Instant::now();
    assert_eq!(bench.say(HEADSET, "Device1.Disconnect").await, "reply");
    assert_eq!(start.elapsed().as_millis(), 2000);
    assert_eq!(
        bench.notes(),
        [format!("{HEADSET} Device1 Connected=false ServicesResolved=false"), "reply".to_owned(),]
    );
    // A second connection finds the services known.
    assert_eq!(bench.say(HEADSET, "Device1.Connect").await, "reply");
    bench.wait(1000).await;
    assert_eq!(bench.notes().last(), Some(&format!("{HEADSET} Device1 ServicesResolved=true")));
}

#[tokio::test(start_paused = true)]
async fn services_that_come_in_too_late_are_told_with_the_next_connection() {
    let bench = Bench::new(LE).await;
    bench.discover().await;
    assert_eq!(bench.say(HEADSET, "Device1.Connect").await, "reply");
    bench.forget();
    assert_eq!(bench.say(HEADSET, "Device1.Disconnect").await, "reply");
    assert_eq!(
        bench.notes(),
        [
            format!("{HEADSET} Device1 ServicesResolved=true"),
            format!("{HEADSET} Device1 Connected=false ServicesResolved=false"),
            "reply".to_owned(),
        ]
    );
    assert_eq!(bench.say(HEADSET, "Device1.Connect").await, "reply");
    bench.wait(1000).await;
    let told = format!("{HEADSET} Device1 ServicesResolved=true UUIDs={UUIDS}");
    assert_eq!(bench.notes().last(), Some(&told));
}

#[tokio::test(start_paused = true)]
async fn connecting_and_disconnecting_twice_at_once() {
    let bench = Bench::new(LE).await;
    bench.discover().await;
    let connect = || bench.say(HEADSET, "Device1.Connect");
    let (first, second) = tokio::join!(connect(), connect());
    assert_eq!(first, "reply");
    assert_eq!(second, "error org.bluez.Error.InProgress: In Progress");
    bench.wait(1000).await;
    bench.forget();
    let disconnect = || bench.say(HEADSET, "Device1.Disconnect");
    let (first, second) = tokio::join!(disconnect(), disconnect());
    assert_eq!((first.as_str(), second.as_str()), ("reply", "reply"));
    assert_eq!(
        bench.notes(),
        [
            format!("{HEADSET} Device1 Connected=false ServicesResolved=false"),
            "reply".to_owned(),
            "reply".to_owned(),
        ]
    );
    assert_eq!(disconnect().await, "reply");
}

#[tokio::test(start_paused = true)]
async fn a_connect_while_the_link_is_dropped_succeeds_and_changes_nothing() {
    let bench = Bench::new(LE).await;
    bench.discover().await;
    bench.say(HEADSET, "Device1.Connect").await;
    bench.wait(1000).await;
    bench.forget();
    let connect = async {
        bench.wait(500).await;
        bench.say(HEADSET, "Device1.Connect").await
    };
    let (disconnected, connected) = tokio::join!(bench.say(HEADSET, "Device1.Disconnect"), connect);
    assert_eq!((disconnected.as_str(), connected.as_str()), ("reply", "reply"));
    bench.wait(5000).await;
    assert_eq!(
        bench.notes(),
        [
            "reply".to_owned(),
            format!("{HEADSET} Device1 Connected=false ServicesResolved=false"),
            "reply".to_owned(),
        ]
    );
}

#[tokio::test(start_paused = true)]
async fn releases_differ_in_how_they_tell_of_the_end() {
    let end_of = async |release: &str| {
        let bench = Bench::new(&format!("bluez = '{release}'\n{LE}")).await;
        bench.discover().await;
        bench.say(HEADSET, "Device1.Connect").await;
        bench.wait(1000).await;
        bench.forget();
        bench.say(HEADSET, "Device1.Disconnect").await;
        bench.settle().await;
        bench.notes()
    };
    assert_eq!(
        end_of("5.66").await,
        [
            format!("{HEADSET} Device1 ServicesResolved=false"),
            "reply".to_owned(),
            format!("{HEADSET} Device1 Connected=false"),
        ]
    );
    let reason = "\"org.bluez.Reason.Local\" \"Connection terminated by local host\"";
    assert_eq!(
        end_of("5.87").await,
        [
            format!("{HEADSET} Device1 ServicesResolved=false"),
            format!("{HEADSET} Disconnected {reason}"),
            format!("{HEADSET} Disconnected {reason}"),
            format!("{HEADSET} Device1 Connected=false"),
            "reply".to_owned(),
        ]
    );
}

#[tokio::test(start_paused = true)]
async fn an_absent_le_device_is_waited_for_in_vain() {
    let bench = Bench::new(&format!("{LE}known = true\nin-range-after = '1h'\n")).await;
    let start = Instant::now();
    let gone = "error org.bluez.Error.Failed: le-connection-abort-by-local";
    assert_eq!(bench.say(HEADSET, "Device1.Connect").await, gone);
    assert_eq!(start.elapsed().as_secs(), 41);
    let connect = bench.say(HEADSET, "Device1.Connect");
    let disconnect = async {
        bench.wait(1000).await;
        bench.say(HEADSET, "Device1.Disconnect").await
    };
    let (connected, disconnected) = tokio::join!(connect, disconnect);
    // LE borrows BR/EDR's word: recorded.
    assert_eq!(connected, "error org.bluez.Error.Failed: br-connection-canceled");
    assert_eq!(disconnected, "reply");
}

#[tokio::test(start_paused = true)]
async fn a_speaker_without_an_audio_endpoint_is_not_connected() {
    for (release, reason) in [
        ("5.66", "br-connection-profile-unavailable"),
        ("5.82", "br-connection-profile-unavailable"),
        ("5.87", "br-connection-unknown"),
    ] {
        let bench = Bench::new(&format!("bluez = '{release}'\n{}", speaker(false))).await;
        bench.discover().await;
        let error = format!("error org.bluez.Error.Failed: {reason}");
        assert_eq!(bench.say(SPEAKER, "Device1.Connect").await, error);
        assert_eq!(
            bench.notes(),
            [
                format!("{SPEAKER} Device1 Connected=true"),
                format!(
                    "{SPEAKER} Device1 ServicesResolved=true \
                 UUIDs=[\"0000110b-0000-1000-8000-00805f9b34fb\"]"
                ),
                error.clone(),
            ]
        );
        // The link goes by itself; the next attempt is not even made.
        bench.wait(4_500).await;
        assert!(!bench.is(SPEAKER, "Connected").await);
        bench.forget();
        assert_eq!(bench.say(SPEAKER, "Device1.Connect").await, error);
        assert_eq!(bench.notes(), [error]);
    }
}

#[tokio::test(start_paused = true)]
async fn a_speaker_connects_where_somebody_plays() {
    let bench = Bench::new(&speaker(true)).await;
    bench.discover().await;
    assert_eq!(bench.say(SPEAKER, "Device1.Connect").await, "reply");
    bench.wait(60_000).await;
    assert!(bench.is(SPEAKER, "Connected").await);
    assert_eq!(bench.say(SPEAKER, "Device1.Connect").await, "reply");
    let uuid = "0000110b-0000-1000-8000-00805f9b34fb";
    let outcome = bench.call(SPEAKER, "Device1.ConnectProfile", &uuid).await;
    assert_eq!(verdict(outcome), "reply");
    let nonsense = bench.call(SPEAKER, "Device1.ConnectProfile", &"nonsense").await;
    let invalid = "error org.bluez.Error.InvalidArguments: br-connection-invalid-argument";
    assert_eq!(verdict(nonsense), invalid);
}

#[tokio::test(start_paused = true)]
async fn a_connected_device_is_removed_after_its_link() {
    let bench = Bench::new(LE).await;
    bench.discover().await;
    bench.say(HEADSET, "Device1.Connect").await;
    bench.wait(1000).await;
    bench.forget();
    let path = ObjectPath::try_from(format!("/org/bluez/{HEADSET}")).expect("a path");
    let removed = bench.call("hci0", "Adapter1.RemoveDevice", &path).await;
    assert_eq!(verdict(removed), "reply");
    bench.settle().await;
    assert_eq!(
        bench.notes(),
        [
            format!("{HEADSET} Device1 Connected=false ServicesResolved=false"),
            "reply".to_owned(),
            format!("- {HEADSET} Device1"),
        ]
    );
}

#[tokio::test(start_paused = true)]
async fn power_off_takes_the_links_with_it() {
    let bench = Bench::new(LE).await;
    bench.discover().await;
    bench.say(HEADSET, "Device1.Connect").await;
    bench.wait(1000).await;
    bench.forget();
    bench.set("hci0", "Powered", false.into()).await;
    bench.settle().await;
    assert_eq!(
        bench.notes(),
        [
            "hci0 Adapter1 PowerState=\"on-disabling\"".to_owned(),
            format!("{HEADSET} Device1 Connected=false ServicesResolved=false"),
            "reply".to_owned(),
            "hci0 Adapter1 Class=0 Discovering=false PowerState=\"off\" Powered=false".to_owned(),
        ]
    );
    let off = "error org.bluez.Error.Failed: Input/output error";
    assert_eq!(bench.say(HEADSET, "Device1.Connect").await, off);
}

#[tokio::test(start_paused = true)]
async fn settings_of_a_device_show_before_the_reply() {
    let bench = Bench::new(LE).await;
    bench.discover().await;
    assert_eq!(bench.set(HEADSET, "Trusted", true.into()).await, "reply");
    assert_eq!(bench.notes(), [format!("{HEADSET} Device1 Trusted=true"), "reply".to_owned()]);
    assert_eq!(bench.set(HEADSET, "Trusted", true.into()).await, "reply");
    assert_eq!(bench.notes(), ["reply"]);
    assert_eq!(bench.set(HEADSET, "Alias", "mine".into()).await, "reply");
    assert_eq!(bench.set(HEADSET, "Alias", "".into()).await, "reply");
    assert_eq!(bench.notes()[2], format!("{HEADSET} Device1 Alias=\"Headset\""));
    assert_eq!(bench.set(HEADSET, "Blocked", true.into()).await, "reply");
    let blocked = "error org.bluez.Error.Failed: le-connection-abort-by-local";
    assert_eq!(bench.say(HEADSET, "Device1.Connect").await, blocked);
}

#[tokio::test(start_paused = true)]
async fn a_battery_comes_and_goes_with_its_service() {
    let bench = Bench::new(&format!("{LE}battery = 77\n")).await;
    bench.discover().await;
    bench.say(HEADSET, "Device1.Connect").await;
    bench.wait(1000).await;
    let battery = format!("+ {HEADSET} Battery1");
    assert_eq!(bench.notes().last(), Some(&battery), "after services that are new");
    bench.say(HEADSET, "Device1.Disconnect").await;
    let ended = format!("{HEADSET} Device1 Connected=false ServicesResolved=false");
    let gone = format!("- {HEADSET} Battery1");
    assert_eq!(bench.notes(), [gone, ended.clone(), "reply".to_owned()]);
    bench.say(HEADSET, "Device1.Connect").await;
    bench.wait(1000).await;
    let resolved = format!("{HEADSET} Device1 ServicesResolved=true");
    assert_eq!(bench.notes()[2..], [battery, resolved.clone()], "before services that are known");
    bench.say(HEADSET, "Device1.Disconnect").await;
    bench.say(HEADSET, "Device1.Connect").await;
    bench.forget();
    bench.say(HEADSET, "Device1.Disconnect").await;
    assert_eq!(bench.notes(), [resolved, ended, "reply".to_owned()], "nor while it ends");
}

#[tokio::test(start_paused = true)]
async fn profiles_of_bredr_are_looked_for_on_le_in_vain() {
    let bench = Bench::new(LE).await;
    bench.discover().await;
    let uuid = "0000110b-0000-1000-8000-00805f9b34fb";
    let outcome = bench.call(HEADSET, "Device1.ConnectProfile", &uuid).await;
    assert_eq!(verdict(outcome), "error org.bluez.Error.Failed: br-connection-timeout");
}

#[tokio::test(start_paused = true)]
async fn from_587_on_a_device_shows_its_bearer() {
    let bench = Bench::new(&format!("bluez = '5.87'\n{LE}")).await;
    bench.say("hci0", "Adapter1.StartDiscovery").await;
    bench.wait(1000).await;
    assert_eq!(bench.notes().last(), Some(&format!("+ {HEADSET} Bearer.LE1 Device1")));
    let path = ObjectPath::try_from(format!("/org/bluez/{HEADSET}")).expect("a path");
    bench.call("hci0", "Adapter1.RemoveDevice", &path).await.expect("a reply");
    assert_eq!(bench.notes(), [format!("- {HEADSET} Device1 Bearer.LE1"), "reply".to_owned()]);
}
