//! What a device of a scene is for LE Audio: earbuds, a headset with a microphone, a hearing aid (BAP unicast server).

use std::time::Duration;

use serde::{Deserialize, Deserializer, de::Error as _};

use super::{advertised, latency};
use crate::audio::lc3::{Capabilities, Location, Locations, Preset};

/// The LE Audio of a device: `le-audio = { broadcasts = "24_2_1" }`, `le-audio = { sink = ["front-left", "front-right"] }`.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct LeAudio {
    /// Where it plays what it takes: a stream for each place.
    pub sink: Vec<Location>,
    /// Where it hears what it sends: a stream for each place.
    pub source: Vec<Location>,
    /// What it can do with LC3, as the row of values that it publishes (BAP 4.3.1), in hexadecimal digits. Default: 16, 24, 32
    /// and 48 kHz, 7.5 and 10 ms, one channel in a stream, 30 to 155 octets in a frame.
    #[serde(deserialize_with = "capabilities")]
    pub lc3: Capabilities,
    /// The preset in which it broadcasts, such as `24_2_1`, if it does.
    pub broadcasts: Option<Preset>,
    /// How long it takes to start its streams.
    #[serde(deserialize_with = "latency::deserialize_duration")]
    pub starts: Duration,
}

impl Default for LeAudio {
    fn default() -> Self {
        LeAudio {
            sink: Vec::new(),
            source: Vec::new(),
            lc3: Capabilities::usual(),
            broadcasts: None,
            starts: Duration::from_millis(100),
        }
    }
}

impl LeAudio {
    /// The place of each of its streams, those that it takes or those that it sends.
    pub fn places(&self, taken: bool) -> Vec<Locations> {
        let places = if taken { &self.sink } else { &self.source };
        places.iter().map(|place| Locations::of(&[*place])).collect()
    }

    /// All of them together.
    pub fn locations(&self, taken: bool) -> Locations {
        Locations::of(if taken { &self.sink } else { &self.source })
    }
}

fn capabilities<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Capabilities, D::Error> {
    let digits = String::deserialize(deserializer)?;
    let bytes = advertised::bytes(&digits).map_err(D::Error::custom)?;
    Capabilities::read(&bytes).ok_or_else(|| {
        D::Error::custom(
            "LC3 has at least sampling frequencies, frame durations and octets for a frame, such as \
             \"0301b400 020203 05041e009b00\"",
        )
    })
}
