//! How far failures come in bursts: ten failures in one minute say less about a device than ten over a night.

/// The design effect of the hits of a sample that is told in parts, such as stretches of time: how many
/// times the variance of the share is what it would be if tries had nothing to do with one another. So many
/// tries tell as much as one. At least 1, and 1 where there is nothing to tell it from.
///
/// Source: J. N. K. Rao and A. J. Scott, "A simple method for the analysis of clustered binary data",
/// Biometrics 48 (1992).
#[must_use]
#[expect(clippy::cast_precision_loss, reason = "numbers of tries are below 2^53")]
pub fn clustering(parts: impl Iterator<Item = (u64, u64)>) -> f64 {
    let parts: Vec<(f64, f64)> =
        parts.filter(|(_, tries)| *tries > 0).map(|(h, t)| (h as f64, t as f64)).collect();
    let count = parts.len() as f64;
    let (hits, tries) = parts.iter().fold((0.0, 0.0), |sum, part| (sum.0 + part.0, sum.1 + part.1));
    let share = hits / tries;
    let chance = share * (1.0 - share) / tries;
    let apart: f64 = parts.iter().map(|(h, t)| (h - t * share).powi(2)).sum();
    let effect = count / (count - 1.0) * apart / (tries * tries) / chance;
    if effect.is_finite() { effect.max(1.0) } else { 1.0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_burst_counts_as_one_event() {
        // By hand: 10 hits of 1000, all in one of a hundred parts of ten tries.
        let parts = (0..100).map(|n| (if n == 7 { 10 } else { 0 }, 10));
        let apart = 9.9_f64.powi(2) + 99.0 * 0.1_f64.powi(2);
        let expected = 100.0 / 99.0 * apart / 1e6 / (0.01 * 0.99 / 1000.0);
        assert!((clustering(parts) - expected).abs() < 1e-9);
        assert!((expected - 10.0).abs() < 0.2);
    }

    #[test]
    fn what_comes_evenly_or_never_counts_in_full() {
        for parts in
            [vec![(1, 10); 50], vec![(0, 10); 50], vec![(10, 10); 3], vec![(3, 10)], vec![]]
        {
            assert!((clustering(parts.into_iter()) - 1.0).abs() < 1e-12);
        }
    }
}
