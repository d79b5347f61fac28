//! `device-set-auto-connect`: whether BlueZ connects a set as a whole.

use std::time::Duration;

use schemars::JsonSchema;
use serde::Deserialize;

use super::{find, ten_seconds};
use crate::plan::{DeviceName, Span};
use crate::steps::{Bench, Outcome, Step};

/// Say whether BlueZ shall connect the other members of a device's set (CSIP) when one is connected.
///
/// It does unless it is told otherwise. How it was is put back after the case, where the set is still there.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct DeviceSetAutoConnect {
    /// The device of the plan whose set it is.
    device: DeviceName,
    /// `true` for yes, `false` for no.
    on: bool,
    /// How long BlueZ may take to show the set.
    #[serde(default = "ten_seconds")]
    within: Span,
}

impl Step for DeviceSetAutoConnect {
    const VERB: &'static str = "device-set-auto-connect";
    const EXAMPLE: &'static str =
        r#"{ do = "device-set-auto-connect", device = "left", on = false }"#;

    fn describe(&self) -> String {
        let on = if self.on { "on" } else { "off" };
        format!("auto-connect of the set of {} {on}", self.device)
    }

    fn limit(&self) -> Duration {
        self.within.0 + Duration::from_secs(10)
    }

    async fn run(&self, bench: &Bench) -> Outcome {
        let set = find(bench, &self.device, self.within.0).await?;
        bench.touch_set(&set, set.auto_connect().await?);
        Ok(set.set_auto_connect(self.on).await?)
    }
}
