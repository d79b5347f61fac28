//! How much goes over a link in a time, as people write it: `5 kB/s`, `40 kbit/s`.

use std::fmt;
use std::time::Duration;

use crate::plan::Quantity;

/// Bytes in a second.
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd)]
pub(super) struct Throughput(f64);

/// A unit, and how many bytes in a second it is. The longer words first, so that `kB/s` is not read as `B/s`.
const UNITS: [(&str, f64); 6] = [
    ("Mbit/s", 125_000.0),
    ("kbit/s", 125.0),
    ("bit/s", 0.125),
    ("MB/s", 1_000_000.0),
    ("kB/s", 1000.0),
    ("B/s", 1.0),
];

impl Throughput {
    /// So many bytes in a time.
    pub(super) fn of(bytes: u64, time: Duration) -> Self {
        Self(bytes as f64 / time.as_secs_f64().max(1e-6))
    }
}

impl Quantity for Throughput {
    const EXPECTED: &'static str = "a throughput";
    const EXAMPLE: &'static str = ">= 5 kB/s";

    fn read(text: &str) -> Result<Self, String> {
        let refused =
            || format!("`{text}` is no throughput; write for example \"5 kB/s\" or \"40 kbit/s\"");
        let (number, weight) = UNITS
            .iter()
            .find_map(|(unit, weight)| Some((text.strip_suffix(unit)?, weight)))
            .ok_or_else(refused)?;
        match number.trim().parse::<f64>() {
            Ok(number) if number.is_finite() && number >= 0.0 => Ok(Self(number * weight)),
            _ => Err(refused()),
        }
    }
}

impl fmt::Display for Throughput {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:.2} kB/s", self.0 / 1000.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::Bound;

    #[test]
    fn units_are_read_and_told() {
        for (text, told) in [
            ("5 kB/s", "5.00 kB/s"),
            ("40kbit/s", "5.00 kB/s"),
            ("1 MB/s", "1000.00 kB/s"),
            ("500 B/s", "0.50 kB/s"),
        ] {
            assert_eq!(Throughput::read(text).unwrap().to_string(), told, "{text}");
        }
        for wrong in ["5", "kB/s", "-1 kB/s", "NaN kB/s", "5 kb/s"] {
            assert!(Throughput::read(wrong).is_err(), "{wrong}");
        }
        let bound = Bound::<Throughput>::parse(">= 5 kB/s").unwrap();
        assert!(bound.holds(Throughput::of(5000, Duration::from_secs(1))));
        assert!(!bound.holds(Throughput::of(4999, Duration::from_secs(1))));
        assert!(Throughput::of(1, Duration::ZERO).0.is_finite());
    }
}
