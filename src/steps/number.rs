//! A number that a plan compares with one of a device: the number itself, bits of it, or bounds.

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, de};
use serde_json::Value;

/// What a number must be: `5`, `{ bits = 0x0400, mask = 0x1f00 }`, `{ greater = -10, less = 10 }`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Number {
    /// This one.
    Is(i64),
    /// One with these bits where the mask has ones.
    Masked { bits: i64, mask: i64 },
    /// One between these, themselves not included.
    Between { greater: Option<i64>, less: Option<i64> },
}

impl Number {
    /// Whether a number is as wanted.
    pub(super) fn holds(self, number: i64) -> bool {
        match self {
            Self::Is(wanted) => number == wanted,
            Self::Masked { bits, mask } => number & mask == bits & mask,
            Self::Between { greater, less } => {
                greater.is_none_or(|bound| number > bound)
                    && less.is_none_or(|bound| number < bound)
            }
        }
    }

    /// What is wanted, each number by `shown`.
    pub(super) fn told(self, shown: impl Fn(i64) -> String) -> String {
        match self {
            Self::Is(wanted) => shown(wanted),
            Self::Masked { bits, mask } => format!("{} under {}", shown(bits), shown(mask)),
            Self::Between { greater, less } => {
                let above = greater.map(|bound| format!("> {}", shown(bound)));
                let below = less.map(|bound| format!("< {}", shown(bound)));
                above.into_iter().chain(below).collect::<Vec<_>>().join(" and ")
            }
        }
    }

    fn read(value: &Value) -> Option<Self> {
        if let Some(number) = value.as_i64() {
            return Some(Self::Is(number));
        }
        let table = value.as_object()?;
        let number = |key: &str| table.get(key).and_then(Value::as_i64);
        let keys: Vec<&str> = table.keys().map(String::as_str).collect();
        match keys.as_slice() {
            ["bits", "mask"] | ["mask", "bits"] => {
                Some(Self::Masked { bits: number("bits")?, mask: number("mask")? })
            }
            ["greater"] => Some(Self::Between { greater: Some(number("greater")?), less: None }),
            ["less"] => Some(Self::Between { greater: None, less: Some(number("less")?) }),
            ["greater", "less"] | ["less", "greater"] => Some(Self::Between {
                greater: Some(number("greater")?),
                less: Some(number("less")?),
            }),
            _ => None,
        }
    }
}

impl<'de> Deserialize<'de> for Number {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = Value::deserialize(deserializer)?;
        Self::read(&value).ok_or_else(|| {
            de::Error::custom(
                "this compares with no number; write a whole number, { bits = 0x0400, mask = 0x1f00 }, or \
                 { greater = 0, less = 10 }",
            )
        })
    }
}

impl JsonSchema for Number {
    fn inline_schema() -> bool {
        true
    }
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Number".into()
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        let number = || json_schema!({ "type": "integer" });
        json_schema!({
            "anyOf": [
                { "type": "integer" },
                {
                    "type": "object",
                    "properties": {
                        "bits": number(), "mask": number(), "greater": number(), "less": number(),
                    },
                    "additionalProperties": false,
                },
            ],
        })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn each_way_to_ask_holds_and_fails_as_it_says() {
        for (wanted, yes, no, told) in [
            (json!(5), 5, 6, "5"),
            (json!({ "bits": 0x0404, "mask": 0x1f00 }), 0x24_0418, 0x24_0518, "1028 under 7936"),
            (json!({ "greater": -10, "less": 10 }), 4, 10, "> -10 and < 10"),
            (json!({ "less": 10 }), i64::MIN, 10, "< 10"),
        ] {
            let number: Number = serde_json::from_value(wanted.clone()).unwrap();
            assert!(number.holds(yes) && !number.holds(no), "{wanted}");
            assert_eq!(number.told(|n| n.to_string()), told);
        }
        for wrong in [json!("5"), json!({}), json!({ "bits": 1 }), json!({ "les": 1 }), json!(1.5)]
        {
            assert!(serde_json::from_value::<Number>(wrong.clone()).is_err(), "{wrong}");
        }
    }
}
