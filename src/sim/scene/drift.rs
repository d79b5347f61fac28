//! How a device changes in the course of a night: with the hours, as something that warms up, or with its
//! connections, as a firmware that leaks.

use std::time::Duration;

use serde::{Deserialize, Deserializer, de::Error as _};

use super::latency;

/// How a device becomes slower, or faster: `drift = { per-hour = "+5%", per-connection = "0.2ms" }`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct Drift {
    /// With each hour since the start.
    pub per_hour: Change,
    /// With each connection since it last started.
    pub per_connection: Change,
}

/// A change of a time: by a share of it, or by so much.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Change {
    /// A share of the time as it was at first; 0.05 is 5 % more.
    pub share: f64,
    /// Seconds.
    pub seconds: f64,
}

impl Drift {
    /// What has become of a time, in seconds.
    pub fn of(self, seconds: f64, hours: f64, connections: f64) -> f64 {
        let share = self.per_hour.share * hours + self.per_connection.share * connections;
        let more = self.per_hour.seconds * hours + self.per_connection.seconds * connections;
        (seconds * (1.0 + share) + more).max(0.0)
    }
}

impl Change {
    fn parse(text: &str) -> Result<Self, String> {
        let (sign, bare) = match text.strip_prefix('-') {
            Some(bare) => (-1.0, bare),
            None => (1.0, text.strip_prefix('+').unwrap_or(text)),
        };
        let refused = || {
            let text = text.escape_default();
            format!(
                "`{text}` is no change: write a share such as \"+5%\" or a time such as \"0.2ms\""
            )
        };
        if bare.starts_with(['+', '-']) {
            return Err(refused());
        }
        let Some(percent) = bare.strip_suffix('%') else {
            let time: Duration = latency::duration(bare).map_err(|_| refused())?;
            return Ok(Change { share: 0.0, seconds: sign * time.as_secs_f64() });
        };
        let percent: f64 = percent.trim_end().parse().map_err(|_| refused())?;
        match (0.0..=1e6).contains(&percent) {
            true => Ok(Change { share: sign * percent / 100.0, seconds: 0.0 }),
            false => Err(refused()),
        }
    }
}

impl<'de> Deserialize<'de> for Change {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Change::parse(&String::deserialize(deserializer)?).map_err(D::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_is_a_share_or_a_time_either_way() {
        for (text, share, seconds) in [
            ("+5%", 0.05, 0.0),
            ("5 %", 0.05, 0.0),
            ("-2.5%", -0.025, 0.0),
            ("0.2ms", 0.0, 0.0002),
            ("+3ms", 0.0, 0.003),
            ("-1s", 0.0, -1.0),
        ] {
            assert_eq!(Change::parse(text), Ok(Change { share, seconds }), "{text}");
        }
        for wrong in ["", "5", "%", "+-5%", "--5%", "nan%", "inf%", "1e9%", "0.2", "+soon"] {
            let message = Change::parse(wrong).expect_err(wrong);
            assert!(message.contains("such as \"+5%\""), "{message}");
        }
    }

    #[test]
    fn a_time_drifts_with_hours_and_connections_and_never_below_zero() {
        let drift: Drift =
            toml::from_str("per-hour = '+10%'\nper-connection = '1ms'").expect("a drift");
        assert!((drift.of(1.0, 8.0, 200.0) - 2.0).abs() < 1e-9);
        let faster: Drift = toml::from_str("per-hour = '-50%'").expect("a drift");
        assert!(faster.of(1.0, 8.0, 0.0).abs() < 1e-9);
    }
}
