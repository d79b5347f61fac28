//! A command of the bench, as a plan writes it: a relay, `uhubctl`, `adb`, a serial line.

use std::borrow::Cow;
use std::fmt;
use std::time::Duration;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::value::{MapAccessDeserializer, SeqAccessDeserializer};
use serde::de::{self, Visitor};
use serde::{Deserialize, Deserializer};

use super::span::Limit;

/// Time limit of a command that gives none.
const LIMIT: Duration = Duration::from_secs(30);

/// A command, and how long it may take.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Command {
    /// The program and its arguments; never empty.
    pub argv: Vec<String>,
    /// When it is ended.
    pub timeout: Duration,
}

impl Command {
    /// The command as it is typed into a shell.
    #[must_use]
    pub fn in_shell(&self) -> String {
        let words: Vec<_> = self.argv.iter().map(|argument| quoted(argument)).collect();
        words.join(" ")
    }
}

/// An argument, in single quotes where a POSIX shell would not take it as it stands.
fn quoted(argument: &str) -> Cow<'_, str> {
    let plain = |c: char| c.is_ascii_alphanumeric() || "%+,-./:=@_".contains(c);
    match !argument.is_empty() && argument.chars().all(plain) {
        true => Cow::Borrowed(argument),
        false => Cow::Owned(format!("'{}'", argument.replace('\'', r"'\''"))),
    }
}

/// A command that says more than what to run.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    run: Run,
    timeout: Option<Limit>,
}

/// A list is a program with its arguments, run as it stands; text is for the shell.
struct Run(Vec<String>);

impl Run {
    fn text<E: de::Error>(text: &str) -> Result<Self, E> {
        if text.trim().is_empty() {
            return Err(E::custom(
                "a command of nothing; write for example \"uhubctl -a off -p 2\"",
            ));
        }
        Ok(Self(["sh", "-c", text].map(str::to_owned).to_vec()))
    }

    fn list<'de, A: de::SeqAccess<'de>>(list: A) -> Result<Self, A::Error> {
        let argv: Vec<String> = Vec::deserialize(SeqAccessDeserializer::new(list))?;
        let nul = argv.iter().any(|argument| argument.contains('\0'));
        match argv.first() {
            Some(program) if !program.is_empty() && !nul => Ok(Self(argv)),
            _ => Err(de::Error::custom(
                "a list begins with a program; write for example [\"uhubctl\", \"-a\", \"off\"]",
            )),
        }
    }
}

impl<'de> Deserialize<'de> for Run {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct TextOrList;
        impl<'de> Visitor<'de> for TextOrList {
            type Value = Run;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a command as text, or a list of a program and its arguments")
            }
            fn visit_str<E: de::Error>(self, text: &str) -> Result<Run, E> {
                Run::text(text)
            }
            fn visit_seq<A: de::SeqAccess<'de>>(self, list: A) -> Result<Run, A::Error> {
                Run::list(list)
            }
        }
        deserializer.deserialize_any(TextOrList)
    }
}

impl<'de> Deserialize<'de> for Command {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Any;
        impl<'de> Visitor<'de> for Any {
            type Value = Command;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a command as text, a list of a program and its arguments, or a table with `run`")
            }
            fn visit_str<E: de::Error>(self, text: &str) -> Result<Command, E> {
                Run::text(text).map(Command::from)
            }
            fn visit_seq<A: de::SeqAccess<'de>>(self, list: A) -> Result<Command, A::Error> {
                Run::list(list).map(Command::from)
            }
            fn visit_map<A: de::MapAccess<'de>>(self, map: A) -> Result<Command, A::Error> {
                let Table { run, timeout } = Table::deserialize(MapAccessDeserializer::new(map))?;
                let limit = timeout.map_or(LIMIT, Duration::from);
                Ok(Command { timeout: limit, ..Command::from(run) })
            }
        }
        deserializer.deserialize_any(Any)
    }
}

impl From<Run> for Command {
    fn from(run: Run) -> Self {
        Self { argv: run.0, timeout: LIMIT }
    }
}

impl JsonSchema for Command {
    fn inline_schema() -> bool {
        true
    }
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Command".into()
    }
    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let text = || {
            json_schema!({
                "type": "string",
                "description": "Run by `sh -c`.",
            })
        };
        let list = || {
            json_schema!({
                "type": "array",
                "items": { "type": "string" },
                "minItems": 1,
                "description": "A program and its arguments, run without a shell.",
            })
        };
        let limit = Limit::json_schema(generator);
        let table = json_schema!({
            "type": "object",
            "properties": {
                "run": {
                    "anyOf": [text(), list()],
                    "description": "What to run: text for `sh -c`, or a list of a program and its arguments.",
                },
                "timeout": {
                    "anyOf": [limit],
                    "description": "When it is ended. Without it, after 30 s.",
                },
            },
            "required": ["run"],
            "additionalProperties": false,
        });
        json_schema!({ "anyOf": [text(), list(), table] })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, Deserialize)]
    struct Plan {
        c: Command,
    }

    fn read(text: &str) -> Result<Command, String> {
        let plan = toml::from_str::<Plan>(&format!("c = {text}"));
        plan.map(|plan| plan.c).map_err(|error| error.message().to_owned())
    }

    fn command(argv: &[&str], seconds: u64) -> Command {
        let argv = argv.iter().map(|argument| (*argument).to_owned()).collect();
        Command { argv, timeout: Duration::from_secs(seconds) }
    }

    #[test]
    fn a_list_is_run_as_it_stands_and_text_by_a_shell() {
        assert_eq!(read(r#"["adb", "reboot"]"#), Ok(command(&["adb", "reboot"], 30)));
        assert_eq!(read(r#""a | b""#), Ok(command(&["sh", "-c", "a | b"], 30)));
        let table = read(r#"{ run = "a", timeout = "90s" }"#);
        assert_eq!(table, Ok(command(&["sh", "-c", "a"], 90)));
        assert_eq!(read(r#"{ run = ["a"] }"#), Ok(command(&["a"], 30)));
    }

    #[test]
    fn what_cannot_be_run_is_refused_with_a_way_out() {
        for (text, part) in [
            ("[]", "begins with a program"),
            ("\" \"", "command of nothing"),
            ("[\"\"]", "begins with a program"),
            ("{ run = [] }", "begins with a program"),
            ("{ timeout = \"3s\" }", "missing field `run`"),
            ("{ run = \"a\", timeout = \"0s\" }", "lets nothing pass"),
            ("3", "a command as text"),
        ] {
            let error = read(text).unwrap_err();
            assert!(error.contains(part), "{text}: {error}");
        }
    }
}
