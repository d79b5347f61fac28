//! Durations as people write them in a plan: `15s`, `500ms`, `1m30s`.

use std::fmt;
use std::time::Duration;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, de};

/// A duration in a plan. Never negative; at most [`Span::LONGEST`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Span(pub Duration);

impl Span {
    /// A year: longer than any bench runs, and far from every overflow.
    pub const LONGEST: Duration = Duration::from_secs(366 * 24 * 3600);

    /// Reads `15s`, `500ms`, `1m30s`, `8h`, `1.5s`; a unit is needed.
    ///
    /// # Errors
    /// A sentence that says what is wrong and what to write instead.
    pub fn parse(text: &str) -> Result<Self, String> {
        let number_only = text.trim().parse::<f64>().is_ok();
        if number_only {
            return Err(format!(
                "`{text}` has no unit; write for example \"{text}s\" or \"{text}ms\""
            ));
        }
        let friendly = jiff::fmt::friendly::SpanParser::new();
        let read: jiff::SignedDuration = friendly.parse_duration(text).map_err(|_| {
            format!("`{text}` is not a duration; write for example \"15s\", \"500ms\" or \"1m30s\"")
        })?;
        let duration = Duration::try_from(read)
            .map_err(|_| format!("`{text}` is negative; a duration starts at \"0s\""))?;
        if duration > Self::LONGEST {
            return Err(format!("`{text}` is longer than a year"));
        }
        Ok(Self(duration))
    }
}

impl From<Span> for Duration {
    fn from(span: Span) -> Self {
        span.0
    }
}

/// As one would write it in a plan: `1500ms` stays `1.5s`.
impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ms = self.0.as_millis();
        if ms < 1000 {
            write!(f, "{ms}ms")
        } else if self.0 < Duration::from_secs(60) {
            write!(f, "{}s", self.0.as_secs_f64())
        } else {
            let s = self.0.as_secs();
            let parts = [(s / 3600, "h"), (s / 60 % 60, "m"), (s % 60, "s")];
            parts.iter().filter(|(n, _)| *n > 0).try_for_each(|(n, unit)| write!(f, "{n}{unit}"))
        }
    }
}

impl<'de> Deserialize<'de> for Span {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Text;
        impl de::Visitor<'_> for Text {
            type Value = Span;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a duration such as \"15s\", \"500ms\" or \"1m30s\"")
            }
            fn visit_str<E: de::Error>(self, text: &str) -> Result<Span, E> {
                Span::parse(text).map_err(E::custom)
            }
            fn visit_i64<E: de::Error>(self, number: i64) -> Result<Span, E> {
                Span::parse(&number.to_string()).map_err(E::custom)
            }
            fn visit_f64<E: de::Error>(self, number: f64) -> Result<Span, E> {
                Span::parse(&number.to_string()).map_err(E::custom)
            }
        }
        deserializer.deserialize_any(Text)
    }
}

impl JsonSchema for Span {
    fn inline_schema() -> bool {
        true
    }
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Duration".into()
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string",
            "format": "bttest-duration",
            "pattern": r"^\s*[0-9.]+[0-9.,\s]*[A-Za-zµ:][0-9A-Za-zµ.,:\s]*$",
            "examples": ["15s", "500ms", "1m30s"],
        })
    }
}

/// A time limit: a duration that is not nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "Span")]
pub(super) struct Limit(Duration);

impl TryFrom<Span> for Limit {
    type Error = &'static str;

    fn try_from(span: Span) -> Result<Self, Self::Error> {
        if span.0.is_zero() {
            return Err("a time limit of nothing lets nothing pass; write for example \"30s\"");
        }
        Ok(Self(span.0))
    }
}

impl From<Limit> for Duration {
    fn from(limit: Limit) -> Self {
        limit.0
    }
}

impl JsonSchema for Limit {
    fn inline_schema() -> bool {
        true
    }
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Limit".into()
    }
    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        Span::json_schema(generator)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_people_write() {
        for (text, ms) in [
            ("15s", 15_000),
            ("500ms", 500),
            ("1m30s", 90_000),
            ("1.5s", 1500),
            ("8h", 28_800_000),
            ("0s", 0),
        ] {
            assert_eq!(Span::parse(text), Ok(Span(Duration::from_millis(ms))), "{text}");
        }
    }

    #[test]
    fn refuses_with_a_way_out() {
        for (text, part) in [
            ("15", "write for example \"15s\""),
            ("-3s", "negative"),
            ("soon", "not a duration"),
            ("", "not a duration"),
            ("9000000h", "longer than a year"),
        ] {
            let error = Span::parse(text).unwrap_err();
            assert!(error.contains(part), "{text}: {error}");
        }
    }

    #[test]
    fn what_is_shown_reads_back_the_same() {
        for text in ["1ms", "999ms", "1.5s", "1m30s", "8h", "1h1s"] {
            let span = Span::parse(text).unwrap();
            assert_eq!(Span::parse(&span.to_string()), Ok(span), "{text}");
        }
    }
}
