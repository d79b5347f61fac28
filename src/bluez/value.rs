//! D-Bus values as plain data.
//!
//! Above this edge nobody handles D-Bus types: the mirror, conditions and reports hold JSON values.
//! Byte arrays become hexadecimal text, because that is how people read and write them.

use serde_json::{Map, Value};
use zbus::Variant;

/// Text from the bus longer than this is cut: no name or UUID is near it, and a hostile one must not
/// fill memory. Bytes.
const LONGEST_TEXT: usize = 4096;
/// Lists and dictionaries keep this many entries.
const LONGEST_LIST: usize = 1024;

/// A D-Bus value as JSON. Values nested deeper than D-Bus allows cannot come in.
pub(crate) fn to_json(value: &Variant<'_>) -> Value {
    match value {
        Variant::U8(n) => (*n).into(),
        Variant::Bool(b) => (*b).into(),
        Variant::I16(n) => (*n).into(),
        Variant::U16(n) => (*n).into(),
        Variant::I32(n) => (*n).into(),
        Variant::U32(n) => (*n).into(),
        Variant::I64(n) => (*n).into(),
        Variant::U64(n) => (*n).into(),
        Variant::F64(n) => (*n).into(),
        Variant::Str(text) => cut(text.as_str()).into(),
        Variant::Signature(signature) => signature.to_string().into(),
        Variant::ObjectPath(path) => cut(path.as_str()).into(),
        Variant::Variant(inner) => to_json(inner),
        Variant::Array(array) => list(array.inner()),
        Variant::Dict(dict) => dict
            .iter()
            .take(LONGEST_LIST)
            .map(|(key, value)| (key_text(key), to_json(value)))
            .collect::<Map<_, _>>()
            .into(),
        Variant::Structure(structure) => list(structure.fields()),
        Variant::Fd(_) => Value::Null,
    }
}

/// Plain data as the D-Bus value that properties of BlueZ take: a switch, a text, or a number of seconds.
/// None: BlueZ has no writable property of that kind.
pub(crate) fn to_wire(value: &Value) -> Option<Variant<'_>> {
    match value {
        Value::Bool(on) => Some(Variant::new(*on)),
        Value::String(text) => Some(Variant::new(text.as_str())),
        Value::Number(number) => Some(Variant::new(u32::try_from(number.as_u64()?).ok()?)),
        _ => None,
    }
}

fn list(items: &[Variant<'_>]) -> Value {
    let bytes: Option<Vec<u8>> = items
        .iter()
        .take(LONGEST_TEXT)
        .map(|item| match item {
            Variant::U8(byte) => Some(*byte),
            _ => None,
        })
        .collect();
    match bytes {
        Some(bytes) if !bytes.is_empty() => hex(&bytes).into(),
        _ => items.iter().take(LONGEST_LIST).map(to_json).collect(),
    }
}

/// Keys of BlueZ's dictionaries are text (service data) or numbers (manufacturer data).
fn key_text(key: &Variant<'_>) -> String {
    match to_json(key) {
        Value::String(text) => text,
        other => other.to_string(),
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Text from the bus, no longer than anybody needs it.
pub(crate) fn cut(text: &str) -> String {
    let mut end = LONGEST_TEXT.min(text.len());
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    text[..end].to_owned()
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use serde_json::json;

    use super::*;

    #[test]
    fn what_bluez_sends_becomes_what_people_write() {
        let data: HashMap<u16, Variant<'_>> = HashMap::from([(76, Variant::new(vec![2u8, 21]))]);
        assert_eq!(to_json(&Variant::new(data)), json!({ "76": "0215" }));
        assert_eq!(to_json(&Variant::new(-40i16)), json!(-40));
        assert_eq!(to_json(&Variant::new(vec!["a", "b"])), json!(["a", "b"]));
        assert_eq!(to_json(&Variant::new(Vec::<u8>::new())), json!([]));
    }

    #[test]
    fn what_is_set_is_what_is_read_back() {
        for value in [json!(true), json!("Bench 3"), json!(180)] {
            assert_eq!(to_wire(&value).map(|wire| to_json(&wire)), Some(value));
        }
        for value in [json!(-1), json!(1_u64 << 40), json!(1.5), json!([]), json!(null)] {
            assert!(to_wire(&value).is_none(), "{value}");
        }
    }

    #[test]
    fn long_text_is_cut_between_characters() {
        let long = "é".repeat(LONGEST_TEXT);
        let cut = to_json(&Variant::new(long.as_str()));
        assert_eq!(cut.as_str().map(str::len), Some(LONGEST_TEXT));
    }
}
