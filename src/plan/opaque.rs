//! Parts of a table that have a schema like any other, and are read by other means than their type:
//! steps, because a registry knows them; values of variables, because they can be of any type.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Deserialize;
use serde::de::IgnoredAny;

macro_rules! opaque {
    ($(#[$meta:meta])* $name:ident, $schema:tt) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Default, Deserialize)]
        #[serde(from = "IgnoredAny")]
        pub(super) struct $name;

        impl From<IgnoredAny> for $name {
            fn from(_: IgnoredAny) -> Self {
                Self
            }
        }

        impl JsonSchema for $name {
            fn inline_schema() -> bool {
                true
            }
            fn schema_name() -> Cow<'static, str> {
                stringify!($name).into()
            }
            fn json_schema(_: &mut SchemaGenerator) -> Schema {
                json_schema!($schema)
            }
        }
    };
}

opaque!(
    /// A list of steps.
    Steps, {
        "type": "array",
        "items": { "$ref": "#/$defs/step" },
        "minItems": 1,
        "examples": [[{ "do": "connect", "device": "headset" }]],
    }
);

opaque!(
    /// Lists of steps.
    Branches, {
        "type": "array",
        "items": {
            "type": "array",
            "items": { "$ref": "#/$defs/step" },
            "minItems": 1,
        },
        "minItems": 2,
        "maxItems": 8,
        "examples": [[[{ "do": "connect", "device": "headset" }], [{ "do": "pause", "for": "1s" }]]],
    }
);

opaque!(
    /// One value of a variable.
    Value, { "type": ["string", "integer", "number", "boolean", "array"] }
);

opaque!(
    /// Values by name, each as it is or as a table that says more.
    Values, {
        "type": "object",
        "additionalProperties": {
            "anyOf": [
                { "type": ["string", "integer", "number", "boolean", "array"] },
                { "$ref": "#/$defs/var" },
            ],
        },
    }
);

opaque!(
    /// The lists of values of a matrix, by name.
    Matrix, {
        "type": "object",
        "additionalProperties": {
            "type": "array",
            "items": { "type": ["string", "integer", "number", "boolean"] },
            "minItems": 1,
        },
        "examples": [{ "transport": ["le", "bredr"] }],
    }
);

opaque!(
    /// Values for the parameters of a sequence, by name.
    Arguments, {
        "type": "object",
        "additionalProperties": { "type": ["string", "integer", "number", "boolean", "array"] },
    }
);
