//! What a side can do with LC3 (BAP 4.3.1; Assigned Numbers, 6.12.4).

use super::configuration::{Configuration, FrameDuration, SamplingFrequency};
use super::{Locations, Preset, ltv};

const FREQUENCIES: u8 = 1;
const DURATIONS: u8 = 2;
const CHANNELS: u8 = 3;
const OCTETS: u8 = 4;
const FRAMES: u8 = 5;

/// How many channels a stream of bttest can have: one or two.
const ONE_OR_TWO: u8 = 0b11;

/// What a side can do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Capabilities {
    /// A bit for each sampling frequency.
    frequencies: u16,
    /// A bit for each frame duration.
    durations: u8,
    /// A bit for each number of channels, from one on.
    channels: u8,
    /// How many octets a frame has, from and to.
    octets: (u16, u16),
}

impl Capabilities {
    /// What somebody can do who has these presets, for one channel or two.
    #[must_use]
    pub fn of(presets: &[Preset]) -> Self {
        let octets = presets.iter().map(|preset| preset.octets());
        Self {
            frequencies: presets
                .iter()
                .fold(0, |bits, preset| bits | frequency(preset.frequency())),
            durations: presets.iter().fold(0, |bits, preset| bits | duration(preset.duration())),
            channels: ONE_OR_TWO,
            octets: (octets.clone().min().unwrap_or(0), octets.max().unwrap_or(0)),
        }
    }

    /// What ordinary earbuds can do: 16, 24, 32 and 48 kHz, 7.5 and 10 ms, one channel in a stream, 30 to 155 octets in a
    /// frame.
    #[must_use]
    pub fn usual() -> Self {
        Self { frequencies: 0xb4, durations: 3, channels: 1, octets: (30, 155) }
    }

    /// The capabilities in this row of values; none, where one is missing that a side has to tell.
    #[must_use]
    pub fn read(row: &[u8]) -> Option<Self> {
        let one = |kind| match ltv::value(row, kind) {
            Some([value]) => Some(*value),
            _ => None,
        };
        let [a, b, c, d] = ltv::value(row, OCTETS)?.try_into().ok()?;
        Some(Self {
            frequencies: ltv::value(row, FREQUENCIES).and_then(ltv::number)?,
            durations: one(DURATIONS)?,
            // One channel, where it does not say.
            channels: one(CHANNELS).unwrap_or(1),
            octets: (u16::from_le_bytes([a, b]), u16::from_le_bytes([c, d])),
        })
    }

    /// The row of values that BlueZ and the device are told.
    #[must_use]
    pub fn row(&self) -> Vec<u8> {
        let (least, most) = self.octets;
        let mut row = Vec::new();
        ltv::push(&mut row, FREQUENCIES, &self.frequencies.to_le_bytes());
        ltv::push(&mut row, DURATIONS, &[self.durations]);
        ltv::push(&mut row, CHANNELS, &[self.channels]);
        ltv::push(&mut row, OCTETS, &[least.to_le_bytes(), most.to_le_bytes()].concat());
        ltv::push(&mut row, FRAMES, &[1]);
        row
    }

    /// Whether a preset is among what it can do.
    #[must_use]
    pub fn can(&self, preset: Preset) -> bool {
        self.covers(&Configuration::of(preset, Locations::default()))
    }

    /// Whether a stream is among what it can do.
    #[must_use]
    pub fn covers(&self, stream: &Configuration) -> bool {
        let (least, most) = self.octets;
        let channels = 1_u8.checked_shl(u32::from(stream.locations.channels()) - 1).unwrap_or(0);
        self.frequencies & frequency(stream.frequency) != 0
            && self.durations & duration(stream.duration) != 0
            && self.channels & channels != 0
            && (least..=most).contains(&stream.octets)
    }
}

/// The bit of a sampling frequency.
fn frequency(one: SamplingFrequency) -> u16 {
    1_u16.checked_shl(u32::from(one.code()).saturating_sub(1)).unwrap_or(0)
}

/// The bit of a frame duration.
fn duration(one: FrameDuration) -> u8 {
    1 << one.code()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What the lab's earbuds tell.
    const EARBUDS: [u8; 19] = [3, 1, 0xb4, 0, 2, 2, 3, 2, 3, 1, 5, 4, 0x1e, 0, 0x9b, 0, 2, 5, 1];

    #[test]
    fn a_device_can_do_what_its_row_says() {
        let earbuds = Capabilities::read(&EARBUDS).unwrap();
        assert_eq!(earbuds.row(), EARBUDS);
        assert_eq!(earbuds, Capabilities::usual());
        let can = |name| earbuds.can(Preset::named(name).unwrap());
        assert!(can("48_6_1") && can("16_1_2") && can("24_2_1") && can("32_2_1"));
        let small = Capabilities::of(&[Preset::named("16_2_1").unwrap()]);
        assert_eq!(small.row(), [3, 1, 4, 0, 2, 2, 2, 2, 3, 3, 5, 4, 40, 0, 40, 0, 2, 5, 1]);
        assert!(small.can(Preset::named("16_2_2").unwrap()));
        assert!(
            !small.can(Preset::named("16_1_1").unwrap())
                && !small.can(Preset::named("24_2_1").unwrap())
        );
    }

    #[test]
    fn what_tells_nothing_can_do_nothing() {
        assert_eq!(Capabilities::read(&[]), None);
        assert_eq!(Capabilities::read(&EARBUDS[..16]), Capabilities::read(&EARBUDS));
        assert_eq!(Capabilities::read(&EARBUDS[..12]), None);
    }
}
