//! An SBC decoder (A2DP Appendix B, 12.5), to hear in tests what the encoder says.

use std::f64::consts::PI;

use super::analysis::prototype;
use super::encoder::scale;
use super::{Configuration, allocation};

/// The samples of each channel.
pub(super) fn decode(mut stream: &[u8]) -> Vec<Vec<f64>> {
    let mut heard: Vec<Vec<f64>> = Vec::new();
    let mut banks: Vec<Vec<f64>> = Vec::new();
    while !stream.is_empty() {
        let (configuration, channels, rest) = frame(stream);
        stream = rest;
        let subbands = configuration.subbands.count();
        banks.resize(channels.len(), vec![0.0; 20 * subbands]);
        heard.resize(channels.len(), Vec::new());
        for ((blocks, bank), heard) in channels.iter().zip(&mut banks).zip(&mut heard) {
            blocks.iter().for_each(|block| heard.extend(synthesis(bank, block)));
        }
    }
    heard
}

/// A frame's configuration, its samples by channel, block and subband, and what comes after it.
fn frame(stream: &[u8]) -> (Configuration, Vec<Vec<Vec<f64>>>, &[u8]) {
    assert_eq!(stream[0], 0x9c, "a sync word");
    let (form, bitpool) = (stream[1], stream[2]);
    let bytes = [
        [0x80, 0x40, 0x20, 0x10][usize::from(form >> 6)] | [8, 4, 2, 1][usize::from(form >> 2 & 3)],
        [0x80, 0x40, 0x20, 0x10][usize::from(form >> 4 & 3)]
            | [8, 4][usize::from(form & 1)]
            | [1, 2][usize::from(form >> 1 & 1)],
        bitpool,
        bitpool,
    ];
    let configuration = Configuration::read(&bytes).expect("a configuration");
    let (channels, subbands) = (configuration.mode.channels(), configuration.subbands.count());
    let mut at = 32;
    let mut take = |bits: usize| {
        let bit = |at: usize| u32::from(stream[at / 8] >> (7 - at % 8) & 1);
        let value = (at..at + bits).fold(0, |value, at| value << 1 | bit(at));
        at += bits;
        value
    };
    if form >> 2 & 3 == 3 {
        assert_eq!(take(subbands), 0, "nothing is joined");
    }
    let factors: Vec<Vec<u8>> =
        (0..channels).map(|_| (0..subbands).map(|_| take(4) as u8).collect()).collect();
    let bits = allocation::bits(&configuration, usize::from(bitpool), &factors);
    let mut samples = vec![Vec::new(); channels];
    for _ in 0..configuration.blocks.count() {
        for channel in 0..channels {
            let sample = |subband: usize| {
                let bits = bits[channel][subband];
                let level = f64::from(take(bits));
                let levels = f64::from((1_u32 << bits) - 1);
                let scale = scale(factors[channel][subband]);
                if bits == 0 { 0.0 } else { scale * ((level * 2.0 + 1.0) / levels - 1.0) }
            };
            samples[channel].push((0..subbands).map(sample).collect());
        }
    }
    (configuration, samples, &stream[at.div_ceil(8)..])
}

fn synthesis(bank: &mut [f64], block: &[f64]) -> Vec<f64> {
    let count = block.len();
    bank.rotate_right(2 * count);
    for (k, place) in bank.iter_mut().take(2 * count).enumerate() {
        let fold = |i: usize| {
            ((i as f64 + 0.5) * (k as f64 + count as f64 / 2.0) * PI / count as f64).cos()
        };
        *place = block.iter().enumerate().map(|(i, sample)| fold(i) * sample).sum();
    }
    let window = prototype(count);
    let windowed = |at: usize| {
        let (i, j) = (at / (2 * count), at % (2 * count));
        let from = if j < count { i * 4 * count + j } else { i * 4 * count + 2 * count + j };
        -(count as f64) * window[at] * bank[from]
    };
    (0..count).map(|j| (0..10).map(|i| windowed(j + count * i)).sum()).collect()
}
