//! bttest: a test runner for Bluetooth device qualification on BlueZ.

//!
//! The picture, left to right: a plan file becomes a [`plan::Plan`]; the engine runs its [`steps`] on a
//! bench and puts out [`event`]s; reports are folds over those.
pub mod address;
pub mod association;
pub mod audio;
pub mod bluez;
pub mod cli;
pub mod engine;
pub mod event;
pub mod exec;
pub mod history;
pub mod mgmt;
pub mod plan;
#[cfg(test)]
mod private_bus;
pub mod recorder;
pub mod redaction;
pub mod report;
pub mod sim;
pub mod stats;
pub mod steps;
pub mod whole_file;
