//! The kernel's Bluetooth management API (mgmt), where D-Bus does not reach: which settings the controller
//! has, why a link was lost, what the kernel knows while bluetoothd is down.
//!
//! Three levels, each unaware of the one above it: how octets come and go ([`socket`]), what they say
//! ([`protocol`]), and when what is sent and awaited ([`client`]). Beside them, [`capture`] keeps what passes
//! between the kernel and its controllers.

mod address;
pub mod capture;
pub mod client;
pub mod kernel;
pub mod protocol;
pub mod socket;
