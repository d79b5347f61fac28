//! How long something takes: a fixed time or one drawn from a distribution.
//! An enum of its own so that drift and bursts can join it.

use std::{fmt, time::Duration};

use fastrand::Rng;
use serde::{
    Deserialize, Deserializer,
    de::{Error as _, MapAccess, Visitor},
};

/// No time in a scene is longer: a week is past any test run.
const LONGEST: Duration = Duration::from_secs(7 * 24 * 3600);

/// How long something takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Latency {
    /// Always the same: `"300ms"`.
    Fixed(Duration),
    /// Anything between the two with equal probability: `{ min = "100ms", max = "1s" }`.
    Uniform {
        /// The shortest time.
        min: Duration,
        /// The longest time.
        max: Duration,
    },
    /// Normally distributed, never below zero: `{ mean = "300ms", sd = "50ms" }`.
    Normal {
        /// The mean.
        mean: Duration,
        /// The standard deviation.
        sd: Duration,
    },
}

impl Latency {
    /// A fixed time.
    pub const fn millis(milliseconds: u64) -> Self {
        Latency::Fixed(Duration::from_millis(milliseconds))
    }

    /// One draw, in whole milliseconds, which is the grain of tokio's clock: a draw is then the
    /// same time on a paused clock as on a running one.
    pub fn draw(self, rng: &mut Rng) -> Duration {
        let millis = match self {
            Latency::Fixed(time) => millis(time),
            Latency::Uniform { min, max } => rng.u64(millis(min)..=millis(max).max(millis(min))),
            Latency::Normal { mean, sd } => {
                let drawn = mean.as_secs_f64() + sd.as_secs_f64() * standard_normal(rng);
                millis(Duration::try_from_secs_f64(drawn.max(0.0)).unwrap_or(LONGEST))
            }
        };
        Duration::from_millis(millis)
    }
}

fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

/// A draw from the standard normal distribution (Box and Muller, 1958).
fn standard_normal(rng: &mut Rng) -> f64 {
    let radius = (-2.0 * (1.0 - rng.f64()).ln()).sqrt();
    radius * (std::f64::consts::TAU * rng.f64()).cos()
}

/// Reads a time as people write it: `"300ms"`, `"2s"`, `"1m30s"`.
pub(super) fn duration(text: &str) -> Result<Duration, String> {
    let refused = || {
        format!(
            "`{}` is no time: write it as \"300ms\", \"2s\" or \"1m30s\"",
            text.escape_default()
        )
    };
    let time: jiff::SignedDuration = text.parse().map_err(|_| refused())?;
    let time = Duration::try_from(time).map_err(|_| format!("{}, not below zero", refused()))?;
    if time > LONGEST {
        return Err(format!("`{}` is too long: a week is the most", text.escape_default()));
    }
    Ok(time)
}

/// A time in a scene file, for serde's `deserialize_with`.
pub(super) fn deserialize_duration<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Duration, D::Error> {
    duration(&String::deserialize(deserializer)?).map_err(D::Error::custom)
}

/// An optional time in a scene file, for serde's `deserialize_with`.
pub(super) fn deserialize_optional<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<Duration>, D::Error> {
    deserialize_duration(deserializer).map(Some)
}

impl<'de> Deserialize<'de> for Latency {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(LatencyVisitor)
    }
}

struct LatencyVisitor;

impl<'de> Visitor<'de> for LatencyVisitor {
    type Value = Latency;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a time such as \"300ms\", { min = …, max = … } or { mean = …, sd = … }")
    }

    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Latency, E> {
        duration(text).map(Latency::Fixed).map_err(E::custom)
    }

    fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<Latency, M::Error> {
        const KEYS: &[&str] = &["min", "max", "mean", "sd"];
        let mut times = [None; 4];
        while let Some(key) = map.next_key::<String>()? {
            let slot = KEYS
                .iter()
                .zip(&mut times)
                .find_map(|(known, slot)| (key == *known).then_some(slot))
                .ok_or_else(|| M::Error::unknown_field(&key, KEYS))?;
            let text = map.next_value::<String>()?;
            *slot = Some(duration(&text).map_err(M::Error::custom)?);
        }
        match times {
            [Some(min), Some(max), None, None] if min <= max => Ok(Latency::Uniform { min, max }),
            [Some(_), Some(_), None, None] => Err(M::Error::custom("`min` is above `max`")),
            [None, None, Some(mean), Some(sd)] => Ok(Latency::Normal { mean, sd }),
            _ => Err(M::Error::custom("give `min` and `max`, or `mean` and `sd`")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn draws_stay_within_their_distribution() {
        let mut rng = Rng::with_seed(1);
        let [min, max] = [100, 300].map(Duration::from_millis);
        let [mean, sd] = [200, 50].map(Duration::from_millis);
        let mut sum = Duration::ZERO;
        for _ in 0..2000 {
            let drawn = Latency::Uniform { min, max }.draw(&mut rng);
            assert!((min..=max).contains(&drawn), "{drawn:?}");
            sum += Latency::Normal { mean, sd }.draw(&mut rng);
        }
        let average = sum / 2000;
        assert!(average.abs_diff(mean) < Duration::from_millis(5), "{average:?}");
    }

    #[test]
    fn a_wide_deviation_never_goes_below_zero() {
        let mut rng = Rng::with_seed(7);
        let wide = Latency::Normal { mean: Duration::from_millis(1), sd: Duration::from_secs(1) };
        let draws: Vec<_> = (0..100).map(|_| wide.draw(&mut rng)).collect();
        assert!(draws.contains(&Duration::ZERO));
    }

    #[test]
    fn times_are_read_as_people_write_them() {
        assert_eq!(duration("1m30s"), Ok(Duration::from_secs(90)));
        assert_eq!(duration("300 ms"), Ok(Duration::from_millis(300)));
        for wrong in ["", "5", "-2s", "2 parsecs", "9000w"] {
            assert!(duration(wrong).is_err(), "{wrong}");
        }
    }
}
