//! The errors that a step is meant to fail with: one, or any of several.
//!
//! Versions of BlueZ say the same thing in different ways, so a plan for all of them may have to name
//! more than one.

use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{self, IntoDeserializer, Visitor};
use serde::{Deserialize, Deserializer};

use crate::bluez::ErrorKind;

/// One kind of error, or several of which any will do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExpectedErrors(Vec<ErrorKind>);

impl<'de> Deserialize<'de> for ExpectedErrors {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct OneOrMany;
        impl<'de> Visitor<'de> for OneOrMany {
            type Value = ExpectedErrors;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a kind of error, or a list of them")
            }
            fn visit_str<E: de::Error>(self, kind: &str) -> Result<ExpectedErrors, E> {
                ErrorKind::deserialize(kind.into_deserializer())
                    .map(|kind| ExpectedErrors(vec![kind]))
            }
            fn visit_seq<A: de::SeqAccess<'de>>(self, list: A) -> Result<ExpectedErrors, A::Error> {
                Vec::deserialize(de::value::SeqAccessDeserializer::new(list)).map(ExpectedErrors)
            }
        }
        deserializer.deserialize_any(OneOrMany)
    }
}

impl JsonSchema for ExpectedErrors {
    fn inline_schema() -> bool {
        true
    }
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "ExpectedErrors".into()
    }
    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let kind = generator.subschema_for::<ErrorKind>();
        json_schema!({ "anyOf": [kind, { "type": "array", "items": kind }] })
    }
}

impl ExpectedErrors {
    /// Whether this is one of them.
    #[must_use]
    pub fn include(&self, kind: ErrorKind) -> bool {
        self.0.contains(&kind)
    }
}

impl fmt::Display for ExpectedErrors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kinds: Vec<&str> = self.0.iter().map(|kind| kind.as_str()).collect();
        f.write_str(&kinds.join(" or "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_and_many_are_read_and_what_is_none_is_refused() {
        let read = |value: serde_json::Value| serde_json::from_value::<ExpectedErrors>(value);
        let one = read("busy".into()).unwrap();
        assert!(one.include(ErrorKind::Busy) && !one.include(ErrorKind::Failed));
        let many = read(vec!["busy", "failed"].into()).unwrap();
        assert!(many.include(ErrorKind::Busy) && many.include(ErrorKind::Failed));
        assert_eq!(many.to_string(), "busy or failed");
        assert!(read("page-timout".into()).is_err());
        assert!(read(3.into()).is_err());
    }
}
