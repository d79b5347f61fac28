//! D-Bus values that need more than `into()`.

use std::collections::BTreeMap;

use zbus::{Dict, Type};

use crate::sim::bus::Value;

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
