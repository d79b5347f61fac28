//! What befalls the bench as a whole in the course of a night: bluetoothd dies or hangs, an adapter is
//! pulled out, rfkill, the bus goes away.

use std::time::Duration;

use serde::{Deserialize, Deserializer, de::Error as _};

use super::latency;

/// What can befall a bench.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Mishap {
    /// bluetoothd dies, and is started again.
    Crash,
    /// bluetoothd stays on the bus and answers nothing, as a stopped process does.
    Hang,
    /// The adapter is pulled out, and put back.
    Unplug,
    /// rfkill blocks the adapter.
    Rfkill,
    /// The bus goes away, and bluetoothd with it.
    BusGone,
}

impl Mishap {
    /// Whether it can befall one adapter of several.
    pub(super) fn is_of_adapter(self) -> bool {
        matches!(self, Mishap::Unplug | Mishap::Rfkill)
    }
}

/// One thing that happens at a time of the night: `[[incident]]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Incident {
    /// What happens.
    pub what: Mishap,
    /// When it happens for the first time, counted from the start.
    pub first: Duration,
    /// How long it is from one time to the next, if it happens again.
    pub every: Option<Duration>,
    /// How much later than planned it may be, each time by chance.
    pub jitter: Duration,
    /// How long it lasts; without, for good.
    pub lasting: Option<Duration>,
    /// The adapter that it befalls; without, all of them.
    pub adapter: Option<String>,
}

/// An incident as it stands in the file, before it is known to make sense.
#[derive(Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct Written {
    what: Mishap,
    #[serde(default, deserialize_with = "latency::deserialize_optional")]
    at: Option<Duration>,
    #[serde(default, deserialize_with = "latency::deserialize_optional")]
    every: Option<Duration>,
    #[serde(default, deserialize_with = "latency::deserialize_optional")]
    first: Option<Duration>,
    #[serde(default, deserialize_with = "latency::deserialize_optional")]
    jitter: Option<Duration>,
    #[serde(default, rename = "for", deserialize_with = "latency::deserialize_optional")]
    lasting: Option<Duration>,
    adapter: Option<String>,
}

impl Written {
    fn check(self) -> Result<Incident, &'static str> {
        let jitter = self.jitter.unwrap_or_default();
        let first = match (self.at, self.every) {
            (Some(_), _) if self.first.is_some() => {
                return Err("`first` belongs to `every`; `at` is the only time");
            }
            (Some(at), None) => at,
            (None, Some(Duration::ZERO)) => return Err("`every` is longer than no time"),
            (None, Some(every)) => self.first.unwrap_or(every),
            _ => return Err("give `at` for once or `every` for again and again"),
        };
        match (self.every, self.lasting) {
            (Some(_), None) => {
                return Err(
                    "what happens again has to end first: say how long it lasts with `for`",
                );
            }
            (Some(every), Some(lasting)) if jitter + lasting >= every => {
                return Err("`for`, and `jitter` with it, must be shorter than `every`");
            }
            _ => {}
        }
        if self.adapter.is_some() && !self.what.is_of_adapter() {
            return Err("`adapter` belongs to what = \"unplug\" or \"rfkill\"");
        }
        let Written { what, every, lasting, adapter, .. } = self;
        Ok(Incident { what, first, every, jitter, lasting, adapter })
    }
}

impl<'de> Deserialize<'de> for Incident {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Written::deserialize(deserializer)?.check().map_err(D::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Incident, String> {
        toml::from_str(text).map_err(|error| error.message().to_owned())
    }

    #[test]
    fn an_incident_is_a_time_a_mishap_and_a_length() {
        let [minute, hour] = [60, 3600].map(Duration::from_secs);
        let once = Incident {
            what: Mishap::BusGone,
            first: hour,
            every: None,
            jitter: Duration::ZERO,
            lasting: None,
            adapter: None,
        };
        assert_eq!(read("at = '1h'\nwhat = 'bus-gone'"), Ok(once.clone()));
        assert_eq!(
            read("every = '2h'\njitter = '1m'\nwhat = 'unplug'\nfor = '1m'\nadapter = 'hci1'"),
            Ok(Incident {
                what: Mishap::Unplug,
                first: 2 * hour,
                every: Some(2 * hour),
                jitter: minute,
                lasting: Some(minute),
                adapter: Some("hci1".into()),
            })
        );
    }

    #[test]
    fn nonsense_is_refused_with_the_reason() {
        for (text, reason) in [
            ("what = 'hang'", "give `at`"),
            ("what = 'hang'\nat = '1h'\nevery = '1h'", "give `at`"),
            ("what = 'hang'\nat = '1h'\nfirst = '1m'", "`first` belongs to"),
            ("what = 'hang'\nevery = '0s'\nfor = '1s'", "longer than no time"),
            ("what = 'hang'\nevery = '1h'", "with `for`"),
            ("what = 'hang'\nevery = '1h'\nfor = '2h'", "shorter than `every`"),
            ("what = 'hang'\nevery = '1h'\nfor = '30m'\njitter = '30m'", "shorter than `every`"),
            ("what = 'hang'\nat = '1h'\nadapter = 'hci0'", "`adapter` belongs to"),
            ("what = 'explode'\nat = '1h'", "`bus-gone`"),
            ("what = 'hang'\nat = '1h'\nlasting = '1s'", "`for`"),
        ] {
            let message = read(text).expect_err(text);
            assert!(message.contains(reason), "{text}: {message}");
        }
    }
}
