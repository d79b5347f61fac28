//! How long something takes: a fixed time or one drawn from a distribution.

use std::{fmt, time::Duration};

use fastrand::Rng;
use serde::{
    Deserialize, Deserializer,
    de::{Error as _, MapAccess, Visitor, value::MapAccessDeserializer},
};

/// No time in a scene is longer: a week is past any test run.
const LONGEST: Duration = Duration::from_secs(7 * 24 * 3600);
/// The 99th percentile of the standard normal distribution.
const NORMAL_99: f64 = 2.326_347_874_040_841;

/// How long something takes: a distribution, and now and then many times what is drawn from it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Latency {
    /// What is drawn from.
    pub shape: Shape,
    /// Draws that come out far longer.
    pub outliers: Option<Outliers>,
}

/// A distribution of times.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
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
    /// With a long tail, as real radios have it (log-normal): `{ p50 = "300ms", p99 = "1.2s" }`.
    LogNormal {
        /// The time that half of the draws stay below.
        p50: Duration,
        /// The time that 99 of 100 draws stay below.
        p99: Duration,
    },
}

/// `outliers = { probability = 0.01, times = 8.0 }`.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Outliers {
    /// How probable one is, from 0 to 1.
    pub probability: f64,
    /// How many times longer it is.
    pub times: f64,
}

impl Latency {
    /// A fixed time.
    pub const fn millis(milliseconds: u64) -> Self {
        Latency::of(Shape::Fixed(Duration::from_millis(milliseconds)))
    }

    /// A distribution without outliers.
    pub const fn of(shape: Shape) -> Self {
        Latency { shape, outliers: None }
    }

    /// One draw.
    pub fn draw(self, rng: &mut Rng) -> Duration {
        whole(self.seconds(rng))
    }

    /// The time that its shape is about: what is fixed, or the longest that is certain to be drawn.
    pub(super) fn longest(self) -> Duration {
        match self.shape {
            Shape::Fixed(time) | Shape::Uniform { max: time, .. } => time,
            Shape::Normal { mean, .. } => mean,
            Shape::LogNormal { p50, .. } => p50,
        }
    }

    /// One draw, in seconds, before it is made whole.
    pub fn seconds(self, rng: &mut Rng) -> f64 {
        let drawn = self.shape.draw(rng);
        match self.outliers {
            Some(outliers) if rng.f64() < outliers.probability => drawn * outliers.times,
            _ => drawn,
        }
    }
}

impl Shape {
    fn draw(self, rng: &mut Rng) -> f64 {
        match self {
            Shape::Fixed(time) => time.as_secs_f64(),
            Shape::Uniform { min, max } => {
                let millis = rng.u64(millis(min)..=millis(max).max(millis(min)));
                Duration::from_millis(millis).as_secs_f64()
            }
            Shape::Normal { mean, sd } => {
                (mean.as_secs_f64() + sd.as_secs_f64() * standard_normal(rng)).max(0.0)
            }
            Shape::LogNormal { p50, p99 } => {
                let sigma = (p99.as_secs_f64() / p50.as_secs_f64()).ln() / NORMAL_99;
                p50.as_secs_f64() * (sigma * standard_normal(rng)).exp()
            }
        }
    }
}

/// Seconds as a time in whole milliseconds, which is the grain of tokio's clock: it is then the same on a
/// paused clock as on a running one. What is no time at all is none, what is too long is the longest.
pub fn whole(seconds: f64) -> Duration {
    // A hair more: a tenth of a second is not quite that in binary.
    let time = Duration::try_from_secs_f64(seconds.max(0.0) + 1e-9).unwrap_or(LONGEST);
    Duration::from_millis(millis(time.min(LONGEST)))
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
        f.write_str(
            "a time such as \"300ms\", { min = …, max = … }, { mean = …, sd = … } \
             or { p50 = …, p99 = … }",
        )
    }

    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Latency, E> {
        duration(text).map(|time| Latency::of(Shape::Fixed(time))).map_err(E::custom)
    }

    fn visit_map<M: MapAccess<'de>>(self, map: M) -> Result<Latency, M::Error> {
        let written = Written::deserialize(MapAccessDeserializer::new(map))?;
        written.check().map_err(M::Error::custom)
    }
}

/// A distribution as it stands in the file, before it is known to make sense.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Written {
    #[serde(deserialize_with = "deserialize_optional")]
    min: Option<Duration>,
    #[serde(deserialize_with = "deserialize_optional")]
    max: Option<Duration>,
    #[serde(deserialize_with = "deserialize_optional")]
    mean: Option<Duration>,
    #[serde(deserialize_with = "deserialize_optional")]
    sd: Option<Duration>,
    #[serde(deserialize_with = "deserialize_optional")]
    p50: Option<Duration>,
    #[serde(deserialize_with = "deserialize_optional")]
    p99: Option<Duration>,
    outliers: Option<Outliers>,
}

impl Written {
    fn check(self) -> Result<Latency, &'static str> {
        let Written { min, max, mean, sd, p50, p99, outliers } = self;
        let shape = match [min, max, mean, sd, p50, p99] {
            [Some(min), Some(max), None, None, None, None] => Shape::Uniform { min, max },
            [None, None, Some(mean), Some(sd), None, None] => Shape::Normal { mean, sd },
            [None, None, None, None, Some(p50), Some(p99)] => Shape::LogNormal { p50, p99 },
            _ => return Err("give `min` and `max`, `mean` and `sd`, or `p50` and `p99`"),
        };
        match shape {
            Shape::Uniform { min, max } if min > max => return Err("`min` is above `max`"),
            Shape::LogNormal { p50: Duration::ZERO, .. } => return Err("`p50` is above zero"),
            Shape::LogNormal { p50, p99 } if p50 > p99 => return Err("`p50` is above `p99`"),
            _ => {}
        }
        match outliers {
            Some(Outliers { probability, .. }) if !(0.0..=1.0).contains(&probability) => {
                Err("`probability` is between 0 and 1")
            }
            Some(Outliers { times, .. }) if !(0.0..=1e6).contains(&times) => {
                Err("`times` is a number such as 8.0")
            }
            outliers => Ok(Latency { shape, outliers }),
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
            let drawn = Latency::of(Shape::Uniform { min, max }).draw(&mut rng);
            assert!((min..=max).contains(&drawn), "{drawn:?}");
            sum += Latency::of(Shape::Normal { mean, sd }).draw(&mut rng);
        }
        let average = sum / 2000;
        assert!(average.abs_diff(mean) < Duration::from_millis(5), "{average:?}");
    }

    #[test]
    fn a_wide_deviation_never_goes_below_zero() {
        let mut rng = Rng::with_seed(7);
        let [mean, sd] = [1, 1000].map(Duration::from_millis);
        let wide = Latency::of(Shape::Normal { mean, sd });
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

    #[test]
    fn the_percentiles_of_a_long_tail_are_those_that_were_asked_for() {
        let mut rng = Rng::with_seed(3);
        let [p50, p99] = [300, 1200].map(Duration::from_millis);
        let tailed = Latency::of(Shape::LogNormal { p50, p99 });
        let mut draws: Vec<_> = (0..100_000).map(|_| tailed.draw(&mut rng)).collect();
        draws.sort();
        let at = |share: usize| draws[draws.len() * share / 1000];
        // Three standard errors of the quantiles, from the density there.
        assert!(at(500).abs_diff(p50) < Duration::from_millis(3), "{:?}", at(500));
        assert!(at(990).abs_diff(p99) < Duration::from_millis(27), "{:?}", at(990));
        // A normal distribution of the same median and p99 ends far below.
        assert!(at(999) > Duration::from_millis(1700), "{:?}", at(999));
    }

    #[test]
    fn outliers_are_as_many_and_as_long_as_asked_for() {
        let mut rng = Rng::with_seed(4);
        let outliers = Some(Outliers { probability: 0.01, times: 8.0 });
        let latency = Latency { outliers, ..Latency::millis(100) };
        let draws: Vec<_> = (0..100_000).map(|_| latency.draw(&mut rng).as_millis()).collect();
        let long = draws.iter().filter(|time| **time == 800).count();
        assert_eq!(draws.iter().filter(|time| **time == 100).count() + long, draws.len());
        assert!((880..=1120).contains(&long), "{long}");
    }

    #[test]
    fn nonsense_is_refused_with_the_reason() {
        #[derive(Deserialize)]
        struct Line {
            #[expect(dead_code, reason = "only whether it is read counts")]
            a: Latency,
        }
        for (text, reason) in [
            ("{ p50 = '1s', p99 = '300ms' }", "`p50` is above `p99`"),
            ("{ p50 = '0s', p99 = '300ms' }", "above zero"),
            ("{ p50 = '1s', sd = '300ms' }", "`p50` and `p99`"),
            ("{ min = '1s', max = '300ms' }", "`min` is above"),
            ("{ p95 = '1s' }", "`p99`"),
            ("{ min = '1s', max = '2s', outliers = { probability = 2, times = 8 } }", "between"),
            ("{ min = '1s', max = '2s', outliers = { probability = 0.1, times = -1 } }", "8.0"),
            ("{ min = '1s', max = '2s', outliers = { probability = 0.1 } }", "times"),
            ("3", "such as"),
        ] {
            let refused = toml::from_str::<Line>(&format!("a = {text}")).err().expect(text);
            assert!(refused.message().contains(reason), "{text}: {refused}");
        }
    }
}
