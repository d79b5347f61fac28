//! The air between a device and the bench, which something may disturb for a while.

use std::sync::Arc;

use fastrand::Rng;
use tokio::time::Instant;

use crate::sim::{
    dice::Dice,
    scene::{Address, Interference, Scene},
};

/// What disturbs the air, and since when the night lasts.
#[derive(Clone)]
pub(super) struct Air {
    start: Instant,
    interference: Arc<[Interference]>,
}

/// A device's share of it.
pub(super) struct Path {
    air: Air,
    losses: Rng,
}

impl Air {
    pub(super) fn new(scene: &Scene) -> Self {
        Air { start: Instant::now(), interference: scene.interference.clone().into() }
    }
}

impl Path {
    pub(super) fn new(air: &Air, dice: Dice, address: Address) -> Self {
        Path { air: air.clone(), losses: dice.generator("loss", address) }
    }

    fn disturbed(&self) -> impl Iterator<Item = Interference> {
        let elapsed = self.air.start.elapsed();
        let all = self.air.interference.iter().copied();
        all.filter(move |interference| interference.window.holds(elapsed))
    }

    /// How many times longer things take now.
    pub(super) fn slower(&self) -> f64 {
        self.disturbed().map(|interference| interference.slower).product()
    }

    /// Whether what is sent now is lost.
    pub(super) fn loses(&mut self) -> bool {
        let arrives: f64 = self.disturbed().map(|interference| 1.0 - interference.lost).product();
        arrives < 1.0 && self.losses.f64() >= arrives
    }
}
