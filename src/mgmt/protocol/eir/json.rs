//! A row of structures as JSON: a list of types and values, readable, and read back.

use serde_json::{Map, Value as Json, json};

use super::form::Form;
use super::kinds::Namespace;
use super::{Eir, Part, Structure};
use crate::mgmt::protocol::argument_error::{ArgumentError, Fault};
use crate::mgmt::protocol::octets::{from_hex, hex};
use crate::mgmt::protocol::secret::STRUCK;
use crate::mgmt::protocol::table::plain;
use crate::plan::suggest;

/// The types of what is no structure.
const TORN: &str = "torn";
const END: &str = "end";

impl Eir {
    /// A list of `{type, value}`: the type by word or number, the value as one would write it. Where octets say more
    /// than the value (a name that is not UTF-8), they stand beside it as `octets`. Zeros that fill up the end are
    /// left out.
    #[must_use]
    pub fn to_json(&self) -> Json {
        self.parts().filter_map(|part| self.part(part)).collect()
    }

    fn part(&self, part: Part<'_>) -> Option<Json> {
        let raw = |word, octets| Some(json!({ "type": word, "octets": hex(octets) }));
        let secret = self.struck && part.kind().is_some_and(|kind| self.is_secret(kind, part));
        match part {
            Part::End(octets) if octets.iter().all(|octet| *octet == 0) => None,
            Part::End(octets) => raw(END, octets),
            Part::Torn(_) if secret => Some(json!({ "type": TORN, "value": STRUCK })),
            Part::Torn(octets) => raw(TORN, octets),
            Part::Structure(Structure { kind, octets }) => {
                let known = self.namespace.kinds().iter().find(|(number, ..)| *number == kind);
                let kind = known.map_or_else(|| Json::from(kind), |(_, word, _)| (*word).into());
                if secret {
                    return Some(json!({ "type": kind, "value": STRUCK }));
                }
                let form = known.map_or(Form::Octets, |(.., form)| *form);
                let value = form.show(octets);
                let exact = form.read(&value).is_some_and(|read| read == octets);
                let mut shown = json!({ "type": kind, "value": value });
                if let Json::Object(shown) = &mut shown
                    && !exact
                {
                    shown.insert("octets".to_owned(), hex(octets).into());
                }
                Some(shown)
            }
        }
    }

    /// Reads what [`Eir::to_json`] makes, or hexadecimal text.
    pub(crate) fn from_json(namespace: Namespace, value: &Json) -> Result<Self, ArgumentError> {
        let list = match value {
            Json::String(text) => {
                let octets = from_hex(text)
                    .ok_or_else(|| wrong("hexadecimal digits, two for each octet"))?;
                return Ok(Self::within(namespace, &octets));
            }
            Json::Array(list) => list,
            _ => return Err(wrong("hexadecimal digits, or a list of structures")),
        };
        let mut raw = Vec::new();
        for (at, structure) in list.iter().enumerate() {
            raw.extend(read(namespace, structure).map_err(|error| error.at(at))?);
        }
        Ok(Self::within(namespace, &raw))
    }
}

/// The octets of one part.
fn read(namespace: Namespace, part: &Json) -> Result<Vec<u8>, ArgumentError> {
    let table = part.as_object().ok_or_else(|| wrong("a table with `type` and `value`"))?;
    let unknown = table.keys().find(|key| !matches!(key.as_str(), "type" | "value" | "octets"));
    if let Some(key) = unknown {
        let fault = Fault::Unknown { nearest: None, known: vec!["type", "value", "octets"] };
        return Err(ArgumentError::new(key, fault));
    }
    let missing = |name: &str, expected: &str| {
        ArgumentError::new(name, Fault::Missing { expected: expected.to_owned() })
    };
    let kind = table.get("type").ok_or_else(|| missing("type", "a word or a number"))?;
    if let Some(TORN | END) = kind.as_str() {
        return octets(table).unwrap_or_else(|| Err(missing("octets", "hexadecimal digits")));
    }
    let (kind, form) = type_of(namespace, kind).map_err(|error| error.within("type"))?;
    let value = || table.get("value").ok_or_else(|| missing("value", form_name(form)));
    let octets = octets(table).unwrap_or_else(|| {
        let value = value()?;
        form.read(value).ok_or_else(|| wrong(form_name(form)).within("value"))
    })?;
    let length = octets.len();
    let too_long = || ArgumentError::new("value", Fault::TooLong { length, most: 254 });
    let first = u8::try_from(length + 1).map_err(|_| too_long())?;
    Ok([&[first, kind], octets.as_slice()].concat())
}

/// What a table gives as `octets`.
fn octets(table: &Map<String, Json>) -> Option<Result<Vec<u8>, ArgumentError>> {
    let value = table.get("octets")?;
    let octets = value.as_str().and_then(from_hex);
    Some(octets.ok_or_else(|| wrong("hexadecimal digits, two for each octet").within("octets")))
}

/// The number and the form of a type that is given by word or number.
fn type_of(namespace: Namespace, kind: &Json) -> Result<(u8, Form), ArgumentError> {
    let kinds = namespace.kinds();
    let known = match kind.as_str() {
        Some(word) => kinds.iter().find(|(_, known, _)| plain(known) == plain(word)),
        None => {
            let number = kind.as_u64().and_then(|number| u8::try_from(number).ok());
            let number = number.ok_or_else(|| wrong("a word or a number from 0 to 255"))?;
            let known = kinds.iter().find(|(known, ..)| *known == number);
            return Ok((number, known.map_or(Form::Octets, |(.., form)| *form)));
        }
    };
    known.map(|(number, _, form)| (*number, *form)).ok_or_else(|| {
        let given = kind.as_str().unwrap_or_default().to_owned();
        let nearest = suggest::nearest(&given, kinds.iter().map(|(_, word, _)| *word));
        let expected = "a type of Assigned Numbers 2.3, by word or number".to_owned();
        ArgumentError::new(
            "",
            Fault::NoSuchWord { given, nearest: nearest.map(ToOwned::to_owned), expected },
        )
    })
}

fn form_name(form: Form) -> &'static str {
    match form {
        Form::Flags(_) => "a list of flags",
        Form::Uuids(_) => "a list of UUIDs that are as short as the type says",
        Form::Text => "a text",
        Form::Signed => "a number from -128 to 127",
        Form::Range => "a list of two numbers from -128 to 127",
        Form::Number(_) => "a number that fits",
        Form::Manufacturer => "a table with `company` and `data`",
        Form::Service(_) => "a table with `uuid` and `data`",
        Form::Octets => "hexadecimal digits, two for each octet",
    }
}

/// What is given is never told: it may be a secret.
fn wrong(expected: &str) -> ArgumentError {
    ArgumentError::new("", Fault::IllTyped { expected: expected.to_owned(), given: None })
}
