//! The kernel's Bluetooth management interface (mgmt), for what D-Bus does not tell: why a link was lost, which
//! settings the controller has, what a scan really heard.
//!
//! Three levels, each unaware of the one above it: how octets come and go ([`socket`]), what they say
//! ([`protocol`]), and when what is sent and awaited (the client).

mod address;
pub mod protocol;
pub mod socket;
