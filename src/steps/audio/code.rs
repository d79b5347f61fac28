//! The code that a broadcast is encrypted with, as a plan says it.

use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, de};

/// A Broadcast_Code as a person types it (Core Specification, Vol 3, Part C, 3.2.6.3).
#[derive(Clone, JsonSchema)]
#[schemars(with = "String", extend("minLength" = 4, "maxLength" = 16))]
pub(super) struct Code(String);

impl std::fmt::Debug for Code {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Code(…)")
    }
}

impl<'de> Deserialize<'de> for Code {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        match text.len() {
            4..=16 => Ok(Self(text)),
            length => Err(de::Error::custom(format!(
                "a Broadcast_Code has 4 to 16 bytes of UTF-8, and this has {length}"
            ))),
        }
    }
}

impl Code {
    /// Itself.
    pub(super) fn text(&self) -> &str {
        &self.0
    }

    /// As it goes to the controller: behind its text zeros.
    pub(super) fn octets(&self) -> [u8; 16] {
        let mut octets = [0; 16];
        for (octet, byte) in octets.iter_mut().zip(self.0.bytes()) {
            *octet = byte;
        }
        octets
    }
}
