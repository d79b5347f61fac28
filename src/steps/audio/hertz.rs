//! A pitch, as a plan writes it: `440Hz`, `1kHz`.

use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, de};

/// What a tone may be: every sampling frequency of SBC can carry it, and a speaker give it.
const RANGE: std::ops::RangeInclusive<f64> = 20.0..=7900.0;

/// A pitch in hertz.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Hertz(pub(super) f64);

impl Hertz {
    /// The pitch that orchestras tune to.
    pub(super) fn concert() -> Self {
        Self(440.0)
    }

    fn parse(text: &str) -> Result<Self, String> {
        let (number, times) = match text.trim() {
            text if text.ends_with("kHz") => (text.strip_suffix("kHz"), 1000.0),
            text => (text.strip_suffix("Hz"), 1.0),
        };
        let number = number.and_then(|number| number.trim().parse::<f64>().ok());
        let hertz = number
            .map(|number| number * times)
            .ok_or_else(|| format!("`{text}` is no pitch; write for example \"440Hz\""))?;
        if !RANGE.contains(&hertz) {
            return Err(format!("a tone is from 20 Hz to 7900 Hz, and not `{text}`"));
        }
        Ok(Self(hertz))
    }
}

impl fmt::Display for Hertz {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} Hz", self.0)
    }
}

impl<'de> Deserialize<'de> for Hertz {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).map_err(de::Error::custom)
    }
}

impl JsonSchema for Hertz {
    fn inline_schema() -> bool {
        true
    }
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Hertz".into()
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "pattern": "^ *[0-9.]+ *k?Hz *$", "examples": ["440Hz", "1kHz"] })
    }
}

#[cfg(test)]
mod tests {
    use super::Hertz;

    #[test]
    fn a_pitch_has_a_unit_and_can_be_heard() {
        assert_eq!(Hertz::parse("440Hz"), Ok(Hertz(440.0)));
        assert_eq!(Hertz::parse("1.5 kHz"), Ok(Hertz(1500.0)));
        for wrong in ["440", "Hz", "", "19Hz", "8kHz", "NaNHz", "infHz", "-440Hz"] {
            assert!(Hertz::parse(wrong).is_err(), "{wrong}");
        }
    }
}
