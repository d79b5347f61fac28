//! The value of an attribute: what a plan wants it to be, and what it writes.

use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, de};

use super::super::condition::Pattern;
use super::super::octets::Octets;
use super::field::{LONGEST_VALUE, ReadField, WrittenField};
use crate::plan::Bound;

/// What a value must be. Everything that is given must hold; nothing: any value will do.
#[derive(Debug, Clone, Default)]
pub(super) struct Wanted {
    pub(super) value: Option<Octets>,
    pub(super) text: Option<String>,
    pub(super) matches: Option<Pattern>,
    pub(super) length: Option<Length>,
    pub(super) fields: Vec<ReadField>,
}

/// [`Wanted`] as a plan writes it in a table of its own.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
#[schemars(inline)]
pub(super) struct WantedTable {
    /// Its bytes: pairs of hexadecimal digits, `?` for any digit, `*` at the end for whatever follows.
    value: Option<Octets>,
    /// It is this text, in UTF-8.
    text: Option<String>,
    /// It is a text that this regular expression matches somewhere.
    matches: Option<Pattern>,
    /// How many bytes it has: a number, or `">= 4"`.
    length: Option<Length>,
    /// It is this one number.
    number: Option<ReadField>,
    /// The numbers in it, one behind the other.
    #[serde(default)]
    fields: Vec<ReadField>,
}

impl<'de> Deserialize<'de> for Wanted {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let table = WantedTable::deserialize(deserializer)?;
        let WantedTable { value, text, matches, length, number, fields } = table;
        Self::new(value, text, matches, length, number, fields).map_err(de::Error::custom)
    }
}

impl JsonSchema for Wanted {
    fn inline_schema() -> bool {
        true
    }
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Wanted".into()
    }
    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        WantedTable::json_schema(generator)
    }
}

impl Wanted {
    pub(super) fn new(
        value: Option<Octets>,
        text: Option<String>,
        matches: Option<Pattern>,
        length: Option<Length>,
        number: Option<ReadField>,
        mut fields: Vec<ReadField>,
    ) -> Result<Self, String> {
        match number {
            Some(_) if !fields.is_empty() => {
                return Err(
                    "`number` is the only field of a value; put it among `fields`".to_owned()
                );
            }
            // It is all of the value, unless it says where it lies.
            Some(number) => fields = vec![number],
            None => {}
        }
        Ok(Self { value, text, matches, length, fields })
    }

    /// Holds a value against it.
    pub(super) fn judge(&self, value: &[u8]) -> Judged {
        let mut wrong = Vec::new();
        let mut differs = |wanted: String, seen: String| wrong.push((wanted, seen));
        let shown = || Shown(value).to_string();
        if let Some(octets) = &self.value
            && let Some(why) = octets.differs(&hex(value))
        {
            differs(octets.to_string(), format!("{} ({why})", spaced(value)));
        }
        let text = std::str::from_utf8(value).ok();
        if let Some(wanted) = self.text.as_ref().filter(|wanted| text != Some(wanted)) {
            differs(format!("{wanted:?}"), shown());
        }
        if let Some(Pattern(pattern)) = &self.matches
            && !text.is_some_and(|text| pattern.is_match(text))
        {
            differs(format!("like /{}/", pattern.as_str()), shown());
        }
        if let Some(length) = self.length.as_ref().filter(|length| !length.holds(value.len())) {
            differs(format!("{length} bytes"), format!("{} bytes: {}", value.len(), shown()));
        }
        let (mut end, mut told) = (0, Vec::new());
        for field in &self.fields {
            let place = field.place(end);
            let (seen, holds) = field.judge(value.get(place.start..).unwrap_or_default());
            end = place.end;
            told.push(seen.clone());
            if !holds {
                differs(field.wanted(), seen);
            }
        }
        Judged { meaning: (!told.is_empty()).then(|| told.join(", ")), wrong }
    }

    /// What is wanted, in a few words.
    pub(super) fn told(&self) -> String {
        let fields = self.fields.iter().map(ReadField::wanted);
        let parts: Vec<String> = [
            self.value.as_ref().map(Octets::to_string),
            self.text.as_ref().map(|text| format!("{text:?}")),
            self.matches.as_ref().map(|Pattern(pattern)| format!("like /{}/", pattern.as_str())),
            self.length.as_ref().map(|length| format!("{length} bytes")),
        ]
        .into_iter()
        .flatten()
        .chain(fields)
        .collect();
        if parts.is_empty() { "any value".to_owned() } else { parts.join(", ") }
    }
}

/// A value, held against what is wanted.
#[derive(Debug, PartialEq)]
pub(super) struct Judged {
    /// What the numbers in it are, where any are asked for.
    pub(super) meaning: Option<String>,
    /// What is wanted and what is seen instead, for each part that differs.
    pub(super) wrong: Vec<(String, String)>,
}

/// How many bytes a value has.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Length {
    Is(u64),
    Bound(Bound<u64>),
}

impl Length {
    /// Whether so many are as wanted.
    pub(super) fn holds(&self, length: usize) -> bool {
        let length = length as u64;
        match self {
            Self::Is(wanted) => length == *wanted,
            Self::Bound(bound) => bound.holds(length),
        }
    }
}

impl fmt::Display for Length {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Is(wanted) => wanted.fmt(f),
            Self::Bound(bound) => f.write_str(&bound.text),
        }
    }
}

impl<'de> Deserialize<'de> for Length {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = serde_json::Value::deserialize(deserializer)?;
        if let Some(length) = value.as_u64() {
            return Ok(Self::Is(length));
        }
        let text = value.as_str().unwrap_or_default();
        if let Ok(length) = text.trim().parse() {
            return Ok(Self::Is(length));
        }
        let bound = Bound::parse(text).map_err(|_| {
            de::Error::custom(format!(
                "{value} is no number of these; write 4, or for example \">= 4\""
            ))
        });
        bound.map(Self::Bound)
    }
}

impl JsonSchema for Length {
    fn inline_schema() -> bool {
        true
    }
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Length".into()
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": ["integer", "string"], "minimum": 0, "examples": [4, ">= 4"] })
    }
}

/// What is written: one of several ways to say it.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Given(Vec<u8>);

impl Given {
    pub(super) fn new(
        value: Option<Hex>,
        text: Option<String>,
        number: Option<WrittenField>,
        fields: Vec<WrittenField>,
    ) -> Result<Self, String> {
        let fields: Vec<u8> = fields.iter().flat_map(WrittenField::bytes).copied().collect();
        let ways = [
            value.map(|Hex(bytes)| bytes),
            text.map(String::into_bytes),
            number.map(|field| field.bytes().to_vec()),
            (!fields.is_empty()).then_some(fields),
        ];
        let mut ways = ways.into_iter().flatten();
        match (ways.next(), ways.next()) {
            (Some(bytes), None) if bytes.len() <= LONGEST_VALUE => Ok(Self(bytes)),
            (Some(bytes), None) => {
                Err(format!("a value has at most {LONGEST_VALUE} bytes, and not {}", bytes.len()))
            }
            (None, _) => {
                Err("nothing is written; give `value`, `text`, `number` or `fields`".to_owned())
            }
            _ => Err(
                "a value is given in one way; take all but one of `value`, `text`, `number` and \
                      `fields` out"
                    .to_owned(),
            ),
        }
    }

    /// Its bytes.
    pub(super) fn bytes(&self) -> &[u8] {
        &self.0
    }
}

/// Bytes in hexadecimal digits.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(try_from = "String")]
#[schemars(with = "String", inline, extend("examples" = ["01 02 ff"]))]
pub(super) struct Hex(pub(super) Vec<u8>);

impl TryFrom<String> for Hex {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let refused = |why: String| {
            Err(format!(
                "`{text}` are no bytes: {why}; write pairs of hexadecimal digits, such as \"01 02 ff\""
            ))
        };
        let digits: Vec<char> = text.chars().filter(|c| !matches!(c, ' ' | ':')).collect();
        let mut bytes = Vec::new();
        for pair in digits.chunks(2) {
            let [high, low] = pair else { return refused("a digit is missing".to_owned()) };
            match (high.to_digit(16), low.to_digit(16)) {
                (Some(high), Some(low)) => bytes.extend(u8::try_from(high << 4 | low)),
                _ => return refused(format!("`{high}{low}` is no byte")),
            }
        }
        Ok(Self(bytes))
    }
}

/// Bytes as hexadecimal digits.
pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The same in pairs.
fn spaced(bytes: &[u8]) -> String {
    let pairs: Vec<String> = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    pairs.join(" ")
}

/// A value as a person reads it: bytes, and the text where it is one.
pub(super) struct Shown<'a>(pub(super) &'a [u8]);

impl fmt::Display for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const MOST: usize = 32;
        let first = self.0.get(..MOST.min(self.0.len())).unwrap_or_default();
        match first {
            [] => f.write_str("no bytes")?,
            first => f.write_str(&spaced(first))?,
        }
        if self.0.len() > MOST {
            return write!(f, " … ({} bytes)", self.0.len());
        }
        match text(self.0) {
            Some(text) => write!(f, " ({text:?})"),
            None => Ok(()),
        }
    }
}

/// The text that a value is, where it looks like one.
pub(super) fn text(value: &[u8]) -> Option<&str> {
    let text = std::str::from_utf8(value).ok()?;
    let is_text = text.chars().count() > 1 && !text.chars().any(char::is_control);
    is_text.then_some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wanted(text: &str) -> Wanted {
        toml::from_str(text).unwrap()
    }

    #[test]
    fn each_way_to_ask_holds_and_fails_as_it_says() {
        for (text, yes, no, expected, seen) in [
            (
                "value = '02 ?? *'",
                &b"\x02\x09"[..],
                &b"\x03\x09"[..],
                "02 ?? *",
                "03 09 (byte 0 differs)",
            ),
            ("text = 'Acme'", b"Acme", b"Bcme", "\"Acme\"", "42 63 6d 65 (\"Bcme\")"),
            ("matches = '^1\\.'", b"1.2", b"2.1", "like /^1\\./", "32 2e 31 (\"2.1\")"),
            ("length = '>= 2'", b"ab", b"", ">= 2 bytes", "0 bytes: no bytes"),
            ("length = 2", b"ab", b"\x01", "2 bytes", "1 bytes: 01"),
            ("number = { type = 'u8', equals = 77 }", b"M", b"N", "77", "78"),
        ] {
            let wanted = wanted(text);
            assert_eq!(wanted.judge(yes).wrong, [], "{text}");
            assert_eq!(wanted.judge(no).wrong, [(expected.to_owned(), seen.to_owned())], "{text}");
            assert_eq!(wanted.told(), expected);
        }
        assert!(wanted("").judge(b"").wrong.is_empty());
    }

    #[test]
    fn fields_lie_behind_each_other_unless_they_say_where() {
        let all = wanted(
            "fields = [{ type = 'u8', name = 'flags', bits = 1 }, { type = 'u16', equals = 300, unit = 'bpm' },
             { type = 'u8', at = 4, name = 'last' }]",
        );
        let judged = all.judge(&[1, 0x2c, 1, 9, 7]);
        assert_eq!(
            (judged.meaning.as_deref(), judged.wrong.len()),
            (Some("flags 1, 300 bpm, last 7"), 0)
        );
        let judged = all.judge(&[0, 0x2c]);
        let seen: Vec<_> = judged.wrong.iter().map(|(_, seen)| seen.as_str()).collect();
        assert_eq!(
            seen,
            [
                "flags 0",
                "not there: the value is too short",
                "last not there: the value is too short"
            ]
        );
    }

    #[test]
    fn what_is_written_is_said_in_one_way() {
        let hex = |text: &str| Hex::try_from(text.to_owned());
        assert_eq!(hex("01 0a:FF").unwrap().0, [1, 10, 255]);
        assert!(hex("012").unwrap_err().contains("a digit is missing"));
        assert!(hex("0?").unwrap_err().contains("`0?` is no byte"));
        let given = |value: Option<&str>, text: Option<&str>| {
            let value = value.map(|value| hex(value).unwrap());
            Given::new(value, text.map(str::to_owned), None, Vec::new())
        };
        assert_eq!(given(None, Some("é")).unwrap().bytes(), "é".as_bytes());
        assert_eq!(given(Some(""), None).unwrap().bytes(), [0; 0]);
        assert!(given(None, None).unwrap_err().starts_with("nothing is written"));
        assert!(given(Some("00"), Some("a")).unwrap_err().contains("in one way"));
        assert!(given(None, Some(&"a".repeat(513))).unwrap_err().contains("at most 512"));
    }
}
