//! The kernel's own view of Bluetooth, beside what bluetoothd tells.
pub mod capture;
