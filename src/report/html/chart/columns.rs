//! A series cut into as many stretches as can be told apart.

use crate::stats::{Bucket, Series};

/// A stretch of time and what fell into it.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Column {
    /// In microseconds since the start of the run.
    pub from: u64,
    pub to: u64,
    pub bucket: Bucket,
}

/// The most columns of a chart.
pub const MOST: u64 = 120;

/// The fewest, where there are tries enough for one each.
const FEWEST: u64 = 16;

/// The series in stretches of equal width, with `each` tries in one on average, where that gives neither
/// more than `most` nor too few.
#[must_use]
pub fn columns(series: &Series, each: u64, most: u64) -> Vec<Column> {
    let tries: u64 = series.buckets().map(|(_, bucket)| bucket.tries).sum();
    let fewest = (tries / 4).clamp(4, FEWEST);
    let wanted = (tries / each.max(1)).clamp(fewest, most);
    let buckets = series.buckets().count() as u64;
    let together = usize::try_from(buckets.div_ceil(wanted)).unwrap_or(1).max(1);
    let mut columns: Vec<Column> = Vec::new();
    for (number, (from, bucket)) in series.buckets().enumerate() {
        if number % together == 0 {
            columns.push(Column { from, ..Column::default() });
        }
        if let Some(column) = columns.last_mut() {
            column.to = from + series.width();
            column.bucket.tries += bucket.tries;
            column.bucket.latency.absorb(&bucket.latency);
        }
    }
    columns
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_lost_and_there_are_not_too_many() {
        for (tries, seconds) in [(1, 1), (200, 2), (10_000, 3), (3, 4000)] {
            let mut series = Series::default();
            (0..tries).for_each(|n| series.record(n * seconds * 1_000_000, 5, n % 3 != 0));
            let columns = columns(&series, 10, MOST);
            assert!(columns.len() as u64 <= MOST, "{}", columns.len());
            assert_eq!(columns.iter().map(|c| c.bucket.tries).sum::<u64>(), tries);
            assert!(columns.windows(2).all(|pair| pair[0].to == pair[1].from));
        }
    }
}
