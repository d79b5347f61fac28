//! Whether two shares of tries differ by more than chance.

use super::Rate;

/// The level at which a difference is real, after the correction for how many were looked at.
pub const LEVEL: f64 = 0.01;

/// As many tries are counted at the most; more are scaled down, which can only hide a difference.
const MOST: u64 = 1_000_000_000;

/// Fisher's exact test of two rates: how probable each split of the hits between the two samples is
/// where both have the same true rate.
///
/// Source: R. A. Fisher, "The Design of Experiments" (1935); two-sided as R's `fisher.test` has it, by the
/// sum over all splits that are no more probable than the one that was seen. Each probability follows from
/// its neighbour's, from the most probable one outwards, so that it is exact for any number of tries.
#[derive(Debug, Clone)]
pub struct Fisher {
    /// The first sample's hits in the first of the splits, and the weight of each split from there on; those
    /// that are left out are less than 1e-300 of the most probable one.
    first: u64,
    weights: Vec<f64>,
    seen: u64,
}

impl Fisher {
    /// The test of two samples.
    #[must_use]
    pub fn of(one: Rate, other: Rate) -> Self {
        let (one, other) = (bounded(one), bounded(other));
        let hits = one.hits + other.hits;
        let (least, most) = (hits.saturating_sub(other.tries), hits.min(one.tries));
        let mode = mode(one.tries, other.tries, hits).clamp(least, most);
        let ratio = |x: u64| up(x, one.tries, other.tries, hits);
        let (first, weights) = outwards(mode, (least, most), ratio);
        Self { first, weights, seen: one.hits }
    }

    /// The probability of a difference at least as improbable as the one that was seen.
    #[must_use]
    pub fn p(&self) -> f64 {
        let at = self.seen.checked_sub(self.first).and_then(|at| usize::try_from(at).ok());
        self.chance(at.and_then(|at| self.weights.get(at)).copied().unwrap_or(0.0))
    }

    /// The smallest probability that any split of these hits could have had. Where it is not below
    /// [`LEVEL`], nothing can be told, and there is nothing to correct for (R. E. Tarone, "A modified
    /// Bonferroni method for discrete data", Biometrics 46, 1990).
    #[must_use]
    pub fn smallest_p(&self) -> f64 {
        let ends = [self.weights.first(), self.weights.last()];
        let weight = ends.into_iter().flatten().copied().fold(1.0, f64::min);
        self.chance(weight)
    }

    /// The share of splits that are no more probable than one of this weight; R's allowance for rounding.
    fn chance(&self, weight: f64) -> f64 {
        let limit = weight * (1.0 + 1e-7);
        let total: f64 = self.weights.iter().sum();
        let as_rare: f64 = self.weights.iter().filter(|w| **w <= limit).sum();
        (as_rare / total).min(1.0)
    }
}

/// The weights of a discrete distribution within bounds, from its mode outwards until nothing is left of
/// them: the first number, and the weights from it on. `up` tells how much more probable the number after
/// one is.
pub(super) fn outwards(
    mode: u64,
    (least, most): (u64, u64),
    up: impl Fn(u64) -> f64,
) -> (u64, Vec<f64>) {
    let mut weights = walk((least..mode).rev().map(|x| 1.0 / up(x)));
    let first = mode - weights.len() as u64;
    weights.reverse();
    weights.push(1.0);
    weights.extend(walk((mode..most).map(up)));
    (first, weights)
}

/// The weights that follow from 1 by these factors, until they are nothing.
fn walk(factors: impl Iterator<Item = f64>) -> Vec<f64> {
    let mut weight = 1.0;
    let next = |factor: f64| {
        weight *= factor;
        (weight > 1e-300).then_some(weight)
    };
    factors.map_while(next).collect()
}

/// How much more probable `x + 1` hits in the first sample are than `x`.
#[expect(clippy::cast_precision_loss, reason = "numbers of tries are below 2^53")]
fn up(x: u64, one: u64, other: u64, hits: u64) -> f64 {
    let less = (hits - x) as f64 * (one - x) as f64;
    let more = (x + 1) as f64 * (other + x + 1 - hits) as f64;
    less / more
}

/// The most probable number of hits in the first sample.
fn mode(one: u64, other: u64, hits: u64) -> u64 {
    let both = u128::from(one) + u128::from(other) + 2;
    let mode = (u128::from(hits) + 1) * (u128::from(one) + 1) / both;
    u64::try_from(mode).unwrap_or(u64::MAX)
}

fn bounded(rate: Rate) -> Rate {
    let tries = rate.tries.min(MOST);
    let scaled = u128::from(rate.hits) * u128::from(tries) / u128::from(rate.tries.max(1));
    Rate { hits: u64::try_from(scaled).unwrap_or(tries).min(tries), tries }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn of(one: (u64, u64), other: (u64, u64)) -> Fisher {
        Fisher::of(Rate::of(one.0, one.1), Rate::of(other.0, other.1))
    }

    #[test]
    fn it_agrees_with_published_examples() {
        // Both from the manual of R's fisher.test: Fisher's tea taster, and his convicted twins.
        for (one, other, p) in [((3, 4), (1, 4), 0.485_714_3), ((2, 17), (10, 13), 0.000_536_724_1)]
        {
            assert!((of(one, other).p() - p).abs() < 1e-7, "{}", of(one, other).p());
        }
    }

    #[test]
    fn five_of_five_and_none_of_five_is_the_least_that_can_be_told() {
        let five = of((5, 5), (0, 5));
        assert!((five.p() - 2.0 / 252.0).abs() < 1e-12);
        assert!((five.smallest_p() - five.p()).abs() < 1e-12);
        assert!(of((4, 4), (0, 4)).smallest_p() > LEVEL);
        assert!((of((9, 9), (7, 7)).smallest_p() - 1.0).abs() < 1e-12, "nothing ever failed");
    }

    #[test]
    fn millions_of_tries_take_no_longer() {
        assert!(of((990_000, 1_000_000), (989_000, 1_000_000)).p() < 1e-9);
        assert!(of((990_000, 1_000_000), (989_990, 1_000_000)).p() > 0.5);
        assert!(of((u64::MAX, u64::MAX), (0, u64::MAX)).p() < 1e-9);
        assert!((of((0, 0), (0, 0)).p() - 1.0).abs() < 1e-12);
    }

    proptest! {
        /// Against the definition, with binomial coefficients.
        #[test]
        fn it_is_the_sum_over_the_splits(
            n in 1_u64..25, m in 1_u64..25, a in any::<prop::sample::Index>(), b in any::<prop::sample::Index>(),
        ) {
            let (x, y) = (a.index(n as usize + 1) as u64, b.index(m as usize + 1) as u64);
            let choose = |n: u64, k: u64| (0..k).fold(1.0, |c, i| c * (n - i) as f64 / (i + 1) as f64);
            let weight = |i: u64| choose(n, i) * choose(m, x + y - i);
            let splits = || (x + y).saturating_sub(m)..=(x + y).min(n);
            let total: f64 = splits().map(weight).sum();
            let rare = splits().map(weight).filter(|w| *w <= weight(x) * (1.0 + 1e-7));
            let p = rare.sum::<f64>() / total;
            prop_assert!((of((x, n), (y, m)).p() - p).abs() < 1e-9);
        }
    }
}
