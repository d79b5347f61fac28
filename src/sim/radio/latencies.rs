//! How long a device takes over each thing it does: every kind of thing draws from a generator of its own,
//! so that one more of these leaves the times of those as they were.

use std::time::Duration;

use fastrand::Rng;
use tokio::time::Instant;

use crate::sim::{
    dice::Dice,
    scene::{Address, Device, Latency, Operation, whole},
};

/// The times of a device.
pub(super) struct Latencies {
    start: Instant,
    /// How often it has been connected since it was last switched on.
    connections: u32,
    connect: Rng,
    profile: Rng,
    resolve: Rng,
    pair: Rng,
    disconnect: Rng,
    air: Rng,
    gatt: Rng,
    notification: Rng,
}

impl Latencies {
    pub(super) fn new(dice: Dice, address: Address) -> Self {
        let generator = |concern| dice.generator(concern, address);
        Latencies {
            start: Instant::now(),
            connections: 0,
            connect: generator("connect"),
            profile: generator("connect-profile"),
            resolve: generator("resolve"),
            pair: generator("pair"),
            disconnect: generator("disconnect"),
            air: generator("air"),
            gatt: generator("gatt"),
            notification: generator("notification"),
        }
    }

    /// How long an operation takes this time, in seconds.
    pub(super) fn of(&mut self, spec: &Device, operation: Operation) -> f64 {
        let (drawn, drifts) = match operation {
            Operation::ConnectProfile => (spec.connect.seconds(&mut self.profile), true),
            Operation::Resolve => (spec.services_resolved.seconds(&mut self.resolve), true),
            Operation::Pair => (spec.pair.seconds(&mut self.pair), true),
            Operation::Read | Operation::Write | Operation::Notify => {
                (spec.gatt.seconds(&mut self.gatt), false)
            }
            Operation::Disconnect => (spec.disconnect.seconds(&mut self.disconnect), false),
            _ => (spec.connect.seconds(&mut self.connect), true),
        };
        let hours = self.start.elapsed().as_secs_f64() / 3600.0;
        match drifts {
            true => spec.drift.of(drawn, hours, f64::from(self.connections)),
            false => drawn,
        }
    }

    /// How long it is until it is heard.
    pub(super) fn on_air(&mut self, latency: Latency) -> Duration {
        whole(latency.seconds(&mut self.air))
    }

    /// How long it is until a characteristic notifies again: never at once.
    pub(super) fn of_notification(&mut self, latency: Latency) -> Duration {
        whole(latency.seconds(&mut self.notification)).max(Duration::from_millis(1))
    }

    /// It starts anew, and what leaked is free again.
    pub(super) fn start_over(&mut self) {
        self.connections = 0;
    }

    /// It has been connected once more.
    pub(super) fn count_connection(&mut self) {
        self.connections = self.connections.saturating_add(1);
    }
}
