//! bttest: a test runner for Bluetooth device qualification on BlueZ.
