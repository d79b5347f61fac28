//! SBC frames from samples (A2DP Appendix B, 12.6.2 to 12.6.5).
//!
//! In joint stereo, too, every subband is coded as left and right, which each decoder takes.

use super::analysis::Analysis;
use super::{Allocation, ChannelMode, Configuration, allocation};

/// What each frame begins with.
const SYNC: u8 = 0x9c;

/// An encoder of one stream.
#[derive(Debug)]
pub struct Encoder {
    configuration: Configuration,
    bitpool: u8,
    /// One for each channel.
    analyses: Vec<Analysis>,
}

impl Encoder {
    /// An encoder that uses the largest bitpool that the configuration and its form allow (A2DP 4.3.2.6: 16 bits for
    /// each subband, twice that where channels share them).
    #[must_use]
    pub fn new(configuration: Configuration) -> Self {
        let subbands = configuration.subbands.count();
        let most = match configuration.mode {
            ChannelMode::Mono | ChannelMode::DualChannel => 16 * subbands,
            ChannelMode::Stereo | ChannelMode::JointStereo => 32 * subbands,
        };
        let bitpool = configuration.bitpool.1.min(u8::try_from(most).unwrap_or(u8::MAX));
        let channels = configuration.mode.channels();
        let analyses = (0..channels).map(|_| Analysis::new(subbands)).collect();
        Self { configuration, bitpool, analyses }
    }

    /// The stream's configuration.
    #[must_use]
    pub fn configuration(&self) -> Configuration {
        self.configuration
    }

    /// How long a frame is, in bytes (A2DP 12.9).
    #[must_use]
    pub fn frame_length(&self) -> usize {
        let Configuration { mode, blocks, subbands, .. } = self.configuration;
        let (channels, subbands) = (mode.channels(), subbands.count());
        let joins = if mode == ChannelMode::JointStereo { subbands } else { 0 };
        let pools = if mode == ChannelMode::DualChannel { 2 } else { 1 };
        let audio = joins + blocks.count() * pools * usize::from(self.bitpool);
        4 + 4 * subbands * channels / 8 + audio.div_ceil(8)
    }

    /// One frame from as many samples as it holds, from -32768 to 32767; each channel gets the same.
    pub fn encode(&mut self, samples: &[f64]) -> Vec<u8> {
        let subbands = self.configuration.subbands.count();
        let coded: Vec<Vec<Vec<f64>>> = self
            .analyses
            .iter_mut()
            .map(|analysis| samples.chunks(subbands).map(|block| analysis.take(block)).collect())
            .collect();
        let factors: Vec<Vec<u8>> = coded.iter().map(|blocks| factors(blocks, subbands)).collect();
        let bitpool = usize::from(self.bitpool);
        let bits = allocation::bits(&self.configuration, bitpool, &factors);
        self.frame(&coded, &factors, &bits)
    }

    fn frame(&self, coded: &[Vec<Vec<f64>>], factors: &[Vec<u8>], bits: &[Vec<usize>]) -> Vec<u8> {
        let head = self.head();
        let mut writer = Writer::default();
        head.iter().for_each(|byte| writer.put(u32::from(*byte), 8));
        if self.configuration.mode == ChannelMode::JointStereo {
            writer.put(0, self.configuration.subbands.count());
        }
        factors.iter().flatten().for_each(|factor| writer.put(u32::from(*factor), 4));
        let checksum = checksum(&writer);
        for block in 0..self.configuration.blocks.count() {
            for ((blocks, factors), bits) in coded.iter().zip(factors).zip(bits) {
                let samples = blocks.get(block).into_iter().flatten();
                for ((sample, factor), bits) in samples.zip(factors).zip(bits) {
                    writer.put(quantized(*sample, *factor, *bits), *bits);
                }
            }
        }
        let mut rest = writer.bytes.into_iter();
        let mut frame = vec![SYNC];
        frame.extend(rest.by_ref().take(head.len()));
        frame.push(checksum);
        frame.extend(rest);
        frame
    }

    /// The bytes between the sync word and the checksum.
    fn head(&self) -> [u8; 2] {
        let Configuration { frequency, mode, blocks, subbands, allocation, .. } =
            self.configuration;
        let blocks = u8::try_from(blocks.count() / 4).unwrap_or(4).saturating_sub(1);
        let form = frequency.code() << 6
            | blocks << 4
            | mode.code() << 2
            | u8::from(allocation == Allocation::Snr) << 1
            | u8::from(subbands.count() == 8);
        [form, self.bitpool]
    }
}

/// The scale factor of each subband: the power of two that its loudest sample stays below, less one (12.6.2).
fn factors(blocks: &[Vec<f64>], subbands: usize) -> Vec<u8> {
    let loudest = |subband: usize| {
        let samples = blocks.iter().filter_map(|block| block.get(subband));
        samples.fold(0.0_f64, |loudest, sample| loudest.max(sample.abs()))
    };
    let factor = |loudest: f64| (0..15).find(|factor| loudest < scale(*factor)).unwrap_or(15);
    (0..subbands).map(|subband| factor(loudest(subband))).collect()
}

/// What samples are divided by.
pub(super) fn scale(factor: u8) -> f64 {
    2.0_f64.powi(i32::from(factor) + 1)
}

/// A sample as a number of so many bits (12.6.4).
fn quantized(sample: f64, factor: u8, bits: usize) -> u32 {
    let levels = f64::from((1_u32 << bits.min(16)) - 1);
    let level = ((sample / scale(factor) + 1.0) * levels / 2.0).floor();
    level.clamp(0.0, (levels - 1.0).max(0.0)) as u32
}

/// Bits, the highest first.
#[derive(Debug, Default)]
struct Writer {
    bytes: Vec<u8>,
    /// How many there are.
    length: usize,
}

impl Writer {
    fn put(&mut self, value: u32, bits: usize) {
        for place in (0..bits).rev() {
            if self.length.is_multiple_of(8) {
                self.bytes.push(0);
            }
            let bit = u8::from(value >> place & 1 == 1);
            if let Some(last) = self.bytes.last_mut() {
                *last |= bit << (7 - self.length % 8);
            }
            self.length += 1;
        }
    }
}

/// The checksum over the bits so far: CRC-8 with the polynomial 0x1d that begins with 0x0f (12.6.5).
fn checksum(writer: &Writer) -> u8 {
    let bit = |at: usize| writer.bytes.get(at / 8).map_or(0, |byte| byte >> (7 - at % 8) & 1);
    (0..writer.length).map(bit).fold(0x0f, |sum: u8, bit| {
        let carry = sum >> 7 ^ bit;
        sum << 1 ^ if carry == 1 { 0x1d } else { 0 }
    })
}

#[cfg(test)]
mod tests {
    use super::super::{Tone, decoder::decode};
    use super::*;

    /// How far a decoded tone is below what was left out or added, in decibels.
    fn clearness(configuration: Configuration) -> f64 {
        let mut encoder = Encoder::new(configuration);
        let mut tone = Tone::new(440.0, configuration.frequency);
        let mut sent = Vec::new();
        let mut frames = Vec::new();
        for _ in 0..40 {
            let samples = tone.take(configuration.samples());
            let frame = encoder.encode(&samples);
            assert_eq!(frame.len(), encoder.frame_length());
            sent.extend(samples);
            frames.extend(frame);
        }
        let heard = decode(&frames);
        assert_eq!(heard.len(), configuration.mode.channels());
        // Both filter banks together delay by nine blocks and one sample.
        let delay = 9 * configuration.subbands.count() + 1;
        let pairs = || sent.iter().zip(heard[0].iter().skip(delay)).skip(600);
        let power = |values: &mut dyn Iterator<Item = f64>| values.map(|v| v * v).sum::<f64>();
        let signal = power(&mut pairs().map(|(sent, _)| *sent));
        let noise = power(&mut pairs().map(|(sent, heard)| sent - heard));
        10.0 * (signal / noise).log10()
    }

    #[test]
    fn a_decoder_hears_the_tone_in_every_form() {
        let mut heard = Vec::new();
        for bytes in [
            [0x21, 0x15, 2, 53],
            [0x22, 0x15, 2, 53],
            [0x24, 0x15, 2, 31],
            [0x28, 0x15, 2, 31],
            [0x11, 0x26, 2, 51],
            [0x41, 0x49, 2, 40],
            [0x88, 0x8a, 2, 30],
            [0x28, 0x15, 2, 250],
        ] {
            let configuration = Configuration::read(&bytes).unwrap();
            heard.push((configuration.to_string(), clearness(configuration)));
        }
        assert!(heard.iter().all(|(_, clear)| *clear > 25.0), "{heard:#?}");
    }

    #[test]
    fn a_frame_is_as_long_as_the_specification_says() {
        let length =
            |bytes: [u8; 4]| Encoder::new(Configuration::read(&bytes).unwrap()).frame_length();
        // A2DP 4.3.2.6, table 4.7: high quality, 44.1 kHz.
        assert_eq!(length([0x21, 0x15, 2, 53]), 119);
        assert_eq!(length([0x28, 0x15, 2, 31]), 70);
        // Middle quality, 48 kHz.
        assert_eq!(length([0x11, 0x15, 2, 33]), 79);
    }
}
