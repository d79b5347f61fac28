//! Company identifiers, as a plan writes them.

use schemars::JsonSchema;
use serde::Deserialize;

/// A company identifier (Assigned Numbers, 7.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(try_from = "String")]
pub(super) struct Company(pub(super) u16);

impl TryFrom<String> for Company {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let number = match text.strip_prefix("0x") {
            Some(digits) => u16::from_str_radix(digits, 16),
            None => text.parse(),
        };
        number.map(Self).map_err(|_| {
            format!("`{text}` is no company identifier; write a number such as 0x004c or 76")
        })
    }
}

impl JsonSchema for Company {
    fn inline_schema() -> bool {
        true
    }
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Company".into()
    }
    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({ "type": "string", "pattern": "^(0x[0-9A-Fa-f]{1,4}|[0-9]{1,5})$" })
    }
}
