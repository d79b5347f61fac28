//! Which bluetoothd the simulator is: its behaviour on D-Bus differs from release to release, and
//! a plan that passes on one has to be rehearsed against the one that runs on the bench.

use std::fmt;

use serde::Deserialize;

/// A release of BlueZ whose behaviour on D-Bus has been recorded.
///
/// Ordered by age, so that a behaviour that came with a release is asked for by `>=`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
pub enum Version {
    /// BlueZ 5.66, as in Debian 12 and the Raspberry Pi OS made from it.
    #[serde(rename = "5.66")]
    V5_66,
    /// BlueZ 5.82, as in Debian 13 and the Raspberry Pi OS made from it.
    #[default]
    #[serde(rename = "5.82")]
    V5_82,
    /// BlueZ 5.87.
    #[serde(rename = "5.87")]
    V5_87,
}

impl Version {
    /// The release number.
    fn as_str(self) -> &'static str {
        match self {
            Version::V5_66 => "5.66",
            Version::V5_82 => "5.82",
            Version::V5_87 => "5.87",
        }
    }

    /// The release number as BlueZ's Modalias carries it: `d0552` is 5.82 (0x05, 0x52).
    pub fn modalias(self) -> &'static str {
        match self {
            Version::V5_66 => "usb:v1D6Bp0246d0542",
            Version::V5_82 => "usb:v1D6Bp0246d0552",
            Version::V5_87 => "usb:v1D6Bp0246d0557",
        }
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
