//! The slowest iterations that passed, each with what happened on the bus in it.

use super::Trace;

/// How many are kept of a case.
const KEPT: usize = 8;

/// An iteration that passed, and took long.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Slow {
    pub iteration: u64,
    /// Microseconds.
    pub took_us: u64,
    /// When it ended, in microseconds since the start of the run.
    pub at: u64,
    /// What happened in it last, oldest first; nothing where the journal has only its sum.
    pub trace: Vec<Trace>,
}

/// Adds an iteration to the slowest, slowest first, if it is one of them. Of equals the earlier is slower.
pub(super) fn add(slowest: &mut Vec<Slow>, took_us: u64, slow: impl FnOnce() -> Slow) {
    let at = slowest.partition_point(|known| known.took_us >= took_us);
    if at < KEPT {
        slowest.truncate(KEPT - 1);
        slowest.insert(at, slow());
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn they_are_the_slowest_in_order(times in proptest::collection::vec(0_u64..50, 0..60)) {
            let mut slowest = Vec::new();
            for (iteration, &took_us) in (1..).zip(&times) {
                let slow = || Slow { iteration, took_us, at: 0, trace: Vec::new() };
                add(&mut slowest, took_us, slow);
            }
            let mut expected: Vec<(u64, u64)> = times.iter().copied().zip(1..).collect();
            expected.sort_by_key(|(took, iteration)| (std::cmp::Reverse(*took), *iteration));
            expected.truncate(KEPT);
            let kept: Vec<_> = slowest.iter().map(|slow| (slow.took_us, slow.iteration)).collect();
            prop_assert_eq!(kept, expected);
        }
    }
}
