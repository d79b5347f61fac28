//! A text that a plan compares with one of a player: the text itself, or what holds of it.

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, de};
use serde_json::{Value, json};

use crate::steps::condition::Comparison;

/// What a text must be: `"First Light"`, or `{ matches = "^First" }`, as in `expect`.
#[derive(Debug, Clone)]
pub(super) struct Text(Comparison);

impl Text {
    /// Whether a value is as wanted; none: there is none.
    pub(super) fn holds(&self, value: Option<&Value>) -> bool {
        self.0.holds(value)
    }

    /// What is wanted, such as `= "First Light"`.
    pub(super) fn told(&self) -> String {
        self.0.told()
    }
}

impl<'de> Deserialize<'de> for Text {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let table = match Value::deserialize(deserializer)? {
            table @ Value::Object(_) => table,
            text @ Value::String(_) => json!({ "equals": text }),
            other => {
                return Err(de::Error::custom(format!(
                    "{other} compares with no text; write a text, or {{ matches = \"^First\" }}"
                )));
            }
        };
        serde_json::from_value(table).map(Self).map_err(de::Error::custom)
    }
}

impl JsonSchema for Text {
    fn inline_schema() -> bool {
        true
    }
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Text".into()
    }
    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let table = generator.subschema_for::<Comparison>();
        json_schema!({ "anyOf": [{ "type": "string" }, table] })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_or_a_table_says_what_it_must_be() {
        let text = |wanted: Value| serde_json::from_value::<Text>(wanted);
        let first = json!("First Light");
        for (wanted, holds) in [
            (json!("First Light"), true),
            (json!("Second Wind"), false),
            (json!({ "matches": "^First" }), true),
            (json!({ "contains": "Wind" }), false),
            (json!({ "present": false }), false),
        ] {
            assert_eq!(text(wanted.clone()).unwrap().holds(Some(&first)), holds, "{wanted}");
        }
        assert!(text(json!({ "present": false })).unwrap().holds(None));
        for wrong in [json!(5), json!({ "like": "x" }), json!({ "matches": "(" })] {
            assert!(text(wrong.clone()).is_err(), "{wrong}");
        }
    }
}
