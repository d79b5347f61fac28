//! What is to happen later, in order of time, and of arrival where the time is the same: the one
//! source of time in the simulator, so that a run depends on nothing but scene, seed and calls.

use std::{collections::BTreeMap, time::Duration};

use tokio::time::Instant;

/// Names an event that was armed, to disarm it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct TimerId(Instant, u64);

/// Events that wait for their time.
pub(super) struct Timers<E> {
    waiting: BTreeMap<TimerId, E>,
    armed: u64,
}

impl<E> Timers<E> {
    pub(super) fn new() -> Self {
        Timers { waiting: BTreeMap::new(), armed: 0 }
    }

    /// Lets an event happen `after` a time from now.
    pub(super) fn arm(&mut self, after: Duration, event: E) -> TimerId {
        // A time beyond what the clock can say is as good as never: thirty years from now.
        let now = Instant::now();
        let never = Duration::from_secs(30 * 365 * 24 * 3600);
        let at = now.checked_add(after).unwrap_or(now + never);
        self.armed += 1;
        let id = TimerId(at, self.armed);
        self.waiting.insert(id, event);
        id
    }

    /// Takes an event back. One that has happened is not there any more.
    pub(super) fn disarm(&mut self, id: TimerId) {
        self.waiting.remove(&id);
    }

    /// The events that wait, each with its time.
    pub(super) fn waiting(&self) -> impl Iterator<Item = (Instant, &E)> {
        self.waiting.iter().map(|(TimerId(at, _), event)| (*at, event))
    }

    /// The time of the next event.
    pub(super) fn next(&self) -> Option<Instant> {
        self.waiting.first_key_value().map(|(TimerId(at, _), _)| *at)
    }

    /// The next event whose time has come.
    pub(super) fn due(&mut self, now: Instant) -> Option<E> {
        let (TimerId(at, _), _) = self.waiting.first_key_value()?;
        if *at > now {
            return None;
        }
        self.waiting.pop_first().map(|(_, event)| event)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn events_come_in_order_of_time_and_then_of_arming() {
        let mut timers = Timers::new();
        let second = Duration::from_secs(1);
        timers.arm(2 * second, "late");
        timers.arm(second, "first");
        let gone = timers.arm(second, "never");
        timers.arm(second, "second");
        timers.disarm(gone);
        assert_eq!(timers.due(Instant::now()), None);
        tokio::time::sleep(second).await;
        let now = Instant::now();
        assert_eq!(
            [timers.due(now), timers.due(now), timers.due(now)],
            [Some("first"), Some("second"), None]
        );
        assert_eq!(timers.next(), Some(now + second));
    }
}
