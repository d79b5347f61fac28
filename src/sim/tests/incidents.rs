//! What befalls the bench: each incident as clients see it, and that everything is as it was afterwards.

use std::time::Duration;

use tokio::time::{Instant, timeout};

use super::{Answer, Bench};

const HEADSET: &str = "hci0/dev_C0_DE_00_00_00_01";
const BONDED: &str = "[[device]]\nname = 'Headset'\naddress = 'C0:DE:00:00:00:01'\nbonded = true\n\
                      battery = 50\n";
const MINUTE: u64 = 60_000;

async fn bench(incident: &str) -> Bench {
    Bench::new(&format!("{BONDED}[[incident]]\n{incident}")).await
}

#[tokio::test(start_paused = true)]
async fn a_crash_comes_in_its_time_and_again() {
    let bench = bench("what = 'crash'\nevery = '10m'\nfor = '30s'").await;
    for round in [1, 2] {
        bench.wait_until(round * 10 * MINUTE - 1000).await;
        assert_eq!(bench.notes(), [""; 0]);
        bench.wait(2000).await;
        let gone =
            format!("/org/freedesktop/DBus NameOwnerChanged \"org.bluez\" \":1.{round}\" \"\"");
        assert_eq!(bench.notes(), [gone]);
        bench.wait(30_000).await;
        assert_eq!(bench.say(HEADSET, "Device1.Connect").await, "reply");
        bench.say(HEADSET, "Device1.Disconnect").await;
        bench.settle().await;
        bench.forget();
    }
}

#[tokio::test(start_paused = true)]
async fn a_hung_bluetoothd_answers_nobody_until_it_goes_on_and_then_in_order() {
    let bench = bench("what = 'hang'\nat = '1m'\nfor = '1m'").await;
    bench.wait(MINUTE - 100).await;
    let calls = async {
        tokio::join!(
            bench.say(HEADSET, "Device1.Connect"),
            async {
                bench.wait(30_000).await;
                bench.say("/", "org.freedesktop.DBus.Peer.Ping").await
            },
            async {
                bench.wait(31_000).await;
                bench.set("hci0", "Alias", "new".into()).await
            },
        )
    };
    let start = Instant::now();
    let owner = "org.freedesktop.DBus.NameHasOwner";
    let (answers, owned) = tokio::join!(calls, async {
        bench.wait(40_000).await;
        assert_eq!(bench.notes(), [""; 0]);
        bench.say("/org/freedesktop/DBus", owner).await
    });
    assert_eq!(owned, "reply", "the bus answers for itself");
    assert_eq!(answers, ("reply".into(), "reply".into(), "reply".into()));
    assert_eq!(start.elapsed().as_millis(), 60_100);
    bench.settle().await;
    let connected = format!("{HEADSET} Device1 Connected=true");
    let notes = ["reply", &connected, "reply", "reply", "reply", "hci0 Adapter1 Alias=\"new\""];
    assert_eq!(bench.notes(), notes, "the bus's answer, and what came up before what was asked");
}

#[tokio::test(start_paused = true)]
async fn a_hang_for_good_ends_only_with_a_crash() {
    let crash = "[[incident]]\nwhat = 'crash'\nat = '2m'\nfor = '1s'";
    let bench = bench(&format!("what = 'hang'\nat = '1m'\n{crash}")).await;
    bench.wait(MINUTE + 1).await;
    let answer = timeout(Duration::from_secs(120), bench.say(HEADSET, "Device1.Connect")).await;
    let no_reply = "error org.freedesktop.DBus.Error.NoReply: \
                    Message recipient disconnected from message bus without replying";
    assert_eq!(answer.as_deref(), Ok(no_reply));
    bench.wait(1051).await;
    assert_eq!(bench.say(HEADSET, "Device1.Connect").await, "reply");
}

#[tokio::test(start_paused = true)]
async fn a_bluetoothd_that_hangs_from_its_restart_on() {
    let hang = "[[incident]]\nwhat = 'hang'\nat = '65s'\nfor = '20s'";
    let bench = bench(&format!("what = 'crash'\nat = '1m'\nfor = '5s'\n{hang}")).await;
    bench.wait(65_001).await;
    assert!(bench.notes().iter().any(|note| note.contains("NameOwnerChanged")), "it is up");
    let start = Instant::now();
    assert_eq!(bench.say("/", "org.freedesktop.DBus.Peer.Ping").await, "reply");
    assert_eq!(start.elapsed().as_millis(), 19_999);
}

#[tokio::test(start_paused = true)]
async fn an_adapter_is_pulled_out_with_all_it_knows_and_put_back() {
    let bench = bench("what = 'unplug'\nat = '1m'\nfor = '10s'").await;
    bench.agent("NoInputNoOutput", Answer::Yes).await;
    bench.say("hci0", "Adapter1.StartDiscovery").await;
    assert_eq!(bench.say(HEADSET, "Device1.Connect").await, "reply");
    bench.wait_until(MINUTE - 1).await;
    bench.forget();
    bench.wait(2).await;
    assert_eq!(
        bench.notes(),
        [
            "hci0/dev_C0_DE_00_00_00_01 Device1 Connected=false ServicesResolved=false -RSSI",
            "- hci0/dev_C0_DE_00_00_00_01 Battery1",
            "hci0 Adapter1 Class=0 Discovering=false Powered=false",
            "- hci0/dev_C0_DE_00_00_00_01 Device1",
            "- hci0 Adapter1 BatteryProviderManager1 GattManager1 Media1 NetworkServer1 SimAccess1 \
             LEAdvertisingManager1",
        ]
    );
    assert!(bench.say("hci0", "Adapter1.StartDiscovery").await.contains("UnknownObject"));
    assert!(bench.say(HEADSET, "Device1.Connect").await.contains("UnknownObject"));
    bench.wait(11_000).await;
    let notes = bench.notes();
    let position = |note: &str| notes.iter().position(|other| other == note).expect(note);
    assert!(position(&format!("+ {HEADSET} Device1")) < position("hci0 Adapter1 Pairable=true"));
    let on = position("hci0 Adapter1 PowerState=\"on\" Powered=true");
    assert_eq!(notes[on + 1..], ["hci0 Adapter1 Class=4194304"]);
    assert!(bench.is(HEADSET, "Bonded").await);
    assert!(!bench.is(HEADSET, "Connected").await);
    assert_eq!(bench.say(HEADSET, "Device1.Connect").await, "reply");
}

#[tokio::test(start_paused = true)]
async fn calls_under_way_fail_when_the_adapter_is_pulled_out() {
    let fault = "[[device.fault]]\non = 'connect'\nunplug = true\nfor = '3s'";
    let bench = Bench::new(&format!("{BONDED}{fault}")).await;
    let failed = "error org.bluez.Error.Failed: le-connection-abort-by-local";
    assert_eq!(bench.say(HEADSET, "Device1.Connect").await, failed);
    bench.wait(4000).await;
    let off = bench.set("hci0", "Powered", false.into());
    let (off, connect) = tokio::join!(off, bench.say(HEADSET, "Device1.Connect"));
    assert_eq!(off, "error org.bluez.Error.Failed: Invalid Index");
    assert_eq!(connect, failed);
}

#[tokio::test(start_paused = true)]
async fn rfkill_takes_the_links_and_bluez_switches_on_again_after_it() {
    let bench = bench("what = 'rfkill'\nat = '1m'\nfor = '1m'").await;
    assert_eq!(bench.say(HEADSET, "Device1.Connect").await, "reply");
    bench.wait_until(MINUTE - 1).await;
    bench.forget();
    bench.wait(2).await;
    assert_eq!(
        bench.notes(),
        [
            "hci0/dev_C0_DE_00_00_00_01 Device1 Connected=false ServicesResolved=false",
            "- hci0/dev_C0_DE_00_00_00_01 Battery1",
            "hci0 Adapter1 Class=0 Discovering=false PowerState=\"off-blocked\" Powered=false",
        ]
    );
    let refused = bench.set("hci0", "Powered", true.into()).await;
    assert_eq!(refused, "error org.bluez.Error.Failed: Failed");
    let failed = "error org.bluez.Error.Failed: Input/output error";
    assert_eq!(bench.say(HEADSET, "Device1.Connect").await, failed);
    bench.forget();
    bench.wait(MINUTE).await;
    assert_eq!(
        bench.notes(),
        [
            "hci0 Adapter1 PowerState=\"off-enabling\"",
            "hci0 Adapter1 PowerState=\"on\" Powered=true",
        ]
    );
    assert_eq!(bench.say(HEADSET, "Device1.Connect").await, "reply");
}

#[tokio::test(start_paused = true)]
async fn what_happens_to_the_hardware_while_nobody_looks_is_seen_later() {
    for blind in ["crash", "hang"] {
        let pulled = "[[incident]]\nwhat = 'unplug'\nat = '70s'";
        let bench = bench(&format!("what = '{blind}'\nat = '1m'\nfor = '20s'\n{pulled}")).await;
        bench.wait_until(MINUTE + 15_000).await;
        bench.forget();
        bench.wait(10_000).await;
        let objects = bench.objects().await;
        assert!(objects.contains(&"/org/bluez".to_owned()), "{objects:?}");
        assert!(!objects.iter().any(|path| path.starts_with("hci")), "{blind}: {objects:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn an_incident_befalls_one_adapter_of_two() {
    let scene =
        "[[adapter]]\n[[adapter]]\n[[incident]]\nwhat = 'unplug'\nat = '1s'\nadapter = 'hci1'";
    let bench = Bench::new(scene).await;
    bench.wait(1001).await;
    let adapters = bench.objects().await;
    assert!(adapters.contains(&"hci0".to_owned()) && !adapters.contains(&"hci1".to_owned()));
}

#[tokio::test(start_paused = true)]
async fn a_bus_that_goes_away_closes_every_connection_and_comes_back() {
    let bench = bench("what = 'bus-gone'\nat = '1m'\nfor = '10s'").await;
    let other = bench.simulator.connect().await.expect("a second client");
    bench.wait_until(MINUTE - 1).await;
    assert!(!other.is_closed());
    timeout(Duration::from_millis(2), other.closed()).await.expect("the end of the connection");
    timeout(Duration::from_millis(2), bench.connection.closed()).await.expect("the end");
    let call = zbus::message::Message::method_call("/", "Ping").build(&());
    assert!(other.send(&call.expect("a call")).await.is_err(), "nobody takes it");
    let refused = bench.simulator.connect().await.expect_err("there is no bus");
    assert!(matches!(refused, zbus::Error::Connection(..)), "{refused}");
    bench.wait(10_060).await;
    let bench = bench.again().await;
    assert!(bench.is(HEADSET, "Bonded").await);
    assert_eq!(bench.say(HEADSET, "Device1.Connect").await, "reply");
}

#[tokio::test(start_paused = true)]
async fn clients_of_one_simulator_see_the_same_and_hear_their_own_answers() {
    let one = Bench::new(BONDED).await;
    let two = one.again().await;
    let (first, second) =
        tokio::join!(one.say(HEADSET, "Device1.Connect"), two.say("hci0", "Adapter1.Nonsense"));
    assert_eq!(first, "reply");
    assert!(second.contains("UnknownMethod"), "{second}");
    one.wait(1000).await;
    let (seen, seen_too) = (one.notes(), two.notes());
    let signals = |notes: Vec<String>| -> Vec<String> {
        notes.into_iter().filter(|note| note.contains("Device1 ")).collect()
    };
    assert_eq!(signals(seen), signals(seen_too.clone()));
    assert!(!seen_too.contains(&"reply".to_owned()), "{seen_too:?}");
    assert_eq!(two.say("hci0", "Adapter1.StartDiscovery").await, "reply");
    let not_mine = "error org.bluez.Error.Failed: No discovery started";
    assert_eq!(one.say("hci0", "Adapter1.StopDiscovery").await, not_mine);
    two.connection.close().await.expect("an end");
    one.wait(100).await;
    assert!(!one.is("hci0", "Discovering").await, "it ends with its client");
}

#[tokio::test(start_paused = true)]
async fn chance_makes_an_incident_late_within_its_bounds() {
    let first = async |seed| {
        let incident =
            "[[incident]]\nwhat = 'crash'\nevery = '1h'\nfirst = '1m'\njitter = '10m'\nfor = '1s'";
        let bench = Bench::seeded(incident, seed).await;
        let start = Instant::now();
        while bench.notes().is_empty() {
            bench.wait(1000).await;
        }
        start.elapsed().as_secs()
    };
    let times = [first(1).await, first(2).await, first(3).await];
    assert!(times.iter().all(|time| (60..=661).contains(time)), "{times:?}");
    assert_ne!(times[0], times[1]);
    assert_eq!(first(1).await, times[0]);
}
