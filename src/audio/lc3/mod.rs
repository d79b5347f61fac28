//! LC3, the codec of LE Audio, as BlueZ and a device speak of it: what a side can do, what a stream does, and the
//! sets of both that the Basic Audio Profile names.
//!
//! Facts are those of the Basic Audio Profile 1.0.1 (sections 3.5.2 and 6.4) and of the Assigned Numbers, 6.12. The frames
//! themselves are made by the crate `lc3-codec`.

mod capabilities;
mod configuration;
mod context;
mod location;
mod ltv;
mod preset;
mod tone;

pub use capabilities::Capabilities;
pub use configuration::{Configuration, FrameDuration, SamplingFrequency};
pub use context::Context;
pub use location::{Location, Locations};
pub use preset::{Preset, Quality};
pub use tone::Frames;

/// The number of the codec (Assigned Numbers, 2.11).
pub const CODEC: u8 = 6;
