//! The faults of a device or an adapter, each with its own count and its own chance.

use fastrand::Rng;

use crate::sim::{
    dice::Dice,
    scene::{Effect, Fault, Operation, Trigger},
};

/// Faults, and how often each had its occasion.
pub(in crate::sim) struct Faults(Vec<Armed>);

struct Armed {
    fault: Fault,
    occasions: u32,
    chance: Rng,
}

impl Faults {
    pub(in crate::sim) fn new(faults: &[Fault], dice: Dice, of: impl std::fmt::Display) -> Self {
        let armed = faults.iter().enumerate().map(|(index, fault)| Armed {
            fault: fault.clone(),
            occasions: 0,
            chance: dice.generator("fault", format_args!("{of} {index}")),
        });
        Faults(armed.collect())
    }

    /// Counts an operation with every fault that is about it, and tells what the first of those
    /// that strike does.
    pub(in crate::sim) fn strike(&mut self, operation: Operation) -> Option<Effect> {
        let mut struck = None;
        for armed in self.0.iter_mut().filter(|armed| armed.fault.on == operation) {
            armed.occasions = armed.occasions.saturating_add(1);
            let strikes = match &armed.fault.trigger {
                Trigger::Always => true,
                Trigger::Nth(nths) => nths.contains(&armed.occasions),
                Trigger::Every(step) => armed.occasions.is_multiple_of(*step),
                Trigger::Probability(chance) => armed.chance.f64() < *chance,
            };
            if strikes && struck.is_none() {
                struck = Some(armed.fault.effect.clone());
            }
        }
        struck
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn strikes(trigger: Trigger, occasions: usize) -> Vec<usize> {
        let fault = Fault { on: Operation::Connect, trigger, effect: Effect::NeverAnswers };
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
        assert_eq!(strikes(Trigger::Always, 3), [1, 2, 3]);
        assert_eq!(strikes(Trigger::Nth(vec![1, 4]), 6), [1, 4]);
        assert_eq!(strikes(Trigger::Every(3), 7), [3, 6]);
        let rare = strikes(Trigger::Probability(0.01), 10_000).len();
        assert!((60..150).contains(&rare), "{rare}");
    }
}
