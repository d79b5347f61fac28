//! Opening the bench that a run asks for: BlueZ on a bus, or the simulator.

use std::sync::Arc;

use tokio::sync::mpsc::UnboundedReceiver;

use super::run::{BenchArguments, SimClock};
use crate::bluez::{Bus, Change, Error, ErrorKind, Session};
use crate::mgmt::kernel::Kernel;
use crate::plan::Plan;
use crate::sim::{self, Scene};
use crate::steps::Failure;

/// What a run speaks with.
#[derive(Debug)]
pub(super) struct Opened {
    /// bluetoothd.
    pub(super) session: Session,
    /// What changes in its tree.
    pub(super) changes: UnboundedReceiver<Change>,
    /// The kernel below it.
    pub(super) kernel: Kernel,
}

/// Where a run takes place.
#[derive(Debug)]
pub(super) enum Place {
    /// A bus with a bluetoothd.
    Bus(Option<String>),
    /// The simulator, with a scene of this name.
    Simulator { scene: Box<Scene>, name: String, seed: u64, clock: SimClock },
}

impl Place {
    /// The place that the arguments name.
    ///
    /// # Errors
    /// A text that says what is wrong with the scene.
    pub(super) fn of(arguments: &BenchArguments, plan: &Plan) -> Result<Self, String> {
        let (scene, name) = match &arguments.sim {
            None => return Ok(Self::Bus(arguments.bus.clone())),
            Some(None) => (Scene::of_plan(plan), "well-behaved".to_owned()),
            Some(Some(file)) => (Scene::read(file)?, file.display().to_string()),
        };
        let (scene, seed, clock) = (Box::new(scene), arguments.seed, arguments.sim_clock);
        Ok(Self::Simulator { scene, name, seed, clock })
    }

    /// How time goes by there.
    pub(super) fn clock(&self) -> SimClock {
        match self {
            Self::Bus(_) => SimClock::Real,
            Self::Simulator { clock, .. } => *clock,
        }
    }

    /// Name of the scene, where it is the simulator.
    pub(super) fn scene_name(&self) -> Option<String> {
        match self {
            Self::Bus(_) => None,
            Self::Simulator { name, .. } => Some(name.clone()),
        }
    }

    /// The simulator's seed.
    pub(super) fn seed(&self) -> Option<u64> {
        match self {
            Self::Bus(_) => None,
            Self::Simulator { seed, .. } => Some(*seed),
        }
    }

    /// Opens a session with the BlueZ of the place.
    ///
    /// # Errors
    /// What is missing, and what to do about it.
    pub(super) async fn open(&self) -> Result<Opened, Failure> {
        let (bus, kernel) = match self {
            Self::Bus(None) => (Bus::System, Kernel::Machine),
            Self::Bus(Some(address)) => (Bus::Address(address.clone()), Kernel::Machine),
            Self::Simulator { scene, seed, .. } => {
                let simulator = sim::start((**scene).clone(), *seed);
                let kernel = simulator.clone();
                let bus = Bus::Peer(Arc::new(move || {
                    let simulator = simulator.clone();
                    Box::pin(async move { simulator.connect().await })
                }));
                (bus, Kernel::Within(Arc::new(move || kernel.connect_kernel())))
            }
        };
        let (session, changes) = Session::open(bus).await.map_err(unreachable)?;
        Ok(Opened { session, changes, kernel })
    }
}

fn unreachable(error: Error) -> Failure {
    let (kind, hint) = match error.kind {
        ErrorKind::BluezGone if error.message.starts_with("no D-Bus bus") => (
            "no-bus",
            "is D-Bus running? in a container, mount the host's /run/dbus; without hardware, run with --sim",
        ),
        ErrorKind::BluezGone => (
            "no-bluez",
            "install BlueZ (`sudo apt install bluez`) and start it (`sudo systemctl start bluetooth`); \
             without hardware, run with --sim",
        ),
        ErrorKind::NotAuthorized => (
            "no-permission",
            "add the user to the group `bluetooth` (`sudo usermod -aG bluetooth $USER`), and log in again",
        ),
        _ => ("no-bluez", "see `systemctl status bluetooth` and `journalctl -u bluetooth`"),
    };
    let mut failure =
        Failure::bench(kind, format!("BlueZ cannot be reached: {}", error.message), hint);
    failure.cause.raw = (!error.name.is_empty()).then_some((error.name, error.message));
    failure
}
