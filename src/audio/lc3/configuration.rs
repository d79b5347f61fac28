//! What a stream of LC3 does (BAP 4.3.2; Assigned Numbers, 6.12.5).

use std::fmt;
use std::time::Duration;

use schemars::JsonSchema;
use serde::Deserialize;

use super::location::Locations;
use super::{Preset, ltv};

const FREQUENCY: u8 = 1;
const DURATION: u8 = 2;
const LOCATIONS: u8 = 3;
const OCTETS: u8 = 4;
const FRAMES: u8 = 5;

/// A sampling frequency, in a plan as its number of hertz.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(try_from = "u32")]
#[schemars(with = "u32")]
pub struct SamplingFrequency(pub(super) u32);

impl SamplingFrequency {
    /// Those of LC3, each with its number in a configuration.
    const ALL: [(u32, u8); 8] = [
        (8_000, 1),
        (11_025, 2),
        (16_000, 3),
        (22_050, 4),
        (24_000, 5),
        (32_000, 6),
        (44_100, 7),
        (48_000, 8),
    ];

    /// In hertz.
    #[must_use]
    pub fn hertz(self) -> u32 {
        self.0
    }

    /// Its number in a configuration; its bit among capabilities is one less.
    pub(super) fn code(self) -> u8 {
        Self::ALL.iter().find(|(hertz, _)| *hertz == self.0).map_or(0, |(_, code)| *code)
    }

    fn of(wanted: u8) -> Option<Self> {
        Self::ALL.iter().find(|(_, code)| *code == wanted).map(|(hertz, _)| Self(*hertz))
    }
}

impl TryFrom<u32> for SamplingFrequency {
    type Error = String;

    fn try_from(hertz: u32) -> Result<Self, String> {
        match Self::ALL.iter().any(|(one, _)| *one == hertz) {
            true => Ok(Self(hertz)),
            false => Err(format!(
                "LC3 has no sampling frequency {hertz}; streams of bttest have 16000, 24000, 32000 or 48000"
            )),
        }
    }
}

/// How long a frame is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
pub enum FrameDuration {
    /// 7.5 ms.
    #[serde(rename = "7.5ms")]
    Ms7_5,
    /// 10 ms.
    #[serde(rename = "10ms")]
    Ms10,
}

impl FrameDuration {
    /// In microseconds.
    #[must_use]
    pub fn micros(self) -> u32 {
        match self {
            Self::Ms7_5 => 7_500,
            Self::Ms10 => 10_000,
        }
    }

    /// As a span of time.
    #[must_use]
    pub fn span(self) -> Duration {
        Duration::from_micros(self.micros().into())
    }

    /// Its number in a configuration; its bit among capabilities has the same.
    pub(super) fn code(self) -> u8 {
        match self {
            Self::Ms7_5 => 0,
            Self::Ms10 => 1,
        }
    }

    fn of(code: u8) -> Option<Self> {
        [Self::Ms7_5, Self::Ms10].into_iter().find(|one| one.code() == code)
    }
}

impl fmt::Display for FrameDuration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Ms7_5 => "7.5 ms",
            Self::Ms10 => "10 ms",
        })
    }
}

/// What a stream does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Configuration {
    /// How often it is sampled.
    pub frequency: SamplingFrequency,
    /// How long a frame is.
    pub duration: FrameDuration,
    /// Where it is heard: a channel for each.
    pub locations: Locations,
    /// How many octets a frame of one channel has.
    pub octets: u16,
}

impl Configuration {
    /// That of a preset, for channels at these places.
    #[must_use]
    pub fn of(preset: Preset, locations: Locations) -> Self {
        Self {
            frequency: preset.frequency(),
            duration: preset.duration(),
            locations,
            octets: preset.octets(),
        }
    }

    /// The configuration in this row of values; none, where one is missing that it has to have, or there are several
    /// frames in a packet, which bttest never asks for.
    #[must_use]
    pub fn read(row: &[u8]) -> Option<Self> {
        let one = |kind| match ltv::value(row, kind) {
            Some([value]) => Some(*value),
            _ => None,
        };
        let locations = ltv::value(row, LOCATIONS).and_then(|value| value.try_into().ok());
        if one(FRAMES).is_some_and(|frames| frames != 1) {
            return None;
        }
        Some(Self {
            frequency: SamplingFrequency::of(one(FREQUENCY)?)?,
            duration: FrameDuration::of(one(DURATION)?)?,
            locations: Locations(locations.map_or(0, u32::from_le_bytes)),
            octets: ltv::value(row, OCTETS).and_then(ltv::number)?,
        })
    }

    /// The row of values that BlueZ and the device are told.
    #[must_use]
    pub fn row(self) -> Vec<u8> {
        let mut row = Vec::new();
        ltv::push(&mut row, FREQUENCY, &[self.frequency.code()]);
        ltv::push(&mut row, DURATION, &[self.duration.code()]);
        if self.locations != Locations::default() {
            ltv::push(&mut row, LOCATIONS, &self.locations.0.to_le_bytes());
        }
        ltv::push(&mut row, OCTETS, &self.octets.to_le_bytes());
        row
    }

    /// How many octets go over the link at once: a frame for each channel.
    #[must_use]
    pub fn sdu(self) -> u16 {
        self.octets.saturating_mul(self.locations.channels())
    }

    /// How many samples of a channel a frame has.
    #[must_use]
    pub fn samples(self) -> usize {
        let samples = u64::from(self.frequency.0) * u64::from(self.duration.micros()) / 1_000_000;
        usize::try_from(samples).unwrap_or(0)
    }
}

impl fmt::Display for Configuration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { frequency, duration, locations, octets } = self;
        write!(f, "{} Hz, {duration}, {octets} octets, {locations}", frequency.hertz())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What the lab's bluetoothd was told, and told again.
    const TOLD: [u8; 16] = [2, 1, 3, 2, 2, 1, 5, 3, 1, 0, 0, 0, 3, 4, 40, 0];

    #[test]
    fn a_row_is_read_and_written() {
        let configuration = Configuration::read(&TOLD).unwrap();
        assert_eq!(configuration.to_string(), "16000 Hz, 10 ms, 40 octets, front-left");
        assert_eq!(configuration.row(), TOLD);
        assert_eq!((configuration.sdu(), configuration.samples()), (40, 160));
        let preset = Preset::named("16_2_1").unwrap();
        assert_eq!(Configuration::of(preset, Locations(1)), configuration);
        let both = Configuration::of(preset, Locations(3));
        assert_eq!((both.sdu(), both.row().len()), (80, 16));
        assert_eq!(Configuration::of(preset, Locations(0)).row(), [2, 1, 3, 2, 2, 1, 3, 4, 40, 0]);
    }

    #[test]
    fn what_is_no_configuration_is_none() {
        let without = |kind: u8| {
            let mut row = Vec::new();
            for other in [FREQUENCY, DURATION, OCTETS].into_iter().filter(|other| *other != kind) {
                ltv::push(&mut row, other, ltv::value(&TOLD, other).unwrap());
            }
            row
        };
        for kind in [FREQUENCY, DURATION, OCTETS] {
            assert_eq!(Configuration::read(&without(kind)), None, "{kind}");
        }
        assert_eq!(Configuration::read(&[]), None);
        assert_eq!(
            Configuration::read(&[[2, 1, 3].as_slice(), &TOLD[3..], &[2, 5, 2]].concat()),
            None
        );
        assert!(SamplingFrequency::try_from(44_000).is_err());
    }
}
