//! `battery`: how full a device's battery is.

use std::time::Duration;

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;
use tokio::time::timeout;

use super::super::{Bench, Failure, Outcome, Step};
use super::id::{CharacteristicId, ServiceId};
use super::target::{Target, resolved};
use super::value::Length;
use crate::bluez::Tree;
use crate::event::Access;
use crate::plan::DeviceName;

/// Interface that BlueZ gives a device whose battery it reads itself (`doc/org.bluez.Battery.rst`).
const BATTERY: &str = "org.bluez.Battery1";

/// How long BlueZ may take to read it, once it knows the services.
const READING: Duration = Duration::from_secs(2);

/// Check the level of the device's battery, in percent.
///
/// BlueZ reads it by itself, over LE and over HFP (`Battery1`); where it does not, the characteristic is read.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Battery {
    /// The device of the plan.
    device: DeviceName,
    /// What the level must be: a number, or a bound such as `">= 20"`. Without it, any level will do.
    #[schemars(extend("examples" = [">= 20"]))]
    level: Option<Length>,
}

impl Step for Battery {
    const VERB: &'static str = "battery";
    const EXAMPLE: &'static str = r#"{ do = "battery", device = "headset", level = ">= 20" }"#;

    fn describe(&self) -> String {
        format!("expect the battery of {}", self.device)
    }

    async fn run(&self, bench: &Bench) -> Outcome {
        let level = self.level(bench).await?;
        let holds = |wanted: &Length| usize::try_from(level).is_ok_and(|level| wanted.holds(level));
        match self.level.as_ref().filter(|wanted| !holds(wanted)) {
            None => Ok(()),
            Some(wanted) => Err(Failure::unmet(
                format!("the battery of {} is not as expected", self.device),
                format!("{wanted} %"),
                format!("{level} %"),
            )),
        }
    }
}

impl Battery {
    async fn level(&self, bench: &Bench) -> Outcome<u64> {
        let device = resolved(bench, &self.device).await?;
        let percentage = |tree: &Tree| {
            tree.property(device.path(), BATTERY, "Percentage").and_then(Value::as_u64)
        };
        if let Ok(level) = timeout(READING, bench.session().mirror().wait_for(percentage)).await {
            let level = level?;
            bench.record(crate::event::Event::Attribute {
                object: crate::event::Object {
                    name: self.device.0.clone(),
                    path: device.path().to_owned(),
                },
                attribute: "battery".to_owned(),
                access: Access::Read,
                value: format!("{level:02x}"),
                meaning: Some(format!("{level} %")),
            });
            return Ok(level);
        }
        let target = Target {
            device: self.device.clone(),
            service: Some(ServiceId::assigned(0x180f)),
            characteristic: CharacteristicId::assigned(0x2a19),
            descriptor: None,
            instance: None,
        };
        let found = target.find(bench).await?;
        let value = found.attribute.read(0).await?;
        let level = value.first().copied().map(u64::from);
        let meaning = level.map(|level| format!("{level} %"));
        target.record(bench, &found, Access::Read, &value, meaning);
        level.ok_or_else(|| {
            Failure::unmet(format!("{} tells no level", target.told()), "one byte", "no bytes")
        })
    }
}
