//! How soon a step sees a notification, after its D-Bus signal was sent. Run by `scripts/bench/notifications`.

use std::time::Instant;

use super::super::gatt::CHARACTERISTIC;
use super::*;

/// How many are sent.
const COUNT: usize = 5000;
/// How many other objects the tree has.
const OTHERS: usize = 2000;
const PATH: &str = "/org/bluez/hci0/dev_C0/service0001/char0002";

fn interfaces(name: &str) -> Interfaces {
    Interfaces::from([(name.to_owned(), Properties::new())])
}

/// The signal of a notification whose value is when it was sent.
fn notification(since: Instant) -> Message {
    let sent = u64::try_from(since.elapsed().as_nanos()).unwrap();
    let value = zbus::Variant::new(sent.to_le_bytes().to_vec());
    let set: HashMap<&str, zbus::Variant<'_>> = HashMap::from([("Value", value)]);
    Message::signal(PATH, "org.freedesktop.DBus.Properties", "PropertiesChanged")
        .sender(":1.1")
        .build(&(CHARACTERISTIC, set, Vec::<&str>::new()))
        .unwrap()
}

#[tokio::test]
#[ignore = "a benchmark, for scripts/bench/notifications"]
async fn how_soon_one_is_seen() {
    let peer = Peer::default();
    let (session, _told) = Session::open(peer.bus()).await.unwrap();
    let mirror = session.mirror();
    for other in 0..OTHERS {
        mirror.add(&format!("/org/bluez/hci0/dev_{other}"), interfaces("org.bluez.Device1"));
    }
    mirror.add(PATH, interfaces(CHARACTERISTIC));
    mirror.listen(PATH);
    let (since, wire) = (Instant::now(), peer.last());
    tokio::spawn(async move {
        for _ in 0..COUNT {
            wire.send(&notification(since)).await.unwrap();
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    });
    let mut took = Vec::with_capacity(COUNT);
    while took.len() < COUNT {
        // As `gatt-notifications` waits.
        let there = |tree: &Tree| Some(tree.heard(PATH)?.values().len()).filter(|there| *there > 0);
        let there = mirror.wait_for(there).await.unwrap();
        let now = u64::try_from(since.elapsed().as_nanos()).unwrap();
        for told in mirror.hear(PATH, |heard| heard.take(there)).unwrap() {
            took.push(now - u64::from_le_bytes(told.value.try_into().unwrap()));
        }
    }
    took.sort_unstable();
    let at = |share: usize| took[(COUNT - 1) * share / 1000];
    println!("notification seen after ns: p50 {} p99 {} max {}", at(500), at(990), at(1000));
}
