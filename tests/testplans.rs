//! The plans in `testplans/`: each can be loaded, and editors agree that it is right.

use std::fs;
use std::path::PathBuf;

use bttest::plan::{self, Overrides};
use serde_json::Value;

const SCHEMA: &str = "testplans/plan.schema.json";
const REFERENCE: &str = "testplans/steps.md";

fn plans() -> Vec<PathBuf> {
    let entries = fs::read_dir("testplans").unwrap();
    let paths = entries.map(|entry| entry.unwrap().path());
    let mut plans: Vec<PathBuf> =
        paths.filter(|path| path.extension().is_some_and(|kind| kind == "toml")).collect();
    plans.sort();
    assert!(plans.len() >= 3, "{plans:?}");
    plans
}

#[test]
fn each_loads_without_a_warning() {
    for path in plans() {
        let loaded = plan::load(&path, &Overrides::default());
        let loaded = loaded.unwrap_or_else(|errors| panic!("{errors}"));
        assert!(loaded.warnings.is_empty(), "{}", loaded.warnings);
    }
}

/// With the validator that taplo uses, which knows nothing of this program's types.
#[test]
fn each_is_valid_by_the_schema_that_it_names() {
    let schema: Value = serde_json::from_str(&fs::read_to_string(SCHEMA).unwrap()).unwrap();
    let validator = jsonschema::draft202012::new(&schema).unwrap();
    for path in plans() {
        let text = fs::read_to_string(&path).unwrap();
        assert!(text.starts_with("#:schema ./plan.schema.json\n"), "{}", path.display());
        let json: Value = toml::from_str(&text).unwrap();
        let errors: Vec<String> = validator.iter_errors(&json).map(|e| e.to_string()).collect();
        assert!(errors.is_empty(), "{}: {errors:#?}", path.display());
    }
}

/// What is set from outside reaches the steps.
#[test]
fn the_cycles_of_a_reconnect_are_set_from_outside() {
    let path = PathBuf::from("testplans/pair-and-reconnect.toml");
    let mut overrides = Overrides::default();
    overrides.set("cycles=20").unwrap();
    overrides.environment.insert("BTTEST_VAR_name".to_owned(), "Ear 7".to_owned());
    let plan = plan::load(&path, &overrides).unwrap().plan;
    assert_eq!(plan.devices["dut"].name.as_deref(), Some("Ear 7"));
    let last = plan.cases[0].steps.last().unwrap();
    assert!(matches!(last.what, plan::What::Repeat { times: 20, .. }), "{last:?}");
}

/// `UPDATE=1 cargo test --test testplans` writes it anew.
#[test]
fn the_schema_file_is_up_to_date() {
    let schema = serde_json::to_string_pretty(&plan::schema()).unwrap() + "\n";
    if std::env::var_os("UPDATE").is_some() {
        fs::write(SCHEMA, &schema).unwrap();
    }
    let file = fs::read_to_string(SCHEMA).unwrap_or_default();
    assert!(file == schema, "{SCHEMA} is old: run UPDATE=1 cargo test --test testplans");
}

/// `UPDATE=1 cargo test --test testplans` writes it anew.
#[test]
fn the_reference_of_the_steps_is_up_to_date() {
    let page = plan::manual::markdown();
    if std::env::var_os("UPDATE").is_some() {
        fs::write(REFERENCE, &page).unwrap();
    }
    let file = fs::read_to_string(REFERENCE).unwrap_or_default();
    assert!(file == page, "{REFERENCE} is old: run UPDATE=1 cargo test --test testplans");
}
