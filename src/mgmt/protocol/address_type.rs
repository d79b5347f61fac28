//! What kind of address an address is. A value, not a set of bits: where sets of them are meant (discovery), the table
//! has a bit set of its own.

use std::fmt;

use super::table::vocabulary::ADDRESS_TYPES;

/// The type of a device address. Other numbers are kept.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AddressType(pub u8);

impl AddressType {
    /// A BR/EDR device.
    pub const BREDR: Self = Self(0);
    /// An LE device with a public address.
    pub const LE_PUBLIC: Self = Self(1);
    /// An LE device with a random address, static or private.
    pub const LE_RANDOM: Self = Self(2);

    /// Whether the device is reached over LE.
    #[must_use]
    pub fn is_le(self) -> bool {
        matches!(self, Self::LE_PUBLIC | Self::LE_RANDOM)
    }

    /// Its bit in the sets of Start Discovery and the like; none for a type that there is not.
    #[must_use]
    pub fn bit(self) -> Option<u8> {
        (self.0 <= Self::LE_RANDOM.0).then(|| 1 << self.0)
    }
}

impl fmt::Display for AddressType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match ADDRESS_TYPES.word(u16::from(self.0)) {
            Some(word) => f.write_str(word),
            None => write!(f, "{}", self.0),
        }
    }
}

impl fmt::Debug for AddressType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
