//! The filter bank: from samples in time to samples in subbands (A2DP Appendix B, 12.6.1 and 12.8).

use std::f64::consts::PI;

/// The prototype filter of 4 subbands (Appendix B, table 12.8); those after the middle mirror those before it.
const PROTOTYPE_4: [f64; 40] = [
    0.0,
    5.36548976e-4,
    1.49188357e-3,
    2.73370904e-3,
    3.83720193e-3,
    3.89205149e-3,
    1.86581691e-3,
    -3.06012286e-3,
    1.09137620e-2,
    2.04385087e-2,
    2.88757392e-2,
    3.21939290e-2,
    2.58767811e-2,
    6.13245186e-3,
    -2.88217274e-2,
    -7.76463494e-2,
    1.35593274e-1,
    1.94987841e-1,
    2.46636662e-1,
    2.81828203e-1,
    2.94315332e-1,
    2.81828203e-1,
    2.46636662e-1,
    1.94987841e-1,
    -1.35593274e-1,
    -7.76463494e-2,
    -2.88217274e-2,
    6.13245186e-3,
    2.58767811e-2,
    3.21939290e-2,
    2.88757392e-2,
    2.04385087e-2,
    -1.09137620e-2,
    -3.06012286e-3,
    1.86581691e-3,
    3.89205149e-3,
    3.83720193e-3,
    2.73370904e-3,
    1.49188357e-3,
    5.36548976e-4,
];

/// The prototype filter of 8 subbands (Appendix B, table 12.9).
const PROTOTYPE_8: [f64; 80] = [
    0.0,
    1.56575398e-4,
    3.43256425e-4,
    5.54620202e-4,
    8.23919506e-4,
    1.13992507e-3,
    1.47640169e-3,
    1.78371725e-3,
    2.01182542e-3,
    2.10371989e-3,
    1.99454554e-3,
    1.61656283e-3,
    9.02154502e-4,
    -1.78805361e-4,
    -1.64973098e-3,
    -3.49717454e-3,
    5.65949473e-3,
    8.02941163e-3,
    1.04584443e-2,
    1.27472335e-2,
    1.46525263e-2,
    1.59045603e-2,
    1.62208471e-2,
    1.53184106e-2,
    1.29371806e-2,
    8.85757540e-3,
    2.92408442e-3,
    -4.91578024e-3,
    -1.46404076e-2,
    -2.61098752e-2,
    -3.90751381e-2,
    -5.31873032e-2,
    6.79989431e-2,
    8.29847578e-2,
    9.75753918e-2,
    1.11196689e-1,
    1.23264548e-1,
    1.33264415e-1,
    1.40753505e-1,
    1.45389847e-1,
    1.46955068e-1,
    1.45389847e-1,
    1.40753505e-1,
    1.33264415e-1,
    1.23264548e-1,
    1.11196689e-1,
    9.75753918e-2,
    8.29847578e-2,
    -6.79989431e-2,
    -5.31873032e-2,
    -3.90751381e-2,
    -2.61098752e-2,
    -1.46404076e-2,
    -4.91578024e-3,
    2.92408442e-3,
    8.85757540e-3,
    1.29371806e-2,
    1.53184106e-2,
    1.62208471e-2,
    1.59045603e-2,
    1.46525263e-2,
    1.27472335e-2,
    1.04584443e-2,
    8.02941163e-3,
    -5.65949473e-3,
    -3.49717454e-3,
    -1.64973098e-3,
    -1.78805361e-4,
    9.02154502e-4,
    1.61656283e-3,
    1.99454554e-3,
    2.10371989e-3,
    2.01182542e-3,
    1.78371725e-3,
    1.47640169e-3,
    1.13992507e-3,
    8.23919506e-4,
    5.54620202e-4,
    3.43256425e-4,
    1.56575398e-4,
];

/// The prototype filter of so many subbands.
pub(super) fn prototype(subbands: usize) -> &'static [f64] {
    if subbands == 4 { &PROTOTYPE_4 } else { &PROTOTYPE_8 }
}

/// The filter bank of one channel.
#[derive(Debug)]
pub(super) struct Analysis {
    subbands: usize,
    /// The last samples, the newest first; ten for each subband.
    heard: Vec<f64>,
    /// The cosines that each subband is folded with.
    fold: Vec<Vec<f64>>,
}

impl Analysis {
    pub(super) fn new(subbands: usize) -> Self {
        let count = subbands as f64;
        let fold = (0..subbands).map(|subband| {
            let of =
                |k: usize| ((subband as f64 + 0.5) * (k as f64 - count / 2.0) * PI / count).cos();
            (0..2 * subbands).map(of).collect()
        });
        Self { subbands, heard: vec![0.0; 10 * subbands], fold: fold.collect() }
    }

    /// The next samples in time, one for each subband, as one sample of each subband.
    pub(super) fn take(&mut self, samples: &[f64]) -> Vec<f64> {
        self.heard.rotate_right(self.subbands);
        for (place, sample) in self.heard.iter_mut().take(self.subbands).rev().zip(samples) {
            *place = *sample;
        }
        let window = prototype(self.subbands);
        let windowed: Vec<f64> = self.heard.iter().zip(window).map(|(x, c)| x * c).collect();
        let width = 2 * self.subbands;
        let partial: Vec<f64> =
            (0..width).map(|at| windowed.iter().skip(at).step_by(width).sum()).collect();
        let of = |fold: &Vec<f64>| fold.iter().zip(&partial).map(|(c, y)| c * y).sum();
        self.fold.iter().map(of).collect()
    }
}
