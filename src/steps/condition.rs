//! Conditions on a property, as `expect` and `wait` put them.

use regex_lite::Regex;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, de};
use serde_json::Value;

use super::call;
use super::failure::shown;
use super::object::ObjectName;
use crate::plan::{DeviceName, Span};

/// What a property must be. Everything that is given must hold.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(from = "ConditionTable")]
#[schemars(with = "ConditionTable")]
pub(super) struct Condition {
    pub(super) device: Option<DeviceName>,
    pub(super) object: Option<ObjectName>,
    pub(super) property: PropertyName,
    comparison: Comparison,
    pub(super) within: Option<Span>,
}

/// [`Condition`] as a plan writes it, in one table.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct ConditionTable {
    /// The device of the plan; without it, the adapter.
    device: Option<DeviceName>,
    /// The end of an object's path below the device, where several have the property's interface: `player0`. Without
    /// it, the first of them.
    object: Option<ObjectName>,
    /// The property by BlueZ's name for it, such as `Connected`. One of another interface is written
    /// with it, also where it is of an object below the device: `Battery1.Percentage`, `MediaPlayer1.Status`.
    property: PropertyName,
    /// It has exactly this value.
    equals: Option<Value>,
    /// It has one of these values.
    #[serde(rename = "in")]
    one_of: Option<Vec<Value>>,
    /// It is a list, or a text, that holds this.
    contains: Option<Value>,
    /// It is a text that this regular expression matches somewhere.
    matches: Option<Pattern>,
    /// Whether it has a value at all.
    present: Option<bool>,
    /// It is a number below this.
    less: Option<f64>,
    /// It is a number above this.
    greater: Option<f64>,
    /// How long it may take to become so. Without it, `expect` looks once, and `wait` waits 10 s.
    within: Option<Span>,
}

impl From<ConditionTable> for Condition {
    fn from(table: ConditionTable) -> Self {
        let ConditionTable { device, object, property, equals, one_of, contains, .. } = table;
        let ConditionTable { matches, present, less, greater, within, .. } = table;
        let comparison = Comparison { equals, one_of, contains, matches, present, less, greater };
        Self { device, object, property, comparison, within }
    }
}

impl Condition {
    /// Whether it holds for a value; none: the property is not there.
    pub(super) fn holds(&self, value: Option<&Value>) -> bool {
        self.comparison.holds(value)
    }

    /// What is looked at, such as `headset Connected`.
    pub(super) fn subject(&self) -> String {
        let of = self.device.as_ref().map_or("adapter", |device| device.0.as_str());
        format!("{of} {}", self.property.0)
    }

    /// What is wanted, such as `Connected = true`.
    pub(super) fn wanted(&self) -> String {
        format!("{} {}", self.property.0, self.comparison.told())
    }
}

/// What a value must be. Everything that is given must hold.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub(super) struct Comparison {
    /// It is exactly this.
    equals: Option<Value>,
    /// It is one of these.
    #[serde(rename = "in")]
    one_of: Option<Vec<Value>>,
    /// It is a list, or a text, that holds this.
    contains: Option<Value>,
    /// It is a text that this regular expression matches somewhere.
    matches: Option<Pattern>,
    /// Whether there is any.
    present: Option<bool>,
    /// It is a number below this.
    less: Option<f64>,
    /// It is a number above this.
    greater: Option<f64>,
}

impl Comparison {
    /// Whether it holds for a value; none: there is none.
    pub(super) fn holds(&self, value: Option<&Value>) -> bool {
        let value = value.filter(|value| !value.is_null());
        let number = value.and_then(Value::as_f64);
        let is = |wanted: &Value| value.is_some_and(|value| same(value, wanted));
        self.equals.as_ref().is_none_or(is)
            && self.one_of.as_ref().is_none_or(|values| values.iter().any(is))
            && self
                .contains
                .as_ref()
                .is_none_or(|part| value.is_some_and(|whole| holds_part(whole, part)))
            && self.matches.as_ref().is_none_or(|Pattern(pattern)| {
                value.and_then(Value::as_str).is_some_and(|text| pattern.is_match(text))
            })
            && self.present.is_none_or(|present| present == value.is_some())
            && self.less.is_none_or(|bound| number.is_some_and(|number| number < bound))
            && self.greater.is_none_or(|bound| number.is_some_and(|number| number > bound))
            && (self.says_something() || value.is_some())
    }

    /// A comparison that says nothing asks whether there is a value.
    fn says_something(&self) -> bool {
        self.equals.is_some()
            || self.one_of.is_some()
            || self.contains.is_some()
            || self.matches.is_some()
            || self.present.is_some()
            || self.less.is_some()
            || self.greater.is_some()
    }

    /// What is wanted, such as `= true`.
    pub(super) fn told(&self) -> String {
        let list = |values: &Vec<Value>| {
            let all: Vec<String> = values.iter().map(|value| shown(Some(value))).collect();
            format!("one of {}", all.join(", "))
        };
        let parts: Vec<String> = [
            self.equals.as_ref().map(|value| format!("= {}", shown(Some(value)))),
            self.one_of.as_ref().map(list),
            self.contains.as_ref().map(|value| format!("with {}", shown(Some(value)))),
            self.matches.as_ref().map(|Pattern(pattern)| format!("like /{}/", pattern.as_str())),
            self.present.map(|present| if present { "there" } else { "not there" }.to_owned()),
            self.less.map(|bound| format!("< {bound}")),
            self.greater.map(|bound| format!("> {bound}")),
        ]
        .into_iter()
        .flatten()
        .collect();
        if parts.is_empty() { "there".to_owned() } else { parts.join(" and ") }
    }
}

/// Numbers compare by value, texts without regard to case: BlueZ writes UUIDs in small letters and
/// addresses in capitals, and a plan may do otherwise.
pub(super) fn same(value: &Value, wanted: &Value) -> bool {
    match (value, wanted) {
        (Value::String(value), Value::String(wanted)) => value.eq_ignore_ascii_case(wanted),
        (Value::Number(value), Value::Number(wanted)) => value.as_f64() == wanted.as_f64(),
        (Value::Array(values), Value::Array(wanted)) => {
            values.len() == wanted.len() && values.iter().zip(wanted).all(|(a, b)| same(a, b))
        }
        _ => value == wanted,
    }
}

fn holds_part(whole: &Value, part: &Value) -> bool {
    match (whole, part) {
        (Value::Array(items), part) => items.iter().any(|item| same(item, part)),
        (Value::Object(entries), Value::String(key)) => entries.contains_key(key),
        (Value::String(whole), Value::String(part)) => whole.contains(part.as_str()),
        _ => false,
    }
}

/// A regular expression in a plan.
#[derive(Debug, Clone)]
pub(super) struct Pattern(pub(super) Regex);

impl<'de> Deserialize<'de> for Pattern {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let regex = Regex::new(&text).map_err(|error| {
            de::Error::custom(format!("`{text}` is not a regular expression: {error}"))
        })?;
        Ok(Self(regex))
    }
}

impl JsonSchema for Pattern {
    fn inline_schema() -> bool {
        true
    }
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Pattern".into()
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "format": "regex", "examples": ["^Headset-[0-9]+$"] })
    }
}

/// The name of a property of the adapter, of a device, or `Interface.Property`.
#[derive(Debug, Clone, Deserialize)]
#[serde(try_from = "String")]
pub(super) struct PropertyName(pub(super) String);

impl PropertyName {
    /// Interface and property, where the interface is not given that of the object itself.
    pub(super) fn on<'a>(&'a self, own: &'a str) -> (String, &'a str) {
        match self.0.rsplit_once('.') {
            Some((interface, property)) => (call::interface(interface), property),
            None => (own.to_owned(), &self.0),
        }
    }
}

impl TryFrom<String> for PropertyName {
    type Error = String;

    fn try_from(name: String) -> Result<Self, String> {
        if let Some((of, property)) = name.rsplit_once('.') {
            return call::property(&call::interface(of), property).map(|()| Self(name));
        }
        if PROPERTIES.contains(&name.as_str()) {
            return Ok(Self(name));
        }
        let nearest = PROPERTIES
            .iter()
            .max_by(|a, b| {
                strsim::jaro_winkler(a, &name).total_cmp(&strsim::jaro_winkler(b, &name))
            })
            .copied()
            .unwrap_or_default();
        Err(format!(
            "neither adapters nor devices have a property `{name}`; did you mean `{nearest}`?"
        ))
    }
}

impl JsonSchema for PropertyName {
    fn inline_schema() -> bool {
        true
    }
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "PropertyName".into()
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string",
            "anyOf": [{ "enum": PROPERTIES }, { "pattern": "\\." }],
            "examples": ["Connected", "Battery1.Percentage"],
        })
    }
}

/// Properties of `Adapter1` and `Device1` (`doc/org.bluez.Adapter.rst`, `doc/org.bluez.Device.rst`, BlueZ 5.87).
const PROPERTIES: &[&str] = &[
    "Adapter",
    "Address",
    "AddressType",
    "AdvertisingData",
    "AdvertisingFlags",
    "Alias",
    "Appearance",
    "Blocked",
    "Bonded",
    "CablePairing",
    "Class",
    "Connectable",
    "Connected",
    "Discoverable",
    "DiscoverableTimeout",
    "Discovering",
    "ExperimentalFeatures",
    "Icon",
    "LegacyPairing",
    "Manufacturer",
    "ManufacturerData",
    "Modalias",
    "Name",
    "Pairable",
    "PairableTimeout",
    "Paired",
    "PowerState",
    "Powered",
    "PreferredBearer",
    "RSSI",
    "Roles",
    "ServiceData",
    "ServicesResolved",
    "Sets",
    "Trusted",
    "TxPower",
    "UUIDs",
    "Version",
    "WakeAllowed",
];

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn condition(wanted: Value) -> Condition {
        let mut all = json!({ "property": "RSSI" });
        all.as_object_mut().unwrap().extend(wanted.as_object().unwrap().clone());
        serde_json::from_value(all).unwrap()
    }

    #[test]
    fn each_comparison_holds_and_fails_as_it_says() {
        for (wanted, yes, no) in [
            (json!({ "equals": true }), json!(true), json!(false)),
            (json!({ "equals": 5 }), json!(5.0), json!(6)),
            (json!({ "equals": "C0:de" }), json!("c0:DE"), json!("c0:DF")),
            (json!({ "in": ["a", "b"] }), json!("b"), json!("c")),
            (json!({ "contains": "180d" }), json!(["180f", "180D"]), json!(["180f"])),
            (json!({ "contains": "76" }), json!({ "76": "0215" }), json!({ "77": "" })),
            (json!({ "matches": "^Head" }), json!("Headset"), json!("My Headset")),
            (json!({ "present": true }), json!(0), Value::Null),
            (json!({ "present": false }), Value::Null, json!(0)),
            (json!({ "less": -60 }), json!(-70), json!(-60)),
            (json!({ "greater": -60 }), json!(-50), json!("loud")),
            (json!({ "greater": -80, "less": -60 }), json!(-70), json!(-90)),
            (json!({}), json!(false), Value::Null),
        ] {
            let condition = condition(wanted.clone());
            assert!(condition.holds(Some(&yes)), "{wanted} of {yes}");
            assert!(!condition.holds(Some(&no)), "{wanted} of {no}");
        }
        assert!(!condition(json!({ "equals": false })).holds(None));
        assert!(condition(json!({ "present": false })).holds(None));
    }

    #[test]
    fn a_misspelt_property_names_the_nearest() {
        let error = PropertyName::try_from("Conected".to_owned()).unwrap_err();
        assert!(error.contains("`Connected`"), "{error}");
        let battery = PropertyName::try_from("Battery1.Percentage".to_owned()).unwrap();
        assert_eq!(battery.on("x"), ("org.bluez.Battery1".to_owned(), "Percentage"));
    }
}
