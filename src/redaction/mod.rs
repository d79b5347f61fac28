//! Keeps secrets out of every output.
//!
//! Events are the only thing that leaves the engine, so this is the one place to strike them: before an
//! event reaches any sink, every text in it loses every secret: as written, quoted, as the hexadecimal that
//! byte values turn into, and in base64, which programs like to print.

mod base64;

use serde_json::Value;

use crate::event::Event;

/// What stands where a secret stood.
const STRUCK: &str = "[secret]";

/// Strikes secrets out of events.
#[derive(Debug, Default)]
pub struct Redaction {
    /// Everything to strike, the longest first, so that no part of one is left.
    forms: Vec<String>,
    /// The same in base64.
    encoded: Vec<base64::Form>,
}

impl Redaction {
    /// Strikes these from now on. An empty text is no secret.
    #[must_use]
    pub fn of(secrets: &[String]) -> Self {
        let mut forms: Vec<String> = secrets
            .iter()
            .filter(|secret| !secret.is_empty())
            .flat_map(|secret| {
                let hex: String = secret.bytes().map(|byte| format!("{byte:02x}")).collect();
                // As it stands inside a quoted value, where quotes and backslashes are escaped.
                let quoted = format!("{secret:?}");
                let escaped = quoted.trim_matches('"').to_owned();
                // And inside single quotes for a shell.
                let in_shell = secret.replace('\'', r"'\''");
                [secret.clone(), hex.to_ascii_uppercase(), hex, escaped, in_shell]
            })
            .collect();
        forms.sort_by_key(|form| std::cmp::Reverse(form.len()));
        forms.dedup();
        let mut encoded: Vec<_> = secrets.iter().flat_map(|s| base64::forms(s)).collect();
        encoded.sort_by_key(|form| std::cmp::Reverse(form.len()));
        Self { forms, encoded }
    }

    /// The event without any secret.
    #[must_use]
    pub fn strike(&self, event: Event) -> Event {
        if self.forms.is_empty() {
            return event;
        }
        let struck = serde_json::to_value(&event).map(|value| self.strike_value(value));
        // The shape is the event's own, so it reads back; were it not so, nothing is told at all.
        match struck.and_then(serde_json::from_value) {
            Ok(event) => event,
            Err(_) => Event::Restored { what: STRUCK.to_owned(), error: None },
        }
    }

    fn strike_value(&self, value: Value) -> Value {
        match value {
            Value::String(text) => Value::String(self.strike_text(text)),
            Value::Array(items) => items.into_iter().map(|item| self.strike_value(item)).collect(),
            Value::Object(entries) => entries
                .into_iter()
                .map(|(key, value)| (key, self.strike_value(value)))
                .collect::<serde_json::Map<_, _>>()
                .into(),
            other => other,
        }
    }

    /// The text without any secret.
    #[must_use]
    pub fn strike_text(&self, text: String) -> String {
        let text = self.forms.iter().fold(text, |text, form| {
            if text.contains(form.as_str()) { text.replace(form.as_str(), STRUCK) } else { text }
        });
        self.encoded.iter().fold(text, |text, form| form.strike(&text).unwrap_or(text))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::event::Object;

    fn changed(value: Value) -> Event {
        Event::Changed {
            object: Object { name: "pin is 482913".into(), path: "/x".into() },
            interface: "org.bluez.Device1".into(),
            property: "Name".into(),
            value: Some(value),
        }
    }

    #[test]
    fn a_secret_is_struck_in_every_form() {
        let redaction = Redaction::of(&["482913".to_owned(), "a\"b".to_owned(), String::new()]);
        for value in [
            json!("x482913y"),
            json!("343832393133"),
            json!(["a\"b"]),
            json!("\"a\\\"b\""),
            json!("eDQ4MjkxMw=="),
        ] {
            let told = serde_json::to_string(&redaction.strike(changed(value))).unwrap();
            for form in ["482913", "343832393133", "a\\\"b", "4Mjkx"] {
                assert!(!told.contains(form), "{form} in {told}");
            }
            assert!(told.contains(STRUCK), "{told}");
        }
    }

    #[test]
    fn without_secrets_nothing_changes() {
        let event = changed(json!("482913"));
        assert_eq!(Redaction::of(&[]).strike(event.clone()), event);
    }
}
