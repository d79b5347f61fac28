//! Misbehaviour on demand.

use tokio::time::Instant;

use super::{Answer, Bench};

const HEADSET: &str = "hci0/dev_C0_DE_00_00_00_01";

fn scene(fault: &str) -> String {
    format!("[[device]]\nname = 'Headset'\naddress = 'C0:DE:00:00:00:01'\nknown = true\n{fault}")
}

async fn reconnections(bench: &Bench, rounds: usize) -> Vec<bool> {
    let mut outcomes = Vec::new();
    for _ in 0..rounds {
        outcomes.push(bench.say(HEADSET, "Device1.Connect").await == "reply");
        bench.say(HEADSET, "Device1.Disconnect").await;
    }
    outcomes
}

#[tokio::test(start_paused = true)]
async fn the_third_connection_fails_and_no_other() {
    let fault = "[[device.fault]]\non = 'connect'\nnth = 3\nerror = 'refused'";
    let bench = Bench::new(&scene(fault)).await;
    assert_eq!(reconnections(&bench, 5).await, [true, true, false, true, true]);
}

#[tokio::test(start_paused = true)]
async fn an_error_is_in_the_words_of_the_transport() {
    for (more, fault, expected) in [
        ("", "error = 'page-timeout'", "org.bluez.Error.Failed: le-connection-abort-by-local"),
        (
            "transport = 'bredr'",
            "error = 'page-timeout'",
            "org.bluez.Error.Failed: br-connection-page-timeout",
        ),
        (
            "transport = 'bredr'",
            "error = 'key-missing'",
            "org.bluez.Error.Failed: br-connection-key-missing",
        ),
        ("", "error = { name = 'org.x.Odd', message = 'so' }", "org.x.Odd: so"),
    ] {
        let fault = format!("{more}\n[[device.fault]]\non = 'connect'\n{fault}");
        let bench = Bench::new(&scene(&fault)).await;
        let error = bench.say(HEADSET, "Device1.Connect").await;
        assert_eq!(error, format!("error {expected}"));
    }
}

#[tokio::test(start_paused = true)]
async fn a_call_is_never_answered_and_others_are() {
    let fault = "[[device.fault]]\non = 'connect'\nnever-answers = true";
    let bench = Bench::new(&scene(fault)).await;
    let connect = bench.say(HEADSET, "Device1.Connect");
    let hour = std::time::Duration::from_secs(3600);
    let (silence, alive) =
        tokio::join!(tokio::time::timeout(hour, connect), bench.get(HEADSET, "Name"));
    assert!(silence.is_err());
    assert!(alive.is_ok());
}

#[tokio::test(start_paused = true)]
async fn a_link_drops_by_itself() {
    let fault = "[[device.fault]]\non = 'connect'\ndrops-after = '3s'";
    let bench = Bench::new(&scene(fault)).await;
    assert_eq!(bench.say(HEADSET, "Device1.Connect").await, "reply");
    bench.wait(2500).await;
    assert!(bench.is(HEADSET, "Connected").await);
    bench.wait(1000).await;
    assert!(!bench.is(HEADSET, "Connected").await);
}

#[tokio::test(start_paused = true)]
async fn a_device_vanishes_in_the_middle_of_pairing_and_returns() {
    let fault = "[[device.fault]]\non = 'pair'\nnth = 1\nvanish = true\nfor = '1m'";
    let bench = Bench::new(&scene(fault)).await;
    bench.agent("NoInputNoOutput", Answer::Yes).await;
    let failed = "error org.bluez.Error.AuthenticationTimeout: Authentication Timeout";
    assert_eq!(bench.say(HEADSET, "Device1.Pair").await, failed);
    assert_eq!(bench.say("hci0", "Adapter1.StartDiscovery").await, "reply");
    bench.wait(1000).await;
    assert_eq!(bench.say(HEADSET, "Device1.Pair").await, "reply");
}

#[tokio::test(start_paused = true)]
async fn a_connected_device_that_leaves_loses_its_link() {
    let bench = Bench::new(&scene("vanish-after = '10s'\nreturn-after = '10s'\n")).await;
    assert_eq!(bench.say(HEADSET, "Device1.Connect").await, "reply");
    bench.wait(9_500).await;
    assert!(bench.is(HEADSET, "Connected").await);
    bench.wait(1_000).await;
    assert!(!bench.is(HEADSET, "Connected").await);
    bench.wait(10_000).await;
    assert_eq!(bench.say(HEADSET, "Device1.Connect").await, "reply");
}

#[tokio::test(start_paused = true)]
async fn chance_follows_from_the_seed() {
    let fault = "[[device.fault]]\non = 'connect'\nprobability = 0.5\nerror = 'refused'";
    let outcomes = async |seed| {
        let bench = Bench::seeded(&scene(fault), seed).await;
        reconnections(&bench, 30).await
    };
    let first = outcomes(1).await;
    assert_eq!(first, outcomes(1).await);
    assert_ne!(first, outcomes(2).await);
}

#[tokio::test(start_paused = true)]
async fn an_adapter_misbehaves_too() {
    let fault = "[[adapter]]\n[[adapter.fault]]\non = 'discover'\nnth = 1\nerror = 'in-progress'";
    let bench = Bench::new(fault).await;
    let busy = "error org.bluez.Error.InProgress: In Progress";
    assert_eq!(bench.say("hci0", "Adapter1.StartDiscovery").await, busy);
    assert_eq!(bench.say("hci0", "Adapter1.StartDiscovery").await, "reply");
}

#[tokio::test(start_paused = true)]
async fn services_that_are_never_resolved() {
    let fault = "[[device.fault]]\non = 'resolve'\nnth = 1\nnever-answers = true";
    let bench = Bench::new(&scene(fault)).await;
    let start = Instant::now();
    assert_eq!(bench.say(HEADSET, "Device1.Connect").await, "reply");
    bench.wait(60_000).await;
    assert!(!bench.is(HEADSET, "ServicesResolved").await, "after {:?}", start.elapsed());
    bench.say(HEADSET, "Device1.Disconnect").await;
    assert_eq!(bench.say(HEADSET, "Device1.Connect").await, "reply");
    bench.wait(1000).await;
    assert!(bench.is(HEADSET, "ServicesResolved").await);
}

#[tokio::test(start_paused = true)]
async fn a_device_that_reboots_drops_its_link_and_is_back_for_who_waits() {
    let fault = "[[device.fault]]\non = 'resolve'\nnth = 1\nreboot = '20s'";
    let bench = Bench::new(&scene(fault)).await;
    assert_eq!(bench.say(HEADSET, "Device1.Connect").await, "reply");
    bench.wait(600).await;
    assert!(!bench.is(HEADSET, "Connected").await);
    let start = Instant::now();
    assert_eq!(bench.say(HEADSET, "Device1.Connect").await, "reply");
    assert!((19..21).contains(&start.elapsed().as_secs()), "{:?}", start.elapsed());
}

#[tokio::test(start_paused = true)]
async fn a_device_that_comes_back_too_late_is_not_connected() {
    let fault = "[[device.fault]]\non = 'connect'\nnth = 1\nreboot = '1m'";
    let bench = Bench::new(&scene(fault)).await;
    let failed = "error org.bluez.Error.Failed: le-connection-abort-by-local";
    assert_eq!(bench.say(HEADSET, "Device1.Connect").await, failed);
    assert_eq!(bench.say(HEADSET, "Device1.Connect").await, "reply");
}

#[tokio::test(start_paused = true)]
async fn a_reboot_can_cost_the_bond() {
    let fault = "bonded = true\n[[device.fault]]\non = 'disconnect'\nnth = 1\nreboot = '1s'\n\
                 forgets-bonds = true";
    let bench = Bench::new(&scene(fault)).await;
    assert_eq!(bench.say(HEADSET, "Device1.Connect").await, "reply");
    bench.say(HEADSET, "Device1.Disconnect").await;
    assert_eq!(bench.say(HEADSET, "Device1.Connect").await, "reply");
    bench.wait(1000).await;
    assert!(bench.is(HEADSET, "Bonded").await, "bluetoothd does not know yet");
    assert!(!bench.is(HEADSET, "Connected").await, "without its key the link cannot be encrypted");
}

#[tokio::test(start_paused = true)]
async fn an_adapters_faults_are_counted_on_over_a_crash() {
    let fault =
        "[[adapter]]\n[[adapter.fault]]\non = 'discover'\nnth = 1\ncrash = true\nfor = '1s'";
    let bench = Bench::new(fault).await;
    assert!(bench.say("hci0", "Adapter1.StartDiscovery").await.contains("NoReply"));
    bench.wait(1100).await;
    assert_eq!(bench.say("hci0", "Adapter1.StartDiscovery").await, "reply");
}

#[tokio::test(start_paused = true)]
async fn interference_makes_everything_slower_and_loses_some() {
    let air =
        "connect = '300ms'\n[[interference]]\nat = '1h'\nfor = '1h'\nslower = 3.0\nlost = 0.3";
    let bench = Bench::seeded(&scene(air), 5).await;
    let mut lost = 0;
    for (from, expected) in [(0, 300), (3600, 900), (7200, 300)] {
        bench.wait_until(from * 1000).await;
        for _ in 0..40 {
            let start = Instant::now();
            let connected = bench.say(HEADSET, "Device1.Connect").await == "reply";
            match connected {
                true => assert_eq!(start.elapsed().as_millis(), expected),
                false => assert_eq!((from, start.elapsed().as_millis()), (3600, 41_900)),
            }
            lost += u32::from(!connected);
            bench.say(HEADSET, "Device1.Disconnect").await;
        }
    }
    assert!((5..20).contains(&lost), "{lost}");
}
