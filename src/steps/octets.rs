//! Bytes that a plan compares with those of a device: digit by digit, under a mask, whole or only their
//! beginning.

use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, de};
use serde_json::Value;

/// The most bytes that a plan can write; an attribute has no more (Core Specification, Vol 3, Part F, 3.2.9).
const MOST: usize = 512;

/// What bytes must be.
///
/// As text: pairs of hexadecimal digits, `?` for any digit, and `*` at the end for whatever follows. As a table: the
/// bytes, and a mask of those bits that count.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Octets {
    /// Value and mask of each byte.
    octets: Vec<(u8, u8)>,
    /// More may follow.
    open: bool,
    text: String,
}

impl Octets {
    fn read(text: &str) -> Result<Self, String> {
        let refused = |why: &str| {
            Err(format!(
                "`{text}` is no row of bytes: {why}; write pairs of hexadecimal digits, `?` for any digit, `*` at \
                 the end for whatever follows, such as \"02 15 ?? *\""
            ))
        };
        let digits: Vec<char> = text.chars().filter(|digit| !matches!(digit, ' ' | ':')).collect();
        let (digits, open) = match digits.split_last() {
            Some(('*', before)) => (before, true),
            _ => (digits.as_slice(), false),
        };
        let mut octets = Vec::new();
        for pair in digits.chunks(2) {
            let [high, low] = pair else { return refused("a digit is missing") };
            match (nibble(*high), nibble(*low)) {
                (Some((high, high_mask)), Some((low, low_mask))) => {
                    octets.push((high << 4 | low, high_mask << 4 | low_mask));
                }
                _ => return refused(&format!("`{high}{low}` is no byte")),
            }
        }
        if octets.len() > MOST {
            return refused(&format!("it has more than {MOST} bytes"));
        }
        Ok(Self { octets, open, text: text.to_owned() })
    }

    /// The same where only the bits of the mask count.
    fn under(mut self, mask: &str) -> Result<Self, String> {
        let bits = Self::read(mask)?;
        let is_plain = !bits.open && bits.octets.iter().all(|(_, known)| *known == 0xff);
        if !is_plain || bits.octets.len() != self.octets.len() {
            return Err(format!(
                "the mask `{mask}` does not fit `{}`; write {} bytes in hexadecimal digits",
                self.text,
                self.octets.len()
            ));
        }
        for ((_, own), (bits, _)) in self.octets.iter_mut().zip(bits.octets) {
            *own &= bits;
        }
        self.text = format!("{} under {mask}", self.text);
        Ok(self)
    }

    /// How many bytes it has, less those that may follow.
    pub(super) fn length(&self) -> usize {
        self.octets.len()
    }

    /// Whether more bytes may follow.
    pub(super) fn is_open(&self) -> bool {
        self.open
    }

    /// Whether bytes are as its first are wanted, as far as they go.
    pub(super) fn begins(&self, bytes: &[u8]) -> bool {
        let mut pairs = self.octets.iter().zip(bytes);
        pairs.all(|((value, mask), byte)| byte & mask == value & mask)
    }

    /// Whether bytes in hexadecimal digits, as the mirror has them, are as wanted; if not, what is wrong first.
    pub(super) fn differs(&self, hex: &str) -> Option<String> {
        let bytes: Vec<Option<u8>> = hex
            .as_bytes()
            .chunks(2)
            .map(|pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok())
            .collect();
        let wrong =
            self.octets.iter().zip(&bytes).position(|((value, mask), byte)| {
                byte.is_none_or(|byte| byte & mask != value & mask)
            });
        if let Some(at) = wrong {
            return Some(format!("byte {at} differs"));
        }
        let (want, have) = (self.octets.len(), bytes.len());
        let fits = have == want || (have > want && self.open);
        (!fits).then(|| format!("{have} bytes and not {want}"))
    }
}

/// Bytes that a plan sends: every digit is there.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(try_from = "String")]
#[schemars(with = "String", inline, extend("pattern" = "^([0-9A-Fa-f]|[ :])*$"))]
pub(super) struct Bytes(Vec<u8>);

impl Bytes {
    pub(super) fn as_slice(&self) -> &[u8] {
        &self.0
    }

    /// In hexadecimal digits, two for each.
    pub(super) fn hex(&self) -> Value {
        self.0.iter().map(|byte| format!("{byte:02x}")).collect::<String>().into()
    }
}

impl TryFrom<String> for Bytes {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let Octets { octets, open, text } = Octets::read(&text)?;
        if open || octets.iter().any(|(_, mask)| *mask != 0xff) {
            return Err(format!(
                "`{text}` leaves digits open, and these bytes are sent; write each digit"
            ));
        }
        Ok(Self(octets.into_iter().map(|(byte, _)| byte).collect()))
    }
}

/// A digit and which bits of it count.
fn nibble(digit: char) -> Option<(u8, u8)> {
    match digit {
        '?' => Some((0, 0)),
        digit => Some((u8::try_from(digit.to_digit(16)?).ok()?, 0xf)),
    }
}

impl fmt::Display for Octets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl<'de> Deserialize<'de> for Octets {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let read = match Value::deserialize(deserializer)? {
            Value::String(text) => Self::read(&text),
            Value::Object(table) => {
                let text = |key: &str| table.get(key).and_then(Value::as_str);
                match (text("bytes"), text("mask"), table.len()) {
                    (Some(bytes), Some(mask), 2) => {
                        Self::read(bytes).and_then(|octets| octets.under(mask))
                    }
                    _ => Err("a table of bytes has `bytes` and `mask`; write { bytes = \"0215\", mask = \
                              \"ff0f\" }"
                        .to_owned()),
                }
            }
            other => {
                Err(format!("`{other}` is no row of bytes; write hexadecimal digits in quotes"))
            }
        };
        read.map_err(de::Error::custom)
    }
}

impl JsonSchema for Octets {
    fn inline_schema() -> bool {
        true
    }
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Octets".into()
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "anyOf": [
                { "type": "string", "pattern": "^([0-9A-Fa-f?]|[ :])*\\*?$" },
                {
                    "type": "object",
                    "properties": { "bytes": { "type": "string" }, "mask": { "type": "string" } },
                    "required": ["bytes", "mask"],
                    "additionalProperties": false,
                },
            ],
            "examples": ["02 15 ?? *"],
        })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn digits_masks_and_open_ends() {
        for (wanted, yes, no) in [
            (json!("0215"), &["0215"][..], &["0216", "02", "021500", ""][..]),
            (json!("02 1?"), &["0210", "021f"], &["0220"]),
            (json!("02 *"), &["02", "0299ff"], &["", "03"]),
            (json!("*"), &["", "00"], &[]),
            (json!(""), &[""], &["00"]),
            (json!({ "bytes": "f5 01", "mask": "0f 01" }), &["0501", "f50f"], &["0601", "0500"]),
        ] {
            let octets: Octets = serde_json::from_value(wanted.clone()).unwrap();
            for hex in yes {
                assert_eq!(octets.differs(hex), None, "{wanted} of {hex}");
            }
            for hex in no {
                assert!(octets.differs(hex).is_some(), "{wanted} of {hex}");
            }
        }
        let octets: Octets = serde_json::from_value(json!("0215")).unwrap();
        assert_eq!(octets.differs("0216").as_deref(), Some("byte 1 differs"));
        assert_eq!(octets.differs("021500").as_deref(), Some("3 bytes and not 2"));
        // What is no hexadecimal text matches nothing.
        assert!(octets.differs("é!").is_some());
    }

    #[test]
    fn bytes_that_are_sent_have_every_digit() {
        let bytes: Bytes = serde_json::from_value(json!("02 fF")).unwrap();
        assert_eq!(bytes.hex(), json!("02ff"));
        for wrong in ["02 ?f", "02 *", "0"] {
            assert!(serde_json::from_value::<Bytes>(json!(wrong)).is_err(), "{wrong}");
        }
    }

    #[test]
    fn what_are_no_bytes_says_so() {
        for (wrong, says) in [
            (json!("021"), "a digit is missing"),
            (json!("0g"), "`0g` is no byte"),
            (json!("0*15"), "is no byte"),
            (json!(5), "in quotes"),
            (json!({ "bytes": "02" }), "`bytes` and `mask`"),
            (json!({ "bytes": "02", "mask": "ffff" }), "write 1 bytes"),
            (json!({ "bytes": "02", "mask": "f?" }), "does not fit"),
            (json!("00".repeat(513)), "more than 512"),
        ] {
            let error = serde_json::from_value::<Octets>(wrong.clone()).unwrap_err().to_string();
            assert!(error.contains(says), "{wrong}: {error}");
        }
    }
}
