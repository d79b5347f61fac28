//! The choices that SBC has, each with its bit in the codec's four bytes (A2DP 4.3.2).

use schemars::JsonSchema;
use serde::Deserialize;

/// A choice that a bit of the codec's bytes stands for, the best first.
pub(super) trait Choice: Copy + PartialEq + 'static {
    const ALL: &'static [(Self, u8)];

    /// The bit of this choice.
    fn bit(self) -> u8 {
        Self::ALL.iter().find(|(one, _)| *one == self).map_or(0, |(_, bit)| *bit)
    }

    /// All bits of this field.
    fn mask() -> u8 {
        Self::ALL.iter().fold(0, |bits, (_, bit)| bits | bit)
    }

    /// The best choice among bits.
    fn best(bits: u8) -> Option<Self> {
        Self::ALL.iter().find(|(_, bit)| bits & bit != 0).map(|(one, _)| *one)
    }

    /// The choice whose bit is the only one of this field among the bits.
    fn only(bits: u8) -> Option<Self> {
        let field = bits & Self::mask();
        Self::ALL.iter().find(|(_, bit)| *bit == field).map(|(one, _)| *one)
    }

    /// The bits of several; of none at all, all.
    fn bits(several: &[Self]) -> u8 {
        match several {
            [] => Self::mask(),
            several => several.iter().fold(0, |bits, one| bits | one.bit()),
        }
    }
}

/// A sampling frequency (A2DP 4.3.2.1), in a plan as its number of hertz.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(try_from = "u32")]
#[schemars(with = "u32")]
pub struct Frequency(u32);

impl Frequency {
    /// In hertz.
    #[must_use]
    pub fn hertz(self) -> u32 {
        self.0
    }

    /// Its number in a frame's header: 0 to 3, as it rises.
    pub(super) fn code(self) -> u8 {
        match self.0 {
            16_000 => 0,
            32_000 => 1,
            44_100 => 2,
            _ => 3,
        }
    }
}

impl TryFrom<u32> for Frequency {
    type Error = String;

    fn try_from(hertz: u32) -> Result<Self, String> {
        let known = Self::ALL.iter().find(|(one, _)| one.0 == hertz);
        known.map(|(one, _)| *one).ok_or_else(|| {
            format!("SBC has no sampling frequency {hertz}; it has 16000, 32000, 44100 and 48000")
        })
    }
}

impl Choice for Frequency {
    const ALL: &'static [(Self, u8)] =
        &[(Self(44_100), 0x20), (Self(48_000), 0x10), (Self(32_000), 0x40), (Self(16_000), 0x80)];
}

/// How the channels are coded (A2DP 4.3.2.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ChannelMode {
    /// One channel.
    Mono,
    /// Two, each with half of the bits.
    DualChannel,
    /// Two that share the bits.
    Stereo,
    /// Two that may also be coded as their sum and difference.
    JointStereo,
}

impl ChannelMode {
    /// How many channels it has.
    #[must_use]
    pub fn channels(self) -> usize {
        if self == Self::Mono { 1 } else { 2 }
    }

    /// As a plan writes it.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Mono => "mono",
            Self::DualChannel => "dual-channel",
            Self::Stereo => "stereo",
            Self::JointStereo => "joint-stereo",
        }
    }

    /// Its number in a frame's header.
    pub(super) fn code(self) -> u8 {
        match self {
            Self::Mono => 0,
            Self::DualChannel => 1,
            Self::Stereo => 2,
            Self::JointStereo => 3,
        }
    }
}

impl Choice for ChannelMode {
    const ALL: &'static [(Self, u8)] = &[
        (Self::JointStereo, 0x01),
        (Self::Stereo, 0x02),
        (Self::DualChannel, 0x04),
        (Self::Mono, 0x08),
    ];
}

/// How many blocks a frame has (A2DP 4.3.2.3).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(try_from = "u8")]
#[schemars(with = "u8")]
pub struct Blocks(u8);

impl Blocks {
    /// The number.
    #[must_use]
    pub fn count(self) -> usize {
        self.0.into()
    }
}

impl TryFrom<u8> for Blocks {
    type Error = String;

    fn try_from(count: u8) -> Result<Self, String> {
        let known = Self::ALL.iter().find(|(one, _)| one.0 == count);
        known
            .map(|(one, _)| *one)
            .ok_or_else(|| format!("SBC has no frames of {count} blocks; they have 4, 8, 12 or 16"))
    }
}

impl Choice for Blocks {
    const ALL: &'static [(Self, u8)] =
        &[(Self(16), 0x10), (Self(12), 0x20), (Self(8), 0x40), (Self(4), 0x80)];
}

/// How many subbands there are (A2DP 4.3.2.4).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(try_from = "u8")]
#[schemars(with = "u8")]
pub struct Subbands(u8);

impl Subbands {
    /// The number.
    #[must_use]
    pub fn count(self) -> usize {
        self.0.into()
    }
}

impl TryFrom<u8> for Subbands {
    type Error = String;

    fn try_from(count: u8) -> Result<Self, String> {
        let known = Self::ALL.iter().find(|(one, _)| one.0 == count);
        known
            .map(|(one, _)| *one)
            .ok_or_else(|| format!("SBC has no {count} subbands; it has 4 or 8"))
    }
}

impl Choice for Subbands {
    const ALL: &'static [(Self, u8)] = &[(Self(8), 0x04), (Self(4), 0x08)];
}

/// How the bits are shared out among the subbands (A2DP 4.3.2.5).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Allocation {
    /// As an ear hears.
    Loudness,
    /// As the samples are.
    Snr,
}

impl Allocation {
    /// As a plan writes it.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Loudness => "loudness",
            Self::Snr => "snr",
        }
    }
}

impl Choice for Allocation {
    const ALL: &'static [(Self, u8)] = &[(Self::Loudness, 0x01), (Self::Snr, 0x02)];
}
