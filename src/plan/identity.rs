//! What names a thing on the air: addresses and service UUIDs.
//!
//! Each type is read from the text of a plan and normalised, so that two ways to write the same thing
//! compare equal.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A Bluetooth device address (Core Specification, Vol 2, Part B, 1.2), in capitals with colons.
#[derive(
    Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize, Serialize, JsonSchema,
)]
#[serde(try_from = "String", into = "String")]
#[schemars(with = "String", inline)]
pub struct Address(String);

impl Address {
    /// The address as BlueZ writes it, such as `C0:DE:00:00:00:01`.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for Address {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let octets: Vec<&str> = text.split([':', '-']).collect();
        let octet = |o: &&str| o.len() == 2 && o.bytes().all(|b| b.is_ascii_hexdigit());
        if octets.len() == 6 && octets.iter().all(octet) {
            Ok(Self(octets.join(":").to_ascii_uppercase()))
        } else {
            Err(format!(
                "`{text}` is not a Bluetooth device address; write six pairs of hexadecimal digits, \
                 such as \"C0:DE:00:00:00:01\""
            ))
        }
    }
}

impl From<Address> for String {
    fn from(address: Address) -> Self {
        address.0
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A service's UUID in its 128-bit form, in small letters, as BlueZ writes it.
#[derive(
    Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize, Serialize, JsonSchema,
)]
#[serde(try_from = "String", into = "String")]
#[schemars(with = "String", inline)]
pub struct ServiceUuid(String);

impl ServiceUuid {
    /// The 128-bit form, such as `0000180d-0000-1000-8000-00805f9b34fb`.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for ServiceUuid {
    type Error = String;

    /// Reads `180d`, `0x180d`, `0000180d` or all 128 bits. The short forms stand on the Bluetooth
    /// base UUID (Core Specification, Vol 3, Part B, 2.5.1).
    fn try_from(text: String) -> Result<Self, String> {
        const BASE: &str = "-0000-1000-8000-00805f9b34fb";
        let lower = text.to_ascii_lowercase();
        let short = lower.strip_prefix("0x").unwrap_or(&lower);
        let hex = |s: &str| s.bytes().all(|b| b.is_ascii_hexdigit());
        let groups: Vec<&str> = lower.split('-').collect();
        if matches!(short.len(), 4 | 8) && hex(short) {
            Ok(Self(format!("{short:0>8}{BASE}")))
        } else if groups.iter().map(|g| g.len()).eq([8, 4, 4, 4, 12])
            && groups.iter().all(|g| hex(g))
        {
            Ok(Self(lower))
        } else {
            Err(format!(
                "`{text}` is not a service UUID; write a 16-bit number such as \"180d\" or a whole \
                 UUID such as \"0000180d{BASE}\""
            ))
        }
    }
}

impl From<ServiceUuid> for String {
    fn from(uuid: ServiceUuid) -> Self {
        uuid.0
    }
}

impl fmt::Display for ServiceUuid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_normalised() {
        let address = Address::try_from("c0-de-00-00-00-01".to_owned());
        assert_eq!(address.map(String::from), Ok("C0:DE:00:00:00:01".to_owned()));
        for bad in
            ["", "C0:DE:00:00:00", "C0:DE:00:00:00:0G", "C0:DE:00:00:00:01:02", "é0:DE:00:00:00:01"]
        {
            assert!(Address::try_from(bad.to_owned()).is_err(), "{bad}");
        }
    }

    #[test]
    fn short_and_long_uuids_are_one_value() {
        let long = "0000180d-0000-1000-8000-00805f9b34fb";
        for text in ["180d", "180D", "0x180d", "0000180d", long] {
            let uuid = ServiceUuid::try_from(text.to_owned());
            assert_eq!(uuid.map(String::from), Ok(long.to_owned()), "{text}");
        }
        for bad in ["", "18", "180dx", "0000180d-0000-1000-8000"] {
            assert!(ServiceUuid::try_from(bad.to_owned()).is_err(), "{bad}");
        }
    }
}
