//! Types of advertising data, as a plan writes them.

use schemars::JsonSchema;
use serde::Deserialize;

/// A type of advertising data (Assigned Numbers, 2.3).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize, JsonSchema)]
#[serde(try_from = "String")]
#[schemars(with = "String", inline)]
pub(super) struct DataType(u8);

impl DataType {
    pub(super) fn number(self) -> u8 {
        self.0
    }
}

impl TryFrom<String> for DataType {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let number = match text.strip_prefix("0x") {
            Some(digits) => u8::from_str_radix(digits, 16),
            None => text.parse(),
        };
        let number = number.map(Self);
        number.map_err(|_| {
            format!("`{text}` is no type of advertising data; write a number such as 0x26")
        })
    }
}
