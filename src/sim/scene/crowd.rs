//! The other devices in range: many, of no interest, there to be told apart from the one under
//! test.

use serde::Deserialize;

use super::latency::{Latency, Shape};

/// Filler devices: `[crowd]`.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct Crowd {
    /// How many there are.
    pub devices: u32,
    /// How long a discovery takes to hear each.
    pub appears_after: Latency,
    /// How long it is from one advertisement of a device to its next.
    pub advertise_every: Latency,
}

impl Default for Crowd {
    fn default() -> Self {
        Crowd {
            devices: 0,
            appears_after: Latency::of(Shape::Uniform {
                min: std::time::Duration::from_millis(100),
                max: std::time::Duration::from_secs(5),
            }),
            advertise_every: Latency::millis(1000),
        }
    }
}
