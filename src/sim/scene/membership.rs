//! The coordinated set that a device is a member of (Coordinated Set Identification Service 1.0): `[device.set]`.

use serde::{Deserialize, Deserializer, de::Error as _};

use super::advertised::bytes;

/// The key of a set that says none.
const KEY: [u8; 16] = [
    0x76, 0x1f, 0xae, 0x70, 0x3e, 0xd6, 0x81, 0xf0, 0xc5, 0x0b, 0x34, 0x15, 0x5b, 0x64, 0x34, 0xfb,
];

/// What a member says of its set. It has the service `1846`, and tells all of it over an encrypted link.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Membership {
    /// The key that all members have (SIRK), in hexadecimal digits, least byte first. Default: that of the scene's
    /// only set.
    #[serde(default = "key", deserialize_with = "read_key")]
    pub sirk: [u8; 16],
    /// How many devices the set has.
    pub size: u8,
    /// Which of them it is, from 1 on. Default: it does not say.
    #[serde(default)]
    pub rank: u8,
}

impl Membership {
    /// What is wrong with it, if anything.
    pub(super) fn check(&self) -> Result<(), String> {
        match (self.size, self.rank) {
            (0, _) => Err("a set has at least one member".into()),
            (size, rank) if rank > size => Err(format!("a set of {size} has no rank {rank}")),
            _ => Ok(()),
        }
    }
}

fn key() -> [u8; 16] {
    KEY
}

fn read_key<'de, D: Deserializer<'de>>(deserializer: D) -> Result<[u8; 16], D::Error> {
    let digits = String::deserialize(deserializer)?;
    let read = bytes(&digits).map_err(D::Error::custom)?;
    read.try_into().map_err(|_| D::Error::custom("the key of a set (sirk) has 16 bytes"))
}
