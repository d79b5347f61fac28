//! The statistics of a scene come out as the scene says: rates, percentiles, bursts, drift.

use std::time::Duration;

use tokio::time::Instant;

use super::Bench;
use crate::stats::{Series, Trend};

const HEADSET: &str = "hci0/dev_C0_DE_00_00_00_01";

fn scene(more: &str) -> String {
    format!("[[device]]\naddress = 'C0:DE:00:00:00:01'\nknown = true\ndisconnect = '0s'\n{more}")
}

/// What came of a connection, and how long it took.
struct Tried {
    answer: String,
    took: Duration,
    at: Duration,
}

/// Connects again and again, with a pause after each.
async fn connections(scene: &str, seed: u64, count: usize, pause: Duration) -> Vec<Tried> {
    let bench = Bench::seeded(scene, seed).await;
    let start = Instant::now();
    let mut tried = Vec::new();
    for _ in 0..count {
        let before = Instant::now();
        let answer = bench.say(HEADSET, "Device1.Connect").await;
        tried.push(Tried { answer, took: before.elapsed(), at: start.elapsed() });
        bench.say(HEADSET, "Device1.Disconnect").await;
        bench.forget();
        tokio::time::sleep(pause).await;
    }
    tried
}

fn micros(time: Duration) -> u64 {
    u64::try_from(time.as_micros()).expect("not that long")
}

fn trend(tried: &[Tried]) -> Trend {
    let mut series = Series::default();
    for tried in tried {
        assert_eq!(tried.answer, "reply");
        series.record(micros(tried.at), micros(tried.took), true);
    }
    Trend::of(&series).expect("enough of them")
}

#[tokio::test(start_paused = true)]
async fn what_drifts_with_the_hours_has_that_slope() {
    let scene = scene("connect = { mean = '1s', sd = '50ms' }\ndrift = { per-hour = '+6%' }");
    let tried = connections(&scene, 5, 960, Duration::from_secs(29)).await;
    let trend = trend(&tried);
    assert!(trend.is_real(), "{trend:?}");
    assert!((trend.per_hour - 60_000.0).abs() < 5_000.0, "{trend:?}");
}

#[tokio::test(start_paused = true)]
async fn what_leaks_with_each_connection_has_that_slope() {
    let scene = scene("connect = '300ms'\ndrift = { per-connection = '0.2ms' }");
    let tried = connections(&scene, 5, 3000, Duration::from_millis(1700)).await;
    assert_eq!(tried[0].took, Duration::from_millis(300));
    assert_eq!(tried[1000].took, Duration::from_millis(500));
    assert_eq!(tried[2999].took, Duration::from_millis(899));
    assert!(trend(&tried).is_real());
}
