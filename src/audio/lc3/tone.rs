//! A tone in frames of LC3, over and over.

use lc3_codec::common::complex::Complex;
use lc3_codec::common::config;
use lc3_codec::encoder::lc3_encoder::Lc3Encoder;

use super::Preset;
use super::configuration::{Configuration, FrameDuration};
use crate::audio::tone::Tone;

/// How many frames go by before the encoder's memory holds nothing but the tone.
const SETTLES: usize = 12;
/// How many frames come again and again. In 150 ms and in 200 ms a tone of a multiple of 20 Hz has a whole number of
/// periods, so that nobody hears where it comes round.
const ROUND: usize = 20;
/// Of what a tone's pitch is a multiple, in hertz.
const STEP: f64 = 20.0;

/// The frames of a tone without an end.
#[derive(Debug)]
pub struct Frames {
    round: Vec<Vec<u8>>,
    next: usize,
    channels: usize,
}

impl Frames {
    /// The tone of so many hertz, to the next 20, in a configuration; none, where it is that of no preset, for no other has been tried
    /// with the encoder.
    #[must_use]
    pub fn of(hertz: f64, configuration: Configuration) -> Option<Self> {
        if !Preset::has(configuration) {
            return None;
        }
        let pitch = (hertz / STEP).round().max(1.0) * STEP;
        let round = encoded(pitch, configuration)?;
        Some(Self { round, next: 0, channels: configuration.locations.channels().into() })
    }

    /// What goes over the link next: a frame for each channel.
    pub fn next_packet(&mut self) -> Vec<u8> {
        let frame = self.round.get(self.next).cloned().unwrap_or_default();
        self.next = (self.next + 1) % ROUND;
        frame.repeat(self.channels)
    }
}

fn encoded(hertz: f64, configuration: Configuration) -> Option<Vec<Vec<u8>>> {
    let sampling = match configuration.frequency.hertz() {
        16_000 => config::SamplingFrequency::Hz16000,
        24_000 => config::SamplingFrequency::Hz24000,
        32_000 => config::SamplingFrequency::Hz32000,
        48_000 => config::SamplingFrequency::Hz48000,
        _ => return None,
    };
    let duration = match configuration.duration {
        FrameDuration::Ms7_5 => config::FrameDuration::SevenPointFiveMs,
        FrameDuration::Ms10 => config::FrameDuration::TenMs,
    };
    let octets = usize::from(configuration.octets);
    let (integers, scalers, complexes) =
        Lc3Encoder::calc_working_buffer_lengths(1, duration, sampling);
    let (mut integers, mut scalers) = (vec![0; integers], vec![0.0; scalers]);
    let mut complexes = vec![Complex::default(); complexes];
    let mut encoder =
        Lc3Encoder::new(1, duration, sampling, &mut integers, &mut scalers, &mut complexes);
    let mut tone = Tone::sampled(hertz, configuration.frequency.hertz());
    let mut frames = Vec::with_capacity(SETTLES + ROUND);
    for _ in 0..SETTLES + ROUND {
        let samples = tone.take(configuration.samples());
        let samples: Vec<i16> = samples.into_iter().map(|sample| sample as i16).collect();
        let mut frame = vec![0; octets];
        encoder.encode_frame(0, &samples, &mut frame).ok()?;
        frames.push(frame);
    }
    Some(frames.split_off(SETTLES))
}

#[cfg(test)]
mod tests {
    use std::f64::consts::TAU;

    use lc3_codec::decoder::lc3_decoder::Lc3Decoder;

    use super::super::Locations;
    use super::*;

    /// How loud a pitch is in samples.
    fn loudness(samples: &[i16], hertz: f64, rate: u32) -> f64 {
        let at = |n: usize| TAU * hertz * n as f64 / f64::from(rate);
        let (sine, cosine) = samples.iter().enumerate().fold((0.0, 0.0), |(s, c), (n, sample)| {
            (s + f64::from(*sample) * at(n).sin(), c + f64::from(*sample) * at(n).cos())
        });
        2.0 * f64::hypot(sine, cosine) / samples.len() as f64
    }

    fn decoded(frames: &mut Frames, count: usize, configuration: Configuration) -> Vec<i16> {
        let duration = match configuration.duration {
            FrameDuration::Ms7_5 => config::FrameDuration::SevenPointFiveMs,
            FrameDuration::Ms10 => config::FrameDuration::TenMs,
        };
        let sampling = config::SamplingFrequency::Hz16000;
        let (scalers, complexes) = Lc3Decoder::calc_working_buffer_lengths(1, duration, sampling);
        let (mut scalers, mut complexes) =
            (vec![0.0; scalers], vec![Complex::default(); complexes]);
        let mut decoder = Lc3Decoder::new(1, duration, sampling, &mut scalers, &mut complexes);
        let mut all = Vec::new();
        for _ in 0..count {
            let mut samples = vec![0; configuration.samples()];
            decoder.decode_frame(16, 0, &frames.next_packet(), &mut samples).unwrap();
            all.extend(samples);
        }
        all
    }

    #[test]
    fn a_device_hears_the_tone_and_no_click_where_it_comes_round() {
        for name in ["16_1_1", "16_2_1"] {
            let configuration = Configuration::of(Preset::named(name).unwrap(), Locations(1));
            let mut frames = Frames::of(445.0, configuration).unwrap();
            let heard = decoded(&mut frames, 10 * ROUND, configuration);
            let heard = &heard[SETTLES * configuration.samples()..];
            assert!(loudness(heard, 440.0, 16_000) > 6000.0);
            assert!(loudness(heard, 880.0, 16_000) < 50.0);
            let step = heard.windows(2).map(|pair| (pair[1] - pair[0]).abs()).max().unwrap();
            // A sine of 440 Hz at a quarter of full scale rises no faster than that.
            assert!(step < 1700, "a click of {step}");
        }
    }

    #[test]
    fn every_preset_can_be_sent_and_two_channels_are_two_frames() {
        for name in Preset::names() {
            let preset = Preset::named(&name).unwrap();
            let configuration = Configuration::of(preset, Locations(3));
            let mut frames = Frames::of(1000.0, configuration).unwrap();
            let packet = frames.next_packet();
            assert_eq!(packet.len(), usize::from(configuration.sdu()), "{name}");
            let (left, right) = packet.split_at(packet.len() / 2);
            assert_eq!(left, right);
        }
    }
}
