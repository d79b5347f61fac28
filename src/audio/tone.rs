//! A tone: a sine, at a quarter of full scale, so that a speaker on the bench hurts nobody.

use std::f64::consts::TAU;

use super::Frequency;

/// How loud it is; full scale is 32767.
const LOUD: f64 = 8192.0;

/// A tone that goes on.
#[derive(Debug)]
pub struct Tone {
    /// Where in its period the next sample is, from 0 to 1.
    place: f64,
    step: f64,
}

impl Tone {
    /// A tone of so many hertz at a sampling frequency.
    #[must_use]
    pub fn new(hertz: f64, sampling: Frequency) -> Self {
        Self::sampled(hertz, sampling.hertz())
    }

    /// The same, with the sampling frequency in hertz.
    #[must_use]
    pub(super) fn sampled(hertz: f64, sampling: u32) -> Self {
        Self { place: 0.0, step: hertz / f64::from(sampling) }
    }

    /// The next samples.
    pub fn take(&mut self, count: usize) -> Vec<f64> {
        let next = |_| {
            let sample = LOUD * (TAU * self.place).sin();
            self.place = (self.place + self.step).fract();
            sample
        };
        (0..count).map(next).collect()
    }
}
