//! D-Bus values that need more than `into()`.

use std::collections::BTreeMap;

use zbus::{Dict, ObjectPath, Type};

use crate::sim::bus::Value;

/// The path of an object.
pub(super) fn object_path(path: &str) -> Value {
    ObjectPath::from_str_unchecked(path).into_owned().into()
}

/// A dictionary of variants: `a{sv}`, `a{qv}`.
pub(super) fn dictionary<K>(entries: BTreeMap<K, Value>) -> Value
where
    K: Type + Into<Value>,
{
    let mut dictionary = Dict::new(K::SIGNATURE, Value::SIGNATURE);
    for (key, value) in entries {
        // Key and value have the dictionary's types: it cannot refuse them.
        let _ = dictionary.append(key.into(), Value::Variant(Box::new(value)));
    }
    Value::Dict(dictionary)
}
