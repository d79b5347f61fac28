//! What the program must reach, as far as a test that is not timed can say: memory, and that much work
//! ends. Times are in `scripts/bench/program`.

use std::process::Stdio;
use std::time::Duration;

use crate::bench::Bench;

/// Peak resident memory of a run with so many reconnections, in KiB.
fn peak(times: &str) -> u64 {
    let case = r#"
[vars]
times = 1
[[case]]
id = "A"
title = "reconnects"
setup = [{ do = "discover", device = "dut" }, { do = "pair", device = "dut" }]
steps = [{ do = "repeat", times = "${times}", steps = [
  { do = "disconnect", device = "dut" },
  { do = "connect", device = "dut", measure = "reconnect" },
] }]
"#;
    let bench = Bench::with_plan(case);
    let set = format!("times={times}");
    let mut command =
        bench.command(&["run", "plan.toml", "--sim", "--out", "run", "-q", "--set", &set]);
    let mut child = command.stdout(Stdio::null()).spawn().unwrap();
    let status_file = format!("/proc/{}/status", child.id());
    let mut peak = 0;
    let status = loop {
        // The kernel's own high-water mark: it only grows, so the last one read is the peak.
        peak = high_water_mark(&status_file).unwrap_or(peak);
        if let Some(status) = child.try_wait().unwrap() {
            break status;
        }
        std::thread::sleep(Duration::from_millis(2));
    };
    assert!(status.success(), "{status}");
    peak
}

fn high_water_mark(status_file: &str) -> Option<u64> {
    let status = std::fs::read_to_string(status_file).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.trim().strip_suffix(" kB")?.parse().ok()
}

#[test]
fn memory_does_not_grow_with_the_number_of_reconnections() {
    let (few, many) = (peak("1000"), peak("10000"));
    assert!(many < few + 1024, "1,000 reconnections: {few} KiB; 10,000: {many} KiB");
    assert!(many < 20 * 1024 * 2, "{many} KiB in a build without optimisation");
}
