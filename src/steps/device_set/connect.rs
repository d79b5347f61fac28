//! `device-set-connect` and `device-set-disconnect`: every member of a set.

use std::time::Duration;

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;

use super::{called, find, ten_seconds};
use crate::bluez::{Device, ErrorKind, Tree};
use crate::plan::{DeviceName, Span};
use crate::steps::restore::Ongoing;
use crate::steps::{Bench, Failure, Outcome, Step};

/// Connect every member of a device's set (CSIP) that BlueZ knows, one after the other, and wait until all are.
///
/// One that is connected already stays so. It is each member's own `Connect` that is called, in BlueZ's order of them, as
/// `DeviceSet1.Connect` is documented to do: that method itself BlueZ up to 5.87 never answers.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct DeviceSetConnect {
    /// The device of the plan whose set it is.
    device: DeviceName,
    /// How long BlueZ may take to show the set.
    #[serde(default = "ten_seconds")]
    within: Span,
}

impl Step for DeviceSetConnect {
    const VERB: &'static str = "device-set-connect";
    const EXAMPLE: &'static str =
        r#"{ do = "device-set-connect", device = "left", measure = "both" }"#;

    fn describe(&self) -> String {
        format!("connect the set of {}", self.device)
    }

    fn limit(&self) -> Duration {
        self.within.0 + Duration::from_secs(90)
    }

    async fn run(&self, bench: &Bench) -> Outcome {
        for member in members(bench, &self.device, self.within.0).await? {
            bench.touch(&member);
            if !member.is("Connected") {
                bench.saw(format!("{} is not connected yet", called(bench, member.path())));
                match bench.ongoing(&member, Ongoing::Connecting, member.connect()).await {
                    // BlueZ connects it by itself, as one of the set.
                    Err(error) if is_under_way(&error) => {}
                    other => other?,
                }
            }
            turns(bench, &member, true).await?;
        }
        Ok(())
    }
}

/// Disconnect every member of a device's set (CSIP) that BlueZ knows, one after the other, and wait until all are.
///
/// As for `device-set-connect`, it is each member's own `Disconnect` that is called: `DeviceSet1.Disconnect` is never
/// answered either.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct DeviceSetDisconnect {
    /// The device of the plan whose set it is.
    device: DeviceName,
    /// How long BlueZ may take to show the set.
    #[serde(default = "ten_seconds")]
    within: Span,
}

impl Step for DeviceSetDisconnect {
    const VERB: &'static str = "device-set-disconnect";
    const EXAMPLE: &'static str = r#"{ do = "device-set-disconnect", device = "left" }"#;

    fn describe(&self) -> String {
        format!("disconnect the set of {}", self.device)
    }

    fn limit(&self) -> Duration {
        self.within.0 + Duration::from_secs(45)
    }

    async fn run(&self, bench: &Bench) -> Outcome {
        for member in members(bench, &self.device, self.within.0).await? {
            bench.touch(&member);
            match member.disconnect().await {
                Err(error) if error.kind == ErrorKind::NotConnected => {}
                other => other?,
            }
            turns(bench, &member, false).await?;
        }
        Ok(())
    }
}

/// The members that BlueZ knows, in its order.
async fn members(
    bench: &Bench,
    name: &DeviceName,
    within: Duration,
) -> Result<Vec<Device>, Failure> {
    let set = find(bench, name, within).await?;
    let paths = bench.session().mirror().read(|tree: &Tree| set.members_in(tree));
    let device = |path: String| Device::at(bench.session(), &path);
    Ok(paths.unwrap_or_default().into_iter().map(device).collect())
}

/// Whether BlueZ refuses a connection because it is at it already.
fn is_under_way(error: &crate::bluez::Error) -> bool {
    matches!(error.kind, ErrorKind::InProgress | ErrorKind::AlreadyConnected)
        || error.message.contains("already in progress")
}

async fn turns(bench: &Bench, member: &Device, on: bool) -> Outcome {
    bench.saw(format!("Connected of {} did not turn {on}", called(bench, member.path())));
    member.wait_until("Connected", |value| value == &Value::Bool(on)).await?;
    Ok(())
}
