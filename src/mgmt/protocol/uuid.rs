//! A UUID, as it travels and as people write it.

use std::fmt;

/// The octets that every UUID of the Bluetooth SIG shares (Core Specification Vol 3 Part B 2.5.1).
const BASE: [u8; 16] = [0, 0, 0, 0, 0, 0, 0x10, 0, 0x80, 0, 0, 0x80, 0x5F, 0x9B, 0x34, 0xFB];

/// A UUID of 128 bits, its octets in the order of its text.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Uuid(pub [u8; 16]);

impl Uuid {
    /// The UUID of these octets of a packet, where the last one of the text comes first.
    #[must_use]
    pub fn from_wire(mut octets: [u8; 16]) -> Self {
        octets.reverse();
        Self(octets)
    }

    /// Its octets in a packet.
    #[must_use]
    pub fn to_wire(self) -> [u8; 16] {
        let mut octets = self.0;
        octets.reverse();
        octets
    }

    /// The UUID that the Bluetooth SIG assigned a number of 16 or 32 bits.
    #[must_use]
    pub fn assigned(number: u32) -> Self {
        let [a, b, c, d] = number.to_be_bytes();
        let [_, _, _, _, rest @ ..] = BASE;
        let [e, f, g, h, i, j, k, l, m, n, o, p] = rest;
        Self([a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p])
    }

    /// Reads `180f`, `0x180f`, `0000180f`, or all 32 digits with or without their dashes.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let digits = text.strip_prefix("0x").or_else(|| text.strip_prefix("0X")).unwrap_or(text);
        if matches!(digits.len(), 4 | 8) && digits.bytes().all(|digit| digit.is_ascii_hexdigit()) {
            return u32::from_str_radix(digits, 16).ok().map(Self::assigned);
        }
        let dashed = text.len() == 36
            && text
                .bytes()
                .enumerate()
                .all(|(at, c)| matches!(at, 8 | 13 | 18 | 23) == (c == b'-'));
        let bare: String = text.chars().filter(|c| !dashed || *c != '-').collect();
        if bare.len() != 32 || !bare.bytes().all(|digit| digit.is_ascii_hexdigit()) {
            return None;
        }
        u128::from_str_radix(&bare, 16).ok().map(|number| Self(number.to_be_bytes()))
    }
}

impl fmt::Display for Uuid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, octet) in self.0.iter().enumerate() {
            if matches!(at, 4 | 6 | 8 | 10) {
                f.write_str("-")?;
            }
            write!(f, "{octet:02x}")?;
        }
        Ok(())
    }
}

impl fmt::Debug for Uuid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_notation_is_one_uuid() {
        let whole = "0000180f-0000-1000-8000-00805f9b34fb";
        let bare = "0000180F00001000800000805F9B34FB";
        for text in ["180f", "0x180F", "0000180f", whole, bare] {
            assert_eq!(Uuid::parse(text).unwrap().to_string(), whole, "{text}");
        }
        assert_eq!(Uuid::parse(whole).unwrap().to_wire()[..2], [0xFB, 0x34]);
        assert_eq!(Uuid::from_wire(Uuid::assigned(0x180F).to_wire()), Uuid::assigned(0x180F));
        let misplaced = "0000180f0-000-1000-8000-00805f9b34fb";
        for wrong in ["", "18f", "180g", "+80f", misplaced, &whole[1..]] {
            assert_eq!(Uuid::parse(wrong), None, "{wrong}");
        }
    }
}
