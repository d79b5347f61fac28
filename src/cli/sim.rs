//! `bttest sim`: the simulator on a bus, for other clients of BlueZ.

use std::fmt::Write as _;
use std::io;
use std::path::PathBuf;

use tokio::signal::unix::{SignalKind, signal};

use super::{Exit, print, say};
use crate::report::escape;
use crate::sim::scene::{Device, Transport};
use crate::sim::{Scene, Service, Unserved};

/// What is told below the options.
const BUS: &str = "\
A bus of your own, and a client on it:
  dbus-daemon --session --fork --address=unix:path=/tmp/bluez
  bttest sim --bus unix:path=/tmp/bluez
  DBUS_SYSTEM_BUS_ADDRESS=unix:path=/tmp/bluez bluetoothctl

When the name org.bluez is taken, a line that begins with `ready` tells it on standard output, and then
which adapters and devices there are. SIGINT, SIGTERM and SIGHUP end it.";

/// Play bluetoothd on a D-Bus bus, so that any client of BlueZ can be tested without hardware
#[derive(Debug, clap::Args)]
#[command(after_help = BUS)]
pub(super) struct Arguments {
    /// D-Bus address of the bus
    #[arg(long, value_name = "ADDRESS")]
    bus: String,
    /// Scene file: which adapters and devices there are [default: an LE headset and a BR/EDR speaker]
    #[arg(long, value_name = "FILE")]
    scene: Option<PathBuf>,
    /// Seed of all that is drawn by chance
    #[arg(long, value_name = "N", default_value_t = 1)]
    seed: u64,
}

pub(super) fn main(arguments: &Arguments) -> Exit {
    let scene = match &arguments.scene {
        None => Ok(Scene::bench()),
        Some(file) => Scene::read(file),
    };
    let scene = match scene {
        Ok(scene) => scene,
        Err(error) => {
            say(&error);
            return Exit::Usage;
        }
    };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    match runtime {
        Ok(runtime) => runtime.block_on(run(arguments, scene)),
        Err(error) => {
            say(&format!("the system gives no event queue: {error}"));
            Exit::Bench
        }
    }
}

async fn run(arguments: &Arguments, scene: Scene) -> Exit {
    let asked = match asked_to_end() {
        Ok(asked) => asked,
        Err(error) => {
            say(&format!("signals cannot be caught: {error}"));
            return Exit::Bench;
        }
    };
    tokio::select! {
        biased;
        () = asked => Exit::Passed,
        ended = serve(arguments, scene) => {
            say(&ended.to_string());
            match ended {
                Unserved::NoAddress(_) => Exit::Usage,
                _ => Exit::Bench,
            }
        }
    }
}

async fn serve(arguments: &Arguments, scene: Scene) -> Unserved {
    let ready = ready(&arguments.bus, &scene);
    match Service::start(scene, arguments.seed, &arguments.bus).await {
        Ok(service) => {
            print(&ready);
            service.run().await
        }
        Err(error) => error,
    }
}

/// Resolves with the first signal that asks the program to end. They are caught from now on.
fn asked_to_end() -> io::Result<impl Future<Output = ()>> {
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    let mut hang_up = signal(SignalKind::hangup())?;
    Ok(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
            _ = hang_up.recv() => {}
        }
    })
}

/// What is there now.
fn ready(bus: &str, scene: &Scene) -> String {
    let mut text =
        format!("ready: org.bluez, BlueZ {}, on {}\n", scene.bluez, escape::terminal(bus));
    for index in 0..scene.adapter.len() {
        let name = scene.adapter_name(index);
        let address = scene.adapter_address(index);
        let _ = writeln!(text, "{}  {address}", escape::terminal(&name));
        let devices = scene.device.iter().enumerate();
        for (place, device) in devices.filter(|(_, device)| scene.adapter_of(device) == Some(index))
        {
            let address = scene.device_address(place);
            let _ = writeln!(text, "  {address}  {:<5}  {}", bearer(device), label(device));
        }
    }
    match scene.crowd.devices {
        0 => {}
        others => {
            let _ = writeln!(text, "and {others} other devices in range");
        }
    }
    text
}

fn bearer(device: &Device) -> &'static str {
    match device.transport {
        Transport::Le => "le",
        Transport::BrEdr => "bredr",
        Transport::Dual => "dual",
    }
}

fn label(device: &Device) -> String {
    escape::terminal(device.name.as_deref().unwrap_or("(no name)")).into_owned()
}
