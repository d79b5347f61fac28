//! What befalls the bench, as the kernel's clients see it: the kernel goes on when bluetoothd does
//! not.

use std::time::Duration;

use serde_json::json;
use tokio::time::timeout;

use super::{Bench, kernel_bench::Manager};
use crate::sim::{Scene, start};

const HEADSET: &str = "hci0/dev_C0_DE_00_00_00_01";
const DOWN: &str = "device-disconnected C0:DE:00:00:00:01 le-public";
const MINUTE: u64 = 60_000;

async fn both(more: &str) -> (Bench, Manager) {
    let device = "[[device]]\nname = 'Headset'\naddress = 'C0:DE:00:00:00:01'\nbonded = true\n";
    let bench = Bench::new(&format!("{device}{more}")).await;
    let manager = Manager::of(&bench.simulator);
    assert_eq!(bench.say(HEADSET, "Device1.Connect").await, "reply");
    bench.wait_until(MINUTE - 1).await;
    drop(manager.notes());
    (bench, manager)
}

#[tokio::test(start_paused = true)]
async fn a_controller_is_pulled_out_and_put_back() {
    let (bench, manager) = both("[[incident]]\nwhat = 'unplug'\nat = '1m'\nfor = '10s'").await;
    let extended = Manager::of(&bench.simulator);
    let listed = extended.read("read-extended-controller-index-list").await;
    assert_eq!(listed.records("controllers").len(), 1);
    bench.wait(2).await;
    let gone = ["class-of-device-changed 0", "new-settings ", "index-removed"];
    assert_eq!(manager.notes(), gone, "recorded on 7.2: nothing is said of its links");
    let last = extended.notes().pop();
    assert_eq!(last.as_deref(), Some("extended-index-removed primary virtual"));
    assert!(manager.read("read-controller-index-list").await.values("controller-index").is_empty());
    assert_eq!(manager.say("read-controller-information", json!({})).await, "invalid-index");
    bench.wait(11_000).await;
    let back = ["index-added", "new-settings powered", "class-of-device-changed 4194304"];
    assert_eq!(manager.notes(), back, "bluetoothd switches it on");
    assert!(manager.read("get-connections").await.records("connections").is_empty());
    assert_eq!(bench.say(HEADSET, "Device1.Connect").await, "reply");
}

#[tokio::test(start_paused = true)]
async fn commands_under_way_fail_when_the_controller_is_pulled_out() {
    let (bench, manager) = both("[[incident]]\nwhat = 'unplug'\nat = '1m'").await;
    let pair = json!({
        "address": "C0:DE:00:00:00:99", "address-type": "le-random", "io-capability": 3,
    });
    manager.begin("pair-device", pair).await;
    manager.begin("set-powered", json!({ "powered": false })).await;
    let answers = [manager.named_answer().await, manager.named_answer().await];
    let words = answers.map(|(name, (status, _))| format!("{name} {status}"));
    assert_eq!(words, ["pair-device Invalid Index", "set-powered Invalid Index"]);
    drop(bench);
}

#[tokio::test(start_paused = true)]
async fn rfkill_takes_links_and_power_and_lets_nobody_switch_on() {
    let (bench, manager) = both("[[incident]]\nwhat = 'rfkill'\nat = '1m'\nfor = '1m'").await;
    bench.wait(2).await;
    let gone = [&format!("{DOWN} local-host"), "class-of-device-changed 0", "new-settings "];
    assert_eq!(manager.notes(), gone, "recorded on 7.2");
    let on = json!({ "powered": true });
    assert_eq!(manager.say("set-powered", on.clone()).await, "failed", "recorded, not RFKilled");
    assert_eq!(manager.say("set-powered", json!({ "powered": false })).await, "success");
    bench.wait(MINUTE + 300).await;
    assert_eq!(manager.notes(), ["new-settings powered"], "bluetoothd switches it on again");
    let (bench, manager) =
        both("[[incident]]\nwhat = 'crash'\nat = '1m'\n[[incident]]\nwhat = 'rfkill'\nat = '1m'")
            .await;
    bench.wait(2).await;
    assert_eq!(manager.notes(), gone, "also where no bluetoothd looks");
    assert_eq!(manager.say("set-powered", on).await, "failed");
}

#[tokio::test(start_paused = true)]
async fn the_links_of_a_dead_bluetoothd_end_after_two_seconds() {
    let (bench, manager) = both("[[incident]]\nwhat = 'crash'\nat = '1m'\nfor = '30s'").await;
    bench.wait(1900).await;
    assert_eq!(manager.notes(), [""; 0]);
    assert_eq!(manager.read("get-connections").await.records("connections").len(), 1);
    bench.wait(200).await;
    assert_eq!(manager.notes(), [format!("{DOWN} local-host")], "recorded");
    assert_eq!(manager.settings().await, "powered");
    let all = json!({ "address-type": ["bredr", "le-public", "le-random"] });
    assert_eq!(manager.say("start-discovery", all).await, "success");
    bench.wait(150).await;
    assert!(manager.notes().last().is_some_and(|note| note.contains("\"Headset\"")));
    bench.wait_until(92_000).await;
    drop(manager.notes());
    bench.forget();
    assert_eq!(bench.say(HEADSET, "Device1.Connect").await, "reply");
    assert_eq!(manager.notes().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_link_is_lost_while_bluetoothd_hangs_and_bluetoothd_learns_of_it_later() {
    let hang = "vanish-after = '70s'\n[[incident]]\nwhat = 'hang'\nat = '1m'\nfor = '1m'";
    let (bench, manager) = both(hang).await;
    bench.forget();
    bench.wait_until(71_000).await;
    assert_eq!(manager.notes(), [format!("{DOWN} timeout")]);
    assert!(manager.read("get-connections").await.records("connections").is_empty());
    assert_eq!(bench.notes(), [""; 0]);
    bench.wait_until(2 * MINUTE + 1).await;
    assert!(bench.notes()[0].contains("Connected=false"));
    assert_eq!(manager.notes(), [""; 0], "once is enough");
}

#[tokio::test(start_paused = true)]
async fn a_scan_of_a_bluetoothd_that_stops_goes_on_to_its_end() {
    for blind in ["crash", "hang"] {
        let scene = format!(
            "[[device]]\nname = 'Headset'\n[[incident]]\nwhat = '{blind}'\nat = '5s'\nfor = '30s'"
        );
        let bench = Bench::new(&scene).await;
        let manager = Manager::of(&bench.simulator);
        bench.say("hci0", "Adapter1.StartDiscovery").await;
        bench.wait_until(5010).await;
        drop(manager.notes());
        bench.wait_until(20_000).await;
        let notes = manager.notes();
        let found = notes.iter().filter(|note| note.starts_with("device-found")).count();
        assert!((5..=6).contains(&found), "{blind}: {notes:?}");
        let last = notes.last().map(String::as_str);
        assert_eq!(last, Some("discovering bredr+le-public+le-random off"), "{blind}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_bus_that_goes_away_does_not_concern_the_kernel() {
    let (bench, manager) = both("[[incident]]\nwhat = 'bus-gone'\nat = '1m'\nfor = '10s'").await;
    bench.wait(5000).await;
    assert_eq!(manager.notes(), [format!("{DOWN} local-host")], "as when bluetoothd dies");
    assert_eq!(manager.say("set-bondable", json!({ "bondable": true })).await, "success");
    let other = Manager::of(&bench.simulator);
    assert_eq!(other.settings().await, "powered+bondable");
}

#[tokio::test(start_paused = true)]
async fn a_socket_does_not_keep_the_simulator_alive_and_ends_with_it() {
    let simulator = start(Scene::default(), 0);
    let (sender, mut receiver) = simulator.connect_kernel().split();
    let (left, _) = simulator.connect_kernel().split();
    drop(left);
    sender.send(&[1, 0, 0xFF, 0xFF, 0, 0]).await.expect("a kernel");
    assert_eq!(receiver.receive().await.expect("an answer").len(), 12);
    let tasks = || tokio::runtime::Handle::current().metrics().num_alive_tasks();
    assert_eq!(tasks(), 2, "the simulator, and one that listens");
    drop(simulator);
    let end = timeout(Duration::from_secs(1), receiver.receive()).await.expect("the end");
    assert!(end.is_err());
    assert!(sender.send(&[1, 0, 0xFF, 0xFF, 0, 0]).await.is_err());
    assert_eq!(tasks(), 0);
}

#[tokio::test(start_paused = true)]
async fn the_same_seed_tells_the_same_story() {
    let story = async || {
        let (bench, manager) = both("rssi-varies = 9\n[crowd]\ndevices = 20").await;
        let all = json!({ "address-type": ["bredr", "le-public", "le-random"] });
        for _ in 0..3 {
            manager.ask("start-discovery", all.clone()).await;
            bench.wait(3000).await;
            manager.ask("stop-discovery", all.clone()).await;
        }
        manager.raw()
    };
    let (one, two) = (story().await, story().await);
    assert!(one.len() > 80, "{}", one.len());
    assert_eq!(one, two);
}
