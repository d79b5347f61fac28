//! A Bluetooth device address, as people and BlueZ write it, checked once where it is read.
//!
//! The simulator and the management protocol share it; on the wire its octets are the other way round.

use std::fmt;

use serde::{Deserialize, Deserializer, de::Error as _};

/// A 48-bit device address, written `AA:BB:CC:DD:EE:FF` (most significant byte first).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Address([u8; 6]);

impl Address {
    /// The address with these bytes, most significant first.
    pub const fn new(bytes: [u8; 6]) -> Self {
        Address(bytes)
    }

    /// The address of these octets of a packet, where the least significant comes first.
    #[must_use]
    pub const fn from_wire(octets: [u8; 6]) -> Self {
        let [f, e, d, c, b, a] = octets;
        Address([a, b, c, d, e, f])
    }

    /// Its octets in a packet, the least significant first.
    #[must_use]
    pub const fn to_wire(self) -> [u8; 6] {
        let [a, b, c, d, e, f] = self.0;
        [f, e, d, c, b, a]
    }

    /// Reads an address in the notation of the display, in upper or lower case.
    pub fn parse(text: &str) -> Option<Self> {
        let mut bytes = [0; 6];
        let mut parts = text.split(':');
        for byte in &mut bytes {
            let part = parts.next()?;
            if part.len() != 2 || !part.bytes().all(|digit| digit.is_ascii_hexdigit()) {
                return None;
            }
            *byte = u8::from_str_radix(part, 16).ok()?;
        }
        parts.next().is_none().then_some(Address(bytes))
    }

    /// The address with `offset` added to its lower three bytes: one of a family.
    pub fn sibling(self, offset: u32) -> Self {
        let [a, b, c, d, e, f] = self.0;
        let [_, d, e, f] = u32::from_be_bytes([0, d, e, f]).wrapping_add(offset).to_be_bytes();
        Address([a, b, c, d, e, f])
    }

    /// The last element of the device's object path: `dev_AA_BB_CC_DD_EE_FF`
    /// (`doc/org.bluez.Device.rst`).
    pub fn object_name(self) -> String {
        let [a, b, c, d, e, f] = self.0;
        format!("dev_{a:02X}_{b:02X}_{c:02X}_{d:02X}_{e:02X}_{f:02X}")
    }

    /// The address with dashes, which BlueZ shows as the alias of a device without a name.
    pub fn dashed(self) -> String {
        self.to_string().replace(':', "-")
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [a, b, c, d, e, g] = self.0;
        write!(f, "{a:02X}:{b:02X}:{c:02X}:{d:02X}:{e:02X}:{g:02X}")
    }
}

impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl<'de> Deserialize<'de> for Address {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Address::parse(&text).ok_or_else(|| {
            D::Error::custom(format!(
                "`{}` is no device address: write six bytes such as \"00:1A:7D:DA:71:13\"",
                text.escape_default()
            ))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::Address;

    #[test]
    fn reads_what_it_writes_and_nothing_else() {
        let address = Address::parse("c0:26:DA:00:12:34").expect("an address");
        assert_eq!(address.to_string(), "C0:26:DA:00:12:34");
        assert_eq!(address.object_name(), "dev_C0_26_DA_00_12_34");
        assert_eq!(address.dashed(), "C0-26-DA-00-12-34");
        for wrong in ["", "C0:26:DA:00:12", "C0:26:DA:00:12:34:56", "+0:26:DA:00:12:34", "C0-26"] {
            assert_eq!(Address::parse(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn on_the_wire_it_is_reversed() {
        let address = Address::from_wire([0x01, 0, 0, 0, 0xDE, 0xC0]);
        assert_eq!(address.to_string(), "C0:DE:00:00:00:01");
        assert_eq!(address.to_wire(), [0x01, 0, 0, 0, 0xDE, 0xC0]);
    }

    #[test]
    fn siblings_stay_in_their_family() {
        let first = Address::new([0x0A, 0xCD, 0, 0xFF, 0xFF, 0xFF]);
        assert_eq!(first.sibling(2).to_string(), "0A:CD:00:00:00:01");
    }
}
