//! Shares of tries that succeeded, and how far they can be trusted.

/// How many of how many tries came out in one way.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Rate {
    pub hits: u64,
    pub tries: u64,
}

impl Rate {
    /// So many of so many; no more than all.
    #[must_use]
    pub fn of(hits: u64, tries: u64) -> Self {
        Self { hits: hits.min(tries), tries }
    }

    /// The share, from 0 to 1; none where nothing was tried.
    #[must_use]
    pub fn share(self) -> Option<f64> {
        share(self.hits, self.tries)
    }
}

/// The share `succeeded / tries`, from 0 to 1.
///
/// Divided in percent first, as the bound of a threshold is read, so that 999 of 1000 is exactly the
/// `99.9%` of a plan.
#[expect(clippy::cast_precision_loss, reason = "a run has fewer than 2^53 tries")]
pub(super) fn share(succeeded: u64, tries: u64) -> Option<f64> {
    (tries > 0).then(|| (succeeded as f64 * 100.0 / tries as f64) / 100.0)
}

/// Where the true share lies with 95 % confidence, from 0 to 1; none where nothing was tried.
///
/// Source: E. B. Wilson, "Probable inference, the law of succession, and statistical inference",
/// Journal of the American Statistical Association 22 (1927); z = 1.96.
#[must_use]
#[expect(clippy::cast_precision_loss, reason = "a run has fewer than 2^53 tries")]
pub fn wilson(succeeded: u64, tries: u64) -> Option<(f64, f64)> {
    Some(wilson_of(share(succeeded, tries)?, tries as f64))
}

/// The same of a share `p` of `n` tries, where `n` may be no whole number.
pub(super) fn wilson_of(p: f64, n: f64) -> (f64, f64) {
    const Z: f64 = 1.96;
    let middle = p + Z * Z / (2.0 * n);
    let half = Z * (p * (1.0 - p) / n + Z * Z / (4.0 * n * n)).sqrt();
    let scale = 1.0 + Z * Z / n;
    (((middle - half) / scale).max(0.0), ((middle + half) / scale).min(1.0))
}

/// Where the difference `new.0 - old.0` of two true shares lies with 95 % confidence, from -1 to 1. Each is a
/// share from 0 to 1 and the number of tries that it stands for.
///
/// Source: R. G. Newcombe, "Interval estimation for the difference between independent proportions",
/// Statistics in Medicine 17 (1998), method 10: the hybrid score interval without continuity correction.
#[must_use]
pub fn newcombe(old: (f64, f64), new: (f64, f64)) -> (f64, f64) {
    let ((p, n), (q, m)) = (old, new);
    let (low, high) = (wilson_of(p, n), wilson_of(q, m));
    let change = q - p;
    let below = (q - high.0).hypot(low.1 - p);
    let above = (high.1 - q).hypot(p - low.0);
    ((change - below).max(-1.0), (change + above).min(1.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wilson_agrees_with_published_values() {
        // Brown, Cai, DasGupta, "Interval estimation for a binomial proportion" (2001), and R's
        // prop.test(correct = FALSE), to three places.
        for (succeeded, tries, low, high) in [
            (0, 10, 0.0, 0.278),
            (10, 10, 0.722, 1.0),
            (5, 10, 0.237, 0.763),
            (81, 263, 0.255, 0.366),
        ] {
            let (l, h) = wilson(succeeded, tries).unwrap();
            assert!(
                (l - low).abs() < 6e-4 && (h - high).abs() < 6e-4,
                "{succeeded}/{tries}: {l} {h}"
            );
        }
    }

    #[test]
    fn newcombe_agrees_with_the_published_values() {
        // Table II of the source, method 10, its contrasts (a) to (h).
        for (hits, tries, low, high) in [
            ([56.0, 48.0], [70.0, 80.0], 0.0524, 0.3339),
            ([9.0, 3.0], [10.0, 10.0], 0.1705, 0.8090),
            ([6.0, 2.0], [7.0, 7.0], 0.0582, 0.8062),
            ([5.0, 0.0], [56.0, 29.0], -0.0381, 0.1926),
            ([0.0, 0.0], [10.0, 20.0], -0.1611, 0.2775),
            ([0.0, 0.0], [10.0, 10.0], -0.2775, 0.2775),
            ([10.0, 0.0], [10.0, 20.0], 0.6791, 1.0),
            ([10.0, 0.0], [10.0, 10.0], 0.6075, 1.0),
        ] {
            let of = |at: usize| (hits[at] / tries[at], tries[at]);
            let (l, h) = newcombe(of(1), of(0));
            assert!((l - low).abs() < 1e-4 && (h - high).abs() < 1e-4, "{hits:?}: {l} {h}");
        }
    }
}
