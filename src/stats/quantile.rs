//! Where the true percentile lies, of which a sample shows one value.

use super::Histogram;
use super::fisher::outwards;

/// A percentile of a sample, with the interval in which the true one lies with at least 95 % confidence.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Quantile {
    pub value: u64,
    /// None where there are too few values to bound it from below.
    pub low: Option<u64>,
    /// None where there are too few to bound it from above: for the 95th percentile, below 72 values.
    pub high: Option<u64>,
}

impl Quantile {
    /// The percentile of the values of a histogram; none where it has none.
    ///
    /// Source: H. A. David and H. N. Nagaraja, "Order Statistics" (2003), section 7.1: how many values lie
    /// below the true percentile is binomial, so that two of the values in order bound it, whatever the
    /// distribution is.
    #[must_use]
    pub fn of<const BITS: u32>(histogram: &Histogram<BITS>, percent: u8) -> Option<Self> {
        let value = histogram.percentile(percent)?;
        let (below, above) = ranks(histogram.count(), f64::from(percent) / 100.0);
        let at = |rank: u64| {
            let known = (1..=histogram.count()).contains(&rank);
            known.then(|| histogram.at_rank(rank.into())).flatten()
        };
        Some(Self { value, low: at(below), high: at(above) })
    }
}

/// The ranks of the values that bound the percentile; 0 and `n + 1` are none.
fn ranks(n: u64, share: f64) -> (u64, u64) {
    let (first, weights) = binomial(n.min(1_000_000_000), share);
    let total: f64 = weights.iter().sum();
    // The smallest number that is reached with this probability.
    let reached = |probability: f64| {
        let mut sum = 0.0;
        let before = weights.iter().take_while(|weight| {
            sum += **weight / total;
            sum < probability
        });
        first + before.count() as u64
    };
    (reached(0.025), reached(0.975).saturating_add(1))
}

/// The binomial distribution: the first number that is not improbable beyond all measure, and the weights
/// from it on.
#[expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "counts are below 2^53"
)]
fn binomial(n: u64, share: f64) -> (u64, Vec<f64>) {
    let mode = ((n as f64 * share) as u64).min(n);
    let odds = share / (1.0 - share);
    outwards(mode, (0, n), |x| (n - x) as f64 / (x + 1) as f64 * odds)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ranks_agree_with_published_ones() {
        // W. J. Conover, "Practical Nonparametric Statistics" (1999), section 3.2: for the median of 100 values
        // the 40th and the 61st; and for 16 values and the upper quartile, R's qbinom gives 8 and 15.
        assert_eq!(ranks(100, 0.5), (40, 61));
        assert_eq!(ranks(16, 0.75), (8, 16));
    }

    #[test]
    fn few_values_do_not_bound_a_percentile() {
        let of = |n: u64| {
            let mut histogram: Histogram = Histogram::default();
            (1..=n).for_each(|value| histogram.record(value));
            Quantile::of(&histogram, 95)
        };
        assert_eq!(of(0), None);
        assert_eq!(of(20), Some(Quantile { value: 19, low: Some(17), high: None }));
        assert_eq!(of(71).unwrap().high, None);
        assert_eq!(of(72).unwrap().high, Some(72));
        let many = of(1000).unwrap();
        assert_eq!((many.value, many.low, many.high), (950, Some(936), Some(964)));
    }
}
