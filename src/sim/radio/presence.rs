//! When a device is in range: what the scene plans, and what faults do to it.

use std::time::Duration;

use tokio::time::Instant;

use crate::sim::scene::Device;

/// The times at which a device is in range.
pub(in crate::sim) struct Presence {
    comes: Instant,
    goes: Option<Instant>,
    returns: Option<Instant>,
    /// Away by a fault, until then; for good if there is no then.
    away: Option<Option<Instant>>,
}

impl Presence {
    /// As the scene plans it, counted from now.
    pub(super) fn new(spec: &Device) -> Self {
        let comes = Instant::now() + spec.in_range_after.unwrap_or_default();
        let goes = spec.vanish_after.map(|after| comes + after);
        let returns = spec.return_after.and_then(|after| Some(goes? + after));
        Presence { comes, goes, returns, away: None }
    }

    pub(super) fn at(&self, now: Instant) -> bool {
        let away = match self.away {
            None => false,
            Some(None) => true,
            Some(Some(until)) => now < until,
        };
        let gone = self.goes.is_some_and(|goes| now >= goes);
        let returned = self.returns.is_some_and(|returns| now >= returns);
        !away && now >= self.comes && (!gone || returned)
    }

    pub(super) fn next_change(&self, now: Instant) -> Option<Instant> {
        [Some(self.comes), self.goes, self.returns, self.away.flatten()]
            .into_iter()
            .flatten()
            .filter(|change| *change > now)
            .min()
    }

    pub(super) fn leave(&mut self, now: Instant, lasting: Option<Duration>) {
        self.away = Some(lasting.map(|lasting| now + lasting));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_device_comes_goes_and_returns() {
        let second = Duration::from_secs(1);
        let mut presence = Presence::new(&Device {
            in_range_after: Some(second),
            vanish_after: Some(2 * second),
            return_after: Some(3 * second),
            ..Device::default()
        });
        let start = Instant::now();
        let at = |presence: &Presence| -> Vec<bool> {
            (0..8).map(|seconds| presence.at(start + seconds * second)).collect()
        };
        assert_eq!(at(&presence), [false, true, true, false, false, false, true, true]);
        assert_eq!(presence.next_change(start + second), Some(start + 3 * second));
        presence.leave(start + 6 * second, Some(second));
        assert_eq!(at(&presence), [false, false, false, false, false, false, false, true]);
        presence.leave(start, None);
        assert!(!at(&presence).contains(&true));
    }
}
