//! What befalls the bench, and when: the scene's incidents in their time, and those that a fault brings.

use std::time::Duration;

use fastrand::Rng;
use tokio::time::Instant;

use super::{Host, Life, Waiting};
use crate::sim::{
    daemon::Brought,
    dice::Dice,
    scene::{Incident, Mishap, Scene},
};

/// What is to happen to the bench when its time comes.
pub(super) enum Turn {
    /// The scene's incident of this number.
    Befalls(usize),
    /// What an incident did to the hardware or the bus is over.
    Ends(Mishap, Reach),
    /// The bluetoothd of this life goes on.
    Continues(u64),
}

/// Which adapters are concerned: one, or all.
#[derive(Clone, Copy, Debug)]
pub(super) enum Reach {
    All,
    One(usize),
}

/// An incident of the scene, on its way through the night.
pub(super) struct Planned {
    incident: Incident,
    reach: Reach,
    /// When it is next due by the scene, without the lateness that chance adds.
    due: Instant,
    chance: Rng,
}

impl Planned {
    pub(super) fn all(scene: &Scene, dice: Dice) -> Vec<Self> {
        let start = Instant::now();
        let incidents = scene.incident.iter().enumerate();
        let planned = incidents.map(|(index, incident)| Planned {
            reach: match &incident.adapter {
                None => Reach::All,
                Some(name) => (0..scene.adapter.len())
                    .find(|adapter| scene.adapter_name(*adapter) == *name)
                    .map_or(Reach::All, Reach::One),
            },
            due: start + incident.first,
            chance: dice.generator("incident", index),
            incident: incident.clone(),
        });
        planned.collect()
    }

    /// How long it is from now until it next happens.
    fn wait(&mut self) -> Duration {
        let jitter = u64::try_from(self.incident.jitter.as_millis()).unwrap_or(u64::MAX);
        let late = match jitter {
            0 => Duration::ZERO,
            jitter => Duration::from_millis(self.chance.u64(0..=jitter)),
        };
        (self.due + late).saturating_duration_since(Instant::now())
    }
}

impl Host {
    /// Sets the scene's incidents going.
    pub(super) fn plan_incidents(&mut self) {
        for index in 0..self.planned.len() {
            self.plan_next(index);
        }
    }

    fn plan_next(&mut self, index: usize) {
        if let Some(planned) = self.planned.get_mut(index) {
            let wait = planned.wait();
            self.turns.arm(wait, Turn::Befalls(index));
        }
    }

    /// Something happens to the bench in its time.
    pub(super) fn turn(&mut self, turn: Turn) {
        match turn {
            Turn::Befalls(index) => {
                let Some(planned) = self.planned.get_mut(index) else {
                    return;
                };
                let (what, lasting, reach) =
                    (planned.incident.what, planned.incident.lasting, planned.reach);
                if let Some(every) = planned.incident.every {
                    planned.due += every;
                    self.plan_next(index);
                }
                self.befall(what, lasting, reach);
            }
            Turn::Ends(Mishap::BusGone, _) => self.bus_is_back(),
            Turn::Ends(mishap, reach) => self.hardware(mishap, reach, false),
            Turn::Continues(life) if life == self.lives => self.go_on(),
            Turn::Continues(_) => {}
        }
    }

    /// A fault has brought something on the bench.
    pub(super) fn brought(&mut self, brought: Brought) {
        self.befall(brought.mishap, brought.lasting, Reach::One(brought.adapter));
    }

    fn befall(&mut self, mishap: Mishap, lasting: Option<Duration>, reach: Reach) {
        match mishap {
            Mishap::Crash => {
                if matches!(self.life, Life::Up(_)) {
                    self.die(lasting.map(|lasting| Instant::now() + lasting));
                }
            }
            Mishap::Hang => self.hang(lasting),
            Mishap::Unplug | Mishap::Rfkill => self.hardware(mishap, reach, true),
            Mishap::BusGone => self.bus_goes(),
        }
        let ends = match mishap {
            Mishap::Unplug | Mishap::Rfkill | Mishap::BusGone => lasting,
            Mishap::Crash | Mishap::Hang => None,
        };
        if let Some(after) = ends {
            self.turns.arm(after, Turn::Ends(mishap, reach));
        }
    }

    /// Something happens to the controllers: the kernel knows at once.
    fn hardware(&mut self, mishap: Mishap, reach: Reach, begins: bool) {
        self.kernel.befall(mishap, begins, |place| reach.has(place));
        self.tell_bluetoothd();
        self.strike_hardware(mishap, reach, begins);
    }

    /// Something happens to the controllers; a bluetoothd that hangs learns of it when it goes on.
    pub(super) fn strike_hardware(&mut self, mishap: Mishap, reach: Reach, begins: bool) {
        if self.is_hung() {
            self.waiting.push(Waiting::Hardware(mishap, reach, begins));
            return;
        }
        match &mut self.life {
            Life::Up(daemon) => {
                for adapter in daemon.adapters_in(|place| reach.has(place)) {
                    match mishap {
                        Mishap::Unplug => daemon.pull(adapter, begins),
                        _ => daemon.block(adapter, begins),
                    }
                }
                self.after_event();
            }
            Life::Down(remains, _) => {
                let controllers = remains.controllers.iter_mut().enumerate();
                for (_, controller) in controllers.filter(|(place, _)| reach.has(*place)) {
                    match mishap {
                        Mishap::Unplug => controller.pull(begins),
                        _ => controller.block(begins),
                    };
                }
            }
        }
    }

    /// The bus closes every connection, and a bluetoothd without a bus exits.
    fn bus_goes(&mut self) {
        self.buses_gone += 1;
        if matches!(self.life, Life::Up(_)) {
            self.die(None);
        }
        if let Life::Down(_, returns) = &mut self.life {
            *returns = None;
        }
        self.outgoing.clear();
    }

    /// The bus is there again, and starts a bluetoothd.
    fn bus_is_back(&mut self) {
        self.buses_gone = self.buses_gone.saturating_sub(1);
        if self.buses_gone == 0 {
            self.revive();
        }
    }
}

impl Reach {
    fn has(self, adapter: usize) -> bool {
        match self {
            Reach::All => true,
            Reach::One(one) => one == adapter,
        }
    }
}
