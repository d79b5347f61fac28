//! The standard normal distribution.

/// The probability of a value above `z`.
///
/// Source: W. J. Cody's error function is within 1e-16; this is the simpler approximation of Abramowitz
/// and Stegun, "Handbook of Mathematical Functions" (1964), 7.1.26, within 1.5e-7, which is far below any
/// level that is asked about.
#[must_use]
pub fn upper_tail(z: f64) -> f64 {
    let x = z.abs() / std::f64::consts::SQRT_2;
    let t = 1.0 / (1.0 + 0.327_591_1 * x);
    let sum = [1.061_405_429, -1.453_152_027, 1.421_413_741, -0.284_496_736, 0.254_829_592]
        .iter()
        .fold(0.0, |sum, coefficient| (sum + coefficient) * t);
    let tail = 0.5 * sum * (-x * x).exp();
    if z < 0.0 { 1.0 - tail } else { tail }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_agrees_with_tables() {
        for (z, p) in [(0.0, 0.5), (1.0, 0.158_655), (1.96, 0.024_998), (2.575_83, 0.005)] {
            assert!((upper_tail(z) - p).abs() < 1e-5, "{z}");
            assert!((upper_tail(-z) - (1.0 - p)).abs() < 1e-5, "-{z}");
        }
    }
}
