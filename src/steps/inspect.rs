//! `inspect`: print and record properties.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;

use super::{Bench, Outcome, Step};
use crate::bluez::{Adapter, Device, Properties};
use crate::event::{Event, Object};
use crate::plan::DeviceName;

/// Print properties, and record them in the journal.
///
/// Without arguments: those of the adapter and of every device that BlueZ knows on it.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Inspect {
    /// Only this device of the plan.
    device: Option<DeviceName>,
    /// Only the adapter, or only the devices.
    #[serde(default)]
    only: Only,
    /// Only these properties.
    #[serde(default)]
    properties: Vec<String>,
}

/// What `inspect` shows where no device is named.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
enum Only {
    /// The adapter and its devices.
    #[default]
    All,
    /// The adapter.
    Adapter,
    /// The devices that BlueZ knows on it.
    Devices,
}

impl Step for Inspect {
    const VERB: &'static str = "inspect";
    const EXAMPLE: &'static str = r#"{ do = "inspect", device = "headset" }"#;

    fn describe(&self) -> String {
        match (&self.device, self.only) {
            (Some(device), _) => format!("inspect {device}"),
            (None, Only::All) => "inspect the adapter and its devices".to_owned(),
            (None, Only::Adapter) => "inspect the adapter".to_owned(),
            (None, Only::Devices) => "inspect the adapter's devices".to_owned(),
        }
    }

    async fn run(&self, bench: &Bench) -> Outcome {
        if let Some(name) = &self.device {
            let device = bench.device(name)?;
            self.show(bench, name.0.clone(), device.path(), device.properties());
            return Ok(());
        }
        if self.only != Only::Devices {
            let path = bench.adapter().path();
            let properties = bench
                .session()
                .mirror()
                .read(|tree| tree.interface(path, Adapter::INTERFACE).cloned());
            self.show(bench, bench.adapter().name().to_owned(), path, properties);
        }
        if self.only != Only::Adapter {
            for device in bench.adapter().devices() {
                self.show(bench, name_of(&device), device.path(), device.properties());
            }
        }
        Ok(())
    }
}

impl Inspect {
    fn show(&self, bench: &Bench, name: String, path: &str, properties: Option<Properties>) {
        let properties: BTreeMap<String, Value> = properties
            .unwrap_or_default()
            .into_iter()
            .filter(|(name, _)| self.properties.is_empty() || self.properties.contains(name))
            .collect();
        let object = Object { name, path: path.to_owned() };
        bench.record(Event::Inspected { object, properties });
    }
}

/// What a person calls a device that the plan has no name for.
fn name_of(device: &Device) -> String {
    ["Alias", "Address"]
        .iter()
        .find_map(|property| device.property(property)?.as_str().map(str::to_owned))
        .unwrap_or_else(|| device.path().to_owned())
}
