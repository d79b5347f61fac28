//! Percentiles of durations in bounded memory.
//!
//! Each power of two is cut into cells of equal width, and only cells that something fell into are kept.
//! With the usual 2^10 cells a percentile is wrong by at most half a cell, 0.05 %; a measure of a few tries costs a
//! few bytes, one of a million the same as one of a hundred thousand. (The usual dense histogram takes
//! 140 KB from the first try on, for each measure of each case of a matrix; hence one of our own.)

use std::collections::BTreeMap;

/// From how many bits on cells are narrow enough to be told as they are.
const FINE: u32 = 10;

/// Into how many parts the values of a wide cell are spread.
const PARTS: u64 = 16;

/// How often which duration occurred, in microseconds or any other unit.
/// Each power of two has 2^`BITS` cells.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Histogram<const BITS: u32 = 10> {
    /// How many values fell into the cell of this number.
    pub(super) cells: BTreeMap<u64, u64>,
    pub(super) count: u64,
    pub(super) sum: u128,
    /// Smallest and largest value, exactly.
    pub(super) range: Option<(u64, u64)>,
}

impl<const BITS: u32> Histogram<BITS> {
    /// Adds a value.
    pub fn record(&mut self, value: u64) {
        *self.cells.entry(cell_of::<BITS>(value)).or_default() += 1;
        self.count += 1;
        self.sum += u128::from(value);
        let (min, max) = self.range.unwrap_or((value, value));
        self.range = Some((min.min(value), max.max(value)));
    }

    /// Adds all values of another.
    pub fn absorb(&mut self, other: &Self) {
        for (cell, count) in &other.cells {
            *self.cells.entry(*cell).or_default() += count;
        }
        self.count += other.count;
        self.sum += other.sum;
        self.range = match (self.range, other.range) {
            (Some((a, b)), Some((c, d))) => Some((a.min(c), b.max(d))),
            (range, None) | (None, range) => range,
        };
    }

    /// The cells that something fell into, from the smallest values on: a value in the middle of each,
    /// and how many there are.
    pub fn cells(&self) -> impl Iterator<Item = (u64, u64)> {
        self.cells.iter().map(|(cell, count)| (middle_of::<BITS>(*cell), *count))
    }

    /// The same with the values of each cell spread over it, where cells are wide: for a difference that is
    /// smaller than a cell.
    pub fn spread(&self) -> impl Iterator<Item = (u64, u64)> {
        let parts = if BITS < FINE { PARTS } else { 1 };
        let (min, max) = self.range.unwrap_or_default();
        let of_cell = move |(cell, count): (&u64, &u64)| {
            let (first, width) = bounds_of::<BITS>(*cell);
            let up_to = {
                let count = u128::from(*count);
                move |part: u64| {
                    (count * u128::from(part) + u128::from(parts / 2)) / u128::from(parts)
                }
            };
            (0..parts).map(move |part| {
                let value = first
                    + u64::try_from(
                        u128::from(width) * u128::from(2 * part + 1) / u128::from(2 * parts),
                    )
                    .unwrap_or(0);
                let count = u64::try_from(up_to(part + 1) - up_to(part)).unwrap_or(u64::MAX);
                (value.clamp(min, max), count)
            })
        };
        self.cells.iter().flat_map(of_cell).filter(|(_, count)| *count > 0)
    }

    /// A percentile as [`Self::percentile`] has it; where cells are wide, a value within the cell by how many
    /// of its values are below.
    #[must_use]
    pub fn smooth_percentile(&self, percent: u8) -> Option<u64> {
        let rank = (u128::from(self.count) * u128::from(percent)).div_ceil(100);
        let mut seen = 0_u128;
        let reached = |(_, count): &(u64, u64)| {
            seen += u128::from(*count);
            seen >= rank
        };
        self.spread().find(reached).map(|(value, _)| value)
    }

    /// How many values there are.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.count
    }

    /// The smallest value, exactly.
    #[must_use]
    pub fn min(&self) -> Option<u64> {
        self.range.map(|(min, _)| min)
    }

    /// The largest value, exactly.
    #[must_use]
    pub fn max(&self) -> Option<u64> {
        self.range.map(|(_, max)| max)
    }

    /// The arithmetic mean, exactly, rounded to a whole unit.
    #[must_use]
    pub fn mean(&self) -> Option<u64> {
        let count = u128::from(self.count);
        let mean = (self.sum + count / 2).checked_div(count)?;
        Some(u64::try_from(mean).unwrap_or(u64::MAX))
    }

    /// The smallest value that at least `percent` of the values do not exceed (nearest rank), to
    /// within 0.05 %, and never outside of what was recorded.
    #[must_use]
    pub fn percentile(&self, percent: u8) -> Option<u64> {
        self.at_rank((u128::from(self.count) * u128::from(percent)).div_ceil(100))
    }

    /// The value at a rank, from 1 for the smallest to [`Self::count`], as exactly as a percentile.
    #[must_use]
    pub fn at_rank(&self, rank: u128) -> Option<u64> {
        let (min, max) = self.range?;
        let mut seen = 0_u128;
        for (&cell, &count) in &self.cells {
            seen += u128::from(count);
            if seen >= rank {
                return Some(middle_of::<BITS>(cell).clamp(min, max));
            }
        }
        Some(max)
    }
}

/// The number of the cell that a value falls into. The smallest values have a cell each.
pub(super) fn cell_of<const BITS: u32>(value: u64) -> u64 {
    let octave = value.max(1).ilog2().saturating_sub(BITS);
    (u64::from(octave) << BITS) + (value >> octave)
}

/// The value in the middle of a cell: the opposite of [`cell_of`].
fn middle_of<const BITS: u32>(cell: u64) -> u64 {
    let (first, width) = bounds_of::<BITS>(cell);
    first + width / 2
}

/// The smallest value of a cell, and how many values it has.
fn bounds_of<const BITS: u32>(cell: u64) -> (u64, u64) {
    let octave = (cell >> BITS).saturating_sub(1);
    let within = cell - (octave << BITS);
    (within << octave, 1_u64 << octave)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn of(values: impl IntoIterator<Item = u64>) -> Histogram {
        let mut histogram = Histogram::default();
        values.into_iter().for_each(|v| histogram.record(v));
        histogram
    }

    #[test]
    fn small_values_are_exact() {
        let histogram = of(1..=100);
        for (percent, value) in [(0, 1), (1, 1), (50, 50), (90, 90), (95, 95), (100, 100)] {
            assert_eq!(histogram.percentile(percent), Some(value), "p{percent}");
        }
        assert_eq!(histogram.mean(), Some(51));
    }

    #[test]
    fn one_value_is_every_percentile_exactly() {
        let histogram = of([1_234_567]);
        for percent in [1, 50, 99] {
            assert_eq!(histogram.percentile(percent), Some(1_234_567));
        }
    }

    #[test]
    fn nothing_recorded_is_nothing_known() {
        let histogram: Histogram = Histogram::default();
        assert_eq!(
            (histogram.percentile(50), histogram.mean(), histogram.max()),
            (None, None, None)
        );
    }

    #[test]
    fn memory_is_bounded_by_the_spread_and_not_by_the_count() {
        let histogram = of((0..1_000_000).map(|i| 300_000 + i % 300_000));
        assert!(histogram.cells.len() <= 1100, "{}", histogram.cells.len());
    }

    proptest! {
        #[test]
        fn what_is_spread_is_what_is_there_in_order(
            values in proptest::collection::vec(0_u64..=u64::MAX, 1..200),
        ) {
            let mut coarse: Histogram<5> = Histogram::default();
            values.iter().for_each(|value| coarse.record(*value));
            let spread: Vec<(u64, u64)> = coarse.spread().collect();
            prop_assert_eq!(spread.iter().map(|(_, n)| n).sum::<u64>(), values.len() as u64);
            prop_assert!(spread.is_sorted());
            let (smooth, cell) = (coarse.smooth_percentile(50), coarse.percentile(50));
            prop_assert!(smooth.unwrap().abs_diff(cell.unwrap()) <= cell.unwrap() / 32 + 1);
            let fine = of(values);
            prop_assert!(fine.spread().map(|(_, n)| n).eq(fine.cells().map(|(_, n)| n)));
            prop_assert_eq!(fine.smooth_percentile(95), fine.percentile(95));
        }

        #[test]
        fn a_percentile_is_within_a_tenth_of_a_percent(
            mut values in proptest::collection::vec(0_u64..=u64::MAX, 1..200),
            percent in 1_u8..=100,
        ) {
            let histogram = of(values.iter().copied());
            values.sort_unstable();
            let rank = (values.len() * usize::from(percent)).div_ceil(100);
            let exact = values[rank - 1];
            let found = histogram.percentile(percent).unwrap();
            prop_assert!(found.abs_diff(exact) <= exact / 1000, "{found} for {exact}");
        }
    }
}
