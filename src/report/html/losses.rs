//! How often the bench lost something, in words.

use crate::event::BenchChange;
use crate::report::quantity::{several, time};
use crate::report::summary::{Happened, Summary};

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
        BenchChange::AdapterOff => "the adapter was switched off",
        BenchChange::Rfkill => "rfkill switched the adapter off",
        BenchChange::BluezBack
        | BenchChange::BluezAnswers
        | BenchChange::AdapterBack
        | BenchChange::AdapterOn
        | BenchChange::BusBack => return None,
    })
}

/// How often each loss happened, in the order in which they first happened: `bluetoothd left the bus
/// 3 times`, and how long the machine slept. An adapter that went with its bluetoothd is no loss of its own.
#[must_use]
pub fn counted(summary: &Summary) -> Vec<String> {
    let mut counts: Vec<(&str, u64)> = Vec::new();
    let mut without_bluez = false;
    for Happened { change, .. } in &summary.bench_changes {
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
    let slept = slept(summary).map_or_else(String::new, |us| format!(" ({})", time(us)));
    let told = |(name, count): (&str, u64)| {
        let slept = if Some(name) == words(BenchChange::Suspended) { &slept } else { "" };
        match count {
            1 => format!("{name} once{slept}"),
            _ => format!("{name} {}{slept}", several(count, "time")),
        }
    };
    counts.into_iter().map(told).collect()
}

/// How long the machine slept, over all, in microseconds; none where that is not known.
fn slept(summary: &Summary) -> Option<u64> {
    let sleeps = summary.bench_changes.iter().filter(|h| h.change == BenchChange::Suspended);
    let slept = sleeps.filter_map(|sleep| Some(sleep.by_us?.unsigned_abs()));
    Some(slept.fold(0, u64::saturating_add)).filter(|us| *us > 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn losses_are_counted_and_what_came_back_is_not() {
        use BenchChange::{
            AdapterGone, AdapterOn, BluezAnswers, BluezBack, BluezGone, BluezHung, Rfkill,
            Suspended,
        };
        let changes = [
            BluezGone,
            AdapterGone,
            BluezBack,
            BluezGone,
            BluezBack,
            BluezHung,
            BluezAnswers,
            Rfkill,
            AdapterOn,
            Suspended,
            Suspended,
        ];
        let by_us = |change| (change == Suspended).then_some(750_000_000);
        let bench_changes =
            changes.map(|change| Happened { t: 0, change, by_us: by_us(change) }).to_vec();
        let summary = Summary { bench_changes, ..Summary::default() };
        assert_eq!(
            counted(&summary),
            [
                "bluetoothd left the bus 2 times",
                "bluetoothd stopped answering once",
                "rfkill switched the adapter off once",
                "the machine slept 2 times (25m 00s)"
            ]
        );
    }
}
