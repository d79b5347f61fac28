//! What a JSON Schema says of a value, in the words of the people who write plans.
//!
//! The types that hold a plan describe themselves with schemas. Decoding, editors and the reference of
//! the steps all read the same schema: what one of them says is what the others say.

use schemars::generate::SchemaSettings;
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde_json::{Map, Value};

/// The keyword of a schema whose value is a name that the plan must define.
pub(super) const REFERS_TO: &str = "x-refers-to";

/// The format of a duration.
pub(super) const DURATION: &str = "bttest-duration";

/// The format of a time of day.
pub(super) const TIME_OF_DAY: &str = "bttest-time-of-day";

/// The schema of a type as a plan has it: whole, without references, and without the `null` that no
/// TOML can hold.
pub(super) fn schema_of<T: JsonSchema>() -> Value {
    schema_by(T::json_schema)
}

/// The same for a type that is known only by its function.
pub(super) fn schema_by(make: impl FnOnce(&mut SchemaGenerator) -> Schema) -> Value {
    let settings = SchemaSettings::draft2020_12().with(|s| s.inline_subschemas = true);
    let mut value = make(&mut settings.into_generator()).to_value();
    settle(&mut value);
    value
}

/// Takes `null` out, wherever a schema allows it.
fn settle(value: &mut Value) {
    match value {
        Value::Array(values) => values.iter_mut().for_each(settle),
        Value::Object(object) => {
            object.values_mut().for_each(settle);
            without_null(object);
        }
        _ => {}
    }
}

fn without_null(object: &mut Map<String, Value>) {
    if object.get("default").is_some_and(Value::is_null) {
        object.shift_remove("default");
    }
    if let Some(Value::Array(types)) = object.get_mut("type") {
        types.retain(|kind| kind != "null");
        if let [only] = types.as_slice() {
            let only = only.clone();
            object.insert("type".to_owned(), only);
        }
    }
    if let Some(Value::Array(words)) = object.get_mut("enum") {
        words.retain(|word| !word.is_null());
    }
    if let Some(Value::Array(any)) = object.get_mut("anyOf") {
        any.retain(|one| one.get("type").is_none_or(|kind| kind != "null"));
        if let [only] = any.as_slice() {
            let only = only.clone();
            object.shift_remove("anyOf");
            for (key, value) in only.as_object().into_iter().flatten() {
                object.entry(key.clone()).or_insert_with(|| value.clone());
            }
        }
    }
}

/// A schema, or a part of one.
#[derive(Debug, Clone, Copy)]
pub(super) struct Shape<'a>(pub &'a Value);

impl<'a> Shape<'a> {
    /// The keys of a table, each with its shape; none where it is no table of fixed keys.
    pub fn properties(self) -> Option<impl Iterator<Item = (&'a str, Shape<'a>)>> {
        let properties = self.0.get("properties")?.as_object()?;
        Some(properties.iter().map(|(key, value)| (key.as_str(), Shape(value))))
    }

    /// The shape of a table, where it can be something else too.
    pub fn of_table(self) -> Shape<'a> {
        let table = self.alternatives().find(|one| one.0.get("properties").is_some());
        table.filter(|_| self.0.get("properties").is_none()).unwrap_or(self)
    }

    /// The shape of a key's value.
    pub fn property(self, key: &str) -> Option<Shape<'a>> {
        let fixed = self.0.get("properties").and_then(|all| all.get(key));
        let any = || self.0.get("additionalProperties").filter(|any| any.is_object());
        fixed.or_else(any).map(Shape)
    }

    /// The shape of each value of a list, also where it can be something else than a list.
    pub fn items(self) -> Option<Shape<'a>> {
        let one_of = || self.array("anyOf").find_map(|one| one.get("items"));
        self.0.get("items").or_else(one_of).map(Shape)
    }

    /// The keys that must be there.
    pub fn required(self) -> impl Iterator<Item = &'a str> {
        self.array("required").filter_map(Value::as_str)
    }

    /// What its value names, if it names something: `device`, `cases`, `measure`.
    pub fn refers_to(self) -> Option<&'a str> {
        self.text(REFERS_TO)
    }

    /// The words it can be, if it is one of a few, each with what it means; also where it can be
    /// something else than text.
    pub fn words(self) -> Option<Vec<(&'a str, Option<&'a str>)>> {
        let one_of = || self.array("anyOf").find_map(|one| Shape(one).own_words());
        self.own_words().or_else(one_of)
    }

    fn own_words(self) -> Option<Vec<(&'a str, Option<&'a str>)>> {
        let listed = self.array("enum").filter_map(Value::as_str).map(|word| (word, None));
        let described = self.array("oneOf").filter_map(|one| {
            Some((one.get("const")?.as_str()?, one.get("description").and_then(Value::as_str)))
        });
        let words: Vec<_> = listed.chain(described).collect();
        (!words.is_empty()).then_some(words)
    }

    /// The shapes of which it can have any.
    pub fn alternatives(self) -> impl Iterator<Item = Shape<'a>> {
        self.array("anyOf").map(Shape)
    }

    /// The whole description.
    pub fn description(self) -> Option<&'a str> {
        self.text("description")
    }

    /// The first sentence of the description, on one line.
    pub fn summary(self) -> Option<String> {
        let text = self.description()?.split("\n\n").next()?.replace('\n', " ");
        let end = text.match_indices(". ").map(|(at, _)| at + 1).next().unwrap_or(text.len());
        text.get(..end).map(str::to_owned)
    }

    /// What it is where the plan does not say, as one writes it in TOML.
    pub fn default(self) -> Option<String> {
        self.0.get("default").map(toml_text)
    }

    /// Values it could have, as one writes them in TOML.
    pub fn examples(self) -> Vec<String> {
        self.array("examples").map(toml_text).collect()
    }

    /// What it is: `a duration`, `a whole number from 0 to 65535`, `a list of text`.
    pub fn kind(self) -> String {
        if let Some(words) = self.own_words() {
            return match words.as_slice() {
                [(only, _)] => format!("`{only}`"),
                few if few.len() <= 6 => {
                    let words: Vec<_> = few.iter().map(|(word, _)| format!("`{word}`")).collect();
                    format!("one of {}", words.join(", "))
                }
                _ => "one of a few words".to_owned(),
            };
        }
        if self.text("format") == Some(DURATION) {
            return "a duration".to_owned();
        }
        if self.text("format") == Some(TIME_OF_DAY) {
            return "a time of day in quotes".to_owned();
        }
        if self.refers_to() == Some("device") {
            return "the name of a device".to_owned();
        }
        let kinds: Vec<String> = match self.0.get("type") {
            Some(Value::String(kind)) => vec![self.kind_of(kind)],
            Some(Value::Array(kinds)) => {
                kinds.iter().filter_map(Value::as_str).map(|kind| self.kind_of(kind)).collect()
            }
            _ => ["anyOf", "oneOf"]
                .iter()
                .flat_map(|key| self.array(key))
                .map(|one| Shape(one).kind())
                .collect(),
        };
        if kinds.is_empty() { "any value".to_owned() } else { kinds.join(" or ") }
    }

    fn kind_of(self, kind: &str) -> String {
        match kind {
            "string" => "text".to_owned(),
            "boolean" => "`true` or `false`".to_owned(),
            "integer" => self.bounded("a whole number"),
            "number" => self.bounded("a number"),
            "array" => match self.items() {
                Some(items) if items.own_words().is_some() => "a list of such words".to_owned(),
                Some(items) if items.0.get("type").is_some_and(|kind| kind != "object") => {
                    let one = items.kind();
                    match one.strip_prefix("a ").unwrap_or(&one) {
                        "text" => "a list of texts".to_owned(),
                        "list" => "a list of lists".to_owned(),
                        "the name of a device" => "a list of names of devices".to_owned(),
                        one => format!("a list of {one}"),
                    }
                }
                _ => "a list".to_owned(),
            },
            "object" => "a table".to_owned(),
            other => other.to_owned(),
        }
    }

    fn bounded(self, kind: &str) -> String {
        let bound = |key: &str| self.0.get(key).and_then(Value::as_i64);
        match (bound("minimum"), bound("maximum")) {
            (Some(low), Some(high)) => format!("{kind} from {low} to {high}"),
            (Some(low), None) if low != 0 => format!("{kind} from {low}"),
            _ => kind.to_owned(),
        }
    }

    fn text(self, key: &str) -> Option<&'a str> {
        self.0.get(key)?.as_str()
    }

    fn array(self, key: &str) -> impl Iterator<Item = &'a Value> + use<'a> {
        self.0.get(key).and_then(Value::as_array).into_iter().flatten()
    }
}

/// A JSON value as one writes it in TOML.
pub(super) fn toml_text(value: &Value) -> String {
    match value {
        Value::Null => "\"\"".to_owned(),
        Value::Array(values) => {
            let values: Vec<_> = values.iter().map(toml_text).collect();
            format!("[{}]", values.join(", "))
        }
        Value::Object(object) => {
            let pairs: Vec<_> =
                object.iter().map(|(key, value)| format!("{key} = {}", toml_text(value))).collect();
            format!("{{ {} }}", pairs.join(", "))
        }
        // TOML's basic strings, whole numbers and booleans are JSON's.
        scalar => scalar.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;
    use crate::plan::{DeviceMatch, DeviceName, Span, Threshold, Transport};

    #[derive(Deserialize, JsonSchema)]
    #[expect(dead_code, reason = "only its schema is looked at")]
    struct Sample {
        /// How long it
        /// takes. Not more.
        ///
        /// Another paragraph.
        time: Span,
        #[serde(default)]
        transport: Option<Transport>,
        device: Option<DeviceName>,
        tags: Vec<String>,
        devices: Vec<DeviceName>,
        on: Option<bool>,
        times: std::num::NonZeroU8,
        thresholds: Vec<Threshold>,
        value: either::Value,
    }

    mod either {
        #[derive(serde::Deserialize, schemars::JsonSchema)]
        #[serde(untagged)]
        #[expect(dead_code, reason = "only its schema is looked at")]
        pub enum Value {
            Text(String),
            Number(i64),
        }
    }

    #[test]
    fn kinds_are_in_the_words_of_a_user() {
        let schema = schema_of::<Sample>();
        let kind = |key: &str| Shape(&schema).property(key).unwrap().kind();
        assert_eq!(kind("time"), "a duration");
        assert_eq!(kind("transport"), "one of `auto`, `le`, `bredr`");
        assert_eq!(kind("device"), "the name of a device");
        assert_eq!(kind("tags"), "a list of texts");
        assert_eq!(kind("devices"), "a list of names of devices");
        assert_eq!(kind("on"), "`true` or `false`");
        assert_eq!(kind("times"), "a whole number from 1 to 255");
        assert_eq!(kind("thresholds"), "a list");
        assert_eq!(kind("value"), "text or a whole number");
    }

    #[test]
    fn what_a_schema_says_of_keys() {
        let schema = schema_of::<Sample>();
        let shape = Shape(&schema);
        assert!(shape.required().any(|key| key == "time"));
        assert!(!shape.required().any(|key| key == "transport"));
        let time = shape.property("time").unwrap();
        assert_eq!(time.summary().as_deref(), Some("How long it takes."));
        assert_eq!(time.examples(), ["\"15s\"", "\"500ms\"", "\"1m30s\""]);
        assert!(!schema.to_string().contains("null"), "{schema}");
        let of = shape.property("thresholds").and_then(Shape::items).and_then(|t| t.property("of"));
        assert_eq!(of.and_then(Shape::refers_to), Some("measure"));
        let device = schema_of::<DeviceMatch>();
        assert_eq!(Shape(&device).property("address").unwrap().kind(), "text");
    }
}
