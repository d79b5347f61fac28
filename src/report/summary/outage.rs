//! How long what the bench lost was gone.

use super::{Happened, REMARKS};
use crate::event::BenchChange;

/// How long before an adapter, or its bluetoothd, goes away the adapter may go off with it, in microseconds.
const WITH_IT: u64 = 1_000_000;

/// Adds a change, up to [`REMARKS`] of them. An adapter that is pulled out goes off first, and that is one loss.
pub(super) fn add(changes: &mut Vec<Happened>, now: Happened) {
    use BenchChange::{AdapterGone, AdapterOff, BluezGone};
    let with_it =
        |last: &Happened| last.change == AdapterOff && now.t.saturating_sub(last.t) <= WITH_IT;
    if matches!(now.change, AdapterGone | BluezGone) && changes.last().is_some_and(with_it) {
        changes.pop();
    }
    if changes.len() < REMARKS {
        changes.push(now);
    }
}

/// For each change of the bench how long it lasted, in microseconds, until what was lost was there again; none
/// for what is no loss, and where the return is not known: it never came, or the same was lost again before.
#[must_use]
pub fn lasted(changes: &[Happened]) -> Vec<Option<u64>> {
    let of = |(at, lost): (usize, &Happened)| {
        let ends = ends(lost.change);
        let mut later = changes.iter().skip(at + 1);
        let next = later.find(|h| ends.contains(&h.change) || h.change == lost.change)?;
        ends.contains(&next.change).then(|| next.t.saturating_sub(lost.t))
    };
    changes.iter().enumerate().map(of).collect()
}

/// What says that it is over: a bluetoothd that hung does so no more when it is gone.
fn ends(change: BenchChange) -> &'static [BenchChange] {
    use BenchChange as Bench;
    match change {
        Bench::BluezGone => &[Bench::BluezBack],
        // Earlier versions told of a hang that ended as of a bluetoothd that was back.
        Bench::BluezHung => &[Bench::BluezAnswers, Bench::BluezBack, Bench::BluezGone],
        Bench::AdapterGone => &[Bench::AdapterBack],
        Bench::AdapterOff | Bench::Rfkill => {
            &[Bench::AdapterOn, Bench::AdapterGone, Bench::BluezGone]
        }
        Bench::BusGone => &[Bench::BusBack],
        Bench::BluezBack | Bench::BluezAnswers | Bench::AdapterBack | Bench::AdapterOn => &[],
        Bench::BusBack | Bench::Suspended | Bench::ClockStepped => &[],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_adapter_that_goes_off_because_it_is_pulled_out_is_one_loss() {
        use BenchChange::{AdapterBack, AdapterGone, AdapterOff, AdapterOn};
        let mut changes = Vec::new();
        for (t, change) in [
            (0, AdapterOff),
            (1_000, AdapterGone),
            (5_000_000, AdapterBack),
            (6_000_000, AdapterOff),
            (7_500_000, AdapterGone),
            (8_000_000, AdapterOff),
            (8_000_001, AdapterOn),
        ] {
            add(&mut changes, Happened { t, change, by_us: None });
        }
        let kept: Vec<_> = changes.iter().map(|happened| happened.change).collect();
        let expected = [AdapterGone, AdapterBack, AdapterOff, AdapterGone, AdapterOff, AdapterOn];
        assert_eq!(kept, expected);
    }

    #[test]
    fn a_loss_lasts_until_the_return_that_belongs_to_it() {
        use BenchChange as Bench;
        let night = [
            (0, Bench::BluezGone, Some(5)),
            (1, Bench::AdapterGone, Some(3)),
            (4, Bench::AdapterBack, None),
            (5, Bench::BluezBack, None),
            (6, Bench::BluezHung, Some(20)),
            (10, Bench::Suspended, None),
            (26, Bench::BluezAnswers, None),
            (30, Bench::Rfkill, Some(2)),
            (32, Bench::AdapterOn, None),
            (40, Bench::BluezGone, None),
            (50, Bench::BluezGone, Some(1)),
            (51, Bench::BluezBack, None),
            (60, Bench::BusGone, None),
        ];
        let happened = |(t, change, _)| Happened { t, change, by_us: None };
        let expected = night.map(|(_, _, lasted)| lasted);
        assert_eq!(lasted(&night.map(happened)), expected);
    }
}
