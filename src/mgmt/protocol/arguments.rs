//! From JSON to values: the arguments of a command as a plan or a program gives them.

use serde_json::{Map, Value as Json};

use super::argument_error::{ArgumentError, Fault};
use super::expectation::{self, expected};
use super::json::{self, Wrong};
use super::octets::from_hex;
use super::{
    Address, Bits, Choice, Choices, Eir, Field, Kind, Record, Secret, Status, Text, Uuid, Value,
};
use crate::plan::{suggest, visible};

/// The record of the arguments. What is missing, and what does not fit, is found when it is encoded.
pub(super) fn read(
    fields: &'static [Field],
    arguments: &Map<String, Json>,
) -> Result<Record, ArgumentError> {
    let mut record = Record::new();
    for (name, given) in arguments {
        let field = fields.iter().find(|field| field.name == name && field.is_argument());
        let field = field.ok_or_else(|| ArgumentError::unknown(name, fields))?;
        let value = value(&field.kind, given).map_err(|error| error.within(field.name))?;
        record.push(field.name, value);
    }
    Ok(record)
}

fn value(kind: &'static Kind, given: &Json) -> Result<Value, ArgumentError> {
    let wrong = || ill_typed(kind, given);
    let octets = || given.as_str().and_then(from_hex).map(Vec::into_boxed_slice).ok_or_else(wrong);
    Ok(match kind {
        Kind::Unsigned(width) => {
            Value::Unsigned(up_to(width.most(), json::number(given).ok_or_else(wrong)?)?)
        }
        Kind::Signed => {
            let number = given.as_i64().or_else(|| given.as_str()?.parse().ok());
            Value::Signed(number.and_then(|number| i8::try_from(number).ok()).ok_or_else(wrong)?)
        }
        Kind::Choice(width, choices) => {
            let number = up_to(width.most(), choice(kind, choices, given)?)?;
            Value::Choice(Choice { number: u16::try_from(number).map_err(|_| wrong())?, choices })
        }
        Kind::Bits(width, names) => {
            let bits = json::bits(names, given).map_err(|what| match what {
                Wrong::Type => wrong(),
                Wrong::Word(word) => no_such_word(kind, word, names.words().map(ToOwned::to_owned)),
            })?;
            let bits = u32::try_from(up_to(width.most(), bits)?).map_err(|_| wrong())?;
            Value::Bits(Bits { bits, names })
        }
        Kind::Status => Value::Status(Status(status(kind, given)?)),
        Kind::Address => Value::Address(given.as_str().and_then(Address::parse).ok_or_else(wrong)?),
        Kind::Uuid => Value::Uuid(given.as_str().and_then(Uuid::parse).ok_or_else(wrong)?),
        Kind::Text(size) => {
            let text = given.as_str().ok_or_else(wrong)?;
            let (length, most) = (text.len(), size.saturating_sub(1));
            if length > most {
                return Err(ArgumentError::new("", Fault::TooLong { length, most }));
            }
            Value::Text(Text::from(text))
        }
        Kind::Octets(_) | Kind::Padded(_) | Kind::Data(_) => Value::Octets(octets()?),
        Kind::Key => Value::Secret(Secret::Octets(octets()?)),
        Kind::Passkey => {
            let number = json::number(given).and_then(|number| u32::try_from(number).ok());
            Value::Secret(Secret::Number(number.ok_or_else(wrong)?))
        }
        Kind::Pin => Value::Secret(Secret::Pin(pin(given).ok_or_else(wrong)?.into())),
        Kind::Count(_) => return Err(wrong()),
        Kind::Eir(namespace) => Value::Eir(Eir::from_json(*namespace, given)?),
        Kind::Values(_, of) => {
            let values = given.as_array().ok_or_else(wrong)?.iter().enumerate();
            let read = values.map(|(at, given)| value(of, given).map_err(|error| error.at(at)));
            Value::Values(read.collect::<Result<_, _>>()?)
        }
        Kind::Records(_, fields) => {
            let records = given.as_array().ok_or_else(wrong)?.iter().enumerate();
            let read = records.map(|(at, given)| {
                let table = given.as_object().ok_or_else(|| no_table(fields));
                table.and_then(|table| self::read(fields, table)).map_err(|error| error.at(at))
            });
            Value::Records(read.collect::<Result<_, _>>()?)
        }
    })
}

/// The number of a choice that is given by word or number, or as a boolean where 0 is `off`.
fn choice(kind: &Kind, choices: &Choices, given: &Json) -> Result<u64, ArgumentError> {
    let switch = choices.word(0) == Some("off");
    match given {
        Json::Bool(on) if switch => Ok(u64::from(*on)),
        Json::String(word) => {
            let number = choices.number(word).map(u64::from).or_else(|| json::number(given));
            let words = || choices.words().map(ToOwned::to_owned);
            number.ok_or_else(|| no_such_word(kind, word.clone(), words()))
        }
        _ => json::number(given).ok_or_else(|| ill_typed(kind, given)),
    }
}

fn status(kind: &Kind, given: &Json) -> Result<u8, ArgumentError> {
    if let Some(status) = given.as_str().and_then(Status::named) {
        return Ok(status.0);
    }
    match (json::number(given), given) {
        (Some(number), _) => u8::try_from(up_to(0xFF, number)?).map_err(|_| ill_typed(kind, given)),
        (None, Json::String(word)) => Err(no_such_word(kind, word.clone(), Status::words())),
        (None, _) => Err(ill_typed(kind, given)),
    }
}

/// A PIN is a text of its own, or a list of octets.
fn pin(given: &Json) -> Option<Vec<u8>> {
    match given {
        Json::String(pin) => Some(pin.clone().into_bytes()),
        Json::Array(octets) => {
            octets.iter().map(|octet| u8::try_from(octet.as_u64()?).ok()).collect()
        }
        _ => None,
    }
}

fn up_to(most: u64, number: u64) -> Result<u64, ArgumentError> {
    if number > most {
        return Err(ArgumentError::new("", Fault::TooLarge { given: number.to_string(), most }));
    }
    Ok(number)
}

fn ill_typed(kind: &Kind, given: &Json) -> ArgumentError {
    let told = match given {
        _ if kind.may_hold_secrets() => None,
        Json::Array(_) => Some("a list".to_owned()),
        Json::Object(_) => Some("a table".to_owned()),
        Json::String(text) => Some(visible::quote(text)),
        other => Some(other.to_string()),
    };
    ArgumentError::new("", Fault::IllTyped { expected: expected(kind), given: told })
}

fn no_table(fields: &[Field]) -> ArgumentError {
    let expected = format!("a table with {}", expectation::names(fields));
    ArgumentError::new("", Fault::IllTyped { expected, given: None })
}

fn no_such_word(kind: &Kind, given: String, words: impl Iterator<Item = String>) -> ArgumentError {
    let words: Vec<String> = words.collect();
    let nearest = suggest::nearest(&given, words.iter().map(String::as_str)).map(ToOwned::to_owned);
    ArgumentError::new("", Fault::NoSuchWord { given, nearest, expected: expected(kind) })
}
