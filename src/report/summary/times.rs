//! When something occurred, however often, in memory that does not grow with it.

use std::collections::BTreeMap;

/// The most stretches of time that are kept.
const MOST: usize = 240;

/// How many occurrences fell into which stretch of time. All stretches are of one width, one second at
/// first; where there are too many, neighbours are merged and the width doubles.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Times {
    /// In microseconds.
    width: u64,
    /// How many, by the number of the stretch.
    stretches: BTreeMap<u64, u64>,
}

impl Default for Times {
    fn default() -> Self {
        Self { width: 1_000_000, stretches: BTreeMap::new() }
    }
}

impl Times {
    /// Counts one at `t`, in microseconds since the start of the run.
    pub(super) fn add(&mut self, t: u64) {
        *self.stretches.entry(t / self.width).or_default() += 1;
        while self.stretches.len() > MOST {
            self.width = self.width.saturating_mul(2);
            for (stretch, count) in std::mem::take(&mut self.stretches) {
                *self.stretches.entry(stretch / 2).or_default() += count;
            }
        }
    }

    /// The stretches in which there is something, in order: the middle of each, in microseconds since the
    /// start of the run, and how many there are.
    pub fn iter(&self) -> impl Iterator<Item = (u64, u64)> {
        let middle = self.width / 2;
        self.stretches.iter().map(move |(stretch, count)| (stretch * self.width + middle, *count))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn nothing_is_lost_and_nothing_grows(
            times in proptest::collection::vec(0_u64..40_000_000_000, 1..2000),
        ) {
            let mut kept = Times::default();
            times.iter().for_each(|t| kept.add(*t));
            prop_assert!(kept.stretches.len() <= MOST);
            prop_assert_eq!(kept.iter().map(|(_, n)| n).sum::<u64>(), times.len() as u64);
            let first = times.iter().min().unwrap();
            prop_assert!(kept.iter().next().unwrap().0.abs_diff(*first) <= kept.width);
        }
    }
}
