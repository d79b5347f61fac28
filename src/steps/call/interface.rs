//! The name of one of BlueZ's interfaces in a plan.

use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Deserialize;

use super::api;
use crate::plan::suggest::nearest;

/// An interface that BlueZ can have, such as `AdvertisementMonitorManager1`, with or without `org.bluez.` before it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(try_from = "String")]
pub struct InterfaceName(String);

impl InterfaceName {
    /// All of it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// As a plan writes it.
impl fmt::Display for InterfaceName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.trim_start_matches(api::PREFIX))
    }
}

impl TryFrom<String> for InterfaceName {
    type Error = String;

    fn try_from(word: String) -> Result<Self, String> {
        let whole = api::interface(&word);
        if api::interfaces().any(|known| known == whole) {
            return Ok(Self(whole));
        }
        let short = api::interfaces().map(|known| known.trim_start_matches(api::PREFIX));
        let help = match nearest(&word, short) {
            Some(meant) => format!("; did you mean `{meant}`?"),
            None => String::new(),
        };
        Err(format!("BlueZ has no interface `{word}`{help}"))
    }
}

impl JsonSchema for InterfaceName {
    fn inline_schema() -> bool {
        true
    }
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "InterfaceName".into()
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "pattern": "^(org\\.bluez\\.)?[A-Z][A-Za-z]*1$" })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_is_none_tells_the_nearest() {
        let name = |word: &str| InterfaceName::try_from(word.to_owned());
        for word in ["AdvertisementMonitorManager1", "org.bluez.AdvertisementMonitorManager1"] {
            let name = name(word).unwrap();
            assert_eq!(name.as_str(), "org.bluez.AdvertisementMonitorManager1");
            assert_eq!(name.to_string(), "AdvertisementMonitorManager1");
        }
        let error = name("AdvertisementMonitorManager").unwrap_err();
        assert!(error.ends_with("did you mean `AdvertisementMonitorManager1`?"), "{error}");
    }
}
