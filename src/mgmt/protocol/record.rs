//! What a packet said: the values of its fields by name, in their order, and what is not known.

use std::borrow::Cow;

use super::{Address, AddressType, Bits, Eir, Secret, Settings, Status, Uuid, Value};

/// Named values, and the octets that no field accounts for.
///
/// A packet longer than what is known of it has the end in [`Record::rest`]. One that is too short has the fields that
/// could be read, the counts of those that could not, and in `rest` the octets from the first of those on.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Record {
    fields: Vec<(&'static str, Value)>,
    rest: Rest,
}

/// Octets that no field accounts for.
#[derive(Clone, PartialEq, Eq, Default)]
pub(super) struct Rest {
    pub(super) octets: Vec<u8>,
    /// Whether they may belong to a secret.
    pub(super) secret: bool,
    /// Whether they were struck out.
    pub(super) struck: bool,
}

impl std::fmt::Debug for Rest {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if self.secret || self.struck {
            return f.write_str(super::secret::STRUCK);
        }
        f.write_str(&super::octets::hex(&self.octets))
    }
}

impl Record {
    /// An empty record.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// An empty record with room for so many fields.
    pub(super) fn with_room(fields: usize) -> Self {
        Self { fields: Vec::with_capacity(fields), rest: Rest::default() }
    }

    /// A record of octets that could not be read.
    pub(super) fn unread(octets: &[u8], secret: bool) -> Self {
        let rest = Rest { octets: octets.to_vec(), secret, struck: false };
        Self { fields: Vec::new(), rest }
    }

    /// The record with one more value; to be encoded, its fields may come in any order.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: impl Into<Value>) -> Self {
        self.push(name, value.into());
        self
    }

    pub(super) fn push(&mut self, name: &'static str, value: Value) {
        self.fields.push((name, value));
    }

    pub(super) fn set_rest(&mut self, octets: &[u8], secret: bool) {
        self.rest = Rest { octets: octets.to_vec(), secret, struck: false };
    }

    pub(super) fn unaccounted(&self) -> &Rest {
        &self.rest
    }

    /// The values with their names, in the order of the packet.
    pub fn iter(&self) -> impl Iterator<Item = (&'static str, &Value)> {
        self.fields.iter().map(|(name, value)| (*name, value))
    }

    /// The octets that no field accounts for.
    #[must_use]
    pub fn rest(&self) -> &[u8] {
        &self.rest.octets
    }

    /// Whether there is nothing in it.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.fields.is_empty() && self.rest.octets.is_empty()
    }

    /// The value of a field.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.fields.iter().find(|(known, _)| *known == name).map(|(_, value)| value)
    }

    /// The number of a field; of a choice or a set of bits, too.
    #[must_use]
    pub fn uint(&self, name: &str) -> Option<u64> {
        self.get(name)?.number()
    }

    /// The number of a field with a sign.
    #[must_use]
    pub fn signed(&self, name: &str) -> Option<i8> {
        match self.get(name)? {
            Value::Signed(number) => Some(*number),
            _ => None,
        }
    }

    /// The strength of a signal, in dBm; none where the controller could not tell.
    #[must_use]
    pub fn dbm(&self, name: &str) -> Option<i8> {
        self.signed(name).filter(|number| *number != 127)
    }

    /// Whether a field that can be off is not.
    #[must_use]
    pub fn flag(&self, name: &str) -> Option<bool> {
        self.uint(name).map(|number| number != 0)
    }

    /// The word of a choice, if its number has one.
    #[must_use]
    pub fn word(&self, name: &str) -> Option<&'static str> {
        match self.get(name)? {
            Value::Choice(choice) => choice.word(),
            _ => None,
        }
    }

    /// The bits of a field.
    #[must_use]
    pub fn bits(&self, name: &str) -> Option<Bits> {
        match self.get(name)? {
            Value::Bits(bits) => Some(*bits),
            _ => None,
        }
    }

    /// The settings in a field.
    #[must_use]
    pub fn settings(&self, name: &str) -> Option<Settings> {
        self.bits(name).map(|bits| Settings(bits.bits))
    }

    /// The status in a field.
    #[must_use]
    pub fn status(&self, name: &str) -> Option<Status> {
        match self.get(name)? {
            Value::Status(status) => Some(*status),
            _ => None,
        }
    }

    /// The address in a field.
    #[must_use]
    pub fn address(&self, name: &str) -> Option<Address> {
        match self.get(name)? {
            Value::Address(address) => Some(*address),
            _ => None,
        }
    }

    /// The address type in a field.
    #[must_use]
    pub fn address_type(&self, name: &str) -> Option<AddressType> {
        u8::try_from(self.uint(name)?).ok().map(AddressType)
    }

    /// The device that it is about: `address` and `address-type`.
    #[must_use]
    pub fn device(&self) -> Option<(Address, AddressType)> {
        self.address("address").zip(self.address_type("address-type"))
    }

    /// The UUID in a field.
    #[must_use]
    pub fn uuid(&self, name: &str) -> Option<Uuid> {
        match self.get(name)? {
            Value::Uuid(uuid) => Some(*uuid),
            _ => None,
        }
    }

    /// The text of a field.
    #[must_use]
    pub fn text(&self, name: &str) -> Option<Cow<'_, str>> {
        match self.get(name)? {
            Value::Text(text) => Some(text.shown()),
            _ => None,
        }
    }

    /// The octets of a field, of a secret one, too.
    #[must_use]
    pub fn octets(&self, name: &str) -> Option<&[u8]> {
        self.get(name)?.octets()
    }

    /// The extended inquiry response or advertising data of a field.
    #[must_use]
    pub fn eir(&self, name: &str) -> Option<&Eir> {
        match self.get(name)? {
            Value::Eir(eir) => Some(eir),
            _ => None,
        }
    }

    /// The values of a list; empty where there is none.
    #[must_use]
    pub fn values(&self, name: &str) -> &[Value] {
        match self.get(name) {
            Some(Value::Values(values)) => values,
            _ => &[],
        }
    }

    /// The records of a list; empty where there is none.
    #[must_use]
    pub fn records(&self, name: &str) -> &[Self] {
        match self.get(name) {
            Some(Value::Records(records)) => records,
            _ => &[],
        }
    }

    /// The record with a visible mark in place of every secret, and of octets that may be part of one.
    #[must_use]
    pub fn struck(&self) -> Self {
        let fields = self.fields.iter().map(|(name, value)| (*name, value.struck())).collect();
        let rest = if self.rest.secret && !self.rest.octets.is_empty() {
            Rest { octets: Vec::new(), secret: true, struck: true }
        } else {
            self.rest.clone()
        };
        Self { fields, rest }
    }

    /// Whether something in it is secret.
    #[must_use]
    pub fn has_secrets(&self) -> bool {
        let secret = |value: &Value| match value {
            Value::Secret(secret) => *secret != Secret::Struck,
            Value::Eir(eir) => eir.has_secrets(),
            Value::Records(records) => records.iter().any(Self::has_secrets),
            _ => false,
        };
        self.fields.iter().any(|(_, value)| secret(value))
            || (self.rest.secret && !self.rest.octets.is_empty())
    }
}
