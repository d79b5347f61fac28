//! The kernel's Bluetooth management API (mgmt), where D-Bus does not reach: which settings the controller
//! has, why a link was lost, what the kernel knows while bluetoothd is down.
//!
//! How octets come and go is [`socket`]'s, what they say [`protocol`]'s. Beside them, [`capture`] keeps what
//! passes between the kernel and its controllers.

mod address;
pub mod capture;
pub mod protocol;
pub mod socket;
