//! What a device of a scene is as a speaker, a headset or a phone: its SBC, its volume, and when it plays.

use std::time::Duration;

use serde::{Deserialize, Deserializer, de::Error as _};

use super::{advertised, latency};
use crate::audio::Capabilities;

/// The audio of a device: `audio = { volume = 64 }`.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct Audio {
    /// What it can do, as the four bytes of A2DP (4.3.2). Default: 44.1 and 48 kHz, stereo and joint stereo, 16 blocks,
    /// 8 subbands, loudness, bitpool 2 to 53.
    #[serde(deserialize_with = "capabilities")]
    pub sbc: Capabilities,
    /// Its volume from 0 to 127, if it lets that be set (AVRCP absolute volume).
    pub volume: Option<u8>,
    /// The delay that it reports, in tenths of a millisecond, if it does.
    pub delay: Option<u16>,
    /// How long it takes to start or to suspend a stream.
    #[serde(deserialize_with = "latency::deserialize_duration")]
    pub starts: Duration,
    /// How long after it is connected it begins to play, if it is one that plays. Default: it never does.
    #[serde(deserialize_with = "latency::deserialize_optional")]
    pub plays_after: Option<Duration>,
}

impl Default for Audio {
    fn default() -> Self {
        Audio {
            sbc: Capabilities::SPEAKER,
            volume: None,
            delay: None,
            starts: Duration::from_millis(25),
            plays_after: None,
        }
    }
}

fn capabilities<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Capabilities, D::Error> {
    let digits = String::deserialize(deserializer)?;
    let bytes = advertised::bytes(&digits).map_err(D::Error::custom)?;
    Capabilities::read(&bytes)
        .ok_or_else(|| D::Error::custom("SBC has four bytes of capabilities, such as \"33150235\""))
}
