//! `connect` and `disconnect`: the whole device, one of its profiles, or one of its bearers.

use std::time::Duration;

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;

use super::bearer::{self, OneBearer};
use super::disconnected::{Reason, ended_by};
use super::restore::Ongoing;
use super::{Bench, Outcome, Step};
use crate::bluez::Device;
use crate::plan::{DeviceName, ServiceUuid};

/// Connect a device, and wait until it is connected.
///
/// On BR/EDR this connects every profile that both sides have, or the one that is named.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(try_from = "ConnectTable")]
#[schemars(with = "ConnectTable")]
pub struct Connect {
    device: DeviceName,
    part: Part,
    if_needed: bool,
    services: bool,
}

/// [`Connect`] as a plan writes it.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct ConnectTable {
    /// The device of the plan.
    device: DeviceName,
    /// Only this profile (BR/EDR), by the UUID of the service that the device has for it: `110b` for the A2DP sink
    /// that a speaker is.
    #[schemars(extend("examples" = ["110b"]))]
    profile: Option<ServiceUuid>,
    /// Only this bearer of a dual-mode device. BlueZ 5.83 and later can do that, run with `bluetoothd --experimental`;
    /// on others the step is inconclusive and says so.
    bearer: Option<OneBearer>,
    /// Do nothing when it is connected already.
    #[serde(default)]
    if_needed: bool,
    /// Wait also until its services are known.
    #[serde(default)]
    services: bool,
}

impl TryFrom<ConnectTable> for Connect {
    type Error = String;

    fn try_from(table: ConnectTable) -> Result<Self, String> {
        let ConnectTable { device, profile, bearer, if_needed, services } = table;
        if profile.is_some() && if_needed {
            return Err("BlueZ does not tell which profiles are connected, so `profile` is always connected; \
                        take `if-needed` out"
                .to_owned());
        }
        Ok(Self { device, part: Part::of(profile, bearer)?, if_needed, services })
    }
}

/// What of a device is connected or disconnected.
#[derive(Debug)]
enum Part {
    Whole,
    Profile(ServiceUuid),
    Bearer(OneBearer),
}

impl Part {
    fn of(profile: Option<ServiceUuid>, bearer: Option<OneBearer>) -> Result<Self, String> {
        match (profile, bearer) {
            (None, None) => Ok(Self::Whole),
            (Some(profile), None) => Ok(Self::Profile(profile)),
            (None, Some(bearer)) => Ok(Self::Bearer(bearer)),
            (Some(_), Some(_)) => {
                Err("a profile has its bearer; give `profile` or `bearer`".to_owned())
            }
        }
    }

    /// The part and its device in a few words.
    fn describe(&self, device: &DeviceName) -> String {
        match self {
            Self::Whole => device.to_string(),
            Self::Profile(profile) => format!("profile {profile} of {device}"),
            Self::Bearer(bearer) => format!("bearer {} of {device}", bearer.word()),
        }
    }

    /// Interface and property that say whether the part is connected; of profiles there is none.
    fn connected(&self) -> (&'static str, &'static str) {
        match self {
            Self::Bearer(bearer) => (crate::bluez::Bearer::from(*bearer).interface(), "Connected"),
            Self::Whole | Self::Profile(_) => (Device::INTERFACE, "Connected"),
        }
    }
}

impl Step for Connect {
    const VERB: &'static str = "connect";
    const EXAMPLE: &'static str =
        r#"{ do = "connect", device = "headset", measure = "reconnect", timeout = "30s" }"#;

    fn describe(&self) -> String {
        format!("connect {}", self.part.describe(&self.device))
    }

    fn limit(&self) -> Duration {
        Duration::from_secs(45)
    }

    async fn run(&self, bench: &Bench) -> Outcome {
        let device = bench.device(&self.device)?;
        bench.touch(&device);
        let is_up = property(bench, &device, self.part.connected()) == Some(Value::Bool(true));
        if !(self.if_needed && is_up) {
            let work = self.connect(bench, &device);
            bench.ongoing(&device, Ongoing::Connecting, work).await?;
            turns(bench, &device, self.part.connected(), true).await?;
        }
        if self.services {
            turns(bench, &device, (Device::INTERFACE, "ServicesResolved"), true).await?;
        }
        Ok(())
    }
}

impl Connect {
    async fn connect(&self, bench: &Bench, device: &Device) -> Outcome {
        match &self.part {
            Part::Whole => Ok(device.connect().await?),
            Part::Profile(profile) => Ok(device.connect_profile(profile.as_str()).await?),
            Part::Bearer(bearer) => {
                bearer::has(bench, device, *bearer)?;
                bearer::outcome(bench, device.connect_bearer((*bearer).into()).await)
            }
        }
    }
}

/// Disconnect a device, and wait until it is disconnected.
///
/// On LE bluetoothd itself waits 2 s before it drops the link.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(try_from = "DisconnectTable")]
#[schemars(with = "DisconnectTable")]
pub struct Disconnect {
    device: DeviceName,
    part: Part,
    reason: Option<Reason>,
}

/// [`Disconnect`] as a plan writes it.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct DisconnectTable {
    /// The device of the plan.
    device: DeviceName,
    /// Only this profile (BR/EDR). The link may stay.
    #[schemars(extend("examples" = ["110b"]))]
    profile: Option<ServiceUuid>,
    /// Only this bearer of a dual-mode device, as in `connect`; the other one stays.
    bearer: Option<OneBearer>,
    /// Why BlueZ must say that the link has ended, as in `wait-disconnected`: `local`, unless the device was faster.
    reason: Option<Reason>,
}

impl TryFrom<DisconnectTable> for Disconnect {
    type Error = String;

    fn try_from(table: DisconnectTable) -> Result<Self, String> {
        let DisconnectTable { device, profile, bearer, reason } = table;
        let part = Part::of(profile, bearer)?;
        if reason.is_some() && !matches!(part, Part::Whole) {
            return Err("`reason` is of the whole link; take `profile` and `bearer` out".to_owned());
        }
        Ok(Self { device, part, reason })
    }
}

impl Step for Disconnect {
    const VERB: &'static str = "disconnect";
    const EXAMPLE: &'static str = r#"{ do = "disconnect", device = "headset" }"#;

    fn describe(&self) -> String {
        format!("disconnect {}", self.part.describe(&self.device))
    }

    async fn run(&self, bench: &Bench) -> Outcome {
        let device = bench.device(&self.device)?;
        bench.touch(&device);
        match &self.part {
            Part::Whole => device.disconnect().await?,
            // Whether the link stays is the other profiles' affair.
            Part::Profile(profile) => {
                return Ok(device.disconnect_profile(profile.as_str()).await?);
            }
            Part::Bearer(bearer) => {
                bearer::has(bench, &device, *bearer)?;
                bearer::outcome(bench, device.disconnect_bearer((*bearer).into()).await)?;
            }
        }
        turns(bench, &device, self.part.connected(), false).await?;
        match self.reason {
            Some(reason) => ended_by(bench, &device, reason).await,
            None => Ok(()),
        }
    }
}

fn property(bench: &Bench, device: &Device, (interface, property): (&str, &str)) -> Option<Value> {
    let mirror = bench.session().mirror();
    mirror.read(|tree| tree.property(device.path(), interface, property).cloned())
}

async fn turns(
    bench: &Bench,
    device: &Device,
    (interface, property): (&str, &str),
    on: bool,
) -> Outcome {
    bench.saw(format!("BlueZ answered; {property} did not turn {on}"));
    device.wait_until_on(interface, property, |value| value == &Value::Bool(on)).await?;
    Ok(())
}
