//! What earlier clients and earlier bonds leave behind, and what gets rid of it.

use zbus::ObjectPath;

use super::{Answer, Bench};

const HEADSET: &str = "hci0/dev_C0_DE_00_00_00_01";
const WAITING: &str = "error org.bluez.Error.InProgress: In Progress";

fn scene(more: &str) -> String {
    format!("[[device]]\nname = 'Headset'\naddress = 'C0:DE:00:00:00:01'\n{more}")
}

async fn remove(bench: &Bench) {
    let path = format!("/org/bluez/{HEADSET}");
    let path = ObjectPath::from_str_unchecked(&path);
    bench.call("hci0", "Adapter1.RemoveDevice", &path).await.expect("a removal");
}

#[tokio::test(start_paused = true)]
async fn a_connect_of_an_earlier_client_is_in_the_way_until_it_is_ended() {
    let bench = Bench::new(&scene("connecting = true")).await;
    bench.wait(3_600_000).await;
    assert_eq!(bench.say(HEADSET, "Device1.Connect").await, WAITING);
    assert_eq!(bench.say(HEADSET, "Device1.Pair").await, WAITING);
    assert_eq!(bench.say(HEADSET, "Device1.Disconnect").await, "reply");
    assert_eq!(bench.say(HEADSET, "Device1.Connect").await, "reply");

    let bench = Bench::new(&scene("connecting = true")).await;
    remove(&bench).await;
    bench.discover().await;
    assert_eq!(bench.say(HEADSET, "Device1.Connect").await, "reply");
}

#[tokio::test(start_paused = true)]
async fn a_connect_of_an_earlier_client_ends_with_time_and_with_bluetoothd() {
    let bench = Bench::new(&scene("connecting = true\nconnecting-for = '5m'")).await;
    bench.wait(299_000).await;
    assert_eq!(bench.say(HEADSET, "Device1.Connect").await, WAITING);
    bench.wait(2000).await;
    assert_eq!(bench.notes(), [WAITING], "nobody hears how it ended");
    assert_eq!(bench.say(HEADSET, "Device1.Connect").await, "reply");

    let crash = "[[incident]]\nwhat = 'crash'\nat = '1m'\nfor = '1s'";
    let bench = Bench::new(&scene(&format!("connecting = true\n{crash}"))).await;
    bench.wait(62_000).await;
    assert_eq!(bench.say(HEADSET, "Device1.Connect").await, "reply");
}

#[tokio::test(start_paused = true)]
async fn the_oldest_release_says_it_in_its_own_words() {
    let scene = format!("bluez = '5.66'\n{}", scene("connecting = true"));
    let bench = Bench::new(&scene).await;
    let busy = "error org.bluez.Error.Failed: Operation already in progress";
    assert_eq!(bench.say(HEADSET, "Device1.Connect").await, busy);
}

#[tokio::test(start_paused = true)]
async fn half_a_bond_brings_a_link_up_and_down_again_until_it_is_made_anew() {
    let bench = Bench::new(&scene("half-bonded = true")).await;
    assert!(bench.is(HEADSET, "Bonded").await);
    bench.forget();
    assert_eq!(bench.say(HEADSET, "Device1.Connect").await, "reply");
    bench.wait(1000).await;
    assert_eq!(
        bench.notes(),
        [
            &format!("{HEADSET} Device1 Connected=true"),
            "reply",
            &format!("{HEADSET} Device1 Connected=false"),
        ]
    );
    bench.agent("NoInputNoOutput", Answer::Yes).await;
    let bonded = "error org.bluez.Error.AlreadyExists: Already Exists";
    assert_eq!(bench.say(HEADSET, "Device1.Pair").await, bonded);
    remove(&bench).await;
    bench.discover().await;
    assert_eq!(bench.say(HEADSET, "Device1.Pair").await, "reply");
    bench.say(HEADSET, "Device1.Disconnect").await;
    assert_eq!(bench.say(HEADSET, "Device1.Connect").await, "reply");
    bench.wait(1000).await;
    assert!(bench.is(HEADSET, "ServicesResolved").await);
}

#[tokio::test(start_paused = true)]
async fn half_a_bond_is_a_missing_key_on_bredr_and_the_newest_release_tells_the_reason() {
    let bredr = "transport = 'bredr'\nservices = ['110b']\nhalf-bonded = true";
    let bench = Bench::new(&scene(bredr)).await;
    let failed = "error org.bluez.Error.Failed: br-connection-key-missing";
    assert_eq!(bench.say(HEADSET, "Device1.Connect").await, failed);

    let bench = Bench::new(&format!("bluez = '5.87'\n{}", scene("half-bonded = true"))).await;
    bench.say(HEADSET, "Device1.Connect").await;
    bench.wait(1000).await;
    let reason = format!(
        "{HEADSET} Disconnected \"org.bluez.Reason.Authentication\" \
         \"Connection terminated due to authentication failure\""
    );
    let notes = bench.notes();
    assert!(notes.contains(&reason), "{notes:?}");
}
