//! The name of a setting of the controller in a plan.

use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Deserialize;

use crate::mgmt::protocol::table::vocabulary::SETTINGS;
use crate::plan::suggest::nearest;

/// A setting as the kernel has it, such as `le` (`doc/mgmt-protocol.rst`, Read Controller Information).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(try_from = "String")]
pub struct SettingName(String);

impl SettingName {
    /// The word.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for SettingName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl TryFrom<String> for SettingName {
    type Error = String;

    fn try_from(word: String) -> Result<Self, String> {
        if let Some(bit) = SETTINGS.bit(&word) {
            return Ok(Self(SETTINGS.word(bit).map_or(word, str::to_owned)));
        }
        let help = match nearest(&word, SETTINGS.words()) {
            Some(meant) => format!("did you mean `{meant}`?"),
            None => format!("there are {}", SETTINGS.words().collect::<Vec<_>>().join(", ")),
        };
        Err(format!("a controller has no setting `{word}`; {help}"))
    }
}

impl JsonSchema for SettingName {
    fn inline_schema() -> bool {
        true
    }
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "SettingName".into()
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        let words: Vec<&str> = SETTINGS.words().collect();
        json_schema!({ "type": "string", "enum": words })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_that_is_none_names_the_nearest() {
        let name = |word: &str| SettingName::try_from(word.to_owned());
        assert_eq!(name("le").unwrap().as_str(), "le");
        assert_eq!(name("BR-EDR").unwrap().as_str(), "bredr");
        let error = name("secure-connection").unwrap_err();
        assert!(error.ends_with("did you mean `secure-connections`?"), "{error}");
    }
}
