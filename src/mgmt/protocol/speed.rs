//! How many events a second are decoded, on one core. `scripts/bench/mgmt` runs it in release and compares:
//!
//!     cargo test --release --lib mgmt::protocol::speed -- --ignored --nocapture

use std::hint::black_box;
use std::time::{Duration, Instant};

use super::Message;
use super::octets::from_hex;

/// The packets of the fixture that the rival decodes, too.
fn packets() -> Vec<Vec<u8>> {
    let lines = include_str!("../../../fixtures/mgmt/events.hex").lines();
    lines.filter(|line| !line.starts_with('#')).map(|line| from_hex(line).unwrap()).collect()
}

#[test]
fn the_packets_are_what_they_should_be() {
    let packets = packets();
    assert_eq!(packets.len(), 20);
    for packet in packets {
        let Ok(Message::Event { record, .. }) = Message::decode(&packet) else {
            panic!("an event")
        };
        assert_eq!(record.rest(), [] as [u8; 0]);
        if let Some(eir) = record.eir("eir-data") {
            assert!(eir.structures().count() > 1, "{record:?}");
        }
    }
}

#[test]
#[ignore = "a measurement; scripts/bench/mgmt runs it"]
fn events_a_second() {
    let packets = packets();
    let start = Instant::now();
    let mut decoded = 0_u64;
    while start.elapsed() < Duration::from_secs(3) {
        for _ in 0..1000 {
            for packet in &packets {
                black_box(Message::decode(black_box(packet))).unwrap();
            }
        }
        decoded += 1000 * packets.len() as u64;
    }
    #[expect(clippy::cast_precision_loss, reason = "a count of a few seconds")]
    let speed = decoded as f64 / start.elapsed().as_secs_f64();
    println!("events a second: {speed:.0}");
}
