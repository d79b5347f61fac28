//! `connect` and `disconnect`.

use std::time::Duration;

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;

use super::restore::Ongoing;
use super::{Bench, Outcome, Step};
use crate::bluez::Device;
use crate::plan::DeviceName;

/// Connect a device, and wait until it is connected.
///
/// On BR/EDR this connects every profile that both sides have.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Connect {
    /// The device of the plan.
    device: DeviceName,
    /// Do nothing when it is connected already.
    #[serde(default)]
    if_needed: bool,
    /// Wait also until its services are known.
    #[serde(default)]
    services: bool,
}

impl Step for Connect {
    const VERB: &'static str = "connect";
    const EXAMPLE: &'static str =
        r#"{ do = "connect", device = "headset", measure = "reconnect", timeout = "30s" }"#;

    fn describe(&self) -> String {
        format!("connect {}", self.device)
    }

    fn limit(&self) -> Duration {
        Duration::from_secs(45)
    }

    async fn run(&self, bench: &Bench) -> Outcome {
        let device = bench.device(&self.device)?;
        bench.touch(&device);
        if !(self.if_needed && device.is("Connected")) {
            bench.ongoing(&device, Ongoing::Connecting, device.connect()).await?;
            turns(bench, &device, "Connected", true).await?;
        }
        if self.services {
            turns(bench, &device, "ServicesResolved", true).await?;
        }
        Ok(())
    }
}

/// Disconnect a device, and wait until it is disconnected.
///
/// On LE bluetoothd itself waits 2 s before it drops the link.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Disconnect {
    /// The device of the plan.
    device: DeviceName,
}

impl Step for Disconnect {
    const VERB: &'static str = "disconnect";
    const EXAMPLE: &'static str = r#"{ do = "disconnect", device = "headset" }"#;

    fn describe(&self) -> String {
        format!("disconnect {}", self.device)
    }

    async fn run(&self, bench: &Bench) -> Outcome {
        let device = bench.device(&self.device)?;
        bench.touch(&device);
        device.disconnect().await?;
        turns(bench, &device, "Connected", false).await
    }
}

async fn turns(bench: &Bench, device: &Device, property: &str, on: bool) -> Outcome {
    bench.saw(format!("BlueZ answered; {property} did not turn {on}"));
    device.wait_until(property, |value| value == &Value::Bool(on)).await?;
    Ok(())
}
