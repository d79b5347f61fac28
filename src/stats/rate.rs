//! Shares of tries that succeeded, and how far they can be trusted.

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
    const Z: f64 = 1.96;
    let p = share(succeeded, tries)?;
    let n = tries as f64;
    let middle = p + Z * Z / (2.0 * n);
    let half = Z * (p * (1.0 - p) / n + Z * Z / (4.0 * n * n)).sqrt();
    let scale = 1.0 + Z * Z / n;
    Some((((middle - half) / scale).max(0.0), ((middle + half) / scale).min(1.0)))
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
}
