//! Stretches of a night in which something holds: once or again and again, counted from the start.

use std::time::Duration;

use serde::{Deserialize, Deserializer, de::Error as _};

use super::latency;

/// When something holds: `{ every = "2h", for = "10m" }` or `{ at = "3h", for = "1h" }`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window {
    /// When it begins for the first time.
    pub first: Duration,
    /// How long it is from one beginning to the next, if there is more than one.
    pub every: Option<Duration>,
    /// How long it lasts.
    pub lasting: Duration,
}

/// A window as it stands in the file, before it is known to make sense.
#[derive(Default, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub(super) struct Written {
    #[serde(deserialize_with = "latency::deserialize_optional")]
    pub(super) at: Option<Duration>,
    #[serde(deserialize_with = "latency::deserialize_optional")]
    pub(super) every: Option<Duration>,
    #[serde(deserialize_with = "latency::deserialize_optional")]
    pub(super) first: Option<Duration>,
    #[serde(rename = "for", deserialize_with = "latency::deserialize_optional")]
    pub(super) lasting: Option<Duration>,
}

impl Window {
    /// Whether it holds, this long after the start.
    pub fn holds(self, elapsed: Duration) -> bool {
        let Some(since) = elapsed.checked_sub(self.first) else {
            return false;
        };
        let since = since.as_nanos();
        let every = self.every.map_or(u128::MAX, |every| every.as_nanos().max(1));
        since % every < self.lasting.as_nanos()
    }
}

impl Written {
    pub(super) fn check(&self) -> Result<Window, &'static str> {
        let lasting = self.lasting.ok_or("say with `for` how long it lasts")?;
        let first = match (self.at, self.every) {
            (Some(at), None) if self.first.is_none() => at,
            (None, Some(Duration::ZERO)) => return Err("`every` is longer than no time"),
            (None, Some(every)) if lasting >= every => {
                return Err("`for` must be shorter than `every`");
            }
            (None, Some(every)) => self.first.unwrap_or(every),
            _ => return Err("give `at` for once or `every`, with or without `first`, for again"),
        };
        Ok(Window { first, every: self.every, lasting })
    }
}

impl<'de> Deserialize<'de> for Window {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Written::deserialize(deserializer)?.check().map_err(D::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Window, String> {
        toml::from_str(text).map_err(|error| error.message().to_owned())
    }

    fn minutes_of(window: Window) -> Vec<u64> {
        (0..300).filter(|minute| window.holds(Duration::from_secs(minute * 60))).collect()
    }

    #[test]
    fn a_window_holds_once_or_again_and_again() {
        let once = read("at = '1h'\nfor = '2m'").expect("a window");
        assert_eq!(minutes_of(once), [60, 61]);
        let again = read("every = '2h'\nfor = '1m'").expect("a window");
        assert_eq!(minutes_of(again), [120, 240]);
        let soon = read("every = '2h'\nfirst = '0s'\nfor = '1m'").expect("a window");
        assert_eq!(minutes_of(soon), [0, 120, 240]);
    }

    #[test]
    fn nonsense_is_refused_with_the_reason() {
        for (text, reason) in [
            ("every = '1h'", "`for`"),
            ("for = '1h'", "give `at`"),
            ("at = '1h'\nfirst = '1h'\nfor = '1m'", "give `at`"),
            ("every = '1h'\nfor = '1h'", "shorter than `every`"),
            ("every = '0s'\nfor = '0s'", "no time"),
            ("evry = '1h'\nfor = '1m'", "evry"),
        ] {
            let message = read(text).expect_err(text);
            assert!(message.contains(reason), "{text}: {message}");
        }
    }
}
