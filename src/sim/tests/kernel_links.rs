//! Links and discovery: what bluetoothd and management clients do, as the other side sees it, in
//! the kernel's order.

use serde_json::json;

use super::{Bench, kernel_bench::Manager};

const HEADSET: &str = "hci0/dev_C0_DE_00_00_00_01";
const TARGET: (&str, &str) = ("C0:DE:00:00:00:01", "le-random");
const SCENE: &str = "[[device]]\nname = 'Headset'\naddress = 'C0:DE:00:00:00:01'\naddress-type = 'random'\n\
                     services = ['180f']\n";

async fn both(more: &str) -> (Bench, Manager) {
    let bench = Bench::new(&format!("{SCENE}{more}")).await;
    let manager = Manager::beside(&bench);
    (bench, manager)
}

fn of_kernel(notes: Vec<String>) -> Vec<String> {
    notes.into_iter().filter(|note| note.starts_with("mgmt ")).collect()
}

#[tokio::test(start_paused = true)]
async fn a_link_is_told_up_and_down_before_bluetoothd_shows_it() {
    let (bench, manager) = both("known = true").await;
    bench.say(HEADSET, "Device1.Connect").await;
    let up = [
        "mgmt device-connected C0:DE:00:00:00:01 le-random initiated-connection \"Headset\"".into(),
        format!("{HEADSET} Device1 Connected=true"),
        "reply".into(),
    ];
    assert_eq!(bench.notes(), up);
    bench.wait(1000).await;
    bench.forget();
    let links = manager.read("get-connections").await;
    assert_eq!(links.records("connections").len(), 1);
    bench.say(HEADSET, "Device1.Disconnect").await;
    let down = [
        "mgmt device-disconnected C0:DE:00:00:00:01 le-random local-host".into(),
        format!("{HEADSET} Device1 Connected=false ServicesResolved=false"),
        "reply".into(),
    ];
    assert_eq!(bench.notes(), down);
    assert_eq!(manager.read("get-connections").await.records("connections").len(), 0);
}

#[tokio::test(start_paused = true)]
async fn a_client_disconnects_and_bluetoothd_sees_it() {
    let (bench, manager) = both("known = true").await;
    assert_eq!(manager.about("disconnect", TARGET).await, "disconnected", "recorded on 6.12");
    bench.say(HEADSET, "Device1.Connect").await;
    bench.wait(1000).await;
    bench.forget();
    let (status, reply) = manager
        .ask("get-connection-information", json!({ "address": TARGET.0, "address-type": TARGET.1 }))
        .await;
    assert!(status.is_success());
    assert_eq!(reply.dbm("rssi"), Some(-60));
    assert_eq!(manager.about("get-clock-information", TARGET).await, "invalid-parameters");
    assert_eq!(manager.about("disconnect", TARGET).await, "success");
    bench.settle().await;
    let down = [
        "mgmt device-disconnected C0:DE:00:00:00:01 le-random local-host".into(),
        format!("{HEADSET} Device1 Connected=false ServicesResolved=false"),
    ];
    assert_eq!(bench.notes(), down);
    assert_eq!(bench.say(HEADSET, "Device1.Connect").await, "reply");
}

#[tokio::test(start_paused = true)]
async fn why_a_link_ended_is_what_the_kernel_says() {
    let end = async |more: &str| {
        let (bench, _manager) = both(&format!("known = true\n{more}")).await;
        bench.say(HEADSET, "Device1.Connect").await;
        bench.forget();
        bench.wait(60_000).await;
        of_kernel(bench.notes())
    };
    let ended =
        |why: &str| vec![format!("mgmt device-disconnected C0:DE:00:00:00:01 le-random {why}")];
    assert_eq!(end("vanish-after = '30s'").await, ended("timeout"));
    assert_eq!(end("half-bonded = true").await, ended("authentication-failure"));
    let drops = "[[device.fault]]\non = 'connect'\ndrops-after = '5s'";
    assert_eq!(end(drops).await, ended("timeout"));
}

#[tokio::test(start_paused = true)]
async fn a_link_that_does_not_come_about_is_told() {
    let (bench, manager) = both("known = true\nconnectable = false").await;
    bench.say(HEADSET, "Device1.Connect").await;
    let failed = ["mgmt connect-failed C0:DE:00:00:00:01 le-random disconnected".to_owned()];
    assert_eq!(of_kernel(bench.notes()), failed, "recorded");
    let (bench, _other) = both("known = true\ntransport = 'bredr'\nconnectable = false").await;
    bench.say(HEADSET, "Device1.Connect").await;
    let failed = ["mgmt connect-failed C0:DE:00:00:00:01 bredr connect-failed".to_owned()];
    assert_eq!(of_kernel(bench.notes()), failed);
    drop(manager);
}

#[tokio::test(start_paused = true)]
async fn a_discovery_of_bluetoothds_is_told_with_all_it_finds_and_its_rests() {
    let (bench, _manager) = both("").await;
    bench.say("hci0", "Adapter1.StartDiscovery").await;
    bench.wait(150).await;
    let notes = bench.notes();
    let found = "mgmt device-found C0:DE:00:00:00:01 le-random -60  \"Headset\"";
    assert_eq!(
        notes,
        [
            "mgmt discovering bredr+le-public+le-random on",
            "reply",
            "hci0 Adapter1 Discovering=true",
            found,
            &format!("+ {HEADSET} Device1"),
        ]
    );
    bench.wait(15_200).await;
    let scans: Vec<_> = of_kernel(bench.notes());
    let count = |word: &str| scans.iter().filter(|note| note.contains(word)).count();
    assert_eq!((count("le-random off"), count("le-random on")), (1, 1), "{scans:?}");
    assert_eq!(count("device-found"), 10, "once a second, and nothing in the rest");
    bench.say("hci0", "Adapter1.StopDiscovery").await;
    assert_eq!(of_kernel(bench.notes()), ["mgmt discovering bredr+le-public+le-random off"]);
}

#[tokio::test(start_paused = true)]
async fn a_client_discovers_by_itself_and_bluetoothd_takes_no_notice() {
    let (bench, manager) = both("").await;
    let le = json!({ "address-type": ["le-public", "le-random"] });
    assert_eq!(manager.say("start-discovery", le.clone()).await, "success");
    assert_eq!(manager.say("start-discovery", le.clone()).await, "busy");
    bench.wait(150).await;
    let found = "mgmt device-found C0:DE:00:00:00:01 le-random -60  \"Headset\"";
    let on = "mgmt discovering le-public+le-random on";
    assert_eq!(bench.notes(), [on, found], "and nothing of bluetoothd's");
    let both = json!({ "address-type": ["bredr", "le-public", "le-random"] });
    assert_eq!(manager.say("stop-discovery", both).await, "invalid-parameters");
    let confirm = json!({ "address": TARGET.0, "address-type": TARGET.1, "name-known": true });
    assert_eq!(manager.say("confirm-name", confirm).await, "success");
    assert_eq!(manager.say("stop-discovery", le.clone()).await, "success");
    assert_eq!(manager.say("stop-discovery", le.clone()).await, "rejected");
    bench.settle().await;
    assert_eq!(bench.notes(), ["mgmt discovering le-public+le-random off"]);
    manager.ask("start-discovery", le).await;
    bench.wait(11_000).await;
    let last = bench.notes().pop();
    assert_eq!(last.as_deref(), Some("mgmt discovering le-public+le-random off"), "by itself");
    assert!(!bench.is("hci0", "Discovering").await);
}

#[tokio::test(start_paused = true)]
async fn a_service_discovery_hears_what_it_asks_for() {
    let (bench, manager) = both("rssi = -70").await;
    for (threshold, uuid, heard) in
        [(-80, "180f", true), (-60, "180f", false), (-80, "180d", false), (127, "180f", true)]
    {
        let asked = json!({
            "address-type": ["le-public", "le-random"], "rssi-threshold": threshold, "uuid": [uuid],
        });
        manager.ask("start-service-discovery", asked).await;
        bench.wait(2000).await;
        manager.ask("stop-discovery", json!({ "address-type": ["le-public", "le-random"] })).await;
        let found = bench.notes().iter().any(|note| note.contains("device-found"));
        assert_eq!(found, heard, "{threshold} {uuid}");
    }
}

#[tokio::test(start_paused = true)]
async fn bluetoothd_scans_again_five_seconds_after_somebody_stopped_its_scan() {
    let (bench, manager) = both("").await;
    bench.say("hci0", "Adapter1.StartDiscovery").await;
    bench.wait(1000).await;
    bench.forget();
    let all = json!({ "address-type": ["bredr", "le-public", "le-random"] });
    assert_eq!(manager.say("start-discovery", all.clone()).await, "busy");
    assert_eq!(manager.say("stop-discovery", all).await, "success");
    bench.wait(4900).await;
    let off = "mgmt discovering bredr+le-public+le-random off";
    assert_eq!(bench.notes(), [off], "nothing is heard, and bluetoothd shows nothing: recorded");
    assert!(bench.is("hci0", "Discovering").await);
    bench.forget();
    bench.wait(2000).await;
    let notes = of_kernel(bench.notes());
    assert_eq!(notes[0], "mgmt discovering bredr+le-public+le-random on");
    assert!(notes[1].starts_with("mgmt device-found"), "{notes:?}");
}

#[tokio::test(start_paused = true)]
async fn a_device_that_is_kept_away_by_a_client() {
    let (bench, manager) = both("known = true").await;
    bench.say(HEADSET, "Device1.Connect").await;
    bench.wait(1000).await;
    bench.forget();
    assert_eq!(manager.about("block-device", TARGET).await, "success");
    assert_eq!(manager.about("block-device", TARGET).await, "failed");
    bench.settle().await;
    assert_eq!(
        bench.notes(),
        [
            "mgmt device-disconnected C0:DE:00:00:00:01 le-random local-host".to_owned(),
            format!("{HEADSET} Device1 Blocked=true Connected=false ServicesResolved=false"),
        ]
    );
    assert_eq!(manager.about("unblock-device", TARGET).await, "success");
    bench.settle().await;
    assert_eq!(bench.notes(), [format!("{HEADSET} Device1 Blocked=false")]);
    bench.say(HEADSET, "Device1.Connect").await;
    bench.forget();
    bench.set(HEADSET, "Blocked", true.into()).await;
    bench.settle().await;
    let told = [
        "mgmt device-disconnected C0:DE:00:00:00:01 le-random local-host",
        "mgmt device-blocked C0:DE:00:00:00:01 le-random",
    ];
    assert_eq!(of_kernel(bench.notes()), told, "recorded");
}
