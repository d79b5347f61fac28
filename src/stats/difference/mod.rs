//! Whether a number is really worse than it was, and by how much.
//!
//! Three changes are told apart: of a rate, of the middle of a latency, and of its slow end. A change
//! is real where it would be seen by chance in less than one comparison of a hundred ([`LEVEL`]), after
//! a correction for how many were looked at ([`settle`]). That is not enough for latencies: over ten thousand
//! tries a millisecond is real. There it must also be large enough to matter.

use super::fisher::{Fisher, LEVEL};
use super::rate::wilson_of;
use super::{Histogram, Quantile, Ranks, Rate, Shift, holm, newcombe};

/// The smallest Cliff's delta that is not negligible. Source: J. Romano, J. D. Kromrey, J. Coraggio and
/// J. Skowronek, "Appropriate statistics for ordinal level data" (2006).
const SMALL_DELTA: f64 = 0.147;

/// The smallest effect between two shares that is not negligible, as the difference of their angles. Source:
/// J. Cohen, "Statistical Power Analysis for the Behavioral Sciences" (1988), section 6.2.
const SMALL_ANGLE: f64 = 0.2;

/// Effects that are not to be missed: with fewer tries than would show one of these, nobody may say that nothing
/// has changed. The medium effects of the same sources.
const MEDIUM_DELTA: f64 = 0.33;
const MEDIUM_ANGLE: f64 = 0.5;

/// (z of 0.995 + z of 0.8)²: for a difference that is found at [`LEVEL`] four times of five.
const POWER: f64 = 11.679;

/// The percentile that stands for the slow end.
const SLOW: u8 = 95;

/// How a number stands to what it was.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    Worse,
    Better,
    /// Really different, and too little to matter.
    Slight,
    /// No difference that is more than chance.
    Same,
    /// Too few tries to tell: none is told, and one that matters could be there.
    TooFew,
}

/// What a test says.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Evidence {
    /// The probability of such a difference by chance.
    pub p: f64,
    /// The same, after [`settle`], for as many comparisons as there are; before it, 1.
    pub corrected: f64,
    /// Whether there are enough tries for the greatest difference to be told from chance.
    pub enough: bool,
    /// Whether any outcome could have been: where nothing ever failed, there is nothing to correct for.
    could: bool,
    /// How many tries each run would need, where there are too few: to show a difference as great as this one,
    /// if it is true and would matter; else to show a medium one.
    pub needed: Option<u64>,
    /// How many tries there are, of the run that has fewer.
    tries: u64,
}

/// Corrects everything that was compared in two runs for how much that is (see [`holm`]).
pub fn settle(all: &mut [&mut Evidence]) {
    let of_weight = || all.iter().enumerate().filter(|(_, e)| e.could);
    let places: Vec<usize> = of_weight().map(|(at, _)| at).collect();
    let chances: Vec<f64> = of_weight().map(|(_, evidence)| evidence.p).collect();
    for (at, corrected) in places.into_iter().zip(holm(&chances)) {
        if let Some(evidence) = all.get_mut(at) {
            evidence.corrected = corrected;
        }
    }
    for evidence in all {
        evidence.needed = evidence.needed.filter(|_| evidence.is_of_few());
    }
}

impl Evidence {
    /// Whether it is more than chance.
    #[must_use]
    pub fn is_real(&self) -> bool {
        self.could && self.corrected < LEVEL
    }

    /// Whether there are too few tries to tell.
    fn is_of_few(&self) -> bool {
        !self.enough || (!self.is_real() && self.needed.is_some_and(|needed| needed > self.tries))
    }

    fn standing(&self, matters: bool, worse: bool) -> Standing {
        match (self.is_of_few(), self.is_real(), matters, worse) {
            (true, ..) => Standing::TooFew,
            (_, false, ..) => Standing::Same,
            (_, _, false, _) => Standing::Slight,
            (.., true) => Standing::Worse,
            (.., false) => Standing::Better,
        }
    }
}

/// A rate of a run, and how far its hits come in bursts (see [`super::clustering()`]).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Sampled {
    pub rate: Rate,
    pub clustering: f64,
}

impl Sampled {
    /// So many independent tries, and hits, are as good as these.
    #[expect(
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a number of tries that is estimated anyway"
    )]
    fn independent(self) -> Rate {
        let scaled = |count: u64| match self.clustering > 1.0 {
            true => (count as f64 / self.clustering).round() as u64,
            false => count,
        };
        Rate::of(scaled(self.rate.hits), scaled(self.rate.tries).max(1))
    }

    /// Where the true rate lies with 95 % confidence, from 0 to 1; none where nothing was tried.
    #[must_use]
    pub fn interval(self) -> Option<(f64, f64)> {
        self.weighed().map(|(share, tries)| wilson_of(share, tries))
    }

    #[expect(clippy::cast_precision_loss, reason = "numbers of tries are below 2^53")]
    fn weighed(self) -> Option<(f64, f64)> {
        Some((self.rate.share()?, self.rate.tries as f64 / self.clustering.max(1.0)))
    }
}

/// The change of a rate.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RateChange {
    pub old: Rate,
    pub new: Rate,
    /// The new share less the old one, from -1 to 1.
    pub change: f64,
    /// Where the true change lies with 95 % confidence (see [`newcombe`]).
    pub interval: (f64, f64),
    /// Of Fisher's exact test.
    pub evidence: Evidence,
    /// Whether a hit is what is wanted, such as a success.
    wanted: bool,
}

impl RateChange {
    /// The change between two runs; none where nothing was tried in one of them. `wanted` tells
    /// whether a higher rate is better.
    #[must_use]
    pub fn between(old: Sampled, new: Sampled, wanted: bool) -> Option<Self> {
        let ((p, n), (q, m)) = (old.weighed()?, new.weighed()?);
        let test = Fisher::of(old.independent(), new.independent());
        let evidence = Evidence {
            p: test.p(),
            corrected: 1.0,
            enough: enough(old.independent().tries, new.independent().tries),
            could: test.smallest_p() < LEVEL,
            needed: whole(match angle_of(q) - angle_of(p) {
                angle if angle.abs() < SMALL_ANGLE => POWER / MEDIUM_ANGLE.powi(2),
                _ => POWER * (p * (1.0 - p) + q * (1.0 - q)) / (q - p).powi(2),
            }),
            tries: old.independent().tries.min(new.independent().tries),
        };
        let interval = newcombe((p, n), (q, m));
        Some(Self { old: old.rate, new: new.rate, change: q - p, interval, evidence, wanted })
    }

    /// Every real change matters: a device that fails more often is worse.
    #[must_use]
    pub fn standing(&self) -> Standing {
        self.evidence.standing(true, (self.change < 0.0) == self.wanted)
    }
}

/// The change of the middle of a latency.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct MiddleChange {
    /// The medians.
    pub old: u64,
    pub new: u64,
    /// By how much a new value is typically longer than an old one.
    pub shift: Shift,
    /// Cliff's delta (see [`Ranks::delta`]); above zero: the new values are longer.
    pub delta: f64,
    /// Of the test of Mann and Whitney.
    pub evidence: Evidence,
}

impl MiddleChange {
    /// The change between the durations of two runs; none where there are none.
    #[must_use]
    pub fn between<const BITS: u32>(old: &Histogram<BITS>, new: &Histogram<BITS>) -> Option<Self> {
        let cells = |h: &Histogram<BITS>| h.cells().collect::<Vec<_>>();
        let (before, after) = (cells(old), cells(new));
        let ranks = Ranks::of(&before, &after)?;
        let enough = enough(old.count(), new.count());
        let matters = ranks.delta.abs() >= SMALL_DELTA;
        let evidence = Evidence {
            p: ranks.p,
            corrected: 1.0,
            enough,
            could: enough,
            // G. E. Noether, "Sample size determination for some common nonparametric tests", Journal of
            // the American Statistical Association 82 (1987).
            needed: whole({
                let delta = if matters { ranks.delta } else { MEDIUM_DELTA };
                POWER * 2.0 / (3.0 * delta.powi(2))
            }),
            tries: old.count().min(new.count()),
        };
        let finer = |h: &Histogram<BITS>| h.spread().collect::<Vec<_>>();
        Some(Self {
            old: old.smooth_percentile(50)?,
            new: new.smooth_percentile(50)?,
            shift: Shift::of(&finer(old), &finer(new))?,
            delta: ranks.delta,
            evidence,
        })
    }

    /// Worse or better where it is real and at least small.
    #[must_use]
    pub fn standing(&self) -> Standing {
        self.evidence.standing(self.delta.abs() >= SMALL_DELTA, self.delta > 0.0)
    }
}

/// The change of the slow end of a latency: how many of the tries of each run are slower than the 95th
/// percentile of both together. If nothing changed, it is a twentieth of each.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TailChange {
    /// The 95th percentiles.
    pub old: Quantile,
    pub new: Quantile,
    /// That of both together.
    pub limit: u64,
    /// What is above it.
    pub slow: RateChange,
}

impl TailChange {
    /// The change between the durations of two runs; none where there are none.
    #[must_use]
    pub fn between<const BITS: u32>(old: &Histogram<BITS>, new: &Histogram<BITS>) -> Option<Self> {
        let mut both = old.clone();
        both.absorb(new);
        // Both are counted by cells, so the limit has to be the value that stands for one.
        let found = both.percentile(SLOW)?;
        let limit = both.cells().map(|(value, _)| value).min_by_key(|v| v.abs_diff(found))?;
        let above = |h: &Histogram<BITS>| {
            let hits = h.cells().filter(|(value, _)| *value > limit).map(|(_, count)| count).sum();
            Sampled { rate: Rate::of(hits, h.count()), clustering: 1.0 }
        };
        let mut slow = RateChange::between(above(old), above(new), false)?;
        // Where all of the twentieth could be on one side, and that would be no chance.
        let twentieth = both.count().div_ceil(20).min(old.count()).min(new.count());
        let split = [Rate::of(twentieth, old.count()), Rate::of(0, new.count())];
        slow.evidence.enough = Fisher::of(split[0], split[1]).p() < LEVEL;
        slow.evidence.tries = old.count().min(new.count());
        Some(Self { old: Quantile::of(old, SLOW)?, new: Quantile::of(new, SLOW)?, limit, slow })
    }

    /// Worse or better where it is real and at least small.
    #[must_use]
    pub fn standing(&self) -> Standing {
        let angle = angle(&self.slow);
        self.slow.evidence.standing(angle.abs() >= SMALL_ANGLE, angle > 0.0)
    }
}

/// Cohen's h of two rates.
fn angle(change: &RateChange) -> f64 {
    let of = |rate: Rate| angle_of(rate.share().unwrap_or_default());
    of(change.new) - of(change.old)
}

/// A share as an angle: equal differences of it are equally easy to find, wherever they are.
fn angle_of(share: f64) -> f64 {
    2.0 * share.sqrt().asin()
}

/// Whether the greatest difference between so many tries is told from chance: one of all ways to
/// order them, and its opposite.
#[expect(clippy::cast_precision_loss, reason = "numbers of tries are below 2^53")]
fn enough(n: u64, m: u64) -> bool {
    let (fewer, more) = (n.min(m), n.max(m) as f64);
    // From five of each on it always is.
    let ways = (1..=fewer.min(5)).fold(1.0, |ways, i| ways * (more + i as f64) / i as f64);
    2.0 / ways < LEVEL
}

/// A number of tries, where it is one that somebody could make.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "within bounds")]
fn whole(tries: f64) -> Option<u64> {
    (1.0..1e6).contains(&tries).then(|| tries.ceil() as u64)
}

#[cfg(test)]
mod tests;
