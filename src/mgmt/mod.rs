//! The kernel's Bluetooth management API, where D-Bus does not reach: settings of the controller, its state
//! while bluetoothd is down, raw events.

mod address;
pub mod socket;
