//! `forget`: remove what BlueZ knows of a device.

use schemars::JsonSchema;
use serde::Deserialize;

use super::{Bench, Failure, Outcome, Step};
use crate::plan::DeviceName;

/// Forget a device: its bond, its services, everything that BlueZ knows of it.
///
/// Passes also when BlueZ does not know the device. A bond that was there before the run cannot be
/// brought back.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Forget {
    /// The device of the plan.
    device: DeviceName,
}

impl Step for Forget {
    const VERB: &'static str = "forget";
    const EXAMPLE: &'static str = r#"{ do = "forget", device = "headset" }"#;

    fn describe(&self) -> String {
        format!("forget {}", self.device)
    }

    async fn run(&self, bench: &Bench) -> Outcome {
        bench.forget(&self.device).await
    }
}

impl Bench {
    /// Forgets a device of the plan, if BlueZ knows it.
    ///
    /// # Errors
    /// More than one matches, or what BlueZ answered.
    pub async fn forget(&self, name: &DeviceName) -> Outcome {
        let device = match self.device(name) {
            Ok(device) => device,
            Err(Failure { cause, .. }) if cause.kind == "not-found" => return Ok(()),
            Err(failure) => return Err(failure),
        };
        self.touch(&device);
        self.adapter_of(name).remove_device(device.path()).await?;
        device.gone().await?;
        Ok(())
    }
}
