//! Values as JSON, for reports and for people.

use serde_json::{Map, Value as Json, json};

use super::octets::hex;
use super::secret::STRUCK;
use super::{BitNames, Record, Secret, Value};

/// The name under which octets stand that no field accounts for.
const REST: &str = "rest";

impl Value {
    /// The value as JSON: choices and bits by word, addresses and UUIDs as text, octets in hexadecimal. Secrets are
    /// told as they are: [`Value::struck`] strikes them out. [`Command::encode`](super::Command::encode) reads it.
    #[must_use]
    pub fn to_json(&self) -> Json {
        match self {
            Self::Unsigned(number) => (*number).into(),
            Self::Signed(number) => (*number).into(),
            Self::Choice(choice) => choice.word().map_or_else(|| choice.number.into(), Into::into),
            Self::Bits(bits) => bits.words().collect(),
            Self::Status(status) if status.name().is_some() => status.word().into(),
            Self::Status(status) => status.0.into(),
            Self::Address(address) => address.to_string().into(),
            Self::Uuid(uuid) => uuid.to_string().into(),
            Self::Octets(octets) => hex(octets).into(),
            Self::Text(text) => text.shown().into(),
            Self::Secret(Secret::Number(number)) => (*number).into(),
            Self::Secret(Secret::Octets(octets)) => hex(octets).into(),
            Self::Secret(Secret::Pin(pin)) => match std::str::from_utf8(pin) {
                Ok(text) => text.into(),
                Err(_) => pin.to_vec().into(),
            },
            Self::Secret(Secret::Struck) => STRUCK.into(),
            Self::Eir(eir) => eir.to_json(),
            Self::Values(values) => values.iter().map(Self::to_json).collect(),
            Self::Records(records) => records.iter().map(Record::to_json).collect(),
        }
    }
}

impl Record {
    /// The record as a JSON object in the order of the fields, with `rest` at the end if there are octets that no field
    /// accounts for.
    #[must_use]
    pub fn to_json(&self) -> Json {
        let mut object: Map<String, Json> =
            self.iter().map(|(name, value)| (name.to_owned(), value.to_json())).collect();
        let rest = self.unaccounted();
        if rest.struck {
            object.insert(REST.to_owned(), STRUCK.into());
        } else if !rest.octets.is_empty() {
            object.insert(REST.to_owned(), hex(&rest.octets).into());
        }
        object.into()
    }
}

/// The bits in a list of words, one word, or a number; what is wrong otherwise.
pub(super) fn bits(names: &BitNames, value: &Json) -> Result<u64, Wrong> {
    let bit = |word: &Json| {
        let word = word.as_str().ok_or(Wrong::Type)?;
        let bit = names.bit(word).ok_or_else(|| Wrong::Word(word.to_owned()))?;
        Ok(1_u64 << bit)
    };
    match value {
        Json::Array(words) => words.iter().try_fold(0, |bits, word| Ok(bits | bit(word)?)),
        Json::String(text) => number(value).map_or_else(|| bit(&json!(text)), Ok),
        _ => number(value).ok_or(Wrong::Type),
    }
}

/// What is wrong with a value.
#[derive(Debug)]
pub(super) enum Wrong {
    /// It is of another type.
    Type,
    /// It is a word that is not known.
    Word(String),
}

/// A number, as such or as text: `31`, `"31"`, `"0x1f"`.
pub(super) fn number(value: &Json) -> Option<u64> {
    let Some(text) = value.as_str() else { return value.as_u64() };
    let hexadecimal = text.strip_prefix("0x").or_else(|| text.strip_prefix("0X"));
    let (digits, radix) = hexadecimal.map_or((text, 10), |digits| (digits, 16));
    let all_digits = digits.chars().all(|digit| digit.is_digit(radix));
    u64::from_str_radix(digits, radix).ok().filter(|_| all_digits)
}
