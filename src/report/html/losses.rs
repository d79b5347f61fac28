//! How often the bench lost something, in words.

use crate::event::BenchChange;
use crate::report::quantity::several;
use crate::report::summary::Summary;

/// What was lost; none where something was found again.
#[must_use]
pub fn words(change: BenchChange) -> Option<&'static str> {
    Some(match change {
        BenchChange::BluezGone => "bluetoothd left the bus",
        BenchChange::BluezHung => "bluetoothd stopped answering",
        BenchChange::AdapterGone => "the adapter went away",
        BenchChange::BusGone => "the bus went away",
        BenchChange::Suspended => "the machine slept",
        BenchChange::ClockStepped => "the machine's clock was set",
        BenchChange::BluezBack | BenchChange::AdapterBack | BenchChange::BusBack => return None,
    })
}

/// How often each loss happened, in the order in which they first happened: `bluetoothd left the bus
/// 3 times`. An adapter that went with its bluetoothd is no loss of its own.
#[must_use]
pub fn counted(summary: &Summary) -> Vec<String> {
    let mut counts: Vec<(&str, u64)> = Vec::new();
    let mut without_bluez = false;
    for (_, change) in &summary.bench_changes {
        match change {
            BenchChange::BluezGone | BenchChange::BusGone => without_bluez = true,
            BenchChange::AdapterGone if without_bluez => continue,
            BenchChange::BluezBack => without_bluez = false,
            _ => {}
        }
        let Some(words) = words(*change) else { continue };
        match counts.iter_mut().find(|(known, _)| *known == words) {
            Some((_, count)) => *count += 1,
            None => counts.push((words, 1)),
        }
    }
    let told = |(words, count): (&str, u64)| match count {
        1 => format!("{words} once"),
        _ => format!("{words} {}", several(count, "time")),
    };
    counts.into_iter().map(told).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn losses_are_counted_and_what_came_back_is_not() {
        use BenchChange::{AdapterGone, BluezBack, BluezGone, Suspended};
        let changes = [BluezGone, AdapterGone, BluezBack, BluezGone, BluezBack, Suspended];
        let bench_changes = changes.map(|change| (0, change)).to_vec();
        let summary = Summary { bench_changes, ..Summary::default() };
        assert_eq!(
            counted(&summary),
            ["bluetoothd left the bus 2 times", "the machine slept once"]
        );
    }
}
