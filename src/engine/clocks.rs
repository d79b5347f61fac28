//! Whether the machine slept, or its clock was set, while a plan ran.
//!
//! Three clocks of Linux tell (`clock_gettime(2)`): `CLOCK_MONOTONIC` stands still while the machine
//! sleeps, `CLOCK_BOOTTIME` does not, and `CLOCK_REALTIME` is set by people and by NTP. The run's own times
//! are those of `CLOCK_MONOTONIC`, so no jump shows in them.

use rustix::time::{ClockId, Timespec, clock_gettime};

use super::Engine;
use crate::event::{BenchChange, Event};
use crate::steps::Fault;

/// What is no sleep: the clocks are read one after the other.
const SHORTEST_SLEEP: i64 = 500_000;

/// What is no step but NTP at work: it moves the clock a little at a time, 0.5 ms in a second at most.
const SMALLEST_STEP: i64 = 2_000_000;

/// The clocks at one moment, in microseconds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Reading {
    monotonic: i64,
    boot: i64,
    real: i64,
}

/// What happened between two looks at the clocks, in microseconds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Jumps {
    slept: Option<i64>,
    stepped: Option<i64>,
}

impl Reading {
    fn now() -> Self {
        let read = |clock| micros(clock_gettime(clock));
        Self {
            monotonic: read(ClockId::Monotonic),
            boot: read(ClockId::Boottime),
            real: read(ClockId::Realtime),
        }
    }

    fn since(self, last: Self) -> Jumps {
        let slept = (self.boot - last.boot) - (self.monotonic - last.monotonic);
        let stepped = (self.real - last.real) - (self.boot - last.boot);
        Jumps {
            slept: (slept >= SHORTEST_SLEEP).then_some(slept),
            stepped: (stepped.abs() >= SMALLEST_STEP).then_some(stepped),
        }
    }
}

fn micros(time: Timespec) -> i64 {
    time.tv_sec.saturating_mul(1_000_000).saturating_add(time.tv_nsec / 1000)
}

/// The clocks, and how they were at the last look.
#[derive(Debug)]
pub(super) struct Clocks {
    read: fn() -> Reading,
    last: Reading,
}

impl Clocks {
    pub(super) fn of_the_machine() -> Self {
        Self::read_by(Reading::now)
    }

    fn read_by(read: fn() -> Reading) -> Self {
        Self { read, last: read() }
    }

    fn look(&mut self) -> Jumps {
        let now = (self.read)();
        now.since(std::mem::replace(&mut self.last, now))
    }
}

impl Engine<'_> {
    /// Records what happened to the clocks since the last look. A sleep may explain a failure; a clock that
    /// was set does not, since nothing here goes by it.
    pub(super) fn look_at_clocks(&mut self) {
        let Some(clocks) = &mut self.clocks else { return };
        let Jumps { slept, stepped } = clocks.look();
        if slept.is_some() {
            self.recorder.record(Event::Bench { change: BenchChange::Suspended, by_us: slept });
            self.bench.note_fault(Fault::Suspended);
        }
        if stepped.is_some() {
            self.recorder
                .record(Event::Bench { change: BenchChange::ClockStepped, by_us: stepped });
        }
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;

    thread_local! {
        static NOW: Cell<Reading> = Cell::default();
    }

    const SECOND: i64 = 1_000_000;

    /// The clocks after so many seconds, those of them asleep, and the clock set by so many.
    fn after(seconds: i64, asleep: i64, set: i64) {
        NOW.set(Reading {
            monotonic: (seconds - asleep) * SECOND,
            boot: seconds * SECOND,
            real: (seconds + set) * SECOND,
        });
    }

    #[test]
    fn a_sleep_and_a_set_clock_are_told_once_and_apart() {
        let mut clocks = Clocks::read_by(|| NOW.get());
        let none = Jumps::default();
        after(10, 0, 0);
        assert_eq!(clocks.look(), none);
        after(3600, 3000, 0);
        assert_eq!(clocks.look(), Jumps { slept: Some(3000 * SECOND), stepped: None });
        after(3610, 3000, -7200);
        assert_eq!(clocks.look(), Jumps { slept: None, stepped: Some(-7200 * SECOND) });
        after(3620, 3000, -7200);
        assert_eq!(clocks.look(), none);
        after(3700, 3060, 0);
        let both = Jumps { slept: Some(60 * SECOND), stepped: Some(7200 * SECOND) };
        assert_eq!(clocks.look(), both);
    }

    #[test]
    fn ntp_at_work_is_no_step() {
        let mut clocks = Clocks::read_by(|| NOW.get());
        // A night in which the clock is half a second a minute behind at each look, which NTP makes up for.
        for minute in 1..=480_i64 {
            let mut now =
                Reading { monotonic: minute * 60 * SECOND, boot: minute * 60 * SECOND, real: 0 };
            now.real = now.boot + minute * SECOND / 2;
            NOW.set(now);
            assert_eq!(clocks.look(), Jumps::default());
        }
    }

    #[test]
    fn the_machines_own_clocks_agree() {
        let mut clocks = Clocks::of_the_machine();
        std::thread::sleep(std::time::Duration::from_millis(5));
        assert_eq!(clocks.look().slept, None);
        assert!(clocks.last.boot >= clocks.last.monotonic && clocks.last.monotonic > 0);
    }
}
