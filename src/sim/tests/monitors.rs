//! Advertisement monitors: who registers which, what they find, and when they are let go.

use zbus::ObjectPath;

use super::{Answer, Bench, bench::verdict};

const SCENE: &str = "experimental = true\n[[adapter]]\naudio = false\n\
                     [[device]]\nname = 'Beacon'\naddress = 'C0:DE:00:00:04:01'\naddress-type = 'random'\n\
                     flags = 6\nservices = ['180d']\nmanufacturer-data = { 0x0059 = '0102' }\n\
                     service-data = { 180f = '64' }\nvanish-after = '20s'\nreturn-after = '10s'\n";
const DEVICE: &str = "hci0/dev_C0_DE_00_00_04_01";
const FLAGS: &[(u8, u8, &[u8])] = &[(0, 0x01, &[6])];

async fn call(bench: &Bench, member: &str, path: &str) -> String {
    let path = ObjectPath::from_str_unchecked(path);
    let method = format!("AdvertisementMonitorManager1.{member}");
    verdict(bench.call("hci0", &method, &path).await)
}

/// A client that watches, with these timeouts.
async fn watching(
    scene: &str,
    patterns: &'static [(u8, u8, &'static [u8])],
    timeouts: Option<[u16; 2]>,
) -> Bench {
    let bench = Bench::new(scene).await;
    bench.answers(Answer::Monitor { patterns, timeouts });
    assert_eq!(call(&bench, "RegisterMonitor", "/root").await, "reply");
    bench
}

#[tokio::test(start_paused = true)]
async fn a_monitor_is_read_set_to_work_and_let_go() {
    let bench = watching(SCENE, FLAGS, None).await;
    bench.settle().await;
    assert_eq!(bench.notes(), ["agent GetManagedObjects ", "reply", "agent Activate "]);
    let twice = "error org.bluez.Error.AlreadyExists: Already Exists";
    assert_eq!(call(&bench, "RegisterMonitor", "/root").await, twice);
    let unknown = "error org.bluez.Error.DoesNotExist: Does Not Exist";
    assert_eq!(call(&bench, "UnregisterMonitor", "/other").await, unknown);
    bench.forget();
    assert_eq!(call(&bench, "UnregisterMonitor", "/root").await, "reply");
    bench.wait(5000).await;
    assert_eq!(bench.notes(), ["agent Release ", "reply"]);
}

#[tokio::test(start_paused = true)]
async fn without_thresholds_each_advertisement_is_told_and_no_loss() {
    let bench = watching(SCENE, FLAGS, None).await;
    bench.wait(1500).await;
    let notes = bench.notes();
    let found = format!("agent DeviceFound {DEVICE}");
    assert_eq!(notes[3], format!("+ {DEVICE} Device1"));
    assert_eq!(notes[4..], [found.clone(), found]);
    bench.wait(25_000).await;
    assert!(!bench.notes().iter().any(|note| note.contains("DeviceLost")));
    assert!(!bench.is("hci0", "Discovering").await);
}

#[tokio::test(start_paused = true)]
async fn with_timeouts_a_device_is_found_lost_and_found_again() {
    let bench = watching(SCENE, FLAGS, Some([2, 3])).await;
    let told = |notes: Vec<String>| {
        let told = notes.into_iter().filter(|note| note.starts_with("agent Device"));
        told.collect::<Vec<_>>()
    };
    bench.wait_until(2000).await;
    assert!(told(bench.notes()).is_empty());
    bench.wait_until(20_000).await;
    assert_eq!(told(bench.notes()), [format!("agent DeviceFound {DEVICE}")]);
    bench.wait_until(25_000).await;
    assert_eq!(told(bench.notes()), [format!("agent DeviceLost {DEVICE}")]);
    bench.wait_until(35_000).await;
    assert_eq!(told(bench.notes()), [format!("agent DeviceFound {DEVICE}")]);
    // Switched off, it is lost at once; what is only heard is then known no more.
    bench.set("hci0", "Powered", false.into()).await;
    assert_eq!(told(bench.notes()), [format!("agent DeviceLost {DEVICE}")]);
    assert!(bench.devices().await.is_empty());
}

/// What bluetoothd compares itself is not the same in all releases.
#[tokio::test(start_paused = true)]
async fn a_release_does_not_find_every_part() {
    const NAME: &[(u8, u8, &[u8])] = &[(0, 0x09, b"Bea")];
    const LIST: &[(u8, u8, &[u8])] = &[(0, 0x03, &[0x0d, 0x18])];
    const MAKER: &[(u8, u8, &[u8])] = &[(0, 0xff, &[0x59, 0, 1])];
    const WHOLE: &[(u8, u8, &[u8])] = &[(0, 0x16, &[0x0f, 0x18, 0x64])];
    const DATA: &[(u8, u8, &[u8])] = &[(0, 0x16, &[0x64])];
    for (release, finds) in [
        ("5.66", [true, true, true, true, true, false]),
        ("5.82", [true, false, false, true, false, true]),
        ("5.87", [true, false, false, true, false, true]),
    ] {
        for (patterns, finds) in [FLAGS, NAME, LIST, MAKER, WHOLE, DATA].into_iter().zip(finds) {
            let bench = watching(&format!("bluez = '{release}'\n{SCENE}"), patterns, None).await;
            bench.wait(1500).await;
            let found = bench.notes().iter().any(|note| note.contains("DeviceFound"));
            assert_eq!(found, finds, "{release}: {patterns:?}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn what_is_unfit_or_has_no_adapter_is_let_go() {
    const UNFIT: &[(u8, u8, &[u8])] = &[(31, 0x01, &[6])];
    let bench = watching(SCENE, UNFIT, None).await;
    bench.settle().await;
    assert_eq!(bench.notes(), ["agent GetManagedObjects ", "agent Release ", "reply"]);
    let off = SCENE.replace("audio = false", "audio = false\npowered = false");
    let bench = watching(&off, FLAGS, None).await;
    bench.settle().await;
    assert_eq!(bench.notes(), ["agent GetManagedObjects ", "reply", "agent Release "]);
}
