//! The faults of a device or an adapter, each with its own count and its own chance.

use std::time::Duration;

use fastrand::Rng;
use tokio::time::Instant;

use crate::sim::{
    dice::Dice,
    scene::{Effect, Fault, Operation, Trigger},
};

/// Faults, and how often each had its occasion.
pub(in crate::sim) struct Faults {
    armed: Vec<Armed>,
    start: Instant,
}

struct Armed {
    fault: Fault,
    occasions: u32,
    /// How many more operations the burst that is under way takes.
    bursting: u32,
    chance: Rng,
}

impl Faults {
    pub(in crate::sim) fn new(faults: &[Fault], dice: Dice, of: impl std::fmt::Display) -> Self {
        let armed = faults.iter().enumerate().map(|(index, fault)| Armed {
            fault: fault.clone(),
            occasions: 0,
            bursting: 0,
            chance: dice.generator("fault", format_args!("{of} {index}")),
        });
        Faults { armed: armed.collect(), start: Instant::now() }
    }

    /// Counts an operation with every fault that is about it, and tells what the first of those
    /// that strike does.
    pub(in crate::sim) fn strike(&mut self, operation: Operation) -> Option<Effect> {
        let elapsed = self.start.elapsed();
        let mut struck = None;
        for armed in self.armed.iter_mut().filter(|armed| armed.fault.on == operation) {
            if armed.strikes(elapsed) && struck.is_none() {
                struck = Some(armed.fault.effect.clone());
            }
        }
        struck
    }
}

impl Armed {
    /// Counts an operation, this long after the start, and tells whether it is struck.
    fn strikes(&mut self, elapsed: Duration) -> bool {
        let counts = self.fault.during.is_none_or(|window| window.holds(elapsed));
        self.occasions = self.occasions.saturating_add(u32::from(counts));
        if self.bursting > 0 {
            self.bursting -= 1;
            return true;
        }
        if !counts {
            return false;
        }
        let strikes = match &self.fault.trigger {
            Trigger::Always => true,
            Trigger::Nth(nths) => nths.contains(&self.occasions),
            Trigger::Every(step) => self.occasions.is_multiple_of(*step),
            Trigger::Probability(chance) => self.chance.f64() < *chance,
        };
        if strikes {
            self.bursting = self.fault.burst.saturating_sub(1);
        }
        strikes
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sim::scene::Window;

    fn strikes(trigger: Trigger, burst: u32, occasions: usize) -> Vec<usize> {
        let (on, effect) = (Operation::Connect, Effect::NeverAnswers);
        let fault = Fault { on, trigger, burst, during: None, effect };
        let mut faults = Faults::new(&[fault], Dice::new(3), "device");
        let mut struck = Vec::new();
        for occasion in 1..=occasions {
            assert_eq!(faults.strike(Operation::Pair), None);
            if faults.strike(Operation::Connect).is_some() {
                struck.push(occasion);
            }
        }
        struck
    }

    #[test]
    fn each_trigger_strikes_at_its_occasions() {
        assert_eq!(strikes(Trigger::Always, 1, 3), [1, 2, 3]);
        assert_eq!(strikes(Trigger::Nth(vec![1, 4]), 1, 6), [1, 4]);
        assert_eq!(strikes(Trigger::Every(3), 1, 7), [3, 6]);
        let rare = strikes(Trigger::Probability(0.01), 1, 10_000).len();
        assert!((60..150).contains(&rare), "{rare}");
    }

    #[test]
    fn a_burst_strikes_in_a_row_and_every_operation_counts() {
        assert_eq!(strikes(Trigger::Nth(vec![2, 4, 9]), 3, 12), [2, 3, 4, 9, 10, 11]);
        assert_eq!(strikes(Trigger::Every(4), 2, 9), [4, 5, 8, 9]);
    }

    #[tokio::test(start_paused = true)]
    async fn a_fault_strikes_and_counts_only_in_its_window() {
        let minute = Duration::from_secs(60);
        let during = Some(Window { first: minute, every: Some(10 * minute), lasting: 2 * minute });
        let (on, effect) = (Operation::Connect, Effect::NeverAnswers);
        let fault = Fault { on, trigger: Trigger::Every(2), burst: 1, during, effect };
        let mut faults = Faults::new(&[fault], Dice::new(3), "device");
        let mut struck = Vec::new();
        for minutes in 0..23 {
            if faults.strike(on).is_some() {
                struck.push(minutes);
            }
            tokio::time::sleep(minute).await;
        }
        assert_eq!(struck, [2, 12, 22]);
    }
}
