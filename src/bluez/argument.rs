//! Arguments of a method as plain data, and as D-Bus wants them.
//!
//! Which type an argument has, BlueZ's documents say; what a plan writes for it is checked against that before
//! anything runs. Only in a dictionary of variants, whose types the documents leave to each key, a number has to
//! say which it is: `{ int16 = -70 }`.

use serde_json::{Map, Value};
use zbus::wire::{Array, Dict, ObjectPath, Signature, Str, StructureBuilder};
use zbus::{Message, Variant};

use super::value::to_json;
use super::{Result, Session};

/// The most bytes, entries or characters of one argument: BlueZ takes nothing that is near it.
const MOST: usize = 4096;

/// Sees that a value can be an argument of a D-Bus type.
///
/// # Errors
/// It cannot; says what can.
pub(crate) fn check(kind: &str, value: &Value) -> std::result::Result<(), String> {
    encode(kind, value).map(drop)
}

pub(super) fn encode<'v>(kind: &str, value: &'v Value) -> std::result::Result<Variant<'v>, String> {
    let refused = |wanted: &str| Err(format!("{value} is no {wanted}"));
    match (kind, value) {
        ("b", Value::Bool(on)) => Ok(Variant::new(*on)),
        ("b", _) => refused("true or false"),
        ("s", Value::String(text)) if text.len() <= MOST && !text.contains('\0') => {
            Ok(Variant::new(Str::from(text.as_str())))
        }
        ("s", _) => refused("text"),
        ("o", Value::String(path)) => match ObjectPath::try_from(path.as_str()) {
            Ok(path) => Ok(Variant::new(path)),
            Err(_) => refused("path of an object, such as \"/org/bluez/hci0\""),
        },
        ("o", _) => refused("path of an object"),
        ("as", Value::Array(texts)) => array("s", texts),
        ("as", _) => refused("list of texts"),
        ("ay", Value::String(text)) => bytes(text),
        ("ay", _) => refused("row of bytes in hexadecimal digits, such as \"0a ff\""),
        ("a{sv}", Value::Object(entries)) => dictionary(entries),
        // In an advertisement: bytes by company, or by their type.
        ("a{qv}" | "a{yv}", Value::Object(entries)) => numbered(&kind[2..3], entries),
        ("a{sv}", _) => refused("table"),
        _ => number(kind, value),
    }
}

fn number<'v>(kind: &str, value: &Value) -> std::result::Result<Variant<'v>, String> {
    let whole = value.as_i64();
    let encoded = match kind {
        "y" => whole.and_then(|n| u8::try_from(n).ok()).map(Variant::new),
        "q" => whole.and_then(|n| u16::try_from(n).ok()).map(Variant::new),
        "u" => whole.and_then(|n| u32::try_from(n).ok()).map(Variant::new),
        "t" => value.as_u64().map(Variant::new),
        "n" => whole.and_then(|n| i16::try_from(n).ok()).map(Variant::new),
        "i" => whole.and_then(|n| i32::try_from(n).ok()).map(Variant::new),
        other => return Err(format!("a plan cannot write a `{other}` of D-Bus")),
    };
    let range = match kind {
        "y" => "from 0 to 255",
        "q" => "from 0 to 65535",
        "u" => "from 0 to 4294967295",
        "n" => "from -32768 to 32767",
        _ => "that is whole",
    };
    encoded.ok_or_else(|| format!("{value} is no number {range}"))
}

fn array<'v>(kind: &str, items: &'v [Value]) -> std::result::Result<Variant<'v>, String> {
    let signature = Signature::try_from(kind).map_err(|error| error.to_string())?;
    let mut array = Array::new(&signature);
    for item in items.iter().take(MOST) {
        array.append(encode(kind, item)?).map_err(|error| error.to_string())?;
    }
    Ok(Variant::Array(array))
}

fn bytes<'v>(text: &str) -> std::result::Result<Variant<'v>, String> {
    let digits: Vec<u8> = text.bytes().filter(|byte| !matches!(byte, b' ' | b':')).collect();
    let pair = |pair: &[u8]| match pair {
        [_, _] => u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok(),
        _ => None,
    };
    let bytes: Option<Vec<u8>> = digits.chunks(2).map(pair).collect();
    match bytes {
        Some(bytes) if bytes.len() <= MOST => Ok(Variant::new(bytes)),
        _ => Err(format!("`{text}` is no row of bytes: write pairs of hexadecimal digits")),
    }
}

/// Values that say what they are by themselves, or by the name of a D-Bus type.
fn dictionary(entries: &Map<String, Value>) -> std::result::Result<Variant<'_>, String> {
    let [text, any] = ["s", "v"].map(Signature::try_from);
    let (text, any) =
        (text.map_err(|error| error.to_string())?, any.map_err(|error| error.to_string())?);
    let mut dictionary = Dict::new(&text, &any);
    for (key, value) in entries.iter().take(MOST) {
        let value = of_itself(value).map_err(|error| format!("{key}: {error}"))?;
        dictionary
            .append(Variant::new(Str::from(key.as_str())), Variant::Variant(Box::new(value)))
            .map_err(|error| format!("{key}: {error}"))?;
    }
    Ok(Variant::Dict(dictionary))
}

/// Bytes by number.
fn numbered<'v>(
    kind: &str,
    entries: &'v Map<String, Value>,
) -> std::result::Result<Variant<'v>, String> {
    let signature = |kind: &str| Signature::try_from(kind).map_err(|error| error.to_string());
    let mut dictionary = Dict::new(&signature(kind)?, &signature("v")?);
    for (key, value) in entries.iter().take(MOST) {
        let bytes = Variant::Variant(Box::new(encode("ay", value)?));
        let key = number(kind, &key.parse::<u64>().map_err(|error| error.to_string())?.into())?;
        dictionary.append(key, bytes).map_err(|error| error.to_string())?;
    }
    Ok(Variant::Dict(dictionary))
}

const NUMBERS: [(&str, &str); 6] = [
    ("byte", "y"),
    ("uint16", "q"),
    ("uint32", "u"),
    ("uint64", "t"),
    ("int16", "n"),
    ("int32", "i"),
];

fn of_itself(value: &Value) -> std::result::Result<Variant<'_>, String> {
    match value {
        Value::Bool(_) => encode("b", value),
        Value::String(_) => encode("s", value),
        Value::Array(_) => encode("as", value),
        Value::Object(one) if one.len() == 1 => {
            let Some((name, inner)) = one.iter().next() else { return Err(String::new()) };
            let kinds = [("bytes", "ay"), ("path", "o")];
            let kind = NUMBERS.iter().chain(&kinds).find(|(word, _)| word == name);
            kind.map_or_else(
                || Err(format!("`{name}` is no type; there are byte, uint16, uint32, uint64, int16, int32, bytes, path")),
                |(_, kind)| encode(kind, inner),
            )
        }
        Value::Number(number) => {
            Err(format!("say which number it is, such as {{ uint16 = {number} }}"))
        }
        _ => Err(format!("{value} is no value for a variant")),
    }
}

impl Session {
    /// Calls a method of BlueZ with arguments that [`check`] has seen, and gives what it answers.
    ///
    /// # Errors
    /// As [`Session::call`].
    pub(crate) async fn call_by_name(
        &self,
        path: &str,
        interface: &str,
        member: &str,
        arguments: &[(&str, &Value)],
    ) -> Result<Vec<Value>> {
        let mut body = StructureBuilder::new();
        for (kind, value) in arguments {
            // Checked with the plan: what cannot be written is never left out here.
            if let Ok(value) = encode(kind, value) {
                body.push_value(value);
            }
        }
        let reply = match body.build() {
            Ok(body) => self.call(path, interface, member, &body).await?,
            Err(_) => self.call(path, interface, member, &()).await?,
        };
        Ok(answer(&reply))
    }
}

fn answer(reply: &Message) -> Vec<Value> {
    let body = reply.body();
    let fields = body.deserialize::<zbus::wire::Structure<'_>>();
    fields.map(|fields| fields.fields().iter().map(to_json).collect()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_a_plan_writes_becomes_what_bluez_wants() {
        for (kind, value) in [
            ("b", json!(true)),
            ("s", json!("nap")),
            ("o", json!("/org/bluez/hci0")),
            ("as", json!(["a", "b"])),
            ("y", json!(255)),
            ("q", json!(65535)),
            ("u", json!(4_294_967_295_u64)),
            ("n", json!(-32768)),
        ] {
            let encoded = encode(kind, &value).unwrap();
            assert_eq!(encoded.value_signature().to_string(), kind);
            assert_eq!(to_json(&encoded), value);
        }
        assert_eq!(to_json(&encode("ay", &json!("0a FF")).unwrap()), json!("0aff"));
        let options = json!({ "RSSI": { "int16": -70 }, "Transport": "le", "UUIDs": ["180d"] });
        let encoded = encode("a{sv}", &options).unwrap();
        let read = json!({ "RSSI": -70, "Transport": "le", "UUIDs": ["180d"] });
        assert_eq!(
            (encoded.value_signature().to_string().as_str(), to_json(&encoded)),
            ("a{sv}", read)
        );
    }

    #[test]
    fn what_cannot_be_says_what_can() {
        for (kind, value, says) in [
            ("b", json!("on"), "true or false"),
            ("o", json!("hci0"), "path of an object"),
            ("y", json!(256), "from 0 to 255"),
            ("n", json!(40000), "from -32768 to 32767"),
            ("ay", json!("0af"), "pairs of hexadecimal digits"),
            ("as", json!([1]), "is no text"),
            ("a{sv}", json!({ "RSSI": -70 }), "say which number it is"),
            ("a{sv}", json!({ "RSSI": { "int17": -70 } }), "`int17` is no type"),
            ("h", json!(3), "cannot write a `h`"),
        ] {
            let error = check(kind, &value).unwrap_err();
            assert!(error.contains(says), "{kind} {value}: {error}");
        }
    }
}
