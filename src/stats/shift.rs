//! By how much the durations of one sample are longer than those of another.

/// The shift between two samples, in their unit, with the interval in which it lies with 95 % confidence.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shift {
    /// The median of all differences between a new and an old value; below zero: the new ones are shorter.
    pub by: i64,
    pub low: i64,
    pub high: i64,
}

impl Shift {
    /// The shift from the old sample to the new one, of cells in ascending order; none where one is empty.
    ///
    /// Source: J. L. Hodges and E. L. Lehmann, "Estimates of location based on rank tests", Annals of
    /// Mathematical Statistics 34 (1963); the interval is the one that belongs to the test of Mann and Whitney
    /// (M. Hollander and D. A. Wolfe, "Nonparametric Statistical Methods", 1973, section 4.3), by the normal
    /// approximation. The differences are counted, never written out: it takes 65 times the number of cells.
    #[must_use]
    pub fn of(old: &[(u64, u64)], new: &[(u64, u64)]) -> Option<Self> {
        let (n, m) = (total(old), total(new));
        let pairs = n.saturating_mul(m);
        let bounds = (difference(new.first()?, old.last()?), difference(new.last()?, old.first()?));
        let at = |rank: u128| {
            let (mut low, mut high) = bounds;
            while low < high {
                let middle = low + (high - low) / 2;
                match pairs_up_to(middle, old, new) >= rank {
                    true => high = middle,
                    false => low = middle + 1,
                }
            }
            i64::try_from(low).unwrap_or(if low < 0 { i64::MIN } else { i64::MAX })
        };
        let edge = edge(n, m).clamp(1, pairs.div_ceil(2).max(1));
        Some(Self { by: at(pairs.div_ceil(2)), low: at(edge), high: at(pairs + 1 - edge) })
    }
}

/// Below how many of the differences the interval begins.
#[expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a rank that is approximate anyway"
)]
fn edge(n: u128, m: u128) -> u128 {
    let (n, m) = (n as f64, m as f64);
    let edge = n * m / 2.0 - 1.96 * (n * m * (n + m + 1.0) / 12.0).sqrt();
    edge.max(1.0) as u128
}

/// How many differences between a new and an old value are at most so large.
fn pairs_up_to(limit: i128, old: &[(u64, u64)], new: &[(u64, u64)]) -> u128 {
    let mut within = 0_u128;
    let mut pairs = 0_u128;
    let mut new = new.iter().peekable();
    for (value, count) in old {
        let reach = i128::from(*value) + limit;
        while let Some((_, more)) = new.next_if(|(value, _)| i128::from(*value) <= reach) {
            within += u128::from(*more);
        }
        pairs = pairs.saturating_add(within.saturating_mul(u128::from(*count)));
    }
    pairs
}

fn total(cells: &[(u64, u64)]) -> u128 {
    cells.iter().map(|(_, count)| u128::from(*count)).sum()
}

fn difference(new: &(u64, u64), old: &(u64, u64)) -> i128 {
    i128::from(new.0) - i128::from(old.0)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn cells(values: &[u64]) -> Vec<(u64, u64)> {
        let mut sorted = values.to_vec();
        sorted.sort_unstable();
        sorted.chunk_by(|a, b| a == b).map(|same| (same[0], same.len() as u64)).collect()
    }

    #[test]
    fn it_agrees_with_a_published_example() {
        // The manual of R's wilcox.test, after Hollander and Wolfe: the difference in location is 0.305, the
        // mean of the two middle ones of 50 differences, 0.30 and 0.31; here the lower of the two counts.
        let term = cells(&[80, 83, 189, 104, 145, 138, 191, 164, 73, 146]);
        let weeks = cells(&[115, 88, 90, 74, 121]);
        assert_eq!(Shift::of(&weeks, &term).unwrap().by, 30);
    }

    #[test]
    fn a_shift_is_found_with_its_interval() {
        let old = cells(&(0..500).map(|n| 1000 + n * 7 % 500).collect::<Vec<_>>());
        let new = cells(&(0..500).map(|n| 1050 + n * 7 % 500).collect::<Vec<_>>());
        let shift = Shift::of(&old, &new).unwrap();
        assert!((48..=52).contains(&shift.by), "{shift:?}");
        assert!(shift.low > 25 && shift.high < 75, "{shift:?}");
        assert!(shift.low < 50 && shift.high > 50, "{shift:?}");
    }

    #[test]
    fn the_largest_numbers_are_borne() {
        let shift = Shift::of(&[(0, u64::MAX)], &[(u64::MAX, u64::MAX)]).unwrap();
        assert_eq!(shift.by, i64::MAX);
        assert_eq!(Shift::of(&[], &[(1, 1)]), None);
    }

    proptest! {
        #[test]
        fn it_is_the_median_of_all_differences(
            old in proptest::collection::vec(0_u64..1000, 1..30),
            new in proptest::collection::vec(0_u64..1000, 1..30),
        ) {
            let mut all: Vec<i64> =
                new.iter().flat_map(|n| old.iter().map(move |o| *n as i64 - *o as i64)).collect();
            all.sort_unstable();
            let shift = Shift::of(&cells(&old), &cells(&new)).unwrap();
            prop_assert_eq!(shift.by, all[all.len().div_ceil(2) - 1]);
            prop_assert!(shift.low <= shift.by && shift.by <= shift.high);
        }
    }
}
