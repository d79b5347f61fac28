//! The JSON Schema of a plan, for editors: the same schemas that plans are read by, put together.
//!
//! Where a number, a word of a list or a list is expected, `"${name}"` may stand too.

use serde_json::{Map, Value, json};

use super::control::{CONTROLS, Common};
use super::document::{PlanTable, VarTable};
use super::shape::{schema_by, schema_of};
use crate::steps::VERBS;

/// The JSON Schema (draft 2020-12) of a plan file.
#[must_use]
pub fn schema() -> Value {
    let mut plan = schema_of::<PlanTable>();
    allow_variables(&mut plan);
    let mut definitions = Map::new();
    let mut all = Vec::new();
    for (name, step) in steps() {
        let name = format!("step-{name}");
        all.push(json!({ "$ref": format!("#/$defs/{name}") }));
        definitions.insert(name, step);
    }
    definitions
        .insert("step".to_owned(), json!({ "type": "object", "required": ["do"], "oneOf": all }));
    for (key, common) in common() {
        definitions.insert(key, common);
    }
    let variable = json!({
        "type": "string",
        "pattern": r"\$\{[A-Za-z0-9_-]+\}",
        "description": "A variable of [vars], as \"${name}\".",
    });
    definitions.insert("variable".to_owned(), variable);
    let mut var = schema_of::<VarTable>();
    if let Some(object) = var.as_object_mut() {
        object.insert("title".to_owned(), json!("a variable"));
    }
    definitions.insert("var".to_owned(), var);
    let mut root = Map::new();
    root.insert("$schema".to_owned(), json!("https://json-schema.org/draft/2020-12/schema"));
    root.insert("title".to_owned(), json!("bttest plan"));
    root.extend(plan.as_object().cloned().unwrap_or_default());
    root.insert("$defs".to_owned(), Value::Object(definitions));
    Value::Object(root)
}

/// The schema of each step by its word, with what any step can say.
fn steps() -> impl Iterator<Item = (&'static str, Value)> {
    let own = VERBS.iter().map(|verb| (verb.name, schema_by(verb.schema), true));
    let controls =
        CONTROLS.iter().map(|control| (control.name, (control.schema)(), control.common));
    own.chain(controls).map(|(name, schema, common)| (name, step(name, schema, common)))
}

/// What any step can say, by the names of the definitions.
fn common() -> Map<String, Value> {
    let mut common = schema_of::<Common>();
    allow_variables(&mut common);
    let properties = common.get("properties").and_then(Value::as_object).into_iter().flatten();
    properties.map(|(key, value)| (format!("any-{key}"), value.clone())).collect()
}

fn step(name: &str, mut schema: Value, takes_common: bool) -> Value {
    allow_variables(&mut schema);
    let Some(object) = schema.as_object_mut() else { return schema };
    let description = object.get("description").cloned().unwrap_or_default();
    let mut properties = Map::new();
    properties.insert("do".to_owned(), json!({ "const": name, "description": description }));
    let own = object.get("properties").and_then(Value::as_object).cloned();
    properties.extend(own.unwrap_or_default());
    if takes_common {
        for definition in common().keys() {
            let key = definition.trim_start_matches("any-").to_owned();
            properties.insert(key, json!({ "$ref": format!("#/$defs/{definition}") }));
        }
    }
    let required = object.get("required").and_then(Value::as_array).cloned().unwrap_or_default();
    let required: Vec<Value> = std::iter::once(json!("do")).chain(required).collect();
    object.insert("title".to_owned(), json!(name));
    object.insert("properties".to_owned(), Value::Object(properties));
    object.insert("required".to_owned(), Value::Array(required));
    object.insert("additionalProperties".to_owned(), json!(false));
    schema
}

/// What is said of a value, and not of its type.
const ABOUT: &[&str] = &["title", "description", "default", "examples"];

/// Keys whose values hold no variables.
const FIXED: &[&str] = &["id", "include", "vars", "params"];

/// Lets `"${name}"` stand for every value of a table that is no table itself.
fn allow_variables(schema: &mut Value) {
    for key in ["additionalProperties", "items"] {
        if let Some(inner) = schema.get_mut(key).filter(|inner| inner.is_object()) {
            allow_variables(inner);
            or_variable(inner);
        }
    }
    for properties in ["properties", "patternProperties"] {
        let properties = schema.get_mut(properties).and_then(Value::as_object_mut);
        for (key, inner) in properties.into_iter().flatten() {
            if !FIXED.contains(&key.as_str()) {
                allow_variables(inner);
                or_variable(inner);
            }
        }
    }
}

fn or_variable(schema: &mut Value) {
    let Some(object) = schema.as_object() else { return };
    let kind = object.get("type");
    let is = |name: &str| kind.is_some_and(|kind| kind == name);
    let narrow = ["pattern", "enum", "format", "const"].iter().any(|key| object.contains_key(*key));
    let lists_tables = |list: &Value| {
        let items = list.get("items");
        items.is_some_and(|items| items.get("$ref").is_some() || items.get("properties").is_some())
    };
    // Of steps there are also lists of lists.
    let of_tables = lists_tables(schema) || schema.get("items").is_some_and(lists_tables);
    let any_type =
        kind.is_none() && ["oneOf", "anyOf"].iter().all(|key| !object.contains_key(*key));
    if is("object") || of_tables || any_type || (is("string") && !narrow) {
        return;
    }
    let (about, of_type): (Map<_, _>, Map<_, _>) =
        object.clone().into_iter().partition(|(key, _)| ABOUT.contains(&key.as_str()));
    let mut whole = about;
    let variable = json!({ "$ref": "#/$defs/variable" });
    whole.insert("anyOf".to_owned(), json!([of_type, variable]));
    *schema = Value::Object(whole);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn validator() -> jsonschema::Validator {
        jsonschema::draft202012::new(&schema()).unwrap()
    }

    fn json(plan: &str) -> Value {
        toml::from_str(plan).unwrap()
    }

    #[test]
    fn right_plans_are_valid() {
        let validator = validator();
        for plan in [
            "[[case]]\nid = 'A'\nsteps = [{ do = 'pause', for = '1s' }]",
            "[[case]]\nid = 'A'\nsteps = [{ do = 'repeat', times = '${n}', steps = [{ do = 'power', on = '${on}' }] }]",
            "[vars]\na = 1\nb = ['x']\nc = { env = 'X', secret = true }\n[device.d]\nname = 'x'\ntransport = '${t}'",
            "[[case]]\nid = 'A'\nmatrix = { t = ['le', 'bredr'], u = '${list}' }\nsteps = [{ do = 'sequence', name = 's', with = { a = 1 } }]\n[[case.threshold]]\nof = 'x'\np95 = '<= 5s'",
            "[sequence.s]\nparams = { a = 1, b = { required = true } }\nsteps = [{ do = 'inspect' }]",
        ] {
            let errors: Vec<_> =
                validator.iter_errors(&json(plan)).map(|e| e.to_string()).collect();
            assert_eq!(errors, [""; 0], "{plan}");
        }
    }

    #[test]
    fn wrong_plans_are_not() {
        let validator = validator();
        for plan in [
            "colour = 1",
            "timeout = 15",
            "timeout = '15'",
            "[[case]]\nid = 'A'",
            "[[case]]\nid = 'A b'\nsteps = [{ do = 'inspect' }]",
            "[[case]]\nid = 'A'\nsteps = []",
            "[[case]]\nid = 'A'\nsteps = [{ do = 'pausee', for = '1s' }]",
            "[[case]]\nid = 'A'\nsteps = [{ do = 'pause' }]",
            "[[case]]\nid = 'A'\nsteps = [{ do = 'pause', for = '1s', x = 1 }]",
            "[[case]]\nid = 'A'\nsteps = [{ do = 'power', on = 'yes' }]",
            "[[case]]\nid = 'A'\nsteps = [{ do = 'repeat', times = 0, steps = [{ do = 'inspect' }] }]",
            "[[case]]\nid = 'A'\nmaps-to = ['GAP']\nsteps = [{ do = 'inspect' }]",
            "[device.d]\ntransport = 'ble'",
            "[device.d]\nmanufacturer = 70000",
        ] {
            assert!(!validator.is_valid(&json(plan)), "{plan}");
        }
    }
}
