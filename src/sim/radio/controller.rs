//! A Bluetooth controller: the chip, whether or not a bluetoothd runs to use it.

use std::time::Duration;

use fastrand::Rng;

use super::Faults;
use crate::sim::{
    dice::Dice,
    scene::{Effect, Latency, Operation, Scene},
};

/// A controller of the bench.
pub(in crate::sim) struct Controller {
    faults: Faults,
    latencies: Rng,
    /// How many incidents keep it out of its socket.
    pulled: u32,
    /// How many, and the scene itself, have rfkill hold it off.
    blocked: u32,
}

impl Controller {
    fn new(scene: &Scene, index: usize, dice: Dice) -> Option<Self> {
        let spec = scene.adapter.get(index)?;
        let name = scene.adapter_name(index);
        Some(Controller {
            faults: Faults::new(&spec.fault, dice, &name),
            latencies: dice.generator("latency", &name),
            pulled: 0,
            blocked: u32::from(spec.blocked),
        })
    }

    /// What goes wrong with this operation, the next of its kind.
    pub(in crate::sim) fn strike(&mut self, operation: Operation) -> Option<Effect> {
        self.faults.strike(operation)
    }

    /// How long something takes this time.
    pub(in crate::sim) fn takes(&mut self, latency: Latency) -> Duration {
        latency.draw(&mut self.latencies)
    }

    /// Whether it is in its socket.
    pub(in crate::sim) fn is_plugged(&self) -> bool {
        self.pulled == 0
    }

    /// Whether rfkill holds it off.
    pub(in crate::sim) fn is_blocked(&self) -> bool {
        self.blocked > 0
    }

    /// It is pulled out, or an incident that kept it out is over. Returns whether that changed anything.
    pub(in crate::sim) fn pull(&mut self, out: bool) -> bool {
        hold(&mut self.pulled, out)
    }

    /// rfkill blocks it, or lets it go. Returns whether that changed anything.
    pub(in crate::sim) fn block(&mut self, on: bool) -> bool {
        hold(&mut self.blocked, on)
    }
}

/// Counts who holds something. Returns whether it is the first to come or the last to go.
fn hold(holders: &mut u32, comes: bool) -> bool {
    match comes {
        true => *holders += 1,
        false => *holders = holders.saturating_sub(1),
    }
    *holders == u32::from(comes)
}

/// The controllers of a scene, in its order.
pub(in crate::sim) fn controllers(scene: &Scene, dice: Dice) -> Vec<Controller> {
    (0..scene.adapter.len()).filter_map(|index| Controller::new(scene, index, dice)).collect()
}
