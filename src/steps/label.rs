//! What the plan calls something of the bench's own that BlueZ knows as an object: an advertisement, a monitor.

use std::fmt;

use schemars::JsonSchema;
use serde::Deserialize;

/// Letters and digits, so that it can end an object's path.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(try_from = "String")]
#[schemars(with = "String", inline)]
pub(super) struct Label(String);

impl Label {
    /// What it is called where the plan says nothing.
    pub(super) fn of(word: &str) -> Self {
        Self(word.to_owned())
    }

    pub(super) fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Label {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl TryFrom<String> for Label {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let is_plain = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric());
        match is_plain && text.len() <= 32 {
            true => Ok(Self(text)),
            false => Err(format!(
                "`{text}` is no name for something of the bench's own; write up to 32 letters and digits"
            )),
        }
    }
}
