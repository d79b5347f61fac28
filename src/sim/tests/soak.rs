//! Many rounds: fast, the same each time, and without growing.

use std::time::Duration;

use super::Bench;

const SCENE: &str = r#"
[[device]]
name = "Headset"
address = "C0:DE:00:00:00:01"
known = true
connect = { mean = "300ms", sd = "100ms" }
services-resolved = { min = "100ms", max = "400ms" }
[[device.fault]]
on = "connect"
probability = 0.05
error = "aborted-by-remote"
"#;
const HEADSET: &str = "hci0/dev_C0_DE_00_00_00_01";

#[tokio::test(start_paused = true)]
async fn ten_thousand_reconnections_take_seconds_and_leave_nothing_behind() {
    let bench = Bench::new(SCENE).await;
    let (worked, simulated) = (work(), tokio::time::Instant::now());
    let mut tasks = 0;
    for round in 0..10_000 {
        bench.say(HEADSET, "Device1.Connect").await;
        bench.say(HEADSET, "Device1.Disconnect").await;
        bench.forget();
        if round == 100 {
            tasks = alive();
        }
    }
    assert_eq!(alive(), tasks, "tasks are left behind");
    assert!(simulated.elapsed() > Duration::from_secs(20_000));
    // A second in a release build; this is for a debug build on a slow machine.
    let worked = work() - worked;
    assert!(worked < Duration::from_secs(60), "{worked:?}");
}

/// How long this thread has had a processor, which no other process makes longer.
fn work() -> Duration {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").expect("Linux");
    let nanoseconds = text.split(' ').next().expect("a number");
    Duration::from_nanos(nanoseconds.parse().expect("a number"))
}

fn alive() -> usize {
    tokio::runtime::Handle::current().metrics().num_alive_tasks()
}

#[tokio::test(start_paused = true)]
async fn the_same_seed_makes_the_same_trace() {
    let trace = async |seed| {
        let bench = Bench::seeded(&format!("{SCENE}[crowd]\ndevices = 20"), seed).await;
        let start = tokio::time::Instant::now();
        let mut trace = Vec::new();
        bench.say("hci0", "Adapter1.StartDiscovery").await;
        for _ in 0..50 {
            bench.say(HEADSET, "Device1.Connect").await;
            trace.push(format!("{:?}", start.elapsed()));
            bench.say(HEADSET, "Device1.Disconnect").await;
            trace.extend(bench.notes());
        }
        trace
    };
    let first = trace(7).await;
    assert_eq!(first, trace(7).await);
    assert_ne!(first, trace(8).await);
}

#[tokio::test(start_paused = true)]
async fn the_simulator_ends_with_its_last_handle_and_connection() {
    let before = alive();
    let bench = Bench::new(SCENE).await;
    bench.discover().await;
    let Bench { connection, simulator, .. } = bench;
    drop(simulator);
    connection.close().await.expect("an end");
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert_eq!(alive(), before);
}
