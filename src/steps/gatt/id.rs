//! What a plan calls a service, a characteristic or a descriptor: by its UUID, or by the name that the Bluetooth SIG
//! gave it.

use std::fmt;
use std::marker::PhantomData;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, de};

use super::assigned;
use crate::plan::ServiceUuid;
use crate::plan::suggest::nearest;

/// What follows a 16-bit number in its 128-bit form (Core Specification, Vol 3, Part B, 2.5.1).
const BASE: &str = "-0000-1000-8000-00805f9b34fb";

/// A kind of attribute.
pub(super) trait Kind: 'static {
    /// As a message calls it.
    const WHAT: &'static str;
    /// Those that have a name.
    const NAMES: &'static [(u16, &'static str)];
    /// An example.
    const EXAMPLE: &'static str;
}

macro_rules! kinds {
    ($($name:ident: $what:literal, $names:ident, $example:literal, $alias:ident;)+) => {$(
        #[derive(Debug, Clone, PartialEq, Eq)]
        pub(super) struct $name;

        impl Kind for $name {
            const WHAT: &'static str = $what;
            const NAMES: &'static [(u16, &'static str)] = assigned::$names;
            const EXAMPLE: &'static str = $example;
        }

        pub(super) type $alias = Id<$name>;
    )+};
}

kinds! {
    OfService: "service", SERVICES, "180f", ServiceId;
    OfCharacteristic: "characteristic", CHARACTERISTICS, "2a19", CharacteristicId;
    OfDescriptor: "descriptor", DESCRIPTORS, "2901", DescriptorId;
}

/// A UUID of one kind of attribute, in its 128-bit form and in small letters.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Id<K>(String, PhantomData<K>);

impl<K: Kind> Id<K> {
    /// One that the Bluetooth SIG gave a number.
    pub(super) fn assigned(number: u16) -> Self {
        Self(format!("0000{number:04x}{BASE}"), PhantomData)
    }

    /// One as BlueZ tells it, whatever it is.
    pub(super) fn told(uuid: &str) -> Self {
        Self(uuid.to_owned(), PhantomData)
    }

    /// Whether it is the one of this UUID, as BlueZ tells it.
    pub(super) fn is(&self, uuid: &str) -> bool {
        self.0 == uuid
    }

    fn read(text: &str) -> Result<Self, String> {
        if let Some((number, _)) = K::NAMES.iter().find(|(_, name)| *name == text) {
            return Ok(Self::assigned(*number));
        }
        if let Ok(uuid) = ServiceUuid::try_from(text.to_owned()) {
            return Ok(Self(uuid.into(), PhantomData));
        }
        let help = match nearest(text, K::NAMES.iter().map(|(_, name)| *name)) {
            Some(meant) => format!("did you mean `{meant}`?"),
            None => format!(
                "write a 16-bit number such as \"{}\", a whole UUID, or a name such as \"{}\"",
                K::EXAMPLE,
                K::NAMES.iter().rev().map(|(_, name)| *name).next().unwrap_or_default()
            ),
        };
        Err(format!("`{text}` is no UUID of a {}; {help}", K::WHAT))
    }
}

/// The name and the number where there are, else the UUID.
impl<K: Kind> fmt::Display for Id<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let short = self.0.strip_suffix(BASE).and_then(|short| short.strip_prefix("0000"));
        let number = short.and_then(|short| u16::from_str_radix(short, 16).ok());
        match (number, number.and_then(|n| K::NAMES.iter().find(|(known, _)| *known == n))) {
            (Some(number), Some((_, name))) => write!(f, "{name} ({number:04x})"),
            (Some(number), None) => write!(f, "{number:04x}"),
            _ => f.write_str(&self.0),
        }
    }
}

impl<K: Kind> fmt::Debug for Id<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl<'de, K: Kind> Deserialize<'de> for Id<K> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::read(&String::deserialize(deserializer)?).map_err(de::Error::custom)
    }
}

impl<K: Kind> JsonSchema for Id<K> {
    fn inline_schema() -> bool {
        true
    }
    fn schema_name() -> std::borrow::Cow<'static, str> {
        K::WHAT.into()
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "examples": [K::EXAMPLE] })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_a_number_and_a_whole_uuid_are_one() {
        let whole = "00002A19-0000-1000-8000-00805F9B34FB";
        for text in ["battery-level", "2a19", "0x2A19", whole] {
            let id = CharacteristicId::read(text).unwrap();
            assert_eq!(id.to_string(), "battery-level (2a19)", "{text}");
        }
        assert_eq!(CharacteristicId::read("2aff").unwrap().to_string(), "2aff");
        let own = "486f64c6-4b5f-4b3b-8aff-ede134a8446a";
        assert_eq!(CharacteristicId::read(own).unwrap().to_string(), own);
    }

    #[test]
    fn what_is_no_uuid_says_what_was_meant() {
        let error = CharacteristicId::read("batery-level").unwrap_err();
        assert!(error.ends_with("did you mean `battery-level`?"), "{error}");
        let error = ServiceId::read("18").unwrap_err();
        assert!(
            error.starts_with("`18` is no UUID of a service; write a 16-bit number"),
            "{error}"
        );
        // The same word is a service and a characteristic.
        assert_eq!(ServiceId::read("current-time").unwrap(), ServiceId::assigned(0x1805));
        assert_eq!(
            CharacteristicId::read("current-time").unwrap(),
            CharacteristicId::assigned(0x2a2b)
        );
    }

    #[test]
    fn no_name_and_no_number_is_there_twice() {
        for names in [OfService::NAMES, OfCharacteristic::NAMES, OfDescriptor::NAMES] {
            assert!(names.is_sorted_by(|a, b| a.0 < b.0), "{names:?}");
            let mut words: Vec<_> = names.iter().map(|(_, name)| name).collect();
            words.sort();
            words.dedup();
            assert_eq!(words.len(), names.len());
        }
    }
}
