//! The protocol as its users see it: packets written by hand, arguments, and properties of all lines of the table.

pub(super) mod arbitrary;
mod arguments;
mod packets;
mod properties;

use serde_json::{Map, Value as Json};

/// The object in a `json!`.
fn object(json: Json) -> Map<String, Json> {
    match json {
        Json::Object(object) => object,
        other => panic!("{other} is no object"),
    }
}
