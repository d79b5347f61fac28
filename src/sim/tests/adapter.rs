//! The adapter's power and settings: sections 3 and 6 of the recordings.

use super::Bench;

#[tokio::test(start_paused = true)]
async fn power_goes_off_and_on_in_the_recorded_order() {
    let bench = Bench::new("").await;
    assert_eq!(bench.set("hci0", "Powered", false.into()).await, "reply");
    bench.settle().await;
    assert_eq!(
        bench.notes(),
        [
            "hci0 Adapter1 PowerState=\"on-disabling\"",
            "reply",
            "hci0 Adapter1 Class=0 Discovering=false PowerState=\"off\" Powered=false",
        ]
    );
    assert_eq!(bench.set("hci0", "Powered", true.into()).await, "reply");
    bench.settle().await;
    assert_eq!(
        bench.notes(),
        [
            "hci0 Adapter1 PowerState=\"off-enabling\"",
            "reply",
            "hci0 Adapter1 PowerState=\"on\" Powered=true",
        ]
    );
    assert_eq!(bench.set("hci0", "Powered", true.into()).await, "reply");
    bench.settle().await;
    assert_eq!(bench.notes(), ["reply"]);
}

#[tokio::test(start_paused = true)]
async fn a_second_change_of_power_finds_the_first_busy() {
    let bench = Bench::new("").await;
    let off = bench.set("hci0", "Powered", false.into());
    let on = bench.set("hci0", "Powered", true.into());
    let (off, on) = tokio::join!(off, on);
    assert_eq!((off.as_str(), on.as_str()), ("reply", "error org.bluez.Error.Busy: "));
    bench.settle().await;
    assert_eq!(
        bench.notes()[..3],
        ["hci0 Adapter1 PowerState=\"on-disabling\"", "error org.bluez.Error.Busy: ", "reply",]
    );
}

#[tokio::test(start_paused = true)]
async fn rfkill_holds_an_adapter_off() {
    let bench = Bench::new("[[adapter]]\npowered = false\nblocked = true").await;
    let refused = "error org.bluez.Error.Failed: Failed";
    assert_eq!(bench.set("hci0", "Powered", true.into()).await, refused);
    assert_eq!(bench.get("hci0", "PowerState").await.expect("one").to_string(), "\"off-blocked\"");
}

#[tokio::test(start_paused = true)]
async fn an_adapter_that_is_off_is_not_ready() {
    let bench = Bench::new("[[adapter]]\npowered = false").await;
    let not_ready = "error org.bluez.Error.NotReady: Resource Not Ready";
    assert_eq!(bench.say("hci0", "Adapter1.StartDiscovery").await, not_ready);
    assert_eq!(bench.say("hci0", "Adapter1.StopDiscovery").await, not_ready);
    let off = "error org.bluez.Error.Failed: Not Powered";
    assert_eq!(bench.set("hci0", "Discoverable", true.into()).await, off);
    assert_eq!(bench.set("hci0", "Discoverable", false.into()).await, off);
    assert_eq!(bench.set("hci0", "Pairable", true.into()).await, "reply");
    bench.forget();
    bench.settle().await;
    assert_eq!(bench.set("hci0", "Alias", "desk".into()).await, "reply");
    bench.settle().await;
    assert_eq!(bench.notes(), ["reply", "hci0 Adapter1 Alias=\"desk\""]);
    assert_eq!(bench.set("hci0", "Alias", "".into()).await, "reply");
    bench.settle().await;
    assert_eq!(bench.notes(), ["reply", "hci0 Adapter1 Alias=\"bench\""]);
}

#[tokio::test(start_paused = true)]
async fn discoverable_brings_connectable_and_ends_in_time() {
    let bench = Bench::new("").await;
    assert_eq!(bench.set("hci0", "DiscoverableTimeout", 2_u32.into()).await, "reply");
    assert_eq!(bench.set("hci0", "Discoverable", true.into()).await, "reply");
    bench.settle().await;
    assert_eq!(
        bench.notes(),
        [
            "reply",
            "hci0 Adapter1 DiscoverableTimeout=2",
            "hci0 Adapter1 Connectable=true",
            "reply",
            "hci0 Adapter1 Discoverable=true",
        ]
    );
    bench.wait(2000).await;
    assert_eq!(bench.notes(), ["hci0 Adapter1 Discoverable=false"]);
}

#[tokio::test(start_paused = true)]
async fn power_off_ends_being_discoverable_first() {
    let bench = Bench::new("").await;
    assert_eq!(bench.set("hci0", "Discoverable", true.into()).await, "reply");
    bench.settle().await;
    bench.forget();
    assert_eq!(bench.set("hci0", "Discoverable", false.into()).await, "reply");
    bench.settle().await;
    assert_eq!(bench.notes(), ["reply", "hci0 Adapter1 Connectable=false Discoverable=false"]);
    assert_eq!(bench.set("hci0", "Discoverable", true.into()).await, "reply");
    bench.settle().await;
    bench.forget();
    assert_eq!(bench.set("hci0", "Powered", false.into()).await, "reply");
    bench.settle().await;
    assert_eq!(
        bench.notes(),
        [
            "hci0 Adapter1 PowerState=\"on-disabling\"",
            "hci0 Adapter1 Connectable=false Discoverable=false",
            "reply",
            "hci0 Adapter1 Class=0 Discovering=false PowerState=\"off\" Powered=false",
        ]
    );
}

#[tokio::test(start_paused = true)]
async fn a_scene_without_adapters_has_none() {
    let bench = Bench::new("adapter = []").await;
    assert_eq!(bench.objects().await, ["/org/bluez", "test"]);
}
