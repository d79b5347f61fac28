//! The statistics of a scene come out as the scene says: rates, percentiles, bursts, drift.

use std::time::Duration;

use tokio::time::Instant;
use zbus::message::{Message, Type};

use crate::{
    sim::{Scene, bus::Line, host::Host},
    stats::{Series, Trend},
};

const HEADSET: &str = "/org/bluez/hci0/dev_C0_DE_00_00_00_01";

fn scene(more: &str) -> String {
    format!("[[device]]\naddress = 'C0:DE:00:00:00:01'\nknown = true\ndisconnect = '0s'\n{more}")
}

/// What came of a connection, and how long it took.
struct Tried {
    answer: String,
    took: Duration,
    at: Duration,
}

/// A simulator without a wire, which would be most of the work.
struct Direct(Host);

impl Direct {
    fn new(scene: &str, seed: u64) -> Self {
        Direct(Host::new(Scene::parse(scene).expect("a scene"), seed))
    }

    /// Calls a method of the headset, and gives the error's message, or `reply`.
    async fn say(&mut self, method: &str) -> String {
        let call = Message::method_call(HEADSET, method)
            .interface("org.bluez.Device1")
            .build(&())
            .expect("a call");
        let serial = call.primary_header().serial_num();
        self.0.receive(Line(1), call);
        loop {
            for letter in self.0.outgoing() {
                if letter.answers == Some(serial) {
                    return match letter.message.message_type() {
                        Type::Error => letter.message.body().deserialize().expect("a text"),
                        _ => "reply".into(),
                    };
                }
            }
            tokio::time::sleep_until(self.0.next().expect("an answer to come")).await;
            self.0.happen();
        }
    }
}

/// Connects again and again, with a pause after each.
async fn connections(scene: &str, seed: u64, count: usize, pause: Duration) -> Vec<Tried> {
    let mut bench = Direct::new(scene, seed);
    let start = Instant::now();
    let mut tried = Vec::new();
    for _ in 0..count {
        let before = Instant::now();
        let answer = bench.say("Connect").await;
        tried.push(Tried { answer, took: before.elapsed(), at: start.elapsed() });
        bench.say("Disconnect").await;
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

/// The bounds that a count of strikes keeps to 999 times of 1000 (the binomial's normal approximation).
fn bounds(probability: f64, tries: f64) -> std::ops::RangeInclusive<f64> {
    let (mean, spread) = (probability * tries, (tries * probability * (1.0 - probability)).sqrt());
    mean - 3.2905 * spread..=mean + 3.2905 * spread
}

#[tokio::test(start_paused = true)]
async fn errors_are_as_frequent_as_the_scene_says() {
    const TRIES: usize = 20_000;
    let scene = scene(
        "[[device.fault]]\non = 'connect'\nprobability = 0.01\nerror = 'aborted-by-remote'\n\
         [[device.fault]]\non = 'connect'\nprobability = 0.03\nerror = 'refused'",
    );
    let tried = connections(&scene, 11, TRIES, Duration::ZERO).await;
    let count = |word: &str| {
        f64::from(
            u32::try_from(tried.iter().filter(|one| one.answer.ends_with(word)).count()).unwrap(),
        )
    };
    // The first of two faults that strike at once is the one that is seen.
    let (aborted, refused) = (count("abort-by-remote"), count("refused"));
    assert!(bounds(0.01, 20_000.0).contains(&aborted), "{aborted}");
    assert!(bounds(0.99 * 0.03, 20_000.0).contains(&refused), "{refused}");
    assert_eq!(aborted + refused + count("reply"), 20_000.0);
}

#[tokio::test(start_paused = true)]
async fn bursts_come_in_their_length_and_number() {
    let scene =
        scene("[[device.fault]]\non = 'connect'\nprobability = 0.02\nburst = 5\nerror = 'refused'");
    let tried = connections(&scene, 3, 3000, Duration::ZERO).await;
    let runs = tried.chunk_by(|a, b| a.answer == b.answer);
    let failing: Vec<_> = runs.filter(|run| run[0].answer != "reply").map(<[Tried]>::len).collect();
    // One burst may follow another at once, and the last may be cut short.
    assert!(failing.iter().rev().skip(1).all(|run| run % 5 == 0), "{failing:?}");
    let bursts: usize = failing.iter().map(|run| run.div_ceil(5)).sum();
    // A burst takes five operations, and one begins at one in fifty of the others: 3000 / 54.
    assert!((34..=78).contains(&bursts), "{bursts}");
}

#[tokio::test(start_paused = true)]
async fn the_percentiles_of_a_long_tail_are_seen_by_who_measures_them() {
    let scene = scene("connect = { p50 = '300ms', p99 = '1.2s' }");
    let tried = connections(&scene, 8, 4000, Duration::ZERO).await;
    let mut times: Vec<_> = tried.iter().map(|one| one.took.as_millis()).collect();
    times.sort_unstable();
    assert!((285..=315).contains(&times[2000]), "{}", times[2000]);
    assert!((1050..=1370).contains(&times[3960]), "{}", times[3960]);
}
