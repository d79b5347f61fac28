//! `trust` and `block`: marks that BlueZ keeps of a device.

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;

use super::{Bench, Outcome, Step};
use crate::plan::DeviceName;

/// Trust a device: it may use its services without asking.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Trust {
    /// The device of the plan.
    device: DeviceName,
    /// `false` takes the trust away.
    #[serde(default = "yes")]
    on: bool,
}

/// Block a device: BlueZ drops it and takes nothing from it.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Block {
    /// The device of the plan.
    device: DeviceName,
    /// `false` unblocks it.
    #[serde(default = "yes")]
    on: bool,
}

fn yes() -> bool {
    true
}

impl Step for Trust {
    const VERB: &'static str = "trust";
    const EXAMPLE: &'static str = r#"{ do = "trust", device = "headset" }"#;

    fn describe(&self) -> String {
        format!("{} {}", if self.on { "trust" } else { "distrust" }, self.device)
    }

    async fn run(&self, bench: &Bench) -> Outcome {
        mark(bench, &self.device, "Trusted", self.on).await
    }
}

impl Step for Block {
    const VERB: &'static str = "block";
    const EXAMPLE: &'static str = r#"{ do = "block", device = "headset" }"#;

    fn describe(&self) -> String {
        format!("{} {}", if self.on { "block" } else { "unblock" }, self.device)
    }

    async fn run(&self, bench: &Bench) -> Outcome {
        mark(bench, &self.device, "Blocked", self.on).await
    }
}

async fn mark(bench: &Bench, name: &DeviceName, property: &str, on: bool) -> Outcome {
    let device = bench.device(name)?;
    bench.touch(&device);
    device.set(property, &Value::Bool(on)).await?;
    device.wait_until(property, |value| value == &Value::Bool(on)).await?;
    Ok(())
}
