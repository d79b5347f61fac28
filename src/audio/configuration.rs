//! What an SBC endpoint can do, and what of it a stream does: four bytes each (A2DP 4.3.2).

use std::fmt;

use super::choice::{Allocation, Blocks, ChannelMode, Choice, Frequency, Subbands};

/// The bitpool that every decoder has to take lies within these (A2DP 4.3.2.6).
const BITPOOLS: std::ops::RangeInclusive<u8> = 2..=250;

/// What an endpoint can do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Capabilities([u8; 4]);

impl Capabilities {
    /// What an ordinary speaker can do: 44.1 and 48 kHz, stereo and joint stereo, 16 blocks, 8 subbands, loudness, and
    /// a bitpool from 2 to 53.
    pub const SPEAKER: Self = Self([0x33, 0x15, 2, 53]);

    /// Those of a list of each; an empty list is everything.
    ///
    /// # Errors
    /// The bitpools are none that SBC has, or the wrong way round.
    pub fn new(
        frequencies: &[Frequency],
        modes: &[ChannelMode],
        blocks: &[Blocks],
        subbands: &[Subbands],
        allocations: &[Allocation],
        (least, most): (u8, u8),
    ) -> Result<Self, String> {
        if least > most || !BITPOOLS.contains(&least) || !BITPOOLS.contains(&most) {
            return Err(format!(
                "a bitpool from {least} to {most} is none; it goes from 2 to 250 at most"
            ));
        }
        let first = Frequency::bits(frequencies) | ChannelMode::bits(modes);
        let second =
            Blocks::bits(blocks) | Subbands::bits(subbands) | Allocation::bits(allocations);
        Ok(Self([first, second, least, most]))
    }

    /// The bytes that BlueZ and the device are told.
    #[must_use]
    pub fn bytes(self) -> [u8; 4] {
        self.0
    }

    /// The capabilities in these bytes.
    #[must_use]
    pub fn read(bytes: &[u8]) -> Option<Self> {
        bytes.try_into().ok().map(Self)
    }

    /// The best configuration that both sides can do: 44.1 kHz, joint stereo, many blocks and subbands, loudness,
    /// and the largest bitpool.
    ///
    /// # Errors
    /// What they have not in common.
    pub fn choose(self, other: Self) -> Result<Configuration, &'static str> {
        let (Self([a0, a1, a_least, a_most]), Self([b0, b1, b_least, b_most])) = (self, other);
        let (first, second) = (a0 & b0, a1 & b1);
        let bitpool = (a_least.max(b_least), a_most.min(b_most));
        if bitpool.0 > bitpool.1 || !BITPOOLS.contains(&bitpool.0) {
            return Err("bitpool");
        }
        Ok(Configuration {
            frequency: Frequency::best(first).ok_or("sampling frequency")?,
            mode: ChannelMode::best(first).ok_or("channel mode")?,
            blocks: Blocks::best(second).ok_or("block length")?,
            subbands: Subbands::best(second).ok_or("number of subbands")?,
            allocation: Allocation::best(second).ok_or("allocation method")?,
            bitpool,
        })
    }
}

/// What a stream does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Configuration {
    pub frequency: Frequency,
    pub mode: ChannelMode,
    pub blocks: Blocks,
    pub subbands: Subbands,
    pub allocation: Allocation,
    /// The least and the most that may be used.
    pub bitpool: (u8, u8),
}

impl Configuration {
    /// The configuration in these bytes; none, where they are not four with one choice of each.
    #[must_use]
    pub fn read(bytes: &[u8]) -> Option<Self> {
        let [first, second, least, most] = bytes.try_into().ok()?;
        let fits = least <= most && BITPOOLS.contains(&least) && BITPOOLS.contains(&most);
        fits.then_some(Self {
            frequency: Frequency::only(first)?,
            mode: ChannelMode::only(first)?,
            blocks: Blocks::only(second)?,
            subbands: Subbands::only(second)?,
            allocation: Allocation::only(second)?,
            bitpool: (least, most),
        })
    }

    /// The bytes that BlueZ and the device are told.
    #[must_use]
    pub fn bytes(self) -> [u8; 4] {
        [
            self.frequency.bit() | self.mode.bit(),
            self.blocks.bit() | self.subbands.bit() | self.allocation.bit(),
            self.bitpool.0,
            self.bitpool.1,
        ]
    }

    /// How many samples of each channel a frame has.
    #[must_use]
    pub fn samples(self) -> usize {
        self.blocks.count() * self.subbands.count()
    }
}

impl fmt::Display for Configuration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { frequency, mode, blocks, subbands, allocation, bitpool } = self;
        write!(
            f,
            "{} Hz, {}, {} blocks, {} subbands, {}, bitpool {} to {}",
            frequency.hertz(),
            mode.word(),
            blocks.count(),
            subbands.count(),
            allocation.word(),
            bitpool.0,
            bitpool.1
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_best_of_both_is_chosen() {
        let everything = Capabilities::new(&[], &[], &[], &[], &[], (2, 53)).unwrap();
        assert_eq!(everything.bytes(), [0xff, 0xff, 2, 53]);
        // The lab's speaker: 48 and 44.1 kHz, stereo and joint stereo, 16 blocks, 8 subbands, loudness.
        let speaker = Capabilities([0x33, 0x15, 2, 40]);
        let chosen = everything.choose(speaker).unwrap();
        assert_eq!(chosen.bytes(), [0x21, 0x15, 2, 40]);
        assert_eq!(Configuration::read(&chosen.bytes()), Some(chosen));
        assert_eq!(
            chosen.to_string(),
            "44100 Hz, joint-stereo, 16 blocks, 8 subbands, loudness, bitpool 2 to 40"
        );
    }

    #[test]
    fn what_they_have_not_in_common_is_named() {
        let mono = Capabilities::new(&[], &[ChannelMode::Mono], &[], &[], &[], (2, 53)).unwrap();
        let loud = Capabilities([0xff, 0xff, 60, 70]);
        assert_eq!(mono.choose(Capabilities([0x33, 0x15, 2, 53])), Err("channel mode"));
        assert_eq!(mono.choose(loud), Err("bitpool"));
        assert!(Capabilities::new(&[], &[], &[], &[], &[], (54, 53)).is_err());
        assert!(Frequency::try_from(22_050).is_err());
    }

    #[test]
    fn bytes_that_are_no_configuration_are_none() {
        for wrong in [&[][..], &[0x21, 0x15, 2], &[0x31, 0x15, 2, 53], &[0x21, 0x15, 53, 2]] {
            assert_eq!(Configuration::read(wrong), None, "{wrong:?}");
        }
    }
}
