//! What is left of a small probability when it was looked for in many places.

/// The probabilities, in the same order, each corrected for there being so many.
///
/// Source: S. Holm, "A simple sequentially rejective multiple test procedure", Scandinavian Journal of
/// Statistics 6 (1979). Among all that are then below a level, a false one is no more probable than
/// that level, whatever the tests have to do with one another.
#[must_use]
#[expect(clippy::cast_precision_loss, reason = "there are fewer tests than 2^53")]
pub fn holm(probabilities: &[f64]) -> Vec<f64> {
    let mut order: Vec<(usize, f64)> = probabilities.iter().copied().enumerate().collect();
    order.sort_by(|a, b| a.1.total_cmp(&b.1));
    let mut corrected = vec![1.0; probabilities.len()];
    let mut largest = 0.0_f64;
    for (left, (at, p)) in (1..=order.len()).rev().zip(order) {
        largest = largest.max((p * left as f64).min(1.0));
        if let Some(place) = corrected.get_mut(at) {
            *place = largest;
        }
    }
    corrected
}

#[cfg(test)]
mod tests {
    use super::holm;

    #[test]
    fn it_agrees_with_r() {
        // p.adjust(c(0.04, 0.01, 0.03, 0.005), "holm")
        let corrected = holm(&[0.04, 0.01, 0.03, 0.005]);
        for (found, expected) in corrected.iter().zip([0.06, 0.03, 0.06, 0.02]) {
            assert!((found - expected).abs() < 1e-12, "{corrected:?}");
        }
        assert_eq!(holm(&[0.9, 0.8]), [1.0, 1.0]);
        assert_eq!(holm(&[]), [0.0; 0]);
    }
}
