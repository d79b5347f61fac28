//! What one parameter said.

use super::table::vocabulary::{ADDRESS_TYPES, SWITCH};
use super::{
    Address, AddressType, Bits, Choice, Eir, Record, Secret, Settings, Status, Text, Uuid,
};

/// The value of a [`Field`](super::Field).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value {
    /// A number.
    Unsigned(u64),
    /// A number with a sign; dBm, where 127 means that it is not available.
    Signed(i8),
    /// One of several things.
    Choice(Choice),
    /// A set of bits.
    Bits(Bits),
    /// How something ended.
    Status(Status),
    /// A device address.
    Address(Address),
    /// A UUID.
    Uuid(Uuid),
    /// Octets.
    Octets(Box<[u8]>),
    /// A text.
    Text(Text),
    /// A key, a PIN or a passkey.
    Secret(Secret),
    /// Extended inquiry response or advertising data.
    Eir(Eir),
    /// Several values of one kind.
    Values(Vec<Value>),
    /// Several groups of fields.
    Records(Vec<Record>),
}

impl Value {
    /// The number in it, for everything that travels as one without a sign.
    #[must_use]
    pub fn number(&self) -> Option<u64> {
        match self {
            Self::Unsigned(number) => Some(*number),
            Self::Choice(choice) => Some(u64::from(choice.number)),
            Self::Bits(bits) => Some(u64::from(bits.bits)),
            Self::Status(status) => Some(u64::from(status.0)),
            Self::Secret(Secret::Number(number)) => Some(u64::from(*number)),
            _ => None,
        }
    }

    /// The octets in it, for everything that is kept as such.
    #[must_use]
    pub fn octets(&self) -> Option<&[u8]> {
        match self {
            Self::Octets(octets) | Self::Secret(Secret::Octets(octets) | Secret::Pin(octets)) => {
                Some(octets)
            }
            Self::Text(text) => Some(text.octets()),
            Self::Eir(eir) => Some(eir.raw()),
            _ => None,
        }
    }

    /// The value with every secret in it struck out.
    #[must_use]
    pub fn struck(&self) -> Self {
        match self {
            Self::Secret(_) => Self::Secret(Secret::Struck),
            Self::Eir(eir) => Self::Eir(eir.struck()),
            Self::Records(records) => Self::Records(records.iter().map(Record::struck).collect()),
            other => other.clone(),
        }
    }
}

macro_rules! from {
    ($($type:ty: $value:ident => $made:expr;)*) => {
        $(impl From<$type> for Value {
            fn from($value: $type) -> Self {
                $made
            }
        })*
    };
}

from! {
    u64: number => Self::Unsigned(number);
    u32: number => Self::Unsigned(number.into());
    u16: number => Self::Unsigned(number.into());
    u8: number => Self::Unsigned(number.into());
    bool: on => Self::Choice(Choice { number: on.into(), choices: &SWITCH });
    i8: number => Self::Signed(number);
    Status: status => Self::Status(status);
    Address: address => Self::Address(address);
    AddressType: kind => Self::Choice(Choice { number: kind.0.into(), choices: &ADDRESS_TYPES });
    Settings: settings => Self::Bits(settings.bits());
    Uuid: uuid => Self::Uuid(uuid);
    Eir: eir => Self::Eir(eir);
    Text: text => Self::Text(text);
    &str: text => Self::Text(text.into());
    Vec<u8>: octets => Self::Octets(octets.into());
    &[u8]: octets => Self::Octets(octets.into());
    Vec<Record>: records => Self::Records(records);
    Vec<Value>: values => Self::Values(values);
}
