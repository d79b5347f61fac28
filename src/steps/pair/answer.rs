//! What the plan has the tester's agent answer: yes, no, nothing; a passkey or a PIN, and where it comes from.
//!
//! A number that the plan gives is a secret: it is in no message of an error, and `Debug` does not show it.

use std::fmt;
use std::marker::PhantomData;
use std::path::PathBuf;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::value::MapAccessDeserializer;
use serde::de::{self, Visitor};
use serde::{Deserialize, Deserializer};

use crate::bluez::Reply;

/// What a person who is asked says.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(in super::super) enum Consent {
    #[default]
    Yes,
    No,
    Silent,
}

impl From<Consent> for Reply {
    fn from(consent: Consent) -> Self {
        match consent {
            Consent::Yes => Self::Yes,
            Consent::No => Self::No,
            Consent::Silent => Self::Silence,
        }
    }
}

impl<'de> Deserialize<'de> for Consent {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct BoolOrSilent;
        impl Visitor<'_> for BoolOrSilent {
            type Value = Consent;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("true, false or \"silent\"")
            }
            fn visit_bool<E: de::Error>(self, yes: bool) -> Result<Consent, E> {
                Ok(if yes { Consent::Yes } else { Consent::No })
            }
            fn visit_str<E: de::Error>(self, word: &str) -> Result<Consent, E> {
                match word {
                    "silent" => Ok(Consent::Silent),
                    // What a variable or a matrix holds may be text.
                    "true" => Ok(Consent::Yes),
                    "false" => Ok(Consent::No),
                    _ => Err(E::custom("an answer is `true`, `false` or \"silent\"")),
                }
            }
        }
        deserializer.deserialize_any(BoolOrSilent)
    }
}

impl JsonSchema for Consent {
    fn inline_schema() -> bool {
        true
    }
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Consent".into()
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "anyOf": [
            { "type": "boolean" },
            { "const": "silent", "description": "Nothing, until BlueZ or the device gives up." },
        ] })
    }
}

/// A number or a text that is typed where BlueZ asks for it.
pub(super) trait Typed: Sized {
    /// As a message calls it.
    const WHAT: &'static str;
    /// As the schema describes what stands in the plan.
    fn given() -> serde_json::Value;
    /// Reads what was typed.
    ///
    /// # Errors
    /// It is none; says what to write, and never what was written.
    fn read(text: &str) -> Result<Self, &'static str>;
    /// The same as an answer of the agent.
    fn reply(&self) -> Reply;
    /// As it is typed.
    fn text(&self) -> String;
}

/// A passkey, 0 to 999999.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Passkey(u32);

impl Typed for Passkey {
    const WHAT: &'static str = "passkey";

    fn given() -> serde_json::Value {
        serde_json::json!({
            "type": ["integer", "string"],
            "minimum": 0,
            "maximum": 999_999,
            "pattern": "^[0-9]{1,6}$|\\$\\{",
            "description": "The passkey itself.",
        })
    }

    fn read(text: &str) -> Result<Self, &'static str> {
        let digits = (1..=6).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit());
        let number = digits.then(|| text.parse().ok()).flatten();
        number.map(Self).ok_or("a passkey is a number of at most six digits")
    }

    fn reply(&self) -> Reply {
        Reply::Passkey(self.0)
    }

    fn text(&self) -> String {
        format!("{:06}", self.0)
    }
}

/// A PIN of 1 to 16 characters (Core Specification, Vol 3, Part C, 3.2.3).
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Pin(String);

impl Typed for Pin {
    const WHAT: &'static str = "PIN";

    fn given() -> serde_json::Value {
        serde_json::json!({
            "type": "string",
            "minLength": 1,
            "maxLength": 16,
            "description": "The PIN itself.",
        })
    }

    fn read(text: &str) -> Result<Self, &'static str> {
        // bluetoothd takes no more, and no byte of nothing.
        let fine = (1..=16).contains(&text.len()) && !text.contains('\0');
        if fine { Ok(Self(text.to_owned())) } else { Err("a PIN is a text of 1 to 16 bytes") }
    }

    fn reply(&self) -> Reply {
        Reply::Pin(self.0.clone())
    }

    fn text(&self) -> String {
        self.0.clone()
    }
}

/// Where what is typed comes from.
#[derive(Clone, PartialEq, Eq)]
pub(super) enum Source<T> {
    Given(T),
    /// A file, read when BlueZ asks.
    File(PathBuf),
    /// A command of the device's, run when BlueZ asks.
    Command(String),
}

/// A number may stand in the plan, but no secret is told.
impl<T: Typed> fmt::Debug for Source<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Given(_) => write!(f, "a {} of the plan", T::WHAT),
            Self::File(path) => write!(f, "the file {path:?}"),
            Self::Command(name) => write!(f, "the command {name:?}"),
        }
    }
}

impl<T> Source<T> {
    /// Whether it needs a command.
    pub(super) fn is_command(&self) -> bool {
        matches!(self, Self::Command(_))
    }
}

impl<T: Typed> Source<T> {
    /// What stands in the plan.
    pub(super) fn secret(&self) -> Option<String> {
        match self {
            Self::Given(given) => Some(given.text()),
            _ => None,
        }
    }
}

/// A table that says where to read it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Elsewhere {
    file: Option<PathBuf>,
    command: Option<String>,
}

impl<'de, T: Typed> Deserialize<'de> for Source<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct GivenOrElsewhere<T>(PhantomData<T>);
        impl<'de, T: Typed> Visitor<'de> for GivenOrElsewhere<T> {
            type Value = Source<T>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "a {}, or a table with `file` or `command`", T::WHAT)
            }
            fn visit_str<E: de::Error>(self, text: &str) -> Result<Source<T>, E> {
                T::read(text).map(Source::Given).map_err(E::custom)
            }
            fn visit_i64<E: de::Error>(self, number: i64) -> Result<Source<T>, E> {
                self.visit_str(&number.to_string())
            }
            fn visit_map<A: de::MapAccess<'de>>(self, map: A) -> Result<Source<T>, A::Error> {
                let said = Elsewhere::deserialize(MapAccessDeserializer::new(map))?;
                match (said.file, said.command) {
                    (Some(file), None) => Ok(Source::File(file)),
                    (None, Some(command)) => Ok(Source::Command(command)),
                    _ => Err(de::Error::custom(format!(
                        "a {} is read from one place; write `file = \"…\"` or `command = \"…\"`",
                        T::WHAT
                    ))),
                }
            }
        }
        deserializer.deserialize_any(GivenOrElsewhere(PhantomData))
    }
}

impl<T: Typed> JsonSchema for Source<T> {
    fn inline_schema() -> bool {
        true
    }
    fn schema_name() -> std::borrow::Cow<'static, str> {
        T::WHAT.into()
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "anyOf": [T::given(), {
            "type": "object",
            "properties": {
                "file": {
                    "type": "string",
                    "description": "A file whose first line it is, read when BlueZ asks.",
                },
                "command": {
                    "type": "string",
                    "x-refers-to": "control",
                    "description": "A command of the device's `control` that writes it as its last line, run when BlueZ asks. Needs `--allow-exec`.",
                },
            },
            "additionalProperties": false,
        }] })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, Deserialize)]
    struct Step {
        confirm: Option<Consent>,
        passkey: Option<Source<Passkey>>,
        pin: Option<Source<Pin>>,
    }

    fn read(text: &str) -> Result<Step, String> {
        toml::from_str(text).map_err(|error: toml::de::Error| error.message().to_owned())
    }

    #[test]
    fn a_passkey_is_a_number_and_a_pin_is_a_text() {
        let given = |text: &str| read(text).unwrap().passkey.unwrap().secret();
        assert_eq!(given("passkey = 42"), Some("000042".to_owned()));
        assert_eq!(given("passkey = '000042'"), Some("000042".to_owned()));
        assert_eq!(given("passkey = 0"), Some("000000".to_owned()));
        let pin = read("pin = '0000'").unwrap().pin.unwrap();
        assert_eq!(pin.secret(), Some("0000".to_owned()));
        let file = read("passkey = { file = '/run/passkey' }").unwrap().passkey.unwrap();
        assert_eq!(file, Source::File("/run/passkey".into()));
        let command = read("passkey = { command = 'ask' }").unwrap().passkey.unwrap();
        assert_eq!(command, Source::Command("ask".to_owned()));
        assert!(command.is_command() && !file.is_command());
        assert_eq!(read("confirm = 'silent'").unwrap().confirm, Some(Consent::Silent));
        assert_eq!(read("confirm = false").unwrap().confirm, Some(Consent::No));
    }

    #[test]
    fn what_is_wrong_is_told_without_the_number() {
        for (text, part) in [
            ("passkey = 9348571", "at most six digits"),
            ("passkey = -934857", "at most six digits"),
            ("passkey = '93485x'", "at most six digits"),
            ("pin = '93485739348573934857'", "1 to 16 bytes"),
            ("pin = ''", "1 to 16 bytes"),
            ("passkey = {}", "read from one place"),
            ("passkey = { file = 'a', command = 'b' }", "read from one place"),
            ("confirm = 'maybe'", "\"silent\""),
        ] {
            let error = read(text).unwrap_err();
            assert!(error.contains(part) && !error.contains("93485"), "{text}: {error}");
        }
        let step = read("passkey = 934857\npin = '93485'").unwrap();
        assert!(!format!("{step:?}").contains("93485"), "{step:?}");
    }
}
