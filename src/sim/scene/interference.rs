//! Something else on the air, for a while: everything takes longer, and some of it is lost.

use std::time::Duration;

use serde::{Deserialize, Deserializer, de::Error as _};

use super::{Window, latency, window};

/// A stretch of interference: `[[interference]]`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Interference {
    /// When there is some.
    pub window: Window,
    /// How many times longer connecting, resolving services and pairing then take.
    pub slower: f64,
    /// The share of connections that then do not come about, from 0 to 1.
    pub lost: f64,
}

/// Interference as it stands in the file, before it is known to make sense.
#[derive(Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct Written {
    #[serde(default, deserialize_with = "latency::deserialize_optional")]
    at: Option<Duration>,
    #[serde(default, deserialize_with = "latency::deserialize_optional")]
    every: Option<Duration>,
    #[serde(default, deserialize_with = "latency::deserialize_optional")]
    first: Option<Duration>,
    #[serde(default, rename = "for", deserialize_with = "latency::deserialize_optional")]
    lasting: Option<Duration>,
    slower: Option<f64>,
    lost: Option<f64>,
}

impl Written {
    fn check(&self) -> Result<Interference, &'static str> {
        let Written { at, every, first, lasting, slower, lost } = *self;
        if slower.is_none() && lost.is_none() {
            return Err("say what it does: `slower = 3.0`, `lost = 0.2` or both");
        }
        let (slower, lost) = (slower.unwrap_or(1.0), lost.unwrap_or(0.0));
        if !(0.0..=1000.0).contains(&slower) {
            return Err("`slower` says how many times longer: a number such as 3.0");
        }
        if !(0.0..=1.0).contains(&lost) {
            return Err("`lost` is between 0 and 1");
        }
        let window = window::Written { at, every, first, lasting }.check()?;
        Ok(Interference { window, slower, lost })
    }
}

impl<'de> Deserialize<'de> for Interference {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Written::deserialize(deserializer)?.check().map_err(D::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn interference_is_a_window_and_what_it_does() {
        let read = |text: &str| toml::from_str::<Interference>(text);
        let read_one = read("every = '1h'\nfor = '5m'\nslower = 3\nlost = 0.2").expect("one");
        assert_eq!((read_one.slower, read_one.lost), (3.0, 0.2));
        assert!(read_one.window.holds(Duration::from_secs(3600)));
        for (text, reason) in [
            ("every = '1h'\nfor = '5m'", "say what it does"),
            ("every = '1h'\nslower = 2.0", "`for`"),
            ("at = '1h'\nfor = '5m'\nslower = -1.0", "such as 3.0"),
            ("at = '1h'\nfor = '5m'\nlost = 20", "between 0 and 1"),
            ("at = '1h'\nfor = '5m'\nlots = 0.2", "lots"),
        ] {
            let message = read(text).expect_err(text).to_string();
            assert!(message.contains(reason), "{text}: {message}");
        }
    }
}
