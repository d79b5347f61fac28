//! Properties and interfaces as they go over the wire: dictionaries in the order of BlueZ's tables,
//! which a map of the standard library would not keep.

use std::collections::BTreeMap;

use serde::{Serialize, Serializer, ser::SerializeMap};
use zbus::{Signature, Type};

use super::Value;

/// Properties with their values, in BlueZ's order: `a{sv}`.
pub(super) struct Values<'v>(pub(super) Vec<(&'static str, &'v Value)>);

/// Interfaces with their properties, in BlueZ's order: `a{sa{sv}}`.
pub(super) struct Interfaces<'v>(pub(super) Vec<(&'static str, Values<'v>)>);

impl Serialize for Values<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for (name, value) in &self.0 {
            map.serialize_entry(name, value)?;
        }
        map.end()
    }
}

impl Serialize for Interfaces<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for (name, values) in &self.0 {
            map.serialize_entry(name, values)?;
        }
        map.end()
    }
}

impl Type for Values<'_> {
    const SIGNATURE: &'static Signature = <BTreeMap<&str, Value> as Type>::SIGNATURE;
}

impl Type for Interfaces<'_> {
    const SIGNATURE: &'static Signature =
        <BTreeMap<&str, BTreeMap<&str, Value>> as Type>::SIGNATURE;
}
