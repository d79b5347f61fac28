//! The simulator: bluetoothd as it is seen on D-Bus, embedded in the program, with adapters and
//! devices out of a scene.
//!
//! A client gets one end of an in-process D-Bus connection, or of a management socket, and cannot
//! tell. Inside, there is one owner of all state, [`host::Host`], that works off messages and
//! alarms one at a time:
//!
//! ```text
//! clients ── server ── host ─┬─ daemon (bluetoothd) ── bus (objects, signals, replies)
//!                            ├─ kernel (its management clients see what bluetoothd does, and the other way round)
//!                            ├─ radio (devices and controllers, their faults)
//!                            └─ incidents (what befalls the bench)
//! ```
//!
//! What it does was recorded from real bluetoothd, or read in its source where a comment says so.

mod bus;
mod daemon;
mod dice;
mod error;
mod host;
mod kernel;
mod per_bearer;
mod radio;
pub mod scene;
mod server;
mod service;
mod sockets;
mod timers;
mod well_behaved;

pub use scene::{Scene, SceneError};
pub use server::{Simulator, start};
pub use service::{Service, Unserved};

#[cfg(test)]
mod tests;
