//! What the fields of a reply or an event of the kernel must be.

use std::collections::BTreeMap;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Deserialize;
use serde_json::{Map, Value};

use super::condition::{Comparison, same};
use super::failure::shown;
use crate::mgmt::protocol::{Field, Kind, Status};
use crate::plan::suggest::nearest;

/// What fields must be, by their documented names. Everything that is given must hold.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(transparent)]
pub(super) struct Fields(BTreeMap<String, Wanted>);

/// What one field must be.
#[derive(Debug, Clone, Deserialize)]
#[serde(untagged)]
enum Wanted {
    /// A table of comparisons.
    Compared(Box<Comparison>),
    /// This value; a list: at least all of these.
    Value(Value),
}

impl Fields {
    /// Whether nothing is asked for.
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Sees that there are such fields, and that those which have words are asked for a word that there is.
    ///
    /// # Errors
    /// The first name or word that there is not, with what was meant.
    pub(super) fn check(&self, known: &[Field], of: &str) -> Result<(), String> {
        for (name, wanted) in &self.0 {
            match known.iter().find(|field| field.name == name) {
                Some(field) => check_words(field, wanted)?,
                None => return Self::unknown(name, known, of),
            }
        }
        Ok(())
    }

    fn unknown(unknown: &str, known: &[Field], of: &str) -> Result<(), String> {
        let names = || known.iter().map(|field| field.name);
        let help = match nearest(unknown, names()) {
            Some(meant) => format!("did you mean `{meant}`?"),
            None if known.is_empty() => "it has none".to_owned(),
            None => format!("its fields are {}", names().collect::<Vec<_>>().join(", ")),
        };
        Err(format!("{of} has no field `{unknown}`; {help}"))
    }

    /// Whether all of them are as wanted.
    pub(super) fn hold(&self, said: &Map<String, Value>) -> bool {
        self.0.iter().all(|(name, wanted)| wanted.holds(said.get(name)))
    }

    /// What is wanted, such as `reason = "remote-host"`.
    pub(super) fn wanted(&self) -> String {
        let all: Vec<String> =
            self.0.iter().map(|(name, wanted)| format!("{name} {}", wanted.told())).collect();
        all.join(", ")
    }

    /// What the fields are that something is wanted of.
    pub(super) fn seen(&self, said: &Map<String, Value>) -> String {
        let all: Vec<String> =
            self.0.keys().map(|name| format!("{name} {}", shown(said.get(name)))).collect();
        all.join(", ")
    }
}

/// Sees that the words that a value of a field is compared with are among its words. What a table of comparisons
/// asks is its own affair.
fn check_words(field: &Field, wanted: &Wanted) -> Result<(), String> {
    let Wanted::Value(value) = wanted else { return Ok(()) };
    let asked = match value {
        Value::Array(values) => values.iter().filter_map(Value::as_str).collect(),
        value => value.as_str().into_iter().collect::<Vec<_>>(),
    };
    let words: Vec<String> = match &field.kind {
        Kind::Choice(_, choices) => choices.words().map(str::to_owned).collect(),
        Kind::Bits(_, names) => names.words().map(str::to_owned).collect(),
        Kind::Status => Status::words().collect(),
        _ => return Ok(()),
    };
    let numbered = |word: &str| word.starts_with("bit-");
    match asked.iter().find(|word| !numbered(word) && words.iter().all(|known| known != *word)) {
        None => Ok(()),
        Some(word) => {
            let meant = nearest(word, words.iter().map(String::as_str));
            let meant = meant.map(|meant| format!("did you mean `{meant}`?"));
            let help = meant.unwrap_or_else(|| format!("it can be {}", words.join(", ")));
            Err(format!("`{}` is never `{word}`; {help}", field.name))
        }
    }
}

impl Wanted {
    fn holds(&self, value: Option<&Value>) -> bool {
        match self {
            Self::Compared(comparison) => comparison.holds(value),
            Self::Value(Value::Array(wanted)) => {
                let Some(Value::Array(values)) = value else { return false };
                wanted.iter().all(|wanted| values.iter().any(|value| same(value, wanted)))
            }
            Self::Value(wanted) => value.is_some_and(|value| same_as_told(value, wanted)),
        }
    }

    fn told(&self) -> String {
        match self {
            Self::Compared(comparison) => comparison.told(),
            Self::Value(Value::Array(wanted)) => {
                let all: Vec<String> = wanted.iter().map(|value| shown(Some(value))).collect();
                format!("with {}", all.join(" and "))
            }
            Self::Value(wanted) => format!("= {}", shown(Some(wanted))),
        }
    }
}

/// The kernel's switches are told as `on` and `off`; a plan may say `true` and `false`.
fn same_as_told(value: &Value, wanted: &Value) -> bool {
    let as_word = wanted.as_bool().map(|on| Value::from(if on { "on" } else { "off" }));
    same(value, wanted) || as_word.is_some_and(|word| same(value, &word))
}

impl JsonSchema for Fields {
    fn inline_schema() -> bool {
        true
    }
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Fields".into()
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "object", "examples": [{ "reason": "remote-host" }] })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::mgmt::protocol::{command, event};

    fn fields(wanted: Value) -> Fields {
        serde_json::from_value(wanted).unwrap()
    }

    fn said(value: Value) -> Map<String, Value> {
        value.as_object().unwrap().clone()
    }

    #[test]
    fn each_way_to_ask_holds_and_fails_as_it_says() {
        for (wanted, yes, no) in [
            (json!({ "reason": "remote-host" }), json!("remote-host"), json!("local-host")),
            (json!({ "reason": { "in": ["a", "b"] } }), json!("b"), json!("c")),
            (json!({ "reason": { "less": 3 } }), json!(2), json!(3)),
            (
                json!({ "reason": ["le", "powered"] }),
                json!(["powered", "bondable", "le"]),
                json!(["le"]),
            ),
            (json!({ "reason": true }), json!("on"), json!("off")),
            (json!({ "reason": { "present": false } }), Value::Null, json!(1)),
        ] {
            let asked = fields(wanted.clone());
            assert!(asked.hold(&said(json!({ "reason": yes }))), "{wanted} of {yes}");
            assert!(!asked.hold(&said(json!({ "reason": no }))), "{wanted} of {no}");
        }
        let both = fields(json!({ "a": 1, "b": ["x", "y"] }));
        assert_eq!(both.wanted(), r#"a = 1, b with "x" and "y""#);
        assert_eq!(both.seen(&said(json!({ "a": 2, "c": 3 }))), "a 2, b not there");
    }

    #[test]
    fn a_name_that_there_is_not_says_what_was_meant() {
        let wrong = fields(json!({ "resaon": "remote-host" }));
        let event = event("Device Disconnected").unwrap();
        let error = wrong.check(event.parameters, event.name).unwrap_err();
        assert_eq!(error, "Device Disconnected has no field `resaon`; did you mean `reason`?");
        let wrong = fields(json!({ "reason": "remote" }));
        let error = wrong.check(event.parameters, event.name).unwrap_err();
        assert!(error.starts_with("`reason` is never `remote`; "), "{error}");
        let fine = fields(json!({ "reason": { "in": ["remote-host", 77] } }));
        assert_eq!(fine.check(event.parameters, event.name), Ok(()));
        let wrong = fields(json!({ "resaon": "remote-host" }));
        let command = command("Set IO Capability").unwrap();
        let error = wrong.check(command.reply, "the reply to Set IO Capability").unwrap_err();
        assert!(error.ends_with("has no field `resaon`; it has none"), "{error}");
    }
}
