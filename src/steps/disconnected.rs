//! `wait-disconnected`: a link ends, by whomever, and why.

use std::time::Duration;

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;

use super::{Bench, Failure, Outcome, Step};
use crate::bluez::{Device, Tree};
use crate::plan::{DeviceName, Span};

/// How long after it has shown that a link ended bluetoothd may take to say why; 5.87 says it before.
const FAREWELL: Duration = Duration::from_secs(1);

/// Why a link ended, as BlueZ tells it (`Disconnected` in `doc/org.bluez.Device.rst`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Reason {
    /// The device was not heard any more: it left, or was switched off.
    Timeout,
    /// This host ended it.
    Local,
    /// The device ended it.
    Remote,
    /// The two sides have no key in common.
    Authentication,
    /// This host went to sleep.
    Suspend,
    /// BlueZ was told no reason.
    Unknown,
}

impl Reason {
    fn word(self) -> &'static str {
        match self {
            Self::Timeout => "timeout",
            Self::Local => "local",
            Self::Remote => "remote",
            Self::Authentication => "authentication",
            Self::Suspend => "suspend",
            Self::Unknown => "unknown",
        }
    }
}

/// Wait until a device is disconnected, whoever ends the link.
///
/// It passes at once when the device is disconnected already. Where the `reason` is given, it is that of the last
/// link. BlueZ tells it from 5.83 on; on an older one the step is inconclusive and says so, and `mgmt-wait` of the
/// event `Device Disconnected` asks the kernel.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct WaitDisconnected {
    /// The device of the plan.
    device: DeviceName,
    /// Why the link must have ended.
    reason: Option<Reason>,
    /// How long it may take. An LE link whose device has gone ends in less than a second, a BR/EDR one in 20 s.
    #[serde(default = "thirty_seconds")]
    within: Span,
}

fn thirty_seconds() -> Span {
    Span(Duration::from_secs(30))
}

impl Step for WaitDisconnected {
    const VERB: &'static str = "wait-disconnected";
    const EXAMPLE: &'static str =
        r#"{ do = "wait-disconnected", device = "headset", reason = "timeout", within = "30s" }"#;

    fn describe(&self) -> String {
        match self.reason {
            Some(reason) => {
                format!("wait until {} is disconnected by {}", self.device, reason.word())
            }
            None => format!("wait until {} is disconnected", self.device),
        }
    }

    fn limit(&self) -> Duration {
        self.within.0 + FAREWELL + Duration::from_secs(1)
    }

    async fn run(&self, bench: &Bench) -> Outcome {
        let device = bench.device(&self.device)?;
        let ended = device.wait_until("Connected", |value| value == &Value::Bool(false));
        match tokio::time::timeout(self.within.0, ended).await {
            Ok(ended) => drop(ended?),
            Err(_) => {
                return Err(Failure::unmet(
                    format!("{} is still connected after {}", self.device, self.within),
                    "Connected false",
                    "Connected true",
                ));
            }
        }
        match self.reason {
            Some(reason) => ended_by(bench, &device, reason).await,
            None => Ok(()),
        }
    }
}

/// Checks why the last link to a device has ended.
pub(super) async fn ended_by(bench: &Bench, device: &Device, wanted: Reason) -> Outcome {
    let told = |tree: &Tree| tree.farewell(device.path()).map(str::to_ascii_lowercase);
    let told = tokio::time::timeout(FAREWELL, bench.session().mirror().wait_for(told)).await;
    let Ok(told) = told else { return Err(untold(bench)) };
    let told = told?;
    if told == wanted.word() {
        return Ok(());
    }
    Err(Failure::unmet(
        "the link ended for another reason",
        format!("disconnected by {}", wanted.word()),
        format!("disconnected by {told}"),
    ))
}

fn untold(bench: &Bench) -> Failure {
    let version = bench.bluez_version().map(|version| format!(" {version}")).unwrap_or_default();
    Failure::bench(
        "reason-untold",
        format!("BlueZ{version} did not tell why the link ended"),
        "BlueZ tells it from 5.83 on: put `requires = { bluez = \"5.83\" }` in the case, or ask the kernel with \
         { do = \"mgmt-wait\", event = \"Device Disconnected\", … }",
    )
}
